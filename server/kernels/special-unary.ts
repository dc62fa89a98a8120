// Owns the functions of one array that stand in torch.special only: value, derivative, and PyTorch's name for the gradient.

import type { NdArray } from './array.ts';
import type { RealSlope, RealUnary } from './elementwise.ts';
import { applyReal, floatingOf } from './elementwise.ts';
import { besselI0, besselI1, erf, erfcx, logNormalCdf, normalQuantile } from './special.ts';

interface SpecialEntry {
  /** The gradient's name. */
  readonly name: string;
  readonly f: RealUnary;
  readonly slope: RealSlope;
  /** `f` of a float32 number where PyTorch rounds on the way. */
  readonly single?: RealUnary;
}

const ROOT_2PI = Math.sqrt(2 * Math.PI);
/** Bessel functions times exp(-|x|), which far out is taken into the series. */
const scaled =
  (f: (x: number) => number, sign: 1 | -1) =>
  (x: number): number => {
    const a = Math.abs(x);
    if (a <= 40) return f(x) * Math.exp(-a);
    const [p, q, r] = sign === 1 ? [1 / 8, 9 / 128, 225 / 3072] : [-3 / 8, -15 / 128, -315 / 3072];
    const value = (1 + (p as number) / a + (q as number) / a ** 2 + (r as number) / a ** 3) / Math.sqrt(2 * Math.PI * a);
    return sign === -1 && x < 0 ? -value : value;
  };
const scaledI0 = scaled(besselI0, 1);
const scaledI1 = scaled(besselI1, -1);

const TABLE = {
  entr: {
    name: 'SpecialEntrBackward0',
    f: (x) => (x > 0 ? -x * Math.log(x) : x === 0 ? 0 : x !== x ? x : Number.NEGATIVE_INFINITY),
    slope: (x) => -Math.log(x) - 1,
  },
  ndtr: {
    name: 'MulBackward1',
    f: (x) => (1 + erf(x * Math.SQRT1_2)) / 2,
    single: (x) => Math.fround(1 + Math.fround(erf(Math.fround(x * Math.fround(Math.SQRT1_2))))) / 2,
    slope: (x) => Math.exp((-x * x) / 2) / ROOT_2PI,
  },
  ndtri: { name: 'SpecialNdtriBackward0', f: normalQuantile, slope: (_, y) => ROOT_2PI * Math.exp((y * y) / 2) },
  log_ndtr: { name: 'SpecialLogNdtrBackward0', f: logNormalCdf, slope: (x, y) => Math.exp((-x * x) / 2 - y) / ROOT_2PI },
  erfcx: { name: 'SpecialErfcxBackward0', f: erfcx, slope: (x, y) => 2 * x * y - 2 / Math.sqrt(Math.PI) },
  i0e: { name: 'SpecialI0EBackward0', f: scaledI0, slope: (x, y) => scaledI1(x) - Math.sign(x) * y },
  i1: { name: 'SpecialI1Backward0', f: besselI1, slope: (x, y) => (x === 0 ? 0.5 : besselI0(x) - y / x) },
  i1e: { name: 'SpecialI1EBackward0', f: scaledI1, slope: (x, y) => (x === 0 ? 0.5 : scaledI0(x) - y * (Math.sign(x) + 1 / x)) },
} satisfies Record<string, SpecialEntry>;

export type SpecialName = keyof typeof TABLE;

export function specialUnary(name: SpecialName, a: NdArray): NdArray {
  const entry: SpecialEntry = TABLE[name];
  const f = floatingOf(a.dtype) === 'float32' ? (entry.single ?? entry.f) : entry.f;
  return applyReal(a, entry.name, f, entry.slope);
}
