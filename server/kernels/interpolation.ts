// Owns resizing of the spatial dimensions: nearest, linear in one to three dimensions, cubic in two.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf } from './array.ts';
import { record } from './autograd.ts';
import { allocate, settle } from './dtype.ts';

export type InterpolationMode = 'nearest' | 'nearest-exact' | 'linear' | 'cubic';

export interface InterpolationOptions {
  readonly mode: InterpolationMode;
  readonly alignCorners: boolean;
  /** The factors the caller gave, where coordinates are to use them instead of the ratio of sizes. */
  readonly scales?: readonly number[] | undefined;
}

/** Input places and weights of each output place along one dimension. */
type Taps = readonly (readonly (readonly [place: number, weight: number])[])[];

function cubicWeight(x: number): number {
  const a = -0.75;
  const t = Math.abs(x);
  if (t <= 1) return (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1;
  return t < 2 ? a * t ** 3 - 5 * a * t ** 2 + 8 * a * t - 4 * a : 0;
}

function tapsOf(size: number, out: number, o: InterpolationOptions, scale: number | undefined): Taps {
  const ratio =
    o.alignCorners && o.mode !== 'nearest' ? (out > 1 ? (size - 1) / (out - 1) : 0) : scale === undefined ? size / out : 1 / scale;
  const held = (p: number): number => Math.min(size - 1, Math.max(0, p));
  return Array.from({ length: out }, (_, i) => {
    if (o.mode === 'nearest') return [[Math.min(Math.floor(i * Math.fround(ratio)), size - 1), 1] as const];
    if (o.mode === 'nearest-exact') return [[Math.min(Math.floor((i + 0.5) * Math.fround(ratio)), size - 1), 1] as const];
    const x = o.alignCorners ? i * ratio : ratio * (i + 0.5) - 0.5;
    if (o.mode === 'linear') {
      const p = Math.max(0, x);
      const low = Math.min(Math.floor(p), size - 1);
      const t = p - low;
      const high = low < size - 1 ? low + 1 : low;
      return [[low, 1 - t] as const, [high, t] as const];
    }
    const base = Math.floor(x);
    return [-1, 0, 1, 2].map((k) => [held(base + k), cubicWeight(x - base - k)] as const);
  });
}

const NAMES: Record<InterpolationMode, readonly string[]> = {
  nearest: ['', 'UpsampleNearest1DBackward0', 'UpsampleNearest2DBackward0', 'UpsampleNearest3DBackward0'],
  'nearest-exact': ['', 'UpsampleNearestExact1DBackward0', 'UpsampleNearestExact2DBackward0', 'UpsampleNearestExact3DBackward0'],
  linear: ['', 'UpsampleLinear1DBackward0', 'UpsampleBilinear2DBackward0', 'UpsampleTrilinear3DBackward0'],
  cubic: ['', '', 'UpsampleBicubic2DBackward0', ''],
};

/** [N, C, *space] -> [N, C, *out]. */
export function interpolate(x: NdArray, out: readonly number[], o: InterpolationOptions): NdArray {
  const space = x.shape.slice(2);
  const axes = space.map((size, d) => tapsOf(size, out[d] as number, o, o.scales?.[d]));
  // Every output place as a weighted list of input places.
  let taps: (readonly (readonly [number, number])[])[] = [[[0, 1]]];
  axes.forEach((axis, d) => {
    taps = taps.flatMap((base) =>
      axis.map((list) => base.flatMap(([p, w]) => list.map(([q, v]) => [p * (space[d] as number) + q, w * v] as const))),
    );
  });
  const plane = numelOf(space);
  const planes = numelOf(x.shape.slice(0, 2));
  const n = taps.length;
  const xs = x.dense();
  const data = allocate(x.dtype, planes * n);
  for (let c = 0; c < planes; c++)
    taps.forEach((list, i) => {
      let total = 0;
      for (const [p, w] of list) total += w * (xs[c * plane + p] as number);
      data[c * n + i] = total;
    });
  return record(
    NAMES[o.mode][space.length] ?? '',
    [x],
    fromBuffer(settle(x.dtype, data), [...x.shape.slice(0, 2), ...out], x.dtype),
    (g) => {
      const gs = g.dense();
      const sums = new Float64Array(x.numel);
      for (let c = 0; c < planes; c++)
        taps.forEach((list, i) => {
          for (const [p, w] of list) sums[c * plane + p] = (sums[c * plane + p] as number) + w * (gs[c * n + i] as number);
        });
      const dx = allocate(x.dtype, x.numel);
      dx.set(sums as never);
      return [fromBuffer(settle(x.dtype, dx), x.shape, x.dtype)];
    },
  );
}

/** F.pixel_shuffle (factor up) and its inverse: [*, C r r, H, W] <-> [*, C, H r, W r]. */
export function pixelShuffle(x: NdArray, factor: number, inverse = false): NdArray {
  // PyTorch leaves the sizes of nothing as they are on this way.
  if (inverse && x.numel === 0) return fromBuffer(allocate(x.dtype, 0), x.shape, x.dtype);
  const lead = x.shape.slice(0, -3);
  const [c, h, w] = x.shape.slice(-3) as [number, number, number];
  const r = factor;
  const [C, H, W] = inverse ? [c * r * r, h / r, w / r] : [c / (r * r), h * r, w * r];
  const small = inverse ? { h: H, w: W, c } : { h, w, c: C };
  const batch = numelOf(lead);
  const xs = x.dense();
  const to = new Float64Array(xs.length);
  for (let n = 0; n < batch; n++)
    for (let k = 0; k < small.c; k++)
      for (let i = 0; i < r; i++)
        for (let j = 0; j < r; j++)
          for (let y = 0; y < small.h; y++)
            for (let z = 0; z < small.w; z++) {
              const deep = (((n * small.c + k) * r * r + i * r + j) * small.h + y) * small.w + z;
              const flat = ((n * small.c + k) * small.h * r + y * r + i) * small.w * r + z * r + j;
              to[inverse ? flat : deep] = inverse ? deep : flat;
            }
  const move = (v: NdArray, back: boolean, shape: readonly number[]): NdArray => {
    const src = v.dense();
    const data = allocate(v.dtype, src.length);
    for (let i = 0; i < src.length; i++) data[back ? i : (to[i] as number)] = src[back ? (to[i] as number) : i] as number;
    return fromBuffer(data, shape, v.dtype);
  };
  return record(inverse ? 'PixelUnshuffleBackward0' : 'PixelShuffleBackward0', [x], move(x, false, [...lead, C, H, W]), (g) => [
    move(g, true, x.shape),
  ]);
}
