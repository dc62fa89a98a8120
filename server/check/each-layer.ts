/**
 * Code that looks at one layer's state after the other (`h[0]`, `h[1]`) has not taken the first for the last.
 */
import type { Expression, Node, SourceFile } from '../python/syntax.ts';
import { walkAll } from '../python/visit.ts';

/** Whether the warning is of a state whose other layers are read in the same function as well. */
export function isEachLayer(source: SourceFile, code: string, node: Node): boolean {
  if (code !== 'rnn-first-layer-state' || node.kind !== 'Subscript') return false;
  const text = (part: Node): string => source.text.slice(part.start, part.end);
  const state = text(node.value);
  let around = { start: 0, end: source.text.length };
  const others: Node[] = [];
  walkAll(source.body, (part) => {
    if (part.kind === 'FunctionDef' && part.start <= node.start && node.end <= part.end) around = part;
    if (part.kind === 'Subscript' && isOtherLayer(part.index) && text(part.value) === state) others.push(part);
  });
  return others.some(({ start, end }) => around.start <= start && end <= around.end);
}

/** A number that is neither the first layer's nor counted from the last. */
function isOtherLayer(index: Expression): boolean {
  return index.kind === 'Constant' && index.type === 'int' && index.value !== 0;
}
