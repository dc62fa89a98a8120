// Owns the loops that apply a scalar function to each element, and the common type of several operands.
// Knows no particular function: those are in unary.ts, binary.ts and activation.ts.

import type { NdArray } from './array.ts';
import { emptyLike, fromBuffer, numelOf } from './array.ts';
import { record } from './autograd.ts';
import { broadcastDense, broadcastShapes, castValues, sameShape } from './broadcast.ts';
import type { Pair } from './complex-number.ts';
import { cConj, cMul } from './complex-number.ts';
import type { DType, TypedArray } from './dtype.ts';
import { allocate, category, complexType, defaultDtype, isComplex, isIntegral, KernelError, promote, settle } from './dtype.ts';
import { laidOut } from './layout.ts';

export type RealUnary = (x: number) => number;
/** Derivative from the input and the output. */
export type RealSlope = (x: number, y: number) => number;
export type ComplexUnary = (z: Pair) => Pair;
export type ComplexSlope = (z: Pair, w: Pair) => Pair;

/** Changes the type, with a gradient cast back. The same array where it has the type already. */
export function cast(a: NdArray, dtype: DType): NdArray {
  if (a.dtype === dtype) return a;
  const out = castValues(a, dtype);
  return record('ToCopyBackward0', [a], out, (g) => [g]);
}

/** The type of the result of mixing operands: arrays with dimensions over 0-d arrays over Python numbers. */
export function resultType(operands: readonly NdArray[]): DType {
  const levels: [DType | undefined, DType | undefined, DType | undefined] = [undefined, undefined, undefined];
  for (const a of operands) {
    const level = a.wrapped ? 2 : a.rank === 0 ? 1 : 0;
    const own =
      a.wrapped && a.dtype === 'float64' ? defaultDtype() : a.wrapped && a.dtype === 'complex128' ? complexType(defaultDtype()) : a.dtype;
    const before = levels[level];
    levels[level] = before === undefined ? own : promote(before, own);
  }
  let result: DType | undefined;
  for (const own of levels) {
    if (own === undefined) continue;
    if (result === undefined) result = own;
    else if (category(own) > category(result)) result = widen(result, own);
  }
  return result ?? 'float32';
}

/** A lower-priority operand of a higher category decides the category; a real floating type keeps its width in complex. */
function widen(strong: DType, weak: DType): DType {
  if (isComplex(weak) && !isIntegral(strong)) return complexType(strong);
  return weak;
}

/** Floating type that a function such as exp works in. */
export function floatingOf(dtype: DType): DType {
  return isIntegral(dtype) ? defaultDtype() : dtype;
}

/** Applies `f` to each element, in memory order where the array is dense, giving `dtype`. Real types only. */
export function mapReal(a: NdArray, dtype: DType, f: RealUnary): NdArray {
  const gaps = !a.isContiguous && !a.isDense;
  const out = gaps ? undefined : emptyLike(a, dtype);
  const src = out === undefined || a.isContiguous ? a.dense() : memoryOf(a);
  const data = out === undefined ? allocate(dtype, a.numel) : out.storage.data;
  const n = src.length;
  for (let i = 0; i < n; i++) data[i] = f(src[i] as number);
  settleUnlessPlain(dtype, data);
  return out ?? laidOut(data, a.shape, dtype, [a]);
}

function memoryOf(a: NdArray): TypedArray {
  const w = isComplex(a.dtype) ? 2 : 1;
  return a.storage.data.subarray(a.offset * w, (a.offset + a.numel) * w) as TypedArray;
}

function settleUnlessPlain(dtype: DType, data: TypedArray): void {
  if (dtype === 'float16' || dtype === 'bfloat16' || dtype === 'int64' || dtype === 'bool') settle(dtype, data);
}

export function mapComplex(a: NdArray, dtype: DType, f: ComplexUnary): NdArray {
  const src = a.dense();
  const data = allocate(dtype, a.numel);
  for (let i = 0; i < src.length; i += 2) {
    const w = f([src[i] as number, src[i + 1] as number]);
    data[i] = w[0];
    data[i + 1] = w[1];
  }
  return laidOut(data, a.shape, dtype, [a]);
}

/** grad * slope(x, y), element by element; all three share a shape. */
export function chainReal(grad: NdArray, x: NdArray, y: NdArray, slope: RealSlope): NdArray {
  const g = grad.dense();
  const xs = x.dense();
  const ys = y.dense();
  const data = allocate(grad.dtype, g.length);
  for (let i = 0; i < g.length; i++) data[i] = (g[i] as number) * slope(xs[i] as number, ys[i] as number);
  settleUnlessPlain(grad.dtype, data);
  return fromBuffer(data, grad.shape, grad.dtype);
}

/** grad * conj(slope(z, w)): PyTorch's convention for complex gradients. */
export function chainComplex(grad: NdArray, x: NdArray, y: NdArray, slope: ComplexSlope): NdArray {
  const g = grad.dense();
  const xs = x.dense();
  const ys = y.dense();
  const data = allocate(grad.dtype, grad.numel);
  for (let i = 0; i < g.length; i += 2) {
    const d = slope([xs[i] as number, xs[i + 1] as number], [ys[i] as number, ys[i + 1] as number]);
    const w = cMul([g[i] as number, g[i + 1] as number], cConj(d));
    data[i] = w[0];
    data[i + 1] = w[1];
  }
  return fromBuffer(data, grad.shape, grad.dtype);
}

/**
 * A differentiable function of one real array that keeps its shape; integers go to the default floating type first.
 * `saves` names what the slope reads, whose later in-place change makes the gradient wrong.
 */
export function applyReal(a: NdArray, name: string, f: RealUnary, slope: RealSlope, saves: 'input' | 'output' = 'input'): NdArray {
  if (isComplex(a.dtype)) throw new KernelError(`ShapeLint does not compute ${name.replace(/Backward\d*$/, '')} of complex tensors`);
  const x = a.dtype === floatingOf(a.dtype) ? a : castValues(a, floatingOf(a.dtype));
  const out = mapReal(x, x.dtype, f);
  return record(name, [a], out, (g) => [chainReal(g, x, out, slope)], [saves === 'input' ? a : out]);
}

export function applyComplex(a: NdArray, name: string, f: ComplexUnary, slope: ComplexSlope, saves: 'input' | 'output' = 'input'): NdArray {
  const out = mapComplex(a, a.dtype, f);
  return record(name, [a], out, (g) => [chainComplex(g, a, out, slope)], [saves === 'input' ? a : out]);
}

/** Values of two operands in a common shape and type. */
export interface Operands {
  readonly shape: readonly number[];
  readonly x: TypedArray;
  readonly y: TypedArray;
}

export function align(a: NdArray, b: NdArray, dtype: DType): Operands {
  const shape = sameShape(a.shape, b.shape) ? a.shape : broadcastShapes(a.shape, b.shape);
  const x = broadcastDense(a.dtype === dtype ? a : castValues(a, dtype), shape);
  const y = broadcastDense(b.dtype === dtype ? b : castValues(b, dtype), shape);
  return { shape, x, y };
}

/** f(a, b) in the computing type, stored as `outType`. Real types only; keeps the layout two dense operands share. */
export function zipReal(a: NdArray, b: NdArray, dtype: DType, outType: DType, f: (x: number, y: number) => number): NdArray {
  const shared = sharedLayout(a, b);
  if (shared !== undefined) {
    const out = emptyLike(shared, outType);
    const from = (v: NdArray): TypedArray => (v.dtype === dtype ? v : castValues(v, dtype)).dense();
    const pick = (v: NdArray): TypedArray | number =>
      v.numel === 1 && v.rank === 0 ? (from(v)[0] as number) : memoryOf(v.dtype === dtype ? v : castValues(v, dtype));
    loop(pick(a), pick(b), out.storage.data, f);
    settleUnlessPlain(outType, out.storage.data);
    return out;
  }
  const shape = sameShape(a.shape, b.shape) ? a.shape : broadcastShapes(a.shape, b.shape);
  const value = (v: NdArray): TypedArray | number => {
    const typed = v.dtype === dtype ? v : castValues(v, dtype);
    return typed.numel === 1 ? (typed.storage.data[typed.offset] as number) : broadcastDense(typed, shape);
  };
  const data = allocate(outType, numelOf(shape));
  loop(value(a), value(b), data, f);
  settleUnlessPlain(outType, data);
  return laidOut(data, shape, outType, [a, b]);
}

/** The array whose non-row-major layout the result takes: both operands alike, or one of them a number. */
function sharedLayout(a: NdArray, b: NdArray): NdArray | undefined {
  const odd = (v: NdArray): boolean => v.rank > 1 && !v.isContiguous && v.isDense;
  if (odd(a) && b.rank === 0) return a;
  if (odd(b) && a.rank === 0) return b;
  if (odd(a) && odd(b) && sameShape(a.shape, b.shape) && sameShape(a.strides, b.strides)) return a;
  return undefined;
}

function loop(x: TypedArray | number, y: TypedArray | number, out: TypedArray, f: (x: number, y: number) => number): void {
  const n = out.length;
  if (typeof x === 'number') {
    if (typeof y === 'number') out.fill(f(x, y));
    else for (let i = 0; i < n; i++) out[i] = f(x, y[i] as number);
  } else if (typeof y === 'number') for (let i = 0; i < n; i++) out[i] = f(x[i] as number, y);
  else for (let i = 0; i < n; i++) out[i] = f(x[i] as number, y[i] as number);
}

export function zipComplex(a: NdArray, b: NdArray, dtype: DType, f: (x: Pair, y: Pair) => Pair): NdArray {
  const { shape, x, y } = align(a, b, dtype);
  const data = allocate(dtype, numelOf(shape));
  for (let i = 0; i < data.length; i += 2) {
    const w = f([x[i] as number, x[i + 1] as number], [y[i] as number, y[i + 1] as number]);
    data[i] = w[0];
    data[i + 1] = w[1];
  }
  return fromBuffer(data, shape, dtype);
}

export function refuseComplex(a: NdArray, name: string): void {
  if (isComplex(a.dtype)) {
    const type = a.dtype === 'complex64' ? 'ComplexFloat' : 'ComplexDouble';
    throw new KernelError(`"${name}" not implemented for '${type}'`, 'NotImplementedError');
  }
}
