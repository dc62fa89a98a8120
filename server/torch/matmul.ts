/**
 * Products of vectors and matrices: matmul in all its ranks, mm, bmm, mv, dot, inner, outer.
 * Checks follow PyTorch 2.13 in the order in which LinearAlgebra.cpp makes them, the folding of batches into one matrix included.
 */
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, mul } from '../dims/dim.ts';
import { rename } from '../kernels/autograd.ts';
import { binary } from '../kernels/binary.ts';
import { bmm, dot, matmul, mm, mv, outer } from '../kernels/matmul.ts';
import { tensordotValues } from '../kernels/products.ts';
import { conj } from '../kernels/unary.ts';
import type { Value } from '../python/values.ts';
import { replaceAxis } from '../shapes/axes.ts';
import type { Shape } from '../shapes/shape.ts';
import { concatenate, greatestRank, leastRank, product, scalar, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import { Context } from './context.ts';
import {
  batchTypes,
  dotTypes,
  matrixTypes,
  rankFault,
  refuseBool,
  requireInner,
  requireSameType,
  vectorTypes,
  withoutLast,
} from './contraction.ts';
import { broadcastPair } from './elementwise.ts';
import type { Operation, Out, TensorOut } from './entry.ts';
import { tensorOut } from './entry.ts';
import { commonType, computed, operandOf } from './promotion.ts';
import { payloadOf } from './tensor.ts';

const multiplied = (ctx: Context, n: Dim, k: Dim, l: Dim, m: Dim): string | undefined =>
  ctx.text`mat1 and mat2 shapes cannot be multiplied (${n}x${k} and ${l}x${m})`;

const one = constant(1);

// ---------------------------------------------------------------- the products of fixed rank

/** `[n] . [n] -> []` */
function dotRule(ctx: Context, x: TensorArg, y: TensorArg, dims: readonly [Dim, Dim]): Out {
  requireSameType(ctx, x, y, dotTypes);
  const [a, b] = dims;
  requireInner(ctx, a, b, [x, y], () => {
    const sizes = ctx.text`expected tensor [${a}] and src [${b}] to have the same number of elements, but got ${a} and ${b} elements respectively`;
    return sizes === undefined ? undefined : `inconsistent tensor size, ${sizes}`;
  });
  refuseBool(ctx, x.dtype, 'dot');
  return tensorOut(scalar, x.dtype ?? y.dtype);
}

/** `[n, k] @ [k] -> [n]`, where n is a product of folded sizes. */
function mvRule(ctx: Context, x: TensorArg, y: TensorArg, n: Dim, k: Dim, v: Dim): void {
  requireInner(ctx, k, v, [x, y], () => ctx.text`size mismatch, got input (${n}), mat (${n}x${k}), vec (${v})`);
  requireSameType(ctx, x, y, vectorTypes);
  refuseBool(ctx, x.dtype, 'addmv_impl_cpu');
}

/** `[n, k] @ [l, m]` */
function mmRule(ctx: Context, x: TensorArg, y: TensorArg, sizes: readonly [Dim, Dim, Dim, Dim]): void {
  const [n, k, l, m] = sizes;
  requireInner(ctx, k, l, [x, y], () => multiplied(ctx, n, k, l, m));
  requireSameType(ctx, x, y, matrixTypes);
  refuseBool(ctx, x.dtype, 'addmm_impl_cpu_');
}

/** Shapes `[b, n, k] @ [b, l, m]`; `batch` undefined where it cannot be said. */
function bmmRule(ctx: Context, x: TensorArg, y: TensorArg, batch: Dim | undefined, k: Dim, l: Dim): void {
  requireInner(ctx, k, l, [x, y], () =>
    batch === undefined
      ? undefined
      : ctx.text`Expected size for first two dimensions of batch2 tensor to be: [${batch}, ${k}] but got: [${batch}, ${l}].`,
  );
  requireBatchTypes(ctx, x, y);
}

/** An empty product is not computed, so its types are not looked at. */
export function requireBatchTypes(ctx: Context, x: TensorArg, y: TensorArg): void {
  const sizes = [...x.shape.head, ...x.shape.tail, ...y.shape.head, ...y.shape.tail];
  if (sizes.some((d) => ctx.known(d) === 0)) return;
  refuseBool(ctx, x.dtype, 'bmm');
  requireSameType(ctx, x, y, batchTypes);
}

// ---------------------------------------------------------------- matmul

/** `[*a, n, k] @ [*b, k, m] -> [*broadcast(a, b), n, m]`; a vector on either side drops its size. */
export function matmulRule(ctx: Context, x: TensorArg, y: TensorArg): TensorOut | Out {
  for (const t of [x, y]) {
    const held = ctx.world.limitRank(t.shape, 1, Number.POSITIVE_INFINITY);
    if (held.decision !== 'no') continue;
    ctx.fail(
      rankFault(
        ctx,
        t,
        'at least one dimension',
        x.rank === undefined || y.rank === undefined
          ? undefined
          : `both arguments to matmul need to be at least 1D, but they are ${x.rank}D and ${y.rank}D`,
      ),
    );
  }
  const dtype = x.dtype ?? y.dtype;
  const [p, q] = [x.rank, y.rank];
  const k = x.size(-1);
  if (p === 1 && q === 1) return dotRule(ctx, x, y, [k as Dim, y.size(0) as Dim]);
  if (q === 1 && k !== undefined) {
    const v = y.size(0) as Dim;
    const rows = withoutLast(ctx, x.shape, 1);
    if (p !== undefined && (p === 2 || foldsLeft(ctx, x, y))) {
      mvRule(ctx, x, y, product(rows.head), k, v);
    } else {
      const batch = p === undefined ? undefined : product(rows.head.slice(0, -1));
      bmmRule(ctx, x, y, batch, k, v);
    }
    return tensorOut(rows, dtype);
  }
  if (leastRank(y.shape) < 2) return openRight(ctx, x, y, k, dtype);
  const l = y.size(-2);
  const m = y.size(-1);
  if (k === undefined || l === undefined || m === undefined) return tensorOut(unknownShape(undefined, 1), dtype);
  if (p === 1) {
    if (q === 2) mmRule(ctx, x, y, [one, k, l, m]);
    else if (q !== undefined && foldsRight(ctx, x, y, l)) {
      const n = mul(product(withoutLast(ctx, y.shape, 2).head), m);
      requireInner(ctx, k, l, [x, y], () => ctx.text`size mismatch, got input (${n}), mat (${n}x${l}), vec (${k})`);
      requireSameType(ctx, x, y, batchTypes);
    } else bmmRule(ctx, x, y, q === undefined ? undefined : product(withoutLast(ctx, y.shape, 2).head), k, l);
    return tensorOut(replaceAxis(ctx.world, y.shape, -2, []), dtype);
  }
  if (q === 2 && (p === undefined || p === 2 || foldsLeft(ctx, x, y))) {
    const rows = withoutLast(ctx, x.shape, 1);
    const n = p === undefined ? undefined : product(rows.head);
    if (n !== undefined) mmRule(ctx, x, y, [n, k, l, m]);
    else {
      requireInner(ctx, k, l, [x, y], () => undefined);
      requireSameType(ctx, x, y, matrixTypes);
    }
    return tensorOut(concatenate(rows, shapeOf([m])), dtype);
  }
  if (leastRank(x.shape) < 2) {
    // A vector on the left drops a size, so the rank of the result is open.
    requireInner(ctx, k, l, [x, y], () => undefined);
    const least = Math.max(leastRank(x.shape), leastRank(y.shape)) - 1;
    return tensorOut(concatenate(unknownShape(undefined, Math.max(0, least - 1), Infinity), shapeOf([m])), dtype);
  }
  const n = x.size(-2) as Dim;
  if (p === 2 && q !== undefined && x.payload.requiresGrad === true) {
    const rows = mul(product(withoutLast(ctx, y.shape, 2).head), m);
    mmRuleFolded(ctx, x, y, [rows, l, k, n]);
    return tensorOut(concatenate(withoutLast(ctx, y.shape, 2), shapeOf([n, m])), dtype);
  }
  const batches = broadcastPair(ctx, withoutLast(ctx, x.shape, 2), withoutLast(ctx, y.shape, 2), [x, y].map(asOperand));
  bmmRule(ctx, x, y, batches.run === undefined ? product(batches.head) : undefined, k, l);
  return tensorOut(concatenate(batches, shapeOf([n, m])), dtype);
}

const asOperand = (tensor: TensorArg) => ({ shape: tensor.shape, tensor });

/** The left side's transposed product, as autograd makes PyTorch fold it. */
function mmRuleFolded(ctx: Context, x: TensorArg, y: TensorArg, sizes: readonly [Dim, Dim, Dim, Dim]): void {
  const [rows, l, k, n] = sizes;
  requireInner(ctx, k, l, [x, y], () => multiplied(ctx, rows, l, k, n));
  requireSameType(ctx, x, y, matrixTypes);
}

/** Whether a vector times a batch becomes one matrix times a vector: the batch turned around lies in one piece. */
function foldsRight(ctx: Context, x: TensorArg, y: TensorArg, rows: Dim): boolean {
  if (x.payload.requiresGrad === true && ctx.state.gradEnabled !== false) return true;
  if (y.dims?.some((d) => ctx.known(d) === 0) === true) return true;
  return y.payload.layout === 'contiguous' && ctx.known(rows) === 1;
}

/** Whether a batch on the left is one tall matrix: it needs rows that lie one after the other. */
function foldsLeft(ctx: Context, x: TensorArg, y: TensorArg): boolean {
  if (y.payload.requiresGrad === true && ctx.state.gradEnabled !== false) return true;
  return x.payload.layout === 'contiguous';
}

/** The right side may be a vector. */
function openRight(ctx: Context, x: TensorArg, y: TensorArg, k: Dim | undefined, dtype: TensorArg['dtype']): Out {
  const { world } = ctx;
  const v = greatestRank(y.shape) === 1 ? y.size(0) : undefined;
  if (k !== undefined && v !== undefined) requireInner(ctx, k, v, [x, y], () => undefined);
  const least = Math.max(0, leastRank(world.resolve(x.shape)) - 1);
  return tensorOut(unknownShape(undefined, least), dtype);
}

// ---------------------------------------------------------------- entries

const MATMUL: Operation = {
  names: ['torch.matmul', 'Tensor.matmul', 'torch.linalg.matmul'],
  signature: 'matmul(Tensor input, Tensor other, *, Tensor out = None)',
  shape: '(*a, n, k), (*b, k, m) -> (*c, n, m)',
  rule: (ctx, a) => matmulRule(ctx, a.tensor('input'), a.tensor('other')),
  kernel: (k) => matmul(k.array('input'), k.array('other')),
  samples: [
    'torch.matmul(torch.ones(2, 3), torch.ones(3, 4))',
    'torch.matmul(torch.ones(3), torch.ones(3))',
    'torch.matmul(torch.ones(5, 2, 3), torch.ones(3))',
    'torch.matmul(torch.ones(5, 1, 2, 3), torch.ones(6, 3, 4))',
    'torch.matmul(torch.ones(3), torch.ones(6, 3, 4))',
  ],
  errors: [
    ['torch.matmul(torch.ones(2, 3), torch.ones(2, 3))', 'matmul-inner-size'],
    ['torch.matmul(torch.ones(2, 2, 3), torch.ones(5, 3, 3))', 'broadcast-mismatch'],
    ['torch.matmul(torch.ones(()), torch.ones(3))', 'rank-mismatch'],
  ],
  doc: 'torch.matmul',
};

function operator(name: string, reflected: boolean): Operation {
  return {
    names: [`Tensor.${name}`],
    signature: `${name}(object other)`,
    shape: '(*a, n, k), (*b, k, m) -> (*c, n, m)',
    rule: (ctx, a) => {
      const other: Value = a.value('other');
      const open = other.kind === 'unknown' || (other.kind === 'object' && other.cls.mro.some((c) => c.open));
      if (!open && payloadOf(other) === undefined) return ctx.interp.notImplemented;
      const inner = new Context(ctx.interp, '`@`', ctx.node);
      const [x, y] = [inner.tensorOf(a.value('self'), 'self'), inner.tensorOf(other, 'other')];
      return reflected ? matmulRule(inner, y, x) : matmulRule(inner, x, y);
    },
    kernel: (k) => (reflected ? matmul(k.array('other'), k.array('self')) : matmul(k.array('self'), k.array('other'))),
    samples: reflected ? ['torch.ones(3, 4).__rmatmul__(torch.ones(2, 3))'] : ['torch.ones(2, 3) @ torch.ones(3, 4)'],
    doc: 'torch.matmul',
  };
}

/** A matrix argument of mm: `self must be a matrix`. */
function matrix(ctx: Context, t: TensorArg, text: string): void {
  ctx.requireRank(t.shape, [2], () => rankFault(ctx, t, 'a matrix', text));
}

/** What the tensor before the dot is called: as a method it has no parameter of its own. */
const firstName = (a: Arguments): string => (a.exists('input') ? 'input' : 'self');

const MM: Operation = {
  names: ['torch.mm', 'Tensor.mm'],
  signature: [
    'mm(Tensor input, Tensor mat2, *, Tensor out = None)',
    'mm(Tensor input, Tensor mat2, torch.dtype out_dtype, *, Tensor out = None)',
  ],
  method: 'mm(Tensor mat2)',
  shape: '(n, k), (k, m) -> (n, m)',
  rule: (ctx, a) => {
    const [x, y] = [a.tensor(firstName(a)), a.tensor('mat2')];
    matrix(ctx, x, 'self must be a matrix');
    matrix(ctx, y, 'mat2 must be a matrix');
    const [n, k] = x.dims as readonly [Dim, Dim];
    const [l, m] = y.dims as readonly [Dim, Dim];
    mmRule(ctx, x, y, [n, k, l, m]);
    return tensorOut(shapeOf([n, m]), x.dtype ?? y.dtype);
  },
  kernel: (k) => mm(k.array(firstName(k.rule)), k.array('mat2')),
  samples: ['torch.mm(torch.ones(2, 3), torch.ones(3, 4))'],
  errors: [
    ['torch.mm(torch.ones(2, 3), torch.ones(2, 3))', 'matmul-inner-size'],
    ['torch.mm(torch.ones(2, 3), torch.ones(3))', 'rank-mismatch'],
  ],
  doc: 'torch.mm',
};

const BMM: Operation = {
  names: ['torch.bmm', 'Tensor.bmm'],
  signature: [
    'bmm(Tensor input, Tensor mat2, *, Tensor out = None)',
    'bmm(Tensor input, Tensor mat2, torch.dtype out_dtype, *, Tensor out = None)',
  ],
  method: 'bmm(Tensor mat2)',
  shape: '(b, n, k), (b, k, m) -> (b, n, m)',
  rule: (ctx, a) => {
    const [x, y] = [a.tensor(firstName(a)), a.tensor('mat2')];
    // Empty products of two types are let through, and are of the second.
    return tensorOut(batchProduct(ctx, x, y), y.dtype ?? x.dtype);
  },
  kernel: (k) => bmm(k.array(firstName(k.rule)), k.array('mat2')),
  samples: ['torch.bmm(torch.ones(5, 2, 3), torch.ones(5, 3, 4))'],
  errors: [
    ['torch.bmm(torch.ones(5, 2, 3), torch.ones(5, 2, 3))', 'matmul-inner-size'],
    ['torch.bmm(torch.ones(5, 2, 3), torch.ones(4, 3, 3))', 'shape-mismatch'],
    ['torch.bmm(torch.ones(2, 3), torch.ones(3, 3))', 'rank-mismatch'],
  ],
  doc: 'torch.bmm',
};

/** `[b, n, k] @ [b, k, m] -> [b, n, m]` without broadcasting. */
export function batchProduct(ctx: Context, x: TensorArg, y: TensorArg): Shape {
  ctx.requireRank(x.shape, [3], () => rankFault(ctx, x, 'a batch of matrices', 'batch1 must be a 3D tensor'));
  ctx.requireRank(y.shape, [3], () => rankFault(ctx, y, 'a batch of matrices', 'batch2 must be a 3D tensor'));
  const [b, n, k] = x.dims as readonly [Dim, Dim, Dim];
  const [c, l, m] = y.dims as readonly [Dim, Dim, Dim];
  const text = (): string | undefined =>
    ctx.text`Expected size for first two dimensions of batch2 tensor to be: [${b}, ${k}] but got: [${c}, ${l}].`;
  ctx.require(eq(b, c), () => ({
    code: 'shape-mismatch',
    message: `${ctx.name}: batch sizes ${ctx.spell(b)} and ${ctx.spell(c)} differ`,
    text: text(),
    origins: [b.origin ?? x.origin, c.origin ?? y.origin],
  }));
  requireInner(ctx, k, l, [x, y], text);
  requireBatchTypes(ctx, x, y);
  return shapeOf([b, n, m]);
}

const MV: Operation = {
  names: ['torch.mv', 'Tensor.mv'],
  signature: 'mv(Tensor input, Tensor vec, *, Tensor out = None)',
  shape: '(n, k), (k) -> (n)',
  rule: (ctx, a) => {
    const [x, y] = [a.tensor('input'), a.tensor('vec')];
    if (x.rank === 0) {
      ctx.fail({ ...rankFault(ctx, x, 'a matrix', 'Dimension specified as 0 but tensor has no dimensions'), exception: 'IndexError' });
    }
    const text = (): string | undefined =>
      x.rank === undefined || y.rank === undefined ? undefined : `vector + matrix @ vector expected, got 1, ${x.rank}, ${y.rank}`;
    ctx.requireRank(x.shape, [2], () => rankFault(ctx, x, 'a matrix', text()));
    ctx.requireRank(y.shape, [1], () => rankFault(ctx, y, 'a vector', text()));
    const [n, k] = x.dims as readonly [Dim, Dim];
    mvRule(ctx, x, y, n, k, y.size(0) as Dim);
    return tensorOut(shapeOf([n]), x.dtype ?? y.dtype);
  },
  kernel: (k) => mv(k.array('input'), k.array('vec')),
  samples: ['torch.mv(torch.ones(2, 3), torch.ones(3))'],
  errors: [
    ['torch.mv(torch.ones(2, 3), torch.ones(2))', 'matmul-inner-size'],
    ['torch.mv(torch.ones(2), torch.ones(2))', 'rank-mismatch'],
  ],
  doc: 'torch.mv',
};

function dotEntry(name: string, second: string): Operation {
  return {
    names: [`torch.${name}`, `Tensor.${name}`],
    signature: `${name}(Tensor input, Tensor ${second}, *, Tensor out = None)`,
    shape: '(n), (n) -> ()',
    rule: (ctx, a) => {
      const [x, y] = [a.tensor('input'), a.tensor(second)];
      const text = (): string | undefined =>
        x.rank === undefined || y.rank === undefined ? undefined : `1D tensors expected, but got ${x.rank}D and ${y.rank}D tensors`;
      ctx.requireRank(x.shape, [1], () => rankFault(ctx, x, 'a vector', text()));
      ctx.requireRank(y.shape, [1], () => rankFault(ctx, y, 'a vector', text()));
      return dotRule(ctx, x, y, [x.size(0) as Dim, y.size(0) as Dim]);
    },
    kernel: (k) => {
      const x = k.array('input');
      const out = dot(name === 'vdot' ? conj(x) : x, k.array(second));
      return name === 'vdot' ? rename(out, 'VdotBackward0') : out;
    },
    samples: [`torch.${name}(torch.ones(3), torch.ones(3))`],
    errors: [
      [`torch.${name}(torch.ones(3), torch.ones(4))`, 'matmul-inner-size'],
      [`torch.${name}(torch.ones(3, 1), torch.ones(3))`, 'rank-mismatch'],
    ],
    doc: `torch.${name}`,
  };
}

const INNER: Operation = {
  names: ['torch.inner', 'Tensor.inner'],
  signature: 'inner(Tensor input, Tensor other, *, Tensor out = None)',
  shape: '(*a, n), (*b, n) -> (*a, *b)',
  rule: (ctx, a) => {
    const [x, y] = [a.tensor('input'), a.tensor('other')];
    if (x.rank === 0 || y.rank === 0) {
      const type = computed(commonType([operandOf(ctx, x.object, x.name), operandOf(ctx, y.object, y.name)]));
      return tensorOut(x.rank === 0 ? y.shape : x.shape, type);
    }
    const [k, l] = [x.size(-1), y.size(-1)];
    if (k === undefined || l === undefined) return tensorOut(unknownShape(), x.dtype ?? y.dtype);
    requireInner(ctx, k, l, [x, y], () => {
      const shapes = ctx.text`${x.shape} and ${y.shape}`;
      return shapes === undefined ? undefined : `inner() the last dimension must match on both input tensors but got shapes ${shapes}`;
    });
    requireSameType(ctx, x, y, x.rank === 1 && y.rank === 1 ? dotTypes : () => 'both inputs should have same dtype');
    return tensorOut(concatenate(withoutLast(ctx, x.shape, 1), withoutLast(ctx, y.shape, 1)), x.dtype ?? y.dtype);
  },
  kernel: (k) => {
    const [x, y] = [k.array('input'), k.array('other')];
    if (x.rank === 0 || y.rank === 0) return binary('mul', x, y);
    return tensordotValues(x, y, [x.rank - 1], [y.rank - 1]);
  },
  samples: ['torch.inner(torch.ones(3), torch.ones(3))', 'torch.inner(torch.ones(2, 3), torch.ones(4, 5, 3))'],
  errors: [['torch.inner(torch.ones(2, 3), torch.ones(4))', 'matmul-inner-size']],
  doc: 'torch.inner',
};

const OUTER: Operation = {
  names: ['torch.outer', 'Tensor.outer', 'torch.ger', 'Tensor.ger'],
  signature: 'outer(Tensor input, Tensor vec2, *, Tensor out = None)',
  shape: '(n), (m) -> (n, m)',
  rule: (ctx, a) => {
    const [x, y] = [a.tensor('input'), a.tensor('vec2')];
    ctx.requireRank(x.shape, [1], (rank) => rankFault(ctx, x, 'a vector', `outer: Expected 1-D argument self, but got ${rank}-D`));
    ctx.requireRank(y.shape, [1], (rank) => rankFault(ctx, y, 'a vector', `outer: Expected 1-D argument vec2, but got ${rank}-D`));
    const type = computed(commonType([operandOf(ctx, x.object, x.name), operandOf(ctx, y.object, y.name)]));
    return tensorOut(shapeOf([x.size(0) as Dim, y.size(0) as Dim]), type);
  },
  kernel: (k) => outer(k.array('input'), k.array('vec2')),
  samples: ['torch.outer(torch.ones(2), torch.ones(3))'],
  errors: [['torch.outer(torch.ones(2, 1), torch.ones(3))', 'rank-mismatch']],
  doc: 'torch.outer',
};

export const MATMULS: readonly Operation[] = [
  MATMUL,
  operator('__matmul__', false),
  operator('__rmatmul__', true),
  MM,
  BMM,
  MV,
  dotEntry('dot', 'tensor'),
  dotEntry('vdot', 'other'),
  INNER,
  OUTER,
];
