/**
 * Reads the statements that have no block: assignments, imports, `return` and the like.
 * Owns nothing beyond them; statements of Python 2 are refused with a word on what to write.
 */

import type { BinaryOperator, Expression, ImportFrom, Statement } from './syntax.ts';
import { readName } from './syntax-expressions.ts';
import type { NodeName } from './syntax-grammar.ts';
import type { SyntaxReader } from './syntax-reader.ts';

export const SIMPLE_STATEMENTS = [
  'assert_statement',
  'break_statement',
  'continue_statement',
  'delete_statement',
  'exec_statement',
  'expression_statement',
  'future_import_statement',
  'global_statement',
  'import_from_statement',
  'import_statement',
  'nonlocal_statement',
  'pass_statement',
  'print_statement',
  'raise_statement',
  'return_statement',
  'type_alias_statement',
] as const satisfies readonly NodeName[];

/** Reads the simple statement under the cursor. */
export function readSimple(r: SyntaxReader): Statement {
  const { node } = r.grammar;
  const { start, end } = r;
  switch (r.type) {
    case node.expression_statement:
      return readExpressionStatement(r);
    case node.return_statement:
      return { kind: 'Return', start, end, value: readOperands(r)[0], id: r.nodes++ };
    case node.pass_statement:
      return { kind: 'Pass', id: r.nodes++, start, end };
    case node.break_statement:
      return { kind: 'Break', id: r.nodes++, start, end };
    case node.continue_statement:
      return { kind: 'Continue', id: r.nodes++, start, end };
    case node.raise_statement:
      return readRaise(r);
    case node.assert_statement: {
      const [test, message] = readOperands(r);
      if (test === undefined) throw r.unreadable('expected an expression');
      return { kind: 'Assert', id: r.nodes++, start, end, test, message };
    }
    case node.delete_statement: {
      const [target] = readOperands(r);
      if (target === undefined) throw r.unreadable('expected an expression');
      const loose = target.kind === 'Tuple' && r.text.charCodeAt(target.start) !== 40;
      return { kind: 'Delete', id: r.nodes++, start, end, targets: loose ? target.items : [target] };
    }
    case node.global_statement:
      return { kind: 'Global', start, end, names: readIdentifiers(r), id: r.nodes++ };
    case node.nonlocal_statement:
      return { kind: 'Nonlocal', start, end, names: readIdentifiers(r), id: r.nodes++ };
    case node.import_statement:
      return { kind: 'Import', start, end, names: readNames(r).map(({ name, as }) => ({ module: name, as })), id: r.nodes++ };
    case node.import_from_statement:
    case node.future_import_statement:
      return readImportFrom(r);
    case node.type_alias_statement:
      return readTypeAlias(r);
    case node.print_statement:
      throw r.unreadable("missing parentheses in call to 'print'");
    case node.exec_statement:
      throw r.unreadable("missing parentheses in call to 'exec'");
    default:
      throw r.unreadable('invalid syntax');
  }
}

function readOperands(r: SyntaxReader): readonly Expression[] {
  const operands: Expression[] = [];
  r.enter();
  while (r.next()) if (r.named) operands.push(r.item());
  r.leave();
  return operands;
}

function readIdentifiers(r: SyntaxReader): readonly string[] {
  const names: string[] = [];
  r.enter();
  while (r.next()) if (r.named) names.push(r.identifier());
  r.leave();
  return names;
}

function readExpressionStatement(r: SyntaxReader): Statement {
  const { node } = r.grammar;
  const { start, end } = r;
  r.enter();
  if (r.type === node.assignment || r.type === node.augmented_assignment) {
    const statement = r.type === node.assignment ? readAssignment(r, start, end) : readAugmented(r);
    r.leave();
    return statement;
  }
  const items = [r.item()];
  let comma = false;
  while (r.next()) {
    comma = true;
    if (r.named) items.push(r.item());
  }
  r.leave();
  const [only] = items;
  const value: Expression = only !== undefined && !comma ? only : { kind: 'Tuple', id: r.nodes++, start, end, items };
  return { kind: 'ExpressionStatement', id: r.nodes++, start, end, value };
}

function readAssignment(r: SyntaxReader, start: number, end: number): Statement {
  const { node, token } = r.grammar;
  const targets: Expression[] = [];
  let annotation: Expression | undefined;
  let value: Expression | undefined;
  let entered = 0;
  while (r.type === node.assignment) {
    r.enter();
    entered++;
    targets.push(r.expression());
    r.next();
    if (r.type === token[':']) {
      annotation = r.nextExpression();
      if (!r.next()) break;
    }
    r.next();
  }
  if (r.type === node.augmented_assignment) throw r.unreadable('an augmented assignment has no value');
  if (annotation === undefined || r.type !== node.type) value = r.expression();
  for (; entered > 0; entered--) r.leave();
  const [target] = targets;
  if (annotation !== undefined) {
    if (targets.length > 1 || target === undefined) throw r.unreadable('only a single target can be annotated');
    return { kind: 'AnnotatedAssign', id: r.nodes++, start, end, target, annotation, value };
  }
  if (value === undefined) throw r.unreadable('expected a value');
  return { kind: 'Assign', id: r.nodes++, start, end, targets, value };
}

function readAugmented(r: SyntaxReader): Statement {
  const { start, end } = r;
  r.enter();
  const target = r.expression();
  r.next();
  const op = r.symbol.slice(0, -1) as BinaryOperator;
  const value = r.nextExpression();
  r.leave();
  return { kind: 'AugmentedAssign', id: r.nodes++, start, end, op, target, value };
}

function readRaise(r: SyntaxReader): Statement {
  const { start, end } = r;
  let value: Expression | undefined;
  let cause: Expression | undefined;
  r.enter();
  while (r.next()) {
    if (r.type === r.grammar.token.from) cause = r.nextExpression();
    else value = r.expression();
  }
  r.leave();
  return { kind: 'Raise', id: r.nodes++, start, end, value, cause };
}

interface ImportedName {
  readonly name: string;
  readonly as: string | undefined;
}

/** The text of a dotted name without the blanks that may stand around its dots. */
function dotted(r: SyntaxReader): string {
  return r.identifier().replace(/[\s\\]+/g, '');
}

function readImported(r: SyntaxReader): ImportedName {
  if (r.type !== r.grammar.node.aliased_import) return { name: dotted(r), as: undefined };
  r.enter();
  const name = dotted(r);
  r.next();
  r.next();
  const as = r.identifier();
  r.leave();
  return { name, as };
}

function readNames(r: SyntaxReader): readonly ImportedName[] {
  const names: ImportedName[] = [];
  r.enter();
  while (r.next()) if (r.named) names.push(readImported(r));
  r.leave();
  return names;
}

function readImportFrom(r: SyntaxReader): ImportFrom {
  const { node } = r.grammar;
  const { start, end } = r;
  r.enter();
  r.next();
  const source = r.type === node.relative_import || r.type === node.dotted_name ? dotted(r) : '__future__';
  const level = /^\.*/.exec(source)?.[0].length ?? 0;
  const names: ImportedName[] = [];
  let all = false;
  while (r.next()) {
    if (r.type === node.wildcard_import) all = true;
    else if (r.named) names.push(readImported(r));
  }
  r.leave();
  return { kind: 'ImportFrom', id: r.nodes++, start, end, module: source.slice(level), level, names: all ? '*' : names };
}

/** `type Name[T] = value`: the type parameters are passed over. */
function readTypeAlias(r: SyntaxReader): Statement {
  const { node } = r.grammar;
  const { start, end } = r;
  r.enter();
  r.next();
  let entered = 0;
  while (r.type === node.type || r.type === node.generic_type || r.type === node.subscript) {
    r.enter();
    entered++;
  }
  if (r.type !== node.identifier) throw r.unreadable('expected a name');
  const name = readName(r);
  for (; entered > 0; entered--) r.leave();
  r.next();
  const value = r.nextExpression();
  r.leave();
  return { kind: 'TypeAlias', id: r.nodes++, start, end, name, value };
}
