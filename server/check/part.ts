/**
 * What was seen of a run or of a part of one, and which of several shapes seen at one place is shown. Knows no interpreter.
 */
import type { Dim } from '../dims/dim.ts';
import type { Fault, StackEntry } from '../python/faults.ts';
import type { Node } from '../python/syntax.ts';
import type { ClassValue, FunctionValue } from '../python/values.ts';
import type { Note } from './notes.ts';
import { better, merge, type Spelled } from './spelled.ts';

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

export interface RecordedClaim {
  readonly held: boolean;
  /** Something was learned of it. */
  readonly believed: boolean;
  readonly wrong: RecordedFault | undefined;
}

/** What was seen of a run, or of a part of it. A part does not depend on what was seen before it. */
export class Part {
  readonly shapes = new Map<Node, Spelled>();
  /** Shapes within what the part is a run of, whose names of sizes are its own. */
  readonly own = new Map<Node, Spelled>();
  /** Shapes that some trial has, with the default arguments say. */
  readonly tried = new Map<Node, Spelled>();
  /** Shapes found only by looking again, which say nothing where another part saw one before. */
  readonly late = new Map<Node, Spelled>();
  /** Where the sizes of the first shape came from. */
  readonly sizes = new Map<Node, readonly Dim[]>();
  /** What comments claim of statements: whether it was true in some context, and what is to be said if it was in none. */
  readonly claims = new Map<Node, RecordedClaim>();
  readonly notes = new Map<Node, Note>();
  readonly faults = new Map<string, RecordedFault>();
  readonly functions = new Map<Node, FunctionValue>();
  readonly classes = new Map<Node, ClassValue>();
  readonly reached = new Set<Node>();
  readonly calls = new Map<Node, RecordedCall>();
  readonly ownCalls = new Map<Node, RecordedCall>();
  /** Mistakes of our own, each of which cost one call's result. */
  readonly mistakes: Error[] = [];

  /** The same fault of the same place is one. */
  addFault(recorded: RecordedFault): void {
    const { fault, node } = recorded;
    const key = `${fault.code}:${node.start}:${node.end}`;
    if (!this.faults.has(key)) this.faults.set(key, recorded);
  }

  /** A shape seen at a node, beside those seen there before. */
  addShape(to: 'shapes' | 'own' | 'tried', node: Node, spelled: Spelled): void {
    const before = this[to].get(node);
    this[to].set(node, before === undefined ? spelled : merge(before, spelled));
  }

  addCall(to: 'calls' | 'ownCalls', node: Node, call: RecordedCall): void {
    const before = this[to].get(node);
    this[to].set(node, before === undefined ? call : bothCalls(before, call));
  }

  /** Whether a shape of the node was seen in what was run in earnest. */
  has(node: Node): boolean {
    return this.shapes.has(node) || this.own.has(node) || this.late.has(node);
  }

  addClaim(node: Node, { held, believed, wrong }: RecordedClaim): void {
    const before = this.claims.get(node);
    this.claims.set(node, {
      held: held || before?.held === true,
      believed: believed || before?.believed === true,
      wrong: before?.wrong ?? wrong,
    });
  }

  /** Adds what a part that was run after this one saw. */
  add(part: Part): void {
    for (const [node, sizes] of part.sizes) if (!this.has(node) || part.own.has(node)) this.sizes.set(node, sizes);
    for (const [node, claim] of part.claims) this.addClaim(node, claim);
    addNew(this.shapes, part.late);
    for (const to of ['shapes', 'own', 'tried'] as const) for (const [node, spelled] of part[to]) this.addShape(to, node, spelled);
    addNew(this.notes, part.notes);
    addNew(this.faults, part.faults);
    addNew(this.functions, part.functions);
    addNew(this.classes, part.classes);
    for (const node of part.reached) this.reached.add(node);
    for (const to of ['calls', 'ownCalls'] as const) for (const [node, call] of part[to]) this.addCall(to, node, call);
    this.mistakes.push(...part.mistakes);
  }
}

function addNew<K, V>(to: Map<K, V>, from: ReadonlyMap<K, V>): void {
  for (const [key, value] of from) if (!to.has(key)) to.set(key, value);
}

/**
 * What is shown at each node. A definition run by itself says it in its own names; where its callers agree on more, they do;
 * a trial counts where nothing else was seen.
 */
export function shownShapes(part: Part): ReadonlyMap<Node, Spelled> {
  const shown = new Map(part.shapes);
  for (const [node, own] of part.own) shown.set(node, better(own, shown.get(node)));
  addNew(shown, part.tried);
  return shown;
}

export function shownCalls(part: Part): ReadonlyMap<Node, RecordedCall> {
  const shown = new Map(part.calls);
  for (const [node, own] of part.ownCalls) {
    const others = shown.get(node);
    const args = new Map([...own.args].map(([name, value]) => [name, value && better(value, others?.args.get(name))] as const));
    shown.set(node, { args, result: own.result && better(own.result, others?.result) });
  }
  return shown;
}

/** What two calls of a function have in common. */
function bothCalls(before: RecordedCall, now: RecordedCall): RecordedCall {
  const both = (a: Spelled | undefined, b: Spelled | undefined) => (a === undefined || b === undefined ? undefined : merge(a, b));
  const args = new Map<string, Spelled | undefined>();
  for (const [name, value] of now.args) args.set(name, both(value, before.args.get(name)));
  return { args, result: both(now.result, before.result) };
}
