/**
 * What every object inherits from `object`, and the descriptors' constructors.
 */
import { lookup } from '../classes.ts';
import { formatValue } from '../format-spec.ts';
import type { Interpreter } from '../interpreter.ts';
import { address, str } from '../text.ts';
import type { ClassValue, NativeCall, Value } from '../values.ts';
import { constructPlainly } from './conversions.ts';
import { define } from './define.ts';

const anything = { openArgs: true, choices: true } as const;

export function objectMethods(interp: Interpreter): Record<string, Value> {
  const init = interp.native('__init__', (call) => checkInit(call), anything);
  const self = (call: NativeCall) => interp.resolve(call.args[0] as Value);
  return {
    __init__: init,
    __new__: { kind: 'staticmethod', func: interp.native('__new__', makeNew, { openArgs: true, choices: true }) },
    __init_subclass__: { kind: 'classmethod', func: interp.native('__init_subclass__', () => interp.none, anything) },
    __setattr__: interp.native('__setattr__', setAttribute, anything),
    __delattr__: interp.native(
      '__delattr__',
      (call) => {
        const object = self(call);
        const name = interp.asString(call.args[1] as Value);
        if (object.kind === 'object' && name !== undefined) object.attrs.delete(name);
        return interp.none;
      },
      anything,
    ),
    __getattribute__: define(interp, '__getattribute__(self, name, /)', (a) => {
      const name = interp.asString(a[1] as Value);
      return name === undefined ? interp.unknown() : interp.getAttr(a[0] as Value, name);
    }),
    __repr__: interp.native('__repr__', (call) => {
      const v = self(call);
      if (v.kind !== 'object') return interp.str(interp.repr(v));
      return interp.str(`<${v.cls.module}.${v.cls.qualifiedName} object at ${address(v.id)}>`);
    }),
    __str__: interp.native('__str__', (call) => interp.str(interp.repr(self(call)))),
    __format__: interp.native('__format__', (call) => {
      const v = self(call);
      const spec = interp.asString(call.args[1] as Value);
      if (spec === undefined) return interp.str();
      if (v.kind !== 'object') return interp.str(formatValue(interp, v, spec));
      // What a native class of another library does with a specification is its own affair.
      if (spec !== '' && interp.mode === 'check' && v.cls.node === undefined) return interp.str();
      if (spec !== '') interp.raise('TypeError', `unsupported format string passed to ${v.cls.name}.__format__`);
      return interp.str(str(interp, v));
    }),
    __hash__: interp.native('__hash__', (call) => {
      const v = self(call);
      return interp.int('id' in v ? v.id : 1);
    }),
    __sizeof__: interp.native('__sizeof__', () => interp.freshInt('?', { least: 16 })),
    __reduce__: interp.native('__reduce__', () => interp.unknown()),
    __dir__: interp.native('__dir__', (call) => interp.call(interp.builtin('dir'), [self(call)])),
    __subclasshook__: { kind: 'classmethod', func: interp.native('__subclasshook__', () => interp.notImplemented) },
  };

  /** Arguments that no `__init__` or `__new__` of the class's own takes are an error. */
  function checkInit(call: NativeCall): Value {
    const object = self(call);
    if (call.open || object.kind !== 'object' || (call.args.length <= 1 && call.kwargs.size === 0)) return interp.none;
    const { cls } = object;
    // A native class of another library may take arguments that nobody wrote down.
    if (cls.open || cls.mro.some((c) => c.node === undefined && c.module !== 'builtins' && c.module !== 'abc')) return interp.none;
    const own = lookup(cls, '__init__') !== init;
    // What nobody makes by itself passes its arguments on to the bases that stand beside it in a subclass.
    if (interp.mode === 'check' && lookup(cls, '__init__') !== init && isPassedOn(cls)) return interp.none;
    const made = lookup(cls, '__new__');
    if (!own && made !== undefined && made !== interp.builtins.types.object.attrs.get('__new__')) return interp.none;
    const text = own ? 'object.__init__() takes exactly one argument (the instance to initialize)' : `${cls.name}() takes no arguments`;
    throw interp.error({ code: 'call-arguments', message: text, exception: 'TypeError', text, origins: [] });
  }
}

/** A class of the program's without bases. */
function isPassedOn(cls: ClassValue): boolean {
  return cls.node !== undefined && cls.mro.every((c) => c === cls || c.node === undefined);
}

/** `object.__new__(cls)`, and `super().__new__(cls, value)` in a subclass of a builtin type. */
function makeNew(call: NativeCall): Value {
  const { interp } = call;
  const cls = interp.resolve(call.args[0] as Value);
  if (cls.kind !== 'class') return interp.unknown();
  if (cls.construct !== undefined) return constructPlainly({ ...call, args: call.args.slice(1) }, cls);
  return interp.object(cls);
}

function setAttribute(call: NativeCall): Value {
  const { interp } = call;
  const object = interp.resolve(call.args[0] as Value);
  const name = interp.asString(call.args[1] as Value);
  if (name === undefined || call.args[2] === undefined) return interp.none;
  if (object.kind === 'object') object.attrs.set(name, call.args[2]);
  else interp.setAttr(object, name, call.args[2]);
  return interp.none;
}

export function makeProperty(interp: Interpreter, cached: boolean): (call: NativeCall) => Value {
  return ({ args, kwargs }) => {
    const given = (i: number, name: string) => {
      const v = args[i] ?? kwargs.get(name);
      return v === undefined || interp.resolve(v).kind === 'none' ? undefined : v;
    };
    return { kind: 'property', get: given(0, 'fget'), set: given(1, 'fset'), cached };
  };
}
