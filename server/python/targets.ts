/** Assignment targets: names, attributes, subscripts, and unpacking with at most one star. */
import { setAttr } from './attributes.ts';
import { attempt, evaluate } from './expressions.ts';
import type { Interpreter } from './interpreter.ts';
import { collect, unpack } from './iteration.ts';
import { itemOfRest, oneOf } from './one-of-many.ts';
import { assignName, named } from './scopes.ts';
import { deleteItem, setItem } from './subscripts.ts';
import type { Expression } from './syntax.ts';
import type { Value } from './values.ts';

export function assignTarget(interp: Interpreter, target: Expression, value: Value): void {
  switch (target.kind) {
    case 'Name': {
      const v = named(interp, target.name, interp.mode === 'run' ? value : interp.resolve(value), target);
      assignName(interp, target.name, v);
      interp.observer.value?.(target, v, interp.frame?.file ?? '');
      return;
    }
    case 'Attribute': {
      const object = evaluate(interp, target.value);
      const v = interp.mode === 'run' || value.kind !== 'int' ? value : named(interp, selfName(target), value, target);
      attempt(interp, target, () => {
        setAttr(interp, object, target.name, v);
        return interp.none;
      });
      interp.observer.value?.(target, v, interp.frame?.file ?? '');
      return;
    }
    case 'Subscript': {
      const container = evaluate(interp, target.value);
      const index = evaluate(interp, target.index);
      attempt(interp, target, () => {
        setItem(interp, container, index, value);
        return interp.none;
      });
      return;
    }
    case 'Tuple':
    case 'List':
      unpackInto(interp, target, value);
      return;
    case 'Starred':
      assignTarget(interp, target.value, value);
      return;
    default:
      return;
  }
}

/** `self.hidden` for messages; symbols keep the attribute's own name. */
function selfName(target: Extract<Expression, { kind: 'Attribute' }>): string {
  return target.value.kind === 'Name' ? `${target.value.name}.${target.name}` : target.name;
}

function unpackInto(interp: Interpreter, target: Extract<Expression, { kind: 'Tuple' | 'List' }>, value: Value): void {
  const v = interp.resolve(value);
  if (v.kind === 'choice') {
    // Both alternatives are unpacked and joined item by item.
    const joined = interp.fork(
      v.cond,
      () => asTuple(interp, target, v.yes),
      () => asTuple(interp, target, v.no),
      true,
    );
    const r = interp.resolve(joined);
    if (r.kind === 'tuple' && r.items.length === target.items.length) {
      target.items.forEach((item, i) => assignTarget(interp, item, r.items[i] as Value));
    } else target.items.forEach((item) => assignTarget(interp, item, interp.unknown()));
    return;
  }
  let items: readonly Value[] | undefined;
  attempt(interp, target, () => {
    items = unpacked(interp, target, v);
    return interp.none;
  });
  target.items.forEach((item, i) => {
    assignTarget(interp, item, items?.[i] ?? (item.kind === 'Starred' ? interp.list({ items: [], rest: undefined }) : interp.unknown()));
  });
}

function asTuple(interp: Interpreter, target: Extract<Expression, { kind: 'Tuple' | 'List' }>, value: Value): Value {
  const items = unpacked(interp, target, interp.resolve(value));
  return items === undefined ? interp.unknown() : interp.tuple(items);
}

/** One value for each target; raises where the numbers are known not to fit. */
function unpacked(interp: Interpreter, target: Extract<Expression, { kind: 'Tuple' | 'List' }>, v: Value): readonly Value[] | undefined {
  const n = target.items.length;
  const star = target.items.findIndex((item) => item.kind === 'Starred');
  if (v.kind === 'unknown') {
    // Reading an unknown apart twice gives the same parts.
    if (star >= 0) return target.items.map((_, i) => (i === star ? interp.list(unknownList(interp)) : interp.unknown()));
    const found = interp.library.unknownItem?.(interp, v, interp.int(0));
    if (found !== undefined) return target.items.map((_, i) => interp.library.unknownItem?.(interp, v, interp.int(i)) ?? interp.unknown());
    return target.items.map((item, i) => {
      const key = `[n${i}]`;
      const memo = v.attrs.get(key) ?? interp.unknown(item.kind === 'Name' ? item.name : undefined);
      v.attrs.set(key, memo);
      return memo;
    });
  }
  if (star < 0) {
    const got = unpack(interp, v, n);
    if (got === undefined) return undefined;
    if ('length' in got && !Array.isArray(got)) return mismatch(interp, n, got.length);
    return got as readonly Value[];
  }
  if (v.kind === 'tuple' && v.open !== undefined) {
    return target.items.map((_, i) => {
      if (i === star) return interp.list(unknownList(interp));
      return v.open?.at(i < star ? i : i - n) ?? interp.freshInt('?', { least: 0 });
    });
  }
  const content = collect(interp, v);
  if (content.rest !== undefined) {
    const { rest } = content;
    return target.items.map((_, i) =>
      i < star
        ? (content.items[i] ?? itemOfRest(interp, rest, i))
        : i === star
          ? interp.list({ items: [], rest })
          : oneOf(interp, rest.element),
    );
  }
  const { items } = content;
  if (items.length < n - 1) {
    const text = `not enough values to unpack (expected at least ${n - 1}, got ${items.length})`;
    throw interp.error({ code: 'unpack-mismatch', message: text, exception: 'ValueError', text, origins: [] });
  }
  const after = n - star - 1;
  return [...items.slice(0, star), interp.list(items.slice(star, items.length - after)), ...items.slice(items.length - after)];
}

function unknownList(interp: Interpreter) {
  return { items: [], rest: { element: interp.unknown(), length: interp.freshInt('?', { least: 0 }).dim } };
}

function mismatch(interp: Interpreter, expected: number, got: number): never {
  const text =
    got > expected ? `too many values to unpack (expected ${expected})` : `not enough values to unpack (expected ${expected}, got ${got})`;
  const message = `unpacking ${got} value${got === 1 ? '' : 's'} into ${expected} name${expected === 1 ? '' : 's'}`;
  throw interp.error({ code: 'unpack-mismatch', message, exception: 'ValueError', text, origins: [] });
}

export function deleteTarget(interp: Interpreter, target: Expression): void {
  switch (target.kind) {
    case 'Name':
      interp.frame?.scope.cells.delete(target.name);
      return;
    case 'Attribute': {
      const object = interp.resolve(evaluate(interp, target.value));
      if (object.kind === 'object' || object.kind === 'class' || object.kind === 'module') object.attrs.delete(target.name);
      return;
    }
    case 'Subscript': {
      const container = evaluate(interp, target.value);
      const index = evaluate(interp, target.index);
      attempt(interp, target, () => {
        deleteItem(interp, container, index);
        return interp.none;
      });
      return;
    }
    case 'Tuple':
    case 'List':
      for (const item of target.items) deleteTarget(interp, item);
      return;
    default:
      return;
  }
}
