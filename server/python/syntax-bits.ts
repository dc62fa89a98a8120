/**
 * Regroups chains of `&`, `^` and `|` as Python does; the grammar binds `^` tighter than `&`, and unions of types from the right.
 * Owns the order of these three operators only.
 */

import type { Binary, BinaryOperator, Expression, Span } from './syntax.ts';
import type { SyntaxReader } from './syntax-reader.ts';

interface Operand {
  readonly value: Expression;
  /** Where it stands, its parentheses included. */
  readonly span: Span;
}

/** The operation with its operands regrouped, or undefined where the grammar was right. */
export function regroupBits(r: SyntaxReader, op: BinaryOperator, left: Operand, right: Operand): Expression | undefined {
  if (!isMisplaced(left.value, left.span, op, false) && !isMisplaced(right.value, right.span, op, true)) return undefined;
  const links: Link[] = [];
  unlink(r, left.value, left.span, links);
  const from = links.length;
  unlink(r, right.value, right.span, links);
  (links[from] as Link).op = op;
  return relink(r, links);
}

/** Bit operations from the one that binds tightest; the grammar has the first two the other way round. */
const BIT_OPERATORS: readonly BinaryOperator[] = ['&', '^', '|'];

interface Link {
  op: BinaryOperator | undefined;
  readonly value: Expression;
  readonly span: Span;
}

function isBitOperation(value: Expression, span: Span): value is Binary {
  // An operation in parentheses is shorter than the operand it is.
  return value.kind === 'Binary' && BIT_OPERATORS.includes(value.op) && value.start === span.start && value.end === span.end;
}

function isMisplaced(value: Expression, span: Span, op: BinaryOperator, onRight: boolean): boolean {
  const outer = BIT_OPERATORS.indexOf(op);
  if (outer < 0 || !isBitOperation(value, span)) return false;
  const inner = BIT_OPERATORS.indexOf(value.op);
  return onRight ? inner >= outer : inner > outer;
}

/** Takes a chain of bit operations apart; an operand in parentheses has its span searched for in the text between the two. */
function unlink(r: SyntaxReader, value: Expression, span: Span, links: Link[]): void {
  if (!isBitOperation(value, span)) {
    links.push({ op: undefined, value, span });
    return;
  }
  const { left, right } = value;
  const between = r.text.slice(left.end, right.start);
  const opening = between.indexOf('(');
  unlink(r, left, { start: value.start, end: left.end + between.lastIndexOf(')') + 1 }, links);
  const from = links.length;
  unlink(r, right, { start: opening < 0 ? right.start : left.end + opening, end: value.end }, links);
  (links[from] as Link).op = value.op;
}

/** Puts a chain together as Python does, each operator from the left. */
function relink(r: SyntaxReader, links: readonly Link[]): Expression {
  let rest = links;
  for (const op of BIT_OPERATORS) {
    const joined: Link[] = [];
    for (const link of rest) {
      const last = joined[joined.length - 1];
      if (last === undefined || link.op !== op) {
        joined.push(link);
        continue;
      }
      const span = { start: last.span.start, end: link.span.end };
      const value: Binary = { kind: 'Binary', id: r.nodes++, ...span, op, left: last.value, right: link.value };
      joined[joined.length - 1] = { op: last.op, value, span };
    }
    rest = joined;
  }
  return (rest[0] as Link).value;
}
