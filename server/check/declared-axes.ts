/**
 * Declared axes against a shape: whether the shape can be what is declared, and, where that is open, what is learned from
 * it. Knows sizes and names; knows no syntax.
 */
import { eq, le } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, spell, symbol } from '../dims/dim.ts';
import type { Origin } from '../dims/origin.ts';
import type { Axis } from '../shapes/axis-string.ts';
import { spellAxis } from '../shapes/axis-string.ts';
import { namesIn } from '../shapes/pattern.ts';
import type { Shape } from '../shapes/shape.ts';
import { concatenate, leastRank, shapeOf, unknownShape, withRun } from '../shapes/shape.ts';
import type { World } from '../shapes/world.ts';
import type { DeclaredNames } from './declared-names.ts';
import { presumeApart } from './free-sizes.ts';

/** Why a shape cannot be what is declared: in words, with the sizes' origins. */
export interface Contradiction {
  readonly kind: 'rank' | 'number' | 'name';
  readonly text: string;
  readonly origins: readonly (Origin | undefined)[];
}

export interface Claim {
  readonly axes: readonly Axis[];
  readonly names: DeclaredNames;
  /** Where the declaration stands. */
  readonly origin: Origin | undefined;
  /** Whether what is open becomes a fact. */
  readonly learns: boolean;
  /** Told where something has become a fact. */
  readonly learned?: () => void;
  /** Whether the names stand for sizes of their own, as in annotations that a checker would hold to one meaning in a call. */
  readonly apart?: boolean;
}

/** Compares, then binds names at their first sight and learns what is open; where something contradicts, neither. */
export function matchAxes(world: World, claim: Claim, shape: Shape): Contradiction | undefined {
  return contradictionIn(world, claim, shape) ?? compare(world, claim, shape);
}

/** Whether the shape cannot be what is declared; nothing is bound or learned. */
export function contradictionIn(world: World, claim: Claim, shape: Shape): Contradiction | undefined {
  return compare(world, { ...claim, names: claim.names.copy(), learns: false }, shape);
}

function compare(world: World, claim: Claim, shape: Shape): Contradiction | undefined {
  const { axes } = claim;
  const runAt = axes.findIndex(({ kind }) => kind === 'run');
  const count = runAt < 0 ? axes.length : axes.length - 1;
  const greatest = runAt < 0 ? count : Number.POSITIVE_INFINITY;
  if (world.decideRank(shape, count, greatest) === 'no') {
    const declared = `${runAt < 0 ? '' : 'at least '}${count} size${count === 1 ? '' : 's'}`;
    return { kind: 'rank', text: `${declared} declared, there ${rankWords(world, shape)}`, origins: [claim.origin] };
  }
  // A rank that is not known stays so where nothing is to be learned.
  if (claim.learns && world.decideRank(shape, count, greatest) === 'unknown') {
    claim.learned?.();
    if (world.limitRank(shape, count, greatest).decision === 'no') return undefined;
  }
  const before = runAt < 0 ? axes : axes.slice(0, runAt);
  const after = runAt < 0 ? [] : axes.slice(runAt + 1);
  if (world.decideRank(shape, count, greatest) !== 'yes') return undefined;
  // The outermost first, so that a run is split once.
  if (before.length > 0) world.sizeAt(shape, before.length - 1);
  if (after.length > 0) world.sizeAt(shape, -after.length);
  for (const [i, axis] of before.entries()) {
    const wrong = matchSize(world, claim, axis, world.sizeAt(shape, i));
    if (wrong !== undefined) return wrong;
  }
  for (const [i, axis] of after.entries()) {
    const wrong = matchSize(world, claim, axis, world.sizeAt(shape, i - after.length));
    if (wrong !== undefined) return wrong;
  }
  const run = axes[runAt];
  return run?.kind === 'run' ? matchRun(world, claim, run, shape, before.length, after.length) : undefined;
}

function rankWords(world: World, shape: Shape): string {
  const now = world.resolve(shape);
  const rank = leastRank(now);
  return `${rank === 1 ? 'is' : 'are'} ${now.run === undefined ? '' : 'at least '}${rank}`;
}

function matchSize(world: World, claim: Claim, axis: Axis, size: Dim | undefined): Contradiction | undefined {
  if (size === undefined || axis.kind === 'any' || axis.kind === 'run') return undefined;
  if (axis.kind === 'name' && axis.varies) return undefined;
  const { names } = claim;
  const expected =
    axis.kind === 'fixed'
      ? constant(axis.size)
      : axis.kind === 'name'
        ? names.get(axis.name)
        : axis.value === undefined
          ? undefined
          : names.evaluate(axis.value, claim.origin, false);
  if (axis.broadcasts) return matchBroadcast(world, claim, axis, size, expected);
  if (expected === undefined) {
    if (axis.kind === 'name') {
      const dim = claim.learns ? named(world, axis.name, size, claim.origin) : size;
      names.set(axis.name, dim);
      if (claim.learns && claim.apart === true) presumeApart(world, names, axis.name, dim);
    }
    return undefined;
  }
  if (axis.kind === 'name' && claim.learns && claim.apart === true) presumeApart(world, names, axis.name, expected);
  const condition = eq(expected, size);
  const decision = world.facts.decide(condition);
  if (decision === 'unknown' && claim.learns) claim.learned?.();
  if (decision === 'no' || (decision === 'unknown' && claim.learns && !world.facts.assume(condition)))
    return contradiction(world, claim, axis, size, expected);
  return undefined;
}

/** The size or 1; a 1 binds no name. */
function matchBroadcast(world: World, claim: Claim, axis: Axis, size: Dim, expected: Dim | undefined): Contradiction | undefined {
  const isOne = world.facts.decide(eq(size, constant(1)));
  if (isOne !== 'no') return undefined;
  if (expected === undefined) {
    if (axis.kind === 'name') claim.names.set(axis.name, size);
    return undefined;
  }
  if (world.facts.decide(eq(expected, constant(1))) !== 'no') return undefined;
  return world.facts.decide(eq(expected, size)) === 'no' ? contradiction(world, claim, axis, size, expected) : undefined;
}

/** A size without a name takes the one that it is declared with. */
function named(world: World, name: string, size: Dim, origin: Origin | undefined): Dim {
  const now = world.facts.simplify(size);
  if (spell(now) !== '?') return now;
  const own = symbol(name, { least: 0, measured: true, ...(origin === undefined ? {} : { origin }) });
  return world.facts.assume(eq(now, own)) ? own : now;
}

function contradiction(world: World, claim: Claim, axis: Axis, size: Dim, expected: Dim): Contradiction {
  const got = spell(world.facts.simplify(size));
  const wanted = spell(world.facts.simplify(expected));
  const label = spellAxis(axis);
  const text = label === wanted ? `\`${label}\` is ${got} here` : `\`${label}\` is ${wanted}, here ${got}`;
  return { kind: axis.kind === 'fixed' ? 'number' : 'name', text, origins: [claim.origin, expected.origin, size.origin] };
}

function matchRun(
  world: World,
  claim: Claim,
  axis: Extract<Axis, { kind: 'run' }>,
  shape: Shape,
  before: number,
  after: number,
): Contradiction | undefined {
  if (axis.name === undefined || axis.broadcasts || axis.varies) return undefined;
  const { head, run, tail } = world.resolve(shape);
  const inner =
    run === undefined
      ? shapeOf(head.slice(before, head.length - after))
      : head.length >= before && tail.length >= after
        ? withRun(head.slice(before), run, tail.slice(0, tail.length - after))
        : undefined;
  if (inner === undefined) return undefined;
  const bound = claim.names.runs.get(axis.name);
  if (bound === undefined) {
    claim.names.runs.set(axis.name, inner);
    return undefined;
  }
  const decision = claim.learns ? world.unify(bound, inner).decision : world.decideEqual(bound, inner);
  if (decision !== 'no') return undefined;
  return { kind: 'name', text: `the sizes \`*${axis.name}\` differ from those before`, origins: [claim.origin] };
}

/** The names of single sizes in axes. */
export function namesOfAxes(axes: readonly Axis[]): readonly string[] {
  return axes.flatMap((axis) =>
    axis.kind === 'name' ? [axis.name] : axis.kind === 'symbolic' && axis.value !== undefined ? namesIn(axis.value) : [],
  );
}

/** The shape that axes declare, its names bound; a size that only computation could tell is any. */
export function shapeOfAxes(world: World, claim: Claim): Shape {
  let shape = shapeOf([]);
  for (const axis of claim.axes) shape = concatenate(shape, partOf(world, claim, axis));
  return shape;
}

function partOf(world: World, claim: Claim, axis: Axis): Shape {
  const { names, origin } = claim;
  const any = (): Shape => shapeOf([symbol('?', { least: 0, measured: true, ...(origin === undefined ? {} : { origin }) })]);
  if (axis.kind === 'run') {
    if (axis.name === undefined || axis.broadcasts) return unknownShape(axis.name);
    const known = names.runs.get(axis.name) ?? unknownShape(axis.name);
    names.runs.set(axis.name, known);
    return known;
  }
  if (axis.kind === 'any' || axis.broadcasts || (axis.kind === 'name' && (axis.varies || axis.name === ''))) return any();
  switch (axis.kind) {
    case 'fixed':
      return shapeOf([constant(axis.size, origin)]);
    case 'name': {
      let dim = names.get(axis.name);
      if (dim === undefined)
        names.set(axis.name, (dim = symbol(axis.name, { least: 0, measured: true, ...(origin === undefined ? {} : { origin }) })));
      if (claim.apart === true) presumeApart(world, names, axis.name, dim);
      return shapeOf([dim]);
    }
    case 'symbolic': {
      const dim = axis.value === undefined ? undefined : names.evaluate(axis.value, origin, true);
      if (dim === undefined) return any();
      // A size is never negative.
      world.facts.assume(le(constant(0), dim));
      return shapeOf([dim]);
    }
  }
}
