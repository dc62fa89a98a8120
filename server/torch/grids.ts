/**
 * Every combination of the elements of several tensors: meshgrid, cartesian_prod, combinations; and block_diag.
 */

import { ge } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, floorDiv, mul } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { fromFlat, zeros } from '../kernels/array.ts';
import { rename } from '../kernels/autograd.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import { indexSelect } from '../kernels/gather.ts';
import { cat, meshgrid as meshgridArrays, pad, stack } from '../kernels/join.ts';
import { reshape } from '../kernels/views.ts';
import type { Value } from '../python/values.ts';
import { numelOf, product, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { TensorArg } from './arguments.ts';
import { starredArrays, starredTensors } from './broadcasting.ts';
import type { Context } from './context.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import { commonType } from './joining.ts';

const one = constant(1);
const zero = constant(0);

function requireSome(ctx: Context, items: readonly TensorArg[]): void {
  if (items.length === 0) {
    ctx.fail({
      code: 'invalid-argument',
      message: `${ctx.name}: the list of tensors is empty`,
      text: 'meshgrid expects a non-empty TensorList',
    });
  }
}

function requireOneType(ctx: Context, items: readonly TensorArg[]): void {
  const first = items[0]?.dtype;
  const other = items.find((x) => x.dtype !== undefined && first !== undefined && x.dtype !== first);
  if (other !== undefined) {
    ctx.fail({
      code: 'dtype-mismatch',
      message: `${ctx.name}: \`${items[0]?.name}\` is ${first}, \`${other.name}\` is ${other.dtype}`,
      text: 'meshgrid expects all tensors to have the same dtype',
    });
  }
}

const meshgrid: Operation = {
  names: ['torch.meshgrid'],
  signature: 'def meshgrid(*tensors, indexing=None)',
  shape: '(n), (m), … -> (n, m, …), (n, m, …), …',
  rule: (ctx, a): Out | Value => {
    const found = starredTensors(ctx, a.value('tensors'));
    if (found === undefined) return ctx.interp.unknown('grids');
    const { items } = found;
    requireSome(ctx, items);
    requireOneType(ctx, items);
    const indexing = a.isNone('indexing') ? 'ij' : a.string('indexing');
    if (indexing !== undefined && indexing !== 'ij' && indexing !== 'xy') {
      ctx.fail({
        code: 'invalid-argument',
        message: `meshgrid: indexing is '${indexing}'`,
        text: `torch.meshgrid: indexing must be one of "xy" or "ij", but received: ${indexing}`,
      });
    }
    for (const x of items) {
      ctx.requireRank(x.shape, [0, 1], (rank) => ({
        code: 'rank-mismatch',
        message: `meshgrid: \`${x.name}\` has ${rank} dimensions`,
        text: printed(x.values),
        origins: [x.origin],
      }));
    }
    if (indexing === undefined) return ctx.interp.unknown('grids');
    const sizes = items.map((x) => numelOf(x.shape) ?? ctx.world.freshSize());
    const [first, second] = sizes;
    if (indexing === 'xy' && first !== undefined && second !== undefined) sizes.splice(0, 2, second, first);
    return tupleOut(items.map((x) => tensorOut(shapeOf(sizes), x.dtype, { layout: 'unknown', viewOf: x, bounds: x.bounds })));
  },
  kernel: (k) => meshgridArrays(starredArrays(k, 'tensors'), k.isNone('indexing') ? 'ij' : (k.string('indexing') as 'ij' | 'xy')),
  samples: [
    "torch.meshgrid(torch.arange(2), torch.arange(3), indexing='ij')",
    "torch.meshgrid([torch.arange(2), torch.arange(3)], indexing='xy')",
  ],
  errors: [
    ["torch.meshgrid(torch.arange(2), indexing='ab')", 'invalid-argument'],
    ["torch.meshgrid([], indexing='ij')", 'invalid-argument'],
    ["torch.meshgrid(torch.arange(2), torch.ones(2), indexing='ij')", 'dtype-mismatch'],
  ],
  doc: 'torch.meshgrid',
};

/** PyTorch prints the tensor here as its C++ side does; known for small whole numbers in two dimensions. */
function printed(array: NdArray | undefined): string | undefined {
  if (array === undefined || array.rank !== 2 || array.numel === 0 || array.dtype === 'bool') return undefined;
  const values = Array.from(array.toFlat());
  if (!values.every((v) => Number.isInteger(v) && Math.abs(v) < 1e5)) return undefined;
  const [rows, cols] = array.shape as [number, number];
  const width = Math.max(...values.map((v) => String(Math.abs(v)).length)) + 1;
  if (cols * (width + 1) > 80) return undefined;
  const lines = Array.from({ length: rows }, (_, i) =>
    values
      .slice(i * cols, (i + 1) * cols)
      .map((v) => String(v).padStart(width))
      .join(' '),
  );
  const type = `torch.${scalarTypeName(array.dtype)}Tensor{${array.shape.join(',')}}`;
  return `torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: ${lines.join('\n')}\n[ ${type} ]`;
}

function requireVectors(ctx: Context, items: readonly TensorArg[]): void {
  for (const x of items) {
    ctx.requireRank(x.shape, [1], () => ({
      code: 'rank-mismatch',
      message: `${ctx.name}: \`${x.name}\` is ${ctx.spell(x.shape)}, not 1-D`,
      text: ctx.text`Expect a 1D vector, but got shape ${x.shape}`,
      origins: [x.origin],
    }));
  }
}

const cartesian: Operation = {
  names: ['torch.cartesian_prod'],
  signature: 'def cartesian_prod(*tensors)',
  shape: '(n), (m), … -> (n*m*…, count)',
  rule: (ctx, a): Out => {
    const found = starredTensors(ctx, a.value('tensors'));
    if (found === undefined) return tensorOut(unknownShape(undefined, 1, 2), undefined);
    const { items } = found;
    requireVectors(ctx, items);
    requireSome(ctx, items);
    requireOneType(ctx, items);
    const dtype = commonType(items);
    const [first] = items;
    if (items.length === 1 && first !== undefined) return tensorOut(first.shape, dtype);
    const sizes = items.map((x) => x.someSize(0));
    return tensorOut(shapeOf([product(sizes), constant(items.length)]), dtype);
  },
  kernel: (k) => {
    const arrays = starredArrays(k, 'tensors');
    if (arrays.length === 1) return arrays[0] as NdArray;
    return stack(
      meshgridArrays(arrays).map((x) => reshape(x, [-1])),
      1,
    );
  },
  samples: ['torch.cartesian_prod(torch.arange(2), torch.arange(3))', 'torch.cartesian_prod(torch.arange(2))'],
  errors: [['torch.cartesian_prod(torch.ones(2, 2))', 'rank-mismatch']],
  doc: 'torch.cartesian_prod',
};

/** The places of every choice of `count` out of `n`, in lexical order. */
function choices(n: number, count: number, repeating: boolean): number[][] {
  let rows: number[][] = [[]];
  for (let i = 0; i < count; i++) {
    rows = rows.flatMap((row) => {
      const from = row.length === 0 ? 0 : (row.at(-1) as number) + (repeating ? 0 : 1);
      return Array.from({ length: Math.max(0, n - from) }, (_, j) => [...row, from + j]);
    });
  }
  return rows;
}

const combinations: Operation = {
  names: ['torch.combinations', 'Tensor.combinations'],
  signature: 'combinations(Tensor input, int r = 2, bool with_replacement = False)',
  shape: '(n) -> (binomial(n, r), r)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const r = a.int('r');
    requireVectors(ctx, [x]);
    ctx.require(ge(r, zero), () => ({
      code: 'invalid-argument',
      message: `combinations: \`r\` is ${ctx.spell(r)}`,
      text: ctx.text`Expect a non-negative number, but got ${r}`,
    }));
    const count = ctx.known(r);
    const repeating = a.bool('with_replacement');
    const n = x.size(0);
    if (count === 0) return tensorOut(shapeOf([zero]), x.dtype);
    if (count === undefined || n === undefined || repeating === undefined || count > 8)
      return tensorOut(shapeOf([ctx.world.freshSize(), r]), x.dtype);
    let rows: Dim = one;
    for (let i = 0; i < count; i++) rows = floorDiv(mul(rows, repeating ? add(n, constant(i)) : add(n, constant(-i))), constant(i + 1));
    return tensorOut(shapeOf([ctx.facts.simplify(rows), r]), x.dtype);
  },
  kernel: (k) => {
    const x = k.array('input');
    const r = k.int('r');
    if (r === 0) return zeros([0], x.dtype);
    const rows = choices(x.numel, r, k.bool('with_replacement'));
    return rename(reshape(indexSelect(x, 0, fromFlat(rows.flat(), [rows.length * r], 'int64')), [rows.length, r]), 'StackBackward0');
  },
  samples: [
    'torch.combinations(torch.arange(4))',
    'torch.combinations(torch.arange(3), 3, True)',
    'torch.combinations(torch.arange(2), 3)',
  ],
  errors: [
    ['torch.combinations(torch.ones(2, 2))', 'rank-mismatch'],
    ['torch.combinations(torch.ones(2), -1)', 'invalid-argument'],
  ],
  doc: 'torch.combinations',
};

/** `[n, m]` of a block: a vector is one row. */
const blockSizes = (dims: readonly Dim[]): readonly [Dim, Dim] => {
  const [n, m] = dims;
  if (n === undefined) return [one, one];
  return m === undefined ? [one, n] : [n, m];
};

const blockDiag: Operation = {
  names: ['torch.block_diag'],
  signature: 'def block_diag(*tensors)',
  shape: '(n, m), (p, q), … -> (n + p + …, m + q + …)',
  rule: (ctx, a): Out => {
    const given = ctx.interp.content(a.value('tensors'));
    if (given === undefined || given.rest !== undefined) return tensorOut(unknownShape(undefined, 2, 2), undefined);
    const items = given.items.map((item, i) =>
      ctx.tensorOf(item, `tensors[${i}]`, (value) =>
        ctx.fail({
          code: 'not-a-tensor',
          exception: 'TypeError',
          message: `block_diag: element ${i} is no tensor`,
          text: `expected Tensor as element ${i} in argument 0, but got ${ctx.interp.typeName(value)}`,
        }),
      ),
    );
    for (const [i, x] of items.entries()) {
      ctx.requireRank(x.shape, [0, 1, 2], (rank) => ({
        code: 'rank-mismatch',
        message: `block_diag: tensor ${i} has ${rank} dimensions`,
        text: `torch.block_diag: Input tensors must have 2 or fewer dimensions. Input ${i} has ${rank} dimensions`,
        origins: [x.origin],
      }));
    }
    if (items.length === 0) return tensorOut(shapeOf([one, zero]), 'float32');
    const blocks = items.map((x) => (x.dims === undefined ? [ctx.world.freshSize(), ctx.world.freshSize()] : blockSizes(x.dims)));
    const sum = (side: 0 | 1): Dim => ctx.facts.simplify(blocks.reduce((n, b) => add(n, b[side] as Dim), zero));
    return tensorOut(shapeOf([sum(0), sum(1)]), commonType(items));
  },
  kernel: (k) => {
    const blocks = starredArrays(k, 'tensors').map((x) => reshape(x, x.rank === 0 ? [1, 1] : x.rank === 1 ? [1, x.numel] : x.shape));
    if (blocks.length === 0) return zeros([1, 0]);
    const width = blocks.reduce((n, b) => n + (b.shape[1] as number), 0);
    let left = 0;
    const rows = blocks.map((b) => {
      const row = pad(b, [left, width - left - (b.shape[1] as number)]);
      left += b.shape[1] as number;
      return row;
    });
    return rename(cat(rows, 0), 'BlockDiagBackward0');
  },
  samples: ['torch.block_diag(torch.ones(2, 3), torch.arange(2), torch.tensor(5))', 'torch.block_diag()'],
  errors: [['torch.block_diag(torch.ones(2, 3, 4))', 'rank-mismatch']],
  doc: 'torch.block_diag',
};

export const GRIDS: readonly Operation[] = [meshgrid, cartesian, combinations, blockDiag];
