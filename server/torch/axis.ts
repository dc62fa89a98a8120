/**
 * Dimension arguments: `dim=` must be one of the tensor's, with PyTorch's text where it is not.
 */
import type { Dim } from '../dims/dim.ts';
import { requireAxis } from '../shapes/axes.ts';
import type { TensorArg } from './arguments.ts';
import type { Context } from './context.ts';

export interface AxisOptions {
  /** More axes than the rank are allowed (`unsqueeze`: 1). */
  readonly extra?: number;
  /** Whether a 0-d tensor is treated as 1-D; most operations do. */
  readonly wrapScalar?: boolean;
}

/**
 * An axis as a number, in [-rank, rank): known where both it and the rank are. Raises IndexError for one outside. An axis
 * that is not a known number, of a shape that is not of known rank, is undefined.
 */
export function axisOf(ctx: Context, x: TensorArg, dim: Dim, options: AxisOptions = {}): number | undefined {
  const axis = ctx.known(dim);
  if (axis === undefined) return undefined;
  const extra = options.extra ?? 0;
  if (options.wrapScalar === false && x.rank === 0) {
    ctx.fail({
      code: 'dim-out-of-range',
      exception: 'IndexError',
      message: `${ctx.name}: \`${x.name}\` has no dimensions, so there is no dimension ${axis}`,
      text: `Dimension specified as ${axis} but tensor has no dimensions`,
      origins: [x.origin],
    });
  }
  // Where a 0-d tensor has no dimension at all, the rank is at least what the axis asks for.
  if (options.wrapScalar === false) ctx.world.limitRank(x.shape, axis < 0 ? -axis : axis + 1, Number.POSITIVE_INFINITY);
  const held = requireAxis(ctx.world, x.shape, axis, extra);
  if ('refusal' in held) failAxis(ctx, x, axis, extra);
  return axis;
}

/** `Dimension out of range (expected to be in range of [-2, 1], but got 5)` */
export function failAxis(ctx: Context, x: TensorArg, axis: number, extra = 0): never {
  const rank = x.rank;
  const span = rank === undefined ? undefined : Math.max(1, rank + extra);
  return ctx.fail({
    code: 'dim-out-of-range',
    exception: 'IndexError',
    message: `${ctx.name}: there is no dimension ${axis} in ${ctx.spell(x.shape)}`,
    text: span === undefined ? undefined : `Dimension out of range (expected to be in range of [${-span}, ${span - 1}], but got ${axis})`,
    origins: [x.origin],
  });
}
