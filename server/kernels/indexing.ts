// Owns square-bracket indexing: reading and writing by numbers, slices, new axes, ellipsis, index arrays and masks.

import type { NdArray } from './array.ts';
import { contiguousStrides, fromBuffer, numelOf } from './array.ts';
import { isGradEnabled, noGrad, record } from './autograd.ts';
import { broadcastDense, broadcastShapes, castValues } from './broadcast.ts';
import type { TypedArray } from './dtype.ts';
import { allocate, isIntegral, KernelError, settle, slots } from './dtype.ts';
import { nonzero } from './gather.ts';
import { copyInto, inPlace } from './inplace.ts';
import { gathered } from './join.ts';
import { asShape, permute, select, slice, unsqueeze } from './views.ts';

export type IndexItem =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'slice'; readonly start?: number | undefined; readonly stop?: number | undefined; readonly step?: number | undefined }
  | { readonly kind: 'new-axis' }
  | { readonly kind: 'ellipsis' }
  | { readonly kind: 'truth'; readonly value: boolean }
  | { readonly kind: 'array'; readonly array: NdArray };

interface Plan {
  /** The array after numbers, slices and new axes. */
  readonly view: NdArray;
  /** Index arrays per dimension of the view; undefined takes all. */
  readonly arrays: readonly (NdArray | undefined)[];
}

function consumes(item: IndexItem): number {
  switch (item.kind) {
    case 'number':
    case 'slice':
      return 1;
    case 'array':
      return item.array.dtype === 'bool' || item.array.dtype === 'uint8' ? item.array.rank : 1;
    case 'new-axis':
    case 'ellipsis':
    case 'truth':
      return 0;
  }
}

/** Picks one index of a dimension; the message counts items of the brackets, as PyTorch does. */
function pick(view: NdArray, dim: number, value: number, position: number): NdArray {
  const size = view.shape[dim] as number;
  if (value < -size || value >= size) {
    throw new KernelError(`index ${value} is out of bounds for dimension ${position} with size ${size}`, 'IndexError');
  }
  return select(view, dim, value);
}

function truthIndex(value: boolean): NdArray {
  return fromBuffer(new Float64Array(value ? 1 : 0), [value ? 1 : 0], 'int64');
}

const isMask = (array: NdArray): boolean => array.dtype === 'bool' || array.dtype === 'uint8';

/** Numbers, slices and new axes first, in one pass; index arrays and masks wait for the view that leaves. */
function plan(a: NdArray, items: readonly IndexItem[]): Plan {
  const used = items.reduce((n, item) => n + consumes(item), 0);
  if (used > a.rank) throw new KernelError(`too many indices for tensor of dimension ${a.rank}`, 'IndexError');
  let view = a;
  let dim = 0;
  const waiting: { readonly at: number; readonly array: NdArray }[] = [];
  items.forEach((item, position) => {
    switch (item.kind) {
      case 'number':
        view = pick(view, dim, item.value, position);
        break;
      case 'slice': {
        const step = item.step ?? 1;
        if (step <= 0) throw new KernelError('step must be greater than zero', 'ValueError');
        const whole = item.start === undefined && item.stop === undefined && step === 1;
        if (!whole) view = slice(view, dim, item.start, item.stop, step);
        dim++;
        break;
      }
      case 'new-axis':
        view = unsqueeze(view, dim++);
        break;
      case 'ellipsis':
        dim += a.rank - used;
        break;
      case 'truth':
        view = unsqueeze(view, dim);
        waiting.push({ at: dim++, array: truthIndex(item.value) });
        break;
      case 'array': {
        const { array } = item;
        if (!isIntegral(array.dtype))
          throw new KernelError('tensors used as indices must be long, int, byte or bool tensors', 'IndexError');
        if (isMask(array) && array.rank === 0) {
          view = unsqueeze(view, dim);
          waiting.push({ at: dim++, array: truthIndex(array.item() !== 0) });
        } else if (array.rank === 0) view = pick(view, dim, array.item(), position);
        else {
          waiting.push({ at: dim, array });
          dim += consumes(item);
        }
        break;
      }
    }
  });
  const arrays: (NdArray | undefined)[] = [];
  const put = (at: number, array: NdArray): void => {
    while (arrays.length < at) arrays.push(undefined);
    arrays[at] = array;
  };
  for (const { at, array } of waiting) {
    if (isMask(array)) maskIndices(array, view, at).forEach((x, i) => put(at + i, x));
    else put(at, array);
  }
  return { view, arrays };
}

/** A mask over some dimensions of the view as one index array for each. */
function maskIndices(mask: NdArray, view: NdArray, from: number): NdArray[] {
  mask.shape.forEach((s, i) => {
    if (s === view.shape[from + i]) return;
    throw new KernelError(
      `The shape of the mask ${mask.shapeText} at index ${i} does not match the shape of the indexed tensor ${view.shapeText} at index ${from + i}`,
      'IndexError',
    );
  });
  const found = nonzero(mask);
  const count = found.shape[0] as number;
  return mask.shape.map((_, i) => found.alias([count], [1], i * count));
}

interface Positions {
  /** Element positions in row-major order of the view. */
  readonly from: Float64Array;
  readonly shape: readonly number[];
}

/** Where an advanced index reads: index arrays broadcast together, placed in front unless they stand side by side. */
function advanced(view: NdArray, arrays: readonly (NdArray | undefined)[]): Positions {
  const used = arrays.map((x, d) => ({ x, d })).filter((e): e is { x: NdArray; d: number } => e.x !== undefined);
  let shape: number[] = [];
  try {
    for (const { x } of used) shape = broadcastShapes(shape, x.shape);
  } catch {
    throw new KernelError(
      `shape mismatch: indexing tensors could not be broadcast together with shapes ${used.map(({ x }) => x.shapeText).join(', ')}`,
      'IndexError',
    );
  }
  const dims = used.map((e) => e.d);
  const first = dims[0] as number;
  const adjacent = dims.every((d, i) => d === first + i);
  const strides = contiguousStrides(view.shape);
  const count = numelOf(shape);
  const jumps = new Float64Array(count);
  const rest = view.shape.map((_, d) => d).filter((d) => !dims.includes(d));
  // Nothing is read where the rest is empty, so nothing is checked either.
  const empty = rest.some((d) => view.shape[d] === 0);
  used.forEach(({ x, d }, position) => {
    const size = view.shape[d] as number;
    const values = broadcastDense(x, shape);
    for (let i = 0; i < count; i++) {
      const v = values[i] as number;
      if (!empty && (v < -size || v >= size)) {
        throw new KernelError(`index ${v} is out of bounds for dimension ${position} with size ${size}`, 'IndexError');
      }
      jumps[i] = (jumps[i] as number) + (v < 0 ? v + size : v) * (strides[d] as number);
    }
  });
  const before = adjacent ? rest.filter((d) => d < first) : [];
  const after = rest.filter((d) => !before.includes(d));
  const offsets = (ds: readonly number[]): number[] => {
    let list = [0];
    for (const d of ds)
      list = list.flatMap((o) => Array.from({ length: view.shape[d] as number }, (_, i) => o + i * (strides[d] as number)));
    return list;
  };
  const outer = offsets(before);
  const inner = offsets(after);
  const from = new Float64Array(outer.length * count * inner.length);
  let to = 0;
  for (const o of outer) for (let i = 0; i < count; i++) for (const k of inner) from[to++] = o + (jumps[i] as number) + k;
  const size = (d: number): number => view.shape[d] as number;
  return { from, shape: [...before.map(size), ...shape, ...after.map(size)] };
}

/** a[items]: a view for numbers, slices and new axes, else a copy. */
export function getItem(a: NdArray, items: readonly IndexItem[]): NdArray {
  const { view, arrays } = plan(a, items);
  if (arrays.every((x) => x === undefined)) {
    // Even a[...] is another tensor.
    return view === a
      ? permute(
          a,
          a.shape.map((_, i) => i),
          'AliasBackward0',
        )
      : view;
  }
  const p = advanced(view, arrays);
  return gathered(view, p.from, p.shape, 'IndexBackward0');
}

/** a with values written (or added) at the positions of index arrays; values broadcast. */
export function indexPut(a: NdArray, arrays: readonly (NdArray | undefined)[], values: NdArray, accumulate = false): NdArray {
  const p = advanced(a, arrays);
  const w = slots(a.dtype);
  let source: TypedArray;
  try {
    source = broadcastDense(castValues(values, a.dtype), p.shape);
    if (source.length !== p.from.length * w) throw new KernelError('');
  } catch {
    throw new KernelError(
      `shape mismatch: value tensor of shape ${values.shapeText} cannot be broadcast to indexing result of shape [${p.shape.join(', ')}]`,
      'RuntimeError',
    );
  }
  const data = a.dense().slice() as TypedArray;
  p.from.forEach((at, i) => {
    for (let k = 0; k < w; k++) data[at * w + k] = (accumulate ? (data[at * w + k] as number) : 0) + (source[i * w + k] as number);
  });
  return record('IndexPutBackward0', [a, values], fromBuffer(settle(a.dtype, data), a.shape, a.dtype), (g) => {
    const gs = g.dense();
    const kept = gs.slice() as TypedArray;
    const back = allocate(g.dtype, p.from.length);
    p.from.forEach((at, i) => {
      for (let k = 0; k < w; k++) {
        back[i * w + k] = gs[at * w + k] as number;
        if (!accumulate) kept[at * w + k] = 0;
      }
    });
    return [fromBuffer(kept, a.shape, g.dtype), fromBuffer(back, p.shape, g.dtype)];
  });
}

/** a[items] = value, in place. Leading sizes of 1 of the value are dropped as PyTorch drops them. */
export function setItem(a: NdArray, items: readonly IndexItem[], value: NdArray): void {
  const { view, arrays } = plan(a, items);
  const spare = value.shape.findIndex((s) => s !== 1);
  const strip = Math.min(spare < 0 ? value.rank : spare, Math.max(0, value.rank - view.rank));
  const lean = strip > 0 ? dropLeading(value, strip) : value;
  if (arrays.every((x) => x === undefined)) {
    copyInto(view, lean);
    return;
  }
  inPlace(view, (old) => indexPut(old, arrays, value));
}

function dropLeading(a: NdArray, count: number): NdArray {
  const out = a.alias(a.shape.slice(count), a.strides.slice(count));
  if (!isGradEnabled() || !a.requiresGrad) return out;
  return record('ViewBackward0', [a], out, (g) => [noGrad(() => asShape(g, a.shape))]);
}
