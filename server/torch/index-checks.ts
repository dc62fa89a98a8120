/**
 * What index tensors must be: their element type, their rank beside the tensor that is indexed, their values where known.
 */
import { eq, ge, gt, le, lt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import type { DType } from '../kernels/dtype.ts';
import { numelOf } from '../shapes/shape.ts';
import type { TensorArg } from './arguments.ts';
import type { Context } from './context.ts';

const zero = constant(0);

/** Whether a tensor is known to have no element. */
export function isEmpty(ctx: Context, x: TensorArg): boolean {
  return x.dims?.some((d) => ctx.known(d) === 0) === true;
}

/** The index is of one of some element types. */
export function requireIndexType(ctx: Context, index: TensorArg, types: readonly DType[], text: string, exception = 'RuntimeError'): void {
  if (index.dtype !== undefined && !types.includes(index.dtype)) {
    ctx.fail({
      code: 'index-dtype',
      exception,
      message: `${ctx.name}: \`${index.name}\` is ${index.dtype}`,
      text,
      origins: [index.origin],
    });
  }
}

/** Both have the same number of dimensions, where a tensor without dimensions counts as having one. */
export function requireSameRank(ctx: Context, x: TensorArg, index: TensorArg, text: string): void {
  const known = x.rank ?? index.rank;
  if (known === undefined) return;
  const ranks = known < 2 ? [0, 1] : [known];
  for (const tensor of [x, index]) {
    ctx.requireRank(tensor.shape, ranks, () => ({
      code: 'rank-mismatch',
      message: `${ctx.name}: \`${index.name}\` is ${ctx.spell(index.shape)}, the tensor ${ctx.spell(x.shape)}`,
      text,
      origins: [index.origin, x.origin],
    }));
  }
}

/** The first dimension but `axis` in which `index` is larger than `x`. */
export function outgrown(ctx: Context, index: readonly Dim[], x: readonly Dim[], axis: number | undefined): number | undefined {
  const at = index.findIndex((d, i) => i !== axis && x[i] !== undefined && ctx.facts.decide(gt(d, x[i] as Dim)) === 'yes');
  return at < 0 ? undefined : at;
}

/** The first known index outside of `size`; negative ones count from the end if `negative`. */
export function outside(ctx: Context, index: TensorArg, size: Dim | undefined, negative: boolean): number | undefined {
  const n = ctx.known(size);
  const values = index.values?.toFlat();
  if (n === undefined || values === undefined) return undefined;
  return values.find((v) => v >= n || v < (negative ? -n : 0));
}

/** Known indices lie in `[0, size)`: `index 5 is out of bounds for dimension 1 with size 3`. */
export function requireInside(
  ctx: Context,
  index: TensorArg,
  size: Dim | undefined,
  axis: number,
  options: { readonly negative?: boolean; readonly exception?: string; readonly text?: (wrong: number) => string } = {},
): void {
  const wrong = outside(ctx, index, size, options.negative === true);
  if (wrong === undefined) return;
  ctx.fail({
    code: 'index-out-of-range',
    exception: options.exception ?? 'RuntimeError',
    message: `${ctx.name}: index ${wrong} of a size of ${ctx.known(size)}`,
    text:
      options.text === undefined
        ? `index ${wrong} is out of bounds for dimension ${axis} with size ${ctx.known(size)}`
        : options.text(wrong),
    origins: [size?.origin],
  });
}

/** Random indices that would all lie in the table with more than this chance are not reported. */
const CHANCE = 0.01;
/** How many elements a random tensor of unknown size is taken to have. */
const USUAL_COUNT = 16;

/** What the bounds alone say: an index that is surely, or for random ones almost surely, outside. */
export function beyondBounds(ctx: Context, x: TensorArg, rows: Dim, wraps = false): Dim | undefined {
  const { bounds } = x;
  const numel = numelOf(x.shape);
  if (x.values !== undefined || bounds?.attained === undefined || bounds.count === undefined || numel === undefined) return undefined;
  const { least, greatest } = bounds;
  if (least === undefined || greatest === undefined) return undefined;
  if (ctx.facts.decide(le(numel, zero)) === 'yes' || ctx.facts.decide(eq(numel, bounds.count)) !== 'yes') return undefined;
  const above = ctx.facts.decide(ge(greatest, rows)) === 'yes';
  const below = !wraps && ctx.facts.decide(lt(least, zero)) === 'yes';
  if (!above && !below) return undefined;
  if (bounds.attained === 'drawn' && !surelyOutside(ctx, least, greatest, rows, ctx.known(numel) ?? USUAL_COUNT)) return undefined;
  return above ? greatest : least;
}

function surelyOutside(ctx: Context, least: Dim, greatest: Dim, rows: Dim, count: number): boolean {
  const [low, high, n] = [ctx.known(least), ctx.known(greatest), ctx.known(rows)];
  if (low === undefined || high === undefined || n === undefined) return ctx.facts.decide(ge(least, rows)) === 'yes';
  const inside = Math.max(0, Math.min(high, n - 1) - Math.max(low, 0) + 1);
  return (inside / (high - low + 1)) ** count < CHANCE;
}
