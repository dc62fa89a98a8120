/**
 * The order of the items in a rest of unknown length, as far as it is known: what a loop appends in each turn comes again and
 * again, between what was there before and what came after.
 */
import type { Cond } from '../dims/cond.ts';
import type { Content, Order, Part, Rest, Value } from './values.ts';

/** More parts than this say nothing that is worth following. */
const MOST = 48;

const isRepeated = (part: Part): part is Extract<Part, { kind: 'repeated' }> => part.kind === 'repeated';
const isEither = (part: Part): part is Extract<Part, { kind: 'either' }> => part.kind === 'either';

/** The order of everything from an item on; undefined where it is not known. */
export function orderFrom({ items, rest }: Content, start: number): Order | undefined {
  if (rest === undefined) return limited(items.slice(start));
  return rest.order === undefined ? undefined : limited([...items.slice(start), ...rest.order]);
}

function limited(order: Order | undefined): Order | undefined {
  return order === undefined || order.length > MOST ? undefined : order;
}

/** A rest with its order, if that is known. */
export function ordered(rest: Rest, order: Order | undefined): Rest {
  const { order: _, ...others } = rest;
  return order === undefined ? others : { ...others, order };
}

/** The order of a rest that is followed by more. */
export function followedBy(rest: Rest, more: Content): Order | undefined {
  const after = orderFrom(more, 0);
  return rest.order === undefined || after === undefined ? undefined : limited([...rest.order, ...after]);
}

/** The order of one of two rests. */
export function eitherOrder(cond: Cond, yes: Order | undefined, no: Order | undefined): Order | undefined {
  return yes === undefined || no === undefined ? undefined : [{ kind: 'either', cond, yes, no }];
}

/**
 * The order after any number of turns of a loop, where `before` became `after` in one. What a turn added comes any number of
 * times; the next turn, which adds to that, makes it more general.
 */
export function repeatedOrder(before: Order, after: Order, widen: (a: Value, b: Value) => Value): Order | undefined {
  if (after.length <= before.length || !before.every((part, i) => part === after[i])) return undefined;
  const added = after.slice(before.length);
  const last = before.at(-1);
  const again = last !== undefined && isRepeated(last) ? widenOrder(last.of, added, widen) : undefined;
  if (again !== undefined) return [...before.slice(0, -1), { kind: 'repeated', of: again }];
  return [...before, { kind: 'repeated', of: added }];
}

function widenOrder(a: Order, b: Order, widen: (a: Value, b: Value) => Value): Order | undefined {
  if (a.length !== b.length) return undefined;
  const parts: Part[] = [];
  for (const [i, part] of a.entries()) {
    const other = b[i] as Part;
    if (isRepeated(part) || isRepeated(other)) {
      const of = isRepeated(part) && isRepeated(other) ? widenOrder(part.of, other.of, widen) : undefined;
      if (of === undefined) return undefined;
      parts.push({ kind: 'repeated', of });
    } else if (isEither(part) || isEither(other)) {
      if (!isEither(part) || !isEither(other)) return undefined;
      const [yes, no] = [widenOrder(part.yes, other.yes, widen), widenOrder(part.no, other.no, widen)];
      if (yes === undefined || no === undefined) return undefined;
      parts.push({ kind: 'either', cond: part.cond, yes, no });
    } else parts.push(widen(part, other));
  }
  return parts;
}

export function sameOrder(a: Order | undefined, b: Order | undefined, same: (a: Value, b: Value) => boolean): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a === b || (a.length === b.length && a.every((part, i) => samePart(part, b[i] as Part, same)));
}

function samePart(a: Part, b: Part, same: (a: Value, b: Value) => boolean): boolean {
  if (a === b) return true;
  if (isRepeated(a) || isRepeated(b)) return isRepeated(a) && isRepeated(b) && sameOrder(a.of, b.of, same);
  if (isEither(a) || isEither(b)) return isEither(a) && isEither(b) && sameOrder(a.yes, b.yes, same) && sameOrder(a.no, b.no, same);
  return same(a, b);
}
