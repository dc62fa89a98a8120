/**
 * What is known about symbols, as plain tables that change only through the trail. Owns storage and the joining of branches;
 * draws no conclusions.
 */
import type { Cond } from './cond.ts';
import type { Interval } from './interval.ts';
import { hull } from './interval.ts';
import type { Monomial } from './monomial.ts';
import type { Dim } from './polynomial.ts';
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

/** `monomial = instead`: every monomial of `instead` is smaller in the fixed order of elimination. */
export interface Rule {
  readonly monomial: Monomial;
  readonly instead: Dim;
}

/** Bounds of a primitive form: no offset, coefficients without a common factor, the first one positive. */
export interface Bound {
  readonly form: Dim;
  readonly range: Interval;
}

/** `form = residue (mod modulus)`, modulus above 1. */
export interface Congruence {
  readonly form: Dim;
  readonly modulus: number;
  readonly residue: number;
}

const sameDims = (a: Dim, b: Dim): Dim | undefined => (a.key === b.key ? a : undefined);

export class FactStore {
  /** Grows with every change: what was derived under another number may be stale. */
  version = 0;
  readonly trail: Trail;
  /** Symbol id → what it equals; no symbol with an entry occurs in a newer entry. */
  readonly substitutions: TrailedMap<Dim>;
  readonly rules: TrailedMap<Rule>;
  readonly bounds: TrailedMap<Bound>;
  readonly congruences: TrailedMap<Congruence>;
  /** Sizes that are not zero. */
  readonly nonZeros: TrailedMap<Dim>;
  readonly flags: TrailedMap<boolean>;
  /** Conditions assumed as a whole. */
  readonly conds: TrailedMap<Cond>;

  constructor(trail: Trail) {
    this.trail = trail;
    const changed = (): void => {
      this.version++;
    };
    this.substitutions = new TrailedMap(trail, changed, sameDims);
    this.rules = new TrailedMap(trail, changed, (a, b) => (a.instead.key === b.instead.key ? a : undefined));
    this.bounds = new TrailedMap(trail, changed, (a, b) => ({ form: a.form, range: hull(a.range, b.range) }));
    this.congruences = new TrailedMap(trail, changed, (a, b) => (a.modulus === b.modulus && a.residue === b.residue ? a : undefined));
    this.nonZeros = new TrailedMap(trail, changed, (a) => a);
    this.flags = new TrailedMap(trail, changed, (a, b) => (a === b ? a : undefined));
    this.conds = new TrailedMap(trail, changed, (a) => a);
  }
}
