/**
 * Methods of dict and its constructor. Views (`keys`, `values`, `items`) are one-pass iterators that can be started anew:
 * they are given as values of the dict's present content.
 */

import type { Interpreter } from '../interpreter.ts';
import { collect } from '../iteration.ts';
import { hashedKey } from '../keys.ts';
import { oneOf } from '../one-of-many.ts';
import type { DictContent, DictValue, NativeCall, Value } from '../values.ts';
import type { Body } from './define.ts';
import { done, table } from './define.ts';
import { general, makeDict, tableDelete, tableGet, tableReplace, tableSet } from './mutation.ts';
import { dictView } from './views.ts';

export function dictMethods(interp: Interpreter): Record<string, Value> {
  const on =
    (name: string, body: (dict: DictValue, a: readonly (Value | undefined)[], call: NativeCall, extra: readonly Value[]) => Value): Body =>
    (a, call, extra) => {
      const self = a[0];
      if (self?.kind === 'dict') return body(self, a, call, extra);
      if (self === undefined || self.kind === 'unknown' || self.kind === 'object') return interp.unknown();
      interp.raise('TypeError', `descriptor '${name}' for 'dict' objects doesn't apply to a '${interp.typeName(self)}' object`);
    };
  const none = interp.none;
  return table(interp, [
    ['keys(self, /)', on('keys', (dict) => dictView(interp, dict, 'keys'))],
    ['values(self, /)', on('values', (dict) => dictView(interp, dict, 'values'))],
    ['items(self, /)', on('items', (dict) => dictView(interp, dict, 'items'))],
    ['get(self, key, default=None, /)', on('get', (dict, a) => get(interp, dict, a[1] as Value, a[2] ?? none))],
    [
      'setdefault(self, key, default=None, /)',
      on('setdefault', (dict, a) => {
        const there = tableGet(interp, dict, a[1] as Value);
        if (there.found === 'yes') return there.value;
        const value = there.found === 'no' ? (a[2] ?? none) : general(interp, [there.value, a[2] ?? none]);
        tableSet(interp, dict, a[1] as Value, value);
        return value;
      }),
    ],
    [
      'pop(self, key, default=None, /)',
      on('pop', (dict, a) => {
        const there = tableGet(interp, dict, a[1] as Value);
        if (there.found === 'no') return a[2] ?? missingKey(interp, a[1] as Value);
        tableDelete(interp, dict, a[1] as Value);
        return there.found === 'yes' ? there.value : general(interp, [there.value, ...(a[2] === undefined ? [] : [a[2]])]);
      }),
    ],
    [
      'popitem(self, /, last=True)',
      on('popitem', (dict, a) => {
        const { entries, rest } = dict.slot.get();
        const last = a[1] === undefined || interp.decide(interp.truth(a[1])) === 'yes';
        const all = [...entries.values()];
        const entry = last ? all[all.length - 1] : all[0];
        if (rest !== undefined) return interp.tuple([interp.unknown(), interp.unknown()]);
        if (entry === undefined) interp.raise('KeyError', 'popitem(): dictionary is empty');
        tableDelete(interp, dict, entry[0]);
        return interp.tuple([entry[0], entry[1]]);
      }),
    ],
    [
      'move_to_end(self, key, last=True)',
      on('move_to_end', (dict, a) => {
        const there = tableGet(interp, dict, a[1] as Value);
        if (there.found !== 'yes') return there.found === 'no' ? missingKey(interp, a[1] as Value) : none;
        const last = a[2] === undefined || interp.decide(interp.truth(a[2])) === 'yes';
        tableDelete(interp, dict, a[1] as Value);
        if (last) tableSet(interp, dict, a[1] as Value, there.value);
        else {
          const { entries, rest } = dict.slot.get();
          const k = hashedKey(interp, a[1] as Value) as string;
          tableReplace(dict, { entries: new Map([[k, [a[1] as Value, there.value] as const], ...entries]), rest });
        }
        return none;
      }),
    ],
    ['clear(self, /)', on('clear', (dict) => done(tableReplace(dict, { entries: new Map(), rest: undefined })))],
    ['copy(self, /)', on('copy', (dict) => makeDict(interp, copied(dict.slot.get()), dict))],
    [
      'update(self, other=None, /, **kwargs)',
      on('update', (dict, a, call) => done(fill(interp, dict, a[1], call.kwargs))),
      { choices: true },
    ],
    ['__contains__(self, key, /)', on('__contains__', (dict, a) => has(interp, dict, a[1] as Value))],
    [
      'fromkeys(cls, iterable, value=None, /)',
      (a) => {
        const { items, rest } = collect(interp, a[1] as Value);
        const value = a[2] ?? none;
        return interp.dict(
          items.map((key) => [key, value] as const),
          rest === undefined ? {} : { rest: { key: rest.element, value } },
        );
      },
    ],
  ]);
}

export function copied(content: DictContent): DictContent {
  return { entries: new Map(content.entries), rest: content.rest };
}

export function missingKey(interp: Interpreter, key: Value): never {
  const text = interp.repr(key);
  throw interp.error({
    code: 'missing-key',
    message: text === undefined ? 'the key is not in the dict' : `the dict has no key ${text}`,
    exception: 'KeyError',
    text,
    origins: [],
  });
}

function get(interp: Interpreter, dict: DictValue, key: Value, otherwise: Value): Value {
  const there = tableGet(interp, dict, key);
  if (there.found === 'yes') return there.value;
  return there.found === 'no' ? otherwise : general(interp, [oneOf(interp, there.value), otherwise]);
}

export function has(interp: Interpreter, table_: DictValue | Extract<Value, { kind: 'set' }>, key: Value): Value {
  const { found } = tableGet(interp, table_, key);
  return found === 'maybe' ? interp.unknownBool() : interp.bool(found === 'yes');
}

/** `dict.update(other, **kwargs)`: a mapping, or pairs. */
export function fill(interp: Interpreter, dict: DictValue, other: Value | undefined, kwargs: ReadonlyMap<string, Value>): void {
  const source = other === undefined ? undefined : interp.resolve(other);
  if (source !== undefined && source.kind !== 'none') fillFrom(interp, dict, source);
  for (const [name, value] of kwargs) tableSet(interp, dict, interp.str(name), value);
}

function fillFrom(interp: Interpreter, dict: DictValue, source: Value): void {
  if (source.kind === 'dict') {
    const { entries, rest } = source.slot.get();
    for (const [key, value] of [...entries.values()]) tableSet(interp, dict, key, value);
    if (rest !== undefined) addRest(interp, dict, rest.key, rest.value);
    return;
  }
  if (source.kind === 'unknown') {
    addRest(interp, dict, interp.unknown(), interp.unknown());
    return;
  }
  const keys = source.kind === 'object' ? interp.callMethod(source, 'keys', []) : undefined;
  if (keys !== undefined) {
    const { items, rest } = collect(interp, keys);
    for (const key of items) tableSet(interp, dict, key, interp.callMethod(source, '__getitem__', [key]) ?? interp.unknown());
    if (rest !== undefined) addRest(interp, dict, rest.element, interp.unknown());
    return;
  }
  const { items, rest } = collect(interp, source);
  for (const [i, pair] of items.entries()) {
    if (['int', 'float', 'none', 'bool'].includes(interp.resolve(pair).kind)) {
      interp.raise('TypeError', `cannot convert dictionary update sequence element #${i} to a sequence`);
    }
    const parts = collect(interp, pair);
    if (parts.rest !== undefined) {
      addRest(interp, dict, interp.unknown(), interp.unknown());
      continue;
    }
    if (parts.items.length !== 2) {
      interp.raise('ValueError', `dictionary update sequence element #${i} has length ${parts.items.length}; 2 is required`);
    }
    tableSet(interp, dict, parts.items[0] as Value, parts.items[1] as Value);
  }
  if (rest === undefined) return;
  const pair = interp.resolve(rest.element);
  if (pair.kind === 'tuple' && pair.items.length === 2) addRest(interp, dict, pair.items[0] as Value, pair.items[1] as Value);
  else addRest(interp, dict, interp.unknown(), interp.unknown());
}

/** Unknown further entries; one of them may replace what is there. */
function addRest(interp: Interpreter, dict: DictValue, key: Value, value: Value): void {
  const content = dict.slot.get();
  const entries = new Map(
    [...content.entries].map(([k, [name, old]]) => [k, [name, interp.sameValue(old, value) ? old : interp.unknown()] as const]),
  );
  const rest =
    content.rest === undefined
      ? { key, value }
      : { key: general(interp, [content.rest.key, key]), value: general(interp, [content.rest.value, value]) };
  dict.slot.set({ entries, rest });
}
