/**
 * The error function and the gamma function. Knows numbers only.
 */

/** 2/sqrt(pi) to 60 digits, as an integer over 10^60. */
const TWO_OVER_ROOT_PI = 1128379167095512573896158903121545171688101258657997713688171n;

/** `x` times 2^bits; the bits must suffice for its fraction. */
function toFixed(x: number, bits: bigint): bigint {
  let size = Math.abs(x);
  let shift = 0n;
  while (!Number.isInteger(size) && shift < bits) {
    size *= 2;
    shift++;
  }
  const scaled = BigInt(Math.trunc(size)) << (bits - shift);
  return x < 0 ? -scaled : scaled;
}

function toNumber(value: bigint, bits: number): number {
  const size = value < 0n ? -value : value;
  const length = size.toString(2).length;
  const drop = Math.max(0, length - 64);
  const result = Number(size >> BigInt(drop)) * 2 ** (drop - bits);
  return value < 0n ? -result : result;
}

/** erf(x) times 2^bits by its Taylor series in whole numbers, which loses nothing (Abramowitz & Stegun 7.1.5). */
function erfFixed(x: number, bits: number): bigint {
  const b = BigInt(bits);
  const fixed = toFixed(x, b);
  const square = (fixed * fixed) >> b;
  let power = fixed;
  let sum = 0n;
  for (let n = 0n; power !== 0n && power !== -1n; n++) {
    const term = power / (2n * n + 1n);
    sum += n % 2n === 0n ? term : -term;
    power = ((power * square) >> b) / (n + 1n);
  }
  return (sum * TWO_OVER_ROOT_PI) / 10n ** 60n;
}

/** erf(x), correctly rounded but for rare ties. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) > 6) return Math.sign(x);
  if (Math.abs(x) < 1e-8) return x * (2 / Math.sqrt(Math.PI));
  return toNumber(erfFixed(x, 180), 180);
}

/** 1 - erf(x), without cancellation for large x (there by a continued fraction, Abramowitz & Stegun 7.1.14). */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < -6) return 2;
  if (x <= 6) return toNumber((1n << 320n) - erfFixed(x, 320), 320);
  if (x > 27.3) return 0;
  let fraction = 0;
  for (let n = 120; n >= 1; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

/** Lanczos' approximation with 13 terms; the constants are those of the literature (Pugh 2004; Boost). */
const G = 6.02468004077673;
const TOP = [
  23531376880.41076, 42919803642.6491, 35711959237.35567, 17921034426.03721, 6039542586.352028, 1439720407.3117216, 248874557.86205417,
  31426415.585400194, 2876370.6289353725, 186056.26539522348, 8071.672002365816, 210.82427775157936, 2.5066282746310002,
];
const BOTTOM = [0, 39916800, 120543840, 150917976, 105258076, 45995730, 13339535, 2637558, 357423, 32670, 1925, 66, 1];

function lanczosSum(x: number): number {
  let top = 0;
  let bottom = 0;
  if (x < 5) {
    for (let i = 12; i >= 0; i--) {
      top = top * x + (TOP[i] as number);
      bottom = bottom * x + (BOTTOM[i] as number);
    }
  } else {
    for (let i = 0; i <= 12; i++) {
      top = top / x + (TOP[i] as number);
      bottom = bottom / x + (BOTTOM[i] as number);
    }
  }
  return top / bottom;
}

/** sin(pi x), exact in its zeros. */
function sinPi(x: number): number {
  const y = Math.abs(x) % 2;
  const n = Math.round(2 * y);
  const parts = [
    Math.sin(Math.PI * y),
    Math.cos(Math.PI * (y - 0.5)),
    Math.sin(Math.PI * (1 - y)),
    -Math.cos(Math.PI * (y - 1.5)),
    Math.sin(Math.PI * (y - 2)),
  ];
  return Math.sign(x) * (parts[n] as number);
}

/** Gamma(x); exact for small whole numbers. */
export function gamma(x: number): number {
  if (Number.isInteger(x) && x > 0 && x <= 23) {
    let product = 1;
    for (let i = 2; i < x; i++) product *= i;
    return product;
  }
  const size = Math.abs(x);
  if (size < 1e-20) return 1 / x;
  if (size > 200) return x < 0 ? 0 : Infinity;
  const y = size + (G - 0.5);
  const z = ((size > G - 0.5 ? y - size - (G - 0.5) : y - (G - 0.5) - size) * G) / y;
  if (x < 0) {
    let r = ((-Math.PI / sinPi(size) / size) * Math.exp(y)) / lanczosSum(size);
    r -= z * r;
    return size < 140 ? r / y ** (size - 0.5) : r / y ** (size / 2 - 0.25) / y ** (size / 2 - 0.25);
  }
  let r = lanczosSum(size) / Math.exp(y);
  r += z * r;
  return size < 140 ? r * y ** (size - 0.5) : r * y ** (size / 2 - 0.25) * y ** (size / 2 - 0.25);
}

/** log |Gamma(x)|. */
export function logGamma(x: number): number {
  if (x === 1 || x === 2) return 0;
  const size = Math.abs(x);
  if (size < 1e-20) return -Math.log(size);
  const r = Math.log(lanczosSum(size)) - G + (size - 0.5) * (Math.log(size + G - 0.5) - 1);
  return x < 0 ? Math.log(Math.PI) - Math.log(Math.abs(sinPi(size))) - Math.log(size) - r : r;
}
