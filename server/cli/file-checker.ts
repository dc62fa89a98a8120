/** Checks one file after another for the command line, whichever thread it runs in. */
import { performance } from 'node:perf_hooks';
import { check } from '../check/check.ts';
import type { PythonParser } from '../python/parser.ts';
import { hashOf } from './content-hash.ts';
import { type Document, openDocument } from './documents.ts';
import { type CheckedFile, findingsOf } from './findings.ts';
import { type Found, Imports } from './imports.ts';
import { optimiseSparingly } from './patience.ts';
import { Unreadable } from './runtime.ts';

/** A file that takes longer is reported as far as it got. The step budget ends nearly all of them long before. */
const PATIENCE_MS = 60_000;

/** A result together with what it rests on. */
export interface Checked {
  readonly result: CheckedFile;
  /** The hash of the file's own text. */
  readonly hash: Found;
  readonly seen: readonly (readonly [file: string, found: Found])[];
  /** Whether the next check of the same texts would give the same: not if the clock ended it. */
  readonly lasting: boolean;
}

export class FileChecker {
  private readonly python: PythonParser;
  private readonly imports: Imports;

  constructor(python: PythonParser, paths: readonly string[]) {
    this.python = python;
    this.imports = new Imports(python, paths, hashOf);
  }

  check(file: string, stdinFilename?: string): Checked {
    const started = performance.now();
    let document: Document;
    try {
      document = openDocument(this.imports, file, stdinFilename);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      const result: CheckedFile = { file, status: 'unreadable', ms: 0, findings: [], problem: error.message };
      return { result, hash: '', seen: [], lasting: false };
    }
    optimiseSparingly();
    const imports = this.imports.session(document.file);
    let late = false;
    const cancelled = (): boolean => (late ||= performance.now() - started > PATIENCE_MS);
    const report = check(document.source, {
      importSource: imports.resolve,
      cancelled,
      parse: (text) => this.python.parse(document.file, text),
    });
    const findings = findingsOf(document, report.diagnostics);
    const result: CheckedFile = { file: document.file, status: report.status, ms: performance.now() - started, findings };
    return { result, hash: hashOf(document.raw), seen: [...imports.seen], lasting: !late };
  }
}
