/**
 * Reading one item of a sequence of unknown length. All items share one description; what may differ from item to item gets an
 * identity of its own when a single one is read, so that what is learned of the first is not taken for true of the second.
 */
import { symbolsOf, valueOf } from '../dims/dim.ts';
import { choosesBy } from '../dims/mentions.ts';
import type { Dim } from '../dims/polynomial.ts';
import type { Interpreter } from './interpreter.ts';
import type { Rest, Value } from './values.ts';

/** How much of a value is looked at. */
const NODES = 200;

const read = new WeakMap<Rest, Map<number, Value>>();

/** The item at a number, the same one each time. */
export function itemOfRest(interp: Interpreter, rest: Rest, at: number): Value {
  let items = read.get(rest);
  if (items === undefined) read.set(rest, (items = new Map()));
  let item = items.get(at);
  if (item === undefined) items.set(at, (item = oneOf(interp, rest.element)));
  return item;
}

/** One of the items that all are like `element`. */
export function oneOf(interp: Interpreter, element: Value): Value {
  const v = interp.resolve(element);
  switch (v.kind) {
    case 'unknown':
      return interp.unknown(v.name, v.origin);
    case 'int':
      return valueOf(v.dim) === undefined ? interp.freshInt('?', rangeOf(interp, v.dim)) : v;
    case 'tuple':
      return v.rest === undefined && v.open === undefined ? { ...v, items: v.items.map((item) => oneOf(interp, item)) } : v;
    case 'choice':
      return interp.choice(interp.freshFlag('?'), oneOf(interp, v.yes), oneOf(interp, v.no));
    case 'object':
      return interp.library.oneOf?.(interp, v) ?? (mayDiffer(interp, v) ? interp.unknown() : v);
    case 'list':
    case 'dict':
    case 'set':
      return mayDiffer(interp, v) ? interp.unknown() : v;
    default:
      return v;
  }
}

function rangeOf(interp: Interpreter, dim: Dim): { least?: number; greatest?: number } {
  const { least, greatest } = interp.facts.bounds(dim);
  return { ...(Number.isFinite(least) ? { least } : {}), ...(Number.isFinite(greatest) ? { greatest } : {}) };
}

/** Whether a size speaks of something that has no name in the program, and so may be another one in another item. */
export function isUnnamed(dim: Dim): boolean {
  return valueOf(dim) === undefined && (symbolsOf(dim).some((symbol) => symbol.name === '?') || choosesBy(dim, '?'));
}

/** Whether two items that are described by this value may differ. */
export function mayDiffer(interp: Interpreter, value: Value, seen = new Set<Value>()): boolean {
  const v = interp.resolve(value);
  if (seen.has(v)) return false;
  seen.add(v);
  if (seen.size > NODES) return true;
  const any = (items: Iterable<Value>): boolean => {
    for (const item of items) if (mayDiffer(interp, item, seen)) return true;
    return false;
  };
  switch (v.kind) {
    case 'unknown':
    case 'choice':
      return true;
    case 'int':
      return isUnnamed(v.dim);
    case 'tuple':
    case 'list': {
      const content = v.kind === 'tuple' ? v : v.slot.get();
      return content.rest !== undefined || any(content.items);
    }
    case 'dict': {
      const content = v.slot.get();
      return content.rest !== undefined || any([...content.entries.values()].map(([, item]) => item));
    }
    case 'object':
      return interp.library.mayDiffer?.(interp, v) === true || any([...v.attrs.entries()].map(([, item]) => item));
    default:
      return false;
  }
}
