/**
 * Branches whose condition is not known: both arms are run from the same state, one after the other, and their outcomes
 * joined. An arm that leaves (return, break, continue) is kept as an *exit* of the join point it goes to; an arm that
 * raises is dropped, and its opposite is known from there on.
 */
import { and, type Cond, not } from '../dims/cond.ts';
import type { Change } from '../dims/trail.ts';
import { CannotRun, PyError } from './faults.ts';
import type { Interpreter } from './interpreter.ts';
import { isSimple } from './join.ts';
import type { Value } from './values.ts';

/** A place where paths meet again: the end of a call, of a loop, of an iteration. */
export interface JoinPoint {
  readonly mark: number;
  readonly pathDepth: number;
  readonly exits: Exit[];
}

interface Exit {
  readonly cond: Cond;
  readonly changes: readonly Change[];
  readonly value: Value | undefined;
}

export function openJoinPoint(interp: Interpreter): JoinPoint | undefined {
  if (interp.mode === 'run') return undefined;
  return { mark: interp.trail.mark(), pathDepth: interp.path.length, exits: [] };
}

/** Whether a jump to the point from here happens under conditions that do not hold for everything that reaches it. */
export function isConditional(interp: Interpreter, point: JoinPoint): boolean {
  return interp.path.length > point.pathDepth;
}

/** Keeps the state of a path that jumps to the point. */
export function recordExit(interp: Interpreter, point: JoinPoint, value: Value | undefined): void {
  const conds = interp.path.slice(point.pathDepth);
  const cond = isSimple(...conds) ? and(...conds) : interp.freshFlag('?');
  point.exits.push({ cond, changes: interp.trail.since(point.mark), value });
}

/**
 * Joins the exits with the path that arrives here in the ordinary way (if one does: `alive`), in state and in value.
 * Gives whether anything arrives, and the joined value.
 */
export function closeJoinPoint(
  interp: Interpreter,
  point: JoinPoint | undefined,
  alive: boolean,
  value: Value | undefined,
): { alive: boolean; value: Value | undefined } {
  if (point === undefined) return { alive, value };
  const { trail } = interp;
  if (point.exits.length === 0) {
    // What was assumed on the way still holds for every path that goes on.
    trail.keep(point.mark);
    return { alive, value };
  }
  leave(interp, point);
  let changes = trail.undo(point.mark);
  let result = value;
  let arrived = alive;
  for (let i = point.exits.length - 1; i >= 0; i--) {
    const exit = point.exits[i] as Exit;
    if (!arrived) {
      changes = exit.changes;
      result = exit.value;
      arrived = true;
      continue;
    }
    const mark = trail.mark();
    trail.join(exit.cond, exit.changes, changes);
    if (exit.value !== undefined && result !== undefined) result = interp.join(exit.cond, exit.value, result);
    changes = trail.undo(mark);
  }
  if (arrived) trail.redo(changes);
  return { alive: arrived, value: result };
}

/** Forgets the conditions of the path that arrives; some may be gone already. */
function leave(interp: Interpreter, point: JoinPoint): void {
  interp.path.length = Math.min(interp.path.length, point.pathDepth);
}

/** Abandons a join point because an exception passes through. Exits on other paths are lost with it. */
export function abandonJoinPoint(interp: Interpreter, point: JoinPoint | undefined): void {
  if (point === undefined) return;
  leave(interp, point);
  interp.trail.keep(point.mark);
}

/** What trying one arm costs, in steps, beside what it changes. */
const ARM = 2;

interface Arm<T> {
  readonly value: T | undefined;
  readonly changes: readonly Change[];
  readonly error: PyError | undefined;
  readonly reachable: boolean;
}

function runArm<T>(interp: Interpreter, cond: Cond, body: () => T, speculative: boolean): Arm<T> {
  const { trail, path } = interp;
  interp.charge(ARM);
  const { age } = interp.heap;
  const mark = trail.mark();
  const depth = path.length;
  const frames = interp.frames.length;
  const handlers = interp.handlers.length;
  const before = interp.speculative;
  path.push(cond);
  try {
    if (!interp.assume(cond)) {
      trail.rollBack(mark);
      return { value: undefined, changes: [], error: undefined, reachable: false };
    }
    if (speculative) interp.speculative++;
    const value = body();
    return { value, changes: trail.undo(mark, age), error: undefined, reachable: true };
  } catch (error) {
    trail.rollBack(mark);
    interp.frames.length = frames;
    interp.handlers.length = handlers;
    if (error instanceof PyError) return { value: undefined, changes: [], error, reachable: true };
    throw error;
  } finally {
    path.length = Math.min(path.length, depth);
    interp.speculative = before;
  }
}

/**
 * The value of `yes` or `no` by a condition; where it is not known, both, joined. With `speculative`, a fault in one
 * arm means that the arm is impossible, and only a fault in both is a fault.
 */
export function fork(interp: Interpreter, cond: Cond, yes: () => Value, no: () => Value, speculative: boolean): Value {
  const decision = interp.decide(cond);
  if (decision === 'yes') return yes();
  if (decision === 'no') return no();
  if (interp.mode === 'run') throw new CannotRun('a condition that is not known decides here');
  const a = runArm(interp, cond, yes, speculative);
  const b = runArm(interp, not(cond), no, speculative);
  if (a.value !== undefined && b.value !== undefined) {
    interp.trail.join(cond, a.changes, b.changes);
    return interp.join(cond, a.value, b.value);
  }
  if (a.value !== undefined) return goOn(interp, cond, a.changes, a.value);
  if (b.value !== undefined) return goOn(interp, not(cond), b.changes, b.value);
  const error = a.error ?? b.error;
  if (error !== undefined) throw whichever(interp, error, a, b);
  throw new Unreachable();
}

/** The error of two arms that both raise: it does not depend on which is taken. */
function whichever(interp: Interpreter, error: PyError, a: Arm<unknown>, b: Arm<unknown>): PyError {
  const both = (a.error !== undefined || !a.reachable) && (b.error !== undefined || !b.reachable);
  if (both && error.at !== undefined) error.at = { ...error.at, conditions: Math.min(error.at.conditions, interp.path.length) };
  return error;
}

function goOn<T>(interp: Interpreter, cond: Cond, changes: readonly Change[], value: T): T {
  interp.trail.redo(changes);
  interp.path.push(cond);
  return value;
}

/** Both arms of a branch contradict what is known: nothing that follows can happen. */
export class Unreachable extends Error {}

/**
 * Runs two arms of statements. Each says whether its end is reached (`false`: it returned, broke, continued; the exit
 * has been recorded). Gives whether what follows the branch is reached.
 */
export function branch(interp: Interpreter, cond: Cond, yes: () => boolean, no: () => boolean): boolean {
  const a = runArm(interp, cond, yes, false);
  const b = runArm(interp, not(cond), no, false);
  if (a.value === true && b.value === true) {
    interp.trail.join(cond, a.changes, b.changes);
    return true;
  }
  if (a.value === true) return goOn(interp, cond, a.changes, true);
  if (b.value === true) return goOn(interp, not(cond), b.changes, true);
  const error = a.error ?? b.error;
  if (error !== undefined && (a.error !== undefined || !a.reachable) && (b.error !== undefined || !b.reachable))
    throw whichever(interp, error, a, b);
  return false;
}
