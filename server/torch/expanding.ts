/**
 * Dimensions of size 1 that come, go and grow: unsqueeze, squeeze, expand, broadcast_to.
 */
import { eq, not } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, mul, same, valueOf } from '../dims/dim.ts';
import { expand as expandArray, squeeze as squeezeArray, unsqueeze as unsqueezeArray } from '../kernels/views.ts';
import { squeeze as squeezeShape, unsqueeze as unsqueezeShape } from '../shapes/axes.ts';
import { expand as expandShape } from '../shapes/reshape.ts';
import { dimsOf, unknownShape } from '../shapes/shape.ts';
import type { TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import { axesOf, sameRank } from './axis-lists.ts';
import type { Context } from './context.ts';
import { legacyTypeName } from './dtype-names.ts';
import type { Operation, TensorOut } from './entry.ts';
import { stridesOf, viewOut } from './layout.ts';
import { adopt, inPlace } from './permuting.ts';
import { shapeOfSize } from './size.ts';

const one = constant(1);

// ---------------------------------------------------------------- unsqueeze

function unsqueezed(ctx: Context, x: TensorArg, dim: Dim): TensorOut {
  const axis = axisOf(ctx, x, dim, { extra: 1 });
  if (axis === undefined) return viewOut(x, sameRank(x.shape, 1), undefined);
  const moved = unsqueezeShape(ctx.world, x.shape, axis);
  const shape = 'shape' in moved ? moved.shape : sameRank(x.shape, 1);
  const strides = stridesOf(x);
  const dims = x.dims;
  if (strides === undefined || dims === undefined) return viewOut(x, shape, undefined);
  const at = axis < 0 ? axis + dims.length + 1 : axis;
  const step = at < dims.length ? mul(dims[at] as Dim, strides[at] as Dim) : one;
  return viewOut(x, shape, [...strides.slice(0, at), step, ...strides.slice(at)]);
}

const unsqueeze: Operation = {
  names: ['torch.unsqueeze', 'Tensor.unsqueeze'],
  signature: 'unsqueeze(Tensor input, int dim)',
  shape: '(*, *) -> (*, 1, *)',
  rule: (ctx, a) => unsqueezed(ctx, a.tensor('input'), a.int('dim')),
  kernel: (k) => unsqueezeArray(k.array('input'), k.int('dim')),
  samples: ['torch.ones(2, 3).unsqueeze(1)', 'torch.unsqueeze(torch.ones(2, 3), -1)', 'torch.tensor(1.0).unsqueeze(0)'],
  errors: [['torch.ones(2, 3).unsqueeze(3)', 'dim-out-of-range']],
  doc: 'torch.unsqueeze',
};

const unsqueezeInPlace: Operation = {
  names: ['Tensor.unsqueeze_'],
  signature: 'unsqueeze_(int dim)',
  shape: '(*, *) -> (*, 1, *)',
  rule: (ctx, a) => inPlace(a.tensor('self'), unsqueezed(ctx, a.tensor('self'), a.int('dim'))),
  kernel: (k) => adopt(k, unsqueezeArray(k.array('self'), k.int('dim'))),
  samples: ['torch.ones(2, 3).unsqueeze_(0)'],
  errors: [['torch.ones(2, 3).unsqueeze_(3)', 'dim-out-of-range']],
  doc: 'torch.Tensor.unsqueeze_',
};

// ---------------------------------------------------------------- squeeze

const SQUEEZE = ['squeeze(Tensor input)', 'squeeze(Tensor input, int dim)', 'squeeze(Tensor input, tuple of ints dim)'];

function squeezed(ctx: Context, x: TensorArg, dims: readonly Dim[] | 'all' | undefined): TensorOut {
  const axes = dims === 'all' || dims === undefined ? undefined : axesOf(ctx, x, dims);
  if (dims !== 'all' && axes === undefined) return viewOut(x, unknownShape(), undefined);
  if (dims === 'all') warnBatch(ctx, x);
  if (x.rank === 0) return viewOut(x, x.shape, []);
  if (axes !== undefined) reckonWithOne(ctx, x, axes);
  const moved = squeezeShape(ctx.world, x.shape, axes);
  const shape = 'shape' in moved ? moved.shape : unknownShape();
  const [from, strides, to] = [x.dims, stridesOf(x), dimsOf(shape)];
  if (from === undefined || strides === undefined || to === undefined) return viewOut(x, shape, undefined);
  const kept = strides.filter((_, i) => (axes !== undefined && !axes.includes(i)) || ctx.known(from[i]) !== 1);
  return viewOut(x, shape, kept.length === to.length ? kept : undefined);
}

/** Who squeezes a free size by its number knows it to be 1, and what the tensor beside it holds is as special as that. */
function reckonWithOne(ctx: Context, x: TensorArg, axes: readonly number[]): void {
  const dims = x.dims ?? [];
  const free = axes.some((axis) => dims[axis] !== undefined && ctx.facts.decide(eq(dims[axis], one)) === 'unknown');
  if (free) for (const dim of dims) ctx.facts.loosen(dim);
}

/** A batch that may be 1 goes with the size that was meant. A size without a name (a number of matches) and a layer's are none. */
function warnBatch(ctx: Context, x: TensorArg): void {
  const [batch, ...others] = x.dims ?? [];
  if (batch === undefined || valueOf(batch) !== undefined || !others.some((d) => ctx.known(d) === 1)) return;
  if (ctx.spell(batch).includes('?') || others.some((d) => same(d, batch)) || x.object.cls === ctx.state.classes.parameter) return;
  if (batch.origin?.what.startsWith('parameter ') === true && !/batch|bsz|\b[bn]s?\b/i.test(batch.origin.what)) return;
  const alone = ctx.facts.decide(eq(batch, one));
  if (alone === 'unknown') {
    ctx.warn({
      code: 'squeeze-without-dim',
      message: `squeeze: where ${ctx.spell(batch)} is 1, the first dimension of ${ctx.spell(x.shape)} goes too`,
      origins: [batch.origin],
    });
  }
}

const squeeze: Operation = {
  names: ['torch.squeeze', 'Tensor.squeeze'],
  signature: SQUEEZE,
  shape: '(*) -> (*)',
  rule: (ctx, a) => squeezed(ctx, a.tensor('input'), a.exists('dim') ? a.ints('dim') : 'all'),
  kernel: (k) => squeezeArray(k.array('input'), k.overload === 0 ? undefined : k.overload === 1 ? k.int('dim') : k.ints('dim')),
  samples: [
    'torch.ones(2, 1, 3, 1).squeeze()',
    'torch.squeeze(torch.ones(2, 1, 3), 1)',
    'torch.ones(1, 2, 1).squeeze((0, 2))',
    'torch.ones(2, 3).squeeze(0)',
  ],
  errors: [
    ['torch.ones(2, 3).squeeze(2)', 'dim-out-of-range'],
    ['torch.ones(2, 3).squeeze((0, 0))', 'invalid-argument'],
  ],
  doc: 'torch.squeeze',
};

const squeezeInPlace: Operation = {
  names: ['Tensor.squeeze_'],
  signature: ['squeeze_()', 'squeeze_(int dim)', 'squeeze_(tuple of ints dim)'],
  shape: '(*) -> (*)',
  rule: (ctx, a) => inPlace(a.tensor('self'), squeezed(ctx, a.tensor('self'), a.exists('dim') ? a.ints('dim') : 'all')),
  kernel: (k) => adopt(k, squeezeArray(k.array('self'), k.overload === 0 ? undefined : k.overload === 1 ? k.int('dim') : k.ints('dim'))),
  samples: ['torch.ones(1, 3).squeeze_()', 'torch.ones(1, 3).squeeze_(0)'],
  errors: [['torch.ones(2, 3).squeeze_(2)', 'dim-out-of-range']],
  doc: 'torch.Tensor.squeeze_',
};

// ---------------------------------------------------------------- expand

/** `expand(sizes)`: `[*] -> [sizes]`; a size of 1 grows without a copy, -1 keeps what is there. */
export function expanded(ctx: Context, x: TensorArg, sizes: readonly Dim[] | undefined): TensorOut {
  if (sizes === undefined) return viewOut(x, unknownShape(), undefined);
  const { rank } = x;
  const wanted = ctx.list(sizes);
  const result = expandShape(ctx.world, x.shape, sizes);
  if ('refusal' in result) {
    const { refusal } = result;
    switch (refusal.kind) {
      case 'too-few':
        return ctx.fail({
          code: 'expand-size-mismatch',
          message: `${ctx.name}: ${refusal.given} sizes for a tensor with ${refusal.rank} dimensions`,
          text:
            x.dtype === undefined || rank === undefined
              ? undefined
              : ctx.text`expand(${fullTypeName(x)}{${x.shape}}, size=${wanted}): the number of sizes provided (${refusal.given}) must be greater or equal to the number of dimensions in the tensor (${rank})`,
          origins: [x.origin],
        });
      case 'new-axis':
        return ctx.fail({
          code: 'expand-size-mismatch',
          message: `${ctx.name}: -1 at dimension ${refusal.axis}, which ${ctx.spell(x.shape)} does not have`,
          text:
            rank === 0
              ? OVERFLOW
              : `The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension ${refusal.axis}`,
        });
      case 'size':
        return ctx.fail({
          code: 'expand-size-mismatch',
          message: `${ctx.name}: size ${ctx.spell(refusal.from)} at dimension ${refusal.axis} cannot become ${ctx.spell(refusal.to)}`,
          text: ctx.text`The expanded size of the tensor (${refusal.to}) must match the existing size (${refusal.from}) at non-singleton dimension ${refusal.axis}.  Target sizes: ${wanted}.  Tensor sizes: ${x.shape}`,
          origins: [refusal.from.origin, refusal.to.origin],
        });
    }
  }
  const negative = sizes.find((d) => (ctx.known(d) ?? 0) < -1);
  if (negative !== undefined)
    ctx.fail({ code: 'negative-size', message: `${ctx.name}: size ${ctx.spell(negative)} is negative`, text: OVERFLOW });
  return viewOut(x, result.shape, expandedStrides(ctx, x, dimsOf(ctx.world.resolve(result.shape))));
}

const OVERFLOW = 'numel: integer multiplication overflow';

/** `torch.FloatTensor` as `Tensor.toString` says it. */
export const fullTypeName = (x: TensorArg): string => {
  if (x.dtype === 'bool') return 'torch.BoolTensor';
  if (x.dtype === 'complex64') return 'torch.ComplexFloatTensor';
  if (x.dtype === 'complex128') return 'torch.ComplexDoubleTensor';
  return legacyTypeName(x.dtype as Exclude<typeof x.dtype, undefined>);
};

/** A size of 1 that grows has stride 0; undefined where it is not known whether one does. */
export function expandedStrides(ctx: Context, x: TensorArg, to: readonly Dim[] | undefined): readonly Dim[] | undefined {
  const strides = stridesOf(x);
  const from = x.dims;
  if (strides === undefined || from === undefined || to === undefined) return undefined;
  const lead = to.length - from.length;
  const result: Dim[] = [];
  for (let i = to.length - 1; i >= 0; i--) {
    const size = i < lead ? one : (from[i - lead] as Dim);
    const grows = not(eq(size, to[i] as Dim));
    const decision = ctx.facts.decide(grows);
    if (decision === 'unknown') return undefined;
    if (decision === 'yes') result.unshift(constant(0));
    else if (i >= lead) result.unshift(strides[i - lead] as Dim);
    else result.unshift(i + 1 < to.length ? mul(to[i + 1] as Dim, result[0] as Dim) : one);
  }
  return result;
}

const expand: Operation = {
  names: ['Tensor.expand'],
  signature: 'expand(tuple of ints size, *, bool implicit = False)',
  shape: '(*) -> (*size)',
  rule: (ctx, a) => {
    const value = a.value('size');
    const open = value.kind === 'tuple' ? shapeOfSize(value) : undefined;
    if (open === undefined) return expanded(ctx, a.tensor('self'), a.ints('size'));
    // A -1 keeps a size of the tensor; which one, the number of the others decides.
    const kept = (d: Dim): Dim => (ctx.known(d) === -1 ? ctx.world.freshSize() : d);
    return viewOut(a.tensor('self'), { head: open.head.map(kept), run: open.run, tail: open.tail.map(kept) }, undefined);
  },
  kernel: (k) => expandArray(k.array('self'), k.ints('size')),
  samples: ['torch.ones(3, 1).expand(3, 4)', 'torch.ones(3).expand(2, -1)', 'torch.ones(1).expand((2, 3))'],
  errors: [
    ['torch.ones(3).expand(2, 4)', 'expand-size-mismatch'],
    ['torch.ones(2, 3).expand(3)', 'expand-size-mismatch'],
    ['torch.ones(3).expand(-1, 3)', 'expand-size-mismatch'],
  ],
  doc: 'torch.Tensor.expand',
};

const expandAs: Operation = {
  names: ['Tensor.expand_as'],
  signature: 'expand_as(Tensor other)',
  shape: '(*), (*other) -> (*other)',
  rule: (ctx, a) => {
    const other = a.tensor('other');
    const dims = other.dims;
    return dims === undefined ? viewOut(a.tensor('self'), other.shape, undefined) : expanded(ctx, a.tensor('self'), dims);
  },
  kernel: (k) => expandArray(k.array('self'), k.array('other').shape),
  samples: ['torch.ones(3, 1).expand_as(torch.ones(3, 4))'],
  errors: [['torch.ones(3).expand_as(torch.ones(2, 4))', 'expand-size-mismatch']],
  doc: 'torch.Tensor.expand_as',
};

const broadcastTo: Operation = {
  names: ['torch.broadcast_to', 'Tensor.broadcast_to'],
  signature: 'broadcast_to(Tensor input, tuple of ints size)',
  shape: '(*) -> (*size)',
  rule: (ctx, a) => expanded(ctx, a.tensor('input'), a.ints('size')),
  kernel: (k) => expandArray(k.array('input'), k.ints('size')),
  samples: ['torch.broadcast_to(torch.ones(3, 1), (2, 3, 4))'],
  errors: [['torch.broadcast_to(torch.ones(3), (2,))', 'expand-size-mismatch']],
  doc: 'torch.broadcast_to',
};

export const EXPANDING: readonly Operation[] = [unsqueeze, unsqueezeInPlace, squeeze, squeezeInPlace, expand, expandAs, broadcastTo];
