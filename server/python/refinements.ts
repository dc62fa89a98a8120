/**
 * What was learned of unknown values: kept by identity, so that it holds for every copy, and taken back with the branch it
 * was learned in.
 */
import type { Cond } from '../dims/cond.ts';
import type { TrailOwner } from '../dims/trail.ts';
import type { Heap } from './heap.ts';
import type { Value } from './values.ts';

/** What was learned of unknown values. */
export class Refinements implements TrailOwner<number, Value | undefined> {
  private readonly heap: Heap;
  private readonly map = new Map<number, Value>();

  constructor(heap: Heap) {
    this.heap = heap;
  }

  get(id: number): Value | undefined {
    return this.map.get(id);
  }

  set(id: number, value: Value): void {
    this.heap.trail.record(this, id, this.map.get(id));
    this.map.set(id, value);
  }

  load(id: number): Value | undefined {
    return this.map.get(id);
  }

  store(id: number, value: Value | undefined): void {
    if (value === undefined) this.map.delete(id);
    else this.map.set(id, value);
  }

  /** Learned in one arm only: after the branch it is unknown again (copies keep their identity). */
  merge(_id: number, cond: Cond, yes: Value | undefined, no: Value | undefined): Value | undefined {
    if (yes === undefined || no === undefined) return undefined;
    return yes === no ? yes : this.heap.join(cond, yes, no);
  }
}
