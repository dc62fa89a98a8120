// The other operations of the numeric oracle table through the kernels: outputs, losses and all gradients.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as act from '../../server/kernels/activation.ts';
import type { NdArray } from '../../server/kernels/array.ts';
import { full, zeros } from '../../server/kernels/array.ts';
import { multiHeadAttention } from '../../server/kernels/attention.ts';
import { requireGrad } from '../../server/kernels/autograd.ts';
import { binary } from '../../server/kernels/binary.ts';
import { convolution, convolutionTransposed, padSpace, samePadding } from '../../server/kernels/convolution.ts';
import { cdist, cosineSimilarity, normalize } from '../../server/kernels/distance.ts';
import { einsum } from '../../server/kernels/einsum.ts';
import type { PadMode } from '../../server/kernels/join.ts';
import * as loss from '../../server/kernels/losses.ts';
import { cosineEmbeddingLoss, ctcLoss, tripletMarginLoss } from '../../server/kernels/margin-loss.ts';
import { addProduct, bilinear, bmm, linear, matmul, outer } from '../../server/kernels/matmul.ts';
import { variance, vectorNorm } from '../../server/kernels/moments.ts';
import { batchNorm, groupNorm, instanceNorm, layerNorm } from '../../server/kernels/normalization.ts';
import { adaptiveAvgPool, avgPool, maxPool } from '../../server/kernels/pool.ts';
import { mean } from '../../server/kernels/reduce.ts';
import { logSoftmax, softmax } from '../../server/kernels/softmax.ts';
import { unary } from '../../server/kernels/unary.ts';
import type { Argument, NumericCase } from './numeric-cases.ts';
import { arrayOf, check, close, Inputs, isTensor, readCases } from './numeric-cases.ts';

const ELSEWHERE = /^nn\.(RNN|LSTM|GRU|Embedding|Linear)|^F\.linear$/;
const cases = readCases().filter((c) => !ELSEWHERE.test(c.op));

interface Call {
  readonly c: NumericCase;
  readonly x: readonly NdArray[];
  readonly p: Readonly<Record<string, NdArray>>;
  readonly k: Readonly<Record<string, Argument>>;
  readonly args: readonly Argument[];
}
type Run = (call: Call) => NdArray | readonly NdArray[];

const at = (call: Call, i: number): NdArray => {
  const x = call.x[i];
  assert.ok(x !== undefined);
  return x;
};
const numberOf = (k: Argument | undefined, otherwise: number): number => (typeof k === 'number' ? k : otherwise);
const spread = (k: Argument | undefined, otherwise: number, rank: number): number[] => new Array<number>(rank).fill(numberOf(k, otherwise));
const reductionOf = (call: Call): loss.Reduction => (call.k['reduction'] as loss.Reduction | undefined) ?? 'mean';
const tensorArg = (a: Argument | undefined): NdArray | undefined => (isTensor(a) ? arrayOf(a) : undefined);

function convolve(call: Call): NdArray {
  const rank = Number(/(\d)d$/.exec(call.c.op)?.[1]);
  const { weight, bias } = call.p as { weight: NdArray; bias?: NdArray };
  const k = call.k;
  const options = {
    stride: spread(k['stride'], 1, rank),
    padding: spread(k['padding'], 0, rank),
    dilation: spread(k['dilation'], 1, rank),
    groups: numberOf(k['groups'], 1),
  };
  if (call.c.op.includes('Transpose'))
    return convolutionTransposed(at(call, 0), weight, bias, { ...options, outputPadding: spread(k['output_padding'], 0, rank) });
  const zero = new Array<number>(rank).fill(0);
  if (k['padding'] === 'same')
    return convolution(padSpace(at(call, 0), samePadding(weight.shape.slice(2), options.dilation)), weight, bias, {
      ...options,
      padding: zero,
    });
  if (k['padding_mode'] === undefined) return convolution(at(call, 0), weight, bias, options);
  const pairs = options.padding.map((n) => [n, n] as const);
  return convolution(padSpace(at(call, 0), pairs, k['padding_mode'] as PadMode), weight, bias, { ...options, padding: zero });
}

function normalise(call: Call, run: typeof batchNorm | typeof instanceNorm): NdArray {
  const channels = numberOf(call.args[0], 1);
  const tracks = call.k['track_running_stats'] !== false && run === batchNorm;
  const runningMean = tracks ? zeros([channels]) : undefined;
  const runningVar = tracks ? full([channels], 1, 'float32') : undefined;
  const momentum = call.k['momentum'] === null ? 1 : numberOf(call.k['momentum'], 0.1);
  const training = call.c.eval !== true || !tracks;
  const out = run(at(call, 0), {
    weight: call.p['weight'],
    bias: call.p['bias'],
    runningMean,
    runningVar,
    training,
    momentum,
    eps: numberOf(call.k['eps'], 1e-5),
  });
  for (const b of call.c.buffers ?? []) {
    if (b.name === 'running_mean') close(runningMean as NdArray, b, 2e-6, `${call.c.id} running mean`);
    if (b.name === 'running_var') close(runningVar as NdArray, b, 2e-6, `${call.c.id} running variance`);
  }
  return out;
}

function attend(
  call: Call,
  p: Readonly<Record<string, NdArray>>,
  q: NdArray,
  k: NdArray,
  v: NdArray,
  batchFirst: boolean,
  heads: number,
): readonly NdArray[] {
  const r = multiHeadAttention(
    q,
    k,
    v,
    {
      inProjWeight: p['in_proj_weight'],
      qProjWeight: p['q_proj_weight'],
      kProjWeight: p['k_proj_weight'],
      vProjWeight: p['v_proj_weight'],
      inProjBias: p['in_proj_bias'],
      outProjWeight: p['out_proj.weight'] as NdArray,
      outProjBias: p['out_proj.bias'],
    },
    {
      heads,
      batchFirst,
      dropout: 0,
      training: call.c.eval !== true,
      addZeroAttn: false,
      needWeights: true,
      averageWeights: true,
      causal: false,
    },
  );
  return [r.output, r.weights as NdArray];
}

function encoderLayer(call: Call): NdArray {
  const p = call.p;
  const own = Object.fromEntries(Object.entries(p).flatMap(([n, a]) => (n.startsWith('self_attn.') ? [[n.slice(10), a]] : [])));
  const w = (n: string): NdArray => p[n] as NdArray;
  const attention = (x: NdArray): NdArray => attend(call, own, x, x, x, false, numberOf(call.args[1], 1))[0] as NdArray;
  const activation = call.k['activation'] === 'gelu' ? act.gelu : (a: NdArray): NdArray => unary('relu', a);
  const feed = (x: NdArray): NdArray =>
    linear(activation(linear(x, w('linear1.weight'), w('linear1.bias'))), w('linear2.weight'), w('linear2.bias'));
  const norm = (x: NdArray, i: number): NdArray => layerNorm(x, [x.shape.at(-1) as number], w(`norm${i}.weight`), w(`norm${i}.bias`));
  const add = (a: NdArray, b: NdArray): NdArray => binary('add', a, b);
  const x = at(call, 0);
  if (call.k['norm_first'] === true) {
    const y = add(x, attention(norm(x, 1)));
    return add(y, feed(norm(y, 2)));
  }
  const y = norm(add(x, attention(x)), 1);
  return norm(add(y, feed(y)), 2);
}

const one =
  (f: (a: NdArray) => NdArray): Run =>
  (call) =>
    f(at(call, 0));
const two =
  (f: (a: NdArray, b: NdArray, r: loss.Reduction) => NdArray): Run =>
  (call) =>
    f(at(call, 0), at(call, 1), reductionOf(call));
const classes = (call: Call): loss.ClassLossOptions => ({
  weight: tensorArg(call.k['weight']),
  ignoreIndex: numberOf(call.k['ignore_index'], -100),
  reduction: reductionOf(call),
  labelSmoothing: numberOf(call.k['label_smoothing'], 0),
});

const RUNS: Record<string, Run> = {
  'nn.Bilinear': (call) => bilinear(at(call, 0), at(call, 1), call.p['weight'] as NdArray, call.p['bias']),
  'nn.LayerNorm': (call) =>
    layerNorm(at(call, 0), (call.args[0] as unknown as number[]) ?? [], call.p['weight'], call.p['bias'], numberOf(call.k['eps'], 1e-5)),
  'nn.GroupNorm': (call) => groupNorm(at(call, 0), numberOf(call.args[0], 1), call.p['weight'], call.p['bias']),
  'nn.InstanceNorm1d': (call) => normalise(call, instanceNorm),
  'F.softmax': (call) => softmax(at(call, 0), numberOf(call.c.call.args[1], 0)),
  'F.log_softmax': (call) => logSoftmax(at(call, 0), numberOf(call.c.call.args[1], 0)),
  'nn.Sigmoid': one((a) => unary('sigmoid', a)),
  'nn.Tanh': one((a) => unary('tanh', a)),
  'nn.GELU': (call) => act.gelu(at(call, 0), call.k['approximate'] === 'tanh' ? 'tanh' : 'none'),
  'nn.LeakyReLU': one((a) => act.leakyRelu(a)),
  'nn.SELU': one(act.selu),
  'nn.CELU': one((a) => act.celu(a)),
  'nn.Mish': one(act.mish),
  'nn.Softplus': one((a) => act.softplus(a)),
  'nn.Softsign': one(act.softsign),
  'nn.Hardtanh': one((a) => act.hardtanh(a)),
  'nn.Hardsigmoid': one(act.hardsigmoid),
  'nn.Hardswish': one(act.hardswish),
  'nn.Hardshrink': one((a) => act.hardshrink(a)),
  'nn.ReLU6': one(act.relu6),
  'nn.LogSigmoid': one(act.logSigmoid),
  'nn.Tanhshrink': one(act.tanhshrink),
  'nn.GLU': one((a) => act.glu(a)),
  'nn.PReLU': (call) => act.prelu(at(call, 0), call.p['weight'] as NdArray),
  'nn.CrossEntropyLoss': (call) => loss.crossEntropy(at(call, 0), at(call, 1), classes(call)),
  'nn.NLLLoss': (call) => loss.nllLoss(at(call, 0), at(call, 1), classes(call)),
  'nn.MSELoss': two(loss.mseLoss),
  'nn.L1Loss': two(loss.l1Loss),
  'nn.SmoothL1Loss': two((a, b, r) => loss.smoothL1Loss(a, b, r)),
  'nn.HuberLoss': two((a, b, r) => loss.huberLoss(a, b, r)),
  'nn.BCELoss': two((a, b, r) => loss.binaryCrossEntropy(a, b, undefined, r)),
  'nn.BCEWithLogitsLoss': (call) =>
    loss.binaryCrossEntropyWithLogits(at(call, 0), at(call, 1), undefined, tensorArg(call.k['pos_weight']), reductionOf(call)),
  'nn.KLDivLoss': (call) => loss.klDiv(at(call, 0), at(call, 1), call.k['reduction'] as loss.Reduction | 'batchmean'),
  'nn.CosineEmbeddingLoss': (call) => cosineEmbeddingLoss(at(call, 0), at(call, 1), at(call, 2), 0, reductionOf(call)),
  'nn.TripletMarginLoss': (call) => tripletMarginLoss(at(call, 0), at(call, 1), at(call, 2), 1, 2, 1e-6, false, reductionOf(call)),
  'nn.CTCLoss': (call) => ctcLoss(at(call, 0), at(call, 1), at(call, 2).toFlat(), at(call, 3).toFlat(), 0, reductionOf(call)),
  'nn.MultiheadAttention': (call) =>
    attend(call, call.p, at(call, 0), at(call, 1), at(call, 2), call.k['batch_first'] === true, numberOf(call.args[1], 1)),
  'nn.TransformerEncoderLayer': encoderLayer,
  'F.max_pool1d': (call) => maxPool(at(call, 0), { kernel: [2], stride: [2], padding: [0] }).values,
  'F.avg_pool1d': (call) => avgPool(at(call, 0), { kernel: [3], stride: [3], padding: [0] }),
  'F.adaptive_avg_pool2d': (call) => adaptiveAvgPool(at(call, 0), [2, 3]),
  'torch.std': (call) => variance(at(call, 0), 1, false, 1, true),
  'torch.norm': one((a) => vectorNorm(a)),
  'torch.mean': (call) => mean(at(call, 0), 0),
  'F.normalize': one((a) => normalize(a)),
  'torch.matmul': (call) => matmul(at(call, 0), at(call, 1)),
  'torch.bmm': (call) => bmm(at(call, 0), at(call, 1)),
  'torch.einsum': (call) => einsum(call.c.call.args[0] as string, call.x),
  'F.cosine_similarity': (call) => cosineSimilarity(at(call, 0), at(call, 1)),
  'torch.cdist': (call) => cdist(at(call, 0), at(call, 1)),
  'torch.addmm': (call) => addProduct(at(call, 0), at(call, 1), at(call, 2)),
  'torch.outer': (call) => outer(at(call, 0), at(call, 1)),
};

function runOf(op: string): Run | undefined {
  if (/^nn\.Conv/.test(op)) return convolve;
  if (/^nn\.BatchNorm/.test(op)) return (call) => normalise(call, batchNorm);
  return RUNS[op];
}

for (const op of new Set(cases.map((c) => c.op))) {
  test(op, () => {
    const run = runOf(op);
    assert.ok(run !== undefined, `nothing runs ${op}`);
    for (const c of cases.filter((x) => x.op === op)) {
      const inputs = new Inputs();
      const x = c.call.args.filter(isTensor).map((a) => inputs.take(a));
      const params = (c.params ?? []).map((t) => requireGrad(arrayOf(t)));
      const p = Object.fromEntries((c.params ?? []).map((t, i) => [t.name as string, params[i] as NdArray]));
      const out = run({ c, x, p, k: { ...c.ctor?.kwargs, ...c.call.kwargs }, args: c.ctor?.args ?? [] });
      check(c, params, inputs, Array.isArray(out) ? (out as NdArray[]) : [out as NdArray]);
    }
  });
}
