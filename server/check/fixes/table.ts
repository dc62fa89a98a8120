/** Every proposer of quick fixes; those of one code are tried in this order. */
import { batchFirst } from './batch-first.ts';
import { constructorSize } from './constructor-size.ts';
import { channelsFirst, reshape, stateRows, transpose } from './contiguity.ts';
import { batchMean, convertedInput, convertedTarget, exchangedSides, squeezedSide } from './loss-arguments.ts';
import { lastDim, lastLayer, lastStep, noDropout, outputOfPair, squeezedDim } from './recurrent-results.ts';
import type { Proposer } from './scene.ts';

const PROPOSERS: readonly Proposer[] = [
  channelsFirst,
  constructorSize,
  batchFirst,
  reshape,
  stateRows,
  transpose,
  outputOfPair,
  lastStep,
  lastLayer,
  noDropout,
  lastDim,
  squeezedDim,
  squeezedSide,
  exchangedSides,
  convertedTarget,
  convertedInput,
  batchMean,
];

export function proposersOf(code: string): readonly Proposer[] {
  return PROPOSERS.filter((each) => each.codes.includes(code));
}
