// Owns functions of matrices beyond solving: triangular systems, LU factors, the exponential. Real types, in double.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf, zeros } from './array.ts';
import { noGrad, record, recordAll, rename } from './autograd.ts';
import { binary } from './binary.ts';
import { broadcastDense, broadcastShapes } from './broadcast.ts';
import { eye } from './creation.ts';
import { allocate, isComplex, KernelError, settle } from './dtype.ts';
import { triangle } from './join.ts';
import { matmul, productValues } from './matmul.ts';
import { transpose } from './views.ts';

const T = (a: NdArray): NdArray => noGrad(() => transpose(a, -2, -1));
const negated = (a: NdArray): NdArray => noGrad(() => binary('sub', zeros([], a.dtype), a));

/** Each matrix of a stack as double precision numbers. */
function eachMatrix(a: NdArray, visit: (m: Float64Array, at: number) => void): void {
  if (isComplex(a.dtype)) throw new KernelError('ShapeLint does not factor complex matrices');
  const size = (a.shape.at(-1) as number) * (a.shape.at(-2) as number);
  const data = a.dense();
  for (let i = 0; i * size < data.length; i++) visit(Float64Array.from(data.subarray(i * size, (i + 1) * size)), i);
}

// ---------------------------------------------------------------- triangular systems

export interface TriangularOptions {
  readonly upper: boolean;
  /** A X = B, or X A = B. */
  readonly left?: boolean;
  /** The diagonal is taken for ones. */
  readonly unit?: boolean;
}

function substituted(a: NdArray, b: NdArray, upper: boolean, unit: boolean): NdArray {
  const n = a.shape.at(-1) as number;
  const cols = b.shape.at(-1) as number;
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const left = fromBuffer(broadcastDense(a, [...batch, n, n]), [...batch, n, n], a.dtype);
  const right = broadcastDense(b, [...batch, n, cols]);
  const out = allocate(a.dtype, numelOf(batch) * n * cols);
  eachMatrix(left, (m, i) => {
    const x = Float64Array.from(right.subarray(i * n * cols, (i + 1) * n * cols));
    for (let step = 0; step < n; step++) {
      const r = upper ? n - 1 - step : step;
      for (let c = 0; c < cols; c++) {
        let v = x[r * cols + c] as number;
        for (let k = upper ? r + 1 : 0; k < (upper ? n : r); k++) v -= (m[r * n + k] as number) * (x[k * cols + c] as number);
        x[r * cols + c] = unit ? v : v / (m[r * n + r] as number);
      }
    }
    out.set(x as never, i * n * cols);
  });
  return fromBuffer(settle(a.dtype, out), [...batch, n, cols], a.dtype);
}

/** torch.linalg.solve_triangular: X with A X = B, or X A = B, where one triangle of A counts: [*, n, n], [*, n, k] -> [*, n, k]. */
export function solveTriangular(a: NdArray, b: NdArray, options: TriangularOptions): NdArray {
  const { upper, left = true, unit = false } = options;
  if (!left) {
    const turned = solveTriangular(transpose(a, -2, -1), transpose(b, -2, -1), { upper: !upper, unit });
    return rename(transpose(turned, -2, -1), 'LinalgSolveTriangularBackward0');
  }
  const out = substituted(a, b, upper, unit);
  return record('LinalgSolveTriangularBackward0', [a, b], out, (g) => {
    const db = substituted(T(a), g, !upper, unit);
    const whole = negated(productValues(db, T(out)));
    return [noGrad(() => triangle(whole, upper ? 'upper' : 'lower', unit ? (upper ? 1 : -1) : 0)), db];
  });
}

/** X with L L^T X = B for a lower factor L, or R^T R X = B for an upper one. */
export function choleskySolve(b: NdArray, factor: NdArray, upper: boolean): NdArray {
  const solved = (right: NdArray): NdArray => {
    const [first, second] = upper ? [T(factor), factor] : [factor, T(factor)];
    return substituted(second, substituted(first, right, false, false), true, false);
  };
  const out = solved(b);
  return record('CholeskySolveBackward0', [b, factor], out, (g) =>
    noGrad(() => {
      const db = solved(g);
      const half = productValues(db, T(out));
      const both = binary('add', half, T(half));
      return [db, negated(upper ? productValues(factor, both) : productValues(both, factor))];
    }),
  );
}

/** The inverse of the matrix whose Cholesky factor is given. */
export function choleskyInverse(factor: NdArray, upper: boolean): NdArray {
  const n = factor.shape.at(-1) as number;
  return rename(choleskySolve(eye(n, n, factor.dtype), factor, upper), 'CholeskyInverseBackward0');
}

// ---------------------------------------------------------------- LU

export interface Factored {
  /** L below the diagonal, U on and above it: [*, m, n]. */
  readonly lu: NdArray;
  /** With which row each one was exchanged, counted from 1: [*, min(m, n)]. */
  readonly pivots: NdArray;
}

/** torch.linalg.lu_factor: rows are exchanged for the greatest pivot. */
export function luFactor(a: NdArray): Factored {
  const [rows, cols] = [a.shape.at(-2) as number, a.shape.at(-1) as number];
  const k = Math.min(rows, cols);
  const lead = a.shape.slice(0, -2);
  const data = allocate(a.dtype, a.numel);
  const order = allocate('int32', numelOf(lead) * k);
  eachMatrix(a, (m, i) => {
    for (let c = 0; c < k; c++) {
      let best = c;
      for (let r = c + 1; r < rows; r++) if (Math.abs(m[r * cols + c] as number) > Math.abs(m[best * cols + c] as number)) best = r;
      order[i * k + c] = best + 1;
      if (best !== c) {
        for (let j = 0; j < cols; j++) {
          const kept = m[c * cols + j] as number;
          m[c * cols + j] = m[best * cols + j] as number;
          m[best * cols + j] = kept;
        }
      }
      const pivot = m[c * cols + c] as number;
      if (pivot === 0) continue;
      for (let r = c + 1; r < rows; r++) {
        const f = (m[r * cols + c] as number) / pivot;
        m[r * cols + c] = f;
        for (let j = c + 1; j < cols; j++) m[r * cols + j] = (m[r * cols + j] as number) - f * (m[c * cols + j] as number);
      }
    }
    data.set(m as never, i * rows * cols);
  });
  const lu = fromBuffer(settle(a.dtype, data), a.shape, a.dtype);
  const pivots = fromBuffer(order, [...lead, k], 'int32');
  const out = record('LinalgLuFactorExBackward0', [a], lu, (g) => [
    luGradient(
      lu,
      pivots,
      noGrad(() => triangle(g, 'lower', -1)),
      noGrad(() => triangle(g, 'upper', 0)),
    ),
  ]);
  return { lu: out, pivots };
}

/** The permutation matrix P with A = P L U: [*, m, m]. */
export function permutationOf(pivots: NdArray, rows: number, dtype: NdArray['dtype']): NdArray {
  const k = pivots.shape.at(-1) as number;
  const lead = pivots.shape.slice(0, -1);
  const data = allocate(dtype, numelOf(lead) * rows * rows);
  const flat = pivots.dense();
  for (let i = 0; i < numelOf(lead); i++) {
    const order = Array.from({ length: rows }, (_, r) => r);
    for (let c = 0; c < k; c++) {
      const to = Number(flat[i * k + c]) - 1;
      [order[c], order[to]] = [order[to] as number, order[c] as number];
    }
    order.forEach((from, at) => {
      data[i * rows * rows + from * rows + at] = 1;
    });
  }
  return fromBuffer(data, [...lead, rows, rows], dtype);
}

/** The lower factor with its unit diagonal, [*, m, k], of factors that lie in one matrix. */
function lowerOf(lu: NdArray): NdArray {
  const [rows, cols] = [lu.shape.at(-2) as number, lu.shape.at(-1) as number];
  const k = Math.min(rows, cols);
  const strict = triangle(columns(lu, k), 'lower', -1);
  return binary('add', strict, eye(rows, k, lu.dtype));
}

const upperOf = (lu: NdArray): NdArray =>
  triangle(firstRows(lu, Math.min(lu.shape.at(-2) as number, lu.shape.at(-1) as number)), 'upper', 0);

/** The first columns or rows as a product with a part of the identity, which has a gradient. */
const columns = (a: NdArray, k: number): NdArray => (a.shape.at(-1) === k ? a : matmul(a, eye(a.shape.at(-1) as number, k, a.dtype)));
const firstRows = (a: NdArray, k: number): NdArray => (a.shape.at(-2) === k ? a : matmul(eye(k, a.shape.at(-2) as number, a.dtype), a));

/** P L^-T (strictly lower part of L^T gL + upper part of gU U^T) U^-T, for square matrices. */
function luGradient(lu: NdArray, pivots: NdArray, gl: NdArray | undefined, gu: NdArray | undefined): NdArray {
  const n = lu.shape.at(-1) as number;
  if (lu.shape.at(-2) !== n) throw new KernelError('ShapeLint differentiates LU of square matrices only');
  return noGrad(() => {
    const [l, u] = [lowerOf(lu), upperOf(lu)];
    const none = binary('sub', lu, lu);
    const lower = gl === undefined ? none : triangle(matmul(T(l), gl), 'lower', -1);
    const upper = gu === undefined ? none : triangle(matmul(gu, T(u)), 'upper', 0);
    const inner = solveTriangular(T(l), binary('add', lower, upper), { upper: true, unit: true });
    const outer = solveTriangular(T(u), inner, { upper: false, left: false });
    return matmul(permutationOf(pivots, n, lu.dtype), outer);
  });
}

/** torch.linalg.lu: P [*, m, m], L [*, m, k], U [*, k, n]. */
export function luParts(a: NdArray): readonly [NdArray, NdArray, NdArray] {
  const { lu, pivots } = noGrad(() => luFactor(a));
  const [l, u] = noGrad(() => [lowerOf(lu), upperOf(lu)] as const);
  recordAll('LinalgLuBackward0', [a], [l, u], ([gl, gu]) => [luGradient(lu, pivots, gl, gu)]);
  return [permutationOf(pivots, a.shape.at(-2) as number, a.dtype), l, u];
}

/** X with P L U X = B, or X P L U = B: the factors as `luFactor` gives them. */
export function luSolve({ lu, pivots }: Factored, b: NdArray, left = true, adjoint = false): NdArray {
  if (!left) return transpose(luSolve({ lu, pivots }, transpose(b, -2, -1), true, !adjoint), -2, -1);
  const p = permutationOf(pivots, lu.shape.at(-1) as number, lu.dtype);
  const out = adjoint
    ? matmul(
        p,
        solveTriangular(transpose(lu, -2, -1), solveTriangular(transpose(lu, -2, -1), b, { upper: false }), { upper: true, unit: true }),
      )
    : solveTriangular(lu, solveTriangular(lu, matmul(T(p), b), { upper: false, unit: true }), { upper: true });
  return rename(out, 'LinalgLuSolveBackward0');
}

// ---------------------------------------------------------------- exponential

function productOf(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const f = a[i * n + k] as number;
      if (f !== 0) for (let j = 0; j < n; j++) out[i * n + j] = (out[i * n + j] as number) + f * (b[k * n + j] as number);
    }
  return out;
}

/** The power series of a matrix made small by halving, squared as often again. */
function exponentialOf(m: Float64Array, n: number): Float64Array {
  const norm = m.reduce((most, v) => Math.max(most, Math.abs(v)), 0) * n;
  const squarings = Math.max(0, Math.ceil(Math.log2(Math.max(norm, 1e-300))) + 2);
  const small = m.map((v) => v / 2 ** squarings);
  let out: Float64Array = Float64Array.from({ length: n * n }, (_, i) => (Math.floor(i / n) === i % n ? 1 : 0));
  let term = out.slice();
  for (let k = 1; k < 20; k++) {
    term = productOf(term, small, n).map((v) => v / k);
    out = out.map((v, i) => v + (term[i] as number));
  }
  for (let s = 0; s < squarings; s++) out = productOf(out, out, n);
  return out;
}

/** torch.linalg.matrix_exp: [*, n, n] -> [*, n, n]. */
export function matrixExp(a: NdArray): NdArray {
  const n = a.shape.at(-1) as number;
  const data = allocate(a.dtype, a.numel);
  eachMatrix(a, (m, i) => data.set(exponentialOf(m, n) as never, i * n * n));
  return record('LinalgMatrixExpBackward0', [a], fromBuffer(settle(a.dtype, data), a.shape, a.dtype), (g) => {
    const gradient = allocate(a.dtype, a.numel);
    const given = g.dense();
    // The exponential of [[A^T, G], [0, A^T]] has the derivative in its upper right corner (Mathias, 1996).
    eachMatrix(a, (m, i) => {
      const w = 2 * n;
      const block = new Float64Array(w * w);
      for (let r = 0; r < n; r++)
        for (let c = 0; c < n; c++) {
          const v = m[c * n + r] as number;
          block[r * w + c] = v;
          block[(r + n) * w + c + n] = v;
          block[r * w + c + n] = given[i * n * n + r * n + c] as number;
        }
      const e = exponentialOf(block, w);
      for (let r = 0; r < n; r++) for (let c = 0; c < n; c++) gradient[i * n * n + r * n + c] = e[r * w + c + n] as number;
    });
    return [fromBuffer(settle(a.dtype, gradient), a.shape, a.dtype)];
  });
}
