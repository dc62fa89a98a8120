/**
 * Lists of sequences: padding them to one tensor, packing them, and taking padded or packed ones apart again.
 */
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, max, symbol } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { full } from '../kernels/array.ts';
import { copyInto } from '../kernels/inplace.ts';
import { contiguous, narrow, select, transpose } from '../kernels/views.ts';
import type { Value } from '../python/values.ts';
import { broadcast } from '../shapes/broadcast.ts';
import { shapeOf, unknownShape, withoutFirst, withRun } from '../shapes/shape.ts';
import { apply, valueOfArray } from './apply.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { arrayOf } from './arguments.ts';
import type { Context } from './context.ts';
import type { Operation, Out } from './entry.ts';
import { listOut, tensorOut } from './entry.ts';
import { passOn } from './native-argument.ts';
import { packPaddedOp } from './packing.ts';
import { padPackedOp } from './padding-packed.ts';
import { payloadOf } from './tensor.ts';

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
  passOn(ctx, a, 'pad_sequence(object _, bool batch_first, float padding_value, str padding_side)', { _: a.value('sequences') });
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

const NO_DIMENSIONS = { exception: 'IndexError', text: 'Dimension specified as 0 but tensor has no dimensions' } as const;

/** `[max length, batch, *]`; sequences differ in their first size only (a trailing 1 is broadcast). */
function paddedOut(ctx: Context, a: Arguments, sequences: Sequences): Out {
  const all = [...sequences.items, ...(sequences.rest === undefined ? [] : [sequences.rest])];
  const first = all[0] as TensorArg;
  for (const [i, t] of all.entries()) {
    if (t.rank !== 0) continue;
    ctx.fail({
      ...(i === 0 ? { text: 'ArrayRef: invalid slice, N = 1; size = 0' } : NO_DIMENSIONS),
      code: 'rank-mismatch',
      message: 'pad_sequence: a sequence has no dimensions',
      origins: [t.origin],
    });
  }
  ctx.world.limitRank(first.shape, 1, Number.POSITIVE_INFINITY);
  first.size(0);
  const shape = first.shape;
  const rest = withoutFirst(shape, 1);
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
  return batchFirst ? out : contiguous(transpose(out, 0, 1));
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

/** `v.size(0)` of each sequence. */
function requireLengths(ctx: Context, value: Value): void {
  const { interp } = ctx;
  if (['int', 'float', 'bool', 'none'].includes(value.kind)) {
    const text = `'${interp.typeName(value)}' object is not iterable`;
    ctx.fail({ code: 'call-arguments', exception: 'TypeError', text, message: `pack_sequence: ${text}` });
  }
  const lone = payloadOf(value) === undefined ? undefined : ctx.tensorOf(value, 'sequences');
  if (lone?.rank === 0) {
    ctx.fail({
      code: 'rank-mismatch',
      exception: 'TypeError',
      text: 'iteration over a 0-d tensor',
      message: 'pack_sequence: a tensor without dimensions',
    });
  }
  const items = lone === undefined && (value.kind === 'list' || value.kind === 'tuple') ? (interp.content(value)?.items ?? []) : [];
  const sequences = items.map((item) =>
    ctx.tensorOf(item, 'sequences', (v) => {
      throw ctx.noAttribute(v, 'size');
    }),
  );
  if (lone?.rank !== 1 && !sequences.some((t) => t.rank === 0)) return;
  ctx.fail({ ...NO_DIMENSIONS, code: 'rank-mismatch', message: 'pack_sequence: a sequence has no dimensions' });
}

const packSequenceOp: Operation = {
  names: ['nn.utils.rnn.pack_sequence'],
  signature: 'def pack_sequence(sequences, enforce_sorted=True)',
  shape: '(L, *) -> (rows, *)',
  rule: (ctx, a) => {
    const value = a.value('sequences');
    requireLengths(ctx, value);
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

function unpadRule(ctx: Context, a: Arguments): Out | Value {
  const batchFirst = a.bool('batch_first');
  const x = a.tensor('padded_sequences', (v) => {
    throw ctx.noAttribute(v, batchFirst === false ? 'transpose_' : 'shape');
  });
  const dims = x.dims;
  if (dims !== undefined && dims.length < 2) {
    ctx.fail({
      code: 'rank-mismatch',
      exception: 'IndexError',
      message: `unpad_sequence: the input is ${ctx.spell(x.shape)}`,
      text: batchFirst === true ? 'tuple index out of range' : 'Dimension out of range (expected to be in range of [-1, 0], but got 1)',
      origins: [x.origin],
    });
  }
  const lengths = a.tensor('lengths', (v) => {
    throw ctx.noAttribute(v, 'device');
  });
  if (lengths.rank === 0) {
    const text = 'iteration over a 0-d tensor';
    ctx.fail({ code: 'rank-mismatch', exception: 'TypeError', text, message: 'unpad_sequence: the lengths are one number' });
  }
  const known = lengths.rank === 1 ? lengths.values?.toFlat() : undefined;
  const batch = batchFirst === false ? dims?.[1] : batchFirst === true ? dims?.[0] : undefined;
  const count = lengths.size(0);
  if (batch !== undefined && count !== undefined) requireAsMany(ctx, x, lengths, [batch, count]);
  const limit = ctx.known(batchFirst === false ? dims?.[0] : dims?.[1]);
  if (dims === undefined || known === undefined || ctx.known(batch) === undefined)
    return ctx.interp.list({ items: [], rest: { element: ctx.freshTensor('*'), length: count ?? symbol('?', { least: 0 }) } });
  return listOut(
    known.map((n) =>
      tensorOut(shapeOf([constant(Math.max(0, Math.min(Math.ceil(n), limit ?? n))), ...dims.slice(2)]), x.dtype, { layout: 'unknown' }),
    ),
  );
}

/** Sequences and lengths go in pairs. */
function requireAsMany(ctx: Context, x: TensorArg, lengths: TensorArg, [batch, count]: readonly [Dim, Dim]): void {
  ctx.require(eq(count, batch), () => {
    const [given, wanted] = [ctx.known(count), ctx.known(batch)];
    return {
      code: 'pack-lengths',
      exception: 'ValueError',
      message: `unpad_sequence: ${ctx.spell(count)} lengths for a batch of ${ctx.spell(batch)}`,
      text:
        given === undefined || wanted === undefined
          ? undefined
          : `zip() argument 2 is ${given < wanted ? 'shorter' : 'longer'} than argument 1`,
      origins: [lengths.origin ?? count.origin, batch.origin ?? x.origin],
    };
  });
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
