/**
 * Running what nobody calls: each function that the module's own run did not reach is run once with symbolic arguments,
 * each method on an instance made by its class's own `__init__` with symbolic arguments.
 */
import { bind } from '../python/attributes.ts';
import { Unreachable } from '../python/branches.ts';
import { callFunction, callValue } from '../python/calls.ts';
import { PyError } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { quietly } from '../python/statements.ts';
import type { Expression, Node } from '../python/syntax.ts';
import type { ClassValue, FunctionValue, Value } from '../python/values.ts';
import { classDefaults, functionDefaults, isStated } from './default-arguments.ts';
import type { Part } from './part.ts';
import { reassigned } from './reassigned.ts';
import type { Recorder } from './recorder.ts';
import type { Units } from './reuse.ts';
import { argumentsFor, instanceOf, takesMore, usedInstance } from './symbolic-values.ts';

/** Steps for another look at one. */
const FURTHER_STEPS = 2_000;
/** Steps for a trial with the default arguments; so many are left for it whatever the definition itself took. */
const TRIAL_STEPS = 6_000;
const KEPT_FOR_TRIALS = 3_000;
/** Steps for one function or class, more where few are to be run; what it cannot finish in them stays unsaid. */
const STEPS = 10_000;
const SHARE = 1 / 4;
const COARSENESS = 1.25;
/** One method may take this share of the steps that its class has left, so that the others get their turn. */
const METHOD_SHARE = 3 / 4;

/** Down to one of few numbers: what one definition takes leaves the others with as much as before, so that they need not be run again. */
function rounded(steps: number): number {
  return Math.floor(STEPS * COARSENESS ** Math.floor(Math.log(steps / STEPS) / Math.log(COARSENESS)));
}

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
  // Whether what is being run by itself was cut short.
  let cut = false;

  /** Takes back what was run since, however it ended. */
  const takeBack = (mark: number, frames: number, path = 0): void => {
    interp.frames.length = frames;
    interp.path.length = path;
    interp.handlers.length = 0;
    interp.speculative = 0;
    recorder.settle();
    interp.trail.undo(mark);
  };

  const run = (given: number, action: () => void): { readonly steps: number; readonly whole: boolean } => {
    let whole = true;
    cut = false;
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
      takeBack(mark, frames);
    }
    if (cut) partial = true;
    return { steps: given - Math.max(0, interp.stepsLeft), whole: whole && !cut };
  };

  /** Runs one of several things with its share of the steps; where they do not suffice, the others have their turn. */
  const inTurn = (action: () => void): void => {
    const before = interp.stepsLeft;
    const given = Math.ceil(before * METHOD_SHARE);
    interp.allot(given);
    try {
      action();
    } catch (error) {
      if (!isBudget(error) || interp.options.cancelled?.() === true) throw error;
      cut = true;
    } finally {
      interp.allot(before - given + Math.max(0, interp.stepsLeft));
    }
  };

  /** Runs a definition by itself, or takes what an earlier check saw of it; `also` names what else it rests on. */
  const unit = (node: Node, also: string, action: () => void): 'run' | 'known' => {
    if (left <= 0) {
      partial = true;
      return 'run';
    }
    const given = Math.min(left, rounded(Math.max(STEPS, left * SHARE)));
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
      recorder.apart(node, () => {
        outcome = run(given, action);
      });
    if (place === undefined) act();
    else place.make(() => ({ part: act(), ...outcome, given }));
    left -= outcome.steps;
    return 'run';
  };

  /** Another look at what was run already, a short one: where it cannot be finished, nothing was promised. */
  const further = (action: () => void, most = FURTHER_STEPS, least = 0): void => {
    const before = Math.max(interp.stepsLeft, Math.min(least, left));
    const given = Math.min(before, most);
    interp.allot(given);
    const mark = interp.trail.mark();
    const frames = interp.frames.length;
    const path = interp.path.length;
    try {
      action();
    } catch (error) {
      if (!(error instanceof PyError || error instanceof Unreachable || isBudget(error))) throw error;
    } finally {
      takeBack(mark, frames, path);
      interp.allot(before - given + Math.max(0, interp.stepsLeft));
    }
  };

  /** Gives the error that says that the steps did not suffice; what was done then is as if it had not been. */
  const unlessSpent = (action: () => void): unknown => {
    const mark = interp.trail.mark();
    const frames = interp.frames.length;
    try {
      action();
      return undefined;
    } catch (error) {
      if (!isBudget(error) || interp.options.cancelled?.() === true) throw error;
      takeBack(mark, frames);
      return error;
    }
  };

  const classes = [...recorder.classes.values()];
  for (const cls of classes) {
    const methods = methodsOf(cls, recorder).filter((fn) => !recorder.hasReached(fn.node) && isMethodBody(fn));
    if (methods.length === 0) continue;
    const base = isBase(cls, classes);
    const init = cls.attrs.get('__init__');
    const stated = init?.kind === 'function' && !recorder.hasReached(init.node) && isStated(interp, init);
    const eachMethod = (): void => {
      const self = usedInstance(interp, cls, base);
      for (const fn of methods) {
        if (recorder.hasReached(fn.node)) continue;
        done.add(fn.node);
        const mark = interp.trail.mark();
        const path = interp.path.length;
        const frames = interp.frames.length;
        interp.library.uncalled?.(interp);
        try {
          inTurn(() => callMethod(interp, cls, fn, self, base));
        } catch (error) {
          if (!(error instanceof PyError || error instanceof Unreachable)) throw error;
        } finally {
          takeBack(mark, frames, path);
        }
      }
      const forward = methods.find((fn) => fn.name === 'forward' || fn.name === '__call__');
      if (forward !== undefined && !base) further(() => recorder.trying(() => firstCall(interp, recorder, cls, forward)));
    };
    const outcome = unit(cls.node as Node, `${base} ${stated} ${methods.map(({ qualifiedName }) => qualifiedName)}`, () => {
      const spent = unlessSpent(eachMethod);
      if (stated)
        further(() => recorder.trying(() => classDefaults(recorder, interp, cls, init, base, callMethod)), TRIAL_STEPS, KEPT_FOR_TRIALS);
      if (spent !== undefined) throw spent;
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
        const mark = interp.trail.mark();
        try {
          const made = callFunction(interp, fn, { args: [], kwargs: argumentsFor(interp, fn, 0), open: takesMore(fn) }, undefined);
          further(() => callMade(interp, made), STEPS);
        } finally {
          recorder.settle();
          interp.trail.undo(mark);
        }
        if (fn.owner === undefined && fn.node.kind === 'FunctionDef' && isStated(interp, fn))
          further(() => recorder.trying(() => functionDefaults(recorder, interp, fn, callMade)), TRIAL_STEPS);
      });
    }
  }
  return { partial, steps: total - left };
}

/** Calls the module that a function builds, whose parts only the function knows. */
function callMade(interp: Interpreter, made: Value): void {
  const object = interp.resolve(made);
  if (object.kind !== 'object' || object.cls.node === undefined) return;
  const forward = object.cls.attrs.get('forward');
  if (forward?.kind === 'function') callMethod(interp, object.cls, forward, object, false);
}

/** Faults that say something of sizes, not of a value that is still None. */
const ABOUT_SIZES: ReadonlySet<string> = new Set([
  'hidden-size-mismatch',
  'hidden-rank-mismatch',
  'rnn-input-size',
  'linear-input-size',
  'matmul-inner-size',
  'broadcast-mismatch',
  'cat-size-mismatch',
  'reshape-size-mismatch',
  'conv-channels',
]);

/**
 * `forward` on an object as its constructor left it: what is None is so in the first call. Once a fault speaks of None,
 * something else had to be called before, and nothing more is said.
 */
function firstCall(interp: Interpreter, recorder: Recorder, cls: ClassValue, forward: FunctionValue): void {
  if (reassigned(cls).size === 0) return;
  const self = quietly(interp, () => instanceOf(interp, cls, false));
  if (self.kind !== 'object' || ![...self.attrs.entries()].some(([, value]) => value.kind === 'none')) return;
  let meant = true;
  recorder.filter = (fault) => (meant &&= ABOUT_SIZES.has(fault.code) || fault.severity === 'warning') && fault.severity !== 'warning';
  try {
    callMethod(interp, cls, forward, self, false);
  } finally {
    recorder.filter = undefined;
  }
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

/** What a class defines, in its order; what a decorator made something else of, at the end. */
function methodsOf(cls: ClassValue, recorder: Recorder): FunctionValue[] {
  const found = ownFunctions(cls);
  const hidden = [...recorder.functions.values()].filter((fn) => fn.owner === cls && !found.includes(fn));
  return [...found, ...hidden];
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

function callMethod(interp: Interpreter, cls: ClassValue, fn: FunctionValue, self: Value, base: boolean): void {
  const held = [...cls.attrs.entries()].map(([, value]) => value).find((value) => holds(value, fn));
  if (held?.kind === 'staticmethod') {
    callFunction(interp, fn, { args: [], kwargs: argumentsFor(interp, fn, 0), open: takesMore(fn) }, undefined);
    return;
  }
  // A base is not what its class methods are called on: what they make is made by a subclass.
  const first = held?.kind === 'classmethod' ? (base || isAbstract(cls) ? interp.unknown('cls') : cls) : self;
  if (fn.node.kind === 'FunctionDef' && fn.node.name === '__init__') return;
  const wrapped = fn.node.kind === 'FunctionDef' ? cls.attrs.get(fn.node.name) : undefined;
  const bound = bind(interp, held === undefined && wrapped?.kind === 'native' ? wrapped : fn, first, cls);
  callValue(interp, bound, { args: [], kwargs: argumentsFor(interp, fn, 1), open: takesMore(fn) }, undefined);
}

function holds(value: Value, fn: FunctionValue): boolean {
  if (value === fn) return true;
  if (value.kind === 'staticmethod' || value.kind === 'classmethod') return value.func === fn;
  return value.kind === 'property' && value.get === fn;
}
