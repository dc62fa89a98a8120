/**
 * `collections` and `collections.abc`.
 */
import { done } from '../builtins/define.ts';
import { lookup, makeClass } from '../classes.ts';
import { compare } from '../comparison.ts';
import type { Interpreter } from '../interpreter.ts';
import { collect, iteratorOver } from '../iteration.ts';

import { getItem, setItem } from '../subscripts.ts';
import type { ClassValue, ModuleValue, Value } from '../values.ts';
import { counterClass, defaultDictClass, orderedDictClass } from './counter.ts';
import { dequeClass } from './deque.ts';
import { closedModule, nativeClass, partialModule } from './module.ts';
import { namedTupleFunction } from './named-tuple.ts';

export function collectionsModule(interp: Interpreter): ModuleValue {
  const abc = abstractCollections(interp);
  return partialModule(interp, 'collections', [], {
    OrderedDict: orderedDictClass(interp),
    defaultdict: defaultDictClass(interp),
    Counter: counterClass(interp),
    deque: dequeClass(interp),
    namedtuple: namedTupleFunction(interp),
    ChainMap: chainMapClass(interp),
    UserDict: interp.builtins.types.dict,
    UserList: interp.builtins.types.list,
    abc,
    // Until Python 3.10 they stood here.
    ...Object.fromEntries(abc.attrs.entries()),
  });
}

function chainMapClass(interp: Interpreter): ClassValue {
  const maps = (self: Value): readonly Value[] => interp.items(interp.getAttr(self, 'maps')) ?? [];
  const has = (map: Value, key: Value) => interp.decide(interp.truth(compare(interp, 'in', key, map)));
  const find = (self: Value, key: Value, otherwise: () => Value): Value => {
    for (const map of maps(self)) {
      const there = has(map, key);
      if (there === 'yes') return getItem(interp, map, key);
      if (there === 'unknown') return interp.unknown();
    }
    return otherwise();
  };
  const keys = (self: Value) => {
    const seen = interp.dict([]);
    for (const map of [...maps(self)].reverse()) for (const key of collect(interp, map).items) setItem(interp, seen, key, interp.none);
    return [...seen.slot.get().entries.values()].map(([key]) => key);
  };
  return nativeClass(
    interp,
    'ChainMap',
    'collections',
    [
      [
        '__getitem__(this, key, /)',
        (a) => find(a[0] as Value, a[1] as Value, () => interp.raise('KeyError', interp.repr(a[1] as Value) ?? '?')),
      ],
      ['get(this, key, default=None)', (a) => find(a[0] as Value, a[1] as Value, () => a[2] ?? interp.none)],
      ['__contains__(this, key, /)', (a) => interp.bool(maps(a[0] as Value).some((map) => has(map, a[1] as Value) === 'yes'))],
      [
        '__setitem__(this, key, value, /)',
        (a) => done(setItem(interp, maps(a[0] as Value)[0] ?? interp.dict([]), a[1] as Value, a[2] as Value)),
      ],
      ['__iter__(this, /)', (a) => iteratorOver({ items: keys(a[0] as Value), rest: undefined })],
      ['__len__(this, /)', (a) => interp.int(keys(a[0] as Value).length)],
      ['keys(this, /)', (a) => interp.list(keys(a[0] as Value))],
      ['values(this, /)', (a) => interp.list(keys(a[0] as Value).map((key) => getItem(interp, a[0] as Value, key)))],
      ['items(this, /)', (a) => interp.list(keys(a[0] as Value).map((key) => interp.tuple([key, getItem(interp, a[0] as Value, key)])))],
    ],
    {},
    (call, cls) => {
      const object = interp.object(cls);
      object.attrs.set('maps', interp.list(call.args.length === 0 ? [interp.dict([])] : call.args.slice()));
      return object;
    },
  );
}

/** Class → the special methods that make something an instance of it. */
const ABSTRACT: Readonly<Record<string, readonly string[]>> = {
  Callable: ['__call__'],
  Hashable: ['__hash__'],
  Iterable: ['__iter__'],
  Iterator: ['__iter__', '__next__'],
  Generator: ['send'],
  Reversible: ['__reversed__'],
  Sized: ['__len__'],
  Container: ['__contains__'],
  Collection: ['__len__', '__iter__', '__contains__'],
  Awaitable: ['__await__'],
  Coroutine: ['__await__'],
  AsyncIterable: ['__aiter__'],
  AsyncIterator: ['__anext__'],
};

/** Class → kinds of builtin values that count as instances. */
const REGISTERED: Readonly<Record<string, readonly Value['kind'][]>> = {
  Sequence: ['list', 'tuple', 'str', 'range', 'bytes'],
  MutableSequence: ['list'],
  Mapping: ['dict'],
  MutableMapping: ['dict'],
  Set: ['set'],
  MutableSet: ['set'],
  KeysView: [],
  ValuesView: [],
  ItemsView: [],
  MappingView: [],
  ByteString: ['bytes'],
  Buffer: ['bytes'],
};

const memo = new WeakMap<Interpreter, ModuleValue>();

export function abstractCollections(interp: Interpreter): ModuleValue {
  const known = memo.get(interp);
  if (known !== undefined) return known;
  const attrs: Record<string, Value> = {};
  for (const [name, methods] of Object.entries(ABSTRACT))
    attrs[name] = abstractClass(interp, name, (v, cls) => hasMethods(interp, v, cls, methods, name));
  for (const [name, kinds] of Object.entries(REGISTERED)) {
    attrs[name] = abstractClass(interp, name, (v, cls) => {
      if (v.kind === 'set' && v.frozen && name === 'MutableSet') return interp.bool(false);
      return kinds.includes(v.kind) ? interp.bool(true) : inherits(interp, v, cls);
    });
  }
  const module = closedModule(interp, 'collections.abc', [], attrs);
  memo.set(interp, module);
  return module;
}

function abstractClass(interp: Interpreter, name: string, test: (v: Value, cls: ClassValue) => Value): ClassValue {
  const cls: ClassValue = makeClass(interp, {
    name,
    module: 'collections.abc',
    attrs: {
      __instance_test__: {
        kind: 'classmethod',
        func: interp.native('__instance_test__', (call) => {
          const asked = interp.resolve(call.args[0] as Value) as ClassValue;
          const v = interp.resolve(call.args[1] as Value);
          if (asked !== cls) return inherits(interp, v, asked);
          return v.kind === 'unknown' || v.kind === 'choice' ? interp.unknownBool() : test(v, cls);
        }),
      },
      register: { kind: 'classmethod', func: interp.native('register', (call) => call.args[1] ?? interp.none) },
    },
  });
  return cls;
}

function inherits(interp: Interpreter, v: Value, cls: ClassValue): Value {
  const decision = interp.isInstance(v, cls);
  return decision === 'unknown' ? interp.unknownBool() : interp.bool(decision === 'yes');
}

function hasMethods(interp: Interpreter, v: Value, cls: ClassValue, methods: readonly string[], name: string): Value {
  if (name === 'Callable' && ['function', 'native', 'method', 'class'].includes(v.kind)) return interp.bool(true);
  if (v.kind === 'iterator') return interp.bool(['Iterable', 'Iterator', 'Generator', 'Hashable'].includes(name));
  if (name === 'Hashable') return interp.bool(!['list', 'dict', 'set'].includes(v.kind) || (v.kind === 'set' && v.frozen));
  const own = interp.classOf(v);
  if (own.mro.includes(cls) || methods.every((m) => lookup(own, m) !== undefined)) return interp.bool(true);
  return own.open ? interp.unknownBool() : interp.bool(false);
}
