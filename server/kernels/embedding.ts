// Owns table lookup: embedding and embedding bags, renormalisation of rows, and their gradients.
// Indices are checked here, since only values show whether they lie in the table.

import type { NdArray } from './array.ts';
import { fromBuffer, zeros } from './array.ts';
import { recordAll } from './autograd.ts';
import type { TypedArray } from './dtype.ts';
import { allocate, KernelError, roundTo, settle, slots } from './dtype.ts';

export interface EmbeddingOptions {
  readonly paddingIdx?: number | undefined;
  readonly maxNorm?: number | undefined;
  readonly normType?: number;
  readonly scaleGradByFreq?: boolean;
}

/** Scales the rows that occur in `indices` down to at most maxNorm, in place and outside the graph. */
export function renormRows(weight: NdArray, indices: NdArray, maxNorm: number, normType = 2): void {
  const [rows, width] = weight.shape as readonly [number, number];
  const data = weight.storage.data;
  const [rowStep, colStep] = weight.strides as readonly [number, number];
  for (const i of new Set(indices.dense())) {
    if (i < -rows || i >= rows) {
      throw new KernelError(`select(): index ${i} out of range for tensor of size ${weight.shapeText} at dimension 0`, 'IndexError');
    }
    const base = weight.offset + (i < 0 ? i + rows : i) * rowStep;
    let acc = 0;
    for (let c = 0; c < width; c++) {
      const v = Math.abs(data[base + c * colStep] as number);
      acc = normType === Number.POSITIVE_INFINITY ? Math.max(acc, v) : acc + v ** normType;
    }
    const norm = roundTo(weight.dtype, normType === Number.POSITIVE_INFINITY ? acc : acc ** (1 / normType));
    if (norm <= maxNorm) continue;
    const scale = roundTo(weight.dtype, maxNorm / (norm + 1e-7));
    for (let c = 0; c < width; c++) data[base + c * colStep] = roundTo(weight.dtype, (data[base + c * colStep] as number) * scale);
  }
  weight.storage.version++;
}

/** indices [*], weight [n, d] -> [*, d]. Throws IndexError for an index outside the table. */
export function embedding(indices: NdArray, weight: NdArray, options: EmbeddingOptions = {}): NdArray {
  const { maxNorm, normType = 2, scaleGradByFreq = false } = options;
  const [rows, width] = weight.shape as readonly [number, number];
  const padding = options.paddingIdx === undefined ? -1 : options.paddingIdx < 0 ? options.paddingIdx + rows : options.paddingIdx;
  if (maxNorm !== undefined) renormRows(weight, indices, maxNorm, normType);
  const at = indices.dense();
  const w = slots(weight.dtype);
  const table = weight.dense();
  const out = allocate(weight.dtype, at.length * width);
  const step = width * w;
  for (let i = 0; i < at.length; i++) {
    const row = at[i] as number;
    if (row < 0 || row >= rows) throw new KernelError('index out of range in self', 'IndexError');
    for (let c = 0; c < step; c++) out[i * step + c] = table[row * step + c] as number;
  }
  const result = fromBuffer(out, [...indices.shape, width], weight.dtype);
  const picked = Float64Array.from(at);
  recordAll('EmbeddingBackward0', [weight], [result], ([g]) => {
    if (g === undefined) return [];
    const values = g.dense();
    const counts = scaleGradByFreq ? countsOf(picked, rows) : undefined;
    const sums = new Float64Array(rows * step);
    for (let i = 0; i < picked.length; i++) {
      const row = picked[i] as number;
      if (row === padding) continue;
      const k = counts === undefined ? 1 : 1 / (counts[row] as number);
      for (let c = 0; c < step; c++) sums[row * step + c] = (sums[row * step + c] as number) + (values[i * step + c] as number) * k;
    }
    return [stored(sums, weight)];
  });
  return result;
}

function stored(sums: Float64Array, like: NdArray): NdArray {
  const data = allocate(like.dtype, like.numel);
  data.set(sums as never);
  return fromBuffer(settle(like.dtype, data), like.shape, like.dtype);
}

function countsOf(at: Float64Array, rows: number): Float64Array {
  const counts = new Float64Array(rows);
  for (const i of at) counts[i] = (counts[i] as number) + 1;
  return counts;
}

export type BagMode = 'sum' | 'mean' | 'max';

export interface EmbeddingBagOptions extends EmbeddingOptions {
  readonly mode?: BagMode;
  readonly perSampleWeights?: NdArray | undefined;
  readonly includeLastOffset?: boolean;
}

interface Bags {
  /** Start and end of each bag among the flat indices. */
  readonly ranges: readonly (readonly [number, number])[];
}

function bagsOf(indices: NdArray, offsets: NdArray | undefined, includeLast: boolean): Bags {
  const total = indices.numel;
  if (offsets === undefined) {
    const [count, width] = indices.shape as readonly [number, number];
    return { ranges: Array.from({ length: count }, (_, i) => [i * width, (i + 1) * width] as const) };
  }
  const starts = offsets.toFlat();
  if (starts.length > 0 && starts[0] !== 0) {
    throw new KernelError(
      `offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got ${starts[0]}\n[ torch.LongTensor{} ]`,
      'RuntimeError',
    );
  }
  const last = starts.at(-1) ?? 0;
  if (last > total) {
    throw new KernelError(`offsets[-1] can not be greater than input's length ${total} but got offsets[-1] of ${last}`, 'RuntimeError');
  }
  if (starts.length === 0) return { ranges: [] };
  const ends = includeLast ? starts.slice(1) : [...starts.slice(1), total];
  return { ranges: ends.map((end, i) => [starts[i] as number, end] as const) };
}

/**
 * Bags of rows reduced to one: indices [B, n] without offsets, or [n] with offsets [B] (B + 1 with includeLastOffset);
 * weight [rows, d] -> [B, d]. An empty bag gives zeros. Throws RuntimeError for indices outside the table.
 */
export function embeddingBag(indices: NdArray, weight: NdArray, offsets: NdArray | undefined, options: EmbeddingBagOptions = {}): NdArray {
  const { mode = 'mean', maxNorm, normType = 2, scaleGradByFreq = false, perSampleWeights, includeLastOffset = false } = options;
  const [rows, width] = weight.shape as readonly [number, number];
  const padding = options.paddingIdx === undefined ? -1 : options.paddingIdx < 0 ? options.paddingIdx + rows : options.paddingIdx;
  if (maxNorm !== undefined) renormRows(weight, indices, maxNorm, normType);
  const at = Float64Array.from(indices.dense());
  const { ranges } = bagsOf(indices, offsets, includeLastOffset);
  checkIndices(at, rows, mode, padding, ranges);
  const table = weight.dense();
  const scale = perSampleWeights?.dense();
  const out = zeros([ranges.length, width], weight.dtype);
  const data = out.storage.data;
  const counts = new Float64Array(ranges.length);
  const winners = mode === 'max' ? new Int32Array(ranges.length * width).fill(-1) : undefined;
  ranges.forEach(([start, end], bag) => {
    const acc = new Float64Array(width);
    for (let i = start; i < end; i++) {
      const row = at[i] as number;
      if (row === padding) continue;
      if (winners !== undefined) takeLargest(table, row, width, i, counts[bag] === 0, acc, winners, bag * width);
      else {
        const k = scale === undefined ? 1 : (scale[i] as number);
        for (let c = 0; c < width; c++) acc[c] = (acc[c] as number) + k * (table[row * width + c] as number);
      }
      counts[bag] = (counts[bag] as number) + 1;
    }
    const divisor = mode === 'mean' ? Math.max(1, counts[bag] as number) : 1;
    for (let c = 0; c < width; c++) data[bag * width + c] = (acc[c] as number) / divisor;
  });
  settle(weight.dtype, data);
  recordAll('EmbeddingBagBackward0', [weight, perSampleWeights], [out], ([g]) => {
    if (g === undefined) return [];
    const values = g.dense();
    const sums = new Float64Array(rows * width);
    const freq = scaleGradByFreq ? bagFrequencies(at, rows) : undefined;
    const dScale = perSampleWeights === undefined ? undefined : allocate(perSampleWeights.dtype, at.length);
    ranges.forEach(([start, end], bag) => {
      if (winners !== undefined) {
        for (let c = 0; c < width; c++) {
          const i = winners[bag * width + c] as number;
          if (i >= 0)
            sums[(at[i] as number) * width + c] = (sums[(at[i] as number) * width + c] as number) + (values[bag * width + c] as number);
        }
        return;
      }
      for (let i = start; i < end; i++) {
        const row = at[i] as number;
        if (row === padding) continue;
        let k = scale === undefined ? 1 : (scale[i] as number);
        if (mode === 'mean') k /= counts[bag] as number;
        if (freq !== undefined) k /= freq[row] as number;
        let d = 0;
        for (let c = 0; c < width; c++) {
          const v = values[bag * width + c] as number;
          sums[row * width + c] = (sums[row * width + c] as number) + k * v;
          d += v * (table[row * width + c] as number);
        }
        if (dScale !== undefined) dScale[i] = d;
      }
    });
    const weightGrad = stored(sums, weight);
    return [weightGrad, dScale === undefined ? undefined : fromBuffer(dScale, indices.shape, perSampleWeights?.dtype ?? weight.dtype)];
  });
  return out;
}

/**
 * The count each row's gradient is divided by. PyTorch 2.13 looks the count up by the row's rank among the distinct rows
 * in the sorted index list, so the divisor may be another row's count; reproduced because results must agree.
 */
function bagFrequencies(at: Float64Array, rows: number): Float64Array {
  const counts = countsOf(at, rows);
  const sorted = at.slice().sort();
  const used = counts.slice();
  [...new Set(sorted)].forEach((row, rank) => {
    used[row] = counts[sorted[rank] as number] as number;
  });
  return used;
}

function takeLargest(
  table: TypedArray,
  row: number,
  width: number,
  i: number,
  first: boolean,
  acc: Float64Array,
  winners: Int32Array,
  to: number,
): void {
  for (let c = 0; c < width; c++) {
    const v = table[row * width + c] as number;
    if (first || v > (acc[c] as number)) {
      acc[c] = v;
      winners[to + c] = i;
    }
  }
}

function checkIndices(at: Float64Array, rows: number, mode: BagMode, padding: number, ranges: Bags['ranges']): void {
  if (at.length > 0 && rows === 0 && mode !== 'max')
    throw new KernelError('Index 0 of input takes value 0 which is not in the valid range [0, 0)', 'RuntimeError');
  at.forEach((row, i) => {
    if (row >= 0 && row < rows) return;
    if (mode !== 'max' && padding < 0) {
      throw new KernelError(`Index ${i} of input takes value ${row} which is not in the valid range [0, ${rows})`, 'RuntimeError');
    }
    throw new KernelError(`embedding_bag: Expected idx >= 0 && idx < num_embeddings but found idx to be ${row}`, 'RuntimeError');
  });
  for (const [start, end] of ranges) {
    if (end < start && mode !== 'max') {
      throw new KernelError(
        'Expected i < index_size to be true, but got false.  (Could this error message be improved?  If so, please report an enhancement request to PyTorch.)',
        'RuntimeError',
      );
    }
  }
}
