/**
 * Sizes that a program asks a tensor to be made with, checked as torch.empty checks them.
 */
import { le } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import type { Value } from '../python/values.ts';
import type { Context } from './context.ts';
import { fitsIndex, typeNameOf } from './types.ts';

const ZERO = constant(0);

/** Sizes may not be negative: `Trying to create tensor with negative dimension -1: [-1, 5]`. */
export function requireSizes(ctx: Context, dims: readonly Dim[], text?: string): void {
  for (const dim of dims) {
    ctx.require(le(ZERO, dim), () => ({
      code: 'negative-size',
      message: `${ctx.name}: a size is negative: ${ctx.spell(dims)}`,
      text: text ?? ctx.text`Trying to create tensor with negative dimension ${dim}: ${ctx.list(dims)}`,
      origins: [dim.origin],
    }));
  }
}

/** The sizes of `torch.empty((a, b))` made from Python values; raises TypeError for what is no integer. */
export function emptySizes(ctx: Context, values: readonly Value[]): readonly Dim[] {
  for (const [i, given] of values.entries()) {
    const value = ctx.interp.resolve(given);
    if (fitsIndex(ctx.interp, value) !== 'no' || (value.kind === 'bool' && i > 0)) continue;
    const type = typeNameOf(ctx.interp, value);
    const text =
      i === 0
        ? `empty(): argument 'size' (position 1) must be tuple of ints, but found element of type ${type} at pos 0`
        : `empty(): argument 'size' failed to unpack the object at pos ${i + 1} with error "type must be tuple of ints,but got ${type}"`;
    ctx.fail({ code: 'call-arguments', exception: 'TypeError', text, message: `${ctx.name}: a size is ${type}, not int` });
  }
  const dims = values.map((v) => ctx.dimOf(v, '?'));
  requireSizes(ctx, dims);
  return dims;
}
