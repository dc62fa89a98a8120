// Owns the memory layout of an elementwise result: the order of dimensions that its operands have.
// Source: PyTorch 2.13, TensorIteratorBase::reorder_dimensions.

import type { NdArray } from './array.ts';
import { fromBuffer, unpackStrided, zeros } from './array.ts';
import type { DType, TypedArray } from './dtype.ts';

/** Strides of a result of `shape` computed element by element from operands that broadcast to it; undefined for row-major. */
function resultStrides(shape: readonly number[], operands: readonly NdArray[]): number[] | undefined {
  const rank = shape.length;
  if (rank < 2 || operands.every((a) => a.isContiguous)) return undefined;
  const steps = operands.map((a) =>
    shape.map((size, d) => {
      const own = d - (rank - a.rank);
      return own < 0 || (a.shape[own] === 1 && size !== 1) ? 0 : (a.strides[own] as number);
    }),
  );
  // Fastest first. A pair is told apart by the first operand that moves along both.
  const order = shape.map((_, i) => rank - 1 - i);
  const compare = (inner: number, outer: number): number => {
    for (const s of steps) {
      const [a, b] = [s[inner] as number, s[outer] as number];
      if (a === 0 || b === 0) continue;
      if (a !== b) return a < b ? -1 : 1;
      if ((shape[inner] as number) > (shape[outer] as number)) return 1;
    }
    return 0;
  };
  for (let i = 1; i < rank; i++) {
    for (let at = i, before = i - 1; before >= 0; before--) {
      const decided = compare(order[before] as number, order[at] as number);
      if (decided < 0) break;
      if (decided === 0) continue;
      [order[before], order[at]] = [order[at] as number, order[before] as number];
      at = before;
    }
  }
  const strides = new Array<number>(rank);
  let step = 1;
  for (const d of order) {
    strides[d] = step;
    step *= Math.max(1, shape[d] as number);
  }
  return strides;
}

/** An array of row-major values in the layout that an elementwise operation on `operands` gives its result. */
export function laidOut(data: TypedArray, shape: readonly number[], dtype: DType, operands: readonly NdArray[]): NdArray {
  const strides = resultStrides(shape, operands);
  if (strides === undefined) return fromBuffer(data, shape, dtype);
  const plain = zeros(shape, dtype);
  const out = plain.alias(shape, strides);
  unpackStrided(data, out);
  return out;
}
