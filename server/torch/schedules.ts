/**
 * Learning rates over time, as numbers: what each scheduler of torch.optim.lr_scheduler makes of the rate it finds.
 * Source: PyTorch 2.13, the chainable forms of `get_lr`. Knows no Python values.
 */

export interface Rates {
  /** The rate in the group now. */
  readonly current: number;
  /** The rate at the start. */
  readonly base: number;
  /** Counts from 0. */
  readonly epoch: number;
  /** The place of the group. */
  readonly group: number;
}

/** The scheduler's own parameters as numbers; a list is repeated for each group where it is one number. */
export type Parameters = Readonly<Record<string, number | readonly number[] | undefined>>;

export type Schedule = (rates: Rates, p: Parameters) => number;

function numberOf(p: Parameters, name: string, group = 0): number {
  const value = p[name];
  if (typeof value === 'number') return value;
  return value?.[group] ?? value?.[0] ?? 0;
}

const stepped: Schedule = ({ current, epoch }, p) =>
  epoch === 0 || epoch % numberOf(p, 'step_size') !== 0 ? current : current * numberOf(p, 'gamma');

const milestones: Schedule = ({ current, epoch }, p) => {
  const all = p['milestones'];
  const hits = Array.isArray(all) ? (all as readonly number[]).filter((m) => m === epoch).length : 0;
  return hits === 0 ? current : current * numberOf(p, 'gamma') ** hits;
};

const exponential: Schedule = ({ current, epoch }, p) => (epoch === 0 ? current : current * numberOf(p, 'gamma'));

const cosine: Schedule = ({ current, base, epoch }, p) => {
  const [most, least] = [numberOf(p, 'T_max'), numberOf(p, 'eta_min')];
  if (epoch === 0) return current;
  if ((epoch - 1 - most) % (2 * most) === 0) return current + ((base - least) * (1 - Math.cos(Math.PI / most))) / 2;
  return ((1 + Math.cos((Math.PI * epoch) / most)) / (1 + Math.cos((Math.PI * (epoch - 1)) / most))) * (current - least) + least;
};

const linear: Schedule = ({ current, epoch }, p) => {
  const [start, end, total] = [numberOf(p, 'start_factor'), numberOf(p, 'end_factor'), numberOf(p, 'total_iters')];
  if (epoch === 0) return current * start;
  if (epoch > total) return current;
  return current * (1 + (end - start) / (total * start + (epoch - 1) * (end - start)));
};

const constantFor: Schedule = ({ current, epoch }, p) => {
  if (epoch === 0) return current * numberOf(p, 'factor');
  return epoch === numberOf(p, 'total_iters') ? current * (1 / numberOf(p, 'factor')) : current;
};

const polynomial: Schedule = ({ current, epoch }, p) => {
  const total = numberOf(p, 'total_iters');
  if (epoch === 0 || epoch > total) return current;
  return current * ((1 - epoch / total) / (1 - (epoch - 1) / total)) ** numberOf(p, 'power');
};

const warmRestarts: Schedule = ({ base, epoch }, p) => {
  const [first, times, least] = [numberOf(p, 'T_0'), numberOf(p, 'T_mult'), numberOf(p, 'eta_min')];
  let at = epoch;
  let length = first;
  while (at >= length) {
    at -= length;
    length *= times;
  }
  return least + ((base - least) * (1 + Math.cos((Math.PI * at) / length))) / 2;
};

/**
 * Up to the greatest rate and down to a very small one, or the momentum down and up; `anneal` is 0 for cosine, 1 for linear.
 * `most`, `start` and `least` are what is reached at the top, at the start and at the end.
 */
function cycled(epoch: number, p: Parameters, most: number, start: number, least: number): number {
  const total = numberOf(p, 'total_steps');
  const up = numberOf(p, 'pct_start') * total - 1;
  const phases: readonly (readonly [end: number, from: number, to: number])[] =
    numberOf(p, 'three_phase') === 1
      ? [
          [up, start, most],
          [2 * numberOf(p, 'pct_start') * total - 2, most, start],
          [total - 1, start, least],
        ]
      : [
          [up, start, most],
          [total - 1, most, least],
        ];
  let before = 0;
  for (const [i, [end, from, to]] of phases.entries()) {
    if (epoch <= end || i === phases.length - 1) {
      const part = (epoch - before) / (end - before);
      return numberOf(p, 'anneal') === 1 ? (to - from) * part + from : to + ((from - to) / 2) * (Math.cos(Math.PI * part) + 1);
    }
    before = end;
  }
  return least;
}

const oneCycle: Schedule = ({ epoch, group }, p) => {
  const most = numberOf(p, 'max_lr', group);
  const start = most / numberOf(p, 'div_factor');
  return cycled(epoch, p, most, start, start / numberOf(p, 'final_div_factor'));
};

/** How far from the base, between 0 and 1, and what the amplitude is scaled by; `mode` counts triangular, triangular2, exp_range. */
function waveOf(epoch: number, p: Parameters): number {
  const up = numberOf(p, 'step_size_up');
  const down = p['step_size_down'] === undefined ? up : numberOf(p, 'step_size_down');
  const ratio = up / (up + down);
  const cycle = Math.floor(1 + epoch / (up + down));
  const x = 1 + epoch / (up + down) - cycle;
  const height = x <= ratio ? x / ratio : (x - 1) / (ratio - 1);
  const mode = numberOf(p, 'mode');
  return height * (mode === 0 ? 1 : mode === 1 ? 1 / 2 ** (cycle - 1) : numberOf(p, 'gamma') ** epoch);
}

const cyclic: Schedule = ({ epoch, group }, p) => {
  const low = numberOf(p, 'base_lr', group);
  return low + (numberOf(p, 'max_lr', group) - low) * waveOf(epoch, p);
};

/** The momentum of the schedulers that move it against the rate; undefined for the others. */
export function momentumOf(name: string, { epoch, group }: Rates, p: Parameters): number | undefined {
  if (numberOf(p, 'cycle_momentum') !== 1) return undefined;
  const [low, high] = [numberOf(p, 'base_momentum', group), numberOf(p, 'max_momentum', group)];
  if (name === 'OneCycleLR') return cycled(epoch, p, low, high, high);
  return name === 'CyclicLR' ? high - (high - low) * waveOf(epoch, p) : undefined;
}

/** By the scheduler's class. */
export const SCHEDULES: Readonly<Record<string, Schedule>> = {
  StepLR: stepped,
  MultiStepLR: milestones,
  ExponentialLR: exponential,
  CosineAnnealingLR: cosine,
  LinearLR: linear,
  ConstantLR: constantFor,
  PolynomialLR: polynomial,
  CosineAnnealingWarmRestarts: warmRestarts,
  OneCycleLR: oneCycle,
  CyclicLR: cyclic,
};
