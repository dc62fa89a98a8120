/** Finds the name somebody meant. */
import type { Fault } from './faults.ts';

/** What a fault about an unknown name says, with the name that was probably meant. */
export function suggest(text: string, name: string, candidates: Iterable<string>): Pick<Fault, 'message' | 'misspelt'> {
  const meant = nearest(name, candidates);
  return meant === undefined ? { message: text } : { message: `${text}; there is '${meant}'`, misspelt: { name, meant } };
}

/** The candidate nearest to `name` by edit distance, where one is near enough to be a slip of the fingers. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.min(2, Math.max(1, Math.floor(name.length / 4))) + 1;
  for (const candidate of candidates) {
    if (candidate === name || candidate.startsWith('__')) continue;
    // Of one or two letters any other name is near; only the case can be told to be a slip.
    if (name.length < 3 && candidate.toLowerCase() !== name.toLowerCase()) continue;
    const d = distance(name, candidate, least);
    if (d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let d = Math.min((previous[j] as number) + 1, (row[j - 1] as number) + 1, (previous[j - 1] as number) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d = Math.min(d, (older[j - 2] as number) + 1);
      row.push(d);
    }
    older = previous;
    previous = row;
  }
  return previous[b.length] as number;
}
