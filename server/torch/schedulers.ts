/**
 * The schedulers of torch.optim.lr_scheduler as Python classes. In a run they set the groups' rates; in a check a rate is a
 * number that is not known.
 */
import { CannotRun } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { setItem } from '../python/subscripts.ts';
import type { ClassValue, DictValue, ModuleValue, ObjectValue, Value } from '../python/values.ts';
import { bindPython } from './binding.ts';
import { Context } from './context.ts';
import { argument, entryOf, groupsOf, method } from './optimizer.ts';
import { createComposites } from './scheduler-composites.ts';
import type { Parameters } from './schedules.ts';
import { momentumOf, SCHEDULES } from './schedules.ts';
import { parseSignature } from './signature.ts';
import { payloadOf } from './tensor.ts';

const FORMS: Readonly<Record<string, string>> = {
  StepLR: 'step_size, gamma=0.1',
  MultiStepLR: 'milestones, gamma=0.1',
  ExponentialLR: 'gamma',
  CosineAnnealingLR: 'T_max, eta_min=0.0',
  LinearLR: 'start_factor=0.3333333333333333, end_factor=1.0, total_iters=5',
  ConstantLR: 'factor=0.3333333333333333, total_iters=5',
  PolynomialLR: 'total_iters=5, power=1.0',
  CosineAnnealingWarmRestarts: 'T_0, T_mult=1, eta_min=0.0',
  LambdaLR: 'lr_lambda',
  MultiplicativeLR: 'lr_lambda',
  OneCycleLR:
    "max_lr, total_steps=None, epochs=None, steps_per_epoch=None, pct_start=0.3, anneal_strategy='cos', cycle_momentum=True, base_momentum=0.85, max_momentum=0.95, div_factor=25.0, final_div_factor=10000.0, three_phase=False",
  CyclicLR:
    "base_lr, max_lr, step_size_up=2000, step_size_down=None, mode='triangular', gamma=1.0, scale_fn=None, scale_mode='cycle', cycle_momentum=True, base_momentum=0.8, max_momentum=0.9",
};

/** Options in words by the numbers that the schedules know them by. */
const WORDS: Readonly<Record<string, number>> = { cos: 0, linear: 1, triangular: 0, triangular2: 1, exp_range: 2 };

/** The optimiser's groups. */
function groups(interp: Interpreter, self: ObjectValue): readonly Value[] {
  const optimizer = interp.resolve(self.attrs.get('optimizer') ?? interp.none);
  return optimizer.kind === 'object' ? groupsOf(interp, optimizer) : [];
}

function epochOf(interp: Interpreter, self: ObjectValue): number {
  return interp.asNumber(self.attrs.get('last_epoch') ?? interp.none) ?? 0;
}

/** The scheduler's attributes as numbers. */
function parametersOf(interp: Interpreter, self: ObjectValue): Parameters {
  const found: Record<string, number | readonly number[] | undefined> = {};
  for (const [name, given] of self.attrs.entries()) {
    const value = interp.resolve(given);
    if (value.kind === 'str') found[name === 'anneal_strategy' ? 'anneal' : name] = WORDS[value.value ?? ''] ?? 0;
    else if (value.kind === 'list' || value.kind === 'tuple')
      found[name] = (interp.items(value) ?? []).map((v) => interp.asNumber(interp.resolve(v)) ?? 0);
    else if (value.kind === 'bool') found[name] = interp.decide(interp.truth(value)) === 'yes' ? 1 : 0;
    else found[name] = interp.asNumber(value);
  }
  const [epochs, steps] = [found['epochs'], found['steps_per_epoch']];
  if (found['total_steps'] === undefined && typeof epochs === 'number' && typeof steps === 'number') found['total_steps'] = epochs * steps;
  return found;
}

/** The factor of `lr_lambda`, one function or one for each group. */
function factorOf(interp: Interpreter, self: ObjectValue, group: number, epoch: number): number {
  const given = interp.resolve(self.attrs.get('lr_lambda') ?? interp.none);
  const items = given.kind === 'list' || given.kind === 'tuple' ? interp.items(given) : undefined;
  const fn = items === undefined ? given : (items[group] ?? interp.none);
  const result = interp.resolve(interp.call(fn, [interp.int(epoch)]));
  const n = interp.asNumber(result) ?? payloadOf(result)?.values?.item();
  if (n === undefined) throw new CannotRun('a learning rate is not a number');
  return n;
}

function rateOf(ctx: Context, self: ObjectValue, group: Value, place: number, parameters: Parameters): number {
  const { interp } = ctx;
  const epoch = epochOf(interp, self);
  const current = interp.asNumber(entryOf(interp, group, 'lr') ?? interp.none);
  const base = interp.asNumber(entryOf(interp, group, 'initial_lr') ?? interp.none);
  if (current === undefined || base === undefined) throw new CannotRun('a learning rate is not a number', ctx.node);
  const { name } = self.cls;
  if (name === 'LambdaLR') return base * factorOf(interp, self, place, epoch);
  if (name === 'MultiplicativeLR') return epoch === 0 ? current : current * factorOf(interp, self, place, epoch);
  const schedule = SCHEDULES[name];
  if (schedule === undefined || interp.resolve(self.attrs.get('scale_fn') ?? interp.none).kind !== 'none')
    throw new CannotRun(`${name} is not supported`, ctx.node);
  const momentum = momentumOf(name, { current, base, epoch, group: place }, parameters);
  if (momentum !== undefined && group.kind === 'dict') setMomentum(ctx, group, momentum);
  return schedule({ current, base, epoch, group: place }, parameters);
}

/** Adam's first beta is its momentum. */
function setMomentum(ctx: Context, group: DictValue, momentum: number): void {
  const { interp } = ctx;
  const betas = interp.content(entryOf(interp, group, 'betas') ?? interp.none)?.items;
  if (betas !== undefined) setItem(interp, group, interp.str('betas'), interp.tuple([interp.float(momentum), betas[1] ?? interp.none]));
  else if (entryOf(interp, group, 'momentum') !== undefined) setItem(interp, group, interp.str('momentum'), interp.float(momentum));
  else {
    const text = 'optimizer must support momentum or beta1 with `cycle_momentum` option enabled';
    ctx.fail({ code: 'optimizer-parameters', exception: 'ValueError', text, message: text });
  }
}

/** One step on: the epoch counts up, every group gets its rate. */
function advance(ctx: Context, self: ObjectValue, to: Value | undefined): void {
  const { interp } = ctx;
  const given = to === undefined ? undefined : interp.asNumber(to);
  if (given !== undefined && interp.mode === 'run') {
    jump(ctx, self, given);
    return;
  }
  if (interp.mode === 'run') self.attrs.set('last_epoch', interp.int(epochOf(interp, self) + 1));
  else self.attrs.set('last_epoch', interp.freshInt('last_epoch', { least: 0 }));
  const parameters = interp.mode === 'run' ? parametersOf(interp, self) : {};
  const known = groups(interp, self);
  // There is a group at least, though nobody knows which.
  if (interp.mode === 'check' && known.length === 0) {
    self.attrs.set('_last_lr', interp.unknown('lr'));
    return;
  }
  const rates = known.map((group, i) => {
    const rate = interp.float(interp.mode === 'run' ? rateOf(ctx, self, group, i, parameters) : undefined);
    if (group.kind === 'dict') setItem(interp, group, interp.str('lr'), rate);
    return rate;
  });
  self.attrs.set('_last_lr', interp.list(rates));
}

/** To an epoch by its number: what its predecessors make of the first rates. */
function jump(ctx: Context, self: ObjectValue, to: number): void {
  const { interp } = ctx;
  for (const group of groups(interp, self))
    if (group.kind === 'dict') setItem(interp, group, interp.str('lr'), entryOf(interp, group, 'initial_lr') ?? interp.float());
  const first = SCHEDULES[self.cls.name] === undefined ? to : 0;
  self.attrs.set('last_epoch', interp.int(first - 1));
  for (let epoch = first; epoch <= to; epoch++) advance(ctx, self, undefined);
}

function start(ctx: Context, self: ObjectValue, values: ReadonlyMap<string, Value>): void {
  const { interp } = ctx;
  for (const [name, value] of values) if (name !== 'self') self.attrs.set(name, value);
  const bases = groups(interp, self).map((group) => {
    const rate = entryOf(interp, group, 'initial_lr') ?? entryOf(interp, group, 'lr') ?? interp.float();
    if (group.kind === 'dict') setItem(interp, group, interp.str('initial_lr'), rate);
    return rate;
  });
  self.attrs.set('base_lrs', interp.list(bases));
  self.attrs.set('last_epoch', interp.int(-1));
  advance(ctx, self, undefined);
}

function stateDict(interp: Interpreter, self: ObjectValue): Value {
  const entries: [Value, Value][] = [];
  for (const [name, value] of self.attrs.entries()) if (name !== 'optimizer') entries.push([interp.str(name), value]);
  return interp.dict(entries);
}

function createBase(interp: Interpreter): ClassValue {
  return interp.nativeClass({
    name: 'LRScheduler',
    module: 'torch.optim.lr_scheduler',
    attrs: {
      __init__: method(interp, 'LRScheduler.__init__', (ctx, self, call) => {
        start(ctx, self, new Map([['optimizer', argument(call, 0, 'optimizer') ?? interp.none]]));
        return interp.none;
      }),
      step: method(interp, 'step', (ctx, self, call) => {
        advance(ctx, self, argument(call, 0, 'epoch'));
        return interp.none;
      }),
      get_last_lr: method(interp, 'get_last_lr', (_, self) => self.attrs.get('_last_lr') ?? interp.unknown('lr')),
      state_dict: method(interp, 'state_dict', (_, self) => stateDict(interp, self)),
      load_state_dict: method(interp, 'load_state_dict', (_, self, call) => {
        const given = interp.resolve(argument(call, 0, 'state_dict') ?? interp.none);
        if (given.kind === 'dict') {
          for (const [k, v] of given.slot.get().entries.values()) {
            const name = interp.asString(k);
            if (name !== undefined) self.attrs.set(name, v);
          }
        }
        return interp.none;
      }),
    },
  });
}

// ---------------------------------------------------------------- on a plateau

const PLATEAU = "optimizer, mode='min', factor=0.1, patience=10, threshold=0.0001, threshold_mode='rel', cooldown=0, min_lr=0, eps=1e-08";

function plateauStep(ctx: Context, self: ObjectValue, metric: Value): void {
  const { interp } = ctx;
  const number = (name: string): number => interp.asNumber(self.attrs.get(name) ?? interp.none) ?? 0;
  const text = (name: string): string => interp.asString(self.attrs.get(name) ?? interp.none) ?? '';
  const value = interp.resolve(metric);
  const now = interp.asNumber(value) ?? payloadOf(value)?.values?.item();
  if (now === undefined) throw new CannotRun('the metric of ReduceLROnPlateau is not a number', ctx.node);
  const best = interp.asNumber(self.attrs.get('best') ?? interp.none);
  const down = text('mode') === 'min';
  const relative = text('threshold_mode') === 'rel';
  const margin = number('threshold');
  const limit = best === undefined ? undefined : relative ? best * (down ? 1 - margin : 1 + margin) : down ? best - margin : best + margin;
  self.attrs.set('last_epoch', interp.int(number('last_epoch') + 1));
  let bad = number('num_bad_epochs');
  if (limit === undefined || (down ? now < limit : now > limit)) {
    self.attrs.set('best', interp.float(now));
    bad = 0;
  } else bad++;
  let cooling = number('cooldown_counter');
  if (cooling > 0) {
    cooling--;
    bad = 0;
  }
  if (bad > number('patience')) {
    for (const group of groups(interp, self)) {
      const old = interp.asNumber(entryOf(interp, group, 'lr') ?? interp.none) ?? 0;
      const next = Math.max(old * number('factor'), number('min_lr'));
      if (group.kind === 'dict' && old - next > number('eps')) setItem(interp, group, interp.str('lr'), interp.float(next));
    }
    cooling = number('cooldown');
    bad = 0;
  }
  self.attrs.set('num_bad_epochs', interp.int(bad));
  self.attrs.set('cooldown_counter', interp.int(cooling));
}

function createPlateau(interp: Interpreter, base: ClassValue): ClassValue {
  const signature = parseSignature(`def ReduceLROnPlateau.__init__(self, ${PLATEAU})`);
  const rates = (self: ObjectValue): Value => interp.list(groups(interp, self).map((g) => entryOf(interp, g, 'lr') ?? interp.float()));
  return interp.nativeClass({
    name: 'ReduceLROnPlateau',
    module: 'torch.optim.lr_scheduler',
    bases: [base],
    attrs: {
      __init__: interp.native('ReduceLROnPlateau.__init__', (call) => {
        const bound = bindPython(interp, signature, call.args, call.kwargs);
        const self = interp.resolve(bound.values.get('self') as Value);
        if (self.kind !== 'object') return interp.none;
        for (const [name, value] of bound.values) if (name !== 'self') self.attrs.set(name, value);
        for (const name of ['num_bad_epochs', 'cooldown_counter', 'last_epoch']) self.attrs.set(name, interp.int(0));
        self.attrs.set('best', interp.none);
        self.attrs.set('_last_lr', rates(self));
        return interp.none;
      }),
      step: method(interp, 'step', (ctx, self, call) => {
        if (interp.mode === 'run') plateauStep(ctx, self, argument(call, 0, 'metrics') ?? interp.none);
        else for (const group of groups(interp, self)) if (group.kind === 'dict') setItem(interp, group, interp.str('lr'), interp.float());
        self.attrs.set('_last_lr', rates(self));
        return interp.none;
      }),
    },
  });
}

/** Puts the schedulers into torch.optim.lr_scheduler. */
export function installSchedulers(interp: Interpreter, module: (name: string) => ModuleValue): void {
  const home = module('torch.optim.lr_scheduler');
  const base = createBase(interp);
  home.attrs.set('LRScheduler', base);
  home.attrs.set('_LRScheduler', base);
  home.attrs.set('ReduceLROnPlateau', createPlateau(interp, base));
  for (const cls of createComposites(interp, base)) home.attrs.set(cls.name, cls);
  for (const [name, parameters] of Object.entries(FORMS)) {
    const signature = parseSignature(`def ${name}.__init__(self, optimizer, ${parameters}, last_epoch=-1)`);
    const init = interp.native(`${name}.__init__`, (call) => {
      const bound = bindPython(interp, signature, call.args, call.kwargs);
      const self = interp.resolve(bound.values.get('self') as Value);
      if (self.kind === 'object') start(new Context(interp, name, call.node), self, bound.values);
      return interp.none;
    });
    home.attrs.set(name, interp.nativeClass({ name, module: 'torch.optim.lr_scheduler', bases: [base], attrs: { __init__: init } }));
  }
}
