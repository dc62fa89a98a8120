/**
 * A tensor taken apart along a dimension: split, chunk, tensor_split, unbind. Every part is a view. Where the number of parts
 * depends on a symbolic size, unpacking the result says what it is.
 */
import { eq, ge, gt, not, or } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, floorDiv, max, mul, sub } from '../dims/dim.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import { chunk as chunkArray, split as splitArray, splitSizes, tensorSplit, unbind as unbindArray } from '../kernels/views.ts';
import type { OpenSequence, Value } from '../python/values.ts';
import { replaceAxis } from '../shapes/axes.ts';
import { apply } from './apply.ts';
import type { TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import { sameRank } from './axis-lists.ts';
import type { Context } from './context.ts';
import type { Operation, Out, TensorOut } from './entry.ts';
import { tupleOut } from './entry.ts';
import { stridesOf, viewOut } from './layout.ts';
import { selected, sliceBounds } from './slicing.ts';
import { payloadOf, TensorPayload } from './tensor.ts';

const zero = constant(0);
const one = constant(1);

/** The most parts that are made one by one. */
const MOST = 1024;

/** The part of `x` that has `size` elements at the axis. */
function part(ctx: Context, x: TensorArg, axis: number, size: Dim): TensorOut {
  return viewOut(x, replaceAxis(ctx.world, x.shape, axis, [ctx.facts.simplify(size)]), stridesOf(x));
}

/** A part as a value, outside of a rule's result. */
function partValue(ctx: Context, x: TensorArg, out: TensorOut): Value {
  const { dtype, requiresGrad, bounds, live } = x.payload;
  return ctx.interp.object(
    ctx.state.classes.tensor,
    new TensorPayload({ shape: out.shape, dtype, layout: out.layout, requiresGrad, bounds, live }),
  );
}

/** Parts whose number is not known until the program unpacks them. */
class OpenParts implements OpenSequence {
  private readonly count: Dim;
  private readonly learn: (n: number) => boolean;
  private readonly make: (index: number, count: number | undefined) => Value;

  constructor(count: Dim, learn: (n: number) => boolean, make: (index: number, count: number | undefined) => Value) {
    this.count = count;
    this.learn = learn;
    this.make = make;
  }

  length(): Dim {
    return this.count;
  }

  expect(n: number): readonly Value[] | undefined {
    return this.learn(n) ? Array.from({ length: n }, (_, i) => this.make(i, n)) : undefined;
  }

  at(index: number): Value {
    return this.make(index, undefined);
  }

  slice(): undefined {
    return undefined;
  }

  between(): undefined {
    return undefined;
  }
}

function openTuple(
  ctx: Context,
  count: Dim,
  learn: (n: number) => boolean,
  make: (index: number, count: number | undefined) => Value,
): Value {
  return ctx.interp.tuple([], { open: new OpenParts(count, learn, make), rest: { element: make(1, undefined), length: count } });
}

function requireDimensions(ctx: Context, x: TensorArg, text: string): void {
  if (x.rank === 0) ctx.fail({ code: 'rank-mismatch', message: `${ctx.name}: a tensor without dimensions`, text, origins: [x.origin] });
  ctx.world.limitRank(x.shape, 1, Number.POSITIVE_INFINITY);
}

const unplaced = (ctx: Context, x: TensorArg): Value =>
  openTuple(
    ctx,
    ctx.world.freshSize(),
    () => true,
    () => partValue(ctx, x, viewOut(x, sameRank(x.shape), undefined)),
  );

// ---------------------------------------------------------------- split

/** Parts of `size` elements, the last one smaller: `[*, n, *] -> [*, size, *], …`. */
function splitEvenly(ctx: Context, x: TensorArg, size: Dim, dim: Dim): Out | Value {
  requireDimensions(ctx, x, 'split expects at least a 1-dimensional tensor');
  ctx.require(ge(size, zero), () => ({
    code: 'split-sizes',
    message: `split: the size ${ctx.spell(size)} is negative`,
    text: ctx.text`split expects split_size be non-negative, but got split_size=${size}`,
  }));
  const axis = axisOf(ctx, x, dim);
  const total = axis === undefined ? undefined : x.size(axis);
  if (axis === undefined || total === undefined) return unplaced(ctx, x);
  ctx.require(or(gt(size, zero), eq(total, zero)), () => ({
    code: 'split-sizes',
    message: `split: parts of size 0 of a size ${ctx.spell(total)}`,
    text: ctx.text`split_size can only be 0 if dimension size is 0, but got dimension size of ${total}`,
  }));
  if (ctx.known(total) === 0) return tupleOut([part(ctx, x, axis, zero)]);
  return inParts(ctx, x, axis, total, size, ctx.facts.simplify(max(one, floorDiv(sub(add(total, size), one), size))));
}

function inParts(ctx: Context, x: TensorArg, axis: number, total: Dim, size: Dim, count: Dim): Out | Value {
  const n = ctx.known(count);
  const last = (parts: number): Dim => sub(total, mul(size, constant(parts - 1)));
  const sizeOf = (i: number, parts: number): Dim => (i === parts - 1 ? last(parts) : size);
  if (n !== undefined && n <= MOST) return tupleOut(Array.from({ length: n }, (_, i) => part(ctx, x, axis, sizeOf(i, n))));
  return openTuple(
    ctx,
    count,
    (parts) => ctx.facts.assume(eq(count, constant(parts))),
    (i, parts) => partValue(ctx, x, part(ctx, x, axis, parts === undefined ? (i < 0 ? ctx.world.freshSize() : size) : sizeOf(i, parts))),
  );
}

/** Parts of the sizes given: `[*, n, *] -> [*, sizes[0], *], …`. */
function splitUnevenly(ctx: Context, x: TensorArg, sizes: readonly Dim[] | undefined, dim: Dim): Out | Value {
  requireDimensions(ctx, x, 'split expects at least a 1-dimensional tensor');
  const axis = axisOf(ctx, x, dim);
  if (sizes === undefined || axis === undefined) return unplaced(ctx, x);
  for (const size of sizes) {
    ctx.require(ge(size, zero), () => ({
      code: 'split-sizes',
      message: `split: a size is negative in ${ctx.spell(sizes)}`,
      text: ctx.text`split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=${ctx.list(sizes)}`,
    }));
  }
  const total = x.size(axis);
  const sum = ctx.facts.simplify(sizes.reduce(add, zero));
  if (total !== undefined) {
    ctx.require(eq(sum, total), () => ({
      code: 'split-sizes',
      message: `split: the sizes ${ctx.spell(sizes)} sum up to ${ctx.spell(sum)}, dimension ${axis} has ${ctx.spell(total)}`,
      text: ctx.text`split_with_sizes expects split_sizes to sum exactly to ${total} (input tensor's size at dimension ${axis}), but got split_sizes=${ctx.list(sizes)}`,
      origins: [total.origin, ...sizes.map((d) => d.origin)],
    }));
  }
  return tupleOut(sizes.map((size) => part(ctx, x, axis, size)));
}

const native = (name: string): Operation => ({
  names: [`torch.${name}`, `Tensor.${name}`],
  signature: `${name}(Tensor input, tuple of ints split_sizes, int dim = 0)`,
  shape: '(*, n, *) -> (*, sizes[0], *), …',
  rule: (ctx, a) => splitUnevenly(ctx, a.tensor('input'), a.ints('split_sizes'), a.int('dim')),
  kernel: (k) => splitSizes(k.array('input'), k.ints('split_sizes'), k.int('dim')),
  samples: [`torch.ones(7, 2).${name}([3, 4])`],
  errors: [[`torch.ones(7).${name}([3, 3])`, 'split-sizes']],
  doc: 'torch.split',
});

const withSizes = native('split_with_sizes');

const evenly: Operation = {
  names: ['torch.unsafe_split', 'Tensor.unsafe_split'],
  signature: 'split(Tensor input, int split_size, int dim = 0)',
  shape: '(*, n, *) -> (*, split_size, *), …',
  rule: (ctx, a) => splitEvenly(ctx, a.tensor('input'), a.int('split_size'), a.int('dim')),
  kernel: (k) => splitArray(k.array('input'), Math.max(1, k.int('split_size')), k.int('dim')),
  samples: ['torch.unsafe_split(torch.ones(7), 3)'],
  errors: [['torch.unsafe_split(torch.ones(7), -1)', 'split-sizes']],
  doc: 'torch.split',
};

/** As `split` calls it, whose messages list both forms. */
const evenlyListed: Operation = {
  ...evenly,
  signature: ['split(Tensor input, int split_size, int dim = 0)', 'split(Tensor input, tuple of ints split_size, int dim = 0)'],
};

/** Written in Python: an integer goes one way, everything else the other. */
const split = (name: 'torch.split' | 'Tensor.split'): Operation => {
  const [self, sizes] = name === 'torch.split' ? ['tensor', 'split_size_or_sections'] : ['self', 'split_size'];
  const call = (args: string): string =>
    name === 'torch.split' ? `torch.split(torch.ones(7, 2), ${args})` : `torch.ones(7, 2).split(${args})`;
  return {
    names: [name],
    signature: `def ${name === 'torch.split' ? 'split' : 'Tensor.split'}(${self}, ${sizes}, dim=0)`,
    shape: '(*, n, *) -> (*, split_size, *), …',
    rule: (ctx, a) => {
      const tensor = ctx.tensorOf(a.value(self as string), self as string, (value) => {
        throw ctx.noAttribute(value, 'split');
      });
      const given = a.value(sizes as string);
      const payload = payloadOf(given);
      const number = given.kind === 'int' || given.kind === 'unknown' || given.kind === 'bool' || payload !== undefined;
      const value = payload === undefined ? given : ctx.interp.call(ctx.interp.getAttr(given, '__int__'), []);
      return apply(ctx, number ? evenlyListed : withSizes, [tensor.object, value, a.value('dim')]);
    },
    samples: [call('3'), call('[3, 4]'), call('1, dim=1'), call('(1, 1), -1')],
    errors: [
      [call('[3, 3]'), 'split-sizes'],
      [call('0'), 'split-sizes'],
      [call('2, 5'), 'dim-out-of-range'],
      [call('1.5'), 'call-arguments'],
    ],
    doc: 'torch.split',
  };
};

// ---------------------------------------------------------------- chunk

const chunk = (name: string): Operation => ({
  names: [`torch.${name}`, `Tensor.${name}`],
  signature: `${name}(Tensor input, int chunks, int dim = 0)`,
  shape: '(*, n, *) -> (*, ceil(n/chunks), *), …',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const chunks = a.int('chunks');
    requireDimensions(ctx, x, 'chunk expects at least a 1-dimensional tensor');
    ctx.require(gt(chunks, zero), () => ({
      code: 'split-sizes',
      message: `chunk: ${ctx.spell(chunks)} parts`,
      text: ctx.text`chunk expects \`chunks\` to be greater than 0, got: ${chunks}`,
    }));
    const axis = axisOf(ctx, x, a.int('dim'));
    const total = axis === undefined ? undefined : x.size(axis);
    const n = ctx.known(chunks);
    if (axis === undefined || total === undefined) return unplaced(ctx, x);
    const size = ctx.facts.simplify(floorDiv(sub(add(total, chunks), one), chunks));
    if (ctx.known(total) === 0 && n !== undefined) return tupleOut(Array.from({ length: n }, () => part(ctx, x, axis, zero)));
    const count = ctx.facts.simplify(max(one, floorDiv(sub(add(total, size), one), size)));
    const made = ctx.known(count);
    if (n !== undefined && made !== undefined && made < n) {
      ctx.warn({
        code: 'chunk-count',
        message: `chunk: a size of ${ctx.spell(total)} in ${n} gives ${made} parts`,
        origins: [total.origin],
      });
    }
    // A symbolic size is taken to be large enough for as many parts as are asked for.
    return inParts(ctx, x, axis, total, size, made === undefined && n !== undefined ? constant(n) : count);
  },
  kernel: (k) => chunkArray(k.array('input'), k.int('chunks'), k.int('dim')),
  samples: [`torch.ones(6, 2).${name}(3)`, `torch.${name}(torch.ones(2, 5), 2, 1)`, `torch.ones(0).${name}(2)`],
  errors: [
    [`torch.ones(5).${name}(0)`, 'split-sizes'],
    [`torch.ones(5).${name}(2, 1)`, 'dim-out-of-range'],
  ],
  doc: 'torch.chunk',
});

// ---------------------------------------------------------------- tensor_split

function inSections(ctx: Context, x: TensorArg, axis: number | undefined, sections: Dim): Out | Value {
  ctx.require(gt(sections, zero), () => ({
    code: 'split-sizes',
    message: `${ctx.name}: ${ctx.spell(sections)} sections`,
    text: ctx.text`number of sections must be larger than 0, got ${sections}`,
  }));
  const total = axis === undefined ? undefined : x.size(axis);
  const n = ctx.known(sections);
  if (axis === undefined || total === undefined || n === undefined || n > MOST) return unplaced(ctx, x);
  return tupleOut(Array.from({ length: n }, (_, i) => part(ctx, x, axis, floorDiv(add(total, constant(n - 1 - i)), sections))));
}

function atIndices(ctx: Context, x: TensorArg, axis: number | undefined, indices: readonly Dim[] | undefined): Out | Value {
  const total = axis === undefined ? undefined : x.size(axis);
  if (axis === undefined || total === undefined || indices === undefined) return unplaced(ctx, x);
  return tupleOut(
    [...indices, undefined].map((stop, i) => {
      const { from, to } = sliceBounds(ctx, total, i === 0 ? undefined : indices[i - 1], stop);
      return part(ctx, x, axis, max(sub(to, from), zero));
    }),
  );
}

const tensorSplitOp: Operation = {
  names: ['torch.tensor_split', 'Tensor.tensor_split'],
  signature: [
    'tensor_split(Tensor input, tuple of ints indices, int dim = 0)',
    'tensor_split(Tensor input, Tensor tensor_indices_or_sections, int dim = 0)',
    'tensor_split(Tensor input, int sections, int dim = 0)',
  ],
  shape: '(*, n, *) -> (*, n1, *), …',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    requireDimensions(ctx, x, 'tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims');
    if (a.overload === 1) return byTensor(ctx, x, a.tensor('tensor_indices_or_sections'), a.int('dim'));
    const axis = axisOf(ctx, x, a.int('dim'));
    return a.overload === 0 ? atIndices(ctx, x, axis, a.ints('indices')) : inSections(ctx, x, axis, a.int('sections'));
  },
  kernel: (k) => {
    const x = k.array('input');
    if (k.overload === 0) return tensorSplit(x, k.ints('indices'), k.int('dim'));
    if (k.overload === 2) return tensorSplit(x, k.int('sections'), k.int('dim'));
    const at = k.array('tensor_indices_or_sections');
    return tensorSplit(x, at.rank === 0 ? at.item() : Array.from(at.toFlat()), k.int('dim'));
  },
  samples: ['torch.tensor_split(torch.ones(7), 3)', 'torch.ones(7, 2).tensor_split((2, 5))', 'torch.ones(3, 4).tensor_split(2, dim=1)'],
  errors: [
    ['torch.tensor_split(torch.ones(7), 0)', 'split-sizes'],
    ['torch.tensor_split(torch.ones(7), 2, 3)', 'dim-out-of-range'],
  ],
  doc: 'torch.tensor_split',
};

function byTensor(ctx: Context, x: TensorArg, at: TensorArg, dim: Dim): Out | Value {
  if (at.dtype !== undefined && at.dtype !== 'int64') {
    const text = `tensor_split expected tensor_indices_or_sections to have dtype of long, but got ${scalarTypeName(at.dtype)}`;
    ctx.fail({ code: 'index-dtype', message: `tensor_split: the places to split at are ${at.dtype}, not int64`, text });
  }
  if (at.rank !== undefined && at.rank > 1) {
    const text = `tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but got a tensor with ${at.rank} dims`;
    ctx.fail({ code: 'rank-mismatch', message: `tensor_split: the places to split at have ${at.rank} dimensions`, text });
  }
  const axis = axisOf(ctx, x, dim);
  const known = at.values?.toFlat();
  if (known === undefined || at.rank === undefined) return unplaced(ctx, x);
  return at.rank === 0
    ? inSections(ctx, x, axis, constant(known[0] as number))
    : atIndices(
        ctx,
        x,
        axis,
        Array.from(known, (n) => constant(n)),
      );
}

/** `hsplit`, `vsplit`, `dsplit`: the sections must come out even. */
const evenSplit = (name: 'hsplit' | 'vsplit' | 'dsplit', least: number, axisFor: (rank: number) => number): Operation => ({
  names: [`torch.${name}`, `Tensor.${name}`],
  signature: [`${name}(Tensor input, int sections)`, `${name}(Tensor input, tuple of ints indices)`],
  shape: '(*, n, *) -> (*, n1, *), …',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const { rank } = x;
    if (rank === undefined) return unplaced(ctx, x);
    if (rank < least) {
      const text = `torch.${name} requires a tensor with at least ${least} dimension, but got a tensor with ${rank} dimensions!`;
      ctx.fail({ code: 'rank-mismatch', message: `${name}: a tensor with ${rank} dimensions`, text });
    }
    const axis = axisFor(rank);
    if (a.overload === 1) return atIndices(ctx, x, axis, a.ints('indices'));
    const sections = a.int('sections');
    const total = x.size(axis) as Dim;
    const n = ctx.known(sections);
    if (n !== undefined && n !== 0) {
      const rest = sub(total, mul(floorDiv(total, sections), sections));
      ctx.reject(not(eq(rest, zero)), () => ({
        code: 'split-sizes',
        message: `${name}: the size ${ctx.spell(total)} is not divisible by ${n}`,
        text: ctx.text`torch.${name} attempted to split along dimension ${axis}, but the size of the dimension ${total} is not divisible by the split_size ${n}!`,
      }));
    }
    return inSections(ctx, x, axis, sections);
  },
  kernel: (k) => {
    const x = k.array('input');
    return tensorSplit(x, k.overload === 0 ? k.int('sections') : k.ints('indices'), axisFor(x.rank));
  },
  samples: [`torch.${name}(torch.ones(4, 4, 4), 2)`, `torch.ones(4, 4, 4).${name}((1, 3))`],
  errors: [[`torch.${name}(torch.ones(5, 5, 5), 2)`, 'split-sizes']],
  doc: `torch.${name}`,
});

// ---------------------------------------------------------------- unbind

const unbind: Operation = {
  names: ['torch.unbind', 'Tensor.unbind'],
  signature: 'unbind(Tensor input, int dim = 0)',
  shape: '(*, n, *) -> (*, *), …',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const axis = axisOf(ctx, x, a.int('dim'));
    if (axis !== undefined && x.rank === 0) {
      ctx.fail({
        code: 'dim-out-of-range',
        exception: 'IndexError',
        message: 'unbind: a tensor without dimensions',
        text: 'Dimension specified as 0 but tensor has no dimensions',
        origins: [x.origin],
      });
    }
    ctx.world.limitRank(x.shape, 1, Number.POSITIVE_INFINITY);
    const row = (i: number): TensorOut =>
      axis === undefined ? viewOut(x, sameRank(x.shape, -1), undefined) : selected(ctx, x, axis, constant(i));
    const total = axis === undefined ? undefined : x.size(axis);
    const n = ctx.known(total);
    if (n !== undefined && n <= MOST) return tupleOut(Array.from({ length: n }, (_, i) => row(i)));
    const any = axis === undefined ? row(0) : viewOut(x, replaceAxis(ctx.world, x.shape, axis, []), undefined);
    const count = total ?? ctx.world.freshSize();
    return openTuple(
      ctx,
      count,
      (parts) => ctx.facts.assume(eq(count, constant(parts))),
      () => partValue(ctx, x, any),
    );
  },
  kernel: (k) => unbindArray(k.array('input'), k.int('dim')),
  samples: ['torch.ones(2, 3).unbind()', 'torch.unbind(torch.ones(2, 3), -1)', 'torch.ones(0, 3).unbind(0)'],
  errors: [['torch.ones(2, 3).unbind(2)', 'dim-out-of-range']],
  doc: 'torch.unbind',
};

export const SPLITTING: readonly Operation[] = [
  withSizes,
  evenly,
  split('torch.split'),
  split('Tensor.split'),
  chunk('chunk'),
  chunk('unsafe_chunk'),
  tensorSplitOp,
  evenSplit('hsplit', 1, (rank) => (rank === 1 ? 0 : 1)),
  evenSplit('vsplit', 2, () => 0),
  evenSplit('dsplit', 3, () => 2),
  unbind,
];
