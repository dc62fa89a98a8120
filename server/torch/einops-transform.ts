/**
 * What einops' rearrange, reduce and repeat do to a tensor: the checks in einops' order with its texts, then the reshapes and
 * permutations that einops makes of a pattern (einops 0.8, `_prepare_transformation_recipe`).
 */
import { divides, eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, floorDiv, mul, spell, symbol } from '../dims/dim.ts';
import type { Value } from '../python/values.ts';
import type { EinopsAxis, EinopsSide } from '../shapes/einops-pattern.ts';
import { axesOf, EinopsPatternError, isEllipsis, parseEinopsSide, requireName } from '../shapes/einops-pattern.ts';
import type { Shape } from '../shapes/shape.ts';
import { concatenate, dimsOf, product, shapeOf, withoutFirst, withoutLast } from '../shapes/shape.ts';
import type { TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import type { Out } from './entry.ts';
import { tensorOut } from './entry.ts';

const REDUCTIONS: readonly string[] = ['min', 'max', 'sum', 'mean', 'prod', 'any', 'all'];

export interface Transform {
  /** `rearrange`, `repeat`, the name of a reduction, or a function that reduces. */
  readonly operation: string | Value;
  readonly pattern: string;
  readonly lengths: ReadonlyMap<string, Dim>;
}

interface Sides {
  readonly left: EinopsSide;
  readonly right: EinopsSide;
}

const nameOf = ({ operation }: Transform): string | undefined => (typeof operation === 'string' ? operation : undefined);

/** Reads the pattern and checks what needs no tensor. */
export function readTransform(ctx: Context, t: Transform, x?: TensorArg): Sides {
  const parts = t.pattern.split('->');
  const [left, right] = parts;
  if (parts.length !== 2 || left === undefined || right === undefined) {
    const text = parts.length < 2 ? 'not enough values to unpack (expected 2, got 1)' : 'too many values to unpack (expected 2)';
    ctx.fail({ code: 'einops-pattern', exception: 'ValueError', text, message: `${ctx.name}: the pattern needs one \`->\`` });
  }
  try {
    const sides = { left: parseEinopsSide(left), right: parseEinopsSide(right) };
    checkSides(t, sides);
    return sides;
  } catch (error) {
    if (!(error instanceof EinopsPatternError)) throw error;
    return fail(ctx, 'einops-pattern', t, x, error.message);
  }
}

function checkSides(t: Transform, { left, right }: Sides): void {
  const refuse = (text: string): never => {
    throw new EinopsPatternError(text);
  };
  const set = (names: readonly string[]): string => `{${names.map((name) => `'${name}'`).join(', ')}}`;
  const [own, other] = [namesOf(left), namesOf(right)];
  const without = (of: readonly string[], all: readonly string[]): string[] => of.filter((name) => !all.includes(name));
  if (left.ellipsis === 'none' && right.ellipsis !== 'none')
    refuse(`Ellipsis found in right side, but not left side of a pattern ${t.pattern}`);
  if (left.ellipsis === 'in parentheses') refuse(`Ellipsis inside parenthesis in the left side is not allowed: ${t.pattern}`);
  if (t.operation === 'rearrange') {
    if ([...axesOf(left), ...axesOf(right)].some(({ size }) => size !== undefined))
      refuse('Non-unitary anonymous axes are not supported in rearrange (exception is length 1)');
    const apart = [...without(own, other), ...without(other, own)];
    if (apart.length > 0) refuse(`Identifiers only on one side of expression (should be on both): ${set(apart)}`);
  } else if (t.operation === 'repeat') {
    const lost = [...without(own, other), ...numbersOf(left)];
    if (lost.length > 0) refuse(`Unexpected identifiers on the left side of repeat: ${set(lost)}`);
    const open = without(other, [...own, ...t.lengths.keys()]);
    if (open.length > 0) refuse(`Specify sizes for new axes in repeat: ${set(open)}`);
  } else {
    if (typeof t.operation === 'string' && !REDUCTIONS.includes(t.operation))
      refuse(`Unknown reduction ${t.operation}. Expect one of (${REDUCTIONS.map((name) => `'${name}'`).join(', ')}).`);
    const made = [...without(other, own), ...numbersOf(right)];
    if (made.length > 0) refuse(`Unexpected identifiers on the right side of reduce ${nameOf(t) ?? ''}: ${set(made)}`);
  }
  for (const name of t.lengths.keys()) {
    requireName(name);
    if (!own.includes(name) && !other.includes(name)) refuse(`Axis ${name} is not used in transform`);
  }
  for (const group of left.groups) {
    const open = group.filter((axis) => !isEllipsis(axis) && axis.size === undefined && !t.lengths.has(axis.name));
    if (open.length > 1) refuse(`Could not infer sizes for ${set(open.map(({ name }) => name))}`);
  }
}

const namesOf = (side: EinopsSide): string[] => axesOf(side).flatMap((axis) => (axis.size === undefined ? [axis.name] : []));
const numbersOf = (side: EinopsSide): string[] => axesOf(side).flatMap(({ size }) => (size === undefined ? [] : [`${size}-axis`]));

/** einops' own text stands below what was being done; sets of names are printed in any order. */
function fail(ctx: Context, code: string, t: Transform, x: TensorArg | undefined, reason: string | undefined): never {
  const shape = x === undefined ? undefined : dimsOf(ctx.world.resolve(x.shape));
  const sizes = shape === undefined ? undefined : ctx.list(shape);
  const lengths = [...t.lengths].map(([name, d]) => ({ name, d: ctx.known(d) }));
  const name = nameOf(t);
  const told = reason !== undefined && name !== undefined && sizes !== undefined && !/\{.*,.*\}/.test(reason);
  const info = `{${lengths.map(({ name: key, d }) => `'${key}': ${d}`).join(', ')}}`;
  const text =
    told && lengths.every(({ d }) => d !== undefined)
      ? ` Error while processing ${name}-reduction pattern "${t.pattern}".\n Input tensor shape: torch.Size(${sizes}). Additional info: ${info}.\n ${reason}`
      : undefined;
  ctx.fail({
    code,
    exception: 'EinopsError',
    text,
    message: `"${t.pattern}": ${(reason ?? 'the shape does not fit').replace(/\n/g, ': ')}`,
    origins: [x?.origin],
  });
}

/** Whether the tensor fits the pattern, and the size of each axis. */
function sizesOf(ctx: Context, t: Transform, { left }: Sides, x: TensorArg): Map<string, Dim> {
  const open = left.ellipsis !== 'none';
  const count = left.groups.length - (open ? 1 : 0);
  if (ctx.world.limitRank(x.shape, count, open ? Number.POSITIVE_INFINITY : count).decision === 'no') {
    const rank = x.rank === undefined ? '?' : x.rank;
    fail(ctx, 'einops-shape', t, x, `Wrong shape: expected ${open ? '>=' : ''}${count} dims. Received ${rank}-dim tensor.`);
  }
  const env = new Map<string, Dim>(t.lengths);
  const at = left.groups.findIndex((group) => group.some(isEllipsis));
  left.groups.forEach((group, i) => {
    if (i === at) return;
    const length = x.someSize(at >= 0 && i > at ? i - left.groups.length : i);
    const unknown = group.find((axis) => axis.size === undefined && !env.has(axis.name));
    const known = product(group.filter((axis) => axis !== unknown).map((axis) => sizeOf(axis, env)));
    const whole = (): string => `Shape mismatch, ${ctx.spell(length)} != ${ctx.spell(known)}`;
    const parts = (): string => `Shape mismatch, can't divide axis of length ${ctx.spell(length)} in chunks of ${ctx.spell(known)}`;
    const holds = unknown === undefined ? eq(length, known) : divides(known, length);
    const decision = group.length === 1 && unknown !== undefined ? 'yes' : ctx.facts.decide(holds);
    if (decision === 'no' || (decision === 'unknown' && !ctx.facts.assume(holds)))
      fail(ctx, 'einops-shape', t, x, unknown === undefined ? whole() : parts());
    if (unknown !== undefined) env.set(unknown.name, named(ctx, unknown.name, group.length === 1 ? length : floorDiv(length, known)));
  });
  return env;
}

/** A size without a name takes that of its axis. */
function named(ctx: Context, name: string, size: Dim): Dim {
  const now = ctx.facts.simplify(size);
  if (spell(now) !== '?') return now;
  const own = symbol(name, { least: 0 });
  return ctx.facts.assume(eq(now, own)) ? own : now;
}

const sizeOf = (axis: EinopsAxis, env: ReadonlyMap<string, Dim>): Dim =>
  axis.size === undefined ? (env.get(axis.name) ?? constant(1)) : constant(axis.size);

/** The tensor that the pattern makes of `x`. */
export function applyTransform(ctx: Context, t: Transform, sides: Sides, x: TensorArg): Out | Value {
  const env = sizesOf(ctx, t, sides, x);
  const dims = dimsOf(ctx.world.resolve(x.shape));
  return dims === undefined ? shaped(ctx, sides, env, x) : composed(ctx, t, sides, env, x, dims);
}

/** The result's shape where the number of sizes that the ellipsis stands for is not known. */
function shaped(ctx: Context, { left, right }: Sides, env: ReadonlyMap<string, Dim>, x: TensorArg): Out {
  const at = left.groups.findIndex((group) => group.some(isEllipsis));
  const hidden = withoutLast(withoutFirst(ctx.world.resolve(x.shape), at), left.groups.length - at - 1);
  let shape: Shape = shapeOf([]);
  for (const group of right.groups) {
    const part =
      group.length === 1 && group.some(isEllipsis)
        ? right.ellipsis === 'plain'
          ? hidden
          : shapeOf([ctx.world.freshSize()])
        : shapeOf([group.some(isEllipsis) ? ctx.world.freshSize() : product(group.map((axis) => sizeOf(axis, env)))]);
    shape = concatenate(shape, part);
  }
  return tensorOut(shape, undefined, { layout: 'unknown' });
}

/** The result as einops makes it: reshape, permute, reduce, expand, reshape. */
function composed(ctx: Context, t: Transform, { left, right }: Sides, env: Map<string, Dim>, x: TensorArg, dims: readonly Dim[]): Value {
  const at = left.groups.findIndex((group) => group.some(isEllipsis));
  const count = dims.length - left.groups.length + 1;
  const hidden: EinopsAxis[] = at < 0 ? [] : dims.slice(at, at + count).map((_, i) => ({ name: `${'…'}${i}`, size: undefined }));
  for (const [i, axis] of hidden.entries()) env.set(axis.name, dims[at + i] as Dim);
  const spread = (group: readonly EinopsAxis[]): EinopsAxis[] => group.flatMap((axis) => (isEllipsis(axis) ? hidden : [axis]));
  const before = left.groups.flatMap((group) => spread(group));
  const groups = right.groups.flatMap((group) => {
    const isPlain = group.length === 1 && group.some(isEllipsis) && right.ellipsis === 'plain';
    return isPlain ? hidden.map((axis) => [axis]) : [spread(group)];
  });
  const after = groups.flat();
  const position = (axis: EinopsAxis): number => before.findIndex(({ name, size }) => name === axis.name && size === axis.size);
  const kept = after.map(position).filter((i) => i >= 0);
  const reduced = before.flatMap((_, i) => (kept.includes(i) ? [] : [i]));
  const lengths = (axes: readonly EinopsAxis[]): Dim[] => axes.map((axis) => sizeOf(axis, env));
  let y: Value = x.object;
  const call = (name: string, ...args: readonly Value[]): void => {
    y = ctx.interp.call(ctx.interp.getAttr(y, name), args, new Map(), ctx.node);
  };
  const sizes = (of: readonly Dim[]): Value => ctx.interp.tuple(of.map((dim) => ({ kind: 'int', dim })));
  const numbers = (of: readonly number[]): Value => ctx.interp.tuple(of.map((n) => ctx.interp.int(n)));
  const order = [...kept, ...reduced];
  if (before.length !== dims.length || left.groups.some((group) => group.length !== 1)) call('reshape', sizes(lengths(before)));
  if (order.some((from, i) => from !== i)) call('permute', numbers(order));
  const last = reduced.map((_, i) => kept.length + i);
  if (last.length > 0) {
    if (typeof t.operation !== 'string') y = ctx.interp.call(t.operation, [y, numbers(last)], new Map(), ctx.node);
    else if (t.operation === 'sum' || t.operation === 'mean') call(t.operation, numbers(last));
    else if (t.operation === 'min' || t.operation === 'max') call(`a${t.operation}`, numbers(last));
    else for (const dim of [...last].reverse()) call(t.operation, ctx.interp.int(dim));
  }
  const fresh = after.flatMap((axis, i) => (position(axis) < 0 ? [i] : []));
  for (const i of fresh) call('unsqueeze', ctx.interp.int(i));
  if (fresh.length > 0) call('expand', sizes(after.map((axis, i) => (fresh.includes(i) ? sizeOf(axis, env) : constant(-1)))));
  if (groups.some((group) => group.length !== 1)) call('reshape', sizes(groups.map((group) => lengths(group).reduce(mul, constant(1)))));
  return y;
}
