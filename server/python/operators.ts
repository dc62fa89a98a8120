/**
 * Arithmetic operators. Numbers and builtin containers are done here; anything else goes through its special methods, as in
 * Python.
 */
import { not } from '../dims/cond.ts';
import { add, constant, mul, symbol, valueOf } from '../dims/dim.ts';
import { findSpecial, mayBeMore } from './attributes.ts';
import { combineSets } from './builtins/set-methods.ts';
import { unionOf } from './builtins/unions.ts';
import type { Interpreter } from './interpreter.ts';
import { contentOf } from './iteration.ts';
import { asDim, binaryNumber } from './numbers.ts';
import { followedBy, ordered, orderFrom } from './order.ts';
import type { BinaryOperator } from './syntax.ts';
import { percentFormat } from './text.ts';
import { type Content, isPresumed, type Value } from './values.ts';

const SPECIAL: Readonly<Record<BinaryOperator, string>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'truediv',
  '//': 'floordiv',
  '%': 'mod',
  '**': 'pow',
  '@': 'matmul',
  '<<': 'lshift',
  '>>': 'rshift',
  '&': 'and',
  '|': 'or',
  '^': 'xor',
};

export function binary(interp: Interpreter, op: BinaryOperator, left: Value, right: Value): Value {
  const a = interp.resolve(left);
  const b = interp.resolve(right);
  if (a.kind === 'choice')
    return interp.fork(
      a.cond,
      () => binary(interp, op, a.yes, b),
      () => binary(interp, op, a.no, b),
      true,
    );
  if (b.kind === 'choice')
    return interp.fork(
      b.cond,
      () => binary(interp, op, a, b.yes),
      () => binary(interp, op, a, b.no),
      true,
    );
  if (a.kind === 'str' && op === '%') return interp.str(a.value === undefined ? undefined : percentFormat(interp, a.value, b));
  if (a.kind === 'bytes' && op === '%') {
    const filled = a.value === undefined ? undefined : percentFormat(interp, a.value, asText(interp, b));
    return { kind: 'bytes', value: filled };
  }
  if (a.kind !== 'object' && b.kind !== 'object') {
    if (a.kind === 'unknown' || b.kind === 'unknown') return unknownBinary(interp, op, a, b);
    const number = binaryNumber(interp, op, a, b);
    if (number !== undefined) return number;
    const container = binaryContainer(interp, op, a, b);
    if (container !== undefined) return container;
  }
  const name = SPECIAL[op];
  // A subclass on the right answers first.
  if (b.kind === 'object' && a.kind === 'object' && b.cls !== a.cls && b.cls.mro.includes(a.cls)) {
    const reflected = special(interp, b, `__r${name}__`, a);
    if (reflected !== undefined) return reflected;
  }
  const direct = special(interp, a, `__${name}__`, b);
  if (direct !== undefined) return direct;
  const reflected = special(interp, b, `__r${name}__`, a);
  if (reflected !== undefined) return reflected;
  if (a.kind === 'unknown' || b.kind === 'unknown') return unknownBinary(interp, op, a, b);
  if (mayBeMore(interp, a) || mayBeMore(interp, b)) return interp.unknown();
  // The class of a class that inherits from something unknown is unknown: `Structure * 3` in ctypes.
  if ((a.kind === 'class' && a.open) || (b.kind === 'class' && b.open)) return interp.unknown();
  if (op === '|' && (a.kind === 'class' || b.kind === 'class')) return unionOf(interp, a, b);
  if (op === '+' && !isPresumed(a) && (a.kind === 'str' || a.kind === 'list' || a.kind === 'tuple')) {
    throw unsupported(interp, `can only concatenate ${a.kind} (not "${interp.typeName(b)}") to ${a.kind}`);
  }
  const sequence = [a, b].find((v) => v.kind === 'str' || v.kind === 'list' || v.kind === 'tuple' || v.kind === 'bytes');
  if (op === '*' && sequence !== undefined) {
    throw unsupported(interp, `can't multiply sequence by non-int of type '${interp.typeName(sequence === a ? b : a)}'`);
  }
  if (interp.mode === 'check' && (a.kind === 'none' || b.kind === 'none')) return interp.unknown();
  if (isPresumed(a) || isPresumed(b)) return interp.unknown();
  const shown = op === '**' ? '** or pow()' : op;
  throw unsupported(interp, `unsupported operand type(s) for ${shown}: '${interp.typeName(a)}' and '${interp.typeName(b)}'`);
}

/** What goes into a template of bytes as what goes into one of text. */
function asText(interp: Interpreter, v: Value): Value {
  if (v.kind === 'bytes') return interp.str(v.value);
  return v.kind === 'tuple' && v.open === undefined && v.rest === undefined
    ? interp.tuple(v.items.map((item) => asText(interp, interp.resolve(item))))
    : v;
}

/** The TypeError of an operator that its operands do not have. */
export function unsupported(interp: Interpreter, text: string) {
  return interp.error({ code: 'unsupported-operand', message: text, exception: 'TypeError', text, origins: [] });
}

/** What a special method of the left value gives; undefined where it has none, or declines. */
export function special(interp: Interpreter, self: Value, name: string, other: Value): Value | undefined {
  if (self.kind !== 'object' && self.kind !== 'dict' && self.kind !== 'class' && self.kind !== 'tuple') return undefined;
  const method = findSpecial(interp, self, name);
  if (method === undefined) return undefined;
  // The builtin's own method would ask for the same operator again.
  const own = self.kind === 'tuple' || self.kind === 'dict' ? interp.builtins.types[self.kind].attrs.get(name) : undefined;
  if (own !== undefined && (method === own || (method.kind === 'method' && method.func === own))) return undefined;
  const result = interp.call(method, [other]);
  return result.kind === 'not-implemented' ? undefined : result;
}

function unknownBinary(interp: Interpreter, op: string, a: Value, b: Value): Value {
  const special = interp.library.unknownOperation?.(interp, op, a, b);
  if (special !== undefined) return special;
  // An unknown plus a float is no integer any more.
  if (op === '/' || a.kind === 'float' || b.kind === 'float') return interp.unknown();
  return interp.unknown(undefined, undefined, { op, left: a, right: b });
}

/** In-place first (`__iadd__`, list extension), then the ordinary operator. */
export function augmented(interp: Interpreter, op: BinaryOperator, left: Value, right: Value): Value {
  const a = interp.resolve(left);
  if (a.kind === 'list' && op === '+') {
    const extra = interp.content(right) ?? contentOfIterable(interp, right);
    const own = a.slot.get();
    a.slot.set(appendContent(interp, own, extra));
    return a;
  }
  if (a.kind === 'dict' && op === '|') {
    const method = findSpecial(interp, a, 'update');
    if (method !== undefined) interp.call(method, [right]);
    return a;
  }
  if (a.kind === 'object') {
    const result = special(interp, a, `__i${SPECIAL[op]}__`, right);
    if (result !== undefined) return result;
  }
  return binary(interp, op, a, right);
}

function contentOfIterable(interp: Interpreter, value: Value): Content {
  const items = interp.items(value);
  return items === undefined
    ? { items: [], rest: { element: interp.unknown(), length: symbol('?', { least: 0 }) } }
    : { items, rest: undefined };
}

export function appendContent(interp: Interpreter, own: Content, extra: Content): Content {
  if (own.rest === undefined) return { items: [...own.items, ...extra.items], rest: extra.rest };
  let { element } = own.rest;
  const flag = interp.freshFlag('?');
  for (const item of extra.items) element = interp.join(flag, element, item);
  if (extra.rest !== undefined) element = interp.join(flag, element, extra.rest.element);
  let length = add(own.rest.length, constant(extra.items.length));
  if (extra.rest !== undefined) length = add(length, extra.rest.length);
  return { items: own.items, rest: ordered({ element, length }, followedBy(own.rest, extra)) };
}

function binaryContainer(interp: Interpreter, op: BinaryOperator, a: Value, b: Value): Value | undefined {
  if (a.kind === 'str' || a.kind === 'bytes') {
    const make = (s: string | undefined): Value => (a.kind === 'str' ? interp.str(s) : { kind: 'bytes', value: s });
    if (op === '+' && b.kind === a.kind) return make(a.value === undefined || b.value === undefined ? undefined : a.value + b.value);
    if (op === '*') return repeated(interp, a, b);
    return undefined;
  }
  if (op === '*' && (b.kind === 'str' || b.kind === 'bytes' || b.kind === 'list' || b.kind === 'tuple')) return repeated(interp, b, a);
  if (op === '*') return repeated(interp, a, b);
  if (op === '+') {
    if (a.kind === 'list' && b.kind === 'list') return interp.list(appendContent(interp, a.slot.get(), b.slot.get()));
    if (a.kind === 'tuple' && b.kind === 'tuple') return concatTuples(interp, a, b);
    return undefined;
  }
  if ((a.kind === 'set' || a.kind === 'dict') && b.kind === a.kind) return setOperation(interp, op, a, b);
  return undefined;
}

function concatTuples(interp: Interpreter, a: Extract<Value, { kind: 'tuple' }>, b: Extract<Value, { kind: 'tuple' }>): Value {
  const x = contentOf(interp, a) as Content;
  const y = contentOf(interp, b) as Content;
  const open = x.rest === undefined ? b.open?.between(x.items, []) : y.rest === undefined ? a.open?.between([], y.items) : undefined;
  if (open !== undefined) return open;
  if (x.rest === undefined)
    return interp.tuple([...x.items, ...y.items], { ...(y.rest === undefined ? {} : { rest: y.rest }), ...clsOf(a, b) });
  const joined = appendContent(interp, x, y);
  return interp.tuple(joined.items, { ...(joined.rest === undefined ? {} : { rest: joined.rest }), ...clsOf(a, b) });
}

/** A size type stays one under `+` with a plain tuple; a named tuple does not. */
function clsOf(a: Extract<Value, { kind: 'tuple' }>, b: Extract<Value, { kind: 'tuple' }>) {
  const cls = a.fields === undefined ? (a.cls ?? (b.fields === undefined ? b.cls : undefined)) : undefined;
  return cls === undefined ? {} : { cls };
}

function repeated(interp: Interpreter, sequence: Value, times: Value): Value | undefined {
  if (sequence.kind !== 'str' && sequence.kind !== 'bytes' && sequence.kind !== 'list' && sequence.kind !== 'tuple') return undefined;
  // The `size()` of a process group is a number.
  if (isPresumed(sequence)) return interp.unknown();
  const dim = asDim(interp, times);
  if (dim === undefined) return undefined;
  const n = valueOf(interp.facts.simplify(dim));
  if (sequence.kind === 'str')
    return interp.str(n === undefined || sequence.value === undefined ? undefined : sequence.value.repeat(Math.max(0, n)));
  if (sequence.kind === 'bytes') return { kind: 'bytes', value: n === undefined ? undefined : sequence.value?.repeat(Math.max(0, n)) };
  const content = contentOf(interp, sequence) as Content;
  let result: Content;
  if (n !== undefined && content.rest === undefined && n * content.items.length <= 100_000) {
    const items: Value[] = [];
    for (let i = 0; i < n; i++) items.push(...content.items);
    result = { items, rest: undefined };
  } else {
    let element: Value | undefined;
    const all = content.rest === undefined ? content.items : [...content.items, content.rest.element];
    for (const item of all) element = element === undefined ? item : interp.join(interp.freshFlag('?'), element, item);
    const length = content.rest === undefined ? mul(constant(content.items.length), dim) : symbol('?', { least: 0 });
    const order = orderFrom(content, 0);
    const rest = element && ordered({ element, length }, order && [{ kind: 'repeated', of: order }]);
    result = { items: [], rest };
  }
  return sequence.kind === 'list'
    ? interp.list(result)
    : interp.tuple(result.items, result.rest === undefined ? {} : { rest: result.rest });
}

/** Which members a set operator keeps, by where they are. */
const SET_OPERATORS: Readonly<Record<string, (inLeft: boolean, inRight: boolean) => boolean>> = {
  '|': () => true,
  '&': (left, right) => left && right,
  '-': (left, right) => left && !right,
  '^': (left, right) => left !== right,
};

function setOperation(interp: Interpreter, op: string, a: Value, b: Value): Value | undefined {
  if ((a.kind !== 'set' && a.kind !== 'dict') || (b.kind !== 'set' && b.kind !== 'dict')) return undefined;
  const x = a.slot.get();
  const y = b.slot.get();
  const rest = x.rest ?? y.rest;
  if (a.kind === 'dict') {
    if (op !== '|') return undefined;
    return interp.dict([...x.entries.values(), ...y.entries.values()], {
      ...(a.cls === undefined ? {} : { cls: a.cls }),
      ...(rest === undefined ? {} : { rest }),
    });
  }
  const keep = SET_OPERATORS[op];
  if (keep === undefined || b.kind !== 'set') return undefined;
  const { entries, rest: more } = combineSets(interp, x, y, keep);
  return interp.set(
    [...entries.values()].map(([v]) => v),
    a.frozen,
    more?.key,
  );
}

export function unary(interp: Interpreter, op: '-' | '+' | '~' | 'not', operand: Value): Value {
  const v = interp.resolve(operand);
  if (op === 'not') return interp.bool(not(interp.truth(v)));
  if (v.kind === 'choice')
    return interp.fork(
      v.cond,
      () => unary(interp, op, v.yes),
      () => unary(interp, op, v.no),
      true,
    );
  if (v.kind === 'int' || v.kind === 'bool') {
    if (v.kind === 'int' && v.big !== undefined) return interp.bigint(op === '-' ? -v.big : op === '~' ? ~v.big : v.big);
    const dim = asDim(interp, v);
    if (dim === undefined) return interp.unknown();
    if (op === '-') return interp.int(mul(constant(-1), dim));
    if (op === '~') return interp.int(add(mul(constant(-1), dim), constant(-1)));
    return interp.int(dim);
  }
  if (v.kind === 'float' && op !== '~') return interp.float(v.value === undefined ? undefined : op === '-' ? -v.value : v.value);
  if (v.kind === 'complex' && op !== '~') {
    return op === '+' ? v : { kind: 'complex', re: v.re === undefined ? undefined : -v.re, im: v.im === undefined ? undefined : -v.im };
  }
  if (v.kind === 'object') {
    const method = findSpecial(interp, v, op === '-' ? '__neg__' : op === '+' ? '__pos__' : '__invert__');
    if (method !== undefined) return interp.call(method, []);
    if (mayBeMore(interp, v)) return interp.unknown();
  }
  if (v.kind === 'unknown') {
    return (
      interp.library.unknownOperation?.(interp, `unary ${op}`, v, undefined) ??
      interp.unknown(undefined, undefined, { op, left: v, right: undefined })
    );
  }
  throw unsupported(interp, `bad operand type for unary ${op}: '${interp.typeName(v)}'`);
}
