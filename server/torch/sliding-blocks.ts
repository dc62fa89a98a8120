/**
 * Sliding blocks and sampling grids: F.unfold, F.fold, their layers, F.grid_sample, F.affine_grid.
 */
import { eq, ge } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, floorDiv, mod, mul } from '../dims/dim.ts';
import { foldWindows, unfoldWindows } from '../kernels/convolution.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import type { GridMode, GridPadding } from '../kernels/sampling-grid.ts';
import { affineGrid, gridSample } from '../kernels/sampling-grid.ts';
import type { Value } from '../python/values.ts';
import { product, shapeOf, unknownShape } from '../shapes/shape.ts';
import { convolved } from '../shapes/window.ts';
import { apply } from './apply.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import type { Context, FaultParts } from './context.ts';
import type { ModuleEntry, Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { repeated, shown, sizesOf } from './module-options.ts';
import { passOn } from './native-argument.ts';
import { attributeOf, refuseKernel, sizeText } from './reduction.ts';
import { lastSizes, replaceLast } from './spatial.ts';

const zero = constant(0);
const one = constant(1);

const fault = (ctx: Context, message: string, text: string | undefined, exception = 'RuntimeError', code = 'blocks-size'): FaultParts => ({
  code,
  exception,
  message: `${ctx.name}: ${message}`,
  text,
});

interface Blocks {
  readonly kernel: readonly Dim[];
  readonly dilation: readonly Dim[];
  readonly padding: readonly Dim[];
  readonly stride: readonly Dim[];
}

/** The four options as pairs, checked as PyTorch checks them; undefined where one is not known. */
function blocksOf(ctx: Context, a: Arguments): Blocks | undefined {
  const read = (name: string): readonly Dim[] | undefined => sizesOf(ctx, a.value(name), 2, name);
  const [kernel, dilation, padding, stride] = ['kernel_size', 'dilation', 'padding', 'stride'].map(read);
  if (kernel === undefined || dilation === undefined || padding === undefined || stride === undefined) return undefined;
  const least = (dims: readonly Dim[], n: number, what: string, prefix: string, words: string): void => {
    for (const d of dims) {
      ctx.require(ge(d, constant(n)), () =>
        fault(
          ctx,
          `the ${what} is ${ctx.spell(dims)}`,
          ctx.text`${what} should be ${words}, but got ${prefix}_height: ${dims[0]} ${prefix}_width: ${dims[1]}`,
        ),
      );
    }
  };
  least(kernel, 1, 'kernel size', 'kernel', 'greater than zero');
  least(dilation, 1, 'dilation', 'dilation', 'greater than zero');
  least(padding, 0, 'padding', 'pad', 'non-negative');
  least(stride, 1, 'stride', 'stride', 'greater than zero');
  return { kernel, dilation, padding, stride };
}

/** How many blocks there are along each of the two axes. */
const countBlocks = (b: Blocks, sizes: readonly Dim[]): readonly Dim[] =>
  sizes.map((size, i) =>
    convolved(size, {
      kernel: b.kernel[i] as Dim,
      stride: b.stride[i] as Dim,
      padding: b.padding[i] as Dim,
      dilation: b.dilation[i] as Dim,
    }),
  );

const pairText = (ctx: Context, dims: readonly Dim[]): string | undefined => ctx.text`(${dims[0]}, ${dims[1]})`;

/** All sizes but the batch's are positive. */
function requireFilled(ctx: Context, x: TensorArg, count: number, text: () => string | undefined): void {
  for (let i = 1; i <= count; i++) {
    const size = x.size(-i);
    if (size === undefined) continue;
    ctx.require(ge(size, one), () => ({ ...fault(ctx, `the input ${ctx.spell(x.shape)} is empty`, text()), origins: [x.origin] }));
  }
}

const WINDOW = ['kernel_size', 'dilation', 'padding', 'stride'];
const PAIRS = WINDOW.map((name) => `tuple of ints ${name}`).join(', ');

/** Options as Python hands them on: what is no list is put twice into a pair. */
const paired = (ctx: Context, a: Arguments, names: readonly string[]): Readonly<Record<string, Value>> =>
  Object.fromEntries(names.map((name) => [name, repeated(ctx, a.value(name), 2, name)]));

function unfoldRule(ctx: Context, a: Arguments): Out {
  passOn(ctx, a, `im2col(Tensor input, ${PAIRS})`, paired(ctx, a, WINDOW));
  const x = a.tensor('input');
  const b = blocksOf(ctx, a);
  const text = (): string | undefined =>
    ctx.text`Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: ${x.shape}`;
  ctx.requireRank(x.shape, [3, 4], (rank) => ({
    ...fault(
      ctx,
      `the input is ${ctx.spell(x.shape)}; 3-D or 4-D is needed`,
      rank === 2 ? 'Dimension out of range (expected to be in range of [-2, 1], but got 2)' : text(),
      rank === 2 ? 'IndexError' : 'RuntimeError',
      'rank-mismatch',
    ),
    origins: [x.origin],
  }));
  requireFilled(ctx, x, 3, text);
  const sizes = lastSizes(x, 3);
  if (b === undefined || sizes === undefined) return tensorOut(unknownShape(undefined, 2, 3), x.dtype);
  const space = sizes.slice(1);
  const blocks = countBlocks(b, space);
  for (const d of blocks) {
    ctx.require(ge(d, one), () => ({
      ...fault(
        ctx,
        `a window of ${ctx.spell(b.kernel)} does not fit into ${ctx.spell(space)}`,
        ctx.text`Given input with spatial size ${pairText(ctx, space)}, kernel_size=${pairText(ctx, b.kernel)}, dilation=${pairText(ctx, b.dilation)}, padding=${pairText(ctx, b.padding)}, calculated shape of the array of sliding blocks as ${pairText(ctx, blocks)}, but its components must be at least one.`,
        'RuntimeError',
        'window-size',
      ),
      origins: [x.origin],
    }));
  }
  refuseKernel(ctx, 'im2col_out_cpu', x.dtype, /^(float|bfloat|complex|bool)/);
  return tensorOut(replaceLast(ctx, x, 3, [mul(sizes[0] as Dim, product(b.kernel)), product(blocks)]), x.dtype);
}

function foldRule(ctx: Context, a: Arguments): Out {
  passOn(ctx, a, `col2im(Tensor input, tuple of ints output_size, ${PAIRS})`, paired(ctx, a, ['output_size', ...WINDOW]));
  const x = a.tensor('input');
  const b = blocksOf(ctx, a);
  const text = (): string | undefined =>
    ctx.text`Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: ${x.shape}`;
  const rank = ctx.requireRank(x.shape, [2, 3], () => ({
    ...fault(ctx, `the input is ${ctx.spell(x.shape)}; 2-D or 3-D is needed`, text(), 'RuntimeError', 'rank-mismatch'),
    origins: [x.origin],
  }));
  requireFilled(ctx, x, 2, text);
  const out = sizesOf(ctx, a.value('output_size'), 2, 'output_size');
  const [planes, places] = [x.size(-2), x.size(-1)];
  if (b === undefined || out === undefined || planes === undefined || places === undefined)
    return tensorOut(unknownShape(undefined, 3, 4), x.dtype);
  const window = product(b.kernel);
  // PyTorch counts as if there were a batch.
  const at = rank === undefined ? undefined : 1;
  ctx.require(eq(mod(planes, window), zero), () => ({
    ...fault(
      ctx,
      `size ${ctx.spell(planes)} does not divide by a window of ${ctx.spell(b.kernel)}`,
      ctx.text`Expected size of input's dimension ${at} to be divisible by the product of kernel_size, but got input.size(${at})=${planes} and kernel_size=${pairText(ctx, b.kernel)}.`,
    ),
    origins: [planes.origin ?? x.origin],
  }));
  const blocks = countBlocks(b, out);
  const next = at === undefined ? undefined : at + 1;
  ctx.require(eq(places, product(blocks)), () => ({
    ...fault(
      ctx,
      `there are ${ctx.spell(places)} blocks, an output of ${ctx.spell(out)} has ${ctx.spell(product(blocks))}`,
      ctx.text`Given output_size=${pairText(ctx, out)}, kernel_size=${pairText(ctx, b.kernel)}, dilation=${pairText(ctx, b.dilation)}, padding=${pairText(ctx, b.padding)}, stride=${pairText(ctx, b.stride)}, expected size of input's dimension ${next} to match the calculated number of sliding blocks ${blocks[0]} * ${blocks[1]} = ${product(blocks)}, but got input.size(${next})=${places}.`,
    ),
    origins: [places.origin ?? x.origin],
  }));
  for (const d of out) {
    ctx.require(ge(d, one), () =>
      fault(
        ctx,
        `the output is ${ctx.spell(out)}`,
        ctx.text`Expected output spatial size to be positive, but got: output_size=${pairText(ctx, out)}`,
      ),
    );
  }
  refuseKernel(ctx, 'col2im_out_cpu', x.dtype, /^(float|bfloat|complex|bool)/);
  return tensorOut(replaceLast(ctx, x, 2, [floorDiv(planes, window), ...out]), x.dtype);
}

function pairs(k: KernelArguments, name: string): number[] {
  const values = k.ints(name);
  return values.length === 1 ? [values[0] as number, values[0] as number] : values;
}

const OPTIONS = 'kernel_size, dilation=1, padding=0, stride=1';

const unfold: Operation = {
  names: ['F.unfold'],
  signature: `def unfold(input, ${OPTIONS})`,
  shape: '(N?, C, H, W) -> (N?, C*kernel, blocks)',
  rule: unfoldRule,
  kernel: (k) => unfoldWindows(k.array('input'), pairs(k, 'kernel_size'), pairs(k, 'dilation'), pairs(k, 'padding'), pairs(k, 'stride')),
  samples: ['F.unfold(torch.rand(2, 3, 6, 5), 3)', 'F.unfold(torch.rand(3, 6, 5), (2, 3), 1, 1, 2)'],
  errors: [
    ['F.unfold(torch.rand(2, 3, 2, 5), 3)', 'window-size'],
    ['F.unfold(torch.rand(6, 5), 3)', 'rank-mismatch'],
  ],
  doc: 'nn.functional.unfold',
};

const fold: Operation = {
  names: ['F.fold'],
  signature: `def fold(input, output_size, ${OPTIONS})`,
  shape: '(N?, C*kernel, blocks) -> (N?, C, *output_size)',
  rule: foldRule,
  kernel: (k) =>
    foldWindows(
      k.array('input'),
      pairs(k, 'output_size'),
      pairs(k, 'kernel_size'),
      pairs(k, 'dilation'),
      pairs(k, 'padding'),
      pairs(k, 'stride'),
    ),
  samples: ['F.fold(torch.rand(2, 27, 16), (6, 6), 3)', 'F.fold(torch.rand(27, 16), (6, 6), 3)'],
  errors: [['F.fold(torch.rand(2, 27, 17), (6, 6), 3)', 'blocks-size']],
  doc: 'nn.functional.fold',
};

const blockModule = (name: string, op: Operation, sized: boolean, sample: string): ModuleEntry => {
  const names = [...(sized ? ['output_size'] : []), 'kernel_size', 'dilation', 'padding', 'stride'];
  return {
    name: `nn.${name}`,
    init: `def ${name}.__init__(self, ${sized ? 'output_size, ' : ''}${OPTIONS})`,
    construct: (m, a) => {
      for (const option of names) m.set(option, a.value(option));
    },
    forward: `def ${name}.forward(self, input)`,
    shape: op.shape,
    call: (m, a) => apply(m, op, [a.value('input'), ...names.map((option) => m.attr(option))]),
    extraRepr: (m) => names.map((option) => `${option}=${shown(m, option)}`).join(', '),
    samples: [sample],
    doc: `nn.${name}`,
  };
};

// ---------------------------------------------------------------- grids

function gridRule(ctx: Context, a: Arguments): Out {
  for (const [name, words] of [
    ['mode', ['bilinear', 'nearest', 'bicubic']],
    ['padding_mode', ['zeros', 'border', 'reflection']],
  ] as const) {
    const given = a.value(name);
    const word = given.kind === 'unknown' || given.kind === 'choice' ? undefined : (a.string(name) ?? ctx.interp.repr(given));
    if (word === undefined || (words as readonly string[]).includes(word)) continue;
    const listed = name === 'mode' ? "'bilinear', 'nearest' or 'bicubic'" : "'zeros', 'border', or 'reflection'";
    ctx.fail(
      fault(
        ctx,
        `there is no ${name} '${word}'`,
        `nn.functional.grid_sample(): expected ${name} to be ${listed}, but got: '${word}'`,
        'ValueError',
        'invalid-argument',
      ),
    );
  }
  passOn(ctx, a, 'grid_sampler(Tensor input, Tensor grid, int _ = 0, int __ = 0, bool align_corners = False)', {
    align_corners: a.isNone('align_corners') ? ctx.interp.bool(false) : a.value('align_corners'),
  });
  const [x, grid] = [a.tensor('input'), a.tensor('grid')];
  if (grid.rank === 0) {
    ctx.fail(
      fault(ctx, 'the grid has no dimensions', 'Dimension specified as 0 but tensor has no dimensions', 'IndexError', 'rank-mismatch'),
    );
  }
  const both = (): string | undefined => ctx.text`input with sizes ${x.shape} and grid with sizes ${grid.shape}`;
  const [n, m] = [x.size(0), grid.size(0)];
  if (n !== undefined && m !== undefined) {
    ctx.require(eq(n, m), () =>
      fault(
        ctx,
        `the input has batch ${ctx.spell(n)}, the grid ${ctx.spell(m)}`,
        ctx.text`grid_sampler(): expected grid and input to have same batch size, but got ${both()}`,
      ),
    );
  }
  const rank = x.rank;
  const last = grid.size(-1);
  if (rank === undefined || last === undefined) return tensorOut(unknownShape(undefined, 4, 5), x.dtype);
  ctx.require(eq(last, constant(rank - 2)), () =>
    fault(
      ctx,
      `the grid's last size is ${ctx.spell(last)}, ${rank - 2} is needed`,
      ctx.text`grid_sampler(): expected grid to have size ${rank - 2} in last dimension, but got grid with sizes ${grid.shape}`,
    ),
  );
  for (let i = 2; i < rank; i++) {
    const size = x.size(i) as Dim;
    ctx.require(ge(size, one), () =>
      fault(
        ctx,
        `the input ${ctx.spell(x.shape)} is empty`,
        ctx.text`grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes ${x.shape} with dimension ${i} being empty`,
      ),
    );
  }
  if (rank < 4 || rank > 5 || (grid.rank !== undefined && grid.rank !== rank)) {
    ctx.fail(
      fault(
        ctx,
        `input ${ctx.spell(x.shape)} and grid ${ctx.spell(grid.shape)} are not both 4-D or 5-D`,
        ctx.text`grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got ${both()}`,
        'RuntimeError',
        'rank-mismatch',
      ),
    );
  }
  if (x.dtype !== undefined && grid.dtype !== undefined && x.dtype !== grid.dtype) {
    ctx.fail(
      fault(
        ctx,
        `the input is ${x.dtype}, the grid ${grid.dtype}`,
        `expected scalar type ${scalarTypeName(x.dtype)} but found ${scalarTypeName(grid.dtype)}`,
        'RuntimeError',
        'dtype-mismatch',
      ),
    );
  }
  if (x.dims?.some((d) => ctx.known(d) === 0) !== true) {
    refuseKernel(ctx, rank === 5 ? 'grid_sampler3d_cpu' : 'grid_sampler_2d_cpu_kernel_impl', x.dtype);
  }
  const space = Array.from({ length: rank - 2 }, (_, i) => grid.someSize(i + 1));
  return tensorOut(shapeOf([x.size(0) as Dim, x.size(1) as Dim, ...space]), x.dtype);
}

const sample: Operation = {
  names: ['F.grid_sample'],
  signature: "def grid_sample(input, grid, mode='bilinear', padding_mode='zeros', align_corners=None)",
  shape: '(N, C, H, W), (N, P, Q, 2) -> (N, C, P, Q)',
  rule: gridRule,
  kernel: (k) =>
    gridSample(
      k.array('input'),
      k.array('grid'),
      k.string('mode') as GridMode,
      k.string('padding_mode') as GridPadding,
      k.isNone('align_corners') ? false : k.bool('align_corners'),
    ),
  samples: ['F.grid_sample(torch.rand(2, 3, 4, 5), torch.rand(2, 6, 7, 2), align_corners=False)'],
  errors: [['F.grid_sample(torch.rand(2, 3, 4, 5), torch.rand(3, 6, 7, 2), align_corners=False)', 'blocks-size']],
  doc: 'nn.functional.grid_sample',
};

function affineRule(ctx: Context, a: Arguments): Out {
  const theta = a.tensor('theta', attributeOf(ctx, 'is_floating_point'));
  if (theta.dtype !== undefined && !/^(float|bfloat)/.test(theta.dtype)) {
    ctx.fail(
      fault(
        ctx,
        `theta is ${theta.dtype}, a floating one is needed`,
        `Expected theta to have floating point type, but got torch.${theta.dtype}`,
        'ValueError',
        'dtype-mismatch',
      ),
    );
  }
  const size = a.ints('size');
  if (size === undefined) return tensorOut(unknownShape(undefined, 4, 5), theta.dtype);
  const d = size.length - 2;
  const listed = ctx.interp.repr(a.value('size'));
  if (d !== 2 && d !== 3) {
    ctx.fail(
      fault(
        ctx,
        `\`size\` has ${size.length} numbers, 4 or 5 are needed`,
        ctx.text`affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size ${listed}.`,
        'NotImplementedError',
      ),
    );
  }
  passOn(ctx, a, 'affine_grid_generator(Tensor theta, tuple of ints size, bool align_corners = False)', {
    align_corners: a.isNone('align_corners') ? ctx.interp.bool(false) : a.value('align_corners'),
  });
  const parts = (): FaultParts =>
    fault(
      ctx,
      `theta is ${ctx.spell(theta.shape)}, (N, ${d}, ${d + 1}) is needed`,
      ctx.text`Expected a batch of ${d}D affine matrices of shape Nx${d}x${d + 1} for size ${listed}. Got ${sizeText(ctx, theta.shape)}.`,
      'ValueError',
    );
  ctx.requireRank(theta.shape, [3], parts);
  ctx.require(eq(theta.size(-2) as Dim, constant(d)), parts);
  ctx.require(eq(theta.size(-1) as Dim, constant(d + 1)), parts);
  for (const s of size) {
    ctx.require(ge(s, one), () =>
      fault(ctx, `\`size\` is ${ctx.spell(size)}`, ctx.text`Expected non-zero, positive output size. Got ${listed}`, 'ValueError'),
    );
  }
  const [n, m] = [size[0] as Dim, theta.size(0) as Dim];
  ctx.require(eq(n, m), () =>
    fault(
      ctx,
      `theta has batch ${ctx.spell(m)}, \`size\` ${ctx.spell(n)}`,
      ctx.text`Expected size for first two dimensions of batch2 tensor to be: [${n}, ${d + 1}] but got: [${m}, ${d + 1}].`,
    ),
  );
  return tensorOut(shapeOf([n, ...size.slice(2), constant(d)]), theta.dtype);
}

const affine: Operation = {
  names: ['F.affine_grid'],
  signature: 'def affine_grid(theta, size, align_corners=None)',
  shape: '(N, D, D+1) -> (N, *space, D)',
  rule: affineRule,
  kernel: (k) => affineGrid(k.array('theta'), k.ints('size'), k.isNone('align_corners') ? false : k.bool('align_corners')),
  samples: ['F.affine_grid(torch.rand(2, 2, 3), (2, 3, 4, 5), align_corners=False)'],
  errors: [['F.affine_grid(torch.rand(2, 3, 2), (2, 3, 4, 5))', 'blocks-size']],
  doc: 'nn.functional.affine_grid',
};

export const SLIDING_BLOCKS: readonly Operation[] = [unfold, fold, sample, affine];
export const SLIDING_BLOCK_MODULES: readonly ModuleEntry[] = [
  blockModule('Unfold', unfold, false, 'nn.Unfold(3)(torch.rand(2, 3, 6, 5))'),
  blockModule('Fold', fold, true, 'nn.Fold((6, 6), 3)(torch.rand(2, 27, 16))'),
];
