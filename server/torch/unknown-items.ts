/**
 * Subscripts of a value of which nothing is known but perhaps its sizes: `x[:, -1]` says that it has at least two, and what is
 * left has one less. The result stays as unknown as the value: it may be an array of another library. Raises nothing.
 */
import { PyError } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { UnknownValue, Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { unknownShape } from '../shapes/shape.ts';
import { TensorArg } from './arguments.ts';
import { Context, SHAPE_NOTE } from './context.ts';
import { left, plan } from './indexing.ts';
import { readSubscript } from './subscript.ts';
import { TensorPayload } from './tensor.ts';

/** An item of an unknown value, with the sizes it would have as a tensor; undefined where the subscript says nothing of sizes. */
export function unknownItem(interp: Interpreter, unknown: UnknownValue, given: Value): Value | undefined {
  const index = interp.resolve(given);
  const noted = unknown.notes.get(SHAPE_NOTE) as Shape | undefined;
  if (!speaksOfSizes(interp, index, noted !== undefined)) return undefined;
  const shape = noted ?? unknownShape(unknown.name);
  const ctx = new Context(interp, 'index', undefined);
  const stand = new TensorArg(
    ctx,
    interp.object(ctx.state.classes.tensor, new TensorPayload({ shape, dtype: undefined, layout: 'unknown' })),
    'index',
  );
  try {
    const read = readSubscript(ctx, index);
    const made = read === undefined ? undefined : plan(ctx, stand, read);
    if (made === undefined || made.advanced) return undefined;
    unknown.notes.set(SHAPE_NOTE, shape);
    const item = interp.unknown(undefined, unknown.origin);
    item.notes.set(SHAPE_NOTE, left(made));
    return item;
  } catch (problem) {
    if (problem instanceof PyError) return undefined;
    throw problem;
  }
}

/** A slice among several subscripts is array code; a number or a single slice may belong to a list, if no sizes are known. */
function speaksOfSizes(interp: Interpreter, index: Value, noted: boolean): boolean {
  if (index.kind !== 'tuple')
    return noted && (index.kind === 'int' || index.kind === 'slice' || index.kind === 'ellipsis' || index.kind === 'none');
  const kinds = index.items.map((item) => interp.resolve(item).kind);
  const plain = kinds.every((kind) => ['int', 'slice', 'ellipsis', 'none'].includes(kind));
  return plain && (noted || kinds.some((kind) => kind === 'slice' || kind === 'ellipsis'));
}
