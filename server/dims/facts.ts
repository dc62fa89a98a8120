/**
 * What is known about symbolic integers at a point of an analysis, and the three-valued decisions that follow from it.
 * Sound before complete: an answer other than `unknown` holds for every assignment that agrees with what was assumed.
 */
import type { Cond, Decision } from './cond.ts';
import { condKey, eq, LARGEST, le, not, sizeOf } from './cond.ts';
import type { Dim } from './dim.ts';
import { dimsOfCond, mapCond, symbolsOf, valueOf, withOrigin } from './dim.ts';
import { FactStore } from './fact-store.ts';
import type { Interval } from './interval.ts';
import { Learner } from './learner.ts';
import { mentionedIn, mentionedInCond } from './mentions.ts';
import type { Atom } from './monomial.ts';
import { ofAtom, ofTerm, one, soleTerm, sub } from './polynomial.ts';
import { Simplifier } from './simplifier.ts';
import type { Derived, Trail } from './trail.ts';
import { TrailedMap } from './trailed-map.ts';

/** What holds in general of sizes that are free; see `presume`. */
interface Presumption {
  readonly cond: Cond;
  /** Counts only where sizes are compared with each other: one may still be fixed to a number, or be the lesser. */
  readonly loose: boolean;
}

/** How many conditions a decision may be split by. */
const SPLITS = 3;

/** What was worked out of the facts as they were. */
interface WorkedOut {
  readonly facts: number;
  readonly sizes: number;
  readonly answers: Map<Cond, Decision>;
  readonly version: number;
  readonly simplified: ReturnType<Simplifier['setAside']>;
}

export class Facts implements Derived {
  readonly trail: Trail;
  private readonly store: FactStore;
  private readonly reader: Simplifier;
  private readonly learner: Learner;
  private readonly presumed: TrailedMap<Presumption>;
  private splits = 0;
  private answers = new Map<Cond, Decision>();
  private version = -1;

  constructor(trail: Trail) {
    this.trail = trail;
    trail.derived = this;
    this.store = new FactStore(trail);
    this.reader = new Simplifier(this.store);
    this.learner = new Learner(this.store, this.reader, (cond) => this.reader.settle(cond));
    this.presumed = new TrailedMap<Presumption>(
      trail,
      () => {},
      (a, b) => (a === b ? a : undefined),
      ({ cond }) => mentionedInCond(cond),
    );
  }

  /** Whether the condition holds for every assignment that agrees with what is known, for none, or neither can be told. */
  decide(cond: Cond): Decision {
    if (cond.kind === 'const') return cond.value ? 'yes' : 'no';
    if (this.version !== this.store.version) {
      this.answers = new Map();
      this.version = this.store.version;
    }
    const known = this.answers.get(cond);
    if (known !== undefined) return known;
    let answer = this.reader.settle(cond);
    if (answer === 'unknown' && sizeOf(cond) <= LARGEST) answer = this.split(cond);
    this.answers.set(cond, answer);
    return answer;
  }

  /** How much work the questions asked so far were; it only grows. */
  get work(): number {
    return this.reader.work;
  }

  /** Adds a fact. `false`: it contradicts what is known, so this point is never reached. */
  assume(cond: Cond): boolean {
    return this.learner.assume(cond);
  }

  /** Adds what an operation requires. `false`: it contradicts what is known, or what is presumed. */
  require(cond: Cond): boolean {
    return !this.refutes(cond) && this.assume(cond);
  }

  /**
   * States what holds of sizes that were declared to be free: two of them differ, one is not 1. It is no fact, and a
   * program may ask whether it is so; but an operation may not rest on its being otherwise.
   */
  presume(cond: Cond, loose = false): void {
    if (cond.kind !== 'const') this.presumed.set(condKey(cond), { cond, loose });
  }

  /** Lets a size be one number after all: the program reckons with it, whatever was presumed. */
  loosen(dim: Dim): void {
    for (const token of mentionedIn(this.reader.simplify(dim))) {
      for (const [key, presumption] of this.presumed.having(token)) {
        if (!presumption.loose) this.presumed.set(key, { ...presumption, loose: true });
      }
    }
  }

  /** Whether a condition that is open could hold only against what is presumed. */
  refutes(cond: Cond): boolean {
    if (this.presumed.size === 0) return false;
    const asked = mapCond(cond, (d) => this.reader.simplify(d));
    if (asked.kind === 'const') return !asked.value;
    const compares = !ordersOrFixes(asked);
    const found = new Map<string, Cond>();
    for (const token of mentionedInCond(asked)) {
      for (const [key, { cond: presumption, loose }] of this.presumed.having(token)) if (compares || !loose) found.set(key, presumption);
    }
    if (found.size === 0 || this.decide(asked) !== 'unknown') return false;
    return this.holds(found.values(), dimsOfCond(asked), () => this.decide(asked) === 'no');
  }

  /** Whether a condition that is open could hold only where there is nothing; see `onlyOfNothing`. */
  isVain(cond: Cond): boolean {
    if (cond.kind !== 'eq') return false;
    const asked = mapCond(cond, (d) => this.reader.simplify(d));
    return onlyOfNothing(asked) && this.decide(asked) === 'unknown';
  }

  /** Whether something is so for all the sizes as they are presumed to be, where none is 0. */
  presuming(dims: readonly Dim[], ask: () => boolean): boolean {
    if (this.presumed.size === 0) return false;
    const asked = dims.map((d) => this.reader.simplify(d));
    const found = new Map<string, Cond>();
    for (const d of asked) {
      for (const token of mentionedIn(d)) {
        for (const [key, { cond }] of this.presumed.having(token)) found.set(key, cond);
      }
    }
    return found.size > 0 && this.holds(found.values(), asked, ask);
  }

  private holds(presumptions: Iterable<Cond>, dims: Iterable<Dim>, ask: () => boolean): boolean {
    const mark = this.trail.mark();
    try {
      for (const presumption of presumptions) {
        // What the program has found out itself counts for more.
        if (this.decide(presumption) === 'unknown' && !this.assume(presumption)) return false;
      }
      // Nor may it rest on there being nothing at all.
      for (const d of dims) {
        for (const symbol of symbolsOf(d)) if (symbol.least >= 0 && !this.assume(le(one, ofAtom(symbol)))) return false;
      }
      return ask();
    } finally {
      this.trail.undo(mark);
    }
  }

  /** The size in terms of fewer and older symbols, by all that is known. Its origin stays. */
  simplify(d: Dim): Dim {
    const simple = this.reader.simplify(d);
    return simple !== d && d.origin !== undefined ? withOrigin(simple, d.origin) : simple;
  }

  bounds(d: Dim): Interval {
    return this.reader.range(this.reader.simplify(d), 2);
  }

  /** The same question by cases: of a choice's condition, of the order of a minimum's arguments. */
  private split(cond: Cond): Decision {
    if (cond.kind === 'not') {
      const inner = this.decide(cond.of);
      return inner === 'unknown' ? inner : inner === 'yes' ? 'no' : 'yes';
    }
    if (this.splits >= SPLITS) return 'unknown';
    if (cond.kind === 'and' || cond.kind === 'or') {
      const parts = cond.of.map((part) => this.decide(part));
      const absorbing: Decision = cond.kind === 'and' ? 'no' : 'yes';
      if (parts.includes(absorbing)) return absorbing;
      if (!parts.includes('unknown')) return cond.kind === 'and' ? 'yes' : 'no';
    }
    if (dimsOfCond(cond).length > 0) {
      const simplified = mapCond(cond, (d) => this.reader.simplify(d));
      const by = this.caseIn(simplified);
      if (by !== undefined) return this.byCases(simplified, by);
    }
    return this.byRefutation(cond);
  }

  private byCases(cond: Cond, by: Cond): Decision {
    const yes = this.under(by, cond);
    if (yes === 'unknown') return 'unknown';
    const no = this.under(not(by), cond);
    if (yes === undefined) return no ?? 'unknown';
    return no === undefined || no === yes ? yes : 'unknown';
  }

  /**
   * An open conjunction is only asked whether it is impossible, a disjunction whether it is certain: of the opposite, one part
   * that is open is enough, and each part was asked by itself.
   */
  private byRefutation(cond: Cond): Decision {
    switch (cond.kind) {
      case 'and':
        return this.mayClash(cond.of) && this.supposing(cond, (possible) => !possible) ? 'no' : 'unknown';
      case 'or':
        return this.mayClash(cond.of) && this.supposing(not(cond), (possible) => !possible) ? 'yes' : 'unknown';
      default:
        if (!this.isDisputed(mentionedInCond(cond))) return 'unknown';
        if (this.supposing(not(cond), (possible) => !possible)) return 'yes';
        return this.supposing(cond, (possible) => !possible) ? 'no' : 'unknown';
    }
  }

  /** Whether a disjunction is known of something among these. */
  private isDisputed(tokens: Iterable<string>): boolean {
    if (this.store.conds.size > 0) for (const token of tokens) if (this.store.conds.mentions(token)) return true;
    return false;
  }

  /** Whether conditions, none of which is refuted by itself, may be impossible together: they speak of the same, or of what depends on it. */
  private mayClash(parts: readonly Cond[]): boolean {
    const seen = new Set<string>();
    let measured = 0;
    for (const part of parts) {
      if (dimsOfCond(part).length > 0 && ++measured > 1) return true;
      for (const token of mentionedInCond(part)) {
        if (seen.has(token)) return true;
        seen.add(token);
      }
    }
    return this.isDisputed(seen);
  }

  /** The answer under one more assumption; `undefined` if that cannot be. */
  private under(assumed: Cond, cond: Cond): Decision | undefined {
    return this.supposing(assumed, (possible) => (possible ? this.decide(cond) : undefined));
  }

  /** What there is to say while something more is assumed, or found to contradict what is known. Afterwards all is as it was. */
  private supposing<T>(assumed: Cond, say: (possible: boolean) => T): T {
    const { answers, version } = this;
    const mark = this.trail.mark();
    this.splits++;
    try {
      const possible = this.learner.assume(assumed);
      // What is found with fewer splits left must not pass for the answer with all of them.
      if (this.store.version === version) this.answers = new Map(answers);
      return say(possible);
    } finally {
      this.splits--;
      this.trail.rollBack(mark);
    }
  }

  save(): WorkedOut {
    const { version: facts, sizesVersion: sizes } = this.store;
    return { facts, sizes, answers: this.answers, version: this.version, simplified: this.reader.setAside() };
  }

  restore({ facts, sizes, answers, version, simplified }: WorkedOut): void {
    this.store.version = facts;
    this.store.sizesVersion = sizes;
    this.answers = answers;
    this.version = version;
    this.reader.takeUp(simplified);
  }

  private caseIn(cond: Cond): Cond | undefined {
    for (const d of dimsOfCond(cond)) {
      const found = this.caseOf(d);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private caseOf(d: Dim): Cond | undefined {
    for (const { monomial } of d.terms) {
      for (const { atom } of monomial.factors) {
        const found = this.caseOfAtom(atom);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  private caseOfAtom(atom: Atom): Cond | undefined {
    switch (atom.kind) {
      case 'symbol':
        return undefined;
      case 'floorDiv':
      case 'mod':
        return this.caseOf(atom.left) ?? this.caseOf(atom.right);
      case 'choose':
        return this.caseIn(atom.cond) ?? atom.cond;
      case 'min':
      case 'max': {
        for (const a of atom.of) for (const b of atom.of) if (a !== b && this.reader.settle(le(a, b)) === 'unknown') return le(a, b);
        return undefined;
      }
    }
  }

  /** Whether two sizes are known to be equal. */
  equal(a: Dim, b: Dim): boolean {
    return a === b || this.decide(eq(a, b)) === 'yes';
  }
}

/** Whether two sizes that the program chose are equal only where there is nothing: `2*hidden` and `hidden`; a tensor may be empty. */
function onlyOfNothing(cond: Cond): boolean {
  if (cond.kind !== 'eq') return false;
  const term = soleTerm(sub(cond.left, cond.right));
  if (term === undefined || !term.monomial.factors.every(({ atom }) => atom.kind === 'symbol')) return false;
  const [left, right] = [symbolsOf(cond.left), symbolsOf(cond.right)];
  const named = symbolsOf(ofTerm(term.coefficient, term.monomial));
  return named.length > 0 && named.every((symbol) => symbol.measured !== true && left.includes(symbol) && right.includes(symbol));
}

/** Whether a condition, or a part of it, orders sizes; or it sets one equal to a number. */
function ordersOrFixes(cond: Cond): boolean {
  const orders = (part: Cond): boolean =>
    part.kind === 'le' || (part.kind === 'not' ? orders(part.of) : (part.kind === 'and' || part.kind === 'or') && part.of.some(orders));
  return orders(cond) || (cond.kind === 'eq' && (valueOf(cond.left) !== undefined || valueOf(cond.right) !== undefined));
}
