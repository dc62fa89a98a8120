/**
 * Symbolic integers as the rest of the product uses them: minima, maxima and conditionals on top of the polynomials,
 * substitution and evaluation.
 */
import type { Cond, Flag } from './cond.ts';
import { and, condKey, eq, le, not, notesOf, or } from './cond.ts';
import type { Atom, SymbolAtom } from './monomial.ts';
import { commonMonomial, compareKeys, divideMonomials, monomialOf } from './monomial.ts';
import type { Dim, Knowledge } from './polynomial.ts';
import {
  add,
  compound,
  constant,
  divideExactly,
  floorDiv,
  gcd,
  mod,
  mul,
  ofTerm,
  one,
  remainder,
  same,
  soleAtom,
  sub,
  symbol,
  valueOf,
  zero,
} from './polynomial.ts';

export type { SymbolAtom } from './monomial.ts';
export type { Dim } from './polynomial.ts';
export { add, constant, floorDiv, mod, mul, neg, same, sub, symbol, valueOf, withOrigin } from './polynomial.ts';
export { spell } from './spell.ts';

export function min(...of: readonly Dim[]): Dim {
  return extreme('min', of);
}

export function max(...of: readonly Dim[]): Dim {
  return extreme('max', of);
}

/** Flattened, without arguments that cannot win; what is added to all of them stands outside. */
export function extreme(kind: 'min' | 'max', of: readonly Dim[], known?: Knowledge): Dim {
  const range = known === undefined ? (d: Dim) => d.range : (d: Dim) => known.range(d);
  const parts = new Map<string, Dim>();
  for (const d of of) {
    const whole = d.terms.length === 1 && d.terms[0]?.coefficient === 1 && d.terms[0].monomial.degree === 1;
    const atom = whole ? d.terms[0]?.monomial.factors[0]?.atom : undefined;
    const nested = atom?.kind === kind ? atom.of.map((part) => add(part, constant(d.offset))) : [d];
    for (const part of nested) parts.set(part.key, part);
  }
  const kept: Dim[] = [];
  for (const d of parts.values()) {
    const beats = (a: Dim, b: Dim): boolean => (kind === 'min' ? range(sub(b, a)).least >= 0 : range(sub(a, b)).least >= 0);
    if (kept.some((other) => beats(other, d))) continue;
    for (let i = kept.length - 1; i >= 0; i--) if (beats(d, kept[i] as Dim)) kept.splice(i, 1);
    kept.push(d);
  }
  if (kept.length === 0) throw new Error(`${kind} of nothing`);
  if (kept.length === 1) return kept[0] as Dim;
  const shift = constant(Math.min(...kept.map((d) => d.offset)));
  const parted = kept.map((d) => sub(d, shift)).sort((a, b) => compareKeys(a.key, b.key));
  return add(ofAtomKeyed(kind, parted), shift);
}

function ofAtomKeyed(kind: 'min' | 'max', of: readonly Dim[]): Dim {
  return compound({ kind, key: `${kind}(${of.map((d) => d.key).join(',')})`, of });
}

/** Beyond this a power of a symbol is only known not to be negative, if that. */
const HIGHEST_POWER = 64;

/** `base ** exponent` for a whole exponent of at least 0. */
export function power(base: Dim, exponent: number): Dim {
  const value = valueOf(base);
  if (value !== undefined) return constant(value ** exponent);
  if (exponent > HIGHEST_POWER) return symbol('?', base.range.least >= 0 || exponent % 2 === 0 ? { least: 0 } : {});
  let result = one;
  for (let i = 0; i < exponent; i++) result = mul(result, base);
  return result;
}

/** `yes if cond else no`. What both have in common stands outside, so that `2*H if flag else H` is `H*(2 if flag else 1)`. */
export function choose(cond: Cond, yes: Dim, no: Dim): Dim {
  if (cond.kind === 'const') return cond.value ? yes : no;
  if (same(yes, no)) return no;
  if (cond.kind === 'not') return choose(cond.of, no, yes);
  const left = where(cond, under(cond, true, yes));
  const right = under(cond, false, no);
  if (left !== yes || right !== no) return choose(cond, left, right);
  if (cond.kind === 'eq' && divideExactly(sub(yes, no), sub(cond.left, cond.right)) !== undefined) return no;
  const shared = sharedTerms(yes, no);
  if (shared !== zero) return add(shared, choose(cond, sub(yes, shared), sub(no, shared)));
  const factor = sharedFactor(yes, no);
  if (!same(factor, one)) return mul(factor, choose(cond, divideExactly(yes, factor) ?? zero, divideExactly(no, factor) ?? zero));
  return compound({ kind: 'choose', key: `?(${condKey(cond)};${yes.key};${no.key})`, cond, yes, no });
}

/** In the arm where a symbol equals a number it is that number. */
function where(cond: Cond, d: Dim): Dim {
  if (cond.kind !== 'eq') return d;
  const difference = sub(cond.left, cond.right);
  const [term] = difference.terms;
  const atom = term?.monomial.factors[0]?.atom;
  if (difference.terms.length !== 1 || term?.monomial.degree !== 1 || atom?.kind !== 'symbol') return d;
  const value = -difference.offset / term.coefficient;
  return Number.isInteger(value) ? substitute(d, (id) => (id === atom.id ? constant(value) : undefined)) : d;
}

/** An arm that is itself a choice by the same condition is that choice's arm. */
function under(cond: Cond, value: boolean, d: Dim): Dim {
  const key = condKey(cond);
  let result = d;
  for (const term of d.terms) {
    for (const { atom, power: n } of term.monomial.factors) {
      if (atom.kind !== 'choose' || condKey(atom.cond) !== key) continue;
      const rest = divideMonomials(term.monomial, monomialOf([{ atom, power: n }]));
      if (rest === undefined) continue;
      const instead = mul(ofTerm(term.coefficient, rest), power(value ? atom.yes : atom.no, n));
      result = add(sub(result, ofTerm(term.coefficient, term.monomial)), instead);
      return under(cond, value, result);
    }
  }
  return result;
}

function sharedTerms(a: Dim, b: Dim): Dim {
  let shared = zero;
  for (const term of a.terms) {
    const other = b.terms.find(({ monomial }) => monomial.key === term.monomial.key);
    if (other?.coefficient === term.coefficient) shared = add(shared, ofTerm(term.coefficient, term.monomial));
  }
  if (shared !== zero && a.offset === b.offset && a.offset !== 0) shared = add(shared, constant(a.offset));
  return shared;
}

function sharedFactor(a: Dim, b: Dim): Dim {
  const [first, ...others] = [...a.terms, ...b.terms];
  if (first === undefined) return one;
  let number = gcd(a.offset, b.offset);
  let monomial = first.monomial;
  for (const term of others) monomial = commonMonomial(monomial, term.monomial);
  for (const term of [first, ...others]) number = gcd(number, term.coefficient);
  if (a.offset !== 0 || b.offset !== 0) return constant(number);
  // A choice of zero keeps its other arm whole: `H if flag else 0`.
  return a.terms.length === 0 || b.terms.length === 0 ? one : ofTerm(number, monomial);
}

const noSymbols: ReadonlyMap<number, SymbolAtom> = new Map();

/** The symbols in a size, those in conditions too, by id. */
export function symbolMap(d: Dim): ReadonlyMap<number, SymbolAtom> {
  if (d.terms.length === 0) return noSymbols;
  if (d.symbols === undefined) {
    const into = new Map<number, SymbolAtom>();
    for (const term of d.terms) for (const { atom } of term.monomial.factors) collect(atom, into);
    d.symbols = into;
  }
  return d.symbols;
}

function collect(atom: Atom, into: Map<number, SymbolAtom>): void {
  if (atom.kind === 'symbol') into.set(atom.id, atom);
  else for (const part of partsOf(atom)) for (const [id, symbol] of symbolMap(part)) into.set(id, symbol);
}

/** The sizes that an atom is made of. */
export function partsOf(atom: Exclude<Atom, SymbolAtom>): readonly Dim[] {
  switch (atom.kind) {
    case 'floorDiv':
    case 'mod':
      return [atom.left, atom.right];
    case 'min':
    case 'max':
      return atom.of;
    case 'choose':
      return [atom.yes, atom.no, ...dimsOfCond(atom.cond)];
  }
}

/** The sizes that a condition speaks of. */
export function dimsOfCond(cond: Cond): readonly Dim[] {
  switch (cond.kind) {
    case 'const':
    case 'flag':
      return [];
    case 'eq':
    case 'le':
      return [cond.left, cond.right];
    case 'not':
      return dimsOfCond(cond.of);
    default: {
      const notes = notesOf(cond);
      notes.sizes ??= cond.of.flatMap(dimsOfCond);
      return notes.sizes;
    }
  }
}

export function symbolsOf(d: Dim): readonly SymbolAtom[] {
  return [...symbolMap(d).values()].sort((a, b) => a.id - b.id);
}

/** Whether a size is one that some tensor came with. */
export function isMeasured(d: Dim): boolean {
  const atom = soleAtom(d);
  return atom?.kind === 'symbol' && atom.measured === true;
}

/** Whether a size is made of nothing but what the program chose: numbers, and arguments of its functions. */
export function isChosen(d: Dim): boolean {
  return symbolsOf(d).every((atom) => atom.measured !== true && atom.name !== '?');
}

/** Builds a size anew with other atoms; `of` gives `undefined` for an atom that stays. */
export function mapAtoms(d: Dim, of: (atom: Atom) => Dim | undefined): Dim {
  if (d.terms.length === 0) return d;
  let changed = false;
  const products = d.terms.map((term) => {
    let product: Dim | undefined;
    let rest = term.monomial;
    for (const { atom, power: n } of term.monomial.factors) {
      const instead = of(atom);
      if (instead === undefined) continue;
      rest = divideMonomials(rest, monomialOf([{ atom, power: n }])) ?? rest;
      product = mul(product ?? one, power(instead, n));
    }
    if (product === undefined) return ofTerm(term.coefficient, term.monomial);
    changed = true;
    return mul(product, ofTerm(term.coefficient, rest));
  });
  return changed ? products.reduce(add, constant(d.offset)) : d;
}

/** Replaces symbols, in conditions too. */
export function substitute(d: Dim, of: (symbolId: number) => Dim | undefined): Dim {
  let touched = false;
  for (const id of symbolMap(d).keys()) touched ||= of(id) !== undefined;
  if (!touched) return d;
  return mapAtoms(d, (atom) => (atom.kind === 'symbol' ? of(atom.id) : rebuild(atom, (part) => substitute(part, of))));
}

/** An atom made of other sizes, with those replaced. */
export function rebuild(
  atom: Exclude<Atom, SymbolAtom>,
  of: (d: Dim) => Dim,
  known?: Knowledge,
  ofCond: (cond: Cond) => Cond = (cond) => mapCond(cond, of),
): Dim {
  switch (atom.kind) {
    case 'floorDiv':
      return floorDiv(of(atom.left), of(atom.right), known);
    case 'mod':
      return mod(of(atom.left), of(atom.right), known);
    case 'min':
    case 'max':
      return extreme(atom.kind, atom.of.map(of), known);
    case 'choose':
      return choose(ofCond(atom.cond), of(atom.yes), of(atom.no));
  }
}

/** The same condition over other sizes and flags. */
export function mapCond(cond: Cond, of: (d: Dim) => Dim, ofFlag?: (flag: Flag) => Cond): Cond {
  switch (cond.kind) {
    case 'const':
      return cond;
    case 'flag':
      return ofFlag === undefined ? cond : ofFlag(cond.flag);
    case 'eq':
      return eq(of(cond.left), of(cond.right));
    case 'le':
      return le(of(cond.left), of(cond.right));
    case 'not':
      return not(mapCond(cond.of, of, ofFlag));
    case 'and':
      return and(...cond.of.map((part) => mapCond(part, of, ofFlag)));
    case 'or':
      return or(...cond.of.map((part) => mapCond(part, of, ofFlag)));
  }
}

/** The number under an assignment; `undefined` where something is divided by zero. Only the chosen arm of a choice is looked at. */
export function evaluate(d: Dim, ofSymbol: (symbolId: number) => number, ofFlag: (flagId: number) => boolean): number | undefined {
  let total = d.offset;
  for (const term of d.terms) {
    let product = term.coefficient;
    for (const { atom, power: n } of term.monomial.factors) {
      const value = evaluateAtom(atom, ofSymbol, ofFlag);
      if (value === undefined) return undefined;
      product *= value ** n;
    }
    total += product;
  }
  return total + 0;
}

function evaluateAtom(atom: Atom, ofSymbol: (symbolId: number) => number, ofFlag: (flagId: number) => boolean): number | undefined {
  switch (atom.kind) {
    case 'symbol':
      return ofSymbol(atom.id);
    case 'floorDiv':
    case 'mod': {
      const a = evaluate(atom.left, ofSymbol, ofFlag);
      const b = evaluate(atom.right, ofSymbol, ofFlag);
      if (a === undefined || b === undefined || b === 0) return undefined;
      return atom.kind === 'mod' ? remainder(a, b) : (a - remainder(a, b)) / b;
    }
    case 'min':
    case 'max': {
      const values = atom.of.map((part) => evaluate(part, ofSymbol, ofFlag));
      return values.includes(undefined) ? undefined : Math[atom.kind](...(values as number[]));
    }
    case 'choose': {
      const value = evaluateCond(atom.cond, ofSymbol, ofFlag);
      return value === undefined ? undefined : evaluate(value ? atom.yes : atom.no, ofSymbol, ofFlag);
    }
  }
}

/** Whether a condition holds under an assignment; `undefined` where something is divided by zero. */
export function evaluateCond(cond: Cond, ofSymbol: (symbolId: number) => number, ofFlag: (flagId: number) => boolean): boolean | undefined {
  switch (cond.kind) {
    case 'const':
      return cond.value;
    case 'flag':
      return ofFlag(cond.flag.id);
    case 'eq':
    case 'le': {
      const a = evaluate(cond.left, ofSymbol, ofFlag);
      const b = evaluate(cond.right, ofSymbol, ofFlag);
      if (a === undefined || b === undefined) return undefined;
      return cond.kind === 'eq' ? a === b : a <= b;
    }
    case 'not': {
      const value = evaluateCond(cond.of, ofSymbol, ofFlag);
      return value === undefined ? undefined : !value;
    }
    case 'and':
    case 'or': {
      const values = cond.of.map((part) => evaluateCond(part, ofSymbol, ofFlag));
      if (values.includes(undefined)) return undefined;
      return cond.kind === 'and' ? !values.includes(false) : values.includes(true);
    }
  }
}
