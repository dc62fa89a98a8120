/**
 * Conversions of a tensor that keep its shape: to another dtype or device, copies, detaching.
 */
import type { NdArray } from '../kernels/array.ts';
import type { DType } from '../kernels/dtype.ts';
import { isFloating } from '../kernels/dtype.ts';
import { cast } from '../kernels/elementwise.ts';
import { clone, contiguous, detach } from '../kernels/views.ts';
import type { Value } from '../python/values.ts';
import { type Arguments, NotKnown } from './arguments.ts';
import type { Context } from './context.ts';
import { requireDeviceName } from './device.ts';
import type { Operation } from './entry.ts';
import { tensorOut } from './entry.ts';
import { preservedLayout } from './layout.ts';
import { tensorTypeName } from './module.ts';
import { constantOf } from './state.ts';
import { payloadOf } from './tensor.ts';

const casting = (name: string, dtype: DType): Operation => ({
  names: [`Tensor.${name}`],
  signature: `${name}(*, torch.memory_format memory_format = None)`,
  shape: '(*) -> (*)',
  rule: (_ctx, a) =>
    tensorOut(a.tensor('self').shape, dtype, {
      layout: a.tensor('self').dtype === dtype ? a.tensor('self').payload.layout : preservedLayout(a.tensor('self')),
      bounds: /^u?int/.test(dtype) ? a.tensor('self').bounds : undefined,
    }),
  kernel: (k) => (k.array('self').dtype === dtype ? k.array('self') : cast(k.array('self'), dtype)),
  samples: [`torch.ones(2, 3).${name}()`],
  doc: `torch.Tensor.${name}`,
});

const TO_TAIL = 'bool non_blocking = False, bool copy = False, *, torch.memory_format memory_format = None)';

/** `.to(dtype)`, `.to(device)`, `.to(other)`, in any order. */
const to: Operation = {
  names: ['Tensor.to'],
  signature: [
    `to(torch.device device = None, torch.dtype dtype = None, ${TO_TAIL}`,
    `to(torch.dtype dtype, ${TO_TAIL}`,
    `to(Tensor|Number tensor, ${TO_TAIL}`,
  ],
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    const dtype = wantedType(ctx, a);
    if (dtype === null || dtype === x.dtype) return x.object;
    return tensorOut(x.shape, dtype, { layout: preservedLayout(x), bounds: x.bounds });
  },
  kernel: (k, ctx) => cast(k.array('self'), settled(wantedType(ctx, k.rule))),
  samples: ['torch.ones(2, 3).to(torch.float64)', "torch.ones(2).to('cpu')", 'torch.ones(2).to(dtype=torch.int64)'],
  doc: 'torch.Tensor.to',
};

/** A number stands for a tensor of its own type. */
const NUMBERS: Readonly<Record<string, DType>> = { float: 'float64', int: 'int64', bool: 'bool', complex: 'complex128' };

/** A dtype that a kernel needs. Throws `NotKnown`. */
function settled(dtype: DType | null | undefined): DType {
  if (dtype === null || dtype === undefined) throw new NotKnown();
  return dtype;
}

/** `null` where no dtype is asked for; undefined where it is not known. */
function wantedType(ctx: Context, a: Arguments): DType | null | undefined {
  let unknown = false;
  for (const name of ['device', 'dtype', 'tensor']) {
    if (!a.exists(name) || !a.given(name)) continue;
    const v = a.value(name);
    const tensor = payloadOf(v);
    if (tensor !== undefined) return tensor.dtype;
    if (name === 'tensor' && v.kind in NUMBERS) return NUMBERS[v.kind];
    if (constantOf(v, 'dtype') !== undefined || v.kind === 'class') return ctx.dtypeOf(v);
    requireDeviceName(ctx, v);
    // What is called a device is taken for one; anything else may be a dtype.
    if (v.kind === 'choice' || (v.kind === 'unknown' && !/dev|cuda|gpu|rank|place/i.test(v.name ?? ''))) unknown = true;
  }
  return unknown ? undefined : null;
}

const type: Operation = {
  names: ['Tensor.type'],
  signature: [
    'type(object dtype = None, bool non_blocking = False, *, torch.memory_format memory_format = None)',
    'deprecated type(object dtype = None, bool async = False, *, torch.memory_format memory_format = None)',
  ],
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    const value = a.value('dtype');
    if (value.kind === 'none') return ctx.interp.str(x.dtype === undefined ? undefined : tensorTypeName(x.dtype));
    if (['int', 'float', 'bool', 'complex', 'list', 'tuple'].includes(value.kind) || payloadOf(value) !== undefined) {
      const text = 'dtype must be a type, str, or dtype object';
      ctx.fail({ code: 'call-arguments', exception: 'TypeError', message: text, text });
    }
    return tensorOut(x.shape, namedType(ctx, value), { layout: preservedLayout(x) });
  },
  kernel: (k, ctx) => {
    const dtype = namedType(ctx, k.value('dtype'));
    if (dtype === undefined) throw new NotKnown();
    return cast(k.array('self'), dtype);
  },
  samples: ['torch.ones(2).type(torch.int64)', "torch.ones(2).type('torch.LongTensor')"],
  doc: 'torch.Tensor.type',
};

const LEGACY: Readonly<Record<string, DType>> = {
  'torch.FloatTensor': 'float32',
  'torch.DoubleTensor': 'float64',
  'torch.LongTensor': 'int64',
  'torch.IntTensor': 'int32',
  'torch.BoolTensor': 'bool',
  'torch.HalfTensor': 'float16',
  'torch.ByteTensor': 'uint8',
};

function namedType(ctx: Context, value: Value): DType | undefined {
  const name = ctx.interp.asString(value);
  return name === undefined ? (ctx.dtypeOf(value) ?? undefined) : LEGACY[name];
}

const keeping = (
  name: string,
  kernel: (a: NdArray) => NdArray,
  options: { grad?: false; view?: true; contiguous?: true; functions?: true } = {},
): Operation => ({
  names: [...(options.functions === true ? [`torch.${name}`] : []), `Tensor.${name}`],
  signature:
    options.functions === true
      ? `${name}(Tensor input, *, torch.memory_format memory_format = None)`
      : `${name}(*, torch.memory_format memory_format = None)`,
  shape: '(*) -> (*)',
  rule: (_ctx, a) => {
    const x = a.tensor(options.functions === true ? 'input' : 'self');
    return tensorOut(x.shape, x.dtype, {
      layout: options.contiguous === true ? 'contiguous' : options.view === true ? x.payload.layout : preservedLayout(x),
      bounds: x.bounds,
      role: x.payload.role,
      ...(options.view === true ? { viewOf: x } : {}),
      ...(options.grad === false ? { requiresGrad: false } : {}),
    });
  },
  kernel: (k) => kernel(k.array(options.functions === true ? 'input' : 'self')),
  samples: [`torch.ones(2, 3).${name}()`],
  doc: `torch.Tensor.${name}`,
});

const requiresGradIn: Operation = {
  names: ['Tensor.requires_grad_'],
  signature: 'requires_grad_(bool requires_grad = True)',
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    const on = a.bool('requires_grad');
    if (on === true && x.dtype !== undefined && !isFloating(x.dtype) && !x.dtype.startsWith('complex')) {
      ctx.fail({
        code: 'dtype-mismatch',
        message: `a tensor of dtype ${x.dtype} cannot require gradients`,
        text: 'only Tensors of floating point dtype can require gradients',
      });
    }
    if (x.values !== undefined && ctx.interp.mode === 'run') x.values.requiresGrad = on === true;
    ctx.interp.setPayload(x.object, x.payload.with({ requiresGrad: on }));
    return x.object;
  },
  samples: ['torch.ones(2).requires_grad_()'],
  errors: [['torch.ones(2, dtype=torch.int64).requires_grad_()', 'dtype-mismatch']],
  doc: 'torch.Tensor.requires_grad_',
};

/** Same device throughout, so moving is nothing. */
const staying = (name: string): Operation => ({
  names: [`Tensor.${name}`],
  signature: `def Tensor.${name}(self, *args, **kwargs)`,
  shape: '(*) -> (*)',
  rule: (_ctx, a) => a.tensor('self').object,
  samples: [`torch.ones(2).${name}()`],
  doc: `torch.Tensor.${name}`,
});

const dataProperty: Operation = {
  ...keeping('data', (a) => detach(a), { grad: false, view: true }),
  signature: 'data()',
  property: true,
  samples: ['torch.ones(2).data'],
};

export const CONVERSION: readonly Operation[] = [
  casting('float', 'float32'),
  casting('double', 'float64'),
  casting('half', 'float16'),
  casting('bfloat16', 'bfloat16'),
  casting('long', 'int64'),
  casting('int', 'int32'),
  casting('short', 'int16'),
  casting('char', 'int8'),
  casting('byte', 'uint8'),
  casting('bool', 'bool'),
  to,
  type,
  keeping('clone', clone, { functions: true }),
  keeping('contiguous', contiguous, { contiguous: true }),
  { ...keeping('detach', detach, { grad: false, view: true }), signature: 'detach()' },
  requiresGradIn,
  staying('cuda'),
  staying('cpu'),
  staying('pin_memory'),
  dataProperty,
];
