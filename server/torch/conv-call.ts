/**
 * A call of a convolution taken apart: its tensors, its options by dimension, its space dimensions, and how messages show them.
 */
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import type { Shape } from '../shapes/shape.ts';
import { shapeOf } from '../shapes/shape.ts';
import type { TensorArg } from './arguments.ts';
import type { Context } from './context.ts';

const zero = constant(0);
const one = constant(1);

/** One call: its tensors, and its options with one number for each space dimension (undefined where they are not known). */
export interface Call {
  readonly ctx: Context;
  readonly n: number;
  readonly flipped: boolean;
  readonly x: TensorArg;
  readonly w: TensorArg;
  readonly b: TensorArg | undefined;
  readonly options: Readonly<Record<Option, readonly Dim[] | undefined>>;
  readonly groups: Dim;
  readonly same: boolean;
  /** The padding is a word, `same` or `valid`. */
  readonly worded: boolean;
}

export type Option = 'stride' | 'padding' | 'dilation' | 'output_padding';

export const fail = (c: Call, message: string, text: string | undefined, code = 'conv-argument'): never =>
  c.ctx.fail({ code, message: `${c.ctx.name}: ${message}`, text });

/** The input with a batch of 1 where it has none, as messages show it. */
export function batched(c: Call): Shape {
  const dims = c.x.dims;
  return dims !== undefined && dims.length === c.n + 1 ? shapeOf([one, ...dims]) : c.x.shape;
}

export const functionName = (n: number, flipped: boolean): string => `conv${flipped ? '_transpose' : ''}${n}d`;

export interface Axis {
  readonly size: Dim;
  readonly kernel: Dim;
  readonly stride: Dim;
  readonly padding: Dim;
  readonly dilation: Dim;
  readonly outputPadding: Dim;
}

/** What each space dimension has; undefined where an option is not known. */
export function axesOf(c: Call): readonly Axis[] | undefined {
  const { n, x, w, options } = c;
  const at = (name: Option, i: number): Dim | undefined => {
    const list = options[name];
    return list === undefined ? undefined : list.length === 1 ? list[0] : list[i];
  };
  const axes: Axis[] = [];
  for (let i = 0; i < n; i++) {
    const [size, kernel] = [x.size(i - n), w.size(i + 2)];
    const [stride, padding, dilation] = [at('stride', i), at('padding', i), at('dilation', i)];
    const outputPadding = c.flipped ? at('output_padding', i) : zero;
    if (size === undefined || kernel === undefined || stride === undefined || padding === undefined) return undefined;
    if (dilation === undefined || outputPadding === undefined) return undefined;
    axes.push({ size, kernel, stride, padding, dilation, outputPadding });
  }
  return axes;
}

/** `(2 x 5 x 7)` */
export function crossed(ctx: Context, dims: readonly Dim[]): string | undefined {
  const parts = dims.map((d) => ctx.known(d));
  return parts.includes(undefined) ? undefined : `(${parts.join(' x ')})`;
}

export const knownZero = (ctx: Context, d: Dim | undefined): boolean => ctx.known(d) === 0;
