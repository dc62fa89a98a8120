/**
 * "Why is this 40?": for each size of a shape the chain from the place that made it back to the literals and parameters
 * that it was computed from.
 */
import type { Dim } from '../dims/dim.ts';
import { valueOf } from '../dims/dim.ts';
import type { Origin, Place } from '../dims/origin.ts';
import { spell } from '../dims/spell.ts';
import type { Explanation, ExplanationStep } from './report.ts';

/** A chain says the essential in a few steps; what is longer is a program of its own. */
const MOST_STEPS = 5;
const MOST_SIZES = 4;

/** The sizes whose origin is worth keeping; one of 1 explains itself. */
export function explained(dims: readonly Dim[]): readonly Dim[] {
  return dims.filter((dim) => dim.origin !== undefined && valueOf(dim) !== 1);
}

/** The chains of those sizes that the shape still shows. */
export function explanations(sizes: readonly Dim[], shown: readonly string[]): readonly Explanation[] {
  const found = new Map<string, Explanation>();
  for (const dim of sizes) {
    const size = spell(dim);
    if (found.size >= MOST_SIZES || dim.origin === undefined || found.has(size) || !shown.includes(size)) continue;
    const steps = stepsOf(dim.origin);
    if (steps.length > 0) found.set(size, { size, steps });
  }
  return [...found.values()];
}

/** Nearest first, each place once. A size that was computed from several has the steps of each, those of a layer's own arguments left out. */
function stepsOf(origin: Origin): readonly ExplanationStep[] {
  const steps: ExplanationStep[] = [];
  const several = origin.what === '' && (origin.from ?? []).length > 1;
  const add = ({ what, place, from }: Origin, under: Place | undefined, beside: boolean): void => {
    const known = steps.some((step) => step.what === what && step.place?.start === place?.start && step.place?.file === place?.file);
    const within = several && under !== undefined && place?.file === under.file && under.start <= place.start && place.end <= under.end;
    const said = what !== '' && !known && !within;
    if (said && steps.length < MOST_STEPS) steps.push({ what, place, beside: beside && steps.length > 0 });
    (from ?? []).forEach((each, i) => add(each, place, what === '' ? beside || i > 0 : i > 0));
  };
  add(origin, undefined, false);
  return steps;
}
