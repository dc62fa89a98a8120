/**
 * Special methods of containers (`__len__`, `__getitem__`, …): what `super().__getitem__(i)` reaches in a user's subclass,
 * and what makes instances of such a subclass work like the builtin type.
 */
import { formatValue } from '../format-spec.ts';
import type { Interpreter } from '../interpreter.ts';
import { binary, compare } from '../operators.ts';
import { deleteItem, getItem, setItem } from '../subscripts.ts';
import type { BinaryOperator, CompareOperator } from '../syntax.ts';
import type { Value } from '../values.ts';
import { define, done, table, unbox } from './define.ts';
import { lengthOf } from './length.ts';

const COMPARISONS: readonly (readonly [string, CompareOperator])[] = [
  ['__eq__', '=='],
  ['__ne__', '!='],
  ['__lt__', '<'],
  ['__le__', '<='],
  ['__gt__', '>'],
  ['__ge__', '>='],
];

const ARITHMETIC: readonly (readonly [string, BinaryOperator])[] = [
  ['__add__', '+'],
  ['__mul__', '*'],
  ['__mod__', '%'],
  ['__or__', '|'],
  ['__and__', '&'],
  ['__sub__', '-'],
  ['__xor__', '^'],
];

export function containerSpecials(interp: Interpreter, mutable = false): Record<string, Value> {
  const result = table(interp, [
    ['__len__(self, /)', (a) => interp.int(lengthOf(interp, a[0] as Value) ?? 0)],
    ['__iter__(self, /)', (a) => interp.iterate(a[0] as Value)],
    ['__getitem__(self, key, /)', (a) => getItem(interp, a[0] as Value, a[1] as Value)],
    ['__contains__(self, key, /)', (a) => compare(interp, 'in', a[1] as Value, a[0] as Value)],
    [
      '__format__(self, spec, /)',
      (a) => {
        const spec = interp.asString(a[1] as Value);
        return interp.str(spec === undefined ? undefined : formatValue(interp, a[0] as Value, spec));
      },
    ],
    ['__repr__(self, /)', (a) => interp.str(interp.repr(plain(a[0] as Value)))],
  ]);
  for (const [name, op] of COMPARISONS) {
    result[name] = define(interp, `${name}(self, value, /)`, (a) => {
      const other = unbox(interp, a[1] as Value);
      return other.kind === 'object' && op !== '==' && op !== '!=' ? interp.notImplemented : compare(interp, op, a[0] as Value, other);
    });
  }
  for (const [name, op] of ARITHMETIC) {
    result[name] = define(interp, `${name}(self, value, /)`, (a) => {
      const other = unbox(interp, a[1] as Value);
      return other.kind === 'object' ? interp.notImplemented : binary(interp, op, a[0] as Value, other);
    });
  }
  if (!mutable) return result;
  return {
    ...result,
    ...table(interp, [
      ['__init__(self, *args, **kwargs)', (a, call, extra) => refill(interp, a[0] as Value, extra, call.kwargs)],
      ['__setitem__(self, key, value, /)', (a) => done(setItem(interp, a[0] as Value, a[1] as Value, a[2] as Value))],
      ['__delitem__(self, key, /)', (a) => done(deleteItem(interp, a[0] as Value, a[1] as Value))],
    ]),
  };
}

/** The value as an instance of the builtin type itself. */
function plain(v: Value): Value {
  return v.kind === 'dict' || v.kind === 'tuple' ? { ...v, cls: undefined } : v;
}

/** `super().__init__(…)` of a subclass of list or dict. */
function refill(interp: Interpreter, self: Value, args: readonly Value[], kwargs: ReadonlyMap<string, Value>): Value {
  if (self.kind === 'list') {
    interp.callMethod(self, 'clear', []);
    if (args[0] !== undefined) interp.callMethod(self, 'extend', [args[0]]);
  } else if (self.kind === 'dict') {
    interp.call(interp.getAttr(self, 'update'), args, kwargs);
  }
  return interp.none;
}
