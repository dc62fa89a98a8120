/** Quick fixes: applied to the program they leave nothing to report. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../server/check/check.ts';
import type { Diagnostic } from '../../server/check/report.ts';
import { testParser } from './python-parser.ts';
import { applied } from './real-code.ts';

const python = await testParser();
const lint = (text: string): readonly Diagnostic[] => check(python.parse('fix.py', text)).diagnostics;

const HEAD = 'import torch\nfrom torch import nn\nimport torch.nn.functional as F\n';

/** A program with one slip, and what the fix turns it into. */
const SLIPS: readonly (readonly [string, string, string])[] = [
  ['undefined-name', 'hidden_size = 4\nnn.Linear(hiden_size, 2)\n', 'hidden_size = 4\nnn.Linear(hidden_size, 2)\n'],
  ['undefined-attribute', 'x = torch.zeross(3)\n', 'x = torch.zeros(3)\n'],
  ['undefined-attribute', 'rnn = nn.LSMT(3, 4)\n', 'rnn = nn.LSTM(3, 4)\n'],
  ['undefined-attribute', 'y = torch.zeros(3, 4).transpse(0, 1)\n', 'y = torch.zeros(3, 4).transpose(0, 1)\n'],
  ['undefined-attribute', 'y = F.sofmax(torch.zeros(3, 4), dim=1)\n', 'y = F.softmax(torch.zeros(3, 4), dim=1)\n'],
  [
    'undefined-attribute',
    'class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.encoder = nn.Linear(3, 4)\n\n    def forward(self, x):\n        return self.encodr(x)\n',
    'class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.encoder = nn.Linear(3, 4)\n\n    def forward(self, x):\n        return self.encoder(x)\n',
  ],
  ['call-arguments', 'x = torch.zeros(3, reqires_grad=True)\n', 'x = torch.zeros(3, requires_grad=True)\n'],
  ['call-arguments', 'x = torch.tensor([1.0], reqires_grad=True)\n', 'x = torch.tensor([1.0], requires_grad=True)\n'],
  ['call-arguments', 'rnn = nn.LSTM(3, 4, bidirectonal=True)\n', 'rnn = nn.LSTM(3, 4, bidirectional=True)\n'],
  ['call-arguments', 'fc = nn.Linear(3, 4, biass=False)\n', 'fc = nn.Linear(3, 4, bias=False)\n'],
  ['call-arguments', 'e = nn.Embedding(3, 4, paddng_idx=0)\n', 'e = nn.Embedding(3, 4, padding_idx=0)\n'],
  ['call-arguments', 'y = torch.zeros(3, 4).sum(dims=1)\n', 'y = torch.zeros(3, 4).sum(dim=1)\n'],
  ['call-arguments', 'y = torch.zeros(3, 4).sum(dim=1, kepdim=True)\n', 'y = torch.zeros(3, 4).sum(dim=1, keepdim=True)\n'],
  [
    'unexpected-keyword',
    'def make(size=3):\n    return nn.Linear(size, 2)\n\n\nmake(sizee=4)\n',
    'def make(size=3):\n    return nn.Linear(size, 2)\n\n\nmake(size=4)\n',
  ],
  ['missing-key', "sizes = {'hidden': 8}\nnn.Linear(sizes['hiden'], 2)\n", "sizes = {'hidden': 8}\nnn.Linear(sizes['hidden'], 2)\n"],
  [
    'call-arguments',
    'from dataclasses import dataclass\n\n\n@dataclass\nclass Config:\n    hidden: int = 4\n\n\nConfig(hiden=8)\n',
    'from dataclasses import dataclass\n\n\n@dataclass\nclass Config:\n    hidden: int = 4\n\n\nConfig(hidden=8)\n',
  ],
];

for (const [code, slip, right] of SLIPS) {
  test(`${code}: ${right.trim().split('\n').pop()}`, () => {
    const text = HEAD + slip;
    const found = lint(text);
    assert.deepEqual(
      found.map((d) => d.code),
      [code],
      found.map((d) => d.message).join('\n'),
    );
    const [fix] = (found[0] as Diagnostic).fixes;
    assert.ok(fix !== undefined, 'a fix');
    const fixed = applied(text, fix.edits);
    assert.equal(fixed, HEAD + right);
    assert.deepEqual(lint(fixed), []);
  });
}

test('no fix where nothing is near, or the name is not written there', () => {
  for (const code of ['x = torch.zeros(3, colour=1)\n', "options = {'reqires_grad': True}\nx = torch.zeros(3, **options)\n"]) {
    const found = lint(HEAD + code);
    assert.equal(found.length, 1);
    assert.deepEqual((found[0] as Diagnostic).fixes, []);
  }
});
