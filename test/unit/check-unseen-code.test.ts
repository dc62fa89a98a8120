/** Right code as people write it, of kinds that the linter once said something wrong about. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codes, shapeOf } from './real-code.ts';

test('a method of a common name says little of what a value is', () => {
  const tree = (call: string) => `
def play(node):
    while not node.is_leaf():
        action, node = node.${call}
        node.expand([1])
`;
  assert.deepEqual(codes(tree('select(5)')), []);
  assert.deepEqual(codes('def f(x):\n    y = x.view(3, 4)\n    return y["name"], y(1), y + (1, 2), y.select(1)\n'), []);
  assert.deepEqual(codes('x = torch.ones(3, 4)\nx["name"]\nx(1)\nx.select(1)\n'), ['index-type', 'not-callable', 'call-arguments']);
});

test('an annotation does not make a list of records a tensor', () => {
  const data = (annotation: string) => `
class Records:
    def __init__(self, data: list):
        self.data = data
    def __getitem__(self, i):
        return self.data[i]["ids"].type(torch.int64)

def load(data: ${annotation}):
    return [len(x) for x in Records(data)]
`;
  assert.deepEqual(codes(data('torch.Tensor')), []);
});

test('a mixin may do what its subclasses define', () => {
  const uses = 'self(x), self + x, len(self), self[0], [a for a in self], x in self, -self, self < x';
  assert.deepEqual(codes(`class Mixin:\n    def guide(self, x):\n        return ${uses}\n`), []);
  const own = 'class Whole:\n    def __init__(self):\n        self.n = 1\nw = Whole()\nw(1)\n-w\n';
  assert.deepEqual(codes(own), ['not-callable', 'unsupported-operand']);
});

test('a part of a shape is a torch.Size', () => {
  assert.deepEqual(codes('def f(mean: torch.Tensor):\n    return mean.shape[-2:].numel(), mean.shape[1:-1].numel()\n'), []);
  assert.deepEqual(
    codes('def f(loc, sample_shape):\n    n = sample_shape.numel()\n    return loc.view(sample_shape + loc.shape), n\n'),
    [],
  );
});

test('the constructor of nn.Module is run with whatever keywords are passed on', () => {
  const body =
    'class A(nn.Module):\n    def __init__(self, n, **kwargs):\n        super(A, self).__init__(**kwargs)\n        self.l = nn.Linear(n, n)\n';
  assert.deepEqual(codes(body), []);
  assert.deepEqual(codes(body.replace('        super(A, self).__init__(**kwargs)\n', '')), ['module-init']);
});

test('what a cache holds and what a loop makes of its input are not compared by their names', () => {
  const body = `
class Attention(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.key = nn.Linear(d, d)
        self.register_buffer('cache', None)
    def forward(self, x):
        b, n, _ = x.shape
        keys = self.key(x).view(b, n, -1)
        self.cache = keys if self.cache is None else torch.cat([self.cache, keys], dim=1)
        return self.cache

class Model(nn.Module):
    def __init__(self, d, layers):
        super().__init__()
        self.emb = nn.Embedding(10, d)
        self.blocks = nn.ModuleList([Attention(d) for _ in range(layers)])
    def forward(self, idx):
        batch_size, seq_len = idx.shape
        x = self.emb(idx)
        for block in self.blocks:
            x = block(x)
        return x

def generate(model, idx, n):
    logits = model(idx)
    for _ in range(n):
        last = logits[:, -1].argmax(dim=-1, keepdim=True)
        idx = torch.cat([idx, last], dim=1)
        logits = model(last)
    return idx

model = Model(8, 12)
generate(model, torch.ones(1, 4, dtype=torch.int64), 200)
`;
  assert.deepEqual(codes(body), []);
});

test('members that may have been taken away are not counted', () => {
  const body = (op: string) => `
def left(word_map, words, k=3):
    inc = [i for i, w in enumerate(words) if w != word_map['<end>']]
    done = list(set(range(3)) ${op} set(inc))
    return torch.ones(3).topk(2 - len(done))
`;
  for (const op of ['-', '&', '^']) assert.deepEqual(codes(body(op)), [], op);
  assert.deepEqual(codes('torch.ones(3).topk(2 - len({1, 2, 3} - {4}))\n'), ['k-out-of-range']);
});

test('infinity stands for a number that is still to come', () => {
  const body = `
def least(prompts):
    n = float('inf')
    for p in prompts:
        n = min(n, len(p))
    return torch.zeros(3, n)
`;
  assert.deepEqual(codes(body), []);
  assert.equal(shapeOf("n = min(float('inf'), 4)\nx = torch.zeros(n)\n", 'x'), '[4]');
});

test('templates of bytes are filled like those of text', () => {
  assert.deepEqual(codes("a = 'image-%09d'.encode() % 3\nb = b'%s %d' % (b'x', 1)\nassert a == b'image-000000003' and b == b'x 1'\n"), []);
});

test('a pattern is matched from a place on', () => {
  assert.deepEqual(codes("import re\np = re.compile(r'\\w+')\nm = p.match('a b', 2)\nq = p.search('a b', 0, 1)\nn = q.start()\n"), []);
});

test('abstract collections are found where they stood before Python 3.10', () => {
  const body = `
import collections
def equal(a, b):
    if isinstance(a, torch.Tensor):
        return a.equal(b)
    elif isinstance(a, collections.Iterable):
        return all(equal(x, y) for x, y in zip(a, b))
    return a == b
assert equal((torch.ones(3),), (torch.ones(3),))
`;
  assert.deepEqual(codes(body), []);
});

test('parentheses with a comma at their end group the items of a with statement', () => {
  const body = `
from unittest.mock import patch
def use():
    with (
        patch('a') as one,
        open('x') as two,
    ):
        print(one, two)
    with (patch('a'), open('x')):
        pass
    with (patch('a'), open('x')) as both:
        print(both)
`;
  assert.deepEqual(codes(body), []);
  assert.deepEqual(codes('with (open("x") as f,):\n    print(g)\n'), ['undefined-name']);
});

test('as many new axes as a list has', () => {
  const body = 'def f(v: torch.Tensor):\n    bins = torch.linspace(0, 1, 4)\n    return v.unsqueeze(-1) - bins[[None] * v.ndim]\n';
  assert.deepEqual(codes(body), []);
});

test('an attribute that other code sets is not what a __getattr__ of the class falls back to', () => {
  const body = `
class Callback:
    _default = 'learner'
    def __getattr__(self, k):
        attr = getattr(self, self._default, None) if k != self._default else None
        if attr is not None:
            return getattr(attr, k)

class Track(Callback):
    def after(self):
        return torch.cat(self.preds), len(self.losses)

class Learner:
    def __init__(self, callbacks):
        self.preds, self.losses = [], []
        for callback in callbacks:
            callback.learner = self
`;
  assert.deepEqual(codes(body), []);
});

test('how many devices there are is not known', () => {
  assert.deepEqual(codes('ids = list(range(torch.cuda.device_count()))\nprint(ids[0])\n'), []);
});

test('the memory format of an empty tensor', () => {
  assert.equal(shapeOf('x = torch.empty((2, 3), memory_format=torch.contiguous_format)\n', 'x'), '[2, 3]');
});

test('an array seen as another type', () => {
  assert.deepEqual(codes('import numpy as np\ndef f(msa):\n    return np.array(msa, dtype=np.bytes_).view(np.uint8)\n'), []);
});

test('a sentence that begins with a pair of numbers claims no shape', () => {
  assert.deepEqual(codes('t = torch.tril_indices(3, 2)\nx = t[:, 1:]  # (1, 1) must be 1.0, it is no parameter\n'), []);
  assert.deepEqual(codes('t = torch.tril_indices(3, 2)\nx = t[:, 1:]  # (1, 1)\n'), ['declared-shape-mismatch']);
});

test('a view of what is left of a larger tensor shifts its rows', () => {
  const shift = `
def rel_shift(x):
    n, m, b = x.shape
    padded = torch.cat([torch.zeros(n, 1, b), x], dim=1).view(m + 1, n, b)
    return padded[1:].view(n, m, b)
`;
  assert.deepEqual(codes(shift), []);
  assert.deepEqual(codes('def f(x):\n    n, m, b = x.shape\n    return x.view(m, n, b)\n'), ['view-as-transpose']);
});

test('a size that an annotation or a default says may be a sequence', () => {
  assert.deepEqual(codes('class B:\n    def __init__(self, size: int):\n        self.n = len(size) + sum(size)\n'), []);
  assert.deepEqual(codes('def f(stride=1):\n    return stride[0], len(stride)\n'), []);
});

test('a list of free places is filled by what it is given to', () => {
  const gather = (call: string) => `
import torch.distributed as dist
def gather(keys, group):
    found = [None for _ in range(dist.get_world_size(group))]
    ${call}
    return [len(k) for k in found]
print(gather)
found = [None, None]
dist.all_gather_object(found, 1)
print(len(found[0]))
`;
  assert.deepEqual(codes(gather('dist.all_gather_object(found, keys, group=group)')), []);
});

test('a bytearray makes a tensor', () => {
  assert.deepEqual(codes('import pickle\nx = torch.tensor(bytearray(pickle.dumps(1)), dtype=torch.uint8)\n'), []);
});

test('an argument of one letter that a comment uses for a size may be a tensor', () => {
  const body = `
def pad(q, P, g):
    # (B, T, D) -> (B, T + P, D)
    q = F.pad(q, (0, 0, 0, g))
    return q, F.pad(P, (0, 0, 0, 3))
`;
  assert.deepEqual(codes(body), []);
});

test('a range of numbers is no shape', () => {
  assert.deepEqual(codes('def f(x):\n    b, c, h, w = x.shape\n    y = x / 3  # [-9, 9]\n    return y\n'), []);
});

test('classes of other libraries have operators of their own', () => {
  assert.deepEqual(codes('import ctypes\nclass V(ctypes.Union):\n    pass\nxs = (V * 3)()\n'), []);
});
