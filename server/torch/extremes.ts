/**
 * Reductions that pick elements: max, min, argmax, argmin, median, mode, aminmax. Along a dimension they give values and indices.
 */
import { eq, ge } from '../dims/cond.ts';
import { constant, sub } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { median, medianAlong, mode } from '../kernels/order.ts';
import type { ValuesAndIndices } from '../kernels/reduce.ts';
import { argExtreme, extremeAlong, extremeValue } from '../kernels/reduce.ts';
import type { Shape } from '../shapes/shape.ts';
import { numelOf } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import { binaryRule } from './binary.ts';
import { binaryForm } from './binary-forms.ts';
import type { Context } from './context.ts';
import { valueArray, withoutOut } from './elementwise.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import type { Refusals } from './promotion.ts';
import { operandOf, refuseType } from './promotion.ts';
import { kernelKeepdim, methodOf, reduced, reducedArray, reducedShape, requireElements, wantedKeepdim, withoutDims } from './reducing.ts';

/** Values and indices along a dimension, as PyTorch's named tuple. */
export function pickedOut(shape: Shape, x: TensorArg, name: string): Out {
  return tupleOut([tensorOut(shape, x.dtype), tensorOut(shape, 'int64', { bounds: { least: constant(0), greatest: undefined } })], {
    name,
    fields: ['values', 'indices'],
  });
}

export function bothArrays(pair: ValuesAndIndices): readonly NdArray[] {
  return [pair.values, pair.indices];
}

/** The dimension of a reduction along one, checked, and what is left. */
export function alongDim(ctx: Context, a: Arguments, x: TensorArg): { readonly axis: number | undefined; readonly shape: Shape } {
  const axis = axisOf(ctx, x, a.int('dim'));
  return { axis, shape: withoutDims(ctx, x.shape, axis === undefined ? undefined : [axis], wantedKeepdim(a)) };
}

/** The dimension as messages show it: counted from the start. */
export function wrapped(x: TensorArg, axis: number | undefined): number | undefined {
  return axis === undefined || x.rank === undefined ? axis : axis < 0 ? axis + Math.max(1, x.rank) : axis;
}

function extremeEntry(name: 'max' | 'min'): Operation {
  const pairwise = binaryForm(name === 'max' ? 'maximum' : 'minimum');
  const signature = [
    `${name}(Tensor input, *, Tensor out = None)`,
    `${name}(Tensor input, Tensor other, *, Tensor out = None)`,
    `${name}(Tensor input, int dim, bool keepdim = False, *, tuple of Tensors out = None)`,
  ];
  return {
    names: [`torch.${name}`, `Tensor.${name}`],
    signature,
    method: signature.map(methodOf),
    shape: '(*a) -> (*b)',
    rule: (ctx, a) => {
      const x = reduced(a);
      if (a.exists('other'))
        return binaryRule(ctx, pairwise, operandOf(ctx, x.object, 'input'), operandOf(ctx, a.tensor('other').object, 'other'));
      if (!a.exists('dim')) {
        requireElements(ctx, x, undefined, undefined, name, 'RuntimeError');
        refuseType(ctx, { c: `${name}_all` }, x.dtype);
        return tensorOut(reducedShape(ctx, x, 'all', false), x.dtype, { bounds: x.bounds });
      }
      const { axis, shape } = alongDim(ctx, a, x);
      requireElements(ctx, x, axis, wrapped(x, axis), name, 'RuntimeError');
      refuseType(ctx, { c: ['RuntimeError', `${name}(): does not support complex input`] }, x.dtype);
      return pickedOut(shape, x, name);
    },
    kernel: (k, ctx) => {
      withoutOut(k);
      const x = reducedArray(k);
      if (k.rule.exists('other')) return pairwise.kernel(x, valueArray(ctx, k.value('other')), 1);
      if (!k.rule.exists('dim')) return extremeValue(x, name, undefined, false, name === 'max' ? 'MaxBackward1' : 'MinBackward1');
      return bothArrays(extremeAlong(x, name, k.int('dim'), kernelKeepdim(k)));
    },
    samples: [`torch.${name}(torch.ones(2, 3))`, `torch.${name}(torch.ones(2, 3), 1)`, `torch.${name}(torch.ones(2, 3), torch.ones(3))`],
    errors: [[`torch.${name}(torch.ones(2, 3), 2)`, 'dim-out-of-range']],
    doc: `torch.${name}`,
  };
}

function argumentEntry(name: 'argmax' | 'argmin'): Operation {
  const signature = `${name}(Tensor input, int? dim = None, bool keepdim = False, *, Tensor out = None)`;
  return {
    names: [`torch.${name}`, `Tensor.${name}`],
    signature,
    method: methodOf(signature),
    shape: '(*a) -> (*b)',
    rule: (ctx, a) => {
      const x = reduced(a);
      const text = (kind: string) => ['RuntimeError', `${name}(): does not support ${kind} input`] as const;
      refuseType(ctx, { b: text('bool'), c: text('complex') }, x.dtype);
      const value = a.value('dim');
      if (value.kind === 'none') {
        requireElements(ctx, x, undefined, undefined, name, 'IndexError');
        if (!a.given('dim')) warnWhole(ctx, x, name);
        const all = numelOf(x.shape);
        const greatest = all === undefined ? undefined : sub(all, constant(1));
        const shape = reducedShape(ctx, x, 'all', wantedKeepdim(a));
        // The place of the extreme among all elements is as good as drawn.
        return tensorOut(shape, 'int64', { bounds: { least: constant(0), greatest, attained: 'drawn', count: constant(1) } });
      }
      if (value.kind === 'unknown') return tensorOut(withoutDims(ctx, x.shape, undefined, undefined), 'int64');
      const { axis, shape } = alongDim(ctx, a, x);
      requireElements(ctx, x, axis, wrapped(x, axis), name, 'IndexError');
      const size = axis === undefined ? undefined : x.size(axis);
      const bounds = { least: constant(0), greatest: size === undefined ? undefined : sub(size, constant(1)) };
      return tensorOut(shape, 'int64', { bounds });
    },
    kernel: (k) => {
      withoutOut(k);
      return argExtreme(reducedArray(k), name === 'argmax' ? 'max' : 'min', k.optionalInt('dim'), kernelKeepdim(k));
    },
    samples: [`torch.${name}(torch.rand(2, 3), dim=1)`, `torch.${name}(torch.rand(3))`],
    errors: [[`torch.${name}(torch.ones(2, 3), 2)`, 'dim-out-of-range']],
    doc: `torch.${name}`,
  };
}

/** Without `dim` the index counts through all elements. */
function warnWhole(ctx: Context, x: TensorArg, name: string): void {
  const dims = x.dims;
  if (dims === undefined || dims.length < 2) return;
  const many = dims.filter((d) => ctx.facts.decide(ge(d, constant(2))) === 'yes').length;
  if (many < 2) return;
  ctx.warn({
    code: 'argmax-no-dim',
    message: `${name} without \`dim\` of ${ctx.spell(x.shape)} is one index into all elements`,
    origins: [x.origin],
  });
}

function medianEntry(name: 'median' | 'nanmedian'): Operation {
  const signature = [`${name}(Tensor input)`, `${name}(Tensor input, int dim, bool keepdim = False, *, tuple of Tensors out = None)`];
  return {
    names: [`torch.${name}`, `Tensor.${name}`],
    signature,
    method: signature.map(methodOf),
    shape: '(*a) -> (*b)',
    rule: (ctx, a) => {
      const x = reduced(a);
      const refusals = (cpu: string): Refusals => ({ b: cpu, c: cpu });
      if (!a.exists('dim')) {
        if (x.dims?.some((d) => ctx.known(d) === 0) !== true) refuseType(ctx, refusals('median_cpu'), x.dtype);
        return tensorOut(reducedShape(ctx, x, 'all', false), x.dtype);
      }
      const { axis, shape } = alongDim(ctx, a, x);
      requireElements(ctx, x, axis, wrapped(x, axis), 'median', 'RuntimeError');
      refuseType(ctx, refusals('median_out'), x.dtype);
      return pickedOut(shape, x, name);
    },
    kernel: (k) => {
      withoutOut(k);
      const x = reducedArray(k);
      const skipNan = name === 'nanmedian';
      return k.rule.exists('dim') ? bothArrays(medianAlong(x, k.int('dim'), kernelKeepdim(k), skipNan)) : median(x, skipNan);
    },
    samples: [`torch.${name}(torch.rand(2, 3))`, `torch.${name}(torch.rand(2, 3), 1)`],
    errors: [[`torch.${name}(torch.ones(2, 3), 2)`, 'dim-out-of-range']],
    doc: `torch.${name}`,
  };
}

const MODE_SIGNATURE = 'mode(Tensor input, int dim = -1, bool keepdim = False, *, tuple of Tensors out = None)';

const MODE: Operation = {
  names: ['torch.mode', 'Tensor.mode'],
  signature: MODE_SIGNATURE,
  method: methodOf(MODE_SIGNATURE),
  shape: '(*a) -> (*b), (*b)',
  rule: (ctx, a) => {
    const x = reduced(a);
    const { axis, shape } = alongDim(ctx, a, x);
    requireElements(ctx, x, axis, wrapped(x, axis), 'mode', 'RuntimeError');
    const numel = numelOf(x.shape);
    if (numel === undefined || ctx.facts.decide(eq(numel, constant(0))) !== 'yes') refuseType(ctx, { c: 'mode_cpu' }, x.dtype);
    return pickedOut(shape, x, 'mode');
  },
  kernel: (k: KernelArguments) => bothArrays(mode(reducedArray(k), k.int('dim'), kernelKeepdim(k))),
  samples: ['torch.mode(torch.ones(2, 3))', 'torch.mode(torch.ones(2, 3), 0, True)'],
  errors: [['torch.mode(torch.ones(2, 3), 2)', 'dim-out-of-range']],
  doc: 'torch.mode',
};

/** Neither end of an empty dimension exists. */
function requireBothEnds(ctx: Context, a: Arguments, x: TensorArg): void {
  const dim = a.value('dim');
  const axis = dim.kind === 'none' || dim.kind === 'unknown' ? undefined : axisOf(ctx, x, a.int('dim'));
  const numel = numelOf(x.shape);
  const text =
    dim.kind === 'none'
      ? 'aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.'
      : `aminmax: Expected reduction dim ${wrapped(x, axis)} to have non-zero size.`;
  const size = dim.kind === 'none' ? numel : axis === undefined || x.rank === 0 ? undefined : x.size(axis);
  if (size !== undefined) {
    ctx.reject(eq(size, constant(0)), () => ({
      code: 'empty-reduction',
      exception: dim.kind === 'none' ? 'RuntimeError' : 'IndexError',
      text,
      message: `aminmax: nothing to compare in ${ctx.spell(x.shape)}`,
      origins: [x.origin],
    }));
  }
  refuseType(ctx, { c: 'aminmax_cpu' }, x.dtype);
}

const AMINMAX: Operation = {
  names: ['torch.aminmax', 'Tensor.aminmax'],
  signature: 'aminmax(Tensor input, *, int? dim = None, bool keepdim = False, tuple of Tensors out = None)',
  shape: '(*a) -> (*b), (*b)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const value = a.value('dim');
    requireBothEnds(ctx, a, x);
    const shape =
      value.kind === 'none'
        ? reducedShape(ctx, x, 'all', wantedKeepdim(a))
        : value.kind === 'unknown'
          ? withoutDims(ctx, x.shape, undefined, undefined)
          : alongDim(ctx, a, x).shape;
    return tupleOut([tensorOut(shape, x.dtype), tensorOut(shape, x.dtype)], { name: 'aminmax', fields: ['min', 'max'] });
  },
  kernel: (k) => {
    const [x, dim, keepdim] = [k.array('input'), k.optionalInt('dim'), k.bool('keepdim')];
    return (['min', 'max'] as const).map((kind) => extremeValue(x, kind, dim, keepdim, 'AminmaxBackward0'));
  },
  samples: ['torch.aminmax(torch.ones(2, 3))', 'torch.aminmax(torch.ones(2, 3), dim=1)'],
  doc: 'torch.aminmax',
};

export const EXTREMES: readonly Operation[] = [
  extremeEntry('max'),
  extremeEntry('min'),
  argumentEntry('argmax'),
  argumentEntry('argmin'),
  medianEntry('median'),
  medianEntry('nanmedian'),
  MODE,
  AMINMAX,
];
