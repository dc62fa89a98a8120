/**
 * Python's operators on tensors, as special methods: plain, reflected and in place. What is no operand gets NotImplemented,
 * so that Python says what it says.
 */

import type { NdArray } from '../kernels/array.ts';
import { rename } from '../kernels/autograd.ts';
import { binary } from '../kernels/binary.ts';
import { inPlace } from '../kernels/inplace.ts';
import { abs, bitwiseNot, unary } from '../kernels/unary.ts';
import type { Node } from '../python/syntax.ts';
import type { Value } from '../python/values.ts';
import { numelOf } from '../shapes/shape.ts';
import type { Arguments } from './arguments.ts';
import { binaryInPlace, binaryRule } from './binary.ts';
import type { BinaryForm } from './binary-forms.ts';
import { binaryForm } from './binary-forms.ts';
import { Context } from './context.ts';
import { valueArray } from './elementwise.ts';
import type { Operation } from './entry.ts';
import { tensorOut } from './entry.ts';
import type { Refusals } from './promotion.ts';
import { NEGATION, numberType, operandOf, refuseType } from './promotion.ts';
import { payloadOf } from './tensor.ts';
import { denseLayout } from './unary.ts';

interface OperatorForm {
  readonly symbol: string;
  readonly special: string;
  readonly form: string;
  readonly reflected?: false;
}

const ARITHMETIC: readonly OperatorForm[] = [
  { symbol: '+', special: 'add', form: 'add' },
  { symbol: '-', special: 'sub', form: 'sub' },
  { symbol: '*', special: 'mul', form: 'mul' },
  { symbol: '/', special: 'truediv', form: 'true_divide' },
  { symbol: '//', special: 'floordiv', form: 'floor_divide' },
  { symbol: '%', special: 'mod', form: 'remainder' },
  { symbol: '**', special: 'pow', form: 'pow' },
  { symbol: '&', special: 'and', form: 'bitwise_and' },
  { symbol: '|', special: 'or', form: 'bitwise_or' },
  { symbol: '^', special: 'xor', form: 'bitwise_xor' },
  { symbol: '<<', special: 'lshift', form: 'bitwise_left_shift' },
  { symbol: '>>', special: 'rshift', form: 'bitwise_right_shift' },
];

const COMPARISON: readonly OperatorForm[] = [
  { symbol: '==', special: 'eq', form: 'eq' },
  { symbol: '!=', special: 'ne', form: 'ne' },
  { symbol: '<', special: 'lt', form: 'lt' },
  { symbol: '<=', special: 'le', form: 'le' },
  { symbol: '>', special: 'gt', form: 'gt' },
  { symbol: '>=', special: 'ge', form: 'ge' },
];

/** Whether a value can stand next to a tensor: a tensor, a number, or something that may be either. */
function isOperand(value: Value): boolean {
  if (numberType(value) !== undefined || payloadOf(value) !== undefined) return true;
  if (value.kind === 'unknown') return true;
  return value.kind === 'object' && value.cls.mro.some((c) => c.open);
}

/** The operator's own context, so that messages say `+`. */
function named(ctx: Context, symbol: string): Context {
  return new Context(ctx.interp, `\`${symbol}\``, ctx.node);
}

/** `list + tensor` and `tensor * list`: sequences answer for themselves. True where a one-element tensor stands for its number. */
function sequenceOperand(ctx: Context, a: Arguments, symbol: string, reflected: boolean): boolean {
  const other = a.value('other');
  if (other.kind !== 'str' && other.kind !== 'list' && other.kind !== 'tuple') return false;
  if (symbol === '+' && reflected) {
    const type = other.kind;
    const message = `a ${type} and a tensor cannot be joined by +`;
    ctx.fail({
      code: 'unsupported-operand',
      exception: 'TypeError',
      text: `can only concatenate ${type} (not "Tensor") to ${type}`,
      message,
    });
  }
  if (symbol !== '*') return false;
  const { shape, dtype } = a.tensor('self');
  const numel = numelOf(shape);
  const count = numel === undefined ? undefined : ctx.known(numel);
  const floating = dtype !== undefined && !/^(u?int|bool)/.test(dtype);
  if (!floating && (count === undefined || count === 1)) return true;
  return ctx.fail({
    code: 'unsupported-operand',
    exception: 'TypeError',
    text: 'only integer tensors of a single element can be converted to an index',
    message: `a tensor times a ${other.kind}`,
  });
}

/** On which side of the operation itself None stands; a variable that holds None may have been changed by code not followed. */
function noneWritten(node: Node | undefined): 'left' | 'right' | undefined {
  if (node === undefined) return undefined;
  const isNone = (side: Node): boolean => side.kind === 'Constant' && side.type === 'none';
  if (node.kind === 'Binary') return isNone(node.left) ? 'left' : isNone(node.right) ? 'right' : undefined;
  if (node.kind === 'Compare') return isNone(node.first) ? 'left' : node.rest.some((part) => isNone(part.value)) ? 'right' : undefined;
  const inner = 'value' in node && typeof node.value === 'object' && node.value !== null && 'kind' in node.value;
  return inner ? noneWritten(node.value as Node) : undefined;
}

const MIRRORED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function refuseWrittenNone(ctx: Context, a: Arguments, symbol: string): void {
  if (ctx.interp.mode === 'run' || symbol === '==' || symbol === '!=' || a.value('other').kind !== 'none') return;
  const side = noneWritten(ctx.node);
  if (side === undefined) return;
  const [left, right] = side === 'left' ? ['NoneType', 'Tensor'] : ['Tensor', 'NoneType'];
  const mirrored = MIRRORED[symbol];
  const shown = symbol === '**' ? '** or pow()' : symbol;
  // Python asks the tensor for the mirrored comparison where None stands first.
  const text =
    mirrored === undefined
      ? `unsupported operand type(s) for ${shown}: '${left}' and '${right}'`
      : `'${side === 'left' ? mirrored : symbol}' not supported between instances of '${left}' and '${right}'`;
  ctx.fail({ code: 'unsupported-operand', exception: 'TypeError', text, message: text });
}

function operatorEntry(o: OperatorForm, reflected: boolean): Operation {
  const form: BinaryForm = binaryForm(o.form);
  const name = `__${reflected ? 'r' : ''}${o.special}__`;
  const integers = form.refuses?.f !== undefined ? ', dtype=torch.int64' : '';
  return {
    names: [`Tensor.${name}`],
    signature: `${name}(object other)`,
    shape: '(*a), (*b) -> (*c)',
    rule: (ctx, a) => {
      const inner = named(ctx, o.symbol);
      if (sequenceOperand(inner, a, o.symbol, reflected)) return ctx.interp.unknown();
      if (o.symbol === '%' && reflected && a.value('other').kind === 'str') return ctx.interp.str();
      refuseWrittenNone(inner, a, o.symbol);
      if (!isOperand(a.value('other'))) return ctx.interp.notImplemented;
      const x = operandOf(ctx, a.value('self'), 'self');
      const y = operandOf(ctx, a.value('other'), 'other');
      return reflected ? binaryRule(inner, form, y, x) : binaryRule(inner, form, x, y);
    },
    kernel: (k, ctx) => {
      const [x, y] = [valueArray(ctx, k.value('self')), valueArray(ctx, k.value('other'))] as [NdArray, NdArray];
      if (!reflected) return form.kernel(x, y, 1);
      // PyTorch divides a number by a tensor as the tensor's reciprocal times the number, with the rounding of both.
      if (o.special === 'truediv') return binary('mul', unary('reciprocal', x), y);
      const out = form.kernel(y, x, 1);
      return o.special === 'sub' ? rename(out, 'RsubBackward1') : out;
    },
    samples: reflected ? [`2 ${o.symbol} torch.ones(2${integers})`] : [`torch.ones(2, 3${integers}) ${o.symbol} torch.ones(3${integers})`],
    ...(reflected ? {} : { errors: [[`torch.ones(2${integers}) ${o.symbol} torch.ones(3${integers})`, 'broadcast-mismatch'] as const] }),
    doc: `torch.${o.form}`,
  };
}

function inPlaceEntry(o: OperatorForm): Operation {
  const form = binaryForm(o.form);
  const name = `__i${o.special}__`;
  return {
    names: [`Tensor.${name}`],
    signature: `${name}(object other)`,
    shape: '(*a), (*b) -> (*a)',
    rule: (ctx, a) => {
      const other = a.value('other');
      if (!isOperand(other)) {
        const types = `'${ctx.interp.typeName(a.value('self'))}' and '${ctx.interp.typeName(other)}'`;
        const text = `unsupported operand type(s) for ${o.symbol}=: ${types}`;
        ctx.fail({ code: 'unsupported-operand', exception: 'TypeError', text, message: text });
      }
      return binaryInPlace(named(ctx, `${o.symbol}=`), form, operandOf(ctx, a.value('self'), 'self'), operandOf(ctx, other, 'other'));
    },
    kernel: (k, ctx) => inPlace(k.array('self'), (old) => form.kernel(old, valueArray(ctx, k.value('other')), 1)),
    samples: [
      `torch.ones(2, 3${form.refuses?.f === undefined ? '' : ', dtype=torch.int64'}).${name}(${form.refuses?.f === undefined ? '2' : '1'})`,
    ],
    doc: `torch.Tensor.${o.form}_`,
  };
}

interface UnaryOperator {
  readonly name: string;
  readonly symbol: string;
  readonly refuses: Refusals;
  readonly kernel: (a: NdArray) => NdArray;
}

const INVERSION = ['TypeError', '~ (operator.invert) is only implemented on integer and Boolean-type tensors'] as const;

const UNARY_OPERATORS: readonly UnaryOperator[] = [
  { name: '__neg__', symbol: '-', refuses: { b: ['RuntimeError', NEGATION] }, kernel: (a) => unary('neg', a) },
  {
    name: '__pos__',
    symbol: '+',
    refuses: { b: ['RuntimeError', 'The `+` operator, on a bool tensor is not supported.'] },
    kernel: (a) => a,
  },
  { name: '__invert__', symbol: '~', refuses: { f: INVERSION, c: INVERSION }, kernel: bitwiseNot },
  { name: '__abs__', symbol: 'abs', refuses: { b: 'abs_cpu' }, kernel: abs },
];

function unaryEntry(o: UnaryOperator): Operation {
  return {
    names: [`Tensor.${o.name}`],
    signature: `${o.name}()`,
    shape: '(*) -> (*)',
    rule: (ctx, a) => {
      const x = a.tensor('self');
      refuseType(named(ctx, o.symbol), o.refuses, x.dtype);
      const modulus = o.name === '__abs__' ? { complex64: 'float32', complex128: 'float64' }[x.dtype as string] : undefined;
      const dtype = modulus === undefined ? x.dtype : (modulus as 'float32' | 'float64');
      return tensorOut(x.shape, dtype, { layout: denseLayout(x), ...(o.name === '__pos__' ? { viewOf: x, bounds: x.bounds } : {}) });
    },
    kernel: (k) => o.kernel(k.array('self')),
    samples: [o.symbol === 'abs' ? 'abs(torch.ones(2))' : `${o.symbol}torch.ones(2, dtype=torch.int64)`],
    doc: `torch.${o.name}`,
  };
}

export const OPERATORS: readonly Operation[] = [
  ...ARITHMETIC.flatMap((o) => [operatorEntry(o, false), operatorEntry(o, true), inPlaceEntry(o)]),
  ...COMPARISON.map((o) => operatorEntry(o, false)),
  ...UNARY_OPERATORS.map(unaryEntry),
];
