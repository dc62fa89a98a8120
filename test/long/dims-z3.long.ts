/** The long run of `dims-z3.test.ts`: `SHAPELINT_LONG` is the number of queries, `SHAPELINT_SEED` where the random cases start. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tally } from '../unit/dims-solver.ts';
import { solverStretch } from '../unit/solver-stretch.ts';

const queries = Number(process.env['SHAPELINT_LONG'] ?? 20_000);
const first = Number(process.env['SHAPELINT_SEED'] ?? 1);
const STRETCH = 200;
/** Milliseconds a stretch may take: now and then the solver does not come back, whatever its own limit. */
const LIMIT = 240_000;

test(`${queries} decisions, refusals and simplifications stand up to Z3`, (t) => {
  const total: Tally = { answered: 0, open: 0, yes: 0, no: 0, unknown: 0, refused: 0, simplified: 0 };
  let lost = 0;
  for (let seed = first; total.answered < queries; seed++) {
    const result = solverStretch(STRETCH, seed, LIMIT);
    if (result === undefined) {
      // The solver ran out of memory or time: that stretch says nothing, but it must stay an exception.
      lost++;
      assert.ok(lost <= 5 + total.answered / STRETCH / 4, `${lost} stretches were lost`);
      continue;
    }
    assert.equal(result.wrong, undefined, `seed ${seed}: ${result.wrong}`);
    for (const key of Object.keys(total) as (keyof Tally)[]) total[key] += result[key];
  }
  t.diagnostic(`${JSON.stringify(total)}, ${lost} stretches lost`);
});
