/**
 * Subscripts of a recurrent layer's results that run and are very likely wrong: the last sample taken for the last step,
 * the first layer for the last, one end of a bidirectional output for its final state.
 */
import type { Dim } from '../dims/dim.ts';
import type { TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import type { Subscript } from './subscript.ts';

/** Warns about one subscript, if the tensor is known to be a recurrent layer's. */
export function warnRecurrent(ctx: Context, x: TensorArg, items: readonly Subscript[]): void {
  const { role } = x.payload;
  // Of a rank that is not known, `[:, -1]` is still a step of a batch, while `[-1]` may be the last step of one sequence.
  if (role === undefined || (x.rank !== 3 && (x.rank !== undefined || items.length < 2))) return;
  const numberAt = (at: number): number | undefined => {
    const item = items[at];
    return item?.kind === 'number' ? ctx.known(item.at) : undefined;
  };
  const whole = (at: number): boolean => {
    const item = items[at];
    return item === undefined || (item.kind === 'slice' && item.known && isWhole(item.start, item.stop));
  };
  if (role.kind === 'recurrent-state') {
    const several = (role.layers ?? 1) > 1;
    if (several && items.length === 1 && numberAt(0) === 0) {
      ctx.warn({
        code: 'rnn-first-layer-state',
        message: `\`[0]\` of the state of ${role.layers} layers is the first layer's, the last layer's is \`[-1]\``,
        origins: [x.origin],
      });
    }
    return;
  }
  if (role.kind !== 'recurrent-output') return;
  if (role.batchFirst === true && numberAt(0) === -1 && whole(1) && whole(2)) {
    ctx.warn({
      code: 'rnn-last-step',
      message: `\`[-1]\` of a batch-first output is the last sample of the batch, the last time step is \`[:, -1]\``,
      origins: [x.origin],
    });
    return;
  }
  const step = role.batchFirst === true ? (whole(0) && items.length > 1 ? numberAt(1) : undefined) : numberAt(0);
  if (role.bidirectional === true && role.batchFirst !== undefined && step === -1 && whole(2) && (role.batchFirst || whole(1))) {
    ctx.warn({
      code: 'rnn-bidirectional-last-step',
      message: 'at the last step the backward direction has seen one element only; its final state is at the first step',
      origins: [x.origin],
    });
  }
}

const isWhole = (start: Dim | undefined, stop: Dim | undefined): boolean => start === undefined && stop === undefined;
