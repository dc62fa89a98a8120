/**
 * Running what nobody calls: each function that the module's own run did not reach is run once with symbolic arguments,
 * each method on an instance made by its class's own `__init__` with symbolic arguments.
 */
import { bind, presumeMore } from '../python/attributes.ts';
import { Unreachable } from '../python/branches.ts';
import { callFunction, callValue, forgetThatEmpty } from '../python/calls.ts';
import { lookup } from '../python/classes.ts';
import { evaluate } from '../python/expressions.ts';
import { PyError } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { plainFrame, quietly } from '../python/statements.ts';
import { fillDeque } from '../python/stdlib/deque.ts';
import type { Expression, Node, Parameter } from '../python/syntax.ts';
import type { ClassValue, FunctionValue, ObjectValue, Value } from '../python/values.ts';
import { type Change, reassigned } from './reassigned.ts';
import type { Part, Recorder } from './recorder.ts';
import type { Units } from './reuse.ts';

/** Steps for one function or class, more where few are to be run; what it cannot finish in them stays unsaid. */
const STEPS = 15_000;
const SHARE = 1 / 3;

export interface SymbolicOutcome {
  /** Some function was not finished. */
  readonly partial: boolean;
  /** How many were taken. */
  readonly steps: number;
}

export function runUnreached(
  interp: Interpreter,
  recorder: Recorder,
  total: number,
  isBudget: (error: unknown) => boolean,
  units?: Units,
): SymbolicOutcome {
  let left = total;
  let partial = false;
  const done = new Set<unknown>();

  const run = (given: number, action: () => void): { readonly steps: number; readonly whole: boolean } => {
    let whole = true;
    interp.allot(given);
    const mark = interp.trail.mark();
    const frames = interp.frames.length;
    try {
      action();
    } catch (error) {
      if (isBudget(error)) partial = true;
      else if (!(error instanceof PyError || error instanceof Unreachable || error instanceof RangeError)) throw error;
      whole = error instanceof PyError || error instanceof Unreachable;
    } finally {
      interp.frames.length = frames;
      interp.path.length = 0;
      interp.handlers.length = 0;
      interp.speculative = 0;
      recorder.settle();
      interp.trail.undo(mark);
    }
    return { steps: given - Math.max(0, interp.stepsLeft), whole };
  };

  /** Runs a definition by itself, or takes what an earlier check saw of it; `also` names what else it rests on. */
  const unit = (node: Node, also: string, action: () => void): 'run' | 'known' => {
    if (left <= 0) {
      partial = true;
      return 'run';
    }
    const given = Math.min(left, Math.max(STEPS, Math.floor(left * SHARE)));
    interp.library.uncalled?.(interp);
    const place = units?.place(node, also);
    const known = place?.find(given);
    if (known !== undefined) {
      recorder.again(known.part);
      left -= known.steps;
      return 'known';
    }
    let outcome = { steps: given, whole: false };
    const act = (): Part =>
      recorder.apart(() => {
        outcome = run(given, action);
      });
    if (place === undefined) act();
    else place.make(() => ({ part: act(), ...outcome, given }));
    left -= outcome.steps;
    return 'run';
  };

  const classes = [...recorder.classes.values()];
  for (const cls of classes) {
    const methods = ownFunctions(cls).filter((fn) => !recorder.hasReached(fn.node) && isMethodBody(fn));
    if (methods.length === 0) continue;
    const base = isBase(cls, classes);
    const outcome = unit(cls.node as Node, `${base} ${methods.map(({ qualifiedName }) => qualifiedName)}`, () => {
      const self = instanceOf(interp, cls, base);
      for (const fn of methods) {
        if (recorder.hasReached(fn.node)) continue;
        done.add(fn.node);
        const mark = interp.trail.mark();
        const path = interp.path.length;
        const frames = interp.frames.length;
        interp.library.uncalled?.(interp);
        try {
          callMethod(interp, cls, fn, self, base);
        } catch (error) {
          if (!(error instanceof PyError || error instanceof Unreachable)) throw error;
        } finally {
          interp.frames.length = frames;
          interp.path.length = path;
          interp.handlers.length = 0;
          recorder.settle();
          interp.trail.undo(mark);
        }
      }
    });
    if (outcome === 'known') for (const fn of methods) done.add(fn.node);
  }
  // Functions made by a function that was run here join the list.
  for (let round = 0; round < 3; round++) {
    const waiting = [...recorder.functions.values()].filter(
      (fn) => !recorder.hasReached(fn.node) && !done.has(fn.node) && !isOtherLanguage(fn),
    );
    if (waiting.length === 0) break;
    for (const fn of waiting) {
      done.add(fn.node);
      unit(fn.node, '', () => {
        callFunction(interp, fn, { args: [], kwargs: argumentsFor(interp, fn, 0), open: takesMore(fn) }, undefined);
      });
    }
  }
  return { partial, steps: total - left };
}

/** Whether objects of the class are made through subclasses: it has some, it is abstract, or it is a mixin (nothing above it, no `__init__`). */
function isBase(cls: ClassValue, all: Iterable<ClassValue>): boolean {
  for (const other of all) if (other !== cls && other.mro.includes(cls)) return true;
  return isAbstract(cls) || (cls.mro.length <= 2 && !cls.attrs.has('__init__'));
}

/** Whether the class says that it is there to be inherited from: some method has to be overridden. */
function isAbstract(cls: ClassValue): boolean {
  return (
    ownFunctions(cls).some(
      ({ node }) =>
        node.kind === 'FunctionDef' &&
        node.decorators.some((d) => (d.kind === 'Attribute' || d.kind === 'Name') && d.name === 'abstractmethod'),
    ) || cls.bases.some((base) => base.name === 'ABC')
  );
}

/**
 * Kernels are read by a compiler, never run by Python: their names need not exist. What `torch.jit` leaves out of a compiled
 * program stands there for a tracer, to which sizes are tensors.
 */
function isOtherLanguage({ node }: FunctionValue): boolean {
  return (
    node.kind === 'FunctionDef' && node.decorators.some((d) => rootName(d) === 'triton' || (d.kind === 'Attribute' && d.name === 'unused'))
  );
}

function rootName(node: Expression): string | undefined {
  if (node.kind === 'Attribute') return rootName(node.value);
  if (node.kind === 'Call') return rootName(node.func);
  return node.kind === 'Name' ? node.name : undefined;
}

function isMethodBody(fn: FunctionValue): boolean {
  return fn.node.kind === 'FunctionDef';
}

function ownFunctions(cls: ClassValue): FunctionValue[] {
  const found: FunctionValue[] = [];
  const add = (value: Value | undefined): void => {
    if (value === undefined) return;
    if (value.kind === 'function') found.push(value);
    else if (value.kind === 'staticmethod' || value.kind === 'classmethod') add(value.func);
    else if (value.kind === 'property') add(value.get);
  };
  for (const [, value] of cls.attrs.entries()) add(value);
  return found;
}

/** An object as `__init__` leaves it with symbolic arguments. */
function instanceOf(interp: Interpreter, cls: ClassValue, base: boolean): Value {
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
  forgetPlaceholders(interp, object);
  return object;
}

/** Whether there is a `*args` or `**kwargs`, of which nothing is known. */
function takesMore(fn: FunctionValue): boolean {
  return fn.node.params.items.some((p) => p.pass === 'star' || p.pass === 'star-star');
}

/** How deep in the objects that an object holds its methods are thought to have run. */
const HELD = 3;

/**
 * What `__init__` left empty is filled by methods that have not run: None, an empty list, dict or set. What other methods assign
 * may be anything; so it is in the objects that the object holds.
 */
function forgetPlaceholders(interp: Interpreter, object: ObjectValue, depth = 0): void {
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

function callMethod(interp: Interpreter, cls: ClassValue, fn: FunctionValue, self: Value, base: boolean): void {
  const held = [...cls.attrs.entries()].map(([, value]) => value).find((value) => holds(value, fn));
  if (held?.kind === 'staticmethod') {
    callFunction(interp, fn, { args: [], kwargs: argumentsFor(interp, fn, 0), open: takesMore(fn) }, undefined);
    return;
  }
  // A base is not what its class methods are called on: what they make is made by a subclass.
  const first = held?.kind === 'classmethod' ? (base || isAbstract(cls) ? interp.unknown('cls') : cls) : self;
  if (fn.node.kind === 'FunctionDef' && fn.node.name === '__init__') return;
  const bound = bind(interp, fn, first, cls);
  callValue(interp, bound, { args: [], kwargs: argumentsFor(interp, fn, 1), open: takesMore(fn) }, undefined);
}

function holds(value: Value, fn: FunctionValue): boolean {
  if (value === fn) return true;
  if (value.kind === 'staticmethod' || value.kind === 'classmethod') return value.func === fn;
  return value.kind === 'property' && value.get === fn;
}

/** A symbolic value for each parameter from `skip` on. */
export function argumentsFor(interp: Interpreter, fn: FunctionValue, skip: number): Map<string, Value> {
  const kwargs = new Map<string, Value>();
  fn.node.params.items.forEach((p, i) => {
    if (i < skip || p.pass === 'star' || p.pass === 'star-star') return;
    kwargs.set(p.name, symbolicArgument(interp, fn, p));
  });
  return kwargs;
}

function symbolicArgument(interp: Interpreter, fn: FunctionValue, p: Parameter): Value {
  const place = { file: fn.file, start: p.nameStart, end: p.nameEnd };
  const origin = { what: `parameter \`${p.name}\``, place };
  const annotated = p.annotation === undefined ? undefined : fromAnnotation(interp, fn, p.annotation, p.name);
  if (annotated !== undefined) return annotated;
  const standard = fn.defaults.get(p.name);
  if (p.annotation === undefined && standard !== undefined) {
    if (standard.kind === 'int') return interp.freshInt(p.name, { origin });
    if (standard.kind === 'bool') return interp.bool(interp.freshFlag(p.name));
    if (standard.kind === 'float') return interp.float();
  }
  return interp.unknown(p.name, origin);
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
      return interp.freshInt(name, { origin: { what: `parameter \`${name}\``, place } });
    case types.bool:
      return interp.bool(interp.freshFlag(name));
    case types.float:
      return interp.float();
    default:
      return interp.library.annotated?.(interp, value, name);
  }
}
