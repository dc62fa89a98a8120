// Owns tensor functions of the gamma family with a number besides: polygamma and the multivariate gamma function; and two of
// scaling: mantissa with exponent, and slices brought to a norm.

import type { NdArray } from './array.ts';
import { fromBuffer } from './array.ts';
import { record } from './autograd.ts';
import { allocate } from './dtype.ts';
import { applyReal, cast, floatingOf } from './elementwise.ts';
import { fromRows, rowsOf } from './reduce.ts';
import { digamma, lgamma, polygamma } from './special.ts';
import { contiguous } from './views.ts';

/** The n-th derivative of digamma. */
export function polygammaOf(a: NdArray, n: number): NdArray {
  return applyReal(
    a,
    'PolygammaBackward0',
    (x) => polygamma(n, x),
    (x) => polygamma(n + 1, x),
  );
}

/** Logarithm of the multivariate gamma function of dimension p. */
export function mvlgamma(a: NdArray, p: number): NdArray {
  const over =
    (f: (x: number) => number) =>
    (x: number): number => {
      let sum = 0;
      for (let i = 0; i < p; i++) sum += f(x - i / 2);
      return sum;
    };
  const base = (p * (p - 1) * Math.log(Math.PI)) / 4;
  const sum = over(lgamma);
  return applyReal(a, 'MvlgammaBackward0', (x) => base + sum(x), over(digamma));
}

/** Mantissas in [0.5, 1) and exponents of 2, as int32. */
export function frexp(a: NdArray): readonly [NdArray, NdArray] {
  const src = a.dense();
  const mantissas = allocate(a.dtype, a.numel);
  const exponents = allocate('int32', a.numel);
  for (let i = 0; i < src.length; i++) {
    const x = src[i] as number;
    let e = x === 0 || !Number.isFinite(x) ? 0 : Math.floor(Math.log2(Math.abs(x))) + 1;
    let m = x / 2 ** e;
    if (Math.abs(m) >= 1 && Number.isFinite(m)) {
      m /= 2;
      e++;
    } else if (m !== 0 && Math.abs(m) < 0.5) {
      m *= 2;
      e--;
    }
    mantissas[i] = m;
    exponents[i] = e;
  }
  const mantissa = fromBuffer(mantissas, a.shape, a.dtype);
  const out = record('FrexpBackward0', [a], mantissa, (g) => {
    const gs = g.dense();
    const grad = allocate(a.dtype, a.numel);
    for (let i = 0; i < grad.length; i++) grad[i] = (gs[i] as number) / 2 ** (exponents[i] as number);
    return [fromBuffer(grad, a.shape, a.dtype)];
  });
  return [out, fromBuffer(exponents, a.shape, 'int32')];
}

/** torch.renorm: slices along `dim` whose p-norm is above `most` are scaled down to it. */
export function renorm(given: NdArray, p: number, dim: number, most: number): NdArray {
  const a = cast(given, floatingOf(given.dtype));
  const rest = a.shape.map((_, i) => i).filter((i) => i !== (dim + a.rank) % a.rank);
  const r = rowsOf(a, rest);
  const norms = new Float64Array(r.rows);
  for (let i = 0; i < r.rows; i++) {
    let sum = 0;
    for (let k = 0; k < r.length; k++) sum += Math.abs(r.data[i * r.length + k] as number) ** p;
    norms[i] = sum ** (1 / p);
  }
  const factor = (i: number): number => ((norms[i] as number) > most ? most / ((norms[i] as number) + 1e-7) : 1);
  const values = allocate(a.dtype, a.numel);
  for (let i = 0; i < r.rows; i++)
    for (let k = 0; k < r.length; k++) values[i * r.length + k] = (r.data[i * r.length + k] as number) * factor(i);
  return record('RenormBackward0', [a], contiguous(fromRows(values, r, a.shape, a.dtype)), (g) => {
    const gs = rowsOf(g, rest);
    const grad = allocate(a.dtype, a.numel);
    for (let i = 0; i < r.rows; i++) {
      const norm = norms[i] as number;
      let along = 0;
      for (let k = 0; k < r.length; k++) along += (gs.data[i * r.length + k] as number) * (r.data[i * r.length + k] as number);
      for (let k = 0; k < r.length; k++) {
        const at = i * r.length + k;
        const x = r.data[at] as number;
        const slope = norm > most ? (most / (norm + 1e-7) ** 2) * along * Math.sign(x) * Math.abs(x) ** (p - 1) * norm ** (1 - p) : 0;
        grad[at] = (gs.data[at] as number) * factor(i) - slope;
      }
    }
    return [fromRows(grad, r, a.shape, a.dtype)];
  });
}
