/** The arguments of a call, some of which may not be known. */
import type { Content, Rest, Value } from './values.ts';

export interface Arguments {
  readonly args: readonly Value[];
  readonly kwargs: ReadonlyMap<string, Value>;
  /** Unknown further arguments were given. */
  readonly open: boolean;
  /** What the further ones are like, where one starred sequence gave them. */
  readonly rest?: Rest | undefined;
  /** All arguments by position, where a starred one is of unknown length. */
  readonly sequence?: Content | undefined;
}

/** The arguments with one more before them. */
export function after(first: Value, call: Arguments): Arguments {
  const args = [first, ...call.args];
  const { sequence } = call;
  return sequence === undefined ? { ...call, args } : { ...call, args, sequence: { ...sequence, items: [first, ...sequence.items] } };
}
