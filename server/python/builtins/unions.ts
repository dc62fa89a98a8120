/**
 * `int | None`: the union of types that annotations and `isinstance` use.
 */
import { makeClass } from '../classes.ts';
import type { Interpreter } from '../interpreter.ts';
import type { ClassValue, Value } from '../values.ts';
import { table } from './define.ts';

const classes = new WeakMap<Interpreter, ClassValue>();

function unionClass(interp: Interpreter): ClassValue {
  let cls = classes.get(interp);
  if (cls === undefined) {
    const methods = table(interp, [
      ['__or__(this, other, /)', (a) => unionOf(interp, a[0] as Value, a[1] as Value)],
      ['__ror__(this, other, /)', (a) => unionOf(interp, a[1] as Value, a[0] as Value)],
      [
        '__repr__(this, /)',
        (a) => {
          const parts = interp.items(interp.getAttr(a[0] as Value, '__args__')) ?? [];
          return interp.str(parts.map((part) => partText(interp, part)).join(' | '));
        },
      ],
    ]);
    classes.set(interp, (cls = makeClass(interp, { name: 'UnionType', module: 'types', attrs: methods })));
  }
  return cls;
}

function partText(interp: Interpreter, part: Value): string {
  const v = interp.resolve(part);
  if (v.kind !== 'class') return interp.repr(v) ?? '?';
  if (v === interp.builtins.types.NoneType) return 'None';
  return v.module === 'builtins' ? v.name : `${v.module}.${v.name}`;
}

/** The union of two types, each a class, None or a union itself; its `__args__` are the classes. */
export function unionOf(interp: Interpreter, left: Value, right: Value): Value {
  const parts: Value[] = [];
  for (const side of [left, right]) {
    const v = interp.resolve(side);
    if (v.kind === 'object' && v.cls === unionClass(interp)) parts.push(...(interp.items(interp.getAttr(v, '__args__')) ?? []));
    else parts.push(v.kind === 'none' ? interp.builtins.types.NoneType : v);
  }
  const union = interp.object(unionClass(interp));
  union.attrs.set('__args__', interp.tuple([...new Set(parts)]));
  return union;
}
