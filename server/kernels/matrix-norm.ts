// Owns norms of matrices: of rows, of columns, spectral and nuclear, as reductions over two dimensions.

import type { NdArray } from './array.ts';
import { extremeValue, sum } from './reduce.ts';
import { singularValues } from './svd.ts';
import { abs } from './unary.ts';
import { movedim, unsqueeze } from './views.ts';

/** torch.linalg.matrix_norm of order 1, -1, 2, -2, inf, -inf or nuclear over two dimensions (not negative): [*, n, m] -> [*]. */
export function matrixNorm(a: NdArray, order: number | 'nuc', dims: readonly [number, number], keepdim = false): NdArray {
  const x = movedim(a, dims, [-2, -1]);
  let out: NdArray;
  if (order === 'nuc') out = sum(singularValues(x), -1);
  else {
    const kind = order > 0 ? 'max' : 'min';
    const each = Math.abs(order) === 2 ? singularValues(x) : sum(abs(x), Math.abs(order) === 1 ? -2 : -1);
    out = extremeValue(each, kind, -1);
  }
  if (!keepdim) return out;
  return [...dims].sort((i, j) => i - j).reduce((r, d) => unsqueeze(r, d), out);
}
