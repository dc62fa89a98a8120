// Owns products of matrices and batches of them, real and complex, with gradients and PyTorch's names for them.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf, wrapScalar } from './array.ts';
import { isGradEnabled, noGrad, record } from './autograd.ts';
import { binary } from './binary.ts';
import { broadcastShapes, broadcastStrides, castValues } from './broadcast.ts';
import type { MatrixView } from './contraction.ts';
import { contract } from './contraction.ts';
import { allocate, isComplex, isIntegral, KernelError, roundTo, scalarTypeName, settle } from './dtype.ts';
import { addScaled } from './ternary.ts';
import { conj } from './unary.ts';
import { reshape, transpose, unsqueeze } from './views.ts';

function matrixAt(a: NdArray, offset: number, scale: number, part: number): MatrixView {
  return {
    data: a.storage.data,
    offset: (a.offset + offset) * scale + part,
    rowStep: (a.strides.at(-2) as number) * scale,
    colStep: (a.strides.at(-1) as number) * scale,
  };
}

/** Plain product of one pair of matrices into out at `at`, in elements. */
function multiplyInto(a: NdArray, aOffset: number, b: NdArray, bOffset: number, out: NdArray, at: number): void {
  const m = a.shape.at(-2) as number;
  const k = a.shape.at(-1) as number;
  const n = b.shape.at(-1) as number;
  if (!isComplex(a.dtype)) {
    contract(m, n, k, matrixAt(a, aOffset, 1, 0), matrixAt(b, bOffset, 1, 0), out.storage.data, at);
    return;
  }
  const part = (p: number, q: number): Float64Array => {
    const c = new Float64Array(m * n);
    contract(m, n, k, matrixAt(a, aOffset, 2, p), matrixAt(b, bOffset, 2, q), c);
    return c;
  };
  const [rr, ii, ri, ir] = [part(0, 0), part(1, 1), part(0, 1), part(1, 0)];
  const data = out.storage.data;
  for (let i = 0; i < m * n; i++) {
    data[2 * (at + i)] = (rr[i] as number) - (ii[i] as number);
    data[2 * (at + i) + 1] = (ri[i] as number) + (ir[i] as number);
  }
}

/** [*B, m, k] @ [*B, k, n] -> [*B, m, n] with broadcast batches, without history. */
export function productValues(a: NdArray, b: NdArray): NdArray {
  const k = a.shape.at(-1) as number;
  if (k !== b.shape.at(-2)) {
    throw new KernelError(
      `mat1 and mat2 shapes cannot be multiplied (${a.shape.slice(-2).join('x')} and ${b.shape.slice(-2).join('x')})`,
      'RuntimeError',
    );
  }
  const m = a.shape.at(-2) as number;
  const n = b.shape.at(-1) as number;
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const sa = broadcastStrides(a.alias(a.shape.slice(0, -2), a.strides.slice(0, -2)), batch);
  const sb = broadcastStrides(b.alias(b.shape.slice(0, -2), b.strides.slice(0, -2)), batch);
  const count = numelOf(batch);
  const out = fromBuffer(allocate(a.dtype, count * m * n), [...batch, m, n], a.dtype);
  // A shared right side folds the batch into rows: one large product instead of many.
  const folds = count > 1 && sb.every((s) => s === 0) && a.isContiguous && a.rank === batch.length + 2;
  if (folds) multiplyInto(a.alias([count * m, k], [k, 1]), 0, b.alias(b.shape.slice(-2), b.strides.slice(-2)), 0, out, 0);
  else {
    const index = new Array<number>(batch.length).fill(0);
    for (let i = 0; i < count; i++) {
      let pa = 0;
      let pb = 0;
      index.forEach((x, d) => {
        pa += x * (sa[d] as number);
        pb += x * (sb[d] as number);
      });
      multiplyInto(a, pa, b, pb, out, i * m * n);
      for (let d = batch.length - 1; d >= 0; d--) {
        index[d] = (index[d] as number) + 1;
        if ((index[d] as number) < (batch[d] as number)) break;
        index[d] = 0;
      }
    }
  }
  if (a.dtype !== 'float32' && a.dtype !== 'float64') settle(a.dtype, out.storage.data);
  return out;
}

function adjoint(a: NdArray): NdArray {
  return conj(noGrad(() => transpose(a, -2, -1)));
}

function sameTypes(a: NdArray, b: NdArray, left = 'mat1', right = 'mat2'): void {
  if (a.dtype !== b.dtype) {
    throw new KernelError(
      `${left} and ${right} must have the same dtype, but got ${scalarTypeName(a.dtype)} and ${scalarTypeName(b.dtype)}`,
      'RuntimeError',
    );
  }
}

/** Batched product with history under a given name; shapes as productValues. */
export function product(a: NdArray, b: NdArray, name: string): NdArray {
  return record(
    name,
    [a, b],
    productValues(a, b),
    (g) => [a.requiresGrad ? productValues(g, adjoint(b)) : undefined, b.requiresGrad ? productValues(adjoint(a), g) : undefined],
    [a, b],
  );
}

/** [n, m] @ [m, p] -> [n, p]. */
export function mm(a: NdArray, b: NdArray): NdArray {
  sameTypes(a, b);
  return product(a, b, 'MmBackward0');
}

/** [b, n, m] @ [b, m, p] -> [b, n, p]. */
export function bmm(a: NdArray, b: NdArray): NdArray {
  return product(a, b, 'BmmBackward0');
}

/** [n, m] @ [m] -> [n]. */
export function mv(a: NdArray, v: NdArray, name = 'MvBackward0'): NdArray {
  const shape = a.shape.slice(0, -1);
  const column = v.alias([v.shape[0] as number, 1], [v.strides[0] as number, 0]);
  const out = productValues(a, column);
  return record(
    name,
    [a, v],
    out.alias(shape),
    (g) => {
      const gv = fromBuffer(g.dense(), [...g.shape, 1], g.dtype);
      const row = v.alias([1, v.shape[0] as number], [0, v.strides[0] as number]);
      return [
        a.requiresGrad ? productValues(gv, conj(row)) : undefined,
        v.requiresGrad ? flattenLast(productValues(adjoint(a), gv)) : undefined,
      ];
    },
    [a, v],
  );
}

function flattenLast(a: NdArray): NdArray {
  return a.alias(a.shape.slice(0, -1), a.strides.slice(0, -1));
}

/** [n] . [n] -> []. */
export function dot(a: NdArray, b: NdArray): NdArray {
  if (a.dtype !== b.dtype) {
    throw new KernelError(
      `dot : expected both vectors to have same dtype, but found ${scalarTypeName(a.dtype)} and ${scalarTypeName(b.dtype)}`,
      'RuntimeError',
    );
  }
  const n = a.shape[0] as number;
  const out = productValues(a.alias([1, n], [0, a.strides[0] as number]), b.alias([n, 1], [b.strides[0] as number, 0])).alias([], []);
  return record(
    'DotBackward0',
    [a, b],
    out,
    (g) => [a.requiresGrad ? binary('mul', g, conj(b)) : undefined, b.requiresGrad ? binary('mul', g, conj(a)) : undefined],
    [a, b],
  );
}

/** torch.matmul: vectors, matrices and broadcast batches. */
export function matmul(a: NdArray, b: NdArray): NdArray {
  if (a.rank === 1 && b.rank === 1) return dot(a, b);
  if (a.dtype !== b.dtype) {
    throw new KernelError(`expected m1 and m2 to have the same dtype, but got: ${cName(a)} != ${cName(b)}`, 'RuntimeError');
  }
  if (a.rank === 2 && b.rank === 2) return mm(a, b);
  if (b.rank === 1) return mv(a, b, a.rank === 2 ? 'MvBackward0' : 'UnsafeViewBackward0');
  if (a.rank === 1) {
    const row = noGradView(a);
    const out = productValues(row, b);
    const shape = [...b.shape.slice(0, -2), b.shape.at(-1) as number];
    return record(
      b.rank === 2 ? 'SqueezeBackward4' : 'UnsafeViewBackward0',
      [a, b],
      out.alias(shape),
      (g) => {
        const gr = fromBuffer(g.dense(), [...shape.slice(0, -1), 1, shape.at(-1) as number], g.dtype);
        const da = a.requiresGrad ? productValues(gr, adjoint(b)) : undefined;
        return [
          da === undefined ? undefined : fromBuffer(da.dense(), [...da.shape.slice(0, -2), da.shape.at(-1) as number], da.dtype),
          b.requiresGrad ? productValues(adjoint(row), gr) : undefined,
        ];
      },
      [a, b],
    );
  }
  return product(a, b, 'UnsafeViewBackward0');
}

function noGradView(a: NdArray): NdArray {
  return a.alias([1, a.shape[0] as number], [0, a.strides[0] as number]);
}

function cName(a: NdArray): string {
  const names: Partial<Record<string, string>> = {
    float32: 'float',
    float64: 'double',
    int64: 'long long',
    int32: 'int',
    int16: 'short',
    int8: 'signed char',
    uint8: 'unsigned char',
    float16: 'c10::Half',
    bfloat16: 'c10::BFloat16',
    complex64: 'c10::complex<float>',
    complex128: 'c10::complex<double>',
  };
  return names[a.dtype] ?? a.dtype;
}

/** beta*input + alpha*(x @ y), input broadcast; rank 2 (addmm), 3 (baddbmm) or a vector y (addmv). */
export function addProduct(input: NdArray, x: NdArray, y: NdArray, beta = 1, alpha = 1, name = 'AddmmBackward0'): NdArray {
  sameTypes(x, y);
  if (input.dtype !== x.dtype) {
    throw new KernelError(
      `self and mat2 must have the same dtype, but got ${scalarTypeName(input.dtype)} and ${scalarTypeName(y.dtype)}`,
      'RuntimeError',
    );
  }
  const value = noGrad(() => {
    const p = y.rank === 1 ? mv(x, y) : productValues(x, y);
    if (beta === 0) return alpha === 1 ? p : binary('mul', p, wrapScalar(alpha, 'float'));
    const scaled = alpha === 1 ? p : binary('mul', p, wrapScalar(alpha, isIntegral(p.dtype) ? 'int' : 'float'));
    return beta === 1 ? binary('add', scaled, input) : addScaled(scaled, input, beta);
  });
  if (!isGradEnabled()) return value;
  const times = (g: NdArray, k: number): NdArray => (k === 1 ? g : binary('mul', g, wrapScalar(k, 'float')));
  return record(
    name,
    [input, x, y],
    value,
    (g) => {
      const ga = times(g, alpha);
      const vector = y.rank === 1;
      const gm = vector ? fromBuffer(ga.dense(), [...ga.shape, 1], ga.dtype) : ga;
      const ym = vector ? unsqueeze(y, 1) : y;
      const dy = y.requiresGrad ? productValues(adjoint(x), gm) : undefined;
      return [
        input.requiresGrad ? times(g, beta) : undefined,
        x.requiresGrad ? productValues(gm, adjoint(ym)) : undefined,
        dy === undefined || !vector ? dy : flattenLast(dy),
      ];
    },
    [x, y],
  );
}

/** Outer product [n], [m] -> [n, m]. */
export function outer(a: NdArray, b: NdArray): NdArray {
  return binary('mul', unsqueeze(a, 1), b);
}

/**
 * F.linear: [*, in] with weight [out, in] and bias [out] -> [*, out]. The product and the bias are rounded separately.
 */
export function linear(x: NdArray, weight: NdArray, bias?: NdArray): NdArray {
  if (bias === undefined) {
    if (x.dtype !== weight.dtype)
      throw new KernelError(`expected m1 and m2 to have the same dtype, but got: ${cName(x)} != ${cName(weight)}`, 'RuntimeError');
  } else sameTypes(x, weight);
  const inputs = weight.shape.at(-1) as number;
  const outputs = weight.rank === 1 ? 1 : (weight.shape[0] as number);
  const rows = x.shape.slice(0, -1).reduce((n, s) => n * s, 1);
  const flat = x.isContiguous ? x.alias([rows, inputs], [inputs, 1]) : fromBuffer(x.dense(), [rows, inputs], x.dtype);
  const w = weight.rank === 1 ? weight.alias([1, inputs], [0, weight.strides[0] as number]) : weight.alias();
  const turned = w.alias([inputs, outputs], [w.strides[1] as number, w.strides[0] as number]);
  const shape = weight.rank === 1 ? x.shape.slice(0, -1) : [...x.shape.slice(0, -1), outputs];
  const out = productValues(flat, turned).alias(shape);
  if (bias !== undefined) addBias(out, bias);
  const plain = x.rank === 2 ? 'MmBackward0' : x.rank === 1 ? 'SqueezeBackward4' : 'UnsafeViewBackward0';
  const biased = x.rank === 2 ? 'AddmmBackward0' : x.isContiguous ? 'ViewBackward0' : 'AddBackward0';
  const name = bias === undefined ? plain : biased;
  return record(
    name,
    [x, weight, bias],
    out,
    (g) => {
      const gm = fromBuffer(g.dense(), [rows, outputs], g.dtype);
      const dx = x.requiresGrad ? productValues(gm, conj(w)) : undefined;
      const source = x.isContiguous ? x.alias([rows, inputs], [inputs, 1]) : fromBuffer(x.dense(), [rows, inputs], x.dtype);
      const turnedGrad = gm.alias([outputs, rows], [1, outputs]);
      const dw = weight.requiresGrad ? productValues(turnedGrad, conj(source)) : undefined;
      return [
        dx === undefined ? undefined : dx.alias(x.shape),
        dw === undefined ? undefined : dw.alias(weight.shape),
        bias?.requiresGrad === true ? g : undefined,
      ];
    },
    [x, weight],
  );
}

function addBias(out: NdArray, bias: NdArray): void {
  const data = out.storage.data;
  const b = castValues(bias, out.dtype).dense();
  const n = b.length;
  if (n === 0) return;
  for (let i = 0; i < data.length; i += n) for (let j = 0; j < n; j++) data[i + j] = (data[i + j] as number) + (b[j] as number);
  if (out.dtype === 'float16' || out.dtype === 'bfloat16')
    for (let i = 0; i < data.length; i++) data[i] = roundTo(out.dtype, data[i] as number);
}

/** F.bilinear: x [*, a], y [*, b], weight [out, a, b], bias [out] -> [*, out]. */
export function bilinear(x: NdArray, y: NdArray, weight: NdArray, bias?: NdArray): NdArray {
  const [outputs, left, right] = weight.shape as readonly [number, number, number];
  const rows = x.numel / Math.max(1, left);
  const lead = x.shape.slice(0, -1);
  const pairs = binary('mul', unsqueeze(reshape(x, [rows, left]), 2), unsqueeze(reshape(y, [rows, right]), 1));
  const flat = linear(reshape(pairs, [rows, left * right]), reshape(weight, [outputs, left * right]));
  const out = reshape(flat, [...lead, outputs]);
  return bias === undefined ? out : binary('add', out, bias);
}
