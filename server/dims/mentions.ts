/**
 * Which symbols and flags a size or a condition speaks of, as tokens that fact tables are indexed by.
 */
import type { Cond } from './cond.ts';
import { notesOf } from './cond.ts';
import { dimsOfCond, partsOf } from './dim.ts';
import type { Atom, Monomial } from './monomial.ts';
import type { Dim } from './polynomial.ts';

/** For tables that are asked by a whole product of atoms. */
export function monomialToken(monomial: Monomial & { token?: string }): string {
  monomial.token ??= `m${monomial.key}`;
  return monomial.token;
}
/** The same for the product that is nothing but the atom. */
export function atomToken(atom: Atom & { token?: string }): string {
  atom.token ??= `m${atom.key}`;
  return atom.token;
}
/** For rules about remainders, which are asked by the divisor. */
export const divisorToken = (key: string): string => `d${key}`;

const nothing: ReadonlySet<string> = new Set();

export function mentionedIn(d: Dim): ReadonlySet<string> {
  if (d.terms.length === 0) return nothing;
  if (d.tokens === undefined) {
    const into = new Set<string>();
    for (const { monomial } of d.terms) for (const { atom } of monomial.factors) collectAtom(atom, into);
    d.tokens = into;
  }
  return d.tokens;
}

function collectAtom(atom: Atom, into: Set<string>): void {
  if (atom.kind === 'symbol') {
    into.add(atom.key);
    return;
  }
  for (const part of partsOf(atom)) for (const token of mentionedIn(part)) into.add(token);
  if (atom.kind === 'choose') collectFlags(atom.cond, into);
}

/** Whether a size depends on a flag of this name. */
export function choosesBy(d: Dim, name: string): boolean {
  return d.terms.some((term) =>
    term.monomial.factors.some(
      ({ atom }) =>
        (atom.kind === 'choose' && hasFlag(atom.cond, name)) ||
        (atom.kind !== 'symbol' && partsOf(atom).some((part) => choosesBy(part, name))),
    ),
  );
}

function hasFlag(cond: Cond, name: string): boolean {
  if (cond.kind === 'flag') return cond.flag.name === name;
  if (cond.kind === 'not') return hasFlag(cond.of, name);
  return (cond.kind === 'and' || cond.kind === 'or') && cond.of.some((part) => hasFlag(part, name));
}

function collectFlags(cond: Cond, into: Set<string>): void {
  if (cond.kind === 'flag') into.add(cond.flag.key);
  else if (cond.kind === 'not') collectFlags(cond.of, into);
  else if (cond.kind === 'and' || cond.kind === 'or') for (const part of cond.of) collectFlags(part, into);
}

export function mentionedInCond(cond: Cond): ReadonlySet<string> {
  const notes = notesOf(cond);
  if (notes.tokens !== undefined) return notes.tokens;
  const into = new Set<string>();
  notes.tokens = into;
  for (const d of dimsOfCond(cond)) for (const token of mentionedIn(d)) into.add(token);
  collectFlags(cond, into);
  return into;
}

/** The token that the fewest other sizes will share: the newest symbol, or a flag where there is none. */
export function rarestIn(d: Dim): string | undefined {
  let best: string | undefined;
  let newest = -1;
  for (const token of mentionedIn(d)) {
    const id = token.startsWith('s') ? Number(token.slice(1)) : 0;
    if (id > newest) {
      newest = id;
      best = token;
    }
  }
  return best;
}
