/**
 * What reductions share: the dimensions that are asked for, the shape that is left, the empty cases, the signature as a method.
 */
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import type { DType } from '../kernels/dtype.ts';
import { defaultDtype, isIntegral } from '../kernels/dtype.ts';
import { normalAxis, replaceAxis } from '../shapes/axes.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, greatestRank, leastRank, numelOf, scalar, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { axesOf } from './axis-lists.ts';
import type { Context } from './context.ts';

/** `all`: nothing was asked for. Undefined: not known. */
export type Wanted = readonly Dim[] | 'all' | undefined;

/** The tensor before the dot, or the first argument. */
export function reduced(a: Arguments): TensorArg {
  return a.tensor(a.exists('input') ? 'input' : 'self');
}

export function reducedArray(k: KernelArguments): NdArray {
  return k.array(k.rule.exists('input') ? 'input' : 'self');
}

/** The dimensions to reduce; an empty list stands for all of them. */
export function wantedDims(a: Arguments, name = 'dim'): Wanted {
  if (!a.exists(name) || a.isNone(name)) return 'all';
  const dims = a.ints(name);
  return dims === undefined ? undefined : dims.length === 0 ? 'all' : dims;
}

/** The same for a kernel; undefined for all. */
export function kernelDims(k: KernelArguments, name = 'dim'): number[] | undefined {
  if (!k.rule.exists(name)) return undefined;
  const dims = k.optionalInts(name);
  return dims === undefined || dims.length === 0 ? undefined : dims;
}

/** `keepdim`, which not every overload has. Undefined: not known. */
export function wantedKeepdim(a: Arguments): boolean | undefined {
  return a.exists('keepdim') ? a.bool('keepdim') : false;
}

export function kernelKeepdim(k: KernelArguments): boolean {
  return k.rule.exists('keepdim') && k.bool('keepdim');
}

const one = constant(1);

/** `[*] -> [* without dims]`, or with them as 1. Raises `dim-out-of-range` and dimensions named twice. */
export function reducedShape(ctx: Context, x: TensorArg, wanted: Wanted, keepdim: boolean | undefined): Shape {
  if (wanted === undefined) return withoutDims(ctx, x.shape, undefined, keepdim);
  if (wanted !== 'all') return withoutDims(ctx, x.shape, axesOf(ctx, x, wanted), keepdim);
  if (keepdim === false) return scalar;
  const dims = dimsOf(x.shape);
  if (keepdim === true)
    return dims === undefined ? unknownShape(undefined, leastRank(x.shape), greatestRank(x.shape)) : shapeOf(dims.map(() => one));
  return dims?.length === 0 ? scalar : unknownShape(undefined, 0, greatestRank(x.shape));
}

/**
 * Reductions without a neutral element refuse an empty tensor. What is empty only by the bounds of drawn numbers, the program may
 * have looked at.
 */
export function requireElements(
  ctx: Context,
  x: TensorArg,
  axis: number | undefined,
  shown: number | undefined,
  name: string,
  whole: string,
): void {
  const zero = constant(0);
  const numel = numelOf(x.shape);
  if (axis === undefined) {
    if (numel === undefined || ctx.known(numel) === undefined) return;
    ctx.reject(eq(numel, zero), () => ({
      code: 'empty-reduction',
      exception: whole,
      text: `${name}(): Expected reduction dim to be specified for input.numel() == 0.${whole === 'RuntimeError' ? " Specify the reduction dim with the 'dim' argument." : ''}`,
      message: `${ctx.name}: the tensor ${ctx.spell(x.shape)} is empty`,
      origins: [x.origin],
    }));
    return;
  }
  const size = x.rank === 0 ? undefined : x.size(axis);
  if (size === undefined || ctx.known(size) === undefined) return;
  ctx.reject(eq(size, zero), () => ({
    code: 'empty-reduction',
    exception: 'IndexError',
    text: `${name}(): Expected reduction dim ${shown ?? axis} to have non-zero size.`,
    message: `${ctx.name}: dimension ${axis} of ${ctx.spell(x.shape)} is empty`,
    origins: [size.origin ?? x.origin],
  }));
}

/** Sums of integers are int64. */
export function sumType(dtype: DType | undefined): DType | undefined {
  return dtype !== undefined && isIntegral(dtype) ? 'int64' : dtype;
}

export function floatType(dtype: DType | undefined): DType | undefined {
  return dtype !== undefined && isIntegral(dtype) ? defaultDtype() : dtype;
}

/** `dtype=` where it is given, else what the tensor's type makes. */
export function wantedType(a: Arguments, otherwise: DType | undefined): DType | undefined {
  if (!a.exists('dtype')) return otherwise;
  const given = a.dtype('dtype');
  return given === null ? otherwise : given;
}

/** A function's signature as the method's: without `input` and `out`. */
export function methodOf(signature: string): string {
  return signature
    .replace(/\(Tensor(?:\|Number)? input(, )?/, '(')
    .replace(/,? ?(Tensor|tuple of Tensors) out = None\)$/, ')')
    .replace(/(, |\()\*\)$/, (_, before: string) => (before === '(' ? '()' : ')'));
}

/** The shape with dimensions taken out, or kept as 1. Undefined: not known. */
export function withoutDims(ctx: Context, shape: Shape, axes: readonly number[] | undefined, keepdim: boolean | undefined): Shape {
  const now = ctx.world.resolve(shape);
  const count = axes?.length ?? greatestRank(now);
  if (keepdim === undefined || axes === undefined) {
    const least = keepdim === true ? leastRank(now) : Math.max(0, leastRank(now) - count);
    const most = keepdim === false && axes !== undefined ? Math.max(0, greatestRank(now) - count) : greatestRank(now);
    return unknownShape(undefined, least, most);
  }
  const dims = dimsOf(now);
  if (dims !== undefined) {
    if (dims.length === 0) return now;
    const gone = new Set(axes.map((axis) => normalAxis(axis, dims.length)));
    return shapeOf(dims.flatMap((d, i) => (gone.has(i) ? (keepdim ? [one] : []) : [d])));
  }
  let result: Shape = now;
  // From the outside in, so that the places of the others do not move.
  const order = [...axes].sort((a, b) => (a >= 0 && b >= 0 ? b - a : a < 0 && b < 0 ? a - b : 0));
  for (const axis of order) result = replaceAxis(ctx.world, result, axis, keepdim ? [one] : []);
  return result;
}
