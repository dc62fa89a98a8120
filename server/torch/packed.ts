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
import { payloadOf, TensorPayload } from './tensor.ts';

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

/** `PackedSequence(data, batch_sizes=None, sorted_indices=None, unsorted_indices=None)` */
export function createPackedClass(interp: Interpreter): ClassValue {
  return interp.nativeClass({
    name: 'PackedSequence',
    module: 'torch.nn.utils.rnn',
    bases: [interp.builtinClass('tuple')],
    attrs: {
      to: interp.native('to', (call) => call.args[0] as Value),
      cuda: interp.native('cuda', (call) => call.args[0] as Value),
      cpu: interp.native('cpu', (call) => call.args[0] as Value),
      pin_memory: interp.native('pin_memory', (call) => call.args[0] as Value),
    },
    construct: (call) => {
      const ctx = new Context(interp, 'PackedSequence', call.node);
      const given = (index: number, name: string): Value => interp.resolve(call.args[index] ?? call.kwargs.get(name) ?? interp.none);
      const [data, sizes, sorted] = [given(0, 'data'), given(1, 'batch_sizes'), given(2, 'sorted_indices')];
      let unsorted = given(3, 'unsorted_indices');
      if (unsorted.kind === 'none' && sorted.kind !== 'none') {
        const order = payloadOf(sorted)?.values?.toFlat();
        unsorted = order === undefined ? sorted : indexVector(ctx, invert(order));
      }
      return packedValue(ctx, data, sizes, sorted, unsorted);
    },
  });
}
