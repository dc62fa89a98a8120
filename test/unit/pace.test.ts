// When an edit is checked: at once after a rest, after a pause while typing is faster than checking.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../server/lsp/pace.ts';

test('the first edit, and each as far from the last as a check takes, waits for nothing', () => {
  const pace = new Pace();
  assert.equal(pace.pause(1000), 0);
  pace.checked(40);
  assert.equal(pace.pause(1040), 0);
  assert.equal(pace.pause(1100), 0);
});

test('faster edits wait as long as a check takes, up to a bound', () => {
  const pace = new Pace();
  pace.pause(1000);
  pace.checked(40);
  assert.equal(pace.pause(1039), 40);
  assert.equal(pace.pause(1050), 40);
  pace.checked(3000);
  assert.equal(pace.pause(2000), 250);
  assert.equal(pace.pause(5000), 0);
});

test('of edits that waited for a check to end only the last is checked', () => {
  const pace = new Pace();
  pace.pause(0);
  pace.checked(200);
  assert.deepEqual([pace.pause(200), pace.pause(200), pace.pause(201)], [0, 200, 200]);
});
