/**
 * Builtin functions about values themselves: types, attributes, identity, `print`, and the descriptors' constructors.
 */
import type { Cond } from '../../dims/cond.ts';
import { always, and, never, or } from '../../dims/cond.ts';
import { noteAsked } from '../attributes.ts';
import { forgetThatEmpty, isCallable } from '../calls.ts';
import { isSubclass, lookup } from '../classes.ts';
import { PyError } from '../faults.ts';
import { formatValue } from '../format-spec.ts';
import type { Interpreter } from '../interpreter.ts';
import { flagOf } from '../truth.ts';
import { FOREIGN } from '../uncounted.ts';
import type { Value } from '../values.ts';
import { table } from './define.ts';

/** Whether a value is an instance of a class or of one of several; asking twice about the same unknown gives the same. */
export function instanceCond(interp: Interpreter, value: Value, cls: Value): Cond {
  const v = interp.resolve(value);
  const c = interp.resolve(cls);
  if (v.kind === 'choice') {
    const yes = instanceCond(interp, v.yes, c);
    const no = instanceCond(interp, v.no, c);
    return or(and(v.cond, yes), and({ kind: 'not', of: v.cond }, no));
  }
  switch (c.kind) {
    case 'tuple':
      if (c.rest !== undefined) return interp.freshFlag('?');
      return or(never, ...c.items.map((item) => instanceCond(interp, v, item)));
    case 'none':
      return instanceCond(interp, v, interp.builtins.types.NoneType);
    case 'class': {
      const hook = lookup(c, '__instance_test__');
      if (hook?.kind === 'classmethod') return interp.truth(interp.call(hook.func, [c, v]));
      const decision = interp.isInstance(v, c);
      if (decision !== 'unknown') return { kind: 'const', value: decision === 'yes' };
      return v.kind === 'unknown' ? flagOf(v, `instance:${c.id}`) : interp.freshFlag('?');
    }
    case 'object': {
      const parts = interp.findAttr(c, '__args__');
      if (parts !== undefined && parts.kind === 'tuple') return instanceCond(interp, v, parts);
      return interp.freshFlag('?');
    }
    case 'unknown':
      // In a function that was called its arguments go together.
      if (interp.frames.length > 1) return v.kind === 'unknown' ? flagOf(v, `instance:?${c.id}`, FOREIGN) : interp.freshFlag(FOREIGN);
      return v.kind === 'unknown' ? flagOf(v, `instance:?${c.id}`) : interp.freshFlag('?');
    case 'choice':
    case 'module':
      return interp.freshFlag('?');
    default:
      interp.raise('TypeError', 'isinstance() arg 2 must be a type, a tuple of types, or a union');
  }
}

function subclassCond(interp: Interpreter, value: Value, cls: Value): Cond {
  const v = interp.resolve(value);
  const c = interp.resolve(cls);
  if (c.kind === 'tuple' && c.rest === undefined) return or(never, ...c.items.map((item) => subclassCond(interp, v, item)));
  if (v.kind === 'unknown' || c.kind === 'unknown' || c.kind === 'object') return interp.freshFlag('?');
  if (v.kind !== 'class') interp.raise('TypeError', 'issubclass() arg 1 must be a class');
  if (c.kind !== 'class') interp.raise('TypeError', 'issubclass() arg 2 must be a class, a tuple of classes, or a union');
  if (isSubclass(v, c)) return { kind: 'const', value: true };
  return v.open ? interp.freshFlag('?') : never;
}

function attributeName(interp: Interpreter, v: Value): string | undefined {
  if (v.kind !== 'str' && v.kind !== 'unknown') interp.raise('TypeError', `attribute name must be string, not '${interp.typeName(v)}'`);
  return interp.asString(v);
}

/** An attribute whose name is not known is set: outside of a constructor it is likely one that has such a value already. */
function setAny(interp: Interpreter, of: Value, to: Value): void {
  if (of.kind === 'choice') {
    setAny(interp, interp.resolve(of.yes), to);
    setAny(interp, interp.resolve(of.no), to);
  } else if (of.kind === 'object' && to.kind === 'object' && interp.frame?.name !== '__init__') {
    for (const [name, held] of [...of.attrs.entries()]) {
      const v = interp.resolve(held);
      if (v.kind === 'object' && v.cls === to.cls) of.attrs.set(name, interp.join(interp.freshFlag('?'), to, v));
    }
  }
}

function hasAttribute(interp: Interpreter, object: Value, name: string | undefined): Value {
  if (name === undefined) return interp.unknownBool();
  const v = interp.resolve(object);
  if (v.kind === 'unknown') {
    // What was read without a default is there; what was only asked for may be.
    const read = v.attrs.has(name) && !v.notes.has(`flag:has:${name}`);
    return interp.bool(read ? always : flagOf(v, `has:${name}`));
  }
  if (v.kind === 'object' && !v.attrs.has(name) && (v.cls.open || interp.mode === 'check') && v.cls.mro.every((c) => !c.attrs.has(name))) {
    // Reading it would make it up; whether it is there depends on what has run.
    if (!v.cls.open && !interp.modules.isAssigned(name)) return readable(interp, v, name);
    noteAsked(v, name);
    return interp.unknownBool();
  }
  if (v.kind === 'module' && v.open && !v.attrs.has(name)) return interp.unknownBool();
  return readable(interp, v, name);
}

function readable(interp: Interpreter, v: Value, name: string): Value {
  interp.speculative++;
  try {
    return interp.bool(interp.findAttr(v, name) !== undefined);
  } catch (error) {
    if (error instanceof PyError) return error.exception === 'AttributeError' ? interp.bool(false) : interp.unknownBool();
    throw error;
  } finally {
    interp.speculative--;
  }
}

function attributeOr(interp: Interpreter, object: Value, name: string | undefined, otherwise: Value | undefined): Value {
  const v = interp.resolve(object);
  if (name === undefined) {
    // What is done to it may be done to any of the attributes.
    if (interp.mode === 'check' && v.kind === 'object')
      for (const [, held] of [...v.attrs.entries()]) forgetThatEmpty(interp, interp.resolve(held));
    return interp.unknown();
  }
  if (otherwise === undefined) return interp.getAttr(v, name);
  const there = interp.decide(interp.truth(hasAttribute(interp, v, name)));
  if (there === 'yes') return interp.getAttr(v, name);
  if (there === 'no') return otherwise;
  return interp.join(interp.truth(hasAttribute(interp, v, name)), interp.findAttr(v, name) ?? interp.unknown(), otherwise);
}

export function reflectionFunctions(interp: Interpreter): Record<string, Value> {
  const none = interp.none;
  const names = (v: Value): readonly string[] | undefined => {
    switch (v.kind) {
      case 'object':
        return v.cls.open ? undefined : [...new Set([...v.attrs.keys(), ...v.cls.mro.flatMap((c) => [...c.attrs.keys()])])];
      case 'class':
        return v.open ? undefined : [...new Set(v.mro.flatMap((c) => [...c.attrs.keys()]))];
      case 'module':
        return v.open || v.lazy !== undefined ? undefined : [...v.attrs.keys()];
      case 'unknown':
      case 'choice':
        return undefined;
      default:
        return [...new Set(interp.classOf(v).mro.flatMap((c) => [...c.attrs.keys()]))];
    }
  };
  const nameList = (list: readonly string[] | undefined): Value =>
    interp.list(
      list === undefined
        ? { items: [], rest: { element: interp.str(), length: interp.freshInt('?', { least: 0 }).dim } }
        : [...list].sort().map((name) => interp.str(name)),
    );
  return table(interp, [
    ['isinstance(obj, class_or_tuple, /)', (a) => interp.bool(instanceCond(interp, a[0] as Value, a[1] as Value)), { choices: true }],
    ['issubclass(cls, class_or_tuple, /)', (a) => interp.bool(subclassCond(interp, a[0] as Value, a[1] as Value))],
    ['getattr(object, name, default=None, /)', (a) => attributeOr(interp, a[0] as Value, attributeName(interp, a[1] as Value), a[2])],
    ['hasattr(object, name, /)', (a) => hasAttribute(interp, a[0] as Value, attributeName(interp, a[1] as Value))],
    [
      'setattr(object, name, value, /)',
      (a) => {
        const name = attributeName(interp, a[1] as Value);
        if (name !== undefined) interp.setAttr(a[0] as Value, name, a[2] as Value);
        else setAny(interp, interp.resolve(a[0] as Value), interp.resolve(a[2] as Value));
        return none;
      },
    ],
    [
      'delattr(object, name, /)',
      (a) => {
        const name = attributeName(interp, a[1] as Value);
        const v = a[0] as Value;
        if (name === undefined || !('attrs' in v)) return none;
        if (!v.attrs.delete(name) && v.kind === 'object' && interp.mode === 'run') interp.raise('AttributeError', name);
        return none;
      },
    ],
    [
      'callable(obj, /)',
      (a) => {
        const answer = isCallable(interp, a[0] as Value);
        return answer === undefined ? interp.unknownBool() : interp.bool(answer);
      },
    ],
    [
      'id(obj, /)',
      (a) => ('id' in (a[0] as Value) ? interp.int(0x7f0000000000 + (a[0] as { id: number }).id * 16) : interp.freshInt('?', { least: 1 })),
    ],
    ['repr(obj, /)', (a) => interp.str(interp.repr(a[0] as Value))],
    ['ascii(obj, /)', (a) => interp.str(interp.repr(a[0] as Value)?.replace(/[^\x00-\x7f]/gu, escaped))],
    [
      "format(value, format_spec='', /)",
      (a) => {
        const spec = a[1] === undefined ? '' : interp.asString(a[1]);
        return interp.str(spec === undefined ? undefined : formatValue(interp, a[0] as Value, spec));
      },
    ],
    ['vars(object=None, /)', (a) => (a[0] === undefined ? namespace(interp, 'locals') : interp.getAttr(a[0], '__dict__'))],
    ['dir(object=None, /)', (a) => nameList(a[0] === undefined ? [...(interp.frame?.scope.cells.keys() ?? [])] : names(a[0]))],
    ['globals()', () => namespace(interp, 'globals')],
    ['locals()', () => namespace(interp, 'locals')],
    ['input(prompt=None, /)', () => interp.str()],
    ['open(file, *args, **kwargs)', () => interp.unknown('open'), { openArgs: true, choices: true }],
    [
      'print(*values, sep=None, end=None, file=None, flush=False)',
      (a, _call, extra) => print(interp, extra, a),
      { choices: true, openArgs: true },
    ],
    ['exit(code=None)', (a) => leave(interp, a[0])],
    ['quit(code=None)', (a) => leave(interp, a[0])],
    // What an interpreter puts there for people at its prompt.
    ['help(*args, **kwargs)', () => none, { openArgs: true, choices: true }],
    ['license(*args, **kwargs)', () => none, { openArgs: true, choices: true }],
    ['credits(*args, **kwargs)', () => none, { openArgs: true, choices: true }],
    ['copyright(*args, **kwargs)', () => none, { openArgs: true, choices: true }],
    ['eval(*args, **kwargs)', () => execute(interp), { openArgs: true, choices: true }],
    ['exec(*args, **kwargs)', () => execute(interp), { openArgs: true, choices: true }],
    ['compile(*args, **kwargs)', () => interp.unknown(), { openArgs: true, choices: true }],
    ['breakpoint(*args, **kwargs)', () => none, { openArgs: true, choices: true }],
    [
      '__import__(name, *args, **kwargs)',
      (a, call, extra) => {
        const name = interp.asString(a[0] as Value);
        // With a list of names it is the module itself, without one the package that it is in.
        return name === undefined || extra.length + call.kwargs.size > 0
          ? interp.unknown()
          : interp.modules.import(name.split('.')[0] as string);
      },
    ],
  ]);
}

const escaped = (c: string): string => {
  const code = c.codePointAt(0) as number;
  if (code < 256) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
};

function namespace(interp: Interpreter, which: 'globals' | 'locals'): Value {
  const scope = interp.frame?.scope;
  if (scope === undefined) return interp.unknown();
  const cells = which === 'globals' ? scope.globals.cells : scope.cells;
  const open = interp.mode === 'check';
  // Whoever is given the table may put names into it.
  if (open && which === 'globals') scope.globals.open = true;
  return interp.dict(
    [...cells.entries()].map(([name, value]) => [interp.str(name), value] as const),
    open ? { rest: { key: interp.str(), value: interp.unknown() } } : {},
  );
}

/** Code nobody can see runs: any global name may exist afterwards. */
function execute(interp: Interpreter): Value {
  const scope = interp.frame?.scope;
  if (scope !== undefined) scope.globals.open = true;
  return interp.unknown();
}

function leave(interp: Interpreter, code: Value | undefined): never {
  const value = interp.call(interp.builtinClass('SystemExit'), code === undefined ? [] : [code]);
  throw new PyError(value, 'SystemExit', code === undefined ? '' : (interp.str_(code) ?? ''), interp.stack(), undefined);
}

/** Only a run writes; what goes to another file than the standard output is not shown. */
function print(interp: Interpreter, values: readonly Value[], [sep, end, file]: readonly (Value | undefined)[]): Value {
  if (interp.mode !== 'run') {
    return interp.none;
  }
  const target = file === undefined ? undefined : interp.resolve(file);
  const texts = values.map((v) => interp.str_(v) ?? '?');
  const text = (v: Value | undefined, otherwise: string) =>
    v === undefined || v.kind === 'none' ? otherwise : (interp.asString(v) ?? otherwise);
  const line = texts.join(text(sep, ' ')) + text(end, '\n');
  if (target === undefined || target.kind === 'none') interp.write(line);
  else if (target.kind === 'object') interp.callMethod(target, 'write', [interp.str(line)]);
  return interp.none;
}
