/**
 * Packed sequences as values: a named tuple of data, batch sizes and the two permutations.
 */
import type { Dim } from '../dims/dim.ts';
import { symbol } from '../dims/dim.ts';
import { fromFlat } from '../kernels/array.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { ClassValue, TupleValue, Value } from '../python/values.ts';
import { shapeOf } from '../shapes/shape.ts';
import { valueOfArray } from './apply.ts';
import type { TensorArg } from './arguments.ts';
import { Context } from './context.ts';
import { TensorPayload } from './tensor.ts';

export const PACKED_FIELDS = ['data', 'batch_sizes', 'sorted_indices', 'unsorted_indices'] as const;

export interface PackedArg {
  readonly data: TensorArg;
  readonly batchSizes: TensorArg;
  readonly sorted: Value;
  readonly unsorted: Value;
  /** Rows of each step, where they are known. */
  readonly sizes: readonly number[] | undefined;
  /** Number of sequences. */
  readonly batch: Dim;
  /** Number of steps. */
  readonly steps: Dim;
}

export function isPacked(ctx: Context, value: Value): value is TupleValue {
  return value.kind === 'tuple' && value.cls === ctx.state.classes.packed;
}

export function packedValue(ctx: Context, data: Value, batchSizes: Value, sorted: Value, unsorted: Value): TupleValue {
  return ctx.interp.tuple([data, batchSizes, sorted, unsorted], { cls: ctx.state.classes.packed, fields: PACKED_FIELDS });
}

export function readPacked(ctx: Context, value: TupleValue): PackedArg {
  const [data, batchSizes, sorted, unsorted] = value.items as readonly [Value, Value, Value, Value];
  const sizesArg = ctx.tensorOf(batchSizes, 'batch_sizes');
  const array = sizesArg.values;
  const sizes = array?.toFlat();
  const first = sizes?.[0];
  const greatest = sizesArg.bounds?.greatest;
  return {
    data: ctx.tensorOf(data, 'data'),
    batchSizes: sizesArg,
    sorted: ctx.interp.resolve(sorted),
    unsorted: ctx.interp.resolve(unsorted),
    sizes,
    batch: first !== undefined ? ctx.interp.int(first).dim : (greatest ?? symbol('?', { least: 0 })),
    steps: sizesArg.size(0) ?? symbol('?', { least: 0 }),
  };
}

/** An int64 vector of known numbers. */
export function indexVector(ctx: Context, numbers: readonly number[]): Value {
  return valueOfArray(ctx, fromFlat(numbers, [numbers.length], 'int64'));
}

/** An int64 vector of which only the length, and perhaps the greatest element, is known. */
export function unknownVector(ctx: Context, length: Dim, greatest?: Dim): Value {
  return ctx.interp.object(
    ctx.state.classes.tensor,
    new TensorPayload({
      shape: shapeOf([length]),
      dtype: 'int64',
      bounds: greatest === undefined ? undefined : { least: undefined, greatest },
    }),
  );
}

/** The permutation that undoes one. */
export function invert(permutation: readonly number[]): number[] {
  const inverse = new Array<number>(permutation.length).fill(0);
  permutation.forEach((to, from) => {
    inverse[to] = from;
  });
  return inverse;
}

/** Conversions go to the data; where it is, and where its indices are, makes no difference. */
const CONVERSIONS = ['to', 'double', 'float', 'half', 'long', 'int', 'short', 'char', 'byte'] as const;

/** `PackedSequence(data, batch_sizes=None, sorted_indices=None, unsorted_indices=None)` */
export function createPackedClass(interp: Interpreter): ClassValue {
  const itself = (name: string): Value => interp.native(name, (call) => call.args[0] as Value);
  const converted = (name: string): Value =>
    interp.native(name, (call) => {
      const self = interp.resolve(call.args[0] as Value);
      if (self.kind !== 'tuple' || self.items.length !== 4) return self;
      const [data, ...rest] = self.items as readonly [Value, Value, Value, Value];
      const made = interp.call(interp.getAttr(data, name), call.args.slice(1), call.kwargs, call.node);
      return packedValue(new Context(interp, 'PackedSequence', call.node), made, ...rest);
    });
  return interp.nativeClass({
    name: 'PackedSequence',
    module: 'torch.nn.utils.rnn',
    bases: [interp.builtinClass('tuple')],
    attrs: {
      ...Object.fromEntries(['cuda', 'cpu', 'pin_memory'].map((name) => [name, itself(name)])),
      ...Object.fromEntries(CONVERSIONS.map((name) => [name, converted(name)])),
      is_cuda: interp.bool(false),
      is_pinned: interp.native('is_pinned', () => interp.bool(false)),
    },
    construct: (call) => {
      const ctx = new Context(interp, 'PackedSequence', call.node);
      const given = (index: number, name: string): Value => interp.resolve(call.args[index] ?? call.kwargs.get(name) ?? interp.none);
      let [data, sizes, sorted] = [given(0, 'data'), given(1, 'batch_sizes'), given(2, 'sorted_indices')] as const;
      let unsorted = given(3, 'unsorted_indices');
      if (unsorted.kind === 'none') unsorted = inverted(ctx, sorted);
      if (sizes.kind === 'none') [data, sizes] = pairOf(ctx, data);
      else if (sizes.kind !== 'unknown' && sizes.kind !== 'choice') ctx.tensorOf(sizes, 'batch_sizes', (v) => raiseNoDevice(ctx, v));
      return packedValue(ctx, data, sizes, sorted, unsorted);
    },
  });
}

function raiseNoDevice(ctx: Context, value: Value): never {
  throw ctx.noAttribute(value, 'device');
}

/** `PackedSequence((data, batch_sizes))` */
function pairOf(ctx: Context, data: Value): [Value, Value] {
  const { interp } = ctx;
  const content = data.kind === 'unknown' || data.kind === 'choice' ? undefined : interp.content(data);
  if (data.kind === 'unknown' || data.kind === 'choice' || content?.rest !== undefined) return [interp.unknown(), interp.unknown()];
  if ((data.kind === 'list' || data.kind === 'tuple') && content?.items.length === 2) {
    return content.items.map((v) => interp.resolve(v)) as [Value, Value];
  }
  return ctx.fail({
    code: 'call-arguments',
    exception: 'AssertionError',
    message: 'PackedSequence: the batch sizes are missing',
    text: 'Expected data to be a list or tuple of length 2',
  });
}

/** The inverse of the permutation that sorted the sequences. */
function inverted(ctx: Context, sorted: Value): Value {
  if (sorted.kind === 'none' || sorted.kind === 'unknown' || sorted.kind === 'choice') return sorted;
  const indices = ctx.tensorOf(sorted, 'sorted_indices', ctx.notTensor('empty_like', 'input', 1));
  const order = indices.rank === 1 ? indices.values?.toFlat() : undefined;
  const beyond = order?.find((i) => i < 0 || i >= order.length);
  if (beyond !== undefined) {
    ctx.fail({
      code: 'index-out-of-range',
      message: `PackedSequence: index ${beyond} in \`sorted_indices\` of ${order?.length}`,
      text: `index ${beyond} is out of bounds for dimension 0 with size ${order?.length}`,
      origins: [indices.origin],
    });
  }
  return order === undefined ? sorted : indexVector(ctx, invert(order));
}
