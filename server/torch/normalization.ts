/**
 * Normalisation as functions: layer, RMS, batch, group, instance and local response. The modules stand in `norm-modules.ts`.
 */
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, floorDiv, mod, mul } from '../dims/dim.ts';
import { localResponseNorm } from '../kernels/channel-window.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import { batchNorm, groupNorm, instanceNorm, layerNorm, rmsNorm } from '../kernels/normalization.ts';
import { greatestRank, product } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import type { Context, FaultParts } from './context.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { passOn } from './native-argument.ts';
import { requireOperands } from './python-operand.ts';
import { attributeOf, refuseKernel, sizeText } from './reduction.ts';

const one = constant(1);

/** Contiguous where the input is; otherwise nothing is said. */
export const sameLayout = (x: TensorArg): { readonly layout: 'contiguous' | 'unknown' } => ({
  layout: x.payload.layout === 'contiguous' ? 'contiguous' : 'unknown',
});

/** All parameters have the input's dtype; half precision also goes with float32 parameters. */
function requireOneType(ctx: Context, x: TensorArg, params: readonly (TensorArg | undefined)[]): void {
  const present = params.flatMap((p) => (p?.dtype === undefined ? [] : [p]));
  const first = present[0];
  if (first === undefined || x.dtype === undefined) return;
  const message = `${ctx.name}: the input is ${x.dtype}, the parameters are ${[...new Set(present.map((p) => p.dtype))].join(', ')}`;
  const fail = (text: string): never => ctx.fail({ code: 'dtype-mismatch', message, text, origins: [x.origin, first.origin] });
  if (first.dtype !== x.dtype) {
    if (present.some((p) => p.dtype !== 'float32')) fail('mixed dtype (CPU): expect parameter to have scalar type of Float');
    if (x.dtype !== 'float16' && x.dtype !== 'bfloat16') fail('mixed dtype (CPU): all inputs must share same datatype.');
    return;
  }
  const other = present.find((p) => p.dtype !== x.dtype);
  if (other?.dtype !== undefined) fail(`expected scalar type ${scalarTypeName(x.dtype)} but found ${scalarTypeName(other.dtype)}`);
}

// ---------------------------------------------------------------- over the last dimensions

/** The last sizes of the input are `normalized_shape`, as are weight and bias. */
function requireNormalized(
  ctx: Context,
  x: TensorArg,
  dims: readonly Dim[],
  params: readonly (TensorArg | undefined)[],
  rms: boolean,
): void {
  const wanted = ctx.list(dims);
  if (dims.length === 0) {
    ctx.fail({
      code: 'invalid-argument',
      message: `${ctx.name}: \`normalized_shape\` is empty`,
      text: 'Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []',
    });
  }
  for (const p of params) {
    if (p === undefined) continue;
    const parts = (): FaultParts => ({
      code: 'norm-parameter-shape',
      message: `${ctx.name}: the ${p.name} is ${ctx.spell(p.shape)}, \`normalized_shape\` is ${ctx.spell(dims)}`,
      text: ctx.text`Expected ${p.name} to be of same shape as normalized_shape, but got ${p.name} of shape ${p.shape} and normalized_shape = ${wanted}`,
      origins: [p.origin],
    });
    ctx.requireRank(p.shape, [dims.length], parts);
    dims.forEach((d, i) => {
      ctx.require(eq(p.size(i) as Dim, d), parts);
    });
  }
  const text = (): string | undefined =>
    wanted === undefined
      ? undefined
      : ctx.text`Given normalized_shape=${wanted}, expected input with shape [*${rms ? '' : ', '}${wanted.slice(1)}, but got input of size${x.shape}`;
  if (greatestRank(x.shape) < dims.length || ctx.world.limitRank(x.shape, dims.length, Number.POSITIVE_INFINITY).decision === 'no') {
    ctx.fail({
      code: 'norm-input-size',
      message: `${ctx.name}: the input is ${ctx.spell(x.shape)}, \`normalized_shape\` is ${ctx.spell(dims)}`,
      text: text(),
      origins: [x.origin],
    });
  }
  dims.forEach((d, i) => {
    const size = x.size(i - dims.length);
    if (size === undefined) return;
    ctx.require(eq(size, d), () => ({
      code: 'norm-input-size',
      message: `${ctx.name} input: size ${i - dims.length} is ${ctx.spell(size)}, \`normalized_shape\` is ${ctx.spell(dims)}`,
      text: text(),
      origins: [size.origin ?? x.origin, d.origin],
      sizes: { got: size, wanted: d },
    }));
  });
}

export const layerNormOp: Operation = {
  names: ['F.layer_norm'],
  signature:
    'layer_norm(Tensor input, tuple of ints normalized_shape, Tensor weight = None, Tensor bias = None, float eps = 1e-05, bool cudnn_enable = True)',
  shape: '(*, *normalized_shape) -> (*, *normalized_shape)',
  rule: (ctx, a): Out => {
    passOn(ctx, a, 'layer_norm(Tensor input, tuple of ints normalized_shape, Tensor? weight, Tensor? bias, float eps)');
    const x = a.tensor('input');
    const [w, b] = [a.optionalTensor('weight'), a.optionalTensor('bias')];
    const dims = a.ints('normalized_shape');
    requireOneType(ctx, x, [w, b]);
    if (dims !== undefined) requireNormalized(ctx, x, dims, [w, b], false);
    refuseKernel(ctx, 'LayerNormKernelImpl', x.dtype);
    return tensorOut(x.shape, x.dtype);
  },
  kernel: (k) =>
    layerNorm(k.array('input'), k.ints('normalized_shape'), k.optionalArray('weight'), k.optionalArray('bias'), k.number('eps')),
  samples: ['F.layer_norm(torch.rand(2, 3), (3,))', 'F.layer_norm(torch.rand(2, 3, 4), (3, 4), torch.rand(3, 4), torch.rand(3, 4))'],
  errors: [
    ['F.layer_norm(torch.rand(2, 3), (4,))', 'norm-input-size'],
    ['F.layer_norm(torch.rand(2, 3), (3,), torch.rand(4))', 'norm-parameter-shape'],
  ],
  doc: 'nn.functional.layer_norm',
};

export const rmsNormOp: Operation = {
  names: ['F.rms_norm', 'torch.rms_norm'],
  signature: 'rms_norm(Tensor input, tuple of ints normalized_shape, Tensor weight = None, float eps = None)',
  shape: '(*, *normalized_shape) -> (*, *normalized_shape)',
  rule: (ctx, a): Out => {
    const x = a.tensor('input');
    const w = a.optionalTensor('weight');
    const dims = a.ints('normalized_shape');
    if (dims !== undefined) requireNormalized(ctx, x, dims, [w], true);
    refuseKernel(ctx, 'rms_norm', x.dtype, /^(float|bfloat|complex)/);
    return tensorOut(x.shape, x.dtype);
  },
  kernel: (k) => rmsNorm(k.array('input'), k.ints('normalized_shape'), k.optionalArray('weight'), k.optionalNumber('eps')),
  samples: ['F.rms_norm(torch.rand(2, 3), (3,), torch.rand(3))', 'F.rms_norm(torch.rand(2, 3), (3,))'],
  errors: [['F.rms_norm(torch.rand(2, 3), (4,))', 'norm-input-size']],
  doc: 'nn.functional.rms_norm',
};

// ---------------------------------------------------------------- by channels

/** More than one value a channel, or there is no deviation. */
function requireSeveral(ctx: Context, dims: readonly Dim[], from: number, what: string, spelled: string | undefined): void {
  const count = product(dims.slice(from));
  ctx.reject(eq(count, one), () => ({
    code: 'norm-single-value',
    exception: 'ValueError',
    message: `${ctx.name}: training needs more than one ${what}, the input is ${ctx.spell(dims)}`,
    text: ctx.text`Expected more than 1 ${what} when training, got input size ${spelled}`,
    origins: [dims[0]?.origin],
  }));
}

/** A vector with one number a channel: `running_mean should contain 3 elements not 4`. */
function requireChannels(ctx: Context, params: readonly (TensorArg | undefined)[], channels: Dim, factor: Dim = one): void {
  for (const p of params) {
    const dims = p?.dims;
    if (p === undefined || dims === undefined) continue;
    const own = product(dims);
    ctx.require(eq(own, channels), () => ({
      code: 'norm-channels',
      message: `${ctx.name}: the input has ${ctx.spell(channels)} channels, ${p.name} holds ${ctx.spell(own)}`,
      text: ctx.text`${p.name} should contain ${mul(channels, factor)} elements not ${mul(own, factor)}`,
      origins: [channels.origin, own.origin ?? dims[0]?.origin],
      sizes: { got: channels, wanted: own },
    }));
  }
}

function requireEps(ctx: Context, a: Arguments, training: boolean | undefined): void {
  const eps = a.known('eps');
  if (training !== undefined) requireOperands(ctx, training ? '<=' : '<', a.value('eps'), ctx.interp.float(0));
  if (eps === undefined || training === undefined) return;
  if (training ? eps > 0 : eps >= 0) return;
  const spelled = ctx.interp.repr(a.value('eps'));
  ctx.fail({
    code: 'invalid-argument',
    exception: 'ValueError',
    message: `${ctx.name}: \`eps\` is ${spelled}`,
    text: training
      ? ctx.text`batch_norm eps must be positive during training, but got ${spelled}`
      : ctx.text`batch_norm eps must be non-negative, but got ${spelled}`,
  });
}

function channelOptions(k: KernelArguments, training: boolean) {
  return {
    weight: k.optionalArray('weight'),
    bias: k.optionalArray('bias'),
    runningMean: k.optionalArray('running_mean'),
    runningVar: k.optionalArray('running_var'),
    training,
    momentum: k.number('momentum'),
    eps: k.number('eps'),
  };
}

const isEmpty = (ctx: Context, x: TensorArg): boolean => x.dims?.some((d) => ctx.known(d) === 0) === true;

function batchNormRule(ctx: Context, a: Arguments): Out {
  const training = a.bool('training');
  const x = a.tensor('input', training === true ? attributeOf(ctx, 'size') : ctx.notTensor('batch_norm', 'input', 1));
  const dims = x.dims;
  if (training === true && dims !== undefined) {
    if (dims.length === 0) ctx.fail(noSize(ctx, x));
    requireSeveral(ctx, [dims[0] as Dim, ...dims.slice(2)], 0, 'value per channel', sizeText(ctx, x.shape));
  }
  requireEps(ctx, a, training);
  passOn(
    ctx,
    a,
    'batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps, bool cudnn_enabled = True)',
  );
  const named = (name: string) => a.optionalTensor(name);
  const [w, b, mean, variance] = [named('weight'), named('bias'), named('running_mean'), named('running_var')];
  if (isEmpty(ctx, x)) return tensorOut(x.shape, x.dtype, sameLayout(x));
  if (training === false) {
    for (const name of ['running_mean', 'running_var']) {
      if (a.isNone(name)) {
        ctx.fail({
          code: 'invalid-argument',
          message: `${ctx.name}: evaluation needs \`${name}\``,
          text: `${name} must be defined in evaluation mode`,
        });
      }
    }
  }
  const channels = dims !== undefined && dims.length < 2 ? constant(0) : x.size(1);
  if (channels !== undefined) requireChannels(ctx, [mean, variance, w, b], channels);
  refuseKernel(ctx, 'batch_norm', x.dtype);
  requireOneType(ctx, x, [w, b, mean, variance]);
  for (const p of [mean, variance]) {
    if (p?.rank === undefined || p.rank === 1) continue;
    ctx.fail({
      code: 'norm-parameter-shape',
      message: `${ctx.name}: ${p.name} is ${ctx.spell(p.shape)}, not 1-D`,
      text: `TensorAccessor expected 1 dims but tensor has ${p.rank}`,
      origins: [p.origin],
    });
  }
  return tensorOut(x.shape, x.dtype, sameLayout(x));
}

const noSize = (ctx: Context, x: TensorArg): FaultParts => ({
  code: 'rank-mismatch',
  exception: 'IndexError',
  message: `${ctx.name}: the input has no dimensions`,
  text: 'tuple index out of range',
  origins: [x.origin],
});

export const batchNormOp: Operation = {
  names: ['F.batch_norm'],
  signature: 'def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-05)',
  shape: '(N, C, *), (C), (C) -> (N, C, *)',
  rule: batchNormRule,
  kernel: (k) => batchNorm(k.array('input'), channelOptions(k, k.bool('training'))),
  random: true,
  samples: [
    'F.batch_norm(torch.rand(2, 3), torch.rand(3), torch.rand(3))',
    'F.batch_norm(torch.rand(2, 3, 4), torch.rand(3), torch.rand(3), training=True)',
  ],
  errors: [
    ['F.batch_norm(torch.rand(2, 3), torch.rand(4), torch.rand(4))', 'norm-channels'],
    ['F.batch_norm(torch.rand(1, 3), torch.rand(3), torch.rand(3), training=True)', 'norm-single-value'],
  ],
  doc: 'nn.functional.batch_norm',
};

export const instanceNormOp: Operation = {
  names: ['F.instance_norm'],
  signature:
    'def instance_norm(input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-05)',
  shape: '(N, C, *) -> (N, C, *)',
  rule: (ctx, a): Out => {
    const own = a.bool('use_input_stats');
    const x = a.tensor('input', own === true ? attributeOf(ctx, 'size') : ctx.notTensor('instance_norm', 'input', 1));
    const dims = x.dims;
    if (own === true && dims !== undefined) requireSeveral(ctx, dims, 2, 'spatial element', sizeText(ctx, x.shape));
    passOn(
      ctx,
      a,
      'instance_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool use_input_stats, float momentum, float eps, bool cudnn_enabled = True)',
    );
    const named = (name: string) => a.optionalTensor(name);
    const [w, b, mean, variance] = [named('weight'), named('bias'), named('running_mean'), named('running_var')];
    if (own === false && (a.isNone('running_mean') || a.isNone('running_var'))) {
      ctx.fail({
        code: 'invalid-argument',
        message: `${ctx.name}: without the input's statistics running ones are needed`,
        text: 'Expected running_mean and running_var to be defined when use_input_stats is false',
      });
    }
    const empty = isEmpty(ctx, x);
    if (empty && w !== undefined && ctx.known(x.size(0)) === 0) {
      ctx.fail({
        code: 'index-out-of-range',
        exception: 'IndexError',
        message: `${ctx.name}: the batch is empty`,
        text: 'select(): index 0 out of range for tensor of size [0] at dimension 0',
        origins: [x.origin],
      });
    }
    const [batch, channels] = [x.size(0), x.size(1)];
    if (!empty && batch !== undefined && channels !== undefined) requireChannels(ctx, [mean, variance, w, b], channels, batch);
    if (!empty) {
      refuseKernel(ctx, 'batch_norm', x.dtype);
      requireOneType(ctx, x, [w, b, mean, variance]);
    }
    return tensorOut(x.shape, x.dtype);
  },
  kernel: (k) => instanceNorm(k.array('input'), channelOptions(k, k.bool('use_input_stats'))),
  random: true,
  samples: ['F.instance_norm(torch.rand(2, 3, 4))', 'F.instance_norm(torch.rand(2, 3, 4, 5), weight=torch.rand(3), bias=torch.rand(3))'],
  errors: [
    ['F.instance_norm(torch.rand(2, 3, 1))', 'norm-single-value'],
    ['F.instance_norm(torch.rand(2, 3, 4), weight=torch.rand(4))', 'norm-channels'],
  ],
  doc: 'nn.functional.instance_norm',
};

function requireGroups(ctx: Context, a: Arguments, x: TensorArg, groups: Dim): void {
  const dims = x.dims;
  const known = ctx.known(groups);
  if (known === 0) {
    ctx.fail({
      code: 'norm-groups',
      exception: 'ZeroDivisionError',
      message: `${ctx.name}: \`num_groups\` is 0`,
      text: 'integer division or modulo by zero',
    });
  }
  const [batch, channels] = [x.size(0), x.size(1)];
  if (batch === undefined || channels === undefined) return;
  if (dims !== undefined && (known ?? 1) > 0) {
    const rows = floorDiv(mul(batch, channels), groups);
    const sizes = [rows, groups, ...dims.slice(2)];
    requireSeveral(ctx, [rows, ...dims.slice(2)], 0, 'value per channel', ctx.list(sizes));
  }
  if (known !== undefined && known < 0) {
    ctx.fail({
      code: 'norm-groups',
      message: `${ctx.name}: \`num_groups\` is ${known}`,
      text: `Expected num groups to be greater than 0, got ${known}`,
    });
  }
  ctx.require(eq(mod(channels, groups), constant(0)), () => ({
    code: 'norm-groups',
    message: `${ctx.name}: ${ctx.spell(channels)} channels do not divide into ${ctx.spell(groups)} groups`,
    text: ctx.text`Expected number of channels in input to be divisible by num_groups, but got input of shape ${x.shape} and num_groups=${groups}`,
    origins: [channels.origin, groups.origin],
  }));
  for (const name of ['weight', 'bias']) {
    const p = a.optionalTensor(name);
    if (p === undefined) continue;
    const parts = (): FaultParts => ({
      code: 'norm-channels',
      message: `${ctx.name}: the input has ${ctx.spell(channels)} channels, the ${name} is ${ctx.spell(p.shape)}`,
      text: ctx.text`Expected ${name} to be a vector of size equal to the number of channels in input, but got ${name} of shape ${p.shape} and input of shape ${x.shape}`,
      origins: [channels.origin ?? x.origin, p.size(0)?.origin],
    });
    ctx.requireRank(p.shape, [1], parts);
    const own = p.size(0);
    if (own !== undefined) ctx.require(eq(own, channels), parts);
  }
}

export const groupNormOp: Operation = {
  names: ['F.group_norm'],
  signature: 'def group_norm(input, num_groups, weight=None, bias=None, eps=1e-05)',
  shape: '(N, C, *) -> (N, C, *)',
  rule: (ctx, a): Out => {
    const x = a.tensor('input');
    if (greatestRank(x.shape) < 2) {
      ctx.fail({
        code: 'rank-mismatch',
        message: `${ctx.name}: the input is ${ctx.spell(x.shape)}, it needs batch and channels`,
        text: x.rank === undefined ? undefined : `Expected at least 2 dimensions for input tensor but received ${x.rank}`,
        origins: [x.origin],
      });
    }
    ctx.world.limitRank(x.shape, 2, Number.POSITIVE_INFINITY);
    requireOperands(ctx, '//', ctx.interp.int(0), a.value('num_groups'));
    passOn(ctx, a, 'group_norm(Tensor input, int num_groups, Tensor? weight, Tensor? bias, float eps, bool cudnn_enabled = True)');
    requireGroups(ctx, a, x, a.int('num_groups'));
    requireOneType(ctx, x, [a.optionalTensor('weight'), a.optionalTensor('bias')]);
    refuseKernel(ctx, 'GroupNormKernelImpl', x.dtype);
    return tensorOut(x.shape, x.dtype, sameLayout(x));
  },
  kernel: (k) => groupNorm(k.array('input'), k.int('num_groups'), k.optionalArray('weight'), k.optionalArray('bias'), k.number('eps')),
  samples: ['F.group_norm(torch.rand(2, 4, 3), 2)', 'F.group_norm(torch.rand(2, 4, 3, 2), 4, torch.rand(4), torch.rand(4))'],
  errors: [
    ['F.group_norm(torch.rand(2, 4, 3), 3)', 'norm-groups'],
    ['F.group_norm(torch.rand(2, 4, 3), 2, torch.rand(3))', 'norm-channels'],
  ],
  doc: 'nn.functional.group_norm',
};

export const localResponseNormOp: Operation = {
  names: ['F.local_response_norm'],
  signature: 'def local_response_norm(input, size, alpha=0.0001, beta=0.75, k=1.0)',
  shape: '(N, C, *) -> (N, C, *)',
  rule: (ctx, a): Out => {
    const x = a.tensor('input');
    if (greatestRank(x.shape) < 3) {
      ctx.fail({
        code: 'rank-mismatch',
        exception: 'ValueError',
        message: `${ctx.name}: the input is ${ctx.spell(x.shape)}, at least 3-D is needed`,
        text: `Expected 3D or higher dimensionality                          input (got ${x.rank ?? '?'} dimensions)`,
        origins: [x.origin],
      });
    }
    ctx.world.limitRank(x.shape, 3, Number.POSITIVE_INFINITY);
    return tensorOut(x.shape, x.dtype);
  },
  kernel: (k) => localResponseNorm(k.array('input'), k.int('size'), k.number('alpha'), k.number('beta'), k.number('k')),
  samples: ['F.local_response_norm(torch.rand(2, 5, 3), 2)', 'F.local_response_norm(torch.rand(2, 5, 3, 4), 3)'],
  errors: [['F.local_response_norm(torch.rand(2, 5), 2)', 'rank-mismatch']],
  doc: 'nn.functional.local_response_norm',
};

export const NORMALIZATIONS: readonly Operation[] = [layerNormOp, rmsNormOp, batchNormOp, instanceNormOp, groupNormOp, localResponseNormOp];
