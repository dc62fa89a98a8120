/** While a line cannot be read, the names that it would bind are not reported as undefined; others are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../server/check/check.ts';
import { testParser } from './python-parser.ts';

const python = await testParser();
const codes = (text: string): readonly string[] => check(python.parse('typing.py', text)).diagnostics.map((d) => d.code);

test('a name that the broken line binds', () => {
  assert.deepEqual(codes('import torch\nx = torch.zeros(2, 3\nprint(x.shape)\n'), ['syntax-error']);
  assert.deepEqual(codes('a, total = 1, (2\nprint(total)\n'), ['syntax-error']);
  assert.deepEqual(codes('def build(size:\n    return size\n\n\nbuild(3)\n').includes('undefined-name'), false);
});

test('a name that no line binds', () => {
  assert.deepEqual(
    codes('x = (1\nprint(nowhere)\n').filter((code) => code === 'undefined-name'),
    ['undefined-name'],
  );
  assert.deepEqual(codes('x = 1\nprint(y)\n'), ['undefined-name']);
});
