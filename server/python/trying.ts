/**
 * `try`. While checking, the body may have raised anywhere, so each handler is also run from the state before the body;
 * where the body is known to raise, only the handler that fits is.
 */
import { fork } from './branches.ts';
import { isSubclass } from './classes.ts';
import { evaluate } from './expressions.ts';
import { PyError } from './faults.ts';
import type { Frame, Interpreter } from './interpreter.ts';
import { assignName } from './scopes.ts';
import { arm, type Completion, executeBlock, quietly } from './statements.ts';
import type { ExceptHandler, Try } from './syntax.ts';
import { RAISED } from './uncounted.ts';
import type { ClassValue, Value } from './values.ts';

interface Handler {
  readonly node: ExceptHandler;
  /** `undefined` stands for a class that is not known. */
  readonly classes: readonly (ClassValue | undefined)[];
}

export function executeTry(interp: Interpreter, node: Try): Completion {
  if (node.final.length === 0) return body(interp, node);
  let completion: Completion;
  const frame = interp.frame as Frame;
  const depth = interp.frames.length;
  try {
    completion = body(interp, node);
  } catch (error) {
    if (error instanceof PyError) {
      interp.frames.length = depth;
      const last = executeBlock(interp, node.final);
      if (last === 'return' || last === 'break' || last === 'continue') return last;
    }
    throw error;
  }
  const result = frame.result;
  if (completion === 'dead') return completion;
  const last = executeBlock(interp, node.final);
  if (last !== 'normal') return last;
  frame.result = result;
  return completion;
}

function handlersOf(interp: Interpreter, node: Try): readonly Handler[] {
  return node.handlers.map((handler) => {
    if (handler.type === undefined) return { node: handler, classes: [interp.builtinClass('BaseException')] };
    const type = handler.type;
    const value = interp.resolve(quietly(interp, () => evaluate(interp, type)));
    const classes = value.kind === 'tuple' ? value.items.map((v) => interp.resolve(v)) : [value];
    return { node: handler, classes: classes.map((c: Value) => (c.kind === 'class' ? c : undefined)) };
  });
}

function body(interp: Interpreter, node: Try): Completion {
  const frame = interp.frame as Frame;
  const handlers = handlersOf(interp, node);
  const depth = interp.frames.length;
  const before = interp.handlers.length;
  interp.handlers.push(handlers.flatMap((h) => h.classes));
  const mark = interp.mode === 'check' ? interp.trail.mark() : undefined;
  const path = interp.path.length;
  const loops = frame.loops.length;
  let completion: Completion;
  try {
    completion = executeBlock(interp, node.body);
  } catch (error) {
    interp.frames.length = depth;
    interp.handlers.length = before;
    if (mark !== undefined) interp.trail.keep(mark);
    if (!(error instanceof PyError)) throw error;
    interp.path.length = Math.min(interp.path.length, path);
    frame.loops.length = loops;
    const fitting = handlers.find((h) => catches(error.value, h));
    if (fitting === undefined) throw error;
    return handle(interp, frame, fitting.node, error);
  }
  interp.handlers.length = before;
  if (mark === undefined) return completion === 'normal' ? executeBlock(interp, node.orelse) : completion;
  return joinHandlers(interp, node, mark, completion);
}

function catches(value: Value, handler: Handler): boolean {
  if (value.kind !== 'object') return true;
  return handler.classes.some((c) => c === undefined || isSubclass(value.cls, c));
}

function handle(interp: Interpreter, frame: Frame, node: ExceptHandler, error: PyError): Completion {
  if (node.name !== undefined) assignName(interp, node.name, error.value);
  const outer = frame.handling;
  frame.handling = error;
  try {
    return executeBlock(interp, node.body);
  } finally {
    frame.handling = outer;
  }
}

/** The body ended; it might have raised instead, with nothing of it done. */
function joinHandlers(interp: Interpreter, node: Try, mark: number, completion: Completion): Completion {
  const { trail } = interp;
  const frame = interp.frame as Frame;
  const result = frame.result;
  const changes = trail.undo(mark);
  let alive = false;
  let after = false;
  const raised = interp.freshFlag(RAISED);
  const goOn = (): Value => {
    trail.redo(changes);
    frame.result = result;
    after = arm(interp, completion === 'normal' ? executeBlock(interp, node.orelse) : completion);
    if (!after) throw new PyError(interp.none, 'dead', '', [], undefined);
    return interp.none;
  };
  const recover = (i: number): Value => {
    const handler = node.handlers[i];
    if (handler === undefined) throw new PyError(interp.none, 'dead', '', [], undefined);
    const one = (): Value => {
      const value = handler.name === undefined ? undefined : interp.unknown(handler.name);
      if (handler.name !== undefined && value !== undefined) assignName(interp, handler.name, value);
      const outer = frame.handling;
      frame.handling = new PyError(value ?? interp.unknown(), 'Exception', '', interp.stack(), undefined);
      try {
        alive = arm(interp, executeBlock(interp, handler.body));
      } finally {
        frame.handling = outer;
      }
      if (!alive) throw new PyError(interp.none, 'dead', '', [], undefined);
      return interp.none;
    };
    if (i === node.handlers.length - 1) return one();
    return fork(interp, interp.freshFlag(RAISED), one, () => recover(i + 1), false);
  };
  try {
    fork(interp, raised, () => recover(0), goOn, false);
    return 'normal';
  } catch (error) {
    // Every way leaves: by return, break or an exception of its own.
    if (error instanceof PyError && error.exception === 'dead') return 'dead';
    throw error;
  }
}
