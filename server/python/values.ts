/**
 * The values of the interpreter. A value is known, partly known (an integer that is a symbolic size, a list with an
 * unknown rest) or unknown with an identity, so that what is learned of it later holds for every copy.
 *
 * Mutable parts sit in `Cells` or `Slot`s that record their changes (see `heap.ts`).
 */

import type { Cond } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import type { Origin } from '../dims/origin.ts';
import type { PyError } from './faults.ts';
import type { Cells, Slot } from './heap.ts';
import type { Interpreter } from './interpreter.ts';
import type { LateMap } from './late-map.ts';
import type { ClassDef, FunctionDef, Lambda, Node } from './syntax.ts';

export type Value =
  | NoneValue
  | BoolValue
  | IntValue
  | FloatValue
  | ComplexValue
  | StrValue
  | BytesValue
  | EllipsisValue
  | NotImplementedValue
  | TupleValue
  | ListValue
  | DictValue
  | SetValue
  | RangeValue
  | SliceValue
  | FunctionValue
  | NativeValue
  | MethodValue
  | ClassValue
  | ObjectValue
  | ModuleValue
  | IteratorValue
  | PropertyValue
  | StaticMethodValue
  | ClassMethodValue
  | SuperValue
  | UnknownValue
  | ChoiceValue;

export interface NoneValue {
  readonly kind: 'none';
  /** The default of a parameter that was left out: how many conditions held where it was. */
  readonly absent?: number;
}

/** A truth value; `cond` is a constant where it is known. */
export interface BoolValue {
  readonly kind: 'bool';
  readonly cond: Cond;
}

/** `big` carries integers that a double cannot hold; `dim` is then their rounded value. */
export interface IntValue {
  readonly kind: 'int';
  readonly dim: Dim;
  readonly big?: bigint | undefined;
}

export interface FloatValue {
  readonly kind: 'float';
  readonly value: number | undefined;
}

export interface ComplexValue {
  readonly kind: 'complex';
  readonly re: number | undefined;
  readonly im: number | undefined;
}

export interface StrValue {
  readonly kind: 'str';
  readonly value: string | undefined;
}

export interface BytesValue {
  readonly kind: 'bytes';
  readonly value: string | undefined;
}

export interface EllipsisValue {
  readonly kind: 'ellipsis';
}

export interface NotImplementedValue {
  readonly kind: 'not-implemented';
}

/** An unknown number of further items, each of which is like `element`. */
export interface Rest {
  readonly element: Value;
  readonly length: Dim;
  /** The first of them and what the others are like, where they can be told apart: `range(n)` starts at 0. */
  readonly parted?: { readonly first: Value; readonly others: Value };
  /** How the further items follow each other, where that is known. */
  readonly order?: Order;
}

/** Items one after the other: single ones, groups that come any number of times, one group or another. */
export type Order = readonly Part[];
export type Part =
  | Value
  | { readonly kind: 'repeated'; readonly of: Order }
  | { readonly kind: 'either'; readonly cond: Cond; readonly yes: Order; readonly no: Order };

/** What a sequence holds: first `items`, then `rest`. */
export interface Content {
  readonly items: readonly Value[];
  readonly rest: Rest | undefined;
}

/**
 * A sequence whose length is not known but can be learned, such as the shape of a tensor of unknown rank.
 * `expect` is told that there are exactly `n` items (an unpacking succeeded) and gives them.
 */
export interface OpenSequence {
  length(): Dim;
  expect(n: number): readonly Value[] | undefined;
  at(index: number): Value | undefined;
  slice(start: number | undefined, stop: number | undefined): Value | undefined;
  /** The items with others before and after them, as `+` puts them together; undefined where they do not go together. */
  between(before: readonly Value[], after: readonly Value[]): Value | undefined;
  /** Only taken for a sequence (`x.size()` of something unknown): what a sequence cannot do proves that it is none. */
  readonly presumed?: boolean;
}

const PLAIN: ReadonlySet<Value['kind']> = new Set(['int', 'float', 'bool', 'str', 'none', 'list', 'tuple', 'dict', 'set']);

/** Whether a value is data of Python's own: a number, a text, a container, None. */
export const isPlain = (value: Value): boolean => PLAIN.has(value.kind);

export const isPresumed = (value: Value): boolean => value.kind === 'tuple' && value.open?.presumed === true;

/** `cls` is a subclass of tuple (a named tuple, a foreign size type); `fields` names its items. */
export interface TupleValue {
  readonly kind: 'tuple';
  readonly items: readonly Value[];
  readonly rest: Rest | undefined;
  readonly cls: ClassValue | undefined;
  readonly fields: readonly string[] | undefined;
  readonly open: OpenSequence | undefined;
}

export interface ListValue {
  readonly kind: 'list';
  readonly id: number;
  readonly slot: Slot<Content>;
}

/** Keys are compared by `key` (see `dictKey`); `rest` stands for entries with unknown keys. */
export interface DictContent {
  readonly entries: ReadonlyMap<string, readonly [Value, Value]>;
  readonly rest: { readonly key: Value; readonly value: Value } | undefined;
}

/** `cls` is a subclass of dict (OrderedDict, defaultdict, Counter); `factory` that of a defaultdict. */
export interface DictValue {
  readonly kind: 'dict';
  readonly id: number;
  readonly slot: Slot<DictContent>;
  readonly cls: ClassValue | undefined;
  readonly factory: Value | undefined;
}

export interface SetValue {
  readonly kind: 'set';
  readonly id: number;
  readonly slot: Slot<DictContent>;
  readonly frozen: boolean;
}

export interface RangeValue {
  readonly kind: 'range';
  readonly start: Dim;
  readonly stop: Dim;
  readonly step: Dim;
}

export interface SliceValue {
  readonly kind: 'slice';
  readonly start: Value;
  readonly stop: Value;
  readonly step: Value;
}

/** The variables of one function call, or of a module; `parent` is the enclosing function's. */
export interface Scope {
  readonly cells: Cells;
  readonly parent: Scope | undefined;
  /** The module's variables, with its name and file. */
  readonly globals: Globals;
  /** Names declared `global` / `nonlocal` here. */
  readonly redirected: Map<string, 'global' | 'nonlocal'>;
  /** A class body: its names are not seen by functions inside it. */
  readonly classBody: boolean;
  /** Names that this function binds, so that a read before is known to be local. */
  readonly locals: ReadonlySet<string> | undefined;
}

export interface Globals {
  readonly cells: Cells;
  readonly name: string;
  readonly file: string;
  /** Something was imported by `*` from, or executed in, an unknown place: any name may exist. */
  open: boolean;
}

export interface FunctionValue {
  readonly kind: 'function';
  readonly id: number;
  readonly name: string;
  readonly qualifiedName: string;
  readonly node: FunctionDef | Lambda;
  readonly scope: Scope;
  readonly file: string;
  /** Values of default arguments, by parameter name. */
  readonly defaults: ReadonlyMap<string, Value>;
  /** The class in whose body it was defined; `super()` needs it. */
  owner: ClassValue | undefined;
  readonly attrs: Cells;
}

/** What a native function is called with. `open` says that unknown further arguments were given (`*args`, `**kwargs`). */
export interface NativeCall {
  readonly interp: Interpreter;
  readonly args: readonly Value[];
  readonly kwargs: ReadonlyMap<string, Value>;
  readonly open: boolean;
  /** What the further arguments are like, where one starred sequence of unknown length gave them. */
  readonly rest?: Rest | undefined;
  /** All arguments by position, where one of them is a starred sequence of unknown length. */
  readonly sequence?: Content | undefined;
  /** The call, operation or subscript in the user's source that is being evaluated. */
  readonly node: Node | undefined;
}

/**
 * A function written in this program. It is never called with an argument that is a `ChoiceValue` (the interpreter
 * calls it once for each alternative and joins) unless `choices` is set, nor with `open` arguments unless `openArgs` is.
 */
export interface NativeValue {
  readonly kind: 'native';
  readonly name: string;
  readonly call: (call: NativeCall) => Value;
  readonly choices?: boolean;
  readonly openArgs?: boolean;
  /** It takes any number of arguments by position, also a sequence of unknown length. */
  readonly anyNumber?: boolean;
  /** For hovers and signature help. */
  readonly signature?: string;
  readonly doc?: string;
  /** What a foreign library wants to know of its own functions. */
  readonly entry?: unknown;
}

export interface MethodValue {
  readonly kind: 'method';
  readonly self: Value;
  readonly func: Value;
}

export interface ClassValue {
  readonly kind: 'class';
  readonly id: number;
  readonly name: string;
  readonly qualifiedName: string;
  readonly module: string;
  readonly bases: readonly ClassValue[];
  /** This class first, `object` last. */
  readonly mro: readonly ClassValue[];
  readonly attrs: Cells;
  /** A base could not be followed, so any attribute may exist. */
  readonly open: boolean;
  /** One of its own bases is not known. */
  readonly unseenBase: boolean;
  readonly node: ClassDef | undefined;
  readonly file: string | undefined;
  /** Instances of builtin types are made by this instead of an `ObjectValue`. */
  readonly construct: ((call: NativeCall, cls: ClassValue) => Value) | undefined;
  /** A foreign library's own knowledge of its class. */
  readonly entry?: unknown;
}

/**
 * A foreign library's content of an object. `join` gives the content after a branch on `cond`, or undefined where the
 * two have nothing in common; `same` says whether two are known to be alike in everything that matters.
 */
export interface Payload {
  join(other: Payload, cond: Cond, interp: Interpreter): Payload | undefined;
  same(other: Payload, interp: Interpreter): boolean;
  /** Whether two objects with such contents may stand for one another although each has an identity and attributes of its own. */
  alike?(own: ObjectValue, other: ObjectValue, interp: Interpreter): boolean;
  /** A more general content after a loop that changed `this` to `next`. */
  widen?(next: Payload, interp: Interpreter): Payload | undefined;
  /** The content of a deep copy; `deep` copies the values in it. Without this the copy has the same content. */
  deepCopy?(interp: Interpreter, deep: (value: Value) => Value): Payload;
}

export interface ObjectValue {
  readonly kind: 'object';
  readonly id: number;
  readonly cls: ClassValue;
  readonly attrs: Cells;
  /** Changed through `heap.setPayload` only. */
  readonly payload: Slot<Payload | undefined>;
}

export interface ModuleValue {
  readonly kind: 'module';
  readonly name: string;
  readonly attrs: Cells;
  /** Looked up where `attrs` has nothing. */
  readonly lazy: ((name: string) => Value | undefined) | undefined;
  /** A module that is not modelled: any attribute may exist. */
  readonly open: boolean;
}

/** A one-pass iterator; `pull` gives undefined at its end. `rest` says what further items look like when `pull` cannot tell. */
export interface IteratorValue {
  readonly kind: 'iterator';
  readonly name: string;
  readonly pull: () => Value | undefined;
  readonly rest: () => Rest | undefined;
  /** A generator's `send`. */
  readonly send?: (value: Value) => Value | undefined;
  /** It stands for each of many iterators: whoever goes through one begins anew. */
  readonly again?: () => IteratorValue;
  /** Raises an exception where a generator stands. */
  readonly fail?: (error: PyError) => Value | undefined;
}

export interface PropertyValue {
  readonly kind: 'property';
  readonly get: Value | undefined;
  readonly set: Value | undefined;
  readonly cached: boolean;
}

export interface StaticMethodValue {
  readonly kind: 'staticmethod';
  readonly func: Value;
}

export interface ClassMethodValue {
  readonly kind: 'classmethod';
  readonly func: Value;
}

export interface SuperValue {
  readonly kind: 'super';
  readonly after: ClassValue;
  readonly self: Value;
}

/**
 * Something nobody has said anything about. What is learned of it (that it is an integer, a tensor, None) is kept by
 * the interpreter under `id` (`Interpreter.refine`), so it must be looked at through `Interpreter.resolve`.
 */
export interface UnknownValue {
  readonly kind: 'unknown';
  readonly id: number;
  /** The name the user gave it: a parameter, an attribute. */
  readonly name: string | undefined;
  readonly origin: Origin | undefined;
  /** How it was computed from other unknowns: if it turns out to be an integer, so are they. */
  readonly derived: { readonly op: string; readonly left: Value; readonly right: Value | undefined } | undefined;
  /** Attributes read so far, so that reading one twice gives the same unknown. */
  readonly attrs: LateMap<string, Value>;
  /** A foreign library's notes (what its shape is called, …). */
  readonly notes: LateMap<string, unknown>;
}

/** One value if `cond` holds, another if it does not. */
export interface ChoiceValue {
  readonly kind: 'choice';
  readonly cond: Cond;
  readonly yes: Value;
  readonly no: Value;
}
