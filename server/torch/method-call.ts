/**
 * Methods called from inside a rule: operations that PyTorch writes in terms of others are written so here too, and have
 * their shapes, numbers and gradients from those.
 */
import type { ObjectValue, Value } from '../python/values.ts';
import type { Context } from './context.ts';

/** `value.name(*args)` */
export function callMethod(ctx: Context, value: Value, name: string, ...args: readonly Value[]): ObjectValue {
  const { interp } = ctx;
  return interp.resolve(interp.call(interp.getAttr(value, name), args, new Map(), ctx.node)) as ObjectValue;
}
