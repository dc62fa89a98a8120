// Owns losses built from margins, distances and alignments: cosine, triplet, ranking, hinge, multi-class, CTC, Gaussian.

import type { NdArray } from './array.ts';
import { fromBuffer, wrapScalar, zeros } from './array.ts';
import { record, rename } from './autograd.ts';
import { binary, compare } from './binary.ts';
import { pairwiseDistance } from './distance.ts';
import { allocate, isIntegral, KernelError } from './dtype.ts';
import type { Reduction } from './losses.ts';
import { reduceLoss } from './losses.ts';
import { mean, sum } from './reduce.ts';
import { clamp, where } from './ternary.ts';
import { unary } from './unary.ts';

const num = (v: number): NdArray => wrapScalar(v, 'float');
const below0 = (a: NdArray): NdArray => clamp(a, 0, undefined, 'ClampMinBackward0');

/** 1 - cos for targets 1, max(0, cos - margin) for -1. */
export function cosineEmbeddingLoss(a: NdArray, b: NdArray, target: NdArray, margin = 0, reduction: Reduction = 'mean'): NdArray {
  const eps = num(1e-12);
  const dim = target.rank;
  const dots = sum(binary('mul', a, b), dim);
  const square = (x: NdArray): NdArray => binary('add', sum(binary('mul', x, x), dim), eps);
  const cos = binary('div', dots, unary('sqrt', binary('mul', square(a), square(b))));
  const zero = zeros(cos.shape, cos.dtype);
  const positive = where(compare('eq', target, num(1)), binary('sub', num(1), cos), zero);
  const negative = where(compare('eq', target, num(-1)), below0(binary('sub', cos, num(margin))), zero);
  return reduceLoss(binary('add', positive, negative), reduction);
}

export function tripletMarginLoss(
  anchor: NdArray,
  positive: NdArray,
  negative: NdArray,
  margin = 1,
  p = 2,
  eps = 1e-6,
  swap = false,
  reduction: Reduction = 'mean',
): NdArray {
  const near = pairwiseDistance(anchor, positive, p, eps);
  let far = pairwiseDistance(anchor, negative, p, eps);
  if (swap) far = binary('minimum', far, pairwiseDistance(positive, negative, p, eps));
  return reduceLoss(below0(binary('sub', binary('add', near, num(margin)), far)), reduction);
}

/** max(0, -t*(a - b) + margin). */
export function marginRankingLoss(a: NdArray, b: NdArray, target: NdArray, margin = 0, reduction: Reduction = 'mean'): NdArray {
  const side = binary('mul', unary('neg', target), binary('sub', a, b));
  return reduceLoss(below0(binary('add', side, num(margin))), reduction);
}

/** x where the target is 1, max(0, margin - x) where -1. */
export function hingeEmbeddingLoss(x: NdArray, target: NdArray, margin = 1, reduction: Reduction = 'mean'): NdArray {
  const zero = zeros(x.shape, x.dtype);
  // Whole numbers stay whole: the margin is cut to one.
  const spread = isIntegral(x.dtype) ? wrapScalar(Math.trunc(margin), 'int') : num(margin);
  const away = where(compare('eq', target, num(1)), zero, below0(binary('sub', spread, x)));
  const near = where(compare('eq', target, num(-1)), zero, x);
  return reduceLoss(binary('add', away, near), reduction);
}

/** Per row: sum over other classes of max(0, margin - x[y] + x[i])^p, weighted by class y, over the number of classes. */
export function multiMarginLoss(x: NdArray, target: NdArray, p = 1, margin = 1, weight?: NdArray, reduction: Reduction = 'mean'): NdArray {
  const classes = x.shape.at(-1) as number;
  const rows = x.numel / Math.max(1, classes);
  const xs = x.dense();
  const ts = target.dense();
  const ws = weight?.dense();
  const each = allocate(x.dtype, rows);
  const slope = new Float64Array(x.numel);
  for (let r = 0; r < rows; r++) {
    const y = ts[r] as number;
    if (y < 0 || y >= classes) throw new KernelError('target out of range', 'RuntimeError');
    const w = ws === undefined ? 1 : (ws[y] as number);
    let total = 0;
    for (let c = 0; c < classes; c++) {
      const z = margin - (xs[r * classes + y] as number) + (xs[r * classes + c] as number);
      if (c === y || z <= 0) continue;
      total += w * (p === 1 ? z : z * z);
      const d = ((p === 1 ? 1 : 2 * z) * w) / classes;
      slope[r * classes + c] = (slope[r * classes + c] as number) + d;
      slope[r * classes + y] = (slope[r * classes + y] as number) - d;
    }
    each[r] = total / classes;
  }
  return rename(reduceLoss(rowLoss(x, each, slope, target.shape, 'MultiMarginLossBackward0'), reduction), 'MultiMarginLossBackward0');
}

function rowLoss(x: NdArray, each: ReturnType<typeof allocate>, slope: Float64Array, shape: readonly number[], name: string): NdArray {
  const width = x.numel / Math.max(1, each.length);
  return record(name, [x], fromBuffer(each, shape, x.dtype), (g) => {
    const gs = g.dense();
    const dx = allocate(x.dtype, x.numel);
    for (let i = 0; i < dx.length; i++) dx[i] = (slope[i] as number) * (gs[Math.floor(i / width)] as number);
    return [fromBuffer(dx, x.shape, x.dtype)];
  });
}

/** Targets are class lists ended by -1; every pair of a target and another class is held apart by 1. */
export function multilabelMarginLoss(x: NdArray, target: NdArray, reduction: Reduction = 'mean'): NdArray {
  const classes = x.shape.at(-1) as number;
  const rows = x.numel / Math.max(1, classes);
  const xs = x.dense();
  const ts = target.dense();
  const each = allocate(x.dtype, rows);
  const slope = new Float64Array(x.numel);
  for (let r = 0; r < rows; r++) {
    const wanted: number[] = [];
    for (let c = 0; c < classes && (ts[r * classes + c] as number) >= 0; c++) wanted.push(ts[r * classes + c] as number);
    let total = 0;
    for (const y of wanted)
      for (let c = 0; c < classes; c++) {
        if (wanted.includes(c)) continue;
        const z = 1 - (xs[r * classes + y] as number) + (xs[r * classes + c] as number);
        if (z <= 0) continue;
        total += z;
        slope[r * classes + c] = (slope[r * classes + c] as number) + 1 / classes;
        slope[r * classes + y] = (slope[r * classes + y] as number) - 1 / classes;
      }
    each[r] = total / classes;
  }
  return rename(
    reduceLoss(rowLoss(x, each, slope, x.shape.slice(0, -1), 'MultilabelMarginLossBackward0'), reduction),
    'MultilabelMarginLossBackward0',
  );
}

/** Mean over classes of binary cross entropy with logits. */
export function multilabelSoftMarginLoss(x: NdArray, target: NdArray, weight?: NdArray, reduction: Reduction = 'mean'): NdArray {
  const logSigmoid = (v: NdArray): NdArray => unary('neg', unary('log1p', unary('exp', unary('neg', v))));
  const inner = binary(
    'add',
    binary('mul', target, logSigmoid(x)),
    binary('mul', binary('sub', num(1), target), logSigmoid(unary('neg', x))),
  );
  const loss = unary('neg', weight === undefined ? inner : binary('mul', inner, weight));
  return reduceLoss(rename(mean(loss, -1), 'DivBackward0'), reduction);
}

/** 0.5*(log(max(var, eps)) + (x - t)^2 / max(var, eps)), with half of log(2 pi) if `full`. */
export function gaussianNllLoss(
  x: NdArray,
  target: NdArray,
  variance: NdArray,
  full = false,
  eps = 1e-6,
  reduction: Reduction = 'mean',
): NdArray {
  const held = clamp(variance, eps, undefined, 'ClampMinBackward0');
  const square = unary('square', binary('sub', x, target));
  const loss = binary('mul', num(0.5), binary('add', unary('log', held), binary('div', square, held)));
  return reduceLoss(full ? binary('add', loss, num(0.5 * Math.log(2 * Math.PI))) : loss, reduction);
}

function logAdd(a: number, b: number): number {
  if (a === Number.NEGATIVE_INFINITY) return b;
  if (b === Number.NEGATIVE_INFINITY) return a;
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

/** Log-likelihood of one labelling under log-probabilities, and its gradient, by forward and backward sums. */
function ctcSequence(
  logs: (t: number, c: number) => number,
  steps: number,
  labels: readonly number[],
  blank: number,
  classes: number,
): { loss: number; grad: Float64Array } {
  const extended = [blank, ...labels.flatMap((l) => [l, blank])];
  const S = extended.length;
  const none = Number.NEGATIVE_INFINITY;
  // A label that is the blank itself is told from its neighbours by their labels alone, as PyTorch tells them.
  const skips = (s: number): boolean => s >= 2 && extended[s] !== extended[s - 2];
  const alpha = Array.from({ length: steps }, () => new Float64Array(S).fill(none));
  const beta = Array.from({ length: steps }, () => new Float64Array(S).fill(none));
  const label = (s: number): number => extended[s] as number;
  const A = (t: number): Float64Array => alpha[t] as Float64Array;
  const B = (t: number): Float64Array => beta[t] as Float64Array;
  for (let s = 0; s < Math.min(2, S) && steps > 0; s++) A(0)[s] = logs(0, label(s));
  for (let t = 1; t < steps; t++)
    for (let s = 0; s < S; s++) {
      let v = A(t - 1)[s] as number;
      if (s >= 1) v = logAdd(v, A(t - 1)[s - 1] as number);
      if (skips(s)) v = logAdd(v, A(t - 1)[s - 2] as number);
      A(t)[s] = v + logs(t, label(s));
    }
  if (steps === 0) return { loss: labels.length === 0 ? 0 : Number.POSITIVE_INFINITY, grad: new Float64Array(0) };
  const last = A(steps - 1);
  const total = S > 1 ? logAdd(last[S - 1] as number, last[S - 2] as number) : (last[0] as number);
  for (let s = Math.max(0, S - 2); s < S; s++) B(steps - 1)[s] = logs(steps - 1, label(s));
  for (let t = steps - 2; t >= 0; t--)
    for (let s = 0; s < S; s++) {
      let v = B(t + 1)[s] as number;
      if (s + 1 < S) v = logAdd(v, B(t + 1)[s + 1] as number);
      if (s + 2 < S && skips(s + 2)) v = logAdd(v, B(t + 1)[s + 2] as number);
      B(t)[s] = v + logs(t, label(s));
    }
  const grad = new Float64Array(steps * classes);
  for (let t = 0; t < steps; t++) {
    const per = new Float64Array(classes).fill(none);
    // At the last step PyTorch takes the last label to differ from the blank behind it, and keeps the label's share alone.
    const first = t === steps - 1 ? S : 0;
    for (let s = Math.min(first, S); s < S; s++) per[label(s)] = logAdd(per[label(s)] as number, (A(t)[s] as number) + (B(t)[s] as number));
    if (first > 0) for (let s = S - 1; s >= Math.max(0, S - 2); s--) per[label(s)] = (A(t)[s] as number) + (B(t)[s] as number);
    // PyTorch's gradient treats the input as log-softmax output: exp(x) less the posterior.
    for (let c = 0; c < classes; c++) grad[t * classes + c] = Math.exp(logs(t, c)) - Math.exp((per[c] as number) - total - logs(t, c));
  }
  return { loss: -total, grad };
}

/**
 * Connectionist temporal classification: logs [T, N, C] (or [T, C]), targets [N, S] or concatenated, lengths per sample.
 * A mean divides each loss by its target length first; zeroInfinity drops impossible alignments.
 */
export function ctcLoss(
  logs: NdArray,
  targets: NdArray,
  inputLengths: readonly number[],
  targetLengths: readonly number[],
  blank = 0,
  reduction: Reduction = 'mean',
  zeroInfinity = false,
): NdArray {
  const lone = logs.rank === 2;
  const [, batch, classes] = (lone ? [logs.shape[0], 1, logs.shape[1]] : logs.shape) as readonly [number, number, number];
  const xs = logs.dense();
  const ts = targets.toFlat();
  let start = 0;
  const grads: Float64Array[] = [];
  const each = allocate(logs.dtype, batch);
  for (let n = 0; n < batch; n++) {
    const count = targetLengths[n] as number;
    const from = targets.rank === 2 ? n * (targets.shape[1] as number) : start;
    start += count;
    const r = ctcSequence(
      (t, c) => xs[(t * batch + n) * classes + c] as number,
      inputLengths[n] as number,
      ts.slice(from, from + count),
      blank,
      classes,
    );
    const impossible = r.loss === Number.POSITIVE_INFINITY;
    each[n] = impossible && zeroInfinity ? 0 : r.loss;
    grads.push(impossible && zeroInfinity ? r.grad.fill(0) : r.grad);
  }
  const out = record('CtcLossBackward0', [logs], fromBuffer(each, lone ? [] : [batch], logs.dtype), (g) => {
    const gs = g.dense();
    const dx = allocate(logs.dtype, logs.numel);
    grads.forEach((grad, n) => {
      for (let i = 0; i < grad.length; i++)
        dx[(Math.floor(i / classes) * batch + n) * classes + (i % classes)] = (grad[i] as number) * (gs[n] as number);
    });
    return [fromBuffer(dx, logs.shape, logs.dtype)];
  });
  if (zeroInfinity) rename(out, 'WhereBackward0');
  if (reduction !== 'mean') return reduceLoss(out, reduction);
  const lengths = allocate(logs.dtype, batch);
  targetLengths.forEach((n, i) => {
    lengths[i] = Math.max(1, n);
  });
  return mean(binary('div', out, fromBuffer(lengths, out.shape, logs.dtype)));
}
