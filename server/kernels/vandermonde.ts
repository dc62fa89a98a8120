// Owns matrices of powers: torch.vander, and torch.linalg.vander, which rises and has a gradient.

import type { NdArray } from './array.ts';
import { fromBuffer, full } from './array.ts';
import { record } from './autograd.ts';
import type { DType } from './dtype.ts';
import { allocate, isComplex, KernelError, scalarTypeName, settle } from './dtype.ts';
import { cast } from './elementwise.ts';
import { cat } from './join.ts';
import { cumprod } from './order.ts';
import { expand, unsqueeze } from './views.ts';

/**
 * Powers of each element as columns, falling unless told: [n] -> [n, columns]. PyTorch's own gradient always fails: what it
 * computes the powers in is overwritten before it is needed.
 */
export function vander(a: NdArray, columns: number, increasing: boolean, dtype: DType): NdArray {
  if (isComplex(dtype)) throw new KernelError('ShapeLint does not compute vander of complex tensors');
  const xs = a.dense();
  const data = allocate(dtype, xs.length * columns);
  for (let i = 0; i < xs.length; i++)
    for (let j = 0; j < columns; j++) data[i * columns + j] = (xs[i] as number) ** (increasing ? j : columns - 1 - j);
  const out = fromBuffer(settle(dtype, data), [xs.length, columns], dtype);
  if (columns < 2) return out;
  return record(increasing ? 'CopySlices' : 'FlipBackward0', [a], out, () => {
    throw new KernelError(
      `one of the variables needed for gradient computation has been modified by an inplace operation: [torch.${scalarTypeName(dtype)}Tensor [${xs.length}, ${columns - 1}]], which is output 0 of AsStrided, is at version 3; expected version 2 instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False).`,
      'RuntimeError',
    );
  });
}

/** Rising powers along a new last dimension: [*, n] -> [*, n, columns]. */
export function risingPowers(given: NdArray, columns: number, dtype: DType): NdArray {
  const a = cast(given, dtype);
  const repeated = expand(unsqueeze(a, -1), [...a.shape, columns - 1]);
  return cat([full([...a.shape, 1], 1, dtype), cumprod(repeated, -1)], -1);
}
