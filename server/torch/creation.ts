/**
 * Making tensors: from sizes, from Python data, like another tensor, at random.
 */
import { le, lt } from '../dims/cond.ts';
import { add, constant, floorDiv, sub, symbol } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { emptyLike, fromFlat, full, zeros } from '../kernels/array.ts';
import type { DType } from '../kernels/dtype.ts';
import { defaultDtype, isComplex, isFloating, scalarTypeName } from '../kernels/dtype.ts';
import { rand, randint, randLike, randn, randnLike } from '../kernels/random.ts';
import type { Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { numelOf, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments } from './arguments.ts';
import type { Context } from './context.ts';
import { dataOf } from './data.ts';
import { requireDeviceName } from './device.ts';
import type { Operation, Out, TensorOut } from './entry.ts';
import { tensorOut } from './entry.ts';
import { preservedLayout } from './layout.ts';
import { shapeOfSize } from './size.ts';
import { requireSizes } from './sizes.ts';
import type { Bounds } from './tensor.ts';
import { payloadOf } from './tensor.ts';

/** The keyword parameters of functions that make tensors. */
export const TAIL =
  'Tensor out = None, torch.dtype dtype = None, torch.layout layout = None, torch.device device = None, bool pin_memory = False, bool requires_grad = False';
/** The same of functions that make a tensor like another. */
export const LIKE_TAIL =
  'torch.memory_format memory_format = None, torch.dtype dtype = None, torch.layout layout = None, torch.device device = None, bool pin_memory = False, bool requires_grad = False';

/** `size` as a shape; of unknown rank where its length is not known. */
export function wantedShape(ctx: Context, a: Arguments, negative?: string): Shape {
  const value = a.value('size');
  const same = value.kind === 'tuple' ? shapeOfSize(value) : undefined;
  if (same !== undefined) return same;
  const dims = a.ints('size');
  if (dims === undefined) return shapeLater(ctx, value);
  requireSizes(ctx, dims, negative);
  return shapeOf(dims);
}

/** The shape that a size asks for of which it is not known whether it is one number or several, once that is known. */
function shapeLater(ctx: Context, size: Value): Shape {
  const shape = unknownShape();
  if (size.kind !== 'unknown' || shape.run === undefined) return shape;
  ctx.world.await(shape.run, () => {
    const value = ctx.interp.resolve(size);
    if (value.kind === 'int') return shapeOf([value.dim]);
    return value.kind === 'tuple' ? shapeOfSize(value) : undefined;
  });
  return shape;
}

/** A new tensor of a shape: its dtype is the one asked for, else `fallback`. Raises `dtype-mismatch` where it cannot require gradients. */
export function made(
  ctx: Context,
  a: Arguments,
  shape: Shape,
  fallback: DType | undefined,
  more: Partial<Omit<TensorOut, 'out' | 'shape' | 'dtype'>> = {},
): Out {
  if (a.exists('device')) requireDeviceName(ctx, a.value('device'));
  const given = a.dtype('dtype');
  const dtype = given === null ? fallback : given;
  const requiresGrad = a.bool('requires_grad');
  if (requiresGrad === true && dtype !== undefined && !/^(float|bfloat|complex)/.test(dtype)) {
    ctx.fail({
      code: 'dtype-mismatch',
      message: `${ctx.name}: a tensor of dtype ${dtype} cannot require gradients`,
      text: 'Only Tensors of floating point and complex dtype can require gradients',
    });
  }
  return tensorOut(shape, dtype, { ...more, requiresGrad });
}

/** The array as the caller asked for it to be. */
export function finish(k: KernelArguments, array: NdArray): NdArray {
  if (k.bool('requires_grad')) array.requiresGrad = true;
  return array;
}

const filling = (name: string, value: number, negative?: string): Operation => ({
  names: [`torch.${name}`],
  signature: `${name}(tuple of ints size, *, ${name === 'empty' ? 'torch.memory_format memory_format = None, ' : ''}${TAIL})`,
  shape: 'size -> (*size)',
  rule: (ctx, a) => made(ctx, a, wantedShape(ctx, a, negative), defaultDtype()),
  kernel: (k) =>
    finish(
      k,
      value === 0
        ? zeros(k.ints('size'), k.dtype('dtype') ?? defaultDtype())
        : full(k.ints('size'), value, k.dtype('dtype') ?? defaultDtype()),
    ),
  samples: [`torch.${name}(2, 3)`, `torch.${name}((2, 3), dtype=torch.int64)`, `torch.${name}([])`],
  errors: [[`torch.${name}(2, -1)`, 'negative-size']],
  doc: `torch.${name}`,
});

/** One value in the layout of another array. */
function filledLike(like: NdArray, value: Parameters<typeof full>[1], dtype: DType): NdArray {
  const strides = emptyLike(like, dtype).strides;
  return full(like.shape, value, dtype).alias(like.shape, strides);
}

const likeThe = (
  name: string,
  make: (like: NdArray, dtype: DType | undefined, k: KernelArguments) => NdArray,
  random = false,
): Operation => ({
  names: [`torch.${name}`],
  signature: random
    ? [`${name}(Tensor input, *, torch.Generator generator, ${LIKE_TAIL})`, `${name}(Tensor input, *, ${LIKE_TAIL})`]
    : `${name}(Tensor input, *, ${LIKE_TAIL})`,
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const dtype = a.dtype('dtype') === null ? x.dtype : (a.dtype('dtype') as DType | undefined);
    const numel = ctx.known(numelOf(x.shape));
    if (random && (numel !== 0 || name === 'rand_like') && dtype !== undefined && !/^(float|bfloat|complex)/.test(dtype))
      refuseIntegers(ctx, dtype, name === 'rand_like');
    return made(ctx, a, x.shape, x.dtype, { layout: preservedLayout(x) });
  },
  kernel: (k) => finish(k, make(k.array('input'), k.dtype('dtype'), k)),
  ...(random ? { random } : {}),
  samples: [`torch.${name}(torch.ones(2, 3))`],
  doc: `torch.${name}`,
});

/** Random numbers are floating. Raises NotImplementedError. */
export function refuseIntegers(ctx: Context, dtype: DType, uniform: boolean): void {
  const kernel = uniform ? 'check_uniform_bounds' : 'normal_kernel_cpu';
  ctx.fail({
    code: 'dtype-mismatch',
    exception: 'NotImplementedError',
    message: `${ctx.name}: random numbers of dtype ${dtype} cannot be drawn`,
    text: `"${kernel}" not implemented for '${scalarTypeName(dtype)}'`,
  });
}

const drawing = (name: string, uniform: boolean, draw: typeof rand): Operation => ({
  names: [`torch.${name}`],
  signature: [`${name}(tuple of ints size, *, torch.Generator generator, ${TAIL})`, `${name}(tuple of ints size, *, ${TAIL})`],
  shape: 'size -> (*size)',
  rule: (ctx, a) => {
    const shape = wantedShape(ctx, a);
    const dtype = a.dtype('dtype');
    const numel = ctx.known(numelOf(shape));
    if (dtype !== undefined && dtype !== null && (numel !== 0 || uniform) && !/^(float|bfloat|complex)/.test(dtype))
      refuseIntegers(ctx, dtype, uniform);
    return made(ctx, a, shape, defaultDtype());
  },
  kernel: (k) => finish(k, draw(k.ints('size'), k.stream, k.dtype('dtype') ?? defaultDtype())),
  random: true,
  samples: [`torch.${name}(2, 3)`, `torch.${name}((4,))`],
  errors: [[`torch.${name}(2, -1)`, 'negative-size']],
  doc: `torch.${name}`,
});

const randintOp: Operation = {
  names: ['torch.randint'],
  signature: [
    `randint(int high, tuple of ints size, *, torch.Generator generator, ${TAIL})`,
    `randint(int high, tuple of ints size, *, ${TAIL})`,
    `randint(int low, int high, tuple of ints size, *, torch.Generator generator, ${TAIL})`,
    `randint(int low, int high, tuple of ints size, *, ${TAIL})`,
  ],
  shape: 'size -> (*size)',
  rule: (ctx, a) => {
    const shape = wantedShape(ctx, a);
    const low = a.exists('low') ? a.int('low') : constant(0);
    const high = a.int('high');
    ctx.require(lt(low, high), () => ({
      code: 'invalid-argument',
      message: `randint: nothing lies between ${ctx.spell(low)} and ${ctx.spell(high)}`,
      text: ctx.text`random_ expects 'from' to be less than 'to', but got from=${low} >= to=${high}`,
    }));
    return made(ctx, a, shape, 'int64', {
      bounds: { least: low, greatest: sub(high, constant(1)), attained: 'drawn', count: numelOf(shape) },
    });
  },
  kernel: (k) =>
    finish(k, randint(k.isNone('low') ? 0 : k.int('low'), k.int('high'), k.ints('size'), k.stream, k.dtype('dtype') ?? 'int64')),
  random: true,
  samples: ['torch.randint(5, (2, 3))', 'torch.randint(1, 5, (2,))'],
  errors: [['torch.randint(3, 3, (2,))', 'invalid-argument']],
  doc: 'torch.randint',
};

/** The type that a number asks for; a 0-d tensor counts as the number it holds. */
function fillType(value: Value): DType | undefined {
  const held = payloadOf(value)?.dtype;
  const kind =
    held === undefined ? value.kind : held === 'bool' ? 'bool' : isComplex(held) ? 'complex' : isFloating(held) ? 'float' : 'int';
  const kinds: Readonly<Record<string, DType>> = { int: 'int64', bool: 'bool', float: defaultDtype(), complex: 'complex64' };
  return kinds[kind];
}

const fullOp: Operation = {
  names: ['torch.full'],
  signature: `full(tuple of ints size, Number fill_value, *, ${TAIL})`,
  shape: 'size -> (*size)',
  rule: (ctx, a) => {
    return made(ctx, a, wantedShape(ctx, a), fillType(a.value('fill_value')));
  },
  kernel: (k) => {
    const value = k.value('fill_value');
    const dtype = k.dtype('dtype') ?? fillType(value) ?? defaultDtype();
    const number = value.kind === 'complex' ? { re: value.re ?? 0, im: value.im ?? 0 } : k.number('fill_value');
    return finish(k, full(k.ints('size'), number, dtype));
  },
  samples: ['torch.full((2, 3), 1.5)', 'torch.full((2,), 3)'],
  errors: [['torch.full((2,), "a")', 'call-arguments']],
  doc: 'torch.full',
};

const fullLike: Operation = {
  names: ['torch.full_like'],
  signature: `full_like(Tensor input, Number fill_value, *, ${LIKE_TAIL})`,
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    return made(ctx, a, x.shape, x.dtype, { layout: preservedLayout(x) });
  },
  kernel: (k) => finish(k, filledLike(k.array('input'), k.number('fill_value'), k.dtype('dtype') ?? k.array('input').dtype)),
  samples: ['torch.full_like(torch.ones(2, 3), 7)'],
  doc: 'torch.full_like',
};

const arange: Operation = {
  names: ['torch.arange'],
  signature: [
    `arange(Number end, *, ${TAIL})`,
    `arange(Number start, Number end, *, ${TAIL.replace('Tensor out = None, ', '')})`,
    `arange(Number start, Number end, Number step = 1, *, ${TAIL})`,
  ],
  shape: 'start, end, step -> (n)',
  rule: (ctx, a) => {
    const start = a.exists('start') ? a.value('start') : ctx.interp.int(0);
    const end = a.value('end');
    const step = a.exists('step') ? a.value('step') : ctx.interp.int(1);
    const all = [start, end, step];
    const whole = all.every((v) => v.kind === 'int' || v.kind === 'bool');
    const dtype: DType | undefined = whole
      ? 'int64'
      : all.some((v) => v.kind === 'float')
        ? defaultDtype()
        : all.some((v) => v.kind === 'unknown')
          ? 'int64'
          : undefined;
    const numbers = all.map((v) => ctx.interp.asNumber(v));
    const [s, e, d] = numbers;
    if (d === 0) ctx.fail({ code: 'invalid-argument', message: 'arange: the step is 0', text: 'step must be nonzero' });
    if (s !== undefined && e !== undefined && d !== undefined) {
      const infinite = [s, e].find((n) => !Number.isFinite(n));
      if (infinite !== undefined)
        ctx.fail({
          code: 'invalid-argument',
          message: 'arange: the range is infinite',
          text: `unsupported range: ${short(s)} -> ${short(e)}`,
        });
      if ((d > 0 && s > e) || (d < 0 && s < e)) {
        ctx.fail({
          code: 'invalid-argument',
          message: 'arange: the range runs against its step',
          text: 'upper bound and lower bound inconsistent with step sign',
        });
      }
      return made(ctx, a, shapeOf([constant(Math.ceil((e - s) / d))]), dtype, { bounds: bounds(s, e, d, whole) });
    }
    if (d !== undefined && Number.isInteger(d) && all.every((v) => v.kind === 'int' || v.kind === 'unknown')) {
      const from = ctx.dimOf(start, 'start');
      const to = ctx.dimOf(end, 'end');
      const [low, high] = d > 0 ? [from, to] : [to, from];
      ctx.require(le(low, high), () => ({
        code: 'invalid-argument',
        message: `arange: the range from ${ctx.spell(from)} to ${ctx.spell(to)} runs against its step`,
        text: 'upper bound and lower bound inconsistent with step sign',
      }));
      const step = constant(Math.abs(d));
      const length = ctx.facts.simplify(floorDiv(add(sub(high, low), sub(step, constant(1))), step));
      const least = d > 0 ? from : add(to, constant(1));
      return made(ctx, a, shapeOf([length]), dtype, {
        bounds: { least, greatest: d > 0 ? sub(to, constant(1)) : from, attained: 'surely', count: length },
      });
    }
    return made(ctx, a, shapeOf([symbol('?', { least: 0 })]), dtype);
  },
  kernel: (k) => {
    const start = k.isNone('start') ? 0 : k.number('start');
    const end = k.number('end');
    const step = k.isNone('step') ? 1 : k.number('step');
    const whole = ['start', 'end', 'step'].every((n) => k.isNone(n) || k.value(n).kind === 'int' || k.value(n).kind === 'bool');
    const n = Math.max(0, Math.ceil((end - start) / step));
    const values = new Float64Array(n);
    for (let i = 0; i < n; i++) values[i] = start + i * step;
    return finish(k, fromFlat(values, [n], k.dtype('dtype') ?? (whole ? 'int64' : defaultDtype())));
  },
  samples: ['torch.arange(5)', 'torch.arange(1, 7, 2)', 'torch.arange(0, 1, 0.25)'],
  errors: [['torch.arange(3, 1)', 'invalid-argument']],
  doc: 'torch.arange',
};

function bounds(start: number, end: number, step: number, whole: boolean): Bounds | undefined {
  const n = Math.ceil((end - start) / step);
  if (!whole || n <= 0) return undefined;
  const last = start + (n - 1) * step;
  return { least: constant(Math.min(start, last)), greatest: constant(Math.max(start, last)), attained: 'surely', count: constant(n) };
}

const short = (n: number): string => (Number.isFinite(n) ? String(n) : n > 0 ? 'inf' : n < 0 ? '-inf' : 'nan');

const tensorOp: Operation = {
  names: ['torch.tensor'],
  signature:
    'tensor(object data, *, torch.dtype dtype = None, torch.device device = None, bool pin_memory = False, bool requires_grad = False)',
  shape: 'data -> (*)',
  rule: (ctx, a) => {
    const data = dataOf(ctx, a.value('data'), a.dtype('dtype') ?? undefined);
    return made(ctx, a, data.shape, data.dtype, { bounds: data.bounds });
  },
  kernel: (k, ctx) => finish(k, dataOf(ctx, k.value('data'), k.dtype('dtype')).array()),
  samples: ['torch.tensor([[1, 2], [3, 4]])', 'torch.tensor(1.5)', 'torch.tensor([True, False])', 'torch.tensor([])'],
  errors: [
    ['torch.tensor([[1], [2, 3]])', 'invalid-argument'],
    ['torch.tensor(None)', 'invalid-argument'],
  ],
  doc: 'torch.tensor',
};

export const CREATION: readonly Operation[] = [
  filling('zeros', 0, 'zeros: Dimension size must be non-negative.'),
  filling('ones', 1),
  filling('empty', 0),
  fullOp,
  likeThe('zeros_like', (like, dtype) => emptyLike(like, dtype ?? like.dtype)),
  likeThe('ones_like', (like, dtype) => filledLike(like, 1, dtype ?? like.dtype)),
  likeThe('empty_like', (like, dtype) => emptyLike(like, dtype ?? like.dtype)),
  fullLike,
  drawing('rand', true, rand),
  drawing('randn', false, randn),
  likeThe('rand_like', (like, dtype, k) => randLike(like, k.stream, dtype ?? like.dtype), true),
  likeThe('randn_like', (like, dtype, k) => randnLike(like, k.stream, dtype ?? like.dtype), true),
  randintOp,
  arange,
  tensorOp,
];
