/** `shapelint shapes`. */
import { check } from '../check/check.ts';
import { type Document, openDocument } from './documents.ts';
import { findFiles } from './files.ts';
import { importsFrom } from './imports.ts';
import { Usage } from './main.ts';
import { optimiseSparingly } from './patience.ts';
import { parser, Unreadable } from './runtime.ts';

export async function shapesCommand(paths: readonly string[], format: 'text' | 'json'): Promise<number> {
  if (paths.length === 0) throw new Usage('shapes needs a file');
  const { files, problems } = findFiles(paths);
  for (const problem of problems) process.stderr.write(`shapelint: ${problem}\n`);
  const python = await parser();
  const importSource = importsFrom(python, paths);
  let unreadable = problems.length > 0;
  const rows: object[] = [];
  let text = '';
  for (const file of files) {
    let document: Document;
    try {
      document = openDocument(python, file, undefined);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      process.stderr.write(`shapelint: ${error.message}\n`);
      unreadable = true;
      continue;
    }
    optimiseSparingly();
    for (const row of check(document.source, { importSource }).shapes) {
      const a = document.position(row.start);
      const b = document.position(row.end);
      if (format === 'json') {
        rows.push({
          file: document.file,
          line: a.line,
          column: a.column,
          endLine: b.line,
          endColumn: b.column,
          text: row.text,
          shape: row.shape,
          dtype: row.dtype,
        });
      } else
        text += `${document.file}:${a.line}:${a.column}: ${row.text.replace(/\s+/g, ' ')}: ${row.shape}${row.dtype === null ? '' : ` ${row.dtype}`}\n`;
    }
  }
  process.stdout.write(format === 'json' ? `${JSON.stringify({ version: 1, shapes: rows }, null, 1)}\n` : text);
  return unreadable ? 2 : 0;
}
