// Owns dense matrix functions beyond products: solving, inverse, determinant, factorisations. Real types, in double.

import type { NdArray } from './array.ts';
import { fromBuffer, full, numelOf } from './array.ts';
import { noGrad, record, recordAll, rename } from './autograd.ts';
import { binary } from './binary.ts';
import { broadcastDense, broadcastShapes } from './broadcast.ts';
import { eye } from './creation.ts';
import { allocate, isComplex, KernelError, settle } from './dtype.ts';
import { triangle } from './join.ts';
import { matmul, productValues } from './matmul.ts';
import { sum } from './reduce.ts';
import { contiguous, diagonal, squeeze, transpose, unsqueeze } from './views.ts';

function refuseComplexMatrix(a: NdArray): void {
  if (isComplex(a.dtype)) throw new KernelError('ShapeLint does not factor complex matrices');
}

/** LU with row exchanges, in place; returns the order of rows and the sign, or undefined for a singular matrix. */
function decompose(m: Float64Array, n: number): { order: number[]; sign: number; singularAt: number } {
  const order = Array.from({ length: n }, (_, i) => i);
  let sign = 1;
  let singularAt = -1;
  for (let c = 0; c < n; c++) {
    let best = c;
    for (let r = c + 1; r < n; r++) if (Math.abs(m[r * n + c] as number) > Math.abs(m[best * n + c] as number)) best = r;
    if (m[best * n + c] === 0) {
      if (singularAt < 0) singularAt = c;
      continue;
    }
    if (best !== c) {
      for (let k = 0; k < n; k++) {
        const kept = m[c * n + k] as number;
        m[c * n + k] = m[best * n + k] as number;
        m[best * n + k] = kept;
      }
      [order[c], order[best]] = [order[best] as number, order[c] as number];
      sign = -sign;
    }
    for (let r = c + 1; r < n; r++) {
      const f = (m[r * n + c] as number) / (m[c * n + c] as number);
      m[r * n + c] = f;
      if (f !== 0) for (let k = c + 1; k < n; k++) m[r * n + k] = (m[r * n + k] as number) - f * (m[c * n + k] as number);
    }
  }
  return { order, sign, singularAt };
}

function solveWith(m: Float64Array, n: number, order: readonly number[], b: Float64Array, cols: number): Float64Array {
  const x = new Float64Array(n * cols);
  for (let c = 0; c < cols; c++) {
    for (let r = 0; r < n; r++) {
      let v = b[(order[r] as number) * cols + c] as number;
      for (let k = 0; k < r; k++) v -= (m[r * n + k] as number) * (x[k * cols + c] as number);
      x[r * cols + c] = v;
    }
    for (let r = n - 1; r >= 0; r--) {
      let v = x[r * cols + c] as number;
      for (let k = r + 1; k < n; k++) v -= (m[r * n + k] as number) * (x[k * cols + c] as number);
      x[r * cols + c] = v / (m[r * n + r] as number);
    }
  }
  return x;
}

function square(a: NdArray): number {
  const n = a.shape.at(-1) as number;
  if (a.rank < 2 || a.shape.at(-2) !== n) {
    throw new KernelError(
      `linalg: A must be batches of square matrices, but they are ${a.shape.at(-2) ?? 1} by ${n} matrices`,
      'RuntimeError',
    );
  }
  return n;
}

function eachMatrix(a: NdArray, size: number, visit: (m: Float64Array, at: number) => void): void {
  refuseComplexMatrix(a);
  const data = a.dense();
  const count = data.length / Math.max(1, size);
  for (let i = 0; i < count; i++) visit(Float64Array.from(data.subarray(i * size, (i + 1) * size)), i);
}

function solveValues(a: NdArray, b: NdArray, name: string): NdArray {
  const n = square(a);
  const cols = b.shape.at(-1) as number;
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const left = fromBuffer(broadcastDense(a, [...batch, n, n]), [...batch, n, n], a.dtype);
  const right = broadcastDense(b, [...batch, n, cols]);
  const out = allocate(a.dtype, numelOf(batch) * n * cols);
  eachMatrix(left, n * n, (m, i) => {
    const { order, singularAt } = decompose(m, n);
    if (singularAt >= 0) {
      const lead = batch.length > 0 ? `(Batch element ${i}): ` : '';
      throw new KernelError(
        `${name}: ${lead}The ${name === 'linalg.inv' ? 'diagonal element ' : 'solver failed because the input matrix is singular'}${name === 'linalg.inv' ? `${singularAt + 1} is zero, the inversion could not be completed because the input matrix is singular.` : '.'}`,
        'RuntimeError',
      );
    }
    out.set(solveWith(m, n, order, Float64Array.from(right.subarray(i * n * cols, (i + 1) * n * cols)), cols) as never, i * n * cols);
  });
  return fromBuffer(settle(a.dtype, out), [...batch, n, cols], a.dtype);
}

const T = (a: NdArray): NdArray => noGrad(() => transpose(a, -2, -1));

/** x with a x = b; b [*, n, k] or a vector [n]. */
export function solve(a: NdArray, b: NdArray): NdArray {
  const vector = b.rank === 1 || (b.rank === a.rank - 1 && b.rank > 1);
  const right = vector ? unsqueeze(b, -1) : b;
  const x = solveValues(a, right, 'torch.linalg.solve');
  const out = record('LinalgSolveExBackward0', [a, right], x, (g) => {
    const db = solveValues(T(a), g, 'torch.linalg.solve');
    return [a.requiresGrad ? noGrad(() => negated(productValues(db, T(x)))) : undefined, db];
  });
  return vector ? rename(squeeze(out, -1), 'LinalgSolveExBackward0') : out;
}

function negated(a: NdArray): NdArray {
  const data = a.dense().slice();
  for (let i = 0; i < data.length; i++) data[i] = -(data[i] as number);
  return fromBuffer(data, a.shape, a.dtype);
}

export function inverse(a: NdArray): NdArray {
  const n = square(a);
  const out = solveValues(a, eye(n, n, a.dtype), 'linalg.inv');
  return record('LinalgInvExBackward0', [a], out, (g) => [negated(productValues(productValues(T(out), g), T(out)))]);
}

/** Sign and logarithm of the absolute determinant. */
export function slogdet(a: NdArray): { readonly sign: NdArray; readonly logabsdet: NdArray } {
  const n = square(a);
  const shape = a.shape.slice(0, -2);
  const signs = allocate(a.dtype, numelOf(shape));
  const logs = allocate(a.dtype, numelOf(shape));
  eachMatrix(a, n * n, (m, i) => {
    let { sign } = decompose(m, n);
    let log = 0;
    for (let k = 0; k < n; k++) {
      const d = m[k * n + k] as number;
      sign *= Math.sign(d);
      log += Math.log(Math.abs(d));
    }
    signs[i] = sign;
    logs[i] = log;
  });
  const out = { sign: fromBuffer(signs, shape, a.dtype), logabsdet: fromBuffer(logs, shape, a.dtype) };
  // A real sign is constant between the singular matrices.
  recordAll('LinalgSlogdetBackward0', [a], [out.sign, out.logabsdet], ([, g]) => [
    g === undefined ? undefined : noGrad(() => binary('mul', unsqueeze(unsqueeze(g, -1), -1), T(inverse(a)))),
  ]);
  return out;
}

export function determinant(a: NdArray): NdArray {
  const n = square(a);
  const shape = a.shape.slice(0, -2);
  const data = allocate(a.dtype, numelOf(shape));
  eachMatrix(a, n * n, (m, i) => {
    let { sign } = decompose(m, n);
    for (let k = 0; k < n; k++) sign *= m[k * n + k] as number;
    data[i] = sign;
  });
  const out = fromBuffer(settle(a.dtype, data), shape, a.dtype);
  return record('LinalgDetBackward0', [a], out, (g) => [
    noGrad(() => binary('mul', unsqueeze(unsqueeze(binary('mul', g, out), -1), -1), T(inverse(a)))),
  ]);
}

/** Lower factor of a symmetric positive matrix, or the upper one: the same transposed. */
export function cholesky(a: NdArray, upper = false, name = 'LinalgCholeskyExBackward0'): NdArray {
  const lower = lowerFactor(a);
  return rename(upper ? contiguous(transpose(lower, -2, -1)) : lower, name);
}

function lowerFactor(a: NdArray): NdArray {
  const n = square(a);
  const data = allocate(a.dtype, a.numel);
  eachMatrix(a, n * n, (m, i) => {
    for (let r = 0; r < n; r++)
      for (let c = 0; c <= r; c++) {
        let v = m[r * n + c] as number;
        for (let k = 0; k < c; k++) v -= (m[r * n + k] as number) * (m[c * n + k] as number);
        if (r === c && !(v > 0)) {
          throw new KernelError(
            `linalg.cholesky: The factorization could not be completed because the input is not positive-definite (the leading minor of order ${r + 1} is not positive-definite).`,
            'RuntimeError',
          );
        }
        m[r * n + c] = r === c ? Math.sqrt(v) : v / (m[c * n + c] as number);
      }
    for (let r = 0; r < n; r++) for (let c = 0; c < n; c++) data[i * n * n + r * n + c] = c <= r ? (m[r * n + c] as number) : 0;
  });
  const out = fromBuffer(settle(a.dtype, data), a.shape, a.dtype);
  return record('LinalgCholeskyExBackward0', [a], out, (g) => {
    // gA = L^-T (phi(L^T gL)) L^-1, symmetrised; phi halves the diagonal of the lower triangle.
    const inner = productValues(T(out), g).dense().slice();
    for (let i = 0; i < inner.length; i++) {
      const r = Math.floor(i / n) % n;
      const c = i % n;
      inner[i] = c > r ? 0 : c === r ? (inner[i] as number) / 2 : (inner[i] as number);
    }
    const phi = fromBuffer(inner, a.shape, a.dtype);
    const inv = noGrad(() => inverse(out));
    const s = productValues(productValues(T(inv), phi), inv);
    return [noGrad(() => binary('div', binary('add', s, T(s)), fromBuffer(Float64Array.of(2), [], 'float64')))];
  });
}

export type QrMode = 'reduced' | 'complete' | 'r';

/** QR by Householder reflections, as LAPACK's signs come out; `complete` has a square Q, `r` an empty one. */
export function qr(a: NdArray, mode: QrMode = 'reduced'): { readonly q: NdArray; readonly r: NdArray } {
  const rows = a.shape.at(-2) as number;
  const cols = a.shape.at(-1) as number;
  const k = mode === 'complete' ? rows : Math.min(rows, cols);
  const lead = a.shape.slice(0, -2);
  const q = allocate(a.dtype, numelOf(lead) * rows * k);
  const r = allocate(a.dtype, numelOf(lead) * k * cols);
  eachMatrix(a, rows * cols, (m, i) => {
    const full = Float64Array.from({ length: rows * rows }, (_, j) => (Math.floor(j / rows) === j % rows ? 1 : 0));
    for (let c = 0; c < Math.min(rows - 1, cols); c++) reflect(m, full, rows, cols, c);
    for (let x = 0; x < rows; x++) for (let y = 0; y < k; y++) q[i * rows * k + x * k + y] = full[x * rows + y] as number;
    for (let x = 0; x < k; x++) for (let y = x; y < cols; y++) r[i * k * cols + x * cols + y] = m[x * cols + y] as number;
  });
  const out = {
    q: mode === 'r' ? fromBuffer(allocate(a.dtype, 0), [0], a.dtype) : fromBuffer(settle(a.dtype, q), [...lead, rows, k], a.dtype),
    r: fromBuffer(settle(a.dtype, r), [...lead, k, cols], a.dtype),
  };
  recordAll('LinalgQrBackward0', [a], [out.q, out.r], ([gq, gr]) => {
    if (mode === 'r') {
      throw new KernelError(
        "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr.",
        'RuntimeError',
      );
    }
    if (mode === 'complete' && rows > cols)
      throw new KernelError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.", 'RuntimeError');
    return [noGrad(() => qrGradient(out.q, out.r, gq, gr))];
  });
  return out;
}

/** (gQ + Q sym(R gR^T - gQ^T Q)) R^-T, where the symmetric part copies the lower triangle; for n >= m only (Walter and Lehmann, 2012). */
function qrGradient(q: NdArray, r: NdArray, gq: NdArray | undefined, gr: NdArray | undefined): NdArray {
  if (r.shape.at(-1) !== r.shape.at(-2))
    throw new KernelError('ShapeLint differentiates QR of matrices with at least as many rows as columns');
  const zero = (like: NdArray): NdArray => binary('sub', like, like);
  const left = matmul(r, T(gr ?? zero(r)));
  const m = binary('sub', left, matmul(T(gq ?? zero(q)), q));
  const lower = triangle(m, 'lower', -1);
  const symmetric = binary('add', triangle(m, 'lower', 0), T(lower));
  const inner = binary('add', gq ?? zero(q), matmul(q, symmetric));
  return T(solve(r, T(inner)));
}

function reflect(m: Float64Array, q: Float64Array, rows: number, cols: number, c: number): void {
  let norm = 0;
  for (let i = c; i < rows; i++) norm = Math.hypot(norm, m[i * cols + c] as number);
  let below = 0;
  for (let i = c + 1; i < rows; i++) below = Math.max(below, Math.abs(m[i * cols + c] as number));
  if (below === 0) return;
  const head = m[c * cols + c] as number;
  const beta = head >= 0 ? -norm : norm;
  const v = new Float64Array(rows);
  for (let i = c; i < rows; i++) v[i] = m[i * cols + c] as number;
  v[c] = head - beta;
  let vv = 0;
  for (let i = c; i < rows; i++) vv += (v[i] as number) ** 2;
  for (let j = 0; j < cols; j++) {
    let dot = 0;
    for (let i = c; i < rows; i++) dot += (v[i] as number) * (m[i * cols + j] as number);
    for (let i = c; i < rows; i++) m[i * cols + j] = (m[i * cols + j] as number) - (2 * dot * (v[i] as number)) / vv;
  }
  for (let x = 0; x < rows; x++) {
    let dot = 0;
    for (let i = c; i < rows; i++) dot += (q[x * rows + i] as number) * (v[i] as number);
    for (let i = c; i < rows; i++) q[x * rows + i] = (q[x * rows + i] as number) - (2 * dot * (v[i] as number)) / vv;
  }
}

/** Eigenvalues (ascending) and vectors of a symmetric matrix by Jacobi rotations; vectors' signs are arbitrary. */
export function eigh(a: NdArray): { readonly values: NdArray; readonly vectors: NdArray } {
  const n = square(a);
  const lead = a.shape.slice(0, -2);
  const values = allocate(a.dtype, numelOf(lead) * n);
  const vectors = allocate(a.dtype, a.numel);
  eachMatrix(a, n * n, (m, i) => {
    const v = Float64Array.from({ length: n * n }, (_, j) => (Math.floor(j / n) === j % n ? 1 : 0));
    for (let r = 0; r < n; r++) for (let c = r + 1; c < n; c++) m[r * n + c] = m[c * n + r] as number;
    jacobi(m, v, n);
    const order = Array.from({ length: n }, (_, k) => k).sort((x, y) => (m[x * n + x] as number) - (m[y * n + y] as number));
    order.forEach((from, to) => {
      values[i * n + to] = m[from * n + from] as number;
      for (let r = 0; r < n; r++) vectors[i * n * n + r * n + to] = v[r * n + from] as number;
    });
  });
  const out = {
    values: fromBuffer(settle(a.dtype, values), [...lead, n], a.dtype),
    vectors: fromBuffer(settle(a.dtype, vectors), a.shape, a.dtype),
  };
  recordAll('LinalgEighBackward0', [a], [out.values, out.vectors], ([gl, gv]) => [
    noGrad(() => eighGradient(out.values, out.vectors, gl, gv)),
  ]);
  return out;
}

/** V (diag(gL) + skew(V^T gV) / (L_j - L_i)) V^T, the quotient off the diagonal only. */
function eighGradient(values: NdArray, vectors: NdArray, gl: NdArray | undefined, gv: NdArray | undefined): NdArray {
  const n = values.shape.at(-1) as number;
  const identity = eye(n, n, values.dtype);
  let inner = gl === undefined ? undefined : binary('mul', identity, unsqueeze(gl, -1));
  if (gv !== undefined) {
    const gap = binary('add', binary('sub', unsqueeze(values, -2), unsqueeze(values, -1)), identity);
    const off = binary('sub', full([n, n], 1, values.dtype), identity);
    const along = matmul(T(vectors), gv);
    const skew = binary('mul', binary('sub', along, T(along)), full([], 0.5, values.dtype));
    const turned = binary('mul', binary('div', skew, gap), off);
    inner = inner === undefined ? turned : binary('add', inner, turned);
  }
  return inner === undefined ? binary('sub', vectors, vectors) : matmul(matmul(vectors, inner), T(vectors));
}

function jacobi(m: Float64Array, v: Float64Array, n: number): void {
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += (m[p * n + q] as number) ** 2;
    if (off < 1e-30) return;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const x = m[p * n + q] as number;
        if (x === 0) continue;
        const theta = ((m[q * n + q] as number) - (m[p * n + p] as number)) / (2 * x);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        rotate(m, v, n, p, q, c, t * c);
      }
  }
}

function rotate(m: Float64Array, v: Float64Array, n: number, p: number, q: number, c: number, s: number): void {
  for (let k = 0; k < n; k++) {
    const x = m[k * n + p] as number;
    const y = m[k * n + q] as number;
    m[k * n + p] = c * x - s * y;
    m[k * n + q] = s * x + c * y;
  }
  for (let k = 0; k < n; k++) {
    const x = m[p * n + k] as number;
    const y = m[q * n + k] as number;
    m[p * n + k] = c * x - s * y;
    m[q * n + k] = s * x + c * y;
    const a = v[k * n + p] as number;
    const b = v[k * n + q] as number;
    v[k * n + p] = c * a - s * b;
    v[k * n + q] = s * a + c * b;
  }
}

/** a multiplied with itself n times; negative n uses the inverse. */
export function matrixPower(a: NdArray, n: number): NdArray {
  const size = square(a);
  if (n === 0)
    return binary(
      'mul',
      fromBuffer(broadcastDense(eye(size, size, a.dtype), a.shape), a.shape, a.dtype),
      fromBuffer(Float64Array.of(1), [], 'float64'),
    );
  let base = n < 0 ? inverse(a) : a;
  let left = Math.abs(n);
  let result: NdArray | undefined;
  while (left > 0) {
    if (left % 2 === 1) result = result === undefined ? base : matmul(result, base);
    left = Math.floor(left / 2);
    if (left > 0) base = matmul(base, base);
  }
  return result as NdArray;
}

export function trace(a: NdArray): NdArray {
  return rename(sum(diagonal(a)), 'TraceBackward0');
}
