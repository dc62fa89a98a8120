/**
 * The interpreter's state and the services it gives to its own parts and to native functions. What each kind of
 * expression and statement means stands in `expressions.ts` and `statements.ts`; branches and joins in `branches.ts`.
 */
import { type Cond, type Decision, flag as freshFlag, isFlag } from '../dims/cond.ts';
import { constant, type Dim, symbol, valueOf, withOrigin } from '../dims/dim.ts';
import { Facts } from '../dims/facts.ts';
import type { Origin } from '../dims/origin.ts';
import { Trail } from '../dims/trail.ts';
import * as attributes from './attributes.ts';
import * as branches from './branches.ts';
import { type Builtins, createBuiltins } from './builtins.ts';
import * as calls from './calls.ts';
import { makeClass, type NativeClassSpec } from './classes.ts';
import { Deliberation } from './deliberation.ts';
import { BudgetExceeded, type Fault, type PyError, type StackEntry, stackOf } from './faults.ts';
import { Cells, Heap, Slot } from './heap.ts';
import * as iteration from './iteration.ts';
import { contentRules, dictRules, joinValues, payloadRules, sameValues, widen } from './join.ts';
import { hashedKey } from './keys.ts';
import { LateMap } from './late-map.ts';
import type { Declarations, ImportSource, Library, Observer } from './library.ts';
import type { LoopPlace } from './loops.ts';
import { Modules } from './modules.ts';
import * as numbers from './numbers.ts';
import { Refinements } from './refinements.ts';
import type { Node, SourceFile } from './syntax.ts';
import * as text from './text.ts';
import { truthOf } from './truth.ts';
import { isDoubted, type UncountedLoop } from './uncounted.ts';
import type {
  BoolValue,
  ClassValue,
  Content,
  DictContent,
  DictValue,
  FloatValue,
  FunctionValue,
  Globals,
  IntValue,
  IteratorValue,
  ListValue,
  ModuleValue,
  NativeCall,
  NativeValue,
  NoneValue,
  ObjectValue,
  OpenSequence,
  Payload,
  Rest,
  Scope,
  SetValue,
  StrValue,
  TupleValue,
  UnknownValue,
  Value,
} from './values.ts';

export interface InterpreterOptions {
  /** `check`: unknown values, branches joined, faults reported. `run`: everything known, faults are exceptions. */
  readonly mode: 'check' | 'run';
  readonly library: Library;
  readonly observer: Observer;
  /** How many steps (statements and calls) may be taken before the analysis gives up. */
  readonly steps: number;
  readonly importSource?: ImportSource;
  readonly declarations?: (interp: Interpreter) => Declarations;
  /** Asked now and then; `true` stops the analysis. */
  readonly cancelled?: () => boolean;
  /** Replaces the sources of entropy: the seed of `random`, the clock of `time`. */
  readonly clock?: () => number;
}

/** One running call. */
export interface Frame {
  readonly scope: Scope;
  readonly name: string;
  readonly file: string;
  /** The node being evaluated, for tracebacks. */
  node: Node | undefined;
  /** Where `return` goes. */
  readonly exit: branches.JoinPoint | undefined;
  /** The enclosing loops' `break` and `continue`, innermost last. */
  readonly loops: LoopPlace[];
  /** What the body has yielded, while a generator is run eagerly. */
  yields: ListValue | undefined;
  result: Value | undefined;
  /** A fault was reported in it: Python does not get to what follows. */
  faulty?: true;
  /** The exception being handled, for a bare `raise`. */
  handling: PyError | undefined;
  readonly fn: FunctionValue | undefined;
  /** What stands before the names of functions and classes defined here: `Model.forward.<locals>`. */
  readonly qualifiedPrefix: string;
  /** The arguments by parameter name, as they were given. */
  readonly args: ReadonlyMap<string, Value> | undefined;
}

export class Interpreter {
  readonly mode: 'check' | 'run';
  readonly heap: Heap;
  readonly trail: Trail;
  readonly facts: Facts;
  readonly library: Library;
  readonly observer: Observer;
  readonly builtins: Builtins;
  readonly modules: Modules;
  readonly options: InterpreterOptions;
  readonly declarations: Declarations | undefined;
  /** A foreign library's own state. */
  readonly state = new Map<symbol, unknown>();
  readonly frames: Frame[] = [];
  /** Conditions assumed on the way to here, outermost first. */
  readonly path: Cond[] = [];
  /** The loops of unknown length that are being run, outermost first. */
  readonly uncounted: UncountedLoop[] = [];
  /** Exception classes caught by the `try` statements around, innermost last. */
  readonly handlers: (readonly (ClassValue | undefined)[])[] = [];
  /** While positive, faults are thrown and not reported: an alternative is being tried. */
  speculative = 0;
  stepsLeft: number;
  private readonly refinements: Refinements;
  private readonly deliberation: Deliberation;
  /** How the contents of lists, tables and objects are joined. */
  readonly rules = { content: contentRules(this), dict: dictRules(this), payload: payloadRules(this) };
  readonly none: NoneValue = { kind: 'none' };
  readonly ellipsis: Value = { kind: 'ellipsis' };
  readonly notImplemented: Value = { kind: 'not-implemented' };
  private readonly yes: BoolValue = { kind: 'bool', cond: { kind: 'const', value: true } };
  private readonly no: BoolValue = { kind: 'bool', cond: { kind: 'const', value: false } };

  constructor(options: InterpreterOptions) {
    this.options = options;
    this.mode = options.mode;
    this.library = options.library;
    this.observer = options.observer;
    this.stepsLeft = options.steps;
    this.trail = new Trail();
    this.heap = new Heap(this.trail);
    this.heap.join = (cond, yes, no) => joinValues(this, cond, yes, no);
    this.heap.widen = (before, after) => widen(this, before, after);
    this.heap.same = (a, b) => sameValues(this, a, b);
    this.facts = new Facts(this.trail);
    this.deliberation = new Deliberation(this.facts, this.trail);
    this.refinements = new Refinements(this.heap);
    this.builtins = createBuiltins(this);
    this.modules = new Modules(this);
    options.library.install(this);
    this.declarations = options.declarations?.(this);
  }

  // ---------------------------------------------------------------- making values

  int(value: number | Dim, origin?: Origin): IntValue {
    if (typeof value === 'number') return { kind: 'int', dim: constant(value, origin) };
    return { kind: 'int', dim: origin === undefined ? value : withOrigin(value, origin) };
  }

  bigint(value: bigint): IntValue {
    const n = Number(value);
    return Number.isSafeInteger(n) ? this.int(n) : { kind: 'int', dim: constant(n), big: value };
  }

  bool(value: boolean | Cond): BoolValue {
    if (typeof value === 'boolean') return value ? this.yes : this.no;
    return { kind: 'bool', cond: value };
  }

  /** A truth value nobody knows. */
  unknownBool(name = '?'): BoolValue {
    return { kind: 'bool', cond: isFlag(freshFlag(name)) };
  }

  float(value?: number): FloatValue {
    return { kind: 'float', value };
  }

  str(value?: string): StrValue {
    return { kind: 'str', value };
  }

  tuple(items: readonly Value[], options?: { cls?: ClassValue; fields?: readonly string[]; rest?: Rest; open?: OpenSequence }): TupleValue {
    return { kind: 'tuple', items, rest: options?.rest, cls: options?.cls, fields: options?.fields, open: options?.open };
  }

  list(content: readonly Value[] | Content): ListValue {
    const initial: Content = Array.isArray(content) ? { items: content, rest: undefined } : (content as Content);
    return {
      kind: 'list',
      id: this.heap.freshId(),
      slot: new Slot<Content>(this.heap, initial, this.rules.content),
    };
  }

  dict(
    entries: Iterable<readonly [Value, Value]>,
    options?: { cls?: ClassValue; factory?: Value; rest?: { key: Value; value: Value } },
  ): DictValue {
    const map = new Map<string, readonly [Value, Value]>();
    let rest = options?.rest;
    for (const [key, value] of entries) {
      const k = hashedKey(this, key);
      if (k === undefined) rest = rest === undefined ? { key, value } : { key: this.unknown(), value: this.unknown() };
      else map.set(k, [map.get(k)?.[0] ?? key, value]);
    }
    return {
      kind: 'dict',
      id: this.heap.freshId(),
      slot: new Slot<DictContent>(this.heap, { entries: map, rest }, this.rules.dict),
      cls: options?.cls,
      factory: options?.factory,
    };
  }

  set(items: Iterable<Value>, frozen = false, rest?: Value): SetValue {
    const map = new Map<string, readonly [Value, Value]>();
    let unknownRest = rest;
    for (const item of items) {
      const k = hashedKey(this, item);
      if (k === undefined) unknownRest = unknownRest === undefined ? item : this.unknown();
      else if (!map.has(k)) map.set(k, [item, item]);
    }
    return {
      kind: 'set',
      id: this.heap.freshId(),
      frozen,
      slot: new Slot<DictContent>(
        this.heap,
        { entries: map, rest: unknownRest === undefined ? undefined : { key: unknownRest, value: unknownRest } },
        this.rules.dict,
      ),
    };
  }

  unknown(name?: string, origin?: Origin, derived?: UnknownValue['derived']): UnknownValue {
    return { kind: 'unknown', id: this.heap.freshId(), name, origin, derived, attrs: new LateMap(), notes: new LateMap() };
  }

  choice(cond: Cond, yes: Value, no: Value): Value {
    const decision = this.facts.decide(cond);
    if (decision !== 'unknown') return decision === 'yes' ? yes : no;
    if (yes === no) return yes;
    return { kind: 'choice', cond, yes, no };
  }

  object(cls: ClassValue, payload?: Payload): ObjectValue {
    return {
      kind: 'object',
      id: this.heap.freshId(),
      cls,
      attrs: new Cells(this.heap),
      payload: new Slot<Payload | undefined>(this.heap, payload, this.rules.payload),
    };
  }

  cells(entries?: Iterable<readonly [string, Value]>): Cells {
    return new Cells(this.heap, entries);
  }

  setPayload(object: ObjectValue, payload: Payload): void {
    object.payload.set(payload);
  }

  nativeClass(spec: NativeClassSpec): ClassValue {
    return makeClass(this, spec);
  }

  native(name: string, call: (call: NativeCall) => Value, options?: Partial<Omit<NativeValue, 'kind' | 'name' | 'call'>>): NativeValue {
    return { kind: 'native', name, call, ...options };
  }

  module(
    name: string,
    attrs: Record<string, Value> | Iterable<readonly [string, Value]>,
    lazy?: (name: string) => Value | undefined,
  ): ModuleValue {
    const entries = Symbol.iterator in attrs ? (attrs as Iterable<readonly [string, Value]>) : Object.entries(attrs);
    return { kind: 'module', name, attrs: new Cells(this.heap, entries), lazy, open: false };
  }

  openModule(name: string): ModuleValue {
    return { kind: 'module', name, attrs: new Cells(this.heap), lazy: undefined, open: true };
  }

  /** A builtin by its name, such as `ValueError` or `len`. */
  builtin(name: string): Value {
    const value = this.builtins.names.get(name);
    if (value === undefined) throw new Error(`no builtin ${name}`);
    return value;
  }

  builtinClass(name: string): ClassValue {
    const value = this.builtin(name);
    if (value.kind !== 'class') throw new Error(`${name} is no class`);
    return value;
  }

  // ---------------------------------------------------------------- what is known

  /** Follows what was learned of an unknown, and choices whose condition is decided. */
  resolve(value: Value): Value {
    let v = value;
    for (;;) {
      if (v.kind === 'unknown') {
        const refined = this.refinements.get(v.id);
        if (refined === undefined) return v;
        v = refined;
      } else if (v.kind === 'choice') {
        const decision = this.facts.decide(v.cond);
        if (decision === 'unknown') return v;
        v = decision === 'yes' ? v.yes : v.no;
      } else return v;
    }
  }

  /** Learns what an unknown is; holds wherever it was copied to, on this path. */
  refine(unknown: UnknownValue, value: Value): void {
    if (value === unknown) return;
    this.refinements.set(unknown.id, value);
  }

  decide(cond: Cond): Decision {
    return this.facts.decide(cond);
  }

  /** Adds a fact; false if it contradicts what is known, so that this path cannot be reached. */
  assume(cond: Cond): boolean {
    return this.facts.assume(cond);
  }

  freshFlag(name: string): Cond {
    return isFlag(freshFlag(name));
  }

  freshInt(name: string, options?: { least?: number; greatest?: number; origin?: Origin }): IntValue {
    return { kind: 'int', dim: symbol(name, options) };
  }

  truth(value: Value): Cond {
    return truthOf(this, value);
  }

  asDim(value: Value, assume = false): Dim | undefined {
    return numbers.asDim(this, value, assume);
  }

  asNumber(value: Value): number | undefined {
    return numbers.asNumber(this, value);
  }

  asString(value: Value): string | undefined {
    const v = this.resolve(value);
    return v.kind === 'str' ? v.value : undefined;
  }

  /** An integer whose number is known. */
  asInt(value: Value): number | undefined {
    const dim = this.asDim(value);
    return dim === undefined ? undefined : valueOf(this.facts.simplify(dim));
  }

  join(cond: Cond, yes: Value, no: Value): Value {
    return joinValues(this, cond, yes, no);
  }

  sameValue(a: Value, b: Value): boolean {
    return sameValues(this, a, b);
  }

  fork(cond: Cond, yes: () => Value, no: () => Value, speculative = false): Value {
    return branches.fork(this, cond, yes, no, speculative);
  }

  // ---------------------------------------------------------------- objects

  classOf(value: Value): ClassValue {
    return attributes.classOf(this, value);
  }

  typeName(value: Value): string {
    const v = this.resolve(value);
    return v.kind === 'unknown' ? '?' : this.classOf(v).name;
  }

  isInstance(value: Value, cls: ClassValue): Decision {
    return attributes.isInstance(this, value, cls);
  }

  findAttr(value: Value, name: string): Value | undefined {
    return attributes.findAttr(this, value, name);
  }

  getAttr(value: Value, name: string): Value {
    return attributes.getAttr(this, value, name);
  }

  setAttr(value: Value, name: string, to: Value): void {
    attributes.setAttr(this, value, name, to);
  }

  call(fn: Value, args: readonly Value[], kwargs: ReadonlyMap<string, Value> = noKeywords, node?: Node): Value {
    return calls.callValue(this, fn, { args, kwargs, open: false }, node ?? this.frame?.node);
  }

  /** Calls a method if the value has it. */
  callMethod(value: Value, name: string, args: readonly Value[]): Value | undefined {
    const method = attributes.findSpecial(this, value, name);
    return method === undefined ? undefined : this.call(method, args);
  }

  content(value: Value): Content | undefined {
    return iteration.contentOf(this, value);
  }

  iterate(value: Value): IteratorValue {
    return iteration.iterate(this, value);
  }

  /** All items, where they are known to be finitely many; undefined where a rest is unknown. */
  items(value: Value): readonly Value[] | undefined {
    const content = iteration.collect(this, value);
    return content.rest === undefined ? content.items : undefined;
  }

  repr(value: Value): string | undefined {
    return text.repr(this, value);
  }

  str_(value: Value): string | undefined {
    return text.str(this, value);
  }

  // ---------------------------------------------------------------- faults

  /** An exception to be thrown. */
  error(fault: Fault): PyError {
    return calls.makeError(this, fault.exception, fault.text ?? fault.message, fault);
  }

  /** An exception of a class by its name with a text; `raise` of one that a rule knows no more about. */
  raise(exception: string, message: string): never {
    throw calls.makeError(this, exception, message, undefined);
  }

  /** Reports something that does not stop the program. */
  warn(fault: Fault, node?: Node): void {
    if (this.speculative > 0 || isDoubted(this)) return;
    this.observer.fault(fault, node ?? this.frame?.node, this.frame?.file ?? '', this.stack(), this.path.length);
  }

  /** Whether a `try` around would catch an exception of this class. */
  willCatch(cls: ClassValue): boolean {
    for (const classes of this.handlers) for (const c of classes) if (c === undefined || cls.mro.includes(c)) return true;
    return false;
  }

  stack(): StackEntry[] {
    return stackOf(this.frames);
  }

  get frame(): Frame | undefined {
    return this.frames[this.frames.length - 1];
  }

  write(output: string): void {
    this.observer.write(output);
  }

  /** One step of work; stops the analysis when the budget is used up. */
  tick(): void {
    this.charge(1 + this.deliberation.since());
    if (++this.ticks % 1024 === 0 && this.options.cancelled?.() === true) throw new BudgetExceeded('cancelled');
  }

  private ticks = 0;

  /** Gives so many steps; what was done before does not count against them. */
  allot(steps: number): void {
    this.stepsLeft = steps;
    this.deliberation.since();
  }

  /** Work that is dearer than a step. */
  charge(steps: number): void {
    this.stepsLeft -= steps;
    if (this.stepsLeft < 0) throw new BudgetExceeded('step budget used up');
  }

  /** Runs a parsed file as a module; its variables are returned. */
  runModule(source: SourceFile, name: string): Globals {
    return this.modules.run(source, name);
  }
}

const noKeywords: ReadonlyMap<string, Value> = new Map();
