/**
 * Operators: arithmetic, comparison, membership, subscripts. Numbers and builtin containers are done here; anything else
 * goes through its special methods, as in Python.
 */
import { always, and, type Cond, eq, le, lt, ne, never, not, or } from '../dims/cond.ts';
import { add, constant, mul, symbol, valueOf } from '../dims/dim.ts';
import { findSpecial } from './attributes.ts';
import { unionOf } from './builtins/unions.ts';
import type { Interpreter } from './interpreter.ts';
import { contentOf, rangeLength } from './iteration.ts';
import { dictKey } from './keys.ts';
import { asDim, asNumber, binaryNumber } from './numbers.ts';
import type { BinaryOperator, CompareOperator } from './syntax.ts';
import { percentFormat } from './text.ts';
import { flagOf } from './truth.ts';
import type { Content, Value } from './values.ts';

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
  if ((a.kind === 'object' && a.cls.open) || (b.kind === 'object' && b.cls.open)) return interp.unknown();
  if (op === '|' && (a.kind === 'class' || b.kind === 'class')) return unionOf(interp, a, b);
  if (op === '+' && (a.kind === 'str' || a.kind === 'list' || a.kind === 'tuple')) {
    throw unsupported(interp, `can only concatenate ${a.kind} (not "${interp.typeName(b)}") to ${a.kind}`);
  }
  const sequence = [a, b].find((v) => v.kind === 'str' || v.kind === 'list' || v.kind === 'tuple' || v.kind === 'bytes');
  if (op === '*' && sequence !== undefined) {
    throw unsupported(interp, `can't multiply sequence by non-int of type '${interp.typeName(sequence === a ? b : a)}'`);
  }
  const shown = op === '**' ? '** or pow()' : op;
  throw unsupported(interp, `unsupported operand type(s) for ${shown}: '${interp.typeName(a)}' and '${interp.typeName(b)}'`);
}

function unsupported(interp: Interpreter, text: string) {
  return interp.error({ code: 'unsupported-operand', message: text, exception: 'TypeError', text, origins: [] });
}

function special(interp: Interpreter, self: Value, name: string, other: Value): Value | undefined {
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
  return { items: own.items, rest: { element, length } };
}

function binaryContainer(interp: Interpreter, op: BinaryOperator, a: Value, b: Value): Value | undefined {
  if (a.kind === 'str' || a.kind === 'bytes') {
    const make = (s: string | undefined): Value => (a.kind === 'str' ? interp.str(s) : { kind: 'bytes', value: s });
    if (op === '+' && b.kind === a.kind) return make(a.value === undefined || b.value === undefined ? undefined : a.value + b.value);
    if (op === '*') return repeated(interp, a, b);
    return undefined;
  }
  if (op === '*' && (b.kind === 'str' || b.kind === 'list' || b.kind === 'tuple')) return repeated(interp, b, a);
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
  if (x.rest === undefined)
    return interp.tuple([...x.items, ...y.items], { ...(y.rest === undefined ? {} : { rest: y.rest }), ...clsOf(a, b) });
  const joined = appendContent(interp, x, y);
  return interp.tuple(joined.items, joined.rest === undefined ? {} : { rest: joined.rest });
}

/** A size type stays one under `+` with a plain tuple; a named tuple does not. */
function clsOf(a: Extract<Value, { kind: 'tuple' }>, b: Extract<Value, { kind: 'tuple' }>) {
  const cls = a.fields === undefined ? (a.cls ?? (b.fields === undefined ? b.cls : undefined)) : undefined;
  return cls === undefined ? {} : { cls };
}

function repeated(interp: Interpreter, sequence: Value, times: Value): Value | undefined {
  if (sequence.kind !== 'str' && sequence.kind !== 'bytes' && sequence.kind !== 'list' && sequence.kind !== 'tuple') return undefined;
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
    result = element === undefined ? { items: [], rest: undefined } : { items: [], rest: { element, length } };
  }
  return sequence.kind === 'list'
    ? interp.list(result)
    : interp.tuple(result.items, result.rest === undefined ? {} : { rest: result.rest });
}

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
  const frozen = a.frozen;
  const left = [...x.entries.entries()];
  const pick = (keep: (key: string) => boolean) => left.filter(([key]) => keep(key)).map(([, entry]) => entry[0]);
  switch (op) {
    case '|':
      return interp.set([...pick(() => true), ...[...y.entries.values()].map(([v]) => v)], frozen, rest?.key);
    case '&':
      return interp.set(
        pick((k) => y.entries.has(k)),
        frozen,
        rest?.key,
      );
    case '-':
      return interp.set(
        pick((k) => !y.entries.has(k)),
        frozen,
        rest?.key,
      );
    case '^':
      return interp.set(
        [...pick((k) => !y.entries.has(k)), ...[...y.entries].filter(([k]) => !x.entries.has(k)).map(([, e]) => e[0])],
        frozen,
        rest?.key,
      );
    default:
      return undefined;
  }
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
    if (v.cls.open) return interp.unknown();
  }
  if (v.kind === 'unknown') {
    return (
      interp.library.unknownOperation?.(interp, `unary ${op}`, v, undefined) ??
      interp.unknown(undefined, undefined, { op, left: v, right: undefined })
    );
  }
  throw unsupported(interp, `bad operand type for unary ${op}: '${interp.typeName(v)}'`);
}

// ---------------------------------------------------------------- comparison

const COMPARE: Readonly<Record<string, readonly [string, string]>> = {
  '==': ['__eq__', '__eq__'],
  '!=': ['__ne__', '__ne__'],
  '<': ['__lt__', '__gt__'],
  '<=': ['__le__', '__ge__'],
  '>': ['__gt__', '__lt__'],
  '>=': ['__ge__', '__le__'],
};

/** `left op right`: a truth value, or whatever the operands' special methods give. */
export function compare(interp: Interpreter, op: CompareOperator, left: Value, right: Value): Value {
  const a = interp.resolve(left);
  const b = interp.resolve(right);
  if (op === 'is') return interp.bool(identical(interp, a, b));
  if (op === 'is not') return interp.bool(not(identical(interp, a, b)));
  if (op === 'in') return interp.bool(contains(interp, b, a));
  if (op === 'not in') return interp.bool(not(contains(interp, b, a)));
  if (a.kind === 'choice')
    return interp.fork(
      a.cond,
      () => compare(interp, op, a.yes, b),
      () => compare(interp, op, a.no, b),
      true,
    );
  if (b.kind === 'choice')
    return interp.fork(
      b.cond,
      () => compare(interp, op, a, b.yes),
      () => compare(interp, op, a, b.no),
      true,
    );
  if (a.kind === 'object' || b.kind === 'object') {
    const [direct, reflected] = COMPARE[op] as readonly [string, string];
    const answer = special(interp, a, direct, b) ?? special(interp, b, reflected, a);
    if (answer !== undefined) return answer;
    if (op === '!=') {
      const equal = special(interp, a, '__eq__', b) ?? special(interp, b, '__eq__', a);
      if (equal !== undefined) return interp.bool(not(interp.truth(equal)));
    }
    if (a.kind === 'unknown' || b.kind === 'unknown' || isOpen(a) || isOpen(b)) return interp.unknown();
    if (op === '==') return interp.bool(a === b);
    if (op === '!=') return interp.bool(a !== b);
    throw unsupported(interp, `'${op}' not supported between instances of '${interp.typeName(a)}' and '${interp.typeName(b)}'`);
  }
  const cond = compareKnown(interp, op, a, b);
  if (cond !== undefined) return interp.bool(cond);
  if (a.kind === 'unknown' || b.kind === 'unknown') {
    const special = interp.library.unknownOperation?.(interp, op, a, b);
    return special ?? unknownComparison(interp, op, a, b);
  }
  if (op === '==' || op === '!=') return interp.bool(op === '!=');
  throw unsupported(interp, `'${op}' not supported between instances of '${interp.typeName(a)}' and '${interp.typeName(b)}'`);
}

const isOpen = (v: Value) => v.kind === 'object' && v.cls.open;

/**
 * A comparison with something unknown: a truth value, or one for each element of an array. Compared with a string or
 * None it is a truth value; the same comparison of the same unknown has the same answer wherever it stands.
 */
function unknownComparison(interp: Interpreter, op: CompareOperator, a: Value, b: Value): Value {
  const [v, other] = a.kind === 'unknown' ? [a, b] : [b, a];
  if (v.kind !== 'unknown' || (op !== '==' && op !== '!=')) return interp.unknown();
  const key = dictKey(interp, other);
  if (key === undefined) return interp.unknown();
  const equal = flagOf(v, `== ${key}`);
  const cond = op === '==' ? equal : not(equal);
  if (other.kind === 'str' || other.kind === 'none') return interp.bool(cond);
  const answer = interp.unknown();
  answer.notes.set('flag:truth', cond);
  return answer;
}

function compareKnown(interp: Interpreter, op: CompareOperator, a: Value, b: Value): Cond | undefined {
  const numeric = (v: Value) => v.kind === 'int' || v.kind === 'bool' || v.kind === 'float';
  if (numeric(a) && numeric(b)) return compareNumbers(interp, op, a, b);
  if ((a.kind === 'str' && b.kind === 'str') || (a.kind === 'bytes' && b.kind === 'bytes')) {
    if (a.value === undefined || b.value === undefined) return interp.freshFlag('?');
    return order(op, a.value < b.value ? -1 : a.value > b.value ? 1 : 0);
  }
  if (a.kind === 'complex' || b.kind === 'complex') {
    if (op !== '==' && op !== '!=') return undefined;
    const x = a.kind === 'complex' ? a : undefined;
    const y = b.kind === 'complex' ? b : undefined;
    const equal = (x?.re ?? asNumber(interp, a)) === (y?.re ?? asNumber(interp, b)) && (x?.im ?? 0) === (y?.im ?? 0);
    return (op === '==') === equal ? always : never;
  }
  if ((a.kind === 'tuple' && b.kind === 'tuple') || (a.kind === 'list' && b.kind === 'list')) return compareSequences(interp, op, a, b);
  if ((a.kind === 'set' && b.kind === 'set') || (a.kind === 'dict' && b.kind === 'dict')) return compareTables(interp, op, a, b);
  if (a.kind === 'range' && b.kind === 'range' && (op === '==' || op === '!=')) {
    const equal = and(eq(rangeLength(a), rangeLength(b)), eq(a.start, b.start), eq(a.step, b.step));
    return op === '==' ? equal : not(equal);
  }
  if (a.kind === 'unknown' || b.kind === 'unknown') return undefined;
  if (op === '==' || op === '!=') {
    const equal = a === b || (a.kind === b.kind && interp.sameValue(a, b));
    return (op === '==') === equal ? always : never;
  }
  return undefined;
}

function compareNumbers(interp: Interpreter, op: CompareOperator, a: Value, b: Value): Cond {
  const x = asNumber(interp, a);
  const y = asNumber(interp, b);
  if (x !== undefined && y !== undefined) {
    if (Number.isNaN(x) || Number.isNaN(y)) return op === '!=' ? always : never;
    return order(op, x < y ? -1 : x > y ? 1 : 0);
  }
  const p = asDim(interp, a);
  const q = asDim(interp, b);
  if (p === undefined || q === undefined) return interp.freshFlag('?');
  switch (op) {
    case '==':
      return eq(p, q);
    case '!=':
      return ne(p, q);
    case '<':
      return lt(p, q);
    case '<=':
      return le(p, q);
    case '>':
      return lt(q, p);
    default:
      return le(q, p);
  }
}

function order(op: CompareOperator, sign: number): Cond {
  const holds =
    op === '=='
      ? sign === 0
      : op === '!='
        ? sign !== 0
        : op === '<'
          ? sign < 0
          : op === '<='
            ? sign <= 0
            : op === '>'
              ? sign > 0
              : sign >= 0;
  return holds ? always : never;
}

function compareSequences(interp: Interpreter, op: CompareOperator, a: Value, b: Value): Cond {
  const x = contentOf(interp, a) as Content;
  const y = contentOf(interp, b) as Content;
  if (x.rest !== undefined || y.rest !== undefined) return interp.freshFlag('?');
  if (op === '==' || op === '!=') {
    let equal: Cond = always;
    if (x.items.length !== y.items.length) equal = never;
    else equal = and(...x.items.map((item, i) => interp.truth(compare(interp, '==', item, y.items[i] as Value))));
    return op === '==' ? equal : not(equal);
  }
  const n = Math.min(x.items.length, y.items.length);
  for (let i = 0; i < n; i++) {
    const p = x.items[i] as Value;
    const q = y.items[i] as Value;
    const equal = interp.decide(interp.truth(compare(interp, '==', p, q)));
    if (equal === 'unknown') return interp.freshFlag('?');
    if (equal === 'no') return interp.truth(compare(interp, op, p, q));
  }
  return order(op, Math.sign(x.items.length - y.items.length));
}

function compareTables(interp: Interpreter, op: CompareOperator, a: Value, b: Value): Cond | undefined {
  if ((a.kind !== 'set' && a.kind !== 'dict') || (b.kind !== 'set' && b.kind !== 'dict')) return undefined;
  const x = a.slot.get();
  const y = b.slot.get();
  if (x.rest !== undefined || y.rest !== undefined) return interp.freshFlag('?');
  const within = (p: typeof x, q: typeof x) => [...p.entries.keys()].every((key) => q.entries.has(key));
  if (op === '==' || op === '!=') {
    let equal: Cond = within(x, y) && within(y, x) ? always : never;
    if (a.kind === 'dict' && equal === always) {
      equal = and(
        ...[...x.entries].map(([key, [, value]]) =>
          interp.truth(compare(interp, '==', value, (y.entries.get(key) as readonly [Value, Value])[1])),
        ),
      );
    }
    return op === '==' ? equal : not(equal);
  }
  if (a.kind === 'dict') return undefined;
  const less = within(x, y);
  const greater = within(y, x);
  const holds = op === '<=' ? less : op === '>=' ? greater : op === '<' ? less && !greater : greater && !less;
  return holds ? always : never;
}

function identical(interp: Interpreter, a: Value, b: Value): Cond {
  if (a === b) return always;
  if (a.kind === 'choice')
    return or(and(a.cond, identical(interp, interp.resolve(a.yes), b)), and(not(a.cond), identical(interp, interp.resolve(a.no), b)));
  if (b.kind === 'choice') return identical(interp, b, a);
  if (a.kind === 'unknown' || b.kind === 'unknown') {
    const [v, other] = a.kind === 'unknown' ? [a, b] : [b, a];
    const key = dictKey(interp, other);
    return v.kind === 'unknown' && key !== undefined ? flagOf(v, `is ${key}`) : interp.freshFlag('?');
  }
  if (a.kind !== b.kind) return never;
  switch (a.kind) {
    case 'none':
    case 'ellipsis':
    case 'not-implemented':
      return always;
    case 'bool':
    case 'int':
    case 'str':
      return interp.truth(compare(interp, '==', a, b));
    case 'object':
    case 'list':
    case 'dict':
    case 'set':
    case 'class':
    case 'function':
      return b.kind === a.kind && a.id === b.id ? always : never;
    case 'method':
      return b.kind === 'method' && a.func === b.func ? identical(interp, interp.resolve(a.self), interp.resolve(b.self)) : never;
    default:
      return interp.sameValue(a, b) ? always : never;
  }
}

export function contains(interp: Interpreter, container: Value, item: Value): Cond {
  const c = interp.resolve(container);
  if (c.kind === 'choice') {
    return or(and(c.cond, contains(interp, c.yes, item)), and(not(c.cond), contains(interp, c.no, item)));
  }
  if (c.kind === 'str') {
    const needle = interp.asString(item);
    const kind = interp.resolve(item).kind;
    if (kind === 'int' || kind === 'none' || kind === 'list' || kind === 'float') {
      throw unsupported(interp, `'in <string>' requires string as left operand, not ${interp.typeName(item)}`);
    }
    if (c.value === undefined || needle === undefined) return interp.freshFlag('?');
    return c.value.includes(needle) ? always : never;
  }
  if (c.kind === 'dict' || c.kind === 'set') {
    const content = c.slot.get();
    const key = dictKey(interp, item);
    if (key === undefined) return interp.freshFlag('?');
    if (content.entries.has(key)) return always;
    return content.rest === undefined && !key.startsWith('d') ? never : interp.freshFlag('?');
  }
  if (c.kind === 'object' || c.kind === 'class') {
    const answer = interp.callMethod(c, '__contains__', [item]);
    if (answer !== undefined) return interp.truth(answer);
  }
  const listed = c.kind === 'iterator' || c.kind === 'class' || (c.kind === 'object' && !c.cls.open) ? interp.items(c) : undefined;
  const content = listed === undefined ? contentOf(interp, c) : { items: listed, rest: undefined };
  if (content === undefined) return interp.freshFlag('?');
  const conds = content.items.map((x) => {
    const r = interp.resolve(x);
    return r === interp.resolve(item) ? always : interp.truth(compare(interp, '==', r, item));
  });
  if (content.rest !== undefined) conds.push(interp.freshFlag('?'));
  return or(...conds);
}
