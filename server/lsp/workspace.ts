/**
 * Files of the workspace that a program imports: found by module name, parsed once for each content.
 * Knows files by URI and reads them through the function it is given; knows nothing of what they mean.
 */
import type { Range as LspRange } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Range } from '../check/report.ts';
import { modulePlaces } from '../python/module-places.ts';
import type { PythonParser } from '../python/parser.ts';
import type { SourceFile } from '../python/syntax.ts';
import { toRange } from './pages.ts';

/** The imports of one analysis: resolves them and remembers what was asked for. */
export interface Imports {
  readonly resolve: (module: string, level: number, fromFile: string) => SourceFile | undefined;
  readonly seen: ReadonlyMap<string, string | undefined>;
}

export class Workspace {
  #roots: readonly string[] = [];
  readonly #parsed = new Map<string, { readonly text: string; readonly source: SourceFile }>();
  readonly #parser: PythonParser;
  readonly read: (uri: string) => string | undefined;

  constructor(parser: PythonParser, read: (uri: string) => string | undefined) {
    this.#parser = parser;
    this.read = read;
  }

  set roots(uris: readonly string[]) {
    this.#roots = uris.map((uri) => uri.replace(/\/*$/, '/'));
  }

  imports(): Imports {
    const seen = new Map<string, string | undefined>();
    const textOf = (uri: string): string | undefined => {
      if (!seen.has(uri)) seen.set(uri, this.read(uri));
      return seen.get(uri);
    };
    const resolve = (module: string, level: number, fromFile: string): SourceFile | undefined => {
      const name = module.split('.').map(encodeURIComponent).join('.');
      const layout = { roots: this.#roots, exists: (uri: string) => textOf(uri) !== undefined };
      for (const uri of modulePlaces(name, level, fromFile, layout)) {
        const text = textOf(uri);
        if (text !== undefined && uri !== fromFile) return this.#parse(uri, text);
      }
      return undefined;
    };
    return { resolve, seen };
  }

  /** A place in another file as lines and columns; `undefined` where the file is gone. */
  rangeOf(uri: string, range: Range): LspRange | undefined {
    const text = this.read(uri);
    return text === undefined ? undefined : toRange(TextDocument.create(uri, 'python', 0, text), range);
  }

  #parse(uri: string, text: string): SourceFile {
    const known = this.#parsed.get(uri);
    if (known?.text === text) return known.source;
    const source = this.#parser.parse(uri, text);
    this.#parsed.set(uri, { text, source });
    return source;
  }
}
