/**
 * New tensors after another one's dtype (`new_*`, `type_as`), from data that may be a tensor already (`as_tensor`), and the
 * constructors with a type in their name (`torch.LongTensor`).
 */
import { constant } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { full, zeros } from '../kernels/array.ts';
import type { DType } from '../kernels/dtype.ts';
import { defaultDtype } from '../kernels/dtype.ts';
import { cast } from '../kernels/elementwise.ts';
import { asStrided } from '../kernels/views.ts';
import type { Value } from '../python/values.ts';
import { dimsOf, numbersOf, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments } from './arguments.ts';
import { NotKnown } from './arguments.ts';
import { bindNative } from './binding.ts';
import type { Context } from './context.ts';
import { finish, made, TAIL, wantedShape } from './creation.ts';
import { dataOf } from './data.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { layoutFrom } from './layout.ts';
import { parseSignature } from './signature.ts';
import { shapeOfSize } from './size.ts';
import { emptySizes } from './sizes.ts';
import { payloadOf } from './tensor.ts';

const NEW_TAIL = TAIL.replace('Tensor out = None, ', '');

const wantedType = (k: KernelArguments): DType => k.dtype('dtype') ?? k.array('self').dtype;

const newFilled = (name: string, make: (k: KernelArguments) => NdArray, parameter = '', argument = ''): Operation => ({
  names: [`Tensor.${name}`],
  signature: `${name}(tuple of ints size${parameter}, *, ${NEW_TAIL})`,
  shape: 'size -> (*size)',
  rule: (ctx, a) => {
    // The dtype is the tensor's own; nothing else of it counts, gradients included.
    return made(ctx, a, wantedShape(ctx, a), a.tensor('self').dtype);
  },
  kernel: (k) => finish(k, make(k)),
  samples: [`torch.ones(2).${name}((2, 3)${argument})`, `torch.ones(2).${name}([4]${argument}, dtype=torch.int64)`],
  errors: [[`torch.ones(2).${name}((-1,)${argument})`, 'negative-size']],
  doc: `torch.Tensor.${name}`,
});

const newTensor: Operation = {
  names: ['Tensor.new_tensor'],
  signature: 'new_tensor(object data, *, torch.dtype dtype = None, torch.device device = None, bool requires_grad = False)',
  shape: 'data -> (*)',
  rule: (ctx, a) => {
    const own = a.tensor('self').dtype;
    const data = dataOf(ctx, a.value('data'), a.dtype('dtype') ?? own);
    return made(ctx, a, data.shape, own, { bounds: data.bounds });
  },
  kernel: (k, ctx) => finish(k, dataOf(ctx, k.value('data'), wantedType(k)).array()),
  samples: ['torch.ones(2).new_tensor([1, 2])'],
  doc: 'torch.Tensor.new_tensor',
};

const typeAs: Operation = {
  names: ['Tensor.type_as'],
  signature: 'type_as(Tensor other)',
  shape: '(*), (*other) -> (*)',
  rule: (_ctx, a) => {
    const x = a.tensor('self');
    const { dtype } = a.tensor('other');
    return dtype !== undefined && dtype === x.dtype ? x.object : tensorOut(x.shape, dtype, { layout: x.payload.layout });
  },
  kernel: (k) => cast(k.array('self'), k.array('other').dtype),
  samples: ['torch.ones(2).type_as(torch.arange(2))'],
  doc: 'torch.Tensor.type_as',
};

/** A tensor that has the dtype asked for is itself. */
const asTensor = (name: 'as_tensor' | 'asarray'): Operation => ({
  names: [`torch.${name}`],
  signature:
    name === 'as_tensor'
      ? 'as_tensor(object data, *, torch.dtype dtype = None, torch.device device = None)'
      : 'asarray(object data, *, torch.dtype dtype = None, torch.device device = None, bool copy = None, bool requires_grad = False)',
  shape: 'data -> (*)',
  rule: (ctx, a): Out | Value => {
    const value = a.value('data');
    const dtype = a.dtype('dtype');
    const own = payloadOf(value);
    if (own !== undefined && (dtype === null || dtype === own.dtype)) return value;
    const data = dataOf(ctx, value, dtype ?? undefined);
    return tensorOut(data.shape, dtype === null ? data.dtype : dtype, { bounds: data.bounds });
  },
  kernel: (k, ctx) => dataOf(ctx, k.value('data'), k.dtype('dtype')).array(),
  samples: [`torch.${name}([[1, 2], [3, 4]])`, `torch.${name}(torch.ones(2))`, `torch.${name}(torch.ones(2), dtype=torch.int64)`],
  errors: [[`torch.${name}(None)`, 'invalid-argument']],
  doc: `torch.${name}`,
});

const scalarTensor: Operation = {
  names: ['torch.scalar_tensor'],
  signature: `scalar_tensor(Number s, *, ${NEW_TAIL})`,
  shape: 'number -> ()',
  rule: (ctx, a) => made(ctx, a, shapeOf([]), defaultDtype()),
  kernel: (k) => finish(k, full([], k.number('s'), k.dtype('dtype') ?? defaultDtype())),
  samples: ['torch.scalar_tensor(5)'],
  doc: 'torch.scalar_tensor',
};

const emptyStrided: Operation = {
  names: ['torch.empty_strided'],
  signature: `empty_strided(tuple of ints size, tuple of ints stride, *, ${NEW_TAIL})`,
  shape: 'size, stride -> (*size)',
  rule: (ctx, a) => {
    const shape = wantedShape(ctx, a);
    const stride = a.ints('stride');
    const dims = dimsOf(shape);
    if (dims !== undefined && stride !== undefined && dims.length !== stride.length) {
      ctx.fail({
        code: 'invalid-argument',
        message: `empty_strided: ${dims.length} sizes and ${stride.length} strides`,
        text: `dimensionality of sizes (${dims.length}) must match dimensionality of strides (${stride.length})`,
      });
    }
    return made(ctx, a, shape, defaultDtype(), { layout: layoutFrom(shape, stride) });
  },
  kernel: (k) => {
    const [size, stride] = [k.ints('size'), k.ints('stride')];
    const total = size.reduce((n, s, i) => n + (s - 1) * (stride[i] as number), 1);
    return finish(k, asStrided(zeros([size.includes(0) ? 0 : total], k.dtype('dtype') ?? defaultDtype()), size, stride, 0));
  },
  samples: ['torch.empty_strided((2, 3), (1, 2))'],
  errors: [['torch.empty_strided((2, 3), (1,))', 'invalid-argument']],
  doc: 'torch.empty_strided',
};

// ---------------------------------------------------------------- torch.LongTensor and its kin

const LEGACY: Readonly<Record<string, DType>> = {
  FloatTensor: 'float32',
  DoubleTensor: 'float64',
  HalfTensor: 'float16',
  BFloat16Tensor: 'bfloat16',
  LongTensor: 'int64',
  IntTensor: 'int32',
  ShortTensor: 'int16',
  CharTensor: 'int8',
  ByteTensor: 'uint8',
  BoolTensor: 'bool',
};

const NEW: readonly string[] = [
  'new(*, torch.device device = None)',
  'new(torch.Storage storage)',
  'new(Tensor other)',
  'new(tuple of ints size, *, torch.device device = None)',
  'new(object data, *, torch.device device = None)',
];

const NO_SEQUENCES: ReadonlySet<Value['kind']> = new Set(['none', 'bool', 'float', 'complex', 'dict', 'set', 'iterator']);

/** The arguments of `torch.Tensor` and its kin: none, a tensor, sizes, or data, which must be a sequence. */
export function requireLegacy(ctx: Context, args: readonly Value[], kwargs: Value): void {
  const named = new Map<string, Value>();
  if (kwargs.kind === 'dict') {
    for (const [key, value] of kwargs.slot.get().entries.values()) named.set(ctx.interp.asString(key) ?? '?', value);
  }
  const data = args[0] === undefined ? undefined : ctx.interp.resolve(args[0]);
  // One list is data, also where it begins with integers.
  const listed = data?.kind === 'list' || (data?.kind === 'tuple' && data.cls !== ctx.state.classes.size);
  if (args.length > 1 || named.size > 0 || !listed) bindNative(ctx.interp, NEW.map(parseSignature), args, named);
  if (data === undefined || !NO_SEQUENCES.has(data.kind)) return;
  ctx.fail({
    code: 'call-arguments',
    exception: 'TypeError',
    message: `${ctx.name}: data is no sequence`,
    text: `new(): data must be a sequence (got ${ctx.interp.typeName(data)})`,
  });
}

/** Sizes, or one list of data. */
function legacyShape(ctx: Context, a: Arguments, dtype: DType): Out {
  const args = ctx.interp.content(a.value('args'));
  if (args === undefined || args.rest !== undefined) return tensorOut(unknownShape(), dtype);
  requireLegacy(ctx, args.items, a.value('kwargs'));
  const first = args.items[0] === undefined ? undefined : ctx.interp.resolve(args.items[0]);
  if (first === undefined) return tensorOut(shapeOf([constant(0)]), dtype);
  if (first.kind === 'unknown' || first.kind === 'choice') return tensorOut(unknownShape(), dtype);
  if (first.kind === 'tuple' && first.cls === ctx.state.classes.size) {
    const own = shapeOfSize(first) ?? (first.rest === undefined ? undefined : unknownShape());
    return tensorOut(own ?? shapeOf(emptySizes(ctx, first.items)), dtype);
  }
  // Several are sizes, also where a tensor gives one of them.
  if (first.kind === 'int' || args.items.length > 1) return tensorOut(shapeOf(emptySizes(ctx, args.items)), dtype);
  const data = dataOf(ctx, first, dtype);
  return tensorOut(data.shape, dtype, { bounds: data.bounds });
}

const legacy = (name: string, dtype: DType): Operation => ({
  names: [`torch.${name}`, `torch.cuda.${name}`],
  signature: `def ${name}(*args, **kwargs)`,
  shape: 'data -> (*)',
  rule: (ctx, a) => legacyShape(ctx, a, dtype),
  kernel: (k, ctx) => {
    const items = ctx.interp.content(k.value('args'))?.items ?? [];
    const first = items[0] === undefined ? undefined : ctx.interp.resolve(items[0]);
    if (first !== undefined && first.kind !== 'int' && !(first.kind === 'tuple' && first.cls === ctx.state.classes.size))
      return dataOf(ctx, first, dtype).array();
    const out = legacyShape(ctx, k.rule, dtype);
    const sizes = 'shape' in out && out.shape !== undefined ? numbersOf(out.shape) : undefined;
    if (sizes === undefined) throw new NotKnown();
    return zeros(sizes, dtype);
  },
  samples: [`torch.${name}([1, 2])`, `torch.${name}(2, 3, device='cpu')`],
  doc: 'torch.Tensor',
});

export const NEW_TENSORS: readonly Operation[] = [
  newFilled('new_zeros', (k) => zeros(k.ints('size'), wantedType(k))),
  newFilled('new_empty', (k) => zeros(k.ints('size'), wantedType(k))),
  newFilled('new_ones', (k) => full(k.ints('size'), 1, wantedType(k))),
  newFilled('new_full', (k) => full(k.ints('size'), k.number('fill_value'), wantedType(k)), ', Number fill_value', ', 7'),
  newTensor,
  typeAs,
  asTensor('as_tensor'),
  asTensor('asarray'),
  scalarTensor,
  emptyStrided,
  ...Object.entries(LEGACY).map(([name, dtype]) => legacy(name, dtype)),
];
