/** Comprehensions and generator expressions. They are evaluated at once; nothing that model code does tells the difference. */
import { symbol } from '../dims/dim.ts';
import { condition, evaluate } from './expressions.ts';
import { Cells } from './heap.ts';
import type { Frame, Interpreter } from './interpreter.ts';
import { iterate, iteratorOver, oneOfMany } from './iteration.ts';
import type { Comprehension } from './syntax.ts';
import { assignTarget } from './targets.ts';
import type { Rest, Value } from './values.ts';

/** While checking, this many items are followed one by one. */
const CHECK_ITEMS = 1024;

export function comprehension(interp: Interpreter, node: Comprehension): Value {
  const outer = interp.frame as Frame;
  const items: Value[] = [];
  const pairs: [Value, Value][] = [];
  let rest: Rest | undefined;
  let restPair: { key: Value; value: Value } | undefined;

  const first = node.clauses[0];
  const firstIter = first === undefined ? undefined : evaluate(interp, first.iter);
  const frame: Frame = {
    ...outer,
    scope: {
      cells: new Cells(interp.heap),
      parent: outer.scope.classBody ? outer.scope.parent : outer.scope,
      globals: outer.scope.globals,
      redirected: new Map(),
      classBody: false,
      locals: undefined,
    },
    loops: [],
  };
  if (outer.scope.classBody) for (const [name, value] of outer.scope.cells.entries()) frame.scope.cells.set(name, value);

  const emit = (certain: boolean) => {
    const key = node.key === undefined ? undefined : evaluate(interp, node.key);
    const made = evaluate(interp, node.element);
    const element = certain && rest === undefined ? made : oneOfMany(interp, made);
    if (key !== undefined) {
      if (certain) pairs.push([key, element]);
      else
        restPair =
          restPair === undefined
            ? { key, value: element }
            : { key: interp.unknown(), value: interp.join(interp.freshFlag('?'), restPair.value, element) };
    } else if (certain && rest === undefined) items.push(element);
    else {
      rest = {
        element:
          rest === undefined
            ? element
            : interp.sameValue(rest.element, element)
              ? rest.element
              : interp.join(interp.freshFlag('?'), rest.element, element),
        length: rest?.length ?? symbol('?', { least: 0 }),
      };
    }
  };

  const loop = (at: number, certain: boolean): void => {
    const clause = node.clauses[at];
    if (clause === undefined) {
      emit(certain);
      return;
    }
    const source = at === 0 ? (firstIter as Value) : evaluate(interp, clause.iter);
    let iterator = iteratorOver({ items: [], rest: { element: interp.unknown(), length: symbol('?', { least: 0 }) } });
    try {
      iterator = iterate(interp, source);
    } catch (error) {
      if (interp.mode === 'run') throw error;
    }
    const step = (item: Value, sure: boolean): void => {
      assignTarget(interp, clause.target, item);
      let certainHere = sure;
      for (const test of clause.conditions) {
        const decision = interp.decide(condition(interp, test));
        if (decision === 'no') return;
        if (decision === 'unknown') certainHere = false;
      }
      loop(at + 1, certainHere);
    };
    let count = 0;
    for (;;) {
      const item = iterator.pull();
      if (item === undefined) break;
      interp.tick();
      step(item, certain);
      if (interp.mode === 'check' && ++count >= CHECK_ITEMS) {
        rest ??= { element: interp.unknown(), length: symbol('?', { least: 0 }) };
        return;
      }
    }
    const more = iterator.rest();
    if (more !== undefined) {
      const single = node.clauses.length === 1 && rest === undefined;
      const all = single && clause.conditions.length === 0 && items.length === 0;
      step(more.element, false);
      if (single && rest !== undefined) {
        const { element, length } = rest as Rest;
        // One item for each of the source's: the length is the source's.
        rest = { element, length: all ? more.length : length, order: [{ kind: 'repeated', of: [element] }] };
      }
    }
  };

  interp.frames.push(frame);
  try {
    loop(0, true);
  } finally {
    interp.frames.pop();
  }
  switch (node.type) {
    case 'list':
      return interp.list({ items, rest });
    case 'set':
      return interp.set(items, false, rest?.element);
    case 'dict':
      return interp.dict(pairs, restPair === undefined ? {} : { rest: restPair });
    case 'generator':
      return iteratorOver({ items, rest }, 'generator');
  }
}
