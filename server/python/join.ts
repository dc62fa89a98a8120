/**
 * How two values become one where paths meet, when two are alike, and how a value that changes from one iteration of a
 * loop to the next is generalised.
 */
import { type Cond, not, sameCond } from '../dims/cond.ts';
import { choose, type Dim, same, symbol } from '../dims/dim.ts';
import type { SlotRules } from './heap.ts';
import type { Interpreter } from './interpreter.ts';
import { eitherOrder, ordered, orderFrom, repeatedOrder, sameOrder } from './order.ts';
import type { Content, DictContent, Payload, Rest, Value } from './values.ts';

/** Choices nest at most this deep; beyond, nothing is said. */
const MAX_CHOICES = 4;

export function joinValues(interp: Interpreter, cond: Cond, yes: Value, no: Value): Value {
  if (yes === no) return yes;
  const a = interp.resolve(yes);
  const b = interp.resolve(no);
  if (a === b) return a;
  if (sameValues(interp, a, b) || alike(interp, a, b)) return a;
  if (a.kind === b.kind) {
    switch (a.kind) {
      case 'bool':
        if (b.kind === 'bool')
          return isSimple(cond, a.cond, b.cond) ? { kind: 'bool', cond: chooseCond(cond, a.cond, b.cond) } : interp.unknownBool();
        break;
      case 'int':
        if (b.kind === 'int') return { kind: 'int', dim: chooseDim(interp, cond, a.dim, b.dim) };
        break;
      case 'tuple': {
        if (b.kind !== 'tuple' || a.cls !== b.cls || a.open !== b.open) break;
        if (a.rest !== undefined || b.rest !== undefined || a.items.length !== b.items.length) break;
        const items = a.items.map((item, i) => joinValues(interp, cond, item, b.items[i] as Value));
        return { kind: 'tuple', items, rest: undefined, cls: a.cls, fields: a.fields, open: undefined };
      }
      case 'object': {
        if (b.kind !== 'object' || a.cls !== b.cls) break;
        const x = a.payload.get();
        const y = b.payload.get();
        if (x === undefined || y === undefined || a.attrs.size > 0 || b.attrs.size > 0) break;
        const joined = x.join(y, cond, interp);
        if (joined !== undefined) return interp.object(a.cls, joined);
        break;
      }
      default:
        break;
    }
  }
  if (depth(a) + depth(b) >= MAX_CHOICES) return interp.unknown();
  return { kind: 'choice', cond, yes: a, no: b };
}

/** Conditions that grow with every join are given up: what they say is no longer worth deciding. */
const MAX_COND = 12;
const MAX_KEY = 160;

export function isSimple(...conds: readonly Cond[]): boolean {
  let left = MAX_COND;
  const visit = (c: Cond): boolean => {
    if (--left < 0) return false;
    switch (c.kind) {
      case 'and':
      case 'or':
        return c.of.every(visit);
      case 'not':
        return visit(c.of);
      case 'eq':
      case 'le':
        return c.left.key.length + c.right.key.length < MAX_KEY;
      default:
        return true;
    }
  };
  return conds.every(visit);
}

function chooseDim(interp: Interpreter, cond: Cond, yes: Dim, no: Dim): Dim {
  if (isSimple(cond) && yes.key.length + no.key.length < MAX_KEY) return choose(cond, yes, no);
  const a = interp.facts.bounds(yes);
  const b = interp.facts.bounds(no);
  const least = Math.min(a.least, b.least);
  const greatest = Math.max(a.greatest, b.greatest);
  return symbol('?', { ...(Number.isFinite(least) ? { least } : {}), ...(Number.isFinite(greatest) ? { greatest } : {}) });
}

function chooseCond(cond: Cond, yes: Cond, no: Cond): Cond {
  if (yes.kind === 'const' && no.kind === 'const') return yes.value ? cond : not(cond);
  return {
    kind: 'or',
    of: [
      { kind: 'and', of: [cond, yes] },
      { kind: 'and', of: [not(cond), no] },
    ],
  };
}

function depth(v: Value): number {
  return v.kind === 'choice' ? 1 + depth(v.yes) + depth(v.no) : 0;
}

/** Whether two values are known to be alike: equal and interchangeable in all that matters. */
export function sameValues(interp: Interpreter, yes: Value, no: Value): boolean {
  if (yes === no) return true;
  const a = interp.resolve(yes);
  const b = interp.resolve(no);
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case 'none':
    case 'ellipsis':
    case 'not-implemented':
      return true;
    case 'bool':
      return b.kind === 'bool' && sameCond(a.cond, b.cond);
    case 'int':
      return b.kind === 'int' && same(a.dim, b.dim) && a.big === b.big;
    case 'float':
      return b.kind === 'float' && Object.is(a.value, b.value);
    case 'complex':
      return b.kind === 'complex' && Object.is(a.re, b.re) && Object.is(a.im, b.im);
    case 'str':
    case 'bytes':
      return (b.kind === 'str' || b.kind === 'bytes') && a.value === b.value;
    case 'tuple':
      return (
        b.kind === 'tuple' &&
        a.cls === b.cls &&
        a.open === b.open &&
        sameRest(interp, a.rest, b.rest) &&
        a.items.length === b.items.length &&
        a.items.every((item, i) => sameValues(interp, item, b.items[i] as Value))
      );
    case 'range':
      return b.kind === 'range' && same(a.start, b.start) && same(a.stop, b.stop) && same(a.step, b.step);
    case 'slice':
      return (
        b.kind === 'slice' &&
        sameValues(interp, a.start, b.start) &&
        sameValues(interp, a.stop, b.stop) &&
        sameValues(interp, a.step, b.step)
      );
    case 'object': {
      if (b.kind !== 'object' || a.cls !== b.cls || a.attrs.size > 0 || b.attrs.size > 0) return false;
      const x = a.payload.get();
      const y = b.payload.get();
      return x !== undefined && y !== undefined && x.same(y, interp);
    }
    case 'method':
      return b.kind === 'method' && a.func === b.func && a.self === b.self;
    case 'choice':
      return b.kind === 'choice' && sameCond(a.cond, b.cond) && sameValues(interp, a.yes, b.yes) && sameValues(interp, a.no, b.no);
    default:
      return false;
  }
}

/** Two objects of which either can stand for both: each turn of a loop makes a layer like the last one. */
function alike(interp: Interpreter, a: Value, b: Value): boolean {
  return a.kind === 'object' && b.kind === 'object' && a.cls === b.cls && a.payload.get()?.alike?.(a, b, interp) === true;
}

function sameRest(interp: Interpreter, a: Rest | undefined, b: Rest | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    same(a.length, b.length) && sameValues(interp, a.element, b.element) && sameOrder(a.order, b.order, (x, y) => sameValues(interp, x, y))
  );
}

/** Lists that differ in length keep their common start; the rest is of unknown length. */
export function joinContent(interp: Interpreter, cond: Cond, yes: Content, no: Content): Content {
  const common = Math.min(yes.items.length, no.items.length);
  const items: Value[] = [];
  for (let i = 0; i < common; i++) items.push(joinValues(interp, cond, yes.items[i] as Value, no.items[i] as Value));
  const extra = [...yes.items.slice(common), ...no.items.slice(common)];
  if (extra.length === 0 && yes.rest === undefined && no.rest === undefined) return { items, rest: undefined };
  let element: Value | undefined;
  const add = (v: Value) => {
    element = element === undefined ? v : sameValues(interp, element, v) ? element : joinValues(interp, interp.freshFlag('?'), element, v);
  };
  for (const item of extra) add(item);
  if (yes.rest !== undefined) add(yes.rest.element);
  if (no.rest !== undefined) add(no.rest.element);
  const order = eitherOrder(cond, orderFrom(yes, common), orderFrom(no, common));
  return { items, rest: ordered({ element: element ?? interp.unknown(), length: lengthSymbol(yes, no) }, order) };
}

function lengthSymbol(yes: Content, no: Content): Dim {
  if (yes.items.length === no.items.length && yes.rest !== undefined && no.rest !== undefined && same(yes.rest.length, no.rest.length)) {
    return yes.rest.length;
  }
  return symbol('?', { least: 0 });
}

/** Entries that only one side has may or may not be there. */
export function joinDict(interp: Interpreter, cond: Cond, yes: DictContent, no: DictContent): DictContent {
  const entries = new Map<string, readonly [Value, Value]>();
  let rest = yes.rest ?? no.rest;
  for (const [key, entry] of yes.entries) {
    const other = no.entries.get(key);
    if (other !== undefined) entries.set(key, [entry[0], joinValues(interp, cond, entry[1], other[1])]);
    else rest = { key: interp.unknown(), value: interp.unknown() };
  }
  for (const key of no.entries.keys()) if (!yes.entries.has(key)) rest = { key: interp.unknown(), value: interp.unknown() };
  return { entries, rest };
}

export function joinPayload(interp: Interpreter, cond: Cond, yes: Payload | undefined, no: Payload | undefined): Payload | undefined {
  if (yes === undefined || no === undefined) return yes ?? no;
  return yes.same(no, interp) ? yes : yes.join(no, cond, interp);
}

/**
 * Values that stand for whatever a variable holds after some iterations. They say nothing more in the next round, so that one of
 * them is its own generalisation and a loop settles as soon as it can.
 */
const loose = new WeakSet<Value>();

/** `made` in place of a value that is no such one yet. */
export function loosened(old: Value, made: () => Value): Value {
  if (loose.has(old)) return old;
  const value = made();
  loose.add(value);
  return value;
}

/** What stays true of a value that was `before` when an iteration began and `after` when it ended. */
export function widen(interp: Interpreter, before: Value, after: Value): Value {
  const a = interp.resolve(before);
  const b = interp.resolve(after);
  if (a === b || sameValues(interp, a, b) || alike(interp, a, b)) return a;
  if (a.kind === 'int' && b.kind === 'int') return loosened(a, () => ({ kind: 'int', dim: symbol('?') }));
  if (a.kind === 'bool' && b.kind === 'bool') return loosened(a, () => interp.unknownBool());
  if (a.kind === 'float' && b.kind === 'float') return interp.float();
  if ((a.kind === 'int' && b.kind === 'float') || (a.kind === 'float' && b.kind === 'int')) return loosened(a, () => interp.unknown());
  if (a.kind === 'str' && b.kind === 'str') return interp.str();
  if (a.kind === 'tuple' && b.kind === 'tuple' && a.cls === b.cls && a.items.length === b.items.length && a.rest === b.rest) {
    const items = a.items.map((item, i) => widen(interp, item, b.items[i] as Value));
    return { kind: 'tuple', items, rest: a.rest, cls: a.cls, fields: a.fields, open: a.open === b.open ? a.open : undefined };
  }
  if (a.kind === 'object' && b.kind === 'object' && a.cls === b.cls) {
    const x = a.payload.get();
    const y = b.payload.get();
    const joined = x !== undefined && y !== undefined ? x.widen?.(y, interp) : undefined;
    if (joined !== undefined) return interp.object(a.cls, joined);
  }
  if (depth(a) === 0 && depth(b) === 0 && (a.kind === 'none' || b.kind === 'none')) {
    return { kind: 'choice', cond: interp.freshFlag('?'), yes: a, no: b };
  }
  if (a.kind === 'choice' && b.kind !== 'choice') {
    // A value that was one of two and has become something like one of them.
    for (const part of [a.yes, a.no]) {
      if (sameValues(interp, part, b)) return a;
      const joined = part.kind === b.kind && part.kind === 'object' ? widen(interp, part, b) : undefined;
      if (joined !== undefined && joined.kind !== 'unknown') {
        return { kind: 'choice', cond: interp.freshFlag('?'), yes: part === a.yes ? joined : a.yes, no: part === a.no ? joined : a.no };
      }
    }
  }
  if (a.kind === 'choice' && b.kind === 'choice' && depth(a) === 1 && depth(b) === 1) {
    const [yes, no] = [widen(interp, a.yes, b.yes), widen(interp, a.no, b.no)];
    if (yes.kind !== 'unknown' && no.kind !== 'unknown') {
      if (loose.has(a) && sameValues(interp, a.yes, yes) && sameValues(interp, a.no, no)) return a;
      return loosened(interp.none, () => ({ kind: 'choice', cond: interp.freshFlag('?'), yes, no }));
    }
  }
  return loosened(a, () => interp.unknown());
}

/** A list that grows in a loop: the common start, then a rest of unknown length. */
export function widenContent(interp: Interpreter, before: Content, after: Content): Content {
  if (before.rest === undefined && after.rest === undefined && before.items.length === after.items.length) {
    return { items: before.items.map((item, i) => widen(interp, item, after.items[i] as Value)), rest: undefined };
  }
  const common = Math.min(before.items.length, after.items.length);
  const items: Value[] = [];
  for (let i = 0; i < common; i++) items.push(widen(interp, before.items[i] as Value, after.items[i] as Value));
  const extra = [...before.items.slice(common), ...after.items.slice(common)];
  if (before.rest !== undefined) extra.push(before.rest.element);
  if (after.rest !== undefined) extra.push(after.rest.element);
  let element = extra[0] ?? interp.unknown();
  for (const item of extra.slice(1)) element = widen(interp, element, item);
  const kept = before.rest !== undefined && after.rest !== undefined && items.length === before.items.length;
  const [was, is] = [orderFrom(before, common), orderFrom(after, common)];
  const order =
    was && is && sameOrder(was, is, (x, y) => sameValues(interp, x, y))
      ? was
      : was && is && repeatedOrder(was, is, (a, b) => widen(interp, a, b));
  return { items, rest: ordered({ element, length: kept ? (before.rest as Rest).length : symbol('?', { least: 0 }) }, order) };
}

export function sameContent(interp: Interpreter, a: Content, b: Content): boolean {
  return (
    a.items.length === b.items.length &&
    (a.rest === undefined) === (b.rest === undefined) &&
    a.items.every((item, i) => sameValues(interp, item, b.items[i] as Value)) &&
    (a.rest === undefined ||
      b.rest === undefined ||
      (sameValues(interp, a.rest.element, b.rest.element) && sameOrder(a.rest.order, b.rest.order, (x, y) => sameValues(interp, x, y))))
  );
}

export function widenDict(interp: Interpreter, before: DictContent, after: DictContent): DictContent {
  const entries = new Map<string, readonly [Value, Value]>();
  let rest = before.rest ?? after.rest;
  for (const [key, entry] of before.entries) {
    const other = after.entries.get(key);
    if (other !== undefined) entries.set(key, [entry[0], widen(interp, entry[1], other[1])]);
    else rest = { key: interp.unknown(), value: interp.unknown() };
  }
  for (const key of after.entries.keys()) if (!before.entries.has(key)) rest = { key: interp.unknown(), value: interp.unknown() };
  return { entries, rest };
}

export function sameDict(interp: Interpreter, a: DictContent, b: DictContent): boolean {
  if (a.entries.size !== b.entries.size || (a.rest === undefined) !== (b.rest === undefined)) return false;
  for (const [key, entry] of a.entries) {
    const other = b.entries.get(key);
    if (other === undefined || !sameValues(interp, entry[1], other[1])) return false;
  }
  return true;
}

export function widenPayload(interp: Interpreter, before: Payload | undefined, after: Payload | undefined): Payload | undefined {
  if (before === undefined || after === undefined || before.same(after, interp)) return before;
  return before.widen?.(after, interp) ?? before.join(after, interp.freshFlag('?'), interp);
}

/** The rules of the three kinds of slots. */
export function contentRules(interp: Interpreter): SlotRules<Content> {
  return {
    join: (cond, yes, no) => joinContent(interp, cond, yes, no),
    widen: (before, after) => widenContent(interp, before, after),
    same: (a, b) => sameContent(interp, a, b),
  };
}

export function dictRules(interp: Interpreter): SlotRules<DictContent> {
  return {
    join: (cond, yes, no) => joinDict(interp, cond, yes, no),
    widen: (before, after) => widenDict(interp, before, after),
    same: (a, b) => sameDict(interp, a, b),
  };
}

export function payloadRules(interp: Interpreter): SlotRules<Payload | undefined> {
  return {
    // One object has one content: where two have no choice in common, what holds of both stays.
    join: (cond, yes, no) => joinPayload(interp, cond, yes, no) ?? widenPayload(interp, yes, no),
    widen: (before, after) => widenPayload(interp, before, after),
    same: (a, b) => a === b || (a !== undefined && b !== undefined && a.same(b, interp)),
  };
}
