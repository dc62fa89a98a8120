/**
 * A table that changes only through the trail, so that branches can be taken back and joined. Knows nothing of what it holds.
 */
import type { Cond } from './cond.ts';
import type { Trail, TrailOwner } from './trail.ts';

/** A table whose every change can be taken back. `join` says what holds after a branch when the arms differ. */
export class TrailedMap<V> implements TrailOwner<string, V | undefined> {
  private readonly values = new Map<string, V>();
  private readonly trail: Trail;
  private readonly changed: () => void;
  private readonly join: (yes: V, no: V) => V | undefined;

  constructor(trail: Trail, changed: () => void, join: (yes: V, no: V) => V | undefined) {
    this.trail = trail;
    this.changed = changed;
    this.join = join;
  }

  get size(): number {
    return this.values.size;
  }

  get(key: string): V | undefined {
    return this.values.get(key);
  }

  set(key: string, value: V | undefined): void {
    const old = this.values.get(key);
    if (old === value) return;
    this.trail.record<string, V | undefined>(this, key, old);
    this.store(key, value);
  }

  /** A copy, so that a reader may change the table while it reads. */
  entries(): readonly (readonly [string, V])[] {
    return [...this.values];
  }

  all(): IterableIterator<V> {
    return this.values.values();
  }

  load(key: string): V | undefined {
    return this.values.get(key);
  }

  store(key: string, value: V | undefined): void {
    if (value === undefined) this.values.delete(key);
    else this.values.set(key, value);
    this.changed();
  }

  /** Whatever both arms know is kept; otherwise only what was known before is certain. */
  merge(_key: string, _cond: Cond, yes: V | undefined, no: V | undefined, before: V | undefined): V | undefined {
    if (yes === undefined || no === undefined) return before;
    return this.join(yes, no) ?? before;
  }
}
