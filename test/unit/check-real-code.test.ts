/**
 * What whole repositories are written with: right programs that nothing may be said of, the shapes that must be known in
 * them, and beside each a wrong one that must still be found.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../server/check/check.ts';
import type { Report } from '../../server/check/report.ts';
import { testParser } from './python-parser.ts';

const HEAD = 'import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n';
const python = await testParser();

const report = (body: string): Report => check(python.parse('real.py', HEAD + body));

function codes(body: string): readonly string[] {
  return report(body).diagnostics.map((d) => d.code);
}

/** The shape of a target, as the last row for it says. */
function shapeOf(body: string, text: string): string | undefined {
  return report(body)
    .shapes.filter((row) => row.text === text)
    .at(-1)?.shape;
}

test('a linear layer does not settle the rank of an input whose sizes are known by cat or permute', () => {
  const attention = (last: string) => `
class Attention(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.attn = nn.Linear(2 * hidden_size, hidden_size)
        self.v = nn.Parameter(torch.rand(hidden_size))
    def forward(self, hidden, outputs):
        steps = outputs.size(0)
        h = hidden.repeat(steps, 1, 1).transpose(0, 1)
        e = outputs.transpose(0, 1)
        energy = torch.tanh(self.attn(torch.cat([h, e], 2))).transpose(1, 2)
        v = self.v.repeat(e.size(0), 1).unsqueeze(1)
        return ${last}
`;
  assert.deepEqual(codes(attention('torch.bmm(v, energy).squeeze(1)')), []);
  assert.deepEqual(codes(attention('torch.bmm(v, torch.ones(3, 4))')), ['rank-mismatch']);
});

test('a layer made of one of two values is one layer, initialised', () => {
  const made = (weight: string) => `
def make(n, flag):
    width = 8 if flag else None
    layer = nn.Linear(4, width or 5)
    other = nn.Conv2d(4, 4, 3, padding_mode='zeros' if flag else 'reflect')
    other.weight = nn.Parameter(torch.ones(4, 4, 3, 3))
    layer.weight = ${weight}
`;
  assert.deepEqual(codes(made('nn.Parameter(torch.ones(5, 4))')), []);
  assert.deepEqual(codes(made('torch.ones(5, 4)')), ['invalid-argument']);
});

test('layers added in a loop that is not followed to its end: there may be more than are known', () => {
  const stack = (width: number, index: number) => `
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.fc = nn.Linear(d, d)
        self.norm = nn.LayerNorm(d)
    def forward(self, x):
        return self.norm(self.fc(x))
class Net(nn.Module):
    def __init__(self, count, d):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(count):
            self.layers.append(Block(d))
        blocks = []
        for i in range(count):
            blocks.append(Block(d))
        self.blocks = nn.ModuleList(blocks)
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        for block in self.blocks:
            x = block(x)
        last = self.blocks[${index}](x)
        return last
net = Net(400, 16)
other = Net(400, 16)
other.load_state_dict(net.state_dict())
y = net(torch.ones(2, ${width}))
`;
  assert.deepEqual(codes(stack(16, 399)), []);
  assert.equal(shapeOf(stack(16, 399), 'last'), '[2, 16]');
  assert.ok(codes(stack(17, 399)).includes('linear-input-size'));
});

test('a layer that a condition adds may be missing', () => {
  const net = (flag: string) => `
class Net(nn.Module):
    def __init__(self, deep):
        super().__init__()
        self.a = nn.Linear(3, 4)
        if deep:
            self.b = nn.Linear(4, 4)
def use(deep):
    a = Net(${flag})
    b = Net(False)
    b.load_state_dict(a.state_dict())
`;
  assert.deepEqual(codes(net('deep')), []);
  assert.deepEqual(codes(net('True')), ['state-dict-mismatch']);
});

test('sizes put together with a tuple keep what is known of both', () => {
  const body = `
def one_hot(index, n):
    made = torch.FloatTensor(index.size() + (n,)).zero_()
    made.scatter_(len(index.size()), index.unsqueeze(-1), 1.0)
    return made
def heads(x, n):
    new = x.size()[:-1] + (n, x.size(-1) // n)
    split = x.view(*new)
    return split.permute(0, 2, 1, 3)
def rest(x):
    b = x.shape[0]
    made = torch.zeros((b,) + x.shape[1:] + (7,))
    return made
`;
  assert.deepEqual(codes(body), []);
  assert.equal(shapeOf(body, 'made'), '[b, *, 7]');
  assert.equal(shapeOf(body, 'split'), '[*, n, ?]');
});

test('an item of a tuple of unknown length by an unknown index is one of its items', () => {
  const body = (op: string) => `
def f(points, indexing='ij'):
    order = [0, 1] if indexing == 'ij' else [1, 0]
    parts = points.unbind(2)
    for dim in order:
        ${op}
`;
  assert.deepEqual(codes(body('torch.floor(parts[dim])')), []);
  assert.deepEqual(codes(body('torch.floor(len(parts))')), ['not-a-tensor']);
});

test('what is assigned may have more sizes than the place, if those in front may be 1', () => {
  const body = (width: number) => `
def f(values, agent, x):
    table = torch.zeros(128, 16)
    delta = agent(x).reshape(1, -1) * torch.zeros(3, ${width})[0] + x
    for t in range(128):
        table[t] = delta
`;
  assert.deepEqual(codes(body(16)), []);
  assert.deepEqual(codes(body(5)), ['expand-size-mismatch']);
});

test('a context of an autograd function holds what its forward put there', () => {
  const body = (shape: string) => `
class Crop(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.shape = x.shape[2]
        return x * 2
    @staticmethod
    def backward(ctx, g):
        if g.shape[2] > ${shape}:
            g = g[:, :, :ctx.shape]
        return g
`;
  assert.deepEqual(codes(body('ctx.shape')), []);
  assert.deepEqual(codes(body('torch.ones(2, 3).shape')), ['unsupported-operand']);
});

test('a class of the library whose constructor wants arguments is made by its subclasses', () => {
  const body = `
class Fixed(torch.distributions.Normal):
    def log_probs(self, actions):
        return super().log_prob(actions).sum(-1, keepdim=True)
    def mode(self):
        return torch.log(self.scale) + self.mean
`;
  assert.deepEqual(codes(body), []);
});

test('the arguments of a program are not known', () => {
  assert.deepEqual(codes('import sys\na, b = sys.argv[1], sys.argv[2]\n'), []);
  assert.deepEqual(codes('import sys\nsys.argv.missing()\n'), ['undefined-attribute']);
});

test('the files that layers stand in hold more names than torch.nn', () => {
  const body = (size: number) => `
from torch.nn.modules.linear import Linear
kept = {torch.nn.modules.linear.NonDynamicallyQuantizableLinear, torch.nn.modules.dropout.Dropout}
y = torch.nn.modules.linear.Linear(3, 4)(torch.ones(2, ${size})) + Linear(3, 4)(torch.ones(2, 3))
`;
  assert.deepEqual(codes(body(3)), []);
  assert.deepEqual(codes(body(5)), ['linear-input-size']);
  assert.deepEqual(codes('y = torch.nn.NonDynamicallyQuantizableLinear\n'), ['undefined-attribute']);
});

test('squeeze without a dimension is warned of where the batch has a name', () => {
  const body = (x: string) => `
def f(logits, layer, target):
    B, T = logits.shape
    y = ${x}.squeeze()
    return y
`;
  assert.deepEqual(codes(body('torch.log(logits).sum(1, keepdim=True)')), ['squeeze-without-dim']);
  assert.deepEqual(codes(body('torch.nonzero(target == 3)')), []);
  assert.deepEqual(
    codes(
      `class W(nn.Module):\n    def __init__(self, c):\n        super().__init__()\n        self.w = nn.Parameter(torch.zeros(c, c, 1))\n    def forward(self, z):\n        return self.w.squeeze()\n`,
    ),
    [],
  );
});

test('a size of something unknown need not be that of a tensor', () => {
  const body = (use: string) => `
def f(buffer, x):
    n = buffer.size()
    ${use}
`;
  assert.deepEqual(codes(body('y = torch.zeros(n - 1, n)[: n // 2]\n    print(n > 3, range(n))')), []);
  assert.equal(shapeOf(body('B, T = n\n    y = torch.zeros(n)'), 'y'), '[B, T]');
  assert.deepEqual(codes(body('y = torch.zeros(2, 3).size() - 1')), ['unsupported-operand']);
});

test('a loop settles on what all its iterations have in common', () => {
  const decoder = (hidden: number) => `
class Decoder(nn.Module):
    def __init__(self, hidden, mels):
        super().__init__()
        self.cell = nn.LSTMCell(mels, hidden)
        self.out = nn.Linear(hidden, mels)
    def forward(self, memory, frame, count):
        B = memory.size(0)
        h = c = torch.zeros(B, ${hidden})
        total = None
        seen = torch.zeros(B, 0)
        frames = []
        steps, stopped = 0, False
        for i in range(count):
            h, c = self.cell(frame, (h, c))
            frame = self.out(h)
            total = frame.sum(1) if total is None else total + frame.sum(1)
            seen = torch.cat([seen, frame], 1)
            frames.append(frame)
            steps, stopped = steps + 1, not stopped
        made = torch.stack(frames, 1)
        return made, h, seen, total
made, h, seen, total = Decoder(16, 8)(torch.zeros(4, 7, 16), torch.zeros(4, 8), input_size)
`;
  const given = `input_size = int(input())\n${decoder(16)}`;
  assert.deepEqual(codes(given), []);
  assert.equal(shapeOf(given, 'made'), '[4, ?, 8]');
  assert.equal(shapeOf(given, 'h'), '[4, 16]');
  assert.equal(shapeOf(given, 'seen'), '[4, ?]');
  assert.ok(report(`input_size = int(input())\n${decoder(17)}`).diagnostics.some((d) => d.severity === 'error'));
});

test('loops in loops are finished within the steps', () => {
  const body = `
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(8, 16, batch_first=True)
        self.out = nn.Linear(16, 5)
    def forward(self, x, state):
        out, state = self.rnn(x, state)
        return self.out(out), state
def train(loader, epochs):
    model = Model()
    optimizer = torch.optim.Adam(model.parameters())
    for epoch in range(epochs):
        model.train()
        total, count = 0, 0
        for i, (x, y) in enumerate(loader):
            state = None
            x = x.view(-1, 4, 8)
            for j in range(x.size(1)):
                scores, state = model(x[:, j : j + 1], state)
                count += 1
            loss = F.cross_entropy(scores.squeeze(1), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(epoch, total / count)
`;
  const made = report(body);
  assert.equal(made.status, 'ok');
  assert.deepEqual(made.diagnostics, []);
  assert.equal(shapeOf(body, 'scores'), '[?, 1, 5]');
});

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
def split(parts):
    words = []
    for part in parts:
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
