// Owns reverse-mode differentiation: recording operations, grad mode, and running the graph backward.
// A rule returns a gradient in the broadcast shape and any type; the engine reduces and casts it to what the edge wants.

import type { NdArray } from './array.ts';
import { fromBuffer, full } from './array.ts';
import { castValues, sameShape, sumTo } from './broadcast.ts';
import { isComplex, isFloating, KernelError, scalarTypeName, settle, slots } from './dtype.ts';
import type { BackwardRule, Edge, GradNode, TensorHook } from './grad-node.ts';

let enabled = true;
let sequence = 0;

export function isGradEnabled(): boolean {
  return enabled;
}

export function setGradEnabled(on: boolean): void {
  enabled = on;
}

/** Runs `body` without recording; the former mode returns even if it throws. */
export function noGrad<T>(body: () => T): T {
  const before = enabled;
  enabled = false;
  try {
    return body();
  } finally {
    enabled = before;
  }
}

export function differentiable(a: NdArray): boolean {
  return isFloating(a.dtype) || isComplex(a.dtype);
}

/** A node over `inputs`; `saved` are the arrays whose later in-place change makes the gradient wrong. */
export function makeNode(
  name: string,
  edges: readonly (Edge | undefined)[],
  outputs: readonly NdArray[],
  run: BackwardRule,
  saved: readonly NdArray[] = [],
): GradNode {
  return {
    name,
    sequence: sequence++,
    edges,
    outputs: outputs.map((o) => ({ shape: o.shape, dtype: o.dtype })),
    leaf: undefined,
    run,
    saved: saved.map((array) => ({ array, version: array.storage.version })),
  };
}

export function tracks(inputs: readonly (NdArray | undefined)[]): boolean {
  return enabled && inputs.some((a) => a?.requiresGrad === true);
}

/**
 * Records that `outputs` were computed from `inputs` by the operation PyTorch calls `name`.
 * `run` receives one gradient per output (undefined where none arrived) and returns one per input.
 * Integer outputs carry no history. Does nothing in no-grad mode or if no input requires grad.
 */
export function recordAll(
  name: string,
  inputs: readonly (NdArray | undefined)[],
  outputs: readonly NdArray[],
  run: BackwardRule,
  saved: readonly NdArray[] = [],
): void {
  if (!tracks(inputs)) return;
  const node = makeNode(
    name,
    inputs.map((a) => a?.edge()),
    outputs,
    run,
    saved,
  );
  outputs.forEach((out, i) => {
    if (!differentiable(out)) return;
    out.node = node;
    out.outputIndex = i;
  });
}

/** Gives an array's fresh history the name PyTorch shows for the whole operation. */
export function rename(a: NdArray, name: string): NdArray {
  const node = a.node;
  if (node !== undefined) node.name = name;
  return a;
}

/** recordAll for one output, whose gradient is always present in `run`; returns the output. */
export function record(
  name: string,
  inputs: readonly (NdArray | undefined)[],
  output: NdArray,
  run: (grad: NdArray) => readonly (NdArray | undefined)[],
  saved: readonly NdArray[] = [],
): NdArray {
  recordAll(name, inputs, [output], (grads) => (grads[0] === undefined ? [] : run(grads[0])), saved);
  return output;
}

export interface BackwardOptions {
  readonly gradient?: NdArray | undefined;
  readonly retainGraph?: boolean;
  /** Accumulate into these leaves only. */
  readonly inputs?: readonly NdArray[] | undefined;
}

/**
 * Adds d(root)/d(leaf) into `.grad` of every leaf below `root`.
 * Throws RuntimeError with PyTorch's texts: no history, non-scalar root without `gradient`, freed graph, changed saved array.
 */
export function backward(root: NdArray, options: BackwardOptions = {}): void {
  const only = options.inputs === undefined ? undefined : new Set(options.inputs.map((a) => a.edge()?.node));
  const seeds = [seedOf(root, options.gradient, 0)];
  execute(seeds, options.retainGraph === true, (leaf, grad, node) => {
    if (only === undefined || only.has(node)) accumulate(leaf, grad);
  });
}

/** torch.autograd.backward for several roots. */
export function backwardAll(roots: readonly NdArray[], gradients: readonly (NdArray | undefined)[], retainGraph = false): void {
  execute(
    roots.map((r, i) => seedOf(r, gradients[i], i)),
    retainGraph,
    accumulate,
  );
}

export interface GradOptions {
  readonly gradOutputs?: readonly (NdArray | undefined)[];
  readonly retainGraph?: boolean;
  readonly allowUnused?: boolean;
}

/** torch.autograd.grad: gradients of the sum of `outputs` with respect to `inputs`, without touching `.grad`. */
export function gradientsOf(outputs: readonly NdArray[], inputs: readonly NdArray[], options: GradOptions = {}): (NdArray | undefined)[] {
  const wanted = inputs.map((a) => {
    const edge = a.edge();
    if (edge === undefined) throw new KernelError('One of the differentiated Tensors does not require grad', 'RuntimeError');
    return edge;
  });
  const found = new Map<GradNode, Map<number, NdArray>>();
  for (const { node } of wanted) found.set(node, new Map());
  const seeds = outputs.map((o, i) => seedOf(o, options.gradOutputs?.[i], i));
  execute(seeds, options.retainGraph === true, () => {}, found);
  return wanted.map(({ node, index }) => {
    const grad = found.get(node)?.get(index);
    if (grad === undefined && options.allowUnused !== true) {
      throw new KernelError(
        'One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior.',
        'RuntimeError',
      );
    }
    return grad;
  });
}

interface Seed {
  readonly edge: Edge;
  readonly grad: NdArray;
}

function seedOf(root: NdArray, gradient: NdArray | undefined, position: number): Seed {
  if (gradient === undefined && root.requiresGrad) {
    if (root.numel !== 1) throw new KernelError('grad can be implicitly created only for scalar outputs', 'RuntimeError');
    if (!isFloating(root.dtype)) {
      throw new KernelError(
        `grad can be implicitly created only for real scalar outputs but got c10::${scalarTypeName(root.dtype)}`,
        'RuntimeError',
      );
    }
  }
  if (gradient !== undefined && !sameShape(gradient.shape, root.shape)) {
    throw new KernelError(
      `Mismatch in shape: grad_output[${position}] has a shape of torch.Size(${gradient.shapeText}) and output[${position}] has a shape of torch.Size(${root.shapeText}).`,
      'RuntimeError',
    );
  }
  const edge = root.edge();
  if (edge === undefined) {
    throw new KernelError(`element ${position} of tensors does not require grad and does not have a grad_fn`, 'RuntimeError');
  }
  return { edge, grad: gradient ?? full(root.shape, 1, root.dtype) };
}

type LeafSink = (leaf: NdArray, grad: NdArray, node: GradNode) => void;

function execute(seeds: readonly Seed[], retain: boolean, sink: LeafSink, capture?: Map<GradNode, Map<number, NdArray>>): void {
  const order = reachable(seeds.map((s) => s.edge.node));
  const pending = new Map<GradNode, (NdArray | undefined)[]>();
  const send = (edge: Edge, grad: NdArray): void => {
    const fitted = conform(grad, edge);
    let slots = pending.get(edge.node);
    if (slots === undefined) {
      slots = [];
      pending.set(edge.node, slots);
    }
    const before = slots[edge.index];
    slots[edge.index] = before === undefined ? fitted : addGradients(before, fitted);
  };
  for (const s of seeds) send(s.edge, s.grad);
  noGrad(() => {
    for (const node of order) {
      const grads = pending.get(node);
      if (grads === undefined) continue;
      pending.delete(node);
      applyHooks(node, grads);
      const wanted = capture?.get(node);
      if (wanted !== undefined) grads.forEach((g, i) => g !== undefined && wanted.set(i, g));
      if (node.leaf !== undefined) {
        if (grads[0] !== undefined) sink(node.leaf, grads[0], node);
        continue;
      }
      const results = runNode(node, grads, retain);
      node.edges.forEach((edge, i) => {
        const grad = results[i];
        if (edge !== undefined && grad !== undefined) send(edge, checked(grad, edge, node, i));
      });
    }
  });
}

function runNode(node: GradNode, grads: readonly (NdArray | undefined)[], retain: boolean): readonly (NdArray | undefined)[] {
  if (node.run === undefined || (node.freed === true && node.saved.length > 0)) {
    throw new KernelError(
      'Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors after calling backward.',
      'RuntimeError',
    );
  }
  for (const { array, version } of node.saved) {
    if (array.storage.version === version) continue;
    const from =
      array.node === undefined ? '' : `, which is output ${array.outputIndex} of ${array.node.name.replace(/Backward\d*$/, '')},`;
    throw new KernelError(
      `one of the variables needed for gradient computation has been modified by an inplace operation: [torch.${scalarTypeName(array.dtype)}Tensor ${array.shapeText}]${from} is at version ${array.storage.version}; expected version ${version} instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False).`,
      'RuntimeError',
    );
  }
  const full = node.outputs.map((_, i) => grads[i]);
  const results = node.run(full);
  if (!retain) {
    node.freed = true;
    // A node that saved nothing may run again, as in PyTorch; one that did lets its closure go.
    if (node.saved.length > 0) node.run = undefined;
  }
  return results;
}

/** Nodes below the roots, later ones first; leaves last. */
function reachable(roots: readonly GradNode[]): GradNode[] {
  const seen = new Set<GradNode>(roots);
  const stack = [...seen];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (const edge of node.edges) {
      if (edge === undefined || seen.has(edge.node)) continue;
      seen.add(edge.node);
      stack.push(edge.node);
    }
  }
  return [...seen].sort((a, b) => b.sequence - a.sequence);
}

/** Throws RuntimeError where a rule's gradient cannot be summed down to the shape of its input. */
function checked(grad: NdArray, edge: Edge, node: GradNode, position: number): NdArray {
  const wanted = edge.node.outputs[edge.index]?.shape ?? grad.shape;
  const lead = grad.rank - wanted.length;
  if (lead < 0 || wanted.some((s, i) => s !== 1 && s !== grad.shape[i + lead])) {
    throw new KernelError(
      `Function ${node.name} returned an invalid gradient at index ${position} - got ${grad.shapeText} but expected shape compatible with [${wanted.join(', ')}]`,
      'RuntimeError',
    );
  }
  return grad;
}

function conform(grad: NdArray, edge: Edge): NdArray {
  const meta = edge.node.outputs[edge.index];
  if (meta === undefined) return grad;
  const reduced = sumTo(grad, meta.shape);
  return reduced.dtype === meta.dtype ? reduced : castValues(reduced, meta.dtype);
}

function addGradients(a: NdArray, b: NdArray): NdArray {
  const x = a.dense();
  const y = b.dense();
  const out = x.slice() as typeof x;
  for (let i = 0; i < out.length; i++) out[i] = (x[i] as number) + (y[i] as number);
  return fromBuffer(settle(a.dtype, out), a.shape, a.dtype);
}

function accumulate(leaf: NdArray, grad: NdArray): void {
  const before = leaf.grad;
  if (before === undefined) {
    leaf.grad = fromBuffer(grad.dense().slice(), grad.shape, grad.dtype);
    return;
  }
  const sum = addGradients(before, grad);
  if (before.isContiguous) {
    before.storage.data.set(sum.storage.data as never, before.offset * slots(before.dtype));
    before.storage.version++;
  } else leaf.grad = sum;
}

function applyHooks(node: GradNode, grads: (NdArray | undefined)[]): void {
  const run = (hooks: readonly TensorHook[] | undefined, i: number): void => {
    for (const hook of hooks ?? []) {
      const grad = grads[i];
      if (grad !== undefined) grads[i] = hook(grad) ?? grad;
    }
  };
  if (node.leaf !== undefined) {
    run(node.leaf.hooks, 0);
    return;
  }
  if (node.hooks !== undefined) for (const [i, hooks] of node.hooks) run(hooks, i);
  if (node.retained !== undefined)
    for (const [i, array] of node.retained) {
      const grad = grads[i];
      if (grad !== undefined) accumulate(array, grad);
    }
}

/** Tensor.register_hook; the returned function removes it. Throws RuntimeError for an array that needs no gradient. */
export function registerHook(array: NdArray, hook: TensorHook): () => void {
  if (!array.requiresGrad) throw new KernelError("cannot register a hook on a tensor that doesn't require gradient", 'RuntimeError');
  const node = array.node;
  let list: TensorHook[];
  if (node === undefined) {
    array.hooks ??= [];
    list = array.hooks;
  } else {
    node.hooks ??= new Map();
    list = node.hooks.get(array.outputIndex) ?? [];
    node.hooks.set(array.outputIndex, list);
  }
  list.push(hook);
  return () => {
    const at = list.indexOf(hook);
    if (at >= 0) list.splice(at, 1);
  };
}

/** Tensor.retain_grad: the gradient of a computed array is kept in its `.grad`. */
export function retainGrad(array: NdArray): void {
  if (!array.requiresGrad) throw new KernelError("can't retain_grad on Tensor that has requires_grad=False", 'RuntimeError');
  const node = array.node;
  if (node === undefined) return;
  array.retainsGrad = true;
  node.retained ??= new Map();
  node.retained.set(array.outputIndex, array);
}

/** requires_grad_(): sets the flag on a leaf. Throws RuntimeError for integer types and for turning it off on a computed array. */
export function requireGrad(array: NdArray, on = true): NdArray {
  if (on && !differentiable(array)) {
    throw new KernelError('only Tensors of floating point and complex dtype can require gradients', 'RuntimeError');
  }
  if (!on && array.node !== undefined) {
    throw new KernelError(
      "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach().",
      'RuntimeError',
    );
  }
  if (array.node === undefined) array.requiresGrad = on;
  return array;
}
