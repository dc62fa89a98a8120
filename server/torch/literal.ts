/**
 * Defaults in signatures, which are Python literals: None, True, numbers, strings, tuples of them, and dtype names.
 */
import type { Interpreter } from '../python/interpreter.ts';
import type { Value } from '../python/values.ts';
import { stateOf } from './state.ts';

/** The value of a literal as it is spelled in a signature. */
export function literal(interp: Interpreter, text: string): Value {
  if (text === 'None') return interp.none;
  if (text === 'True' || text === 'False') return interp.bool(text === 'True');
  if (/^-?\d+$/.test(text)) return interp.int(Number(text));
  if (/^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return interp.float(Number(text));
  if (text === 'inf') return interp.float(Number.POSITIVE_INFINITY);
  const quoted = /^(["'])(.*)\1$/s.exec(text);
  if (quoted !== null) return interp.str(quoted[2] as string);
  if (text.startsWith('(') && text.endsWith(')')) {
    const inner = text.slice(1, -1).trim();
    return interp.tuple(
      inner === ''
        ? []
        : inner
            .split(',')
            .filter((s) => s.trim() !== '')
            .map((s) => literal(interp, s.trim())),
    );
  }
  if (text.startsWith('torch.')) return stateOf(interp).dtypes.get(text.slice(6)) ?? interp.unknown(text);
  throw new Error(`no literal: ${text}`);
}
