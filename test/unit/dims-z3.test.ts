/** Decisions over all integers, checked by a solver; `test/long` asks many more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tally } from './dims-solver.ts';
import { solverStretch } from './solver-stretch.ts';

const STRETCHES = 5;
const QUERIES = 60;
/** Milliseconds; a stretch takes a few seconds on a quiet machine. */
const LIMIT = 30_000;

test('no decision, refusal or simplification is refuted by Z3', (t) => {
  const total: Tally = { answered: 0, open: 0, yes: 0, no: 0, unknown: 0, refused: 0, simplified: 0 };
  let lost = 0;
  for (let seed = 20_251_122; seed < 20_251_122 + STRETCHES && total.answered < 3 * QUERIES; seed++) {
    const result = solverStretch(QUERIES, seed, LIMIT);
    if (result === undefined) {
      lost++;
      continue;
    }
    assert.equal(result.wrong, undefined, `seed ${seed}: ${result.wrong}`);
    for (const key of Object.keys(total) as (keyof Tally)[]) total[key] += result[key];
  }
  t.diagnostic(`${JSON.stringify(total)}, ${lost} stretches lost`);
  assert.ok(total.answered >= 2 * QUERIES, `${total.answered} answers`);
  assert.ok(total.yes > 10 && total.no > 10 && total.simplified > 10, JSON.stringify(total));
});
