/**
 * Looking at a tensor's storage as another type: `view(dtype)`, real and imaginary parts, complex numbers as pairs.
 */
import { divides, eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, floorDiv, mul } from '../dims/dim.ts';
import { reinterpret } from '../kernels/bits.ts';
import type { DType } from '../kernels/dtype.ts';
import { complexType, elementSize, isComplex, realType, scalarTypeName } from '../kernels/dtype.ts';
import { complexPart, viewAsComplex, viewAsReal } from '../kernels/views.ts';
import { replaceAxis } from '../shapes/axes.ts';
import { concatenate, shapeOf, withoutLast } from '../shapes/shape.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { layoutFrom, stridesOf } from './layout.ts';

const one = constant(1);
const two = constant(2);
const complexOf = (a: Arguments): TensorArg => a.tensor(a.exists('input') ? 'input' : 'self');

/** `view(dtype)`: the last size changes by the ratio of the element sizes. */
export function viewOfDtype(ctx: Context, x: TensorArg, dtype: DType | undefined): Out {
  const from = x.dtype;
  if (dtype === undefined || from === undefined) return tensorOut(x.shape, dtype, { layout: 'unknown', viewOf: x });
  const [a, b] = [elementSize(from), elementSize(dtype)];
  if (a === b) return tensorOut(x.shape, dtype, { layout: x.payload.layout, viewOf: x });
  const how = `${scalarTypeName(from)} as ${scalarTypeName(dtype)} (different element sizes)`;
  const message = `view: ${from} elements cannot be seen as ${dtype} here`;
  if (x.rank === 0) ctx.fail({ code: 'dtype-mismatch', message, text: `self.dim() cannot be 0 to view ${how}` });
  const last = x.size(-1);
  if (last === undefined) return tensorOut(x.shape, dtype, { layout: 'unknown', viewOf: x });
  const ratio = constant(Math.max(a, b) / Math.min(a, b));
  if (b > a) {
    ctx.require(divides(ratio, last), () => ({
      code: 'dtype-mismatch',
      message,
      text: ctx.text`self.size(-1) must be divisible by ${ratio} to view ${how}, but got ${last}`,
    }));
  }
  const strides = stridesOf(x);
  const step = strides?.at(-1);
  if (step !== undefined) {
    ctx.reject({ kind: 'not', of: eq(step, one) }, () => ({
      code: 'dtype-mismatch',
      message,
      text: ctx.text`self.stride(-1) must be 1 to view ${how}, but got ${step}`,
    }));
  }
  const shape = replaceAxis(ctx.world, x.shape, -1, [b > a ? floorDiv(last, ratio) : mul(last, ratio)]);
  return tensorOut(shape, dtype, { layout: x.payload.layout === 'contiguous' ? 'contiguous' : 'unknown', viewOf: x });
}

export const viewOfDtypeArray = reinterpret;

const asReal: Operation = {
  names: ['torch.view_as_real'],
  signature: 'view_as_real(Tensor input)',
  shape: '(*) -> (*, 2)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    requireComplex(ctx, x, 'view_as_real is only supported for complex tensors');
    const strides = stridesOf(x);
    const shape = concatenate(x.shape, shapeOf([two]));
    return tensorOut(shape, partType(x.dtype), {
      viewOf: x,
      layout: layoutFrom(shape, strides === undefined ? undefined : [...strides.map(double), one]),
    });
  },
  kernel: (k) => viewAsReal(k.array('input')),
  samples: ['torch.view_as_real(torch.zeros(2, 3, dtype=torch.complex64))'],
  errors: [['torch.view_as_real(torch.zeros(2))', 'dtype-mismatch']],
  doc: 'torch.view_as_real',
};

const double = (d: Dim): Dim => mul(d, two);
const partType = (dtype: DType | undefined): DType | undefined => (dtype === undefined ? undefined : realType(dtype));

function requireComplex(ctx: Context, x: TensorArg, text: string): void {
  if (x.dtype !== undefined && !isComplex(x.dtype)) {
    ctx.fail({ code: 'dtype-mismatch', message: `${ctx.name}: the tensor is ${x.dtype}, not complex`, text });
  }
}

const asComplex: Operation = {
  names: ['torch.view_as_complex'],
  signature: 'view_as_complex(Tensor input)',
  shape: '(*, 2) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    if (x.dtype !== undefined && !['float16', 'float32', 'float64'].includes(x.dtype)) {
      const text = `view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: ${scalarTypeName(x.dtype)}`;
      ctx.fail({ code: 'dtype-mismatch', message: `view_as_complex: the tensor is ${x.dtype}`, text });
    }
    if (x.rank === 0) {
      ctx.fail({
        code: 'rank-mismatch',
        message: 'view_as_complex: a tensor without dimensions',
        text: 'Input tensor must have one or more dimensions',
      });
    }
    ctx.world.limitRank(x.shape, 1, Number.POSITIVE_INFINITY);
    const last = x.size(-1);
    if (last === undefined) return tensorOut(x.shape, undefined, { layout: 'unknown', viewOf: x });
    ctx.require(eq(last, two), () => ({
      code: 'shape-mismatch',
      message: `view_as_complex: the last size is ${ctx.spell(last)}, not 2`,
      text: ctx.text`Tensor must have a last dimension of size 2`,
      origins: [last.origin],
    }));
    const strides = stridesOf(x);
    const step = strides?.at(-1);
    if (step !== undefined) {
      ctx.reject({ kind: 'not', of: eq(step, one) }, () => ({
        code: 'view-not-contiguous',
        message: 'view_as_complex: the two parts do not lie next to each other in memory',
        text: 'Tensor must have a last dimension with stride 1',
      }));
    }
    const now = x.shape;
    const shape = withoutLast(now, 1);
    const dtype = x.dtype === undefined || x.dtype === 'float16' ? undefined : complexType(x.dtype);
    return tensorOut(shape, dtype, {
      viewOf: x,
      layout: layoutFrom(
        shape,
        strides?.slice(0, -1).map((d) => floorDiv(d, two)),
      ),
    });
  },
  kernel: (k) => viewAsComplex(k.array('input')),
  samples: ['torch.view_as_complex(torch.zeros(3, 2))'],
  errors: [
    ['torch.view_as_complex(torch.zeros(2, 3))', 'shape-mismatch'],
    ['torch.view_as_complex(torch.zeros(2, dtype=torch.int64))', 'dtype-mismatch'],
  ],
  doc: 'torch.view_as_complex',
};

const part = (name: 'real' | 'imag', index: 0 | 1): readonly Operation[] => {
  const rule: Operation['rule'] = (ctx, a) => {
    const x = complexOf(a);
    if (name === 'imag') requireComplex(ctx, x, 'imag is not implemented for tensors with non-complex dtypes.');
    if (x.dtype !== undefined && !isComplex(x.dtype)) return x.object;
    const strides = stridesOf(x);
    const layout = layoutFrom(x.shape, x.dtype === undefined ? undefined : strides?.map(double));
    return tensorOut(x.shape, partType(x.dtype), { viewOf: x, layout });
  };
  const shared = {
    shape: '(*) -> (*)',
    rule,
    samples: [`torch.${name}(torch.zeros(2, 3, dtype=torch.complex64))`, `torch.zeros(2, dtype=torch.complex64).${name}`],
    ...(name === 'imag' ? { errors: [['torch.zeros(2).imag', 'dtype-mismatch']] as const } : {}),
    doc: `torch.${name}`,
  };
  return [
    { names: [`torch.${name}`], signature: `${name}(Tensor input)`, kernel: (k) => complexPart(k.array('input'), index), ...shared },
    { names: [`Tensor.${name}`], signature: `${name}()`, property: true, kernel: (k) => complexPart(k.array('self'), index), ...shared },
  ];
};

export const REINTERPRETATION: readonly Operation[] = [asReal, asComplex, ...part('real', 0), ...part('imag', 1)];
