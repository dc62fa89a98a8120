/**
 * Broadcasting: the common shape of operands, by PyTorch's rules (sizes aligned from the end; equal, or one of them 1).
 * Source: PyTorch 2.13, "Broadcasting semantics". A conflict is given only where every assignment has it.
 */
import type { Decision } from '../dims/cond.ts';
import { and, eq, ge, or } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { choose, constant, same, valueOf } from '../dims/dim.ts';
import { soleAtom } from '../dims/polynomial.ts';
import type { Shape } from './shape.ts';
import { freshRun, greatestRank, leastRank, scalar, shapeOf, withRun } from './shape.ts';
import type { World } from './world.ts';

/** Two sizes that cannot meet; the axis counts in the result, from the end (negative) where its rank is unknown. */
export interface Conflict {
  readonly a: Dim;
  readonly b: Dim;
  readonly axis: number;
}

export type Broadcast = { readonly shape: Shape } | { readonly conflict: Conflict };

const one = constant(1);

/** The common size, or `undefined` where there is none. Where neither size can be 1 they are equal from here on. */
export function broadcastSize(world: World, x: Dim, y: Dim): Dim | undefined {
  if (same(x, y)) return x;
  const { facts } = world;
  const isOne = (d: Dim): Decision => (valueOf(d) === undefined ? facts.decide(eq(d, one)) : valueOf(d) === 1 ? 'yes' : 'no');
  const left = isOne(x);
  const right = isOne(y);
  if (left === 'yes') return y;
  if (right === 'yes') return x;
  const equal = facts.decide(eq(x, y));
  if (equal === 'yes') return valueOf(y) === undefined ? x : y;
  if (left === 'no' && right === 'no') {
    if (equal === 'no' || !facts.require(eq(x, y))) return undefined;
    return facts.simplify(x);
  }
  // The other side is 1 or equal to the one that is not 1.
  if (equal === 'no') {
    if (left === 'no') return facts.require(eq(y, one)) ? x : undefined;
    if (right === 'no') return facts.require(eq(x, one)) ? y : undefined;
  }
  if (facts.refutes(or(eq(x, y), eq(x, one), eq(y, one)))) return undefined;
  if (left === 'no') return x;
  if (right === 'no') return y;
  if (followsOne(world, x, y)) return x;
  if (followsOne(world, y, x)) return y;
  // Either side may be asked; a lone symbol gives the simpler answer.
  return soleAtom(y)?.kind === 'symbol' && soleAtom(x)?.kind !== 'symbol' ? choose(eq(y, one), x, y) : choose(eq(x, one), y, x);
}

/** Whether `y` is 1 wherever `x` is, unless it is 0: `T` against `min(5000, T)`. */
function followsOne(world: World, x: Dim, y: Dim): boolean {
  const mark = world.trail.mark();
  try {
    return world.facts.assume(and(eq(x, one), ge(y, one))) && world.facts.decide(eq(y, one)) === 'yes';
  } finally {
    world.trail.undo(mark);
  }
}

/** The common shape of two operands. */
export function broadcast(world: World, a: Shape, b: Shape): Broadcast {
  const left = world.resolve(a);
  const right = world.resolve(b);
  if (left.run === undefined && right.run === undefined) return broadcastSizes(world, left.head, right.head);
  if (
    left.run !== undefined &&
    left.run.id === right.run?.id &&
    left.head.length === right.head.length &&
    left.tail.length === right.tail.length
  ) {
    return broadcastSameRun(world, left, right);
  }
  return broadcastUnknown(world, left, right);
}

function broadcastSizes(world: World, a: readonly Dim[], b: readonly Dim[]): Broadcast {
  const rank = Math.max(a.length, b.length);
  const sizes: Dim[] = [];
  for (let axis = rank - 1; axis >= 0; axis--) {
    const x = a[axis - rank + a.length];
    const y = b[axis - rank + b.length];
    const size = x === undefined || y === undefined ? (x ?? y) : broadcastSize(world, x, y);
    if (size === undefined) return { conflict: { a: x as Dim, b: y as Dim, axis } };
    sizes.push(size);
  }
  return { shape: shapeOf(sizes.reverse()) };
}

function broadcastSameRun(world: World, a: Shape, b: Shape): Broadcast {
  const tail = broadcastSizes(world, a.tail, b.tail);
  if ('conflict' in tail) return { conflict: { ...tail.conflict, axis: tail.conflict.axis - a.tail.length } };
  const head = broadcastSizes(world, a.head, b.head);
  return 'conflict' in head ? head : { shape: withRun(head.shape.head, a.run, tail.shape.head) };
}

const ends = (shape: Shape): readonly Dim[] => (shape.run === undefined ? shape.head : shape.tail);

/** At least one run, not the same on both sides: from the end as far as sizes are known. */
function broadcastUnknown(world: World, a: Shape, b: Shape): Broadcast {
  const [x, y] = [ends(a), ends(b)];
  const known = Math.max(x.length, y.length);
  const tail: Dim[] = [];
  for (let i = 1; i <= known; i++) {
    const left = x.at(-i);
    const right = y.at(-i);
    if (left !== undefined && right !== undefined) {
      const size = broadcastSize(world, left, right);
      if (size === undefined) return { conflict: { a: left, b: right, axis: -i } };
      tail.unshift(size);
    } else {
      const only = (left ?? right) as Dim;
      const other = left === undefined ? a : b;
      tail.unshift(againstUnknown(world, only, greatestRank(other) < i));
    }
  }
  // Everything in front of one side's known end, where the other side has no more sizes, is that side's own.
  for (const [shape, other] of [[a, b] as const, [b, a] as const]) {
    if (shape.run !== undefined && other.run === undefined && other.head.length <= shape.tail.length) {
      return { shape: withRun(shape.head, shape.run, tail) };
    }
  }
  const least = Math.max(leastRank(a), leastRank(b)) - known;
  const greatest = Math.max(greatestRank(a), greatestRank(b)) - known;
  return { shape: withRun([], freshRun(undefined, Math.max(0, least), greatest), tail) };
}

/** A size that is not 1 wins over whatever stands against it. */
function againstUnknown(world: World, size: Dim, alone: boolean): Dim {
  return alone || world.facts.decide(eq(size, one)) === 'no' ? size : world.freshSize();
}

/** The common shape of any number of operands; `at` is the operand that did not fit. */
export function broadcastAll(
  world: World,
  shapes: readonly Shape[],
): { readonly shape: Shape } | { readonly conflict: Conflict; readonly at: number } {
  let result: Shape = shapes[0] ?? scalar;
  for (const [at, shape] of shapes.entries()) {
    if (at === 0) continue;
    const next = broadcast(world, result, shape);
    if ('conflict' in next) return { conflict: next.conflict, at };
    result = next.shape;
  }
  return { shape: result };
}

/**
 * Whether `from` fits into `to` without changing it (item assignment, in-place operations, `expand_as`): each size is 1 or
 * equal. Where it fits it is a fact from here on.
 */
export function broadcastInto(world: World, from: Shape, to: Shape): { readonly ok: true } | { readonly conflict?: Conflict } {
  const source = world.resolve(from);
  const target = world.resolve(to);
  if (leastRank(source) > greatestRank(target)) return {};
  const [x, y] = [ends(source), ends(target)];
  const rank = target.run === undefined ? target.head.length : 0;
  for (let i = 1; i <= Math.min(x.length, y.length); i++) {
    const [a, b] = [x.at(-i) as Dim, y.at(-i) as Dim];
    if (same(a, b)) continue;
    const alone = world.facts.decide(eq(a, one));
    if (alone === 'yes') continue;
    const equal = world.facts.decide(eq(a, b));
    if (equal === 'yes') continue;
    if (equal === 'unknown' && alone === 'unknown') {
      if (world.facts.refutes(or(eq(a, one), eq(a, b)))) return { conflict: { a, b, axis: rank - i } };
      continue;
    }
    const fits = world.facts.require(equal === 'no' ? eq(a, one) : eq(a, b));
    if (!fits || (equal === 'no' && alone === 'no')) return { conflict: { a, b, axis: rank - i } };
  }
  return { ok: true };
}
