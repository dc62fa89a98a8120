/**
 * Comparing values as Python does, with three answers: equality and order of builtin values, and of objects by their
 * own methods.
 */
import type { Decision } from '../../dims/cond.ts';
import { eq, lt } from '../../dims/cond.ts';
import { isPresumedMore } from '../attributes.ts';
import type { Interpreter } from '../interpreter.ts';
import { asBig } from '../numbers.ts';
import type { DictContent, Value } from '../values.ts';
import { unbox } from './define.ts';

const numeric = (v: Value) => v.kind === 'int' || v.kind === 'bool' || v.kind === 'float';

const decided = (b: boolean): Decision => (b ? 'yes' : 'no');

/** `a == b`. */
export function equal(interp: Interpreter, left: Value, right: Value): Decision {
  const a = unbox(interp, left);
  const b = unbox(interp, right);
  if (a === b && a.kind !== 'float') return 'yes';
  if (a.kind === 'unknown' || b.kind === 'unknown' || a.kind === 'choice' || b.kind === 'choice') return 'unknown';
  if (a.kind === 'object' || b.kind === 'object') return equalObjects(interp, a, b);
  if (numeric(a) && numeric(b)) return equalNumbers(interp, a, b);
  if (a.kind === 'complex' || b.kind === 'complex') return equalComplex(interp, a, b);
  if (a.kind !== b.kind) return 'no';
  switch (a.kind) {
    case 'none':
    case 'ellipsis':
    case 'not-implemented':
      return 'yes';
    case 'str':
    case 'bytes':
      if (a.value === undefined || (b as typeof a).value === undefined) return 'unknown';
      return decided(a.value === (b as typeof a).value);
    case 'tuple':
      if (a.rest !== undefined || a.open !== undefined || (b as typeof a).rest !== undefined || (b as typeof a).open !== undefined)
        return 'unknown';
      return equalItems(interp, a.items, (b as typeof a).items);
    case 'list': {
      const x = a.slot.get();
      const y = (b as typeof a).slot.get();
      return x.rest !== undefined || y.rest !== undefined ? 'unknown' : equalItems(interp, x.items, y.items);
    }
    case 'dict':
    case 'set':
      return equalEntries(interp, a.slot.get(), (b as typeof a).slot.get());
    case 'range': {
      const x = interp.items(a);
      const y = interp.items(b);
      return x === undefined || y === undefined ? 'unknown' : equalItems(interp, x, y);
    }
    default:
      return interp.sameValue(a, b) ? 'yes' : 'no';
  }
}

function equalNumbers(interp: Interpreter, a: Value, b: Value): Decision {
  const p = asBig(interp, a);
  const q = asBig(interp, b);
  if (p !== undefined && q !== undefined) return decided(p === q);
  const x = interp.asNumber(a);
  const y = interp.asNumber(b);
  if (x !== undefined && y !== undefined) return decided(x === y);
  const m = interp.asDim(a);
  const n = interp.asDim(b);
  return m === undefined || n === undefined ? 'unknown' : interp.decide(eq(m, n));
}

function equalComplex(interp: Interpreter, a: Value, b: Value): Decision {
  const parts = (v: Value) => (v.kind === 'complex' ? [v.re, v.im] : numeric(v) ? [interp.asNumber(v), 0] : undefined);
  const x = parts(a);
  const y = parts(b);
  if (x === undefined || y === undefined) return 'no';
  if (x.includes(undefined) || y.includes(undefined)) return 'unknown';
  return decided(x[0] === y[0] && x[1] === y[1]);
}

function equalObjects(interp: Interpreter, a: Value, b: Value): Decision {
  for (const [x, y] of [
    [a, b],
    [b, a],
  ] as const) {
    if (x.kind !== 'object') continue;
    const result = interp.callMethod(x, '__eq__', [y]);
    if (result === undefined || result.kind === 'not-implemented') continue;
    return interp.decide(interp.truth(result));
  }
  const open = (v: Value) => v.kind === 'object' && v.cls.open;
  return open(a) || open(b) ? 'unknown' : decided(a === b);
}

function equalItems(interp: Interpreter, a: readonly Value[], b: readonly Value[]): Decision {
  if (a.length !== b.length) return 'no';
  let result: Decision = 'yes';
  for (let i = 0; i < a.length; i++) {
    const each = a[i] === b[i] ? 'yes' : equal(interp, a[i] as Value, b[i] as Value);
    if (each === 'no') return 'no';
    if (each === 'unknown') result = 'unknown';
  }
  return result;
}

function equalEntries(interp: Interpreter, a: DictContent, b: DictContent): Decision {
  if (a.rest !== undefined || b.rest !== undefined) return 'unknown';
  if (a.entries.size !== b.entries.size) return 'no';
  let result: Decision = 'yes';
  for (const [key, [, value]] of a.entries) {
    const other = b.entries.get(key);
    if (other === undefined) return 'no';
    const each = equal(interp, value, other[1]);
    if (each === 'no') return 'no';
    if (each === 'unknown') result = 'unknown';
  }
  return result;
}

/** `a < b`. Raises TypeError for values that have no order. */
export function less(interp: Interpreter, left: Value, right: Value): Decision {
  const a = unbox(interp, left);
  const b = unbox(interp, right);
  if (numeric(a) && numeric(b)) {
    const p = asBig(interp, a);
    const q = asBig(interp, b);
    if (p !== undefined && q !== undefined) return decided(p < q);
    const x = interp.asNumber(a);
    const y = interp.asNumber(b);
    if (x !== undefined && y !== undefined) return decided(x < y);
    const m = interp.asDim(a);
    const n = interp.asDim(b);
    return m === undefined || n === undefined ? 'unknown' : interp.decide(lt(m, n));
  }
  if ((a.kind === 'str' && b.kind === 'str') || (a.kind === 'bytes' && b.kind === 'bytes')) {
    return a.value === undefined || b.value === undefined ? 'unknown' : decided(compareText(a.value, b.value) < 0);
  }
  if ((a.kind === 'tuple' && b.kind === 'tuple') || (a.kind === 'list' && b.kind === 'list')) {
    const x = interp.items(a);
    const y = interp.items(b);
    return x === undefined || y === undefined ? 'unknown' : lessItems(interp, x, y);
  }
  if (a.kind === 'set' && b.kind === 'set') return lessSets(a.slot.get(), b.slot.get());
  if (a.kind === 'unknown' || b.kind === 'unknown' || a.kind === 'choice' || b.kind === 'choice') return 'unknown';
  return lessObjects(interp, a, b);
}

/** Python orders strings by code point, JavaScript by code unit. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const x = [...a];
  const y = [...b];
  for (let i = 0; i < x.length && i < y.length; i++) {
    const p = (x[i] as string).codePointAt(0) as number;
    const q = (y[i] as string).codePointAt(0) as number;
    if (p !== q) return p - q;
  }
  return x.length - y.length;
}

function lessItems(interp: Interpreter, a: readonly Value[], b: readonly Value[]): Decision {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const same = equal(interp, a[i] as Value, b[i] as Value);
    if (same === 'unknown') return 'unknown';
    if (same === 'no') return less(interp, a[i] as Value, b[i] as Value);
  }
  return decided(a.length < b.length);
}

function lessSets(a: DictContent, b: DictContent): Decision {
  if (a.rest !== undefined || b.rest !== undefined) return 'unknown';
  return decided(a.entries.size < b.entries.size && [...a.entries.keys()].every((key) => b.entries.has(key)));
}

function lessObjects(interp: Interpreter, a: Value, b: Value): Decision {
  for (const [x, y, name] of [
    [a, b, '__lt__'],
    [b, a, '__gt__'],
  ] as const) {
    if (x.kind !== 'object') continue;
    const result = interp.callMethod(x, name, [y]);
    if (result === undefined || result.kind === 'not-implemented') continue;
    return interp.decide(interp.truth(result));
  }
  if (mayHaveMore(interp, a) || mayHaveMore(interp, b)) return 'unknown';
  interp.raise('TypeError', `'<' not supported between instances of '${interp.typeName(a)}' and '${interp.typeName(b)}'`);
}

/** Whether an object may do what nothing is written about: its class is open, or another library's. */
export function mayHaveMore(interp: Interpreter, v: Value): boolean {
  return (
    v.kind === 'object' &&
    (v.cls.open || isPresumedMore(v) || (interp.mode === 'check' && v.cls.node === undefined && v.cls.module !== 'builtins'))
  );
}

/** Sorted by `key` (a stable merge sort, as few comparisons as Python's); undefined where an order is not known. */
export function sortItems(
  interp: Interpreter,
  items: readonly Value[],
  key: Value | undefined,
  reverse: boolean,
): readonly Value[] | undefined {
  const keys = key === undefined || key.kind === 'none' ? items : items.map((item) => interp.call(key, [item]));
  const order = items.map((_, i) => i);
  let known = true;
  const compare = (i: number, j: number): number => {
    if (!known) return 0;
    const first = less(interp, keys[i] as Value, keys[j] as Value);
    if (first === 'yes') return -1;
    const second = first === 'unknown' ? first : less(interp, keys[j] as Value, keys[i] as Value);
    if (second === 'unknown') known = false;
    return second === 'yes' ? 1 : 0;
  };
  order.sort(reverse ? (i, j) => compare(j, i) : compare);
  return known ? order.map((i) => items[i] as Value) : undefined;
}
