// Every recurrent, embedding and linear case of the oracle table through the kernels: outputs and all gradients.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NdArray } from '../../server/kernels/array.ts';
import { fromFlat, zeros } from '../../server/kernels/array.ts';
import { backward, requireGrad } from '../../server/kernels/autograd.ts';
import type { BagMode } from '../../server/kernels/embedding.ts';
import { embedding, embeddingBag } from '../../server/kernels/embedding.ts';
import { indexSelect } from '../../server/kernels/gather.ts';
import { recurrentBound } from '../../server/kernels/initialisation.ts';
import { linear } from '../../server/kernels/matmul.ts';
import { Generator, randn, uniformInto } from '../../server/kernels/random.ts';
import type { RecurrentConfig } from '../../server/kernels/recurrent.ts';
import { recurrent, recurrentPacked } from '../../server/kernels/recurrent.ts';
import { gruCell, lstmCell, rnnCell } from '../../server/kernels/recurrent-cell.ts';
import { sum } from '../../server/kernels/reduce.ts';
import { squeeze, unsqueeze } from '../../server/kernels/views.ts';
import type { Argument, NumericCase } from './numeric-cases.ts';
import { arrayOf, check, Inputs, isPacked, isTensor, readCases } from './numeric-cases.ts';

const cases = readCases();

function parameters(c: NumericCase): NdArray[] {
  return (c.params ?? []).map((t) => requireGrad(arrayOf(t)));
}

function configOf(c: NumericCase, g: Generator): RecurrentConfig {
  const k = c.ctor?.kwargs ?? {};
  const kind = c.op.slice(3);
  const positional = c.ctor?.args ?? [];
  return {
    mode: kind === 'RNN' ? (k['nonlinearity'] === 'relu' || positional[3] === 'relu' ? 'RNN_RELU' : 'RNN_TANH') : (kind as 'LSTM' | 'GRU'),
    numLayers: Number(k['num_layers'] ?? positional[2] ?? 1),
    bidirectional: k['bidirectional'] === true,
    bias: k['bias'] !== false,
    batchFirst: k['batch_first'] === true,
    dropout: Number(k['dropout'] ?? 0),
    projSize: Number(k['proj_size'] ?? 0),
    training: c.eval !== true,
    generator: g,
  };
}

function states(a: Argument | undefined, inputs: Inputs): NdArray[] {
  if (isTensor(a)) return [inputs.take(a)];
  if (typeof a === 'object' && a !== null && 'tuple' in a) return a.tuple.flatMap((x) => states(x, inputs));
  return [];
}

test('RNN, LSTM and GRU: padded, packed, unbatched, stacked, bidirectional, projected, complex', () => {
  const own = cases.filter((c) => /^nn\.(RNN|LSTM|GRU)$/.test(c.op));
  assert.ok(own.length >= 120);
  for (const c of own) {
    const params = parameters(c);
    const inputs = new Inputs();
    const g = new Generator(c.seed);
    // The masks come after the parameters in the stream.
    const shapes = c.params ?? [];
    for (const p of shapes) uniformInto(zeros(p.tensor, p.dtype), g, -recurrentBound(1), recurrentBound(1));
    const first = c.call.args[0];
    let outs: NdArray[];
    if (isPacked(first)) {
      const data = inputs.take(first.packed.data);
      const order = first.packed.sorted_indices;
      const sorted = (a: NdArray): NdArray => (order === null ? a : indexSelect(a, 1, fromFlat(order, [order.length], 'int64')));
      const undo = order?.map((_, i) => order.indexOf(i)) ?? null;
      const back = (a: NdArray): NdArray => (undo === null ? a : indexSelect(a, 1, fromFlat(undo, [undo.length], 'int64')));
      const [h, cell] = states(c.call.args[1], inputs).map(sorted);
      const r = recurrentPacked(configOf(c, g), data, first.packed.batch_sizes, params, h, cell);
      outs = [r.output, back(r.hidden), ...(r.cell === undefined ? [] : [back(r.cell)])];
    } else {
      assert.ok(isTensor(first));
      const x = inputs.take(first);
      const [h, cell] = states(c.call.args[1], inputs);
      const r = recurrent(configOf(c, g), x, params, h, cell);
      outs = [r.output, r.hidden, ...(r.cell === undefined ? [] : [r.cell])];
    }
    check(c, params, inputs, outs);
  }
});

test('recurrent cells', () => {
  const own = cases.filter((c) => /^nn\.(RNN|LSTM|GRU)Cell$/.test(c.op));
  assert.ok(own.length >= 20);
  for (const c of own) {
    const params = parameters(c);
    const inputs = new Inputs();
    const x = states(c.call.args[0], inputs)[0] as NdArray;
    const given = states(c.call.args[1], inputs);
    const [weightIh, weightHh, biasIh, biasHh] = params;
    assert.ok(weightIh !== undefined && weightHh !== undefined);
    const p = { weightIh, weightHh, biasIh, biasHh, weightHr: undefined };
    const lone = x.rank === 1;
    const batch = (a: NdArray): NdArray => (lone ? unsqueeze(a, 0) : a);
    const strip = (a: NdArray): NdArray => (lone ? squeeze(a, 0) : a);
    const blank = zeros([lone ? 1 : (x.shape[0] as number), weightHh.shape[1] as number]);
    const h = given[0] === undefined ? blank : batch(given[0]);
    const cell = given[1] === undefined ? blank : batch(given[1]);
    let outs: NdArray[];
    if (c.op === 'nn.LSTMCell') {
      const r = lstmCell(batch(x), h, cell, p);
      outs = [r.hidden, r.cell];
    } else if (c.op === 'nn.GRUCell') outs = [gruCell(batch(x), h, p)];
    else outs = [rnnCell(batch(x), h, p, c.ctor?.kwargs['nonlinearity'] === 'relu' ? 'relu' : 'tanh')];
    check(c, params, inputs, outs.map(strip));
  }
});

test('embedding, bags and linear layers', () => {
  const own = cases.filter((c) => /^nn\.(Embedding|EmbeddingBag|Linear)$|^F\.linear$/.test(c.op));
  assert.ok(own.length >= 47);
  for (const c of own) {
    const params = parameters(c);
    const inputs = new Inputs();
    const k = c.ctor?.kwargs ?? {};
    const num = (name: string): number | undefined => (typeof k[name] === 'number' ? k[name] : undefined);
    const args = c.call.args.map((a) => (isTensor(a) ? inputs.take(a) : undefined));
    const weight = params[0] as NdArray;
    const options = {
      paddingIdx: num('padding_idx'),
      maxNorm: num('max_norm'),
      normType: num('norm_type') ?? 2,
      scaleGradByFreq: k['scale_grad_by_freq'] === true,
    };
    let out: NdArray;
    if (c.op === 'nn.Embedding') out = embedding(args[0] as NdArray, weight, options);
    else if (c.op === 'nn.EmbeddingBag') {
      const per = c.call.kwargs['per_sample_weights'] ?? c.call.args[2];
      out = embeddingBag(args[0] as NdArray, weight, args[1], {
        ...options,
        mode: k['mode'] as BagMode,
        includeLastOffset: k['include_last_offset'] === true,
        perSampleWeights: isTensor(per) ? (args[2] ?? inputs.take(per)) : undefined,
      });
    } else if (c.op === 'nn.Linear') out = linear(args[0] as NdArray, weight, params[1]);
    else out = linear(args[0] as NdArray, args[1] as NdArray, args[2]);
    check(c, params, inputs, [out]);
  }
});

test('the hidden gradient hook reports one norm a step', () => {
  const g = new Generator(0);
  const params = [[3, 2], [3, 3], [3], [3]].map((s) => requireGrad(randn(s, g)));
  const seen: [number, number][] = [];
  const config: RecurrentConfig = {
    mode: 'RNN_TANH',
    numLayers: 1,
    bidirectional: false,
    bias: true,
    dropout: 0,
    training: true,
    batchFirst: false,
    projSize: 0,
    onHiddenGradient: (_layer, _reverse, step, norm) => seen.push([step, norm]),
  };
  const r = recurrent(config, randn([4, 1, 2], g), params);
  backward(sum(r.hidden));
  assert.deepEqual(
    seen.map(([t]) => t),
    [3, 2, 1, 0],
  );
  assert.ok(Math.abs((seen[0]?.[1] ?? 0) - Math.sqrt(3)) < 1e-6);
});
