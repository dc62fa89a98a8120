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
  private readonly tokens: ((value: V) => Iterable<string>) | undefined;
  private readonly index = new Map<string, Set<string>>();
  private readonly looksThrough: ((value: V, token: string) => boolean) | undefined;

  /**
   * With `tokens`, entries can be asked for by any token of their values, by an index; with `looksThrough` by looking at each, which
   * is better for a table that is small and changes more often than it is asked.
   */
  constructor(
    trail: Trail,
    changed: () => void,
    join: (yes: V, no: V) => V | undefined,
    tokens?: (value: V) => Iterable<string>,
    looksThrough?: (value: V, token: string) => boolean,
  ) {
    this.trail = trail;
    this.changed = changed;
    this.join = join;
    this.tokens = tokens;
    this.looksThrough = looksThrough;
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

  /** The entries whose values have the token. A copy, so that a reader may change the table while it reads. */
  having(token: string): readonly (readonly [string, V])[] {
    const { looksThrough } = this;
    if (looksThrough !== undefined) {
      let found: (readonly [string, V])[] | undefined;
      this.values.forEach((value, key) => {
        if (looksThrough(value, token)) (found ??= []).push([key, value]);
      });
      return found ?? [];
    }
    const keys = this.index.get(token);
    return keys === undefined ? [] : [...keys].map((key) => [key, this.values.get(key) as V] as const);
  }

  some(holds: (value: V) => boolean): boolean {
    for (const value of this.values.values()) if (holds(value)) return true;
    return false;
  }

  /** Whether some entry's value has the token. */
  mentions(token: string): boolean {
    const { looksThrough } = this;
    return looksThrough === undefined ? this.index.has(token) : this.some((value) => looksThrough(value, token));
  }

  load(key: string): V | undefined {
    return this.values.get(key);
  }

  store(key: string, value: V | undefined): void {
    if (this.tokens !== undefined) this.reindex(key, this.tokens, value);
    if (value === undefined) this.values.delete(key);
    else this.values.set(key, value);
    this.changed();
  }

  private reindex(key: string, tokens: (value: V) => Iterable<string>, value: V | undefined): void {
    const old = this.values.get(key);
    if (old !== undefined) {
      for (const token of tokens(old)) {
        const keys = this.index.get(token);
        keys?.delete(key);
        if (keys?.size === 0) this.index.delete(token);
      }
    }
    if (value === undefined) return;
    for (const token of tokens(value)) {
      const keys = this.index.get(token);
      if (keys === undefined) this.index.set(token, new Set([key]));
      else keys.add(key);
    }
  }

  /** Whatever both arms know is kept; otherwise only what was known before is certain. */
  merge(_key: string, _cond: Cond, yes: V | undefined, no: V | undefined, before: V | undefined): V | undefined {
    if (yes === undefined || no === undefined) return before;
    return this.join(yes, no) ?? before;
  }
}
