/**
 * Special methods of containers (`__len__`, `__getitem__`, …): what `super().__getitem__(i)` reaches in a user's subclass,
 * and what makes instances of such a subclass work like the builtin type.
 */
import { lookup } from '../classes.ts';
import { compare } from '../comparison.ts';
import { formatValue } from '../format-spec.ts';
import type { Interpreter } from '../interpreter.ts';
import { binary } from '../operators.ts';
import { deleteItem, getItem, setItem } from '../subscripts.ts';
import type { BinaryOperator, CompareOperator } from '../syntax.ts';
import type { Value } from '../values.ts';
import { type Body, define, done, table, unbox } from './define.ts';
import { lengthOf } from './length.ts';
import { tableGet } from './mutation.ts';

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
  /** An instance that was made without the builtin type's constructor holds nothing that is known. */
  const on =
    (body: Body, otherwise: () => Value = () => interp.unknown()): Body =>
    (a, call, extra) =>
      a[0] === undefined || a[0].kind === 'object' || a[0].kind === 'unknown' ? otherwise() : body(a, call, extra);
  const result = table(interp, [
    [
      '__len__(self, /)',
      on(
        (a) => interp.int(lengthOf(interp, a[0] as Value) ?? 0),
        () => interp.freshInt('?', { least: 0 }),
      ),
    ],
    [
      '__iter__(self, /)',
      on(
        (a) => interp.iterate(a[0] as Value),
        () => interp.iterate(interp.unknown()),
      ),
    ],
    [
      '__getitem__(self, key, /)',
      on((a, call) => {
        const [self, key] = a as [Value, Value];
        const object = interp.resolve(call.args[0] as Value);
        const missing = self.kind === 'dict' && object.kind === 'object' ? lookup(object.cls, '__missing__') : undefined;
        if (self.kind !== 'dict' || missing === undefined) return getItem(interp, self, key);
        const there = tableGet(interp, self, key);
        if (there.found === 'yes') return there.value;
        const made = () => interp.call(missing, [object, key]);
        return there.found === 'no' ? made() : interp.fork(interp.freshFlag('?'), () => there.value, made);
      }),
    ],
    [
      '__contains__(self, key, /)',
      on(
        (a) => compare(interp, 'in', a[1] as Value, a[0] as Value),
        () => interp.unknownBool(),
      ),
    ],
    [
      '__format__(self, spec, /)',
      on(
        (a) => {
          const spec = interp.asString(a[1] as Value);
          return interp.str(spec === undefined ? undefined : formatValue(interp, a[0] as Value, spec));
        },
        () => interp.str(),
      ),
    ],
    [
      '__repr__(self, /)',
      on(
        (a) => interp.str(interp.repr(plain(a[0] as Value))),
        () => interp.str(),
      ),
    ],
  ]);
  for (const [name, op] of COMPARISONS) {
    result[name] = define(
      interp,
      `${name}(self, value, /)`,
      on(
        (a) => {
          const other = unbox(interp, a[1] as Value);
          return other.kind === 'object' && op !== '==' && op !== '!=' ? interp.notImplemented : compare(interp, op, a[0] as Value, other);
        },
        () => interp.unknownBool(),
      ),
    );
  }
  for (const [name, op] of ARITHMETIC) {
    result[name] = define(
      interp,
      `${name}(self, value, /)`,
      on((a) => {
        const other = unbox(interp, a[1] as Value);
        return other.kind === 'object' ? interp.notImplemented : binary(interp, op, a[0] as Value, other);
      }),
    );
  }
  if (!mutable) return result;
  const nothing = () => interp.none;
  return {
    ...result,
    ...table(interp, [
      ['__init__(self, *args, **kwargs)', (a, call, extra) => refill(interp, a[0] as Value, extra, call.kwargs)],
      ['__setitem__(self, key, value, /)', on((a) => done(setItem(interp, a[0] as Value, a[1] as Value, a[2] as Value)), nothing)],
      ['__delitem__(self, key, /)', on((a) => done(deleteItem(interp, a[0] as Value, a[1] as Value)), nothing)],
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
