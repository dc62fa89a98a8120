// Owns reading an image at real coordinates: affine grids and grid sampling in two and three dimensions.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf } from './array.ts';
import { record, rename } from './autograd.ts';
import { allocate, settle } from './dtype.ts';
import { matmul } from './matmul.ts';
import { reshape, transpose } from './views.ts';

/** theta [N, d, d+1] and an output size [N, C, *space] -> grid [N, *space, d] of coordinates in [-1, 1]. */
export function affineGrid(theta: NdArray, size: readonly number[], alignCorners = false): NdArray {
  const space = size.slice(2);
  const d = space.length;
  const places = numelOf(space);
  const base = allocate(theta.dtype, places * (d + 1));
  const coordinate = (i: number, n: number): number => {
    if (n <= 1) return 0;
    const x = (2 * i) / (n - 1) - 1;
    return alignCorners ? x : (x * (n - 1)) / n;
  };
  for (let p = 0; p < places; p++) {
    let rest = p;
    for (let k = d - 1; k >= 0; k--) {
      const n = space[k] as number;
      base[p * (d + 1) + (d - 1 - k)] = coordinate(rest % n, n);
      rest = Math.floor(rest / n);
    }
    base[p * (d + 1) + d] = 1;
  }
  const out = matmul(fromBuffer(base, [places, d + 1], theta.dtype), transpose(theta, 1, 2));
  return rename(reshape(out, [size[0] as number, ...space, d]), 'AffineGridGeneratorBackward0');
}

export type GridMode = 'bilinear' | 'nearest';
export type GridPadding = 'zeros' | 'border' | 'reflection';

function reflected(x: number, low: number, high: number): number {
  if (low === high) return 0;
  const least = low / 2;
  const span = (high - low) / 2;
  const away = Math.abs(x - least);
  const extra = away % span;
  return Math.floor(away / span) % 2 === 0 ? extra + least : span - extra + least;
}

/** Pixel coordinate of a grid value, and its slope with respect to it. */
function pixel(v: number, size: number, padding: GridPadding, align: boolean): readonly [number, number] {
  const scale = align ? (size - 1) / 2 : size / 2;
  let x = align ? ((v + 1) / 2) * (size - 1) : ((v + 1) * size - 1) / 2;
  let slope = scale;
  if (padding === 'reflection') {
    const before = x;
    x = align ? reflected(x, 0, 2 * (size - 1)) : reflected(x, -1, 2 * size - 1);
    const next = align ? reflected(before + 1e-6, 0, 2 * (size - 1)) : reflected(before + 1e-6, -1, 2 * size - 1);
    if (next < x) slope = -slope;
  }
  if (padding !== 'zeros') {
    if (x <= 0 || x >= size - 1) slope = 0;
    x = Math.min(size - 1, Math.max(0, x));
  }
  return [x, slope];
}

/** x [N, C, *space], grid [N, *out, d] -> [N, C, *out]; the last grid number is the first spatial dimension. */
export function gridSample(
  x: NdArray,
  grid: NdArray,
  mode: GridMode = 'bilinear',
  padding: GridPadding = 'zeros',
  alignCorners = false,
): NdArray {
  const space = x.shape.slice(2);
  const d = space.length;
  const out = grid.shape.slice(1, -1);
  const places = numelOf(out);
  const plane = numelOf(space);
  const [batch, channels] = x.shape as readonly [number, number];
  const gs = grid.dense();
  const xs = x.dense();
  interface Tap {
    readonly at: number;
    readonly weight: number;
    /** Derivative of the weight with respect to each grid number. */
    readonly slopes: readonly number[];
  }
  const tapsAt = (n: number, p: number): Tap[] => {
    const axes = space.map((size, k) => pixel(gs[(n * places + p) * d + (d - 1 - k)] as number, size, padding, alignCorners));
    let taps: Tap[] = [{ at: 0, weight: 1, slopes: new Array<number>(d).fill(0) }];
    axes.forEach(([c, slope], k) => {
      const size = space[k] as number;
      const low = mode === 'nearest' ? Math.round(c) - (Math.round(c) - c === 0.5 && Math.round(c) % 2 !== 0 ? 1 : 0) : Math.floor(c);
      const t = c - low;
      const sides: readonly (readonly [number, number, number])[] =
        mode === 'nearest'
          ? [[low, 1, 0]]
          : [
              [low, 1 - t, -slope],
              [low + 1, t, slope],
            ];
      taps = taps.flatMap((tap) =>
        sides.flatMap(([place, w, s]) => {
          if (place < 0 || place >= size) return [];
          const slopes = tap.slopes.map((v, j) => (j === d - 1 - k ? tap.weight * s : v * w));
          return [{ at: tap.at * size + place, weight: tap.weight * w, slopes }];
        }),
      );
    });
    return taps;
  };
  const data = allocate(x.dtype, batch * channels * places);
  for (let n = 0; n < batch; n++)
    for (let p = 0; p < places; p++) {
      const taps = tapsAt(n, p);
      for (let c = 0; c < channels; c++) {
        let total = 0;
        for (const tap of taps) total += tap.weight * (xs[(n * channels + c) * plane + tap.at] as number);
        data[(n * channels + c) * places + p] = total;
      }
    }
  const name = d === 2 ? 'GridSampler2DBackward0' : 'GridSampler3DBackward0';
  return record(
    name,
    [x, grid],
    fromBuffer(settle(x.dtype, data), [batch, channels, ...out], x.dtype),
    (g) => {
      const grads = g.dense();
      const dx = allocate(x.dtype, x.numel);
      const dg = allocate(grid.dtype, grid.numel);
      for (let n = 0; n < batch; n++)
        for (let p = 0; p < places; p++)
          for (const tap of tapsAt(n, p))
            for (let c = 0; c < channels; c++) {
              const v = grads[(n * channels + c) * places + p] as number;
              const at = (n * channels + c) * plane + tap.at;
              dx[at] = (dx[at] as number) + v * tap.weight;
              for (let j = 0; j < d; j++)
                dg[(n * places + p) * d + j] =
                  (dg[(n * places + p) * d + j] as number) + v * (xs[at] as number) * (tap.slopes[j] as number);
            }
      return [fromBuffer(dx, x.shape, x.dtype), fromBuffer(dg, grid.shape, grid.dtype)];
    },
    [x, grid],
  );
}
