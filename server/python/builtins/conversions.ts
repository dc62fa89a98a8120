/**
 * Calls of the builtin types: `int(x)`, `str(x)`, `list(x)`, … An instance of a user's subclass of one holds the value.
 */

import { eq } from '../../dims/cond.ts';
import { constant, symbol } from '../../dims/dim.ts';
import { lookup } from '../classes.ts';
import type { Interpreter } from '../interpreter.ts';
import { collect } from '../iteration.ts';
import { asBig, roundedQuotient } from '../numbers.ts';
import type { ClassValue, NativeCall, UnknownValue, Value } from '../values.ts';
import { fromUtf8 } from './bytes-methods.ts';
import { box, define, unbox } from './define.ts';
import { copied, fill } from './dict-methods.ts';
import { makeDict, makeSet } from './mutation.ts';
import { mayHaveMore } from './ordering.ts';
import { setContent } from './set-methods.ts';
import { utf8 } from './str-methods.ts';

type Make = (a: readonly (Value | undefined)[], call: NativeCall, cls: ClassValue) => Value;

/**
 * The constructor of a builtin type. For a user's subclass the value is put into an instance (`boxed`), and a user's
 * `__init__` is run on it.
 */
export function constructor(
  interp: Interpreter,
  signature: string,
  make: Make,
  boxed = true,
): (call: NativeCall, cls: ClassValue) => Value {
  let current: ClassValue | undefined;
  const bind = define(interp, signature, (a, call) => make(a, call, current as ClassValue));
  return (call, cls) => {
    const user = cls.node !== undefined;
    const plainly = construction.plain;
    const made = userNew(call, cls);
    if (made !== undefined) return made;
    const init = user && !plainly ? lookup(cls, '__init__') : undefined;
    const own = init !== undefined && init.kind !== 'native';
    const before = current;
    current = cls;
    let value: Value;
    try {
      value = own && boxed ? lenient(bind, call) : bind.call(call);
    } finally {
      current = before;
    }
    if (!user || !boxed) return value;
    const object = box(interp, cls, value);
    if (own) interp.call(init as Value, [object, ...call.args], call.kwargs, call.node);
    return object;
  };
}

/**
 * The same for a constructor of another module: an instance of a user's subclass holds what `make` gives for `base`.
 */
export function subclassable(make: (call: NativeCall, cls: ClassValue) => Value): (call: NativeCall, cls: ClassValue) => Value {
  return (call, cls) => {
    const base = cls.mro.find((c) => c.node === undefined) ?? cls;
    if (base === cls) return make(call, cls);
    const { interp } = call;
    const init = lookup(cls, '__init__');
    const own = init !== undefined && init.kind !== 'native';
    const object = box(interp, cls, make(own ? { ...call, args: [], kwargs: new Map() } : call, base));
    if (own) interp.call(init, [object, ...call.args], call.kwargs, call.node);
    return object;
  };
}

/** Set for the one construction that `super().__new__(cls, …)` asks for: the user's own `__new__` and `__init__` are not run. */
const construction = { plain: false };

/** What `super().__new__(cls, …)` gives in a subclass of a type with a constructor of its own. */
export function constructPlainly(call: NativeCall, cls: ClassValue): Value {
  construction.plain = true;
  try {
    return (cls.construct as NonNullable<ClassValue['construct']>)(call, cls);
  } finally {
    construction.plain = false;
  }
}

/** The instance that a user's own `__new__` makes, initialised; undefined where there is none to be run. */
export function userNew(call: NativeCall, cls: ClassValue): Value | undefined {
  const { plain } = construction;
  construction.plain = false;
  const maker = cls.node === undefined || plain ? undefined : lookup(cls, '__new__');
  const fn = maker?.kind === 'staticmethod' ? maker.func : maker;
  if (fn?.kind !== 'function') return undefined;
  const { interp } = call;
  const made = interp.resolve(interp.call(fn, [cls, ...call.args], call.kwargs, call.node));
  const init = lookup(cls, '__init__');
  if (init?.kind === 'function' && made.kind === 'object' && made.cls.mro.includes(cls))
    interp.call(init, [made, ...call.args], call.kwargs, call.node);
  return made;
}

/** A subclass with an `__init__` of its own may take arguments that the builtin type does not. */
function lenient(bind: { call: (call: NativeCall) => Value }, call: NativeCall): Value {
  try {
    return bind.call(call);
  } catch {
    return bind.call({ ...call, args: [], kwargs: new Map() });
  }
}

function noted<T>(v: UnknownValue, key: string, make: () => T): T {
  let value = v.notes.get(key) as T | undefined;
  if (value === undefined) v.notes.set(key, (value = make()));
  return value;
}

export function toInt(interp: Interpreter, a: readonly (Value | undefined)[]): Value {
  const [given, base] = a;
  if (given === undefined) return interp.int(0);
  const v = unbox(interp, given);
  if (base !== undefined) return parseInteger(interp, v, interp.asInt(base));
  switch (v.kind) {
    case 'int':
      return v;
    case 'bool':
      return interp.int(interp.asDim(v) ?? 0);
    case 'float':
      if (v.value === undefined) {
        const quotient = roundedQuotient(v, false);
        return quotient === undefined ? interp.freshInt('?') : interp.int(quotient);
      }
      if (Number.isNaN(v.value)) interp.raise('ValueError', 'cannot convert float NaN to integer');
      if (!Number.isFinite(v.value)) interp.raise('OverflowError', 'cannot convert float infinity to integer');
      return interp.bigint(BigInt(Math.trunc(v.value)));
    case 'str':
      return parseInteger(interp, v, 10);
    case 'bytes':
      return interp.freshInt('?');
    case 'unknown':
      return noted(
        v,
        'int',
        () =>
          interp.library.unknownOperation?.(interp, 'int', v, undefined) ?? interp.freshInt(v.name === undefined ? '?' : `int(${v.name})`),
      );
    case 'object': {
      const made = interp.callMethod(v, '__int__', []) ?? interp.callMethod(v, '__index__', []) ?? interp.callMethod(v, '__trunc__', []);
      if (made !== undefined) return made;
      if (mayHaveMore(interp, v)) return interp.freshInt('?');
      break;
    }
    default:
      break;
  }
  interp.raise('TypeError', `int() argument must be a string, a bytes-like object or a real number, not '${interp.typeName(v)}'`);
}

function parseInteger(interp: Interpreter, v: Value, base: number | undefined): Value {
  const text = v.kind === 'str' ? v.value : undefined;
  if (text === undefined || base === undefined) return interp.freshInt('?');
  const clean = text
    .trim()
    .toLowerCase()
    .replace(/(?<=[0-9a-z])_(?=[0-9a-z])/g, '');
  const m = /^([+-]?)(0[xob])?([0-9a-z]+)$/.exec(clean);
  const prefixes: Record<string, number> = { '0x': 16, '0o': 8, '0b': 2 };
  let digits = m?.[3] ?? '';
  let radix = base;
  if (m?.[2] !== undefined) {
    if (base === 0 || base === prefixes[m[2]]) radix = prefixes[m[2]] as number;
    else digits = m[2] + digits;
  } else if (base === 0) radix = 10;
  const bad = digits === '' || [...digits].some((c) => Number.isNaN(Number.parseInt(c, radix)));
  if (m === null || bad) interp.raise('ValueError', `invalid literal for int() with base ${base}: ${interp.repr(v)}`);
  let n = 0n;
  for (const c of digits) n = n * BigInt(radix) + BigInt(Number.parseInt(c, radix));
  return interp.bigint(m[1] === '-' ? -n : n);
}

export function toFloat(interp: Interpreter, given: Value | undefined): Value {
  if (given === undefined) return interp.float(0);
  const v = unbox(interp, given);
  switch (v.kind) {
    case 'float':
      return v;
    case 'int':
    case 'bool': {
      const big = asBig(interp, v);
      return interp.float(big === undefined ? interp.asNumber(v) : Number(big));
    }
    case 'str':
      return v.value === undefined ? interp.float() : interp.float(parseFloatText(interp, v.value));
    case 'bytes':
    case 'unknown':
      return interp.float();
    case 'object': {
      const made = interp.callMethod(v, '__float__', []) ?? interp.callMethod(v, '__index__', []);
      if (made !== undefined) return made.kind === 'int' ? interp.float(interp.asNumber(made)) : made;
      if (mayHaveMore(interp, v)) return interp.float();
      break;
    }
    default:
      break;
  }
  interp.raise('TypeError', `float() argument must be a string or a real number, not '${interp.typeName(v)}'`);
}

function parseFloatText(interp: Interpreter, text: string): number {
  const clean = text.trim().toLowerCase();
  const special = /^([+-]?)(inf|infinity|nan)$/.exec(clean);
  if (special !== null) return special[2] === 'nan' ? Number.NaN : special[1] === '-' ? -Infinity : Infinity;
  if (!/^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+)?$/.test(clean)) {
    interp.raise('ValueError', `could not convert string to float: ${interp.repr(interp.str(text))}`);
  }
  return Number(clean.replace(/_/g, ''));
}

export function toStr(interp: Interpreter, a: readonly (Value | undefined)[]): Value {
  if (a[0] === undefined) return interp.str('');
  if (a[0].kind === 'bytes' && a[1] !== undefined) return interp.str(a[0].value === undefined ? undefined : fromUtf8(a[0].value));
  return interp.str(interp.str_(a[0]));
}

export function toComplex(interp: Interpreter, a: readonly (Value | undefined)[]): Value {
  const [re, im] = a;
  if (re?.kind === 'complex' && im === undefined) return re;
  if (re?.kind === 'str') {
    const m = /^([+-]?[\d.e]+(?![\d.]*j))?(?:([+-]?[\d.e]*)j)?$/.exec((re.value ?? '?').trim());
    if (m === null) return { kind: 'complex', re: undefined, im: undefined };
    return { kind: 'complex', re: Number(m[1] ?? 0), im: m[2] === undefined ? 0 : Number(/\d/.test(m[2]) ? m[2] : `${m[2]}1`) };
  }
  return { kind: 'complex', re: re === undefined ? 0 : interp.asNumber(re), im: im === undefined ? 0 : interp.asNumber(im) };
}

export function toBytes(interp: Interpreter, a: readonly (Value | undefined)[]): Value {
  const v = a[0];
  if (v === undefined) return { kind: 'bytes', value: '' };
  if (v.kind === 'bytes') return v;
  if (v.kind === 'str' && a[1] === undefined) interp.raise('TypeError', 'string argument without an encoding');
  if (v.kind === 'str') return { kind: 'bytes', value: v.value === undefined ? undefined : utf8(v.value) };
  if (v.kind === 'int') {
    const n = interp.asInt(v);
    return { kind: 'bytes', value: n === undefined ? undefined : '\0'.repeat(n) };
  }
  if (v.kind === 'unknown') return { kind: 'bytes', value: undefined };
  const codes = interp.items(v)?.map((item) => interp.asInt(item));
  return {
    kind: 'bytes',
    value: codes === undefined || codes.includes(undefined) ? undefined : codes.map((c) => String.fromCharCode(c as number)).join(''),
  };
}

export function toList(interp: Interpreter, given: Value | undefined): Value {
  if (given === undefined) return interp.list([]);
  const { items, rest } = collect(interp, given);
  return interp.list({ items: items.slice(), rest });
}

export function toTuple(interp: Interpreter, given: Value | undefined): Value {
  if (given === undefined) return interp.tuple([]);
  if (given.kind === 'tuple') return given.cls === undefined ? given : { ...given, cls: undefined, fields: undefined };
  const { items, rest } = collect(interp, given);
  return interp.tuple(items.slice(), rest === undefined ? {} : { rest });
}

export function toSet(interp: Interpreter, given: Value | undefined, frozen: boolean): Value {
  if (given === undefined) return interp.set([], frozen);
  return makeSet(interp, copied(setContent(interp, given)), frozen);
}

export function toDict(interp: Interpreter, a: readonly (Value | undefined)[], call: NativeCall, cls: ClassValue): Value {
  const plain = cls === interp.builtins.types.dict || cls.node !== undefined;
  const dict = makeDict(interp, { entries: new Map(), rest: undefined }, plain ? undefined : { cls, factory: undefined });
  fill(interp, dict, a[0], call.kwargs);
  return dict;
}

export function toRange(interp: Interpreter, a: readonly (Value | undefined)[]): Value {
  const dim = (v: Value) => {
    const d = interp.asDim(v, true);
    if (d === undefined && !['unknown', 'choice', 'object'].includes(v.kind)) {
      interp.raise('TypeError', `'${interp.typeName(v)}' object cannot be interpreted as an integer`);
    }
    return d ?? symbol('?');
  };
  const first = dim(a[0] as Value);
  const start = a[1] === undefined ? constant(0) : first;
  const stop = a[1] === undefined ? first : dim(a[1]);
  const step = a[2] === undefined ? constant(1) : dim(a[2]);
  if (interp.decide(eq(step, constant(0))) === 'yes') interp.raise('ValueError', 'range() arg 3 must not be zero');
  return { kind: 'range', start, stop, step };
}
