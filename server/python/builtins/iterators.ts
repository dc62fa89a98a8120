/**
 * `iter`, `next`, `zip`, `enumerate`, `map`, `filter`, `reversed` and what they share: lazy iterators over iterators whose
 * end may not be known.
 */
import type { Dim } from '../../dims/dim.ts';
import { add, constant, min, symbol } from '../../dims/dim.ts';
import { PyError } from '../faults.ts';
import type { Interpreter } from '../interpreter.ts';
import { collect, iteratorOver, makeIterator, unknownRest } from '../iteration.ts';
import type { IteratorValue, Rest, Value } from '../values.ts';
import type { Body } from './define.ts';
import { table } from './define.ts';
import { wholeRest } from './list-methods.ts';
import { general } from './mutation.ts';
import { mayHaveMore } from './ordering.ts';
import { dictIterator } from './views.ts';

/** What is left of several iterators that go in step, one of which cannot tell its next item. */
function stepRest(interp: Interpreter, parts: readonly { source: IteratorValue; pulled: Value | undefined }[]): Rest | undefined {
  const elements: Value[] = [];
  let length: Dim | undefined;
  for (const { source, pulled } of parts) {
    const known: Value[] = pulled === undefined ? [] : [pulled];
    for (let item = source.pull(); item !== undefined && known.length < 4096; item = source.pull()) known.push(item);
    const rest = source.rest();
    if (known.length === 0 && rest === undefined) return undefined;
    const own = interp.int(known.length).dim;
    const all = rest === undefined ? own : add(own, rest.length);
    length = length === undefined ? all : min(length, all);
    elements.push(general(interp, rest === undefined ? known : [...known, rest.element]));
  }
  return { element: interp.tuple(elements), length: length ?? symbol('?', { least: 0 }) };
}

/** Tuples of the items of several iterators, until the shortest ends. */
export function zipIterators(interp: Interpreter, sources: readonly IteratorValue[], strict = false): IteratorValue {
  let done = sources.length === 0;
  let rest: Rest | undefined;
  return makeIterator(
    'zip',
    () => {
      if (done) return undefined;
      const row: Value[] = [];
      for (let i = 0; i < sources.length; i++) {
        const item = (sources[i] as IteratorValue).pull();
        if (item !== undefined) {
          row.push(item);
          continue;
        }
        done = true;
        const unsure = (sources[i] as IteratorValue).rest() !== undefined;
        if (unsure)
          rest = stepRest(
            interp,
            sources.map((source, j) => ({ source, pulled: row[j] })),
          );
        else if (strict) strictEnd(interp, sources, i);
        return undefined;
      }
      return interp.tuple(row);
    },
    () => rest,
  );
}

/** `zip(*rows)` of an unknown number of rows that are tuples of the same length: a tuple for each field. */
function transposed(interp: Interpreter, rows: readonly Value[], further: Rest | undefined): IteratorValue {
  const unknown = iteratorOver({ items: [], rest: unknownRest(interp) }, 'zip');
  if (further === undefined) return unknown;
  const [last, ...others] = [further.element, ...rows].map((row) => {
    const v = interp.resolve(row);
    return v.kind === 'tuple' && v.rest === undefined && v.open === undefined ? v.items : undefined;
  });
  if (last === undefined) return unknown;
  const fields: Value[] = [];
  for (const [i, element] of last.entries()) {
    const items = others.map((row) => row?.[i]);
    if (others.some((row) => row?.length !== last.length)) return unknown;
    fields.push(interp.tuple(items as Value[], { rest: { element, length: further.length } }));
  }
  return iteratorOver({ items: fields, rest: undefined }, 'zip');
}

function strictEnd(interp: Interpreter, sources: readonly IteratorValue[], ended: number): void {
  const plural = (n: number) => (n === 1 ? ' 1' : `s 1-${n}`);
  if (ended > 0) interp.raise('ValueError', `zip() argument ${ended + 1} is shorter than argument${plural(ended)}`);
  for (let i = 1; i < sources.length; i++) {
    if ((sources[i] as IteratorValue).pull() !== undefined)
      interp.raise('ValueError', `zip() argument ${i + 1} is longer than argument${plural(i)}`);
  }
}

/** Each item changed by `change`; so is what further items look like. */
export function mapIterator(name: string, source: IteratorValue, change: (item: Value) => Value): IteratorValue {
  let rest: Rest | undefined;
  let asked = false;
  return makeIterator(
    name,
    () => {
      const item = source.pull();
      return item === undefined ? undefined : change(item);
    },
    () => {
      const further = source.rest();
      if (further === undefined || asked) return rest;
      asked = true;
      rest = { element: change(further.element), length: further.length };
      return rest;
    },
  );
}

/** Items for which `keep` is true; where that is not known the iterator ends in a rest. */
export function filterIterator(interp: Interpreter, source: IteratorValue, keep: (item: Value) => Value): IteratorValue {
  let rest: Rest | undefined;
  let ended = false;
  return makeIterator(
    'filter',
    () => {
      while (!ended) {
        const item = source.pull();
        if (item === undefined) break;
        const decision = interp.decide(interp.truth(keep(item)));
        if (decision === 'yes') return item;
        if (decision === 'no') continue;
        ended = true;
        const others = collect(interp, source);
        rest = {
          element: wholeRest(interp, { items: [item, ...others.items], rest: others.rest }).element,
          length: symbol('?', { least: 0 }),
        };
      }
      return undefined;
    },
    () => {
      const further = source.rest();
      return rest ?? (further === undefined ? undefined : { element: further.element, length: symbol('?', { least: 0 }) });
    },
  );
}

export function nextItem(interp: Interpreter, iterator: Value, otherwise: Value | undefined): Value {
  const v = interp.resolve(iterator);
  if (v.kind === 'iterator') {
    const item = v.pull();
    if (item !== undefined) return item;
    const rest = v.rest();
    if (rest !== undefined) return otherwise === undefined ? rest.element : general(interp, [rest.element, otherwise]);
    if (otherwise !== undefined) return otherwise;
    interp.raise('StopIteration', '');
  }
  if (v.kind === 'unknown') return interp.unknown();
  if (v.kind === 'object') {
    try {
      const item = interp.callMethod(v, '__next__', []);
      if (item !== undefined) return item;
      if (mayHaveMore(interp, v)) return interp.unknown();
    } catch (error) {
      if (otherwise !== undefined && error instanceof PyError && error.exception === 'StopIteration') return otherwise;
      throw error;
    }
  }
  interp.raise('TypeError', `'${interp.typeName(v)}' object is not an iterator`);
}

function reversedOf(interp: Interpreter, v: Value): Value {
  if (v.kind === 'unknown') return iteratorOver(collect(interp, v), 'reversed');
  if (v.kind === 'dict') return dictIterator(interp, v, 'keys', true);
  if (v.kind === 'object') {
    const own = interp.callMethod(v, '__reversed__', []);
    if (own !== undefined) return own;
  }
  if (v.kind === 'set') interp.raise('TypeError', `'${interp.typeName(v)}' object is not reversible`);
  const content = collect(interp, v);
  if (content.rest === undefined) return iteratorOver({ items: content.items.slice().reverse(), rest: undefined }, 'reversed');
  const { element, length } = content.items.length === 0 ? content.rest : wholeRest(interp, content);
  return iteratorOver({ items: [], rest: { element, length } }, 'reversed');
}

export function iteratorFunctions(interp: Interpreter): Record<string, Value> {
  const iter: Body = (a) => {
    const v = a[0] as Value;
    if (a[1] === undefined) return v.kind === 'dict' ? dictIterator(interp, v, 'keys') : interp.iterate(v);
    const sentinel = a[1];
    return makeIterator('callable_iterator', () => {
      const item = interp.call(v, []);
      return interp.sameValue(item, sentinel) ? undefined : item;
    });
  };
  return table(interp, [
    ['iter(object, sentinel=None, /)', iter],
    ['next(iterator, default=None, /)', (a) => nextItem(interp, a[0] as Value, a[1])],
    ['reversed(sequence, /)', (a) => reversedOf(interp, a[0] as Value)],
    [
      'zip(*iterables, strict=False)',
      (a, call, extra) =>
        call.open
          ? transposed(interp, extra, call.rest)
          : zipIterators(
              interp,
              extra.map((v) => interp.iterate(v)),
              a[0] !== undefined && interp.decide(interp.truth(a[0])) === 'yes',
            ),
      { openArgs: true },
    ],
    [
      'enumerate(iterable, start=0)',
      (a) => {
        const start = a[1] === undefined ? interp.int(0) : a[1];
        const from = interp.asDim(start) ?? symbol('?');
        const numbered = (i: number, item: Value) => interp.tuple([interp.int(add(from, constant(i))), item]);
        const later = (i: number, item: Value) => interp.tuple([interp.freshInt('?', { least: (interp.asInt(start) ?? 0) + i }), item]);
        const source = interp.iterate(a[0] as Value);
        let i = 0;
        return makeIterator(
          'enumerate',
          () => {
            const item = source.pull();
            return item === undefined ? undefined : numbered(i++, item);
          },
          () => {
            const rest = source.rest();
            if (rest === undefined) return undefined;
            const { first, others } = rest.parted ?? { first: rest.element, others: rest.element };
            return {
              element: later(i, rest.element),
              length: rest.length,
              parted: { first: numbered(i, first), others: later(i + 1, others) },
            };
          },
        );
      },
    ],
    [
      'map(function, iterable, /, *iterables)',
      (a, _call, extra) => {
        const fn = a[0] as Value;
        const first = interp.iterate(a[1] as Value);
        if (extra.length === 0) return mapIterator('map', first, (item) => interp.call(fn, [item]));
        const rows = zipIterators(interp, [first, ...extra.map((v) => interp.iterate(v))]);
        return mapIterator('map', rows, (row) => interp.call(fn, row.kind === 'tuple' ? row.items : [row]));
      },
    ],
    [
      'filter(function, iterable, /)',
      (a) => {
        const fn = a[0] as Value;
        return filterIterator(
          interp,
          interp.iterate(a[1] as Value),
          fn.kind === 'none' ? (item) => item : (item) => interp.call(fn, [item]),
        );
      },
    ],
  ]);
}
