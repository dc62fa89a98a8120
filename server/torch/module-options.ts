/**
 * Options of layers as their constructors keep them: one number for every space dimension, and how Python prints them.
 */
import type { Dim } from '../dims/dim.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { UnknownValue, Value } from '../python/values.ts';
import type { Context } from './context.ts';
import type { ModuleScope } from './module-context.ts';
import { sequenceContent } from './types.ts';

/** An attribute as Python prints it. */
export const shown = (m: ModuleScope, name: string): string => m.interp.repr(m.attr(name)) ?? '?';

/** Whether an attribute is there, as Python prints it. */
export const present = (m: ModuleScope, name: string): string => (m.attr(name).kind === 'none' ? 'False' : 'True');

const AS_SIZE = 'one size';

/** The size that an unknown option stands for if it is one number; it may be a tuple as well, so nothing is learned of it. */
function sizeOfUnknown(interp: Interpreter, unknown: UnknownValue): Value {
  const known = unknown.notes.get(AS_SIZE) as Value | undefined;
  if (known !== undefined) return known;
  const size = interp.freshInt(unknown.name ?? '?', unknown.origin === undefined ? {} : { origin: unknown.origin });
  unknown.notes.set(AS_SIZE, size);
  return size;
}

/** A sequence (a string of letters too) as a tuple, anything else `count` times; an unknown is taken for one number. */
export function repeated(ctx: Context, given: Value, count: number, name: string): Value {
  const { interp } = ctx;
  const value = interp.resolve(given);
  const content = sequenceContent(value);
  if (content !== undefined) return content.rest === undefined ? interp.tuple(content.items) : value;
  if (value.kind === 'str' && value.value !== undefined) return interp.tuple([...value.value].map((letter) => interp.str(letter)));
  if (value.kind === 'unknown') {
    const size = sizeOfUnknown(interp, value);
    return interp.tuple(Array.from({ length: count }, () => size));
  }
  if (value.kind === 'choice' && interp.asDim(value) === undefined) return value;
  const named = ctx.name !== '' && value.kind === 'int' && 'named' in ctx ? (ctx as ModuleScope).named(value, name) : value;
  return interp.tuple(Array.from({ length: count }, () => named));
}

/** The integers of a list that is `count` long; undefined where that is not known. One integer stands for all of them. */
export function sizesOf(ctx: Context, given: Value, count: number, name: string): readonly Dim[] | undefined {
  const dims = ctx.dimsOfValue(given, name);
  if (dims === undefined) return undefined;
  return dims.length === 1 && count > 1 ? Array.from({ length: count }, () => dims[0] as Dim) : dims;
}
