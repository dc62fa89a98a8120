/**
 * Random tensors beyond rand and randn: permutations, distributions, and random numbers written in place.
 */
import { gt, le, lt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, sub } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { emptyLike } from '../kernels/array.ts';
import { broadcastShapes } from '../kernels/broadcast.ts';
import type { DType } from '../kernels/dtype.ts';
import { defaultDtype, isComplex, isFloating, scalarTypeName } from '../kernels/dtype.ts';
import {
  bernoulli as bernoulliArray,
  bernoulliInto,
  cauchyInto,
  exponentialInto,
  type Generator,
  geometricInto,
  logNormalInto,
  multinomial as multinomialArray,
  normalFrom,
  normalInto,
  poisson,
  randintInto,
  randomInto,
  randperm as randpermArray,
  uniformInto,
} from '../kernels/random.ts';
import { contiguous, expand } from '../kernels/views.ts';
import { numelOf, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { finish, LIKE_TAIL, made, refuseIntegers, TAIL, wantedShape } from './creation.ts';
import { cppTypeName } from './dtype-names.ts';
import { broadcastPair, requireWritable } from './elementwise.ts';
import type { Operation, Out } from './entry.ts';
import { selfOut, tensorOut } from './entry.ts';
import { refuseType } from './promotion.ts';
import { requireSizes } from './sizes.ts';

const zero = constant(0);
const one = constant(1);

const randperm: Operation = {
  names: ['torch.randperm'],
  signature: [`randperm(int n, *, torch.Generator generator, ${TAIL})`, `randperm(int n, *, ${TAIL})`],
  shape: 'n -> (n)',
  rule: (ctx, a) => {
    const n = a.int('n');
    requireSizes(ctx, [n]);
    return made(ctx, a, shapeOf([n]), 'int64', { bounds: { least: zero, greatest: sub(n, one), attained: 'surely', count: n } });
  },
  kernel: (k) => finish(k, randpermArray(k.int('n'), k.stream, k.dtype('dtype') ?? 'int64')),
  random: true,
  samples: ['torch.randperm(5)'],
  errors: [['torch.randperm(-1)', 'negative-size']],
  doc: 'torch.randperm',
};

const randintLike: Operation = {
  names: ['torch.randint_like'],
  signature: ['int low, int high', 'Tensor high', 'int high'].flatMap((range) =>
    [`torch.Generator generator, ${LIKE_TAIL}`, LIKE_TAIL].map((tail) => `randint_like(Tensor input, ${range}, *, ${tail})`),
  ),
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const low = a.exists('low') ? a.int('low') : zero;
    const high = a.int('high');
    requireRange(ctx, low, high);
    requireDrawable(ctx, a.dtype('dtype') ?? x.dtype, high);
    return made(ctx, a, x.shape, x.dtype, { bounds: { least: low, greatest: sub(high, one), attained: 'drawn', count: numelOf(x.shape) } });
  },
  kernel: (k) => {
    const x = k.array('input');
    const low = k.rule.exists('low') ? k.int('low') : 0;
    return finish(
      k,
      drawn(emptyLike(x, k.dtype('dtype') ?? x.dtype), (out) => randintInto(out, k.stream, low, k.int('high'))),
    );
  },
  random: true,
  samples: ['torch.randint_like(torch.ones(2, 3), 5)', 'torch.randint_like(torch.ones(2), 2, 5)'],
  errors: [['torch.randint_like(torch.ones(2), 5, 3)', 'invalid-argument']],
  doc: 'torch.randint_like',
};

/** Numbers are drawn of integers, floats and bools, and must fit. */
function requireDrawable(ctx: Context, dtype: DType | undefined, high: Dim): void {
  const refuse = (text: string): never => ctx.fail({ code: 'dtype-mismatch', message: `${ctx.name}: ${text}`, text });
  if (dtype?.startsWith('complex') === true) refuse('check_random_bounds handles only integral, floating-point and boolean types');
  if (dtype === 'bool' && (ctx.known(high) ?? 0) > 2) refuse('to - 1 is out of bounds for bool');
}

function requireRange(ctx: Context, low: Dim, high: Dim): void {
  ctx.require(lt(low, high), () => ({
    code: 'invalid-argument',
    message: `${ctx.name}: nothing lies between ${ctx.spell(low)} and ${ctx.spell(high)}`,
    text: ctx.text`random_ expects 'from' to be less than 'to', but got from=${low} >= to=${high}`,
  }));
}

const drawn = (array: NdArray, draw: (into: NdArray) => unknown): NdArray => {
  draw(array);
  array.storage.version++;
  return array;
};

function requireProbability(ctx: Context, p: number | undefined): void {
  if (p === undefined || (p >= 0 && p <= 1)) return;
  ctx.fail({
    code: 'invalid-argument',
    message: `${ctx.name}: the probability is ${p}`,
    text: `bernoulli_ expects p to be in [0, 1], but got p=${p}`,
  });
}

const bernoulli: Operation = {
  names: ['torch.bernoulli', 'Tensor.bernoulli'],
  signature: [
    'bernoulli(Tensor input, *, torch.Generator generator = None, Tensor out = None)',
    'bernoulli(Tensor input, float p, *, torch.Generator generator = None)',
  ],
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    if (a.overload === 1) requireProbability(ctx, a.known('p'));
    else if (x.dtype !== undefined && !isFloating(x.dtype)) {
      ctx.fail({
        code: 'dtype-mismatch',
        exception: 'NotImplementedError',
        message: `bernoulli: the probabilities are ${x.dtype}`,
        text: `"bernoulli_tensor_cpu_p_" not implemented for '${scalarTypeName(x.dtype)}'`,
      });
    }
    return tensorOut(x.shape, x.dtype, { bounds: { least: zero, greatest: one }, requiresGrad: false });
  },
  kernel: (k) => {
    const x = k.array('input');
    return k.overload === 0 ? bernoulliArray(x, k.stream) : drawn(emptyLike(x), (out) => bernoulliInto(out, k.stream, k.number('p')));
  },
  random: true,
  samples: ['torch.bernoulli(torch.full((2, 3), 0.5))', 'torch.bernoulli(torch.ones(2, 3), 0.25)'],
  errors: [['torch.bernoulli(torch.ones(2), 1.5)', 'invalid-argument']],
  doc: 'torch.bernoulli',
};

const multinomial: Operation = {
  names: ['torch.multinomial', 'Tensor.multinomial'],
  signature: 'multinomial(Tensor input, int num_samples, bool replacement = False, *, torch.Generator generator = None, Tensor out = None)',
  shape: '(*, n) -> (*, num_samples)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const n = a.int('num_samples');
    const fail = (message: string, text: string): never =>
      ctx.fail({ code: 'invalid-argument', message: `multinomial: ${message}`, text, origins: [x.origin, n.origin] });
    const rank = ctx.requireRank(x.shape, [1, 2], (r) => ({
      code: 'rank-mismatch',
      message: `multinomial: the weights have ${r} dimensions`,
      text: 'prob_dist must be 1 or 2 dim',
      origins: [x.origin],
    }));
    if (x.dtype !== undefined && !isFloating(x.dtype)) {
      const text = `multinomial only supports floating-point dtypes for input, got: ${scalarTypeName(x.dtype)}`;
      ctx.fail({ code: 'dtype-mismatch', message: `multinomial: the weights are ${x.dtype}`, text });
    }
    ctx.require(gt(n, zero), () => ({
      code: 'invalid-argument',
      message: `multinomial: ${ctx.spell(n)} samples`,
      text: 'cannot sample n_sample <= 0 samples',
    }));
    const last = x.size(-1);
    const replacement = a.bool('replacement');
    if (replacement === false && last !== undefined) {
      ctx.require(le(n, last), () => ({
        code: 'invalid-argument',
        message: `multinomial: ${ctx.spell(n)} samples of ${ctx.spell(last)} without replacement`,
        text: 'cannot sample n_sample > prob_dist.size(-1) samples without replacement',
        origins: [n.origin, last.origin],
      }));
    }
    const values = x.values?.toFlat();
    if (values !== undefined && values.length > 0) {
      if (values.some((v) => !(v >= 0) || !Number.isFinite(v)))
        fail('a weight is negative or not finite', 'probability tensor contains either `inf`, `nan` or element < 0');
      const width = ctx.known(last) ?? values.length;
      const sums = Array.from({ length: values.length / width }, (_, i) =>
        values.slice(i * width, (i + 1) * width).reduce((s, v) => s + v, 0),
      );
      if (sums.includes(0)) fail('all weights are 0', 'invalid multinomial distribution (sum of probabilities <= 0)');
    }
    const bounds = last === undefined ? undefined : { least: zero, greatest: sub(last, one) };
    if (rank === undefined) return tensorOut(unknownShape(undefined, 1, 2), 'int64', { bounds });
    return tensorOut(shapeOf(rank === 1 ? [n] : [x.size(0) as Dim, n]), 'int64', { bounds });
  },
  kernel: (k) => multinomialArray(k.array('input'), k.int('num_samples'), k.bool('replacement'), k.stream),
  random: true,
  samples: ['torch.multinomial(torch.ones(4), 2)', 'torch.multinomial(torch.ones(2, 3), 5, True)'],
  errors: [
    ['torch.multinomial(torch.ones(2, 3, 4), 1)', 'rank-mismatch'],
    ['torch.multinomial(torch.ones(3), 4)', 'invalid-argument'],
    ['torch.multinomial(torch.zeros(3), 1)', 'invalid-argument'],
  ],
  doc: 'torch.multinomial',
};

function requireDeviation(ctx: Context, std: number | undefined): void {
  if (std === undefined || std >= 0) return;
  ctx.fail({
    code: 'invalid-argument',
    message: `${ctx.name}: the deviation is ${std}`,
    text: `normal expects std >= 0.0, but found std ${std}`,
  });
}

const normal: Operation = {
  names: ['torch.normal'],
  signature: [
    'normal(Tensor mean, Tensor std, *, torch.Generator generator = None, Tensor out = None)',
    'normal(Tensor mean, float std = 1, *, torch.Generator generator = None, Tensor out = None)',
    'normal(float mean, Tensor std, *, torch.Generator generator = None, Tensor out = None)',
    `normal(float mean, float std, tuple of ints size, *, torch.Generator generator = None, ${TAIL})`,
  ],
  shape: '(*), (*) -> (*)',
  rule: (ctx, a): Out => {
    if (a.overload === 1 || a.overload === 3) requireDeviation(ctx, a.known('std'));
    if (a.overload === 3) return made(ctx, a, wantedShape(ctx, a), defaultDtype());
    const tensors = ['mean', 'std'].filter((_, i) => a.overload === 0 || i === (a.overload === 1 ? 0 : 1)).map((n) => a.tensor(n));
    const [first, second] = tensors as [TensorArg, TensorArg?];
    const shape =
      second === undefined
        ? first.shape
        : broadcastPair(
            ctx,
            first.shape,
            second.shape,
            tensors.map((t) => ({ shape: t.shape, tensor: t })),
          );
    return tensorOut(shape, first.dtype);
  },
  kernel: (k) => {
    const size = k.overload === 3 ? k.ints('size') : undefined;
    const read = (name: string): NdArray | number => (k.isTensor(name) ? k.array(name) : k.number(name));
    const [mean, std] = [read('mean'), read('std')];
    const shape = size ?? [mean, std].reduce<readonly number[]>((s, x) => (typeof x === 'number' ? s : broadcastShapes(s, x.shape)), []);
    const spread = (x: NdArray | number): NdArray | number => (typeof x === 'number' ? x : contiguous(expand(x, shape)));
    const own = typeof mean !== 'number' ? mean.dtype : typeof std !== 'number' ? std.dtype : (k.dtype('dtype') ?? defaultDtype());
    return normalFrom(spread(mean), spread(std), shape, k.stream, own);
  },
  random: true,
  samples: [
    'torch.normal(0.0, 1.0, (2, 3))',
    'torch.normal(torch.zeros(2, 3), torch.ones(3))',
    'torch.normal(torch.zeros(2), 0.5)',
    'torch.normal(1.0, torch.ones(2))',
  ],
  errors: [
    ['torch.normal(torch.zeros(2), torch.ones(3))', 'broadcast-mismatch'],
    ['torch.normal(0.0, -1.0, (2,))', 'invalid-argument'],
  ],
  doc: 'torch.normal',
};

// ---------------------------------------------------------------- in place

interface Filler {
  readonly name: string;
  readonly params: string | readonly string[];
  readonly check: (ctx: Context, a: Arguments, x: TensorArg) => void;
  readonly draw: (k: KernelArguments, x: NdArray, g: Generator) => unknown;
  readonly samples: readonly string[];
  readonly errors: readonly (readonly [args: string, code: string])[];
}

const filler = (f: Filler): Operation => ({
  names: [`Tensor.${f.name}`],
  signature: (typeof f.params === 'string' ? [f.params] : f.params).map((p) => `${f.name}(${p})`),
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    f.check(ctx, a, x);
    requireWritable(ctx, x);
    return selfOut(x);
  },
  kernel: (k) => drawn(k.array('self'), (x) => f.draw(k, x, k.stream)),
  random: true,
  samples: f.samples.map((args) => `torch.zeros(2, 3).${f.name}(${args})`),
  errors: f.errors.map(([args, code]) => [`torch.zeros(2, 3).${f.name}(${args})`, code] as const),
  doc: `torch.Tensor.${f.name}`,
});

const requireFloating = (ctx: Context, x: TensorArg, uniform: boolean): void => {
  if (x.dtype !== undefined && !/^(float|bfloat|complex)/.test(x.dtype)) refuseIntegers(ctx, x.dtype, uniform);
};

/** `Cauchy distribution is a continuous probability distribution. …` */
function requireContinuous(ctx: Context, x: TensorArg, name: string, spelled: (dtype: DType) => string): void {
  if (x.dtype === undefined || isFloating(x.dtype)) return;
  const text = `${name} distribution is a continuous probability distribution. dtype must be a floating point but you specified ${spelled(x.dtype)}`;
  ctx.fail({ code: 'dtype-mismatch', text, message: `${ctx.name}: a tensor of dtype ${x.dtype} cannot hold it`, origins: [x.origin] });
}

/** `cauchy_ expects sigma > 0.0, but found sigma=-1` */
function requireAboveZero(ctx: Context, a: Arguments, name: string): void {
  const n = a.known(name);
  if (n === undefined || n > 0) return;
  const text = `${ctx.name} expects ${name} > 0.0, but found ${name}=${n}`;
  ctx.fail({ code: 'invalid-argument', text, message: text });
}

const fillers: readonly Filler[] = [
  {
    name: 'cauchy_',
    params: 'float median = 0, float sigma = 1, *, torch.Generator generator = None',
    check: (ctx, a, x) => {
      requireAboveZero(ctx, a, 'sigma');
      requireContinuous(ctx, x, 'Cauchy', cppTypeName);
    },
    draw: (k, x, g) => cauchyInto(x, g, k.number('median'), k.number('sigma')),
    samples: ['', '1, 2'],
    errors: [['0, -1', 'invalid-argument']],
  },
  {
    name: 'log_normal_',
    params: 'float mean = 1, float std = 2, *, torch.Generator generator = None',
    check: (ctx, a, x) => {
      requireAboveZero(ctx, a, 'std');
      refuseType(ctx, { b: 'log_normal_cpu', i: 'log_normal_cpu', c: 'log_normal_cpu' }, x.dtype);
    },
    draw: (k, x, g) => logNormalInto(x, g, k.number('mean'), k.number('std')),
    samples: ['', '0.5, 0.3'],
    errors: [['0, 0', 'invalid-argument']],
  },
  {
    name: 'geometric_',
    params: 'float p, *, torch.Generator generator = None',
    check: (ctx, a, x) => {
      const p = a.known('p');
      if (p !== undefined && (p <= 0 || p >= 1)) {
        const text = `geometric_ expects p to be in (0, 1), but got p=${p}`;
        ctx.fail({ code: 'invalid-argument', text, message: text });
      }
      refuseType(ctx, { b: 'geometric_cpu', c: 'geometric_cpu' }, x.dtype);
    },
    draw: (k, x, g) => geometricInto(x, g, k.number('p')),
    samples: ['0.3'],
    errors: [['1.5', 'invalid-argument']],
  },
  {
    name: 'uniform_',
    params: 'float from = 0, float to = 1, *, torch.Generator generator = None',
    check: (ctx, a, x) => {
      const [from, to] = [a.known('from'), a.known('to')];
      requireFloating(ctx, x, true);
      if (from === undefined || to === undefined || from <= to) return;
      // Of complex numbers the parts are filled, and of none there are no parts.
      const numel = numelOf(x.shape);
      const filled = numel !== undefined && ctx.facts.decide(gt(numel, constant(0))) === 'yes';
      if (x.dtype === undefined || (isComplex(x.dtype) && !filled)) return;
      ctx.fail({
        code: 'invalid-argument',
        message: `uniform_: from ${from} to ${to}`,
        text: `uniform_ expects to return a [from, to) range, but found from=${from} > to=${to}`,
      });
    },
    draw: (k, x, g) => uniformInto(x, g, k.number('from'), k.number('to')),
    samples: ['', '-1, 1'],
    errors: [['1, 0', 'invalid-argument']],
  },
  {
    name: 'normal_',
    params: 'float mean = 0, float std = 1, *, torch.Generator generator = None',
    check: (ctx, a, x) => {
      requireDeviation(ctx, a.known('std'));
      requireFloating(ctx, x, false);
    },
    draw: (k, x, g) => normalInto(x, g, k.number('mean'), k.number('std')),
    samples: ['', '0, 0.02'],
    errors: [['0, -1', 'invalid-argument']],
  },
  {
    name: 'random_',
    params: [
      '*, torch.Generator generator = None',
      'int from, int to, *, torch.Generator generator = None',
      'int to, *, torch.Generator generator = None',
    ],
    check: (ctx, a) => {
      if (a.exists('to') && !a.isNone('to')) requireRange(ctx, a.exists('from') ? a.int('from') : zero, a.int('to'));
    },
    draw: (k, x, g) => (k.overload === 0 ? randomInto(x, g) : randintInto(x, g, k.overload === 1 ? k.int('from') : 0, k.int('to'))),
    samples: ['', '5', '2, 5'],
    errors: [['3, 1', 'invalid-argument']],
  },
  {
    name: 'bernoulli_',
    params: ['Tensor p, *, torch.Generator generator = None', 'float p = 0.5, *, torch.Generator generator = None'],
    check: (ctx, a, x) => {
      if (a.overload === 1) requireProbability(ctx, a.known('p'));
      else broadcastPair(ctx, x.shape, a.tensor('p').shape);
    },
    draw: (k, x, g) => {
      if (k.overload === 1) return bernoulliInto(x, g, k.number('p'));
      const mask = bernoulliArray(k.array('p'), g);
      return x.storage.data.set(mask.dense());
    },
    samples: ['', '0.25'],
    errors: [['1.5', 'invalid-argument']],
  },
  {
    name: 'exponential_',
    params: 'float lambd = 1, *, torch.Generator generator = None',
    check: (ctx, a, x) => {
      requireContinuous(ctx, x, 'Exponential', scalarTypeName);
      const rate = a.known('lambd');
      if (rate === undefined || rate > 0) return;
      ctx.fail({
        code: 'invalid-argument',
        message: `exponential_: the rate is ${rate}`,
        text: `exponential_ expects lambda > 0.0, but found lambda=${rate}`,
      });
    },
    draw: (k, x, g) => exponentialInto(x, g, k.number('lambd')),
    samples: ['', '2.0'],
    errors: [['-1', 'invalid-argument']],
  },
];

const poissonOp: Operation = {
  names: ['torch.poisson'],
  signature: 'poisson(Tensor input, torch.Generator generator = None)',
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    refuseType(ctx, { b: 'poisson_cpu', i: 'poisson_cpu', c: 'poisson_cpu' }, x.dtype);
    return tensorOut(x.shape, x.dtype);
  },
  kernel: (k) => poisson(k.array('input'), k.stream),
  random: true,
  samples: ['torch.poisson(torch.tensor([0.5, 3.0, 20.0]))'],
  errors: [['torch.poisson(torch.tensor([1, 2]))', 'dtype-mismatch']],
  doc: 'torch.poisson',
};

export const DRAWING: readonly Operation[] = [randperm, randintLike, bernoulli, poissonOp, multinomial, normal, ...fillers.map(filler)];
