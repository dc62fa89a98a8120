/**
 * Edits that write a suppression comment for a diagnostic. What such a comment means stands in `suppression.ts`.
 */
import { LineIndex } from '../python/line-index.ts';
import type { Comment, SourceFile } from '../python/syntax.ts';
import type { Diagnostic, Edit } from './report.ts';

const line = /#\s*shapelint:\s*ignore\s*\[([^\]]*)\]/;
const wholeFile = /#\s*shapelint:\s*ignore-file\s*\[([^\]]*)\]/;

/** Adds the code to the list of a comment that is there already. */
function extend(comment: Comment, form: RegExp, code: string): Edit | undefined {
  const match = form.exec(comment.text);
  if (match === null) return undefined;
  const at = comment.start + match.index + match[0].length - 1;
  return { start: at, end: at, text: match[1]?.trim() === '' ? code : `, ${code}` };
}

/** Silences the diagnostic's code on its last line, in the comment that stands there if it can be extended. */
export function suppressOnLine(source: SourceFile, diagnostic: Diagnostic): readonly Edit[] {
  const lines = new LineIndex(source.text);
  const first = lines.position(diagnostic.start).line;
  let last = lines.position(Math.max(diagnostic.start, diagnostic.end - 1)).line;
  // Nothing may stand after a backslash that continues a line.
  while (last > first && lines.lineText(last).trimEnd().endsWith('\\')) last -= 1;
  const start = lines.offset(last, 1);
  const text = lines.lineText(last).trimEnd();
  if (text.endsWith('\\')) {
    const indent = /^\s*/.exec(text)?.[0] ?? '';
    return [{ start, end: start, text: `${indent}# shapelint: ignore[${diagnostic.code}]\n` }];
  }
  const end = start + text.length;
  const comment = source.comments.find((each) => each.start >= start && each.start < end);
  const extended = comment === undefined ? undefined : extend(comment, line, diagnostic.code);
  return [extended ?? { start: end, end, text: `  # shapelint: ignore[${diagnostic.code}]` }];
}

/** Silences the diagnostic's code in the whole file: at its top, under a `#!` line or an encoding. */
export function suppressInFile(source: SourceFile, diagnostic: Diagnostic): readonly Edit[] {
  for (const comment of source.comments) {
    const extended = extend(comment, wholeFile, diagnostic.code);
    if (extended !== undefined) return [extended];
  }
  const at = /^(?:#(?:!|.*coding[:=]).*\r?\n)*/.exec(source.text)?.[0].length ?? 0;
  return [{ start: at, end: at, text: `# shapelint: ignore-file[${diagnostic.code}]\n` }];
}
