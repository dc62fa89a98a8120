/**
 * What names of sizes say beyond being names, where annotations declare them or a shape is unpacked into them: sizes with names
 * of their own differ, and are not always 1. An operation that could run only if two such sizes happened to be equal is a
 * mistake, though some call might get through.
 */
import { ge, ne } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, isMeasured, same, symbolsOf } from '../dims/dim.ts';
import { soleAtom } from '../dims/polynomial.ts';
import type { World } from '../shapes/world.ts';
import type { DeclaredNames } from './declared-names.ts';

/** What everybody calls a batch's size. */
const BATCH = /^(?:b|bs|bsz|batch|batch_?size|batch_?dim|n_?batch)$/i;

/** Of sound and of grey images there is one channel. */
const CHANNELS = /^(?:n_?)?(?:c|ch|chans?|channels?)$/i;

/** From here on a free size is beyond what a program would call small. */
const MANY = constant(64);
const TWO = constant(2);

const isFree = (dim: Dim): boolean => soleAtom(dim)?.kind === 'symbol';

/** How often something is repeated may well be once. */
export const COUNTS = /layer|direction|head|group|channel/i;

/** States for a name that was bound what holds of its size beside those bound before: sizes with different names differ. */
export function presumeApart(world: World, names: DeclaredNames, name: string, dim: Dim): void {
  const { facts } = world;
  if (!isFree(dim)) return;
  if (names.isGiven(name) && !COUNTS.test(name)) facts.presume(ge(dim, TWO));
  facts.presume(ge(dim, MANY), true);
  for (const [other, size] of names.bound()) if (other !== name && isFree(size) && !same(size, dim)) facts.presume(ne(dim, size));
}

/** Whether a size follows from sizes that tensors came with, and from nothing else. */
function comesFrom(dim: Dim): boolean {
  const symbols = symbolsOf(dim);
  return symbols.length > 0 && symbols.every((symbol) => symbol.measured === true);
}

/**
 * `b, t, _ = x.shape`: what gets a name of its own is not always 1, and a batch is as large as it is whatever is in it. What the
 * program itself chose may well be 1 where it is compared with a number.
 */
export function presumeUnpacked(world: World, names: readonly (string | undefined)[], dims: readonly (Dim | undefined)[]): void {
  const { facts } = world;
  names.forEach((name, i) => {
    const dim = dims[i];
    if (name === undefined || name.startsWith('_') || dim === undefined) return;
    facts.presume(ge(dim, TWO), !comesFrom(dim) || CHANNELS.test(name));
    if (!isMeasured(dim) || !BATCH.test(name)) return;
    for (const other of dims) if (other !== undefined && isMeasured(other) && !same(other, dim)) facts.presume(ne(dim, other));
  });
}

/** States that an integer argument is a size of its own beside those that were declared. */
export function presumeArgument(world: World, names: DeclaredNames, name: string, dim: Dim): void {
  if (!isFree(dim)) return;
  for (const [other, size] of names.bound()) if (other !== name && isFree(size) && !same(size, dim)) world.facts.presume(ne(dim, size));
}

/** States that a constructor argument that documentation names as an axis is a size of its own beside the constructor's others. */
export function presumeOwn(world: World, names: DeclaredNames, axes: readonly string[]): void {
  const others = names.ofConstructor();
  for (const [name, dim] of others) {
    if (!axes.includes(name) || !isFree(dim)) continue;
    for (const [other, size] of others) if (other !== name && isFree(size) && !same(size, dim)) world.facts.presume(ne(dim, size));
  }
}
