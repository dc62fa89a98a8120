/**
 * torch.utils.data's samplers and `DataLoader` in a run: which numbers they take from which stream, in PyTorch's order.
 * Workers are not started; what they would give is the same where items do not depend on random numbers of their own.
 */
import type { Generator } from '../kernels/random.ts';
import type { ClassValue, ModuleValue, ObjectValue, Value } from '../python/values.ts';
import { bindPython } from './binding.ts';
import type { DatasetClasses } from './datasets.ts';
import { collate, convert, type DataWriter, dataClass, iteratorOf } from './datasets.ts';
import { argument } from './optimizer.ts';
import { parseSignature } from './signature.ts';
import { generatorOf, stateOf } from './state.ts';

/** `torch.empty((), dtype=torch.int64).random_()` as a seed: its low 63 bits. */
function drawnSeed(stream: Generator): bigint {
  return stream.engine.word64() & 0x7fff_ffff_ffff_ffffn;
}

/** The indices of a random sampler, drawn when they are asked for. */
function* shuffled(w: DataWriter, self: ObjectValue): Iterator<Value> {
  const { interp } = w;
  const n = w.length(w.attr(self, 'data_source'));
  const count = interp.asInt(w.attr(self, 'num_samples')) ?? n;
  let generator = w.attr(self, 'generator');
  if (generator.kind === 'none') {
    generator = interp.resolve(interp.call(stateOf(interp).classes.generator, []));
    generatorOf(generator)?.stream?.manualSeed(drawnSeed(stateOf(interp).generator));
  }
  const draw = (least: number): readonly Value[] => {
    const replaced = interp.decide(interp.truth(w.attr(self, 'replacement'))) === 'yes';
    const tensor = replaced
      ? w.fn('randint', [], { high: interp.int(n), size: interp.tuple([interp.int(least)]), generator })
      : w.fn('randperm', [interp.int(n)], { generator });
    return w.numbers(tensor).map((i) => interp.int(i));
  };
  const replaced = interp.decide(interp.truth(w.attr(self, 'replacement'))) === 'yes';
  const each = replaced ? 32 : n;
  for (let i = 0; i < Math.floor(count / each); i++) yield* draw(each);
  // The last draw happens whether or not anything of it is used.
  yield* draw(count % each).slice(0, count % each);
}

function installSamplers(w: DataWriter, home: ModuleValue): { readonly random: ClassValue; readonly sequential: ClassValue } {
  const { interp } = w;
  const add = (...args: [name: string, base: ClassValue | undefined, methods: Parameters<typeof dataClass>[3]]): ClassValue => {
    const cls = dataClass(interp, ...args);
    home.attrs.set(args[0], cls);
    return cls;
  };
  const sampler = add('Sampler', undefined, {});
  sampler.attrs.set('__class_getitem__', {
    kind: 'classmethod',
    func: interp.native('__class_getitem__', (call) => call.args[0] ?? sampler),
  });
  const sequential = add('SequentialSampler', sampler, {
    __init__: (self, call) => {
      self.attrs.set('data_source', argument(call, 0, 'data_source') ?? interp.none);
      return interp.none;
    },
    __iter__: (self) => {
      const n = w.length(w.attr(self, 'data_source'));
      return iteratorOf('range_iterator', Array.from({ length: n }, (_, i) => interp.int(i)).values());
    },
    __len__: (self) => interp.int(w.length(w.attr(self, 'data_source'))),
  });
  const random = add('RandomSampler', sampler, {
    __init__: (self, call) => {
      const source = argument(call, 0, 'data_source') ?? interp.none;
      const count = argument(call, 2, 'num_samples');
      self.attrs.set('data_source', source);
      self.attrs.set('replacement', argument(call, 1, 'replacement') ?? interp.bool(false));
      const samples = count === undefined || interp.resolve(count).kind === 'none' ? interp.int(w.length(source)) : count;
      if ((interp.asInt(samples) ?? 1) <= 0) {
        interp.raise('ValueError', `num_samples should be a positive integer value, but got num_samples=${interp.asInt(samples)}`);
      }
      self.attrs.set('num_samples', samples);
      self.attrs.set('generator', argument(call, 3, 'generator') ?? interp.none);
      return interp.none;
    },
    __iter__: (self) => iteratorOf('generator', shuffled(w, self)),
    __len__: (self) => w.attr(self, 'num_samples'),
  });
  add('SubsetRandomSampler', sampler, {
    __init__: (self, call) => {
      self.attrs.set('indices', argument(call, 0, 'indices') ?? interp.none);
      self.attrs.set('generator', argument(call, 1, 'generator') ?? interp.none);
      return interp.none;
    },
    __iter__: (self) => {
      const indices = w.attr(self, 'indices');
      const generator = w.attr(self, 'generator');
      const order = w.fn('randperm', [interp.int(w.length(indices))], generator.kind === 'none' ? {} : { generator });
      return iteratorOf(
        'generator',
        w
          .numbers(order)
          .map((i) => w.item(indices, i))
          .values(),
      );
    },
    __len__: (self) => interp.int(w.length(w.attr(self, 'indices'))),
  });
  add('WeightedRandomSampler', sampler, {
    __init__: (self, call) => {
      const dtype = stateOf(interp).dtypes.get('float64') ?? interp.none;
      self.attrs.set('weights', w.fn('as_tensor', [argument(call, 0, 'weights') ?? interp.none], { dtype }));
      self.attrs.set('num_samples', argument(call, 1, 'num_samples') ?? interp.none);
      self.attrs.set('replacement', argument(call, 2, 'replacement') ?? interp.bool(true));
      self.attrs.set('generator', argument(call, 3, 'generator') ?? interp.none);
      return interp.none;
    },
    __iter__: (self) => {
      const generator = w.attr(self, 'generator');
      const args = [w.attr(self, 'weights'), w.attr(self, 'num_samples'), w.attr(self, 'replacement')];
      const drawn = w.fn('multinomial', args, generator.kind === 'none' ? {} : { generator });
      return iteratorOf(
        'generator',
        w
          .numbers(drawn)
          .map((i) => interp.int(i))
          .values(),
      );
    },
    __len__: (self) => w.attr(self, 'num_samples'),
  });
  add('BatchSampler', sampler, {
    __init__: (self, call) => {
      const size = argument(call, 1, 'batch_size') ?? interp.none;
      const n = interp.resolve(size).kind === 'int' ? interp.asInt(size) : undefined;
      if (n === undefined || n <= 0) {
        interp.raise('ValueError', `batch_size should be a positive integer value, but got batch_size=${interp.str_(size) ?? '?'}`);
      }
      self.attrs.set('sampler', argument(call, 0, 'sampler') ?? interp.none);
      self.attrs.set('batch_size', size);
      self.attrs.set('drop_last', argument(call, 2, 'drop_last') ?? interp.bool(false));
      return interp.none;
    },
    __iter__: (self) => iteratorOf('generator', batches(w, w.attr(self, 'sampler'), self)),
    __len__: (self) => interp.int(batchCount(w, w.length(w.attr(self, 'sampler')), self)),
  });
  return { random, sequential };
}

const drops = (w: DataWriter, self: ObjectValue): boolean => w.interp.decide(w.interp.truth(w.attr(self, 'drop_last'))) === 'yes';

/** Lists of `batch_size` items of something that can be iterated; the last one may be shorter. */
function* batches(w: DataWriter, source: Value, self: ObjectValue): Iterator<Value> {
  const { interp } = w;
  const size = interp.asInt(w.attr(self, 'batch_size')) ?? 1;
  const iterator = interp.iterate(source);
  for (;;) {
    const batch: Value[] = [];
    while (batch.length < size) {
      const item = iterator.pull();
      if (item === undefined) break;
      batch.push(interp.resolve(item));
    }
    if (batch.length > 0 && (batch.length === size || !drops(w, self))) yield interp.list(batch);
    if (batch.length < size) return;
  }
}

function batchCount(w: DataWriter, items: number, self: ObjectValue): number {
  const size = w.interp.asInt(w.attr(self, 'batch_size')) ?? 1;
  return drops(w, self) ? Math.floor(items / size) : Math.ceil(items / size);
}

const LOADER = parseSignature(
  'def DataLoader.__init__(self, dataset, batch_size=1, shuffle=None, sampler=None, batch_sampler=None, num_workers=0, collate_fn=None, pin_memory=False, drop_last=False, timeout=0, worker_init_fn=None, multiprocessing_context=None, generator=None, *, prefetch_factor=None, persistent_workers=False, pin_memory_device="", in_order=True)',
);

/** What a loader gives, one after the other. */
function* loaded(w: DataWriter, self: ObjectValue): Iterator<Value> {
  const { interp } = w;
  const dataset = w.attr(self, 'dataset');
  const collator = w.attr(self, 'collate_fn');
  const whole = (items: readonly Value[]): Value =>
    collator.kind === 'none' ? collate(w, items) : interp.resolve(interp.call(collator, [interp.list(items)]));
  const single = (item: Value): Value => (collator.kind === 'none' ? convert(w, item) : interp.resolve(interp.call(collator, [item])));
  const batching = w.attr(self, 'batch_sampler').kind !== 'none' || w.attr(self, 'batch_size').kind !== 'none';
  if (w.attr(self, '_iterable').kind === 'bool') {
    if (!batching) for (const item of w.list(dataset)) yield single(item);
    else
      for (const it = batches(w, dataset, self); ; ) {
        const next = it.next();
        if (next.done === true) return;
        yield whole(w.list(next.value));
      }
    return;
  }
  const indices = interp.iterate(batching ? w.attr(self, 'batch_sampler') : w.attr(self, 'sampler'));
  for (let index = indices.pull(); index !== undefined; index = indices.pull()) {
    if (!batching) yield single(at(w, dataset, index));
    else yield whole(w.list(index).map((i) => at(w, dataset, i)));
  }
}

function at(w: DataWriter, dataset: Value, index: Value): Value {
  const item = w.interp.callMethod(dataset, '__getitem__', [index]);
  return w.interp.resolve(item ?? w.item(dataset, w.interp.asInt(index) ?? 0));
}

/** Puts samplers and the loader into torch.utils.data. */
export function installDataLoader(w: DataWriter, home: ModuleValue, classes: DatasetClasses): void {
  const { interp } = w;
  const samplers = installSamplers(w, home);
  const batchSampler = home.attrs.get('BatchSampler') as ClassValue;
  const loader = dataClass(interp, 'DataLoader', undefined, {
    __iter__: (self) => {
      // Each pass over the data begins by taking a seed for workers, also where there are none.
      const own = generatorOf(w.attr(self, 'generator'))?.stream;
      drawnSeed(own ?? stateOf(interp).generator);
      return iteratorOf('_SingleProcessDataLoaderIter', loaded(w, self));
    },
    __len__: (self) => {
      const sampler = w.attr(self, 'batch_sampler').kind !== 'none' ? w.attr(self, 'batch_sampler') : w.attr(self, 'sampler');
      if (w.attr(self, '_iterable').kind !== 'bool') return interp.int(w.length(sampler));
      const items = w.length(w.attr(self, 'dataset'));
      return interp.int(w.attr(self, 'batch_size').kind === 'none' ? items : batchCount(w, items, self));
    },
  });
  loader.attrs.set(
    '__init__',
    interp.native('DataLoader.__init__', (call) => {
      const bound = bindPython(interp, LOADER, call.args, call.kwargs);
      const get = (name: string): Value => interp.resolve(bound.values.get(name) ?? interp.none);
      const self = get('self');
      if (self.kind !== 'object') return interp.none;
      for (const [name, value] of bound.values) if (name !== 'self') self.attrs.set(name, value);
      const given = (name: string): boolean => get(name).kind !== 'none';
      const shuffles = interp.decide(interp.truth(get('shuffle'))) === 'yes';
      const dropping = interp.decide(interp.truth(get('drop_last'))) === 'yes';
      if (given('sampler') && shuffles) interp.raise('ValueError', 'sampler option is mutually exclusive with shuffle');
      if (interp.isInstance(get('dataset'), classes.iterable) === 'yes') {
        if (shuffles)
          interp.raise('ValueError', 'DataLoader with IterableDataset: expected unspecified shuffle option, but got shuffle=True');
        self.attrs.set('_iterable', interp.bool(true));
        return interp.none;
      }
      if (given('batch_sampler')) {
        if (interp.asInt(get('batch_size')) !== 1 || shuffles || given('sampler') || dropping)
          interp.raise('ValueError', 'batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last');
        self.attrs.set('batch_size', interp.none);
      } else if (!given('batch_size') && dropping)
        interp.raise('ValueError', 'batch_size=None option disables auto-batching and is mutually exclusive with drop_last');
      let sampler = get('sampler');
      if (sampler.kind === 'none') {
        const generator = new Map([['generator', get('generator')]]);
        sampler = shuffles ? interp.call(samplers.random, [get('dataset')], generator) : interp.call(samplers.sequential, [get('dataset')]);
        self.attrs.set('sampler', sampler);
      }
      if (given('batch_size') && !given('batch_sampler'))
        self.attrs.set('batch_sampler', interp.call(batchSampler, [sampler, get('batch_size'), get('drop_last')]));
      return interp.none;
    }),
  );
  home.attrs.set('DataLoader', loader);
}
