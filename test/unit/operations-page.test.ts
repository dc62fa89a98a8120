/** The page of supported operations says what the table says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { operationsPage } from '../../scripts/operations-page.ts';
import { OPERATIONS } from '../../server/torch/table.ts';
import { testParser } from './python-parser.ts';

test('docs/operations.md is what npm run docs writes', async () => {
  const page = await operationsPage(await testParser());
  assert.ok(page.split('\n').length > OPERATIONS.length);
  assert.ok(page === readFileSync('docs/operations.md', 'utf8'), 'stale: npm run docs writes it');
});
