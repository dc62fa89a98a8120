// Owns the WebAssembly engine of the contraction: packing operands into panels in its memory, calling the loops of
// contraction.wat, reading the tiles back. It knows nothing of when it pays; contraction.ts decides that.

import type { MatrixView } from './contraction.ts';
import { CONTRACTION_BINARY } from './contraction-binary.ts';
import type { TypedArray } from './dtype.ts';
import { reserve, startModule, type VectorMemory } from './vector-module.ts';

/** Where a product goes: row-major from `offset`, rows `step` apart, added to what is there with `accumulate`. */
export interface ProductTarget {
  readonly data: TypedArray;
  readonly offset: number;
  readonly step: number;
  readonly accumulate: boolean;
}

type Panels = (a: number, b: number, c: number, rowPanels: number, columnPanels: number, k: number) => void;

type Rows = (tiles: number, to: number, rowBytes: number, rowPanels: number, columnPanels: number) => void;

interface Loops {
  readonly memory: VectorMemory;
  readonly panels32: Panels;
  readonly panels64: Panels;
  readonly rows32: Rows;
}

/** The width of the sums: float32 in short runs that are added up in float64, or float64 throughout. */
export type Precision = 'float32' | 'float64';

const ROWS = 4;
const COLUMNS: Readonly<Record<Precision, number>> = { float32: 8, float64: 4 };
const BYTES: Readonly<Record<Precision, number>> = { float32: 4, float64: 8 };

/** Blocks of k, of columns and of rows, in elements: A's block stays in the second cache, all of it in a few megabytes. */
const DEPTH = 4096;
const RIGHT_BLOCK = 2 ** 20;
const MOST_COLUMNS = 2048;
const LEFT_BLOCK = 2 ** 16;
const MOST_ROWS = 128;
/** A constant right operand is kept packed up to this many elements. */
const KEPT_MOST = 2 ** 24;

const START = 1024;

const up = (n: number, to: number): number => Math.ceil(n / to) * to;

export class ContractionEngine {
  private readonly loops: Loops;
  /** The right operand whose panels, all of them, lie in memory from `keptAt` on. */
  private kept: { readonly view: MatrixView; readonly precision: Precision; readonly at: number } | undefined;

  private constructor(loops: Loops) {
    this.loops = loops;
  }

  /** The engine, or undefined where the host has no WebAssembly or none with 128-bit vectors. */
  static start(): ContractionEngine | undefined {
    const loops = startModule<Loops>(CONTRACTION_BINARY);
    return loops === undefined ? undefined : new ContractionEngine(loops);
  }

  /** [m, k] @ [k, n] -> [m, n] into `out`. A `constant` right operand is packed once for all products that name the same view. */
  multiply(precision: Precision, m: number, n: number, k: number, a: MatrixView, b: MatrixView, out: ProductTarget): void {
    const width = COLUMNS[precision];
    const bytes = BYTES[precision];
    const depth = Math.min(k, DEPTH);
    const columns = up(Math.min(n, MOST_COLUMNS, Math.max(width, Math.floor(RIGHT_BLOCK / depth))), width);
    const keeps = b.constant === true && n * k <= KEPT_MOST;
    // What is kept lies behind places whose size does not depend on the number of rows.
    const most = Math.min(MOST_ROWS, Math.max(ROWS, Math.floor(LEFT_BLOCK / depth)));
    const rows = up(keeps ? most : Math.min(m, most), ROWS);
    const right = keeps ? up(n, width) * k : columns * depth;
    const leftAt = START;
    const tilesAt = leftAt + rows * depth * bytes;
    const rowsAt = tilesAt + rows * columns * 8;
    const rightAt = rowsAt + rows * columns * 4;
    const found = keeps && this.kept?.view === b && this.kept.precision === precision && this.kept.at === rightAt;
    if (!found) this.kept = undefined;
    reserve(this.loops.memory, rightAt + right * bytes);
    for (let j = 0; j < n; j += columns) {
      const wide = Math.min(columns, n - j);
      for (let i = 0; i < m; i += rows) {
        const high = Math.min(rows, m - i);
        const tiles = new Float64Array(this.loops.memory.buffer, tilesAt, up(high, ROWS) * up(wide, width));
        tiles.fill(0);
        for (let l = 0; l < k; l += depth) {
          const deep = Math.min(depth, k - l);
          // Kept panels lie block after block; otherwise one block's place serves them all.
          const at = keeps ? rightAt + (j * k + l * up(wide, width)) * bytes : rightAt;
          const packed = keeps ? found || i > 0 : i > 0 && k <= depth;
          if (!packed) this.pack(precision, at, width, b, b.colStep, b.rowStep, j, wide, l, deep);
          this.pack(precision, leftAt, ROWS, a, a.rowStep, a.colStep, i, high, l, deep);
          const run = precision === 'float32' ? this.loops.panels32 : this.loops.panels64;
          run(leftAt, at, tilesAt, up(high, ROWS) / ROWS, up(wide, width) / width, deep);
        }
        const to = out.offset + i * out.step + j;
        if (precision === 'float32' && !out.accumulate) this.copyRows(tilesAt, rowsAt, high, wide, out, to);
        else unpack(tiles, width, high, wide, out, to);
      }
    }
    if (keeps) this.kept = { view: b, precision, at: rightAt };
  }

  /** Tiles of float32 products into rows of the result, by way of rows in the engine's memory. */
  private copyRows(tilesAt: number, rowsAt: number, rows: number, columns: number, { data, step }: ProductTarget, at: number): void {
    const width = COLUMNS.float32;
    const long = up(columns, width);
    this.loops.rows32(tilesAt, rowsAt, long * 4, up(rows, ROWS) / ROWS, long / width);
    const from = new Float32Array(this.loops.memory.buffer, rowsAt, rows * long);
    if (columns === long && columns === step) data.set(from as never, at);
    else for (let i = 0; i < rows; i++) data.set(from.subarray(i * long, i * long + columns) as never, at + i * step);
  }

  /** Lines `from` on of an operand in panels of `width` lines, interleaved along k from `start` on, padded with zeros. */
  private pack(
    precision: Precision,
    at: number,
    width: number,
    v: MatrixView,
    across: number,
    along: number,
    from: number,
    count: number,
    start: number,
    depth: number,
  ): void {
    const memory = this.loops.memory.buffer;
    const size = up(count, width) * depth;
    const into = precision === 'float32' ? new Float32Array(memory, at, size) : new Float64Array(memory, at, size);
    const base = v.offset + from * across + start * along;
    for (let g = 0; g < count; g += width) {
      const lines = Math.min(width, count - g);
      const to = g * depth;
      if (lines < width) into.fill(0, to, to + width * depth);
      if (across === 1) packAcross(v.data, base + g, along, into, to, width, lines, depth);
      else packAlong(v.data, base + g * across, across, along, into, to, width, lines, depth);
    }
  }
}

/** Neighbours in memory are neighbours in the panel: one step along k after the other. */
function packAcross(
  data: TypedArray,
  base: number,
  along: number,
  into: TypedArray,
  to: number,
  width: number,
  lines: number,
  depth: number,
): void {
  for (let l = 0, p = base, q = to; l < depth; l++, p += along, q += width)
    for (let w = 0; w < lines; w++) into[q + w] = data[p + w] as number;
}

/** Line after line of the panel. */
function packAlong(
  data: TypedArray,
  base: number,
  across: number,
  along: number,
  into: TypedArray,
  to: number,
  width: number,
  lines: number,
  depth: number,
): void {
  for (let w = 0; w < lines; w++)
    for (let l = 0, p = base + w * across, q = to + w; l < depth; l++, p += along, q += width) into[q] = data[p] as number;
}

/** Tiles of doubles, column panel by column panel, into rows of the result, rounded there to its type. */
function unpack(tiles: Float64Array, width: number, rows: number, columns: number, out: ProductTarget, at: number): void {
  const { data, step, accumulate } = out;
  const panel = up(rows, ROWS) * width;
  for (let i = 0; i < rows; i++) {
    for (let j = 0, p = i * width; j < columns; j += width, p += panel) {
      const lines = Math.min(width, columns - j);
      const q = at + i * step + j;
      if (accumulate) for (let w = 0; w < lines; w++) data[q + w] = (data[q + w] as number) + (tiles[p + w] as number);
      else for (let w = 0; w < lines; w++) data[q + w] = tiles[p + w] as number;
    }
  }
}
