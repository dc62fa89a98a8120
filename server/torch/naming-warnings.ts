/**
 * Warnings from what sizes are called: a batch or a time that stands where the layer takes something else. Such a call runs
 * and mixes samples up. Sizes without such names are never warned of.
 */
import type { TensorArg } from './arguments.ts';
import type { Context, FaultParts } from './context.ts';

const BATCH_NAME = /^(B|bs|bsz|nbatch|n_batch|batch|batch_size|batchsize|num_samples)$/i;
const TIME_NAME = /^(T|L|seq|seq_len|seq_length|seqlen|sequence_length|time|times|steps|timesteps|time_steps|n_steps|max_len|length)$/i;
const SPACE_NAME = /^(H|W|height|width|img_size|image_size)$/i;

/** Whether a size, as it is spelled, is named for a batch. */
export const isBatchName = (spelled: string): boolean => BATCH_NAME.test(spelled);

/** What is wrong where a sequence layer that takes `[T, B, F]`, with `batch_first` `[B, T, F]`, is given the other. */
export function orderFault(ctx: Context, x: TensorArg, batchFirst: boolean | undefined): FaultParts | undefined {
  if (batchFirst === undefined || x.rank !== 3 || ctx.interp.mode === 'run') return undefined;
  const dims = x.dims ?? [];
  const [first, second] = dims.map((d) => ctx.spell(d)) as [string, string];
  const [batch, time] = batchFirst ? [second, first] : [first, second];
  if (!BATCH_NAME.test(batch) || !TIME_NAME.test(time)) return undefined;
  return {
    code: 'batch-first-mismatch',
    message: `${ctx.name} with \`batch_first=${batchFirst ? 'True' : 'False'}\` takes ${ctx.spell(x.shape)} as ${batchFirst ? 'batch, time' : 'time, batch'}`,
    origins: [dims[0]?.origin ?? x.origin],
  };
}

export function warnOrder(ctx: Context, x: TensorArg, batchFirst: boolean | undefined): void {
  const fault = orderFault(ctx, x, batchFirst);
  if (fault !== undefined) ctx.warn(fault);
}

/** A recurrent layer given `[B, F]`, which it takes as one sequence of B steps. */
export function warnUnbatched(ctx: Context, x: TensorArg): void {
  if (x.rank !== 2 || ctx.interp.mode === 'run') return;
  const [first] = x.dims ?? [];
  if (first === undefined || !BATCH_NAME.test(ctx.spell(first))) return;
  ctx.warn({
    code: 'rnn-unbatched',
    message: `${ctx.name} takes the 2-D input ${ctx.spell(x.shape)} as one sequence of ${ctx.spell(first)} steps`,
    origins: [first.origin ?? x.origin],
  });
}

/** A convolution over `n` dimensions: `[C, *space]` or `[B, C, *space]`, given a batch, a time or an extent for its channels. */
export function warnChannelPlace(ctx: Context, x: TensorArg, n: number): void {
  const channels = x.dims?.[x.dims.length - n - 1];
  if (channels === undefined || ctx.interp.mode === 'run') return;
  const name = ctx.spell(channels);
  const batched = x.rank === n + 2;
  if (batched ? !TIME_NAME.test(name) && !(n > 1 && SPACE_NAME.test(name)) : !BATCH_NAME.test(name)) return;
  const taken = batched ? 'as the number of channels' : `as the channels of one sample without a batch`;
  ctx.warn({
    code: 'conv-size-order',
    message: `${ctx.name} takes ${name} of ${ctx.spell(x.shape)} ${taken}`,
    origins: [channels.origin ?? x.origin],
  });
}

/** Batch normalisation of `[B, C, L]`, given `[B, L, C]`: by the name of the size, or because the layer before puts its features last. */
export function normOrderFault(ctx: Context, x: TensorArg): FaultParts | undefined {
  const channels = x.dims?.[1];
  if (channels === undefined || x.rank !== 3 || ctx.interp.mode === 'run') return undefined;
  const { role } = x.payload;
  const featuresLast = role?.kind === 'embedding-output' || (role?.kind === 'recurrent-output' && role.batchFirst === true);
  if (!featuresLast && !TIME_NAME.test(ctx.spell(channels))) return undefined;
  return {
    code: 'norm-size-order',
    message: `${ctx.name} takes ${ctx.spell(channels)} of ${ctx.spell(x.shape)} as the number of channels`,
    origins: [channels.origin ?? x.origin],
  };
}
