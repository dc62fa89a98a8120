/** The table of declared shapes and einops names cases that are there, and each case of their folders stands in it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const fixtures = path.resolve(import.meta.dirname, '../../fixtures');

test('every row has its fixture, every fixture its row', () => {
  const table = readFileSync(path.join(fixtures, 'annotations/README.md'), 'utf8');
  const named = new Set([...table.matchAll(/`(\w+\.py:case_\w+)`/g)].map((match) => match[1] as string));
  const there = ['annotations', 'einops']
    .flatMap((folder) => readdirSync(path.join(fixtures, folder)).map((name) => ({ name, file: path.join(fixtures, folder, name) })))
    .filter(({ name }) => name.endsWith('.py'))
    .flatMap(({ name, file }) => {
      const text = readFileSync(file, 'utf8');
      return [...text.matchAll(/^def (case_\w+)\(/gm)].map((match) => `${name}:${match[1]}`);
    });
  assert.ok(there.length > 90, `${there.length} cases`);
  assert.deepEqual(
    there.filter((name) => !named.has(name)),
    [],
  );
  assert.deepEqual(
    [...named].filter((name) => !there.includes(name)),
    [],
  );
});
