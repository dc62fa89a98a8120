/**
 * Turns an assumed condition into facts: solves equalities for a symbol, tightens bounds, records divisibility. Every
 * method gives `false` where the assumption contradicts what is known.
 */
import type { Cond, Decision } from './cond.ts';
import { condKey, eq, LARGEST, not, or, primitiveOf, sizeOf } from './cond.ts';
import { both } from './congruence.ts';
import { dimsOfCond, mapAtoms, symbolMap } from './dim.ts';
import type { FactStore } from './fact-store.ts';
import type { Interval } from './interval.ts';
import { everything, intersect, isEmpty } from './interval.ts';
import { mentionedIn, rarestIn } from './mentions.ts';
import type { Atom, Monomial, SymbolAtom, Term } from './monomial.ts';
import { compareKeys } from './monomial.ts';
import type { Dim } from './polynomial.ts';
import { constant, neg, ofAtom, ofTerm, one, remainder, soleAtom, sub, valueOf, zero } from './polynomial.ts';
import type { Simplifier } from './simplifier.ts';
import { partCommon, partForm } from './simplifier.ts';

/** Facts that follow from facts that follow …: where it stops, knowing less stays sound. */
const DEEPEST = 16;
const CONGRUENCE_LIMIT = 2 ** 31;

export class Learner {
  private readonly store: FactStore;
  private readonly reader: Simplifier;
  private readonly decide: (cond: Cond) => Decision;
  private depth = 0;

  constructor(store: FactStore, reader: Simplifier, decide: (cond: Cond) => Decision) {
    this.store = store;
    this.reader = reader;
    this.decide = decide;
  }

  assume(cond: Cond): boolean {
    if (this.depth > DEEPEST) return true;
    this.depth++;
    try {
      return this.learn(cond);
    } finally {
      this.depth--;
    }
  }

  private learn(cond: Cond): boolean {
    switch (cond.kind) {
      case 'const':
        return cond.value;
      case 'flag':
        return this.setFlag(cond.flag.key, true);
      case 'eq':
        return this.isDefined(cond.left) && this.isDefined(cond.right) && this.zeroIs(sub(cond.left, cond.right));
      case 'le':
        return this.isDefined(cond.left) && this.isDefined(cond.right) && this.atLeastZero(sub(cond.right, cond.left));
      case 'and':
        return cond.of.every((part) => this.assume(part));
      case 'or':
        return this.oneOf(cond.of);
      case 'not':
        if (cond.of.kind === 'flag') return this.setFlag(cond.of.flag.key, false);
        if (!dimsOfCond(cond.of).every((d) => this.isDefined(d))) return false;
        if (cond.of.kind === 'eq') return this.notZero(sub(cond.of.left, cond.of.right));
        if (cond.of.kind === 'le') return this.atLeastZero(sub(sub(cond.of.left, cond.of.right), one));
        return this.assume(not(cond.of));
    }
  }

  /** A comparison that came out was computed: nothing in it was divided by zero. */
  private isDefined(d: Dim): boolean {
    for (const { monomial } of d.terms) {
      for (const { atom } of monomial.factors) {
        if (atom.kind !== 'floorDiv' && atom.kind !== 'mod') continue;
        if (atom.right.terms.length > 0 && !this.reader.nonZero(atom.right) && !this.assume(not(eq(atom.right, zero)))) return false;
        if (!this.isDefined(atom.left) || !this.isDefined(atom.right)) return false;
      }
    }
    return true;
  }

  private setFlag(flag: string, value: boolean): boolean {
    const known = this.store.flags.get(flag);
    if (known !== undefined) return known === value;
    this.store.flags.set(flag, value);
    return this.refresh(flag);
  }

  private oneOf(of: readonly Cond[]): boolean {
    const open = of.filter((part) => this.decide(part) !== 'no');
    const [only] = open;
    if (only === undefined) return false;
    if (open.length === 1) return this.assume(only);
    const cond = or(...open);
    if (cond.kind === 'or' && sizeOf(cond) <= LARGEST) this.store.conds.set(condKey(cond), cond);
    return cond.kind === 'const' || cond.kind === 'or' || this.assume(cond);
  }

  /** `d = 0`. */
  private zeroIs(of: Dim): boolean {
    const asked = this.reader.simplify(of);
    if (asked.terms.length === 0) return asked.offset === 0;
    if (this.reader.settleZero(asked) === 'no') return false;
    if (!this.remember(asked, { least: 0, greatest: 0 })) return false;
    // What was remembered may have solved it already, or made it read differently.
    const d = this.reader.simplify(asked);
    if (d.terms.length === 0) return d.offset === 0;
    const parted = partCommon(d);
    if (parted !== undefined) return this.productIsZero(parted.common, parted.rest);
    const settled = this.choicesFollow(d);
    return settled ?? this.solve(primitiveOf(d));
  }

  private productIsZero(common: Monomial, rest: Dim): boolean {
    const open = common.factors.map(({ atom }) => ofAtom(atom)).filter((factor) => !this.reader.nonZero(factor));
    if (rest.terms.length > 0 && !this.reader.nonZero(rest)) open.push(rest);
    const [only] = open;
    if (only === undefined) return false;
    if (open.length > 1) return true;
    const atom = soleAtom(only);
    return atom === undefined ? this.assume(eq(only, zero)) : this.solve(only);
  }

  /** Learns from `d = 0`, where `d` is simplified, primitive and no product. */
  private solve(d: Dim): boolean {
    const target = this.symbolToReplace(d);
    if (target !== undefined) return this.replace(target.symbol, target.value);
    return this.solveAtom(d) && this.addRule(d);
  }

  /** The symbol that goes: one without a name before one with, a newer before an older. */
  private symbolToReplace(d: Dim): { symbol: SymbolAtom; value: Dim } | undefined {
    let best: { symbol: SymbolAtom; term: Term } | undefined;
    for (const term of d.terms) {
      const atom = term.monomial.factors[0]?.atom;
      if (Math.abs(term.coefficient) !== 1 || term.monomial.degree !== 1 || atom?.kind !== 'symbol') continue;
      if (best !== undefined && rankOf(atom) < rankOf(best.symbol)) continue;
      if (symbolMap(sub(d, ofTerm(term.coefficient, term.monomial))).has(atom.id)) continue;
      best = { symbol: atom, term };
    }
    if (best === undefined) return undefined;
    const rest = sub(d, ofTerm(best.term.coefficient, best.term.monomial));
    return { symbol: best.symbol, value: best.term.coefficient > 0 ? neg(rest) : rest };
  }

  private replace(symbol: SymbolAtom, value: Dim): boolean {
    const old = ofAtom(symbol);
    const range = this.reader.range(old, 1);
    const residue = this.reader.congruence(old);
    this.store.substitutions.set(symbol.key, value);
    for (const [key, other] of this.store.substitutions.having(symbol.key)) {
      this.store.substitutions.set(key, this.reader.simplify(other));
    }
    if (!this.within(value, range)) return false;
    if (residue.modulus > 1 && !this.congruent(value, residue.modulus, residue.residue)) return false;
    return this.refresh(symbol.key);
  }

  /** Says again what was known of what the token stands for, where it reads differently after what was just learned. */
  private refresh(token: string | undefined): boolean {
    if (token === undefined) return true;
    const touched = (d: Dim): boolean => this.reader.simplify(d).key !== d.key;
    for (const [key, { form, range }] of this.store.relations.having(token)) {
      if (!touched(form)) continue;
      this.store.relations.set(key, undefined);
      if (!this.within(form, range)) return false;
    }
    for (const [key, { form, range }] of this.store.bounds.having(token)) {
      if (!touched(form)) continue;
      // A replaced symbol keeps its own bounds: they are what remains of it after a branch whose arms differ.
      const sole = soleAtom(form);
      if (sole?.kind !== 'symbol') this.store.bounds.set(key, undefined);
      if (!this.within(form, range)) return false;
    }
    for (const [key, { form, modulus, residue }] of this.store.congruences.having(token)) {
      if (!touched(form)) continue;
      this.store.congruences.set(key, undefined);
      if (!this.congruent(form, modulus, residue)) return false;
    }
    for (const [key, d] of this.store.nonZeros.having(token)) {
      if (!touched(d)) continue;
      this.store.nonZeros.set(key, undefined);
      if (!this.assume(not(eq(d, zero)))) return false;
    }
    for (const [key, { monomial, instead }] of this.store.rules.having(token)) {
      const left = ofTerm(1, monomial);
      this.store.rules.set(key, undefined);
      if (this.reader.simplify(left).key === left.key && this.reader.simplify(instead).key === instead.key) {
        this.store.rules.set(key, { monomial, instead });
      } else if (!this.assume(eq(left, instead))) return false;
    }
    return this.disjunctionsFollow(token);
  }

  /** What `atom = number` says of the parts of the atom. */
  private solveAtom(d: Dim): boolean {
    const [term] = d.terms;
    const atom = term?.monomial.factors[0]?.atom;
    if (d.terms.length !== 1 || term === undefined || atom === undefined || term.monomial.degree !== 1) return true;
    if (Math.abs(term.coefficient) !== 1) return true;
    return this.partsFollow(atom, { least: -d.offset * term.coefficient, greatest: -d.offset * term.coefficient });
  }

  /** What bounds of a compound atom say of its parts. */
  private partsFollow(atom: Atom, { least, greatest }: Interval): boolean {
    switch (atom.kind) {
      case 'floorDiv': {
        const k = valueOf(atom.right);
        if (k === undefined || k <= 0) return true;
        return this.within(atom.left, { least: least * k, greatest: greatest * k + k - 1 });
      }
      case 'mod': {
        const k = valueOf(atom.right);
        return k === undefined || k <= 1 || least !== greatest || this.congruent(atom.left, k, least);
      }
      case 'min':
        return !Number.isFinite(least) || atom.of.every((part) => this.within(part, { least, greatest: Infinity }));
      case 'max':
        return !Number.isFinite(greatest) || atom.of.every((part) => this.within(part, { least: -Infinity, greatest }));
      default:
        return true;
    }
  }

  /** Records `leading monomial = the rest`, where the leading coefficient allows it. The order is fixed, so rewriting ends. */
  private addRule(d: Dim): boolean {
    const [first, ...others] = d.terms;
    if (first === undefined) return true;
    const head = others.reduce((best, term) => (eliminates(term.monomial, best.monomial) ? term : best), first);
    if (Math.abs(head.coefficient) !== 1) return true;
    const rest = sub(d, ofTerm(head.coefficient, head.monomial));
    const instead = head.coefficient > 0 ? neg(rest) : rest;
    const range = this.reader.range(ofTerm(1, head.monomial), 1);
    this.store.rules.set(head.monomial.key, { monomial: head.monomial, instead });
    return this.within(instead, range) && this.refresh(rarestIn(ofTerm(1, head.monomial)));
  }

  /** Where `d = 0` leaves a choice only one arm, the condition follows. `undefined`: there is no such choice. */
  private choicesFollow(now: Dim): boolean | undefined {
    for (const { monomial } of now.terms) {
      for (const { atom } of monomial.factors) {
        if (atom.kind !== 'choose') continue;
        const arm = (value: Dim): Decision =>
          this.reader.settleZero(this.reader.simplify(mapAtoms(now, (other) => (other.key === atom.key ? value : undefined))));
        const without = arm(atom.yes) === 'no' ? not(atom.cond) : arm(atom.no) === 'no' ? atom.cond : undefined;
        if (without !== undefined) return this.assume(without) && this.assume(eq(now, zero));
      }
    }
    return undefined;
  }

  private atLeastZero(of: Dim): boolean {
    return this.within(of, { least: 0, greatest: Infinity });
  }

  /** The size lies in the range. */
  private within(of: Dim, range: Interval): boolean {
    if (range.least === -Infinity && range.greatest === Infinity) return true;
    if (this.depth > DEEPEST) return true;
    this.depth++;
    try {
      const d = this.reader.simplify(of);
      if (d.terms.length === 0) return d.offset >= range.least && d.offset <= range.greatest;
      if (isEmpty(intersect(this.reader.range(d, 2), range))) return false;
      return this.remember(d, range) && (d.terms.length !== 1 || this.choicesWithin(d, range));
    } finally {
      this.depth--;
    }
  }

  private choicesWithin(d: Dim, range: Interval): boolean {
    const atom = soleAtom(d);
    if (atom?.kind !== 'choose') return true;
    const possible = (arm: Dim): boolean => !isEmpty(intersect(this.reader.range(this.reader.simplify(arm), 1), range));
    if (!possible(atom.yes)) return this.assume(not(atom.cond)) && this.within(atom.no, range);
    if (!possible(atom.no)) return this.assume(atom.cond) && this.within(atom.yes, range);
    return true;
  }

  /** Tightens the stored bound of a simplified size; a single value becomes an equality. */
  private remember(d: Dim, range: Interval): boolean {
    const { form, factor, offset } = partForm(d);
    const low = (factor > 0 ? range.least : range.greatest) - offset;
    const high = (factor > 0 ? range.greatest : range.least) - offset;
    const asked = { least: Math.ceil(low / factor), greatest: Math.floor(high / factor) };
    const old = this.store.boundsFor(form).get(form.key)?.range ?? everything;
    const known = intersect(old, this.reader.range(form, 1));
    let { least, greatest } = intersect(known, asked);
    for (let i = 0; i < 8 && least <= greatest && this.excluded(form, least); i++) least++;
    for (let i = 0; i < 8 && least <= greatest && this.excluded(form, greatest); i++) greatest--;
    if (least > greatest) return false;
    if (least === known.least && greatest === known.greatest) return true;
    this.store.boundsFor(form).set(form.key, { form, range: { least, greatest } });
    if (least === greatest) return known.least === known.greatest || this.assume(eq(form, constant(least)));
    return this.boundFollows(form, { least, greatest });
  }

  private excluded(form: Dim, value: number): boolean {
    if (!Number.isFinite(value)) return false;
    if (this.store.nonZeros.size > 0 && this.store.nonZeros.get(primitiveOf(sub(form, constant(value))).key) !== undefined) return true;
    const { modulus, residue } = this.reader.congruence(form);
    return modulus > 1 && remainder(value - residue, modulus) !== 0;
  }

  private boundFollows(form: Dim, range: Interval): boolean {
    const atom = soleAtom(form);
    if (atom !== undefined) return this.partsFollow(atom, range) && this.reconsider(form);
    const [term] = form.terms;
    if (form.terms.length === 1 && term !== undefined && range.least >= 1) {
      // A positive product of sizes that are not negative has no zero factor.
      const factors = term.monomial.factors.map((factor) => ofAtom(factor.atom));
      if (factors.every((factor) => this.reader.range(factor, 1).least >= 0)) {
        return factors.every((factor) => this.within(factor, { least: 1, greatest: range.greatest }));
      }
    }
    return this.reconsider(form);
  }

  /** Disjunctions may lose a part once more is known, products that are zero a factor that could be. */
  private reconsider(changed: Dim): boolean {
    if (this.reader.nonZero(changed) && !this.productsFollow(changed)) return false;
    return [...mentionedIn(changed)].every((token) => this.disjunctionsFollow(token));
  }

  private disjunctionsFollow(token: string): boolean {
    for (const [key, cond] of this.store.conds.having(token)) {
      if (cond.kind !== 'or' || this.store.conds.get(key) === undefined) continue;
      if (cond.of.every((part) => this.reader.settle(part) === 'unknown')) continue;
      this.store.conds.set(key, undefined);
      if (!this.assume(cond)) return false;
    }
    return true;
  }

  private notZero(of: Dim): boolean {
    const d = this.reader.simplify(of);
    if (d.terms.length === 0) return d.offset !== 0;
    const settled = this.reader.settleZero(d);
    if (settled !== 'unknown') return settled === 'no';
    const primitive = primitiveOf(d);
    this.store.nonZeros.set(primitive.key, primitive);
    const parted = partCommon(d);
    if (parted !== undefined && (parted.rest.terms.length > 0 || parted.common.degree > 1)) {
      for (const { atom } of parted.common.factors) if (!this.assume(not(eq(ofAtom(atom), zero)))) return false;
      if (parted.rest.terms.length > 0 && !this.assume(not(eq(parted.rest, zero)))) return false;
    }
    const { least, greatest } = this.reader.range(d, 1);
    if (least === 0 && !this.within(d, { least: 1, greatest: Infinity })) return false;
    if (greatest === 0 && !this.within(d, { least: -Infinity, greatest: -1 })) return false;
    return this.reconsider(primitive);
  }

  /** A product known to be zero may have one factor left that can be. */
  private productsFollow(changed: Dim): boolean {
    for (const token of mentionedIn(changed)) {
      for (const [, { form, range }] of [...this.store.bounds.having(token), ...this.store.relations.having(token)]) {
        if (range.least !== 0 || range.greatest !== 0) continue;
        const parted = partCommon(form);
        if (parted === undefined || this.reader.simplify(form).terms.length === 0) continue;
        if (!this.productIsZero(parted.common, parted.rest)) return false;
      }
    }
    return true;
  }

  /** `d = residue (mod modulus)`. */
  private congruent(of: Dim, modulus: number, residue: number): boolean {
    const d = this.reader.simplify(of);
    if (d.terms.length === 0) return remainder(d.offset - residue, modulus) === 0;
    const known = this.reader.congruence(d);
    if (both(known, { modulus, residue }) === undefined) return false;
    const { form, factor, offset } = partForm(d);
    // factor * form = residue - offset (mod modulus) is solved where the factor has an inverse.
    if (modulus > CONGRUENCE_LIMIT) return true;
    const inverse = inverseOf(factor, modulus);
    if (inverse === undefined) return true;
    const wanted = { modulus, residue: remainder(remainder(residue - offset, modulus) * inverse, modulus) };
    if (!Number.isSafeInteger(wanted.residue)) return true;
    const old = this.store.congruences.get(form.key);
    const joined = old === undefined ? wanted : both(old, wanted);
    if (joined === undefined) return false;
    if (old !== undefined && joined.modulus === old.modulus) return true;
    this.store.congruences.set(form.key, { form, modulus: joined.modulus, residue: joined.residue });
    return this.refresh(rarestIn(form));
  }
}

function inverseOf(a: number, modulus: number): number | undefined {
  if (modulus > 65_536) return Math.abs(a) === 1 ? a : undefined;
  const reduced = remainder(a, modulus);
  for (let x = 1; x < modulus; x++) if ((reduced * x) % modulus === 1) return x;
  return undefined;
}

const rankOf = ({ id, name }: SymbolAtom): number => id + (name === '?' ? 2 ** 41 : /^_+$/.test(name) ? 2 ** 40 : 0);

/** A fixed order in which every atom comes after the symbols it is made of. */
function orderOfAtom(atom: Atom): { readonly rank: number; readonly compound: number; readonly key: string } {
  if (atom.kind === 'symbol') return { rank: rankOf(atom), compound: 0, key: atom.key };
  let rank = 0;
  for (const symbol of symbolMap(ofAtom(atom)).values()) rank = Math.max(rank, rankOf(symbol));
  return { rank, compound: 1, key: atom.key };
}

function compareAtoms(a: Atom, b: Atom): number {
  const x = orderOfAtom(a);
  const y = orderOfAtom(b);
  return x.rank - y.rank || x.compound - y.compound || compareKeys(x.key, y.key);
}

/** Whether `a` comes after `b`: lexicographic by the greatest atoms. */
function eliminates(a: Monomial, b: Monomial): boolean {
  const sorted = (m: Monomial) => [...m.factors].sort((x, y) => compareAtoms(y.atom, x.atom));
  const left = sorted(a);
  const right = sorted(b);
  for (let i = 0; i < left.length && i < right.length; i++) {
    const x = left[i];
    const y = right[i];
    if (x === undefined || y === undefined) break;
    const order = compareAtoms(x.atom, y.atom) || x.power - y.power;
    if (order !== 0) return order > 0;
  }
  return left.length > right.length;
}
