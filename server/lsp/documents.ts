/**
 * The open files and notebooks of a connection: their text, their incrementally kept syntax trees, and the report on each.
 * A report is computed when somebody asks and kept until the text, an imported file or a setting changes.
 * Trees live in WebAssembly memory, which nobody collects: the least recently used ones are freed.
 */
import type { Connection, Location } from 'vscode-languageserver';
import { NotebookDocuments, TextDocuments } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { check } from '../check/check.ts';
import type { Range, Report } from '../check/report.ts';
import { Reuse } from '../check/reuse.ts';
import type { ParsedDocument, PythonParser } from '../python/parser.ts';
import type { SourceFile } from '../python/syntax.ts';
import type { Configuration } from './configuration.ts';
import type { Disk } from './disk.ts';
import type { Page, Program } from './pages.ts';
import { fileProgram, notebookProgram, toRange } from './pages.ts';
import { Workspace } from './workspace.ts';

/** A report together with the text that its offsets speak of, for one page of it. */
export interface Analysis {
  readonly page: Page;
  /** All pages of the program, this one among them. */
  readonly pages: readonly Page[];
  readonly source: SourceFile;
  readonly report: Report;
  /** Names this very result: equal ids, equal reports. */
  readonly id: string;
}

interface Kept {
  readonly analysis: Omit<Analysis, 'page' | 'pages'>;
  readonly generation: number;
  /** The imported files that were asked for, with their text as it was. */
  readonly imported: ReadonlyMap<string, string | undefined>;
}

/** A file that takes longer than this is reported as far as it got. */
const patience = 5000;

export class Documents {
  readonly workspace: Workspace;
  readonly #texts = new TextDocuments(TextDocument);
  readonly #notebooks = new NotebookDocuments(this.#texts);
  readonly #trees = new Map<string, ParsedDocument>();
  readonly #kept = new Map<string, Kept>();
  readonly #reuse = new Map<string, Reuse>();
  readonly #parser: PythonParser;
  readonly #configuration: Configuration;
  readonly #disk: Disk;
  readonly #mostTrees: number;
  #computed = 0;

  constructor(parser: PythonParser, configuration: Configuration, disk: Disk, mostTrees = 16) {
    this.#parser = parser;
    this.#configuration = configuration;
    this.#mostTrees = mostTrees;
    this.workspace = new Workspace(parser, (uri) => this.#texts.get(uri)?.getText() ?? disk.read(uri));
    this.#disk = disk;
    this.#texts.onDidClose(({ document }) => this.#forget(document.uri));
    this.#notebooks.onDidClose(({ uri }) => this.#forget(notebookProgram(uri, []).file));
  }

  listen(connection: Connection): void {
    this.#texts.listen(connection);
    this.#notebooks.listen(connection);
  }

  onChange(listener: (document: TextDocument) => void): void {
    this.#texts.onDidChangeContent(({ document }) => listener(document));
  }

  /** A cell was edited, added, moved or taken away, or a file on the disk changed: what is said of others may change. */
  onOthersChange(listener: () => void): void {
    this.#notebooks.onDidChange(listener);
    this.#disk.onChange(listener);
  }

  onClose(listener: (uri: string) => void): void {
    this.#texts.onDidClose(({ document }) => listener(document.uri));
  }

  get open(): readonly TextDocument[] {
    return this.#texts.all();
  }

  get(uri: string): TextDocument | undefined {
    return this.#texts.get(uri);
  }

  /** How many syntax trees are held; the memory bench watches it. */
  get trees(): number {
    return this.#trees.size;
  }

  /** The report on an open file, or on the notebook of an open cell, as it is now; `undefined` for one that is not open. */
  analysis(uri: string): Analysis | undefined {
    const program = this.#program(uri);
    const page = program?.pages.find((each) => each.uri === uri);
    if (program === undefined || page === undefined) return undefined;
    return { ...this.#report(program), page, pages: program.pages };
  }

  /** Where a place of an analysis is shown: on one of its own pages or in another file; `undefined` where it is on none. */
  locate({ source, pages }: Analysis, place: Range & { readonly file: string }): Location | undefined {
    if (place.file !== source.file) {
      const range = this.workspace.rangeOf(place.file, place);
      return range === undefined ? undefined : { uri: place.file, range };
    }
    const page = pages.find((each) => each.holds(place));
    return page === undefined ? undefined : { uri: page.uri, range: toRange(page, place) };
  }

  #program(uri: string): Program | undefined {
    const document = this.#texts.get(uri);
    if (document === undefined) return undefined;
    const notebook = this.#notebooks.findNotebookDocumentForCell(uri);
    if (notebook === undefined) return fileProgram(document);
    const cells = notebook.cells.flatMap((cell) => this.#texts.get(cell.document) ?? []);
    return notebookProgram(
      notebook.uri,
      cells.filter(({ languageId }) => languageId === 'python'),
    );
  }

  #report(program: Program): Kept['analysis'] {
    const kept = this.#kept.get(program.file);
    if (kept !== undefined && this.#holds(kept, program)) return kept.analysis;
    const source = this.#source(program);
    const imports = this.workspace.imports();
    const deadline = Date.now() + patience;
    const reuse = this.#reuse.get(program.file) ?? new Reuse();
    this.#reuse.set(program.file, reuse);
    const report = check(source, {
      reuse,
      levels: this.#configuration.settings['shapelint.severity'],
      importSource: imports.resolve,
      parse: (text) => this.#parser.parse(program.file, text),
      cancelled: () => Date.now() > deadline,
    });
    const generation = this.#configuration.generation;
    this.#computed += 1;
    const analysis = { source, report, id: `${this.#computed}` };
    this.#kept.set(program.file, { analysis, generation, imported: imports.seen });
    return analysis;
  }

  /** The program's syntax tree, brought up to date with every edit since it was last asked for. */
  #source({ file, text }: Program): SourceFile {
    const tree = this.#trees.get(file) ?? this.#parser.open(file, text);
    if (tree.source.text !== text) tree.update(text);
    // The map's order is the order of use.
    this.#trees.delete(file);
    this.#trees.set(file, tree);
    for (const oldest of this.#trees.keys()) {
      if (this.#trees.size <= this.#mostTrees) break;
      this.#freeTree(oldest);
    }
    return tree.source;
  }

  #holds(kept: Kept, { text }: Program): boolean {
    if (kept.analysis.source.text !== text || kept.generation !== this.#configuration.generation) return false;
    for (const [uri, text] of kept.imported) if (this.workspace.read(uri) !== text) return false;
    return true;
  }

  #freeTree(uri: string): void {
    this.#trees.get(uri)?.dispose();
    this.#trees.delete(uri);
  }

  #forget(uri: string): void {
    this.#freeTree(uri);
    this.#kept.delete(uri);
    this.#reuse.delete(uri);
  }
}
