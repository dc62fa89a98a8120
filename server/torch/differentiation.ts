/**
 * What programs do with gradients besides `backward`: autograd.grad, hooks, retain_grad, detach_, assigning `.grad`, `.data`
 * and `.requires_grad`. In a check only shapes follow.
 */
import { eq } from '../dims/cond.ts';
import { constant } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { backwardAll, gradientsOf, registerHook, retainGrad } from '../kernels/autograd.ts';
import { KernelError } from '../kernels/dtype.ts';
import { CannotRun } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { collect } from '../python/iteration.ts';
import type { Value } from '../python/values.ts';
import { numelOf } from '../shapes/shape.ts';
import { layoutOf, valueOfArray } from './apply.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import { Context } from './context.ts';
import type { Operation } from './entry.ts';
import { payloadOf, TensorPayload } from './tensor.ts';

/** Runs a kernel, turning what PyTorch would raise into the program's exception. */
export function raising<T>(ctx: Context, body: () => T): T {
  try {
    return body();
  } catch (problem) {
    if (!(problem instanceof KernelError)) throw problem;
    if (problem.raises === undefined) throw new CannotRun(problem.message, ctx.node);
    return ctx.fail({ code: 'runtime-error', exception: problem.raises, text: problem.message, message: problem.message });
  }
}

/** One tensor or a sequence of them; undefined where it is not known which. */
function tensorsOf(ctx: Context, a: Arguments, name: string): readonly TensorArg[] | undefined {
  const value = a.value(name);
  if (value.kind === 'unknown') return undefined;
  if (payloadOf(value) !== undefined) return [ctx.tensorOf(value, name)];
  const content = collect(ctx.interp, value);
  return content.rest === undefined ? content.items.map((item) => ctx.tensorOf(item, name)) : undefined;
}

/** Gradients given for the outputs; None stands for a 1. */
function seedsOf(ctx: Context, a: Arguments, name: string, count: number): readonly (NdArray | undefined)[] {
  const value = a.value(name);
  if (value.kind === 'none') return Array.from({ length: count }, () => undefined);
  const items = payloadOf(value) !== undefined ? [value] : collect(ctx.interp, value).items;
  return items.map((item) => payloadOf(ctx.interp.resolve(item))?.values);
}

/** A start without a gradient is one number, and has a history. */
export function requireStart(ctx: Context, x: TensorArg, given: boolean, place = 0): void {
  // While checking, whether a gradient is required can be told of constants only: a parameter may stand behind an unknown.
  if (x.payload.requiresGrad === false && (ctx.interp.mode === 'run' || x.payload.values !== undefined)) {
    ctx.fail({
      code: 'no-gradient',
      text: `element ${place} of tensors does not require grad and does not have a grad_fn`,
      message: `${ctx.name}: nothing in \`${x.name}\` requires gradients`,
      origins: [x.origin],
    });
  }
  const numel = numelOf(x.shape);
  if (given || numel === undefined) return;
  ctx.require(eq(numel, constant(1)), () => ({
    code: 'shape-mismatch',
    message: `${ctx.name}: the tensor is ${ctx.spell(x.shape)}, not a single number`,
    text: 'grad can be implicitly created only for scalar outputs',
    origins: [x.origin],
  }));
}

const GRAD: Operation = {
  names: ['torch.autograd.grad'],
  signature:
    'def grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, only_inputs=True, allow_unused=None, is_grads_batched=False, materialize_grads=False)',
  shape: '(*)…, (*a)… -> (*a)…',
  rule: (ctx, a) => {
    const { interp } = ctx;
    const [outputs, inputs] = [tensorsOf(ctx, a, 'outputs'), tensorsOf(ctx, a, 'inputs')];
    if (outputs === undefined || inputs === undefined) return interp.unknown('grad');
    const given = !a.isNone('grad_outputs');
    if (a.bool('is_grads_batched') !== true) outputs.forEach((x, i) => requireStart(ctx, x, given, i));
    const made = (x: TensorArg): Value =>
      interp.object(ctx.state.classes.tensor, new TensorPayload({ shape: x.shape, dtype: x.dtype, layout: 'contiguous' }));
    if (interp.mode !== 'run')
      return interp.tuple(
        inputs.map((x) => (a.bool('allow_unused') === true ? interp.choice(interp.freshFlag('?'), made(x), interp.none) : made(x))),
      );
    if (a.bool('create_graph') === true) throw new CannotRun('autograd.grad with create_graph is not supported', ctx.node);
    const arrays = (of: readonly TensorArg[]): NdArray[] => of.map((x) => x.values as NdArray);
    const gradients = raising(ctx, () =>
      gradientsOf(arrays(outputs), arrays(inputs), {
        gradOutputs: seedsOf(ctx, a, 'grad_outputs', outputs.length),
        retainGraph: a.bool('retain_graph') === true,
        allowUnused: a.bool('allow_unused') === true,
      }),
    );
    return interp.tuple(gradients.map((g) => (g === undefined ? interp.none : valueOfArray(ctx, g))));
  },
  samples: ['torch.autograd.grad((lambda x: (x * x).sum())(torch.ones(2, requires_grad=True)), [], allow_unused=True)'],
  errors: [['torch.autograd.grad(torch.ones(()), torch.ones(2, requires_grad=True))', 'no-gradient']],
  doc: 'torch.autograd.grad',
};

const BACKWARD: Operation = {
  names: ['torch.autograd.backward'],
  signature: 'def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None, inputs=None)',
  shape: '(*)… -> None',
  rule: (ctx, a) => {
    const tensors = tensorsOf(ctx, a, 'tensors');
    if (tensors === undefined) return ctx.interp.none;
    tensors.forEach((x, i) => requireStart(ctx, x, !a.isNone('grad_tensors'), i));
    if (ctx.interp.mode === 'run') {
      const arrays = tensors.map((x) => x.values as NdArray);
      raising(ctx, () => backwardAll(arrays, seedsOf(ctx, a, 'grad_tensors', arrays.length), a.bool('retain_graph') === true));
    }
    return ctx.interp.none;
  },
  samples: ['torch.autograd.backward([torch.ones((), requires_grad=True) * 2])'],
  errors: [['torch.autograd.backward(torch.ones(()))', 'no-gradient']],
  doc: 'torch.autograd.backward',
};

const RETAIN: Operation = {
  names: ['Tensor.retain_grad'],
  signature: 'retain_grad()',
  shape: '(*) -> None',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    const text = "can't retain_grad on Tensor that has requires_grad=False";
    if (x.payload.requiresGrad === false) ctx.fail({ code: 'no-gradient', text, message: text, origins: [x.origin] });
    const array = x.values;
    if (ctx.interp.mode === 'run' && array !== undefined) raising(ctx, () => retainGrad(array));
    return ctx.interp.none;
  },
  samples: ['(torch.ones(2, requires_grad=True) * 2).retain_grad()'],
  errors: [['torch.ones(2).retain_grad()', 'no-gradient']],
  doc: 'torch.Tensor.retain_grad',
};

const HOOK: Operation = {
  names: ['Tensor.register_hook'],
  signature: 'def Tensor.register_hook(self, hook)',
  shape: '(*) -> handle',
  rule: (ctx, a) => {
    const { interp } = ctx;
    const x = a.tensor('self');
    const text = "cannot register a hook on a tensor that doesn't require gradient";
    if (x.payload.requiresGrad === false) ctx.fail({ code: 'no-gradient', text, message: text, origins: [x.origin] });
    const array = x.values;
    const fn = a.value('hook');
    if (interp.mode !== 'run' || array === undefined) return interp.unknown('handle');
    const remove = raising(ctx, () =>
      registerHook(array, (grad) => payloadOf(interp.resolve(interp.call(fn, [valueOfArray(ctx, grad)])))?.values),
    );
    const handle = interp.nativeClass({
      name: 'RemovableHandle',
      module: 'torch.utils.hooks',
      attrs: {
        remove: interp.native('remove', () => {
          remove();
          return interp.none;
        }),
      },
    });
    return interp.object(handle);
  },
  samples: ['torch.ones(2, requires_grad=True).register_hook(lambda g: g)'],
  errors: [['torch.ones(2).register_hook(lambda g: g)', 'no-gradient']],
  doc: 'torch.Tensor.register_hook',
};

const DETACH: Operation = {
  names: ['Tensor.detach_', 'torch.detach_'],
  signature: 'detach_(Tensor input)',
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const array = x.values;
    if (ctx.interp.mode === 'run' && array !== undefined) {
      array.node = undefined;
      array.requiresGrad = false;
    }
    ctx.interp.setPayload(x.object, x.payload.with({ requiresGrad: false }));
    return x.object;
  },
  samples: ['(torch.ones(2, requires_grad=True) * 2).detach_()'],
  doc: 'torch.Tensor.detach_',
};

const RETAINS: Operation = {
  names: ['Tensor.retains_grad'],
  property: true,
  signature: 'retains_grad()',
  shape: '(*) -> bool',
  rule: (ctx, a) => {
    const array = a.tensor('self').values;
    return ctx.interp.mode === 'run' && array !== undefined ? ctx.interp.bool(array.retainsGrad) : ctx.interp.unknownBool();
  },
  samples: ['torch.ones(2).retains_grad'],
  doc: 'torch.Tensor.retains_grad',
};

export const DIFFERENTIATION: readonly Operation[] = [GRAD, BACKWARD, RETAIN, HOOK, DETACH, RETAINS];

// ---------------------------------------------------------------- assignment

type Setter = (ctx: Context, x: TensorArg, value: Value) => void;

/** `x.grad = None`, `x.grad = g`: a gradient has its tensor's shape. */
const setGrad: Setter = (ctx, x, value) => {
  const array = x.values;
  const grad = payloadOf(value);
  if (grad !== undefined && ctx.world.decideEqual(x.shape, grad.shape) === 'no') {
    ctx.fail({
      code: 'shape-mismatch',
      text: 'assigned grad has data of a different size',
      message: `\`grad\` is ${ctx.spell(grad.shape)}, the tensor ${ctx.spell(x.shape)}`,
      origins: [x.origin],
    });
  }
  if (ctx.interp.mode === 'run' && array !== undefined) array.grad = grad?.values;
};

/** `x.data = y` keeps the object and its history, and takes over everything else. */
const setData: Setter = (ctx, x, value) => {
  const other = payloadOf(value);
  const array = x.values;
  if (other === undefined) {
    if (value.kind === 'unknown')
      ctx.interp.setPayload(x.object, x.payload.with({ values: undefined, bounds: undefined, layout: 'unknown' }));
    return;
  }
  if (ctx.interp.mode === 'run' && array !== undefined && other.values !== undefined) {
    array.setData(other.values);
    ctx.interp.setPayload(x.object, x.payload.with({ shape: other.shape, dtype: array.dtype, layout: layoutOf(array), values: array }));
    return;
  }
  ctx.interp.setPayload(
    x.object,
    x.payload.with({ shape: other.shape, dtype: other.dtype, layout: other.layout, values: undefined, bounds: undefined }),
  );
};

const setRequiresGrad: Setter = (ctx, x, value) => {
  ctx.interp.call(ctx.interp.getAttr(x.object, 'requires_grad_'), [value]);
};

const SETTERS: Readonly<Record<string, Setter>> = { grad: setGrad, data: setData, requires_grad: setRequiresGrad };

/** What assigning to a property of a tensor does, by its name. */
export function tensorSetter(interp: Interpreter, name: string): Value | undefined {
  const setter = SETTERS[name];
  if (setter === undefined) return undefined;
  return interp.native(name, (call) => {
    const ctx = new Context(interp, `Tensor.${name}`, call.node);
    setter(ctx, ctx.tensorOf(call.args[0] as Value, 'self'), interp.resolve(call.args[1] ?? interp.none));
    return interp.none;
  });
}
