// Owns operations that return another look at the same buffer, with their gradients; and history for stale views.
// Sizes are taken as valid where a shape rule has checked them; impossible ones throw KernelError.

import type { NdArray } from './array.ts';
import { contiguousStrides, fromBuffer, numelOf, setViewRenewal, zeros } from './array.ts';
import { isGradEnabled, makeNode, record } from './autograd.ts';
import { allocate, complexType, isComplex, KernelError, realType, settle, slots } from './dtype.ts';
import type { GradNode } from './grad-node.ts';

function makeView(
  a: NdArray,
  name: string,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  run: (grad: NdArray) => NdArray,
): NdArray {
  const out = a.alias(shape, strides, offset);
  if (isGradEnabled()) out.setOrigin(a, name);
  return record(name, [a], out, (grad) => [run(grad)]);
}

/** A dimension number in [0, rank); -1 counts from the end. Throws IndexError. */
export function wrapDim(dim: number, rank: number): number {
  const least = Math.max(rank, 1);
  if (dim < -least || dim >= least) {
    throw new KernelError(`Dimension out of range (expected to be in range of [${-least}, ${least - 1}], but got ${dim})`, 'IndexError');
  }
  return dim < 0 ? dim + least : dim;
}

/** A packed copy without history. */
export function copyOf(a: NdArray): NdArray {
  return fromBuffer(a.isContiguous ? a.dense().slice() : a.dense(), a.shape, a.dtype);
}

/** A copy with the same layout where the array is dense (Tensor.clone). */
export function clone(a: NdArray): NdArray {
  const out = copyOf(a);
  if (!a.isContiguous && a.isDense) {
    const n = a.numel;
    const w = slots(a.dtype);
    out.storage.data = a.storage.data.slice(a.offset * w, (a.offset + n) * w);
    out.strides = a.strides;
  }
  return record('CloneBackward0', [a], out, (g) => [g]);
}

export function contiguous(a: NdArray): NdArray {
  return a.isContiguous ? a : record('CloneBackward0', [a], copyOf(a), (g) => [g]);
}

/** The same values outside the graph; in-place changes are shared. */
export function detach(a: NdArray): NdArray {
  return a.alias();
}

export function permute(a: NdArray, dims: readonly number[], name = 'PermuteBackward0'): NdArray {
  const order = dims.map((d) => wrapDim(d, a.rank));
  const inverse = new Array<number>(order.length);
  order.forEach((d, i) => {
    inverse[d] = i;
  });
  return makeView(
    a,
    name,
    order.map((d) => a.shape[d] as number),
    order.map((d) => a.strides[d] as number),
    a.offset,
    (g) => permute(g, inverse),
  );
}

export function transpose(a: NdArray, dim0: number, dim1: number, name = 'TransposeBackward0'): NdArray {
  const i = wrapDim(dim0, a.rank);
  const j = wrapDim(dim1, a.rank);
  const order = a.shape.map((_, k) => (k === i ? j : k === j ? i : k));
  return permute(a, order, name);
}

/** Tensor.t: rank 2 or less. */
export function t(a: NdArray): NdArray {
  return a.rank < 2 ? makeView(a, 'TBackward0', a.shape, a.strides, a.offset, (g) => g) : transpose(a, 0, 1, 'TBackward0');
}

export function movedim(a: NdArray, source: readonly number[], destination: readonly number[]): NdArray {
  const order = new Array<number>(a.rank).fill(-1);
  const from = source.map((d) => wrapDim(d, a.rank));
  destination.forEach((d, i) => {
    order[wrapDim(d, a.rank)] = from[i] as number;
  });
  const rest = a.shape.map((_, i) => i).filter((i) => !from.includes(i));
  return permute(
    a,
    order.map((d) => (d === -1 ? (rest.shift() as number) : d)),
  );
}

/** Repeats dimensions of size 1 (and new leading ones) without copying; -1 keeps a size. */
export function expand(a: NdArray, sizes: readonly number[]): NdArray {
  const lead = sizes.length - a.rank;
  if (lead < 0) {
    throw new KernelError(
      `expand(torch.FloatTensor{${a.shapeText}}, size=[${sizes.join(', ')}]): the number of sizes provided (${sizes.length}) must be greater or equal to the number of dimensions in the tensor (${a.rank})`,
      'RuntimeError',
    );
  }
  const shape = sizes.map((s, i) => (s === -1 && i >= lead ? (a.shape[i - lead] as number) : s));
  const strides = new Array<number>(shape.length);
  for (let i = shape.length - 1; i >= 0; i--) {
    const s = shape[i] as number;
    const own = i < lead ? 1 : (a.shape[i - lead] as number);
    const next = i + 1 < shape.length ? (shape[i + 1] as number) * (strides[i + 1] as number) : 1;
    strides[i] = own !== s ? 0 : i < lead ? next : (a.strides[i - lead] as number);
    if (own === s) continue;
    if (own !== 1) {
      throw new KernelError(
        `The expanded size of the tensor (${s}) must match the existing size (${own}) at non-singleton dimension ${i}.  Target sizes: [${sizes.join(', ')}].  Tensor sizes: ${a.shapeText}`,
        'RuntimeError',
      );
    }
  }
  return makeView(a, 'ExpandBackward0', shape, strides, a.offset, (g) => g);
}

function embedAt(base: NdArray, shape: readonly number[], strides: readonly number[], offset: number, grad: NdArray): NdArray {
  const out = zeros(base.shape, grad.dtype);
  if (!base.isContiguous) {
    if (!base.isDense) throw new KernelError('ShapeLint cannot differentiate this view of a strided tensor');
    out.strides = base.strides;
  }
  const region = out.alias(shape, strides, offset - base.offset);
  addInto(region, grad);
  return out;
}

function addInto(target: NdArray, values: NdArray): void {
  const w = slots(target.dtype);
  const data = target.storage.data;
  const src = values.dense();
  const index = new Array<number>(target.rank).fill(0);
  let at = target.offset;
  const n = target.numel;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < w; k++) data[at * w + k] = (data[at * w + k] as number) + (src[i * w + k] as number);
    for (let axis = target.rank - 1; axis >= 0; axis--) {
      at += target.strides[axis] as number;
      const next = (index[axis] as number) + 1;
      if (next < (target.shape[axis] as number)) {
        index[axis] = next;
        break;
      }
      at -= (target.strides[axis] as number) * (target.shape[axis] as number);
      index[axis] = 0;
    }
  }
}

function renew(view: NdArray): GradNode | undefined {
  const base = view.origin?.base;
  const edge = base?.edge();
  if (base === undefined || edge === undefined) return undefined;
  const { shape, strides, offset } = view;
  return makeNode('AsStridedBackward0', [edge], [view], (grads) => [
    grads[0] === undefined ? undefined : embedAt(base, shape, strides, offset, grads[0]),
  ]);
}
setViewRenewal(renew);

/** Elements start, start+step, … below end of one dimension; bounds are already clamped or are Python's. */
export function slice(a: NdArray, dim: number, start?: number, end?: number, step = 1, name = 'SliceBackward0'): NdArray {
  const d = wrapDim(dim, a.rank);
  const size = a.shape[d] as number;
  const clamp = (x: number): number => Math.min(size, Math.max(0, x < 0 ? x + size : x));
  const from = clamp(start ?? 0);
  const to = Math.max(from, clamp(end ?? size));
  const shape = a.shape.slice();
  shape[d] = Math.ceil((to - from) / step);
  const strides = a.strides.slice();
  strides[d] = (a.strides[d] as number) * step;
  return makeView(a, name, shape, strides, a.offset + from * (a.strides[d] as number), (g) => {
    const out = zeros(a.shape, g.dtype);
    const own = out.strides.slice();
    own[d] = (own[d] as number) * step;
    addInto(out.alias(shape, own, from * (out.strides[d] as number)), g);
    return out;
  });
}

export function narrow(a: NdArray, dim: number, start: number, length: number): NdArray {
  const from = start < 0 ? start + (a.shape[wrapDim(dim, a.rank)] as number) : start;
  return slice(a, dim, from, from + length);
}

/** Drops one dimension at an index (negative counts from the end). */
export function select(a: NdArray, dim: number, index: number, name = 'SelectBackward0'): NdArray {
  const d = wrapDim(dim, a.rank);
  const size = a.shape[d] as number;
  if (index < -size || index >= size) {
    throw new KernelError(`select(): index ${index} out of range for tensor of size ${a.shapeText} at dimension ${d}`, 'IndexError');
  }
  const at = index < 0 ? index + size : index;
  const drop = (v: readonly number[]): number[] => v.filter((_, i) => i !== d);
  return makeView(a, name, drop(a.shape), drop(a.strides), a.offset + at * (a.strides[d] as number), (g) => {
    const out = zeros(a.shape, g.dtype);
    addInto(out.alias(drop(out.shape), drop(out.strides), at * (out.strides[d] as number)), g);
    return out;
  });
}

export function unsqueeze(a: NdArray, dim: number): NdArray {
  const d = wrapDim(dim, a.rank + 1);
  const shape = a.shape.slice();
  const strides = a.strides.slice();
  const next = d < a.rank ? (a.shape[d] as number) * (a.strides[d] as number) : 1;
  shape.splice(d, 0, 1);
  strides.splice(d, 0, next);
  return makeView(a, 'UnsqueezeBackward0', shape, strides, a.offset, (g) => asShape(g, a.shape));
}

/** Drops dimensions of size 1: all of them, or those named. */
export function squeeze(a: NdArray, dims?: number | readonly number[]): NdArray {
  const named = dims === undefined ? undefined : (typeof dims === 'number' ? [dims] : dims).map((d) => wrapDim(d, a.rank));
  const keep = a.shape.map((s, i) => s !== 1 || (named !== undefined && !named.includes(i)));
  const name = named === undefined ? 'SqueezeBackward0' : typeof dims === 'number' ? 'SqueezeBackward1' : 'SqueezeBackward2';
  const pick = (v: readonly number[]): number[] => v.filter((_, i) => keep[i]);
  return makeView(a, name, pick(a.shape), pick(a.strides), a.offset, (g) => asShape(g, a.shape));
}

/** Values in another shape of the same number, without history. */
export function asShape(a: NdArray, shape: readonly number[]): NdArray {
  const source = a.isContiguous ? a : copyOf(a);
  return source.alias(shape, contiguousStrides(shape));
}

/** Fills in one -1. Throws RuntimeError where the number of elements differs. */
export function inferShape(shape: readonly number[], numel: number): number[] {
  const known = shape.reduce((n, s) => (s === -1 ? n : n * s), 1);
  const free = shape.indexOf(-1);
  const fails = free === -1 ? known !== numel : known === 0 || numel % known !== 0;
  if (fails) throw new KernelError(`shape '[${shape.join(', ')}]' is invalid for input of size ${numel}`, 'RuntimeError');
  return shape.map((s) => (s === -1 ? numel / known : s));
}

/** Strides that let a shape look at the same memory, or undefined where it cannot. */
export function viewStrides(a: NdArray, shape: readonly number[]): number[] | undefined {
  if (a.numel === 0) return contiguousStrides(shape);
  const strides = new Array<number>(shape.length).fill(1);
  let target = shape.length - 1;
  let blockSize = 1;
  let viewSize = 1;
  let blockStride = a.rank > 0 ? (a.strides[a.rank - 1] as number) : 1;
  for (let d = a.rank - 1; d >= 0; d--) {
    blockSize *= a.shape[d] as number;
    const outer = d > 0 ? (a.shape[d - 1] as number) : 0;
    const ends = d === 0 || (outer !== 1 && a.strides[d - 1] !== blockSize * blockStride);
    if (!ends) continue;
    while (target >= 0 && (viewSize < blockSize || shape[target] === 1)) {
      strides[target] = viewSize * blockStride;
      viewSize *= shape[target] as number;
      target--;
    }
    if (viewSize !== blockSize) return undefined;
    if (d > 0) {
      blockStride = a.strides[d - 1] as number;
      blockSize = 1;
      viewSize = 1;
    }
  }
  for (; target >= 0; target--) {
    if (shape[target] !== 1) return undefined;
    strides[target] = viewSize * blockStride;
  }
  return strides;
}

/** Tensor.view. Throws RuntimeError where the memory does not allow it. */
export function view(a: NdArray, sizes: readonly number[], name = 'ViewBackward0'): NdArray {
  const shape = inferShape(sizes, a.numel);
  const strides = viewStrides(a, shape);
  if (strides === undefined) {
    throw new KernelError(
      "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead.",
      'RuntimeError',
    );
  }
  return makeView(a, name, shape, strides, a.offset, (g) => asShape(g, a.shape));
}

/** Tensor.reshape: a view where memory allows, else a copy. */
export function reshape(a: NdArray, sizes: readonly number[]): NdArray {
  const shape = inferShape(sizes, a.numel);
  if (viewStrides(a, shape) !== undefined) return view(a, shape);
  const out = fromBuffer(a.dense(), shape, a.dtype);
  return record('UnsafeViewBackward0', [a], out, (g) => [asShape(g, a.shape)]);
}

export function flatten(a: NdArray, start = 0, end = -1): NdArray {
  if (a.rank === 0) return reshape(a, [1]);
  const i = wrapDim(start, a.rank);
  const j = wrapDim(end, a.rank);
  if (i === j) return a;
  return reshape(a, [...a.shape.slice(0, i), numelOf(a.shape.slice(i, j + 1)), ...a.shape.slice(j + 1)]);
}

export function unflatten(a: NdArray, dim: number, sizes: readonly number[]): NdArray {
  const d = wrapDim(dim, a.rank);
  const inner = inferShape(sizes, a.shape[d] as number);
  return view(a, [...a.shape.slice(0, d), ...inner, ...a.shape.slice(d + 1)]);
}

/** A free look at the buffer by strides and offset. */
export function asStrided(a: NdArray, shape: readonly number[], strides: readonly number[], offset: number = a.offset): NdArray {
  return makeView(a, 'AsStridedBackward0', shape, strides, offset, (g) => embedAt(a, shape, strides, offset, g));
}

export function diagonal(a: NdArray, offset = 0, dim1 = 0, dim2 = 1): NdArray {
  const i = wrapDim(dim1, a.rank);
  const j = wrapDim(dim2, a.rank);
  const rows = a.shape[i] as number;
  const cols = a.shape[j] as number;
  const length = Math.max(0, offset >= 0 ? Math.min(rows, cols - offset) : Math.min(rows + offset, cols));
  const rest = a.shape.map((_, k) => k).filter((k) => k !== i && k !== j);
  const geometry = (x: NdArray): [number[], number[], number] => {
    const s = x.strides;
    const jump = offset >= 0 ? offset * (s[j] as number) : -offset * (s[i] as number);
    return [
      [...rest.map((k) => a.shape[k] as number), length],
      [...rest.map((k) => s[k] as number), (s[i] as number) + (s[j] as number)],
      x.offset + (length > 0 ? jump : 0),
    ];
  };
  const [shape, strides, at] = geometry(a);
  return makeView(a, 'DiagonalBackward0', shape, strides, at, (g) => {
    const out = zeros(a.shape, g.dtype);
    addInto(out.alias(...geometry(out)), g);
    return out;
  });
}

/** Tensor.unfold: windows of `size` every `step` along one dimension, in a new last dimension. */
export function unfoldDim(a: NdArray, dim: number, size: number, step: number): NdArray {
  const d = wrapDim(dim, a.rank);
  const length = a.rank === 0 ? 1 : (a.shape[d] as number);
  const count = Math.floor((length - size) / step) + 1;
  const shape = [...a.shape, size];
  const geometry = (x: NdArray): number[] => {
    const strides = [...x.strides, x.rank === 0 ? 1 : (x.strides[d] as number)];
    if (x.rank > 0) strides[d] = (x.strides[d] as number) * step;
    return strides;
  };
  if (a.rank > 0) shape[d] = count;
  return makeView(a, 'UnfoldBackward0', shape, geometry(a), a.offset, (g) => {
    const out = zeros(a.shape, g.dtype);
    addInto(out.alias(shape, geometry(out), 0), g);
    return out;
  });
}

/** Consecutive pieces of the given lengths along a dimension; all are views. */
export function splitSizes(a: NdArray, lengths: readonly number[], dim = 0, name = 'SplitWithSizesBackward0'): NdArray[] {
  let at = 0;
  return lengths.map((n) => {
    at += n;
    return slice(a, dim, at - n, at, 1, name);
  });
}

export function split(a: NdArray, size: number, dim = 0): NdArray[] {
  const total = a.shape[wrapDim(dim, a.rank)] as number;
  const lengths: number[] = [];
  for (let at = 0; at < total; at += size) lengths.push(Math.min(size, total - at));
  return splitSizes(a, total === 0 ? [0] : lengths, dim, 'SplitBackward0');
}

export function chunk(a: NdArray, chunks: number, dim = 0): NdArray[] {
  const total = a.shape[wrapDim(dim, a.rank)] as number;
  const size = Math.ceil(total / chunks);
  return size === 0 ? splitSizes(a, new Array<number>(chunks).fill(0), dim) : split(a, size, dim);
}

/** torch.tensor_split by number of sections or by the indices to cut at. */
export function tensorSplit(a: NdArray, at: number | readonly number[], dim = 0): NdArray[] {
  const total = a.shape[wrapDim(dim, a.rank)] as number;
  if (typeof at === 'number') {
    const least = Math.floor(total / at);
    const larger = total % at;
    let start = 0;
    return Array.from({ length: at }, (_, i) => {
      const n = least + (i < larger ? 1 : 0);
      start += n;
      return slice(a, dim, start - n, start);
    });
  }
  return [...at, total].map((end, i) => slice(a, dim, i === 0 ? 0 : at[i - 1], end));
}

export function unbind(a: NdArray, dim = 0): NdArray[] {
  const n = a.shape[wrapDim(dim, a.rank)] as number;
  return Array.from({ length: n }, (_, i) => select(a, dim, i, 'UnbindBackward0'));
}

/** [...] complex -> [..., 2] real, sharing memory. */
export function viewAsReal(a: NdArray): NdArray {
  const out = a.alias([...a.shape, 2], [...a.strides.map((s) => s * 2), 1], a.offset * 2);
  out.dtype = realType(a.dtype);
  return record('ViewAsRealBackward0', [a], out, (g) => [viewAsComplex(g)]);
}

/** [..., 2] real -> [...] complex, sharing memory where the last stride is 1. */
export function viewAsComplex(a: NdArray): NdArray {
  const source = a.strides.at(-1) === 1 && a.strides.slice(0, -1).every((s) => s % 2 === 0) && a.offset % 2 === 0 ? a : copyOf(a);
  const strides = source.strides.slice(0, -1).map((s) => s / 2);
  const out = source.alias(source.shape.slice(0, -1), strides, source.offset / 2);
  out.dtype = complexType(a.dtype);
  return record('ViewAsComplexBackward0', [a], out, (g) => [viewAsReal(g)]);
}

/** Real or imaginary part as a view of a complex array; a real array is its own real part. */
export function complexPart(a: NdArray, part: 0 | 1): NdArray {
  if (!isComplex(a.dtype)) return a;
  const out = a.alias(
    a.shape,
    a.strides.map((s) => s * 2),
    a.offset * 2 + part,
  );
  out.dtype = realType(a.dtype);
  return record('SelectBackward0', [a], out, (g) => {
    const data = allocate(a.dtype, a.numel);
    const src = g.dense();
    for (let i = 0; i < src.length; i++) data[2 * i + part] = src[i] as number;
    return [fromBuffer(settle(a.dtype, data), a.shape, a.dtype)];
  });
}
