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
import { explained } from './explanations.ts';
import { entryNote, type Note } from './notes.ts';
import { merge, type Spelled, spelledOf } from './spelled.ts';

export interface RecordedFault {
  readonly fault: Fault;
  readonly node: Node;
  /** Calls between the file's own code and the fault, outermost first. */
  readonly stack: readonly StackEntry[];
  /** Where it really is, if that is another file. */
  readonly elsewhere: { readonly file: string; readonly node: Node } | undefined;
}

export interface RecordedCall {
  readonly args: ReadonlyMap<string, Spelled | undefined>;
  readonly result: Spelled | undefined;
}

export class Recorder implements Observer {
  readonly source: SourceFile;
  private interp: Interpreter | undefined;
  readonly shapes = new Map<Node, Spelled>();
  /** Where the sizes of the first shape came from. */
  readonly sizes = new Map<Node, readonly Dim[]>();
  readonly notes = new Map<Node, Note>();
  readonly faults: RecordedFault[] = [];
  readonly functions = new Map<Node, FunctionValue>();
  readonly classes = new Map<Node, ClassValue>();
  readonly reached = new Set<Node>();
  readonly calls = new Map<Node, RecordedCall>();
  /** Mistakes of our own, each of which cost one call's result. */
  readonly mistakes: Error[] = [];
  /** Functions whose body is being entered for the first time may still learn what their arguments are. */
  private pending: { readonly node: Node; readonly value: Value }[] = [];
  private readonly pendingMarks: number[] = [];
  private readonly seen = new Set<string>();

  constructor(source: SourceFile) {
    this.source = source;
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
        else if (this.pending.length < 4000) this.pending.push({ node, value });
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
    const before = this.shapes.get(node);
    if (before === undefined && spelled.kind === 'tensor') this.explain(node, value);
    this.shapes.set(node, before === undefined ? spelled : merge(before, spelled));
  }

  private explain(node: Node, value: Value): void {
    const payload = payloadOf(value);
    if (payload === undefined) return;
    const { head, tail } = stateOf(this.interp as Interpreter).world.resolve(payload.shape);
    const sizes = explained([...head, ...tail]);
    if (sizes.length > 0) this.sizes.set(node, sizes);
  }

  private note(node: Node, value: Value): void {
    if (this.notes.has(node)) return;
    const note = entryNote(this.interp as Interpreter, value);
    if (note !== undefined) this.notes.set(node, note);
  }

  defined(fn: FunctionValue): void {
    if (fn.file === this.source.file && !this.functions.has(fn.node)) this.functions.set(fn.node, fn);
  }

  definedClass(cls: ClassValue): void {
    if (cls.node !== undefined && cls.file === this.source.file && !this.classes.has(cls.node)) this.classes.set(cls.node, cls);
  }

  entered(fn: FunctionValue): void {
    this.reached.add(fn.node);
    this.pendingMarks.push(this.pending.length);
  }

  left(fn: FunctionValue, args: ReadonlyMap<string, Value>, result: Value): void {
    this.settle(this.pendingMarks.pop() ?? 0);
    if (fn.file !== this.source.file) return;
    const interp = this.interp as Interpreter;
    const spelledArgs = new Map<string, Spelled | undefined>();
    for (const [name, value] of args) spelledArgs.set(name, spelledOf(interp, value));
    const spelledResult = spelledOf(interp, result);
    const before = this.calls.get(fn.node);
    if (before === undefined) {
      this.calls.set(fn.node, { args: spelledArgs, result: spelledResult });
      return;
    }
    const merged = new Map<string, Spelled | undefined>();
    for (const [name, value] of spelledArgs) {
      const other = before.args.get(name);
      merged.set(name, value === undefined || other === undefined ? undefined : merge(value, other));
    }
    const both = spelledResult === undefined || before.result === undefined ? undefined : merge(spelledResult, before.result);
    this.calls.set(fn.node, { args: merged, result: both });
  }

  /** Looks again at values that were unknown when they were seen: what was learned since holds for them too. */
  settle(from = 0): void {
    const interp = this.interp as Interpreter;
    for (let i = from; i < this.pending.length; i++) {
      const { node, value } = this.pending[i] as { node: Node; value: Value };
      const v = interp.resolve(value);
      if (v.kind !== 'unknown' && !this.shapes.has(node)) this.shape(node, v);
    }
    this.pending.length = Math.min(from, this.pending.length);
  }

  fault(fault: Fault, node: Node | undefined, file: string, stack: readonly StackEntry[]): void {
    if (node === undefined) return;
    const own = file === this.source.file;
    let at = node;
    let outer = stack;
    if (!own) {
      // Reported at the last call that is in this file.
      let last = -1;
      stack.forEach((entry, i) => {
        if (entry.file === this.source.file) last = i;
      });
      if (last < 0) return;
      at = (stack[last] as StackEntry).node;
      outer = stack.slice(0, last);
    } else outer = stack.slice(0, -1);
    const key = `${fault.code}:${at.start}:${at.end}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.faults.push({ fault, node: at, stack: outer, elsewhere: own ? undefined : { file, node } });
  }

  mistake(error: Error, native: string): void {
    this.mistakes.push(new Error(`${native}: ${error.message}`, { cause: error }));
  }

  write(): void {}
}
