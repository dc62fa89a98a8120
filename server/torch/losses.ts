/**
 * Losses of a prediction against a target element by element: MSE, L1, smooth L1, Huber, KL divergence,
 * Poisson and Gaussian likelihood, soft margin, hinge embedding. Binary cross entropy stands in
 * `binary-cross-entropy.ts`, losses over classes in `class-losses.ts`.
 */
import type { NdArray } from '../kernels/array.ts';
import { binary } from '../kernels/binary.ts';
import { broadcastShapes } from '../kernels/broadcast.ts';
import type { DType } from '../kernels/dtype.ts';
import { cast } from '../kernels/elementwise.ts';
import type { Reduction } from '../kernels/losses.ts';
import { huberLoss, klDiv, l1Loss, mseLoss, poissonNllLoss, reduceLoss, smoothL1Loss, softMarginLoss } from '../kernels/losses.ts';
import { hingeEmbeddingLoss } from '../kernels/margin-loss.ts';
import { sum } from '../kernels/reduce.ts';
import { expand } from '../kernels/views.ts';
import type { Shape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { bce, bceLogits } from './binary-cross-entropy.ts';
import type { Context } from './context.ts';
import { broadcastPair } from './elementwise.ts';
import type { ModuleEntry, Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { LEGACY, lossModule } from './loss-module.ts';
import { passOn } from './native-argument.ts';
import { floatingType, requireCast } from './promotion.ts';
import {
  attributeOf,
  commonDType,
  kernelReduction,
  reducedShape,
  reductionOf,
  refuseKernel,
  refuseMean,
  refuseSubtraction,
  requireKept,
  sizeText,
  typed,
} from './reduction.ts';

// ---------------------------------------------------------------- distances that broadcast, with a warning

/** Input and target of another size broadcast, which is rarely meant. */
function warnSizes(ctx: Context, x: TensorArg, t: TensorArg, result: Shape): void {
  if (ctx.world.decideEqual(x.shape, t.shape) !== 'no') return;
  ctx.warn({
    code: 'loss-broadcast',
    message: `${ctx.name}: input ${ctx.spell(x.shape)} against target ${ctx.spell(t.shape)} is ${ctx.spell(result)}, each against each`,
    exception: 'UserWarning',
    text: ctx.text`Using a target size (${sizeText(ctx, t.shape)}) that is different to the input size (${sizeText(ctx, x.shape)}). This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.`,
    origins: [x.origin, t.origin],
  });
}

function requireWeightSize(ctx: Context, a: Arguments, x: TensorArg): TensorArg | undefined {
  const w = a.exists('weight') ? a.optionalTensor('weight', attributeOf(ctx, 'size')) : undefined;
  if (w !== undefined && ctx.world.decideEqual(w.shape, x.shape) === 'no') {
    ctx.fail({
      code: 'loss-weight-size',
      exception: 'ValueError',
      message: `${ctx.name}: the weight is ${ctx.spell(w.shape)}, the input ${ctx.spell(x.shape)}`,
      text: 'Weights and input must have the same size.',
      origins: [w.origin, x.origin],
    });
  }
  return w;
}

type TypeCheck = (ctx: Context, x: TensorArg, t: TensorArg, reduction: string | undefined) => DType | undefined;

/** One floating type for both, as a kernel named `kernel` takes it. */
const promoted =
  (kernel: string): TypeCheck =>
  (ctx, x, t) => {
    const dtype = commonDType(typed(x, true), typed(t, true));
    refuseKernel(ctx, kernel, dtype);
    return dtype;
  };

const REAL: Readonly<Partial<Record<DType, DType>>> = { complex64: 'float32', complex128: 'float64' };

const absolute: TypeCheck = (ctx, x, t, reduction) => {
  refuseSubtraction(ctx, x.dtype, t.dtype);
  const dtype = commonDType(typed(x, true), typed(t, true));
  refuseMean(ctx, dtype, reduction);
  if (reduction === 'sum' && dtype !== undefined && /^u?int/.test(dtype)) return 'int64';
  return dtype === undefined ? undefined : (REAL[dtype] ?? dtype);
};

const huberType: TypeCheck = (ctx, x, t) => {
  const dtype = commonDType(typed(x, true), typed(t, true));
  requireCast(ctx, dtype, x.dtype);
  refuseKernel(ctx, 'huber_cpu', dtype);
  return x.dtype;
};

interface DistanceForm {
  readonly name: string;
  readonly signature: string;
  readonly types: TypeCheck;
  readonly numbers: (k: KernelArguments, x: NdArray, t: NdArray, reduction: Reduction) => NdArray;
}

const distance = ({ name, signature, types, numbers }: DistanceForm): Operation => ({
  names: [`F.${name}`],
  signature: `def ${name}(${signature})`,
  shape: '(*), (*) -> ()',
  rule: (ctx, a): Out => {
    const t = a.tensor('target', attributeOf(ctx, 'size'));
    const x = a.tensor('input', attributeOf(ctx, 'size'));
    const shape = broadcastPair(ctx, x.shape, t.shape, [
      { shape: x.shape, tensor: x },
      { shape: t.shape, tensor: t },
    ]);
    warnSizes(ctx, x, t, shape);
    const w = requireWeightSize(ctx, a, x);
    const reduction = reductionOf(ctx, a);
    const dtype = types(ctx, x, t, w === undefined ? reduction : 'none');
    return tensorOut(reducedShape(reduction, w === undefined ? shape : broadcastPair(ctx, shape, w.shape)), dtype);
  },
  kernel: (k) => {
    const reduction = kernelReduction(k);
    const sizes = broadcastShapes(k.array('input').shape, k.array('target').shape);
    const [x, t] = [expand(k.array('input'), sizes), expand(k.array('target'), sizes)];
    const w = k.rule.exists('weight') ? k.optionalArray('weight') : undefined;
    if (w === undefined) return numbers(k, x, t, reduction);
    const each = binary('mul', numbers(k, x, t, 'none'), w);
    return reduction === 'mean' && name !== 'huber_loss' ? binary('div', sum(each), sum(w)) : reduceLoss(each, reduction);
  },
  samples: [
    `F.${name}(torch.rand(2, 3), torch.rand(2, 3))`,
    `F.${name}(torch.rand(2, 3), torch.rand(2, 3), reduction='none')`,
    `F.${name}(torch.rand(2, 3), torch.rand(3), reduction='sum')`,
  ],
  errors: [
    [`F.${name}(torch.rand(2, 3), torch.rand(4))`, 'broadcast-mismatch'],
    [`F.${name}(torch.rand(2, 3), torch.rand(2, 3), reduction='avg')`, 'invalid-argument'],
  ],
  doc: `nn.functional.${name}`,
});

const mse = distance({
  name: 'mse_loss',
  signature: `input, target, ${LEGACY}, weight=None`,
  types: promoted('mse_cpu'),
  numbers: (_k, x, t, reduction) => mseLoss(x, t, reduction),
});
const l1 = distance({
  name: 'l1_loss',
  signature: `input, target, ${LEGACY}, weight=None`,
  types: absolute,
  numbers: (_k, x, t, reduction) => l1Loss(x, t, reduction),
});
const smoothL1 = distance({
  name: 'smooth_l1_loss',
  signature: `input, target, ${LEGACY}, beta=1.0`,
  types: promoted('smooth_l1_cpu'),
  numbers: (k, x, t, reduction) => (k.number('beta') === 0 ? l1Loss(x, t, reduction) : smoothL1Loss(x, t, reduction, k.number('beta'))),
});
const huber = distance({
  name: 'huber_loss',
  signature: "input, target, reduction='mean', delta=1.0, weight=None",
  types: huberType,
  numbers: (k, x, t, reduction) => huberLoss(x, t, reduction, k.number('delta')),
});

// ---------------------------------------------------------------- native ones that broadcast

interface BroadcastForm {
  readonly name: string;
  readonly signature: string;
  /** Raises before the shapes meet. */
  readonly before?: (ctx: Context, a: Arguments, x: TensorArg, t: TensorArg) => void;
  readonly types: TypeCheck;
  /** The target is on the left where PyTorch's text counts tensors a and b. */
  readonly targetFirst?: boolean;
  readonly inPlace?: boolean;
  readonly words?: readonly string[];
  readonly numbers: (k: KernelArguments, x: NdArray, t: NdArray) => NdArray;
}

const broadcasting = (form: BroadcastForm): Operation => ({
  names: [`F.${form.name}`],
  signature: `def ${form.name}(${form.signature})`,
  shape: '(*), (*) -> ()',
  rule: (ctx, a): Out => {
    const reduction = reductionOf(ctx, a, form.words);
    const x = a.tensor('input', ctx.notTensor(form.name, 'input', 1));
    const t = a.tensor('target', ctx.notTensor(form.name, 'target', 2));
    form.before?.(ctx, a, x, t);
    const shape = form.targetFirst === true ? broadcastPair(ctx, t.shape, x.shape) : broadcastPair(ctx, x.shape, t.shape);
    if (form.inPlace === true) requireKept(ctx, x.shape, shape, 'the target');
    return tensorOut(reducedShape(reduction === 'batchmean' ? 'sum' : reduction, shape), form.types(ctx, x, t, reduction));
  },
  kernel: (k) => {
    const made = form.numbers(k, k.array('input'), k.array('target'));
    const { ctx } = k.rule;
    const dtype = form.types(ctx, k.rule.tensor('input'), k.rule.tensor('target'), reductionOf(ctx, k.rule, form.words));
    return dtype === undefined || dtype === made.dtype ? made : cast(made, dtype);
  },
  samples: [
    `F.${form.name}(torch.rand(2, 3), torch.rand(2, 3))`,
    `F.${form.name}(torch.rand(2, 3), torch.rand(3), reduction='none')`,
    `F.${form.name}(torch.rand(2, 3), torch.rand(2, 1), reduction='sum')`,
  ],
  errors: [[`F.${form.name}(torch.rand(2, 3), torch.rand(4))`, 'broadcast-mismatch']],
  doc: `nn.functional.${form.name}`,
});

const kl = broadcasting({
  name: 'kl_div',
  signature: `input, target, ${LEGACY}, log_target=False`,
  words: ['none', 'mean', 'sum', 'batchmean'],
  targetFirst: true,
  before: (ctx, a, x, t) => {
    for (const [kind, word] of [
      [/^complex/, 'Complex'],
      [/^(u?int|bool)/, 'Integral'],
    ] as const) {
      if (![x, t].some((y) => y.dtype !== undefined && kind.test(y.dtype))) continue;
      ctx.fail({
        code: 'dtype-mismatch',
        message: `${ctx.name}: input and target must be floating`,
        text: `kl_div: ${word} inputs not supported.`,
        origins: [x.origin, t.origin],
      });
    }
    if (ctx.interp.asString(a.value('reduction')) !== 'mean') return;
    ctx.warn({
      code: 'kl-div-mean',
      exception: 'UserWarning',
      message: `${ctx.name}: 'mean' divides by the batch and by the support; 'batchmean' is the divergence`,
      text: "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides only by the batch size, and aligns with the KL div math definition.'mean' will be changed to behave the same as 'batchmean' in the next major release.",
    });
  },
  types: (_ctx, x, t) => commonDType(typed(x), typed(t)),
  numbers: (k, x, t) => {
    const name = reductionOf(k.rule.ctx, k.rule, ['none', 'mean', 'sum', 'batchmean']) as Reduction | 'batchmean';
    return klDiv(x, t, name === 'batchmean' && x.rank === 0 ? 'sum' : name, k.bool('log_target'));
  },
});

const poisson = broadcasting({
  name: 'poisson_nll_loss',
  signature: "input, target, log_input=True, full=False, size_average=None, eps=1e-08, reduce=None, reduction='mean'",
  targetFirst: true,
  before: (ctx, a) => {
    for (const [i, name] of ['log_input', 'full'].entries()) {
      const value = a.value(name);
      if (value.kind === 'bool' || value.kind === 'unknown' || value.kind === 'choice') continue;
      const type = ctx.interp.typeName(value);
      ctx.fail({
        code: 'call-arguments',
        exception: 'TypeError',
        message: `${ctx.name}: \`${name}\` is ${type}, not bool`,
        text: `poisson_nll_loss(): argument '${name}' (position ${i + 3}) must be bool, not ${type}`,
      });
    }
  },
  types: (ctx, x, t) => {
    if (x.dtype === 'bool' && t.dtype === 'bool') refuseSubtraction(ctx, 'bool', 'float32');
    const dtype = commonDType({ ...typed(x), dtype: x.dtype === undefined ? undefined : (floatingType(x.dtype) as DType) }, typed(t));
    return dtype;
  },
  numbers: (k, x, t) => poissonNllLoss(x, t, k.bool('log_input'), k.bool('full'), k.number('eps'), kernelReduction(k)),
});

const softMargin = broadcasting({
  name: 'soft_margin_loss',
  signature: `input, target, ${LEGACY}`,
  inPlace: true,
  before: (ctx, _a, x) => {
    if (x.dtype !== 'bool') return;
    ctx.fail({
      code: 'dtype-mismatch',
      message: `${ctx.name}: a bool tensor cannot be negated`,
      text: 'Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.',
      origins: [x.origin],
    });
  },
  types: (ctx, x, t) => {
    requireCast(ctx, commonDType(typed(x), typed(t)), x.dtype);
    requireCast(ctx, floatingType(x.dtype), x.dtype);
    return x.dtype;
  },
  numbers: (k, x, t) => softMarginLoss(x, t, kernelReduction(k)),
});

const hinge = broadcasting({
  name: 'hinge_embedding_loss',
  signature: `input, target, margin=1.0, ${LEGACY}`,
  targetFirst: true,
  before: (ctx, a, x) => {
    passOn(ctx, a, 'hinge_embedding_loss(Tensor input, Tensor target, float margin)');
    if (x.dtype === 'bool') refuseSubtraction(ctx, 'bool', 'bool');
    if (x.dtype === undefined || !x.dtype.startsWith('complex')) return;
    ctx.fail({
      code: 'dtype-mismatch',
      exception: 'NotImplementedError',
      message: `${ctx.name} does not take complex tensors`,
      text: 'clamp is not supported for complex types',
      origins: [x.origin],
    });
  },
  types: (ctx, x, _t, reduction) => {
    refuseMean(ctx, x.dtype, reduction);
    return reduction === 'sum' && x.dtype !== undefined && /^u?int/.test(x.dtype) ? 'int64' : x.dtype;
  },
  numbers: (k, x, t) => hingeEmbeddingLoss(x, t, k.number('margin'), kernelReduction(k)),
});

// ---------------------------------------------------------------- modules

const pair = (name: string, more = ''): readonly string[] => [`nn.${name}(${more})(torch.rand(2, 3), torch.rand(2, 3))`];

const huberModule = lossModule({
  name: 'HuberLoss',
  op: huber,
  init: "reduction='mean', delta=1.0",
  options: ['delta'],
  check: (m, a) => {
    const delta = a.value('delta');
    if (['float', 'int', 'bool', 'unknown', 'choice'].includes(delta.kind)) return;
    const type = m.interp.typeName(delta);
    m.fail({
      code: 'call-arguments',
      exception: 'TypeError',
      message: `HuberLoss: \`delta\` is ${type}, not a number`,
      text: `delta must be a float or int, got: <class '${type}'>`,
    });
  },
  shape: '(*), (*) -> ()',
  samples: pair('HuberLoss'),
});

export const LOSSES: readonly Operation[] = [mse, l1, smoothL1, huber, kl, poisson, softMargin, hinge, bce, bceLogits];

export const LOSS_MODULES: readonly ModuleEntry[] = [
  lossModule({
    name: 'MSELoss',
    op: mse,
    shape: '(*), (*) -> ()',
    samples: pair('MSELoss'),
    errors: [['nn.MSELoss()(torch.rand(2, 3), torch.rand(2))', 'broadcast-mismatch']],
  }),
  lossModule({ name: 'L1Loss', op: l1, shape: '(*), (*) -> ()', samples: pair('L1Loss') }),
  lossModule({
    name: 'SmoothL1Loss',
    op: smoothL1,
    init: `${LEGACY}, beta=1.0`,
    options: ['beta'],
    shape: '(*), (*) -> ()',
    samples: pair('SmoothL1Loss'),
  }),
  huberModule,
  lossModule({
    name: 'KLDivLoss',
    op: kl,
    init: `${LEGACY}, log_target=False`,
    options: ['log_target'],
    shape: '(*), (*) -> ()',
    samples: pair('KLDivLoss', "reduction='batchmean'"),
  }),
  lossModule({
    name: 'PoissonNLLLoss',
    op: poisson,
    init: "log_input=True, full=False, size_average=None, eps=1e-08, reduce=None, reduction='mean'",
    inputs: ['log_input', 'target'],
    options: ['log_input', 'full', 'eps'],
    shape: '(*), (*) -> ()',
    samples: pair('PoissonNLLLoss'),
  }),
  lossModule({ name: 'SoftMarginLoss', op: softMargin, shape: '(*), (*) -> ()', samples: pair('SoftMarginLoss') }),
  lossModule({
    name: 'HingeEmbeddingLoss',
    op: hinge,
    init: `margin=1.0, ${LEGACY}`,
    options: ['margin'],
    shape: '(*), (*) -> ()',
    samples: pair('HingeEmbeddingLoss'),
  }),
  lossModule({
    name: 'BCELoss',
    op: bce,
    init: `weight=None, ${LEGACY}`,
    buffers: ['weight'],
    shape: '(*), (*) -> ()',
    samples: pair('BCELoss'),
    errors: [['nn.BCELoss()(torch.rand(2, 1), torch.rand(2))', 'loss-target-size']],
  }),
  lossModule({
    name: 'BCEWithLogitsLoss',
    op: bceLogits,
    init: `weight=None, ${LEGACY}, pos_weight=None`,
    buffers: ['weight', 'pos_weight'],
    shape: '(*), (*) -> ()',
    samples: pair('BCEWithLogitsLoss'),
    errors: [['nn.BCEWithLogitsLoss()(torch.rand(2, 1), torch.rand(2))', 'loss-target-size']],
  }),
];
