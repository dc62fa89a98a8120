/** Layers of which nobody knows how many there are, in lists and in nn.Sequential. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codes, shapeOf } from './real-code.ts';

const module = (init: string, forward: string) => `
class Net(nn.Module):
    def __init__(self, n_in, d, n, n_out):
        super().__init__()
${init.replaceAll(/^/gm, '        ')}
    def forward(self, x):
${forward.replaceAll(/^/gm, '        ')}
`;

test('layers of one kind, any number of times', () => {
  const net = (last: string) =>
    module(
      `self.first = nn.Linear(n_in, d)\nself.net = nn.Sequential(*[nn.Linear(d, d) for _ in range(n)])\nself.last = nn.Linear(${last}, 4)`,
      'y = self.net(self.first(x))\nreturn self.last(y)',
    );
  assert.deepEqual(codes(net('d')), []);
  assert.equal(shapeOf(net('d'), 'y'), '[*, d]');
  assert.deepEqual(codes(net('d + 1')), ['linear-input-size']);
});

const stack = (turn: string, last: string, first = '') =>
  module(
    `layers = [${first}]
for i in range(n):
    ${turn}
layers.append(${last})
self.net = nn.Sequential(*layers)
self.fc = nn.Linear(n_out, 4)`,
    'y = self.net(x)\nreturn self.fc(y.mean(2))',
  );

test('what a loop appends comes any number of times, then what is appended after it', () => {
  const turn = 'layers += [nn.Conv1d(n_in if i == 0 else d, d, 3, padding=1), nn.ReLU()]';
  assert.equal(shapeOf(stack(turn, 'nn.Conv1d(d, n_out, 1)'), 'y'), '[*, n_out, ?]');
  assert.deepEqual(codes(stack(turn, 'nn.Conv1d(d, n_out, 1)')), []);
  assert.deepEqual(codes(stack(turn, 'nn.Conv1d(d, n_out + 1, 1)')), ['linear-input-size']);
});

test('layers that do not fit each other are found among them', () => {
  const first = 'nn.Conv1d(n_in, d, 1)';
  assert.deepEqual(codes(stack('layers += [nn.Conv1d(d, d, 3, padding=1), nn.ReLU()]', 'nn.Conv1d(d, n_out, 1)', first)), []);
  assert.deepEqual(codes(stack('layers += [nn.Conv1d(d, d, 3, padding=1), nn.ReLU()]', 'nn.Conv1d(d + 1, n_out, 1)', first)), [
    'conv-channels',
  ]);
  assert.deepEqual(codes(stack('layers += [nn.Conv1d(d, 2 * d, 3), nn.Conv1d(d, d, 3)]', 'nn.Conv1d(d, n_out, 1)', first)), [
    'conv-channels',
  ]);
});

test('the order is kept in a call with a starred list among others, and in a product of lists', () => {
  const net = (arguments_: string) => module(`self.net = nn.Sequential(${arguments_})`, 'y = self.net(x)\nreturn y');
  const many = '*[nn.Linear(d, d) for _ in range(n)]';
  assert.equal(shapeOf(net(`nn.Linear(n_in, d), ${many}, nn.Linear(d, n_out)`), 'y'), '[*, n_out]');
  assert.deepEqual(codes(net(`nn.Linear(n_in, d), ${many}, nn.Linear(d + 1, n_out)`)), ['linear-input-size']);
  assert.deepEqual(codes(net(`nn.Linear(n_in, d + 1), ${many}, nn.Linear(d, n_out)`)), ['linear-input-size']);
  assert.equal(shapeOf(net('nn.Linear(n_in, d), *([nn.Linear(d, d), nn.ReLU()] * int(n))'), 'y'), '[*, d]');
});

test('nothing is said of layers in an order that nobody knows', () => {
  const net = (layers: string) => module(`${layers}\nself.net = nn.Sequential(*layers)`, 'return self.net(x)');
  assert.deepEqual(codes(net('layers = [nn.Linear(d, n_out) for _ in range(n)]\nlayers.insert(0, nn.Linear(n_in, d))')), []);
  assert.deepEqual(
    codes(net('layers = [nn.Linear(n_in, d)]\nfor i in range(n):\n    layers.append(nn.Linear(d, n_out))\nlayers = layers[::-1]')),
    [],
  );
  assert.deepEqual(codes(net('layers = []\nfor a, b in zip(n_in[:-1], n_in[1:]):\n    layers.append(nn.Linear(a, b))')), []);
});
