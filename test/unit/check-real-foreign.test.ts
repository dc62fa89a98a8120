/** What stays quiet where code that nobody sees takes part: callbacks, hooks, other tensor libraries, documentation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codes } from './real-code.ts';

test('a list of tensors in a docstring is no tensor', () => {
  const body = (said: string) => `
class Pyramid(nn.Module):
    def ratio(self, mask):
        _, height, width = mask.shape
        return mask[:, :, 0]
    def forward(self, features):
        """
        features: ${said}
        """
        out = [f.flatten(2) for f in features]
        return torch.cat(out, 1), [self.ratio(f[:, 0]) for f in features]
`;
  assert.deepEqual(codes(body('list of maps [N, 3, H, W]')), []);
  assert.ok(codes(body('a tensor [N, 3, H, W]')).length > 0);
});

test('a range in documentation is no shape, and a number is no tensor', () => {
  assert.deepEqual(
    codes(`
def cut(mask: torch.Tensor, threshold, scale):
    """
    threshold (float): from where on, in [0, 1]
    scale: a factor in [0, 1]
    """
    if threshold >= 0 and scale > 0:
        return mask > threshold * scale
    return mask
`),
    [],
  );
});

test('what documentation says of one case only is not taken for all', () => {
  assert.deepEqual(
    codes(`
class Mixer(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
    def forward(self, u, length=None):
        """
        u: (batch, length, dim) if length is None
        """
        if length is None:
            batch, length, dim = u.shape
        else:
            rows, dim = u.shape
        return u
`),
    [],
  );
});

test('a callback that somebody else was given may have filled the list', () => {
  const body = (given: string) => `
from bench import patch
def run(model):
    seen = []
    def note(x):
        seen.append(x)
    ${given}
    model(3)
    return seen[0]
`;
  assert.deepEqual(codes(body('patch("forward", note)')), []);
  assert.deepEqual(codes(body('pass')), ['index-out-of-range']);
});

test('a hook fills the list of its object again whenever the model is called', () => {
  assert.deepEqual(
    codes(`
import zoo
class Watch:
    def __init__(self, model, layer):
        self.model = model
        self.seen = []
        layer.register_forward_hook(self.note)
    def note(self, module, args, output):
        self.seen.append(output)
    def __call__(self, x):
        self.seen = []
        self.model(x)
        return self.seen[-1]
model = zoo.make('large')
Watch(model, model.layers[-1])(torch.zeros(2, 3))
`),
    [],
  );
});

test('a mode of another library fills what its object holds while it is on', () => {
  assert.deepEqual(
    codes(`
from elsewhere import Mode
class Profile(Mode):
    def __init__(self):
        self.rows = []
    def __dispatch__(self, func):
        self.rows.append((func, 1))
def profile(f):
    p = Profile()
    with p:
        f()
    names, times = zip(*[row for row in p.rows if row])
    return names
`),
    [],
  );
});

test('tensors of another library are none of these', async () => {
  const { check } = await import('../../server/check/check.ts');
  const { testParser } = await import('./python-parser.ts');
  const python = await testParser();
  const body = `
def loss(x, t):
    B, H, W, C = x.shape
    assert t.shape == [B]
    return x.shape[:-1] + [C]
`;
  const found = (head: string) => check(python.parse('other.py', head + body)).diagnostics.map((d) => d.code);
  assert.deepEqual(found('import tensorflow.compat.v1 as tf\n'), []);
  assert.ok(found('import torch\n').length > 0);
});

test('the size of a group of processes is a number', () => {
  assert.deepEqual(
    codes(`
def gather(x: torch.Tensor, group):
    n = group.size()
    return x.new_empty((x.shape[0] * n,) + x.shape[1:])
`),
    [],
  );
});

test('a class of tensors with a constructor of its own takes what that takes', () => {
  assert.deepEqual(
    codes(`
class Packed(torch.Tensor):
    @staticmethod
    def __new__(cls, shape, data, *, requires_grad=False):
        return torch.Tensor._make_wrapper_subclass(cls, shape, requires_grad=requires_grad)
def pack(data):
    return Packed((3, 4), data, requires_grad=True)
`),
    [],
  );
});

test('a mixin passes its arguments on; a registry leaves the class what it is', () => {
  assert.deepEqual(
    codes(`
from elsewhere import registry
class Sized:
    def __init__(self, cfg, n):
        super().__init__(cfg, n)
        self.n = n
@registry.register()
class Head(nn.Module):
    def __init__(self, n):
        super(Head, self).__init__()
        self.fc = nn.Linear(n, n)
`),
    [],
  );
});

test('modules under names that are not known are there', () => {
  assert.deepEqual(
    codes(`
class Stage(nn.Module):
    def __init__(self, n):
        super().__init__()
        for i in range(n):
            self.add_module(f'block{i}', nn.Conv2d(3, 3, 3))
def widths(depths):
    return [list(Stage(n).children())[-1].out_channels for n in depths]
`),
    [],
  );
});

test('a tensor is a row of a nested list where the first row is a list', () => {
  assert.deepEqual(codes('x = torch.tensor([[1.0, 2.0], torch.zeros(2)])\n'), []);
  assert.deepEqual(codes('x = torch.tensor([torch.zeros(2), torch.zeros(2)])\n'), ['invalid-argument']);
});

test('under autocast types may differ', () => {
  const body = (head: string) => `
layer = nn.Linear(3, 4)
x = torch.zeros(2, 3).half()
${head}
    y = layer(x)
`;
  assert.deepEqual(codes(body('with torch.autocast("cuda", dtype=torch.float16):')), []);
  assert.deepEqual(codes(body('with torch.no_grad():')), ['dtype-mismatch']);
});

test('capitals run together are several sizes, and coordinates are contents', () => {
  assert.deepEqual(
    codes(`
def f(weight, box):
    w = weight.reshape(1, 2, 3, 4, 5)  # [NOIkk]
    t = torch.zeros(5, 4)  # t = (r_c, r_s, t_x, t_y)
    b = box.reshape(-1)  # [x0, y0, x1, y1]
    return w, t, b
`),
    [],
  );
  assert.deepEqual(codes('w = torch.zeros(1, 2)  # [batch, time, dim]\n'), ['declared-shape-mismatch']);
});
