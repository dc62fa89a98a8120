/**
 * Element functions of one tensor, made from a table: the function, the method and, where PyTorch has one, the in-place method.
 */
import type { NdArray } from '../kernels/array.ts';
import { KernelError } from '../kernels/dtype.ts';
import { inPlace } from '../kernels/inplace.ts';
import type { SpecialName } from '../kernels/special-unary.ts';
import { specialUnary } from '../kernels/special-unary.ts';
import type { TestName, UnaryName } from '../kernels/unary.ts';
import { abs, angle, bitwiseNot, conj, logit, nanToNum, roundDecimals, sgn, testEach, unary } from '../kernels/unary.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { requireWritable, withoutOut } from './elementwise.ts';
import type { Operation } from './entry.ts';
import { selfOut, tensorOut } from './entry.ts';
import type { Refusals } from './promotion.ts';
import { computed, floatingType, NEGATION, refuseType, requireCast } from './promotion.ts';
import type { TypeTag } from './state.ts';

/** What becomes of the type: integers to floating; unchanged; a yes-or-no; a complex type to its real one. */
type ResultType = 'float' | 'same' | 'bool' | 'real' | 'angle';

interface UnaryForm {
  readonly names: readonly string[];
  readonly type: ResultType;
  readonly kernel: (a: NdArray, k: KernelArguments) => NdArray;
  readonly refuses?: Refusals;
  /** More parameters, as in `, *, int decimals = 0`. */
  readonly more?: string;
  readonly out?: false;
  readonly inPlace?: false;
  /** Also in torch.special under these names. */
  readonly special?: readonly string[];
  readonly layout?: 'view';
}

const table = (name: UnaryName) => (a: NdArray) => unary(name, a);
const test = (name: TestName) => (a: NdArray) => testEach(name, a);
const complexRefused = (cpu: string): Refusals => ({ c: cpu });
const rounding = (name: string): Refusals => ({
  b: `${name}_vml_cpu`,
  c: ['NotImplementedError', `${name} is not supported for complex inputs`],
});

const floating = (
  name: UnaryName,
  aliases: readonly string[] = [],
  refuses: Refusals = {},
  special: readonly string[] = [],
): UnaryForm => ({
  names: [name, ...aliases],
  type: 'float',
  kernel: table(name),
  refuses,
  special,
});

const FORMS: readonly UnaryForm[] = [
  { names: ['abs', 'absolute'], type: 'real', kernel: abs, refuses: { b: 'abs_cpu' } },
  { names: ['neg', 'negative'], type: 'same', kernel: table('neg'), refuses: { b: ['RuntimeError', NEGATION] } },
  {
    names: ['positive'],
    type: 'same',
    kernel: (a) => a,
    refuses: { b: ['RuntimeError', 'The `+` operator, on a bool tensor is not supported.'] },
    out: false,
    inPlace: false,
    layout: 'view',
  },
  floating('exp'),
  floating('exp2', [], {}, ['exp2']),
  floating('expm1', [], {}, ['expm1']),
  floating('log'),
  floating('log2'),
  floating('log10'),
  floating('log1p', [], {}, ['log1p']),
  floating('sqrt'),
  floating('rsqrt'),
  floating('reciprocal'),
  floating('sin'),
  floating('cos'),
  floating('tan'),
  floating('asin', ['arcsin']),
  floating('acos', ['arccos']),
  floating('atan', ['arctan']),
  floating('sinh'),
  floating('cosh'),
  floating('tanh'),
  floating('asinh', ['arcsinh']),
  floating('acosh', ['arccosh']),
  floating('atanh', ['arctanh']),
  floating('sigmoid', [], {}, ['expit']),
  floating('erf', [], complexRefused('erf_vml_cpu'), ['erf']),
  floating('erfc', [], complexRefused('erfc_vml_cpu'), ['erfc']),
  floating('erfinv', [], complexRefused('erfinv_vml_cpu'), ['erfinv']),
  floating('lgamma', [], complexRefused('lgamma_vml_cpu'), ['gammaln']),
  floating('digamma', [], complexRefused('digamma'), ['digamma', 'psi']),
  floating('i0', [], complexRefused('i0_vml_cpu'), ['i0']),
  floating('sinc', [], {}, ['sinc']),
  floating('deg2rad', [], { c: ['RuntimeError', 'deg2rad is not supported for complex tensors.'] }),
  floating('rad2deg', [], { c: ['RuntimeError', 'rad2deg is not supported for complex tensors.'] }),
  {
    names: ['relu'],
    type: 'same',
    kernel: table('relu'),
    refuses: {
      b: ['RuntimeError', 'Boolean inputs not supported for relu'],
      c: ['NotImplementedError', 'clamp is not supported for complex types'],
    },
    out: false,
  },
  {
    names: ['sign'],
    type: 'same',
    kernel: table('sign'),
    refuses: {
      c: ['NotImplementedError', 'Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead.'],
    },
  },
  { names: ['sgn'], type: 'same', kernel: sgn },
  { names: ['floor'], type: 'same', kernel: table('floor'), refuses: rounding('floor') },
  { names: ['ceil'], type: 'same', kernel: table('ceil'), refuses: rounding('ceil') },
  { names: ['trunc', 'fix'], type: 'same', kernel: table('trunc'), refuses: rounding('trunc') },
  { names: ['frac'], type: 'same', kernel: table('frac'), refuses: { b: 'frac_cpu', i: 'frac_cpu', c: 'frac_cpu' } },
  { names: ['square'], type: 'same', kernel: table('square') },
  { names: ['isnan'], type: 'bool', kernel: test('isnan'), out: false, inPlace: false },
  { names: ['isinf'], type: 'bool', kernel: test('isinf'), out: false, inPlace: false },
  { names: ['isfinite'], type: 'bool', kernel: test('isfinite'), out: false, inPlace: false },
  {
    names: ['isposinf'],
    type: 'bool',
    kernel: test('isposinf'),
    inPlace: false,
    refuses: { c: ['RuntimeError', 'isposinf does not support complex inputs.'] },
  },
  {
    names: ['isneginf'],
    type: 'bool',
    kernel: test('isneginf'),
    inPlace: false,
    refuses: { c: ['RuntimeError', 'isneginf does not support complex inputs.'] },
  },
  {
    names: ['signbit'],
    type: 'bool',
    kernel: test('signbit'),
    inPlace: false,
    refuses: { c: ['NotImplementedError', 'signbit is not implemented for complex tensors.'] },
  },
  { names: ['logical_not'], type: 'bool', kernel: test('logical_not') },
  { names: ['bitwise_not'], type: 'same', kernel: bitwiseNot, refuses: { f: 'bitwise_not_cpu', c: 'bitwise_not_cpu' } },
  { names: ['angle'], type: 'angle', kernel: angle, inPlace: false },
  { names: ['conj', 'conj_physical'], type: 'same', kernel: conj, out: false, inPlace: false },
  // A conjugate is made at once here, so nothing is left to resolve.
  { names: ['resolve_conj', 'resolve_neg'], type: 'same', kernel: (a) => a, out: false, inPlace: false, layout: 'view' },
  {
    names: ['nan_to_num'],
    type: 'same',
    more: ', float? nan = None, float? posinf = None, float? neginf = None',
    kernel: (a, k) => nanToNum(a, k.optionalNumber('nan') ?? 0, k.optionalNumber('posinf'), k.optionalNumber('neginf')),
  },
];

/** The type of the result of an element function. */
export function unaryType(form: ResultType, tag: TypeTag | undefined, name: string): TypeTag | undefined {
  if (form === 'bool') return 'bool';
  if (tag === undefined || form === 'same') return tag === 'bool' && name === 'square' ? 'int64' : tag;
  if (form === 'float') return floatingType(tag);
  if (tag === 'complex64') return 'float32';
  if (tag === 'complex128') return 'float64';
  return form === 'angle' ? floatingType(tag) : tag;
}

function entriesOf(form: UnaryForm): Operation[] {
  const [name] = form.names as [string];
  const check = (ctx: Context, x: TensorArg): TypeTag | undefined => {
    refuseType(ctx, form.refuses ?? {}, x.dtype);
    return unaryType(form.type, x.dtype, name);
  };
  const more = form.more ?? '';
  const made: Operation[] = form.names.map((own) => ({
    names: [`torch.${own}`, `Tensor.${own}`, ...(own === name ? (form.special ?? []).map((s) => `torch.special.${s}`) : [])],
    signature: `${own}(Tensor input${more}${form.out === false ? '' : ', *, Tensor out = None'})`,
    shape: '(*) -> (*)',
    rule: (ctx, a) => {
      const x = a.tensor('input');
      const type = computed(check(ctx, x));
      return tensorOut(x.shape, type, form.layout === 'view' ? { layout: x.payload.layout, viewOf: x } : { layout: denseLayout(x) });
    },
    kernel: (k) => {
      withoutOut(k);
      return form.kernel(k.array('input'), k);
    },
    samples: [`torch.${own}(torch.ones(2, 3${form.refuses?.f === undefined ? '' : ', dtype=torch.int64'}))`],
    doc: `torch.${own}`,
  }));
  if (form.inPlace === false) return made;
  for (const own of form.names) {
    made.push({
      names: [`Tensor.${own}_`, `torch.${own}_`],
      signature: `${own}_(Tensor input${more})`,
      shape: '(*) -> (*)',
      rule: (ctx, a) => {
        const x = a.tensor('input');
        if (form.type === 'real')
          refuseType(ctx, { c: ['RuntimeError', `In-place ${name} is not supported for complex tensors.`] }, x.dtype);
        requireCast(ctx, check(ctx, x), x.dtype);
        requireWritable(ctx, x);
        return selfOut(x);
      },
      kernel: (k) => inPlace(k.array('input'), (old) => form.kernel(old, k)),
      samples: [`torch.ones(2, 3${form.refuses?.f === undefined ? '' : ', dtype=torch.int64'}).${own}_()`],
      doc: `torch.Tensor.${own}_`,
    });
  }
  return made;
}

/** Element functions keep the memory order of a tensor without gaps; of other strides nothing is said. */
export function denseLayout(x: TensorArg): TensorArg['payload']['layout'] {
  return x.payload.layout === 'contiguous' ? 'contiguous' : 'unknown';
}

const ROUNDING: Refusals = { b: 'round_vml_cpu', c: 'round_vml_cpu' };

const roundRule = (ctx: Context, a: Arguments): TensorArg => {
  const x = a.tensor('input');
  const decimals = a.exists('decimals') ? a.known('decimals') : undefined;
  if (decimals === undefined) refuseType(ctx, ROUNDING, x.dtype);
  else {
    const cpu = decimals === 0 ? 'round_vml_cpu' : 'round_cpu';
    refuseType(ctx, { b: cpu, i: cpu, c: cpu }, x.dtype);
  }
  return x;
};

const decimalsOf = (k: KernelArguments): number => (k.rule.exists('decimals') ? k.int('decimals') : 0);

const ROUND: readonly Operation[] = [
  {
    names: ['torch.round', 'Tensor.round', 'torch.special.round'],
    signature: ['round(Tensor input, *, Tensor out = None)', 'round(Tensor input, *, int decimals, Tensor out = None)'],
    shape: '(*) -> (*)',
    rule: (ctx, a) => {
      const x = roundRule(ctx, a);
      return tensorOut(x.shape, x.dtype, { layout: denseLayout(x) });
    },
    kernel: (k) => roundDecimals(k.array('input'), decimalsOf(k)),
    samples: ['torch.round(torch.ones(2, 3))', 'torch.round(torch.ones(2), decimals=2)'],
    doc: 'torch.round',
  },
  {
    names: ['Tensor.round_', 'torch.round_'],
    signature: ['round_(Tensor input)', 'round_(Tensor input, *, int decimals)'],
    shape: '(*) -> (*)',
    rule: (ctx, a) => {
      const x = roundRule(ctx, a);
      requireWritable(ctx, x);
      return selfOut(x);
    },
    kernel: (k) => inPlace(k.array('input'), (old) => roundDecimals(old, decimalsOf(k))),
    samples: ['torch.ones(2, 3).round_()'],
    doc: 'torch.Tensor.round_',
  },
];

const ISREAL: Operation = {
  names: ['torch.isreal', 'Tensor.isreal'],
  signature: 'isreal(Tensor input)',
  shape: '(*) -> (*)',
  rule: (_, a) => tensorOut(a.tensor('input').shape, 'bool'),
  kernel: (k) => {
    const a = k.array('input');
    if (a.dtype.startsWith('complex')) throw new KernelError('ShapeLint does not compute isreal of complex tensors');
    return testEach('isfinite', testEach('isnan', a));
  },
  samples: ['torch.isreal(torch.ones(2, 3))'],
  doc: 'torch.isreal',
};

const LOGIT: UnaryForm = {
  names: ['logit'],
  type: 'float',
  more: ', float? eps = None',
  kernel: (a, k) => logit(a, k.optionalNumber('eps')),
  refuses: { c: 'logit_cpu' },
  special: ['logit'],
};

/** Functions that stand in torch.special only. */
const SPECIAL: readonly (readonly [name: SpecialName, cpu: string])[] = [
  ['entr', 'entr_cpu'],
  ['ndtr', 'erf_vml_cpu'],
  ['ndtri', 'ndtri_cpu'],
  ['log_ndtr', 'log_ndtr_cpu'],
  ['erfcx', 'erfcx_cpu'],
  ['i0e', 'i0e_cpu'],
  ['i1', 'i1_cpu'],
  ['i1e', 'i1e_cpu'],
];

const specialEntry = ([name, cpu]: (typeof SPECIAL)[number]): Operation => ({
  names: [`torch.special.${name}`],
  signature: `special_${name}(Tensor input, *, Tensor out = None)`,
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    refuseType(ctx, { c: cpu }, x.dtype);
    return tensorOut(x.shape, computed(unaryType('float', x.dtype, name)), { layout: denseLayout(x) });
  },
  kernel: (k) => {
    withoutOut(k);
    return specialUnary(name, k.array('input'));
  },
  samples: [`torch.special.${name}(torch.ones(2, 3) / 2)`],
  errors: [[`torch.special.${name}([1.0])`, 'not-a-tensor']],
  doc: `torch.special.${name}`,
});

export const UNARY: readonly Operation[] = [...[...FORMS, LOGIT].flatMap(entriesOf), ...ROUND, ISREAL, ...SPECIAL.map(specialEntry)];
