/**
 * Strides of tensors over symbolic sizes: what `view` may do without copying.
 * Source: PyTorch 2.13, `computeStride` in ATen/TensorUtils.cpp, with three-valued decisions.
 */
import type { Decision } from '../dims/cond.ts';
import { and, eq, lt, or } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, max, mul } from '../dims/dim.ts';
import { product } from './shape.ts';
import type { World } from './world.ts';

const one = constant(1);

/** Row-major strides in elements: `[a, b, c]` has `[b*c, c, 1]`, where a size of 0 counts as 1. */
export function contiguousStrides(sizes: readonly Dim[]): Dim[] {
  const strides: Dim[] = [];
  let next = one;
  for (let i = sizes.length - 1; i >= 0; i--) {
    strides.unshift(next);
    next = mul(next, max(sizes[i] as Dim, one));
  }
  return strides;
}

/** Whether strides are row-major for the sizes; the stride of a size of 1 does not matter. */
export function decideContiguous(world: World, sizes: readonly Dim[], strides: readonly Dim[]): Decision {
  const wanted = contiguousStrides(sizes);
  return world.facts.decide(and(...sizes.map((size, i) => or(eq(size, one), eq(strides[i] as Dim, wanted[i] as Dim)))));
}

interface Chunk {
  readonly numel: Dim;
  /** The stride of the chunk's last size. */
  readonly base: Dim;
}

/**
 * The strides of a view with `newSizes` (which have the same number of elements), `incompatible` where PyTorch would ask for
 * `reshape`, `unknown` where that depends on sizes.
 */
export function viewStrides(
  world: World,
  sizes: readonly Dim[],
  strides: readonly Dim[],
  newSizes: readonly Dim[],
): Dim[] | 'incompatible' | 'unknown' {
  const { facts } = world;
  if (sizes.length === 0) return newSizes.map(() => one);
  const empty = facts.decide(eq(product(sizes), constant(0)));
  if (empty === 'yes') return contiguousStrides(newSizes);
  const chunks = chunksOf(world, sizes, strides);
  if (chunks === undefined) return 'unknown';
  const result: Dim[] = [];
  let at = newSizes.length - 1;
  // Whether the chunks so far end where they end for every assignment; a refusal needs that.
  let sure = empty === 'no';
  for (const [i, { numel, base }] of chunks.entries()) {
    let filled = one;
    for (;;) {
      const size = newSizes[at];
      const full = facts.decide(eq(filled, numel));
      if (full === 'yes') {
        // As many elements on both sides: what is left over after the last chunk are sizes of 1.
        const joins = size !== undefined && (i === chunks.length - 1 || facts.decide(eq(size, one)) === 'yes');
        if (!joins) break;
      } else {
        const over = full === 'no' ? facts.decide(lt(numel, filled)) : 'unknown';
        if (over === 'yes' || size === undefined) return sure && full === 'no' ? 'incompatible' : 'unknown';
        if (over === 'unknown') sure = false;
      }
      if (size === undefined) break;
      result.unshift(mul(filled, base));
      filled = full === 'yes' ? filled : mul(filled, size);
      at--;
    }
  }
  return at < 0 ? result : 'unknown';
}

/** From the last size on, the sizes that lie in memory as one; `undefined` where that depends on sizes. */
function chunksOf(world: World, sizes: readonly Dim[], strides: readonly Dim[]): Chunk[] | undefined {
  const chunks: Chunk[] = [];
  let numel = one;
  let base = strides.at(-1) as Dim;
  for (let i = sizes.length - 1; i >= 0; i--) {
    numel = mul(numel, sizes[i] as Dim);
    if (i > 0) {
      const size = sizes[i - 1] as Dim;
      const joins = world.facts.decide(or(eq(size, one), eq(strides[i - 1] as Dim, mul(numel, base))));
      if (joins === 'unknown') return undefined;
      if (joins === 'yes') continue;
    }
    chunks.push({ numel, base });
    if (i > 0) {
      base = strides[i - 1] as Dim;
      numel = one;
    }
  }
  return chunks;
}
