// Owns scaled dot-product attention and the multi-head attention built on it, as PyTorch computes them without fusion.

import type { NdArray } from './array.ts';
import { fromBuffer, full, numelOf, wrapScalar } from './array.ts';
import { record } from './autograd.ts';
import { binary } from './binary.ts';
import { KernelError } from './dtype.ts';
import { maskedFill } from './gather.ts';
import { cat, repeatInterleave, triangle } from './join.ts';
import { linear, product } from './matmul.ts';
import type { Generator } from './random.ts';
import { dropout } from './random.ts';
import { mean } from './reduce.ts';
import { softmax } from './softmax.ts';
import { bitwiseNot } from './unary.ts';
import { contiguous, expand, reshape, slice, squeeze, transpose, unsqueeze, view } from './views.ts';

export interface AttentionOptions {
  /** Bool (true may be seen) or added to the scores; broadcasts to [*, L, S]. */
  readonly mask?: NdArray | undefined;
  readonly dropout?: number;
  readonly causal?: boolean;
  /** 1/sqrt(E) unless given. */
  readonly scale?: number | undefined;
  /** Repeats key and value heads to the number of query heads. */
  readonly grouped?: boolean;
  readonly generator?: Generator | undefined;
}

const NEGATIVE_INFINITY = wrapScalar(Number.NEGATIVE_INFINITY, 'float');

function scoresWith(q: NdArray, k: NdArray, o: AttentionOptions): NdArray {
  const scale = o.scale ?? 1 / Math.sqrt(q.shape.at(-1) as number);
  // Half of the scale goes to each side, as PyTorch does to keep half precision in range.
  const root = wrapScalar(Math.sqrt(scale), 'float');
  let scores = product(binary('mul', q, root), binary('mul', transpose(k, -2, -1), root), 'UnsafeViewBackward0');
  if (o.causal === true) {
    const rows = q.shape.at(-2) as number;
    const cols = k.shape.at(-2) as number;
    scores = maskedFill(scores, bitwiseNot(triangle(full([rows, cols], 1, 'bool'), 'lower')), NEGATIVE_INFINITY);
  }
  if (o.mask !== undefined)
    scores = o.mask.dtype === 'bool' ? maskedFill(scores, bitwiseNot(o.mask), NEGATIVE_INFINITY) : binary('add', scores, o.mask);
  return scores;
}

/** Rows without anything to see are zeros, not nan. */
function safeSoftmax(scores: NdArray): NdArray {
  const n = scores.shape.at(-1) as number;
  const data = scores.dense();
  const blind = new Uint8Array(data.length);
  let any = false;
  for (let base = 0; base < data.length; base += n) {
    let seen = false;
    for (let i = 0; i < n; i++) if (data[base + i] !== Number.NEGATIVE_INFINITY) seen = true;
    if (seen) continue;
    any = true;
    blind.fill(1, base, base + n);
  }
  const weights = softmax(scores, -1);
  return any ? maskedFill(weights, fromBuffer(blind, scores.shape, 'bool'), wrapScalar(0, 'float')) : weights;
}

/** q [*, L, E], k [*, S, E], v [*, S, Ev] -> [*, L, Ev]. */
export function scaledDotProductAttention(q: NdArray, k: NdArray, v: NdArray, o: AttentionOptions = {}): NdArray {
  const times = o.grouped === true ? (q.shape.at(-3) as number) / (k.shape.at(-3) as number) : 1;
  const key = times === 1 ? k : repeatInterleave(k, times, -3);
  const value = times === 1 ? v : repeatInterleave(v, times, -3);
  // Nothing is multiplied of nothing: what would not fit is not noticed.
  if (numelOf(q.shape.slice(0, -2)) === 0) {
    const none = full([...q.shape.slice(0, -1), v.shape.at(-1) as number], 0, q.dtype);
    return record('UnsafeViewBackward0', [q, k, v], none, () => [q, k, v].map((x) => full(x.shape, 0, x.dtype)));
  }
  let weights = safeSoftmax(scoresWith(q, key, o));
  if ((o.dropout ?? 0) > 0) weights = dropped(weights, o.dropout as number, o.generator);
  const fused = q.rank === 4 && (o.dropout ?? 0) === 0 && o.mask?.requiresGrad !== true;
  const name = fused ? 'ScaledDotProductFlashAttentionForCpuBackward0' : q.rank === 2 ? 'MmBackward0' : 'UnsafeViewBackward0';
  return product(weights, value, name);
}

function dropped(weights: NdArray, p: number, g: Generator | undefined): NdArray {
  if (g === undefined) throw new KernelError('dropout in attention needs a generator');
  return dropout(weights, p, g, true);
}

export interface MultiHeadParameters {
  /** [3E, E], or undefined where the three are separate. */
  readonly inProjWeight?: NdArray | undefined;
  readonly qProjWeight?: NdArray | undefined;
  readonly kProjWeight?: NdArray | undefined;
  readonly vProjWeight?: NdArray | undefined;
  readonly inProjBias?: NdArray | undefined;
  readonly biasK?: NdArray | undefined;
  readonly biasV?: NdArray | undefined;
  readonly outProjWeight: NdArray;
  readonly outProjBias?: NdArray | undefined;
}

export interface MultiHeadOptions {
  readonly heads: number;
  readonly batchFirst: boolean;
  readonly dropout: number;
  readonly training: boolean;
  readonly addZeroAttn: boolean;
  readonly needWeights: boolean;
  readonly averageWeights: boolean;
  readonly causal: boolean;
  /** [N, S]: true (or -inf) keys are not seen. */
  readonly keyPaddingMask?: NdArray | undefined;
  /** [L, S] or [N*heads, L, S]: true (or -inf) places are not seen. */
  readonly attnMask?: NdArray | undefined;
  readonly generator?: Generator | undefined;
}

/** A bool mask as added scores: -inf where true. */
function additive(mask: NdArray | undefined, like: NdArray): NdArray | undefined {
  if (mask === undefined || mask.dtype !== 'bool') return mask;
  return maskedFill(full(mask.shape, 0, like.dtype), mask, NEGATIVE_INFINITY);
}

/**
 * q [L, N, E], k [S, N, kdim], v [S, N, vdim] (batch first if told; all without N if 2-D) ->
 * output in q's layout and weights [N, L, S] (per head [N, heads, L, S]) if asked for.
 */
export function multiHeadAttention(
  q: NdArray,
  k: NdArray,
  v: NdArray,
  p: MultiHeadParameters,
  o: MultiHeadOptions,
): { readonly output: NdArray; readonly weights: NdArray | undefined } {
  if (q.rank === 2) {
    const key = o.keyPaddingMask === undefined ? undefined : unsqueeze(o.keyPaddingMask, 0);
    const r = multiHeadAttention(unsqueeze(q, 1), unsqueeze(k, 1), unsqueeze(v, 1), p, { ...o, batchFirst: false, keyPaddingMask: key });
    return { output: squeeze(r.output, 1), weights: r.weights === undefined ? undefined : squeeze(r.weights, 0) };
  }
  const lead = (a: NdArray): NdArray => (o.batchFirst ? transpose(a, 0, 1) : a);
  const query = lead(q);
  const [length, batch, width] = query.shape as readonly [number, number, number];
  const size = width / o.heads;
  const [pq, pk0, pv0] = projections(query, lead(k), lead(v), p, width);
  let pk = pk0;
  let pv = pv0;
  let padding = additive(o.keyPaddingMask, q);
  let mask = additive(o.attnMask, q);
  const widen = (m: NdArray | undefined): NdArray | undefined =>
    m === undefined ? undefined : cat([m, full([...m.shape.slice(0, -1), 1], 0, m.dtype)], -1);
  if (p.biasK !== undefined && p.biasV !== undefined) {
    pk = cat([pk, expand(p.biasK, [1, batch, width])], 0);
    pv = cat([pv, expand(p.biasV, [1, batch, width])], 0);
    mask = widen(mask);
    padding = widen(padding);
  }
  const split = (a: NdArray): NdArray => transpose(reshape(contiguous(a), [a.shape[0] as number, batch * o.heads, size]), 0, 1);
  const hq = split(pq);
  let hk = split(pk);
  let hv = split(pv);
  if (o.addZeroAttn) {
    const blank = full([batch * o.heads, 1, size], 0, q.dtype);
    hk = cat([hk, blank], 1);
    hv = cat([hv, blank], 1);
    mask = widen(mask);
    padding = widen(padding);
  }
  const source = hk.shape[1] as number;
  if (padding !== undefined) {
    const wide = reshape(expand(view(padding, [batch, 1, 1, source]), [batch, o.heads, 1, source]), [batch * o.heads, 1, source]);
    mask = mask === undefined ? wide : binary('add', mask, wide);
  }
  const scaled = binary('mul', hq, wrapScalar(Math.sqrt(1 / size), 'float'));
  const raw = product(scaled, transpose(hk, -2, -1), mask === undefined ? 'BmmBackward0' : 'BaddbmmBackward0');
  const causal =
    o.causal && mask === undefined
      ? maskedFill(raw, bitwiseNot(triangle(full([length, source], 1, 'bool'), 'lower')), NEGATIVE_INFINITY)
      : raw;
  let weights = softmax(mask === undefined ? causal : binary('add', causal, mask), -1);
  if (o.training && o.dropout > 0) weights = dropped(weights, o.dropout, o.generator);
  const mixed = product(weights, hv, 'BmmBackward0');
  const joined = reshape(contiguous(transpose(mixed, 0, 1)), [length * batch, width]);
  const flat = linear(joined, p.outProjWeight, p.outProjBias);
  let output = view(flat, [length, batch, flat.shape[1] as number]);
  if (o.batchFirst) output = transpose(output, 1, 0);
  if (!o.needWeights) return { output, weights: undefined };
  const perHead = view(weights, [batch, o.heads, length, source]);
  return { output, weights: o.averageWeights ? mean(perHead, 1) : perHead };
}

function projections(q: NdArray, k: NdArray, v: NdArray, p: MultiHeadParameters, width: number): [NdArray, NdArray, NdArray] {
  const bias = (i: number): NdArray | undefined =>
    p.inProjBias === undefined ? undefined : slice(p.inProjBias, 0, i * width, (i + 1) * width);
  const weight = (i: number, own: NdArray | undefined): NdArray => {
    if (p.inProjWeight !== undefined) return slice(p.inProjWeight, 0, i * width, (i + 1) * width);
    if (own === undefined) throw new KernelError('multi-head attention without projection weights');
    return own;
  };
  return [
    linear(q, weight(0, p.qProjWeight), bias(0)),
    linear(k, weight(1, p.kProjWeight), bias(1)),
    linear(v, weight(2, p.vProjWeight), bias(2)),
  ];
}

/** Positions of a [L, L] causal mask for torch's generate_square_subsequent_mask: 0 on and below the diagonal, -inf above. */
export function causalMask(size: number): NdArray {
  return triangle(full([size, size], Number.NEGATIVE_INFINITY, 'float32'), 'upper', 1);
}
