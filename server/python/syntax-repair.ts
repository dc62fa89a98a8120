/**
 * Narrows errors down to the lines that cause them, so that all other statements survive.
 * Owns the blanking of broken lines: a placeholder statement of the same length takes their place and offsets stay true.
 */

import type { Span, SyntaxFault } from './syntax.ts';
import type { LogicalLine, LogicalLines } from './syntax-lines.ts';
import type { Trouble } from './syntax-statements.ts';

/** How many pieces of a file may be parsed by themselves in search of its errors. */
const MAX_CHECKS = 4000;

export class Repair {
  text: string;
  readonly faults: SyntaxFault[] = [];
  readonly placeholders = new Set<number>();
  private readonly table: LogicalLines;
  private readonly blanked = new Set<number>();
  private readonly isValid: (text: string) => boolean;
  private checks = 0;

  /** `isValid` says whether a text parses without errors. */
  constructor(text: string, table: LogicalLines, isValid: (text: string) => boolean) {
    this.text = text;
    this.table = table;
    this.isValid = isValid;
  }

  /** Blanks the lines with open brackets or strings. */
  blankFaulty(): void {
    this.table.lines.forEach((line, i) => {
      if (line.fault === undefined || this.blanked.has(i)) return;
      if (line.faultStart > line.start) this.blankText(i, line.faultStart, line.end, true, line.fault);
      else this.blankStatement(i, line.fault);
    });
  }

  /**
   * Blanks what causes the troubles. Those after the first may be no more than its consequence, so where no statement is wrong by
   * itself only the first trouble's beginning is blanked. Returns false when there is nothing left to blank.
   */
  blankCulprits(troubles: readonly Trouble[]): boolean {
    const changes = troubles.map((trouble) => this.blankLines(this.narrowTrouble(trouble), trouble));
    if (changes.includes(true)) return true;
    return troubles.some((trouble) => this.blankLines([Math.max(0, this.table.indexAt(trouble.at))], trouble));
  }

  private narrowTrouble(trouble: Trouble): readonly number[] {
    const first = Math.max(0, this.table.indexAt(trouble.start));
    const last = this.table.indexAt(Math.max(trouble.start, trouble.end - 1));
    return this.narrow(first, last);
  }

  private blankLines(culprits: readonly number[], trouble: Trouble): boolean {
    let changed = false;
    for (const i of culprits) {
      const line = this.line(i);
      if (line === undefined || this.blanked.has(i)) continue;
      if (this.maskStars([line]) && this.standsAlone(i, i)) {
        changed = true;
        continue;
      }
      const { message } = trouble;
      this.blankStatement(i, { message, start: line.start, end: line.end });
      changed = true;
    }
    return changed;
  }

  /** The lines that begin the smallest statements, in a range of lines, that are wrong by themselves. */
  private narrow(first: number, last: number): number[] {
    const culprits: number[] = [];
    for (let i = first; i <= last; ) {
      const { body, end } = this.statementAt(i, last);
      if (!this.blanked.has(i) && !this.standsAlone(i, end)) {
        const inner = body <= end && this.standsAlone(i, body - 1) ? this.narrow(body, end) : [];
        culprits.push(...(inner.length > 0 ? inner : [i]));
      }
      i = end + 1;
    }
    return culprits;
  }

  /** The first line of the block of the statement that begins on a line, and the last line of that block. */
  private statementAt(i: number, last: number): { body: number; end: number } {
    const indent = this.line(i)?.indent ?? 0;
    let head = i;
    while (head < last && this.source(head).startsWith('@') && this.line(head + 1)?.indent === indent) head++;
    let end = head;
    while (end < last && (this.line(end + 1)?.indent ?? -1) > indent) end++;
    return { body: head + 1, end };
  }

  /**
   * In `return *[a], b` the grammar has no place for the star. A sign has its place there and binds alike, so one is put in its
   * stead for the parser; the conversion looks at the text it was given. Returns whether anything changed.
   */
  maskStars(places: readonly Span[]): boolean {
    const before = this.text;
    for (const { start } of places) {
      const line = this.line(this.table.indexAt(start));
      if (line === undefined) continue;
      const source = this.text.slice(line.start, line.end);
      const masked = source.replace(/(^|[=,([:;]|\b(?:return|yield|in))(\s*)\*(?=\s*[[({'"])/g, '$1$2+');
      this.text = this.text.slice(0, line.start) + masked + this.text.slice(line.end);
    }
    return this.text !== before;
  }

  private line(i: number): LogicalLine | undefined {
    return this.table.lines[i];
  }

  private source(i: number): string {
    const line = this.line(i);
    return line === undefined ? '' : this.text.slice(line.start, line.end);
  }

  /** Whether the lines from one to another are right by themselves, once a header without a block is given one. */
  private standsAlone(from: number, to: number): boolean {
    const first = this.line(from);
    const last = this.line(to);
    if (first === undefined || last === undefined || ++this.checks > MAX_CHECKS) return true;
    const margin = this.text.slice(this.text.lastIndexOf('\n', first.start - 1) + 1, first.start);
    const lines = margin + this.text.slice(first.start, last.end);
    const body = this.source(to).endsWith(':') ? ' 0\n' : '\n';
    const word = /^\w+|^@/.exec(this.source(from))?.[0] ?? '';
    const outer = margin === '' ? '' : 'if 0:\n';
    const isHeader = body !== '\n' || to > from;
    switch (word) {
      case 'elif':
      case 'else':
        return this.isValid(`${outer}${margin}if 0: 0\n${lines}${body}`);
      case 'except':
      case 'finally':
        return this.isValid(`${outer}${margin}try: 0\n${lines}${body}`);
      case 'case':
        return this.isValid(isHeader ? `match 0:\n${margin === '' ? ' ' : ''}${lines}${body}` : outer + lines + body);
      case 'match':
        return this.isValid(outer + lines + (isHeader && to === from ? `\n${margin} case _: 0\n` : body));
      case '@':
        return this.isValid(outer + lines + (isHeader ? body : `\n${margin}def f(): 0\n`));
      default:
        return this.isValid(outer + lines + body);
    }
  }

  /** Blanks the statement that a line begins: its block, its further branches, the definition under a decorator. */
  private blankStatement(i: number, fault: SyntaxFault): void {
    const line = this.line(i);
    if (line === undefined) return;
    let first = i;
    let last = i;
    const startsWith = (at: number, pattern: RegExp): boolean => pattern.test(this.source(at));
    const sameIndent = (at: number): boolean => this.line(at)?.indent === line.indent;
    const overBlock = (): void => {
      while ((this.line(last + 1)?.indent ?? -1) > line.indent) last++;
    };
    const isDefinition = (at: number): boolean => startsWith(at, /^(?:async\s+)?(?:def|class)\b/);
    if (isDefinition(i)) while (first > 0 && sameIndent(first - 1) && startsWith(first - 1, /^@/)) first--;
    if (startsWith(i, /^@/)) {
      while (sameIndent(last + 1) && (startsWith(last + 1, /^@/) || isDefinition(last + 1))) {
        last++;
        if (isDefinition(last)) break;
      }
    }
    overBlock();
    const branch = startsWith(i, /^(?:elif|else|except|finally|case)\b/);
    if (!branch && startsWith(i, /^(?:async\s+)?(?:if|for|while|try)\b/)) {
      while (sameIndent(last + 1) && startsWith(last + 1, /^(?:elif|else|except|finally)\b/)) {
        last++;
        overBlock();
      }
    }
    const previous = this.line(first - 1);
    const unexpectedIndent = previous !== undefined && line.indent > previous.indent && !this.source(first - 1).endsWith(':');
    for (let k = first; k <= last; k++) {
      const at = this.line(k);
      if (at !== undefined) this.blankText(k, at.start, at.end, k === first && !branch && !unexpectedIndent, k === i ? fault : undefined);
    }
  }

  private blankText(i: number, start: number, end: number, placeholder: boolean, fault: SyntaxFault | undefined): void {
    if (fault !== undefined) this.faults.push(fault);
    this.blanked.add(i);
    if (placeholder) this.placeholders.add(start);
    const blank = this.text.slice(start, end).replace(/[^\n]/g, ' ');
    this.text = this.text.slice(0, start) + (placeholder ? `0${blank.slice(1)}` : blank) + this.text.slice(end);
  }
}
