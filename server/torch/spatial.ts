/**
 * Shapes with space dimensions at their end: putting others in their place where the rank in front is not known, and the
 * arguments that give one number for each of them.
 */
import type { Dim } from '../dims/dim.ts';
import type { Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { concatenate, shapeOf, withoutLast } from '../shapes/shape.ts';
import type { TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { fitsIndex, sequenceContent } from './types.ts';

/** `[*, last count sizes] -> [*, ...dims]`. */
export function replaceLast(ctx: Context, x: TensorArg, count: number, dims: readonly Dim[]): Shape {
  for (let i = 1; i <= count; i++) x.size(-i);
  const now = ctx.world.resolve(x.shape);
  return concatenate(withoutLast(now, count), shapeOf(dims));
}

/** The last sizes, where all of them can be told. */
export function lastSizes(x: TensorArg, count: number): readonly Dim[] | undefined {
  const dims = Array.from({ length: count }, (_, i) => x.size(i - count));
  return dims.includes(undefined) ? undefined : (dims as Dim[]);
}

/** Raises TypeError, as the argument parser of the native function does, for what is no integer and no list of them. */
export function requireInts(ctx: Context, call: string, given: Value, name: string, position: number, single = true): void {
  const value = ctx.interp.resolve(given);
  if (value.kind === 'unknown' || value.kind === 'choice') return;
  const fail = (text: string): never =>
    ctx.fail({ code: 'call-arguments', exception: 'TypeError', message: `${ctx.name}: \`${name}\` is no list of integers`, text });
  const content = sequenceContent(value);
  const where = `${call}(): argument '${name}' (position ${position})`;
  if (content === undefined) {
    if (single && fitsIndex(ctx.interp, value) !== 'no') return;
    fail(`${where} must be tuple of ints, not ${ctx.interp.typeName(value)}`);
    return;
  }
  for (const [i, item] of content.items.entries()) {
    const element = ctx.interp.resolve(item);
    if (fitsIndex(ctx.interp, element) !== 'no') continue;
    const type = ctx.interp.typeName(element);
    fail(
      i === 0
        ? `${where} must be tuple of ints, but found element of type ${type} at pos 0`
        : `${call}(): argument '${name}' failed to unpack the object at pos ${i + 1} with error "type must be tuple of ints,but got ${type}"`,
    );
  }
}
