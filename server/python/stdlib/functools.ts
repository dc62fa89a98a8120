/**
 * `functools`.
 */
import { equal, less } from '../builtins/ordering.ts';
import type { Interpreter } from '../interpreter.ts';
import { collect } from '../iteration.ts';
import { dictKey } from '../keys.ts';
import type { ClassValue, ModuleValue, NativeCall, Value } from '../values.ts';
import { anything, closedModule, Holder, held, nativeClass, transparent } from './module.ts';

class Partial {
  readonly func: Value;
  readonly args: readonly Value[];
  readonly kwargs: ReadonlyMap<string, Value>;

  constructor(func: Value, args: readonly Value[], kwargs: ReadonlyMap<string, Value>) {
    this.func = func;
    this.args = args;
    this.kwargs = kwargs;
  }
}

const COPIED = ['__module__', '__name__', '__qualname__', '__doc__'];

export function functoolsModule(interp: Interpreter): ModuleValue {
  const partial = partialClass(interp);
  return closedModule(
    interp,
    'functools',
    [
      ['reduce(function, iterable, initial=None, /)', (a, call) => reduce(interp, a, call.args.length > 2)],
      ['update_wrapper(wrapper, wrapped, assigned=None, updated=None)', (a) => copyNames(interp, a[0] as Value, a[1] as Value)],
      [
        'wraps(wrapped, assigned=None, updated=None)',
        (a) => interp.native('wraps', (call) => copyNames(interp, call.args[0] as Value, a[0] as Value), anything),
      ],
      ['cmp_to_key(mycmp)', (a) => keyByComparison(interp, a[0] as Value)],
      ['total_ordering(cls)', (a) => totalOrdering(interp, a[0] as Value)],
    ],
    {
      partial,
      partialmethod: interp.native('partialmethod', (call) => partialMethod(call), { choices: true }),
      lru_cache: memoising(interp, 'lru_cache'),
      cache: memoising(interp, 'cache'),
      cached_property: interp.native('cached_property', ({ args }) => ({ kind: 'property', get: args[0], set: undefined, cached: true })),
      singledispatch: interp.native('singledispatch', (call) => singleDispatch(call)),
      singledispatchmethod: transparent(interp, 'singledispatchmethod'),
      WRAPPER_ASSIGNMENTS: interp.tuple(COPIED.map((name) => interp.str(name))),
    },
  );
}

function partialClass(interp: Interpreter): ClassValue {
  const of = (self: Value) => held(interp, self, Partial);
  const property = (get: (p: Partial) => Value): Value => ({
    kind: 'property',
    get: interp.native('get', (call) => {
      const p = of(call.args[0] as Value);
      return p === undefined ? interp.unknown() : get(p);
    }),
    set: undefined,
    cached: false,
  });
  const cls: ClassValue = nativeClass(
    interp,
    'partial',
    'functools',
    [
      [
        '__repr__(self, /)',
        (a) => {
          const p = of(a[0] as Value);
          if (p === undefined) return interp.str();
          const parts = [p.func, ...p.args].map((v) => interp.repr(v) ?? '?');
          for (const [name, v] of p.kwargs) parts.push(`${name}=${interp.repr(v) ?? '?'}`);
          return interp.str(`functools.partial(${parts.join(', ')})`);
        },
      ],
    ],
    {
      __call__: interp.native(
        '__call__',
        (call) => {
          const p = of(call.args[0] as Value);
          if (p === undefined) return interp.unknown();
          if (call.open) return interp.unknown();
          return interp.call(p.func, [...p.args, ...call.args.slice(1)], new Map([...p.kwargs, ...call.kwargs]), call.node);
        },
        anything,
      ),
      func: property((p) => p.func),
      args: property((p) => interp.tuple(p.args)),
      keywords: property((p) => interp.dict([...p.kwargs].map(([name, v]) => [interp.str(name), v] as const))),
    },
    (call, made) => {
      const [given, ...args] = call.args;
      if (given === undefined) interp.raise('TypeError', "type 'partial' takes at least one argument");
      const func = interp.resolve(given);
      const inner = of(func);
      const data =
        inner === undefined
          ? new Partial(func, args, call.kwargs)
          : new Partial(inner.func, [...inner.args, ...args], new Map([...inner.kwargs, ...call.kwargs]));
      return interp.object(made, new Holder(data));
    },
  );
  return cls;
}

function partialMethod(call: NativeCall): Value {
  const { interp, args, kwargs } = call;
  const func = args[0] ?? interp.none;
  return interp.native(
    'partialmethod',
    (inner) =>
      interp.call(
        func,
        [inner.args[0] as Value, ...args.slice(1), ...inner.args.slice(1)],
        new Map([...kwargs, ...inner.kwargs]),
        inner.node,
      ),
    { choices: true },
  );
}

function reduce(interp: Interpreter, a: readonly (Value | undefined)[], hasInitial: boolean): Value {
  const fn = a[0] as Value;
  const { items, rest } = collect(interp, a[1] as Value);
  let index = 0;
  let total = hasInitial ? (a[2] as Value) : items[index++];
  if (total === undefined) {
    if (rest !== undefined) return interp.unknown();
    interp.raise('TypeError', 'reduce() of empty iterable with no initial value');
  }
  for (; index < items.length; index++) total = interp.call(fn, [total, items[index] as Value]);
  return rest === undefined ? total : interp.unknown();
}

function copyNames(interp: Interpreter, wrapper: Value, wrapped: Value): Value {
  const to = interp.resolve(wrapper);
  const from = interp.resolve(wrapped);
  if (to.kind !== 'function') return to;
  if (from.kind === 'function' || from.kind === 'class' || from.kind === 'native') {
    for (const name of COPIED) {
      const value = interp.findAttr(from, name);
      if (value !== undefined && value.kind !== 'unknown') to.attrs.set(name, value);
    }
  }
  if (from.kind === 'function') for (const [name, value] of from.attrs.entries()) if (!to.attrs.has(name)) to.attrs.set(name, value);
  to.attrs.set('__wrapped__', from);
  return to;
}

/** A cache that remembers calls whose arguments are all known; while checking nothing is remembered. */
function memoising(interp: Interpreter, name: string): Value {
  const decorate = (fn: Value): Value => {
    const cells = interp.cells();
    if (interp.mode === 'check') return fn;
    const wrapper = interp.native(interp.resolve(fn).kind === 'function' ? (interp.resolve(fn) as { name: string }).name : name, (call) => {
      const key = dictKey(interp, interp.tuple([...call.args, ...[...call.kwargs].flatMap(([k, v]) => [interp.str(k), v])]));
      const known = key === undefined ? undefined : cells.get(key);
      if (known !== undefined) return known;
      const result = interp.call(fn, call.args, call.kwargs, call.node);
      if (key !== undefined) cells.set(key, result);
      return result;
    });
    return wrapper;
  };
  return interp.native(
    name,
    ({ args }) => {
      const first = args[0] === undefined ? undefined : interp.resolve(args[0]);
      if (first?.kind === 'function' || first?.kind === 'method') return decorate(first);
      return interp.native(name, (call) => decorate(call.args[0] as Value), anything);
    },
    anything,
  );
}

/** The function itself, with `register` that remembers implementations by class. */
function singleDispatch(call: NativeCall): Value {
  const { interp } = call;
  const fallback = call.args[0] as Value;
  const cases: { cls: Value; fn: Value }[] = [];
  const cls = nativeClass(interp, 'singledispatch', 'functools', [], {
    __call__: interp.native('__call__', (inner) => {
      const [, first, ...rest] = inner.args;
      const args = first === undefined ? [] : [first, ...rest];
      for (const { cls: c, fn } of cases) {
        if (first === undefined || c.kind !== 'class') continue;
        const decision = interp.isInstance(first, c);
        if (decision === 'yes') return interp.call(fn, args, inner.kwargs, inner.node);
        if (decision === 'unknown') return interp.unknown();
      }
      return interp.call(fallback, args, inner.kwargs, inner.node);
    }),
    register: interp.native('register', (inner) => {
      const [, c, fn] = inner.args;
      const target = interp.resolve(c ?? interp.none);
      if (target.kind !== 'class') {
        cases.unshift({ cls: interp.unknown(), fn: target });
        return target;
      }
      if (fn !== undefined) {
        cases.unshift({ cls: target, fn });
        return fn;
      }
      return interp.native('register', (given) => {
        cases.unshift({ cls: target, fn: given.args[0] as Value });
        return given.args[0] as Value;
      });
    }),
  });
  return interp.object(cls);
}

function keyByComparison(interp: Interpreter, compare: Value): Value {
  const cls = nativeClass(interp, 'K', 'functools', [
    [
      '__lt__(this, other, /)',
      (a) => {
        const order = interp.call(compare, [interp.getAttr(a[0] as Value, 'obj'), interp.getAttr(a[1] as Value, 'obj')]);
        const n = interp.asNumber(order);
        return n === undefined ? interp.unknownBool() : interp.bool(n < 0);
      },
    ],
  ]);
  return interp.native('K', (call) => {
    const key = interp.object(cls);
    key.attrs.set('obj', call.args[0] as Value);
    return key;
  });
}

/** Fills in the comparisons that a class lacks from the one it has. */
function totalOrdering(interp: Interpreter, given: Value): Value {
  const cls = interp.resolve(given);
  if (cls.kind !== 'class') return cls;
  const answer = (d: 'yes' | 'no' | 'unknown', negate: boolean) =>
    d === 'unknown' ? interp.unknownBool() : interp.bool((d === 'yes') !== negate);
  const define = (name: string, of: (a: Value, b: Value) => Value) => {
    if (cls.attrs.has(name)) return;
    cls.attrs.set(
      name,
      interp.native(name, (call) => of(call.args[0] as Value, call.args[1] as Value)),
    );
  };
  const has = (name: string) => cls.attrs.has(name);
  const ask = (name: string, a: Value, b: Value) => interp.decide(interp.truth(interp.callMethod(a, name, [b]) ?? interp.unknownBool()));
  if (has('__lt__')) {
    define('__gt__', (a, b) => answer(less(interp, b, a), false));
    define('__le__', (a, b) => (less(interp, a, b) === 'yes' ? interp.bool(true) : answer(equal(interp, a, b), false)));
    define('__ge__', (a, b) => answer(less(interp, a, b), true));
  } else if (has('__gt__')) {
    define('__lt__', (a, b) => answer(ask('__gt__', b, a), false));
    define('__ge__', (a, b) => (ask('__gt__', a, b) === 'yes' ? interp.bool(true) : answer(equal(interp, a, b), false)));
    define('__le__', (a, b) => answer(ask('__gt__', a, b), true));
  } else if (has('__le__')) {
    define('__ge__', (a, b) => answer(ask('__le__', b, a), false));
    define('__lt__', (a, b) => answer(ask('__le__', b, a), true));
    define('__gt__', (a, b) => answer(ask('__le__', a, b), true));
  } else if (has('__ge__')) {
    define('__le__', (a, b) => answer(ask('__ge__', b, a), false));
    define('__lt__', (a, b) => answer(ask('__ge__', a, b), true));
    define('__gt__', (a, b) => answer(ask('__ge__', b, a), true));
  }
  return cls;
}
