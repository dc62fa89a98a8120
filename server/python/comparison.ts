/**
 * Comparison, identity and membership: a condition where both sides are known well enough, else what the operands' special
 * methods say.
 */

import { always, and, type Cond, eq, le, lt, ne, never, not, or } from '../dims/cond.ts';
import { mayBeMore } from './attributes.ts';
import type { Interpreter } from './interpreter.ts';
import { contentOf, rangeLength } from './iteration.ts';
import { dictKey } from './keys.ts';
import { asDim, asNumber } from './numbers.ts';
import { special, unsupported } from './operators.ts';
import type { CompareOperator } from './syntax.ts';
import { flagOf } from './truth.ts';
import { type Content, isPresumed, type Value } from './values.ts';

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
    if (a.kind === 'unknown' || b.kind === 'unknown' || mayBeMore(interp, a) || mayBeMore(interp, b)) return interp.unknown();
    if (op === '==') return interp.bool(a === b);
    if (op === '!=') return interp.bool(a !== b);
    throw unsupported(interp, `'${op}' not supported between instances of '${interp.typeName(a)}' and '${interp.typeName(b)}'`);
  }
  const cond = compareKnown(interp, op, a, b);
  if (cond !== undefined) return interp.bool(cond);
  if (a.kind === 'unknown' || b.kind === 'unknown') {
    return drawn(interp, op, a, b) ?? interp.library.unknownOperation?.(interp, op, a, b) ?? unknownComparison(interp, op, a, b);
  }
  if (isPresumed(a) || isPresumed(b)) return interp.unknownBool();
  if (op === '==' || op === '!=') return interp.bool(op === '!=');
  throw unsupported(interp, `'${op}' not supported between instances of '${interp.typeName(a)}' and '${interp.typeName(b)}'`);
}

/** A comparison of a number drawn from [least, below): some are decided whatever it is. */
function drawn(interp: Interpreter, op: CompareOperator, a: Value, b: Value): Value | undefined {
  const [v, other] = a.kind === 'unknown' ? [a, b] : [b, a];
  const range = v.kind === 'unknown' ? (v.notes.get('range') as { least: number; below: number } | undefined) : undefined;
  const limit = range === undefined ? undefined : asNumber(interp, other);
  if (range === undefined || limit === undefined) return undefined;
  const less = v === a ? op === '<' || op === '<=' : op === '>' || op === '>=';
  const greater = v === a ? op === '>' || op === '>=' : op === '<' || op === '<=';
  if (limit <= range.least && less && (limit < range.least || op === '<' || op === '>')) return interp.bool(false);
  if (limit >= range.below && (less || greater)) return interp.bool(less);
  return interp.unknownBool();
}

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
  const listed =
    c.kind === 'iterator' || c.kind === 'class' || (c.kind === 'object' && !mayBeMore(interp, c)) ? interp.items(c) : undefined;
  const content = listed === undefined ? contentOf(interp, c) : { items: listed, rest: undefined };
  if (content === undefined) return interp.freshFlag('?');
  const conds = content.items.map((x) => {
    const r = interp.resolve(x);
    return r === interp.resolve(item) ? always : interp.truth(compare(interp, '==', r, item));
  });
  if (content.rest !== undefined) conds.push(interp.freshFlag('?'));
  return or(...conds);
}
