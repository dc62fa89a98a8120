// Texts of tensors and numbers against the oracle table and Python's own formatting.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { fromFlat } from '../../server/kernels/array.ts';
import type { DType } from '../../server/kernels/dtype.ts';
import { isComplex } from '../../server/kernels/dtype.ts';
import { formatExponent, formatFixed, formatGeneral, reprComplex, reprFloat, roundHalfEven } from '../../server/kernels/number-text.ts';
import { formatArray } from '../../server/kernels/numpy-print.ts';
import type { PrintOptions } from '../../server/kernels/print.ts';
import { formatTensor, PRINT_PROFILES } from '../../server/kernels/print.ts';

type Item = number | boolean | { float: string } | Item[];
interface Case {
  id: string;
  repr: string;
  value?: { tensor: number[]; dtype: DType; data: Item[] };
  gen?: { kind: string; n: number; shape: number[]; dtype: DType };
  printoptions?: { profile?: 'short' | 'full' | 'default'; sci_mode?: boolean } & Partial<Omit<PrintOptions, 'sciMode'>>;
  grad_fn?: string;
  requires_grad?: boolean;
  parameter?: boolean;
}
const cases = gunzipSync(readFileSync(new URL('../../fixtures/oracle/print-tensors.jsonl.gz', import.meta.url)))
  .toString()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

function number(x: Item): number {
  if (typeof x === 'object' && 'float' in x) return x.float === '-0.0' ? -0 : Number(x.float.replace('inf', 'Infinity'));
  return Number(x);
}

function generated(kind: string, n: number): number[] {
  const f = Math.fround;
  const make: Record<string, (i: number) => number[]> = {
    arange: (i) => [i],
    arangef: (i) => [i],
    tenth: (i) => [f(f(i) / 10)],
    zeros: () => [0],
    mod2: (i) => [i % 2 === 0 ? 1 : 0],
    neg: (i) => [f(-i * 1.5)],
    c: (i) => [i, -i],
  };
  return Array.from({ length: n }, (_, i) => i).flatMap(make[kind] as (i: number) => number[]);
}

test('every tensor text of the table', () => {
  assert.ok(cases.length > 300);
  for (const c of cases) {
    const spec = c.gen ?? c.value;
    assert.ok(spec !== undefined);
    const shape = c.gen?.shape ?? c.value?.tensor ?? [];
    const flat =
      c.gen !== undefined
        ? generated(c.gen.kind, c.gen.n)
        : (c.value?.data ?? []).flatMap((x) => (Array.isArray(x) ? x.map(number) : isComplex(spec.dtype) ? [number(x), 0] : [number(x)]));
    const { profile, sci_mode, ...rest } = c.printoptions ?? {};
    const options = { ...PRINT_PROFILES[profile ?? 'default'], ...rest, sciMode: sci_mode };
    const text = formatTensor(fromFlat(flat, shape, spec.dtype), options, { gradFn: c.grad_fn, requiresGrad: c.requires_grad ?? false });
    assert.equal((c.parameter === true ? 'Parameter containing:\n' : '') + text, c.repr, c.id);
  }
});

test('fixed, exponent and general forms round the exact value, ties to even', () => {
  assert.equal(formatFixed(0.03125, 4), '0.0312');
  assert.equal(formatFixed(0.09375, 4), '0.0938');
  assert.equal(formatFixed(2.675, 2), '2.67');
  assert.equal(formatFixed(1e22, 1), '10000000000000000000000.0');
  assert.equal(formatFixed(-0.4, 0), '-0');
  assert.equal(formatFixed(0.5, 0), '0');
  assert.equal(formatExponent(9.99994, 4), '9.9999e+00');
  assert.equal(formatExponent(0.00001, 4), '1.0000e-05');
  assert.equal(formatExponent(99999.96, 4), '1.0000e+05');
  assert.equal(formatGeneral(0.0001, 6), '0.0001');
  assert.equal(formatGeneral(1234567, 6), '1.23457e+06');
  assert.equal(formatGeneral(100000, 6), '100000');
  assert.equal(formatExponent(Number.NaN, 2), 'nan');
});

test('repr of floats and complex numbers, rounding', () => {
  const pairs: [number, string][] = [
    [0.1, '0.1'],
    [1e16, '1e+16'],
    [1e15, '1000000000000000.0'],
    [123456789.125, '123456789.125'],
    [1e-4, '0.0001'],
    [1e-5, '1e-05'],
    [-0, '-0.0'],
    [1.5e300, '1.5e+300'],
    [0.10000000149011612, '0.10000000149011612'],
    [5e-324, '5e-324'],
  ];
  for (const [x, text] of pairs) assert.equal(reprFloat(x), text);
  assert.equal(reprComplex(1, -2.5), '(1-2.5j)');
  assert.equal(reprComplex(0, 1), '1j');
  assert.equal(roundHalfEven(2.567, 2), 2.57);
  assert.equal(roundHalfEven(2.5), 2);
  assert.equal(roundHalfEven(1250, -2), 1200);
});

test('NumPy arrays', () => {
  const f = (v: number[], shape: number[], dtype: DType = 'float32') => fromFlat(v, shape, dtype);
  assert.equal(formatArray(f([0, 0], [2]), 'repr'), 'array([0., 0.], dtype=float32)');
  assert.equal(formatArray(f([1, 2, 3, 4], [2, 2], 'int64'), 'repr'), 'array([[1, 2],\n       [3, 4]])');
  assert.equal(formatArray(f([1, 2, 3, 4], [2, 2], 'int64'), 'str'), '[[1 2]\n [3 4]]');
  assert.equal(formatArray(f([0.1, 2.25, -3], [3]), 'repr'), 'array([ 0.1 ,  2.25, -3.  ], dtype=float32)');
  assert.equal(formatArray(f([1, 0], [2], 'bool'), 'str'), '[ True False]');
  assert.equal(formatArray(f([1e-5, 2], [2], 'float64'), 'repr'), 'array([1.e-05, 2.e+00])');
});
