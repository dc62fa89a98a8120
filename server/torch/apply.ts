/**
 * Applying an operation: bind the arguments, run the rule, run the kernel where its numbers are known, make the value.
 */

import { constant, type Dim } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { contiguousStrides } from '../kernels/array.ts';
import { noGrad } from '../kernels/autograd.ts';
import { isComplex, isFloating, KernelError, requireMemory } from '../kernels/dtype.ts';
import { CannotRun } from '../python/faults.ts';
import { Slot } from '../python/heap.ts';
import type { ClassValue, NativeCall, ObjectValue, Value } from '../python/values.ts';
import { dimsOf, numbersOf, type Shape, shapeOf, unknownShape } from '../shapes/shape.ts';
import { Arguments, KernelArguments, NotKnown } from './arguments.ts';
import type { BoundCall } from './binding.ts';
import { bindNative, bindNothing, bindPython } from './binding.ts';
import { Context } from './context.ts';
import type { Operation, Out, TensorOut } from './entry.ts';
import { isOut } from './entry.ts';
import { notated } from './notated.ts';
import type { Signature } from './signature.ts';
import { asMethod, parseSignature } from './signature.ts';
import type { Layout } from './tensor.ts';
import { payloadOf, SMALL, TensorPayload } from './tensor.ts';

/** A call of an operation by a program. */
export function callOperation(op: Operation, asTensorMethod: boolean, call: NativeCall): Value {
  const overloads = signaturesOf(op, asTensorMethod);
  const first = overloads[0] as Signature;
  const ctx = new Context(call.interp, first.name, call.node);
  let bound: BoundCall;
  if (first.style === 'python') bound = bindPython(call.interp, first, call.args, call.kwargs);
  else if (!asTensorMethod) bound = bindNative(call.interp, overloads, call.args, call.kwargs);
  else {
    const [self, ...args] = call.args;
    const bare = overloads.length === 1 && first.params.length === 0;
    bound = bare ? bindNothing(call.interp, first, args, call.kwargs) : bindNative(call.interp, overloads, args, call.kwargs);
    if (self !== undefined) bound = { ...bound, values: new Map([[selfName(op, bound.overload), self], ...bound.values]) };
  }
  return run(op, ctx, new Arguments(ctx, bound));
}

/** Applies an operation to arguments from inside a rule, as the Python code of PyTorch would. */
export function apply(ctx: Context, op: Operation, args: readonly Value[], kwargs: ReadonlyMap<string, Value> = new Map()): Value {
  const overloads = signaturesOf(op, false);
  const first = overloads[0] as Signature;
  const bound = first.style === 'python' ? bindPython(ctx.interp, first, args, kwargs) : bindNative(ctx.interp, overloads, args, kwargs);
  const inner = new Context(ctx.interp, ctx.name, ctx.node);
  return run(op, inner, new Arguments(inner, bound));
}

const signatures = new WeakMap<Operation, { function?: readonly Signature[]; method?: readonly Signature[] }>();

export function signaturesOf(op: Operation, method: boolean): readonly Signature[] {
  let known = signatures.get(op);
  if (known === undefined) signatures.set(op, (known = {}));
  if (!method) return (known.function ??= listOf(op.signature).map(parseSignature));
  if (known.method === undefined) {
    const own = op.method === undefined ? undefined : listOf(op.method).map(parseSignature);
    const base = listOf(op.signature).map(parseSignature);
    known.method = own ?? (base[0]?.style === 'python' || !op.names.some(isFunctionName) ? base : base.map(asMethod));
  }
  return known.method;
}

const isFunctionName = (name: string): boolean => !name.startsWith('Tensor.');

function listOf(signature: string | readonly string[]): readonly string[] {
  return typeof signature === 'string' ? [signature] : signature;
}

/** What the tensor before the dot is called in the rule: the function's first parameter, or `self` where there is only a method. */
function selfName(op: Operation, overload: number): string {
  if (op.method !== undefined || !op.names.some(isFunctionName)) return 'self';
  const functions = signaturesOf(op, false);
  return (functions[overload] ?? functions[0])?.params[0]?.name ?? 'self';
}

function run(op: Operation, ctx: Context, args: Arguments): Value {
  const result = op.rule === undefined ? notated(ctx, op.shape, args) : op.rule(ctx, args);
  if (!isOut(result)) return result;
  const kernel = op.kernel;
  return produce(ctx, args, result, {
    dtype: op.dtype,
    kernel: kernel === undefined ? undefined : (k) => kernel(k, ctx),
    random: op.random === true,
  });
}

export interface Production {
  readonly dtype?: Operation['dtype'] | undefined;
  readonly kernel?: ((args: KernelArguments) => NdArray | readonly NdArray[]) | undefined;
  readonly random?: boolean;
  /** Tensors that take part without being arguments: a module's parameters. */
  readonly parameters?: readonly TensorPayload[];
}

/** Makes the value of a rule's result, with numbers where they can be had. */
export function produce(ctx: Context, args: Arguments, out: Out, how: Production): Value {
  const arrays = compute(ctx, args, how, out);
  const inputs = [...args.allTensors().map((t) => t.payload), ...(how.parameters ?? [])];
  const recording = ctx.state.gradEnabled !== false;
  const grad = recording && inputs.some((t) => t.requiresGrad === true);
  const open = (): boolean => [...args.bound.values.values()].some((v) => mayBeTensor(ctx, v));
  const maybeGrad = recording && (inputs.some((t) => t.requiresGrad === undefined) || (!grad && open()));
  let next = 0;
  const build = (part: Out | Value): Value => {
    if (!isOut(part)) return part;
    switch (part.out) {
      case 'tensor':
        return tensorValue(ctx, args, part, how, arrays?.[next++], grad ? true : maybeGrad ? undefined : false);
      case 'self': {
        const array = arrays?.[next++];
        writeSelf(ctx, part, array, grad ? true : maybeGrad ? undefined : false);
        return part.of.object;
      }
      case 'list':
        return ctx.interp.list(part.items.map(build));
      case 'tuple': {
        const items = part.items.map(build);
        if (part.named === undefined) return ctx.interp.tuple(items);
        return ctx.interp.tuple(items, { cls: part.named.cls ?? namedClass(ctx, part.named.name), fields: part.named.fields });
      }
    }
  };
  const value = build(out);
  return ctx.interp.mode === 'check' && args.exists('out') ? writtenOut(ctx, args.value('out'), value) : value;
}

/** What is written to `out=` gets the result's shape and keeps its own type; it is what the call gives. */
function writtenOut(ctx: Context, out: Value, result: Value): Value {
  const { interp } = ctx;
  const parts = (v: Value): readonly Value[] => (v.kind === 'tuple' || v.kind === 'list' ? (interp.items(v) ?? []) : [v]);
  const results = parts(interp.resolve(result));
  for (const [i, part] of parts(interp.resolve(out)).entries()) {
    const target = interp.resolve(part);
    const payload = payloadOf(target);
    if (payload === undefined || target.kind !== 'object') continue;
    const made = results[i] === undefined ? undefined : payloadOf(interp.resolve(results[i]));
    interp.setPayload(target, new TensorPayload({ shape: made?.shape ?? unknownShape(), dtype: payload.dtype }));
  }
  const made = interp.resolve(result);
  const payload = payloadOf(made);
  if (payload === undefined) return result;
  const target = interp.resolve(out);
  if (target.kind === 'none') return result;
  if (payloadOf(target) !== undefined) return target;
  return interp.object(ctx.state.classes.tensor, new TensorPayload({ shape: payload.shape, dtype: undefined }));
}

/** `torch.return_types.max`: a named tuple that prints one field a line. */
function namedClass(ctx: Context, name: string): ClassValue {
  const { interp } = ctx;
  const key = `return_types.${name}`;
  const known = ctx.state.modules.get(key);
  if (known !== undefined) return known;
  const repr = interp.native('__repr__', (call) => {
    const self = interp.resolve(call.args[0] as Value);
    if (self.kind !== 'tuple') return interp.str();
    const parts = self.items.map((item, i) => [self.fields?.[i], interp.repr(item)] as const);
    const known_ = parts.every(([, text]) => text !== undefined);
    return interp.str(known_ ? `torch.${key}(\n${parts.map(([field, text]) => `${field}=${text}`).join(',\n')})` : undefined);
  });
  const cls = interp.nativeClass({ name, module: 'torch.return_types', bases: [interp.builtinClass('tuple')], attrs: { __repr__: repr } });
  ctx.state.modules.set(key, cls);
  return cls;
}

/** The kernel's arrays; undefined where there are none to be had. */
function compute(ctx: Context, args: Arguments, how: Production, out: Out): readonly NdArray[] | undefined {
  const kernel = how.kernel;
  const running = ctx.interp.mode === 'run';
  if (kernel === undefined) {
    if (running) throw new CannotRun(`${ctx.name} has no numeric kernel yet`, ctx.node);
    return undefined;
  }
  if (!running && (how.random === true || !smallEnough(ctx, args, out))) return undefined;
  try {
    if (running) requireRoom(ctx, args, out, how);
    const made = running ? kernel(new KernelArguments(args)) : noGrad(() => kernel(new KernelArguments(args)));
    return Array.isArray(made) ? (made as readonly NdArray[]) : [made as NdArray];
  } catch (problem) {
    if (running && problem instanceof NotKnown) throw new CannotRun(`${ctx.name}: an argument is not known`, ctx.node);
    // The host's own refusal of a buffer.
    if (running && problem instanceof RangeError && /array (?:buffer|length)|allocation/i.test(problem.message)) {
      throw new CannotRun(`${ctx.name}: there is no memory left for this`, ctx.node);
    }
    if (!(problem instanceof KernelError) && !(problem instanceof NotKnown)) throw problem;
    if (!running) return undefined;
    throw ctx.refused(problem as KernelError);
  }
}

/** Throws KernelError where a result needs more memory than there is, before a kernel asks for parts of it. */
function requireRoom(ctx: Context, args: Arguments, out: Out, how: Production): void {
  if (out.out === 'self') return;
  if (out.out !== 'tensor') {
    for (const item of out.items) if (isOut(item)) requireRoom(ctx, args, item, how);
    return;
  }
  if (out.viewOf !== undefined) return;
  const sizes = numbersOf(ctx.world.resolve(out.shape));
  const dtype = out.dtype === 'default' ? (how.dtype === undefined ? args.allTensors()[0]?.dtype : how.dtype(ctx, args)) : out.dtype;
  if (sizes !== undefined && dtype !== undefined) requireMemory(dtype, sizes);
}

/** In a check, numbers are followed only through small constants. In-place results are not: a branch could not be taken back. */
function smallEnough(ctx: Context, args: Arguments, out: Out): boolean {
  if (out.out === 'self') return false;
  const tensors = args.allTensors();
  for (const tensor of tensors) {
    const values = tensor.values;
    if (values === undefined || values.numel > SMALL) return false;
  }
  const least = (part: Out | Value): boolean => {
    if (!isOut(part)) return true;
    if (part.out === 'tensor') {
      if (part.dataDependent === true) return true;
      const numbers = numbersOf(ctx.world.resolve(part.shape));
      return numbers !== undefined && numbers.reduce((n, s) => n * s, 1) <= SMALL;
    }
    return part.out !== 'self' && part.items.every(least);
  };
  return least(out);
}

function tensorValue(
  ctx: Context,
  args: Arguments,
  part: TensorOut,
  how: Production,
  array: NdArray | undefined,
  grad: boolean | undefined,
): ObjectValue {
  const running = ctx.interp.mode === 'run';
  let dtype = part.dtype === 'default' ? (how.dtype === undefined ? args.allTensors()[0]?.dtype : how.dtype(ctx, args)) : part.dtype;
  let shape = part.shape;
  if (array !== undefined) {
    if (running && ctx.state.selfCheck && part.dataDependent !== true) compare(ctx, part.shape, dtype, part.layout ?? 'contiguous', array);
    dtype = array.dtype;
    if (running || part.dataDependent === true) shape = shapeOf(array.shape.map((n, i) => keepOrigin(ctx, part, n, i)));
  }
  if (!running && shape.head.length + shape.tail.length > 0) shape = withinReason(ctx, shape);
  const differentiable = dtype === undefined ? undefined : isFloating(dtype) || isComplex(dtype);
  const live =
    array === undefined && part.bounds === undefined ? undefined : (part.viewOf?.payload.live ?? (running ? undefined : liveSlot(ctx)));
  return ctx.interp.object(
    ctx.state.classes.tensor,
    new TensorPayload({
      shape,
      dtype,
      layout: array !== undefined && running ? layoutOf(array) : (part.layout ?? 'contiguous'),
      requiresGrad:
        running && array !== undefined
          ? array.requiresGrad
          : 'requiresGrad' in part
            ? part.requiresGrad
            : differentiable === false
              ? false
              : grad,
      values: array,
      bounds: part.bounds,
      live,
      role: part.role,
      taken: isAllTaken(args),
      origin: undefined,
    }),
  );
}

/** What is made of nothing but what is taken for tensors is taken for one. */
function isAllTaken(args: Arguments): true | undefined {
  const tensors = args.allTensors();
  return tensors.length > 0 && tensors.every(({ payload }) => payload.taken === true) ? true : undefined;
}

/** A size spelled longer than this is of no use to anybody, and deciding about it costs more than it can tell. */
const LONGEST = 300;

/** The shape with sizes that have grown out of hand forgotten. */
function withinReason(ctx: Context, shape: Shape): Shape {
  const plain = (d: Dim): boolean => d.key.length <= LONGEST;
  if (shape.head.every(plain) && shape.tail.every(plain)) return shape;
  const modest = (d: Dim): Dim => (plain(d) ? d : ctx.world.freshSize());
  return { ...shape, head: shape.head.map(modest), tail: shape.tail.map(modest) };
}

/** Sizes in a run are numbers; a size that the rule knew the origin of keeps it. */
function keepOrigin(ctx: Context, part: TensorOut, n: number, i: number) {
  const dim = dimsOf(ctx.world.resolve(part.shape))?.[i];
  return dim !== undefined && ctx.known(dim) === n ? dim : constant(n);
}

const LIVE = {
  join: (_: unknown, yes: boolean, no: boolean) => yes && no,
  widen: (a: boolean, b: boolean) => a && b,
  same: (a: boolean, b: boolean) => a === b,
};

/** Whether known numbers still hold; every view of a storage has the same one. */
export function liveSlot(ctx: Context): Slot<boolean> {
  return new Slot<boolean>(ctx.interp.heap, true, LIVE);
}

export function layoutOf(array: NdArray): TensorPayload['layout'] {
  return array.isContiguous ? 'contiguous' : array.strides.map((s) => constant(s));
}

/** The rule's shape, dtype and strides against the kernel's: the self-check of a run. */
function compare(ctx: Context, shape: Shape, dtype: string | undefined, layout: Layout, array: NdArray): void {
  const numbers = numbersOf(ctx.world.resolve(shape));
  const same = numbers !== undefined && numbers.length === array.shape.length && numbers.every((n, i) => n === array.shape[i]);
  if (!same) throw new Error(`${ctx.name}: the rule says ${ctx.spell(shape)}, the kernel made [${array.shape.join(', ')}]`);
  if (dtype !== undefined && dtype !== array.dtype) throw new Error(`${ctx.name}: the rule says ${dtype}, the kernel made ${array.dtype}`);
  if (layout === 'unknown' || array.numel === 0) return;
  const strides = layout === 'contiguous' ? contiguousStrides(array.shape) : layout.map((d) => ctx.known(d));
  // The stride of a size of 1 does not matter.
  const alike = strides.every((stride, i) => stride === undefined || array.shape[i] === 1 || stride === array.strides[i]);
  if (!alike) throw new Error(`${ctx.name}: the rule says strides [${strides.join(', ')}], the kernel made [${array.strides.join(', ')}]`);
}

/** What is written into a tensor makes it part of the graph. */
function recorded(payload: TensorPayload, grad: boolean | undefined): boolean | undefined {
  const { dtype, requiresGrad } = payload;
  if (requiresGrad !== false || grad === false) return requiresGrad;
  return dtype !== undefined && !isFloating(dtype) && !isComplex(dtype) ? false : grad;
}

/** Whether an argument of which not everything is known may be, or hold, a tensor. */
function mayBeTensor(ctx: Context, given: Value): boolean {
  const value = ctx.interp.resolve(given);
  if (value.kind === 'unknown' || value.kind === 'choice') return true;
  if (value.kind === 'object') return value.cls.open;
  const content = value.kind === 'list' || value.kind === 'tuple' ? ctx.interp.content(value) : undefined;
  return content !== undefined && (content.rest !== undefined || content.items.some((item) => mayBeTensor(ctx, item)));
}

/** After an in-place operation nothing is known of the numbers in a check; in a run the array was written. */
function writeSelf(ctx: Context, part: Extract<Out, { out: 'self' }>, array: NdArray | undefined, grad: boolean | undefined): void {
  const { object, payload } = part.of;
  payload.live?.set(false);
  const running = ctx.interp.mode === 'run';
  if (running && ctx.state.selfCheck && array !== undefined) {
    const dtype = 'dtype' in part ? part.dtype : payload.dtype;
    compare(ctx, part.shape ?? payload.shape, dtype, part.layout ?? payload.layout, array);
  }
  ctx.interp.setPayload(
    object,
    payload.with({
      shape: part.shape ?? payload.shape,
      dtype: array?.dtype ?? ('dtype' in part ? part.dtype : payload.dtype),
      layout: array !== undefined ? layoutOf(array) : (part.layout ?? payload.layout),
      ...(running && array !== undefined ? { values: array, requiresGrad: array.requiresGrad } : {}),
      ...(running ? {} : { values: undefined, bounds: undefined, live: undefined, requiresGrad: recorded(payload, grad) }),
    }),
  );
}

/** A tensor made of an array, outside of any rule. */
export function valueOfArray(ctx: Context, array: NdArray, cls = ctx.state.classes.tensor): ObjectValue {
  return ctx.interp.object(
    cls,
    new TensorPayload({
      shape: shapeOf(array.shape.map((n) => constant(n))),
      dtype: array.dtype,
      layout: layoutOf(array),
      requiresGrad: array.requiresGrad,
      values: array,
      live: ctx.interp.mode === 'run' ? undefined : liveSlot(ctx),
    }),
  );
}
