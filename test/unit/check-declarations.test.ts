/**
 * What comments and documentation say of shapes where nothing else is known: used, named, and doubted where only they make
 * an error. What real PyTorch confirms of declarations stands in fixtures/annotations.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../server/check/check.ts';
import type { Report } from '../../server/check/report.ts';
import { testParser } from './python-parser.ts';

const HEAD = 'import torch\nimport torch.nn as nn\n';
const python = await testParser();

const report = (body: string): Report => check(python.parse('declared.py', HEAD + body));

const codes = (body: string): readonly string[] => report(body).diagnostics.map((d) => d.code);

/** The shape of a target, as the last row for it says. */
const shapeOf = (body: string, text: string): string | undefined =>
  report(body)
    .shapes.filter((row) => row.text === text)
    .at(-1)?.shape;

test('an error that only a comment makes is a warning about the comment', () => {
  const scaled = (comment: string, last: string) => `
def forecast(x):
    means = x.mean(1, keepdim=True).detach()  # ${comment}
    y = x - means
    z = means[:, 0, :] ${last}
    return y / z
`;
  assert.deepEqual(codes(scaled('(B, 1, D)', '')), []);
  const [said] = report(scaled('(B, D)', '')).diagnostics;
  assert.deepEqual([said?.code, said?.severity], ['declared-shape-mismatch', 'warning']);
  assert.deepEqual(codes(scaled('(B, 1, D)', '; w = torch.zeros(3, 4) @ torch.zeros(5, 6)')), ['matmul-inner-size']);
});

test('what documentation says of parameters holds where nobody calls the function', () => {
  const pooled = (size: string) => `
class Pool(nn.Module):
    """frames (batch, time, dim) and total (batch,) -> (batch, dim)"""
    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Linear(${size}, 4)
    def forward(self, frames, total):
        mean = frames.sum(1) / total.unsqueeze(1)
        return self.fc(mean)
`;
  assert.deepEqual(codes(pooled('dim')), []);
  assert.equal(shapeOf(pooled('dim'), 'mean'), '[batch, dim]');
  assert.deepEqual(codes(pooled('dim + 1')), ['linear-input-size']);
});

test('names in comments name the sizes, and constructor arguments hold for the class', () => {
  const body = `
class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.fc = nn.Linear(hidden, 3)
    def forward(self, x):
        y = x.float()  # (batch, seq, hidden)
        z = self.fc(y)
        return z
`;
  assert.equal(shapeOf(body, 'z'), '[batch, seq, 3]');
});

test('a list of things in a docstring is no shape', () => {
  const body = `
class Collate:
    def __call__(self, batch):
        """batch: [text_normalized, mel_normalized]"""
        longest = max([x[1].size(1) for x in batch])
        return [pair[0].size(0) for pair in batch], batch[0][1].size(0), longest
`;
  assert.deepEqual(codes(body), []);
});

test('names in an einops pattern name the sizes', () => {
  const body = `
from einops import rearrange
class Heads(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.fc = nn.Linear(dim, dim)
    def forward(self, x):
        y = rearrange(self.fc(x), 'b n (h d) -> b h n d', h=self.heads)
        z = rearrange(y, 'b h n d -> b n (h d)')
        return z
`;
  assert.equal(shapeOf(body, 'y'), '[b, heads, n, dim//heads]');
  assert.equal(shapeOf(body, 'z'), '[b, n, dim]');
});

test('an argument of the constructor that documentation names as an axis is a size of its own', () => {
  const encoder = (size: string, says: string) => `
class Encoder(nn.Module):
    def __init__(self, in_dim, hidden):
        super().__init__()
        self.inp = nn.Linear(in_dim, hidden)
        self.rnn = nn.GRU(${size}, hidden, batch_first=True)

    def forward(self, points):
        """${says}"""
        return self.rnn(self.inp(points))
`;
  assert.deepEqual(codes(encoder('in_dim', 'points: (batch, seq, in_dim)')), ['rnn-input-size']);
  assert.deepEqual(codes(encoder('in_dim', 'points (batch, seq, in_dim)')), ['rnn-input-size']);
  assert.deepEqual(codes(encoder('in_dim', 'points is of shape (batch, seq, in_dim)')), ['rnn-input-size']);
  assert.deepEqual(codes(encoder('in_dim', 'Points are (batch, seq, in_dim)')), ['rnn-input-size']);
  assert.deepEqual(codes(encoder('in_dim', '')), []);
  assert.deepEqual(codes(encoder('hidden', 'points: (batch, seq, in_dim)')), []);
});

test('an axis with the name of an argument that nothing has used is that argument', () => {
  const cell = (size: string) => `
class Cell(nn.Module):
    def __init__(self, seen, hidden):
        super().__init__()
        self.mix = nn.Linear(${size}, hidden)

    def forward(self, x, h):
        """x: (batch, seen), h: (batch, hidden)"""
        return self.mix(torch.cat((x, h), dim=1))
`;
  assert.deepEqual(codes(cell('hidden')), ['linear-input-size']);
  assert.deepEqual(codes(cell('seen + hidden')), []);
});

test('a channel that a shape is unpacked into may be the only one', () => {
  const periods = (name: string) => `
class Periods(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, (3, 1))

    def forward(self, x):
        b, ${name}, t = x.shape
        return self.conv(x.view(b, ${name}, t // 2, 2))
`;
  assert.deepEqual(codes(periods('c')), []);
});
