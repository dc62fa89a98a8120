/**
 * Operations that sort or run along a dimension: sort, argsort, topk, kthvalue, and cumulative sums, products and extremes.
 */
import { and, ge, le } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, sub } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { argsort, cumExtreme, cumprod, cumsum, kthvalue, logcumsumexp, sort, topk } from '../kernels/order.ts';
import { replaceAxis } from '../shapes/axes.ts';
import type { Shape } from '../shapes/shape.ts';
import { greatestRank, leastRank, unknownShape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import type { Context } from './context.ts';
import { withoutOut } from './elementwise.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import { bothArrays, pickedOut, wrapped } from './extremes.ts';
import type { Refusals } from './promotion.ts';
import { refuseType } from './promotion.ts';
import {
  kernelKeepdim,
  methodOf,
  reduced,
  reducedArray,
  requireElements,
  sumType,
  wantedKeepdim,
  wantedType,
  withoutDims,
} from './reducing.ts';
import type { Bounds } from './tensor.ts';

const NO_COMPLEX_SORT: Refusals = { c: ['RuntimeError', ' Sort does not support complex dtypes on CPU'] };

/** Indices along a dimension lie in [0, size). */
function indicesOf(x: TensorArg, axis: number | undefined): Bounds {
  const size = axis === undefined || x.rank === 0 ? undefined : x.size(axis);
  return { least: constant(0), greatest: size === undefined ? undefined : sub(size, constant(1)) };
}

const sortSignatures = (name: string, out: string): readonly string[] => [
  `${name}(Tensor input, *, bool? stable, int dim = -1, bool descending = False${out})`,
  `${name}(Tensor input, int dim = -1, bool descending = False${out === '' || name === 'argsort' ? '' : `, *${out}`})`,
];

const SORT: Operation = {
  names: ['torch.sort', 'Tensor.sort'],
  signature: sortSignatures('sort', ', tuple of Tensors out = None'),
  method: sortSignatures('sort', '').map(methodOf),
  shape: '(*) -> (*), (*)',
  rule: (ctx, a) => {
    const x = reduced(a);
    const axis = axisOf(ctx, x, a.int('dim'));
    refuseType(ctx, NO_COMPLEX_SORT, x.dtype);
    return tupleOut([tensorOut(x.shape, x.dtype, { bounds: x.bounds }), tensorOut(x.shape, 'int64', { bounds: indicesOf(x, axis) })], {
      name: 'sort',
      fields: ['values', 'indices'],
    });
  },
  kernel: (k) => {
    withoutOut(k);
    return bothArrays(sort(reducedArray(k), k.int('dim'), k.bool('descending')));
  },
  samples: ['torch.sort(torch.rand(2, 3))', 'torch.rand(2, 3).sort(0, True)', 'torch.sort(torch.rand(3), stable=True)'],
  errors: [['torch.sort(torch.rand(2, 3), 2)', 'dim-out-of-range']],
  doc: 'torch.sort',
};

const ARGSORT: Operation = {
  names: ['torch.argsort', 'Tensor.argsort'],
  signature: sortSignatures('argsort', ', Tensor out = None'),
  method: sortSignatures('argsort', '').map(methodOf),
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = reduced(a);
    const axis = axisOf(ctx, x, a.int('dim'));
    refuseType(ctx, NO_COMPLEX_SORT, x.dtype);
    return tensorOut(x.shape, 'int64', { bounds: indicesOf(x, axis) });
  },
  kernel: (k) => argsort(reducedArray(k), k.int('dim'), k.bool('descending')),
  samples: ['torch.argsort(torch.rand(2, 3))', 'torch.argsort(torch.rand(2, 3), dim=0, descending=True)'],
  errors: [['torch.argsort(torch.rand(2, 3), dim=2)', 'dim-out-of-range']],
  doc: 'torch.argsort',
};

const MSORT: Operation = {
  names: ['torch.msort', 'Tensor.msort'],
  signature: 'msort(Tensor input, *, Tensor out = None)',
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    refuseType(ctx, NO_COMPLEX_SORT, x.dtype);
    return tensorOut(x.shape, x.dtype);
  },
  kernel: (k) => sort(k.array('input'), 0).values,
  samples: ['torch.msort(torch.rand(3, 2))'],
  doc: 'torch.msort',
};

/** The shape with one size replaced; of a scalar it stays. */
function resized(ctx: Context, x: TensorArg, axis: number | undefined, size: Dim): Shape {
  if (x.rank === 0) return x.shape;
  if (axis === undefined) return unknownShape(undefined, leastRank(x.shape), greatestRank(x.shape));
  return replaceAxis(ctx.world, x.shape, axis, [size]);
}

const TOPK_SIGNATURE = 'topk(Tensor input, int k, int dim = -1, bool largest = True, bool sorted = True, *, tuple of Tensors out = None)';

const TOPK: Operation = {
  names: ['torch.topk', 'Tensor.topk'],
  signature: TOPK_SIGNATURE,
  method: methodOf(TOPK_SIGNATURE),
  shape: '(*) -> (*), (*)',
  rule: (ctx, a) => {
    const x = reduced(a);
    const k = a.int('k');
    const axis = axisOf(ctx, x, a.int('dim'));
    const room = x.rank === 0 ? constant(1) : axis === undefined ? undefined : x.size(axis);
    ctx.require(room === undefined ? ge(k, constant(0)) : and(ge(k, constant(0)), le(k, room)), () => ({
      code: 'k-out-of-range',
      text: 'selected index k out of range',
      message: `${ctx.name}: k is ${ctx.spell(k)}, dimension ${axis ?? -1} of ${ctx.spell(x.shape)} has ${room === undefined ? '?' : ctx.spell(room)}`,
      origins: [k.origin, room?.origin ?? x.origin],
    }));
    const types = (kind: string) =>
      ['RuntimeError', `${kind === 'complex' ? ' ' : ''}topk does not support ${kind} dtypes on CPU`] as const;
    refuseType(ctx, { b: types('bool'), c: types('complex') }, x.dtype);
    const shape = resized(ctx, x, axis, k);
    return tupleOut([tensorOut(shape, x.dtype), tensorOut(shape, 'int64', { bounds: indicesOf(x, axis) })], {
      name: 'topk',
      fields: ['values', 'indices'],
    });
  },
  kernel: (k) => {
    withoutOut(k);
    return bothArrays(topk(reducedArray(k), k.int('k'), k.int('dim'), k.bool('largest'), k.bool('sorted')));
  },
  samples: ['torch.topk(torch.rand(2, 5), 3)', 'torch.rand(4, 2).topk(2, 0, largest=False)'],
  errors: [
    ['torch.topk(torch.rand(2, 3), 4)', 'k-out-of-range'],
    ['torch.topk(torch.rand(2, 3), 1, 2)', 'dim-out-of-range'],
  ],
  doc: 'torch.topk',
};

const KTH_SIGNATURE = 'kthvalue(Tensor input, int k, int dim = -1, bool keepdim = False, *, tuple of Tensors out = None)';

const KTHVALUE: Operation = {
  names: ['torch.kthvalue', 'Tensor.kthvalue'],
  signature: KTH_SIGNATURE,
  method: methodOf(KTH_SIGNATURE),
  shape: '(*a) -> (*b), (*b)',
  rule: (ctx, a) => {
    const x = reduced(a);
    const k = a.int('k');
    const axis = axisOf(ctx, x, a.int('dim'));
    const shown = wrapped(x, axis);
    requireElements(ctx, x, axis, shown, 'kthvalue', 'RuntimeError');
    const room = x.rank === 0 ? constant(1) : axis === undefined ? undefined : x.size(axis);
    const least = ge(k, constant(1));
    ctx.require(room === undefined ? least : and(least, le(k, room)), () => ({
      code: 'k-out-of-range',
      text: shown === undefined ? undefined : `kthvalue(): selected number k out of range for dimension ${shown}`,
      message: `${ctx.name}: k is ${ctx.spell(k)}, the tensor ${ctx.spell(x.shape)}`,
      origins: [k.origin, room?.origin ?? x.origin],
    }));
    refuseType(ctx, { b: 'kthvalue_cpu', c: 'kthvalue_cpu' }, x.dtype);
    const shape = withoutDims(ctx, x.shape, axis === undefined ? undefined : [axis], wantedKeepdim(a));
    return pickedOut(shape, x, 'kthvalue');
  },
  kernel: (k) => bothArrays(kthvalue(reducedArray(k), k.int('k'), k.int('dim'), kernelKeepdim(k))),
  samples: ['torch.kthvalue(torch.rand(2, 3), 2)', 'torch.kthvalue(torch.rand(2, 3), 1, 0, True)'],
  errors: [['torch.kthvalue(torch.rand(2, 3), 4)', 'k-out-of-range']],
  doc: 'torch.kthvalue',
};

// ---------------------------------------------------------------- cumulative

interface RunningForm {
  readonly name: string;
  readonly refuses?: Refusals;
  readonly typed?: boolean;
  readonly kernel: (x: NdArray, dim: number, k: KernelArguments) => NdArray;
}

const RUNNING: readonly RunningForm[] = [
  { name: 'cumsum', typed: true, kernel: (x, dim, k) => cumsum(x, dim, k.dtype('dtype')) },
  { name: 'cumprod', typed: true, kernel: (x, dim, k) => cumprod(x, dim, k.dtype('dtype')) },
  {
    name: 'logcumsumexp',
    refuses: { b: 'logcumsumexp_out_cpu', i: 'logcumsumexp_out_cpu' },
    kernel: (x, dim) => logcumsumexp(x, dim),
  },
];

function runningEntry(form: RunningForm): Operation {
  const { name } = form;
  const signature = `${name}(Tensor input, int dim, *, ${form.typed === true ? 'torch.dtype dtype = None, ' : ''}Tensor out = None)`;
  return {
    names: [`torch.${name}`, `Tensor.${name}`],
    signature,
    method: methodOf(signature),
    shape: '(*) -> (*)',
    rule: (ctx, a): Out => {
      const x = reduced(a);
      axisOf(ctx, x, a.int('dim'));
      refuseType(ctx, form.refuses ?? {}, x.dtype);
      return tensorOut(x.shape, form.typed === true ? wantedType(a, sumType(x.dtype)) : x.dtype);
    },
    kernel: (k) => {
      withoutOut(k);
      return form.kernel(reducedArray(k), k.int('dim'), k);
    },
    samples: [`torch.${name}(torch.ones(2, 3), 1)`, `torch.ones(2, 3).${name}(dim=-1)`],
    errors: [[`torch.${name}(torch.ones(2), 5)`, 'dim-out-of-range']],
    doc: `torch.${name}`,
  };
}

function runningExtreme(name: 'cummax' | 'cummin'): Operation {
  const signature = `${name}(Tensor input, int dim, *, tuple of Tensors out = None)`;
  return {
    names: [`torch.${name}`, `Tensor.${name}`],
    signature,
    method: methodOf(signature),
    shape: '(*) -> (*), (*)',
    rule: (ctx: Context, a: Arguments) => {
      const x = reduced(a);
      const dim = ctx.known(a.int('dim'));
      if (x.rank === 0 && dim !== undefined && dim !== 0 && dim !== -1) {
        const text = `${name}(): Expected reduction dim -1 or 0 for scalar but got ${dim}`;
        ctx.fail({ code: 'dim-out-of-range', exception: 'IndexError', text, message: text, origins: [x.origin] });
      }
      if (x.dims?.some((d) => ctx.known(d) === 0) !== true) axisOf(ctx, x, a.int('dim'));
      refuseType(ctx, { c: `${name}_cpu` }, x.dtype);
      return pickedOut(x.shape, x, name);
    },
    kernel: (k) => bothArrays(cumExtreme(reducedArray(k), name === 'cummax' ? 'max' : 'min', k.int('dim'))),
    samples: [`torch.${name}(torch.rand(2, 3), 1)`],
    errors: [[`torch.${name}(torch.rand(2), 5)`, 'dim-out-of-range']],
    doc: `torch.${name}`,
  };
}

export const ORDERING: readonly Operation[] = [
  SORT,
  ARGSORT,
  MSORT,
  TOPK,
  KTHVALUE,
  ...RUNNING.map(runningEntry),
  runningExtreme('cummax'),
  runningExtreme('cummin'),
];
