/**
 * Type promotion where not everything is known: tensors with dimensions weigh over 0-d tensors, those over Python numbers.
 * Source: PyTorch 2.13, "Type promotion". Knows dtypes and ranks only.
 */
import type { DType } from '../kernels/dtype.ts';
import { category, complexType, defaultDtype, isComplex, isFloating, promote, scalarTypeName } from '../kernels/dtype.ts';
import type { Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { greatestRank, leastRank, scalar, unknownShape } from '../shapes/shape.ts';
import { TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { SHAPE_NOTE } from './context.ts';
import type { TypeTag } from './state.ts';
import { payloadOf } from './tensor.ts';

/** What PyTorch says of `-x` for a bool `x`. */
export const NEGATION =
  'Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.';

/** 0: a tensor with dimensions, 1: one without, 2: a Python number. */
export type Level = 0 | 1 | 2;

export interface TypedOperand {
  /** Undefined where it is not known. */
  readonly dtype: DType | undefined;
  /** Undefined where the rank is not known. */
  readonly level: Level | undefined;
}

/** What takes part in an element operation: a tensor, a number, or something unknown that may be either. */
export interface Operand extends TypedOperand {
  readonly shape: Shape;
  readonly tensor: TensorArg | undefined;
  readonly value: Value;
}

/** A value as an operand. An unknown one stays unknown: it may be a number as well as a tensor. */
export function operandOf(ctx: Context, given: Value, name: string): Operand {
  const value = ctx.interp.resolve(given);
  const number = numberType(value);
  if (number !== undefined) return { value, shape: scalar, tensor: undefined, dtype: number, level: 2 };
  if (payloadOf(value) !== undefined) {
    const tensor = new TensorArg(ctx, value as TensorArg['object'], name);
    return { value, tensor, shape: tensor.shape, dtype: tensor.dtype, level: levelOf(tensor.shape) };
  }
  const noted = value.kind === 'unknown' ? (value.notes.get(SHAPE_NOTE) as Shape | undefined) : undefined;
  return { value, tensor: undefined, shape: noted ?? unknownShape(), dtype: undefined, level: undefined };
}

function levelOf(shape: Shape): Level | undefined {
  if (leastRank(shape) > 0) return 0;
  return greatestRank(shape) === 0 ? 1 : undefined;
}

/** The element type that a Python number stands for. */
export function numberType(value: Value): DType | undefined {
  switch (value.kind) {
    case 'bool':
      return 'bool';
    case 'int':
      return 'int64';
    case 'float':
      return defaultDtype();
    case 'complex':
      return complexType(defaultDtype());
    default:
      return undefined;
  }
}

/** The common type; undefined where it depends on what is not known. */
export function commonType(operands: readonly TypedOperand[]): TypeTag | undefined {
  const open = operands.findIndex((o) => o.level === undefined);
  if (open >= 0) {
    const as = (level: Level): TypeTag | undefined => commonType(operands.map((o, i) => (i === open ? { ...o, level } : o)));
    const [dimensioned, plain] = [as(0), as(1)];
    return dimensioned === plain ? dimensioned : undefined;
  }
  const levels: (TypeTag | undefined)[] = [undefined, undefined, undefined];
  for (const { dtype, level } of operands) {
    if (dtype === undefined) return undefined;
    const before = levels[level as Level] as DType | undefined;
    levels[level as Level] = before === undefined ? dtype : promoteTags(before, dtype);
  }
  let result: TypeTag | undefined;
  for (const own of levels) {
    if (own === undefined) continue;
    if (result === undefined) result = own;
    else if (rank(own) > rank(result)) result = isTagComplex(own) ? promoteTags(result as DType, complexOf(result, own)) : own;
  }
  return result;
}

/** A complex operand of lower weight makes a floating type complex without widening it. */
function complexOf(strong: TypeTag, weak: TypeTag): TypeTag {
  if (strong === 'float16') return 'complex32';
  return isFloating(strong as DType) ? complexType(strong as DType) : weak;
}

const rank = (tag: TypeTag): number => (tag === 'complex32' ? 3 : category(tag as DType));
const isTagComplex = (tag: TypeTag): boolean => tag === 'complex32' || isComplex(tag as DType);

function promoteTags(a: TypeTag, b: TypeTag): TypeTag {
  if (a === 'complex32' || b === 'complex32') {
    const other = (a === 'complex32' ? b : a) as TypeTag;
    if (other === 'complex32' || other === 'float16' || rank(other) < 2) return 'complex32';
    return other === 'float64' || other === 'complex128' ? 'complex128' : 'complex64';
  }
  return promote(a as DType, b as DType);
}

/** A common type that the kernels compute with. */
export function computed(tag: TypeTag | undefined): DType | undefined {
  return tag === 'complex32' ? undefined : (tag as DType | undefined);
}

/** `Float`, `ComplexHalf`: the name that messages give a type. */
export function typeTitle(tag: TypeTag): string {
  return tag === 'complex32' ? 'ComplexHalf' : scalarTypeName(tag as DType);
}

/** The type of functions such as `exp`: integers go to the default floating type. */
export function floatingType(tag: TypeTag | undefined): TypeTag | undefined {
  return tag === undefined || rank(tag) >= 2 ? tag : defaultDtype();
}

/** The kinds of types that an operation refuses: bool, integers, floating, complex. */
export type TypeKind = 'b' | 'i' | 'f' | 'c';

export function kindOfType(tag: TypeTag): TypeKind {
  if (tag === 'bool') return 'b';
  return (['i', 'i', 'f', 'c'] as const)[rank(tag)] ?? 'c';
}

/**
 * Refusals by kind of type. A plain string is the name in `"erf_vml_cpu" not implemented for 'ComplexFloat'`,
 * a pair is an exception and its whole text.
 */
export type Refusals = Readonly<Partial<Record<TypeKind, string | readonly [exception: string, text: string]>>>;

/** Raises where the type is known to be refused. */
export function refuseType(ctx: Context, refusals: Refusals, tag: TypeTag | undefined): void {
  if (tag === undefined) return;
  const refusal = refusals[kindOfType(tag)];
  if (refusal === undefined) return;
  const message = `${ctx.name} does not take ${tag} tensors`;
  if (typeof refusal !== 'string')
    ctx.fail({ code: 'dtype-mismatch', exception: refusal[0], text: refusal[1].replace('%T', typeTitle(tag)), message });
  ctx.fail({
    code: 'dtype-mismatch',
    exception: 'NotImplementedError',
    text: `"${refusal}" not implemented for '${typeTitle(tag)}'`,
    message,
  });
}

/** An in-place operation stores its result: `result type Float can't be cast to the desired output type Long`. */
export function requireCast(ctx: Context, from: TypeTag | undefined, to: DType | undefined, described?: string): void {
  if (from === undefined || to === undefined) return;
  const order: Record<TypeKind, number> = { b: 0, i: 1, f: 2, c: 3 };
  if (order[kindOfType(from)] <= order[kindOfType(to)]) return;
  ctx.fail({
    code: 'dtype-mismatch',
    text: `result type ${typeTitle(from)} can't be cast to the desired output type ${described ?? typeTitle(to)}`,
    message: `${ctx.name}: the result is ${from}, the tensor written to is ${to}`,
  });
}
