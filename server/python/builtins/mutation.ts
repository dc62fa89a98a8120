/**
 * Changes of lists, dicts and sets. Invariant: while nothing is recorded, an array or map that this file made is
 * changed in place (so `append` is O(1)); it belongs to one slot alone. Whoever keeps `items` of a list's content across
 * a change of the list must copy them.
 */
import { add, constant, symbol } from '../../dims/dim.ts';
import type { Interpreter } from '../interpreter.ts';
import { widen } from '../join.ts';
import { hashedKey } from '../keys.ts';
import { followedBy, ordered } from '../order.ts';
import type { Content, DictContent, DictValue, ListValue, Rest, SetValue, Value } from '../values.ts';

type Entry = readonly [Value, Value];

const ownedArrays = new WeakSet<readonly Value[]>();
const ownedMaps = new WeakSet<ReadonlyMap<string, Entry>>();

/** The list's items as an array that may be changed; the slot holds it already. */
function ownItems(interp: Interpreter, list: ListValue): Value[] {
  const content = list.slot.get();
  if (!interp.trail.recording && ownedArrays.has(content.items)) return content.items as Value[];
  const items = content.items.slice();
  ownedArrays.add(items);
  list.slot.set({ items, rest: content.rest });
  return items;
}

export function listAppend(interp: Interpreter, list: ListValue, value: Value): void {
  const { items, rest } = list.slot.get();
  if (rest !== undefined) list.slot.set({ items, rest: widerRest(interp, rest, [value]) });
  else ownItems(interp, list).push(value);
}

export function listExtend(interp: Interpreter, list: ListValue, more: Content): void {
  const { items, rest } = list.slot.get();
  if (rest === undefined) {
    // The list may be extended by itself.
    const added = more.items.slice();
    const own = ownItems(interp, list);
    for (const item of added) own.push(item);
    if (more.rest !== undefined) list.slot.set({ items: own, rest: more.rest });
    return;
  }
  let result = widerRest(interp, rest, more.items);
  if (more.rest !== undefined) {
    const wider = { element: general(interp, [result.element, more.rest.element]), length: add(result.length, more.rest.length) };
    result = ordered(wider, followedBy(rest, more));
  }
  list.slot.set({ items, rest: result });
}

function widerRest(interp: Interpreter, rest: Rest, items: readonly Value[]): Rest {
  const wider = { element: general(interp, [rest.element, ...items]), length: add(rest.length, constant(items.length)) };
  return ordered(wider, followedBy(rest, { items, rest: undefined }));
}

/** A value that stands for any of several. */
export function general(interp: Interpreter, values: readonly Value[]): Value {
  const different: Value[] = [];
  for (const v of values) if (!different.some((d) => interp.sameValue(d, v))) different.push(v);
  const [first, ...others] = different;
  if (first === undefined) return interp.unknown();
  if (others.length > 3) return anyOfMany(interp, different);
  return others.reduce((all, v) => interp.join(interp.freshFlag('?'), all, v), first);
}

/** What many values have in common; of whole numbers the least and the greatest. */
function anyOfMany(interp: Interpreter, values: readonly Value[]): Value {
  const all = values.map((v) => interp.resolve(v));
  const bounds = all.map((v) => (v.kind === 'int' && v.big === undefined ? interp.facts.bounds(v.dim) : undefined));
  if (!bounds.includes(undefined)) {
    const least = Math.min(...bounds.map((b) => b?.least ?? 0));
    const greatest = Math.max(...bounds.map((b) => b?.greatest ?? 0));
    return interp.freshInt('?', {
      ...(Number.isFinite(least) ? { least } : {}),
      ...(Number.isFinite(greatest) ? { greatest } : {}),
    });
  }
  const tuples = all.map((v) => (v.kind === 'tuple' && v.rest === undefined && v.open === undefined ? v : undefined));
  const [like] = tuples;
  if (like !== undefined && tuples.every((v) => v?.items.length === like.items.length && v.cls === like.cls)) {
    return {
      ...like,
      items: like.items.map((_, i) =>
        general(
          interp,
          tuples.map((v) => v?.items[i] as Value),
        ),
      ),
    };
  }
  return all.slice(1).reduce((some, v) => widen(interp, some, v), all[0] as Value);
}

export function listReplace(interp: Interpreter, list: ListValue, items: readonly Value[], rest?: Rest): void {
  const own = items.slice();
  ownedArrays.add(own);
  list.slot.set({ items: own, rest });
}

/** Puts an item before `index` (negative counts from the end). */
export function listInsert(interp: Interpreter, list: ListValue, index: number | undefined, value: Value): void {
  const { items, rest } = list.slot.get();
  if (rest !== undefined || index === undefined) {
    const all = rest === undefined ? [...items, value] : [...items, rest.element, value];
    const length = add(constant(items.length + 1), rest?.length ?? constant(0));
    list.slot.set({ items: [], rest: { element: general(interp, all), length } });
    return;
  }
  const at = index < 0 ? Math.max(0, items.length + index) : Math.min(items.length, index);
  ownItems(interp, list).splice(at, 0, value);
}

/** Removes and gives the item at `index`, the last by default. Raises IndexError. */
export function listPop(interp: Interpreter, list: ListValue, index: number | undefined, isLast: boolean): Value {
  const { items, rest } = list.slot.get();
  if (rest !== undefined) {
    // With items of its own the list is never empty; which of them goes is known from the front only.
    if (index !== undefined && index >= 0 && index < items.length) {
      list.slot.set({ items: items.filter((_, i) => i !== index), rest });
      return items[index] as Value;
    }
    const value = general(interp, [...items, rest.element]);
    list.slot.set({ items: items.slice(0, Math.max(0, items.length - 1)), rest: { element: value, length: symbol('?', { least: 0 }) } });
    return value;
  }
  if (items.length === 0) interp.raise('IndexError', 'pop from empty list');
  if (isLast) return ownItems(interp, list).pop() as Value;
  if (index === undefined) {
    const value = general(interp, items);
    list.slot.set({ items: [], rest: { element: value, length: constant(items.length - 1) } });
    return value;
  }
  const at = index < 0 ? items.length + index : index;
  if (at < 0 || at >= items.length) interp.raise('IndexError', 'pop index out of range');
  return ownItems(interp, list).splice(at, 1)[0] as Value;
}

// ---------------------------------------------------------------- dicts and sets

type Table = DictValue | SetValue;

function ownEntries(interp: Interpreter, table: Table): Map<string, Entry> {
  const content = table.slot.get();
  if (!interp.trail.recording && ownedMaps.has(content.entries)) return content.entries as Map<string, Entry>;
  const entries = new Map(content.entries);
  ownedMaps.add(entries);
  table.slot.set({ entries, rest: content.rest });
  return entries;
}

/** `dict[key] = value`; for a set `value` is the item itself. A key that is not known may be any of those there. */
export function tableSet(interp: Interpreter, table: Table, key: Value, value: Value): void {
  const k = hashedKey(interp, key);
  const { entries, rest } = table.slot.get();
  if (k !== undefined) {
    const old = entries.get(k);
    ownEntries(interp, table).set(k, [old === undefined ? key : old[0], value]);
    return;
  }
  const changed = table.kind === 'set' ? entries : uncertain(interp, entries, value);
  const wider =
    rest === undefined ? { key, value } : { key: general(interp, [rest.key, key]), value: general(interp, [rest.value, value]) };
  table.slot.set({ entries: changed, rest: wider });
}

function uncertain(interp: Interpreter, entries: ReadonlyMap<string, Entry>, value: Value): ReadonlyMap<string, Entry> {
  const result = new Map<string, Entry>();
  for (const [k, [key, old]] of entries) {
    const either = interp.sameValue(old, value)
      ? old
      : entries.size > 8
        ? interp.unknown()
        : interp.join(interp.freshFlag('?'), value, old);
    result.set(k, [key, either]);
  }
  return result;
}

/** Takes a key out and gives its entry; undefined where it is not there, or not known to be. */
export function tableDelete(interp: Interpreter, table: Table, key: Value): Entry | undefined {
  const k = hashedKey(interp, key);
  if (k !== undefined) {
    const entry = table.slot.get().entries.get(k);
    if (entry !== undefined) ownEntries(interp, table).delete(k);
    return entry;
  }
  // Any entry may be the one that is gone.
  const { entries, rest } = table.slot.get();
  const all = [...entries.values()];
  if (all.length > 0 || rest !== undefined) {
    const keys = general(interp, [...all.map((entry) => entry[0]), ...(rest === undefined ? [] : [rest.key])]);
    const values = general(interp, [...all.map((entry) => entry[1]), ...(rest === undefined ? [] : [rest.value])]);
    table.slot.set({ entries: new Map(), rest: { key: keys, value: values } });
  }
  return undefined;
}

export type Found =
  | { readonly found: 'yes'; readonly value: Value }
  | { readonly found: 'no' }
  | { readonly found: 'maybe'; readonly value: Value };

/** The entry of a key: known to be there, known not to be, or neither. */
export function tableGet(interp: Interpreter, table: Table, key: Value): Found {
  const { entries, rest } = table.slot.get();
  const k = hashedKey(interp, key);
  if (k !== undefined) {
    const entry = entries.get(k);
    if (entry !== undefined) return { found: 'yes', value: entry[1] };
    return rest === undefined ? { found: 'no' } : { found: 'maybe', value: rest.value };
  }
  const values = [...entries.values()].map((entry) => entry[1]);
  if (rest !== undefined) values.push(rest.value);
  return values.length === 0 ? { found: 'no' } : { found: 'maybe', value: general(interp, values) };
}

export function tableReplace(table: Table, content: DictContent): void {
  const entries = new Map(content.entries);
  ownedMaps.add(entries);
  table.slot.set({ entries, rest: content.rest });
}

/** A new set of this content. */
export function makeSet(interp: Interpreter, content: DictContent, frozen: boolean): SetValue {
  const set = interp.set([], frozen);
  set.slot.set(content);
  return set;
}

/** A new dict of this content. */
export function makeDict(interp: Interpreter, content: DictContent, like?: Pick<DictValue, 'cls' | 'factory'>): DictValue {
  const dict = interp.dict([], {
    ...(like?.cls === undefined ? {} : { cls: like.cls }),
    ...(like?.factory === undefined ? {} : { factory: like.factory }),
  });
  dict.slot.set(content);
  return dict;
}
