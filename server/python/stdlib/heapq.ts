/**
 * `heapq` and `bisect`: lists kept in order by comparing items.
 */
import { done } from '../builtins/define.ts';
import { listAppend, listPop, listReplace } from '../builtins/mutation.ts';
import { less, sortItems } from '../builtins/ordering.ts';
import type { Interpreter } from '../interpreter.ts';
import { collect } from '../iteration.ts';
import type { ListValue, ModuleValue, Value } from '../values.ts';
import type { Entry } from './module.ts';
import { closedModule } from './module.ts';

export function heapqModule(interp: Interpreter): ModuleValue {
  const none = interp.none;
  const list = (v: Value | undefined): ListValue => (v?.kind === 'list' ? v : interp.list(v === undefined ? [] : (interp.items(v) ?? [])));
  const before = (a: Value, b: Value) => less(interp, a, b) === 'yes';
  const known = (heap: ListValue) => heap.slot.get().rest === undefined;
  /** Moves the item at `at` up to its place. */
  const rise = (items: Value[], start: number, at: number) => {
    let i = at;
    const item = items[i] as Value;
    while (i > start) {
      const parent = (i - 1) >> 1;
      if (!before(item, items[parent] as Value)) break;
      items[i] = items[parent] as Value;
      i = parent;
    }
    items[i] = item;
  };
  /** Moves the item at `at` down to a leaf along the smaller children, then up: as few comparisons as CPython makes. */
  const sink = (items: Value[], at: number) => {
    let i = at;
    const item = items[i] as Value;
    for (let child = 2 * i + 1; child < items.length; child = 2 * i + 1) {
      if (child + 1 < items.length && !before(items[child] as Value, items[child + 1] as Value)) child++;
      items[i] = items[child] as Value;
      i = child;
    }
    items[i] = item;
    rise(items, at, i);
  };
  const push = (heap: ListValue, item: Value) => {
    listAppend(interp, heap, item);
    if (!known(heap)) return;
    const items = heap.slot.get().items.slice();
    rise(items, 0, items.length - 1);
    listReplace(interp, heap, items);
  };
  const replaceFirst = (heap: ListValue, item: Value): Value => {
    const items = heap.slot.get().items.slice();
    if (items.length === 0) interp.raise('IndexError', 'index out of range');
    const first = items[0] as Value;
    items[0] = item;
    sink(items, 0);
    listReplace(interp, heap, items);
    return first;
  };
  const pop = (heap: ListValue): Value => {
    if (!known(heap)) return listPop(interp, heap, 0, false);
    const { items } = heap.slot.get();
    if (items.length === 0) interp.raise('IndexError', 'index out of range');
    const last = listPop(interp, heap, -1, true);
    return heap.slot.get().items.length === 0 ? last : replaceFirst(heap, last);
  };
  const extreme = (largest: boolean): Entry => [
    `${largest ? 'nlargest' : 'nsmallest'}(n, iterable, key=None)`,
    (a) => {
      const { items, rest } = collect(interp, a[1] as Value);
      const n = interp.asInt(a[0] as Value);
      const sorted = rest === undefined ? sortItems(interp, items, a[2], largest) : undefined;
      if (sorted === undefined || n === undefined)
        return interp.list({
          items: [],
          rest: { element: rest?.element ?? interp.unknown(), length: interp.freshInt('?', { least: 0 }).dim },
        });
      return interp.list(sorted.slice(0, n));
    },
  ];
  return closedModule(interp, 'heapq', [
    ['heappush(heap, item, /)', (a) => done(push(list(a[0]), a[1] as Value))],
    ['heappop(heap, /)', (a) => pop(list(a[0]))],
    [
      'heappushpop(heap, item, /)',
      (a) => {
        const heap = list(a[0]);
        const first = heap.slot.get().items[0];
        return first === undefined || !before(first, a[1] as Value) ? (a[1] as Value) : replaceFirst(heap, a[1] as Value);
      },
    ],
    ['heapreplace(heap, item, /)', (a) => replaceFirst(list(a[0]), a[1] as Value)],
    [
      'heapify(x, /)',
      (a) => {
        const heap = list(a[0]);
        if (!known(heap)) return none;
        const items = heap.slot.get().items.slice();
        for (let i = (items.length >> 1) - 1; i >= 0; i--) sink(items, i);
        listReplace(interp, heap, items);
        return none;
      },
    ],
    extreme(true),
    extreme(false),
    [
      'merge(*iterables, key=None, reverse=False)',
      (a, _call, extra) => {
        const all = extra.flatMap((v) => interp.items(v) ?? []);
        const down = a[1] !== undefined && interp.decide(interp.truth(a[1])) === 'yes';
        return interp.iterate(interp.list(sortItems(interp, all, a[0], down) ?? all));
      },
    ],
  ]);
}

export function bisectModule(interp: Interpreter): ModuleValue {
  const find = (a: readonly (Value | undefined)[], right: boolean): number | undefined => {
    const items = interp.items(a[0] as Value);
    const key = a[4] === undefined || a[4].kind === 'none' ? undefined : a[4];
    const from = a[2] === undefined ? 0 : interp.asInt(a[2]);
    const to = a[3] === undefined || a[3].kind === 'none' ? items?.length : interp.asInt(a[3]);
    if (items === undefined || from === undefined || to === undefined) return undefined;
    let [low, high] = [from, to];
    while (low < high) {
      const middle = (low + high) >> 1;
      const item = key === undefined ? (items[middle] as Value) : interp.call(key, [items[middle] as Value]);
      const answer = right ? less(interp, a[1] as Value, item) : less(interp, item, a[1] as Value);
      if (answer === 'unknown') return undefined;
      if ((answer === 'yes') === right) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const search = (name: string, right: boolean): Entry => [
    `${name}(a, x, lo=0, hi=None, *, key=None)`,
    (a) => {
      const at = find(a, right);
      return at === undefined ? interp.freshInt('?', { least: 0 }) : interp.int(at);
    },
  ];
  const insert = (name: string, right: boolean): Entry => [
    `${name}(a, x, lo=0, hi=None, *, key=None)`,
    (a) => {
      const at = find(a, right);
      return interp.call(interp.getAttr(a[0] as Value, 'insert'), [
        at === undefined ? interp.freshInt('?', { least: 0 }) : interp.int(at),
        a[1] as Value,
      ]);
    },
  ];
  return closedModule(interp, 'bisect', [
    search('bisect', true),
    search('bisect_right', true),
    search('bisect_left', false),
    insert('insort', true),
    insert('insort_right', true),
    insert('insort_left', false),
  ]);
}
