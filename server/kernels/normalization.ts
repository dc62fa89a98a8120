// Owns layer, batch, group, instance and root-mean-square normalisation with their gradients.
// All of them are one scheme: statistics over groups of elements, then a scale and shift per channel.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf, zeros } from './array.ts';
import { record } from './autograd.ts';
import type { TypedArray } from './dtype.ts';
import { allocate, KernelError, roundTo, settle } from './dtype.ts';

/** How elements fall into statistics groups and scale channels. */
interface Grouping {
  readonly groups: number;
  readonly channels: number;
  readonly groupOf: (i: number) => number;
  readonly channelOf: (i: number) => number;
}

interface Statistics {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly count: number;
}

function statisticsOf(x: TypedArray, g: Grouping): Statistics {
  const mean = new Float64Array(g.groups);
  const variance = new Float64Array(g.groups);
  const count = x.length / Math.max(1, g.groups);
  for (let i = 0; i < x.length; i++) mean[g.groupOf(i)] = (mean[g.groupOf(i)] as number) + (x[i] as number);
  for (let k = 0; k < g.groups; k++) mean[k] = (mean[k] as number) / count;
  for (let i = 0; i < x.length; i++) {
    const k = g.groupOf(i);
    variance[k] = (variance[k] as number) + ((x[i] as number) - (mean[k] as number)) ** 2;
  }
  for (let k = 0; k < g.groups; k++) variance[k] = (variance[k] as number) / count;
  return { mean, variance, count };
}

/** (x - mean) / sqrt(variance + eps) * weight + bias; `fixed` statistics (running ones) carry no gradient. */
function normalise(
  x: NdArray,
  weight: NdArray | undefined,
  bias: NdArray | undefined,
  eps: number,
  g: Grouping,
  name: string,
  fixed?: Statistics,
): NdArray {
  const xs = x.dense();
  const s = fixed ?? statisticsOf(xs, g);
  const scale = Float64Array.from(s.variance, (v) => 1 / Math.sqrt(v + eps));
  const w = weight?.dense();
  const b = bias?.dense();
  const data = allocate(x.dtype, xs.length);
  for (let i = 0; i < xs.length; i++) {
    const k = g.groupOf(i);
    const c = g.channelOf(i);
    const y = ((xs[i] as number) - (s.mean[k] as number)) * (scale[k] as number);
    data[i] = y * (w === undefined ? 1 : (w[c] as number)) + (b === undefined ? 0 : (b[c] as number));
  }
  const out = fromBuffer(settle(x.dtype, data), x.shape, x.dtype);
  return record(
    name,
    [x, weight, bias],
    out,
    (grad) => {
      const gs = grad.dense();
      const values = x.dense();
      const ws = weight?.dense();
      const hat = (i: number): number => ((values[i] as number) - (s.mean[g.groupOf(i)] as number)) * (scale[g.groupOf(i)] as number);
      const dw = new Float64Array(g.channels);
      const db = new Float64Array(g.channels);
      const sumG = new Float64Array(g.groups);
      const sumGX = new Float64Array(g.groups);
      for (let i = 0; i < gs.length; i++) {
        const c = g.channelOf(i);
        const k = g.groupOf(i);
        const v = gs[i] as number;
        const h = hat(i);
        dw[c] = (dw[c] as number) + v * h;
        db[c] = (db[c] as number) + v;
        const scaledGrad = v * (ws === undefined ? 1 : (ws[c] as number));
        sumG[k] = (sumG[k] as number) + scaledGrad;
        sumGX[k] = (sumGX[k] as number) + scaledGrad * h;
      }
      const dx = allocate(x.dtype, gs.length);
      for (let i = 0; i < gs.length; i++) {
        const k = g.groupOf(i);
        const v = (gs[i] as number) * (ws === undefined ? 1 : (ws[g.channelOf(i)] as number));
        const centred = fixed === undefined ? v - ((sumG[k] as number) + hat(i) * (sumGX[k] as number)) / s.count : v;
        dx[i] = centred * (scale[k] as number);
      }
      return [fromBuffer(settle(x.dtype, dx), x.shape, x.dtype), store(dw, weight), store(db, bias)];
    },
    [x, ...(weight === undefined ? [] : [weight])],
  );
}

function store(sums: Float64Array, like: NdArray | undefined): NdArray | undefined {
  if (like === undefined || !like.requiresGrad) return undefined;
  const out = zeros(like.shape, like.dtype);
  out.storage.data.set(sums as never);
  settle(like.dtype, out.storage.data);
  return out;
}

/** [*, *shape]: statistics over the trailing `shape`, weight and bias of that shape. */
export function layerNorm(x: NdArray, shape: readonly number[], weight?: NdArray, bias?: NdArray, eps = 1e-5): NdArray {
  const inner = numelOf(shape);
  const grouping: Grouping = {
    groups: x.numel / Math.max(1, inner),
    channels: inner,
    groupOf: (i) => Math.floor(i / inner),
    channelOf: (i) => i % inner,
  };
  return normalise(x, weight, bias, eps, grouping, 'NativeLayerNormBackward0');
}

/** [N, C, *] in groups of channels; weight and bias [C]. */
export function groupNorm(x: NdArray, groups: number, weight?: NdArray, bias?: NdArray, eps = 1e-5): NdArray {
  const channels = x.shape[1] as number;
  const space = numelOf(x.shape.slice(2));
  const inner = (channels / groups) * space;
  const grouping: Grouping = {
    groups: (x.shape[0] as number) * groups,
    channels,
    groupOf: (i) => Math.floor(i / inner),
    channelOf: (i) => Math.floor(i / space) % channels,
  };
  return normalise(x, weight, bias, eps, grouping, 'NativeGroupNormBackward0');
}

export interface BatchNormOptions {
  readonly weight?: NdArray | undefined;
  readonly bias?: NdArray | undefined;
  /** Written in place in training. */
  readonly runningMean?: NdArray | undefined;
  readonly runningVar?: NdArray | undefined;
  /** Use the batch's own statistics. */
  readonly training: boolean;
  /** Share of the new statistics in the running ones. */
  readonly momentum: number;
  readonly eps: number;
}

/** [N, C, *] per channel; in training the running statistics move toward the batch's (unbiased variance). */
export function batchNorm(x: NdArray, o: BatchNormOptions, name = 'NativeBatchNormBackward0'): NdArray {
  const channels = x.shape[1] as number;
  const space = numelOf(x.shape.slice(2));
  const channelOf = (i: number): number => Math.floor(i / space) % channels;
  const grouping: Grouping = { groups: channels, channels, groupOf: channelOf, channelOf };
  if (!o.training && o.runningMean !== undefined && o.runningVar !== undefined) {
    const fixed: Statistics = {
      mean: Float64Array.from(o.runningMean.dense()),
      variance: Float64Array.from(o.runningVar.dense()),
      count: 1,
    };
    return normalise(x, o.weight, o.bias, o.eps, grouping, name, fixed);
  }
  if (x.numel / Math.max(1, channels) === 1) {
    throw new KernelError(`Expected more than 1 value per channel when training, got input size torch.Size(${x.shapeText})`, 'ValueError');
  }
  if (o.runningMean !== undefined && o.runningVar !== undefined) {
    const s = statisticsOf(x.dense(), grouping);
    moveToward(o.runningMean, s.mean, o.momentum);
    moveToward(
      o.runningVar,
      Float64Array.from(s.variance, (v) => (v * s.count) / (s.count - 1)),
      o.momentum,
    );
  }
  return normalise(x, o.weight, o.bias, o.eps, grouping, name);
}

function moveToward(running: NdArray, now: Float64Array, momentum: number): void {
  const data = running.storage.data;
  for (let i = 0; i < now.length; i++) {
    const at = running.offset + i * (running.strides[0] as number);
    data[at] = roundTo(running.dtype, (1 - momentum) * (data[at] as number) + momentum * (now[i] as number));
  }
  running.storage.version++;
}

/** [N, C, *] per sample and channel; running statistics are averages over the batch. */
export function instanceNorm(x: NdArray, o: BatchNormOptions): NdArray {
  const channels = x.shape[1] as number;
  const space = numelOf(x.shape.slice(2));
  const batch = x.shape[0] as number;
  const grouping: Grouping = {
    groups: batch * channels,
    channels,
    groupOf: (i) => Math.floor(i / space),
    channelOf: (i) => Math.floor(i / space) % channels,
  };
  const name = 'ViewBackward0';
  if (!o.training && o.runningMean !== undefined && o.runningVar !== undefined) return batchNorm(x, { ...o, training: false }, name);
  if (o.runningMean !== undefined && o.runningVar !== undefined) {
    const s = statisticsOf(x.dense(), grouping);
    const mean = new Float64Array(channels);
    const variance = new Float64Array(channels);
    for (let k = 0; k < s.mean.length; k++) {
      const c = k % channels;
      mean[c] = (mean[c] as number) + (s.mean[k] as number) / batch;
      variance[c] = (variance[c] as number) + ((s.variance[k] as number) * s.count) / (s.count - 1) / batch;
    }
    moveToward(o.runningMean, mean, o.momentum);
    moveToward(o.runningVar, variance, o.momentum);
  }
  return normalise(x, o.weight, o.bias, o.eps, grouping, name);
}

/** x / sqrt(mean(x^2) + eps) * weight over the trailing `shape`; eps undefined takes the type's epsilon. */
export function rmsNorm(x: NdArray, shape: readonly number[], weight?: NdArray, eps?: number): NdArray {
  const inner = numelOf(shape);
  const small = eps ?? (x.dtype === 'float64' ? 2 ** -52 : x.dtype === 'float32' ? 2 ** -23 : x.dtype === 'float16' ? 2 ** -10 : 2 ** -7);
  const xs = x.dense();
  const rows = x.numel / Math.max(1, inner);
  const scale = new Float64Array(rows);
  const w = weight?.dense();
  const data = allocate(x.dtype, xs.length);
  for (let r = 0; r < rows; r++) {
    let q = 0;
    for (let i = 0; i < inner; i++) q += (xs[r * inner + i] as number) ** 2;
    scale[r] = 1 / Math.sqrt(q / inner + small);
    for (let i = 0; i < inner; i++)
      data[r * inner + i] = (xs[r * inner + i] as number) * (scale[r] as number) * (w === undefined ? 1 : (w[i] as number));
  }
  return record(
    'MulBackward0',
    [x, weight],
    fromBuffer(settle(x.dtype, data), x.shape, x.dtype),
    (grad) => {
      const gs = grad.dense();
      const values = x.dense();
      const ws = weight?.dense();
      const dx = allocate(x.dtype, gs.length);
      const dw = new Float64Array(inner);
      for (let r = 0; r < rows; r++) {
        const k = scale[r] as number;
        let dot = 0;
        for (let i = 0; i < inner; i++) {
          const at = r * inner + i;
          dw[i] = (dw[i] as number) + (gs[at] as number) * (values[at] as number) * k;
          dot += (gs[at] as number) * (ws === undefined ? 1 : (ws[i] as number)) * (values[at] as number);
        }
        for (let i = 0; i < inner; i++) {
          const at = r * inner + i;
          dx[at] = k * ((gs[at] as number) * (ws === undefined ? 1 : (ws[i] as number)) - ((values[at] as number) * dot * k * k) / inner);
        }
      }
      return [fromBuffer(settle(x.dtype, dx), x.shape, x.dtype), store(dw, weight)];
    },
    [x, ...(weight === undefined ? [] : [weight])],
  );
}
