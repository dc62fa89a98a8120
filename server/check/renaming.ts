/**
 * The quick fix of a misspelt name, attribute or keyword: it replaces the name's own place. Which name was meant the fault
 * says.
 */
import type { Fault } from '../python/faults.ts';
import type { Node } from '../python/syntax.ts';
import type { Fix } from './report.ts';

export function renaming(fault: Fault, node: Node): readonly Fix[] {
  const { misspelt } = fault;
  if (misspelt === undefined) return [];
  const start = startOf(misspelt.name, node);
  if (start === undefined) return [];
  return [{ title: `Change to \`${misspelt.meant}\``, edits: [{ start, end: start + misspelt.name.length, text: misspelt.meant }] }];
}

/** Where the name is written; undefined where the node says it in another way, such as a keyword out of a dictionary. */
function startOf(name: string, node: Node): number | undefined {
  switch (node.kind) {
    case 'Name':
      return node.name === name ? node.start : undefined;
    case 'Attribute':
      return node.name === name ? node.nameStart : undefined;
    case 'Call':
      return node.args.find((argument) => argument.name === name)?.start;
    case 'Subscript': {
      // A plain string: one quote, the key as it is, one quote.
      const key = node.index;
      const plain = key.kind === 'Constant' && key.type === 'str' && key.value === name && key.end - key.start === name.length + 2;
      return plain ? key.start + 1 : undefined;
    }
    default:
      return undefined;
  }
}
