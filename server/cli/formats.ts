/** The forms in which diagnostics are printed: for people, as JSON, SARIF and GitHub annotations. */
import { ALL_CODES } from '../check/codes.ts';
import type { CheckedFile, Located } from './findings.ts';

export function asJson(files: readonly CheckedFile[]): string {
  const diagnostics = files.flatMap((f) => f.findings.map(({ lineText: _, ...finding }) => ({ file: f.file, ...finding })));
  const rows = files.map((f) => ({ file: f.file, status: f.status, ms: Math.round(f.ms * 10) / 10 }));
  return `${JSON.stringify({ version: 1, files: rows, diagnostics }, null, 1)}\n`;
}

export function asText(files: readonly CheckedFile[]): string {
  const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  const paint = (code: string, text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const level = { error: '31;1', warning: '33;1', info: '36' } as const;
  let out = '';
  let errors = 0;
  let warnings = 0;
  for (const f of files) {
    for (const d of f.findings) {
      if (d.severity === 'error') errors++;
      else if (d.severity === 'warning') warnings++;
      out += `${paint('1', `${f.file}:${d.line}:${d.column}`)}: ${paint(level[d.severity], d.severity)}: ${d.message} ${paint('2', `[${d.code}]`)}\n`;
      const text = d.lineText.replaceAll('\t', ' ');
      const width = Math.max(1, (d.endLine === d.line ? d.endColumn : text.length + 1) - d.column);
      out += `    ${text.trimEnd()}\n    ${' '.repeat(d.column - 1)}${paint(level[d.severity], '~'.repeat(width))}\n`;
      if (d.pytorch !== null) out += `    ${paint('2', `PyTorch: ${d.pytorch.split('\n')[0]}`)}\n`;
      for (const { title } of d.fixes) out += `    ${paint('2', `fix: ${title}`)}\n`;
      for (const r of d.related) out += `    ${paint('2', `${r.file}:${r.line}:${r.column}: ${r.message}`)}\n`;
    }
  }
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  const partial = files.filter((f) => f.status === 'partial').length;
  out += `${count(files.length, 'file')}: ${count(errors, 'error')}, ${count(warnings, 'warning')}${partial > 0 ? `, ${partial} not finished` : ''}\n`;
  return out;
}

export function asGitHub(files: readonly CheckedFile[]): string {
  const escape = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const kind = { error: 'error', warning: 'warning', info: 'notice' } as const;
  return files
    .flatMap((f) =>
      f.findings.map((d) => {
        const where = `file=${f.file},line=${d.line},col=${d.column},endLine=${d.endLine},endColumn=${d.endColumn},title=${d.code}`;
        return `::${kind[d.severity]} ${where}::${escape(d.message)}\n`;
      }),
    )
    .join('');
}

export function asSarif(files: readonly CheckedFile[]): string {
  const region = (at: Located) => ({ startLine: at.line, startColumn: at.column, endLine: at.endLine, endColumn: at.endColumn });
  const location = (file: string, at: Located) => ({
    physicalLocation: { artifactLocation: { uri: file }, region: region(at) },
  });
  const level = { error: 'error', warning: 'warning', info: 'note' } as const;
  const results = files.flatMap((f) =>
    f.findings.map((d) => ({
      ruleId: d.code,
      level: level[d.severity],
      message: { text: d.pytorch === null ? d.message : `${d.message}\nPyTorch: ${d.pytorch}` },
      locations: [location(f.file, d)],
      relatedLocations: d.related.map((r, id) => ({ id, message: { text: r.message }, ...location(r.file, r) })),
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
