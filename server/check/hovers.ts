/**
 * Hovers: the shape and dtype of the expression under the cursor, the rule of the function or module it names, the
 * inferred signature of a function or class.
 */
import type { Node, SourceFile } from '../python/syntax.ts';
import { walkAll } from '../python/visit.ts';
import { explanations } from './explanations.ts';
import type { Recorder } from './recorder.ts';
import type { Hover } from './report.ts';
import { signaturesOf } from './signatures.ts';
import { dtypeOf, textOf } from './spelled.ts';

export function hoverAt(source: SourceFile, recorder: Recorder, offset: number): Hover | undefined {
  let best: Node | undefined;
  let call: Node | undefined;
  walkAll(source.body, (node) => {
    if (offset < node.start || offset > node.end) return false;
    if (recorder.shapes.has(node) || recorder.notes.has(node)) best = narrower(best, node);
    if (node.kind === 'Call' && offset >= node.func.start && offset <= node.func.end) call = node;
    return true;
  });
  const named = signatureHover(recorder, offset);
  if (named !== undefined) return named;
  if (best === undefined) return undefined;
  const lines: string[] = [];
  const note = recorder.notes.get(best);
  const spelled = recorder.shapes.get(best) ?? (call === undefined ? undefined : recorder.shapes.get(call));
  if (spelled !== undefined) {
    const dtype = dtypeOf(spelled);
    const text = source.text.slice(best.start, best.end);
    const label =
      recorder.shapes.has(best) && text.length <= 40 && !text.includes('\n') ? `${text}: ` : recorder.shapes.has(best) ? '' : 'result: ';
    lines.push(`\`\`\`\n${label}${textOf(spelled)}${dtype === null ? '' : `  ${dtype}`}\n\`\`\``);
  }
  if (note !== undefined) {
    const here = call?.kind === 'Call' ? callText(recorder, call) : undefined;
    lines.push(`**${note.title}**`, `\`\`\`\n${note.rule}${here === undefined ? '' : `\n${here}`}\n\`\`\``);
  }
  const why = spelled?.kind === 'tensor' ? explanations(recorder.sizes.get(best) ?? [], spelled.sizes) : [];
  return lines.length === 0 ? undefined : { start: best.start, end: best.end, markdown: lines.join('\n\n'), explanations: why };
}

/** The rule with this call's sizes: `[3, 5, 64] -> ([3, 5, 8], [1, 3, 8])`. */
function callText(recorder: Recorder, call: Extract<Node, { kind: 'Call' }>): string | undefined {
  const result = recorder.shapes.get(call);
  if (result === undefined) return undefined;
  const inputs = call.args.flatMap((argument) => {
    const spelled = recorder.shapes.get(argument.value);
    return spelled === undefined ? [] : [textOf(spelled)];
  });
  return `${inputs.length === 0 ? '()' : inputs.join(', ')} -> ${textOf(result)}`;
}

function narrower(a: Node | undefined, b: Node): Node {
  return a === undefined || b.end - b.start <= a.end - a.start ? b : a;
}

function signatureHover(recorder: Recorder, offset: number): Hover | undefined {
  for (const s of signaturesOf(recorder)) {
    if (offset < s.nameStart || offset > s.nameStart + s.name.length || s.text === '') continue;
    return { start: s.nameStart, end: s.nameStart + s.name.length, markdown: `\`\`\`\n${s.name}: ${s.text}\n\`\`\``, explanations: [] };
  }
  return undefined;
}
