// Owns reading the bits of an array's elements as another type (Tensor.view(dtype)). Makes a copy: storages here hold one type.

import type { NdArray } from './array.ts';
import { fromBuffer } from './array.ts';
import type { DType } from './dtype.ts';
import { allocate, elementSize, KernelError, roundBfloat16, roundFloat16 } from './dtype.ts';

function write(view: DataView, at: number, dtype: DType, x: number): void {
  switch (dtype) {
    case 'float32':
    case 'complex64':
      view.setFloat32(at, x, true);
      return;
    case 'float64':
    case 'complex128':
      view.setFloat64(at, x, true);
      return;
    case 'int64':
      view.setBigInt64(at, BigInt(x), true);
      return;
    case 'int32':
      view.setInt32(at, x, true);
      return;
    case 'int16':
      view.setInt16(at, x, true);
      return;
    case 'int8':
    case 'uint8':
    case 'bool':
      view.setUint8(at, x & 255);
      return;
    case 'bfloat16': {
      const word = new DataView(new ArrayBuffer(4));
      word.setFloat32(0, roundBfloat16(x));
      view.setUint16(at, word.getUint16(0), true);
      return;
    }
    case 'float16':
      view.setUint16(at, halfBits(roundFloat16(x)), true);
      return;
  }
}

function read(view: DataView, at: number, dtype: DType): number {
  switch (dtype) {
    case 'float32':
    case 'complex64':
      return view.getFloat32(at, true);
    case 'float64':
    case 'complex128':
      return view.getFloat64(at, true);
    case 'int64': {
      const n = Number(view.getBigInt64(at, true));
      if (!Number.isSafeInteger(n)) throw new KernelError('ShapeLint cannot hold this int64 exactly');
      return n;
    }
    case 'int32':
      return view.getInt32(at, true);
    case 'int16':
      return view.getInt16(at, true);
    case 'int8':
      return view.getInt8(at);
    case 'uint8':
    case 'bool':
      return view.getUint8(at);
    case 'bfloat16': {
      const word = new DataView(new ArrayBuffer(4));
      word.setUint16(0, view.getUint16(at, true));
      return word.getFloat32(0);
    }
    case 'float16':
      return halfValue(view.getUint16(at, true));
  }
}

function halfBits(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(x);
  if (Number.isNaN(x)) return 0x7e00;
  if (magnitude === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | (magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  return sign | ((exponent + 15) << 10) | ((magnitude / 2 ** exponent - 1) * 1024);
}

function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** `[*, n] -> [*, n * size(from) / size(to)]`, the same bytes. */
export function reinterpret(a: NdArray, dtype: DType): NdArray {
  const from = elementSize(a.dtype);
  const to = elementSize(dtype);
  const shape = a.shape.slice();
  if (shape.length > 0) shape[shape.length - 1] = ((shape.at(-1) as number) * from) / to;
  const values = a.dense();
  const half = from / (values.length / Math.max(a.numel, 1) || 1);
  const bytes = new DataView(new ArrayBuffer(a.numel * from));
  for (let i = 0; i < values.length; i++) write(bytes, i * half, a.dtype, values[i] as number);
  const count = (a.numel * from) / to;
  const out = allocate(dtype, count);
  const step = count === 0 ? 1 : (count * to) / out.length;
  for (let i = 0; i < out.length; i++) out[i] = read(bytes, i * step, dtype);
  return fromBuffer(out, shape, dtype);
}
