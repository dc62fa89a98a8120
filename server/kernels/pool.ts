// Owns pooling in one, two and three dimensions: maximum, average, adaptive, power and fractional-free unpooling.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf, zeros } from './array.ts';
import { record, rename } from './autograd.ts';
import type { TypedArray } from './dtype.ts';
import { allocate, isComplex, KernelError, settle } from './dtype.ts';
import type { ValuesAndIndices } from './reduce.ts';
import { squeeze, unsqueeze } from './views.ts';

export interface PoolOptions {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation?: readonly number[];
  readonly ceilMode?: boolean;
}

/** Size after pooling one dimension; in ceil mode a window must start inside the input or its left padding. */
export function pooledSize(size: number, kernel: number, stride: number, padding: number, dilation = 1, ceilMode = false): number {
  const reach = size + 2 * padding - dilation * (kernel - 1) - 1;
  const out = (ceilMode ? Math.ceil(reach / stride) : Math.floor(reach / stride)) + 1;
  return ceilMode && (out - 1) * stride >= size + padding ? out - 1 : out;
}

/** A window of input places along one dimension: first, past the last, step, and its extent counting padding. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly extent: number;
}

/** Per output place in each dimension its span; windows are products of spans. */
type Spans = readonly (readonly Span[])[];

function windowSpans(space: readonly number[], o: PoolOptions): Spans {
  return space.map((size, d) => {
    const k = o.kernel[d] as number;
    const s = o.stride[d] as number;
    const p = o.padding[d] as number;
    const step = o.dilation?.[d] ?? 1;
    return Array.from({ length: pooledSize(size, k, s, p, step, o.ceilMode ?? false) }, (_, i) => {
      const start = i * s - p;
      const end = Math.min(start + k, size + p);
      let from = start;
      while (from < 0) from += step;
      return { from, to: Math.min(start + (k - 1) * step + 1, size), step, extent: end - start };
    });
  });
}

function adaptiveSpans(space: readonly number[], out: readonly number[]): Spans {
  return space.map((size, d) => {
    const n = out[d] as number;
    return Array.from({ length: n }, (_, i) => {
      const from = Math.floor((i * size) / n);
      const to = Math.ceil(((i + 1) * size) / n);
      return { from, to, step: 1, extent: to - from };
    });
  });
}

/** Flat input places of each output window. */
function windows(
  space: readonly number[],
  spans: Spans,
): { readonly places: readonly (readonly number[])[]; readonly extents: readonly number[] } {
  let places: number[][] = [[0]];
  let extents = [1];
  space.forEach((size, d) => {
    const axis = (spans[d] as readonly Span[]).map((s) => {
      const list: number[] = [];
      for (let p = s.from; p < s.to; p += s.step) list.push(p);
      return { list, extent: s.extent };
    });
    const next: number[][] = [];
    const nextExtents: number[] = [];
    places.forEach((base, i) => {
      for (const a of axis) {
        next.push(base.flatMap((b) => a.list.map((p) => b * size + p)));
        nextExtents.push((extents[i] as number) * a.extent);
      }
    });
    places = next;
    extents = nextExtents;
  });
  return { places, extents };
}

/** Lifts an input without batch, runs, and takes the batch out again. */
function batched(x: NdArray, rank: number, run: (b: NdArray) => NdArray): NdArray {
  if (x.rank !== rank + 1) return run(x);
  const out = run(unsqueeze(x, 0));
  return rename(squeeze(out, 0), out.node?.name ?? '');
}

function maxOver(x: NdArray, spans: Spans, name: string): ValuesAndIndices {
  const space = x.shape.slice(2);
  const plane = numelOf(space);
  const planes = numelOf(x.shape.slice(0, 2));
  const { places } = windows(space, spans);
  const shape = [...x.shape.slice(0, 2), ...spans.map((s) => s.length)];
  const xs = x.dense();
  const data = allocate(x.dtype, numelOf(shape));
  const indices = allocate('int64', data.length);
  for (let c = 0; c < planes; c++)
    places.forEach((list, j) => {
      let best = list[0] ?? 0;
      for (const p of list) {
        const v = xs[c * plane + p] as number;
        const b = xs[c * plane + best] as number;
        if (v > b || (v !== v && b === b)) best = p;
      }
      indices[c * places.length + j] = best;
      data[c * places.length + j] = xs[c * plane + best] as number;
    });
  const values = record(name, [x], fromBuffer(data, shape, x.dtype), (g) => {
    const gs = g.dense();
    const dx = allocate(x.dtype, x.numel);
    for (let i = 0; i < gs.length; i++) {
      const at = Math.floor(i / places.length) * plane + (indices[i] as number);
      dx[at] = (dx[at] as number) + (gs[i] as number);
    }
    return [fromBuffer(dx, x.shape, x.dtype)];
  });
  return { values, indices: fromBuffer(indices, shape, 'int64') };
}

function withIndices(x: NdArray, rank: number, run: (b: NdArray) => ValuesAndIndices): ValuesAndIndices {
  if (x.rank !== rank + 1) return run(x);
  const r = run(unsqueeze(x, 0));
  return { values: rename(squeeze(r.values, 0), r.values.node?.name ?? ''), indices: squeeze(r.indices, 0) };
}

/** [N, C, *space] (or [C, *space]) -> values and the flat place of each within its plane. */
export function maxPool(x: NdArray, o: PoolOptions): ValuesAndIndices {
  const rank = o.kernel.length;
  const name = rank === 3 ? 'MaxPool3DWithIndicesBackward0' : rank === 2 ? 'MaxPool2DWithIndicesBackward0' : 'SqueezeBackward1';
  return withIndices(x, rank, (b) => maxOver(b, windowSpans(b.shape.slice(2), o), name));
}

export function adaptiveMaxPool(x: NdArray, out: readonly number[]): ValuesAndIndices {
  const rank = out.length;
  const name = rank === 1 ? 'SqueezeBackward1' : `AdaptiveMaxPool${rank}DBackward0`;
  return withIndices(x, rank, (b) => maxOver(b, adaptiveSpans(b.shape.slice(2), out), name));
}

function averageOver(x: NdArray, spans: Spans, divisor: (count: number, extent: number) => number, name: string): NdArray {
  if (isComplex(x.dtype)) throw new KernelError('ShapeLint does not compute averages of complex tensors');
  const space = x.shape.slice(2);
  const plane = numelOf(space);
  const planes = numelOf(x.shape.slice(0, 2));
  const { places, extents } = windows(space, spans);
  const shape = [...x.shape.slice(0, 2), ...spans.map((s) => s.length)];
  const xs = x.dense();
  const share = places.map((list, j) => divisor(list.length, extents[j] as number));
  const data = allocate(x.dtype, numelOf(shape));
  for (let c = 0; c < planes; c++)
    places.forEach((list, j) => {
      let total = 0;
      for (const p of list) total += xs[c * plane + p] as number;
      data[c * places.length + j] = total / (share[j] as number);
    });
  return record(name, [x], fromBuffer(settle(x.dtype, data), shape, x.dtype), (g) => {
    const gs = g.dense();
    const sums = new Float64Array(x.numel);
    for (let c = 0; c < planes; c++)
      places.forEach((list, j) => {
        const v = (gs[c * places.length + j] as number) / (share[j] as number);
        for (const p of list) sums[c * plane + p] = (sums[c * plane + p] as number) + v;
      });
    const dx = allocate(x.dtype, x.numel);
    dx.set(sums as never);
    return [fromBuffer(settle(x.dtype, dx), x.shape, x.dtype)];
  });
}

/** Average of each window; padding counts unless told, and a fixed divisor overrides both. */
export function avgPool(x: NdArray, o: PoolOptions, countPadding = true, divisor?: number): NdArray {
  const rank = o.kernel.length;
  const share = (count: number, extent: number): number => divisor ?? (countPadding ? extent : count);
  return batched(x, rank, (b) =>
    averageOver(b, windowSpans(b.shape.slice(2), o), share, rank === 1 ? 'SqueezeBackward1' : `AvgPool${rank}DBackward0`),
  );
}

export function adaptiveAvgPool(x: NdArray, out: readonly number[]): NdArray {
  const rank = out.length;
  const whole = out.every((n) => n === 1);
  const name = rank === 1 ? 'SqueezeBackward1' : rank === 2 && whole ? 'MeanBackward1' : `AdaptiveAvgPool${rank}DBackward0`;
  return batched(x, rank, (b) => averageOver(b, adaptiveSpans(b.shape.slice(2), out), (count) => count, name));
}

/** (sum of x^p over the window)^(1/p), as PyTorch builds it from an average. */
export function lpPool(x: NdArray, p: number, o: PoolOptions): NdArray {
  const rank = o.kernel.length;
  return batched(x, rank, (b) => {
    const space = b.shape.slice(2);
    const plane = numelOf(space);
    const planes = numelOf(b.shape.slice(0, 2));
    const spans = windowSpans(space, o);
    const { places } = windows(space, spans);
    const shape = [...b.shape.slice(0, 2), ...spans.map((s) => s.length)];
    const xs = b.dense();
    const data = allocate(b.dtype, numelOf(shape));
    const full = numelOf(o.kernel);
    for (let c = 0; c < planes; c++)
      places.forEach((list, j) => {
        let total = 0;
        for (const q of list) total += (xs[c * plane + q] as number) ** p;
        const scaled = ((total / full) * full) as number;
        data[c * places.length + j] = Math.sign(scaled) * Math.max(0, Math.abs(scaled)) ** (1 / p);
      });
    const out = fromBuffer(settle(b.dtype, data), shape, b.dtype);
    return record('PowBackward0', [b], out, (g) => {
      const gs = g.dense();
      const ys = out.dense();
      const dx = allocate(b.dtype, b.numel);
      for (let c = 0; c < planes; c++)
        places.forEach((list, j) => {
          const y = ys[c * places.length + j] as number;
          if (y === 0) return;
          for (const q of list) {
            const at = c * plane + q;
            dx[at] = (dx[at] as number) + (gs[c * places.length + j] as number) * (xs[at] as number) ** (p - 1) * y ** (1 - p);
          }
        });
      return [fromBuffer(dx, b.shape, b.dtype)];
    });
  });
}

/** Puts pooled values back at their places in a plane of the given size; everything else is 0. */
export function maxUnpool(x: NdArray, indices: NdArray, space: readonly number[]): NdArray {
  const small = numelOf(x.shape.slice(x.rank - space.length));
  const plane = numelOf(space);
  const shape = [...x.shape.slice(0, x.rank - space.length), ...space];
  const at = indices.dense();
  const xs = x.dense();
  const out = zeros(shape, x.dtype);
  const data = out.storage.data as TypedArray;
  const place = (i: number): number => Math.floor(i / small) * plane + (at[i] as number);
  for (let i = 0; i < xs.length; i++) data[place(i)] = xs[i] as number;
  return record('MaxUnpool2DBackward0', [x], out, (g) => {
    const gs = g.dense();
    const dx = allocate(x.dtype, x.numel);
    for (let i = 0; i < dx.length; i++) dx[i] = gs[place(i)] as number;
    return [fromBuffer(dx, x.shape, x.dtype)];
  });
}
