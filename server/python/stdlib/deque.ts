/**
 * `collections.deque`: an object around a list, with a greatest length.
 */
import { done } from '../builtins/define.ts';
import { lengthOf } from '../builtins/length.ts';
import { listAppend, listExtend, listInsert, listPop, listReplace } from '../builtins/mutation.ts';
import { equal } from '../builtins/ordering.ts';
import { compare } from '../comparison.ts';
import type { Interpreter } from '../interpreter.ts';
import { collect } from '../iteration.ts';

import { deleteItem, getItem, setItem } from '../subscripts.ts';
import type { ClassValue, ListValue, Value } from '../values.ts';
import { computed, Holder, held, nativeClass } from './module.ts';

class Deque {
  readonly list: ListValue;
  readonly most: number | undefined;

  constructor(list: ListValue, most: number | undefined) {
    this.list = list;
    this.most = most;
  }
}

/** An empty deque may hold anything: code that was not followed fills it. */
export function fillDeque(interp: Interpreter, value: Value): void {
  const deque = held(interp, value, Deque);
  if (deque === undefined || deque.list.slot.get().items.length > 0) return;
  deque.list.slot.set({ items: [], rest: { element: interp.unknown(), length: interp.freshInt('?', { least: 0 }).dim } });
}

export function dequeClass(interp: Interpreter): ClassValue {
  const none = interp.none;
  const of = (v: Value | undefined): Deque => held(interp, v, Deque) ?? new Deque(interp.list([]), undefined);
  /** Drops from one end what is too much. */
  const trim = (d: Deque, fromLeft: boolean) => {
    if (d.most === undefined) return;
    const { items, rest } = d.list.slot.get();
    if (rest !== undefined || items.length <= d.most) return;
    listReplace(interp, d.list, fromLeft ? items.slice(items.length - d.most) : items.slice(0, d.most));
  };
  const made = (cls: ClassValue, items: readonly Value[], most: number | undefined) =>
    interp.object(cls, new Holder(new Deque(interp.list(items.slice()), most)));
  const pop = (d: Deque, left: boolean): Value => {
    const { items, rest } = d.list.slot.get();
    if (items.length === 0 && rest === undefined) interp.raise('IndexError', 'pop from an empty deque');
    return listPop(interp, d.list, left ? 0 : -1, !left);
  };
  const cls: ClassValue = nativeClass(
    interp,
    'deque',
    'collections',
    [
      ['append(this, x, /)', (a) => done(listAppend(interp, of(a[0]).list, a[1] as Value), trim(of(a[0]), true)), { choices: true }],
      [
        'appendleft(this, x, /)',
        (a) => done(listInsert(interp, of(a[0]).list, 0, a[1] as Value), trim(of(a[0]), false)),
        { choices: true },
      ],
      ['pop(this, /)', (a) => pop(of(a[0]), false)],
      ['popleft(this, /)', (a) => pop(of(a[0]), true)],
      ['extend(this, iterable, /)', (a) => done(listExtend(interp, of(a[0]).list, collect(interp, a[1] as Value)), trim(of(a[0]), true))],
      [
        'extendleft(this, iterable, /)',
        (a) => {
          const d = of(a[0]);
          for (const item of collect(interp, a[1] as Value).items) listInsert(interp, d.list, 0, item);
          trim(d, false);
          return none;
        },
      ],
      ['clear(this, /)', (a) => done(listReplace(interp, of(a[0]).list, []))],
      ['copy(this, /)', (a) => made(cls, of(a[0]).list.slot.get().items, of(a[0]).most)],
      ['insert(this, i, x, /)', (a) => done(listInsert(interp, of(a[0]).list, interp.asInt(a[1] as Value), a[2] as Value))],
      ['remove(this, value, /)', (a) => interp.call(interp.getAttr(of(a[0]).list, 'remove'), [a[1] as Value])],
      ['count(this, value, /)', (a) => interp.call(interp.getAttr(of(a[0]).list, 'count'), [a[1] as Value])],
      [
        'index(this, value, start=0, stop=None, /)',
        (a) =>
          interp.call(
            interp.getAttr(of(a[0]).list, 'index'),
            a.slice(1).filter((v) => v !== undefined),
          ),
      ],
      ['reverse(this, /)', (a) => interp.call(interp.getAttr(of(a[0]).list, 'reverse'), [])],
      [
        'rotate(this, n=1, /)',
        (a) => {
          const d = of(a[0]);
          const { items, rest } = d.list.slot.get();
          const n = a[1] === undefined ? 1 : interp.asInt(a[1]);
          if (rest !== undefined || n === undefined || items.length === 0) return none;
          const at = ((-n % items.length) + items.length) % items.length;
          listReplace(interp, d.list, [...items.slice(at), ...items.slice(0, at)]);
          return none;
        },
      ],
      ['__len__(this, /)', (a) => interp.int(lengthOf(interp, of(a[0]).list) ?? 0)],
      ['__iter__(this, /)', (a) => interp.iterate(of(a[0]).list)],
      ['__reversed__(this, /)', (a) => interp.call(interp.builtin('reversed'), [of(a[0]).list])],
      ['__getitem__(this, index, /)', (a) => getItem(interp, of(a[0]).list, a[1] as Value)],
      ['__setitem__(this, index, value, /)', (a) => done(setItem(interp, of(a[0]).list, a[1] as Value, a[2] as Value))],
      ['__delitem__(this, index, /)', (a) => done(deleteItem(interp, of(a[0]).list, a[1] as Value))],
      ['__contains__(this, value, /)', (a) => compare(interp, 'in', a[1] as Value, of(a[0]).list)],
      [
        '__eq__(this, other, /)',
        (a) => {
          const other = held(interp, a[1], Deque);
          if (other === undefined) return interp.notImplemented;
          const same = equal(interp, of(a[0]).list, other.list);
          return same === 'unknown' ? interp.unknownBool() : interp.bool(same === 'yes');
        },
      ],
      [
        '__repr__(this, /)',
        (a) => {
          const d = of(a[0]);
          const text = interp.repr(d.list);
          return interp.str(text === undefined ? undefined : `deque(${text}${d.most === undefined ? '' : `, maxlen=${d.most}`})`);
        },
      ],
    ],
    {
      maxlen: computed(interp, (self) => {
        const { most } = of(self);
        return most === undefined ? none : interp.int(most);
      }),
    },
    (call, made_) => {
      const source = call.args[0] ?? call.kwargs.get('iterable');
      const limit = call.args[1] ?? call.kwargs.get('maxlen');
      const most = limit === undefined || interp.resolve(limit).kind === 'none' ? undefined : interp.asInt(limit);
      const { items, rest } = source === undefined ? { items: [], rest: undefined } : collect(interp, source);
      const d = new Deque(interp.list({ items: items.slice(), rest }), most);
      trim(d, true);
      return interp.object(made_, new Holder(d));
    },
  );
  return cls;
}
