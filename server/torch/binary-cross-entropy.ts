/**
 * Binary cross entropy of probabilities and of logits: input and target of the very same size, unlike the distances of
 * `losses.ts`.
 */
import { scalarTypeName } from '../kernels/dtype.ts';
import { cast } from '../kernels/elementwise.ts';
import { binaryCrossEntropy, binaryCrossEntropyWithLogits } from '../kernels/losses.ts';
import type { TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { broadcastPair } from './elementwise.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { LEGACY } from './loss-module.ts';
import { requireCast } from './promotion.ts';
import {
  attributeOf,
  commonDType,
  firstOutside,
  kernelReduction,
  reducedShape,
  reductionOf,
  refuseKernel,
  refuseSubtraction,
  requireKept,
  sizeText,
  typed,
} from './reduction.ts';

/** Both sizes are the same; learned where it is not known. */
function requireSameSize(ctx: Context, x: TensorArg, t: TensorArg, text: () => string | undefined): void {
  const equal = ctx.world.decideEqual(x.shape, t.shape);
  if (equal === 'yes') return;
  const unified = equal === 'no' ? undefined : ctx.world.unify(x.shape, t.shape);
  if (unified !== undefined && !('conflict' in unified)) return;
  ctx.fail({
    code: 'loss-target-size',
    exception: 'ValueError',
    message: `${ctx.name}: the target is ${ctx.spell(t.shape)}, the input ${ctx.spell(x.shape)}`,
    text: text(),
    origins: [t.origin, x.origin],
  });
}

export const bce: Operation = {
  names: ['F.binary_cross_entropy'],
  signature: `def binary_cross_entropy(input, target, weight=None, ${LEGACY})`,
  shape: '(*), (*) -> ()',
  rule: (ctx, a): Out => {
    const reduction = reductionOf(ctx, a);
    const t = a.tensor('target', attributeOf(ctx, 'size'));
    const x = a.tensor('input', attributeOf(ctx, 'size'));
    requireSameSize(
      ctx,
      x,
      t,
      () =>
        ctx.text`Using a target size (${sizeText(ctx, t.shape)}) that is different to the input size (${sizeText(ctx, x.shape)}) is deprecated. Please ensure they have the same size.`,
    );
    const w = a.optionalTensor('weight', attributeOf(ctx, 'size'));
    if (w !== undefined) requireKept(ctx, x.shape, broadcastPair(ctx, t.shape, w.shape), 'the weight');
    if (x.dtype !== undefined && t.dtype !== undefined && x.dtype !== t.dtype) {
      ctx.fail({
        code: 'loss-target-dtype',
        message: `${ctx.name}: the target is ${t.dtype}, the input ${x.dtype}`,
        text: `Found dtype ${scalarTypeName(t.dtype)} but expected ${scalarTypeName(x.dtype)}`,
        origins: [t.origin, x.origin],
      });
    }
    refuseKernel(ctx, 'binary_cross_entropy', x.dtype);
    for (const [side, name] of [
      [x, 'input'],
      [t, 'target'],
    ] as const) {
      if (firstOutside(side.values, 0, 1) === undefined) continue;
      ctx.fail({
        code: 'loss-target-range',
        message: `${ctx.name}: an element of the ${name} is not in [0, 1]`,
        text: `all elements of ${name} should be between 0 and 1`,
        origins: [side.origin],
      });
    }
    return tensorOut(reducedShape(reduction, x.shape), x.dtype);
  },
  kernel: (k) => binaryCrossEntropy(k.array('input'), k.array('target'), k.optionalArray('weight'), kernelReduction(k)),
  samples: [
    'F.binary_cross_entropy(torch.rand(2, 3), torch.rand(2, 3))',
    "F.binary_cross_entropy(torch.rand(2, 3), torch.rand(2, 3), torch.rand(3), reduction='none')",
  ],
  errors: [
    ['F.binary_cross_entropy(torch.rand(2, 1), torch.rand(2))', 'loss-target-size'],
    ['F.binary_cross_entropy(torch.rand(2), torch.ones(2, dtype=torch.int64))', 'loss-target-dtype'],
  ],
  doc: 'nn.functional.binary_cross_entropy',
};

export const bceLogits: Operation = {
  names: ['F.binary_cross_entropy_with_logits'],
  signature: `def binary_cross_entropy_with_logits(input, target, weight=None, ${LEGACY}, pos_weight=None)`,
  shape: '(*), (*) -> ()',
  rule: (ctx, a): Out => {
    const reduction = reductionOf(ctx, a);
    const t = a.tensor('target', attributeOf(ctx, 'size'));
    const x = a.tensor('input', attributeOf(ctx, 'size'));
    requireSameSize(
      ctx,
      x,
      t,
      () => ctx.text`Target size (${sizeText(ctx, t.shape)}) must be the same as input size (${sizeText(ctx, x.shape)})`,
    );
    refuseKernel(ctx, 'log_sigmoid_cpu', x.dtype);
    const w = a.optionalTensor('weight', ctx.notTensor('binary_cross_entropy_with_logits', 'weight', 3));
    const pos = a.optionalTensor('pos_weight', ctx.notTensor('binary_cross_entropy_with_logits', 'pos_weight', 4));
    if (pos !== undefined) {
      const each = broadcastPair(ctx, pos.shape, t.shape);
      requireKept(ctx, x.shape, each, '`pos_weight`');
    }
    if (t.dtype === 'bool') refuseSubtraction(ctx, 'bool', 'bool');
    requireCast(ctx, commonDType(typed(t), typed(x)), t.dtype);
    if (w !== undefined) requireKept(ctx, x.shape, broadcastPair(ctx, t.shape, w.shape), 'the weight');
    return tensorOut(reducedShape(reduction, x.shape), t.dtype);
  },
  kernel: (k) => {
    const made = binaryCrossEntropyWithLogits(
      k.array('input'),
      k.array('target'),
      k.optionalArray('weight'),
      k.optionalArray('pos_weight'),
      kernelReduction(k),
    );
    const wanted = k.array('target').dtype;
    return made.dtype === wanted ? made : cast(made, wanted);
  },
  samples: [
    'F.binary_cross_entropy_with_logits(torch.rand(2, 3), torch.rand(2, 3))',
    "F.binary_cross_entropy_with_logits(torch.rand(2, 3), torch.rand(2, 3), reduction='none')",
    'F.binary_cross_entropy_with_logits(torch.rand(2, 3), torch.rand(2, 3), pos_weight=torch.rand(3))',
  ],
  errors: [
    ['F.binary_cross_entropy_with_logits(torch.rand(2, 1), torch.rand(2))', 'loss-target-size'],
    ['F.binary_cross_entropy_with_logits(torch.rand(2), torch.ones(2, dtype=torch.int64))', 'dtype-mismatch'],
  ],
  doc: 'nn.functional.binary_cross_entropy_with_logits',
};
