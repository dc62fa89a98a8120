/**
 * pack_padded_sequence: a padded batch and its lengths become rows step by step. What PyTorch accepts and corrupts is warned of.
 */
import { eq, gt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, symbol } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { indexSelect } from '../kernels/gather.ts';
import { batchSizesOf, packPadded } from '../kernels/packing.ts';
import type { Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { numelOf, shapeOf, withoutFirst, withRun } from '../shapes/shape.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import { arrayOf } from './arguments.ts';
import type { Context, FaultParts } from './context.ts';
import { dataOf } from './data.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { orderFault } from './naming-warnings.ts';
import { indexVector, invert, PACKED_FIELDS, unknownVector } from './packed.ts';
import { payloadOf, TensorPayload } from './tensor.ts';

const ZERO = constant(0);

interface Lengths {
  readonly tensor: TensorArg;
  readonly known: readonly number[] | undefined;
  /** Nothing is known of them: they may be a list as well as a tensor. */
  readonly open: boolean;
}

/** `torch.as_tensor(lengths, dtype=torch.int64)` for a list; a tensor as it is. */
function lengthsOf(ctx: Context, given: Value): Lengths {
  const value = ctx.interp.resolve(given);
  if (value.kind === 'none') {
    ctx.fail({
      code: 'pack-lengths',
      exception: 'TypeError',
      message: `${ctx.name}: the lengths are None`,
      text: "'NoneType' object cannot be interpreted as an integer",
    });
  }
  if (value.kind === 'unknown' || value.kind === 'choice') {
    return { tensor: ctx.tensorOf(unknownVector(ctx, symbol('?', { least: 0 })), 'lengths'), known: undefined, open: true };
  }
  const converted = payloadOf(value) !== undefined ? value : ctx.interp.object(ctx.state.classes.tensor, dataPayload(ctx, value));
  const tensor = ctx.tensorOf(converted, 'lengths');
  return { tensor, known: tensor.values?.toFlat().map(Math.trunc), open: false };
}

function dataPayload(ctx: Context, value: Value): TensorPayload {
  if (value.kind === 'int') return new TensorPayload({ shape: shapeOf([]), dtype: 'int64' });
  const data = dataOf(ctx, value, 'int64');
  let values: NdArray | undefined;
  try {
    values = data.array();
  } catch {
    values = undefined;
  }
  return new TensorPayload({ shape: data.shape, dtype: 'int64', values });
}

const SORTED =
  '`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability.';

function packRule(ctx: Context, a: Arguments): Out {
  const lengths = lengthsOf(ctx, a.value('lengths'));
  const enforce = a.bool('enforce_sorted');
  const x = a.tensor('input', (v) => {
    if (enforce === false) throw ctx.noAttribute(v, 'device');
    return ctx.notTensor('_pack_padded_sequence', 'input', 1)(v);
  });
  const batchFirst = a.bool('batch_first');
  const batchAxis = batchFirst === undefined ? undefined : batchFirst ? 0 : 1;
  let selected: number | undefined;
  if (enforce === false) selected = requireSelectable(ctx, x, lengths, batchAxis);
  requireBool(ctx, a, '_pack_padded_sequence', 'batch_first', 3);
  ctx.requireRank(lengths.tensor.shape, [1], (d) => ({
    code: 'pack-lengths',
    message: `pack_padded_sequence: the lengths are ${ctx.spell(lengths.tensor.shape)}, not 1-D`,
    text: `'lengths' argument should be a 1D CPU int64 tensor, but got ${d}D cpu Long tensor`,
    origins: [lengths.tensor.origin],
  }));
  requireNotEmpty(ctx, x, selected);
  const dims = atLeastTwo(ctx, x, batchAxis);
  const [batch, steps] = [
    batchAxis === undefined ? undefined : dims?.[batchAxis],
    batchAxis === undefined ? undefined : dims?.[1 - batchAxis],
  ];
  // The names are gone once the lengths have said how many sequences there are.
  const order = packOrderFault(ctx, x, batchFirst);
  const count = lengths.open ? (batch ?? symbol('?', { least: 0 })) : (lengths.tensor.size(0) ?? symbol('?', { least: 0 }));
  if (batch !== undefined && selected === undefined) requireCount(ctx, count, batch, x, lengths);
  requireLengths(ctx, lengths, enforce, steps);
  if (order !== undefined) ctx.warn(order);
  return packedOut(ctx, x, lengths, { enforce, count, steps });
}

/** `enforce_sorted=False` selects the batch entries by the sorted order of the lengths first. */
function requireSelectable(ctx: Context, x: TensorArg, lengths: Lengths, axis: number | undefined): number | undefined {
  const count = lengths.known?.length ?? ctx.known(lengths.tensor.size(0));
  if (x.rank !== undefined && axis !== undefined && axis >= x.rank) {
    const span = Math.max(1, x.rank);
    ctx.fail({
      code: 'rank-mismatch',
      exception: 'IndexError',
      message: `pack_padded_sequence: the input is ${ctx.spell(x.shape)}`,
      text: `Dimension out of range (expected to be in range of [${-span}, ${span - 1}], but got ${axis})`,
      origins: [x.origin],
    });
  }
  if (lengths.tensor.rank !== undefined && lengths.tensor.rank > 1) {
    ctx.fail({
      code: 'pack-lengths',
      exception: 'IndexError',
      message: `pack_padded_sequence: the lengths are ${ctx.spell(lengths.tensor.shape)}, not 1-D`,
      text: 'index_select(): Index is supposed to be a vector',
      origins: [lengths.tensor.origin],
    });
  }
  const batch = axis === undefined ? undefined : ctx.known(x.size(axis));
  if (count === undefined || batch === undefined || lengths.tensor.rank !== 1) return undefined;
  if (count > batch) {
    const order = lengths.known === undefined ? undefined : descending(lengths.known);
    const first = order?.find((i) => i >= batch);
    ctx.fail({
      code: 'pack-lengths',
      exception: axis === 0 && batch !== 0 ? 'IndexError' : 'RuntimeError',
      message: `pack_padded_sequence: ${count} lengths for a batch of ${batch}`,
      text: selectText(x, axis as number, first, batch),
      origins: [lengths.tensor.origin, x.origin],
    });
  }
  if (count < batch) {
    ctx.warn({
      code: 'pack-fewer-lengths',
      exception: 'UserWarning',
      message: `pack_padded_sequence: ${count} lengths for a batch of ${batch}; the others are dropped`,
      origins: [lengths.tensor.origin, x.origin],
    });
    return count;
  }
  return undefined;
}

/** Which of two texts `index_select` gives depends on whether the rows it copies are long enough for another kernel. */
function selectText(x: TensorArg, axis: number, index: number | undefined, batch: number): string | undefined {
  if (batch === 0) return 'index_select(): self indexing axis dim should be positive';
  const rows = x.dims?.slice(1).map((d) => x.ctx.known(d));
  if (axis === 0 && (x.rank ?? 3) > 1 && rows?.includes(0) !== true) return 'index out of range in self';
  return index === undefined ? undefined : `INDICES element is out of DATA bounds, id=${index} axis_dim=${batch}`;
}

function requireNotEmpty(ctx: Context, x: TensorArg, selected: number | undefined): void {
  const numel = numelOf(x.shape);
  const n = selected === 0 ? 0 : ctx.known(numel);
  if (n === 0 || (n === undefined && numel !== undefined && ctx.facts.decide(gt(numel, ZERO)) === 'no')) {
    ctx.fail({
      code: 'pack-empty',
      message: `pack_padded_sequence: the input ${ctx.spell(x.shape)} is empty`,
      text: 'Cannot pack empty tensors.',
      origins: [x.origin],
    });
  }
}

function atLeastTwo(ctx: Context, x: TensorArg, axis: number | undefined): readonly Dim[] | undefined {
  const rank = x.rank;
  if (rank !== undefined && rank < 2) {
    ctx.fail({
      code: 'rank-mismatch',
      exception: 'IndexError',
      message: `pack_padded_sequence: the input is ${ctx.spell(x.shape)}, expected at least 2 dimensions`,
      text:
        rank === 0 && axis !== 0
          ? 'Dimension specified as 1 but tensor has no dimensions'
          : 'Dimension out of range (expected to be in range of [-1, 0], but got 1)',
      origins: [x.origin],
    });
  }
  // Of a shape that ends in one known size (embeddings of tokens) the first two sizes are others than that.
  ctx.world.limitRank(x.shape, x.shape.run !== undefined && x.shape.tail.length === 1 ? 3 : 2, Number.POSITIVE_INFINITY);
  const second = x.size(1);
  const first = x.size(0);
  return first === undefined || second === undefined ? undefined : [first, second];
}

function requireCount(ctx: Context, count: Dim, batch: Dim, x: TensorArg, lengths: Lengths): void {
  ctx.require(eq(count, batch), () => ({
    code: 'pack-lengths',
    message: `pack_padded_sequence: ${ctx.spell(count)} lengths for a batch of ${ctx.spell(batch)}`,
    text: ctx.text`Expected \`len(lengths)\` to be equal to batch_size, but got ${count} (batch_size=${batch})`,
    origins: [lengths.tensor.origin ?? count.origin, batch.origin ?? x.origin],
  }));
}

function requireLengths(ctx: Context, lengths: Lengths, enforce: boolean | undefined, steps: Dim | undefined): void {
  const known = enforce === false && lengths.known !== undefined ? [...lengths.known].sort((p, q) => q - p) : lengths.known;
  if (known === undefined || known.length === 0) return;
  const origins = [lengths.tensor.origin];
  if ((known.at(-1) as number) <= 0) {
    ctx.fail({
      code: 'pack-lengths',
      message: `pack_padded_sequence: a length is ${known.at(-1)}`,
      text: "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0",
      origins,
    });
  }
  if (known.some((n, i) => i > 0 && n > (known[i - 1] as number))) {
    ctx.fail({
      code: 'pack-lengths',
      message: `pack_padded_sequence: the lengths ${JSON.stringify(known)} do not decrease`,
      text: SORTED,
      origins,
    });
  }
  const longest = constant(known[0] as number);
  if (steps !== undefined && ctx.facts.decide(gt(longest, steps)) === 'yes') {
    ctx.warn({
      code: 'pack-length-exceeds',
      exception: 'UserWarning',
      message: `pack_padded_sequence: a length is ${known[0]}, the input has ${ctx.spell(steps)} time steps`,
      origins: [lengths.tensor.origin, steps.origin],
    });
  }
}

/** Where batch and time are equal PyTorch cannot see that they are exchanged. */
function packOrderFault(ctx: Context, x: TensorArg, batchFirst: boolean | undefined): FaultParts | undefined {
  const { role } = x.payload;
  const known = role?.kind === 'recurrent-output' ? role.batchFirst : undefined;
  if (known === undefined || batchFirst === undefined || known === batchFirst || ctx.interp.mode === 'run')
    return orderFault(ctx, x, batchFirst);
  return {
    code: 'batch-first-mismatch',
    message: `pack_padded_sequence with \`batch_first=${batchFirst ? 'True' : 'False'}\` of the output of a layer with the other order`,
    origins: [x.origin],
  };
}

const descending = (numbers: readonly number[]): number[] =>
  numbers.map((_, i) => i).sort((p, q) => (numbers[q] as number) - (numbers[p] as number) || p - q);

/** The sizes after the first two. */
function trailing(shape: Shape): Shape {
  return withoutFirst(shape, 2);
}

function rowsOf(ctx: Context, known: readonly number[] | undefined, steps: Dim | undefined): Dim {
  if (known === undefined) return symbol('?', { least: 0 });
  const limit = ctx.known(steps) ?? Number.POSITIVE_INFINITY;
  return constant(batchSizesOf([...known].sort((p, q) => q - p)).reduce((n, b, t) => n + (t < limit ? b : 0), 0));
}

function packedOut(
  ctx: Context,
  x: TensorArg,
  lengths: Lengths,
  how: { enforce: boolean | undefined; count: Dim; steps: Dim | undefined },
): Out {
  const { known } = lengths;
  const order = known === undefined ? undefined : descending(known);
  const sizes = known === undefined || order === undefined ? undefined : batchSizesOf(order.map((i) => known[i] as number));
  const rest = trailing(x.shape);
  const rows = rowsOf(ctx, known, how.steps);
  const data = tensorOut(withRun([rows, ...rest.head], rest.run, rest.tail), x.dtype, {
    role: { kind: 'packed-rows', padded: how.steps },
  });
  const sorted: Value =
    how.enforce !== false ? ctx.interp.none : order === undefined ? unknownVector(ctx, how.count) : indexVector(ctx, order);
  const unsorted: Value =
    how.enforce !== false ? ctx.interp.none : order === undefined ? unknownVector(ctx, how.count) : indexVector(ctx, invert(order));
  return {
    out: 'tuple',
    items: [
      data,
      sizes === undefined ? unknownVector(ctx, symbol('?', { least: 1 }), how.count) : indexVector(ctx, sizes),
      sorted,
      unsorted,
    ],
    named: { name: 'PackedSequence', fields: PACKED_FIELDS, cls: ctx.state.classes.packed },
  };
}

export function requireBool(ctx: Context, a: Arguments, native: string, name: string, position: number): void {
  const value = a.value(name);
  if (value.kind === 'bool' || value.kind === 'unknown' || value.kind === 'choice') return;
  const type = ctx.interp.typeName(value);
  ctx.fail({
    code: 'call-arguments',
    exception: 'TypeError',
    message: `${ctx.name}: \`${name}\` is ${type}, not bool`,
    text: `${native}(): argument '${name}' (position ${position}) must be bool, not ${type}`,
  });
}

export const packPaddedOp: Operation = {
  names: ['nn.utils.rnn.pack_padded_sequence'],
  signature: 'def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True)',
  shape: '(T, B, *) -> (rows, *)',
  rule: packRule,
  kernel: (k, ctx) => {
    const known = lengthsOf(ctx, k.value('lengths')).known ?? [];
    const batchFirst = k.bool('batch_first');
    const order = k.bool('enforce_sorted') ? undefined : descending(known);
    const input = k.array('input');
    const sorted = order === undefined ? input : indexSelect(input, batchFirst ? 0 : 1, arrayOf(indexVector(ctx, order)));
    return packPadded(sorted, order === undefined ? known : order.map((i) => known[i] as number), batchFirst).data;
  },
  samples: [
    'nn.utils.rnn.pack_padded_sequence(torch.randn(5, 3, 4), [5, 3, 2])',
    'nn.utils.rnn.pack_padded_sequence(torch.randn(3, 5, 4), torch.tensor([2, 5, 3]), batch_first=True, enforce_sorted=False)',
  ],
  errors: [
    ['nn.utils.rnn.pack_padded_sequence(torch.randn(5, 3, 4), [2, 3, 5])', 'pack-lengths'],
    ['nn.utils.rnn.pack_padded_sequence(torch.randn(5, 3, 4), [5, 3])', 'pack-lengths'],
    ['nn.utils.rnn.pack_padded_sequence(torch.randn(5, 3, 0), [5, 3, 2])', 'pack-empty'],
  ],
  doc: 'nn.utils.rnn.pack_padded_sequence',
};
