/**
 * Masks and conditions: masked_fill, masked_select, masked_scatter, where, nonzero, argwhere. Where the mask's numbers are not
 * known, neither is how many elements it chooses.
 */
import type { Dim } from '../dims/dim.ts';
import { constant, valueOf } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import { maskedFill, maskedScatter, maskedSelect, nonzero as nonzeroArray } from '../kernels/gather.ts';
import { inPlace } from '../kernels/inplace.ts';
import { where as whereArray } from '../kernels/ternary.ts';
import { expand, select } from '../kernels/views.ts';
import type { Value } from '../python/values.ts';
import { dimsOf, numbersOf, shapeOf } from '../shapes/shape.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { cppTypeName } from './dtype-names.ts';
import { broadcastPair, broadcastShape, operandArray, requireWritable, valueArray, writeInPlace } from './elementwise.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import { layoutFrom } from './layout.ts';
import { commonType, computed, operandOf } from './promotion.ts';
import { requireScalar } from './scattering.ts';

const one = constant(1);
const bySelf = (a: Arguments): TensorArg => a.tensor(a.exists('input') ? 'input' : 'self');

function requireBool(ctx: Context, mask: TensorArg, text: (dtype: string) => string): void {
  if (mask.dtype === undefined || mask.dtype === 'bool') return;
  ctx.fail({
    code: 'dtype-mismatch',
    message: `${ctx.name}: the mask is ${mask.dtype}, not bool`,
    text: text(mask.dtype),
    origins: [mask.origin],
  });
}

function checkFill(ctx: Context, a: Arguments): void {
  if (a.overload === 0) requireScalar(ctx, a.tensor('value'), 'masked_fill_');
  const mask = a.tensor('mask');
  const named = mask.dtype === undefined ? '' : cppTypeName(mask.dtype);
  requireBool(ctx, mask, () => `masked_fill_ only supports boolean masks, but got mask with dtype ${named}`);
  const value = a.value('value');
  const x = bySelf(a);
  if (value.kind === 'complex' && x.dtype !== undefined && !x.dtype.startsWith('complex') && value.im !== 0) {
    const text = `value cannot be converted to type ${cppTypeName(x.dtype)} without overflow`;
    ctx.fail({ code: 'dtype-mismatch', message: `masked_fill: a complex number into a ${x.dtype} tensor`, text });
  }
}

/**
 * Whether the tensor that is filled has the result's shape. PyTorch documents that the mask is broadcast to it, and whoever gives
 * a mask of which nobody knows the rank means that, though a larger mask would be taken as well.
 */
function isFilled(ctx: Context, x: TensorArg, mask: TensorArg): boolean {
  const dims = dimsOf(ctx.world.resolve(x.shape));
  return dims !== undefined && dims.length >= 2 && dims.some((d) => valueOf(d) !== 1) && ctx.world.resolve(mask.shape).run !== undefined;
}

const maskedFillOp: Operation = {
  names: ['torch.masked_fill', 'Tensor.masked_fill'],
  signature: ['masked_fill(Tensor input, Tensor mask, Tensor value)', 'masked_fill(Tensor input, Tensor mask, Number value)'],
  shape: '(*), (*mask) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const mask = a.tensor('mask');
    const shape = broadcastPair(ctx, mask.shape, x.shape, [
      { shape: mask.shape, tensor: mask },
      { shape: x.shape, tensor: x },
    ]);
    checkFill(ctx, a);
    return tensorOut(isFilled(ctx, x, mask) ? x.shape : shape, x.dtype);
  },
  kernel: (k) => maskedFill(k.array('input'), k.array('mask'), operandArray(k, 'value')),
  samples: [
    'torch.arange(3.0).masked_fill(torch.tensor([True, False, True]), -1)',
    'torch.masked_fill(torch.ones(2, 3), torch.ones(3) > 0, torch.tensor(2.0))',
  ],
  errors: [
    ['torch.ones(2, 3).masked_fill(torch.ones(2) > 0, 1)', 'broadcast-mismatch'],
    ['torch.ones(2).masked_fill(torch.ones(2), 1)', 'dtype-mismatch'],
    ['torch.ones(2).masked_fill(torch.ones(2) > 0, torch.ones(1))', 'rank-mismatch'],
  ],
  doc: 'torch.Tensor.masked_fill',
};

const maskedFillInPlace: Operation = {
  names: ['Tensor.masked_fill_'],
  signature: ['masked_fill_(Tensor mask, Tensor value)', 'masked_fill_(Tensor mask, Number value)'],
  shape: '(*), (*mask) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    checkFill(ctx, a);
    const mask = a.tensor('mask');
    return writeInPlace(
      ctx,
      x,
      broadcastPair(ctx, x.shape, mask.shape, [
        { shape: x.shape, tensor: x },
        { shape: mask.shape, tensor: mask },
      ]),
    );
  },
  kernel: (k) => inPlace(k.array('self'), (old) => maskedFill(old, k.array('mask'), operandArray(k, 'value'))),
  samples: ['torch.arange(3.0).masked_fill_(torch.tensor([True, False, True]), -1)'],
  errors: [
    ['torch.ones(2, 3).masked_fill_(torch.ones(2) > 0, 1)', 'broadcast-mismatch'],
    ['torch.ones(2).masked_fill_(torch.ones(2), 1)', 'dtype-mismatch'],
  ],
  doc: 'torch.Tensor.masked_fill_',
};

/** How many elements a mask chooses after broadcasting, where its numbers are known. */
function chosenBy(ctx: Context, mask: TensorArg, sizes: readonly number[] | undefined): Dim {
  const values = mask.values;
  if (values === undefined || sizes === undefined) return ctx.world.freshSize();
  const own = Array.from(values.toFlat()).filter((v) => v !== 0).length;
  const repeated = sizes.reduce((n, s) => n * s, 1) / Math.max(1, values.numel);
  return constant(values.numel === 0 ? 0 : own * repeated);
}

const maskedSelectOp: Operation = {
  names: ['torch.masked_select', 'Tensor.masked_select'],
  signature: 'masked_select(Tensor input, Tensor mask, *, Tensor out = None)',
  shape: '(*), (*mask) -> (n)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const mask = a.tensor('mask');
    requireBool(ctx, mask, () => 'masked_select: expected BoolTensor for mask');
    const shape = broadcastPair(ctx, mask.shape, x.shape, [
      { shape: mask.shape, tensor: mask },
      { shape: x.shape, tensor: x },
    ]);
    return tensorOut(shapeOf([chosenBy(ctx, mask, numbersOf(ctx.world.resolve(shape)))]), x.dtype, { bounds: x.bounds });
  },
  kernel: (k) => maskedSelect(k.array('input'), k.array('mask')),
  samples: [
    'torch.masked_select(torch.arange(3), torch.tensor([True, False, True]))',
    'torch.ones(2, 3).masked_select(torch.tensor([True, False, False]))',
  ],
  errors: [
    ['torch.ones(2, 3).masked_select(torch.ones(2) > 0)', 'broadcast-mismatch'],
    ['torch.ones(2).masked_select(torch.ones(2))', 'dtype-mismatch'],
  ],
  doc: 'torch.masked_select',
};

function checkScattered(ctx: Context, a: Arguments, x: TensorArg): void {
  const mask = a.tensor('mask');
  const source = a.tensor('source');
  if (x.dtype !== undefined && source.dtype !== undefined && x.dtype !== source.dtype) {
    ctx.fail({
      code: 'dtype-mismatch',
      message: `masked_scatter: the tensor is ${x.dtype}, the source ${source.dtype}`,
      text: `masked_scatter: expected self and source to have same dtypes but got${scalarTypeName(x.dtype)} and ${scalarTypeName(source.dtype)}`,
    });
  }
  requireBool(
    ctx,
    mask,
    () =>
      `masked_scatter_ only supports boolean masks, but got mask with dtype ${mask.dtype === undefined ? '' : scalarTypeName(mask.dtype)}`,
  );
  const wanted = ctx.known(chosenBy(ctx, mask, numbersOf(x.shape)));
  const given = numbersOf(source.shape)?.reduce((n, s) => n * s, 1);
  if (wanted !== undefined && given !== undefined && given < wanted) {
    ctx.fail({
      code: 'shape-mismatch',
      message: `masked_scatter: the mask chooses ${wanted} elements, the source has ${given}`,
      text: 'Number of elements of source < number of ones in mask',
    });
  }
}

const maskedScatterOps: readonly Operation[] = [true, false].map((plain) => {
  const name = plain ? 'masked_scatter' : 'masked_scatter_';
  return {
    names: plain ? [`torch.${name}`, `Tensor.${name}`] : [`Tensor.${name}`],
    signature: `${name}(${plain ? 'Tensor input, ' : ''}Tensor mask, Tensor source)`,
    shape: '(*), (*mask), (*source) -> (*)',
    rule: (ctx, a) => {
      const x = bySelf(a);
      const mask = a.tensor('mask');
      const shape = broadcastPair(ctx, mask.shape, x.shape);
      checkScattered(ctx, a, x);
      if (plain) return tensorOut(shape, x.dtype);
      requireWritable(ctx, x);
      return writeInPlace(ctx, x, shape);
    },
    kernel: (k) =>
      plain
        ? maskedScatter(k.array('input'), k.array('mask'), k.array('source'))
        : inPlace(k.array('self'), (old) => maskedScatter(old, k.array('mask'), k.array('source'))),
    samples: [`torch.zeros(3).${name}(torch.tensor([True, False, True]), torch.arange(2.0))`],
    errors: [[`torch.zeros(3).${name}(torch.ones(3) > 0, torch.ones(2))`, 'shape-mismatch']],
    doc: 'torch.Tensor.masked_scatter_',
  } satisfies Operation;
});

// ---------------------------------------------------------------- where

const WHERE = [
  'where(Tensor condition)',
  'where(Tensor condition, Tensor input, Tensor other, *, Tensor out = None)',
  'where(Tensor condition, Number self, Tensor other)',
  'where(Tensor condition, Tensor input, Number other)',
  'where(Tensor condition, Number self, Number other)',
];

function chooseBy(ctx: Context, condition: TensorArg, first: Value, second: Value): Out {
  if (condition.dtype !== undefined && condition.dtype !== 'bool' && condition.dtype !== 'uint8') {
    ctx.fail({
      code: 'dtype-mismatch',
      message: `where: the condition is ${condition.dtype}, not bool`,
      text: `where expected condition to be a boolean tensor, but got a tensor with dtype ${scalarTypeName(condition.dtype)}`,
      origins: [condition.origin],
    });
  }
  const [x, y] = [operandOf(ctx, first, 'input'), operandOf(ctx, second, 'other')];
  const shape = broadcastShape(ctx, [{ shape: condition.shape, tensor: condition }, x, y]);
  return tensorOut(shape, computed(commonType([x, y])));
}

const firstOf = (a: Arguments): Value => a.value(a.exists('input') ? 'input' : 'self');

const where: Operation = {
  names: ['torch.where'],
  signature: WHERE,
  shape: '(*), (*), (*) -> (*)',
  rule: (ctx, a) =>
    a.overload === 0 ? placesOf(ctx, a.tensor('condition')) : chooseBy(ctx, a.tensor('condition'), firstOf(a), a.value('other')),
  kernel: (k, ctx) =>
    k.overload === 0
      ? places(k.array('condition'))
      : whereArray(k.array('condition'), valueArray(ctx, firstOf(k.rule)), operandArray(k, 'other')),
  samples: [
    'torch.where(torch.tensor([True, False]), torch.ones(2), torch.zeros(2))',
    'torch.where(torch.ones(2, 1) > 0, 1, torch.arange(3))',
    'torch.where(torch.tensor([True, False]), 1.5, 2)',
    'torch.where(torch.tensor([[0, 1], [1, 1]]))',
  ],
  errors: [
    ['torch.where(torch.ones(2) > 0, torch.ones(3), torch.ones(3))', 'broadcast-mismatch'],
    ['torch.where(torch.ones(2), 1, 2)', 'dtype-mismatch'],
    ['torch.where(torch.ones(2) > 0, torch.ones(2))', 'call-arguments'],
  ],
  doc: 'torch.where',
};

const whereMethod: Operation = {
  names: ['Tensor.where'],
  signature: ['where(Tensor condition, Tensor other)', 'where(Tensor condition, Number other)'],
  shape: '(*), (*), (*) -> (*)',
  rule: (ctx, a) => chooseBy(ctx, a.tensor('condition'), a.value('self'), a.value('other')),
  kernel: (k) => whereArray(k.array('condition'), k.array('self'), operandArray(k, 'other')),
  samples: ['torch.arange(3).where(torch.arange(3) > 1, 0)'],
  errors: [['torch.ones(2).where(torch.ones(3) > 0, 1)', 'broadcast-mismatch']],
  doc: 'torch.Tensor.where',
};

// ---------------------------------------------------------------- nonzero

/** How many elements are not 0. */
function countOf(ctx: Context, x: TensorArg): Dim {
  const values = x.values;
  if (values === undefined) return ctx.world.freshSize();
  return constant(nonzeroArray(values).shape[0] as number);
}

/** One index vector for each dimension; a tensor without dimensions counts as having one. */
function placesOf(ctx: Context, x: TensorArg): Out | Value {
  const { rank } = x;
  if (rank === undefined) return ctx.interp.unknown('places');
  const shape = shapeOf([countOf(ctx, x)]);
  const layout = layoutFrom(shape, [constant(Math.max(1, rank))]);
  return tupleOut(Array.from({ length: Math.max(1, rank) }, () => tensorOut(shape, 'int64', { layout: rank > 1 ? 'unknown' : layout })));
}

function places(x: NdArray): NdArray[] {
  const found = nonzeroArray(x.rank === 0 ? expand(x, [1]) : x);
  return Array.from({ length: Math.max(1, x.rank) }, (_, i) => select(found, 1, i));
}

function rows(ctx: Context, x: TensorArg): Out {
  const { rank } = x;
  const count = countOf(ctx, x);
  const width = rank === undefined ? ctx.world.freshSize() : constant(rank);
  const strides = rank === undefined || rank < 2 ? undefined : [one, count];
  const shape = shapeOf([count, width]);
  return tensorOut(shape, 'int64', { layout: rank !== undefined && rank < 2 ? 'contiguous' : layoutFrom(shape, strides) });
}

const nonzero: Operation = {
  names: ['torch.nonzero', 'Tensor.nonzero'],
  signature: ['nonzero(Tensor input, *, Tensor out = None)', 'nonzero(Tensor input, *, bool as_tuple)'],
  shape: '(*) -> (n, rank)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const tuple = a.exists('as_tuple') ? a.bool('as_tuple') : false;
    if (tuple === undefined) return ctx.interp.unknown('places');
    return tuple ? placesOf(ctx, x) : rows(ctx, x);
  },
  kernel: (k) => (k.rule.exists('as_tuple') && k.bool('as_tuple') ? places(k.array('input')) : nonzeroArray(k.array('input'))),
  samples: [
    'torch.nonzero(torch.tensor([[0, 1], [2, 0]]))',
    'torch.tensor([0, 1, 1]).nonzero(as_tuple=True)',
    'torch.nonzero(torch.tensor(3))',
  ],
  doc: 'torch.nonzero',
};

const argwhere: Operation = {
  names: ['torch.argwhere', 'Tensor.argwhere'],
  signature: 'argwhere(Tensor input)',
  shape: '(*) -> (n, rank)',
  rule: (ctx, a) => rows(ctx, a.tensor('input')),
  kernel: (k) => nonzeroArray(k.array('input')),
  samples: ['torch.argwhere(torch.tensor([[0, 1], [2, 0]]))'],
  doc: 'torch.argwhere',
};

/** `3 in x`: whether any element is equal. */
const contains: Operation = {
  names: ['Tensor.__contains__'],
  signature: 'def __contains__(self, element)',
  shape: '(*), () -> bool',
  rule: (ctx, a): Value => {
    const { interp } = ctx;
    const element = a.value('element');
    if (['str', 'none', 'list', 'tuple', 'dict'].includes(element.kind)) {
      const type = interp.typeName(element);
      ctx.fail({
        code: 'call-arguments',
        message: `${type} is looked for in a tensor`,
        text: `Tensor.__contains__ only supports Tensor or scalar, but you passed in a <class '${type}'>.`,
      });
    }
    const equal = interp.callMethod(a.tensor('self').object, '__eq__', [element]);
    const any = equal === undefined ? undefined : interp.callMethod(equal, 'any', []);
    return (any === undefined ? undefined : interp.callMethod(any, 'item', [])) ?? interp.unknownBool();
  },
  samples: ['3 in torch.tensor([1, 3])', '5 in torch.tensor([1, 3])'],
  errors: [["'a' in torch.tensor([1, 3])", 'call-arguments']],
  doc: 'torch.Tensor',
};

export const MASKING: readonly Operation[] = [
  contains,
  maskedFillOp,
  maskedFillInPlace,
  maskedSelectOp,
  ...maskedScatterOps,
  where,
  whereMethod,
  nonzero,
  argwhere,
];
