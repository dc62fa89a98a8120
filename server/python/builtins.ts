/**
 * The builtin names and types. What a type's methods do stands in the files of `builtins/`.
 */
import { arithmeticFunctions } from './builtins/arithmetic.ts';
import { bytesMethods } from './builtins/bytes-methods.ts';
import { containerSpecials } from './builtins/container-specials.ts';
import * as conversions from './builtins/conversions.ts';
import { dictMethods } from './builtins/dict-methods.ts';
import { exceptionClasses } from './builtins/exceptions.ts';
import { iteratorFunctions, nextItem } from './builtins/iterators.ts';
import { listMethods, sequenceMethods, sliceMethods } from './builtins/list-methods.ts';
import { complexMethods, floatMethods, intMethods } from './builtins/number-methods.ts';
import { makeProperty, objectMethods } from './builtins/object-methods.ts';
import { reflectionFunctions } from './builtins/reflection.ts';
import { setMethods } from './builtins/set-methods.ts';
import { strMethods } from './builtins/str-methods.ts';
import { build, makeClass } from './classes.ts';
import { Cells } from './heap.ts';
import type { Interpreter } from './interpreter.ts';
import type { ClassValue, NativeCall, Value } from './values.ts';

const TYPE_NAMES = [
  'object',
  'type',
  'int',
  'float',
  'bool',
  'complex',
  'str',
  'bytes',
  'list',
  'tuple',
  'dict',
  'set',
  'frozenset',
  'range',
  'slice',
  'function',
  'method',
  'builtin',
  'module',
  'property',
  'staticmethod',
  'classmethod',
  'super',
  'NoneType',
  'ellipsis',
  'NotImplementedType',
  'generator',
] as const;

export type TypeName = (typeof TYPE_NAMES)[number];

export interface Builtins {
  /** Everything that can be named without an import. */
  readonly names: Map<string, Value>;
  readonly types: Readonly<Record<TypeName, ClassValue>>;
}

type Construct = (call: NativeCall, cls: ClassValue) => Value;

export function createBuiltins(interp: Interpreter): Builtins {
  const types = makeTypes(interp);
  const names = new Map<string, Value>();
  for (const [name, cls] of exceptionClasses(interp, types.object)) names.set(name, cls);
  for (const functions of [arithmeticFunctions(interp), iteratorFunctions(interp), reflectionFunctions(interp)]) {
    for (const [name, value] of Object.entries(functions)) names.set(name, value);
  }
  for (const name of TYPE_NAMES) if (!HIDDEN.has(name)) names.set(name, types[name]);
  // One can be written to and makes a tensor, unlike bytes.
  names.set('bytearray', interp.mode === 'run' ? types.bytes : interp.native('bytearray', () => interp.unknown('bytearray')));
  names.set('memoryview', types.bytes);
  names.set('NotImplemented', interp.notImplemented);
  names.set('Ellipsis', interp.ellipsis);
  names.set('__debug__', interp.bool(true));
  names.set('__name__', interp.str('builtins'));
  return { names, types };
}

/** Types that have no builtin name. */
const HIDDEN: ReadonlySet<TypeName> = new Set([
  'function',
  'method',
  'builtin',
  'module',
  'NoneType',
  'ellipsis',
  'NotImplementedType',
  'generator',
]);

function makeTypes(interp: Interpreter): Readonly<Record<TypeName, ClassValue>> {
  const object = makeClass(interp, { name: 'object', bases: [], attrs: objectMethods(interp) });
  const make = (
    name: string,
    attrs: Record<string, Value> = {},
    construct?: Construct,
    bases: readonly ClassValue[] = [object],
  ): ClassValue => makeClass(interp, { name, bases, attrs, ...(construct === undefined ? {} : { construct }) });
  const of = (signature: string, convert: Parameters<typeof conversions.constructor>[2], boxed = true) =>
    conversions.constructor(interp, signature, convert, boxed);
  const int = make(
    'int',
    intMethods(interp),
    of('int(x=0, /, base=10)', (a) => conversions.toInt(interp, a)),
  );
  const types: Record<TypeName, ClassValue> = {
    object,
    type: make('type', {}, typeOf),
    int,
    float: make(
      'float',
      floatMethods(interp),
      of('float(x=0, /)', (a) => conversions.toFloat(interp, a[0])),
    ),
    bool: make(
      'bool',
      {},
      of('bool(x=False, /)', (a) => interp.bool(a[0] === undefined ? false : interp.truth(a[0])), false),
      [int],
    ),
    complex: make(
      'complex',
      complexMethods(interp),
      of('complex(real=0, imag=0)', (a) => conversions.toComplex(interp, a)),
    ),
    str: make(
      'str',
      { ...strMethods(interp), ...containerSpecials(interp) },
      of("str(object='', encoding=None, errors=None)", (a) => conversions.toStr(interp, a)),
    ),
    bytes: make(
      'bytes',
      { ...bytesMethods(interp), ...containerSpecials(interp) },
      of('bytes(source=None, encoding=None, errors=None)', (a) => conversions.toBytes(interp, a)),
    ),
    list: make(
      'list',
      { ...containerSpecials(interp, true), ...listMethods(interp) },
      of('list(iterable=(), /)', (a) => conversions.toList(interp, a[0])),
    ),
    tuple: make('tuple', { ...containerSpecials(interp), ...sequenceMethods(interp) }, tupleOf(interp)),
    dict: make(
      'dict',
      { ...containerSpecials(interp, true), ...dictMethods(interp) },
      of('dict(mapping=(), /, **kwargs)', (a, call, cls) => conversions.toDict(interp, a, call, cls)),
    ),
    set: make(
      'set',
      { ...containerSpecials(interp), ...setMethods(interp, false) },
      of('set(iterable=(), /)', (a) => conversions.toSet(interp, a[0], false)),
    ),
    frozenset: make(
      'frozenset',
      { ...containerSpecials(interp), ...setMethods(interp, true) },
      of('frozenset(iterable=(), /)', (a) => conversions.toSet(interp, a[0], true)),
    ),
    range: make(
      'range',
      { ...containerSpecials(interp), ...sequenceMethods(interp) },
      of('range(start, stop=None, step=1, /)', (a) => conversions.toRange(interp, a), false),
    ),
    slice: make('slice', sliceMethods(interp), sliceOf(interp)),
    function: make('function'),
    method: make('method'),
    builtin: make('builtin_function_or_method'),
    module: make('module'),
    property: make('property', {}, makeProperty(interp, false)),
    staticmethod: make('staticmethod', {}, (call) => ({ kind: 'staticmethod', func: call.args[0] ?? interp.none })),
    classmethod: make('classmethod', {}, (call) => ({ kind: 'classmethod', func: call.args[0] ?? interp.none })),
    super: make('super', {}, () => interp.unknown()),
    NoneType: make('NoneType', {}, () => interp.none),
    ellipsis: make('ellipsis', {}, () => interp.ellipsis),
    NotImplementedType: make('NotImplementedType', {}, () => interp.notImplemented),
    generator: make('generator', generatorMethods(interp)),
  };
  types.dict.attrs.set('fromkeys', { kind: 'classmethod', func: dictMethods(interp).fromkeys as Value });
  return types;
}

/** `type(x)`, or a new class from a name, bases and a dict. */
function typeOf(call: NativeCall): Value {
  const { interp, args } = call;
  const first = interp.resolve(args[0] ?? interp.none);
  if (args.length < 3) return first.kind === 'unknown' ? interp.unknown() : interp.classOf(first);
  const name = interp.asString(first);
  const bases = interp.items(args[1] as Value)?.map((b) => interp.resolve(b));
  const body = interp.resolve(args[2] as Value);
  if (name === undefined || bases === undefined || body.kind !== 'dict') return interp.unknown();
  const known = bases.filter((b) => b.kind === 'class');
  const attrs = new Cells(interp.heap);
  for (const [key, value] of body.slot.get().entries.values()) {
    const attribute = interp.asString(key);
    if (attribute !== undefined) attrs.set(attribute, value);
  }
  return build(interp, {
    name,
    qualifiedName: name,
    module: interp.frame?.scope.globals.name ?? '__main__',
    bases: known.length === 0 ? [interp.builtins.types.object] : known,
    attrs,
    open: known.length < bases.length || body.slot.get().rest !== undefined,
    node: known.find((b) => b.node !== undefined)?.node,
    file: interp.frame?.file,
    construct: undefined,
    entry: undefined,
  });
}

/** A subclass of tuple is a tuple with a class. */
function tupleOf(interp: Interpreter): Construct {
  const make = conversions.constructor(interp, 'tuple(iterable=(), /)', (a) => conversions.toTuple(interp, a[0]), false);
  return (call, cls) => {
    const value = make(call, cls);
    return cls === interp.builtins.types.tuple || value.kind !== 'tuple' ? value : { ...value, cls };
  };
}

function sliceOf(interp: Interpreter): Construct {
  return ({ args }) => {
    const [a, b, c] = args;
    const none = interp.none;
    if (args.length <= 1) return { kind: 'slice', start: none, stop: a ?? none, step: none };
    return { kind: 'slice', start: a ?? none, stop: b ?? none, step: c ?? none };
  };
}

function generatorMethods(interp: Interpreter): Record<string, Value> {
  const self = (call: NativeCall) => interp.resolve(call.args[0] as Value);
  return {
    __iter__: interp.native('__iter__', self),
    __next__: interp.native('__next__', (call) => nextItem(interp, self(call), undefined)),
    close: interp.native('close', () => interp.none),
    throw: interp.native('throw', () => interp.unknown()),
    send: interp.native('send', (call) => {
      const it = self(call);
      if (it.kind !== 'iterator' || it.send === undefined) return nextItem(interp, it, undefined);
      const item = it.send(call.args[1] ?? interp.none);
      return item ?? interp.raise('StopIteration', '');
    }),
  };
}
