// Owns single recurrent steps written in differentiable operations: the cell modules, and complex layers step by step.

import type { NdArray } from './array.ts';
import { binary } from './binary.ts';
import { refuseComplex } from './elementwise.ts';
import { cat } from './join.ts';
import { linear } from './matmul.ts';
import type { DirectionParameters, DirectionResult, RecurrentMode } from './recurrent-layer.ts';
import { unary } from './unary.ts';
import { chunk, narrow } from './views.ts';

export interface CellState {
  readonly hidden: NdArray;
  readonly cell: NdArray | undefined;
}

const add = (a: NdArray, b: NdArray): NdArray => binary('add', a, b);
const mul = (a: NdArray, b: NdArray): NdArray => binary('mul', a, b);

/** [N, in], h [N, H] -> [N, H]. */
export function rnnCell(x: NdArray, h: NdArray, p: DirectionParameters, nonlinearity: 'tanh' | 'relu'): NdArray {
  const sum = add(linear(x, p.weightIh, p.biasIh), linear(h, p.weightHh, p.biasHh));
  if (nonlinearity === 'relu') refuseComplex(sum, 'clamp_min_scalar_cpu');
  return unary(nonlinearity, sum);
}

/** [N, in], h [N, H] -> [N, H]; gates r z n. */
export function gruCell(x: NdArray, h: NdArray, p: DirectionParameters): NdArray {
  const [ir, iz, inew] = chunk(linear(x, p.weightIh, p.biasIh), 3, 1) as [NdArray, NdArray, NdArray];
  const [hr, hz, hnew] = chunk(linear(h, p.weightHh, p.biasHh), 3, 1) as [NdArray, NdArray, NdArray];
  const r = unary('sigmoid', add(hr, ir));
  const z = unary('sigmoid', add(hz, iz));
  const n = unary('tanh', add(inew, mul(hnew, r)));
  return add(mul(binary('sub', h, n), z), n);
}

/** [N, in], h [N, Hout], c [N, H] -> new h and c; gates i f g o. */
export function lstmCell(x: NdArray, h: NdArray, c: NdArray, p: DirectionParameters): { hidden: NdArray; cell: NdArray } {
  const gates = add(linear(x, p.weightIh, p.biasIh), linear(h, p.weightHh, p.biasHh));
  const [i, f, g, o] = chunk(gates, 4, 1) as [NdArray, NdArray, NdArray, NdArray];
  const cell = add(mul(unary('sigmoid', f), c), mul(unary('sigmoid', i), unary('tanh', g)));
  const raw = mul(unary('sigmoid', o), unary('tanh', cell));
  return { hidden: p.weightHr === undefined ? raw : linear(raw, p.weightHr), cell };
}

function step(mode: RecurrentMode, x: NdArray, h: NdArray, c: NdArray | undefined, p: DirectionParameters): CellState {
  switch (mode) {
    case 'RNN_TANH':
      return { hidden: rnnCell(x, h, p, 'tanh'), cell: undefined };
    case 'RNN_RELU':
      return { hidden: rnnCell(x, h, p, 'relu'), cell: undefined };
    case 'GRU':
      return { hidden: gruCell(x, h, p), cell: undefined };
    case 'LSTM':
      return lstmCell(x, h, c as NdArray, p);
  }
}

/** runDirection's contract, one recorded operation at a time: slower, for types the fused loop does not take. */
export function stepDirection(
  mode: RecurrentMode,
  reverse: boolean,
  batchSizes: readonly number[],
  x: NdArray,
  p: DirectionParameters,
  h0: NdArray,
  c0: NdArray | undefined,
): DirectionResult {
  const batch = h0.shape[0] as number;
  const starts = batchSizes.map((_, i) => batchSizes.slice(0, i).reduce((n, b) => n + b, 0));
  const order = batchSizes.map((_, i) => i);
  if (reverse) order.reverse();
  let h = h0;
  let c = c0;
  const outputs = new Array<NdArray>(batchSizes.length);
  for (const t of order) {
    const rows = batchSizes[t] as number;
    const part = (a: NdArray): NdArray => (rows === batch ? a : narrow(a, 0, 0, rows));
    const rest = (a: NdArray, b: NdArray): NdArray => (rows === batch ? a : cat([a, narrow(b, 0, rows, batch - rows)], 0));
    const next = step(mode, narrow(x, 0, starts[t] as number, rows), part(h), c === undefined ? undefined : part(c), p);
    outputs[t] = next.hidden;
    h = rest(next.hidden, h);
    if (c !== undefined && next.cell !== undefined) c = rest(next.cell, c);
  }
  return { output: cat(outputs, 0, 'StackBackward0'), hidden: h, cell: c };
}
