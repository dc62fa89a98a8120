/**
 * Watches an analysis and keeps what a report is made of: the shape of each expression, the faults, what went into and
 * came out of each function.
 */
import type { Dim } from '../dims/dim.ts';
import type { Fault, StackEntry } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { Observer } from '../python/library.ts';
import type { Node, SourceFile } from '../python/syntax.ts';
import type { ClassValue, FunctionValue, Value } from '../python/values.ts';
import { stateOf } from '../torch/state.ts';
import { payloadOf } from '../torch/tensor.ts';
import { codeEntry } from './codes.ts';
import { explained } from './explanations.ts';
import { entryNote, type Note } from './notes.ts';
import { Part, type RecordedCall, type RecordedFault, shownCalls, shownShapes } from './part.ts';
import { openness, type Spelled, spelledOf } from './spelled.ts';

/** A value at a node that was unknown, or whose shape was not all known: then what was seen of it. */
interface Pending {
  readonly node: Node;
  readonly value: Value;
  readonly seen: Spelled | undefined;
}

/** How many are looked at again. */
const MOST_PENDING = 4000;
const MOST_OPEN = 400;

export class Recorder implements Observer {
  readonly source: SourceFile;
  private interp: Interpreter | undefined;
  private readonly whole = new Part();
  /** What is being seen now: the whole, or a part that will be added to it. */
  private part = this.whole;
  /** The definition that is run by itself. */
  private home: Node | undefined;
  private trials = 0;
  private shown: ReadonlyMap<Node, Spelled> | undefined;
  private called: ReadonlyMap<Node, RecordedCall> | undefined;
  /** Functions whose body is being entered for the first time may still learn what their arguments are. */
  private readonly pending: Pending[] = [];
  /** What was still open when its function was left. */
  private open: Pending[] = [];
  private readonly pendingMarks: number[] = [];

  /** Says which faults count, for as long as it is set. */
  filter: ((fault: Fault, node: Node, file: string) => boolean) | undefined;

  constructor(source: SourceFile) {
    this.source = source;
  }

  get shapes(): ReadonlyMap<Node, Spelled> {
    this.shown ??= shownShapes(this.whole);
    return this.shown;
  }

  get sizes(): ReadonlyMap<Node, readonly Dim[]> {
    return this.whole.sizes;
  }

  get notes(): ReadonlyMap<Node, Note> {
    return this.whole.notes;
  }

  get faults(): Iterable<RecordedFault> {
    return this.whole.faults.values();
  }

  get functions(): ReadonlyMap<Node, FunctionValue> {
    return this.whole.functions;
  }

  get classes(): ReadonlyMap<Node, ClassValue> {
    return this.whole.classes;
  }

  get calls(): ReadonlyMap<Node, RecordedCall> {
    this.called ??= shownCalls(this.whole);
    return this.called;
  }

  get mistakes(): readonly Error[] {
    return this.whole.mistakes;
  }

  get reached(): ReadonlySet<Node> {
    return this.whole.reached;
  }

  hasReached(node: Node): boolean {
    return this.whole.reached.has(node) || this.part.reached.has(node);
  }

  /** Sees what `run` does with a definition as a part, and adds it. */
  apart(home: Node, run: () => void): Part {
    const part = new Part();
    this.part = part;
    this.home = home;
    try {
      run();
    } finally {
      this.part = this.whole;
      this.open = [];
      this.home = undefined;
      this.again(part);
    }
    return part;
  }

  /** Adds a part that was seen before and holds still. */
  again(part: Part): void {
    this.whole.add(part);
    this.shown = undefined;
    this.called = undefined;
  }

  /** What `run` does is a trial: its shapes are no more than examples. */
  trying(run: () => void): void {
    this.trials++;
    try {
      run();
    } finally {
      this.trials--;
    }
  }

  /** Where something seen at a node belongs: in its own run, in one through callers, in a trial. */
  private placeOf(node: Node): 'own' | 'shapes' | 'tried' {
    if (this.trials > 0) return 'tried';
    const { home } = this;
    return home !== undefined && node.start >= home.start && node.end <= home.end ? 'own' : 'shapes';
  }

  attach(interp: Interpreter): void {
    this.interp = interp;
  }

  value(node: Node, value: Value, file: string): void {
    if (file !== this.source.file) return;
    switch (value.kind) {
      case 'object':
      case 'tuple':
      case 'list':
      case 'choice':
        this.shape(node, value);
        break;
      case 'unknown': {
        const interp = this.interp as Interpreter;
        const v = interp.resolve(value);
        if (v.kind !== 'unknown') this.value(node, v, file);
        else if (this.pending.length < MOST_PENDING) this.pending.push({ node, value, seen: undefined });
        break;
      }
      case 'native':
      case 'method':
      case 'class':
        this.note(node, value);
        break;
      default:
        break;
    }
  }

  private shape(node: Node, value: Value): void {
    const interp = this.interp as Interpreter;
    const spelled = spelledOf(interp, value);
    if (spelled === undefined) {
      if (value.kind === 'object') this.note(node, value);
      return;
    }
    const { part } = this;
    const to = this.placeOf(node);
    const isFirst = to === 'own' ? !part.own.has(node) && !part.late.has(node) : !part.has(node);
    if (isFirst && spelled.kind === 'tensor') this.explain(node, value);
    part.addShape(to, node, spelled);
    if (isFirst && openness(spelled) > 0 && this.pending.length < MOST_PENDING) this.pending.push({ node, value, seen: spelled });
    this.shown = undefined;
  }

  private explain(node: Node, value: Value): void {
    const payload = payloadOf(value);
    if (payload === undefined) return;
    const { head, tail } = stateOf(this.interp as Interpreter).world.resolve(payload.shape);
    const sizes = explained([...head, ...tail]);
    if (sizes.length > 0) this.part.sizes.set(node, sizes);
  }

  private note(node: Node, value: Value): void {
    const { notes } = this.part;
    if (notes.has(node)) return;
    const note = entryNote(this.interp as Interpreter, value);
    if (note !== undefined) notes.set(node, note);
  }

  defined(fn: FunctionValue): void {
    if (fn.file === this.source.file && !this.part.functions.has(fn.node)) this.part.functions.set(fn.node, fn);
  }

  definedClass(cls: ClassValue): void {
    if (cls.node !== undefined && cls.file === this.source.file && !this.part.classes.has(cls.node)) this.part.classes.set(cls.node, cls);
  }

  entered(fn: FunctionValue): void {
    this.part.reached.add(fn.node);
    this.pendingMarks.push(this.pending.length);
  }

  left(fn: FunctionValue, args: ReadonlyMap<string, Value>, result: Value): void {
    this.settle(this.pendingMarks.pop() ?? 0);
    if (fn.file !== this.source.file) return;
    const interp = this.interp as Interpreter;
    const spelledArgs = new Map<string, Spelled | undefined>();
    for (const [name, value] of args) spelledArgs.set(name, spelledOf(interp, value));
    const spelledResult = spelledOf(interp, result);
    const to = this.placeOf(fn.node);
    this.called = undefined;
    if (to !== 'tried') this.part.addCall(to === 'own' ? 'ownCalls' : 'calls', fn.node, { args: spelledArgs, result: spelledResult });
  }

  /**
   * Looks again at values of which not all was known when they were seen: what was learned since holds for them too. What is
   * still open stays for the next time, until the definition that is run by itself has ended.
   */
  settle(from = 0): void {
    for (const entry of this.pending.splice(from)) if (this.isOpenStill(entry) && this.open.length < MOST_OPEN) this.open.push(entry);
    if (from === 0) this.open = this.open.filter((entry) => this.isOpenStill(entry));
  }

  private isOpenStill({ node, value, seen }: Pending): boolean {
    const interp = this.interp as Interpreter;
    const { part } = this;
    const v = interp.resolve(value);
    if (v.kind === 'unknown') return true;
    const to = this.placeOf(node);
    if (seen !== undefined) {
      if (part[to].get(node) !== seen) return false;
      const spelled = spelledOf(interp, v);
      if (spelled === undefined || openness(spelled) >= openness(seen)) return true;
      if (spelled.kind === 'tensor') this.explain(node, v);
      part[to].set(node, spelled);
      this.shown = undefined;
      return false;
    }
    if (part.has(node)) return false;
    const spelled = spelledOf(interp, v);
    if (spelled !== undefined) {
      if (spelled.kind === 'tensor') this.explain(node, v);
      part[to === 'shapes' && part !== this.whole ? 'late' : to].set(node, spelled);
      this.shown = undefined;
    } else if (v.kind === 'object') this.note(node, v);
    return false;
  }

  fault(fault: Fault, node: Node | undefined, file: string, stack: readonly StackEntry[], conditions: number): void {
    if (this.isConditionalElsewhere(stack, conditions)) return;
    const counts = node !== undefined && this.filter?.(fault, node, file) !== false;
    const recorded = counts ? this.placed(fault, node, file, stack) : undefined;
    if (recorded !== undefined) this.part.addFault(recorded);
  }

  claimed(
    node: Node,
    wrong?: { readonly fault: Fault; readonly at: Node; readonly file: string; readonly stack: readonly StackEntry[] },
  ): void {
    const recorded = wrong === undefined ? undefined : this.placed(wrong.fault, wrong.at, wrong.file, wrong.stack);
    this.part.addClaim(node, { held: wrong === undefined, believed: false, wrong: recorded });
  }

  believed(node: Node): void {
    this.part.addClaim(node, { held: false, believed: true, wrong: undefined });
  }

  /** Whether some claim was believed of what was not known. */
  anyBelieved = false;
  /** Whether a function's documentation was. */
  anyDocumented = false;

  /** Reports claims that were true nowhere. */
  settleClaims(): void {
    for (const [node, { held, believed, wrong }] of this.whole.claims) {
      if (!held && wrong !== undefined) this.whole.addFault(wrong);
      if (node.kind === 'FunctionDef') this.anyDocumented ||= believed;
      else this.anyBelieved ||= believed;
    }
    this.whole.claims.clear();
  }

  /** Where in this file a fault is reported; undefined for one that nothing in it led to. */
  private placed(fault: Fault, node: Node, file: string, stack: readonly StackEntry[]): RecordedFault | undefined {
    if (fault.code === 'dtype-mismatch' && stateOf(this.interp as Interpreter).autocasts > 0) return undefined;
    const own = file === this.source.file;
    if (own) return { fault, node, stack: stack.slice(0, -1), elsewhere: undefined };
    // Reported at the last call that is in this file.
    const last = stack.map((entry) => entry.file).lastIndexOf(this.source.file);
    const entry = stack[last];
    // What is doubtful but runs is said where it stands, in the check of that file.
    if (!this.isError(fault)) return undefined;
    return entry === undefined ? undefined : { fault, node: entry.node, stack: stack.slice(0, last), elsewhere: { file, node } };
  }

  /**
   * Whether a function of another file, called from this one, has led to the fault under a condition of its own that is not known:
   * in an arm that this call need not take, which may be for other arguments.
   */
  private isConditionalElsewhere(stack: readonly StackEntry[], conditions: number): boolean {
    let entered: number | undefined;
    let own = false;
    for (const { file, conditions: depth } of stack) {
      const here = file === this.source.file;
      if (here && entered !== undefined && depth > entered) return true;
      if (here) entered = undefined;
      else if (own) entered ??= depth;
      own ||= here;
    }
    return entered !== undefined && conditions > entered;
  }

  isError({ code, severity }: Fault): boolean {
    return (severity ?? codeEntry(code)?.severity ?? 'error') === 'error';
  }

  /** Whether an error was found at the node already. */
  knows(node: Node): boolean {
    return [...this.part.faults.values()].some(
      (recorded) => (recorded.elsewhere?.node ?? recorded.node) === node && this.isError(recorded.fault),
    );
  }

  /** Adds what was found out without running into it. */
  add(fault: Fault, node: Node): void {
    this.part.addFault({ fault, node, stack: [], elsewhere: undefined });
  }

  mistake(error: Error, native: string): void {
    this.part.mistakes.push(new Error(`${native}: ${error.message}`, { cause: error }));
  }

  write(): void {}
}
