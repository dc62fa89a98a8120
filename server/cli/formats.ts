/** The forms in which diagnostics are printed: for people, as JSON, SARIF and GitHub annotations. */
import { ALL_CODES } from '../check/codes.ts';
import type { Diagnostic } from '../check/report.ts';
import { LineIndex } from '../python/line-index.ts';
import type { Document } from './documents.ts';
import { readText } from './runtime.ts';

export interface CheckedFile {
  readonly file: string;
  readonly status: 'ok' | 'partial' | 'unreadable';
  readonly ms: number;
  readonly document: Document | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

interface Located {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Positions in a file that may be another than the checked one. */
class Places {
  private readonly indexes = new Map<string, LineIndex | undefined>();

  locate(document: Document | undefined, file: string, start: number, end: number): Located {
    if (document !== undefined && document.file === file) return from(document.position(start), document.position(end));
    if (!this.indexes.has(file)) {
      let index: LineIndex | undefined;
      try {
        index = new LineIndex(readText(file));
      } catch {
        index = undefined;
      }
      this.indexes.set(file, index);
    }
    const index = this.indexes.get(file);
    return index === undefined ? { line: 1, column: 1, endLine: 1, endColumn: 1 } : from(index.position(start), index.position(end));
  }
}

function from(a: { line: number; column: number }, b: { line: number; column: number }): Located {
  return { line: a.line, column: a.column, endLine: b.line, endColumn: b.column };
}

export function asJson(files: readonly CheckedFile[]): string {
  const places = new Places();
  const diagnostics = files.flatMap((f) =>
    f.diagnostics.map((d) => ({
      file: f.file,
      ...places.locate(f.document, f.file, d.start, d.end),
      severity: d.severity,
      code: d.code,
      message: d.message,
      pytorch: d.pytorch,
      related: d.related.map((r) => ({ file: r.file, ...places.locate(f.document, r.file, r.start, r.end), message: r.message })),
      fixes: d.fixes.map((fix) => ({ title: fix.title })),
    })),
  );
  const rows = files.map((f) => ({ file: f.file, status: f.status, ms: Math.round(f.ms * 10) / 10 }));
  return `${JSON.stringify({ version: 1, files: rows, diagnostics }, null, 1)}\n`;
}

export function asText(files: readonly CheckedFile[]): string {
  const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  const paint = (code: string, text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const level = { error: '31;1', warning: '33;1', info: '36' } as const;
  const places = new Places();
  let out = '';
  let errors = 0;
  let warnings = 0;
  for (const f of files) {
    for (const d of f.diagnostics) {
      if (d.severity === 'error') errors++;
      else if (d.severity === 'warning') warnings++;
      const at = places.locate(f.document, f.file, d.start, d.end);
      out += `${paint('1', `${f.file}:${at.line}:${at.column}`)}: ${paint(level[d.severity], d.severity)}: ${d.message} ${paint('2', `[${d.code}]`)}\n`;
      const line = f.document?.lineText(d.start);
      if (line !== undefined) {
        const text = line.replaceAll('\t', ' ');
        const width = Math.max(1, (at.endLine === at.line ? at.endColumn : text.length + 1) - at.column);
        out += `    ${text.trimEnd()}\n    ${' '.repeat(at.column - 1)}${paint(level[d.severity], '~'.repeat(width))}\n`;
      }
      if (d.pytorch !== null) out += `    ${paint('2', `PyTorch: ${d.pytorch.split('\n')[0]}`)}\n`;
      for (const r of d.related) {
        const where = places.locate(f.document, r.file, r.start, r.end);
        out += `    ${paint('2', `${r.file}:${where.line}:${where.column}: ${r.message}`)}\n`;
      }
    }
  }
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  const partial = files.filter((f) => f.status === 'partial').length;
  out += `${count(files.length, 'file')}: ${count(errors, 'error')}, ${count(warnings, 'warning')}${partial > 0 ? `, ${partial} not finished` : ''}\n`;
  return out;
}

export function asGitHub(files: readonly CheckedFile[]): string {
  const places = new Places();
  const escape = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const kind = { error: 'error', warning: 'warning', info: 'notice' } as const;
  return files
    .flatMap((f) =>
      f.diagnostics.map((d) => {
        const at = places.locate(f.document, f.file, d.start, d.end);
        const where = `file=${f.file},line=${at.line},col=${at.column},endLine=${at.endLine},endColumn=${at.endColumn},title=${d.code}`;
        return `::${kind[d.severity]} ${where}::${escape(d.message)}\n`;
      }),
    )
    .join('');
}

export function asSarif(files: readonly CheckedFile[]): string {
  const places = new Places();
  const region = (at: Located) => ({ startLine: at.line, startColumn: at.column, endLine: at.endLine, endColumn: at.endColumn });
  const location = (f: CheckedFile, file: string, start: number, end: number) => ({
    physicalLocation: { artifactLocation: { uri: file }, region: region(places.locate(f.document, file, start, end)) },
  });
  const level = { error: 'error', warning: 'warning', info: 'note' } as const;
  const results = files.flatMap((f) =>
    f.diagnostics.map((d) => ({
      ruleId: d.code,
      level: level[d.severity],
      message: { text: d.pytorch === null ? d.message : `${d.message}\nPyTorch: ${d.pytorch}` },
      locations: [location(f, f.file, d.start, d.end)],
      relatedLocations: d.related.map((r, id) => ({ id, message: { text: r.message }, ...location(f, r.file, r.start, r.end) })),
    })),
  );
  const rules = ALL_CODES.map((c) => ({
    id: c.code,
    name: c.code,
    shortDescription: { text: c.title },
    fullDescription: { text: c.summary },
  }));
  const sarif = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'ShapeLint', rules } }, results, columnKind: 'utf16CodeUnits' }],
  };
  return `${JSON.stringify(sarif, null, 1)}\n`;
}
