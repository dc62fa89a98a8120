/**
 * Functions of matrices beyond inverse and determinant: triangular systems, exponential, rank, condition, least squares,
 * eigenvalues. Factorisations stand in `matrix-factors.ts`.
 */
import { eq } from '../dims/cond.ts';
import { constant } from '../dims/dim.ts';
import { fromFlat, zeros } from '../kernels/array.ts';
import { rename } from '../kernels/autograd.ts';
import type { DType } from '../kernels/dtype.ts';
import { KernelError } from '../kernels/dtype.ts';
import { eigh } from '../kernels/linear-algebra.ts';
import { matmul } from '../kernels/matmul.ts';
import { choleskyInverse, choleskySolve, matrixExp, solveTriangular } from '../kernels/matrix-functions.ts';
import { pinv, singularValues } from '../kernels/svd.ts';
import { contiguous, squeeze, transpose, unsqueeze } from '../kernels/views.ts';
import type { Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { concatenate, shapeOf, unknownShape } from '../shapes/shape.ts';
import { apply } from './apply.ts';
import type { TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { rankFault, withoutLast } from './contraction.ts';
import { broadcastPair, withoutOut } from './elementwise.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import { INVERSE, matrixParts, requireMatrix, requireMatrixType, requireSquare, SVDVALS } from './linalg.ts';
import { callMethod } from './method-call.ts';
import { MATRIX_NORM } from './norms.ts';

const EYE = 'torch.tensor([[2.0, 0.0], [0.5, 1.0]])';
const LOWER = 'torch.tensor([[2.0, 0.0], [0.5, 1.0]])';

/** The dtype of the numbers' real parts. */
export const realOf = (x: TensorArg): DType | undefined =>
  x.dtype === 'complex64' ? 'float32' : x.dtype === 'complex128' ? 'float64' : x.dtype;

const EPSILON: Readonly<Record<string, number>> = { float32: 2 ** -23, float64: 2 ** -52 };

/** A and B of `A X = B`: as many rows of B as A has, or columns for `X A = B`. The result's shape. */
export function requireSystem(ctx: Context, x: TensorArg, b: TensorArg, title: string, left: boolean | undefined): Shape {
  const n = requireSquare(ctx, x, title);
  const held = ctx.world.limitRank(b.shape, 2, Number.POSITIVE_INFINITY);
  if (held.decision === 'no')
    ctx.fail(rankFault(ctx, b, 'at least 2 dimensions', `${title}: The input tensor B must have at least 2 dimensions.`));
  const [rows, cols] = [b.someSize(-2), b.someSize(-1)];
  if (left !== undefined) {
    ctx.require(eq(left ? rows : cols, n), () => ({
      code: 'shape-mismatch',
      text: ctx.text`${title}: Incompatible shapes of A and B for the equation ${left ? 'AX = B' : 'XA = B'} (${n}x${n} and ${rows}x${cols})`,
      message: `${ctx.name}: A is ${ctx.spell(x.shape)}, B is ${ctx.spell(b.shape)}`,
      origins: [n.origin ?? x.origin, rows.origin ?? b.origin],
    }));
  }
  const batch = broadcastPair(ctx, withoutLast(ctx, x.shape, 2), withoutLast(ctx, b.shape, 2));
  return concatenate(batch, shapeOf([rows, cols]));
}

const solveTriangularOp: Operation = {
  names: ['torch.linalg.solve_triangular'],
  signature:
    'linalg_solve_triangular(Tensor input, Tensor B, *, bool upper, bool left = True, bool unitriangular = False, Tensor out = None)',
  shape: '(*, n, n), (*, n, k) -> (*, n, k)',
  rule: (ctx, a) => {
    const [x, b] = [a.tensor('input'), a.tensor('B')];
    return tensorOut(requireSystem(ctx, x, b, 'linalg.solve_triangular', a.bool('left')), x.dtype, { layout: 'unknown' });
  },
  kernel: (k) => {
    withoutOut(k);
    return solveTriangular(k.array('input'), k.array('B'), { upper: k.bool('upper'), left: k.bool('left'), unit: k.bool('unitriangular') });
  },
  samples: [
    `torch.linalg.solve_triangular(${LOWER}, torch.rand(2, 3), upper=False)`,
    `torch.linalg.solve_triangular(${LOWER}, torch.rand(3, 2), upper=True, left=False, unitriangular=True)`,
  ],
  errors: [[`torch.linalg.solve_triangular(${LOWER}, torch.rand(3, 2), upper=False)`, 'shape-mismatch']],
  doc: 'torch.linalg.solve_triangular',
};

const triangularSolve: Operation = {
  names: ['torch.triangular_solve', 'Tensor.triangular_solve'],
  signature:
    'triangular_solve(Tensor input, Tensor A, bool upper = True, bool transpose = False, bool unitriangular = False, *, tuple of Tensors out = None)',
  shape: '(*, n, k), (*, n, n) -> (*, n, k), (*, n, n)',
  rule: (ctx, a) => {
    const [b, x] = [a.tensor('input'), a.tensor('A')];
    const shape = requireSystem(ctx, x, b, 'torch.triangular_solve', true);
    return tupleOut([tensorOut(shape, b.dtype, { layout: 'unknown' }), tensorOut(x.shape, x.dtype)], {
      name: 'triangular_solve',
      fields: ['solution', 'cloned_coefficient'],
    });
  },
  kernel: (k) => {
    const [b, x] = [k.array('input'), k.array('A')];
    const turned = k.bool('transpose');
    const upper = k.bool('upper') !== turned;
    const solution = solveTriangular(turned ? transpose(x, -2, -1) : x, b, { upper, unit: k.bool('unitriangular') });
    return [rename(solution, 'TriangularSolveBackward0'), contiguous(x)];
  },
  samples: [`torch.triangular_solve(torch.rand(2, 3), ${LOWER}, upper=False)`],
  errors: [[`torch.triangular_solve(torch.rand(3, 2), ${LOWER})`, 'shape-mismatch']],
  doc: 'torch.triangular_solve',
};

const choleskySolveOp: Operation = {
  names: ['torch.cholesky_solve', 'Tensor.cholesky_solve'],
  signature: 'cholesky_solve(Tensor input, Tensor input2, bool upper = False, *, Tensor out = None)',
  shape: '(*, n, k), (*, n, n) -> (*, n, k)',
  rule: (ctx, a) => {
    const [b, x] = [a.tensor('input'), a.tensor('input2')];
    for (const [t, name] of [
      [b, 'b'],
      [x, 'u'],
    ] as const) {
      if (ctx.world.limitRank(t.shape, 2, Number.POSITIVE_INFINITY).decision !== 'no') continue;
      ctx.fail(
        rankFault(ctx, t, 'at least 2 dimensions', `${name} should have at least 2 dimensions, but has ${t.rank} dimensions instead`),
      );
    }
    const [n, rows, cols] = [x.someSize(-1), b.someSize(-2), b.someSize(-1)];
    ctx.require(eq(n, rows), () => ({
      code: 'shape-mismatch',
      text: ctx.text`Incompatible matrix sizes for cholesky_solve: each A matrix is ${n} by ${n} but each b matrix is ${rows} by ${cols}`,
      message: `${ctx.name}: the factor is ${ctx.spell(x.shape)}, the right side ${ctx.spell(b.shape)}`,
      origins: [n.origin ?? x.origin, rows.origin ?? b.origin],
    }));
    const batch = broadcastPair(ctx, withoutLast(ctx, x.shape, 2), withoutLast(ctx, b.shape, 2));
    return tensorOut(concatenate(batch, shapeOf([rows, cols])), b.dtype, { layout: 'unknown' });
  },
  kernel: (k) => choleskySolve(k.array('input'), k.array('input2'), k.bool('upper')),
  samples: [`torch.cholesky_solve(torch.rand(2, 3), ${LOWER})`],
  errors: [[`torch.cholesky_solve(torch.rand(3, 2), ${LOWER})`, 'shape-mismatch']],
  doc: 'torch.cholesky_solve',
};

/** One square matrix in, one tensor of its shape out. */
const square = (
  form: Pick<Operation, 'names' | 'signature'> & {
    readonly title: string;
    readonly kernel: NonNullable<Operation['kernel']>;
    readonly sample: string;
  },
): Operation => ({
  names: form.names,
  signature: form.signature,
  shape: '(*, n, n) -> (*, n, n)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    requireSquare(ctx, x, form.title);
    requireMatrixType(ctx, x, form.title);
    return tensorOut(x.shape, x.dtype, { layout: 'unknown' });
  },
  kernel: form.kernel,
  samples: [`${form.names[0]}(${form.sample})`],
  errors: [[`${form.names[0]}(torch.ones(2, 3))`, 'not-square']],
  doc: form.names[0] as string,
});

const SQUARE: readonly Operation[] = [
  square({
    names: ['torch.cholesky_inverse', 'Tensor.cholesky_inverse'],
    signature: 'cholesky_inverse(Tensor input, bool upper = False, *, Tensor out = None)',
    title: 'cholesky_inverse',
    kernel: (k) => choleskyInverse(k.array('input'), k.bool('upper')),
    sample: LOWER,
  }),
  square({
    names: ['torch.linalg.matrix_exp', 'torch.matrix_exp', 'Tensor.matrix_exp'],
    signature: 'linalg_matrix_exp(Tensor input)',
    title: 'linalg.matrix_exp',
    kernel: (k) => matrixExp(k.array('input')),
    sample: EYE,
  }),
];

// ---------------------------------------------------------------- singular values

const matrixRank: Operation = {
  names: ['torch.linalg.matrix_rank'],
  signature: [
    'linalg_matrix_rank(Tensor input, *, Tensor? atol = None, Tensor? rtol = None, bool hermitian = False, Tensor out = None)',
    'linalg_matrix_rank(Tensor input, *, float? atol = None, float? rtol = None, bool hermitian = False, Tensor out = None)',
    'linalg_matrix_rank(Tensor input, float tol, bool hermitian = False, *, Tensor out = None)',
  ],
  shape: '(*, m, n) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    requireMatrix(ctx, x, 'torch.linalg.matrix_rank', 'input');
    return tensorOut(withoutLast(ctx, x.shape, 2), 'int64');
  },
  kernel: (k) => {
    withoutOut(k);
    const x = k.array('input');
    const own = (name: string): number | undefined => (k.rule.exists(name) && !k.isNone(name) ? k.number(name) : undefined);
    const atol = own('atol') ?? own('tol') ?? 0;
    const usual =
      own('tol') === undefined && atol === 0 ? Math.max(x.shape.at(-1) as number, x.shape.at(-2) as number) * (EPSILON[x.dtype] ?? 0) : 0;
    const rtol = own('rtol') ?? usual;
    const values = singularValues(x);
    const count = values.shape.at(-1) as number;
    const flat = values.toFlat();
    const ranks = Array.from({ length: count === 0 ? 0 : flat.length / count }, (_, i) => {
      const row = flat.slice(i * count, (i + 1) * count);
      const limit = Math.max(atol, rtol * Math.max(...row));
      return row.filter((s) => s > limit).length;
    });
    return fromFlat(ranks, x.shape.slice(0, -2), 'int64');
  },
  samples: [`torch.linalg.matrix_rank(${EYE})`, 'torch.linalg.matrix_rank(torch.ones(2, 3, 4))'],
  errors: [['torch.linalg.matrix_rank(torch.ones(3))', 'rank-mismatch']],
  doc: 'torch.linalg.matrix_rank',
};

const lstsq: Operation = {
  names: ['torch.linalg.lstsq'],
  signature: 'linalg_lstsq(Tensor input, Tensor b, float? rcond = None, *, str? driver = None, tuple of Tensors out = None)',
  shape: '(*, m, n), (*, m, k) -> (*, n, k), (*), (*), (*)',
  rule: (ctx, a) => {
    const [x, b] = [a.tensor('input'), a.tensor('b')];
    const { batch, m, n } = matrixParts(ctx, x, 'torch.linalg.lstsq');
    const named = { name: 'linalg_lstsq', fields: ['solution', 'residuals', 'rank', 'singular_values'] };
    const vector = b.rank === undefined || x.rank === undefined ? undefined : b.rank === x.rank - 1;
    const rows = vector === undefined ? undefined : b.size(vector ? -1 : -2);
    if (rows !== undefined) {
      ctx.require(eq(rows, m), () => ({
        code: 'shape-mismatch',
        text: `torch.linalg.lstsq: input.size(-2) should match other.size(${vector === true ? '-1' : '-2'})`,
        message: `${ctx.name}: A is ${ctx.spell(x.shape)}, B is ${ctx.spell(b.shape)}`,
        origins: [m.origin ?? x.origin, rows.origin ?? b.origin],
      }));
    }
    const solution = vector === undefined ? unknownShape() : concatenate(batch, shapeOf(vector ? [n] : [n, b.someSize(-1)]));
    // The usual driver leaves no residuals.
    const driver = a.isNone('driver') ? 'gelsy' : a.string('driver');
    const residuals = driver === 'gelsy' ? shapeOf([constant(0)]) : unknownShape();
    return tupleOut(
      [
        tensorOut(solution, x.dtype, { layout: 'unknown' }),
        tensorOut(residuals, realOf(x), { layout: 'unknown' }),
        tensorOut(batch, 'int64'),
        tensorOut(shapeOf([constant(0)]), realOf(x)),
      ],
      named,
    );
  },
  kernel: (k) => {
    const [x, given] = [k.array('input'), k.array('b')];
    const vector = given.rank === x.rank - 1;
    const b = vector ? unsqueeze(given, -1) : given;
    const [m, n] = [x.shape.at(-2) as number, x.shape.at(-1) as number];
    const out = matmul(pinv(x), b);
    const solution = rename(vector ? squeeze(out, -1) : out, 'LinalgLstsqBackward0');
    const values = singularValues(x);
    const flat = values.toFlat();
    const count = values.shape.at(-1) as number;
    const limit = Math.max(m, n) * (EPSILON[x.dtype] ?? 0);
    const ranks = Array.from({ length: flat.length / Math.max(1, count) }, (_, i) => {
      const row = flat.slice(i * count, (i + 1) * count);
      return row.filter((s) => s > limit * (row[0] ?? 0)).length;
    });
    if (!k.isNone('driver') && k.string('driver') !== 'gelsy') throw new KernelError('ShapeLint solves least squares by one driver only');
    return [solution, zeros([0], x.dtype), fromFlat(ranks, x.shape.slice(0, -2), 'int64'), zeros([0], x.dtype)];
  },
  samples: ['torch.linalg.lstsq(torch.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), torch.ones(3, 2))'],
  errors: [['torch.linalg.lstsq(torch.rand(3, 2), torch.ones(4, 2))', 'shape-mismatch']],
  doc: 'torch.linalg.lstsq',
};

// ---------------------------------------------------------------- eigenvalues

const eigvalsh: Operation = {
  names: ['torch.linalg.eigvalsh'],
  signature: "linalg_eigvalsh(Tensor input, str UPLO = 'L', *, Tensor out = None)",
  shape: '(*, n, n) -> (*, n)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    requireSquare(ctx, x, 'linalg.eigh');
    requireMatrixType(ctx, x, 'linalg.eigh');
    return tensorOut(withoutLast(ctx, x.shape, 1), realOf(x));
  },
  kernel: (k) => eigh(k.array('input')).values,
  samples: ['torch.linalg.eigvalsh(torch.tensor([[2.0, 0.5], [0.5, 1.0]]))'],
  errors: [['torch.linalg.eigvalsh(torch.ones(2, 3))', 'not-square']],
  doc: 'torch.linalg.eigvalsh',
};

const diagonalOp: Operation = {
  names: ['torch.linalg.diagonal'],
  signature: 'linalg_diagonal(Tensor A, *, int offset = 0, int dim1 = -2, int dim2 = -1)',
  shape: '(*, n, m) -> (*, k)',
  rule: (ctx, a) => callMethod(ctx, a.tensor('A').object, 'diagonal', a.value('offset'), a.value('dim1'), a.value('dim2')),
  samples: [`torch.linalg.diagonal(${EYE})`, 'torch.linalg.diagonal(torch.rand(2, 3, 4), offset=1)'],
  errors: [['torch.linalg.diagonal(torch.rand(3))', 'dim-out-of-range']],
  doc: 'torch.linalg.diagonal',
};

const cond: Operation = {
  names: ['torch.linalg.cond'],
  signature: [
    'linalg_cond(Tensor input, Number? p = None, *, Tensor out = None)',
    'linalg_cond(Tensor input, str p, *, Tensor out = None)',
  ],
  shape: '(*, m, n) -> (*)',
  rule: (ctx, a): Out | Value => {
    const x = a.tensor('input');
    requireMatrix(ctx, x, 'linalg.cond');
    const { interp } = ctx;
    const p = a.known('p');
    if (a.isNone('p') || p === 2 || p === -2) {
      const values = apply(ctx, SVDVALS, [x.object]);
      const at = (i: number): Value =>
        callMethod(ctx, values, 'narrow', interp.int(constant(-1)), interp.int(constant(i)), interp.int(constant(1)));
      const ratio = p === -2 ? callMethod(ctx, at(-1), '__truediv__', at(0)) : callMethod(ctx, at(0), '__truediv__', at(-1));
      return callMethod(ctx, ratio, 'squeeze', interp.int(constant(-1)));
    }
    requireSquare(ctx, x, `linalg.cond(ord=${a.string('p') ?? p ?? '?'})`);
    if (p === undefined && a.string('p') === undefined) return tensorOut(withoutLast(ctx, x.shape, 2), realOf(x));
    const norm = (value: Value): Value => apply(ctx, MATRIX_NORM, [value, a.value('p')]);
    return callMethod(ctx, norm(x.object), '__mul__', norm(apply(ctx, INVERSE, [x.object])));
  },
  samples: [`torch.linalg.cond(${EYE})`, `torch.linalg.cond(${EYE}, 1)`, `torch.linalg.cond(${EYE}, "fro")`],
  errors: [['torch.linalg.cond(torch.rand(2, 3), 1)', 'not-square']],
  doc: 'torch.linalg.cond',
};

export const MATRIX_FUNCTIONS: readonly Operation[] = [
  solveTriangularOp,
  triangularSolve,
  choleskySolveOp,
  ...SQUARE,
  diagonalOp,
  matrixRank,
  cond,
  lstsq,
  eigvalsh,
];
