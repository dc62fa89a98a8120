/**
 * What a check found in a file as plain data with lines and columns, which can be printed, sent to another thread and kept
 * on disk. Owns these types and the way from a report to them.
 */
import type { Diagnostic, Severity } from '../check/report.ts';
import { LineIndex } from '../python/line-index.ts';
import type { Document } from './documents.ts';
import { readText } from './runtime.ts';

/** Lines and columns count from 1; the end is exclusive. */
export interface Located {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface Finding extends Located {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly pytorch: string | null;
  /** The text of the line that it starts in. */
  readonly lineText: string;
  readonly related: readonly (Located & { readonly file: string; readonly message: string })[];
  readonly fixes: readonly { readonly title: string }[];
}

export interface CheckedFile {
  readonly file: string;
  readonly status: 'ok' | 'partial' | 'unreadable';
  readonly ms: number;
  readonly findings: readonly Finding[];
  /** Why it cannot be read or was given up. */
  readonly problem?: string | undefined;
}

export function findingsOf(document: Document, diagnostics: readonly Diagnostic[]): readonly Finding[] {
  const others = new Map<string, LineIndex | undefined>();
  const locate = (file: string, start: number, end: number): Located => {
    if (file === document.file) return between(document.position(start), document.position(end));
    if (!others.has(file)) others.set(file, indexOf(file));
    const index = others.get(file);
    return index === undefined ? { line: 1, column: 1, endLine: 1, endColumn: 1 } : between(index.position(start), index.position(end));
  };
  return diagnostics.map(({ start, end, severity, code, message, pytorch, related, fixes }) => ({
    ...locate(document.file, start, end),
    severity,
    code,
    message,
    pytorch,
    lineText: document.lineText(start),
    related: related.map((r) => ({ file: r.file, ...locate(r.file, r.start, r.end), message: r.message })),
    fixes: fixes.map(({ title }) => ({ title })),
  }));
}

function indexOf(file: string): LineIndex | undefined {
  try {
    return new LineIndex(readText(file));
  } catch {
    return undefined;
  }
}

function between(a: { line: number; column: number }, b: { line: number; column: number }): Located {
  return { line: a.line, column: a.column, endLine: b.line, endColumn: b.column };
}
