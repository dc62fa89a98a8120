/**
 * F.scaled_dot_product_attention with PyTorch's checks.
 */
import { eq } from '../dims/cond.ts';
import { constant, mod } from '../dims/dim.ts';
import { scaledDotProductAttention } from '../kernels/attention.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import { replaceAxis, transpose } from '../shapes/axes.ts';
import type { Shape } from '../shapes/shape.ts';
import { concatenate, greatestRank, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments } from './arguments.ts';
import { TensorArg } from './arguments.ts';
import type { Context, FaultParts } from './context.ts';
import { cppTypeName } from './dtype-names.ts';
import { broadcastPair } from './elementwise.ts';
import type { Operation, Out } from './entry.ts';
import { isOut, tensorOut } from './entry.ts';
import { leading } from './linear.ts';
import { matmulRule } from './matmul.ts';
import { requireKept } from './reduction.ts';

const zero = constant(0);
const _one = constant(1);

const fault = (ctx: Context, code: string, message: string, text: string | undefined, exception = 'RuntimeError'): FaultParts => ({
  code,
  exception,
  message: `${ctx.name}: ${message}`,
  text,
});

/** A tensor with a shape and nothing else, to be looked at by rules. */
const shaped = (like: TensorArg, shape: Shape): TensorArg => new TensorArg(like.ctx, like.ctx.tensorLike(like, shape), like.name);

/** The kind of scores a mask can be added to, by dtype. */
function requireMask(ctx: Context, a: Arguments, q: TensorArg, mask: TensorArg | undefined): void {
  if (mask === undefined) return;
  const [m, t] = [mask.dtype, q.dtype];
  if (m !== undefined && t !== undefined && m !== 'bool' && m !== t && m !== 'float32') {
    ctx.fail({
      ...fault(
        ctx,
        'dtype-mismatch',
        `the mask is ${m}, the query ${t}`,
        `Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: ${cppTypeName(m)} and  query.dtype: ${cppTypeName(t)} instead.`,
      ),
      origins: [mask.origin, q.origin],
    });
  }
  if (a.bool('is_causal') === true) {
    ctx.fail(
      fault(
        ctx,
        'invalid-argument',
        'a mask does not go with `is_causal`',
        '_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True',
      ),
    );
  }
}

function requireInputs(ctx: Context, all: readonly TensorArg[]): void {
  const types = all.map((t) => t.dtype);
  if (new Set(types).size > 1 && !types.includes(undefined)) {
    const [q, k, v] = types.map((t) => cppTypeName(t as NonNullable<typeof t>));
    ctx.fail({
      ...fault(
        ctx,
        'dtype-mismatch',
        `query, key and value have different dtypes: ${types.join(', ')}`,
        `Expected query, key, and value to have the same dtype, but got query.dtype: ${q} key.dtype: ${k} and value.dtype: ${v} instead.`,
      ),
      origins: all.map((t) => t.origin),
    });
  }
  if (all.some((t) => greatestRank(t.shape) < 2)) {
    const [q, k, v] = all.map((t) => t.rank);
    ctx.fail(
      fault(
        ctx,
        'rank-mismatch',
        `query, key and value need two dimensions: ${all.map((t) => ctx.spell(t.shape)).join(', ')}`,
        q === undefined || k === undefined || v === undefined
          ? undefined
          : `Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: ${q} key.dim: ${k} and value.dim: ${v} instead.`,
      ),
    );
  }
  for (const t of all) ctx.world.limitRank(t.shape, 2, Number.POSITIVE_INFINITY);
}

/** With `enable_gqa` key and value heads are repeated to those of the query. */
function grouped(ctx: Context, q: TensorArg, k: TensorArg, v: TensorArg): readonly [TensorArg, TensorArg] {
  for (const t of [q, k, v]) {
    if (greatestRank(t.shape) >= 3) continue;
    ctx.fail(
      fault(
        ctx,
        'rank-mismatch',
        `\`enable_gqa\` needs heads, \`${t.name}\` is ${ctx.spell(t.shape)}`,
        'Dimension out of range (expected to be in range of [-2, 1], but got -3)',
        'IndexError',
      ),
    );
  }
  const heads = q.size(-3);
  const widened = [k, v].map((t) => {
    const own = t.size(-3);
    if (heads === undefined || own === undefined) return t;
    ctx.require(eq(mod(heads, own), zero), () => ({
      ...fault(
        ctx,
        'attention-heads',
        `${ctx.spell(own)} heads of \`${t.name}\` do not divide ${ctx.spell(heads)} of the query`,
        'Number of heads in key and value must divide the number of heads in ',
      ),
      origins: [own.origin, heads.origin],
    }));
    return shaped(t, replaceAxis(ctx.world, t.shape, -3, [heads]));
  });
  return widened as [TensorArg, TensorArg];
}

function dotProductRule(ctx: Context, a: Arguments): Out {
  const native = (name: string, i: number): TensorArg => a.tensor(name, ctx.notTensor('scaled_dot_product_attention', name, i));
  const [q, k0, v0] = [native('query', 1), native('key', 2), native('value', 3)];
  const mask = a.optionalTensor('attn_mask', ctx.notTensor('scaled_dot_product_attention', 'attn_mask', 4));
  requireInputs(ctx, [q, k0, v0]);
  requireMask(ctx, a, q, mask);
  const width = v0.someSize(-1);
  const result = (): Out => tensorOut(concatenate(leading(q.shape), shapeOf([width])), q.dtype, { layout: 'unknown' });
  // Where there is nothing to attend from, or nothing to take, the other sizes do not matter.
  if (ctx.known(q.size(-2)) === 0 || v0.dims?.some((d) => ctx.known(d) === 0) === true) return result();
  const [k, v] = a.bool('enable_gqa') === true ? grouped(ctx, q, k0, v0) : [k0, v0];
  const fused = isFused(ctx, a, q, k, v);
  const turned = transpose(ctx.world, k.shape, -2, -1);
  const product = matmulRule(ctx, q, shaped(k, 'shape' in turned ? turned.shape : k.shape));
  if (!isOut(product) || product.out !== 'tensor') return tensorOut(unknownShape(undefined, 2), q.dtype);
  if (mask !== undefined) requireKept(ctx, product.shape, broadcastPair(ctx, product.shape, mask.shape), 'the mask');
  const p = a.known('dropout_p');
  if (p !== undefined && (p < 0 || p > 1)) {
    ctx.fail(fault(ctx, 'invalid-argument', `\`dropout_p\` is ${p}`, `dropout probability has to be between 0 and 1, but got ${p}`));
  }
  if (q.dtype !== undefined && !/^(float|bfloat|complex)/.test(q.dtype)) {
    ctx.fail(fault(ctx, 'dtype-mismatch', `the query is ${q.dtype}`, `expected scalar type Float but found ${scalarTypeName(q.dtype)}`));
  }
  if (fused) return result();
  const out = matmulRule(ctx, shaped(q, product.shape), v);
  return isOut(out) && out.out === 'tensor' ? tensorOut(out.shape, q.dtype) : tensorOut(unknownShape(undefined, 2), q.dtype);
}

/** PyTorch's one-step kernel, which takes 4-D floating tensors with one head size and does not look at the value's length. */
function isFused(ctx: Context, a: Arguments, q: TensorArg, k: TensorArg, v: TensorArg): boolean {
  const wide = [q, k, v].every((t) => t.rank === 4);
  if (!wide || a.known('dropout_p') !== 0) return false;
  const same = (axis: number, of: readonly TensorArg[]): boolean => {
    const [first, ...rest] = of.map((t) => t.size(axis));
    return rest.every((d) => d !== undefined && first !== undefined && ctx.facts.decide(eq(first, d)) === 'yes');
  };
  if (!same(-1, [q, k, v]) || !same(0, [q, k, v]) || !same(1, [q, k, v])) return false;
  // With a mask the value's length has to fit after all.
  return a.isNone('attn_mask');
}

export const dotProductOp: Operation = {
  names: ['F.scaled_dot_product_attention'],
  signature:
    'scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor attn_mask = None, float dropout_p = 0.0, bool is_causal = False, *, float scale = None, bool enable_gqa = False)',
  shape: '(*, L, E), (*, S, E), (*, S, V) -> (*, L, V)',
  rule: dotProductRule,
  kernel: (k, ctx) =>
    scaledDotProductAttention(k.array('query'), k.array('key'), k.array('value'), {
      mask: k.optionalArray('attn_mask'),
      dropout: k.number('dropout_p'),
      causal: k.bool('is_causal'),
      scale: k.optionalNumber('scale'),
      grouped: k.bool('enable_gqa'),
      generator: ctx.state.generator,
    }),
  random: true,
  samples: [
    'F.scaled_dot_product_attention(torch.rand(2, 5, 4), torch.rand(2, 6, 4), torch.rand(2, 6, 3))',
    'F.scaled_dot_product_attention(torch.rand(2, 4, 5, 4), torch.rand(2, 4, 5, 4), torch.rand(2, 4, 5, 4), is_causal=True)',
    'F.scaled_dot_product_attention(torch.rand(2, 5, 4), torch.rand(2, 6, 4), torch.rand(2, 6, 4), torch.ones(5, 6, dtype=torch.bool))',
    'F.scaled_dot_product_attention(torch.rand(2, 4, 5, 4), torch.rand(2, 2, 6, 4), torch.rand(2, 2, 6, 4), enable_gqa=True)',
  ],
  errors: [
    ['F.scaled_dot_product_attention(torch.rand(2, 5, 4), torch.rand(2, 6, 3), torch.rand(2, 6, 3))', 'matmul-inner-size'],
    ['F.scaled_dot_product_attention(torch.rand(5), torch.rand(2, 6, 3), torch.rand(2, 6, 3))', 'rank-mismatch'],
  ],
  doc: 'nn.functional.scaled_dot_product_attention',
};
