// Owns the one dense contraction all linear algebra goes through: C = A B over packed panels. The WebAssembly engine does
// the large ones where the host has it; the loops here do the others, and all of them elsewhere.

import { ContractionEngine } from './contraction-engine.ts';
import type { TypedArray } from './dtype.ts';
import { KernelError } from './dtype.ts';

/** A matrix inside a buffer: element (i, j) at offset + i*rowStep + j*colStep. */
export interface MatrixView {
  readonly data: TypedArray;
  readonly offset: number;
  readonly rowStep: number;
  readonly colStep: number;
  /** As a right operand: its numbers do not change as long as this view is used, so its packed form may be kept. */
  readonly constant?: boolean;
}

/** Which loops do the large products: WebAssembly where the host has it, always, or never. */
export type Backend = 'auto' | 'wasm' | 'js';

let backend: Backend = 'auto';
/** undefined before it was asked for, null where the host has none. */
let engine: ContractionEngine | undefined | null;

/** Chooses the loops for all contractions from here on. Throws KernelError where `wasm` is asked of a host without it. */
export function useBackend(chosen: Backend): void {
  backend = chosen;
  if (chosen === 'wasm' && startEngine() === null) throw new KernelError('WebAssembly with 128-bit vectors is not available here');
}

/** Whether WebAssembly may be used where it pays. */
export function usesEngine(): boolean {
  return backend !== 'js';
}

function startEngine(): ContractionEngine | null {
  if (engine === undefined) engine = ContractionEngine.start() ?? null;
  return engine;
}

/** Multiplications below which packing into the engine's memory costs more than it saves. */
const ENGINE_FLOOR = 2 ** 15;
/**
 * Multiplications from which float32 operands are summed in float32 runs, at twice the speed of float64 sums.
 * PyTorch sums every float32 product so; a smaller one costs too little to give up the more exact sum.
 */
const SINGLE_FLOOR = 2 ** 22;
const MAX_WORK = 2 ** 42;

/**
 * out[m, n] (row-major at outOffset, row length outStep) = A[m, k] B[k, n], or += with `accumulate`.
 * Sums over k are formed in double precision and rounded once on storing; those of large float32 products in float32
 * runs that are added up in double precision.
 */
export function contract(
  m: number,
  n: number,
  k: number,
  a: MatrixView,
  b: MatrixView,
  out: TypedArray,
  outOffset = 0,
  outStep: number = n,
  accumulate = false,
): void {
  if (m === 0 || n === 0) return;
  if (m * n * k > MAX_WORK) throw new KernelError('ShapeLint does not run a matrix product this large');
  if (engineTakes(m, n, k, b)) {
    const single = out instanceof Float32Array && a.data instanceof Float32Array && b.data instanceof Float32Array;
    const precision = single && m * n * k >= SINGLE_FLOOR ? 'float32' : 'float64';
    startEngine()?.multiply(precision, m, n, k, a, b, { data: out, offset: outOffset, step: outStep, accumulate });
  } else if (m * n * k < 4096 || m === 1) small(m, n, k, a, b, out, outOffset, outStep, accumulate);
  else panels(m, n, k, a, b, out, outOffset, outStep, accumulate);
}

/** A single row pays for packing only where the right operand stays packed for the next. */
function engineTakes(m: number, n: number, k: number, b: MatrixView): boolean {
  return usesEngine() && m * n * k >= ENGINE_FLOOR && (m > 1 || b.constant === true) && startEngine() !== null;
}

function small(
  m: number,
  n: number,
  k: number,
  a: MatrixView,
  b: MatrixView,
  out: TypedArray,
  outOffset: number,
  outStep: number,
  accumulate: boolean,
): void {
  const x = a.data;
  const y = b.data;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      let p = a.offset + i * a.rowStep;
      let q = b.offset + j * b.colStep;
      for (let l = 0; l < k; l++) {
        sum += (x[p] as number) * (y[q] as number);
        p += a.colStep;
        q += b.rowStep;
      }
      const at = outOffset + i * outStep + j;
      out[at] = accumulate ? (out[at] as number) + sum : sum;
    }
  }
}

const BLOCK_ROWS = 64;

/** Rows of A in groups of 4 and columns of B in groups of 4, interleaved along k and padded with zeros. */
function packPanels(v: MatrixView, count: number, k: number, along: number, across: number, from: number, into: Float64Array): void {
  const data = v.data;
  let to = 0;
  for (let g = 0; g < count; g += 4) {
    const width = Math.min(4, count - g);
    for (let w = 0; w < 4; w++) {
      let p = v.offset + (from + g + w) * across;
      let at = to + w;
      if (w < width) for (let l = 0; l < k; l++, p += along, at += 4) into[at] = data[p] as number;
      else for (let l = 0; l < k; l++, at += 4) into[at] = 0;
    }
    to += 4 * k;
  }
}

function panels(
  m: number,
  n: number,
  k: number,
  a: MatrixView,
  b: MatrixView,
  out: TypedArray,
  outOffset: number,
  outStep: number,
  accumulate: boolean,
): void {
  const columns = Math.ceil(n / 4) * 4;
  const packedB = new Float64Array(columns * k);
  packPanels(b, n, k, b.rowStep, b.colStep, 0, packedB);
  const packedA = new Float64Array(Math.min(BLOCK_ROWS, Math.ceil(m / 4) * 4) * k);
  const tile = new Float64Array(16);
  for (let top = 0; top < m; top += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, m - top);
    packPanels(a, rows, k, a.colStep, a.rowStep, top, packedA);
    for (let j = 0; j < n; j += 4) {
      const cols = Math.min(4, n - j);
      for (let i = 0; i < rows; i += 4) {
        tileProduct(packedA, i * k, packedB, j * k, k, tile);
        const height = Math.min(4, rows - i);
        for (let r = 0; r < height; r++) {
          const at = outOffset + (top + i + r) * outStep + j;
          for (let c = 0; c < cols; c++) {
            const v = tile[r * 4 + c] as number;
            out[at + c] = accumulate ? (out[at + c] as number) + v : v;
          }
        }
      }
    }
  }
}

/** A 4 by 4 tile: sixteen running sums over k. */
function tileProduct(a: Float64Array, pa: number, b: Float64Array, pb: number, k: number, tile: Float64Array): void {
  let c00 = 0;
  let c01 = 0;
  let c02 = 0;
  let c03 = 0;
  let c10 = 0;
  let c11 = 0;
  let c12 = 0;
  let c13 = 0;
  let c20 = 0;
  let c21 = 0;
  let c22 = 0;
  let c23 = 0;
  let c30 = 0;
  let c31 = 0;
  let c32 = 0;
  let c33 = 0;
  let p = pa;
  let q = pb;
  for (let l = 0; l < k; l++) {
    const a0 = a[p] as number;
    const a1 = a[p + 1] as number;
    const a2 = a[p + 2] as number;
    const a3 = a[p + 3] as number;
    const b0 = b[q] as number;
    const b1 = b[q + 1] as number;
    const b2 = b[q + 2] as number;
    const b3 = b[q + 3] as number;
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
    p += 4;
    q += 4;
  }
  tile[0] = c00;
  tile[1] = c01;
  tile[2] = c02;
  tile[3] = c03;
  tile[4] = c10;
  tile[5] = c11;
  tile[6] = c12;
  tile[7] = c13;
  tile[8] = c20;
  tile[9] = c21;
  tile[10] = c22;
  tile[11] = c23;
  tile[12] = c30;
  tile[13] = c31;
  tile[14] = c32;
  tile[15] = c33;
}
