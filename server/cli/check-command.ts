/** `shapelint check`. */
import { performance } from 'node:perf_hooks';
import { check } from '../check/check.ts';
import type { Diagnostic, Report } from '../check/report.ts';
import { type Document, openDocument } from './documents.ts';
import { explain } from './explain.ts';
import { findFiles } from './files.ts';
import { asGitHub, asJson, asSarif, asText, type CheckedFile } from './formats.ts';
import { importsFrom, parser, Unreadable } from './runtime.ts';

export interface CheckFlags {
  readonly format: 'text' | 'json' | 'sarif' | 'github';
  readonly stdinFilename: string | undefined;
  readonly explain: string | undefined;
}

export async function checkCommand(paths: readonly string[], flags: CheckFlags): Promise<number> {
  if (flags.explain !== undefined) return explain(flags.explain);
  const { files, problems } = findFiles(paths.length === 0 ? ['.'] : paths);
  for (const problem of problems) process.stderr.write(`shapelint: ${problem}\n`);
  const python = await parser();
  const importSource = importsFrom(python, paths);
  const checked: CheckedFile[] = [];
  let unreadable = problems.length > 0;
  const progress = process.stderr.isTTY && files.length > 20;
  files.forEach((file, i) => {
    if (progress && i % 10 === 0) process.stderr.write(`\r\x1b[K${i}/${files.length} ${file.slice(-60)}`);
    const started = performance.now();
    let document: Document;
    try {
      document = openDocument(python, file, flags.stdinFilename);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      process.stderr.write(`shapelint: ${error.message}\n`);
      unreadable = true;
      checked.push({ file, status: 'unreadable', ms: 0, document: undefined, diagnostics: [] });
      return;
    }
    const report: Report = check(document.source, { importSource });
    const diagnostics: readonly Diagnostic[] = report.diagnostics;
    checked.push({ file: document.file, status: report.status, ms: performance.now() - started, document, diagnostics });
  });
  if (progress) process.stderr.write('\r\x1b[K');
  const write = { text: asText, json: asJson, sarif: asSarif, github: asGitHub }[flags.format];
  process.stdout.write(write(checked));
  if (unreadable) return 2;
  return checked.some((f) => f.diagnostics.some((d) => d.severity === 'error')) ? 1 : 0;
}
