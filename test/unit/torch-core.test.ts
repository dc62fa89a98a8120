/**
 * The core of the operation table: texts of wrong calls, what an unknown value is taken for, nn.Module's machinery.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../server/check/check.ts';
import type { Diagnostic, Report } from '../../server/check/report.ts';
import { runProgram } from '../../server/sample/program.ts';
import { parseSignature } from '../../server/torch/signature.ts';
import { testParser } from './python-parser.ts';

const HEAD = 'import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n';
const python = await testParser();

function report(body: string): Report {
  return check(python.parse('core.py', HEAD + body));
}

function errors(body: string): readonly Diagnostic[] {
  return report(body).diagnostics.filter((d) => d.severity === 'error');
}

/** PyTorch's text for the one error that an expression raises. */
function textOf(expression: string): string | null | undefined {
  return errors(`y = ${expression}\n`)[0]?.pytorch;
}

/** The shape of a target, as the last row for it says. */
function shapeOf(r: Report, text: string): string | undefined {
  return r.shapes.filter((row) => row.text === text).at(-1)?.shape;
}

function printed(body: string): string {
  let out = '';
  const result = runProgram(python.parse('core.py', HEAD + body), { write: (text) => (out += text), selfCheck: true });
  if (!result.ok) out += 'cannot' in result ? `CANNOT ${result.cannot}` : (result.traceback.trim().split('\n').at(-1) ?? '');
  return out;
}

test('signatures: both styles, defaults, keyword-only parameters', () => {
  const native = parseSignature('cumsum(Tensor input, int dim, *, torch.dtype dtype = None, tuple of ints[1]? size)');
  assert.equal(native.text, '(Tensor input, int dim, *, torch.dtype dtype = None, tuple of ints size)');
  assert.deepEqual([native.positional, native.required], [2, 3]);
  const written = parseSignature('def F.x(self, a, b=(1, 2), *args, c=None, **kwargs)');
  assert.deepEqual(
    written.params.map((p) => [p.name, p.default, p.star]),
    [
      ['self', undefined, 0],
      ['a', undefined, 0],
      ['b', '(1, 2)', 0],
      ['args', undefined, 1],
      ['c', 'None', 0],
      ['kwargs', undefined, 2],
    ],
  );
  assert.throws(() => parseSignature('no parentheses'));
});

const CALLS: readonly (readonly [string, string])[] = [
  ['nn.Linear(3)', "Linear.__init__() missing 1 required positional argument: 'out_features'"],
  ['nn.Linear()', "Linear.__init__() missing 2 required positional arguments: 'in_features' and 'out_features'"],
  ['nn.Linear(3, 4, foo=2)', "Linear.__init__() got an unexpected keyword argument 'foo'"],
  ['nn.Linear(3, 4, in_features=3)', "Linear.__init__() got multiple values for argument 'in_features'"],
  ['nn.LSTM(4, 5)(torch.zeros(2, 3, 4), 1, 2)', 'LSTM.forward() takes from 2 to 3 positional arguments but 4 were given'],
  ['F.linear(torch.ones(2, 3))', 'linear() missing 1 required positional arguments: "weight"'],
  ['F.linear(torch.ones(2, 3), [1])', "linear(): argument 'weight' (position 2) must be Tensor, not list"],
  ['F.linear(torch.ones(2, 3), torch.ones(4, 3), foo=1)', "linear() got an unexpected keyword argument 'foo'"],
  [
    'torch.zeros(2, 3.0)',
    'zeros(): argument \'size\' failed to unpack the object at pos 2 with error "type must be tuple of ints,but got float"',
  ],
  ['torch.zeros([2], 3)', 'zeros() takes 1 positional argument but 2 were given'],
  ['torch.cat([torch.ones(2), 3])', 'expected Tensor as element 1 in argument 0, but got int'],
  [
    'torch.movedim(torch.ones(2, 3), (0, 1), 0)',
    "movedim() received an invalid combination of arguments - got (Tensor, tuple, int), but expected one of:\n * (Tensor input, int source, int destination)\n      didn't match because some of the arguments have invalid types: (Tensor, !tuple of (int, int)!, int)\n * (Tensor input, tuple of ints source, tuple of ints destination)\n      didn't match because some of the arguments have invalid types: (Tensor, !tuple of (int, int)!, !int!)\n",
  ],
];

for (const [expression, text] of CALLS) test(`text of ${expression}`, () => assert.equal(textOf(expression), text));

test('an unknown used as a tensor is one from there on, with what was read of it before', () => {
  const r = report('def f(x):\n    B, T, C = x.shape\n    fc = nn.Linear(8, 3)\n    y = fc(x)\n    return y\n');
  assert.equal(shapeOf(r, 'y'), '[B, T, 3]');
  assert.deepEqual(r.diagnostics, []);
});

test('what an unknown has to be in one place contradicts another', () => {
  const found = errors('def f(x):\n    nn.Linear(8, 3)(x)\n    nn.Linear(9, 3)(x)\n');
  assert.deepEqual(
    found.map((d) => d.code),
    ['linear-input-size'],
  );
});

test('sizes that cannot meet are found in a class that nobody calls', () => {
  const [found] = errors(
    'class M(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.lstm = nn.LSTM(64, 100)\n        self.fc = nn.Linear(128, 10)\n    def forward(self, x):\n        return self.fc(self.lstm(x)[0])\n',
  );
  assert.equal(found?.code, 'linear-input-size');
  assert.equal(found?.message, 'Linear input: last size is 100, `in_features` is 128');
  assert.ok((found?.related.length ?? 0) >= 2);
});

test('an unknown input of a recurrent layer may be packed where the program packs', () => {
  const body = (unpack: string): string =>
    `from torch.nn.utils.rnn import pad_packed_sequence\nclass M(nn.Module):\n    def __init__(self, h):\n        super().__init__()\n        self.lstm = nn.LSTM(4, h)\n    def forward(self, x):\n        out, state = self.lstm(x)\n${unpack}        return out\n`;
  const packed = report(body('        out, lengths = pad_packed_sequence(out)\n'));
  assert.deepEqual(packed.diagnostics, []);
  assert.equal(shapeOf(packed, 'out'), '[?, ?, h]');
  assert.equal(shapeOf(report(body('')), 'out'), '[*, h]');
});

test('a state made for the time of the input is reported, one for its batch is not', () => {
  const body = (first: string): string =>
    `class M(nn.Module):\n    def __init__(self, h):\n        super().__init__()\n        self.gru = nn.GRU(4, h, batch_first=${first})\n        self.h = h\n    def forward(self, x):\n        return self.gru(x, torch.zeros(1, x.size(0), self.h))\n`;
  assert.deepEqual(
    errors(body('False')).map((d) => d.code),
    ['hidden-size-mismatch'],
  );
  assert.deepEqual(errors(body('True')), []);
});

test('random indices are reported where luck could not save them', () => {
  const body = (high: number, index = ''): string => `e = nn.Embedding(50, 8)\ny = e(torch.randint(0, ${high}, (4, 100))${index})\n`;
  assert.equal(errors(body(100)).length, 1);
  assert.equal(errors(body(50)).length, 0);
  assert.equal(errors(body(100, '[:, 0]')).length, 0);
  assert.equal(errors('e = nn.Embedding(50, 8)\ny = e(torch.randint(0, 51, (3,)))\n').length, 0);
});

test('in-place writes end what was known of the numbers', () => {
  const r = report('i = torch.tensor([1, 60])\nv = i[:1]\nv.fill_(0)\ny = nn.Embedding(50, 8)(i)\n');
  assert.deepEqual(r.diagnostics, []);
});

test('parameters before super().__init__() are refused', () => {
  const [found] = errors('class M(nn.Module):\n    def __init__(self):\n        self.fc = nn.Linear(2, 3)\nM()\n');
  assert.equal(found?.pytorch, 'cannot assign module before Module.__init__() call');
});

test('a module registers what is assigned, in order, and walks its tree', () => {
  const body = `
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 3)
        self.scale = nn.Parameter(torch.ones(3))
        self.register_buffer('mean', torch.zeros(3))
        self.layers = nn.ModuleList([nn.Linear(3, 3), nn.Dropout(0.5)])
b = Block()
print([n for n, _ in b.named_parameters()])
print([n for n, _ in b.named_modules()])
print(list(b.state_dict().keys()))
print(sum(p.numel() for p in b.parameters()), b.training, b.eval().layers[1].training)
b.double()
print(b.fc.weight.dtype, b.mean.dtype)
print(b)
`;
  assert.equal(
    printed(body),
    [
      "['scale', 'fc.weight', 'fc.bias', 'layers.0.weight', 'layers.0.bias']",
      "['', 'fc', 'layers', 'layers.0', 'layers.1']",
      "['scale', 'mean', 'fc.weight', 'fc.bias', 'layers.0.weight', 'layers.0.bias']",
      '24 True False',
      'torch.float64 torch.float64',
      'Block(',
      '  (fc): Linear(in_features=2, out_features=3, bias=True)',
      '  (layers): ModuleList(',
      '    (0): Linear(in_features=3, out_features=3, bias=True)',
      '    (1): Dropout(p=0.5, inplace=False)',
      '  )',
      ')',
      '',
    ].join('\n'),
  );
});

test('load_state_dict: what fits is copied, what does not is named', () => {
  assert.equal(
    printed('a, b = nn.Linear(2, 3), nn.Linear(2, 3)\nb.load_state_dict(a.state_dict())\nprint(torch.equal(a.weight, b.weight))\n'),
    'True\n',
  );
  const text = textOf('nn.Linear(2, 3).load_state_dict(nn.Linear(2, 4).state_dict())');
  assert.match(
    text ?? '',
    /^Error\(s\) in loading state_dict for Linear:\n\tsize mismatch for weight: copying a param with shape torch\.Size\(\[4, 2\]\)/,
  );
});

test('a user class may override and extend a layer', () => {
  const body = 'class L(nn.Linear):\n    def forward(self, x):\n        return super().forward(x).relu()\ny = L(3, 4)(torch.ones(2, 3))\n';
  assert.equal(shapeOf(report(body), 'y'), '[2, 4]');
});
