/**
 * torch.autograd.Function in a run: `apply` calls the program's own `forward` outside the graph and records its `backward`.
 * A check does not follow them.
 */
import type { NdArray } from '../kernels/array.ts';
import { full } from '../kernels/array.ts';
import { isGradEnabled, noGrad, recordAll } from '../kernels/autograd.ts';
import { lookup } from '../python/classes.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { ClassValue, ModuleValue, ObjectValue, Value } from '../python/values.ts';
import { valueOfArray } from './apply.ts';
import { Context } from './context.ts';
import { method } from './optimizer.ts';
import { payloadOf } from './tensor.ts';

const SAVED = '_saved';

function createContextClass(interp: Interpreter): ClassValue {
  const nothing = method(interp, 'mark', () => interp.none);
  return interp.nativeClass({
    name: 'FunctionCtx',
    module: 'torch.autograd.function',
    attrs: {
      save_for_backward: method(interp, 'save_for_backward', (_, self, call) => {
        self.attrs.set(SAVED, interp.tuple(call.args));
        return interp.none;
      }),
      saved_tensors: {
        kind: 'property',
        cached: false,
        set: undefined,
        get: method(interp, 'saved_tensors', (_, self) => self.attrs.get(SAVED) ?? interp.tuple([])),
      },
      mark_dirty: nothing,
      mark_non_differentiable: method(interp, 'mark_non_differentiable', (_, self, call) => {
        self.attrs.set('_plain', interp.tuple(call.args));
        return interp.none;
      }),
      set_materialize_grads: nothing,
    },
  });
}

const arrayIn = (interp: Interpreter, value: Value | undefined): NdArray | undefined =>
  value === undefined ? undefined : payloadOf(interp.resolve(value))?.values;

/** The parts of a result that may be one value. */
function partsOf(interp: Interpreter, value: Value): readonly Value[] {
  const v = interp.resolve(value);
  return v.kind === 'tuple' ? v.items : [v];
}

function applied(ctx: Context, cls: ClassValue, context: ObjectValue, args: readonly Value[]): Value {
  const { interp } = ctx;
  const inputs = args.map((a) => arrayIn(interp, a));
  context.attrs.set('needs_input_grad', interp.tuple(inputs.map((a) => interp.bool(a?.requiresGrad === true))));
  const member = (name: string): Value => interp.getAttr(cls, name);
  const apart = lookup(cls, 'setup_context') !== undefined;
  const result = quiet(ctx, () => {
    const made = interp.call(member('forward'), apart ? args : [context, ...args], new Map(), ctx.node);
    if (apart) interp.call(member('setup_context'), [context, interp.tuple(args), made]);
    return interp.resolve(made);
  });
  const plain = new Set(interp.content(context.attrs.get('_plain') ?? interp.tuple([]))?.items.map((v) => arrayIn(interp, v)));
  const outputs = partsOf(interp, result).map((value) => {
    const array = arrayIn(interp, value);
    return { value, array: array === undefined || plain.has(array) ? undefined : array.alias() };
  });
  const arrays = outputs.flatMap((o) => o.array ?? []);
  recordAll(`${cls.name}Backward`, inputs, arrays, (grads) => {
    let next = 0;
    const seen = outputs.map((o) => {
      if (o.array === undefined) return interp.none;
      const grad = grads[next++];
      return valueOfArray(ctx, grad ?? full(o.array.shape, 0, o.array.dtype));
    });
    const given = quiet(ctx, () => interp.call(member('backward'), [context, ...seen]));
    const parts = partsOf(interp, given);
    return inputs.map((_, i) => arrayIn(interp, parts[i]));
  });
  const values = outputs.map((o) => (o.array === undefined ? o.value : valueOfArray(ctx, o.array)));
  return result.kind === 'tuple' ? interp.tuple(values) : (values[0] as Value);
}

/** Without recording, for the program's own question too. */
function quiet<T>(ctx: Context, body: () => T): T {
  const before = ctx.state.gradEnabled;
  ctx.state.gradEnabled = false;
  try {
    return isGradEnabled() ? noGrad(body) : body();
  } finally {
    ctx.state.gradEnabled = before;
  }
}

export function installAutogradFunction(interp: Interpreter, module: (name: string) => ModuleValue): void {
  const contexts = createContextClass(interp);
  const apply = interp.native('apply', (call) => {
    const cls = interp.resolve(call.args[0] as Value);
    if (cls.kind !== 'class') return interp.unknown();
    return applied(new Context(interp, cls.name, call.node), cls, interp.object(contexts), call.args.slice(1));
  });
  const cls = interp.nativeClass({
    name: 'Function',
    module: 'torch.autograd.function',
    attrs: { apply: { kind: 'classmethod', func: apply } },
  });
  module('torch.autograd').attrs.set('Function', cls);
}
