/**
 * nn.utils.rnn: packing padded batches, padding packed ones, and padding lists of sequences.
 */
import { eq, ge, gt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, max, mul, symbol } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { full } from '../kernels/array.ts';
import { indexSelect } from '../kernels/gather.ts';
import { copyInto } from '../kernels/inplace.ts';
import { batchSizesOf, packPadded, padPacked } from '../kernels/packing.ts';
import { narrow, select, transpose } from '../kernels/views.ts';
import type { Value } from '../python/values.ts';
import { broadcast } from '../shapes/broadcast.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, numelOf, shapeOf, unknownShape, withRun } from '../shapes/shape.ts';
import { apply, valueOfArray } from './apply.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { arrayOf } from './arguments.ts';
import type { Context } from './context.ts';
import { dataOf } from './data.ts';
import type { Operation, Out } from './entry.ts';
import { listOut, tensorOut, tupleOut } from './entry.ts';
import { indexVector, invert, isPacked, PACKED_FIELDS, readPacked, unknownVector } from './packed.ts';
import { payloadOf, TensorPayload } from './tensor.ts';

const ZERO = constant(0);

// ---------------------------------------------------------------- pack_padded_sequence

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
  const converted =
    payloadOf(value) !== undefined
      ? value
      : ctx.interp.object(ctx.state.classes.tensor, dataPayload(ctx, value));
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
    throw ctx.noAttribute(v, enforce === false ? 'device' : 'size');
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
  const count = lengths.open ? (batch ?? symbol('?', { least: 0 })) : (lengths.tensor.size(0) ?? symbol('?', { least: 0 }));
  if (batch !== undefined && selected === undefined) requireCount(ctx, count, batch, x, lengths);
  requireLengths(ctx, lengths, enforce, steps);
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
  const batch = axis === undefined ? undefined : ctx.known(x.size(axis));
  if (count === undefined || batch === undefined || lengths.tensor.rank !== 1) return undefined;
  if (count > batch) {
    const order = lengths.known === undefined ? undefined : descending(lengths.known);
    const first = order?.find((i) => i >= batch);
    ctx.fail({
      code: 'pack-lengths',
      exception: axis === 0 ? 'IndexError' : 'RuntimeError',
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
  if (axis === 0 && (x.rank ?? 3) > 1) return 'index out of range in self';
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
        rank === 0
          ? `Dimension specified as ${axis ?? 1} but tensor has no dimensions`
          : 'Dimension out of range (expected to be in range of [-1, 0], but got 1)',
      origins: [x.origin],
    });
  }
  // Of a shape that ends in known sizes (embeddings of tokens) the first two sizes are others than those.
  ctx.world.limitRank(x.shape, 2 + (x.shape.run === undefined ? 0 : x.shape.tail.length), Number.POSITIVE_INFINITY);
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

const descending = (numbers: readonly number[]): number[] =>
  numbers.map((_, i) => i).sort((p, q) => (numbers[q] as number) - (numbers[p] as number) || p - q);

/** The sizes after the first two. */
function trailing(shape: Shape): Shape {
  if (shape.run === undefined) return shapeOf(shape.head.slice(2));
  if (shape.head.length < 2) return unknownShape();
  return withRun(shape.head.slice(2), shape.run, shape.tail);
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
  const data = tensorOut(withRun([rows, ...rest.head], rest.run, rest.tail), x.dtype);
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

function requireBool(ctx: Context, a: Arguments, native: string, name: string, position: number): void {
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

const packPaddedOp: Operation = {
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

// ---------------------------------------------------------------- pad_packed_sequence

function padPackedRule(ctx: Context, a: Arguments): Out {
  const value = a.value('sequence');
  if (value.kind === 'unknown' || value.kind === 'choice')
    return tupleOut([ctx.freshTensor('*'), unknownVector(ctx, symbol('?', { least: 0 }))]);
  if (!isPacked(ctx, value)) throw ctx.noAttribute(value, 'batch_sizes');
  const packed = readPacked(ctx, value);
  const total = requireTotal(ctx, a, packed.steps);
  const rest = withoutFirst(packed.data);
  const wanted = packed.sizes?.reduce((n, b) => n + b, 0);
  const rows = ctx.known(packed.data.size(0));
  if (wanted !== undefined && rows !== undefined && rows < wanted) failRows(ctx, packed.data, packed.sizes as readonly number[]);
  const batchFirst = a.bool('batch_first');
  const lead =
    batchFirst === true
      ? [packed.batch, total]
      : batchFirst === false
        ? [total, packed.batch]
        : [symbol('?', { least: 0 }), symbol('?', { least: 0 })];
  const dims = dimsOf(rest);
  const features = dims?.reduce((p, q) => ctx.world.facts.simplify(mul(p, q)), constant(1));
  return tupleOut([
    tensorOut(withRun([...lead, ...rest.head], rest.run, rest.tail), packed.data.dtype, {
      layout:
        batchFirst === false
          ? 'contiguous'
          : batchFirst === true && dims?.length === 1 && features !== undefined
            ? [features, mul(packed.batch, features), constant(1)]
            : 'unknown',
    }),
    lengthsValue(ctx, packed.sizes, packed.batch, packed.unsorted, packed.steps),
  ]);
}

function withoutFirst(data: TensorArg): Shape {
  data.size(0);
  const shape = data.shape;
  return withRun(shape.head.slice(1), shape.run, shape.tail);
}

function failRows(ctx: Context, data: TensorArg, sizes: readonly number[]): never {
  const rest = dimsOf(withoutFirst(data)) ?? [];
  const rows = ctx.known(data.size(0)) as number;
  let start = 0;
  for (let t = 0; t < sizes.length; ) {
    const size = sizes[t] as number;
    let run = t;
    while (run < sizes.length && sizes[run] === size) run++;
    const steps = run - t;
    if (start + steps * size > rows) {
      const left = Math.max(0, rows - start);
      const numel = rest.reduce((n, d) => n * (ctx.known(d) ?? Number.NaN), left);
      ctx.fail({
        code: 'shape-mismatch',
        message: `pad_packed_sequence: the packed data has ${rows} rows, fewer than its batch sizes sum to`,
        text: Number.isNaN(numel)
          ? undefined
          : ctx.text`shape '${ctx.list([constant(steps), constant(size), ...rest])}' is invalid for input of size ${numel}`,
        origins: [data.origin],
      });
    }
    start += steps * size;
    t = run;
  }
  throw new Error('the rows are enough');
}

function requireTotal(ctx: Context, a: Arguments, steps: Dim): Dim {
  const value = a.value('total_length');
  if (value.kind === 'none') return steps;
  if (value.kind === 'unknown' || value.kind === 'choice') return ctx.interp.asDim(value, true) ?? symbol('?', { least: 0 });
  const n = ctx.interp.asNumber(value);
  const longest = ctx.known(steps);
  const fault = () => ({
    code: 'pad-total-length',
    exception: 'ValueError',
    message: `pad_packed_sequence: \`total_length\` is ${ctx.interp.repr(value)}, the longest sequence has ${ctx.spell(steps)}`,
    text:
      longest === undefined || n === undefined
        ? undefined
        : `Expected total_length to be at least the length of the longest sequence in input, but got total_length=${ctx.interp.repr(value)} and max sequence length being ${longest}`,
    origins: [steps.origin],
  });
  if (value.kind === 'float') {
    if (n !== undefined && longest !== undefined && n < longest) ctx.fail(fault());
    ctx.fail({
      code: 'call-arguments',
      exception: 'TypeError',
      message: 'pad_packed_sequence: `total_length` is a float',
      text: "_pad_packed_sequence(): argument 'total_length' (position 5) must be int, not float",
    });
  }
  const total = a.int('total_length');
  ctx.require(ge(total, steps), fault);
  return total;
}

function lengthsValue(ctx: Context, sizes: readonly number[] | undefined, batch: Dim, unsorted: Value, steps: Dim): Value {
  if (sizes === undefined) return unknownVector(ctx, batch, steps);
  const lengths = Array.from({ length: sizes[0] ?? 0 }, (_, b) => sizes.filter((rows) => rows > b).length);
  const order = unsorted.kind === 'none' ? undefined : payloadOf(unsorted)?.values?.toFlat();
  return indexVector(ctx, order === undefined ? lengths : order.map((i) => lengths[i] ?? 0));
}

function padPackedKernel(k: KernelArguments, ctx: Context): NdArray {
  const value = k.value('sequence');
  if (!isPacked(ctx, value)) throw new Error('no packed sequence');
  const { data, sizes, unsorted } = readPacked(ctx, value);
  const batchFirst = k.bool('batch_first');
  const { padded } = padPacked(
    { data: arrayOf(data.object), batchSizes: sizes ?? [] },
    batchFirst,
    k.number('padding_value'),
    k.optionalInt('total_length'),
  );
  return unsorted.kind === 'none' ? padded : indexSelect(padded, batchFirst ? 0 : 1, arrayOf(unsorted));
}

const padPackedOp: Operation = {
  names: ['nn.utils.rnn.pad_packed_sequence'],
  signature: 'def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None)',
  shape: '(rows, *) -> (T, B, *), (B)',
  rule: padPackedRule,
  kernel: padPackedKernel,
  samples: ['nn.utils.rnn.pad_packed_sequence(nn.utils.rnn.pack_padded_sequence(torch.randn(5, 3, 4), [5, 3, 2]))'],
  errors: [
    [
      'nn.utils.rnn.pad_packed_sequence(nn.utils.rnn.pack_padded_sequence(torch.randn(5, 3, 4), [5, 3, 2]), total_length=3)',
      'pad-total-length',
    ],
  ],
  doc: 'nn.utils.rnn.pad_packed_sequence',
};

// ---------------------------------------------------------------- pad_sequence, pack_sequence

interface Sequences {
  readonly items: readonly TensorArg[];
  readonly complete: boolean;
  readonly rest: TensorArg | undefined;
}

/** The list of sequences; a tensor stands for its rows. */
function sequencesOf(ctx: Context, value: Value): Sequences | undefined {
  if (value.kind === 'unknown' || value.kind === 'choice') return undefined;
  if (payloadOf(value) !== undefined) {
    const x = ctx.tensorOf(value, 'sequences');
    const dims = x.dims;
    const n = ctx.known(dims?.[0]);
    if (dims === undefined || dims.length === 0) return undefined;
    const row = (i: number): TensorArg => {
      const array = x.values;
      return ctx.tensorOf(
        array !== undefined ? valueOfArray(ctx, select(array, 0, i)) : ctx.tensorLike(x, shapeOf(dims.slice(1))),
        'sequences',
      );
    };
    return n === undefined
      ? { items: [], complete: false, rest: row(0) }
      : { items: Array.from({ length: n }, (_, i) => row(i)), complete: true, rest: undefined };
  }
  const content = ctx.interp.content(value);
  if (content === undefined) {
    if (value.kind === 'iterator' || value.kind === 'object') return undefined;
    return ctx.fail({
      code: 'call-arguments',
      message: `pad_sequence: a list of tensors is needed, not ${ctx.interp.typeName(value)}`,
      text: `pad_sequence: Expected iterable for input sequences, but got arg of type: <class '${ctx.interp.typeName(value)}'>`,
    });
  }
  const element = (v: Value, i: number): TensorArg =>
    ctx.tensorOf(v, 'sequences', (bad) => {
      const type = ctx.interp.typeName(bad);
      ctx.fail({
        code: 'not-a-tensor',
        exception: 'TypeError',
        message: `pad_sequence: element ${i} is ${type}, not a tensor`,
        text: `expected Tensor as element ${i} in argument 0, but got ${type}`,
      });
    });
  return {
    items: content.items.map(element),
    complete: content.rest === undefined,
    rest: content.rest === undefined ? undefined : element(content.rest.element, content.items.length),
  };
}

function padRule(ctx: Context, a: Arguments): Out {
  const sequences = sequencesOf(ctx, a.value('sequences'));
  requireBool(ctx, a, 'pad_sequence', 'batch_first', 2);
  const side = a.string('padding_side');
  if (sequences === undefined) return tensorOut(unknownShape(), undefined, { layout: 'unknown' });
  if (sequences.complete && sequences.items.length === 0) {
    ctx.fail({ code: 'pad-sequence-sizes', message: 'pad_sequence: there are no sequences', text: 'received an empty list of sequences' });
  }
  if (side !== undefined && side !== 'left' && side !== 'right') {
    ctx.fail({
      code: 'invalid-argument',
      message: `pad_sequence: \`padding_side\` is '${side}'`,
      text: `Expected padding_side to be one of left or right, but got ${side}.`,
    });
  }
  return paddedOut(ctx, a, sequences);
}

/** `[max length, batch, *]`; sequences differ in their first size only (a trailing 1 is broadcast). */
function paddedOut(ctx: Context, a: Arguments, sequences: Sequences): Out {
  const all = [...sequences.items, ...(sequences.rest === undefined ? [] : [sequences.rest])];
  const first = all[0] as TensorArg;
  if (first.rank === 0) {
    ctx.fail({
      code: 'rank-mismatch',
      exception: 'IndexError',
      message: 'pad_sequence: a sequence has no dimensions',
      text: 'slice() cannot be applied to a 0-dim tensor.',
      origins: [first.origin],
    });
  }
  ctx.world.limitRank(first.shape, 1, Number.POSITIVE_INFINITY);
  first.size(0);
  const shape = first.shape;
  const rest = withRun(shape.head.slice(1), shape.run, shape.tail);
  for (const t of all.slice(1)) requireTrailing(ctx, first, t);
  const lengths = all.map((t) => t.size(0));
  const longest = sequences.complete && lengths.every((d) => d !== undefined) ? max(...(lengths as Dim[])) : symbol('?', { least: 0 });
  const count = sequences.complete ? constant(sequences.items.length) : symbol('?', { least: 1 });
  const batchFirst = a.bool('batch_first');
  const lead =
    batchFirst === true ? [count, longest] : batchFirst === false ? [longest, count] : [ctx.world.freshSize(), ctx.world.freshSize()];
  return tensorOut(withRun([...lead, ...rest.head], rest.run, rest.tail), first.dtype);
}

function requireTrailing(ctx: Context, first: TensorArg, t: TensorArg): void {
  const [a, b] = [first.dims, t.dims];
  if (a === undefined || b === undefined) return;
  const x = a.slice(1);
  const message = `pad_sequence: sequences are ${ctx.spell(first.shape)} and ${ctx.spell(t.shape)}`;
  const origins = [first.origin, t.origin];
  const target = shapeOf([b[0] as Dim, ...x]);
  const result = broadcast(ctx.world, target, t.shape);
  if ('conflict' in result) {
    const { conflict } = result;
    ctx.fail({
      code: 'pad-sequence-sizes',
      message,
      text: ctx.text`The size of tensor a (${conflict.a}) must match the size of tensor b (${conflict.b}) at non-singleton dimension ${conflict.axis}`,
      origins,
    });
  }
  if (ctx.world.decideEqual(target, result.shape) !== 'no') return;
  ctx.fail({
    code: 'pad-sequence-sizes',
    message,
    text: ctx.text`output with shape ${target} doesn't match the broadcast shape ${result.shape}`,
    origins,
  });
}

/** Numbers: each sequence copied into its place in a tensor full of the padding value. */
function padArrays(arrays: readonly NdArray[], batchFirst: boolean, value: number, left: boolean): NdArray {
  const first = arrays[0] as NdArray;
  const longest = Math.max(...arrays.map((x) => x.shape[0] as number));
  const out = full([arrays.length, longest, ...first.shape.slice(1)], value, first.dtype);
  arrays.forEach((x, i) => {
    const n = x.shape[0] as number;
    copyInto(narrow(select(out, 0, i), 0, left ? longest - n : 0, n), x);
  });
  return batchFirst ? out : transpose(out, 0, 1);
}

function arraysOf(k: KernelArguments, ctx: Context): NdArray[] {
  return (sequencesOf(ctx, k.value('sequences'))?.items ?? []).map((t) => arrayOf(t.object));
}

const padSequenceOp: Operation = {
  names: ['nn.utils.rnn.pad_sequence'],
  signature: "def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side='right')",
  shape: '(L, *) -> (T, B, *)',
  rule: padRule,
  kernel: (k, ctx) => padArrays(arraysOf(k, ctx), k.bool('batch_first'), k.number('padding_value'), k.string('padding_side') === 'left'),
  samples: [
    'nn.utils.rnn.pad_sequence([torch.ones(3, 2), torch.ones(5, 2)])',
    'nn.utils.rnn.pad_sequence([torch.ones(3), torch.ones(5)], batch_first=True)',
  ],
  errors: [['nn.utils.rnn.pad_sequence([torch.ones(3, 2), torch.ones(5, 3)])', 'pad-sequence-sizes']],
  doc: 'nn.utils.rnn.pad_sequence',
};

const packSequenceOp: Operation = {
  names: ['nn.utils.rnn.pack_sequence'],
  signature: 'def pack_sequence(sequences, enforce_sorted=True)',
  shape: '(L, *) -> (rows, *)',
  rule: (ctx, a) => {
    const value = a.value('sequences');
    const sequences = sequencesOf(ctx, value);
    const padded = apply(ctx, padSequenceOp, [value]);
    const lengths =
      sequences === undefined || !sequences.complete
        ? ctx.freshTensor('lengths')
        : ctx.interp.list(sequences.items.map((t) => ctx.interp.int(t.size(0) ?? symbol('?', { least: 0 }))));
    return apply(ctx, packPaddedOp, [padded, lengths], new Map([['enforce_sorted', a.value('enforce_sorted')]]));
  },
  samples: ['nn.utils.rnn.pack_sequence([torch.ones(5, 2), torch.ones(3, 2)])'],
  errors: [['nn.utils.rnn.pack_sequence([torch.ones(3, 2), torch.ones(5, 2)])', 'pack-lengths']],
  doc: 'nn.utils.rnn.pack_sequence',
};

// ---------------------------------------------------------------- unpad_sequence, unpack_sequence

function unpadRule(ctx: Context, a: Arguments): Out | Value {
  const batchFirst = a.bool('batch_first');
  const lengthsGiven = a.value('lengths');
  const x = a.tensor('padded_sequences', (v) => {
    throw ctx.noAttribute(v, 'device');
  });
  const dims = x.dims;
  if (dims !== undefined && dims.length < 2) {
    ctx.fail({
      code: 'rank-mismatch',
      exception: 'IndexError',
      message: `unpad_sequence: the input is ${ctx.spell(x.shape)}`,
      text: 'Dimension out of range (expected to be in range of [-1, 0], but got 1)',
      origins: [x.origin],
    });
  }
  const lengths = ctx.tensorOf(lengthsGiven, 'lengths', (v) => {
    throw ctx.noAttribute(v, 'device');
  });
  const known = lengths.values?.toFlat();
  const batch = ctx.known(batchFirst === false ? dims?.[1] : batchFirst === true ? dims?.[0] : undefined);
  const limit = ctx.known(batchFirst === false ? dims?.[0] : dims?.[1]);
  if (dims === undefined || known === undefined || batch === undefined)
    return ctx.interp.list({ items: [], rest: { element: ctx.freshTensor('*'), length: symbol('?', { least: 0 }) } });
  const count = Math.min(batch, known.length);
  return listOut(
    known
      .slice(0, count)
      .map((n) => tensorOut(shapeOf([constant(Math.max(0, Math.min(n, limit ?? n))), ...dims.slice(2)]), x.dtype, { layout: 'unknown' })),
  );
}

const unpadOp: Operation = {
  names: ['nn.utils.rnn.unpad_sequence'],
  signature: 'def unpad_sequence(padded_sequences, lengths, batch_first=False)',
  shape: '(T, B, *), (B) -> (L, *)',
  rule: unpadRule,
  kernel: (k) => {
    const x = k.bool('batch_first') ? k.array('padded_sequences') : transpose(k.array('padded_sequences'), 0, 1);
    return k
      .array('lengths')
      .toFlat()
      .slice(0, x.shape[0])
      .map((n, i) => narrow(select(x, 0, i), 0, 0, Math.min(n, x.shape[1] as number)));
  },
  samples: ['nn.utils.rnn.unpad_sequence(torch.ones(5, 2, 3), torch.tensor([5, 2]))'],
  doc: 'nn.utils.rnn.unpad_sequence',
};

const unpackOp: Operation = {
  names: ['nn.utils.rnn.unpack_sequence'],
  signature: 'def unpack_sequence(packed_sequences)',
  shape: '(rows, *) -> (L, *)',
  rule: (ctx, a) => {
    const padded = apply(ctx, padPackedOp, [a.value('packed_sequences')], new Map([['batch_first', ctx.interp.bool(true)]]));
    const items = ctx.interp.content(padded)?.items ?? [];
    return apply(ctx, unpadOp, items, new Map([['batch_first', ctx.interp.bool(true)]]));
  },
  samples: ['nn.utils.rnn.unpack_sequence(nn.utils.rnn.pack_sequence([torch.ones(5, 2), torch.ones(3, 2)]))'],
  doc: 'nn.utils.rnn.unpack_sequence',
};

export const PACKING: readonly Operation[] = [packPaddedOp, padPackedOp, padSequenceOp, packSequenceOp, unpadOp, unpackOp];
