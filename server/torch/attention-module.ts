/**
 * nn.MultiheadAttention: its parameters in PyTorch's order of draws, and its call, which is one function of `attention.ts`
 * with batch and length changed places where the batch comes first.
 */
import { eq, ge } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, mod, mul } from '../dims/dim.ts';
import { zeros } from '../kernels/array.ts';
import { initXavierNormal, initXavierUniform } from '../kernels/initialisation.ts';
import type { Value } from '../python/values.ts';
import { apply } from './apply.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import { multiHeadOp, requireMaskType } from './attention.ts';
import type { ModuleEntry } from './entry.ts';
import type { Draw, ModuleScope } from './module-context.ts';
import { filled } from './module-context.ts';
import { warnOrder } from './naming-warnings.ts';
import { requireOperands } from './python-operand.ts';
import { emptySizes } from './sizes.ts';
import { payloadOf } from './tensor.ts';

const zero = constant(0);

const drawXavier =
  (m: ModuleScope): Draw =>
  (shape, dtype) =>
    initXavierUniform(zeros(shape, dtype), m.state.generator);

const drawXavierNormal =
  (m: ModuleScope): Draw =>
  (shape, dtype) =>
    initXavierNormal(zeros(shape, dtype), m.state.generator);

function requireHeads(m: ModuleScope, embed: Dim, heads: Dim): void {
  for (const d of [embed, heads]) {
    m.require(ge(d, constant(1)), () => ({
      code: 'attention-heads',
      exception: 'ValueError',
      message: `MultiheadAttention: \`embed_dim\` is ${m.spell(embed)}, \`num_heads\` ${m.spell(heads)}`,
      text: m.text`embed_dim and num_heads must be greater than 0, got embed_dim=${embed} and num_heads=${heads} instead`,
      origins: [d.origin],
    }));
  }
  m.require(eq(mod(embed, heads), zero), () => ({
    code: 'attention-heads',
    exception: 'AssertionError',
    message: `MultiheadAttention: \`embed_dim\` ${m.spell(embed)} does not divide into ${m.spell(heads)} heads`,
    text: 'embed_dim must be divisible by num_heads',
    origins: [embed.origin, heads.origin],
  }));
}

/** Sizes that are no integers are compared and divided as Python does before anything is made of them. */
function requireHeadNumbers(m: ModuleScope, embed: Value, heads: Value): void {
  for (const value of [embed, heads]) requireOperands(m, '<=', value, m.interp.int(0));
  const [e, h] = [m.interp.asNumber(embed), m.interp.asNumber(heads)];
  if (e === undefined || h === undefined || (embed.kind !== 'float' && heads.kind !== 'float')) return;
  if (e > 0 && h > 0 && Math.floor(e / h) * h !== e) {
    m.fail({
      code: 'attention-heads',
      exception: 'AssertionError',
      message: `MultiheadAttention: \`embed_dim\` ${e} does not divide into ${h} heads`,
      text: 'embed_dim must be divisible by num_heads',
    });
  }
}

function construct(m: ModuleScope, a: Arguments): void {
  const { interp } = m;
  const sized = (name: string): Value => m.named(a.value(name), name);
  const embedValue = sized('embed_dim');
  requireHeadNumbers(m, embedValue, a.value('num_heads'));
  const [embed] = emptySizesOf(m, embedValue);
  const heads = m.dimOf(sized('num_heads'), 'num_heads');
  requireHeads(m, embed, heads);
  const [kdim, vdim] = ['kdim', 'vdim'].map((name) => (a.isNone(name) ? embed : m.dimOf(sized(name), name))) as [Dim, Dim];
  const dtype = m.dtypeArgument(a.value('dtype'));
  m.set('embed_dim', interp.int(embed));
  m.set('kdim', interp.int(kdim));
  m.set('vdim', interp.int(vdim));
  const same = m.facts.decide(eq(kdim, embed)) === 'yes' && m.facts.decide(eq(vdim, embed)) === 'yes';
  m.set('_qkv_same_embed_dim', interp.bool(same));
  m.set('num_heads', interp.int(heads));
  m.set('dropout', a.value('dropout'));
  m.set('batch_first', a.value('batch_first'));
  const size = m.known(embed);
  const count = m.known(heads);
  m.set('head_dim', size === undefined || count === undefined ? interp.unknown('head_dim') : interp.int(Math.floor(size / count)));
  // Drawn before the others, registered after them.
  const out = m.make(
    'nn.modules.linear.NonDynamicallyQuantizableLinear',
    [interp.int(embed), interp.int(embed)],
    new Map([
      ['bias', a.value('bias')],
      ['dtype', a.value('dtype')],
    ]),
  );
  const three = mul(constant(3), embed);
  const own = ['q_proj_weight', 'k_proj_weight', 'v_proj_weight'] as const;
  if (same) {
    m.parameter('in_proj_weight', [three, embed], dtype, drawXavier(m));
    for (const name of own) m.noParameter(name);
  } else {
    for (const [i, name] of own.entries()) m.parameter(name, [embed, [embed, kdim, vdim][i] as Dim], dtype, drawXavier(m));
    m.noParameter('in_proj_weight');
  }
  if (a.bool('bias') === false) m.noParameter('in_proj_bias');
  else m.parameter('in_proj_bias', [three], dtype, filled(0));
  m.child('out_proj', out);
  clearBias(m, out);
  if (a.bool('add_bias_kv') === true) {
    for (const name of ['bias_k', 'bias_v']) m.parameter(name, [constant(1), constant(1), embed], dtype, drawXavierNormal(m));
  } else {
    m.set('bias_k', interp.none);
    m.set('bias_v', interp.none);
  }
  m.set('add_zero_attn', a.value('add_zero_attn'));
}

function emptySizesOf(m: ModuleScope, value: Value): readonly [Dim] {
  const n = m.interp.asNumber(value);
  if (n !== undefined && n <= 0) return [m.dimOf(value, 'embed_dim')];
  return emptySizes(m, [value]) as unknown as readonly [Dim];
}

/** The bias of the output projection was drawn and is then set to 0. */
function clearBias(m: ModuleScope, out: Value): void {
  const bias = m.interp.resolve(m.interp.getAttr(out, 'bias'));
  const array = payloadOf(bias)?.values;
  if (array !== undefined && m.interp.mode === 'run') array.setData(zeros(array.shape, array.dtype));
}

function forward(m: ModuleScope, a: Arguments): Value {
  const { interp } = m;
  const names = ['query', 'key', 'value'] as const;
  const inputs = names.map((name) => a.tensor(name));
  const [padding, mask] = [a.optionalTensor('key_padding_mask'), a.optionalTensor('attn_mask')];
  for (const input of new Set(inputs.map((t) => t.object)))
    warnOrder(m, inputs.find((t) => t.object === input) as TensorArg, m.bool('batch_first'));
  requireMaskType(m, padding, 'key_padding_mask');
  requireMaskType(m, mask, 'attn_mask');
  const first = m.bool('batch_first') === true && (inputs[0] as TensorArg).rank !== 2;
  if (first && (inputs[0] as TensorArg).rank === undefined) learnBatch(m, inputs as [TensorArg, TensorArg, TensorArg]);
  const turned = first && (inputs[0] as TensorArg).rank === 3;
  const seen = new Map<Value, Value>();
  const values = inputs.map((t) => {
    if (!turned || (t.rank !== undefined && t.rank < 2)) return t.object;
    const known = seen.get(t.object);
    const made = known ?? interp.call(interp.getAttr(t.object, 'transpose'), [interp.int(1), interp.int(0)], new Map(), m.node);
    seen.set(t.object, made);
    return made;
  });
  const out = interp.getAttr(m.self, 'out_proj');
  const attr = (name: string): Value => m.attr(name);
  const result = apply(
    m,
    multiHeadOp,
    [
      ...values,
      attr('embed_dim'),
      attr('num_heads'),
      attr('in_proj_weight'),
      attr('in_proj_bias'),
      attr('bias_k'),
      attr('bias_v'),
      attr('add_zero_attn'),
      attr('dropout'),
      interp.getAttr(out, 'weight'),
      interp.getAttr(out, 'bias'),
    ],
    new Map<string, Value>([
      ['training', attr('training')],
      ...(['key_padding_mask', 'need_weights', 'attn_mask', 'average_attn_weights', 'is_causal'] as const).map(
        (n) => [n, a.value(n)] as const,
      ),
      ['use_separate_proj_weight', interp.bool(attr('in_proj_weight').kind === 'none')],
      ...(['q_proj_weight', 'k_proj_weight', 'v_proj_weight'] as const).map((n) => [n, attr(n)] as const),
    ]),
  );
  if (!turned || result.kind !== 'tuple') return result;
  const [output, weights] = result.items;
  const back = interp.call(interp.getAttr(output as Value, 'transpose'), [interp.int(1), interp.int(0)], new Map(), m.node);
  return interp.tuple([back, weights as Value]);
}

/** With `batch_first` the program means batches: an input of unknown rank has one. */
function learnBatch(m: ModuleScope, inputs: readonly TensorArg[]): void {
  for (const t of inputs) if (m.world.decideRank(t.shape, 3) === 'unknown' && m.interp.mode === 'check') m.world.requireRank(t.shape, 3);
}

const outputLinear: ModuleEntry = {
  name: 'nn.modules.linear.NonDynamicallyQuantizableLinear',
  base: 'nn.Linear',
  shape: '(*, in_features) -> (*, out_features)',
  samples: ['nn.MultiheadAttention(4, 2).out_proj(torch.rand(2, 4))'],
  doc: 'nn.Linear',
};

const multihead: ModuleEntry = {
  name: 'nn.MultiheadAttention',
  init: 'def MultiheadAttention.__init__(self, embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False, kdim=None, vdim=None, batch_first=False, device=None, dtype=None)',
  construct,
  forward:
    'def MultiheadAttention.forward(self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None, average_attn_weights=True, is_causal=False)',
  shape: '(L, N?, embed_dim), (S, N?, kdim), (S, N?, vdim) -> (L, N?, embed_dim), (N?, L, S)',
  call: forward,
  samples: [
    'nn.MultiheadAttention(4, 2)(torch.rand(5, 2, 4), torch.rand(6, 2, 4), torch.rand(6, 2, 4))',
    'nn.MultiheadAttention(4, 2, batch_first=True)(torch.rand(2, 5, 4), torch.rand(2, 6, 4), torch.rand(2, 6, 4))',
    'nn.MultiheadAttention(4, 2, kdim=3, vdim=5, add_bias_kv=True, add_zero_attn=True)(torch.rand(5, 2, 4), torch.rand(6, 2, 3), torch.rand(6, 2, 5))',
    'nn.MultiheadAttention(4, 2, bias=False)(torch.rand(5, 4), torch.rand(6, 4), torch.rand(6, 4), average_attn_weights=False)',
    'nn.MultiheadAttention(4, 2)(torch.rand(5, 2, 4), torch.rand(6, 2, 4), torch.rand(6, 2, 4), need_weights=False)',
  ],
  errors: [
    ['nn.MultiheadAttention(8, 3)', 'attention-heads'],
    ['nn.MultiheadAttention(4, 2)(torch.rand(5, 2, 3), torch.rand(6, 2, 4), torch.rand(6, 2, 4))', 'attention-embedding'],
    ['nn.MultiheadAttention(4, 2)(torch.rand(5, 2, 4), torch.rand(6, 2, 4), torch.rand(7, 2, 4))', 'attention-key-value'],
  ],
  doc: 'nn.MultiheadAttention',
};

export const ATTENTION_MODULES: readonly ModuleEntry[] = [outputLinear, multihead];
