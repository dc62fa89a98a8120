/** Sums of terms: two runs that are sorted by their monomials' keys become one, a table of them where they come in no order. */
import { compareKeys, type Term } from './monomial.ts';

/** Adds terms to a sum that is kept as a table. */
export function accumulate(sums: Map<string, Term>, terms: readonly Term[], factor: number): void {
  for (const { coefficient, monomial } of terms) {
    const sum = (sums.get(monomial.key)?.coefficient ?? 0) + coefficient * factor;
    if (sum === 0) sums.delete(monomial.key);
    else sums.set(monomial.key, { coefficient: sum, monomial });
  }
}

export function hasQuotient({ monomial }: Term): boolean {
  for (const { atom } of monomial.factors) if (atom.kind === 'floorDiv') return true;
  return false;
}

/** `a + factor * b`: two runs of terms in order become one. */
export function merged(a: readonly Term[], b: readonly Term[], factor: number): readonly Term[] {
  const terms: Term[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const x = a[i];
    const y = b[j];
    if (x === undefined && y === undefined) return terms;
    const order = x === undefined ? 1 : y === undefined ? -1 : x.monomial === y.monomial ? 0 : compareKeys(x.monomial.key, y.monomial.key);
    if (order < 0) terms.push(x as Term);
    else if (order > 0) terms.push(factor === 1 ? (y as Term) : scaled(y as Term, factor));
    else {
      const { coefficient, monomial } = y as Term;
      const sum = (x as Term).coefficient + coefficient * factor;
      if (sum !== 0) terms.push({ coefficient: sum, monomial });
    }
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
}

export const scaled = ({ coefficient, monomial }: Term, factor: number): Term => ({ coefficient: coefficient * factor, monomial });
