/**
 * `typing` and `typing_extensions`: annotations are values that can be subscripted; what has a meaning at run time has it.
 */
import { makeClass } from '../classes.ts';
import type { Interpreter } from '../interpreter.ts';
import type { ClassValue, ModuleValue, NativeCall, Value } from '../values.ts';
import { abstractCollections } from './collections.ts';
import { anything, closedModule, nativeClass, partialModule, transparent } from './module.ts';
import { namedTupleBase } from './named-tuple.ts';

/** Special forms without an origin of their own. */
const FORMS = [
  'Any',
  'Union',
  'Optional',
  'Literal',
  'Final',
  'ClassVar',
  'Annotated',
  'Concatenate',
  'TypeAlias',
  'TypeGuard',
  'TypeIs',
  'Self',
  'Never',
  'NoReturn',
  'LiteralString',
  'Required',
  'NotRequired',
  'ReadOnly',
  'Unpack',
  'AnyStr',
  'Text',
];

/** Capitalised names of builtin types. */
const BUILTIN: Readonly<Record<string, 'list' | 'dict' | 'tuple' | 'set' | 'frozenset' | 'type'>> = {
  List: 'list',
  Dict: 'dict',
  Tuple: 'tuple',
  Set: 'set',
  FrozenSet: 'frozenset',
  Type: 'type',
};

const ABSTRACT = [
  'Callable',
  'Iterable',
  'Iterator',
  'Generator',
  'Sequence',
  'MutableSequence',
  'Mapping',
  'MutableMapping',
  'Collection',
  'Container',
  'Hashable',
  'Sized',
  'Reversible',
  'Awaitable',
  'Coroutine',
  'AsyncIterable',
  'AsyncIterator',
  'KeysView',
  'ValuesView',
  'ItemsView',
  'ByteString',
];

/** An annotation such as `Optional[int]`: an object with `__origin__` and `__args__`. */
function aliasClass(interp: Interpreter): ClassValue {
  const cls: ClassValue = nativeClass(interp, '_GenericAlias', 'typing', [
    [
      '__getitem__(this, params, /)',
      (a) => alias(interp, cls, interp.getAttr(a[0] as Value, '__origin__'), a[1] as Value, nameOf(interp, a[0] as Value)),
    ],
    [
      '__call__(this, *args, **kwargs)',
      (a, call, extra) => interp.call(interp.getAttr(a[0] as Value, '__origin__'), extra, call.kwargs),
      anything,
    ],
    ['__or__(this, other, /)', (a) => union(interp, cls, [a[0] as Value, a[1] as Value])],
    ['__ror__(this, other, /)', (a) => union(interp, cls, [a[1] as Value, a[0] as Value])],
    ['__repr__(this, /)', (a) => interp.str(describe(interp, a[0] as Value))],
  ]);
  return cls;
}

function alias(interp: Interpreter, cls: ClassValue, origin: Value, params: Value, name: string): Value {
  const object = interp.object(cls);
  const p = interp.resolve(params);
  const args = p.kind === 'tuple' ? p.items : [p];
  object.attrs.set('__origin__', origin);
  object.attrs.set('__args__', interp.tuple(name === 'Optional' ? [...args, interp.builtins.types.NoneType] : args));
  object.attrs.set('_name', interp.str(name));
  return object;
}

function union(interp: Interpreter, cls: ClassValue, parts: readonly Value[]): Value {
  return alias(
    interp,
    cls,
    interp.none,
    interp.tuple(parts.map((p) => (interp.resolve(p).kind === 'none' ? interp.builtins.types.NoneType : p))),
    'Union',
  );
}

function nameOf(interp: Interpreter, value: Value): string {
  const name = interp.findAttr(value, '_name');
  return (name === undefined ? undefined : interp.asString(name)) ?? '?';
}

function describe(interp: Interpreter, value: Value): string {
  const v = interp.resolve(value);
  if (v.kind === 'class') return v.module === 'builtins' ? v.name : `${v.module}.${v.name}`;
  if (v.kind !== 'object') return interp.repr(v) ?? '?';
  const args = interp.items(v.attrs.get('__args__') ?? interp.none) ?? [];
  const name = nameOf(interp, v);
  const shown = (name === 'Optional' ? args.slice(0, -1) : args).map((a) => describe(interp, a));
  return `typing.${name}${shown.length === 0 ? '' : `[${shown.join(', ')}]`}`;
}

export function typingModule(interp: Interpreter, name: string): ModuleValue {
  const cls = aliasClass(interp);
  const subscript = (origin: Value, label: string): Value => ({
    kind: 'classmethod',
    func: interp.native('__class_getitem__', (call) => alias(interp, cls, origin, call.args[1] ?? interp.none, label), anything),
  });
  const attrs: Record<string, Value> = {};
  for (const form of FORMS) {
    attrs[form] = makeClass(interp, {
      name: form,
      module: 'typing',
      open: form === 'Any',
      attrs: { __class_getitem__: subscript(interp.none, form) },
    });
  }
  attrs.Text = interp.builtins.types.str;
  for (const [alias_, type] of Object.entries(BUILTIN)) {
    const base = interp.builtins.types[type];
    attrs[alias_] = makeClass(interp, {
      name: alias_,
      module: 'typing',
      bases: [base],
      attrs: { __class_getitem__: subscript(base, alias_), __instance_test__: test(interp, base) },
    });
  }
  const abstract = abstractCollections(interp);
  for (const abc of ABSTRACT) attrs[abc] = abstract.attrs.get(abc) as Value;
  const names = ['defaultdict', 'OrderedDict', 'Counter', 'Deque', 'DefaultDict', 'ChainMap'];
  for (const each of names) {
    const known = interp.modules
      .import('collections')
      .attrs.get(each === 'Deque' ? 'deque' : each === 'DefaultDict' ? 'defaultdict' : each);
    if (known !== undefined) attrs[each] = known;
  }
  attrs.AbstractSet = abstract.attrs.get('Set') as Value;
  const { object } = interp.builtins.types;
  for (const base of [
    'Generic',
    'Protocol',
    'SupportsInt',
    'SupportsFloat',
    'SupportsAbs',
    'SupportsIndex',
    'IO',
    'TextIO',
    'BinaryIO',
    'Pattern',
    'Match',
  ]) {
    attrs[base] = makeClass(interp, { name: base, module: 'typing', bases: [object] });
  }
  attrs.NamedTuple = namedTupleBase(interp);
  attrs.TypedDict = typedDictBase(interp);
  attrs.TYPE_CHECKING = interp.bool(false);
  for (const decorator of ['no_type_check', 'runtime_checkable', 'override', 'final', 'dataclass_transform', 'deprecated', 'runtime'])
    attrs[decorator] = transparent(interp, decorator);
  attrs.overload = interp.native('overload', (call) => call.args[0] ?? interp.none);
  for (const variable of ['TypeVar', 'ParamSpec', 'TypeVarTuple']) attrs[variable] = typeVariable(interp, variable);
  attrs.TypeAliasType = interp.native('TypeAliasType', (call) => call.args[1] ?? interp.none);
  attrs.NewType = interp.native('NewType', (call) =>
    interp.native(interp.asString(call.args[0] as Value) ?? 'NewType', (inner) => inner.args[0] as Value, { choices: true }),
  );
  const module = closedModule(
    interp,
    name,
    [
      ['cast(typ, val, /)', (a) => a[1] as Value, { choices: true }],
      ['assert_type(val, typ, /)', (a) => a[0] as Value, { choices: true }],
      ['reveal_type(obj, /)', (a) => a[0] as Value, { choices: true }],
      ['assert_never(arg, /)', () => interp.none],
      ['get_type_hints(obj, *args, **kwargs)', () => interp.dict([], { rest: { key: interp.str(), value: interp.unknown() } })],
      ['get_origin(tp)', (a) => interp.findAttr(a[0] as Value, '__origin__') ?? interp.none],
      ['get_args(tp)', (a) => interp.findAttr(a[0] as Value, '__args__') ?? interp.tuple([])],
    ],
    attrs,
  );
  return name === 'typing' ? { ...module, open: true } : partialModule(interp, name, [], Object.fromEntries(module.attrs.entries()));
}

/** `isinstance(x, List)` asks for a list. */
function test(interp: Interpreter, base: ClassValue): Value {
  return {
    kind: 'classmethod',
    func: interp.native('__instance_test__', (call) => {
      const decision = interp.isInstance(call.args[1] as Value, base);
      return decision === 'unknown' ? interp.unknownBool() : interp.bool(decision === 'yes');
    }),
  };
}

/** Instances of a TypedDict are dicts. */
function typedDictBase(interp: Interpreter): ClassValue {
  const base: ClassValue = makeClass(interp, {
    name: 'TypedDict',
    module: 'typing',
    bases: [interp.builtins.types.dict],
    construct: (call: NativeCall, cls) => {
      if (cls !== base) return interp.call(interp.builtins.types.dict, call.args, call.kwargs);
      return interp.builtins.types.dict;
    },
  });
  return base;
}

function typeVariable(interp: Interpreter, name: string): Value {
  return nativeClass(
    interp,
    name,
    'typing',
    [
      ['__repr__(this, /)', (a) => interp.str(`~${interp.asString(interp.getAttr(a[0] as Value, '__name__')) ?? '?'}`)],
      ['__or__(this, other, /)', () => interp.unknown()],
      ['__ror__(this, other, /)', () => interp.unknown()],
    ],
    {},
    (call, cls) => {
      const object = interp.object(cls);
      object.attrs.set('__name__', call.args[0] ?? interp.str('T'));
      object.attrs.set('args', interp.unknown());
      object.attrs.set('kwargs', interp.unknown());
      object.attrs.set('__bound__', call.kwargs.get('bound') ?? interp.none);
      return object;
    },
  );
}
