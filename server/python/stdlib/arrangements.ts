/**
 * Rows of items in the order that Python gives them: products, combinations, permutations.
 */
import type { Value } from '../values.ts';

export function* cartesian(pools: readonly (readonly Value[])[]): Iterable<readonly Value[]> {
  const [first, ...others] = pools;
  if (first === undefined) yield [];
  else for (const item of first) for (const row of cartesian(others)) yield [item, ...row];
}

export function* combinations(items: readonly Value[], r: number, from = 0): Iterable<readonly Value[]> {
  if (r === 0) yield [];
  else for (let i = from; i < items.length; i++) for (const row of combinations(items, r - 1, i + 1)) yield [items[i] as Value, ...row];
}

export function* multisets(items: readonly Value[], r: number, from = 0): Iterable<readonly Value[]> {
  if (r === 0) yield [];
  else for (let i = from; i < items.length; i++) for (const row of multisets(items, r - 1, i)) yield [items[i] as Value, ...row];
}

export function* permutations(items: readonly Value[], r: number): Iterable<readonly Value[]> {
  if (r === 0) yield [];
  else {
    for (let i = 0; i < items.length; i++) {
      const others = [...items.slice(0, i), ...items.slice(i + 1)];
      for (const row of permutations(others, r - 1)) yield [items[i] as Value, ...row];
    }
  }
}
