/**
 * What an editor shows as one text: a file, or one cell of a notebook, all of whose cells are one program.
 * Owns the way between positions on a page and offsets in the program's text; knows nothing of what the text means.
 */
import type { Range as LspRange, Position } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Range } from '../check/report.ts';
import { joinCells } from '../python/notebook.ts';

export interface Page {
  readonly uri: string;
  /** An offset in the program's text. */
  offsetAt(position: Position): number;
  positionAt(offset: number): Position;
  /** Whether a range of the program's text stands on this page. */
  holds(range: Range): boolean;
}

export interface Program {
  /** What the program is called as a file: the URI of the file or notebook. */
  readonly file: string;
  readonly text: string;
  readonly pages: readonly Page[];
}

export function fileProgram(document: TextDocument): Program {
  const page: Page = {
    uri: document.uri,
    offsetAt: (position) => document.offsetAt(position),
    positionAt: (offset) => document.positionAt(offset),
    holds: () => true,
  };
  return { file: document.uri, text: document.getText(), pages: [page] };
}

/** The Python cells of a notebook, in its order. A notebook that was never saved is one all the same. */
export function notebookProgram(notebook: string, documents: readonly TextDocument[]): Program {
  const { text, cells } = joinCells(documents.map((document, index) => ({ index, source: document.getText() })));
  const pages = cells.map(({ index, start, end }): Page => {
    const document = documents[index] as TextDocument;
    return {
      uri: document.uri,
      offsetAt: (position) => start + document.offsetAt(position),
      positionAt: (offset) => document.positionAt(offset - start),
      holds: (range) => start <= range.start && range.start <= end,
    };
  });
  const path = notebook.replace(/[?#].*$/, '');
  return { file: path.endsWith('.ipynb') ? path : `${path}.ipynb`, text, pages };
}

export function toRange(page: Pick<Page, 'positionAt'>, range: Range): LspRange {
  return { start: page.positionAt(range.start), end: page.positionAt(range.end) };
}
