/**
 * What a tensor says of itself: sizes, rank, dtype, contiguity, its numbers, and conversions that keep the shape.
 */
import { eq, gt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, symbol } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { backward } from '../kernels/autograd.ts';
import type { DType } from '../kernels/dtype.ts';
import { elementSize, isFloating, isIntegral } from '../kernels/dtype.ts';
import { reprTensor } from '../kernels/print.ts';
import { select } from '../kernels/views.ts';
import { iteratorOver } from '../python/iteration.ts';
import { supposeAnswer } from '../python/numbers.ts';
import type { Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { withoutFirst as dropFirst, numelOf } from '../shapes/shape.ts';
import { contiguousStrides } from '../shapes/strides.ts';
import { valueOfArray } from './apply.ts';
import type { TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import type { Context } from './context.ts';
import { raising, requireStart } from './differentiation.ts';
import type { Operation } from './entry.ts';
import { rankOfShape, sizeValue } from './size.ts';
import { dtypeValue } from './state.ts';
import { TensorPayload } from './tensor.ts';

const property = (name: string, read: (ctx: Context, x: TensorArg) => Value, aliases: readonly string[] = []): Operation => ({
  names: [name, ...aliases].map((n) => `Tensor.${n}`),
  signature: `${name}()`,
  property: true,
  shape: '(*) -> value',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    const value = read(ctx, x);
    // What has no type yet is only taken for a tensor.
    return ctx.interp.mode === 'check' && value.kind === 'bool' && x.dtype === undefined ? supposeAnswer(value) : value;
  },
  samples: [`torch.ones(2, 3).${name}`],
  doc: `torch.Tensor.${name}`,
});

const query = (name: string, read: (ctx: Context, x: TensorArg) => Value, extra: Partial<Operation> = {}): Operation => ({
  names: [`Tensor.${name}`],
  signature: `${name}()`,
  shape: '(*) -> value',
  rule: (ctx, a) => read(ctx, a.tensor('self')),
  samples: [`torch.ones(1).${name}()`],
  doc: `torch.Tensor.${name}`,
  ...extra,
});

function numelValue(ctx: Context, x: TensorArg): Value {
  return ctx.interp.int(numelOf(x.shape) ?? symbol('?', { least: 0 }));
}

const size: Operation = {
  names: ['Tensor.size'],
  signature: 'size(int dim = None)',
  shape: '(*) -> sizes',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    const value = a.value('dim');
    if (value.kind === 'none') return sizeValue(ctx.interp, x.shape);
    const axis = axisOf(ctx, x, a.int('dim'), { wrapScalar: false });
    const dim = axis === undefined ? undefined : x.size(axis);
    return ctx.interp.int(dim ?? symbol('?', { least: 0 }));
  },
  samples: ['torch.ones(2, 3).size()', 'torch.ones(2, 3).size(-1)'],
  errors: [['torch.ones(2, 3).size(2)', 'dim-out-of-range']],
  doc: 'torch.Tensor.size',
};

/** The one number of a tensor, as Python sees it. */
function item(ctx: Context, x: TensorArg, refused: () => { exception: string; text: string | undefined }): Value {
  const numel = numelOf(x.shape);
  if (numel !== undefined) {
    ctx.require(eq(numel, constant(1)), () => {
      const { exception, text } = refused();
      return {
        code: 'shape-mismatch',
        exception,
        text,
        message: `${ctx.name}: a tensor of shape ${ctx.spell(x.shape)} is not a single number`,
        origins: [x.origin],
      };
    });
  }
  return numberOf(ctx, x.dtype, x.values, x);
}

function numberOf(ctx: Context, dtype: DType | undefined, array: NdArray | undefined, x?: TensorArg): Value {
  const { interp } = ctx;
  if (array !== undefined && array.numel === 1) {
    if (array.dtype === 'bool') return interp.bool(array.item() !== 0);
    if (array.dtype.startsWith('complex')) return { kind: 'complex', ...array.complexItem() };
    return isIntegral(array.dtype) ? interp.int(array.item()) : interp.float(array.item());
  }
  if (dtype === 'bool') return interp.unknownBool();
  if (dtype === undefined) return interp.unknown();
  if (isIntegral(dtype)) {
    const bounds = x?.bounds;
    const least = ctx.known(bounds?.least);
    const greatest = ctx.known(bounds?.greatest);
    return interp.int(symbol('?', { ...(least === undefined ? {} : { least }), ...(greatest === undefined ? {} : { greatest }) }));
  }
  return dtype.startsWith('complex') ? { kind: 'complex', re: undefined, im: undefined } : interp.float();
}

const scalarText = (ctx: Context, x: TensorArg) => (): { exception: string; text: string | undefined } => {
  const n = numelOf(x.shape);
  return {
    exception: 'RuntimeError',
    text: n === undefined ? undefined : ctx.text`a Tensor with ${n} elements cannot be converted to Scalar`,
  };
};
const onlyOne = () => ({ exception: 'ValueError', text: 'only one element tensors can be converted to Python scalars' });

function asFloat(ctx: Context, x: TensorArg): Value {
  const value = item(ctx, x, onlyOne);
  const n = value.kind === 'int' || value.kind === 'bool' ? ctx.interp.asNumber(value) : value.kind === 'float' ? value.value : undefined;
  return ctx.interp.float(n);
}

function asInt(ctx: Context, x: TensorArg): Value {
  const value = item(ctx, x, onlyOne);
  if (value.kind === 'int') return value;
  if (value.kind === 'float' && value.value !== undefined) return ctx.interp.int(Math.trunc(value.value));
  const n = value.kind === 'bool' ? ctx.interp.asNumber(value) : undefined;
  return n === undefined ? ctx.interp.freshInt('?') : ctx.interp.int(n);
}

function truth(ctx: Context, x: TensorArg): Value {
  const numel = numelOf(x.shape);
  const n = ctx.known(numel);
  if (n === 0)
    ctx.fail({
      code: 'shape-mismatch',
      message: 'the truth of an empty tensor is ambiguous',
      text: 'Boolean value of Tensor with no values is ambiguous',
      origins: [x.origin],
    });
  if (numel !== undefined && ctx.facts.decide(gt(numel, constant(1))) === 'yes') {
    ctx.fail({
      code: 'shape-mismatch',
      message: `a tensor of shape ${ctx.spell(x.shape)} has no single truth value`,
      text: 'Boolean value of Tensor with more than one value is ambiguous',
      origins: [x.origin],
    });
  }
  const value = numberOf(ctx, x.dtype, x.values, x);
  const cond = value.kind === 'bool' ? value.cond : undefined;
  if (cond !== undefined) return ctx.interp.bool(cond);
  const known = value.kind === 'int' ? ctx.interp.asNumber(value) : value.kind === 'float' ? value.value : undefined;
  return known === undefined ? ctx.interp.unknownBool() : ctx.interp.bool(known !== 0);
}

function length(ctx: Context, x: TensorArg): Value {
  if (x.rank === 0)
    ctx.fail({
      code: 'rank-mismatch',
      exception: 'TypeError',
      message: 'a tensor without dimensions has no length',
      text: 'len() of a 0-d tensor',
      origins: [x.origin],
    });
  return ctx.interp.int(x.size(0) ?? symbol('?', { least: 0 }));
}

/** The sizes after the first. */
export function withoutFirst(shape: Shape): Shape {
  return dropFirst(shape, 1);
}

/** The rows, one by one where they can be counted. */
function rows(ctx: Context, x: TensorArg): Value {
  if (x.rank === 0)
    ctx.fail({
      code: 'rank-mismatch',
      exception: 'TypeError',
      message: 'a tensor without dimensions cannot be looped over',
      text: 'iteration over a 0-d tensor',
      origins: [x.origin],
    });
  ctx.world.limitRank(x.shape, 1, Number.POSITIVE_INFINITY);
  const first = x.size(0);
  const n = ctx.known(first);
  const array = x.values;
  const shape = withoutFirst(x.shape);
  const { dtype, requiresGrad, bounds, live } = x.payload;
  const row = (): Value =>
    ctx.interp.object(ctx.state.classes.tensor, new TensorPayload({ shape, dtype, layout: 'unknown', requiresGrad, bounds, live }));
  if (n !== undefined && n <= 4096) {
    const items = Array.from({ length: n }, (_, i) =>
      array === undefined ? row() : valueOfArray(ctx, select(array, 0, i, 'UnbindBackward0')),
    );
    return iteratorOver({ items, rest: undefined }, 'tensor_iterator');
  }
  return iteratorOver({ items: [], rest: { element: row(), length: first ?? symbol('?', { least: 0 }) } }, 'tensor_iterator');
}

function toList(ctx: Context, x: TensorArg): Value {
  const { interp } = ctx;
  const array = x.values;
  const build = (a: NdArray): Value =>
    a.rank === 0 ? numberOf(ctx, a.dtype, a) : interp.list(Array.from({ length: a.shape[0] as number }, (_, i) => build(select(a, 0, i))));
  if (array !== undefined) return build(array);
  const nested = (dims: readonly Dim[]): Value => {
    const [first, ...others] = dims;
    if (first === undefined) return numberOf(ctx, x.dtype, undefined, x);
    const n = ctx.known(first);
    if (n !== undefined && n <= 64) return interp.list(Array.from({ length: n }, () => nested(others)));
    return interp.list({ items: [], rest: { element: nested(others), length: first } });
  };
  return x.dims === undefined ? interp.unknown() : nested(x.dims);
}

function text(ctx: Context, x: TensorArg): Value {
  const array = x.values;
  if (array === undefined) return ctx.interp.str();
  const body = reprTensor(array, ctx.state.printOptions);
  return ctx.interp.str(x.object.cls.mro.includes(ctx.state.classes.parameter) ? `Parameter containing:\n${body}` : body);
}

const format: Operation = {
  names: ['Tensor.__format__'],
  signature: '__format__(str format_spec)',
  shape: '(*) -> text',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    const spec = a.value('format_spec');
    if (x.rank === 0) return ctx.interp.call(ctx.interp.getAttr(item(ctx, x, onlyOne), '__format__'), [spec]);
    return text(ctx, x);
  },
  samples: ["format(torch.tensor(2.5), '.2f')"],
  doc: 'torch.Tensor',
};

const backwardOp: Operation = {
  names: ['Tensor.backward'],
  signature: 'def Tensor.backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None)',
  shape: '(*) -> None',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    requireStart(ctx, x, !a.isNone('gradient'));
    const array = x.values;
    if (ctx.interp.mode === 'run' && array !== undefined) {
      const gradient = a.optionalTensor('gradient')?.values;
      raising(ctx, () => backward(array, { gradient, retainGraph: a.bool('retain_graph') === true }));
    }
    return ctx.interp.none;
  },
  samples: ['torch.ones(2, requires_grad=True).sum().backward()'],
  errors: [
    ['torch.ones(()).backward()', 'no-gradient'],
    ['torch.ones(2, requires_grad=True).backward()', 'shape-mismatch'],
  ],
  doc: 'torch.Tensor.backward',
};

function gradient(ctx: Context, x: TensorArg): Value {
  const array = x.values;
  if (ctx.interp.mode === 'run') return array?.grad === undefined ? ctx.interp.none : valueOfArray(ctx, array.grad);
  if (x.payload.requiresGrad === false) return ctx.interp.none;
  return ctx.interp.object(ctx.state.classes.tensor, new TensorPayload({ shape: x.shape, dtype: x.dtype, layout: 'contiguous' }));
}

function stride(ctx: Context, x: TensorArg): Value {
  const dims = x.dims;
  const { layout } = x.payload;
  if (dims === undefined || layout === 'unknown') return ctx.interp.unknown('stride');
  return ctx.interp.tuple((layout === 'contiguous' ? contiguousStrides(dims) : layout).map((d) => ctx.interp.int(d)));
}

const strideOp: Operation = {
  names: ['Tensor.stride'],
  signature: 'stride(int dim = None)',
  shape: '(*) -> strides',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    if (a.isNone('dim')) return stride(ctx, x);
    const axis = axisOf(ctx, x, a.int('dim'), { wrapScalar: false });
    const all = stride(ctx, x);
    return all.kind === 'tuple' && axis !== undefined ? (all.items.at(axis) as Value) : ctx.interp.freshInt('?');
  },
  samples: ['torch.ones(2, 3).stride()', 'torch.ones(2, 3).stride(0)'],
  doc: 'torch.Tensor.stride',
};

export const INSPECTION: readonly Operation[] = [
  property('shape', (ctx, x) => sizeValue(ctx.interp, x.shape)),
  property('ndim', (ctx, x) => ctx.interp.int(rankOfShape(ctx.interp, x.shape))),
  property('dtype', (ctx, x) => dtypeValue(ctx.interp, x.dtype)),
  property('device', (ctx) => ctx.interp.call(ctx.state.classes.device, [ctx.interp.str(ctx.interp.mode === 'run' ? 'cpu' : undefined)])),
  property('requires_grad', (ctx, x) =>
    x.payload.requiresGrad === undefined ? ctx.interp.unknownBool() : ctx.interp.bool(x.payload.requiresGrad),
  ),
  property('is_leaf', (ctx, x) =>
    x.values === undefined || ctx.interp.mode === 'check'
      ? ctx.interp.bool(x.payload.requiresGrad !== true)
      : ctx.interp.bool(x.values.isLeaf),
  ),
  property('grad', gradient),
  property('grad_fn', (ctx, x) => {
    const name = x.values?.node?.name;
    if (ctx.interp.mode === 'check') return ctx.interp.unknown('grad_fn');
    return name === undefined ? ctx.interp.none : ctx.interp.str(`<${name}>`);
  }),
  property('is_cuda', (ctx) => ctx.interp.bool(false)),
  property('itemsize', (ctx, x) => (x.dtype === undefined ? ctx.interp.freshInt('?') : ctx.interp.int(elementSize(x.dtype)))),
  property('nbytes', (ctx, x) => {
    const n = ctx.known(numelOf(x.shape));
    return n === undefined || x.dtype === undefined ? ctx.interp.freshInt('?', { least: 0 }) : ctx.interp.int(n * elementSize(x.dtype));
  }),
  size,
  strideOp,
  query('dim', (ctx, x) => ctx.interp.int(rankOfShape(ctx.interp, x.shape))),
  query('ndimension', (ctx, x) => ctx.interp.int(rankOfShape(ctx.interp, x.shape))),
  query('numel', numelValue),
  query('nelement', numelValue),
  {
    ...query('numel', numelValue),
    names: ['torch.numel'],
    signature: 'numel(Tensor input)',
    rule: (ctx, a) => numelValue(ctx, a.tensor('input')),
    samples: ['torch.numel(torch.ones(2))'],
  },
  query('element_size', (ctx, x) => (x.dtype === undefined ? ctx.interp.freshInt('?') : ctx.interp.int(elementSize(x.dtype)))),
  query('is_floating_point', (ctx, x) => (x.dtype === undefined ? ctx.interp.unknownBool() : ctx.interp.bool(isFloating(x.dtype)))),
  query('is_complex', (ctx, x) => (x.dtype === undefined ? ctx.interp.unknownBool() : ctx.interp.bool(x.dtype.startsWith('complex')))),
  query('get_device', (ctx) => ctx.interp.int(-1)),
  query('item', (ctx, x) => item(ctx, x, scalarText(ctx, x))),
  query('__float__', asFloat),
  query('__int__', asInt),
  query('__index__', asInt, { samples: ['[1, 2][torch.tensor(1)]'] }),
  query('__bool__', truth),
  query('__len__', length, { signature: 'def Tensor.__len__(self)' }),
  query('__iter__', rows),
  query('__repr__', text),
  query('__str__', text),
  query('__hash__', (ctx, x) => ctx.interp.int(x.object.id)),
  query('tolist', toList),
  query(
    'is_contiguous',
    (ctx, x) => {
      if (ctx.interp.mode === 'run' && x.values !== undefined) return ctx.interp.bool(x.values.isContiguous);
      return x.payload.layout === 'contiguous' ? ctx.interp.bool(true) : ctx.interp.unknownBool();
    },
    { signature: 'is_contiguous(*, torch.memory_format memory_format = torch.contiguous_format)' },
  ),
  format,
  backwardOp,
];
