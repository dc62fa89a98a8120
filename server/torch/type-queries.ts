/**
 * Questions about element types: is_floating_point, result_type, promote_types, finfo and iinfo, the default dtype.
 */
import type { DType } from '../kernels/dtype.ts';
import { category, defaultDtype, elementSize, isComplex, isFloating, isIntegral, promote, setDefaultDtype } from '../kernels/dtype.ts';
import { formatGeneral } from '../kernels/number-text.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { Value } from '../python/values.ts';
import type { Arguments } from './arguments.ts';
import type { Context } from './context.ts';
import type { Operation } from './entry.ts';
import { commonType, computed, operandOf } from './promotion.ts';
import { dtypeValue } from './state.ts';

const ask = (name: string, test: (dtype: DType) => boolean): Operation => ({
  names: [`torch.${name}`, ...(name === 'is_signed' ? [`Tensor.${name}`] : [])],
  signature: `${name}(Tensor input)`,
  shape: '(*) -> bool',
  rule: (ctx, a) => {
    const { dtype } = a.tensor('input');
    return dtype === undefined ? ctx.interp.unknownBool() : ctx.interp.bool(test(dtype));
  },
  samples: [`torch.${name}(torch.ones(2))`],
  errors: [[`torch.${name}(2)`, 'not-a-tensor']],
  doc: `torch.${name}`,
});

const isNonzero: Operation = {
  names: ['torch.is_nonzero', 'Tensor.is_nonzero'],
  signature: 'is_nonzero(Tensor input)',
  shape: '() -> bool',
  rule: (ctx, a) => ctx.interp.call(ctx.interp.getAttr(a.value('input'), '__bool__'), []),
  samples: ['torch.is_nonzero(torch.tensor(1.0))'],
  errors: [['torch.is_nonzero(torch.ones(2))', 'shape-mismatch']],
  doc: 'torch.is_nonzero',
};

const resultType: Operation = {
  names: ['torch.result_type'],
  signature: 'def result_type(tensor, other)',
  shape: '(*), (*) -> dtype',
  rule: (ctx, a) => {
    const operands = ['tensor', 'other'].map((name) => operandOf(ctx, a.value(name), name));
    return dtypeValue(ctx.interp, computed(commonType(operands)));
  },
  samples: ['torch.result_type(torch.arange(2), 1.5)'],
  doc: 'torch.result_type',
};

const known = (ctx: Context, a: Arguments, name: string): DType | undefined => ctx.dtypeOf(a.value(name)) ?? undefined;

const promoteTypes: Operation = {
  names: ['torch.promote_types'],
  signature: 'promote_types(torch.dtype type1, torch.dtype type2)',
  shape: 'dtype, dtype -> dtype',
  rule: (ctx, a) => {
    const [x, y] = [known(ctx, a, 'type1'), known(ctx, a, 'type2')];
    return dtypeValue(ctx.interp, x === undefined || y === undefined ? undefined : promote(x, y));
  },
  samples: ['torch.promote_types(torch.int64, torch.float32)'],
  doc: 'torch.promote_types',
};

const canCast: Operation = {
  names: ['torch.can_cast'],
  signature: 'can_cast(torch.dtype from_, torch.dtype to)',
  shape: 'dtype, dtype -> bool',
  rule: (ctx, a) => {
    const [from, to] = [known(ctx, a, 'from_'), known(ctx, a, 'to')];
    return from === undefined || to === undefined ? ctx.interp.unknownBool() : ctx.interp.bool(category(from) <= category(to));
  },
  samples: ['torch.can_cast(torch.float32, torch.int64)'],
  doc: 'torch.can_cast',
};

const getDefault: Operation = {
  names: ['torch.get_default_dtype'],
  signature: 'get_default_dtype()',
  shape: '-> dtype',
  rule: (ctx) => dtypeValue(ctx.interp, defaultDtype()),
  samples: ['torch.get_default_dtype()'],
  doc: 'torch.get_default_dtype',
};

const setDefault: Operation = {
  names: ['torch.set_default_dtype'],
  signature: 'def set_default_dtype(d)',
  shape: 'dtype -> None',
  rule: (ctx, a) => {
    const dtype = known(ctx, a, 'd');
    if (dtype !== undefined && !isFloating(dtype)) {
      ctx.fail({
        code: 'invalid-argument',
        exception: 'TypeError',
        message: `set_default_dtype: ${dtype} is not floating`,
        text: 'only floating-point types are supported as the default type',
      });
    }
    if (dtype !== undefined) setDefaultDtype(dtype);
    return ctx.interp.none;
  },
  samples: ['torch.set_default_dtype(torch.float32)'],
  errors: [['torch.set_default_dtype(torch.int64)', 'invalid-argument']],
  doc: 'torch.set_default_dtype',
};

// ---------------------------------------------------------------- finfo, iinfo

const FLOATS: Partial<Record<DType, readonly [eps: number, max: number, tiny: number]>> = {
  float32: [2 ** -23, (2 - 2 ** -23) * 2 ** 127, 2 ** -126],
  float64: [2 ** -52, Number.MAX_VALUE, 2 ** -1022],
  float16: [2 ** -10, 65504, 2 ** -14],
  bfloat16: [2 ** -7, (2 - 2 ** -7) * 2 ** 127, 2 ** -126],
};

const SHOWN: Readonly<Record<string, readonly string[]>> = {
  finfo: ['resolution', 'min', 'max', 'eps', 'smallest_normal', 'tiny'],
  iinfo: ['min', 'max'],
};

/** `finfo(resolution=1e-06, min=…, dtype=float32)`, numbers as C's `%g` prints them. */
function limitsRepr(interp: Interpreter): Value {
  return interp.native('__repr__', (call) => {
    const self = call.args[0] as Value;
    const name = interp.typeName(self);
    const parts = (SHOWN[name] ?? []).map((key) => {
      const n = interp.asNumber(interp.findAttr(self, key) ?? interp.none);
      return n === undefined ? undefined : `${key}=${formatGeneral(n, 6)}`;
    });
    const dtype = interp.asString(interp.findAttr(self, 'dtype') ?? interp.none);
    return interp.str(parts.includes(undefined) || dtype === undefined ? undefined : `${name}(${[...parts, `dtype=${dtype}`].join(', ')})`);
  });
}

function described(ctx: Context, cls: string, attributes: Readonly<Record<string, Value>>): Value {
  const known =
    ctx.state.modules.get(cls) ?? ctx.interp.nativeClass({ name: cls, module: 'torch', attrs: { __repr__: limitsRepr(ctx.interp) } });
  ctx.state.modules.set(cls, known);
  const object = ctx.interp.object(known);
  for (const [name, value] of Object.entries(attributes)) object.attrs.set(name, value);
  return object;
}

const finfo: Operation = {
  names: ['torch.finfo'],
  signature: 'def finfo(dtype=None)',
  shape: 'dtype -> limits',
  rule: (ctx, a) => {
    const dtype = a.isNone('dtype') ? defaultDtype() : known(ctx, a, 'dtype');
    const { interp } = ctx;
    if (dtype !== undefined && isIntegral(dtype)) {
      ctx.fail({
        code: 'invalid-argument',
        exception: 'TypeError',
        message: `finfo: ${dtype} is not floating`,
        text: "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'",
      });
    }
    const limits = dtype === undefined ? undefined : FLOATS[dtype];
    const [eps, max, tiny] = limits ?? [];
    return described(ctx, 'finfo', {
      bits: dtype === undefined ? interp.freshInt('bits') : interp.int(elementSize(dtype) * 8),
      eps: interp.float(eps),
      max: interp.float(max),
      min: interp.float(max === undefined ? undefined : -max),
      tiny: interp.float(tiny),
      smallest_normal: interp.float(tiny),
      resolution: interp.float(eps === undefined ? undefined : 10 ** -Math.floor(-Math.log10(eps))),
      dtype: interp.str(dtype),
    });
  },
  samples: ['torch.finfo(torch.float32).max', 'torch.finfo(torch.float16).min'],
  errors: [['torch.finfo(torch.int64)', 'invalid-argument']],
  doc: 'type_info',
};

const iinfo: Operation = {
  names: ['torch.iinfo'],
  signature: 'def iinfo(dtype)',
  shape: 'dtype -> limits',
  rule: (ctx, a) => {
    const dtype = known(ctx, a, 'dtype');
    const { interp } = ctx;
    if (dtype !== undefined && !isIntegral(dtype)) {
      ctx.fail({
        code: 'invalid-argument',
        exception: 'TypeError',
        message: `iinfo: ${dtype} is no integer type`,
        text: "torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'",
      });
    }
    if (dtype === undefined || dtype === 'bool') return interp.unknown('iinfo');
    const bits = BigInt(elementSize(dtype) * 8);
    const signed = dtype !== 'uint8';
    return described(ctx, 'iinfo', {
      bits: interp.int(Number(bits)),
      max: interp.bigint(2n ** (signed ? bits - 1n : bits) - 1n),
      min: interp.bigint(signed ? -(2n ** (bits - 1n)) : 0n),
      dtype: interp.str(dtype),
    });
  },
  samples: ['torch.iinfo(torch.int32).max', 'torch.iinfo(torch.int64).max'],
  errors: [['torch.iinfo(torch.float32)', 'invalid-argument']],
  doc: 'type_info',
};

export const TYPE_QUERIES: readonly Operation[] = [
  ask('is_floating_point', isFloating),
  ask('is_complex', isComplex),
  ask('is_signed', (dtype) => dtype !== 'bool' && !dtype.startsWith('uint')),
  isNonzero,
  resultType,
  promoteTypes,
  canCast,
  getDefault,
  setDefault,
  finfo,
  iinfo,
];
