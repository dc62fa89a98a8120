/**
 * Attention with several heads as a function, F.multi_head_attention_forward, checked in PyTorch's order.
 * The layer stands in `attention-module.ts`.
 */
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, mul } from '../dims/dim.ts';
import { multiHeadAttention } from '../kernels/attention.ts';
import type { Shape } from '../shapes/shape.ts';
import { shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments } from './arguments.ts';
import { TensorArg } from './arguments.ts';
import type { Context, FaultParts } from './context.ts';
import { dotProductOp } from './dot-product-attention.ts';
import { requireSameFactorTypes } from './dtype-names.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import { leading } from './linear.ts';
import { sizeText } from './reduction.ts';

const _zero = constant(0);
const one = constant(1);

const fault = (ctx: Context, code: string, message: string, text: string | undefined, exception = 'RuntimeError'): FaultParts => ({
  code,
  exception,
  message: `${ctx.name}: ${message}`,
  text,
});

/** A tensor with a shape and nothing else, to be looked at by rules. */
const _shaped = (like: TensorArg, shape: Shape): TensorArg => new TensorArg(like.ctx, like.ctx.tensorLike(like, shape), like.name);

// ---------------------------------------------------------------- several heads

const assertion = (ctx: Context, code: string, message: string, text: string | undefined): FaultParts =>
  fault(ctx, code, message, text, 'AssertionError');

/** A mask is bool or floating. */
export function requireMaskType(ctx: Context, mask: TensorArg | undefined, name: string): void {
  if (mask?.dtype === undefined || /^(bool|float|bfloat)/.test(mask.dtype)) return;
  ctx.fail(
    assertion(
      ctx,
      'dtype-mismatch',
      `\`${name}\` is ${mask.dtype}, bool or floating is needed`,
      `only bool and floating types of ${name} are supported`,
    ),
  );
}

interface Heads {
  readonly ctx: Context;
  readonly a: Arguments;
  readonly q: TensorArg;
  readonly k: TensorArg;
  readonly v: TensorArg;
  readonly padding: TensorArg | undefined;
  readonly mask: TensorArg | undefined;
  readonly heads: Dim;
}

/** The ranks of all inputs by that of the query: 3 with a batch, 2 without. Undefined where it is not known. */
function requireRanks(h: Heads): number | undefined {
  const { ctx, q, k, v, padding, mask } = h;
  const rank = ctx.requireRank(q.shape, [2, 3], (got) =>
    assertion(
      ctx,
      'rank-mismatch',
      `the query is ${ctx.spell(q.shape)}; 2-D or 3-D is needed`,
      `query should be unbatched 2D or batched 3D tensor but received ${got}-D query tensor`,
    ),
  );
  if (rank === undefined) return undefined;
  const head = `For ${rank === 3 ? 'batched (3-D)' : 'unbatched (2-D)'} \`query\`, expected`;
  for (const t of [k, v]) {
    ctx.requireRank(t.shape, [rank], () =>
      assertion(
        ctx,
        'rank-mismatch',
        `key ${ctx.spell(k.shape)} and value ${ctx.spell(v.shape)} are not ${rank}-D as the query`,
        k.rank === undefined || v.rank === undefined
          ? undefined
          : `${head} \`key\` and \`value\` to be ${rank}-D but found ${k.rank}-D and ${v.rank}-D tensors respectively`,
      ),
    );
  }
  if (padding !== undefined) {
    ctx.requireRank(padding.shape, [rank - 1], (got) =>
      assertion(
        ctx,
        'rank-mismatch',
        `\`key_padding_mask\` is ${ctx.spell(padding.shape)}`,
        `${head} \`key_padding_mask\` to be \`None\` or ${rank - 1}-D but found ${got}-D tensor instead`,
      ),
    );
  }
  if (mask === undefined) return rank;
  ctx.requireRank(mask.shape, [2, 3], (got) =>
    assertion(
      ctx,
      'rank-mismatch',
      `\`attn_mask\` is ${ctx.spell(mask.shape)}`,
      `${head} \`attn_mask\` to be \`None\`, 2-D or 3-D but found ${got}-D tensor instead`,
    ),
  );
  if (rank === 2 && mask.rank === 3) {
    requireSizes(ctx, mask, [h.heads, q.size(0) as Dim, k.size(0) as Dim], (wanted) =>
      assertion(
        ctx,
        'attention-mask',
        `\`attn_mask\` is ${ctx.spell(mask.shape)}, not ${ctx.spell(wanted)}`,
        ctx.text`Expected \`attn_mask\` shape to be ${ctx.tuple(wanted)} but got ${sizeText(ctx, mask.shape)}`,
      ),
    );
  }
  return rank;
}

function requireSizes(ctx: Context, t: TensorArg, wanted: readonly Dim[], parts: (wanted: readonly Dim[]) => FaultParts): void {
  wanted.forEach((d, i) => {
    const size = t.size(i);
    if (size !== undefined) ctx.require(eq(size, d), () => ({ ...parts(wanted), origins: [size.origin ?? t.origin, d.origin] }));
  });
}

/** Key and value have one shape, or with weights of their own one length and batch. */
function requirePair(h: Heads, separate: boolean, rank: number): void {
  const { ctx, k, v } = h;
  const raised = (t: TensorArg): Shape => (rank === 3 ? t.shape : shapeOf([t.size(0) as Dim, one, t.size(1) as Dim]));
  const count = separate ? rank - 1 : rank;
  for (let i = 0; i < count; i++) {
    const [a, b] = [k.size(i), v.size(i)];
    if (a === undefined || b === undefined) continue;
    ctx.require(eq(a, b), () => ({
      ...assertion(
        ctx,
        'attention-key-value',
        `the key is ${ctx.spell(k.shape)}, the value ${ctx.spell(v.shape)}`,
        separate
          ? ctx.text`key's sequence and batch dims ${sizeText(ctx, leading(raised(k)))} do not match value's ${sizeText(ctx, leading(raised(v)))}`
          : ctx.text`key shape ${sizeText(ctx, raised(k))} does not match value shape ${sizeText(ctx, raised(v))}`,
      ),
      origins: [a.origin ?? k.origin, b.origin ?? v.origin],
    }));
  }
}

/** The three projections: sizes of their weights, and one dtype with them. */
function requireProjections(h: Heads, separate: boolean, embed: Dim, rank: number): void {
  const { ctx, a, q, k, v } = h;
  const bias = a.optionalTensor('in_proj_bias') !== undefined;
  if (separate) {
    for (const [t, name, word] of [
      [q, 'q_proj_weight', 'query'],
      [k, 'k_proj_weight', 'key'],
      [v, 'v_proj_weight', 'value'],
    ] as const) {
      const w = a.optionalTensor(name);
      const size = t.size(-1);
      if (w === undefined || size === undefined) continue;
      requireSizes(ctx, w, [embed, size], (wanted) =>
        assertion(
          ctx,
          'attention-embedding',
          `the ${word} has size ${ctx.spell(size)}, its weight is ${ctx.spell(w.shape)}`,
          ctx.text`expecting ${word} weights shape of ${ctx.tuple(wanted)}, but got ${sizeText(ctx, w.shape)}`,
        ),
      );
    }
  }
  const packed = a.optionalTensor('in_proj_weight');
  for (const [t, name] of [
    [q, 'q_proj_weight'],
    [k, 'k_proj_weight'],
    [v, 'v_proj_weight'],
  ] as const) {
    const w = separate ? a.optionalTensor(name) : packed;
    if (w === undefined) continue;
    const size = t.size(-1);
    if (!separate && size !== undefined && t !== q) {
      const columns = rank === 3 && k.object === v.object ? mul(constant(2), embed) : embed;
      const rows = rank === 3 ? mul(t.size(0) as Dim, t.size(1) as Dim) : t.size(0);
      ctx.require(eq(size, embed), () => ({
        ...fault(
          ctx,
          'attention-embedding',
          `the ${t.name} has size ${ctx.spell(size)}, \`embed_dim\` is ${ctx.spell(embed)}`,
          ctx.text`mat1 and mat2 shapes cannot be multiplied (${rows}x${size} and ${embed}x${columns})`,
        ),
        origins: [size.origin ?? t.origin, embed.origin],
      }));
    }
    requireSameFactorTypes(ctx, t, w, bias && t.payload.layout === 'contiguous');
  }
}

function requireAttentionMask(h: Heads, batch: Dim, length: Dim, source: Dim): void {
  const { ctx, mask, heads } = h;
  const rank = mask?.rank;
  if (mask === undefined || rank === undefined) return;
  requireSizes(ctx, mask, rank === 2 ? [length, source] : [mul(batch, heads), length, source], (wanted) =>
    fault(
      ctx,
      'attention-mask',
      `\`attn_mask\` is ${ctx.spell(mask.shape)}, not ${ctx.spell(wanted)}`,
      ctx.text`The shape of the ${rank}D attn_mask is ${sizeText(ctx, mask.shape)}, but should be ${ctx.tuple(wanted)}.`,
    ),
  );
}

/** The batch of key and value is the query's, as viewing them by heads needs it. */
function requireBatch(h: Heads, batch: Dim, embed: Dim, biased: boolean): void {
  const { ctx, k, heads } = h;
  const own = k.size(1);
  const length = k.size(0);
  if (own === undefined || length === undefined) return;
  ctx.require(eq(own, batch), () => ({
    ...fault(
      ctx,
      'attention-key-value',
      `the key has batch ${ctx.spell(own)}, the query ${ctx.spell(batch)}`,
      biased
        ? ctx.text`Sizes of tensors must match except in dimension 0. Expected size ${own} but got size ${batch} for tensor number 1 in the list.`
        : ctx.text`shape '[${length}, ${mul(batch, heads)}, ${headSize(h, embed)}]' is invalid for input of size ${mul(mul(length, own), embed)}`,
    ),
    origins: [own.origin ?? k.origin, batch.origin],
  }));
}

function headSize(h: Heads, embed: Dim): Dim | undefined {
  const [e, n] = [h.ctx.known(embed), h.ctx.known(h.heads)];
  return e === undefined || n === undefined ? undefined : constant(Math.floor(e / n));
}

function multiHeadRule(ctx: Context, a: Arguments): Out {
  const h: Heads = {
    ctx,
    a,
    q: a.tensor('query'),
    k: a.tensor('key'),
    v: a.tensor('value'),
    padding: a.optionalTensor('key_padding_mask'),
    mask: a.optionalTensor('attn_mask'),
    heads: a.int('num_heads'),
  };
  const { q, k, padding } = h;
  const rank = requireRanks(h);
  requireMaskType(ctx, padding, 'key_padding_mask');
  const causal = a.bool('is_causal') === true;
  const needed = a.bool('need_weights');
  if (causal && a.isNone('attn_mask')) {
    ctx.fail(
      fault(
        ctx,
        'attention-mask',
        '`is_causal` is only a hint and needs an `attn_mask`',
        'Need attn_mask if specifying the is_causal hint. You may use the Transformer module method `generate_square_subsequent_mask` to create this mask.',
      ),
    );
  }
  requireMaskType(ctx, h.mask, 'attn_mask');
  const embed = a.int('embed_dim_to_check');
  const size = q.size(-1);
  if (size !== undefined) {
    ctx.require(eq(size, embed), () => ({
      ...assertion(
        ctx,
        'attention-embedding',
        `the query has size ${ctx.spell(size)}, \`embed_dim\` is ${ctx.spell(embed)}`,
        ctx.text`was expecting embedding dimension of ${embed}, but got ${size}`,
      ),
      origins: [size.origin ?? q.origin, embed.origin],
    }));
  }
  const separate = a.bool('use_separate_proj_weight') === true;
  const output = tensorOut(q.shape, q.dtype, { layout: 'unknown' });
  if (rank === undefined) return tupleOut([output, needed === false ? ctx.interp.none : tensorOut(unknownShape(undefined, 2, 4), q.dtype)]);
  requirePair(h, separate, rank);
  requireProjections(h, separate, embed, rank);
  const [length, source] = [q.size(0) as Dim, k.size(0) as Dim];
  const batch = rank === 3 ? (q.size(1) as Dim) : one;
  const skipped = causal && padding === undefined && needed === false;
  if (!skipped) requireAttentionMask(h, batch, length, source);
  const biased = a.optionalTensor('bias_k') !== undefined;
  if (rank === 3) requireBatch(h, batch, embed, biased);
  if (padding !== undefined) {
    const wanted = rank === 3 ? [batch, source] : [source];
    wanted.forEach((want, i) => {
      const own = padding.size(i);
      if (own === undefined) return;
      const extra = i === wanted.length - 1 ? (biased ? 1 : 0) + (a.bool('add_zero_attn') === true ? 1 : 0) : 0;
      ctx.require(eq(own, want), () => ({
        ...assertion(
          ctx,
          'attention-mask',
          `\`key_padding_mask\` is ${ctx.spell(padding.shape)}, not ${ctx.spell(wanted)}`,
          ctx.text`Expected key_padded_mask.shape[${i + 3 - rank}] to be ${add(want, constant(extra))}, but got ${add(own, constant(extra))}`,
        ),
        origins: [own.origin ?? padding.origin, want.origin],
      }));
    });
  }
  if (needed === false) return tupleOut([output, ctx.interp.none]);
  let width = source;
  if (biased) width = add(width, one);
  if (a.bool('add_zero_attn') === true) width = add(width, one);
  const heads = a.bool('average_attn_weights') === false ? [h.heads] : [];
  const weights = tensorOut(shapeOf([...(rank === 3 ? [batch] : []), ...heads, length, width]), q.dtype);
  return tupleOut([output, needed === undefined ? ctx.interp.unknown('weights') : weights]);
}

export const multiHeadOp: Operation = {
  names: ['F.multi_head_attention_forward'],
  signature:
    'def multi_head_attention_forward(query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v, add_zero_attn, dropout_p, out_proj_weight, out_proj_bias, training=True, key_padding_mask=None, need_weights=True, attn_mask=None, use_separate_proj_weight=False, q_proj_weight=None, k_proj_weight=None, v_proj_weight=None, static_k=None, static_v=None, average_attn_weights=True, is_causal=False)',
  shape: '(L, N?, E), (S, N?, K), (S, N?, V) -> (L, N?, E), (N?, L, S)',
  rule: multiHeadRule,
  kernel: (k, ctx) => {
    const needed = k.bool('need_weights');
    const mask = k.optionalArray('attn_mask');
    const { output, weights } = multiHeadAttention(
      k.array('query'),
      k.array('key'),
      k.array('value'),
      {
        inProjWeight: k.optionalArray('in_proj_weight'),
        qProjWeight: k.optionalArray('q_proj_weight'),
        kProjWeight: k.optionalArray('k_proj_weight'),
        vProjWeight: k.optionalArray('v_proj_weight'),
        inProjBias: k.optionalArray('in_proj_bias'),
        biasK: k.optionalArray('bias_k'),
        biasV: k.optionalArray('bias_v'),
        outProjWeight: k.array('out_proj_weight'),
        outProjBias: k.optionalArray('out_proj_bias'),
      },
      {
        heads: k.int('num_heads'),
        batchFirst: false,
        dropout: k.number('dropout_p'),
        training: k.bool('training'),
        addZeroAttn: k.bool('add_zero_attn'),
        needWeights: needed,
        averageWeights: k.bool('average_attn_weights'),
        causal: k.bool('is_causal') && mask === undefined,
        keyPaddingMask: k.optionalArray('key_padding_mask'),
        attnMask: mask,
        generator: ctx.state.generator,
      },
    );
    return needed && weights !== undefined ? [output, weights] : [output];
  },
  random: true,
  samples: [
    'F.multi_head_attention_forward(torch.rand(5, 2, 4), torch.rand(6, 2, 4), torch.rand(6, 2, 4), 4, 2, torch.rand(12, 4), torch.rand(12), None, None, False, 0.0, torch.rand(4, 4), torch.rand(4))',
  ],
  errors: [
    [
      'F.multi_head_attention_forward(torch.rand(5, 2, 3), torch.rand(6, 2, 4), torch.rand(6, 2, 4), 4, 2, torch.rand(12, 4), torch.rand(12), None, None, False, 0.0, torch.rand(4, 4), torch.rand(4))',
      'attention-embedding',
    ],
  ],
  doc: 'nn.functional.multi_head_attention_forward',
};

export const ATTENTIONS: readonly Operation[] = [dotProductOp, multiHeadOp];
