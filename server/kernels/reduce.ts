// Owns reductions over dimensions: sums, products, extremes, moments, norms, logical ones. Sums run in double precision.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf } from './array.ts';
import { record } from './autograd.ts';
import { castValues } from './broadcast.ts';
import type { DType, TypedArray } from './dtype.ts';
import { allocate, isComplex, isIntegral, KernelError, roundTo, settle } from './dtype.ts';
import { cast, mapReal, refuseComplex } from './elementwise.ts';
import { wrapDim } from './views.ts';

/** Dimensions to reduce: undefined (or none) means all. */
export type Dims = number | readonly number[] | undefined;

export interface Rows {
  /** Reduced values contiguous per row. */
  readonly data: TypedArray;
  readonly rows: number;
  readonly length: number;
  readonly dims: readonly number[];
  readonly outShape: readonly number[];
  readonly keptShape: readonly number[];
}

export function listDims(dims: Dims, rank: number): number[] {
  if (dims === undefined || (typeof dims !== 'number' && dims.length === 0)) return Array.from({ length: rank }, (_, i) => i);
  const list = (typeof dims === 'number' ? [dims] : dims).map((d) => wrapDim(d, rank));
  return rank === 0 ? [] : list;
}

/** The array with its reduced dimensions packed last, as rows. */
export function rowsOf(a: NdArray, dims: Dims, keepdim = false): Rows {
  const list = listDims(dims, a.rank);
  const rest = a.shape.map((_, i) => i).filter((i) => !list.includes(i));
  const sorted = list.slice().sort((x, y) => x - y);
  const order = [...rest, ...sorted];
  const moved = a.alias(
    order.map((i) => a.shape[i] as number),
    order.map((i) => a.strides[i] as number),
  );
  const length = numelOf(sorted.map((i) => a.shape[i] as number));
  const keptShape = a.shape.map((s, i) => (list.includes(i) ? 1 : s));
  const restShape = rest.map((i) => a.shape[i] as number);
  return { data: moved.dense(), rows: numelOf(restShape), length, dims: list, outShape: keepdim ? keptShape : restShape, keptShape };
}

/** A reduced gradient (or value) seen again in the full shape, without copying. */
export function spread(reduced: NdArray, rows: Rows, shape: readonly number[]): NdArray {
  const kept = reduced.isContiguous ? reduced : fromBuffer(reduced.dense(), reduced.shape, reduced.dtype);
  const own = fromBuffer(kept.dense(), rows.keptShape, kept.dtype);
  return own.alias(
    shape,
    own.strides.map((s, i) => (rows.dims.includes(i) ? 0 : s)),
  );
}

export function reduceWith(r: Rows, dtype: DType, f: (data: TypedArray, start: number, length: number) => number): NdArray {
  const data = allocate(dtype, r.rows);
  for (let i = 0; i < r.rows; i++) data[i] = f(r.data, i * r.length, r.length);
  return fromBuffer(settle(dtype, data), r.outShape, dtype);
}

export function sumRow(data: TypedArray, start: number, length: number): number {
  let s = 0;
  for (let i = start; i < start + length; i++) s += data[i] as number;
  return s;
}

function complexSums(r: Rows, dtype: DType, divisor = 1): NdArray {
  const data = allocate(dtype, r.rows);
  for (let i = 0; i < r.rows; i++) {
    let re = 0;
    let im = 0;
    for (let k = 0; k < r.length; k++) {
      re += r.data[2 * (i * r.length + k)] as number;
      im += r.data[2 * (i * r.length + k) + 1] as number;
    }
    data[2 * i] = re / divisor;
    data[2 * i + 1] = im / divisor;
  }
  return fromBuffer(data, r.outShape, dtype);
}

/** Sum over dims; integers and bool give int64 unless a type is named. */
export function sum(a: NdArray, dims?: Dims, keepdim = false, dtype?: DType): NdArray {
  const type = dtype ?? (isIntegral(a.dtype) ? 'int64' : a.dtype);
  const x = a.dtype === type ? a : cast(a, type);
  const r = rowsOf(x, dims, keepdim);
  const out = isComplex(type) ? complexSums(r, type) : reduceWith(r, type, sumRow);
  return record(dims === undefined ? 'SumBackward0' : 'SumBackward1', [x], out, (g) => [spread(g, r, a.shape)]);
}

export function nansum(a: NdArray, dims?: Dims, keepdim = false): NdArray {
  const clean = isIntegral(a.dtype) ? a : mapReal(a, a.dtype, (x) => (x !== x ? 0 : x));
  const out = sum(clean, dims, keepdim);
  const r = rowsOf(a, dims, keepdim);
  return record('NansumBackward0', [a], out, (g) => {
    const v = spread(g, r, a.shape).dense();
    const xs = a.dense();
    return [fromBuffer(v.map((x, i) => (Number.isNaN(xs[i] as number) ? 0 : x)) as TypedArray, a.shape, g.dtype)];
  });
}

/** Mean: the rounded sum divided by the count. Throws RuntimeError for integers. */
export function mean(a: NdArray, dims?: Dims, keepdim = false, dtype?: DType): NdArray {
  const type = dtype ?? a.dtype;
  if (isIntegral(type)) {
    throw new KernelError(
      `mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: ${type === 'bool' ? 'Bool' : type === 'int64' ? 'Long' : type === 'int32' ? 'Int' : type}`,
      'RuntimeError',
    );
  }
  const x = cast(a, type);
  const r = rowsOf(x, dims, keepdim);
  const out = isComplex(type)
    ? complexSums(r, type, r.length)
    : reduceWith(r, type, (d, s, n) => roundTo(type === 'float64' ? type : 'float32', sumRow(d, s, n)) / n);
  return record(dims === undefined ? 'MeanBackward0' : 'MeanBackward1', [x], out, (g) => [spread(scaled(g, 1 / r.length), r, a.shape)]);
}

function scaled(g: NdArray, k: number): NdArray {
  const data = g.dense().slice();
  for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) * k;
  return fromBuffer(settle(g.dtype, data), g.shape, g.dtype);
}

/** Puts values computed per row (reduced dimensions last) back into the layout of `shape`. */
export function fromRows(values: TypedArray, r: Rows, shape: readonly number[], dtype: DType): NdArray {
  const rest = shape.map((_, i) => i).filter((i) => !r.dims.includes(i));
  const order = [...rest, ...r.dims.slice().sort((x, y) => x - y)];
  const packed = fromBuffer(
    values,
    order.map((i) => shape[i] as number),
    dtype,
  );
  const inverse = new Array<number>(order.length);
  order.forEach((d, i) => {
    inverse[d] = i;
  });
  return packed.alias(
    shape,
    inverse.map((i) => packed.strides[i] as number),
  );
}

/** grad per element from the gradient, output and value, row by row. */
export function rowGradient(
  g: NdArray,
  out: NdArray,
  a: NdArray,
  dims: Dims,
  f: (x: TypedArray, start: number, length: number, y: number, g: number, to: TypedArray) => void,
): NdArray {
  const r = rowsOf(a, dims);
  const values = allocate(a.dtype, a.numel);
  const gs = g.dense();
  const ys = out.dense();
  for (let i = 0; i < r.rows; i++) f(r.data, i * r.length, r.length, ys[i] as number, gs[i] as number, values);
  return fromRows(settle(a.dtype, values), r, a.shape, a.dtype);
}

export function prod(a: NdArray, dims?: Dims, keepdim = false, dtype?: DType): NdArray {
  const type = dtype ?? (isIntegral(a.dtype) ? 'int64' : a.dtype);
  refuseComplex(a, 'prod');
  const x = cast(a, type);
  const r = rowsOf(x, dims, keepdim);
  const out = reduceWith(r, type, (d, s, n) => {
    let p = 1;
    for (let i = s; i < s + n; i++) p *= d[i] as number;
    return p;
  });
  return record(
    dims === undefined ? 'ProdBackward0' : 'ProdBackward1',
    [x],
    out,
    (g) => [
      rowGradient(g, out, x, dims, (d, s, n, _, gi, to) => {
        for (let i = s; i < s + n; i++) {
          let p = gi;
          for (let k = s; k < s + n; k++) if (k !== i) p *= d[k] as number;
          to[i] = p;
        }
      }),
    ],
    [x],
  );
}

export function extreme(d: TypedArray, s: number, n: number, sign: 1 | -1): number {
  let best = d[s] as number;
  for (let i = s + 1; i < s + n; i++) {
    const v = d[i] as number;
    if (v !== v) return v;
    if (sign * v > sign * best) best = v;
  }
  return best;
}

function needsItems(r: Rows, name: string): void {
  if (r.length === 0) {
    throw new KernelError(
      `${name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`,
      'RuntimeError',
    );
  }
}

/** amax/amin and max()/min() of everything: ties share the gradient. */
export function extremeValue(a: NdArray, kind: 'max' | 'min', dims?: Dims, keepdim = false, name?: string): NdArray {
  refuseComplex(a, kind);
  const r = rowsOf(a, dims, keepdim);
  needsItems(r, kind);
  const out = reduceWith(r, a.dtype, (d, s, n) => extreme(d, s, n, kind === 'max' ? 1 : -1));
  return record(
    name ?? (kind === 'max' ? 'AmaxBackward0' : 'AminBackward0'),
    [a],
    out,
    (g) => [
      rowGradient(g, out, a, dims, (d, s, n, y, gi, to) => {
        let ties = 0;
        for (let i = s; i < s + n; i++) if (d[i] === y) ties++;
        for (let i = s; i < s + n; i++) to[i] = d[i] === y ? gi / ties : 0;
      }),
    ],
    [a],
  );
}

export interface ValuesAndIndices {
  readonly values: NdArray;
  readonly indices: NdArray;
}

/** Picks one position per row; the gradient goes to that position only. */
export function pickPerRow(
  a: NdArray,
  dim: number,
  keepdim: boolean,
  name: string,
  choose: (d: TypedArray, start: number, length: number) => number,
): ValuesAndIndices {
  const r = rowsOf(a, a.rank === 0 ? undefined : dim, keepdim);
  const values = allocate(a.dtype, r.rows);
  const indices = allocate('int64', r.rows);
  for (let i = 0; i < r.rows; i++) {
    const at = choose(r.data, i * r.length, r.length);
    indices[i] = at;
    values[i] = r.data[i * r.length + at] as number;
  }
  const out = fromBuffer(values, r.outShape, a.dtype);
  record(name, [a], out, (g) => {
    const grad = allocate(a.dtype, a.numel);
    const gs = g.dense();
    for (let i = 0; i < r.rows; i++) grad[i * r.length + (indices[i] as number)] = gs[i] as number;
    return [fromRows(grad, r, a.shape, a.dtype)];
  });
  return { values: out, indices: fromBuffer(indices, r.outShape, 'int64') };
}

function extremeIndex(d: TypedArray, s: number, n: number, sign: 1 | -1): number {
  let best = 0;
  for (let i = 0; i < n; i++) {
    const v = d[s + i] as number;
    if (v !== v) return i;
    if (sign * v > sign * (d[s + best] as number)) best = i;
  }
  return best;
}

/** max(dim)/min(dim): the first position among equals. */
export function extremeAlong(a: NdArray, kind: 'max' | 'min', dim: number, keepdim = false): ValuesAndIndices {
  refuseComplex(a, kind);
  return pickPerRow(a, dim, keepdim, kind === 'max' ? 'MaxBackward0' : 'MinBackward0', (d, s, n) =>
    extremeIndex(d, s, n, kind === 'max' ? 1 : -1),
  );
}

/** argmax/argmin; without dim, the position in row-major order. */
export function argExtreme(a: NdArray, kind: 'max' | 'min', dim?: number, keepdim = false): NdArray {
  refuseComplex(a, `arg${kind}`);
  const r = rowsOf(a, dim, keepdim);
  if (r.length === 0)
    throw new KernelError(
      `arg${kind}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`,
      'IndexError',
    );
  return reduceWith(r, 'int64', (d, s, n) => extremeIndex(d, s, n, kind === 'max' ? 1 : -1));
}

/** all/any over dims, giving bool (uint8 keeps its type, as in PyTorch). */
export function logicalReduce(a: NdArray, kind: 'all' | 'any', dims?: Dims, keepdim = false): NdArray {
  const r = rowsOf(isComplex(a.dtype) ? castValues(a, 'bool') : a, dims, keepdim);
  const out = reduceWith(r, 'bool', (d, s, n) => {
    for (let i = s; i < s + n; i++) if ((d[i] !== 0) === (kind === 'any')) return kind === 'any' ? 1 : 0;
    return kind === 'any' ? 0 : 1;
  });
  return a.dtype === 'uint8' ? castValues(out, 'uint8') : out;
}

export function countNonzero(a: NdArray, dims?: Dims): NdArray {
  return sum(castValues(castValues(a, 'bool'), 'int64'), dims);
}
