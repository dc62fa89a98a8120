/**
 * `math`. Rounding of sizes stays symbolic; everything else needs its arguments known.
 */
import type { Body } from '../builtins/define.ts';
import { mayHaveMore } from '../builtins/ordering.ts';
import type { Interpreter } from '../interpreter.ts';
import { collect } from '../iteration.ts';
import { asBig, roundedQuotient } from '../numbers.ts';
import { binary } from '../operators.ts';
import type { ModuleValue, Value } from '../values.ts';
import type { Entry } from './module.ts';
import { closedModule } from './module.ts';
import { erf, erfc, gamma, logGamma } from './special-functions.ts';

export function mathModule(interp: Interpreter): ModuleValue {
  const domain = (): never => interp.raise('ValueError', 'math domain error');
  const overflow = (): never => interp.raise('OverflowError', 'math range error');

  /** A float from any number; undefined where it is not known. */
  const number = (v: Value | undefined): number | undefined => {
    const u = v === undefined ? undefined : interp.resolve(v);
    if (u === undefined) return undefined;
    if (u.kind === 'object') {
      const made = interp.callMethod(u, '__float__', []);
      if (made !== undefined) return interp.asNumber(made);
      if (mayHaveMore(interp, u)) return undefined;
    }
    if (u.kind === 'int' && u.big !== undefined) return Number(u.big);
    if (['str', 'list', 'none', 'dict', 'object', 'set', 'bytes', 'function'].includes(u.kind)) {
      interp.raise('TypeError', `must be real number, not ${interp.typeName(u)}`);
    }
    return interp.asNumber(u);
  };
  const real = (name: string, of: (x: number) => number): Entry => [
    `${name}(x, /)`,
    (a) => {
      const x = number(a[0]);
      if (x === undefined) return interp.float();
      const y = of(x);
      if (Number.isNaN(y) && !Number.isNaN(x)) domain();
      if (!Number.isFinite(y) && Number.isFinite(x) && !Number.isNaN(y)) overflow();
      return interp.float(y);
    },
  ];
  const real2 = (name: string, of: (x: number, y: number) => number): Entry => [
    `${name}(x, y, /)`,
    (a) => {
      const x = number(a[0]);
      const y = number(a[1]);
      if (x === undefined || y === undefined) return interp.float();
      const z = of(x, y);
      if (Number.isNaN(z) && !Number.isNaN(x) && !Number.isNaN(y)) domain();
      return interp.float(z);
    },
  ];
  const test = (name: string, holds: (x: number) => boolean): Entry => [
    `${name}(x, /)`,
    (a) => {
      const x = number(a[0]);
      return x === undefined ? interp.unknownBool() : interp.bool(holds(x));
    },
  ];
  const positive = (log: (x: number) => number) => (x: number) => (x <= 0 ? domain() : log(x));

  return closedModule(
    interp,
    'math',
    [
      real('sqrt', Math.sqrt),
      real('cbrt', Math.cbrt),
      real('exp', Math.exp),
      real('exp2', (x) => 2 ** x),
      real('expm1', Math.expm1),
      real('log2', positive(Math.log2)),
      real('log10', positive(Math.log10)),
      real('log1p', (x) => (x <= -1 ? domain() : Math.log1p(x))),
      ['log(x, base=None, /)', (a) => logarithm(interp, a, number, domain)],
      real('sin', Math.sin),
      real('cos', Math.cos),
      real('tan', Math.tan),
      real('asin', Math.asin),
      real('acos', Math.acos),
      real('atan', Math.atan),
      real2('atan2', Math.atan2),
      real('sinh', Math.sinh),
      real('cosh', Math.cosh),
      real('tanh', Math.tanh),
      real('asinh', Math.asinh),
      real('acosh', Math.acosh),
      real('atanh', Math.atanh),
      real('degrees', (x) => (x * 180) / Math.PI),
      real('radians', (x) => (x * Math.PI) / 180),
      real('fabs', Math.abs),
      real('erf', erf),
      real('erfc', erfc),
      real('gamma', (x) => (Number.isInteger(x) && x <= 0 ? domain() : gamma(x))),
      real('lgamma', (x) => (Number.isInteger(x) && x <= 0 ? domain() : logGamma(x))),
      real2('pow', Math.pow),
      real2('fmod', (x, y) => x % y),
      real2('copysign', (x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x))),
      real2('remainder', remainder),
      test('isnan', Number.isNaN),
      test('isinf', (x) => x === Infinity || x === -Infinity),
      test('isfinite', Number.isFinite),
      ['floor(x, /)', rounding(interp, '__floor__', Math.floor, false)],
      ['ceil(x, /)', rounding(interp, '__ceil__', Math.ceil, true)],
      ['trunc(x, /)', rounding(interp, '__trunc__', Math.trunc, false)],
      ['hypot(*coordinates)', (_a, _call, extra) => measured(interp, extra.map(number), (xs) => Math.hypot(...xs))],
      [
        'dist(p, q, /)',
        (a) => {
          const p = interp.items(a[0] as Value)?.map(number);
          const q = interp.items(a[1] as Value)?.map(number);
          if (p === undefined || q === undefined) return interp.float();
          return measured(interp, [...p, ...q], (xs) =>
            Math.hypot(...xs.slice(0, p.length).map((x, i) => x - (xs[p.length + i] as number))),
          );
        },
      ],
      ['fsum(seq, /)', (a) => measured(interp, interp.items(a[0] as Value)?.map(number) ?? [undefined], exactSum)],
      ['prod(iterable, /, *, start=1)', (a) => product(interp, a[0] as Value, a[1])],
      ['sumprod(p, q, /)', (a) => sumOfProducts(interp, a[0] as Value, a[1] as Value)],
      [
        'isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)',
        (a) => {
          const [x, y, relative, absolute] = [number(a[0]), number(a[1]), number(a[2]) ?? 1e-9, number(a[3]) ?? 0];
          if (x === undefined || y === undefined) return interp.unknownBool();
          if (x === y) return interp.bool(true);
          if (!Number.isFinite(x) || !Number.isFinite(y)) return interp.bool(false);
          return interp.bool(Math.abs(x - y) <= Math.max(relative * Math.max(Math.abs(x), Math.abs(y)), absolute));
        },
      ],
      ['modf(x, /)', (a) => pair(interp, number(a[0]), (x) => [x - Math.trunc(x), Math.trunc(x)])],
      [
        'frexp(x, /)',
        (a) => {
          const x = number(a[0]);
          if (x === undefined) return interp.tuple([interp.float(), interp.freshInt('?')]);
          const e = x === 0 ? 0 : Math.floor(Math.log2(Math.abs(x))) + 1;
          return interp.tuple([interp.float(x / 2 ** e), interp.int(e)]);
        },
      ],
      ['ldexp(x, i, /)', (a) => measured(interp, [number(a[0]), number(a[1])], ([x, i]) => (x as number) * 2 ** (i as number))],
      ['gcd(*integers)', (_a, _call, extra) => folded(interp, extra, 0n, greatestDivisor)],
      [
        'lcm(*integers)',
        (_a, _call, extra) => folded(interp, extra, 1n, (p, q) => (p === 0n || q === 0n ? 0n : (p / greatestDivisor(p, q)) * q)),
      ],
      [
        'isqrt(n, /)',
        (a) =>
          integer(interp, [a[0]], ([n]) => (n < 0n ? interp.raise('ValueError', 'isqrt() argument must be nonnegative') : squareRoot(n))),
      ],
      [
        'factorial(n, /)',
        (a) =>
          integer(interp, [a[0]], ([n]) =>
            n < 0n ? interp.raise('ValueError', 'factorial() not defined for negative values') : fallingProduct(n, n),
          ),
      ],
      ['comb(n, k, /)', (a) => integer(interp, [a[0], a[1]], ([n, k]) => (k > n ? 0n : fallingProduct(n, k) / fallingProduct(k, k)))],
      ['perm(n, k=None, /)', (a) => integer(interp, [a[0], a[1] ?? a[0]], ([n, k]) => (k > n ? 0n : fallingProduct(n, k)))],
    ],
    {
      pi: interp.float(Math.PI),
      e: interp.float(Math.E),
      tau: interp.float(2 * Math.PI),
      inf: interp.float(Infinity),
      nan: interp.float(Number.NaN),
    },
  );
}

/** A value of one of two kinds of rounding: symbolic for sizes and quotients of sizes. */
function rounding(interp: Interpreter, special: string, of: (x: number) => number, up: boolean): Body {
  return (a) => {
    const v = a[0] as Value;
    if (v.kind === 'int') return v;
    if (v.kind === 'object') {
      const made = interp.callMethod(v, special, []) ?? interp.callMethod(v, '__float__', []);
      if (made === undefined || made.kind === 'int') return made ?? interp.freshInt('?');
      const x = interp.asNumber(made);
      return x === undefined ? interp.freshInt('?') : interp.int(of(x));
    }
    if (v.kind === 'str' || v.kind === 'none' || v.kind === 'list')
      interp.raise('TypeError', `must be real number, not ${interp.typeName(v)}`);
    const x = interp.asNumber(v);
    if (x === undefined) {
      const quotient = roundedQuotient(v, up);
      return quotient === undefined ? interp.freshInt('?') : interp.int(quotient);
    }
    if (Number.isNaN(x)) interp.raise('ValueError', 'cannot convert float NaN to integer');
    if (!Number.isFinite(x)) interp.raise('OverflowError', 'cannot convert float infinity to integer');
    return interp.bigint(BigInt(of(x)));
  };
}

function logarithm(
  interp: Interpreter,
  a: readonly (Value | undefined)[],
  number: (v: Value | undefined) => number | undefined,
  domain: () => never,
): Value {
  const x = number(a[0]);
  if (x === undefined) return interp.float();
  const big = asBig(interp, a[0] as Value);
  if (x <= 0) domain();
  let log = Math.log(x);
  if (!Number.isFinite(log) && big !== undefined) {
    const bits = big.toString(2).length;
    log = Math.log(Number(big >> BigInt(bits - 64)) / 2 ** 64) + Math.LN2 * bits;
  }
  if (a[1] === undefined || a[1].kind === 'none') return interp.float(log);
  const base = number(a[1]);
  if (base === undefined) return interp.float();
  if (base <= 0) domain();
  if (base === 1) interp.raise('ZeroDivisionError', 'float division by zero');
  return interp.float(log / Math.log(base));
}

function remainder(x: number, y: number): number {
  const q = x / y;
  const near = Math.round(q);
  const even = Math.abs(q - Math.trunc(q)) === 0.5 && near % 2 !== 0 ? near - 1 : near;
  return x - even * y;
}

function measured(interp: Interpreter, xs: readonly (number | undefined)[], of: (xs: readonly number[]) => number): Value {
  return interp.float(xs.includes(undefined) ? undefined : of(xs as readonly number[]));
}

/** A sum without rounding errors but the last (Shewchuk's partial sums). */
export function exactSum(xs: readonly number[]): number {
  const partials: number[] = [];
  for (const value of xs) {
    let x = value;
    let kept = 0;
    for (const p of partials) {
      const [big, small] = Math.abs(x) < Math.abs(p) ? [p, x] : [x, p];
      const high = big + small;
      const low = small - (high - big);
      if (low !== 0) partials[kept++] = low;
      x = high;
    }
    partials.length = kept;
    partials.push(x);
  }
  let total = 0;
  let i = partials.length;
  let low = 0;
  if (i > 0) total = partials[--i] as number;
  while (i > 0) {
    const x = total;
    const y = partials[--i] as number;
    total = x + y;
    low = y - (total - x);
    if (low !== 0) break;
  }
  // Half a unit left over: the sign of the next partial decides.
  if (i > 0 && ((low < 0 && (partials[i - 1] as number) < 0) || (low > 0 && (partials[i - 1] as number) > 0))) {
    const doubled = low * 2;
    if (doubled === total + doubled - total) total += doubled;
  }
  return total;
}

function product(interp: Interpreter, iterable: Value, start: Value | undefined): Value {
  const { items, rest } = collect(interp, iterable);
  let total: Value = start ?? interp.int(1);
  for (const item of items) total = interp.resolve(binary(interp, '*', total, item));
  if (rest === undefined) return total;
  return total.kind === 'int' && interp.resolve(rest.element).kind === 'int' ? interp.freshInt('?') : interp.unknown();
}

function sumOfProducts(interp: Interpreter, p: Value, q: Value): Value {
  const x = interp.items(p);
  const y = interp.items(q);
  if (x === undefined || y === undefined) return interp.unknown();
  return x.reduce<Value>((total, item, i) => binary(interp, '+', total, binary(interp, '*', item, y[i] ?? interp.int(0))), interp.int(0));
}

function pair(interp: Interpreter, x: number | undefined, of: (x: number) => readonly [number, number]): Value {
  return interp.tuple((x === undefined ? [undefined, undefined] : of(x)).map((y) => interp.float(y)));
}

function bigs(interp: Interpreter, values: readonly (Value | undefined)[]): readonly bigint[] | undefined {
  const result: bigint[] = [];
  for (const v of values) {
    const u = interp.resolve(v as Value);
    if (u.kind === 'float' || u.kind === 'str')
      interp.raise('TypeError', `'${interp.typeName(u)}' object cannot be interpreted as an integer`);
    const n = asBig(interp, u);
    if (n === undefined) return undefined;
    result.push(n);
  }
  return result;
}

function integer(interp: Interpreter, values: readonly (Value | undefined)[], of: (n: readonly [bigint, bigint]) => bigint): Value {
  const known = bigs(interp, values);
  if (known === undefined) return interp.freshInt('?', { least: 0 });
  return interp.bigint(of([known[0] as bigint, known[1] ?? 0n]));
}

function folded(interp: Interpreter, values: readonly Value[], start: bigint, of: (p: bigint, q: bigint) => bigint): Value {
  if (values.length === 1 && interp.resolve(values[0] as Value).kind === 'int' && asBig(interp, values[0] as Value) === undefined)
    return interp.resolve(values[0] as Value);
  const known = bigs(interp, values);
  if (known === undefined) return interp.freshInt('?', { least: 0 });
  return interp.bigint(known.map((n) => (n < 0n ? -n : n)).reduce(of, start));
}

function greatestDivisor(p: bigint, q: bigint): bigint {
  let [a, b] = [p, q];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

function squareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

/** n (n-1) … of k factors. */
function fallingProduct(n: bigint, k: bigint): bigint {
  let result = 1n;
  for (let i = 0n; i < k; i++) result *= n - i;
  return result;
}
