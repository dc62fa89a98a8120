// Owns the singular value decomposition and the pseudo-inverse, by the eigenvalues of the smaller symmetric product, in
// double. No gradient; singular vectors' signs are arbitrary, as LAPACK's are.

import type { NdArray } from './array.ts';
import { fromFlat } from './array.ts';
import { noGrad } from './autograd.ts';
import { binary } from './binary.ts';
import { isComplex, KernelError } from './dtype.ts';
import { cast } from './elementwise.ts';
import { flip } from './join.ts';
import { eigh } from './linear-algebra.ts';
import { matmul } from './matmul.ts';
import { transpose, unsqueeze } from './views.ts';

interface Spectrum {
  /** Squares of the singular values, largest first: [*, n]. */
  readonly squares: NdArray;
  /** [*, n, n], a vector in each column. */
  readonly vectors: NdArray;
}

/** Of [*, m, n] with m >= n. */
function spectrumOf(a: NdArray): Spectrum {
  const { values, vectors } = eigh(matmul(transpose(a, -2, -1), a));
  return { squares: flip(values, [values.rank - 1]), vectors: flip(vectors, [vectors.rank - 1]) };
}

const mapped = (a: NdArray, f: (x: number) => number): NdArray => fromFlat(a.toFlat().map(f), a.shape, a.dtype);

function prepared(a: NdArray): { readonly wide: NdArray; readonly turned: boolean } {
  if (isComplex(a.dtype)) throw new KernelError('ShapeLint does not decompose complex matrices');
  const double = cast(a, 'float64');
  const turned = (a.shape.at(-2) as number) < (a.shape.at(-1) as number);
  return { wide: turned ? transpose(double, -2, -1) : double, turned };
}

/** The reduced decomposition: U [*, m, k], S [*, k], Vh [*, k, n]. Throws KernelError for a matrix without full rank. */
export function svd(a: NdArray): readonly [NdArray, NdArray, NdArray] {
  return noGrad(() => {
    const { wide, turned } = prepared(a);
    const { squares, vectors } = spectrumOf(wide);
    const s = mapped(squares, (x) => Math.sqrt(Math.max(0, x)));
    const flat = s.toFlat();
    if (flat.some((x) => x <= 1e-12 * Math.max(...flat))) throw new KernelError('ShapeLint decomposes matrices of full rank only');
    const u = binary('div', matmul(wide, vectors), unsqueeze(s, -2));
    const [left, right] = turned ? [vectors, u] : [u, vectors];
    return [cast(left, a.dtype), cast(s, a.dtype), cast(transpose(right, -2, -1), a.dtype)] as const;
  });
}

/** The Moore-Penrose inverse: [*, m, n] -> [*, n, m]. */
export function pinv(a: NdArray): NdArray {
  return noGrad(() => {
    const { wide, turned } = prepared(a);
    const { squares, vectors } = spectrumOf(wide);
    const most = Math.max(0, ...squares.toFlat());
    const tolerance = most * (1.2e-7 * Math.max(...a.shape.slice(-2))) ** 2;
    const inverted = mapped(squares, (x) => (x > tolerance ? 1 / x : 0));
    const scaled = binary('mul', vectors, unsqueeze(inverted, -2));
    const result = matmul(matmul(scaled, transpose(vectors, -2, -1)), transpose(wide, -2, -1));
    return cast(turned ? transpose(result, -2, -1) : result, a.dtype);
  });
}
