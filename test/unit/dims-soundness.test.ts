/**
 * Symbolic integers against brute force: every normal form, decision, bound and simplification is compared with plain
 * integers over all assignments of a small box.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Dim } from '../../server/dims/dim.ts';
import { add, constant, evaluate, evaluateCond, floorDiv, max, min, mod, mul, neg, same, sub } from '../../server/dims/dim.ts';
import { Facts } from '../../server/dims/facts.ts';
import { spell, spellCond } from '../../server/dims/spell.ts';
import { Trail } from '../../server/dims/trail.ts';
import type { CondTree, Model, Tree } from './dims-random.ts';
import { build, buildCond, condTrees, holdsIn, lookups, models, setting, trees, valueIn } from './dims-random.ts';

const runs = Number(process.env.SHAPELINT_RUNS ?? 400);

test('a normal form has the value of the expression it was built from', () => {
  fc.assert(
    fc.property(trees, fc.boolean(), (tree, bounded) => {
      const s = setting(bounded);
      const d = build(tree, s);
      for (const m of models) {
        const expected = valueIn(tree, m);
        if (expected === undefined) continue;
        const { symbol, flag } = lookups(s, m);
        assert.equal(evaluate(d, symbol, flag), expected, `${spell(d)} at ${m.values.join(',')}`);
        const { least, greatest } = d.range;
        if (bounded) assert.ok(least <= expected && expected <= greatest, `${spell(d)} has range ${least}..${greatest}`);
      }
    }),
    { numRuns: runs },
  );
});

test('a condition has the truth of the comparison it was built from', () => {
  fc.assert(
    fc.property(condTrees, fc.boolean(), (tree, bounded) => {
      const s = setting(bounded);
      const cond = buildCond(tree, s);
      for (const m of models) {
        const expected = holdsIn(tree, m);
        if (expected === undefined) continue;
        const { symbol, flag } = lookups(s, m);
        assert.equal(evaluateCond(cond, symbol, flag), expected, spellCond(cond));
      }
    }),
    { numRuns: runs },
  );
});

test('what is equal by the laws of arithmetic has one normal form', () => {
  fc.assert(
    fc.property(trees, trees, trees, fc.integer({ min: 1, max: 6 }), (first, second, third, n) => {
      const s = setting(true);
      const [a, b] = [build(first, s), build(second, s)];
      // A product of several quotients reads differently by which of them meets its divisor first; nor are quotients of
      // quotients undone. So these laws are claimed of polynomials, minima, maxima and choices.
      const plain = (d: Dim): Dim => (/[/%]/.test(d.key) ? mul(s.symbols[0] as Dim, s.symbols[2] as Dim) : d);
      const [p, q, r] = [plain(a), plain(b), plain(build(third, s))];
      const k = constant(n);
      const laws = [
        [add(a, b), add(b, a)],
        [mul(a, b), mul(b, a)],
        [add(sub(a, b), b), a],
        [min(a, b), min(b, a)],
        [max(add(a, k), add(b, k)), add(max(a, b), k)],
        [mul(add(p, q), r), add(mul(p, r), mul(q, r))],
        [mul(mul(p, q), r), mul(p, mul(q, r))],
        [floorDiv(add(mul(p, k), b), k), add(p, floorDiv(b, k))],
        [mod(add(mul(p, k), b), k), mod(b, k)],
        [add(mul(k, floorDiv(p, k)), mod(p, k)), p],
        [floorDiv(mul(p, k), constant(-n)), neg(p)],
      ] as const;
      for (const [i, [left, right]] of laws.entries()) assert.ok(same(left, right), `law ${i}: ${spell(left)} and ${spell(right)}`);
    }),
    { numRuns: runs },
  );
});

function check(
  facts: Facts,
  s: ReturnType<typeof setting>,
  possible: readonly Model[],
  asked: readonly CondTree[],
  sizes: readonly Tree[],
): void {
  for (const tree of asked) {
    const cond = buildCond(tree, s);
    const answer = facts.decide(cond);
    if (answer === 'unknown') continue;
    for (const m of possible) {
      const truth = holdsIn(tree, m);
      if (truth !== undefined)
        assert.equal(truth, answer === 'yes', `${spellCond(cond)} was decided ${answer}, wrong at ${m.values.join(',')}`);
    }
  }
  for (const tree of sizes) {
    const d = build(tree, s);
    const simple = facts.simplify(d);
    const { least, greatest } = facts.bounds(d);
    for (const m of possible) {
      const value = valueIn(tree, m);
      if (value === undefined) continue;
      const { symbol, flag } = lookups(s, m);
      assert.equal(evaluate(simple, symbol, flag), value, `${spell(d)} simplified to ${spell(simple)} at ${m.values.join(',')}`);
      assert.ok(least <= value && value <= greatest, `${spell(d)} bounded by ${least}..${greatest} at ${m.values.join(',')}`);
    }
  }
}

const where = (assumed: readonly CondTree[]): Model[] => models.filter((m) => assumed.every((tree) => holdsIn(tree, m) === true));

test('decisions, bounds and simplifications hold in every model of what was assumed', () => {
  fc.assert(
    fc.property(
      fc.array(condTrees, { minLength: 1, maxLength: 4 }),
      fc.array(condTrees, { minLength: 1, maxLength: 3 }),
      fc.array(trees, { minLength: 1, maxLength: 2 }),
      fc.boolean(),
      fc.boolean(),
      (assumed, asked, sizes, bounded, unnamed) => {
        const s = setting(bounded, unnamed);
        const facts = new Facts(new Trail());
        for (const [i, tree] of assumed.entries()) {
          const reachable = facts.assume(buildCond(tree, s));
          const possible = where(assumed.slice(0, i + 1));
          if (!reachable) {
            assert.equal(possible.length, 0, `assuming ${spellCond(buildCond(tree, s))} was refused`);
            return;
          }
          check(facts, s, possible, asked, sizes);
        }
      },
    ),
    { numRuns: runs },
  );
});

test('what is known after a branch holds in the models of both arms', () => {
  const facts3 = fc.array(condTrees, { maxLength: 3 });
  fc.assert(
    fc.property(
      facts3,
      condTrees,
      facts3,
      facts3,
      facts3,
      fc.array(condTrees, { maxLength: 2 }),
      trees,
      (before, on, left, right, after, asked, size) => {
        const s = setting(true);
        const trail = new Trail();
        const facts = new Facts(trail);
        const learn = (of: readonly CondTree[]): boolean => of.every((tree) => facts.assume(buildCond(tree, s)));
        if (!learn(before)) return;
        const cond = buildCond(on, s);
        const first = trail.mark();
        const yesReached = facts.assume(cond) && learn(left);
        const yes = trail.undo(first);
        check(facts, s, where(before), asked, [size]);
        const second = trail.mark();
        const noReached = facts.assume({ kind: 'not', of: cond }) && learn(right);
        const no = trail.undo(second);
        if (yesReached && noReached) trail.join(cond, yes, no);
        else if (yesReached || noReached) trail.redo(yesReached ? yes : no);
        else return;
        const possible = [...where([...before, on, ...left]), ...where([...before, { op: 'not', of: on }, ...right])];
        check(facts, s, possible, asked, [size]);
        const still = (m: Model): boolean => after.every((tree) => holdsIn(tree, m) === true);
        if (learn(after)) check(facts, s, possible.filter(still), asked, [size]);
        else assert.equal(possible.filter(still).length, 0, 'a reachable point was refused');
      },
    ),
    { numRuns: Math.ceil(runs / 2) },
  );
});
