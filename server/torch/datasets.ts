/**
 * torch.utils.data as far as a run needs it: datasets, and how items of one make a batch. Everything is written with the
 * operations of the table. What a check knows of them stands in `data-loading.ts`.
 */
import type { Interpreter } from '../python/interpreter.ts';
import { makeIterator } from '../python/iteration.ts';
import { getItem } from '../python/subscripts.ts';
import type { ClassValue, ModuleValue, NativeCall, ObjectValue, Value } from '../python/values.ts';
import type { Context } from './context.ts';
import { argument, method } from './optimizer.ts';
import { stateOf } from './state.ts';
import { isTensor } from './tensor.ts';

/** Short forms for what Python would say. */
export class DataWriter {
  readonly interp: Interpreter;
  private readonly torch: ModuleValue;

  constructor(interp: Interpreter, torch: ModuleValue) {
    this.interp = interp;
    this.torch = torch;
  }

  /** `torch.name(*args, **kwargs)` */
  fn(name: string, args: readonly Value[], kwargs: Readonly<Record<string, Value>> = {}): Value {
    return this.interp.resolve(this.interp.call(this.interp.getAttr(this.torch, name), args, new Map(Object.entries(kwargs))));
  }

  length(value: Value): number {
    return this.interp.asInt(this.interp.call(this.interp.builtin('len'), [value])) ?? 0;
  }

  item(container: Value, index: number): Value {
    return this.interp.resolve(getItem(this.interp, container, this.interp.int(index)));
  }

  /** The items of something that can be iterated. */
  list(value: Value): Value[] {
    const items: Value[] = [];
    const iterator = this.interp.iterate(value);
    for (let item = iterator.pull(); item !== undefined; item = iterator.pull()) items.push(this.interp.resolve(item));
    return items;
  }

  /** A one-dimensional tensor's numbers. */
  numbers(tensor: Value): number[] {
    return this.list(this.interp.call(this.interp.getAttr(tensor, 'tolist'), [])).map((n) => this.interp.asNumber(n) ?? 0);
  }

  attr(self: ObjectValue, name: string): Value {
    return this.interp.resolve(self.attrs.get(name) ?? this.interp.none);
  }
}

/** torch.utils.data.default_collate: items of one kind become one tensor, structures keep their form. */
export function collate(w: DataWriter, batch: readonly Value[]): Value {
  const { interp } = w;
  const first = batch[0] ?? interp.none;
  if (isTensor(first)) return w.fn('stack', [interp.list(batch), interp.int(0)]);
  switch (first.kind) {
    case 'float':
      return w.fn('tensor', [interp.list(batch)], { dtype: float64(interp) });
    case 'int':
    case 'bool':
      return w.fn('tensor', [interp.list(batch)]);
    case 'str':
    case 'bytes':
      return interp.list(batch);
    case 'dict': {
      const keys = w.list(first);
      return interp.dict(
        keys.map(
          (key) =>
            [
              key,
              collate(
                w,
                batch.map((item) => interp.resolve(getItem(interp, item, key))),
              ),
            ] as [Value, Value],
        ),
      );
    }
    case 'tuple':
    case 'list': {
      const rows = batch.map((item) => w.list(item));
      const width = rows[0]?.length ?? 0;
      if (rows.some((row) => row.length !== width)) interp.raise('RuntimeError', 'each element in list of batch should be of equal size');
      const columns = Array.from({ length: width }, (_, i) =>
        collate(
          w,
          rows.map((row) => row[i] as Value),
        ),
      );
      if (first.kind === 'tuple' && first.cls !== undefined && first.fields !== undefined) return interp.call(first.cls, columns);
      return interp.list(columns);
    }
    default:
      return interp.raise(
        'TypeError',
        `default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found ${interp.repr(interp.classOf(first)) ?? interp.typeName(first)}`,
      );
  }
}

/** What a loader without batches gives of an item: structures of the same form, but a tuple becomes a list. */
export function convert(w: DataWriter, item: Value): Value {
  const { interp } = w;
  if (item.kind === 'dict')
    return interp.dict(w.list(item).map((key) => [key, convert(w, interp.resolve(getItem(interp, item, key)))] as [Value, Value]));
  if (item.kind !== 'tuple' && item.kind !== 'list') return item;
  const parts = w.list(item).map((part) => convert(w, part));
  return item.kind === 'tuple' && item.cls !== undefined && item.fields !== undefined ? interp.call(item.cls, parts) : interp.list(parts);
}

function float64(interp: Interpreter): Value {
  return stateOf(interp).dtypes.get('float64') ?? interp.none;
}

type Body = (self: ObjectValue, call: NativeCall, ctx: Context) => Value;

/** A class of torch.utils.data. */
export function dataClass(
  interp: Interpreter,
  name: string,
  base: ClassValue | undefined,
  methods: Readonly<Record<string, Body>>,
): ClassValue {
  const attrs: Record<string, Value> = {};
  for (const [key, body] of Object.entries(methods)) attrs[key] = method(interp, key, (ctx, self, call) => body(self, call, ctx));
  return interp.nativeClass({ name, module: 'torch.utils.data', ...(base === undefined ? {} : { bases: [base] }), attrs });
}

export interface DatasetClasses {
  readonly dataset: ClassValue;
  readonly iterable: ClassValue;
}

export function installDatasets(w: DataWriter, home: ModuleValue): DatasetClasses {
  const { interp } = w;
  const add = (name: string, base: ClassValue | undefined, methods: Readonly<Record<string, Body>>): ClassValue => {
    const cls = dataClass(interp, name, base, methods);
    home.attrs.set(name, cls);
    return cls;
  };
  const joined = (parts: readonly Value[]): Value => interp.call(concat, [interp.list(parts)]);
  const dataset = add('Dataset', undefined, {
    __getitem__: () => interp.raise('NotImplementedError', 'Subclasses of Dataset should implement __getitem__.'),
    __add__: (self, call) => joined([self, argument(call, 0, 'other') ?? interp.none]),
  });
  dataset.attrs.set('__class_getitem__', {
    kind: 'classmethod',
    func: interp.native('__class_getitem__', (call) => call.args[0] ?? dataset),
  });
  const iterable = add('IterableDataset', dataset, {});
  add('TensorDataset', dataset, {
    __init__: (self, call) => {
      const tensors = call.args.map((t) => interp.resolve(t));
      if (new Set(tensors.map((t) => w.length(t))).size > 1) interp.raise('AssertionError', 'Size mismatch between tensors');
      self.attrs.set('tensors', interp.tuple(tensors));
      return interp.none;
    },
    __getitem__: (self, call) =>
      interp.tuple(w.list(w.attr(self, 'tensors')).map((t) => getItem(interp, t, argument(call, 0, 'index') ?? interp.none))),
    __len__: (self) => interp.int(w.length(w.item(w.attr(self, 'tensors'), 0))),
  });
  const subset = add('Subset', dataset, {
    __init__: (self, call) => {
      self.attrs.set('dataset', argument(call, 0, 'dataset') ?? interp.none);
      self.attrs.set('indices', argument(call, 1, 'indices') ?? interp.none);
      return interp.none;
    },
    __getitem__: (self, call) =>
      getItem(interp, w.attr(self, 'dataset'), getItem(interp, w.attr(self, 'indices'), call.args[0] ?? interp.none)),
    __len__: (self) => interp.int(w.length(w.attr(self, 'indices'))),
  });
  const concat = add('ConcatDataset', dataset, {
    __init__: (self, call) => {
      const parts = w.list(argument(call, 0, 'datasets') ?? interp.none);
      if (parts.length === 0) interp.raise('AssertionError', 'datasets should not be an empty iterable');
      self.attrs.set('datasets', interp.list(parts));
      return interp.none;
    },
    __getitem__: (self, call) => {
      const parts = w.list(w.attr(self, 'datasets'));
      const total = parts.reduce((n, part) => n + w.length(part), 0);
      let index = interp.asInt(call.args[0] ?? interp.none) ?? 0;
      if (index < 0) {
        if (-index > total) interp.raise('ValueError', 'absolute value of index should not exceed dataset length');
        index += total;
      }
      for (const part of parts) {
        const length = w.length(part);
        if (index < length) return w.item(part, index);
        index -= length;
      }
      return interp.raise('IndexError', 'list index out of range');
    },
    __len__: (self) => interp.int(w.list(w.attr(self, 'datasets')).reduce((n, part) => n + w.length(part), 0)),
  });
  home.attrs.set(
    'random_split',
    interp.native('random_split', (call) => {
      const source = interp.resolve(argument(call, 0, 'dataset') ?? interp.none);
      const given = w.list(argument(call, 1, 'lengths') ?? interp.none).map((n) => interp.asNumber(n) ?? 0);
      const generator = argument(call, 2, 'generator');
      const total = w.length(source);
      const lengths = splitLengths(given, total);
      if (lengths.reduce((n, x) => n + x, 0) !== total)
        interp.raise('ValueError', 'Sum of input lengths does not equal the length of the input dataset!');
      const order = w.numbers(w.fn('randperm', [interp.int(total)], generator === undefined ? {} : { generator }));
      let from = 0;
      return interp.list(
        lengths.map((length) => {
          from += length;
          return interp.call(subset, [source, interp.list(order.slice(from - length, from).map((n) => interp.int(n)))]);
        }),
      );
    }),
  );
  home.attrs.set(
    'default_collate',
    interp.native('default_collate', (call) => collate(w, w.list(argument(call, 0, 'batch') ?? interp.none))),
  );
  home.attrs.set(
    'get_worker_info',
    interp.native('get_worker_info', () => interp.none),
  );
  return { dataset, iterable };
}

/** The lengths of the parts: those that are given, or for fractions that sum to one whole numbers of items; what is left goes round. */
export function splitLengths(fractions: readonly number[], total: number): readonly number[] {
  const sum = fractions.reduce((n, x) => n + x, 0);
  if (Math.abs(sum - 1) > 1e-9 || sum > 1) return fractions;
  const lengths = fractions.map((f) => Math.floor(total * f));
  const left = total - lengths.reduce((n, x) => n + x, 0);
  for (let i = 0; i < left; i++) lengths[i % lengths.length] = (lengths[i % lengths.length] as number) + 1;
  return lengths;
}

/** Python's iterator over what a generator function yields. */
export function iteratorOf(name: string, items: Iterator<Value>): Value {
  return makeIterator(name, () => {
    const next = items.next();
    return next.done === true ? undefined : next.value;
  });
}
