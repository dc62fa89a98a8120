/**
 * The modules that a container holds beside those it has numbers for: what they are like, in which order they come, and what
 * comes out of them one after the other.
 */
import { symbol } from '../dims/dim.ts';
import { attempt } from '../python/expressions.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { anyNumberOfTimes } from '../python/loops.ts';
import type { Expression } from '../python/syntax.ts';
import type { ObjectValue, Order, Value } from '../python/values.ts';
import type { ModuleScope } from './module-context.ts';
import { heldOrder, ORDER, REST } from './module-registry.ts';

/** In which order the modules come that a container may hold besides; undefined where that is not known. */
export function orderOf(module: ObjectValue): Order | undefined {
  const held = module.attrs.get(ORDER);
  return held === undefined ? undefined : heldOrder(held);
}

/** Sets what stands for further modules, with the order in which they come. */
export function setFurther(interp: Interpreter, module: ObjectValue, element: Value, order: Order | undefined): void {
  module.attrs.set(REST, element);
  if (order === undefined) module.attrs.delete(ORDER);
  else module.attrs.set(ORDER, interp.tuple([], { rest: { element, length: symbol('?', { least: 0 }), order } }));
}

/** What comes out of layers of which nobody knows how many there are. */
export function throughFurther(m: ModuleScope, rest: Value, x: Value): Value {
  const order = orderOf(m.self) ?? (rest.kind === 'object' ? [{ kind: 'repeated', of: [rest] } as const] : undefined);
  return order === undefined || m.node === undefined ? m.interp.unknown() : through(m.interp, order, x, m.node as Expression);
}

function through(interp: Interpreter, order: Order, start: Value, node: Expression): Value {
  let x = start;
  for (const part of order) {
    const before = x;
    if (part.kind === 'repeated') x = anyNumberOfTimes(interp, node, before, (state) => through(interp, part.of, state, node));
    else if (part.kind === 'either') {
      const arm = (layers: Order) => () => attempt(interp, node, () => through(interp, layers, before, node));
      x = interp.fork(part.cond, arm(part.yes), arm(part.no));
    } else x = interp.call(part, [before], undefined, node);
  }
  return x;
}
