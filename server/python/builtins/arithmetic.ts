/**
 * Builtin functions on numbers and collections of them: `len`, `sum`, `min`, `max`, `abs`, `round`, `divmod`, `pow`, `any`,
 * `all`, `sorted`, and the texts of numbers.
 */
import { and, not, or } from '../../dims/cond.ts';
import type { Dim } from '../../dims/dim.ts';
import { add, constant, max, min, mul, neg, valueOf } from '../../dims/dim.ts';
import { mayBeMore } from '../attributes.ts';
import { fixed } from '../decimal-text.ts';
import type { Interpreter } from '../interpreter.ts';
import { collect } from '../iteration.ts';
import { asBig, isSupposed, quotientOf } from '../numbers.ts';
import { binary } from '../operators.ts';
import type { Value } from '../values.ts';
import { table, unbox } from './define.ts';
import { hashOf } from './hashing.ts';
import { lengthOf } from './length.ts';
import { wholeRest } from './list-methods.ts';
import { general } from './mutation.ts';
import { less, mayHaveMore, sortItems } from './ordering.ts';

export function arithmeticFunctions(interp: Interpreter): Record<string, Value> {
  const text = (name: string, prefix: string, radix: number) =>
    [
      `${name}(number, /)`,
      (a: readonly (Value | undefined)[]) => {
        const v = a[0] as Value;
        const index = v.kind === 'object' ? (interp.callMethod(v, '__index__', []) ?? v) : v;
        const n = asBig(interp, index);
        if (n === undefined && ['float', 'str', 'list', 'none'].includes(index.kind)) {
          interp.raise('TypeError', `'${interp.typeName(v)}' object cannot be interpreted as an integer`);
        }
        return interp.str(n === undefined ? undefined : `${n < 0n ? '-' : ''}${prefix}${(n < 0n ? -n : n).toString(radix)}`);
      },
    ] as const;
  return table(interp, [
    ['len(obj, /)', (a) => length(interp, a[0] as Value)],
    ['abs(x, /)', (a) => absolute(interp, unbox(interp, a[0] as Value))],
    ['sum(iterable, /, start=0)', (a) => sum(interp, a[0] as Value, a[1])],
    ['min(*args, key=None, default=None)', (a, call, extra) => extremeOf(interp, 'min', extra, a[0], a[1], call.kwargs.has('default'))],
    ['max(*args, key=None, default=None)', (a, call, extra) => extremeOf(interp, 'max', extra, a[0], a[1], call.kwargs.has('default'))],
    ['round(number, ndigits=None)', (a) => round(interp, unbox(interp, a[0] as Value), a[1])],
    ['divmod(x, y, /)', (a) => divmod(interp, a[0] as Value, a[1] as Value)],
    ['pow(base, exp, mod=None)', (a) => power(interp, a[0] as Value, a[1] as Value, a[2])],
    ['any(iterable, /)', (a) => quantified(interp, a[0] as Value, true)],
    ['all(iterable, /)', (a) => quantified(interp, a[0] as Value, false)],
    ['sorted(iterable, /, *, key=None, reverse=False)', (a) => sorted(interp, a[0] as Value, a[1], a[2])],
    ['hash(obj, /)', (a) => hashOf(interp, a[0] as Value)],
    text('bin', '0b', 2),
    text('oct', '0o', 8),
    text('hex', '0x', 16),
    [
      'chr(i, /)',
      (a) => {
        const n = interp.asInt(a[0] as Value);
        const kind = a[0]?.kind;
        if (kind === 'str' || kind === 'float' || kind === 'none') {
          interp.raise('TypeError', `'${interp.typeName(a[0] as Value)}' object cannot be interpreted as an integer`);
        }
        if (n !== undefined && (n < 0 || n > 0x10ffff)) interp.raise('ValueError', 'chr() arg not in range(0x110000)');
        return interp.str(n === undefined ? undefined : String.fromCodePoint(n));
      },
    ],
    [
      'ord(c, /)',
      (a) => {
        const v = a[0] as Value;
        const c = v.kind === 'str' || v.kind === 'bytes' ? v.value : undefined;
        if (c === undefined) return interp.freshInt('?', { least: 0 });
        const points = [...c];
        if (points.length !== 1) interp.raise('TypeError', `ord() expected a character, but string of length ${points.length} found`);
        return interp.int(c.codePointAt(0) as number);
      },
    ],
  ]);
}

function length(interp: Interpreter, v: Value): Value {
  const dim = lengthOf(interp, v);
  if (dim !== undefined) return interp.int(dim);
  if (isSupposed(v) || mayBeMore(interp, v)) return interp.freshInt('?', { least: 0 });
  const text = `object of type '${interp.typeName(v)}' has no len()`;
  throw interp.error({ code: 'no-length', message: text, exception: 'TypeError', text, origins: [] });
}

/** `abs(x)` of numbers; objects answer by `__abs__`. */
export function absolute(interp: Interpreter, v: Value): Value {
  switch (v.kind) {
    case 'bool':
    case 'int': {
      const n = asBig(interp, v);
      if (n !== undefined) return interp.bigint(n < 0n ? -n : n);
      const dim = interp.asDim(v) as Dim;
      return interp.int(interp.facts.bounds(dim).least >= 0 ? dim : max(dim, neg(dim)));
    }
    case 'float':
      return interp.float(v.value === undefined ? undefined : Math.abs(v.value));
    case 'complex':
      return interp.float(v.re === undefined || v.im === undefined ? undefined : Math.hypot(v.re, v.im));
    case 'unknown':
      return interp.library.unknownOperation?.(interp, 'abs', v, undefined) ?? interp.unknown();
    case 'object': {
      const made = interp.callMethod(v, '__abs__', []);
      if (made !== undefined) return made;
      if (mayHaveMore(interp, v)) return interp.unknown();
      break;
    }
    default:
      break;
  }
  interp.raise('TypeError', `bad operand type for abs(): '${interp.typeName(v)}'`);
}

/** A sum from the left, as Python adds; floats are not compensated (as before 3.12). */
function sum(interp: Interpreter, iterable: Value, start: Value | undefined): Value {
  const { items, rest } = collect(interp, iterable);
  let total: Value = start ?? interp.int(0);
  if (total.kind === 'str') interp.raise('TypeError', "sum() can't sum strings [use ''.join(seq) instead]");
  for (const item of items) total = interp.resolve(binary(interp, '+', total, item));
  if (rest === undefined) return total;
  const element = interp.resolve(rest.element);
  if (element.kind === 'float' && (total.kind === 'int' || total.kind === 'float')) return interp.float();
  if (element.kind === 'int' && total.kind === 'int') {
    const each = valueOf(element.dim);
    if (each !== undefined) return interp.int(add(total.dim, mul(constant(each), rest.length)));
    return interp.freshInt('?');
  }
  if (element.kind !== 'object') return interp.unknown();
  // Adding once more is like adding often, unless there was nothing to add.
  const once = binary(interp, '+', total, element);
  const twice = binary(interp, '+', once, element);
  return items.length > 0 || interp.facts.bounds(rest.length).least > 0 ? general(interp, [once, twice]) : interp.unknown();
}

function extremeOf(
  interp: Interpreter,
  kind: 'min' | 'max',
  args: readonly Value[],
  key: Value | undefined,
  otherwise: Value | undefined,
  hasDefault: boolean,
): Value {
  if (args.length === 0) interp.raise('TypeError', `${kind} expected at least 1 argument, got 0`);
  const content = args.length === 1 ? collect(interp, args[0] as Value) : { items: args, rest: undefined };
  const { items, rest } = content;
  if (items.length === 0 && rest === undefined) {
    if (hasDefault) return otherwise ?? interp.none;
    interp.raise('ValueError', `${kind}() arg is an empty sequence`);
  }
  if (rest !== undefined) {
    const one = general(interp, [...items, rest.element]);
    const all = [...items, rest.element].map((v) => interp.resolve(v));
    if (all.every((v) => v.kind === 'float')) return interp.float();
    return all.every((v) => v.kind === 'int') && key === undefined ? interp.freshInt('?') : one;
  }
  if (key !== undefined && key.kind !== 'none') {
    const keys = items.map((item) => interp.call(key, [item]));
    return pick(interp, kind, items, keys) ?? general(interp, items);
  }
  const chosen = pick(interp, kind, items, items);
  if (chosen !== undefined) return chosen;
  // Nothing is further out than infinity: it is there to be replaced.
  const neutral = kind === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const counting = items.filter((v) => v.kind !== 'float' || v.value !== neutral);
  if (counting.length === 1 && counting.length < items.length) return counting[0] as Value;
  const values = items.map((v) => unbox(interp, v));
  const dims = values.map((v) =>
    v.kind === 'int' || v.kind === 'bool' || v.kind === 'unknown'
      ? interp.asDim(v, items.length > 1 && values.some((w) => w.kind === 'int'))
      : undefined,
  );
  if (!dims.includes(undefined)) return interp.int((kind === 'min' ? min : max)(...(dims as Dim[])));
  if (values.every((v) => v.kind === 'float')) return interp.float();
  if (values.every((v) => v.kind === 'float' || v.kind === 'int' || v.kind === 'unknown')) return interp.unknown();
  return general(interp, items);
}

/** The first item with the least or greatest key; undefined where it is not known which that is. */
function pick(interp: Interpreter, kind: 'min' | 'max', items: readonly Value[], keys: readonly Value[]): Value | undefined {
  let best = 0;
  for (let i = 1; i < items.length; i++) {
    const [a, b] = kind === 'min' ? [keys[i], keys[best]] : [keys[best], keys[i]];
    const better = less(interp, a as Value, b as Value);
    if (better === 'unknown') return undefined;
    if (better === 'yes') best = i;
  }
  return items[best];
}

/** Ties go to the even digit of the exact value. */
function round(interp: Interpreter, v: Value, digits: Value | undefined): Value {
  const none = digits === undefined || digits.kind === 'none';
  if (v.kind === 'object') {
    const made = interp.callMethod(v, '__round__', none ? [] : [digits]);
    if (made !== undefined) return made;
    if (mayHaveMore(interp, v)) return interp.unknown();
  }
  if (v.kind === 'unknown')
    return interp.library.unknownOperation?.(interp, 'round', v, undefined) ?? (none ? interp.freshInt('?') : interp.unknown());
  const places = none ? 0 : interp.asInt(digits);
  if (v.kind === 'int' || v.kind === 'bool') {
    if (none || (places !== undefined && places >= 0)) return interp.int(interp.asDim(v) as Dim);
    const n = asBig(interp, v);
    return n === undefined || places === undefined ? interp.freshInt('?') : interp.bigint(roundInteger(n, 10n ** BigInt(-places)));
  }
  if (v.kind === 'float') {
    const whole = none && v.value === undefined ? quotientOf(v) : undefined;
    if (whole !== undefined && valueOf(whole.right) === 1) return interp.int(whole.left);
    if (v.value === undefined || places === undefined) return none ? interp.freshInt('?') : interp.float();
    if (none) {
      if (Number.isNaN(v.value)) interp.raise('ValueError', 'cannot convert float NaN to integer');
      if (!Number.isFinite(v.value)) interp.raise('OverflowError', 'cannot convert float infinity to integer');
      const size = BigInt(fixed(v.value, 0));
      return interp.bigint(v.value < 0 ? -size : size);
    }
    if (!Number.isFinite(v.value)) return v;
    if (places < 0) {
      const unit = 10 ** -places;
      const q = Number(fixed(v.value / unit, 0)) * unit;
      return interp.float(v.value < 0 ? -q : q);
    }
    const size = Number(fixed(v.value, Math.min(places, 340)));
    return interp.float(v.value < 0 || Object.is(v.value, -0) ? -size : size);
  }
  interp.raise('TypeError', `type ${interp.typeName(v)} doesn't define __round__ method`);
}

function roundInteger(n: bigint, unit: bigint): bigint {
  const q = n / unit - (n % unit < 0n ? 1n : 0n);
  const rest = (n - q * unit) * 2n;
  return (rest > unit || (rest === unit && (q & 1n) === 1n) ? q + 1n : q) * unit;
}

function divmod(interp: Interpreter, x: Value, y: Value): Value {
  const own = x.kind === 'object' ? interp.callMethod(x, '__divmod__', [y]) : undefined;
  return own ?? interp.tuple([binary(interp, '//', x, y), binary(interp, '%', x, y)]);
}

function power(interp: Interpreter, base: Value, exponent: Value, modulus: Value | undefined): Value {
  if (modulus === undefined || modulus.kind === 'none') return binary(interp, '**', base, exponent);
  const [b, e, m] = [asBig(interp, base), asBig(interp, exponent), asBig(interp, modulus)];
  if (m === 0n) interp.raise('ValueError', 'pow() 3rd argument cannot be 0');
  if (b === undefined || e === undefined || m === undefined || e < 0n) return interp.freshInt('?');
  let result = 1n;
  let square = ((b % m) + m) % m;
  for (let rest = e; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % m;
    square = (square * square) % m;
  }
  return interp.bigint(result % m);
}

function quantified(interp: Interpreter, iterable: Value, wanted: boolean): Value {
  const it = interp.iterate(iterable);
  const unsure = [];
  for (let item = it.pull(); item !== undefined; item = it.pull()) {
    const cond = wanted ? interp.truth(item) : not(interp.truth(item));
    const decision = interp.decide(cond);
    if (decision === 'yes') return interp.bool(wanted);
    if (decision === 'unknown') unsure.push(cond);
  }
  if (it.rest() !== undefined) unsure.push(interp.freshFlag('?'));
  if (unsure.length === 0) return interp.bool(!wanted);
  return interp.bool(wanted ? or(...unsure) : and(...unsure.map(not)));
}

function sorted(interp: Interpreter, iterable: Value, key: Value | undefined, reversed: Value | undefined): Value {
  const content = collect(interp, iterable);
  const down = reversed === undefined ? 'no' : interp.decide(interp.truth(reversed));
  const items = content.rest === undefined && down !== 'unknown' ? sortItems(interp, content.items, key, down === 'yes') : undefined;
  return interp.list(items === undefined ? { items: [], rest: wholeRest(interp, content) } : items);
}
