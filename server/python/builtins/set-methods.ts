/**
 * Methods of set and frozenset.
 */

import type { Interpreter } from '../interpreter.ts';
import { collect } from '../iteration.ts';
import type { DictContent, SetValue, Value } from '../values.ts';
import type { Body } from './define.ts';
import { done, table } from './define.ts';
import { copied, has, missingKey } from './dict-methods.ts';
import { general, makeSet, tableDelete, tableGet, tableReplace, tableSet } from './mutation.ts';
import { setItems } from './set-order.ts';

type Keep = (inLeft: boolean, inRight: boolean) => boolean;

const both: Keep = (a, b) => a && b;
const onlyLeft: Keep = (a, b) => a && !b;
const different: Keep = (a, b) => a !== b;

/** The members of `a` and `b` that `keep` says; where either is not wholly known, members that may be there. */
export function combineSets(interp: Interpreter, a: DictContent, b: DictContent, keep: Keep): DictContent {
  const all = new Map([...a.entries, ...[...b.entries].filter(([key]) => !a.entries.has(key))]);
  if (a.rest === undefined && b.rest === undefined) {
    for (const key of [...all.keys()]) if (!keep(a.entries.has(key), b.entries.has(key))) all.delete(key);
    return { entries: all, rest: undefined };
  }
  const sure = keep(true, false) && keep(true, true) && keep(false, true);
  const candidates = [...all.values()].map((entry) => entry[0]);
  for (const rest of [a.rest, b.rest]) if (rest !== undefined) candidates.push(rest.key);
  const element = general(interp, candidates);
  return { entries: sure ? all : new Map(), rest: { key: element, value: element } };
}

export function setContent(interp: Interpreter, value: Value): DictContent {
  const v = interp.resolve(value);
  if (v.kind === 'set') return v.slot.get();
  const { items, rest } = collect(interp, v);
  return interp.set(items, false, rest?.element).slot.get();
}

export function setMethods(interp: Interpreter, frozen: boolean): Record<string, Value> {
  const none = interp.none;
  const on =
    (body: (set: SetValue, a: readonly (Value | undefined)[], extra: readonly Value[]) => Value): Body =>
    (a, _call, extra) => {
      const self = a[0];
      if (self?.kind === 'set') return body(self, a, extra);
      return interp.unknown();
    };
  const fold = (set: SetValue, others: readonly Value[], keep: Keep) =>
    others.reduce((content, other) => combineSets(interp, content, setContent(interp, other), keep), copied(set.slot.get()));
  const made = (set: SetValue, content: DictContent) => makeSet(interp, content, set.frozen);
  const union: Keep = () => true;
  const subset = (a: DictContent, b: DictContent): Value => {
    if (a.rest !== undefined) return interp.unknownBool();
    const all = [...a.entries.keys()].every((key) => b.entries.has(key));
    return all || b.rest === undefined ? interp.bool(all) : interp.unknownBool();
  };
  const common = table(interp, [
    ['union(self, *others)', on((set, _a, extra) => made(set, fold(set, extra, union)))],
    ['intersection(self, *others)', on((set, _a, extra) => made(set, fold(set, extra, both)))],
    ['difference(self, *others)', on((set, _a, extra) => made(set, fold(set, extra, onlyLeft)))],
    ['symmetric_difference(self, other, /)', on((set, a) => made(set, fold(set, [a[1] as Value], different)))],
    ['issubset(self, other, /)', on((set, a) => subset(set.slot.get(), setContent(interp, a[1] as Value)))],
    ['issuperset(self, other, /)', on((set, a) => subset(setContent(interp, a[1] as Value), set.slot.get()))],
    [
      'isdisjoint(self, other, /)',
      on((set, a) => {
        const shared = fold(set, [a[1] as Value], both);
        return shared.rest !== undefined ? interp.unknownBool() : interp.bool(shared.entries.size === 0);
      }),
    ],
    ['copy(self, /)', on((set) => made(set, copied(set.slot.get())))],
    ['__contains__(self, value, /)', on((set, a) => has(interp, set, a[1] as Value))],
  ]);
  if (frozen) return common;
  return {
    ...common,
    ...table(interp, [
      ['add(self, element, /)', on((set, a) => done(tableSet(interp, set, a[1] as Value, a[1] as Value))), { choices: true }],
      ['discard(self, element, /)', on((set, a) => done(tableDelete(interp, set, a[1] as Value)))],
      [
        'remove(self, element, /)',
        on((set, a) => {
          if (tableGet(interp, set, a[1] as Value).found === 'no') missingKey(interp, a[1] as Value);
          tableDelete(interp, set, a[1] as Value);
          return none;
        }),
      ],
      [
        'pop(self, /)',
        on((set) => {
          const { entries, rest } = set.slot.get();
          const first = setItems({ entries, rest })[0];
          if (rest !== undefined) return first === undefined ? rest.key : general(interp, [first, rest.key]);
          if (first === undefined) interp.raise('KeyError', "'pop from an empty set'");
          tableDelete(interp, set, first);
          return first;
        }),
      ],
      ['clear(self, /)', on((set) => done(tableReplace(set, { entries: new Map(), rest: undefined })))],
      ['update(self, *others)', on((set, _a, extra) => done(tableReplace(set, fold(set, extra, union))))],
      ['intersection_update(self, *others)', on((set, _a, extra) => done(tableReplace(set, fold(set, extra, both))))],
      ['difference_update(self, *others)', on((set, _a, extra) => done(tableReplace(set, fold(set, extra, onlyLeft))))],
      ['symmetric_difference_update(self, other, /)', on((set, a) => done(tableReplace(set, fold(set, [a[1] as Value], different))))],
    ]),
  };
}
