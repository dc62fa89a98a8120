/**
 * Several dimension arguments at once (`dims=(0, -1)`), and axes as positions from the start. See `axis.ts` for a single one.
 */
import type { Dim } from '../dims/dim.ts';
import { normalAxis } from '../shapes/axes.ts';
import type { Shape } from '../shapes/shape.ts';
import { greatestRank, leastRank, rankOf, unknownShape } from '../shapes/shape.ts';
import type { TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import type { Context } from './context.ts';

/** The axis counted from the start, where the rank is known. */
export function positionOf(shape: Shape, axis: number | undefined): number | undefined {
  const rank = rankOf(shape);
  return axis === undefined || rank === undefined ? undefined : normalAxis(axis, rank);
}

/**
 * Axes in the order given, counted from the start where the rank is known. Raises IndexError for one out of range and, if
 * they have to be `distinct`, RuntimeError for one that is named twice. Undefined where one of them is not a known number.
 */
export function axesOf(ctx: Context, x: TensorArg, dims: readonly Dim[], distinct = true): readonly number[] | undefined {
  const axes: number[] = [];
  const seen = new Set<number>();
  for (const dim of dims) {
    const axis = axisOf(ctx, x, dim);
    if (axis === undefined) return undefined;
    const at = positionOf(x.shape, axis) ?? axis;
    if (distinct && seen.has(at)) {
      ctx.fail({
        code: 'invalid-argument',
        message: `${ctx.name}: dimension ${at} is named twice`,
        text: `dim ${at} appears multiple times in the list of dims`,
      });
    }
    seen.add(at);
    axes.push(at);
  }
  return axes;
}

/** A shape of which only the number of sizes is known: that of `shape`, `change` more. */
export function sameRank(shape: Shape, change = 0): Shape {
  return unknownShape(undefined, Math.max(0, leastRank(shape) + change), greatestRank(shape) + change);
}
