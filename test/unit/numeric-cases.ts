// Reading the numeric oracle table: arrays from its encoding, its losses, and comparison with its tolerances.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { NdArray } from '../../server/kernels/array.ts';
import { fromFlat } from '../../server/kernels/array.ts';
import { backward, requireGrad } from '../../server/kernels/autograd.ts';
import { binary } from '../../server/kernels/binary.ts';
import type { DType } from '../../server/kernels/dtype.ts';
import { isComplex, isFloating } from '../../server/kernels/dtype.ts';
import { sum } from '../../server/kernels/reduce.ts';
import { viewAsReal } from '../../server/kernels/views.ts';

export interface TensorText {
  tensor: number[];
  dtype: DType;
  data?: (number | { float: string })[];
  cdata?: [number, number][];
  name?: string;
}
export interface PackedText {
  data: TensorText;
  batch_sizes: number[];
  sorted_indices: number[] | null;
}
export type Argument =
  | TensorText
  | { tuple: Argument[] }
  | { packed: PackedText }
  | { dtype_obj: DType }
  | number
  | string
  | boolean
  | null;

export interface NumericCase {
  id: string;
  op: string;
  seed: number;
  eval?: boolean;
  ctor?: { args: Argument[]; kwargs: Record<string, Argument> };
  call: { args: Argument[]; kwargs: Record<string, Argument> };
  params?: TensorText[];
  buffers?: TensorText[];
  out: Argument;
  loss: 'sum_first' | 'ramp_all';
  loss_value: number;
  grads?: TensorText[];
  input_grads: (TensorText | null)[];
  maxdev64?: [number, number];
}

export function readCases(): NumericCase[] {
  return gunzipSync(readFileSync(new URL('../../fixtures/oracle/numeric-cases.jsonl.gz', import.meta.url)))
    .toString()
    .split('\n')
    .map((line) => JSON.parse(line) as NumericCase);
}

const number = (x: number | { float: string }): number => (typeof x === 'number' ? x : Number(x.float.replace('inf', 'Infinity')));

export function values(t: TensorText): number[] {
  if (t.cdata !== undefined) return t.cdata.flat();
  return (t.data ?? []).map(number);
}

export function arrayOf(t: TensorText): NdArray {
  return fromFlat(values(t), t.tensor, t.dtype);
}

export function isTensor(a: Argument | undefined): a is TensorText {
  return typeof a === 'object' && a !== null && 'tensor' in a;
}

export function isPacked(a: Argument | undefined): a is { packed: PackedText } {
  return typeof a === 'object' && a !== null && 'packed' in a;
}

/** Arrays of a case's inputs in order of appearance; floating ones require grad. */
export class Inputs {
  readonly floating: NdArray[] = [];
  take(a: TensorText): NdArray {
    const array = arrayOf(a);
    if (isFloating(array.dtype) || isComplex(array.dtype)) this.floating.push(requireGrad(array));
    return array;
  }
}

function ramp(out: NdArray, k: number): NdArray {
  const real = isComplex(out.dtype) ? viewAsReal(out) : out;
  const weights = Array.from({ length: real.numel }, (_, i) => ((i % 5) - 2 + 0.5 * k) / 4);
  return sum(binary('mul', real, fromFlat(weights, real.shape, real.dtype)));
}

export function lossOf(c: NumericCase, outs: readonly NdArray[]): NdArray {
  if (c.loss === 'sum_first') {
    const first = outs[0] as NdArray;
    return sum(isComplex(first.dtype) ? viewAsReal(first) : first);
  }
  return outs.map(ramp).reduce((a, b) => binary('add', a, b));
}

export function outputTexts(out: Argument): TensorText[] {
  if (isTensor(out)) return [out];
  if (isPacked(out)) return [out.packed.data];
  if (typeof out === 'object' && out !== null && 'tuple' in out) return out.tuple.flatMap(outputTexts);
  return [];
}

/** Within `tolerance` of each value; complex recurrent gradients run near poles, so they are held to the largest value. */
export function close(got: NdArray, want: TensorText, tolerance: number, what: string): void {
  assert.deepEqual(got.shape, want.tensor, `${what}: shape`);
  const g = got.toFlat();
  const w = values(want);
  assert.equal(g.length, w.length, what);
  const largest = isComplex(got.dtype) ? Math.max(0, ...w.map(Math.abs)) : 0;
  for (let i = 0; i < w.length; i++) {
    const limit = tolerance * Math.max(1, largest, Math.abs(w[i] as number));
    assert.ok(Math.abs((g[i] as number) - (w[i] as number)) <= limit, `${what}[${i}]: ${g[i]} != ${w[i]}`);
  }
}

/** Compares outputs, loss and every gradient of a case. */
export function check(c: NumericCase, params: readonly NdArray[], inputs: Inputs, outs: readonly NdArray[]): void {
  const label = `${c.op} ${c.id}`;
  const complex = [...params, ...inputs.floating].some((a) => isComplex(a.dtype));
  const tolerance = complex ? 2e-4 : 5e-6;
  const texts = outputTexts(c.out);
  assert.equal(outs.length, texts.length, `${label}: outputs`);
  outs.forEach((o, i) => close(o, texts[i] as TensorText, tolerance, `${label} out ${i}`));
  const loss = lossOf(
    c,
    outs.filter((o) => isFloating(o.dtype) || isComplex(o.dtype)),
  );
  const scale = Math.max(1, Math.abs(c.loss_value));
  assert.ok(Math.abs(loss.item() - c.loss_value) <= 10 * tolerance * scale, `${label}: loss ${loss.item()} != ${c.loss_value}`);
  if (!loss.requiresGrad) return;
  backward(loss);
  (c.grads ?? []).forEach((t, i) => {
    const grad = params[i]?.grad;
    assert.ok(grad !== undefined, `${label}: no gradient of ${t.name}`);
    close(grad, t, 2 * tolerance, `${label} d ${t.name}`);
  });
  c.input_grads.forEach((t, i) => {
    const grad = inputs.floating[i]?.grad;
    if (t === null) return;
    assert.ok(grad !== undefined, `${label}: no gradient of input ${i}`);
    close(grad, t, 2 * tolerance, `${label} d input ${i}`);
  });
}
