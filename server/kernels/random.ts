// Owns PyTorch's CPU random streams: which words of the engine each filling operation takes, in memory order.
// Source: behaviour of PyTorch 2.13 on CPU with AVX2, reproduced bit for bit (float64 normals to the last bit of libm).

import type { NdArray } from './array.ts';
import { emptyLike, fromBuffer, zeros } from './array.ts';
import { record, recordAll } from './autograd.ts';
import { castValues } from './broadcast.ts';
import type { DType, TypedArray } from './dtype.ts';
import { allocate, exactInt64, isComplex, KernelError, roundTo } from './dtype.ts';
import { laidOut } from './layout.ts';
import { MersenneTwister } from './mt19937.ts';
import { lgamma } from './special.ts';
import { fma32, fma64, normalBlock32, normalBlock64 } from './vector-normal.ts';

export interface GeneratorState {
  readonly words: Uint32Array;
  readonly next: number;
  readonly cached: number | undefined;
}

/** One stream of random numbers (torch.Generator on CPU). */
export class Generator {
  readonly engine: MersenneTwister;
  private cached: number | undefined;
  private seeded: number | bigint;

  constructor(seed: number | bigint = 67280421310721n) {
    this.engine = new MersenneTwister(seed);
    this.seeded = seed;
  }

  /** torch.manual_seed: also forgets the spare normal. */
  manualSeed(seed: number | bigint): void {
    this.engine.seed(seed);
    this.cached = undefined;
    this.seeded = seed;
  }

  get initialSeed(): number | bigint {
    return this.seeded;
  }

  getState(): GeneratorState {
    return { ...this.engine.snapshot(), cached: this.cached };
  }

  setState(state: GeneratorState, seed: number | bigint = this.seeded): void {
    this.engine.restore(state);
    this.cached = state.cached;
    this.seeded = seed;
  }

  /** One standard normal in float64; every second one comes from the spare of the one before. */
  normalDouble(): number {
    if (this.cached !== undefined) {
      const spare = this.cached;
      this.cached = undefined;
      return spare;
    }
    const u1 = this.engine.uniform53();
    const u2 = this.engine.uniform53();
    const r = Math.sqrt(-2 * Math.log1p(-u2));
    const angle = 2 * Math.PI * u1;
    this.cached = r * Math.sin(angle);
    return r * Math.cos(angle);
  }
}

/** The memory an array covers, in memory order; a gapped array is filled through a packed copy. */
function fillMemory(a: NdArray, fill: (data: TypedArray, contiguous: boolean) => void): NdArray {
  const w = isComplex(a.dtype) ? 2 : 1;
  if (a.isDense) {
    fill(a.storage.data.subarray(a.offset * w, (a.offset + a.numel) * w) as TypedArray, a.isContiguous);
  } else {
    // Gapped arrays are walked in logical order, like PyTorch's serial loop.
    const data = allocate(a.dtype, a.numel);
    fill(data, false);
    const index = new Array<number>(a.rank).fill(0);
    for (let i = 0; i < a.numel; i++) {
      const at = index.reduce((s, x, k) => s + x * (a.strides[k] as number), a.offset);
      for (let k = 0; k < w; k++) a.storage.data[at * w + k] = data[i * w + k] as number;
      for (let axis = a.rank - 1; axis >= 0; axis--) {
        index[axis] = (index[axis] as number) + 1;
        if ((index[axis] as number) < (a.shape[axis] as number)) break;
        index[axis] = 0;
      }
    }
  }
  a.storage.version++;
  return a;
}

function uniformValue(g: Generator, dtype: DType, from: number, to: number): number {
  if (dtype === 'float64' || dtype === 'complex128') {
    const v = fma64(g.engine.uniform53(), to - from, from);
    return v === to ? from : v;
  }
  if (dtype === 'float16' || dtype === 'bfloat16') {
    const a = roundTo(dtype, from);
    const b = roundTo(dtype, to);
    const v = roundTo(dtype, fma32(g.engine.uniform24(), Math.fround(b - a), a));
    return v === b ? a : v;
  }
  const a = Math.fround(from);
  const b = Math.fround(to);
  const v = fma32(g.engine.uniform24(), Math.fround(b - a), a);
  return v === b ? a : v;
}

/** Tensor.uniform_(from, to). */
export function uniformInto(a: NdArray, g: Generator, from = 0, to = 1): NdArray {
  if (from > to) throw new KernelError(`uniform_ expects to return a [from, to) range, but found from=${from} > to=${to}`, 'RuntimeError');
  return fillMemory(a, (data) => {
    for (let i = 0; i < data.length; i++) data[i] = uniformValue(g, a.dtype, from, to);
  });
}

/** torch.rand. */
export function rand(shape: readonly number[], g: Generator, dtype: DType = 'float32'): NdArray {
  return uniformInto(zeros(shape, dtype), g, 0, 1);
}

function fillNormal(data: TypedArray, g: Generator, dtype: DType, mean: number, std: number, contiguous: boolean): void {
  const n = data.length;
  if (n < 16 || !contiguous) {
    for (let i = 0; i < n; i++) data[i] = roundTo(dtype, g.normalDouble() * std + mean);
    return;
  }
  if (data instanceof Float64Array) {
    for (let i = 0; i < n; i++) data[i] = g.engine.uniform53();
    for (let i = 0; i + 16 <= n; i += 16) normalBlock64(data, i, mean, std);
    if (n % 16 !== 0) {
      for (let i = n - 16; i < n; i++) data[i] = g.engine.uniform53();
      normalBlock64(data, n - 16, mean, std);
    }
    return;
  }
  const floats = data as Float32Array;
  if (dtype === 'float32' || dtype === 'complex64') {
    const m = Math.fround(mean);
    const s = Math.fround(std);
    for (let i = 0; i < n; i++) floats[i] = g.engine.uniform24();
    for (let i = 0; i + 16 <= n; i += 16) normalBlock32(floats, i, m, s);
    if (n % 16 !== 0) {
      for (let i = n - 16; i < n; i++) floats[i] = g.engine.uniform24();
      normalBlock32(floats, n - 16, m, s);
    }
    return;
  }
  fillNormalReduced(floats, g, dtype, mean, std);
}

/** Half precision: blocks of 16 are drawn and finished one after the other, through the plain mathematics library. */
function fillNormalReduced(data: Float32Array, g: Generator, dtype: DType, mean: number, std: number): void {
  const n = data.length;
  const block = new Float32Array(16);
  const finish = (at: number): void => {
    for (let i = 0; i < 16; i++) block[i] = g.engine.uniform24();
    for (let j = 0; j < 8; j++) {
      const radius = Math.fround(Math.sqrt(Math.fround(-2 * Math.fround(Math.log(Math.fround(1 - (block[j] as number)))))));
      const theta = Math.fround(2 * Math.PI * (block[j + 8] as number));
      const x = Math.fround(radius * Math.fround(Math.cos(theta)));
      const y = Math.fround(radius * Math.fround(Math.sin(theta)));
      data[at + j] = roundTo(dtype, Math.fround(x * std + mean));
      data[at + j + 8] = roundTo(dtype, Math.fround(y * std + mean));
    }
  };
  for (let i = 0; i + 16 <= n; i += 16) finish(i);
  if (n % 16 !== 0) finish(n - 16);
}

/** Tensor.normal_(mean, std). A complex array is drawn as pairs of reals with std over the square root of 2. */
export function normalInto(a: NdArray, g: Generator, mean = 0, std = 1): NdArray {
  if (std < 0) throw new KernelError(`normal expects std >= 0.0, but found std ${std}`, 'RuntimeError');
  return fillMemory(a, (data, contiguous) => {
    if (!isComplex(a.dtype)) fillNormal(data, g, a.dtype, mean, std, contiguous);
    else {
      fillNormal(data, g, a.dtype, 0, std * Math.sqrt(0.5), contiguous);
      if (mean !== 0) for (let i = 0; i < data.length; i += 2) data[i] = (data[i] as number) + mean;
    }
  });
}

/** torch.randn. */
export function randn(shape: readonly number[], g: Generator, dtype: DType = 'float32'): NdArray {
  return normalInto(zeros(shape, dtype), g);
}

export function randLike(like: NdArray, g: Generator, dtype: DType = like.dtype): NdArray {
  return uniformInto(emptyLike(like, dtype), g);
}

export function randnLike(like: NdArray, g: Generator, dtype: DType = like.dtype): NdArray {
  return normalInto(emptyLike(like, dtype), g);
}

/** torch.normal: mean and std given as arrays of one shape or as numbers. */
export function normalFrom(mean: NdArray | number, std: NdArray | number, shape: readonly number[], g: Generator, dtype: DType): NdArray {
  if (typeof mean === 'number' && typeof std === 'number') return normalInto(zeros(shape, dtype), g, mean, std);
  const out = normalInto(zeros(shape, dtype), g, 0, 1);
  const data = out.storage.data;
  const m = typeof mean === 'number' ? undefined : mean.dense();
  const s = typeof std === 'number' ? undefined : std.dense();
  for (let i = 0; i < data.length; i++) {
    const scaled = roundTo(dtype, (data[i] as number) * (s === undefined ? roundTo(dtype, std as number) : (s[i] as number)));
    data[i] = roundTo(dtype, scaled + (m === undefined ? roundTo(dtype, mean as number) : (m[i] as number)));
  }
  return out;
}

/** Integers in [low, high) from one word, or from two where the range reaches 2^28. */
export function randintInto(a: NdArray, g: Generator, low: number, high: number): NdArray {
  if (low >= high) throw new KernelError(`random_ expects 'from' to be less than 'to', but got from=${low} >= to=${high}`, 'RuntimeError');
  const range = high - low;
  return fillMemory(a, (data) => {
    const big = BigInt(range);
    const step = isComplex(a.dtype) ? 2 : 1;
    for (let i = 0; i < data.length; i += step) {
      const drawn = range >= 268435456 ? Number(g.engine.word64() % big) : g.engine.word() % range;
      data[i] = roundTo(a.dtype, drawn + low);
    }
  });
}

export function randint(low: number, high: number, shape: readonly number[], g: Generator, dtype: DType = 'int64'): NdArray {
  return randintInto(zeros(shape, dtype), g, low, high);
}

/** Tensor.random_() without bounds: the whole range the type holds exactly. */
export function randomInto(a: NdArray, g: Generator): NdArray {
  return fillMemory(a, (data) => {
    for (let i = 0; i < data.length; i++) data[i] = randomWord(g, a.dtype);
  });
}

function randomWord(g: Generator, dtype: DType): number {
  switch (dtype) {
    case 'int64':
      return exactInt64(Number(g.engine.word64() & 0x7fffffffffffffffn));
    case 'float64':
      return Number(g.engine.word64() % (2n ** 53n + 1n));
    case 'float32':
      return g.engine.word() % (2 ** 24 + 1);
    case 'float16':
      return g.engine.word() % (2 ** 11 + 1);
    case 'bfloat16':
      return g.engine.word() % (2 ** 8 + 1);
    case 'int32':
      return g.engine.word() % 2 ** 31;
    case 'int16':
      return g.engine.word() % 2 ** 15;
    case 'int8':
      return g.engine.word() % 2 ** 7;
    case 'uint8':
      return g.engine.word() % 2 ** 8;
    case 'bool':
      return g.engine.word() % 2;
    case 'complex64':
    case 'complex128':
      throw new KernelError('"random_" not implemented for complex types', 'NotImplementedError');
  }
}

/** torch.randperm: n-1 words. */
export function randperm(n: number, g: Generator, dtype: DType = 'int64'): NdArray {
  const out = zeros([n], dtype);
  const r = out.storage.data;
  for (let i = 0; i < n; i++) r[i] = i;
  for (let i = 0; i < n - 1; i++) {
    const z = g.engine.word() % (n - i);
    const kept = r[i] as number;
    r[i] = r[z + i] as number;
    r[z + i] = kept;
  }
  return out;
}

/** Tensor.bernoulli_(p) with a number: two words per element. */
export function bernoulliInto(a: NdArray, g: Generator, p = 0.5): NdArray {
  if (!(p >= 0 && p <= 1)) throw new KernelError(`bernoulli_ expects p to be in [0, 1], but got p=${p}`, 'RuntimeError');
  return fillMemory(a, (data) => {
    for (let i = 0; i < data.length; i++) data[i] = g.engine.uniform53() < p ? 1 : 0;
  });
}

/** torch.bernoulli(probabilities): one word per float32 element, two per float64. */
export function bernoulli(p: NdArray, g: Generator): NdArray {
  const out = fromBuffer(allocate(p.dtype, p.numel), p.shape, p.dtype);
  const src = p.dense();
  const data = out.storage.data;
  const wide = p.dtype === 'float64';
  for (let i = 0; i < src.length; i++) {
    const probability = src[i] as number;
    if (!(probability >= 0 && probability <= 1))
      throw new KernelError(
        'Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If so, please report an enhancement request to PyTorch.)',
        'RuntimeError',
      );
    data[i] = (wide ? g.engine.uniform53() : g.engine.uniform24()) < probability ? 1 : 0;
  }
  return out;
}

/** The factor dropout multiplies by: 0, or 1/(1-p) rounded in the type. Layout follows `like`. */
export function dropoutMask(like: NdArray, p: number, g: Generator): NdArray {
  const mask = bernoulliInto(emptyLike(like), g, 1 - p);
  const keep = roundTo(like.dtype, 1 - p);
  const data = mask.storage.data;
  for (let i = 0; i < data.length; i++) data[i] = roundTo(like.dtype, (data[i] as number) / keep);
  return mask;
}

/** Tensor.exponential_(rate). */
export function exponentialInto(a: NdArray, g: Generator, rate = 1): NdArray {
  return fillMemory(a, (data) => {
    for (let i = 0; i < data.length; i++) data[i] = roundTo(a.dtype, -Math.log1p(-g.engine.uniform53()) / rate);
  });
}

/** Tensor.cauchy_(median, sigma). */
export function cauchyInto(a: NdArray, g: Generator, median = 0, sigma = 1): NdArray {
  return fillMemory(a, (data) => {
    for (let i = 0; i < data.length; i++) data[i] = roundTo(a.dtype, median + sigma * Math.tan(Math.PI * (g.engine.uniform53() - 0.5)));
  });
}

/** Tensor.log_normal_(mean, std): exponentials of normals, drawn one by one. */
export function logNormalInto(a: NdArray, g: Generator, mean = 1, std = 2): NdArray {
  return fillMemory(a, (data) => {
    for (let i = 0; i < data.length; i++) data[i] = roundTo(a.dtype, Math.exp(g.normalDouble() * std + mean));
  });
}

/** Tensor.geometric_(p): how many trials until the first success. */
export function geometricInto(a: NdArray, g: Generator, p: number): NdArray {
  return fillMemory(a, (data) => {
    for (let i = 0; i < data.length; i++) data[i] = roundTo(a.dtype, Math.ceil(Math.log(g.engine.uniform53()) / Math.log1p(-p)));
  });
}

/** One Poisson number: products of uniforms for small rates, transformed rejection for others (Hörmann, 1993). */
function poissonOf(rate: number, g: Generator): number {
  if (rate === 0) return 0;
  if (rate < 10) {
    const least = Math.exp(-rate);
    let product = g.engine.uniform53();
    let count = 0;
    for (; product > least; count++) product *= g.engine.uniform53();
    return count;
  }
  const b = 0.931 + 2.53 * Math.sqrt(rate);
  const a = -0.059 + 0.02483 * b;
  const inverse = 1.1239 + 1.1328 / (b - 3.4);
  const limit = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = g.engine.uniform53() - 0.5;
    const v = g.engine.uniform53();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= limit) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log(v) + Math.log(inverse) - Math.log(a / (us * us) + b) <= -rate + k * Math.log(rate) - lgamma(k + 1)) return k;
  }
}

/** torch.poisson(rates). */
export function poisson(rates: NdArray, g: Generator): NdArray {
  const out = allocate(rates.dtype, rates.numel);
  const src = rates.dense();
  for (let i = 0; i < out.length; i++) {
    const rate = src[i] as number;
    if (!(rate >= 0)) throw new KernelError('invalid Poisson rate, expected rate to be non-negative', 'RuntimeError');
    out[i] = roundTo(rates.dtype, poissonOf(rate, g));
  }
  return record('PoissonBackward0', [rates], fromBuffer(out, rates.shape, rates.dtype), () => [zeros(rates.shape, rates.dtype)]);
}

/** torch.multinomial over the last dimension of a 1-D or 2-D array; the result is int64. */
export function multinomial(weights: NdArray, samples: number, replacement: boolean, g: Generator): NdArray {
  const k = weights.shape.at(-1) as number;
  const rows = weights.numel / k;
  const p = weights.dense();
  for (const v of p)
    if (!(v >= 0 && v < Number.POSITIVE_INFINITY))
      throw new KernelError('probability tensor contains either `inf`, `nan` or element < 0', 'RuntimeError');
  const out = zeros([...weights.shape.slice(0, -1), samples], 'int64');
  if (replacement && samples > 1) withReplacement(p, rows, k, samples, weights.dtype, g, out.storage.data);
  else {
    const q = new Float64Array(rows * k);
    for (let i = 0; i < q.length; i++) {
      const e = roundTo(weights.dtype, -Math.log1p(-g.engine.uniform53()));
      q[i] = roundTo(weights.dtype, (p[i] as number) / e);
    }
    for (let r = 0; r < rows; r++) {
      const order = Array.from({ length: k }, (_, i) => i).sort((a, b) => (q[r * k + b] as number) - (q[r * k + a] as number));
      for (let s = 0; s < samples; s++) out.storage.data[r * samples + s] = order[s] as number;
    }
  }
  return out;
}

function withReplacement(p: TypedArray, rows: number, k: number, samples: number, dtype: DType, g: Generator, out: TypedArray): void {
  for (let r = 0; r < rows; r++) {
    const cumulative = new Float64Array(k);
    let sum = 0;
    for (let i = 0; i < k; i++) {
      sum = roundTo(dtype, sum + (p[r * k + i] as number));
      cumulative[i] = sum;
    }
    if (!(sum > 0)) throw new KernelError('invalid multinomial distribution (sum of probabilities <= 0)', 'RuntimeError');
    for (let i = 0; i < k; i++) cumulative[i] = roundTo(dtype, (cumulative[i] as number) / sum);
    cumulative[k - 1] = 1;
    for (let s = 0; s < samples; s++) {
      const u = g.engine.uniform53();
      let at = 0;
      while (at < k - 1 && (cumulative[at] as number) < u) at++;
      out[r * samples + s] = at;
    }
  }
}

/** F.dropout in training: x times a fresh mask. p = 0 gives x's values, p = 1 zeros; neither draws. Identity outside training. */
export function dropout(x: NdArray, p: number, g: Generator, training = true): NdArray {
  if (!training || p === 0 || x.numel === 0) return x;
  const mask = p === 1 ? castValues(emptyLike(x), x.dtype) : dropoutMask(x, p, g);
  return applyMask(x, mask, 'MulBackward0');
}

/** F.dropout1d/2d/3d: one draw per channel (first two dimensions), spread over the rest. */
export function featureDropout(x: NdArray, p: number, g: Generator, training = true): NdArray {
  if (!training || p === 0 || x.numel === 0) return x;
  const shape = x.shape.map((s, i) => (i < 2 ? s : 1));
  const small = p === 1 ? zeros(shape, x.dtype) : dropoutMask(zeros(shape, x.dtype), p, g);
  const strides = small.strides.map((s, i) => (i < 2 ? s : 0));
  return applyMask(x, small.alias(x.shape, strides), 'MulBackward0');
}

function applyMask(x: NdArray, mask: NdArray, name: string): NdArray {
  const multiply = (v: NdArray): NdArray => {
    const src = v.dense();
    const m = mask.dense();
    const data = allocate(v.dtype, v.numel);
    const w = isComplex(v.dtype) ? 2 : 1;
    for (let i = 0; i < data.length; i++) data[i] = roundTo(v.dtype, (src[i] as number) * (m[w === 2 ? i - (i % 2) : i] as number));
    return laidOut(data, v.shape, v.dtype, [x]);
  };
  const out = multiply(x);
  recordAll(name, [x], [out], ([grad]) => [grad === undefined ? undefined : multiply(grad)]);
  return out;
}
