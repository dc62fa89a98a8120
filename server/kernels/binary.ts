// Owns the table of functions of two arrays with broadcasting: value, both derivatives, complex form, gradient name.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf } from './array.ts';
import { record } from './autograd.ts';
import { castValues } from './broadcast.ts';
import type { Pair } from './complex-number.ts';
import * as C from './complex-number.ts';
import type { DType } from './dtype.ts';
import { allocate, isComplex, isIntegral, KernelError, settle } from './dtype.ts';
import { align, floatingOf, resultType, zipComplex, zipReal } from './elementwise.ts';
import { digamma, lgamma } from './special.ts';

type Two = (x: number, y: number) => number;
type TwoComplex = (x: Pair, y: Pair) => Pair;
/** A partial derivative from both inputs and the output. */
type Partial = (x: number, y: number, out: number) => number;
type PartialComplex = (x: Pair, y: Pair, out: Pair) => Pair;

interface BinaryEntry {
  readonly grad: string;
  readonly f: Two;
  readonly dx: Partial;
  readonly dy: Partial;
  readonly complex?: { readonly f: TwoComplex; readonly dx: PartialComplex; readonly dy: PartialComplex };
  /** How integers are treated: kept, or taken to floating. */
  readonly ints: 'keep' | 'float';
  readonly integer?: Two;
}

const ONE: Pair = [1, 0];
const zero = (): number => 0;

function floorMod(x: number, y: number): number {
  const r = x % y;
  return r !== 0 && r < 0 !== y < 0 ? r + y : r;
}

function floorDivide(x: number, y: number): number {
  if (y === 0) return x / y;
  const r = x % y;
  let q = (x - r) / y;
  if (r !== 0 && r < 0 !== y < 0) q -= 1;
  if (q === 0) return Object.is(x / y, -0) || x / y < 0 ? -0 : 0;
  const floor = Math.floor(q);
  return q - floor > 0.5 ? floor + 1 : floor;
}

function nonZero(f: Two): Two {
  return (x, y) => {
    if (y === 0) throw new KernelError('ZeroDivisionError', 'RuntimeError');
    return f(x, y) + 0;
  };
}

function intPower(x: number, y: number): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0;
  return x ** y;
}

function logAddExp(x: number, y: number): number {
  if (x === y && !Number.isFinite(x)) return x;
  return Math.max(x, y) + Math.log1p(Math.exp(-Math.abs(x - y)));
}

const bit =
  (f: (x: bigint, y: bigint) => bigint, small: Two): Two =>
  (x, y) =>
    (x | 0) === x && (y | 0) === y ? small(x, y) : Number(BigInt.asIntN(64, f(BigInt(x), BigInt(y))));

function gcd(x: number, y: number): number {
  let a = Math.abs(x);
  let b = Math.abs(y);
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

const powerSlopeBase: Partial = (x, y) => (y === 0 ? 0 : y * x ** (y - 1));
const powerSlopeExponent: Partial = (x, y, out) => (x === 0 && y >= 0 ? 0 : out * Math.log(x));

const withoutDerivative = (name: string) => (): never => {
  throw new KernelError(`derivative for aten::${name} is not implemented`, 'RuntimeError');
};

const TABLE = {
  add: {
    grad: 'AddBackward0',
    f: (x, y) => x + y,
    dx: () => 1,
    dy: () => 1,
    ints: 'keep',
    complex: { f: C.cAdd, dx: () => ONE, dy: () => ONE },
  },
  sub: {
    grad: 'SubBackward0',
    f: (x, y) => x - y,
    dx: () => 1,
    dy: () => -1,
    ints: 'keep',
    complex: { f: C.cSub, dx: () => ONE, dy: () => [-1, 0] },
  },
  mul: {
    grad: 'MulBackward0',
    f: (x, y) => x * y,
    dx: (_, y) => y,
    dy: (x) => x,
    ints: 'keep',
    complex: { f: C.cMul, dx: (_, y) => y, dy: (x) => x },
  },
  div: {
    grad: 'DivBackward0',
    f: (x, y) => x / y,
    dx: (_, y) => 1 / y,
    dy: (_, y, out) => -out / y,
    ints: 'float',
    complex: { f: C.cDiv, dx: (_, y) => C.cDiv(ONE, y), dy: (_, y, out) => C.cNeg(C.cDiv(out, y)) },
  },
  pow: {
    grad: 'PowBackward1',
    f: (x, y) => (y === 2 ? x * x : y === 0.5 ? Math.sqrt(x) : x ** y),
    dx: powerSlopeBase,
    dy: powerSlopeExponent,
    ints: 'keep',
    integer: intPower,
    complex: {
      f: C.cPow,
      dx: (x, y) => C.cMul(y, C.cPow(x, C.cSub(y, ONE))),
      dy: (x, _, out) => (x[0] === 0 && x[1] === 0 ? [0, 0] : C.cMul(out, C.cLog(x))),
    },
  },
  floor_divide: {
    grad: 'NotImplemented',
    f: floorDivide,
    dx: withoutDerivative('floor_divide'),
    dy: withoutDerivative('floor_divide'),
    ints: 'keep',
    integer: nonZero((x, y) => Math.floor((x - floorMod(x, y)) / y + 0.5)),
  },
  floored_divide: {
    grad: 'DivBackward2',
    f: floorDivide,
    dx: zero,
    dy: zero,
    ints: 'keep',
    integer: nonZero((x, y) => Math.floor((x - floorMod(x, y)) / y + 0.5)),
  },
  trunc_divide: {
    grad: 'DivBackward2',
    f: (x, y) => Math.trunc(x / y),
    dx: zero,
    dy: zero,
    ints: 'keep',
    integer: nonZero((x, y) => (x - (x % y)) / y),
  },
  remainder: {
    grad: 'RemainderBackward0',
    f: floorMod,
    dx: () => 1,
    dy: (x, y) => -floorDivide(x, y),
    ints: 'keep',
    integer: nonZero(floorMod),
  },
  fmod: {
    grad: 'FmodBackward1',
    f: (x, y) => x % y,
    dx: () => 1,
    dy: (x, y) => -Math.trunc(x / y),
    ints: 'keep',
    integer: nonZero((x, y) => x % y),
  },
  maximum: {
    grad: 'MaximumBackward0',
    f: (x, y) => Math.max(x, y),
    dx: (x, y) => (x > y ? 1 : x === y ? 0.5 : 0),
    dy: (x, y) => (y > x ? 1 : x === y ? 0.5 : 0),
    ints: 'keep',
  },
  minimum: {
    grad: 'MinimumBackward0',
    f: (x, y) => Math.min(x, y),
    dx: (x, y) => (x < y ? 1 : x === y ? 0.5 : 0),
    dy: (x, y) => (y < x ? 1 : x === y ? 0.5 : 0),
    ints: 'keep',
  },
  fmax: {
    grad: 'FmaxBackward0',
    f: (x, y) => (x !== x ? y : y !== y ? x : Math.max(x, y)),
    dx: (x, y) => (x >= y || y !== y ? 1 : 0),
    dy: (x, y) => (x >= y || y !== y ? 0 : 1),
    ints: 'keep',
  },
  fmin: {
    grad: 'FminBackward0',
    f: (x, y) => (x !== x ? y : y !== y ? x : Math.min(x, y)),
    dx: (x, y) => (x <= y || y !== y ? 1 : 0),
    dy: (x, y) => (x <= y || y !== y ? 0 : 1),
    ints: 'keep',
  },
  atan2: { grad: 'Atan2Backward0', f: Math.atan2, dx: (x, y) => y / (x * x + y * y), dy: (x, y) => -x / (x * x + y * y), ints: 'float' },
  hypot: { grad: 'HypotBackward0', f: (x, y) => Math.hypot(x, y), dx: (x, _, out) => x / out, dy: (_, y, out) => y / out, ints: 'float' },
  copysign: {
    grad: 'CopysignBackward0',
    f: (x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)),
    dx: (x, _, out) => (x === 0 ? 0 : out / x),
    dy: zero,
    ints: 'float',
  },
  logaddexp: {
    grad: 'LogaddexpBackward0',
    f: logAddExp,
    dx: (x, _, out) => Math.exp(x - out),
    dy: (_, y, out) => Math.exp(y - out),
    ints: 'float',
  },
  logaddexp2: {
    grad: 'Logaddexp2Backward0',
    f: (x, y) => logAddExp(x * Math.LN2, y * Math.LN2) / Math.LN2,
    dx: (x, _, out) => 2 ** (x - out),
    dy: (_, y, out) => 2 ** (y - out),
    ints: 'float',
  },
  xlogy: {
    grad: 'XlogyBackward0',
    f: (x, y) => (y !== y ? y : x === 0 ? 0 : x * Math.log(y)),
    dx: (x, y) => (x === 0 && y <= 0 ? 0 : Math.log(y)),
    dy: (x, y) => x / y,
    ints: 'float',
  },
  heaviside: {
    grad: 'NotImplemented',
    f: (x, y) => (x === 0 ? y : x < 0 ? 0 : 1),
    dx: withoutDerivative('heaviside'),
    dy: withoutDerivative('heaviside'),
    ints: 'keep',
  },
  ldexp: { grad: 'LdexpBackward0', f: (x, y) => x * 2 ** y, dx: (_, y) => 2 ** y, dy: (_, __, out) => out * Math.LN2, ints: 'float' },
  beta_log: {
    grad: 'LgammaBackward0',
    f: (x, y) => lgamma(x) + lgamma(y) - lgamma(x + y),
    dx: (x, y) => digamma(x) - digamma(x + y),
    dy: (x, y) => digamma(y) - digamma(x + y),
    ints: 'float',
  },
  gcd: { grad: '', f: gcd, dx: zero, dy: zero, ints: 'keep' },
  lcm: { grad: '', f: (x, y) => (x === 0 || y === 0 ? 0 : Math.abs(x * y) / gcd(x, y)), dx: zero, dy: zero, ints: 'keep' },
  bitwise_and: {
    grad: '',
    f: bit(
      (x, y) => x & y,
      (x, y) => x & y,
    ),
    dx: zero,
    dy: zero,
    ints: 'keep',
  },
  bitwise_or: {
    grad: '',
    f: bit(
      (x, y) => x | y,
      (x, y) => x | y,
    ),
    dx: zero,
    dy: zero,
    ints: 'keep',
  },
  bitwise_xor: {
    grad: '',
    f: bit(
      (x, y) => x ^ y,
      (x, y) => x ^ y,
    ),
    dx: zero,
    dy: zero,
    ints: 'keep',
  },
  shift_left: { grad: '', f: (x, y) => (y < 0 || y > 63 ? 0 : x * 2 ** y), dx: zero, dy: zero, ints: 'keep' },
  shift_right: { grad: '', f: (x, y) => Math.floor(x / 2 ** Math.min(63, Math.max(0, y))), dx: zero, dy: zero, ints: 'keep' },
} satisfies Record<string, BinaryEntry>;

export type BinaryName = keyof typeof TABLE;

/** What callers know better: the gradient's name (reversed operators) or a forced result type. */
export interface BinaryOptions {
  readonly name?: string;
}

function computingType(name: BinaryName, entry: BinaryEntry, a: NdArray, b: NdArray): DType {
  const common = resultType([a, b]);
  if (entry.ints === 'float') return floatingOf(common);
  if (common !== 'bool') return common;
  if (name === 'sub') {
    throw new KernelError(
      'Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead.',
      'RuntimeError',
    );
  }
  return common;
}

/** Some gradients are named after which operand is a Python number. */
function gradName(name: BinaryName, entry: BinaryEntry, a: NdArray, b: NdArray): string {
  if (name === 'pow') return a.wrapped ? 'PowBackward2' : b.wrapped ? 'PowBackward0' : 'PowBackward1';
  if (name === 'remainder') return b.wrapped ? 'RemainderBackward0' : 'RemainderBackward1';
  if (name === 'fmod') return b.wrapped ? 'FmodBackward0' : 'FmodBackward1';
  return entry.grad;
}

/**
 * A table function with broadcasting and type promotion; Python numbers come as wrapScalar arrays.
 * Integer `pow` refuses a negative Python exponent as PyTorch does.
 */
export function binary(name: BinaryName, a: NdArray, b: NdArray, options: BinaryOptions = {}): NdArray {
  const entry: BinaryEntry = TABLE[name];
  const dtype = computingType(name, entry, a, b);
  const label = options.name ?? gradName(name, entry, a, b);
  if (isComplex(dtype)) return complexBinary(name, entry, a, b, dtype, label);
  const integral = isIntegral(dtype);
  if (name === 'pow' && integral && b.wrapped && b.item() < 0) {
    throw new KernelError('Integers to negative integer powers are not allowed.', 'RuntimeError');
  }
  const f = integral && entry.integer !== undefined ? entry.integer : dtype === 'int32' && name === 'mul' ? Math.imul : entry.f;
  const out = zipReal(a, b, dtype, dtype, f);
  if (integral) return out;
  const slope = (grad: NdArray, d: Partial): NdArray => {
    const { x, y } = align(a, b, dtype);
    return partial(grad, x, y, out, d);
  };
  const constant = name === 'add' || name === 'sub';
  return record(
    label,
    [a, b],
    out,
    (g) => [
      a.requiresGrad ? (constant ? g : slope(g, entry.dx)) : undefined,
      b.requiresGrad ? (name === 'add' ? g : slope(g, entry.dy)) : undefined,
    ],
    constant ? [] : [a, b],
  );
}

function partial(grad: NdArray, x: ArrayLike<number>, y: ArrayLike<number>, out: NdArray, d: Partial): NdArray {
  const g = grad.dense();
  const o = out.dense();
  const data = allocate(grad.dtype, g.length);
  for (let i = 0; i < g.length; i++) data[i] = (g[i] as number) * d(x[i] as number, y[i] as number, o[i] as number);
  return fromBuffer(settle(grad.dtype, data), grad.shape, grad.dtype);
}

function complexBinary(name: BinaryName, entry: BinaryEntry, a: NdArray, b: NdArray, dtype: DType, label: string): NdArray {
  const complex = entry.complex;
  if (complex === undefined) {
    throw new KernelError(
      `"${name}" not implemented for '${dtype === 'complex64' ? 'ComplexFloat' : 'ComplexDouble'}'`,
      'NotImplementedError',
    );
  }
  const out = zipComplex(a, b, dtype, complex.f);
  const slope = (grad: NdArray, d: PartialComplex): NdArray => {
    const { shape, x, y } = align(a, b, dtype);
    const g = grad.dense();
    const o = out.dense();
    const data = allocate(dtype, numelOf(shape));
    for (let i = 0; i < data.length; i += 2) {
      const k = d([x[i] as number, x[i + 1] as number], [y[i] as number, y[i + 1] as number], [o[i] as number, o[i + 1] as number]);
      const w = C.cMul([g[i] as number, g[i + 1] as number], C.cConj(k));
      data[i] = w[0];
      data[i + 1] = w[1];
    }
    return fromBuffer(data, shape, dtype);
  };
  return record(
    label,
    [a, b],
    out,
    (g) => [a.requiresGrad ? slope(g, complex.dx) : undefined, b.requiresGrad ? slope(g, complex.dy) : undefined],
    [a, b],
  );
}

export type CompareName = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'logical_and' | 'logical_or' | 'logical_xor';

const COMPARE: Record<CompareName, (x: number, y: number) => boolean> = {
  eq: (x, y) => x === y,
  ne: (x, y) => x !== y,
  lt: (x, y) => x < y,
  le: (x, y) => x <= y,
  gt: (x, y) => x > y,
  ge: (x, y) => x >= y,
  logical_and: (x, y) => x !== 0 && y !== 0,
  logical_or: (x, y) => x !== 0 || y !== 0,
  logical_xor: (x, y) => (x !== 0) !== (y !== 0),
};

/** A comparison with broadcasting in the promoted type, giving bool. */
export function compare(name: CompareName, a: NdArray, b: NdArray): NdArray {
  const f = COMPARE[name];
  const dtype = resultType([a, b]);
  if (!isComplex(dtype)) return zipReal(a, b, dtype, 'bool', (x, y) => (f(x, y) ? 1 : 0));
  if (name !== 'eq' && name !== 'ne') {
    throw new KernelError(
      `"${name}" not implemented for '${dtype === 'complex64' ? 'ComplexFloat' : 'ComplexDouble'}'`,
      'NotImplementedError',
    );
  }
  const { shape, x, y } = align(a, b, dtype);
  const data = allocate('bool', numelOf(shape));
  for (let i = 0; i < data.length; i++) {
    const same = x[2 * i] === y[2 * i] && x[2 * i + 1] === y[2 * i + 1];
    data[i] = same === (name === 'eq') ? 1 : 0;
  }
  return fromBuffer(data, shape, 'bool');
}

/** |a - b| <= atol + rtol * |b|, element by element. */
export function isClose(a: NdArray, b: NdArray, rtol = 1e-5, atol = 1e-8, equalNan = false): NdArray {
  const dtype = resultType([a, b]);
  const close: Two = (x, y) => {
    if (x === y || (equalNan && x !== x && y !== y)) return 1;
    return Number.isFinite(x) && Number.isFinite(y) && Math.abs(x - y) <= atol + Math.abs(rtol * y) ? 1 : 0;
  };
  return zipReal(isComplex(a.dtype) ? castValues(a, 'float64') : a, b, dtype, 'bool', close);
}
