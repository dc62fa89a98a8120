/**
 * Sizes that tensors came with beside sizes that the program chose. Where an operation could run only if the two happened to be
 * equal, and the way its operands are laid out shows that they were not meant to meet, it is a mistake.
 */
import { eq, or } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, isChosen, isMeasured, symbolsOf } from '../dims/dim.ts';
import type { Conflict } from '../shapes/broadcast.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, product } from '../shapes/shape.ts';
import type { TensorArg } from './arguments.ts';
import type { Context } from './context.ts';

/**
 * `[*, n, k]` times `[*, n, k]`, where n came with a tensor and k was chosen: one of them was to be transposed. A map times what
 * weighs its places was to be multiplied place by place.
 */
export function areAlike(ctx: Context, k: Dim, n: Dim, [left, right]: readonly [TensorArg, TensorArg]): boolean {
  const { facts } = ctx;
  if (facts.decide(eq(k, n)) !== 'unknown') return false;
  if (weighs(ctx, left, right) || weighs(ctx, right, left)) return true;
  return isMeasured(facts.simplify(n)) && isChosen(facts.simplify(k)) && haveSameEnds(ctx, left, right);
}

function haveSameEnds(ctx: Context, x: TensorArg, y: TensorArg): boolean {
  return [-2, -1].every((at) => {
    const [a, b] = [x.size(at), y.size(at)];
    return a !== undefined && b !== undefined && ctx.facts.decide(eq(a, b)) === 'yes';
  });
}

/** `[N, 1, h, w]` and `[N, C, 1, 1]` beside a map `[N, C, h, w]` with extents that came with it. */
function weighs(ctx: Context, weights: TensorArg, map: TensorArg): boolean {
  const [own, all] = [weights.dims, map.dims];
  if (own?.length !== 4 || all?.length !== 4) return false;
  if (!all.slice(2).every((d) => symbolsOf(ctx.facts.simplify(d)).some((symbol) => symbol.measured))) return false;
  const isOne = (d: Dim | undefined): boolean => ctx.known(d) === 1;
  if (isOne(own[1])) return !isOne(all[1]) && haveSameEnds(ctx, weights, map);
  return isOne(own[2]) && isOne(own[3]) && ctx.facts.decide(eq(own[1] as Dim, all[1] as Dim)) === 'yes';
}

/** Whether the channels are the input's last size, and their place is taken by one that came with a tensor. */
export function liesLast(ctx: Context, x: TensorArg, channels: Dim, wanted: Dim): boolean {
  const last = x.size(-1);
  const { facts } = ctx;
  if (last === undefined || ctx.known(wanted) === 1 || !isMeasured(facts.simplify(channels)) || !isChosen(facts.simplify(wanted)))
    return false;
  return facts.decide(eq(last, wanted)) === 'yes' && facts.decide(eq(channels, wanted)) === 'unknown';
}

/** Up to here a whole map's elements may be a power of 2 that some width is, too. */
const WIDE = 512;

/**
 * `[N, C, h, w]` with open extents, given to a layer of `C*k*k` features: the map was to be flattened. The width itself would
 * have to be as much.
 */
export function isUnflattened(ctx: Context, x: TensorArg, last: Dim, inner: Dim): boolean {
  const [, channels, height, width] = x.dims?.length === 4 ? x.dims : [];
  const features = ctx.known(inner);
  const c = ctx.known(channels);
  if (features === undefined || c === undefined || c < 2 || features % c !== 0 || height === undefined || width === undefined) return false;
  if (!symbolsOf(ctx.facts.simplify(height)).some((s) => s.measured) || ctx.facts.decide(eq(last, inner)) !== 'unknown') return false;
  const area = features / c;
  const side = Math.sqrt(area);
  const odd = (n: number): boolean => n > 1 && (n % 2 === 1 || odd(n / 2));
  return side > 1 && Number.isInteger(side) && (features > WIDE || odd(side));
}

/** A parameter of size 1 beside a size that another tensor came with: `cat` does not expand it. */
export function isUnexpanded(ctx: Context, x: TensorArg, own: Dim, other: Dim): boolean {
  if (ctx.known(own) !== 1 || !isMeasured(ctx.facts.simplify(other)) || ctx.facts.decide(eq(other, own)) !== 'unknown') return false;
  return x.object.cls === ctx.state.classes.parameter;
}

/**
 * `[n, k]` with `[n]`, where n came with a tensor and k was chosen: sizes are aligned from the end, so that they could meet
 * only if k happened to be n.
 */
export function leads(ctx: Context, a: Shape, b: Shape): Conflict | undefined {
  const [left, right] = [dimsOf(ctx.world.resolve(a)), dimsOf(ctx.world.resolve(b))];
  if (left === undefined || right === undefined || left.length === right.length) return undefined;
  const [long, short] = left.length > right.length ? [left, right] : [right, left];
  const { facts } = ctx;
  const [last, end] = [long.at(-1) as Dim, short.at(-1)];
  if (end === undefined || !isMeasured(facts.simplify(end)) || !isChosen(facts.simplify(last)) || facts.bounds(last).least < 2)
    return undefined;
  if (!short.every((d, i) => facts.equal(d, long[i] as Dim)) || facts.decide(or(eq(last, end), eq(end, constant(1)))) !== 'unknown')
    return undefined;
  return { a: left.at(-1) as Dim, b: right.at(-1) as Dim, axis: long.length - 1 };
}

/**
 * Whether `[n, 110]`, where n came with a tensor, would have to be cut into blocks that have nothing to do with its rows: into
 * `[-1, 64, 7, 7]`. Blocks of 220 take two rows each, and may be meant.
 */
export function cutsRows(ctx: Context, x: TensorArg, sizes: readonly Dim[]): boolean {
  const { dims } = x;
  if (dims === undefined || !sizes.some((d) => ctx.known(d) === -1)) return false;
  const open = dims.filter((d) => ctx.known(d) === undefined);
  const block = ctx.known(product(sizes.filter((d) => ctx.known(d) !== -1)));
  if (open.length !== 1 || block === undefined || !isMeasured(ctx.facts.simplify(open[0] as Dim))) return false;
  const row = dims.reduce((n, d) => n * (ctx.known(d) ?? 1), 1);
  return row > 0 && block > 0 && block % row !== 0 && row % block !== 0;
}
