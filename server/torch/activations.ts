/**
 * Activations: the functions and layers made of the table in `activation-forms.ts`, and the few that are more than an
 * element function (GLU, PReLU).
 */
import { eq, gt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, floorDiv, mod } from '../dims/dim.ts';
import { glu, prelu } from '../kernels/activation.ts';
import { full } from '../kernels/array.ts';
import { type DType, defaultDtype, isComplex, isFloating, scalarTypeName } from '../kernels/dtype.ts';
import { inPlace } from '../kernels/inplace.ts';
import { replaceAxis } from '../shapes/axes.ts';
import { unknownShape } from '../shapes/shape.ts';
import { ACTIVATION_FORMS, type ActivationForm } from './activation-forms.ts';
import { apply } from './apply.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import type { Context } from './context.ts';
import type { ModuleEntry, Operation, Out } from './entry.ts';
import { selfOut, tensorOut } from './entry.ts';
import { preservedLayout } from './layout.ts';
import type { ModuleScope } from './module-context.ts';
import { passOn } from './native-argument.ts';
import { refuseType } from './promotion.ts';
import { requireOperands } from './python-operand.ts';
import { emptySizes } from './sizes.ts';
import { typeNameOf } from './types.ts';

function resultType(form: ActivationForm, x: TensorArg): DType | undefined {
  if (form.type === 'same' || x.dtype === undefined) return x.dtype;
  return isFloating(x.dtype) || isComplex(x.dtype) ? x.dtype : defaultDtype();
}

/** Parameters of the Python functions reach the native one, which takes numbers only. */
function requireNumbers(ctx: Context, a: Arguments, form: ActivationForm): void {
  for (const [i, [name]] of form.params.entries()) {
    const value = a.value(name);
    if (!['str', 'none', 'list', 'tuple', 'dict'].includes(value.kind) || name === 'approximate') continue;
    const type = typeNameOf(ctx.interp, value);
    ctx.fail({
      code: 'call-arguments',
      exception: 'TypeError',
      text: `${form.native}(): argument '${name}' (position ${i + 2}) must be Number, not ${type}`,
      message: `${ctx.name}: \`${name}\` is ${type}, not a number`,
    });
  }
}

function checkParameters(ctx: Context, a: Arguments, form: ActivationForm): void {
  const invalid = (text: string): never => ctx.fail({ code: 'invalid-argument', text, message: `${ctx.name}: ${text}` });
  switch (form.name) {
    case 'gelu': {
      const mode = a.string('approximate');
      if (mode !== undefined && mode !== 'none' && mode !== 'tanh') invalid('approximate argument must be either none or tanh.');
      return;
    }
    case 'relu6':
    case 'hardtanh': {
      if (form.name === 'hardtanh' && !a.exists('inplace')) return;
      const [low, high] = form.name === 'relu6' ? [0, 6] : [a.known('min_val'), a.known('max_val')];
      if (low !== undefined && high !== undefined && low > high) {
        ctx.fail({
          code: 'invalid-argument',
          exception: 'ValueError',
          text: 'min_val cannot be greater than max_val',
          message: `${ctx.name}: \`min_val\` is greater than \`max_val\``,
        });
      }
      if (a.tensor('input').dtype === 'uint8' && low !== undefined && low < 0)
        invalid('cannot do hardtanh on an unsigned type with negative limits');
      return;
    }
    case 'celu':
      if (a.known('alpha') === 0) invalid('ZeroDivisionError: alpha cannot be 0 for CELU');
      return;
    case 'rrelu': {
      const [lower, upper] = [a.known('lower'), a.known('upper')];
      if (lower !== undefined && upper !== undefined && lower > upper)
        invalid('Lower bound should be less than or equal to the upper bound');
      return;
    }
    default:
  }
}

/** Outside of training a randomised leaky ReLU is a plain one, with its refusals. */
function refusalsOf(form: ActivationForm, a: Arguments): ActivationForm['refuses'] {
  if (form.name !== 'rrelu' || a.bool('training') !== false) return form.refuses;
  const cpu = 'leaky_relu_cpu';
  return { b: cpu, i: cpu, c: cpu };
}

function rule(ctx: Context, a: Arguments, form: ActivationForm, inplace = a.exists('inplace') && a.bool('inplace') === true): Out {
  const native = form.inplace && inplace ? `${form.native}_` : form.native;
  const x = a.tensor('input', form.style === 'method' ? missingMethod(ctx, form) : ctx.notTensor(native, 'input', 1));
  requireNumbers(ctx, a, form);
  checkParameters(ctx, a, form);
  refuseType(ctx, refusalsOf(form, a), x.dtype);
  if (form.inplace && inplace) return selfOut(x);
  return tensorOut(x.shape, resultType(form, x), { layout: preservedLayout(x) });
}

/** `input.sigmoid()` of something that is no tensor. */
function missingMethod(ctx: Context, form: ActivationForm): Parameters<Arguments['tensor']>[1] {
  return (value) => {
    throw ctx.noAttribute(value, form.name === 'softsign' ? 'abs' : form.name === 'tanhshrink' ? 'tanh' : form.name);
  };
}

const operations = new Map<string, Operation>();

function functionOf(form: ActivationForm): Operation {
  const params = form.params.map(([name, usual]) => (usual === undefined ? name : `${name}=${usual}`));
  if (form.random === true) params.push('training=False');
  if (form.inplace) params.push('inplace=False');
  const types = form.params.map(([name, usual]) => `${name === 'approximate' ? '*, str' : 'Number'} ${name} = ${usual}`);
  const given = form.params.some(([, usual]) => usual === undefined) ? ', 0.5, 1.0' : '';
  const op: Operation = {
    names: [`F.${form.name}`],
    signature:
      form.style === 'native'
        ? `${form.native}(${['Tensor input', ...types].join(', ')})`
        : `def ${form.name}(${['input', ...params].join(', ')})`,
    shape: '(*) -> (*)',
    rule: (ctx, a) => rule(ctx, a, form),
    kernel: (k, ctx) => {
      const x = k.array('input');
      const make = (from: typeof x) => form.kernel(from, k, ctx.state.generator);
      return form.inplace && k.bool('inplace') ? inPlace(x, make) : make(x);
    },
    ...(form.random === true ? { random: true } : {}),
    samples: [`F.${form.name}(torch.randn(2, 3)${given})`],
    errors: [[`F.${form.name}([1.0]${given})`, 'not-a-tensor']],
    doc: `nn.functional.${form.name}`,
  };
  operations.set(form.name, op);
  return op;
}

/** Activations that are native functions too, with the places they stand in. */
const NATIVE: readonly (readonly [form: string, names: readonly string[], writing: readonly string[]])[] = [
  ['relu', [], ['F.relu_']],
  ['hardtanh', [], ['F.hardtanh_']],
  ['elu', [], ['F.elu_']],
  ['celu', ['torch.celu'], ['F.celu_', 'torch.celu_']],
  ['selu', ['torch.selu'], ['F.selu_', 'torch.selu_']],
  ['leaky_relu', [], ['F.leaky_relu_']],
  ['rrelu', ['torch.rrelu'], ['F.rrelu_', 'torch.rrelu_']],
  ['threshold', ['torch.threshold'], ['F.threshold_', 'torch.threshold_']],
  ['hardshrink', ['torch.hardshrink', 'Tensor.hardshrink'], []],
];

function nativeOf(form: ActivationForm, names: readonly string[], inplace: boolean): Operation[] {
  const [first] = names;
  if (first === undefined) return [];
  const name = `${form.native}${inplace ? '_' : ''}`;
  const params = form.params.map(([own, usual]) => `Number ${own}${usual === undefined ? '' : ` = ${usual}`}`);
  if (form.random === true) params.push('bool training = False', 'torch.Generator generator = None');
  const given = form.params.some(([, usual]) => usual === undefined) ? ', 0.5, 1.0' : '';
  return [
    {
      names,
      signature: `${name}(${['Tensor input', ...params].join(', ')})`,
      shape: '(*) -> (*)',
      rule: (ctx, a) => rule(ctx, a, form, inplace),
      kernel: (k, ctx) => {
        const make = (from: ReturnType<typeof k.array>) => form.kernel(from, k, form.random === true ? k.stream : ctx.state.generator);
        return inplace ? inPlace(k.array('input'), make) : make(k.array('input'));
      },
      ...(form.random === true ? { random: true } : {}),
      samples: [`${first}(torch.randn(2, 3)${given})`],
      errors: [[`${first}([1.0]${given})`, 'not-a-tensor']],
      doc: `nn.functional.${form.name}${inplace ? '_' : ''}`,
    },
  ];
}

const NATIVES: readonly Operation[] = NATIVE.flatMap(([name, plain, writing]) => {
  const form = ACTIVATION_FORMS.find((f) => f.name === name) as ActivationForm;
  return [...nativeOf(form, plain, false), ...nativeOf(form, writing, true)];
});

function layerOf(form: ActivationForm): ModuleEntry {
  const params = form.params.map(([name, usual]) => (usual === undefined ? name : `${name}=${usual}`));
  if (form.inplace) params.push('inplace=False');
  if (form.name === 'hardtanh') params.push('min_value=None', 'max_value=None');
  const given = form.params.some(([, usual]) => usual === undefined) ? '0.5, 1.0' : '';
  return {
    name: `nn.${form.layer}`,
    init: `def ${form.layer}.__init__(${['self', ...params].join(', ')})`,
    construct: (m, a) => {
      for (const [name] of form.params) m.set(name, a.value(name));
      if (form.inplace) m.set('inplace', a.value('inplace'));
      if (form.name === 'hardtanh') requireOrder(m, a);
    },
    forward: `def ${form.forwardOwner ?? form.layer}.forward(self, input)`,
    shape: '(*) -> (*)',
    call: (m, a) => {
      const kwargs = new Map(form.params.map(([name]) => [name, m.attr(name)] as const));
      if (form.inplace) kwargs.set('inplace', m.attr('inplace'));
      if (form.random === true) kwargs.set('training', m.attr('training'));
      // ReLU6 is a Hardtanh with other bounds, and calls it.
      if (form.name === 'relu6') {
        const bounds = [0, 6].map((n) => m.interp.float(n));
        return apply(m, operations.get('hardtanh') as Operation, [a.value('input'), ...bounds], kwargs);
      }
      // Layers of functions that are methods call the native function.
      return apply(
        m,
        form.style === 'method' && !['softsign', 'tanhshrink'].includes(form.name)
          ? nativeTwin(form)
          : (operations.get(form.name) as Operation),
        [a.value('input')],
        kwargs,
      );
    },
    extraRepr: (m) => describe(m, form),
    samples: [`nn.${form.layer}(${given})(torch.randn(2, 3))`],
    doc: `nn.${form.layer}`,
  };
}

const twins = new Map<string, Operation>();

/** `torch.sigmoid` as the layer calls it: the same with the native function's errors. */
function nativeTwin(form: ActivationForm): Operation {
  let twin = twins.get(form.name);
  if (twin === undefined) {
    const op = operations.get(form.name) as Operation;
    twins.set(form.name, (twin = { ...op, signature: `${form.native}(Tensor input)` }));
  }
  return twin;
}

function requireOrder(m: ModuleScope, a: Arguments): void {
  const [low, high] = [a.value('min_val'), a.value('max_val')];
  requireOperands(m, '<=', high, low);
  const [p, q] = [a.known('min_val'), a.known('max_val')];
  if (p === undefined || q === undefined || q > p) return;
  m.fail({
    code: 'invalid-argument',
    exception: 'AssertionError',
    message: `Hardtanh: \`max_val\` is ${q}, not greater than \`min_val\`, ${p}`,
    text: `max_val (${m.interp.repr(high)}) must be greater than min_val (${m.interp.repr(low)})`,
  });
}

function describe(m: ModuleScope, form: ActivationForm): string {
  const written = form.inplace && m.bool('inplace') === true ? ['inplace=True'] : [];
  const repr = (name: string): string => m.interp.repr(m.attr(name)) ?? '?';
  switch (form.prints) {
    case 'named':
      return [...form.params.map(([name]) => `${name}=${repr(name)}`), ...written].join(', ');
    case 'bare':
      return form.params.map(([name]) => repr(name)).join(', ');
    case 'inplace':
      return written.join('');
    default:
      return '';
  }
}

// ---------------------------------------------------------------- GLU

const gluOp: Operation = {
  names: ['F.glu'],
  signature: 'def glu(input, dim=-1)',
  shape: '(*, 2*N) -> (*, N)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    if (x.rank === 0)
      ctx.fail({
        code: 'rank-mismatch',
        message: 'glu: the input has no dimensions',
        text: 'glu does not support scalars because halving size must be even',
        origins: [x.origin],
      });
    passOn(ctx, a, 'glu(Tensor input, int dim)');
    const axis = axisOf(ctx, x, a.int('dim'));
    const size = axis === undefined ? undefined : x.size(axis);
    if (axis === undefined || size === undefined) return tensorOut(unknownShape(undefined, 1), x.dtype, { layout: 'unknown' });
    const two = constant(2);
    const at = axis < 0 && x.rank !== undefined ? axis + x.rank : axis;
    ctx.require(eq(mod(size, two), constant(0)), () => ({
      code: 'shape-mismatch',
      message: `${ctx.name}: size ${at} is ${ctx.spell(size)}, not even`,
      text: ctx.text`Halving dimension must be even, but dimension ${at} is size ${size}`,
      origins: [size.origin ?? x.origin],
    }));
    refuseType(ctx, { b: 'glu_cpu', i: 'glu_cpu', c: 'glu_cpu' }, x.dtype);
    return tensorOut(replaceAxis(ctx.world, x.shape, axis, [floorDiv(size, two)]), x.dtype);
  },
  kernel: (k) => glu(k.array('input'), k.int('dim')),
  samples: ['F.glu(torch.randn(2, 4))', 'F.glu(torch.randn(2, 4), 0)'],
  errors: [
    ['F.glu(torch.randn(2, 3))', 'shape-mismatch'],
    ['F.glu(torch.randn(2, 4), 2)', 'dim-out-of-range'],
  ],
  doc: 'nn.functional.glu',
};

const gluLayer: ModuleEntry = {
  name: 'nn.GLU',
  init: 'def GLU.__init__(self, dim=-1)',
  construct: (m, a) => m.set('dim', a.value('dim')),
  forward: 'def GLU.forward(self, input)',
  shape: '(*, 2*N) -> (*, N)',
  call: (m, a) => apply(m, gluOp, [a.value('input'), m.attr('dim')]),
  extraRepr: (m) => `dim=${m.interp.repr(m.attr('dim'))}`,
  samples: ['nn.GLU()(torch.randn(2, 4))'],
  errors: [['nn.GLU()(torch.randn(2, 3))', 'shape-mismatch']],
  doc: 'nn.GLU',
};

// ---------------------------------------------------------------- PReLU

const preluOp: Operation = {
  names: ['F.prelu', 'torch.prelu', 'Tensor.prelu'],
  signature: 'prelu(Tensor input, Tensor weight)',
  shape: '(*), (n) -> (*)',
  rule: (ctx, a) => {
    const [x, w] = [a.tensor('input'), a.tensor('weight')];
    const fail = (text: string | undefined, message: string): never =>
      ctx.fail({ code: 'shape-mismatch', text, message: `${ctx.name}: ${message}`, origins: [x.origin, w.origin] });
    if (x.dtype !== undefined && w.dtype !== undefined && x.dtype !== w.dtype) {
      ctx.fail({
        code: 'dtype-mismatch',
        message: `${ctx.name}: the input is ${x.dtype}, the weight ${w.dtype}`,
        text: `prelu: Type promoting not supported. Got ${scalarTypeName(x.dtype)} and ${scalarTypeName(w.dtype)}`,
      });
    }
    if (w.rank !== undefined && w.rank > 1)
      fail(`prelu: Expected \`weight\` to be a scalar or 1D tensor, but got: ndim = ${w.rank}`, `the weight is ${ctx.spell(w.shape)}`);
    const count = w.rank === 0 ? constant(1) : w.size(0);
    if (count !== undefined && ctx.facts.decide(gt(count, constant(1))) === 'yes') requireChannels(ctx, x, count, fail);
    return tensorOut(x.shape, x.dtype, { layout: preservedLayout(x) });
  },
  kernel: (k) => prelu(k.array('input'), k.array('weight')),
  samples: ['F.prelu(torch.randn(2, 3), torch.ones(3))', 'F.prelu(torch.randn(2, 3), torch.ones(1))'],
  errors: [['F.prelu(torch.randn(2, 3), torch.ones(2))', 'shape-mismatch']],
  doc: 'nn.functional.prelu',
};

function requireChannels(ctx: Context, x: TensorArg, count: Dim, fail: (text: string | undefined, message: string) => never): void {
  if (x.rank === 0) fail('Not allow zero-dim input tensor.', 'the input has no dimensions');
  if (x.rank === undefined) return;
  const channels = x.rank === 1 ? constant(1) : (x.size(1) as Dim);
  ctx.require(eq(count, channels), () => ({
    code: 'shape-mismatch',
    message: `${ctx.name}: ${ctx.spell(count)} parameters for ${ctx.spell(channels)} channels`,
    text: ctx.text`Mismatch of parameter numbers and input channel size. Found parameter numbers = ${count} and channel size = ${channels}.`,
    origins: [count.origin, channels.origin ?? x.origin],
  }));
}

const preluLayer: ModuleEntry = {
  name: 'nn.PReLU',
  init: 'def PReLU.__init__(self, num_parameters=1, init=0.25, device=None, dtype=None)',
  construct: (m, a) => {
    const given = m.named(a.value('num_parameters'), 'num_parameters');
    const value = m.interp.resolve(given);
    if (['bool', 'float', 'str', 'none'].includes(value.kind)) {
      const type = m.interp.typeName(value);
      m.fail({
        code: 'call-arguments',
        exception: 'TypeError',
        message: `PReLU: \`num_parameters\` is ${type}, not int`,
        text: `empty(): argument 'size' (position 1) must be tuple of ints, not ${type}`,
      });
    }
    const dims =
      value.kind === 'tuple' || value.kind === 'list' ? emptySizes(m, m.interp.content(value)?.items ?? []) : emptySizes(m, [given]);
    m.set('num_parameters', given);
    m.set('init', a.value('init'));
    m.parameter('weight', dims, m.dtypeArgument(a.value('dtype')), (shape, dtype) => full(shape, a.known('init') ?? 0.25, dtype));
  },
  forward: 'def PReLU.forward(self, input)',
  shape: '(*) -> (*)',
  call: (m, a) => apply(m, preluOp, [a.value('input'), m.attr('weight')]),
  extraRepr: (m) => `num_parameters=${m.interp.repr(m.attr('num_parameters'))}`,
  samples: ['nn.PReLU()(torch.randn(2, 3))', 'nn.PReLU(3)(torch.randn(2, 3, 4))'],
  errors: [['nn.PReLU(4)(torch.randn(2, 3, 4))', 'shape-mismatch']],
  doc: 'nn.PReLU',
};

export const ACTIVATIONS: readonly Operation[] = [...ACTIVATION_FORMS.map(functionOf), ...NATIVES, gluOp, preluOp];
export const ACTIVATION_MODULES: readonly ModuleEntry[] = [...ACTIVATION_FORMS.map(layerOf), gluLayer, preluLayer];
