/**
 * Python data as a tensor: the shape, dtype and numbers of nested lists, with PyTorch's errors for what is no tensor.
 */
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { fromFlat } from '../kernels/array.ts';
import { castValues } from '../kernels/broadcast.ts';
import type { DType } from '../kernels/dtype.ts';
import { defaultDtype, isComplex, isIntegral } from '../kernels/dtype.ts';
import { collect as everyOf } from '../python/iteration.ts';
import type { Content, Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, numbersOf, shapeOf, unknownShape } from '../shapes/shape.ts';
import { arrayOf, NotKnown } from './arguments.ts';
import type { Context } from './context.ts';
import { arrayFacts } from './numpy-array.ts';
import type { Bounds } from './tensor.ts';
import { payloadOf } from './tensor.ts';
import { sequenceContent } from './types.ts';

export interface Data {
  readonly shape: Shape;
  readonly dtype: DType | undefined;
  readonly bounds: Bounds | undefined;
  /** The numbers. Throws `NotKnown`. */
  array(): NdArray;
}

type Kind = 'bool' | 'int' | 'float' | 'complex';
const ORDER: readonly Kind[] = ['bool', 'int', 'float', 'complex'];

/** Reads the data that torch.tensor is given. Raises TypeError, ValueError or RuntimeError as PyTorch does. */
export function dataOf(ctx: Context, value: Value, dtype: DType | undefined): Data {
  const payload = payloadOf(value);
  if (payload !== undefined) {
    return {
      shape: payload.shape,
      dtype: dtype ?? payload.dtype,
      bounds: payload.bounds,
      array: () => castValues(arrayOf(value), dtype ?? arrayOf(value).dtype),
    };
  }
  const foreign = value.kind === 'object' ? arrayFacts(ctx.interp, value) : undefined;
  if (foreign !== undefined) {
    return { shape: foreign.shape, dtype: dtype ?? foreign.dtype, bounds: undefined, array: () => unknownNumbers() };
  }
  if (value.kind === 'unknown' || value.kind === 'choice') {
    return { shape: unknownShape(), dtype, bounds: undefined, array: () => unknownNumbers() };
  }
  const sizes = sizesOf(ctx, value);
  const scan: Scan = { kind: undefined, unknown: sizes === undefined, tensorType: undefined, tensorFirst: isTensorFirst(ctx, value) };
  if (sizes !== undefined) walk(ctx, value, sizes, 0, scan, dtype);
  const inferred = scan.tensorType ?? (scan.kind === undefined ? (scan.unknown ? undefined : defaultDtype()) : typeOf(scan.kind));
  const shape = sizes === undefined ? unknownShape() : shapeOf(sizes);
  const final = dtype ?? (scan.unknown ? undefined : inferred);
  return {
    shape,
    dtype: final,
    bounds: undefined,
    array: () => {
      const numbers = numbersOf(shape);
      if (numbers === undefined || final === undefined) throw new NotKnown();
      const flat: number[] = [];
      collect(ctx, value, numbers.length, isComplex(final), flat);
      return fromFlat(flat, numbers, final);
    },
  };
}

function unknownNumbers(): never {
  throw new NotKnown();
}

const typeOf = (kind: Kind): DType =>
  kind === 'bool'
    ? 'bool'
    : kind === 'int'
      ? 'int64'
      : kind === 'float'
        ? defaultDtype()
        : defaultDtype() === 'float64'
          ? 'complex128'
          : 'complex64';

/** What Python counts as a sequence, and its parts: lists, tuples, ranges, and the library's own sequences. */
function partsOf(ctx: Context, value: Value): Content | undefined {
  if (value.kind === 'range') return ctx.interp.content(value);
  if (value.kind === 'object' && value.cls.name === 'deque' && payloadOf(value) === undefined) return everyOf(ctx.interp, value);
  return sequenceContent(value);
}

/** Sizes along the first elements; undefined where a list's length is not known. */
function sizesOf(ctx: Context, value: Value): Dim[] | undefined {
  const sizes: Dim[] = [];
  let at = ctx.interp.resolve(value);
  for (;;) {
    const content = partsOf(ctx, at);
    if (content === undefined) {
      const payload = payloadOf(at);
      if (payload !== undefined) {
        const dims = payload.shape.run === undefined ? payload.shape.head : undefined;
        if (dims === undefined) return undefined;
        return dims.length === 0 ? sizes : [...sizes, ...dims];
      }
      const foreign = dimsOf(arrayFacts(ctx.interp, at)?.shape ?? unknownShape());
      if (foreign !== undefined) return [...sizes, ...foreign];
      return at.kind === 'unknown' || at.kind === 'choice' ? undefined : sizes;
    }
    if (content.rest !== undefined) {
      sizes.push(content.items.length === 0 ? content.rest.length : ctx.world.freshSize());
      at = ctx.interp.resolve(content.items[0] ?? content.rest.element);
      continue;
    }
    sizes.push(constant(content.items.length));
    if (content.items.length === 0) return sizes;
    at = ctx.interp.resolve(content.items[0] as Value);
  }
}

interface Scan {
  /** Along the first elements stands a tensor. */
  readonly tensorFirst: boolean;
  kind: Kind | undefined;
  unknown: boolean;
  tensorType: DType | undefined;
}

function isTensorFirst(ctx: Context, value: Value): boolean {
  for (let at = ctx.interp.resolve(value); ; ) {
    const content = partsOf(ctx, at);
    const first = content?.items[0] ?? content?.rest?.element;
    if (first === undefined) return payloadOf(at) !== undefined;
    at = ctx.interp.resolve(first);
  }
}

function walk(ctx: Context, given: Value, sizes: readonly Dim[], depth: number, scan: Scan, dtype: DType | undefined): void {
  const value = ctx.interp.resolve(given);
  const content = partsOf(ctx, value);
  if (depth < sizes.length) {
    if (content === undefined) {
      const payload = payloadOf(value);
      if (payload !== undefined) {
        const dims = payload.shape.head;
        if (
          // Where the sizes were read off a list, a tensor in another row is read like one.
          scan.tensorFirst &&
          payload.shape.run === undefined &&
          dims.length > 0 &&
          payload.shape.head.some((d) => ctx.known(d) !== 1 && ctx.known(d) !== undefined)
        ) {
          if (dtype !== undefined && isIntegral(dtype)) invalid(ctx, 'TypeError', NOT_AN_INDEX);
          invalid(ctx, 'ValueError', 'only one element tensors can be converted to Python scalars');
        }
        scan.tensorType ??= payload.dtype;
        return;
      }
      if (value.kind === 'unknown' || value.kind === 'choice' || arrayFacts(ctx.interp, value) !== undefined) {
        scan.unknown = true;
        return;
      }
      invalid(ctx, 'TypeError', 'not a sequence');
    }
    const expected = ctx.known(sizes[depth]);
    if (content.rest === undefined && expected !== undefined && content.items.length !== expected) {
      invalid(ctx, 'ValueError', `expected sequence of length ${expected} at dim ${depth} (got ${content.items.length})`);
    }
    for (const item of content.items) walk(ctx, item, sizes, depth + 1, scan, dtype);
    if (content.rest !== undefined) walk(ctx, content.rest.element, sizes, depth + 1, scan, dtype);
    return;
  }
  leaf(ctx, value, content !== undefined, scan, dtype, depth);
}

function leaf(ctx: Context, value: Value, nested: boolean, scan: Scan, dtype: DType | undefined, depth: number): void {
  if (value.kind === 'unknown' || value.kind === 'choice') {
    scan.unknown = true;
    return;
  }
  if (value.kind === 'bool' || value.kind === 'int' || value.kind === 'float' || value.kind === 'complex') {
    const kind: Kind = value.kind;
    if (scan.kind === undefined || ORDER.indexOf(kind) > ORDER.indexOf(scan.kind)) scan.kind = kind;
    if (dtype !== undefined && kind === 'complex' && !isComplex(dtype) && dtype !== 'bool') {
      invalid(
        ctx,
        'TypeError',
        isIntegral(dtype) ? "'complex' object cannot be interpreted as an integer" : 'must be real number, not complex',
      );
    }
    requireFit(ctx, value, dtype);
    return;
  }
  const payload = payloadOf(value);
  if (payload !== undefined) {
    if (dtype !== undefined && isIntegral(dtype) && dtype !== 'bool' && payload.dtype !== undefined && !isIntegral(payload.dtype))
      invalid(ctx, 'TypeError', NOT_AN_INDEX);
    scan.tensorType ??= payload.dtype;
    return;
  }
  if (arrayFacts(ctx.interp, value) !== undefined) {
    scan.unknown = true;
    return;
  }
  const type = ctx.interp.typeName(value);
  if (nested) {
    const integral =
      dtype === undefined ? scan.kind === undefined || scan.kind === 'int' || scan.kind === 'bool' : !/^(float|bfloat|complex)/.test(dtype);
    invalid(ctx, 'TypeError', integral ? `'${type}' object cannot be interpreted as an integer` : `must be real number, not ${type}`);
  }
  if (value.kind === 'str') {
    if (depth === 0) invalid(ctx, 'TypeError', "new(): invalid data type 'str'");
    invalid(ctx, 'ValueError', "too many dimensions 'str'");
  }
  if (value.kind === 'object' && value.cls.open) {
    scan.unknown = true;
    return;
  }
  if (dtype !== undefined && value.kind === 'none') {
    invalid(
      ctx,
      'TypeError',
      /^(float|bfloat|complex)/.test(dtype) ? 'must be real number, not NoneType' : "'NoneType' object cannot be interpreted as an integer",
    );
  }
  invalid(ctx, 'RuntimeError', `Could not infer dtype of ${type}`);
}

const NOT_AN_INDEX = 'only integer tensors of a single element can be converted to an index';

/** The greatest values of integer types; below zero, unsigned ones wrap around. */
const GREATEST: Partial<Record<DType, number>> = { int64: 2 ** 63, int32: 2 ** 31 - 1, int16: 2 ** 15 - 1, int8: 127, uint8: 255 };

function requireFit(ctx: Context, value: Value, dtype: DType | undefined): void {
  const greatest = dtype === undefined ? undefined : GREATEST[dtype];
  const n = value.kind === 'float' ? value.value : value.kind === 'int' && value.big === undefined ? ctx.interp.asNumber(value) : undefined;
  if (greatest === undefined || n === undefined) return;
  if (!Number.isFinite(n) || n > greatest || n < -greatest - 1)
    invalid(ctx, 'RuntimeError', `value cannot be converted to type ${dtype} without overflow`);
}

function invalid(ctx: Context, exception: string, text: string): never {
  ctx.fail({ code: 'invalid-argument', exception, text, message: `${ctx.name}: ${text}` });
}

function collect(ctx: Context, given: Value, depth: number, complex: boolean, into: number[]): void {
  const value = ctx.interp.resolve(given);
  const content = partsOf(ctx, value);
  if (content !== undefined) {
    if (content.rest !== undefined) throw new NotKnown();
    for (const item of content.items) collect(ctx, item, depth - 1, complex, into);
    return;
  }
  if (payloadOf(value) !== undefined) {
    const array = arrayOf(value);
    into.push(...array.toFlat());
    if (complex && !isComplex(array.dtype)) into.push(0);
    return;
  }
  if (value.kind === 'complex') {
    if (value.re === undefined || value.im === undefined) throw new NotKnown();
    into.push(value.re, value.im);
    return;
  }
  const n = ctx.interp.asNumber(value);
  if (n === undefined) throw new NotKnown();
  into.push(n);
  if (complex) into.push(0);
}
