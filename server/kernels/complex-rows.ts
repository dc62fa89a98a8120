// Owns running and whole reductions of complex arrays, made of operations that carry their gradients.

import type { NdArray } from './array.ts';
import { noGrad, rename } from './autograd.ts';
import { binary } from './binary.ts';
import { stack } from './join.ts';
import type { Dims } from './reduce.ts';
import { extremeValue, listDims, sum } from './reduce.ts';
import { unary } from './unary.ts';
import { complexPart, flatten, select, squeeze, unsqueeze } from './views.ts';

const along = (a: NdArray, dim: number): NdArray[] => {
  if (a.rank === 0) return [a];
  const d = dim < 0 ? dim + a.rank : dim;
  return Array.from({ length: a.shape[d] as number }, (_, i) => select(a, d, i));
};

/** The product along a dimension, or of everything. */
export function complexProd(a: NdArray, dim: number | undefined, keepdim = false): NdArray {
  const parts = along(dim === undefined ? flatten(a) : a, dim ?? 0);
  const out = parts.reduce((x, y) => binary('mul', x, y));
  return rename(keepdim && dim !== undefined ? unsqueeze(out, dim) : out, dim === undefined ? 'ProdBackward0' : 'ProdBackward1');
}

function running(a: NdArray, dim: number, name: 'add' | 'mul', label: string): NdArray {
  const made: NdArray[] = [];
  for (const part of along(a, dim)) made.push(made.length === 0 ? part : binary(name, made.at(-1) as NdArray, part));
  if (made.length === 0) return a;
  return rename(a.rank === 0 ? (made[0] as NdArray) : stack(made, dim < 0 ? dim + a.rank : dim), label);
}

export const complexCumsum = (a: NdArray, dim: number): NdArray => running(a, dim, 'add', 'CumsumBackward0');

export const complexCumprod = (a: NdArray, dim: number): NdArray => running(a, dim, 'mul', 'CumprodBackward0');

/** log(sum(exp(z))), held stable by the largest real part. */
export function complexLogsumexp(a: NdArray, dims: Dims, keepdim = false): NdArray {
  const most = noGrad(() => extremeValue(complexPart(a, 0), 'max', dims, true));
  const total = binary('add', unary('log', sum(unary('exp', binary('sub', a, most)), dims, true)), most);
  return rename(keepdim ? total : squeeze(total, listDims(dims, a.rank)), 'LogsumexpBackward0');
}

export function complexLogcumsumexp(a: NdArray, dim: number): NdArray {
  const most = noGrad(() => extremeValue(complexPart(a, 0), 'max', a.rank === 0 ? undefined : dim, true));
  const total = running(unary('exp', binary('sub', a, most)), dim, 'add', 'CumsumBackward0');
  return rename(binary('add', unary('log', total), most), 'LogcumsumexpBackward0');
}
