// Owns element functions of three arrays and the bounded ones: where, clamp, lerp, addcmul, addcdiv, scaled addition.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf } from './array.ts';
import { record } from './autograd.ts';
import { binary } from './binary.ts';
import { broadcastDense, broadcastShapes, castValues } from './broadcast.ts';
import { cMul } from './complex-number.ts';
import type { DType } from './dtype.ts';
import { allocate, isComplex, isIntegral, KernelError, roundTo, settle, slots } from './dtype.ts';
import { applyReal, mapReal, resultType } from './elementwise.ts';
import { laidOut } from './layout.ts';

function shapeOf(...arrays: readonly NdArray[]): number[] {
  return arrays.reduce<number[]>((s, a) => broadcastShapes(s, a.shape), []);
}

/** torch.where(condition, a, b): a where the condition is not 0, else b. */
export function where(condition: NdArray, a: NdArray, b: NdArray): NdArray {
  const dtype = resultType([a, b]);
  const shape = shapeOf(condition, a, b);
  const c = broadcastDense(condition, shape);
  const pick = (x: ArrayLike<number> | undefined, y: ArrayLike<number> | undefined, type: DType): NdArray => {
    const w = slots(type);
    const data = allocate(type, numelOf(shape));
    for (let i = 0; i < data.length; i++) data[i] = (c[w === 2 ? i >> 1 : i] !== 0 ? x?.[i] : y?.[i]) ?? 0;
    return laidOut(data, shape, type, [condition, a, b]);
  };
  const out = pick(broadcastDense(castValues(a, dtype), shape), broadcastDense(castValues(b, dtype), shape), dtype);
  return record('WhereBackward0', [a, b], out, (g) => {
    const values = g.dense();
    return [a.requiresGrad ? pick(values, undefined, g.dtype) : undefined, b.requiresGrad ? pick(undefined, values, g.dtype) : undefined];
  });
}

/** Values held between Python-number bounds; undefined means no bound. */
export function clamp(
  a: NdArray,
  low: number | undefined,
  high: number | undefined,
  name = 'ClampBackward1',
  dtype: DType = a.dtype,
): NdArray {
  if (low === undefined && high === undefined)
    throw new KernelError("torch.clamp: At least one of 'min' or 'max' must not be None", 'RuntimeError');
  const lo =
    low === undefined ? Number.NEGATIVE_INFINITY : Number.isFinite(low) ? roundTo(isIntegral(dtype) ? 'float64' : dtype, low) : low;
  const hi =
    high === undefined ? Number.POSITIVE_INFINITY : Number.isFinite(high) ? roundTo(isIntegral(dtype) ? 'float64' : dtype, high) : high;
  const f = (x: number): number => (x !== x ? x : Math.min(hi, Math.max(lo, x)));
  if (isIntegral(dtype)) return mapReal(a, dtype, f);
  return applyReal(a.dtype === dtype ? a : castValues(a, dtype), name, f, (x) => (x >= lo && x <= hi ? 1 : 0));
}

/** clamp with array bounds. */
export function clampArrays(a: NdArray, low: NdArray | undefined, high: NdArray | undefined): NdArray {
  let out = a;
  if (low !== undefined) out = binary('maximum', out, low, { name: 'ClampBackward0' });
  if (high !== undefined) out = binary('minimum', out, high, { name: 'ClampBackward0' });
  return out;
}

/** a + alpha*b, rounded once (the alpha of torch.add; torch.sub with negative alpha). */
export function addScaled(
  a: NdArray,
  b: NdArray,
  alpha: number,
  name: 'AddBackward0' | 'SubBackward0' | 'RsubBackward0' = 'AddBackward0',
): NdArray {
  const dtype = resultType([a, b]);
  if (alpha === 1 && name === 'AddBackward0') return binary('add', a, b);
  const shape = shapeOf(a, b);
  const x = broadcastDense(castValues(a, dtype), shape);
  const y = broadcastDense(castValues(b, dtype), shape);
  const k = isIntegral(dtype) ? alpha : roundTo(dtype, alpha);
  const data = allocate(dtype, numelOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = (x[i] as number) + k * (y[i] as number);
  const out = laidOut(settle(dtype, data), shape, dtype, [a, b]);
  return record(name, [a, b], out, (g) => [g, isComplex(g.dtype) ? scaleComplex(g, k) : mapReal(g, g.dtype, (v) => v * k)]);
}

function scaleComplex(g: NdArray, k: number): NdArray {
  const data = g.dense().slice();
  for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) * k;
  return fromBuffer(data, g.shape, g.dtype);
}

/** A gradient of the result's shape times what `factor` says of each of its elements. */
function times(g: NdArray, factor: (i: number) => number): NdArray {
  const v = g.dense();
  const grad = allocate(g.dtype, v.length);
  for (let i = 0; i < v.length; i++) grad[i] = (v[i] as number) * factor(i);
  return fromBuffer(grad, g.shape, g.dtype);
}

/** start + weight*(end - start); the form PyTorch uses switches at weight 0.5 to stay exact at both ends. */
export function lerp(start: NdArray, end: NdArray, weight: NdArray): NdArray {
  const dtype = resultType([start, end]);
  const shape = shapeOf(start, end, weight);
  const s = broadcastDense(castValues(start, dtype), shape);
  const e = broadcastDense(castValues(end, dtype), shape);
  const w = broadcastDense(castValues(weight, dtype), shape);
  const data = allocate(dtype, numelOf(shape));
  for (let i = 0; i < data.length; i++) {
    const diff = roundTo(dtype, (e[i] as number) - (s[i] as number));
    const t = w[i] as number;
    data[i] = Math.abs(t) < 0.5 ? (s[i] as number) + t * diff : (e[i] as number) - diff * (1 - t);
  }
  const out = laidOut(settle(dtype, data), shape, dtype, [start, end, weight]);
  return record(weight.wrapped ? 'LerpBackward0' : 'LerpBackward1', [start, end, weight], out, (g) => [
    start.requiresGrad ? times(g, (i) => 1 - (w[i] as number)) : undefined,
    end.requiresGrad ? times(g, (i) => w[i] as number) : undefined,
    weight.requiresGrad ? times(g, (i) => (e[i] as number) - (s[i] as number)) : undefined,
  ]);
}

function addCombined(a: NdArray, x: NdArray, y: NdArray, value: number, divide: boolean): NdArray {
  const dtype = resultType([a, x, y]);
  if (isComplex(dtype)) throw new KernelError('ShapeLint does not compute addcmul and addcdiv of complex tensors');
  const shape = shapeOf(a, x, y);
  const base = broadcastDense(castValues(a, dtype), shape);
  const p = broadcastDense(castValues(x, dtype), shape);
  const q = broadcastDense(castValues(y, dtype), shape);
  const k = isIntegral(dtype) ? value : roundTo(dtype, value);
  const data = allocate(dtype, numelOf(shape));
  for (let i = 0; i < data.length; i++) {
    const scaled = roundTo(dtype, k * (p[i] as number));
    data[i] = (base[i] as number) + (divide ? scaled / (q[i] as number) : scaled * (q[i] as number));
  }
  const out = laidOut(settle(dtype, data), shape, dtype, [a, x, y]);
  return record(divide ? 'AddcdivBackward0' : 'AddcmulBackward0', [a, x, y], out, (g) => [
    g,
    x.requiresGrad ? times(g, (i) => (divide ? k / (q[i] as number) : k * (q[i] as number))) : undefined,
    y.requiresGrad ? times(g, (i) => (divide ? (-k * (p[i] as number)) / (q[i] as number) ** 2 : k * (p[i] as number))) : undefined,
  ]);
}

/** a + value * x * y. */
export function addcmul(a: NdArray, x: NdArray, y: NdArray, value = 1): NdArray {
  return addCombined(a, x, y, value, false);
}

/** a + value * x / y. */
export function addcdiv(a: NdArray, x: NdArray, y: NdArray, value = 1): NdArray {
  return addCombined(a, x, y, value, true);
}

/** r * exp(i*angle) (torch.polar). */
export function polar(radius: NdArray, angle: NdArray): NdArray {
  const dtype = radius.dtype === 'float64' ? 'complex128' : 'complex64';
  const shape = shapeOf(radius, angle);
  const r = broadcastDense(radius, shape);
  const t = broadcastDense(angle, shape);
  const data = allocate(dtype, numelOf(shape));
  for (let i = 0; i < r.length; i++) {
    const [re, im] = cMul([r[i] as number, 0], [Math.cos(t[i] as number), Math.sin(t[i] as number)]);
    data[2 * i] = re;
    data[2 * i + 1] = im;
  }
  return record('PolarBackward0', [radius, angle], fromBuffer(data, shape, dtype), (g) => {
    const v = g.dense();
    const dr = allocate(radius.dtype, r.length);
    const dt = allocate(angle.dtype, r.length);
    for (let i = 0; i < r.length; i++) {
      const c = Math.cos(t[i] as number);
      const s = Math.sin(t[i] as number);
      dr[i] = (v[2 * i] as number) * c + (v[2 * i + 1] as number) * s;
      dt[i] = (r[i] as number) * ((v[2 * i + 1] as number) * c - (v[2 * i] as number) * s);
    }
    return [fromBuffer(dr, shape, radius.dtype), fromBuffer(dt, shape, angle.dtype)];
  });
}
