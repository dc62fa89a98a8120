// Owns distances and similarities between vectors, and scaling to unit norm.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf, wrapScalar } from './array.ts';
import { record } from './autograd.ts';
import { binary } from './binary.ts';
import { broadcastShapes } from './broadcast.ts';
import { allocate, settle } from './dtype.ts';
import { cast, resultType } from './elementwise.ts';
import { vectorNorm } from './moments.ts';
import { sum } from './reduce.ts';
import { clamp } from './ternary.ts';
import { expand, unsqueeze } from './views.ts';

/** F.cosine_similarity along a dimension; each norm is held above eps. */
export function cosineSimilarity(a: NdArray, b: NdArray, dim = 1, eps = 1e-8): NdArray {
  const dtype = resultType([a, b]);
  const shape = broadcastShapes(a.shape, b.shape);
  const common = (x: NdArray): NdArray => {
    const typed = cast(x, dtype);
    return typed.shape.length === shape.length && typed.shape.every((n, i) => n === shape[i]) ? typed : expand(typed, shape);
  };
  const unit = (given: NdArray): NdArray => {
    const x = common(given);
    return binary('div', x, clamp(vectorNorm(x, 2, dim, true), eps, undefined, 'ClampMinBackward0'));
  };
  return sum(binary('mul', unit(a), unit(b)), dim);
}

/** F.normalize: x / max(norm, eps). */
export function normalize(a: NdArray, p = 2, dim = 1, eps = 1e-12): NdArray {
  return binary('div', a, clamp(vectorNorm(a, p, dim, true), eps, undefined, 'ClampMinBackward0'));
}

/** F.pairwise_distance: norm of a - b + eps over the last dimension. */
export function pairwiseDistance(a: NdArray, b: NdArray, p = 2, eps = 1e-6, keepdim = false): NdArray {
  const difference = binary('add', binary('sub', a, b), wrapScalar(eps, 'float'));
  return vectorNorm(difference, p, -1, keepdim, 'NormBackward1');
}

/** torch.cdist: [*, n, d], [*, m, d] -> [*, n, m]. */
export function cdist(a: NdArray, b: NdArray, p = 2): NdArray {
  const difference = binary('sub', unsqueeze(a, -2), unsqueeze(b, -3));
  const out = vectorNorm(difference, p, -1);
  if (out.node === undefined) return out;
  const shown = fromBuffer(out.dense(), out.shape, out.dtype);
  return record('CdistBackward0', [out], shown, (g) => [g]);
}

/** Distances of all pairs of rows i < j, as one row (torch.pdist). */
export function pdist(a: NdArray, p = 2): NdArray {
  const [n, d] = a.shape as readonly [number, number];
  const xs = a.dense();
  const pairs: [number, number][] = [];
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) pairs.push([i, j]);
  const difference = allocate(a.dtype, pairs.length * d);
  pairs.forEach(([i, j], r) => {
    for (let k = 0; k < d; k++) difference[r * d + k] = (xs[i * d + k] as number) - (xs[j * d + k] as number);
  });
  const rows = record('SubBackward0', [a], fromBuffer(settle(a.dtype, difference), [pairs.length, d], a.dtype), (g) => {
    const gs = g.dense();
    const dx = allocate(a.dtype, numelOf(a.shape));
    pairs.forEach(([i, j], r) => {
      for (let k = 0; k < d; k++) {
        dx[i * d + k] = (dx[i * d + k] as number) + (gs[r * d + k] as number);
        dx[j * d + k] = (dx[j * d + k] as number) - (gs[r * d + k] as number);
      }
    });
    return [fromBuffer(dx, a.shape, a.dtype)];
  });
  return vectorNorm(rows, p, -1, false, 'PdistBackward0');
}
