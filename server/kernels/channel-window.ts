// Owns what looks over neighbouring channels or over windows of random size: local response normalisation, fractional pooling.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf, wrapScalar } from './array.ts';
import { binary } from './binary.ts';
import { allocate } from './dtype.ts';
import { gather } from './gather.ts';
import { pad } from './join.ts';
import { avgPool } from './pool.ts';
import type { Generator } from './random.ts';
import { rand } from './random.ts';
import { reshape } from './views.ts';

const num = (v: number): NdArray => wrapScalar(v, 'float');

/** x / (k + alpha * mean of squares over `size` channels)^beta; x [N, C, *] -> [N, C, *]. */
export function localResponseNorm(x: NdArray, size: number, alpha: number, beta: number, k: number): NdArray {
  if (x.numel === 0) return x;
  const [n, c] = x.shape as readonly [number, number];
  const space = numelOf(x.shape.slice(2));
  const squares = reshape(binary('mul', x, x), [n, 1, c, space]);
  const padded = pad(squares, [0, 0, Math.floor(size / 2), Math.floor((size - 1) / 2)]);
  const means = reshape(avgPool(padded, { kernel: [size, 1], stride: [1, 1], padding: [0, 0] }), x.shape);
  return binary('div', x, binary('pow', binary('add', binary('mul', means, num(alpha)), num(k)), num(beta)));
}

/** Where `count` windows of `kernel` begin along `size`, spread by one random number. */
function starts(size: number, count: number, kernel: number, sample: number): number[] {
  const step = count > 1 ? Math.fround((size - kernel) / (count - 1)) : 0;
  return Array.from({ length: count }, (_, i) =>
    i === count - 1 ? size - kernel : Math.trunc(Math.fround(Math.fround(i + sample) * step)) - Math.trunc(Math.fround(sample * step)),
  );
}

/** [N, C, *space] (or without N) -> greatest of each window and its flat place in the plane. */
export function fractionalMaxPool(
  x: NdArray,
  kernel: readonly number[],
  out: readonly number[],
  g: Generator,
): { readonly values: NdArray; readonly indices: NdArray } {
  const d = kernel.length;
  const space = x.shape.slice(-d);
  const lead = x.shape.slice(0, -d);
  const planes = numelOf(lead);
  const samples = rand([planes, d], g, x.dtype).dense();
  const xs = x.dense();
  const plane = numelOf(space);
  const places = numelOf(out);
  const found = allocate('int64', planes * places);
  const corners = kernel.map((_, axis) => axis);
  for (let p = 0; p < planes; p++) {
    // In two dimensions the first number belongs to the width, in three they go in order.
    const sampleOf = (axis: number): number => samples[p * d + (d === 2 ? 1 - axis : axis)] as number;
    const begin = corners.map((axis) => starts(space[axis] as number, out[axis] as number, kernel[axis] as number, sampleOf(axis)));
    for (let i = 0; i < places; i++) {
      let rest = i;
      const from = new Array<number>(d);
      for (let axis = d - 1; axis >= 0; axis--) {
        from[axis] = (begin[axis] as number[])[rest % (out[axis] as number)] as number;
        rest = Math.floor(rest / (out[axis] as number));
      }
      found[p * places + i] = greatest(xs, p * plane, space, from, kernel);
    }
  }
  const indices = fromBuffer(found, [...lead, ...out], 'int64');
  const values = reshape(gather(reshape(x, [planes, plane]), 1, reshape(indices, [planes, places])), [...lead, ...out]);
  return { values, indices };
}

/** The flat place of the greatest number in one window; nan wins. */
function greatest(
  xs: ArrayLike<number | bigint>,
  base: number,
  space: readonly number[],
  from: readonly number[],
  kernel: readonly number[],
): number {
  let best = -1;
  let most = Number.NEGATIVE_INFINITY;
  const count = numelOf(kernel);
  for (let j = 0; j < count; j++) {
    let rest = j;
    const offset = new Array<number>(kernel.length);
    for (let axis = kernel.length - 1; axis >= 0; axis--) {
      offset[axis] = rest % (kernel[axis] as number);
      rest = Math.floor(rest / (kernel[axis] as number));
    }
    const at = offset.reduce((flat, o, axis) => flat * (space[axis] as number) + (from[axis] as number) + o, 0);
    const v = Number(xs[base + at]);
    if (best < 0 || v > most || Number.isNaN(v)) {
      best = at;
      most = v;
    }
  }
  return best;
}
