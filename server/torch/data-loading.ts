/**
 * torch.utils.data while checking: data sets of tensors, parts of data sets, and loaders whose batches have the sizes that
 * they have in a run, the last one smaller. A run draws and collates for itself (`data-loader.ts`).
 */
import type { Dim } from '../dims/dim.ts';
import { choose, constant } from '../dims/dim.ts';
import { general } from '../python/builtins/mutation.ts';
import { attempt } from '../python/expressions.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { iteratorOver, unknownRest } from '../python/iteration.ts';
import { getItem } from '../python/subscripts.ts';
import type { Content, ModuleValue, NativeCall, ObjectValue, Value } from '../python/values.ts';
import { shapeOf } from '../shapes/shape.ts';
import { apply } from './apply.ts';
import { Context } from './context.ts';
import { splitLengths } from './datasets.ts';
import { argument } from './optimizer.ts';
import { stateOf } from './state.ts';
import { operation } from './table.ts';
import { payloadOf, TensorPayload } from './tensor.ts';

/** So many batches are made one by one, so many items of a data set put into them one by one. */
const SINGLE_BATCHES = 8;
const SINGLE_ITEMS = 512;

export function installDataLoading(interp: Interpreter, module: (name: string) => ModuleValue): void {
  if (interp.mode === 'run') return;
  const data = module('torch.utils.data');
  const method = (name: string, body: (self: ObjectValue, call: NativeCall) => Value): Value =>
    interp.native(name, (call) => {
      const self = interp.resolve(call.args[0] ?? interp.none);
      return self.kind === 'object' ? body(self, call) : interp.unknown();
    });
  const keep = (self: ObjectValue, call: NativeCall, names: readonly string[]): Value => {
    for (const [i, name] of names.entries()) {
      const value = argument({ ...call, args: call.args.slice(1) }, i, name);
      if (value !== undefined) self.attrs.set(name, value);
    }
    return interp.none;
  };
  const subset = interp.nativeClass({
    name: 'Subset',
    module: 'torch.utils.data.dataset',
    open: true,
    attrs: {
      __init__: method('__init__', (self, call) => keep(self, call, ['dataset', 'indices'])),
      __len__: method('__len__', (self) => lengthOf(interp, self.attrs.get('indices') ?? interp.unknown()) ?? interp.freshInt('?')),
      __getitem__: method('__getitem__', (self) => itemOf(interp, self.attrs.get('dataset') ?? interp.unknown())),
    },
  });
  data.attrs.set('Subset', subset);
  data.attrs.set(
    'TensorDataset',
    interp.nativeClass({
      name: 'TensorDataset',
      module: 'torch.utils.data.dataset',
      open: true,
      attrs: {
        __init__: method('__init__', (self, call) => keepTensors(interp, self, call)),
        __len__: method('__len__', (self) => firstSize(interp, self) ?? interp.freshInt('?', { least: 0 })),
        __getitem__: method('__getitem__', (self, call) => {
          const tensors = interp.content(self.attrs.get('tensors') ?? interp.none);
          if (tensors === undefined || tensors.rest !== undefined || call.args[1] === undefined) return interp.unknown();
          return interp.tuple(tensors.items.map((t) => getItem(interp, t, call.args[1] as Value)));
        }),
      },
    }),
  );
  data.attrs.set(
    'DataLoader',
    interp.nativeClass({
      name: 'DataLoader',
      module: 'torch.utils.data.dataloader',
      open: true,
      attrs: {
        __init__: method('__init__', (self, call) => keep(self, call, LOADER)),
        __iter__: method('__iter__', (self) => iteratorOver(batches(interp, self))),
        __len__: method('__len__', (self) => {
          const { items, rest } = plan(interp, self);
          return rest === undefined && items !== undefined ? interp.int(items) : interp.freshInt('?', { least: 0 });
        }),
      },
    }),
  );
  data.attrs.set(
    'random_split',
    interp.native('random_split', (call) => randomSplit(interp, subset, call)),
  );
}

const LOADER = [
  'dataset',
  'batch_size',
  'shuffle',
  'sampler',
  'batch_sampler',
  'num_workers',
  'collate_fn',
  'pin_memory',
  'drop_last',
] as const;

// ---------------------------------------------------------------- data sets

function keepTensors(interp: Interpreter, self: ObjectValue, call: NativeCall): Value {
  const tensors = call.args.slice(1);
  self.attrs.set('tensors', interp.tuple(tensors));
  const ctx = new Context(interp, 'TensorDataset', call.node);
  const [first, ...others] = tensors.map((t) => (payloadOf(interp.resolve(t)) === undefined ? undefined : ctx.tensorOf(t, 'tensors')));
  const size = first?.size(0);
  for (const other of others) {
    const own = other?.size(0);
    if (size === undefined || own === undefined) continue;
    ctx.require({ kind: 'eq', left: size, right: own }, () => ({
      code: 'shape-mismatch',
      exception: 'AssertionError',
      message: `TensorDataset: the tensors have ${ctx.spell(size)} and ${ctx.spell(own)} samples`,
      text: 'Size mismatch between tensors',
      origins: [size.origin, own.origin],
    }));
  }
  return interp.none;
}

function firstSize(interp: Interpreter, self: ObjectValue): Value | undefined {
  const first = interp.content(self.attrs.get('tensors') ?? interp.none)?.items[0];
  if (first === undefined || payloadOf(interp.resolve(first)) === undefined) return undefined;
  const size = new Context(interp, 'TensorDataset', undefined).tensorOf(first, 'tensors').size(0);
  return size === undefined ? undefined : interp.int(size);
}

function lengthOf(interp: Interpreter, value: Value): Value | undefined {
  const v = interp.resolve(value);
  if (v.kind === 'object') return interp.callMethod(v, '__len__', []);
  if (v.kind !== 'list' && v.kind !== 'tuple' && v.kind !== 'range') return undefined;
  return interp.call(interp.builtin('len'), [v]);
}

/** Any item of a data set. */
function itemOf(interp: Interpreter, dataset: Value): Value {
  const v = interp.resolve(dataset);
  const length = lengthOf(interp, v);
  const n = length === undefined ? undefined : interp.asInt(length);
  if (v.kind === 'object' && interp.findAttr(v, '__getitem__') === undefined) return interp.unknown();
  if (v.kind === 'object') return getItem(interp, v, interp.freshInt('?', { least: 0, ...(n === undefined ? {} : { greatest: n - 1 }) }));
  const content = v.kind === 'list' || v.kind === 'tuple' ? interp.content(v) : undefined;
  if (content === undefined) return interp.unknown();
  return general(interp, content.rest === undefined ? content.items : [...content.items, content.rest.element]);
}

/** Parts of given lengths, or of given shares of the whole: what they leave over goes to the first ones, one each. */
function randomSplit(interp: Interpreter, subset: Value, call: NativeCall): Value {
  const dataset = call.args[0] ?? call.kwargs.get('dataset');
  const lengths = interp.content(call.args[1] ?? call.kwargs.get('lengths') ?? interp.none);
  if (dataset === undefined || lengths === undefined || lengths.rest !== undefined) return interp.unknown();
  const total = lengthOf(interp, dataset);
  const n = total === undefined ? undefined : interp.asInt(total);
  const numbers = lengths.items.map((l) => interp.asNumber(l));
  const known = n !== undefined && numbers.every((x): x is number => x !== undefined) ? splitLengths(numbers, n) : undefined;
  const sizes = lengths.items.map((l, i) => (Number.isInteger(known?.[i]) ? constant(known?.[i] as number) : interp.asDim(l)));
  return interp.list(
    sizes.map((size) => {
      const length = size ?? interp.freshInt('?', { least: 0 }).dim;
      const indices = interp.list({ items: [], rest: { element: interp.freshInt('?', { least: 0 }), length } });
      return interp.call(subset, [dataset, indices]);
    }),
  );
}

// ---------------------------------------------------------------- loaders

interface Plan {
  /** How many batches there are, where that is known. */
  readonly items: number | undefined;
  readonly rest: 'more' | undefined;
  readonly size: number | undefined;
  /** The size of the last batch. */
  readonly last: number | undefined;
  /** The samples come in the order of the data set. */
  readonly ordered: boolean;
}

const UNPLANNED: Plan = { items: undefined, rest: 'more', size: undefined, last: undefined, ordered: false };

function plan(interp: Interpreter, self: ObjectValue): Plan {
  const given = (name: string): Value | undefined => {
    const value = self.attrs.get(name);
    const v = value === undefined ? undefined : interp.resolve(value);
    return v?.kind === 'none' ? undefined : v;
  };
  const flag = (name: string) => {
    const value = given(name);
    return value === undefined ? 'no' : interp.decide(interp.truth(value));
  };
  const dataset = given('dataset');
  if (dataset === undefined || given('batch_sampler') !== undefined) return UNPLANNED;
  const wanted = self.attrs.get('batch_size');
  const size = wanted === undefined ? 1 : interp.asInt(wanted);
  const drop = flag('drop_last');
  if (size === undefined || size < 1) return UNPLANNED;
  const length = given('sampler') === undefined ? lengthOf(interp, dataset) : undefined;
  const n = length === undefined ? undefined : interp.asInt(length);
  const ordered = given('sampler') === undefined && flag('shuffle') === 'no';
  if (n === undefined || drop === 'unknown') return { ...UNPLANNED, size, last: drop === 'yes' ? size : undefined };
  const over = n % size;
  const whole = Math.floor(n / size);
  if (drop === 'yes' || over === 0) return { items: whole, rest: undefined, size, last: size, ordered };
  return { items: whole + 1, rest: undefined, size, last: over, ordered };
}

function batches(interp: Interpreter, self: ObjectValue): Content {
  const { items, size, last, ordered } = plan(interp, self);
  const dataset = interp.resolve(self.attrs.get('dataset') ?? interp.unknown());
  const collate = interp.resolve(self.attrs.get('collate_fn') ?? interp.none);
  if (size === undefined) return { items: [], rest: unknownRest(interp) };
  const listed = ordered ? interp.content(dataset) : undefined;
  const known = listed?.rest === undefined && listed !== undefined && listed.items.length <= SINGLE_ITEMS ? listed.items : undefined;
  let sample: Value | undefined;
  const batch = (of: Dim, from: number | undefined): Value => {
    const single = known !== undefined && from !== undefined ? known.slice(from, from + size) : undefined;
    if (single === undefined) sample ??= itemOf(interp, dataset);
    const samples: Content =
      single === undefined ? { items: [], rest: { element: sample as Value, length: of } } : { items: single, rest: undefined };
    return collate.kind === 'none' ? collated(interp, samples, of, 0) : interp.call(collate, [interp.list(samples)]);
  };
  if (items === undefined || last === undefined) {
    const of = last === undefined ? interp.freshInt('?', { least: 1, greatest: size }).dim : constant(last);
    return { items: [], rest: { element: batch(of, undefined), length: interp.freshInt('?', { least: 0 }).dim } };
  }
  if (items <= SINGLE_BATCHES) {
    return {
      items: Array.from({ length: items }, (_, i) => batch(constant(i === items - 1 ? last : size), i * size)),
      rest: undefined,
    };
  }
  const any = last === size ? constant(size) : choose(interp.freshFlag('last batch'), constant(last), constant(size));
  return { items: [batch(constant(size), 0)], rest: { element: batch(any, undefined), length: constant(items - 1) } };
}

/** `default_collate`: tensors are stacked, numbers become a tensor, tuples and dictionaries are taken apart. */
function collated(interp: Interpreter, samples: Content, size: Dim, depth: number): Value {
  const all = samples.rest === undefined ? samples.items : [...samples.items, samples.rest.element];
  const [first, ...others] = all.map((v) => interp.resolve(v));
  if (first === undefined || depth > 4 || others.some((v) => v.kind !== first.kind)) return interp.unknown();
  const part = (pick: (v: Value) => Value | undefined): Value => {
    const items = samples.items.map((v) => pick(interp.resolve(v)));
    const element = samples.rest === undefined ? undefined : pick(interp.resolve(samples.rest.element));
    if (items.includes(undefined) || (samples.rest !== undefined && element === undefined)) return interp.unknown();
    const rest = samples.rest === undefined ? undefined : { element: element as Value, length: samples.rest.length };
    return collated(interp, { items: items as Value[], rest }, size, depth + 1);
  };
  const ctx = new Context(interp, 'default_collate', interp.frame?.node);
  if (payloadOf(first) !== undefined) {
    const stack = (): Value => apply(ctx, operation('torch.stack'), [interp.list(samples)]);
    return ctx.node === undefined ? interp.unknown() : attempt(interp, ctx.node, stack);
  }
  switch (first.kind) {
    case 'int':
    case 'float':
    case 'bool': {
      const dtype = ({ int: 'int64', float: 'float64', bool: 'bool' } as const)[first.kind];
      return interp.object(stateOf(interp).classes.tensor, new TensorPayload({ shape: shapeOf([size]), dtype }));
    }
    case 'tuple':
      if (first.rest !== undefined || first.open !== undefined) return interp.unknown();
      if (first.fields !== undefined)
        return { ...first, items: first.items.map((_, i) => part((v) => (v.kind === 'tuple' ? v.items[i] : undefined))) };
      return interp.list(first.items.map((_, i) => part((v) => (v.kind === 'tuple' ? v.items[i] : undefined))));
    case 'list': {
      const { items, rest } = first.slot.get();
      if (rest !== undefined) return interp.unknown();
      return interp.list(items.map((_, i) => part((v) => (v.kind === 'list' ? v.slot.get().items[i] : undefined))));
    }
    case 'dict': {
      const { entries, rest } = first.slot.get();
      if (rest !== undefined) return interp.unknown();
      return interp.dict(
        [...entries].map(
          ([key, [name]]) => [name, part((v) => (v.kind === 'dict' ? v.slot.get().entries.get(key)?.[1] : undefined))] as const,
        ),
      );
    }
    default:
      return interp.unknown();
  }
}
