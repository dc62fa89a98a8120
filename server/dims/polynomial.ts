/**
 * The normal form of a symbolic integer: a polynomial with integer coefficients over atoms (symbols, quotients, remainders,
 * minima, maxima, conditionals). Owns addition, multiplication and floor division; knows nothing of facts.
 */

import type { Interval } from './interval.ts';
import { addIntervals, floorDivideIntervals, hull, moduloIntervals, multiplyIntervals, raiseInterval, scaleInterval } from './interval.ts';
import type { Atom, Monomial, SymbolAtom, Term } from './monomial.ts';
import { commonMonomial, compareKeys, compareMonomials, divideMonomials, monomialOf, multiplyMonomials, unit } from './monomial.ts';
import type { Origin } from './origin.ts';
import { accumulate, hasQuotient, merged, scaled } from './terms.ts';

export type Dim = Polynomial;

/** `terms` are sorted by monomial key, hold no zero coefficient and no empty monomial. Build one with the functions below only. */
export class Polynomial {
  readonly offset: number;
  readonly terms: readonly Term[];
  readonly origin: Origin | undefined;
  private text: string | undefined = undefined;
  private span: Interval | undefined = undefined;
  /** What it mentions, once somebody has looked. */
  tokens: ReadonlySet<string> | undefined = undefined;
  /** The same, and the products in it. */
  relates: readonly string[] | undefined = undefined;
  symbols: ReadonlyMap<number, SymbolAtom> | undefined = undefined;

  constructor(offset: number, terms: readonly Term[], origin: Origin | undefined) {
    this.offset = offset;
    this.terms = terms;
    this.origin = origin;
  }

  /** The canonical text: equal exactly when the normal forms are. */
  get key(): string {
    if (this.text === undefined) {
      let text = '';
      for (let i = 0; i < this.terms.length; i++) {
        const { coefficient, monomial } = this.terms[i] as Term;
        text += `${coefficient}*${monomial.key}+`;
      }
      this.text = text + this.offset;
    }
    return this.text;
  }

  /** What the bounds of the symbols alone say. */
  get range(): Interval {
    this.span ??= rangeOf(this, structuralRange);
    return this.span;
  }
}

/** What is known about sizes where a quotient is simplified. */
export interface Knowledge {
  range(d: Dim): Interval;
}

const structural: Knowledge = { range: (d) => d.range };

const NO_TERMS: readonly Term[] = [];
const SMALLEST = -64;
const small: Polynomial[] = [];
for (let n = SMALLEST; n <= 1024; n++) small.push(new Polynomial(n, NO_TERMS, undefined));

export function constant(n: number, origin?: Origin): Dim {
  if (origin === undefined && n >= SMALLEST && n <= 1024) {
    const known = small[n - SMALLEST];
    if (known !== undefined) return known;
  }
  return new Polynomial(n + 0, NO_TERMS, origin);
}

export const zero: Dim = constant(0);
export const one: Dim = constant(1);

let symbols = 0;

/** A fresh symbol. The name `?` marks one that has no name a user would know. */
export function symbol(name: string, options?: { least?: number; greatest?: number; measured?: boolean; origin?: Origin }): Dim {
  const id = ++symbols;
  const atom: SymbolAtom = {
    kind: 'symbol',
    key: `s${id}`,
    id,
    name,
    least: options?.least ?? -Infinity,
    greatest: options?.greatest ?? Infinity,
    ...(options?.measured === true ? { measured: true } : {}),
  };
  return ofAtom(atom, options?.origin);
}

/** Sizes that grow past this in a loop nobody can read; they go on as one unnamed symbol. */
const LONGEST_KEY = 4_000;
const MOST_TERMS = 128;

/** A new atom made of other sizes; one that can have only one value is that number. */
export function compound(atom: Exclude<Atom, SymbolAtom>): Dim {
  const range = structuralRange(atom);
  if (range.least === range.greatest) return constant(range.least);
  return atom.key.length > LONGEST_KEY ? symbol('?', range) : ofAtom(atom);
}

export function ofAtom(atom: Atom, origin?: Origin): Dim {
  return new Polynomial(0, [{ coefficient: 1, monomial: monomialOf([{ atom, power: 1 }]) }], origin);
}

/** The atom, where the size is nothing but one atom. */
export function soleAtom(d: Dim): Atom | undefined {
  const term = d.terms[0];
  if (d.offset !== 0 || d.terms.length !== 1 || term === undefined || term.coefficient !== 1 || term.monomial.degree !== 1)
    return undefined;
  return term.monomial.factors[0]?.atom;
}

export function valueOf(d: Dim): number | undefined {
  return d.terms.length === 0 ? d.offset : undefined;
}

export function withOrigin(d: Dim, origin: Origin): Dim {
  return new Polynomial(d.offset, d.terms, origin);
}

/** Keeps who contributed, flat, so that a counter in a loop does not grow a chain. */
function derive(a: Origin | undefined, b: Origin | undefined): Origin | undefined {
  if (a === undefined && b === undefined) return undefined;
  const leaves: Origin[] = [];
  for (const origin of [a, b]) {
    if (origin === undefined) continue;
    const parts = origin.what === '' ? (origin.from ?? []) : [origin];
    for (const leaf of parts) if (leaves.length < 4 && !leaves.includes(leaf)) leaves.push(leaf);
  }
  return { what: '', from: leaves };
}

function constantFrom(value: number, a: Dim, b: Dim): Dim {
  return a.origin === undefined && b.origin === undefined
    ? constant(value)
    : new Polynomial(value + 0, NO_TERMS, derive(a.origin, b.origin));
}

const derived = (d: Dim, a: Dim, b: Dim): Dim =>
  a.origin === undefined && b.origin === undefined ? d : new Polynomial(d.offset, d.terms, derive(a.origin, b.origin));

export function ofTerm(coefficient: number, monomial: Monomial): Dim {
  if (monomial.degree === 0) return constant(coefficient);
  return coefficient === 0 ? zero : ofSorted(0, [{ coefficient, monomial }]);
}

function build(offset: number, sums: Map<string, Term>): Dim {
  if (sums.size === 0) return constant(offset);
  for (const [key, term] of sums) {
    const instead = expandQuotient(term);
    if (instead === undefined) continue;
    sums.delete(key);
    accumulate(sums, instead.terms, 1);
    return build(offset + instead.offset, sums);
  }
  const terms = [...sums.values()];
  if (terms.length > MOST_TERMS) return symbol('?', new Polynomial(offset, terms, undefined).range);
  if (terms.length > 1) terms.sort((a, b) => compareKeys(a.monomial.key, b.monomial.key));
  return new Polynomial(offset + 0, terms, undefined);
}

/** As `build` does of terms that are in order, which need no table as long as none of them expands. */
function ofSorted(offset: number, terms: readonly Term[]): Dim {
  if (terms.length === 0) return constant(offset);
  if (terms.length > MOST_TERMS || terms.some(hasQuotient)) return build(offset, new Map(terms.map((term) => [term.monomial.key, term])));
  return new Polynomial(offset + 0, terms, undefined);
}

/** `b*(a//b)` is `a - a % b`: so a product of quotient and divisor meets the size it came from once the remainder is known. */
function expandQuotient(term: Term): Dim | undefined {
  for (const { atom } of term.monomial.factors) {
    if (atom.kind !== 'floorDiv') continue;
    const rest = divideMonomials(term.monomial, monomialOf([{ atom, power: 1 }])) as Monomial;
    const divisor = soleTerm(atom.right);
    if (divisor === undefined || divisor.coefficient === 0 || term.coefficient % divisor.coefficient !== 0) continue;
    const left = divideMonomials(rest, divisor.monomial);
    if (left === undefined) continue;
    return mul(ofTerm(term.coefficient / divisor.coefficient, left), sub(atom.left, mod(atom.left, atom.right)));
  }
  return undefined;
}

/** The size as one product with a coefficient, where it is that (constants too). */
export function soleTerm(d: Dim): Term | undefined {
  if (d.terms.length === 0) return { coefficient: d.offset, monomial: unit };
  return d.terms.length === 1 && d.offset === 0 ? d.terms[0] : undefined;
}

export function add(a: Dim, b: Dim): Dim {
  if (a.terms.length === 0) {
    if (b.terms.length === 0) return constantFrom(a.offset + b.offset, a, b);
    if (a.offset === 0) return b;
    return derived(new Polynomial(a.offset + b.offset + 0, b.terms, undefined), a, b);
  }
  if (b.terms.length === 0) return b.offset === 0 ? a : derived(new Polynomial(a.offset + b.offset + 0, a.terms, undefined), a, b);
  return derived(ofSorted(a.offset + b.offset, merged(a.terms, b.terms, 1)), a, b);
}

export function neg(a: Dim): Dim {
  return mul(a, constant(-1));
}

export function sub(a: Dim, b: Dim): Dim {
  if (a.terms.length === 0 && b.terms.length === 0) return constantFrom(a.offset - b.offset, a, b);
  if (b.terms.length === 0) return add(a, constantFrom(-b.offset, b, zero));
  return derived(difference(a, b), a, b);
}

/** `a - b` for somebody who asks how the sizes compare, not where the result comes from. */
export function difference(a: Dim, b: Dim): Dim {
  if (b.terms.length === 0 && b.offset === 0) return a;
  return ofSorted(a.offset - b.offset, merged(a.terms, b.terms, -1));
}

export function mul(a: Dim, b: Dim): Dim {
  if (a.terms.length === 0 && b.terms.length === 0) return constantFrom(a.offset * b.offset, a, b);
  if (a.terms.length === 0 && a.offset === 1) return b;
  if (b.terms.length === 0 && b.offset === 1) return a;
  if (a.terms.length === 0) return derived(multiple(b, a.offset), a, b);
  if (b.terms.length === 0) return derived(multiple(a, b.offset), a, b);
  const sums = new Map<string, Term>();
  for (const x of a.terms) {
    const products = b.terms.map((y) => ({
      coefficient: x.coefficient * y.coefficient,
      monomial: multiplyMonomials(x.monomial, y.monomial),
    }));
    accumulate(sums, products, 1);
  }
  if (b.offset !== 0) accumulate(sums, a.terms, b.offset);
  if (a.offset !== 0) accumulate(sums, b.terms, a.offset);
  return derived(build(a.offset * b.offset, sums), a, b);
}

function multiple(a: Dim, factor: number): Dim {
  if (factor === 0) return zero;
  return ofSorted(
    a.offset * factor,
    a.terms.map((term) => scaled(term, factor)),
  );
}

export function same(a: Dim, b: Dim): boolean {
  if (a === b) return true;
  if (a.terms.length === 0 || b.terms.length === 0) return a.terms.length === b.terms.length && a.offset === b.offset;
  if (a.key === b.key) return true;
  const difference = sub(a, b);
  return difference.terms.length === 0 && difference.offset === 0;
}

/** The remainder that goes with rounding down: it has the sign of the divisor, which is not zero. */
export function remainder(a: number, b: number): number {
  const r = a % b;
  return r !== 0 && r < 0 !== b < 0 ? r + b : r + 0;
}

export const gcd = (a: number, b: number): number => {
  let x = Math.abs(a);
  let y = Math.abs(b);
  while (y !== 0) [x, y] = [y, x % y];
  return x;
};

/** The quotient, where `b` times a polynomial is exactly `a`. Says nothing of `b` being zero. */
export function divideExactly(a: Dim, b: Dim): Dim | undefined {
  const lead = leading(b);
  if (b.terms.length === 0 || (b.terms.length === 1 && b.offset === 0)) return divideTerms(a, lead);
  let rest = a;
  let quotient = zero;
  for (let step = 0; step < 64; step++) {
    const top = leading(rest);
    if (top.coefficient === 0) return same(mul(quotient, b), a) ? quotient : undefined;
    if (lead.coefficient === 0 || top.coefficient % lead.coefficient !== 0) return undefined;
    const monomial = divideMonomials(top.monomial, lead.monomial);
    if (monomial === undefined) return undefined;
    const part = ofTerm(top.coefficient / lead.coefficient, monomial);
    quotient = add(quotient, part);
    rest = sub(rest, mul(part, b));
  }
  return undefined;
}

/** Term by term, however many there are. */
function divideTerms(a: Dim, { coefficient, monomial }: Term): Dim | undefined {
  const sums = new Map<string, Term>();
  let offset = 0;
  for (const term of a.offset === 0 ? a.terms : [...a.terms, { coefficient: a.offset, monomial: unit }]) {
    if (coefficient === 0 || term.coefficient % coefficient !== 0) return undefined;
    const rest = divideMonomials(term.monomial, monomial);
    if (rest === undefined) return undefined;
    if (rest.degree === 0) offset += term.coefficient / coefficient;
    else accumulate(sums, [{ coefficient: term.coefficient / coefficient, monomial: rest }], 1);
  }
  return build(offset, sums);
}

function leading(d: Dim): Term {
  let best: Term = { coefficient: d.offset, monomial: unit };
  for (const term of d.terms) if (best.monomial === unit || compareMonomials(term.monomial, best.monomial) > 0) best = term;
  return best;
}

const division = (kind: 'floorDiv' | 'mod', left: Dim, right: Dim): Dim =>
  compound({ kind, key: `${kind === 'mod' ? '%' : '/'}(${left.key},${right.key})`, left, right });

/**
 * `a // b`, rounded down. Where `b` is zero it has no value, and nothing that needs it is reached: so what is exactly divisible
 * is divided even by a size that may be zero.
 */
export function floorDiv(a: Dim, b: Dim, known: Knowledge = structural): Dim {
  if (b.terms.length === 0 && b.offset !== 0) {
    if (a.terms.length === 0) return constantFrom((a.offset - remainder(a.offset, b.offset)) / b.offset, a, b);
    if (b.offset === 1) return a;
    return derived(b.offset > 0 ? divideByNumber(a, b.offset, known).quotient : divideByNumber(neg(a), -b.offset, known).quotient, a, b);
  }
  return derived(b.terms.length === 0 ? division('floorDiv', a, b) : divideBySize(a, b, known).quotient, a, b);
}

/** `a % b`, with the sign of `b`; it has no value where `b` is zero. */
export function mod(a: Dim, b: Dim, known: Knowledge = structural): Dim {
  if (b.terms.length === 0 && b.offset !== 0) {
    if (a.terms.length === 0) return constantFrom(remainder(a.offset, b.offset), a, b);
    if (b.offset > 0) return derived(divideByNumber(a, b.offset, known).rest, a, b);
    return derived(neg(divideByNumber(neg(a), -b.offset, known).rest), a, b);
  }
  return derived(b.terms.length === 0 ? division('mod', a, b) : divideBySize(a, b, known).rest, a, b);
}

interface Division {
  readonly quotient: Dim;
  readonly rest: Dim;
}

/** Division by a positive number: whole multiples leave, common factors cancel, quotients of quotients join. */
function divideByNumber(a: Dim, k: number, known: Knowledge): Division {
  if (k === 1) return { quotient: a, rest: zero };
  let whole = constant(Math.floor(a.offset / k));
  let part = constant(remainder(a.offset, k));
  for (const { coefficient, monomial } of a.terms) {
    const left = remainder(coefficient, k);
    if (coefficient !== left) whole = add(whole, ofTerm((coefficient - left) / k, monomial));
    if (left !== 0) part = add(part, ofTerm(left, monomial));
  }
  const { quotient, rest } = divideReduced(part, k, known);
  return { quotient: add(whole, quotient), rest };
}

const LARGEST_DIVISOR = 2 ** 31;

/** All coefficients lie in `[0, k)`. */
function divideReduced(a: Dim, k: number, known: Knowledge): Division {
  if (a.terms.length === 0) return { quotient: zero, rest: a };
  const range = known.range(a);
  const low = Math.floor(range.least / k);
  if (Number.isFinite(low) && low === Math.floor(range.greatest / k)) return { quotient: constant(low), rest: sub(a, constant(low * k)) };
  let common = k;
  for (const term of a.terms) common = gcd(common, term.coefficient);
  if (common > 1) {
    const low = remainder(a.offset, common);
    // Numbers past what is exact do not divide.
    const reduced = divideExactly(sub(a, constant(low)), constant(common));
    if (reduced === undefined) return { quotient: division('floorDiv', a, constant(k)), rest: division('mod', a, constant(k)) };
    const inner = divideByNumber(reduced, k / common, known);
    return { quotient: inner.quotient, rest: add(mul(inner.rest, constant(common)), constant(low)) };
  }
  for (const { coefficient, monomial } of a.terms) {
    const atom = monomial.factors[0]?.atom;
    if (coefficient !== 1 || monomial.degree !== 1 || atom?.kind !== 'floorDiv') continue;
    const m = valueOf(atom.right);
    if (m === undefined || m <= 0 || m * k > LARGEST_DIVISOR) continue;
    // floor((floor(x/m) + r)/k) = floor((x + m*r)/(m*k))
    const rest = sub(a, ofTerm(1, monomial));
    const quotient = divideByNumber(add(atom.left, mul(rest, constant(m))), m * k, known).quotient;
    return { quotient, rest: division('mod', a, constant(k)) };
  }
  return { quotient: division('floorDiv', a, constant(k)), rest: remainderByNumber(a, k, known) };
}

/** `(x % 4) % 2` is `x % 2`. */
function remainderByNumber(a: Dim, k: number, known: Knowledge): Dim {
  for (const { coefficient, monomial } of a.terms) {
    const atom = monomial.factors[0]?.atom;
    if (monomial.degree !== 1 || atom?.kind !== 'mod') continue;
    const m = valueOf(atom.right);
    if (m === undefined || m === 0 || m % k !== 0) continue;
    const instead = add(sub(a, ofTerm(coefficient, monomial)), mul(constant(coefficient), atom.left));
    return divideByNumber(instead, k, known).rest;
  }
  return division('mod', a, constant(k));
}

/** Division by a size, which is not zero where the result has a value. */
function divideBySize(a: Dim, b: Dim, known: Knowledge): Division {
  const exact = divideExactly(a, b);
  if (exact !== undefined) return { quotient: exact, rest: zero };
  const divisor = soleTerm(b);
  if (divisor === undefined) return divideReducedBySize(a, b, known);
  let whole = zero;
  let part = constant(a.offset);
  for (const { coefficient, monomial } of a.terms) {
    const left = divideMonomials(monomial, divisor.monomial);
    const over = left === undefined ? coefficient : remainder(coefficient, divisor.coefficient);
    if (left !== undefined && over !== coefficient) whole = add(whole, ofTerm((coefficient - over) / divisor.coefficient, left));
    if (over !== 0) part = add(part, ofTerm(over, monomial));
  }
  let common = part.offset === 0 ? divisor.monomial : unit;
  let number = gcd(divisor.coefficient, part.offset);
  for (const term of part.terms) {
    common = commonMonomial(common, term.monomial);
    number = gcd(number, term.coefficient);
  }
  const shared = ofTerm(number, common);
  if (same(shared, one)) {
    const { quotient, rest } = divideReducedBySize(part, b, known);
    return { quotient: add(whole, quotient), rest };
  }
  const left = divideExactly(part, shared) as Dim;
  const right = divideExactly(b, shared) as Dim;
  return { quotient: add(whole, floorDiv(left, right, known)), rest: mul(shared, mod(left, right, known)) };
}

function divideReducedBySize(a: Dim, b: Dim, known: Knowledge): Division {
  const low = known.range(a);
  if (low.least >= 0 && known.range(sub(b, a)).least > 0) return { quotient: zero, rest: a };
  return { quotient: division('floorDiv', a, b), rest: division('mod', a, b) };
}

/** Bounds by interval arithmetic over the atoms' bounds. */
export function rangeOf(d: Dim, ofAtom: (atom: Atom) => Interval): Interval {
  let total: Interval = { least: d.offset, greatest: d.offset };
  for (const { coefficient, monomial } of d.terms)
    total = addIntervals(total, scaleInterval(rangeOfMonomial(monomial, ofAtom), coefficient));
  return total;
}

function rangeOfMonomial(monomial: Monomial, ofAtom: (atom: Atom) => Interval): Interval {
  let product: Interval = { least: 1, greatest: 1 };
  for (const { atom, power } of monomial.factors) product = multiplyIntervals(product, raiseInterval(ofAtom(atom), power));
  return product;
}

function structuralRange(atom: Atom): Interval {
  return atom.kind === 'symbol' ? atom : rangeOfCompound(atom, (d) => d.range);
}

/** Bounds of an atom made of other sizes, from theirs. */
export function rangeOfCompound(atom: Exclude<Atom, SymbolAtom>, of: (d: Dim) => Interval): Interval {
  switch (atom.kind) {
    case 'floorDiv':
      return floorDivideIntervals(of(atom.left), of(atom.right));
    case 'mod':
      return moduloIntervals(of(atom.left), of(atom.right));
    case 'choose':
      return hull(of(atom.yes), of(atom.no));
    case 'min':
    case 'max': {
      const pick = atom.kind === 'min' ? Math.min : Math.max;
      const ranges = atom.of.map(of);
      return { least: pick(...ranges.map((r) => r.least)), greatest: pick(...ranges.map((r) => r.greatest)) };
    }
  }
}
