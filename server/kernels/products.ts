// Owns products that are views and matrix products put together: tensordot, kron, cross.
// Gradients come from what they are made of.

import type { NdArray } from './array.ts';
import { rename } from './autograd.ts';
import { binary } from './binary.ts';
import { cat } from './join.ts';
import { mm } from './matmul.ts';
import { sum } from './reduce.ts';
import { expand, narrow, permute, reshape, wrapDim } from './views.ts';

const numel = (sizes: readonly number[]): number => sizes.reduce((n, s) => n * s, 1);

/** Sums over pairs of dimensions: [*a, *k], [*k, *b] -> [*a, *b] once both are permuted. */
export function tensordotValues(a: NdArray, b: NdArray, dimsA: readonly number[], dimsB: readonly number[]): NdArray {
  const left = dimsA.map((d) => wrapDim(d, a.rank));
  const right = dimsB.map((d) => wrapDim(d, b.rank));
  // A summed dimension of size 1 on one side is summed out on the other.
  let [x, y] = [a, b];
  left.forEach((d, i) => {
    const e = right[i] as number;
    if (x.shape[d] === 1 && y.shape[e] !== 1) y = sum(y, [e], true);
    else if (y.shape[e] === 1 && x.shape[d] !== 1) x = sum(x, [d], true);
  });
  const freeA = x.shape.map((_, i) => i).filter((i) => !left.includes(i));
  const freeB = y.shape.map((_, i) => i).filter((i) => !right.includes(i));
  const sizesA = freeA.map((i) => x.shape[i] as number);
  const sizesB = freeB.map((i) => y.shape[i] as number);
  const inner = numel(left.map((i) => x.shape[i] as number));
  const rows = reshape(permute(x, [...freeA, ...left]), [numel(sizesA), inner]);
  const columns = reshape(permute(y, [...right, ...freeB]), [inner, numel(sizesB)]);
  return reshape(mm(rows, columns), [...sizesA, ...sizesB]);
}

/** Kronecker product: sizes multiply, the shorter shape is padded with 1 in front. */
export function kron(a: NdArray, b: NdArray): NdArray {
  const rank = Math.max(a.rank, b.rank);
  const pad = (shape: readonly number[]): number[] => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const [x, y] = [pad(a.shape), pad(b.shape)];
  const left = reshape(
    a,
    x.flatMap((s) => [s, 1]),
  );
  const right = reshape(
    b,
    y.flatMap((s) => [1, s]),
  );
  const out = reshape(
    binary('mul', left, right),
    x.map((s, i) => s * (y[i] as number)),
  );
  return rename(out, 'UnsafeViewBackward0');
}

/** Cross product along a dimension of size 3, with broadcasting. */
export function cross(a: NdArray, b: NdArray, dim: number): NdArray {
  const shape = binary('mul', a, b).shape;
  const [x, y] = [expand(a, shape), expand(b, shape)];
  const at = wrapDim(dim, shape.length);
  const part = (v: NdArray, i: number): NdArray => narrow(v, at, i, 1);
  const row = (i: number, j: number): NdArray =>
    binary('sub', binary('mul', part(x, i), part(y, j)), binary('mul', part(x, j), part(y, i)));
  return cat([row(1, 2), row(2, 0), row(0, 1)], at, 'LinalgCrossBackward0');
}
