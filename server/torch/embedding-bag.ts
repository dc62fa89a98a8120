/**
 * F.embedding_bag and nn.EmbeddingBag: bags of rows reduced to their sum, mean or greatest. The checks are those of the
 * Python function in its order, then those of the native one.
 */
import type { Dim } from '../dims/dim.ts';
import { constant, sub } from '../dims/dim.ts';
import type { DType } from '../kernels/dtype.ts';
import { promote } from '../kernels/dtype.ts';
import type { BagMode } from '../kernels/embedding.ts';
import { embeddingBag } from '../kernels/embedding.ts';
import type { Value } from '../python/values.ts';
import { shapeOf } from '../shapes/shape.ts';
import { apply } from './apply.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import { freshSize } from './arguments.ts';
import type { Context } from './context.ts';
import { legacyTypeName } from './dtype-names.ts';
import { badIndex, constructTable, describeTable, fromPretrained, requireIndexDtype, requireRenorm } from './embedding-table.ts';
import type { ModuleEntry, Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { beyondBounds } from './index-checks.ts';
import { passOn } from './native-argument.ts';

interface Bag {
  readonly x: TensorArg;
  readonly w: TensorArg;
  readonly offsets: TensorArg | undefined;
  /** Undefined where it is not known whether the input is 1-D or 2-D. */
  readonly rank: number | undefined;
  readonly mode: string | undefined;
  readonly includeLast: boolean | undefined;
}

function rule(ctx: Context, a: Arguments): Out {
  let w = a.tensor('weight', (v) => {
    throw ctx.noAttribute(v, 'dtype');
  });
  let x = inputOf(ctx, a, w);
  if (w.dtype === 'int64' && x.dtype !== undefined && /^(float|bfloat)/.test(x.dtype)) {
    ctx.warn({
      code: 'embedding-bag-order',
      exception: 'UserWarning',
      message: 'embedding_bag: weight and input are swapped',
      text: 'Argument order of nn.functional.embedding_bag was changed. Usage `embedding_bag(weight, input, ...)` is deprecated, and should now be `embedding_bag(input, weight, ...)`.',
    });
    [x, w] = [w, x];
  }
  requireWeightsShape(ctx, a, x);
  requireTable(ctx, w);
  const { rank, offsets } = requireInput(ctx, a, x);
  const mode = requireMode(ctx, a);
  requireRenorm(ctx, a, x, w);
  requireSumForWeights(ctx, a, mode);
  const bag: Bag = { x, w, offsets, rank, mode, includeLast: rank === 2 ? false : a.bool('include_last_offset') };
  requireNative(ctx, a, bag);
  return tensorOut(shapeOf([bagCount(ctx, bag), w.size(1) as Dim]), w.dtype);
}

/** What is no tensor is refused by the first attribute that is read of it. */
function inputOf(ctx: Context, a: Arguments, w: TensorArg): TensorArg {
  return a.tensor('input', (v) => {
    if (w.dtype === 'int64') throw ctx.noAttribute(v, 'is_floating_point');
    if (!a.isNone('per_sample_weights')) throw ctx.noAttribute(v, 'size');
    requireTable(ctx, w);
    throw ctx.noAttribute(v, 'dim');
  });
}

function requireTable(ctx: Context, w: TensorArg): void {
  ctx.requireRank(w.shape, [2], (d) => ({
    code: 'embedding-weight',
    exception: 'ValueError',
    message: `${ctx.name}: the weight is ${ctx.spell(w.shape)}, not 2-D`,
    text: `weight has to be a 2D Tensor, but got Tensor of dimension ${d}`,
    origins: [w.origin],
  }));
}

function requireWeightsShape(ctx: Context, a: Arguments, x: TensorArg): void {
  const s = a.optionalTensor('per_sample_weights', (v) => {
    throw ctx.noAttribute(v, 'size');
  });
  if (s === undefined) return;
  const unified = ctx.world.unify(x.shape, s.shape);
  if (unified.decision !== 'no') return;
  ctx.fail({
    code: 'embedding-bag-weights',
    exception: 'ValueError',
    message: `${ctx.name}: \`per_sample_weights\` is ${ctx.spell(s.shape)}, the input ${ctx.spell(x.shape)}`,
    text: ctx.text`embedding_bag: If per_sample_weights (torch.Size(${s.shape})) is not None, then it must have the same shape as the input (torch.Size(${x.shape}))`,
    origins: [s.origin, x.origin],
  });
}

function requireInput(ctx: Context, a: Arguments, x: TensorArg): { rank: number | undefined; offsets: TensorArg | undefined } {
  const rank = ctx.requireRank(x.shape, [1, 2], (d) => ({
    code: 'embedding-bag-input',
    exception: 'ValueError',
    message: `${ctx.name} input: ${ctx.spell(x.shape)} has ${d} dimensions, expected 1 or 2`,
    text: `input has to be 1D or 2D Tensor, but got Tensor of dimension ${d}`,
    origins: [x.origin],
  }));
  const value = a.value('offsets');
  if (rank === 2) {
    if (value.kind !== 'none' && value.kind !== 'unknown' && value.kind !== 'choice') {
      const type = value.kind === 'object' ? `<class 'torch.${ctx.interp.typeName(value)}'>` : `<class '${ctx.interp.typeName(value)}'>`;
      ctx.fail({
        code: 'embedding-bag-input',
        exception: 'ValueError',
        message: `${ctx.name}: the input is 2-D, so there can be no offsets`,
        text: `if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. However, found offsets of type ${type}`,
        origins: [x.origin],
      });
    }
    if (ctx.known(x.size(1)) === 0)
      ctx.fail({ code: 'embedding-bag-input', message: `${ctx.name}: bags of size 0`, text: 'step must be nonzero', origins: [x.origin] });
    return { rank, offsets: undefined };
  }
  if (rank === 1 && value.kind === 'none') {
    ctx.fail({
      code: 'embedding-bag-offsets',
      exception: 'ValueError',
      message: `${ctx.name}: the input is 1-D, so offsets are needed`,
      text: 'offsets has to be a 1D Tensor but got None',
      origins: [x.origin],
    });
  }
  if (rank !== 1) return { rank, offsets: undefined };
  const offsets = a.tensor('offsets');
  ctx.requireRank(offsets.shape, [1], () => ({
    code: 'embedding-bag-offsets',
    exception: 'ValueError',
    message: `${ctx.name}: the offsets are ${ctx.spell(offsets.shape)}, not 1-D`,
    text: 'offsets has to be a 1D Tensor',
    origins: [offsets.origin],
  }));
  return { rank, offsets };
}

function requireMode(ctx: Context, a: Arguments): string | undefined {
  const value = a.value('mode');
  const mode = ctx.interp.asString(value);
  const bad = (text: string, message: string): never =>
    ctx.fail({ code: 'embedding-bag-mode', exception: 'ValueError', text, message: `${ctx.name}: ${message}` });
  const open = value.kind === 'unknown' || value.kind === 'choice' || (value.kind === 'str' && mode === undefined);
  if (!open && mode !== 'sum' && mode !== 'mean' && mode !== 'max')
    bad('mode has to be one of sum, mean or max', `\`mode\` is ${ctx.interp.repr(value)}`);
  if (mode !== 'max') return mode;
  if (a.bool('scale_grad_by_freq') === true)
    bad('max mode does not support scaling the gradient by the frequency', "mode 'max' does not go with `scale_grad_by_freq`");
  if (a.bool('sparse') === true) bad('max mode does not support sparse weights', "mode 'max' does not go with `sparse`");
  return mode;
}

function requireSumForWeights(ctx: Context, a: Arguments, mode: string | undefined): void {
  const value = a.value('per_sample_weights');
  if (value.kind !== 'object' || mode === undefined || mode === 'sum') return;
  ctx.fail({
    code: 'embedding-bag-mode',
    exception: 'NotImplementedError',
    message: `${ctx.name}: \`per_sample_weights\` goes with mode 'sum' only`,
    text: `embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got mode='${mode}'). Please open a feature request on GitHub.`,
  });
}

const NATIVE =
  'embedding_bag(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq, int mode, bool sparse, Tensor? per_sample_weights, bool include_last_offset, int? padding_idx)';

/** The native function: padding index, dtypes, offsets, indices. */
function requireNative(ctx: Context, a: Arguments, bag: Bag): void {
  const { x, w, offsets } = bag;
  const rows = w.size(0) as Dim;
  if (bag.rank === 2 && x.dtype === 'bool') {
    ctx.fail({
      code: 'index-dtype',
      exception: 'NotImplementedError',
      message: `${ctx.name}: the indices are bool, expected int64 or int32`,
      text: '"arange_cpu" not implemented for \'Bool\'',
      origins: [x.origin],
    });
  }
  passOn(ctx, a, NATIVE, {
    weight: w.object,
    indices: x.object,
    offsets: offsets?.object ?? x.object,
    mode: ctx.interp.int(constant(0)),
    ...(bag.rank === 2 ? { include_last_offset: ctx.interp.bool(false) } : {}),
  });
  requirePaddingIndex(ctx, a, rows);
  const common: DType | undefined =
    x.dtype === undefined
      ? undefined
      : bag.rank === 2
        ? x.dtype
        : offsets?.dtype === undefined
          ? undefined
          : promote(x.dtype, offsets.dtype);
  requireIndexDtype(ctx, common, x, 'embedding_bag');
  if (w.dtype !== undefined && !/^(float|bfloat)/.test(w.dtype)) {
    ctx.fail({
      code: 'dtype-mismatch',
      message: `${ctx.name}: the weight is ${w.dtype}, expected a floating dtype`,
      text: `Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, BFloat16, Float, Double; but got ${legacyTypeName(w.dtype)} instead (while checking arguments for embedding_bag)`,
      origins: [w.origin],
    });
  }
  if (offsets !== undefined) requireOffsets(ctx, a, bag, { offsets, common });
  requireWeightsDtype(ctx, a, w);
  requireInTable(ctx, a, bag, rows);
}

function requirePaddingIndex(ctx: Context, a: Arguments, rows: Dim): void {
  const index = ctx.known(a.optionalInt('padding_idx'));
  const n = ctx.known(rows);
  if (index === undefined || n === undefined || (index >= -n && index < n)) return;
  ctx.fail({
    code: 'embedding-padding-index',
    message: `${ctx.name}: \`padding_idx\` is ${index}, the table has ${n} rows`,
    text: `padding_idx must be within the number of embeddings, -${n} through ${n - 1}, but got ${index}`,
    origins: [rows.origin],
  });
}

interface Offsets {
  readonly offsets: TensorArg;
  /** The dtype that offsets and indices are brought to. */
  readonly common: DType | undefined;
}

function requireOffsets(ctx: Context, a: Arguments, bag: Bag, { offsets, common }: Offsets): void {
  const count = ctx.known(offsets.size(0));
  if (bag.includeLast === true && count === 0) {
    ctx.fail({
      code: 'embedding-bag-offsets',
      message: `${ctx.name}: no offsets`,
      text: 'include_last_offset: number of offset should be at least 1',
      origins: [offsets.origin],
    });
  }
  const known = offsets.values?.toFlat();
  const length = ctx.known(bag.x.size(0));
  if (known === undefined || known.length === 0) return;
  const fault = (message: string, text: string): never =>
    ctx.fail({ code: 'embedding-bag-offsets', message: `${ctx.name}: ${message}`, text, origins: [offsets.origin] });
  const [first, last] = [known[0] as number, known.at(-1) as number];
  if (first !== 0) {
    fault(
      `the first offset is ${first}, not 0`,
      `offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got ${first}\n[ torch.${common === 'int32' ? 'Int' : 'Long'}Tensor{} ]`,
    );
  }
  if (length !== undefined && last > length) {
    fault(
      `the last offset is ${last}, the input has ${length} indices`,
      `offsets[-1] can not be greater than input's length ${length} but got offsets[-1] of ${last}`,
    );
  }
  if (isFast(a, bag) && bag.includeLast === true && known.some((n) => n > last)) fault('the offsets decrease', GENERIC);
}

const GENERIC =
  'Expected i < index_size to be true, but got false.  (Could this error message be improved?  If so, please report an enhancement request to PyTorch.)';

function requireWeightsDtype(ctx: Context, a: Arguments, w: TensorArg): void {
  const s = a.optionalTensor('per_sample_weights');
  if (s?.dtype === undefined || w.dtype === undefined || s.dtype === w.dtype) return;
  ctx.fail({
    code: 'dtype-mismatch',
    message: `${ctx.name}: \`per_sample_weights\` is ${s.dtype}, the weight ${w.dtype}`,
    text: `Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 'per_sample_weights'; but type ${legacyTypeName(w.dtype)} does not equal ${legacyTypeName(s.dtype)} (while checking arguments for embedding_bag)`,
    origins: [s.origin],
  });
}

function requireInTable(ctx: Context, a: Arguments, bag: Bag, rows: Dim): void {
  const n = ctx.known(rows);
  const fault = (index: string, text: string | undefined): never =>
    ctx.fail({
      code: 'embedding-index',
      message: `${ctx.name}: index ${index} is not in the table of ${ctx.spell(rows)} rows`,
      text,
      origins: [bag.x.origin, rows.origin],
    });
  const beyond = beyondBounds(ctx, bag.x, rows);
  if (beyond !== undefined) fault(ctx.spell(beyond), undefined);
  if (n === undefined) return;
  if (bag.mode === 'max' && n === 0) return;
  const bad = badIndex(bag.x, n);
  if (bad === undefined) return;
  // With the last offset given, what lies behind it is in no bag.
  const end = bag.includeLast === true ? bag.offsets?.values?.toFlat().at(-1) : undefined;
  if (end !== undefined && bad.at >= end) return;
  fault(
    String(bad.index),
    isFast(a, bag)
      ? `Index ${bad.at} of input takes value ${bad.index} which is not in the valid range [0, ${n})`
      : `embedding_bag: Expected idx >= 0 && idx < num_embeddings but found idx to be ${bad.index}`,
  );
}

/** Sums and means of single and half precision have a kernel of their own, which looks at the indices itself. */
function isFast(a: Arguments, { mode, w }: Bag): boolean {
  const narrow = w.dtype === 'float32' || w.dtype === 'float16' || w.dtype === 'bfloat16';
  return (mode === 'sum' || mode === 'mean') && narrow && a.isNone('padding_idx');
}

function bagCount(ctx: Context, bag: Bag): Dim {
  if (bag.rank === 2) return bag.x.size(0) as Dim;
  const count = bag.offsets?.size(0);
  if (bag.rank !== 1 || count === undefined || bag.includeLast === undefined) return freshSize();
  return bag.includeLast ? sub(count, constant(1)) : count;
}

export const embeddingBagOp: Operation = {
  names: ['F.embedding_bag'],
  signature:
    "def embedding_bag(input, weight, offsets=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, mode='mean', sparse=False, per_sample_weights=None, include_last_offset=False, padding_idx=None)",
  shape: '(B, N), (num_embeddings, embedding_dim) -> (B, embedding_dim)',
  rule,
  kernel: (k) => {
    const [input, weight] = [k.array('input'), k.array('weight')];
    const swapped = weight.dtype === 'int64' && /^float/.test(input.dtype);
    return embeddingBag(swapped ? weight : input, swapped ? input : weight, k.optionalArray('offsets'), {
      mode: k.string('mode') as BagMode,
      maxNorm: k.optionalNumber('max_norm'),
      normType: k.number('norm_type'),
      scaleGradByFreq: k.bool('scale_grad_by_freq'),
      perSampleWeights: k.optionalArray('per_sample_weights'),
      includeLastOffset: k.array('input').rank === 1 && k.bool('include_last_offset'),
      paddingIdx: k.optionalInt('padding_idx'),
    });
  },
  samples: [
    'F.embedding_bag(torch.tensor([[1, 2], [0, 3]]), torch.randn(4, 3))',
    "F.embedding_bag(torch.tensor([1, 2, 0]), torch.randn(4, 3), torch.tensor([0, 2]), mode='sum')",
  ],
  errors: [
    ['F.embedding_bag(torch.tensor([1, 2]), torch.randn(4, 3))', 'embedding-bag-offsets'],
    ['F.embedding_bag(torch.ones(1, 2, 3, dtype=torch.int64), torch.randn(4, 3))', 'embedding-bag-input'],
    ["F.embedding_bag(torch.tensor([[1, 2]]), torch.randn(4, 3), mode='median')", 'embedding-bag-mode'],
    ['F.embedding_bag(torch.tensor([[1, 9]]), torch.randn(4, 3))', 'embedding-index'],
  ],
  doc: 'nn.functional.embedding_bag',
};

const ATTRIBUTES = ['max_norm', 'norm_type', 'scale_grad_by_freq', 'mode', 'sparse'];

const bagModule: ModuleEntry = {
  name: 'nn.EmbeddingBag',
  init: "def EmbeddingBag.__init__(self, num_embeddings, embedding_dim, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, mode='mean', sparse=False, _weight=None, include_last_offset=False, padding_idx=None, device=None, dtype=None)",
  construct: (m, a) => {
    constructTable(m, a, false);
    m.set('mode', a.value('mode'));
    m.set('include_last_offset', a.value('include_last_offset'));
  },
  forward: 'def EmbeddingBag.forward(self, input, offsets=None, per_sample_weights=None)',
  shape: '(B, N) -> (B, embedding_dim)',
  call: (m, a) => {
    const kwargs = new Map<string, Value>(ATTRIBUTES.map((name) => [name, m.attr(name)] as const));
    kwargs.set('per_sample_weights', a.value('per_sample_weights'));
    kwargs.set('include_last_offset', m.attr('include_last_offset'));
    kwargs.set('padding_idx', m.attr('padding_idx'));
    return apply(m, embeddingBagOp, [a.value('input'), m.attr('weight'), a.value('offsets')], kwargs);
  },
  extraRepr: (m) => describeTable(m, m.interp.repr(m.attr('mode')) ?? '?'),
  attributes: fromPretrained(
    'EmbeddingBag',
    "def EmbeddingBag.from_pretrained(cls, embeddings, freeze=True, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, mode='mean', sparse=False, include_last_offset=False, padding_idx=None)",
    [...ATTRIBUTES, 'include_last_offset', 'padding_idx'],
  ),
  samples: [
    'nn.EmbeddingBag(10, 3)(torch.tensor([[1, 2], [4, 5]]))',
    'nn.EmbeddingBag(10, 3)(torch.tensor([1, 2, 4]), torch.tensor([0, 2]))',
  ],
  errors: [['nn.EmbeddingBag(10, 3)(torch.tensor([1, 2]))', 'embedding-bag-offsets']],
  doc: 'nn.EmbeddingBag',
};

export const BAGS: readonly Operation[] = [embeddingBagOp];
export const BAG_MODULES: readonly ModuleEntry[] = [bagModule];
