/**
 * Shape comments: which comment speaks of a statement, and what shape it claims. Reads text only; prose is no claim.
 */
import { indexAt } from '../python/starts.ts';
import type { Comment, Expression, SourceFile, Statement } from '../python/syntax.ts';
import type { Axis } from '../shapes/axis-string.ts';
import { crossedShape, shapesIn } from '../shapes/written-shape.ts';

export interface CommentClaim {
  readonly axes: readonly Axis[];
  /** As it is written. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** The value that it speaks of, where it says the name. */
  readonly name: string | undefined;
  /** Says that it is a shape, or stands behind the statement: what contradicts it is worth a word. */
  readonly certain: boolean;
}

/** The claim of the comment behind a statement, or of the one line above it that is nothing but a shape. */
export function claimOf(source: SourceFile, node: Statement): CommentClaim | undefined {
  const at = firstFrom(source.comments, node.end);
  const behind = source.comments[at];
  if (behind !== undefined && /^[ \t;]*$/.test(source.text.slice(node.end, behind.start))) return readComment(behind, true);
  const above = source.comments[firstFrom(source.comments, node.start) - 1];
  if (above === undefined || !/^[ \t]*\r?\n[ \t]*$/.test(source.text.slice(above.end, node.start))) return undefined;
  const lineStart = source.text.lastIndexOf('\n', above.start - 1) + 1;
  return source.text.slice(lineStart, above.start).trim() === '' ? readComment(above, false) : undefined;
}

/** The number of the first comment that starts at an offset or behind it. */
function firstFrom(comments: readonly Comment[], offset: number): number {
  return indexAt(comments, offset - 1) + 1;
}

const HEAD =
  /^#+\s*(?:(?<name>[A-Za-z_]\w*)\s*(?::|=(?!>))\s*|(?<shape>(?:[Oo]utput\s+)?[Ss]hapes?\s*(?::|=(?!>)|is)?\s*)|(?<arrow>-+>|=>|→)\s*)?$/;

function readComment(comment: Comment, behind: boolean): CommentClaim | undefined {
  const { text } = comment;
  const body = text.replace(/^#+\s*/, '');
  const offset = text.length - body.length;
  const crossed = crossedShape(body);
  if (crossed !== undefined && body.slice(crossed.end).trim() === '') {
    const { start, end } = crossed;
    return made(comment, crossed.axes, start + offset, end + offset, undefined, behind || /shape/.test(body));
  }
  const shapes = shapesIn(text);
  const arrow = Math.max(...['->', '=>', '→'].map((sign) => text.lastIndexOf(sign)));
  if (arrow > 0 && shapes.some((shape) => shape.end <= arrow)) {
    // What stands on the right is the result; one shape on the right, and shapes on the left.
    const right = shapes.filter((shape) => shape.start > arrow);
    const [result] = right;
    if (right.length !== 1 || result === undefined || !/^(?:->|=>|→)\s*$/.test(text.slice(arrow, result.start))) return undefined;
    if (!/^\W*(?:\w+\W*)?$/.test(text.slice(result.end))) return undefined;
    // Above a statement, words between the shapes tell of what is to come.
    const words = shapes
      .reduce((left, { start, end }) => left.slice(0, start) + ' '.repeat(end - start) + left.slice(end), text)
      .slice(0, arrow);
    return made(comment, result.axes, result.start, result.end, undefined, behind || !/[A-Za-z]{2}/.test(words));
  }
  const [shape] = shapes;
  if (shape === undefined || shapes.length > 1) return undefined;
  const head = HEAD.exec(text.slice(0, shape.start));
  if (head === null) return undefined;
  const { name, shape: word } = head.groups ?? {};
  const named = name !== undefined && !/^[Ss]hapes?$/.test(name) ? name : undefined;
  const rest = text.slice(shape.end).trim();
  // `(B, T) or …`, `(x, y) coordinates`: what follows is at most a few words, and none that offers another shape.
  if (!behind && rest !== '' && rest !== '.') return undefined;
  // `(1, 1) must be 1`: a sentence about something else.
  if (/^(?:must|should|has|have|is|are|was|will|can(?:not)?|may|needs?|means?|because|since)\b/.test(rest)) return undefined;
  if (/^(?:or\b|[/|x×+*@=<>]|and\b|if\b|when\b|except\b|in\b|,)/.test(rest) || rest.split(/\s+/).length > 8) return undefined;
  if (isContent(shape.axes)) return undefined;
  const said = word !== undefined || (name !== undefined && named === undefined);
  const numbers = shape.axes.every(({ kind }) => kind === 'fixed');
  if (numbers && !said) {
    const sizes = shape.axes.map((axis) => (axis.kind === 'fixed' ? axis.size : 0));
    // A pair of numbers is as likely a range.
    if (sizes.includes(0) || (text[shape.start] === '[' && sizes.length < 3)) return undefined;
  }
  return made(comment, shape.axes, shape.start, shape.end, named, behind || said);
}

const COORDINATE = /^(?:[xyzwh]\d?|[xyzwh]_?(?:min|max|c|\d)|c[xy])$/i;

/** `[x0, y0, x1, y1]`, `(0, h_0*w_0, …)`: what is in it. */
function isContent(axes: readonly Axis[]): boolean {
  if (axes.length < 3) return false;
  if (axes.every((axis) => axis.kind === 'name' && COORDINATE.test(axis.name))) return true;
  return axes[0]?.kind === 'fixed' && axes[0].size === 0 && axes.some(({ kind }) => kind === 'symbolic');
}

function made(
  comment: Comment,
  axes: readonly Axis[],
  start: number,
  end: number,
  name: string | undefined,
  certain: boolean,
): CommentClaim {
  return { axes, text: comment.text.slice(start, end), start: comment.start + start, end: comment.start + end, name, certain };
}

/** The one name or attribute that a target binds, where it binds one; `_` is none. */
export function soleTarget(targets: readonly Expression[], name: string | undefined): Expression | undefined {
  const found: Expression[] = [];
  const add = (node: Expression): void => {
    if (node.kind === 'Name') {
      if (node.name !== '_' && node.name !== '__') found.push(node);
    } else if (node.kind === 'Attribute') found.push(node);
    else if (node.kind === 'Tuple' || node.kind === 'List') for (const item of node.items) add(item);
    else if (node.kind === 'Starred') add(node.value);
    else found.push(node);
  };
  for (const target of targets) add(target);
  if (name !== undefined) {
    const own = found.filter((node) => (node.kind === 'Name' || node.kind === 'Attribute') && node.name === name);
    return own.length === 1 ? own[0] : undefined;
  }
  const [only] = found;
  return found.length === 1 && (only?.kind === 'Name' || only?.kind === 'Attribute') ? only : undefined;
}
