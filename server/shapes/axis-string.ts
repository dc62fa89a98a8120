/**
 * The axes that jaxtyping reads in a string: `"b *heads t 2*d"`. Its grammar, the texts of its errors (jaxtyping 0.3), and
 * what is accepted although it says something else than was meant. Knows no values.
 */
import type { Expression } from './pattern.ts';
import { parseExpression } from './pattern.ts';

export type Axis =
  | { readonly kind: 'fixed'; readonly size: number; readonly broadcasts: boolean }
  | { readonly kind: 'name'; readonly name: string; readonly broadcasts: boolean; readonly varies: boolean }
  /** `b+1`, `{self.h}*2`; without a value where it is more than the notation can say. */
  | { readonly kind: 'symbolic'; readonly text: string; readonly value: Expression | undefined; readonly broadcasts: boolean }
  | { readonly kind: 'any' }
  /** Any number of sizes; all of them where there is no name. */
  | { readonly kind: 'run'; readonly name: string | undefined; readonly broadcasts: boolean; readonly varies: boolean };

export interface AxisString {
  readonly axes: readonly Axis[];
  /** The text of the exception that the definition raises. */
  readonly error?: string;
  /** What is accepted and hardly meant. */
  readonly traps: readonly string[];
}

class AxisError extends Error {}

const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const INTEGER = /^[+-]?\d+(?:_\d+)*$/;
/** What stands in front of the path of an argument, `{self.h}`: no name of an axis has it. */
export const ARGUMENT = 'argument.';

const known = new Map<string, AxisString>();

/** The same text gives the same axes. */
export function parseAxes(text: string): AxisString {
  let read = known.get(text);
  if (read === undefined) known.set(text, (read = readAxes(text)));
  return read;
}

function readAxes(text: string): AxisString {
  const axes: Axis[] = [];
  const traps: string[] = [];
  const words = text.split(/\s+/).filter((word) => word !== '');
  try {
    for (const word of words) {
      const axis = readAxis(word, traps);
      if (axis.kind === 'run' && axes.some(({ kind }) => kind === 'run'))
        throw new AxisError('Cannot use variadic specifiers (`*name` or `...`) more than once.');
      axes.push(axis);
    }
  } catch (error) {
    if (error instanceof AxisError) return { axes, error: error.message, traps };
    throw error;
  }
  const sign = words.findIndex((word, i) => i > 0 && i < words.length - 1 && /^[-+*/%]{1,2}$/.test(word));
  if (sign > 0)
    traps.unshift(`\`${words.slice(sign - 1, sign + 2).join(' ')}\` is three axes: what belongs to one axis is written without spaces`);
  return { axes, traps };
}

function readAxis(word: string, traps: string[]): Axis {
  if (word.includes(',') && !word.includes('(')) throw new AxisError('Axes should be separated with spaces, not commas');
  if (word.endsWith('#')) {
    throw new AxisError('As of jaxtyping v0.1.0, broadcastable axes are now denoted with a # at the start, rather than at the end');
  }
  if (word.includes('...')) {
    if (word !== '...') throw new AxisError(`Anonymous multiple axes '...' must be used on its own; got ${word}`);
    return { kind: 'run', name: undefined, broadcasts: false, varies: false };
  }
  const seen = { '#': false, '*': false, _: false, '?': false };
  let rest = word;
  for (;;) {
    const first = rest[0];
    if (first === '#' || first === '*' || first === '_' || first === '?') {
      if (seen[first]) throw new AxisError(TWICE[first]);
      seen[first] = true;
      rest = rest.slice(1);
    } else if (rest.split('=').length === 2) rest = rest.slice(rest.indexOf('=') + 1);
    else break;
  }
  const { '#': broadcasts, '*': variadic, _: anonymous, '?': varies } = seen;
  if (rest === '' || IDENTIFIER.test(rest)) {
    if (anonymous) {
      if (broadcasts) throw new AxisError('Cannot have an axis be both anonymous and broadcastable, e.g. `#_` is not allowed.');
      return variadic ? { kind: 'run', name: undefined, broadcasts: false, varies: false } : { kind: 'any' };
    }
    if (rest === '') traps.push(`\`${word}\` is an axis whose name is empty`);
    return variadic ? { kind: 'run', name: rest, broadcasts, varies } : { kind: 'name', name: rest, broadcasts, varies };
  }
  if (INTEGER.test(rest)) {
    if (variadic) throw new AxisError('Cannot have a fixed axis bind to multiple axes, e.g. `*4` is not allowed.');
    if (anonymous) throw new AxisError('Cannot have a fixed axis be anonymous, e.g. `_4` is not allowed.');
    if (varies) throw new AxisError('Cannot have a fixed axis have tree-path dependence, e.g. `?4` is not allowed.');
    const size = Number(rest.replaceAll('_', ''));
    if (size < 0) traps.push(`\`${word}\` is the size ${size}, which no axis has; any size is \`_\``);
    return { kind: 'fixed', size, broadcasts };
  }
  if (anonymous) throw new AxisError('Cannot have a symbolic axis be anonymous, e.g. `_foo+bar` is not allowed');
  if (variadic) throw new AxisError('Cannot have symbolic multiple-axes, e.g. `*foo+bar` is not allowed');
  if (varies) throw new AxisError('Cannot have a symbolic axis with tree-path dependence, e.g. `?foo+bar` is not allowed');
  if (/^[\p{L}_]\w*(?:\.\w+)+$/u.test(rest)) traps.push(`\`${word}\` is an expression, an attribute of the size \`${rest.split('.')[0]}\``);
  return { kind: 'symbolic', text: rest, value: symbolic(rest), broadcasts };
}

const TWICE = {
  '#': 'Do not use # twice to denote broadcastability, e.g. `##foo` is not allowed',
  '*': 'Do not use * twice to denote accepting multiple axes, e.g. `**foo` is not allowed',
  _: 'Do not use _ twice to denote anonymity, e.g. `__foo` is not allowed',
  '?': 'Do not use ? twice to denote dependence on location within a PyTree, e.g. `??foo` is not allowed',
} as const;

/** `{self.h}` is the value of an argument; everything else that is not arithmetic stays unread. */
function symbolic(text: string): Expression | undefined {
  const marked = text.replace(/\{\s*([\p{L}_][\p{L}\p{N}_.]*)\s*\}/gu, `${ARGUMENT}$1`);
  return parseExpression(marked);
}

/** An axis as it would be written. */
export function spellAxis(axis: Axis): string {
  switch (axis.kind) {
    case 'fixed':
      return `${axis.broadcasts ? '#' : ''}${axis.size}`;
    case 'name':
      return `${axis.varies ? '?' : ''}${axis.broadcasts ? '#' : ''}${axis.name}`;
    case 'symbolic':
      return `${axis.broadcasts ? '#' : ''}${axis.text}`;
    case 'any':
      return '_';
    case 'run':
      return axis.name === undefined ? '...' : `*${axis.broadcasts ? '#' : ''}${axis.name}`;
  }
}
