/**
 * Element functions of three tensors and comparisons with a tolerance: clamp, lerp, addcmul, addcdiv, isclose, allclose, equal.
 */
import type { NdArray } from '../kernels/array.ts';
import { binary, isClose } from '../kernels/binary.ts';
import { complexOf, polar } from '../kernels/complex-tensor.ts';
import { isFloating, scalarTypeName } from '../kernels/dtype.ts';
import { inPlace } from '../kernels/inplace.ts';
import { addcdiv, addcmul, clamp, clampArrays, lerp } from '../kernels/ternary.ts';
import type { Value } from '../python/values.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { refuseZero } from './binary.ts';
import type { Context } from './context.ts';
import { cppTypeName } from './dtype-names.ts';
import { broadcastShape, operandArray, presentValue, withoutOut, writeInPlace } from './elementwise.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import type { Operand, Refusals } from './promotion.ts';
import { commonType, computed, floatingType, operandOf, refuseType, requireCast } from './promotion.ts';
import { methodOf } from './reducing.ts';
import type { Bounds } from './tensor.ts';

const firstName = (a: Arguments): string => (a.exists('input') ? 'input' : 'self');

function subject(ctx: Context, a: Arguments): Operand {
  const value = a.value(firstName(a));
  return operandOf(ctx, value.kind === 'unknown' ? a.tensor(firstName(a)).object : value, 'input');
}

const subjectArray = (k: KernelArguments): NdArray => operandArray(k, firstName(k.rule));

/** The function, its method, and the method that writes in place, of one rule. */
function family(
  name: string,
  functions: readonly string[],
  how: {
    readonly rule: (ctx: Context, a: Arguments, x: Operand) => Extract<Out, { out: 'tensor' }>;
    readonly kernel: (x: NdArray, k: KernelArguments) => NdArray;
    readonly samples: readonly string[];
    readonly errors?: Operation['errors'];
    readonly aliases?: readonly string[];
    /** A use in place. */
    readonly written: string;
  },
): Operation[] {
  return [name, ...(how.aliases ?? [])].flatMap((own) => {
    const signature = functions.map((s) => s.replace(name, own));
    const made: Operation[] = [
      {
        names: [`torch.${own}`, `Tensor.${own}`],
        signature,
        method: signature.map(methodOf),
        shape: '(*a), (*b), (*c) -> (*d)',
        rule: (ctx, a) => how.rule(ctx, a, subject(ctx, a)),
        kernel: (k) => {
          withoutOut(k);
          return how.kernel(subjectArray(k), k);
        },
        samples: how.samples.map((s) => s.replaceAll(`${name}(`, `${own}(`)),
        ...(how.errors === undefined ? {} : { errors: how.errors }),
        doc: `torch.${own}`,
      },
    ];
    made.push({
      names: [`Tensor.${own}_`],
      signature: signature.map((s) => methodOf(s).replace(own, `${own}_`)),
      shape: '(*a), (*b), (*c) -> (*a)',
      rule: (ctx, a) => {
        const x = subject(ctx, a);
        const made = how.rule(ctx, a, x);
        const self = x.tensor as TensorArg;
        const out = writeInPlace(ctx, self, made.shape);
        requireCast(ctx, made.dtype === 'default' ? undefined : made.dtype, self.dtype);
        return out;
      },
      kernel: (k) => inPlace(k.array('self'), (old) => how.kernel(old, k)),
      samples: [how.written.replaceAll(name, own)],
      doc: `torch.Tensor.${own}_`,
    });
    return made;
  });
}

// ---------------------------------------------------------------- clamp

function clampRule(ctx: Context, a: Arguments, x: Operand): Extract<Out, { out: 'tensor' }> {
  const sides = ['min', 'max'].map((name) => presentValue(a, name));
  if (sides.every((s) => s === undefined)) {
    const text = "torch.clamp: At least one of 'min' or 'max' must not be None";
    ctx.fail({ code: 'invalid-argument', text, message: text });
  }
  const operands = [x, ...sides.flatMap((s, i) => (s === undefined ? [] : [operandOf(ctx, s, ['min', 'max'][i] as string)]))];
  const type = commonType(operands);
  const complex: Refusals = { c: ['NotImplementedError', 'clamp is not supported for complex types'] };
  refuseType(ctx, complex, x.dtype);
  const shape = broadcastShape(ctx, operands);
  refuseType(ctx, complex, type);
  return tensorOut(shape, computed(type), { bounds: clampBounds(ctx, sides, x) });
}

/** Between two whole numbers lie the values from there on. */
function clampBounds(ctx: Context, sides: readonly (Value | undefined)[], x: Operand): Bounds | undefined {
  const [low, high] = sides.map((s) => (s?.kind === 'int' ? ctx.interp.asDim(s) : undefined));
  if (low === undefined && high === undefined) return undefined;
  const own = x.tensor?.bounds;
  return {
    least: low ?? (sides[0] === undefined ? own?.least : undefined),
    greatest: high ?? (sides[1] === undefined ? own?.greatest : undefined),
  };
}

function clampKernel(x: NdArray, k: KernelArguments): NdArray {
  const side = (name: string): NdArray | undefined => (k.rule.exists(name) && !k.isNone(name) ? operandArray(k, name) : undefined);
  const [low, high] = [side('min'), side('max')];
  const numbers = [low, high].every((v) => v === undefined || v.wrapped);
  if (!numbers) return clampArrays(x, low, high);
  const type = computed(
    commonType(
      [x, low, high].flatMap((v) =>
        v === undefined
          ? []
          : [{ dtype: v.wrapped && v.dtype === 'float64' ? 'float32' : v.dtype, level: v.wrapped ? 2 : v.rank === 0 ? 1 : 0 } as const],
      ),
    ),
  );
  return clamp(x, low?.item(), high?.item(), 'ClampBackward1', type ?? x.dtype);
}

const CLAMP = family(
  'clamp',
  [
    'clamp(Tensor input, Tensor? min = None, Tensor? max = None, *, Tensor out = None)',
    'clamp(Tensor input, Number? min = None, Number? max = None, *, Tensor out = None)',
  ],
  {
    rule: clampRule,
    kernel: clampKernel,
    aliases: ['clip'],
    written: 'torch.ones(2).clamp_(0, 1)',
    samples: ['torch.clamp(torch.ones(2, 3), 0, 1)', 'torch.clamp(torch.ones(2, 3), min=torch.zeros(3))', 'torch.ones(2).clamp(max=0.5)'],
    errors: [['torch.clamp(torch.ones(2, 3), torch.ones(4), torch.ones(4))', 'broadcast-mismatch']],
  },
);

const oneSided = (['min', 'max'] as const).flatMap((side) =>
  family(
    `clamp_${side}`,
    [
      `clamp_${side}(Tensor input, Tensor ${side}, *, Tensor out = None)`,
      `clamp_${side}(Tensor input, Number ${side}, *, Tensor out = None)`,
    ],
    {
      rule: clampRule,
      kernel: clampKernel,
      written: `torch.ones(2).clamp_${side}_(0.5)`,
      samples: [`torch.clamp_${side}(torch.ones(2), 0.5)`],
    },
  ),
);

// ---------------------------------------------------------------- lerp, addcmul, addcdiv

function lerpRule(ctx: Context, a: Arguments, x: Operand): Extract<Out, { out: 'tensor' }> {
  const end = operandOf(ctx, a.tensor('end').object, 'end');
  const weight = operandOf(ctx, a.value('weight'), 'weight');
  const others = [['end', end] as const, ...(weight.level !== 0 ? [] : [['weight', weight] as const])];
  for (const [name, other] of others) {
    if (x.dtype === undefined || other.dtype === undefined || x.dtype === other.dtype) continue;
    ctx.fail({
      code: 'dtype-mismatch',
      text: `expected dtype ${cppTypeName(x.dtype)} for \`${name}\` but got dtype ${cppTypeName(other.dtype)}`,
      message: `lerp: the input is ${x.dtype}, \`${name}\` is ${other.dtype}`,
    });
  }
  const shape = broadcastShape(ctx, [x, end, weight]);
  const cpu = weight.level === 2 ? 'lerp_kernel_scalar' : 'lerp_kernel_tensor';
  refuseType(ctx, { b: cpu, i: cpu }, x.dtype);
  return tensorOut(shape, x.dtype);
}

const LERP = family(
  'lerp',
  [
    'lerp(Tensor input, Tensor end, Tensor weight, *, Tensor out = None)',
    'lerp(Tensor input, Tensor end, Number weight, *, Tensor out = None)',
  ],
  {
    rule: lerpRule,
    kernel: (x, k) => lerp(x, k.array('end'), operandArray(k, 'weight')),
    written: 'torch.ones(2).lerp_(torch.zeros(2), 0.5)',
    samples: ['torch.lerp(torch.zeros(2, 3), torch.ones(3), 0.5)', 'torch.lerp(torch.zeros(2, 3), torch.ones(3), torch.ones(3))'],
    errors: [['torch.lerp(torch.ones(2), torch.ones(3), 0.5)', 'broadcast-mismatch']],
  },
);

const INTEGER_DIVISION =
  'Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value * tensor1 / tensor2), for all dtypes.';

const combined = (['addcmul', 'addcdiv'] as const).flatMap((name) =>
  family(
    name,
    [
      `${name}(Tensor input, Tensor tensor1, Tensor tensor2, *, Number value = 1, Tensor out = None)`,
      `deprecated ${name}(Tensor input, Number value, Tensor tensor1, Tensor tensor2, *, Tensor out = None)`,
    ],
    {
      rule: (ctx, a, x) => {
        const [p, q] = ['tensor1', 'tensor2'].map((n) => operandOf(ctx, a.tensor(n).object, n)) as [Operand, Operand];
        const integral = (o: Operand): boolean => o.dtype !== undefined && /^(u?int|bool)/.test(o.dtype);
        if (name === 'addcdiv' && integral(p) && integral(q)) {
          ctx.fail({ code: 'dtype-mismatch', text: INTEGER_DIVISION, message: 'addcdiv: two integer tensors are divided' });
        }
        return tensorOut(broadcastShape(ctx, [x, p, q]), computed(commonType([x, p, q])));
      },
      kernel: (x, k) => (name === 'addcmul' ? addcmul : addcdiv)(x, k.array('tensor1'), k.array('tensor2'), k.number('value')),
      written: `torch.ones(2).${name}_(torch.ones(2), torch.ones(2))`,
      samples: [`torch.${name}(torch.ones(2, 3), torch.ones(3), torch.ones(2, 1), value=0.5)`],
      errors: [[`torch.${name}(torch.ones(2), torch.ones(3), torch.ones(2))`, 'broadcast-mismatch']],
    },
  ),
);

// ---------------------------------------------------------------- div with a rounding mode

const DIV_FUNCTIONS = [
  'div(Tensor|Number input, Tensor|Number other, *, Tensor out = None)',
  'div(Tensor|Number input, Tensor|Number other, *, str? rounding_mode, Tensor out = None)',
  'div(Tensor input, Number other, *, str? rounding_mode)',
];

const DIV = family('div', DIV_FUNCTIONS, {
  aliases: ['divide'],
  rule: (ctx, a, x) => {
    const y = operandOf(ctx, a.value('other'), 'other');
    const given = presentValue(a, 'rounding_mode');
    const mode = given === undefined ? undefined : ctx.interp.asString(given);
    if (mode !== undefined && mode !== 'trunc' && mode !== 'floor') {
      const text = `div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '${mode}'`;
      ctx.fail({ code: 'invalid-argument', text, message: text });
    }
    const common = commonType([x, y]);
    const shape = broadcastShape(ctx, [x, y]);
    if (common === 'complex32') refuseType(ctx, { c: 'div_cpu' }, common);
    if (given === undefined) return tensorOut(shape, computed(floatingType(common)));
    if (mode !== undefined) {
      refuseType(ctx, { b: `div_${mode}_cpu`, c: `div_${mode}_cpu` }, common);
      refuseZero(ctx, common, y, shape);
    }
    return tensorOut(shape, mode === undefined ? undefined : computed(common));
  },
  kernel: (x, k) => {
    const mode = k.rule.exists('rounding_mode') && !k.isNone('rounding_mode') ? k.string('rounding_mode') : undefined;
    const y = operandArray(k, 'other');
    return binary(mode === undefined ? 'div' : mode === 'floor' ? 'floored_divide' : 'trunc_divide', x, y);
  },
  written: 'torch.ones(2).div_(2)',
  samples: ['torch.div(torch.ones(2, 3), 2)', "torch.div(torch.ones(2, 3), torch.ones(3), rounding_mode='floor')"],
  errors: [['torch.div(torch.ones(2), torch.ones(3))', 'broadcast-mismatch']],
});

// ---------------------------------------------------------------- tolerance

function sameTypes(ctx: Context, a: Arguments): readonly [Operand, Operand] {
  const [x, y] = ['input', 'other'].map((n) => operandOf(ctx, a.tensor(n).object, n)) as [Operand, Operand];
  if (x.dtype !== undefined && y.dtype !== undefined && x.dtype !== y.dtype) {
    ctx.fail({
      code: 'dtype-mismatch',
      text: `${scalarTypeName(x.dtype)} did not match ${scalarTypeName(y.dtype)}`,
      message: `${ctx.name}: the tensors are ${x.dtype} and ${y.dtype}`,
    });
  }
  return [x, y];
}

const TOLERANCE = 'float rtol = 1e-05, float atol = 1e-08, bool equal_nan = False';

const closeness = (k: KernelArguments): NdArray =>
  isClose(k.array('input'), k.array('other'), k.number('rtol'), k.number('atol'), k.bool('equal_nan'));

const ISCLOSE: Operation = {
  names: ['torch.isclose', 'Tensor.isclose'],
  signature: `isclose(Tensor input, Tensor other, ${TOLERANCE})`,
  shape: '(*a), (*b) -> (*c)',
  rule: (ctx, a) => tensorOut(broadcastShape(ctx, sameTypes(ctx, a)), 'bool'),
  kernel: closeness,
  samples: ['torch.isclose(torch.ones(2, 3), torch.ones(3))'],
  errors: [['torch.isclose(torch.ones(2), torch.ones(3))', 'broadcast-mismatch']],
  doc: 'torch.isclose',
};

/** A yes-or-no of whole tensors: known where the numbers are. */
function verdict(ctx: Context, a: Arguments, decide: (x: NdArray, y: NdArray) => boolean): Value {
  const [x, y] = ['input', 'other'].map((n) => a.tensor(n).values);
  if (x === undefined || y === undefined) return ctx.interp.unknownBool();
  return ctx.interp.bool(decide(x, y));
}

const ALLCLOSE: Operation = {
  names: ['torch.allclose', 'Tensor.allclose'],
  signature: `allclose(Tensor input, Tensor other, ${TOLERANCE})`,
  shape: '(*a), (*b) -> bool',
  rule: (ctx, a) => {
    broadcastShape(ctx, sameTypes(ctx, a));
    const [rtol, atol, nan] = [a.known('rtol'), a.known('atol'), a.bool('equal_nan')];
    if (rtol === undefined || atol === undefined || nan === undefined) return ctx.interp.unknownBool();
    return verdict(ctx, a, (x, y) =>
      isClose(x, y, rtol, atol, nan)
        .toFlat()
        .every((v) => v !== 0),
    );
  },
  samples: ['torch.allclose(torch.ones(2, 3), torch.ones(3))'],
  errors: [['torch.allclose(torch.ones(2), torch.ones(3))', 'broadcast-mismatch']],
  doc: 'torch.allclose',
};

const EQUAL: Operation = {
  names: ['torch.equal', 'Tensor.equal'],
  signature: 'equal(Tensor input, Tensor other)',
  shape: '(*a), (*b) -> bool',
  rule: (ctx, a) => {
    const [x, y] = [a.tensor('input'), a.tensor('other')];
    if (ctx.world.decideEqual(x.shape, y.shape) === 'no') return ctx.interp.bool(false);
    return verdict(ctx, a, (p, q) => {
      const [left, right] = [p.toFlat(), q.toFlat()];
      return p.shape.join() === q.shape.join() && left.every((v, i) => v === right[i]);
    });
  },
  samples: ['torch.equal(torch.ones(2, 3), torch.ones(3))'],
  doc: 'torch.equal',
};

// ---------------------------------------------------------------- others

function complexEntry(name: 'complex' | 'polar', [first, second]: readonly [string, string]): Operation {
  return {
    names: [`torch.${name}`],
    signature: `${name}(Tensor ${first}, Tensor ${second}, *, Tensor out = None)`,
    shape: '(*a), (*b) -> (*c)',
    rule: (ctx, a) => {
      const [x, y] = [first, second].map((n) => operandOf(ctx, a.tensor(n).object, n)) as [Operand, Operand];
      const [p, q] = [x.dtype, y.dtype];
      if (p !== undefined && q !== undefined) {
        const wrong = (d: typeof p): boolean => !isFloating(d) || d === 'bfloat16';
        if (wrong(p) || wrong(q)) {
          ctx.fail({
            code: 'dtype-mismatch',
            text: `Expected both inputs to be Half, Float or Double tensors but got ${scalarTypeName(p)} and ${scalarTypeName(q)}`,
            message: `${name}: the parts are ${p} and ${q}`,
          });
        }
        if (p !== q) {
          ctx.fail({
            code: 'dtype-mismatch',
            text: `Expected object of scalar type ${scalarTypeName(p)} but got scalar type ${scalarTypeName(q)} for second argument`,
            message: `${name}: the parts are ${p} and ${q}`,
          });
        }
      }
      return tensorOut(broadcastShape(ctx, [x, y]), p === 'float64' ? 'complex128' : p === 'float32' ? 'complex64' : undefined);
    },
    kernel: (k) => (name === 'complex' ? complexOf : polar)(k.array(first), k.array(second)),
    samples: [`torch.${name}(torch.ones(2), torch.ones(2))`],
    errors: [[`torch.${name}(torch.ones(2), torch.ones(3))`, 'broadcast-mismatch']],
    doc: `torch.${name}`,
  };
}

const COMPLEX: readonly Operation[] = [complexEntry('complex', ['real', 'imag']), complexEntry('polar', ['abs', 'angle'])];

const HEAVISIDE = family('heaviside', ['heaviside(Tensor input, Tensor values, *, Tensor out = None)'], {
  rule: (ctx, a, x) => {
    const y = operandOf(ctx, a.tensor('values').object, 'values');
    if (x.dtype !== undefined && y.dtype !== undefined && x.dtype !== y.dtype) {
      const text = 'heaviside is not yet implemented for tensors with different dtypes.';
      ctx.fail({ code: 'dtype-mismatch', text, message: text });
    }
    return tensorOut(broadcastShape(ctx, [x, y]), x.dtype);
  },
  kernel: (x, k) => binary('heaviside', x, k.array('values')),
  written: 'torch.ones(2).heaviside_(torch.ones(2))',
  samples: ['torch.heaviside(torch.ones(2, 3), torch.ones(3))'],
});

export const TERNARY: readonly Operation[] = [
  ...CLAMP,
  ...oneSided,
  ...LERP,
  ...combined,
  ...DIV,
  ...HEAVISIDE,
  ISCLOSE,
  ALLCLOSE,
  EQUAL,
  ...COMPLEX,
];
