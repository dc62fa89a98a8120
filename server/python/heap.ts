/**
 * Everything that a program can change: variables, attributes, list and dict contents. All of it records its old value
 * in the trail first, so that branches can be undone and joined.
 */
import type { Cond } from '../dims/cond.ts';
import type { Trail, TrailOwner } from '../dims/trail.ts';
import { LateMap } from './late-map.ts';
import type { Value } from './values.ts';

/** How two values become one where two paths meet; given by the interpreter. */
export type Join = (cond: Cond, yes: Value, no: Value) => Value;

export class Heap {
  readonly trail: Trail;
  join: Join = () => {
    throw new Error('heap: no join was set');
  };
  /** What stays true of a variable that a loop changes. */
  widen: (before: Value, after: Value) => Value = (before) => before;
  same: (a: Value, b: Value) => boolean = (a, b) => a === b;
  private ids = 0;
  private places = 0;

  constructor(trail: Trail) {
    this.trail = trail;
  }

  freshId(): number {
    return ++this.ids;
  }

  /** How many changeable places were made: one with a higher number is younger. */
  get age(): number {
    return this.places;
  }

  birth(): number {
    return ++this.places;
  }
}

/** Named variables or attributes. */
export class Cells implements TrailOwner<string, Value | undefined> {
  private readonly heap: Heap;
  private readonly map = new LateMap<string, Value>();
  readonly born: number;

  constructor(heap: Heap, entries?: Iterable<readonly [string, Value]>) {
    this.heap = heap;
    this.born = heap.birth();
    if (entries !== undefined) for (const [name, value] of entries) this.map.set(name, value);
  }

  get(name: string): Value | undefined {
    return this.map.get(name);
  }

  has(name: string): boolean {
    return this.map.has(name);
  }

  set(name: string, value: Value): void {
    if (this.heap.trail.recording) this.heap.trail.record(this, name, this.map.get(name));
    this.map.set(name, value);
  }

  delete(name: string): boolean {
    if (!this.map.has(name)) return false;
    if (this.heap.trail.recording) this.heap.trail.record(this, name, this.map.get(name));
    return this.map.delete(name);
  }

  entries(): IterableIterator<[string, Value]> {
    return this.map.entries();
  }

  keys(): IterableIterator<string> {
    return this.map.keys();
  }

  get size(): number {
    return this.map.size;
  }

  load(name: string): Value | undefined {
    return this.map.get(name);
  }

  store(name: string, value: Value | undefined): void {
    if (value === undefined) this.map.delete(name);
    else this.map.set(name, value);
  }

  /** A name that only one arm bound keeps that arm's value: reading it where it is unbound raises, which ends that path. */
  merge(_name: string, cond: Cond, yes: Value | undefined, no: Value | undefined): Value | undefined {
    if (yes === undefined) return no;
    if (no === undefined) return yes;
    return this.heap.join(cond, yes, no);
  }

  /** A name bound by the body itself is bound anew in each iteration. */
  widen(_name: string, before: Value | undefined, after: Value | undefined): Value | undefined {
    if (before === undefined || after === undefined) return before;
    return this.heap.widen(before, after);
  }

  same(_name: string, a: Value | undefined, b: Value | undefined): boolean {
    return a === b || (a !== undefined && b !== undefined && this.heap.same(a, b));
  }
}

/** How the contents of a slot are joined, generalised and compared. */
export interface SlotRules<T> {
  join(cond: Cond, yes: T, no: T): T;
  widen(before: T, after: T): T;
  same(a: T, b: T): boolean;
}

/** One changeable place whose content is replaced as a whole. */
export class Slot<T> implements TrailOwner<'content', T> {
  private readonly heap: Heap;
  private content: T;
  private readonly rules: SlotRules<T>;
  readonly born: number;

  constructor(heap: Heap, content: T, rules: SlotRules<T>) {
    this.heap = heap;
    this.born = heap.birth();
    this.content = content;
    this.rules = rules;
  }

  get(): T {
    return this.content;
  }

  set(content: T): void {
    if (this.heap.trail.recording) this.heap.trail.record(this, 'content', this.content);
    this.content = content;
  }

  load(): T {
    return this.content;
  }

  store(_key: 'content', content: T): void {
    this.content = content;
  }

  merge(_key: 'content', cond: Cond, yes: T, no: T): T {
    return yes === no ? yes : this.rules.join(cond, yes, no);
  }

  widen(_key: 'content', before: T, after: T): T {
    return before === after ? before : this.rules.widen(before, after);
  }

  same(_key: 'content', a: T, b: T): boolean {
    return a === b || this.rules.same(a, b);
  }
}
