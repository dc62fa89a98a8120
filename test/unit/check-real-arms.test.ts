/** What stays quiet in arms that need not be taken, in loops that have not turned often enough, and in code for other versions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../server/check/check.ts';
import { testParser } from './python-parser.ts';
import { codes } from './real-code.ts';

test('a list that a loop fills is long enough where the condition says so', () => {
  const body = (order: string) => `
def second(x, known):
    a, b = known
    return a + b
def update(x, known, order):
    if order == 1:
        return x
    return second(x, known)
def sample(model, x, order):
    known = [model(x)]
    for step in range(1, order):
        x = update(x, known, ${order})
        known.append(model(x))
    return x
`;
  assert.deepEqual(codes(body('step')), []);
  assert.deepEqual(codes(body('2')), ['unpack-mismatch']);
});

test('nothing yet in a variable that an earlier turn of the loop fills', () => {
  const body = (assigned: string) => `
def retrieve(node):
    parent = None
    for key in ('a', 'b'):
        if callable(node):
            node = node()
            parent[key] = node
        ${assigned} = node
        node = node[key]
    return node
`;
  assert.deepEqual(codes(body('parent')), []);
  assert.deepEqual(codes(body('other')), ['not-subscriptable']);
});

test('a handler for what an older library lacks is not looked at', () => {
  assert.deepEqual(
    codes(`
try:
    check = torch._assert
except AttributeError:
    check = torch.Assert
`),
    [],
  );
});

test('what is meant to fail is not told of', () => {
  assert.deepEqual(
    codes(`
import pytest
def test_width():
    with pytest.raises(ValueError):
        x = torch.zeros(2, 3)  # (4, 5, 6)
`),
    [],
  );
});

test('an attribute that was asked for is there where the answer was yes', () => {
  assert.deepEqual(
    codes(`
def count(p: nn.Parameter):
    if hasattr(p, 'quant_state'):
        return p.quant_state.shape
def mark(p):
    p.quant_state = None
count(nn.Parameter(torch.zeros(3)))
class Named:
    def text(self):
        if hasattr(self, '__len__'):
            return str(len(self))
        raise NotImplementedError
`),
    [],
  );
});

test('a base whose method only refuses is completed by a subclass', () => {
  assert.deepEqual(
    codes(`
import numpy as np
class Data:
    def labels(self):
        found = self.load()
        if found is None:
            found = np.zeros([3, 0], dtype=np.float32)
        if found.dtype == np.int64:
            assert found.ndim == 1
        return found
    def load(self):
        raise NotImplementedError
`),
    [],
  );
});

test('a variable of the module that a function assigns may be anything by then', () => {
  const body = (line: string) => `
videos = []
def fill(found):
    ${line}
    videos = found
def first():
    return videos.get('a')
`;
  assert.deepEqual(codes(body('global videos')), []);
  assert.deepEqual(codes(body('pass')), ['undefined-attribute']);
});

test('keys that are not known read different values', () => {
  assert.deepEqual(
    codes(`
import einops
def convert(path, cfg):
    old = {key: value.float() for key, value in torch.load(path).items()}
    for i in range(cfg.layers):
        w = einops.rearrange(old[f'{i}.weight'], '(i h) m -> i m h', i=cfg.heads)
        b = einops.rearrange(old[f'{i}.bias'], '(i h) -> i h', i=cfg.heads)
    return w, b
`),
    [],
  );
});

test('an arm of a function elsewhere says nothing of a call that need not take it', async () => {
  const python = await testParser();
  const reader = python.parse(
    'readers.py',
    `
class Plain:
    def __init__(self, root):
        self.root = root
class Fast:
    def __init__(self, root, cached):
        self.root = root
def make(name, root, **options):
    if name.startswith('fast'):
        return Fast(root, **options)
    return Plain(root, **options)
def build(root, **options):
    return Plain(root, **options)
`,
  );
  const importSource = (module: string) => (module === 'readers' ? reader : undefined);
  const found = (call: string) =>
    check(python.parse('main.py', `from readers import make, build\ndef run(name, root):\n    return ${call}\n`), {
      importSource,
    }).diagnostics.map((d) => d.code);
  assert.deepEqual(found('make(name, root, cached=True)'), []);
  assert.deepEqual(found('build(root, cached=True)'), ['unexpected-keyword']);
});

test('a function elsewhere that makes an object of this file in an arm of its own', async () => {
  const python = await testParser();
  const boxes = python.parse(
    'boxes.py',
    'import torch\ndef join(cls, items):\n    if len(items) == 0:\n        return cls(torch.empty(0))\n    return items[0]\ndef none(cls):\n    return cls(torch.empty(0))\n',
  );
  const importSource = (module: string) => (module === 'boxes' ? boxes : undefined);
  const main = (call: string) =>
    `from boxes import join, none\nclass Boxes:\n    def __init__(self, t):\n        assert t.dim() == 2\n        self.t = t\ndef run(items):\n    return ${call}\n`;
  const found = (call: string) => check(python.parse('main.py', main(call)), { importSource }).diagnostics.map((d) => d.code);
  assert.deepEqual(found('join(Boxes, items)'), []);
  assert.deepEqual(found('none(Boxes)'), ['assertion-fails']);
});

test('one file is one module, whatever it is imported as', async () => {
  const python = await testParser();
  const config = python.parse('src/pkg/config.py', 'class Config:\n    pass\n');
  const use = python.parse(
    'src/pkg/use.py',
    'from pkg.config import Config\ndef plain(given):\n    if isinstance(given, Config):\n        return {}\n    return dict(given)\n',
  );
  const importSource = (module: string) => (module.endsWith('config') ? config : module.endsWith('use') ? use : undefined);
  const main = 'from src.pkg.config import Config\nfrom src.pkg.use import plain\nplain(Config())\n';
  assert.deepEqual(
    check(python.parse('main.py', main), { importSource }).diagnostics.map((d) => d.code),
    [],
  );
});

test('kernels of unknown number make a weight of unknown rank', () => {
  assert.deepEqual(
    codes(`
def pair(value):
    return value if isinstance(value, tuple) else (value,) * 2
class Embed(nn.Module):
    def __init__(self, dim, kernels):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv3d(dim, dim, (1, *pair(kernel)), stride=(1, 2, 2)) for kernel in sorted(kernels)])
    def forward(self, x):
        return torch.cat([conv(x) for conv in self.convs], dim=1)
def far(x, y):
    return torch.cdist(x.flatten(1) if x.ndim > 1 else x, y)
`),
    [],
  );
});
