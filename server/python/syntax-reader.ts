/**
 * The position in the parser's tree during its conversion: steps over comments, hands out node ids, bounds the depth.
 * Owns no knowledge of single node types; those are in the other `syntax-*` files, which receive this reader.
 */

import type { Expression, Span } from './syntax.ts';
import type { Grammar } from './syntax-grammar.ts';
import { ERROR_SYMBOL } from './syntax-grammar.ts';
import { hoistStar } from './syntax-stars.ts';

/** The part of the parser's tree cursor that the conversion uses. Offsets are UTF-16 units. */
export interface TreeCursor {
  readonly nodeTypeId: number;
  readonly startIndex: number;
  readonly endIndex: number;
  readonly currentDepth: number;
  readonly currentNode: TreeNode;
  gotoFirstChild(): boolean;
  gotoNextSibling(): boolean;
  gotoParent(): boolean;
}

/** Nodes are made only where a file has errors; making them for every node would triple the time. */
export interface TreeNode {
  readonly typeId: number;
  readonly startIndex: number;
  readonly endIndex: number;
  readonly hasError: boolean;
  readonly isError: boolean;
  readonly isMissing: boolean;
  readonly type: string;
  readonly children: readonly TreeNode[];
}

/** Thrown inside a statement that cannot be read and caught where the statement began. */
export class Unreadable extends Error implements Span {
  readonly start: number;
  readonly end: number;

  constructor(message: string, start: number, end: number) {
    super(message);
    this.start = start;
    this.end = end;
  }
}

/** What the conversion asks about logical lines. */
export interface LineTable {
  /** Whether two offsets lie on one logical line. */
  same(a: number, b: number): boolean;
  /** Whether the line after the one at an offset is indented further. */
  hasBlock(offset: number): boolean;
}

export type ExpressionReader = (reader: SyntaxReader) => Expression;

/** Deeper expressions are refused, so that everything that walks the tree by recursion stays within the stack. */
export const MAX_EXPRESSION_DEPTH = 400;

export class SyntaxReader {
  readonly grammar: Grammar;
  readonly text: string;
  readonly cursor: TreeCursor;
  readonly lines: LineTable;
  /** The symbol of the node under the cursor; after `leave` it is out of date until the next step. */
  type: number;
  /** Ids handed out so far. */
  nodes = 0;
  depth = 0;
  /** Set by a `yield`, saved and cleared by the function around it. */
  yields = false;
  /** Set by a starred expression until the item it is in was read. */
  starred = false;
  /** `value as target` binds too tightly in the grammar: the target waits here for the `with` or `except` it belongs to. */
  alias: { readonly target: Expression; readonly valueEnd: number } | undefined = undefined;
  private readonly readers: readonly (ExpressionReader | undefined)[];
  private readonly comment: number;
  private readonly continuation: number;

  constructor(grammar: Grammar, readers: readonly (ExpressionReader | undefined)[], cursor: TreeCursor, text: string, lines: LineTable) {
    this.grammar = grammar;
    this.readers = readers;
    this.cursor = cursor;
    this.text = text;
    this.lines = lines;
    this.type = cursor.nodeTypeId;
    this.comment = grammar.node.comment;
    this.continuation = grammar.node.line_continuation;
  }

  get start(): number {
    return this.cursor.startIndex;
  }

  get end(): number {
    return this.cursor.endIndex;
  }

  get named(): boolean {
    return this.grammar.named[this.type] === true;
  }

  /** The name of the symbol under the cursor, as the grammar writes it. */
  get symbol(): string {
    return this.type === ERROR_SYMBOL ? 'ERROR' : (this.grammar.names[this.type] ?? '');
  }

  /** The text of the node under the cursor. */
  get source(): string {
    return this.text.slice(this.cursor.startIndex, this.cursor.endIndex);
  }

  /** Goes to the first child that is no comment; stays and returns false where there is none. */
  enter(): boolean {
    if (!this.cursor.gotoFirstChild()) return false;
    this.type = this.cursor.nodeTypeId;
    if (this.type !== this.comment && this.type !== this.continuation) return true;
    if (this.next()) return true;
    this.cursor.gotoParent();
    return false;
  }

  /** Goes to the next sibling that is no comment. */
  next(): boolean {
    const { cursor } = this;
    while (cursor.gotoNextSibling()) {
      const type = cursor.nodeTypeId;
      if (type !== this.comment && type !== this.continuation) {
        this.type = type;
        return true;
      }
    }
    return false;
  }

  leave(): void {
    this.cursor.gotoParent();
  }

  /** Reads the expression under the cursor and stays on it. */
  expression(): Expression {
    const { type } = this;
    const read = this.readers[type];
    if (read === undefined) throw this.unreadable('invalid syntax');
    if (++this.depth > MAX_EXPRESSION_DEPTH) throw this.unreadable('expression is nested too deeply');
    const value = read(this);
    this.type = type;
    this.depth--;
    return value;
  }

  /** Reads the expression under the cursor where a starred one may stand. */
  item(): Expression {
    const outer = this.starred;
    this.starred = false;
    const value = this.expression();
    const item = this.starred ? hoistStar(this.text, value) : value;
    this.starred = outer;
    return item;
  }

  /** Goes to the next sibling and reads it. */
  nextExpression(): Expression {
    this.next();
    return this.expression();
  }

  /** The identifier under the cursor, in the normal form that Python compares names in. */
  identifier(): string {
    const name = this.source;
    for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) > 127) return name.normalize('NFKC');
    return name;
  }

  unreadable(message: string): Unreadable {
    return new Unreadable(message, this.start, this.end);
  }
}
