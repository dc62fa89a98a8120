// Owns NumPy's text of an array with its default options (8 digits, 75 columns, summary past 1000). Real types only.

import type { NdArray } from './array.ts';
import { isComplex, isFloating, KernelError } from './dtype.ts';
import { formatExponent, formatFixed, shortestFloat32 } from './number-text.ts';

const EDGE = 3;
const LINE = 75;

function shortDigits(x: number, single: boolean): string {
  const v = single ? shortestFloat32(x) : x;
  const text = Math.abs(v).toExponential();
  return text.slice(0, text.indexOf('e')).replace('.', '');
}

/** One writer for all values: fixed with a common number of decimals, or exponent form past NumPy's limits. */
function floatWriter(values: readonly number[], single: boolean): (v: number) => string {
  const finite = values.filter((v) => Number.isFinite(v));
  const nonZero = finite.filter((v) => v !== 0).map(Math.abs);
  const most = Math.max(0, ...nonZero);
  const least = Math.min(Number.POSITIVE_INFINITY, ...nonZero);
  const scientific = nonZero.length > 0 && (most >= 1e8 || least < 1e-4 || most / least > 1000);
  const exponentOf = (v: number): number => (v === 0 ? 0 : Number((single ? shortestFloat32(v) : v).toExponential().split('e')[1]));
  if (scientific) {
    const digits = Math.min(8, Math.max(0, ...finite.map((v) => shortDigits(v, single).length - 1)));
    return (v) => {
      if (!Number.isFinite(v)) return Number.isNaN(v) ? 'nan' : v > 0 ? 'inf' : '-inf';
      const text = formatExponent(v, digits);
      return digits === 0 ? text.replace('e', '.e') : text;
    };
  }
  const decimals = (v: number): number => Math.max(0, shortDigits(v, single).length - 1 - exponentOf(v));
  const shownDecimals = (v: number): number =>
    decimals(v) <= 8 ? decimals(v) : (formatFixed(v, 8).replace(/0+$/, '').split('.')[1] ?? '').length;
  const digits = Math.max(0, ...finite.map(shownDecimals));
  return (v) => {
    if (!Number.isFinite(v)) return Number.isNaN(v) ? 'nan' : v > 0 ? 'inf' : '-inf';
    const places = decimals(v);
    const shown = places > 8 ? formatFixed(v, 8) : formatFixed(single ? shortestFloat32(v) : v, places);
    const point = shown.includes('.') ? shown.replace(/0+$/, '') : `${shown}.`;
    const after = point.length - point.indexOf('.') - 1;
    return point + ' '.repeat(digits - after);
  };
}

/** repr() or str() of a NumPy array with these values. Throws KernelError for complex types. */
export function formatArray(a: NdArray, form: 'repr' | 'str'): string {
  if (isComplex(a.dtype)) throw new KernelError('ShapeLint does not print complex NumPy arrays');
  const data = a.dense();
  const prefix = form === 'repr' ? 'array(' : '';
  const separator = form === 'repr' ? ',' : '';
  const summarise = a.numel > 1000;
  const picksOf = (size: number): number[] =>
    summarise && size > 2 * EDGE ? [0, 1, 2, -1, size - 3, size - 2, size - 1] : Array.from({ length: size }, (_, i) => i);
  let shown = [0];
  for (const size of a.shape)
    shown = shown.flatMap((base) =>
      picksOf(size)
        .filter((p) => p >= 0)
        .map((p) => base * size + p),
    );
  const values = a.numel === 0 ? [] : shown.map((i) => data[i] as number);
  const write = isFloating(a.dtype)
    ? floatWriter(values, a.dtype !== 'float64')
    : (v: number): string => (a.dtype === 'bool' ? (v !== 0 ? 'True' : 'False') : String(v));
  const width = a.rank === 0 ? 0 : Math.max(0, ...values.map((v) => write(v).length));
  const body = (axis: number, base: number): string => {
    if (axis === a.rank) return write(data[base] as number).padStart(width);
    const size = a.shape[axis] as number;
    const pad = ' '.repeat(prefix.length + axis + 1);
    const picks = picksOf(size);
    if (axis < a.rank - 1) {
      const rows = picks.map((p) => (p < 0 ? '...' : body(axis + 1, base * size + p)));
      return `[${rows.join(`${separator}${'\n'.repeat(a.rank - 1 - axis)}${pad}`)}]`;
    }
    let text = '[';
    let column = pad.length;
    picks.forEach((p, i) => {
      const item = p < 0 ? '...' : body(axis + 1, base * size + p);
      // The line so far ends with the separator and a blank.
      if (i > 0 && column + item.length > LINE - (form === 'repr' ? 1 : 0) - a.rank) {
        text = `${text.trimEnd()}\n${pad}`;
        column = pad.length;
      }
      text += i < picks.length - 1 ? `${item}${separator} ` : item;
      column += item.length + separator.length + 1;
    });
    return `${text}]`;
  };
  const text = a.numel === 0 ? '[]' : a.rank === 0 ? write(data[0] as number).trimEnd() : body(0, 0);
  if (form === 'str') return text;
  const parts = [text];
  if (a.numel === 0 && a.rank !== 1) parts.push(`shape=(${a.shape.join(', ')})`);
  if (!['int64', 'float64', 'bool'].includes(a.dtype) || a.numel === 0) parts.push(`dtype=${a.dtype}`);
  const head = `array(${parts.join(', ')}`;
  const split = head.lastIndexOf(', dtype=');
  if (split < 0) return `${head})`;
  const before = head.slice(0, split + 1);
  const after = head.slice(split + 2);
  const lastLine = before.length - (before.lastIndexOf('\n') + 1);
  return before + (lastLine + after.length + 2 > LINE ? `\n${' '.repeat(prefix.length)}` : ' ') + after + ')';
}
