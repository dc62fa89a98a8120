/**
 * Reads expressions. Spans are those of Python's own syntax tree: parentheses vanish, except around a tuple or a generator.
 * Also mends the places where the grammar binds operators differently from Python: `&` against `^`, `await`, `:=`, `as`.
 */

import type {
  BinaryOperator,
  CompareOperator,
  Comprehension,
  ComprehensionClause,
  Conditional,
  Expression,
  Name,
  NamedExpr,
  TupleExpr,
} from './syntax.ts';
import { readArguments, readParameters } from './syntax-arguments.ts';
import { regroupBits } from './syntax-bits.ts';
import type { Grammar, NodeName } from './syntax-grammar.ts';
import { readNumber, readString } from './syntax-literals.ts';
import type { ExpressionReader, SyntaxReader } from './syntax-reader.ts';

/** The reader for each symbol of the grammar, by the symbol's number. */
export function expressionReaders(grammar: Grammar): readonly (ExpressionReader | undefined)[] {
  const table: (ExpressionReader | undefined)[] = new Array(grammar.names.length).fill(undefined);
  for (const [name, read] of Object.entries(READERS)) table[grammar.node[name as NodeName]] = read;
  return table;
}

const READERS: Partial<Record<NodeName, ExpressionReader>> = {
  identifier: readName,
  string: readString,
  concatenated_string: readString,
  integer: readNumber,
  float: readNumber,
  true: (r) => ({ kind: 'Constant', id: r.nodes++, start: r.start, end: r.end, type: 'bool', value: true }),
  false: (r) => ({ kind: 'Constant', id: r.nodes++, start: r.start, end: r.end, type: 'bool', value: false }),
  none: (r) => ({ kind: 'Constant', id: r.nodes++, start: r.start, end: r.end, type: 'none', value: null }),
  ellipsis: (r) => ({ kind: 'Constant', id: r.nodes++, start: r.start, end: r.end, type: 'ellipsis', value: null }),
  unary_operator: readUnary,
  not_operator: readUnary,
  binary_operator: readBinary,
  boolean_operator: readBool,
  comparison_operator: readCompare,
  lambda: readLambda,
  conditional_expression: readConditional,
  named_expression: readNamed,
  as_pattern: readAs,
  await: readAwait,
  attribute: readAttribute,
  member_type: readAttribute,
  subscript: readSubscript,
  generic_type: readSubscript,
  call: readCall,
  list: (r) => ({ kind: 'List', start: r.start, end: r.end, items: readItems(r), id: r.nodes++ }),
  list_pattern: (r) => ({ kind: 'List', start: r.start, end: r.end, items: readItems(r), id: r.nodes++ }),
  set: (r) => ({ kind: 'Set', start: r.start, end: r.end, items: readItems(r), id: r.nodes++ }),
  tuple: readTuple,
  tuple_pattern: readTuplePattern,
  pattern_list: readTuple,
  expression_list: readTuple,
  dictionary: readDict,
  list_comprehension: (r) => readComprehension(r, 'list'),
  set_comprehension: (r) => readComprehension(r, 'set'),
  dictionary_comprehension: (r) => readComprehension(r, 'dict'),
  generator_expression: (r) => readComprehension(r, 'generator'),
  parenthesized_expression: readParenthesized,
  parenthesized_list_splat: readParenthesized,
  list_splat: readStarred,
  list_splat_pattern: readStarred,
  splat_type: readStarred,
  yield: readYield,
  slice: readSlice,
  constrained_type: readSlice,
  type: readInner,
  as_pattern_target: readInner,
  union_type: readBinary,
};

export function readName(r: SyntaxReader): Name {
  const name = r.identifier();
  if (name === 'await' || name === 'async') throw r.unreadable(`'${name}' is no name`);
  return { kind: 'Name', id: r.nodes++, start: r.start, end: r.end, name };
}

function readInner(r: SyntaxReader): Expression {
  r.enter();
  const value = r.item();
  r.leave();
  return value;
}

function readParenthesized(r: SyntaxReader): Expression {
  r.enter();
  const value = r.nextExpression();
  r.leave();
  return value;
}

/** The end of the expression under way, given the grammar's, when an `as` was taken out of its last operand. */
function endBefore(r: SyntaxReader, end: number, hadAlias: boolean): number {
  return r.alias === undefined || hadAlias ? end : r.alias.valueEnd;
}

const STAR = 42;

/** A `*` comes here in the guise of a sign where the grammar has no place for it; see `Repair.maskStars`. */
function readUnary(r: SyntaxReader): Expression {
  const { start, end } = r;
  r.enter();
  const op = r.symbol as '-' | '+' | '~' | 'not';
  const operand = r.nextExpression();
  r.leave();
  if (r.text.charCodeAt(start) === STAR) {
    r.starred = true;
    return { kind: 'Starred', id: r.nodes++, start, end, value: operand };
  }
  return { kind: 'Unary', id: r.nodes++, start, end, op, operand };
}

/** Also reads the `|` between types, which the grammar names `union_type`. */
function readBinary(r: SyntaxReader): Expression {
  const { start, end } = r;
  r.enter();
  const leftSpan = { start: r.start, end: r.end };
  const left = r.expression();
  r.next();
  const op = r.symbol as BinaryOperator;
  r.next();
  const rightSpan = { start: r.start, end: r.end };
  const right = r.expression();
  r.leave();
  const regrouped = regroupBits(r, op, { value: left, span: leftSpan }, { value: right, span: rightSpan });
  if (regrouped !== undefined) return regrouped;
  return { kind: 'Binary', id: r.nodes++, start, end, op, left, right };
}

function readBool(r: SyntaxReader): Expression {
  const { start, end } = r;
  r.enter();
  const left = r.expression();
  r.next();
  const op = r.symbol as 'and' | 'or';
  const right = r.nextExpression();
  r.leave();
  return { kind: 'BoolOp', id: r.nodes++, start, end, op, left, right };
}

function readCompare(r: SyntaxReader): Expression {
  const { start, end } = r;
  r.enter();
  const first = r.expression();
  const rest: { op: CompareOperator; value: Expression }[] = [];
  while (r.next()) {
    const op = r.symbol;
    if (op === '<>') throw r.unreadable("'<>' is not an operator, write '!='");
    rest.push({ op: op as CompareOperator, value: r.nextExpression() });
  }
  r.leave();
  return { kind: 'Compare', id: r.nodes++, start, end, first, rest };
}

function readLambda(r: SyntaxReader): Expression {
  const { start, end } = r;
  const outer = r.yields;
  const hadAlias = r.alias !== undefined;
  r.enter();
  r.next();
  let params: ReturnType<typeof readParameters> = { items: [] };
  if (r.type === r.grammar.node.lambda_parameters) {
    params = readParameters(r);
    r.next();
  }
  const body = r.nextExpression();
  r.leave();
  r.yields = outer;
  return { kind: 'Lambda', id: r.nodes++, start, end: endBefore(r, end, hadAlias), params, body };
}

/** In `y := a if b else c` the grammar makes the assignment the body; in Python it is around the whole. */
function readConditional(r: SyntaxReader): Expression {
  const { start } = r;
  const hadAlias = r.alias !== undefined;
  const cstEnd = r.end;
  r.enter();
  const named = r.type === r.grammar.node.named_expression;
  const body = r.expression();
  r.next();
  const test = r.nextExpression();
  r.next();
  const orelse = r.nextExpression();
  r.leave();
  const end = endBefore(r, cstEnd, hadAlias);
  if (named && body.kind === 'NamedExpr') {
    const value: Conditional = { kind: 'Conditional', id: r.nodes++, start: body.value.start, end, test, body: body.value, orelse };
    return { ...body, end, value };
  }
  return { kind: 'Conditional', id: r.nodes++, start, end, test, body, orelse };
}

function readNamed(r: SyntaxReader): NamedExpr {
  const { start, end } = r;
  const hadAlias = r.alias !== undefined;
  r.enter();
  const target = readName(r);
  r.next();
  const value = r.nextExpression();
  r.leave();
  return { kind: 'NamedExpr', id: r.nodes++, start, end: endBefore(r, end, hadAlias), target, value };
}

function readAs(r: SyntaxReader): Expression {
  r.enter();
  const value = r.expression();
  const valueEnd = r.end;
  r.next();
  r.next();
  const target = r.expression();
  r.leave();
  r.alias = { target, valueEnd };
  return value;
}

/** `await x ** 2` is `(await x) ** 2`, while the grammar takes the power first. */
function readAwait(r: SyntaxReader): Expression {
  const { start, end } = r;
  const { node } = r.grammar;
  r.enter();
  r.next();
  if (r.type !== node.binary_operator) {
    const value = r.expression();
    r.leave();
    return { kind: 'Await', id: r.nodes++, start, end, value };
  }
  r.enter();
  const leftEnd = r.end;
  const value = r.expression();
  const left: Expression = { kind: 'Await', id: r.nodes++, start, end: leftEnd, value };
  r.next();
  const op = r.symbol as BinaryOperator;
  const right = r.nextExpression();
  r.leave();
  r.leave();
  return { kind: 'Binary', id: r.nodes++, start, end, op, left, right };
}

function readAttribute(r: SyntaxReader): Expression {
  const { start, end } = r;
  r.enter();
  const value = r.expression();
  r.next();
  r.next();
  const nameStart = r.start;
  const name = r.identifier();
  r.leave();
  return { kind: 'Attribute', id: r.nodes++, start, end, value, name, nameStart };
}

/** `value[index]`; in annotations the grammar names it `generic_type` and gives the brackets a node of their own. */
function readSubscript(r: SyntaxReader): Expression {
  const { start, end } = r;
  const { node } = r.grammar;
  r.enter();
  const value = r.expression();
  r.next();
  let index: Expression;
  if (r.type === node.type_parameter) {
    r.enter();
    index = readIndex(r);
    r.leave();
  } else {
    index = readIndex(r);
  }
  r.leave();
  return { kind: 'Subscript', id: r.nodes++, start, end, value, index };
}

/** What is between `[`, where the cursor is, and `]`. */
function readIndex(r: SyntaxReader): Expression {
  const { token } = r.grammar;
  const items: Expression[] = [];
  let start = 0;
  let end = 0;
  let comma = false;
  while (r.next()) {
    if (r.named) {
      if (items.length === 0) start = r.start;
      end = r.end;
      items.push(r.item());
    } else if (r.type === token[',']) {
      comma = true;
      end = r.end;
    }
  }
  const [only] = items;
  if (only !== undefined && !comma && only.kind !== 'Starred') return only;
  return { kind: 'Tuple', id: r.nodes++, start, end, items };
}

function readCall(r: SyntaxReader): Expression {
  const { start, end } = r;
  r.enter();
  const func = r.expression();
  r.next();
  const args = readArguments(r);
  r.leave();
  return { kind: 'Call', id: r.nodes++, start, end, func, args };
}

function readItems(r: SyntaxReader): readonly Expression[] {
  const items: Expression[] = [];
  if (!r.enter()) return items;
  do {
    if (r.named) items.push(r.item());
  } while (r.next());
  r.leave();
  return items;
}

function readTuple(r: SyntaxReader): TupleExpr {
  return { kind: 'Tuple', start: r.start, end: r.end, items: readItems(r), id: r.nodes++ };
}

/** `(a) = 1` is a pattern of one item without a comma: the parentheses only group. */
function readTuplePattern(r: SyntaxReader): Expression {
  const { start, end } = r;
  const items: Expression[] = [];
  let comma = false;
  r.enter();
  while (r.next()) {
    if (r.named) items.push(r.item());
    else if (r.type === r.grammar.token[',']) comma = true;
  }
  r.leave();
  const [only] = items;
  if (items.length === 1 && only !== undefined && !comma) return only;
  return { kind: 'Tuple', id: r.nodes++, start, end, items };
}

function readDict(r: SyntaxReader): Expression {
  const { start, end } = r;
  const { node } = r.grammar;
  const items: { key: Expression | undefined; value: Expression }[] = [];
  r.enter();
  while (r.next()) {
    if (r.type === node.pair) items.push(readPair(r));
    else if (r.type === node.dictionary_splat) items.push({ key: undefined, value: readParenthesized(r) });
  }
  r.leave();
  return { kind: 'Dict', id: r.nodes++, start, end, items };
}

function readPair(r: SyntaxReader): { key: Expression; value: Expression } {
  r.enter();
  const key = r.expression();
  r.next();
  const value = r.nextExpression();
  r.leave();
  return { key, value };
}

function readComprehension(r: SyntaxReader, type: Comprehension['type']): Comprehension {
  const { start, end } = r;
  const { node } = r.grammar;
  r.enter();
  r.next();
  const { key, value: element } = type === 'dict' ? readPair(r) : { key: undefined, value: r.expression() };
  const clauses: (ComprehensionClause & { conditions: Expression[] })[] = [];
  while (r.next()) {
    if (r.type === node.for_in_clause) clauses.push(readClause(r));
    else if (r.type === node.if_clause) clauses[clauses.length - 1]?.conditions.push(readParenthesized(r));
  }
  r.leave();
  return { kind: 'Comprehension', id: r.nodes++, start, end, type, key, element, clauses };
}

function readClause(r: SyntaxReader): ComprehensionClause & { conditions: Expression[] } {
  const { token } = r.grammar;
  r.enter();
  const isAsync = r.type === token.async;
  if (isAsync) r.next();
  const target = r.nextExpression();
  r.next();
  r.next();
  const { start } = r;
  let { end } = r;
  const items = [r.item()];
  while (r.next()) {
    end = r.end;
    if (r.named) items.push(r.item());
  }
  r.leave();
  const [only] = items;
  const iter: Expression = items.length === 1 && only !== undefined ? only : { kind: 'Tuple', id: r.nodes++, start, end, items };
  return { target, iter, conditions: [], async: isAsync };
}

function readStarred(r: SyntaxReader): Expression {
  const { start, end } = r;
  const value = readParenthesized(r);
  r.starred = true;
  return { kind: 'Starred', id: r.nodes++, start, end, value };
}

function readYield(r: SyntaxReader): Expression {
  const { start, end } = r;
  r.yields = true;
  r.enter();
  let value: Expression | undefined;
  let from = false;
  while (r.next()) {
    if (r.type === r.grammar.token.from) from = true;
    else value = r.expression();
  }
  r.leave();
  return { kind: 'Yield', id: r.nodes++, start, end, value, from };
}

function readSlice(r: SyntaxReader): Expression {
  const { start, end } = r;
  const parts: (Expression | undefined)[] = [undefined, undefined, undefined];
  let at = 0;
  r.enter();
  do {
    if (r.type === r.grammar.token[':']) at++;
    else parts[at] = r.expression();
  } while (r.next());
  r.leave();
  return { kind: 'Slice', id: r.nodes++, start, end, lower: parts[0], upper: parts[1], step: parts[2] };
}
