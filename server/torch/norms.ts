/**
 * Norms, distances between whole tensors, quantiles, covariance, trace.
 */
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { fromFlat } from '../kernels/array.ts';
import { rename } from '../kernels/autograd.ts';
import { binary } from '../kernels/binary.ts';
import type { DType } from '../kernels/dtype.ts';
import { isComplex, isFloating, KernelError, realType, scalarTypeName } from '../kernels/dtype.ts';
import { cast } from '../kernels/elementwise.ts';
import { trace } from '../kernels/linear-algebra.ts';
import { matmul } from '../kernels/matmul.ts';
import { matrixNorm } from '../kernels/matrix-norm.ts';
import { quantile, vectorNorm } from '../kernels/moments.ts';
import { mean } from '../kernels/reduce.ts';
import { clamp } from '../kernels/ternary.ts';
import { unary } from '../kernels/unary.ts';
import { diagonal, reshape, select, transpose, unsqueeze, wrapDim } from '../kernels/views.ts';
import type { Shape } from '../shapes/shape.ts';
import { concatenate, numelOf, scalar, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { binaryForm } from './binary-forms.ts';
import type { Context } from './context.ts';
import { rankFault, requireFloating } from './contraction.ts';
import { broadcastShape, withoutOut } from './elementwise.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { passOn } from './native-argument.ts';
import type { Operand } from './promotion.ts';
import { commonType, computed, floatingType, operandOf, refuseType } from './promotion.ts';
import { reducedShape, sumType, wantedDims, wantedKeepdim } from './reducing.ts';
import { attributeOf } from './reduction.ts';

function invalid(ctx: Context, text: string, code = 'invalid-argument'): never {
  return ctx.fail({ code, text, message: `${ctx.name}: ${text}` });
}

/** `linalg.vector_norm: Expected a floating point or complex tensor as input. Got Long` */
export function requireNormType(ctx: Context, dtype: DType | undefined, name: string): void {
  requireFloating(ctx, dtype, (title) => `linalg.${name}: Expected a floating point or complex tensor as input. Got ${title}`);
}

function normType(a: Arguments, x: TensorArg): DType | undefined {
  const given = a.dtype('dtype');
  const type = given === null ? x.dtype : given;
  return type === undefined ? undefined : isComplex(type) ? realType(type) : type;
}

/** Norms of infinite or negative order have no value for no elements. */
function requireIdentity(ctx: Context, a: Arguments, x: TensorArg): void {
  const order = a.known(a.exists('p') ? 'p' : 'ord');
  if (order === undefined || (order >= 0 && order !== Number.POSITIVE_INFINITY) || x.dims?.some((d) => ctx.known(d) === 0) !== true) return;
  const shown = Number.isFinite(order) ? String(order) : order > 0 ? 'inf' : '-inf';
  const wanted = wantedDims(a);
  if (wanted === 'all') {
    const text = `linalg.vector_norm cannot compute the ${shown} norm on an empty tensor because the operation does not have an identity`;
    ctx.fail({ code: 'empty-reduction', text, message: `${ctx.name}: the tensor ${ctx.spell(x.shape)} is empty`, origins: [x.origin] });
  }
  for (const dim of wanted ?? []) {
    const axis = ctx.known(dim);
    const size = axis === undefined ? undefined : x.size(axis);
    if (size === undefined || ctx.known(size) !== 0) continue;
    const text = `linalg.vector_norm cannot compute the ${shown} norm on the dimension ${axis}because this dimension is empty and the operation does not have an identity`;
    ctx.fail({
      code: 'empty-reduction',
      text,
      message: `${ctx.name}: dimension ${axis} of ${ctx.spell(x.shape)} is empty`,
      origins: [x.origin],
    });
  }
}

export function vectorNormOut(ctx: Context, a: Arguments, x: TensorArg): Out {
  requireNormType(ctx, x.dtype, 'vector_norm');
  const shape = reducedShape(ctx, x, wantedDims(a), wantedKeepdim(a));
  requireIdentity(ctx, a, x);
  return tensorOut(shape, normType(a, x));
}

/** The two dimensions of a matrix norm; `dims` undefined stands for all of them. */
export function matrixNormOut(ctx: Context, a: Arguments, x: TensorArg, dims: readonly Dim[] | undefined, order: string | undefined): Out {
  const held = ctx.world.limitRank(x.shape, 2, Infinity);
  if (held.decision === 'no')
    ctx.fail(rankFault(ctx, x, 'at least 2 dimensions', 'linalg.matrix_norm: The input tensor A must have at least 2 dimensions.'));
  requireNormType(ctx, x.dtype, 'matrix_norm');
  if (order === 'nuc' && (x.dtype === 'float16' || x.dtype === 'bfloat16')) {
    invalid(ctx, `linalg.matrix_norm: Low precision dtypes not supported. Got ${scalarTypeName(x.dtype)}`, 'dtype-mismatch');
  }
  if (order !== undefined && order !== 'fro' && order !== 'nuc') invalid(ctx, `linalg.matrix_norm: Order ${order} not supported.`);
  const all = dims ?? x.dims?.map((_, i) => constant(i));
  if (all !== undefined && all.length !== 2)
    invalid(ctx, `linalg.matrix_norm: dim must be a 2-tuple. Got ${all.map((d) => ctx.spell(d)).join(' ')}`);
  if (all === undefined) return tensorOut(unknownShape(), normType(a, x));
  return tensorOut(reducedShape(ctx, x, all, wantedKeepdim(a)), normType(a, x));
}

/** A vector norm's order. */
function orderOf(k: KernelArguments, name: string): number {
  const value = k.value(name);
  if (value.kind === 'str' || value.kind === 'none') return 2;
  return k.number(name);
}

/** The two dimensions of a matrix; the last ones if none are given. */
function pairOf(x: NdArray, dims: readonly number[] | undefined): readonly [number, number] {
  const [i = -2, j = -1] = dims ?? [];
  return [wrapDim(i, x.rank), wrapDim(j, x.rank)];
}

function normKernel(k: KernelArguments, x: NdArray, order: string): NdArray {
  const typed = k.dtype('dtype');
  const input = typed === undefined ? x : cast(x, typed);
  const value = k.value(order);
  const dims = k.optionalInts('dim');
  if (value.kind === 'str' && value.value === 'nuc') return matrixNorm(input, 'nuc', pairOf(input, dims), k.bool('keepdim'));
  return vectorNorm(input, orderOf(k, order), dims === undefined || dims.length === 0 ? undefined : dims, k.bool('keepdim'));
}

function normRule(ctx: Context, a: Arguments, x: TensorArg): Out {
  const p = a.value('p');
  const order = p.kind === 'str' ? p.value : undefined;
  if (order === undefined || order === 'fro') {
    const ord = order === 'fro' || p.kind === 'none' ? ctx.interp.float(2) : p;
    passOn(ctx, a, 'linalg_vector_norm(Tensor input, Number ord, tuple of ints[1]? dim, bool keepdim, *, torch.dtype? dtype)', {
      input: x.object,
      ord,
    });
    return vectorNormOut(ctx, a, x);
  }
  return matrixNormOut(ctx, a, x, a.isNone('dim') ? undefined : a.ints('dim'), order);
}

const NORM: Operation = {
  names: ['torch.norm'],
  signature: "def norm(input, p='fro', dim=None, keepdim=False, out=None, dtype=None)",
  shape: '(*a) -> (*b)',
  rule: (ctx, a) => normRule(ctx, a, a.tensor('input', attributeOf(ctx, 'layout'))),
  kernel: (k) => normKernel(k, k.array('input'), 'p'),
  samples: ['torch.norm(torch.ones(2, 3))', 'torch.norm(torch.ones(2, 3), p=1, dim=1, keepdim=True)'],
  errors: [['torch.norm(torch.ones(2, 3), dim=2)', 'dim-out-of-range']],
  doc: 'torch.norm',
};

const NORM_METHOD: Operation = {
  names: ['Tensor.norm'],
  signature: "def Tensor.norm(self, p='fro', dim=None, keepdim=False, dtype=None)",
  shape: '(*a) -> (*b)',
  rule: (ctx, a) => normRule(ctx, a, a.tensor('self')),
  kernel: (k) => normKernel(k, k.array('self'), 'p'),
  samples: ['torch.ones(2, 3).norm()', 'torch.ones(2, 3).norm(2, 0)'],
  doc: 'torch.Tensor.norm',
};

const VECTOR_NORM: Operation = {
  names: ['torch.linalg.vector_norm'],
  signature:
    'linalg_vector_norm(Tensor input, Number ord = 2, tuple of ints[1]? dim = None, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)',
  shape: '(*a) -> (*b)',
  rule: (ctx, a) => vectorNormOut(ctx, a, a.tensor('input')),
  kernel: (k) => normKernel(k, k.array('input'), 'ord'),
  samples: ['torch.linalg.vector_norm(torch.ones(2, 3), dim=1)'],
  doc: 'torch.linalg.vector_norm',
};

const NORM_TAIL = 'tuple of ints[1]? dim = None, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None)';

/** Without an order all elements count; with one and two dimensions it is a matrix norm. */
const LINALG_NORM: Operation = {
  names: ['torch.linalg.norm'],
  signature: [`linalg_norm(Tensor input, Number? ord = None, ${NORM_TAIL}`, `linalg_norm(Tensor input, str ord, ${NORM_TAIL}`],
  shape: '(*a) -> (*b)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const order = a.value('ord');
    const dims = a.isNone('dim') ? undefined : a.ints('dim');
    if (order.kind !== 'none' && dims === undefined && a.isNone('dim') && x.rank !== undefined && x.rank !== 1 && x.rank !== 2) {
      invalid(ctx, `linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got ${x.rank}D.`);
    }
    const matrix = order.kind !== 'none' && (dims === undefined ? x.rank === 2 || order.kind === 'str' : dims.length === 2);
    const spectral = Math.abs(ctx.interp.asNumber(order) ?? 0) === 2;
    const named = order.kind === 'str' ? order.value : spectral ? 'nuc' : undefined;
    return matrix ? matrixNormOut(ctx, a, x, dims, named) : vectorNormOut(ctx, a, x);
  },
  kernel: (k) => {
    const order = k.value('ord');
    const x = k.array('input');
    const dims = k.optionalInts('dim');
    if (order.kind !== 'none' && order.kind !== 'str' && (dims === undefined ? x.rank === 2 : dims.length === 2)) {
      const typed = k.dtype('dtype');
      return matrixNorm(typed === undefined ? x : cast(x, typed), k.number('ord'), pairOf(x, dims), k.bool('keepdim'));
    }
    return normKernel(k, x, 'ord');
  },
  samples: ['torch.linalg.norm(torch.ones(2, 3))', "torch.linalg.norm(torch.ones(2, 3), 'fro')"],
  errors: [["torch.linalg.norm(torch.ones(2, 3, 4), 'fro')", 'invalid-argument']],
  doc: 'torch.linalg.norm',
};

export const MATRIX_NORM: Operation = {
  names: ['torch.linalg.matrix_norm'],
  signature: "def matrix_norm(input, ord='fro', dim=(-2, -1), keepdim=False, *, dtype=None, out=None)",
  shape: '(*, n, m) -> (*)',
  rule: (ctx, a) => {
    const order = a.value('ord');
    return matrixNormOut(ctx, a, a.tensor('input'), a.ints('dim'), order.kind === 'str' ? order.value : undefined);
  },
  kernel: (k) => {
    const order = k.value('ord');
    if (order.kind !== 'str') {
      const [x, typed] = [k.array('input'), k.dtype('dtype')];
      return matrixNorm(typed === undefined ? x : cast(x, typed), k.number('ord'), pairOf(x, k.optionalInts('dim')), k.bool('keepdim'));
    }
    return normKernel(k, k.array('input'), 'ord');
  },
  samples: ['torch.linalg.matrix_norm(torch.ones(4, 2, 3))'],
  errors: [['torch.linalg.matrix_norm(torch.ones(3))', 'rank-mismatch']],
  doc: 'torch.linalg.matrix_norm',
};

const DIST: Operation = {
  names: ['torch.dist', 'Tensor.dist'],
  signature: 'dist(Tensor input, Tensor other, Number p = 2)',
  shape: '(*a), (*b) -> ()',
  rule: (ctx, a) => {
    const operands = ['input', 'other'].map((name) => operandOf(ctx, a.tensor(name).object, name));
    binaryForm('sub').first?.(ctx, operands[0] as Operand, operands[1] as Operand, undefined);
    broadcastShape(ctx, operands);
    const type = computed(commonType(operands));
    const text = ['RuntimeError', 'norm(): input dtype should be either floating point or complex. Got %T instead.'] as const;
    refuseType(ctx, { b: text, i: text }, type);
    return tensorOut(scalar, type === undefined ? undefined : isComplex(type) ? realType(type) : type);
  },
  kernel: (k) => vectorNorm(binary('sub', k.array('input'), k.array('other')), k.number('p'), undefined, false, 'DistBackward0'),
  samples: ['torch.dist(torch.ones(2, 3), torch.zeros(3))'],
  errors: [['torch.dist(torch.ones(2), torch.zeros(3))', 'broadcast-mismatch']],
  doc: 'torch.dist',
};

// ---------------------------------------------------------------- quantile

const QUANTILE_TAIL = 'int? dim = None, bool keepdim = False, *, str interpolation = "linear", Tensor out = None)';

function quantileEntry(name: 'quantile'): Operation {
  return {
    names: [`torch.${name}`, `Tensor.${name}`],
    signature: [`${name}(Tensor input, Tensor q, ${QUANTILE_TAIL}`, `${name}(Tensor input, float q, ${QUANTILE_TAIL}`],
    shape: '(*a) -> (*b)',
    rule: (ctx, a) => {
      const x = a.tensor('input');
      const numel = numelOf(x.shape);
      if (numel !== undefined) {
        ctx.reject(eq(numel, constant(0)), () => ({
          code: 'empty-reduction',
          text: `${name}() input tensor must be non-empty`,
          message: `${name}: the tensor ${ctx.spell(x.shape)} is empty`,
          origins: [x.origin],
        }));
      }
      const q = operandOf(ctx, a.value('q'), 'q');
      const rank = q.level === 2 ? 0 : q.tensor?.rank;
      if (rank !== undefined && rank > 1) invalid(ctx, `${name}() q must be a scalar or 1D tensor`, 'rank-mismatch');
      if (x.dtype !== undefined && x.dtype !== 'float32' && x.dtype !== 'float64') {
        invalid(ctx, `${name}() input tensor must be either float or double dtype`, 'dtype-mismatch');
      }
      if (q.level !== 2 && q.dtype !== undefined && x.dtype !== undefined && q.dtype !== x.dtype) {
        invalid(ctx, `${name}() q tensor must be same dtype as the input tensor`, 'dtype-mismatch');
      }
      const p = a.known('q');
      if (q.level === 2 && p !== undefined && (p < 0 || p > 1)) invalid(ctx, `${name}() q must be in the range [0, 1] but got ${p}`);
      const left = reducedShape(ctx, x, wantedDims(a), wantedKeepdim(a));
      if (rank === undefined) return tensorOut(unknownShape(), x.dtype);
      return tensorOut(rank === 0 ? left : concatenate(shapeOf([q.tensor?.size(0) ?? ctx.world.freshSize()]), left), x.dtype);
    },
    kernel: (k) => {
      withoutOut(k);
      if (k.string('interpolation') !== 'linear') throw new KernelError('ShapeLint computes linear quantiles only');
      const q = k.isTensor('q') ? k.array('q').toFlat() : [k.number('q')];
      const out = quantile(k.array('input'), q, k.optionalInt('dim'), k.bool('keepdim'));
      return k.isTensor('q') && k.array('q').rank === 1 ? out : rename(select(out, 0, 0), 'SqueezeBackward4');
    },
    samples: ['torch.quantile(torch.rand(2, 3), 0.5)', 'torch.quantile(torch.rand(2, 3), torch.tensor([0.1, 0.9]), dim=1)'],
    errors: [[`torch.${name}(torch.ones(2, 3, dtype=torch.int64), 0.5)`, 'dtype-mismatch']],
    doc: `torch.${name}`,
  };
}

// ---------------------------------------------------------------- covariance

function covariance(x: NdArray, correction: number): NdArray {
  const rows = x.rank < 2 ? unsqueeze(x.rank === 0 ? unsqueeze(x, 0) : x, 0) : x;
  const float = isFloating(rows.dtype) ? rows : cast(rows, 'float32');
  const centred = binary('sub', float, mean(float, 1, true));
  const count = fromFlat([Math.max(0, (rows.shape[1] as number) - correction)], [], float.dtype);
  return binary('div', matmul(centred, transpose(centred, 0, 1)), count);
}

/** One variable has one variance. */
const squeezed = (x: NdArray): NdArray => (x.numel === 1 ? reshape(x, []) : x);

/** The covariance as `torch.cov` gives it. */
const covarianceOf = (x: NdArray, correction: number): NdArray => rename(squeezed(covariance(x, correction)), 'SqueezeBackward0');

function covShape(ctx: Context, x: TensorArg, name: string): Shape {
  const held = ctx.world.limitRank(x.shape, 0, 2);
  if (held.decision === 'no') {
    const text =
      x.rank === undefined
        ? undefined
        : `${name}(): expected input to have two or fewer dimensions but got an input with ${x.rank} dimensions`;
    ctx.fail(rankFault(ctx, x, 'at most 2 dimensions', text));
  }
  if (x.rank === undefined) return unknownShape(undefined, 0, 2);
  if (x.rank < 2) return scalar;
  const n = x.size(0) as Dim;
  const single = ctx.facts.decide(eq(n, constant(1)));
  return single === 'yes' ? scalar : single === 'no' ? shapeOf([n, n]) : unknownShape(undefined, 0, 2);
}

const covType = (x: TensorArg): DType | undefined => (x.dtype?.startsWith('complex') === true ? x.dtype : computed(floatingType(x.dtype)));

const COV: Operation = {
  names: ['torch.cov', 'Tensor.cov'],
  signature: 'cov(Tensor input, *, int correction = 1, Tensor? fweights = None, Tensor? aweights = None)',
  shape: '(n, m) -> (n, n)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const shape = covShape(ctx, x, 'cov');
    if (x.dtype === 'bool') invalid(ctx, 'cov(): bool dtype is not supported for input', 'dtype-mismatch');
    return tensorOut(shape, covType(x));
  },
  kernel: (k) => {
    if (!k.isNone('fweights') || !k.isNone('aweights')) throw new KernelError('ShapeLint does not compute weighted covariances');
    const x = k.array('input');
    return covarianceOf(x, k.int('correction'));
  },
  samples: ['torch.cov(torch.rand(2, 3))', 'torch.cov(torch.rand(3))'],
  errors: [['torch.cov(torch.rand(2, 3, 4))', 'rank-mismatch']],
  doc: 'torch.cov',
};

const CORRCOEF: Operation = {
  names: ['torch.corrcoef', 'Tensor.corrcoef'],
  signature: 'corrcoef(Tensor input)',
  shape: '(n, m) -> (n, n)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const shape = covShape(ctx, x, 'corrcoef');
    if (x.dtype === 'bool') invalid(ctx, 'cov(): bool dtype is not supported for input', 'dtype-mismatch');
    return tensorOut(shape, covType(x));
  },
  kernel: (k) => {
    const x = k.array('input');
    const c = covariance(x, 1);
    const deviation = unary('sqrt', diagonal(c));
    const scaled = binary('div', binary('div', c, unsqueeze(deviation, 1)), unsqueeze(deviation, 0));
    return squeezed(clamp(scaled, -1, 1));
  },
  samples: ['torch.corrcoef(torch.rand(2, 3))'],
  errors: [['torch.corrcoef(torch.rand(2, 3, 4))', 'rank-mismatch']],
  doc: 'torch.corrcoef',
};

const TRACE: Operation = {
  names: ['torch.trace', 'Tensor.trace'],
  signature: 'trace(Tensor input)',
  shape: '(n, m) -> ()',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    refuseType(ctx, { b: 'trace' }, x.dtype);
    ctx.requireRank(x.shape, [2], (rank) => rankFault(ctx, x, 'a matrix', `trace: expected a matrix, but got tensor with dim ${rank}`));
    return tensorOut(scalar, sumType(x.dtype));
  },
  kernel: (k) => trace(k.array('input')),
  samples: ['torch.trace(torch.ones(2, 3))'],
  errors: [['torch.trace(torch.ones(3))', 'rank-mismatch']],
  doc: 'torch.trace',
};

export const NORMS: readonly Operation[] = [
  NORM,
  NORM_METHOD,
  VECTOR_NORM,
  LINALG_NORM,
  MATRIX_NORM,
  DIST,
  quantileEntry('quantile'),
  COV,
  CORRCOEF,
  TRACE,
];
