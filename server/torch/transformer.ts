/**
 * Transformer layers and stacks, composed of their parts as PyTorch's own Python code composes them.
 */
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { zeros } from '../kernels/array.ts';
import { causalMask } from '../kernels/attention.ts';
import { initXavierUniform } from '../kernels/initialisation.ts';
import { deepCopy } from '../python/stdlib/copy.ts';
import type { ObjectValue, Value } from '../python/values.ts';
import { shapeOf } from '../shapes/shape.ts';
import { ACTIVATIONS } from './activations.ts';
import { apply } from './apply.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import { requireMaskType } from './attention.ts';
import { Context } from './context.ts';
import type { ModuleEntry, Operation } from './entry.ts';
import { tensorOut } from './entry.ts';
import type { ModuleScope } from './module-context.ts';
import { isModule, namedTensors } from './module-registry.ts';
import { passOn } from './native-argument.ts';
import { requireSizes } from './sizes.ts';
import { payloadOf } from './tensor.ts';
import { UNARY } from './unary.ts';

type Named = Readonly<Record<string, Value>>;

const call = (m: ModuleScope, fn: Value, args: readonly Value[], named: Named = {}): Value =>
  m.interp.call(fn, args, new Map(Object.entries(named)), m.node);

const child = (m: ModuleScope, name: string): Value => m.interp.getAttr(m.self, name);

const plus = (m: ModuleScope, x: Value, y: Value): Value => call(m, m.interp.getAttr(x, 'add'), [y]);

// ---------------------------------------------------------------- layers

/** `relu` and `gelu` by name; anything else must be callable. */
function activationOf(m: ModuleScope, given: Value): Value {
  const name = m.interp.asString(given);
  if (name === undefined) return given;
  if (name !== 'relu' && name !== 'gelu') {
    m.fail({
      code: 'invalid-argument',
      message: `${m.name}: there is no activation '${name}'; it can be relu, gelu or a function`,
      text: `activation should be relu/gelu, not ${name}`,
    });
  }
  const op = [...ACTIVATIONS, ...UNARY].find((o) => o.names.includes(`F.${name}`));
  if (op === undefined) return m.interp.unknown(name);
  return m.interp.native(name, (c) => apply(new Context(c.interp, name, c.node), op, c.args, c.kwargs));
}

interface Options {
  readonly model: Value;
  readonly heads: Value;
  readonly wide: Value;
  readonly dropout: Value;
  readonly eps: Value;
  readonly bias: Value;
  readonly first: Value;
  readonly dtype: Value;
}

const optionsOf = (a: Arguments): Options => ({
  model: a.value('d_model'),
  heads: a.value('nhead'),
  wide: a.value('dim_feedforward'),
  dropout: a.value('dropout'),
  eps: a.value('layer_norm_eps'),
  bias: a.value('bias'),
  first: a.value('batch_first'),
  dtype: a.value('dtype'),
});

/** The parts of an encoder layer, or of a decoder layer with its second attention, in PyTorch's order. */
function constructLayer(m: ModuleScope, a: Arguments, decoder: boolean): void {
  const o = optionsOf(a);
  const made = (name: string, args: readonly Value[], named: Named = {}): Value => m.make(name, args, new Map(Object.entries(named)));
  const common = { bias: o.bias, dtype: o.dtype };
  const attention = (): Value => made('nn.MultiheadAttention', [o.model, o.heads], { ...common, dropout: o.dropout, batch_first: o.first });
  m.child('self_attn', attention());
  if (decoder) m.child('multihead_attn', attention());
  m.child('linear1', made('nn.Linear', [o.model, o.wide], common));
  m.child('dropout', made('nn.Dropout', [o.dropout]));
  m.child('linear2', made('nn.Linear', [o.wide, o.model], common));
  m.set('norm_first', a.value('norm_first'));
  const count = decoder ? 3 : 2;
  for (let i = 1; i <= count; i++) m.child(`norm${i}`, made('nn.LayerNorm', [o.model], { ...common, eps: o.eps }));
  for (let i = 1; i <= count; i++) m.child(`dropout${i}`, made('nn.Dropout', [o.dropout]));
  const activation = activationOf(m, a.value('activation'));
  if (isModule(m.interp, m.interp.resolve(activation))) m.child('activation', activation);
  else m.set('activation', activation);
}

/** One block of a layer: attention or the two linear maps, with their dropout. */
interface Block {
  readonly norm: string;
  readonly run: (x: Value) => Value;
}

function attend(m: ModuleScope, part: string, dropout: string, x: Value, memory: Value, masks: Named): Value {
  const result = m.interp.resolve(call(m, child(m, part), [x, memory, memory], { ...masks, need_weights: m.interp.bool(false) }));
  const first = result.kind === 'tuple' ? (result.items[0] as Value) : m.interp.unknown('attention');
  return call(m, child(m, dropout), [first]);
}

function feed(m: ModuleScope, dropout: string, x: Value): Value {
  const wide = call(m, child(m, 'activation'), [call(m, child(m, 'linear1'), [x])]);
  return call(m, child(m, dropout), [call(m, child(m, 'linear2'), [call(m, child(m, 'dropout'), [wide])])]);
}

/** Each block is added to what goes in, normalised before or after. */
function through(m: ModuleScope, x: Value, blocks: readonly Block[]): Value {
  const before = m.bool('norm_first') === true;
  return blocks.reduce((now, block) => {
    const norm = child(m, block.norm);
    return before ? plus(m, now, block.run(call(m, norm, [now]))) : call(m, norm, [plus(m, now, block.run(now))]);
  }, x);
}

function encoderLayerCall(m: ModuleScope, a: Arguments): Value {
  const x = a.tensor('src');
  requireMaskType(m, a.optionalTensor('src_key_padding_mask'), 'src_key_padding_mask');
  requireMaskType(m, a.optionalTensor('src_mask'), 'src_mask');
  const masks = { attn_mask: a.value('src_mask'), key_padding_mask: a.value('src_key_padding_mask'), is_causal: a.value('is_causal') };
  return through(m, x.object, [
    { norm: 'norm1', run: (now) => attend(m, 'self_attn', 'dropout1', now, now, masks) },
    { norm: 'norm2', run: (now) => feed(m, 'dropout2', now) },
  ]);
}

function decoderLayerCall(m: ModuleScope, a: Arguments): Value {
  const x = a.tensor('tgt');
  const memory = a.tensor('memory').object;
  const masks = (name: string): Named => ({
    attn_mask: a.value(`${name}_mask`),
    key_padding_mask: a.value(`${name}_key_padding_mask`),
    is_causal: a.value(`${name}_is_causal`),
  });
  return through(m, x.object, [
    { norm: 'norm1', run: (now) => attend(m, 'self_attn', 'dropout1', now, now, masks('tgt')) },
    { norm: 'norm2', run: (now) => attend(m, 'multihead_attn', 'dropout2', now, memory, masks('memory')) },
    { norm: 'norm3', run: (now) => feed(m, 'dropout3', now) },
  ]);
}

const LAYER_INIT =
  "d_model, nhead, dim_feedforward=2048, dropout=0.1, activation='relu', layer_norm_eps=1e-05, batch_first=False, norm_first=False, bias=True, device=None, dtype=None";
const DECODER_MASKS =
  'tgt_mask=None, memory_mask=None, tgt_key_padding_mask=None, memory_key_padding_mask=None, tgt_is_causal=%, memory_is_causal=False';

const encoderLayer: ModuleEntry = {
  name: 'nn.TransformerEncoderLayer',
  init: `def TransformerEncoderLayer.__init__(self, ${LAYER_INIT})`,
  construct: (m, a) => constructLayer(m, a, false),
  forward: 'def TransformerEncoderLayer.forward(self, src, src_mask=None, src_key_padding_mask=None, is_causal=False)',
  shape: '(L, N?, d_model) -> (L, N?, d_model)',
  call: encoderLayerCall,
  samples: [
    'nn.TransformerEncoderLayer(4, 2, 6)(torch.rand(5, 2, 4))',
    "nn.TransformerEncoderLayer(4, 2, 6, batch_first=True, norm_first=True, activation='gelu')(torch.rand(2, 5, 4))",
  ],
  errors: [
    ['nn.TransformerEncoderLayer(4, 3)', 'attention-heads'],
    ['nn.TransformerEncoderLayer(4, 2, 6)(torch.rand(5, 2, 3))', 'attention-embedding'],
  ],
  doc: 'nn.TransformerEncoderLayer',
};

const decoderLayer: ModuleEntry = {
  name: 'nn.TransformerDecoderLayer',
  init: `def TransformerDecoderLayer.__init__(self, ${LAYER_INIT})`,
  construct: (m, a) => constructLayer(m, a, true),
  forward: `def TransformerDecoderLayer.forward(self, tgt, memory, ${DECODER_MASKS.replace('%', 'False')})`,
  shape: '(T, N?, d_model), (S, N?, d_model) -> (T, N?, d_model)',
  call: decoderLayerCall,
  samples: ['nn.TransformerDecoderLayer(4, 2, 6)(torch.rand(5, 2, 4), torch.rand(7, 2, 4))'],
  errors: [['nn.TransformerDecoderLayer(4, 2, 6)(torch.rand(5, 2, 4), torch.rand(7, 3, 4))', 'attention-key-value']],
  doc: 'nn.TransformerDecoderLayer',
};

// ---------------------------------------------------------------- stacks

/** Copies of one layer, which start equal. */
function constructStack(m: ModuleScope, layer: Value, a: Arguments): void {
  const count = a.known('num_layers');
  const copies = Array.from({ length: Math.max(0, count ?? 1) }, () => deepCopy(m.interp, layer));
  m.child('layers', m.make('nn.ModuleList', [m.interp.list(copies)]));
  m.set('num_layers', a.value('num_layers'));
  const norm = a.value('norm');
  if (isModule(m.interp, norm)) m.child('norm', norm);
  else m.set('norm', norm);
}

function layersOf(m: ModuleScope): readonly Value[] {
  const layers = m.interp.items(child(m, 'layers')) ?? [];
  if (layers.length === 0) {
    m.fail({
      code: 'index-out-of-range',
      exception: 'IndexError',
      message: `${m.name}: there are no layers`,
      text: 'index 0 is out of range',
    });
  }
  return layers;
}

/** The number of steps is asked for, at a place that depends on where the batch is. */
function requireSteps(m: ModuleScope, x: TensorArg, layer: Value): void {
  const attention = m.interp.getAttr(layer, 'self_attn');
  const first = m.interp.decide(m.interp.truth(m.interp.getAttr(attention, 'batch_first'))) === 'yes';
  const rank = x.rank;
  if (rank === undefined || rank === 2 || rank > (first ? 1 : 0)) return;
  m.fail({
    code: 'rank-mismatch',
    exception: 'IndexError',
    message: `${m.name}: the input is ${m.spell(x.shape)}; 2-D or 3-D is needed`,
    text: 'tuple index out of range',
    origins: [x.origin],
  });
}

/** A hint that is not given holds nothing back. */
const hint = (m: ModuleScope, given: Value): Value => (given.kind === 'none' ? m.interp.bool(false) : given);

function finish(m: ModuleScope, x: Value): Value {
  const norm = m.attr('norm');
  return norm.kind === 'none' ? x : call(m, norm, [x]);
}

const encoder: ModuleEntry = {
  name: 'nn.TransformerEncoder',
  init: 'def TransformerEncoder.__init__(self, encoder_layer, num_layers, norm=None, enable_nested_tensor=True, mask_check=True)',
  construct: (m, a) => {
    constructStack(m, a.value('encoder_layer'), a);
    m.set('enable_nested_tensor', a.value('enable_nested_tensor'));
    m.set('mask_check', a.value('mask_check'));
  },
  forward: 'def TransformerEncoder.forward(self, src, mask=None, src_key_padding_mask=None, is_causal=None)',
  shape: '(L, N?, d_model) -> (L, N?, d_model)',
  call: (m, a) => {
    const x = a.tensor('src');
    requireMaskType(m, a.optionalTensor('src_key_padding_mask'), 'src_key_padding_mask');
    requireMaskType(m, a.optionalTensor('mask'), 'mask');
    const layers = layersOf(m);
    if (isModule(m.interp, m.interp.resolve(layers[0] as Value))) requireKnownSteps(m, x, layers[0] as Value);
    const named = {
      src_mask: a.value('mask'),
      src_key_padding_mask: a.value('src_key_padding_mask'),
      is_causal: hint(m, a.value('is_causal')),
    };
    return finish(
      m,
      layers.reduce((now, layer) => call(m, layer, [now], named), x.object as Value),
    );
  },
  samples: ['nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 6), 2)(torch.rand(5, 2, 4))'],
  errors: [['nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 6), 0)(torch.rand(5, 2, 4))', 'index-out-of-range']],
  doc: 'nn.TransformerEncoder',
};

/** A layer of the user's own may have no attention under that name. */
function requireKnownSteps(m: ModuleScope, x: TensorArg, layer: Value): void {
  const object = m.interp.resolve(layer) as ObjectValue;
  if (m.interp.findAttr(object, 'self_attn') !== undefined) requireSteps(m, x, object);
}

const decoder: ModuleEntry = {
  name: 'nn.TransformerDecoder',
  init: 'def TransformerDecoder.__init__(self, decoder_layer, num_layers, norm=None)',
  construct: (m, a) => constructStack(m, a.value('decoder_layer'), a),
  forward: `def TransformerDecoder.forward(self, tgt, memory, ${DECODER_MASKS.replace('%', 'None')})`,
  shape: '(T, N?, d_model), (S, N?, d_model) -> (T, N?, d_model)',
  call: (m, a) => {
    const x = a.tensor('tgt');
    const layers = layersOf(m);
    if (isModule(m.interp, m.interp.resolve(layers[0] as Value))) requireKnownSteps(m, x, layers[0] as Value);
    const names = ['tgt_mask', 'memory_mask', 'tgt_key_padding_mask', 'memory_key_padding_mask', 'memory_is_causal'];
    const named: Named = { ...Object.fromEntries(names.map((n) => [n, a.value(n)])), tgt_is_causal: hint(m, a.value('tgt_is_causal')) };
    return finish(
      m,
      layers.reduce((now, layer) => call(m, layer, [now, a.value('memory')], named), x.object as Value),
    );
  },
  samples: ['nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 6), 2)(torch.rand(5, 2, 4), torch.rand(7, 2, 4))'],
  doc: 'nn.TransformerDecoder',
};

// ---------------------------------------------------------------- the whole

/** Every parameter of two or more dimensions is drawn again, in order. */
function redraw(m: ModuleScope): void {
  if (m.interp.mode !== 'run') return;
  for (const [, value] of namedTensors(m.interp, m.self, 'parameter')) {
    const array = payloadOf(value)?.values;
    if (array !== undefined && array.rank > 1) array.setData(initXavierUniform(zeros(array.shape, array.dtype), m.state.generator));
  }
}

function constructWhole(m: ModuleScope, a: Arguments): void {
  const o = optionsOf(a);
  const layer = (name: string): Value =>
    m.make(
      name,
      [o.model, o.heads, o.wide, o.dropout, a.value('activation'), o.eps, o.first, a.value('norm_first'), o.bias],
      new Map([['dtype', o.dtype]]),
    );
  const norm = (): Value =>
    m.make(
      'nn.LayerNorm',
      [o.model],
      new Map([
        ['eps', o.eps],
        ['bias', o.bias],
        ['dtype', o.dtype],
      ]),
    );
  for (const part of ['encoder', 'decoder'] as const) {
    const custom = a.value(`custom_${part}`);
    if (custom.kind !== 'none') {
      if (isModule(m.interp, custom)) m.child(part, custom);
      else m.set(part, custom);
      continue;
    }
    const one = layer(part === 'encoder' ? 'nn.TransformerEncoderLayer' : 'nn.TransformerDecoderLayer');
    const stack = part === 'encoder' ? 'nn.TransformerEncoder' : 'nn.TransformerDecoder';
    m.child(part, m.make(stack, [one, a.value(`num_${part}_layers`), norm()]));
  }
  redraw(m);
  m.set('d_model', m.named(o.model, 'd_model'));
  m.set('nhead', m.named(o.heads, 'nhead'));
  m.set('batch_first', o.first);
}

function requireEnds(m: ModuleScope, x: TensorArg, y: TensorArg): void {
  const first = m.bool('batch_first');
  if (first !== undefined) {
    for (const t of [x, y]) {
      if (first || t.rank === undefined || t.rank > 1) continue;
      m.fail({
        code: 'rank-mismatch',
        exception: 'IndexError',
        message: `Transformer: \`${t.name}\` is ${m.spell(t.shape)}; 2-D or 3-D is needed`,
        text: `Dimension out of range (expected to be in range of [-1, 0], but got 1)`,
        origins: [t.origin],
      });
    }
    const [n, o] = x.rank === 3 ? [x.size(first ? 0 : 1), y.size(first ? 0 : 1)] : [undefined, undefined];
    if (n !== undefined && o !== undefined) {
      m.require(eq(n, o), () => ({
        code: 'attention-key-value',
        message: `Transformer: \`src\` has batch ${m.spell(n)}, \`tgt\` ${m.spell(o)}`,
        text: 'the batch number of src and tgt must be equal',
        origins: [n.origin ?? x.origin, o.origin ?? y.origin],
      }));
    }
  }
  const model = m.dim('d_model');
  for (const t of [x, y]) {
    const size = t.size(-1);
    if (size === undefined) continue;
    m.require(eq(size, model), () => ({
      code: 'attention-embedding',
      message: `Transformer: \`${t.name}\` has size ${m.spell(size)}, \`d_model\` is ${m.spell(model)}`,
      text: 'the feature number of src and tgt must be equal to d_model',
      origins: [size.origin ?? t.origin, model.origin],
      sizes: { got: size, wanted: model },
    }));
  }
}

const subsequentMask: Operation = {
  names: ['nn.Transformer.generate_square_subsequent_mask'],
  signature: 'def Transformer.generate_square_subsequent_mask(sz, device=None, dtype=None)',
  shape: '-> (sz, sz)',
  rule: (ctx, a) => {
    passOn(ctx, a, 'full(tuple of ints size)', { size: ctx.interp.tuple([a.value('sz'), a.value('sz')]) });
    const n: Dim = a.int('sz');
    requireSizes(ctx, [n, n]);
    const dtype = a.dtype('dtype');
    return tensorOut(shapeOf([n, n]), dtype === null ? 'float32' : dtype);
  },
  kernel: (k) => causalMask(k.int('sz')),
  samples: ['nn.Transformer.generate_square_subsequent_mask(3)'],
  doc: 'nn.Transformer',
};

const MASKS =
  'src_mask=None, tgt_mask=None, memory_mask=None, src_key_padding_mask=None, tgt_key_padding_mask=None, memory_key_padding_mask=None, src_is_causal=None, tgt_is_causal=None, memory_is_causal=False';

const whole: ModuleEntry = {
  name: 'nn.Transformer',
  init: `def Transformer.__init__(self, d_model=512, nhead=8, num_encoder_layers=6, num_decoder_layers=6, dim_feedforward=2048, dropout=0.1, activation='relu', custom_encoder=None, custom_decoder=None, layer_norm_eps=1e-05, batch_first=False, norm_first=False, bias=True, device=None, dtype=None)`,
  construct: constructWhole,
  forward: `def Transformer.forward(self, src, tgt, ${MASKS})`,
  shape: '(S, N?, d_model), (T, N?, d_model) -> (T, N?, d_model)',
  call: (m, a) => {
    const [x, y] = [a.tensor('src'), a.tensor('tgt')];
    requireEnds(m, x, y);
    const memory = call(m, child(m, 'encoder'), [x.object], {
      mask: a.value('src_mask'),
      src_key_padding_mask: a.value('src_key_padding_mask'),
      is_causal: a.value('src_is_causal'),
    });
    const names = ['tgt_mask', 'memory_mask', 'tgt_key_padding_mask', 'memory_key_padding_mask', 'tgt_is_causal', 'memory_is_causal'];
    return call(m, child(m, 'decoder'), [y.object, memory], Object.fromEntries(names.map((n) => [n, a.value(n)])));
  },
  attributes: (interp) => ({
    generate_square_subsequent_mask: {
      kind: 'staticmethod',
      func: interp.native('generate_square_subsequent_mask', (c) =>
        apply(new Context(c.interp, 'generate_square_subsequent_mask', c.node), subsequentMask, c.args, c.kwargs),
      ),
    },
  }),
  samples: ['nn.Transformer(4, 2, 1, 1, 6)(torch.rand(5, 2, 4), torch.rand(7, 2, 4))', ...subsequentMask.samples],
  errors: [['nn.Transformer(4, 2, 1, 1, 6)(torch.rand(5, 2, 4), torch.rand(7, 3, 4))', 'attention-key-value']],
  doc: 'nn.Transformer',
};

export const TRANSFORMERS: readonly ModuleEntry[] = [encoderLayer, decoderLayer, encoder, decoder, whole];
