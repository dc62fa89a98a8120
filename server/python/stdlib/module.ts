/**
 * How standard modules are written down: signatures with bodies, and whether other attributes may exist.
 */
import type { Body, NativeOptions } from '../builtins/define.ts';
import { table } from '../builtins/define.ts';
import { makeClass } from '../classes.ts';
import type { Interpreter } from '../interpreter.ts';
import type { ClassValue, ModuleValue, NativeCall, Payload, Value } from '../values.ts';

export type Entry = readonly [signature: string, body: Body, options?: NativeOptions];

/** For natives that do not look at their arguments. */
export const anything: NativeOptions = { openArgs: true, choices: true };

/** A module that has these attributes and no others. */
export function closedModule(
  interp: Interpreter,
  name: string,
  functions: readonly Entry[],
  attrs: Record<string, Value> = {},
): ModuleValue {
  return interp.module(name, { ...table(interp, functions), ...attrs });
}

/** A module of which only this is known; anything else may be there. */
export function partialModule(
  interp: Interpreter,
  name: string,
  functions: readonly Entry[] = [],
  attrs: Record<string, Value> = {},
): ModuleValue {
  return { ...interp.module(name, { ...table(interp, functions), ...attrs }), open: true };
}

/** A function that does nothing and gives None. */
export function silent(interp: Interpreter, name: string): Value {
  return interp.native(name, () => interp.none, anything);
}

/** A decorator that gives back what it decorates, with or without arguments of its own. */
export function transparent(interp: Interpreter, name: string): Value {
  return interp.native(
    name,
    ({ args, kwargs }) => {
      const first = args[0] === undefined ? undefined : interp.resolve(args[0]);
      if (args.length === 1 && kwargs.size === 0 && (first?.kind === 'function' || first?.kind === 'class' || first?.kind === 'method'))
        return first;
      return interp.native(name, (call) => call.args[0] ?? interp.none, anything);
    },
    anything,
  );
}

/** A class whose instances hold native data. */
export class Holder<T> implements Payload {
  readonly data: T;

  constructor(data: T) {
    this.data = data;
  }

  join(other: Payload): Payload | undefined {
    return this.same(other) ? this : undefined;
  }

  same(other: Payload): boolean {
    return other instanceof Holder && other.data === this.data;
  }
}

/** The data an instance holds, if it is of that kind. */
export function held<T>(interp: Interpreter, value: Value | undefined, kind: new (...args: never[]) => T): T | undefined {
  const v = value === undefined ? undefined : interp.resolve(value);
  const payload = v?.kind === 'object' ? v.payload.get() : undefined;
  return payload instanceof Holder && payload.data instanceof kind ? payload.data : undefined;
}

export function nativeClass(
  interp: Interpreter,
  name: string,
  module: string,
  methods: readonly Entry[],
  attrs: Record<string, Value> = {},
  construct?: (call: NativeCall, cls: ClassValue) => Value,
  bases?: readonly ClassValue[],
): ClassValue {
  return makeClass(interp, {
    name,
    module,
    attrs: { ...table(interp, methods), ...attrs },
    ...(construct === undefined ? {} : { construct }),
    ...(bases === undefined ? {} : { bases }),
    // What is not written down here may still be there.
    open: interp.mode === 'check',
  });
}

/** A property that is computed. */
export function computed(interp: Interpreter, get: (self: Value) => Value): Value {
  return {
    kind: 'property',
    get: interp.native('get', (call) => get(interp.resolve(call.args[0] as Value))),
    set: undefined,
    cached: false,
  };
}

/** A class of which nothing but its name is known: any attribute may exist. */
export function openClass(interp: Interpreter, name: string, module: string): ClassValue {
  return makeClass(interp, { name, module, open: true, construct: (call, cls) => call.interp.object(cls) });
}
