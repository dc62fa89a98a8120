// The two back ends of the contraction against each other: the same bits where both sum in double precision, the same
// numbers within single precision where WebAssembly sums in float32; and the committed bytes against their source.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, test } from 'node:test';
import type { NdArray } from '../../server/kernels/array.ts';
import { fromFlat } from '../../server/kernels/array.ts';
import { backward, requireGrad } from '../../server/kernels/autograd.ts';
import type { Backend, MatrixView } from '../../server/kernels/contraction.ts';
import { contract, useBackend } from '../../server/kernels/contraction.ts';
import { convolution } from '../../server/kernels/convolution.ts';
import type { TypedArray } from '../../server/kernels/dtype.ts';
import { einsum } from '../../server/kernels/einsum.ts';
import { linear, matmul } from '../../server/kernels/matmul.ts';
import { MersenneTwister } from '../../server/kernels/mt19937.ts';
import { recurrent } from '../../server/kernels/recurrent.ts';
import type { RecurrentMode } from '../../server/kernels/recurrent-layer.ts';
import { sum } from '../../server/kernels/reduce.ts';

after(() => useBackend('auto'));

const engine = new MersenneTwister(7);

function numbers<T extends TypedArray>(data: T): T {
  for (let i = 0; i < data.length; i++) data[i] = engine.uniform24() * 2 - 1;
  return data;
}

const array = (...shape: number[]): NdArray => fromFlat(numbers(new Float32Array(shape.reduce((n, s) => n * s, 1))), shape);

function by<T>(backend: Backend, body: () => T): T {
  useBackend(backend);
  return body();
}

/** Sizes around the edges of tiles and blocks; [m, n, k]. */
const SIZES = [
  [32, 32, 32],
  [33, 37, 41],
  [2, 130, 128],
  [131, 3, 100],
  [5, 7, 5000],
  [9, 2100, 3],
  [64, 64, 64],
] as const;

/** A view of [rows, columns] numbers: as they lie, turned, or with gaps and an offset. */
function views(make: (n: number) => TypedArray, rows: number, columns: number): MatrixView[] {
  return [
    { data: numbers(make(rows * columns)), offset: 0, rowStep: columns, colStep: 1 },
    { data: numbers(make(rows * columns)), offset: 0, rowStep: 1, colStep: rows },
    { data: numbers(make(rows * columns * 6 + 5)), offset: 5, rowStep: columns * 3, colStep: 2 },
  ];
}

test('the bytes are those of the source', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/assemble.mjs', '--check'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('double sums: both back ends give the same bits, whatever the layout', () => {
  let seen = 0;
  for (const [m, n, k] of SIZES)
    for (const make of [(size: number) => new Float32Array(size), (size: number) => new Float64Array(size)])
      for (const a of views(make, m, k))
        for (const b of views(make, k, n))
          for (const accumulate of [false, true]) {
            const step = n + 3;
            const start = numbers(make(2 + m * step));
            const [js, wasm] = [start.slice() as TypedArray, start.slice() as TypedArray];
            by('js', () => contract(m, n, k, a, b, js, 2, step, accumulate));
            by('wasm', () => contract(m, n, k, a, b, wasm, 2, step, accumulate));
            assert.deepEqual(wasm, js, `${m} ${n} ${k} accumulate ${accumulate}`);
            seen += 1;
          }
  assert.equal(seen, SIZES.length * 36);
});

test('single sums stay within a few roundings of the double ones', () => {
  for (const [m, n, k] of [
    [128, 256, 256],
    [67, 301, 777],
    [4, 2500, 600],
    [30, 40, 9000],
    [257, 9, 2000],
  ] as const) {
    const [a] = views((size) => new Float32Array(size), m, k) as [MatrixView];
    for (const b of views((size) => new Float32Array(size), k, n)) {
      const [js, wasm] = [new Float32Array(m * n), new Float32Array(m * n)];
      by('js', () => contract(m, n, k, a, b, js));
      by('wasm', () => contract(m, n, k, a, b, wasm));
      let worst = 0;
      for (let i = 0; i < js.length; i++) worst = Math.max(worst, Math.abs((js[i] as number) - (wasm[i] as number)));
      // Numbers up to 1, sums in runs of 128: a random walk of roundings of sums of that length.
      assert.ok(worst > 0 && worst < 1e-6 * Math.sqrt(k), `${m} ${n} ${k}: ${worst}`);
    }
  }
});

test('a constant right operand is kept only for its own products', () => {
  const [k, n] = [64, 96];
  const b = { data: numbers(new Float32Array(k * n)), offset: 0, rowStep: n, colStep: 1, constant: true };
  const other = { data: numbers(new Float32Array(k * n)), offset: 0, rowStep: 1, colStep: k, constant: true };
  const plain = { ...b, constant: false };
  for (const [m, right] of [
    [16, b],
    [16, b],
    [1, b],
    [9, other],
    [16, b],
    [200, plain],
    [7, b],
    [130, b],
    [7, other],
  ] as const) {
    const a = { data: numbers(new Float32Array(m * k)), offset: 0, rowStep: k, colStep: 1 };
    const [js, wasm] = [new Float32Array(m * n), new Float32Array(m * n)];
    by('js', () => contract(m, n, k, a, right, js));
    by('wasm', () => contract(m, n, k, a, right, wasm));
    assert.deepEqual(wasm, js, `${m} rows`);
  }
});

/** The result and the gradients of its ramp-weighted sum. */
function differentiated(f: (...inputs: NdArray[]) => NdArray, inputs: readonly NdArray[]): number[][] {
  const leaves = inputs.map((x) => requireGrad(fromFlat(x.toFlat(), x.shape)));
  const y = f(...leaves);
  backward(sum(y), undefined);
  return [y.toFlat(), ...leaves.map((x) => x.grad?.toFlat() ?? [])];
}

const layer =
  (mode: RecurrentMode) =>
  (x: NdArray, ...params: NdArray[]): NdArray =>
    recurrent(
      { mode, numLayers: 1, bidirectional: false, bias: true, dropout: 0, training: true, batchFirst: false, projSize: 0 },
      x,
      params,
    ).output;

test('everything built on it agrees, forward and backward', () => {
  const gates = (n: number, inputs: number, hidden: number) => [
    array(n * hidden, inputs),
    array(n * hidden, hidden),
    array(n * hidden),
    array(n * hidden),
  ];
  const programs: readonly (readonly [string, (...inputs: NdArray[]) => NdArray, readonly NdArray[]])[] = [
    ['matmul', matmul, [array(40, 50), array(50, 60)]],
    ['batched matmul', matmul, [array(3, 40, 50), array(3, 50, 60)]],
    ['large matmul', matmul, [array(160, 170), array(170, 180)]],
    ['linear', linear, [array(8, 9, 70), array(64, 70), array(64)]],
    ['einsum', (a, b) => einsum('bhid,bhjd->bhij', [a, b]), [array(2, 3, 40, 16), array(2, 3, 40, 16)]],
    [
      'convolution',
      (x, w, b) => convolution(x, w, b, { stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1 }),
      [array(2, 8, 20, 20), array(16, 8, 3, 3), array(16)],
    ],
    ['LSTM', layer('LSTM'), [array(5, 12, 40), ...gates(4, 40, 48)]],
    ['GRU', layer('GRU'), [array(5, 12, 40), ...gates(3, 40, 48)]],
    ['RNN', layer('RNN_TANH'), [array(5, 12, 40), ...gates(1, 40, 72)]],
  ];
  for (const [name, f, inputs] of programs) {
    const js = by('js', () => differentiated(f, inputs));
    const wasm = by('wasm', () => differentiated(f, inputs));
    assert.equal(js.length, wasm.length);
    js.forEach((values, i) => {
      const scale = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      const worst = values.reduce((most, v, at) => Math.max(most, Math.abs(v - ((wasm[i] as number[])[at] as number))), 0);
      assert.ok(values.length > 0 && worst <= 1e-6 * scale, `${name}, ${i === 0 ? 'result' : `gradient ${i}`}: ${worst} of ${scale}`);
    });
  }
});
