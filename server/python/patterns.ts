/** `match` patterns: the condition under which a value has the form of a pattern, and the names it binds. */
import { always, and, type Cond, eq, ge, never, or } from '../dims/cond.ts';
import { add, constant } from '../dims/dim.ts';
import { compare } from './comparison.ts';
import { evaluate } from './expressions.ts';
import type { Interpreter } from './interpreter.ts';

import { getItem } from './subscripts.ts';
import type { Pattern } from './syntax.ts';
import type { Value } from './values.ts';

export function matchPattern(interp: Interpreter, pattern: Pattern, subject: Value, bindings: Map<string, Value>): Cond {
  switch (pattern.kind) {
    case 'capture':
      if (pattern.name !== undefined) bindings.set(pattern.name.name, subject);
      return always;
    case 'value':
      return interp.truth(compare(interp, '==', subject, evaluate(interp, pattern.value)));
    case 'as': {
      bindings.set(pattern.name.name, subject);
      return matchPattern(interp, pattern.pattern, subject, bindings);
    }
    case 'or':
      return or(...pattern.of.map((p) => matchPattern(interp, p, subject, bindings)));
    case 'star':
      return always;
    case 'sequence':
      return matchSequence(interp, pattern.items, subject, bindings);
    case 'mapping': {
      const v = interp.resolve(subject);
      if (v.kind !== 'dict') return v.kind === 'unknown' || v.kind === 'choice' ? interp.freshFlag('?') : never;
      const conds: Cond[] = [];
      for (const { key, value } of pattern.items) {
        const k = evaluate(interp, key);
        const has = interp.truth(compare(interp, 'in', k, v));
        if (interp.decide(has) === 'no') return never;
        conds.push(has);
        conds.push(matchPattern(interp, value, interp.decide(has) === 'yes' ? getItem(interp, v, k) : interp.unknown(), bindings));
      }
      if (pattern.rest !== undefined) bindings.set(pattern.rest.name, interp.unknown());
      return and(...conds);
    }
    case 'class': {
      const cls = interp.resolve(evaluate(interp, pattern.cls));
      if (cls.kind !== 'class') return interp.freshFlag('?');
      const is = interp.isInstance(subject, cls);
      if (is === 'no') return never;
      const conds: Cond[] = [is === 'yes' ? always : interp.freshFlag('?')];
      const names = interp.findAttr(cls, '__match_args__');
      const args = names === undefined ? [] : (interp.items(names) ?? []);
      pattern.positional.forEach((p, i) => {
        const name = args[i] === undefined ? undefined : interp.asString(args[i] as Value);
        // `int(x)`, `str(x)` bind the value itself.
        const part = name === undefined ? subject : (interp.findAttr(subject, name) ?? interp.unknown());
        conds.push(matchPattern(interp, p, part, bindings));
      });
      for (const { name, value } of pattern.keyword) {
        conds.push(matchPattern(interp, value, interp.findAttr(subject, name) ?? interp.unknown(), bindings));
      }
      return and(...conds);
    }
  }
}

function matchSequence(interp: Interpreter, items: readonly Pattern[], subject: Value, bindings: Map<string, Value>): Cond {
  const v = interp.resolve(subject);
  if (v.kind === 'str' || v.kind === 'bytes' || v.kind === 'none' || v.kind === 'int' || v.kind === 'float' || v.kind === 'dict')
    return never;
  const star = items.findIndex((p) => p.kind === 'star');
  if (v.kind === 'tuple' && v.open !== undefined && star < 0) {
    const cond = eq(v.open.length(), constant(items.length));
    const parts = items.map((p, i) => matchPattern(interp, p, v.open?.at(i) ?? interp.freshInt('?', { least: 0 }), bindings));
    return and(cond, ...parts);
  }
  const content = interp.content(v);
  if (content === undefined) {
    for (const p of items) matchPattern(interp, p, interp.unknown(), bindings);
    return interp.freshFlag('?');
  }
  if (content.rest !== undefined) {
    const length = add(constant(content.items.length), content.rest.length);
    const { element } = content.rest;
    const parts = items.map((p, i) => matchPattern(interp, p, content.items[i] ?? element, bindings));
    return and(star < 0 ? eq(length, constant(items.length)) : ge(length, constant(items.length - 1)), ...parts);
  }
  const given = content.items;
  if (star < 0) {
    if (given.length !== items.length) return never;
    return and(...items.map((p, i) => matchPattern(interp, p, given[i] as Value, bindings)));
  }
  if (given.length < items.length - 1) return never;
  const after = items.length - star - 1;
  const conds: Cond[] = [];
  items.forEach((p, i) => {
    if (i < star) conds.push(matchPattern(interp, p, given[i] as Value, bindings));
    else if (i > star) conds.push(matchPattern(interp, p, given[given.length - after + (i - star - 1)] as Value, bindings));
    else if (p.kind === 'star' && p.name !== undefined) bindings.set(p.name.name, interp.list(given.slice(star, given.length - after)));
  });
  return and(...conds);
}
