/**
 * NumPy's functions that take arrays and give arrays: elementwise, reducing, joining, rearranging. Each is both a function of the
 * module and, where arrays have it, a method. Shapes are what the like operation on tensors gives.
 */
import { constant } from '../dims/dim.ts';
import type { DType } from '../kernels/dtype.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { ModuleValue, NativeCall, Value } from '../python/values.ts';
import { broadcastAll } from '../shapes/broadcast.ts';
import { reshape } from '../shapes/reshape.ts';
import { dimsOf, rankOf, shapeOf } from '../shapes/shape.ts';
import type { ArrayBody, ArrayFacts } from './numpy-array.ts';
import { arrayFacts, arrayFrom, arrayValue, dataFacts, given, sizesFrom, standIn, together } from './numpy-array.ts';
import { dtypeNamed } from './numpy-dtypes.ts';
import { stateOf } from './state.ts';
import { payloadOf } from './tensor.ts';
import { sequenceContent } from './types.ts';

const isFloat = (dtype: DType | undefined): boolean => dtype !== undefined && /^float|^complex/.test(dtype);

/** The dtype of what is computed in floating point. */
export const floating = (dtype: DType | undefined): DType | undefined =>
  isFloat(dtype) ? dtype : dtype === 'int64' || dtype === 'int32' ? 'float64' : undefined;

/** The dtype of an operation between two operands; a Python number takes the array's as far as it can. */
function pairType(interp: Interpreter, a: Value, b: Value, x: ArrayFacts, y: ArrayFacts): DType | undefined {
  const weak = (v: Value): boolean => ['bool', 'int', 'float'].includes(interp.resolve(v).kind);
  if (weak(a) === weak(b)) {
    // A NumPy scalar next to an array counts differently in NumPy 1 and 2.
    const ranks = [rankOf(x.shape), rankOf(y.shape)];
    if (x.dtype !== y.dtype && ranks.includes(0) && ranks[0] !== ranks[1]) return undefined;
    return together(x.dtype, y.dtype);
  }
  const [array, number] = weak(a) ? [y.dtype, x.dtype] : [x.dtype, y.dtype];
  if (array === undefined || isFloat(array) || number === 'bool') return array;
  return number === 'float64' ? (array === 'bool' ? 'float64' : floating(array)) : array === 'bool' ? 'int64' : array;
}

export type Sort = 'plain' | 'float' | 'bool';

/** `a + b`, `np.maximum(a, b)`: at least one is an array. */
export function elementwise(interp: Interpreter, operands: readonly Value[], sort: Sort): Value | undefined {
  const tensors = operands.some((v) => payloadOf(interp.resolve(v)) !== undefined);
  if (tensors || !operands.some((v) => arrayFacts(interp, v) !== undefined)) return undefined;
  const facts = operands.map((v) => dataFacts(interp, v));
  if (facts.includes(undefined)) return undefined;
  const known = facts as ArrayFacts[];
  const result = broadcastAll(
    stateOf(interp).world,
    known.map((f) => f.shape),
  );
  if ('conflict' in result) return undefined;
  const [a, b] = known;
  let dtype = a?.dtype;
  if (a !== undefined && b !== undefined) {
    dtype = known.length === 2 ? pairType(interp, operands[0] as Value, operands[1] as Value, a, b) : undefined;
  }
  return arrayValue(interp, result.shape, sort === 'bool' ? 'bool' : sort === 'float' ? floating(dtype) : dtype);
}

/** `f(a, axis=None, keepdims=False)` */
const reducing =
  (torch: ModuleValue, type: (dtype: DType | undefined) => DType | undefined): ArrayBody =>
  (call) => {
    const { interp } = call;
    const facts = dataFacts(interp, call.args[0] as Value);
    if (facts === undefined) return undefined;
    const axis = given(call, 1, 'axis');
    const asked = call.kwargs.get('dtype');
    const dtype = asked === undefined ? type(facts.dtype) : dtypeNamed(interp, asked);
    const keep = call.kwargs.get('keepdims');
    if (call.args.length > 2) return undefined;
    if (axis === undefined) return keep === undefined ? arrayValue(interp, shapeOf([]), dtype) : undefined;
    const named = new Map([['dim', axis]]);
    if (keep !== undefined) named.set('keepdim', keep);
    return arrayFrom(interp, interp.call(interp.getAttr(torch, 'sum'), [standIn(interp, facts)], named), dtype);
  };

/** A sequence of arrays as a sequence of tensors of their shapes, with the dtype of all. */
function standIns(interp: Interpreter, value: Value): { readonly list: Value; readonly dtype: DType | undefined } | undefined {
  const content = sequenceContent(interp.resolve(value));
  if (content === undefined) return undefined;
  const parts = [...content.items, ...(content.rest === undefined ? [] : [content.rest.element])].map((v) => dataFacts(interp, v));
  if (parts.includes(undefined)) return undefined;
  const facts = parts as ArrayFacts[];
  const tensors = facts.map((f) => standIn(interp, f));
  const element = content.rest === undefined ? undefined : tensors.pop();
  const rest = content.rest === undefined || element === undefined ? undefined : { element, length: content.rest.length };
  const dtype = facts.map((f) => f.dtype).reduce((a, b) => together(a, b), facts[0]?.dtype);
  return { list: interp.list({ items: tensors, rest }), dtype };
}

const joining =
  (torch: ModuleValue, name: string, axed: boolean): ArrayBody =>
  (call) => {
    const { interp } = call;
    const parts = call.args[0] === undefined ? undefined : standIns(interp, call.args[0]);
    const axis = call.args[1] ?? call.kwargs.get('axis') ?? interp.int(0);
    if (parts === undefined || interp.resolve(axis).kind === 'none') return undefined;
    const asked = call.kwargs.get('dtype');
    const dtype = asked === undefined ? parts.dtype : dtypeNamed(interp, asked);
    return arrayFrom(interp, interp.call(interp.getAttr(torch, name), axed ? [parts.list, axis] : [parts.list]), dtype);
  };

/** The arguments after the first: given one by one, or as one tuple. */
const several = (call: NativeCall): Value | undefined => (call.args.length === 2 ? call.args[1] : call.interp.tuple(call.args.slice(1)));

/** A rearrangement that asks the like operation on tensors; undefined arguments end it. */
const rearranging =
  (torch: ModuleValue, name: string, rest: (call: NativeCall, facts: ArrayFacts) => readonly Value[] | undefined): ArrayBody =>
  (call) => {
    const { interp } = call;
    const facts = dataFacts(interp, call.args[0] as Value);
    const args = facts === undefined ? undefined : rest(call, facts);
    if (facts === undefined || args === undefined) return undefined;
    return arrayFrom(interp, interp.call(interp.getAttr(torch, name), [standIn(interp, facts), ...args]), facts.dtype);
  };

const reshaping: ArrayBody = (call) => {
  const { interp } = call;
  const facts = dataFacts(interp, call.args[0] as Value);
  const wanted = call.args.length > 1 ? several(call) : (call.kwargs.get('shape') ?? call.kwargs.get('newshape'));
  const v = wanted === undefined ? undefined : interp.resolve(wanted);
  const items = v === undefined ? undefined : (sequenceContent(v)?.items ?? [v]);
  const whole = v !== undefined && sequenceContent(v)?.rest === undefined;
  const sizes = items?.map((item) => (interp.resolve(item).kind === 'int' ? interp.asDim(item) : undefined));
  if (facts === undefined || !whole || sizes === undefined || sizes.includes(undefined)) return undefined;
  const result = reshape(stateOf(interp).world, facts.shape, sizes as Exclude<(typeof sizes)[number], undefined>[]);
  return 'refusal' in result ? undefined : arrayValue(interp, result.shape, facts.dtype);
};

const flattening: ArrayBody = (call) => {
  const facts = dataFacts(call.interp, call.args[0] as Value);
  if (facts === undefined) return undefined;
  const result = reshape(stateOf(call.interp).world, facts.shape, [constant(-1)]);
  return 'refusal' in result ? undefined : arrayValue(call.interp, result.shape, facts.dtype);
};

const transposing =
  (torch: ModuleValue): ArrayBody =>
  (call) => {
    const facts = dataFacts(call.interp, call.args[0] as Value);
    const dims = facts === undefined ? undefined : dimsOf(facts.shape);
    if (facts === undefined || dims === undefined) return undefined;
    const axes = given(call, 1, 'axes');
    if (axes === undefined) return arrayValue(call.interp, shapeOf([...dims].reverse()), facts.dtype);
    return rearranging(torch, 'permute', () => [call.args.length > 2 ? (several(call) as Value) : axes])(call);
  };

/** `a @ b`, and `np.dot` of at most two dimensions, which is the same. */
export const product =
  (torch: ModuleValue, dot: boolean): ArrayBody =>
  (call) => {
    const { interp } = call;
    const [x, y] = [call.args[0], call.args[1]].map((v) => (v === undefined ? undefined : dataFacts(interp, v)));
    if (x === undefined || y === undefined) return undefined;
    const ranks = [rankOf(x.shape), rankOf(y.shape)];
    if (ranks.some((r) => r === undefined || r === 0 || (dot && r > 2))) return undefined;
    const result = interp.call(interp.getAttr(torch, 'matmul'), [standIn(interp, x), standIn(interp, y)]);
    return arrayFrom(interp, result, together(x.dtype, y.dtype));
  };

const FLOAT =
  'sin cos tan arcsin arccos arctan sinh cosh tanh exp exp2 expm1 log log2 log10 log1p sqrt cbrt deg2rad rad2deg radians degrees sinc';
const PLAIN = 'abs absolute fabs square sign negative positive round around floor ceil rint trunc clip cumsum_ nan_to_num';
const TRUTH = 'isnan isinf isfinite logical_not signbit';
const BINARY: Readonly<Record<Sort, string>> = {
  plain: 'maximum minimum fmax fmin add subtract multiply mod remainder floor_divide power float_power_',
  float: 'divide true_divide arctan2 hypot logaddexp',
  bool: 'equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor isclose',
};

/** All of them by name, `a` first. */
export function arrayOperations(torch: ModuleValue): ReadonlyMap<string, ArrayBody> {
  const all = new Map<string, ArrayBody>();
  const words = (text: string): readonly string[] => text.split(' ').filter((name) => !name.endsWith('_'));
  const unaryAs =
    (sort: Sort): ArrayBody =>
    (call) =>
      elementwise(call.interp, call.args.slice(0, 1), sort);
  for (const name of words(FLOAT)) all.set(name, unaryAs('float'));
  for (const name of words(PLAIN)) all.set(name, unaryAs('plain'));
  for (const name of words(TRUTH)) all.set(name, unaryAs('bool'));
  // The bounds may be of a wider dtype.
  all.set('clip', ({ interp, args }) => {
    const facts = arrayFacts(interp, args[0] as Value);
    const numbers = args.slice(1).every((v) => ['int', 'float', 'none'].includes(interp.resolve(v).kind));
    return facts === undefined || !numbers ? undefined : arrayValue(interp, facts.shape, isFloat(facts.dtype) ? facts.dtype : undefined);
  });
  for (const sort of ['plain', 'float', 'bool'] as const) {
    for (const name of words(BINARY[sort])) {
      all.set(name, ({ interp, args }) => (args.length < 2 ? undefined : elementwise(interp, args.slice(0, 2), sort)));
    }
  }
  all.set('where', ({ interp, args }) => (args.length === 3 ? elementwise(interp, args, 'plain') : undefined));
  const summed = (dtype: DType | undefined): DType | undefined => (dtype === 'bool' || dtype === 'int32' ? 'int64' : dtype);
  for (const name of ['sum', 'prod']) all.set(name, reducing(torch, summed));
  for (const name of ['max', 'min', 'amax', 'amin', 'ptp'])
    all.set(
      name,
      reducing(torch, (dtype) => dtype),
    );
  for (const name of ['mean', 'std', 'var', 'median']) all.set(name, reducing(torch, floating));
  for (const name of ['argmax', 'argmin', 'count_nonzero'])
    all.set(
      name,
      reducing(torch, () => 'int64'),
    );
  for (const name of ['any', 'all'])
    all.set(
      name,
      reducing(torch, () => 'bool'),
    );
  all.set('stack', joining(torch, 'stack', true));
  all.set('concatenate', joining(torch, 'cat', true));
  for (const name of ['vstack', 'hstack', 'dstack', 'column_stack']) all.set(name, joining(torch, name, false));
  all.set('reshape', reshaping);
  all.set('ravel', flattening);
  all.set('flatten', flattening);
  all.set('transpose', transposing(torch));
  const axisOf = (call: NativeCall): readonly Value[] | undefined => {
    const axis = given(call, 1, 'axis');
    return axis?.kind === 'int' ? [axis] : undefined;
  };
  all.set('expand_dims', rearranging(torch, 'unsqueeze', axisOf));
  all.set(
    'squeeze',
    rearranging(torch, 'squeeze', (call) => (given(call, 1, 'axis') === undefined ? [] : axisOf(call))),
  );
  all.set(
    'swapaxes',
    rearranging(torch, 'transpose', (call) => (call.args.length === 3 ? call.args.slice(1) : undefined)),
  );
  all.set(
    'moveaxis',
    rearranging(torch, 'movedim', (call) => (call.args.length === 3 ? call.args.slice(1) : undefined)),
  );
  all.set(
    'repeat',
    rearranging(torch, 'repeat_interleave', (call) => {
      const [count, axis] = [given(call, 1, 'repeats'), given(call, 2, 'axis')];
      return count?.kind === 'int' ? [count, ...(axis === undefined ? [] : [axis])] : undefined;
    }),
  );
  all.set(
    'tile',
    rearranging(torch, 'tile', (call) => {
      const sizes = sizesFrom(call.interp, given(call, 1, 'reps'));
      return sizes === undefined ? undefined : [call.interp.tuple(sizes.map((d) => call.interp.int(d)))];
    }),
  );
  all.set('matmul', product(torch, false));
  all.set('dot', product(torch, true));
  const copying: ArrayBody = ({ interp, args }) => {
    const facts = dataFacts(interp, args[0] as Value);
    return facts === undefined ? undefined : arrayValue(interp, facts.shape, facts.dtype);
  };
  all.set('copy', copying);
  all.set('ascontiguousarray', copying);
  return all;
}
