// Owns the singular value decomposition and the pseudo-inverse: one-sided Jacobi rotations in double (Hestenes, 1958), and
// their gradients. Singular vectors' signs are arbitrary, as LAPACK's are.

import type { NdArray } from './array.ts';
import { fromBuffer, full, numelOf } from './array.ts';
import { noGrad, record, recordAll } from './autograd.ts';
import { binary } from './binary.ts';
import { eye } from './creation.ts';
import { allocate, isComplex, KernelError, settle } from './dtype.ts';
import { matmul } from './matmul.ts';
import { slice, transpose, unsqueeze } from './views.ts';

interface Decomposition {
  /** Columns of the left vectors, [m, m] of which the first k belong to `s`. */
  readonly u: Float64Array;
  readonly s: Float64Array;
  /** Columns of the right vectors, [n, k]. */
  readonly v: Float64Array;
}

const T = (a: NdArray): NdArray => transpose(a, -2, -1);

/** Of a matrix with m >= n, row by row: rotates pairs of columns until all are orthogonal; their lengths are the singular values. */
function decompose(given: Float64Array, m: number, n: number): Decomposition {
  const a = given.slice();
  const v = Float64Array.from({ length: n * n }, (_, i) => (Math.floor(i / n) === i % n ? 1 : 0));
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotated = orthogonalise(a, v, m, n, p, q) || rotated;
    if (!rotated) break;
  }
  const lengths = Array.from({ length: n }, (_, c) => {
    let sum = 0;
    for (let r = 0; r < m; r++) sum += (a[r * n + c] as number) ** 2;
    return Math.sqrt(sum);
  });
  const order = lengths.map((_, i) => i).sort((i, j) => (lengths[j] as number) - (lengths[i] as number));
  const u = new Float64Array(m * m);
  const s = new Float64Array(n);
  const right = new Float64Array(n * n);
  const least = (lengths[order[0] ?? 0] ?? 0) * 1e-15;
  order.forEach((from, to) => {
    const length = lengths[from] as number;
    s[to] = length;
    for (let r = 0; r < n; r++) right[r * n + to] = v[r * n + from] as number;
    if (length > least) for (let r = 0; r < m; r++) u[r * m + to] = (a[r * n + from] as number) / length;
  });
  complete(u, m, s, least);
  return { u, s, v: right };
}

/** One rotation of two columns, of `a` and `v` alike; says whether there was anything to do. */
function orthogonalise(a: Float64Array, v: Float64Array, m: number, n: number, p: number, q: number): boolean {
  let [pp, qq, pq] = [0, 0, 0];
  for (let r = 0; r < m; r++) {
    const [x, y] = [a[r * n + p] as number, a[r * n + q] as number];
    pp += x * x;
    qq += y * y;
    pq += x * y;
  }
  if (pq === 0 || Math.abs(pq) <= 1e-16 * Math.sqrt(pp * qq)) return false;
  const zeta = (qq - pp) / (2 * pq);
  const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = c * t;
  for (const [columns, rows] of [
    [a, m],
    [v, n],
  ] as const) {
    for (let r = 0; r < rows; r++) {
      const [x, y] = [columns[r * n + p] as number, columns[r * n + q] as number];
      columns[r * n + p] = c * x - s * y;
      columns[r * n + q] = s * x + c * y;
    }
  }
  return true;
}

/** Fills the columns that belong to no singular value, or to one that is 0, with unit vectors orthogonal to the others. */
function complete(u: Float64Array, m: number, s: Float64Array, least: number): void {
  const done = Array.from({ length: m }, (_, c) => c).filter((c) => (s[c] ?? 0) > least);
  let axis = 0;
  for (let c = 0; c < m; c++) {
    if ((s[c] ?? 0) > least) continue;
    for (; axis < m; axis++) {
      const w = new Float64Array(m);
      w[axis] = 1;
      for (let pass = 0; pass < 2; pass++) {
        for (const d of done) {
          let dot = 0;
          for (let r = 0; r < m; r++) dot += (w[r] as number) * (u[r * m + d] as number);
          for (let r = 0; r < m; r++) w[r] = (w[r] as number) - dot * (u[r * m + d] as number);
        }
      }
      const length = Math.hypot(...w);
      if (length < 1e-8) continue;
      for (let r = 0; r < m; r++) u[r * m + c] = (w[r] as number) / length;
      done.push(c);
      axis++;
      break;
    }
  }
}

/** U [*, m, m], S [*, k], Vh [*, n, n]; of the vectors the first k are paired with S. */
function wholeDecomposition(a: NdArray): readonly [NdArray, NdArray, NdArray] {
  if (isComplex(a.dtype)) throw new KernelError('ShapeLint does not decompose complex matrices');
  const [rows, cols] = a.shape.slice(-2) as [number, number];
  const lead = a.shape.slice(0, -2);
  const turned = rows < cols;
  const [m, n] = turned ? [cols, rows] : [rows, cols];
  const tall = (turned ? T(a) : a).dense();
  const left = allocate(a.dtype, numelOf(lead) * m * m);
  const values = allocate(a.dtype, numelOf(lead) * n);
  const right = allocate(a.dtype, numelOf(lead) * n * n);
  for (let i = 0; i < numelOf(lead); i++) {
    const { u, s, v } = decompose(Float64Array.from(tall.subarray(i * m * n, (i + 1) * m * n)), m, n);
    left.set(u as never, i * m * m);
    values.set(s as never, i * n);
    right.set(v as never, i * n * n);
  }
  const long = fromBuffer(settle(a.dtype, left), [...lead, m, m], a.dtype);
  const short = fromBuffer(settle(a.dtype, right), [...lead, n, n], a.dtype);
  const s = fromBuffer(settle(a.dtype, values), [...lead, n], a.dtype);
  return turned ? [short, s, T(long)] : [long, s, T(short)];
}

/** torch.linalg.svd: U [*, m, m or k], S [*, k], Vh [*, k or n, n]. */
export function svd(a: NdArray, fullMatrices = false): readonly [NdArray, NdArray, NdArray] {
  return noGradThen(
    () => {
      const [u, s, vh] = wholeDecomposition(a);
      const k = s.shape.at(-1) as number;
      const [ur, vr] = [slice(u, -1, 0, k), slice(vh, -2, 0, k)];
      return { shown: fullMatrices ? ([u, s, vh] as const) : ([ur, s, vr] as const), ur, s, vr };
    },
    (r) => {
      const square = r.shown[0].shape.at(-1) === r.ur.shape.at(-1) && r.shown[2].shape.at(-2) === r.vr.shape.at(-2);
      recordAll('LinalgSvdBackward0', [a], r.shown, ([gu, gs, gv]) => {
        if (!square && (gu !== undefined || gv !== undefined)) {
          throw new KernelError(
            'svd_backward: The singular vectors in the complex case are specified up to multiplication by e^{i phi}. The gradient of full matrices is not defined: use full_matrices=False',
            'RuntimeError',
          );
        }
        return [noGrad(() => svdGradient(r.ur, r.s, r.vr, gu, gs, gv))];
      });
      return r.shown;
    },
  );
}

function noGradThen<A, B>(first: () => A, then: (a: A) => B): B {
  return then(noGrad(first));
}

/** U [(skew(U^T gU) / E) S + S (skew(V^T gV) / E) + diag(gS)] V^T and what lies outside the spans; E_ij = s_j^2 - s_i^2. */
function svdGradient(u: NdArray, s: NdArray, vh: NdArray, gu?: NdArray, gs?: NdArray, gv?: NdArray): NdArray {
  const k = s.shape.at(-1) as number;
  const identity = eye(k, k, s.dtype);
  const [rowS, columnS] = [unsqueeze(s, -2), unsqueeze(s, -1)];
  const gap = binary('add', binary('sub', binary('mul', rowS, rowS), binary('mul', columnS, columnS)), identity);
  const skewed = (x: NdArray): NdArray => binary('div', binary('sub', x, T(x)), gap);
  let inner = gs === undefined ? binary('mul', identity, full([], 0, s.dtype)) : binary('mul', identity, unsqueeze(gs, -1));
  if (gu !== undefined) inner = binary('add', inner, binary('mul', skewed(matmul(T(u), gu)), rowS));
  if (gv !== undefined) inner = binary('add', inner, binary('mul', columnS, skewed(matmul(vh, T(gv)))));
  let grad = matmul(matmul(u, inner), vh);
  if (gu !== undefined && (u.shape.at(-2) as number) > k) {
    const outside = binary('div', binary('sub', gu, matmul(u, matmul(T(u), gu))), rowS);
    grad = binary('add', grad, matmul(outside, vh));
  }
  if (gv !== undefined && (vh.shape.at(-1) as number) > k) {
    const outside = binary('div', binary('sub', gv, matmul(matmul(gv, T(vh)), vh)), columnS);
    grad = binary('add', grad, matmul(u, outside));
  }
  return grad;
}

/** Singular values, largest first: [*, m, n] -> [*, k]. */
export function singularValues(a: NdArray): NdArray {
  return svd(a)[1];
}

/** The Moore-Penrose inverse: [*, m, n] -> [*, n, m]. Gradient of Golub and Pereyra (1973). */
export function pinv(a: NdArray): NdArray {
  const out = noGrad(() => {
    const [u, s, vh] = svd(a);
    const most = Math.max(0, ...s.toFlat());
    const tolerance = most * (a.dtype === 'float64' ? 2.22e-16 : 1.19e-7) * Math.max(...a.shape.slice(-2));
    const inverted = s.toFlat().map((x) => (x > tolerance ? 1 / x : 0));
    const data = allocate(s.dtype, inverted.length);
    data.set(inverted as never);
    const scaled = binary('mul', T(vh), unsqueeze(fromBuffer(settle(s.dtype, data), s.shape, s.dtype), -2));
    return matmul(scaled, T(u));
  });
  return record('LinalgPinvBackward0', [a], out, (g) => [noGrad(() => pinvGradient(a, out, T(g)))]);
}

function pinvGradient(a: NdArray, p: NdArray, g: NdArray): NdArray {
  const pt = T(p);
  const minus = (x: NdArray, y: NdArray): NdArray => binary('sub', x, y);
  const plus = (x: NdArray, y: NdArray): NdArray => binary('add', x, y);
  if ((a.shape.at(-2) as number) <= (a.shape.at(-1) as number)) {
    const k = matmul(g, p);
    const kp = matmul(k, pt);
    const first = minus(kp, T(matmul(p, k)));
    return plus(minus(first, matmul(matmul(a, p), kp)), matmul(matmul(pt, p), minus(g, matmul(k, a))));
  }
  const k = matmul(p, g);
  const pk = matmul(pt, k);
  const first = minus(matmul(matmul(minus(g, matmul(a, k)), p), pt), T(matmul(k, p)));
  return minus(plus(first, pk), matmul(matmul(pk, p), a));
}
