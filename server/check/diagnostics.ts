/**
 * From a fault to a diagnostic: the place of the squiggle, the level, both sizes' origins and the chain of calls as
 * related places.
 */
import type { Origin } from '../dims/origin.ts';
import type { LineIndex } from '../python/line-index.ts';
import type { Node, SourceFile } from '../python/syntax.ts';
import { codeEntry } from './codes.ts';
import type { RecordedFault } from './part.ts';
import { renaming } from './renaming.ts';
import type { Diagnostic, Level, Range, Related, Severity } from './report.ts';

const MAX_RELATED = 8;

export function diagnosticOf(
  recorded: RecordedFault,
  source: SourceFile,
  lines: LineIndex,
  levels: Readonly<Record<string, Level>>,
): Diagnostic | undefined {
  const { fault } = recorded;
  const own: Level = fault.severity ?? codeEntry(fault.code)?.severity ?? 'error';
  const level = levels[fault.code] ?? own;
  if (level === 'off') return undefined;
  const severity: Severity = level;
  const range = recorded.elsewhere === undefined && fault.at !== undefined ? fault.at : rangeOf(recorded.node, lines);
  const related: Related[] = [];
  if (recorded.elsewhere !== undefined) {
    const { file, node } = recorded.elsewhere;
    related.push({ file, start: node.start, end: node.end, message: 'raised here' });
  }
  for (const origin of fault.origins) if (origin !== undefined) addOrigin(related, origin, range, source.file, 0);
  for (const entry of [...recorded.stack].reverse()) {
    if (entry.file === '') continue;
    related.push({
      file: entry.file,
      start: entry.node.start,
      end: firstLineEnd(entry.node, lines, source, entry.file),
      message: `called from ${entry.name === '<module>' ? 'the module' : `\`${entry.name}\``}`,
    });
  }
  return {
    start: range.start,
    end: range.end,
    severity,
    code: fault.code,
    message: fault.message,
    pytorch: fault.text ?? null,
    related: unique(related).slice(0, MAX_RELATED),
    fixes: [...(recorded.elsewhere === undefined ? renaming(fault, recorded.node) : []), ...(fault.fixes ?? [])],
  };
}

function addOrigin(related: Related[], origin: Origin, range: Range, file: string, depth: number): void {
  const { place } = origin;
  if (place !== undefined && place.file !== '' && !(place.file === file && place.start === range.start && place.end === range.end)) {
    related.push({ file: place.file, start: place.start, end: place.end, message: origin.what });
  }
  if (depth < 3) for (const from of origin.from ?? []) addOrigin(related, from, range, file, depth + 1);
}

function unique(related: readonly Related[]): Related[] {
  const seen = new Set<string>();
  return related.filter((r) => {
    const key = `${r.file}:${r.start}:${r.end}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

function firstLineEnd(node: Node, lines: LineIndex, source: SourceFile, file: string): number {
  if (file !== source.file) return node.end;
  const { line } = lines.position(node.start);
  return Math.min(node.end, lines.offset(line, 1) + lines.lineText(line).length);
}

/**
 * Where a traceback puts the fault: the expression; of a chain of method calls over several lines, from the method's
 * name on, since that is the line Python names.
 */
export function rangeOf(node: Node, lines: LineIndex): Range {
  if (node.kind === 'Call' && node.func.kind === 'Attribute') {
    const { nameStart } = node.func;
    if (lines.position(nameStart).line !== lines.position(node.start).line) return { start: nameStart, end: node.end };
  }
  if (node.kind === 'FunctionDef' || node.kind === 'ClassDef') return { start: node.nameStart, end: node.nameStart + node.name.length };
  return { start: node.start, end: node.end };
}
