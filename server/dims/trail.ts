/**
 * The undo log behind branches: everything an analysis may change (variables, attributes, list items, facts) is changed
 * through an owner that records the old value here, so that an arm of a branch can be run, taken back and joined.
 * While no mark is open nothing is recorded, so straight-line and numeric execution pay nothing.
 */
import type { Cond } from './cond.ts';

/** Something with changeable slots. `merge` gives the slot's value after a branch on `cond` that left `yes` and `no`. */
export interface TrailOwner<K = unknown, V = unknown> {
  load(key: K): V;
  store(key: K, value: V): void;
  merge(key: K, cond: Cond, yes: V, no: V, before: V): V;
  /** What stays true of a slot that one iteration of a loop changed; owners without it (facts) forget the change. */
  widen?(key: K, before: V, after: V): V;
  /** Whether two contents are alike. */
  same?(key: K, a: V, b: V): boolean;
  /** When the owner was made, on a count that its maker keeps. */
  readonly born?: number;
}

export interface Change {
  readonly owner: TrailOwner;
  readonly key: unknown;
  /** The value when the mark was set. */
  readonly before: unknown;
  /** The value when it was undone. */
  readonly after: unknown;
}

/** What is derived of all that the trail holds: it is the same again once a mark is taken back. */
export interface Derived {
  /** What was derived at a mark. */
  save(): unknown;
  restore(saved: unknown): void;
}

interface Entry {
  readonly owner: TrailOwner;
  readonly key: unknown;
  readonly old: unknown;
}

/** So many changes are looked through one by one. */
const FEW = 12;

type Finder = (owner: TrailOwner, key: unknown) => Change | undefined;

/** Finds the change of a slot among changes that stay as they are. */
function finder(changes: readonly Change[]): Finder {
  if (changes.length <= FEW) return (owner, key) => changes.find((change) => change.owner === owner && change.key === key);
  const slots = new Slots();
  for (const change of changes) slots.add(change);
  return (owner, key) => slots.find(owner, key);
}

/** Changes by their slots. */
class Slots {
  private readonly owners = new Map<TrailOwner, Map<unknown, Change>>();

  add(change: Change): void {
    let keys = this.owners.get(change.owner);
    if (keys === undefined) this.owners.set(change.owner, (keys = new Map()));
    keys.set(change.key, change);
  }

  find(owner: TrailOwner, key: unknown): Change | undefined {
    return this.owners.get(owner)?.get(key);
  }
}

export class Trail {
  private readonly entries: Entry[] = [];
  private readonly saved: { readonly mark: number; readonly derived: unknown }[] = [];
  private marks = 0;
  derived: Derived | undefined;
  /** How many changes were taken back so far. */
  work = 0;

  /** Whether a change has to be recorded. */
  get recording(): boolean {
    return this.marks > 0;
  }

  /** To be called before a slot changes. */
  record<K, V>(owner: TrailOwner<K, V>, key: K, old: V): void {
    if (this.marks > 0) this.entries.push({ owner: owner as TrailOwner, key, old });
  }

  mark(): number {
    this.marks++;
    const mark = this.entries.length;
    this.saved.push({ mark, derived: this.derived?.save() });
    return mark;
  }

  /** Keeps what happened since the mark (an outer mark still sees it). */
  keep(mark: number): void {
    this.marks--;
    this.taken(mark);
    if (this.marks === 0) {
      this.entries.length = 0;
      this.saved.length = 0;
    } else if (mark > this.entries.length) throw new Error('trail: marks must be closed in order');
  }

  /**
   * Lets what happened since a mark that is closed to owners that are younger than `age` hold for good: whatever becomes of what
   * is older, they stay as they are.
   */
  settle(mark: number, age: number): void {
    let kept = mark;
    for (let i = mark; i < this.entries.length; i++) {
      const entry = this.entries[i] as Entry;
      if ((entry.owner.born ?? 0) <= age) this.entries[kept++] = entry;
    }
    this.entries.length = Math.min(kept, this.entries.length);
  }

  /** As a mark would be here. */
  get length(): number {
    return this.entries.length;
  }

  /** Takes back everything since the mark, but what became of owners that are younger than `age`. */
  rollBack(mark: number, age = Number.POSITIVE_INFINITY): void {
    for (let i = this.entries.length - 1; i >= mark; i--) {
      const { owner, key, old } = this.entries[i] as Entry;
      if ((owner.born ?? 0) > age) continue;
      owner.store(key, old);
      this.work++;
    }
    this.entries.length = mark;
    this.marks--;
    while ((this.saved.at(-1)?.mark ?? 0) > mark) this.saved.pop();
    const derived = this.taken(mark);
    if (derived !== undefined) this.derived?.restore(derived);
  }

  /** What was derived at the mark, which is no longer needed. An exception may close an outer mark before an inner one. */
  private taken(mark: number): unknown {
    for (let i = this.saved.length - 1; i >= 0; i--) {
      if (this.saved[i]?.mark === mark) return this.saved.splice(i, 1)[0]?.derived;
    }
    return undefined;
  }

  /**
   * Takes back everything since the mark and says what it was, one change a slot, in order of first change. What was made since
   * (with its `age` at the mark) stays as it is: only what is taken back and done again leads to it.
   */
  undo(mark: number, age = Number.POSITIVE_INFINITY): readonly Change[] {
    const changes = this.changes(mark, age);
    this.rollBack(mark, age);
    return changes;
  }

  /** What has changed since the mark, without taking it back. */
  since(mark: number): readonly Change[] {
    return this.changes(mark, Number.POSITIVE_INFINITY);
  }

  private changes(mark: number, age: number): readonly Change[] {
    const changes: Change[] = [];
    const slots = this.entries.length - mark > FEW ? new Slots() : undefined;
    for (let i = mark; i < this.entries.length; i++) {
      const { owner, key, old } = this.entries[i] as Entry;
      if ((owner.born ?? 0) > age) continue;
      const known = slots === undefined ? changes.find((change) => change.owner === owner && change.key === key) : slots.find(owner, key);
      if (known !== undefined) continue;
      const change = { owner, key, before: old, after: owner.load(key) };
      changes.push(change);
      slots?.add(change);
    }
    return changes;
  }

  /** Makes changes again that were undone. */
  redo(changes: readonly Change[]): void {
    for (const { owner, key, after } of changes) this.write(owner, key, after);
  }

  /** Joins the outcomes of two arms of a branch on `cond`, both already undone. */
  join(cond: Cond, yes: readonly Change[], no: readonly Change[]): void {
    const others = finder(no);
    const seen = finder(yes);
    for (const change of yes) {
      const other = others(change.owner, change.key);
      const right = other === undefined ? change.before : other.after;
      this.write(change.owner, change.key, change.owner.merge(change.key, cond, change.after, right, change.before));
    }
    for (const change of no) {
      if (seen(change.owner, change.key) !== undefined) continue;
      this.write(change.owner, change.key, change.owner.merge(change.key, cond, change.before, change.after, change.before));
    }
  }

  /** Changes a slot, recording the old content. */
  write(owner: TrailOwner, key: unknown, value: unknown): void {
    const old = owner.load(key);
    if (old === value) return;
    this.record(owner, key, old);
    owner.store(key, value);
  }
}
