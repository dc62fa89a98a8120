/**
 * The same elements under other sizes: view, reshape, flatten, unflatten, ravel, and whether memory allows it without a copy.
 * Sources: PyTorch 2.13, ATen/InferSize.h, `computeStride` in ATen/TensorUtils.cpp.
 */
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, mul, same } from '../dims/dim.ts';
import { soleAtom } from '../dims/polynomial.ts';
import type { DType } from '../kernels/dtype.ts';
import { flatten as flattenArray, reshape as reshapeArray, view as viewArray } from '../kernels/views.ts';
import type { ReshapeRefusal } from '../shapes/reshape.ts';
import { flatten as flattenShape, reshape as reshapeShape, unflatten as unflattenShape } from '../shapes/reshape.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, numelOf, product, unknownShape } from '../shapes/shape.ts';
import { viewStrides } from '../shapes/strides.ts';
import { apply } from './apply.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import { axisOf, failAxis } from './axis.ts';
import { positionOf, sameRank } from './axis-lists.ts';
import type { Context } from './context.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { stridesOf, viewOut } from './layout.ts';
import { cutsRows } from './measured-sizes.ts';
import { passOn } from './native-argument.ts';
import { viewOfDtype, viewOfDtypeArray } from './reinterpretation.ts';
import { shapeOfSize } from './size.ts';
import { failStrided, refuseStrided } from './strided-views.ts';

/** What a refused reshape raises. `given` are the sizes as the program spells them. */
function failReshape(ctx: Context, x: TensorArg, given: readonly Dim[], refusal: ReshapeRefusal): never {
  const wanted = ctx.list(given);
  switch (refusal.kind) {
    case 'axis':
      return failAxis(ctx, x, refusal.axis);
    case 'inferred-twice':
      return ctx.fail({
        code: 'invalid-argument',
        message: `${ctx.name}: more than one size is -1 in ${ctx.spell(given)}`,
        text: 'only one dimension can be inferred',
      });
    case 'negative': {
      const index = given.findIndex((d) => (ctx.known(d) ?? 0) < -1);
      return ctx.fail({
        code: 'negative-size',
        message: `${ctx.name}: size ${index} of ${ctx.spell(given)} is negative`,
        text: ctx.text`invalid shape dimension ${given[index]} at index ${index} of shape ${wanted}`,
      });
    }
    case 'inferred-zero':
      return ctx.fail({
        code: 'reshape-size-mismatch',
        message: `${ctx.name}: -1 in ${ctx.spell(given)} can be any number, as the other sizes hold no element`,
        text: ctx.text`cannot reshape tensor of 0 elements into shape ${wanted} because the unspecified dimension size -1 can be any value and is ambiguous`,
      });
    case 'numel':
      return ctx.fail({
        code: 'reshape-size-mismatch',
        message: refusal.inferred
          ? `${ctx.name}: the ${ctx.spell(refusal.total)} elements of ${ctx.spell(x.shape)} do not divide into ${ctx.spell(given)}`
          : `${ctx.name}: ${ctx.spell(given)} holds ${ctx.spell(refusal.wanted)} elements, the input ${ctx.spell(x.shape)} has ${ctx.spell(refusal.total)}`,
        text: ctx.text`shape '${wanted}' is invalid for input of size ${refusal.total}`,
        origins: given.map((d) => d.origin),
      });
  }
}

/** The sizes of `[*] -> [sizes]`, checked. A tensor that fits only where it has no element is refused too. */
function reshaped(ctx: Context, x: TensorArg, sizes: readonly Dim[]): Shape {
  const { trail } = ctx.world;
  const mark = trail.mark();
  const total = numelOf(x.shape);
  if (total !== undefined && cutsRows(ctx, x, sizes))
    failReshape(ctx, x, sizes, { kind: 'numel', total, wanted: product(sizes), inferred: true });
  const result = reshapeShape(ctx.world, x.shape, sizes);
  if ('refusal' in result) failReshape(ctx, x, sizes, result.refusal);
  if (result.unlessEmpty !== undefined) {
    // That a size would have to be 0 is not to be seen in the message.
    trail.undo(mark);
    failReshape(ctx, x, sizes, result.unlessEmpty);
  }
  return result.shape;
}

/** The sizes as they are given, or a whole shape of unknown rank (`x.view(y.shape)`). */
function wantedSizes(a: Arguments, name: string): readonly Dim[] | Shape | undefined {
  const value = a.value(name);
  return (value.kind === 'tuple' ? shapeOfSize(value) : undefined) ?? a.ints(name);
}

/** `[*] -> [sizes]` without a copy (`copies` false), or with one where memory does not allow it. */
function rearrange(ctx: Context, x: TensorArg, sizes: readonly Dim[] | Shape | undefined, copies: boolean): Out {
  const free = x.payload.layout === 'contiguous';
  if (sizes === undefined || 'head' in sizes)
    return tensorOut(sizes ?? unknownShape(), x.dtype, { layout: free || copies ? 'contiguous' : 'unknown', viewOf: x, bounds: x.bounds });
  refuseTime(ctx, x, sizes);
  const shape = reshaped(ctx, x, sizes);
  warnScrambled(ctx, x, sizes);
  const more = { viewOf: x, bounds: x.bounds };
  if (free) return tensorOut(shape, x.dtype, more);
  const from = x.dims;
  const strides = stridesOf(x);
  const to = dimsOf(ctx.world.resolve(shape));
  if (from === undefined || strides === undefined || to === undefined) return tensorOut(shape, x.dtype, { ...more, layout: 'unknown' });
  const found = viewStrides(ctx.world, from, strides, to);
  if (found === 'incompatible') {
    if (copies) return tensorOut(shape, x.dtype, more);
    failStrided(ctx, x, shape);
  }
  if (found === 'unknown') {
    if (!copies) refuseStrided(ctx, x, from, strides, to, shape);
    return tensorOut(shape, x.dtype, { ...more, layout: 'unknown' });
  }
  return viewOut(x, shape, found);
}

/** A state whose batch was the input's time, seen with the input's time as batch: that fits only where both happen to be equal. */
function refuseTime(ctx: Context, x: TensorArg, sizes: readonly Dim[]): void {
  const { role } = x.payload;
  const time = role?.kind === 'recurrent-state' ? role.steps : undefined;
  const batch = x.dims?.length === 3 ? x.dims[1] : undefined;
  if (time === undefined || batch === undefined || ctx.facts.decide(eq(batch, time)) !== 'unknown') return;
  if (!sizes.some((d) => ctx.facts.decide(eq(d, time)) === 'yes')) return;
  const { trail } = ctx.world;
  const mark = trail.mark();
  const result = reshapeShape(ctx.world, x.shape, sizes);
  const meets = 'shape' in result && ctx.facts.decide(eq(batch, time)) === 'yes';
  trail.undo(mark);
  const total = numelOf(x.shape);
  if (meets && total !== undefined)
    failReshape(ctx, x, sizes, { kind: 'numel', total, wanted: product(sizes), inferred: sizes.some((d) => ctx.known(d) === -1) });
}

/** A view that runs and mixes up what its sizes mean. */
function warnScrambled(ctx: Context, x: TensorArg, sizes: readonly Dim[]): void {
  const { role } = x.payload;
  const dims = x.dims;
  const first = sizes[0];
  if (dims === undefined || first === undefined) return;
  if (
    role?.kind === 'recurrent-state' &&
    dims.length === 3 &&
    sizes.length === 2 &&
    same(first, dims[1] as Dim) &&
    ctx.known(dims[0]) !== 1 &&
    ctx.known(dims[1]) !== 1
  ) {
    ctx.warn({
      code: 'rnn-state-view',
      message: `${ctx.name}: the state is ${ctx.spell(x.shape)}, layers first; as ${ctx.spell(sizes)} its batch entries mix`,
    });
    return;
  }
  if (sizes.length !== dims.length) return;
  const moved = sizes.flatMap((d, i) => (same(d, dims[i] as Dim) ? [] : [i]));
  // Relative positions are shifted by a view on purpose: of one column more, then of what is left of it.
  if (typeof x.payload.layout !== 'string' || role?.kind === 'part') return;
  const symbolic = (d: Dim): boolean => ctx.known(d) === undefined && soleAtom(d)?.kind === 'symbol';
  const swapped =
    moved.length >= 2 &&
    moved.every((i) => symbolic(sizes[i] as Dim) && moved.filter((j) => same(sizes[i] as Dim, dims[j] as Dim)).length === 1);
  if (swapped) {
    ctx.warn({
      code: 'view-as-transpose',
      message: `${ctx.name}: ${ctx.spell(dims)} as ${ctx.spell(sizes)} has the sizes of a transpose, but keeps the elements in their old order`,
    });
  }
}

const viewOp: Operation = {
  names: ['Tensor.view'],
  signature: ['view(torch.dtype dtype)', 'view(tuple of ints size)'],
  shape: '(*) -> (*size)',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    return a.overload === 0 ? viewOfDtype(ctx, x, a.dtype('dtype') ?? undefined) : rearrange(ctx, x, wantedSizes(a, 'size'), false);
  },
  kernel: (k) =>
    k.overload === 0 ? viewOfDtypeArray(k.array('self'), k.dtype('dtype') as DType) : viewArray(k.array('self'), k.ints('size')),
  samples: [
    'torch.ones(2, 6).view(3, 4)',
    'torch.ones(2, 6).view(-1)',
    'torch.ones(2, 6).view((4, -1))',
    'torch.ones(3, 2).t().view(2, 3, 1)',
  ],
  errors: [
    ['torch.ones(3, 4).view(4, 4)', 'reshape-size-mismatch'],
    ['torch.ones(2, 3).t().view(6)', 'view-not-contiguous'],
    ['torch.ones(2).view(-1, -1)', 'invalid-argument'],
    ['torch.ones(2).view("a")', 'call-arguments'],
  ],
  doc: 'torch.Tensor.view',
};

const reshapeOp: Operation = {
  names: ['torch.reshape', 'Tensor.reshape'],
  signature: 'reshape(Tensor input, tuple of ints shape)',
  shape: '(*) -> (*shape)',
  rule: (ctx, a) => rearrange(ctx, a.tensor('input'), wantedSizes(a, 'shape'), true),
  kernel: (k) => reshapeArray(k.array('input'), k.ints('shape')),
  samples: ['torch.ones(2, 6).reshape(3, 4)', 'torch.reshape(torch.ones(2, 3).t(), (-1,))'],
  errors: [['torch.ones(3, 4).reshape(5, -1)', 'reshape-size-mismatch']],
  doc: 'torch.reshape',
};

const like = (name: 'view_as' | 'reshape_as'): Operation => ({
  names: [`Tensor.${name}`],
  signature: `${name}(Tensor other)`,
  shape: '(*), (*other) -> (*other)',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    const other = a.tensor('other');
    return rearrange(ctx, x, other.dims ?? other.shape, name === 'reshape_as');
  },
  kernel: (k) => (name === 'view_as' ? viewArray : reshapeArray)(k.array('self'), k.array('other').shape),
  samples: [`torch.ones(2, 6).${name}(torch.ones(3, 4))`],
  errors: [[`torch.ones(4).${name}(torch.ones(6))`, 'reshape-size-mismatch']],
  doc: `torch.Tensor.${name}`,
});

const flatten: Operation = {
  names: ['torch.flatten', 'Tensor.flatten'],
  signature: 'flatten(Tensor input, int start_dim = 0, int end_dim = -1)',
  shape: '(*, n…, *) -> (*, prod(n…), *)',
  rule: (ctx, a) => flattened(ctx, a.tensor('input'), a.int('start_dim'), a.int('end_dim')),
  kernel: (k) => flattenArray(k.array('input'), k.int('start_dim'), k.int('end_dim')),
  samples: [
    'torch.ones(2, 3, 4).flatten()',
    'torch.flatten(torch.ones(2, 3, 4), 1)',
    'torch.ones(2, 3, 4).flatten(0, 1)',
    'torch.tensor(1.0).flatten()',
  ],
  errors: [
    ['torch.ones(3).flatten(1)', 'dim-out-of-range'],
    ['torch.ones(2, 3, 4).flatten(1, 0)', 'invalid-argument'],
  ],
  doc: 'torch.flatten',
};

/** `flatten(start, end)`: `[*, n…, *] -> [*, prod(n…), *]`; a scalar becomes `[1]`. Serves nn.Flatten too. */
export function flattened(ctx: Context, x: TensorArg, startDim: Dim, endDim: Dim): Out {
  const start = axisOf(ctx, x, startDim);
  const end = axisOf(ctx, x, endDim);
  if (start === undefined || end === undefined) return tensorOut(unknownShape(undefined, 1), x.dtype, { viewOf: x, layout: 'unknown' });
  const result = flattenShape(ctx.world, x.shape, start, end);
  if ('refusal' in result) {
    if (result.refusal.kind !== 'order') failReshape(ctx, x, [], result.refusal);
    ctx.fail({
      code: 'invalid-argument',
      message: `flatten: \`start_dim\` ${start} comes after \`end_dim\` ${end}`,
      text: 'flatten() has invalid args: start_dim cannot come after end_dim',
    });
  }
  const more = { viewOf: x, bounds: x.bounds };
  if (x.payload.layout === 'contiguous') return tensorOut(result.shape, x.dtype, more);
  const strides = stridesOf(x);
  const [from, to] = [x.dims, dimsOf(ctx.world.resolve(result.shape))];
  if (strides === undefined || from === undefined || to === undefined)
    return tensorOut(result.shape, x.dtype, { ...more, layout: 'unknown' });
  if (from.length === to.length) return viewOut(x, result.shape, strides);
  const found = viewStrides(ctx.world, from, strides, to);
  if (found === 'unknown') return tensorOut(result.shape, x.dtype, { ...more, layout: 'unknown' });
  return found === 'incompatible' ? tensorOut(result.shape, x.dtype, more) : viewOut(x, result.shape, found);
}

const ravel: Operation = {
  names: ['torch.ravel', 'Tensor.ravel'],
  signature: 'ravel(Tensor input)',
  shape: '(*) -> (n)',
  rule: (ctx, a) => rearrange(ctx, a.tensor('input'), [constant(-1)], true),
  kernel: (k) => reshapeArray(k.array('input'), [-1]),
  samples: ['torch.ones(2, 3).ravel()'],
  doc: 'torch.ravel',
};

const unflatten: Operation = {
  names: ['torch.unflatten'],
  signature: 'unflatten(Tensor input, int dim, tuple of ints sizes)',
  shape: '(*, n, *) -> (*, *sizes, *)',
  rule: (ctx, a) => unflattened(ctx, a.tensor('input'), a.int('dim'), a.ints('sizes')),
  kernel: (k) => {
    const x = k.array('input');
    const dim = k.int('dim') < 0 ? k.int('dim') + x.rank : k.int('dim');
    const sizes = k.ints('sizes');
    return viewArray(x, [...x.shape.slice(0, dim), ...inferred(sizes, x.shape[dim] as number), ...x.shape.slice(dim + 1)]);
  },
  samples: ['torch.unflatten(torch.ones(2, 12), 1, (3, 4))', 'torch.unflatten(torch.ones(12), -1, (-1, 4))'],
  errors: [
    ['torch.unflatten(torch.ones(2, 12), 1, (5, 2))', 'reshape-size-mismatch'],
    ['torch.unflatten(torch.ones(2), 3, (2, 1))', 'dim-out-of-range'],
  ],
  doc: 'torch.unflatten',
};

const inferred = (sizes: readonly number[], total: number): number[] => {
  const known = sizes.reduce((n, s) => (s === -1 ? n : n * s), 1);
  return sizes.map((s) => (s === -1 ? total / known : s));
};

/** Written in Python: it looks at the sizes before the dimension. */
const unflattenMethod: Operation = {
  names: ['Tensor.unflatten'],
  signature: 'def Tensor.unflatten(self, dim, sizes)',
  shape: '(*, n, *) -> (*, *sizes, *)',
  rule: (ctx, a) => {
    const sizes = ctx.interp.content(a.value('sizes'));
    if (sizes !== undefined && sizes.items.length === 0 && sizes.rest === undefined) failEmptySizes(ctx);
    passOn(ctx, a, 'unflatten(int dim, tuple of ints sizes)');
    return apply(ctx, unflatten, [a.value('self'), a.value('dim'), a.value('sizes')]);
  },
  samples: ['torch.ones(2, 12).unflatten(1, (3, 4))', 'torch.ones(2, 12).unflatten(-1, [-1, 6])'],
  errors: [['torch.ones(2, 12).unflatten(1, [])', 'invalid-argument']],
  doc: 'torch.Tensor.unflatten',
};

function failEmptySizes(ctx: Context): never {
  return ctx.fail({ code: 'invalid-argument', message: 'unflatten: no sizes are given', text: 'unflatten: sizes must be non-empty' });
}

/** `unflatten(dim, sizes)`: `[*, n, *] -> [*, sizes, *]`. Serves nn.Unflatten too. */
export function unflattened(ctx: Context, x: TensorArg, dim: Dim, sizes: readonly Dim[] | undefined): Out {
  const axis = axisOf(ctx, x, dim);
  const more = { viewOf: x, bounds: x.bounds };
  if (sizes === undefined)
    return tensorOut(unknownShape(), x.dtype, { ...more, layout: x.payload.layout === 'contiguous' ? 'contiguous' : 'unknown' });
  if (sizes.length === 0) failEmptySizes(ctx);
  if (axis === undefined) return tensorOut(sameRank(x.shape, sizes.length - 1), x.dtype, { ...more, layout: 'unknown' });
  const result = unflattenShape(ctx.world, x.shape, axis, sizes);
  const refusal = 'refusal' in result ? result.refusal : result.unlessEmpty;
  if (refusal !== undefined) {
    if (refusal.kind === 'numel') {
      const at = positionOf(x.shape, axis);
      ctx.fail({
        code: 'reshape-size-mismatch',
        message: `unflatten: size ${ctx.spell(refusal.total)} at dimension ${axis} is not ${ctx.spell(sizes)}`,
        text: ctx.text`unflatten: Provided sizes ${ctx.list(sizes)} don't multiply up to the size of dim ${at} (${refusal.total}) in the input tensor`,
        origins: [refusal.total.origin, ...sizes.map((d) => d.origin)],
      });
    }
    unflattenFault(ctx, x, sizes, refusal);
  }
  const { shape } = result as { readonly shape: Shape };
  if (x.payload.layout === 'contiguous') return tensorOut(shape, x.dtype, more);
  const strides = stridesOf(x);
  const at = positionOf(x.shape, axis);
  const dims = dimsOf(ctx.world.resolve(shape));
  if (strides === undefined || at === undefined || dims === undefined) return tensorOut(shape, x.dtype, { ...more, layout: 'unknown' });
  const inner: Dim[] = [];
  let next = strides[at] as Dim;
  for (const size of dims.slice(at, at + sizes.length).reverse()) {
    inner.unshift(next);
    next = mul(next, size);
  }
  return viewOut(x, shape, [...strides.slice(0, at), ...inner, ...strides.slice(at + 1)]);
}

/** Errors from inside come with a preface of their own. */
function unflattenFault(ctx: Context, x: TensorArg, sizes: readonly Dim[], refusal: ReshapeRefusal): never {
  if (refusal.kind === 'inferred-twice') {
    ctx.fail({
      code: 'invalid-argument',
      message: `unflatten: more than one size is -1 in ${ctx.spell(sizes)}`,
      text: 'unflatten got an unexpected error:\nonly one dimension can be inferred',
    });
  }
  if (refusal.kind === 'negative') {
    const index = sizes.findIndex((d) => (ctx.known(d) ?? 0) < -1);
    ctx.fail({
      code: 'negative-size',
      message: `unflatten: size ${index} of ${ctx.spell(sizes)} is negative`,
      text: ctx.text`unflatten got an unexpected error:\ninvalid shape dimension ${sizes[index]} at index ${index} of shape ${ctx.list(sizes)}`,
    });
  }
  return failReshape(ctx, x, sizes, refusal);
}

export const RESHAPING: readonly Operation[] = [
  viewOp,
  reshapeOp,
  like('view_as'),
  like('reshape_as'),
  flatten,
  ravel,
  unflatten,
  unflattenMethod,
];
