/**
 * The one spelling of sizes and conditions that users see. Deterministic: it follows the order in which symbols were made,
 * never the canonical keys.
 */
import type { Cond } from './cond.ts';
import type { Atom, Factor, Term } from './monomial.ts';
import { commonMonomial, divideMonomials, monomialOf } from './monomial.ts';
import type { Dim } from './polynomial.ts';
import { add, constant, divideExactly, mul, ofTerm, soleAtom, sub, valueOf } from './polynomial.ts';

/** A size with a symbol that has no name is spelled as that: nothing in it would mean anything to a user. */
const UNNAMED = '?';

export function spell(d: Dim): string {
  const value = valueOf(d);
  if (value !== undefined) return String(value);
  if (mentionsUnnamed(d)) return UNNAMED;
  return spellSum(friendlier(d));
}

function mentionsUnnamed(d: Dim): boolean {
  return d.terms.some((term) => term.monomial.factors.some(({ atom }) => isUnnamed(atom)));
}

function isUnnamed(atom: Atom): boolean {
  switch (atom.kind) {
    case 'symbol':
      return atom.name === UNNAMED;
    case 'floorDiv':
    case 'mod':
      return mentionsUnnamed(atom.left) || mentionsUnnamed(atom.right);
    case 'min':
    case 'max':
      return atom.of.some(mentionsUnnamed);
    case 'choose':
      return mentionsUnnamed(atom.yes) || mentionsUnnamed(atom.no);
  }
}

/** Undoes what the normal form does for equality's sake: `a - a % b` is `b*(a//b)` again, `(L + K)//2 - K` is `(L - K)//2`. */
function friendlier(d: Dim): Dim | Loose {
  for (const term of d.terms) {
    for (const { atom } of term.monomial.factors) {
      if (atom.kind === 'mod' && term.coefficient < 0) {
        const scale = ofTerm(-term.coefficient, divideMonomials(term.monomial, monomialOf([{ atom, power: 1 }])) ?? term.monomial);
        const whole = mul(scale, atom.left);
        if (!containsTerms(d, whole)) continue;
        const rest = sub(sub(d, whole), ofTerm(term.coefficient, term.monomial));
        return { rest: friendlier(rest), factors: [scale, atom.right], quotient: [atom.left, atom.right] };
      }
      if (atom.kind === 'floorDiv' && term.coefficient === 1 && term.monomial.degree === 1) {
        const k = valueOf(atom.right);
        const pulled = d.terms.filter((other) => other.coefficient < 0 && sharesMonomial(atom.left, other));
        if (k === undefined || pulled.length === 0) continue;
        const moved = pulled.reduce((sum, other) => add(sum, ofTerm(other.coefficient, other.monomial)), constant(0));
        const rest = sub(sub(d, moved), ofTerm(1, term.monomial));
        return { rest: friendlier(rest), factors: [], quotient: [add(atom.left, mul(moved, constant(k))), atom.right] };
      }
    }
  }
  return d;
}

/** A sum with one quotient that is not in normal form. */
interface Loose {
  readonly rest: Dim | Loose;
  readonly factors: readonly Dim[];
  readonly quotient: readonly [Dim, Dim];
}

const sharesMonomial = (d: Dim, term: Term): boolean => d.terms.some((other) => other.monomial.key === term.monomial.key);

/** Whether taking `part` out of `d` removes terms, or makes them smaller, and adds none. */
function containsTerms(d: Dim, part: Dim): boolean {
  return part.terms.every(({ coefficient, monomial }) => {
    const there = d.terms.find((term) => term.monomial.key === monomial.key)?.coefficient ?? 0;
    return there !== 0 && Math.sign(there) === Math.sign(coefficient) && Math.abs(there) >= Math.abs(coefficient);
  });
}

interface Piece {
  readonly negative: boolean;
  readonly text: string;
  /** Whether the text needs no parentheses as a factor. */
  readonly degree: number;
  readonly first: number;
}

function spellSum(d: Dim | Loose): string {
  const pieces: Piece[] = [];
  let sum: Dim | Loose = d;
  while ('quotient' in sum) {
    const quotient = spellDivision('//', sum.quotient[0], sum.quotient[1]);
    const factors = sum.factors.flatMap((factor) => (valueOf(factor) === 1 ? [] : [asFactor(factor)]));
    const text = factors.length === 0 ? quotient : `${factors.sort(numbersFirst).join('*')}*(${quotient})`;
    pieces.push({ negative: false, text, degree: 1, first: firstSymbol(sum.quotient[0]) });
    sum = sum.rest;
  }
  const offset = sum.offset;
  const factored = pieces.length === 0 ? takeOutCommon(sum) : undefined;
  if (factored !== undefined) return factored;
  for (const term of sum.terms) pieces.push(pieceOf(term));
  pieces.sort((a, b) => Number(a.negative) - Number(b.negative) || b.degree - a.degree || a.first - b.first);
  if (offset !== 0) {
    const piece: Piece = { negative: offset < 0, text: String(Math.abs(offset)), degree: 0, first: 0 };
    if (offset > 0 && pieces[0]?.negative === true) pieces.unshift(piece);
    else pieces.push(piece);
  }
  let text = '';
  for (const piece of pieces) {
    if (text === '') text = piece.negative ? `-${piece.text}` : piece.text;
    else text += `${piece.negative ? ' - ' : ' + '}${piece.text}`;
  }
  return text === '' ? '0' : text;
}

const numbersFirst = (a: string, b: string): number => Number(!/^\d/.test(a)) - Number(!/^\d/.test(b));

/** `D*T + D` is `D*(T + 1)`. */
function takeOutCommon(d: Dim): string | undefined {
  const [head, ...others] = d.terms;
  if (head === undefined || d.offset !== 0 || others.length === 0) return undefined;
  const common = others.reduce((shared, term) => commonMonomial(shared, term.monomial), head.monomial);
  if (common.degree === 0) return undefined;
  const whole = divideExactly(d, ofTerm(1, common));
  if (whole === undefined || whole.terms.length + Number(whole.offset !== 0) < 2) return undefined;
  let text = spellFactors(common.factors);
  const inner = spellSum(friendlier(whole));
  text += `*(${inner})`;
  return text;
}

function pieceOf(term: Term): Piece {
  const size = Math.abs(term.coefficient);
  const { factors, degree } = term.monomial;
  const only = factors[0];
  const negative = term.coefficient < 0;
  const text =
    size === 1 && degree === 1 && only !== undefined ? spellAtom(only.atom) : (size === 1 ? '' : `${size}*`) + spellFactors(factors);
  return { negative, text, degree, first: Math.min(...factors.map(({ atom }) => firstOf(atom))) };
}

function spellFactors(factors: readonly Factor[]): string {
  const sorted = [...factors].sort(
    (a, b) => Number(a.atom.kind !== 'symbol') - Number(b.atom.kind !== 'symbol') || firstOf(a.atom) - firstOf(b.atom),
  );
  return sorted.map(({ atom, power }) => spellTight(atom) + (power === 1 ? '' : `**${power}`)).join('*');
}

function spellTight(atom: Atom): string {
  const text = spellAtom(atom);
  return atom.kind === 'floorDiv' || atom.kind === 'mod' ? `(${text})` : text;
}

function spellAtom(atom: Atom): string {
  switch (atom.kind) {
    case 'symbol':
      return atom.name;
    case 'floorDiv':
      return spellDivision('//', atom.left, atom.right);
    case 'mod':
      return spellDivision(' % ', atom.left, atom.right);
    case 'min':
    case 'max': {
      const parts = [...atom.of].sort(
        (a, b) => Number(a.terms.length === 0) - Number(b.terms.length === 0) || firstSymbol(a) - firstSymbol(b),
      );
      return `${atom.kind}(${parts.map(spell).join(', ')})`;
    }
    case 'choose': {
      // Two sizes may go by one name.
      const [yes, no] = [spell(atom.yes), spell(atom.no)];
      return yes === no ? yes : `(${yes} if ${spellCond(atom.cond)} else ${no})`;
    }
  }
}

function spellDivision(sign: string, left: Dim, right: Dim): string {
  return asProduct(left) + sign + asFactor(right);
}

/** The left side of a division: a product needs no parentheses. */
function asProduct(d: Dim): string {
  const text = spell(d);
  const term = d.terms[0];
  const product = d.terms.length === 1 && d.offset === 0 && term !== undefined && term.coefficient > 0;
  const atom = soleAtom(d);
  return (product && atom?.kind !== 'mod') || /^\w+$/.test(text) || text === UNNAMED ? text : `(${text})`;
}

function asFactor(d: Dim): string {
  const text = spell(d);
  const kind = soleAtom(d)?.kind;
  return /^[\w?]+$/.test(text) || (kind !== undefined && kind !== 'floorDiv' && kind !== 'mod') ? text : `(${text})`;
}

function firstSymbol(d: Dim): number {
  let first = Number.MAX_SAFE_INTEGER;
  for (const term of d.terms) for (const { atom } of term.monomial.factors) first = Math.min(first, firstOf(atom));
  return first;
}

function firstOf(atom: Atom): number {
  switch (atom.kind) {
    case 'symbol':
      return atom.id;
    case 'floorDiv':
    case 'mod':
      return Math.min(firstSymbol(atom.left), firstSymbol(atom.right));
    case 'min':
    case 'max':
      return Math.min(...atom.of.map(firstSymbol));
    case 'choose':
      return Math.min(firstSymbol(atom.yes), firstSymbol(atom.no));
  }
}

/** A condition as the user's language writes it. */
export function spellCond(of: Cond): string {
  switch (of.kind) {
    case 'const':
      return of.value ? 'True' : 'False';
    case 'flag':
      return of.flag.name;
    case 'eq':
      return `${spell(of.left)} == ${spell(of.right)}`;
    case 'le':
      return of.left.terms.length === 0 ? `${spell(of.right)} >= ${spell(of.left)}` : `${spell(of.left)} <= ${spell(of.right)}`;
    case 'not':
      if (of.of.kind === 'eq') return `${spell(of.of.left)} != ${spell(of.of.right)}`;
      if (of.of.kind === 'le') {
        const { left, right } = of.of;
        return left.terms.length === 0 ? `${spell(right)} < ${spell(left)}` : `${spell(left)} > ${spell(right)}`;
      }
      return of.of.kind === 'flag' ? `not ${spellCond(of.of)}` : `not (${spellCond(of.of)})`;
    case 'and':
      return of.of.map((part) => (part.kind === 'or' ? `(${spellCond(part)})` : spellCond(part))).join(' and ');
    case 'or':
      return of.of.map((part) => (part.kind === 'and' ? `(${spellCond(part)})` : spellCond(part))).join(' or ');
  }
}
