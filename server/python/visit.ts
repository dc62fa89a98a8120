/**
 * Goes through a syntax tree without knowing what it means: the nodes directly under a node, and all nodes below it.
 * Owns which fields of each node hold others; children come in the order of the text.
 */
import type { ComprehensionClause, FormattedValue, Node, Pattern } from './syntax.ts';

/** The nodes directly under a node, in the order of the text. */
export function children(node: Node): readonly Node[] {
  const found: Node[] = [];
  eachChild(node, (child) => found.push(child));
  return found;
}

/** Calls `enter` for a node and all below it, parents first; where it returns false, what is below that node is passed over. */
export function walk(node: Node, enter: (node: Node) => unknown): void {
  if (enter(node) === false) return;
  eachChild(node, (child) => walk(child, enter));
}

/** `walk` for each statement of a block or file. */
export function walkAll(nodes: readonly Node[], enter: (node: Node) => unknown): void {
  for (const node of nodes) walk(node, enter);
}

type Take = (node: Node) => void;

/** Calls `take` for each node directly under a node, in the order of the text. */
export function eachChild(node: Node, take: Take): void {
  const maybe = (child: Node | undefined): void => {
    if (child !== undefined) take(child);
  };
  const all = (list: readonly Node[]): void => {
    for (const child of list) take(child);
  };
  switch (node.kind) {
    case 'Name':
    case 'Constant':
    case 'Pass':
    case 'Break':
    case 'Continue':
    case 'Global':
    case 'Nonlocal':
    case 'Import':
    case 'ImportFrom':
      return;
    case 'JoinedString':
      eachField(node.parts, take);
      return;
    case 'Attribute':
    case 'Starred':
    case 'Await':
    case 'ExpressionStatement':
      take(node.value);
      return;
    case 'Yield':
    case 'Return':
      maybe(node.value);
      return;
    case 'Subscript':
      take(node.value);
      take(node.index);
      return;
    case 'Slice':
      maybe(node.lower);
      maybe(node.upper);
      maybe(node.step);
      return;
    case 'Call':
      take(node.func);
      for (const argument of node.args) take(argument.value);
      return;
    case 'Unary':
      take(node.operand);
      return;
    case 'Binary':
    case 'BoolOp':
      take(node.left);
      take(node.right);
      return;
    case 'Compare':
      take(node.first);
      for (const { value } of node.rest) take(value);
      return;
    case 'Conditional':
      take(node.body);
      take(node.test);
      take(node.orelse);
      return;
    case 'Lambda':
      all(node.params.items);
      take(node.body);
      return;
    case 'Tuple':
    case 'List':
    case 'Set':
      all(node.items);
      return;
    case 'Dict':
      for (const { key, value } of node.items) {
        maybe(key);
        take(value);
      }
      return;
    case 'Comprehension':
      maybe(node.key);
      take(node.element);
      for (const clause of node.clauses) eachOfClause(clause, take);
      return;
    case 'NamedExpr':
    case 'AugmentedAssign':
      take(node.target);
      take(node.value);
      return;
    case 'Parameter':
      maybe(node.annotation);
      maybe(node.default);
      return;
    case 'Assign':
    case 'Delete':
      all(node.targets);
      if (node.kind === 'Assign') take(node.value);
      return;
    case 'AnnotatedAssign':
      take(node.target);
      take(node.annotation);
      maybe(node.value);
      return;
    case 'Raise':
      maybe(node.value);
      maybe(node.cause);
      return;
    case 'Assert':
      take(node.test);
      maybe(node.message);
      return;
    case 'If':
    case 'While':
      take(node.test);
      all(node.body);
      all(node.orelse);
      return;
    case 'For':
      take(node.target);
      take(node.iter);
      all(node.body);
      all(node.orelse);
      return;
    case 'Try':
      all(node.body);
      for (const handler of node.handlers) {
        maybe(handler.type);
        all(handler.body);
      }
      all(node.orelse);
      all(node.final);
      return;
    case 'With':
      for (const { value, target } of node.items) {
        take(value);
        maybe(target);
      }
      all(node.body);
      return;
    case 'FunctionDef':
      all(node.decorators);
      all(node.params.items);
      maybe(node.returns);
      all(node.body);
      return;
    case 'ClassDef':
      all(node.decorators);
      for (const argument of node.args) take(argument.value);
      all(node.body);
      return;
    case 'Match':
      take(node.subject);
      for (const { pattern, guard, body } of node.cases) {
        eachOfPattern(pattern, take);
        maybe(guard);
        all(body);
      }
      return;
    case 'TypeAlias':
      take(node.name);
      take(node.value);
      return;
    default:
      unreachable(node);
  }
}

function unreachable(node: never): never {
  throw new Error(`unknown node ${(node as { kind: string }).kind}`);
}

function eachField(parts: readonly (string | FormattedValue)[], take: Take): void {
  for (const part of parts) {
    if (typeof part === 'string') continue;
    take(part.value);
    eachField(part.spec, take);
  }
}

function eachOfClause(clause: ComprehensionClause, take: Take): void {
  take(clause.target);
  take(clause.iter);
  for (const condition of clause.conditions) take(condition);
}

function eachOfPattern(pattern: Pattern, take: Take): void {
  switch (pattern.kind) {
    case 'value':
      take(pattern.value);
      return;
    case 'capture':
    case 'star':
      if (pattern.name !== undefined) take(pattern.name);
      return;
    case 'as':
      eachOfPattern(pattern.pattern, take);
      take(pattern.name);
      return;
    case 'or':
      for (const alternative of pattern.of) eachOfPattern(alternative, take);
      return;
    case 'sequence':
      for (const item of pattern.items) eachOfPattern(item, take);
      return;
    case 'mapping':
      for (const { key, value } of pattern.items) {
        take(key);
        eachOfPattern(value, take);
      }
      if (pattern.rest !== undefined) take(pattern.rest);
      return;
    case 'class':
      take(pattern.cls);
      for (const item of pattern.positional) eachOfPattern(item, take);
      for (const { value } of pattern.keyword) eachOfPattern(value, take);
      return;
    default:
      pattern satisfies never;
  }
}
