/** Code that leans on libraries which nobody can read, and on more of Python's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codes, shapeOf } from './real-code.ts';

test('a function of another library is not a method of a tensor', () => {
  assert.deepEqual(
    codes("import tensorflow as tf\ntf.nn.softmax([tf.one(1)], [1])\nfrom jax import nn as jnn\njnn.softmax('x', [1])\n"),
    [],
  );
  assert.deepEqual(codes('def f(x):\n    return x.unsqueeze([1])\n'), ['call-arguments']);
});

test('a data class with a base that nobody can read takes more than its own fields', () => {
  const config = (base: string) => `
from dataclasses import dataclass, field
from trainer import TrainerConfig

class Known:
    pass

@dataclass
class Base(${base}):
    epochs: int = 1

@dataclass
class Config(Base):
    layers: dict = field(default_factory=lambda: {})
    layers: dict = field(default_factory=lambda: {'n': 1})
    size: int = 3

config = Config(batch_size=3, size=4)
x = torch.zeros(config.size)
`;
  assert.deepEqual(codes(config('TrainerConfig')), []);
  assert.equal(shapeOf(config('TrainerConfig'), 'x'), '[4]');
  assert.deepEqual(codes(config('Known')), ['call-arguments']);
});

test('what a size was taken for does not stop it from being a tuple', () => {
  const uses = `
import numpy as np

def f(shape):
    return np.zeros(shape, np.float64), np.random.randn(*shape), [n for n in shape], len(shape), shape[0]

def g(kernel):
    return nn.Conv2d(1, 2, kernel), kernel[0]
`;
  assert.deepEqual(codes(uses), []);
  assert.deepEqual(codes('def f(x):\n    n = 3\n    return n[0]\n'), ['not-subscriptable']);
});

test('behind the test for a class that nobody can read, the sizes of a caller are not those', () => {
  const encode = (test: string) => `
from gymnasium import spaces

def encode(x, space):
    if ${test}:
        return torch.split(x, 1, dim=1)
    return x

encode(torch.tensor([2]), spaces.Discrete(3))
`;
  assert.deepEqual(codes(encode('isinstance(space, spaces.MultiDiscrete)')), []);
  assert.deepEqual(codes(encode('space.many')), ['dim-out-of-range']);
});

test('the parameters of a function are known to its signature', () => {
  const search = (parameters: string) => `
from inspect import signature

def step(${parameters}):
    return torch.zeros(2)

def search(step):
    if len(signature(step).parameters) < 3:
        return step(1, 2)
    return step(1, 2, 3)

search(step)
`;
  assert.deepEqual(codes(search('a, b')), []);
  assert.deepEqual(codes(search('a, b, c')), []);
  assert.deepEqual(codes(search('a, b, c, d')), ['call-arguments']);
});

test('an assertion about a type is none about a shape, and an unbound super has nothing of a base', () => {
  const history = (test: string) => `
import numpy as np
from typing import List

def generate(history: List[torch.Tensor], size: torch.Tensor):
    assert ${test}
`;
  assert.deepEqual(codes(history('isinstance(size, np.ndarray) and len(size.shape) == 1')), []);
  assert.deepEqual(codes('x = torch.zeros(2)\nassert x is not None and len(x.shape) == 2\n'), ['assertion-fails']);
  assert.deepEqual(
    codes(
      'class A:\n    def __init__(self, x):\n        pass\n\nclass B(A):\n    def __init__(self):\n        super(B).__init__()\n\nB()\n',
    ),
    [],
  );
});

test('documentation that names several tensors or several shapes says nothing of one', () => {
  const loss = (says: string) => `
class Loss(nn.Module):
    def forward(self, times):
        """
        Args:
            times (torch.Tensor): ${says}
        """
        y = times + 0
        return y
`;
  assert.equal(shapeOf(loss('a tensor with the shape (N, C)'), 'y'), '[N, C]');
  for (const says of ['a list of tensors, each with the shape (N, C)', 'the shape is (N, C) or N'])
    assert.notEqual(shapeOf(loss(says), 'y'), '[N, C]', says);
});

test('a number of bytes nobody knows can be gone through, and a packed batch of any rank has its last size', () => {
  assert.deepEqual(codes("def f(word):\n    return [b + 1 for b in word.encode('utf-8')], list(str(word).encode())\n"), []);
  const pack = `
def f(index, lengths, rnn: nn.GRU):
    x = nn.Embedding(9, 8)(index * torch.ones(4, 5, dtype=torch.long))
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    return nn.GRU(8, 4)(packed)
`;
  assert.deepEqual(codes(pack), []);
  assert.deepEqual(codes(pack.replace('GRU(8', 'GRU(7')), ['rnn-input-size']);
});

test('what holds functions is not a tensor by the name of one of them, and a module has gradients too', () => {
  const brain = (use: string) => `
class Brain:
    def step(self, batch):
        self.discriminator.requires_grad_(False)
        y = self.hparams.log_softmax(self.discriminator(batch))
        return ${use}
`;
  assert.deepEqual(codes(brain('y * self.hparams.stride')), []);
  assert.deepEqual(codes('def f(x):\n    return x.softmax(-1) + x.stride * 2\n'), ['unsupported-operand']);
});

test('one list is data, also where it begins with integers', () => {
  for (const data of ['[1, 1, 0.8]', '(1, 1, 0.8)', '[[1, 2], [3, 4.0]]']) assert.deepEqual(codes(`x = torch.Tensor(${data})\n`), [], data);
  assert.deepEqual(codes('x = torch.Tensor(1, 1, 0.8)\n'), ['call-arguments']);
  assert.deepEqual(codes('def f(n: torch.Tensor):\n    return torch.LongTensor(n.max(), n.size(0))[0, 1]\n'), []);
  assert.deepEqual(codes("x = torch.LongTensor(map(len, ['a']))\n"), ['call-arguments']);
});

test('a loss of a reduction that is not known may have any rank', () => {
  const loss = (word: string) => `
def loss(x, targets, lengths, sizes, reduction='mean'):
    kind = '${word}' if reduction == 'batch' else reduction
    value = F.ctc_loss(x, targets, lengths, sizes, 0, reduction=kind)
    return value.size(0) if reduction == 'batch' else value
`;
  assert.deepEqual(codes(loss('none')), []);
  assert.deepEqual(codes(loss('sum')), ['dim-out-of-range']);
});

test('relative positions are shifted by views', () => {
  const shift = `
def shift(x):
    b, h, q, k = x.shape
    y = torch.cat([torch.zeros((b, h, q, 1)), x], dim=-1).view(b, h, k + 1, q)
    return y[:, :, 1:].view_as(x)

def shift_padded(x):
    b, h, q, k = x.shape
    return F.pad(x, pad=(1, 0)).view(b, h, -1, q)[:, :, 1:].view(b, h, q, k)
`;
  assert.deepEqual(codes(shift), []);
  assert.deepEqual(codes('def f(x):\n    seq, batch, d = x.shape\n    return x.view(batch, seq, d)\n'), ['view-as-transpose']);
});

test('a size in brackets of its own may be left out', () => {
  const norm = (says: string) => `
def norm(x):
    """x : torch.Tensor ${says}"""
    return x.shape[1], x.shape[2]
`;
  assert.deepEqual(codes(norm('(batch, time, [channels])')), []);
});

test('what is written to `out=` has the sizes of the result', () => {
  const made = (use: string) => `
def make(x, s):
    places, best, at = torch.empty(0).long(), torch.empty(0), torch.LongTensor()
    torch.arange(5, out=places)
    torch.topk(s, 2, out=(best, at))
    return ${use}
make(torch.zeros(3, 5), torch.zeros(4, 9))
`;
  assert.deepEqual(codes(made('places.expand_as(x), best[:, 1], at[:, 1]')), []);
  assert.deepEqual(codes(made('places.expand(3, 6)')), ['expand-size-mismatch']);
});

test('an import by name with a list of names is the module itself', () => {
  const load = (more: string) => `m = __import__('torch.nn.functional'${more})\nm.relu_of_mine\n`;
  assert.deepEqual(codes(load(", fromlist=['relu']")), []);
  assert.deepEqual(codes(load('')), ['undefined-attribute']);
});

test('a layer whose weight is normalised is that layer', () => {
  const layer = (norm: string, size: number) => `
from torch.nn.utils import weight_norm, spectral_norm
from torch.nn.utils.parametrizations import weight_norm as parametrized
conv = ${norm}(nn.Conv1d(${size}, 8, 3))
y = conv(torch.zeros(2, 6, 10))
g = conv.weight_g, conv.parametrizations
`;
  for (const norm of ['weight_norm', 'spectral_norm', 'parametrized', 'nn.utils.weight_norm', 'nn.utils.parametrizations.orthogonal']) {
    assert.deepEqual(codes(layer(norm, 6)), [], norm);
    assert.deepEqual(codes(layer(norm, 5)), ['conv-channels'], norm);
  }
});
