/** Decisions over all integers, checked by a solver; `test/long` asks many more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askSolver } from './dims-solver.ts';

test('no decision, refusal or simplification is refuted by Z3', async (t) => {
  const tally = await askSolver(250, 20_251_122);
  t.diagnostic(JSON.stringify(tally));
  assert.ok(tally.answered >= 250);
  assert.ok(tally.yes > 20 && tally.no > 20 && tally.simplified > 20 && tally.refused > 5, JSON.stringify(tally));
});
