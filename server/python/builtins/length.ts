/**
 * How long a value is, as a symbolic integer; asking twice gives the same symbol.
 */
import type { Dim } from '../../dims/dim.ts';
import { add, constant, symbol } from '../../dims/dim.ts';
import type { Interpreter } from '../interpreter.ts';
import { rangeLength } from '../iteration.ts';
import type { UnknownValue, Value } from '../values.ts';
import { mayHaveMore } from './ordering.ts';

const remembered = new WeakMap<object, Dim>();

function remember(thing: object, least: number): Dim {
  let dim = remembered.get(thing);
  if (dim === undefined) remembered.set(thing, (dim = symbol('?', { least })));
  return dim;
}

/** Undefined where the value has no length. */
export function lengthOf(interp: Interpreter, value: Value): Dim | undefined {
  const v = interp.resolve(value);
  switch (v.kind) {
    case 'str':
      if (v.value === undefined) return remember(v, 0);
      return constant(codePoints(v.value));
    case 'bytes':
      return v.value === undefined ? remember(v, 0) : constant(v.value.length);
    case 'tuple':
      if (v.open !== undefined) return v.open.length();
      return v.rest === undefined ? constant(v.items.length) : add(constant(v.items.length), v.rest.length);
    case 'list': {
      const { items, rest } = v.slot.get();
      return rest === undefined ? constant(items.length) : add(constant(items.length), rest.length);
    }
    case 'dict':
    case 'set': {
      const content = v.slot.get();
      return content.rest === undefined ? constant(content.entries.size) : remember(content, content.entries.size);
    }
    case 'range':
      return rangeLength(v);
    case 'unknown':
      return unknownLength(interp, v);
    case 'object':
    case 'class': {
      const result = v.kind === 'object' ? interp.callMethod(v, '__len__', []) : classLength(interp, v);
      if (result === undefined)
        return v.kind === 'object' ? (mayHaveMore(interp, v) ? remember(v, 0) : undefined) : v.open ? remember(v, 0) : undefined;
      return interp.asDim(result, true) ?? symbol('?', { least: 0 });
    }
    default:
      return undefined;
  }
}

/** Some classes are sequences themselves (an Enum). */
function classLength(interp: Interpreter, cls: Extract<Value, { kind: 'class' }>): Value | undefined {
  const iterator = interp.findAttr(cls, '__iter_class__');
  if (iterator === undefined || iterator.kind === 'unknown') return undefined;
  const items = interp.items(interp.call(iterator, [cls]));
  return items === undefined ? interp.freshInt('?', { least: 0 }) : interp.int(items.length);
}

function unknownLength(interp: Interpreter, v: UnknownValue): Dim {
  const special = interp.library.unknownOperation?.(interp, 'len', v, undefined);
  const dim = special === undefined ? undefined : interp.asDim(special);
  if (dim !== undefined) return dim;
  let length = v.notes.get('len') as Dim | undefined;
  if (length === undefined) {
    length = symbol(v.name === undefined ? '?' : `len(${v.name})`, { least: 0 });
    v.notes.set('len', length);
  }
  return length;
}

function codePoints(text: string): number {
  let n = 0;
  for (const _ of text) n++;
  return n;
}
