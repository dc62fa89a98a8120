/**
 * pad_packed_sequence: the rows of a packed sequence back to a padded batch, with the lengths.
 */
import { ge, gt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, mul, symbol } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { indexSelect } from '../kernels/gather.ts';
import { padPacked } from '../kernels/packing.ts';
import type { Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, withoutFirst as dropFirst, withRun } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { arrayOf, NotKnown } from './arguments.ts';
import type { Context } from './context.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import { passOn } from './native-argument.ts';
import { indexVector, isPacked, type PackedArg, readPacked, unknownVector } from './packed.ts';
import { payloadOf } from './tensor.ts';

function padPackedRule(ctx: Context, a: Arguments): Out {
  const value = a.value('sequence');
  if (value.kind === 'unknown' || value.kind === 'choice')
    return tupleOut([ctx.freshTensor('*'), unknownVector(ctx, symbol('?', { least: 0 }))]);
  if (!isPacked(ctx, value)) throw ctx.noAttribute(value, 'batch_sizes');
  const packed = readPacked(ctx, value);
  const total = requireTotal(ctx, a, packed.steps);
  if (packed.data.rank === 0) {
    const text = 'ArrayRef: invalid slice, N = 1; size = 0';
    ctx.fail({
      code: 'rank-mismatch',
      text,
      message: 'pad_packed_sequence: the packed data has no dimensions',
      origins: [packed.data.origin],
    });
  }
  if (a.value('total_length').kind === 'none') warnTrimmed(ctx, packed);
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
        batchFirst === false || (batchFirst === true && packed.unsorted.kind === 'object')
          ? 'contiguous' // as it is put together, or picked from that in the order of the sequences
          : batchFirst === true && dims?.length === 1 && features !== undefined
            ? [features, mul(packed.batch, features), constant(1)]
            : 'unknown',
    }),
    lengthsValue(ctx, packed.sizes, packed.batch, packed.unsorted, packed.steps),
  ]);
}

/** The padded batch is as long as its longest sequence, which may be less than what was packed. */
function warnTrimmed(ctx: Context, { data, steps }: PackedArg): void {
  const { role } = data.payload;
  const padded = role?.kind === 'packed-rows' ? role.padded : undefined;
  if (padded === undefined || ctx.interp.mode === 'run') return;
  ctx.warnIf(gt(padded, steps), () => ({
    code: 'pad-packed-trims',
    message: `pad_packed_sequence: ${ctx.spell(padded)} time steps went in, ${ctx.spell(steps)} come out without \`total_length\``,
    origins: [padded.origin, steps.origin],
  }));
}

function withoutFirst(data: TensorArg): Shape {
  data.size(0);
  const shape = data.shape;
  return dropFirst(shape, 1);
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
  const open = value.kind === 'unknown' || value.kind === 'choice';
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
  if (n !== undefined && longest !== undefined && n < longest) ctx.fail(fault());
  if (['str', 'list', 'tuple', 'dict'].includes(value.kind)) {
    const text = `'<' not supported between instances of '${ctx.interp.typeName(value)}' and 'int'`;
    ctx.fail({ code: 'call-arguments', exception: 'TypeError', text, message: `pad_packed_sequence: ${text}` });
  }
  passOn(ctx, a, '_pad_packed_sequence(Tensor _, Tensor __, bool batch_first, Number padding_value, int total_length)', {
    _: ctx.freshTensor('data'),
    __: ctx.freshTensor('batch_sizes'),
    ...(value.kind === 'none' ? { total_length: ctx.interp.int(steps) } : {}),
  });
  if (value.kind === 'none') return steps;
  if (open) return ctx.interp.asDim(value, true) ?? symbol('?', { least: 0 });
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
  if (!isPacked(ctx, value)) throw new NotKnown('no packed sequence');
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

export const padPackedOp: Operation = {
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
