/**
 * What products of matrices share: equal inner sizes, equal types, the last sizes of a shape of open rank.
 */

import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import type { DType } from '../kernels/dtype.ts';
import { isComplex, scalarTypeName } from '../kernels/dtype.ts';
import { replaceAxis } from '../shapes/axes.ts';
import type { Shape } from '../shapes/shape.ts';
import type { TensorArg } from './arguments.ts';
import type { Context, FaultParts } from './context.ts';
import { cppTypeName } from './dtype-names.ts';
import { areAlike } from './measured-sizes.ts';

/** Sizes that are summed over must be equal. Raises `matmul-inner-size` with the given text. */
export function requireInner(ctx: Context, x: Dim, y: Dim, sides: readonly [TensorArg, TensorArg], text: () => string | undefined): void {
  const fault = (): FaultParts => ({
    code: 'matmul-inner-size',
    message: `${ctx.name}: ${ctx.spell(sides[0].shape)} times ${ctx.spell(sides[1].shape)}, inner sizes ${ctx.spell(x)} and ${ctx.spell(y)} differ`,
    text: text(),
    origins: [x.origin ?? sides[0].origin, y.origin ?? sides[1].origin],
  });
  if (areAlike(ctx, x, y, sides)) ctx.fail(fault());
  ctx.require(eq(x, y), fault);
}

export type TypeText = (a: DType, b: DType) => string;

/** Products do not promote. Raises `dtype-mismatch`. */
export function requireSameType(ctx: Context, x: TensorArg, y: TensorArg, text: TypeText): void {
  const [a, b] = [x.dtype, y.dtype];
  if (a === undefined || b === undefined || a === b) return;
  ctx.fail({
    code: 'dtype-mismatch',
    message: `${ctx.name}: the tensors are ${a} and ${b}`,
    text: text(a, b),
    origins: [x.origin, y.origin],
  });
}

/** `expected m1 and m2 to have the same dtype, but got: float != c10::Half` */
export const matrixTypes: TypeText = (a, b) => `expected m1 and m2 to have the same dtype, but got: ${cppTypeName(a)} != ${cppTypeName(b)}`;
export const batchTypes: TypeText = (a, b) => `expected scalar type ${scalarTypeName(a)} but found ${scalarTypeName(b)}`;
export const dotTypes: TypeText = (a, b) =>
  `dot : expected both vectors to have same dtype, but found ${scalarTypeName(a)} and ${scalarTypeName(b)}`;
export const vectorTypes: TypeText = (a, b) =>
  `addmv input tensors must have the same dtype, but got ${scalarTypeName(b)}, ${scalarTypeName(a)}, and ${scalarTypeName(b)}`;

/** `"bmm" not implemented for 'Bool'` */
export function refuseBool(ctx: Context, dtype: DType | undefined, kernel: string): void {
  if (dtype !== 'bool') return;
  ctx.fail({
    code: 'dtype-mismatch',
    exception: 'NotImplementedError',
    text: `"${kernel}" not implemented for 'Bool'`,
    message: `${ctx.name} does not take bool tensors`,
  });
}

/** `linalg.inv: Expected a floating point or complex tensor as input. Got Long` */
export function requireFloating(ctx: Context, dtype: DType | undefined, text: (title: string) => string): void {
  if (dtype === undefined || isComplex(dtype) || /^b?float/.test(dtype)) return;
  ctx.fail({
    code: 'dtype-mismatch',
    text: text(scalarTypeName(dtype)),
    message: `${ctx.name} takes floating tensors, not ${dtype}`,
  });
}

/** The shape without its last `count` sizes, which it is known to have. */
export function withoutLast(ctx: Context, shape: Shape, count: number): Shape {
  let result = shape;
  for (let i = 0; i < count; i++) result = replaceAxis(ctx.world, result, -1, []);
  return result;
}

/** A fault about a rank: code `rank-mismatch`. */
export function rankFault(ctx: Context, tensor: TensorArg, wanted: string, text: string | undefined): FaultParts {
  return {
    code: 'rank-mismatch',
    message: `${ctx.name}: \`${tensor.name}\` is ${ctx.spell(tensor.shape)}, ${wanted} is needed`,
    text,
    origins: [tensor.origin],
  };
}
