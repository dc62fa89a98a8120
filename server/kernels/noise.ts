// Owns random regularisers beyond plain dropout: the self-normalising ones and Gumbel softmax.

import type { NdArray } from './array.ts';
import { emptyLike, fromBuffer, wrapScalar, zeros } from './array.ts';
import { binary } from './binary.ts';
import { allocate, roundTo } from './dtype.ts';
import { scatter } from './gather.ts';
import type { Generator } from './random.ts';
import { bernoulliInto, exponentialInto } from './random.ts';
import { argExtreme } from './reduce.ts';
import { softmax } from './softmax.ts';
import { unary } from './unary.ts';
import { detach } from './views.ts';

const ALPHA = 1.7580993408473766;

/** Alpha dropout: dropped places take the negative limit of SELU, and the whole is rescaled to keep mean and variance. */
function selfNormalising(x: NdArray, p: number, noise: NdArray): NdArray {
  if (p === 1) return binary('mul', x, zeros(x.shape, x.dtype));
  const a = 1 / Math.sqrt((ALPHA * ALPHA * p + 1) * (1 - p));
  const n = noise.dense();
  const keep = allocate(x.dtype, n.length);
  const shift = allocate(x.dtype, n.length);
  for (let i = 0; i < n.length; i++) {
    shift[i] = roundTo(x.dtype, roundTo(x.dtype, ((n[i] as number) - 1) * (ALPHA * a)) + ALPHA * a * p);
    keep[i] = (n[i] as number) * a;
  }
  return binary('add', binary('mul', x, fromBuffer(keep, noise.shape, x.dtype)), fromBuffer(shift, noise.shape, x.dtype));
}

export function alphaDropout(x: NdArray, p: number, g: Generator, training = true): NdArray {
  if (!training || p === 0 || x.numel === 0) return x;
  return selfNormalising(x, p, bernoulliInto(emptyLike(x), g, 1 - p));
}

/** The same with one draw per channel (first two dimensions). */
export function featureAlphaDropout(x: NdArray, p: number, g: Generator, training = true): NdArray {
  if (!training || p === 0 || x.numel === 0) return x;
  const shape = x.shape.map((s, i) => (i < 2 ? s : 1));
  return selfNormalising(x, p, bernoulliInto(zeros(shape, x.dtype), g, 1 - p));
}

/** Softmax of logits plus Gumbel noise over tau; `hard` gives one-hot values with the soft gradient. */
export function gumbelSoftmax(logits: NdArray, g: Generator, tau = 1, hard = false, dim = -1): NdArray {
  const noise = unary('neg', unary('log', exponentialInto(emptyLike(logits), g)));
  const soft = softmax(binary('div', binary('add', logits, noise), wrapScalar(tau, 'float')), dim);
  if (!hard) return soft;
  const chosen = scatter(zeros(logits.shape, logits.dtype), dim, argExtreme(soft, 'max', dim, true), 1);
  return binary('add', binary('sub', chosen, detach(soft)), soft);
}
