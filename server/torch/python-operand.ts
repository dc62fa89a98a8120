/**
 * Python operators inside PyTorch's own Python code: what they say of values that are no numbers.
 */
import type { Value } from '../python/values.ts';
import type { Context } from './context.ts';
import { payloadOf } from './tensor.ts';
import { typeNameOf } from './types.ts';

const NUMBERS: ReadonlySet<string> = new Set(['int', 'float', 'bool']);
const COMPARISONS: ReadonlySet<string> = new Set(['<', '<=', '>', '>=']);

const open = (v: Value): boolean =>
  v.kind === 'unknown' || v.kind === 'choice' || payloadOf(v) !== undefined || (v.kind === 'object' && v.cls.mro.some((c) => c.open));

/** Raises the TypeError of `left op right` where one of them is known to be no number. */
export function requireOperands(ctx: Context, op: '<' | '<=' | '>' | '>=' | '%' | '//' | '-', left: Value, right: Value): void {
  const [a, b] = [ctx.interp.resolve(left), ctx.interp.resolve(right)];
  if (open(a) || open(b) || (NUMBERS.has(a.kind) && NUMBERS.has(b.kind))) return;
  const [x, y] = [a, b].map((v) => `'${typeNameOf(ctx.interp, v)}'`) as [string, string];
  ctx.fail({
    code: 'call-arguments',
    exception: 'TypeError',
    message: `${ctx.name}: ${x} and ${y} have no operator \`${op}\``,
    text: COMPARISONS.has(op)
      ? `'${op}' not supported between instances of ${x} and ${y}`
      : a.kind === 'str' && op === '%'
        ? 'not all arguments converted during string formatting'
        : `unsupported operand type(s) for ${op}: ${x} and ${y}`,
  });
}
