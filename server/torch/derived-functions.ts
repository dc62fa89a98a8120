/**
 * Functions that PyTorch writes in terms of others: integrals by trapezoids, reversed subtraction, scaling by powers of 2; and
 * element functions with a number besides: polygamma, the multivariate gamma function, renorm.
 */
import { eq } from '../dims/cond.ts';
import { constant, sub } from '../dims/dim.ts';
import { frexp, mvlgamma, polygammaOf, renorm } from '../kernels/gamma-functions.ts';
import type { ObjectValue, Value } from '../python/values.ts';
import { unknownShape } from '../shapes/shape.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import type { Context } from './context.ts';
import { rankFault } from './contraction.ts';
import { withoutOut } from './elementwise.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import { callMethod } from './method-call.ts';
import { computed, floatingType, refuseType } from './promotion.ts';

const one = constant(1);

// ---------------------------------------------------------------- trapezoids

interface Sides {
  readonly dim: Value;
  /** Sums of neighbours. */
  readonly both: ObjectValue;
}

/** All but the last and all but the first along a dimension. */
function pairsAlong(ctx: Context, value: Value, dim: Value): readonly [ObjectValue, ObjectValue] | undefined {
  const { interp } = ctx;
  const x = ctx.tensorOf(value, 'y');
  const axis = axisOf(ctx, x, ctx.dimOf(dim, 'dim'), { wrapScalar: false });
  const size = axis === undefined ? undefined : x.size(axis);
  if (size === undefined) return undefined;
  const steps = interp.int(ctx.facts.simplify(sub(size, one)));
  const from = (start: number): ObjectValue => callMethod(ctx, value, 'narrow', dim, interp.int(constant(start)), steps);
  return [from(0), from(1)];
}

function sidesOf(ctx: Context, a: Arguments): Sides | undefined {
  const dim = a.value('dim');
  const sides = pairsAlong(ctx, a.tensor('y').object, dim);
  return sides === undefined ? undefined : { dim, both: callMethod(ctx, sides[0], '__add__', sides[1]) };
}

/** The places in `x`, one for each sample, as steps that broadcast against the samples. */
function stepsOf(ctx: Context, a: Arguments, y: TensorArg): ObjectValue | undefined {
  const { interp } = ctx;
  const x = a.tensor('x');
  const axis = axisOf(ctx, y, a.int('dim'));
  if (axis === undefined || y.rank === undefined || x.rank === undefined) return undefined;
  const lone = x.rank === 1 && y.rank > 1;
  const [size, count] = [x.size(lone ? 0 : axis), y.size(axis)];
  if (x.rank === 1 && size !== undefined && count !== undefined) {
    ctx.require(eq(size, count), () => ({
      code: 'shape-mismatch',
      text: `${ctx.name.replace('trapz', 'trapezoid')}: There must be one \`x\` value for each sample point`,
      message: `${ctx.name}: ${ctx.spell(size)} places for ${ctx.spell(count)} samples`,
      origins: [size.origin ?? x.origin, count.origin ?? y.origin],
    }));
  }
  if (!lone) return callMethod(ctx, x.object, 'diff', interp.int(one), a.value('dim'));
  const steps = callMethod(ctx, x.object, 'diff');
  const at = axis < 0 ? axis + y.rank : axis;
  const shape = Array.from({ length: y.rank }, (_, i) => interp.int(constant(i === at ? -1 : 1)));
  return callMethod(ctx, steps, 'view', interp.tuple(shape));
}

/** With nothing between two samples there is nothing to add. */
const trapezoid = (name: 'trapezoid' | 'trapz' | 'cumulative_trapezoid'): Operation => ({
  names: [`torch.${name}`],
  signature: [`${name}(Tensor y, Tensor x, *, int dim = -1)`, `${name}(Tensor y, *, Number dx = 1, int dim = -1)`],
  shape: name === 'cumulative_trapezoid' ? '(*, n) -> (*, n - 1)' : '(*, n) -> (*)',
  rule: (ctx, a): Out | Value => {
    const y = a.tensor('y');
    const { interp } = ctx;
    const cumulative = name === 'cumulative_trapezoid';
    const axis = axisOf(ctx, y, a.int('dim'), { wrapScalar: false });
    if (axis !== undefined && ctx.known(y.size(axis)) === 0) {
      return cumulative ? tensorOut(unknownShape()) : callMethod(ctx, y.object, 'sum', a.value('dim'));
    }
    const steps = a.exists('x') ? stepsOf(ctx, a, y) : undefined;
    const sides = sidesOf(ctx, a);
    if (sides === undefined || (a.exists('x') && steps === undefined)) return tensorOut(unknownShape());
    const { both, dim } = sides;
    const two = interp.float(2);
    if (steps !== undefined) {
      const areas = callMethod(ctx, steps, '__mul__', both);
      return callMethod(ctx, callMethod(ctx, areas, cumulative ? 'cumsum' : 'sum', dim), '__truediv__', two);
    }
    if (cumulative) {
      const dx = a.known('dx');
      const half = dx === undefined ? interp.float() : interp.float(dx / 2);
      return callMethod(ctx, callMethod(ctx, both, '__mul__', half), 'cumsum', dim);
    }
    const end = (at: number): ObjectValue => callMethod(ctx, y.object, 'select', dim, interp.int(constant(at)));
    const halves = callMethod(ctx, callMethod(ctx, end(0), '__add__', end(-1)), '__mul__', interp.float(0.5));
    return callMethod(ctx, callMethod(ctx, callMethod(ctx, y.object, 'sum', dim), '__sub__', halves), '__mul__', a.value('dx'));
  },
  samples: [
    `torch.${name}(torch.rand(2, 4))`,
    `torch.${name}(torch.rand(2, 4), torch.rand(4))`,
    `torch.${name}(torch.rand(2, 4), dx=0.5, dim=0)`,
  ],
  errors: [[`torch.${name}(torch.rand(2, 4), torch.rand(3))`, 'shape-mismatch']],
  doc: `torch.${name}`,
});

// ---------------------------------------------------------------- arithmetic

const rsub: Operation = {
  names: ['torch.rsub'],
  signature: ['rsub(Tensor input, Tensor other, *, Number alpha = 1)', 'rsub(Tensor input, Number other, Number alpha = 1)'],
  shape: '(*), (*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input').object;
    const scaled = a.known('alpha') === 1 ? x : callMethod(ctx, x, 'mul', a.value('alpha'));
    return callMethod(ctx, scaled, '__rsub__', a.value('other'));
  },
  samples: ['torch.rsub(torch.rand(2, 3), 1)', 'torch.rsub(torch.rand(2, 3), torch.rand(3), alpha=2)'],
  errors: [['torch.rsub(torch.rand(2), torch.rand(3))', 'broadcast-mismatch']],
  doc: 'torch.sub',
};

const ldexp: Operation = {
  names: ['torch.ldexp', 'Tensor.ldexp'],
  signature: 'ldexp(Tensor input, Tensor other, *, Tensor out = None)',
  shape: '(*), (*) -> (*)',
  rule: (ctx, a) => {
    const powers = callMethod(ctx, a.tensor('other').object, '__rpow__', ctx.interp.float(2));
    return callMethod(ctx, a.tensor('input').object, 'mul', powers);
  },
  samples: ['torch.ldexp(torch.rand(2, 3), torch.tensor([1, 2, 3]))'],
  errors: [['torch.ldexp(torch.rand(2), torch.rand(3))', 'broadcast-mismatch']],
  doc: 'torch.ldexp',
};

const frexpOp: Operation = {
  names: ['torch.frexp', 'Tensor.frexp'],
  signature: 'frexp(Tensor input, *, tuple of Tensors out = None)',
  shape: '(*) -> (*), (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    if (x.dtype !== undefined && !/^(float|bfloat)/.test(x.dtype)) {
      const text = 'torch.frexp() only supports floating-point dtypes';
      ctx.fail({ code: 'dtype-mismatch', text, message: `frexp: the tensor is ${x.dtype}`, origins: [x.origin] });
    }
    return tupleOut([tensorOut(x.shape, x.dtype), tensorOut(x.shape, 'int32')], { name: 'frexp', fields: ['mantissa', 'exponent'] });
  },
  kernel: (k) => frexp(k.array('input')),
  samples: ['torch.frexp(torch.rand(2, 3))'],
  errors: [['torch.frexp(torch.tensor([1, 2]))', 'dtype-mismatch']],
  doc: 'torch.frexp',
};

// ---------------------------------------------------------------- functions with a number

const polygamma: Operation = {
  names: ['torch.polygamma', 'torch.special.polygamma', 'Tensor.polygamma'],
  signature: 'polygamma(int n, Tensor input, *, Tensor out = None)',
  method: 'polygamma(int n)',
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const n = a.known('n');
    const x = a.tensor(a.exists('input') ? 'input' : 'self');
    if (n !== undefined && n < 0) {
      const text = 'polygamma(n, x) does not support negative n.';
      ctx.fail({ code: 'invalid-argument', text, message: `polygamma: \`n\` is ${n}` });
    }
    const cpu = n === 0 ? 'digamma' : n === 1 ? 'trigamma' : 'polygamma';
    refuseType(ctx, { c: cpu }, x.dtype);
    return tensorOut(x.shape, x.dtype === undefined ? undefined : computed(floatingType(x.dtype)));
  },
  kernel: (k) => polygammaOf(k.array(k.rule.exists('input') ? 'input' : 'self'), k.int('n')),
  samples: ['torch.polygamma(1, torch.rand(2, 3) + 1)', '(torch.rand(3) + 1).polygamma(2)'],
  errors: [['torch.polygamma(-1, torch.rand(2))', 'invalid-argument']],
  doc: 'torch.polygamma',
};

const mvlgammaOp: Operation = {
  names: ['torch.mvlgamma', 'Tensor.mvlgamma', 'torch.special.multigammaln'],
  signature: 'mvlgamma(Tensor input, int p, *, Tensor out = None)',
  shape: '(*) -> (*)',
  rule: (_, a) => {
    const x = a.tensor('input');
    return tensorOut(x.shape, x.dtype === undefined ? undefined : computed(floatingType(x.dtype)));
  },
  kernel: (k) => {
    withoutOut(k);
    return mvlgamma(k.array('input'), k.int('p'));
  },
  samples: ['torch.mvlgamma(torch.rand(2, 3) + 2, 3)'],
  errors: [['torch.mvlgamma([1.0], 2)', 'not-a-tensor']],
  doc: 'torch.mvlgamma',
};

const renormOp: Operation = {
  names: ['torch.renorm', 'Tensor.renorm'],
  signature: 'renorm(Tensor input, Number p, int dim, Number maxnorm, *, Tensor out = None)',
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const invalid = (text: string): never => ctx.fail({ code: 'invalid-argument', text, message: text });
    const [p, most] = [a.known('p'), a.known('maxnorm')];
    if (p !== undefined && p <= 0) invalid('renorm: non-positive-norm not supported');
    if (most !== undefined && most < 0) invalid(`renorm: expected maxnorm to be >= 0 but got ${most}`);
    if (x.rank !== undefined && x.rank < 2)
      ctx.fail(rankFault(ctx, x, 'at least 2 dimensions', `renorm: input needs at least 2 dimensions, got ${x.rank} dimensions`));
    axisOf(ctx, x, a.int('dim'));
    return tensorOut(x.shape, x.dtype);
  },
  kernel: (k) => {
    withoutOut(k);
    return renorm(k.array('input'), k.number('p'), k.int('dim'), k.number('maxnorm'));
  },
  samples: ['torch.renorm(torch.rand(2, 3), 2, 0, 1.0)', 'torch.rand(2, 3).renorm(1, 1, 0.5)'],
  errors: [['torch.renorm(torch.rand(3), 2, 0, 1)', 'rank-mismatch']],
  doc: 'torch.renorm',
};

export const DERIVED_FUNCTIONS: readonly Operation[] = [
  trapezoid('trapezoid'),
  trapezoid('trapz'),
  trapezoid('cumulative_trapezoid'),
  rsub,
  ldexp,
  frexpOp,
  polygamma,
  mvlgammaOp,
  renormOp,
];
