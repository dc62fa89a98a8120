/**
 * `itertools`: lazy where a run needs it to be, with what further items look like where the end is not known.
 */
import type { Dim } from '../../dims/dim.ts';
import { add, mul, symbol } from '../../dims/dim.ts';
import type { Body } from '../builtins/define.ts';
import { mapIterator, zipIterators } from '../builtins/iterators.ts';
import { general } from '../builtins/mutation.ts';
import { equal } from '../builtins/ordering.ts';
import type { Interpreter } from '../interpreter.ts';
import { collect, iteratorOver, makeIterator } from '../iteration.ts';
import { binary } from '../operators.ts';
import type { Content, IteratorValue, ModuleValue, Rest, Value } from '../values.ts';
import { cartesian, combinations, multisets, permutations } from './arrangements.ts';
import { closedModule } from './module.ts';

/** While checking, endless iterators list this many items before they become a rest. */
const LISTED = 64;
/** Arrangements are listed up to this many; beyond, only what one looks like is kept. */
const MOST = 100_000;

export function itertoolsModule(interp: Interpreter): ModuleValue {
  const many = (): Dim => symbol('?', { least: 0 });
  const endless = (name: string, next: (i: number) => Value, typical: () => Value): IteratorValue => {
    let i = 0;
    return makeIterator(
      name,
      () => (interp.mode === 'check' && i >= LISTED ? undefined : next(i++)),
      () => (interp.mode === 'check' ? { element: typical(), length: many() } : undefined),
    );
  };
  const decided = (v: Value) => interp.decide(interp.truth(v));
  const listed = (
    content: Content,
    of: (items: readonly Value[]) => Iterable<readonly Value[]>,
    size: number | undefined,
  ): IteratorValue => {
    if (content.rest === undefined) {
      const rows: Value[] = [];
      for (const row of of(content.items)) {
        rows.push(interp.tuple(row));
        if (rows.length > MOST) break;
      }
      if (rows.length <= MOST) return iteratorOver({ items: rows, rest: undefined });
    }
    const element = general(interp, content.rest === undefined ? content.items : [...content.items, content.rest.element]);
    const row =
      size === undefined ? interp.tuple([], { rest: { element, length: many() } }) : interp.tuple(new Array<Value>(size).fill(element));
    return iteratorOver({ items: [], rest: { element: row, length: many() } });
  };
  const arranged =
    (of: (items: readonly Value[], r: number) => Iterable<readonly Value[]>): Body =>
    (a) => {
      const content = collect(interp, a[0] as Value);
      const r =
        a[1] === undefined || a[1].kind === 'none' ? (content.rest === undefined ? content.items.length : undefined) : interp.asInt(a[1]);
      if (r === undefined)
        return listed({ items: [], rest: { element: general(interp, content.items), length: many() } }, () => [], undefined);
      return listed(content, (items) => of(items, r), r);
    };

  const module = closedModule(interp, 'itertools', [
    ['chain(*iterables)', (_a, _call, extra) => chained(interp, iteratorOver({ items: extra, rest: undefined }))],
    [
      'count(start=0, step=1)',
      (a) => {
        const start = a[0] ?? interp.int(0);
        const step = a[1] ?? interp.int(1);
        return endless(
          'count',
          (i) => binary(interp, '+', start, binary(interp, '*', interp.int(i), step)),
          () => interp.freshInt('?'),
        );
      },
    ],
    [
      'cycle(iterable, /)',
      (a) => {
        const source = interp.iterate(a[0] as Value);
        const saved: Value[] = [];
        let at = -1;
        return makeIterator(
          'cycle',
          () => {
            if (at < 0) {
              const item = source.pull();
              if (item !== undefined) {
                saved.push(item);
                return item;
              }
              if (saved.length === 0 || source.rest() !== undefined || interp.mode === 'check') return undefined;
              at = 0;
            }
            return saved[at++ % saved.length];
          },
          () => {
            const rest = source.rest();
            if (rest === undefined && (saved.length === 0 || interp.mode === 'run')) return undefined;
            return { element: general(interp, rest === undefined ? saved : [...saved, rest.element]), length: many() };
          },
        );
      },
    ],
    [
      'repeat(object, times=None)',
      (a) => {
        const value = a[0] as Value;
        if (a[1] === undefined)
          return endless(
            'repeat',
            () => value,
            () => value,
          );
        const n = interp.asInt(a[1]);
        if (n === undefined) return iteratorOver({ items: [], rest: { element: value, length: interp.asDim(a[1]) ?? many() } });
        let i = 0;
        return makeIterator('repeat', () => (i++ < n ? value : undefined));
      },
    ],
    ['islice(iterable, start, stop=None, step=None, /)', (a, call) => sliced(interp, a, call.args.length)],
    [
      'accumulate(iterable, func=None, *, initial=None)',
      (a) => {
        const source = interp.iterate(a[0] as Value);
        const fn = a[1] === undefined || a[1].kind === 'none' ? undefined : a[1];
        let total: Value | undefined = a[2] === undefined || a[2].kind === 'none' ? undefined : a[2];
        let first = total !== undefined;
        return makeIterator(
          'accumulate',
          () => {
            if (first) {
              first = false;
              return total;
            }
            const item = source.pull();
            if (item === undefined) return undefined;
            total = total === undefined ? item : fn === undefined ? binary(interp, '+', total, item) : interp.call(fn, [total, item]);
            return total;
          },
          () => {
            const rest = source.rest();
            if (rest === undefined) return undefined;
            const element = interp.resolve(rest.element);
            return {
              element: element.kind === 'int' ? interp.freshInt('?') : element.kind === 'float' ? interp.float() : interp.unknown(),
              length: rest.length,
            };
          },
        );
      },
    ],
    [
      'product(*iterables, repeat=1)',
      (a, _call, extra) => {
        const times = a[0] === undefined ? 1 : interp.asInt(a[0]);
        const contents = extra.map((v) => collect(interp, v));
        if (times === undefined) return listed({ items: [], rest: { element: interp.unknown(), length: many() } }, () => [], undefined);
        const pools = Array.from({ length: times }, () => contents).flat();
        const size = pools.reduce((n, pool) => n * pool.items.length, 1);
        if (pools.every((pool) => pool.rest === undefined) && size <= MOST) {
          const rows = [...cartesian(pools.map((pool) => pool.items))];
          return iteratorOver({ items: rows.map((row) => interp.tuple(row)), rest: undefined });
        }
        const row = interp.tuple(
          pools.map((pool) => general(interp, pool.rest === undefined ? pool.items : [...pool.items, pool.rest.element])),
        );
        const length = pools.reduce<Dim>(
          (n, pool) => mul(n, add(interp.int(pool.items.length).dim, pool.rest?.length ?? interp.int(0).dim)),
          interp.int(1).dim,
        );
        return iteratorOver({ items: [], rest: { element: row, length } });
      },
    ],
    ['combinations(iterable, r)', arranged(combinations)],
    ['permutations(iterable, r=None)', arranged(permutations)],
    ['combinations_with_replacement(iterable, r)', arranged(multisets)],
    [
      'starmap(function, iterable, /)',
      (a) =>
        mapIterator('starmap', interp.iterate(a[1] as Value), (row) => {
          const { items, rest } = collect(interp, row);
          return rest === undefined ? interp.call(a[0] as Value, items) : interp.unknown();
        }),
    ],
    [
      'takewhile(predicate, iterable, /)',
      (a) => {
        const source = interp.iterate(a[1] as Value);
        let rest: Rest | undefined;
        let done = false;
        return makeIterator(
          'takewhile',
          () => {
            const item = done ? undefined : source.pull();
            if (item === undefined) {
              rest = done ? rest : source.rest();
              return undefined;
            }
            const keep = decided(interp.call(a[0] as Value, [item]));
            if (keep === 'yes') return item;
            done = true;
            if (keep === 'unknown') rest = { element: interp.unknown(), length: many() };
            return undefined;
          },
          () => rest,
        );
      },
    ],
    [
      'dropwhile(predicate, iterable, /)',
      (a) => {
        const source = interp.iterate(a[1] as Value);
        let dropping = true;
        return makeIterator(
          'dropwhile',
          () => {
            for (;;) {
              const item = source.pull();
              if (item === undefined || !dropping) return item;
              if (decided(interp.call(a[0] as Value, [item])) === 'yes') continue;
              dropping = false;
              return item;
            }
          },
          () => source.rest(),
        );
      },
    ],
    [
      'filterfalse(predicate, iterable, /)',
      (a) => {
        const source = interp.iterate(a[1] as Value);
        const fn = a[0] as Value;
        return makeIterator(
          'filterfalse',
          () => {
            for (;;) {
              const item = source.pull();
              if (item === undefined || decided(fn.kind === 'none' ? item : interp.call(fn, [item])) === 'no') return item;
            }
          },
          () => source.rest(),
        );
      },
    ],
    ['compress(data, selectors)', (a) => mapRows(interp, [a[0] as Value, a[1] as Value])],
    [
      'zip_longest(*iterables, fillvalue=None)',
      (a, _call, extra) => {
        const contents = extra.map((v) => collect(interp, v));
        const fill = a[0] ?? interp.none;
        const n = Math.max(0, ...contents.map((c) => c.items.length));
        const open = contents.some((c) => c.rest !== undefined);
        const rows: Value[] = [];
        for (let i = 0; i < n; i++) rows.push(interp.tuple(contents.map((c) => c.items[i] ?? c.rest?.element ?? fill)));
        if (!open) return iteratorOver({ items: rows, rest: undefined });
        const element = interp.tuple(contents.map((c) => (c.rest === undefined ? fill : general(interp, [c.rest.element, fill]))));
        return iteratorOver({ items: rows, rest: { element, length: many() } });
      },
    ],
    ['groupby(iterable, key=None)', (a) => grouped(interp, a[0] as Value, a[1])],
    [
      'tee(iterable, n=2, /)',
      (a) => {
        const content = collect(interp, a[0] as Value);
        const n = a[1] === undefined ? 2 : (interp.asInt(a[1]) ?? 2);
        return interp.tuple(Array.from({ length: n }, () => iteratorOver(content, 'tee')));
      },
    ],
    [
      'pairwise(iterable, /)',
      (a) => {
        const content = collect(interp, a[0] as Value);
        const later = iteratorOver({ items: content.items.slice(1), rest: content.rest });
        return zipIterators(interp, [iteratorOver(content), later]);
      },
    ],
    [
      'batched(iterable, n)',
      (a) => {
        const content = collect(interp, a[0] as Value);
        const n = interp.asInt(a[1] as Value);
        if (n === undefined || n < 1 || content.rest !== undefined)
          return iteratorOver({
            items: [],
            rest: { element: interp.tuple([], { rest: { element: interp.unknown(), length: many() } }), length: many() },
          });
        const rows: Value[] = [];
        for (let i = 0; i < content.items.length; i += n) rows.push(interp.tuple(content.items.slice(i, i + n)));
        return iteratorOver({ items: rows, rest: undefined });
      },
    ],
  ]);
  // `chain.from_iterable` is an attribute of a function: `chain` is a class whose call gives the iterator.
  const chain = module.attrs.get('chain') as Extract<Value, { kind: 'native' }>;
  const cls = interp.nativeClass({
    name: 'chain',
    module: 'itertools',
    construct: (call) => chain.call(call),
    attrs: {
      from_iterable: {
        kind: 'staticmethod',
        func: interp.native('from_iterable', (call) => chained(interp, interp.iterate(call.args[0] as Value))),
      },
    },
  });
  module.attrs.set('chain', cls);
  return module;
}

/** The items of each source, one source after another. */
function chained(interp: Interpreter, sources: IteratorValue): IteratorValue {
  let current: IteratorValue | undefined;
  let rest: Rest | undefined;
  let stuck = false;
  const giveUp = (first: Rest) => {
    stuck = true;
    const parts: Value[] = [first.element];
    for (let source = sources.pull(); source !== undefined; source = sources.pull()) {
      const { items, rest: further } = collect(interp, source);
      parts.push(...items);
      if (further !== undefined) parts.push(further.element);
    }
    rest = { element: general(interp, parts), length: symbol('?', { least: 0 }) };
  };
  return makeIterator(
    'chain',
    () => {
      while (!stuck) {
        if (current === undefined) {
          const source = sources.pull();
          if (source === undefined) {
            const more = sources.rest();
            if (more === undefined) return undefined;
            const inner = collect(interp, more.element);
            giveUp({
              element: general(interp, inner.rest === undefined ? inner.items : [...inner.items, inner.rest.element]),
              length: more.length,
            });
            return undefined;
          }
          current = interp.iterate(source);
        }
        const item = current.pull();
        if (item !== undefined) return item;
        const further = current.rest();
        if (further !== undefined) giveUp(further);
        current = undefined;
      }
      return undefined;
    },
    () => rest,
  );
}

function sliced(interp: Interpreter, a: readonly (Value | undefined)[], given: number): Value {
  const source = interp.iterate(a[0] as Value);
  const read = (v: Value | undefined, otherwise: number) => (v === undefined || v.kind === 'none' ? otherwise : interp.asInt(v));
  const start = given < 3 ? 0 : read(a[1], 0);
  const stop = read(given < 3 ? a[1] : a[2], Infinity);
  const step = read(a[3], 1);
  const open: Rest = { element: interp.unknown(), length: symbol('?', { least: 0 }) };
  if (start === undefined || stop === undefined || step === undefined) {
    const { items, rest } = interp.mode === 'run' ? { items: [], rest: undefined } : collect(interp, source);
    return iteratorOver({ items: [], rest: { ...open, element: general(interp, rest === undefined ? items : [...items, rest.element]) } });
  }
  let index = 0;
  let next = start;
  return makeIterator(
    'islice',
    () => {
      while (next < stop) {
        const item = source.pull();
        if (item === undefined) return undefined;
        if (index++ !== next) continue;
        next += step;
        return item;
      }
      return undefined;
    },
    () => (next < stop ? source.rest() : undefined),
  );
}

function mapRows(interp: Interpreter, sources: readonly Value[]): IteratorValue {
  const rows = zipIterators(
    interp,
    sources.map((v) => interp.iterate(v)),
  );
  return makeIterator(
    'compress',
    () => {
      for (;;) {
        const row = rows.pull();
        if (row === undefined || row.kind !== 'tuple') return undefined;
        if (interp.decide(interp.truth(row.items[1] as Value)) !== 'no') return row.items[0];
      }
    },
    () => {
      const rest = rows.rest();
      return rest === undefined
        ? undefined
        : {
            element: rest.element.kind === 'tuple' ? (rest.element.items[0] as Value) : interp.unknown(),
            length: symbol('?', { least: 0 }),
          };
    },
  );
}

function grouped(interp: Interpreter, iterable: Value, key: Value | undefined): Value {
  const { items, rest } = collect(interp, iterable);
  const groups: { key: Value; items: Value[] }[] = [];
  let known = rest === undefined;
  for (const item of items) {
    const k = key === undefined || key.kind === 'none' ? item : interp.call(key, [item]);
    const last = groups[groups.length - 1];
    const same = last === undefined ? 'no' : equal(interp, last.key, k);
    if (same === 'unknown') known = false;
    if (last !== undefined && same === 'yes') last.items.push(item);
    else groups.push({ key: k, items: [item] });
  }
  if (known)
    return iteratorOver({
      items: groups.map((g) => interp.tuple([g.key, iteratorOver({ items: g.items, rest: undefined })])),
      rest: undefined,
    });
  const element = general(interp, rest === undefined ? items : [...items, rest.element]);
  const length = symbol('?', { least: 0 });
  return iteratorOver({
    items: [],
    rest: { element: interp.tuple([interp.unknown(), iteratorOver({ items: [], rest: { element, length } })]), length },
  });
}
