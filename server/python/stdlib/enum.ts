/**
 * `enum`. The members of an enumeration are made when its class statement ends, from the values its body assigned.
 */

import { Boxed, unbox } from '../builtins/define.ts';
import { equal } from '../builtins/ordering.ts';
import { lookup, makeClass } from '../classes.ts';
import type { Interpreter } from '../interpreter.ts';
import { iteratorOver } from '../iteration.ts';
import { binary } from '../operators.ts';
import type { ClassValue, ModuleValue, NativeCall, ObjectValue, Value } from '../values.ts';
import { anything, Holder, held, nativeClass, partialModule, transparent } from './module.ts';

class Auto {}

const membersOf = new WeakMap<ClassValue, Map<string, ObjectValue>>();

function members(cls: ClassValue): readonly ObjectValue[] {
  return [...new Set(membersOf.get(cls)?.values() ?? [])];
}

export function enumModule(interp: Interpreter): ModuleValue {
  const { types } = interp.builtins;
  const auto = nativeClass(interp, 'auto', 'enum', [], {}, (_call, cls) => interp.object(cls, new Holder(new Auto())));
  const attrs = enumAttributes(interp);
  const root: ClassValue = makeClass(interp, { name: 'Enum', module: 'enum', attrs, construct: find });
  const make = (name: string, bases: readonly ClassValue[], more: Record<string, Value> = {}) =>
    makeClass(interp, { name, module: 'enum', bases, attrs: more, construct: find });
  const flag = make('Flag', [root], flagOperators(interp));
  const strText = interp.native('__str__', (call) => unbox(interp, call.args[0] as Value));
  const intText = interp.native('__str__', (call) => interp.str(interp.repr(unbox(interp, call.args[0] as Value))));
  const plainFormat = interp.native('__format__', (call) =>
    interp.call(interp.builtin('format'), [unbox(interp, call.args[0] as Value), call.args[1] ?? interp.str('')]),
  );
  return partialModule(interp, 'enum', [], {
    Enum: root,
    EnumMeta: makeClass(interp, { name: 'EnumMeta', module: 'enum', open: true, bases: [types.type] }),
    EnumType: makeClass(interp, { name: 'EnumType', module: 'enum', open: true, bases: [types.type] }),
    IntEnum: make('IntEnum', [types.int, root], { ...attrs, __str__: intText, __format__: plainFormat }),
    StrEnum: make('StrEnum', [types.str, root], { ...attrs, __str__: strText, __format__: plainFormat }),
    Flag: flag,
    IntFlag: make('IntFlag', [types.int, flag], { ...attrs, __str__: intText, __format__: plainFormat, ...flagOperators(interp) }),
    auto,
    unique: transparent(interp, 'unique'),
    verify: interp.native('verify', () => transparent(interp, 'verify'), anything),
    member: interp.native('member', (call) => call.args[0] ?? interp.none),
    nonmember: interp.native('nonmember', (call) => call.args[0] ?? interp.none),
    property: types.property,
  });
}

function enumAttributes(interp: Interpreter): Record<string, Value> {
  const self = (call: NativeCall) => interp.resolve(call.args[0] as Value);
  const classmethod = (name: string, of: (call: NativeCall) => Value): Value => ({
    kind: 'classmethod',
    func: interp.native(name, of, anything),
  });
  const classOf = (call: NativeCall) => self(call) as ClassValue;
  const nameOf = (v: Value) => (v.kind === 'object' ? interp.asString(v.attrs.get('name') ?? interp.none) : undefined);
  return {
    __init_subclass__: classmethod('__init_subclass__', (call) => {
      collectMembers(interp, classOf(call));
      return interp.none;
    }),
    // What iterating, measuring and subscripting the class itself means.
    __iter_class__: interp.native('__iter_class__', (call) => iteratorOver({ items: members(classOf(call)), rest: undefined })),
    __meta_getitem__: interp.native('__meta_getitem__', (call) => {
      const name = interp.asString(call.args[1] as Value);
      const cls = classOf(call);
      if (name === undefined) return oneOf(interp, cls);
      return membersOf.get(cls)?.get(name) ?? interp.raise('KeyError', `'${name}'`);
    }),
    __members__: {
      kind: 'property',
      get: interp.native('__members__', (call) => {
        const v = self(call);
        const cls = v.kind === 'class' ? v : interp.classOf(v);
        return interp.dict([...(membersOf.get(cls) ?? [])].map(([name, member]) => [interp.str(name), member] as const));
      }),
      set: undefined,
      cached: false,
    },
    __repr__: interp.native('__repr__', (call) => {
      const v = self(call);
      const value = v.kind === 'object' ? interp.repr(v.attrs.get('value') ?? interp.none) : undefined;
      return interp.str(value === undefined || v.kind !== 'object' ? undefined : `<${v.cls.name}.${nameOf(v)}: ${value}>`);
    }),
    __str__: interp.native('__str__', (call) => {
      const v = self(call);
      return interp.str(v.kind === 'object' ? `${v.cls.name}.${nameOf(v)}` : undefined);
    }),
    __format__: interp.native('__format__', (call) =>
      interp.call(interp.builtin('format'), [interp.str(interp.str_(self(call))), call.args[1] ?? interp.str('')]),
    ),
    __hash__: interp.native('__hash__', (call) => {
      const v = self(call);
      return interp.int('id' in v ? v.id : 0);
    }),
  };
}

/** Turns what the class body assigned into members, in order. */
function collectMembers(interp: Interpreter, cls: ClassValue): void {
  const found = new Map<string, ObjectValue>();
  membersOf.set(cls, found);
  // Calling an enumeration looks a member up, whatever type its members have (`class Mode(str, Enum)`).
  (cls as { construct: ClassValue['construct'] }).construct = find;
  let last: Value | undefined;
  const isStr = cls.mro.includes(interp.builtins.types.str);
  const isFlag = cls.mro.some((c) => c.name === 'Flag' && c.module === 'enum');
  const init = lookup(cls, '__init__');
  for (const [name, given] of [...cls.attrs.entries()]) {
    if (/^__.*__$/.test(name) || /^_.*_$/.test(name)) continue;
    if (['function', 'property', 'staticmethod', 'classmethod', 'native', 'class'].includes(given.kind)) continue;
    const isAuto = held(interp, given, Auto) !== undefined;
    const value = isAuto ? automatic(interp, name, last, isStr, isFlag) : given;
    last = value;
    const alias = [...found.values()].find((m) => equal(interp, m.attrs.get('value') as Value, value) === 'yes');
    const member = alias ?? makeMember(interp, cls, name, value);
    if (alias === undefined && init?.kind === 'function') {
      const v = interp.resolve(value);
      interp.call(init, [member, ...(v.kind === 'tuple' ? v.items : [v])]);
    }
    found.set(name, member);
    cls.attrs.set(name, member);
  }
}

function automatic(interp: Interpreter, name: string, last: Value | undefined, isStr: boolean, isFlag: boolean): Value {
  if (isStr) return interp.str(name.toLowerCase());
  if (last === undefined) return interp.int(1);
  const before = interp.asInt(last);
  if (isFlag && before !== undefined) return interp.int(2 ** (Math.floor(Math.log2(Math.max(1, before))) + 1));
  return interp.resolve(last).kind === 'int' ? binary(interp, '+', last, interp.int(1)) : interp.int(1);
}

function makeMember(interp: Interpreter, cls: ClassValue, name: string, value: Value): ObjectValue {
  const { int, str, float } = interp.builtins.types;
  const data = cls.mro.includes(int) || cls.mro.includes(str) || cls.mro.includes(float);
  const member = data ? interp.object(cls, new Boxed(value)) : interp.object(cls);
  member.attrs.set('name', interp.str(name));
  member.attrs.set('value', value);
  member.attrs.set('_name_', interp.str(name));
  member.attrs.set('_value_', value);
  return member;
}

/** Some member: which is not known. */
function oneOf(interp: Interpreter, cls: ClassValue): Value {
  const [first, ...others] = members(cls);
  if (first === undefined || others.length > 3) return interp.unknown();
  return others.reduce<Value>((all, m) => interp.join(interp.freshFlag('?'), all, m), first);
}

/** `Color(value)`: the member of that value; a new class for `Enum('Color', 'RED GREEN')`. */
function find(call: NativeCall, cls: ClassValue): Value {
  const { interp } = call;
  const wanted = interp.resolve(call.args[0] ?? interp.none);
  const all = members(cls);
  if (all.length === 0 && call.args.length >= 2) return functional(call, cls);
  if (wanted.kind === 'object' && wanted.cls === cls) return wanted;
  for (const member of all) {
    const same = equal(interp, member.attrs.get('value') as Value, wanted);
    if (same === 'yes') return member;
    if (same === 'unknown') return oneOf(interp, cls);
  }
  if (cls.mro.some((c) => c.name === 'Flag' && c.module === 'enum')) return combined(interp, cls, wanted);
  const missing = lookup(cls, '_missing_');
  if (missing !== undefined) {
    const made = interp.call(missing.kind === 'classmethod' ? missing.func : missing, [cls, wanted]);
    if (interp.resolve(made).kind !== 'none') return made;
  }
  if (cls.open) return interp.unknown();
  return interp.raise('ValueError', `${interp.repr(wanted) ?? 'value'} is not a valid ${cls.qualifiedName}`);
}

function functional(call: NativeCall, base: ClassValue): Value {
  const { interp } = call;
  const name = interp.asString(call.args[0] as Value);
  const given = interp.resolve(call.args[1] as Value);
  const text = interp.asString(given);
  const names = text !== undefined ? text.split(/[\s,]+/).filter((n) => n !== '') : interp.items(given)?.map((v) => interp.asString(v));
  if (name === undefined || names === undefined || names.includes(undefined)) return interp.unknown();
  const cls = makeClass(interp, { name, module: interp.frame?.scope.globals.name ?? '__main__', bases: [base], construct: find });
  (names as string[]).forEach((n, i) => {
    const value = given.kind === 'dict' ? ([...given.slot.get().entries.values()][i]?.[1] ?? interp.int(i + 1)) : interp.int(i + 1);
    cls.attrs.set(n, value);
  });
  collectMembers(interp, cls);
  return cls;
}

// ---------------------------------------------------------------- flags

/** A combination of flags: a member without a place in the class. */
function combined(interp: Interpreter, cls: ClassValue, value: Value): Value {
  const n = interp.asInt(value);
  const whole = members(cls).find((m) => interp.asInt(m.attrs.get('value') as Value) === n);
  if (n === undefined || whole !== undefined) return whole ?? interp.unknown();
  const parts = members(cls).filter((m) => {
    const bit = interp.asInt(m.attrs.get('value') as Value) ?? 0;
    return bit !== 0 && (n & bit) === bit && (bit & (bit - 1)) === 0;
  });
  const name = parts.map((m) => interp.asString(m.attrs.get('name') as Value)).join('|');
  return makeMember(interp, cls, name === '' ? '0' : name, value);
}

function flagOperators(interp: Interpreter): Record<string, Value> {
  const valueOf = (v: Value) => {
    const u = interp.resolve(v);
    return u.kind === 'object' ? (u.attrs.get('value') ?? interp.unknown()) : u;
  };
  const operator = (name: string, op: '|' | '&' | '^') =>
    interp.native(name, ({ args }) => {
      const self = interp.resolve(args[0] as Value);
      if (self.kind !== 'object') return interp.notImplemented;
      return combined(interp, self.cls, binary(interp, op, valueOf(self), valueOf(args[1] as Value)));
    });
  return {
    __or__: operator('__or__', '|'),
    __and__: operator('__and__', '&'),
    __xor__: operator('__xor__', '^'),
    __contains__: interp.native('__contains__', ({ args }) => {
      const [a, b] = [interp.asInt(valueOf(args[0] as Value)), interp.asInt(valueOf(args[1] as Value))];
      return a === undefined || b === undefined ? interp.unknownBool() : interp.bool((a & b) === b);
    }),
    __bool__: interp.native('__bool__', ({ args }) => interp.bool(interp.truth(valueOf(args[0] as Value)))),
  };
}
