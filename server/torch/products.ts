/**
 * Products beyond matmul: tensordot, kron, cross, cdist, chains of matrices.
 */
import { eq, or } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, floorDiv, mul, sub } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { rename } from '../kernels/autograd.ts';
import { cdist, pdist } from '../kernels/distance.ts';
import { isFloating, scalarTypeName } from '../kernels/dtype.ts';
import { matmul } from '../kernels/matmul.ts';
import { cross, kron, tensordotValues } from '../kernels/products.ts';
import type { Value } from '../python/values.ts';
import { normalAxis } from '../shapes/axes.ts';
import type { Shape } from '../shapes/shape.ts';
import { concatenate, dimsOf, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { arrayOf, NotKnown } from './arguments.ts';
import { axisOf } from './axis.ts';
import { axesOf } from './axis-lists.ts';
import type { Context } from './context.ts';
import { batchTypes, rankFault, refuseBool, requireInner, requireSameType, withoutLast } from './contraction.ts';
import { broadcastPair } from './elementwise.ts';
import type { Operation } from './entry.ts';
import { tensorOut } from './entry.ts';
import { passOn } from './native-argument.ts';
import { commonType, computed, operandOf, refuseType } from './promotion.ts';

const one = constant(1);

// ---------------------------------------------------------------- tensordot

/** The dimensions summed over on either side; undefined where they are not known. */
function contracted(ctx: Context, a: Arguments): readonly [readonly Dim[], readonly Dim[]] | undefined {
  const value = a.value('dims');
  const n = ctx.interp.asNumber(value);
  if (n !== undefined) {
    if (n < 0) fault(ctx, `tensordot expects dims >= 0, but got dims=${n}`);
    const [x, y] = [a.tensor('a'), a.tensor('b')];
    if (x.rank === undefined || y.rank === undefined) return undefined;
    if (n > Math.min(x.rank, y.rank)) fault(ctx, `tensordot expects dims < ndim_a or ndim_b, but got dims=${n}`);
    return [Array.from({ length: n }, (_, i) => constant(i - n)), Array.from({ length: n }, (_, i) => constant(i))];
  }
  const pair = ctx.interp.items(value);
  if (pair === undefined || pair.length !== 2) return undefined;
  const [left, right] = pair.map((v) => ctx.dimsOfValue(v, 'dims'));
  return left === undefined || right === undefined ? undefined : [left, right];
}

function fault(ctx: Context, text: string): never {
  return ctx.fail({ code: 'invalid-argument', text, message: text });
}

const TENSORDOT: Operation = {
  names: ['torch.tensordot'],
  signature: 'def tensordot(a, b, dims=2, out=None)',
  shape: '(*a, *k), (*k, *b) -> (*a, *b)',
  rule: (ctx, args) => {
    const [x, y] = [args.tensor('a'), args.tensor('b')];
    const dims = contracted(ctx, args);
    const dtype = x.dtype ?? y.dtype;
    if (dims === undefined) return tensorOut(unknownShape(), dtype);
    if (dims[0].length !== dims[1].length) fault(ctx, 'both dimension lists should have same length');
    requireSameType(ctx, x, y, () => 'both inputs should have same dtype');
    dims[0].forEach((d, i) => {
      requirePair(ctx, x, y, d, dims[1][i] as Dim);
    });
    const [left, right] = [axesOf(ctx, x, dims[0]), axesOf(ctx, y, dims[1])];
    refuseBool(ctx, x.dtype, 'addmm_impl_cpu_');
    const [p, q] = [free(x, left), free(y, right)];
    return tensorOut(p === undefined || q === undefined ? unknownShape() : shapeOf([...p, ...q]), dtype);
  },
  kernel: (k) => {
    const [x, y] = [k.array('a'), k.array('b')];
    const dims = contracted(k.rule.ctx, k.rule);
    const numbers = (of: readonly Dim[]): number[] =>
      of.map((d) => {
        const n = k.rule.ctx.known(d);
        if (n === undefined) throw new NotKnown();
        return n;
      });
    if (dims === undefined) throw new NotKnown();
    return tensordotValues(x, y, numbers(dims[0]), numbers(dims[1]));
  },
  samples: [
    'torch.tensordot(torch.ones(2, 3), torch.ones(3, 4), dims=1)',
    'torch.tensordot(torch.ones(2, 3), torch.ones(4, 2), dims=([0], [1]))',
  ],
  errors: [['torch.tensordot(torch.ones(2, 3), torch.ones(3, 4), dims=2)', 'matmul-inner-size']],
  doc: 'torch.tensordot',
};

/** Two summed sizes are equal, or one of them is 1. */
function requirePair(ctx: Context, x: TensorArg, y: TensorArg, d: Dim, e: Dim): void {
  const [i, j] = [axisOf(ctx, x, d, { wrapScalar: false }), axisOf(ctx, y, e, { wrapScalar: false })];
  const [m, n] = [i === undefined ? undefined : x.size(i), j === undefined ? undefined : y.size(j)];
  if (m === undefined || n === undefined) return;
  ctx.require(or(eq(m, n), eq(m, one), eq(n, one)), () => ({
    code: 'matmul-inner-size',
    message: `tensordot: ${ctx.spell(x.shape)} and ${ctx.spell(y.shape)}, summed sizes ${ctx.spell(m)} and ${ctx.spell(n)} differ`,
    text: ctx.text`contracted dimensions need to match, but first has size ${m} in dim ${i as number} and second has size ${n} in dim ${j as number}`,
    origins: [m.origin ?? x.origin, n.origin ?? y.origin],
  }));
}

function free(x: TensorArg, axes: readonly number[] | undefined): readonly Dim[] | undefined {
  const dims = x.dims;
  if (dims === undefined || axes === undefined) return undefined;
  const gone = new Set(axes.map((axis) => normalAxis(axis, dims.length)));
  return dims.filter((_, i) => !gone.has(i));
}

// ---------------------------------------------------------------- kron, cross

const KRON: Operation = {
  names: ['torch.kron', 'Tensor.kron'],
  signature: 'kron(Tensor input, Tensor other, *, Tensor out = None)',
  shape: '(*a), (*b) -> (*c)',
  rule: (ctx, a) => {
    const [x, y] = [a.tensor('input'), a.tensor('other')];
    const type = computed(commonType([operandOf(ctx, x.object, 'input'), operandOf(ctx, y.object, 'other')]));
    const [p, q] = [x.dims, y.dims];
    if (p === undefined || q === undefined) return tensorOut(unknownShape(), type);
    const rank = Math.max(p.length, q.length);
    const at = (dims: readonly Dim[], i: number): Dim => dims[i - rank + dims.length] ?? one;
    return tensorOut(shapeOf(Array.from({ length: rank }, (_, i) => mul(at(p, i), at(q, i)))), type);
  },
  kernel: (k) => kron(k.array('input'), k.array('other')),
  samples: ['torch.kron(torch.ones(2), torch.ones(3, 4))'],
  doc: 'torch.kron',
};

/** The dimension of size 3: given, or the first that both have. */
function crossDim(ctx: Context, a: Arguments, x: TensorArg, y: TensorArg): number | undefined {
  if (!a.isNone('dim')) return axisOf(ctx, x, a.int('dim'));
  const dims = x.dims;
  if (dims === undefined || dims.some((d) => ctx.known(d) === undefined)) return undefined;
  const found = dims.findIndex((d) => ctx.known(d) === 3);
  if (found < 0)
    ctx.fail({
      code: 'shape-mismatch',
      text: 'no dimension of size 3 in input',
      message: `${ctx.name}: no size of ${ctx.spell(x.shape)} is 3`,
      origins: [x.origin, y.origin],
    });
  return found;
}

function crossEntry(names: readonly string[], signature: string): Operation {
  return {
    names,
    signature,
    shape: '(*a), (*b) -> (*c)',
    rule: (ctx, a) => {
      const [x, y] = [a.tensor('input'), a.tensor('other')];
      const type = x.dtype ?? y.dtype;
      const found = a.isNone('dim') ? crossDim(ctx, a, x, y) : undefined;
      if (x.rank !== undefined && y.rank !== undefined && x.rank !== y.rank) {
        ctx.fail(rankFault(ctx, y, `${x.rank} dimensions`, 'linalg.cross: inputs must have the same number of dimensions.'));
      }
      const dim = found ?? crossDim(ctx, a, x, y);
      const [m, n] = dim === undefined ? [] : [x.size(dim), y.size(dim)];
      if (m !== undefined && n !== undefined) {
        for (const size of [m, n]) {
          ctx.require(eq(size, constant(3)), () => ({
            code: 'shape-mismatch',
            text: ctx.text`linalg.cross: inputs dimension ${dim as number} must have length 3. Got ${m} and ${n}`,
            message: `${ctx.name}: dimension ${dim} has sizes ${ctx.spell(m)} and ${ctx.spell(n)}, 3 is needed`,
            origins: [m.origin ?? x.origin, n.origin ?? y.origin],
          }));
        }
      }
      const shape = broadcastPair(
        ctx,
        x.shape,
        y.shape,
        [x, y].map((tensor) => ({ shape: tensor.shape, tensor })),
      );
      refuseBool(ctx, x.dtype, 'cross');
      requireSameType(ctx, x, y, batchTypes);
      return tensorOut(shape, type);
    },
    kernel: (k) => {
      const [x, y] = [k.array('input'), k.array('other')];
      return cross(x, y, k.optionalInt('dim') ?? x.shape.indexOf(3));
    },
    samples: [`${names[0]}(torch.rand(2, 3), torch.rand(2, 3), dim=1)`],
    errors: [[`${names[0]}(torch.rand(2, 4), torch.rand(2, 4), dim=1)`, 'shape-mismatch']],
    doc: names[0] as string,
  };
}

// ---------------------------------------------------------------- distances

function requireDistanceType(ctx: Context, x: TensorArg, name: string): void {
  if (x.dtype === undefined || isFloating(x.dtype)) return;
  ctx.fail({
    code: 'dtype-mismatch',
    text: `cdist only supports floating-point dtypes, ${name} got: ${scalarTypeName(x.dtype)}`,
    message: `cdist takes floating tensors, not ${x.dtype}`,
    origins: [x.origin],
  });
}

function cdistShape(ctx: Context, a: Arguments, x: TensorArg, y: TensorArg): Shape {
  for (const [t, name] of [
    [x, 'X1'],
    [y, 'X2'],
  ] as const) {
    const held = ctx.world.limitRank(t.shape, 2, Infinity);
    if (held.decision === 'no')
      ctx.fail(
        rankFault(
          ctx,
          t,
          'at least 2 dimensions',
          t.rank === undefined ? undefined : `cdist only supports at least 2D tensors, ${name} got: ${t.rank}D`,
        ),
      );
  }
  const [d, e] = [x.size(-1), y.size(-1)];
  if (d !== undefined && e !== undefined)
    requireInner(ctx, d, e, [x, y], () => ctx.text`X1 and X2 must have the same number of columns. X1: ${d} X2: ${e}`);
  for (const [t, name] of [
    [x, 'X1'],
    [y, 'X2'],
  ] as const)
    requireDistanceType(ctx, t, name);
  const p = a.known('p');
  if (p !== undefined && p < 0) fault(ctx, 'cdist only supports non-negative p values');
  const batch = broadcastPair(ctx, withoutLast(ctx, x.shape, 2), withoutLast(ctx, y.shape, 2));
  const empty = [d, x.size(-2), y.size(-2), ...batch.head, ...batch.tail]
    .filter((n) => n !== undefined)
    .some((n) => ctx.facts.decide(eq(n, constant(0))) === 'yes');
  if (!empty) {
    if (x.dtype === 'float16' || x.dtype === 'bfloat16') {
      const text = `"cdist" not implemented for '${scalarTypeName(x.dtype)}'`;
      ctx.fail({ code: 'dtype-mismatch', exception: 'NotImplementedError', text, message: `cdist does not take ${x.dtype} tensors` });
    }
    requireSameType(ctx, x, y, batchTypes);
  }
  return concatenate(batch, shapeOf([x.someSize(-2), y.someSize(-2)]));
}

const CDIST: Operation = {
  names: ['torch.cdist'],
  signature: "def cdist(x1, x2, p=2.0, compute_mode='use_mm_for_euclid_dist_if_necessary')",
  shape: '(*a, n, d), (*b, m, d) -> (*c, n, m)',
  rule: (ctx, a) => {
    passOn(ctx, a, 'cdist(Tensor x1, Tensor x2, float p)');
    const [x, y] = [a.tensor('x1'), a.tensor('x2')];
    return tensorOut(cdistShape(ctx, a, x, y), x.dtype ?? y.dtype);
  },
  kernel: (k) => cdist(k.array('x1'), k.array('x2'), k.number('p')),
  samples: ['torch.cdist(torch.rand(3, 5), torch.rand(2, 4, 5))'],
  errors: [
    ['torch.cdist(torch.rand(3, 5), torch.rand(4, 6))', 'matmul-inner-size'],
    ['torch.cdist(torch.rand(5), torch.rand(4, 5))', 'rank-mismatch'],
  ],
  doc: 'torch.cdist',
};

const PDIST: Operation = {
  names: ['torch.pdist', 'F.pdist'],
  signature: 'pdist(Tensor input, float p = 2)',
  shape: '(n, d) -> (n*(n-1)//2)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    ctx.requireRank(x.shape, [2], (rank) => rankFault(ctx, x, 'a matrix', `pdist only supports 2D tensors, got: ${rank}D`));
    if (x.dtype !== undefined && !isFloating(x.dtype)) {
      const text = 'pdist only supports floating-point dtypes';
      ctx.fail({ code: 'dtype-mismatch', text, message: text, origins: [x.origin] });
    }
    const empty = (x.dims ?? []).some((d) => ctx.known(d) === 0) || ctx.known(x.size(0)) === 1;
    if (!empty && (x.dtype === 'float16' || x.dtype === 'bfloat16')) refuseType(ctx, { f: 'pdist' }, x.dtype);
    const n = x.size(0) as Dim;
    return tensorOut(shapeOf([floorDiv(mul(n, sub(n, one)), constant(2))]), x.dtype);
  },
  kernel: (k) => pdist(k.array('input'), k.number('p')),
  samples: ['F.pdist(torch.rand(4, 3))'],
  errors: [['F.pdist(torch.rand(4))', 'rank-mismatch']],
  doc: 'nn.functional.pdist',
};

// ---------------------------------------------------------------- chains

function chainShape(ctx: Context, tensors: readonly TensorArg[]): Shape {
  const count = tensors.length;
  if (count < 2) fault(ctx, `multi_dot(): expected at least 2 tensors but got ${count}`);
  tensors.forEach((t, i) => {
    const ends = i === 0 || i === count - 1;
    const fail = (rank: number) =>
      rankFault(
        ctx,
        t,
        'a matrix',
        `multi_dot(): ${ends ? `the ${i === 0 ? 'first' : 'last'} tensor must be 1D or 2D` : `tensor ${i} must be 2D`} but got ${rank}D`,
      );
    ctx.requireRank(t.shape, ends ? [1, 2] : [2], fail);
  });
  const sides = tensors.map((t) => dimsOf(t.shape));
  for (let i = 1; i < count; i++) {
    const [p, q] = [sides[i - 1], sides[i]];
    const [inner, outer] = [p?.at(-1), q?.[0]];
    if (p === undefined || q === undefined || inner === undefined || outer === undefined) continue;
    const [x, y] = [tensors[i - 1] as TensorArg, tensors[i] as TensorArg];
    requireInner(ctx, inner, outer, [x, y], () => {
      const shapes = ctx.text`${x.shape} and ${y.shape}`;
      return shapes === undefined ? undefined : `multi_dot(): tensors ${i - 1} and ${i} with shapes ${shapes} cannot be multiplied`;
    });
  }
  const [first, last] = [sides[0], sides[count - 1]];
  if (first === undefined || last === undefined) return unknownShape(undefined, 0, 2);
  return shapeOf([...first.slice(0, -1), ...last.slice(1)]);
}

/** The product of all, whose history PyTorch ends with a view. */
const chainProduct = (items: readonly NdArray[]): NdArray => {
  const product = items.reduce((x, y) => matmul(x, y));
  return items.length > 1 ? rename(product, 'ViewBackward0') : product;
};

const CHAIN: Operation = {
  names: ['torch.chain_matmul'],
  signature: 'def chain_matmul(*matrices, out=None)',
  shape: '(n, k), … -> (n, m)',
  rule: (ctx, a) => {
    const { items, complete } = a.tensors('matrices');
    return tensorOut(complete ? chainShape(ctx, items) : unknownShape(undefined, 2, 2), items[0]?.dtype);
  },
  kernel: (k) => chainProduct(k.arrays('matrices')),
  samples: ['torch.chain_matmul(torch.ones(2, 3), torch.ones(3, 4), torch.ones(4, 5))'],
  errors: [['torch.chain_matmul(torch.ones(2, 3), torch.ones(4, 4))', 'matmul-inner-size']],
  doc: 'torch.chain_matmul',
};

const MULTI_DOT: Operation = {
  names: ['torch.linalg.multi_dot'],
  signature: 'linalg_multi_dot(tuple of Tensors tensors, *, Tensor out = None)',
  shape: '(n, k), … -> (n, m)',
  rule: (ctx, a) => {
    const { items, complete } = a.tensors('tensors');
    return tensorOut(complete ? chainShape(ctx, items) : unknownShape(undefined, 0, 2), items[0]?.dtype);
  },
  kernel: (k: KernelArguments): NdArray => {
    const items = k.rule.ctx.interp.items(k.value('tensors'));
    if (items === undefined) throw new NotKnown();
    return chainProduct(items.map((v: Value) => arrayOf(k.rule.ctx.interp.resolve(v))));
  },
  samples: ['torch.linalg.multi_dot([torch.ones(2, 3), torch.ones(3, 4)])'],
  errors: [['torch.linalg.multi_dot([torch.ones(2, 3), torch.ones(4, 4)])', 'matmul-inner-size']],
  doc: 'torch.linalg.multi_dot',
};

export const PRODUCTS: readonly Operation[] = [
  TENSORDOT,
  KRON,
  crossEntry(['torch.cross', 'Tensor.cross'], 'cross(Tensor input, Tensor other, int? dim = None, *, Tensor out = None)'),
  crossEntry(['torch.linalg.cross'], 'linalg_cross(Tensor input, Tensor other, *, int dim = -1, Tensor out = None)'),
  CDIST,
  PDIST,
  CHAIN,
  MULTI_DOT,
];
