/**
 * Reductions over some or all dimensions that give one tensor, or a mean and a spread, made from a table.
 */
import { eq } from '../dims/cond.ts';
import { constant } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { rename } from '../kernels/autograd.ts';
import { binary, compare } from '../kernels/binary.ts';
import { complexProd } from '../kernels/complex-rows.ts';
import type { DType } from '../kernels/dtype.ts';
import { isComplex, realType, scalarTypeName } from '../kernels/dtype.ts';
import { cast } from '../kernels/elementwise.ts';
import { logsumexp, variance } from '../kernels/moments.ts';
import { countNonzero, extremeValue, logicalReduce, mean, nansum, prod, sum } from '../kernels/reduce.ts';
import { testEach } from '../kernels/unary.ts';
import { numelOf } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import type { Context } from './context.ts';
import { withoutOut } from './elementwise.ts';
import type { Operation } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import type { Refusals } from './promotion.ts';
import { refuseType } from './promotion.ts';
import {
  floatType,
  kernelDims,
  kernelKeepdim,
  methodOf,
  reduced,
  reducedArray,
  reducedShape,
  requireElements,
  sumType,
  wantedDims,
  wantedKeepdim,
  wantedType,
} from './reducing.ts';

interface ReductionForm {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly signature: readonly string[];
  readonly type: (a: Arguments, x: TensorArg) => DType | undefined;
  /** Before the dimensions are looked at. */
  readonly first?: (ctx: Context, a: Arguments, x: TensorArg) => void;
  readonly last?: (ctx: Context, a: Arguments, x: TensorArg) => void;
  readonly kernel: (x: NdArray, dims: number[] | undefined, keepdim: boolean, k: KernelArguments) => NdArray;
  readonly method?: false;
  /** An empty list of dimensions leaves the tensor as it is. */
  readonly emptyKeeps?: boolean;
  readonly samples?: readonly string[];
}

const DIMS = 'tuple of ints[1]? dim, bool keepdim = False';
const TYPED = '*, torch.dtype dtype = None, Tensor out = None';

const refuse =
  (refusals: Refusals) =>
  (ctx: Context, _: Arguments, x: TensorArg): void =>
    refuseType(ctx, refusals, x.dtype);

/** `mean(): could not infer output dtype. …` */
function requireMeanType(ctx: Context, a: Arguments, x: TensorArg): void {
  const given = a.dtype('dtype');
  const type = given === null ? x.dtype : given;
  if (type === undefined || !/^(u?int|bool)/.test(type)) return;
  const title = scalarTypeName(type);
  ctx.fail({
    code: 'dtype-mismatch',
    text:
      given === null
        ? `mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: ${title}`
        : `mean(): could not infer output dtype. Optional dtype must be either a floating point or complex dtype. Got: ${title}`,
    message: `mean of ${type} elements`,
    origins: [x.origin],
  });
}

function nanMean(x: NdArray, dims: number[] | undefined, keepdim: boolean): NdArray {
  const count = sum(compare('eq', testEach('isnan', x), testEach('isnan', testEach('isnan', x))), dims, keepdim);
  return binary('div', nansum(x, dims, keepdim), count);
}

const FORMS: readonly ReductionForm[] = [
  {
    name: 'sum',
    signature: ['sum(Tensor input, *, torch.dtype dtype = None)', `sum(Tensor input, ${DIMS}, ${TYPED})`],
    type: (a, x) => wantedType(a, sumType(x.dtype)),
    kernel: (x, dims, keepdim, k) => sum(x, dims, keepdim, k.dtype('dtype')),
  },
  {
    name: 'nansum',
    signature: [`nansum(Tensor input, tuple of ints[1]? dim = None, bool keepdim = False, ${TYPED})`],
    type: (a, x) => wantedType(a, sumType(x.dtype)),
    last: refuse({ c: ['RuntimeError', 'nansum on CPU does not support complex inputs'] }),
    kernel: (x, dims, keepdim) => nansum(x, dims, keepdim),
  },
  {
    name: 'mean',
    signature: [`mean(Tensor input, ${TYPED})`, `mean(Tensor input, ${DIMS}, ${TYPED})`],
    type: (a, x) => wantedType(a, x.dtype),
    first: requireMeanType,
    kernel: (x, dims, keepdim, k) => mean(x, dims, keepdim, k.dtype('dtype')),
  },
  {
    name: 'nanmean',
    signature: [`nanmean(Tensor input, tuple of ints[1]? dim = None, bool keepdim = False, ${TYPED})`],
    type: (a, x) => wantedType(a, x.dtype),
    first: (ctx, _, x) => {
      const refusal = ['RuntimeError', 'nanmean(): expected input to have floating point or complex dtype but got %T'] as const;
      refuseType(ctx, { b: refusal, i: refusal, c: ['RuntimeError', 'nansum on CPU does not support complex inputs'] }, x.dtype);
    },
    kernel: (x, dims, keepdim) => nanMean(x, dims, keepdim),
  },
  {
    name: 'prod',
    signature: ['prod(Tensor input, *, torch.dtype dtype = None)', `prod(Tensor input, int dim, bool keepdim = False, ${TYPED})`],
    type: (a, x) => wantedType(a, sumType(x.dtype)),
    kernel: (x, dims, keepdim, k) => {
      const type = k.dtype('dtype');
      if (!isComplex(type ?? x.dtype)) return prod(x, dims, keepdim, type);
      return complexProd(type === undefined ? x : cast(x, type), typeof dims === 'number' ? dims : dims?.[0], keepdim);
    },
  },
  ...(['amax', 'amin'] as const).map((name): ReductionForm => {
    const cpu = name === 'amax' ? 'max_values_cpu' : 'min_values_cpu';
    return {
      name,
      signature: [`${name}(Tensor input, tuple of ints[1]? dim = (), bool keepdim = False, *, Tensor out = None)`],
      type: (_, x) => x.dtype,
      first: (ctx, a, x) => {
        const numel = numelOf(x.shape);
        if (numel === undefined || ctx.facts.decide(eq(numel, constant(0))) !== 'yes') return;
        const wanted = wantedDims(a);
        if (wanted === 'all') requireElements(ctx, x, undefined, undefined, name, 'RuntimeError');
        else for (const dim of wanted ?? []) requireElements(ctx, x, axisOf(ctx, x, dim) ?? 0, ctx.known(dim), name, 'RuntimeError');
      },
      last: refuse({ c: cpu }),
      kernel: (x, dims, keepdim) => extremeValue(x, name === 'amax' ? 'max' : 'min', dims, keepdim),
      samples: [`torch.${name}(torch.ones(2, 3), (0, 1))`],
    };
  }),
  ...(['all', 'any'] as const).map(
    (name): ReductionForm => ({
      name,
      signature: [
        `${name}(Tensor input, *, Tensor out = None)`,
        `${name}(Tensor input, tuple of ints? dim = None, bool keepdim = False, *, Tensor out = None)`,
        `${name}(Tensor input, int dim, bool keepdim = False, *, Tensor out = None)`,
      ],
      type: (_, x) => (x.dtype === 'uint8' ? 'uint8' : x.dtype === undefined ? undefined : 'bool'),
      kernel: (x, dims, keepdim) => logicalReduce(x, name, dims, keepdim),
      emptyKeeps: true,
    }),
  ),
  {
    name: 'logsumexp',
    signature: ['logsumexp(Tensor input, tuple of ints[1] dim, bool keepdim = False, *, Tensor out = None)'],
    type: (_, x) => floatType(x.dtype),
    kernel: (x, dims, keepdim) => logsumexp(x, dims, keepdim),
    samples: ['torch.logsumexp(torch.ones(2, 3), 1)'],
  },
  {
    name: 'count_nonzero',
    signature: ['count_nonzero(Tensor input, int? dim = None)', 'count_nonzero(Tensor input, tuple of ints dim)'],
    type: () => 'int64',
    kernel: (x, dims) => countNonzero(x, dims),
  },
];

/** `dim=()` of `all` and `any` reduces nothing. */
function nothingWanted(a: Arguments): boolean {
  return a.exists('dim') && a.given('dim') && !a.isNone('dim') && a.ints('dim')?.length === 0;
}

function entryOf(form: ReductionForm): Operation {
  const { name } = form;
  return {
    names: [`torch.${name}`, `Tensor.${name}`, ...(name === 'logsumexp' ? ['torch.special.logsumexp'] : [])],
    signature: form.signature,
    method: form.signature.map(methodOf),
    shape: '(*a) -> (*b)',
    rule: (ctx, a) => {
      const x = reduced(a);
      form.first?.(ctx, a, x);
      const nothing = form.emptyKeeps === true && nothingWanted(a);
      const shape = nothing ? x.shape : reducedShape(ctx, x, wantedDims(a), wantedKeepdim(a));
      form.last?.(ctx, a, x);
      return tensorOut(shape, form.type(a, x));
    },
    kernel: (k) => {
      withoutOut(k);
      const x = reducedArray(k);
      if (form.emptyKeeps === true && nothingWanted(k.rule)) return testEach('logical_not', testEach('logical_not', x));
      return form.kernel(x, kernelDims(k), kernelKeepdim(k), k);
    },
    samples: form.samples ?? [`torch.${name}(torch.ones(2, 3))`, `torch.${name}(torch.ones(2, 3), 1)`],
    errors: [[`torch.${name}(torch.ones(2, 3), 2)`, 'dim-out-of-range']],
    doc: `torch.${name}`,
  };
}

// ---------------------------------------------------------------- variance

/** The divisor's correction: `correction`, or 1 and 0 by `unbiased`. */
function correctionOf(k: KernelArguments): number {
  if (k.rule.exists('correction')) return k.optionalNumber('correction') ?? 1;
  return k.bool('unbiased') ? 1 : 0;
}

const spreadSignatures = (name: string, out: string): readonly string[] => [
  `${name}(Tensor input, tuple of ints[1]? dim, bool unbiased = True, bool keepdim = False${out === '' ? '' : `, *${out}`})`,
  `${name}(Tensor input, tuple of ints[1]? dim = None, *, Number? correction = None, bool keepdim = False${out})`,
  `${name}(Tensor input, bool unbiased = True)`,
];

function spreadEntry(name: 'var' | 'std', both: boolean): Operation {
  const own = both ? `${name}_mean` : name;
  const signature = spreadSignatures(own, both ? '' : ', Tensor out = None');
  const text = both
    ? `${own} only support floating point and complex dtypes`
    : 'std and var only support floating point and complex dtypes';
  return {
    names: both ? [`torch.${own}`] : [`torch.${own}`, `Tensor.${own}`],
    signature,
    ...(both ? {} : { method: signature.map(methodOf) }),
    shape: both ? '(*a) -> (*b), (*b)' : '(*a) -> (*b)',
    rule: (ctx, a) => {
      const x = reduced(a);
      refuseType(ctx, { b: ['RuntimeError', text], i: ['RuntimeError', text] }, x.dtype);
      const shape = reducedShape(ctx, x, wantedDims(a), wantedKeepdim(a));
      const real = x.dtype === undefined ? undefined : isComplex(x.dtype) ? realType(x.dtype) : x.dtype;
      return both ? tupleOut([tensorOut(shape, real), tensorOut(shape, x.dtype)]) : tensorOut(shape, real);
    },
    kernel: (k) => {
      withoutOut(k);
      const [x, dims, keepdim] = [reducedArray(k), kernelDims(k), kernelKeepdim(k)];
      const spread = variance(x, dims, keepdim, correctionOf(k), name === 'std');
      const label = name === 'std' ? 'StdMeanBackward0' : 'VarMeanBackward0';
      return both ? [rename(spread, label), rename(mean(x, dims, keepdim), label)] : spread;
    },
    samples: [`torch.${own}(torch.ones(2, 3))`, `torch.${own}(torch.ones(2, 3), 1, keepdim=True)`],
    errors: [[`torch.${own}(torch.ones(2, 3), 2)`, 'dim-out-of-range']],
    doc: `torch.${own}`,
  };
}

export const REDUCTIONS: readonly Operation[] = [
  ...FORMS.map(entryOf),
  spreadEntry('var', false),
  spreadEntry('std', false),
  spreadEntry('var', true),
  spreadEntry('std', true),
];
