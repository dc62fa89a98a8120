// Owns the arithmetic of one optimiser step on one parameter, in PyTorch's order of operations and rounding.
// Knows no parameter groups; state arrays are made by the caller's first step and kept in the state object.

import type { NdArray } from './array.ts';
import { zeros } from './array.ts';
import type { DType } from './dtype.ts';
import { KernelError, roundTo } from './dtype.ts';

/** State of one parameter; fields appear when first needed. */
export interface StepState {
  step: number;
  momentum?: NdArray;
  average?: NdArray;
  squares?: NdArray;
  maxSquares?: NdArray;
  deltas?: NdArray;
  gradAverage?: NdArray;
}

export function freshState(): StepState {
  return { step: 0 };
}

interface Walk {
  readonly p: NdArray;
  readonly g: ArrayLike<number>;
  readonly round: (x: number) => number;
}

/** Visits elements of the parameter in memory with the gradient at the same place. */
function each(w: Walk, f: (value: number, grad: number, i: number) => number): void {
  const { p, g } = w;
  if (!p.isContiguous) throw new KernelError('ShapeLint steps contiguous parameters only');
  const data = p.storage.data;
  const n = g.length;
  for (let i = 0; i < n; i++) data[p.offset + i] = f(data[p.offset + i] as number, g[i] as number, i);
  p.storage.version++;
}

function walk(p: NdArray, grad: NdArray): Walk {
  const dtype: DType = p.dtype;
  return { p, g: grad.dense(), round: dtype === 'float32' ? Math.fround : (x) => roundTo(dtype, x) };
}

const values = (a: NdArray): NdArray['storage']['data'] => a.storage.data;

export interface SgdOptions {
  readonly lr: number;
  readonly momentum?: number;
  readonly dampening?: number;
  readonly weightDecay?: number;
  readonly nesterov?: boolean;
  readonly maximize?: boolean;
}

/** torch.optim.SGD. */
export function sgdStep(p: NdArray, grad: NdArray, s: StepState, o: SgdOptions): void {
  const w = walk(p, grad);
  const { momentum = 0, dampening = 0, weightDecay = 0 } = o;
  const sign = o.maximize === true ? -1 : 1;
  const first = s.momentum === undefined;
  if (momentum !== 0) s.momentum ??= zeros(p.shape, p.dtype);
  const buffer = s.momentum === undefined ? undefined : values(s.momentum);
  each(w, (x, g, i) => {
    let d = sign * g;
    if (weightDecay !== 0) d = w.round(d + weightDecay * x);
    if (buffer !== undefined) {
      buffer[i] = first ? d : w.round(w.round((buffer[i] as number) * momentum) + (1 - dampening) * d);
      d = o.nesterov === true ? w.round(d + momentum * (buffer[i] as number)) : (buffer[i] as number);
    }
    return x - o.lr * d;
  });
  s.step++;
}

export interface AdamOptions {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay?: number;
  readonly amsgrad?: boolean;
  readonly maximize?: boolean;
  /** AdamW: decay the parameter itself, not the gradient. */
  readonly decoupled?: boolean;
}

/** torch.optim.Adam and AdamW. */
export function adamStep(p: NdArray, grad: NdArray, s: StepState, o: AdamOptions): void {
  const w = walk(p, grad);
  const { weightDecay = 0 } = o;
  const [beta1, beta2] = o.betas;
  s.average ??= zeros(p.shape, p.dtype);
  s.squares ??= zeros(p.shape, p.dtype);
  if (o.amsgrad === true) s.maxSquares ??= zeros(p.shape, p.dtype);
  s.step++;
  const m = values(s.average);
  const v = values(s.squares);
  const top = s.maxSquares === undefined ? undefined : values(s.maxSquares);
  const correction1 = 1 - beta1 ** s.step;
  const correction2 = Math.sqrt(1 - beta2 ** s.step);
  const stepSize = o.lr / correction1;
  const sign = o.maximize === true ? -1 : 1;
  each(w, (x, g, i) => {
    let d = sign * g;
    let y = x;
    if (weightDecay !== 0) {
      if (o.decoupled === true) y = w.round(y * (1 - o.lr * weightDecay));
      else d = w.round(d + weightDecay * y);
    }
    m[i] = (m[i] as number) + (1 - beta1) * w.round(d - (m[i] as number));
    v[i] = w.round((v[i] as number) * beta2) + (1 - beta2) * d * d;
    let base = v[i] as number;
    if (top !== undefined) {
      top[i] = Math.max(top[i] as number, base);
      base = top[i] as number;
    }
    const denominator = w.round(w.round(w.round(Math.sqrt(base)) / correction2) + o.eps);
    return y - stepSize * ((m[i] as number) / denominator);
  });
}

export interface RmspropOptions {
  readonly lr: number;
  readonly alpha: number;
  readonly eps: number;
  readonly weightDecay?: number;
  readonly momentum?: number;
  readonly centered?: boolean;
}

export function rmspropStep(p: NdArray, grad: NdArray, s: StepState, o: RmspropOptions): void {
  const w = walk(p, grad);
  const { weightDecay = 0, momentum = 0 } = o;
  s.squares ??= zeros(p.shape, p.dtype);
  if (momentum > 0) s.momentum ??= zeros(p.shape, p.dtype);
  if (o.centered === true) s.gradAverage ??= zeros(p.shape, p.dtype);
  s.step++;
  const v = values(s.squares);
  const buffer = s.momentum === undefined ? undefined : values(s.momentum);
  const average = s.gradAverage === undefined ? undefined : values(s.gradAverage);
  each(w, (x, g, i) => {
    const d = weightDecay !== 0 ? w.round(g + weightDecay * x) : g;
    v[i] = w.round((v[i] as number) * o.alpha) + (1 - o.alpha) * d * d;
    let base = v[i] as number;
    if (average !== undefined) {
      average[i] = (average[i] as number) + (1 - o.alpha) * (d - (average[i] as number));
      base = w.round(base - (average[i] as number) ** 2);
    }
    const denominator = w.round(w.round(Math.sqrt(base)) + o.eps);
    if (buffer === undefined) return x - (o.lr * d) / denominator;
    buffer[i] = w.round((buffer[i] as number) * momentum) + d / denominator;
    return x - o.lr * (buffer[i] as number);
  });
}

export interface AdagradOptions {
  readonly lr: number;
  readonly lrDecay?: number;
  readonly weightDecay?: number;
  readonly initial?: number;
  readonly eps: number;
}

export function adagradStep(p: NdArray, grad: NdArray, s: StepState, o: AdagradOptions): void {
  const w = walk(p, grad);
  const { lrDecay = 0, weightDecay = 0, initial = 0 } = o;
  if (s.squares === undefined) {
    s.squares = zeros(p.shape, p.dtype);
    values(s.squares).fill(initial);
  }
  s.step++;
  const rate = o.lr / (1 + (s.step - 1) * lrDecay);
  const v = values(s.squares);
  each(w, (x, g, i) => {
    const d = weightDecay !== 0 ? w.round(g + weightDecay * x) : g;
    v[i] = (v[i] as number) + d * d;
    return x - (rate * d) / w.round(w.round(Math.sqrt(v[i] as number)) + o.eps);
  });
}

export interface AdadeltaOptions {
  readonly lr: number;
  readonly rho: number;
  readonly eps: number;
  readonly weightDecay?: number;
}

export function adadeltaStep(p: NdArray, grad: NdArray, s: StepState, o: AdadeltaOptions): void {
  const w = walk(p, grad);
  const { weightDecay = 0 } = o;
  s.squares ??= zeros(p.shape, p.dtype);
  s.deltas ??= zeros(p.shape, p.dtype);
  s.step++;
  const v = values(s.squares);
  const u = values(s.deltas);
  each(w, (x, g, i) => {
    const d = weightDecay !== 0 ? w.round(g + weightDecay * x) : g;
    v[i] = w.round((v[i] as number) * o.rho) + (1 - o.rho) * d * d;
    const delta = w.round((Math.sqrt((u[i] as number) + o.eps) / Math.sqrt((v[i] as number) + o.eps)) * d);
    u[i] = w.round((u[i] as number) * o.rho) + (1 - o.rho) * delta * delta;
    return x - o.lr * delta;
  });
}
