/**
 * Layers with sizes that are symbols: what they leave, what they learn of their input, and what is only a warning.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkedProgram, printed } from './torch-program.ts';

const CASES: readonly (readonly [program: string, shape: string])[] = [
  ['B, C, H, W = x.shape\ny = nn.Conv2d(C, 8, 3, padding=1)(x)', '[B, 8, H, W]'],
  ['B, C, L = x.shape\ny = nn.Conv1d(C, 8, 3, stride=2, padding=1)(x)', '[B, 8, (L + 1)//2]'],
  ["B, C, L = x.shape\ny = nn.Conv1d(C, 8, 4, padding='same', dilation=3)(x)", '[B, 8, L]'],
  ['B, C, H, W = x.shape\ny = nn.ConvTranspose2d(C, 4, 2, stride=2)(x)', '[B, 4, 2*H, 2*W]'],
  ['B, C, H, W = x.shape\ny = nn.MaxPool2d(2)(x)', '[B, C, H//2, W//2]'],
  ['B, C, H, W = x.shape\ny = nn.AdaptiveAvgPool2d((1, None))(x)', '[B, C, 1, W]'],
  ['B, C, L = x.shape\ny = F.pad(x, (1, 2))', '[B, C, L + 3]'],
  ['B, C, H, W = x.shape\ny = F.interpolate(x, scale_factor=2)', '[B, C, 2*H, 2*W]'],
  ['B, C, H, W = x.shape\ny = nn.PixelUnshuffle(2)(x)', '[B, 4*C, H//2, W//2]'],
  ['B, T, E = x.shape\ny, _ = nn.MultiheadAttention(E, 4, batch_first=True)(x, x, x)', '[B, T, E]'],
  ['B, T, E = x.shape\n_, y = nn.MultiheadAttention(E, 4, batch_first=True)(x, x, x)', '[B, T, T]'],
  ['B, H, T, E = x.shape\ny = F.scaled_dot_product_attention(x, x, x)', '[B, H, T, E]'],
  ['B, T, E = x.shape\ny = nn.TransformerEncoder(nn.TransformerEncoderLayer(E, 4, batch_first=True), 2)(x)', '[B, T, E]'],
  ["N, C, T = x.shape\ny = F.cross_entropy(x, z, reduction='none')", '[N, T]'],
  ['N, C = x.shape\ny = nn.LayerNorm(C)(x)', '[N, C]'],
];

test('sizes that are symbols go through layers', () => {
  const wrong: string[] = [];
  for (const [program, wanted] of CASES) {
    const target = program.includes('cross_entropy') ? 'N_, T_ = z.shape\n' : '';
    const checked = checkedProgram(`${target}${program}\n`, ['x', 'z']);
    const found = checked.shape('y').replaceAll('T_', 'T').replaceAll('N_', 'N');
    if (found !== wanted || checked.faults.length > 0)
      wrong.push(`${program}: ${found}, not ${wanted}; ${checked.faults.map((f) => f.message).join('; ')}`);
  }
  assert.deepEqual(wrong, []);
});

test('a layer teaches what its input is', () => {
  const checked = checkedProgram('y = nn.Conv2d(3, 8, 3)(x)\nz = nn.BatchNorm2d(8)(y)\nw = nn.Linear(7, 2)(z)\n', ['x']);
  assert.equal(checked.faults.length, 0);
  assert.match(checked.shape('w'), /^\[.*, 8, .*, 2\]$/);
});

test('nothing is said of layers with unknown options', () => {
  const program = `m = nn.Conv2d(a, b, k, stride=s, padding=p, groups=g)
y = nn.MaxPool2d(k, s)(m(x))
z = nn.MultiheadAttention(a, b)(u, v, v)[0]
l = nn.CrossEntropyLoss(weight=w)(u, v)
n = nn.GroupNorm(g, c)(u)
`;
  const checked = checkedProgram(program, ['a', 'b', 'c', 'g', 'k', 'p', 's', 'u', 'v', 'w', 'x']);
  assert.deepEqual(
    checked.faults.map((f) => f.message),
    [],
  );
});

test('losses over shapes that broadcast are warnings', () => {
  const code = (program: string): (string | undefined)[] => checkedProgram(program).faults.map((f) => `${f.severity} ${f.code}`);
  assert.deepEqual(code('y = nn.MSELoss()(torch.rand(4, 1), torch.rand(4))\n'), ['warning loss-broadcast']);
  assert.deepEqual(code('y = nn.CrossEntropyLoss()(torch.rand(4, 1), torch.zeros(4, dtype=torch.int64))\n'), [
    'warning cross-entropy-one-class',
  ]);
  assert.deepEqual(code('y = nn.MSELoss()(torch.rand(4, 1), torch.rand(4, 1))\n'), []);
});

test('layers of a stack start equal and are their own', () => {
  const program = `torch.manual_seed(0)
m = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 6), 2)
a, b = m.layers[0].linear1.weight, m.layers[1].linear1.weight
print(torch.equal(a, b), a is b, len(list(m.parameters())))
`;
  assert.equal(printed(program), 'True False 24\n');
});

test('a stack of layers of unknown number leaves something unknown', () => {
  const program = `layers = [nn.Linear(3, 4)]
for _ in range(n):
    layers.append(nn.Linear(4, 4))
y = nn.Linear(4, 5)(nn.Sequential(*layers)(torch.rand(2, 3)))
`;
  const checked = checkedProgram(program, ['n']);
  assert.deepEqual(checked.faults, []);
  assert.match(checked.shape('y'), /^\[.*\b5\]$/);
});
