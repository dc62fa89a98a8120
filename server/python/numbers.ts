/**
 * Reading values as numbers, and Python's arithmetic on numbers known and unknown.
 */
import { add, choose, constant, type Dim, floorDiv, mod, mul, neg, power, sub, symbol, valueOf } from '../dims/dim.ts';
import type { Interpreter } from './interpreter.ts';
import type { IntValue, UnknownValue, Value } from './values.ts';

/**
 * A value as a symbolic integer; undefined where it is none or nothing is known. With `assume`, an unknown is taken to
 * be an integer from here on: a symbol with the name the user gave it, or the arithmetic it was computed by.
 */
export function asDim(interp: Interpreter, value: Value, assume = false): Dim | undefined {
  const v = interp.resolve(value);
  switch (v.kind) {
    case 'int':
      return v.dim;
    case 'bool':
      return v.cond.kind === 'const' ? constant(v.cond.value ? 1 : 0) : choose(v.cond, constant(1), constant(0));
    case 'unknown':
      return assume ? integerOf(interp, v) : undefined;
    case 'choice': {
      const yes = asDim(interp, v.yes, assume);
      const no = asDim(interp, v.no, assume);
      return yes === undefined || no === undefined ? undefined : choose(v.cond, yes, no);
    }
    case 'object': {
      const index = interp.callMethod(v, '__index__', []);
      return index === undefined || index.kind !== 'int' ? undefined : index.dim;
    }
    default:
      return undefined;
  }
}

const INTEGER_NOTE = 'integer';

const supposed = new WeakSet<Dim>();

/** A number that something has if it is what it is taken for. */
export function suppose(dim: Dim): Dim {
  // Plain numbers are shared by all.
  if (valueOf(dim) === undefined) supposed.add(dim);
  return dim;
}

/** Whether something unknown was only taken for a number, as sizes often are: one that is indexed was a tuple of them. */
export function isSupposed(value: Value): boolean {
  return (value.kind === 'int' && supposed.has(value.dim)) || answers.has(value);
}

const answers = new WeakSet<Value>();

/** What something says of itself (`x.is_cuda`) if it is what it is taken for; called, it was a method of something else. */
export function supposeAnswer<T extends Value>(value: T): T {
  const own = { ...value };
  answers.add(own);
  return own;
}

function integerOf(interp: Interpreter, v: UnknownValue): Dim | undefined {
  let dim: Dim | undefined;
  if (v.derived !== undefined) {
    const left = asDim(interp, v.derived.left, true);
    const right = v.derived.right === undefined ? undefined : asDim(interp, v.derived.right, true);
    if (left !== undefined && (v.derived.right === undefined || right !== undefined)) dim = arithmetic(v.derived.op, left, right);
  }
  // One symbol for one unknown: what a second path or iteration learns of it speaks of the same number.
  dim ??= (v.notes.get(INTEGER_NOTE) as Dim | undefined) ?? symbol(v.name ?? '?', v.origin === undefined ? {} : { origin: v.origin });
  if (v.derived === undefined) supposed.add(dim);
  v.notes.set(INTEGER_NOTE, dim);
  interp.refine(v, { kind: 'int', dim });
  return dim;
}

/** Integer arithmetic that stays an integer; undefined for an operator that does not, or a division by zero. */
export function arithmetic(op: string, left: Dim, right: Dim | undefined): Dim | undefined {
  if (right === undefined) return op === '-' ? neg(left) : op === '+' ? left : undefined;
  switch (op) {
    case '+':
      return add(left, right);
    case '-':
      return sub(left, right);
    case '*':
      return mul(left, right);
    case '//':
      return valueOf(right) === 0 ? undefined : floorDiv(left, right);
    case '%':
      return valueOf(right) === 0 ? undefined : mod(left, right);
    case '**': {
      const n = valueOf(right);
      return n !== undefined && n >= 0 && n <= 16 ? power(left, n) : undefined;
    }
    default:
      return undefined;
  }
}

export function asNumber(interp: Interpreter, value: Value): number | undefined {
  const v = interp.resolve(value);
  switch (v.kind) {
    case 'float':
      return v.value;
    case 'int':
      return valueOf(interp.facts.simplify(v.dim));
    case 'bool': {
      const decision = interp.decide(v.cond);
      return decision === 'unknown' ? undefined : decision === 'yes' ? 1 : 0;
    }
    default:
      return undefined;
  }
}

/** The exact integer, where a double could not hold it too. */
export function asBig(interp: Interpreter, value: Value): bigint | undefined {
  const v = interp.resolve(value);
  if (v.kind === 'int') {
    if (v.big !== undefined) return v.big;
    const n = valueOf(interp.facts.simplify(v.dim));
    return n !== undefined && Number.isSafeInteger(n) ? BigInt(n) : undefined;
  }
  const n = v.kind === 'bool' ? asNumber(interp, v) : undefined;
  return n === undefined ? undefined : BigInt(n);
}

function floorBig(a: bigint, b: bigint): bigint {
  const q = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? q - 1n : q;
}

function bigArithmetic(op: string, a: bigint, b: bigint): bigint | undefined {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '//':
      return floorBig(a, b);
    case '%':
      return a - floorBig(a, b) * b;
    case '**':
      return b >= 0n && b < 4096n ? a ** b : undefined;
    case '<<':
      return b >= 0n && b < 4096n ? a << b : undefined;
    case '>>':
      return b >= 0n ? a >> b : undefined;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    default:
      return undefined;
  }
}

const isInteger = (v: Value) => v.kind === 'int' || v.kind === 'bool';
const isNumber = (v: Value) => isInteger(v) || v.kind === 'float';

/** `left op right` for two numbers; undefined if one of them is none. Raises ZeroDivisionError. */
export function binaryNumber(interp: Interpreter, op: string, left: Value, right: Value): Value | undefined {
  if (!isNumber(left) || !isNumber(right)) return complexNumber(interp, op, left, right);
  if (left.kind === 'bool' && right.kind === 'bool' && (op === '&' || op === '|' || op === '^')) {
    const a = asNumber(interp, left);
    const b = asNumber(interp, right);
    if (op === '&' && (a === 0 || b === 0)) return interp.bool(false);
    if (a === undefined || b === undefined) return interp.unknownBool();
    return interp.bool(Boolean(op === '&' ? a & b : op === '|' ? a | b : a ^ b));
  }
  if (isInteger(left) && isInteger(right)) return binaryInteger(interp, op, left, right);
  const a = asNumber(interp, left);
  const b = asNumber(interp, right);
  if (b === 0 && (op === '/' || op === '//' || op === '%')) {
    interp.raise('ZeroDivisionError', op === '%' ? 'float modulo' : op === '/' ? 'float division by zero' : 'float floor division by zero');
  }
  if (a === undefined || b === undefined)
    return scaledInteger(interp, op, left, right) ?? ('+-*/%'.includes(op) || op === '//' || op === '**' ? interp.float() : undefined);
  return floatArithmetic(interp, op, a, b);
}

function floatArithmetic(interp: Interpreter, op: string, a: number, b: number): Value | undefined {
  switch (op) {
    case '+':
      return interp.float(a + b);
    case '-':
      return interp.float(a - b);
    case '*':
      return interp.float(a * b);
    case '/':
      return interp.float(a / b);
    case '//':
      return interp.float(Math.floor(a / b));
    case '%': {
      const r = a % b;
      return interp.float(r !== 0 && r < 0 !== b < 0 ? r + b : r);
    }
    case '**':
      if (a === 0 && b < 0) interp.raise('ZeroDivisionError', '0.0 cannot be raised to a negative power');
      if (a < 0 && !Number.isInteger(b) && Number.isFinite(a) && Number.isFinite(b)) {
        return complexNumber(interp, op, { kind: 'complex', re: a, im: 0 }, { kind: 'complex', re: b, im: 0 });
      }
      if (!Number.isFinite(a ** b) && Number.isFinite(a) && Number.isFinite(b))
        interp.raise('OverflowError', "(34, 'Numerical result out of range')");
      return interp.float(a ** b);
    default:
      return undefined;
  }
}

function binaryInteger(interp: Interpreter, op: string, left: Value, right: Value): Value | undefined {
  const a = asDim(interp, left) as Dim;
  const b = asDim(interp, right) as Dim;
  const x = asNumber(interp, left);
  const y = asNumber(interp, right);
  if (y === 0 && (op === '/' || op === '//' || op === '%')) {
    interp.raise(
      'ZeroDivisionError',
      op === '/' ? 'division by zero' : op === '%' ? 'integer modulo by zero' : 'integer division or modulo by zero',
    );
  }
  if (op === '/') return x === undefined || y === undefined ? ratio(interp, a, b) : interp.float(x / y);
  if (op === '**' && x === 0 && y !== undefined && y < 0) interp.raise('ZeroDivisionError', '0.0 cannot be raised to a negative power');
  if (op === '**' && y !== undefined && y < 0) return interp.float(x === undefined ? undefined : x ** y);
  const known = x !== undefined && y !== undefined;
  if (known) {
    const big = (left as IntValue).big !== undefined || (right as IntValue).big !== undefined;
    if (!big) {
      const quick = smallInteger(op, x, y);
      if (quick !== undefined && Number.isSafeInteger(quick)) return interp.int(quick);
    }
    const p = asBig(interp, left);
    const q = asBig(interp, right);
    const exact = p === undefined || q === undefined ? undefined : bigArithmetic(op, p, q);
    return exact === undefined ? interp.unknown() : interp.bigint(exact);
  }
  const dim = arithmetic(op, a, b);
  if (dim !== undefined) return { kind: 'int', dim };
  return '+-*//%**<<>>&|^'.includes(op) ? { kind: 'int', dim: symbol('?') } : undefined;
}

function smallInteger(op: string, x: number, y: number): number | undefined {
  switch (op) {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    case '//':
      return Math.floor(x / y);
    case '%': {
      const r = x % y;
      return r !== 0 && r < 0 !== y < 0 ? r + y : r + 0;
    }
    case '**':
      return x ** y;
    default:
      return undefined;
  }
}

function complexNumber(interp: Interpreter, op: string, left: Value, right: Value): Value | undefined {
  if (left.kind !== 'complex' && right.kind !== 'complex') return undefined;
  const part = (v: Value): readonly [number | undefined, number | undefined] | undefined =>
    v.kind === 'complex' ? [v.re, v.im] : isNumber(v) ? [asNumber(interp, v), 0] : undefined;
  const a = part(left);
  const b = part(right);
  if (a === undefined || b === undefined) return undefined;
  const [ar, ai] = a;
  const [br, bi] = b;
  if (ar === undefined || ai === undefined || br === undefined || bi === undefined)
    return { kind: 'complex', re: undefined, im: undefined };
  switch (op) {
    case '+':
      return { kind: 'complex', re: ar + br, im: ai + bi };
    case '-':
      return { kind: 'complex', re: ar - br, im: ai - bi };
    case '*':
      return { kind: 'complex', re: ar * br - ai * bi, im: ar * bi + ai * br };
    case '/': {
      const d = br * br + bi * bi;
      if (d === 0) interp.raise('ZeroDivisionError', 'complex division by zero');
      return { kind: 'complex', re: (ar * br + ai * bi) / d, im: (ai * br - ar * bi) / d };
    }
    case '**': {
      const r = Math.hypot(ar, ai);
      if (r === 0) return { kind: 'complex', re: 0, im: 0 };
      const theta = Math.atan2(ai, ar);
      const size = r ** br * Math.exp(-bi * theta);
      const angle = bi * Math.log(r) + br * theta;
      return { kind: 'complex', re: size * Math.cos(angle), im: size * Math.sin(angle) };
    }
    default:
      return undefined;
  }
}

/** Floats that are known to be a quotient of two integers, so that `int(width / 2)` is an integer with a meaning again. */
const quotients = new WeakMap<Value, { readonly left: Dim; readonly right: Dim }>();

export function quotientOf(value: Value): { readonly left: Dim; readonly right: Dim } | undefined {
  return quotients.get(value);
}

function ratio(interp: Interpreter, left: Dim, right: Dim): Value {
  const value = interp.float();
  quotients.set(value, { left, right });
  return value;
}

/** `width * 0.5`, `width / 2.0`: exact where the float is a fraction with a small power of two below. */
function scaledInteger(interp: Interpreter, op: string, left: Value, right: Value): Value | undefined {
  if (op !== '*' && op !== '/') return undefined;
  const [integer, float] = isInteger(left) || quotients.has(left) ? [left, right] : op === '*' ? [right, left] : [undefined, undefined];
  if (integer === undefined || float === undefined) return undefined;
  const factor = asNumber(interp, float);
  const whole = isInteger(integer) ? asDim(interp, integer) : undefined;
  const known = whole === undefined ? quotients.get(integer) : { left: whole, right: constant(1) };
  if (factor === undefined || known === undefined || !Number.isFinite(factor) || factor <= 0) return undefined;
  let top = factor;
  let bottom = 1;
  while (!Number.isInteger(top) && bottom < 1024) {
    top *= 2;
    bottom *= 2;
  }
  if (!Number.isInteger(top) || top > 1e6) return undefined;
  const [up, down] = op === '*' ? [top, bottom] : [bottom, top];
  return ratio(interp, mul(known.left, constant(up)), mul(known.right, constant(down)));
}

/** The float rounded down or up to an integer, where it is a quotient. A size is not negative, so `int` rounds down too. */
export function roundedQuotient(value: Value, up: boolean): Dim | undefined {
  const q = quotients.get(value);
  if (q === undefined) return undefined;
  return up ? neg(floorDiv(neg(q.left), q.right)) : floorDiv(q.left, q.right);
}
