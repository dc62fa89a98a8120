/**
 * Lines and columns of offsets into a text; both count from 1, columns in UTF-16 units.
 * A line ends with `\n`, `\r\n` or `\r`. Owns no text beyond the one it was made for.
 */

export interface Position {
  readonly line: number;
  readonly column: number;
}

export class LineIndex {
  private readonly text: string;
  private readonly starts: readonly number[];

  constructor(text: string) {
    this.text = text;
    const starts = [0];
    if (text.includes('\r')) {
      for (const match of text.matchAll(/\r\n?|\n/g)) starts.push(match.index + match[0].length);
    } else {
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    }
    this.starts = starts;
  }

  /** Number of lines; a line break at the end begins a last, empty one. */
  get lineCount(): number {
    return this.starts.length;
  }

  /** Where an offset is; offsets beyond the text are taken for its end. */
  position(offset: number): Position {
    const bounded = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.startOf(middle) <= bounded) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: bounded - this.startOf(low) + 1 };
  }

  /** The offset of a position; a column beyond the line is taken for the line's end, before its break. */
  offset(line: number, column: number): number {
    if (line < 1) return 0;
    if (line > this.starts.length) return this.text.length;
    const start = this.startOf(line - 1);
    return Math.max(start, Math.min(start + column - 1, this.endOf(line)));
  }

  /** The text of a line without its break; empty for a line that is not there. */
  lineText(line: number): string {
    if (line < 1 || line > this.starts.length) return '';
    return this.text.slice(this.startOf(line - 1), this.endOf(line));
  }

  private startOf(index: number): number {
    return this.starts[index] ?? this.text.length;
  }

  private endOf(line: number): number {
    let end = this.startOf(line);
    if (line === this.starts.length) return end;
    if (this.text[end - 1] === '\n') end--;
    if (this.text[end - 1] === '\r' && end > this.startOf(line - 1)) end--;
    return end;
  }
}
