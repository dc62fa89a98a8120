// Owns whole recurrent networks (RNN, LSTM, GRU): layers, directions, dropout between layers, padded and packed input.

import type { NdArray } from './array.ts';
import { zeros } from './array.ts';
import { isComplex, KernelError } from './dtype.ts';
import { cat, stack } from './join.ts';
import type { Generator } from './random.ts';
import { dropout } from './random.ts';
import { stepDirection } from './recurrent-cell.ts';
import type { DirectionParameters, DirectionResult, HiddenGradientHook, RecurrentMode } from './recurrent-layer.ts';
import { GATES, runDirection } from './recurrent-layer.ts';
import { contiguous, narrow, reshape, select, squeeze, transpose, unsqueeze, view } from './views.ts';

export interface RecurrentConfig {
  readonly mode: RecurrentMode;
  readonly numLayers: number;
  readonly bidirectional: boolean;
  readonly bias: boolean;
  /** Share of each layer's output dropped before the next layer, in training. */
  readonly dropout: number;
  readonly training: boolean;
  readonly batchFirst: boolean;
  /** LSTM: size of the projected hidden state, 0 for none. */
  readonly projSize: number;
  /** Draws the dropout masks; needed only where dropout is in force. */
  readonly generator?: Generator | undefined;
  readonly onHiddenGradient?: HiddenGradientHook | undefined;
}

export interface RecurrentResult {
  readonly output: NdArray;
  readonly hidden: NdArray;
  readonly cell: NdArray | undefined;
}

/** Whether PyTorch runs this through its fused CPU library, which only shows in the names of gradients. */
function fusesLstm(config: RecurrentConfig, input: NdArray): boolean {
  return config.mode === 'LSTM' && input.dtype === 'float32' && config.projSize === 0;
}

/** Splits the flat list (registration order) into one record a layer and direction. Throws KernelError if the count is off. */
export function directionParameters(config: RecurrentConfig, params: readonly NdArray[]): DirectionParameters[] {
  const each = 2 + (config.bias ? 2 : 0) + (config.projSize > 0 ? 1 : 0);
  const count = config.numLayers * (config.bidirectional ? 2 : 1);
  if (params.length !== each * count) throw new KernelError('got an incorrect number of RNN parameters', 'RuntimeError');
  return Array.from({ length: count }, (_, i) => {
    const p = params.slice(i * each, (i + 1) * each);
    return {
      weightIh: p[0] as NdArray,
      weightHh: p[1] as NdArray,
      biasIh: config.bias ? p[2] : undefined,
      biasHh: config.bias ? p[3] : undefined,
      weightHr: config.projSize > 0 ? p[each - 1] : undefined,
    };
  });
}

/**
 * All layers over packed rows: data [rows, in], states [D*layers, batch, H*]; output [rows, D*Hout].
 */
function runLayers(
  config: RecurrentConfig,
  data: NdArray,
  batchSizes: readonly number[],
  params: readonly NdArray[],
  h0: NdArray,
  c0: NdArray | undefined,
): RecurrentResult {
  const directions = config.bidirectional ? 2 : 1;
  const all = directionParameters(config, params);
  const hiddens: NdArray[] = [];
  const cells: NdArray[] = [];
  let input = data;
  for (let layer = 0; layer < config.numLayers; layer++) {
    const results: DirectionResult[] = [];
    for (let d = 0; d < directions; d++) {
      const k = layer * directions + d;
      const h = select(h0, 0, k);
      const c = c0 === undefined ? undefined : select(c0, 0, k);
      const p = all[k] as DirectionParameters;
      results.push(
        isComplex(data.dtype)
          ? stepDirection(config.mode, d === 1, batchSizes, input, p, h, c)
          : runDirection(
              { mode: config.mode, layer, reverse: d === 1, batchSizes, onHiddenGradient: config.onHiddenGradient },
              input,
              p,
              h,
              c,
            ),
      );
    }
    for (const r of results) {
      hiddens.push(r.hidden);
      if (r.cell !== undefined) cells.push(r.cell);
    }
    input =
      results.length === 1
        ? (results[0] as DirectionResult).output
        : cat(
            results.map((r) => r.output),
            1,
          );
    if (config.training && config.dropout > 0 && layer < config.numLayers - 1) {
      if (config.generator === undefined) throw new KernelError('dropout between recurrent layers needs a generator');
      input = dropout(input, config.dropout, config.generator, true);
    }
  }
  return { output: input, hidden: stack(hiddens, 0), cell: cells.length === 0 ? undefined : stack(cells, 0) };
}

function initialStates(
  config: RecurrentConfig,
  batch: number,
  like: NdArray,
  params: readonly NdArray[],
): { h: NdArray; c: NdArray | undefined } {
  const count = config.numLayers * (config.bidirectional ? 2 : 1);
  const hidden = ((params[0] as NdArray).shape[0] as number) / GATES[config.mode];
  const out = config.projSize > 0 ? config.projSize : hidden;
  return { h: zeros([count, batch, out], like.dtype), c: config.mode === 'LSTM' ? zeros([count, batch, hidden], like.dtype) : undefined };
}

/**
 * Padded input: [L, N, in], [N, L, in] if batchFirst, or [L, in] without batch; states [D*layers, N, H*] (no N without batch).
 * Returns output in the input's layout and the last states. `params` in registration order.
 */
export function recurrent(
  config: RecurrentConfig,
  input: NdArray,
  params: readonly NdArray[],
  h0?: NdArray,
  c0?: NdArray,
): RecurrentResult {
  const batched = input.rank === 3;
  // Without a batch the batch dimension is put where batchFirst expects it and taken out again from the same place.
  const batchDim = config.batchFirst ? 0 : 1;
  const three = batched ? input : unsqueeze(input, batchDim);
  const x = config.batchFirst ? transpose(three, 0, 1) : three;
  const [steps, batch, features] = x.shape as readonly [number, number, number];
  const start = initialStates(config, batch, input, params);
  const h = h0 === undefined ? start.h : batched ? h0 : unsqueeze(h0, 1);
  const c = config.mode !== 'LSTM' ? undefined : c0 === undefined ? start.c : batched ? c0 : unsqueeze(c0, 1);
  if (steps === 0) throw new KernelError('Expected sequence length to be larger than 0 in RNN', 'RuntimeError');
  const flat = reshape(contiguous(x), [steps * batch, features]);
  const result = runLayers(config, flat, new Array<number>(steps).fill(batch), params, h, c);
  const width = result.output.shape[1] as number;
  const fused = fusesLstm(config, input);
  const name = config.bidirectional ? 'CatBackward0' : fused ? 'MkldnnRnnLayerBackward0' : 'StackBackward0';
  let output = view(contiguous(result.output), [steps, batch, width], name);
  if (config.batchFirst) output = transpose(output, 0, 1, fused ? 'TransposeBackward0' : 'TransposeBackward1');
  if (batched) return { ...result, output };
  return {
    output: squeeze(output, batchDim),
    hidden: squeeze(result.hidden, 1),
    cell: result.cell === undefined ? undefined : squeeze(result.cell, 1),
  };
}

/**
 * Packed input: data [rows, in] and the rows of each step; states [D*layers, batch, H*] in the packed (sorted) order.
 * Returns output rows [rows, D*Hout] in the same packing.
 */
export function recurrentPacked(
  config: RecurrentConfig,
  data: NdArray,
  batchSizes: readonly number[],
  params: readonly NdArray[],
  h0?: NdArray,
  c0?: NdArray,
): RecurrentResult {
  const batch = batchSizes[0] ?? 0;
  const rows = batchSizes.reduce((n, b) => n + b, 0);
  const start = initialStates(config, batch, data, params);
  // Rows past the last step are ignored, as PyTorch ignores them.
  const used = rows === data.shape[0] ? data : narrow(data, 0, 0, rows);
  const result = runLayers(
    config,
    contiguous(used),
    batchSizes,
    params,
    h0 ?? start.h,
    config.mode === 'LSTM' ? (c0 ?? start.c) : undefined,
  );
  const even = batchSizes.every((b) => b === batch);
  const name = even && fusesLstm(config, data) ? 'ViewBackward0' : 'CatBackward0';
  return { ...result, output: view(result.output, result.output.shape, name) };
}
