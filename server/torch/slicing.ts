/**
 * Parts of a tensor by position, as views: select, narrow, diagonal, unfold, as_strided. Subscripts use the same functions.
 */
import { and, ge, gt, le, lt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, choose, constant, floorDiv, max, min, mul, sub } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { elementSize, isIntegral } from '../kernels/dtype.ts';
import {
  asStrided as asStridedArray,
  clone,
  copyOf,
  diagonal as diagonalArray,
  narrow as narrowArray,
  select as selectArray,
  unfoldDim,
} from '../kernels/views.ts';
import { replaceAxis } from '../shapes/axes.ts';
import { concatenate, shapeOf, unknownShape } from '../shapes/shape.ts';
import { unfolded } from '../shapes/window.ts';
import type { TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import { positionOf, sameRank } from './axis-lists.ts';
import type { Context } from './context.ts';
import type { Operation, TensorOut } from './entry.ts';
import { tensorOut } from './entry.ts';
import { stridesOf, viewOut } from './layout.ts';
import { payloadOf } from './tensor.ts';

const zero = constant(0);
const one = constant(1);

const without = <T>(list: readonly T[], at: number): T[] => [...list.slice(0, at), ...list.slice(at + 1)];

// ---------------------------------------------------------------- select

/** `select(dim, index)`: `[*, n, *] -> [*, *]`. The index may be negative; it is checked where both are known. */
export function selected(ctx: Context, x: TensorArg, axis: number | undefined, index: Dim): TensorOut {
  if (axis === undefined) return viewOut(x, sameRank(x.shape, -1), undefined);
  const size = x.size(axis);
  if (size !== undefined) {
    ctx.require(and(ge(index, sub(zero, size)), lt(index, size)), () => ({
      code: 'index-out-of-range',
      exception: 'IndexError',
      message: `select: index ${ctx.spell(index)} of size ${ctx.spell(size)} at dimension ${axis}`,
      text: ctx.text`select(): index ${index} out of range for tensor of size ${x.shape} at dimension ${positionOf(x.shape, axis) ?? axis}`,
      origins: [index.origin, size.origin],
    }));
  }
  const at = positionOf(x.shape, axis);
  const strides = stridesOf(x);
  return viewOut(
    x,
    replaceAxis(ctx.world, x.shape, axis, []),
    strides === undefined || at === undefined ? undefined : without(strides, at),
  );
}

const select: Operation = {
  names: ['torch.select', 'Tensor.select'],
  signature: 'select(Tensor input, int dim, int index)',
  shape: '(*, n, *) -> (*, *)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    if (x.rank === 0) {
      ctx.fail({
        code: 'rank-mismatch',
        exception: 'IndexError',
        message: 'select: a tensor without dimensions',
        text: 'select() cannot be applied to a 0-dim tensor.',
      });
    }
    ctx.world.limitRank(x.shape, 1, Number.POSITIVE_INFINITY);
    return selected(ctx, x, axisOf(ctx, x, a.int('dim')), a.int('index'));
  },
  kernel: (k) => selectArray(k.array('input'), k.int('dim'), k.int('index')),
  samples: ['torch.select(torch.ones(2, 3), 0, 1)', 'torch.ones(2, 3).select(-1, -1)'],
  errors: [
    ['torch.ones(2, 3).select(0, 2)', 'index-out-of-range'],
    ['torch.ones(2, 3).select(2, 0)', 'dim-out-of-range'],
  ],
  doc: 'torch.select',
};

// ---------------------------------------------------------------- slices

/**
 * Where a slice begins and ends within `size`, as Python clamps it. A symbolic size is taken to be at least 1, so that
 * `x[:-1]` has `T - 1` elements; a bound whose sign is not known gives a bound of which nothing is known.
 */
export function sliceBounds(
  ctx: Context,
  size: Dim,
  start: Dim | undefined,
  stop: Dim | undefined,
): { readonly from: Dim; readonly to: Dim } {
  const { facts, world } = ctx;
  const clamp = (given: Dim): Dim => {
    const negative = facts.decide(lt(given, zero));
    if (negative === 'unknown') return world.freshSize();
    const counted = facts.simplify(negative === 'yes' ? add(given, size) : given);
    if (facts.decide(and(ge(counted, zero), le(counted, size))) === 'yes') return counted;
    return facts.simplify(min(max(counted, zero), size));
  };
  const mark = world.trail.mark();
  try {
    if (ctx.known(size) === undefined) facts.assume(ge(size, one));
    return { from: start === undefined ? zero : clamp(start), to: stop === undefined ? size : clamp(stop) };
  } finally {
    world.trail.undo(mark);
  }
}

/** The number of elements `from, from + step, …` below `to`. */
export function sliceCount(ctx: Context, from: Dim, to: Dim, step: Dim): Dim {
  const { facts } = ctx;
  const room = facts.decide(le(from, to)) === 'yes' || from === zero ? sub(to, from) : max(sub(to, from), zero);
  if (ctx.known(step) === 1) return facts.simplify(room);
  return facts.simplify(floorDiv(sub(add(room, step), one), step));
}

function narrowed(ctx: Context, x: TensorArg, dim: Dim, given: Dim, length: Dim): TensorOut {
  if (x.rank === 0) {
    ctx.fail({
      code: 'rank-mismatch',
      message: 'narrow: a tensor without dimensions',
      text: 'narrow() cannot be applied to a 0-dim tensor.',
    });
  }
  ctx.require(ge(length, zero), () => ({
    code: 'negative-size',
    message: `narrow: the length ${ctx.spell(length)} is negative`,
    text: 'narrow(): length must be non-negative.',
    origins: [length.origin],
  }));
  const axis = axisOf(ctx, x, dim);
  if (axis === undefined) return viewOut(x, sameRank(x.shape), undefined);
  const size = x.size(axis);
  if (size !== undefined) {
    ctx.require(and(ge(given, sub(zero, size)), le(given, size)), () => ({
      code: 'index-out-of-range',
      exception: 'IndexError',
      message: `narrow: the start ${ctx.spell(given)} of size ${ctx.spell(size)}`,
      text: ctx.text`start out of range (expected to be in range of [${sub(zero, size)}, ${size}], but got ${given})`,
      origins: [given.origin, size.origin],
    }));
    const start = ctx.facts.simplify(choose(lt(given, zero), add(given, size), given));
    ctx.require(le(add(start, length), size), () => ({
      code: 'index-out-of-range',
      message: `narrow: ${ctx.spell(length)} elements from ${ctx.spell(start)} on pass the size ${ctx.spell(size)}`,
      text: ctx.text`start (${start}) + length (${length}) exceeds dimension size (${size}).`,
      origins: [length.origin, size.origin],
    }));
  }
  return viewOut(x, replaceAxis(ctx.world, x.shape, axis, [length]), stridesOf(x));
}

const narrow: Operation = {
  names: ['torch.narrow', 'Tensor.narrow'],
  signature: ['narrow(Tensor input, int dim, Tensor start, int length)', 'narrow(Tensor input, int dim, int start, int length)'],
  shape: '(*, n, *) -> (*, length, *)',
  rule: (ctx, a) => {
    const start = payloadOf(a.value('start'));
    if (start === undefined) return narrowed(ctx, a.tensor('input'), a.int('dim'), a.int('start'), a.int('length'));
    const tensor = a.tensor('start');
    if (
      (tensor.rank !== undefined && tensor.rank !== 0) ||
      (start.dtype !== undefined && (!isIntegral(start.dtype) || start.dtype === 'bool'))
    ) {
      ctx.fail({ code: 'index-dtype', message: 'narrow: the start is no single integer', text: 'start must be an 0-dim integral Tensor.' });
    }
    const known = tensor.values?.item();
    return narrowed(ctx, a.tensor('input'), a.int('dim'), known === undefined ? ctx.world.freshSize() : constant(known), a.int('length'));
  },
  kernel: (k) => narrowArray(k.array('input'), k.int('dim'), k.number('start'), k.int('length')),
  samples: ['torch.narrow(torch.ones(4, 3), 0, 1, 2)', 'torch.ones(4, 3).narrow(-1, -2, 2)'],
  errors: [
    ['torch.narrow(torch.ones(2, 3), 0, 0, 9)', 'index-out-of-range'],
    ['torch.narrow(torch.ones(2, 3), 0, 5, 1)', 'index-out-of-range'],
    ['torch.narrow(torch.ones(2, 3), 0, 0, -1)', 'negative-size'],
  ],
  doc: 'torch.narrow',
};

// ---------------------------------------------------------------- diagonal

/** `[*, n, *, m, *] -> [*, *, *, d]` with `d` the length of the diagonal. */
export function diagonalOf(ctx: Context, x: TensorArg, offset: Dim, dim1: Dim, dim2: Dim): TensorOut {
  const first = axisOf(ctx, x, dim1);
  const second = axisOf(ctx, x, dim2);
  const dims = x.dims;
  if (first === undefined || second === undefined || dims === undefined) return viewOut(x, sameRank(x.shape, -1), undefined);
  const [i, j] = [positionOf(x.shape, first) as number, positionOf(x.shape, second) as number];
  if (i === j) {
    ctx.fail({
      code: 'invalid-argument',
      message: `${ctx.name}: both dimensions are ${i}`,
      text: ctx.text`diagonal dimensions cannot be identical ${dim1}, ${dim2}`,
    });
  }
  const length = diagonalLength(ctx, dims[i] as Dim, dims[j] as Dim, offset);
  const strides = stridesOf(x);
  const rest = dims.map((_, k) => k).filter((k) => k !== i && k !== j);
  return viewOut(
    x,
    shapeOf([...rest.map((k) => dims[k] as Dim), length]),
    strides === undefined ? undefined : [...rest.map((k) => strides[k] as Dim), add(strides[i] as Dim, strides[j] as Dim)],
  );
}

/** How many elements a diagonal has: `max(min(rows, cols - offset), 0)` above, `max(min(rows + offset, cols), 0)` below the main one. */
export function diagonalLength(ctx: Context, rows: Dim, cols: Dim, offset: Dim): Dim {
  const above = min(rows, sub(cols, offset));
  const below = min(add(rows, offset), cols);
  return ctx.facts.simplify(max(choose(ge(offset, zero), above, below), zero));
}

const diagonal: Operation = {
  names: ['torch.diagonal', 'Tensor.diagonal'],
  signature: 'diagonal(Tensor input, int offset = 0, int dim1 = 0, int dim2 = 1)',
  shape: '(*, n, *, m, *) -> (*, *, *, d)',
  rule: (ctx, a) => diagonalOf(ctx, a.tensor('input'), a.int('offset'), a.int('dim1'), a.int('dim2')),
  kernel: (k) => diagonalArray(k.array('input'), k.int('offset'), k.int('dim1'), k.int('dim2')),
  samples: ['torch.diagonal(torch.ones(3, 4))', 'torch.ones(2, 3, 4).diagonal(1, 1, 2)', 'torch.ones(3, 4).diagonal(-9)'],
  errors: [
    ['torch.diagonal(torch.ones(3))', 'dim-out-of-range'],
    ['torch.diagonal(torch.ones(3, 3), 0, 0, 0)', 'invalid-argument'],
  ],
  doc: 'torch.diagonal',
};

// ---------------------------------------------------------------- windows

function windows(ctx: Context, x: TensorArg, dimension: Dim, size: Dim, step: Dim, copies: boolean): TensorOut {
  const axis = axisOf(ctx, x, dimension);
  const length = axis === undefined ? undefined : x.rank === 0 ? one : x.size(axis);
  ctx.require(ge(size, zero), () => ({
    code: 'negative-size',
    message: `unfold: the window size ${ctx.spell(size)} is negative`,
    text: ctx.text`size is ${size} but must be >= 0`,
  }));
  if (length !== undefined && axis !== undefined) {
    ctx.require(le(size, length), () => ({
      code: 'window-size',
      message: `unfold: a window of ${ctx.spell(size)} does not fit into the size ${ctx.spell(length)}`,
      text: ctx.text`maximum size for tensor at dimension ${positionOf(x.shape, axis) ?? axis} is ${length} but size is ${size}`,
      origins: [size.origin, length.origin],
    }));
  }
  ctx.require(gt(step, zero), () => ({
    code: 'invalid-argument',
    message: `unfold: the step is ${ctx.spell(step)}`,
    text: ctx.text`step is ${step} but must be > 0`,
  }));
  if (axis === undefined || length === undefined) return viewOut(x, sameRank(x.shape, 1), undefined);
  const window = shapeOf([size]);
  if (x.rank === 0) return copies ? tensorOut(window, x.dtype) : viewOut(x, window, [one]);
  const shape = concatenate(replaceAxis(ctx.world, x.shape, axis, [ctx.facts.simplify(unfolded(length, size, step))]), window);
  if (copies) return tensorOut(shape, x.dtype);
  const strides = stridesOf(x);
  const at = positionOf(x.shape, axis);
  if (strides === undefined || at === undefined) return viewOut(x, shape, undefined);
  return viewOut(x, shape, [...strides.map((s, i) => (i === at ? mul(s, step) : s)), strides[at] as Dim]);
}

const unfold: Operation = {
  names: ['Tensor.unfold'],
  signature: 'unfold(int dimension, int size, int step)',
  shape: '(*, n, *) -> (*, (n - size)//step + 1, *, size)',
  rule: (ctx, a) => windows(ctx, a.tensor('self'), a.int('dimension'), a.int('size'), a.int('step'), false),
  kernel: (k) => unfoldDim(k.array('self'), k.int('dimension'), k.int('size'), k.int('step')),
  samples: ['torch.ones(7).unfold(0, 3, 2)', 'torch.ones(2, 5, 3).unfold(1, 2, 1)'],
  errors: [
    ['torch.ones(6).unfold(0, 7, 1)', 'window-size'],
    ['torch.ones(6).unfold(0, 2, 0)', 'invalid-argument'],
  ],
  doc: 'torch.Tensor.unfold',
};

const unfoldCopy: Operation = {
  names: ['torch.unfold_copy'],
  signature: 'unfold_copy(Tensor input, int dimension, int size, int step, *, Tensor out = None)',
  shape: '(*, n, *) -> (*, (n - size)//step + 1, *, size)',
  rule: (ctx, a) => windows(ctx, a.tensor('input'), a.int('dimension'), a.int('size'), a.int('step'), true),
  kernel: (k) => packed(unfoldDim(k.array('input'), k.int('dimension'), k.int('size'), k.int('step'))),
  samples: ['torch.unfold_copy(torch.ones(7), 0, 3, 2)'],
  errors: [['torch.unfold_copy(torch.ones(1), 0, 2, 1)', 'window-size']],
  doc: 'torch.Tensor.unfold',
};

const packed = (a: NdArray): NdArray => (a.isContiguous ? clone(a) : copyOf(a));

const asStrided: Operation = {
  names: ['torch.as_strided', 'Tensor.as_strided'],
  signature: 'as_strided(Tensor input, tuple of ints size, tuple of ints stride, int storage_offset = None)',
  shape: '(*) -> (*size)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const size = a.ints('size');
    const stride = a.ints('stride');
    if (size === undefined || stride === undefined) return viewOut(x, unknownShape(), undefined);
    if (size.length !== stride.length) {
      ctx.fail({
        code: 'invalid-argument',
        message: `as_strided: ${size.length} sizes and ${stride.length} strides`,
        text: 'mismatch in length of strides and shape',
      });
    }
    for (const step of stride) {
      ctx.require(ge(step, zero), () => ({
        code: 'invalid-argument',
        message: `as_strided: the stride ${ctx.spell(step)} is negative`,
        text: ctx.text`as_strided: Negative strides are not supported at the moment, got strides: ${ctx.list(stride)}`,
      }));
    }
    checkStorage(ctx, x, size, stride, a.isNone('storage_offset') ? 0 : a.known('storage_offset'));
    return viewOut(x, shapeOf(size), stride);
  },
  kernel: (k) =>
    asStridedArray(k.array('input'), k.ints('size'), k.ints('stride'), k.optionalInt('storage_offset') ?? k.array('input').offset),
  samples: ['torch.arange(6).as_strided((2, 2), (3, 1))', 'torch.as_strided(torch.ones(3, 4), (2, 2), (1, 2), 1)'],
  errors: [
    ['torch.ones(6).as_strided((2, 5), (1, 2))', 'storage-bounds'],
    ['torch.ones(6).as_strided((2, 5), (1,))', 'invalid-argument'],
  ],
  doc: 'torch.as_strided',
};

/** The last element that the sizes and strides reach lies in the storage; known where `x` is the whole of its storage. */
function checkStorage(ctx: Context, x: TensorArg, size: readonly Dim[], stride: readonly Dim[], offset: number | undefined): void {
  const values = x.values;
  const total =
    values === undefined
      ? undefined
      : values.storage.data.length / (values.storage.data.length === 0 ? 1 : values.dtype.startsWith('complex') ? 2 : 1);
  const sizes = size.map((d) => ctx.known(d));
  const strides = stride.map((d) => ctx.known(d));
  if (total === undefined || offset === undefined || x.dtype === undefined || sizes.includes(undefined) || strides.includes(undefined))
    return;
  if (sizes.includes(0) || (values?.offset ?? 0) !== 0) return;
  const needed = 1 + offset + sizes.reduce<number>((n, s, i) => n + ((s as number) - 1) * (strides[i] as number), 0);
  if (needed <= total) return;
  const item = elementSize(x.dtype);
  ctx.fail({
    code: 'storage-bounds',
    message: `as_strided: ${needed} elements are reached, the storage holds ${total}`,
    text: `setStorage: sizes [${sizes.join(', ')}], strides [${strides.join(', ')}], storage offset ${offset}, and itemsize ${item} requiring a storage size of ${needed * item} are out of bounds for storage of size ${total * item}`,
  });
}

export const SLICING: readonly Operation[] = [select, narrow, diagonal, unfold, unfoldCopy, asStrided];
