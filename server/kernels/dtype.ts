// Owns the element types of arrays: how each is stored, rounded and promoted. Knows nothing of arrays or Python.

export type DType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint8'
  | 'bool'
  | 'complex64'
  | 'complex128';

export type TypedArray = Float32Array | Float64Array | Int32Array | Int16Array | Int8Array | Uint8Array;

/** The exception class Python would see; undefined means a limit of this engine, not an error of the program. */
export type RaisedType = 'RuntimeError' | 'IndexError' | 'ValueError' | 'TypeError' | 'NotImplementedError' | 'OverflowError';

/** A failure inside a kernel. `raises` names PyTorch's exception class, or is undefined for a limit of this engine. */
export class KernelError extends Error {
  readonly raises: RaisedType | undefined;
  constructor(message: string, raises?: RaisedType) {
    super(message);
    this.name = 'KernelError';
    this.raises = raises;
  }
}

const RANK: Record<DType, number> = {
  bool: 0,
  uint8: 1,
  int8: 1,
  int16: 1,
  int32: 1,
  int64: 1,
  float16: 2,
  bfloat16: 2,
  float32: 2,
  float64: 2,
  complex64: 3,
  complex128: 3,
};

/** Category of a type: 0 bool, 1 integer, 2 floating, 3 complex (PyTorch's order of promotion). */
export function category(dtype: DType): number {
  return RANK[dtype];
}

export function isFloating(dtype: DType): boolean {
  return RANK[dtype] === 2;
}

export function isComplex(dtype: DType): boolean {
  return RANK[dtype] === 3;
}

export function isIntegral(dtype: DType): boolean {
  return RANK[dtype] <= 1;
}

/** The real type of one part of a complex type; other types are their own. */
export function realType(dtype: DType): DType {
  return dtype === 'complex64' ? 'float32' : dtype === 'complex128' ? 'float64' : dtype;
}

export function complexType(dtype: DType): DType {
  return dtype === 'float64' || dtype === 'complex128' ? 'complex128' : 'complex64';
}

const INTS: readonly DType[] = ['int8', 'int16', 'int32', 'int64'];

/** The common type of two types, as torch.promote_types. */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a;
  const ra = RANK[a];
  const rb = RANK[b];
  if (ra === 3 || rb === 3) {
    const wide = [a, b].some((t) => t === 'complex128' || t === 'float64');
    return wide ? 'complex128' : 'complex64';
  }
  if (ra !== rb) return ra > rb ? a : b;
  if (ra === 2) return a === 'float64' || b === 'float64' ? 'float64' : 'float32';
  if (a === 'uint8' || b === 'uint8') {
    const other = a === 'uint8' ? b : a;
    return other === 'int8' ? 'int16' : other;
  }
  return INTS[Math.max(INTS.indexOf(a), INTS.indexOf(b))] ?? 'int64';
}

let defaultType: DType = 'float32';

/** The type of Python floats and of torch.zeros without dtype. */
export function defaultDtype(): DType {
  return defaultType;
}

export function setDefaultDtype(dtype: DType): void {
  defaultType = dtype;
}

/** Bytes of one element as PyTorch stores it. */
export function elementSize(dtype: DType): number {
  switch (dtype) {
    case 'complex128':
      return 16;
    case 'float64':
    case 'int64':
    case 'complex64':
      return 8;
    case 'float32':
    case 'int32':
      return 4;
    case 'float16':
    case 'bfloat16':
    case 'int16':
      return 2;
    case 'int8':
    case 'uint8':
    case 'bool':
      return 1;
  }
}

/** Stored slots per element: two for complex types (real and imaginary part side by side), else one. */
export function slots(dtype: DType): 1 | 2 {
  return dtype === 'complex64' || dtype === 'complex128' ? 2 : 1;
}

/** The most bytes for one array here, and those that no machine gives PyTorch either. */
const MAX_BYTES = 2 ** 31;
const NOWHERE_BYTES = 2 ** 41;

/** Throws KernelError where an array of these sizes is larger than any that `allocate` gives. */
export function requireMemory(dtype: DType, sizes: readonly number[]): void {
  const count = sizes.reduce((n, s) => n * s, 1);
  if (count * elementSize(dtype) > MAX_BYTES) refuse(dtype, count, sizes);
}

function refuse(dtype: DType, count: number, sizes: readonly number[] = [count]): never {
  const bytes = sizes.reduce((n, s) => n * BigInt(s), BigInt(elementSize(dtype)));
  if (bytes >= 2n ** 63n) throw new KernelError(`Storage size calculation overflowed with sizes=[${sizes.join(', ')}]`, 'RuntimeError');
  if (bytes >= NOWHERE_BYTES) {
    throw new KernelError(
      `[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate ${bytes} bytes. Error code 12 (Cannot allocate memory)`,
      'RuntimeError',
    );
  }
  throw new KernelError(`ShapeLint has no memory for a tensor of ${count} elements of ${dtype} (${bytes} bytes; 2 GiB is the most)`);
}

/**
 * A zeroed buffer for `count` elements. Past 2 GiB, or where the host has no memory left, throws KernelError: PyTorch's
 * own where no machine has so much.
 */
export function allocate(dtype: DType, count: number): TypedArray {
  if (count * elementSize(dtype) > MAX_BYTES) refuse(dtype, count);
  try {
    return buffer(dtype, count * slots(dtype));
  } catch (error) {
    if (error instanceof RangeError) refuse(dtype, count);
    throw error;
  }
}

function buffer(dtype: DType, n: number): TypedArray {
  switch (dtype) {
    case 'float32':
    case 'float16':
    case 'bfloat16':
    case 'complex64':
      return new Float32Array(n);
    case 'float64':
    case 'int64':
    case 'complex128':
      return new Float64Array(n);
    case 'int32':
      return new Int32Array(n);
    case 'int16':
      return new Int16Array(n);
    case 'int8':
      return new Int8Array(n);
    case 'uint8':
    case 'bool':
      return new Uint8Array(n);
  }
}

const floatView = new Float32Array(1);
const bitsView = new Int32Array(floatView.buffer);

/** Nearest bfloat16 (ties to even) of a number, as a double. */
export function roundBfloat16(x: number): number {
  if (Number.isNaN(x)) return x;
  floatView[0] = x;
  const bits = bitsView[0] as number;
  bitsView[0] = (bits + (0x7fff + ((bits >>> 16) & 1))) & 0xffff0000;
  return floatView[0] as number;
}

/** Nearest float16 (ties to even) of a float32 value, as a double. */
export function roundFloat16(value: number): number {
  const x = Math.fround(value);
  if (!Number.isFinite(x) || x === 0) return x;
  const magnitude = Math.abs(x);
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)));
  let step = 2 ** (exponent - 10);
  if (magnitude >= 2 ** (exponent + 1)) step *= 2;
  const scaled = magnitude / step;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  const result = rounded * step;
  const limited = result > 65504 ? Number.POSITIVE_INFINITY : result;
  return x < 0 ? -limited : limited;
}

/** Rounds a computed buffer to its type where the store does not do so itself, and checks that int64 stays exact. */
export function settle(dtype: DType, data: TypedArray): TypedArray {
  if (dtype === 'float16') for (let i = 0; i < data.length; i++) data[i] = roundFloat16(data[i] as number);
  else if (dtype === 'bfloat16') for (let i = 0; i < data.length; i++) data[i] = roundBfloat16(data[i] as number);
  else if (dtype === 'bool') for (let i = 0; i < data.length; i++) data[i] = data[i] === 0 ? 0 : 1;
  else if (dtype === 'int64') for (let i = 0; i < data.length; i++) data[i] = exactInt64(data[i] as number);
  return data;
}

/** The int64 value of a double, truncated toward zero. Throws KernelError where a double cannot hold it exactly. */
export function exactInt64(x: number): number {
  const t = Math.trunc(x) + 0;
  if (t >= -9007199254740992 && t <= 9007199254740992) return t;
  if (t === -9223372036854775808) return t;
  // What the conversion of a value without integer counterpart gives on common processors.
  if (!Number.isFinite(t)) return -9223372036854775808;
  throw new KernelError('ShapeLint cannot hold this int64 exactly');
}

/** One value as the type stores it (real types only). */
export function roundTo(dtype: DType, x: number): number {
  switch (dtype) {
    case 'float64':
    case 'complex128':
      return x;
    case 'float32':
    case 'complex64':
      return Math.fround(x);
    case 'float16':
      return roundFloat16(x);
    case 'bfloat16':
      return roundBfloat16(x);
    case 'int64':
      return exactInt64(x);
    case 'int32':
      return x | 0;
    case 'int16':
      return (x << 16) >> 16;
    case 'int8':
      return (x << 24) >> 24;
    case 'uint8':
      return x & 255;
    case 'bool':
      return x !== 0 ? 1 : 0;
  }
}

/** 'Float', 'Long' …: the name PyTorch's C++ messages use. */
export function scalarTypeName(dtype: DType): string {
  const names: Record<DType, string> = {
    float32: 'Float',
    float64: 'Double',
    float16: 'Half',
    bfloat16: 'BFloat16',
    int64: 'Long',
    int32: 'Int',
    int16: 'Short',
    int8: 'Char',
    uint8: 'Byte',
    bool: 'Bool',
    complex64: 'ComplexFloat',
    complex128: 'ComplexDouble',
  };
  return names[dtype];
}
