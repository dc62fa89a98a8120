/**
 * torch.optim.Optimizer: parameter groups, state dicts and text. A subclass says how one parameter is stepped; in a check
 * nothing moves. Groups are ordinary Python dicts, so that a program can change `group['lr']`.
 */

import type { NdArray } from '../kernels/array.ts';
import { fromFlat, zeros } from '../kernels/array.ts';
import { freshState, type StepState } from '../kernels/optimizer-step.ts';
import { copyOf } from '../kernels/views.ts';
import { CannotRun } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { collect } from '../python/iteration.ts';
import { setItem } from '../python/subscripts.ts';
import type { ClassValue, DictValue, NativeCall, ObjectValue, Payload, Value } from '../python/values.ts';
import { valueOfArray } from './apply.ts';
import { Context } from './context.ts';
import { tensorTypeName } from './module.ts';
import { payloadOf } from './tensor.ts';

/** What an optimiser remembers of each parameter. */
export class OptimizerPayload implements Payload {
  readonly steps = new Map<ObjectValue, StepState>();

  join(other: Payload): Payload | undefined {
    return other instanceof OptimizerPayload ? this : undefined;
  }

  same(other: Payload): boolean {
    return other instanceof OptimizerPayload;
  }

  of(parameter: ObjectValue): StepState {
    let state = this.steps.get(parameter);
    if (state === undefined) this.steps.set(parameter, (state = freshState()));
    return state;
  }
}

/** A group's entry; undefined where it has none. */
export function entryOf(interp: Interpreter, group: Value, key: string): Value | undefined {
  const dict = interp.resolve(group);
  if (dict.kind !== 'dict') return undefined;
  for (const [k, v] of dict.slot.get().entries.values()) if (interp.asString(k) === key) return interp.resolve(v);
  return undefined;
}

/** A number in a group. Throws `CannotRun` where it is not one. */
export function numberIn(interp: Interpreter, group: Value, key: string): number {
  const value = entryOf(interp, group, key);
  const n = value === undefined ? undefined : interp.asNumber(value);
  const scalar = value === undefined ? undefined : payloadOf(value)?.values?.item();
  if (n === undefined && scalar === undefined) throw new CannotRun(`an optimizer's \`${key}\` is not a number`);
  return (n ?? scalar) as number;
}

export function flagIn(interp: Interpreter, group: Value, key: string): boolean {
  const value = entryOf(interp, group, key);
  return value !== undefined && interp.decide(interp.truth(value)) === 'yes';
}

export function groupsOf(interp: Interpreter, optimizer: ObjectValue): readonly Value[] {
  const groups = optimizer.attrs.get('param_groups');
  return groups === undefined ? [] : (interp.content(groups)?.items ?? []).map((g) => interp.resolve(g));
}

/** The parameters of a group. */
export function parametersIn(interp: Interpreter, group: Value): readonly ObjectValue[] {
  const list = entryOf(interp, group, 'params');
  const items = list === undefined ? [] : (interp.content(list)?.items ?? []);
  return items.flatMap((item) => {
    const value = interp.resolve(item);
    return value.kind === 'object' && payloadOf(value) !== undefined ? [value] : [];
  });
}

/** How a subclass moves one parameter by its gradient. */
export type Step = (group: Value, parameter: NdArray, grad: NdArray, state: StepState) => void;

function fail(ctx: Context, exception: string, text: string): never {
  return ctx.fail({ code: 'optimizer-parameters', exception, text, message: text });
}

function checkParameter(ctx: Context, given: Value): void {
  const value = ctx.interp.resolve(given);
  if (value.kind === 'unknown' || value.kind === 'choice') return;
  const payload = payloadOf(value);
  if (payload === undefined) {
    if (value.kind === 'object' && value.cls.mro.some((c) => c.open)) return;
    fail(ctx, 'TypeError', `optimizer can only optimize Tensors, but one of the params is ${ctx.interp.typeName(value)}`);
  }
  if (payload.values?.node !== undefined) fail(ctx, 'ValueError', "can't optimize a non-leaf Tensor");
}

/** A group as a dict of its own: given values, then defaults. */
function makeGroup(ctx: Context, given: DictValue | undefined, params: Value, defaults: ReadonlyMap<string, Value>): Value {
  const { interp } = ctx;
  const single = payloadOf(interp.resolve(params)) !== undefined;
  const content = single ? { items: [params], rest: undefined } : collect(interp, params);
  const items = content.items.map((item) => {
    const value = interp.resolve(item);
    // Named parameters come as pairs.
    return value.kind === 'tuple' && value.items.length === 2 ? interp.resolve(value.items[1] as Value) : value;
  });
  for (const item of items) checkParameter(ctx, item);
  const entries: [Value, Value][] = [[interp.str('params'), interp.list({ items, rest: content.rest })]];
  const own = new Set<string>(['params']);
  for (const [k, v] of given?.slot.get().entries.values() ?? []) {
    const key = interp.asString(k);
    if (key === undefined || key === 'params') continue;
    own.add(key);
    entries.push([k, v]);
  }
  for (const [key, value] of defaults) if (!own.has(key)) entries.push([interp.str(key), value]);
  return interp.dict(entries);
}

/** `Optimizer.__init__`: the groups. Raises as PyTorch does; an empty list only in a run, as a check may have missed layers. */
export function initialiseOptimizer(ctx: Context, self: ObjectValue, given: Value, defaults: ReadonlyMap<string, Value>): void {
  const { interp } = ctx;
  interp.setPayload(self, new OptimizerPayload());
  self.attrs.set('defaults', interp.dict([...defaults].map(([k, v]) => [interp.str(k), v] as const)));
  self.attrs.set('state', interp.dict([]));
  const params = interp.resolve(given);
  const tensor = payloadOf(params);
  if (tensor !== undefined) {
    fail(
      ctx,
      'TypeError',
      `params argument given to the optimizer should be an iterable of Tensors or dicts, but got ${tensorTypeName(tensor.dtype)}`,
    );
  }
  const content = collect(interp, params);
  const items = content.items.map((item) => interp.resolve(item));
  if (items.length === 0 && content.rest === undefined && interp.mode === 'run')
    fail(ctx, 'ValueError', 'optimizer got an empty parameter list');
  const grouped = items[0]?.kind === 'dict';
  const groups = grouped
    ? items.map((item) => {
        const dict = item.kind === 'dict' ? item : undefined;
        return makeGroup(ctx, dict, dict === undefined ? interp.list([]) : (entryOf(interp, dict, 'params') ?? interp.list([])), defaults);
      })
    : [makeGroup(ctx, undefined, interp.list(content), defaults)];
  self.attrs.set('param_groups', interp.list(groups));
  const seen = new Set<ObjectValue>();
  for (const parameter of groups.flatMap((g) => (grouped ? [...new Set(parametersIn(interp, g))] : []))) {
    if (seen.has(parameter)) fail(ctx, 'ValueError', 'some parameters appear in more than one parameter group');
    seen.add(parameter);
  }
}

function zeroGrad(interp: Interpreter, self: ObjectValue, toNone: boolean): void {
  if (interp.mode !== 'run') return;
  for (const group of groupsOf(interp, self)) {
    for (const parameter of parametersIn(interp, group)) {
      const array = payloadOf(parameter)?.values;
      if (array === undefined) continue;
      array.grad = toNone || array.grad === undefined ? undefined : zeros(array.grad.shape, array.grad.dtype);
    }
  }
}

/** Runs the closure, then moves every parameter that has a gradient. */
export function stepAll(ctx: Context, self: ObjectValue, closure: Value | undefined, step: Step | undefined): Value {
  const { interp } = ctx;
  const loss = closure === undefined || interp.resolve(closure).kind === 'none' ? interp.none : interp.call(closure, []);
  if (interp.mode !== 'run') return loss;
  if (step === undefined) throw new CannotRun(`${self.cls.name}.step is not supported`, ctx.node);
  const payload = self.payload.get();
  if (!(payload instanceof OptimizerPayload)) return loss;
  for (const group of groupsOf(interp, self)) {
    for (const parameter of parametersIn(interp, group)) {
      const array = payloadOf(parameter)?.values;
      if (array?.grad !== undefined) step(group, array, array.grad, payload.of(parameter));
    }
  }
  return loss;
}

/** `SGD (\nParameter Group 0\n    lr: 0.1\n)` */
function textOf(interp: Interpreter, self: ObjectValue): string | undefined {
  let text = `${self.cls.name} (`;
  for (const [i, group] of groupsOf(interp, self).entries()) {
    text += `\nParameter Group ${i}\n`;
    const entries = group.kind === 'dict' ? [...group.slot.get().entries.values()] : [];
    const named = entries.map(([k, v]) => [interp.asString(k) ?? '', v] as const).filter(([k]) => k !== 'params');
    for (const [key, value] of named.sort(([a], [b]) => (a < b ? -1 : 1))) {
      const shown = interp.resolve(value);
      const spelled = shown.kind === 'str' ? shown.value : interp.repr(shown);
      if (spelled === undefined) return undefined;
      text += `    ${key}: ${spelled}\n`;
    }
  }
  return `${text})`;
}

// ---------------------------------------------------------------- state dicts

const FIELDS: readonly (readonly [keyof StepState & string, string])[] = [
  ['average', 'exp_avg'],
  ['squares', 'exp_avg_sq'],
  ['maxSquares', 'max_exp_avg_sq'],
  ['momentum', 'momentum_buffer'],
  ['deltas', 'acc_delta'],
  ['gradAverage', 'grad_avg'],
];

/** The names under which the fields stand in a state dict differ by class. */
function fieldName(cls: string, field: string, usual: string): string {
  if (field !== 'squares') return usual;
  return cls === 'Adagrad' ? 'sum' : cls.startsWith('Adam') ? usual : 'square_avg';
}

function stateDict(ctx: Context, self: ObjectValue): Value {
  const { interp } = ctx;
  const payload = self.payload.get();
  const state: [Value, Value][] = [];
  let next = 0;
  const groups = groupsOf(interp, self).map((group) => {
    const places: Value[] = [];
    for (const parameter of parametersIn(interp, group)) {
      const own = payload instanceof OptimizerPayload ? payload.steps.get(parameter) : undefined;
      if (own !== undefined) state.push([interp.int(next), stateOfParameter(ctx, self.cls.name, own)]);
      places.push(interp.int(next++));
    }
    const entries = group.kind === 'dict' ? [...group.slot.get().entries.values()].filter(([k]) => interp.asString(k) !== 'params') : [];
    return interp.dict([...entries, [interp.str('params'), interp.list(places)]]);
  });
  return interp.dict([
    [interp.str('state'), interp.dict(state)],
    [interp.str('param_groups'), interp.list(groups)],
  ]);
}

function stateOfParameter(ctx: Context, cls: string, own: StepState): Value {
  const { interp } = ctx;
  const entries: [Value, Value][] = [];
  if (cls !== 'SGD') entries.push([interp.str('step'), valueOfArray(ctx, fromFlat([own.step], [], 'float32'))]);
  for (const [field, usual] of FIELDS) {
    const array = own[field];
    if (typeof array === 'object') entries.push([interp.str(fieldName(cls, field, usual)), valueOfArray(ctx, array)]);
  }
  return interp.dict(entries);
}

function loadStateDict(ctx: Context, self: ObjectValue, given: Value): void {
  const { interp } = ctx;
  const groups = groupsOf(interp, self);
  const saved = interp.content(entryOf(interp, given, 'param_groups') ?? interp.none)?.items ?? [];
  for (const [i, group] of groups.entries()) {
    const from = saved[i] === undefined ? undefined : interp.resolve(saved[i]);
    if (from?.kind !== 'dict') continue;
    for (const [k, v] of from.slot.get().entries.values()) if (interp.asString(k) !== 'params') setItem(interp, group, k, v);
  }
  const payload = self.payload.get();
  const state = entryOf(interp, given, 'state');
  if (!(payload instanceof OptimizerPayload) || state?.kind !== 'dict') return;
  const parameters = groups.flatMap((g) => parametersIn(interp, g));
  for (const [k, v] of state.slot.get().entries.values()) {
    const parameter = parameters[interp.asNumber(k) ?? -1];
    if (parameter === undefined) continue;
    const own = freshState();
    own.step = payloadOf(entryOf(interp, v, 'step') ?? interp.none)?.values?.item() ?? 1;
    for (const [field, usual] of FIELDS) {
      const array = payloadOf(entryOf(interp, v, fieldName(self.cls.name, field, usual)) ?? interp.none)?.values;
      if (array !== undefined) Object.assign(own, { [field]: copyOf(array) });
    }
    payload.steps.set(parameter, own);
  }
}

// ---------------------------------------------------------------- the class

type Method = (ctx: Context, self: ObjectValue, call: NativeCall) => Value;

/** A method of a native class, with the instance first. */
export function method(interp: Interpreter, name: string, body: Method): Value {
  return interp.native(name, (call) => {
    const self = interp.resolve(call.args[0] as Value);
    if (self.kind !== 'object') return interp.unknown();
    return body(new Context(interp, name, call.node), self, { ...call, args: call.args.slice(1) });
  });
}

export const argument = (call: NativeCall, index: number, name: string): Value | undefined => call.args[index] ?? call.kwargs.get(name);

export function createOptimizerClass(interp: Interpreter): ClassValue {
  return interp.nativeClass({
    name: 'Optimizer',
    module: 'torch.optim.optimizer',
    attrs: {
      __init__: method(interp, 'Optimizer.__init__', (ctx, self, call) => {
        const defaults = interp.resolve(argument(call, 1, 'defaults') ?? interp.none);
        const named = new Map<string, Value>();
        if (defaults.kind === 'dict') {
          for (const [k, v] of defaults.slot.get().entries.values()) {
            const key = interp.asString(k);
            if (key !== undefined) named.set(key, v);
          }
        }
        initialiseOptimizer(ctx, self, argument(call, 0, 'params') ?? interp.unknown('params'), named);
        return interp.none;
      }),
      step: method(interp, 'step', (ctx, self, call) => stepAll(ctx, self, argument(call, 0, 'closure'), undefined)),
      zero_grad: method(interp, 'zero_grad', (_, self, call) => {
        const given = argument(call, 0, 'set_to_none');
        zeroGrad(interp, self, given === undefined || interp.decide(interp.truth(given)) !== 'no');
        return interp.none;
      }),
      add_param_group: method(interp, 'add_param_group', (ctx, self, call) => {
        const group = interp.resolve(argument(call, 0, 'param_group') ?? interp.none);
        const defaults = interp.resolve(self.attrs.get('defaults') ?? interp.none);
        const list = interp.resolve(self.attrs.get('param_groups') ?? interp.none);
        if (group.kind !== 'dict' || defaults.kind !== 'dict' || list.kind !== 'list') return interp.none;
        const named = new Map([...defaults.slot.get().entries.values()].map(([k, v]) => [interp.asString(k) ?? '', v] as const));
        const made = makeGroup(ctx, group, entryOf(interp, group, 'params') ?? interp.list([]), named);
        const { items, rest } = list.slot.get();
        list.slot.set({ items: [...items, made], rest });
        return interp.none;
      }),
      state_dict: method(interp, 'state_dict', (ctx, self) => stateDict(ctx, self)),
      load_state_dict: method(interp, 'load_state_dict', (ctx, self, call) => {
        loadStateDict(ctx, self, argument(call, 0, 'state_dict') ?? interp.none);
        return interp.none;
      }),
      __repr__: method(interp, '__repr__', (_, self) => interp.str(textOf(interp, self))),
    },
  });
}
