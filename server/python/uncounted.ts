/**
 * Loops of which nobody knows how often they run, while they are followed, and which faults in them wait until the state is
 * that of any iteration.
 */
import { type Cond, flag } from '../dims/cond.ts';
import { symbol, symbolsOf } from '../dims/dim.ts';
import { mentionedInCond } from '../dims/mentions.ts';
import type { Interpreter } from './interpreter.ts';

/** A loop of unknown length, which is run from a state that holds more and more of its iterations. */
export interface UncountedLoop {
  /** Objects with a smaller number were there before it. */
  readonly before: number;
  /** Symbols and flags of its iterations have higher numbers. */
  readonly newest: { readonly symbol: number; readonly flag: number };
  /** How many conditions hold for all of an iteration. */
  readonly depth: number;
  /** Whether the state holds after any number of iterations. */
  settled: boolean;
  /** Whether something was not reported. */
  doubted: boolean;
}

// Names of flags: two words, as no variable of a program has.

/** The name of the flag that says whether a loop runs at all, which is no condition of the program's. */
export const RUNS = 'loop runs';

/** The name of a flag that says whether an argument is of a class that nobody can read: callers and sizes may go with it. */
export const FOREIGN = 'of a foreign class';

/** The name of a flag that says that something in a `try` may have raised, of which what follows says more than is known. */
export const RAISED = 'something raised';

const withheld = new WeakMap<Interpreter, number>();

/** From here until as many are taken back, nothing is reported: what is run is meant to fail. */
export function withhold(interp: Interpreter, by: 1 | -1): void {
  withheld.set(interp, (withheld.get(interp) ?? 0) + by);
}

export function uncountedLoop(interp: Interpreter): UncountedLoop {
  const newest = { symbol: symbolsOf(symbol('?'))[0]?.id ?? 0, flag: flag('?').id };
  return { before: interp.heap.freshId(), newest, depth: interp.path.length + 1, settled: false, doubted: false };
}

/**
 * Whether a fault stands under a condition that may go together with what is at fault: that this is the tenth iteration,
 * while the state is that of the first; that an argument is of a foreign class, for which the caller gave other sizes; that
 * something raised of which nobody knows what it was. So is what is meant to fail.
 */
export function isDoubted(interp: Interpreter): boolean {
  if ((withheld.get(interp) ?? 0) > 0 || interp.path.some(isHearsay)) return true;
  const loop = interp.uncounted.find(
    ({ settled, newest, depth }) => !settled && interp.path.slice(depth).some((cond) => isYounger(cond, newest)),
  );
  if (loop !== undefined) loop.doubted = true;
  return loop !== undefined;
}

function isHearsay(cond: Cond): boolean {
  if (cond.kind === 'flag') return cond.flag.name === FOREIGN || cond.flag.name === RAISED;
  return (cond.kind === 'and' || cond.kind === 'or') && cond.of.some(isHearsay);
}

function isYounger(cond: Cond, newest: UncountedLoop['newest']): boolean {
  if (cond.kind === 'flag' && cond.flag.name === RUNS) return false;
  for (const token of mentionedInCond(cond)) {
    if (Number(token.slice(1)) > (token.startsWith('s') ? newest.symbol : newest.flag)) return true;
  }
  return false;
}
