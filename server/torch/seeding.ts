/** Seeding a run's random stream from outside the program. */
import type { Interpreter } from '../python/interpreter.ts';
import { stateOf } from './state.ts';

export function seedEverything(interp: Interpreter, seed: number): void {
  stateOf(interp).generator.manualSeed(seed);
}
