/**
 * `# shapelint: ignore` comments: at the end of a line for that line, on a line of its own for the next, and
 * `# shapelint: ignore-file` for all of the file; each with or without `[code, code]`.
 */
import type { LineIndex } from '../python/line-index.ts';
import type { SourceFile } from '../python/syntax.ts';
import type { Diagnostic } from './report.ts';

const FORM = /#\s*shapelint:\s*(ignore(?:-file)?)\s*(?:\[([^\]]*)\])?/;

/** Whether a diagnostic is silenced by a comment. */
export function suppressor(source: SourceFile, lines: LineIndex): (diagnostic: Diagnostic) => boolean {
  const byLine = new Map<number, (ReadonlySet<string> | 'all')[]>();
  const whole: (ReadonlySet<string> | 'all')[] = [];
  for (const comment of source.comments) {
    const match = FORM.exec(comment.text);
    if (match === null) continue;
    const codes = match[2] === undefined ? ('all' as const) : new Set(match[2].split(',').map((code) => code.trim()));
    if (match[1] === 'ignore-file') {
      whole.push(codes);
      continue;
    }
    const { line } = lines.position(comment.start);
    const own = lines.lineText(line).trimStart().startsWith('#');
    const target = own ? line + 1 : line;
    const list = byLine.get(target) ?? [];
    list.push(codes);
    byLine.set(target, list);
  }
  if (byLine.size === 0 && whole.length === 0) return () => false;
  const silences = (codes: ReadonlySet<string> | 'all', code: string) => codes === 'all' || codes.has(code);
  return (diagnostic) => {
    if (whole.some((codes) => silences(codes, diagnostic.code))) return true;
    const first = lines.position(diagnostic.start).line;
    const last = lines.position(Math.max(diagnostic.start, diagnostic.end - 1)).line;
    for (let line = first; line <= last; line++) {
      if (byLine.get(line)?.some((codes) => silences(codes, diagnostic.code)) === true) return true;
    }
    return false;
  };
}
