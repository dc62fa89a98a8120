/**
 * Operators on, and methods of, a value of which only its sizes are known: `B, T, D = x.shape` was read of it. It may be an
 * array of another library, so results stay unknown and carry sizes only, unless a method says that it is a tensor. Raises nothing.
 */
import { callValue } from '../python/calls.ts';
import { PyError } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { Node } from '../python/syntax.ts';
import type { UnknownValue, Value } from '../python/values.ts';
import { broadcast } from '../shapes/broadcast.ts';
import type { Shape } from '../shapes/shape.ts';
import { scalar } from '../shapes/shape.ts';
import { Context, SHAPE_NOTE } from './context.ts';
import { TENSOR_NAMES } from './names.ts';
import { numberType } from './promotion.ts';
import { stateOf } from './state.ts';
import { payloadOf, TensorPayload } from './tensor.ts';

const ELEMENTWISE: ReadonlySet<string> = new Set(['+', '-', '*', '/', '//', '%', '**', '&', '|', '^', '<', '<=', '>', '>=', '==', '!=']);

function notedShape(value: Value): Shape | undefined {
  return value.kind === 'unknown' ? (value.notes.get(SHAPE_NOTE) as Shape | undefined) : undefined;
}

function withNote(interp: Interpreter, shape: Shape): Value {
  const result = interp.unknown();
  result.notes.set(SHAPE_NOTE, shape);
  return result;
}

/** `x * 2`, `x + y`, `-x` where the sizes of what is unknown are known; undefined where nothing can be said. */
export function unknownOperation(interp: Interpreter, op: string, left: Value, right: Value | undefined): Value | undefined {
  const a = notedShape(left);
  if (right === undefined) return a === undefined ? undefined : withNote(interp, a);
  if (!ELEMENTWISE.has(op)) return undefined;
  const b = notedShape(right);
  if (a === undefined && b === undefined) return undefined;
  const [x, y] = [a ?? numberShape(left), b ?? numberShape(right)];
  if (x === undefined || y === undefined) return undefined;
  const { world } = stateOf(interp);
  const mark = interp.trail.mark();
  const result = broadcast(world, x, y);
  if (!('conflict' in result)) return withNote(interp, result.shape);
  interp.trail.undo(mark);
  return undefined;
}

const numberShape = (value: Value): Shape | undefined => (numberType(value) === undefined ? undefined : scalar);

/** What arrays and data frames of other libraries have as well. */
const SHARED: ReadonlySet<string> = new Set(
  `T abs add all any apply argmax argmin argsort bool clip conj copy cov corrcoef cumprod cummax cummin cumsum data device diagonal diff div
  divide dot dtype eq equal fill flatten ge get gt imag index isin item itemsize le lt map mask max mean median min mod mode mT mul multiply
  nbytes ndim ne nonzero numpy pop pow prod put quantile ravel real repeat reshape resize round searchsorted set shape size sort squeeze std
  sub subtract sum swapaxes take tolist trace transpose values var view where`.split(/\s+/),
);

/** Reductions that mean the same everywhere. */
const REDUCING: ReadonlySet<string> = new Set(['sum', 'mean', 'std', 'var', 'prod']);

/** A method of a value whose sizes are known. */
export function notedCall(
  interp: Interpreter,
  of: UnknownValue,
  name: string,
  call: { readonly args: readonly Value[]; readonly kwargs: ReadonlyMap<string, Value>; readonly open: boolean },
  node: Node | undefined,
): Value | undefined {
  const shape = notedShape(of);
  if (shape === undefined) return undefined;
  if (TENSOR_NAMES.has(name) && !SHARED.has(name)) {
    const now = interp.resolve(of);
    const tensor = payloadOf(now) === undefined ? new Context(interp, name, undefined).assumeTensor(of) : now;
    return callValue(interp, interp.getAttr(tensor, name), call, node);
  }
  // What `squeeze(0)` makes of a size that is not 1 differs, but who writes it reckons with a size of 1 either way.
  const squeezes = name === 'squeeze' && call.args.length > 0;
  if (!REDUCING.has(name) && !squeezes) return undefined;
  const stand = interp.object(
    stateOf(interp).classes.tensor,
    new TensorPayload({ shape, dtype: undefined, layout: 'unknown', requiresGrad: undefined }),
  );
  try {
    const payload = payloadOf(interp.resolve(callValue(interp, interp.getAttr(stand, name), call, node)));
    return payload === undefined || squeezes ? undefined : withNote(interp, payload.shape);
  } catch (problem) {
    if (problem instanceof PyError) return undefined;
    throw problem;
  }
}
