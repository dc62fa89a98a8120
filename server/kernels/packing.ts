// Owns packed sequences as numbers: which padded entry each packed row takes, both ways, with gradients.

import type { NdArray } from './array.ts';
import { numelOf } from './array.ts';
import { KernelError } from './dtype.ts';
import { gathered } from './join.ts';
import { contiguous, transpose } from './views.ts';

export interface Packed {
  readonly data: NdArray;
  /** Rows of each step, never growing. */
  readonly batchSizes: readonly number[];
}

/** Batch sizes of sequences whose lengths never grow. */
export function batchSizesOf(lengths: readonly number[]): number[] {
  const longest = lengths[0] ?? 0;
  return Array.from({ length: longest }, (_, t) => lengths.filter((n) => n > t).length);
}

/**
 * [T, B, *] (or [B, T, *]) and lengths that never grow -> rows [sum, *]. Throws RuntimeError with PyTorch's texts.
 */
export function packPadded(input: NdArray, lengths: readonly number[], batchFirst = false): Packed {
  const x = contiguous(batchFirst ? transpose(input, 0, 1) : input);
  const [steps, batch] = x.shape as readonly [number, number];
  if (x.numel === 0) throw new KernelError('Cannot pack empty tensors.', 'RuntimeError');
  if (lengths.length !== batch) {
    throw new KernelError(
      `Expected \`len(lengths)\` to be equal to batch_size, but got ${lengths.length} (batch_size=${batch})`,
      'RuntimeError',
    );
  }
  if ((lengths.at(-1) ?? 0) <= 0) {
    throw new KernelError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0", 'RuntimeError');
  }
  if (lengths.some((n, i) => i > 0 && n > (lengths[i - 1] as number))) {
    throw new KernelError(
      '`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability.',
      'RuntimeError',
    );
  }
  const batchSizes = batchSizesOf(lengths);
  const inner = numelOf(x.shape.slice(2));
  const from: number[] = [];
  batchSizes.forEach((rows, t) => {
    if (t >= steps) return;
    for (let b = 0; b < rows; b++) for (let k = 0; k < inner; k++) from.push((t * batch + b) * inner + k);
  });
  const rows = inner === 0 ? 0 : from.length / inner;
  return { data: gathered(x, from, [rows, ...x.shape.slice(2)], 'PackPaddedSequenceBackward0'), batchSizes };
}

/** Rows back to [T, B, *] (or [B, T, *]), the rest filled with `value`; `total` asks for more steps. */
export function padPacked(
  packed: Packed,
  batchFirst = false,
  value = 0,
  total?: number,
): { readonly padded: NdArray; readonly lengths: number[] } {
  const { data, batchSizes } = packed;
  const batch = batchSizes[0] ?? 0;
  const steps = total ?? batchSizes.length;
  const inner = numelOf(data.shape.slice(1));
  const from = new Float64Array(steps * batch * inner).fill(-1);
  let row = 0;
  batchSizes.forEach((rows, t) => {
    for (let b = 0; b < rows; b++, row++) for (let k = 0; k < inner; k++) from[(t * batch + b) * inner + k] = row * inner + k;
  });
  const padded = gathered(contiguous(data), from, [steps, batch, ...data.shape.slice(1)], 'CopySlices', value);
  const lengths = Array.from({ length: batch }, (_, b) => batchSizes.filter((rows) => rows > b).length);
  return { padded: batchFirst ? transpose(padded, 0, 1) : padded, lengths };
}
