/**
 * The same elements with dimensions in another order: permute, transpose, movedim and their kin. Every result is a view
 * with the strides of its source in that order.
 */
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { isComplex } from '../kernels/dtype.ts';
import { conj } from '../kernels/unary.ts';
import { movedim, permute as permuteArray, t as tArray, transpose as transposeArray } from '../kernels/views.ts';
import { moveAxes, transpose as transposeShape } from '../shapes/axes.ts';
import type { Shape } from '../shapes/shape.ts';
import { shapeOf } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { axisOf, failAxis } from './axis.ts';
import { axesOf, positionOf, sameRank } from './axis-lists.ts';
import type { Context } from './context.ts';
import type { Operation, Out, TensorOut } from './entry.ts';
import { selfOut } from './entry.ts';
import { stridesOf, viewOut } from './layout.ts';

/** The dimensions of `x` in an order of positions. */
function inOrder(x: TensorArg, order: readonly number[]): TensorOut {
  const dims = x.dims as readonly Dim[];
  const strides = stridesOf(x);
  return viewOut(x, shapeOf(order.map((i) => dims[i] as Dim)), strides === undefined ? undefined : order.map((i) => strides[i] as Dim));
}

/** `permute(dims)`: one axis for every dimension. */
function permuted(ctx: Context, x: TensorArg, dims: readonly Dim[] | undefined): TensorOut {
  if (dims === undefined) return viewOut(x, sameRank(x.shape), undefined);
  ctx.requireRank(x.shape, [dims.length], (rank) => ({
    code: 'rank-mismatch',
    message: `permute: ${dims.length} dimensions are given for a tensor with ${rank}`,
    text: `permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = ${rank} is not equal to len(dims) = ${dims.length}`,
  }));
  const order = axesOf(ctx, x, dims, false);
  if (order === undefined) return viewOut(x, sameRank(x.shape), undefined);
  if (new Set(order).size < order.length) {
    ctx.fail({
      code: 'invalid-argument',
      message: `permute: a dimension is named twice in ${ctx.spell(dims)}`,
      text: 'permute(): duplicate dims are not allowed.',
    });
  }
  return inOrder(x, order);
}

/** `transpose(a, b)`: `[*, n, *, m, *] -> [*, m, *, n, *]`. */
function transposed(ctx: Context, x: TensorArg, a: Dim, b: Dim): TensorOut {
  const first = axisOf(ctx, x, a);
  const second = axisOf(ctx, x, b);
  if (first === undefined || second === undefined) return viewOut(x, sameRank(x.shape), undefined);
  const dims = x.dims;
  if (dims === undefined) {
    const moved = transposeShape(ctx.world, x.shape, first, second);
    return viewOut(x, 'shape' in moved ? moved.shape : sameRank(x.shape), undefined);
  }
  if (dims.length === 0) return viewOut(x, x.shape, []);
  const [i, j] = [positionOf(x.shape, first) as number, positionOf(x.shape, second) as number];
  return inOrder(
    x,
    dims.map((_, at) => (at === i ? j : at === j ? i : at)),
  );
}

const permute: Operation = {
  names: ['torch.permute', 'Tensor.permute'],
  signature: 'permute(Tensor input, tuple of ints dims)',
  shape: '(*) -> (*)',
  rule: (ctx, a) => permuted(ctx, a.tensor('input'), a.ints('dims')),
  kernel: (k) => permuteArray(k.array('input'), k.ints('dims')),
  samples: ['torch.ones(2, 3, 4).permute(2, 0, 1)', 'torch.permute(torch.ones(2, 3), (1, 0))', 'torch.ones(2, 3).permute(-1, 0)'],
  errors: [
    ['torch.ones(2, 3).permute(0, 1, 2)', 'rank-mismatch'],
    ['torch.ones(2, 3).permute(0, 2)', 'dim-out-of-range'],
    ['torch.ones(2, 3).permute(0, 0)', 'invalid-argument'],
  ],
  doc: 'torch.permute',
};

const swap = (name: string, first: string, second: string): Operation => ({
  names: [`torch.${name}`, `Tensor.${name}`],
  signature: `${name}(Tensor input, int ${first}, int ${second})`,
  shape: '(*, n, *, m, *) -> (*, m, *, n, *)',
  rule: (ctx, a) => transposed(ctx, a.tensor('input'), a.int(first), a.int(second)),
  kernel: (k) => transposeArray(k.array('input'), k.int(first), k.int(second)),
  samples: [`torch.ones(2, 3, 4).${name}(1, 2)`, `torch.${name}(torch.ones(2, 3), 0, -1)`],
  errors: [[`torch.ones(2, 3).${name}(0, 2)`, 'dim-out-of-range']],
  doc: `torch.${name}`,
});

const swapInPlace: Operation = {
  names: ['Tensor.transpose_', 'Tensor.swapaxes_', 'Tensor.swapdims_'],
  signature: 'transpose_(int dim0, int dim1)',
  shape: '(*, n, *, m, *) -> (*, m, *, n, *)',
  rule: (ctx, a) => inPlace(a.tensor('self'), transposed(ctx, a.tensor('self'), a.int('dim0'), a.int('dim1'))),
  kernel: (k) => adopt(k, transposeArray(k.array('self'), k.int('dim0'), k.int('dim1'))),
  samples: ['torch.ones(2, 3).transpose_(0, 1)'],
  errors: [['torch.ones(2, 3).transpose_(0, 2)', 'dim-out-of-range']],
  doc: 'torch.Tensor.transpose_',
};

/** A view's shape and strides become the tensor's own. */
export function inPlace(x: TensorArg, view: TensorOut): Out {
  return selfOut(x, { shape: view.shape, layout: view.layout ?? 'contiguous', dtype: x.dtype });
}

/** The array keeps its identity and takes a view's shape and strides. */
export function adopt(k: KernelArguments, view: NdArray): NdArray {
  const self = k.array('self');
  if (self.requiresGrad) return view;
  self.shape = view.shape;
  self.strides = view.strides;
  self.offset = view.offset;
  return self;
}

function tRule(ctx: Context, x: TensorArg): TensorOut {
  ctx.requireRank(x.shape, [0, 1, 2], (rank) => ({
    code: 'rank-mismatch',
    message: `${ctx.name}: a tensor with ${rank} dimensions, at most 2 are taken`,
    text: `${ctx.name}() expects a tensor with <= 2 dimensions, but self is ${rank}D`,
  }));
  const { rank } = x;
  if (rank === undefined) return viewOut(x, x.shape, undefined);
  return inOrder(x, rank === 2 ? [1, 0] : rank === 1 ? [0] : []);
}

const t: Operation = {
  names: ['torch.t', 'Tensor.t'],
  signature: 't(Tensor input)',
  shape: '(n, m) -> (m, n)',
  rule: (ctx, a) => tRule(ctx, a.tensor('input')),
  kernel: (k) => tArray(k.array('input')),
  samples: ['torch.ones(2, 3).t()', 'torch.t(torch.ones(3))'],
  errors: [['torch.ones(2, 3, 4).t()', 'rank-mismatch']],
  doc: 'torch.t',
};

const tInPlace: Operation = {
  names: ['Tensor.t_'],
  signature: 't_()',
  shape: '(n, m) -> (m, n)',
  rule: (ctx, a) => inPlace(a.tensor('self'), tRule(ctx, a.tensor('self'))),
  kernel: (k) => adopt(k, tArray(k.array('self'))),
  samples: ['torch.ones(2, 3).t_()'],
  errors: [['torch.ones(2, 3, 4).t_()', 'rank-mismatch']],
  doc: 'torch.Tensor.t_',
};

const reversed: Operation = {
  names: ['Tensor.T'],
  signature: 'T()',
  property: true,
  shape: '(n, m) -> (m, n)',
  rule: (_ctx, a) => {
    const x = a.tensor('self');
    return x.rank === undefined ? viewOut(x, sameRank(x.shape), undefined) : inOrder(x, [...Array(x.rank).keys()].reverse());
  },
  kernel: (k) => permuteArray(k.array('self'), [...k.array('self').shape.keys()].reverse()),
  samples: ['torch.ones(2, 3).T', 'torch.ones(2, 3, 4).T'],
  doc: 'torch.Tensor.T',
};

/** `mT`, `mH`, `H`, `adjoint`: the last two dimensions change places; the conjugate ones also conjugate. */
function matrixTransposed(ctx: Context, x: TensorArg, name: string, only2d: boolean): TensorOut {
  const { rank } = x;
  if (only2d && rank !== undefined && rank !== 0 && rank !== 2) {
    ctx.fail({
      code: 'rank-mismatch',
      message: `${name}: a tensor with ${rank} dimensions is no matrix`,
      text: `tensor.${name} is only supported on matrices (2-D tensors). Got ${rank}-D tensor.${rank > 2 ? ' For batches of matrices, consider using tensor.mH' : ''}`,
    });
  }
  if (rank === 1) {
    ctx.fail({
      code: 'rank-mismatch',
      message: `${name}: a tensor with 1 dimension is no matrix`,
      text: `tensor.${name} is only supported on matrices or batches of matrices. Got 1-D tensor.`,
    });
  }
  if (rank === 0) return viewOut(x, x.shape, []);
  if (rank === undefined && x.shape.tail.length < 2) {
    const least: Shape = x.shape;
    return viewOut(x, sameRank(least), undefined);
  }
  return transposed(ctx, x, constant(-2), constant(-1));
}

const swapLast = (a: NdArray): NdArray => (a.rank < 2 ? tArray(a) : transposeArray(a, -2, -1));
const conjugate = (a: NdArray): NdArray => (isComplex(a.dtype) ? conj(swapLast(a)) : swapLast(a));

const matrixProperty = (name: 'mT' | 'mH' | 'H', make: (a: NdArray) => NdArray): Operation => ({
  names: [`Tensor.${name}`],
  signature: `${name}()`,
  property: true,
  shape: name === 'H' ? '(n, m) -> (m, n)' : '(*, n, m) -> (*, m, n)',
  rule: (ctx, a) => matrixTransposed(ctx, a.tensor('self'), name, name === 'H'),
  kernel: (k) => make(k.array('self')),
  samples: [`torch.ones(2, 3).${name}`],
  errors: [[`torch.ones(3).${name}`, 'rank-mismatch']],
  doc: `torch.Tensor.${name}`,
});

const adjoint: Operation = {
  names: ['torch.adjoint', 'Tensor.adjoint'],
  signature: 'adjoint(Tensor input)',
  shape: '(*, n, m) -> (*, m, n)',
  rule: (ctx, a) => matrixTransposed(ctx, a.tensor('input'), 'adjoint()', false),
  kernel: (k) => conjugate(k.array('input')),
  samples: ['torch.adjoint(torch.ones(2, 3, 4))'],
  errors: [['torch.ones(3).adjoint()', 'rank-mismatch']],
  doc: 'torch.adjoint',
};

const move = (name: 'movedim' | 'moveaxis'): Operation => ({
  names: [`torch.${name}`, `Tensor.${name}`],
  signature: [
    `${name}(Tensor input, int source, int destination)`,
    `${name}(Tensor input, tuple of ints source, tuple of ints destination)`,
  ],
  shape: '(*) -> (*)',
  rule: (ctx, a) => moved(ctx, a),
  kernel: (k) => movedim(k.array('input'), k.ints('source'), k.ints('destination')),
  samples: [`torch.${name}(torch.ones(2, 3, 4), 0, -1)`, `torch.ones(2, 3, 4).${name}((0, 1), (1, 2))`],
  errors: [
    [`torch.${name}(torch.ones(2, 3), 0, 2)`, 'dim-out-of-range'],
    [`torch.${name}(torch.ones(2, 3), (0, 0), (0, 1))`, 'invalid-argument'],
  ],
  doc: `torch.${name}`,
});

function moved(ctx: Context, a: Arguments): Out {
  const x = a.tensor('input');
  const source = a.ints('source');
  const destination = a.ints('destination');
  if (source === undefined || destination === undefined) return viewOut(x, sameRank(x.shape), undefined);
  if (source.length !== destination.length) {
    ctx.fail({
      code: 'invalid-argument',
      message: `movedim: ${source.length} source dimensions for ${destination.length} destinations`,
      text: ctx.text`movedim: Invalid source or destination dims: source (${ctx.list(source)} dims) should contain the same number of dims as destination (${ctx.list(destination)} dims)`,
    });
  }
  const from = axesOf(ctx, x, source, false);
  const to = axesOf(ctx, x, destination, false);
  if (from === undefined || to === undefined) return viewOut(x, sameRank(x.shape), undefined);
  for (const [which, axes, given] of [['source', from, source] as const, ['destination', to, destination] as const]) {
    if (new Set(axes).size < axes.length) {
      ctx.fail({
        code: 'invalid-argument',
        message: `movedim: a dimension is named twice in \`${which}\``,
        text: ctx.text`movedim: repeated dim in \`${which}\` (${ctx.list(given)})`,
      });
    }
  }
  const { rank } = x;
  if (rank === undefined) {
    const result = moveAxes(ctx.world, x.shape, from, to);
    if ('refusal' in result && result.refusal.kind === 'axis') failAxis(ctx, x, result.refusal.axis);
    return viewOut(x, 'shape' in result ? result.shape : sameRank(x.shape), undefined);
  }
  if (rank === 0) return viewOut(x, x.shape, []);
  const order = new Array<number | undefined>(rank).fill(undefined);
  from.forEach((axis, i) => {
    order[to[i] as number] = axis;
  });
  const rest = [...Array(rank).keys()].filter((i) => !from.includes(i));
  return inOrder(
    x,
    order.map((axis) => axis ?? (rest.shift() as number)),
  );
}

export const PERMUTING: readonly Operation[] = [
  permute,
  swap('transpose', 'dim0', 'dim1'),
  swap('swapaxes', 'axis0', 'axis1'),
  swap('swapdims', 'dim0', 'dim1'),
  swapInPlace,
  t,
  tInPlace,
  reversed,
  matrixProperty('mT', swapLast),
  matrixProperty('mH', conjugate),
  matrixProperty('H', conjugate),
  adjoint,
  move('movedim'),
  move('moveaxis'),
];
