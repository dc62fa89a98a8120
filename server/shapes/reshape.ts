/**
 * Shapes with the same elements in another arrangement: reshape, flatten, unflatten, expand, repeat. Decides products and
 * divisibility; knows the rules, not their messages. Sources: PyTorch 2.13, ATen/InferSize.h and the functions' pages.
 */
import type { Cond } from '../dims/cond.ts';
import { and, divides, eq, ge, ne, or } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, floorDiv, mul, valueOf } from '../dims/dim.ts';
import { divideExactly } from '../dims/polynomial.ts';
import type { AxisRefusal } from './axes.ts';
import { normalAxis, replaceAxis, requireAxis } from './axes.ts';
import type { Shape } from './shape.ts';
import { freshRun, greatestRank, leastRank, numelOf, product, shapeOf, unknownShape, withRun } from './shape.ts';
import type { World } from './world.ts';

/** The elements do not fill the wanted sizes: `total` against their product, or not a multiple of it where one size is -1. */
export interface NumelRefusal {
  readonly kind: 'numel';
  readonly total: Dim;
  readonly wanted: Dim;
  readonly inferred: boolean;
}

export type ReshapeRefusal =
  | NumelRefusal
  /** More than one -1. */
  | { readonly kind: 'inferred-twice' }
  /** A size below -1. */
  | { readonly kind: 'negative'; readonly size: Dim }
  /** -1 next to a size of 0, which any number would fit. */
  | { readonly kind: 'inferred-zero'; readonly total: Dim }
  | AxisRefusal;

/** `unlessEmpty`: it would be refused if it were known that no size is 0. */
export type Reshaped = { readonly shape: Shape; readonly unlessEmpty?: ReshapeRefusal } | { readonly refusal: ReshapeRefusal };

const zero = constant(0);
const one = constant(1);

/** Whether `cond` fails for every tensor that has elements, although it may hold for one that has none. */
function failsUnlessEmpty(world: World, sizes: readonly Dim[], cond: Cond): boolean {
  const mark = world.trail.mark();
  try {
    return world.facts.assume(and(...sizes.map((size) => ne(size, zero)))) && world.facts.decide(cond) === 'no';
  } finally {
    world.trail.undo(mark);
  }
}

/**
 * `reshape`, and `view` as far as sizes go: `[*] -> [sizes]`, where one size may be -1. A symbolic size is taken not to be -1:
 * whatever fits as -1 fits as the number it stands for.
 */
export function reshape(world: World, shape: Shape, sizes: readonly Dim[]): Reshaped {
  const now = world.resolve(shape);
  const wanted = sizes.map((size) => world.facts.simplify(size));
  // A size that is -1 or a number, by a condition: which one the rest depends on too.
  const doubtful = (size: Dim): boolean => valueOf(size) === undefined && world.facts.bounds(size).least === -1;
  if (wanted.some(doubtful)) return { shape: shapeOf(wanted.map((d) => (doubtful(d) || valueOf(d) === -1 ? world.freshSize() : d))) };
  const open = wanted.findIndex((size) => valueOf(size) === -1);
  const others = wanted.filter((_, i) => i !== open);
  for (const size of others) {
    if (valueOf(size) === -1) return { refusal: { kind: 'inferred-twice' } };
    if (world.require(ge(size, zero)) === 'no') return { refusal: { kind: 'negative', size } };
  }
  const total = numelOf(now);
  const filled = product(others);
  return open < 0 ? fill(world, now, total, wanted, filled) : infer(world, now, total, wanted, open, filled);
}

function fill(world: World, now: Shape, total: Dim | undefined, wanted: readonly Dim[], filled: Dim): Reshaped {
  const shape = shapeOf(wanted);
  if (total === undefined) return { shape: world.resolve(shape) };
  const cond = eq(total, filled);
  const refusal: ReshapeRefusal = { kind: 'numel', total, wanted: filled, inferred: false };
  const decision = world.facts.decide(cond);
  if (decision === 'yes') return { shape };
  if (decision === 'no') return { refusal };
  const doubtful = failsUnlessEmpty(world, [...now.head, ...wanted], cond);
  if (!world.facts.require(cond)) return { refusal };
  return doubtful ? { shape, unlessEmpty: refusal } : { shape: world.resolve(shape) };
}

function infer(world: World, now: Shape, total: Dim | undefined, wanted: readonly Dim[], open: number, filled: Dim): Reshaped {
  const result = (size: Dim): Shape => shapeOf(wanted.map((d, i) => (i === open ? size : d)));
  if (total === undefined) {
    if (world.require(ne(filled, zero)) === 'no') return { refusal: { kind: 'inferred-zero', total: zero } };
    return { shape: world.resolve(result(world.freshSize())) };
  }
  if (world.require(ne(filled, zero)) === 'no') {
    const kind = world.facts.decide(eq(total, zero)) === 'no' ? 'numel' : 'inferred-zero';
    return { refusal: kind === 'numel' ? { kind, total, wanted: filled, inferred: true } : { kind, total } };
  }
  const refusal: ReshapeRefusal = { kind: 'numel', total, wanted: filled, inferred: true };
  const left = cancelled(now.head, filled);
  const cond = divides(left.divisor, left.total);
  const decision = world.facts.decide(cond);
  if (decision === 'no') return { refusal };
  const doubtful = decision === 'unknown' && failsUnlessEmpty(world, now.head, cond);
  if (!world.facts.require(cond)) return { refusal };
  const size = world.facts.simplify(floorDiv(left.total, left.divisor));
  const shape = world.resolve(result(size));
  return doubtful ? { shape, unlessEmpty: refusal } : { shape };
}

/** The same quotient without the sizes that both sides have; none of them is 0, as the divisor is not. */
function cancelled(sizes: readonly Dim[], filled: Dim): { readonly total: Dim; readonly divisor: Dim } {
  let divisor = filled;
  const kept: Dim[] = [];
  for (const size of sizes) {
    const rest = valueOf(size) === undefined ? divideExactly(divisor, size) : undefined;
    if (rest === undefined) kept.push(size);
    else divisor = rest;
  }
  return { total: product(kept), divisor };
}

/** `flatten(start, end)`: `[*, n…, *] -> [*, product of n, *]`; a scalar becomes `[1]`. */
export function flatten(
  world: World,
  shape: Shape,
  start: number,
  end: number,
): Reshaped | { readonly refusal: { readonly kind: 'order' } } {
  let now = world.resolve(shape);
  for (const axis of [start, end]) {
    const checked = requireAxis(world, now, axis);
    if ('refusal' in checked) return checked;
    now = checked.shape;
  }
  if (now.run === undefined) {
    if (now.head.length === 0) return { shape: shapeOf([one]) };
    const from = normalAxis(start, now.head.length) ?? 0;
    const to = normalAxis(end, now.head.length) ?? 0;
    if (from > to) return { refusal: { kind: 'order' } };
    if (from === to) return { shape: now };
    const size = world.facts.simplify(product(now.head.slice(from, to + 1)));
    return { shape: shapeOf([...now.head.slice(0, from), size, ...now.head.slice(to + 1)]) };
  }
  if (start > 0) world.sizeAt(now, start - 1);
  if (end < -1) world.sizeAt(now, end + 1);
  now = world.resolve(now);
  if (now.run === undefined) return flatten(world, now, start, end);
  const fromStart = start >= 0 && start <= now.head.length;
  const toEnd = end < 0 && -end - 1 <= now.tail.length;
  if (fromStart && toEnd) {
    const tail = end === -1 ? [] : now.tail.slice(end + 1);
    return { shape: shapeOf([...now.head.slice(0, start), world.freshSize(), ...tail]) };
  }
  if (start >= 0 && end >= start) {
    const rank = end - start;
    return { shape: unknownShape(undefined, Math.max(1, leastRank(now) - rank), Math.max(1, greatestRank(now) - rank)) };
  }
  return { shape: unknownShape(undefined, 1, greatestRank(now)) };
}

/** `unflatten(axis, sizes)`: `[*, n, *] -> [*, sizes, *]`, where one size may be -1. */
export function unflatten(world: World, shape: Shape, axis: number, sizes: readonly Dim[]): Reshaped {
  const checked = requireAxis(world, shape, axis);
  if ('refusal' in checked) return checked;
  const size = world.sizeAt(checked.shape, axis);
  const inner = reshape(world, size === undefined ? unknownShape() : shapeOf([size]), sizes);
  if ('refusal' in inner) return inner;
  const result = replaceAxis(world, checked.shape, axis, inner.shape.head);
  return inner.unlessEmpty === undefined ? { shape: result } : { shape: result, unlessEmpty: inner.unlessEmpty };
}

export type ExpandRefusal =
  /** Fewer sizes than the tensor has. */
  | { readonly kind: 'too-few'; readonly given: number; readonly rank: number }
  /** A size that is neither 1 nor the wanted one; the axis counts in the result. */
  | { readonly kind: 'size'; readonly axis: number; readonly from: Dim; readonly to: Dim }
  /** -1 for an axis that the tensor does not have. */
  | { readonly kind: 'new-axis'; readonly axis: number };

/** `expand(sizes)`: `[*] -> [sizes]`; a size of 1 grows, -1 keeps what is there. */
export function expand(world: World, shape: Shape, sizes: readonly Dim[]): { readonly shape: Shape } | { readonly refusal: ExpandRefusal } {
  const { decision, shape: now } = world.limitRank(shape, 0, sizes.length);
  if (decision === 'no') return { refusal: { kind: 'too-few', given: sizes.length, rank: leastRank(now) } };
  const ends = now.run === undefined ? now.head : now.tail;
  const result: Dim[] = [];
  for (let i = 1; i <= sizes.length; i++) {
    const to = world.facts.simplify(sizes.at(-i) as Dim);
    const axis = sizes.length - i;
    const from = ends.at(-i);
    if (from === undefined) {
      const absent = greatestRank(now) < i;
      if (valueOf(to) === -1 && absent) return { refusal: { kind: 'new-axis', axis } };
      result.unshift(valueOf(to) === -1 ? world.freshSize() : to);
      continue;
    }
    if (valueOf(to) === -1) {
      result.unshift(from);
      continue;
    }
    if (!grows(world, from, to)) return { refusal: { kind: 'size', axis, from, to } };
    result.unshift(to);
  }
  return { shape: world.resolve(shapeOf(result)) };
}

/** The size is 1 or the wanted one (from here on, where it was open). */
function grows(world: World, from: Dim, to: Dim): boolean {
  const { facts } = world;
  const alone = facts.decide(eq(from, one));
  if (alone === 'yes') return true;
  const equal = facts.decide(eq(from, to));
  if (equal === 'yes') return true;
  if (alone === 'no') return equal === 'unknown' && facts.require(eq(from, to));
  return equal === 'unknown' ? !facts.refutes(or(eq(from, one), eq(from, to))) : facts.require(eq(from, one));
}

/** `repeat(counts)`: each size times its count; counts beyond the rank make new sizes in front. */
export function repeat(
  world: World,
  shape: Shape,
  counts: readonly Dim[],
): { readonly shape: Shape } | { readonly refusal: { readonly kind: 'too-few'; readonly given: number; readonly rank: number } } {
  const { decision, shape: now } = world.limitRank(shape, 0, counts.length);
  if (decision === 'no') return { refusal: { kind: 'too-few', given: counts.length, rank: leastRank(now) } };
  if (now.run !== undefined) {
    const known = now.tail.map((size, i) => mul(size, counts[counts.length - now.tail.length + i] as Dim));
    const others = counts.length - known.length;
    return { shape: world.resolve(withRun([], freshRun(undefined, others, others), known)) };
  }
  const lead = counts.length - now.head.length;
  const sizes = counts.map((count, i) => (i < lead ? count : mul(now.head[i - lead] as Dim, count)));
  return { shape: world.resolve(shapeOf(sizes)) };
}
