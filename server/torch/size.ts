/**
 * torch.Size: the shape of a tensor as a Python tuple, open where the rank is not known, so that unpacking it
 * (`B, T, C = x.shape`) teaches what the rank is.
 */
import type { Dim } from '../dims/dim.ts';
import { add, constant, symbol, valueOf } from '../dims/dim.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { suppose } from '../python/numbers.ts';
import type { OpenSequence, TupleValue, Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { concatenate, dimsOf, shapeOf, withoutFirst, withoutLast } from '../shapes/shape.ts';
import { stateOf } from './state.ts';

/**
 * `presumed`: the shape of something that need not be a tensor. A function is told when it is used as a sequence, which proves
 * that it is a shape.
 */
export function sizeValue(interp: Interpreter, shape: Shape, presumed: boolean | (() => void) = false): TupleValue {
  const { world, classes } = stateOf(interp);
  const dims = dimsOf(world.resolve(shape));
  if (dims !== undefined)
    return interp.tuple(
      dims.map((d) => interp.int(d)),
      { cls: classes.size },
    );
  return interp.tuple([], { cls: classes.size, open: new OpenSize(interp, shape, presumed) });
}

class OpenSize implements OpenSequence {
  private readonly interp: Interpreter;
  readonly shape: Shape;
  readonly presumed: boolean;
  private readonly prove: () => void;

  constructor(interp: Interpreter, shape: Shape, presumed: boolean | (() => void) = false) {
    this.interp = interp;
    this.shape = shape;
    this.presumed = presumed !== false;
    this.prove = typeof presumed === 'function' ? presumed : () => {};
  }

  private get dims(): readonly Dim[] | undefined {
    return dimsOf(stateOf(this.interp).world.resolve(this.shape));
  }

  length(): Dim {
    const dims = this.dims;
    return dims === undefined ? rankOfShape(this.interp, this.shape) : constant(dims.length);
  }

  expect(n: number): readonly Value[] | undefined {
    const { world } = stateOf(this.interp);
    if (world.requireRank(this.shape, n).decision === 'no') return undefined;
    this.prove();
    return this.dims?.map((d) => this.item(d));
  }

  at(index: number): Value | undefined {
    const { world } = stateOf(this.interp);
    // A subscript that goes through says that there are so many.
    if (world.limitRank(this.shape, index < 0 ? -index : index + 1, Number.POSITIVE_INFINITY).decision === 'no') return undefined;
    this.prove();
    const size = world.sizeAt(this.shape, index);
    return size === undefined ? undefined : this.item(size);
  }

  private item(size: Dim): Value {
    return this.interp.int(this.presumed ? suppose(size) : size);
  }

  slice(start: number | undefined, stop: number | undefined): Value | undefined {
    const { world, classes } = stateOf(this.interp);
    this.prove();
    const dims = this.dims;
    if (dims !== undefined)
      return this.interp.tuple(
        dims.slice(start, stop).map((d) => this.interp.int(d)),
        { cls: classes.size },
      );
    const { head, run, tail } = world.resolve(this.shape);
    if (run === undefined) return undefined;
    const from = start ?? 0;
    const part: Shape | undefined =
      from >= 0 && from <= head.length && stop === undefined
        ? { head: head.slice(from), run, tail }
        : from >= 0 && from <= head.length && stop !== undefined && stop < 0 && -stop <= tail.length
          ? { head: head.slice(from), run, tail: tail.slice(0, tail.length + stop) }
          : undefined;
    if (part !== undefined) return this.open(part);
    if (stop === undefined && from < 0 && -from <= tail.length) {
      return this.interp.tuple(
        tail.slice(tail.length + from).map((d) => this.interp.int(d)),
        { cls: classes.size },
      );
    }
    if (from >= 0 && stop !== undefined && stop >= 0 && stop <= head.length) {
      return this.interp.tuple(
        head.slice(from, stop).map((d) => this.interp.int(d)),
        { cls: classes.size },
      );
    }
    if (from >= 0 && stop === undefined) return this.open(withoutFirst({ head, run, tail }, from));
    if (from === 0 && stop !== undefined && stop < 0) return this.open(withoutLast({ head, run, tail }, -stop));
    return undefined;
  }

  private open(shape: Shape): Value {
    return this.interp.tuple([], { cls: stateOf(this.interp).classes.size, open: new OpenSize(this.interp, shape) });
  }

  between(before: readonly Value[], after: readonly Value[]): Value | undefined {
    const { world } = stateOf(this.interp);
    const sizes = (values: readonly Value[]): readonly Dim[] | undefined => {
      const dims = values.map((value) => this.interp.asDim(value, true));
      return dims.every((d) => d !== undefined) ? dims : undefined;
    };
    const [lead, last] = [sizes(before), sizes(after)];
    if (lead === undefined || last === undefined) return undefined;
    return this.open(concatenate(concatenate(shapeOf(lead), world.resolve(this.shape)), shapeOf(last)));
  }
}

/** A size tuple as a shape; undefined where its length is not known and it is not a tensor's own. */
export function shapeOfSize(value: TupleValue): Shape | undefined {
  return value.open instanceof OpenSize ? value.open.shape : undefined;
}

/** The number of sizes: a number, or a symbol that stays the same for the same run of sizes. */
export function rankOfShape(interp: Interpreter, shape: Shape): Dim {
  const state = stateOf(interp);
  const { head, run, tail } = state.world.resolve(shape);
  const fixed = constant(head.length + tail.length);
  if (run === undefined) return fixed;
  let length = state.runLengths.get(run.id);
  if (length === undefined) {
    length = symbol('?', { least: run.least, ...(Number.isFinite(run.greatest) ? { greatest: run.greatest } : {}) });
    state.runLengths.set(run.id, length);
  }
  return add(length, fixed);
}

/** The shape by all that is known, the outcome of comparisons of its rank (`if x.dim() == 3`) included. */
export function currentShape(interp: Interpreter, shape: Shape): Shape {
  const state = stateOf(interp);
  const now = state.world.resolve(shape);
  const length = now.run === undefined ? undefined : state.runLengths.get(now.run.id);
  const n = length === undefined ? undefined : valueOf(interp.facts.simplify(length));
  if (n === undefined) return now;
  return state.world.requireRank(now, n + now.head.length + now.tail.length).shape;
}
