/**
 * NumPy arrays in a check: their sizes and dtype, and the bridge that lets rules of tensors say what shape an operation on
 * arrays has. Nothing here reports: what does not fit or is not known is an unknown value.
 */
import type { Cond } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, choose, constant } from '../dims/dim.ts';
import type { DType } from '../kernels/dtype.ts';
import { PyError } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { NativeCall, Payload, Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, sameShape, scalar, shapeOf } from '../shapes/shape.ts';
import { SHAPE_NOTE } from './context.ts';
import { stateOf } from './state.ts';
import { payloadOf, TensorPayload } from './tensor.ts';
import { sequenceContent } from './types.ts';

export interface ArrayFacts {
  readonly shape: Shape;
  /** Undefined where it is not known. */
  readonly dtype: DType | undefined;
}

/** What an array of at least one dimension carries in a check. Its class is no tensor's, so no tensor rule takes it for one. */
export class NumpyPayload implements Payload {
  readonly shape: Shape;
  readonly dtype: DType | undefined;

  constructor(facts: ArrayFacts) {
    this.shape = facts.shape;
    this.dtype = facts.dtype;
  }

  join(other: Payload, cond: Cond, interp: Interpreter): Payload | undefined {
    if (!(other instanceof NumpyPayload)) return undefined;
    const { world } = stateOf(interp);
    const a = dimsOf(world.resolve(this.shape));
    const b = dimsOf(world.resolve(other.shape));
    if (a === undefined || b === undefined || a.length !== b.length) return undefined;
    return this.meet(other, shapeOf(a.map((d, i) => choose(cond, d, b[i] as Dim))));
  }

  same(other: Payload): boolean {
    return other instanceof NumpyPayload && sameShape(this.shape, other.shape) && this.dtype === other.dtype;
  }

  widen(next: Payload, interp: Interpreter): Payload | undefined {
    if (!(next instanceof NumpyPayload)) return undefined;
    return this.meet(next, stateOf(interp).world.widen(this.shape, next.shape));
  }

  private meet(other: NumpyPayload, shape: Shape): NumpyPayload {
    return new NumpyPayload({ shape, dtype: this.dtype === other.dtype ? this.dtype : undefined });
  }
}

/** The note on an unknown value that is a NumPy scalar; NumPy's scalars stand for Python numbers in too many places to be objects. */
const SCALAR_NOTE = 'numpy scalar';

/** Sizes and dtype of an array or a NumPy scalar; undefined for everything else. */
export function arrayFacts(interp: Interpreter, given: Value): ArrayFacts | undefined {
  const value = interp.resolve(given);
  if (value.kind === 'object') {
    const payload = value.payload.get();
    return payload instanceof NumpyPayload ? { shape: stateOf(interp).world.resolve(payload.shape), dtype: payload.dtype } : undefined;
  }
  if (value.kind !== 'unknown') return undefined;
  const note = value.notes.get(SCALAR_NOTE) as { readonly dtype: DType | undefined } | undefined;
  if (note !== undefined) return { shape: scalar, dtype: note.dtype };
  const noted = value.notes.get(SHAPE_NOTE) as Shape | undefined;
  return noted === undefined ? undefined : { shape: stateOf(interp).world.resolve(noted), dtype: undefined };
}

/** A new array; without dimensions, or with nobody knows how many, an unknown value that knows its sizes. */
export function arrayValue(interp: Interpreter, shape: Shape, dtype: DType | undefined): Value {
  const { world, modules } = stateOf(interp);
  const now = world.resolve(shape);
  const cls = modules.get('numpy.ndarray');
  const dims = dimsOf(now);
  if (cls !== undefined && dims !== undefined && dims.length > 0) return interp.object(cls, new NumpyPayload({ shape: now, dtype }));
  const value = interp.unknown('array');
  value.notes.set(SHAPE_NOTE, now);
  if (dims?.length === 0) value.notes.set(SCALAR_NOTE, { dtype });
  return value;
}

/** Runs a body whose faults say only that nothing is known: neither an exception nor a warning comes out of it. */
export function quietly(interp: Interpreter, body: () => Value | undefined): Value {
  const mark = interp.trail.mark();
  const [frames, handlers, path] = [interp.frames.length, interp.handlers.length, interp.path.length];
  interp.speculative++;
  try {
    const value = body();
    interp.trail.keep(mark);
    return value ?? interp.unknown();
  } catch (error) {
    if (!(error instanceof PyError)) throw error;
    interp.trail.undo(mark);
    interp.frames.length = frames;
    interp.handlers.length = handlers;
    interp.path.length = Math.min(interp.path.length, path);
    return interp.unknown();
  } finally {
    interp.speculative--;
  }
}

export type ArrayBody = (call: NativeCall) => Value | undefined;

/** A function of the module, or a method: never raises. A result that is written to `out` is not followed. */
export function arrayFunction(interp: Interpreter, name: string, body: ArrayBody): Value {
  return interp.native(name, (call) => quietly(interp, () => (call.kwargs.has('out') ? undefined : body(call))));
}

/** An argument by its place or its name, if it was given and is not None. */
export function given(call: NativeCall, at: number, name: string): Value | undefined {
  const value = call.args[at] ?? call.kwargs.get(name);
  const resolved = value === undefined ? undefined : call.interp.resolve(value);
  return resolved?.kind === 'none' ? undefined : resolved;
}

/** A tensor of an array's shape, for a rule to be asked; of floats, which every rule takes, unless its dtype matters. */
export function standIn(interp: Interpreter, facts: ArrayFacts, exact = false): Value {
  const dtype = exact ? facts.dtype : 'float32';
  return interp.object(stateOf(interp).classes.tensor, new TensorPayload({ shape: facts.shape, dtype }));
}

/** What a rule answered, as an array. */
export function arrayFrom(interp: Interpreter, tensor: Value, dtype: DType | undefined): Value | undefined {
  const payload = payloadOf(interp.resolve(tensor));
  return payload === undefined ? undefined : arrayValue(interp, payload.shape, dtype);
}

/** `(3, 4)` or `3` as sizes; undefined where one is negative, no integer, or their number is not known. */
export function sizesFrom(interp: Interpreter, value: Value | undefined): readonly Dim[] | undefined {
  if (value === undefined) return undefined;
  const v = interp.resolve(value);
  const content = sequenceContent(v);
  if (content?.rest !== undefined || (v.kind === 'tuple' && v.open !== undefined)) return undefined;
  const dims = (content?.items ?? [v]).map((item) => {
    const one = interp.resolve(item);
    return one.kind === 'int' || one.kind === 'unknown' ? interp.asDim(one, arrayFacts(interp, one) === undefined) : undefined;
  });
  return dims.some((d) => d === undefined || d.range.greatest < 0) ? undefined : (dims as Dim[]);
}

/** The dtype of two operands together by NumPy's rules, where they are the same in NumPy 1 and 2. */
export function together(a: DType | undefined, b: DType | undefined): DType | undefined {
  if (a === b || b === 'bool') return a;
  if (a === 'bool') return b;
  const pair = [a, b];
  if (pair.includes(undefined)) return undefined;
  if (!pair.includes('float64')) return pair.includes('float32') && pair.includes('int64') ? 'float64' : undefined;
  return pair.every((d) => d !== undefined && /^(float|int|uint)/.test(d)) ? 'float64' : undefined;
}

/** Nested data as an array: its sizes where all its parts are known to agree. */
export function dataFacts(interp: Interpreter, value: Value): ArrayFacts | undefined {
  const v = interp.resolve(value);
  if (v.kind === 'bool') return { shape: scalar, dtype: 'bool' };
  if (v.kind === 'int') return { shape: scalar, dtype: v.big === undefined ? 'int64' : undefined };
  if (v.kind === 'float') return { shape: scalar, dtype: 'float64' };
  const own = arrayFacts(interp, v) ?? payloadOf(v);
  if (own !== undefined) return { shape: own.shape, dtype: own.dtype };
  const content = v.kind === 'range' ? interp.content(v) : sequenceContent(v);
  if (content === undefined || (v.kind === 'tuple' && v.open !== undefined)) return undefined;
  const parts = [...content.items, ...(content.rest === undefined ? [] : [content.rest.element])];
  if (parts.length === 0) return { shape: shapeOf([constant(0)]), dtype: 'float64' };
  let result: ArrayFacts | undefined;
  for (const part of parts) {
    const facts = dataFacts(interp, part);
    if (facts === undefined) return undefined;
    if (result !== undefined && !sameShape(result.shape, facts.shape)) return undefined;
    result = { shape: facts.shape, dtype: result === undefined ? facts.dtype : together(result.dtype, facts.dtype) };
  }
  const inner = result === undefined ? undefined : dimsOf(result.shape);
  if (result === undefined || inner === undefined) return undefined;
  const count = constant(content.items.length);
  const length = content.rest === undefined ? count : add(count, content.rest.length);
  return { shape: shapeOf([length, ...inner]), dtype: result.dtype };
}
