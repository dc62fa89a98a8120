/** Hovers answer "why is this 40?". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../server/check/check.ts';
import { testParser } from './python-parser.ts';

const python = await testParser();

const PROGRAM = `import torch
from torch import nn

HIDDEN = 20


class Net(nn.Module):
    def __init__(self, emb=32, hidden=HIDDEN):
        super().__init__()
        self.lstm = nn.LSTM(emb, hidden, bidirectional=True)
        self.conv = nn.Conv1d(2 * hidden, 48, 5)

    def forward(self, x):
        out, state = self.lstm(x)
        features = self.conv(out.permute(1, 2, 0))
        return features


y = Net()(torch.zeros(9, 3, 32))
`;

/** The chains of the shape at a place, a line each: `40: what (line) ← what (line)`. */
function why(at: string): readonly string[] {
  const report = check(python.parse('why.py', PROGRAM));
  const line = (start: number) => PROGRAM.slice(0, start).split('\n').length;
  const explanations = report.hover(PROGRAM.indexOf(at))?.explanations ?? [];
  return explanations.map(({ size, steps }) => {
    const said = steps.map(
      (s, i) => `${i === 0 ? '' : s.beside ? '; ' : ' ← '}${s.what} (${s.place === undefined ? '' : line(s.place.start)})`,
    );
    return `${size}: ${said.join('')}`;
  });
}

test('a size leads back to the literal through the layer and the names that carried it', () => {
  assert.deepEqual(why('out, state'), [
    '9: the literal 9 (19)',
    '3: the literal 3 (19)',
    '40: 2 × `hidden_size` of LSTM, which is bidirectional (10) ← `HIDDEN` (4) ← the literal 20 (4)',
  ]);
});

test('a size that was computed names what it was computed from, side by side', () => {
  const [batch, channels, length] = why('features =');
  assert.equal(batch, '3: the literal 3 (19)');
  assert.equal(channels, '48: `out_channels` of Conv1d (11) ← the literal 48 (11)');
  assert.match(length ?? '', /^5: the literal 9 \(19\); .*`kernel_size` of Conv1d \(11\)/);
});
