// Owns operations that depend on order: sorting and selection, running reductions, distinct values, counting into bins.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf } from './array.ts';
import { record } from './autograd.ts';
import { complexCumprod, complexCumsum, complexLogcumsumexp } from './complex-rows.ts';
import type { DType, TypedArray } from './dtype.ts';
import { allocate, isComplex, isIntegral, KernelError, roundTo, settle } from './dtype.ts';
import { cast, refuseComplex } from './elementwise.ts';
import type { Rows, ValuesAndIndices } from './reduce.ts';
import { fromRows, pickPerRow, rowsOf } from './reduce.ts';
import { type Before, quickSelect, selectFirst, sortedOrder } from './selection-order.ts';
import { wrapDim } from './views.ts';

/** Positions of a row in ascending (or descending) order; nan counts as largest, equals keep their order. */
function orderOf(d: TypedArray, start: number, n: number, descending: boolean): number[] {
  const rank = (i: number): number => {
    const v = d[start + i] as number;
    return v !== v ? Number.POSITIVE_INFINITY : v;
  };
  const isNan = (i: number): number => (Number.isNaN(d[start + i] as number) ? 1 : 0);
  const order = Array.from({ length: n }, (_, i) => i);
  const compare = (i: number, j: number): number => {
    const x = rank(i);
    const y = rank(j);
    return x < y ? -1 : x > y ? 1 : isNan(i) - isNan(j);
  };
  return order.sort(descending ? (i, j) => -compare(i, j) : compare);
}

/** Keeps `count` positions per row, chosen by `choose`, along a dimension. */
function selectAlong(
  a: NdArray,
  dim: number,
  name: string,
  count: number,
  choose: (d: TypedArray, start: number, n: number) => readonly number[],
): ValuesAndIndices {
  refuseComplex(a, 'sort');
  const r = rowsOf(a, a.rank === 0 ? undefined : dim);
  const shape = a.rank === 0 ? [] : a.shape.map((s, i) => (i === wrapDim(dim, a.rank) ? count : s));
  const values = allocate(a.dtype, r.rows * count);
  const indices = allocate('int64', r.rows * count);
  for (let row = 0; row < r.rows; row++) {
    const picks = choose(r.data, row * r.length, r.length);
    for (let k = 0; k < count; k++) {
      const at = picks[k] as number;
      indices[row * count + k] = at;
      values[row * count + k] = r.data[row * r.length + at] as number;
    }
  }
  const placed = packed(fromRows(values, r, shape, a.dtype));
  record(name, [a], placed, (g) => {
    const back = rowsOf(g, a.rank === 0 ? undefined : dim);
    const grad = allocate(a.dtype, a.numel);
    for (let row = 0; row < r.rows; row++)
      for (let k = 0; k < count; k++) {
        const to = row * r.length + (indices[row * count + k] as number);
        grad[to] = (grad[to] as number) + (back.data[row * count + k] as number);
      }
    return [fromRows(grad, r, a.shape, a.dtype)];
  });
  return { values: placed, indices: packed(fromRows(indices, r, shape, 'int64')) };
}

function packed(a: NdArray): NdArray {
  return a.isContiguous ? a : fromBuffer(a.dense(), a.shape, a.dtype);
}

export function sort(a: NdArray, dim = -1, descending = false): ValuesAndIndices {
  const n = a.rank === 0 ? 1 : (a.shape[wrapDim(dim, a.rank)] as number);
  return selectAlong(a, dim, 'SortBackward0', n, (d, s, len) => orderOf(d, s, len, descending));
}

export function argsort(a: NdArray, dim = -1, descending = false): NdArray {
  return sort(a, dim, descending).indices;
}

/** What goes first in a row: by value, where nan is greater than any. */
function firstOf(d: TypedArray, start: number, greatest: boolean): Before {
  const after = (i: number, j: number): boolean => {
    const [x, y] = [d[start + i] as number, d[start + j] as number];
    return (x !== x && y === y) || x > y;
  };
  return greatest ? after : (i, j) => after(j, i);
}

/** The k largest (or smallest) along a dimension, best first; of equal ones those that PyTorch takes, in its order. */
export function topk(a: NdArray, k: number, dim = -1, largest = true, sorted = true): ValuesAndIndices {
  return selectAlong(a, dim, 'TopkBackward0', k, (d, s, n) => selectFirst(n, k, firstOf(d, s, largest), sorted));
}

/** The k-th smallest, k from 1. */
export function kthvalue(a: NdArray, k: number, dim = -1, keepdim = false): ValuesAndIndices {
  return pickPerRow(a, dim, keepdim, 'KthvalueBackward0', (d, s, n) => quickSelect(n, k - 1, firstOf(d, s, false)));
}

/** A nan decides the median, or counts for nothing where nan is passed over. */
const medianAt =
  (skipNan: boolean) =>
  (d: TypedArray, s: number, n: number): number => {
    let count = 0;
    for (let i = 0; i < n; i++) if (!Number.isNaN(d[s + i] as number)) count++;
    if (count < n && !skipNan) return d.subarray(s, s + n).findIndex((v) => Number.isNaN(v as number));
    return orderOf(d, s, n, false)[Math.max(0, count - 1) >> 1] as number;
  };

/** Median along a dimension: the lower of two middle values. */
export function medianAlong(a: NdArray, dim: number, keepdim = false, skipNan = false): ValuesAndIndices {
  return pickPerRow(a, dim, keepdim, skipNan ? 'NanmedianBackward1' : 'MedianBackward1', medianAt(skipNan));
}

/** Median of everything, a 0-d array. */
export function median(a: NdArray, skipNan = false): NdArray {
  const flat = a.isContiguous ? a : fromBuffer(a.dense(), a.shape, a.dtype);
  const at = medianAt(skipNan)(flat.dense(), 0, a.numel);
  const data = allocate(a.dtype, 1);
  data[0] = flat.dense()[at] as number;
  return record(skipNan ? 'NanmedianBackward0' : 'MedianBackward0', [a], fromBuffer(data, [], a.dtype), (g) => {
    const grad = allocate(a.dtype, a.numel);
    grad[at] = g.item();
    return [fromBuffer(grad, a.shape, a.dtype)];
  });
}

/** The most frequent value (the smallest of several), at its last position. */
export function mode(a: NdArray, dim = -1, keepdim = false): ValuesAndIndices {
  return pickPerRow(a, dim, keepdim, 'ModeBackward0', (d, s, n) => {
    const order = sortedOrder(n, firstOf(d, s, false));
    let best = 0;
    let bestCount = 0;
    for (let i = 0; i < n; ) {
      let j = i;
      while (j < n && d[s + (order[j] as number)] === d[s + (order[i] as number)]) j++;
      if (j - i > bestCount) {
        bestCount = j - i;
        best = order[j - 1] as number;
      }
      i = Math.max(j, i + 1);
    }
    return best;
  });
}

function runAlong(
  a: NdArray,
  dim: number,
  dtype: DType,
  name: string,
  step: (r: Rows, out: TypedArray) => void,
  back: (g: Rows, x: Rows, out: Rows) => TypedArray,
): NdArray {
  const x = cast(a, dtype);
  const r = rowsOf(x, a.rank === 0 ? undefined : dim);
  const values = allocate(dtype, a.numel);
  step(r, values);
  const out = packed(fromRows(settle(dtype, values), r, a.shape, dtype));
  return record(name, [x], out, (g) => {
    const d = a.rank === 0 ? undefined : dim;
    return [fromRows(back(rowsOf(g, d), rowsOf(x, d), rowsOf(out, d)), r, a.shape, g.dtype)];
  });
}

function eachRow(r: Rows, visit: (start: number, end: number) => void): void {
  for (let i = 0; i < r.rows; i++) visit(i * r.length, (i + 1) * r.length);
}

export function cumsum(a: NdArray, dim: number, dtype?: DType): NdArray {
  const type = dtype ?? (isIntegral(a.dtype) ? 'int64' : a.dtype);
  if (isComplex(type)) return complexCumsum(cast(a, type), dim);
  return runAlong(
    a,
    dim,
    type,
    'CumsumBackward0',
    (r, out) =>
      eachRow(r, (s, e) => {
        let acc = 0;
        for (let i = s; i < e; i++) {
          acc += r.data[i] as number;
          out[i] = acc;
        }
      }),
    (g) => {
      const grad = g.data.slice() as TypedArray;
      eachRow(g, (s, e) => {
        let acc = 0;
        for (let i = e - 1; i >= s; i--) {
          acc += g.data[i] as number;
          grad[i] = acc;
        }
      });
      return grad;
    },
  );
}

export function cumprod(a: NdArray, dim: number, dtype?: DType): NdArray {
  const type = dtype ?? (isIntegral(a.dtype) ? 'int64' : a.dtype);
  if (isComplex(type)) return complexCumprod(cast(a, type), dim);
  return runAlong(
    a,
    dim,
    type,
    'CumprodBackward0',
    (r, out) =>
      eachRow(r, (s, e) => {
        let acc = 1;
        for (let i = s; i < e; i++) {
          acc *= r.data[i] as number;
          out[i] = acc;
        }
      }),
    (g, x) => {
      const grad = g.data.slice() as TypedArray;
      eachRow(g, (s, e) => {
        for (let i = s; i < e; i++) {
          let before = 1;
          for (let k = s; k < i; k++) before *= x.data[k] as number;
          let total = 0;
          for (let k = i; k < e; k++) {
            if (k > i) before *= x.data[k] as number;
            total += (g.data[k] as number) * before;
          }
          grad[i] = total;
        }
      });
      return grad;
    },
  );
}

export function logcumsumexp(a: NdArray, dim: number): NdArray {
  if (isComplex(a.dtype)) return complexLogcumsumexp(a, dim);
  return runAlong(
    a,
    dim,
    a.dtype,
    'LogcumsumexpBackward0',
    (r, out) =>
      eachRow(r, (s, e) => {
        let acc = Number.NEGATIVE_INFINITY;
        for (let i = s; i < e; i++) {
          const v = r.data[i] as number;
          const m = Math.max(acc, v);
          acc = Number.isFinite(m) ? m + Math.log1p(Math.exp(-Math.abs(acc - v))) : m;
          out[i] = acc;
        }
      }),
    (g, x, out) => {
      const grad = g.data.slice() as TypedArray;
      eachRow(g, (s, e) => {
        for (let i = s; i < e; i++) {
          let total = 0;
          for (let k = i; k < e; k++) total += (g.data[k] as number) * Math.exp((x.data[i] as number) - (out.data[k] as number));
          grad[i] = total;
        }
      });
      return grad;
    },
  );
}

/** Running maximum or minimum with the position of the latest record. */
export function cumExtreme(a: NdArray, kind: 'max' | 'min', dim: number): ValuesAndIndices {
  const sign = kind === 'max' ? 1 : -1;
  const n = a.rank === 0 ? 1 : (a.shape[wrapDim(dim, a.rank)] as number);
  return selectAlong(a, dim, kind === 'max' ? 'CummaxBackward0' : 'CumminBackward0', n, (d, s, len) => {
    const picks: number[] = [];
    let best = 0;
    for (let i = 0; i < len; i++) {
      const v = d[s + i] as number;
      const b = d[s + best] as number;
      if (v !== v || (b === b && sign * v >= sign * b)) best = i;
      picks.push(best);
    }
    return picks;
  });
}

export interface UniqueResult {
  readonly values: NdArray;
  readonly inverse: NdArray;
  readonly counts: NdArray;
}

/** The values with a place in the graph from which there is no way back. */
function withoutDerivative(a: NdArray, r: UniqueResult, name: string, native: string): UniqueResult {
  record(name, [a], r.values, () => {
    throw new KernelError(`the derivative for '${native}' is not implemented.`, 'NotImplementedError');
  });
  return r;
}

/** Distinct values in ascending order, with each element's place among them and how often each occurs. */
export function unique(a: NdArray): UniqueResult {
  const data = a.dense();
  const order = orderOf(data, 0, a.numel, false);
  const inverse = allocate('int64', a.numel);
  const values: number[] = [];
  const counts: number[] = [];
  for (const i of order) {
    const v = data[i] as number;
    if (values.length === 0 || values.at(-1) !== v) {
      values.push(v);
      counts.push(0);
    }
    counts[counts.length - 1] = (counts.at(-1) as number) + 1;
    inverse[i] = values.length - 1;
  }
  return withoutDerivative(a, listsToUnique(values, [values.length], counts, inverse, a.shape, a.dtype), 'Unique2Backward0', '_unique2');
}

function listsToUnique(
  values: number[],
  shape: number[],
  counts: number[],
  inverse: TypedArray,
  inverseShape: readonly number[],
  dtype: DType,
): UniqueResult {
  const v = allocate(dtype, numelOf(shape));
  v.set(values as never);
  const c = allocate('int64', counts.length);
  c.set(counts as never);
  return {
    values: fromBuffer(v, shape, dtype),
    inverse: fromBuffer(inverse, inverseShape, 'int64'),
    counts: fromBuffer(c, [counts.length], 'int64'),
  };
}

/** Runs of equal neighbours collapsed to one (flattened). */
export function uniqueConsecutive(a: NdArray): UniqueResult {
  const data = a.dense();
  const inverse = allocate('int64', a.numel);
  const values: number[] = [];
  const counts: number[] = [];
  for (let i = 0; i < data.length; i++) {
    const v = data[i] as number;
    if (i === 0 || values.at(-1) !== v) {
      values.push(v);
      counts.push(0);
    }
    counts[counts.length - 1] = (counts.at(-1) as number) + 1;
    inverse[i] = values.length - 1;
  }
  const found = listsToUnique(values, [values.length], counts, inverse, a.shape, a.dtype);
  return withoutDerivative(a, found, 'UniqueConsecutiveBackward0', 'unique_consecutive');
}

/** Distinct slices along a dimension in lexicographic order. */
export function uniqueAlong(a: NdArray, dim: number): UniqueResult {
  const d = wrapDim(dim, a.rank);
  const rest = a.shape.map((_, i) => i).filter((i) => i !== d);
  const r = rowsOf(a, rest);
  const n = a.shape[d] as number;
  const row = (i: number): number[] => Array.from(r.data.subarray(i * r.length, (i + 1) * r.length));
  const rows = Array.from({ length: n }, (_, i) => row(i));
  const compare = (x: readonly number[], y: readonly number[]): number => {
    for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return (x[i] as number) - (y[i] as number);
    return 0;
  };
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => compare(rows[i] as number[], rows[j] as number[]));
  const inverse = allocate('int64', n);
  const kept: number[][] = [];
  const counts: number[] = [];
  for (const i of order) {
    const last = kept.at(-1);
    if (last === undefined || compare(last, rows[i] as number[]) !== 0) {
      kept.push(rows[i] as number[]);
      counts.push(0);
    }
    counts[counts.length - 1] = (counts.at(-1) as number) + 1;
    inverse[i] = kept.length - 1;
  }
  const shape = a.shape.map((s, i) => (i === d ? kept.length : s));
  const values = allocate(a.dtype, numelOf(shape));
  values.set(kept.flat() as never);
  const made = listsToUnique([], [0], counts, inverse, [n], a.dtype);
  const found = { ...made, values: packed(fromRows(values, r, shape, a.dtype)) };
  return withoutDerivative(a, found, 'UniqueDimBackward0', 'unique_dim');
}

/** First position in the sorted last dimension where each value could go (right: past equals). */
export function searchsorted(sorted: NdArray, values: NdArray, right = false, dtype: DType = 'int64'): NdArray {
  const n = sorted.shape.at(-1) as number;
  const s = sorted.dense();
  const v = values.dense();
  const perRow = sorted.rank <= 1 ? v.length : (values.shape.at(-1) as number);
  const out = allocate(dtype, v.length);
  for (let i = 0; i < v.length; i++) {
    const base = sorted.rank <= 1 ? 0 : Math.floor(i / perRow) * n;
    let low = 0;
    let high = n;
    while (low < high) {
      const mid = (low + high) >> 1;
      const x = s[base + mid] as number;
      if (right ? x <= (v[i] as number) : x < (v[i] as number)) low = mid + 1;
      else high = mid;
    }
    out[i] = low;
  }
  return fromBuffer(out, values.shape, dtype);
}

/** How often each of 0 … max occurs, or the sum of its weights. */
export function bincount(a: NdArray, weights?: NdArray, minLength = 0): NdArray {
  const data = a.dense();
  let size = minLength;
  for (const v of data) {
    if (v < 0) throw new KernelError('bincount only supports 1-d non-negative integral inputs.', 'RuntimeError');
    size = Math.max(size, v + 1);
  }
  const dtype: DType = weights === undefined ? 'int64' : weights.dtype === 'float32' ? 'float32' : 'float64';
  const out = allocate(dtype, size);
  const w = weights?.dense();
  for (let i = 0; i < data.length; i++) {
    const k = data[i] as number;
    out[k] = roundTo(dtype, (out[k] as number) + (w === undefined ? 1 : (w[i] as number)));
  }
  return record('NotImplemented', [weights], fromBuffer(out, [size], dtype), () => {
    throw new KernelError('derivative for aten::bincount is not implemented', 'RuntimeError');
  });
}

/** Counts in equal bins between low and high (the data's own range if equal). */
export function histc(a: NdArray, bins = 100, low = 0, high = 0): NdArray {
  if (isComplex(a.dtype)) refuseComplex(a, 'histc');
  const data = a.dense();
  let from = low;
  let to = high;
  if (from === to && data.length > 0) {
    from = Number.POSITIVE_INFINITY;
    to = Number.NEGATIVE_INFINITY;
    for (const v of data) {
      from = Math.min(from, v);
      to = Math.max(to, v);
    }
  }
  if (from === to) {
    from -= 1;
    to += 1;
  }
  const out = allocate(a.dtype, bins);
  for (const v of data) {
    if (!(v >= from && v <= to)) continue;
    const k = Math.min(bins - 1, Math.floor(((v - from) / (to - from)) * bins));
    out[k] = (out[k] as number) + 1;
  }
  return fromBuffer(out, [bins], a.dtype);
}
