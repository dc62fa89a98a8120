/**
 * Regular tensors: linspace, logspace, eye, range, and one-hot rows.
 */
import { ge, le } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, symbol } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { fromFlat, zeros } from '../kernels/array.ts';
import type { DType } from '../kernels/dtype.ts';
import { defaultDtype, isComplex, isIntegral, KernelError, roundTo } from '../kernels/dtype.ts';
import type { Value } from '../python/values.ts';
import { concatenate, numelOf, shapeOf } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { finish, made, TAIL } from './creation.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { payloadOf } from './tensor.ts';

const zero = constant(0);
const one = constant(1);

// ---------------------------------------------------------------- linspace, logspace

const ends = (name: string, more: string): string[] =>
  [
    ['Tensor', 'Tensor'],
    ['Number', 'Tensor'],
    ['Tensor', 'Number'],
    ['Number', 'Number'],
  ].map(([start, end]) => `${name}(${start} start, ${end} end, int steps, ${more}*, ${TAIL})`);

function spaced(ctx: Context, a: Arguments): Out {
  const steps = a.int('steps');
  ctx.require(ge(steps, zero), () => ({
    code: 'negative-size',
    message: `${ctx.name}: ${ctx.spell(steps)} steps`,
    text: 'number of steps must be non-negative',
    origins: [steps.origin],
  }));
  const values = [a.value('start'), a.value('end')];
  for (const [i, value] of values.entries()) {
    const rank = payloadOf(value) === undefined ? 0 : ctx.tensorOf(value, 'start').rank;
    if (rank === undefined || rank === 0) continue;
    const which = i === 0 ? 'start' : 'end';
    ctx.fail({
      code: 'rank-mismatch',
      message: `${ctx.name}: \`${which}\` has ${rank} dimensions`,
      text: `${ctx.name} only supports 0-dimensional start and end tensors, but got ${which} with ${rank} dimension(s).`,
    });
  }
  return made(ctx, a, shapeOf([steps]), typeOf(values));
}

/** Complex if an end is, else the default floating type. */
function typeOf(values: readonly Value[]): DType | undefined {
  const types = values.map((v) =>
    v.kind === 'complex' ? 'complex64' : (payloadOf(v)?.dtype ?? (v.kind === 'unknown' ? undefined : defaultDtype())),
  );
  if (types.includes(undefined)) return undefined;
  return types.some((t) => isComplex(t as DType)) ? 'complex64' : defaultDtype();
}

/**
 * `start, …, end` in equal steps, rounded as PyTorch rounds them: forward from the start in the first half, back from the end
 * in the second, in blocks of one vector register.
 */
function steppedValues(start: number, end: number, n: number, dtype: DType): number[] {
  const type: DType = isIntegral(dtype) ? 'float64' : dtype;
  const round = (x: number): number => roundTo(type, x);
  const [from, to] = [round(start), round(end)];
  const step = n > 1 ? round(round(to - from) / (n - 1)) : 0;
  const half = Math.floor(n / 2);
  const lanes = type === 'float64' ? 4 : 8;
  const whole = isIntegral(dtype) ? 0 : n - (n % lanes);
  if (n === 1) return [from];
  return Array.from({ length: n }, (_, i) => {
    const block = i < whole ? i - (i % lanes) : i;
    const base = block < half ? round(from + round(step * block)) : round(to - round(step * (n - block - 1)));
    return block === i ? base : round(base + round(step * (i - block)));
  });
}

function spacedArray(k: KernelArguments, map: (x: number) => number): NdArray {
  const dtype = k.dtype('dtype') ?? defaultDtype();
  if (isComplex(dtype) || k.value('start').kind === 'complex' || k.value('end').kind === 'complex') {
    throw new KernelError('ShapeLint does not space complex numbers');
  }
  const n = k.int('steps');
  const values = steppedValues(k.number('start'), k.number('end'), n, dtype).map((x) => (isIntegral(dtype) ? Math.trunc(map(x)) : map(x)));
  return finish(k, fromFlat(values, [n], dtype));
}

const linspace: Operation = {
  names: ['torch.linspace'],
  signature: ends('linspace', ''),
  shape: 'start, end, steps -> (steps)',
  rule: spaced,
  kernel: (k) => spacedArray(k, (x) => x),
  samples: [
    'torch.linspace(0, 1, 5)',
    'torch.linspace(-2, 2, steps=9)',
    'torch.linspace(0, 10, 5, dtype=torch.int64)',
    'torch.linspace(1, 2, 1)',
  ],
  errors: [['torch.linspace(0, 1, -1)', 'negative-size']],
  doc: 'torch.linspace',
};

const logspace: Operation = {
  names: ['torch.logspace'],
  signature: ends('logspace', 'float base = 10.0, '),
  shape: 'start, end, steps -> (steps)',
  rule: spaced,
  kernel: (k) => {
    const base = k.number('base');
    return spacedArray(k, (x) => base ** x);
  },
  samples: ['torch.logspace(0, 2, 3)', 'torch.logspace(0, 3, 4, base=2)'],
  errors: [['torch.logspace(0, 1, -1)', 'negative-size']],
  doc: 'torch.logspace',
};

const range: Operation = {
  names: ['torch.range'],
  signature: `range(Number start, Number end, Number step = 1, *, ${TAIL})`,
  shape: 'start, end, step -> (n)',
  rule: (ctx, a) => {
    const [start, end, step] = ['start', 'end', 'step'].map((n) => a.known(n));
    if (step === 0) ctx.fail({ code: 'invalid-argument', message: 'range: the step is 0', text: 'step must be nonzero' });
    const known = start !== undefined && end !== undefined && step !== undefined;
    if (known && (step > 0 ? start > end : start < end)) {
      ctx.fail({
        code: 'invalid-argument',
        message: 'range: it runs against its step',
        text: 'upper bound and lower bound inconsistent with step sign',
      });
    }
    const length = known ? constant(Math.floor((end - start) / step) + 1) : symbol('?', { least: 0 });
    return made(ctx, a, shapeOf([length]), defaultDtype());
  },
  kernel: (k) => {
    const [start, end, step] = [k.number('start'), k.number('end'), k.number('step')];
    const n = Math.floor((end - start) / step) + 1;
    return finish(
      k,
      fromFlat(
        Array.from({ length: n }, (_, i) => start + i * step),
        [n],
        k.dtype('dtype') ?? defaultDtype(),
      ),
    );
  },
  samples: ['torch.range(0, 4)'],
  errors: [['torch.range(4, 0)', 'invalid-argument']],
  doc: 'torch.range',
};

const eye: Operation = {
  names: ['torch.eye'],
  signature: [`eye(int n, *, ${TAIL})`, `eye(int n, int m, *, ${TAIL})`],
  shape: 'n, m -> (n, m)',
  rule: (ctx, a) => {
    const n = a.int('n');
    const m = a.exists('m') ? a.int('m') : n;
    for (const [name, size] of [['n', n] as const, ['m', m] as const]) {
      ctx.require(ge(size, zero), () => ({
        code: 'negative-size',
        message: `eye: \`${name}\` is ${ctx.spell(size)}`,
        text: ctx.text`${name} must be greater or equal to 0, got ${size}`,
        origins: [size.origin],
      }));
    }
    return made(ctx, a, shapeOf([n, m]), defaultDtype());
  },
  kernel: (k) => {
    const n = k.int('n');
    const m = k.rule.exists('m') ? k.int('m') : n;
    const ones = Array.from({ length: n * m }, (_, i) => (Math.floor(i / m) === i % m ? 1 : 0));
    return finish(k, fromFlat(ones, [n, m], k.dtype('dtype') ?? defaultDtype()));
  },
  samples: ['torch.eye(3)', 'torch.eye(2, 3, dtype=torch.int64)'],
  errors: [['torch.eye(-1)', 'negative-size']],
  doc: 'torch.eye',
};

// ---------------------------------------------------------------- one_hot

function oneHotWidth(ctx: Context, x: TensorArg, wanted: Dim): Dim {
  const n = ctx.known(wanted);
  const fail = (message: string, text: string): never =>
    ctx.fail({ code: 'invalid-argument', message: `one_hot: ${message}`, text, origins: [wanted.origin, x.origin] });
  if (ctx.known(numelOf(x.shape)) === 0) {
    if (n !== undefined && n <= 0)
      fail('the classes of an empty tensor cannot be counted', 'Can not infer total number of classes from empty tensor.');
    return wanted;
  }
  const values = x.values?.toFlat();
  if (values !== undefined && Math.min(...values) < 0) fail('a class is negative', 'Class values must be non-negative.');
  const most = values === undefined ? undefined : Math.max(...values);
  if (n === -1) return most === undefined ? ctx.world.freshSize() : constant(most + 1);
  const small = (): never => fail(`a class is not below ${ctx.spell(wanted)}`, 'Class values must be smaller than num_classes.');
  const known = ctx.known(numelOf(x.shape));
  if (n !== undefined && ((most !== undefined && n <= most) || (known !== undefined && n <= 0))) small();
  const least = x.bounds?.least;
  if (values === undefined && known !== undefined && least !== undefined && ctx.facts.decide(le(add(least, one), wanted)) === 'no') small();
  return wanted;
}

const oneHot: Operation = {
  names: ['F.one_hot'],
  signature: 'one_hot(Tensor input, int num_classes = -1)',
  shape: '(*) -> (*, num_classes)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    if (x.dtype !== undefined && x.dtype !== 'int64') {
      ctx.fail({
        code: 'index-dtype',
        message: `one_hot: the classes are ${x.dtype}, not int64`,
        text: 'one_hot is only applicable to index tensor of type LongTensor.',
        origins: [x.origin],
      });
    }
    const width = oneHotWidth(ctx, x, a.int('num_classes'));
    return tensorOut(concatenate(x.shape, shapeOf([width])), 'int64', { bounds: { least: zero, greatest: one } });
  },
  kernel: (k) => {
    const x = k.array('input');
    const classes = Array.from(x.toFlat());
    const wanted = k.int('num_classes');
    const n = wanted === -1 ? Math.max(...classes) + 1 : wanted;
    const out = zeros([...x.shape, n], 'int64');
    classes.forEach((c, i) => {
      out.storage.data[i * n + c] = 1;
    });
    return out;
  },
  samples: ['F.one_hot(torch.tensor([0, 2, 1]))', 'F.one_hot(torch.tensor([[0], [2]]), num_classes=4)'],
  errors: [
    ['F.one_hot(torch.tensor([0, 3]), 3)', 'invalid-argument'],
    ['F.one_hot(torch.ones(2))', 'index-dtype'],
  ],
  doc: 'nn.functional.one_hot',
};

export const SPACING: readonly Operation[] = [linspace, logspace, range, eye, oneHot];
