// Runs kernel operations against a table made by PyTorch 2.13: values, type, layout, grad_fn name and all gradients.
// A case is the PyTorch expression; its inputs are the arrays named in it (x, y, w, …), listed in Env.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { NdArray, ScalarKind } from '../../server/kernels/array.ts';
import { fromFlat, wrapScalar } from '../../server/kernels/array.ts';
import { backward, requireGrad } from '../../server/kernels/autograd.ts';
import { binary } from '../../server/kernels/binary.ts';
import type { DType } from '../../server/kernels/dtype.ts';
import { isComplex, isFloating } from '../../server/kernels/dtype.ts';
import type { IndexItem } from '../../server/kernels/indexing.ts';
import { sum } from '../../server/kernels/reduce.ts';
import { viewAsReal } from '../../server/kernels/views.ts';

/** x [3,4], y [3,4] positive, w [4,4], v [4], b c [2,3,4], i [3,4] int64, z [3,4] complex, img [2,3,6,7], vol [1,2,4,5,4], sq wc big. */
export type Env = Record<'x' | 'y' | 'w' | 'v' | 'b' | 'c' | 'i' | 'z' | 'img' | 'vol' | 'sq' | 'wc' | 'big', NdArray>;

type Value = number | string;
interface Case {
  error?: string;
  shape: number[];
  dtype: DType;
  strides: number[];
  data: Value[];
  grad_fn: string | null;
  grads?: Record<string, Value[]>;
}
interface Table {
  env: Record<string, { shape: number[]; dtype: DType; data: Value[] }>;
  cases: Record<string, Case>;
}

const table = JSON.parse(
  gunzipSync(readFileSync(new URL('../../fixtures/oracle/kernel-operations.json.gz', import.meta.url))).toString(),
) as Table;

const numeric = (v: Value): number => (typeof v === 'string' ? Number(v.replace('inf', 'Infinity')) : v);

export const num = (v: number, kind: ScalarKind = 'float'): NdArray => wrapScalar(v, kind);
export const i64 = (v: number[], shape: number[] = [v.length]): NdArray => fromFlat(v, shape, 'int64');
export const n = (value: number): IndexItem => ({ kind: 'number', value });
export const sl = (start?: number, stop?: number, step?: number): IndexItem => ({ kind: 'slice', start, stop, step });
export const ar = (array: NdArray): IndexItem => ({ kind: 'array', array });
export const na: IndexItem = { kind: 'new-axis' };
export const el: IndexItem = { kind: 'ellipsis' };

/** Layouts this engine keeps row-major where PyTorch's factorisations give column-major, and reads of conjugate views. */
const LAYOUT_DIFFERS = /^torch\.(inverse|quantile)|^torch\.linalg\.(solve|cholesky|qr)/;
const NAME_DIFFERS = new Set(['z.conj().resolve_conj()', 'torch.einsum("ii->i",w)']);

function near(got: readonly number[], want: readonly Value[], what: string): void {
  assert.equal(got.length, want.length, what);
  const finite = want.map(numeric).filter(Number.isFinite);
  const scale = Math.min(1, 1e-5 * Math.max(1, ...finite.map(Math.abs))) / 3;
  want.forEach((v, k) => {
    const w = numeric(v);
    const g = got[k] as number;
    const same = g === w || (Number.isNaN(g) && Number.isNaN(w));
    assert.ok(same || Math.abs(g - w) <= Math.max(3e-6 * Math.abs(w), scale), `${what}[${k}]: ${g} != ${w}`);
  });
}

function inputs(): Env {
  const env = Object.entries(table.env).map(([name, t]) => {
    const array = fromFlat(t.data.map(numeric), t.shape, t.dtype);
    return [name, t.dtype === 'int64' ? array : requireGrad(array)] as const;
  });
  return Object.fromEntries(env) as Env;
}

function run(expression: string, compute: (e: Env) => NdArray): void {
  const want = table.cases[expression];
  assert.ok(want !== undefined && want.error === undefined, `no table entry for ${expression}`);
  const env = inputs();
  const out = compute(env);
  assert.deepEqual(out.shape, want.shape, `${expression}: shape`);
  assert.equal(out.dtype, want.dtype, `${expression}: type`);
  if (out.numel > 1 && !LAYOUT_DIFFERS.test(expression)) assert.deepEqual(out.strides, want.strides, `${expression}: strides`);
  near(out.toFlat(), want.data, expression);
  if (!NAME_DIFFERS.has(expression)) assert.equal(out.node?.name ?? null, want.grad_fn, `${expression}: grad_fn`);
  if (want.grads === undefined) return;
  const real = isComplex(out.dtype) ? viewAsReal(out) : out;
  const weights = Array.from({ length: real.numel }, (_, k) => ((k % 5) - 1.5) / 2);
  backward(sum(binary('mul', real, fromFlat(weights, real.shape, real.dtype))));
  for (const [name, array] of Object.entries(env)) {
    if (!isFloating(array.dtype) && !isComplex(array.dtype)) continue;
    const grad: Value[] | undefined = want.grads[name];
    assert.equal(array.grad !== undefined, grad !== undefined, `${expression}: gradient of ${name}`);
    if (array.grad !== undefined && grad !== undefined) near(array.grad.toFlat(), grad, `${expression} d${name}`);
  }
}

/** Collects cases of one family; `done` makes the test and says how many there must be at least. */
export class Family {
  private readonly rows: [string, (e: Env) => NdArray][] = [];
  add = (expression: string, compute: (e: Env) => NdArray): void => {
    this.rows.push([expression, compute]);
  };
  done(name: string, atLeast: number): void {
    test(name, () => {
      assert.ok(this.rows.length >= atLeast, `${this.rows.length} cases`);
      const failures = this.rows.flatMap(([expression, compute]) => {
        try {
          run(expression, compute);
          return [];
        } catch (error) {
          return [`${expression}: ${error instanceof Error ? error.message : String(error)}`];
        }
      });
      assert.deepEqual(failures, []);
    });
  }
}
