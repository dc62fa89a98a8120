/**
 * Named tuples: `collections.namedtuple`, and classes that inherit from `typing.NamedTuple`.
 */
import { userNew } from '../builtins/conversions.ts';
import { makeClass } from '../classes.ts';
import type { Interpreter } from '../interpreter.ts';
import { collect } from '../iteration.ts';
import { getItem } from '../subscripts.ts';
import type { ClassValue, NativeCall, TupleValue, Value } from '../values.ts';

/** The class of named tuples with these fields. */
export function namedTupleClass(
  interp: Interpreter,
  name: string,
  fields: readonly string[],
  defaults: ReadonlyMap<string, Value>,
  module: string,
): ClassValue {
  return makeClass(interp, {
    name,
    module,
    bases: [interp.builtins.types.tuple],
    attrs: tupleAttributes(interp, fields, defaults),
    construct: (call, cls) => constructNamed(call, cls, fields, defaults),
  });
}

function tupleAttributes(interp: Interpreter, fields: readonly string[], defaults: ReadonlyMap<string, Value>): Record<string, Value> {
  const self = (call: NativeCall) => interp.resolve(call.args[0] as Value) as TupleValue;
  const attrs: Record<string, Value> = {
    _fields: interp.tuple(fields.map((f) => interp.str(f))),
    _field_defaults: interp.dict([...defaults].map(([f, v]) => [interp.str(f), v] as const)),
    _replace: interp.native('_replace', (call) => {
      const t = self(call);
      for (const given of call.kwargs.keys())
        if (!fields.includes(given)) interp.raise('ValueError', `Got unexpected field names: ['${given}']`);
      return { ...t, items: t.items.map((item, i) => call.kwargs.get(fields[i] as string) ?? item) };
    }),
    _asdict: interp.native('_asdict', (call) =>
      interp.dict(fields.map((f, i) => [interp.str(f), self(call).items[i] ?? interp.unknown()] as const)),
    ),
    _make: {
      kind: 'classmethod',
      func: interp.native('_make', (call) => interp.call(call.args[0] as Value, collect(interp, call.args[1] as Value).items)),
    },
  };
  fields.forEach((f, i) => {
    attrs[f] = {
      kind: 'property',
      get: interp.native(f, (call) => getItem(interp, call.args[0] as Value, interp.int(i))),
      set: undefined,
      cached: false,
    };
  });
  return attrs;
}

function constructNamed(call: NativeCall, cls: ClassValue, fields: readonly string[], defaults: ReadonlyMap<string, Value>): Value {
  const { interp, args, kwargs } = call;
  const made = userNew(call, cls);
  if (made !== undefined) return made;
  if (args.length > fields.length) {
    interp.raise('TypeError', `${cls.name}.__new__() takes ${fields.length + 1} positional arguments but ${args.length + 1} were given`);
  }
  for (const name of kwargs.keys()) {
    if (!fields.includes(name)) interp.raise('TypeError', `${cls.name}.__new__() got an unexpected keyword argument '${name}'`);
  }
  const missing: string[] = [];
  const items = fields.map((f, i) => {
    const value = args[i] ?? kwargs.get(f) ?? defaults.get(f);
    if (value === undefined) missing.push(`'${f}'`);
    return value ?? interp.none;
  });
  if (missing.length > 0) {
    const plural = missing.length === 1 ? '' : 's';
    const listed = missing.length < 3 ? missing.join(' and ') : `${missing.slice(0, -1).join(', ')}, and ${missing[missing.length - 1]}`;
    interp.raise('TypeError', `${cls.name}.__new__() missing ${missing.length} required positional argument${plural}: ${listed}`);
  }
  return interp.tuple(items, { cls, fields });
}

/** `namedtuple(typename, field_names, *, rename, defaults, module)`. */
export function namedTupleFunction(interp: Interpreter): Value {
  return interp.native('namedtuple', (call) => {
    const name = interp.asString(call.args[0] as Value);
    const given = call.args[1] ?? call.kwargs.get('field_names');
    const fields = given === undefined ? undefined : fieldNames(interp, given);
    if (name === undefined || fields === undefined) return interp.unknown();
    const values = call.kwargs.get('defaults');
    const defaults = new Map<string, Value>();
    if (values !== undefined && interp.resolve(values).kind !== 'none') {
      const listed = interp.items(values) ?? [];
      for (const [i, value] of listed.entries()) defaults.set(fields[fields.length - listed.length + i] as string, value);
    }
    return namedTupleClass(interp, name, fields, defaults, interp.frame?.scope.globals.name ?? '__main__');
  });
}

function fieldNames(interp: Interpreter, given: Value): readonly string[] | undefined {
  const text = interp.asString(given);
  if (text !== undefined) return text.split(/[\s,]+/).filter((f) => f !== '');
  const names = interp.items(given)?.map((v) => interp.asString(v));
  return names === undefined || names.includes(undefined) ? undefined : (names as string[]);
}

/** `typing.NamedTuple`: a base class whose subclasses' annotated names are the fields, or a function that makes one. */
export function namedTupleBase(interp: Interpreter): ClassValue {
  const fieldsOf = (cls: ClassValue): readonly string[] => {
    const own: string[] = [];
    for (const statement of cls.node?.body ?? []) {
      if (statement.kind === 'AnnotatedAssign' && statement.target.kind === 'Name') own.push(statement.target.name);
    }
    return own;
  };
  const base: ClassValue = makeClass(interp, {
    name: 'NamedTuple',
    module: 'typing',
    bases: [interp.builtins.types.tuple],
    construct: (call, cls) => {
      if (cls !== base) {
        const owner = cls.mro.find((c) => c.bases.includes(base)) ?? cls;
        return constructNamed(call, cls, fieldsOf(owner), defaultsOf(owner));
      }
      const name = interp.asString(call.args[0] as Value);
      const pairs = call.args[1] === undefined ? undefined : interp.items(call.args[1]);
      const fields = pairs?.map((p) => interp.asString(interp.items(p)?.[0] ?? interp.none));
      if (name === undefined || fields === undefined || fields.includes(undefined)) return interp.unknown();
      return namedTupleClass(interp, name, fields as string[], new Map(), interp.frame?.scope.globals.name ?? '__main__');
    },
    attrs: {
      __init_subclass__: {
        kind: 'classmethod',
        func: interp.native('__init_subclass__', (call) => {
          const cls = interp.resolve(call.args[0] as Value);
          if (cls.kind !== 'class' || !cls.bases.includes(base)) return interp.none;
          const fields = fieldsOf(cls);
          const attrs = tupleAttributes(interp, fields, defaultsOf(cls));
          remembered.set(cls, defaultsOf(cls));
          for (const [name, value] of Object.entries(attrs)) cls.attrs.set(name, value);
          return interp.none;
        }),
      },
    },
  });
  const remembered = new WeakMap<ClassValue, ReadonlyMap<string, Value>>();
  function defaultsOf(cls: ClassValue): ReadonlyMap<string, Value> {
    const known = remembered.get(cls);
    if (known !== undefined) return known;
    const defaults = new Map<string, Value>();
    for (const field of fieldsOf(cls)) {
      const value = cls.attrs.get(field);
      if (value !== undefined) defaults.set(field, value);
    }
    return defaults;
  }
  return base;
}
