/**
 * Reads the known facts: rewrites sizes to what they equal, bounds them, and settles conditions that need no case analysis.
 * Learns nothing itself.
 */
import type { Cond, Decision } from './cond.ts';
import { always, condKey, contentOf, never, not, primitiveOf } from './cond.ts';
import type { Congruent } from './congruence.ts';
import { congruenceOf } from './congruence.ts';
import { mapAtoms, mapCond, rebuild } from './dim.ts';
import type { FactStore } from './fact-store.ts';
import type { Interval } from './interval.ts';
import { addIntervals, excludesZero, intersect, interval, multiplyIntervals, scaleInterval } from './interval.ts';
import { atomToken, divisorToken, monomialToken } from './mentions.ts';
import type { Atom, DivisionAtom, Monomial } from './monomial.ts';
import { commonMonomial, divideMonomials, keyAlone } from './monomial.ts';
import type { Dim, Knowledge } from './polynomial.ts';
import {
  add,
  constant,
  difference,
  divideExactly,
  floorDiv,
  gcd,
  mod,
  mul,
  ofAtom,
  ofTerm,
  one,
  rangeOf,
  rangeOfCompound,
  soleAtom,
  sub,
  valueOf,
  zero,
} from './polynomial.ts';

const DEEPEST = 12;
/** A form of more terms is compared as a whole only. */
const WIDEST = 8;

/** A size as `factor * form + offset`, where the form is primitive. */
export function partForm(d: Dim): { readonly form: Dim; readonly factor: number; readonly offset: number } {
  const linear = d.offset === 0 ? d : sub(d, constant(d.offset));
  const form = primitiveOf(linear);
  const first = linear.terms[0]?.coefficient ?? 1;
  const factor = contentOf(linear) * (first < 0 ? -1 : 1);
  return { form, factor, offset: d.offset };
}

/** The size as a common monomial times a rest. */
export function partCommon(d: Dim): { readonly common: Monomial; readonly rest: Dim } | undefined {
  const [first, ...others] = d.terms;
  if (first === undefined || d.offset !== 0) return undefined;
  const common = others.reduce((shared, term) => commonMonomial(shared, term.monomial), first.monomial);
  if (common.degree === 0) return undefined;
  const rest = d.terms.reduce(
    (sum, term) => add(sum, ofTerm(term.coefficient, divideMonomials(term.monomial, common) ?? term.monomial)),
    zero,
  );
  return { common, rest };
}

/** What was derived of sizes, by key: what they equal, and their bounds, with each effort; the bounds of compound atoms. */
class Derivations {
  readonly simplified = new Map<string, Dim>();
  readonly ofAtoms = new Map<string, Interval>();
  readonly ofSizes: readonly Map<string, Interval>[] = [new Map(), new Map(), new Map()];
}

const simplifiedOf = (from: Derivations) => from.simplified;
const rangesOfAtoms = (from: Derivations) => from.ofAtoms;

/** Nothing yet. */
const NONE = new Derivations();

export class Simplifier {
  private readonly store: FactStore;
  /** What rests on facts about sizes alone, which most branches do not change, and what rests on the condition of a choice too. */
  private lasting = new Derivations();
  private passing = NONE;
  private sizesVersion = -1;
  private version = -1;
  /** How many choices were looked at so far: what was derived without any is lasting. */
  private choices = 0;
  private depth = 0;
  /** How much was done so far: sizes rewritten and bounded. */
  work = 0;
  private readonly known: Knowledge = { range: (d) => this.range(d, 1) };

  constructor(store: FactStore) {
    this.store = store;
  }

  /** What was derived of the facts as they are; `takeUp` is for when they are the same again. */
  setAside() {
    const { lasting, passing, sizesVersion, version } = this;
    return { lasting, passing, sizesVersion, version };
  }

  takeUp({ lasting, passing, sizesVersion, version }: ReturnType<Simplifier['setAside']>): void {
    this.lasting = lasting;
    this.passing = passing;
    this.sizesVersion = sizesVersion;
    this.version = version;
  }

  /** Lets go of what was derived of other facts. */
  private renew(): void {
    if (this.version === this.store.version) return;
    this.passing = NONE;
    this.version = this.store.version;
    if (this.sizesVersion === this.store.sizesVersion) return;
    this.lasting = new Derivations();
    this.sizesVersion = this.store.sizesVersion;
  }

  /** What was derived already; it rests on a choice if it was kept for that reason. */
  private recalled<V>(of: (from: Derivations) => Map<string, V> | undefined, key: string): V | undefined {
    this.renew();
    const lasting = of(this.lasting)?.get(key);
    if (lasting !== undefined) return lasting;
    const passing = of(this.passing)?.get(key);
    if (passing !== undefined) this.choices++;
    return passing;
  }

  /** Where to keep what was derived since so many choices were looked at. */
  private kept(before: number): Derivations {
    if (this.choices === before) return this.lasting;
    if (this.passing === NONE) this.passing = new Derivations();
    return this.passing;
  }

  /** What a size equals, in terms of fewer and older symbols. */
  simplify(d: Dim): Dim {
    if (d.terms.length === 0) return d;
    const cached = this.recalled(simplifiedOf, d.key);
    if (cached !== undefined) return cached === d || cached.key === d.key ? d : cached;
    if (this.depth > DEEPEST) return d;
    this.depth++;
    this.work += d.terms.length;
    const before = this.choices;
    let result = d;
    try {
      for (let round = 0; round < 8; round++) {
        const next = this.reduce(mapAtoms(result, (atom) => this.simplifyAtom(atom)));
        if (next === result || next.key === result.key) break;
        result = next;
      }
    } finally {
      this.depth--;
    }
    if (result.key === d.key) result = d;
    if (this.version === this.store.version) this.kept(before).simplified.set(d.key, result);
    return result;
  }

  private simplifyAtom(atom: Atom): Dim | undefined {
    if (atom.kind === 'symbol') {
      const instead = this.store.substitutions.get(atom.key);
      return instead === undefined ? undefined : this.simplify(instead);
    }
    if (atom.kind === 'choose') this.choices++;
    const divided = atom.kind === 'floorDiv' || atom.kind === 'mod' ? this.divide(atom) : undefined;
    const result =
      divided ??
      rebuild(
        atom,
        (part) => this.simplify(part),
        this.known,
        (cond) => this.simplifyCond(cond),
      );
    return soleAtom(result)?.key === atom.key ? undefined : result;
  }

  private simplifyCond(cond: Cond): Cond {
    const decision = this.settle(cond);
    if (decision !== 'unknown') return decision === 'yes' ? always : never;
    return mapCond(cond, (d) => this.simplify(d));
  }

  /** Division where known divisibility takes a part out: `4*D // H` is `4*(D // H)` once `D % H` is 0. */
  private divide(atom: DivisionAtom): Dim | undefined {
    const left = this.simplify(atom.left);
    const right = this.simplify(atom.right);
    const k = valueOf(right);
    if (k !== undefined && k > 0 && atom.kind === 'mod') {
      const { modulus, residue } = this.congruence(left);
      if (modulus % k === 0) return constant(((residue % k) + k) % k);
    }
    for (const [, rule] of this.store.rules.having(divisorToken(right.key))) {
      const known = rule.monomial.factors[0]?.atom;
      if (known?.kind !== 'mod' || valueOf(rule.instead) !== 0) continue;
      if (known.left.key === left.key || known.left.terms.length === 0) continue;
      const { quotient, rest } = takeMultiples(left, known.left);
      if (quotient === undefined) continue;
      if (atom.kind === 'mod') return mod(rest, right, this.known);
      return add(mul(quotient, floorDiv(known.left, right, this.known)), floorDiv(rest, right, this.known));
    }
    return undefined;
  }

  /** Rewrites products by the learned equalities. */
  private reduce(d: Dim): Dim {
    if (this.store.rules.size === 0) return d;
    let result = d;
    for (let step = 0; step < 32; step++) {
      const next = this.reduceOnce(result);
      if (next === undefined) return result;
      result = next;
    }
    return result;
  }

  private reduceOnce(d: Dim): Dim | undefined {
    for (const term of d.terms) {
      for (const { atom } of term.monomial.factors) {
        for (const [, rule] of this.store.rules.having(atomToken(atom))) {
          const rest = divideMonomials(term.monomial, rule.monomial);
          if (rest === undefined) continue;
          const whole = ofTerm(term.coefficient, term.monomial);
          return add(sub(d, whole), mul(ofTerm(term.coefficient, rest), rule.instead));
        }
      }
    }
    return undefined;
  }

  nonZero(d: Dim): boolean {
    if (d.terms.length === 0) return d.offset !== 0;
    if (excludesZero(this.range(d, 1))) return true;
    if (this.store.nonZeros.get(primitiveOf(d).key) !== undefined) return true;
    if (congruentToNonZero(this.congruence(d))) return true;
    const parted = partCommon(d);
    if (parted === undefined || (d.terms.length === 1 && parted.common.degree === 1)) return false;
    return this.nonZero(parted.rest) && parted.common.factors.every(({ atom }) => this.nonZero(ofAtom(atom)));
  }

  congruence(d: Dim): Congruent {
    const { congruences } = this.store;
    return congruenceOf(d, congruences.size === 0 ? undefined : (key) => congruences.get(key));
  }

  /** Bounds of a size that is already simplified; `effort` is how many known inequalities may be added up. */
  range(d: Dim, effort: number): Interval {
    if (d.terms.length === 0) return { least: d.offset, greatest: d.offset };
    const derived = this.recalled((from) => from.ofSizes[effort], d.key);
    if (derived !== undefined) return derived;
    const before = this.choices;
    const range = this.rangeByFacts(d, effort);
    this.kept(before).ofSizes[effort]?.set(d.key, range);
    return range;
  }

  private rangeByFacts(d: Dim, effort: number): Interval {
    this.work += d.terms.length;
    let best = rangeOf(d, (atom) => this.rangeOfAtom(atom));
    const { form, factor, offset } = partForm(d);
    const whole = this.store.boundsFor(form).get(form.key);
    if (whole !== undefined) best = intersect(best, addIntervals(scaleInterval(whole.range, factor), { least: offset, greatest: offset }));
    if (effort <= 0) return best;
    const parted = partCommon(d);
    if (parted !== undefined && parted.rest.terms.length > 0) {
      const common = rangeOf(ofTerm(1, parted.common), (atom) => this.rangeOfAtom(atom));
      best = intersect(best, multiplyIntervals(common, this.range(parted.rest, effort - 1)));
    }
    if (d.terms.length <= WIDEST) {
      best = intersect(best, this.rangeByBounds(d, effort));
      best = intersect(best, this.rangeByScaling(d, effort));
    }
    return best;
  }

  private rangeOfAtom(atom: Atom): Interval {
    if (atom.kind === 'symbol') {
      const known = this.store.bounds.get(keyAlone(atom))?.range;
      return known === undefined ? atom : intersect(atom, known);
    }
    const derived = this.recalled(rangesOfAtoms, atom.key);
    if (derived !== undefined) return derived;
    const before = this.choices;
    if (atom.kind === 'choose') this.choices++;
    const known = this.store.bounds.get(keyAlone(atom))?.range;
    const own = rangeOfCompound(atom, (d) => this.range(d, 0));
    const range = known === undefined ? own : intersect(own, known);
    this.kept(before).ofAtoms.set(atom.key, range);
    return range;
  }

  /** Adds a multiple of one known inequality, so that a monomial they share goes away. */
  private rangeByBounds(d: Dim, effort: number): Interval {
    let best: Interval = { least: -Infinity, greatest: Infinity };
    if (this.store.relations.size === 0) return best;
    for (const here of d.terms) {
      for (const [, { form, range }] of this.store.relations.having(monomialToken(here.monomial))) {
        const there = form.terms.find((term) => term.monomial.key === here.monomial.key);
        if (there === undefined || here.coefficient % there.coefficient !== 0) continue;
        const factor = here.coefficient / there.coefficient;
        const rest = sub(d, mul(constant(factor), form));
        if (rest.terms.length > d.terms.length + 1) continue;
        best = intersect(best, addIntervals(scaleInterval(range, factor), this.range(rest, effort - 1)));
      }
    }
    return best;
  }

  /** `T - T//2` is bounded through twice itself, where the quotient becomes a remainder. */
  private rangeByScaling(d: Dim, effort: number): Interval {
    const k = divisorOf(d);
    if (k === 1) return { least: -Infinity, greatest: Infinity };
    const { least, greatest } = this.range(mul(constant(k), d), effort - 1);
    return interval(Math.ceil(least / k), Math.floor(greatest / k));
  }

  /** Decides what needs no case analysis. */
  settle(cond: Cond): Decision {
    switch (cond.kind) {
      case 'const':
        return cond.value ? 'yes' : 'no';
      case 'flag': {
        const value = this.store.flags.get(cond.flag.key);
        return value === undefined ? 'unknown' : value ? 'yes' : 'no';
      }
      case 'not': {
        const inner = this.settle(cond.of);
        return inner === 'unknown' ? inner : inner === 'yes' ? 'no' : 'yes';
      }
      case 'eq':
        return this.settleZero(this.simplify(difference(cond.left, cond.right)));
      case 'le':
        return this.settleAtLeastZero(this.simplify(difference(cond.right, cond.left)));
      case 'and':
      case 'or': {
        const absorbing: Decision = cond.kind === 'and' ? 'no' : 'yes';
        let open = false;
        for (const part of cond.of) {
          const answer = this.settle(part);
          if (answer === absorbing) return absorbing;
          open ||= answer === 'unknown';
        }
        return open ? this.recall(cond) : cond.kind === 'and' ? 'yes' : 'no';
      }
    }
  }

  /** What was assumed as a whole is a disjunction: it is known, or it is the opposite of what is asked. */
  private recall(cond: Cond): Decision {
    if (cond.kind !== 'and' && cond.kind !== 'or') return 'unknown';
    const { conds } = this.store;
    if (conds.size === 0 || !conds.some((known) => known.kind === 'or' && known.of.length === cond.of.length)) return 'unknown';
    if (cond.kind === 'or') return conds.get(condKey(cond)) === undefined ? 'unknown' : 'yes';
    return conds.get(condKey(not(cond))) === undefined ? 'unknown' : 'no';
  }

  /** Whether a simplified size is zero. */
  settleZero(d: Dim): Decision {
    if (d.terms.length === 0) return d.offset === 0 ? 'yes' : 'no';
    if (d.offset % contentOf(d) !== 0) return 'no';
    const { least, greatest } = this.range(d, 2);
    if (least > 0 || greatest < 0) return 'no';
    if (least === 0 && greatest === 0) return 'yes';
    if (this.store.nonZeros.get(primitiveOf(d).key) !== undefined || congruentToNonZero(this.congruence(d))) return 'no';
    const parted = partCommon(d);
    if (parted !== undefined && (parted.rest.terms.length > 0 || parted.common.degree > 1)) {
      const parts = parted.common.factors.map(({ atom }) => this.settleZero(ofAtom(atom)));
      parts.push(this.settleZero(parted.rest));
      if (parts.includes('yes')) return 'yes';
      if (parts.every((part) => part === 'no')) return 'no';
    }
    return this.settleScaled(d);
  }

  /** A size is zero exactly where a multiple by something that is not zero is: multiplied by its divisors it loses its quotients. */
  private settleScaled(d: Dim): Decision {
    let scaled = this.simplify(mul(constant(divisorOf(d)), d));
    for (let i = 0; i < 3; i++) {
      const divisor = this.sizeDivisor(scaled);
      if (divisor === undefined) break;
      scaled = this.simplify(mul(divisor, scaled));
    }
    if (scaled.key === d.key) return 'unknown';
    if (scaled.terms.length === 0) return scaled.offset === 0 ? 'yes' : 'no';
    return excludesZero(this.range(scaled, 1)) || congruentToNonZero(this.congruence(scaled)) ? 'no' : 'unknown';
  }

  /** A divisor that is a size: not zero wherever the quotient has a value. */
  private sizeDivisor(d: Dim): Dim | undefined {
    for (const { monomial } of d.terms) {
      for (const { atom } of monomial.factors) {
        if (atom.kind === 'floorDiv' && atom.right.terms.length > 0) return atom.right;
      }
    }
    return undefined;
  }

  /** Whether a simplified size is at least zero. */
  settleAtLeastZero(d: Dim): Decision {
    if (d.terms.length === 0) return d.offset >= 0 ? 'yes' : 'no';
    const { least, greatest } = this.range(d, 2);
    if (least >= 0) return 'yes';
    if (greatest < 0) return 'no';
    if (least === -1 && this.nonZero(add(d, one))) return 'yes';
    if (greatest === 0 && this.nonZero(d)) return 'no';
    return 'unknown';
  }
}

const congruentToNonZero = ({ modulus, residue }: Congruent): boolean => (modulus === 0 ? residue !== 0 : residue % modulus !== 0);

/** The least common multiple of the numbers that a size is made of quotients by; 1 if it is not worth the while. */
function divisorOf(d: Dim): number {
  let k = 1;
  for (const { monomial } of d.terms) {
    for (const { atom } of monomial.factors) {
      const divisor = atom.kind === 'floorDiv' ? valueOf(atom.right) : undefined;
      if (divisor !== undefined && divisor !== 0) k = (k / gcd(k, divisor)) * Math.abs(divisor);
    }
  }
  return k > 1_000_000 ? 1 : k;
}

/** `a = quotient * b + rest`, taking out whole multiples of `b` greedily. */
function takeMultiples(a: Dim, b: Dim): { readonly quotient: Dim | undefined; readonly rest: Dim } {
  const exact = divideExactly(a, b);
  if (exact !== undefined) return { quotient: exact, rest: zero };
  const head = b.terms[0];
  if (head === undefined) return { quotient: undefined, rest: a };
  let quotient: Dim | undefined;
  let rest = a;
  for (const term of a.terms) {
    const left = divideMonomials(term.monomial, head.monomial);
    if (left === undefined || term.coefficient % head.coefficient !== 0) continue;
    const part = ofTerm(term.coefficient / head.coefficient, left);
    const next = sub(rest, mul(part, b));
    if (next.terms.length >= rest.terms.length) continue;
    rest = next;
    quotient = add(quotient ?? zero, part);
  }
  return { quotient, rest };
}
