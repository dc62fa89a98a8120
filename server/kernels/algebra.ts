// Owns functions built from several simpler operations: block diagonals, covariance, differences, comparisons of whole arrays.

import type { NdArray } from './array.ts';
import { fromBuffer, wrapScalar, zeros } from './array.ts';
import { record, rename } from './autograd.ts';
import { binary } from './binary.ts';
import { broadcastDense } from './broadcast.ts';
import { allocate, slots } from './dtype.ts';
import { cast, resultType } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { vectorNorm } from './moments.ts';
import { mean, sum } from './reduce.ts';
import { clamp } from './ternary.ts';
import { unary } from './unary.ts';
import { diagonal, narrow, reshape, slice, transpose, unsqueeze, wrapDim } from './views.ts';

/** Matrices along the diagonal of one large zero matrix; vectors count as rows. */
export function blockDiag(arrays: readonly NdArray[]): NdArray {
  const blocks = arrays.map((a) => (a.rank === 2 ? a : reshape(a, [1, a.numel])));
  const dtype = resultType(blocks);
  const rows = blocks.reduce((n, b) => n + (b.shape[0] as number), 0);
  const cols = blocks.reduce((n, b) => n + (b.shape[1] as number), 0);
  const out = zeros([rows, cols], dtype);
  const w = slots(dtype);
  const corners: [number, number][] = [];
  let top = 0;
  let left = 0;
  for (const b of blocks) {
    corners.push([top, left]);
    const [m, n] = b.shape as readonly [number, number];
    const src = cast(b, dtype).dense();
    for (let r = 0; r < m; r++) out.storage.data.set(src.subarray(r * n * w, (r + 1) * n * w) as never, ((top + r) * cols + left) * w);
    top += m;
    left += n;
  }
  return record('BlockDiagBackward0', blocks, out, (g) =>
    blocks.map((b, i) => {
      const [r, c] = corners[i] as [number, number];
      return narrow(narrow(g, 0, r, b.shape[0] as number), 1, c, b.shape[1] as number);
    }),
  );
}

/** Differences of neighbours along a dimension, n times. */
export function diff(a: NdArray, n = 1, dim = -1): NdArray {
  let out = a;
  for (let i = 0; i < n; i++) {
    const size = out.shape[wrapDim(dim, out.rank)] as number;
    const [later, earlier] = [slice(out, dim, 1), slice(out, dim, 0, Math.max(0, size - 1))];
    out = out.dtype === 'bool' ? binary('bitwise_xor', later, earlier) : binary('sub', later, earlier);
  }
  return out;
}

/** Norm of the difference of two arrays. */
export function dist(a: NdArray, b: NdArray, p = 2): NdArray {
  return vectorNorm(binary('sub', a, b), p, undefined, false, 'DistBackward0');
}

/** Covariance of rows (variables) over columns (observations); a vector gives one number. */
export function covariance(a: NdArray, correction = 1): NdArray {
  const x = a.rank < 2 ? reshape(a, [1, a.numel]) : a;
  const n = x.shape[1] as number;
  const centred = binary('sub', x, mean(x, 1, true));
  const c = binary('div', matmul(centred, transpose(centred, 0, 1)), wrapScalar(Math.max(0, n - correction), 'float'));
  return rename(a.rank < 2 ? reshape(c, []) : c, 'SqueezeBackward0');
}

/** Correlation coefficients of rows, held to [-1, 1]. */
export function correlation(a: NdArray): NdArray {
  const c = covariance(a);
  if (c.rank === 0) return binary('div', c, c);
  const d = unary('sqrt', diagonal(c));
  return clamp(binary('div', binary('div', c, unsqueeze(d, 1)), unsqueeze(d, 0)), -1, 1);
}

/** Whether each element occurs among `test` (or does not, if inverted). */
export function isIn(a: NdArray, test: NdArray, invert = false): NdArray {
  const wanted = new Set(test.toFlat());
  const src = a.dense();
  const data = allocate('bool', src.length);
  for (let i = 0; i < src.length; i++) data[i] = wanted.has(src[i] as number) !== invert ? 1 : 0;
  return fromBuffer(data, a.shape, 'bool');
}

function _typeWord(a: NdArray): string {
  return a.dtype === 'float32' ? 'Float' : a.dtype === 'float64' ? 'Double' : a.dtype === 'int64' ? 'Long' : a.dtype;
}

/** Area under y by trapezoids of one width along a dimension. */
export function trapezoid(y: NdArray, spacing = 1, dim = -1): NdArray {
  const size = y.shape[wrapDim(dim, y.rank)] as number;
  const both = binary('add', slice(y, dim, 1), slice(y, dim, 0, size - 1));
  return binary('mul', sum(both, dim), wrapScalar(spacing / 2, 'float'), { name: 'MulBackward1' });
}

/** All combinations of r elements of a vector, in order; with replacement if told. */
export function combinations(a: NdArray, r = 2, withReplacement = false): NdArray {
  const n = a.numel;
  const picks: number[][] = [];
  const walk = (start: number, chosen: readonly number[]): void => {
    if (chosen.length === r) {
      picks.push([...chosen]);
      return;
    }
    for (let i = start; i < n; i++) walk(withReplacement ? i : i + 1, [...chosen, i]);
  };
  walk(0, []);
  const src = a.dense();
  const data = allocate(a.dtype, picks.length * r);
  picks.flat().forEach((p, i) => {
    data[i] = src[p] as number;
  });
  return record('StackBackward0', [a], fromBuffer(data, r === 0 ? [0] : [picks.length, r], a.dtype), (g) => {
    const gs = broadcastDense(g, g.shape);
    const dx = allocate(a.dtype, n);
    picks.flat().forEach((p, i) => {
      dx[p] = (dx[p] as number) + (gs[i] as number);
    });
    return [fromBuffer(dx, a.shape, a.dtype)];
  });
}
