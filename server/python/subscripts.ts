/**
 * Subscripts: reading, assigning and deleting `x[i]` on builtin containers, and by special methods on anything else.
 */
import { add, constant, max, min, sub, symbol, valueOf } from '../dims/dim.ts';
import { findSpecial, mayBeMore } from './attributes.ts';
import { lookup } from './classes.ts';
import type { Interpreter } from './interpreter.ts';
import { contentOf } from './iteration.ts';
import { dictKey, hashedKey } from './keys.ts';
import { isSupposed } from './numbers.ts';
import { itemOfRest, oneOf } from './one-of-many.ts';
import { suggest } from './spelling.ts';
import type { Content, DictContent, DictValue, OpenSequence, SliceValue, Value } from './values.ts';

export function getItem(interp: Interpreter, container: Value, index: Value): Value {
  const c = interp.resolve(container);
  const i = interp.resolve(index);
  switch (c.kind) {
    case 'choice':
      return interp.fork(
        c.cond,
        () => getItem(interp, c.yes, i),
        () => getItem(interp, c.no, i),
        true,
      );
    case 'tuple':
    case 'list':
    case 'range':
    case 'str':
    case 'bytes':
      return sequenceItem(interp, c, i);
    case 'dict':
      return dictItem(interp, c, i);
    case 'class': {
      const method = lookup(c, '__class_getitem__');
      if (method !== undefined && method.kind !== 'native')
        return interp.call({ kind: 'method', self: c, func: method.kind === 'classmethod' ? method.func : method }, [i]);
      const meta = lookup(c, '__meta_getitem__');
      // `list[int]`, `Base[T]`: the class itself.
      return meta === undefined ? c : interp.call(meta, [c, i]);
    }
    case 'unknown': {
      const special = interp.library.unknownItem?.(interp, c, i);
      if (special !== undefined) return special;
      const key = dictKey(interp, i);
      if (key === undefined) return interp.unknown();
      const memo = c.attrs.get(`[${key}]`);
      if (memo !== undefined) return memo;
      const made = interp.unknown(i.kind === 'str' ? i.value : undefined, c.origin);
      c.attrs.set(`[${key}]`, made);
      return made;
    }
    default: {
      const method = findSpecial(interp, c, '__getitem__');
      if (method !== undefined) return interp.call(method, [i]);
      if (mayBeMore(interp, c)) return interp.unknown();
      // What is None here may be set by code that was not followed.
      if (interp.mode === 'check' && (c.kind === 'none' || isSupposed(c))) return interp.unknown();
      const text = `'${interp.typeName(c)}' object is not subscriptable`;
      throw interp.error({ code: 'not-subscriptable', message: text, exception: 'TypeError', text, origins: [] });
    }
  }
}

function sequenceItem(interp: Interpreter, c: Value, index: Value): Value {
  if (index.kind === 'slice') return sliceOf(interp, c, index);
  if (index.kind === 'choice')
    return interp.fork(
      index.cond,
      () => sequenceItem(interp, c, interp.resolve(index.yes)),
      () => sequenceItem(interp, c, interp.resolve(index.no)),
      true,
    );
  const dim = interp.asDim(index);
  const n = dim === undefined ? undefined : valueOf(interp.facts.simplify(dim));
  if (dim === undefined && index.kind !== 'unknown' && !mayBeMore(interp, index)) {
    const name = interp.typeName(c);
    const given = interp.typeName(index);
    const text =
      name === 'str' ? `string indices must be integers, not '${given}'` : `${name} indices must be integers or slices, not ${given}`;
    throw interp.error({ code: 'index-type', message: text, exception: 'TypeError', text, origins: [] });
  }
  if (c.kind === 'tuple' && c.open !== undefined) return (n === undefined ? c.rest?.element : c.open.at(n)) ?? interp.freshInt('?');
  const content = contentOf(interp, c);
  if (content === undefined) return interp.unknown();
  const { items, rest } = content;
  if (n === undefined) return anyItem(interp, content);
  if (rest === undefined) {
    const at = n < 0 ? n + items.length : n;
    const item = items[at];
    if (item !== undefined && at >= 0) return item;
    const text = `${c.kind === 'str' ? 'string' : c.kind === 'range' ? 'range object' : c.kind} index out of range`;
    throw interp.error({
      code: 'index-out-of-range',
      message: `${text}: index ${n}, length ${items.length}`,
      exception: 'IndexError',
      text,
      origins: [],
    });
  }
  if (n >= 0 && n < items.length) return items[n] as Value;
  return itemOfRest(interp, rest, n);
}

/** What any of the items is like. */
export function anyItem(interp: Interpreter, content: Content): Value {
  let result: Value | undefined = content.rest?.element;
  for (const item of content.items) {
    if (result === undefined) result = item;
    else if (!interp.sameValue(result, item)) result = interp.join(interp.freshFlag('?'), result, item);
    if (result.kind === 'unknown') break;
  }
  return result ?? interp.unknown();
}

/** Start, stop and step as numbers for a sequence of `length` items, as `slice.indices` gives them. */
export function sliceIndices(
  interp: Interpreter,
  slice: SliceValue,
  length: number,
): { start: number; stop: number; step: number } | undefined {
  const read = (v: Value): number | null | undefined => (interp.resolve(v).kind === 'none' ? null : interp.asInt(v));
  const step = read(slice.step) ?? 1;
  const rawStep = interp.resolve(slice.step).kind === 'none' ? 1 : read(slice.step);
  const start = read(slice.start);
  const stop = read(slice.stop);
  if (start === undefined || stop === undefined || rawStep === undefined) return undefined;
  if (step === 0) interp.raise('ValueError', 'slice step cannot be zero');
  const low = step < 0 ? -1 : 0;
  const high = step < 0 ? length - 1 : length;
  const clamp = (v: number) => Math.min(high, Math.max(low, v < 0 ? v + length : v));
  return {
    start: start === null ? (step < 0 ? high : low) : clamp(start),
    stop: stop === null ? (step < 0 ? low : high) : clamp(stop),
    step,
  };
}

function sliceOf(interp: Interpreter, c: Value, slice: SliceValue): Value {
  if (c.kind === 'tuple' && c.open !== undefined) {
    const { open } = c;
    const bound = (v: Value) => (interp.resolve(v).kind === 'none' ? undefined : (interp.asInt(v) ?? fromEnd(interp, v, open)));
    const known = (v: Value) => interp.resolve(v).kind === 'none' || bound(v) !== undefined;
    const plain = interp.resolve(slice.step).kind === 'none' && known(slice.start) && known(slice.stop);
    const result = plain ? open.slice(bound(slice.start), bound(slice.stop)) : undefined;
    // A part of it is of its own type.
    const cls = c.cls === undefined || c.fields !== undefined ? {} : { cls: c.cls };
    return result ?? interp.tuple([], { rest: { element: interp.unknown(), length: symbol('?', { least: 0 }) }, ...cls });
  }
  if ((c.kind === 'str' || c.kind === 'bytes') && c.value === undefined) return c;
  const content = contentOf(interp, c);
  if (content === undefined) return interp.unknown();
  const { items, rest } = content;
  const at = rest === undefined ? sliceIndices(interp, slice, items.length) : undefined;
  if (at !== undefined) {
    const picked: Value[] = [];
    for (let i = at.start; at.step > 0 ? i < at.stop : i > at.stop; i += at.step) picked.push(items[i] as Value);
    return rebuild(interp, c, { items: picked, rest: undefined }, at);
  }
  const start = interp.resolve(slice.start).kind === 'none' ? 0 : interp.asInt(slice.start);
  const plain = interp.resolve(slice.step).kind === 'none' && interp.resolve(slice.stop).kind === 'none';
  if (plain && start !== undefined && start >= 0 && start <= items.length) return rebuild(interp, c, { items: items.slice(start), rest });
  const stop = interp.resolve(slice.stop).kind === 'none' ? undefined : interp.asInt(slice.stop);
  if (start === 0 && stop !== undefined && stop >= 0 && stop <= items.length)
    return rebuild(interp, c, { items: items.slice(0, stop), rest: undefined });
  if (items.length === 0 && rest === undefined) return rebuild(interp, c, content);
  return rebuild(interp, c, { items: [], rest: { element: anyItem(interp, content), length: sliceLength(interp, slice, content) } });
}

/** `x.dim() - 2` in a shape of unknown rank, as a place from its end. */
function fromEnd(interp: Interpreter, v: Value, open: OpenSequence): number | undefined {
  const dim = interp.asDim(v);
  const at = dim === undefined ? undefined : valueOf(interp.facts.simplify(sub(dim, open.length())));
  return at !== undefined && at < 0 ? at : undefined;
}

function sliceLength(interp: Interpreter, slice: SliceValue, content: Content) {
  const total = content.rest === undefined ? constant(content.items.length) : add(constant(content.items.length), content.rest.length);
  const none = (v: Value) => interp.resolve(v).kind === 'none';
  const stop = none(slice.stop) ? total : interp.asDim(slice.stop);
  const start = none(slice.start) ? constant(0) : interp.asDim(slice.start);
  if (!none(slice.step) || start === undefined || stop === undefined) return symbol('?', { least: 0 });
  const { least } = interp.facts.bounds(start);
  if (least < 0 || interp.facts.bounds(stop).least < 0) return symbol('?', { least: 0 });
  return max(constant(0), sub(min(stop, total), min(start, total)));
}

function rebuild(interp: Interpreter, c: Value, content: Content, at?: { start: number; stop: number; step: number }): Value {
  switch (c.kind) {
    case 'list':
      return interp.list(content);
    case 'str':
      return interp.str(content.rest === undefined ? content.items.map((v) => (v.kind === 'str' ? v.value : '')).join('') : undefined);
    case 'bytes':
      return { kind: 'bytes', value: undefined };
    case 'range':
      if (at !== undefined) {
        const s = valueOf(c.step) ?? 1;
        const base = valueOf(c.start) ?? 0;
        return { kind: 'range', start: constant(base + at.start * s), stop: constant(base + at.stop * s), step: constant(s * at.step) };
      }
      return interp.list(content);
    default:
      return interp.tuple(content.items, {
        ...(content.rest === undefined ? {} : { rest: content.rest }),
        ...(c.kind === 'tuple' && c.cls !== undefined && c.fields === undefined ? { cls: c.cls } : {}),
      });
  }
}

function dictItem(interp: Interpreter, c: DictValue, index: Value): Value {
  const content = c.slot.get();
  const key = hashedKey(interp, index);
  const entry = key === undefined ? undefined : content.entries.get(key);
  if (entry !== undefined) return entry[1];
  if (key === undefined || (key.startsWith('d') && content.entries.size > 0)) {
    if (index.kind === 'choice')
      return interp.fork(
        index.cond,
        () => dictItem(interp, c, interp.resolve(index.yes)),
        () => dictItem(interp, c, interp.resolve(index.no)),
        true,
      );
    // A key that is not known: any of the values.
    const flagged = boolItem(interp, content, index);
    if (flagged !== undefined) return flagged;
    const items = [...content.entries.values()].map(([, v]) => v);
    const rest = content.rest ?? restMade(interp, c, index);
    // Another key on the next line reads another of them.
    if (items.length === 0 && rest !== undefined) return oneOf(interp, rest.value);
    return anyItem(interp, { items, rest: rest === undefined ? undefined : { element: rest.value, length: symbol('?', { least: 0 }) } });
  }
  if (c.factory !== undefined && interp.resolve(c.factory).kind !== 'none') {
    const fresh = interp.call(c.factory, []);
    // It may be one of the keys that are not known.
    const made = content.rest === undefined ? fresh : interp.join(interp.freshFlag('?'), oneOf(interp, content.rest.value), fresh);
    c.slot.set({ entries: new Map(content.entries).set(key, [index, made]), rest: content.rest });
    return made;
  }
  const missing = c.cls === undefined ? undefined : findSpecial(interp, c, '__missing__');
  if (missing !== undefined) return interp.call(missing, [index]);
  if (content.rest !== undefined) {
    return oneOf(interp, content.rest.value);
  }
  // A key may be added by code that was not followed; one that is nearly another's name is a slip.
  const keys = [...content.entries.values()].map(([k]) => interp.asString(k) ?? '');
  const shown = interp.repr(index) ?? '?';
  const text = `the dict has no key ${shown}`;
  const said = index.kind === 'str' && index.value !== undefined ? suggest(text, index.value, keys) : { message: text };
  if (interp.mode === 'check' && said.misspelt === undefined) return interp.unknown();
  throw interp.error({ code: 'missing-key', ...said, exception: 'KeyError', text: shown, origins: [] });
}

/** What a `defaultdict` makes for a key that is not known stands for all such keys. */
function restMade(interp: Interpreter, c: DictValue, index: Value): DictContent['rest'] {
  if (c.factory === undefined || interp.resolve(c.factory).kind === 'none') return undefined;
  const rest = { key: index, value: interp.call(c.factory, []) };
  c.slot.set({ entries: c.slot.get().entries, rest });
  return rest;
}

/** `{True: a, False: b}[flag]` is one of two by the flag. */
function boolItem(interp: Interpreter, content: DictContent, index: Value): Value | undefined {
  if (index.kind !== 'bool') return undefined;
  const yes = content.entries.get('n1');
  const no = content.entries.get('n0');
  return yes === undefined || no === undefined ? undefined : interp.choice(index.cond, yes[1], no[1]);
}

export function setItem(interp: Interpreter, container: Value, index: Value, value: Value): void {
  const c = interp.resolve(container);
  const i = interp.resolve(index);
  switch (c.kind) {
    case 'list': {
      const content = c.slot.get();
      if (i.kind === 'slice') {
        const at = content.rest === undefined ? sliceIndices(interp, i, content.items.length) : undefined;
        const added = interp.items(value);
        if (at === undefined || added === undefined) {
          c.slot.set({ items: [], rest: { element: interp.unknown(), length: symbol('?', { least: 0 }) } });
          return;
        }
        const items = [...content.items];
        if (at.step === 1) items.splice(at.start, Math.max(0, at.stop - at.start), ...added);
        else for (let k = 0, j = at.start; k < added.length; k++, j += at.step) items[j] = added[k] as Value;
        c.slot.set({ items, rest: undefined });
        return;
      }
      const n = interp.asInt(i);
      if (n === undefined) {
        const flag = interp.freshFlag('?');
        const items = content.items.map((item) => interp.join(flag, value, item));
        c.slot.set({
          items,
          rest: content.rest === undefined ? undefined : { ...content.rest, element: interp.join(flag, value, content.rest.element) },
        });
        return;
      }
      const at = n < 0 && content.rest === undefined ? n + content.items.length : n;
      if (at >= 0 && at < content.items.length) {
        if (interp.trail.recording) c.slot.set({ items: content.items.map((item, k) => (k === at ? value : item)), rest: content.rest });
        else (content.items as Value[])[at] = value;
        return;
      }
      if (content.rest === undefined) {
        const text = 'list assignment index out of range';
        throw interp.error({
          code: 'index-out-of-range',
          message: `${text}: index ${n}, length ${content.items.length}`,
          exception: 'IndexError',
          text,
          origins: [],
        });
      }
      c.slot.set({
        items: content.items,
        rest: { ...content.rest, element: interp.join(interp.freshFlag('?'), value, content.rest.element) },
      });
      return;
    }
    case 'dict': {
      const key = hashedKey(interp, i);
      const content = c.slot.get();
      if (key === undefined || (key.startsWith('d') && content.rest !== undefined)) {
        const flag = interp.freshFlag('?');
        const rest =
          content.rest === undefined ? { key: i, value } : { key: interp.unknown(), value: interp.join(flag, value, content.rest.value) };
        const entries = new Map([...content.entries].map(([k, [kk, old]]) => [k, [kk, interp.join(flag, value, old)] as const]));
        c.slot.set({ entries, rest });
        return;
      }
      if (interp.trail.recording) {
        c.slot.set({ entries: new Map(content.entries).set(key, [content.entries.get(key)?.[0] ?? i, value]), rest: content.rest });
      } else (content.entries as Map<string, readonly [Value, Value]>).set(key, [content.entries.get(key)?.[0] ?? i, value]);
      return;
    }
    case 'unknown': {
      const key = dictKey(interp, i);
      if (key === undefined) for (const name of [...c.attrs.keys()]) if (name.startsWith('[')) c.attrs.delete(name);
      // A table that a call made turns a list into a column of its own.
      const column = c.name === undefined && i.kind === 'str' && (value.kind === 'list' || value.kind === 'tuple');
      if (key !== undefined) c.attrs.set(`[${key}]`, column ? interp.unknown(i.value) : value);
      return;
    }
    case 'choice': {
      const into = (one: Value) => (): Value => {
        setItem(interp, one, i, value);
        return interp.none;
      };
      interp.fork(c.cond, into(c.yes), into(c.no), true);
      return;
    }
    default: {
      const method = findSpecial(interp, c, '__setitem__');
      if (method !== undefined) {
        interp.call(method, [i, value]);
        return;
      }
      // A shape whose length nobody knows may be that of another library's array.
      if (mayBeMore(interp, c) || (c.kind === 'tuple' && c.open !== undefined)) return;
      const text = `'${interp.typeName(c)}' object does not support item assignment`;
      throw interp.error({ code: 'not-subscriptable', message: text, exception: 'TypeError', text, origins: [] });
    }
  }
}

export function deleteItem(interp: Interpreter, container: Value, index: Value): void {
  const c = interp.resolve(container);
  if (c.kind === 'dict') {
    const key = dictKey(interp, index);
    const content = c.slot.get();
    if (key === undefined) return;
    if (!content.entries.has(key)) {
      if (content.rest === undefined) interp.raise('KeyError', interp.repr(index) ?? '?');
      return;
    }
    const entries = new Map(content.entries);
    entries.delete(key);
    c.slot.set({ entries, rest: content.rest });
  } else if (c.kind === 'list') {
    const content = c.slot.get();
    const i = interp.resolve(index);
    if (i.kind === 'slice' && content.rest === undefined) {
      const at = sliceIndices(interp, i, content.items.length);
      if (at === undefined) return;
      const gone = new Set<number>();
      for (let k = at.start; at.step > 0 ? k < at.stop : k > at.stop; k += at.step) gone.add(k);
      c.slot.set({ items: content.items.filter((_, k) => !gone.has(k)), rest: undefined });
      return;
    }
    const n = interp.asInt(i);
    if (n === undefined || content.rest !== undefined) {
      c.slot.set({ items: [], rest: { element: anyItem(interp, content), length: symbol('?', { least: 0 }) } });
      return;
    }
    const at = n < 0 ? n + content.items.length : n;
    if (at < 0 || at >= content.items.length) interp.raise('IndexError', 'list assignment index out of range');
    c.slot.set({ items: content.items.filter((_, k) => k !== at), rest: undefined });
  } else if (c.kind === 'object') interp.callMethod(c, '__delitem__', [index]);
}
