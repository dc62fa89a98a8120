/**
 * The text of PyTorch's "received an invalid combination of arguments", character by character: it compares type names
 * with the printed signatures, so a parameter with a default never matches there, and the text says so.
 */
import type { Interpreter } from '../python/interpreter.ts';
import type { Value } from '../python/values.ts';
import type { Signature } from './signature.ts';
import { sequenceContent, typeNameOf } from './types.ts';

type Keywords = ReadonlyMap<string, Value>;

interface Option {
  readonly printed: string;
  readonly arguments: readonly { readonly name: string; readonly type: string }[];
}

export function invalidCombination(interp: Interpreter, overloads: readonly Signature[], args: readonly Value[], kwargs: Keywords): string {
  const name = (overloads[0] as Signature).name;
  const keywords = [...kwargs].reverse();
  let text = `${name}() received an invalid combination of arguments - `;
  const options = overloads.map((s) => readOption(s.text));
  if (options.length === 1) {
    const option = options[0] as Option;
    const strangers = unmatchedKeywords(option, keywords);
    if (strangers.length > 0) return `${text}got unrecognized keyword arguments: ${strangers.join(', ')}`;
    text += `got ${countMatches(option, args, keywords) ? detailed(interp, option, args, kwargs) : plain(interp, args, keywords)}`;
    return `${text}, but expected ${option.printed}`;
  }
  text += `got ${plain(interp, args, keywords)}, but expected one of:\n`;
  for (const option of options) {
    text += ` * ${option.printed}\n`;
    if (!countMatches(option, args, keywords)) continue;
    const strangers = unmatchedKeywords(option, keywords);
    text +=
      strangers.length > 0
        ? `      didn't match because some of the keywords were incorrect: ${strangers.join(', ')}\n`
        : `      didn't match because some of the arguments have invalid types: ${detailed(interp, option, args, kwargs)}\n`;
  }
  return text;
}

/** `(Tensor input, *, int dim = 1)` cut at the commas; name and type at each piece's last blank, as PyTorch cuts them. */
function readOption(printed: string): Option {
  const pieces = printed.slice(1, -1).split(', ');
  return {
    printed,
    arguments: pieces.map((piece) => {
      const at = piece.lastIndexOf(' ');
      return { name: piece.slice(at + 1), type: at < 0 ? piece : piece.slice(0, at) };
    }),
  };
}

function countMatches(option: Option, args: readonly Value[], keywords: readonly (readonly [string, Value])[]): boolean {
  return args.length + keywords.length === option.arguments.length;
}

function unmatchedKeywords(option: Option, keywords: readonly (readonly [string, Value])[]): string[] {
  const from = Math.max(0, option.arguments.length - keywords.length);
  const names = new Set(option.arguments.slice(from).map((a) => a.name));
  return keywords.map(([key]) => key).filter((key) => !names.has(key));
}

function plain(interp: Interpreter, args: readonly Value[], keywords: readonly (readonly [string, Value])[]): string {
  const parts = args.map((a) => typeNameOf(interp, a));
  for (const [key, value] of keywords) parts.push(`${key}=${typeNameOf(interp, value)}`);
  return `(${parts.join(', ')}${args.length === 0 && parts.length > 0 ? ', ' : ''})`;
}

function detailed(interp: Interpreter, option: Option, args: readonly Value[], kwargs: Keywords): string {
  const parts: string[] = [];
  const count = args.length + kwargs.size;
  for (let i = 0; i < count; i++) {
    const expected = option.arguments[i];
    const keyword = i >= args.length ? expected?.name : undefined;
    const value = i < args.length ? args[i] : keyword === undefined ? undefined : kwargs.get(keyword);
    if (value === undefined) continue;
    const type = typeNameOf(interp, value);
    const matches = expected !== undefined && (expected.type === type || (expected.type === 'float' && type === 'int'));
    const described = (keyword === undefined ? '' : `${keyword}=`) + describe(interp, value);
    parts.push(matches ? described : `!${described}!`);
  }
  return `(${parts.join(', ')}${args.length === 0 && parts.length > 0 ? ', ' : ''})`;
}

/** Sequences with the types of their elements. */
function describe(interp: Interpreter, given: Value): string {
  const value = interp.resolve(given);
  const type = typeNameOf(interp, value);
  const content = sequenceContent(value);
  if (content === undefined || (type !== 'tuple' && type !== 'list')) return type;
  const inner = content.items.map((item) => describe(interp, item)).join(', ');
  if (type === 'list') return `list of [${inner}]`;
  return `tuple of (${inner}${content.items.length === 1 ? ',' : ''})`;
}
