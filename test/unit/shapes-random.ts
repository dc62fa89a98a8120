/**
 * Random shapes for the property tests: a concrete list of numbers together with what an analysis knows of it. Some sizes are
 * symbols, some stretch of them may be a run; `agrees` tells whether a result can stand for the concrete one.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { eq } from '../../server/dims/cond.ts';
import type { Dim } from '../../server/dims/dim.ts';
import { constant, symbol } from '../../server/dims/dim.ts';
import type { Run, Shape } from '../../server/shapes/shape.ts';
import { freshRun, shapeOf, shapeOfNumbers, spellShape, withRun } from '../../server/shapes/shape.ts';
import { World } from '../../server/shapes/world.ts';

export interface Plan {
  readonly sizes: readonly number[];
  /** For each size: how it is known. Equal letters are one symbol where the numbers are equal too. */
  readonly known: readonly ('number' | 'a' | 'b' | 'own')[];
  /** A stretch of sizes of which only the number's limits are known. */
  readonly run: { readonly from: number; readonly to: number; readonly slack: number; readonly more: number } | undefined;
}

export const plans = (rank = 4, size: fc.Arbitrary<number> = fc.constantFrom(0, 1, 1, 2, 3, 4, 6)): fc.Arbitrary<Plan> =>
  fc
    .record({
      sizes: fc.array(size, { maxLength: rank }),
      known: fc.array(fc.constantFrom('number' as const, 'number' as const, 'a' as const, 'b' as const, 'own' as const), {
        minLength: rank,
        maxLength: rank,
      }),
      run: fc.option(
        fc.record({
          from: fc.nat({ max: rank }),
          to: fc.nat({ max: rank }),
          slack: fc.nat({ max: 2 }),
          more: fc.constantFrom(0, 2, Infinity),
        }),
        { nil: undefined, freq: 3 },
      ),
    })
    .map(({ sizes, known, run }) => {
      if (run === undefined) return { sizes, known, run };
      const from = Math.min(run.from, run.to, sizes.length);
      return { sizes, known, run: { ...run, from, to: Math.max(from, Math.min(Math.max(run.from, run.to), sizes.length)) } };
    });

/** The symbols and runs that stand for known numbers in one test. */
export class Truth {
  readonly world = new World();
  private readonly symbols: { readonly size: Dim; readonly value: number }[] = [];
  private readonly runs: { readonly run: Run; readonly sizes: readonly number[] }[] = [];
  private readonly shared = new Map<string, Dim>();

  private size(value: number, known: Plan['known'][number]): Dim {
    if (known === 'number') return constant(value);
    const key = `${known}${value}`;
    const old = known === 'own' ? undefined : this.shared.get(key);
    if (old !== undefined) return old;
    const size = symbol(known, { least: 0 });
    this.symbols.push({ size, value });
    this.shared.set(key, size);
    return size;
  }

  /** A size that is known as a symbol of its own. */
  sizeOf(value: number): Dim {
    return this.size(value, 'own');
  }

  shapeOf(plan: Plan): Shape {
    const sizes = plan.sizes.map((value, i) => this.size(value, plan.known[i] ?? 'number'));
    if (plan.run === undefined) return shapeOf(sizes);
    const { from, to, slack, more } = plan.run;
    const count = to - from;
    const run = freshRun(undefined, Math.max(0, count - slack), count + more);
    this.runs.push({ run, sizes: plan.sizes.slice(from, to) });
    return withRun(sizes.slice(0, from), run, sizes.slice(to));
  }

  /** What was learned must allow the truth, and the result must be able to be the concrete one. */
  agrees(result: Shape, concrete: readonly number[], what: string): void {
    const before = spellShape(this.world.resolve(result));
    for (const { size, value } of this.symbols)
      assert.ok(this.world.facts.assume(eq(size, constant(value))), `${what}: a size of ${value} was ruled out`);
    for (const { run, sizes } of this.runs)
      assert.ok(this.world.bindRun(run, shapeOfNumbers(sizes)), `${what}: the run [${sizes}] was ruled out`);
    const { decision } = this.world.unify(result, shapeOfNumbers(concrete));
    assert.notEqual(decision, 'no', `${what}: ${before} cannot be [${concrete}] (it is ${spellShape(this.world.resolve(result))})`);
  }
}
