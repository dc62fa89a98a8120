/**
 * Normalisation layers: LayerNorm, RMSNorm, GroupNorm, BatchNorm and InstanceNorm of one to three space dimensions with
 * their lazy forms, LocalResponseNorm. What they compute stands in `normalization.ts`.
 */
import { eq, ge } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, mod } from '../dims/dim.ts';
import { fromFlat } from '../kernels/array.ts';
import type { DType } from '../kernels/dtype.ts';
import type { Value } from '../python/values.ts';
import { apply } from './apply.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import type { ModuleEntry, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import type { ModuleScope } from './module-context.ts';
import { filled } from './module-context.ts';
import { present, shown } from './module-options.ts';
import { normOrderFault } from './naming-warnings.ts';
import { batchNormOp, groupNormOp, instanceNormOp, layerNormOp, localResponseNormOp, rmsNormOp } from './normalization.ts';
import { requireOperands } from './python-operand.ts';
import { emptySizes, requireSizes } from './sizes.ts';
import { payloadOf } from './tensor.ts';
import { fitsIndex, sequenceContent, typeNameOf } from './types.ts';

/** Parameters of ones and of zeros, or None where the options say so. */
function affineParameters(
  m: ModuleScope,
  dims: readonly Dim[],
  dtype: DType | undefined,
  affine: boolean | undefined,
  bias: boolean | undefined,
): void {
  if (affine === false) m.noParameter('weight');
  else m.parameter('weight', dims, dtype, filled(1));
  if (affine === false || bias === false) m.noParameter('bias');
  else m.parameter('bias', dims, dtype, filled(0));
}

// ---------------------------------------------------------------- over the last dimensions

/** `tuple(tensor)`: its numbers, where they are known and whole. */
function sizesOfTensor(m: ModuleScope, given: Value): Value {
  const x = m.tensorOf(given, 'normalized_shape');
  if (x.rank === 0) {
    const text = 'iteration over a 0-d tensor';
    m.fail({
      code: 'call-arguments',
      exception: 'TypeError',
      text,
      message: `${m.name}: \`normalized_shape\` is a tensor without dimensions`,
    });
  }
  const integral = x.dtype === undefined || /^u?int/.test(x.dtype);
  if (x.rank === 1 && integral) {
    const numbers = x.values?.toFlat();
    return numbers === undefined ? m.interp.unknown('normalized_shape') : m.interp.tuple(numbers.map((n) => m.interp.int(constant(n))));
  }
  if (x.rank === undefined || x.dtype === undefined) return m.interp.unknown('normalized_shape');
  const text = "empty(): argument 'size' (position 1) must be tuple of ints, but found element of type Tensor at pos 0";
  return m.fail({ code: 'call-arguments', exception: 'TypeError', text, message: `${m.name}: \`normalized_shape\` is no list of sizes` });
}

/** `normalized_shape` as a list of sizes: one int stands for a list of one. */
function normalizedShape(m: ModuleScope, a: Arguments): Value {
  const given = a.value('normalized_shape');
  if (given.kind === 'int') return m.interp.tuple([m.named(given, 'normalized_shape')]);
  if (given.kind === 'unknown') {
    // Nearly always one size; a tuple would have been written as one.
    const size = m.interp.asDim(given, true);
    if (size !== undefined) return m.interp.tuple([m.named(m.interp.int(size), 'normalized_shape')]);
  }
  const content = sequenceContent(given);
  if (content !== undefined && content.rest === undefined) return m.interp.tuple(content.items.map((v) => m.named(v, 'normalized_shape')));
  if (payloadOf(given) !== undefined) return sizesOfTensor(m, given);
  const text = m.interp.asString(given);
  if (text !== undefined) return m.interp.tuple([...text].map((letter) => m.interp.str(letter)));
  if (given.kind === 'float' || given.kind === 'none' || given.kind === 'bool') {
    const type = m.interp.typeName(given);
    m.fail({
      code: 'call-arguments',
      exception: 'TypeError',
      message: `${m.name}: \`normalized_shape\` is ${type}`,
      text: `'${type}' object is not iterable`,
    });
  }
  return given;
}

const overLast = (name: 'LayerNorm' | 'RMSNorm'): ModuleEntry => {
  const layer = name === 'LayerNorm';
  return {
    name: `nn.${name}`,
    init: layer
      ? 'def LayerNorm.__init__(self, normalized_shape, eps=1e-05, elementwise_affine=True, bias=True, device=None, dtype=None)'
      : 'def RMSNorm.__init__(self, normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None)',
    construct: (m, a) => {
      const shape = normalizedShape(m, a);
      m.set('normalized_shape', shape);
      m.set('eps', a.value('eps'));
      m.set('elementwise_affine', a.value('elementwise_affine'));
      const affine = a.bool('elementwise_affine');
      const dtype = m.dtypeArgument(a.value('dtype'));
      const items = sequenceContent(shape)?.items;
      const dims = items === undefined ? undefined : affine === false ? [] : emptySizes(m, items);
      if (dims === undefined) {
        m.set('weight', m.interp.unknown('weight'));
        m.set('bias', m.interp.unknown('bias'));
        return;
      }
      if (layer) affineParameters(m, dims, dtype, affine, a.bool('bias'));
      else if (affine === false) m.noParameter('weight');
      else m.parameter('weight', dims, dtype, filled(1));
    },
    forward: `def ${name}.forward(self, ${layer ? 'input' : 'x'})`,
    shape: '(*, *normalized_shape) -> (*, *normalized_shape)',
    call: (m, a) =>
      layer
        ? apply(m, layerNormOp, [a.value('input'), m.attr('normalized_shape'), m.attr('weight'), m.attr('bias'), m.attr('eps')])
        : apply(m, rmsNormOp, [a.value('x'), m.attr('normalized_shape'), m.attr('weight'), m.attr('eps')]),
    extraRepr: (m) =>
      `${shown(m, 'normalized_shape')}, eps=${shown(m, 'eps')}, elementwise_affine=${shown(m, 'elementwise_affine')}${layer ? `, bias=${present(m, 'bias')}` : ''}`,
    samples: [`nn.${name}(3)(torch.rand(2, 3))`, `nn.${name}((3, 4))(torch.rand(2, 3, 4))`],
    errors: [[`nn.${name}(8)(torch.rand(2, 7))`, 'norm-input-size']],
    doc: `nn.${name}`,
  };
};

// ---------------------------------------------------------------- groups

const groupModule: ModuleEntry = {
  name: 'nn.GroupNorm',
  init: 'def GroupNorm.__init__(self, num_groups, num_channels, eps=1e-05, affine=True, device=None, dtype=None, *, bias=True)',
  construct: (m, a) => {
    const [groups, channels] = [m.named(a.value('num_groups'), 'num_groups'), m.named(a.value('num_channels'), 'num_channels')];
    requireOperands(m, '%', channels, groups);
    if (groups.kind === 'int' && channels.kind === 'int') requireDivisible(m, groups.dim, channels.dim);
    else requireMultiple(m, groups, channels);
    m.set('num_groups', groups);
    m.set('num_channels', channels);
    m.set('eps', a.value('eps'));
    m.set('affine', a.value('affine'));
    const affine = a.bool('affine');
    const dims = affine === false ? [] : [features(m, channels, 'empty')];
    affineParameters(m, dims, m.dtypeArgument(a.value('dtype')), affine, a.bool('bias'));
  },
  forward: 'def GroupNorm.forward(self, input)',
  shape: '(N, num_channels, *) -> (N, num_channels, *)',
  call: (m, a) => apply(m, groupNormOp, [a.value('input'), m.attr('num_groups'), m.attr('weight'), m.attr('bias'), m.attr('eps')]),
  extraRepr: (m) =>
    `${shown(m, 'num_groups')}, ${shown(m, 'num_channels')}, eps=${shown(m, 'eps')}, affine=${shown(m, 'affine')}, bias=${present(m, 'bias')}`,
  samples: ['nn.GroupNorm(2, 4)(torch.rand(2, 4, 3))', 'nn.GroupNorm(4, 4, affine=False)(torch.rand(2, 4, 3))'],
  errors: [
    ['nn.GroupNorm(3, 4)', 'norm-groups'],
    ['nn.GroupNorm(2, 4)(torch.rand(2, 6, 3))', 'norm-channels'],
  ],
  doc: 'nn.GroupNorm',
};

/** Numbers that are not both integers: Python's remainder, and their own text. */
function requireMultiple(m: ModuleScope, groups: Value, channels: Value): void {
  const [g, c] = [m.interp.asNumber(groups), m.interp.asNumber(channels)];
  if (g === undefined || c === undefined || g === 0 || c % g === 0) return;
  m.fail({
    code: 'norm-groups',
    exception: 'ValueError',
    message: `GroupNorm: ${c} channels do not divide into ${g} groups`,
    text: m.text`num_channels (${m.interp.repr(channels)}) must be divisible by num_groups (${m.interp.repr(groups)})`,
  });
}

function requireDivisible(m: ModuleScope, groups: Dim, channels: Dim): void {
  if (m.known(groups) === 0) {
    m.fail({
      code: 'norm-groups',
      exception: 'ZeroDivisionError',
      message: 'GroupNorm: `num_groups` is 0',
      text: 'integer modulo by zero',
    });
  }
  m.require(eq(mod(channels, groups), constant(0)), () => ({
    code: 'norm-groups',
    exception: 'ValueError',
    message: `GroupNorm: ${m.spell(channels)} channels do not divide into ${m.spell(groups)} groups`,
    text: m.text`num_channels (${channels}) must be divisible by num_groups (${groups})`,
    origins: [channels.origin, groups.origin],
  }));
}

/** The only size of a vector made by `torch.empty(n)` or `torch.zeros(n)`. */
function features(m: ModuleScope, given: Value, made: 'empty' | 'zeros'): Dim {
  let value = m.interp.resolve(given);
  const [only, ...others] = sequenceContent(value)?.items ?? [];
  // One number in a list is as good as the number.
  if (only !== undefined && others.length === 0 && fitsIndex(m.interp, only) !== 'no') value = m.interp.resolve(only);
  if (fitsIndex(m.interp, value) === 'no') {
    const type = m.interp.typeName(value);
    const found = only;
    const element = found === undefined ? undefined : typeNameOf(m.interp, m.interp.resolve(found));
    m.fail({
      code: 'call-arguments',
      exception: 'TypeError',
      message: `${m.name}: the number of features is ${type}, not int`,
      text: `${made}(): argument 'size' (position 1) must be tuple of ints, ${element === undefined ? `not ${type}` : `but found element of type ${element} at pos 0`}`,
    });
  }
  const dim = m.dimOf(value, 'num_features');
  requireSizes(m, [dim], made === 'zeros' ? 'zeros: Dimension size must be non-negative.' : undefined);
  return dim;
}

// ---------------------------------------------------------------- batch and instance

type Kind = 'BatchNorm' | 'InstanceNorm';
const FEATURES = 'num_features';

const options = (kind: Kind): string => {
  const yes = kind === 'BatchNorm' ? 'True' : 'False';
  return `eps=1e-05, momentum=0.1, affine=${yes}, track_running_stats=${yes}, device=None, dtype=None, *, bias=True`;
};

/** Attributes, parameters and buffers in PyTorch's order. */
function constructNorm(m: ModuleScope, a: Arguments): void {
  const count = m.named(a.value(FEATURES), FEATURES);
  m.set(FEATURES, count);
  keepOptions(m, a);
  const [affine, track] = [a.bool('affine'), a.bool('track_running_stats')];
  const unused = affine === false && track === false;
  const dims = unused ? [] : [features(m, count, affine === false ? 'zeros' : 'empty')];
  makeTensors(m, dims, m.dtypeArgument(a.value('dtype')), affine, track, a.bool('bias'));
}

function keepOptions(m: ModuleScope, a: Arguments): void {
  for (const name of ['eps', 'momentum', 'affine', 'track_running_stats']) m.set(name, a.value(name));
}

function makeTensors(
  m: ModuleScope,
  dims: readonly Dim[],
  dtype: DType | undefined,
  affine: boolean | undefined,
  track: boolean | undefined,
  bias: boolean | undefined,
): void {
  affineParameters(m, dims, dtype, affine, bias);
  if (track === false) for (const name of ['running_mean', 'running_var', 'num_batches_tracked']) m.noBuffer(name);
  else {
    m.buffer('running_mean', dims, dtype ?? 'float32', filled(0));
    m.buffer('running_var', dims, dtype ?? 'float32', filled(1));
    m.buffer('num_batches_tracked', [], 'int64', filled(0));
  }
}

const RANKS: Readonly<Record<Kind, Readonly<Record<number, readonly number[]>>>> = {
  BatchNorm: { 1: [2, 3], 2: [4], 3: [5] },
  InstanceNorm: { 1: [2, 3], 2: [3, 4], 3: [4, 5] },
};

function requireInputRank(m: ModuleScope, kind: Kind, space: number, x: TensorArg): number | undefined {
  const ranks = RANKS[kind][space] as readonly number[];
  const words = ranks.map((r) => `${r}D`).join(' or ');
  return m.requireRank(x.shape, ranks, (rank) => ({
    code: 'rank-mismatch',
    exception: 'ValueError',
    message: `${m.name}: the input is ${m.spell(x.shape)}; ${words} is needed`,
    text: `expected ${words} input (got ${rank}D input)`,
    origins: [x.origin],
  }));
}

/** The share of new statistics; without a `momentum` all batches count the same. */
function factor(m: ModuleScope, updating: boolean): Value {
  const { interp } = m;
  const array = interp.mode === 'run' && updating ? m.tensor('num_batches_tracked')?.values : undefined;
  if (array !== undefined) array.setData(fromFlat([array.item() + 1], [], 'int64'));
  const momentum = m.attr('momentum');
  if (momentum.kind !== 'none') return momentum;
  return interp.float(array === undefined ? 0 : 1 / array.item());
}

function batchForward(m: ModuleScope, a: Arguments, space: number): Out | Value {
  const x = a.tensor('input');
  requireInputRank(m, 'BatchNorm', space, x);
  // The names are gone once the layer has said what its sizes are.
  const order = space === 1 ? normOrderFault(m, x) : undefined;
  const out = normalised(m, x);
  if (order !== undefined) m.warn(order);
  return out;
}

/** Batch normalisation with the layer's options and statistics. */
function normalised(m: ModuleScope, x: TensorArg): Out | Value {
  const { interp } = m;
  const training = m.bool('training');
  const track = m.bool('track_running_stats');
  const share = factor(m, training === true && track === true);
  const kept = training === true && track === false ? interp.none : undefined;
  const [mean, variance] = [m.attr('running_mean'), m.attr('running_var')];
  const own = training === true || (training === false && mean.kind === 'none' && variance.kind === 'none');
  const mode = own ? interp.bool(true) : training === false ? interp.bool(false) : m.attr('training');
  return apply(m, batchNormOp, [x.object, kept ?? mean, kept ?? variance, m.attr('weight'), m.attr('bias'), mode, share, m.attr('eps')]);
}

function instanceForward(m: ModuleScope, a: Arguments, space: number): Out | Value {
  const x = a.tensor('input');
  const rank = requireInputRank(m, 'InstanceNorm', space, x);
  if (rank === undefined) return tensorOut(x.shape, x.dtype);
  const axis = rank - space - 1;
  requireFeatures(m, x, axis);
  const { interp } = m;
  const training = m.bool('training');
  const own = training === true || m.bool('track_running_stats') === false;
  const mode = own ? interp.bool(true) : training === false ? interp.bool(false) : interp.unknownBool();
  const momentum = m.attr('momentum');
  const run = (input: Value): Value =>
    apply(m, instanceNormOp, [
      input,
      m.attr('running_mean'),
      m.attr('running_var'),
      m.attr('weight'),
      m.attr('bias'),
      mode,
      momentum.kind === 'none' ? interp.float(0) : momentum,
      m.attr('eps'),
    ]);
  if (axis === 1) return run(x.object);
  const batched = interp.callMethod(x.object, 'unsqueeze', [interp.int(0)]);
  const made = batched === undefined ? undefined : run(batched);
  return (made === undefined ? undefined : interp.callMethod(made, 'squeeze', [interp.int(0)])) ?? tensorOut(x.shape, x.dtype);
}

function requireFeatures(m: ModuleScope, x: TensorArg, axis: number): void {
  const size = x.size(axis);
  const value = m.attr(FEATURES);
  if (size === undefined || value.kind !== 'int') return;
  const wanted = value.dim;
  if (m.bool('affine') === true) {
    m.require(eq(size, wanted), () => ({
      code: 'norm-channels',
      exception: 'ValueError',
      message: `${m.name}: the input has ${m.spell(size)} channels, \`num_features\` is ${m.spell(wanted)}`,
      text: m.text`expected input's size at dim=${axis} to match num_features (${wanted}), but got: ${size}.`,
      origins: [size.origin ?? x.origin, wanted.origin],
      sizes: { got: size, wanted },
    }));
  } else if (m.facts.decide(eq(size, wanted)) === 'no') {
    m.warn({
      code: 'instance-norm-features',
      exception: 'UserWarning',
      message: `${m.name}: the input has ${m.spell(size)} channels, \`num_features\` is ${m.spell(wanted)} and not used`,
      text: `input's size at dim=${axis} does not match num_features. You can silence this warning by not passing in num_features, which is not used because affine=False`,
      origins: [size.origin ?? x.origin, wanted.origin],
    });
  }
}

const normModule = (kind: Kind, space: 1 | 2 | 3): ModuleEntry => {
  const sizes = ', 4, 5, 6'.slice(0, 3 * space);
  const call = kind === 'BatchNorm' ? batchForward : instanceForward;
  return {
    name: `nn.${kind}${space}d`,
    init: `def _${kind}.__init__(self, num_features, ${options(kind)})`,
    construct: constructNorm,
    forward: `def _${kind}.forward(self, input)`,
    shape: space === 1 ? '(N, num_features, L?) -> (N, num_features, L?)' : '(N, num_features, *) -> (N, num_features, *)',
    call: (m, a) => call(m, a, space),
    extraRepr: (m) =>
      `${shown(m, FEATURES)}, eps=${shown(m, 'eps')}, momentum=${shown(m, 'momentum')}, affine=${shown(m, 'affine')}, bias=${present(m, 'bias')}, track_running_stats=${shown(m, 'track_running_stats')}`,
    samples: [`nn.${kind}${space}d(3)(torch.rand(2, 3${sizes}))`, `nn.${kind}${space}d(3, affine=True).eval()(torch.rand(2, 3${sizes}))`],
    errors: [
      [`nn.${kind}${space}d(4, affine=True)(torch.rand(2, 3${sizes}))`, 'norm-channels'],
      [`nn.${kind}${space}d(4)(torch.rand(2))`, 'rank-mismatch'],
    ],
    doc: `nn.${kind}${space}d`,
  };
};

/** Takes the number of features from its first input. */
const lazyNorm = (kind: Kind, space: 1 | 2 | 3): ModuleEntry => {
  const call = kind === 'BatchNorm' ? batchForward : instanceForward;
  const sizes = ', 4, 5, 6'.slice(0, 3 * space);
  return {
    name: `nn.Lazy${kind}${space}d`,
    base: `nn.${kind}${space}d`,
    init: 'def _LazyNormBase.__init__(self, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True, device=None, dtype=None, *, bias=True)',
    construct: (m, a) => {
      m.set(FEATURES, m.interp.int(0));
      keepOptions(m, a);
      m.set('lazy_dtype', a.value('dtype'));
      const affine = a.bool('affine');
      for (const name of ['weight', 'bias']) {
        if (affine === false || (name === 'bias' && a.bool('bias') === false)) m.noParameter(name);
        else m.lazyParameter(name);
      }
      for (const name of ['running_mean', 'running_var']) {
        if (a.bool('track_running_stats') === false) m.noBuffer(name);
        else m.lazyParameter(name, 'buffer');
      }
      if (a.bool('track_running_stats') === false) m.noBuffer('num_batches_tracked');
      else m.buffer('num_batches_tracked', [], 'int64', filled(0));
    },
    forward: `def _${kind}.forward(self, input)`,
    shape: '(N, num_features, *) -> (N, num_features, *)',
    call: (m, a) => {
      if (m.uninitialised('weight') || m.uninitialised('running_mean')) {
        const x = a.tensor('input', (v) => {
          throw m.noAttribute(v, 'shape');
        });
        if (x.rank !== undefined && x.rank < 2) {
          m.fail({
            code: 'rank-mismatch',
            exception: 'IndexError',
            message: `${m.name}: the input ${m.spell(x.shape)} has no channels`,
            text: 'tuple index out of range',
            origins: [x.origin],
          });
        }
        const count = x.size(1) ?? m.world.freshSize();
        m.facts.assume(ge(count, constant(0)));
        m.set(FEATURES, m.named(m.interp.int(count), FEATURES));
        const dtype = m.dtypeArgument(m.attr('lazy_dtype'));
        makeTensors(m, [count], dtype, m.bool('affine'), m.bool('track_running_stats'), m.attr('bias').kind !== 'none');
      }
      m.initialised(`Lazy${kind}${space}d`);
      return call(m, a, space);
    },
    samples: [`nn.Lazy${kind}${space}d()(torch.rand(2, 3${sizes}))`],
    doc: `nn.Lazy${kind}${space}d`,
  };
};

const localResponse: ModuleEntry = {
  name: 'nn.LocalResponseNorm',
  init: 'def LocalResponseNorm.__init__(self, size, alpha=0.0001, beta=0.75, k=1.0)',
  construct: (m, a) => {
    for (const name of ['size', 'alpha', 'beta', 'k']) m.set(name, a.value(name));
  },
  forward: 'def LocalResponseNorm.forward(self, input)',
  shape: '(N, C, *) -> (N, C, *)',
  call: (m, a) => apply(m, localResponseNormOp, [a.value('input'), ...['size', 'alpha', 'beta', 'k'].map((n) => m.attr(n))]),
  extraRepr: (m) => `${shown(m, 'size')}, alpha=${shown(m, 'alpha')}, beta=${shown(m, 'beta')}, k=${shown(m, 'k')}`,
  samples: ['nn.LocalResponseNorm(2)(torch.rand(2, 5, 3))'],
  doc: 'nn.LocalResponseNorm',
};

/** BatchNorm over the batches of several processes; of one it is the same. */
const synchronised: ModuleEntry = {
  name: 'nn.SyncBatchNorm',
  init: 'def SyncBatchNorm.__init__(self, num_features, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True, process_group=None, device=None, dtype=None, *, bias=True)',
  construct: constructNorm,
  forward: 'def SyncBatchNorm.forward(self, input)',
  shape: '(N, num_features, *) -> (N, num_features, *)',
  call: (m, a) => {
    const x = a.tensor('input');
    if (x.rank !== undefined && x.rank < 2) {
      m.fail({
        code: 'rank-mismatch',
        exception: 'ValueError',
        message: `${m.name}: the input is ${m.spell(x.shape)}; at least 2-D is needed`,
        text: `expected at least 2D input (got ${x.rank}D input)`,
        origins: [x.origin],
      });
    }
    m.world.limitRank(x.shape, 2, Number.POSITIVE_INFINITY);
    return normalised(m, x);
  },
  samples: ['nn.SyncBatchNorm(3)(torch.rand(2, 3, 4))'],
  errors: [['nn.SyncBatchNorm(4)(torch.rand(2, 3, 4))', 'norm-channels']],
  doc: 'nn.SyncBatchNorm',
};

const SPACES = [1, 2, 3] as const;

export const NORM_MODULES: readonly ModuleEntry[] = [
  overLast('LayerNorm'),
  overLast('RMSNorm'),
  groupModule,
  ...SPACES.map((n) => normModule('BatchNorm', n)),
  ...SPACES.map((n) => normModule('InstanceNorm', n)),
  ...SPACES.map((n) => lazyNorm('BatchNorm', n)),
  ...SPACES.map((n) => lazyNorm('InstanceNorm', n)),
  localResponse,
  synchronised,
];
