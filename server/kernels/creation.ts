// Owns arrays made from a rule: ranges, grids, identity, one-hot rows, index pairs of triangles, windows.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf, zeros } from './array.ts';
import type { DType } from './dtype.ts';
import { allocate, isFloating, KernelError, roundTo, settle } from './dtype.ts';

/** start, start+step, … before end. Throws RuntimeError for a zero step or one in the wrong direction. */
export function arange(start: number, end: number, step: number, dtype: DType): NdArray {
  if (step === 0) throw new KernelError('step must be nonzero', 'RuntimeError');
  if ((step > 0 && start > end) || (step < 0 && start < end)) {
    throw new KernelError('upper bound and lower bound inconsistent with step sign', 'RuntimeError');
  }
  const n = Math.max(0, Math.ceil((end - start) / step));
  const data = allocate(dtype, n);
  for (let i = 0; i < n; i++) data[i] = start + i * step;
  return fromBuffer(settle(dtype, data), [n], dtype);
}

/** Values at equal distances, both ends included; the second half counts back from the end. */
export function linspace(start: number, end: number, steps: number, dtype: DType): NdArray {
  if (steps < 0) throw new KernelError('number of steps must be non-negative', 'RuntimeError');
  const data = allocate(dtype, steps);
  const round = (x: number): number => (isFloating(dtype) ? roundTo(dtype === 'float64' ? dtype : 'float32', x) : x);
  const a = round(start);
  const b = round(end);
  const step = steps > 1 ? round(round(b - a) / (steps - 1)) : 0;
  const half = Math.floor(steps / 2);
  for (let i = 0; i < steps; i++) data[i] = steps === 1 ? a : i < half ? a + step * i : b - step * (steps - i - 1);
  return fromBuffer(settle(dtype, data), [steps], dtype);
}

export function logspace(start: number, end: number, steps: number, base: number, dtype: DType): NdArray {
  const exponents = linspace(start, end, steps, 'float64').storage.data;
  const data = allocate(dtype, steps);
  for (let i = 0; i < steps; i++) data[i] = base ** (exponents[i] as number);
  return fromBuffer(settle(dtype, data), [steps], dtype);
}

export function eye(rows: number, cols: number, dtype: DType): NdArray {
  const out = zeros([rows, cols], dtype);
  const w = out.storage.data.length / Math.max(1, rows * cols);
  for (let i = 0; i < Math.min(rows, cols); i++) out.storage.data[(i * cols + i) * w] = 1;
  return out;
}

/** [2, count]: rows and columns of the lower or upper triangle. */
export function triangleIndices(kind: 'lower' | 'upper', rows: number, cols: number, offset = 0): NdArray {
  const pairs: [number, number][] = [];
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < cols; c++) if (kind === 'lower' ? c - r <= offset : c - r >= offset) pairs.push([r, c]);
  const data = allocate('int64', pairs.length * 2);
  pairs.forEach(([r, c], i) => {
    data[i] = r;
    data[pairs.length + i] = c;
  });
  return fromBuffer(data, [2, pairs.length], 'int64');
}

/** [*] -> [*, classes] of int64; classes undefined takes the largest index plus one. */
export function oneHot(a: NdArray, classes?: number): NdArray {
  const values = a.dense();
  let count = classes ?? -1;
  if (count < 0) {
    if (values.length === 0) throw new KernelError('Can not infer total number of classes from empty tensor.', 'RuntimeError');
    count = a.toFlat().reduce((m, v) => Math.max(m, v), 0) + 1;
  }
  const out = zeros([...a.shape, count], 'int64');
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (v < 0) throw new KernelError('Class values must be non-negative.', 'RuntimeError');
    if (v >= count) throw new KernelError('Class values must be smaller than num_classes.', 'RuntimeError');
    out.storage.data[i * count + v] = 1;
  }
  return out;
}

export type WindowName = 'hann' | 'hamming' | 'blackman' | 'bartlett';

/** Window functions of length n; periodic ones are a symmetric window one longer, cut. */
export function signalWindow(name: WindowName, n: number, periodic: boolean, dtype: DType): NdArray {
  const m = periodic ? n : n - 1;
  const data = allocate(dtype, n);
  for (let i = 0; i < n; i++) {
    const t = (2 * Math.PI * i) / Math.max(1, m);
    if (n === 1) data[i] = 1;
    else if (name === 'hann') data[i] = 0.5 - 0.5 * Math.cos(t);
    else if (name === 'hamming') data[i] = 0.54 - 0.46 * Math.cos(t);
    else if (name === 'blackman') data[i] = 0.42 - 0.5 * Math.cos(t) + 0.08 * Math.cos(2 * t);
    else data[i] = 1 - Math.abs((2 * i) / m - 1);
  }
  return fromBuffer(settle(dtype, data), [n], dtype);
}

/** All combinations of the elements of several rows, one a row. */
export function cartesianProduct(arrays: readonly NdArray[]): NdArray {
  const first = arrays[0];
  if (first === undefined) throw new KernelError('cartesian_prod expects at least one tensor', 'RuntimeError');
  if (arrays.length === 1) return first;
  const sizes = arrays.map((a) => a.numel);
  const n = numelOf(sizes);
  const data = allocate(first.dtype, n * arrays.length);
  for (let i = 0; i < n; i++) {
    let rest = i;
    for (let k = arrays.length - 1; k >= 0; k--) {
      data[i * arrays.length + k] = arrays[k]?.dense()[rest % (sizes[k] as number)] as number;
      rest = Math.floor(rest / (sizes[k] as number));
    }
  }
  return fromBuffer(data, [n, arrays.length], first.dtype);
}
