/**
 * What code that nobody sees may have done, and what holds under conditions only: objects that were given away, one of several
 * values, faults in an arm that a call need not take, comments that the code contradicts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../server/check/check.ts';
import { testParser } from './python-parser.ts';
import { codes } from './real-code.ts';

const python = await testParser();

/** The codes of a file that imports others. */
function codesBeside(others: Readonly<Record<string, string>>, body: string): readonly string[] {
  const parsed = new Map(Object.entries(others).map(([name, text]) => [name, python.parse(`${name}.py`, text)]));
  const { diagnostics } = check(python.parse('main.py', body), { importSource: (name) => parsed.get(name) });
  return diagnostics.map((d) => d.code);
}

test('a module that a branch imports first does not end the conditions of the branch', () => {
  const readers = {
    one: 'class One:\n    def __init__(self, name):\n        pass\n',
    two: 'class Two:\n    def __init__(self, name, **options):\n        pass\n',
    factory: `
def make(kind, **options):
    if kind == 'one':
        from one import One
        return One(kind, **options)
    from two import Two
    return Two(kind, **options)
`,
  };
  const made = (kind: string) => `
from factory import make
def build(kind):
    return make(${kind}, cache=True)
`;
  assert.deepEqual(codesBeside(readers, made('kind')), []);
  assert.deepEqual(codesBeside(readers, made("'one'")), ['unexpected-keyword']);
});

test('one of several values of which some are not known', () => {
  const frames = (joined: string) => `
def run(x, back, n):
    outs = []
    for i in range(n):
        outs.insert(0, back(x))
    for i in range(0, n):
        y = outs[i]
        both = torch.cat([torch.zeros(3, 5), ${joined}], dim=1)
        outs[i] = torch.zeros(9, 5)
`;
  assert.deepEqual(codes(frames('y')), []);
  assert.deepEqual(codes(frames('torch.zeros(9, 5)')), ['cat-size-mismatch']);
});

test('what a dict holds under unknown names are different things', () => {
  const fold = (weight: string, bias: string) => `
def fold(state, q, b):
    state = {k: v.clone() if isinstance(v, torch.Tensor) else v for k, v in state.items()}
    weight = ${weight}
    bias = ${bias}
    return torch.cat([weight, bias[:, None, :]], dim=1)
`;
  assert.deepEqual(codes(fold('state.get(q)', 'state.get(b)')), []);
  assert.deepEqual(codes(fold('torch.ones(2, 3, 4)', 'torch.ones(5, 4)')), ['cat-size-mismatch']);
});

test('the number of a device', () => {
  assert.deepEqual(codes("assert torch.device('cuda', 1).index < 2\n"), []);
  assert.deepEqual(codes('def f(i):\n    counts = [0] * 3\n    counts[torch.device("cuda", i).index] += 1\n'), []);
  assert.deepEqual(codes('counts = [0]\ncounts[torch.device("cuda").index] += 1\n'), ['index-type']);
});

test('an object that unknown code was given has done what its methods do', () => {
  const cache = (used: string) => `
class Entry:
    def __init__(self, n):
        self.keys = torch.empty(n, 0, 4)
    def append(self, keys):
        self.keys = torch.cat([self.keys, keys], dim=1)
class Cache:
    def __init__(self, n):
        self.entries = [Entry(n) for _ in range(2)]
def test_cache(model, tokens):
    first, second = Cache(2), Cache(2)
    ${used}
    for a, b in zip(first.entries, second.entries):
        assert a.keys.shape[1] < b.keys.shape[1]
`;
  assert.deepEqual(codes(cache('model(tokens, cache=second)')), []);
  assert.deepEqual(codes(cache('model(tokens)')), ['assertion-fails']);
});

test('an attribute set by a name that is not known', () => {
  const scalars = (set: string) => `
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(1.0))
def lift(net, name):
    ${set}
def test_lift(name):
    net = Net()
    lift(net, name)
    assert net.scale.ndim == 1
`;
  assert.deepEqual(codes(scalars('setattr(net, name, nn.Parameter(torch.ones(1)))')), []);
  assert.deepEqual(codes(scalars('print(name)')), ['assertion-fails']);
});

test('an item of a shape that is subscripted is no size of a tensor', () => {
  assert.deepEqual(codes('def f(part):\n    return part.shape[0][0]\n'), []);
  assert.deepEqual(codes('def f(part: torch.Tensor):\n    return part.shape[0][0]\n'), ['not-subscriptable']);
});

test('what only comments make wrong is said of the comments', () => {
  const mixed = (comment: string) => `
def mixed(a, b):
    both = torch.cat([a, b], dim=-1)  ${comment}
    return both
def split(a, b):
    heads, n, _, dim = mixed(a, b).shape
    return heads
`;
  assert.deepEqual(codes(mixed('')), []);
  assert.deepEqual(codes(mixed('# (heads, n, dim)')), ['declared-shape-mismatch']);
});

test('words between the shapes of a comment above tell of what is to come', () => {
  const weight = (comment: string) => `
def test_weight(convert):
    # ${comment}
    weight = torch.randn(32, 128)
    return convert(weight)
`;
  assert.deepEqual(codes(weight('[heads*d, d_model] = [32, 128] with heads=2 -> [2, 128, 16]')), []);
  assert.deepEqual(codes(weight('(32, 128) -> (2, 128, 16)')), ['declared-shape-mismatch']);
});

test('one of two ordered dicts of layers', () => {
  const net = (last: string) => `
from collections import OrderedDict
class Net(nn.Module):
    def __init__(self, small):
        super().__init__()
        if small:
            layers = [('conv', nn.Conv2d(3, 8, 3)), ('act', nn.ReLU())]
        else:
            layers = [('conv', nn.Conv2d(3, 8, 7))]
        self.stem = nn.Sequential(OrderedDict(layers))
        self.head = nn.Linear(8, 2)
    def forward(self, x):
        return ${last}
`;
  assert.deepEqual(codes(net('self.head(self.stem(x).mean((2, 3)))')), []);
  assert.deepEqual(codes(net('self.head(torch.ones(4, 7))')), ['linear-input-size']);
});

test('fractions of a resolution are no sizes', () => {
  assert.deepEqual(
    codes(`
class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 1)
    def forward(self, features):
        # [1/4, 1/8, 1/16, 1/32] -> [1/16, 1/8, 1/4]
        lateral = features[:-1][::-1]
        return self.conv(lateral[0])
`),
    [],
  );
});

test('what a base leaves empty its subclasses fill in', () => {
  const tester = (first: string) => `
class EncoderTests:
    encoder_names = []
    strides = [8, 16]
    def tiny(self):
        return ${first}
`;
  assert.deepEqual(codes(tester('self.encoder_names[0]')), []);
  assert.deepEqual(codes(tester('self.strides[2]')), ['index-out-of-range']);
});

test('what is only taken for a tensor may answer by a method', () => {
  const place = (made: string) => `
def place(matrix):
    matrix = ${made}
    if matrix.size(0) == 0:
        return None
    return matrix.is_cuda()
`;
  assert.deepEqual(codes(place('matrix')), []);
  assert.deepEqual(codes(place('torch.ones(2, 3)')), ['not-callable']);
});

test('a metaclass with a call of its own makes the objects; another one only makes the class', () => {
  const body = `
import torch
from torch import nn

class Making(type):
    def __call__(cls, *args, **kwargs):
        made = type(cls.__name__ + 'Own', (cls, dict), {})
        return super(Making, made).__call__(*args, **kwargs)

class Keeping(type):
    def __new__(mcs, name, bases, attrs):
        return super().__new__(mcs, name, bases, attrs)

class Batch(metaclass=Making):
    pass

class Part(Batch):
    pass

class Kept(nn.Module, metaclass=Keeping):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 4)

print(Batch(x=torch.ones(2, 3)).keys(), Part(x=torch.ones(2, 3))['x'])
Kept().fc(torch.ones(2, 5))
`;
  assert.deepEqual(codes(body), ['linear-input-size']);
});

test('what was given to code that nobody sees may not be as it was made: no assertion about it fails', () => {
  const body = `
from elsewhere import Task

class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(1.0))

def given():
    model = Tiny()
    Task(model).prepare()
    assert model.scale.ndim == 1 and model.scale.shape == (1,)

def kept():
    model = Tiny()
    assert model.scale.ndim == 1 and model.scale.shape == (1,)
`;
  assert.deepEqual(codes(body), ['assertion-fails']);
});

test('a layer that a subclass of ModuleList has set as an attribute is none of its items', () => {
  const body = `
class Heads(nn.ModuleList):
    def __init__(self, n, width, many=False):
        self.n = n
        self.many = many
        if self.many:
            made = []
            for i in range(self.n):
                made.append(nn.Bilinear(width, width, width))
            super().__init__(modules=made)
            self.out = nn.Linear(width, width)
        else:
            super().__init__()
            self.one = nn.Bilinear(width, width, width)

    def forward(self, x):
        made = []
        if self.many:
            for i in range(self.n):
                made.append(self[i](x, x))
            return self.out(made[0])
        return self.one(x, x)
`;
  assert.deepEqual(codes(body), []);
});

test('a method that takes nothing where a tensor has to be told something is not the one of tensors', () => {
  assert.deepEqual(codes('from graphs import Digraph\ng = Digraph(1)\ng.view()\ng.expand()\n'), []);
  assert.deepEqual(codes('from graphs import load\nx = load().unsqueeze(0)\nx.view()\n'), ['call-arguments']);
});

test('modules that import each other: a star brings what there is by then, which depends on who was first', () => {
  const others = {
    package: 'from base import Base\nfrom model import *\nmodels = {"Model": Model}\n',
    base: 'class Base:\n    pass\n',
    model: 'from package import Base\nclass Model(Base):\n    pass\n',
  };
  assert.deepEqual(codesBeside(others, 'from package import *\nprint(models, Model)\n'), []);
  // The file that is checked is met again on the way.
  const parsed = new Map(Object.entries(others).map(([name, text]) => [name, python.parse(`${name}.py`, text)]));
  const own = check(python.parse('package.py', others.package), { importSource: (name) => parsed.get(name) });
  assert.deepEqual(own.diagnostics, []);
  assert.deepEqual(codesBeside({ base: others.base }, 'from base import *\nprint(Base, Model)\n'), ['undefined-name']);
});

test('who squeezes a dimension by its number knows that it is 1, so nothing is wrong with what fits only then', () => {
  const body = (first: string) => `
def corners(points):
    b, n, d = points.shape
    ${first}
    return torch.cat((points, torch.ones(1, 1, 1)), 2)
`;
  assert.deepEqual(codes(body('flat = points.squeeze(0)')), []);
  assert.deepEqual(codes(body('flat = points.flatten(1)')), ['cat-size-mismatch']);
});
