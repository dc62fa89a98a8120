// Owns the strided array: shape, strides and offset over a shared buffer, plus the handle of its gradient history.
// Knows no operation on values; views with history are in views.ts.

import type { DType, TypedArray } from './dtype.ts';
import { allocate, elementSize, exactInt64, isComplex, KernelError, roundTo, settle, slots } from './dtype.ts';
import type { Edge, GradNode, TensorHook } from './grad-node.ts';

/** A buffer shared by an array and its views; `version` counts in-place writes. */
export interface Storage {
  data: TypedArray;
  version: number;
}

/** How a view came from its base; needed to give it history again after an in-place write. */
export interface ViewOrigin {
  readonly base: NdArray;
  readonly name: string;
}

export type Complex = { readonly re: number; readonly im: number };
export type Nested = number | boolean | Complex | readonly Nested[];

export function numelOf(shape: readonly number[]): number {
  let n = 1;
  for (const s of shape) n *= s;
  return n;
}

/** Row-major strides of a shape, in elements. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= Math.max(1, shape[i] as number);
  }
  return strides;
}

/** Regenerates the history of a view whose base was written in place; set by autograd, which imports this file. */
let renewView: (view: NdArray) => GradNode | undefined = () => undefined;
export function setViewRenewal(renew: (view: NdArray) => GradNode | undefined): void {
  renewView = renew;
}

export class NdArray {
  dtype: DType;
  shape: readonly number[];
  strides: readonly number[];
  offset: number;
  storage: Storage;
  /** A Python number turned 0-d array: takes part in type promotion by its category only. */
  wrapped = false;
  grad: NdArray | undefined;
  outputIndex = 0;
  origin: ViewOrigin | undefined;
  /** The node that adds into `grad`, for a leaf. */
  accumulator: GradNode | undefined;
  hooks: TensorHook[] | undefined;
  retainsGrad = false;
  private wanted = false;
  private ownNode: GradNode | undefined;
  private seenBaseNode: GradNode | undefined;

  constructor(dtype: DType, shape: readonly number[], storage: Storage, strides?: readonly number[], offset = 0) {
    this.dtype = dtype;
    this.shape = shape;
    this.storage = storage;
    this.strides = strides ?? contiguousStrides(shape);
    this.offset = offset;
  }

  get rank(): number {
    return this.shape.length;
  }

  get numel(): number {
    return numelOf(this.shape);
  }

  get itemSize(): number {
    return elementSize(this.dtype);
  }

  /** The node that computed this array (grad_fn), undefined for a leaf. A stale view gets a fresh one. */
  get node(): GradNode | undefined {
    const origin = this.origin;
    if (origin !== undefined && origin.base.node !== this.seenBaseNode) {
      this.seenBaseNode = origin.base.node;
      this.ownNode = renewView(this);
      this.outputIndex = 0;
    }
    return this.ownNode;
  }

  set node(node: GradNode | undefined) {
    this.ownNode = node;
    if (this.origin !== undefined) this.seenBaseNode = this.origin.base.node;
  }

  /** Marks this array as a view of `base`; `node`, set afterwards, is the view's own history. */
  setOrigin(base: NdArray, name: string): void {
    const root = base.origin?.base ?? base;
    this.origin = { base: root, name };
    this.seenBaseNode = root.node;
  }

  get requiresGrad(): boolean {
    return this.wanted || this.node !== undefined;
  }

  set requiresGrad(value: boolean) {
    this.wanted = value;
  }

  get isLeaf(): boolean {
    return this.node === undefined;
  }

  /** Whether elements lie in row-major order without gaps. */
  get isContiguous(): boolean {
    let step = 1;
    for (let i = this.shape.length - 1; i >= 0; i--) {
      const size = this.shape[i] as number;
      if (size === 0) return true;
      if (size !== 1) {
        if (this.strides[i] !== step) return false;
        step *= size;
      }
    }
    return true;
  }

  /** Whether elements fill a run of memory without gaps or overlap, in some order of the dimensions. */
  get isDense(): boolean {
    if (this.isContiguous) return true;
    const order = this.shape.map((_, i) => i).filter((i) => this.shape[i] !== 1);
    order.sort((a, b) => (this.strides[a] as number) - (this.strides[b] as number));
    let step = 1;
    for (const i of order) {
      if (this.strides[i] !== step) return false;
      step *= this.shape[i] as number;
    }
    return true;
  }

  /** The edge of the graph that a gradient for this array follows; undefined where none is wanted. */
  edge(): Edge | undefined {
    const node = this.node;
    if (node !== undefined) return { node, index: this.outputIndex };
    if (!this.wanted) return undefined;
    this.accumulator ??= { name: 'AccumulateGrad', sequence: -1, edges: [], outputs: [this], leaf: this, run: undefined, saved: [] };
    return { node: this.accumulator, index: 0 };
  }

  /** The buffer in row-major order: shared where the array is contiguous, else a packed copy. */
  dense(): TypedArray {
    const width = slots(this.dtype);
    const n = this.numel;
    const data = this.storage.data;
    if (this.isContiguous) {
      const start = this.offset * width;
      if (start === 0 && data.length === n * width) return data;
      return data.subarray(start, start + n * width) as TypedArray;
    }
    const out = allocate(this.dtype, n);
    packStrided(data, this.shape, this.strides, this.offset, width, out);
    return out;
  }

  /** Values in logical (row-major) order; a complex array gives real and imaginary parts interleaved. */
  toFlat(): number[] {
    return Array.from(this.dense());
  }

  /** The only value of a one-element array (the real part for complex types). */
  item(): number {
    if (this.numel !== 1) {
      throw new KernelError(`a Tensor with ${this.numel} elements cannot be converted to Scalar`, 'RuntimeError');
    }
    return this.storage.data[this.offset * slots(this.dtype)] as number;
  }

  complexItem(): Complex {
    const re = this.item();
    return { re, im: isComplex(this.dtype) ? (this.storage.data[this.offset * 2 + 1] as number) : 0 };
  }

  /** Another array over the same buffer, without history. A new shape without strides is taken as row-major. */
  alias(shape: readonly number[] = this.shape, strides?: readonly number[], offset: number = this.offset): NdArray {
    const steps = strides ?? (shape === this.shape ? this.strides : contiguousStrides(shape));
    return new NdArray(this.dtype, shape, this.storage, steps, offset);
  }

  /** Takes over another array's buffer and geometry (`x.data = y`); history and gradient stay. */
  setData(other: NdArray): void {
    this.dtype = other.dtype;
    this.shape = other.shape;
    this.strides = other.strides;
    this.offset = other.offset;
    this.storage = other.storage;
  }

  /** `torch.FloatTensor` and the like: Tensor.type(). */
  get shapeText(): string {
    return `[${this.shape.join(', ')}]`;
  }
}

/** Copies a strided region into `out` in row-major order. `width` is 2 for complex types. */
export function packStrided(
  data: TypedArray,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  width: number,
  out: TypedArray,
): void {
  const rank = shape.length;
  const n = numelOf(shape);
  if (n === 0) return;
  if (rank === 0) {
    for (let k = 0; k < width; k++) out[k] = data[offset * width + k] as number;
    return;
  }
  const inner = shape[rank - 1] as number;
  const step = (strides[rank - 1] as number) * width;
  const index = new Array<number>(rank).fill(0);
  let at = offset * width;
  let to = 0;
  for (;;) {
    if (width === 1) for (let i = 0, p = at; i < inner; i++, p += step) out[to++] = data[p] as number;
    else
      for (let i = 0, p = at; i < inner; i++, p += step) {
        out[to++] = data[p] as number;
        out[to++] = data[p + 1] as number;
      }
    let axis = rank - 2;
    for (; axis >= 0; axis--) {
      const next = (index[axis] as number) + 1;
      at += (strides[axis] as number) * width;
      if (next < (shape[axis] as number)) {
        index[axis] = next;
        break;
      }
      at -= (strides[axis] as number) * (shape[axis] as number) * width;
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/** Copies row-major values into a strided region: the inverse of packStrided. */
export function unpackStrided(values: TypedArray, target: NdArray): void {
  const width = slots(target.dtype);
  const data = target.storage.data;
  if (target.numel === 0) return;
  if (target.isContiguous) {
    data.set(values as never, target.offset * width);
    return;
  }
  const { shape, strides } = target;
  const rank = shape.length;
  const index = new Array<number>(rank).fill(0);
  const n = numelOf(shape);
  let at = target.offset;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < width; k++) data[at * width + k] = values[i * width + k] as number;
    for (let axis = rank - 1; axis >= 0; axis--) {
      at += strides[axis] as number;
      const next = (index[axis] as number) + 1;
      if (next < (shape[axis] as number)) {
        index[axis] = next;
        break;
      }
      at -= (strides[axis] as number) * (shape[axis] as number);
      index[axis] = 0;
    }
  }
}

/** An array over a fresh buffer already in row-major order (values are taken as they are). */
export function fromBuffer(data: TypedArray, shape: readonly number[], dtype: DType): NdArray {
  return new NdArray(dtype, shape, { data, version: 0 });
}

export function zeros(shape: readonly number[], dtype: DType = 'float32'): NdArray {
  return fromBuffer(allocate(dtype, numelOf(shape)), shape, dtype);
}

/** A zeroed array laid out in memory as `like` is, where that is dense (torch.empty_like with preserve_format). */
export function emptyLike(like: NdArray, dtype: DType = like.dtype): NdArray {
  const data = allocate(dtype, like.numel);
  const keeps = like.isDense && !like.isContiguous;
  return new NdArray(dtype, like.shape, { data, version: 0 }, keeps ? like.strides : undefined);
}

export function full(shape: readonly number[], value: number | Complex, dtype: DType): NdArray {
  const out = zeros(shape, dtype);
  const data = out.storage.data;
  const re = typeof value === 'number' ? value : value.re;
  if (isComplex(dtype)) {
    const im = typeof value === 'number' ? 0 : value.im;
    for (let i = 0; i < data.length; i += 2) {
      data[i] = re;
      data[i + 1] = im;
    }
  } else data.fill(roundTo(dtype, re));
  return out;
}

/** Row-major values of `dtype` (complex: interleaved). Values are rounded to the type. */
export function fromFlat(values: ArrayLike<number>, shape: readonly number[], dtype: DType = 'float32'): NdArray {
  const data = allocate(dtype, numelOf(shape));
  if (values.length !== data.length) throw new KernelError(`${values.length} values do not fill ${data.length} places`);
  if (dtype === 'bool') for (let i = 0; i < data.length; i++) data[i] = values[i] ? 1 : 0;
  else for (let i = 0; i < data.length; i++) data[i] = values[i] as number;
  return fromBuffer(settle(dtype, data), shape, dtype);
}

export type ScalarKind = 'bool' | 'int' | 'float' | 'complex';

/** A Python number as an operand: keeps its double value, weighs in promotion by its kind only. */
export function wrapScalar(value: number | boolean | Complex, kind: ScalarKind): NdArray {
  const types = { bool: 'bool', int: 'int64', float: 'float64', complex: 'complex128' } as const;
  const dtype = types[kind];
  const re = typeof value === 'object' ? value.re : Number(value);
  const data = allocate(dtype, 1);
  data[0] = kind === 'int' ? exactInt64(re) : re;
  if (kind === 'complex') data[1] = typeof value === 'object' ? value.im : 0;
  const out = fromBuffer(data, [], dtype);
  out.wrapped = true;
  return out;
}
