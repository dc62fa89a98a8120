// Owns the float32 arithmetic of PyTorch's vectorised normal fill: fused multiply-add, polynomial logarithm and sine
// (the published Cephes single-precision coefficients), bit for bit as AVX2 with fused multiply-add computes them.

const f32 = Math.fround;
const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);
const double = new Float64Array(1);
const doubleBits = new BigInt64Array(double.buffer);

/** a*b + c rounded to a double once per step with the last bit made odd if inexact, so that a further rounding is right. */
export function fma32(a: number, b: number, c: number): number {
  const p = a * b;
  const s = p + c;
  const bb = s - p;
  const err = p - (s - bb) + (c - bb);
  if (err !== 0 && s !== 0 && Number.isFinite(s)) {
    double[0] = s;
    const bits = doubleBits[0] as bigint;
    if ((bits & 1n) === 0n) {
      doubleBits[0] = err > 0 === s > 0 ? bits + 1n : bits - 1n;
      return f32(double[0]);
    }
  }
  return f32(s);
}

const SPLIT = 134217729;

function twoProduct(a: number, b: number): [number, number] {
  const p = a * b;
  const ca = SPLIT * a;
  const ah = ca - (ca - a);
  const al = a - ah;
  const cb = SPLIT * b;
  const bh = cb - (cb - b);
  const bl = b - bh;
  return [p, ah * bh - p + ah * bl + al * bh + al * bl];
}

function twoSum(a: number, b: number): [number, number] {
  const s = a + b;
  const bb = s - a;
  return [s, a - (s - bb) + (b - bb)];
}

/** a*b + c in float64 with one rounding, for values far from overflow and underflow. */
export function fma64(a: number, b: number, c: number): number {
  const [ph, pl] = twoProduct(a, b);
  const [sh, sl] = twoSum(ph, c);
  const [vh, vl] = twoSum(sl, pl);
  const [zh, zl] = twoSum(sh, vh);
  // zh + (zl + vl) with the small part rounded to odd keeps the last rounding single.
  const [small, rest] = twoSum(zl, vl);
  if (rest === 0 || small === 0) return zh + small;
  double[0] = small;
  const bits = doubleBits[0] as bigint;
  if ((bits & 1n) === 0n) doubleBits[0] = rest > 0 === small > 0 ? bits + 1n : bits - 1n;
  return zh + (double[0] as number);
}

const LOG = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1,
  3.3333331174e-1,
].map(f32);
const SQRT_HALF = f32(0.707106781186547524);
const Q1 = f32(-2.1219444e-4);
const Q2 = f32(0.693359375);

function log32(value: number): number {
  float[0] = value;
  const bits = floatBits[0] as number;
  let e = (bits >>> 23) - 126;
  floatBits[0] = (bits & 0x007fffff) | 0x3f000000;
  let x = float[0] as number;
  if (x < SQRT_HALF) {
    e -= 1;
    x = f32(f32(x - 1) + x);
  } else x = f32(x - 1);
  const z = f32(x * x);
  let y = LOG[0] as number;
  for (let i = 1; i < 9; i++) y = fma32(y, x, LOG[i] as number);
  y = f32(y * x);
  y = fma32(y, z, f32(e * Q1));
  y = fma32(-z, 0.5, y);
  return fma32(e, Q2, f32(x + y));
}

const FOUR_OVER_PI = f32(1.27323954473516);
const DP1 = -0.78515625;
const DP2 = f32(-2.4187564849853515625e-4);
const DP3 = f32(-3.77489497744594108e-8);
const S0 = f32(-1.9515295891e-4);
const S1 = f32(8.3321608736e-3);
const S2 = f32(-1.6666654611e-1);
const C0 = f32(2.443315711809948e-5);
const C1 = f32(-1.388731625493765e-3);
const C2 = f32(4.166664568298827e-2);
const TWO_PI = f32(2 * Math.PI);

/** Turns 16 float32 uniforms at `at` into normals in place: the first 8 and the last 8 pair up. */
export function normalBlock32(d: Float32Array | Float64Array, at: number, mean: number, std: number): void {
  for (let j = at; j < at + 8; j++) {
    const radius = f32(Math.sqrt(f32(-2 * log32(f32(1 - (d[j] as number))))));
    let x = f32(TWO_PI * (d[j + 8] as number));
    const turns = (Math.trunc(f32(x * FOUR_OVER_PI)) + 1) & ~1;
    x = fma32(turns, DP1, x);
    x = fma32(turns, DP2, x);
    x = fma32(turns, DP3, x);
    const z = f32(x * x);
    let c = fma32(C0, z, C1);
    c = f32(fma32(c, z, C2) * z);
    c = f32(fma32(c, z, -f32(z * 0.5)) + 1);
    let s = fma32(S0, z, S1);
    s = f32(fma32(s, z, S2) * z);
    s = fma32(s, x, x);
    const straight = (turns & 2) === 0;
    let sin = straight ? s : c;
    let cos = straight ? c : s;
    if ((turns & 4) !== 0) sin = -sin;
    if ((~(turns - 2) & 4) !== 0) cos = -cos;
    d[j] = fma32(f32(radius * cos), std, mean);
    d[j + 8] = fma32(f32(radius * sin), std, mean);
  }
}

/** The float64 counterpart, through the mathematics library. */
export function normalBlock64(d: Float64Array, at: number, mean: number, std: number): void {
  for (let j = at; j < at + 8; j++) {
    const radius = Math.sqrt(-2 * Math.log(1 - (d[j] as number)));
    const theta = 2 * Math.PI * (d[j + 8] as number);
    d[j] = radius * Math.cos(theta) * std + mean;
    d[j + 8] = radius * Math.sin(theta) * std + mean;
  }
}
