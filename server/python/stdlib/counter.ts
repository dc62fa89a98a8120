/**
 * `collections.Counter`: a dict of counts.
 */

import { subclassable } from '../builtins/conversions.ts';
import { done } from '../builtins/define.ts';
import { fill, missingKey } from '../builtins/dict-methods.ts';
import { makeDict, tableGet, tableSet } from '../builtins/mutation.ts';
import { sortItems } from '../builtins/ordering.ts';
import type { Interpreter } from '../interpreter.ts';
import { collect, iteratorOver } from '../iteration.ts';
import { binary } from '../operators.ts';
import { dictText } from '../text.ts';
import type { ClassValue, DictValue, NativeCall, Value } from '../values.ts';
import { nativeClass } from './module.ts';

export function counterClass(interp: Interpreter): ClassValue {
  const { types } = interp.builtins;
  const zero = interp.int(0);
  const dictOf = (v: Value | undefined): DictValue | undefined => {
    const d = v === undefined ? undefined : interp.resolve(v);
    return d?.kind === 'dict' ? d : undefined;
  };
  const bump = (dict: DictValue, key: Value, by: Value, op: '+' | '-') => {
    const found = tableGet(interp, dict, key);
    tableSet(interp, dict, key, binary(interp, op, found.found === 'no' ? zero : found.value, by));
  };
  const count = (dict: DictValue, source: Value | undefined, kwargs: ReadonlyMap<string, Value>, op: '+' | '-') => {
    const v = source === undefined ? undefined : interp.resolve(source);
    if (v?.kind === 'dict') {
      for (const [key, n] of v.slot.get().entries.values()) bump(dict, key, n, op);
    } else if (v !== undefined && v.kind !== 'none') {
      const { items, rest } = collect(interp, v);
      for (const item of items) bump(dict, item, interp.int(1), op);
      if (rest !== undefined) {
        const { entries } = dict.slot.get();
        const changed = new Map([...entries].map(([k, [key]]) => [k, [key, interp.freshInt('?')] as const]));
        dict.slot.set({ entries: changed, rest: { key: rest.element, value: interp.freshInt('?') } });
      }
    }
    for (const [name, n] of kwargs) bump(dict, interp.str(name), n, op);
  };
  /** The entries by falling count; undefined where the order is not known. */
  const ranked = (dict: DictValue) => {
    const { entries, rest } = dict.slot.get();
    if (rest !== undefined) return undefined;
    const pairs = [...entries.values()].map(([key, n]) => interp.tuple([key, n]));
    return sortItems(
      interp,
      pairs,
      interp.native('count', (call) => (call.args[0] as Extract<Value, { kind: 'tuple' }>).items[1] as Value),
      true,
    );
  };
  const made = (entries: Iterable<readonly [Value, Value]>) => interp.dict(entries, { cls });
  const combine = (name: string, of: (a: number, b: number) => number) =>
    interp.native(name, ({ args }) => {
      const a = dictOf(args[0]);
      const b = dictOf(args[1]);
      if (a === undefined || b === undefined) return interp.notImplemented;
      const keys = new Map([...a.slot.get().entries, ...b.slot.get().entries]);
      const result: [Value, Value][] = [];
      for (const [key] of keys.values()) {
        const [x, y] = [a, b].map((d) => tableGet(interp, d, key)).map((f) => (f.found === 'no' ? 0 : interp.asNumber(f.value)));
        if (x === undefined || y === undefined) return made([]);
        if (of(x, y) > 0) result.push([key, interp.int(of(x, y))]);
      }
      return made(result);
    });
  const cls: ClassValue = nativeClass(
    interp,
    'Counter',
    'collections',
    [
      [
        'most_common(self, n=None)',
        (a) => {
          const dict = dictOf(a[0]);
          const order = dict === undefined ? undefined : ranked(dict);
          const n = a[1] === undefined || a[1].kind === 'none' ? Infinity : interp.asInt(a[1]);
          if (order === undefined || n === undefined)
            return interp.list({
              items: [],
              rest: { element: interp.tuple([interp.unknown(), interp.freshInt('?')]), length: interp.freshInt('?', { least: 0 }).dim },
            });
          return interp.list(order.slice(0, n));
        },
      ],
      [
        'elements(self)',
        (a) => {
          const dict = dictOf(a[0]);
          if (dict === undefined) return interp.unknown();
          const items: Value[] = [];
          for (const [key, n] of dict.slot.get().entries.values()) for (let i = 0; i < (interp.asInt(n) ?? 0); i++) items.push(key);
          return iteratorOver({ items, rest: undefined });
        },
      ],
      ['update(self, iterable=None, /, **kwargs)', (a, call) => done(count(a[0] as DictValue, a[1], call.kwargs, '+'))],
      ['subtract(self, iterable=None, /, **kwargs)', (a, call) => done(count(a[0] as DictValue, a[1], call.kwargs, '-'))],
      ['total(self)', (a) => interp.call(interp.builtin('sum'), [interp.call(interp.getAttr(a[0] as Value, 'values'), [])])],
      [
        'copy(self)',
        (a) =>
          makeDict(
            interp,
            { ...(a[0] as DictValue).slot.get(), entries: new Map((a[0] as DictValue).slot.get().entries) },
            { cls, factory: undefined },
          ),
      ],
      ['__missing__(self, key)', () => zero],
      [
        '__repr__(self)',
        (a) => {
          const dict = dictOf(a[0]);
          const order = dict === undefined ? undefined : ranked(dict);
          if (order === undefined) return interp.str();
          if (order.length === 0) return interp.str('Counter()');
          const sorted = interp.dict(
            order.map(
              (p) =>
                [
                  (p as Extract<Value, { kind: 'tuple' }>).items[0] as Value,
                  (p as Extract<Value, { kind: 'tuple' }>).items[1] as Value,
                ] as const,
            ),
          );
          const text = dictText(interp, sorted);
          return interp.str(text === undefined ? undefined : `Counter(${text})`);
        },
      ],
    ],
    {
      __add__: combine('__add__', (a, b) => a + b),
      __sub__: combine('__sub__', (a, b) => a - b),
      __or__: combine('__or__', Math.max),
      __and__: combine('__and__', Math.min),
    },
    subclassable((call, made_) => {
      const dict = makeDict(interp, { entries: new Map(), rest: undefined }, { cls: made_, factory: undefined });
      count(dict, call.args[0], call.kwargs, '+');
      return dict;
    }),
    [types.dict],
  );
  return cls;
}

/** `collections.OrderedDict`. */
export function orderedDictClass(interp: Interpreter): ClassValue {
  const cls: ClassValue = nativeClass(
    interp,
    'OrderedDict',
    'collections',
    [
      [
        '__repr__(self)',
        (a) => {
          const dict = a[0];
          if (dict?.kind !== 'dict') return interp.str();
          const pairs = interp.repr(interp.list([...dict.slot.get().entries.values()].map(([k, v]) => interp.tuple([k, v]))));
          if (dict.slot.get().entries.size === 0) return interp.str('OrderedDict()');
          return interp.str(pairs === undefined ? undefined : `OrderedDict(${pairs})`);
        },
      ],
    ],
    {},
    subclassable((call, made) => filled(call, made, undefined, call.args[0])),
    [interp.builtins.types.dict],
  );
  return cls;
}

function filled(call: NativeCall, cls: ClassValue, factory: Value | undefined, source: Value | undefined): Value {
  const dict = makeDict(call.interp, { entries: new Map(), rest: undefined }, { cls, factory });
  fill(call.interp, dict, source, call.kwargs);
  return dict;
}

/** `collections.defaultdict`. */
export function defaultDictClass(interp: Interpreter): ClassValue {
  return nativeClass(
    interp,
    'defaultdict',
    'collections',
    [
      [
        '__repr__(self)',
        (a) => {
          const dict = a[0];
          if (dict?.kind !== 'dict') return interp.str();
          const text = dictText(interp, dict);
          const factory = dict.factory === undefined ? 'None' : interp.repr(dict.factory);
          return interp.str(text === undefined || factory === undefined ? undefined : `defaultdict(${factory}, ${text})`);
        },
      ],
      [
        '__missing__(self, key)',
        (a) => {
          const dict = a[0];
          if (dict?.kind !== 'dict' || dict.factory === undefined) return missingKey(interp, a[1] as Value);
          const value = interp.call(dict.factory, []);
          tableSet(interp, dict, a[1] as Value, value);
          return value;
        },
      ],
    ],
    {
      default_factory: {
        kind: 'property',
        get: interp.native('get', ({ args }) => {
          const dict = interp.resolve(args[0] as Value);
          return (dict.kind === 'dict' ? dict.factory : undefined) ?? interp.none;
        }),
        set: undefined,
        cached: false,
      },
    },
    subclassable((call, cls) => {
      const factory = call.args[0] === undefined ? undefined : interp.resolve(call.args[0]);
      return filled(call, cls, factory?.kind === 'none' ? undefined : factory, call.args[1]);
    }),
    [interp.builtins.types.dict],
  );
}
