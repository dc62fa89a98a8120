/**
 * Puts the star of `*a.b(c)` where Python has it: around the whole operand. The grammar binds it to `a` alone outside brackets.
 * Owns nothing else of starred expressions.
 */
import type { Attribute, Binary, BoolOp, Call, Compare, Conditional, Expression, Subscript } from './syntax.ts';

/** The expression with a star at its very left moved to the outside; any other expression as it is. */
export function hoistStar(text: string, expression: Expression): Expression {
  const path: LeftHeavy[] = [];
  let at = expression;
  while (at.kind !== 'Starred') {
    const left = leftOf(at);
    // A difference in start means parentheses, which end the search.
    if (left === undefined || left.start !== at.start) return expression;
    path.push(at as LeftHeavy);
    at = left;
  }
  if (path.length === 0) return expression;
  let start = at.start + 1;
  while (/\s/.test(text[start] ?? '')) start++;
  const value = path.reduceRight<Expression>((left, outer) => withLeft(outer, left, start), at.value);
  return { ...at, end: expression.end, value };
}

type LeftHeavy = Attribute | Subscript | Call | Binary | BoolOp | Compare | Conditional;

function leftOf(node: Expression): Expression | undefined {
  switch (node.kind) {
    case 'Attribute':
    case 'Subscript':
      return node.value;
    case 'Call':
      return node.func;
    case 'Binary':
    case 'BoolOp':
      return node.left;
    case 'Compare':
      return node.first;
    case 'Conditional':
      return node.body;
    default:
      return undefined;
  }
}

function withLeft(node: LeftHeavy, left: Expression, start: number): Expression {
  switch (node.kind) {
    case 'Attribute':
    case 'Subscript':
      return { ...node, start, value: left };
    case 'Call':
      return { ...node, start, func: left };
    case 'Binary':
    case 'BoolOp':
      return { ...node, start, left };
    case 'Compare':
      return { ...node, start, first: left };
    case 'Conditional':
      return { ...node, start, body: left };
  }
}
