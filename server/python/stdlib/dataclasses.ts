/**
 * `dataclasses`. The fields of a class are read off its syntax (annotated names, in order, after those of its bases).
 */

import { equal, less } from '../builtins/ordering.ts';
import { lookup } from '../classes.ts';
import { PyError } from '../faults.ts';
import type { Interpreter } from '../interpreter.ts';
import { dictKey } from '../keys.ts';
import { suggest } from '../spelling.ts';
import type { Expression } from '../syntax.ts';
import type { ClassValue, ModuleValue, NativeCall, ObjectValue, Value } from '../values.ts';
import { deepCopy } from './copy.ts';
import { anything, closedModule, Holder, held, nativeClass } from './module.ts';

/** One field; `kind` is `init` for an InitVar, which is an argument but no attribute. */
export interface DataField {
  readonly name: string;
  readonly kind: 'field' | 'init';
  readonly default: Value | undefined;
  readonly factory: Value | undefined;
  readonly init: boolean;
  readonly repr: boolean;
  readonly compare: boolean;
  readonly keywordOnly: boolean;
}

class FieldOptions {
  readonly kwargs: ReadonlyMap<string, Value>;
  constructor(kwargs: ReadonlyMap<string, Value>) {
    this.kwargs = kwargs;
  }
}

const fieldsByClass = new WeakMap<ClassValue, readonly DataField[]>();

/** The fields of a data class or an instance of one. */
export function fieldsOf(interp: Interpreter, value: Value): readonly DataField[] | undefined {
  const v = interp.resolve(value);
  const cls = v.kind === 'class' ? v : v.kind === 'object' ? v.cls : undefined;
  for (const c of cls?.mro ?? []) {
    const fields = fieldsByClass.get(c);
    if (fields !== undefined) return fields;
  }
  return undefined;
}

export function dataclassesModule(interp: Interpreter): ModuleValue {
  const missing = interp.object(nativeClass(interp, '_MISSING_TYPE', 'dataclasses', []));
  const fieldClass = nativeClass(interp, 'Field', 'dataclasses', []);
  const initVar = nativeClass(interp, 'InitVar', 'dataclasses', []);
  const none = interp.none;
  const decorate = (cls: Value, options: ReadonlyMap<string, Value>): Value => {
    const c = interp.resolve(cls);
    if (c.kind !== 'class') return cls;
    const flag = (name: string, otherwise: boolean) => {
      const given = options.get(name);
      return given === undefined ? otherwise : interp.decide(interp.truth(given)) === 'yes';
    };
    makeDataClass(interp, c, flag, missing);
    return c;
  };
  return closedModule(
    interp,
    'dataclasses',
    [
      ['asdict(obj, *, dict_factory=None)', (a) => converted(interp, a[0] as Value, true)],
      ['astuple(obj, *, tuple_factory=None)', (a) => converted(interp, a[0] as Value, false)],
      [
        'is_dataclass(obj)',
        (a) =>
          interp.resolve(a[0] as Value).kind === 'unknown'
            ? interp.unknownBool()
            : interp.bool(fieldsOf(interp, a[0] as Value) !== undefined),
      ],
      [
        'fields(class_or_instance)',
        (a) => {
          const fields = fieldsOf(interp, a[0] as Value);
          if (fields === undefined) return interp.unknown();
          const shown = fields
            .filter((f) => f.kind === 'field')
            .map((f) => {
              const object = interp.object(fieldClass);
              const set = (name: string, v: Value) => object.attrs.set(name, v);
              set('name', interp.str(f.name));
              set('default', f.default ?? missing);
              set('default_factory', f.factory ?? missing);
              set('init', interp.bool(f.init));
              set('repr', interp.bool(f.repr));
              set('compare', interp.bool(f.compare));
              set('kw_only', interp.bool(f.keywordOnly));
              set('type', interp.unknown('type'));
              set('metadata', interp.dict([], { rest: { key: interp.unknown(), value: interp.unknown() } }));
              return object;
            });
          return interp.tuple(shown);
        },
      ],
      ['make_dataclass(cls_name, fields, **kwargs)', () => interp.unknown(), anything],
    ],
    {
      dataclass: interp.native(
        'dataclass',
        ({ args, kwargs }) => {
          if (args[0] !== undefined) return decorate(args[0], kwargs);
          return interp.native('dataclass', (call) => decorate(call.args[0] ?? none, kwargs));
        },
        anything,
      ),
      field: interp.native('field', ({ kwargs }) => interp.object(fieldClass, new Holder(new FieldOptions(kwargs))), { choices: true }),
      replace: interp.native('replace', (call) => replace(call), { choices: true }),
      Field: fieldClass,
      InitVar: initVar,
      KW_ONLY: nativeClass(interp, 'KW_ONLY', 'dataclasses', []),
      MISSING: missing,
      FrozenInstanceError: nativeClass(interp, 'FrozenInstanceError', 'dataclasses', [], {}, undefined, [
        interp.builtinClass('AttributeError'),
      ]),
    },
  );
}

/** The last name of an annotation: `ClassVar` for `typing.ClassVar[int]`. */
function annotationName(node: Expression): string {
  if (node.kind === 'Subscript') return annotationName(node.value);
  if (node.kind === 'Attribute' || node.kind === 'Name') return node.name;
  if (node.kind === 'Constant' && typeof node.value === 'string') return /^[\w.]*?(\w+)\s*(\[|$)/.exec(node.value)?.[1] ?? '';
  return '';
}

function readFields(interp: Interpreter, cls: ClassValue, keywordOnly: boolean): readonly DataField[] {
  const fields = new Map<string, DataField>();
  for (const base of [...cls.mro.slice(1)].reverse()) for (const f of fieldsByClass.get(base) ?? []) fields.set(f.name, f);
  let keywords = keywordOnly;
  // A name annotated twice stands for what was assigned last, both times.
  const assigned = new Map<string, Value | undefined>();
  for (const statement of cls.node?.body ?? []) {
    if (statement.kind !== 'AnnotatedAssign' || statement.target.kind !== 'Name') continue;
    const { name } = statement.target;
    const annotation = annotationName(statement.annotation);
    if (annotation === 'ClassVar') continue;
    if (annotation === 'KW_ONLY') {
      keywords = true;
      continue;
    }
    if (!assigned.has(name)) assigned.set(name, cls.attrs.get(name));
    const given = statement.value === undefined ? undefined : assigned.get(name);
    const options = held(interp, given, FieldOptions)?.kwargs;
    const flag = (option: string) => {
      const v = options?.get(option);
      return v === undefined || interp.decide(interp.truth(v)) !== 'no';
    };
    if (options !== undefined) {
      const value = options.get('default');
      if (value === undefined) cls.attrs.delete(name);
      else cls.attrs.set(name, value);
    }
    const own = options?.get('kw_only');
    fields.set(name, {
      name,
      kind: annotation === 'InitVar' ? 'init' : 'field',
      default: options === undefined ? given : options.get('default'),
      factory: options?.get('default_factory'),
      init: flag('init'),
      repr: flag('repr'),
      compare: flag('compare'),
      keywordOnly: own === undefined ? keywords : interp.decide(interp.truth(own)) === 'yes',
    });
  }
  return [...fields.values()];
}

type Flag = (name: string, otherwise: boolean) => boolean;

function makeDataClass(interp: Interpreter, cls: ClassValue, flag: Flag, missing: Value): void {
  const fields = readFields(interp, cls, flag('kw_only', false)).map((f) => ({
    ...f,
    default: f.default === missing ? undefined : f.default,
    factory: f.factory === missing ? undefined : f.factory,
  }));
  fieldsByClass.set(cls, fields);
  const set = (name: string, value: Value) => {
    if (!cls.attrs.has(name)) cls.attrs.set(name, value);
  };
  let optional = false;
  for (const f of fields) {
    if (!f.init || f.keywordOnly) continue;
    const has = f.default !== undefined || f.factory !== undefined;
    if (optional && !has && !cls.open) interp.raise('TypeError', `non-default argument '${f.name}' follows default argument`);
    optional ||= has;
    const value = f.default === undefined ? undefined : interp.resolve(f.default);
    if (
      value !== undefined &&
      (value.kind === 'list' || value.kind === 'dict' || value.kind === 'set') &&
      !(value.kind === 'set' && value.frozen)
    ) {
      interp.raise(
        'ValueError',
        `mutable default ${interp.repr(interp.classOf(value))} for field ${f.name} is not allowed: use default_factory`,
      );
    }
  }
  const frozen = flag('frozen', false);
  cls.attrs.set('__dataclass_fields__', interp.dict(fields.map((f) => [interp.str(f.name), interp.unknown()] as const)));
  cls.attrs.set('__match_args__', interp.tuple(fields.filter((f) => f.init).map((f) => interp.str(f.name))));
  if (flag('init', true))
    set(
      '__init__',
      interp.native('__init__', (call) => initialise(call, cls, fields), { choices: true, openArgs: true }),
    );
  const shown = fields.filter((f) => f.kind === 'field' && f.repr);
  if (flag('repr', true))
    set(
      '__repr__',
      interp.native('__repr__', (call) => interp.str(describe(interp, interp.resolve(call.args[0] as Value), shown))),
    );
  const compared = fields.filter((f) => f.kind === 'field' && f.compare);
  const items = (v: Value) => interp.tuple(compared.map((f) => interp.getAttr(v, f.name)));
  if (flag('eq', true)) {
    set(
      '__eq__',
      interp.native('__eq__', ({ args }) => {
        const [a, b] = args.map((v) => interp.resolve(v)) as [Value, Value];
        if (b.kind === 'unknown' || b.kind === 'choice') return interp.unknownBool();
        if (a.kind !== 'object' || b.kind !== 'object' || a.cls !== b.cls) return interp.notImplemented;
        const same = equal(interp, items(a), items(b));
        return same === 'unknown' ? interp.unknownBool() : interp.bool(same === 'yes');
      }),
    );
  }
  if (flag('order', false)) setOrder(interp, cls, items);
  if (frozen || flag('unsafe_hash', false))
    set(
      '__hash__',
      interp.native('__hash__', ({ args }) => interp.call(interp.builtin('hash'), [items(args[0] as Value)])),
    );
  if (frozen) {
    cls.attrs.set(
      '__setattr__',
      interp.native('__setattr__', (call) => {
        const name = interp.asString(call.args[1] as Value) ?? '?';
        const text = `cannot assign to field '${name}'`;
        const error = interp.call(interp.getAttr(interp.modules.import('dataclasses'), 'FrozenInstanceError'), [interp.str(text)]);
        throw new PyError(error, 'FrozenInstanceError', text, interp.stack(), undefined);
      }),
    );
  }
}

function setOrder(interp: Interpreter, cls: ClassValue, items: (v: Value) => Value): void {
  const define = (name: string, of: (a: Value, b: Value) => 'yes' | 'no' | 'unknown', negate: boolean) =>
    cls.attrs.set(
      name,
      interp.native(name, ({ args }) => {
        const answer = of(items(args[0] as Value), items(args[1] as Value));
        return answer === 'unknown' ? interp.unknownBool() : interp.bool((answer === 'yes') !== negate);
      }),
    );
  define('__lt__', (a, b) => less(interp, a, b), false);
  define('__gt__', (a, b) => less(interp, b, a), false);
  define('__le__', (a, b) => less(interp, b, a), true);
  define('__ge__', (a, b) => less(interp, a, b), true);
}

function badCall(interp: Interpreter, text: string): never {
  throw interp.error({ code: 'call-arguments', message: text, exception: 'TypeError', text, origins: [] });
}

/** The generated `__init__`. */
function initialise(call: NativeCall, cls: ClassValue, fields: readonly DataField[]): Value {
  const { interp } = call;
  const self = interp.resolve(call.args[0] as Value) as ObjectValue;
  if (cls.open) return initialiseMore(call, self, fields);
  const given = call.args.slice(1);
  const positional = fields.filter((f) => f.init && !f.keywordOnly);
  const name = `${cls.qualifiedName}.__init__()`;
  if (given.length > positional.length) {
    const least = positional.filter((f) => f.default === undefined && f.factory === undefined).length + 1;
    const most = positional.length + 1;
    const takes = least === most ? `${most}` : `from ${least} to ${most}`;
    badCall(interp, `${name} takes ${takes} positional argument${most === 1 ? '' : 's'} but ${given.length + 1} were given`);
  }
  for (const key of call.kwargs.keys()) {
    const at = positional.findIndex((f) => f.name === key);
    if (at >= 0 && at < given.length) badCall(interp, `${name} got multiple values for argument '${key}'`);
    if (!fields.some((f) => f.init && f.name === key)) {
      const text = `${name} got an unexpected keyword argument '${key}'`;
      const names = fields.map((f) => f.name);
      throw interp.error({ code: 'call-arguments', ...suggest(text, key, names), exception: 'TypeError', text, origins: [] });
    }
  }
  const missing: string[] = [];
  const initOnly: Value[] = [];
  for (const f of fields) {
    let value = f.init ? (f.keywordOnly ? call.kwargs.get(f.name) : (given[positional.indexOf(f)] ?? call.kwargs.get(f.name))) : undefined;
    if (value === undefined && f.init && call.open) value = interp.unknown(f.name);
    if (value === undefined) value = f.factory === undefined ? f.default : interp.call(f.factory, []);
    if (value === undefined) {
      if (f.init) missing.push(`'${f.name}'`);
      continue;
    }
    if (f.kind === 'init') initOnly.push(value);
    else self.attrs.set(f.name, value);
  }
  if (missing.length > 0) {
    const last = missing[missing.length - 1];
    const names = missing.length < 3 ? missing.join(' and ') : `${missing.slice(0, -1).join(', ')}, and ${last}`;
    badCall(interp, `${name} missing ${missing.length} required positional argument${missing.length === 1 ? '' : 's'}: ${names}`);
  }
  const post = lookup(self.cls, '__post_init__');
  if (post !== undefined) interp.call(post, [self, ...initOnly]);
  return interp.none;
}

/** A base that nobody can read has fields of its own, which are given first: where a position leads is not known. */
function initialiseMore(call: NativeCall, self: ObjectValue, fields: readonly DataField[]): Value {
  const { interp } = call;
  const places = call.open || call.args.length > 1;
  const initOnly: Value[] = [];
  for (const f of fields) {
    const own = () => (f.factory === undefined ? f.default : interp.call(f.factory, [])) ?? interp.unknown(f.name);
    const value = (f.init ? call.kwargs.get(f.name) : undefined) ?? (f.init && places && !f.keywordOnly ? interp.unknown(f.name) : own());
    if (f.kind === 'init') initOnly.push(value);
    else self.attrs.set(f.name, value);
  }
  for (const [name, value] of call.kwargs) if (!fields.some((f) => f.name === name)) self.attrs.set(name, value);
  const post = lookup(self.cls, '__post_init__');
  if (post !== undefined) interp.call(post, [self, ...initOnly]);
  return interp.none;
}

const writing = new Set<Value>();

function describe(interp: Interpreter, object: Value, fields: readonly DataField[]): string | undefined {
  if (object.kind !== 'object') return undefined;
  if (writing.has(object)) return '...';
  writing.add(object);
  try {
    const parts = fields.map((f) => [f.name, interp.repr(interp.getAttr(object, f.name))] as const);
    if (parts.some(([, text]) => text === undefined)) return undefined;
    return `${object.cls.qualifiedName}(${parts.map(([name, text]) => `${name}=${text}`).join(', ')})`;
  } finally {
    writing.delete(object);
  }
}

/** `asdict` and `astuple`: nested data classes, lists, tuples and dicts are converted too. */
function converted(interp: Interpreter, value: Value, toDict: boolean): Value {
  const v = interp.resolve(value);
  const fields = v.kind === 'object' ? fieldsOf(interp, v) : undefined;
  const each = (item: Value) => converted(interp, item, toDict);
  if (fields !== undefined) {
    const pairs = fields.filter((f) => f.kind === 'field').map((f) => [interp.str(f.name), each(interp.getAttr(v, f.name))] as const);
    return toDict ? interp.dict(pairs) : interp.tuple(pairs.map(([, item]) => item));
  }
  switch (v.kind) {
    case 'list': {
      const { items, rest } = v.slot.get();
      return interp.list({ items: items.map(each), rest });
    }
    case 'tuple':
      return v.open !== undefined ? v : { ...v, items: v.items.map(each) };
    case 'dict':
      return interp.dict(
        [...v.slot.get().entries.values()].map(([key, item]) => [each(key), each(item)] as const),
        v.slot.get().rest === undefined ? {} : { rest: v.slot.get().rest as { key: Value; value: Value } },
      );
    case 'unknown':
    case 'choice':
      return v;
    default:
      return dictKey(interp, v) === undefined ? deepCopy(interp, v) : v;
  }
}

function replace(call: NativeCall): Value {
  const { interp } = call;
  const object = interp.resolve(call.args[0] as Value);
  const fields = fieldsOf(interp, object);
  if (fields === undefined || object.kind !== 'object') return interp.unknown();
  const kwargs = new Map(call.kwargs);
  for (const f of fields) if (f.init && f.kind === 'field' && !kwargs.has(f.name)) kwargs.set(f.name, interp.getAttr(object, f.name));
  return interp.call(object.cls, [], kwargs, call.node);
}
