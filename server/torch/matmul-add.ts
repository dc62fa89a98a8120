/**
 * Products added to a tensor: addmm, addmv, baddbmm, addbmm, addr, as functions, methods and in place.
 */
import { eq, or } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { wrapScalar } from '../kernels/array.ts';
import { binary } from '../kernels/binary.ts';
import { isIntegral, scalarTypeName } from '../kernels/dtype.ts';
import { inPlace } from '../kernels/inplace.ts';
import { addProduct, bmm, outer } from '../kernels/matmul.ts';
import { sum } from '../kernels/reduce.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, numelOf, shapeOf } from '../shapes/shape.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { rankFault, refuseBool, requireInner, requireSameType } from './contraction.ts';
import { cppTypeName } from './dtype-names.ts';
import { requireWritable, withoutOut } from './elementwise.ts';
import type { Operation } from './entry.ts';
import { selfOut, tensorOut } from './entry.ts';
import { expanded } from './expanding.ts';
import { batchProduct } from './matmul.ts';
import { commonType, computed, operandOf } from './promotion.ts';
import { methodOf } from './reducing.ts';

interface Added {
  readonly name: string;
  readonly parts: readonly [string, string];
  readonly rule: (ctx: Context, input: TensorArg, x: TensorArg, y: TensorArg) => Shape;
  readonly kernel: (input: NdArray, x: NdArray, y: NdArray, beta: number, alpha: number) => NdArray;
  readonly sample: readonly [string, string, string];
  /** `out_dtype` makes a second overload. */
  readonly typed?: boolean;
  readonly promotes?: boolean;
}

/** The input fits the product's shape. Raises as `expand` does. */
function requireExpandable(ctx: Context, input: TensorArg, dims: readonly Dim[]): Shape {
  expanded(ctx, input, dims);
  return shapeOf(dims);
}

function sizes(ctx: Context, t: TensorArg, wanted: string, rank: number, text: (got: number) => string): readonly Dim[] {
  ctx.requireRank(t.shape, [rank], (got) => rankFault(ctx, t, wanted, text(got)));
  return t.dims as readonly Dim[];
}

function addmm(ctx: Context, input: TensorArg, x: TensorArg, y: TensorArg): Shape {
  requireSameType(ctx, input, y, (a, b) => `self and mat2 must have the same dtype, but got ${scalarTypeName(a)} and ${scalarTypeName(b)}`);
  requireSameType(ctx, x, y, (a, b) => `mat1 and mat2 must have the same dtype, but got ${scalarTypeName(a)} and ${scalarTypeName(b)}`);
  const [n, k] = sizes(ctx, x, 'a matrix', 2, (got) => `mat1 must be a matrix, got ${got}-D tensor`) as [Dim, Dim];
  const [l, m] = sizes(ctx, y, 'a matrix', 2, (got) => `mat2 must be a matrix, got ${got}-D tensor`) as [Dim, Dim];
  requireInner(ctx, k, l, [x, y], () => ctx.text`mat1 and mat2 shapes cannot be multiplied (${n}x${k} and ${l}x${m})`);
  const shape = requireExpandable(ctx, input, [n, m]);
  refuseBool(ctx, x.dtype, 'addmm_impl_cpu_');
  return shape;
}

function addmv(ctx: Context, input: TensorArg, x: TensorArg, y: TensorArg): Shape {
  const ranks = (): string | undefined =>
    input.rank === undefined || x.rank === undefined || y.rank === undefined
      ? undefined
      : `vector + matrix @ vector expected, got ${input.rank}, ${x.rank}, ${y.rank}`;
  ctx.requireRank(x.shape, [2], () => rankFault(ctx, x, 'a matrix', ranks()));
  ctx.requireRank(y.shape, [1], () => rankFault(ctx, y, 'a vector', ranks()));
  ctx.requireRank(input.shape, [0, 1], () => rankFault(ctx, input, 'a vector', ranks()));
  const [n, k] = x.dims as readonly [Dim, Dim];
  const v = y.size(0) as Dim;
  const self = input.dims?.[0];
  const text = (): string | undefined =>
    self === undefined
      ? input.rank === 0
        ? 'Dimension specified as 0 but tensor has no dimensions'
        : undefined
      : ctx.text`size mismatch, got input (${self}), mat (${n}x${k}), vec (${v})`;
  requireInner(ctx, k, v, [x, y], text);
  const numel = numelOf(input.shape);
  if (numel !== undefined) {
    ctx.require(or(eq(numel, n), eq(numel, constant(1))), () => ({
      code: 'shape-mismatch',
      message: `${ctx.name}: the input is ${ctx.spell(input.shape)}, the product [${ctx.spell(n)}]`,
      text: text(),
      origins: [input.origin, n.origin],
    }));
  }
  const [a, b, c] = [input.dtype, x.dtype, y.dtype];
  if (a !== undefined && b !== undefined && c !== undefined && (a !== b || b !== c)) {
    ctx.fail({
      code: 'dtype-mismatch',
      text: `addmv input tensors must have the same dtype, but got ${[a, b, c].map((t, i) => `${i === 2 ? 'and ' : ''}${scalarTypeName(t)}`).join(', ')}`,
      message: `${ctx.name}: the tensors are ${a}, ${b} and ${c}`,
    });
  }
  refuseBool(ctx, b, 'addmv_impl_cpu');
  return shapeOf([n]);
}

/** A size that is read before the rank is looked at. */
function sizeBefore(ctx: Context, t: TensorArg, index: number): Dim | undefined {
  const dims = t.dims;
  if (dims === undefined || index < dims.length) return t.size(index);
  return ctx.fail({
    code: 'rank-mismatch',
    exception: 'IndexError',
    text:
      dims.length === 0
        ? `Dimension specified as ${index} but tensor has no dimensions`
        : `Dimension out of range (expected to be in range of [${-dims.length}, ${dims.length - 1}], but got ${index})`,
    message: `${ctx.name}: \`${t.name}\` is ${ctx.spell(t.shape)}, 3 dimensions are needed`,
    origins: [t.origin],
  });
}

function baddbmm(ctx: Context, input: TensorArg, x: TensorArg, y: TensorArg): Shape {
  const [b, n, m] = [sizeBefore(ctx, x, 0), sizeBefore(ctx, x, 1), sizeBefore(ctx, y, 2)];
  if (b !== undefined && n !== undefined && m !== undefined) requireExpandable(ctx, input, [b, n, m]);
  const [s, p, q] = [input.dtype, x.dtype, y.dtype];
  if (s !== undefined && p !== undefined && s !== p) {
    ctx.fail({
      code: 'dtype-mismatch',
      text:
        q === undefined
          ? undefined
          : `Input dtypes must be the same, got: input ${cppTypeName(s)}, batch1: ${cppTypeName(p)}, batch2: ${cppTypeName(q)}`,
      message: `${ctx.name}: the input is ${s}, the batches are ${p}`,
    });
  }
  return batchProduct(ctx, x, y);
}

function addbmm(ctx: Context, input: TensorArg, x: TensorArg, y: TensorArg): Shape {
  const [n, m] = [sizeBefore(ctx, x, 1), sizeBefore(ctx, y, 2)];
  if (n !== undefined && m !== undefined) requireExpandable(ctx, input, [n, m]);
  const [b, rows, k] = sizes(ctx, x, 'a batch of matrices', 3, () => 'batch1 must be a 3D tensor') as [Dim, Dim, Dim];
  const [c, l, columns] = sizes(ctx, y, 'a batch of matrices', 3, () => 'batch2 must be a 3D tensor') as [Dim, Dim, Dim];
  ctx.require(eq(b, c), () => ({
    code: 'shape-mismatch',
    text: ctx.text`batch1 and batch2 must have same number of batches, got ${b} and ${c}`,
    message: `${ctx.name}: batch sizes ${ctx.spell(b)} and ${ctx.spell(c)} differ`,
    origins: [b.origin ?? x.origin, c.origin ?? y.origin],
  }));
  requireInner(ctx, k, l, [x, y], () => ctx.text`Incompatible matrix sizes for bmm (${rows}x${k} and ${l}x${columns})`);
  requireSameType(ctx, input, y, (p, q) => `self and mat2 must have the same dtype, but got ${scalarTypeName(p)} and ${scalarTypeName(q)}`);
  requireSameType(ctx, x, y, (p, q) => `mat1 and mat2 must have the same dtype, but got ${scalarTypeName(p)} and ${scalarTypeName(q)}`);
  return shapeOf([rows, columns]);
}

function addr(ctx: Context, input: TensorArg, x: TensorArg, y: TensorArg): Shape {
  const [n] = sizes(ctx, x, 'a vector', 1, (got) => `addr: Expected 1-D argument vec1, but got ${got}-D`) as [Dim];
  const [m] = sizes(ctx, y, 'a vector', 1, (got) => `addr: Expected 1-D argument vec2, but got ${got}-D`) as [Dim];
  return requireExpandable(ctx, input, [n, m]);
}

const times = (x: NdArray, k: number): NdArray => (k === 1 ? x : binary('mul', x, wrapScalar(k, isIntegral(x.dtype) ? 'int' : 'float')));

const FORMS: readonly Added[] = [
  {
    name: 'addmm',
    parts: ['mat1', 'mat2'],
    rule: addmm,
    kernel: (input, x, y, beta, alpha) => addProduct(input, x, y, beta, alpha),
    sample: ['2, 4', '2, 3', '3, 4'],
    typed: true,
  },
  {
    name: 'addmv',
    parts: ['mat', 'vec'],
    rule: addmv,
    kernel: (input, x, y, beta, alpha) => addProduct(input, x, y, beta, alpha, 'AddmvBackward0'),
    sample: ['2', '2, 3', '3'],
  },
  {
    name: 'baddbmm',
    parts: ['batch1', 'batch2'],
    rule: baddbmm,
    kernel: (input, x, y, beta, alpha) => addProduct(input, x, y, beta, alpha, 'BaddbmmBackward0'),
    sample: ['5, 2, 4', '5, 2, 3', '5, 3, 4'],
    typed: true,
  },
  {
    name: 'addbmm',
    parts: ['batch1', 'batch2'],
    rule: addbmm,
    kernel: (input, x, y, beta, alpha) => binary('add', times(input, beta), times(sum(bmm(x, y), 0), alpha)),
    sample: ['2, 4', '5, 2, 3', '5, 3, 4'],
  },
  {
    name: 'addr',
    parts: ['vec1', 'vec2'],
    rule: addr,
    kernel: (input, x, y, beta, alpha) => binary('add', times(input, beta), times(outer(x, y), alpha), { name: 'AddrBackward0' }),
    sample: ['2, 4', '2', '4'],
    promotes: true,
  },
];

function typeOf(ctx: Context, form: Added, tensors: readonly TensorArg[]): ReturnType<typeof computed> {
  if (form.promotes !== true) return tensors.map((t) => t.dtype).find((d) => d !== undefined);
  return computed(commonType(tensors.map((t) => operandOf(ctx, t.object, t.name))));
}

function entriesOf(form: Added): Operation[] {
  const [first, second] = form.parts;
  const tail = ', *, Number beta = 1, Number alpha = 1';
  const parts = `Tensor ${first}, Tensor ${second}`;
  const base = `${form.name}(Tensor input, ${parts}${tail}, Tensor out = None)`;
  const typed = `${form.name}(Tensor input, ${parts}, torch.dtype out_dtype${tail}, Tensor out = None)`;
  const [a, b, c] = form.sample.map((s) => `torch.ones(${s})`) as [string, string, string];
  const tensors = (args: Arguments): [TensorArg, TensorArg, TensorArg] => [
    args.tensor(args.exists('input') ? 'input' : 'self'),
    args.tensor(first),
    args.tensor(second),
  ];
  return [
    {
      names: [`torch.${form.name}`, `Tensor.${form.name}`],
      signature: [
        base,
        ...(form.typed === true ? [typed] : []),
        `deprecated ${form.name}(Number beta, Tensor input, Number alpha, ${parts}, *, Tensor out = None)`,
      ],
      method: [methodOf(base), `deprecated ${form.name}(Number beta, Number alpha, ${parts})`],
      shape: '(*a), (*b), (*c) -> (*d)',
      rule: (ctx, args) => {
        const [input, x, y] = tensors(args);
        return tensorOut(form.rule(ctx, input, x, y), typeOf(ctx, form, [input, x, y]));
      },
      kernel: (k) => {
        withoutOut(k);
        return form.kernel(
          k.array(k.rule.exists('input') ? 'input' : 'self'),
          k.array(first),
          k.array(second),
          k.number('beta'),
          k.number('alpha'),
        );
      },
      samples: [`torch.${form.name}(${a}, ${b}, ${c})`],
      doc: `torch.${form.name}`,
    },
    {
      names: [`Tensor.${form.name}_`],
      signature: [`${form.name}_(${parts}${tail})`, `deprecated ${form.name}_(Number beta, Number alpha, ${parts})`],
      shape: '(*a), (*b), (*c) -> (*a)',
      rule: (ctx, args) => {
        const [input, x, y] = tensors(args);
        const shape = form.rule(ctx, input, x, y);
        if (dimsOf(input.shape) !== undefined && ctx.world.decideEqual(input.shape, shape) === 'no') {
          ctx.fail({
            code: 'shape-mismatch',
            text: ctx.text`Bad in-place call: input tensor size ${input.shape} and output tensor size ${shape} should match`,
            message: `${ctx.name}: the tensor is ${ctx.spell(input.shape)}, the result ${ctx.spell(shape)}`,
            origins: [input.origin],
          });
        }
        requireWritable(ctx, input);
        return selfOut(input);
      },
      kernel: (k) =>
        inPlace(k.array('self'), (old) => form.kernel(old, k.array(first), k.array(second), k.number('beta'), k.number('alpha'))),
      samples: [`${a}.${form.name}_(${b}, ${c})`],
      doc: `torch.Tensor.${form.name}_`,
    },
  ];
}

export const MATMUL_ADDS: readonly Operation[] = FORMS.flatMap(entriesOf);
