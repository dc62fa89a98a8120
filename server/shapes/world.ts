/**
 * What is known at a point of an analysis about sizes and about runs of sizes. Everything that is learned goes through the
 * trail, so that it can be taken back.
 */
import type { Cond, Decision } from '../dims/cond.ts';
import { and, eq, never } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { symbol } from '../dims/dim.ts';
import { Facts } from '../dims/facts.ts';
import type { Origin } from '../dims/origin.ts';
import { Trail } from '../dims/trail.ts';
import { TrailedMap } from '../dims/trailed-map.ts';
import type { Run, Shape } from './shape.ts';
import { freshRun, greatestRank, leastRank, sameShape, shapeOf, withRun } from './shape.ts';

interface Limits {
  readonly least: number;
  readonly greatest: number;
}

/** `decision` says what was known before; where it was `unknown` the requirement is a fact now, and `shape` shows it. */
export interface Required {
  readonly decision: Decision;
  readonly shape: Shape;
}

/** `no`: the shapes differ at `axis` (counted from the end where it is negative), or in rank if there is none. */
export interface Unified {
  readonly decision: Decision;
  readonly axis?: number;
  readonly a?: Dim;
  readonly b?: Dim;
}

/** Ranks above this are not split into single sizes. */
const GREATEST_RANK = 64;

export class World {
  readonly trail: Trail;
  readonly facts: Facts;
  private readonly bound: TrailedMap<Shape>;
  private readonly limits: TrailedMap<Limits>;
  /** Runs that are known as soon as something else is. */
  private readonly awaited = new Map<number, () => Shape | undefined>();

  constructor(trail: Trail = new Trail(), facts: Facts = new Facts(trail)) {
    this.trail = trail;
    this.facts = facts;
    this.bound = new TrailedMap(
      trail,
      () => {},
      (a, b) => (sameShape(a, b) ? a : undefined),
    );
    this.limits = new TrailedMap(
      trail,
      () => {},
      (a, b) => ({ least: Math.min(a.least, b.least), greatest: Math.max(a.greatest, b.greatest) }),
    );
  }

  /** The shape by all that is known: runs that have become known sizes, sizes simplified. */
  resolve(shape: Shape): Shape {
    let { head, run, tail } = shape;
    while (run !== undefined) {
      const inner: Shape | undefined = this.bound.get(String(run.id)) ?? this.settled(run) ?? this.awaited.get(run.id)?.();
      if (inner === undefined) break;
      if (inner.run === undefined) {
        head = [...head, ...inner.head, ...tail];
        tail = [];
      } else {
        head = [...head, ...inner.head];
        tail = [...inner.tail, ...tail];
      }
      run = inner.run;
    }
    if (run !== undefined) run = { ...run, ...this.limitsOf(run) };
    const simplify = (d: Dim): Dim => this.facts.simplify(d);
    const same = head === shape.head && tail === shape.tail && run === undefined && shape.run === undefined;
    const simple = head.map(simplify);
    if (same && simple.every((d, i) => d === head[i])) return shape;
    return { head: simple, run, tail: tail.map(simplify) };
  }

  /** Lets a run be what `shape` gives, from when it gives something. */
  await(run: Run, shape: () => Shape | undefined): void {
    this.awaited.set(run.id, shape);
  }

  /** A run whose number of sizes is known is that many sizes. */
  private settled(run: Run): Shape | undefined {
    const { least, greatest } = this.limitsOf(run);
    if (least !== greatest || least > GREATEST_RANK) return undefined;
    const sizes = shapeOf(this.freshSizes(least, run));
    this.bound.set(String(run.id), sizes);
    return sizes;
  }

  private limitsOf(run: Run): Limits {
    const known = this.limits.get(String(run.id));
    if (known === undefined) return { least: run.least, greatest: run.greatest };
    return { least: Math.max(run.least, known.least), greatest: Math.min(run.greatest, known.greatest) };
  }

  /** Says what a run is. `false`: it cannot be that. */
  bindRun(run: Run, shape: Shape): boolean {
    const now = this.resolve(withRun([], run, []));
    const value = this.resolve(shape);
    if (now.run?.id !== run.id) return this.unify(now, value).decision !== 'no';
    if (value.run?.id === run.id) return value.head.length + value.tail.length === 0;
    const { least, greatest } = this.limitsOf(run);
    const fixed = value.head.length + value.tail.length;
    if (greatestRank(value) < least || leastRank(value) > greatest) return false;
    if (value.run !== undefined && !this.narrow(value.run, least - fixed, greatest - fixed)) return false;
    this.bound.set(String(run.id), value);
    return true;
  }

  private narrow(run: Run, least: number, greatest: number): boolean {
    const old = this.limitsOf(run);
    const next = { least: Math.max(old.least, least), greatest: Math.min(old.greatest, greatest) };
    if (next.least > next.greatest) return false;
    if (next.least !== old.least || next.greatest !== old.greatest) this.limits.set(String(run.id), next);
    return true;
  }

  /** Sizes out of a run. Those of what a program is given came with it; of what it lost sight of itself nothing can be said. */
  private freshSizes(count: number, { name }: Run): Dim[] {
    const measured = name !== undefined && name !== '*';
    return Array.from({ length: count }, () => symbol('?', { least: 0, ...(measured ? { measured } : {}) }));
  }

  /** A size of which nothing is known but that it is one. */
  freshSize(origin?: Origin): Dim {
    return symbol('?', origin === undefined ? { least: 0 } : { least: 0, origin });
  }

  /** Whether the number of sizes lies between two numbers; learns nothing. */
  decideRank(shape: Shape, least: number, greatest: number = least): Decision {
    const now = this.resolve(shape);
    const low = leastRank(now);
    const high = greatestRank(now);
    if (low >= least && high <= greatest) return 'yes';
    return high < least || low > greatest ? 'no' : 'unknown';
  }

  /** The shape has `rank` sizes. */
  requireRank(shape: Shape, rank: number): Required {
    return this.limitRank(shape, rank, rank);
  }

  /** The number of sizes lies between `least` and `greatest`. */
  limitRank(shape: Shape, least: number, greatest: number): Required {
    const now = this.resolve(shape);
    const decision = this.decideRank(now, least, greatest);
    if (decision !== 'unknown' || now.run === undefined) return { decision, shape: now };
    const fixed = now.head.length + now.tail.length;
    if (!this.narrow(now.run, least - fixed, greatest - fixed)) return { decision: 'no', shape: now };
    return { decision, shape: this.resolve(now) };
  }

  /**
   * The size at an index, which may count from the end. `undefined`: there is no such size, or it cannot be told which one it
   * is because too little is known of the rank (see `decideRank`). A run that is surely long enough is split.
   */
  sizeAt(shape: Shape, index: number): Dim | undefined {
    let now = this.resolve(shape);
    if (now.run === undefined) return now.head.at(index);
    const fromEnd = index < 0;
    const side = fromEnd ? now.tail.length : now.head.length;
    const position = fromEnd ? -index - 1 : index;
    if (position >= side) {
      const count = position - side + 1;
      if (now.run.least < count || count > GREATEST_RANK) return undefined;
      this.split(now.run, count, fromEnd);
      now = this.resolve(now);
    }
    return now.run === undefined ? now.head.at(index) : fromEnd ? now.tail.at(index) : now.head[index];
  }

  /** Takes single sizes off a run that has at least that many. */
  private split(run: Run, count: number, fromEnd: boolean): void {
    const rest = run.greatest === count ? undefined : freshRun(run.name, Math.max(0, run.least - count), run.greatest - count);
    const sizes = this.freshSizes(count, run);
    this.bound.set(String(run.id), fromEnd ? withRun([], rest, sizes) : withRun(sizes, rest, []));
  }

  /** Decides a condition and, where it was open, makes it a fact. `no` also where it turns out to contradict what is known. */
  require(cond: Cond): Decision {
    const decision = this.facts.decide(cond);
    if (decision !== 'unknown') return decision;
    return this.facts.require(cond) ? 'unknown' : 'no';
  }

  /** Whether two shapes are equal; learns nothing. */
  decideEqual(a: Shape, b: Shape): Decision {
    const left = this.resolve(a);
    const right = this.resolve(b);
    if (sameShape(left, right)) return 'yes';
    if (greatestRank(left) < leastRank(right) || greatestRank(right) < leastRank(left)) return 'no';
    const pairs = alignedPairs(left, right);
    const cond = and(...pairs.map(({ a: x, b: y }) => eq(x, y)));
    const decision = cond === never ? 'no' : this.facts.decide(cond);
    if (decision === 'no') return 'no';
    const whole = left.run === undefined && right.run === undefined;
    const sameRun = left.run !== undefined && left.run.id === right.run?.id && leftovers(left, right) === undefined;
    return whole || sameRun ? decision : 'unknown';
  }

  /** Makes two shapes equal. `no`: they cannot be, at the axis given or in rank. */
  unify(a: Shape, b: Shape): Unified {
    const left = this.resolve(a);
    const right = this.resolve(b);
    if (greatestRank(left) < leastRank(right) || greatestRank(right) < leastRank(left)) return { decision: 'no' };
    const parted = left.run !== undefined || right.run !== undefined;
    let decision: Decision = parted && !sameShape(left, right) ? 'unknown' : 'yes';
    for (const { a: x, b: y, axis } of alignedPairs(left, right)) {
      const one = this.require(eq(x, y));
      if (one === 'no') return { decision: 'no', axis, a: x, b: y };
      if (one === 'unknown') decision = 'unknown';
    }
    const rest = leftovers(this.resolve(left), this.resolve(right));
    if (rest !== undefined) {
      const [x, y] = rest;
      const bare = (shape: Shape): Run | undefined => (shape.head.length + shape.tail.length === 0 ? shape.run : undefined);
      const one = bare(x);
      const other = bare(y);
      const bound = one !== undefined ? this.bindRun(one, y) : other !== undefined ? this.bindRun(other, x) : true;
      if (!bound) return { decision: 'no' };
    }
    return { decision };
  }

  /** Names of sizes, and ids of runs, that stand for whatever a loop makes of them. */
  private readonly loose = new Set<string | number>();

  /**
   * A shape that stands for `before`, which a loop changes to `after`, in every iteration: what both agree on stays. A size or
   * a run that already stands for any does so still, so that the shape settles.
   */
  widen(before: Shape, after: Shape): Shape {
    const left = this.resolve(before);
    const right = this.resolve(after);
    if (left.run !== undefined && this.loose.has(left.run.id) && this.covers(left, right)) return left;
    const result = this.common(left, right, (d) => this.loose.has(d.key));
    if (result.run !== undefined && result.run.id !== left.run?.id) this.loose.add(result.run.id);
    for (const [i, d] of result.head.entries()) if (d !== left.head[i]) this.loose.add(d.key);
    return result;
  }

  /** Whether every shape that `other` may be is one that `shape`, whose run may be anything, may be. */
  private covers(shape: Shape, other: Shape): boolean {
    if (leastRank(other) < leastRank(shape) || greatestRank(other) > greatestRank(shape)) return false;
    if (other.run !== undefined && (other.head.length < shape.head.length || other.tail.length < shape.tail.length)) return false;
    const ends = other.run === undefined ? other.head : other.tail;
    const equal = (x: Dim, y: Dim | undefined): boolean => this.loose.has(x.key) || (y !== undefined && this.facts.equal(x, y));
    return shape.head.every((d, i) => equal(d, other.head[i])) && shape.tail.every((d, i) => equal(d, ends.at(i - shape.tail.length)));
  }

  /** A shape that stands for both, where which of the two holds is unknown: what they agree on stays. */
  common(a: Shape, b: Shape, stays: (d: Dim) => boolean = () => false): Shape {
    const left = this.resolve(a);
    const right = this.resolve(b);
    if (sameShape(left, right)) return left;
    if (left.run === undefined && right.run === undefined && left.head.length === right.head.length) {
      return shapeOf(left.head.map((d, i) => (stays(d) || this.facts.equal(d, right.head[i] as Dim) ? d : this.freshSize())));
    }
    const equal = (x: Dim | undefined, y: Dim | undefined): boolean => x !== undefined && y !== undefined && this.facts.equal(x, y);
    let start = 0;
    while (equal(left.head[start], right.head[start])) start++;
    const ends = (shape: Shape): readonly Dim[] => (shape.run === undefined ? shape.head.slice(start) : shape.tail);
    let end = 0;
    while (equal(ends(left).at(-1 - end), ends(right).at(-1 - end))) end++;
    const least = Math.min(leastRank(left), leastRank(right)) - start - end;
    const greatest = Math.max(greatestRank(left), greatestRank(right)) - start - end;
    return withRun(left.head.slice(0, start), freshRun(undefined, Math.max(0, least), greatest), end === 0 ? [] : ends(left).slice(-end));
  }
}

interface Pair {
  readonly a: Dim;
  readonly b: Dim;
  readonly axis: number;
}

/** The sizes that surely stand at the same place in two equal shapes. */
function alignedPairs(a: Shape, b: Shape): readonly Pair[] {
  const pairs: Pair[] = [];
  const heads = Math.min(a.head.length, b.head.length);
  for (let axis = 0; axis < heads; axis++) pairs.push({ a: a.head[axis] as Dim, b: b.head[axis] as Dim, axis });
  const ends = (shape: Shape): readonly Dim[] => (shape.run === undefined ? shape.head : shape.tail);
  if (a.run === undefined && b.run === undefined) return pairs;
  const tails = Math.min(ends(a).length, ends(b).length);
  for (let i = 1; i <= tails; i++) pairs.push({ a: ends(a).at(-i) as Dim, b: ends(b).at(-i) as Dim, axis: -i });
  return pairs;
}

/** What is left of two shapes without their aligned sizes; `undefined` where nothing is, or the same run. */
function leftovers(a: Shape, b: Shape): readonly [Shape, Shape] | undefined {
  if (a.run === undefined && b.run === undefined) return undefined;
  const heads = Math.min(a.head.length, b.head.length);
  const cut = (shape: Shape, other: Shape): Shape => {
    const tails = Math.min(
      (shape.run === undefined ? shape.head : shape.tail).length,
      (other.run === undefined ? other.head : other.tail).length,
    );
    if (shape.run === undefined) return shapeOf(shape.head.slice(heads, shape.head.length - tails));
    return withRun(shape.head.slice(heads), shape.run, shape.tail.slice(0, shape.tail.length - tails));
  };
  const x = cut(a, b);
  const y = cut(b, a);
  if (x.run?.id === y.run?.id && x.head.length + x.tail.length + y.head.length + y.tail.length === 0) return undefined;
  return [x, y];
}
