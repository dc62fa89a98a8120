/**
 * What a condition that cannot be decided says of a name in its arm: behind `isinstance(x, T)` with a class `T` of which
 * nothing is known, `x` is no longer the string or number that it was seen to be.
 */
import { evaluate } from './expressions.ts';
import type { Interpreter } from './interpreter.ts';
import { assignName } from './scopes.ts';
import { quietly } from './statements.ts';
import type { Expression } from './syntax.ts';
import { isPlain, type Value } from './values.ts';

/** Forgets the values of names that an arm's condition takes for instances of unknown classes. */
export function supposeInstances(interp: Interpreter, test: Expression): void {
  if (interp.mode === 'run') return;
  if (test.kind === 'BoolOp' && test.op === 'and') {
    supposeInstances(interp, test.left);
    supposeInstances(interp, test.right);
    return;
  }
  if (test.kind !== 'Call' || test.func.kind !== 'Name' || test.func.name !== 'isinstance') return;
  const [subject, of] = test.args;
  if (subject?.value.kind !== 'Name' || of === undefined) return;
  const value = quietly(interp, () => evaluate(interp, subject.value));
  const types = quietly(interp, () => evaluate(interp, of.value));
  if (isPlain(interp.resolve(value)) && hasUnknown(interp, types))
    assignName(interp, subject.value.name, interp.unknown(subject.value.name));
}

function hasUnknown(interp: Interpreter, types: Value): boolean {
  const v = interp.resolve(types);
  return v.kind === 'unknown' || (v.kind === 'tuple' && v.items.some((item) => hasUnknown(interp, item)));
}
