/**
 * Subscripts of tensors: which sizes stay, go, shrink or are chosen by index tensors and masks.
 * Source: PyTorch 2.13, python_variable_indexing.cpp and ATen/native/TensorAdvancedIndexing.cpp.
 */
import { and, eq, ge, lt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, mul, sub } from '../dims/dim.ts';
import { getItem as getItemOf } from '../kernels/indexing.ts';
import { broadcastAll } from '../shapes/broadcast.ts';
import type { Run, Shape } from '../shapes/shape.ts';
import { dimsOf, shapeOf, unknownShape, withRun } from '../shapes/shape.ts';
import type { TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { beyondBounds } from './index-checks.ts';
import { warnRecurrent } from './indexing-warnings.ts';
import { stridesOf, viewOut } from './layout.ts';
import { sliceBounds, sliceCount } from './slicing.ts';
import type { Subscript, Subscripts } from './subscript.ts';
import { knownSubscript, readSubscript } from './subscript.ts';

const zero = constant(0);
const one = constant(1);

/** One dimension after numbers, slices and new axes; with `index` it is chosen from by an index tensor. */
export interface Slot {
  readonly size: Dim;
  readonly stride: Dim | undefined;
  readonly index?: { readonly shape: Shape; readonly tensor: TensorArg | undefined } | undefined;
}

export interface Plan {
  readonly before: readonly Slot[];
  readonly run: Run | undefined;
  readonly after: readonly Slot[];
  readonly advanced: boolean;
}

const consumes = (item: Subscript): number | undefined => {
  switch (item.kind) {
    case 'number':
    case 'slice':
      return 1;
    case 'tensor': {
      const { dtype, rank } = item.tensor;
      if (dtype === undefined) return rank === 0 || rank === 1 ? 1 : undefined;
      return dtype === 'bool' || dtype === 'uint8' ? rank : 1;
    }
    default:
      return 0;
  }
};

/** What the subscripts leave of `x`; undefined where it cannot be told how many dimensions they take. */
export function plan(ctx: Context, x: TensorArg, given: Subscripts): Plan | undefined {
  const counts = given.items.map(consumes);
  if (counts.includes(undefined)) return undefined;
  const total = (counts as number[]).reduce((n, c) => n + c, 0);
  requireRoom(ctx, x, given, total);
  const split = given.items.findIndex((item) => item.kind === 'ellipsis');
  const lead = split < 0 ? total : (counts as number[]).slice(0, split).reduce((n, c) => n + c, 0);
  ctx.world.limitRank(x.shape, total, Number.POSITIVE_INFINITY);
  if (lead > 0) ctx.world.sizeAt(x.shape, lead - 1);
  if (total > lead) ctx.world.sizeAt(x.shape, lead - total);
  const shape = x.shape;
  if (shape.run !== undefined && (shape.head.length < lead || shape.tail.length < total - lead)) return undefined;
  const strides = stridesOf(x);
  const source = (from: 'start' | 'end', at: number): { size: Dim; stride: Dim | undefined } => {
    const list = from === 'start' || shape.run === undefined ? shape.head : shape.tail;
    const place = from === 'start' ? at : list.length - at;
    return { size: list[place] as Dim, stride: strides?.[place] };
  };
  const first = shape.run === undefined ? shape.head.length : undefined;
  const before: Slot[] = [];
  const after: Slot[] = [];
  let place = 0;
  for (const [position, item] of given.items.entries()) {
    if (item.kind === 'ellipsis') {
      if (position !== split) continue;
      // What the ellipsis stands for.
      const rest = first === undefined ? shape.head.length - lead : first - total;
      for (let i = 0; i < rest; i++) before.push(source('start', lead + i));
      if (shape.run !== undefined) for (let i = shape.tail.length; i > total - lead; i--) after.push(source('end', i));
      continue;
    }
    const late = split >= 0 && position > split;
    const into = late && shape.run !== undefined ? after : before;
    const next = (): { size: Dim; stride: Dim | undefined } => {
      place++;
      return late ? source('end', total - place + 1) : source('start', place - 1);
    };
    placeItem(ctx, item, position, into, next, x);
  }
  if (split < 0) {
    for (let i = total; i < shape.head.length; i++) before.push(source('start', i));
    if (shape.run !== undefined) for (const size of shape.tail) after.push({ size, stride: undefined });
  }
  const advanced = [...before, ...after].some((slot) => slot.index !== undefined);
  return { before, run: shape.run, after, advanced };
}

function requireRoom(ctx: Context, x: TensorArg, given: Subscripts, total: number): void {
  const { rank } = x;
  const [only] = given.items;
  if (rank === 0 && given.alone && only !== undefined) {
    if (only.kind === 'number') {
      const at = ctx.known(only.at);
      ctx.fail({
        code: 'too-many-indices',
        exception: 'IndexError',
        message: 'a tensor without dimensions is indexed by a number',
        text:
          at === 0
            ? 'invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number'
            : ctx.text`index ${only.at} is out of bounds for dimension 0 with size 0`,
        origins: [x.origin],
      });
    }
    if (only.kind === 'slice') {
      ctx.fail({
        code: 'too-many-indices',
        exception: 'IndexError',
        message: 'a tensor without dimensions is sliced',
        text: 'slice() cannot be applied to a 0-dim tensor.',
        origins: [x.origin],
      });
    }
  }
  if (ctx.world.decideRank(x.shape, total, Number.POSITIVE_INFINITY) === 'no') {
    ctx.fail({
      code: 'too-many-indices',
      exception: 'IndexError',
      message: `${total} indices for ${ctx.spell(x.shape)}`,
      text: rank === undefined ? undefined : `too many indices for tensor of dimension ${rank}`,
      origins: [x.origin],
    });
  }
}

/** Puts what one subscript leaves into the plan. */
function placeItem(
  ctx: Context,
  item: Exclude<Subscript, { kind: 'ellipsis' }>,
  position: number,
  into: Slot[],
  next: () => Slot,
  x: TensorArg,
): void {
  switch (item.kind) {
    case 'new-axis':
      into.push({ size: one, stride: one });
      return;
    case 'truth': {
      const length = item.value === undefined ? ctx.world.freshSize() : item.value ? one : zero;
      into.push({ size: one, stride: undefined, index: { shape: shapeOf([length]), tensor: undefined } });
      return;
    }
    case 'number': {
      const { size } = next();
      if (item.tensor !== undefined) checkBounds(ctx, item.tensor, size, x);
      ctx.require(and(ge(item.at, sub(zero, size)), lt(item.at, size)), () => ({
        code: 'index-out-of-range',
        exception: 'IndexError',
        message: `index ${ctx.spell(item.at)} of a size of ${ctx.spell(size)}, in ${ctx.spell(x.shape)}`,
        text: ctx.text`index ${item.at} is out of bounds for dimension ${position} with size ${size}`,
        origins: [item.at.origin, size.origin],
      }));
      return;
    }
    case 'slice': {
      const { size, stride } = next();
      if (!item.known) {
        into.push({ size: ctx.world.freshSize(), stride: undefined });
        return;
      }
      const { from, to } = sliceBounds(ctx, size, item.start, item.stop);
      into.push({ size: sliceCount(ctx, from, to, item.step), stride: stride === undefined ? undefined : mul(stride, item.step) });
      return;
    }
    case 'tensor':
      placeTensor(ctx, item.tensor, into, next, x);
  }
}

function placeTensor(ctx: Context, tensor: TensorArg, into: Slot[], next: () => Slot, x: TensorArg): void {
  const { dtype } = tensor;
  if (dtype !== undefined && !['int64', 'int32', 'uint8', 'bool'].includes(dtype)) {
    ctx.fail({
      code: 'index-dtype',
      exception: 'IndexError',
      message: `an index tensor is ${dtype}`,
      text: 'tensors used as indices must be long, int, byte or bool tensors',
      origins: [tensor.origin],
    });
  }
  if (dtype === undefined) {
    // Whole numbers keep the length of the index, a mask does not.
    into.push({ ...next(), index: { shape: shapeOf([ctx.world.freshSize()]), tensor: undefined } });
    return;
  }
  if (dtype !== 'bool' && dtype !== 'uint8') {
    into.push({ ...next(), index: { shape: tensor.shape, tensor } });
    return;
  }
  const sizes = tensor.dims as readonly Dim[];
  const known = tensor.values?.toFlat();
  const chosen = known === undefined ? ctx.world.freshSize() : constant(Array.from(known).filter((v) => v !== 0).length);
  const at = into.length;
  for (const [i, size] of sizes.entries()) {
    const slot = next();
    ctx.require(eq(size, slot.size), () => ({
      code: 'mask-shape-mismatch',
      exception: 'IndexError',
      message: `the mask is ${ctx.spell(tensor.shape)}, what it masks has size ${ctx.spell(slot.size)} at dimension ${at + i}`,
      text:
        into.length + sizes.length - i > (x.rank ?? 99)
          ? undefined
          : ctx.text`The shape of the mask ${tensor.shape} at index ${i} does not match the shape of the indexed tensor ${x.shape} at index ${at + i}`,
      origins: [size.origin, slot.size.origin],
    }));
    into.push({ ...slot, index: { shape: shapeOf([chosen]), tensor: undefined } });
  }
}

// ---------------------------------------------------------------- results

/** The shape that a plan without index tensors leaves. */
export function left(made: Plan): Shape {
  const sizes = (slots: readonly Slot[]): Dim[] => slots.map((s) => s.size);
  return withRun(sizes(made.before), made.run, sizes(made.after));
}

/** Without index tensors: a view. */
function viewed(x: TensorArg, made: Plan, { items }: Subscripts): Out {
  const shape = left(made);
  const strides = made.run === undefined ? made.before.map((s) => s.stride) : [undefined];
  const out = viewOut(x, shape, strides.includes(undefined) ? undefined : (strides as Dim[]));
  const cuts = items.some((item) => item.kind === 'slice' && (item.start !== undefined || item.stop !== undefined));
  return cuts && 'shape' in out && out.out === 'tensor' ? { ...out, role: out.role ?? { kind: 'part' } } : out;
}

/** The shape of what index tensors choose; they meet in one block, at their place if they stand next to each other. */
export function chosen(ctx: Context, made: Plan, x: TensorArg): Shape {
  const slots = [...made.before, ...made.after];
  const indices = slots.flatMap((s) => (s.index === undefined ? [] : [s.index]));
  const met = broadcastAll(
    ctx.world,
    indices.map((i) => i.shape),
  );
  if ('conflict' in met) {
    const shapes = indices.map((i) => {
      const dims = dimsOf(ctx.world.resolve(i.shape));
      return dims === undefined ? undefined : ctx.list(dims);
    });
    return ctx.fail({
      code: 'broadcast-mismatch',
      exception: 'IndexError',
      message: `index tensors of ${ctx.spell(met.conflict.a)} and ${ctx.spell(met.conflict.b)} elements do not broadcast`,
      text: shapes.includes(undefined)
        ? undefined
        : `shape mismatch: indexing tensors could not be broadcast together with shapes ${shapes.join(', ')}`,
      origins: [met.conflict.a.origin, met.conflict.b.origin],
    });
  }
  const block = ctx.world.resolve(met.shape);
  checkValues(ctx, slots, block, x);
  const taken = slots.flatMap((s, i) => (s.index === undefined ? [] : [i]));
  const adjacent = taken.every((at, i) => i === 0 || at === (taken[i - 1] as number) + 1);
  const first = taken[0] as number;
  const last = taken.at(-1) as number;
  const sameSide = made.run === undefined || last < made.before.length || first >= made.before.length;
  const kept = (list: readonly Slot[]): Dim[] => list.filter((s) => s.index === undefined).map((s) => s.size);
  const inner = dimsOf(block);
  if (inner === undefined) return unknownShape();
  if (!adjacent || !sameSide) return withRun([...inner, ...kept(made.before)], made.run, kept(made.after));
  const inBefore = first < made.before.length;
  const list = inBefore ? made.before : made.after;
  const start = inBefore ? first : first - made.before.length;
  const joined = [...kept(list.slice(0, start)), ...inner, ...kept(list.slice(start))];
  return inBefore ? withRun(joined, made.run, kept(made.after)) : withRun(kept(made.before), made.run, joined);
}

/** Drawn indices are not all but surely outside of the size. */
function checkBounds(ctx: Context, index: TensorArg, size: Dim, x: TensorArg): void {
  const beyond = beyondBounds(ctx, index, size, true);
  if (beyond === undefined) return;
  ctx.fail({
    code: 'index-out-of-range',
    exception: 'IndexError',
    message: `indices up to ${ctx.spell(beyond)} of a size of ${ctx.spell(size)}, in ${ctx.spell(x.shape)}`,
    origins: [index.origin, size.origin],
  });
}

/** Known indices are inside of their sizes. */
function checkValues(ctx: Context, slots: readonly Slot[], block: Shape, x: TensorArg): void {
  const sizes = dimsOf(block);
  const some = sizes?.every((d) => (ctx.known(d) ?? 0) > 0) === true;
  if (some && slots.some((s) => s.index?.tensor !== undefined && ctx.known(s.size) === 0)) {
    ctx.fail({
      code: 'index-out-of-range',
      exception: 'IndexError',
      message: `a dimension without elements of ${ctx.spell(x.shape)} is indexed`,
      text: 'index is out of bounds for dimension with size 0',
    });
  }
  for (const [at, slot] of slots.entries()) {
    const values = slot.index?.tensor?.values?.toFlat();
    const size = ctx.known(slot.size);
    if (size === undefined) continue;
    if (slot.index?.tensor !== undefined) checkBounds(ctx, slot.index.tensor, slot.size, x);
    if (values === undefined) continue;
    const wrong = values.find((v) => v < -size || v >= size);
    if (wrong !== undefined) {
      ctx.fail({
        code: 'index-out-of-range',
        exception: 'IndexError',
        message: `index ${wrong} of a size of ${size}, in ${ctx.spell(x.shape)}`,
        text: `index ${wrong} is out of bounds for dimension ${at} with size ${size}`,
        origins: [slot.size.origin],
      });
    }
  }
}

const getItem: Operation = {
  names: ['Tensor.__getitem__'],
  signature: 'def __getitem__(self, index)',
  shape: '(*)[…] -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    const given = readSubscript(ctx, a.value('index'));
    if (given === undefined) return tensorOut(unknownShape(), x.dtype, { layout: 'unknown', bounds: x.bounds, viewOf: x });
    const made = plan(ctx, x, given);
    if (made === undefined) return tensorOut(unknownShape(), x.dtype, { layout: 'unknown', bounds: x.bounds, viewOf: x });
    warnRecurrent(ctx, x, given.items);
    if (!made.advanced) return viewed(x, made, given);
    return tensorOut(chosen(ctx, made, x), x.dtype, { layout: 'unknown', bounds: x.bounds });
  },
  kernel: (k, ctx) => getItemOf(k.array('self'), knownSubscript(ctx, k.value('index'))),
  samples: [
    'torch.arange(6).reshape(2, 3)[1]',
    'torch.arange(6).reshape(2, 3)[:, -1]',
    'torch.arange(24).reshape(2, 3, 4)[..., 1:3]',
    'torch.arange(6).reshape(2, 3)[None, 0, None]',
    'torch.arange(6).reshape(2, 3)[:, ::2]',
    'torch.arange(6)[torch.tensor([0, -1])]',
    'torch.arange(6)[torch.arange(6) > 2]',
    'torch.arange(24).reshape(2, 3, 4)[torch.tensor([0, 1]), :, torch.tensor([1, 2])]',
    'torch.arange(24).reshape(2, 3, 4)[:, [0, 2], 1:]',
    'torch.arange(6).reshape(2, 3)[[True, False]]',
    'torch.arange(3)[True]',
  ],
  errors: [
    ['torch.ones(2, 3)[2]', 'index-out-of-range'],
    ['torch.ones(2, 3)[0, 1, 2]', 'too-many-indices'],
    ['torch.ones(2, 3)[::-1]', 'invalid-argument'],
    ['torch.ones(2, 3)[1.5]', 'index-type'],
    ['torch.ones(2)[torch.ones(1)]', 'index-dtype'],
    ['torch.ones(2, 3)[torch.ones(3) > 0]', 'mask-shape-mismatch'],
    ['torch.ones(2, 3)[torch.tensor([0, 1]), torch.tensor([0, 1, 1])]', 'broadcast-mismatch'],
    ['torch.ones(3)[torch.tensor([3])]', 'index-out-of-range'],
  ],
  doc: 'torch.Tensor',
};

export const INDEXING: readonly Operation[] = [getItem];
