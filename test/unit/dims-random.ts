/**
 * Random expressions over sizes for the property tests: as plain trees, so that each can be built as a size, evaluated
 * directly in integers, and written down for a solver.
 */
import fc from 'fast-check';
import type { Cond } from '../../server/dims/cond.ts';
import { and, divides, eq, flag, ge, gt, isFlag, le, lt, ne, not, or } from '../../server/dims/cond.ts';
import type { Dim } from '../../server/dims/dim.ts';
import { add, choose, constant, floorDiv, max, min, mod, mul, neg, sub, symbol, symbolsOf } from '../../server/dims/dim.ts';

export type Tree =
  | { readonly op: 'number'; readonly value: number }
  | { readonly op: 'symbol'; readonly index: number }
  | { readonly op: 'neg'; readonly of: Tree }
  | { readonly op: 'add' | 'sub' | 'mul' | 'floorDiv' | 'mod' | 'min' | 'max'; readonly left: Tree; readonly right: Tree }
  | { readonly op: 'choose'; readonly cond: CondTree; readonly left: Tree; readonly right: Tree };

export type CondTree =
  | { readonly op: 'flag'; readonly index: number }
  | { readonly op: 'eq' | 'ne' | 'le' | 'lt' | 'ge' | 'gt' | 'divides'; readonly left: Tree; readonly right: Tree }
  | { readonly op: 'not'; readonly of: CondTree }
  | { readonly op: 'and' | 'or'; readonly of: readonly CondTree[] };

/** The ranges of the symbols of a test, index by index; two flags go with them. */
export const ranges = [
  { least: 0, greatest: 5 },
  { least: 1, greatest: 4 },
  { least: -3, greatest: 3 },
] as const;

const binary = ['add', 'sub', 'mul', 'floorDiv', 'mod', 'min', 'max'] as const;
const comparison = ['eq', 'eq', 'ne', 'le', 'lt', 'ge', 'gt', 'divides'] as const;

interface Grammar {
  tree: Tree;
  leaf: Tree;
  cond: CondTree;
}

const grammar = fc.letrec<Grammar>((tie) => {
  const tree = (): fc.Arbitrary<Tree> => tie('tree') as fc.Arbitrary<Tree>;
  const cond = (): fc.Arbitrary<CondTree> => tie('cond') as fc.Arbitrary<CondTree>;
  return {
    leaf: fc.oneof(
      { weight: 2, arbitrary: fc.record({ op: fc.constant('number' as const), value: fc.integer({ min: -4, max: 8 }) }) },
      { weight: 4, arbitrary: fc.record({ op: fc.constant('symbol' as const), index: fc.nat({ max: ranges.length - 1 }) }) },
    ),
    tree: fc.oneof(
      { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
      { weight: 2, arbitrary: tie('leaf') as fc.Arbitrary<Tree> },
      { weight: 6, arbitrary: fc.record({ op: fc.constantFrom(...binary), left: tree(), right: tree() }) },
      { weight: 1, arbitrary: fc.record({ op: fc.constant('neg' as const), of: tree() }) },
      { weight: 1, arbitrary: fc.record({ op: fc.constant('choose' as const), cond: cond(), left: tree(), right: tree() }) },
    ),
    cond: fc.oneof(
      { maxDepth: 2, depthSize: 'small', withCrossShrink: true },
      { weight: 1, arbitrary: fc.record({ op: fc.constant('flag' as const), index: fc.nat({ max: 1 }) }) },
      { weight: 8, arbitrary: fc.record({ op: fc.constantFrom(...comparison), left: tree(), right: tree() }) },
      { weight: 1, arbitrary: fc.record({ op: fc.constant('not' as const), of: cond() }) },
      {
        weight: 1,
        arbitrary: fc.record({ op: fc.constantFrom('and' as const, 'or' as const), of: fc.array(cond(), { minLength: 2, maxLength: 2 }) }),
      },
    ),
  };
});

export const trees = grammar.tree;
export const condTrees = grammar.cond;

export interface Setting {
  readonly symbols: readonly Dim[];
  readonly ids: readonly number[];
  readonly flags: readonly [ReturnType<typeof flag>, ReturnType<typeof flag>];
}

/** Fresh symbols and flags; `bounded` says whether the symbols carry their ranges, `sizes` whether only what keeps a size from being negative. */
export function setting(bounded: boolean, unnamed = false, sizes = false): Setting {
  const optionsOf = (range: { least: number; greatest: number }) =>
    bounded ? range : sizes && range.least >= 0 ? { least: range.least } : {};
  const symbols = ranges.map((range, i) => symbol(unnamed && i === 1 ? '?' : `x${i}`, optionsOf(range)));
  return { symbols, ids: symbols.map((d) => symbolsOf(d)[0]?.id ?? -1), flags: [flag('p'), flag('q')] };
}

export function build(tree: Tree, s: Setting): Dim {
  switch (tree.op) {
    case 'number':
      return constant(tree.value);
    case 'symbol':
      return s.symbols[tree.index] as Dim;
    case 'neg':
      return neg(build(tree.of, s));
    case 'choose':
      return choose(buildCond(tree.cond, s), build(tree.left, s), build(tree.right, s));
    default:
      return { add, sub, mul, floorDiv, mod, min, max }[tree.op](build(tree.left, s), build(tree.right, s));
  }
}

export function buildCond(tree: CondTree, s: Setting): Cond {
  switch (tree.op) {
    case 'flag':
      return isFlag(s.flags[tree.index === 0 ? 0 : 1]);
    case 'not':
      return not(buildCond(tree.of, s));
    case 'and':
      return and(...tree.of.map((part) => buildCond(part, s)));
    case 'or':
      return or(...tree.of.map((part) => buildCond(part, s)));
    case 'divides':
      return divides(build(tree.right, s), build(tree.left, s));
    default:
      return { eq, ne, le, lt, ge, gt }[tree.op](build(tree.left, s), build(tree.right, s));
  }
}

/** Values of the symbols, then of the flags. */
export interface Model {
  readonly values: readonly number[];
  readonly flags: readonly boolean[];
}

export const models: readonly Model[] = (() => {
  const all: Model[] = [];
  const [a, b, c] = ranges;
  for (let x = a.least; x <= a.greatest; x++)
    for (let y = b.least; y <= b.greatest; y++)
      for (let z = c.least; z <= c.greatest; z++)
        for (const p of [false, true]) for (const q of [false, true]) all.push({ values: [x, y, z], flags: [p, q] });
  return all;
})();

const floor = (a: number, b: number): number => Math.floor(a / b);

/** The value in a model, `undefined` where Python would raise. */
export function valueIn(tree: Tree, m: Model): number | undefined {
  switch (tree.op) {
    case 'number':
      return tree.value;
    case 'symbol':
      return m.values[tree.index];
    case 'neg': {
      const value = valueIn(tree.of, m);
      return value === undefined ? undefined : -value + 0;
    }
    case 'choose': {
      const cond = holdsIn(tree.cond, m);
      return cond === undefined ? undefined : valueIn(cond ? tree.left : tree.right, m);
    }
    default: {
      const a = valueIn(tree.left, m);
      const b = valueIn(tree.right, m);
      if (a === undefined || b === undefined) return undefined;
      switch (tree.op) {
        case 'add':
          return a + b;
        case 'sub':
          return a - b;
        case 'mul':
          return a * b + 0;
        case 'floorDiv':
          return b === 0 ? undefined : floor(a, b) + 0;
        case 'mod':
          return b === 0 ? undefined : a - b * floor(a, b) + 0;
        case 'min':
          return Math.min(a, b);
        case 'max':
          return Math.max(a, b);
      }
    }
  }
}

export function holdsIn(tree: CondTree, m: Model): boolean | undefined {
  switch (tree.op) {
    case 'flag':
      return m.flags[tree.index];
    case 'not': {
      const value = holdsIn(tree.of, m);
      return value === undefined ? undefined : !value;
    }
    case 'and':
    case 'or': {
      const values = tree.of.map((part) => holdsIn(part, m));
      if (values.includes(undefined)) return undefined;
      return tree.op === 'and' ? !values.includes(false) : values.includes(true);
    }
    default: {
      const a = valueIn(tree.left, m);
      const b = valueIn(tree.right, m);
      if (a === undefined || b === undefined || (tree.op === 'divides' && b === 0)) return undefined;
      switch (tree.op) {
        case 'eq':
          return a === b;
        case 'ne':
          return a !== b;
        case 'le':
          return a <= b;
        case 'lt':
          return a < b;
        case 'ge':
          return a >= b;
        case 'gt':
          return a > b;
        case 'divides':
          return a - b * floor(a, b) === 0;
      }
    }
  }
}

export const lookups = (s: Setting, m: Model) => ({
  symbol: (id: number): number => m.values[s.ids.indexOf(id)] ?? Number.NaN,
  flag: (id: number): boolean => m.flags[s.flags.findIndex((f) => f.id === id)] === true,
});
