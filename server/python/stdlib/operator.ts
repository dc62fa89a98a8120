/**
 * `operator`: the language's own operators as functions.
 */
import { done } from '../builtins/define.ts';
import { lengthOf } from '../builtins/length.ts';
import { compare } from '../comparison.ts';
import type { Interpreter } from '../interpreter.ts';
import { augmented, binary, unary } from '../operators.ts';
import { deleteItem, getItem, setItem } from '../subscripts.ts';
import type { BinaryOperator, CompareOperator } from '../syntax.ts';
import type { ModuleValue, Value } from '../values.ts';
import type { Entry } from './module.ts';
import { closedModule } from './module.ts';

const BINARY: Readonly<Record<string, BinaryOperator>> = {
  add: '+',
  sub: '-',
  mul: '*',
  truediv: '/',
  floordiv: '//',
  mod: '%',
  pow: '**',
  matmul: '@',
  lshift: '<<',
  rshift: '>>',
  and_: '&',
  or_: '|',
  xor: '^',
  concat: '+',
};

const COMPARE: Readonly<Record<string, CompareOperator>> = {
  eq: '==',
  ne: '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
  is_: 'is',
  is_not: 'is not',
};

const UNARY: Readonly<Record<string, '-' | '+' | '~' | 'not'>> = { neg: '-', pos: '+', inv: '~', invert: '~', not_: 'not' };

export function operatorModule(interp: Interpreter): ModuleValue {
  const entries: Entry[] = [];
  for (const [name, op] of Object.entries(BINARY)) {
    entries.push([`${name}(a, b, /)`, (a) => binary(interp, op, a[0] as Value, a[1] as Value)]);
    entries.push([`i${name.replace('_', '')}(a, b, /)`, (a) => augmented(interp, op, a[0] as Value, a[1] as Value)]);
  }
  for (const [name, op] of Object.entries(COMPARE))
    entries.push([`${name}(a, b, /)`, (a) => compare(interp, op, a[0] as Value, a[1] as Value)]);
  for (const [name, op] of Object.entries(UNARY)) entries.push([`${name}(a, /)`, (a) => unary(interp, op, a[0] as Value)]);
  const path = (value: Value, name: string) => name.split('.').reduce((v, part) => interp.getAttr(v, part), value);
  const several = (values: readonly Value[]) => (values.length === 1 ? (values[0] as Value) : interp.tuple(values));
  return closedModule(interp, 'operator', [
    ...entries,
    ['abs(a, /)', (a) => interp.call(interp.builtin('abs'), [a[0] as Value])],
    ['index(a, /)', (a) => interp.callMethod(a[0] as Value, '__index__', []) ?? (a[0] as Value)],
    ['truth(a, /)', (a) => interp.bool(interp.truth(a[0] as Value))],
    ['contains(a, b, /)', (a) => compare(interp, 'in', a[1] as Value, a[0] as Value)],
    ['countOf(a, b, /)', (a) => interp.call(interp.getAttr(interp.list(interp.items(a[0] as Value) ?? []), 'count'), [a[1] as Value])],
    ['getitem(a, b, /)', (a) => getItem(interp, a[0] as Value, a[1] as Value)],
    ['setitem(a, b, c, /)', (a) => done(setItem(interp, a[0] as Value, a[1] as Value, a[2] as Value))],
    ['delitem(a, b, /)', (a) => done(deleteItem(interp, a[0] as Value, a[1] as Value))],
    ['length_hint(obj, default=0, /)', (a) => interp.int(lengthOf(interp, a[0] as Value) ?? 0)],
    [
      'itemgetter(*items)',
      (_a, _call, extra) => interp.native('itemgetter', (call) => several(extra.map((key) => getItem(interp, call.args[0] as Value, key)))),
    ],
    [
      'attrgetter(*attrs)',
      (_a, _call, extra) =>
        interp.native('attrgetter', (call) => several(extra.map((name) => path(call.args[0] as Value, interp.asString(name) ?? '')))),
    ],
    [
      'methodcaller(name, /, *args, **kwargs)',
      (a, call, extra) =>
        interp.native('methodcaller', (inner) =>
          interp.call(interp.getAttr(inner.args[0] as Value, interp.asString(a[0] as Value) ?? ''), extra, call.kwargs),
        ),
    ],
  ]);
}
