/** Quick fixes of shapes and types: the edited program checks clean and runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../server/check/check.ts';
import type { Report } from '../../server/check/report.ts';
import { testParser } from './python-parser.ts';
import { applied } from './real-code.ts';
import { printed } from './torch-program.ts';

const python = await testParser();
const parse = (text: string) => python.parse('fix.py', text);
const lint = (text: string): Report => check(parse(text), { parse });

const HEAD = 'import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n';
const net = (init: string, forward: string): string => `class Net(nn.Module):
    def __init__(self, vocab, emb, hidden):
        super().__init__()
        ${init.split('\n').join('\n        ')}

    def forward(self, x):
        ${forward.split('\n').join('\n        ')}


`;
const TAGGER = net(
  'self.emb = nn.Embedding(vocab, emb)\nself.rnn = nn.LSTM(emb, hidden, bidirectional=True, batch_first=True)\nself.fc = nn.Linear(hidden, 3)',
  'out, _ = self.rnn(self.emb(x))\nreturn self.fc(out)',
);
const RUN = 'y = Net(50, 8, 6)(torch.randint(0, 50, (4, 7)))\n';

/** The fault's code, the program, and what is to change: one place of its text. */
const FIXES: readonly (readonly [code: string, program: string, from: string, to: string])[] = [
  ['linear-input-size', 'fc = nn.Linear(20, 2)\ny = fc(torch.zeros(3, 40))\n', 'nn.Linear(20', 'nn.Linear(40'],
  ['linear-input-size', 'fc = nn.Linear(2, 20)\ny = fc(torch.zeros(3, 20))\n', '2, 20)', '20, 2)'],
  ['linear-input-size', 'SIZE = 40\nfc = nn.Linear(20, 2)\ny = fc(torch.zeros(3, SIZE))\n', 'Linear(20', 'Linear(SIZE'],
  ['linear-input-size', TAGGER, 'Linear(hidden', 'Linear(hidden * 2'],
  ['linear-input-size', TAGGER + RUN, 'Linear(hidden', 'Linear(hidden * 2'],
  [
    'linear-input-size',
    net('self.emb = nn.Embedding(vocab, emb)\nself.fc = nn.Linear(hidden, 3)', 'return self.fc(self.emb(x))') + RUN,
    'Linear(hidden',
    'Linear(emb',
  ],
  [
    'linear-input-size',
    'net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(8 * 5 * 5, 2))\ny = net(torch.zeros(2, 1, 8, 8))\n',
    '8 * 5 * 5',
    '288',
  ],
  ['rnn-input-size', 'rnn = nn.GRU(hidden_size=8, input_size=6)\ny, h = rnn(torch.zeros(5, 3, 4))\n', 'input_size=6', 'input_size=4'],
  ['rnn-input-size', 'cell = nn.LSTMCell(6, 8)\nh, c = cell(torch.zeros(3, 4))\n', 'LSTMCell(6', 'LSTMCell(4'],
  ['conv-channels', 'conv = nn.Conv2d(3, 8, 3)\ny = conv(torch.zeros(2, 4, 9, 9))\n', 'Conv2d(3', 'Conv2d(4'],
  ['conv-channels', 'x = torch.zeros(2, 9, 9, 3)\nconv = nn.Conv2d(3, 8, 3)\ny = conv(x)\n', 'conv(x)', 'conv(x.permute(0, 3, 1, 2))'],
  ['conv-channels', 'x = torch.zeros(2, 50, 16)\nconv = nn.Conv1d(16, 8, 3)\ny = conv(x)\n', 'conv(x)', 'conv(x.transpose(1, 2))'],
  ['norm-channels', 'norm = nn.BatchNorm2d(8)\ny = norm(torch.zeros(2, 16, 5, 5))\n', '8', '16'],
  ['norm-input-size', 'norm = nn.LayerNorm(8)\ny = norm(torch.zeros(2, 16))\n', '8', '16'],
  [
    'hidden-size-mismatch',
    'rnn = nn.GRU(4, 8)\ny, h = rnn(torch.zeros(3, 5, 4), torch.zeros(1, 3, 8))\n',
    '4, 8)',
    '4, 8, batch_first=True)',
  ],
  [
    'pack-lengths',
    'x = torch.zeros(5, 3, 4)\nlengths = [3, 3, 2, 2, 1]\npacked = nn.utils.rnn.pack_padded_sequence(x, lengths)\n',
    'x, lengths)',
    'x, lengths, batch_first=True)',
  ],
  [
    'pack-lengths',
    'x = torch.zeros(5, 3, 4)\npacked = nn.utils.rnn.pack_padded_sequence(x, [2, 5, 3])\n',
    '[2, 5, 3])',
    '[2, 5, 3], enforce_sorted=False)',
  ],
  ['view-not-contiguous', 'y = torch.zeros(3, 4).t().view(12)\n', 'view', 'reshape'],
  [
    'rnn-state-view',
    'rnn = nn.GRU(4, 8, bidirectional=True)\nout, h = rnn(torch.zeros(5, 3, 4))\ny = h.view(3, -1)\n',
    'h.view(3, -1)',
    'h.transpose(0, 1).reshape(3, -1)',
  ],
  ['not-a-tensor', 'rnn = nn.GRU(4, 8)\nfc = nn.Linear(8, 2)\nout = rnn(torch.zeros(5, 3, 4))\ny = fc(out)\n', 'out = rnn', 'out, _ = rnn'],
  ['not-a-tensor', 'rnn = nn.GRU(4, 8)\nfc = nn.Linear(8, 2)\ny = fc(rnn(torch.zeros(5, 3, 4)))\n', '4)))', '4))[0])'],
  [
    'rnn-last-step',
    'rnn = nn.GRU(4, 8, batch_first=True)\nfc = nn.Linear(8, 2)\nout, _ = rnn(torch.zeros(3, 5, 4))\ny = fc(out[-1])\n',
    'out[-1]',
    'out[:, -1]',
  ],
  ['rnn-first-layer-state', 'rnn = nn.GRU(4, 8, 2)\nout, h = rnn(torch.zeros(5, 3, 4))\ny = nn.Linear(8, 2)(h[0])\n', 'h[0]', 'h[-1]'],
  ['rnn-dropout-single-layer', 'rnn = nn.LSTM(4, 8, dropout=0.5)\n', ', dropout=0.5', ''],
  ['softmax-no-dim', 'y = F.softmax(torch.zeros(3, 4))\n', '4))', '4), dim=-1)'],
  ['loss-broadcast', 'p = torch.zeros(5, 1)\nloss = F.mse_loss(p, torch.zeros(5))\n', '(p,', '(p.squeeze(-1),'],
  [
    'loss-broadcast',
    'p = torch.zeros(5, 1)\ncriterion = nn.L1Loss()\nloss = criterion(p + 1, torch.zeros(5))\n',
    'p + 1',
    '(p + 1).squeeze(-1)',
  ],
  ['loss-target-size', 'p = torch.rand(5, 1)\nloss = F.binary_cross_entropy(p, torch.zeros(5))\n', '(p,', '(p.squeeze(-1),'],
  [
    'loss-target-size',
    't = torch.zeros(5, 1, dtype=torch.long)\nloss = F.cross_entropy(torch.zeros(5, 3), t)\n',
    '3), t)',
    '3), t.squeeze(-1))',
  ],
  [
    'broadcast-outer',
    'pred = nn.Linear(4, 1)(torch.zeros(5, 4))\ntarget = torch.zeros(5)\nloss = ((pred - target) ** 2).mean()\n',
    '(pred -',
    '(pred.squeeze(-1) -',
  ],
  [
    'dtype-mismatch',
    't = torch.randint(0, 3, (5,))\nloss = F.cross_entropy(t, torch.zeros(5, 3))\n',
    't, torch.zeros(5, 3)',
    'torch.zeros(5, 3), t',
  ],
  ['index-dtype', 'x = torch.zeros(3, 4)\ny = nn.Embedding(5, 2)(x)\n', '(x)', '(x.long())'],
  ['rnn-input-dtype', 'x = torch.ones(5, 3, 4, dtype=torch.long)\ny, h = nn.GRU(4, 8)(x)\n', '(x)', '(x.float())'],
  ['embedding-bag-order', 'i = torch.tensor([[1, 2]])\nw = torch.zeros(4, 3)\ny = F.embedding_bag(w, i)\n', 'w, i', 'i, w'],
  [
    'kl-div-mean',
    'p = torch.zeros(3, 4).log_softmax(-1)\nloss = F.kl_div(p, torch.full((3, 4), 0.25))\n',
    '0.25))',
    "0.25), reduction='batchmean')",
  ],
];

for (const [code, program, from, to] of FIXES) {
  test(`${code}: ${from} -> ${to}`, () => {
    const text = HEAD + program;
    const { diagnostics } = lint(text);
    assert.deepEqual(
      diagnostics.map((d) => d.code),
      [code],
      diagnostics.map((d) => d.message).join('\n'),
    );
    const [fix] = diagnostics[0]?.fixes ?? [];
    assert.ok(fix !== undefined, 'a fix');
    const fixed = applied(text, fix.edits);
    assert.equal(fixed, HEAD + program.replace(from, to));
    assert.deepEqual(lint(fixed).diagnostics, []);
    assert.equal(printed(fixed.slice(HEAD.length)), '');
  });
}

test('of open sizes only the one that is met is offered', () => {
  assert.deepEqual(
    lint(HEAD + TAGGER).diagnostics.flatMap((d) => d.fixes.map((fix) => fix.title)),
    ['Change `in_features` to `hidden * 2`'],
  );
});

test('an edit that trades one fault for another is not offered', () => {
  // Neither the one size nor the other goes with both inputs.
  const both = 'fc = nn.Linear(20, 2)\na = fc(torch.zeros(3, 40))\nb = fc(torch.zeros(3, 20))\n';
  assert.deepEqual(
    lint(HEAD + both).diagnostics.map((d) => d.fixes),
    [[]],
  );
});

test('without a way to read the edited text nothing is tried', () => {
  const report = check(parse(`${HEAD}y = torch.zeros(3, 4).t().view(12)\n`));
  assert.deepEqual(
    report.diagnostics.map((d) => d.fixes),
    [[]],
  );
});
