/**
 * Several tensors brought to a common shape or rank: broadcast_tensors, broadcast_shapes, atleast_1d and its kin.
 */

import type { Dim } from '../dims/dim.ts';
import { constant, valueOf } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { rename } from '../kernels/autograd.ts';
import { broadcastShapes } from '../kernels/broadcast.ts';
import { sum } from '../kernels/reduce.ts';
import { expand as expandArray, reshape } from '../kernels/views.ts';
import type { Value } from '../python/values.ts';
import { broadcastAll, broadcastInto, broadcastSize } from '../shapes/broadcast.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { KernelArguments, TensorArg } from './arguments.ts';
import { arrayOf } from './arguments.ts';
import type { Context } from './context.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import { expandedStrides } from './expanding.ts';
import { viewOut } from './layout.ts';
import { sizeValue } from './size.ts';

const one = constant(1);

/** The tensors of a starred parameter, which may also be given as one list. Raises TypeError for what is no tensor. */
export function starredTensors(ctx: Context, given: Value): { readonly items: readonly TensorArg[]; readonly listed: boolean } | undefined {
  const outer = ctx.interp.content(given);
  if (outer === undefined || outer.rest !== undefined) return undefined;
  const first = outer.items.length === 1 ? ctx.interp.resolve(outer.items[0] as Value) : undefined;
  const listed = first?.kind === 'list' || first?.kind === 'tuple';
  const inner = listed ? ctx.interp.content(first as Value) : outer;
  if (inner === undefined || inner.rest !== undefined) return undefined;
  const items = inner.items.map((item, i) =>
    ctx.tensorOf(item, `tensors[${i}]`, (value) =>
      ctx.fail({
        code: 'not-a-tensor',
        exception: 'TypeError',
        message: `${ctx.name}: element ${i} is no tensor`,
        text: `expected Tensor as element ${i} in argument 0, but got ${ctx.interp.typeName(value)}`,
      }),
    ),
  );
  return { items, listed };
}

/** The arrays of a starred parameter. Throws `NotKnown`. */
export function starredArrays(k: KernelArguments, name: string): NdArray[] {
  return (starredTensors(k.rule.ctx, k.value(name))?.items ?? []).map((x) => arrayOf(x.object));
}

const broadcastTensors: Operation = {
  names: ['torch.broadcast_tensors'],
  signature: 'def broadcast_tensors(*tensors)',
  shape: '(*)… -> (*)…',
  rule: (ctx, a): Out | Value => {
    const found = starredTensors(ctx, a.value('tensors'));
    if (found === undefined) return ctx.interp.unknown('tensors');
    const result = broadcastAll(
      ctx.world,
      found.items.map((x) => x.shape),
    );
    if ('conflict' in result) {
      const { a: left, b: right, axis } = result.conflict;
      return ctx.fail({
        code: 'broadcast-mismatch',
        message: `broadcast_tensors: size ${ctx.spell(left)} meets ${ctx.spell(right)} at dimension ${axis}`,
        text:
          axis < 0
            ? undefined
            : ctx.text`The size of tensor a (${left}) must match the size of tensor b (${right}) at non-singleton dimension ${axis}`,
        origins: [left.origin, right.origin],
      });
    }
    const to = dimsOf(ctx.world.resolve(result.shape));
    return tupleOut(found.items.map((x) => viewOut(x, result.shape, expandedStrides(ctx, x, to))));
  },
  kernel: (k) => {
    const arrays = starredArrays(k, 'tensors');
    const shape = arrays.reduce<readonly number[]>((s, x) => broadcastShapes(s, x.shape), []);
    return arrays.map((x) => expandArray(x, shape));
  },
  samples: ['torch.broadcast_tensors(torch.ones(3, 1), torch.ones(4))'],
  errors: [['torch.broadcast_tensors(torch.ones(3), torch.ones(4))', 'broadcast-mismatch']],
  doc: 'torch.broadcast_tensors',
};

const broadcastShapesOp: Operation = {
  names: ['torch.broadcast_shapes'],
  signature: 'def broadcast_shapes(*shapes)',
  shape: 'sizes… -> sizes',
  rule: (ctx, a): Value => {
    const given = ctx.interp.content(a.value('shapes'));
    const lists = given?.rest === undefined ? given?.items.map((item) => ctx.dimsOfValue(item, 'shapes')) : undefined;
    if (lists === undefined || lists.includes(undefined)) return ctx.interp.unknown('shape');
    const rank = Math.max(0, ...lists.map((dims) => (dims as readonly Dim[]).length));
    const common: Dim[] = Array.from({ length: rank }, () => one);
    for (const [index, item] of lists.entries()) {
      const dims = item as readonly Dim[];
      for (let i = -1; i >= -dims.length; i--) {
        const size = dims.at(i) as Dim;
        const n = ctx.known(size);
        if (n !== undefined && n < 0) {
          ctx.fail({
            code: 'negative-size',
            exception: 'ValueError',
            message: `broadcast_shapes: size ${n} is negative`,
            text: 'Attempting to broadcast a dimension with negative length!',
          });
        }
        const at = rank + i;
        const now = common[at] as Dim;
        const met = broadcastSize(ctx.world, now, size);
        if (met === undefined) {
          return ctx.fail({
            code: 'broadcast-mismatch',
            message: `broadcast_shapes: size ${ctx.spell(size)} meets ${ctx.spell(now)} at dimension ${i}`,
            text: ctx.text`Attempting to broadcast a dimension of length ${size} at ${i}! Mismatching argument at index ${index} had ${ctx.tuple(dims)}; but expected shape should be broadcastable to ${ctx.list(common)}`,
            origins: [size.origin, now.origin],
          });
        }
        common[at] = met;
      }
    }
    return sizeValue(ctx.interp, shapeOf(common));
  },
  samples: ['torch.broadcast_shapes((2, 1), (3,))', 'torch.broadcast_shapes(3, (2, 3))'],
  errors: [['torch.broadcast_shapes((3,), (4,))', 'broadcast-mismatch']],
  doc: 'torch.broadcast_shapes',
};

// ---------------------------------------------------------------- atleast_*

/** `[n] -> [1, n]` and so on up to `rank` sizes. */
function padded(dims: readonly Dim[], rank: 1 | 2 | 3): readonly Dim[] {
  if (dims.length >= rank) return dims;
  if (dims.length === 0) return Array.from({ length: rank }, () => one);
  if (rank === 2) return [one, dims[0] as Dim];
  return dims.length === 1 ? [one, dims[0] as Dim, one] : [...dims, one];
}

const paddedArray = (x: NdArray, rank: 1 | 2 | 3): NdArray => {
  const sizes = padded(
    x.shape.map((n) => constant(n)),
    rank,
  ).map((d) => valueOf(d) as number);
  if (sizes.length === x.rank) return x;
  const out = reshape(x, sizes);
  return x.rank === 0 ? out : rename(out, 'UnsqueezeBackward0');
};

const atLeast = (rank: 1 | 2 | 3): Operation => ({
  names: [`torch.atleast_${rank}d`],
  signature: `def atleast_${rank}d(*tensors)`,
  shape: '(*) -> (*)',
  rule: (ctx, a): Out | Value => {
    const found = starredTensors(ctx, a.value('tensors'));
    if (found === undefined) return ctx.interp.unknown('tensors');
    const outs = found.items.map((x): Out => {
      const dims = x.dims;
      if (dims === undefined) return tensorOut(unknownShape(undefined, rank), x.dtype, { viewOf: x, layout: 'unknown' });
      const shape: Shape = shapeOf(padded(dims, rank));
      return tensorOut(shape, x.dtype, { viewOf: x, layout: x.payload.layout === 'contiguous' ? 'contiguous' : 'unknown' });
    });
    return outs.length === 1 && !found.listed ? (outs[0] as Out) : tupleOut(outs);
  },
  kernel: (k) => starredArrays(k, 'tensors').map((x) => paddedArray(x, rank)),
  samples: [`torch.atleast_${rank}d(torch.ones(3))`, `torch.atleast_${rank}d(torch.tensor(1.0), torch.ones(2, 3))`],
  doc: `torch.atleast_${rank}d`,
});

const sumToSize: Operation = {
  names: ['Tensor.sum_to_size'],
  signature: 'sum_to_size(tuple of ints size)',
  shape: '(*) -> (*size)',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    const size = a.ints('size');
    if (size === undefined) return tensorOut(unknownShape(), x.dtype);
    const met = broadcastInto(ctx.world, shapeOf(size), x.shape);
    if (!('ok' in met)) {
      ctx.fail({
        code: 'broadcast-mismatch',
        message: `sum_to_size: ${ctx.spell(size)} does not broadcast to ${ctx.spell(x.shape)}`,
        text: ctx.text`size {${ctx.list(size)}} is not expandable to size {${x.shape}}.`,
        origins: [x.origin],
      });
    }
    return tensorOut(shapeOf(size), x.dtype);
  },
  kernel: (k) => {
    const x = k.array('self');
    const size = k.ints('size');
    const lead = x.rank - size.length;
    const dims = x.shape.flatMap((n, i) => (i < lead || (size[i - lead] === 1 && n !== 1) ? [i] : []));
    return dims.length === 0 ? x : reshape(sum(x, dims, true), size);
  },
  samples: ['torch.ones(2, 3).sum_to_size(1, 3)', 'torch.ones(2, 3).sum_to_size(3)'],
  errors: [['torch.ones(2, 3).sum_to_size(2)', 'broadcast-mismatch']],
  doc: 'torch.Tensor.sum_to_size',
};

export const BROADCASTING: readonly Operation[] = [sumToSize, broadcastTensors, broadcastShapesOp, atLeast(1), atLeast(2), atLeast(3)];
