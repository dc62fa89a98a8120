/**
 * Iteration: what a value holds, as far as it is known, and one-pass iterators over it.
 */

import { add, constant, type Dim, floorDiv, max, sub, symbol, valueOf } from '../dims/dim.ts';
import { findSpecial, mayBeMore } from './attributes.ts';
import { setItems } from './builtins/set-order.ts';
import { PyError } from './faults.ts';
import type { Interpreter } from './interpreter.ts';
import { joinContent } from './join.ts';
import { isSupposed } from './numbers.ts';
import { itemOfRest } from './one-of-many.ts';
import type { Content, IteratorValue, RangeValue, Rest, Value } from './values.ts';

/** More items than this are not listed one by one while checking. */
const CHECK_LISTED = 4096;
const RUN_LISTED = 20_000_000;

/** The items of a container without consuming anything; undefined for what is not a container of known kind. */
export function contentOf(interp: Interpreter, value: Value): Content | undefined {
  const v = interp.resolve(value);
  switch (v.kind) {
    case 'list':
      return v.slot.get();
    case 'tuple':
      if (v.open !== undefined && v.rest === undefined)
        return { items: [], rest: { element: interp.freshInt('?', { least: 0 }), length: v.open.length() } };
      return { items: v.items, rest: v.rest };
    case 'set':
    case 'dict': {
      const content = v.slot.get();
      const items = v.kind === 'set' ? setItems(content) : [...content.entries.values()].map(([key]) => key);
      return { items, rest: content.rest === undefined ? undefined : { element: content.rest.key, length: symbol('?', { least: 0 }) } };
    }
    case 'range':
      return rangeContent(interp, v);
    case 'str':
      return v.value === undefined
        ? { items: [], rest: { element: interp.str(), length: symbol('?', { least: 0 }) } }
        : { items: [...v.value].map((c) => interp.str(c)), rest: undefined };
    case 'bytes':
      if (v.value === undefined) {
        return { items: [], rest: { element: interp.freshInt('?', { least: 0, greatest: 255 }), length: symbol('?', { least: 0 }) } };
      }
      return { items: [...v.value].map((c) => interp.int(c.charCodeAt(0))), rest: undefined };
    case 'choice': {
      const yes = contentOf(interp, v.yes);
      const no = contentOf(interp, v.no);
      return yes === undefined || no === undefined ? undefined : joinContent(interp, v.cond, yes, no);
    }
    default:
      return undefined;
  }
}

export function rangeLength(v: RangeValue): Dim {
  const step = valueOf(v.step);
  if (step === 1) return max(constant(0), sub(v.stop, v.start));
  if (step === undefined || step === 0) return symbol('?', { least: 0 });
  const span = step > 0 ? sub(v.stop, v.start) : sub(v.start, v.stop);
  const size = Math.abs(step);
  return max(constant(0), floorDiv(add(span, constant(size - 1)), constant(size)));
}

function rangeContent(interp: Interpreter, v: RangeValue): Content | undefined {
  const length = valueOf(interp.facts.simplify(rangeLength(v)));
  const start = valueOf(interp.facts.simplify(v.start));
  const step = valueOf(interp.facts.simplify(v.step));
  if (length !== undefined && start !== undefined && step !== undefined && length <= CHECK_LISTED) {
    const items: Value[] = [];
    for (let i = 0; i < length; i++) items.push(interp.int(start + i * step));
    return { items, rest: undefined };
  }
  return { items: [], rest: rangeRest(interp, v) };
}

/** The numbers of a range of which there may be any number. */
function rangeRest(interp: Interpreter, v: RangeValue): Rest {
  const others = { ...v, start: add(v.start, v.step) };
  return {
    element: interp.int(rangeElement(interp, v)),
    length: rangeLength(v),
    parted: { first: interp.int(v.start), others: interp.int(rangeElement(interp, others)) },
  };
}

/** A symbol for any number in the range. */
function rangeElement(interp: Interpreter, v: RangeValue): Dim {
  const start = valueOf(interp.facts.simplify(v.start));
  const stop = valueOf(interp.facts.simplify(v.stop));
  const step = valueOf(v.step);
  if (step === undefined) return symbol('?');
  const bounds =
    step > 0
      ? { least: start, greatest: stop === undefined ? undefined : stop - 1 }
      : { least: stop === undefined ? undefined : stop + 1, greatest: start };
  return symbol('?', {
    ...(bounds.least === undefined ? {} : { least: bounds.least }),
    ...(bounds.greatest === undefined ? {} : { greatest: bounds.greatest }),
  });
}

/** An iterator over known items and then a rest. */
export function iteratorOver(content: Content, name = 'iterator'): IteratorValue {
  let i = 0;
  return {
    kind: 'iterator',
    name,
    pull: () => (i < content.items.length ? content.items[i++] : undefined),
    rest: () => content.rest,
  };
}

export function makeIterator(name: string, pull: () => Value | undefined, rest: () => Rest | undefined = () => undefined): IteratorValue {
  return { kind: 'iterator', name, pull, rest };
}

export function iterate(interp: Interpreter, value: Value): IteratorValue {
  const v = interp.resolve(value);
  switch (v.kind) {
    case 'iterator':
      return v.again?.() ?? v;
    case 'list': {
      // A list may grow while it is iterated.
      let i = 0;
      return makeIterator(
        'list_iterator',
        () => {
          const { items } = v.slot.get();
          return i < items.length ? items[i++] : undefined;
        },
        () => v.slot.get().rest,
      );
    }
    case 'range': {
      const length = valueOf(interp.facts.simplify(rangeLength(v)));
      const start = valueOf(interp.facts.simplify(v.start));
      const step = valueOf(interp.facts.simplify(v.step));
      if (length === undefined || start === undefined || step === undefined) {
        // `range(n)` of a symbolic n: no item is known to exist.
        return iteratorOver({ items: [], rest: rangeRest(interp, v) }, 'range_iterator');
      }
      let i = 0;
      return makeIterator('range_iterator', () => (i < length ? interp.int(start + i++ * step) : undefined));
    }
    case 'unknown':
      return iteratorOver({ items: [], rest: { element: itemOfUnknown(interp, v), length: symbol('?', { least: 0 }) } });
    case 'choice': {
      const content = contentOf(interp, v);
      if (content !== undefined) return iteratorOver(content);
      return iteratorOver({ items: [], rest: unknownRest(interp) });
    }
    case 'object': {
      const made = interp.callMethod(v, '__iter__', []);
      if (made !== undefined) return fromIterable(interp, made);
      if (findSpecial(interp, v, '__getitem__') !== undefined) return bySubscript(interp, v);
      if (mayBeMore(interp, v)) return iteratorOver({ items: [], rest: { element: interp.unknown(), length: symbol('?', { least: 0 }) } });
      break;
    }
    case 'class': {
      const made = interp.callMethod(v, '__iter__', []);
      if (made !== undefined) return fromIterable(interp, made);
      const own = interp.findAttr(v, '__iter_class__');
      if (own !== undefined) return fromIterable(interp, interp.call(own, [v]));
      if (v.open) return iteratorOver({ items: [], rest: { element: interp.unknown(), length: symbol('?', { least: 0 }) } });
      break;
    }
    default: {
      const content = contentOf(interp, v);
      if (content !== undefined) return iteratorOver(content);
      break;
    }
  }
  if (interp.mode === 'check' && (v.kind === 'none' || isSupposed(v))) return iteratorOver({ items: [], rest: unknownRest(interp) });
  const text = `'${interp.typeName(v)}' object is not iterable`;
  throw interp.error({ code: 'not-iterable', message: text, exception: 'TypeError', text, origins: [] });
}

function itemOfUnknown(interp: Interpreter, v: Extract<Value, { kind: 'unknown' }>): Value {
  return interp.library.unknownItem?.(interp, v, interp.unknown()) ?? interp.unknown();
}

function fromIterable(interp: Interpreter, made: Value): IteratorValue {
  const m = interp.resolve(made);
  if (m.kind === 'iterator') return m;
  if (m.kind !== 'object') return iterate(interp, m);
  const next = interp.findAttr(m, '__next__');
  if (next === undefined) return m.cls.open ? iteratorOver({ items: [], rest: unknownRest(interp) }) : iterateAgain(interp, m);
  let done = false;
  return makeIterator('iterator', () => {
    if (done) return undefined;
    interp.handlers.push([interp.builtinClass('StopIteration')]);
    try {
      return interp.call(next, []);
    } catch (error) {
      if (error instanceof PyError && error.exception === 'StopIteration') {
        done = true;
        return undefined;
      }
      throw error;
    } finally {
      interp.handlers.pop();
    }
  });
}

function iterateAgain(interp: Interpreter, m: Value): IteratorValue {
  interp.raise('TypeError', `iter() returned non-iterator of type '${interp.typeName(m)}'`);
}

export function unknownRest(interp: Interpreter): Rest {
  return { element: interp.unknown(), length: symbol('?', { least: 0 }) };
}

/** Old-style iteration: `x[0]`, `x[1]`, … until IndexError, or by `len(x)` while checking. */
function bySubscript(interp: Interpreter, v: Value): IteratorValue {
  const get = interp.getAttr(v, '__getitem__');
  const lengthValue = interp.mode === 'check' ? interp.callMethod(v, '__len__', []) : undefined;
  const length = lengthValue === undefined ? undefined : interp.asInt(lengthValue);
  let i = 0;
  if (interp.mode === 'check' && length === undefined) {
    return iteratorOver({
      items: [],
      rest: { element: interp.call(get, [interp.freshInt('?', { least: 0 })]), length: symbol('?', { least: 0 }) },
    });
  }
  return makeIterator('iterator', () => {
    if (length !== undefined && i >= length) return undefined;
    interp.handlers.push([interp.builtinClass('IndexError')]);
    try {
      return interp.call(get, [interp.int(i++)]);
    } catch (error) {
      if (error instanceof PyError && error.exception === 'IndexError') return undefined;
      throw error;
    } finally {
      interp.handlers.pop();
    }
  });
}

/** Everything an iteration gives, as far as it can be listed. */
export function collect(interp: Interpreter, value: Value): Content {
  const v = interp.resolve(value);
  const direct = v.kind === 'list' || v.kind === 'tuple' || v.kind === 'set' || v.kind === 'dict' ? contentOf(interp, v) : undefined;
  if (direct !== undefined) return direct;
  const it = iterate(interp, v);
  const items: Value[] = [];
  const limit = interp.mode === 'run' ? RUN_LISTED : CHECK_LISTED;
  for (;;) {
    const item = it.pull();
    if (item === undefined) return { items, rest: it.rest() };
    items.push(item);
    if (items.length >= limit) return { items, rest: { element: interp.unknown(), length: symbol('?', { least: 0 }) } };
  }
}

/** One that stands for many others like it, each of which is gone through by itself; any other value as it is. */
export function oneOfMany(interp: Interpreter, value: Value): Value {
  const v = interp.resolve(value);
  if (interp.mode === 'run' || v.kind !== 'iterator' || v.again !== undefined || v.send !== undefined) return value;
  const content = collect(interp, v);
  const again = (): IteratorValue => iteratorOver(content, v.name);
  return { ...again(), again };
}

/** `n` items where exactly that many are there; a number when another number of items is known. */
export function unpack(interp: Interpreter, value: Value, n: number): readonly Value[] | { readonly length: number } | undefined {
  const v = interp.resolve(value);
  if (v.kind === 'tuple' && v.open !== undefined) return v.open.expect(n);
  const content = collect(interp, v);
  if (content.rest === undefined) return content.items.length === n ? content.items : { length: content.items.length };
  if (content.items.length > n) return { length: content.items.length };
  const items = [...content.items];
  while (items.length < n) items.push(itemOfRest(interp, content.rest, items.length));
  return items;
}
