/**
 * Classes, arguments and tables as whole repositories write them: right programs that nothing may be said of, and beside each a
 * wrong one that must still be found.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codes, shapeOf } from './real-code.ts';

test('what other methods assign does not stay as the constructor left it', () => {
  const scaler = (method: string) => `
class Scaler:
    def __init__(self, size):
        self.mean = 0.
        self.layer = nn.Linear(size, 3)
        self.seen = set()
    def ${method}(self, data, key):
        self.mean = data.mean(0)
        self.seen.add(key)
    def transform(self, data):
        self.seen.remove(1)
        return data - torch.from_numpy(self.mean)
    def more(self):
        return self.layer(torch.zeros(2, 5))
class Owner:
    def __init__(self):
        self.scaler = Scaler(4)
    def forward(self, data):
        return self.scaler.transform(data)
`;
  assert.deepEqual(codes(scaler('fit')), []);
  assert.deepEqual(codes(scaler('__repr__').replace('self.mean = data.mean(0)', 'pass')), ['call-arguments']);
});

test('an empty list that something unknown was given may be filled', () => {
  const body = (use: string) => `
import threading
def read(name, into): into.append(name)
def f(name):
    made = []
    ${use}
    return made[0]
`;
  assert.deepEqual(codes(body('threading.Thread(target=read, args=(name, made)).start()')), []);
  assert.deepEqual(codes(body('print(made)')), ['index-out-of-range']);
});

test('an argument left out is not missed on a path that not every call takes', () => {
  const body = (condition: string) => `
class Speech(nn.Module):
    def __init__(self, speakers=0):
        super().__init__()
        self.speakers = speakers
        self.embedding = nn.Embedding(4, 8)
    def forward(self, x, speaker=None):
        if ${condition}:
            x = x + self.embedding(speaker).unsqueeze(-1)
        return x
def run(options):
    return Speech(**options)(torch.zeros(2, 8, 5))
`;
  assert.deepEqual(codes(body('self.speakers > 0')), []);
  assert.deepEqual(codes(body('True')), ['not-a-tensor']);
});

test('nobody knows whether a function that nothing calls runs under no_grad', () => {
  const body = (given: string) => `
class Inference:
    def __init__(self):
        self.model = nn.Linear(4, 3)
        torch.autograd.set_grad_enabled(False)
    def evaluate(self, x):
        return ${given}.cpu().numpy()
`;
  assert.deepEqual(codes(body('self.model(x)')), []);
  assert.deepEqual(codes(body('self.model.weight')), ['invalid-argument']);
});

test('sizes whose number is not known are no empty list', () => {
  const body = (sizes: string) => `
class Norm(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
    def forward(self, x):
        return F.layer_norm(x, ${sizes}, self.weight)
`;
  assert.deepEqual(codes(body('self.weight.shape')), []);
  assert.deepEqual(codes(body('()')), ['invalid-argument']);
});

test('a column of a table is not the list it was made of', () => {
  const body = `
import pandas as pd
def f(values):
    table = pd.DataFrame(columns=['date'])
    table.date = list(values)
    return table.date.apply(lambda row: row.month)
`;
  assert.deepEqual(codes(body), []);
});

test('a normalisation takes its number of features in a list', () => {
  assert.deepEqual(codes('y = nn.BatchNorm1d([4])(torch.ones(3, 4))'), []);
  assert.deepEqual(codes('y = nn.BatchNorm1d([4])(torch.ones(3, 5))'), ['norm-channels']);
  assert.deepEqual(codes("y = nn.BatchNorm1d(['a'])"), ['call-arguments']);
});

test('data whose sizes are not known has no known type, and a type class is a type', () => {
  const body = `
import numpy as np
def f(n, columns):
    data = {'ids': np.zeros(n).astype('int64'), 'graph': np.zeros((3, 3))}
    return nn.Embedding(4, 3)([torch.tensor([data[c]]) for c in columns][0])
x = torch.normal(2 * torch.ones(4, 2), 1).type(torch.LongTensor)
`;
  assert.deepEqual(codes(body), []);
});

test('in a condition the right side of `or` is looked at where the left one does not hold', () => {
  const body = (test: string) => `
def split(part):
    words = []
    special = part[0] >= 3
    if special or part.startswith(' ') or ${test}:
        words.append(part)
    else:
        words[-1] = words[-1] + part
    return words
`;
  assert.deepEqual(codes(body('len(words) == 0')), []);
  assert.deepEqual(codes(body('len(words) == 1')), ['index-out-of-range', 'index-out-of-range']);
});

test('a subclass convolves in its own way; half precision reaches layers of unknown number', () => {
  const own = (weight: string) => `
class Own(nn.Conv1d):
    def _conv_forward(self, x, weight, bias):
        return super()._conv_forward(x, ${weight}, bias.to(x.dtype))
y = Own(8, 16, 3)(torch.zeros(2, 8, 10, dtype=torch.float16))
`;
  assert.deepEqual(codes(own('weight.to(x.dtype)')), []);
  assert.equal(shapeOf(own('weight.to(x.dtype)'), 'y'), '[2, 16, 8]');
  assert.deepEqual(codes(own('weight')), ['dtype-mismatch']);
  const stack = (cast: string) => `
class Stack(nn.Module):
    def __init__(self, count):
        super().__init__()
        self.layers = nn.ModuleList([nn.Sequential(nn.Conv1d(8, 8, 3), nn.BatchNorm1d(8)) for _ in range(count)])
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
def f(count):
    return Stack(count)${cast}(torch.zeros(2, 8, 9).half())
`;
  assert.deepEqual(codes(stack('.eval().half()')), []);
  assert.deepEqual(codes(stack('.eval()')), ['dtype-mismatch']);
});

test('an attribute that is a parameter or a module is a parameter to the optimizer only as one', () => {
  const body = `
class Position(nn.Module):
    pass
class Model(nn.Module):
    def __init__(self, kind):
        super().__init__()
        if kind == 'learned':
            self.position = nn.Parameter(torch.zeros(3))
        else:
            self.position = Position()
def f(kind):
    model = Model(kind)
    optimizer = torch.optim.Adam(model.parameters())
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
`;
  assert.deepEqual(codes(body), []);
});

test('a class method of an abstract class makes a subclass; a kernel is no Python', () => {
  const base = (parent: string) => `
from abc import ABC
class Base(${parent}):
    def __init__(self, size):
        self.size = size
    @classmethod
    def load(cls, path):
        return cls(size=1, setup=False)
`;
  assert.deepEqual(codes(base('ABC')), []);
  assert.deepEqual(codes(base('object')), ['unexpected-keyword']);
  const kernel = (decorator: string) => `
import triton
def make(width):
    ${decorator}
    def kernel(x):
        ROWS_COME_HERE
    return kernel
`;
  assert.deepEqual(codes(kernel('@triton.jit')), []);
  assert.deepEqual(codes(kernel('')), ['undefined-name']);
});

test('a layer is made though some arguments of its constructor are not known', () => {
  const own = (size: number) => `
class Own(nn.Linear):
    def __init__(self, a, b, *args, **kwargs):
        super().__init__(a, b, **kwargs)
        self.scale = nn.Parameter(torch.ones(b))
def f(options):
    return Own(4, 5, **options)(torch.zeros(3, ${size}))
`;
  assert.deepEqual(codes(own(4)), []);
  assert.equal(shapeOf(own(4), 'Own(4, 5, **options)(torch.zeros(3, 4))'), '[3, 5]');
  assert.deepEqual(codes(own(6)), ['linear-input-size']);
  const merged = `
class Merge(nn.ModuleList):
    def __init__(self, merge=None, *args):
        super().__init__(*args)
    def forward(self, x):
        outs = [layer(part) for layer, part in zip(self, x.split(1, dim=2))]
        return outs[0]
`;
  assert.deepEqual(codes(merged), []);
});

test('what a class that is not known, or a subclass, does in its own way', () => {
  const mixed = (base: string) => `
import other
class Extra:
    def __init__(self, rank):
        self.rank = rank
class Quantised(${base}Extra):
    def __init__(self, a, b):
        super().__init__(a, b, bias=True)
`;
  assert.deepEqual(codes(mixed('other.Linear, ')), []);
  assert.deepEqual(codes(mixed('')), ['call-arguments']);
  const translator = (subclass: string) => `
class Inference:
    def run(self, batch):
        return self.translate(batch, scoring=True)
    def translate(self, batch):
        raise NotImplementedError
${subclass}
`;
  assert.deepEqual(codes(translator('class Translator(Inference):\n    def translate(self, batch, scoring):\n        return batch')), []);
  const made = (subclass: string) => `
class Model(nn.Module):
    def __init__(self, size):
        super().__init__()
    @classmethod
    def from_options(cls, options):
        return cls(options.size, options.depth)
${subclass}
`;
  assert.deepEqual(codes(made('class Deep(Model):\n    def __init__(self, size, depth):\n        super().__init__(size)')), []);
  assert.deepEqual(codes(made('')), ['call-arguments']);
});

test('names that a module is given through its table of globals', () => {
  assert.deepEqual(codes('import builder\nbuilder.build(globals())\nprint(_DESCRIPTOR)'), []);
});

test('a list of what is in something is no shape', () => {
  const body = (text: string) => `
def collate(batch):
    """${text}"""
    return batch[0][1].size(0)
`;
  assert.deepEqual(codes(body('batch: [text_normalized, audio_normalized]')), []);
  assert.deepEqual(codes(body('batch (LongTensor): ``(N, 3)`` of [batch_id, tgt_id]')), []);
});

test('sizes between stars may be one or several', () => {
  assert.deepEqual(codes('y = torch.zeros(2, 3, 4)  # [B*T*H]'), []);
  assert.deepEqual(codes('y = torch.zeros(2, 3, 4)  # [B*T, H]'), ['declared-shape-mismatch']);
});

test('an attribute of an unknown name may be any list of the object', () => {
  const body = (name: string) => `
class Storage:
    def __init__(self):
        self.value = []
        self.reward = []
    def feed(self, data):
        for k, v in data.items():
            getattr(self, ${name}).append(v)
def f(data):
    storage = Storage()
    storage.feed(data)
    return storage.value[0]
`;
  assert.deepEqual(codes(body('k')), []);
  assert.deepEqual(codes(body("'reward'")), ['index-out-of-range']);
});

test('a comment said again of another value, and documentation that the code has no word for', () => {
  const again = (name: string) => `
def f():
    x = torch.zeros(4, 3)  # B x D
    ${name} = torch.zeros(1, 3)  # B x D
`;
  assert.deepEqual(codes(again('x')), []);
  assert.deepEqual(codes(again('y')), ['declared-shape-mismatch']);
  const encoder = (text: string) => `
class Encoder(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.embedding = nn.Embedding(10, size)
        self.layer = nn.Conv1d(size, size, 3)
    def forward(self, x):
        """
        Shapes:
            x: ${text}
        """
        return self.layer(self.embedding(x).transpose(1, -1))
`;
  assert.deepEqual(codes(encoder('[B, C, T]')), []);
  assert.deepEqual(codes(encoder('[B, T]')), []);
});

test('a module that a function builds is called with the parts that it was built of', () => {
  const built = (size: string) => `
class Embedder(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.table = nn.Embedding(10, dim)

    def forward(self, ids):
        return self.table(ids)

class Head(nn.Module):
    def __init__(self, embedder, dim):
        super().__init__()
        self.embedder = embedder
        self.fc = nn.Linear(${size}, 3)

    def forward(self, ids):
        return self.fc(self.embedder(ids))

def build(dim):
    return Head(Embedder(dim), dim)
`;
  assert.deepEqual(codes(built('dim')), []);
  assert.deepEqual(codes(built('2 * dim')), ['linear-input-size']);
});

test('a container of modules holds no more of a value than what it takes', () => {
  const body = `
class P(nn.Module):
    def forward(self, x):
        return x
def build(config=None, use=None):
    made = {}
    if config is not None:
        for key, item in config.items():
            if use is None or use.get(key):
                if "given" in item:
                    made[key] = made
                else:
                    made[key] = P()
    return nn.ModuleDict(made)
class Net(nn.Module):
    def __init__(self, config=None, use=None):
        super().__init__()
        self.parts = build(config=config, use=use)
    def forward(self, x, more=None):
        if more is not None:
            for key, value in more.items():
                x = x + self.parts[key](value)
        return x
`;
  assert.deepEqual(codes(body), []);
});

test('where the call of the base constructor is at fault, nothing is said of a base that was not initialised', () => {
  const net = (call: string) => `
class Base(nn.Module):
    def __init__(self, size):
        super().__init__()
class Net(Base):
    def __init__(self):
        ${call}
        self.layer = nn.Linear(2, 3)
Net()
`;
  assert.deepEqual(codes(net('super().__init__(1, 2)')), ['call-arguments']);
  assert.deepEqual(codes(net('pass')), ['module-init']);
  assert.deepEqual(codes(net('super().__init__(1)')), []);
});
