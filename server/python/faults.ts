/**
 * What goes wrong while a program runs: a Python exception on its way up, and the description of a fault that a rule
 * found, from which both the exception's text and a diagnostic are made.
 */
import type { Dim } from '../dims/dim.ts';
import type { Origin } from '../dims/origin.ts';
import type { Frame } from './interpreter.ts';
import type { Node } from './syntax.ts';
import type { Value } from './values.ts';

/** A fault as a rule states it. */
export interface Fault {
  /** Kebab-case name of the fault (`rnn-input-size`). */
  readonly code: string;
  /** One line that stands alone: what is wrong, with both sizes and where they come from by name. */
  readonly message: string;
  /** The exception's class name and whole text as real execution would raise it; `text` is undefined where a size is not known. */
  readonly exception: string;
  readonly text: string | undefined;
  /** Both sides, for related places. */
  readonly origins: readonly (Origin | undefined)[];
  /** What a size is and what it would have to be, where the fault is that they differ; quick fixes are made of them. */
  readonly sizes?: { readonly got: Dim; readonly wanted: Dim } | undefined;
  readonly severity?: 'error' | 'warning' | 'info';
  /** Quick fixes as plain edits. */
  readonly fixes?: readonly {
    readonly title: string;
    readonly edits: readonly { readonly start: number; readonly end: number; readonly text: string }[];
  }[];
  /** A slip of the fingers: the name as it is written, and the one that was probably meant. The report makes a quick fix of it. */
  readonly misspelt?: { readonly name: string; readonly meant: string } | undefined;
  /** A narrower node than the call, to put the squiggle on. */
  readonly at?: { readonly start: number; readonly end: number } | undefined;
}

/** One call on the way to a fault. */
export interface StackEntry {
  readonly file: string;
  readonly node: Node;
  readonly name: string;
  /** How many conditions held where it was called. */
  readonly conditions: number;
}

/** The calls that are running, outermost first. */
export function stackOf(frames: readonly Frame[]): StackEntry[] {
  return frames.flatMap(({ file, node, name, exit }) =>
    node === undefined ? [] : [{ file, node, name, conditions: exit?.pathDepth ?? 0 }],
  );
}

/**
 * A Python exception that is being raised. `value` is the exception object. It is no `Error`: many are thrown and caught
 * while alternatives are tried, and a JavaScript stack for each would cost more than all the rest.
 */
export class PyError {
  readonly message: string;
  readonly value: Value;
  readonly exception: string;
  readonly text: string;
  /** Innermost last. */
  readonly stack_: readonly StackEntry[];
  readonly fault: Fault | undefined;
  /** Where it happened and under how many conditions, set by the first expression that it passes through. */
  at: { readonly node: Node; readonly file: string; readonly stack: readonly StackEntry[]; readonly conditions: number } | undefined;

  constructor(value: Value, exception: string, text: string, stack: readonly StackEntry[], fault: Fault | undefined) {
    this.message = `${exception}: ${text}`;
    this.value = value;
    this.exception = exception;
    this.text = text;
    this.stack_ = stack;
    this.fault = fault;
  }
}

/** The analysis has used up its steps; what is not said stays unsaid. */
export class BudgetExceeded extends Error {}

/** The numeric engine cannot do something: said plainly, with the place. */
export class CannotRun extends Error {
  readonly node: Node | undefined;
  constructor(message: string, node?: Node) {
    super(message);
    this.node = node;
  }
}
