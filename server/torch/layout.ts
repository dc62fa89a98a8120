/**
 * Strides of tensors with symbolic sizes, as views pass them on. Strides count elements; nothing here raises.
 */
import type { Dim } from '../dims/dim.ts';
import { constant, max, mul, same } from '../dims/dim.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf } from '../shapes/shape.ts';
import { contiguousStrides, decideContiguous } from '../shapes/strides.ts';
import type { TensorArg } from './arguments.ts';
import type { TensorOut } from './entry.ts';
import { tensorOut } from './entry.ts';
import type { Layout } from './tensor.ts';

/** One stride for every size, where they are known. */
export function stridesOf(x: TensorArg): readonly Dim[] | undefined {
  const dims = x.dims;
  const { layout } = x.payload;
  if (dims === undefined || layout === 'unknown') return undefined;
  if (layout === 'contiguous') return contiguousStrides(dims);
  return layout.length === dims.length ? layout : undefined;
}

/** The layout that strides give a shape; unknown where either is not known. */
export function layoutFrom(shape: Shape, strides: readonly Dim[] | undefined): Layout {
  const dims = dimsOf(shape);
  if (dims === undefined || strides === undefined) return 'unknown';
  const packed = contiguousStrides(dims);
  return strides.length === packed.length && strides.every((s, i) => same(s, packed[i] as Dim)) ? 'contiguous' : strides;
}

/** Whether a tensor is contiguous, where that is known: sizes of 1 may have any stride. */
export function isContiguous(x: TensorArg): boolean | undefined {
  if (x.payload.layout === 'contiguous') return true;
  const strides = stridesOf(x);
  if (strides === undefined || x.dims === undefined) return undefined;
  const decision = decideContiguous(x.ctx.world, x.dims, strides);
  return decision === 'unknown' ? undefined : decision === 'yes';
}

/** Another look at the storage of `x`: its dtype, bounds and liveness. */
export function viewOut(
  x: TensorArg,
  shape: Shape,
  strides: readonly Dim[] | undefined,
  more?: Omit<TensorOut, 'out' | 'shape' | 'dtype' | 'viewOf' | 'layout'>,
): TensorOut {
  return tensorOut(shape, x.dtype, { layout: layoutFrom(shape, strides), viewOf: x, bounds: x.bounds, ...more });
}

/**
 * The strides of a copy that keeps its source's order of dimensions (`clone`, `*_like`, element-wise operations); undefined
 * where that depends on symbolic sizes.
 */
export function preservedStrides(x: TensorArg): readonly Dim[] | undefined {
  const { dims } = x;
  const strides = stridesOf(x);
  if (dims === undefined || strides === undefined) return undefined;
  if (isContiguous(x) === true) return contiguousStrides(dims);
  const packed = packedOrder(dims, strides) ?? knownOrder(x, dims, strides);
  if (packed === undefined) return undefined;
  const copied: Dim[] = [...strides];
  let next: Dim = constant(1);
  for (const axis of packed) {
    copied[axis] = next;
    next = mul(next, max(dims[axis] as Dim, constant(1)));
  }
  return copied;
}

/** The layout of such a copy. */
export function preservedLayout(x: TensorArg): Layout {
  if (x.payload.layout === 'contiguous') return 'contiguous';
  return layoutFrom(x.shape, preservedStrides(x));
}

/** The axes from the innermost outwards, where together they fill memory without gaps. */
function packedOrder(dims: readonly Dim[], strides: readonly Dim[]): number[] | undefined {
  const order: number[] = [];
  let next: Dim = constant(1);
  while (order.length < dims.length) {
    const axis = strides.findLastIndex((s, i) => !order.includes(i) && same(s, next));
    if (axis < 0) return undefined;
    order.push(axis);
    next = mul(next, max(dims[axis] as Dim, constant(1)));
  }
  return order;
}

/** The axes by their strides, where all are numbers and none is 0. */
function knownOrder(x: TensorArg, dims: readonly Dim[], strides: readonly Dim[]): number[] | undefined {
  const steps = strides.map((s) => x.ctx.known(s) ?? 0);
  if (steps.includes(0)) return undefined;
  return dims.map((_, i) => i).sort((i, j) => (steps[i] as number) - (steps[j] as number) || j - i);
}
