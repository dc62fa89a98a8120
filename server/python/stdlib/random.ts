/**
 * `random`. A run gives the numbers that CPython gives after the same seed; while checking, numbers are unknown within
 * their bounds.
 */

import { constant, sub } from '../../dims/dim.ts';
import { done } from '../builtins/define.ts';
import { lengthOf } from '../builtins/length.ts';
import { general, listReplace } from '../builtins/mutation.ts';
import { utf8 } from '../builtins/str-methods.ts';
import type { Interpreter } from '../interpreter.ts';
import { collect } from '../iteration.ts';
import { asBig } from '../numbers.ts';
import { getItem } from '../subscripts.ts';
import type { ModuleValue, Value } from '../values.ts';
import { MersenneTwister } from './mersenne.ts';
import type { Entry } from './module.ts';
import { anything, Holder, held, nativeClass, partialModule } from './module.ts';
import { Distributions } from './random-distributions.ts';
import { sha512 } from './sha512.ts';

/** One generator: the module's own, or that of a `random.Random` object. */
class Source {
  readonly twister = new MersenneTwister();
  readonly distributions = new Distributions(this.twister);
}

class State {
  readonly snapshot: ReturnType<MersenneTwister['snapshot']>;
  constructor(snapshot: ReturnType<MersenneTwister['snapshot']>) {
    this.snapshot = snapshot;
  }
}

function seed(interp: Interpreter, source: Source, given: Value | undefined): void {
  const v = given === undefined ? interp.none : interp.resolve(given);
  source.distributions.reset();
  const n = asBig(interp, v);
  if (n !== undefined) source.twister.seed(n);
  else if (v.kind === 'str' || v.kind === 'bytes') {
    const bytes = v.kind === 'str' ? utf8(v.value ?? '') : (v.value ?? '');
    let number = 0n;
    for (const c of bytes + sha512(bytes)) number = (number << 8n) | BigInt(c.charCodeAt(0));
    source.twister.seed(number);
  } else if (v.kind === 'float') source.twister.seed(asBig(interp, interp.call(interp.builtin('hash'), [v])) ?? 0n);
  else source.twister.seed(BigInt(Math.trunc((interp.options.clock?.() ?? 0) * 1e6)));
}

export function randomModule(interp: Interpreter): ModuleValue {
  const shared = new Source();
  seed(interp, shared, undefined);
  const plain = entries(interp, () => shared, '');
  const cls = nativeClass(
    interp,
    'Random',
    'random',
    entries(interp, (a) => held(interp, a[0], Source) ?? shared, 'this, '),
    {},
    (call, made) => {
      const source = new Source();
      seed(interp, source, call.args[0]);
      return interp.object(made, new Holder(source));
    },
  );
  return partialModule(interp, 'random', plain, { Random: cls, SystemRandom: cls });
}

type Args = readonly (Value | undefined)[];

/** The functions of the module, or with `this` the methods of `Random`. */
function entries(interp: Interpreter, of: (a: Args) => Source, self: '' | 'this, '): Entry[] {
  const running = interp.mode === 'run';
  const skip = self === '' ? 0 : 1;
  const number = (v: Value | undefined, otherwise?: number) => (v === undefined ? otherwise : interp.asNumber(v));
  const state = nativeClass(interp, 'State', 'random', []);
  const entry = (name: string, params: string, run: (source: Source, a: Args) => Value, check: (a: Args) => Value, options = {}): Entry => [
    `${name}(${self}${params})`,
    (a) => (running ? run(of(a), a.slice(skip)) : check(a.slice(skip))),
    options,
  ];
  /** A distribution whose parameters are all numbers. */
  const drawn = (
    name: string,
    params: string,
    draw: (d: Distributions, p: readonly number[]) => number,
    defaults: readonly number[] = [],
  ): Entry =>
    entry(
      name,
      params,
      (source, a) => {
        const count = params === '' ? 0 : params.split(',').filter((p) => p.trim() !== '/').length;
        const given = Array.from({ length: count }, (_, i) => number(a[i], defaults[i]));
        return interp.float(given.includes(undefined) ? undefined : draw(source.distributions, given as number[]));
      },
      () => interp.float(),
    );
  const whole = (start: Value, stop: Value | undefined, step: Value | undefined, inclusive: boolean, source: Source): Value => {
    const [first, second] =
      stop === undefined || stop.kind === 'none' ? [0n, asBig(interp, start)] : [asBig(interp, start), asBig(interp, stop)];
    const by = step === undefined || step.kind === 'none' ? 1n : asBig(interp, step);
    if (first === undefined || second === undefined || by === undefined) return interp.freshInt('?');
    const width = second + (inclusive ? 1n : 0n) - first;
    const n = by > 0n ? (width + by - 1n) / by : (width + by + 1n) / by;
    if (n <= 0n) interp.raise('ValueError', `empty range for randrange() (${first}, ${second + (inclusive ? 1n : 0n)}, ${width})`);
    return interp.bigint(first + by * source.twister.below(n));
  };
  const between = (low: Value, high: Value | undefined, inclusive: boolean): Value => {
    const [least, most] = high === undefined || high.kind === 'none' ? [0, interp.asInt(low)] : [interp.asInt(low), interp.asInt(high)];
    return interp.freshInt('?', {
      ...(least === undefined ? {} : { least }),
      ...(most === undefined ? {} : { greatest: inclusive ? most : most - 1 }),
    });
  };
  const anyOf = (sequence: Value): Value => {
    const n = lengthOf(interp, sequence);
    const index =
      n === undefined
        ? interp.freshInt('?', { least: 0 })
        : interp.freshInt('?', { least: 0, ...greatest(interp.asInt(interp.int(sub(n, constant(1))))) });
    return getItem(interp, sequence, index);
  };
  const greatest = (n: number | undefined) => (n === undefined || n < 0 ? {} : { greatest: n });

  return [
    entry(
      'seed',
      'a=None, version=2',
      (source, a) => done(seed(interp, source, a[0])),
      () => interp.none,
      anything,
    ),
    entry(
      'random',
      '',
      (source) => interp.float(source.twister.random()),
      // Compared with a number outside of [0, 1) it has one answer.
      () => {
        const draw = interp.unknown();
        draw.notes.set('range', { least: 0, below: 1 });
        return draw;
      },
    ),
    entry(
      'getrandbits',
      'k, /',
      (source, a) => interp.bigint(source.twister.bits(interp.asInt(a[0] as Value) ?? 0)),
      () => interp.freshInt('?', { least: 0 }),
    ),
    entry(
      'randint',
      'a, b',
      (source, a) => whole(a[0] as Value, a[1], undefined, true, source),
      (a) => between(a[0] as Value, a[1], true),
    ),
    entry(
      'randrange',
      'start, stop=None, step=1',
      (source, a) => whole(a[0] as Value, a[1], a[2], false, source),
      (a) => between(a[0] as Value, a[1], false),
    ),
    entry(
      'choice',
      'seq',
      (source, a) => {
        const n = lengthOf(interp, a[0] as Value);
        const size = n === undefined ? undefined : interp.asInt(interp.int(n));
        if (size === undefined) return interp.unknown();
        if (size === 0) interp.raise('IndexError', 'Cannot choose from an empty sequence');
        return getItem(interp, a[0] as Value, interp.int(Number(source.twister.below(BigInt(size)))));
      },
      (a) => anyOf(a[0] as Value),
    ),
    entry(
      'shuffle',
      'x',
      (source, a) => shuffle(interp, source, a[0] as Value),
      (a) => shuffleUnknown(interp, a[0] as Value),
    ),
    entry(
      'sample',
      'population, k, *, counts=None',
      (source, a) => sample(interp, source, a[0] as Value, a[1] as Value),
      (a) => {
        const { items, rest } = collect(interp, a[0] as Value);
        const k = interp.asDim(a[1] as Value, true);
        const element = general(interp, rest === undefined ? items : [...items, rest.element]);
        return interp.list({ items: [], rest: { element, length: k ?? interp.freshInt('?', { least: 0 }).dim } });
      },
    ),
    entry(
      'choices',
      'population, weights=None, *, cum_weights=None, k=1',
      (source, a) => choices(interp, source, a),
      (a) => {
        const { items, rest } = collect(interp, a[0] as Value);
        const k = a[3] === undefined ? interp.int(1).dim : interp.asDim(a[3], true);
        return interp.list({
          items: [],
          rest: {
            element: general(interp, rest === undefined ? items : [...items, rest.element]),
            length: k ?? interp.freshInt('?', { least: 0 }).dim,
          },
        });
      },
    ),
    drawn('uniform', 'a, b', (d, [a, b]) => d.uniform(a as number, b as number)),
    drawn(
      'triangular',
      'low=0.0, high=1.0, mode=None',
      (d, [low, high, mode]) => d.triangular(low as number, high as number, mode as number),
      [0, 1, Number.NaN],
    ),
    drawn('gauss', 'mu=0.0, sigma=1.0', (d, [mu, sigma]) => d.gauss(mu as number, sigma as number), [0, 1]),
    drawn('normalvariate', 'mu=0.0, sigma=1.0', (d, [mu, sigma]) => d.normal(mu as number, sigma as number), [0, 1]),
    drawn('lognormvariate', 'mu, sigma', (d, [mu, sigma]) => Math.exp(d.normal(mu as number, sigma as number))),
    drawn('expovariate', 'lambd=1.0', (d, [rate]) => d.exponential(rate as number), [1]),
    drawn('paretovariate', 'alpha', (d, [alpha]) => d.pareto(alpha as number)),
    drawn('weibullvariate', 'alpha, beta', (d, [alpha, beta]) => d.weibull(alpha as number, beta as number)),
    drawn('gammavariate', 'alpha, beta', (d, [alpha, beta]) => d.gamma(alpha as number, beta as number)),
    drawn('betavariate', 'alpha, beta', (d, [alpha, beta]) => d.beta(alpha as number, beta as number)),
    entry(
      'getstate',
      '',
      (source) => interp.object(state, new Holder(new State(source.twister.snapshot()))),
      () => interp.unknown(),
    ),
    entry(
      'setstate',
      'state',
      (source, a) => {
        const saved = held(interp, a[0], State);
        if (saved !== undefined) source.twister.restore(saved.snapshot);
        return interp.none;
      },
      () => interp.none,
    ),
  ];
}

function shuffle(interp: Interpreter, source: Source, list: Value): Value {
  const v = interp.resolve(list);
  if (v.kind !== 'list') return interp.none;
  const items = v.slot.get().items.slice();
  for (let i = items.length - 1; i > 0; i--) {
    const j = Number(source.twister.below(BigInt(i + 1)));
    [items[i], items[j]] = [items[j] as Value, items[i] as Value];
  }
  listReplace(interp, v, items);
  return interp.none;
}

function shuffleUnknown(interp: Interpreter, list: Value): Value {
  const v = interp.resolve(list);
  if (v.kind !== 'list') return interp.none;
  const { items, rest } = v.slot.get();
  const element = general(interp, rest === undefined ? items : [...items, rest.element]);
  if (rest === undefined)
    listReplace(
      interp,
      v,
      items.map(() => element),
    );
  else listReplace(interp, v, [], { element, length: lengthOf(interp, v) ?? rest.length });
  return interp.none;
}

function sample(interp: Interpreter, source: Source, population: Value, count: Value): Value {
  const items = interp.items(population);
  const k = interp.asInt(count);
  if (items === undefined || k === undefined) return interp.unknown();
  const n = items.length;
  if (k < 0 || k > n) interp.raise('ValueError', 'Sample larger than population or is negative');
  const below = (m: number) => Number(source.twister.below(BigInt(m)));
  const result: Value[] = [];
  let setSize = 21;
  if (k > 5) setSize += 4 ** Math.ceil(Math.log(k * 3) / Math.log(4));
  if (n <= setSize) {
    const pool = items.slice();
    for (let i = 0; i < k; i++) {
      const j = below(n - i);
      result.push(pool[j] as Value);
      pool[j] = pool[n - i - 1] as Value;
    }
  } else {
    const selected = new Set<number>();
    for (let i = 0; i < k; i++) {
      let j = below(n);
      while (selected.has(j)) j = below(n);
      selected.add(j);
      result.push(items[j] as Value);
    }
  }
  return interp.list(result);
}

function choices(interp: Interpreter, source: Source, a: Args): Value {
  const items = interp.items(a[0] as Value);
  const k = a[3] === undefined ? 1 : interp.asInt(a[3]);
  if (items === undefined || k === undefined) return interp.unknown();
  const given = a[2] !== undefined && a[2].kind !== 'none' ? a[2] : a[1];
  const draw = (m: number) => Math.floor(source.twister.random() * m);
  if (given === undefined || given.kind === 'none') return interp.list(Array.from({ length: k }, () => items[draw(items.length)] as Value));
  const weights = (interp.items(given) ?? []).map((w) => interp.asNumber(w) ?? 0);
  let total = 0;
  const cumulative = given === a[2] ? weights : weights.map((w) => (total += w));
  const sum = (cumulative[cumulative.length - 1] ?? 0) + 0;
  return interp.list(
    Array.from({ length: k }, () => {
      const x = source.twister.random() * sum;
      const at = cumulative.findIndex((c, i) => x < c || i === items.length - 1);
      return items[at] as Value;
    }),
  );
}
