/**
 * What a tensor object carries: its shape with symbolic sizes, its dtype and layout, and, where they are known, its
 * numbers. Immutable; an object's payload is replaced as a whole. Knows no operation.
 */
import type { Cond } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { choose } from '../dims/dim.ts';
import type { Origin } from '../dims/origin.ts';
import type { NdArray } from '../kernels/array.ts';
import type { DType } from '../kernels/dtype.ts';
import { clone, detach } from '../kernels/views.ts';
import type { Slot } from '../python/heap.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { ObjectValue, Payload, Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, sameShape, shapeOf } from '../shapes/shape.ts';
import { stateOf } from './state.ts';

/** Row-major without gaps, known strides (in elements), or nothing known. */
export type Layout = 'contiguous' | 'unknown' | readonly Dim[];

/** The least and the greatest element, both inclusive; undefined where that side is open. */
export interface Bounds {
  readonly least: Dim | undefined;
  readonly greatest: Dim | undefined;
  /** Whether some element is as small and some as large as that: surely, or because so many were drawn at random. */
  readonly attained?: 'surely' | 'drawn';
  /** Of how many elements that is said; of a part of them it says nothing. */
  readonly count?: Dim | undefined;
}

export interface TensorFacts {
  readonly shape: Shape;
  /** Undefined where it is not known. */
  readonly dtype: DType | undefined;
  readonly layout?: Layout | undefined;
  readonly requiresGrad?: boolean | undefined;
  /** The numbers: always in a run, of small constants in a check. */
  readonly values?: NdArray | undefined;
  readonly bounds?: Bounds | undefined;
  /** Whether `values` and `bounds` still hold; shared by all views of one storage, so that a write through one is seen by all. */
  readonly live?: Slot<boolean> | undefined;
  readonly origin?: Origin | undefined;
  /** What a warning wants to know of how it was made (`rnn output, batch first`). */
  readonly role?: Role | undefined;
  /** It is one only by a method of a common name, or by an annotation (`isTakenForTensor`). */
  readonly taken?: boolean | undefined;
}

/** Where a tensor came from, in the few cases in which its use can be silently wrong; a `part` was cut out of a larger one. */
export interface Role {
  readonly kind: 'recurrent-output' | 'recurrent-state' | 'embedding-output' | 'logits' | 'packed-rows' | 'part';
  readonly batchFirst?: boolean | undefined;
  readonly layers?: number | undefined;
  readonly bidirectional?: boolean | undefined;
  /** Of a state: how many time steps its input had. */
  readonly steps?: Dim | undefined;
  /** Of packed rows: how many time steps the padded input had. */
  readonly padded?: Dim | undefined;
}

export class TensorPayload implements Payload {
  readonly shape: Shape;
  readonly dtype: DType | undefined;
  readonly layout: Layout;
  readonly requiresGrad: boolean | undefined;
  readonly origin: Origin | undefined;
  readonly live: Slot<boolean> | undefined;
  readonly role: Role | undefined;
  readonly taken: boolean | undefined;
  private readonly heldValues: NdArray | undefined;
  private readonly heldBounds: Bounds | undefined;

  constructor(facts: TensorFacts) {
    this.shape = facts.shape;
    this.dtype = facts.dtype;
    this.layout = facts.layout ?? 'contiguous';
    this.requiresGrad = 'requiresGrad' in facts ? facts.requiresGrad : false;
    this.origin = facts.origin;
    this.live = facts.live;
    this.role = facts.role;
    this.taken = facts.taken;
    this.heldValues = facts.values;
    this.heldBounds = facts.bounds;
  }

  /** The numbers, if they are known and were not written over since. */
  get values(): NdArray | undefined {
    return this.live === undefined || this.live.get() ? this.heldValues : undefined;
  }

  get bounds(): Bounds | undefined {
    return this.live === undefined || this.live.get() ? this.heldBounds : undefined;
  }

  with(changes: Partial<TensorFacts>): TensorPayload {
    return new TensorPayload({
      shape: this.shape,
      dtype: this.dtype,
      layout: this.layout,
      requiresGrad: this.requiresGrad,
      values: this.heldValues,
      bounds: this.heldBounds,
      live: this.live,
      origin: this.origin,
      role: this.role,
      taken: this.taken,
      ...changes,
    });
  }

  /** Sizes that differ become conditional ones; shapes of different rank have nothing in common and stay a choice. */
  join(other: Payload, cond: Cond, interp: Interpreter): Payload | undefined {
    if (!(other instanceof TensorPayload)) return undefined;
    if (this === other) return this;
    const { world } = stateOf(interp);
    const left = world.resolve(this.shape);
    const right = world.resolve(other.shape);
    if (sameShape(left, right)) return this.meet(other, left);
    const a = dimsOf(left);
    const b = dimsOf(right);
    if (a === undefined || b === undefined || a.length !== b.length) return undefined;
    return this.meet(other, shapeOf(a.map((d, i) => choose(cond, d, b[i] as Dim))));
  }

  same(other: Payload, _interp: Interpreter): boolean {
    return (
      other instanceof TensorPayload &&
      (this === other || (sameShape(this.shape, other.shape) && this.dtype === other.dtype && this.heldValues === other.heldValues))
    );
  }

  widen(next: Payload, interp: Interpreter): Payload | undefined {
    return next instanceof TensorPayload ? this.meet(next, stateOf(interp).world.widen(this.shape, next.shape)) : undefined;
  }

  /** Numbers of its own, outside the graph (`copy.deepcopy` of a leaf). */
  deepCopy(): TensorPayload {
    const { values } = this;
    if (values === undefined) return this.live === undefined ? this : this.with({ values: undefined, bounds: undefined, live: undefined });
    const copy = clone(detach(values));
    copy.requiresGrad = values.requiresGrad;
    return this.with({ values: copy, live: undefined });
  }

  /** What holds of both, with a given shape. */
  private meet(other: TensorPayload, shape: Shape): TensorPayload {
    return new TensorPayload({
      shape,
      dtype: this.dtype === other.dtype ? this.dtype : undefined,
      layout: this.layout === other.layout ? this.layout : 'unknown',
      requiresGrad: this.requiresGrad === other.requiresGrad ? this.requiresGrad : undefined,
      values: this.values === other.values ? this.values : undefined,
      bounds: this.bounds === other.bounds ? this.bounds : undefined,
      live: this.live === other.live ? this.live : undefined,
      origin: this.origin ?? other.origin,
      role: this.role === other.role ? this.role : undefined,
    });
  }
}

/** The tensor that a value is, if it is known to be one. */
export function payloadOf(value: Value): TensorPayload | undefined {
  if (value.kind !== 'object') return undefined;
  const payload = value.payload.get();
  return payload instanceof TensorPayload ? payload : undefined;
}

/**
 * Whether a value is a tensor only by a method of a common name that was called on it, or by an annotation: what else it is used
 * for may prove that it is something of another kind.
 */
export const isTakenForTensor = (value: Value): boolean => payloadOf(value)?.taken === true;

export function isTensor(value: Value): value is ObjectValue {
  return payloadOf(value) !== undefined;
}

/** Constants up to this many elements keep their numbers in a check, so that what depends on them can be said. */
export const SMALL = 256;
