/**
 * Views, subscripts, joining and splitting where little is known: symbolic sizes, values of which nothing is known, lists of
 * unknown length. What is said of them must be exact or left unsaid.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkedProgram, printed } from './torch-program.ts';

test('an unpacked shape names what later views and slices have', () => {
  const program = checkedProgram(
    `
x = torch.relu(x)
B, T, C = x.shape
a = x[:, :-1]
b = x[:, 1:].reshape(B, -1)
c = x.view(B, T, 4, C // 4).transpose(1, 2)
d = c.transpose(1, 2).contiguous().view(B, T, -1)
e = torch.zeros(5000, 8)[:T]
f = torch.cat([x, x[:, :1]], dim=1)
g = x.unfold(1, 3, 1)
`,
    ['x'],
  );
  assert.deepEqual(program.faults, []);
  assert.equal(program.shape('a'), '[B, T - 1, C]');
  assert.equal(program.shape('c'), '[B, 4, T, C//4]');
  assert.equal(program.shape('e'), '[min(T, 5000), 8]');
  assert.equal(program.shape('f'), '[B, T + 1, C]');
  assert.equal(program.shape('g'), '[B, T - 2, C, 3]');
});

test('a subscript of an unknown value says how many dimensions it has', () => {
  const program = checkedProgram(
    `
last = x[:, -1].contiguous()
rest = x[..., None].contiguous()
n = x[0]
`,
    ['x'],
  );
  assert.deepEqual(program.faults, []);
  assert.match(program.shape('last'), /^\[\?, \*/);
  assert.equal(program.shape('n'), '?');
});

test('unpacking says how many parts there are', () => {
  const program = checkedProgram(
    `
x = torch.relu(x)
q, k, v = x.split(64, dim=-1)
a, b = torch.relu(y).unbind(0)
c, d = torch.zeros(4, 2 * n).chunk(2, 1)
`,
    ['x', 'y', 'n'],
  );
  assert.deepEqual(program.faults, []);
  assert.match(program.shape('q'), /64\]$/);
  assert.equal(program.shape('c'), '[4, n]');
  assert.equal(program.shape('d'), '[4, n]');
});

test('a list built in a loop of unknown length joins', () => {
  const program = checkedProgram(
    `
outs = []
for t in range(n):
    outs.append(torch.zeros(3, 4))
s = torch.stack(outs, 1)
c = torch.cat(outs, 0)
`,
    ['n'],
  );
  assert.deepEqual(program.faults, []);
  assert.match(program.shape('s'), /^\[3, .+, 4\]$/);
  assert.match(program.shape('c'), /^\[.+, 4\]$/);
});

test('nothing is reported of what is not known', () => {
  const program = checkedProgram(
    `
a = torch.zeros(2, 3)[i]
b = torch.zeros(2, 3)[i, j]
c = torch.zeros(6).view(n, m)
d = torch.zeros(2, 3).gather(1, idx)
e = torch.zeros(2, 3)[mask]
f = torch.zeros(4).index_select(0, idx2)
g = torch.where(cond, torch.zeros(3), other)
h = torch.cat(parts, dim)
x[torch.tensor([0])] = value
`,
    ['i', 'j', 'n', 'm', 'idx', 'mask', 'idx2', 'cond', 'other', 'parts', 'dim', 'x', 'value'],
  );
  assert.deepEqual(program.faults, []);
});

test('a copy of an expanded tensor is contiguous, the tensor itself is not', () => {
  const program = checkedProgram(`
x = torch.zeros(3, 1).expand(3, 4)
a = x.clone().view(12)
b = x.view(12)
`);
  assert.deepEqual(
    program.faults.map((f) => f.code),
    ['view-not-contiguous'],
  );
});

test('views share what is written through them', () => {
  const text = printed(`
x = torch.zeros(2, 3)
row = x[1]
row += 2
x.t()[0] = 7
x[:, 1:][x[:, 1:] > 1] = -1
print(x.tolist(), row.tolist())
`);
  assert.equal(text, '[[7.0, 0.0, 0.0], [7.0, -1.0, -1.0]] [7.0, -1.0, -1.0]\n');
});

test('gradients go back through views and indices', () => {
  const text = printed(`
w = torch.arange(6.0).requires_grad_()
v = w.view(2, 3).t()[1:].reshape(-1)
(v * v).sum().backward()
print(w.grad.tolist())
e = torch.zeros(3, requires_grad=True)
e[torch.tensor([0, 0, 2])].sum().backward()
print(e.grad.tolist())
`);
  assert.equal(text, '[0.0, 2.0, 4.0, 0.0, 8.0, 10.0]\n[2.0, 0.0, 1.0]\n');
});
