/** Which of the shapes that a place has in several runs is shown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { better, merge, type Spelled, textOf } from '../../server/check/spelled.ts';
import { codes, report, shapeOf } from './real-code.ts';

const tensor = (...sizes: readonly string[]): Spelled => ({ kind: 'tensor', sizes, dtype: null });

const BLOCK = `
class Block(nn.Module):
    def __init__(self, dim, groups=8):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.norm = nn.GroupNorm(8, dim)
    def forward(self, x):
        N, C, H, W = x.shape
        y = self.norm(self.conv(x))
        return y
`;

test('a class shows the shapes of its own run where those through its callers differ', () => {
  const model = `${BLOCK}
class Model(nn.Module):
    def __init__(self, wide=32, classes=10):
        super().__init__()
        self.a = Block(16)
        self.b = Block(wide)
        self.between = nn.Conv2d(16, wide, 1)
    def forward(self, x):
        return self.b(self.between(self.a(x)))
`;
  assert.equal(shapeOf(model, 'y'), '[N, dim, H, W]');
  const hovers = report(model).signatures.find((s) => s.qualifiedName === 'Block.forward');
  assert.equal(hovers?.text, '[N, dim, H, W] -> [N, dim, H, W]');
});

test('where all callers agree on more, that is shown', () => {
  const helper = `
def halves(x):
    y = x[:, ::2]
    return y

class A(nn.Module):
    def forward(self, x):
        return halves(torch.zeros(4, 6))
`;
  assert.equal(shapeOf(helper, 'y'), '[4, 3]');
});

test('a trial with default arguments is no context of its own', () => {
  const twice = (defaults: string) => `
class Head(nn.Module):
    def __init__(self, ${defaults}):
        super().__init__()
        self.fc = nn.Linear(width, classes)
    def forward(self, x):
        y = self.fc(x)
        return y
`;
  assert.equal(shapeOf(twice('width=8, classes=4'), 'y'), '[*, classes]');
  assert.equal(shapeOf(twice('width, classes'), 'y'), '[*, classes]');
});

test('shapes of several contexts keep their rank and the sizes that agree', () => {
  const both = (a: Spelled, b: Spelled): string => textOf(merge(a, b));
  assert.equal(both(tensor('N', 'H', 'C'), tensor('N', 'W', 'C')), '[N, ?, C]');
  assert.equal(both(tensor('N', 'H', 'C'), tensor('*')), '[?, ?, ?]');
  assert.equal(both(tensor('*', 'C'), tensor('N', 'H', 'C')), '[?, ?, C]');
  assert.equal(both(tensor('N', '*'), tensor('N', 'H', 'C')), '[N, ?, ?]');
  assert.equal(both(tensor('N', 'C'), tensor('N', 'H', 'C')), '[N, *, C]');
  assert.equal(both(tensor('a', '*', 'b'), tensor('a')), '[a, *]');
});

test("the better known of two shapes is shown, a definition's own where it is the same", () => {
  assert.equal(textOf(better(tensor('N', 'dim'), tensor('4', '64'))), '[N, dim]');
  assert.equal(textOf(better(tensor('*', 'dim'), tensor('4', '64'))), '[4, 64]');
  assert.equal(textOf(better(tensor('N', 'dim'), tensor('4', '?'))), '[N, dim]');
});

test('what is learned later of sizes holds for what was seen before', () => {
  const norm = `
class Norm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.channels = channels
        self.gamma = nn.Parameter(torch.ones(channels))
    def forward(self, x):
        y = x * 2
        N, T, _ = y.shape
        return F.layer_norm(y, (self.channels,), self.gamma)
`;
  assert.equal(shapeOf(norm, 'torch.ones(channels)'), '[channels]');
  assert.equal(shapeOf(norm, 'y'), '[N, T, channels]');
});

test('what is filled behind a mask of unknown rank keeps its shape', () => {
  const attend = (merge: string) => `
class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.each = heads, width // heads
        self.query = nn.Linear(width, width)
    def forward(self, x, mask=None):
        batch = x.size(0)
        q = self.query(x).view(batch, -1, self.heads, self.each).transpose(1, 2)
        scores = torch.matmul(q, q.transpose(-2, -1))
        if mask is not None:
            scores = scores.masked_fill(mask == 0, -1e9)
        y = torch.matmul(scores.softmax(dim=-1), q)
        return y.transpose(1, 2).${merge}(batch, -1, self.heads * self.each)
`;
  assert.equal(shapeOf(attend('reshape'), 'y'), '[batch, heads, ?, width//heads]');
  assert.deepEqual(codes(attend('reshape')), []);
  assert.deepEqual(codes(attend('view')), ['view-maybe-not-contiguous']);
  const wider = `
def fill(mask):
    y = torch.zeros(1, 1).masked_fill(mask, 1.0)
    z = torch.zeros(3).masked_fill(mask, 1.0)
    return y, z
`;
  assert.equal(shapeOf(wider, 'y'), '[*, ?, ?]');
  assert.equal(shapeOf(wider, 'z'), '[*, 3]');
});
