/**
 * Shapes as people write them in comments and documentation: `(B, T, 2*D)`, `[batch, seq_len]`, `B x T x D`. Tells what can
 * be a shape from what is prose; knows no values.
 */
import type { Axis } from './axis-string.ts';
import { parseExpression } from './pattern.ts';

export interface WrittenShape {
  /** Where it stands in the text; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  readonly axes: readonly Axis[];
}

/** Types and options that stand in brackets where documentation speaks of parameters. */
const NO_SIZES: ReadonlySet<string> = new Set(
  `optional Tensor Optional default required str int float bool list tuple dict None True False self cls or and if else not
  see eg ie etc LongTensor FloatTensor ndarray array Union List Tuple Callable shape args kwargs inclusive exclusive in of
  min max mean std sum loss key value`.split(/\s+/),
);

/** All that can be a shape in brackets: two sizes or more, or one with a comma after it. */
export function shapesIn(text: string): readonly WrittenShape[] {
  const found: WrittenShape[] = [];
  const brackets = /[([]/g;
  for (let match = brackets.exec(text); match !== null; match = brackets.exec(text)) {
    const end = closing(text, match.index);
    if (end === undefined) continue;
    const before = text[match.index - 1];
    const inner = text.slice(match.index + 1, end);
    // `view(B, T)`, `x[0, 1]`, `)[1, 2]`: code.
    const glued = before !== undefined && /[\w\])'"`}]/.test(before) && !/(?:^|[^\w])(?:shape|size)$/.test(text.slice(0, match.index));
    const axes = glued ? undefined : sizesOf(inner, match[0] === '(');
    if (axes === undefined) {
      // `(batch, time, [channels])`: the last one may be left out.
      if (/^\s*\w+\s*,[\w\s,]*\[[\w\s,]+\]\s*$/.test(inner)) brackets.lastIndex = end + 1;
      continue;
    }
    found.push({ start: match.index, end: end + 1, axes });
    brackets.lastIndex = end + 1;
  }
  return found;
}

function closing(text: string, open: number): number | undefined {
  let depth = 0;
  for (let i = open; i < text.length && i < open + 120; i++) {
    const c = text[i];
    if (c === '(' || c === '[') depth++;
    else if (c === ')' || c === ']') {
      // `[0, 1)` is a range.
      if (--depth === 0) return (c === ')') === (text[open] === '(') ? i : undefined;
    } else if (c === '\n') return undefined;
  }
  return undefined;
}

/** The sizes between two brackets; `[B]` is a shape, `(B)` is a word in brackets. */
function sizesOf(inner: string, round: boolean): readonly Axis[] | undefined {
  const parts = split(inner);
  const trailing = parts.length > 1 && parts[parts.length - 1] === '';
  if (trailing) parts.pop();
  if (parts.length === 0 || parts.length > 7 || (parts.length === 1 && round && !trailing)) return undefined;
  // `[B*T*H]` may be three sizes or their product.
  if (parts.length === 1 && /^\w+(?:\s*\*\s*\w+)+$/.test(parts[0] as string)) return undefined;
  // `[NCHW]` is four sizes, `[BT]` two or one.
  if (parts.length === 1 && !trailing && RUN_TOGETHER.test(parts[0] as string)) return undefined;
  const axes: Axis[] = [];
  for (const part of parts) {
    const axis = sizeOf(part);
    if (axis === undefined) return undefined;
    axes.push(axis);
  }
  return axes.filter(({ kind }) => kind === 'run').length > 1 ? undefined : axes;
}

/** Letters of which some are capitals, as no name of one size is spelled. */
const RUN_TOGETHER = /^(?![A-Z][a-z]{2,}$)(?=\w*[A-Z])[A-Za-z]{2}[A-Za-z\d]*$/;

function split(inner: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < inner.length; i++) {
    const c = inner[i];
    if (c === '(' || c === '[') depth++;
    else if (c === ')' || c === ']') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(inner.slice(from, i).trim());
      from = i + 1;
    }
  }
  parts.push(inner.slice(from).trim());
  return parts;
}

function sizeOf(part: string): Axis | undefined {
  if (part === '...' || part === '…' || part === '*') return { kind: 'run', name: undefined, broadcasts: false, varies: false };
  if (part === '?' || part === '_' || part === '-1' || part === ':') return { kind: 'any' };
  if (/^\d+$/.test(part)) return { kind: 'fixed', size: Number(part), broadcasts: false };
  if (/^[A-Za-z_]\w*$/.test(part)) {
    if (NO_SIZES.has(part)) return undefined;
    return { kind: 'name', name: part, broadcasts: false, varies: false };
  }
  // Arithmetic of names: `2*D`, `T + 1`, `H // 2`, `self.dim`.
  if (!/^[\w\s.+\-*/()%]+$/.test(part) || /[A-Za-z_]\w*\s+[A-Za-z_]/.test(part)) return undefined;
  // Neither a fraction nor a negative number is a size.
  if (/^-\d+$/.test(part)) return undefined;
  if (/^[\d./\s]+$/.test(part) || /\d\.|\.\d/.test(part)) return undefined;
  if (/(?:^|[^/])\/(?:[^/]|$)|-[A-Za-z]\w*$/.test(part)) return /^[\w\s]+[-/][\w\s]+$/.test(part) ? { kind: 'any' } : undefined;
  const value = parseExpression(part);
  return value === undefined ? undefined : { kind: 'symbolic', text: part, value, broadcasts: false };
}

/** `B x T x D` at the start of a text: names of one or two capitals, or numbers, at least one of them a name. */
export function crossedShape(text: string): WrittenShape | undefined {
  const match = /^(\s*(?:shape:?\s*)?)((?:[A-Za-z_]\w*|\d+)(?:\s+[x×]\s+(?:[A-Za-z_]\w*|\d+))+)\s*(?=$|[.;])/.exec(text);
  if (match === null) return undefined;
  const parts = (match[2] as string).split(/\s+[x×]\s+/);
  const axes: Axis[] = parts.map((part) =>
    /^\d+$/.test(part)
      ? { kind: 'fixed', size: Number(part), broadcasts: false }
      : { kind: 'name', name: part, broadcasts: false, varies: false },
  );
  if (!axes.some(({ kind }) => kind === 'name') || parts.some((part) => NO_SIZES.has(part))) return undefined;
  const start = (match[1] as string).length;
  return { start, end: start + (match[2] as string).length, axes };
}
