/**
 * Methods of list, tuple, range and slice.
 */
import { add, constant, max, min } from '../../dims/dim.ts';
import type { Interpreter } from '../interpreter.ts';
import { collect } from '../iteration.ts';
import type { Content, ListValue, Value } from '../values.ts';
import type { Body } from './define.ts';
import { done, table } from './define.ts';
import { general, listAppend, listExtend, listInsert, listPop, listReplace } from './mutation.ts';
import { equal, sortItems } from './ordering.ts';

function listOf(interp: Interpreter, value: Value | undefined, method: string): ListValue {
  if (value?.kind !== 'list')
    interp.raise(
      'TypeError',
      `descriptor '${method}' for 'list' objects doesn't apply to a '${value === undefined ? '?' : interp.typeName(value)}' object`,
    );
  return value;
}

export function listMethods(interp: Interpreter): Record<string, Value> {
  const on =
    (name: string, body: (list: ListValue, a: readonly (Value | undefined)[]) => Value): Body =>
    (a) =>
      a[0]?.kind === 'unknown' || a[0]?.kind === 'object' ? interp.unknown() : body(listOf(interp, a[0], name), a);
  return {
    ...sequenceMethods(interp),
    ...table(interp, [
      ['append(self, object, /)', on('append', (list, a) => done(listAppend(interp, list, a[1] as Value))), { choices: true }],
      [
        'extend(self, iterable, /)',
        on('extend', (list, a) => done(listExtend(interp, list, collect(interp, a[1] as Value)))),
        { choices: true },
      ],
      [
        'insert(self, index, object, /)',
        on('insert', (list, a) => done(listInsert(interp, list, interp.asInt(a[1] as Value), a[2] as Value))),
        { choices: true },
      ],
      [
        'pop(self, index=-1, /)',
        on('pop', (list, a) =>
          listPop(interp, list, a[1] === undefined ? -1 : interp.asInt(a[1]), a[1] === undefined || interp.asInt(a[1]) === -1),
        ),
      ],
      ['clear(self, /)', on('clear', (list) => done(listReplace(interp, list, [])))],
      ['copy(self, /)', on('copy', (list) => interp.list({ items: list.slot.get().items.slice(), rest: list.slot.get().rest }))],
      ['remove(self, value, /)', on('remove', (list, a) => remove(interp, list, a[1] as Value))],
      ['reverse(self, /)', on('reverse', (list) => reverse(interp, list))],
      ['sort(self, /, *, key=None, reverse=False)', on('sort', (list, a) => sort(interp, list, a[1], a[2]))],
    ]),
  };
}

function remove(interp: Interpreter, list: ListValue, value: Value): Value {
  const { items, rest } = list.slot.get();
  for (let i = 0; i < items.length; i++) {
    const same = equal(interp, items[i] as Value, value);
    if (same === 'no') continue;
    if (same === 'unknown') return forget(interp, list);
    listReplace(interp, list, [...items.slice(0, i), ...items.slice(i + 1)], rest);
    return interp.none;
  }
  if (rest === undefined) interp.raise('ValueError', 'list.remove(x): x not in list');
  return forget(interp, list);
}

/** Some item goes, nobody knows which. */
function forget(interp: Interpreter, list: ListValue): Value {
  const { items, rest } = list.slot.get();
  const element = general(interp, rest === undefined ? items : [...items, rest.element]);
  const length = rest === undefined ? constant(items.length - 1) : interp.freshInt('?', { least: 0 }).dim;
  listReplace(interp, list, [], { element, length });
  return interp.none;
}

function reverse(interp: Interpreter, list: ListValue): Value {
  const { items, rest } = list.slot.get();
  if (rest === undefined) listReplace(interp, list, items.slice().reverse());
  else listReplace(interp, list, [], wholeRest(interp, { items, rest }));
  return interp.none;
}

function sort(interp: Interpreter, list: ListValue, key: Value | undefined, reversed: Value | undefined): Value {
  const content = list.slot.get();
  const down = reversed === undefined ? 'no' : interp.decide(interp.truth(reversed));
  const sorted = content.rest === undefined && down !== 'unknown' ? sortItems(interp, content.items, key, down === 'yes') : undefined;
  if (sorted !== undefined) listReplace(interp, list, sorted);
  else listReplace(interp, list, [], wholeRest(interp, content));
  return interp.none;
}

/** The same items in an order nobody knows. */
export function wholeRest(interp: Interpreter, content: Content): { element: Value; length: ReturnType<typeof constant> } {
  const { items, rest } = content;
  const element = general(interp, rest === undefined ? items : [...items, rest.element]);
  const length = constant(items.length);
  return { element, length: rest === undefined ? length : add(length, rest.length) };
}

/** What lists, tuples and ranges have in common. */
export function sequenceMethods(interp: Interpreter): Record<string, Value> {
  return table(interp, [
    [
      'count(self, value, /)',
      (a) => {
        const content = collect(interp, a[0] as Value);
        let least = 0;
        let open = content.rest !== undefined;
        for (const item of content.items) {
          const same = equal(interp, item, a[1] as Value);
          if (same === 'yes') least++;
          else if (same === 'unknown') open = true;
        }
        return open ? interp.freshInt('?', { least }) : interp.int(least);
      },
    ],
    [
      'index(self, value, start=0, stop=None, /)',
      (a) => {
        const content = collect(interp, a[0] as Value);
        const { items } = content;
        const from = a[2] === undefined ? 0 : interp.asInt(a[2]);
        const to = a[3] === undefined ? items.length : interp.asInt(a[3]);
        if (from === undefined || to === undefined) return interp.freshInt('?', { least: 0 });
        const start = from < 0 ? Math.max(0, items.length + from) : from;
        const stop = to < 0 ? items.length + to : Math.min(to, items.length);
        for (let i = start; i < stop; i++) {
          const same = equal(interp, items[i] as Value, a[1] as Value);
          if (same === 'yes') return interp.int(i);
          if (same === 'unknown') return interp.freshInt('?', { least: i });
        }
        if (content.rest !== undefined) return interp.freshInt('?', { least: items.length });
        const kind = interp.typeName(a[0] as Value);
        const text = kind === 'list' ? `${interp.repr(a[1] as Value) ?? 'value'} is not in list` : `${kind}.index(x): x not in ${kind}`;
        interp.raise('ValueError', text);
      },
    ],
  ]);
}

/** `slice(…).indices(n)`. */
export function sliceMethods(interp: Interpreter): Record<string, Value> {
  return table(interp, [
    [
      'indices(self, length, /)',
      (a) => {
        const [self, length] = a;
        if (self?.kind !== 'slice' || length === undefined) return interp.unknown();
        const n = interp.asDim(length);
        const step = self.step.kind === 'none' ? 1 : interp.asInt(self.step);
        if (n === undefined || step === undefined) return interp.tuple([interp.freshInt('?'), interp.freshInt('?'), interp.freshInt('?')]);
        const known = interp.asInt(length);
        const clamp = (v: Value, otherwise: number | undefined) => {
          if (v.kind === 'none') return otherwise === undefined ? interp.int(n) : interp.int(otherwise);
          const at = interp.asInt(v);
          const dim = interp.asDim(v);
          if (at !== undefined && known !== undefined) {
            const low = step < 0 ? -1 : 0;
            return interp.int(Math.max(low, Math.min(at < 0 ? at + known : at, step < 0 ? known - 1 : known)));
          }
          if (dim === undefined || at === undefined || at < 0) return interp.freshInt('?');
          return interp.int(max(constant(0), min(dim, n)));
        };
        if (step < 0)
          return interp.tuple([clamp(self.start, known === undefined ? undefined : known - 1), clamp(self.stop, -1), interp.int(step)]);
        return interp.tuple([clamp(self.start, 0), clamp(self.stop, undefined), interp.int(step)]);
      },
    ],
  ]);
}
