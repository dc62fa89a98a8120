/**
 * Copies with one part replaced: select_scatter, slice_scatter, diagonal_scatter.
 */
import type { NdArray } from '../kernels/array.ts';
import { rename } from '../kernels/autograd.ts';
import { copyInto } from '../kernels/inplace.ts';
import { clone, diagonal as diagonalArray, select as selectArray, slice as sliceArray } from '../kernels/views.ts';
import { replaceAxis } from '../shapes/axes.ts';
import type { KernelArguments, TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import type { Context } from './context.ts';
import type { Operation, TensorOut } from './entry.ts';
import { tensorOut } from './entry.ts';
import { diagonalOf, selected, sliceBounds, sliceCount } from './slicing.ts';

function scattered(ctx: Context, x: TensorArg, part: TensorOut, src: TensorArg, name: string): TensorOut {
  const now = ctx.world.unify(src.shape, part.shape);
  if (now.decision === 'no') {
    ctx.fail({
      code: 'shape-mismatch',
      message: `${name}: \`src\` is ${ctx.spell(src.shape)}, the part it replaces ${ctx.spell(part.shape)}`,
      text: ctx.text`expected src to have a size equal to the slice of self. src size = ${src.shape}, slice size = ${part.shape}`,
      origins: [src.origin, x.origin],
    });
  }
  return tensorOut(x.shape, x.dtype);
}

const replaced = (k: KernelArguments, name: string, part: (a: NdArray) => NdArray): NdArray => {
  const out = clone(k.array('input'));
  copyInto(part(out), k.array('src'));
  return rename(out, name);
};

const selectScatter: Operation = {
  names: ['torch.select_scatter', 'Tensor.select_scatter'],
  signature: 'select_scatter(Tensor input, Tensor src, int dim, int index)',
  shape: '(*, n, *), (*, *) -> (*, n, *)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    return scattered(ctx, x, selected(ctx, x, axisOf(ctx, x, a.int('dim')), a.int('index')), a.tensor('src'), 'select_scatter');
  },
  kernel: (k) => replaced(k, 'SelectScatterBackward0', (out) => selectArray(out, k.int('dim'), k.int('index'))),
  samples: ['torch.select_scatter(torch.zeros(2, 3), torch.ones(3), 0, 1)'],
  errors: [['torch.select_scatter(torch.zeros(2, 3), torch.ones(2), 0, 1)', 'shape-mismatch']],
  doc: 'torch.select_scatter',
};

const sliceScatter: Operation = {
  names: ['torch.slice_scatter', 'Tensor.slice_scatter'],
  signature: 'slice_scatter(Tensor input, Tensor src, int dim = 0, int start = None, int end = None, int step = 1)',
  shape: '(*, n, *), (*, m, *) -> (*, n, *)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const axis = axisOf(ctx, x, a.int('dim'));
    const size = axis === undefined ? undefined : x.size(axis);
    if (axis === undefined || size === undefined) return tensorOut(x.shape, x.dtype);
    if (['start', 'end'].some((name) => !a.isNone(name) && a.optionalInt(name) === undefined)) return tensorOut(x.shape, x.dtype);
    const { from, to } = sliceBounds(ctx, size, a.optionalInt('start'), a.optionalInt('end'));
    const part = tensorOut(replaceAxis(ctx.world, x.shape, axis, [sliceCount(ctx, from, to, a.int('step'))]));
    return scattered(ctx, x, part, a.tensor('src'), 'slice_scatter');
  },
  kernel: (k) =>
    replaced(k, 'SliceScatterBackward0', (out) =>
      sliceArray(out, k.int('dim'), k.optionalInt('start'), k.optionalInt('end'), k.int('step')),
    ),
  samples: ['torch.slice_scatter(torch.zeros(4, 3), torch.ones(2, 3), 0, 1, 3)'],
  errors: [['torch.slice_scatter(torch.zeros(4, 3), torch.ones(3, 3), 0, 1, 3)', 'shape-mismatch']],
  doc: 'torch.slice_scatter',
};

const diagonalScatter: Operation = {
  names: ['torch.diagonal_scatter', 'Tensor.diagonal_scatter'],
  signature: 'diagonal_scatter(Tensor input, Tensor src, int offset = 0, int dim1 = 0, int dim2 = 1)',
  shape: '(*, n, m), (*, d) -> (*, n, m)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    return scattered(ctx, x, diagonalOf(ctx, x, a.int('offset'), a.int('dim1'), a.int('dim2')), a.tensor('src'), 'diagonal_scatter');
  },
  kernel: (k) => replaced(k, 'DiagonalScatterBackward0', (out) => diagonalArray(out, k.int('offset'), k.int('dim1'), k.int('dim2'))),
  samples: ['torch.diagonal_scatter(torch.zeros(3, 3), torch.ones(3))'],
  errors: [['torch.diagonal_scatter(torch.zeros(3, 3), torch.ones(2))', 'shape-mismatch']],
  doc: 'torch.diagonal_scatter',
};

export const PART_SCATTER: readonly Operation[] = [selectScatter, sliceScatter, diagonalScatter];
