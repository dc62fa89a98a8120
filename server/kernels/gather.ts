// Owns reading and adding by index arrays along one dimension: gather, scatter, index_select, index_add, take, masks.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf, zeros } from './array.ts';
import { record } from './autograd.ts';
import { broadcastDense, broadcastShapes, castValues } from './broadcast.ts';
import type { TypedArray } from './dtype.ts';
import { allocate, isComplex, KernelError, roundTo, settle, slots } from './dtype.ts';
import { gathered } from './join.ts';
import { wrapDim } from './views.ts';

function checked(index: number, size: number, dim: number): number {
  if (index < 0 || index >= size)
    throw new KernelError(`index ${index} is out of bounds for dimension ${dim} with size ${size}`, 'IndexError');
  return index;
}

/** Row-major source position of every element of index-shaped output along `dim`. */
function alongPositions(shape: readonly number[], dim: number, index: NdArray): Float64Array {
  const at = index.dense();
  const from = new Float64Array(index.numel);
  const rank = shape.length;
  const size = rank === 0 ? 1 : (shape[dim] as number);
  const strides = shape.map((_, i) => numelOf(shape.slice(i + 1)));
  const counter = new Array<number>(index.rank).fill(0);
  for (let i = 0; i < from.length; i++) {
    const k = checked(at[i] as number, size, dim);
    let p = 0;
    for (let d = 0; d < rank; d++) p += (d === dim ? k : (counter[d] ?? 0)) * (strides[d] as number);
    from[i] = rank === 0 ? 0 : p;
    for (let d = index.rank - 1; d >= 0; d--) {
      counter[d] = (counter[d] as number) + 1;
      if ((counter[d] as number) < (index.shape[d] as number)) break;
      counter[d] = 0;
    }
  }
  return from;
}

/** torch.gather: out[i][j] = a[index[i][j]][j] for dim 0. */
export function gather(a: NdArray, dim: number, index: NdArray): NdArray {
  return gathered(a, alongPositions(a.shape, wrapDim(dim, a.rank), index), index.shape, 'GatherBackward0');
}

/** Rows of one dimension in the order of a 1-D (or 0-d) index. */
export function indexSelect(a: NdArray, dim: number, index: NdArray): NdArray {
  const d = wrapDim(dim, a.rank);
  const at = index.dense();
  const shape = a.rank === 0 ? [] : a.shape.map((s, i) => (i === d ? at.length : s));
  const size = a.rank === 0 ? 1 : (a.shape[d] as number);
  const inner = numelOf(shape.slice(d + 1));
  const outer = numelOf(shape.slice(0, d));
  for (const i of at) if (i < 0 || i >= size) throw new KernelError('index out of range in self', 'IndexError');
  const from = new Float64Array(numelOf(shape));
  let to = 0;
  for (let o = 0; o < outer; o++) for (const i of at) for (let k = 0; k < inner; k++) from[to++] = (o * size + i) * inner + k;
  return gathered(a, from, shape, 'IndexSelectBackward0');
}

/** Flattened elements by flat index (torch.take). */
export function take(a: NdArray, index: NdArray): NdArray {
  const n = a.numel;
  const from = Float64Array.from(index.dense(), (i) => {
    if (i < -n || i >= n) throw new KernelError(`out of range: tried to access index ${i} on a tensor of ${n} elements.`, 'IndexError');
    return i < 0 ? i + n : i;
  });
  return gathered(a, from, index.shape, 'TakeBackward0');
}

export type ScatterReduce = 'set' | 'add' | 'multiply' | 'sum' | 'prod' | 'mean' | 'amax' | 'amin';

function combine(kind: ScatterReduce, old: number, value: number): number {
  switch (kind) {
    case 'set':
      return value;
    case 'add':
    case 'sum':
    case 'mean':
      return old + value;
    case 'multiply':
    case 'prod':
      return old * value;
    case 'amax':
      return Math.max(old, value);
    case 'amin':
      return Math.min(old, value);
  }
}

/** Positions in `a` that `source` (its leading part, as large as index) is written to. */
function scatterPositions(a: NdArray, dim: number, index: NdArray): Float64Array {
  return alongPositions(a.shape, wrapDim(dim, a.rank), index);
}

function sourceValues(source: NdArray | number, index: NdArray, a: NdArray): TypedArray {
  if (typeof source === 'number') {
    const data = allocate(a.dtype, index.numel);
    return data.fill(source as never) as TypedArray;
  }
  const window = source.alias(index.shape, source.strides.slice(0, index.rank));
  return castValues(window, a.dtype).dense();
}

/** The elements of `a` with each of source's combined into the one that index points to; `to` are these positions. */
function written(
  a: NdArray,
  dim: number,
  index: NdArray,
  source: NdArray | number,
  combine: (own: number, value: number) => number,
): { readonly to: Float64Array; readonly data: TypedArray } {
  const to = scatterPositions(a, dim, index);
  const values = sourceValues(source, index, a);
  const w = slots(a.dtype);
  const data = a.dense().slice() as TypedArray;
  to.forEach((p, i) => {
    for (let k = 0; k < w; k++) data[p * w + k] = combine(data[p * w + k] as number, values[i * w + k] as number);
  });
  return { to, data };
}

/** torch.scatter: a copy of `a` with source written where index points along dim; a number is spread. */
export function scatter(a: NdArray, dim: number, index: NdArray, source: NdArray | number): NdArray {
  if (index.numel === 0) return a;
  const { to, data } = written(a, dim, index, source, (_, value) => value);
  const w = slots(a.dtype);
  const inputs = typeof source === 'number' ? [a] : [a, source];
  return record(typeof source === 'number' ? 'ScatterBackward1' : 'ScatterBackward0', inputs, fromBuffer(data, a.shape, a.dtype), (g) => {
    const kept = g.dense().slice() as TypedArray;
    to.forEach((p) => {
      for (let k = 0; k < w; k++) kept[p * w + k] = 0;
    });
    const own = fromBuffer(kept, a.shape, g.dtype);
    return typeof source === 'number' ? [own] : [own, pull(g, to, index.shape)];
  });
}

/**
 * Gradient of a scattered source: what stands at its positions, in the shape of the index. Where the source is larger
 * than the index PyTorch rejects this gradient, and so does the engine.
 */
function pull(g: NdArray, from: Float64Array, window: readonly number[]): NdArray {
  const w = slots(g.dtype);
  const gs = g.dense();
  const data = allocate(g.dtype, from.length);
  from.forEach((p, i) => {
    for (let k = 0; k < w; k++) data[i * w + k] = gs[p * w + k] as number;
  });
  return fromBuffer(data, window, g.dtype);
}

/** torch.scatter_add. */
export function scatterAdd(a: NdArray, dim: number, index: NdArray, source: NdArray, name = 'ScatterAddBackward0'): NdArray {
  if (index.numel === 0) return a;
  const { to, data } = written(a, dim, index, source, (own, value) => own + value);
  return record(name, [a, source], fromBuffer(settle(a.dtype, data), a.shape, a.dtype), (g) => [
    g,
    source.requiresGrad ? pull(g, to, index.shape) : undefined,
  ]);
}

/** torch.scatter_reduce (and scatter with reduce=): combined values; gradients for sum and mean only. */
export function scatterReduce(
  a: NdArray,
  dim: number,
  index: NdArray,
  source: NdArray | number,
  kind: ScatterReduce,
  includeSelf = true,
): NdArray {
  if ((kind === 'sum' || kind === 'add') && includeSelf && typeof source !== 'number')
    return scatterAdd(a, dim, index, source, 'ScatterReduceBackward0');
  if (isComplex(a.dtype)) throw new KernelError('ShapeLint does not reduce complex scatters');
  const to = scatterPositions(a, dim, index);
  const values = sourceValues(source, index, a);
  const data = a.dense().slice() as TypedArray;
  const counts = new Float64Array(data.length).fill(includeSelf ? 1 : 0);
  to.forEach((p, i) => {
    const fresh = counts[p] === 0;
    data[p] = fresh ? (values[i] as number) : combine(kind, data[p] as number, values[i] as number);
    counts[p] = (counts[p] as number) + 1;
  });
  if (kind === 'mean')
    for (let i = 0; i < data.length; i++)
      if ((counts[i] as number) > 1) data[i] = roundTo(a.dtype, (data[i] as number) / (counts[i] as number));
  const inputs = typeof source === 'number' ? [a] : [a, source];
  return record('ScatterReduceBackward0', inputs, fromBuffer(data, a.shape, a.dtype), () => {
    throw new KernelError(`ShapeLint does not differentiate scatter with reduce='${kind}'`);
  });
}

/** a with alpha*source added at rows of one dimension. */
export function indexAdd(a: NdArray, dim: number, index: NdArray, source: NdArray, alpha = 1): NdArray {
  const d = wrapDim(dim, a.rank);
  const rows = index.dense();
  const inner = numelOf(a.shape.slice(d + 1)) * slots(a.dtype);
  const outer = numelOf(a.shape.slice(0, d));
  const size = a.rank === 0 ? 1 : (a.shape[d] as number);
  const values = castValues(source, a.dtype).dense();
  const data = a.dense().slice() as TypedArray;
  // Where there is nothing to add to, places are not looked at.
  for (let o = 0; o < outer && data.length > 0; o++)
    for (let r = 0; r < rows.length; r++) {
      const p = (o * size + checked(rows[r] as number, size, d)) * inner;
      const q = (o * rows.length + r) * inner;
      for (let k = 0; k < inner; k++) data[p + k] = (data[p + k] as number) + alpha * (values[q + k] as number);
    }
  return record('IndexAddBackward0', [a, source], fromBuffer(settle(a.dtype, data), a.shape, a.dtype), (g) => {
    const picked = indexSelect(g, d, index);
    if (alpha === 1) return [g, picked];
    const scaledData = picked.dense().slice() as TypedArray;
    for (let i = 0; i < scaledData.length; i++) scaledData[i] = (scaledData[i] as number) * alpha;
    return [g, fromBuffer(scaledData, picked.shape, picked.dtype)];
  });
}

/** a with rows of one dimension replaced by those of source (index_copy), or by a number (index_fill). */
export function indexWrite(a: NdArray, dim: number, index: NdArray, source: NdArray | number): NdArray {
  const d = wrapDim(dim, a.rank);
  const rows = index.dense();
  const w = slots(a.dtype);
  const inner = numelOf(a.shape.slice(d + 1)) * w;
  const outer = numelOf(a.shape.slice(0, d));
  const size = a.rank === 0 ? 1 : (a.shape[d] as number);
  const values = typeof source === 'number' ? undefined : castValues(source, a.dtype).dense();
  const write = (data: TypedArray, value: (q: number) => number): void => {
    for (let o = 0; o < outer; o++)
      for (let r = 0; r < rows.length; r++) {
        const at = rows[r] as number;
        const p = (o * size + checked(at < 0 ? at + size : at, size, d)) * inner;
        for (let k = 0; k < inner; k++) data[p + k] = value((o * rows.length + r) * inner + k);
      }
  };
  const data = a.dense().slice() as TypedArray;
  write(data, (q) => (values === undefined ? (w === 2 && q % 2 === 1 ? 0 : (source as number)) : (values[q] as number)));
  const name = typeof source === 'number' ? 'IndexFillBackward0' : 'IndexCopyBackward0';
  return record(name, typeof source === 'number' ? [a] : [a, source], fromBuffer(data, a.shape, a.dtype), (g) => {
    const kept = g.dense().slice() as TypedArray;
    write(kept, () => 0);
    return [fromBuffer(kept, a.shape, g.dtype), typeof source === 'number' ? undefined : indexSelect(g, d, index)];
  });
}

/** a where mask is false, value where true; both broadcast. */
export function maskedFill(a: NdArray, mask: NdArray, value: NdArray): NdArray {
  const shape = broadcastShapes(a.shape, mask.shape);
  const m = broadcastDense(mask, shape);
  const w = slots(a.dtype);
  const fill = castValues(value, a.dtype);
  const f = fill.dense();
  const blend = (v: NdArray, re: number, im: number): NdArray => {
    const data = broadcastDense(v, shape).slice() as TypedArray;
    for (let i = 0; i < m.length; i++) {
      if (m[i] === 0) continue;
      data[i * w] = re;
      if (w === 2) data[i * w + 1] = im;
    }
    return fromBuffer(data, shape, v.dtype);
  };
  return record('MaskedFillBackward0', [a, value], blend(a, f[0] as number, f[1] ?? 0), (g) => {
    if (!value.requiresGrad) return [blend(g, 0, 0)];
    let total = 0;
    const gs = g.dense();
    for (let i = 0; i < m.length; i++) if (m[i] !== 0) total += gs[i] as number;
    const data = allocate(g.dtype, 1);
    data[0] = total;
    return [blend(g, 0, 0), fromBuffer(data, [], g.dtype)];
  });
}

/** Elements where the broadcast mask is true, as one row. */
export function maskedSelect(a: NdArray, mask: NdArray): NdArray {
  const shape = broadcastShapes(a.shape, mask.shape);
  const m = broadcastDense(mask, shape);
  const place = fromBuffer(
    Float64Array.from({ length: a.numel }, (_, i) => i),
    a.shape,
    'int64',
  );
  const places = broadcastDense(place, shape);
  const from: number[] = [];
  for (let i = 0; i < m.length; i++) if (m[i] !== 0) from.push(places[i] as number);
  return gathered(a, from, [from.length], 'MaskedSelectBackward0');
}

/** a with elements under the mask replaced in order by those of source. */
export function maskedScatter(a: NdArray, mask: NdArray, source: NdArray): NdArray {
  const shape = broadcastShapes(a.shape, mask.shape);
  const m = broadcastDense(mask, shape);
  const values = source.dense();
  const data = broadcastDense(a, shape).slice() as TypedArray;
  let next = 0;
  const where: number[] = [];
  for (let i = 0; i < m.length; i++) {
    if (m[i] === 0) continue;
    if (next >= values.length)
      throw new KernelError(
        `expected self and source to have same dtypes and the number of elements of source >= number of ones in mask`,
        'RuntimeError',
      );
    data[i] = values[next++] as number;
    where.push(i);
  }
  return record('MaskedScatterBackward0', [a, source], fromBuffer(data, shape, a.dtype), (g) => {
    const gs = g.dense();
    const kept = gs.slice() as TypedArray;
    const back = allocate(g.dtype, source.numel);
    where.forEach((p, i) => {
      kept[p] = 0;
      back[i] = gs[p] as number;
    });
    return [fromBuffer(kept, shape, g.dtype), fromBuffer(back, source.shape, g.dtype)];
  });
}

/** Positions of non-zero elements, [count, rank]. */
export function nonzero(a: NdArray): NdArray {
  const w = slots(a.dtype);
  const data = a.dense();
  const found: number[] = [];
  for (let i = 0; i < a.numel; i++) if (data[i * w] !== 0 || (w === 2 && data[i * w + 1] !== 0)) found.push(i);
  // PyTorch lays the columns out one after the other.
  const columns = zeros([a.rank, found.length], 'int64');
  found.forEach((p, row) => {
    let rest = p;
    for (let d = a.rank - 1; d >= 0; d--) {
      const size = a.shape[d] as number;
      columns.storage.data[d * found.length + row] = rest % size;
      rest = Math.floor(rest / size);
    }
  });
  return columns.alias([found.length, a.rank], [1, found.length]);
}
