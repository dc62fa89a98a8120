/**
 * torch.nn.init: functions that fill a tensor in place, outside of the graph.
 */
import type { NdArray } from '../kernels/array.ts';
import type { FanMode } from '../kernels/initialisation.ts';
import {
  gainOf,
  initConstant,
  initDirac,
  initEye,
  initKaimingNormal,
  initKaimingUniform,
  initNormal,
  initOrthogonal,
  initSparse,
  initTruncNormal,
  initUniform,
  initXavierNormal,
  initXavierUniform,
} from '../kernels/initialisation.ts';
import type { Generator } from '../kernels/random.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import type { Operation } from './entry.ts';
import { selfOut } from './entry.ts';

interface InitForm {
  readonly name: string;
  readonly parameters: string;
  /** The ranks it takes, with the text where it is another. */
  readonly ranks?: readonly [least: number, most: number, text: string];
  readonly check?: (ctx: Context, a: Arguments) => void;
  readonly kernel: (x: NdArray, k: KernelArguments, g: Generator) => NdArray;
  readonly random?: false;
  readonly sample?: string;
}

const FANS = [2, Infinity, 'Fan in and fan out can not be computed for tensor with fewer than 2 dimensions'] as const;
const MATRIX = [2, 2, 'Only tensors with 2 dimensions are supported'] as const;

function invalid(ctx: Context, exception: string, text: string): never {
  return ctx.fail({ code: 'invalid-argument', exception, text, message: `${ctx.name}: ${text}` });
}

const NONLINEARITIES: ReadonlySet<string> = new Set(
  'linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d sigmoid tanh relu leaky_relu selu'.split(' '),
);

function checkNonlinearity(ctx: Context, a: Arguments): void {
  const mode = a.exists('mode') ? a.string('mode')?.toLowerCase() : undefined;
  if (mode !== undefined && mode !== 'fan_in' && mode !== 'fan_out') {
    invalid(ctx, 'ValueError', `Mode ${mode} not supported, please use one of ['fan_in', 'fan_out']`);
  }
  const name = a.string('nonlinearity');
  if (name !== undefined && !NONLINEARITIES.has(name)) invalid(ctx, 'ValueError', `Unsupported nonlinearity ${name}`);
}

const kaiming = (k: KernelArguments) => [k.number('a'), k.string('mode') as FanMode, k.string('nonlinearity')] as const;

const KAIMING = "a=0, mode='fan_in', nonlinearity='leaky_relu', generator=None";

/** `normal expects std >= 0.0, but found std -1` */
function checkSpread(ctx: Context, a: Arguments): void {
  const std = a.known('std');
  if (std !== undefined && std < 0) invalid(ctx, 'RuntimeError', `normal expects std >= 0.0, but found std ${std}`);
}

function checkRange(ctx: Context, a: Arguments): void {
  const [from, to] = [a.known('a'), a.known('b')];
  if (from !== undefined && to !== undefined && from > to) {
    invalid(ctx, 'RuntimeError', `uniform_ expects to return a [from, to) range, but found from=${from} > to=${to}`);
  }
}

const FORMS: readonly InitForm[] = [
  {
    name: 'uniform_',
    parameters: 'a=0.0, b=1.0, generator=None',
    check: checkRange,
    kernel: (x, k, g) => initUniform(x, g, k.number('a'), k.number('b')),
  },
  {
    name: 'normal_',
    parameters: 'mean=0.0, std=1.0, generator=None',
    check: checkSpread,
    kernel: (x, k, g) => initNormal(x, g, k.number('mean'), k.number('std')),
  },
  {
    name: 'trunc_normal_',
    parameters: 'mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None',
    kernel: (x, k, g) => initTruncNormal(x, g, k.number('mean'), k.number('std'), k.number('a'), k.number('b')),
  },
  {
    name: 'constant_',
    parameters: 'val',
    kernel: (x, k) => initConstant(x, k.number('val')),
    random: false,
    sample: 'torch.empty(2, 3), 0.5',
  },
  { name: 'ones_', parameters: '', kernel: (x) => initConstant(x, 1), random: false },
  { name: 'zeros_', parameters: '', kernel: (x) => initConstant(x, 0), random: false },
  { name: 'eye_', parameters: '', ranks: MATRIX, kernel: (x) => initEye(x), random: false },
  {
    name: 'dirac_',
    parameters: 'groups=1',
    ranks: [3, 5, 'Only tensors with 3, 4, or 5 dimensions are supported'],
    kernel: (x, k) => initDirac(x, k.int('groups')),
    random: false,
    sample: 'torch.empty(2, 2, 3)',
  },
  {
    name: 'xavier_uniform_',
    parameters: 'gain=1.0, generator=None',
    ranks: FANS,
    kernel: (x, k, g) => initXavierUniform(x, g, k.number('gain')),
  },
  {
    name: 'xavier_normal_',
    parameters: 'gain=1.0, generator=None',
    ranks: FANS,
    kernel: (x, k, g) => initXavierNormal(x, g, k.number('gain')),
  },
  {
    name: 'kaiming_uniform_',
    parameters: KAIMING,
    ranks: FANS,
    check: checkNonlinearity,
    kernel: (x, k, g) => initKaimingUniform(x, g, ...kaiming(k)),
  },
  {
    name: 'kaiming_normal_',
    parameters: KAIMING,
    ranks: FANS,
    check: checkNonlinearity,
    kernel: (x, k, g) => initKaimingNormal(x, g, ...kaiming(k)),
  },
  {
    name: 'orthogonal_',
    parameters: 'gain=1, generator=None',
    ranks: [2, Infinity, 'Only tensors with 2 or more dimensions are supported'],
    kernel: (x, k, g) => initOrthogonal(x, g, k.number('gain')),
  },
  {
    name: 'sparse_',
    parameters: 'sparsity, std=0.01, generator=None',
    ranks: MATRIX,
    kernel: (x, k, g) => initSparse(x, g, k.number('sparsity'), k.number('std')),
    sample: 'torch.empty(4, 3), 0.1',
  },
];

function requireRanks(ctx: Context, x: TensorArg, [least, most, text]: readonly [number, number, string]): void {
  const held = ctx.world.limitRank(x.shape, least, most);
  if (held.decision !== 'no') return;
  ctx.fail({
    code: 'rank-mismatch',
    exception: 'ValueError',
    text,
    message: `${ctx.name}: the tensor is ${ctx.spell(x.shape)}, ${most === least ? `${least}` : `at least ${least}`} dimensions are needed`,
    origins: [x.origin],
  });
}

function entryOf(form: InitForm): Operation {
  return {
    names: [`nn.init.${form.name}`],
    signature: `def ${form.name}(tensor${form.parameters === '' ? '' : `, ${form.parameters}`})`,
    shape: '(*) -> (*)',
    rule: (ctx, a) => {
      const x = a.tensor('tensor');
      if (form.ranks !== undefined) requireRanks(ctx, x, form.ranks);
      form.check?.(ctx, a);
      return selfOut(x);
    },
    kernel: (k) => form.kernel(k.array('tensor'), k, k.stream),
    ...(form.random === false ? {} : { random: true }),
    samples: [`nn.init.${form.name}(${form.sample ?? 'torch.empty(3, 3)'})`],
    ...(form.ranks === undefined
      ? {}
      : { errors: [[`nn.init.${form.name}(torch.empty(3)${form.name === 'sparse_' ? ', 0.1' : ''})`, 'rank-mismatch'] as const] }),
    doc: `nn.init.${form.name}`,
  };
}

const GAIN: Operation = {
  names: ['nn.init.calculate_gain'],
  signature: 'def calculate_gain(nonlinearity, param=None)',
  shape: '-> float',
  rule: (ctx, a) => {
    checkNonlinearity(ctx, a);
    const name = a.string('nonlinearity');
    const param = a.isNone('param') ? undefined : a.known('param');
    return name === undefined || (!a.isNone('param') && param === undefined) ? ctx.interp.float() : ctx.interp.float(gainOf(name, param));
  },
  samples: ["nn.init.calculate_gain('relu')"],
  errors: [["nn.init.calculate_gain('foo')", 'invalid-argument']],
  doc: 'nn.init.calculate_gain',
};

export const INITS: readonly Operation[] = [...FORMS.map(entryOf), GAIN];
