/**
 * Files of the workspace that a program imports: found by module name, parsed once for each content.
 * Knows files by URI and reads them through the function it is given; knows nothing of what they mean.
 */
import type { Range as LspRange } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Range } from '../check/report.ts';
import type { PythonParser } from '../python/parser.ts';
import type { SourceFile } from '../python/syntax.ts';
import { toRange } from './ranges.ts';

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
    const resolve = (module: string, level: number, fromFile: string): SourceFile | undefined => {
      for (const uri of this.#candidates(module, level, fromFile)) {
        const text = seen.has(uri) ? seen.get(uri) : this.read(uri);
        seen.set(uri, text);
        if (text !== undefined) return this.#parse(uri, text);
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

  /** Places of a module in the order Python looks: a relative one from its package, others from the script's folder and the roots. */
  #candidates(module: string, level: number, fromFile: string): readonly string[] {
    const folder = fromFile.slice(0, fromFile.lastIndexOf('/') + 1);
    const bases =
      level > 0
        ? [folder.replace(new RegExp(`(?:[^/]+/){${level - 1}}$`), '')]
        : [folder, ...this.#roots, ...this.#roots.map((root) => `${root}src/`)];
    const path = module
      .split('.')
      .filter((part) => part !== '')
      .map(encodeURIComponent)
      .join('/');
    return [...new Set(bases)].flatMap((base) =>
      path === '' ? [`${base}__init__.py`] : [`${base}${path}.py`, `${base}${path}/__init__.py`],
    );
  }

  #parse(uri: string, text: string): SourceFile {
    const known = this.#parsed.get(uri);
    if (known?.text === text) return known.source;
    const source = this.#parser.parse(uri, text);
    this.#parsed.set(uri, { text, source });
    return source;
  }
}
