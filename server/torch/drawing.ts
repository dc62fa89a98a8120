/**
 * Random numbers drawn by a distribution: bernoulli, multinomial, normal, and the methods that fill a tensor with them.
 */
import { gt, le, or } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, sub } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { fromFlat } from '../kernels/array.ts';
import { noGrad } from '../kernels/autograd.ts';
import { copyInto } from '../kernels/inplace.ts';
import type { Generator } from '../kernels/random.ts';
import {
  bernoulli,
  bernoulliInto,
  exponentialInto,
  multinomial,
  normalFrom,
  normalInto,
  randintInto,
  randomInto,
  uniformInto,
} from '../kernels/random.ts';
import { defaultDtype, isFloating, scalarTypeName } from '../kernels/dtype.ts';
import { expand } from '../kernels/views.ts';
import { dimsOf, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments } from './arguments.ts';
import type { Context } from './context.ts';
import { rankFault } from './contraction.ts';
import { broadcastShape, requireWritable, withoutOut } from './elementwise.ts';
import type { Operation } from './entry.ts';
import { selfOut, tensorOut } from './entry.ts';
import type { Refusals } from './promotion.ts';
import { operandOf, refuseType } from './promotion.ts';
import { requireSizes } from './sizes.ts';

function invalid(ctx: Context, text: string): never {
  return ctx.fail({ code: 'invalid-argument', text, message: `${ctx.name}: ${text}` });
}

/** Numbers as C++ prints them. */
const shown = (n: number): string => String(Number(n.toPrecision(6)));

// ---------------------------------------------------------------- filling

interface FillForm {
  readonly name: string;
  readonly signature: string | readonly string[];
  readonly refuses?: Refusals;
  readonly check?: (ctx: Context, a: Arguments) => void;
  readonly kernel: (x: NdArray, k: KernelArguments, g: Generator) => NdArray;
  readonly sample: string;
}

const notFloating = (cpu: string): Refusals => ({ b: cpu, i: cpu });

const FILLS: readonly FillForm[] = [
  {
    name: 'uniform_',
    signature: 'uniform_(float from = 0, float to = 1, *, torch.Generator generator = None)',
    refuses: notFloating('check_uniform_bounds'),
    check: (ctx, a) => {
      const [from, to] = [a.known('from'), a.known('to')];
      if (from !== undefined && to !== undefined && from > to) {
        invalid(ctx, `uniform_ expects to return a [from, to) range, but found from=${shown(from)} > to=${shown(to)}`);
      }
    },
    kernel: (x, k, g) => uniformInto(x, g, k.number('from'), k.number('to')),
    sample: '-1, 1',
  },
  {
    name: 'normal_',
    signature: 'normal_(float mean = 0, float std = 1, *, torch.Generator generator = None)',
    refuses: notFloating('normal_kernel_cpu'),
    check: checkSpread,
    kernel: (x, k, g) => normalInto(x, g, k.number('mean'), k.number('std')),
    sample: '0, 0.1',
  },
  {
    name: 'exponential_',
    signature: 'exponential_(float lambd = 1, *, torch.Generator generator = None)',
    check: (ctx, a) => {
      const rate = a.known('lambd');
      if (rate !== undefined && rate <= 0) invalid(ctx, `exponential_ expects lambda > 0.0, but found lambda=${shown(rate)}`);
    },
    kernel: (x, k, g) => exponentialInto(x, g, k.number('lambd')),
    sample: '',
  },
  {
    name: 'random_',
    signature: [
      'random_(*, torch.Generator generator = None)',
      'random_(int from, int? to, *, torch.Generator generator = None)',
      'random_(int to, *, torch.Generator generator = None)',
    ],
    check: (ctx, a) => {
      const [from, to] = [a.exists('from') ? a.known('from') : 0, a.exists('to') ? a.known('to') : undefined];
      if (from !== undefined && to !== undefined && from >= to) {
        invalid(ctx, `random_ expects 'from' to be less than 'to', but got from=${from} >= to=${to}`);
      }
    },
    kernel: (x, k, g) => {
      if (!k.rule.exists('to')) return randomInto(x, g);
      return randintInto(x, g, k.rule.exists('from') ? k.int('from') : 0, k.int('to'));
    },
    sample: '0, 5',
  },
];

/** `normal expects std >= 0.0, but found std -1` */
function checkSpread(ctx: Context, a: Arguments): void {
  const std = a.known('std');
  if (std !== undefined && std < 0) invalid(ctx, `normal expects std >= 0.0, but found std ${shown(std)}`);
}

function fillEntry(form: FillForm): Operation {
  return {
    names: [`Tensor.${form.name}`],
    signature: form.signature,
    shape: '(*) -> (*)',
    rule: (ctx, a) => {
      const x = a.tensor('self');
      form.check?.(ctx, a);
      refuseType(ctx, form.refuses ?? {}, x.dtype);
      requireWritable(ctx, x);
      return selfOut(x);
    },
    kernel: (k, ctx) => noGrad(() => form.kernel(k.array('self'), k, ctx.state.generator)),
    random: true,
    samples: [`torch.empty(2, 3).${form.name}(${form.sample})`],
    doc: `torch.Tensor.${form.name}`,
  };
}

const BERNOULLI_FILL: Operation = {
  names: ['Tensor.bernoulli_'],
  signature: [
    'bernoulli_(Tensor p, *, torch.Generator generator = None)',
    'bernoulli_(float p = 0.5, *, torch.Generator generator = None)',
  ],
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    const p = a.known('p');
    if (p !== undefined && (p < 0 || p > 1)) invalid(ctx, `bernoulli_ expects p to be in [0, 1], but got p=${shown(p)}`);
    requireWritable(ctx, x);
    return selfOut(x);
  },
  kernel: (k, ctx) => {
    const x = k.array('self');
    const g = ctx.state.generator;
    return noGrad(() => (k.isTensor('p') ? copyInto(x, bernoulli(expand(k.array('p'), x.shape), g)) : bernoulliInto(x, g, k.number('p'))));
  },
  random: true,
  samples: ['torch.empty(2, 3).bernoulli_(0.3)'],
  errors: [['torch.empty(2, 3).bernoulli_(3.0)', 'invalid-argument']],
  doc: 'torch.Tensor.bernoulli_',
};

// ---------------------------------------------------------------- drawing

const BERNOULLI: Operation = {
  names: ['torch.bernoulli', 'Tensor.bernoulli'],
  signature: [
    'bernoulli(Tensor input, *, torch.Generator generator = None, Tensor out = None)',
    'bernoulli(Tensor input, float p, *, torch.Generator generator = None)',
  ],
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const cpu = 'bernoulli_tensor_cpu_p_';
    if (!a.exists('p')) refuseType(ctx, { b: cpu, i: cpu, c: cpu }, x.dtype);
    if (!a.exists('p') && x.values?.toFlat().some((v) => !(v >= 0 && v <= 1)) === true) {
      invalid(
        ctx,
        'Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If so, please report an enhancement request to PyTorch.)',
      );
    }
    return tensorOut(x.shape, x.dtype, { requiresGrad: false });
  },
  kernel: (k, ctx) => {
    withoutOut(k);
    const x = k.array('input');
    const g = ctx.state.generator;
    if (!k.rule.exists('p')) return bernoulli(x, g);
    return bernoulliInto(fromFlat(new Array<number>(x.numel).fill(0), x.shape, x.dtype), g, k.number('p'));
  },
  random: true,
  samples: ['torch.bernoulli(torch.rand(2, 3))'],
  doc: 'torch.bernoulli',
};

const MULTINOMIAL: Operation = {
  names: ['torch.multinomial', 'Tensor.multinomial'],
  signature: 'multinomial(Tensor input, int num_samples, bool replacement = False, *, torch.Generator generator = None, Tensor out = None)',
  shape: '(n?, m) -> (n?, num_samples)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    ctx.requireRank(x.shape, [1, 2], () => rankFault(ctx, x, '1 or 2 dimensions', 'prob_dist must be 1 or 2 dim'));
    if (x.dtype !== undefined && !isFloating(x.dtype)) {
      const text = `multinomial only supports floating-point dtypes for input, got: ${scalarTypeName(x.dtype)}`;
      ctx.fail({ code: 'dtype-mismatch', text, message: `multinomial takes floating tensors, not ${x.dtype}`, origins: [x.origin] });
    }
    const n = a.int('num_samples');
    ctx.require(gt(n, constant(0)), () => ({
      code: 'invalid-argument',
      text: 'cannot sample n_sample <= 0 samples',
      message: `multinomial: \`num_samples\` is ${ctx.spell(n)}`,
      origins: [n.origin],
    }));
    const room = x.size(-1);
    if (room !== undefined) {
      ctx.require(or(a.cond('replacement'), le(n, room)), () => ({
        code: 'k-out-of-range',
        text: 'cannot sample n_sample > prob_dist.size(-1) samples without replacement',
        message: `multinomial: ${ctx.spell(n)} samples without replacement of ${ctx.spell(room)}`,
        origins: [n.origin, room.origin ?? x.origin],
      }));
    }
    const weights = x.values;
    if (weights !== undefined && weights.numel > 0) checkWeights(ctx, weights);
    const bounds = { least: constant(0), greatest: room === undefined ? undefined : sub(room, constant(1)) };
    const dims = dimsOf(x.shape);
    const shape = dims === undefined ? unknownShape(undefined, 1, 2) : shapeOf([...dims.slice(0, -1), n]);
    return tensorOut(shape, 'int64', { bounds, requiresGrad: false });
  },
  kernel: (k, ctx) => {
    withoutOut(k);
    return multinomial(k.array('input'), k.int('num_samples'), k.bool('replacement'), ctx.state.generator);
  },
  random: true,
  samples: ['torch.multinomial(torch.rand(2, 3), 2)', 'torch.multinomial(torch.rand(3), 5, replacement=True)'],
  errors: [['torch.multinomial(torch.rand(3), 5)', 'k-out-of-range']],
  doc: 'torch.multinomial',
};

/** Weights are finite, not negative, and not all 0. */
function checkWeights(ctx: Context, weights: NdArray): void {
  const flat = weights.toFlat();
  if (flat.some((v) => !Number.isFinite(v) || v < 0)) invalid(ctx, 'probability tensor contains either `inf`, `nan` or element < 0');
  const width = weights.shape.at(-1) as number;
  for (let i = 0; i < flat.length; i += width) {
    const total = flat.slice(i, i + width).reduce((s, v) => s + v, 0);
    if (total <= 0) invalid(ctx, 'invalid multinomial distribution (sum of probabilities <= 0)');
  }
}

const NORMAL: Operation = {
  names: ['torch.normal'],
  signature: [
    'normal(Tensor mean, Tensor std, *, torch.Generator generator = None, Tensor out = None)',
    'normal(Tensor mean, float std = 1, *, torch.Generator generator = None, Tensor out = None)',
    'normal(float mean, Tensor std, *, torch.Generator generator = None, Tensor out = None)',
    'normal(float mean, float std, tuple of ints size, *, torch.Generator generator = None, Tensor out = None, torch.dtype dtype = None, torch.layout layout = None, torch.device device = None, bool pin_memory = False, bool requires_grad = False)',
  ],
  shape: '(*a), (*b) -> (*c)',
  rule: (ctx, a) => {
    checkSpread(ctx, a);
    if (a.exists('size')) {
      const sizes: readonly Dim[] | undefined = a.ints('size');
      if (sizes !== undefined) requireSizes(ctx, sizes);
      const given = a.dtype('dtype');
      return tensorOut(sizes === undefined ? unknownShape() : shapeOf(sizes), given === null ? defaultDtype() : given, {
        requiresGrad: a.bool('requires_grad'),
      });
    }
    const operands = ['mean', 'std'].map((name) => operandOf(ctx, a.value(name), name)).filter((o) => o.level !== 2);
    const shape = broadcastShape(ctx, operands);
    const dtype = operands[0]?.dtype;
    refuseType(ctx, notFloating('normal_kernel_cpu'), dtype);
    return tensorOut(shape, dtype, { requiresGrad: false });
  },
  kernel: (k, ctx) => {
    withoutOut(k);
    const part = (name: string): NdArray | number => (k.isTensor(name) ? k.array(name) : k.number(name));
    const [mean, std] = [part('mean'), part('std')];
    const g = ctx.state.generator;
    if (k.rule.exists('size')) {
      const out = normalFrom(mean, std, k.ints('size'), g, k.dtype('dtype') ?? defaultDtype());
      if (k.bool('requires_grad')) out.requiresGrad = true;
      return out;
    }
    const like = (typeof mean === 'number' ? std : mean) as NdArray;
    const shape = typeof mean !== 'number' && typeof std !== 'number' ? (std.numel > mean.numel ? std.shape : mean.shape) : like.shape;
    const full = (v: NdArray | number): NdArray | number => (typeof v === 'number' ? v : expand(v, shape));
    return normalFrom(full(mean), full(std), shape, g, like.dtype);
  },
  random: true,
  samples: ['torch.normal(torch.zeros(2, 3), torch.ones(3))', 'torch.normal(0.0, 1.0, (2, 3))', 'torch.normal(0.0, torch.ones(3))'],
  errors: [['torch.normal(torch.zeros(2, 3), torch.ones(4))', 'broadcast-mismatch']],
  doc: 'torch.normal',
};

export const DRAWING: readonly Operation[] = [...FILLS.map(fillEntry), BERNOULLI_FILL, BERNOULLI, MULTINOMIAL, NORMAL];
