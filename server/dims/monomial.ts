/**
 * Atoms, and products of powers of atoms: what the terms of a size are made of. Owns their canonical keys and orders;
 * knows nothing of sums.
 */
import type { Cond } from './cond.ts';
import type { Dim } from './polynomial.ts';

export interface SymbolAtom {
  readonly kind: 'symbol';
  readonly key: string;
  readonly id: number;
  readonly name: string;
  readonly least: number;
  readonly greatest: number;
  /** A size that some tensor came with, not one that the program chose. */
  readonly measured?: boolean;
}

export interface DivisionAtom {
  readonly kind: 'floorDiv' | 'mod';
  readonly key: string;
  readonly left: Dim;
  readonly right: Dim;
}

export interface ExtremeAtom {
  readonly kind: 'min' | 'max';
  readonly key: string;
  readonly of: readonly Dim[];
}

export interface ChooseAtom {
  readonly kind: 'choose';
  readonly key: string;
  readonly cond: Cond;
  readonly yes: Dim;
  readonly no: Dim;
}

export type Atom = SymbolAtom | DivisionAtom | ExtremeAtom | ChooseAtom;

/** The key of the size that is nothing but the atom; long ones are put together once. */
export function keyAlone(atom: Atom & { alone?: string }): string {
  atom.alone ??= `1*${atom.key}+0`;
  return atom.alone;
}

export interface Factor {
  readonly atom: Atom;
  readonly power: number;
}

/** A product of powers of atoms, sorted by the atoms' keys. */
export interface Monomial {
  readonly key: string;
  readonly degree: number;
  readonly factors: readonly Factor[];
}

export interface Term {
  readonly coefficient: number;
  readonly monomial: Monomial;
}

/** Shorter first, then by code unit: numbers in keys compare by size. */
export function compareKeys(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

export function monomialOf(factors: readonly Factor[]): Monomial {
  let key = '';
  let degree = 0;
  for (const { atom, power } of factors) {
    key += (key === '' ? '' : '*') + (power === 1 ? atom.key : `${atom.key}^${power}`);
    degree += power;
  }
  return { key, degree, factors };
}

export const unit: Monomial = monomialOf([]);

export function multiplyMonomials(a: Monomial, b: Monomial): Monomial {
  if (a.degree === 0) return b;
  if (b.degree === 0) return a;
  const factors = [...a.factors];
  for (const factor of b.factors) {
    const at = factors.findIndex((other) => other.atom.key === factor.atom.key);
    const here = factors[at];
    if (here !== undefined) factors[at] = { atom: here.atom, power: here.power + factor.power };
    else factors.push(factor);
  }
  factors.sort((x, y) => compareKeys(x.atom.key, y.atom.key));
  return monomialOf(factors);
}

/** `a / b`, where `b` divides `a`. */
export function divideMonomials(a: Monomial, b: Monomial): Monomial | undefined {
  if (b.degree === 0) return a;
  if (b.degree > a.degree) return undefined;
  const factors = [...a.factors];
  for (const { atom, power } of b.factors) {
    const at = factors.findIndex((other) => other.atom.key === atom.key);
    const here = factors[at];
    if (here === undefined || here.power < power) return undefined;
    factors[at] = { atom, power: here.power - power };
  }
  return monomialOf(factors.filter((factor) => factor.power > 0));
}

export function commonMonomial(a: Monomial, b: Monomial): Monomial {
  const factors: Factor[] = [];
  for (const { atom, power } of a.factors) {
    const other = b.factors.find((factor) => factor.atom.key === atom.key);
    if (other !== undefined) factors.push({ atom, power: Math.min(power, other.power) });
  }
  return monomialOf(factors);
}

/** A graded lexicographic order: multiplying both sides by the same keeps it. */
export function compareMonomials(a: Monomial, b: Monomial): number {
  if (a.degree !== b.degree) return a.degree - b.degree;
  for (let i = 0; i < a.factors.length && i < b.factors.length; i++) {
    const x = a.factors[i] as Factor;
    const y = b.factors[i] as Factor;
    const order = compareKeys(x.atom.key, y.atom.key);
    if (order !== 0) return -order;
    if (x.power !== y.power) return x.power - y.power;
  }
  return a.factors.length - b.factors.length;
}
