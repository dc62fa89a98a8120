/**
 * What deciding about sizes and taking branches back costs an analysis, in steps: so many of each take as long as a statement, so
 * that a budget of steps bounds the time however they are spent. Counts only, so that the same text always gets as far.
 */
import type { Facts } from '../dims/facts.ts';
import type { Trail } from '../dims/trail.ts';

/** How much work on sizes weighs as much as a step, and how many changes that are taken back. */
const WORK = 3;
const TAKEN_BACK = 3;

export class Deliberation {
  private readonly facts: Facts;
  private readonly trail: Trail;
  private counted = 0;

  constructor(facts: Facts, trail: Trail) {
    this.facts = facts;
    this.trail = trail;
  }

  /** What was spent since this was asked last, in whole steps. */
  since(): number {
    const steps = Math.floor(this.facts.work / WORK + this.trail.work / TAKEN_BACK - this.counted);
    this.counted += steps;
    return steps;
  }
}
