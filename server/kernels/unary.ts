// Owns the table of functions of one array: value, derivative, complex form, and PyTorch's name for the gradient.

import type { NdArray } from './array.ts';
import { fromBuffer } from './array.ts';
import { record, rename } from './autograd.ts';
import type { Pair } from './complex-number.ts';
import * as C from './complex-number.ts';
import { allocate, isComplex, isFloating, isIntegral, KernelError, realType } from './dtype.ts';
import type { ComplexSlope, ComplexUnary, RealSlope, RealUnary } from './elementwise.ts';
import { applyComplex, applyReal, floatingOf, mapComplex, mapReal, refuseComplex } from './elementwise.ts';
import { besselI0, besselI1, digamma, erf, erfc, erfinv, lgamma, polygamma } from './special.ts';

interface UnaryEntry {
  readonly grad: string;
  readonly f: RealUnary;
  readonly slope: RealSlope;
  /** `f` of a float32 number where PyTorch rounds on the way. */
  readonly single?: RealUnary;
  readonly complex?: readonly [ComplexUnary, ComplexSlope];
  /** Integers stay integers (through `f`, or unchanged where `f` would leave them). */
  readonly keepsInt?: true;
}

const ONE: Pair = [1, 0];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const roundEven = (x: number): number => {
  const r = Math.round(x);
  return r - x === 0.5 && r % 2 !== 0 ? r - 1 : r;
};
const fraction = (x: number): number => x - Math.trunc(x);
const zero = (): number => 0;
/** What is neither above nor below 0 has the sign 0, nan too. */
const signOf = (x: number): number => (x > 0 ? 1 : x < 0 ? -1 : 0);

const sincOf = (z: Pair): Pair => {
  const p = C.cScale(z, Math.PI);
  return p[0] === 0 && p[1] === 0 ? ONE : C.cDiv(C.cSin(p), p);
};
const sincSlope = (z: Pair): Pair => {
  const p = C.cScale(z, Math.PI);
  if (p[0] === 0 && p[1] === 0) return [0, 0];
  return C.cDiv(C.cSub(C.cMul(p, C.cCos(p)), C.cSin(p)), C.cMul(p, z));
};

const TABLE = {
  exp: { grad: 'ExpBackward0', f: Math.exp, slope: (_, y) => y, complex: [C.cExp, (_, w) => w] },
  exp2: {
    grad: 'Exp2Backward0',
    f: (x) => 2 ** x,
    slope: (_, y) => y * Math.LN2,
    complex: [(z) => C.cExp(C.cScale(z, Math.LN2)), (_, w) => C.cScale(w, Math.LN2)],
  },
  expm1: { grad: 'Expm1Backward0', f: Math.expm1, slope: (_, y) => y + 1, complex: [C.cExpm1, (_, w) => C.cAdd(w, ONE)] },
  log: { grad: 'LogBackward0', f: Math.log, slope: (x) => 1 / x, complex: [C.cLog, (z) => C.cDiv(ONE, z)] },
  log2: {
    grad: 'Log2Backward0',
    f: Math.log2,
    slope: (x) => 1 / (x * Math.LN2),
    complex: [(z) => C.cScale(C.cLog(z), Math.LOG2E), (z) => C.cDiv([Math.LOG2E, 0], z)],
  },
  log10: {
    grad: 'Log10Backward0',
    f: Math.log10,
    slope: (x) => 1 / (x * Math.LN10),
    complex: [(z) => C.cScale(C.cLog(z), Math.LOG10E), (z) => C.cDiv([Math.LOG10E, 0], z)],
  },
  log1p: { grad: 'Log1PBackward0', f: Math.log1p, slope: (x) => 1 / (1 + x), complex: [C.cLog1p, (z) => C.cDiv(ONE, C.cAdd(ONE, z))] },
  sqrt: { grad: 'SqrtBackward0', f: Math.sqrt, slope: (_, y) => 0.5 / y, complex: [C.cSqrt, (_, w) => C.cDiv([0.5, 0], w)] },
  rsqrt: {
    grad: 'RsqrtBackward0',
    f: (x) => 1 / Math.sqrt(x),
    slope: (_, y) => -0.5 * y * y * y,
    complex: [(z) => C.cDiv(ONE, C.cSqrt(z)), (_, w) => C.cScale(C.cMul(w, C.cMul(w, w)), -0.5)],
  },
  reciprocal: {
    grad: 'ReciprocalBackward0',
    f: (x) => 1 / x,
    slope: (_, y) => -y * y,
    complex: [(z) => C.cDiv(ONE, z), (_, w) => C.cNeg(C.cMul(w, w))],
  },
  square: {
    grad: 'PowBackward0',
    f: (x) => x * x,
    slope: (x) => 2 * x,
    complex: [(z) => C.cMul(z, z), (z) => C.cScale(z, 2)],
    keepsInt: true,
  },
  sin: { grad: 'SinBackward0', f: Math.sin, slope: (x) => Math.cos(x), complex: [C.cSin, (z) => C.cCos(z)] },
  cos: { grad: 'CosBackward0', f: Math.cos, slope: (x) => -Math.sin(x), complex: [C.cCos, (z) => C.cNeg(C.cSin(z))] },
  tan: { grad: 'TanBackward0', f: Math.tan, slope: (_, y) => 1 + y * y, complex: [C.cTan, (_, w) => C.cAdd(ONE, C.cMul(w, w))] },
  asin: {
    grad: 'AsinBackward0',
    f: Math.asin,
    slope: (x) => 1 / Math.sqrt(1 - x * x),
    complex: [C.cAsin, (z) => C.cDiv(ONE, C.cSqrt(C.cSub(ONE, C.cMul(z, z))))],
  },
  acos: {
    grad: 'AcosBackward0',
    f: Math.acos,
    slope: (x) => -1 / Math.sqrt(1 - x * x),
    complex: [C.cAcos, (z) => C.cDiv([-1, 0], C.cSqrt(C.cSub(ONE, C.cMul(z, z))))],
  },
  atan: {
    grad: 'AtanBackward0',
    f: Math.atan,
    slope: (x) => 1 / (1 + x * x),
    complex: [C.cAtan, (z) => C.cDiv(ONE, C.cAdd(ONE, C.cMul(z, z)))],
  },
  sinh: { grad: 'SinhBackward0', f: Math.sinh, slope: (x) => Math.cosh(x), complex: [C.cSinh, (z) => C.cCosh(z)] },
  cosh: { grad: 'CoshBackward0', f: Math.cosh, slope: (x) => Math.sinh(x), complex: [C.cCosh, (z) => C.cSinh(z)] },
  tanh: { grad: 'TanhBackward0', f: Math.tanh, slope: (_, y) => 1 - y * y, complex: [C.cTanh, (_, w) => C.cSub(ONE, C.cMul(w, w))] },
  asinh: {
    grad: 'AsinhBackward0',
    f: Math.asinh,
    slope: (x) => 1 / Math.sqrt(x * x + 1),
    complex: [C.cAsinh, (z) => C.cDiv(ONE, C.cSqrt(C.cAdd(C.cMul(z, z), ONE)))],
  },
  acosh: {
    grad: 'AcoshBackward0',
    f: Math.acosh,
    slope: (x) => 1 / Math.sqrt(x * x - 1),
    complex: [C.cAcosh, (z) => C.cDiv(ONE, C.cMul(C.cSqrt(C.cSub(z, ONE)), C.cSqrt(C.cAdd(z, ONE))))],
  },
  atanh: {
    grad: 'AtanhBackward0',
    f: Math.atanh,
    slope: (x) => 1 / (1 - x * x),
    complex: [C.cAtanh, (z) => C.cDiv(ONE, C.cSub(ONE, C.cMul(z, z)))],
  },
  sigmoid: {
    grad: 'SigmoidBackward0',
    f: sigmoid,
    slope: (_, y) => y * (1 - y),
    complex: [C.cSigmoid, (_, w) => C.cMul(w, C.cSub(ONE, w))],
  },
  relu: { grad: 'ReluBackward0', f: (x) => (x > 0 || x !== x ? x : 0), slope: (_, y) => (y > 0 ? 1 : 0), keepsInt: true },
  erf: { grad: 'ErfBackward0', f: erf, slope: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) },
  erfc: { grad: 'ErfcBackward0', f: erfc, slope: (x) => (-2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) },
  erfinv: { grad: 'ErfinvBackward0', f: erfinv, slope: (_, y) => (Math.sqrt(Math.PI) / 2) * Math.exp(y * y) },
  lgamma: { grad: 'LgammaBackward0', f: lgamma, slope: (x) => digamma(x) },
  digamma: { grad: 'DigammaBackward0', f: digamma, slope: (x) => polygamma(1, x) },
  i0: { grad: 'I0Backward0', f: besselI0, slope: besselI1 },
  sinc: {
    grad: 'SincBackward0',
    f: (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)),
    single: (x) => {
      const angle = Math.fround(Math.fround(Math.PI) * x);
      return x === 0 ? 1 : Math.fround(Math.sin(angle)) / angle;
    },
    slope: (x) => (x === 0 ? 0 : (Math.PI * x * Math.cos(Math.PI * x) - Math.sin(Math.PI * x)) / (Math.PI * x * x)),
    complex: [sincOf, sincSlope],
  },
  neg: { grad: 'NegBackward0', f: (x) => -x, slope: () => -1, complex: [C.cNeg, () => [-1, 0]], keepsInt: true },
  sign: { grad: 'SignBackward0', f: signOf, slope: zero, keepsInt: true },
  floor: { grad: 'FloorBackward0', f: Math.floor, slope: zero, keepsInt: true },
  ceil: { grad: 'CeilBackward0', f: Math.ceil, slope: zero, keepsInt: true },
  trunc: { grad: 'TruncBackward0', f: Math.trunc, slope: zero, keepsInt: true },
  round: { grad: 'RoundBackward0', f: roundEven, slope: zero, keepsInt: true },
  frac: { grad: 'FracBackward0', f: fraction, slope: () => 1 },
  deg2rad: { grad: 'Deg2RadBackward0', f: (x) => x * (Math.PI / 180), slope: () => Math.PI / 180 },
  rad2deg: { grad: 'Rad2DegBackward0', f: (x) => x * (180 / Math.PI), slope: () => 180 / Math.PI },
} satisfies Record<string, UnaryEntry>;

/** Functions whose derivative is found from the output alone, so the input may change afterwards. */
const FROM_OUTPUT: ReadonlySet<string> = new Set([
  'exp',
  'exp2',
  'expm1',
  'sqrt',
  'rsqrt',
  'reciprocal',
  'tan',
  'tanh',
  'sigmoid',
  'relu',
  'erfinv',
]);

export type UnaryName = keyof typeof TABLE;

/** Names the table holds, for callers that build their operations from it. */
export const UNARY_NAMES = Object.keys(TABLE) as readonly UnaryName[];

/** A table function, [*] -> [*]. Integers go to the default floating type unless the function keeps them. */
export function unary(name: UnaryName, a: NdArray): NdArray {
  const entry: UnaryEntry = TABLE[name];
  if (isComplex(a.dtype)) {
    if (entry.complex === undefined) refuseComplex(a, name);
    const [f, slope] = entry.complex as readonly [ComplexUnary, ComplexSlope];
    return applyComplex(a, entry.grad, f, slope, FROM_OUTPUT.has(name) ? 'output' : 'input');
  }
  if (isIntegral(a.dtype) && entry.keepsInt === true) {
    if (name === 'neg' && a.dtype === 'bool') {
      throw new KernelError(
        'Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.',
        'RuntimeError',
      );
    }
    return mapReal(a, name === 'square' && a.dtype === 'bool' ? 'int64' : a.dtype, entry.f);
  }
  const f = floatingOf(a.dtype) === 'float32' ? (entry.single ?? entry.f) : entry.f;
  return applyReal(a, entry.grad, f, entry.slope, FROM_OUTPUT.has(name) ? 'output' : 'input');
}

/** |x|; of a complex array its modulus, a real array. */
export function abs(a: NdArray): NdArray {
  if (!isComplex(a.dtype)) {
    if (isIntegral(a.dtype)) return mapReal(a, a.dtype, Math.abs);
    return applyReal(a, 'AbsBackward0', Math.abs, (x) => Math.sign(x));
  }
  return modulus(
    a,
    'AbsBackward0',
    (re, im) => Math.hypot(re, im),
    (z, m) => (m === 0 ? [0, 0] : [z[0] / m, z[1] / m]),
  );
}

/** Angle in radians: of a complex array its argument; of a real one 0 or pi. */
export function angle(a: NdArray): NdArray {
  if (!isComplex(a.dtype)) return applyReal(a, 'AngleBackward0', (x) => (x !== x ? x : x < 0 ? Math.PI : 0), zero);
  return modulus(
    a,
    'AngleBackward0',
    (re, im) => Math.atan2(im, re),
    (z) => {
      const m = z[0] * z[0] + z[1] * z[1];
      return m === 0 ? [0, 0] : [-z[1] / m, z[0] / m];
    },
  );
}

function modulus(a: NdArray, name: string, f: (re: number, im: number) => number, slope: (z: Pair, m: number) => Pair): NdArray {
  const src = a.dense();
  const dtype = realType(a.dtype);
  const data = allocate(dtype, a.numel);
  for (let i = 0; i < data.length; i++) data[i] = f(src[2 * i] as number, src[2 * i + 1] as number);
  const out = fromBuffer(data, a.shape, dtype);
  return record(
    name,
    [a],
    out,
    (g) => {
      const gs = g.dense();
      const xs = a.dense();
      const grad = allocate(a.dtype, a.numel);
      for (let i = 0; i < gs.length; i++) {
        const d = slope([xs[2 * i] as number, xs[2 * i + 1] as number], data[i] as number);
        grad[2 * i] = (gs[i] as number) * d[0];
        grad[2 * i + 1] = (gs[i] as number) * d[1];
      }
      return [fromBuffer(grad, a.shape, a.dtype)];
    },
    [a],
  );
}

/** Complex conjugate; a real array is its own. */
export function conj(a: NdArray): NdArray {
  if (!isComplex(a.dtype)) return a;
  const flip = (v: NdArray): NdArray => mapComplex(v, v.dtype, C.cConj);
  return record('ConjBackward0', [a], flip(a), (g) => [isComplex(g.dtype) ? flip(g) : g]);
}

/** sign of a complex number: z / |z|. */
export function sgn(a: NdArray): NdArray {
  if (!isComplex(a.dtype)) return rename(unary('sign', a), 'SgnBackward0');
  const out = mapComplex(a, a.dtype, (z) => {
    const m = C.cAbs(z);
    return m === 0 ? [0, 0] : [z[0] / m, z[1] / m];
  });
  // (g - sgn^2 conj(g)) / (2 |z|), and 0 at 0.
  return record('SgnBackward0', [a], out, (g) => {
    const [gs, zs, ss] = [g.dense(), a.dense(), out.dense()];
    const grad = allocate(a.dtype, a.numel);
    for (let i = 0; i < gs.length; i += 2) {
      const m = C.cAbs([zs[i] as number, zs[i + 1] as number]);
      if (m === 0) continue;
      const s: Pair = [ss[i] as number, ss[i + 1] as number];
      const d: Pair = [gs[i] as number, gs[i + 1] as number];
      const w = C.cScale(C.cSub(d, C.cMul(C.cMul(s, s), C.cConj(d))), 0.5 / m);
      grad[i] = w[0];
      grad[i + 1] = w[1];
    }
    return [fromBuffer(grad, a.shape, a.dtype)];
  });
}

/** round with a number of decimals (may be negative), half to even. */
export function roundDecimals(a: NdArray, decimals: number): NdArray {
  if (decimals === 0) return unary('round', a);
  const scale = 10 ** Math.abs(decimals);
  const f = (x: number): number => (decimals > 0 ? roundEven(x * scale) / scale : roundEven(x / scale) * scale);
  return applyReal(a, 'RoundBackward1', f, zero);
}

export type TestName = 'isnan' | 'isinf' | 'isfinite' | 'isposinf' | 'isneginf' | 'signbit' | 'logical_not';

const TESTS: Record<TestName, (x: number) => boolean> = {
  isnan: (x) => Number.isNaN(x),
  isinf: (x) => x === Number.POSITIVE_INFINITY || x === Number.NEGATIVE_INFINITY,
  isfinite: (x) => Number.isFinite(x),
  isposinf: (x) => x === Number.POSITIVE_INFINITY,
  isneginf: (x) => x === Number.NEGATIVE_INFINITY,
  signbit: (x) => x < 0 || Object.is(x, -0),
  logical_not: (x) => x === 0,
};

/** A yes-or-no question of each element, giving bool. A complex element is nan or infinite if either part is. */
export function testEach(name: TestName, a: NdArray): NdArray {
  const f = TESTS[name];
  if (!isComplex(a.dtype)) return mapReal(a, 'bool', (x) => (f(x) ? 1 : 0));
  const src = a.dense();
  const data = allocate('bool', a.numel);
  const both = name === 'isfinite' || name === 'logical_not';
  for (let i = 0; i < data.length; i++) {
    const re = f(src[2 * i] as number);
    const im = f(src[2 * i + 1] as number);
    data[i] = (both ? re && im : re || im) ? 1 : 0;
  }
  return fromBuffer(data, a.shape, 'bool');
}

/** ~x: complement of integers, negation of bool. */
export function bitwiseNot(a: NdArray): NdArray {
  if (isFloating(a.dtype) || isComplex(a.dtype))
    throw new KernelError('~ (operator.invert) is only implemented on integer and Boolean-type tensors', 'TypeError');
  return a.dtype === 'bool' ? mapReal(a, 'bool', (x) => (x === 0 ? 1 : 0)) : mapReal(a, a.dtype, (x) => -x - 1);
}

/** nan, inf and -inf replaced (torch.nan_to_num); undefined takes the largest finite values of the type. */
export function nanToNum(a: NdArray, nan = 0, posinf?: number, neginf?: number): NdArray {
  const most = a.dtype === 'float64' ? Number.MAX_VALUE : a.dtype === 'float16' ? 65504 : 3.4028234663852886e38;
  const f = (x: number): number =>
    x !== x ? nan : x === Number.POSITIVE_INFINITY ? (posinf ?? most) : x === Number.NEGATIVE_INFINITY ? (neginf ?? -most) : x;
  if (isIntegral(a.dtype)) return a;
  return applyReal(a, 'NanToNumBackward0', f, (x) => (Number.isFinite(x) ? 1 : 0));
}

/** logit with optional clamping of the input to [eps, 1 - eps]. */
export function logit(a: NdArray, eps?: number): NdArray {
  const bound = (x: number): number => (eps === undefined ? x : Math.min(1 - eps, Math.max(eps, x)));
  return applyReal(
    a,
    'LogitBackward0',
    (x) => Math.log(bound(x) / (1 - bound(x))),
    (x) => (eps !== undefined && (x < eps || x > 1 - eps) ? 0 : 1 / (x * (1 - x))),
  );
}
