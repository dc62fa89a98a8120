/** Worlds: what is learned of runs and sizes, taken back with its branch, and the shapes of whole models in symbols. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { divides, eq, flag, ge, isFlag, ne } from '../../server/dims/cond.ts';
import type { Dim } from '../../server/dims/dim.ts';
import { choose, constant, floorDiv, min, mul, symbol, valueOf } from '../../server/dims/dim.ts';
import { transpose, unsqueeze } from '../../server/shapes/axes.ts';
import { broadcast } from '../../server/shapes/broadcast.ts';
import { flatten, reshape } from '../../server/shapes/reshape.ts';
import type { Shape } from '../../server/shapes/shape.ts';
import { rankOf, sameShape, shapeOf, shapeOfNumbers, spellShape, unknownShape, withRun } from '../../server/shapes/shape.ts';
import { convolved } from '../../server/shapes/window.ts';
import { World } from '../../server/shapes/world.ts';
import { plans, Truth } from './shapes-random.ts';

const c = constant;
const size = (name: string): Dim => symbol(name, { least: 0 });

function shapeIn(result: { readonly shape: Shape } | { readonly refusal: unknown } | { readonly conflict: unknown }): Shape {
  assert.ok('shape' in result, JSON.stringify(result));
  return result.shape;
}

test('unpacking a shape names its sizes', () => {
  const world = new World();
  const x = unknownShape('x');
  assert.equal(world.requireRank(x, 3).decision, 'unknown');
  const names = ['B', 'T', 'C'].map(size);
  for (const [i, name] of names.entries()) assert.ok(world.facts.assume(eq(world.sizeAt(x, i) as Dim, name)));
  assert.equal(spellShape(world.resolve(x)), '[B, T, C]');
  assert.equal(world.requireRank(x, 4).decision, 'no');
});

test('the last size of a run needs a run that is long enough', () => {
  const world = new World();
  const x = unknownShape();
  assert.equal(world.sizeAt(x, -1), undefined);
  assert.equal(world.limitRank(x, 1, Infinity).decision, 'unknown');
  const last = world.sizeAt(x, -1) as Dim;
  assert.ok(world.facts.assume(eq(last, c(5))));
  assert.equal(spellShape(world.resolve(x)), '[*, 5]');
  assert.equal(valueOf(world.sizeAt(x, -1) as Dim), 5);
  assert.equal(world.sizeAt(x, 1), undefined);
});

test('unifying shapes binds runs and finds the axis that differs', () => {
  const world = new World();
  const [B, H] = [size('B'), size('H')];
  const x = withRun([B], unknownShape().run, [H]);
  assert.equal(world.unify(x, shapeOfNumbers([2, 3, 4, 5])).decision, 'unknown');
  assert.equal(spellShape(world.resolve(x)), '[2, 3, 4, 5]');
  const differs = world.unify(x, shapeOf([B, c(3), c(9), H]));
  assert.equal(differs.decision, 'no');
  assert.equal(differs.axis, 2);
  assert.deepEqual(world.unify(x, shapeOf([B])), { decision: 'no' });
  const [y, z] = [unknownShape(), unknownShape()];
  assert.equal(world.unify(y, z).decision, 'unknown');
  assert.ok(sameShape(world.resolve(y), world.resolve(z)));
  assert.equal(world.decideEqual(y, z), 'yes');
  assert.equal(world.bindRun(y.run as NonNullable<Shape['run']>, withRun([B], z.run, [])), false, 'a run cannot be longer than itself');
});

test('what was learned of runs is taken back and joined with its branch', () => {
  const world = new World();
  const x = unknownShape();
  const first = world.trail.mark();
  world.requireRank(x, 2);
  const yes = world.trail.undo(first);
  assert.equal(rankOf(world.resolve(x)), undefined);
  const second = world.trail.mark();
  world.requireRank(x, 3);
  const no = world.trail.undo(second);
  world.trail.join(isFlag(flag('p')), yes, no);
  assert.equal(world.decideRank(x, 2, 3), 'yes');
  assert.equal(world.decideRank(x, 2), 'unknown');
});

test('what two shapes have in common stands for both', () => {
  const world = new World();
  const B = size('B');
  assert.equal(spellShape(world.common(shapeOf([B, c(3)]), shapeOf([B, c(4)]))), '[B, ?]');
  assert.equal(spellShape(world.common(shapeOf([B, c(3), c(7)]), shapeOf([B, c(7)]))), '[B, *, 7]');
  fc.assert(
    fc.property(plans(), plans(), fc.boolean(), (left, right, first) => {
      const truth = new Truth();
      const [a, b] = [truth.shapeOf(left), truth.shapeOf(right)];
      truth.agrees(truth.world.common(a, b), (first ? left : right).sizes, `${spellShape(a)} or ${spellShape(b)}`);
    }),
    { numRuns: 500 },
  );
});

test('attention: heads apart, transposed, and together again', () => {
  const world = new World();
  const [B, T, C] = [size('B'), size('T'), size('C')];
  const heads = symbol('n_head');
  assert.ok(world.facts.assume(ge(heads, c(1))));
  const head = floorDiv(C, heads);
  const apart = shapeIn(reshape(world, shapeOf([B, T, C]), [B, T, heads, head]));
  const q = shapeIn(transpose(world, apart, 1, 2));
  assert.equal(spellShape(q), '[B, n_head, T, C//n_head]');
  const back = shapeIn(transpose(world, q, 1, 2));
  assert.equal(spellShape(shapeIn(reshape(world, back, [B, T, C]))), '[B, T, C]');
  assert.equal(spellShape(shapeIn(flatten(world, back, 2, -1))), '[B, T, n_head*(C//n_head)]');
  assert.ok(world.facts.assume(divides(heads, C)));
  assert.equal(spellShape(shapeIn(flatten(world, back, 2, -1))), '[B, T, C]');
  const mask = shapeIn(unsqueeze(world, shapeOf([T, T]), 0));
  assert.equal(spellShape(shapeIn(broadcast(world, shapeOf([B, heads, T, T]), mask))), '[B, n_head, T, T]');
});

test('a convolution stack and its flattened head', () => {
  const world = new World();
  const N = size('N');
  const half = { kernel: c(2), stride: c(2), padding: c(0), dilation: c(1) };
  const after = convolved(convolved(c(28), half), half);
  const flat = shapeIn(flatten(world, shapeOf([N, c(64), after, after]), 1, -1));
  assert.equal(spellShape(flat), '[N, 3136]');
  const open = shapeIn(reshape(world, shapeOf([N, c(64), after, after]), [c(-1), c(3136)]));
  assert.equal(spellShape(open), '[N, 3136]');
  const wrong = reshape(world, shapeOf([c(2), c(64), after, after]), [c(-1), c(1000)]);
  assert.ok('refusal' in wrong && wrong.refusal.kind === 'numel' && wrong.refusal.inferred);
});

test('a reshape that only an empty batch survives says so', () => {
  const world = new World();
  const N = size('N');
  const doubtful = reshape(world, shapeOf([N, c(12)]), [N, c(4), c(4)]);
  assert.ok('shape' in doubtful && doubtful.unlessEmpty?.kind === 'numel');
  const other = new World();
  assert.ok(other.facts.assume(ne(N, c(0))));
  assert.ok('refusal' in reshape(other, shapeOf([N, c(12)]), [N, c(4), c(4)]));
});

test('the output of a recurrent layer in both directions', () => {
  const world = new World();
  const [T, N, H] = [size('T'), size('N'), symbol('hidden_size', { least: 1 })];
  const both = isFlag(flag('bidirectional'));
  const out = shapeOf([T, N, mul(choose(both, c(2), c(1)), H)]);
  assert.equal(spellShape(out), '[T, N, hidden_size*(2 if bidirectional else 1)]');
  assert.equal(world.unify(out, shapeOf([T, N, mul(c(2), H)])).decision, 'unknown');
  assert.equal(spellShape(world.resolve(out)), '[T, N, 2*hidden_size]');
});

test('a size against 1 broadcasts, whatever it is', () => {
  const world = new World();
  const [N, M] = [size('N'), size('M')];
  assert.equal(spellShape(shapeIn(broadcast(world, shapeOf([N, c(1)]), shapeOf([M])))), '[N, M]');
  assert.equal(spellShape(shapeIn(broadcast(world, shapeOf([N]), shapeOf([c(5)])))), '[5]');
  assert.equal(spellShape(shapeIn(broadcast(world, shapeOf([N]), shapeOf([M])))), '[(M if N == 1 else N)]');
  const first = min(N, c(512));
  assert.equal(spellShape(shapeIn(broadcast(world, shapeOf([N]), shapeOf([first])))), '[N]');
  assert.equal(spellShape(shapeIn(broadcast(world, shapeOf([first]), shapeOf([N])))), '[N]');
  const x = unknownShape();
  assert.equal(spellShape(shapeIn(broadcast(world, x, shapeOf([c(5)])))), '[*, 5]');
  assert.equal(spellShape(shapeIn(broadcast(world, x, x))), '[*]');
  assert.ok('conflict' in broadcast(world, withRun([], x.run, [c(3)]), shapeOf([c(2), c(4)])));
});
