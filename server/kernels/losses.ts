// Owns the loss functions of torch.nn.functional with their gradients. Reductions are 'none', 'mean' and 'sum'.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf, wrapScalar } from './array.ts';
import { record, rename } from './autograd.ts';
import { binary } from './binary.ts';
import { broadcastDense, broadcastShapes } from './broadcast.ts';
import { allocate, isComplex, isFloating, KernelError, roundTo, settle } from './dtype.ts';
import { resultType } from './elementwise.ts';
import { mean, sum } from './reduce.ts';
import { logSoftmax } from './softmax.ts';
import { abs } from './unary.ts';
import { contiguous } from './views.ts';

export type Reduction = 'none' | 'mean' | 'sum';

/** Reduces a loss per element as the option says. */
export function reduceLoss(values: NdArray, reduction: Reduction): NdArray {
  return reduction === 'none' ? values : reduction === 'sum' ? sum(values) : mean(values);
}

type Two = (x: number, t: number) => number;

/** A loss of two broadcast arrays, element by element, reduced inside one operation as PyTorch's kernels are. */
function pairwise(x: NdArray, t: NdArray, reduction: Reduction, name: string, f: Two, dx: Two, dt: Two): NdArray {
  const shape = broadcastShapes(x.shape, t.shape);
  const dtype = resultType([x, t]);
  const xs = broadcastDense(x, shape);
  const ts = broadcastDense(t, shape);
  const n = numelOf(shape);
  const divisor = reduction === 'mean' ? n : 1;
  let out: NdArray;
  if (reduction === 'none') {
    const data = allocate(dtype, n);
    for (let i = 0; i < n; i++) data[i] = f(xs[i] as number, ts[i] as number);
    out = fromBuffer(settle(dtype, data), shape, dtype);
  } else {
    let total = 0;
    for (let i = 0; i < n; i++) total += roundTo(dtype, f(xs[i] as number, ts[i] as number));
    const data = allocate(dtype, 1);
    data[0] = reduction === 'mean' ? roundTo(dtype, total) / n : total;
    out = fromBuffer(settle(dtype, data), [], dtype);
  }
  return record(
    name,
    [x, t],
    out,
    (g) => {
      const gs = g.dense();
      const one = g.numel === 1;
      const a = broadcastDense(x, shape);
      const b = broadcastDense(t, shape);
      const grad = (d: Two): NdArray => {
        const data = allocate(dtype, n);
        for (let i = 0; i < n; i++) data[i] = ((gs[one ? 0 : i] as number) * d(a[i] as number, b[i] as number)) / divisor;
        return fromBuffer(settle(dtype, data), shape, dtype);
      };
      return [x.requiresGrad ? grad(dx) : undefined, t.requiresGrad ? grad(dt) : undefined];
    },
    [x, t],
  );
}

export function mseLoss(x: NdArray, target: NdArray, reduction: Reduction = 'mean'): NdArray {
  return pairwise(
    x,
    target,
    reduction,
    'MseLossBackward0',
    (a, b) => (a - b) ** 2,
    (a, b) => 2 * (a - b),
    (a, b) => 2 * (b - a),
  );
}

/** |x - t|; PyTorch builds it from mean(abs(sub)). */
export function l1Loss(x: NdArray, target: NdArray, reduction: Reduction = 'mean'): NdArray {
  const name = reduction === 'mean' ? 'MeanBackward0' : reduction === 'sum' ? 'SumBackward0' : 'AbsBackward0';
  if (isComplex(x.dtype) || isComplex(target.dtype)) return reduceLoss(abs(binary('sub', x, target)), reduction);
  return pairwise(
    x,
    target,
    reduction,
    name,
    (a, b) => Math.abs(a - b),
    (a, b) => Math.sign(a - b),
    (a, b) => Math.sign(b - a),
  );
}

export function smoothL1Loss(x: NdArray, target: NdArray, reduction: Reduction = 'mean', beta = 1): NdArray {
  if (beta === 0) return l1Loss(x, target, reduction);
  const d: Two = (a, b) => (Math.abs(a - b) < beta ? (a - b) / beta : Math.sign(a - b));
  const f: Two = (a, b) => {
    const z = Math.abs(a - b);
    return z < beta ? (0.5 * z * z) / beta : z - 0.5 * beta;
  };
  return pairwise(x, target, reduction, 'SmoothL1LossBackward0', f, d, (a, b) => -d(a, b));
}

export function huberLoss(x: NdArray, target: NdArray, reduction: Reduction = 'mean', delta = 1): NdArray {
  const d: Two = (a, b) => (Math.abs(a - b) <= delta ? a - b : delta * Math.sign(a - b));
  const f: Two = (a, b) => {
    const z = Math.abs(a - b);
    return z <= delta ? 0.5 * z * z : delta * (z - 0.5 * delta);
  };
  return pairwise(x, target, reduction, 'HuberLossBackward0', f, d, (a, b) => -d(a, b));
}

/** log(1 + exp(-t*x)); targets are 1 and -1. */
export function softMarginLoss(x: NdArray, target: NdArray, reduction: Reduction = 'mean'): NdArray {
  const d: Two = (a, b) => -b / (1 + Math.exp(a * b));
  return pairwise(
    x,
    target,
    reduction,
    'SoftMarginLossBackward0',
    (a, b) => Math.log1p(Math.exp(-b * a)),
    d,
    () => 0,
  );
}

function weighted(values: NdArray, weight: NdArray | undefined): NdArray {
  return weight === undefined ? values : binary('mul', values, weight);
}

/** Binary cross entropy of probabilities; logarithms are held above -100. */
export function binaryCrossEntropy(x: NdArray, target: NdArray, weight?: NdArray, reduction: Reduction = 'mean'): NdArray {
  for (const v of target.dense())
    if (!(v >= 0 && v <= 1)) throw new KernelError('all elements of target should be between 0 and 1', 'RuntimeError');
  for (const v of x.dense())
    if (!(v >= 0 && v <= 1)) throw new KernelError('all elements of input should be between 0 and 1', 'RuntimeError');
  const f: Two = (a, b) => (b - 1) * Math.max(Math.log1p(-a), -100) - b * Math.max(Math.log(a), -100);
  const dx: Two = (a, b) => (a - b) / Math.max((1 - a) * a, 1e-12);
  const dt: Two = (a) => Math.log1p(-a) - Math.log(a);
  if (weight === undefined) return pairwise(x, target, reduction, 'BinaryCrossEntropyBackward0', f, dx, dt);
  return rename(
    reduceLoss(weighted(pairwise(x, target, 'none', 'BinaryCrossEntropyBackward0', f, dx, dt), weight), reduction),
    'BinaryCrossEntropyBackward0',
  );
}

/** Binary cross entropy of logits, with an optional weight of the positive class. */
export function binaryCrossEntropyWithLogits(
  x: NdArray,
  target: NdArray,
  weight?: NdArray,
  posWeight?: NdArray,
  reduction: Reduction = 'mean',
): NdArray {
  const softplus = (v: number): number => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
  const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
  const name = 'BinaryCrossEntropyWithLogitsBackward0';
  if (posWeight === undefined) {
    const f: Two = (a, b) => (1 - b) * a + softplus(-a);
    const values = (r: Reduction): NdArray =>
      pairwise(
        x,
        target,
        r,
        name,
        f,
        (a, b) => sigmoid(a) - b,
        (a) => -a,
      );
    return weight === undefined ? values(reduction) : rename(reduceLoss(weighted(values('none'), weight), reduction), name);
  }
  const shape = broadcastShapes(x.shape, target.shape);
  const p = broadcastDense(posWeight, broadcastShapes(shape, posWeight.shape));
  const xs = broadcastDense(x, shape);
  const ts = broadcastDense(target, shape);
  const data = allocate(x.dtype, numelOf(shape));
  const factor = (i: number): number => 1 + ((p[i] as number) - 1) * (ts[i] as number);
  for (let i = 0; i < data.length; i++) data[i] = (1 - (ts[i] as number)) * (xs[i] as number) + factor(i) * softplus(-(xs[i] as number));
  const each = record(name, [x, target], fromBuffer(settle(x.dtype, data), shape, x.dtype), (g) => {
    const gs = g.dense();
    const dx = allocate(x.dtype, data.length);
    for (let i = 0; i < dx.length; i++) dx[i] = (gs[i] as number) * (1 - (ts[i] as number) - factor(i) * sigmoid(-(xs[i] as number)));
    if (!target.requiresGrad) return [fromBuffer(dx, shape, x.dtype)];
    const dt = allocate(x.dtype, data.length);
    for (let i = 0; i < dt.length; i++)
      dt[i] = (gs[i] as number) * (((p[i] as number) - 1) * softplus(-(xs[i] as number)) - (xs[i] as number));
    return [fromBuffer(dx, shape, x.dtype), fromBuffer(dt, shape, x.dtype)];
  });
  return rename(reduceLoss(weighted(each, weight), reduction), name);
}

/** t * (log t - x), or exp(t) * (t - x) for a target given as logarithm. `batchmean` divides the sum by the batch. */
export function klDiv(x: NdArray, target: NdArray, reduction: Reduction | 'batchmean' = 'mean', logTarget = false): NdArray {
  const f: Two = logTarget ? (a, b) => Math.exp(b) * (b - a) : (a, b) => (b === 0 ? 0 : b * (Math.log(b) - a));
  const dx: Two = logTarget ? (_, b) => -Math.exp(b) : (_, b) => -b;
  const dt: Two = logTarget ? (a, b) => Math.exp(b) * (b - a + 1) : (a, b) => (b === 0 ? 0 : Math.log(b) + 1 - a);
  const inner = reduction === 'batchmean' ? 'sum' : reduction;
  const name = inner === 'mean' ? 'MeanBackward0' : inner === 'sum' ? 'SumBackward0' : logTarget ? 'MulBackward0' : 'SubBackward0';
  const out = pairwise(x, target, inner, name, f, dx, dt);
  return reduction === 'batchmean' ? binary('div', out, wrapScalar(x.shape[0] ?? 1, 'int')) : out;
}

export function poissonNllLoss(
  x: NdArray,
  target: NdArray,
  logInput = true,
  full = false,
  eps = 1e-8,
  reduction: Reduction = 'mean',
): NdArray {
  const base: Two = logInput ? (a, b) => Math.exp(a) - b * a : (a, b) => a - b * Math.log(a + eps);
  const stirling = (b: number): number => (b <= 1 ? 0 : b * Math.log(b) - b + 0.5 * Math.log(2 * Math.PI * b));
  const f: Two = full ? (a, b) => base(a, b) + stirling(b) : base;
  const dx: Two = logInput ? (a, b) => Math.exp(a) - b : (a, b) => 1 - b / (a + eps);
  return pairwise(
    x,
    target,
    reduction,
    reduction === 'mean' ? 'MeanBackward0' : reduction === 'sum' ? 'SumBackward0' : 'SubBackward0',
    f,
    dx,
    (a) => (logInput ? -a : -Math.log(a + eps)),
  );
}

export interface ClassLossOptions {
  readonly weight?: NdArray | undefined;
  readonly ignoreIndex?: number;
  readonly reduction?: Reduction;
  readonly labelSmoothing?: number;
}

interface ClassLayout {
  readonly batch: number;
  readonly classes: number;
  readonly inner: number;
}

/** [C] or [N, C, *] seen as batch x classes x inner. */
function layoutOf(x: NdArray): ClassLayout {
  if (x.rank === 1) return { batch: 1, classes: x.shape[0] as number, inner: 1 };
  return { batch: x.shape[0] as number, classes: x.shape[1] as number, inner: numelOf(x.shape.slice(2)) };
}

/**
 * Negative log likelihood: x [C] or [N, C, *], target int64 without the class dimension. A mean is weighted by class.
 * Throws IndexError where a target is no class.
 */
export function nllLoss(x: NdArray, target: NdArray, options: ClassLossOptions = {}): NdArray {
  const { weight, ignoreIndex = -100, reduction = 'mean' } = options;
  const l = layoutOf(x);
  const xs = x.dense();
  const ts = target.dense();
  const ws = weight?.dense();
  const n = l.batch * l.inner;
  const position = (i: number): number => (Math.floor(i / l.inner) * l.classes + (ts[i] as number)) * l.inner + (i % l.inner);
  const weightOf = (i: number): number => {
    const t = ts[i] as number;
    if (t === ignoreIndex) return 0;
    if (t < 0 || t >= l.classes) throw new KernelError(`Target ${t} is out of bounds.`, 'IndexError');
    return ws === undefined ? 1 : (ws[t] as number);
  };
  const each = allocate(x.dtype, n);
  let total = 0;
  let weights = 0;
  for (let i = 0; i < n; i++) {
    const w = weightOf(i);
    each[i] = ts[i] === ignoreIndex ? 0 : -w * (xs[position(i)] as number);
    total += each[i] as number;
    weights += w;
  }
  let out: NdArray;
  if (reduction === 'none') out = fromBuffer(settle(x.dtype, each), target.shape, x.dtype);
  else {
    const data = allocate(x.dtype, 1);
    data[0] = reduction === 'mean' ? total / weights : total;
    out = fromBuffer(settle(x.dtype, data), [], x.dtype);
  }
  return record(
    x.rank > 2 && x.rank !== 2 ? 'NllLoss2DBackward0' : 'NllLossBackward0',
    [x],
    out,
    (g) => {
      const gs = g.dense();
      const dx = allocate(x.dtype, x.numel);
      for (let i = 0; i < n; i++) {
        if (ts[i] === ignoreIndex) continue;
        const k = reduction === 'none' ? (gs[i] as number) : (gs[0] as number) / (reduction === 'mean' ? weights : 1);
        dx[position(i)] = -weightOf(i) * k;
      }
      return [fromBuffer(settle(x.dtype, dx), x.shape, x.dtype)];
    },
    [x],
  );
}

/** Cross entropy of logits [C] or [N, C, *] with class indices or, for a floating target of x's shape, probabilities. */
export function crossEntropy(x: NdArray, target: NdArray, options: ClassLossOptions = {}): NdArray {
  const dim = x.rank === 1 ? 0 : 1;
  const logs = logSoftmax(x, dim);
  if (isFloating(target.dtype)) return probabilityLoss(logs, target, options);
  const smoothing = options.labelSmoothing ?? 0;
  if (smoothing === 0) return nllLoss(logs, target, options);
  return smoothedLoss(logs, target, smoothing, options);
}

/** Soft targets that want a gradient, with the factor that stands beside each in its coefficient. */
interface SoftTarget {
  readonly array: NdArray;
  readonly factor: (i: number) => number;
}

/** A loss linear in the log-probabilities: sum of coefficient times log, over a divisor. */
function linearLoss(
  logs: NdArray,
  coefficients: Float64Array,
  reduction: Reduction,
  outShape: readonly number[],
  divisor: number,
  name: string,
  soft?: SoftTarget,
): NdArray {
  const l = layoutOf(logs);
  const xs = logs.dense();
  const n = l.batch * l.inner;
  const at = (i: number, c: number): number => (Math.floor(i / l.inner) * l.classes + c) * l.inner + (i % l.inner);
  const each = allocate(logs.dtype, n);
  let total = 0;
  for (let i = 0; i < n; i++) {
    let v = 0;
    for (let c = 0; c < l.classes; c++) v += (coefficients[at(i, c)] as number) * (xs[at(i, c)] as number);
    each[i] = v;
    total += v;
  }
  const data = allocate(logs.dtype, 1);
  data[0] = total / divisor;
  const out =
    reduction === 'none'
      ? fromBuffer(settle(logs.dtype, each), outShape, logs.dtype)
      : fromBuffer(settle(logs.dtype, data), [], logs.dtype);
  return record(name, [logs, soft?.array], out, (g) => {
    const gs = g.dense();
    const spreadBy = (factor: (i: number) => number): NdArray => {
      const grad = allocate(logs.dtype, logs.numel);
      for (let i = 0; i < n; i++) {
        const k = reduction === 'none' ? (gs[i] as number) : (gs[0] as number) / divisor;
        for (let c = 0; c < l.classes; c++) grad[at(i, c)] = factor(at(i, c)) * k;
      }
      return fromBuffer(settle(logs.dtype, grad), logs.shape, logs.dtype);
    };
    const ys = logs.dense();
    return [
      spreadBy((i) => coefficients[i] as number),
      soft === undefined ? undefined : spreadBy((i) => soft.factor(i) * (ys[i] as number)),
    ];
  });
}

function smoothedLoss(logs: NdArray, target: NdArray, smoothing: number, options: ClassLossOptions): NdArray {
  const { weight, ignoreIndex = -100, reduction = 'mean' } = options;
  const l = layoutOf(logs);
  const ts = target.dense();
  const ws = weight?.dense();
  const n = l.batch * l.inner;
  const coefficients = new Float64Array(logs.numel);
  let divisor = 0;
  for (let i = 0; i < n; i++) {
    const t = ts[i] as number;
    if (t === ignoreIndex) continue;
    if (t < 0 || t >= l.classes) throw new KernelError(`Target ${t} is out of bounds.`, 'IndexError');
    divisor += ws === undefined ? 1 : (ws[t] as number);
    for (let c = 0; c < l.classes; c++) {
      const at = (Math.floor(i / l.inner) * l.classes + c) * l.inner + (i % l.inner);
      const w = ws === undefined ? 1 : (ws[c] as number);
      coefficients[at] = -w * ((c === t ? 1 - smoothing : 0) + smoothing / l.classes);
    }
  }
  return linearLoss(logs, coefficients, reduction, target.shape, reduction === 'mean' ? divisor : 1, 'AddBackward0');
}

function probabilityLoss(logs: NdArray, target: NdArray, options: ClassLossOptions): NdArray {
  const { weight, reduction = 'mean', labelSmoothing = 0 } = options;
  const l = layoutOf(logs);
  const ts = contiguous(target).dense();
  const ws = weight?.dense();
  const weightOf = (i: number): number => (ws === undefined ? 1 : (ws[Math.floor(i / l.inner) % l.classes] as number));
  const coefficients = new Float64Array(logs.numel);
  for (let i = 0; i < coefficients.length; i++) {
    coefficients[i] = -weightOf(i) * ((ts[i] as number) * (1 - labelSmoothing) + labelSmoothing / l.classes);
  }
  const shape = logs.shape.filter((_, i) => i !== (logs.rank === 1 ? 0 : 1));
  const divisor = reduction === 'mean' ? l.batch * l.inner : 1;
  const soft = target.requiresGrad ? { array: target, factor: (i: number) => -weightOf(i) * (1 - labelSmoothing) } : undefined;
  return linearLoss(logs, coefficients, reduction, shape, divisor, reduction === 'mean' ? 'DivBackward1' : 'NegBackward0', soft);
}
