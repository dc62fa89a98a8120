/**
 * NumPy in a check: tensors made of arrays know their shapes, and nothing that is done with arrays is reported.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkedProgram } from './torch-program.ts';

const check = (program: string, unknown: readonly string[] = []) => checkedProgram(`import numpy as np\n${program}`, unknown);

/** Shapes as NumPy 2 and PyTorch 2.13 give them. */
const SHAPES: readonly (readonly [array: string, shape: string])[] = [
  ['np.zeros((3, 4))', '[3, 4]'],
  ['np.stack([np.arange(5), np.ones(5)], axis=1)', '[5, 2]'],
  ['np.stack([r * 2 for r in np.zeros((4, 3))])', '[4, 3]'],
  ['np.concatenate([np.zeros((2, 3)), np.ones((5, 3))])', '[7, 3]'],
  ['np.column_stack([np.zeros(3), np.ones(3)])', '[3, 2]'],
  ['np.array([[1, 2, 3], [4, 5, 6]])', '[2, 3]'],
  ['np.random.default_rng(5).normal(size=96).astype(np.float32)', '[96]'],
  ['np.random.randint(0, 9, size=(2, 3))', '[2, 3]'],
  ['np.random.choice(10, 4)', '[4]'],
  ['np.eye(5)[np.random.randint(0, 5, 7)]', '[7, 5]'],
  ['np.arange(3, 10, 2)', '[4]'],
  ['np.linspace(0, 1, 9)', '[9]'],
  ['np.cos(np.arange(6) * 2 * np.pi) + np.zeros((3, 1))', '[3, 6]'],
  ['np.where(np.zeros((2, 3)) > 0, 1.0, np.zeros(3))', '[2, 3]'],
  ['np.ones((2, 3, 4)).sum(axis=(0, 2))', '[3]'],
  ['np.ones((2, 3)).mean(axis=1, keepdims=True)', '[2, 1]'],
  ['np.arange(12).reshape(3, -1).T', '[4, 3]'],
  ['np.ones((2, 3, 4)).transpose(2, 0, 1)', '[4, 2, 3]'],
  ['np.ones((6, 3))[::2, None, ::-1]', '[3, 1, 3]'],
  ['np.ones((2, 3))[..., -1]', '[2]'],
  ['np.tile(np.ones((2, 3)), (2, 1))', '[4, 3]'],
  ['np.ones((2, 3)) @ np.ones((3, 5))', '[2, 5]'],
];

for (const [array, shape] of SHAPES) {
  test(`from_numpy(${array})`, () => {
    const program = check(`a = ${array}\nt = torch.from_numpy(a)\nu = torch.tensor(a)\nv = torch.FloatTensor(a)\nw = torch.as_tensor(a)`);
    assert.deepEqual(
      [...'tuvw'].map((name) => program.shape(name)),
      [shape, shape, shape, shape],
    );
    assert.deepEqual(program.faults, []);
  });
}

test('symbolic sizes are followed', () => {
  const program = check('n = x.shape[0]\nt = torch.from_numpy(np.stack([np.zeros(n), np.ones(n)], axis=1))\nok = t.shape[0] == n', ['x']);
  assert.match(program.shape('t'), /^\[.+, 2\]$/);
  assert.deepEqual(program.faults, []);
});

test('what does not fit, and what nobody knows, is not reported', () => {
  const { faults } = check(`a = np.ones((2, 3))
b = np.ones((4, 5))
t = torch.ones(2, 3)
m = a.mean()
np.add(a, b); a + b; a[7]; a[0, 0, 0]; a.reshape(7); np.stack([a, b]); np.concatenate([a, b]); a @ a; a.nothing(1); np.nothing(2)
t + a; a + t; t * m; m * t; t[a > 0]; torch.full((2,), m); torch.tensor([[m, 1.0], [2, m]]); t.clamp(m, m)
int(m); float(m); f'{m:.2f} {a}'; round(m, 2); [0, 1][np.random.randint(2)]; range(np.random.randint(3))
if m > 1 and a.any(): pass
b.shape = (5, 4)
b[0] = 3
b += 1`);
  assert.deepEqual(faults, []);
});

test('an array is known well enough for a fault of a tensor made from it', () => {
  const { faults } = check('nn.Linear(4, 2)(torch.from_numpy(np.stack([np.zeros(3)] * 5)).float())');
  assert.deepEqual(
    faults.map((fault) => fault.code),
    ['linear-input-size'],
  );
});
