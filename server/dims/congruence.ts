/**
 * Residues of sizes: what a size leaves when divided by a number, as far as its form and known divisibilities tell.
 */
import { contentOf } from './cond.ts';
import type { Congruence } from './fact-store.ts';
import { type Atom, keyAlone } from './monomial.ts';
import type { Dim } from './polynomial.ts';
import { constant, gcd, neg, remainder, sub, valueOf } from './polynomial.ts';

/** `value = residue (mod modulus)`; modulus 0 is the number itself, modulus 1 says nothing. */
export interface Congruent {
  readonly modulus: number;
  readonly residue: number;
}

const nothing: Congruent = { modulus: 1, residue: 0 };
const LIMIT = 2 ** 40;

function congruent(modulus: number, residue: number): Congruent {
  if (modulus === 0) return { modulus, residue };
  if (modulus > LIMIT || Math.abs(residue) > LIMIT * 1024) return nothing;
  return { modulus, residue: remainder(residue, modulus) };
}

const plus = (a: Congruent, b: Congruent): Congruent => congruent(gcd(a.modulus, b.modulus), a.residue + b.residue);

function multiply(a: Congruent, b: Congruent): Congruent {
  const largest = Math.max(a.modulus, Math.abs(a.residue)) * Math.max(b.modulus, Math.abs(b.residue));
  if (largest > Number.MAX_SAFE_INTEGER) return nothing;
  const modulus = gcd(gcd(a.modulus * b.modulus, a.modulus * b.residue), a.residue * b.modulus);
  return congruent(modulus, a.residue * b.residue);
}

/** What holds of both. */
function either(a: Congruent, b: Congruent): Congruent {
  return congruent(gcd(gcd(a.modulus, b.modulus), a.residue - b.residue), a.residue);
}

/** What both say together; `undefined` if they contradict each other. */
export function both(a: Congruent, b: Congruent): Congruent | undefined {
  if (remainder(a.residue - b.residue, gcd(a.modulus, b.modulus) || 1) !== 0) return undefined;
  if (a.modulus === 0) return b.modulus === 0 && a.residue !== b.residue ? undefined : a;
  if (b.modulus === 0) return b;
  if (a.modulus % b.modulus === 0) return a;
  if (b.modulus % a.modulus === 0) return b;
  const product = (a.modulus / gcd(a.modulus, b.modulus)) * b.modulus;
  if (product > 100_000) return a.modulus > b.modulus ? a : b;
  for (let residue = a.residue; residue < product; residue += a.modulus) {
    if (remainder(residue - b.residue, b.modulus) === 0) return { modulus: product, residue };
  }
  return undefined;
}

/** Gives what is known of a primitive form by its key; undefined where nothing is known of any. */
type Known = ((key: string) => Congruence | undefined) | undefined;

export function congruenceOf(d: Dim, of: Known): Congruent {
  let total: Congruent = { modulus: 0, residue: d.offset };
  for (const { coefficient, monomial } of d.terms) {
    let product: Congruent = { modulus: 0, residue: coefficient };
    for (const { atom, power } of monomial.factors) {
      const factor = congruenceOfAtom(atom, of);
      for (let i = 0; i < power; i++) product = multiply(product, factor);
    }
    total = plus(total, product);
  }
  if (of === undefined || d.terms.length < 2 || total.modulus === 0) return total;
  const linear = sub(d, constant(d.offset));
  const content = contentOf(linear);
  if (content !== 1) return total;
  const flip = (linear.terms[0]?.coefficient ?? 1) < 0 ? -1 : 1;
  const whole = of((flip < 0 ? neg(linear) : linear).key);
  if (whole === undefined) return total;
  return both(total, congruent(whole.modulus, flip * whole.residue + d.offset)) ?? total;
}

function congruenceOfAtom(atom: Atom, of: Known): Congruent {
  const own = congruenceOfShape(atom, of);
  const known = of?.(keyAlone(atom));
  return known === undefined ? own : (both(own, known) ?? own);
}

function congruenceOfShape(atom: Atom, of: Known): Congruent {
  switch (atom.kind) {
    case 'symbol':
      return nothing;
    case 'floorDiv': {
      const k = valueOf(atom.right);
      if (k === undefined || k <= 0) return nothing;
      const left = congruenceOf(atom.left, of);
      return left.modulus % k === 0 ? congruent(left.modulus / k, Math.floor(left.residue / k)) : nothing;
    }
    case 'mod': {
      const k = valueOf(atom.right);
      if (k === undefined || k === 0) return nothing;
      const left = congruenceOf(atom.left, of);
      return congruent(gcd(left.modulus, k), left.residue);
    }
    case 'choose':
      return either(congruenceOf(atom.yes, of), congruenceOf(atom.no, of));
    case 'min':
    case 'max':
      return atom.of.map((part) => congruenceOf(part, of)).reduce(either);
  }
}
