// Owns softmax and log-softmax along one dimension, with the largest value taken off first.

import type { NdArray } from './array.ts';
import { fromBuffer } from './array.ts';
import { record } from './autograd.ts';
import type { DType, TypedArray } from './dtype.ts';
import { allocate, isIntegral, KernelError, scalarTypeName, settle } from './dtype.ts';
import { cast } from './elementwise.ts';
import { fromRows, rowsOf } from './reduce.ts';

function rowMax(d: TypedArray, s: number, n: number): number {
  let m = Number.NEGATIVE_INFINITY;
  for (let i = s; i < s + n; i++) m = Math.max(m, d[i] as number);
  return m;
}

function prepared(a: NdArray, dtype: DType | undefined, name: string): NdArray {
  const x = dtype === undefined ? a : cast(a, dtype);
  if (isIntegral(x.dtype) && x.numel > 0)
    throw new KernelError(`"${name}" not implemented for '${scalarTypeName(x.dtype)}'`, 'NotImplementedError');
  return x;
}

function overRows(
  x: NdArray,
  dim: number,
  name: string,
  forward: (d: TypedArray, s: number, n: number, to: TypedArray) => void,
  backward: (y: TypedArray, g: TypedArray, s: number, n: number, to: TypedArray) => void,
): NdArray {
  const d = x.rank === 0 ? undefined : dim;
  const r = rowsOf(x, d);
  const values = allocate(x.dtype, x.numel);
  for (let i = 0; i < r.rows; i++) forward(r.data, i * r.length, r.length, values);
  const laid = fromRows(settle(x.dtype, values), r, x.shape, x.dtype);
  const out = laid.isContiguous ? laid : fromBuffer(laid.dense(), x.shape, x.dtype);
  return record(
    name,
    [x],
    out,
    (g) => {
      const y = rowsOf(out, d);
      const gr = rowsOf(g, d);
      const to = allocate(x.dtype, x.numel);
      for (let i = 0; i < r.rows; i++) backward(y.data, gr.data, i * r.length, r.length, to);
      return [fromRows(settle(x.dtype, to), r, x.shape, x.dtype)];
    },
    [out],
  );
}

export function softmax(a: NdArray, dim: number, dtype?: DType): NdArray {
  return overRows(
    prepared(a, dtype, 'softmax_lastdim_kernel_impl'),
    dim,
    'SoftmaxBackward0',
    (d, s, n, to) => {
      const m = rowMax(d, s, n);
      let total = 0;
      const e = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        e[i] = Math.exp((d[s + i] as number) - m);
        total += e[i] as number;
      }
      for (let i = 0; i < n; i++) to[s + i] = (e[i] as number) / total;
    },
    (y, g, s, n, to) => {
      let inner = 0;
      for (let i = s; i < s + n; i++) inner += (y[i] as number) * (g[i] as number);
      for (let i = s; i < s + n; i++) to[i] = (y[i] as number) * ((g[i] as number) - inner);
    },
  );
}

export function logSoftmax(a: NdArray, dim: number, dtype?: DType): NdArray {
  return overRows(
    prepared(a, dtype, 'log_softmax_lastdim_kernel_impl'),
    dim,
    'LogSoftmaxBackward0',
    (d, s, n, to) => {
      const m = rowMax(d, s, n);
      let total = 0;
      for (let i = s; i < s + n; i++) total += Math.exp((d[i] as number) - m);
      const shift = m + Math.log(total);
      for (let i = s; i < s + n; i++) to[i] = (d[i] as number) - shift;
    },
    (y, g, s, n, to) => {
      let total = 0;
      for (let i = s; i < s + n; i++) total += g[i] as number;
      for (let i = s; i < s + n; i++) to[i] = (g[i] as number) - Math.exp(y[i] as number) * total;
    },
  );
}
