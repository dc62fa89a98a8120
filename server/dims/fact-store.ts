/**
 * What is known about symbols, as plain tables that change only through the trail. Owns storage and the joining of branches;
 * draws no conclusions.
 */
import type { Cond } from './cond.ts';
import type { Interval } from './interval.ts';
import { hull } from './interval.ts';
import { atomToken, divisorToken, mentionedIn, mentionedInCond, monomialToken } from './mentions.ts';
import type { Monomial } from './monomial.ts';
import type { Dim } from './polynomial.ts';
import { ofTerm } from './polynomial.ts';
import type { Trail } from './trail.ts';
import { TrailedMap } from './trailed-map.ts';

/** `monomial = instead`: every monomial of `instead` is smaller in the fixed order of elimination. */
export interface Rule {
  readonly monomial: Monomial;
  readonly instead: Dim;
}

/** Bounds of a primitive form: no offset, coefficients without a common factor, the first one positive. */
export interface Bound {
  readonly form: Dim;
  readonly range: Interval;
}

/** `form = residue (mod modulus)`, modulus above 1. */
export interface Congruence {
  readonly form: Dim;
  readonly modulus: number;
  readonly residue: number;
}

const sameDims = (a: Dim, b: Dim): Dim | undefined => (a.key === b.key ? a : undefined);

function tokensOfRule({ monomial, instead }: Rule): readonly string[] {
  const left = ofTerm(1, monomial);
  const tokens = [...mentionedIn(left), ...mentionedIn(instead)];
  const last = monomial.factors.at(-1)?.atom;
  if (last !== undefined) tokens.push(atomToken(last));
  if (last?.kind === 'mod' && monomial.degree === 1) tokens.push(divisorToken(last.right.key));
  return tokens;
}

function tokensOfRelation({ form }: Bound): readonly string[] {
  const { relates } = form;
  if (relates !== undefined) return relates;
  form.relates = [...mentionedIn(form), ...form.terms.map(({ monomial }) => monomialToken(monomial))];
  return form.relates;
}

export class FactStore {
  /** Another number after every change: what was derived under another may be stale. */
  version = 0;
  /** The same for the facts about sizes alone. */
  sizesVersion = 0;
  private versions = 0;
  readonly trail: Trail;
  /** Symbol key → what it equals; no symbol with an entry occurs in a newer entry. */
  readonly substitutions: TrailedMap<Dim>;
  readonly rules: TrailedMap<Rule>;
  /** Bounds of single products of atoms. */
  readonly bounds: TrailedMap<Bound>;
  /** Bounds of sums: inequalities between sizes. */
  readonly relations: TrailedMap<Bound>;
  readonly congruences: TrailedMap<Congruence>;
  /** Sizes that are not zero. */
  readonly nonZeros: TrailedMap<Dim>;
  readonly flags: TrailedMap<boolean>;
  /** Conditions assumed as a whole. */
  readonly conds: TrailedMap<Cond>;

  constructor(trail: Trail) {
    this.trail = trail;
    const decided = (): void => {
      this.version = ++this.versions;
    };
    const changed = (): void => {
      this.version = ++this.versions;
      this.sizesVersion = this.version;
    };
    this.substitutions = new TrailedMap(trail, changed, sameDims, mentionedIn);
    this.rules = new TrailedMap(trail, changed, (a, b) => (a.instead.key === b.instead.key ? a : undefined), tokensOfRule);
    const either = (a: Bound, b: Bound): Bound => ({ form: a.form, range: hull(a.range, b.range) });
    this.bounds = new TrailedMap(trail, changed, either, ({ form }) => mentionedIn(form));
    this.relations = new TrailedMap(trail, changed, either, tokensOfRelation);
    this.congruences = new TrailedMap(
      trail,
      changed,
      (a, b) => (a.modulus === b.modulus && a.residue === b.residue ? a : undefined),
      ({ form }) => mentionedIn(form),
    );
    this.nonZeros = new TrailedMap(trail, changed, (a) => a, mentionedIn);
    this.flags = new TrailedMap(trail, decided, (a, b) => (a === b ? a : undefined));
    this.conds = new TrailedMap(
      trail,
      decided,
      (a) => a,
      undefined,
      (cond, token) => mentionedInCond(cond).has(token),
    );
  }

  boundsFor(form: Dim): TrailedMap<Bound> {
    return form.terms.length > 1 ? this.relations : this.bounds;
  }
}
