/**
 * Splits Python text into logical lines without a grammar: brackets, strings, comments, continuations.
 * Owns the judgement of which line an unclosed bracket or string belongs to, which a parser cannot tell once it has read on.
 */

import { indexAt } from './starts.ts';
import type { Comment, SyntaxFault } from './syntax.ts';
import { findBrokenTriple, isFormatted, isTriple, stringEnd } from './syntax-quotes.ts';

/** A logical line from its first character to its last, the comment at its end apart. */
export interface LogicalLine {
  readonly start: number;
  readonly end: number;
  /** Columns of white space before it; a tab counts to the next multiple of eight. */
  readonly indent: number;
  /** What is wrong with its brackets or strings. */
  readonly fault: SyntaxFault | undefined;
  /** Where the statement with that fault starts, when others come before it on the line. */
  readonly faultStart: number;
}

export class LogicalLines {
  readonly lines: readonly LogicalLine[];
  readonly comments: readonly Comment[];
  /** Whether any line has a fault. */
  readonly faulty: boolean;

  constructor(lines: readonly LogicalLine[], comments: readonly Comment[]) {
    this.lines = lines;
    this.comments = comments;
    this.faulty = lines.some((line) => line.fault !== undefined);
  }

  /** The number of the last line that starts at or before an offset, -1 before the first. */
  indexAt(offset: number): number {
    return indexAt(this.lines, offset);
  }

  /** Lines that are indented further than a line before them that opens no block; lines blanked in the text are passed over. */
  unexpectedIndents(text: string): SyntaxFault[] {
    const faults: SyntaxFault[] = [];
    for (let i = 0; i < this.lines.length; i++) {
      const line = this.lines[i] as LogicalLine;
      const before = this.lines[i - 1];
      if (line.indent <= (before?.indent ?? 0) || text[line.start] === ' ') continue;
      if (before !== undefined && (text[before.end - 1] === ':' || text[before.start] === ' ')) continue;
      faults.push({ message: 'unexpected indent', start: line.start, end: line.end });
    }
    return faults;
  }

  hasBlock(offset: number): boolean {
    const i = this.indexAt(offset);
    const line = this.lines[i];
    const next = this.lines[i + 1];
    return line !== undefined && next !== undefined && next.indent > line.indent;
  }

  same(a: number, b: number): boolean {
    const next = this.lines[this.indexAt(a) + 1];
    return next === undefined || b < next.start;
  }
}

const TAB = 9;
const LF = 10;
const FF = 12;
const CR = 13;
const SPACE = 32;
const HASH = 35;
const BACKSLASH = 92;
const BOM = 0xfeff;

/** Words that never begin a line inside brackets. */
const STATEMENT =
  /^(?:(?:def|class|return|import|raise|while|with|try|except|finally|del|pass|break|continue|global|nonlocal|assert|elif)\b|from\s+[\w.]+\s+import\b|async\s+(?:def|with)\b|@\w[\w.]*\s*(?:\(.*\)\s*)?$|[A-Za-z_]\w*(?:\.\w+)+\s*=[^=]|(?:if|for|else)\b.*:\s*(?:#.*)?$)/;

/** What a line that starts no further right than the one with the open bracket may look like and still belong inside it. */
const CONTINUATION = /^(?:[)\]}'"\d.,+\-*/%&|^<>=!~@:([{]|(?:if|for|else|in|and|or|not|is|lambda)\b|[rbfuRBFU]{1,2}['"]|\w+\s*,\s*$)/;

/**
 * How far an open bracket at the end of a line is trusted. In a text known to have `errors` it is given up when the next line can
 * only be a statement; where its `brackets` do not match, also when the next line is indented no further and might be one.
 */
export type Suspicion = 'none' | 'errors' | 'brackets';

/** Splits a text in which every lone `\r` was replaced by `\n`. */
export function scanLines(text: string, suspicion: Suspicion): LogicalLines {
  return new LineScanner(text, suspicion).scan();
}

class LineScanner {
  private readonly text: string;
  private readonly suspicious: boolean;
  private readonly mismatched: boolean;
  private readonly lines: LogicalLine[] = [];
  private readonly comments: Comment[] = [];
  private at = 0;
  private open: number[] = [];
  private fault: SyntaxFault | undefined = undefined;
  private statementStart = 0;
  private faultStart = 0;
  private brokenTriple = -1;

  constructor(text: string, suspicion: Suspicion) {
    this.text = text;
    this.suspicious = suspicion !== 'none';
    this.mismatched = suspicion === 'brackets';
  }

  scan(): LogicalLines {
    const { text } = this;
    if (this.suspicious) this.brokenTriple = findBrokenTriple(text);
    let indent = 0;
    while (this.at < text.length) {
      const code = text.charCodeAt(this.at);
      if (code === SPACE || code === BOM) indent += code === SPACE ? 1 : 0;
      else if (code === TAB) indent = (indent | 7) + 1;
      else if (code === LF || code === FF || code === CR) indent = 0;
      else if (code === HASH) {
        this.comment();
        continue;
      } else {
        this.line(indent);
        indent = 0;
        continue;
      }
      this.at++;
    }
    return new LogicalLines(this.lines, this.comments);
  }

  private comment(): void {
    const start = this.at;
    let end = this.text.indexOf('\n', start);
    if (end < 0) end = this.text.length;
    this.at = end;
    if (this.text.charCodeAt(end - 1) === CR) end--;
    this.comments.push({ start, end, text: this.text.slice(start, end) });
  }

  /** Reads one logical line, from its first character to the line break that ends it. */
  private line(indent: number): void {
    const { text } = this;
    const start = this.at;
    let end = start;
    this.open = [];
    this.fault = undefined;
    this.statementStart = start;
    this.faultStart = start;
    while (this.at < text.length) {
      const code = text.charCodeAt(this.at);
      if (code === LF) {
        if (this.open.length === 0) break;
        if (this.suspicious && this.startsStatement(indent)) break;
        this.at++;
      } else if (code === HASH) {
        this.comment();
      } else if (code === SPACE || code === TAB || code === CR || code === FF) {
        this.at++;
      } else {
        this.token(code);
        end = Math.min(this.at, text.length);
      }
    }
    const unclosed = this.open.at(-1);
    if (unclosed !== undefined) this.blame(`'${text[unclosed]}' was never closed`, unclosed, unclosed + 1);
    this.lines.push({ start, end, indent, fault: this.fault, faultStart: this.faultStart });
  }

  private token(code: number): void {
    const { text } = this;
    switch (code) {
      case BACKSLASH: {
        const crlf = text.charCodeAt(this.at + 1) === CR && text.charCodeAt(this.at + 2) === LF;
        this.at += crlf ? 3 : 2;
        return;
      }
      case 34:
      case 39:
        this.string();
        return;
      case 40:
      case 91:
      case 123:
        this.open.push(this.at++);
        return;
      case 41:
      case 93:
      case 125: {
        const opened = this.open.pop();
        const closes = opened !== undefined && closer(text.charCodeAt(opened)) === code;
        if (!closes) this.blame(`unmatched '${text[this.at]}'`, this.at, this.at + 1);
        this.at++;
        return;
      }
      case 59:
        this.at++;
        if (this.open.length === 0 && this.fault === undefined) this.statementStart = this.at;
        return;
      default:
        this.at++;
    }
  }

  private blame(message: string, start: number, end: number): void {
    if (this.fault !== undefined) return;
    this.fault = { message, start, end };
    while (isBlank(this.text.charCodeAt(this.statementStart))) this.statementStart++;
    this.faultStart = this.statementStart;
  }

  private string(): void {
    const { text, at } = this;
    const end = at === this.brokenTriple ? -1 : stringEnd(text, at, isFormatted(text, at), this.suspicious);
    if (end >= 0) {
      this.at = end;
      return;
    }
    let stop = text.indexOf('\n', at);
    if (stop < 0) stop = text.length;
    this.blame('unterminated string', at, text.charCodeAt(stop - 1) === CR ? stop - 1 : stop);
    // Without suspicion nothing after an unterminated triple quote is worth reading.
    this.at = isTriple(text, at) && !this.suspicious ? text.length : stop;
    this.open = [];
  }

  /** Whether the line after the one under way, inside an open bracket, must be a statement of its own. */
  private startsStatement(indent: number): boolean {
    const { text } = this;
    let from = this.at + 1;
    let column = 0;
    for (; from < text.length; from++) {
      const code = text.charCodeAt(from);
      if (code === SPACE) column++;
      else if (code === TAB) column = (column | 7) + 1;
      else if (code === LF || code === CR || code === FF) column = 0;
      else if (code === HASH) {
        const stop = text.indexOf('\n', from);
        if (stop < 0) return false;
        from = stop - 1;
      } else break;
    }
    if (from >= text.length) return false;
    let to = text.indexOf('\n', from);
    if (to < 0) to = text.length;
    const line = text.slice(from, Math.min(to, from + 300)).trimEnd();
    return STATEMENT.test(line) || (this.mismatched && column <= indent && !CONTINUATION.test(line));
  }
}

function closer(opening: number): number {
  return opening === 40 ? 41 : opening + 2;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
