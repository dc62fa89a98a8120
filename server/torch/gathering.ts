/**
 * Elements picked by index tensors along a dimension: gather, index_select, take, take_along_dim.
 * Source of the order of checks: PyTorch 2.13, ATen/native/TensorAdvancedIndexing.cpp.
 */
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { fromFlat } from '../kernels/array.ts';
import { broadcastShapes } from '../kernels/broadcast.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import { gather as gatherArray, indexSelect as indexSelectArray, take as takeArray } from '../kernels/gather.ts';
import { expand, reshape } from '../kernels/views.ts';
import { replaceAxis } from '../shapes/axes.ts';
import { numelOf, scalar, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import { positionOf, sameRank } from './axis-lists.ts';
import type { Context } from './context.ts';
import { broadcastPair } from './elementwise.ts';
import type { Operation } from './entry.ts';
import { tensorOut } from './entry.ts';
import { isEmpty, outgrown, requireIndexType, requireInside, requireSameRank } from './index-checks.ts';

const one = constant(1);

const gather: Operation = {
  names: ['torch.gather', 'Tensor.gather'],
  signature: 'gather(Tensor input, int dim, Tensor index, *, bool sparse_grad = False, Tensor out = None)',
  shape: '(*), (*index) -> (*index)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const index = a.tensor('index');
    const axis = axisOf(ctx, x, a.int('dim'));
    if (isEmpty(ctx, index)) return tensorOut(index.shape, x.dtype, { bounds: x.bounds });
    requireIndexType(ctx, index, ['int64', 'int32'], 'gather(): Expected dtype int32/int64 for index');
    requireSameRank(ctx, x, index, 'Index tensor must have the same number of dimensions as input tensor');
    const [own, wanted] = [x.dims, index.dims];
    const at = positionOf(x.shape, axis);
    if (own !== undefined && wanted !== undefined && at !== undefined) {
      const wrong = outgrown(ctx, wanted, own, at);
      if (wrong !== undefined) {
        ctx.fail({
          code: 'shape-mismatch',
          message: `gather: the index is ${ctx.spell(index.shape)}, larger than ${ctx.spell(x.shape)} at dimension ${wrong}`,
          text: ctx.text`Size does not match at dimension ${wrong} expected index ${index.shape} to be no larger than self ${x.shape} apart from dimension ${at}`,
          origins: [wanted[wrong]?.origin, own[wrong]?.origin],
        });
      }
      requireInside(ctx, index, own[at] ?? one, at);
    }
    return tensorOut(index.shape, x.dtype, { bounds: x.bounds });
  },
  kernel: (k) => gatherArray(k.array('input'), k.int('dim'), k.array('index')),
  samples: [
    'torch.gather(torch.arange(6).reshape(2, 3), 1, torch.tensor([[0, 2], [1, 1]]))',
    'torch.ones(2, 3).gather(0, torch.zeros(1, 3, dtype=torch.int64))',
  ],
  errors: [
    ['torch.gather(torch.ones(2, 3), 1, torch.zeros(3, 1, dtype=torch.int64))', 'shape-mismatch'],
    ['torch.gather(torch.ones(2, 3), 1, torch.tensor([[3]]))', 'index-out-of-range'],
    ['torch.gather(torch.ones(2, 3), 1, torch.tensor([0]))', 'rank-mismatch'],
    ['torch.gather(torch.ones(2, 3), 1, torch.ones(2, 1))', 'index-dtype'],
  ],
  doc: 'torch.gather',
};

/** An index of `index_*` functions is a vector, or one number. */
export const lengthOf = (index: TensorArg): Dim => (index.rank === 0 ? one : index.someSize(0));

const indexSelect: Operation = {
  names: ['torch.index_select', 'Tensor.index_select'],
  signature: 'index_select(Tensor input, int dim, Tensor index, *, Tensor out = None)',
  shape: '(*, n, *), (m) -> (*, m, *)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const index = a.tensor('index');
    const axis = axisOf(ctx, x, a.int('dim'));
    ctx.requireRank(index.shape, [0, 1], (rank) => ({
      code: 'rank-mismatch',
      exception: 'IndexError',
      message: `index_select: the index has ${rank} dimensions`,
      text: 'index_select(): Index is supposed to be a vector',
      origins: [index.origin],
    }));
    const length = lengthOf(index);
    const n = ctx.known(length);
    if (x.rank === 0 && n !== undefined && n !== 1) {
      ctx.fail({
        code: 'shape-mismatch',
        message: `index_select: ${n} indices into a tensor without dimensions`,
        text: `index_select(): Index to scalar can have only 1 value, got ${n} value(s)`,
      });
    }
    requireIndexType(ctx, index, ['int64', 'int32'], 'index_select(): Expected dtype int32 or int64 for index');
    if (n !== 0) checkSelected(ctx, x, index, axis);
    if (x.rank === 0) return tensorOut(scalar, x.dtype, { bounds: x.bounds });
    const shape = axis === undefined ? sameRank(x.shape) : replaceAxis(ctx.world, x.shape, axis, [length]);
    return tensorOut(shape, x.dtype, { bounds: x.bounds });
  },
  kernel: (k) => indexSelectArray(k.array('input'), k.int('dim'), k.array('index')),
  samples: [
    'torch.index_select(torch.arange(6).reshape(2, 3), 1, torch.tensor([2, 0]))',
    'torch.ones(2, 3).index_select(0, torch.tensor(1))',
  ],
  errors: [
    ['torch.index_select(torch.ones(2, 3), 0, torch.tensor([2]))', 'index-out-of-range'],
    ['torch.index_select(torch.ones(2, 3), 0, torch.tensor([[0]]))', 'rank-mismatch'],
    ['torch.index_select(torch.ones(2, 3), 0, torch.ones(1))', 'index-dtype'],
  ],
  doc: 'torch.index_select',
};

function checkSelected(ctx: Context, x: TensorArg, index: TensorArg, axis: number | undefined): void {
  const at = positionOf(x.shape, axis);
  const dims = x.dims;
  if (at === undefined || dims === undefined || index.values === undefined) return;
  const size = dims[at] ?? one;
  if (dims.length > 1 && isEmpty(ctx, x) && ctx.known(size) === 0) {
    ctx.fail({
      code: 'index-out-of-range',
      message: `index_select: dimension ${at} of ${ctx.spell(x.shape)} has no element`,
      text: 'index_select(): self indexing axis dim should be positive',
    });
  }
  if (at === 0 && !(dims.length > 1 && isEmpty(ctx, x))) {
    requireInside(ctx, index, size, at, { exception: 'IndexError', text: () => 'index out of range in self' });
    return;
  }
  requireInside(ctx, index, size, at, {
    text: (wrong) => `INDICES element is out of DATA bounds, id=${wrong} axis_dim=${ctx.known(size)}`,
  });
}

const take: Operation = {
  names: ['torch.take', 'Tensor.take'],
  signature: 'take(Tensor input, Tensor index)',
  shape: '(*), (*index) -> (*index)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const index = a.tensor('index');
    if (index.dtype !== undefined)
      requireIndexType(ctx, index, ['int64'], `take(): Expected a long tensor for index, but got ${scalarTypeName(index.dtype)}`);
    const total = numelOf(x.shape);
    if (ctx.known(total) === 0 && !isEmpty(ctx, index) && index.dims !== undefined) {
      ctx.fail({
        code: 'index-out-of-range',
        exception: 'IndexError',
        message: 'take: the tensor has no element',
        text: 'take(): tried to take from an empty tensor',
      });
    }
    requireInside(ctx, index, total, 0, {
      negative: true,
      exception: 'IndexError',
      text: (wrong) => `out of range: tried to access index ${wrong} on a tensor of ${ctx.known(total)} elements.`,
    });
    return tensorOut(index.shape, x.dtype, { bounds: x.bounds });
  },
  kernel: (k) => takeArray(k.array('input'), k.array('index')),
  samples: ['torch.take(torch.arange(6).reshape(2, 3), torch.tensor([[0, -1]]))'],
  errors: [
    ['torch.take(torch.ones(2, 3), torch.tensor([6]))', 'index-out-of-range'],
    ['torch.take(torch.ones(2, 3), torch.ones(1))', 'index-dtype'],
  ],
  doc: 'torch.take',
};

const takeAlongDim: Operation = {
  names: ['torch.take_along_dim', 'Tensor.take_along_dim'],
  signature: 'take_along_dim(Tensor input, Tensor indices, int dim = None, *, Tensor out = None)',
  shape: '(*), (*indices) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const indices = a.tensor('indices');
    if (indices.dtype !== undefined) {
      const text = `torch.take_along_dim(): dtype of indices should be Long but got ${scalarTypeName(indices.dtype)}`;
      requireIndexType(ctx, indices, ['int64'], text);
    }
    if (a.isNone('dim')) {
      requireInside(ctx, indices, numelOf(x.shape), 0);
      return tensorOut(shapeOf([numelOf(indices.shape) ?? ctx.world.freshSize()]), x.dtype, { bounds: x.bounds });
    }
    const rank = x.rank ?? indices.rank;
    if (rank === undefined) return tensorOut(unknownShape(), x.dtype, { bounds: x.bounds });
    for (const tensor of [x, indices]) {
      ctx.requireRank(tensor.shape, [rank], () => ({
        code: 'rank-mismatch',
        message: `take_along_dim: the indices are ${ctx.spell(indices.shape)}, the tensor ${ctx.spell(x.shape)}`,
        text: `torch.take_along_dim(): input and indices should have the same number of dimensions, but got ${x.rank} dimensions for input, and ${indices.rank} dimensions for indices`,
        origins: [indices.origin, x.origin],
      }));
    }
    const axis = axisOf(ctx, x, a.int('dim'));
    const at = positionOf(x.shape, axis);
    if (at === undefined) return tensorOut(sameRank(x.shape), x.dtype, { bounds: x.bounds });
    const dims = x.dims as readonly Dim[];
    const wanted = indices.dims as readonly Dim[];
    const lead = shapeOf(dims.map((d, i) => (i === at ? (wanted[i] as Dim) : d)));
    const shape = broadcastPair(ctx, lead, indices.shape);
    if (ctx.known(dims[at]) === 0 && !isEmpty(ctx, indices)) {
      ctx.fail({ code: 'index-out-of-range', message: `take_along_dim: dimension ${at} has no element`, text: 'ZeroDivisionError' });
    }
    return tensorOut(shape, x.dtype, { bounds: x.bounds });
  },
  kernel: (k) => {
    const x = k.array('input');
    const indices = k.array('indices');
    if (k.isNone('dim')) return gatherArray(reshape(x, [-1]), 0, reshape(indices, [-1]));
    if (x.rank === 0) return gatherArray(x, 0, indices);
    const axis = k.int('dim') < 0 ? k.int('dim') + x.rank : k.int('dim');
    const shape = broadcastShapes(
      x.shape.map((n, i) => (i === axis ? 1 : n)),
      indices.shape,
    );
    const own = expand(
      x,
      shape.map((n, i) => (i === axis ? (x.shape[i] as number) : n)),
    );
    return gatherArray(own, axis, wrapped(expand(indices, shape), x.shape[axis] as number));
  },
  samples: [
    'torch.take_along_dim(torch.arange(6).reshape(2, 3), torch.tensor([[0], [2]]), 1)',
    'torch.arange(6).take_along_dim(torch.tensor([5, 0]))',
  ],
  errors: [
    ['torch.take_along_dim(torch.ones(2, 3), torch.tensor([0]), 1)', 'rank-mismatch'],
    ['torch.take_along_dim(torch.ones(2, 3), torch.zeros(3, 1, dtype=torch.int64), 1)', 'broadcast-mismatch'],
    ['torch.take_along_dim(torch.ones(2, 3), torch.ones(2, 1), 1)', 'index-dtype'],
  ],
  doc: 'torch.take_along_dim',
};

/** Indices are taken modulo the size here. */
const wrapped = (indices: NdArray, size: number): NdArray =>
  fromFlat(
    Array.from(indices.toFlat(), (v) => ((v % size) + size) % size),
    indices.shape,
    'int64',
  );

export const GATHERING: readonly Operation[] = [gather, indexSelect, take, takeAlongDim];
