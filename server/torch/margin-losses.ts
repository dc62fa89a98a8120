/**
 * Losses of pairs, triples and margins: cosine embedding, margin ranking, triplet margin, multi-margin and multi-label ones,
 * the Gaussian likelihood.
 */
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import { full } from '../kernels/array.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import {
  cosineEmbeddingLoss,
  gaussianNllLoss,
  marginRankingLoss,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  multiMarginLoss,
  tripletMarginLoss,
} from '../kernels/margin-loss.ts';
import { unsqueeze } from '../kernels/views.ts';
import type { Shape } from '../shapes/shape.ts';
import { shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { broadcastPair } from './elementwise.ts';
import type { ModuleEntry, Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { leading } from './linear.ts';
import { lossModule } from './loss-module.ts';
import { passOn } from './native-argument.ts';
import { floatingType, NEGATION, refuseType } from './promotion.ts';
import { commonDType, kernelReduction, reducedShape, reductionOf, refuseSubtraction, sizeText, typed } from './reduction.ts';

const one = constant(1);
const LEGACY = "size_average=None, reduce=None, reduction='mean'";

const bad = (ctx: Context, message: string, text: string | undefined, exception = 'RuntimeError', code = 'loss-target-size') => ({
  code,
  exception,
  message: `${ctx.name}: ${message}`,
  text,
});

const floating = (...tensors: readonly TensorArg[]): TensorArg['dtype'] =>
  floatingType(commonDType(...tensors.map((t) => typed(t)))) as TensorArg['dtype'];

// ---------------------------------------------------------------- pairs and triples

const cosineEmbedding: Operation = {
  names: ['F.cosine_embedding_loss'],
  signature: `def cosine_embedding_loss(input1, input2, target, margin=0, ${LEGACY})`,
  shape: '(N, D), (N, D), (N) -> ()',
  rule: (ctx, a): Out => {
    const reduction = reductionOf(ctx, a);
    passOn(ctx, a, 'cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, float margin)');
    const [x, y, t] = [a.tensor('input1'), a.tensor('input2'), a.tensor('target')];
    const rank = ctx.requireRank(t.shape, [0, 1], () =>
      bad(ctx, `the target is ${ctx.spell(t.shape)}`, '0D or 1D target tensor expected, multi-target not supported'),
    );
    if (rank === undefined) return tensorOut(reducedShape(reduction, unknownShape(undefined, 0, 1)), floating(x, y));
    for (const side of [x, y]) {
      ctx.requireRank(side.shape, [rank + 1], () =>
        bad(
          ctx,
          `a ${rank}-D target goes with ${rank + 1}-D inputs, not ${ctx.spell(x.shape)} and ${ctx.spell(y.shape)}`,
          ctx.text`${rank}D target tensor expects ${rank + 1}D input tensors, but found inputs with sizes ${x.shape} and ${y.shape}.`,
        ),
      );
    }
    const each = leading(broadcastPair(ctx, x.shape, y.shape));
    return tensorOut(reducedShape(reduction, broadcastPair(ctx, t.shape, each)), floating(x, y));
  },
  kernel: (k) => cosineEmbeddingLoss(k.array('input1'), k.array('input2'), k.array('target'), k.number('margin'), kernelReduction(k)),
  samples: [
    'F.cosine_embedding_loss(torch.rand(2, 3), torch.rand(2, 3), torch.ones(2))',
    "F.cosine_embedding_loss(torch.rand(2, 3), torch.rand(2, 3), torch.ones(2), reduction='none')",
  ],
  errors: [['F.cosine_embedding_loss(torch.rand(2, 3), torch.rand(2, 3), torch.ones(2, 1))', 'loss-target-size']],
  doc: 'nn.functional.cosine_embedding_loss',
};

const ranking: Operation = {
  names: ['F.margin_ranking_loss'],
  signature: `def margin_ranking_loss(input1, input2, target, margin=0, ${LEGACY})`,
  shape: '(*), (*), (*) -> ()',
  rule: (ctx, a): Out => {
    const reduction = reductionOf(ctx, a);
    const all = ['input1', 'input2', 'target'].map((name) => a.tensor(name));
    const [x, y, t] = all as [TensorArg, TensorArg, TensorArg];
    const ranks = new Set(all.map((tensor) => tensor.rank).filter((r) => r !== undefined));
    if (ranks.size > 1) {
      const [p, q, r] = all.map((tensor) => sizeText(ctx, tensor.shape));
      ctx.fail(
        bad(
          ctx,
          `the tensors have different ranks: ${all.map((tensor) => ctx.spell(tensor.shape)).join(', ')}`,
          ctx.text`margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: ${p}, input2: ${q}, target: ${r} `,
        ),
      );
    }
    passOn(ctx, a, 'margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, float margin)');
    refuseType(
      ctx,
      { b: ['RuntimeError', NEGATION] },
      t.dtype === 'bool' && x.dtype !== 'bool' && y.dtype !== 'bool' ? t.dtype : undefined,
    );
    refuseSubtraction(ctx, x.dtype, y.dtype);
    for (const tensor of all) refuseType(ctx, { c: ['NotImplementedError', 'clamp is not supported for complex types'] }, tensor.dtype);
    const difference = broadcastPair(ctx, x.shape, y.shape);
    return tensorOut(reducedShape(reduction, broadcastPair(ctx, t.shape, difference)), commonDType(typed(x), typed(y), typed(t)));
  },
  kernel: (k) => marginRankingLoss(k.array('input1'), k.array('input2'), k.array('target'), k.number('margin'), kernelReduction(k)),
  samples: ['F.margin_ranking_loss(torch.rand(3), torch.rand(3), torch.ones(3))'],
  errors: [['F.margin_ranking_loss(torch.rand(3), torch.rand(4), torch.ones(3))', 'broadcast-mismatch']],
  doc: 'nn.functional.margin_ranking_loss',
};

function requireMargin(ctx: Context, a: Arguments, text: (shown: string | undefined) => string | undefined): void {
  const margin = a.known('margin');
  if (margin === undefined || margin > 0) return;
  ctx.fail(bad(ctx, `\`margin\` is ${margin}`, text(ctx.interp.repr(a.value('margin'))), 'ValueError', 'invalid-argument'));
}

const triplet: Operation = {
  names: ['F.triplet_margin_loss'],
  signature: `def triplet_margin_loss(anchor, positive, negative, margin=1.0, p=2, eps=1e-06, swap=False, ${LEGACY})`,
  shape: '(N, D), (N, D), (N, D) -> ()',
  rule: (ctx, a): Out => {
    const reduction = reductionOf(ctx, a);
    requireMargin(ctx, a, (shown) => ctx.text`margin must be greater than 0, got ${shown}`);
    passOn(ctx, a, 'triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative, float margin, float p, float eps, bool swap)');
    const all = ['anchor', 'positive', 'negative'].map((name) => a.tensor(name));
    const [x, p, n] = all as [TensorArg, TensorArg, TensorArg];
    const ranks = all.map((tensor) => tensor.rank);
    if (new Set(ranks.filter((r) => r !== undefined)).size > 1) {
      ctx.fail(
        bad(
          ctx,
          `the tensors have different ranks: ${all.map((tensor) => ctx.spell(tensor.shape)).join(', ')}`,
          ranks.includes(undefined)
            ? undefined
            : `The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor ${ranks[0]}D, positive ${ranks[1]}D, and negative ${ranks[2]}D inputs`,
        ),
      );
    }
    refuseSubtraction(ctx, x.dtype, p.dtype);
    refuseSubtraction(ctx, x.dtype, n.dtype);
    const last = (s: Shape): Shape =>
      ctx.world.resolve(s).run === undefined && ctx.world.resolve(s).head.length === 0 ? s : leading(ctx.world.resolve(s));
    const near = last(broadcastPair(ctx, x.shape, p.shape));
    let far = last(broadcastPair(ctx, x.shape, n.shape));
    if (a.bool('swap') === true) far = broadcastPair(ctx, far, last(broadcastPair(ctx, p.shape, n.shape)));
    return tensorOut(reducedShape(reduction, broadcastPair(ctx, near, far)), floating(x, p, n));
  },
  kernel: (k) =>
    tripletMarginLoss(
      k.array('anchor'),
      k.array('positive'),
      k.array('negative'),
      k.number('margin'),
      k.number('p'),
      k.number('eps'),
      k.bool('swap'),
      kernelReduction(k),
    ),
  samples: [
    'F.triplet_margin_loss(torch.rand(2, 3), torch.rand(2, 3), torch.rand(2, 3))',
    "F.triplet_margin_loss(torch.rand(2, 3), torch.rand(2, 3), torch.rand(2, 3), swap=True, reduction='none')",
  ],
  errors: [['F.triplet_margin_loss(torch.rand(2, 3), torch.rand(2, 4), torch.rand(2, 3))', 'broadcast-mismatch']],
  doc: 'nn.functional.triplet_margin_loss',
};

// ---------------------------------------------------------------- classes

/** `[C]` or `[N, C]`: the sizes of the batch, and of the classes. */
function rowsOf(ctx: Context, x: TensorArg): { readonly rows: readonly Dim[]; readonly classes: Dim } | undefined {
  const rank = ctx.requireRank(x.shape, [0, 1, 2], () => ({
    code: 'rank-mismatch',
    message: `${ctx.name}: the input is ${ctx.spell(x.shape)}, [C] or [N, C] is needed`,
    text: ctx.text`Expected non-empty vector or matrix with optional 0-dim batch size, but got: ${x.shape}`,
    origins: [x.origin],
  }));
  const dims = x.dims;
  if (rank === undefined || dims === undefined) return undefined;
  return { rows: dims.slice(0, -1), classes: dims.length === 0 ? one : (dims[dims.length - 1] as Dim) };
}

function requireLong(ctx: Context, t: TensorArg): void {
  if (t.dtype === undefined || t.dtype === 'int64') return;
  ctx.fail({
    ...bad(ctx, `the target is ${t.dtype}, int64 is needed`, `expected scalar type Long but found ${scalarTypeName(t.dtype)}`),
    code: 'loss-target-dtype',
    origins: [t.origin],
  });
}

const multiMargin: Operation = {
  names: ['F.multi_margin_loss'],
  signature: `def multi_margin_loss(input, target, p=1, margin=1.0, weight=None, ${LEGACY})`,
  shape: '(N, C), (N) -> ()',
  rule: (ctx, a): Out => {
    const reduction = reductionOf(ctx, a);
    const p = a.known('p');
    if (p !== undefined && p !== 1 && p !== 2)
      ctx.fail(bad(ctx, `\`p\` is ${p}`, 'only p == 1 and p == 2 supported', 'ValueError', 'invalid-argument'));
    const [x, t] = [a.tensor('input'), a.tensor('target')];
    const w = a.optionalTensor('weight');
    const found = rowsOf(ctx, x);
    if (found === undefined) return tensorOut(reducedShape(reduction, unknownShape(undefined, 0, 1)), x.dtype);
    const [batch = one] = found.rows;
    const parts = () =>
      bad(
        ctx,
        `the target is ${ctx.spell(t.shape)}, the batch ${ctx.spell(batch)}`,
        ctx.text`multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). Expected target size [${batch}], but got ${t.shape}. Input has shape ${x.shape}.`,
      );
    const rank = ctx.requireRank(t.shape, found.rows.length === 0 ? [0, 1] : [1], parts);
    if (rank === 1) ctx.require(eq(t.size(0) as Dim, batch), parts);
    if (w !== undefined) {
      const weight = () => ({
        ...bad(
          ctx,
          `the weight is ${ctx.spell(w.shape)}`,
          ctx.text`inconsistent weight size, expected ${found.classes} but got ${w.shape}`,
        ),
        code: 'loss-weight-size',
      });
      ctx.requireRank(w.shape, [1], weight);
      ctx.require(eq(w.size(0) as Dim, found.classes), weight);
    }
    requireLong(ctx, t);
    return tensorOut(reducedShape(reduction, shapeOf(rank === 1 ? [batch] : [])), x.dtype);
  },
  kernel: (k) =>
    multiMarginLoss(k.array('input'), k.array('target'), k.number('p'), k.number('margin'), k.optionalArray('weight'), kernelReduction(k)),
  samples: [
    'F.multi_margin_loss(torch.rand(2, 3), torch.tensor([0, 2]))',
    "F.multi_margin_loss(torch.rand(2, 3), torch.tensor([0, 2]), 2, reduction='none')",
  ],
  errors: [['F.multi_margin_loss(torch.rand(2, 3), torch.tensor([0, 2, 1]))', 'loss-target-size']],
  doc: 'nn.functional.multi_margin_loss',
};

const multilabel: Operation = {
  names: ['F.multilabel_margin_loss'],
  signature: `def multilabel_margin_loss(input, target, ${LEGACY})`,
  shape: '(N, C), (N, C) -> ()',
  rule: (ctx, a): Out => {
    const reduction = reductionOf(ctx, a);
    const [x, t] = [a.tensor('input'), a.tensor('target')];
    const found = rowsOf(ctx, x);
    if (ctx.world.decideEqual(x.shape, t.shape) === 'no') {
      ctx.fail(
        bad(
          ctx,
          `the target is ${ctx.spell(t.shape)}, the input ${ctx.spell(x.shape)}`,
          ctx.text`inconsistent target size: ${t.shape} for input of size: ${x.shape}`,
        ),
      );
    }
    requireLong(ctx, t);
    return tensorOut(reducedShape(reduction, found === undefined ? unknownShape(undefined, 0, 1) : shapeOf(found.rows)), x.dtype);
  },
  kernel: (k) => multilabelMarginLoss(k.array('input'), k.array('target'), kernelReduction(k)),
  samples: ['F.multilabel_margin_loss(torch.rand(2, 3), torch.tensor([[0, 2, -1], [1, -1, 0]]))'],
  errors: [['F.multilabel_margin_loss(torch.rand(2, 3), torch.ones(2, 4, dtype=torch.int64))', 'loss-target-size']],
  doc: 'nn.functional.multilabel_margin_loss',
};

const multilabelSoft: Operation = {
  names: ['F.multilabel_soft_margin_loss'],
  signature: `def multilabel_soft_margin_loss(input, target, weight=None, ${LEGACY})`,
  shape: '(*, C), (*, C) -> ()',
  rule: (ctx, a): Out => {
    const [x, t] = [a.tensor('input'), a.tensor('target')];
    const w = a.optionalTensor('weight');
    let each = broadcastPair(ctx, t.shape, x.shape);
    if (w !== undefined) each = broadcastPair(ctx, each, w.shape);
    if (x.rank === 0) {
      ctx.fail({
        ...bad(ctx, 'the input has no dimension for the classes', 'Dimension specified as -1 but tensor has no dimensions', 'IndexError'),
        code: 'rank-mismatch',
      });
    }
    return tensorOut(reducedShape(reductionOf(ctx, a), leading(ctx.world.resolve(each))), commonDType(typed(x), typed(t)));
  },
  kernel: (k) => multilabelSoftMarginLoss(k.array('input'), k.array('target'), k.optionalArray('weight'), kernelReduction(k)),
  samples: ["F.multilabel_soft_margin_loss(torch.rand(2, 3), torch.ones(2, 3), reduction='none')"],
  errors: [['F.multilabel_soft_margin_loss(torch.rand(2, 3), torch.ones(2, 4))', 'broadcast-mismatch']],
  doc: 'nn.functional.multilabel_soft_margin_loss',
};

// ---------------------------------------------------------------- likelihood

const gaussian: Operation = {
  names: ['F.gaussian_nll_loss'],
  signature: "def gaussian_nll_loss(input, target, var, full=False, eps=1e-06, reduction='mean')",
  shape: '(*), (*), (*) -> ()',
  rule: (ctx, a): Out => {
    const [x, t] = [a.tensor('input'), a.tensor('target')];
    const given = a.value('var');
    const number = given.kind === 'float' || given.kind === 'int' || given.kind === 'unknown' || given.kind === 'choice';
    const variance = number ? undefined : a.tensor('var');
    if (variance !== undefined) requireVariance(ctx, x, variance);
    const each = broadcastPair(ctx, x.shape, t.shape);
    const whole = variance === undefined ? each : broadcastPair(ctx, variance.shape, each);
    return tensorOut(reducedShape(reductionOf(ctx, a), variance === undefined ? each : whole), commonDType(typed(x), typed(t)));
  },
  kernel: (k) => {
    const x = k.array('input');
    const given = k.isTensor('var') ? k.array('var') : full(x.shape, k.number('var'), x.dtype);
    const variance = given.rank === x.rank - 1 ? unsqueeze(given, -1) : given;
    return gaussianNllLoss(x, k.array('target'), variance, k.bool('full'), k.number('eps'), kernelReduction(k));
  },
  samples: ["F.gaussian_nll_loss(torch.rand(2, 3), torch.rand(2, 3), torch.ones(2, 3), reduction='none')"],
  errors: [['F.gaussian_nll_loss(torch.rand(2, 3), torch.rand(2, 3), torch.ones(3, 2))', 'loss-target-size']],
  doc: 'nn.functional.gaussian_nll_loss',
};

/** The variance has the input's shape, or leaves out its last size, or has one other size. */
function requireVariance(ctx: Context, x: TensorArg, variance: TensorArg): void {
  const [own, dims] = [x.dims, variance.dims];
  if (own === undefined || dims === undefined || ctx.world.decideEqual(x.shape, variance.shape) !== 'no') return;
  const differ = own.length === dims.length ? own.filter((d, i) => ctx.facts.decide(eq(d, dims[i] as Dim)) === 'no') : [];
  const shorter = dims.length === own.length - 1 && dims.every((d, i) => ctx.facts.decide(eq(d, own[i] as Dim)) !== 'no');
  if (shorter || (own.length === dims.length && differ.length === 1)) return;
  ctx.fail(
    bad(ctx, `the variance is ${ctx.spell(variance.shape)}, the input ${ctx.spell(x.shape)}`, 'var is of incorrect size', 'ValueError'),
  );
}

export const MARGIN_LOSSES: readonly Operation[] = [cosineEmbedding, ranking, triplet, multiMargin, multilabel, multilabelSoft, gaussian];

export const MARGIN_LOSS_MODULES: readonly ModuleEntry[] = [
  lossModule({
    name: 'CosineEmbeddingLoss',
    op: cosineEmbedding,
    init: `margin=0.0, ${LEGACY}`,
    inputs: ['input1', 'input2', 'target'],
    options: ['margin'],
    shape: '(N, D), (N, D), (N) -> ()',
    samples: ['nn.CosineEmbeddingLoss()(torch.rand(2, 3), torch.rand(2, 3), torch.ones(2))'],
  }),
  lossModule({
    name: 'MarginRankingLoss',
    op: ranking,
    init: `margin=0.0, ${LEGACY}`,
    inputs: ['input1', 'input2', 'target'],
    options: ['margin'],
    shape: '(*), (*), (*) -> ()',
    samples: ['nn.MarginRankingLoss()(torch.rand(3), torch.rand(3), torch.ones(3))'],
  }),
  lossModule({
    name: 'TripletMarginLoss',
    op: triplet,
    init: `margin=1.0, p=2.0, eps=1e-06, swap=False, ${LEGACY}`,
    inputs: ['anchor', 'positive', 'negative'],
    options: ['margin', 'p', 'eps', 'swap'],
    check: (m, a) => requireMargin(m, a, (shown) => m.text`TripletMarginLoss: expected margin to be greater than 0, got ${shown} instead`),
    shape: '(N, D), (N, D), (N, D) -> ()',
    samples: ['nn.TripletMarginLoss()(torch.rand(2, 3), torch.rand(2, 3), torch.rand(2, 3))'],
    errors: [['nn.TripletMarginLoss(margin=0)', 'invalid-argument']],
  }),
  lossModule({
    name: 'MultiMarginLoss',
    op: multiMargin,
    init: `p=1, margin=1.0, weight=None, ${LEGACY}`,
    buffers: ['weight'],
    options: ['p', 'margin'],
    shape: '(N, C), (N) -> ()',
    samples: ['nn.MultiMarginLoss()(torch.rand(2, 3), torch.tensor([0, 2]))'],
  }),
  lossModule({
    name: 'MultiLabelMarginLoss',
    op: multilabel,
    shape: '(N, C), (N, C) -> ()',
    samples: ['nn.MultiLabelMarginLoss()(torch.rand(2, 3), torch.tensor([[0, 2, -1], [1, -1, 0]]))'],
  }),
  lossModule({
    name: 'MultiLabelSoftMarginLoss',
    op: multilabelSoft,
    init: `weight=None, ${LEGACY}`,
    buffers: ['weight'],
    shape: '(*, C), (*, C) -> ()',
    samples: ['nn.MultiLabelSoftMarginLoss()(torch.rand(2, 3), torch.ones(2, 3))'],
  }),
  lossModule({
    name: 'GaussianNLLLoss',
    op: gaussian,
    init: "*, full=False, eps=1e-06, reduction='mean'",
    inputs: ['input', 'target', 'var'],
    options: ['full', 'eps'],
    shape: '(*), (*), (*) -> ()',
    samples: ['nn.GaussianNLLLoss()(torch.rand(2, 3), torch.rand(2, 3), torch.ones(2, 3))'],
  }),
];
