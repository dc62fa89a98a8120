// Owns writing into existing arrays: which writes autograd forbids, version counters, and the rewritten history.
// An in-place operation is its out-of-place form followed by one write.

import type { NdArray } from './array.ts';
import { unpackStrided, zeros } from './array.ts';
import { isGradEnabled, makeNode } from './autograd.ts';
import { broadcastDense, castValues, sameShape } from './broadcast.ts';
import { category, KernelError, scalarTypeName } from './dtype.ts';
import { copyOf } from './views.ts';

function refuseLeaf(target: NdArray): void {
  if (!isGradEnabled()) return;
  if (target.origin !== undefined) {
    const base = target.origin.base;
    if (base.requiresGrad && base.isLeaf) {
      throw new KernelError('a view of a leaf Variable that requires grad is being used in an in-place operation.', 'RuntimeError');
    }
  } else if (target.requiresGrad && target.isLeaf) {
    throw new KernelError('a leaf Variable that requires grad is being used in an in-place operation.', 'RuntimeError');
  }
}

/** Overwrites the values of `target` with `values` (already broadcast and of its type), counting the change. */
export function writeValues(target: NdArray, values: NdArray): void {
  const data = values.storage.data === target.storage.data ? copyOf(values).storage.data : broadcastDense(values, target.shape);
  unpackStrided(data, target);
  target.storage.version++;
}

/**
 * Runs `compute` on the old values and stores its result in `target`, with PyTorch's rules for history:
 * leaves that require grad refuse; a view passes the change on to its base (CopySlices). Returns `target`.
 * `name` is what a result without history leaves as grad_fn (ZeroBackward0, FillBackward2).
 */
export function inPlace(target: NdArray, compute: (old: NdArray) => NdArray, name?: string): NdArray {
  refuseLeaf(target);
  const old = target.alias();
  if (target.node !== undefined) {
    old.node = target.node;
    old.outputIndex = target.outputIndex;
  }
  const result = compute(old);
  if (!sameShape(result.shape, target.shape) && result.numel !== 0 && !broadcastsInto(result.shape, target.shape)) {
    throw new KernelError(`output with shape ${target.shapeText} doesn't match the broadcast shape ${result.shapeText}`, 'RuntimeError');
  }
  if (category(result.dtype) > category(target.dtype)) {
    throw new KernelError(
      `result type ${scalarTypeName(result.dtype)} can't be cast to the desired output type ${scalarTypeName(target.dtype)}`,
      'RuntimeError',
    );
  }
  return store(target, result, old, result.requiresGrad ? undefined : name);
}

/** Tensor.copy_: like inPlace, but any type is cast to the target's. */
export function copyInto(target: NdArray, source: NdArray): NdArray {
  refuseLeaf(target);
  return store(target, source, undefined, 'CopyBackwards');
}

function broadcastsInto(from: readonly number[], to: readonly number[]): boolean {
  const lead = to.length - from.length;
  return lead >= 0 && from.every((s, i) => s === 1 || s === to[i + lead]);
}

function store(target: NdArray, result: NdArray, old: NdArray | undefined, name?: string): NdArray {
  const node = result.node;
  const keepsOld = old !== undefined && node?.saved.some((s) => s.array.storage === target.storage) === true;
  if (keepsOld && old !== undefined) {
    const before = copyOf(old);
    before.storage.version = target.storage.version;
    old.setData(before);
  }
  const values = result.dtype === target.dtype ? result : castValues(result, target.dtype);
  writeValues(target, values);
  if (!isGradEnabled()) return target;
  const before = target.origin === undefined ? target.edge() : undefined;
  const base = target.origin?.base;
  if (base !== undefined) {
    if (result.requiresGrad || base.requiresGrad) copySlices(base, target, result);
    return target;
  }
  if (result.requiresGrad) {
    const edge = result.edge();
    if (node === undefined || name !== undefined || !sameShape(result.shape, target.shape)) {
      const { shape, dtype } = target;
      target.node = makeNode(name ?? 'CopyBackwards', [edge, before], [target], (grads) => [grads[0], zeros(shape, dtype)]);
      target.outputIndex = 0;
      return target;
    }
    target.node = node;
    target.outputIndex = result.outputIndex;
    // The result the node may have saved is now this array, so later writes to it are noticed.
    if (sameShape(result.shape, target.shape) && result.dtype === target.dtype) {
      node.saved = node.saved.map((s) => (s.array === result ? { array: target, version: target.storage.version } : s));
    }
  } else if (target.node !== undefined) {
    const { shape, dtype } = target;
    target.node = makeNode(name ?? 'CopyBackwards', [before], [target], () => [zeros(shape, dtype)]);
    target.outputIndex = 0;
  }
  return target;
}

/** The base's new history: outside the written region the old gradient flows on, inside it goes to the written values. */
function copySlices(base: NdArray, region: NdArray, result: NdArray): void {
  if (!base.isDense) throw new KernelError('ShapeLint cannot differentiate an in-place change of this strided tensor');
  const { shape, strides } = region;
  const offset = region.offset - base.offset;
  const layout = base.strides;
  const dense = base.isContiguous;
  base.node = makeNode('CopySlices', [base.edge(), result.edge()], [base], (grads) => {
    const grad = grads[0];
    if (grad === undefined) return [];
    const kept = copyOf(grad);
    if (!dense) {
      const laid = copyOf(grad);
      laid.strides = layout;
      unpackStrided(grad.dense(), laid);
      kept.setData(laid);
    }
    const window = kept.alias(shape, strides, offset);
    const inner = copyOf(window);
    clear(window);
    return [kept, inner];
  });
  base.outputIndex = 0;
}

function clear(a: NdArray): void {
  const zero = copyOf(a);
  zero.storage.data.fill(0);
  unpackStrided(zero.storage.data, a);
}
