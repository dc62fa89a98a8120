// Owns convolutions in one, two and three dimensions, plain and transposed, as unfolded windows times weights.
// A transposed convolution is the gradient of a plain one; both share the same two folds.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf, zeros } from './array.ts';
import { record, rename } from './autograd.ts';
import { contract } from './contraction.ts';
import type { TypedArray } from './dtype.ts';
import { allocate, isComplex, KernelError, settle } from './dtype.ts';
import type { PadMode } from './join.ts';
import { pad as padded } from './join.ts';
import { squeeze, unsqueeze } from './views.ts';

export interface ConvolutionOptions {
  readonly stride: readonly number[];
  /** Both sides alike, per spatial dimension. */
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  /** Extra size on one side, transposed only. */
  readonly outputPadding?: readonly number[];
}

interface Geometry {
  readonly channels: number;
  readonly input: readonly number[];
  readonly kernel: readonly number[];
  readonly output: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

/** Visits every (kernel place, output place) with the input place it reads, or -1 in the padding. Positions are flat. */
function windowMap(g: Geometry): Int32Array {
  const kernel = numelOf(g.kernel);
  const places = numelOf(g.output);
  const map = new Int32Array(kernel * places);
  const rank = g.kernel.length;
  const k = new Array<number>(rank).fill(0);
  const o = new Array<number>(rank).fill(0);
  const advance = (index: number[], shape: readonly number[]): void => {
    for (let d = rank - 1; d >= 0; d--) {
      index[d] = (index[d] as number) + 1;
      if ((index[d] as number) < (shape[d] as number)) return;
      index[d] = 0;
    }
  };
  for (let i = 0; i < kernel; i++) {
    for (let j = 0; j < places; j++) {
      let at = 0;
      for (let d = 0; d < rank; d++) {
        const p = (o[d] as number) * (g.stride[d] as number) - (g.padding[d] as number) + (k[d] as number) * (g.dilation[d] as number);
        if (p < 0 || p >= (g.input[d] as number)) {
          at = -1;
          break;
        }
        at = at * (g.input[d] as number) + p;
      }
      map[i * places + j] = at;
      advance(o, g.output);
    }
    advance(k, g.kernel);
  }
  return map;
}

/** Windows of `channels` planes as columns: [channels*kernel, places]. */
function unfoldInto(x: TypedArray, offset: number, g: Geometry, channels: number, map: Int32Array, columns: TypedArray): void {
  const plane = numelOf(g.input);
  const size = map.length;
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < size; i++) {
      const at = map[i] as number;
      columns[c * size + i] = at < 0 ? 0 : (x[offset + c * plane + at] as number);
    }
}

/** Adds columns back to where they were read. */
function foldInto(columns: TypedArray, g: Geometry, channels: number, map: Int32Array, x: TypedArray, offset: number): void {
  const plane = numelOf(g.input);
  const size = map.length;
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < size; i++) {
      const at = map[i] as number;
      if (at >= 0) x[offset + c * plane + at] = (x[offset + c * plane + at] as number) + (columns[c * size + i] as number);
    }
}

interface Problem {
  readonly batch: number;
  readonly groups: number;
  /** Channels per group on the wide (windowed) and the narrow (weighted) side. */
  readonly wide: number;
  readonly narrow: number;
  readonly g: Geometry;
  readonly map: Int32Array;
}

const plain = (data: TypedArray, offset: number, cols: number): { data: TypedArray; offset: number; rowStep: number; colStep: number } => ({
  data,
  offset,
  rowStep: cols,
  colStep: 1,
});
const turned = (
  data: TypedArray,
  offset: number,
  cols: number,
): { data: TypedArray; offset: number; rowStep: number; colStep: number } => ({ data, offset, rowStep: 1, colStep: cols });

/** Correlation: wide planes -> narrow planes with weight [groups*narrow, wide*kernel]. */
function correlate(p: Problem, x: TypedArray, weight: TypedArray, out: TypedArray): void {
  const kernel = numelOf(p.g.kernel);
  const places = numelOf(p.g.output);
  const plane = numelOf(p.g.input);
  const depth = p.wide * kernel;
  const columns = out instanceof Float64Array ? new Float64Array(depth * places) : new Float32Array(depth * places);
  for (let n = 0; n < p.batch; n++)
    for (let q = 0; q < p.groups; q++) {
      unfoldInto(x, (n * p.groups + q) * p.wide * plane, p.g, p.wide, p.map, columns);
      contract(
        p.narrow,
        places,
        depth,
        plain(weight, q * p.narrow * depth, depth),
        plain(columns, 0, places),
        out,
        (n * p.groups + q) * p.narrow * places,
        places,
      );
    }
}

/** The reverse spread: narrow planes -> wide planes, the gradient of correlate in x. */
function spreadBack(p: Problem, y: TypedArray, weight: TypedArray, out: TypedArray): void {
  const kernel = numelOf(p.g.kernel);
  const places = numelOf(p.g.output);
  const plane = numelOf(p.g.input);
  const depth = p.wide * kernel;
  const columns = new Float64Array(depth * places);
  const sums = new Float64Array(p.wide * plane);
  for (let n = 0; n < p.batch; n++)
    for (let q = 0; q < p.groups; q++) {
      contract(
        depth,
        places,
        p.narrow,
        turned(weight, q * p.narrow * depth, depth),
        plain(y, (n * p.groups + q) * p.narrow * places, places),
        columns,
        0,
        places,
      );
      sums.fill(0);
      foldInto(columns, p.g, p.wide, p.map, sums, 0);
      out.set(sums as never, (n * p.groups + q) * p.wide * plane);
    }
}

/** Gradient of correlate in the weight: [groups*narrow, wide*kernel]. */
function weightGradient(p: Problem, x: TypedArray, y: TypedArray, out: TypedArray): void {
  const kernel = numelOf(p.g.kernel);
  const places = numelOf(p.g.output);
  const plane = numelOf(p.g.input);
  const depth = p.wide * kernel;
  const columns = new Float64Array(depth * places);
  const sums = new Float64Array(out.length);
  for (let n = 0; n < p.batch; n++)
    for (let q = 0; q < p.groups; q++) {
      unfoldInto(x, (n * p.groups + q) * p.wide * plane, p.g, p.wide, p.map, columns);
      contract(
        p.narrow,
        depth,
        places,
        plain(y, (n * p.groups + q) * p.narrow * places, places),
        turned(columns, 0, places),
        sums,
        q * p.narrow * depth,
        depth,
        true,
      );
    }
  out.set(sums as never);
}

function addPlanes(out: TypedArray, bias: TypedArray, plane: number): void {
  for (let i = 0, c = 0; i < out.length; i += plane, c = (c + 1) % bias.length)
    for (let k = 0; k < plane; k++) out[i + k] = (out[i + k] as number) + (bias[c] as number);
}

function planeSums(grad: NdArray, bias: NdArray, plane: number): NdArray {
  const sums = new Float64Array(bias.numel);
  const gs = grad.dense();
  for (let i = 0, c = 0; i < gs.length; i += plane, c = (c + 1) % sums.length)
    for (let k = 0; k < plane; k++) sums[c] = (sums[c] as number) + (gs[i + k] as number);
  const out = zeros(bias.shape, bias.dtype);
  out.storage.data.set(sums as never);
  settle(bias.dtype, out.storage.data);
  return out;
}

function filled(like: NdArray, shape: readonly number[], fill: (data: TypedArray) => void): NdArray {
  const data = allocate(like.dtype, numelOf(shape));
  fill(data);
  return fromBuffer(settle(like.dtype, data), shape, like.dtype);
}

/**
 * x [N, C, *space] (or without N), weight [out, C/groups, *kernel], bias [out] -> [N, out, *space'].
 * The number of kernel dimensions decides between 1d, 2d and 3d.
 */
export function convolution(x: NdArray, weight: NdArray, bias: NdArray | undefined, o: ConvolutionOptions): NdArray {
  const rank = weight.rank - 2;
  if (isComplex(x.dtype)) throw new KernelError('ShapeLint does not convolve complex tensors');
  if (x.rank === rank + 1) return squeeze(convolution(unsqueeze(x, 0), weight, bias, o), 0);
  const input = x.shape.slice(2);
  const kernel = weight.shape.slice(2);
  const output = input.map(
    (s, d) =>
      Math.floor(
        (s + 2 * (o.padding[d] as number) - (o.dilation[d] as number) * ((kernel[d] as number) - 1) - 1) / (o.stride[d] as number),
      ) + 1,
  );
  const g: Geometry = { channels: x.shape[1] as number, input, kernel, output, stride: o.stride, padding: o.padding, dilation: o.dilation };
  const outs = weight.shape[0] as number;
  const p: Problem = {
    batch: x.shape[0] as number,
    groups: o.groups,
    wide: weight.shape[1] as number,
    narrow: outs / o.groups,
    g,
    map: windowMap(g),
  };
  const places = numelOf(output);
  const out = filled(x, [p.batch, outs, ...output], (data) => {
    correlate(p, x.dense(), weight.dense(), data);
    if (bias !== undefined) addPlanes(data, bias.dense(), places);
  });
  return record(
    'ConvolutionBackward0',
    [x, weight, bias],
    out,
    (grad) => [
      x.requiresGrad ? filled(x, x.shape, (to) => spreadBack(p, grad.dense(), weight.dense(), to)) : undefined,
      weight.requiresGrad ? filled(weight, weight.shape, (to) => weightGradient(p, x.dense(), grad.dense(), to)) : undefined,
      bias?.requiresGrad === true ? planeSums(grad, bias, places) : undefined,
    ],
    [x, weight],
  );
}

/** x [N, C, *space], weight [C, out/groups, *kernel], bias [out] -> [N, out, *space']. */
export function convolutionTransposed(x: NdArray, weight: NdArray, bias: NdArray | undefined, o: ConvolutionOptions): NdArray {
  const rank = weight.rank - 2;
  if (x.rank === rank + 1) return squeeze(convolutionTransposed(unsqueeze(x, 0), weight, bias, o), 0);
  const small = x.shape.slice(2);
  const kernel = weight.shape.slice(2);
  const large = small.map(
    (s, d) =>
      (s - 1) * (o.stride[d] as number) -
      2 * (o.padding[d] as number) +
      (o.dilation[d] as number) * ((kernel[d] as number) - 1) +
      (o.outputPadding?.[d] ?? 0) +
      1,
  );
  const wide = weight.shape[1] as number;
  const g: Geometry = {
    channels: wide * o.groups,
    input: large,
    kernel,
    output: small,
    stride: o.stride,
    padding: o.padding,
    dilation: o.dilation,
  };
  const p: Problem = {
    batch: x.shape[0] as number,
    groups: o.groups,
    wide,
    narrow: (x.shape[1] as number) / o.groups,
    g,
    map: windowMap(g),
  };
  const outs = wide * o.groups;
  const plane = numelOf(large);
  const out = filled(x, [p.batch, outs, ...large], (data) => {
    spreadBack(p, x.dense(), weight.dense(), data);
    if (bias !== undefined) addPlanes(data, bias.dense(), plane);
  });
  return record(
    'ConvolutionBackward0',
    [x, weight, bias],
    out,
    (grad) => [
      x.requiresGrad ? filled(x, x.shape, (to) => correlate(p, grad.dense(), weight.dense(), to)) : undefined,
      weight.requiresGrad ? filled(weight, weight.shape, (to) => weightGradient(p, grad.dense(), x.dense(), to)) : undefined,
      bias?.requiresGrad === true ? planeSums(grad, bias, plane) : undefined,
    ],
    [x, weight],
  );
}

/** Pads for padding='same': the odd element goes to the far side. */
export function samePadding(kernel: readonly number[], dilation: readonly number[]): readonly (readonly [number, number])[] {
  return kernel.map((k, d) => {
    const total = (dilation[d] as number) * (k - 1);
    const left = Math.floor(total / 2);
    return [left, total - left] as const;
  });
}

/** Pads spatial dimensions in order (first pair for the first), by any mode. */
export function padSpace(x: NdArray, pairs: readonly (readonly [number, number])[], mode: PadMode = 'constant'): NdArray {
  return padded(x, [...pairs].reverse().flat(), mode);
}

/** F.unfold: [N, C, *space] -> [N, C*kernel, places]. */
export function unfoldWindows(
  x: NdArray,
  kernel: readonly number[],
  dilation: readonly number[],
  padding: readonly number[],
  stride: readonly number[],
): NdArray {
  if (x.rank === kernel.length + 1)
    return rename(squeeze(unfoldWindows(unsqueeze(x, 0), kernel, dilation, padding, stride), 0), 'Im2ColBackward0');
  const input = x.shape.slice(2);
  const output = input.map(
    (s, d) =>
      Math.floor((s + 2 * (padding[d] as number) - (dilation[d] as number) * ((kernel[d] as number) - 1) - 1) / (stride[d] as number)) + 1,
  );
  const channels = x.shape[1] as number;
  const g: Geometry = { channels, input, kernel, output, stride, padding, dilation };
  const map = windowMap(g);
  const batch = x.shape[0] as number;
  const plane = numelOf(input);
  const depth = channels * numelOf(kernel);
  const places = numelOf(output);
  const out = filled(x, [batch, depth, places], (to) => {
    for (let n = 0; n < batch; n++)
      unfoldInto(
        x.dense(),
        n * channels * plane,
        g,
        channels,
        map,
        to.subarray(n * depth * places, (n + 1) * depth * places) as TypedArray,
      );
  });
  return record('Im2ColBackward0', [x], out, (grad) => [
    filled(x, x.shape, (to) => {
      for (let n = 0; n < batch; n++)
        foldInto(
          grad.dense().subarray(n * depth * places, (n + 1) * depth * places) as TypedArray,
          g,
          channels,
          map,
          to,
          n * channels * plane,
        );
    }),
  ]);
}

/** F.fold: [N, C*kernel, places] -> [N, C, *space], overlapping windows added. */
export function foldWindows(
  x: NdArray,
  space: readonly number[],
  kernel: readonly number[],
  dilation: readonly number[],
  padding: readonly number[],
  stride: readonly number[],
): NdArray {
  if (x.rank === 2) return squeeze(foldWindows(unsqueeze(x, 0), space, kernel, dilation, padding, stride), 0);
  const output = space.map(
    (s, d) =>
      Math.floor((s + 2 * (padding[d] as number) - (dilation[d] as number) * ((kernel[d] as number) - 1) - 1) / (stride[d] as number)) + 1,
  );
  const channels = (x.shape[1] as number) / numelOf(kernel);
  const g: Geometry = { channels, input: space, kernel, output, stride, padding, dilation };
  const map = windowMap(g);
  const batch = x.shape[0] as number;
  const plane = numelOf(space);
  const span = (x.shape[1] as number) * (x.shape[2] as number);
  const out = filled(x, [batch, channels, ...space], (to) => {
    for (let n = 0; n < batch; n++)
      foldInto(x.dense().subarray(n * span, (n + 1) * span) as TypedArray, g, channels, map, to, n * channels * plane);
  });
  return record('Col2ImBackward0', [x], out, (grad) => [
    filled(x, x.shape, (to) => {
      for (let n = 0; n < batch; n++)
        unfoldInto(grad.dense(), n * channels * plane, g, channels, map, to.subarray(n * span, (n + 1) * span) as TypedArray);
    }),
  ]);
}
