/**
 * What the repositories of vision, diffusion and graph models are written with: right programs that nothing may be said of, and
 * beside each a wrong one that must still be found.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codes, shapeOf } from './real-code.ts';

test('one of two containers or objects is changed, the one that takes it', () => {
  const config = (made: string) => `
def build(file, flag: bool):
    table = str(file)
    if flag:
        table = ${made}
    table['ch'] = 3
    return table
`;
  assert.deepEqual(codes(config('{}')), []);
  assert.deepEqual(codes(config('file.name + str(file)')), []);
  assert.deepEqual(codes(config("'a'")), ['not-subscriptable']);
  const gradient = (size: number) => `
def give(flag: bool):
    p = nn.Parameter(torch.zeros(3))
    if flag:
        p = nn.Parameter(torch.zeros(1, 3))
    p.grad = torch.zeros(${size})
`;
  assert.deepEqual(codes(gradient(3)), []);
  assert.deepEqual(codes(gradient(4)), ['shape-mismatch']);
});

test('keywords that are only passed on choose their path', () => {
  const factory = (call: string) => `
class Plain:
    def __init__(self, root):
        self.root = root
class Rich:
    def __init__(self, root, training=False):
        self.root = root
def make(kind, **kwargs):
    if kind == 'plain':
        return Plain(**kwargs)
    elif kind == 'layer':
        return nn.Linear(**kwargs)
    return Rich(**kwargs)
def use(kind):
    return ${call}
`;
  assert.deepEqual(codes(factory("make(kind, root='.', training=True)")), []);
  assert.deepEqual(codes(factory("make('plain', root='.', training=True)")), ['unexpected-keyword']);
});

test('a layer with further arguments that nobody knows is one', () => {
  const body = (base: string) => `
class Norm(${base}):
    def __init__(self, size, **kwargs):
        ${base === 'nn.Module' ? 'pass' : 'super().__init__(size, **kwargs)'}
        self.act = nn.ReLU()
    def forward(self, x):
        return self.act(super().forward(x)) * self.eps
`;
  assert.deepEqual(codes(body('nn.LayerNorm')), []);
  assert.deepEqual(codes(body('nn.Module')).includes('module-init'), true);
});

test('super() does not look past a base that nobody can see', () => {
  const body = (base: string) => `
from elsewhere import Known
class Mixin:
    def __init__(self):
        self.depth = 3
class Mine(${base}Mixin):
    def __init__(self, depth=5, **kwargs):
        super().__init__(block=3)
Mine()
`;
  assert.deepEqual(codes(body('Known, ')), []);
  assert.deepEqual(codes(body('')), ['unexpected-keyword']);
});

test('sizes that are -1 or a number by a condition, and -1 among sizes of unknown number', () => {
  const body = (last: string) => `
class Scale(nn.Module):
    def __init__(self, last: bool):
        super().__init__()
        self.wanted = (1, 1, 1, -1) if last else (1, ${last}, 1, 1)
        self.bias = nn.Parameter(torch.zeros(8))
    def forward(self, x):
        return x + self.bias.view(self.wanted)
def drop(x, kept, prefix):
    x = x.gather(1, kept.unsqueeze(-1).expand((-1, -1) + x.shape[2:]))
    return torch.cat((prefix, x), dim=1)
`;
  assert.deepEqual(codes(body('-1')), []);
});

test('sets and the keys of a dict; what packages and notebooks add', () => {
  const body = (right: string) => `
taken = {'a': 1}
left = {'a', 'b'} - ${right}
x = torch.zeros(len(left))
def on(device):
    return device.type == 'npu' and torch.npu.is_available()
def show(image):
    display(image)
`;
  assert.deepEqual(codes(body('taken.keys()')), []);
  assert.equal(shapeOf(body('taken.keys()'), 'x'), '[1]');
  assert.deepEqual(codes(body('[1]')), ['unsupported-operand']);
});

test('lists in a list that the constructor leaves empty are filled by other methods', () => {
  const body = (inner: string) => `
class Log:
    def __init__(self, runs):
        self.results = [${inner}, ${inner}]
    def show(self, run: int):
        result = torch.tensor(self.results[0])
        return result[:, 0].max()
`;
  assert.deepEqual(codes(body('[]')), []);
  assert.deepEqual(codes(body('[1.0]')), ['too-many-indices']);
});
