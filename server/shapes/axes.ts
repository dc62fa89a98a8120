/**
 * Shapes with axes moved, added or dropped: permute, transpose, unsqueeze, squeeze, select. Axes may count from the end.
 * Knows the rules, not their messages.
 */
import type { Decision } from '../dims/cond.ts';
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import type { Run, Shape } from './shape.ts';
import { freshRun, greatestRank, leastRank, shapeOf, unknownShape, withRun } from './shape.ts';
import type { World } from './world.ts';

/** An axis outside `[-rank, rank)`, with the ranks that were possible. */
export interface AxisRefusal {
  readonly kind: 'axis';
  readonly axis: number;
  readonly least: number;
  readonly greatest: number;
}

export interface AxisRepeated {
  readonly kind: 'repeated';
  readonly axis: number;
}

export interface AxisCount {
  readonly kind: 'count';
  readonly given: number;
  readonly rank: number;
}

export type Moved = { readonly shape: Shape } | { readonly refusal: AxisRefusal | AxisRepeated | AxisCount };

const one = constant(1);

/**
 * Makes sure that a shape has the axis (`extra` more than its rank are allowed, as in `unsqueeze`); PyTorch treats a scalar
 * as having one axis. Where the rank was open it is at least that large from here on.
 */
export function requireAxis(
  world: World,
  shape: Shape,
  axis: number,
  extra = 0,
): { readonly shape: Shape } | { readonly refusal: AxisRefusal } {
  const needed = Math.max(0, (axis < 0 ? -axis : axis + 1) - extra);
  const now = world.resolve(shape);
  const wanted = needed <= 1 && extra === 0 ? 0 : needed;
  const { decision, shape: limited } = world.limitRank(now, wanted, Infinity);
  if (decision === 'no') return { refusal: { kind: 'axis', axis, least: leastRank(now), greatest: greatestRank(now) } };
  return { shape: limited };
}

/** The axis counted from the start, where the rank is known. */
export function normalAxis(axis: number, rank: number): number | undefined {
  const room = Math.max(rank, 1);
  if (axis < -room || axis >= room) return undefined;
  return axis < 0 ? axis + room : axis;
}

/** `[*, n at axis, *] -> [*, *]` with `change` giving what stands there instead; nothing is known where the place is unknown. */
export function replaceAxis(world: World, shape: Shape, axis: number, instead: readonly Dim[]): Shape {
  const now = world.resolve(shape);
  world.sizeAt(now, axis);
  const split = world.resolve(now);
  const splice = (dims: readonly Dim[], at: number): Dim[] => [...dims.slice(0, at), ...instead, ...dims.slice(at + 1)];
  if (split.run === undefined) {
    const at = normalAxis(axis, split.head.length);
    return at === undefined ? split : shapeOf(splice(split.head, at));
  }
  if (axis >= 0 && axis < split.head.length) return withRun(splice(split.head, axis), split.run, split.tail);
  if (axis < 0 && -axis <= split.tail.length) return withRun(split.head, split.run, splice(split.tail, split.tail.length + axis));
  const change = instead.length - 1;
  return unknownShape(undefined, Math.max(0, leastRank(split) + change), greatestRank(split) + change);
}

/** `permute`: one axis for every size. */
export function permute(world: World, shape: Shape, order: readonly number[]): Moved {
  const { decision, shape: now } = world.requireRank(shape, order.length);
  if (decision === 'no') return { refusal: { kind: 'count', given: order.length, rank: leastRank(now) } };
  const sizes: Dim[] = [];
  const seen = new Set<number>();
  for (const axis of order) {
    const at = normalAxis(axis, order.length);
    const size = at === undefined ? undefined : now.head[at];
    if (at === undefined || size === undefined) return { refusal: { kind: 'axis', axis, least: order.length, greatest: order.length } };
    if (seen.has(at)) return { refusal: { kind: 'repeated', axis } };
    seen.add(at);
    sizes.push(size);
  }
  return { shape: shapeOf(sizes) };
}

/** `transpose(a, b)`. */
export function transpose(world: World, shape: Shape, a: number, b: number): Moved {
  let now = world.resolve(shape);
  for (const axis of [a, b]) {
    const checked = requireAxis(world, now, axis);
    if ('refusal' in checked) return checked;
    now = checked.shape;
  }
  const x = world.sizeAt(now, a);
  const y = world.sizeAt(now, b);
  now = world.resolve(now);
  if (now.run === undefined) {
    const rank = now.head.length;
    const [i, j] = [normalAxis(a, rank), normalAxis(b, rank)];
    if (x === undefined || y === undefined || i === undefined || j === undefined) return { shape: now };
    return { shape: shapeOf(now.head.map((size, at) => (at === i ? (now.head[j] as Dim) : at === j ? (now.head[i] as Dim) : size))) };
  }
  if (x === undefined || y === undefined) return { shape: unknownShape(undefined, leastRank(now), greatestRank(now)) };
  return { shape: replaceAxis(world, replaceAxis(world, now, a, [y]), b, [x]) };
}

/** `movedim(source, destination)` for axes of a shape of known rank; of an unknown rank nothing is known. */
export function moveAxes(world: World, shape: Shape, from: readonly number[], to: readonly number[]): Moved {
  let now = world.resolve(shape);
  for (const axis of [...from, ...to]) {
    const checked = requireAxis(world, now, axis);
    if ('refusal' in checked) return checked;
    now = checked.shape;
  }
  if (from.length !== to.length) return { refusal: { kind: 'count', given: to.length, rank: from.length } };
  if (now.run !== undefined) return { shape: unknownShape(undefined, leastRank(now), greatestRank(now)) };
  const rank = now.head.length;
  const order: (number | undefined)[] = Array.from({ length: rank }, () => undefined);
  const moved = new Set<number>();
  for (const [i, axis] of from.entries()) {
    const source = normalAxis(axis, rank) ?? 0;
    const target = normalAxis(to[i] ?? 0, rank) ?? 0;
    if (moved.has(source) || order[target] !== undefined) return { refusal: { kind: 'repeated', axis } };
    moved.add(source);
    order[target] = source;
  }
  const others = now.head.map((_, at) => at).filter((at) => !moved.has(at));
  return { shape: shapeOf(order.map((at) => now.head[at ?? (others.shift() as number)] as Dim)) };
}

/** `unsqueeze(axis)`: a size of 1 at the axis of the result. */
export function unsqueeze(world: World, shape: Shape, axis: number): Moved {
  const checked = requireAxis(world, shape, axis, 1);
  if ('refusal' in checked) return checked;
  let now = checked.shape;
  if (axis > 0) world.sizeAt(now, axis - 1);
  if (axis < -1) world.sizeAt(now, axis + 1);
  now = world.resolve(now);
  if (now.run === undefined) {
    const at = axis < 0 ? axis + now.head.length + 1 : axis;
    return { shape: shapeOf([...now.head.slice(0, at), one, ...now.head.slice(at)]) };
  }
  if (axis >= 0 && axis <= now.head.length) {
    return { shape: withRun([...now.head.slice(0, axis), one, ...now.head.slice(axis)], now.run, now.tail) };
  }
  const at = now.tail.length + axis + 1;
  if (axis < 0 && at >= 0) return { shape: withRun(now.head, now.run, [...now.tail.slice(0, at), one, ...now.tail.slice(at)]) };
  return { shape: unknownShape(undefined, leastRank(now) + 1, greatestRank(now) + 1) };
}

interface Part {
  readonly size: Dim;
  readonly goes: Decision;
}

/** `squeeze()` and `squeeze(axis…)`: a size that may be 1 may go, which leaves the rank open. */
export function squeeze(world: World, shape: Shape, axes?: readonly number[]): Moved {
  let now = world.resolve(shape);
  for (const axis of axes ?? []) {
    const checked = requireAxis(world, now, axis);
    if ('refusal' in checked) return checked;
    world.sizeAt(checked.shape, axis);
    now = world.resolve(checked.shape);
  }
  const { head, run, tail } = now;
  const rank = head.length;
  const part = (size: Dim, asked: boolean): Part => ({ size, goes: asked ? world.facts.decide(eq(size, one)) : 'no' });
  if (run === undefined) {
    const given = axes?.map((axis) => normalAxis(axis, rank));
    return { shape: joinOpen(head.map((size, at) => part(size, given === undefined || given.includes(at)))) };
  }
  if (axes === undefined) {
    const open = (sizes: readonly Dim[]): Part[] => sizes.map((size) => part(size, true));
    return { shape: openBetween(open(head), freshRun(undefined, 0, run.greatest), open(tail)) };
  }
  if (axes.some((axis) => (axis < 0 ? -axis > tail.length : axis >= rank))) {
    return { shape: unknownShape(undefined, Math.max(0, leastRank(now) - axes.length), greatestRank(now)) };
  }
  const first = head.map((size, at) => part(size, axes.includes(at)));
  const last = tail.map((size, at) => part(size, axes.includes(at - tail.length)));
  return { shape: openBetween(first, run, last) };
}

const staying = (parts: readonly Part[]): Dim[] => parts.filter(({ goes }) => goes === 'no').map(({ size }) => size);
const isOpen = ({ goes }: Part): boolean => goes === 'unknown';

/** Sizes of which some may go: those between the first and the last of them are a run. */
function joinOpen(parts: readonly Part[]): Shape {
  const first = parts.findIndex(isOpen);
  if (first < 0) return shapeOf(staying(parts));
  const last = parts.findLastIndex(isOpen);
  const inner = parts.slice(first, last + 1);
  const run = freshRun(undefined, staying(inner).length, inner.filter(({ goes }) => goes !== 'yes').length);
  return withRun(staying(parts.slice(0, first)), run, staying(parts.slice(last + 1)));
}

/** A run next to sizes that may go: they join it. */
function openBetween(head: readonly Part[], run: Run, tail: readonly Part[]): Shape {
  const first = head.findIndex(isOpen);
  const start = first < 0 ? head.length : first;
  const end = tail.findLastIndex(isOpen) + 1;
  if (start === head.length && end === 0) return withRun(staying(head), run, staying(tail));
  const inner = [...head.slice(start), ...tail.slice(0, end)];
  const sure = staying(inner).length;
  const most = inner.filter(({ goes }) => goes !== 'yes').length;
  return withRun(staying(head.slice(0, start)), freshRun(undefined, run.least + sure, run.greatest + most), staying(tail.slice(end)));
}
