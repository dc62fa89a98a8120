/**
 * Exact decimal texts of doubles: shortest, with so many decimals, or with so many digits. Ties go to the even digit of the
 * exact binary value, as in Python and C. Knows no values.
 */

interface Exact {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const view = new DataView(new ArrayBuffer(8));

/** `|x| = mantissa * 2^exponent`. */
function exact(x: number): Exact {
  view.setFloat64(0, x);
  const high = view.getUint32(0);
  const low = view.getUint32(4);
  const biased = (high >>> 20) & 0x7ff;
  const fraction = (BigInt(high & 0xfffff) << 32n) | BigInt(low);
  return biased === 0 ? { mantissa: fraction, exponent: -1074 } : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

function roundHalfEven(top: bigint, bottom: bigint): bigint {
  const q = top / bottom;
  const twice = (top - q * bottom) * 2n;
  return twice > bottom || (twice === bottom && (q & 1n) === 1n) ? q + 1n : q;
}

/** `|x| * 10^power`, rounded to an integer. */
function scaled(x: number, power: number): bigint {
  const { mantissa, exponent } = exact(x);
  let top = mantissa;
  let bottom = 1n;
  if (exponent >= 0) top <<= BigInt(exponent);
  else bottom <<= BigInt(-exponent);
  if (power >= 0) top *= 10n ** BigInt(power);
  else bottom *= 10n ** BigInt(-power);
  return roundHalfEven(top, bottom);
}

/** `|x|` with so many decimals. */
export function fixed(x: number, decimals: number): string {
  const digits = scaled(x, decimals)
    .toString()
    .padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

export interface Digits {
  /** Without a point. */
  readonly digits: string;
  /** The power of ten of the first digit. */
  readonly exponent: number;
}

/** `|x|` rounded to so many significant digits, at least one. */
export function significant(x: number, count: number): Digits {
  if (x === 0) return { digits: '0'.repeat(count), exponent: 0 };
  let exponent = Math.floor(Math.log10(Math.abs(x)));
  if (!Number.isFinite(exponent)) exponent = -324;
  // The logarithm may be one off, and rounding may carry into a new digit.
  for (;;) {
    const digits = scaled(x, count - 1 - exponent).toString();
    if (digits.length === count) return { digits, exponent };
    exponent += digits.length > count ? 1 : -1;
    if (digits.length > count && digits === `1${'0'.repeat(count)}`) return { digits: digits.slice(0, count), exponent };
  }
}

/** The fewest digits that give `|x|` back. */
export function shortest(x: number): Digits {
  const [mantissa, exponent] = Math.abs(x).toExponential().split('e') as [string, string];
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

export function exponentText(exponent: number): string {
  const size = Math.abs(exponent);
  return `e${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`;
}

/** `d.ddd` times a power of ten. */
export function scientific({ digits, exponent }: Digits): string {
  return `${digits[0]}${digits.length > 1 ? '.' : ''}${digits.slice(1)}${exponentText(exponent)}`;
}

/** Digits with the point where it belongs. */
export function positional({ digits, exponent }: Digits): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, '0');
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** `repr(x)`. */
export function floatText(x: number): string {
  if (Number.isNaN(x)) return 'nan';
  const sign = x < 0 || Object.is(x, -0) ? '-' : '';
  if (!Number.isFinite(x)) return `${sign}inf`;
  if (x === 0) return `${sign}0.0`;
  const digits = shortest(x);
  if (digits.exponent < -4 || digits.exponent >= 16) return sign + scientific(digits);
  const text = positional(digits);
  return sign + (text.includes('.') ? text : `${text}.0`);
}
