/**
 * `dict.keys()`, `.values()` and `.items()`: live views of a dict.
 */
import { symbol } from '../../dims/dim.ts';
import { makeClass } from '../classes.ts';
import type { Interpreter } from '../interpreter.ts';
import { makeIterator } from '../iteration.ts';
import type { ClassValue, DictValue, IteratorValue, ObjectValue, Payload, Value } from '../values.ts';
import { table } from './define.ts';
import { lengthOf } from './length.ts';
import { makeSet } from './mutation.ts';
import { equal } from './ordering.ts';

export type ViewKind = 'keys' | 'values' | 'items';

export class DictView implements Payload {
  readonly dict: DictValue;
  readonly view: ViewKind;

  constructor(dict: DictValue, view: ViewKind) {
    this.dict = dict;
    this.view = view;
  }

  join(other: Payload): Payload | undefined {
    return this.same(other) ? this : undefined;
  }

  same(other: Payload): boolean {
    return other instanceof DictView && other.dict === this.dict && other.view === this.view;
  }
}

function viewOf(interp: Interpreter, value: Value | undefined): DictView | undefined {
  const v = value === undefined ? undefined : interp.resolve(value);
  const payload = v?.kind === 'object' ? v.payload.get() : undefined;
  return payload instanceof DictView ? payload : undefined;
}

const classes = new WeakMap<Interpreter, Map<string, Record<ViewKind, ClassValue>>>();

const prefixOf = (dict: DictValue) => (dict.cls?.mro.some((c) => c.name === 'OrderedDict') === true ? 'odict' : 'dict');

/** The views of an OrderedDict are called `odict_keys` and so on. */
function classesOf(interp: Interpreter, prefix: 'dict' | 'odict'): Record<ViewKind, ClassValue> {
  let all = classes.get(interp);
  if (all === undefined) classes.set(interp, (all = new Map()));
  let made = all.get(prefix);
  if (made === undefined) {
    const make = (view: ViewKind) => makeClass(interp, { name: `${prefix}_${view}`, attrs: viewMethods(interp) });
    all.set(prefix, (made = { keys: make('keys'), values: make('values'), items: make('items') }));
  }
  return made;
}

export function dictView(interp: Interpreter, dict: DictValue, view: ViewKind): ObjectValue {
  return interp.object(classesOf(interp, prefixOf(dict))[view], new DictView(dict, view));
}

/** The items of a view now, and what further ones look like. */
export function viewItems(interp: Interpreter, view: DictView): { items: Value[]; rest: Value | undefined } {
  const { entries, rest } = view.dict.slot.get();
  const of = (key: Value, value: Value) => (view.view === 'keys' ? key : view.view === 'values' ? value : interp.tuple([key, value]));
  const items: Value[] = [];
  for (const [key, value] of entries.values()) items.push(of(key, value));
  return { items, rest: rest === undefined ? undefined : of(rest.key, rest.value) };
}

export function dictIterator(interp: Interpreter, dict: DictValue, view: ViewKind, reversed = false): IteratorValue {
  const { items, rest } = viewItems(interp, new DictView(dict, view));
  const size = items.length;
  if (reversed) items.reverse();
  let i = 0;
  return makeIterator(
    'dict_iterator',
    () => {
      if (i < items.length && interp.mode === 'run' && dict.slot.get().entries.size !== size) {
        interp.raise('RuntimeError', 'dictionary changed size during iteration');
      }
      return items[i++];
    },
    () => (rest === undefined ? undefined : { element: rest, length: symbol('?', { least: 0 }) }),
  );
}

function viewMethods(interp: Interpreter): Record<string, Value> {
  const setOf = (value: Value) => {
    const entries = interp.set(interp.items(value) ?? []).slot.get();
    return interp.items(value) === undefined ? undefined : entries.entries;
  };
  const combine = (a: Value, b: Value, keep: (inA: boolean, inB: boolean) => boolean) => {
    const x = setOf(a);
    const y = setOf(b);
    if (x === undefined || y === undefined) return interp.set([], false, interp.unknown());
    const entries = new Map([...x, ...y].filter(([key]) => keep(x.has(key), y.has(key))));
    return makeSet(interp, { entries, rest: undefined }, false);
  };
  return table(interp, [
    [
      '__iter__(self, /)',
      (a) => {
        const view = viewOf(interp, a[0]);
        return view === undefined ? interp.unknown() : dictIterator(interp, view.dict, view.view);
      },
    ],
    [
      '__reversed__(self, /)',
      (a) => {
        const view = viewOf(interp, a[0]);
        return view === undefined ? interp.unknown() : dictIterator(interp, view.dict, view.view, true);
      },
    ],
    [
      '__len__(self, /)',
      (a) => {
        const view = viewOf(interp, a[0]);
        return view === undefined ? interp.freshInt('?', { least: 0 }) : interp.int(lengthOf(interp, view.dict) ?? 0);
      },
    ],
    [
      '__contains__(self, value, /)',
      (a) => {
        const view = viewOf(interp, a[0]);
        if (view === undefined) return interp.unknownBool();
        const { items, rest } = viewItems(interp, view);
        const answers = items.map((item) => equal(interp, item, a[1] as Value));
        if (answers.includes('yes')) return interp.bool(true);
        return rest !== undefined || answers.includes('unknown') ? interp.unknownBool() : interp.bool(false);
      },
    ],
    ['__eq__(self, other, /)', (a) => combineEqual(interp, setOf(a[0] as Value), a[1] === undefined ? undefined : setOf(a[1]))],
    ['__and__(self, other, /)', (a) => combine(a[0] as Value, a[1] as Value, (x, y) => x && y)],
    ['__or__(self, other, /)', (a) => combine(a[0] as Value, a[1] as Value, () => true)],
    ['__sub__(self, other, /)', (a) => combine(a[0] as Value, a[1] as Value, (x, y) => x && !y)],
    ['__xor__(self, other, /)', (a) => combine(a[0] as Value, a[1] as Value, (x, y) => x !== y)],
    ['__rand__(self, other, /)', (a) => combine(a[1] as Value, a[0] as Value, (x, y) => x && y)],
    ['__ror__(self, other, /)', (a) => combine(a[1] as Value, a[0] as Value, () => true)],
    ['__rsub__(self, other, /)', (a) => combine(a[1] as Value, a[0] as Value, (x, y) => x && !y)],
    ['__rxor__(self, other, /)', (a) => combine(a[1] as Value, a[0] as Value, (x, y) => x !== y)],
    [
      'isdisjoint(self, other, /)',
      (a) => interp.bool(combine(a[0] as Value, a[1] as Value, (x, y) => x && y).slot.get().entries.size === 0),
    ],
    [
      '__repr__(self, /)',
      (a) => {
        const view = viewOf(interp, a[0]);
        if (view === undefined) return interp.str();
        const { items, rest } = viewItems(interp, view);
        const text = rest === undefined ? interp.repr(interp.list(items)) : undefined;
        return interp.str(text === undefined ? undefined : `${prefixOf(view.dict)}_${view.view}(${text})`);
      },
    ],
  ]);
}

function combineEqual(
  interp: Interpreter,
  a: ReadonlyMap<string, unknown> | undefined,
  b: ReadonlyMap<string, unknown> | undefined,
): Value {
  if (a === undefined || b === undefined) return interp.unknownBool();
  return interp.bool(a.size === b.size && [...a.keys()].every((key) => b.has(key)));
}
