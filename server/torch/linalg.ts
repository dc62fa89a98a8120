/**
 * Functions of square matrices and factorisations: inverse, determinant, solve, Cholesky, QR, SVD, eigenvalues.
 */
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, min } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { full, wrapScalar } from '../kernels/array.ts';
import { rename } from '../kernels/autograd.ts';
import { binary, compare } from '../kernels/binary.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import { cholesky, determinant, eigh, inverse, matrixPower, type QrMode, qr, slogdet, solve } from '../kernels/linear-algebra.ts';
import { sum } from '../kernels/reduce.ts';
import { pinv, singularValues, svd } from '../kernels/svd.ts';
import { where } from '../kernels/ternary.ts';
import { replaceAxis } from '../shapes/axes.ts';
import type { Shape } from '../shapes/shape.ts';
import { concatenate, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { rankFault, requireFloating, requireSameType, withoutLast } from './contraction.ts';
import { broadcastPair, withoutOut } from './elementwise.ts';
import type { Operation } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import { refuseType } from './promotion.ts';

const WIDE: Readonly<Record<string, 'float32' | 'float64'>> = { complex64: 'float32', complex128: 'float64' };
const realOf = (x: TensorArg) => (x.dtype === undefined ? undefined : (WIDE[x.dtype] ?? x.dtype));

/** `linalg.inv: The input tensor A must have at least 2 dimensions.` */
export function requireMatrix(ctx: Context, x: TensorArg, name: string, called = 'A'): void {
  const held = ctx.world.limitRank(x.shape, 2, Infinity);
  if (held.decision === 'no')
    ctx.fail(rankFault(ctx, x, 'at least 2 dimensions', `${name}: The input tensor ${called} must have at least 2 dimensions.`));
}

/** `linalg.inv: A must be batches of square matrices, but they are 4 by 2 matrices` */
export function requireSquare(ctx: Context, x: TensorArg, name: string): Dim {
  requireMatrix(ctx, x, name);
  const [n, m] = [x.someSize(-2), x.someSize(-1)];
  ctx.require(eq(n, m), () => ({
    code: 'not-square',
    text: ctx.text`${name}: A must be batches of square matrices, but they are ${n} by ${m} matrices`,
    message: `${name}: the matrices are ${ctx.spell(n)} by ${ctx.spell(m)}, square ones are needed`,
    origins: [n.origin ?? x.origin, m.origin],
  }));
  return n;
}

export function requireMatrixType(ctx: Context, x: TensorArg, name: string, low = true): void {
  requireFloating(ctx, x.dtype, (title) => `${name}: Expected a floating point or complex tensor as input. Got ${title}`);
  if (!low || (x.dtype !== 'float16' && x.dtype !== 'bfloat16')) return;
  const text = `${name}: Low precision dtypes not supported. Got ${scalarTypeName(x.dtype)}`;
  ctx.fail({ code: 'dtype-mismatch', text, message: text });
}

/** Raises where the numbers are known and the matrix has no inverse. */
function refuseSingular(ctx: Context, x: TensorArg, text: (batch: string) => string): void {
  const values = x.values;
  if (values === undefined || values.rank < 2 || values.numel === 0 || values.dtype.startsWith('complex')) return;
  const n = values.shape.at(-1) as number;
  const flat = values.toFlat();
  for (let at = 0; at < flat.length; at += n * n) {
    const pivot = zeroPivot(flat.slice(at, at + n * n), n);
    if (pivot === undefined) continue;
    const batch = values.rank > 2 ? `(Batch element ${at / (n * n)}): ` : '';
    ctx.fail({
      code: 'singular-matrix',
      exception: '_LinAlgError',
      text: text(batch).replace('%P', String(pivot)),
      message: `${ctx.name}: the matrix is singular`,
      origins: [x.origin],
    });
  }
}

/** The first pivot that is 0, counted from 1. */
function zeroPivot(m: number[], n: number): number | undefined {
  for (let c = 0; c < n; c++) {
    let best = c;
    for (let r = c + 1; r < n; r++) if (Math.abs(m[r * n + c] as number) > Math.abs(m[best * n + c] as number)) best = r;
    const pivot = m[best * n + c] as number;
    if (pivot === 0) return c + 1;
    if (best !== c) {
      for (let j = 0; j < n; j++) [m[c * n + j], m[best * n + j]] = [m[best * n + j] as number, m[c * n + j] as number];
    }
    for (let r = c + 1; r < n; r++) {
      const f = (m[r * n + c] as number) / pivot;
      for (let j = c; j < n; j++) m[r * n + j] = Math.fround((m[r * n + j] as number) - f * (m[c * n + j] as number));
    }
  }
  return undefined;
}

interface SquareForm {
  /** The same under its older name in `torch` and as a method, with the signature it has there. */
  readonly older?: readonly [name: string, signature: string];
  readonly names: readonly string[];
  readonly signature: string;
  readonly title: string;
  /** What is left of the matrix: itself, or nothing. */
  readonly left: 'matrix' | 'batch';
  readonly kernel: (x: NdArray, k: KernelArguments) => NdArray;
  /** Where the older function's history has another name. */
  readonly olderKernel?: (x: NdArray, k: KernelArguments) => NdArray;
  readonly singular?: true;
  readonly low?: false;
  readonly sample: string;
  readonly errors?: false;
}

const EYE = 'torch.tensor([[2.0, 0.0], [0.0, 1.0]])';

const SQUARE: readonly SquareForm[] = [
  {
    names: ['torch.linalg.inv'],
    signature: 'linalg_inv(Tensor A, *, Tensor out = None)',
    older: ['inverse', 'inverse(Tensor input, *, Tensor out = None)'],
    title: 'linalg.inv',
    left: 'matrix',
    kernel: inverse,
    singular: true,
    sample: EYE,
  },
  {
    names: ['torch.linalg.det'],
    signature: 'linalg_det(Tensor A, *, Tensor out = None)',
    older: ['det', 'det(Tensor input)'],
    title: 'linalg.det',
    left: 'batch',
    kernel: determinant,
    low: false,
    sample: EYE,
  },
  {
    names: ['torch.logdet', 'Tensor.logdet'],
    signature: 'logdet(Tensor input)',
    title: 'logdet',
    left: 'batch',
    kernel: (x) => {
      const { sign, logabsdet } = slogdet(x);
      return where(compare('eq', sign, wrapScalar(-1, 'int')), full([], Number.NaN, x.dtype), logabsdet);
    },
    sample: EYE,
  },
  {
    names: ['torch.linalg.cholesky'],
    signature: 'linalg_cholesky(Tensor input, *, bool upper = False, Tensor out = None)',
    older: ['cholesky', 'cholesky(Tensor input, bool upper = False, *, Tensor out = None)'],
    title: 'linalg.cholesky',
    left: 'matrix',
    kernel: (x, k) => cholesky(x, k.bool('upper')),
    olderKernel: (x, k) => cholesky(x, k.bool('upper'), 'CholeskyBackward0'),
    sample: EYE,
  },
  {
    names: ['torch.linalg.matrix_power'],
    signature: 'linalg_matrix_power(Tensor input, int n, *, Tensor out = None)',
    older: ['matrix_power', 'matrix_power(Tensor input, int n, *, Tensor out = None)'],
    title: 'linalg.matrix_power',
    left: 'matrix',
    kernel: (x, k) => matrixPower(x, k.int('n')),
    sample: `${EYE}, 2`,
    errors: false,
  },
];

/** What `torch.linalg` calls its matrix: `A` in some functions. */
const matrixName = (a: Arguments): string => (a.exists('A') ? 'A' : 'input');

function squareEntries(form: SquareForm): readonly Operation[] {
  const own = squareEntry(form);
  if (form.older === undefined) return [own];
  const [name, signature] = form.older;
  const older = form.olderKernel === undefined ? own : squareEntry({ ...form, kernel: form.olderKernel });
  return [own, { ...older, names: [`torch.${name}`, `Tensor.${name}`], signature, doc: `torch.${name}` }];
}

function squareEntry(form: SquareForm): Operation {
  return {
    names: form.names,
    signature: form.signature,
    shape: form.left === 'matrix' ? '(*, n, n) -> (*, n, n)' : '(*, n, n) -> (*)',
    rule: (ctx, a) => {
      const x = a.tensor(matrixName(a));
      requireSquare(ctx, x, form.title);
      requireMatrixType(ctx, x, form.title, form.low ?? true);
      if (form.low === false && (x.dtype === 'float16' || x.dtype === 'bfloat16')) {
        refuseType(ctx, { f: 'lu_cpu' }, x.dtype);
      }
      if (form.singular === true) {
        refuseSingular(
          ctx,
          x,
          (batch) =>
            `${form.title}: ${batch}The diagonal element %P is zero, the inversion could not be completed because the input matrix is singular.`,
        );
      }
      return tensorOut(form.left === 'matrix' ? x.shape : withoutLast(ctx, x.shape, 2), x.dtype);
    },
    kernel: (k) => {
      withoutOut(k);
      return form.kernel(k.array(matrixName(k.rule)), k);
    },
    samples: [`${form.names[0]}(${form.sample})`],
    ...(form.errors === false ? {} : { errors: [[`${form.names[0]}(torch.ones(2, 3))`, 'not-square'] as const] }),
    doc: form.names[0] as string,
  };
}

const slogdetEntry = (named: string, names: readonly string[], signature: string): Operation => ({
  names,
  signature,
  shape: '(*, n, n) -> (*), (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    requireSquare(ctx, x, 'linalg.slogdet');
    requireMatrixType(ctx, x, 'linalg.slogdet');
    const batch = withoutLast(ctx, x.shape, 2);
    return tupleOut([tensorOut(batch, x.dtype), tensorOut(batch, realOf(x))], { name: named, fields: ['sign', 'logabsdet'] });
  },
  kernel: (k) => {
    const { sign, logabsdet } = slogdet(k.array('input'));
    return [sign, logabsdet];
  },
  samples: [`${names[0]}(${EYE})`],
  errors: [[`${names[0]}(torch.ones(2, 3))`, 'not-square']],
  doc: names[0] as string,
});

const SLOGDETS: readonly Operation[] = [
  slogdetEntry('linalg_slogdet', ['torch.linalg.slogdet'], 'linalg_slogdet(Tensor input, *, tuple of Tensors out = None)'),
  slogdetEntry('slogdet', ['torch.slogdet', 'Tensor.slogdet'], 'slogdet(Tensor input, *, tuple of Tensors out = None)'),
];

const SOLVE: Operation = {
  names: ['torch.linalg.solve'],
  signature: 'linalg_solve(Tensor input, Tensor B, *, bool left = True, Tensor out = None)',
  shape: '(*, n, n), (*, n, k) -> (*, n, k)',
  rule: (ctx, a) => {
    const [x, b] = [a.tensor('input'), a.tensor('B')];
    requireMatrixType(ctx, x, 'linalg.solve');
    const n = requireSquare(ctx, x, 'linalg.solve');
    requireSameType(
      ctx,
      x,
      b,
      (p, q) =>
        `linalg.solve: Expected A and B to have the same dtype, but found A of type ${scalarTypeName(p)} and B of type ${scalarTypeName(q)} instead`,
    );
    const [p, q] = [x.rank, b.rank];
    if (p === undefined || q === undefined || a.bool('left') !== true) return tensorOut(unknownShape(), x.dtype);
    const batch = withoutLast(ctx, x.shape, 2);
    const vector = q === 1 || (p - 1 === q && ctx.world.decideEqual(b.shape, concatenate(batch, shapeOf([n]))) === 'yes');
    const rows = (vector ? b.size(-1) : b.size(-2)) as Dim;
    const columns = vector ? undefined : b.someSize(-1);
    ctx.require(eq(rows, n), () => ({
      code: 'shape-mismatch',
      text: ctx.text`linalg.solve: Incompatible shapes of A and B for the equation AX = B (${n}x${n} and ${rows}x${columns ?? 1})`,
      message: `${ctx.name}: A is ${ctx.spell(x.shape)}, B is ${ctx.spell(b.shape)}`,
      origins: [n.origin ?? x.origin, rows.origin ?? b.origin],
    }));
    const batches = broadcastPair(ctx, batch, vector ? withoutLast(ctx, b.shape, 1) : withoutLast(ctx, b.shape, 2));
    refuseSingular(ctx, x, (at) => `torch.linalg.solve: ${at}The solver failed because the input matrix is singular.`);
    return tensorOut(concatenate(batches, shapeOf(columns === undefined ? [n] : [n, columns])), x.dtype);
  },
  kernel: (k) => solve(k.array('input'), k.array('B')),
  samples: [`torch.linalg.solve(${EYE}, torch.ones(2))`, `torch.linalg.solve(${EYE}, torch.ones(2, 3))`],
  errors: [[`torch.linalg.solve(${EYE}, torch.ones(4, 2))`, 'shape-mismatch']],
  doc: 'torch.linalg.solve',
};

// ---------------------------------------------------------------- factorisations

/** Rows, columns and the lesser of a matrix, with what stands in front. */
export function matrixParts(
  ctx: Context,
  x: TensorArg,
  name: string,
  cpu?: string,
): { readonly batch: Shape; readonly m: Dim; readonly n: Dim; readonly k: Dim } {
  requireMatrix(ctx, x, name);
  if (cpu !== undefined && (x.dtype === 'float16' || x.dtype === 'bfloat16')) refuseType(ctx, { f: cpu }, x.dtype);
  requireMatrixType(ctx, x, name);
  const [m, n] = [x.someSize(-2), x.someSize(-1)];
  return { batch: withoutLast(ctx, x.shape, 2), m, n, k: min(m, n) };
}

const QR: Operation = {
  names: ['torch.linalg.qr'],
  signature: "linalg_qr(Tensor input, str mode = 'reduced', *, tuple of Tensors out = None)",
  shape: '(*, m, n) -> (*, m, k), (*, k, n)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const { batch, m, n, k } = matrixParts(ctx, x, 'linalg.qr', 'geqrf_cpu');
    const mode = a.string('mode');
    const inner = mode === 'complete' ? m : k;
    const named = { name: 'linalg_qr', fields: ['Q', 'R'] };
    if (mode === undefined) return tupleOut([tensorOut(unknownShape(), x.dtype), tensorOut(unknownShape(), x.dtype)], named);
    const q = mode === 'r' ? shapeOf([constant(0)]) : concatenate(batch, shapeOf([m, inner]));
    return tupleOut([tensorOut(q, x.dtype), tensorOut(concatenate(batch, shapeOf([inner, n])), x.dtype)], named);
  },
  kernel: (k) => {
    const { q, r } = qr(k.array('input'), k.string('mode') as QrMode);
    return [q, r];
  },
  samples: ['torch.linalg.qr(torch.rand(3, 2))'],
  errors: [['torch.linalg.qr(torch.rand(3))', 'rank-mismatch']],
  doc: 'torch.linalg.qr',
};

const SVD: Operation = {
  names: ['torch.linalg.svd'],
  signature: 'linalg_svd(Tensor input, bool full_matrices = True, *, str? driver = None, tuple of Tensors out = None)',
  shape: '(*, m, n) -> (*, m, m), (*, k), (*, n, n)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const { batch, m, n, k } = matrixParts(ctx, x, 'linalg.svd', 'linalg_svd_cpu');
    const full = a.bool('full_matrices');
    const side = (whole: Dim): Dim => (full === undefined ? ctx.world.freshSize() : full ? whole : k);
    return tupleOut(
      [
        // Both lie column by column.
        tensorOut(concatenate(batch, shapeOf([m, side(m)])), x.dtype, { layout: 'unknown' }),
        tensorOut(concatenate(batch, shapeOf([k])), realOf(x)),
        tensorOut(concatenate(batch, shapeOf([side(n), n])), x.dtype, { layout: 'unknown' }),
      ],
      { name: 'linalg_svd', fields: ['U', 'S', 'Vh'] },
    );
  },
  kernel: (k) => {
    return svd(k.array('input'), k.bool('full_matrices'));
  },
  samples: [`torch.linalg.svd(${EYE})`, 'torch.linalg.svd(torch.tensor([[1.0, 2.0], [0.0, 1.0], [3.0, 1.0]]), full_matrices=False)'],
  errors: [['torch.linalg.svd(torch.rand(3))', 'rank-mismatch']],
  doc: 'torch.linalg.svd',
};

export const SVDVALS: Operation = {
  names: ['torch.linalg.svdvals'],
  signature: 'linalg_svdvals(Tensor input, *, str? driver = None, Tensor out = None)',
  shape: '(*, m, n) -> (*, k)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const { batch, k } = matrixParts(ctx, x, 'linalg.svd', 'linalg_svd_cpu');
    return tensorOut(concatenate(batch, shapeOf([k])), realOf(x));
  },
  kernel: (k) => singularValues(k.array('input')),
  samples: ['torch.linalg.svdvals(torch.rand(3, 2))'],
  doc: 'torch.linalg.svdvals',
};

const EIGH: Operation = {
  names: ['torch.linalg.eigh'],
  signature: "linalg_eigh(Tensor input, str UPLO = 'L', *, tuple of Tensors out = None)",
  shape: '(*, n, n) -> (*, n), (*, n, n)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    requireSquare(ctx, x, 'linalg.eigh');
    requireMatrixType(ctx, x, 'linalg.eigh');
    return tupleOut([tensorOut(withoutLast(ctx, x.shape, 1), realOf(x)), tensorOut(x.shape, x.dtype)], {
      name: 'linalg_eigh',
      fields: ['eigenvalues', 'eigenvectors'],
    });
  },
  kernel: (k) => {
    const { values, vectors } = eigh(k.array('input'));
    return [values, vectors];
  },
  samples: [`torch.linalg.eigh(${EYE})`],
  errors: [['torch.linalg.eigh(torch.ones(2, 3))', 'not-square']],
  doc: 'torch.linalg.eigh',
};

const PINV: Operation = {
  names: ['torch.linalg.pinv', 'torch.pinverse', 'Tensor.pinverse'],
  signature: 'linalg_pinv(Tensor input, *, float? atol = None, float? rtol = None, bool hermitian = False, Tensor out = None)',
  shape: '(*, m, n) -> (*, n, m)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const held = ctx.world.limitRank(x.shape, 2, Infinity);
    if (held.decision === 'no') {
      const shown = x.dtype === undefined ? undefined : ctx.text`${scalarTypeName(x.dtype)}{${x.shape}}`;
      const text =
        shown === undefined
          ? undefined
          : `linalg.pinv(${shown}): expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble types`;
      ctx.fail(rankFault(ctx, x, 'at least 2 dimensions', text));
    }
    const { m, n } = matrixParts(ctx, x, 'linalg.pinv');
    return tensorOut(replaceAxis(ctx.world, replaceAxis(ctx.world, x.shape, -1, [m]), -2, [n]), x.dtype);
  },
  kernel: (k) => pinv(k.array('input')),
  samples: ['torch.linalg.pinv(torch.rand(3, 2))'],
  errors: [['torch.linalg.pinv(torch.rand(3))', 'rank-mismatch']],
  doc: 'torch.linalg.pinv',
};

const VECDOT: Operation = {
  names: ['torch.linalg.vecdot'],
  signature: 'linalg_vecdot(Tensor x, Tensor y, *, int dim = -1, Tensor out = None)',
  shape: '(*, n), (*, n) -> (*)',
  rule: (ctx, a) => {
    const [x, y] = [a.tensor('x'), a.tensor('y')];
    const shape = broadcastPair(ctx, x.shape, y.shape);
    const dim = ctx.known(a.int('dim'));
    return tensorOut(dim === undefined ? unknownShape() : replaceAxis(ctx.world, shape, dim, []), x.dtype);
  },
  kernel: (k) => {
    const [x, y] = [k.array('x'), k.array('y')];
    const out = sum(binary('mul', x, y), k.int('dim'));
    return x.rank === 1 && y.rank === 1 ? rename(out, 'VdotBackward0') : out;
  },
  samples: ['torch.linalg.vecdot(torch.rand(2, 3), torch.rand(3))'],
  doc: 'torch.linalg.vecdot',
};

export const INVERSE = squareEntries(SQUARE[0] as SquareForm)[0] as Operation;

export const LINALG: readonly Operation[] = [...SQUARE.flatMap(squareEntries), ...SLOGDETS, SOLVE, QR, SVD, SVDVALS, EIGH, PINV, VECDOT];
