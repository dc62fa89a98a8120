/**
 * Sizes of sliding windows: convolution, pooling, transposed convolution, unfold. Formulas on one axis; `[*, L] -> [*, L_out]`.
 * Sources: PyTorch 2.13, the "Shape" sections of Conv1d, MaxPool1d, AvgPool1d, ConvTranspose1d and Tensor.unfold.
 */
import type { Cond } from '../dims/cond.ts';
import { ge, le } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, choose, constant, floorDiv, mul, sub } from '../dims/dim.ts';

export interface Window {
  readonly kernel: Dim;
  readonly stride: Dim;
  /** Added on both sides. */
  readonly padding: Dim;
  readonly dilation: Dim;
}

const one = constant(1);

/** How far a dilated kernel reaches: `dilation*(kernel - 1) + 1`. */
export function reach(window: Window): Dim {
  return add(mul(window.dilation, sub(window.kernel, one)), one);
}

/** Whether the padded input holds the kernel at least once; PyTorch raises otherwise. */
export function fits(size: Dim, window: Window): Cond {
  return le(reach(window), add(size, add(window.padding, window.padding)));
}

/** `(L + 2*padding - dilation*(kernel - 1) - 1)//stride + 1`. */
export function convolved(size: Dim, window: Window): Dim {
  const room = sub(add(size, add(window.padding, window.padding)), reach(window));
  return add(floorDiv(room, window.stride), one);
}

/** Pooling; with `ceil` the last window may begin inside the input or the left padding, and only there. */
export function pooled(size: Dim, window: Window, ceil: boolean): Dim {
  if (!ceil) return convolved(size, window);
  const room = sub(add(size, add(window.padding, window.padding)), reach(window));
  const count = add(floorDiv(sub(add(room, window.stride), one), window.stride), one);
  const start = mul(sub(count, one), window.stride);
  return choose(ge(start, add(size, window.padding)), sub(count, one), count);
}

/** `(L - 1)*stride - 2*padding + dilation*(kernel - 1) + output_padding + 1`. */
export function transposed(size: Dim, window: Window, outputPadding: Dim): Dim {
  const spread = sub(mul(sub(size, one), window.stride), add(window.padding, window.padding));
  return add(add(spread, reach(window)), outputPadding);
}

/** `unfold(dimension, size, step)`: the number of windows. */
export function unfolded(size: Dim, window: Dim, step: Dim): Dim {
  return add(floorDiv(sub(size, window), step), one);
}
