/**
 * Elements moved around within their dimensions: roll, flip, fliplr, flipud, rot90.
 */
import type { Dim } from '../dims/dim.ts';
import { flip as flipArray, roll as rollArray, rot90 as rot90Array } from '../kernels/join.ts';
import { dimsOf, numelOf, shapeOf } from '../shapes/shape.ts';
import type { TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import { axesOf, positionOf, sameRank } from './axis-lists.ts';
import type { Operation } from './entry.ts';
import { tensorOut } from './entry.ts';
import { preservedStrides } from './layout.ts';

const roll: Operation = {
  names: ['torch.roll', 'Tensor.roll'],
  signature: 'roll(Tensor input, tuple of ints[1] shifts, tuple of ints[1] dims = ())',
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const shifts = a.ints('shifts');
    const dims = a.ints('dims');
    if (shifts?.length === 0) ctx.fail({ code: 'invalid-argument', message: 'roll: no shift is given', text: '`shifts` required' });
    const flat = dims?.length === 0 && shifts?.length === 1;
    if (!flat && shifts !== undefined && dims !== undefined && shifts.length !== dims.length) {
      ctx.fail({
        code: 'invalid-argument',
        message: `roll: ${shifts.length} shifts for ${dims.length} dimensions`,
        text: `shifts and dimensions must align. shifts: ${shifts.length}, dims:${dims.length}`,
      });
    }
    if (ctx.known(numelOf(x.shape)) !== 0) for (const dim of dims ?? []) axisOf(ctx, x, dim, { wrapScalar: false });
    return tensorOut(x.shape, x.dtype, { bounds: x.bounds });
  },
  kernel: (k) => rollArray(k.array('input'), k.ints('shifts'), k.ints('dims')),
  samples: ['torch.roll(torch.arange(6).reshape(2, 3), 1)', 'torch.arange(6).reshape(2, 3).roll((1, 2), dims=(0, 1))'],
  errors: [
    ['torch.roll(torch.ones(3), 1, 1)', 'dim-out-of-range'],
    ['torch.roll(torch.ones(3), (1, 2), 0)', 'invalid-argument'],
  ],
  doc: 'torch.roll',
};

const flip: Operation = {
  names: ['torch.flip', 'Tensor.flip'],
  signature: 'flip(Tensor input, tuple of ints dims)',
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    axesOf(ctx, x, a.ints('dims') ?? []);
    return tensorOut(x.shape, x.dtype, { bounds: x.bounds });
  },
  kernel: (k) => flipArray(k.array('input'), k.ints('dims')),
  samples: ['torch.flip(torch.arange(6).reshape(2, 3), (0,))', 'torch.arange(6).reshape(2, 3).flip(0, -1)'],
  errors: [
    ['torch.ones(3).flip(1)', 'dim-out-of-range'],
    ['torch.ones(3).flip(0, 0)', 'invalid-argument'],
  ],
  doc: 'torch.flip',
};

/** `flipud` turns dimension 0 around, `fliplr` dimension 1. */
const flipFixed = (name: 'fliplr' | 'flipud', axis: 0 | 1): Operation => ({
  names: [`torch.${name}`, `Tensor.${name}`],
  signature: `${name}(Tensor input)`,
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    if (ctx.world.limitRank(x.shape, axis + 1, Number.POSITIVE_INFINITY).decision === 'no') {
      ctx.fail({
        code: 'rank-mismatch',
        message: `${name}: a tensor with ${x.rank} dimensions`,
        text: `Input must be >= ${axis + 1}-d.`,
        origins: [x.origin],
      });
    }
    return tensorOut(x.shape, x.dtype, { bounds: x.bounds });
  },
  kernel: (k) => flipArray(k.array('input'), [axis]),
  samples: [`torch.${name}(torch.arange(6).reshape(2, 3))`],
  errors: [[`torch.${name}(torch.tensor(1.0))`, 'rank-mismatch']],
  doc: `torch.${name}`,
});

/** A quarter turn is a flip, which packs the elements in their order, and a transposition, which is a view. */
function turnedLayout(x: TensorArg, swapped: readonly [number, number] | undefined): TensorArg['payload']['layout'] {
  const strides = preservedStrides(x);
  if (strides === undefined) return 'unknown';
  if (swapped === undefined) return strides;
  const [from, to] = swapped;
  return strides.map((d, i) => (i === from ? (strides[to] as Dim) : i === to ? (strides[from] as Dim) : d));
}

const rot90: Operation = {
  names: ['torch.rot90', 'Tensor.rot90'],
  signature: 'rot90(Tensor input, int k = 1, tuple of ints dims = (0, 1))',
  shape: '(*, n, m, *) -> (*, m, n, *)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const dims = a.ints('dims');
    if (dims === undefined) return tensorOut(sameRank(x.shape), x.dtype, { bounds: x.bounds });
    const wrong = (message: string, text: string): never => ctx.fail({ code: 'invalid-argument', message: `rot90: ${message}`, text });
    if (dims.length !== 2)
      wrong(`${dims.length} dimensions to rotate in`, `expected total rotation dims == 2, but got dims = ${dims.length}`);
    const { rank } = x;
    if (rank !== undefined && rank < 2) {
      ctx.fail({
        code: 'rank-mismatch',
        message: `rot90: a tensor with ${rank} dimensions`,
        text: `expected total dims >= 2, but got total dims = ${rank}`,
        origins: [x.origin],
      });
    }
    const [first, second] = dims as [Dim, Dim];
    const [i, j] = [ctx.known(first), ctx.known(second)];
    if (i !== undefined && j !== undefined && (i === j || Math.abs(i - j) === rank)) {
      wrong(`both dimensions are ${i}`, `expected rotation dims to be different, but got dim0 = ${i} and dim1 = ${j}`);
    }
    const from = positionOf(x.shape, axisOf(ctx, x, first));
    const to = positionOf(x.shape, axisOf(ctx, x, second));
    const sizes = dimsOf(x.shape);
    const times = a.known('k');
    if (from === undefined || to === undefined || sizes === undefined || times === undefined)
      return tensorOut(sameRank(x.shape), x.dtype, { bounds: x.bounds });
    const turned =
      times % 2 === 0 ? sizes : sizes.map((d, at) => (at === from ? (sizes[to] as Dim) : at === to ? (sizes[from] as Dim) : d));
    return tensorOut(shapeOf(turned), x.dtype, { bounds: x.bounds, layout: turnedLayout(x, times % 2 === 0 ? undefined : [from, to]) });
  },
  kernel: (k) => rot90Array(k.array('input'), k.int('k'), k.ints('dims') as unknown as readonly [number, number]),
  samples: [
    'torch.rot90(torch.arange(6).reshape(2, 3))',
    'torch.arange(24).reshape(2, 3, 4).rot90(2, (1, 2))',
    'torch.rot90(torch.arange(6).reshape(2, 3), -1, (0, 1))',
  ],
  errors: [
    ['torch.rot90(torch.ones(2))', 'rank-mismatch'],
    ['torch.rot90(torch.ones(2, 2), 1, (0, 0))', 'invalid-argument'],
    ['torch.rot90(torch.ones(2, 2), 1, (0, 5))', 'dim-out-of-range'],
  ],
  doc: 'torch.rot90',
};

export const ROLLING: readonly Operation[] = [roll, flip, flipFixed('flipud', 0), flipFixed('fliplr', 1), rot90];
