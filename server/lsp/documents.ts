/**
 * The open documents of a connection: their text, their incrementally kept syntax trees, and the report on each.
 * A report is computed when somebody asks and kept until the text, an imported file or a setting changes.
 * Trees live in WebAssembly memory, which nobody collects: the least recently used ones are freed.
 */
import type { Connection } from 'vscode-languageserver';
import { TextDocumentSyncKind, TextDocuments } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { check } from '../check/check.ts';
import type { Report } from '../check/report.ts';
import type { ParsedDocument, PythonParser } from '../python/parser.ts';
import type { SourceFile } from '../python/syntax.ts';
import type { Configuration } from './configuration.ts';
import { Workspace } from './workspace.ts';

/** A report together with the text that its offsets speak of. */
export interface Analysis {
  readonly document: TextDocument;
  readonly source: SourceFile;
  readonly report: Report;
  /** Names this very result: equal ids, equal reports. */
  readonly id: string;
}

interface Kept {
  readonly analysis: Analysis;
  readonly version: number;
  readonly generation: number;
  /** The imported files that were asked for, with their text as it was. */
  readonly imported: ReadonlyMap<string, string | undefined>;
}

/** A file that takes longer than this is reported as far as it got. */
const patience = 5000;

export class Documents {
  readonly sync = TextDocumentSyncKind.Incremental;
  readonly workspace: Workspace;
  readonly #texts = new TextDocuments(TextDocument);
  readonly #trees = new Map<string, ParsedDocument>();
  readonly #kept = new Map<string, Kept>();
  readonly #parser: PythonParser;
  readonly #configuration: Configuration;
  readonly #mostTrees: number;
  #computed = 0;

  constructor(parser: PythonParser, configuration: Configuration, readFile: (uri: string) => string | undefined, mostTrees = 16) {
    this.#parser = parser;
    this.#configuration = configuration;
    this.#mostTrees = mostTrees;
    this.workspace = new Workspace(parser, (uri) => this.#texts.get(uri)?.getText() ?? readFile(uri));
    this.#texts.onDidClose(({ document }) => this.#forget(document.uri));
  }

  listen(connection: Connection): void {
    this.#texts.listen(connection);
  }

  onChange(listener: (document: TextDocument) => void): void {
    this.#texts.onDidChangeContent(({ document }) => listener(document));
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

  /** The report on an open document as it is now; `undefined` for one that is not open. */
  analysis(uri: string): Analysis | undefined {
    const document = this.#texts.get(uri);
    if (document === undefined) return undefined;
    const kept = this.#kept.get(uri);
    if (kept !== undefined && this.#holds(kept, document)) return kept.analysis;
    const source = this.source(document);
    const imports = this.workspace.imports();
    const deadline = Date.now() + patience;
    const report = check(source, {
      levels: this.#configuration.settings['shapelint.severity'],
      importSource: imports.resolve,
      cancelled: () => Date.now() > deadline,
    });
    const generation = this.#configuration.generation;
    this.#computed += 1;
    const analysis = { document, source, report, id: `${this.#computed}` };
    this.#kept.set(uri, { analysis, version: document.version, generation, imported: imports.seen });
    return analysis;
  }

  /** The document's syntax tree, brought up to date with every edit since it was last asked for. */
  source(document: TextDocument): SourceFile {
    const { uri } = document;
    const text = document.getText();
    const tree = this.#trees.get(uri) ?? this.#parser.open(uri, text);
    if (tree.source.text !== text) tree.update(text);
    // The map's order is the order of use.
    this.#trees.delete(uri);
    this.#trees.set(uri, tree);
    for (const oldest of this.#trees.keys()) {
      if (this.#trees.size <= this.#mostTrees) break;
      this.#freeTree(oldest);
    }
    return tree.source;
  }

  #holds(kept: Kept, document: TextDocument): boolean {
    if (kept.version !== document.version || kept.generation !== this.#configuration.generation) return false;
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
  }
}
