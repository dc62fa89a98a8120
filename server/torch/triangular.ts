/**
 * Triangles and diagonals of matrices: tril, triu, diag, diag_embed, diagflat, the indices of triangles.
 */

import { ge } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, choose, constant, max, sub } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { fromFlat } from '../kernels/array.ts';
import { rename } from '../kernels/autograd.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import { inPlace, writeValues } from '../kernels/inplace.ts';
import { diagEmbed as diagEmbedArray, triangle } from '../kernels/join.ts';
import { clone, contiguous, copyOf, diagonal as diagonalArray, movedim, reshape } from '../kernels/views.ts';
import { dimsOf, numelOf, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import type { Context } from './context.ts';
import { finish, made, TAIL } from './creation.ts';
import { requireWritable, valueArray } from './elementwise.ts';
import type { Operation, Out } from './entry.ts';
import { selfOut, tensorOut } from './entry.ts';
import { diagonalLength } from './slicing.ts';

const zero = constant(0);
const two = constant(2);

function requireMatrix(ctx: Context, x: TensorArg): void {
  if (ctx.world.limitRank(x.shape, 2, Number.POSITIVE_INFINITY).decision !== 'no') return;
  ctx.fail({
    code: 'rank-mismatch',
    message: `${ctx.name}: a tensor with ${x.rank} dimensions is no matrix`,
    text: `${ctx.name.replace('_', '')}: input tensor must have at least 2 dimensions`,
    origins: [x.origin],
  });
}

const corner = (name: 'tril' | 'triu'): readonly Operation[] => {
  const kind = name === 'tril' ? 'lower' : 'upper';
  return [
    {
      names: [`torch.${name}`, `Tensor.${name}`],
      signature: `${name}(Tensor input, int diagonal = 0, *, Tensor out = None)`,
      method: `${name}(int diagonal = 0)`,
      shape: '(*, n, m) -> (*, n, m)',
      rule: (ctx, a) => {
        const x = a.tensor(a.exists('input') ? 'input' : 'self');
        requireMatrix(ctx, x);
        return tensorOut(x.shape, x.dtype);
      },
      kernel: (k) => triangle(k.array(k.rule.exists('input') ? 'input' : 'self'), kind, k.int('diagonal')),
      samples: [`torch.${name}(torch.arange(9).reshape(3, 3))`, `torch.ones(2, 3, 4).${name}(1)`],
      errors: [[`torch.${name}(torch.ones(3))`, 'rank-mismatch']],
      doc: `torch.${name}`,
    },
    {
      names: [`Tensor.${name}_`],
      signature: `${name}_(int diagonal = 0)`,
      shape: '(*, n, m) -> (*, n, m)',
      rule: (ctx, a) => {
        const x = a.tensor('self');
        requireMatrix(ctx, x);
        requireWritable(ctx, x);
        return selfOut(x);
      },
      kernel: (k) => inPlace(k.array('self'), (old) => triangle(old, kind, k.int('diagonal'))),
      samples: [`torch.ones(3, 3).${name}_(-1)`],
      errors: [[`torch.ones(3).${name}_()`, 'rank-mismatch']],
      doc: `torch.Tensor.${name}_`,
    },
  ];
};

/** The size of a square that holds `n` elements on a diagonal: `n + |offset|`. */
const squareOf = (n: Dim, offset: Dim): Dim => add(n, choose(ge(offset, zero), offset, sub(zero, offset)));

const diag: Operation = {
  names: ['torch.diag', 'Tensor.diag'],
  signature: 'diag(Tensor input, int diagonal = 0, *, Tensor out = None)',
  method: 'diag(int diagonal = 0)',
  shape: '(n) -> (n, n); (n, m) -> (d)',
  rule: (ctx, a) => {
    const x = a.tensor(a.exists('input') ? 'input' : 'self');
    const offset = a.int('diagonal');
    const rank = ctx.requireRank(x.shape, [1, 2], (r) => ({
      code: 'rank-mismatch',
      message: `diag: a tensor with ${r} dimensions`,
      text: `diag(): Supports 1D or 2D tensors. Got ${r}D`,
      origins: [x.origin],
    }));
    const dims = dimsOf(x.shape);
    if (rank === undefined || dims === undefined) return tensorOut(unknownShape(undefined, 1, 2), x.dtype);
    const [n, m] = dims as [Dim, Dim?];
    if (m !== undefined) return tensorOut(shapeOf([diagonalLength(ctx, n, m, offset)]), x.dtype);
    const size = ctx.facts.simplify(squareOf(n, offset));
    return tensorOut(shapeOf([size, size]), x.dtype);
  },
  kernel: (k) => {
    const x = k.array(k.rule.exists('input') ? 'input' : 'self');
    return x.rank === 1
      ? diagEmbedArray(x, k.int('diagonal'))
      : rename(packed(diagonalArray(x, k.int('diagonal'))), 'DiagonalBackward0_copy');
  },
  samples: ['torch.diag(torch.arange(3))', 'torch.diag(torch.arange(6).reshape(2, 3), 1)', 'torch.arange(2).diag(-1)'],
  errors: [['torch.diag(torch.ones(2, 3, 4))', 'rank-mismatch']],
  doc: 'torch.diag',
};

const packed = (a: NdArray): NdArray => (a.isContiguous ? clone(a) : contiguous(a));

const diagEmbed: Operation = {
  names: ['torch.diag_embed', 'Tensor.diag_embed'],
  signature: 'diag_embed(Tensor input, int offset = 0, int dim1 = -2, int dim2 = -1)',
  shape: '(*, n) -> (*, n, n)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const [d1, d2] = [a.int('dim1'), a.int('dim2')];
    const axes = [d1, d2].map((d) => axisOf(ctx, x, d, { extra: 1 }));
    const dims = x.dims;
    const [first, second] = axes;
    if (dims === undefined || first === undefined || second === undefined) return tensorOut(unknownShape(undefined, 2), x.dtype);
    const rank = dims.length + 1;
    const [i, j] = [first < 0 ? first + rank : first, second < 0 ? second + rank : second];
    if (i === j) {
      ctx.fail({
        code: 'invalid-argument',
        message: `diag_embed: both dimensions are ${i}`,
        text: ctx.text`diagonal dimensions cannot be identical ${d1}, ${d2}`,
      });
    }
    const size = ctx.facts.simplify(squareOf(dims.at(-1) as Dim, a.int('offset')));
    const rest = dims.slice(0, -1);
    return tensorOut(shapeOf(Array.from({ length: rank }, (_, at) => (at === i || at === j ? size : (rest.shift() as Dim)))), x.dtype);
  },
  kernel: (k) => {
    const [i, j] = [k.int('dim1'), k.int('dim2')];
    const rank = k.array('input').rank + 1;
    const [a, b] = [i < 0 ? i + rank : i, j < 0 ? j + rank : j];
    const embedded = diagEmbedArray(k.array('input'), a < b ? k.int('offset') : -k.int('offset'));
    return rename(packed(movedim(embedded, [-2, -1], [Math.min(a, b), Math.max(a, b)])), 'DiagEmbedBackward0');
  },
  samples: [
    'torch.diag_embed(torch.arange(6).reshape(2, 3))',
    'torch.arange(6).reshape(2, 3).diag_embed(1)',
    'torch.diag_embed(torch.arange(6).reshape(2, 3), 1, 0, 2)',
  ],
  errors: [
    ['torch.diag_embed(torch.ones(2), 0, 0, 0)', 'invalid-argument'],
    ['torch.diag_embed(torch.tensor(1.0))', 'dim-out-of-range'],
  ],
  doc: 'torch.diag_embed',
};

const diagFlat: Operation = {
  names: ['torch.diagflat', 'Tensor.diagflat'],
  signature: 'diagflat(Tensor input, int offset = 0)',
  shape: '(*) -> (n, n)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const size = ctx.facts.simplify(squareOf(numelOf(x.shape) ?? ctx.world.freshSize(), a.int('offset')));
    return tensorOut(shapeOf([size, size]), x.dtype);
  },
  kernel: (k) => diagEmbedArray(reshape(k.array('input'), [-1]), k.int('offset')),
  samples: ['torch.diagflat(torch.arange(4).reshape(2, 2), 1)'],
  doc: 'torch.diagflat',
};

// ---------------------------------------------------------------- indices

/** Rows and columns of a triangle of a matrix, in row order. */
function places(lower: boolean, rows: number, cols: number, offset: number): [number[], number[]] {
  const found: [number[], number[]] = [[], []];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      if (lower ? j - i > offset : j - i < offset) continue;
      found[0].push(i);
      found[1].push(j);
    }
  }
  return found;
}

const indices = (name: 'tril_indices' | 'triu_indices'): Operation => ({
  names: [`torch.${name}`],
  signature: `${name}(int row, int col, int offset = 0, *, ${TAIL.replace('Tensor out = None, ', '')})`,
  shape: 'row, col, offset -> (2, n)',
  rule: (ctx, a): Out => {
    for (const side of ['row', 'col']) {
      const size = a.int(side);
      ctx.require(ge(size, zero), () => ({
        code: 'negative-size',
        message: `${name}: \`${side}\` is ${ctx.spell(size)}`,
        text: ctx.text`${side} must be non-negative, got${size}`,
      }));
    }
    const dtype = a.dtype('dtype');
    if (dtype !== null && dtype !== undefined && !/^(int64|int32)$/.test(dtype)) {
      const text = `"${name}" not implemented for '${scalarTypeName(dtype)}'`;
      ctx.fail({ code: 'dtype-mismatch', exception: 'NotImplementedError', message: `${name}: indices of dtype ${dtype}`, text });
    }
    const [rows, cols, offset] = ['row', 'col', 'offset'].map((n) => a.known(n));
    const known = rows !== undefined && cols !== undefined && offset !== undefined && rows * cols <= 1e6;
    const count = known ? constant(places(name === 'tril_indices', rows, cols, offset)[0].length) : ctx.world.freshSize();
    return made(ctx, a, shapeOf([two, count]), 'int64', {
      bounds: { least: zero, greatest: max(sub(a.int('row'), constant(1)), sub(a.int('col'), constant(1))) },
    });
  },
  kernel: (k) => {
    const [i, j] = places(name === 'tril_indices', k.int('row'), k.int('col'), k.int('offset'));
    return finish(k, fromFlat([...i, ...j], [2, i.length], k.dtype('dtype') ?? 'int64'));
  },
  samples: [`torch.${name}(3, 4)`, `torch.${name}(3, 3, 1)`],
  errors: [[`torch.${name}(-1, 3)`, 'negative-size']],
  doc: `torch.${name}`,
});

const fillDiagonal: Operation = {
  names: ['Tensor.fill_diagonal_'],
  signature: 'fill_diagonal_(Number fill_value, bool wrap = False)',
  shape: '(n, m) -> (n, m)',
  rule: (ctx, a: Arguments) => {
    const x = a.tensor('self');
    const dims = x.dims;
    const fail = (message: string, text: string): never =>
      ctx.fail({ code: 'rank-mismatch', message: `fill_diagonal_: ${message}`, text, origins: [x.origin] });
    if (dims !== undefined && dims.length < 2) fail(`a tensor with ${dims.length} dimensions`, 'dimensions must larger than 1');
    const numbers = dims?.map((d) => ctx.known(d));
    if (
      numbers !== undefined &&
      numbers.length > 2 &&
      numbers.some((n) => n !== undefined && numbers[0] !== undefined && n !== numbers[0])
    ) {
      fail('the sizes differ', 'all dimensions of input must be of equal length');
    }
    requireWritable(ctx, x);
    return selfOut(x);
  },
  kernel: (k, ctx) =>
    inPlace(k.array('self'), (old) => {
      const out = copyOf(old);
      const length = Math.min(...out.shape);
      const step = out.strides.reduce((n, s) => n + s, 0);
      writeValues(out.alias([length], [step], 0), valueArray(ctx, k.value('fill_value')));
      return out;
    }),
  samples: ['torch.zeros(2, 3).fill_diagonal_(5)'],
  errors: [['torch.zeros(3).fill_diagonal_(5)', 'rank-mismatch']],
  doc: 'torch.Tensor.fill_diagonal_',
};

export const TRIANGULAR: readonly Operation[] = [
  ...corner('tril'),
  ...corner('triu'),
  diag,
  diagEmbed,
  diagFlat,
  indices('tril_indices'),
  indices('triu_indices'),
  fillDiagonal,
];
