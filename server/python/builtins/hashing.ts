/**
 * `hash(x)`: Python's for numbers; for everything else a number that is the same for equal values of one run.
 */
import type { Interpreter } from '../interpreter.ts';
import { hashedKey } from '../keys.ts';
import { asBig } from '../numbers.ts';
import type { Value } from '../values.ts';

const MODULUS = (1n << 61n) - 1n;

/** Raises TypeError for what has no hash. */
export function hashOf(interp: Interpreter, value: Value): Value {
  const v = interp.resolve(value);
  const n = asBig(interp, v);
  if (n !== undefined) return hashOfInteger(interp, n);
  if (v.kind === 'float' && v.value !== undefined) {
    if (Number.isInteger(v.value)) return hashOfInteger(interp, BigInt(v.value));
    return interp.bigint(hashOfFraction(v.value));
  }
  if (v.kind === 'object') {
    const own = interp.callMethod(v, '__hash__', []);
    return own ?? interp.int(v.id);
  }
  const key = hashedKey(interp, v);
  if (key === undefined) return interp.freshInt('?');
  let hash = 1469598103934665603n;
  for (const c of key) hash = ((hash ^ BigInt(c.codePointAt(0) as number)) * 1099511628211n) & ((1n << 60n) - 1n);
  return interp.bigint(hash);
}

function hashOfInteger(interp: Interpreter, n: bigint): Value {
  const size = (n < 0n ? -n : n) % MODULUS;
  const hash = n < 0n ? -size : size;
  return interp.bigint(hash === -1n ? -2n : hash);
}

/** `m * 2^-k` modulo a Mersenne prime, in which 2 has the order 61. */
function hashOfFraction(x: number): bigint {
  if (!Number.isFinite(x)) return x > 0 ? 314159n : x < 0 ? -314159n : 0n;
  let top = Math.abs(x);
  let shift = 0;
  while (!Number.isInteger(top)) {
    top *= 2;
    shift++;
  }
  const power = (61 - (shift % 61)) % 61;
  const size = (BigInt(top) * (1n << BigInt(power))) % MODULUS;
  const hash = x < 0 ? -size : size;
  return hash === -1n ? -2n : hash;
}
