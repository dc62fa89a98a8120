// The vector loops of the recurrent steps against JavaScript's own functions and against the plain loops: the same float32
// everywhere, the ends of the range included, whatever the hidden size leaves of a pair.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { fromFlat, type NdArray } from '../../server/kernels/array.ts';
import { backward, requireGrad } from '../../server/kernels/autograd.ts';
import { useBackend } from '../../server/kernels/contraction.ts';
import { MersenneTwister } from '../../server/kernels/mt19937.ts';
import { RecurrentEngine } from '../../server/kernels/recurrent-engine.ts';
import { GATES, type RecurrentMode, runDirection } from '../../server/kernels/recurrent-layer.ts';
import { sum } from '../../server/kernels/reduce.ts';

after(() => useBackend('auto'));

const draws = new MersenneTwister(11);
const array = (...shape: number[]): NdArray =>
  fromFlat(
    Array.from({ length: shape.reduce((n, s) => n * s, 1) }, () => Math.fround((draws.uniform24() * 2 - 1) * 2)),
    shape,
  );

/** Numbers of every size and both signs, and what is no number. */
function sweep(): Float32Array {
  const values = [0, -0, Infinity, -Infinity, NaN, 1e-45, -1e-45, 1.2e-38, 0.02, -0.02, 88.7, -88.7, 104, -104, 3e38, -3e38];
  for (let e = -30; e < 10; e += 0.001) values.push(2 ** e, -(2 ** e));
  for (let x = -20; x < 20; x += 0.001) values.push(x);
  return Float32Array.from(values);
}

test('the tangent and the logistic function are those of double precision, rounded once', () => {
  const engine = RecurrentEngine.get();
  assert.ok(engine !== undefined);
  const x = sweep();
  const n = x.length;
  const nothing = new Float32Array(n);
  const tangents = new Float32Array(n);
  engine.step('plain', 1, n, [x, nothing], [[new Float64Array(n)]], [], [tangents]);
  // An LSTM's gates are i f g o; with a cell of 0 its new cell is i g.
  const gates = new Float32Array(4 * n);
  const row = Float32Array.from({ length: 4 * n }, (_, k) => x[k % n] as number);
  const none = Array.from({ length: 4 }, () => new Float64Array(n));
  engine.step('lstm', 1, n, [row, new Float32Array(4 * n)], [none], [nothing], [gates, new Float32Array(n), new Float32Array(n)]);
  let differing = 0;
  x.forEach((v, k) => {
    const logistic = Math.fround(1 / (1 + Math.exp(-v)));
    const tangent = Math.fround(Math.tanh(v));
    const pairs = [
      [tangent, tangents[k]],
      [logistic, gates[k]],
      [logistic, gates[n + k]],
      [tangent, gates[2 * n + k]],
      [logistic, gates[3 * n + k]],
    ];
    for (const [wanted = Number.NaN, got = Number.NaN] of pairs) {
      if (Object.is(wanted, got)) continue;
      differing += 1;
      // Where the exact number lies between two of float32 either may be given; below the smallest normal number 0 may.
      assert.ok(Math.abs(wanted - got) <= Math.max(2 ** -23 * Math.abs(wanted), 2 ** -126), `${v}: ${got} for ${wanted}`);
    }
  });
  assert.ok(differing < n / 1000, `${differing} of ${5 * n} differ`);
});

/** Output, last states and all gradients of one direction. */
function everything(mode: RecurrentMode, batchSizes: readonly number[], inputs: readonly NdArray[], projected: boolean): number[][] {
  const leaves = inputs.map((x) => requireGrad(fromFlat(x.toFlat(), x.shape)));
  const [x, weightIh, weightHh, biasIh, biasHh, h0, c0, weightHr] = leaves as [
    NdArray,
    NdArray,
    NdArray,
    NdArray,
    NdArray,
    NdArray,
    NdArray,
    NdArray,
  ];
  const parameters = { weightIh, weightHh, biasIh, biasHh, weightHr: projected ? weightHr : undefined };
  const run = { mode, layer: 0, reverse: false, batchSizes };
  const result = runDirection(run, x, parameters, h0, mode === 'LSTM' ? c0 : undefined);
  backward(sum(result.output), undefined);
  return [
    result.output,
    result.hidden,
    ...(result.cell === undefined ? [] : [result.cell]),
    ...leaves.flatMap((leaf) => leaf.grad ?? []),
  ].map((a) => a.toFlat());
}

test('both back ends give the same bits for odd sizes, packed rows and projections', () => {
  let seen = 0;
  for (const mode of ['LSTM', 'GRU', 'RNN_TANH', 'RNN_RELU'] as const)
    for (const [hidden, batchSizes] of [
      [37, [16, 16, 15]],
      [64, [9, 9, 4, 1]],
      [515, [1, 1]],
    ] as const)
      for (const projected of mode === 'LSTM' ? [false, true] : [false]) {
        const rows = batchSizes.reduce((n: number, b) => n + b, 0);
        const out = projected ? 5 : hidden;
        const width = GATES[mode] * hidden;
        const batch = batchSizes[0];
        const inputs = [
          array(rows, 6),
          array(width, 6),
          array(width, out),
          array(width),
          array(width),
          array(batch, out),
          array(batch, hidden),
          array(5, hidden),
        ];
        useBackend('js');
        const js = everything(mode, batchSizes, inputs, projected);
        useBackend('wasm');
        assert.deepEqual(everything(mode, batchSizes, inputs, projected), js, `${mode} ${hidden} projected ${projected}`);
        seen += 1;
      }
  assert.equal(seen, 15);
});
