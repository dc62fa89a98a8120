// Owns how Python writes floating-point numbers: repr, and the correctly rounded f, e and g forms.
// Works on the exact binary value, ties to even, unlike JavaScript's toFixed and toExponential. Knows no arrays.

/** The exact value of a finite double as ±digits / 10^scale with no trailing zero in `digits`. */
function exactDecimal(x: number): { readonly digits: bigint; readonly scale: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(x));
  const bits = view.getBigUint64(0);
  const field = Number(bits >> 52n);
  const fraction = bits & 0xfffffffffffffn;
  let mantissa = field === 0 ? fraction : fraction | 0x10000000000000n;
  let exponent = (field === 0 ? 1 : field) - 1075;
  while (mantissa !== 0n && exponent < 0 && (mantissa & 1n) === 0n) {
    mantissa >>= 1n;
    exponent++;
  }
  if (exponent >= 0) return { digits: mantissa << BigInt(exponent), scale: 0 };
  return { digits: mantissa * 5n ** BigInt(-exponent), scale: -exponent };
}

/** value / 10^drop rounded to an integer, ties to even. */
function roundAway(value: bigint, drop: number): bigint {
  if (drop <= 0) return value * 10n ** BigInt(-drop);
  const unit = 10n ** BigInt(drop);
  const quotient = value / unit;
  const twice = (value % unit) * 2n;
  if (twice > unit || (twice === unit && (quotient & 1n) === 1n)) return quotient + 1n;
  return quotient;
}

function special(x: number): string | undefined {
  if (Number.isNaN(x)) return 'nan';
  if (x === Number.POSITIVE_INFINITY) return 'inf';
  if (x === Number.NEGATIVE_INFINITY) return '-inf';
  return undefined;
}

function signOf(x: number): string {
  return x < 0 || Object.is(x, -0) ? '-' : '';
}

/** Python's '%.{digits}f'. */
export function formatFixed(x: number, digits: number): string {
  const odd = special(x);
  if (odd !== undefined) return odd;
  const { digits: all, scale } = exactDecimal(x);
  const text = roundAway(all, scale - digits)
    .toString()
    .padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  return signOf(x) + (digits === 0 ? whole : `${whole}.${text.slice(text.length - digits)}`);
}

function exponentDigits(x: number, digits: number): { readonly text: string; readonly exponent: number } {
  if (x === 0) return { text: '0'.repeat(digits + 1), exponent: 0 };
  const { digits: all, scale } = exactDecimal(x);
  const length = all.toString().length;
  let exponent = length - 1 - scale;
  let text = roundAway(all, length - 1 - digits).toString();
  if (text.length > digits + 1) {
    exponent++;
    text = text.slice(0, digits + 1);
  }
  return { text, exponent };
}

function exponentText(exponent: number): string {
  return `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** Python's '%.{digits}e'. */
export function formatExponent(x: number, digits: number): string {
  const odd = special(x);
  if (odd !== undefined) return odd;
  const { text, exponent } = exponentDigits(x, digits);
  const mantissa = digits === 0 ? text : `${text[0]}.${text.slice(1)}`;
  return signOf(x) + mantissa + exponentText(exponent);
}

/** Python's '%.{precision}g'; `keepZeros` is the alternate form '#'. */
export function formatGeneral(x: number, precision: number, keepZeros = false): string {
  const odd = special(x);
  if (odd !== undefined) return odd;
  const p = Math.max(1, precision);
  const { exponent } = exponentDigits(x, p - 1);
  const strip = (s: string): string => (keepZeros || !s.includes('.') ? s : s.replace(/\.?0+$/, ''));
  if (exponent >= -4 && exponent < p) return strip(formatFixed(x, p - 1 - exponent));
  const text = formatExponent(x, p - 1);
  const at = text.indexOf('e');
  return strip(text.slice(0, at)) + text.slice(at);
}

/** Python's repr of a float: the shortest digits that read back, a point always, exponent form outside 1e-4 … 1e16. */
export function reprFloat(x: number): string {
  const odd = special(x);
  if (odd !== undefined) return odd;
  if (x === 0) return Object.is(x, -0) ? '-0.0' : '0.0';
  const text = Math.abs(x).toExponential();
  const at = text.indexOf('e');
  const digits = text.slice(0, at).replace('.', '');
  const exponent = Number(text.slice(at + 1));
  const sign = signOf(x);
  if (exponent < -4 || exponent >= 16) {
    const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`;
    return sign + mantissa + exponentText(exponent);
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return `${sign}${digits.padEnd(exponent + 1, '0')}.0`;
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** Python's repr of a complex number. */
export function reprComplex(re: number, im: number): string {
  const part = (v: number): string => reprFloat(v).replace(/\.0$/, '');
  const imaginary = part(im);
  if (re === 0 && !Object.is(re, -0)) return `${imaginary}j`;
  const joined = imaginary.startsWith('-') ? imaginary : `+${imaginary}`;
  return `(${part(re)}${joined}j)`;
}

/** The shortest decimal that rounds back to the same float32, as NumPy writes float32 values; a double. */
export function shortestFloat32(x: number): number {
  if (!Number.isFinite(x) || x === 0) return x;
  for (let p = 1; p <= 9; p++) {
    const candidate = Number(x.toPrecision(p));
    if (Math.fround(candidate) === x) return candidate;
  }
  return x;
}

/** Python's round(x, digits) of a float: half to even on the exact binary value. */
export function roundHalfEven(x: number, digits = 0): number {
  if (!Number.isFinite(x)) return x;
  if (digits >= 0) return Number(formatFixed(x, digits));
  const { digits: all, scale } = exactDecimal(x);
  return Number(`${signOf(x)}${roundAway(all, scale - digits)}e${-digits}`);
}
