// Owns PyTorch's text of a tensor: the number format chosen once for all shown items, line filling, summaries, suffixes.
// Source: the printing rules of PyTorch 2.13, read off its outputs. Knows no Python values.

import type { NdArray } from './array.ts';
import type { DType } from './dtype.ts';
import { complexType, defaultDtype, isComplex, isFloating } from './dtype.ts';
import { formatExponent, formatFixed } from './number-text.ts';

/** torch.set_printoptions; `sciMode` undefined lets the values decide. */
export interface PrintOptions {
  readonly precision: number;
  readonly threshold: number;
  readonly edgeitems: number;
  readonly linewidth: number;
  readonly sciMode: boolean | undefined;
}

export const DEFAULT_PRINT_OPTIONS: PrintOptions = { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80, sciMode: undefined };

/** The named profiles of torch.set_printoptions. */
export const PRINT_PROFILES: Readonly<Record<'default' | 'short' | 'full', PrintOptions>> = {
  default: DEFAULT_PRINT_OPTIONS,
  short: { ...DEFAULT_PRINT_OPTIONS, precision: 2, edgeitems: 2 },
  full: { ...DEFAULT_PRINT_OPTIONS, threshold: Number.POSITIVE_INFINITY },
};

export interface PrintSuffixes {
  readonly gradFn?: string | undefined;
  readonly requiresGrad?: boolean;
}

interface ItemFormat {
  readonly width: number;
  readonly text: (value: number) => string;
}

function padded(text: string, width: number): string {
  return text.padStart(width, ' ');
}

function integerFormat(values: readonly number[], dtype: DType): ItemFormat {
  const write = (v: number): string =>
    dtype === 'bool' ? (v !== 0 ? 'True' : 'False') : v === -9223372036854775808 ? '-9223372036854775808' : String(v);
  let width = 1;
  for (const v of values) width = Math.max(width, write(v).length);
  return { width, text: (v) => padded(write(v), width) };
}

function floatFormat(values: readonly number[], o: PrintOptions): ItemFormat {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  let whole = true;
  const shown: number[] = [];
  for (const v of values) {
    if (!Number.isFinite(v) || v === 0) continue;
    shown.push(v);
    least = Math.min(least, Math.abs(v));
    most = Math.max(most, Math.abs(v));
    if (v !== Math.ceil(v)) whole = false;
  }
  const scientific = shown.length > 0 && (o.sciMode ?? (most / least > 1000 || most > 1e8 || least < 1e-4));
  const write = (v: number): string => {
    if (scientific) return formatExponent(v, o.precision);
    if (!whole) return formatFixed(v, o.precision);
    return Number.isFinite(v) ? `${formatFixed(v, 0)}.` : formatFixed(v, 0);
  };
  let width = 1;
  for (const v of shown) width = Math.max(width, write(v).length);
  return { width, text: (v) => padded(write(v), width) };
}

/** The text of one element, and the width that line filling counts for it. */
interface Cells {
  readonly width: number;
  readonly text: (element: number) => string;
}

function cellsOf(a: NdArray, shown: readonly number[], data: ArrayLike<number>, o: PrintOptions): Cells {
  if (!isComplex(a.dtype)) {
    const values = shown.map((i) => data[i] as number);
    const format = isFloating(a.dtype) ? floatFormat(values, o) : integerFormat(values, a.dtype);
    return { width: format.width, text: (i) => format.text(data[i] as number) };
  }
  const real = floatFormat(
    shown.map((i) => data[2 * i] as number),
    o,
  );
  const imaginary = floatFormat(
    shown.map((i) => data[2 * i + 1] as number),
    o,
  );
  const text = (i: number): string => {
    const im = `${imaginary.text(data[2 * i + 1] as number)}j`.trimStart();
    return real.text(data[2 * i] as number) + (im.startsWith('-') || im.startsWith('+') ? im : `+${im}`);
  };
  return { width: real.width + imaginary.width + 1, text };
}

/** Flat positions of the items a summary shows. */
function shownItems(shape: readonly number[], summarise: boolean, edge: number): number[] {
  let items = [0];
  for (const size of shape) {
    const cut = summarise && size > 2 * edge;
    const picks = Array.from({ length: cut ? 2 * edge : size }, (_, i) => (cut && i >= edge ? size - 2 * edge + i : i));
    items = items.flatMap((base) => picks.map((p) => base * size + p));
  }
  return items;
}

function bodyOf(
  shape: readonly number[],
  axis: number,
  base: number,
  indent: number,
  summarise: boolean,
  cells: Cells,
  o: PrintOptions,
): string {
  if (axis === shape.length) return cells.text(base);
  const size = shape[axis] as number;
  const edge = o.edgeitems;
  const cut = summarise && size > 2 * edge;
  const at = (i: number): number => base * size + i;
  const picks = cut
    ? [...Array.from({ length: edge }, (_, i) => i), -1, ...Array.from({ length: edge }, (_, i) => size - edge + i)]
    : Array.from({ length: size }, (_, i) => i);
  const pad = ' '.repeat(indent + 1);
  if (axis === shape.length - 1) {
    const perLine = Math.max(1, Math.floor((o.linewidth - indent) / (cells.width + 2)));
    const items = picks.map((i) => (i < 0 ? ' ...' : cells.text(at(i))));
    const lines: string[] = [];
    for (let i = 0; i < items.length; i += perLine) lines.push(items.slice(i, i + perLine).join(', '));
    return `[${lines.join(`,\n${pad}`)}]`;
  }
  const rows = picks.map((i) => (i < 0 ? '...' : bodyOf(shape, axis + 1, at(i), indent + 1, summarise, cells, o)));
  return `[${rows.join(`,${'\n'.repeat(shape.length - 1 - axis)}${pad}`)}]`;
}

/**
 * repr(tensor). `suffixes.gradFn` is the name without angle brackets.
 * `indent` is the column where the body starts.
 */
export function formatTensor(a: NdArray, options: Partial<PrintOptions> = {}, suffixes: PrintSuffixes = {}, prefix = 'tensor('): string {
  const o: PrintOptions = { ...DEFAULT_PRINT_OPTIONS, ...options };
  const indent = prefix.length;
  const n = a.numel;
  const tail: string[] = [];
  let body: string;
  if (n === 0) {
    body = '[]';
    if (a.rank !== 1) tail.push(`size=(${a.shape.join(', ')})`);
    if (a.dtype !== defaultDtype()) tail.push(`dtype=torch.${a.dtype}`);
  } else {
    const silent = [defaultDtype(), complexType(defaultDtype()), 'int64', 'bool'];
    if (!silent.includes(a.dtype)) tail.push(`dtype=torch.${a.dtype}`);
    const summarise = n > o.threshold;
    const data = a.dense();
    const cells = cellsOf(a, shownItems(a.shape, summarise, o.edgeitems), data, o);
    body = bodyOf(a.shape, 0, 0, indent, summarise, cells, o);
  }
  if (suffixes.gradFn !== undefined) tail.push(`grad_fn=<${suffixes.gradFn}>`);
  else if (suffixes.requiresGrad === true) tail.push('requires_grad=True');
  const start = prefix + body;
  let last = start.length - start.lastIndexOf('\n') + 1;
  let text = start;
  for (const suffix of tail) {
    if (last + suffix.length + 2 > o.linewidth) {
      text += `,\n${' '.repeat(indent)}${suffix}`;
      last = indent + suffix.length;
    } else {
      text += `, ${suffix}`;
      last += suffix.length + 2;
    }
  }
  return `${text})`;
}

/** repr of an array with the suffixes its own history asks for. */
export function reprTensor(a: NdArray, options: Partial<PrintOptions> = {}): string {
  return formatTensor(a, options, { gradFn: a.node?.name, requiresGrad: a.requiresGrad });
}
