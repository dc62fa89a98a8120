/**
 * Losses over classes: cross entropy and negative log likelihood, with the shape of their targets.
 */
import { eq, ge } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import { isFloating, scalarTypeName } from '../kernels/dtype.ts';
import type { ClassLossOptions } from '../kernels/losses.ts';
import { crossEntropy, nllLoss } from '../kernels/losses.ts';
import type { Shape } from '../shapes/shape.ts';
import { greatestRank, leastRank, scalar, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import type { ModuleEntry, Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { lossModule } from './loss-module.ts';
import { passOn } from './native-argument.ts';
import { kernelReduction, reductionOf, refuseKernel } from './reduction.ts';

const LEGACY = "reduce=None, reduction='mean'";
const one = constant(1);

// ---------------------------------------------------------------- negative log likelihood

/** The sizes of a loss with one number for every prediction: `[N, *]`; a scalar for a lone prediction. */
function perPrediction(ctx: Context, x: Shape): Shape {
  const now = ctx.world.resolve(x);
  if (now.run === undefined) return now.head.length < 2 ? scalar : shapeOf(now.head.filter((_, i) => i !== 1));
  return now.head.length >= 2
    ? { head: now.head.filter((_, i) => i !== 1), run: now.run, tail: now.tail }
    : unknownShape(undefined, 0, Math.max(0, greatestRank(now) - 1));
}

const fault = (ctx: Context, x: TensorArg, t: TensorArg, text: string | undefined, exception = 'RuntimeError') => ({
  code: 'loss-target-size',
  exception,
  message: `${ctx.name}: input ${ctx.spell(x.shape)} asks for another target than ${ctx.spell(t.shape)}`,
  text,
  origins: [t.origin, x.origin],
});

/** Checks input, target and weight in the order of `nll_loss_nd`; gives the number of classes. */
function requireTargets(ctx: Context, x: TensorArg, t: TensorArg, w: TensorArg | undefined): Dim | undefined {
  if (x.rank === 0) {
    ctx.fail({
      code: 'rank-mismatch',
      exception: 'ValueError',
      message: `${ctx.name}: the input has no dimension for the classes`,
      text: 'Expected 1 or more dimensions (got 0)',
      origins: [x.origin],
    });
  }
  const rank = x.rank;
  if (rank === undefined) {
    if (leastRank(x.shape) >= 2) ctx.world.limitRank(t.shape, leastRank(x.shape) - 1, Number.POSITIVE_INFINITY);
    return undefined;
  }
  if (rank > 1) requireBatch(ctx, x, t);
  if (rank <= 2) requireFlatTarget(ctx, x, t, rank);
  else requireSpatialTarget(ctx, x, t, rank);
  requireIndexType(ctx, t);
  const classes = x.size(rank === 1 ? 0 : 1) as Dim;
  if (w !== undefined) requireClassWeight(ctx, w, classes, rank);
  return classes;
}

function requireBatch(ctx: Context, x: TensorArg, t: TensorArg): void {
  const n = x.size(0);
  if (t.rank === 0) {
    const count = ctx.known(n);
    if (count !== 0) ctx.fail(fault(ctx, x, t, ctx.text`Expected input batch_size (${n}) to match target batch_size (0).`, 'ValueError'));
    if ((x.rank ?? 0) > 2) ctx.fail(fault(ctx, x, t, 'ArrayRef: invalid slice, N = 1; size = 0'));
    ctx.fail(fault(ctx, x, t, 'Dimension specified as 0 but tensor has no dimensions', 'IndexError'));
  }
  const m = t.size(0);
  if (n === undefined || m === undefined) return;
  ctx.require(eq(n, m), () => ({
    ...fault(ctx, x, t, ctx.text`Expected input batch_size (${n}) to match target batch_size (${m}).`, 'ValueError'),
    message: `${ctx.name}: the input has batch size ${ctx.spell(n)}, the target ${ctx.spell(m)}`,
    origins: [n.origin ?? x.origin, m.origin ?? t.origin],
  }));
}

function requireFlatTarget(ctx: Context, x: TensorArg, t: TensorArg, rank: number): void {
  const ranks = rank === 1 ? [0, 1] : [1];
  const found = ctx.requireRank(t.shape, ranks, () => fault(ctx, x, t, '0D or 1D target tensor expected, multi-target not supported'));
  requireIndexType(ctx, t);
  if (rank !== 1 || found !== 1) return;
  const m = t.size(0);
  if (m === undefined) return;
  ctx.require(eq(m, one), () =>
    fault(ctx, x, t, ctx.text`For 1D input, 1D target must have size 1, but got target size: ${m}`, 'ValueError'),
  );
}

function requireSpatialTarget(ctx: Context, x: TensorArg, t: TensorArg, rank: number): void {
  const dims = x.dims as readonly Dim[];
  const wanted = [dims[0] as Dim, ...dims.slice(2)];
  const message = (): string | undefined =>
    rank === 4
      ? ctx.text`size mismatch (got input: ${x.shape} , target: ${t.shape}`
      : ctx.text`Expected target size ${ctx.list(wanted)}, got ${t.shape}`;
  ctx.requireRank(t.shape, [rank - 1], (got) =>
    fault(
      ctx,
      x,
      t,
      rank === 4 ? `only batches of spatial targets supported (3D tensors) but got targets of dimension: ${got}` : message(),
    ),
  );
  if (rank === 4) requireIndexType(ctx, t);
  wanted.forEach((want, i) => {
    const size = t.size(i);
    if (size === undefined || i === 0) return;
    ctx.require(eq(size, want), () => ({
      ...fault(ctx, x, t, message()),
      message: `${ctx.name}: size ${i} of the target is ${ctx.spell(size)}, the input asks for ${ctx.spell(want)}`,
      origins: [size.origin ?? t.origin, want.origin ?? x.origin],
    }));
  });
}

function requireClassWeight(ctx: Context, w: TensorArg, classes: Dim, rank: number): void {
  const parts = () => ({
    code: 'loss-weight-size',
    message: `${ctx.name}: the weight is ${ctx.spell(w.shape)}, there are ${ctx.spell(classes)} classes`,
    text:
      rank > 2
        ? 'weight tensor should be defined either for all or no classes'
        : ctx.text`weight tensor should be defined either for all ${classes} classes or no classes but got weight tensor of shape: ${w.shape}`,
    origins: [w.origin, classes.origin],
  });
  ctx.requireRank(w.shape, [1], parts);
  const size = w.size(0);
  if (size !== undefined) ctx.require(eq(size, classes), parts);
}

/** Class indices are int64 (or uint8). */
function requireIndexType(ctx: Context, t: TensorArg): void {
  if (t.dtype === undefined || t.dtype === 'int64' || t.dtype === 'uint8') return;
  ctx.fail({
    code: 'loss-target-dtype',
    message: `${ctx.name}: class indices must be int64, the target is ${t.dtype}`,
    text: `expected target dtype to be Long or Byte, but got ${scalarTypeName(t.dtype)}`,
    origins: [t.origin],
  });
}

/** Known indices lie in `[0, C)` or are `ignore_index`. */
function requireClasses(ctx: Context, a: Arguments, t: TensorArg, classes: Dim | undefined): void {
  if (classes === undefined) return;
  const ignored = ctx.interp.asNumber(a.value('ignore_index'));
  const outside = (n: number): boolean =>
    ignored !== undefined && n !== ignored && (n < 0 || ctx.facts.decide(ge(constant(n), classes)) === 'yes');
  let wrong = t.values?.toFlat().find(outside);
  const { bounds } = t;
  const filled = t.dims?.every((d) => ctx.facts.decide(ge(d, one)) === 'yes') === true;
  if (wrong === undefined && t.values === undefined && bounds !== undefined && filled) {
    const least = bounds.least === undefined ? undefined : ctx.known(bounds.least);
    if (least !== undefined && least >= 0 && outside(least)) wrong = least;
  }
  if (wrong === undefined) return;
  ctx.fail({
    code: 'loss-target-range',
    exception: 'IndexError',
    message: `${ctx.name}: class ${wrong} is not one of ${ctx.spell(classes)}`,
    text: `Target ${wrong} is out of bounds.`,
    origins: [t.origin, classes.origin],
  });
}

function indexLoss(ctx: Context, a: Arguments, x: TensorArg, t: TensorArg, reduction: string | undefined): Out {
  const w = a.optionalTensor('weight', ctx.notTensor(nameOf(ctx, a), 'weight', 3));
  const classes = requireTargets(ctx, x, t, w);
  requireIndexType(ctx, t);
  refuseKernel(ctx, x.rank !== undefined && x.rank > 2 ? 'nll_loss2d_forward_out_frame' : 'nll_loss_out_frame', x.dtype);
  if (w?.dtype !== undefined && x.dtype !== undefined && w.dtype !== x.dtype) {
    ctx.fail({
      code: 'dtype-mismatch',
      message: `${ctx.name}: the weight is ${w.dtype}, the input ${x.dtype}`,
      text: `expected scalar type ${scalarTypeName(x.dtype)} but found ${scalarTypeName(w.dtype)}`,
      origins: [w.origin, x.origin],
    });
  }
  requireClasses(ctx, a, t, classes);
  return tensorOut(lossShape(ctx, x, reduction), x.dtype);
}

function lossShape(ctx: Context, x: TensorArg, reduction: string | undefined): Shape {
  if (reduction === undefined) return unknownShape();
  return reduction === 'none' ? perPrediction(ctx, x.shape) : scalar;
}

/** What the argument parser calls the native function. */
const nameOf = (_ctx: Context, a: Arguments): string => (a.exists('label_smoothing') ? 'cross_entropy_loss' : 'nll_loss_nd');

function options(k: KernelArguments): ClassLossOptions {
  return { weight: k.optionalArray('weight'), ignoreIndex: k.int('ignore_index'), reduction: kernelReduction(k) };
}

const nll: Operation = {
  names: ['F.nll_loss'],
  signature: `def nll_loss(input, target, weight=None, size_average=None, ignore_index=-100, ${LEGACY})`,
  shape: '(N, C, *), (N, *) -> ()',
  rule: (ctx, a): Out => {
    const reduction = reductionOf(ctx, a);
    passOn(ctx, a, 'nll_loss_nd(Tensor input, Tensor target, Tensor? weight, int _ = 1, int ignore_index = -100)');
    const [x, t] = [a.tensor('input'), a.tensor('target')];
    return indexLoss(ctx, a, x, t, reduction);
  },
  kernel: (k) => nllLoss(k.array('input'), k.array('target'), options(k)),
  samples: [
    'F.nll_loss(torch.rand(2, 3), torch.tensor([0, 2]))',
    "F.nll_loss(torch.rand(2, 3, 4), torch.ones(2, 4, dtype=torch.int64), reduction='none')",
    'F.nll_loss(torch.rand(3), torch.tensor(1))',
  ],
  errors: [
    ['F.nll_loss(torch.rand(2, 3), torch.tensor([0, 2, 1]))', 'loss-target-size'],
    ['F.nll_loss(torch.rand(2, 3), torch.rand(2))', 'loss-target-dtype'],
    ['F.nll_loss(torch.rand(2, 3), torch.tensor([0, 3]))', 'loss-target-range'],
  ],
  doc: 'nn.functional.nll_loss',
};

// ---------------------------------------------------------------- cross entropy

/** Whether the target holds probabilities: it has the input's shape. Undefined where that cannot be told. */
function holdsProbabilities(ctx: Context, x: TensorArg, t: TensorArg): boolean | undefined {
  const equal = ctx.world.decideEqual(x.shape, t.shape);
  if (equal !== 'unknown') return equal === 'yes';
  if (t.dtype === undefined) return undefined;
  if (!isFloating(t.dtype)) return false;
  const unified = ctx.world.unify(x.shape, t.shape);
  return 'conflict' in unified ? undefined : true;
}

function probabilityLoss(ctx: Context, a: Arguments, x: TensorArg, t: TensorArg, reduction: string | undefined): Out {
  if (t.dtype !== undefined && !isFloating(t.dtype)) {
    ctx.fail({
      code: 'loss-target-dtype',
      message: `${ctx.name}: a target of the input's shape holds probabilities, this one is ${t.dtype}`,
      text: `Expected floating point type for target with class probabilities, got ${scalarTypeName(t.dtype)}`,
      origins: [t.origin],
    });
  }
  const ignored = ctx.interp.asNumber(a.value('ignore_index'));
  if (ignored !== undefined && ignored >= 0) {
    ctx.fail({
      code: 'invalid-argument',
      message: `${ctx.name}: \`ignore_index\` does not go with probabilities`,
      text: 'ignore_index is not supported for floating point target',
    });
  }
  requireSmoothing(ctx, a.known('label_smoothing'));
  refuseSoftmax(ctx, x);
  const rank = x.rank;
  const classes = rank === undefined ? undefined : (x.size(rank === 1 ? 0 : 1) as Dim);
  const w = a.optionalTensor('weight', ctx.notTensor('cross_entropy_loss', 'weight', 3));
  if (w !== undefined && classes !== undefined) {
    const parts = () => ({
      code: 'loss-weight-size',
      message: `${ctx.name}: the weight is ${ctx.spell(w.shape)}, there are ${ctx.spell(classes)} classes`,
      text: ctx.text`cross_entropy: weight tensor should be defined either for all ${classes} classes or no classes but got weight tensor of shape: ${w.shape}`,
      origins: [w.origin, classes.origin],
    });
    ctx.requireRank(w.shape, [1], parts);
    ctx.require(eq(w.size(0) as Dim, classes), parts);
  }
  return tensorOut(lossShape(ctx, x, reduction), x.dtype);
}

/** `log_softmax` over the class dimension, which must exist. */
function refuseSoftmax(ctx: Context, x: TensorArg): void {
  const rank = x.rank;
  if (rank === 0) {
    ctx.fail({
      code: 'dim-out-of-range',
      exception: 'IndexError',
      message: `${ctx.name}: the input has no dimension for the classes`,
      text: 'Dimension out of range (expected to be in range of [-1, 0], but got 1)',
      origins: [x.origin],
    });
  }
  const filled = x.dims?.every((d) => ctx.facts.decide(ge(d, one)) === 'yes') === true;
  if (filled) {
    const kernel = (rank as number) <= 2 ? 'log_softmax_lastdim_kernel_impl' : 'log_softmax_kernel_impl';
    refuseKernel(ctx, kernel, x.dtype);
  }
}

function requireSmoothing(ctx: Context, smoothing: number | undefined): void {
  if (smoothing === undefined || smoothing <= 1) return;
  ctx.fail({
    code: 'invalid-argument',
    message: `${ctx.name}: \`label_smoothing\` is ${smoothing}, not in [0, 1]`,
    text: `label_smoothing must be between 0.0 and 1.0. Got: ${smoothing}`,
  });
}

const entropy: Operation = {
  names: ['F.cross_entropy'],
  signature: `def cross_entropy(input, target, weight=None, size_average=None, ignore_index=-100, ${LEGACY}, label_smoothing=0.0)`,
  shape: '(N, C, *), (N, *) -> ()',
  rule: (ctx, a): Out => {
    const reduction = reductionOf(ctx, a);
    passOn(
      ctx,
      a,
      'cross_entropy_loss(Tensor input, Tensor target, Tensor? weight, int _ = 1, int ignore_index = -100, float label_smoothing = 0.0)',
    );
    const [x, t] = [a.tensor('input'), a.tensor('target')];
    const soft = holdsProbabilities(ctx, x, t);
    if (soft === true) return probabilityLoss(ctx, a, x, t, reduction);
    if (soft === undefined) return tensorOut(lossShape(ctx, x, reduction), x.dtype);
    const smoothing = a.known('label_smoothing');
    requireSmoothing(ctx, smoothing);
    refuseSoftmax(ctx, x);
    const out = indexLoss(ctx, a, x, t, reduction);
    if (smoothing !== undefined && smoothing > 0 && x.rank === 1 && t.rank === 1) {
      ctx.fail(fault(ctx, x, t, ctx.text`output with shape [] doesn't match the broadcast shape ${t.shape}`));
    }
    const classes = x.rank !== undefined && x.rank > 1 ? x.size(1) : undefined;
    if (classes !== undefined && ctx.known(classes) === 1) {
      ctx.warn({
        code: 'cross-entropy-one-class',
        message: `${ctx.name}: the input ${ctx.spell(x.shape)} has one class, so the loss is always 0`,
        origins: [classes.origin ?? x.origin],
      });
    }
    return out;
  },
  kernel: (k) => crossEntropy(k.array('input'), k.array('target'), { ...options(k), labelSmoothing: k.number('label_smoothing') }),
  samples: [
    'F.cross_entropy(torch.rand(2, 3), torch.tensor([0, 2]))',
    "F.cross_entropy(torch.rand(2, 3, 4), torch.ones(2, 4, dtype=torch.int64), reduction='none')",
    'F.cross_entropy(torch.rand(2, 3), torch.rand(2, 3), label_smoothing=0.1)',
    'F.cross_entropy(torch.rand(3), torch.tensor(1))',
  ],
  errors: [
    ['F.cross_entropy(torch.rand(4, 10), torch.ones(3, dtype=torch.int64))', 'loss-target-size'],
    ['F.cross_entropy(torch.rand(4, 10, 7), torch.ones(4, 8, dtype=torch.int64))', 'loss-target-size'],
    ['F.cross_entropy(torch.rand(4, 10), torch.ones(4, 1, dtype=torch.int64))', 'loss-target-size'],
    ['F.cross_entropy(torch.rand(4, 10), torch.rand(4))', 'loss-target-dtype'],
  ],
  doc: 'nn.functional.cross_entropy',
};

export const CLASS_LOSSES: readonly Operation[] = [nll, entropy];

export const CLASS_LOSS_MODULES: readonly ModuleEntry[] = [
  lossModule({
    name: 'CrossEntropyLoss',
    op: entropy,
    init: `weight=None, size_average=None, ignore_index=-100, ${LEGACY}, label_smoothing=0.0`,
    buffers: ['weight'],
    options: ['ignore_index', 'label_smoothing'],
    shape: '(N, C, *), (N, *) -> ()',
    samples: ['nn.CrossEntropyLoss()(torch.rand(2, 3), torch.tensor([0, 2]))'],
    errors: [['nn.CrossEntropyLoss()(torch.rand(4, 10), torch.ones(3, dtype=torch.int64))', 'loss-target-size']],
  }),
  lossModule({
    name: 'NLLLoss',
    op: nll,
    init: `weight=None, size_average=None, ignore_index=-100, ${LEGACY}`,
    buffers: ['weight'],
    options: ['ignore_index'],
    shape: '(N, C, *), (N, *) -> ()',
    samples: ['nn.NLLLoss()(torch.rand(2, 3), torch.tensor([0, 2]))'],
    errors: [['nn.NLLLoss()(torch.rand(2, 3), torch.rand(2))', 'loss-target-dtype']],
  }),
];
