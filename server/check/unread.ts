/**
 * What statements that cannot be read would have bound: while somebody types, a name from such a line is not undefined.
 */
import type { Node, SourceFile } from '../python/syntax.ts';

/** Whether a name that nothing binds may be bound by a statement of the file that cannot be read. */
export function mayBeUnread(source: SourceFile, code: string, node: Node): boolean {
  if (code !== 'undefined-name' || source.errors.length === 0 || node.kind !== 'Name') return false;
  const name = node.name.replaceAll('$', '\\$');
  const bound = new RegExp(
    `\\b(?:def|class|import|as|for|global)\\s+${name}\\b|(?<![.\\w])${name}\\s*(?:,[^=\\n]*)?(?::[^=\\n]*)?=(?!=)|,\\s*${name}\\b`,
  );
  return bound.test(source.text);
}
