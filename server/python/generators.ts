/**
 * Generators. While checking, a generator's body is run at once and what it yields collected. While running, it runs
 * only as far as it is asked: compound statements that contain a `yield` are stepped through here, all others are
 * executed as usual.
 */
import { runFrame } from './calls.ts';
import { attempt, condition, evaluate } from './expressions.ts';
import { PyError } from './faults.ts';
import type { Frame, Interpreter } from './interpreter.ts';
import { iterate, iteratorOver } from './iteration.ts';
import { type Completion, execute } from './statements.ts';
import type { Expression, FunctionDef, Node, Statement, Yield } from './syntax.ts';
import { assignTarget } from './targets.ts';
import type { FunctionValue, IteratorValue, Value } from './values.ts';
import { walk } from './visit.ts';

export function makeGenerator(interp: Interpreter, fn: FunctionValue, frame: Frame): Value {
  if (interp.mode === 'check') {
    const yields = interp.list([]);
    const eager: Frame = { ...frame, yields };
    let done: IteratorValue | undefined;
    const start = (): IteratorValue => {
      if (done === undefined) {
        runFrame(interp, fn, eager, eager.args ?? new Map());
        done = iteratorOver(yields.slot.get(), 'generator');
      }
      return done;
    };
    return { kind: 'iterator', name: 'generator', pull: () => start().pull(), rest: () => start().rest() };
  }
  return lazy(interp, fn, frame);
}

/** A running generator: its frame is on the stack only while it runs. */
function lazy(interp: Interpreter, fn: FunctionValue, frame: Frame): IteratorValue {
  const steps = block(interp, (fn.node as FunctionDef).body);
  let finished = false;
  const resume = (sent: Value | PyError): Value | undefined => {
    if (finished) {
      if (sent instanceof PyError) throw sent;
      return undefined;
    }
    const depth = interp.frames.length;
    const running: Frame = frame;
    interp.frames.push(running);
    try {
      const next = sent instanceof PyError ? steps.throw(sent) : steps.next(sent);
      if (next.done === true) {
        finished = true;
        return undefined;
      }
      return next.value;
    } catch (error) {
      finished = true;
      throw error;
    } finally {
      interp.frames.length = depth;
    }
  };
  return { kind: 'iterator', name: 'generator', pull: () => resume(interp.none), rest: () => undefined, send: resume, fail: resume };
}

type Steps = Generator<Value, Completion, Value>;

const containing = new WeakMap<Node, boolean>();

function yields(node: Node): boolean {
  let known = containing.get(node);
  if (known === undefined) {
    let found = false;
    walk(node, (n) => {
      if (n.kind === 'Yield') found = true;
      return n === node || (n.kind !== 'FunctionDef' && n.kind !== 'ClassDef' && n.kind !== 'Lambda');
    });
    known = found;
    containing.set(node, known);
  }
  return known;
}

function* block(interp: Interpreter, body: readonly Statement[]): Steps {
  for (const statement of body) {
    const completion = yields(statement) ? yield* step(interp, statement) : execute(interp, statement);
    if (completion !== 'normal') return completion;
  }
  return 'normal';
}

function* step(interp: Interpreter, node: Statement): Steps {
  switch (node.kind) {
    case 'ExpressionStatement':
      yield* value(interp, node.value);
      return 'normal';
    case 'Assign': {
      const v = yield* value(interp, node.value);
      for (const target of node.targets) assignTarget(interp, target, v);
      return 'normal';
    }
    case 'Return':
      (interp.frame as Frame).result = node.value === undefined ? interp.none : yield* value(interp, node.value);
      return 'return';
    case 'If':
      return yield* block(interp, interp.decide(condition(interp, node.test)) === 'yes' ? node.body : node.orelse);
    case 'While': {
      while (interp.decide(condition(interp, node.test)) === 'yes') {
        interp.tick();
        const completion = yield* block(interp, node.body);
        if (completion === 'break') return 'normal';
        if (completion === 'return') return completion;
      }
      return yield* block(interp, node.orelse);
    }
    case 'For': {
      const iterator = iterate(interp, evaluate(interp, node.iter));
      for (;;) {
        const item = iterator.pull();
        if (item === undefined) break;
        interp.tick();
        assignTarget(interp, node.target, item);
        const completion = yield* block(interp, node.body);
        if (completion === 'break') return 'normal';
        if (completion === 'return') return completion;
      }
      return yield* block(interp, node.orelse);
    }
    case 'With':
      return yield* withSteps(interp, node, 0);
    case 'Try':
      return yield* trySteps(interp, node);
    default:
      return execute(interp, node);
  }
}

function* withSteps(interp: Interpreter, node: Extract<Statement, { kind: 'With' }>, at: number): Steps {
  const item = node.items[at];
  if (item === undefined) return yield* block(interp, node.body);
  const manager = evaluate(interp, item.value);
  const entered = interp.callMethod(manager, '__enter__', []) ?? interp.none;
  if (item.target !== undefined) assignTarget(interp, item.target, entered);
  const none = [interp.none, interp.none, interp.none];
  let completion: Completion;
  try {
    completion = yield* withSteps(interp, node, at + 1);
  } catch (error) {
    if (error instanceof PyError) interp.callMethod(manager, '__exit__', [interp.classOf(error.value), error.value, interp.none]);
    throw error;
  }
  interp.callMethod(manager, '__exit__', none);
  return completion;
}

function* trySteps(interp: Interpreter, node: Extract<Statement, { kind: 'Try' }>): Steps {
  let completion: Completion = 'normal';
  try {
    completion = yield* block(interp, node.body);
    if (completion === 'normal') completion = yield* block(interp, node.orelse);
  } catch (error) {
    if (!(error instanceof PyError)) throw error;
    const handler = node.handlers.find((h) => {
      if (h.type === undefined) return true;
      const type = interp.resolve(evaluate(interp, h.type));
      const classes = type.kind === 'tuple' ? type.items : [type];
      return classes.some((c) => c.kind === 'class' && interp.isInstance(error.value, c) === 'yes');
    });
    if (handler === undefined) {
      yield* block(interp, node.final);
      throw error;
    }
    if (handler.name !== undefined) interp.frame?.scope.cells.set(handler.name, error.value);
    completion = yield* block(interp, handler.body);
  }
  const last = yield* block(interp, node.final);
  return last === 'normal' ? completion : last;
}

/** The value of an expression that is, or directly contains, a `yield`. */
function* value(interp: Interpreter, node: Expression): Generator<Value, Value, Value> {
  if (node.kind === 'Yield') return yield* yielded(interp, node);
  if (node.kind === 'Await') return yield* value(interp, node.value);
  return attempt(interp, node, () => evaluate(interp, node));
}

function* yielded(interp: Interpreter, node: Yield): Generator<Value, Value, Value> {
  if (!node.from) return yield node.value === undefined ? interp.none : evaluate(interp, node.value);
  const inner = iterate(interp, evaluate(interp, node.value as Expression));
  for (;;) {
    const item = inner.pull();
    if (item === undefined) return interp.none;
    yield item;
  }
}
