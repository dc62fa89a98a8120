// Owns broadcasting of shapes and its reverse, summing a gradient back to the shape it was spread from.

import type { NdArray } from './array.ts';
import { contiguousStrides, fromBuffer, numelOf } from './array.ts';
import type { DType } from './dtype.ts';
import { allocate, isComplex, KernelError, realType, settle, slots } from './dtype.ts';

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((s, i) => s === b[i]);
}

/** The common shape of two shapes aligned from the right. Throws RuntimeError as PyTorch where sizes disagree. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = a[a.length - i] ?? 1;
    const y = b[b.length - i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new KernelError(
        `The size of tensor a (${x}) must match the size of tensor b (${y}) at non-singleton dimension ${rank - i}`,
        'RuntimeError',
      );
    }
    out[rank - i] = x === 1 ? y : x;
  }
  return out;
}

/** Strides of `a` seen in the broadcast shape: 0 where a size of 1 (or a missing dimension) is repeated. */
export function broadcastStrides(a: NdArray, shape: readonly number[]): number[] {
  const lead = shape.length - a.rank;
  return shape.map((size, i) => (i < lead || (a.shape[i - lead] === 1 && size !== 1) ? 0 : (a.strides[i - lead] as number)));
}

/** Values of `a` in the row-major order of the broadcast shape; `a`'s own buffer where nothing is repeated. */
export function broadcastDense(a: NdArray, shape: readonly number[]): ReturnType<NdArray['dense']> {
  if (sameShape(a.shape, shape)) return a.dense();
  return a.alias(shape, broadcastStrides(a, shape)).dense();
}

/** Sums `grad` over the dimensions that broadcasting had added or repeated. */
export function sumTo(grad: NdArray, shape: readonly number[]): NdArray {
  if (sameShape(grad.shape, shape)) return grad;
  const width = slots(grad.dtype);
  const n = numelOf(shape);
  const acc = new Float64Array(n * width);
  const lead = grad.rank - shape.length;
  const own = contiguousStrides(shape);
  const strides = grad.shape.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : (own[i - lead] as number)));
  const data = grad.dense();
  const rank = grad.rank;
  const index = new Array<number>(rank).fill(0);
  const total = grad.numel;
  for (let i = 0, at = 0; i < total; i++) {
    for (let k = 0; k < width; k++) acc[at * width + k] = (acc[at * width + k] as number) + (data[i * width + k] as number);
    for (let axis = rank - 1; axis >= 0; axis--) {
      at += strides[axis] as number;
      const next = (index[axis] as number) + 1;
      if (next < (grad.shape[axis] as number)) {
        index[axis] = next;
        break;
      }
      at -= (strides[axis] as number) * (grad.shape[axis] as number);
      index[axis] = 0;
    }
  }
  const out = allocate(grad.dtype, n);
  out.set(acc as never);
  return fromBuffer(settle(grad.dtype, out), shape, grad.dtype);
}

/** A copy of `a` in another type, without history. Complex to real keeps the real part. */
export function castValues(a: NdArray, dtype: DType): NdArray {
  const n = a.numel;
  // A dense array keeps its layout in memory, as PyTorch's `to` does.
  const keeps = a.isDense && !a.isContiguous;
  const src = keeps ? a.alias([n], [1]).dense() : a.dense();
  const out = allocate(dtype, n);
  const from = isComplex(a.dtype);
  const to = isComplex(dtype);
  if (from && to) out.set(src as never);
  else if (from)
    for (let i = 0; i < n; i++) out[i] = dtype === 'bool' ? Number(src[2 * i] !== 0 || src[2 * i + 1] !== 0) : (src[2 * i] as number);
  else if (to) for (let i = 0; i < n; i++) out[2 * i] = src[i] as number;
  else if (dtype === 'bool') for (let i = 0; i < n; i++) out[i] = src[i] !== 0 ? 1 : 0;
  else if (dtype === 'int64') for (let i = 0; i < n; i++) out[i] = Math.trunc(src[i] as number) + 0;
  else for (let i = 0; i < n; i++) out[i] = src[i] as number;
  if (realType(dtype) !== 'float32' && realType(dtype) !== 'float64') settle(dtype, out);
  const made = fromBuffer(out, a.shape, dtype);
  if (keeps) made.strides = a.strides;
  return made;
}
