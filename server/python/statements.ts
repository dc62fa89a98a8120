/**
 * The meaning of statements. A statement list ends normally, by a jump, or *dead*: no path reaches its end, and those
 * that jumped have been recorded where they go (see `branches.ts`).
 */
import type { Cond } from '../dims/cond.ts';
import { branch, recordExit, Unreachable } from './branches.ts';
import { defineClass, defineFunction } from './definitions.ts';
import { attempt, condition, evaluate } from './expressions.ts';
import { BudgetExceeded, CannotRun, PyError } from './faults.ts';
import { importFrom, importNames } from './imports.ts';
import type { Frame, Interpreter } from './interpreter.ts';
import { executeFor, executeWhile } from './loops.ts';
import { augmented } from './operators.ts';
import { matchPattern } from './patterns.ts';
import { assertion, raise } from './raising.ts';
import { assignName } from './scopes.ts';
import { supposeInstances } from './suppositions.ts';
import type { SourceFile, Statement } from './syntax.ts';
import { assignTarget, deleteTarget } from './targets.ts';
import { executeTry } from './trying.ts';
import type { Globals, Scope, Value } from './values.ts';
import { executeWith } from './withs.ts';

export type Completion = 'normal' | 'break' | 'continue' | 'return' | 'dead';

function moduleFrame(source: SourceFile, globals: Globals): Frame {
  const scope: Scope = { cells: globals.cells, parent: undefined, globals, redirected: new Map(), classBody: false, locals: undefined };
  return plainFrame(scope, '<module>', source.file);
}

/** A frame in which statements or an expression are run that belong to no call. */
export function plainFrame(scope: Scope, name: string, file: string): Frame {
  return {
    scope,
    name,
    file,
    node: undefined,
    exit: undefined,
    loops: [],
    yields: undefined,
    result: undefined,
    handling: undefined,
    fn: undefined,
    args: undefined,
    qualifiedPrefix: '',
  };
}

/** A module's statements. While checking, one that raises costs only itself: its names are unknown from there on. */
export function executeModule(interp: Interpreter, source: SourceFile, globals: Globals): void {
  const frame = moduleFrame(source, globals);
  interp.frames.push(frame);
  const depth = interp.frames.length;
  try {
    for (const statement of source.body) {
      if (interp.mode === 'run') {
        execute(interp, statement);
        continue;
      }
      const handlers = interp.handlers.length;
      try {
        execute(interp, statement);
      } catch (error) {
        if (!(error instanceof PyError || error instanceof Unreachable)) throw error;
        interp.frames.length = depth;
        interp.handlers.length = handlers;
        frame.loops.length = 0;
      }
      interp.path.length = 0;
    }
  } finally {
    interp.frames.length = depth - 1;
  }
}

/**
 * A module's definitions only: imports, functions, classes and assignments, not what the script does with them. What
 * raises is passed over.
 */
export function executeDefinitions(interp: Interpreter, source: SourceFile, globals: Globals): void {
  const definitions = source.body.filter(
    (s) => s.kind !== 'ExpressionStatement' && s.kind !== 'For' && s.kind !== 'While' && s.kind !== 'With',
  );
  interp.frames.push(moduleFrame(source, globals));
  const depth = interp.frames.length;
  try {
    for (const statement of definitions) {
      try {
        execute(interp, statement);
      } catch (error) {
        if (!(error instanceof PyError || error instanceof CannotRun)) throw error;
        interp.frames.length = depth;
      }
    }
  } finally {
    interp.frames.length = depth - 1;
  }
}

export function executeBlock(interp: Interpreter, body: readonly Statement[]): Completion {
  for (const statement of body) {
    const completion = execute(interp, statement);
    if (completion !== 'normal') return completion;
  }
  return 'normal';
}

export function execute(interp: Interpreter, node: Statement): Completion {
  interp.tick();
  switch (node.kind) {
    case 'ExpressionStatement':
      evaluate(interp, node.value);
      return 'normal';
    case 'Assign': {
      const value = evaluate(interp, node.value);
      interp.declarations?.assigning(interp.frame as Frame, node, value);
      for (const target of node.targets) assignTarget(interp, target, value);
      interp.declarations?.assigned(interp.frame as Frame, node);
      return 'normal';
    }
    case 'AnnotatedAssign':
      return annotated(interp, node);
    case 'AugmentedAssign': {
      const target = node.target;
      const before = evaluate(interp, target);
      const value = evaluate(interp, node.value);
      const after = attempt(interp, node, () => augmented(interp, node.op, before, value));
      interp.declarations?.assigning(interp.frame as Frame, node, after);
      assignTarget(interp, target, after);
      return 'normal';
    }
    case 'Return': {
      const value = node.value === undefined ? interp.none : evaluate(interp, node.value);
      const frame = interp.frame as Frame;
      interp.declarations?.returned(frame, node, value);
      frame.result = value;
      return 'return';
    }
    case 'Delete':
      for (const target of node.targets) deleteTarget(interp, target);
      return 'normal';
    case 'Pass':
    case 'TypeAlias':
      return 'normal';
    case 'Break':
      return 'break';
    case 'Continue':
      return 'continue';
    case 'Raise':
      return raise(interp, node);
    case 'Assert':
      return assertion(interp, node);
    case 'Global':
    case 'Nonlocal':
      for (const name of node.names) interp.frame?.scope.redirected.set(name, node.kind === 'Global' ? 'global' : 'nonlocal');
      return 'normal';
    case 'Import':
      importNames(interp, node);
      return 'normal';
    case 'ImportFrom':
      importFrom(interp, node);
      return 'normal';
    case 'If':
      return choose(
        interp,
        condition(interp, node.test),
        (open) => {
          if (open) supposeInstances(interp, node.test);
          return executeBlock(interp, node.body);
        },
        () => executeBlock(interp, node.orelse),
      );
    case 'For':
      return executeFor(interp, node);
    case 'While':
      return executeWhile(interp, node);
    case 'Try':
      return executeTry(interp, node);
    case 'With':
      return executeWith(interp, node);
    case 'FunctionDef':
      defineFunction(interp, node);
      return 'normal';
    case 'ClassDef':
      defineClass(interp, node);
      return 'normal';
    case 'Match': {
      const subject = evaluate(interp, node.subject);
      return matchCases(interp, node, subject, 0);
    }
  }
}

function annotated(interp: Interpreter, node: Extract<Statement, { kind: 'AnnotatedAssign' }>): Completion {
  const frame = interp.frame as Frame;
  if (frame.scope.classBody && node.target.kind === 'Name') {
    const annotation = quietly(interp, () => evaluate(interp, node.annotation));
    const own = frame.scope.cells.get('__annotations__');
    const table = own?.kind === 'dict' ? own : interp.dict([]);
    if (own === undefined) frame.scope.cells.set('__annotations__', table);
    const content = table.slot.get();
    const key = interp.str(node.target.name);
    table.slot.set({ entries: new Map(content.entries).set(`s${node.target.name}`, [key, annotation]), rest: content.rest });
  }
  if (node.value !== undefined) {
    const value = evaluate(interp, node.value);
    interp.declarations?.assigning(frame, node, value);
    assignTarget(interp, node.target, value);
  }
  return 'normal';
}

/** Evaluates what must never be reported: an annotation. */
export function quietly(interp: Interpreter, action: () => Value): Value {
  interp.speculative++;
  const frames = interp.frames.length;
  try {
    return action();
  } catch (error) {
    if (error instanceof BudgetExceeded) throw error;
    interp.frames.length = frames;
    return interp.unknown();
  } finally {
    interp.speculative--;
  }
}

/** Two arms; each runs to its end or leaves, and leaving is recorded when the other arm goes on. `yes` is told whether the condition is open. */
export function choose(interp: Interpreter, cond: Cond, yes: (open: boolean) => Completion, no: () => Completion): Completion {
  const decision = interp.decide(cond);
  if (decision === 'yes') return yes(false);
  if (decision === 'no') return no();
  return branch(
    interp,
    cond,
    () => arm(interp, yes(true)),
    () => arm(interp, no()),
  )
    ? 'normal'
    : 'dead';
}

/** Records where an arm leaves to; whether its end is reached. */
export function arm(interp: Interpreter, completion: Completion): boolean {
  const frame = interp.frame as Frame;
  switch (completion) {
    case 'normal':
      return true;
    case 'dead':
      return false;
    case 'return':
      if (frame.exit !== undefined) recordExit(interp, frame.exit, frame.result ?? interp.none);
      return false;
    default: {
      const loop = frame.loops[frame.loops.length - 1];
      if (loop !== undefined) recordExit(interp, completion === 'break' ? loop.breaks : loop.continues, undefined);
      return false;
    }
  }
}

function matchCases(interp: Interpreter, node: Extract<Statement, { kind: 'Match' }>, subject: Value, at: number): Completion {
  const c = node.cases[at];
  if (c === undefined) return 'normal';
  const bindings = new Map<string, Value>();
  const cond = matchPattern(interp, c.pattern, subject, bindings);
  const take = (): Completion => {
    for (const [name, value] of bindings) assignName(interp, name, value);
    if (c.guard === undefined) return executeBlock(interp, c.body);
    return choose(
      interp,
      condition(interp, c.guard),
      () => executeBlock(interp, c.body),
      () => matchCases(interp, node, subject, at + 1),
    );
  };
  return choose(interp, cond, take, () => matchCases(interp, node, subject, at + 1));
}
