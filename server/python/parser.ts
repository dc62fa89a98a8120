/**
 * Starts the parser and turns Python text into the project's own syntax tree; the only file that knows which parser it is.
 * Runs in Node and in a web worker: the WebAssembly modules are handed in. Trees live in WebAssembly memory and are freed here.
 */
import type { Point, Tree } from 'web-tree-sitter';
import { Edit, Language, Parser } from 'web-tree-sitter';
import type { SourceFile, SyntaxFault } from './syntax.ts';
import { expressionReaders } from './syntax-expressions.ts';
import type { Grammar } from './syntax-grammar.ts';
import { readGrammar } from './syntax-grammar.ts';
import type { LogicalLines } from './syntax-lines.ts';
import { scanLines } from './syntax-lines.ts';
import type { ExpressionReader } from './syntax-reader.ts';
import { SyntaxReader } from './syntax-reader.ts';
import { Repair } from './syntax-repair.ts';
import { StatementReader } from './syntax-statements.ts';

/** How often a file with errors is read again after broken lines were blanked. */
const MAX_ROUNDS = 6;

/** The two WebAssembly modules, as bytes or as the path or address of a file. */
export interface ParserModules {
  readonly runtime: Uint8Array | string;
  readonly grammar: Uint8Array | string;
}

/** A file that is being edited: keeps the parser's tree, so that an update reads again only what changed. */
export interface ParsedDocument {
  readonly source: SourceFile;
  /** Takes the whole new text; what changed is found by comparing. */
  update(text: string): SourceFile;
  /** Frees the tree. The last `source` stays usable. */
  dispose(): void;
}

let runtime: Promise<void> | undefined;

/** Loads the parser and its grammar. The runtime is shared by all parsers of the process. */
export async function createParser(modules: ParserModules): Promise<PythonParser> {
  const { runtime: module } = modules;
  // With a place given for it the runtime looks for none beside itself; bytes need not have one.
  runtime ??= Parser.init(
    typeof module === 'string' ? { locateFile: () => module } : { wasmBinary: module.slice().buffer, locateFile: (name: string) => name },
  );
  await runtime;
  const language = await Language.load(modules.grammar);
  const parser = new Parser();
  parser.setLanguage(language);
  return new PythonParser(parser, readGrammar(language));
}

export class PythonParser {
  private readonly parser: Parser;
  private readonly grammar: Grammar;
  private readonly readers: readonly (ExpressionReader | undefined)[];

  constructor(parser: Parser, grammar: Grammar) {
    this.parser = parser;
    this.grammar = grammar;
    this.readers = expressionReaders(grammar);
  }

  /** Reads a whole file. Never throws for its content: what cannot be read is in `errors`. */
  parse(file: string, text: string): SourceFile {
    const { source, tree } = this.read(file, text, undefined);
    tree.delete();
    return source;
  }

  /** Reads a file that will be edited. The document is to be disposed of. */
  open(file: string, text: string): ParsedDocument {
    let state = this.read(file, text, undefined);
    let disposed = false;
    const update = (newText: string): SourceFile => {
      if (disposed) throw new Error(`${file} was disposed of`);
      const old = state;
      state = this.read(file, newText, old);
      old.tree.delete();
      return state.source;
    };
    const dispose = (): void => {
      if (!disposed) state.tree.delete();
      disposed = true;
    };
    return {
      get source() {
        return state.source;
      },
      update,
      dispose,
    };
  }

  /** Frees the parser. */
  dispose(): void {
    this.parser.delete();
  }

  private read(file: string, given: string, old: ParsedText | undefined): { source: SourceFile } & ParsedText {
    const faults: SyntaxFault[] = [];
    const text = replaceControls(given, faults);
    let parsed: ParsedText = this.parseText(maskCallsOfType(text), old);
    let table = scanLines(text, 'none');
    const finish = (result: Conversion, errors: readonly SyntaxFault[]): { source: SourceFile } & ParsedText => {
      const { body, nodes } = result;
      const sorted = [...faults, ...errors, ...table.unexpectedIndents(parsed.text)].sort((a, b) => a.start - b.start);
      return { ...parsed, source: { file, text: given, body, nodes, comments: table.comments, errors: sorted } };
    };
    if (!parsed.tree.rootNode.hasError) {
      const whole = this.convert(parsed.tree, text, table, new Set(), false);
      if (whole.troubles.length === 0) return finish(whole, whole.faults);
    }
    // What the parser makes of an error depends on the tree it started from; without one the result depends on the text alone.
    if (old !== undefined) parsed = this.replace(parsed, parsed.text, false);
    table = scanLines(text, table.faulty ? 'brackets' : 'errors');
    const repair = new Repair(parsed.text, table, (line) => this.isValid(line));
    repair.blankFaulty();
    for (let round = 0; ; round++) {
      if (repair.text !== parsed.text) parsed = this.replace(parsed, repair.text, true);
      const result = this.convert(parsed.tree, text, table, repair.placeholders, round >= MAX_ROUNDS);
      if (round < MAX_ROUNDS) {
        const masked = round === 0 && repair.maskStars(result.faults);
        const blanked = repair.blankCulprits(result.troubles);
        if (!masked && !blanked && result.troubles.length > 0) round = MAX_ROUNDS - 1;
        if (masked || result.troubles.length > 0) continue;
      }
      const left = result.troubles.map(({ message, start, end }) => ({ message, start, end }));
      return finish(result, [...repair.faults, ...result.faults, ...left]);
    }
  }

  private convert(tree: Tree, text: string, table: LogicalLines, placeholders: ReadonlySet<number>, salvaging: boolean): Conversion {
    const cursor = tree.walk();
    const reader = new SyntaxReader(this.grammar, this.readers, cursor, text, table);
    const statements = new StatementReader(reader, tree.rootNode.hasError, placeholders, salvaging);
    const body = statements.block();
    cursor.delete();
    const { faults, troubles } = statements;
    return { body, nodes: reader.nodes, faults, troubles };
  }

  private parseText(text: string, old: ParsedText | undefined): ParsedText {
    if (old === undefined) return { text, tree: this.parseTree(text, null) };
    const edited = old.tree.copy();
    edited.edit(editBetween(old.text, text));
    const tree = this.parseTree(text, edited);
    edited.delete();
    return { text, tree };
  }

  /** Parses a text in place of one that is no longer needed. */
  private replace(old: ParsedText, text: string, incremental: boolean): ParsedText {
    const parsed = this.parseText(text, incremental ? old : undefined);
    old.tree.delete();
    return parsed;
  }

  private parseTree(text: string, old: Tree | null): Tree {
    const tree = this.parser.parse(text, old);
    if (tree === null) throw new Error('the parser has no grammar');
    return tree;
  }

  private isValid(text: string): boolean {
    const tree = this.parseTree(text, null);
    const valid = !tree.rootNode.hasError;
    tree.delete();
    return valid;
  }
}

interface Conversion extends Pick<SourceFile, 'body' | 'nodes'>, Pick<StatementReader, 'faults' | 'troubles'> {}

interface ParsedText {
  readonly text: string;
  readonly tree: Tree;
}

/** NUL would end the parser's input and a lone `\r` would be no line break to it; lengths stay. */
function replaceControls(text: string, faults: SyntaxFault[]): string {
  let result = text;
  if (text.includes('\0')) {
    for (const match of text.matchAll(/\0+/g)) {
      faults.push({ message: 'source code cannot contain null bytes', start: match.index, end: match.index + match[0].length });
    }
    result = result.replaceAll('\0', ' ');
  }
  return result.includes('\r') ? result.replace(/\r(?!\n)/g, '\n') : result;
}

/** The grammar takes a line that begins with `type(x)` for a type alias, so the parser is shown another name of that length. */
function maskCallsOfType(text: string): string {
  return /^[ \t]*type[ \t]*\(/m.test(text) ? text.replace(/^([ \t]*)type(?=[ \t]*\()/gm, '$1typ_') : text;
}

/** One edit that covers everything between the common beginning and the common end of two texts. */
function editBetween(before: string, after: string): Edit {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let same = 0;
  while (same < shorter - start && before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)) same++;
  const oldEndIndex = before.length - same;
  const newEndIndex = after.length - same;
  return new Edit({
    startIndex: start,
    oldEndIndex,
    newEndIndex,
    startPosition: pointAt(before, start),
    oldEndPosition: pointAt(before, oldEndIndex),
    newEndPosition: pointAt(after, newEndIndex),
  });
}

function pointAt(text: string, offset: number): Point {
  let row = 0;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    row++;
    lineStart = at + 1;
  }
  return { row, column: offset - lineStart };
}
