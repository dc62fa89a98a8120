/** `with`: entering and leaving context managers. */
import { forgetThatEmpty } from './calls.ts';
import { attempt, evaluate } from './expressions.ts';
import { PyError } from './faults.ts';
import type { Frame, Interpreter } from './interpreter.ts';
import { type Completion, executeBlock } from './statements.ts';
import type { Expression, With } from './syntax.ts';
import { assignTarget } from './targets.ts';
import { withhold } from './uncounted.ts';
import type { ObjectValue, Value } from './values.ts';

export function executeWith(interp: Interpreter, node: With): Completion {
  return enter(interp, node, 0);
}

function enter(interp: Interpreter, node: With, at: number): Completion {
  const item = node.items[at];
  if (item === undefined) return executeBlock(interp, node.body);
  const manager = interp.resolve(evaluate(interp, item.value));
  const entering = interp.findAttr(manager, '__enter__');
  const known = manager.kind !== 'unknown' && manager.kind !== 'choice' && entering !== undefined;
  if (!known && manager.kind !== 'unknown' && manager.kind !== 'choice' && !(manager.kind === 'object' && manager.cls.open)) {
    const text = `'${interp.typeName(manager)}' object does not support the context manager protocol`;
    if (interp.mode === 'run') interp.raise('TypeError', text);
  }
  const value = known ? attempt(interp, item.value, () => interp.call(entering, [])) : interp.unknown();
  if (interp.mode === 'check' && manager.kind === 'object' && manager.cls.open) fillEmpty(interp, manager);
  if (item.target !== undefined) assignTarget(interp, item.target, value);
  const swallows = !known && expectsRaise(item.value);
  const handlers = interp.handlers.length;
  if (swallows) {
    interp.handlers.push([undefined]);
    withhold(interp, 1);
  }
  const frame = interp.frame as Frame;
  const depth = interp.frames.length;
  let completion: Completion;
  try {
    completion = enter(interp, node, at + 1);
  } catch (error) {
    interp.handlers.length = handlers;
    if (swallows) withhold(interp, -1);
    if (!(error instanceof PyError)) throw error;
    interp.frames.length = depth;
    if (swallows) return 'normal';
    const result = known ? leave(interp, manager, error) : undefined;
    if (result !== undefined && interp.decide(interp.truth(result)) === 'yes') return 'normal';
    throw error;
  }
  interp.handlers.length = handlers;
  if (swallows) withhold(interp, -1);
  const result = frame.result;
  if (known && completion !== 'dead') leave(interp, manager, undefined);
  frame.result = result;
  return completion;
}

/** Another library's mode calls what the object's class overrides while the body runs: empty lists and dicts may be filled. */
function fillEmpty(interp: Interpreter, manager: ObjectValue): void {
  for (const [, held] of [...manager.attrs.entries()]) forgetThatEmpty(interp, interp.resolve(held));
}

function leave(interp: Interpreter, manager: Value, error: PyError | undefined): Value | undefined {
  const exit = interp.findAttr(manager, '__exit__');
  if (exit === undefined) return undefined;
  const args = error === undefined ? [interp.none, interp.none, interp.none] : [interp.classOf(error.value), error.value, interp.none];
  return interp.call(exit, args);
}

/** `pytest.raises(…)`, `self.assertRaises(…)`: what is inside is meant to fail. */
function expectsRaise(node: Expression): boolean {
  const name =
    node.kind === 'Call' ? (node.func.kind === 'Attribute' ? node.func.name : node.func.kind === 'Name' ? node.func.name : '') : '';
  return /^(raises|assertRaises|suppress|warns)/i.test(name);
}
