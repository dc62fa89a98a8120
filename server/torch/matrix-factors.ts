/**
 * LU factors and what is solved with them, factorisations that say what went wrong instead of raising, and the older names of
 * SVD and QR.
 */
import type { Dim } from '../dims/dim.ts';
import { min } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { zeros } from '../kernels/array.ts';
import { KernelError } from '../kernels/dtype.ts';
import { cholesky, inverse, qr, solve } from '../kernels/linear-algebra.ts';
import { luFactor, luParts, luSolve } from '../kernels/matrix-functions.ts';
import { singularValues, svd } from '../kernels/svd.ts';
import { transpose } from '../kernels/views.ts';
import { concatenate, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { rankFault, withoutLast } from './contraction.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import { matrixParts, requireMatrixType, requireSquare } from './linalg.ts';
import { realOf, requireSystem } from './matrix-functions.ts';

const EYE = 'torch.tensor([[2.0, 0.0], [0.5, 1.0]])';

const luShapes = (ctx: Context, x: TensorArg, name: string) => {
  const { batch, m, n, k } = matrixParts(ctx, x, name);
  return { batch, m, n, k, factors: concatenate(batch, shapeOf([m, n])), pivots: concatenate(batch, shapeOf([k])) };
};

function requirePivot(ctx: Context, a: Arguments, title: string): void {
  if (a.bool('pivot') !== false) return;
  const text = `${title}: LU without pivoting is not implemented on the CPU`;
  ctx.fail({ code: 'invalid-argument', text, message: text });
}

const luFactorOp: Operation = {
  names: ['torch.linalg.lu_factor'],
  signature: 'linalg_lu_factor(Tensor A, *, bool pivot = True, tuple of Tensors out = None)',
  shape: '(*, m, n) -> (*, m, n), (*, k)',
  rule: (ctx, a) => {
    const x = a.tensor('A');
    const { factors, pivots } = luShapes(ctx, x, 'torch.linalg.lu_factor');
    requirePivot(ctx, a, 'linalg.lu_factor');
    return tupleOut([tensorOut(factors, x.dtype, { layout: 'unknown' }), tensorOut(pivots, 'int32')], {
      name: 'linalg_lu_factor',
      fields: ['LU', 'pivots'],
    });
  },
  kernel: (k) => {
    const { lu, pivots } = luFactor(k.array('A'));
    return [lu, pivots];
  },
  samples: [`torch.linalg.lu_factor(${EYE})`],
  errors: [[`torch.linalg.lu_factor(${EYE}, pivot=False)`, 'invalid-argument']],
  doc: 'torch.linalg.lu_factor',
};

const oldLu: Operation = {
  names: ['torch.lu', 'Tensor.lu'],
  signature: 'def lu(A, pivot=True, get_infos=False)',
  shape: '(*, m, n) -> (*, m, n), (*, k)',
  rule: (ctx, a) => {
    const x = a.tensor(a.exists('A') ? 'A' : 'self');
    const { factors, pivots, batch } = luShapes(ctx, x, 'torch.lu_factor');
    const out = [tensorOut(factors, x.dtype, { layout: 'unknown' }), tensorOut(pivots, 'int32')];
    return tupleOut(a.bool('get_infos') === true ? [...out, tensorOut(batch, 'int32')] : out);
  },
  kernel: (k) => {
    const x = k.array('A');
    const { lu, pivots } = luFactor(x);
    return k.bool('get_infos') ? [lu, pivots, zeros(x.shape.slice(0, -2), 'int32')] : [lu, pivots];
  },
  samples: [`torch.lu(${EYE})`],
  doc: 'torch.lu',
};

const luOp: Operation = {
  names: ['torch.linalg.lu'],
  signature: 'linalg_lu(Tensor A, *, bool pivot = True, tuple of Tensors out = None)',
  shape: '(*, m, n) -> (*, m, m), (*, m, k), (*, k, n)',
  rule: (ctx, a) => {
    const x = a.tensor('A');
    const { batch, m, n, k } = luShapes(ctx, x, 'linalg.lu');
    requirePivot(ctx, a, 'linalg.lu_factor');
    const of = (...sizes: Dim[]): Out => tensorOut(concatenate(batch, shapeOf(sizes)), x.dtype, { layout: 'unknown' });
    return tupleOut([of(m, m), of(m, k), of(k, n)], { name: 'linalg_lu', fields: ['P', 'L', 'U'] });
  },
  kernel: (k) => luParts(k.array('A')),
  samples: [`torch.linalg.lu(${EYE})`, 'torch.linalg.lu(torch.rand(3, 2))'],
  errors: [['torch.linalg.lu(torch.rand(3))', 'rank-mismatch']],
  doc: 'torch.linalg.lu',
};

const luSolveEntry = (names: readonly string[], signature: string, title: string): Operation => ({
  names,
  signature,
  shape: '(*, n, n), (*, n), (*, n, k) -> (*, n, k)',
  rule: (ctx, a) => {
    const [x, b] = [a.tensor(a.exists('LU') ? 'LU' : 'LU_data'), a.tensor(a.exists('B') ? 'B' : 'input')];
    return tensorOut(requireSystem(ctx, x, b, title, a.exists('left') ? a.bool('left') : true), x.dtype, { layout: 'unknown' });
  },
  kernel: (k) => {
    const old = !k.rule.exists('LU');
    const factored = { lu: k.array(old ? 'LU_data' : 'LU'), pivots: k.array(old ? 'LU_pivots' : 'pivots') };
    return luSolve(factored, k.array(old ? 'input' : 'B'), old || k.bool('left'), !old && k.bool('adjoint'));
  },
  samples: [
    names[0] === 'torch.lu_solve'
      ? `torch.lu_solve(torch.rand(2, 3), *torch.linalg.lu_factor(${EYE}))`
      : `torch.linalg.lu_solve(*torch.linalg.lu_factor(${EYE}), torch.rand(2, 3))`,
  ],
  doc: names[0] as string,
});

// ---------------------------------------------------------------- what does not raise

/** The same as a function that raises, with a number that says what went wrong instead. */
const checked = (
  name: 'inv_ex' | 'cholesky_ex',
  signature: string,
  title: string,
  fields: readonly string[],
  kernel: (x: NdArray, upper: boolean) => NdArray,
): Operation => ({
  names: [`torch.linalg.${name}`],
  signature,
  shape: '(*, n, n) -> (*, n, n), (*)',
  rule: (ctx, a) => {
    const x = a.tensor(a.exists('A') ? 'A' : 'input');
    requireSquare(ctx, x, title);
    requireMatrixType(ctx, x, title);
    return tupleOut([tensorOut(x.shape, x.dtype, { layout: 'unknown' }), tensorOut(withoutLast(ctx, x.shape, 2), 'int32')], {
      name: `linalg_${name}`,
      fields,
    });
  },
  kernel: (k) => {
    const x = k.array(k.rule.exists('A') ? 'A' : 'input');
    try {
      return [kernel(x, k.rule.exists('upper') && k.bool('upper')), zeros(x.shape.slice(0, -2), 'int32')];
    } catch (problem) {
      if (problem instanceof KernelError) throw new KernelError(`ShapeLint does not compute ${title} of a matrix that has none`);
      throw problem;
    }
  },
  samples: [`torch.linalg.${name}(torch.tensor([[2.0, 0.0], [0.0, 1.0]]))`],
  errors: [[`torch.linalg.${name}(torch.ones(2, 3))`, 'not-square']],
  doc: `torch.linalg.${name}`,
});

// ---------------------------------------------------------------- older names

const oldSvd: Operation = {
  names: ['torch.svd', 'Tensor.svd'],
  signature: 'svd(Tensor input, bool some = True, bool compute_uv = True, *, tuple of Tensors out = None)',
  shape: '(*, m, n) -> (*, m, k), (*, k), (*, n, k)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    if (ctx.world.limitRank(x.shape, 2, Number.POSITIVE_INFINITY).decision === 'no')
      ctx.fail(
        rankFault(
          ctx,
          x,
          'at least 2 dimensions',
          `linalg.svd: input should have at least 2 dimensions, but has ${x.rank} dimensions instead`,
        ),
      );
    const { batch, m, n, k } = matrixParts(ctx, x, 'linalg.svd', 'linalg_svd_cpu');
    const [some, both] = [a.bool('some'), a.bool('compute_uv')];
    const side = (whole: Dim): Dim => (some === undefined || both === undefined ? ctx.world.freshSize() : some && both ? k : whole);
    const of = (...sizes: Dim[]): Out => tensorOut(concatenate(batch, shapeOf(sizes)), x.dtype, { layout: 'unknown' });
    return tupleOut([of(m, side(m)), tensorOut(concatenate(batch, shapeOf([k])), realOf(x)), of(n, side(n))], {
      name: 'svd',
      fields: ['U', 'S', 'V'],
    });
  },
  kernel: (k) => {
    const x = k.array('input');
    const [m, n] = [x.shape.at(-2) as number, x.shape.at(-1) as number];
    const lead = x.shape.slice(0, -2);
    if (!k.bool('compute_uv')) return [zeros([...lead, m, m], x.dtype), singularValues(x), zeros([...lead, n, n], x.dtype)];
    const [u, s, vh] = svd(x, !k.bool('some'));
    return [u, s, transpose(vh, -2, -1)];
  },
  samples: [`torch.svd(${EYE})`, 'torch.svd(torch.tensor([[1.0, 2.0], [0.0, 1.0], [3.0, 1.0]]), some=False)'],
  errors: [['torch.svd(torch.rand(3))', 'rank-mismatch']],
  doc: 'torch.svd',
};

const oldQr: Operation = {
  names: ['torch.qr', 'Tensor.qr'],
  signature: 'qr(Tensor input, bool some = True, *, tuple of Tensors out = None)',
  shape: '(*, m, n) -> (*, m, k), (*, k, n)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const { batch, m, n, k } = matrixParts(ctx, x, 'linalg.qr', 'geqrf_cpu');
    const some = a.bool('some');
    const inner = some === undefined ? min(m, ctx.world.freshSize()) : some ? k : m;
    const of = (...sizes: Dim[]): Out => tensorOut(concatenate(batch, shapeOf(sizes)), x.dtype, { layout: 'unknown' });
    return tupleOut([of(m, inner), of(inner, n)], { name: 'qr', fields: ['Q', 'R'] });
  },
  kernel: (k) => {
    const { q, r } = qr(k.array('input'), k.bool('some') ? 'reduced' : 'complete');
    return [q, r];
  },
  samples: ['torch.qr(torch.rand(3, 2))'],
  errors: [['torch.qr(torch.rand(3))', 'rank-mismatch']],
  doc: 'torch.qr',
};

const solveEx: Operation = {
  names: ['torch.linalg.solve_ex'],
  signature: 'linalg_solve_ex(Tensor A, Tensor B, *, bool left = True, bool check_errors = False, tuple of Tensors out = None)',
  shape: '(*, n, n), (*, n, k) -> (*, n, k), (*)',
  rule: (ctx, a) => {
    const [x, b] = [a.tensor('A'), a.tensor('B')];
    requireSquare(ctx, x, 'linalg.solve');
    const matrix = b.rank !== undefined && b.rank === x.rank && a.bool('left') === true;
    const shape = matrix ? requireSystem(ctx, x, b, 'linalg.solve', true) : unknownShape();
    return tupleOut([tensorOut(shape, x.dtype, { layout: 'unknown' }), tensorOut(withoutLast(ctx, x.shape, 2), 'int32')], {
      name: 'linalg_solve_ex',
      fields: ['result', 'info'],
    });
  },
  kernel: (k) => [solve(k.array('A'), k.array('B')), zeros(k.array('A').shape.slice(0, -2), 'int32')],
  samples: [`torch.linalg.solve_ex(${EYE}, torch.ones(2, 3))`],
  errors: [['torch.linalg.solve_ex(torch.ones(2, 3), torch.ones(2, 3))', 'not-square']],
  doc: 'torch.linalg.solve_ex',
};

export const MATRIX_FACTORS: readonly Operation[] = [
  luFactorOp,
  oldLu,
  luOp,
  luSolveEntry(
    ['torch.linalg.lu_solve'],
    'linalg_lu_solve(Tensor LU, Tensor pivots, Tensor B, *, bool left = True, bool adjoint = False, Tensor out = None)',
    'linalg.lu_solve',
  ),
  luSolveEntry(
    ['torch.lu_solve', 'Tensor.lu_solve'],
    'lu_solve(Tensor input, Tensor LU_data, Tensor LU_pivots, *, Tensor out = None)',
    'linalg.lu_solve',
  ),
  checked(
    'inv_ex',
    'linalg_inv_ex(Tensor A, *, bool check_errors = False, tuple of Tensors out = None)',
    'linalg.inv',
    ['inverse', 'info'],
    inverse,
  ),
  checked(
    'cholesky_ex',
    'linalg_cholesky_ex(Tensor input, *, bool upper = False, bool check_errors = False, tuple of Tensors out = None)',
    'linalg.cholesky',
    ['L', 'info'],
    cholesky,
  ),
  solveEx,
  oldSvd,
  oldQr,
];
