/** The files of a command as sources: Python text, notebooks, standard input. */
import { readFileSync } from 'node:fs';
import { LineIndex } from '../python/line-index.ts';
import { readNotebook } from '../python/notebook.ts';
import type { PythonParser } from '../python/parser.ts';
import type { SourceFile } from '../python/syntax.ts';
import { readText, Unreadable } from './runtime.ts';

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Document {
  readonly file: string;
  readonly source: SourceFile;
  /** The file's text as it was read; of a notebook not that of its program. */
  readonly raw: string;
  position(offset: number): Place;
  lineText(offset: number): string;
}

export function openDocument(python: Pick<PythonParser, 'parse'>, file: string, stdinName: string | undefined): Document {
  const name = file === '-' ? (stdinName ?? '<stdin>') : file;
  const raw = file === '-' ? readFileSync(0, 'utf8') : readText(file);
  let text = raw;
  if (name.endsWith('.ipynb')) {
    const notebook = readNotebook(raw);
    if (!notebook.ok) throw new Unreadable(`${name}: ${notebook.message}`);
    text = notebook.notebook.text;
  }
  const source = python.parse(name, text);
  const lines = new LineIndex(text);
  return {
    file: name,
    source,
    raw,
    position: (offset) => lines.position(offset),
    lineText: (offset) => lines.lineText(lines.position(offset).line),
  };
}
