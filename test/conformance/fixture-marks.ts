/** Reads the marks of a fixture: what stands in comments under the code, and the runs of a case. */

export type MarkKind = 'shape' | 'error' | 'warning' | 'missed' | 'false-alarm';

export interface Mark {
  readonly kind: MarkKind;
  /** Line of the code it speaks of, and that of the mark, from 1. */
  readonly line: number;
  readonly at: number;
  /** Columns from 1; the end is exclusive. */
  readonly start: number;
  readonly end: number;
  /** The code of a diagnostic; of a shape mark the whole shape. */
  readonly what: string;
  /** PyTorch's text, where the mark gives it. */
  readonly text: string | undefined;
}

const MARK = /^(\s*)#(\s*)(\^+|<-)\s*(shape|error|warning|missed|false-alarm):\s*(.*?)\s*$/;

export function readMarks(source: string): readonly Mark[] {
  const lines = source.split(/\r?\n/);
  const marks: Mark[] = [];
  const own = (i: number) => /^\s*#/.test(lines[i] ?? '');
  lines.forEach((line, i) => {
    const match = MARK.exec(line);
    if (match === null) return;
    let target = i - 1;
    while (target >= 0 && own(target)) target--;
    const indent = (match[1] as string).length;
    const sign = match[3] as string;
    const column = sign === '<-' ? indent : indent + 1 + (match[2] as string).length;
    const word = /^\w*/.exec((lines[target] ?? '').slice(column))?.[0] ?? '';
    const end = sign === '<-' ? column + word.length : column + sign.length;
    const kind = match[4] as MarkKind;
    const rest = match[5] as string;
    const parts = /^(\S+)(?:\s+"(.*)")?$/.exec(rest);
    marks.push({
      kind,
      line: target + 1,
      at: i + 1,
      start: column + 1,
      end: end + 1,
      what: kind === 'shape' ? rest : (parts?.[1] ?? rest),
      text: kind === 'shape' ? undefined : parts?.[2],
    });
  });
  return marks;
}
