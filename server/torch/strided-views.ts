/**
 * Views that memory does not allow: a tensor whose dimensions were exchanged, seen in a shape that joins what does not lie
 * together. Which views those are is `viewStrides`'s matter.
 */
import { eq, ge } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, floorDiv, mapAtoms, mod, mul, rebuild, sub, symbol, valueOf } from '../dims/dim.ts';
import { soleAtom } from '../dims/polynomial.ts';
import type { Shape } from '../shapes/shape.ts';
import { viewStrides } from '../shapes/strides.ts';
import type { World } from '../shapes/world.ts';
import type { TensorArg } from './arguments.ts';
import type { Context } from './context.ts';

const STRIDED =
  "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead.";

const stridedMessage = (ctx: Context, x: TensorArg, shape: Shape): string =>
  `${ctx.name}: ${ctx.spell(x.shape)} is not contiguous in memory, so it cannot be seen as ${ctx.spell(shape)} without a copy`;

export function failStrided(ctx: Context, x: TensorArg, shape: Shape): never {
  return ctx.fail({ code: 'view-not-contiguous', message: stridedMessage(ctx, x, shape), text: STRIDED });
}

/**
 * Symbolic sizes that are 1 or 0 would let the view through; with every other size it raises. An error where the program gave
 * them names when it took a shape apart, a warning elsewhere.
 */
export function refuseStrided(
  ctx: Context,
  x: TensorArg,
  from: readonly Dim[],
  strides: readonly Dim[],
  to: readonly Dim[],
  shape: Shape,
): void {
  const { world } = ctx;
  const opened: Opened = new Map();
  // What a quotient is made of does not matter here.
  const open = (dims: readonly Dim[]): Dim[] => dims.map((d) => withoutQuotients(opened, d));
  const [sizes, steps, wanted] = [open(from), open(strides), open(to)].map((dims) => dims.map((d) => divided(world, opened, d))) as [
    Dim[],
    Dim[],
    Dim[],
  ];
  const refused = (): boolean => {
    for (const { stands, quotient } of opened.values()) {
      const { least } = world.facts.bounds(quotient);
      if (least > 0 && !world.facts.assume(ge(stands, constant(least)))) return false;
    }
    return viewStrides(world, sizes, steps, wanted) === 'incompatible';
  };
  if (ctx.facts.presuming([...from, ...to], refused)) failStrided(ctx, x, shape);
  const mark = world.trail.mark();
  let doubtful = false;
  try {
    doubtful = [...sizes, ...wanted].every((d) => valueOf(d) !== undefined || world.facts.assume(ge(d, constant(2)))) && refused();
  } finally {
    world.trail.undo(mark);
  }
  if (doubtful) ctx.warn({ code: 'view-maybe-not-contiguous', message: stridedMessage(ctx, x, shape) });
}

/** Quotients, and the sizes that stand for them. */
type Opened = Map<string, { readonly stands: Dim; readonly quotient: Dim; readonly left: Dim; readonly right: Dim }>;

/** What is known to be a multiple of something, written as that many times it. */
function divided(world: World, opened: Opened, size: Dim): Dim {
  return mapAtoms(size, (atom) => {
    if (atom.kind !== 'symbol') return undefined;
    for (const { stands, left, right } of opened.values()) {
      const whole = soleAtom(left) === atom && world.facts.decide(eq(mod(left, right), constant(0))) === 'yes';
      if (whole) return mul(right, stands);
    }
    return undefined;
  });
}

/** The size with a symbol for each quotient in it; `a % b` is `a - b*(a//b)`. */
function withoutQuotients(opened: Opened, size: Dim): Dim {
  return mapAtoms(size, (atom) => {
    if (atom.kind === 'symbol') return undefined;
    if (atom.kind !== 'floorDiv' && atom.kind !== 'mod') return rebuild(atom, (part) => withoutQuotients(opened, part));
    const { left, right } = atom;
    const key = `${left.key}//${right.key}`;
    const found = opened.get(key) ?? { stands: symbol('?', { least: 0 }), quotient: floorDiv(left, right), left, right };
    opened.set(key, found);
    return atom.kind === 'floorDiv' ? found.stands : sub(left, mul(right, found.stands));
  });
}
