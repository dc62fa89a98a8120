// Owns the discrete Fourier transform along one dimension, its forms for real numbers, and their gradients. Sums are formed in
// double precision; a length that is a power of two is halved until nothing is left to halve.

import type { NdArray } from './array.ts';
import { fromBuffer } from './array.ts';
import { record } from './autograd.ts';
import type { DType } from './dtype.ts';
import { allocate, complexType, isComplex, KernelError, realType } from './dtype.ts';
import { cast, floatingOf } from './elementwise.ts';
import { movedim, wrapDim } from './views.ts';

export type FourierName = 'fft' | 'ifft' | 'rfft' | 'irfft';

const HALF_ROOT = Math.sqrt(3) / 2;
const TWELFTHS = [1, HALF_ROOT, 0.5, 0, -0.5, -HALF_ROOT, -1, -HALF_ROOT, -0.5, 0, 0.5, HALF_ROOT] as const;

/** cos and sin of 2 pi m / n, exact where the angle is a multiple of 30 degrees, so that what cancels is 0. */
function turn(m: number, n: number): readonly [number, number] {
  const at = ((m % n) + n) % n;
  if ((12 * at) % n === 0) {
    const k = (12 * at) / n;
    return [TWELFTHS[k] as number, TWELFTHS[(k + 9) % 12] as number];
  }
  const angle = (2 * Math.PI * at) / n;
  return [Math.cos(angle), Math.sin(angle)];
}

/** In place over rows of `n` complex numbers: X[k] = sum of x[j] exp(sign 2 pi i jk / n). */
function transformRow(re: Float64Array, im: Float64Array, n: number, sign: 1 | -1): void {
  if (n <= 1) return;
  if (n % 2 === 0) {
    const half = n / 2;
    const parts = [0, 1].map((odd) => {
      const r = Float64Array.from({ length: half }, (_, i) => re[2 * i + odd] as number);
      const j = Float64Array.from({ length: half }, (_, i) => im[2 * i + odd] as number);
      transformRow(r, j, half, sign);
      return { r, j };
    });
    const [even, odd] = parts as [{ r: Float64Array; j: Float64Array }, { r: Float64Array; j: Float64Array }];
    for (let k = 0; k < half; k++) {
      const [c, s] = turn(sign * k, n);
      const r = c * (odd.r[k] as number) - s * (odd.j[k] as number);
      const j = s * (odd.r[k] as number) + c * (odd.j[k] as number);
      re[k] = (even.r[k] as number) + r;
      im[k] = (even.j[k] as number) + j;
      re[k + half] = (even.r[k] as number) - r;
      im[k + half] = (even.j[k] as number) - j;
    }
    return;
  }
  const [x, y] = [re.slice(0, n), im.slice(0, n)];
  for (let k = 0; k < n; k++) {
    let [r, j] = [x[0] as number, y[0] as number];
    // Opposite places share their cosine, and their sines differ in sign.
    for (let i = 1; 2 * i < n; i++) {
      const [c, s] = turn(sign * i * k, n);
      const [p, q] = [n - i, i];
      r += c * ((x[q] as number) + (x[p] as number)) - s * ((y[q] as number) - (y[p] as number));
      j += s * ((x[q] as number) - (x[p] as number)) + c * ((y[q] as number) + (y[p] as number));
    }
    re[k] = r;
    im[k] = j;
  }
}

interface Rows {
  /** [*rest, size], dense, two numbers an element where complex. */
  readonly array: NdArray;
  readonly rest: readonly number[];
  readonly size: number;
}

function rowsAlong(a: NdArray, dim: number): Rows {
  const array = movedim(a, [dim], [-1]);
  return { array, rest: array.shape.slice(0, -1), size: array.shape.at(-1) as number };
}

/** Each row through `body`, which fills the given buffers from element `from` on and leaves what is kept in them. */
function mapRows(
  a: NdArray,
  dim: number,
  work: number,
  kept: number,
  type: DType,
  body: (read: (i: number, re: Float64Array, im: Float64Array) => void, re: Float64Array, im: Float64Array) => void,
): NdArray {
  const { array, rest, size } = rowsAlong(a, dim);
  const data = array.dense();
  const count = rest.reduce((n, s) => n * s, 1);
  const out = allocate(type, count * kept);
  const [re, im] = [new Float64Array(work), new Float64Array(work)];
  const [complexIn, complexOut] = [isComplex(a.dtype), isComplex(type)];
  for (let row = 0; row < count; row++) {
    re.fill(0);
    im.fill(0);
    body(
      (i, r, j) => {
        if (i >= size) return;
        const at = row * size + i;
        r[i] = (complexIn ? data[2 * at] : data[at]) as number;
        j[i] = complexIn ? (data[2 * at + 1] as number) : 0;
      },
      re,
      im,
    );
    for (let k = 0; k < kept; k++) {
      const at = row * kept + k;
      if (complexOut) {
        out[2 * at] = re[k] as number;
        out[2 * at + 1] = im[k] as number;
      } else out[at] = re[k] as number;
    }
  }
  return movedim(fromBuffer(out, [...rest, kept], type), [-1], [dim]);
}

/** The whole transform of `n` numbers, cut or filled with zeros, times a factor; the first `kept` of them. */
function whole(a: NdArray, dim: number, n: number, kept: number, sign: 1 | -1, factor: number, type: DType): NdArray {
  return mapRows(a, dim, n, kept, type, (read, re, im) => {
    for (let i = 0; i < n; i++) read(i, re, im);
    // Backward from real numbers is the conjugate of forward, down to the sign of its zeros.
    const turned = sign === 1 && !isComplex(a.dtype);
    transformRow(re, im, n, turned ? -1 : sign);
    for (let k = 0; k < kept; k++) {
      re[k] = (re[k] as number) * factor;
      im[k] = (im[k] as number) * (turned ? -factor : factor);
    }
  });
}

/** Real numbers whose spectrum begins with the given one. */
function fromHalf(a: NdArray, dim: number, n: number, factor: number, type: DType): NdArray {
  const half = Math.floor(n / 2) + 1;
  return mapRows(a, dim, n, n, type, (read, re, im) => {
    for (let i = 0; i < half; i++) read(i, re, im);
    im[0] = 0;
    if (n % 2 === 0) im[half - 1] = 0;
    for (let i = half; i < n; i++) {
      re[i] = re[n - i] as number;
      im[i] = -(im[n - i] as number);
    }
    transformRow(re, im, n, 1);
    for (let i = 0; i < n; i++) re[i] = (re[i] as number) * factor;
  });
}

/** A gradient for the first `n` places of a dimension as one for `size` of them. */
function fitted(g: NdArray, dim: number, size: number): NdArray {
  return mapRows(g, dim, Math.max(size, g.shape[dim] as number), size, g.dtype, (read, re, im) => {
    for (let i = 0; i < Math.min(size, g.shape[dim] as number); i++) read(i, re, im);
  });
}

/**
 * torch.fft.fft, ifft, rfft and irfft: `n` is the number of points in time. `norm` says which way is divided by what.
 * Throws KernelError for types that PyTorch transforms and this does not.
 */
export function fourier(name: FourierName, given: NdArray, n: number, dim: number, norm: string): NdArray {
  const a = cast(given, floatingOf(given.dtype));
  const axis = wrapDim(dim, a.rank);
  const inverse = name === 'ifft' || name === 'irfft';
  const factor = norm === 'ortho' ? 1 / Math.sqrt(n) : (norm === 'forward') !== inverse ? 1 / n : 1;
  const size = a.shape[axis] as number;
  const type = complexType(realType(a.dtype));
  const real = realType(a.dtype);
  if (type !== 'complex64' && type !== 'complex128') throw new KernelError('ShapeLint transforms float32 and float64 only');
  const half = Math.floor(n / 2) + 1;
  if (name === 'rfft') {
    const out = whole(a, axis, n, half, -1, factor, type);
    return record('FftR2CBackward0', [a], out, (g) => [fitted(whole(g, axis, n, n, 1, factor, real), axis, size)]);
  }
  if (name === 'irfft') {
    const out = fromHalf(a, axis, n, factor, real);
    return record('FftC2RBackward0', [a], out, (g) => {
      const spectrum = whole(g, axis, n, half, -1, factor, type);
      const doubled = mapRows(spectrum, axis, half, half, type, (read, re, im) => {
        for (let k = 0; k < half; k++) {
          read(k, re, im);
          if (k === 0 || 2 * k === n) continue;
          re[k] = 2 * (re[k] as number);
          im[k] = 2 * (im[k] as number);
        }
      });
      return [fitted(doubled, axis, size)];
    });
  }
  const sign = inverse ? 1 : -1;
  const out = whole(a, axis, n, n, sign, factor, type);
  const back = sign === 1 ? -1 : 1;
  return record(isComplex(a.dtype) ? 'FftC2CBackward0' : 'FftR2CBackward0', [a], out, (g) => [
    fitted(whole(g, axis, n, n, back, factor, a.dtype), axis, size),
  ]);
}
