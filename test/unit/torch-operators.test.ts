/**
 * Operators, products and reductions where sizes are symbols or nothing is known: shapes stay as precise as they can be, and
 * nothing is reported for being unknown.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkedProgram } from './torch-program.ts';

/** Shapes of variables of a program about `x`, a tensor of sizes B, T, D. */
function shapes(program: string, names: readonly string[]): string[] {
  const checked = checkedProgram(`B, T, D = x.size()\n${program}`, ['x', 'y', 'k']);
  assert.deepEqual(
    checked.faults.filter((f) => f.severity === 'error').map((f) => f.message),
    [],
  );
  return names.map((name) => checked.shape(name));
}

test('element operations keep symbolic sizes', () => {
  assert.deepEqual(
    shapes('a = x * 2\nb = 1 / x\nc = -x\nd = x > 0\ne = x + torch.zeros(D)', ['a', 'b', 'c', 'd', 'e']),
    Array(5).fill('[B, T, D]'),
  );
});

test('an operand of which nothing is known leaves the rank open', () => {
  const [a] = shapes('a = x + y', ['a']);
  assert.match(a as string, /^\[\*, \?, \?, \?\]$/);
});

test('reductions drop or keep the dimension', () => {
  assert.deepEqual(shapes('a = x.sum(1)\nb = x.mean(-1, keepdim=True)\nc = x.sum((0, 2))\nd = x.sum()', ['a', 'b', 'c', 'd']), [
    '[B, D]',
    '[B, T, 1]',
    '[T]',
    '[]',
  ]);
  assert.deepEqual(shapes('v, i = x.max(-1)\nt = x.topk(3, dim=1).values\ns = x.argmax(2)', ['v', 'i', 't', 's']), [
    '[B, T]',
    '[B, T]',
    '[B, 3, D]',
    '[B, T]',
  ]);
});

test('a reduction over a dimension that is not known has no known shape', () => {
  assert.match(shapes('a = x.sum(k)', ['a'])[0] as string, /\*/);
});

test('products', () => {
  assert.deepEqual(
    shapes(
      "a = x @ x.transpose(1, 2)\nb = torch.einsum('btd,bsd->bts', x, x)\nc = torch.matmul(x, torch.zeros(D, 7))\nd = torch.bmm(a, x)",
      ['a', 'b', 'c', 'd'],
    ),
    ['[B, T, T]', '[B, T, T]', '[B, T, 7]', '[B, T, D]'],
  );
});

test('a product teaches the inner size', () => {
  const checked = checkedProgram('a = x @ torch.zeros(3, 4)\nb = x @ torch.zeros(5, 4)', ['x']);
  assert.deepEqual(
    checked.faults.map((f) => f.code),
    ['matmul-inner-size'],
  );
});

const CODES: readonly (readonly [program: string, codes: readonly string[]])[] = [
  ['torch.ones(2, 3) + torch.ones(4)', ['broadcast-mismatch']],
  ['a = torch.ones(3)\na += torch.ones(2, 3)', ['broadcast-mismatch']],
  ['torch.ones(2) + "a"', ['unsupported-operand']],
  ['[1, 2] + torch.ones(2)', ['unsupported-operand']],
  ['torch.ones(2, dtype=torch.bool) - torch.ones(2, dtype=torch.bool)', ['dtype-mismatch']],
  ['torch.ones(2, dtype=torch.int64).add_(1.5)', ['dtype-mismatch']],
  ['torch.ones(2, dtype=torch.int64) // 0', ['zero-division']],
  ['p = nn.Parameter(torch.ones(2))\np += 1', ['inplace-leaf']],
  ['p = nn.Parameter(torch.ones(2))\nwith torch.no_grad():\n    p += 1', []],
  ['torch.ones(2) == None', []],
  ['x = torch.ones(4, 1, requires_grad=True)\nloss = ((x - torch.zeros(4)) ** 2).mean()', ['broadcast-outer']],
  ['x = torch.zeros(4)\nd = x.unsqueeze(1) - x', []],
  ['torch.ones(4, 5).argmax()', ['argmax-no-dim']],
  ['F.softmax(torch.ones(2, 3))', ['softmax-no-dim']],
  ['torch.ones(2).sum().backward()', ['no-gradient']],
  ['y.sum().backward()', []],
  ['(torch.zeros(3) * y).sum().backward()', []],
  ['loss = torch.zeros(())\nloss += (torch.ones(2, requires_grad=True) * 2).sum()\nloss.backward()', []],
  ['loss = torch.zeros(())\nloss += y\nloss.backward()', []],
  ['out = torch.zeros(3)\nout[0] = y\nout.sum().backward()', []],
  ['out = torch.zeros(3)\nfor i in range(y):\n    out = out + torch.ones(3, requires_grad=True)\nout.sum().backward()', []],
  ['losses = [torch.ones((), requires_grad=True) for _ in range(y)]\ntorch.stack(losses).sum().backward()', []],
  ['w = nn.Linear(2, 1)\nloss = F.mse_loss(w(torch.ones(4, 2)), torch.zeros(4, 1))\nloss.backward()', []],
  ['loss = 0\nloss = loss + F.mse_loss(y, torch.zeros(4))\nloss.backward()', []],
];

for (const [program, codes] of CODES) {
  test(`${JSON.stringify(program)} reports ${codes.join(', ') || 'nothing'}`, () => {
    assert.deepEqual(
      checkedProgram(program, ['y']).faults.map((f) => f.code),
      codes,
    );
  });
}
