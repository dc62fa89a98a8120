/**
 * What PyTorch's Python code hands on to its native functions: their argument parser has the last word on each type.
 */
import type { Value } from '../python/values.ts';
import type { Arguments } from './arguments.ts';
import { bindNative } from './binding.ts';
import type { Context } from './context.ts';
import { literal } from './literal.ts';
import { parseSignature } from './signature.ts';

/**
 * Raises as the parser of `signature` does for the arguments of these names: `name(): argument 'p' (position 3) must be …`.
 * `renamed` gives values that the caller has under another name; a parameter the caller does not have has its default.
 */
export function passOn(
  ctx: Context,
  a: Arguments,
  signature: string | readonly string[],
  renamed: Readonly<Record<string, Value>> = {},
): void {
  const natives = (typeof signature === 'string' ? [signature] : signature).map(parseSignature);
  const positional: Value[] = [];
  const keywords = new Map<string, Value>();
  for (const p of natives[0]?.params ?? []) {
    const value = renamed[p.name] ?? (a.exists(p.name) ? a.value(p.name) : literal(ctx.interp, p.default as string));
    if (p.keywordOnly) keywords.set(p.name, value);
    else positional.push(value);
  }
  bindNative(ctx.interp, natives, positional, keywords);
}
