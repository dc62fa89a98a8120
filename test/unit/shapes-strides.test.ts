/** Strides and windows against direct computation on numbers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eq, ge, gt } from '../../server/dims/cond.ts';
import type { Dim } from '../../server/dims/dim.ts';
import { constant, floorDiv, mul, same, spell, symbol, valueOf } from '../../server/dims/dim.ts';
import { contiguousStrides, decideContiguous, viewStrides } from '../../server/shapes/strides.ts';
import { convolved, fits, pooled, transposed, unfolded } from '../../server/shapes/window.ts';
import { World } from '../../server/shapes/world.ts';

const c = constant;
const numbers = (of: readonly number[]): Dim[] => of.map((n) => c(n));
const values = (of: readonly Dim[]): (number | undefined)[] => of.map(valueOf);

/** Which element of memory each index reads, in order: what a view may not change. */
function addresses(sizes: readonly number[], strides: readonly number[]): number[] {
  let all = [0];
  for (const [i, size] of sizes.entries())
    all = all.flatMap((base) => Array.from({ length: size }, (_, k) => base + k * (strides[i] ?? 0)));
  return all;
}

const strided = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
  order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
  step: fc.constantFrom(1, 1, 2),
  merge: fc.nat({ max: 3 }),
  split: fc.nat({ max: 3 }),
  broadcast: fc.option(fc.nat({ max: 3 }), { nil: undefined, freq: 5 }),
});

function arrange({ sizes, order, step, merge, split, broadcast }: typeof strided extends fc.Arbitrary<infer T> ? T : never) {
  const rank = sizes.length;
  const dense = values(contiguousStrides(numbers(sizes))).map((s) => (s ?? 0) * step);
  const axes = order.filter((axis) => axis < rank);
  const mine = axes.map((axis) => sizes[axis] as number);
  const strides = axes.map((axis) => (axis === broadcast ? 0 : (dense[axis] as number)));
  const wanted = [...mine];
  if (merge + 1 < wanted.length) wanted.splice(merge, 2, (wanted[merge] as number) * (wanted[merge + 1] as number));
  const parted = wanted[split];
  if (parted !== undefined && parted % 2 === 0) wanted.splice(split, 1, 2, parted / 2);
  return { mine, strides, wanted };
}

test('a view has strides exactly where one set of strides reads the same elements', () => {
  fc.assert(
    fc.property(strided, (of) => {
      const { mine, strides, wanted } = arrange(of);
      const result = viewStrides(new World(), numbers(mine), numbers(strides), numbers(wanted));
      assert.notEqual(result, 'unknown');
      const reads = addresses(mine, strides);
      if (typeof result !== 'string') {
        assert.deepEqual(addresses(wanted, values(result) as number[]), reads);
        return;
      }
      const step = (axis: number): number => reads[wanted.slice(axis + 1).reduce((a, b) => a * b, 1)] ?? 0;
      const only = wanted.map((size, axis) => (size === 1 ? 0 : step(axis) - (reads[0] ?? 0)));
      assert.notDeepEqual(addresses(wanted, only), reads, `[${mine}] strides [${strides}] has a view [${wanted}]`);
    }),
    { numRuns: 1000 },
  );
});

test('with symbols a view is decided only as it is for every number', () => {
  fc.assert(
    fc.property(strided, fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), (of, hidden) => {
      const { mine, strides, wanted } = arrange(of);
      const world = new World();
      const symbols = new Map<number, Dim>();
      const hide = (n: number): Dim => {
        if (hidden[n % hidden.length] !== true) return c(n);
        const old = symbols.get(n) ?? symbol(`n${n}`, { least: 0 });
        symbols.set(n, old);
        return old;
      };
      const sizes = mine.map(hide);
      const dense = strides.every((s, i) => s === values(contiguousStrides(numbers(mine)))[i]);
      const known = dense ? contiguousStrides(sizes) : numbers(strides);
      const answer = viewStrides(world, sizes, known, wanted.map(hide));
      const truth = viewStrides(new World(), numbers(mine), numbers(strides), numbers(wanted));
      if (answer === 'unknown') return;
      assert.equal(typeof answer === 'string', typeof truth === 'string', `[${sizes.map(spell)}] to [${wanted}]`);
      if (typeof answer === 'string') return;
      for (const [n, d] of symbols) assert.ok(world.facts.assume(eq(d, c(n))));
      const exact = values(answer.map((d) => world.facts.simplify(d))) as number[];
      assert.deepEqual(addresses(wanted, exact), addresses(mine, strides));
    }),
    { numRuns: 1000 },
  );
});

test('a contiguous tensor of symbolic sizes can be viewed with its heads apart; transposed it cannot', () => {
  const world = new World();
  const [B, T, H, K] = ['B', 'T', 'H', 'K'].map((name) => symbol(name, { least: 2 })) as [Dim, Dim, Dim, Dim];
  const D = mul(H, K);
  const apart = viewStrides(world, [B, T, D], contiguousStrides([B, T, D]), [B, T, H, K]);
  assert.ok(Array.isArray(apart));
  assert.deepEqual(apart.map(spell), ['T*H*K', 'H*K', 'K', '1']);
  const swapped = [apart[0], apart[2], apart[1], apart[3]] as Dim[];
  assert.equal(viewStrides(world, [B, H, T, K], swapped, [B, T, D]), 'incompatible');
  assert.equal(decideContiguous(world, [B, H, T, K], swapped), 'no');
  const maybe = symbol('M', { least: 0 });
  assert.equal(viewStrides(world, [maybe, B], [c(1), maybe], [mul(maybe, B)]), 'unknown');
});

interface Case {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

const windows = fc.record({
  size: fc.integer({ min: 1, max: 20 }),
  kernel: fc.integer({ min: 1, max: 5 }),
  stride: fc.integer({ min: 1, max: 4 }),
  padding: fc.integer({ min: 0, max: 2 }),
  dilation: fc.integer({ min: 1, max: 3 }),
});
const windowOf = (w: Case) => ({ kernel: c(w.kernel), stride: c(w.stride), padding: c(w.padding), dilation: c(w.dilation) });

test('as many windows as can be counted', () => {
  fc.assert(
    fc.property(windows, (w) => {
      const span = w.dilation * (w.kernel - 1) + 1;
      // PyTorch pools with at most half a kernel of padding; convolution has no such limit and is the formula without rounding.
      const padded = 2 * w.padding <= span;
      let count = 0;
      for (let start = -w.padding; start + span <= w.size + w.padding; start += w.stride) count++;
      assert.equal(fits(c(w.size), windowOf(w)).kind, 'const');
      if (count === 0) return assert.deepEqual(fits(c(w.size), windowOf(w)), { kind: 'const', value: false });
      assert.equal(valueOf(convolved(c(w.size), windowOf(w))), count);
      if (!padded) return;
      // Rounded up, a last window may hang over the end, if it begins before the right padding does.
      let rounded = 0;
      for (let start = -w.padding; start < w.size && (rounded === 0 || start - w.stride + span < w.size + w.padding); start += w.stride)
        rounded++;
      assert.equal(valueOf(pooled(c(w.size), windowOf(w), true)), rounded, JSON.stringify(w));
      if (w.padding === 0 && w.dilation === 1) assert.equal(valueOf(unfolded(c(w.size), c(w.kernel), c(w.stride))), count);
    }),
  );
});

test('a transposed convolution undoes a convolution’s size, given the right output padding', () => {
  fc.assert(
    fc.property(windows, (w) => {
      const out = valueOf(convolved(c(w.size), windowOf(w))) ?? 0;
      if (out < 1) return;
      const left = (w.size + 2 * w.padding - w.dilation * (w.kernel - 1) - 1) % w.stride;
      assert.equal(valueOf(transposed(c(out), windowOf(w), c(left))), w.size);
    }),
  );
});

test('windows over symbolic sizes', () => {
  const T = symbol('T', { least: 0 });
  const halving = { kernel: c(2), stride: c(2), padding: c(0), dilation: c(1) };
  assert.equal(spell(convolved(T, halving)), 'T//2');
  assert.ok(same(convolved(convolved(T, halving), halving), floorDiv(T, c(4))));
  const keeping = { kernel: c(3), stride: c(1), padding: c(1), dilation: c(1) };
  assert.ok(same(convolved(T, keeping), T));
  const world = new World();
  assert.ok(world.facts.assume(ge(T, c(1))));
  const up = pooled(T, { ...halving }, true);
  assert.equal(spell(world.facts.simplify(up)), '(T + 1)//2');
  assert.equal(world.facts.decide(gt(up, c(0))), 'yes');
});
