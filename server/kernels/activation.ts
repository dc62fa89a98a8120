// Owns activation functions with parameters, and those PyTorch builds from others (their gradient names show it).

import type { NdArray } from './array.ts';
import { fromBuffer, wrapScalar, zeros } from './array.ts';
import { record, rename, tracks } from './autograd.ts';
import { binary } from './binary.ts';
import * as C from './complex-number.ts';
import { allocate, isComplex, isIntegral, KernelError, roundTo, settle } from './dtype.ts';
import { applyReal, mapComplex, mapReal } from './elementwise.ts';
import type { Generator } from './random.ts';
import { erf } from './special.ts';
import { abs, unary } from './unary.ts';
import { chunk, wrapDim } from './views.ts';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplusOf = (x: number): number => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)));

function needsFloat(a: NdArray, name: string): void {
  if (isIntegral(a.dtype) || isComplex(a.dtype)) {
    throw new KernelError(
      `"${name}" not implemented for '${a.dtype === 'int64' ? 'Long' : a.dtype === 'bool' ? 'Bool' : a.dtype}'`,
      'NotImplementedError',
    );
  }
}

export function leakyRelu(a: NdArray, slope = 0.01): NdArray {
  needsFloat(a, 'leaky_relu_cpu');
  const k = roundTo(a.dtype, slope);
  return applyReal(
    a,
    'LeakyReluBackward0',
    (x) => (x > 0 ? x : x * k),
    (x) => (x > 0 ? 1 : k),
  );
}

/** scale * (x if x > 0 else alpha * (exp(x*inputScale) - 1)). */
export function elu(a: NdArray, alpha = 1, scale = 1, inputScale = 1): NdArray {
  needsFloat(a, 'elu_cpu');
  const negative = alpha * scale;
  return applyReal(
    a,
    'EluBackward0',
    (x) => (x <= 0 ? Math.expm1(x * inputScale) * negative : x * scale),
    (x) => (x <= 0 ? negative * inputScale * Math.exp(x * inputScale) : scale),
  );
}

export function selu(a: NdArray): NdArray {
  return elu(a, 1.6732632423543772, 1.0507009873554805);
}

export function celu(a: NdArray, alpha = 1): NdArray {
  if (alpha === 0) throw new KernelError('ZeroDivisionError: alpha cannot be 0 for CELU', 'RuntimeError');
  return rename(elu(a, alpha, 1, 1 / alpha), 'CeluBackward0');
}

export function gelu(a: NdArray, approximate: 'none' | 'tanh' = 'none'): NdArray {
  needsFloat(a, 'GeluKernelImpl');
  const K = Math.sqrt(2 / Math.PI);
  if (approximate === 'tanh') {
    const inner = (x: number): number => Math.tanh(K * (x + 0.044715 * x * x * x));
    return applyReal(
      a,
      'GeluBackward0',
      (x) => 0.5 * x * (1 + inner(x)),
      (x) => {
        const t = inner(x);
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * K * (1 + 3 * 0.044715 * x * x);
      },
    );
  }
  const cdf = (x: number): number => 0.5 * (1 + erf(x * Math.SQRT1_2));
  return applyReal(
    a,
    'GeluBackward0',
    (x) => x * cdf(x),
    (x) => cdf(x) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI),
  );
}

export function silu(a: NdArray): NdArray {
  if (isComplex(a.dtype)) {
    if (tracks([a]))
      throw new KernelError('silu does not support automatic differentiation for outputs with complex dtype.', 'RuntimeError');
    return mapComplex(a, a.dtype, (z) => C.cMul(z, C.cSigmoid(z)));
  }
  return applyReal(
    a,
    'SiluBackward0',
    (x) => x * sigmoid(x),
    (x) => {
      const s = sigmoid(x);
      return s * (1 + x * (1 - s));
    },
  );
}

export function mish(a: NdArray): NdArray {
  needsFloat(a, 'mish_cpu');
  return applyReal(
    a,
    'MishBackward0',
    (x) => x * Math.tanh(softplusOf(x)),
    (x) => {
      const t = Math.tanh(softplusOf(x));
      return t + x * (1 - t * t) * sigmoid(x);
    },
  );
}

/** log(1 + exp(beta*x)) / beta, linear where beta*x exceeds the threshold. */
export function softplus(a: NdArray, beta = 1, threshold = 20): NdArray {
  needsFloat(a, 'softplus_cpu');
  return applyReal(
    a,
    'SoftplusBackward0',
    (x) => (x * beta > threshold ? x : Math.log1p(Math.exp(x * beta)) / beta),
    (x) => (x * beta > threshold ? 1 : sigmoid(x * beta)),
  );
}

export function logSigmoid(a: NdArray): NdArray {
  needsFloat(a, 'log_sigmoid_cpu');
  return applyReal(
    a,
    'LogSigmoidBackward0',
    (x) => Math.min(0, x) - Math.log1p(Math.exp(-Math.abs(x))),
    (x) => sigmoid(-x),
  );
}

export function hardtanh(a: NdArray, low = -1, high = 1): NdArray {
  const name = 'HardtanhBackward0';
  // Integers keep their type, and the limits become integers with them.
  if (isIntegral(a.dtype)) return mapReal(a, a.dtype, (x) => Math.min(Math.trunc(high), Math.max(Math.trunc(low), x)));
  return applyReal(
    a,
    name,
    (x) => (x !== x ? x : Math.min(high, Math.max(low, x))),
    (x) => (x > low && x < high ? 1 : 0),
  );
}

export function relu6(a: NdArray): NdArray {
  return hardtanh(a, 0, 6);
}

export function hardsigmoid(a: NdArray): NdArray {
  return applyReal(
    a,
    'HardsigmoidBackward0',
    (x) => Math.min(6, Math.max(0, x + 3)) / 6,
    (x) => (x > -3 && x < 3 ? 1 / 6 : 0),
  );
}

export function hardswish(a: NdArray): NdArray {
  return applyReal(
    a,
    'HardswishBackward0',
    (x) => (x * Math.min(6, Math.max(0, x + 3))) / 6,
    (x) => (x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1),
  );
}

export function hardshrink(a: NdArray, lambda = 0.5): NdArray {
  return applyReal(
    a,
    'HardshrinkBackward0',
    (x) => (x >= -lambda && x <= lambda ? 0 : x),
    (x) => (x >= -lambda && x <= lambda ? 0 : 1),
  );
}

export function softshrink(a: NdArray, lambda = 0.5): NdArray {
  if (lambda < 0) throw new KernelError(`lambda must be greater or equal to 0, but found to be ${lambda}.`, 'RuntimeError');
  return applyReal(
    a,
    'SoftshrinkBackward0',
    (x) => (x > lambda ? x - lambda : x < -lambda ? x + lambda : x * 0),
    (x) => (x >= -lambda && x <= lambda ? 0 : 1),
  );
}

/** x where x > threshold, else value. */
export function threshold(a: NdArray, limit: number, value: number): NdArray {
  if (isIntegral(a.dtype)) return mapReal(a, a.dtype, (x) => (x <= limit ? value : x));
  return applyReal(
    a,
    'ThresholdBackward0',
    (x) => (x <= limit ? value : x),
    (x) => (x > limit ? 1 : 0),
  );
}

/** x / (1 + |x|), divided as PyTorch does. */
export function softsign(a: NdArray): NdArray {
  const one = wrapScalar(1, 'int');
  return binary('div', a, binary('add', abs(a), one));
}

export function tanhshrink(a: NdArray): NdArray {
  return binary('sub', a, unary('tanh', a));
}

/** Gated linear unit: first half times the sigmoid of the second. */
export function glu(a: NdArray, dim = -1): NdArray {
  const d = wrapDim(dim, a.rank);
  const [x, gate] = chunk(a, 2, d) as [NdArray, NdArray];
  return binary('mul', x, unary('sigmoid', gate), { name: 'GluBackward0' });
}

/** [N, C, *] with one slope per channel (or a single one). */
export function prelu(a: NdArray, weight: NdArray): NdArray {
  const channels = weight.numel;
  const per = a.rank < 2 ? 1 : (a.shape.slice(2).reduce((n, s) => n * s, 1) as number);
  const slot = (i: number): number => (channels === 1 ? 0 : Math.floor(i / per) % channels);
  const x = a.dense();
  const w = weight.dense();
  const data = allocate(a.dtype, x.length);
  for (let i = 0; i < x.length; i++) data[i] = (x[i] as number) > 0 ? (x[i] as number) : (x[i] as number) * (w[slot(i)] as number);
  const out = fromBuffer(settle(a.dtype, data), a.shape, a.dtype);
  return record(
    'PreluKernelBackward0',
    [a, weight],
    out,
    (g) => {
      const v = g.dense();
      const values = a.dense();
      const slopes = weight.dense();
      const dx = allocate(a.dtype, v.length);
      const sums = new Float64Array(channels);
      for (let i = 0; i < v.length; i++) {
        const positive = (values[i] as number) > 0;
        dx[i] = positive ? (v[i] as number) : (v[i] as number) * (slopes[slot(i)] as number);
        if (!positive) sums[slot(i)] = (sums[slot(i)] as number) + (v[i] as number) * (values[i] as number);
      }
      const dw = zeros(weight.shape, weight.dtype);
      dw.storage.data.set(sums as never);
      return [fromBuffer(dx, a.shape, a.dtype), dw];
    },
    [a, weight],
  );
}

/** Leaky slope drawn per negative element in training, the middle of the range otherwise. */
export function rrelu(a: NdArray, g: Generator, lower = 1 / 8, upper = 1 / 3, training = false): NdArray {
  if (!training) return leakyRelu(a, (lower + upper) / 2);
  const x = a.dense();
  const slopes = allocate(a.dtype, x.length);
  for (let i = 0; i < x.length; i++) slopes[i] = (x[i] as number) <= 0 ? g.engine.uniform53() * (upper - lower) + lower : 1;
  const times = (v: NdArray): NdArray => {
    const src = v.dense();
    const data = allocate(v.dtype, src.length);
    for (let i = 0; i < src.length; i++) data[i] = (src[i] as number) * (slopes[i] as number);
    return fromBuffer(settle(v.dtype, data), v.shape, v.dtype);
  };
  return record('RreluWithNoiseBackward0', [a], times(a), (grad) => [times(grad)]);
}
