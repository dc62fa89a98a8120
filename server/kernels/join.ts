// Owns joining arrays and rearranging copies of them: cat, stack, pad, flip, roll, triangles, repetition.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf, zeros } from './array.ts';
import { record, rename } from './autograd.ts';
import { castValues } from './broadcast.ts';
import type { TypedArray } from './dtype.ts';
import { allocate, KernelError, slots } from './dtype.ts';
import { resultType } from './elementwise.ts';
import { clone, copyOf, expand, narrow, permute, reshape, slice, unsqueeze, wrapDim } from './views.ts';

/** Joins along an existing dimension; empty 1-D arrays are skipped, types promote. */
export function cat(arrays: readonly NdArray[], dim = 0, name = 'CatBackward0'): NdArray {
  const parts = arrays.filter((a) => !(a.rank === 1 && a.shape[0] === 0));
  const first = parts[0] ?? arrays[0];
  if (first === undefined) throw new KernelError('torch.cat(): expected a non-empty list of Tensors', 'ValueError');
  const d = wrapDim(dim, first.rank);
  const dtype = resultType(arrays);
  const total = parts.reduce((n, a) => n + (a.shape[d] as number), 0);
  const shape = first.shape.map((s, i) => (i === d ? (parts.length === 0 ? s : total) : s));
  const inner = numelOf(shape.slice(d + 1)) * slots(dtype);
  const outer = numelOf(shape.slice(0, d));
  const data = allocate(dtype, numelOf(shape));
  const row = total * inner;
  let at = 0;
  for (const a of parts) {
    const src = castValues(a, dtype).dense();
    const span = (a.shape[d] as number) * inner;
    for (let o = 0; o < outer; o++) data.set(src.subarray(o * span, (o + 1) * span) as never, o * row + at);
    at += span;
  }
  const out = fromBuffer(data, shape, dtype);
  const lengths = arrays.map((a) => (parts.includes(a) ? (a.shape[d] as number) : 0));
  return record(name, arrays, out, (g) => {
    let from = 0;
    return arrays.map((a, i) => {
      const n = lengths[i] as number;
      from += n;
      return !a.requiresGrad ? undefined : parts.includes(a) ? narrow(g, d, from - n, n) : zeros(a.shape, a.dtype);
    });
  });
}

/** Joins along a new dimension. */
export function stack(arrays: readonly NdArray[], dim = 0): NdArray {
  const first = arrays[0];
  if (first === undefined) throw new KernelError('stack expects a non-empty TensorList', 'RuntimeError');
  const d = wrapDim(dim, first.rank + 1);
  const lifted = arrays.map((a) => {
    const shape = [...a.shape.slice(0, d), 1, ...a.shape.slice(d)];
    const strides = [...a.strides.slice(0, d), 0, ...a.strides.slice(d)];
    return a.alias(shape, strides);
  });
  const out = cat(lifted, d);
  return record('StackBackward0', arrays, out, (g) =>
    arrays.map((a, i) => {
      if (!a.requiresGrad) return undefined;
      const piece = narrow(g, d, i, 1);
      return piece.alias(
        a.shape,
        piece.strides.filter((_, k) => k !== d),
      );
    }),
  );
}

export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular';

/** Source position of each padded position along one dimension, or -1 for the constant. */
function sourceOf(i: number, before: number, size: number, mode: PadMode): number {
  const k = i - before;
  if (k >= 0 && k < size) return k;
  switch (mode) {
    case 'constant':
      return -1;
    case 'replicate':
      return k < 0 ? 0 : size - 1;
    case 'circular':
      return ((k % size) + size) % size;
    case 'reflect':
      return k < 0 ? -k : 2 * (size - 1) - k;
  }
}

/** F.pad: pairs from the last dimension backwards; negative amounts cut. */
export function pad(a: NdArray, amounts: readonly number[], mode: PadMode = 'constant', value = 0): NdArray {
  const before = a.shape.map(() => 0);
  const after = a.shape.map(() => 0);
  for (let i = 0; i < amounts.length / 2; i++) {
    before[a.rank - 1 - i] = amounts[2 * i] as number;
    after[a.rank - 1 - i] = amounts[2 * i + 1] as number;
  }
  const shape = a.shape.map((s, i) => s + (before[i] as number) + (after[i] as number));
  const bad = shape.findIndex((s) => s < 0);
  if (bad >= 0) {
    throw new KernelError(
      `The input size ${a.shape[bad]}, plus negative padding ${before[bad]} and ${after[bad]} resulted in a negative output size, which is invalid. Check dimension ${bad} of your input.`,
      'RuntimeError',
    );
  }
  const maps = shape.map((size, d) => Array.from({ length: size }, (_, i) => sourceOf(i, before[d] as number, a.shape[d] as number, mode)));
  const n = numelOf(shape);
  const from = new Int32Array(n);
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < n; i++) {
    let at = 0;
    for (let d = 0; d < shape.length; d++) {
      const s = (maps[d] as number[])[index[d] as number] as number;
      if (s < 0) {
        at = -1;
        break;
      }
      at = at * (a.shape[d] as number) + s;
    }
    from[i] = at;
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d] = (index[d] as number) + 1;
      if ((index[d] as number) < (shape[d] as number)) break;
      index[d] = 0;
    }
  }
  const names = { constant: 'ConstantPadNdBackward0', reflect: 'ReflectionPad', replicate: 'ReplicationPad', circular: 'CopySlices' };
  const name = mode === 'reflect' || mode === 'replicate' ? `${names[mode]}${amounts.length / 2}DBackward0` : names[mode];
  return gathered(a, from, shape, name, value);
}

/** out[i] = a[from[i]] in row-major positions, or `fill` where from is negative; the gradient adds back. */
export function gathered(a: NdArray, from: ArrayLike<number>, shape: readonly number[], name: string, fill = 0): NdArray {
  const w = slots(a.dtype);
  const src = a.dense();
  const data = allocate(a.dtype, numelOf(shape));
  const n = from.length;
  for (let i = 0; i < n; i++) {
    const at = from[i] as number;
    if (w === 1) data[i] = at < 0 ? fill : (src[at] as number);
    else {
      data[2 * i] = at < 0 ? fill : (src[2 * at] as number);
      data[2 * i + 1] = at < 0 ? 0 : (src[2 * at + 1] as number);
    }
  }
  return record(name, [a], fromBuffer(data, shape, a.dtype), (g) => {
    const gs = g.dense();
    const sums = allocate(a.dtype, a.numel);
    for (let i = 0; i < n; i++) {
      const at = from[i] as number;
      if (at >= 0) for (let k = 0; k < w; k++) sums[at * w + k] = (sums[at * w + k] as number) + (gs[i * w + k] as number);
    }
    return [fromBuffer(sums, a.shape, a.dtype)];
  });
}

/** Row-major positions 0 … n-1 as an array, to push through view operations. */
function positions(shape: readonly number[]): NdArray {
  const n = numelOf(shape);
  const data = new Float64Array(n);
  for (let i = 0; i < n; i++) data[i] = i;
  return fromBuffer(data, shape, 'int64');
}

export function flip(a: NdArray, dims: readonly number[]): NdArray {
  const flipped = a.rank === 0 ? [] : dims.map((d) => wrapDim(d, a.rank));
  const p = positions(a.shape);
  const strides = p.strides.map((s, i) => (flipped.includes(i) ? -s : s));
  const offset = flipped.reduce((o, d) => o + (Math.max(1, a.shape[d] as number) - 1) * (p.strides[d] as number), 0);
  const from = a.numel === 0 ? new Float64Array(0) : p.alias(a.shape, strides, offset).dense();
  return gathered(a, from, a.shape, 'FlipBackward0');
}

/** Elements moved along dimensions, re-entering at the other end; without dims the array is rolled flattened. */
export function roll(a: NdArray, shifts: readonly number[], dims: readonly number[] = []): NdArray {
  if (a.numel === 0) return clone(a);
  if (dims.length === 0) {
    const n = a.numel;
    const shift = (((shifts[0] as number) % n) + n) % n;
    const from = Array.from({ length: n }, (_, i) => (i - shift + n) % n);
    return gathered(a, from, a.shape, 'RollBackward0');
  }
  let p = positions(a.shape);
  dims.forEach((dim, k) => {
    const d = wrapDim(dim, a.rank);
    const n = a.shape[d] as number;
    const shift = ((((shifts[k] as number) % n) + n) % n) as number;
    p = cat([slice(p, d, n - shift, n), slice(p, d, 0, n - shift)], d);
  });
  return gathered(a, p.dense(), a.shape, 'RollBackward0');
}

/** torch.rot90 in the plane of two dimensions. */
export function rot90(a: NdArray, times: number, dims: readonly [number, number]): NdArray {
  const k = ((times % 4) + 4) % 4;
  const swap = (x: NdArray): NdArray => {
    const i = wrapDim(dims[0], x.rank);
    const j = wrapDim(dims[1], x.rank);
    return permute(
      x,
      x.shape.map((_, d) => (d === i ? j : d === j ? i : d)),
    );
  };
  if (k === 0) return record('CloneBackward0', [a], copyOf(a), (g) => [g]);
  if (k === 2) return flip(a, dims);
  return rename(swap(flip(a, [k === 1 ? dims[1] : dims[0]])), 'Rot90Backward0');
}

/** tril or triu of the last two dimensions, `diagonal` shifted to the right. */
export function triangle(a: NdArray, kind: 'lower' | 'upper', diagonal = 0): NdArray {
  const rows = a.shape.at(-2) as number;
  const cols = a.shape.at(-1) as number;
  const w = slots(a.dtype);
  const keep = (v: NdArray): NdArray => {
    const data = v.dense().slice() as TypedArray;
    const n = v.numel;
    for (let i = 0; i < n; i++) {
      const c = i % cols;
      const r = Math.floor(i / cols) % rows;
      const inside = kind === 'lower' ? c - r <= diagonal : c - r >= diagonal;
      if (!inside) for (let k = 0; k < w; k++) data[i * w + k] = 0;
    }
    return fromBuffer(data, v.shape, v.dtype);
  };
  return record(kind === 'lower' ? 'TrilBackward0' : 'TriuBackward0', [a], keep(a), (g) => [keep(g)]);
}

/** Tensor.repeat: tiles the array; missing leading dimensions are added. */
export function repeat(a: NdArray, times: readonly number[]): NdArray {
  const lead = times.length - a.rank;
  const shape = [...new Array<number>(lead).fill(1), ...a.shape];
  const p = positions(a.shape).alias(
    times.flatMap((t, i) => [t, shape[i] as number]),
    times.flatMap((_, i) => [0, i < lead ? 0 : (positionStride(a.shape, i - lead) as number)]),
  );
  const out = shape.map((s, i) => s * (times[i] as number));
  return gathered(a, p.numel === 0 ? [] : p.dense(), out, 'RepeatBackward0');
}

function positionStride(shape: readonly number[], axis: number): number {
  return numelOf(shape.slice(axis + 1));
}

/** torch.tile: like repeat, with missing leading repetitions taken as 1. */
export function tile(a: NdArray, times: readonly number[]): NdArray {
  return repeat(a, [...new Array<number>(Math.max(0, a.rank - times.length)).fill(1), ...times]);
}

/** Each element repeated in place, by one count or one per index; without dim the array is flattened. */
export function repeatInterleave(a: NdArray, repeats: number | readonly number[], dim?: number): NdArray {
  const source = dim === undefined ? reshape(a, [-1]) : a;
  const d = wrapDim(dim ?? 0, source.rank);
  const n = source.shape[d] as number;
  const picks: number[] = [];
  for (let i = 0; i < n; i++) {
    const times = typeof repeats === 'number' ? repeats : ((repeats.length === 1 ? repeats[0] : repeats[i]) as number);
    for (let k = 0; k < times; k++) picks.push(i);
  }
  const shape = source.shape.map((s, i) => (i === d ? picks.length : s));
  const inner = numelOf(shape.slice(d + 1));
  const outer = numelOf(shape.slice(0, d));
  const from = new Float64Array(numelOf(shape));
  let at = 0;
  for (let o = 0; o < outer; o++) for (const pick of picks) for (let k = 0; k < inner; k++) from[at++] = (o * n + pick) * inner + k;
  return gathered(source, from, shape, typeof repeats === 'number' ? 'ViewBackward0' : 'IndexSelectBackward0');
}

/** torch.meshgrid as expanded views. */
export function meshgrid(arrays: readonly NdArray[], indexing: 'ij' | 'xy' = 'ij'): NdArray[] {
  const swaps = indexing === 'xy' && arrays.length >= 2;
  const order = arrays.map((_, i) => (swaps && i < 2 ? 1 - i : i));
  const sizes = arrays.map((_, i) => arrays[order[i] as number]?.numel ?? 1);
  return arrays.map((a, k) => {
    const axis = order.indexOf(k);
    let v = a.rank === 0 ? unsqueeze(a, 0) : a;
    for (let i = 0; i < axis; i++) v = unsqueeze(v, 0);
    for (let i = axis + 1; i < arrays.length; i++) v = unsqueeze(v, i);
    return expand(v, sizes);
  });
}

/** A matrix with a vector on one diagonal (torch.diag_embed over the last dimension). */
export function diagEmbed(a: NdArray, offset = 0): NdArray {
  const n = a.shape.at(-1) as number;
  const size = n + Math.abs(offset);
  const shape = [...a.shape.slice(0, -1), size, size];
  const from = new Float64Array(numelOf(shape)).fill(-1);
  for (let i = 0; i < a.numel; i++) {
    const k = i % n;
    const block = Math.floor(i / n) * size * size;
    from[block + (k + Math.max(0, -offset)) * size + k + Math.max(0, offset)] = i;
  }
  return gathered(a, from, shape, 'DiagEmbedBackward0');
}
