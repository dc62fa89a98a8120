/**
 * Schedulers made of schedulers: one after another (SequentialLR), all at once (ChainedScheduler). In a check a rate is a number
 * that is not known, so that a step says nothing.
 */
import type { Interpreter } from '../python/interpreter.ts';
import { collect } from '../python/iteration.ts';
import { setItem } from '../python/subscripts.ts';
import type { ClassValue, ObjectValue, Value } from '../python/values.ts';
import { bindPython } from './binding.ts';
import { entryOf, groupsOf, method } from './optimizer.ts';
import { parseSignature } from './signature.ts';

const PARTS = '_schedulers';

function partsOf(interp: Interpreter, self: ObjectValue): readonly ObjectValue[] {
  const items = interp.content(self.attrs.get(PARTS) ?? interp.none)?.items ?? [];
  return items.map((item) => interp.resolve(item)).filter((item) => item.kind === 'object');
}

function numberIn(interp: Interpreter, self: ObjectValue, name: string): number {
  return interp.asNumber(self.attrs.get(name) ?? interp.none) ?? 0;
}

/** The rates that the optimiser's groups have. */
function ratesOf(interp: Interpreter, self: ObjectValue): Value {
  const optimizer = interp.resolve(self.attrs.get('optimizer') ?? interp.none);
  const groups = optimizer.kind === 'object' ? groupsOf(interp, optimizer) : [];
  return interp.list(groups.map((group) => entryOf(interp, group, 'lr') ?? interp.float()));
}

/** The first scheduler starts over from the first rates; what the others did to them when they were made is undone. */
function startSequence(interp: Interpreter, self: ObjectValue): void {
  const optimizer = interp.resolve(self.attrs.get('optimizer') ?? interp.none);
  for (const group of optimizer.kind === 'object' ? groupsOf(interp, optimizer) : []) {
    const first = entryOf(interp, group, 'initial_lr');
    if (group.kind === 'dict' && first !== undefined) setItem(interp, group, interp.str('lr'), first);
  }
  const [head, ...others] = partsOf(interp, self);
  for (const part of others) part.attrs.set('last_epoch', interp.int(numberIn(interp, part, 'last_epoch') - 1));
  if (head === undefined) return;
  head.attrs.set('last_epoch', interp.int(numberIn(interp, head, 'last_epoch') - 1));
  interp.callMethod(head, 'step', []);
}

function stepSequence(interp: Interpreter, self: ObjectValue): void {
  const milestones = (interp.content(self.attrs.get('_milestones') ?? interp.none)?.items ?? []).map((m) => interp.asNumber(m) ?? 0);
  const epoch = numberIn(interp, self, 'last_epoch') + 1;
  self.attrs.set('last_epoch', interp.int(epoch));
  const place = milestones.filter((m) => m <= epoch).length;
  const part = partsOf(interp, self)[place];
  if (part === undefined) return;
  interp.callMethod(part, 'step', place > 0 && milestones[place - 1] === epoch ? [interp.int(0)] : []);
}

interface Composite {
  readonly name: string;
  readonly signature: string;
  readonly begin: (interp: Interpreter, self: ObjectValue) => void;
  readonly step: (interp: Interpreter, self: ObjectValue) => void;
}

const COMPOSITES: readonly Composite[] = [
  {
    name: 'SequentialLR',
    signature: 'optimizer, schedulers, milestones, last_epoch=-1',
    begin: startSequence,
    step: stepSequence,
  },
  {
    name: 'ChainedScheduler',
    signature: 'schedulers, optimizer=None',
    begin: () => {},
    step: (interp, self) => {
      for (const part of partsOf(interp, self)) interp.callMethod(part, 'step', []);
    },
  },
];

export function createComposites(interp: Interpreter, base: ClassValue): readonly ClassValue[] {
  return COMPOSITES.map((form) => {
    const signature = parseSignature(`def ${form.name}.__init__(self, ${form.signature})`);
    const init = interp.native(`${form.name}.__init__`, (call) => {
      const { values } = bindPython(interp, signature, call.args, call.kwargs);
      const self = interp.resolve(values.get('self') as Value);
      if (self.kind !== 'object') return interp.none;
      const parts = collect(interp, values.get('schedulers') ?? interp.none);
      self.attrs.set(PARTS, interp.list(parts));
      self.attrs.set('_milestones', values.get('milestones') ?? interp.list([]));
      const given = interp.resolve(values.get('optimizer') ?? interp.none);
      const own = partsOf(interp, self)[0]?.attrs.get('optimizer');
      self.attrs.set('optimizer', given.kind === 'none' && own !== undefined ? own : given);
      self.attrs.set('last_epoch', interp.int(0));
      if (interp.mode === 'run') form.begin(interp, self);
      self.attrs.set('_last_lr', ratesOf(interp, self));
      return interp.none;
    });
    const step = method(interp, 'step', (_, self) => {
      if (interp.mode === 'run') form.step(interp, self);
      self.attrs.set('_last_lr', ratesOf(interp, self));
      return interp.none;
    });
    return interp.nativeClass({ name: form.name, module: 'torch.optim.lr_scheduler', bases: [base], attrs: { __init__: init, step } });
  });
}
