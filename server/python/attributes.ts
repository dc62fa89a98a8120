/**
 * Attribute access as Python does it: instance, class along its resolution order, descriptors, `__getattr__`; and what
 * is known of the attributes of values that are not known themselves.
 */
import type { Decision } from '../dims/cond.ts';
import { isSubclass, lookup } from './classes.ts';
import type { Interpreter } from './interpreter.ts';
import { nearest, suggest } from './spelling.ts';
import type { ClassValue, ModuleValue, UnknownValue, Value } from './values.ts';

export function classOf(interp: Interpreter, value: Value): ClassValue {
  const v = interp.resolve(value);
  const { types } = interp.builtins;
  switch (v.kind) {
    case 'object':
      return v.cls;
    case 'tuple':
      return v.cls ?? types.tuple;
    case 'dict':
      return v.cls ?? types.dict;
    case 'none':
      return types.NoneType;
    case 'bool':
      return types.bool;
    case 'int':
      return types.int;
    case 'float':
      return types.float;
    case 'complex':
      return types.complex;
    case 'str':
      return types.str;
    case 'bytes':
      return types.bytes;
    case 'list':
      return types.list;
    case 'set':
      return v.frozen ? types.frozenset : types.set;
    case 'range':
      return types.range;
    case 'slice':
      return types.slice;
    case 'function':
      return types.function;
    case 'native':
      return types.builtin;
    case 'method':
      return types.method;
    case 'class':
      return types.type;
    case 'module':
      return types.module;
    case 'iterator':
      return types.generator;
    case 'property':
      return types.property;
    case 'ellipsis':
      return types.ellipsis;
    case 'not-implemented':
      return types.NotImplementedType;
    default:
      return types.object;
  }
}

export function isInstance(interp: Interpreter, value: Value, cls: ClassValue): Decision {
  const v = interp.resolve(value);
  if (cls === interp.builtins.types.object) return 'yes';
  if (v.kind === 'unknown') return 'unknown';
  if (v.kind === 'choice') {
    const yes = isInstance(interp, v.yes, cls);
    const no = isInstance(interp, v.no, cls);
    return yes === no ? yes : 'unknown';
  }
  const own = classOf(interp, v);
  if (isSubclass(own, cls)) return 'yes';
  // What inherits from something unknown may be anything that a program can define.
  return own.open && cls !== interp.builtins.types.NoneType && !isBuiltinData(interp, cls) ? 'unknown' : 'no';
}

function isBuiltinData(interp: Interpreter, cls: ClassValue): boolean {
  const { types } = interp.builtins;
  return [types.int, types.float, types.str, types.bool, types.tuple, types.list, types.dict, types.bytes].includes(cls);
}

/** A special method (`__len__`), looked up on the class only, bound. */
export function findSpecial(interp: Interpreter, value: Value, name: string): Value | undefined {
  const v = interp.resolve(value);
  if (v.kind === 'unknown' || v.kind === 'choice') return undefined;
  const found = lookup(classOf(interp, v), name);
  return found === undefined || found.kind === 'none' ? undefined : bind(interp, found, v, classOf(interp, v));
}

/** The attribute, or undefined where the value is known not to have it. */
export function findAttr(interp: Interpreter, value: Value, name: string): Value | undefined {
  const v = interp.resolve(value);
  switch (v.kind) {
    case 'module':
      return moduleAttr(interp, v, name);
    case 'class':
      return classAttr(interp, v, name);
    case 'object':
      return objectAttr(interp, v, name);
    case 'unknown':
      return unknownAttr(interp, v, name);
    case 'choice':
      return interp.fork(
        v.cond,
        () => getAttr(interp, v.yes, name),
        () => getAttr(interp, v.no, name),
        true,
      );
    case 'function': {
      const own = v.attrs.get(name);
      if (own !== undefined) return own;
      if (name === '__name__') return interp.str(v.name);
      if (name === '__qualname__') return interp.str(v.qualifiedName);
      if (name === '__module__') return interp.str(v.scope.globals.name);
      if (name === '__wrapped__') return undefined;
      if (name === '__get__') return interp.native('__get__', (c) => bindMethod(v, c.args[0] ?? interp.none, interp));
      if (name.startsWith('__')) return interp.unknown(name);
      return undefined;
    }
    case 'native':
      if (name === '__name__' || name === '__qualname__') return interp.str(v.name.slice(v.name.lastIndexOf('.') + 1));
      if (name === '__doc__' || name === '__module__') return interp.unknown();
      return undefined;
    case 'method':
      if (name === '__self__') return v.self;
      if (name === '__func__') return v.func;
      return findAttr(interp, v.func, name);
    case 'super': {
      const self = interp.resolve(v.self);
      const cls = self.kind === 'class' ? self : classOf(interp, self);
      const found = lookup(cls, name, v.after);
      if (found === undefined) return cls.open ? interp.unknown(name) : undefined;
      // A base that is not known may come first.
      if (v.after.unseenBase && found.kind === 'function') return interp.unknown(name);
      return self.kind === 'class' ? bindClass(interp, found, self) : bind(interp, found, self, cls);
    }
    case 'tuple': {
      const at = v.fields?.indexOf(name) ?? -1;
      if (at >= 0) return v.items[at];
      return builtinAttr(interp, v, name);
    }
    case 'range':
      if (name === 'start' || name === 'stop' || name === 'step') return interp.int(v[name]);
      return builtinAttr(interp, v, name);
    case 'slice':
      if (name === 'start' || name === 'stop' || name === 'step') return v[name];
      return builtinAttr(interp, v, name);
    case 'complex':
      if (name === 'real') return interp.float(v.re);
      if (name === 'imag') return interp.float(v.im);
      return builtinAttr(interp, v, name);
    case 'property':
      return propertyAttr(interp, v, name);
    default:
      return builtinAttr(interp, v, name);
  }
}

function propertyAttr(interp: Interpreter, v: Extract<Value, { kind: 'property' }>, name: string): Value | undefined {
  if (name === 'setter') return interp.native('setter', (c) => ({ ...v, set: c.args[0] }));
  if (name === 'getter') return interp.native('getter', (c) => ({ ...v, get: c.args[0] }));
  if (name === 'deleter') return interp.native('deleter', () => v);
  if (name === 'fget') return v.get ?? interp.none;
  if (name === 'fset') return v.set ?? interp.none;
  return undefined;
}

function bindMethod(func: Value, self: Value, interp: Interpreter): Value {
  return interp.resolve(self).kind === 'none' ? func : { kind: 'method', self, func };
}

function builtinAttr(interp: Interpreter, v: Value, name: string): Value | undefined {
  const cls = classOf(interp, v);
  if (name === '__class__') return cls;
  if (name === '__doc__') return interp.unknown(name);
  const found = lookup(cls, name);
  return found === undefined ? undefined : bind(interp, found, v, cls);
}

function moduleAttr(interp: Interpreter, v: ModuleValue, name: string): Value | undefined {
  const own = v.attrs.get(name) ?? v.lazy?.(name);
  if (own !== undefined) return own;
  const sub = interp.modules.submodule(v.name, name);
  if (sub !== undefined) return sub;
  if (name === '__name__') return interp.str(v.name);
  if (v.open || name.startsWith('__')) {
    if (interp.modules.isKnown(`${v.name}.${name}`)) return undefined;
    const made = interp.unknown(name);
    if (v.open) made.notes.set('module', v.name);
    v.attrs.set(name, made);
    return made;
  }
  return undefined;
}

function classAttr(interp: Interpreter, cls: ClassValue, name: string): Value | undefined {
  const found = lookup(cls, name);
  if (found !== undefined) return bindClass(interp, found, cls);
  switch (name) {
    case '__name__':
      return interp.str(cls.name);
    case '__qualname__':
      return interp.str(cls.qualifiedName);
    case '__module__':
      return interp.str(cls.module);
    case '__mro__':
      return interp.tuple(cls.mro);
    case '__bases__':
      return interp.tuple(cls.bases);
    case '__class__':
      return interp.builtins.types.type;
    case '__dict__':
      return interp.dict([...cls.attrs.entries()].map(([k, value]) => [interp.str(k), value] as const));
    case 'mro':
      return interp.native('mro', () => interp.list(cls.mro));
    default:
      break;
  }
  const viaType = lookup(interp.builtins.types.type, name);
  if (viaType !== undefined) return bind(interp, viaType, cls, interp.builtins.types.type);
  return cls.open || name.startsWith('__') ? interp.unknown(name) : undefined;
}

function objectAttr(interp: Interpreter, v: Extract<Value, { kind: 'object' }>, name: string): Value | undefined {
  const { cls } = v;
  const found = lookup(cls, name);
  if (found?.kind === 'property') {
    const cached = found.cached ? v.attrs.get(name) : undefined;
    if (cached !== undefined) return cached;
    if (found.get === undefined) return undefined;
    const value = interp.call(found.get, [v]);
    if (found.cached) v.attrs.set(name, value);
    return value;
  }
  const own = v.attrs.get(name);
  if (own !== undefined) return own;
  if (found !== undefined) return bind(interp, found, v, cls);
  if (name === '__class__') return cls;
  if (name === '__dict__') return interp.dict([...v.attrs.entries()].map(([k, value]) => [interp.str(k), value] as const));
  const getattr = lookup(cls, '__getattr__');
  if (getattr !== undefined) {
    const result = interp.call(bind(interp, getattr, v, cls), [interp.str(name)]);
    // A `__getattr__` that finds nothing may find what other code sets.
    const nothing = result.kind === 'none' && interp.mode === 'check' && interp.modules.isAssigned(name);
    return nothing || result.kind === 'not-implemented' ? missing(interp, v, name) : result;
  }
  return missing(interp, v, name);
}

const presumed = new WeakSet<Value>();

const asked = new WeakMap<Value, Set<string>>();

/** Somebody asked whether the object has the attribute, and it may: where it is read then, it is there. */
export function noteAsked(object: Value, name: string): void {
  const names = asked.get(object) ?? new Set();
  asked.set(object, names.add(name));
}

/** The object stands for one of a class nobody makes by itself (a base, a mixin): what it lacks its subclass may have. */
export function presumeMore(object: Value): void {
  presumed.add(object);
}

export const isPresumedMore = (object: Value | undefined): boolean => object !== undefined && presumed.has(object);

/**
 * Whether a resolved value may be able to do what is not written of it: its class inherits from something unknown, it stands for
 * objects of subclasses, or it is only taken for what a library makes.
 */
export function mayBeMore(interp: Interpreter, v: Value): boolean {
  return v.kind === 'object' && (v.cls.open || presumed.has(v) || (interp.mode === 'check' && interp.library.isTaken?.(v) === true));
}

/** An attribute that nothing has set: it may be set by code that has not run, or by a base nobody can see. */
function missing(interp: Interpreter, v: Extract<Value, { kind: 'object' }>, name: string): Value | undefined {
  if (name === '__doc__' || name === '__module__') return interp.unknown(name);
  if (interp.mode === 'run') return v.cls.open ? interp.unknown(name) : undefined;
  if (v.cls.open || presumed.has(v) || (v.cls.node !== undefined && interp.modules.isAssigned(name))) {
    const made = interp.unknown(name);
    v.attrs.set(name, made);
    return made;
  }
  return undefined;
}

function unknownAttr(interp: Interpreter, v: UnknownValue, name: string): Value {
  const known = v.attrs.get(name);
  if (known !== undefined) return known;
  const special = interp.library.unknownAttribute?.(interp, v, name);
  if (special !== undefined) return special;
  const made = interp.unknown(name, v.origin);
  made.notes.set('of', v);
  v.attrs.set(name, made);
  return made;
}

/** What reading a class attribute through an instance gives. */
export function bind(interp: Interpreter, found: Value, self: Value, cls: ClassValue): Value {
  switch (found.kind) {
    case 'function':
    case 'native':
      return { kind: 'method', self, func: found };
    case 'classmethod':
      return { kind: 'method', self: self.kind === 'class' ? self : cls, func: found.func };
    case 'staticmethod':
      return found.func;
    case 'property':
      return found.get === undefined ? interp.unknown() : interp.call(found.get, [self]);
    default:
      return found;
  }
}

function bindClass(_interp: Interpreter, found: Value, cls: ClassValue): Value {
  if (found.kind === 'classmethod') return { kind: 'method', self: cls, func: found.func };
  if (found.kind === 'staticmethod') return found.func;
  return found;
}

export function getAttr(interp: Interpreter, value: Value, name: string): Value {
  const found = findAttr(interp, value, name);
  if (found !== undefined) return found;
  const v = interp.resolve(value);
  const subject =
    v.kind === 'module' ? `module '${v.name}'` : v.kind === 'class' ? `type object '${v.name}'` : `'${interp.typeName(v)}' object`;
  const text = `${subject} has no attribute '${name}'`;
  const names = namesOf(interp, v);
  if (interp.mode === 'check' && !isWorthReporting(interp, v, name, nearest(name, names))) return interp.unknown(name);
  throw interp.error({
    code: 'undefined-attribute',
    ...suggest(text, name, names),
    exception: 'AttributeError',
    text,
    origins: [],
  });
}

function namesOf(interp: Interpreter, v: Value): readonly string[] {
  if (v.kind === 'module') return [...v.attrs.keys(), ...(interp.library.namesIn?.(v.name) ?? [])];
  return v.kind === 'object' ? [...v.attrs.keys(), ...v.cls.mro.flatMap((c) => [...c.attrs.keys()])] : [];
}

/**
 * Whether a missing attribute says something about the program and not about what is modelled. Sequences are known
 * whole, and the foreign library answers for its own; on an object of the program it is a slip where another attribute
 * is nearly of that name, as attributes may come from code that was not followed.
 */
function isWorthReporting(interp: Interpreter, v: Value, name: string, close: string | undefined): boolean {
  if (asked.get(v)?.has(name) === true) return false;
  switch (v.kind) {
    case 'tuple':
      return v.open === undefined;
    case 'list':
      return true;
    case 'module':
      return interp.library.module(v.name) !== undefined;
    case 'object':
      // What a library's class keeps to itself is not all written down.
      if (name.startsWith('_') && v.cls.mro.some((c) => c.node === undefined && c.module !== 'builtins')) return false;
      if (v.cls.node !== undefined)
        return close !== undefined && !v.attrs.has('__dict__') && !v.cls.mro.includes(interp.builtins.types.dict);
      return interp.library.knowsAttributes?.(interp, v, name) === true;
    default:
      return false;
  }
}

export function setAttr(interp: Interpreter, value: Value, name: string, to: Value): void {
  const v = interp.resolve(value);
  switch (v.kind) {
    case 'object': {
      const found = lookup(v.cls, name);
      if (found?.kind === 'property' && !found.cached) {
        if (found.set !== undefined) {
          interp.call(found.set, [v, to]);
          return;
        }
        if (interp.mode === 'run') interp.raise('AttributeError', `property '${name}' of '${v.cls.name}' object has no setter`);
        return;
      }
      const special = lookup(v.cls, '__setattr__');
      const plain = special === undefined || special === interp.builtins.types.object.attrs.get('__setattr__');
      if (!plain) interp.call(bind(interp, special, v, v.cls), [interp.str(name), to]);
      else v.attrs.set(name, to);
      return;
    }
    case 'class':
    case 'module':
    case 'function':
      v.attrs.set(name, to);
      return;
    case 'unknown':
      // What a call made may turn a list into something of its own (a table's column).
      v.attrs.set(name, v.name === undefined && (to.kind === 'list' || to.kind === 'tuple') ? interp.unknown(name) : to);
      return;
    case 'choice':
      setOneOf(interp, v, name, to);
      return;
    case 'method':
    case 'super':
    case 'native':
      return;
    default:
      if (interp.mode === 'run') interp.raise('AttributeError', `'${interp.typeName(v)}' object has no attribute '${name}'`);
  }
}

/** Either of the two is the one that is set; one that does not take the value is not the one. */
function setOneOf(interp: Interpreter, choice: Extract<Value, { kind: 'choice' }>, name: string, to: Value): void {
  const into = (one: Value) => (): Value => {
    setAttr(interp, one, name, to);
    return interp.none;
  };
  interp.fork(choice.cond, into(choice.yes), into(choice.no), true);
}
