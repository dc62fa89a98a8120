/**
 * What whole repositories are written with: right programs that nothing may be said of, the shapes that must be known in
 * them, and beside each a wrong one that must still be found.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codes, report, shapeOf } from './real-code.ts';

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
  assert.equal(shapeOf(body, 'split'), '[?, ?, n, ?]');
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

test('a buffer on one path and an empty parameter on the other takes a tensor; a parameter does not', () => {
  const norm = (first: string, second: string) => `
class Norm(nn.Module):
    def __init__(self, n, track):
        super().__init__()
        if track:
            ${first}
        else:
            ${second}
    def forward(self, x):
        self.mean = torch.zeros(3)
        return x
`;
  const [buffer, none] = ["self.register_buffer('mean', torch.zeros(n))", "self.register_parameter('mean', None)"];
  assert.deepEqual(report(norm(buffer, none)).diagnostics, []);
  assert.deepEqual(report(norm(none, buffer)).diagnostics, []);
  assert.equal(report(norm('self.mean = nn.Parameter(torch.zeros(n))', 'self.mean = nn.Parameter(torch.ones(n))')).diagnostics.length, 1);
});

test('as_tensor with a dtype that is not known says none; modules of modules have constructors of their own', () => {
  const masks = `
def mask_of(length, dtype=None):
    mask = torch.arange(5, dtype=length.dtype) < length.unsqueeze(1)
    if dtype is None:
        dtype = length.dtype
    return torch.as_tensor(mask, dtype=dtype)

def inverse(length):
    return 1 - mask_of(length)
`;
  assert.deepEqual(report(masks).diagnostics, []);
  const lazy = `
from types import ModuleType
class Lazy(ModuleType):
    def __init__(self, name):
        super().__init__(name)
lazy = Lazy('x')
`;
  assert.deepEqual(report(lazy).diagnostics, []);
});

test('behind isinstance with an unknown class a string is no string', () => {
  const split = (test: string) => `
import other
def split(path):
    if ${test}:
        first, second = path
        return first
    return path
split('some/long/path')
`;
  assert.deepEqual(report(split('isinstance(path, other.Source)')).diagnostics, []);
  assert.deepEqual(report(split('isinstance(path, (list, other.Source))')).diagnostics, []);
  assert.equal(report(split('isinstance(path, str)')).diagnostics.length, 1);
});

test('an option that is nothing by default may be given', () => {
  const options = `
import argparse
parser = argparse.ArgumentParser()
parser.add_argument('--steps', type=int)
parser.add_argument('--width', type=int, default=4)
args = parser.parse_args()
if args.steps > 1:
    print('resumed')
layer = nn.Linear(args.width, 2)
y = layer(torch.zeros(3, 5))
`;
  assert.deepEqual(
    report(options).diagnostics.map((d) => d.code),
    ['linear-input-size'],
  );
});

test('what never returns closes its state once', () => {
  const iterator = `
class Iterator:
    def __init__(self, head, tail):
        self.head = self.forever(head)
        self.tail = self.forever(tail)
        self.step = 0

    def __next__(self):
        self.step += 1
        if self.step % 2 == 0:
            data = next(self.head)
        else:
            data = next(self.tail)
        return nn.Linear(4, 2)(torch.zeros(3, 5))

    @staticmethod
    def forever(loader):
        while True:
            for data in loader:
                yield data
`;
  assert.deepEqual(codes(iterator), ['linear-input-size']);
});

test('lists that are made empty are filled by other methods, however many there are', () => {
  const logger = (results: string, made: string) => `
class Logger:
    def __init__(self, runs):
        self.results = ${results}
    def add(self, run, result):
        self.results[run].append(result)
    def show(self, run):
        result = torch.tensor(${made})
        return result[:, 0].max()
`;
  for (const results of ['[[] for _ in range(runs)]', '[[], [], []]']) {
    assert.deepEqual(codes(logger(results, 'self.results[run]')), [], results);
    assert.deepEqual(codes(logger(results, '[1.0, 2.0]')), ['too-many-indices'], results);
  }
});

test('a method with keywords that a tensor does not take is one of something else', () => {
  const product = (call: string) => `
def forward(adjacent, x):
    return adjacent.${call}
`;
  assert.deepEqual(codes(product("matmul(x, reduce='sum')")), []);
  assert.deepEqual(codes(product('softmax(dims=1)')), ['call-arguments']);
});
