/**
 * The interface that a foreign library (an array library, a framework) implements so that programs can import it, and
 * the one through which an analysis is watched. The interpreter knows nothing else of either.
 */
import type { Fault, StackEntry } from './faults.ts';
import type { Frame, Interpreter } from './interpreter.ts';
import type { AnnotatedAssign, Assign, AugmentedAssign, Node, Return, SourceFile } from './syntax.ts';
import type { ClassValue, FunctionValue, ModuleValue, ObjectValue, UnknownValue, Value } from './values.ts';

export interface Library {
  /** Called once for each interpreter, before anything runs. */
  install(interp: Interpreter): void;
  /** An importable module by its dotted name. */
  module(name: string): ModuleValue | undefined;
  /** The public names of one of its modules, for what a misspelt one was probably meant to be. */
  namesIn?(module: string): Iterable<string>;
  /** What an attribute of an unknown value is, where its name says something (`.shape`). */
  unknownAttribute?(interp: Interpreter, unknown: UnknownValue, name: string): Value | undefined;
  /** A call of an unknown value; `unknown.notes.get('of')` is what it was read from as an attribute. */
  unknownCall?(
    interp: Interpreter,
    unknown: UnknownValue,
    call: { readonly args: readonly Value[]; readonly kwargs: ReadonlyMap<string, Value>; readonly open: boolean },
    node: Node | undefined,
  ): Value | undefined;
  /** A function that nothing called is about to run: what its callers do around it (a mode, a context) is not known. */
  uncalled?(interp: Interpreter): void;
  /** An operator on two values neither of which is known to be anything. */
  unknownOperation?(interp: Interpreter, op: string, left: Value, right: Value | undefined): Value | undefined;
  /** Whether this object is known not to have the attribute, so that it is worth a report. */
  knowsAttributes?(interp: Interpreter, object: Value, name: string): boolean;
  /** Whether the value is one of the library's only because of how it was used or annotated: no operation made it. */
  isTaken?(value: Value): boolean;
  /** An item of an unknown value. */
  unknownItem?(interp: Interpreter, unknown: UnknownValue, index: Value): Value | undefined;
  /** What the library keeps beside the values, and no branch takes back: equal texts, equal states. */
  ambient?(interp: Interpreter): string;
  /** One of many objects that are described by this one, if it is one of the library's own kinds. */
  oneOf?(interp: Interpreter, object: ObjectValue): Value | undefined;
  /** Whether two objects that are described by this one may differ in what the library keeps of them. */
  mayDiffer?(interp: Interpreter, object: ObjectValue): boolean;
  /** Attribute names that speak of a size: an assertion about them that cannot hold is worth a report. */
  readonly sizeAttributes: ReadonlySet<string>;
  /** A parameter's value from its annotation, where that says what it is. */
  annotated?(interp: Interpreter, annotation: Value, name: string): Value | undefined;
}

/**
 * What a program's text says of its values beyond what it computes: annotations, comments. Asked in a check only; what is
 * said becomes known of the values themselves.
 */
export interface Declarations {
  /** A function was made by a `def`. */
  defined(fn: FunctionValue): void;
  /** A function's body is being entered with these arguments; `node` is the call. */
  entered(frame: Frame, node: Node | undefined): void;
  /** A `return` in the frame gives this value. */
  returned(frame: Frame, node: Return, value: Value): void;
  /** The call of a function at `node` gives this value. */
  left(frame: Frame, node: Node | undefined, value: Value): void;
  /** A statement is about to give this value to what it assigns. */
  assigning(frame: Frame, node: Assign | AnnotatedAssign | AugmentedAssign, value: Value): void;
  /** It has given it. */
  assigned(frame: Frame, node: Assign): void;
}

/** What happens during an analysis, as it happens. */
export interface Observer {
  /** An expression or an assignment target has this value. */
  value?(node: Node, value: Value, file: string): void;
  /** A function was made by a `def`, a class by a `class` statement. */
  defined?(fn: FunctionValue): void;
  definedClass?(cls: ClassValue): void;
  /** A function's body is being entered. */
  entered?(fn: FunctionValue): void;
  /** A function returned. `args` are its parameters' values by name. */
  left?(fn: FunctionValue, args: ReadonlyMap<string, Value>, result: Value): void;
  /** A fault that nothing in the program catches. `stack` is the chain of calls, outermost first. */
  fault(fault: Fault, node: Node | undefined, file: string, stack: readonly StackEntry[], conditions: number): void;
  /** What is claimed of a statement was believed: more is known from here on than the program computes. */
  believed?(node: Node): void;
  /** What is claimed of a statement was compared with what came out: it held, or `wrong` is what there is to say. */
  claimed?(
    node: Node,
    wrong?: { readonly fault: Fault; readonly at: Node; readonly file: string; readonly stack: readonly StackEntry[] },
  ): void;
  /** A native function failed by a mistake of its own; its result is unknown. */
  mistake?(error: Error, native: string): void;
  /** Something was printed. */
  write(text: string): void;
}

/** Finds the source of an imported workspace module; `undefined` where it is not in the workspace. */
export type ImportSource = (module: string, level: number, fromFile: string) => SourceFile | undefined;
