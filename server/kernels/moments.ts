// Owns reductions beyond sums: variance, log-sum-exp, vector norms, quantiles.

import type { NdArray } from './array.ts';
import { fromBuffer } from './array.ts';
import { record, rename } from './autograd.ts';
import { binary } from './binary.ts';
import { complexLogsumexp } from './complex-rows.ts';
import type { TypedArray } from './dtype.ts';
import { allocate, isComplex, isIntegral, KernelError, realType, roundTo, slots } from './dtype.ts';
import { cast, floatingOf } from './elementwise.ts';
import type { Dims } from './reduce.ts';
import { extreme, fromRows, reduceWith, rowGradient, rowsOf, sumRow } from './reduce.ts';
import { unary } from './unary.ts';
import { complexPart } from './views.ts';

function moments(d: TypedArray, s: number, n: number): readonly [number, number] {
  const m = sumRow(d, s, n) / n;
  let q = 0;
  for (let i = s; i < s + n; i++) q += ((d[i] as number) - m) ** 2;
  return [m, q];
}

/** Variance, or its root; `correction` is subtracted from the count (1 is Bessel's). */
export function variance(a: NdArray, dims?: Dims, keepdim = false, correction = 1, root = false): NdArray {
  if (isComplex(a.dtype)) {
    const [re, im] = ([0, 1] as const).map((part) => variance(complexPart(a, part), dims, keepdim, correction)) as [NdArray, NdArray];
    const both = binary('add', re, im);
    return rename(root ? unary('sqrt', both) : both, root ? 'StdBackward0' : 'VarBackward0');
  }
  if (isIntegral(a.dtype))
    throw new KernelError(
      `${root ? 'std' : 'var'} and ${root ? 'std' : 'var'}_mean only support floating point and complex dtypes`,
      'RuntimeError',
    );
  const r = rowsOf(a, dims, keepdim);
  const out = reduceWith(r, a.dtype, (d, s, n) => {
    const v = moments(d, s, n)[1] / Math.max(0, n - correction);
    return root ? Math.sqrt(v) : v;
  });
  return record(
    root ? 'StdBackward0' : 'VarBackward0',
    [a],
    out,
    (g) => [
      rowGradient(g, out, a, dims, (d, s, n, y, gi, to) => {
        const [m] = moments(d, s, n);
        const k = (root ? gi / y : 2 * gi) / (n - correction);
        for (let i = s; i < s + n; i++) to[i] = root && y === 0 ? 0 : ((d[i] as number) - m) * k;
      }),
    ],
    [a],
  );
}

/** log(sum(exp(x))), held stable by the largest value. */
export function logsumexp(a: NdArray, dims: Dims, keepdim = false): NdArray {
  if (isComplex(a.dtype)) return complexLogsumexp(a, dims, keepdim);
  const x = cast(a, floatingOf(a.dtype));
  const r = rowsOf(x, dims, keepdim);
  const out = reduceWith(r, x.dtype, (d, s, n) => {
    if (n === 0) return Number.NEGATIVE_INFINITY;
    const m = extreme(d, s, n, 1);
    const shift = Number.isFinite(m) ? m : 0;
    let total = 0;
    for (let i = s; i < s + n; i++) total += Math.exp((d[i] as number) - shift);
    return Math.log(total) + shift;
  });
  return record('LogsumexpBackward0', [x], out, (g) => [
    rowGradient(g, out, x, dims, (d, s, n, y, gi, to) => {
      for (let i = s; i < s + n; i++) to[i] = gi * Math.exp((d[i] as number) - y);
    }),
  ]);
}

/** Vector norm of order p over dims (p may be 0 or infinite). Complex values count by modulus. */
export function vectorNorm(a: NdArray, p = 2, dims?: Dims, keepdim = false, name = 'LinalgVectorNormBackward0'): NdArray {
  const dtype = realType(a.dtype);
  if (isIntegral(a.dtype))
    throw new KernelError(
      `linalg.vector_norm: Expected a floating point or complex tensor as input. Got ${a.dtype === 'int64' ? 'Long' : a.dtype}`,
      'RuntimeError',
    );
  const w = slots(a.dtype);
  const r = rowsOf(a, dims, keepdim);
  const size = (d: TypedArray, i: number): number =>
    w === 2 ? Math.hypot(d[2 * i] as number, d[2 * i + 1] as number) : Math.abs(d[i] as number);
  const out = reduceWith(r, dtype, (d, s, n) => {
    let acc = p === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : 0;
    for (let i = s; i < s + n; i++) {
      const v = size(d, i);
      if (p === Number.POSITIVE_INFINITY) acc = v !== v ? v : Math.max(acc, v);
      else if (p === Number.NEGATIVE_INFINITY) acc = Math.min(acc, v);
      else acc += p === 0 ? (v !== 0 ? 1 : 0) : p === 1 ? v : p === 2 ? v * v : v ** p;
    }
    if (!Number.isFinite(p) || p === 0 || p === 1) return acc;
    return p === 2 ? Math.sqrt(acc) : acc ** (1 / p);
  });
  return record(
    name,
    [a],
    out,
    (g) => {
      const grad = allocate(a.dtype, a.numel);
      const gs = g.dense();
      const ys = out.dense();
      for (let row = 0; row < r.rows; row++) {
        const y = ys[row] as number;
        let ties = 0;
        if (!Number.isFinite(p))
          for (let i = row * r.length; i < (row + 1) * r.length; i++) if (roundTo(dtype, size(r.data, i)) === y) ties++;
        for (let i = row * r.length; i < (row + 1) * r.length; i++) {
          const v = size(r.data, i);
          let k = 0;
          if (v !== 0 && p !== 0)
            k = !Number.isFinite(p)
              ? roundTo(dtype, v) === y
                ? 1 / ties / v
                : 0
              : y === 0
                ? 0
                : p === 2
                  ? 1 / y
                  : p === 1
                    ? 1 / v
                    : v ** (p - 2) * y ** (1 - p);
          for (let c = 0; c < w; c++) grad[i * w + c] = (gs[row] as number) * k * (r.data[i * w + c] as number);
        }
      }
      return [fromRows(grad, r, a.shape, a.dtype)];
    },
    [a],
  );
}

/** Values between the q-th order statistics by linear interpolation (torch.quantile). */
export function quantile(a: NdArray, q: readonly number[], dim?: number, keepdim = false): NdArray {
  const r = rowsOf(a, dim, keepdim);
  const data = allocate(a.dtype, r.rows * q.length);
  /** For each row its places in ascending order of value; nan last. */
  const orders = Array.from({ length: r.rows }, (_, row) => {
    const at = (i: number): number => r.data[row * r.length + i] as number;
    return Array.from({ length: r.length }, (__, i) => i).sort(
      (i, j) => at(i) - at(j) || Number(at(i) !== at(i)) - Number(at(j) !== at(j)),
    );
  });
  const between = q.map((level) => {
    const at = level * (r.length - 1);
    const low = Math.floor(at);
    return { low, high: Math.min(low + 1, r.length - 1), weight: at - low };
  });
  orders.forEach((order, row) => {
    const value = (rank: number): number => r.data[row * r.length + (order[rank] as number)] as number;
    const last = value(r.length - 1);
    between.forEach(({ low, high, weight }, k) => {
      data[k * r.rows + row] = last !== last ? Number.NaN : value(low) + weight * (value(high) - value(low));
    });
  });
  const out = fromBuffer(data, [q.length, ...r.outShape], a.dtype);
  return record('SqueezeBackward4', [a], out, (g) => {
    const given = g.dense();
    const rows = allocate(a.dtype, a.numel);
    const add = (row: number, place: number, v: number): void => {
      const i = row * r.length + place;
      rows[i] = (rows[i] as number) + v;
    };
    orders.forEach((order, row) =>
      between.forEach(({ low, high, weight }, k) => {
        const v = given[k * r.rows + row] as number;
        add(row, order[low] as number, v * (1 - weight));
        add(row, order[high] as number, v * weight);
      }),
    );
    return [fromRows(rows, r, a.shape, a.dtype)];
  });
}
