/**
 * Tensors put together along a dimension: cat, stack and their kin. Lists whose length is not known (built in a loop) join
 * too: what their items have in common is taken for each.
 * Source of the order of checks: PyTorch 2.13, ATen/native/TensorShape.cpp.
 */

import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, max, min, mul } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import type { DType } from '../kernels/dtype.ts';
import { promote } from '../kernels/dtype.ts';
import { cat as catArrays, stack as stackArrays } from '../kernels/join.ts';
import { reshape } from '../kernels/views.ts';
import type { Node } from '../python/syntax.ts';
import { replaceAxis, unsqueeze } from '../shapes/axes.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, product, rankOf, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import { failAxis } from './axis.ts';
import type { Context, FaultParts } from './context.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { isUnexpanded } from './measured-sizes.ts';
import type { Bounds } from './tensor.ts';
import { sequenceContent } from './types.ts';

/** The tensors of a list; `more` says how many times the last one stands for further ones. */
export interface TensorList {
  readonly items: readonly TensorArg[];
  readonly rest: { readonly element: TensorArg; readonly length: Dim } | undefined;
}

/** Reads a list of tensors. Raises TypeError for what is no tensor; undefined where nothing is known of the list. */
export function tensorList(ctx: Context, a: Arguments, name: string): TensorList | undefined {
  const content = sequenceContent(a.value(name));
  if (content === undefined) return undefined;
  const refuse = (i: number) => (value: Parameters<typeof ctx.interp.typeName>[0]) =>
    ctx.fail({
      code: 'not-a-tensor',
      exception: 'TypeError',
      message: `${ctx.name}: element ${i} is no tensor`,
      text: `expected Tensor as element ${i} in argument 0, but got ${ctx.interp.typeName(value)}`,
    });
  const items = content.items.map((item, i) => ctx.tensorOf(item, `tensors[${i}]`, refuse(i)));
  const rest =
    content.rest === undefined
      ? undefined
      : { element: ctx.tensorOf(content.rest.element, 'tensors', refuse(items.length)), length: content.rest.length };
  return { items, rest };
}

/** The common dtype; undefined where one is not known. */
export function commonType(tensors: readonly TensorArg[]): DType | undefined {
  let result: DType | undefined;
  for (const x of tensors) {
    if (x.dtype === undefined) return undefined;
    result = result === undefined ? x.dtype : promote(result, x.dtype);
  }
  return result;
}

function commonBounds(tensors: readonly TensorArg[]): Bounds | undefined {
  const pick = (side: 'least' | 'greatest', of: typeof min): Dim | undefined => {
    const all = tensors.map((x) => x.bounds?.[side]);
    return all.includes(undefined) || all.length === 0 ? undefined : of(...(all as Dim[]));
  };
  const [least, greatest] = [pick('least', min), pick('greatest', max)];
  return least === undefined && greatest === undefined ? undefined : { least, greatest };
}

const zero = constant(0);
const one = constant(1);

/** One tensor to concatenate, by the shape that takes part. */
interface Part {
  readonly tensor: TensorArg;
  readonly shape: Shape;
  /** How many times it is there. */
  readonly count: Dim;
}

const partsOf = (list: TensorList, shape: (x: TensorArg) => Shape): Part[] => [
  ...list.items.map((tensor) => ({ tensor, shape: shape(tensor), count: one })),
  ...(list.rest === undefined ? [] : [{ tensor: list.rest.element, shape: shape(list.rest.element), count: list.rest.length }]),
];

/** An empty 1-D tensor takes no part, whatever the others are. */
const takesPart = (ctx: Context, shape: Shape): boolean => {
  const dims = dimsOf(ctx.world.resolve(shape));
  return !(dims?.length === 1 && ctx.known(dims[0]) === 0);
};

/** `[*, n1, *], [*, n2, *], … -> [*, n1 + n2 + …, *]` */
function concatenated(ctx: Context, all: readonly Part[], dim: Dim): Out {
  const dtype = commonType(all.map((p) => p.tensor));
  const more = { bounds: commonBounds(all.map((p) => p.tensor)) };
  for (const [i, part] of all.entries()) {
    if (rankOf(ctx.world.resolve(part.shape)) === 0) {
      ctx.fail({
        code: 'rank-mismatch',
        message: `${ctx.name}: tensor ${i} has no dimensions`,
        text: `zero-dimensional tensor (at position ${i}) cannot be concatenated`,
        origins: [part.tensor.origin],
      });
    }
  }
  const parts = all.filter((p) => takesPart(ctx, p.shape));
  const first = parts[0];
  if (first === undefined) return tensorOut(shapeOf([zero]), dtype, more);
  const axis = ctx.known(dim);
  const known = rankOf(ctx.world.resolve((parts.find((p) => rankOf(ctx.world.resolve(p.shape)) !== undefined) ?? first).shape));
  if (axis !== undefined && known !== undefined && (axis < -Math.max(known, 1) || axis >= Math.max(known, 1)))
    failAxisOf(ctx, first, known, axis);
  if (known !== undefined) {
    for (const part of parts) {
      ctx.requireRank(part.shape, [known], (rank) => ({
        code: 'rank-mismatch',
        message: `${ctx.name}: tensors with ${known} and ${rank} dimensions`,
        text: `Tensors must have same number of dimensions: got ${rankOf(ctx.world.resolve(first.shape)) ?? known} and ${rank}`,
        origins: [first.tensor.origin, part.tensor.origin],
      }));
    }
  }
  if (axis === undefined) return tensorOut(known === undefined ? unknownShape() : unknownShape(undefined, known, known), dtype, more);
  return known === undefined
    ? tensorOut(joinUnknown(ctx, parts, axis), dtype, more)
    : tensorOut(joinKnown(ctx, parts, axis < 0 ? axis + known : axis), dtype, more);
}

function failAxisOf(ctx: Context, first: Part, rank: number, axis: number): never {
  if (rankOf(first.tensor.shape) === rank) failAxis(ctx, first.tensor, axis);
  return ctx.fail({
    code: 'dim-out-of-range',
    exception: 'IndexError',
    message: `${ctx.name}: there is no dimension ${axis} in tensors with ${rank} dimensions`,
    text: `Dimension out of range (expected to be in range of [${-Math.max(rank, 1)}, ${Math.max(rank, 1) - 1}], but got ${axis})`,
  });
}

function joinKnown(ctx: Context, parts: readonly Part[], axis: number): Shape {
  const sizesOf = (part: Part): readonly Dim[] => dimsOf(ctx.world.resolve(part.shape)) as readonly Dim[];
  const first = parts[0] as Part;
  let total = zero;
  for (const [index, part] of parts.entries()) {
    const sizes = sizesOf(part);
    sizes.forEach((size, at) => {
      const expected = sizesOf(first)[at] as Dim;
      if (at === axis || index === 0) return;
      const fault = (): FaultParts => ({
        code: 'cat-size-mismatch',
        message: `${ctx.name}: tensor ${index} has size ${ctx.spell(size)} at dimension ${at}, the first one has ${ctx.spell(expected)}`,
        text: ctx.text`Sizes of tensors must match except in dimension ${axis}. Expected size ${expected} but got size ${size} for tensor number ${index} in the list.`,
        origins: [size.origin, expected.origin],
      });
      if (isUnexpanded(ctx, part.tensor, size, expected) || isUnexpanded(ctx, first.tensor, expected, size)) ctx.fail(fault());
      ctx.require(eq(size, expected), fault);
    });
    total = add(total, mul(part.count, sizes[axis] as Dim));
  }
  const shared = sizesOf(first).map((size, at) => {
    if (at === axis) return ctx.facts.simplify(total);
    return parts.map((p) => sizesOf(p)[at] as Dim).find((d) => ctx.known(d) !== undefined) ?? size;
  });
  return shapeOf(shared);
}

/** Nobody's rank is known: the shapes agree but for the axis. */
function joinUnknown(ctx: Context, parts: readonly Part[], axis: number): Shape {
  const { world } = ctx;
  const first = parts[0] as Part;
  for (const part of parts) world.limitRank(part.shape, Math.max(1, axis < 0 ? -axis : axis + 1), Number.POSITIVE_INFINITY);
  let total: Dim | undefined = zero;
  const own = world.sizeAt(first.shape, axis);
  for (const part of parts) {
    const size = world.sizeAt(part.shape, axis);
    total = size === undefined || total === undefined ? undefined : add(total, mul(part.count, size));
    if (part === first || own === undefined || size === undefined) continue;
    const met = world.unify(first.shape, replaceAxis(world, part.shape, axis, [own]));
    if (met.decision === 'no') {
      ctx.fail({
        code: 'cat-size-mismatch',
        message: `${ctx.name}: ${ctx.spell(first.shape)} and ${ctx.spell(part.shape)} differ beside dimension ${axis}`,
        origins: [met.a?.origin, met.b?.origin],
      });
    }
  }
  return replaceAxis(world, first.shape, axis, [total === undefined ? world.freshSize() : ctx.facts.simplify(total)]);
}

function writesEmptyList(node: Node | undefined): boolean {
  const first = node?.kind === 'Call' ? node.args[0]?.value : undefined;
  return first !== undefined && (first.kind === 'List' || first.kind === 'Tuple') && first.items.length === 0;
}

/** A list must hold something; of one that nothing is known of, nothing follows. */
function requireTensors(ctx: Context, list: TensorList | undefined, exception: string, text: string): TensorList | undefined {
  if (list !== undefined && list.items.length === 0 && list.rest === undefined) {
    // An empty list held somewhere may be filled by code that was not followed; one written in the call is not.
    if (ctx.interp.mode === 'check' && !writesEmptyList(ctx.node)) return undefined;
    ctx.fail({ code: 'invalid-argument', exception, message: `${ctx.name}: the list of tensors is empty`, text });
  }
  return list;
}

const cat = (name: string): Operation => ({
  names: [`torch.${name}`],
  signature: `${name}(tuple of Tensors tensors, int dim = 0, *, Tensor out = None)`,
  shape: '(*, n, *), (*, m, *), … -> (*, n + m + …, *)',
  rule: (ctx, a) => {
    const list = requireTensors(ctx, tensorList(ctx, a, 'tensors'), 'ValueError', 'torch.cat(): expected a non-empty list of Tensors');
    if (list === undefined) return tensorOut(unknownShape(), undefined, { layout: 'contiguous' });
    return concatenated(
      ctx,
      partsOf(list, (x) => x.shape),
      a.int('dim'),
    );
  },
  kernel: (k) => catArrays(k.arrays('tensors'), k.int('dim')),
  samples: [
    `torch.${name}([torch.ones(2, 3), torch.zeros(1, 3)])`,
    `torch.${name}((torch.ones(2, 3), torch.ones(2, 2)), dim=-1)`,
    `torch.${name}([torch.ones(2, 3), torch.tensor([])])`,
    `torch.${name}([torch.ones(2), torch.arange(2)])`,
  ],
  errors: [
    [`torch.${name}([torch.ones(2, 3), torch.ones(2, 4)])`, 'cat-size-mismatch'],
    [`torch.${name}([torch.ones(2, 3), torch.ones(3)])`, 'rank-mismatch'],
    [`torch.${name}([])`, 'invalid-argument'],
    [`torch.${name}([torch.ones(2), 3])`, 'call-arguments'],
    [`torch.${name}([torch.ones(2), torch.ones(2)], 1)`, 'dim-out-of-range'],
  ],
  doc: `torch.${name}`,
});

const stack: Operation = {
  names: ['torch.stack'],
  signature: 'stack(tuple of Tensors tensors, int dim = 0, *, Tensor out = None)',
  shape: '(*, *), (*, *), … -> (*, n, *)',
  rule: (ctx, a) => {
    const list = requireTensors(ctx, tensorList(ctx, a, 'tensors'), 'RuntimeError', 'stack expects a non-empty TensorList');
    if (list === undefined) return tensorOut(unknownShape(undefined, 1), undefined);
    const parts = partsOf(list, (x) => x.shape);
    const first = parts[0] as Part;
    const axis = ctx.known(a.int('dim'));
    const dtype = commonType(parts.map((p) => p.tensor));
    const count = ctx.facts.simplify(parts.reduce((n, p) => add(n, p.count), zero));
    if (axis !== undefined) {
      const moved = unsqueeze(ctx.world, first.shape, axis);
      if ('refusal' in moved) failAxis(ctx, first.tensor, axis, 1);
    }
    for (const [index, part] of parts.entries()) {
      if (ctx.world.unify(first.shape, part.shape).decision !== 'no') continue;
      ctx.fail({
        code: 'stack-size-mismatch',
        message: `stack: tensor ${index} is ${ctx.spell(part.shape)}, the first one ${ctx.spell(first.shape)}`,
        text: ctx.text`stack expects each tensor to be equal size, but got ${first.shape} at entry 0 and ${part.shape} at entry ${index}`,
        origins: [first.tensor.origin, part.tensor.origin],
      });
    }
    const more = { bounds: commonBounds(parts.map((p) => p.tensor)) };
    const shape = ctx.world.resolve(first.shape);
    const moved = axis === undefined ? undefined : unsqueeze(ctx.world, shape, axis);
    if (axis === undefined || moved === undefined || !('shape' in moved)) return tensorOut(unknownShape(undefined, 1), dtype, more);
    return tensorOut(replaceAxis(ctx.world, moved.shape, axis, [count]), dtype, more);
  },
  kernel: (k) => stackArrays(k.arrays('tensors'), k.int('dim')),
  samples: ['torch.stack([torch.ones(2, 3), torch.zeros(2, 3)])', 'torch.stack((torch.ones(2), torch.ones(2)), -1)'],
  errors: [
    ['torch.stack([torch.ones(3), torch.ones(4)])', 'stack-size-mismatch'],
    ['torch.stack([])', 'invalid-argument'],
    ['torch.stack([torch.ones(3)], 2)', 'dim-out-of-range'],
  ],
  doc: 'torch.stack',
};

// ---------------------------------------------------------------- hstack and its kin: made at least n-D, then cat

type Raise = (dims: readonly Dim[]) => readonly Dim[];

const atLeast1: Raise = (dims) => (dims.length === 0 ? [one] : dims);
const atLeast2: Raise = (dims) => (dims.length === 0 ? [one, one] : dims.length === 1 ? [one, dims[0] as Dim] : dims);
const atLeast3: Raise = (dims) => {
  const [n, m] = dims;
  if (n === undefined) return [one, one, one];
  return m === undefined ? [one, n, one] : dims.length === 2 ? [n, m, one] : dims;
};
const asColumn: Raise = (dims) => (dims.length < 2 ? [product(dims), one] : dims);

const stacking = (names: readonly string[], message: string, raise: Raise, least: number, axisFor: (rank: number) => number): Operation => {
  const name = names[0] as string;
  const shapeFor = (x: TensorArg): Shape =>
    x.dims === undefined
      ? x.shape.head.length + x.shape.tail.length >= least
        ? x.shape
        : unknownShape(undefined, least)
      : shapeOf(raise(x.dims));
  const arrayFor = (x: NdArray): NdArray => {
    const sizes = raise(x.shape.map((n) => constant(n))).map((d) => d.offset);
    return sizes.length === x.rank ? x : reshape(x, sizes);
  };
  return {
    names: names.map((n) => `torch.${n}`),
    signature: `${name}(tuple of Tensors tensors, *, Tensor out = None)`,
    shape: '(*, n, *), (*, m, *), … -> (*, n + m + …, *)',
    rule: (ctx, a) => {
      const list = requireTensors(ctx, tensorList(ctx, a, 'tensors'), 'RuntimeError', `${message} expects a non-empty TensorList`);
      if (list === undefined) return tensorOut(unknownShape(undefined, least), undefined);
      const parts = partsOf(list, shapeFor);
      const rank = rankOf((parts[0] as Part).shape);
      if (rank === undefined) return tensorOut(unknownShape(undefined, least), commonType(parts.map((p) => p.tensor)));
      return concatenated(ctx, parts, constant(axisFor(rank)));
    },
    kernel: (k) => {
      const arrays = k.arrays('tensors').map(arrayFor);
      return catArrays(arrays, axisFor(arrays[0]?.rank ?? 1));
    },
    samples: [`torch.${name}([torch.ones(2), torch.zeros(2)])`, `torch.${name}((torch.ones(2, 3), torch.ones(2, 3)))`],
    errors: [
      [`torch.${name}([])`, 'invalid-argument'],
      [`torch.${name}([torch.ones(2, 3), torch.ones(4, 5)])`, 'cat-size-mismatch'],
    ],
    doc: `torch.${name}`,
  };
};

export const JOINING: readonly Operation[] = [
  cat('cat'),
  cat('concat'),
  cat('concatenate'),
  stack,
  stacking(['hstack'], 'hstack', atLeast1, 1, (rank) => (rank === 1 ? 0 : 1)),
  stacking(['vstack', 'row_stack'], 'vstack', atLeast2, 2, () => 0),
  stacking(['dstack'], 'dstack', atLeast3, 3, () => 2),
  stacking(['column_stack'], 'column_stack', asColumn, 2, () => 1),
];
