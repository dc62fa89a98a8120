/**
 * Element functions of two tensors as a table: result type, refusals, kernel. What entries and operators are made of.
 */
import type { NdArray } from '../kernels/array.ts';
import type { BinaryName, CompareName } from '../kernels/binary.ts';
import { binary, compare } from '../kernels/binary.ts';
import { isComplex } from '../kernels/dtype.ts';
import { cast } from '../kernels/elementwise.ts';
import { addScaled } from '../kernels/ternary.ts';
import type { Context } from './context.ts';
import type { Operand, Refusals } from './promotion.ts';
import { commonType } from './promotion.ts';
import type { TypeTag } from './state.ts';

export interface BinaryForm {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Which of the operands may be Python numbers: both, the second, either but not both, none. */
  readonly numbers: 'both' | 'second' | 'either' | 'none';
  /** Both may be numbers, and an overload of its own for a number as the second is listed besides. */
  readonly numberListed?: true;
  /** With a number as the first operand it takes no `out`. */
  readonly numberFirstPlain?: true;
  /** The second parameter's name where it is not `other`. */
  readonly second?: string;
  /** Integers to floating; the common type; a yes-or-no; always double precision. */
  readonly type: 'float' | 'promoted' | 'bool' | 'double';
  readonly refuses?: Refusals;
  /** Checked before the shapes are. */
  readonly first?: (ctx: Context, x: Operand, y: Operand, type: TypeTag | undefined) => void;
  readonly kernel: (x: NdArray, y: NdArray, alpha: number) => NdArray;
  readonly alpha?: boolean;
  readonly inPlace?: false;
  /** An integer result divides by the second operand. */
  readonly divides?: boolean;
  readonly special?: boolean;
}

const table = (name: BinaryName) => (x: NdArray, y: NdArray) => binary(name, x, y);

const wide = (a: NdArray): NdArray => cast(a, isComplex(a.dtype) ? 'complex128' : 'float64');

const floatPower = (x: NdArray, y: NdArray): NdArray => binary('pow', wide(x), wide(y), y.wrapped ? { name: 'PowBackward0' } : {});

const SUBTRACTION = 'Subtraction, the `-` operator, with';

function checkSubtraction(ctx: Context, x: Operand, y: Operand): void {
  if (x.dtype !== 'bool' && y.dtype !== 'bool') return;
  const both = x.dtype === 'bool' && y.dtype === 'bool';
  ctx.fail({
    code: 'dtype-mismatch',
    text: both
      ? `${SUBTRACTION} two bool tensors is not supported. Use the \`^\` or \`logical_xor()\` operator instead.`
      : `${SUBTRACTION} a bool tensor is not supported. If you are trying to invert a mask, use the \`~\` or \`logical_not()\` operator instead.`,
    message: `${ctx.name}: a bool tensor cannot be subtracted or subtracted from`,
  });
}

const noComplex = (name: string) => (ctx: Context, x: Operand, y: Operand) => {
  for (const { dtype } of [x, y]) {
    if (dtype?.startsWith('complex') !== true) continue;
    ctx.fail({
      code: 'dtype-mismatch',
      text: `${name} not implemented for complex tensors.`,
      message: `${ctx.name} does not take complex tensors`,
    });
  }
};

const all = (cpu: string): Refusals => ({ b: cpu, c: cpu });
const notFloating = (cpu: string): Refusals => ({ f: cpu, c: cpu });

const arithmetic: readonly BinaryForm[] = [
  {
    name: 'add',
    numbers: 'both',
    type: 'promoted',
    alpha: true,
    kernel: (x, y, alpha) => (alpha === 1 ? binary('add', x, y) : addScaled(x, y, alpha)),
  },
  {
    name: 'sub',
    aliases: ['subtract'],
    numbers: 'both',
    type: 'promoted',
    alpha: true,
    first: checkSubtraction,
    kernel: (x, y, alpha) => (alpha === 1 ? binary('sub', x, y) : addScaled(x, y, -alpha, 'SubBackward0')),
  },
  { name: 'mul', aliases: ['multiply'], numbers: 'both', type: 'promoted', kernel: table('mul') },
  { name: 'true_divide', numbers: 'both', numberListed: true, type: 'float', kernel: table('div') },
  {
    name: 'floor_divide',
    numbers: 'both',
    numberListed: true,
    type: 'promoted',
    divides: true,
    refuses: all('div_floor_cpu'),
    kernel: table('floor_divide'),
  },
  {
    name: 'remainder',
    numbers: 'either',
    numberFirstPlain: true,
    type: 'promoted',
    divides: true,
    refuses: all('remainder_cpu'),
    kernel: table('remainder'),
  },
  { name: 'fmod', numbers: 'second', type: 'promoted', divides: true, refuses: all('fmod_cpu'), kernel: table('fmod') },
  {
    name: 'pow',
    numbers: 'either',
    second: 'exponent',
    type: 'promoted',
    refuses: { b: 'pow' },
    first: (ctx, x, y, type) => {
      const n = y.level === 2 && y.dtype === 'int64' ? ctx.interp.asNumber(y.value) : undefined;
      if (n === undefined || n >= 0 || x.dtype === undefined || type === undefined || !/^(u?int|bool)/.test(x.dtype)) return;
      ctx.fail({
        code: 'invalid-argument',
        text: 'Integers to negative integer powers are not allowed.',
        message: `${ctx.name}: an integer tensor to the power ${n}`,
      });
    },
    kernel: table('pow'),
  },
  { name: 'float_power', numbers: 'either', second: 'exponent', type: 'double', kernel: floatPower },
];

const extrema: readonly BinaryForm[] = (['maximum', 'minimum', 'fmax', 'fmin'] as const).map((name) => ({
  name,
  numbers: 'none',
  type: 'promoted',
  first: noComplex(name),
  kernel: table(name),
  inPlace: false,
}));

const floating: readonly BinaryForm[] = [
  { name: 'atan2', aliases: ['arctan2'], numbers: 'none', type: 'float', refuses: { c: 'atan2_cpu' }, kernel: table('atan2') },
  {
    name: 'hypot',
    numbers: 'none',
    type: 'promoted',
    refuses: { b: 'hypot_cpu', i: 'hypot_cpu', c: 'hypot_cpu' },
    kernel: table('hypot'),
  },
  { name: 'copysign', numbers: 'second', type: 'float', refuses: { c: 'copysign_cpu' }, kernel: table('copysign') },
  {
    name: 'logaddexp',
    numbers: 'none',
    type: 'promoted',
    refuses: { b: 'logaddexp_cpu', i: 'logaddexp_cpu' },
    kernel: table('logaddexp'),
    inPlace: false,
  },
  {
    name: 'logaddexp2',
    numbers: 'none',
    type: 'promoted',
    refuses: { b: 'logaddexp2_cpu', i: 'logaddexp2_cpu', c: 'logaddexp2_cpu' },
    kernel: table('logaddexp2'),
    inPlace: false,
  },
  { name: 'xlogy', numbers: 'either', type: 'float', refuses: { c: 'xlogy_cpu' }, kernel: table('xlogy'), special: true },
];

const COMPARISONS = {
  eq: [],
  ne: ['not_equal'],
  lt: ['less'],
  le: ['less_equal'],
  gt: ['greater'],
  ge: ['greater_equal'],
} as const;

const comparisons: readonly BinaryForm[] = Object.entries(COMPARISONS).map(([name, aliases]) => ({
  name,
  aliases,
  numbers: 'second',
  type: 'bool',
  refuses: name === 'eq' || name === 'ne' ? {} : { c: `${name}_cpu` },
  kernel: (x, y) => compare(name as CompareName, x, y),
}));

const logical: readonly BinaryForm[] = (['logical_and', 'logical_or', 'logical_xor'] as const).map((name) => ({
  name,
  numbers: 'none',
  type: 'bool',
  kernel: (x: NdArray, y: NdArray) => compare(name, x, y),
}));

const bitwise: readonly BinaryForm[] = [
  ...(['bitwise_and', 'bitwise_or', 'bitwise_xor'] as const).map(
    (name): BinaryForm => ({
      name,
      numbers: 'either',
      numberFirstPlain: true,
      type: 'promoted',
      refuses: notFloating(`${name}_cpu`),
      kernel: table(name),
    }),
  ),
  ...(['left', 'right'] as const).map((side): BinaryForm => {
    const cpu = `${side[0]}shift_cpu`;
    return {
      name: `bitwise_${side}_shift`,
      numbers: 'either',
      numberFirstPlain: true,
      type: 'promoted',
      refuses: { b: cpu, ...notFloating(cpu) },
      kernel: table(side === 'left' ? 'shift_left' : 'shift_right'),
    };
  }),
  ...(['gcd', 'lcm'] as const).map(
    (name): BinaryForm => ({
      name,
      numbers: 'none',
      type: 'promoted',
      refuses: { b: `${name}_cpu`, ...notFloating(`${name}_cpu`) },
      kernel: table(name),
    }),
  ),
];

export const BINARY_FORMS: readonly BinaryForm[] = [...arithmetic, ...extrema, ...floating, ...comparisons, ...logical, ...bitwise];

const byName = new Map(BINARY_FORMS.map((form) => [form.name, form]));

/** A form by name; a name without one is a mistake in this program. */
export function binaryForm(name: string): BinaryForm {
  const form = byName.get(name);
  if (form === undefined) throw new Error(`no binary form '${name}'`);
  return form;
}

/** The type that operands are computed in. */
export function computingType(x: Operand, y: Operand): TypeTag | undefined {
  return commonType([x, y]);
}
