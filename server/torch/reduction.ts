/**
 * What loss functions share: the `reduction` argument in all its spellings, the shape it leaves, and the refusals of their
 * element-wise parts. Knows no loss.
 */
import type { NdArray } from '../kernels/array.ts';
import type { DType } from '../kernels/dtype.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import type { Reduction } from '../kernels/losses.ts';
import type { Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, sameShape, scalar, unknownShape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { NotKnown } from './arguments.ts';
import type { Context } from './context.ts';
import type { TypedOperand } from './promotion.ts';
import { commonType, computed } from './promotion.ts';

const KNOWN: readonly string[] = ['none', 'mean', 'sum'];

/** The older pair of arguments as a reduction, where one of the two is given. */
export function legacyReduction(ctx: Context, average: Value, reduce: Value): string | undefined | null {
  const [a, r] = [ctx.interp.resolve(average), ctx.interp.resolve(reduce)];
  if (a.kind === 'none' && r.kind === 'none') return null;
  const truth = (v: Value): boolean | undefined => {
    if (v.kind === 'none') return true;
    const decision = ctx.interp.decide(ctx.interp.truth(v));
    return decision === 'unknown' ? undefined : decision === 'yes';
  };
  const [average2, reduce2] = [truth(a), truth(r)];
  if (average2 === undefined || reduce2 === undefined) return undefined;
  return reduce2 ? (average2 ? 'mean' : 'sum') : 'none';
}

/** The reduction as it is named; undefined where it is not known. Raises ValueError for another word than `words`. */
export function reductionOf(ctx: Context, a: Arguments, words: readonly string[] = KNOWN): string | undefined {
  if (a.exists('size_average')) {
    const legacy = legacyReduction(ctx, a.value('size_average'), a.value('reduce'));
    if (legacy !== null) return legacy;
  }
  const value = a.value('reduction');
  if (value.kind === 'unknown' || value.kind === 'choice') return undefined;
  const name = ctx.interp.asString(value);
  if (name === undefined && value.kind === 'str') return undefined;
  if (name === 'elementwise_mean' && words.includes('mean')) return 'mean';
  if (name !== undefined && words.includes(name)) return name;
  const spelled = name ?? ctx.interp.repr(value);
  return ctx.fail({
    code: 'invalid-argument',
    exception: 'ValueError',
    message: `${ctx.name}: \`reduction\` is ${spelled ?? 'no reduction'}; it can be ${words.join(', ')}`,
    text: spelled === undefined ? undefined : `${spelled} is not a valid value for reduction`,
  });
}

/** `none` leaves the shape, `mean` and `sum` a scalar. */
export function reducedShape(reduction: string | undefined, shape: Shape): Shape {
  if (reduction === 'none') return shape;
  return reduction === undefined && !sameShape(shape, scalar) ? unknownShape() : scalar;
}

/** The same for a kernel. Throws `NotKnown`. */
export function kernelReduction(k: KernelArguments): Reduction {
  const name = reductionOf(k.rule.ctx, k.rule);
  if (name === undefined) throw new NotKnown();
  return name as Reduction;
}

/** `mean` takes floating tensors only. */
export function refuseMean(ctx: Context, dtype: DType | undefined, reduction: string | undefined): void {
  if (reduction !== 'mean' || dtype === undefined || /^(float|bfloat|complex)/.test(dtype)) return;
  ctx.fail({
    code: 'dtype-mismatch',
    message: `${ctx.name}: there is no mean of ${dtype} numbers`,
    text: `mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: ${scalarTypeName(dtype)}`,
  });
}

const SUBTRACTION = 'Subtraction, the `-` operator, with';

/** Bool tensors cannot be subtracted. */
export function refuseSubtraction(ctx: Context, x: DType | undefined, y: DType | undefined): void {
  if (x !== 'bool' && y !== 'bool') return;
  if (x === undefined || y === undefined) return;
  ctx.fail({
    code: 'dtype-mismatch',
    message: `${ctx.name}: bool tensors cannot be subtracted`,
    text:
      x === y
        ? `${SUBTRACTION} two bool tensors is not supported. Use the \`^\` or \`logical_xor()\` operator instead.`
        : `${SUBTRACTION} a bool tensor is not supported. If you are trying to invert a mask, use the \`~\` or \`logical_not()\` operator instead.`,
  });
}

/** `"mse_cpu" not implemented for 'Long'` */
export function refuseKernel(ctx: Context, kernel: string, dtype: DType | undefined, allowed = /^(float|bfloat)/): void {
  if (dtype === undefined || allowed.test(dtype)) return;
  ctx.fail({
    code: 'dtype-mismatch',
    exception: 'NotImplementedError',
    message: `${ctx.name} does not take ${dtype} tensors`,
    text: `"${kernel}" not implemented for '${scalarTypeName(dtype)}'`,
  });
}

/** A tensor as it takes part in type promotion; `whole` counts a 0-d tensor like one that was expanded. */
export function typed(x: TensorArg, whole = false): TypedOperand {
  const rank = x.rank;
  return { dtype: x.dtype, level: whole || (rank ?? 0) > 0 ? 0 : rank === 0 ? 1 : undefined };
}

/** The dtype that two tensors meet in. */
export function commonDType(...operands: readonly TypedOperand[]): DType | undefined {
  return computed(commonType(operands));
}

/** What is written over `own` has to keep its shape: `output with shape [3, 1] doesn't match the broadcast shape [3, 3]`. */
export function requireKept(ctx: Context, own: Shape, result: Shape, what: string): void {
  if (sameShape(own, result) || ctx.world.decideEqual(own, result) !== 'no') {
    if (dimsOf(ctx.world.resolve(own)) !== undefined && dimsOf(ctx.world.resolve(result)) !== undefined) ctx.world.unify(own, result);
    return;
  }
  ctx.fail({
    code: 'broadcast-mismatch',
    message: `${ctx.name}: ${what} makes ${ctx.spell(result)} of ${ctx.spell(own)}, which has to keep its shape`,
    text: ctx.text`output with shape ${own} doesn't match the broadcast shape ${result}`,
  });
}

/** `torch.Size([2, 3])` in a message, where all sizes are known. */
export function sizeText(ctx: Context, shape: Shape): string | undefined {
  return ctx.text`torch.Size(${shape})`;
}

/** Raises AttributeError for a missing attribute, as Python code that asks a tensor for it does. */
export function attributeOf(ctx: Context, attribute: string): (value: Value) => never {
  return (value) => {
    throw ctx.noAttribute(value, attribute);
  };
}

/** The numbers of a tensor of which all are known to lie in `[least, greatest]`; the first that does not. */
export function firstOutside(values: NdArray | undefined, least: number, greatest: number): number | undefined {
  return values?.toFlat().find((n) => n < least || n > greatest);
}
