// Owns how PyTorch's parameters start: the bounds in the order of arithmetic PyTorch uses, and the torch.nn.init fills.
// Which parameters a module draws, and in what order, is its own business.

import type { NdArray } from './array.ts';
import { emptyLike, numelOf } from './array.ts';
import { noGrad } from './autograd.ts';
import { isComplex, KernelError, roundTo } from './dtype.ts';
import type { Generator } from './random.ts';
import { normalInto, randn, randperm, uniformInto } from './random.ts';
import { normalCdf } from './special.ts';

export type FanMode = 'fan_in' | 'fan_out';

/** [fan_in, fan_out] of a weight [out, in, *kernel]. Throws ValueError below rank 2. */
export function fans(shape: readonly number[]): readonly [number, number] {
  if (shape.length < 2)
    throw new KernelError('Fan in and fan out can not be computed for tensor with fewer than 2 dimensions', 'ValueError');
  const field = numelOf(shape.slice(2));
  return [(shape[1] as number) * field, (shape[0] as number) * field];
}

/** torch.nn.init.calculate_gain. */
export function gainOf(nonlinearity: string, param?: number): number {
  switch (nonlinearity) {
    case 'linear':
    case 'conv1d':
    case 'conv2d':
    case 'conv3d':
    case 'conv_transpose1d':
    case 'conv_transpose2d':
    case 'conv_transpose3d':
    case 'sigmoid':
      return 1;
    case 'tanh':
      return 5 / 3;
    case 'relu':
      return Math.sqrt(2);
    case 'leaky_relu':
      return Math.sqrt(2 / (1 + (param ?? 0.01) ** 2));
    case 'selu':
      return 3 / 4;
    default:
      throw new KernelError(`Unsupported nonlinearity ${nonlinearity}`, 'ValueError');
  }
}

/** Bound of kaiming_uniform_ for a given fan and gain. */
export function kaimingBound(fan: number, gain: number): number {
  return Math.sqrt(3) * (gain / Math.sqrt(fan));
}

/** Bound that nn.Linear and the convolutions use for their weight (kaiming with a = sqrt 5). */
export function defaultWeightBound(fanIn: number): number {
  return kaimingBound(fanIn, gainOf('leaky_relu', Math.sqrt(5)));
}

/** Bound that nn.Linear and the convolutions use for their bias. */
export function defaultBiasBound(fanIn: number): number {
  return fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
}

/** Bound of every parameter of RNN, LSTM, GRU and their cells. */
export function recurrentBound(hiddenSize: number): number {
  return hiddenSize > 0 ? 1 / Math.sqrt(hiddenSize) : 0;
}

/** Runs a fill outside the graph, as torch.nn.init does. */
function quietly(a: NdArray, body: () => void): NdArray {
  noGrad(body);
  return a;
}

export function initUniform(a: NdArray, g: Generator, from = 0, to = 1): NdArray {
  return quietly(a, () => uniformInto(a, g, from, to));
}

export function initNormal(a: NdArray, g: Generator, mean = 0, std = 1): NdArray {
  return quietly(a, () => normalInto(a, g, mean, std));
}

export function initConstant(a: NdArray, value: number): NdArray {
  return quietly(a, () => {
    const step = isComplex(a.dtype) ? 2 : 1;
    eachSlot(a, (at) => {
      a.storage.data[at * step] = roundTo(a.dtype, value);
      if (step === 2) a.storage.data[at * 2 + 1] = 0;
    });
    a.storage.version++;
  });
}

function eachSlot(a: NdArray, visit: (slot: number, index: readonly number[]) => void): void {
  const index = new Array<number>(a.rank).fill(0);
  const n = a.numel;
  for (let i = 0; i < n; i++) {
    visit(
      index.reduce((s, x, k) => s + x * (a.strides[k] as number), a.offset),
      index,
    );
    for (let axis = a.rank - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (a.shape[axis] as number)) break;
      index[axis] = 0;
    }
  }
}

export function initXavierUniform(a: NdArray, g: Generator, gain = 1): NdArray {
  const [fanIn, fanOut] = fans(a.shape);
  const bound = Math.sqrt(3) * (gain * Math.sqrt(2 / (fanIn + fanOut)));
  return initUniform(a, g, -bound, bound);
}

export function initXavierNormal(a: NdArray, g: Generator, gain = 1): NdArray {
  const [fanIn, fanOut] = fans(a.shape);
  return initNormal(a, g, 0, gain * Math.sqrt(2 / (fanIn + fanOut)));
}

export function initKaimingUniform(a: NdArray, g: Generator, slope = 0, mode: FanMode = 'fan_in', nonlinearity = 'leaky_relu'): NdArray {
  const [fanIn, fanOut] = fans(a.shape);
  const bound = kaimingBound(mode === 'fan_in' ? fanIn : fanOut, gainOf(nonlinearity, slope));
  return initUniform(a, g, -bound, bound);
}

export function initKaimingNormal(a: NdArray, g: Generator, slope = 0, mode: FanMode = 'fan_in', nonlinearity = 'leaky_relu'): NdArray {
  const [fanIn, fanOut] = fans(a.shape);
  return initNormal(a, g, 0, gainOf(nonlinearity, slope) / Math.sqrt(mode === 'fan_in' ? fanIn : fanOut));
}

/** Ones on the diagonal of a matrix. */
export function initEye(a: NdArray): NdArray {
  if (a.rank !== 2) throw new KernelError('Only tensors with 2 dimensions are supported', 'ValueError');
  return quietly(a, () => {
    eachSlot(a, (at, index) => {
      a.storage.data[at] = index[0] === index[1] ? 1 : 0;
    });
    a.storage.version++;
  });
}

/** Keeps channel i of the input in channel i of the output of a convolution, per group. */
export function initDirac(a: NdArray, groups = 1): NdArray {
  if (a.rank < 3 || a.rank > 5) throw new KernelError('Only tensors with 3, 4, or 5 dimensions are supported', 'ValueError');
  if ((a.shape[0] as number) % groups !== 0) throw new KernelError('dim 0 must be divisible by groups', 'ValueError');
  const perGroup = (a.shape[0] as number) / groups;
  const least = Math.min(perGroup, a.shape[1] as number);
  return quietly(a, () => {
    eachSlot(a, (at, index) => {
      const channel = (index[0] as number) % perGroup;
      const centred = index.slice(2).every((x, i) => x === Math.floor((a.shape[i + 2] as number) / 2));
      a.storage.data[at] = channel < least && index[1] === channel && centred ? 1 : 0;
    });
    a.storage.version++;
  });
}

/**
 * trunc_normal_: normal draws within [from, to], out-of-range ones drawn again all at once; where the range holds
 * little of the distribution, uniform candidates are kept in proportion to the density instead. Contiguous arrays only.
 */
export function initTruncNormal(a: NdArray, g: Generator, mean = 0, std = 1, from = -2, to = 2): NdArray {
  return quietly(a, () => {
    const share = normalCdf((to - mean) / std) - normalCdf((from - mean) / std);
    if (share > 0.3) redrawOutside(a, g, mean, std, roundTo(a.dtype, from), roundTo(a.dtype, to));
    else acceptByDensity(a, g, mean, std, from, to);
    a.storage.version++;
  });
}

/** The array's own stretch of memory. */
function stretch(a: NdArray): NdArray['storage']['data'] {
  if (!a.isContiguous) throw new KernelError('ShapeLint fills contiguous tensors only here');
  return a.storage.data.subarray(a.offset, a.offset + a.numel) as NdArray['storage']['data'];
}

function redrawOutside(a: NdArray, g: Generator, mean: number, std: number, low: number, high: number): void {
  const data = stretch(normalInto(a, g, mean, std));
  const outside = (v: number): boolean => v < low || v > high;
  while (data.some(outside)) {
    const again = stretch(normalInto(emptyLike(a), g, mean, std));
    for (let i = 0; i < data.length; i++) if (outside(data[i] as number)) data[i] = again[i] as number;
  }
}

function acceptByDensity(a: NdArray, g: Generator, mean: number, std: number, from: number, to: number): void {
  const peak = -0.5 * ((Math.max(from, Math.min(mean, to)) - mean) / std) ** 2;
  const round = (x: number): number => roundTo(a.dtype, x);
  const data = stretch(uniformInto(a, g, from, to));
  const pending = new Uint8Array(data.length).fill(1);
  for (let first = true; pending.includes(1); first = false) {
    const candidates = first ? data : stretch(uniformInto(emptyLike(a), g, from, to));
    const levels = stretch(uniformInto(emptyLike(a), g));
    for (let i = 0; i < data.length; i++) {
      if (pending[i] === 0) continue;
      const x = candidates[i] as number;
      data[i] = x;
      const z = round(round(x - mean) / std);
      const density = round(round(round(z * z) * -0.5) - peak);
      if (!(round(Math.log(levels[i] as number)) > density)) pending[i] = 0;
    }
  }
}

/** Rows (or columns, if fewer) orthonormal times gain, from the QR factors of a normal draw. */
export function initOrthogonal(a: NdArray, g: Generator, gain = 1): NdArray {
  if (a.rank < 2) throw new KernelError('Only tensors with 2 or more dimensions are supported', 'ValueError');
  if (a.numel === 0) return a;
  return quietly(a, () => {
    const rows = a.shape[0] as number;
    const cols = a.numel / rows;
    const drawn = randn([rows, cols], g, a.dtype);
    const q = orthonormal(drawn.storage.data, rows, cols);
    let i = 0;
    eachSlot(a, (at) => {
      a.storage.data[at] = roundTo(a.dtype, (q[i++] as number) * gain);
    });
    a.storage.version++;
  });
}

/** Normal draws with a share of each column set to zero, in the order of a fresh permutation. */
export function initSparse(a: NdArray, g: Generator, sparsity: number, std = 0.01): NdArray {
  if (a.rank !== 2) throw new KernelError('Only tensors with 2 dimensions are supported', 'ValueError');
  return quietly(a, () => {
    normalInto(a, g, 0, std);
    const [rows, cols] = a.shape as readonly [number, number];
    const zeroed = Math.ceil(sparsity * rows);
    for (let c = 0; c < cols; c++) {
      const order = randperm(rows, g).storage.data;
      for (let i = 0; i < zeroed; i++) {
        a.storage.data[a.offset + (order[i] as number) * (a.strides[0] as number) + c * (a.strides[1] as number)] = 0;
      }
    }
  });
}

/** Gram-Schmidt, done twice for accuracy, along the shorter side; signs are those of a QR with positive diagonal. */
function orthonormal(values: ArrayLike<number>, rows: number, cols: number): Float64Array {
  const q = Float64Array.from(values);
  const byRows = rows < cols;
  const count = byRows ? rows : cols;
  const length = byRows ? cols : rows;
  const at = (v: number, i: number): number => (byRows ? v * cols + i : i * cols + v);
  for (let v = 0; v < count; v++) {
    for (let pass = 0; pass < 2; pass++) {
      for (let u = 0; u < v; u++) {
        let dot = 0;
        for (let i = 0; i < length; i++) dot += (q[at(u, i)] as number) * (q[at(v, i)] as number);
        for (let i = 0; i < length; i++) q[at(v, i)] = (q[at(v, i)] as number) - dot * (q[at(u, i)] as number);
      }
    }
    let norm = 0;
    for (let i = 0; i < length; i++) norm += (q[at(v, i)] as number) ** 2;
    norm = Math.sqrt(norm);
    for (let i = 0; i < length; i++) q[at(v, i)] = (q[at(v, i)] as number) / norm;
  }
  return q;
}
