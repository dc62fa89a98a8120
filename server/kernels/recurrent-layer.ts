// Owns one direction of one recurrent layer over packed rows: the loop forward and through time backward, real types.
// Padded input is the packed case whose batch never shrinks. Gate order is PyTorch's: i f g o and r z n.

import type { NdArray } from './array.ts';
import { fromBuffer, numelOf } from './array.ts';
import { recordAll } from './autograd.ts';
import type { MatrixView } from './contraction.ts';
import { contract, usesEngine } from './contraction.ts';
import type { DType, TypedArray } from './dtype.ts';
import { allocate, settle } from './dtype.ts';
import type { GradientList } from './grad-node.ts';
import { RecurrentEngine } from './recurrent-engine.ts';

export type RecurrentMode = 'RNN_TANH' | 'RNN_RELU' | 'LSTM' | 'GRU';

/** Parameters of one direction: weightIh [g*H, in], weightHh [g*H, Hout], biases [g*H], weightHr [Hout, H]. */
export interface DirectionParameters {
  readonly weightIh: NdArray;
  readonly weightHh: NdArray;
  readonly biasIh: NdArray | undefined;
  readonly biasHh: NdArray | undefined;
  readonly weightHr: NdArray | undefined;
}

/** Told during backward: the Euclidean norm of d(loss)/d(h_t), over all sequences, at each step of one direction. */
export type HiddenGradientHook = (layer: number, reverse: boolean, step: number, norm: number) => void;

export interface DirectionRun {
  readonly mode: RecurrentMode;
  readonly layer: number;
  readonly reverse: boolean;
  /** Rows of each step, never growing; their sum is the number of rows of x. */
  readonly batchSizes: readonly number[];
  readonly onHiddenGradient?: HiddenGradientHook | undefined;
}

export interface DirectionResult {
  /** [rows, Hout] */
  readonly output: NdArray;
  /** [batch, Hout] */
  readonly hidden: NdArray;
  /** [batch, H], LSTM only */
  readonly cell: NdArray | undefined;
}

export const GATES: Readonly<Record<RecurrentMode, number>> = { RNN_TANH: 1, RNN_RELU: 1, LSTM: 4, GRU: 3 };

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The hyperbolic tangent by one exponential, which the host computes in half the time of its own. Relative error below 2e-14. */
function tanh(x: number): number {
  // Near zero the quotient below would lose digits; the series does not.
  if (x < 0.02 && x > -0.02) {
    const square = x * x;
    return x * (1 - square * (1 / 3 - square * (2 / 15 - square * (17 / 315))));
  }
  return 1 - 2 / (Math.exp(2 * x) + 1);
}

interface Sizes {
  readonly rows: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly out: number;
  readonly width: number;
}

interface Tape {
  /** Activated gates; for a plain RNN the new hidden state. */
  readonly gates: TypedArray;
  readonly before: TypedArray;
  readonly cellBefore: TypedArray;
  readonly cellAfter: TypedArray;
  /** GRU: the hidden part of the new gate. LSTM with projection: the state before it. */
  readonly extra: TypedArray;
}

/** All gates' sums of biases, nothing without them: the hidden one counts until `hiddenUntil`, past which it stands inside GRU's new gate. */
function biasSums(width: number, p: DirectionParameters, hiddenUntil: number): Float64Array {
  const [input, hidden] = [p.biasIh?.dense(), p.biasHh?.dense()];
  return Float64Array.from(
    { length: width },
    (_, c) => ((input?.[c] as number) ?? 0) + (c < hiddenUntil ? ((hidden?.[c] as number) ?? 0) : 0),
  );
}

function rightTransposed(w: NdArray): MatrixView {
  return { data: w.dense(), offset: 0, rowStep: 1, colStep: w.shape[1] as number, constant: true };
}

const plain = (data: TypedArray, cols: number, offset = 0): MatrixView => ({
  data,
  offset,
  rowStep: cols,
  colStep: 1,
});

function stepOrder(batchSizes: readonly number[], reverse: boolean): readonly (readonly [step: number, start: number, rows: number])[] {
  let start = 0;
  const order = batchSizes.map((rows, step) => {
    start += rows;
    return [step, start - rows, rows] as const;
  });
  return reverse ? order.reverse() : order;
}

/**
 * x [rows, in], h0 [batch, Hout], c0 [batch, H] -> output [rows, Hout] and last states. Differentiable in every operand.
 * Named as PyTorch's CPU path shows it: the output of a stack.
 */
export function runDirection(run: DirectionRun, x: NdArray, p: DirectionParameters, h0: NdArray, c0: NdArray | undefined): DirectionResult {
  const dtype = x.dtype;
  const gates = GATES[run.mode];
  const hidden = (p.weightIh.shape[0] as number) / gates;
  const size: Sizes = {
    rows: x.shape[0] as number,
    batch: h0.shape[0] as number,
    inputs: x.shape[1] as number,
    hidden,
    out: p.weightHr === undefined ? hidden : (p.weightHr.shape[0] as number),
    width: gates * hidden,
  };
  const tape = makeTape(run.mode, size, dtype, p.weightHr !== undefined);
  contract(size.rows, size.width, size.inputs, plain(x.dense(), size.inputs), rightTransposed(p.weightIh), tape.gates);
  const h = h0.dense().slice() as TypedArray;
  const c = (c0?.dense().slice() ?? allocate(dtype, 0)) as TypedArray;
  const output = allocate(dtype, size.rows * size.out);
  forward(run, size, p, tape, h, c, output);
  const result: DirectionResult = {
    output: fromBuffer(settle(dtype, output), [size.rows, size.out], dtype),
    hidden: fromBuffer(settle(dtype, h), [size.batch, size.out], dtype),
    cell: c0 === undefined ? undefined : fromBuffer(settle(dtype, c), [size.batch, hidden], dtype),
  };
  const inputs = [x, p.weightIh, p.weightHh, p.biasIh, p.biasHh, p.weightHr, h0, c0];
  const outputs = result.cell === undefined ? [result.output, result.hidden] : [result.output, result.hidden, result.cell];
  const saved = [x, p.weightIh, p.weightHh, ...(p.weightHr === undefined ? [] : [p.weightHr])];
  recordAll(
    'StackBackward0',
    inputs,
    outputs,
    (grads) => backwardThroughTime(run, size, x, p, tape, output, grads, c0 !== undefined),
    saved,
  );
  return result;
}

function makeTape(mode: RecurrentMode, s: Sizes, dtype: DType, projected: boolean): Tape {
  const lstm = mode === 'LSTM';
  const make = (n: number): TypedArray => allocate(dtype, n);
  return {
    gates: make(s.rows * s.width),
    before: make(s.rows * s.out),
    cellBefore: make(lstm ? s.rows * s.hidden : 0),
    cellAfter: make(lstm ? s.rows * s.hidden : 0),
    extra: make(mode === 'GRU' || projected ? s.rows * s.hidden : 0),
  };
}

type VectorStep = (start: number, rows: number, product: TypedArray, h: TypedArray, c: TypedArray) => void;

/** Numbers of one step's state from which copying them into the engine's memory and back costs less than it saves. */
const ENGINE_FLOOR = 512;

/** One step's gates and states in WebAssembly, for float32 where it pays; the tape and the states are written as by the loops below. */
function vectorStepOf(mode: RecurrentMode, s: Sizes, p: DirectionParameters, t: Tape, biases: Float64Array): VectorStep | undefined {
  if (mode === 'RNN_RELU' || !(t.gates instanceof Float32Array) || s.batch * s.hidden < ENGINE_FLOOR || !usesEngine()) return undefined;
  const engine = RecurrentEngine.get();
  if (engine === undefined) return undefined;
  const H = s.hidden;
  const tape = t as Tape & Record<keyof Tape, Float32Array>;
  const perGate = Array.from({ length: GATES[mode] }, (_, gate) => biases.subarray(gate * H, (gate + 1) * H));
  const within = Float64Array.from({ length: mode === 'GRU' ? H : 0 }, (_, k) => (p.biasHh?.dense()[2 * H + k] as number | undefined) ?? 0);
  const states = (data: TypedArray, start: number, rows: number): Float32Array =>
    (data as Float32Array).subarray(start * H, (start + rows) * H);
  return (start, rows, product, h, c) => {
    const gates = tape.gates.subarray(start * s.width, (start + rows) * s.width);
    const sums = [gates, (product as Float32Array).subarray(0, rows * s.width)] as const;
    if (mode === 'LSTM') {
      const cell = states(c, 0, rows);
      const to = p.weightHr === undefined ? states(h, 0, rows) : states(tape.extra, start, rows);
      states(tape.cellBefore, start, rows).set(cell);
      engine.step('lstm', rows, H, sums, [perGate], [cell], [gates, cell, to]);
      states(tape.cellAfter, start, rows).set(cell);
    } else if (mode === 'GRU') {
      const hidden = states(h, 0, rows);
      engine.step('gru', rows, H, sums, [perGate, [within]], [hidden], [gates, states(tape.extra, start, rows), hidden]);
    } else {
      engine.step('plain', rows, H, sums, [perGate], [], [gates]);
      states(h, 0, rows).set(gates);
    }
  };
}

function forward(run: DirectionRun, s: Sizes, p: DirectionParameters, t: Tape, h: TypedArray, c: TypedArray, output: TypedArray): void {
  const dtype = p.weightIh.dtype;
  const right = rightTransposed(p.weightHh);
  const biases = biasSums(s.width, p, run.mode === 'GRU' ? 2 * s.hidden : s.width);
  const vectorStep = vectorStepOf(run.mode, s, p, t, biases);
  const biasNew = run.mode === 'GRU' ? p.biasHh?.dense() : undefined;
  const product = allocate(dtype, s.batch * s.width);
  const projection = p.weightHr === undefined ? undefined : rightTransposed(p.weightHr);
  const half = dtype === 'float16' || dtype === 'bfloat16';
  for (const [, start, rows] of stepOrder(run.batchSizes, run.reverse)) {
    t.before.set(h.subarray(0, rows * s.out) as never, start * s.out);
    contract(rows, s.width, s.out, plain(h, s.out), right, product);
    if (vectorStep !== undefined) vectorStep(start, rows, product, h, c);
    for (let r = 0; vectorStep === undefined && r < rows; r++) {
      const g = (start + r) * s.width;
      const q = r * s.width;
      if (run.mode === 'LSTM')
        lstmRow(
          s,
          t,
          product,
          biases,
          g,
          q,
          (start + r) * s.hidden,
          r,
          c,
          projection === undefined ? h : t.extra,
          projection === undefined ? r * s.out : (start + r) * s.hidden,
        );
      else if (run.mode === 'GRU') gruRow(s, t, product, biases, g, q, (start + r) * s.hidden, biasNew, h, r * s.out);
      else {
        const curved = run.mode === 'RNN_TANH';
        for (let k = 0; k < s.hidden; k++) {
          const v = (t.gates[g + k] as number) + (product[q + k] as number) + (biases[k] as number);
          const y = curved ? tanh(v) : v > 0 ? v : 0;
          t.gates[g + k] = y;
          h[r * s.out + k] = y;
        }
      }
    }
    if (projection !== undefined) contract(rows, s.out, s.hidden, plain(t.extra, s.hidden, start * s.hidden), projection, h);
    if (half) settle(dtype, h);
    output.set(h.subarray(0, rows * s.out) as never, start * s.out);
  }
}

function lstmRow(
  s: Sizes,
  t: Tape,
  product: TypedArray,
  biases: Float64Array,
  g: number,
  q: number,
  at: number,
  row: number,
  c: TypedArray,
  to: TypedArray,
  toAt: number,
): void {
  const H = s.hidden;
  for (let k = 0; k < H; k++) {
    const i = sigmoid((t.gates[g + k] as number) + (product[q + k] as number) + (biases[k] as number));
    const f = sigmoid((t.gates[g + H + k] as number) + (product[q + H + k] as number) + (biases[H + k] as number));
    const n = tanh((t.gates[g + 2 * H + k] as number) + (product[q + 2 * H + k] as number) + (biases[2 * H + k] as number));
    const o = sigmoid((t.gates[g + 3 * H + k] as number) + (product[q + 3 * H + k] as number) + (biases[3 * H + k] as number));
    const old = c[row * H + k] as number;
    t.gates[g + k] = i;
    t.gates[g + H + k] = f;
    t.gates[g + 2 * H + k] = n;
    t.gates[g + 3 * H + k] = o;
    t.cellBefore[at + k] = old;
    c[row * H + k] = f * old + i * n;
    const now = c[row * H + k] as number;
    t.cellAfter[at + k] = now;
    to[toAt + k] = o * tanh(now);
  }
}

function gruRow(
  s: Sizes,
  t: Tape,
  product: TypedArray,
  biases: Float64Array,
  g: number,
  q: number,
  at: number,
  bias: TypedArray | undefined,
  h: TypedArray,
  hAt: number,
): void {
  const H = s.hidden;
  for (let k = 0; k < H; k++) {
    const r = sigmoid((t.gates[g + k] as number) + (product[q + k] as number) + (biases[k] as number));
    const z = sigmoid((t.gates[g + H + k] as number) + (product[q + H + k] as number) + (biases[H + k] as number));
    const inner = (product[q + 2 * H + k] as number) + (bias === undefined ? 0 : (bias[2 * H + k] as number));
    const n = tanh((t.gates[g + 2 * H + k] as number) + (biases[2 * H + k] as number) + r * inner);
    t.gates[g + k] = r;
    t.gates[g + H + k] = z;
    t.gates[g + 2 * H + k] = n;
    t.extra[at + k] = inner;
    h[hAt + k] = n + z * ((h[hAt + k] as number) - n);
  }
}

function backwardThroughTime(
  run: DirectionRun,
  s: Sizes,
  x: NdArray,
  p: DirectionParameters,
  t: Tape,
  output: TypedArray,
  grads: GradientList,
  hasCell: boolean,
): GradientList {
  const dtype = x.dtype;
  const H = s.hidden;
  const dOut = grads[0]?.dense();
  const dh = (grads[1]?.dense().slice() ?? allocate(dtype, s.batch * s.out)) as TypedArray;
  const dc = (grads[2]?.dense().slice() ?? allocate(dtype, hasCell ? s.batch * H : 0)) as TypedArray;
  const dGates = allocate(dtype, s.rows * s.width);
  const dRecurrent = run.mode === 'GRU' ? allocate(dtype, s.rows * s.width) : dGates;
  const weightHh = { ...plain(p.weightHh.dense(), s.out), constant: true };
  const dRaw = p.weightHr === undefined ? undefined : allocate(dtype, s.batch * H);
  const dWeightHr = p.weightHr === undefined ? undefined : allocate(dtype, p.weightHr.numel);
  for (const [step, start, rows] of [...stepOrder(run.batchSizes, run.reverse)].reverse()) {
    if (dOut !== undefined) for (let i = 0; i < rows * s.out; i++) dh[i] = (dh[i] as number) + (dOut[start * s.out + i] as number);
    if (run.onHiddenGradient !== undefined) run.onHiddenGradient(run.layer, run.reverse, step, norm(dh, rows * s.out));
    let dState: TypedArray = dh;
    if (dRaw !== undefined && p.weightHr !== undefined && dWeightHr !== undefined) {
      contract(rows, H, s.out, plain(dh, s.out), plain(p.weightHr.dense(), H), dRaw);
      const turned = { data: dh, offset: 0, rowStep: 1, colStep: s.out };
      contract(s.out, H, rows, turned, plain(t.extra, H, start * H), dWeightHr, 0, H, true);
      dState = dRaw;
    }
    for (let r = 0; r < rows; r++) {
      const g = (start + r) * s.width;
      const at = (start + r) * H;
      if (run.mode === 'LSTM') lstmRowBack(H, t, g, at, dState, r * H, dc, r * H, dGates);
      else if (run.mode === 'GRU') gruRowBack(H, t, g, at, dh, r * H, dGates, dRecurrent);
      else {
        const curved = run.mode === 'RNN_TANH';
        for (let k = 0; k < H; k++) {
          const y = output[at + k] as number;
          dGates[g + k] = (dh[r * H + k] as number) * (curved ? 1 - y * y : y > 0 ? 1 : 0);
        }
      }
    }
    // dh now holds what flows past the gates (GRU); the rest comes through the recurrent weights.
    contract(rows, s.out, s.width, plain(dRecurrent, s.width, start * s.width), weightHh, dh, 0, s.out, run.mode === 'GRU');
  }
  return parameterGradients(s, x, p, t, dGates, dRecurrent, dh, dc, dWeightHr, hasCell);
}

function norm(values: TypedArray, n: number): number {
  let total = 0;
  for (let i = 0; i < n; i++) total += (values[i] as number) ** 2;
  return Math.sqrt(total);
}

function lstmRowBack(
  H: number,
  t: Tape,
  g: number,
  at: number,
  dh: TypedArray,
  hAt: number,
  dc: TypedArray,
  cAt: number,
  dGates: TypedArray,
): void {
  for (let k = 0; k < H; k++) {
    const i = t.gates[g + k] as number;
    const f = t.gates[g + H + k] as number;
    const n = t.gates[g + 2 * H + k] as number;
    const o = t.gates[g + 3 * H + k] as number;
    const tc = tanh(t.cellAfter[at + k] as number);
    const d = dh[hAt + k] as number;
    const dCell = (dc[cAt + k] as number) + d * o * (1 - tc * tc);
    dGates[g + k] = dCell * n * i * (1 - i);
    dGates[g + H + k] = dCell * (t.cellBefore[at + k] as number) * f * (1 - f);
    dGates[g + 2 * H + k] = dCell * i * (1 - n * n);
    dGates[g + 3 * H + k] = d * tc * o * (1 - o);
    dc[cAt + k] = dCell * f;
  }
}

function gruRowBack(
  H: number,
  t: Tape,
  g: number,
  at: number,
  dh: TypedArray,
  hAt: number,
  dGates: TypedArray,
  dRecurrent: TypedArray,
): void {
  for (let k = 0; k < H; k++) {
    const r = t.gates[g + k] as number;
    const z = t.gates[g + H + k] as number;
    const n = t.gates[g + 2 * H + k] as number;
    const d = dh[hAt + k] as number;
    const dn = d * (1 - z) * (1 - n * n);
    const dr = dn * (t.extra[at + k] as number) * r * (1 - r);
    const dz = d * ((t.before[at + k] as number) - n) * z * (1 - z);
    dGates[g + k] = dr;
    dGates[g + H + k] = dz;
    dGates[g + 2 * H + k] = dn;
    dRecurrent[g + k] = dr;
    dRecurrent[g + H + k] = dz;
    dRecurrent[g + 2 * H + k] = dn * r;
    dh[hAt + k] = d * z;
  }
}

function parameterGradients(
  s: Sizes,
  x: NdArray,
  p: DirectionParameters,
  t: Tape,
  dGates: TypedArray,
  dRecurrent: TypedArray,
  dh: TypedArray,
  dc: TypedArray,
  dWeightHr: TypedArray | undefined,
  hasCell: boolean,
): GradientList {
  const dtype = x.dtype;
  const made = (shape: readonly number[], fill: (data: TypedArray) => void): NdArray => {
    const data = allocate(dtype, numelOf(shape));
    fill(data);
    return fromBuffer(settle(dtype, data), shape, dtype);
  };
  const turned = (data: TypedArray): MatrixView => ({
    data,
    offset: 0,
    rowStep: 1,
    colStep: s.width,
  });
  const columnSums = (data: TypedArray): NdArray =>
    made([s.width], (to) => {
      const sums = new Float64Array(s.width);
      for (let base = 0; base < data.length; base += s.width)
        for (let c = 0; c < s.width; c++) sums[c] = (sums[c] as number) + (data[base + c] as number);
      to.set(sums as never);
    });
  const wants = (a: NdArray | undefined, make: () => NdArray): NdArray | undefined => (a?.requiresGrad === true ? make() : undefined);
  return [
    wants(x, () =>
      made(x.shape, (to) => contract(s.rows, s.inputs, s.width, plain(dGates, s.width), plain(p.weightIh.dense(), s.inputs), to)),
    ),
    wants(p.weightIh, () =>
      made(p.weightIh.shape, (to) => contract(s.width, s.inputs, s.rows, turned(dGates), plain(x.dense(), s.inputs), to)),
    ),
    wants(p.weightHh, () =>
      made(p.weightHh.shape, (to) => contract(s.width, s.out, s.rows, turned(dRecurrent), plain(t.before, s.out), to)),
    ),
    wants(p.biasIh, () => columnSums(dGates)),
    wants(p.biasHh, () => columnSums(dRecurrent)),
    dWeightHr === undefined || p.weightHr === undefined ? undefined : fromBuffer(dWeightHr, p.weightHr.shape, dtype),
    fromBuffer(dh, [s.batch, s.out], dtype),
    hasCell ? fromBuffer(dc, [s.batch, s.hidden], dtype) : undefined,
  ];
}
