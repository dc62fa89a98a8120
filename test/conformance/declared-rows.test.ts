/** The table of declared shapes names cases that are there, and each case of its folder stands in it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const folder = path.resolve(import.meta.dirname, '../../fixtures/annotations');

test('every row has its fixture, every fixture its row', () => {
  const table = readFileSync(path.join(folder, 'README.md'), 'utf8');
  const named = new Set([...table.matchAll(/`(\w+\.py:case_\w+)`/g)].map((match) => match[1] as string));
  const there = readdirSync(folder)
    .filter((name) => name.endsWith('.py'))
    .flatMap((name) => {
      const text = readFileSync(path.join(folder, name), 'utf8');
      return [...text.matchAll(/^def (case_\w+)\(/gm)].map((match) => `${name}:${match[1]}`);
    });
  assert.ok(there.length > 40, `${there.length} cases`);
  assert.deepEqual(
    there.filter((name) => !named.has(name)),
    [],
  );
  assert.deepEqual(
    [...named].filter((name) => !there.includes(name)),
    [],
  );
});
