/**
 * Distances of vectors: cosine_similarity, pairwise_distance, F.normalize, and their layers.
 */

import { constant } from '../dims/dim.ts';
import { cosineSimilarity, normalize, pairwiseDistance } from '../kernels/distance.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import { replaceAxis, requireAxis } from '../shapes/axes.ts';
import type { Shape } from '../shapes/shape.ts';
import { rankOf, scalar } from '../shapes/shape.ts';
import { apply } from './apply.ts';
import type { Arguments } from './arguments.ts';
import { axisOf } from './axis.ts';
import type { Context } from './context.ts';
import { broadcastPair } from './elementwise.ts';
import type { ModuleEntry, Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { floatingType } from './promotion.ts';
import { attributeOf, commonDType, refuseSubtraction, typed } from './reduction.ts';

/** An axis of a shape that no tensor has yet; raises as PyTorch does. */
function requireAxisOf(ctx: Context, shape: Shape, axis: number): void {
  const held = requireAxis(ctx.world, shape, axis);
  if (!('refusal' in held)) return;
  const rank = rankOf(ctx.world.resolve(shape));
  const span = rank === undefined ? undefined : Math.max(1, rank);
  ctx.fail({
    code: 'dim-out-of-range',
    exception: 'IndexError',
    message: `${ctx.name}: there is no dimension ${axis} in ${ctx.spell(shape)}`,
    text: span === undefined ? undefined : `Dimension out of range (expected to be in range of [${-span}, ${span - 1}], but got ${axis})`,
  });
}

/** The shape without one axis, a scalar staying one; `instead` keeps it as 1. */
function without(ctx: Context, shape: Shape, axis: number, keep: boolean): Shape {
  const now = ctx.world.resolve(shape);
  if (rankOf(now) === 0) return scalar;
  return replaceAxis(ctx.world, now, axis, keep ? [constant(1)] : []);
}

const cosine: Operation = {
  names: ['torch.cosine_similarity', 'F.cosine_similarity'],
  signature: 'cosine_similarity(Tensor x1, Tensor x2, int dim = 1, float eps = 1e-08)',
  shape: '(*), (*) -> (*)',
  rule: (ctx, a): Out => {
    const [x, y] = [a.tensor('x1'), a.tensor('x2')];
    const dtype = commonDType(typed(x), typed(y));
    if (dtype !== undefined && !/^(float|bfloat)/.test(dtype)) {
      ctx.fail({
        code: 'dtype-mismatch',
        message: `${ctx.name}: the tensors are ${dtype}, floating ones are needed`,
        text: `expected common dtype to be floating point, yet common dtype is ${scalarTypeName(dtype)}`,
        origins: [x.origin, y.origin],
      });
    }
    const shape = broadcastPair(ctx, x.shape, y.shape, [
      { shape: x.shape, tensor: x },
      { shape: y.shape, tensor: y },
    ]);
    const axis = ctx.known(a.int('dim'));
    if (axis === undefined) return tensorOut(without(ctx, shape, 0, false), dtype);
    requireAxisOf(ctx, shape, axis);
    return tensorOut(without(ctx, shape, axis, false), dtype);
  },
  kernel: (k) => cosineSimilarity(k.array('x1'), k.array('x2'), k.int('dim'), k.number('eps')),
  samples: ['F.cosine_similarity(torch.rand(2, 3), torch.rand(2, 3))', 'F.cosine_similarity(torch.rand(2, 3), torch.rand(3), dim=-1)'],
  errors: [
    ['F.cosine_similarity(torch.rand(2, 3), torch.rand(2, 4))', 'broadcast-mismatch'],
    ['F.cosine_similarity(torch.rand(3), torch.rand(3))', 'dim-out-of-range'],
  ],
  doc: 'nn.functional.cosine_similarity',
};

const pairwise: Operation = {
  names: ['torch.pairwise_distance', 'F.pairwise_distance'],
  signature: 'pairwise_distance(Tensor x1, Tensor x2, float p = 2.0, float eps = 1e-06, bool keepdim = False)',
  shape: '(*, D), (*, D) -> (*)',
  rule: (ctx, a): Out => {
    const [x, y] = [a.tensor('x1'), a.tensor('x2')];
    const shape = broadcastPair(ctx, x.shape, y.shape, [
      { shape: x.shape, tensor: x },
      { shape: y.shape, tensor: y },
    ]);
    refuseSubtraction(ctx, x.dtype, y.dtype);
    const dtype = floatingType(commonDType(typed(x), typed(y)));
    return tensorOut(without(ctx, shape, -1, a.bool('keepdim') === true), dtype === 'complex64' ? 'float32' : (dtype as typeof x.dtype));
  },
  kernel: (k) => pairwiseDistance(k.array('x1'), k.array('x2'), k.number('p'), k.number('eps'), k.bool('keepdim')),
  samples: [
    'F.pairwise_distance(torch.rand(2, 3), torch.rand(2, 3))',
    'F.pairwise_distance(torch.rand(2, 3), torch.rand(3), keepdim=True)',
  ],
  errors: [['F.pairwise_distance(torch.rand(2, 3), torch.rand(2, 4))', 'broadcast-mismatch']],
  doc: 'nn.functional.pairwise_distance',
};

const unit: Operation = {
  names: ['F.normalize'],
  signature: 'def normalize(input, p=2.0, dim=1, eps=1e-12, out=None)',
  shape: '(*) -> (*)',
  rule: (ctx, a): Out => {
    const x = a.tensor('input', attributeOf(ctx, 'norm'));
    for (const d of a.ints('dim') ?? []) axisOf(ctx, x, d);
    if (x.dtype !== undefined && !/^(float|bfloat|complex)/.test(x.dtype)) {
      ctx.fail({
        code: 'dtype-mismatch',
        message: `${ctx.name}: the input is ${x.dtype}, a floating one is needed`,
        text: `linalg.vector_norm: Expected a floating point or complex tensor as input. Got ${scalarTypeName(x.dtype)}`,
        origins: [x.origin],
      });
    }
    return tensorOut(x.shape, x.dtype, { layout: x.payload.layout === 'contiguous' ? 'contiguous' : 'unknown' });
  },
  kernel: (k) => normalize(k.array('input'), k.number('p'), k.int('dim'), k.number('eps')),
  samples: ['F.normalize(torch.rand(2, 3))', 'F.normalize(torch.rand(2, 3), p=1.0, dim=0)'],
  errors: [['F.normalize(torch.rand(3))', 'dim-out-of-range']],
  doc: 'nn.functional.normalize',
};

/** A layer that keeps options and hands them to a function after its two inputs. */
function distanceModule(name: string, op: Operation, options: readonly (readonly [name: string, value: string])[]): ModuleEntry {
  return {
    name: `nn.${name}`,
    init: `def ${name}.__init__(self, ${options.map(([option, value]) => `${option}=${value}`).join(', ')})`,
    construct: (m, a: Arguments) => {
      for (const [option] of options) m.set(option === 'p' ? 'norm' : option, a.value(option));
    },
    forward: `def ${name}.forward(self, x1, x2)`,
    shape: op.shape,
    call: (m, a) => apply(m, op, [a.value('x1'), a.value('x2'), ...options.map(([option]) => m.attr(option === 'p' ? 'norm' : option))]),
    samples: [`nn.${name}()(torch.rand(2, 3), torch.rand(2, 3))`],
    errors: [[`nn.${name}()(torch.rand(2, 3), torch.rand(2, 4))`, 'broadcast-mismatch']],
    doc: `nn.${name}`,
  };
}

export const DISTANCES: readonly Operation[] = [cosine, pairwise, unit];
export const DISTANCE_MODULES: readonly ModuleEntry[] = [
  distanceModule('CosineSimilarity', cosine, [
    ['dim', '1'],
    ['eps', '1e-08'],
  ]),
  distanceModule('PairwiseDistance', pairwise, [
    ['p', '2.0'],
    ['eps', '1e-06'],
    ['keepdim', 'False'],
  ]),
];
