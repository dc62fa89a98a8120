/**
 * Finds the errors that the parser left in its tree and puts them into words.
 * Owns the difference between an error in a statement's header and one in its blocks; the latter costs only the statement it is in.
 */
import type { TreeNode } from './syntax-reader.ts';

const CLAUSES: ReadonlySet<string> = new Set([
  'elif_clause',
  'else_clause',
  'except_clause',
  'finally_clause',
  'case_clause',
  'function_definition',
  'class_definition',
]);

/** The first text that could not be placed, or token that is missing, in or under a node. */
export function firstError(node: TreeNode): TreeNode | undefined {
  let at = node;
  while (!at.isError && !at.isMissing) {
    const inner = at.children.find((child) => child.hasError || child.isMissing);
    if (inner === undefined) return undefined;
    at = inner;
  }
  return at;
}

/** The first error of a compound statement outside its blocks. */
export function headerError(node: TreeNode): TreeNode | undefined {
  for (const child of node.children) {
    if (!child.hasError && !child.isMissing) continue;
    if (child.isError || child.isMissing) return child;
    const blockOfCases = child.type === 'block' && node.type === 'match_statement';
    if (child.type === 'block' && !blockOfCases) continue;
    const bad = blockOfCases || CLAUSES.has(child.type) ? headerError(child) : firstError(child);
    if (bad !== undefined) return bad;
  }
  return undefined;
}

export function describe(error: TreeNode): string {
  if (!error.isMissing) return 'invalid syntax';
  return /^\W+$/.test(error.type) ? `expected '${error.type}'` : 'expected an expression';
}
