/** The long run of `dims-z3.test.ts`: `SHAPELINT_LONG` is the number of queries, `SHAPELINT_SEED` where the random cases start. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askSolver } from '../unit/dims-solver.ts';

const queries = Number(process.env.SHAPELINT_LONG ?? 20_000);
const seed = Number(process.env.SHAPELINT_SEED ?? 1);

test(`${queries} decisions, refusals and simplifications stand up to Z3`, async (t) => {
  const tally = await askSolver(queries, seed);
  t.diagnostic(JSON.stringify(tally));
  assert.ok(tally.answered >= queries);
});
