/**
 * Classes: method resolution order, classes of native libraries, and those that a `class` statement makes.
 */
import { Cells } from './heap.ts';
import type { Interpreter } from './interpreter.ts';
import type { ClassDef } from './syntax.ts';
import type { ClassValue, NativeCall, Value } from './values.ts';

export interface NativeClassSpec {
  readonly name: string;
  readonly module?: string;
  /** `[object]` unless given. */
  readonly bases?: readonly ClassValue[];
  readonly attrs?: Readonly<Record<string, Value>>;
  readonly construct?: (call: NativeCall, cls: ClassValue) => Value;
  readonly entry?: unknown;
  /** Any attribute may exist. */
  readonly open?: boolean;
}

export function makeClass(interp: Interpreter, spec: NativeClassSpec): ClassValue {
  const bases = spec.bases ?? [interp.builtinClass('object')];
  return build(interp, {
    name: spec.name,
    qualifiedName: spec.name,
    module: spec.module ?? 'builtins',
    bases,
    attrs: new Cells(interp.heap, Object.entries(spec.attrs ?? {})),
    open: spec.open === true,
    node: undefined,
    file: undefined,
    construct: spec.construct,
    entry: spec.entry,
  });
}

export interface UserClassSpec {
  readonly name: string;
  readonly qualifiedName: string;
  readonly module: string;
  readonly bases: readonly ClassValue[];
  readonly attrs: Cells;
  readonly open: boolean;
  readonly node: ClassDef | undefined;
  readonly file: string | undefined;
  readonly construct: ((call: NativeCall, cls: ClassValue) => Value) | undefined;
  readonly entry: unknown;
}

export function build(interp: Interpreter, spec: UserClassSpec): ClassValue {
  const mro: ClassValue[] = [];
  const cls: ClassValue = {
    kind: 'class',
    id: interp.heap.freshId(),
    name: spec.name,
    qualifiedName: spec.qualifiedName,
    module: spec.module,
    bases: spec.bases,
    mro,
    attrs: spec.attrs,
    open: spec.open || spec.bases.some((base) => base.open),
    unseenBase: spec.open && spec.node !== undefined,
    node: spec.node,
    file: spec.file,
    construct: spec.construct ?? spec.bases.find((base) => base.construct !== undefined)?.construct,
    entry: spec.entry ?? spec.bases.find((base) => base.entry !== undefined)?.entry,
  };
  mro.push(cls, ...linearise(spec.bases));
  return cls;
}

/** C3 linearisation; bases that cannot be ordered are taken in the order written. */
function linearise(bases: readonly ClassValue[]): readonly ClassValue[] {
  const lists = [...bases.map((base) => [...base.mro]), [...bases]].filter((list) => list.length > 0);
  const result: ClassValue[] = [];
  while (lists.some((list) => list.length > 0)) {
    const heads = lists.filter((list) => list.length > 0).map((list) => list[0] as ClassValue);
    const next = heads.find((head) => !lists.some((list) => list.indexOf(head) > 0)) ?? (heads[0] as ClassValue);
    result.push(next);
    for (const list of lists) {
      const at = list.indexOf(next);
      if (at >= 0) list.splice(at, 1);
    }
  }
  return result;
}

/** The first class in resolution order that has the attribute, with its value. */
export function lookup(cls: ClassValue, name: string, after?: ClassValue): Value | undefined {
  let from = 0;
  if (after !== undefined) from = cls.mro.indexOf(after) + 1;
  for (let i = from; i < cls.mro.length; i++) {
    const value = (cls.mro[i] as ClassValue).attrs.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

export const isSubclass = (cls: ClassValue, base: ClassValue) => cls.mro.includes(base);
