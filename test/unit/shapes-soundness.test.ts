/**
 * Symbolic shapes against concrete ones: whatever an operation gives for sizes that are partly unknown must be able to be what
 * PyTorch gives for the numbers, and it may refuse only what PyTorch refuses.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { constant } from '../../server/dims/dim.ts';
import { permute, squeeze, transpose, unsqueeze } from '../../server/shapes/axes.ts';
import { broadcast, broadcastInto } from '../../server/shapes/broadcast.ts';
import { expand, flatten, repeat, reshape, unflatten } from '../../server/shapes/reshape.ts';
import type { Shape } from '../../server/shapes/shape.ts';
import { spellShape } from '../../server/shapes/shape.ts';
import type { Plan } from './shapes-random.ts';
import { plans, Truth } from './shapes-random.ts';

const runs = Number(process.env.SHAPELINT_RUNS ?? 1000);

type Outcome = { readonly shape: Shape } | { readonly refusal: unknown } | { readonly conflict?: unknown };

/** Compares; `undefined` as the concrete result means that PyTorch raises. */
function compare(truth: Truth, outcome: Outcome, concrete: readonly number[] | undefined, what: string): void {
  if ('shape' in outcome) {
    if (concrete !== undefined) truth.agrees(outcome.shape, concrete, what);
  } else assert.equal(concrete, undefined, `${what} was refused, but PyTorch gives [${concrete}]`);
}

const describe = (plan: Plan, shape: Shape): string => `${spellShape(shape)} (really [${plan.sizes}])`;
const axisIn = (rank: number, axis: number): number | undefined => {
  const room = Math.max(1, rank);
  return axis < -room || axis >= room ? undefined : axis < 0 ? axis + room : axis;
};

function broadcastNumbers(a: readonly number[], b: readonly number[]): number[] | undefined {
  const result: number[] = [];
  for (let i = 1; i <= Math.max(a.length, b.length); i++) {
    const x = a.at(-i) ?? 1;
    const y = b.at(-i) ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    result.unshift(x === 1 ? y : x);
  }
  return result;
}

test('broadcasting', () => {
  fc.assert(
    fc.property(plans(), plans(), (left, right) => {
      const truth = new Truth();
      const [a, b] = [truth.shapeOf(left), truth.shapeOf(right)];
      const what = `${describe(left, a)} + ${describe(right, b)}`;
      compare(truth, broadcast(truth.world, a, b), broadcastNumbers(left.sizes, right.sizes), what);
    }),
    { numRuns: runs * 2 },
  );
});

test('broadcasting with the same run on both sides', () => {
  fc.assert(
    fc.property(plans(), plans(2), (left, right) => {
      const truth = new Truth();
      const a = truth.shapeOf(left);
      const tail = truth.shapeOf({ ...right, run: undefined });
      const b: Shape = a.run === undefined ? tail : { head: a.head, run: a.run, tail: tail.head };
      const middle = left.run === undefined ? [] : left.sizes.slice(0, left.run.to);
      const concrete = a.run === undefined ? right.sizes : [...middle, ...right.sizes];
      compare(truth, broadcast(truth.world, a, b), broadcastNumbers(left.sizes, concrete), `${describe(left, a)} + ${spellShape(b)}`);
    }),
    { numRuns: runs },
  );
});

test('broadcasting into a fixed shape', () => {
  fc.assert(
    fc.property(plans(), plans(), (left, right) => {
      const truth = new Truth();
      const [a, b] = [truth.shapeOf(left), truth.shapeOf(right)];
      const outcome = broadcastInto(truth.world, a, b);
      const result = broadcastNumbers(left.sizes, right.sizes);
      const concrete = result !== undefined && String(result) === String(right.sizes) ? result : undefined;
      compare(truth, 'ok' in outcome ? { shape: b } : outcome, concrete, `${describe(left, a)} into ${describe(right, b)}`);
    }),
    { numRuns: runs },
  );
});

const axes = fc.integer({ min: -5, max: 4 });

test('unsqueeze', () => {
  fc.assert(
    fc.property(plans(), axes, (plan, axis) => {
      const truth = new Truth();
      const shape = truth.shapeOf(plan);
      const at = axisIn(plan.sizes.length + 1, axis);
      const concrete = at === undefined ? undefined : [...plan.sizes.slice(0, at), 1, ...plan.sizes.slice(at)];
      compare(truth, unsqueeze(truth.world, shape, axis), concrete, `${describe(plan, shape)}.unsqueeze(${axis})`);
    }),
    { numRuns: runs },
  );
});

test('squeeze', () => {
  fc.assert(
    fc.property(plans(), fc.option(fc.uniqueArray(axes, { minLength: 1, maxLength: 2 }), { nil: undefined }), (plan, given) => {
      const truth = new Truth();
      const shape = truth.shapeOf(plan);
      const at = given?.map((axis) => axisIn(plan.sizes.length, axis));
      if (at !== undefined && new Set(at).size < at.length) return;
      const concrete = at?.includes(undefined)
        ? undefined
        : plan.sizes.filter((size, i) => size !== 1 || (at !== undefined && !at.includes(i)));
      compare(truth, squeeze(truth.world, shape, given), concrete, `${describe(plan, shape)}.squeeze(${given ?? ''})`);
    }),
    { numRuns: runs },
  );
});

test('transpose and permute', () => {
  fc.assert(
    fc.property(plans(), axes, axes, fc.shuffledSubarray([0, 1, 2, 3], { minLength: 0 }), (plan, a, b, order) => {
      const truth = new Truth();
      const shape = truth.shapeOf(plan);
      const rank = plan.sizes.length;
      const [i, j] = [axisIn(rank, a), axisIn(rank, b)];
      const at = (k: number): number => (k === i ? (j as number) : k === j ? (i as number) : k);
      const swapped = i === undefined || j === undefined ? undefined : plan.sizes.map((_, k) => plan.sizes[at(k)] as number);
      compare(truth, transpose(truth.world, shape, a, b), swapped, `${describe(plan, shape)}.transpose(${a}, ${b})`);
      const other = new Truth();
      const again = other.shapeOf(plan);
      const whole = order.length === rank && order.every((axis) => axis < rank);
      const permuted = whole ? order.map((axis) => plan.sizes[axis] as number) : undefined;
      compare(other, permute(other.world, again, order), permuted, `${describe(plan, again)}.permute(${order})`);
    }),
    { numRuns: runs },
  );
});

test('flatten', () => {
  fc.assert(
    fc.property(plans(), axes, axes, (plan, start, end) => {
      const truth = new Truth();
      const shape = truth.shapeOf(plan);
      const [from, to] = [axisIn(plan.sizes.length, start), axisIn(plan.sizes.length, end)];
      const fits = from !== undefined && to !== undefined && from <= to;
      const inner = fits ? plan.sizes.slice(from, to + 1).reduce((a, b) => a * b, 1) : 0;
      const concrete = fits ? [...plan.sizes.slice(0, from), inner, ...plan.sizes.slice(to + 1)] : undefined;
      compare(truth, flatten(truth.world, shape, start, end), concrete, `${describe(plan, shape)}.flatten(${start}, ${end})`);
    }),
    { numRuns: runs },
  );
});

function reshapeNumbers(total: number, sizes: readonly number[]): number[] | undefined {
  if (sizes.filter((size) => size === -1).length > 1) return undefined;
  const filled = sizes.reduce((a, b) => (b === -1 ? a : a * b), 1);
  if (!sizes.includes(-1)) return filled === total ? [...sizes] : undefined;
  return filled === 0 || total % filled !== 0 ? undefined : sizes.map((size) => (size === -1 ? total / filled : size));
}

/** Sizes that often fit: a rearrangement of the factors, some of them merged, perhaps one of them -1. */
const targets = fc.record({
  merge: fc.nat({ max: 3 }),
  open: fc.option(fc.nat({ max: 4 }), { nil: undefined }),
  wrong: fc.option(fc.record({ at: fc.nat({ max: 4 }), size: fc.constantFrom(0, 1, 2, 3, 5) }), { nil: undefined, freq: 2 }),
  named: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
});

test('reshape and unflatten', () => {
  fc.assert(
    fc.property(plans(), targets, axes, (plan, { merge, open, wrong, named }, axis) => {
      const wanted = [...plan.sizes];
      if (wanted.length > merge + 1) wanted.splice(merge, 2, (wanted[merge] as number) * (wanted[merge + 1] as number));
      if (wrong !== undefined && wrong.at < wanted.length) wanted[wrong.at] = wrong.size;
      if (open !== undefined && open < wanted.length) wanted[open] = -1;
      const truth = new Truth();
      const shape = truth.shapeOf(plan);
      const sizes = wanted.map((size, i) => (size === -1 || named[i] !== true ? constant(size) : truth.sizeOf(size)));
      const total = plan.sizes.reduce((a, b) => a * b, 1);
      const what = `${describe(plan, shape)}.reshape(${wanted})`;
      compare(truth, reshape(truth.world, shape, sizes), reshapeNumbers(total, wanted), what);
      const other = new Truth();
      const again = other.shapeOf(plan);
      const at = plan.sizes.length === 0 ? undefined : axisIn(plan.sizes.length, axis);
      if (at === undefined || wanted.length === 0) return;
      const inner = reshapeNumbers(plan.sizes[at] as number, wanted);
      const concrete = inner === undefined ? undefined : [...plan.sizes.slice(0, at), ...inner, ...plan.sizes.slice(at + 1)];
      const outcome = unflatten(
        other.world,
        again,
        axis,
        wanted.map((size) => constant(size)),
      );
      compare(other, outcome, concrete, `${describe(plan, again)}.unflatten(${axis}, ${wanted})`);
    }),
    { numRuns: runs * 2 },
  );
});

test('expand and repeat', () => {
  const sizes = fc.array(fc.constantFrom(-1, 0, 1, 2, 3), { maxLength: 5 });
  fc.assert(
    fc.property(plans(3), sizes, fc.boolean(), (plan, given, named) => {
      const rank = plan.sizes.length;
      const lead = given.length - rank;
      const grow = (size: number, i: number): number | undefined => {
        const from = plan.sizes[i - lead];
        if (i < lead || from === undefined) return size === -1 ? undefined : size;
        return size === -1 || size === from ? from : from === 1 ? size : undefined;
      };
      const expanded = lead < 0 ? [undefined] : given.map(grow);
      const truth = new Truth();
      const shape = truth.shapeOf(plan);
      const wanted = given.map((size) => (named && size >= 0 ? truth.sizeOf(size) : constant(size)));
      const result = expanded.includes(undefined) ? undefined : (expanded as number[]);
      compare(truth, expand(truth.world, shape, wanted), result, `${describe(plan, shape)}.expand(${given})`);
      const counts = given.map((size) => Math.abs(size));
      const other = new Truth();
      const again = other.shapeOf(plan);
      const repeated = lead < 0 ? undefined : counts.map((count, i) => count * (plan.sizes[i - lead] ?? 1));
      const outcome = repeat(
        other.world,
        again,
        counts.map((count) => constant(count)),
      );
      compare(other, outcome, repeated, `${describe(plan, again)}.repeat(${counts})`);
    }),
    { numRuns: runs },
  );
});
