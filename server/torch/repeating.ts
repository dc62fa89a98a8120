/**
 * Tensors repeated: repeat, tile, repeat_interleave.
 */
import { eq, ge } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, mul } from '../dims/dim.ts';
import { fromFlat } from '../kernels/array.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import { repeat as repeatArray, repeatInterleave, tile as tileArray } from '../kernels/join.ts';
import { replaceAxis } from '../shapes/axes.ts';
import { repeat as repeatShape } from '../shapes/reshape.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, numelOf, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import { sameRank } from './axis-lists.ts';
import type { Context } from './context.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { requireSizes } from './sizes.ts';

const zero = constant(0);
const one = constant(1);

/** `repeat(counts)`: each size times its count; counts beyond the rank make new dimensions in front. */
function repeated(ctx: Context, x: TensorArg, counts: readonly Dim[] | undefined): Out {
  if (counts === undefined) return tensorOut(unknownShape(), x.dtype, { bounds: x.bounds });
  const result = repeatShape(ctx.world, x.shape, counts);
  if ('refusal' in result) {
    return ctx.fail({
      code: 'rank-mismatch',
      message: `${ctx.name}: ${counts.length} counts for a tensor with ${result.refusal.rank} dimensions`,
      text: 'Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor',
      origins: [x.origin],
    });
  }
  const sizes = dimsOf(result.shape);
  if (sizes !== undefined) requireSizes(ctx, sizes);
  return tensorOut(result.shape, x.dtype, { bounds: x.bounds });
}

const repeat: Operation = {
  names: ['Tensor.repeat'],
  signature: 'repeat(tuple of ints repeats)',
  shape: '(*) -> (*)',
  rule: (ctx, a) => repeated(ctx, a.tensor('self'), a.ints('repeats')),
  kernel: (k) => repeatArray(k.array('self'), k.ints('repeats')),
  samples: ['torch.arange(3).repeat(2, 2)', 'torch.ones(2, 3).repeat((2, 1))', 'torch.ones(2).repeat(0)'],
  errors: [
    ['torch.ones(2, 3).repeat(2)', 'rank-mismatch'],
    ['torch.ones(3).repeat(-1)', 'negative-size'],
  ],
  doc: 'torch.Tensor.repeat',
};

const tile: Operation = {
  names: ['torch.tile', 'Tensor.tile'],
  signature: 'tile(Tensor input, tuple of ints dims)',
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const counts = a.ints('dims');
    const missing = x.rank === undefined || counts === undefined ? 0 : Math.max(0, x.rank - counts.length);
    if (x.rank === undefined) return tensorOut(unknownShape(undefined, counts?.length ?? 0), x.dtype, { bounds: x.bounds });
    return repeated(ctx, x, counts === undefined ? undefined : [...Array.from({ length: missing }, () => one), ...counts]);
  },
  kernel: (k) => tileArray(k.array('input'), k.ints('dims')),
  samples: ['torch.tile(torch.arange(3), (2,))', 'torch.ones(2, 3).tile(2, 1, 2)'],
  errors: [['torch.tile(torch.ones(2), (-1,))', 'negative-size']],
  doc: 'torch.tile',
};

const interleave: Operation = {
  names: ['torch.repeat_interleave', 'Tensor.repeat_interleave'],
  signature: [
    'repeat_interleave(Tensor input, Tensor repeats, int dim = None, *, int output_size = None)',
    'repeat_interleave(Tensor repeats, *, int output_size = None)',
    'repeat_interleave(Tensor input, int repeats, int dim = None, *, int output_size = None)',
  ],
  method: [
    'repeat_interleave(Tensor repeats, int dim = None, *, int output_size = None)',
    'repeat_interleave(int repeats, int dim = None, *, int output_size = None)',
  ],
  shape: '(*, n, *) -> (*, n*repeats, *)',
  rule: (ctx, a) => {
    if (!a.exists('input') && !a.exists('self')) return placesOf(ctx, a.tensor('repeats'), a.optionalInt('output_size'));
    const x = a.tensor(a.exists('input') ? 'input' : 'self');
    return isCounts(a) ? byCounts(ctx, x, a) : byNumber(ctx, x, a);
  },
  kernel: (k) => {
    const source = k.rule.exists('input') ? 'input' : k.rule.exists('self') ? 'self' : undefined;
    const counts = k.isTensor('repeats') ? Array.from(k.array('repeats').toFlat()) : k.int('repeats');
    if (source === undefined) return repeatInterleave(placeNumbers((counts as number[]).length), counts, 0);
    const single = typeof counts === 'object' && counts.length === 1 ? (counts[0] as number) : counts;
    return repeatInterleave(k.array(source), single, k.optionalInt('dim'));
  },
  samples: [
    'torch.repeat_interleave(torch.arange(3), 2)',
    'torch.ones(2, 3).repeat_interleave(2, dim=1)',
    'torch.repeat_interleave(torch.ones(2, 3), torch.tensor([1, 2]), 0)',
    'torch.repeat_interleave(torch.tensor([1, 2, 0]))',
  ],
  errors: [
    ['torch.repeat_interleave(torch.ones(2), -1)', 'negative-size'],
    ['torch.repeat_interleave(torch.ones(2), torch.tensor([1, 2, 3]), 0)', 'shape-mismatch'],
    ['torch.repeat_interleave(torch.ones(2), 2, 1)', 'dim-out-of-range'],
  ],
  doc: 'torch.repeat_interleave',
};

const placeNumbers = (n: number) =>
  fromFlat(
    Array.from({ length: n }, (_, i) => i),
    [n],
    'int64',
  );

/** Whether the repeats are a tensor, one count for each element. */
const isCounts = (a: Arguments): boolean => a.overload === 0;

function result(ctx: Context, x: TensorArg, axis: number | undefined, flat: boolean, size: Dim): Out {
  const simple = ctx.facts.simplify(size);
  if (flat) return tensorOut(shapeOf([simple]), x.dtype, { bounds: x.bounds });
  const shape: Shape = axis === undefined ? sameRank(x.shape) : replaceAxis(ctx.world, x.shape, axis, [simple]);
  return tensorOut(shape, x.dtype, { bounds: x.bounds });
}

function byNumber(ctx: Context, x: TensorArg, a: Arguments): Out {
  const repeats = a.int('repeats');
  const flat = a.isNone('dim');
  const axis = flat ? undefined : axisOf(ctx, x, a.int('dim'));
  ctx.require(ge(repeats, zero), () => ({
    code: 'negative-size',
    message: `repeat_interleave: ${ctx.spell(repeats)} repeats`,
    text: 'Repeats must be non-negative',
    origins: [repeats.origin],
  }));
  if (axis !== undefined && x.rank === 0) {
    const text = 'Dimension out of range (expected to be in range of [-1, 0], but got 1)';
    ctx.fail({ code: 'dim-out-of-range', exception: 'IndexError', message: 'repeat_interleave: a tensor without dimensions', text });
  }
  const total = flat ? numelOf(x.shape) : axis === undefined ? undefined : x.size(axis);
  const size = total === undefined ? ctx.world.freshSize() : mul(total, repeats);
  const wanted = a.optionalInt('output_size');
  if (wanted !== undefined) {
    ctx.require(eq(wanted, size), () => ({
      code: 'shape-mismatch',
      message: `repeat_interleave: \`output_size\` is ${ctx.spell(wanted)}, the repeats make ${ctx.spell(size)}`,
      text: ctx.text`repeat_interleave: Invalid output_size, expected ${size} but got ${wanted}`,
    }));
  }
  return result(ctx, x, axis, flat, size);
}

function byCounts(ctx: Context, x: TensorArg, a: Arguments): Out {
  const repeats = a.tensor('repeats');
  const flat = a.isNone('dim');
  ctx.requireRank(repeats.shape, [0, 1], (rank) => ({
    code: 'rank-mismatch',
    message: `repeat_interleave: the repeats have ${rank} dimensions`,
    text: 'repeats must be 0-dim or 1-dim tensor',
  }));
  const axis = flat ? undefined : axisOf(ctx, x, a.int('dim'), { wrapScalar: false });
  const total = flat ? numelOf(x.shape) : axis === undefined ? undefined : x.size(axis);
  const counts = repeats.dims;
  const length = counts?.[0];
  const single = counts !== undefined && (length === undefined || ctx.known(length) === 1);
  if (!single && length !== undefined && total !== undefined && ctx.facts.decide(eq(length, one)) === 'no') {
    ctx.require(eq(length, total), () => ({
      code: 'shape-mismatch',
      message: `repeat_interleave: ${ctx.spell(length)} repeats for a size of ${ctx.spell(total)}`,
      text: ctx.text`repeats must have the same size as input along dim, but got repeats.size(0) = ${length} and input.size(0) = ${total}`,
      origins: [length.origin, total.origin],
    }));
  }
  requireCounts(ctx, repeats);
  const known = repeats.values?.toFlat();
  const wanted = a.optionalInt('output_size');
  const sum = known === undefined ? undefined : constant(known.reduce((n, v) => n + v, 0));
  const size = sum === undefined || total === undefined ? (wanted ?? ctx.world.freshSize()) : single ? mul(total, sum) : sum;
  return result(ctx, x, axis, flat, size);
}

/** Counts are integers of at least 0. */
function requireCounts(ctx: Context, repeats: TensorArg): void {
  if (repeats.dtype !== undefined && repeats.dtype !== 'int64' && repeats.dtype !== 'int32') {
    ctx.fail({
      code: 'index-dtype',
      exception: 'NotImplementedError',
      message: `repeat_interleave: the repeats are ${repeats.dtype}`,
      text: `"repeat_interleave_cpu" not implemented for '${scalarTypeName(repeats.dtype)}'`,
    });
  }
  if (repeats.values?.toFlat().some((n) => n < 0) === true) {
    ctx.fail({ code: 'negative-size', message: 'repeat_interleave: a repeat is negative', text: 'repeats can not be negative' });
  }
}

/** The place of each element, as often as its count says: `[n] -> [sum of counts]`. */
function placesOf(ctx: Context, repeats: TensorArg, wanted: Dim | undefined): Out {
  ctx.requireRank(repeats.shape, [1], (rank) => ({
    code: 'rank-mismatch',
    message: `repeat_interleave: the repeats have ${rank} dimensions`,
    text: 'repeat_interleave only accept 1D vector as repeat',
  }));
  requireCounts(ctx, repeats);
  const known = repeats.values?.toFlat();
  const size = known === undefined ? (wanted ?? ctx.world.freshSize()) : constant(known.reduce((n, v) => n + v, 0));
  return tensorOut(shapeOf([size]), 'int64');
}

export const REPEATING: readonly Operation[] = [repeat, tile, interleave];
