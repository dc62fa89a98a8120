/**
 * The optimisers of torch.optim as a table: constructor, checks of hyperparameters in PyTorch's order, one parameter's step.
 */
import { adadeltaStep, adagradStep, adamStep, rmspropStep, sgdStep } from '../kernels/optimizer-step.ts';
import { CannotRun } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { ClassValue, ModuleValue, ObjectValue, Value } from '../python/values.ts';
import { bindPython } from './binding.ts';
import { Context } from './context.ts';
import { argument, createOptimizerClass, entryOf, flagIn, initialiseOptimizer, method, numberIn, type Step, stepAll } from './optimizer.ts';
import { parseSignature } from './signature.ts';

interface OptimizerForm {
  readonly name: string;
  readonly signature: string;
  /** The groups' keys in order, with values that are no arguments. */
  readonly keys: readonly string[];
  readonly fixed?: Readonly<Record<string, boolean>>;
  /** Hyperparameters that may not be negative, with the noun of PyTorch's message. */
  readonly positive: readonly (readonly [key: string, noun: string])[];
  readonly step?: (interp: Interpreter) => Step;
}

const COMMON = 'maximize=False, foreach=None, differentiable=False';
const RATE = ['lr', 'learning rate'] as const;
const DECAY = ['weight_decay', 'weight_decay value'] as const;
const EPSILON = ['eps', 'epsilon value'] as const;

const betasIn = (interp: Interpreter, group: Value): readonly [number, number] => {
  const [first, second] = (interp.content(entryOf(interp, group, 'betas') ?? interp.none)?.items ?? []).map((v) =>
    interp.asNumber(interp.resolve(v)),
  );
  if (first === undefined || second === undefined) throw new CannotRun("an optimizer's `betas` are not numbers");
  return [first, second];
};

const adam =
  (decoupled: boolean) =>
  (interp: Interpreter): Step =>
  (group, p, grad, state) =>
    adamStep(p, grad, state, {
      lr: numberIn(interp, group, 'lr'),
      betas: betasIn(interp, group),
      eps: numberIn(interp, group, 'eps'),
      weightDecay: numberIn(interp, group, 'weight_decay'),
      amsgrad: flagIn(interp, group, 'amsgrad'),
      maximize: flagIn(interp, group, 'maximize'),
      decoupled: decoupled || flagIn(interp, group, 'decoupled_weight_decay'),
    });

const ADAM_KEYS = ['lr', 'betas', 'eps', 'weight_decay', 'amsgrad', 'maximize', 'foreach', 'capturable', 'differentiable', 'fused'];

const FORMS: readonly OptimizerForm[] = [
  {
    name: 'SGD',
    signature: `params, lr=0.001, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, ${COMMON}, fused=None`,
    keys: ['lr', 'momentum', 'dampening', 'weight_decay', 'nesterov', 'maximize', 'foreach', 'differentiable', 'fused'],
    positive: [RATE, ['momentum', 'momentum value'], DECAY],
    step: (interp) => (group, p, grad, state) =>
      sgdStep(p, grad, state, {
        lr: numberIn(interp, group, 'lr'),
        momentum: numberIn(interp, group, 'momentum'),
        dampening: numberIn(interp, group, 'dampening'),
        weightDecay: numberIn(interp, group, 'weight_decay'),
        nesterov: flagIn(interp, group, 'nesterov'),
        maximize: flagIn(interp, group, 'maximize'),
      }),
  },
  {
    name: 'Adam',
    signature: `params, lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0, amsgrad=False, *, foreach=None, maximize=False, capturable=False, differentiable=False, fused=None, decoupled_weight_decay=False`,
    keys: [...ADAM_KEYS, 'decoupled_weight_decay'],
    positive: [RATE, EPSILON, DECAY],
    step: adam(false),
  },
  {
    name: 'AdamW',
    signature: `params, lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.01, amsgrad=False, *, maximize=False, foreach=None, capturable=False, differentiable=False, fused=None`,
    keys: [...ADAM_KEYS, 'decoupled_weight_decay'],
    fixed: { decoupled_weight_decay: true },
    positive: [RATE, EPSILON, DECAY],
    step: adam(true),
  },
  {
    name: 'RMSprop',
    signature: `params, lr=0.01, alpha=0.99, eps=1e-08, weight_decay=0, momentum=0, centered=False, capturable=False, foreach=None, maximize=False, differentiable=False`,
    keys: ['lr', 'momentum', 'alpha', 'eps', 'centered', 'weight_decay', 'capturable', 'foreach', 'maximize', 'differentiable'],
    positive: [RATE, EPSILON, ['momentum', 'momentum value'], DECAY, ['alpha', 'alpha value']],
    step: (interp) => (group, p, grad, state) => {
      if (flagIn(interp, group, 'maximize')) throw new CannotRun('RMSprop with maximize is not supported');
      rmspropStep(p, grad, state, {
        lr: numberIn(interp, group, 'lr'),
        alpha: numberIn(interp, group, 'alpha'),
        eps: numberIn(interp, group, 'eps'),
        weightDecay: numberIn(interp, group, 'weight_decay'),
        momentum: numberIn(interp, group, 'momentum'),
        centered: flagIn(interp, group, 'centered'),
      });
    },
  },
  {
    name: 'Adagrad',
    signature: `params, lr=0.01, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, foreach=None, *, maximize=False, differentiable=False, fused=None`,
    keys: ['lr', 'lr_decay', 'eps', 'weight_decay', 'initial_accumulator_value', 'foreach', 'maximize', 'differentiable', 'fused'],
    positive: [RATE, ['lr_decay', 'lr_decay value'], DECAY, ['initial_accumulator_value', 'initial_accumulator_value value'], EPSILON],
    step: (interp) => (group, p, grad, state) => {
      if (flagIn(interp, group, 'maximize')) throw new CannotRun('Adagrad with maximize is not supported');
      adagradStep(p, grad, state, {
        lr: numberIn(interp, group, 'lr'),
        lrDecay: numberIn(interp, group, 'lr_decay'),
        weightDecay: numberIn(interp, group, 'weight_decay'),
        initial: numberIn(interp, group, 'initial_accumulator_value'),
        eps: numberIn(interp, group, 'eps'),
      });
    },
  },
  {
    name: 'Adadelta',
    signature: `params, lr=1.0, rho=0.9, eps=1e-06, weight_decay=0, foreach=None, *, capturable=False, maximize=False, differentiable=False`,
    keys: ['lr', 'rho', 'eps', 'weight_decay', 'maximize', 'capturable', 'foreach', 'differentiable'],
    positive: [RATE, ['rho', 'rho value'], EPSILON, DECAY],
    step: (interp) => (group, p, grad, state) =>
      adadeltaStep(p, grad, state, {
        lr: numberIn(interp, group, 'lr'),
        rho: numberIn(interp, group, 'rho'),
        eps: numberIn(interp, group, 'eps'),
        weightDecay: numberIn(interp, group, 'weight_decay'),
      }),
  },
  {
    name: 'NAdam',
    signature: `params, lr=0.002, betas=(0.9, 0.999), eps=1e-08, weight_decay=0, momentum_decay=0.004, decoupled_weight_decay=False, *, foreach=None, maximize=False, capturable=False, differentiable=False`,
    keys: [
      'lr',
      'betas',
      'eps',
      'weight_decay',
      'momentum_decay',
      'decoupled_weight_decay',
      'maximize',
      'foreach',
      'capturable',
      'differentiable',
    ],
    positive: [RATE, EPSILON, DECAY],
  },
  {
    name: 'RAdam',
    signature: `params, lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0, decoupled_weight_decay=False, *, foreach=None, maximize=False, capturable=False, differentiable=False`,
    keys: ['lr', 'betas', 'eps', 'weight_decay', 'maximize', 'foreach', 'capturable', 'decoupled_weight_decay', 'differentiable'],
    positive: [RATE, EPSILON, DECAY],
  },
  {
    name: 'Adamax',
    signature: `params, lr=0.002, betas=(0.9, 0.999), eps=1e-08, weight_decay=0, foreach=None, *, maximize=False, differentiable=False, capturable=False`,
    keys: ['lr', 'betas', 'eps', 'weight_decay', 'foreach', 'maximize', 'differentiable', 'capturable'],
    positive: [RATE, EPSILON, DECAY],
  },
  {
    name: 'ASGD',
    signature: `params, lr=0.01, lambd=0.0001, alpha=0.75, t0=1000000.0, weight_decay=0, foreach=None, maximize=False, differentiable=False, capturable=False`,
    keys: ['lr', 'lambd', 'alpha', 't0', 'weight_decay', 'foreach', 'maximize', 'differentiable', 'capturable'],
    positive: [RATE, DECAY],
  },
  {
    name: 'Rprop',
    signature: `params, lr=0.01, etas=(0.5, 1.2), step_sizes=(1e-06, 50), *, capturable=False, foreach=None, maximize=False, differentiable=False`,
    keys: ['lr', 'etas', 'step_sizes', 'foreach', 'maximize', 'differentiable', 'capturable'],
    positive: [RATE],
  },
  {
    name: 'LBFGS',
    signature: `params, lr=1, max_iter=20, max_eval=None, tolerance_grad=1e-07, tolerance_change=1e-09, history_size=100, line_search_fn=None`,
    keys: ['lr', 'max_iter', 'max_eval', 'tolerance_grad', 'tolerance_change', 'history_size', 'line_search_fn'],
    positive: [RATE],
  },
];

function invalid(ctx: Context, text: string): never {
  return ctx.fail({ code: 'optimizer-parameters', exception: 'ValueError', text, message: `${ctx.name}: ${text}` });
}

/** `Invalid learning rate: -1` */
function checkValues(ctx: Context, form: OptimizerForm, values: ReadonlyMap<string, Value>): void {
  const { interp } = ctx;
  const shown = (value: Value): string => interp.repr(value) ?? '?';
  for (const [key, noun] of form.positive) {
    const value = interp.resolve(values.get(key) ?? interp.none);
    const n = interp.asNumber(value);
    if (n !== undefined && !(n >= 0)) invalid(ctx, `Invalid ${noun}: ${shown(value)}`);
    if (key !== 'eps' || !form.keys.includes('betas')) continue;
    for (const [i, beta] of (interp.content(values.get('betas') ?? interp.none)?.items ?? []).entries()) {
      const b = interp.asNumber(interp.resolve(beta));
      if (b !== undefined && !(b >= 0 && b < 1)) invalid(ctx, `Invalid beta parameter at index ${i}: ${shown(beta)}`);
    }
  }
  if (form.name !== 'SGD') return;
  const [momentum, dampening] = ['momentum', 'dampening'].map((key) => interp.asNumber(interp.resolve(values.get(key) ?? interp.none)));
  const nesterov = values.get('nesterov');
  if (
    nesterov !== undefined &&
    interp.decide(interp.truth(nesterov)) === 'yes' &&
    (momentum === 0 || (dampening !== undefined && dampening !== 0))
  ) {
    invalid(ctx, 'Nesterov momentum requires a momentum and zero dampening');
  }
}

function optimizerClass(interp: Interpreter, form: OptimizerForm, base: ClassValue): ClassValue {
  const signature = parseSignature(`def ${form.name}.__init__(self, ${form.signature})`);
  const init = interp.native(
    `${form.name}.__init__`,
    (call) => {
      const bound = bindPython(interp, signature, call.args, call.kwargs);
      const self = interp.resolve(bound.values.get('self') as Value);
      if (self.kind !== 'object') return interp.none;
      const ctx = new Context(interp, form.name, call.node);
      checkValues(ctx, form, bound.values);
      const defaults = new Map<string, Value>();
      for (const key of form.keys) {
        const fixed = form.fixed?.[key];
        defaults.set(key, fixed === undefined ? (bound.values.get(key) ?? interp.none) : interp.bool(fixed));
      }
      initialiseOptimizer(ctx, self, bound.values.get('params') as Value, defaults);
      return interp.none;
    },
    { signature: `${form.name}(${form.signature})`, doc: `torch.optim.${form.name}` },
  );
  const step = form.step?.(interp);
  return interp.nativeClass({
    name: form.name,
    module: `torch.optim.${form.name.toLowerCase()}`,
    bases: [base],
    attrs: {
      __init__: init,
      step: method(interp, 'step', (ctx, self: ObjectValue, call) => stepAll(ctx, self, argument(call, 0, 'closure'), step)),
    },
  });
}

/** Puts the optimisers into torch.optim. */
export function installOptimizers(interp: Interpreter, module: (name: string) => ModuleValue): void {
  const optim = module('torch.optim');
  const base = createOptimizerClass(interp);
  optim.attrs.set('Optimizer', base);
  for (const form of FORMS) optim.attrs.set(form.name, optimizerClass(interp, form, base));
}
