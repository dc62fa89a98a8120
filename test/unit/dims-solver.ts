/**
 * Asks Z3 whether what was decided about symbolic integers holds for all integers, not only for the small ones that can be
 * enumerated. One query per decision, refusal, bound or simplification.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Arith, Bool, Context } from 'z3-solver';
import { init } from 'z3-solver';
import type { Cond } from '../../server/dims/cond.ts';
import { spellCond } from '../../server/dims/cond.ts';
import type { Dim } from '../../server/dims/dim.ts';
import { spell, symbolsOf } from '../../server/dims/dim.ts';
import { Facts } from '../../server/dims/facts.ts';
import type { Atom } from '../../server/dims/monomial.ts';
import { Trail } from '../../server/dims/trail.ts';
import type { CondTree, Setting, Tree } from './dims-random.ts';
import { build, buildCond, condTrees, ranges, setting, trees } from './dims-random.ts';

export interface Tally {
  /** Queries that Z3 answered. */
  answered: number;
  /** Queries that it gave up on. */
  open: number;
  yes: number;
  no: number;
  /** Conditions that were left undecided. */
  unknown: number;
  refused: number;
  simplified: number;
}

/** Milliseconds a query may take. */
const PATIENCE = 150;

/** Runs random cases until `queries` of them were answered; throws at the first wrong answer, with Z3's counterexample. */
export async function askSolver(queries: number, seed: number): Promise<Tally> {
  const { Context: make, em } = await init();
  try {
    const asker = new Asker(make('main'));
    const cases = fc.tuple(fc.array(condTrees, { minLength: 1, maxLength: 3 }), fc.array(condTrees, { minLength: 2, maxLength: 4 }), trees);
    for (let round = 0; asker.tally.answered < queries && round < queries * 20; round++) {
      const sample = fc.sample(cases, { numRuns: 8, seed: seed * 1_000_003 + round });
      for (const [assumed, asked, size] of sample) await asker.check(assumed, asked, size);
    }
    return asker.tally;
  } finally {
    em.PThread.terminateAllThreads();
  }
}

class Asker {
  readonly tally: Tally = { answered: 0, open: 0, yes: 0, no: 0, unknown: 0, refused: 0, simplified: 0 };
  private readonly z3: Context<'main'>;
  private readonly symbols: readonly Arith<'main'>[];
  private readonly flags: readonly Bool<'main'>[];

  constructor(z3: Context<'main'>) {
    this.z3 = z3;
    this.symbols = ranges.map((_, i) => z3.Int.const(`x${i}`));
    this.flags = [z3.Bool.const('p'), z3.Bool.const('q')];
  }

  async check(assumed: readonly CondTree[], asked: readonly CondTree[], size: Tree): Promise<void> {
    const s = openSetting();
    const facts = new Facts(new Trail());
    const premises: Bool<'main'>[] = ranges.flatMap(({ least }, i) => (least < 0 ? [] : [this.symbols[i]?.ge(least) as Bool<'main'>]));
    const told: string[] = [];
    for (const tree of assumed) {
      const cond = buildCond(tree, s);
      told.push(spellCond(cond));
      premises.push(this.condDefined(tree), this.cond(tree));
      if (facts.assume(cond)) continue;
      this.tally.refused++;
      await this.refute([...premises], `refused: ${told.join('; ')}`);
      return;
    }
    const context = told.join('; ');
    for (const tree of asked) {
      const cond = buildCond(tree, s);
      const answer = facts.decide(cond);
      this.tally[answer]++;
      if (answer === 'unknown' || cond.kind === 'const') continue;
      const truth = this.cond(tree);
      const wrong = answer === 'yes' ? this.z3.Not(truth) : truth;
      await this.refute([...premises, this.condDefined(tree), wrong], `given ${context}: ${spellCond(cond)} is ${answer}`);
    }
    const d = build(size, s);
    const simple = facts.simplify(d);
    if (simple.key === d.key) return;
    this.tally.simplified++;
    const differ = this.z3.Not(this.tree(size).eq(this.dim(simple, s)));
    await this.refute([...premises, this.defined(size), differ], `given ${context}: ${spell(d)} is ${spell(simple)}`);
  }

  private async refute(constraints: readonly Bool<'main'>[], claim: string): Promise<void> {
    const solver = new this.z3.Solver();
    solver.set('timeout', PATIENCE);
    solver.add(...constraints);
    const result = await solver.check();
    if (result === 'unknown') this.tally.open++;
    else this.tally.answered++;
    assert.notEqual(result, 'sat', result === 'sat' ? `${claim}, but not where ${solver.model().sexpr().replaceAll('\n', ' ')}` : '');
    solver.release();
  }

  private tree(tree: Tree): Arith<'main'> {
    switch (tree.op) {
      case 'number':
        return this.z3.Int.val(tree.value);
      case 'symbol':
        return this.symbols[tree.index] as Arith<'main'>;
      case 'neg':
        return this.tree(tree.of).neg();
      case 'choose':
        return this.z3.If(this.cond(tree.cond), this.tree(tree.left), this.tree(tree.right)) as Arith<'main'>;
      default:
        return this.binary(tree.op, this.tree(tree.left), this.tree(tree.right));
    }
  }

  private binary(op: 'add' | 'sub' | 'mul' | 'floorDiv' | 'mod' | 'min' | 'max', a: Arith<'main'>, b: Arith<'main'>): Arith<'main'> {
    switch (op) {
      case 'add':
        return a.add(b);
      case 'sub':
        return a.sub(b);
      case 'mul':
        return a.mul(b);
      case 'floorDiv':
        return this.z3.If(b.gt(0), a.div(b), a.neg().div(b.neg())) as Arith<'main'>;
      case 'mod':
        return a.sub(b.mul(this.binary('floorDiv', a, b)));
      case 'min':
        return this.z3.If(a.le(b), a, b) as Arith<'main'>;
      case 'max':
        return this.z3.If(a.ge(b), a, b) as Arith<'main'>;
    }
  }

  private cond(tree: CondTree): Bool<'main'> {
    switch (tree.op) {
      case 'flag':
        return this.flags[tree.index] as Bool<'main'>;
      case 'not':
        return this.z3.Not(this.cond(tree.of));
      case 'and':
        return this.z3.And(...tree.of.map((part) => this.cond(part)));
      case 'or':
        return this.z3.Or(...tree.of.map((part) => this.cond(part)));
      case 'divides':
        return this.binary('mod', this.tree(tree.left), this.tree(tree.right)).eq(0);
      default: {
        const a = this.tree(tree.left);
        const b = this.tree(tree.right);
        return tree.op === 'ne' ? this.z3.Not(a.eq(b)) : a[tree.op](b);
      }
    }
  }

  /** Nothing in it is divided by zero; of a choice only the chosen arm counts. */
  private defined(tree: Tree): Bool<'main'> {
    switch (tree.op) {
      case 'number':
      case 'symbol':
        return this.z3.Bool.val(true);
      case 'neg':
        return this.defined(tree.of);
      case 'choose': {
        const arm = this.z3.If(this.cond(tree.cond), this.defined(tree.left), this.defined(tree.right)) as Bool<'main'>;
        return this.z3.And(this.condDefined(tree.cond), arm);
      }
      default: {
        const parts = [this.defined(tree.left), this.defined(tree.right)];
        if (tree.op === 'floorDiv' || tree.op === 'mod') parts.push(this.z3.Not(this.tree(tree.right).eq(0)));
        return this.z3.And(...parts);
      }
    }
  }

  private condDefined(tree: CondTree): Bool<'main'> {
    switch (tree.op) {
      case 'flag':
        return this.z3.Bool.val(true);
      case 'not':
        return this.condDefined(tree.of);
      case 'and':
      case 'or':
        return this.z3.And(...tree.of.map((part) => this.condDefined(part)));
      default: {
        const parts = [this.defined(tree.left), this.defined(tree.right)];
        if (tree.op === 'divides') parts.push(this.z3.Not(this.tree(tree.right).eq(0)));
        return this.z3.And(...parts);
      }
    }
  }

  private dim(d: Dim, s: Setting): Arith<'main'> {
    let sum: Arith<'main'> = this.z3.Int.val(d.offset);
    for (const term of d.terms) {
      let product: Arith<'main'> = this.z3.Int.val(term.coefficient);
      for (const { atom, power } of term.monomial.factors) for (let i = 0; i < power; i++) product = product.mul(this.atom(atom, s));
      sum = sum.add(product);
    }
    return sum;
  }

  private atom(atom: Atom, s: Setting): Arith<'main'> {
    switch (atom.kind) {
      case 'symbol':
        return this.symbols[s.ids.indexOf(atom.id)] as Arith<'main'>;
      case 'floorDiv':
      case 'mod':
        return this.binary(atom.kind, this.dim(atom.left, s), this.dim(atom.right, s));
      case 'min':
      case 'max':
        return atom.of.map((part) => this.dim(part, s)).reduce((a, b) => this.binary(atom.kind, a, b));
      case 'choose':
        return this.z3.If(this.built(atom.cond, s), this.dim(atom.yes, s), this.dim(atom.no, s)) as Arith<'main'>;
    }
  }

  private built(cond: Cond, s: Setting): Bool<'main'> {
    switch (cond.kind) {
      case 'const':
        return this.z3.Bool.val(cond.value);
      case 'flag':
        return this.flags[s.flags.findIndex((flag) => flag.id === cond.flag.id)] as Bool<'main'>;
      case 'eq':
      case 'le':
        return this.dim(cond.left, s)[cond.kind](this.dim(cond.right, s));
      case 'not':
        return this.z3.Not(this.built(cond.of, s));
      case 'and':
        return this.z3.And(...cond.of.map((part) => this.built(part, s)));
      case 'or':
        return this.z3.Or(...cond.of.map((part) => this.built(part, s)));
    }
  }
}

/** Symbols that are bounded below at most, as sizes are. */
function openSetting(): Setting {
  const s = setting(false, false, true);
  assert.equal(symbolsOf(s.symbols[0] as Dim).length, 1);
  return s;
}
