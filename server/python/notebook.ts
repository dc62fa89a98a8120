/**
 * Turns a Jupyter notebook into one Python text, its code cells one after the other as the scope they share.
 * Owns the way back from an offset in that text to a cell; IPython's own commands are blanked, so that offsets stay true.
 */
import { LineIndex } from './line-index.ts';

export interface NotebookCell {
  /** Where the cell's text starts and ends in the joined text, the line break after it apart. */
  readonly start: number;
  readonly end: number;
  /** The cell's number in the notebook, from 0, cells of text counted. */
  readonly index: number;
}

export interface CellPosition {
  /** The cell's number in the notebook, from 0. */
  readonly cell: number;
  /** From 1, within the cell; columns in UTF-16 units. */
  readonly line: number;
  readonly column: number;
}

export interface Notebook {
  readonly text: string;
  readonly cells: readonly NotebookCell[];
  /** Where an offset of the text is; undefined when there is no code cell. */
  locate(offset: number): CellPosition | undefined;
}

export type NotebookResult = { readonly ok: true; readonly notebook: Notebook } | { readonly ok: false; readonly message: string };

/** Reads the JSON of an `.ipynb` file, format 3 or 4. */
export function readNotebook(json: string): NotebookResult {
  let content: unknown;
  try {
    content = JSON.parse(json.startsWith('\uFEFF') ? json.slice(1) : json);
  } catch (error) {
    return { ok: false, message: `the notebook is not valid JSON: ${error instanceof Error ? error.message : 'unknown error'}` };
  }
  const cells = cellsOf(content);
  if (cells === undefined) return { ok: false, message: 'the notebook has no list of cells' };
  return { ok: true, notebook: joinCells(cells) };
}

/** Joins the code cells of an open notebook; each is blanked by itself. */
export function joinCells(cells: readonly { readonly index: number; readonly source: string }[]): Notebook {
  const placed: (NotebookCell & { readonly lines: LineIndex })[] = [];
  let text = '';
  for (const { index, source } of cells) {
    const code = blankCommands(source);
    if (isIndented(code)) text += 'if 1:\n';
    const start = text.length;
    text += `${code}\n`;
    placed.push({ start, end: start + source.length, index, lines: new LineIndex(source) });
  }
  return {
    text,
    cells: placed.map(({ start, end, index }) => ({ start, end, index })),
    locate(offset) {
      const cell = placed.findLast(({ start }) => start <= offset) ?? placed[0];
      if (cell === undefined) return undefined;
      return { cell: cell.index, ...cell.lines.position(offset - cell.start) };
    },
  };
}

/** IPython takes away the indentation that a cell begins with; here the cell is a block. */
function isIndented(code: string): boolean {
  const lines = code.split('\n').filter((line) => line.trim() !== '');
  const first = lines.find((line) => !line.trimStart().startsWith('#'));
  return first !== undefined && /^[ \t]/.test(first) && /^[ \t]/.test(lines[0] as string);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The code cells of a notebook; older notebooks keep them in worksheets and call their text `input`. */
function cellsOf(content: unknown): readonly { index: number; source: string }[] | undefined {
  if (!isRecord(content)) return undefined;
  const sheets = Array.isArray(content['worksheets']) ? content['worksheets'] : [content];
  const lists = sheets.filter(isRecord).map((sheet) => sheet['cells']);
  if (!lists.some(Array.isArray)) return undefined;
  return lists.flat().flatMap((cell: unknown, index) => {
    if (!isRecord(cell) || cell['cell_type'] !== 'code') return [];
    const source = textOf(cell['source'] ?? cell['input']);
    return source === undefined ? [] : [{ index, source }];
  });
}

function textOf(source: unknown): string | undefined {
  if (typeof source === 'string') return source;
  if (!Array.isArray(source)) return undefined;
  return source.filter((line) => typeof line === 'string').join('');
}

/** Cell commands that run their cell as Python all the same. */
const PYTHON_CELL = /^%%(?:time|timeit|capture|prun|python3?)\b/;

const BRACKETS: Readonly<Record<string, number>> = { '(': 1, '[': 1, '{': 1, ')': -1, ']': -1, '}': -1 };

/** Replaces lines that IPython takes for itself by blanks of the same length. */
export function blankCommands(source: string): string {
  const blank = (text: string): string => text.replace(/[^\r\n]/g, ' ');
  const command = /^\s*%%/.test(source);
  if (command && !PYTHON_CELL.test(source.trimStart())) return blank(source);
  let depth = 0;
  let quote = '';
  let continued = false;
  return source
    .split(/(?<=\n)/)
    .map((line) => {
      const outside = depth === 0 && quote === '';
      const taken = continued || (outside && isCommand(line));
      if (taken) {
        const first = !continued;
        continued = /\\\s*$/.test(line);
        return first ? placeholder(line, blank(line)) : blank(line);
      }
      ({ depth, quote } = scanLine(line, depth, quote));
      return line;
    })
    .join('');
}

/** An indented command may be all there is in a block, so `0` stands in its place. */
function placeholder(line: string, blanked: string): string {
  const at = line.search(/\S/);
  return at > 0 ? `${blanked.slice(0, at)}0${blanked.slice(at + 1)}` : blanked;
}

/** Commands that IPython takes without a mark, followed by what no Python expression goes on with. */
const UNMARKED = /^(?:pip3?|conda|mamba|cd|ls|mkdir|rm|cp|mv|cat)\s+(?:-|[\w./~]+(?:\s+[\w./~-]|$))/;

/** `%magic`, `!shell`, `x = %magic`, `x = !shell`, `?name`, `name?`, `name??`; `%%` only where the cell runs as Python. */
function isCommand(line: string): boolean {
  const text = line.trim();
  if (/^(?:%|!|\?)/.test(text)) return true;
  if (/^[A-Za-z_][\w.]*(?:\[[^\]]*\])?\?{1,2}$/.test(text) || UNMARKED.test(text)) return true;
  return /^[A-Za-z_][\w.,\s]*=\s*(?:!|%\w)/.test(text);
}

/** The depth of brackets and the open triple quote after a line. */
function scanLine(line: string, depth: number, quote: string): { depth: number; quote: string } {
  let open = depth;
  let inside = quote;
  for (const [token] of line.matchAll(/\\[\s\S]|"""|'''|["'#()[\]{}]/g)) {
    if (inside !== '') {
      if (token === inside) inside = '';
    } else if (token === '#') {
      break;
    } else if (token.startsWith('"') || token.startsWith("'")) {
      inside = token;
    } else {
      open = Math.max(0, open + (BRACKETS[token] ?? 0));
    }
  }
  return { depth: open, quote: inside.length === 3 ? inside : '' };
}
