// Owns the special functions of one real number that JavaScript lacks: error function and its inverse, gamma family.
// Accurate to about 1e-15 relative unless said; formulas are the standard series, continued fractions and recurrences.

const SQRT_PI = Math.sqrt(Math.PI);

/** Error function: a Taylor series near 0, a continued fraction of the complement further out. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a !== a) return Number.NaN;
  if (a < 2.5) {
    let term = a;
    let sum = a;
    const z = a * a;
    for (let n = 1; n < 120; n++) {
      term *= -z / n;
      const add = term / (2 * n + 1);
      sum += add;
      if (Math.abs(add) < 1e-17 * Math.abs(sum)) break;
    }
    const y = (2 / SQRT_PI) * sum;
    return x < 0 ? -y : y;
  }
  const y = 1 - erfcTail(a);
  return x < 0 ? -y : y;
}

function erfcTail(x: number): number {
  if (x > 27) return 0;
  let f = 0;
  for (let k = 80; k >= 1; k--) f = k / 2 / (x + f);
  return Math.exp(-x * x) / SQRT_PI / (x + f);
}

/** Complementary error function, accurate in the tail. */
export function erfc(x: number): number {
  if (x !== x) return x;
  if (x < 2.5) return 1 - erf(x);
  return erfcTail(x);
}

/** Inverse error function by Halley steps from a rational first guess. */
export function erfinv(y: number): number {
  if (y !== y || y < -1 || y > 1) return Number.NaN;
  if (y === 1) return Number.POSITIVE_INFINITY;
  if (y === -1) return Number.NEGATIVE_INFINITY;
  if (y === 0) return y;
  const w = Math.log((1 - y) * (1 + y));
  const b = 2 / (Math.PI * 0.147) + w / 2;
  let x = Math.sign(y) * Math.sqrt(Math.sqrt(b * b - w / 0.147) - b);
  for (let i = 0; i < 4; i++) {
    const error = y > 0 ? 1 - y - erfc(x) : erfc(-x) - 1 - y;
    const slope = (2 / SQRT_PI) * Math.exp(-x * x);
    const step = error / slope;
    x -= step / (1 + x * step);
  }
  return x;
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Logarithm of the absolute value of the gamma function. */
export function lgamma(x: number): number {
  if (x !== x) return x;
  if (!Number.isFinite(x)) return Number.POSITIVE_INFINITY;
  if (x <= 0 && Number.isInteger(x)) return Number.POSITIVE_INFINITY;
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - lgamma(1 - x);
  if (x === 1 || x === 2) return 0;
  const t = x - 1;
  let sum = LANCZOS[0] as number;
  for (let i = 1; i < 9; i++) sum += (LANCZOS[i] as number) / (t + i);
  const base = t + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (t + 0.5) * Math.log(base) - base + Math.log(sum);
}

/** Derivative of lgamma. */
export function digamma(x: number): number {
  if (x === 0) return Object.is(x, -0) ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  if (x < 0) {
    if (Number.isInteger(x)) return Number.NaN;
    return digamma(1 - x) - Math.PI / Math.tan(Math.PI * x);
  }
  let v = x;
  let sum = 0;
  while (v < 10) sum -= 1 / v++;
  const z = 1 / (v * v);
  const series = z * (1 / 12 - z * (1 / 120 - z * (1 / 252 - z * (1 / 240 - z * (1 / 132 - (z * 691) / 32760)))));
  return sum + Math.log(v) - 0.5 / v - series;
}

/** Modified Bessel function of the first kind, order 0, by its power series or asymptotic expansion. */
export function besselI0(x: number): number {
  const a = Math.abs(x);
  if (a > 40) return (Math.exp(a) / Math.sqrt(2 * Math.PI * a)) * (1 + 1 / (8 * a) + 9 / (128 * a * a) + 225 / (3072 * a * a * a));
  let term = 1;
  let sum = 1;
  for (let k = 1; k < 300; k++) {
    term *= (a * a) / (4 * k * k);
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return sum;
}

/** Distribution function of the standard normal. */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x / Math.SQRT2);
}

/** Modified Bessel function of the first kind, order 1. */
export function besselI1(x: number): number {
  const a = Math.abs(x);
  const value =
    a > 40 ? (Math.exp(a) / Math.sqrt(2 * Math.PI * a)) * (1 - 3 / (8 * a) - 15 / (128 * a * a) - 315 / (3072 * a * a * a)) : i1Series(a);
  return x < 0 ? -value : value;
}

function i1Series(a: number): number {
  let term = a / 2;
  let sum = term;
  for (let k = 1; k < 300; k++) {
    term *= (a * a) / (4 * k * (k + 1));
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return sum;
}

/** exp(x^2) erfc(x). */
export function erfcx(x: number): number {
  if (x < 2.5) return Math.exp(x * x) * erfc(x);
  let f = 0;
  for (let k = 80; k >= 1; k--) f = k / 2 / (x + f);
  return 1 / SQRT_PI / (x + f);
}

/** Logarithm of the distribution function of the standard normal. */
export function logNormalCdf(x: number): number {
  if (x < -1) return Math.log(erfcx(-x / Math.SQRT2) / 2) - (x * x) / 2;
  return Math.log1p(-erfc(x / Math.SQRT2) / 2);
}

/** Quantile of the standard normal; nan outside of [0, 1]. */
export function normalQuantile(p: number): number {
  return Math.SQRT2 * erfinv(2 * p - 1);
}

const BERNOULLI = [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600] as const;

/** Hurwitz zeta: the sum of (q + k)^-s, by Euler and Maclaurin. */
export function hurwitzZeta(s: number, q: number): number {
  if (s === 1) return Number.POSITIVE_INFINITY;
  if (s < 1 || q !== q) return Number.NaN;
  if (q <= 0 && Number.isInteger(q)) return Number.POSITIVE_INFINITY;
  if (q <= 0 && !Number.isInteger(s)) return Number.NaN;
  let sum = 0;
  let at = q;
  for (let k = 0; k < 12 || at < 12; k++) sum += (at++) ** -s;
  sum += at ** (1 - s) / (s - 1) + at ** -s / 2;
  let factor = s;
  let power = at ** (-s - 1);
  BERNOULLI.forEach((b, i) => {
    sum += b * factor * power;
    const k = 2 * i + 1;
    factor *= (s + k) * (s + k + 1);
    power /= at * at;
  });
  return sum;
}

/** The derivative of digamma, `n` times. */
export function polygamma(n: number, x: number): number {
  if (n === 0) return digamma(x);
  let factorial = 1;
  for (let k = 2; k <= n; k++) factorial *= k;
  return (n % 2 === 0 ? -1 : 1) * factorial * hurwitzZeta(n + 1, x);
}
