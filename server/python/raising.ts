/** `raise` and `assert`. */
import { and, eq } from '../dims/cond.ts';
import { constant, type Dim } from '../dims/dim.ts';
import { speaksOfGiven } from './escapes.ts';
import { condition, evaluate } from './expressions.ts';
import { PyError } from './faults.ts';
import type { Frame, Interpreter } from './interpreter.ts';
import type { Completion } from './statements.ts';
import type { Assert, Expression, Raise } from './syntax.ts';
import type { Value } from './values.ts';
import { walk } from './visit.ts';

export function raise(interp: Interpreter, node: Raise): Completion {
  const frame = interp.frame as Frame;
  frame.node = node;
  if (node.value === undefined) {
    for (let i = interp.frames.length - 1; i >= 0; i--) {
      const handled = interp.frames[i]?.handling;
      if (handled !== undefined) throw handled;
    }
    throw errorOf(interp, interp.unknown());
  }
  const value = evaluate(interp, node.value);
  if (node.cause !== undefined) evaluate(interp, node.cause);
  frame.node = node;
  throw errorOf(interp, value);
}

/** The exception that raising a value gives: an instance, or a class that is called. */
export function errorOf(interp: Interpreter, value: Value): PyError {
  let v = interp.resolve(value);
  if (v.kind === 'class') v = interp.resolve(interp.call(v, []));
  const name = v.kind === 'object' ? v.cls.name : 'Exception';
  const text = v.kind === 'object' ? (interp.str_(v) ?? '') : '';
  return new PyError(v, name, text, interp.stack(), undefined);
}

export function assertion(interp: Interpreter, node: Assert): Completion {
  const cond = condition(interp, node.test);
  const decision = interp.decide(cond);
  if (decision === 'yes') return 'normal';
  if (interp.mode === 'run' || decision === 'no') {
    const frame = interp.frame as Frame;
    frame.node = node;
    if (interp.mode === 'check' && speaksOfGiven(frame.scope, node.test)) return 'normal';
    const speaks = interp.mode === 'check' && speaksOfSizes(interp, failing(interp, node.test));
    if (speaks && interp.speculative === 0 && !interp.willCatch(interp.builtinClass('AssertionError'))) {
      const text = 'this assertion about a shape cannot hold';
      interp.observer.fault(
        { code: 'assertion-fails', message: text, exception: 'AssertionError', text: '', origins: [], at: node.test },
        node,
        frame.file,
        interp.stack(),
        interp.path.length,
      );
      return 'normal';
    }
    const message = node.message === undefined ? undefined : evaluate(interp, node.message);
    const cls = interp.builtinClass('AssertionError');
    throw errorOf(interp, interp.call(cls, message === undefined ? [] : [message]));
  }
  learn(interp, node.test);
  interp.assume(condition(interp, node.test));
  return 'normal';
}

/** `assert x.shape == (a, b)` says how many sizes there are. */
function learn(interp: Interpreter, test: Expression): void {
  if (test.kind === 'BoolOp' && test.op === 'and') {
    learn(interp, test.left);
    learn(interp, test.right);
    return;
  }
  if (test.kind !== 'Compare' || test.rest.length !== 1 || test.rest[0]?.op !== '==') return;
  const left = interp.resolve(evaluate(interp, test.first));
  const right = interp.resolve(evaluate(interp, test.rest[0].value));
  const [open, known] = left.kind === 'tuple' && left.open !== undefined ? [left, right] : [right, left];
  if (open.kind !== 'tuple' || open.open === undefined) return;
  const items = interp.items(known);
  if (items === undefined) return;
  interp.assume(eq(open.open.length(), constant(items.length)));
  const parts = open.open.expect(items.length);
  if (parts === undefined) return;
  const dims = (v: Value): Dim | undefined => interp.asDim(v, true);
  const conds = parts.flatMap((part, i) => {
    const a = dims(part);
    const b = dims(items[i] as Value);
    return a === undefined || b === undefined ? [] : [eq(a, b)];
  });
  interp.assume(and(...conds));
}

/** The part of a conjunction that does not hold. */
function failing(interp: Interpreter, test: Expression): Expression {
  if (test.kind !== 'BoolOp' || test.op !== 'and') return test;
  const left = interp.decide(condition(interp, test.left)) === 'no';
  return failing(interp, left ? test.left : test.right);
}

function speaksOfSizes(interp: Interpreter, test: Expression): boolean {
  let found = false;
  walk(test, (node) => {
    if (node.kind === 'Attribute' && interp.library.sizeAttributes.has(node.name)) found = true;
  });
  return found;
}
