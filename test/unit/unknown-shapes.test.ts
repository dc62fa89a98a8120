/** Every operation and module takes tensors of which nothing is known, in whatever number: a check goes on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../server/check/check.ts';
import { MODULES, OPERATIONS } from '../../server/torch/table.ts';
import { testParser } from './python-parser.ts';

const python = await testParser();

const HEAD = `import torch, einops
import torch.nn as nn
import torch.nn.functional as F
from elsewhere import items
U = SHAPE
L = U.long()
`;

/** Of unknown rank; with a first dimension at least; with a first and a last one. */
const SHAPES = [
  'torch.cat(items(), 0)',
  'torch.cat([x for x in items()], 0)',
  'torch.stack([F.linear(x, torch.ones(3, 4)) for x in items()], 0)',
];

const ARGUMENTS = [
  'U',
  'U, U',
  'U, U, U',
  'U, U, U, U',
  'U, 1',
  'U, 1, L',
  'U, 1, L, U',
  'U, L',
  'U, (1, 2)',
  '[U, U]',
  'L, U',
  'L, L, L, L',
];

/** What makes a tensor in a sample. */
const MADE = /torch\.(?:ones|zeros|rand|randn|tensor|arange|eye|randint|empty|full|linspace)\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/g;

/** The samples with tensors of unknown shape, of floats and of integers. */
function unknown(samples: readonly string[]): readonly string[] {
  return samples.flatMap((sample) => ['U', 'L'].map((name) => sample.replace(MADE, name)));
}

function calls(name: string): readonly string[] {
  if (!name.startsWith('Tensor.')) return ARGUMENTS.map((given) => `${name}(${given})`);
  return ARGUMENTS.flatMap((given) => (given.startsWith('U') ? [`U${name.slice('Tensor'.length)}(${given.slice(3)})`] : []));
}

/** The mistakes of our own that a check of the expressions makes, each in a function of its own. */
function mistakes(expressions: readonly string[]): readonly string[] {
  return SHAPES.flatMap((shape) => mistakesWith(HEAD.replace('SHAPE', shape), expressions));
}

function mistakesWith(head: string, expressions: readonly string[]): readonly string[] {
  const text = head + expressions.map((expression, i) => `def f${i}():\n    return ${expression}\n`).join('');
  const found = check(python.parse('unknown.py', text), {}).diagnostics.filter((d) => d.code === 'internal-error');
  return found.map((d) => `${d.message}: ${expressions[0]}`);
}

test('operations', () => {
  assert.ok(OPERATIONS.length > 500);
  assert.deepEqual(
    OPERATIONS.flatMap((op) => mistakes([...op.names.flatMap(calls), ...unknown(op.samples)])),
    [],
  );
});

test('modules', () => {
  assert.ok(MODULES.length > 100);
  assert.deepEqual(
    MODULES.flatMap((m) => mistakes(unknown(m.samples))),
    [],
  );
});
