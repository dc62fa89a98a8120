/**
 * What stands between the square brackets, read as PyTorch reads it: numbers, slices, `...`, None, truth values, index tensors
 * and masks. Knows nothing of the tensor that is indexed.
 * Source: PyTorch 2.13, torch/csrc/autograd/python_variable_indexing.cpp.
 */
import { le, lt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import { isIntegral } from '../kernels/dtype.ts';
import type { IndexItem } from '../kernels/indexing.ts';
import { isPresumed, type SliceValue, type Value } from '../python/values.ts';
import { arrayOf, NotKnown, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { dataOf } from './data.ts';
import { arrayFacts, standIn } from './numpy-array.ts';
import { payloadOf, TensorPayload } from './tensor.ts';

export type Subscript =
  /** `tensor` is the one without dimensions that was given as the number. */
  | { readonly kind: 'number'; readonly at: Dim; readonly tensor?: TensorArg }
  /** `known` is false where a bound may be None as well as a number. */
  | { readonly kind: 'slice'; readonly start: Dim | undefined; readonly stop: Dim | undefined; readonly step: Dim; readonly known: boolean }
  | { readonly kind: 'new-axis' }
  | { readonly kind: 'ellipsis' }
  | { readonly kind: 'truth'; readonly value: boolean | undefined }
  | { readonly kind: 'tensor'; readonly tensor: TensorArg };

export interface Subscripts {
  readonly items: readonly Subscript[];
  /** One number or slice without a comma, which has messages of its own. */
  readonly alone: boolean;
}

/** Reads a subscript. Raises IndexError, TypeError and ValueError with PyTorch's texts; undefined where a part is not known. */
export function readSubscript(ctx: Context, given: Value): Subscripts | undefined {
  const index = ctx.interp.resolve(given);
  const parts = partsOf(ctx, index);
  if (parts === undefined) return undefined;
  const items: Subscript[] = [];
  for (const part of parts) {
    const item = readOne(ctx, ctx.interp.resolve(part));
    if (item === undefined) return undefined;
    items.push(item);
  }
  return { items, alone: index.kind !== 'tuple' };
}

const isAxis = (ctx: Context, value: Value): boolean => ['slice', 'ellipsis', 'none'].includes(ctx.interp.resolve(value).kind);

/** A tuple's parts; a short list of tensors, sequences or slices counts as a tuple. */
function partsOf(ctx: Context, index: Value): readonly Value[] | undefined {
  if (index.kind === 'tuple') return index.rest === undefined && index.open === undefined ? index.items : undefined;
  if (index.kind !== 'list') return [index];
  const { items, rest } = index.slot.get();
  // `x[[None] * x.ndim]`: so many new axes.
  if (rest !== undefined && isAxis(ctx, rest.element)) return undefined;
  if (rest !== undefined || items.length >= 32) return [index];
  const several = items.some((item) => {
    const v = ctx.interp.resolve(item);
    return payloadOf(v) !== undefined || ['list', 'tuple', 'str', 'slice', 'ellipsis', 'none'].includes(v.kind);
  });
  return several ? items : [index];
}

function readOne(ctx: Context, value: Value): Subscript | undefined {
  switch (value.kind) {
    case 'none':
      return { kind: 'new-axis' };
    case 'ellipsis':
      return { kind: 'ellipsis' };
    case 'int':
      return { kind: 'number', at: value.dim };
    case 'bool': {
      const decision = ctx.interp.decide(value.cond);
      return { kind: 'truth', value: decision === 'unknown' ? undefined : decision === 'yes' };
    }
    case 'slice':
      return readSlice(ctx, value);
    case 'unknown':
    case 'choice':
      return undefined;
    case 'str':
      return ctx.fail({
        code: 'index-type',
        exception: 'TypeError',
        message: 'a tensor has no fields by name',
        text: "new(): invalid data type 'str'",
      });
    case 'tuple':
    case 'list':
    case 'range':
      return { kind: 'tensor', tensor: tensorOfData(ctx, value) };
    default:
      return readObject(ctx, value);
  }
}

function readObject(ctx: Context, value: Value): Subscript | undefined {
  const payload = payloadOf(value);
  if (payload !== undefined) {
    const tensor = ctx.tensorOf(value, 'index');
    if (tensor.rank !== 0 || payload.dtype === undefined) return { kind: 'tensor', tensor };
    if (payload.dtype === 'bool' || payload.dtype === 'uint8') {
      const known = payload.values?.item();
      return { kind: 'truth', value: known === undefined ? undefined : known !== 0 };
    }
    if (!isIntegral(payload.dtype)) return { kind: 'tensor', tensor };
    const known = payload.values?.item();
    return { kind: 'number', at: known === undefined ? ctx.dimOf(ctx.interp.freshInt('?'), '?') : constant(known), tensor };
  }
  const foreign = arrayFacts(ctx.interp, value);
  if (foreign?.dtype === 'int64' || foreign?.dtype === 'bool') {
    const index = standIn(ctx.interp, foreign, true);
    return { kind: 'tensor', tensor: ctx.tensorOf(index, 'index') };
  }
  if (value.kind === 'object' && value.cls.mro.some((c) => c.open)) return undefined;
  if (value.kind === 'object' && ctx.interp.findAttr(value, '__index__') !== undefined)
    return { kind: 'number', at: ctx.dimOf(value, 'index') };
  const type = ctx.interp.typeName(value);
  return ctx.fail({
    code: 'index-type',
    exception: 'IndexError',
    message: `a tensor cannot be indexed by ${type}`,
    text: `only integers, slices (\`:\`), ellipsis (\`...\`), None and long or byte Variables are valid indices (got ${type})`,
  });
}

function readSlice(ctx: Context, slice: SliceValue): Subscript {
  let known = true;
  const bound = (given: Value): Dim | undefined => {
    const value = ctx.interp.resolve(given);
    if (value.kind === 'none') return undefined;
    if (value.kind === 'unknown' || value.kind === 'choice') {
      known = false;
      return undefined;
    }
    return sliceBound(ctx, value);
  };
  const start = bound(slice.start);
  const stop = bound(slice.stop);
  const step = bound(slice.step) ?? constant(1);
  const wrong = (text: string) => () => ({
    code: 'invalid-argument',
    exception: 'ValueError',
    message: `the slice has step ${ctx.spell(step)}`,
    text,
  });
  ctx.reject(le(step, constant(0)), ctx.known(step) === 0 ? wrong('slice step cannot be zero') : wrong('step must be greater than zero'));
  return { kind: 'slice', start, stop, step, known: known && ctx.facts.decide(lt(constant(0), step)) === 'yes' };
}

function sliceBound(ctx: Context, value: Value): Dim {
  const payload = payloadOf(value);
  if (payload !== undefined) {
    const tensor = ctx.tensorOf(value, 'index');
    const numbers = tensor.dims?.map((d) => ctx.known(d));
    const several = numbers?.some((n) => n !== undefined && n !== 1) === true;
    if (several || (payload.dtype !== undefined && !isIntegral(payload.dtype))) {
      const text = 'only integer tensors of a single element can be converted to an index';
      ctx.fail({ code: 'index-type', exception: 'TypeError', message: 'a slice bound is no single integer', text });
    }
    const known = payload.values?.numel === 1 ? payload.values.item() : undefined;
    return known === undefined ? ctx.dimOf(ctx.interp.freshInt('?'), '?') : constant(known);
  }
  if (isPresumed(value)) return ctx.dimOf(ctx.interp.freshInt('?'), '?');
  const number = value.kind === 'int' || value.kind === 'bool' || value.kind === 'object';
  if (!number) {
    const text = 'slice indices must be integers or None or have an __index__ method';
    ctx.fail({ code: 'index-type', exception: 'TypeError', message: `a slice bound is ${ctx.interp.typeName(value)}`, text });
  }
  return ctx.dimOf(value, '?');
}

/** A list as an index tensor: of bools a mask, else whole numbers. */
function tensorOfData(ctx: Context, value: Value): TensorArg {
  const inferred = dataOf(ctx, value, undefined);
  const data = inferred.dtype === 'bool' || inferred.dtype === 'uint8' ? inferred : dataOf(ctx, value, 'int64');
  let values: ReturnType<typeof data.array> | undefined;
  try {
    values = data.array();
  } catch (problem) {
    if (!(problem instanceof NotKnown)) throw problem;
  }
  const payload = new TensorPayload({ shape: data.shape, dtype: data.dtype, values, bounds: data.bounds });
  return new TensorArg(ctx, ctx.interp.object(ctx.state.classes.tensor, payload), 'index');
}

/** The same as numbers and arrays. Throws `NotKnown`. */
export function knownSubscript(ctx: Context, given: Value): IndexItem[] {
  const read = readSubscript(ctx, given);
  if (read === undefined) throw new NotKnown();
  const number = (d: Dim): number => {
    const n = ctx.known(d);
    if (n === undefined) throw new NotKnown();
    return n;
  };
  return read.items.map((item): IndexItem => {
    switch (item.kind) {
      case 'number':
        return { kind: 'number', value: number(item.at) };
      case 'slice':
        if (!item.known) throw new NotKnown();
        return {
          kind: 'slice',
          start: item.start === undefined ? undefined : number(item.start),
          stop: item.stop === undefined ? undefined : number(item.stop),
          step: number(item.step),
        };
      case 'truth':
        if (item.value === undefined) throw new NotKnown();
        return { kind: 'truth', value: item.value };
      case 'tensor':
        return { kind: 'array', array: arrayOf(item.tensor.object) };
      default:
        return item;
    }
  });
}
