/**
 * Values that stand for any: arguments by what their annotations and defaults say of them, and objects as their class's
 * constructor leaves them with such arguments.
 */
import { ne } from '../dims/cond.ts';
import { constant } from '../dims/dim.ts';
import { presumeMore } from '../python/attributes.ts';
import { Unreachable } from '../python/branches.ts';
import { callFunction, callValue, forgetThatEmpty } from '../python/calls.ts';
import { lookup } from '../python/classes.ts';
import { evaluate } from '../python/expressions.ts';
import { PyError } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { suppose } from '../python/numbers.ts';
import { plainFrame, quietly } from '../python/statements.ts';
import { fillDeque } from '../python/stdlib/deque.ts';
import type { Expression, Parameter } from '../python/syntax.ts';
import type { ClassValue, FunctionValue, ObjectValue, Value } from '../python/values.ts';
import { stateOf } from '../torch/state.ts';
import { COUNTS } from './free-sizes.ts';
import { type Change, reassigned } from './reassigned.ts';

/** A symbolic value for each parameter from `skip` on; `given` for those that it has. */
export function argumentsFor(interp: Interpreter, fn: FunctionValue, skip: number, given?: ReadonlyMap<string, Value>): Map<string, Value> {
  const kwargs = new Map<string, Value>();
  fn.node.params.items.forEach((p, i) => {
    if (i < skip || p.pass === 'star' || p.pass === 'star-star') return;
    const value = given?.get(p.name) ?? symbolicArgument(interp, fn, p);
    kwargs.set(p.name, value);
    // Whoever has to say how many does not always say one.
    if (value.kind === 'int' && fn.name !== '__init__' && !fn.defaults.has(p.name) && !COUNTS.test(p.name))
      interp.facts.presume(ne(value.dim, constant(1)));
  });
  return kwargs;
}

function symbolicArgument(interp: Interpreter, fn: FunctionValue, p: Parameter): Value {
  const place = { file: fn.file, start: p.nameStart, end: p.nameEnd };
  const origin = { what: `parameter \`${p.name}\``, place };
  const annotated = p.annotation === undefined ? undefined : fromAnnotation(interp, fn, p.annotation, p.name);
  const standard = fn.defaults.get(p.name);
  // `width: float = 768`: an integer is a number that such an annotation takes as well.
  const isWhole = annotated?.kind === 'float' && standard?.kind === 'int';
  if (annotated !== undefined && !isWhole) return annotated;
  if ((p.annotation === undefined || isWhole) && standard !== undefined) {
    if (standard.kind === 'int') return said(interp.freshInt(p.name, { origin }));
    if (standard.kind === 'bool') return interp.bool(interp.freshFlag(p.name));
    if (standard.kind === 'float') return interp.float();
  }
  return interp.unknown(p.name, origin);
}

/** An annotation or a default is not all that callers give: one that is measured or gone through is a sequence. */
function said(value: Value): Value {
  if (value.kind === 'int') suppose(value.dim);
  return value;
}

function fromAnnotation(interp: Interpreter, fn: FunctionValue, annotation: Expression, name: string): Value | undefined {
  const frame = plainFrame(fn.scope, fn.name, '');
  interp.frames.push(frame);
  let value: Value;
  try {
    value = quietly(interp, () => evaluate(interp, annotation));
  } finally {
    interp.frames.pop();
  }
  const { types } = interp.builtins;
  const place = { file: fn.file, start: annotation.start, end: annotation.end };
  switch (value) {
    case types.int:
      return said(interp.freshInt(name, { origin: { what: `parameter \`${name}\``, place } }));
    case types.bool:
      return interp.bool(interp.freshFlag(name));
    case types.float:
      return interp.float();
    default:
      return (value.kind === 'class' ? model(interp, value) : undefined) ?? interp.library.annotated?.(interp, value, name);
  }
}

/** Classes of which an object is being made for a parameter. */
const making = new WeakSet<ClassValue>();

/** An object of a module class that a parameter is annotated with. */
function model(interp: Interpreter, cls: ClassValue): Value | undefined {
  if (cls.node === undefined || making.has(cls) || !cls.mro.includes(stateOf(interp).classes.module)) return undefined;
  making.add(cls);
  try {
    return quietly(interp, () => usedInstance(interp, cls, true));
  } finally {
    making.delete(cls);
  }
}

/** An object as `__init__` leaves it with symbolic arguments. */
export function instanceOf(interp: Interpreter, cls: ClassValue, base: boolean): Value {
  if (cls.construct !== undefined) {
    try {
      return callValue(interp, cls, { args: [], kwargs: new Map(), open: true }, undefined);
    } catch (error) {
      if (error instanceof PyError) return interp.unknown('self');
      throw error;
    }
  }
  const object = interp.object(cls);
  if (base) presumeMore(object);
  const init = lookup(cls, '__init__');
  if (init?.kind === 'function') {
    const mark = interp.frames.length;
    try {
      callFunction(interp, init, { args: [object], kwargs: argumentsFor(interp, init, 1), open: takesMore(init) }, undefined);
    } catch (error) {
      interp.frames.length = mark;
      if (!(error instanceof PyError || error instanceof Unreachable)) throw error;
    }
  } else if (init !== undefined) {
    // A constructor of the library's that wants arguments leaves an object of which nothing is known.
    try {
      callValue(interp, init, { args: [object], kwargs: new Map(), open: false }, undefined);
    } catch (error) {
      if (error instanceof PyError) return interp.unknown('self');
      throw error;
    }
  }
  return object;
}

/** The object as its methods find it once other methods have run. */
export function usedInstance(interp: Interpreter, cls: ClassValue, base: boolean): Value {
  const object = instanceOf(interp, cls, base);
  if (object.kind === 'object' && cls.construct === undefined) {
    if (base) forgetClassPlaceholders(interp, object);
    forgetPlaceholders(interp, object);
  }
  return object;
}

/** What a base leaves empty in its body (`names = []`) its subclasses fill in. */
function forgetClassPlaceholders(interp: Interpreter, object: ObjectValue): void {
  for (const cls of object.cls.mro) {
    if (cls.node === undefined) continue;
    for (const [name, held] of cls.attrs.entries()) {
      const value = interp.resolve(held);
      const content = value.kind === 'list' || value.kind === 'tuple' ? interp.content(value) : undefined;
      const isEmpty =
        value.kind === 'none' ||
        (content !== undefined && content.items.length === 0) ||
        ((value.kind === 'dict' || value.kind === 'set') && value.slot.get().entries.size === 0);
      if (isEmpty && !name.startsWith('__') && !object.attrs.has(name)) object.attrs.set(name, interp.unknown(name));
    }
  }
}

/** Whether there is a `*args` or `**kwargs`, of which nothing is known. */
export function takesMore(fn: FunctionValue): boolean {
  return fn.node.params.items.some((p) => p.pass === 'star' || p.pass === 'star-star');
}

/** How deep in the objects that an object holds its methods are thought to have run. */
const HELD = 3;

/**
 * What `__init__` left empty is filled by methods that have not run: None, an empty list, dict or set. What other methods assign
 * may be anything; so it is in the objects that the object holds.
 */
export function forgetPlaceholders(interp: Interpreter, object: ObjectValue, depth = 0): void {
  const changed = reassigned(object.cls);
  for (const [name, held] of [...object.attrs.entries()]) {
    const value = interp.resolve(held);
    const change = changed.get(name);
    if (value.kind === 'none' && (depth === 0 || change !== undefined)) object.attrs.set(name, interp.unknown(name));
    else if (change !== undefined) object.attrs.set(name, afterwards(interp, name, value, change));
    else if (value.kind === 'list' || value.kind === 'dict' || value.kind === 'set') forgetThatEmpty(interp, value);
    else if (value.kind === 'object') {
      fillDeque(interp, value);
      if (value.cls.node !== undefined && depth < HELD) forgetPlaceholders(interp, value, depth + 1);
    }
  }
}

/** An attribute after methods have changed it. */
function afterwards(interp: Interpreter, name: string, value: Value, change: Change): Value {
  if (change === 'counted' && value.kind === 'int') return interp.freshInt(name);
  if (change === 'counted' && value.kind === 'float') return interp.float();
  return interp.unknown(name);
}
