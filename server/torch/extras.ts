/**
 * What the library's modules hold besides operations and layers: gradient modes, seeds, device queries.
 */

import { isGradEnabled, setGradEnabled } from '../kernels/autograd.ts';
import type { PrintOptions } from '../kernels/print.ts';
import { PRINT_PROFILES } from '../kernels/print.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { ModuleValue, NativeCall, Value } from '../python/values.ts';
import { stateOf } from './state.ts';

export function installExtras(interp: Interpreter, module: (name: string) => ModuleValue): void {
  const torch = module('torch');
  const state = stateOf(interp);
  const native = (name: string, body: (args: readonly Value[]) => Value): Value => interp.native(name, (call) => body(call.args));

  const setGrad = (on: boolean | undefined): void => {
    state.gradEnabled = on;
    if (interp.mode === 'run') setGradEnabled(on !== false);
  };
  if (interp.mode === 'run') setGradEnabled(true);
  const current = (): Value => (state.gradEnabled === undefined ? interp.unknownBool() : interp.bool(state.gradEnabled));
  const named = (name: string, mode: Value): void => {
    for (const home of [torch, module('torch.autograd'), module('torch.autograd.grad_mode')]) home.attrs.set(name, mode);
  };
  for (const [name, on] of [
    ['no_grad', false],
    ['inference_mode', false],
    ['enable_grad', true],
  ] as const) {
    named(
      name,
      gradMode(interp, name, () => on, setGrad),
    );
  }
  named(
    'set_grad_enabled',
    gradMode(interp, 'set_grad_enabled', (mode) => mode, setGrad, true),
  );
  torch.attrs.set(
    'is_grad_enabled',
    native('is_grad_enabled', () => (interp.mode === 'run' ? interp.bool(isGradEnabled()) : current())),
  );

  const cuda = module('torch.cuda');
  cuda.attrs.set(
    'is_available',
    native('is_available', () => interp.bool(false)),
  );
  cuda.attrs.set(
    'device_count',
    native('device_count', () => (interp.mode === 'run' ? interp.int(0) : interp.freshInt('device_count', { least: 0 }))),
  );
  for (const name of ['manual_seed', 'manual_seed_all', 'empty_cache', 'synchronize'])
    cuda.attrs.set(
      name,
      native(name, () => interp.none),
    );
  torch.attrs.set(
    'set_printoptions',
    interp.native('set_printoptions', (call) => {
      state.printOptions = printOptions(interp, state.printOptions, call);
      return interp.none;
    }),
  );
  for (const name of ['set_num_threads', 'set_num_interop_threads', 'use_deterministic_algorithms', 'set_float32_matmul_precision']) {
    torch.attrs.set(
      name,
      native(name, () => interp.none),
    );
  }
  // The program is run, neither compiled nor exported.
  for (const [home, name] of [
    ['torch.jit', 'is_scripting'],
    ['torch.jit', 'is_tracing'],
    ['torch.onnx', 'is_in_onnx_export'],
    ['torch.compiler', 'is_compiling'],
  ] as const) {
    module(home).attrs.set(
      name,
      native(name, () => interp.bool(false)),
    );
  }
  torch.attrs.set(
    'is_tensor',
    native('is_tensor', (args) => {
      const decision = interp.isInstance(args[0] ?? interp.none, state.classes.tensor);
      return decision === 'unknown' ? interp.unknownBool() : interp.bool(decision === 'yes');
    }),
  );
  torch.attrs.set(
    'compile',
    native('compile', (args) => args[0] ?? interp.unknown()),
  );
}

const PRINT_PARAMETERS = ['precision', 'threshold', 'edgeitems', 'linewidth', 'profile', 'sci_mode'] as const;

/** What the options become: a profile sets the numbers, what is given stands over it, and `sci_mode` is free unless given. */
function printOptions(interp: Interpreter, before: PrintOptions, call: NativeCall): PrintOptions {
  const given = (name: (typeof PRINT_PARAMETERS)[number]): Value =>
    interp.resolve(call.args[PRINT_PARAMETERS.indexOf(name)] ?? call.kwargs.get(name) ?? interp.none);
  const profile = interp.asString(given('profile'))?.toLowerCase();
  const base = profile === 'default' || profile === 'short' || profile === 'full' ? PRINT_PROFILES[profile] : before;
  const number = (name: 'precision' | 'threshold' | 'edgeitems' | 'linewidth'): number => interp.asNumber(given(name)) ?? base[name];
  const mode = given('sci_mode');
  return {
    precision: number('precision'),
    threshold: number('threshold'),
    edgeitems: number('edgeitems'),
    linewidth: number('linewidth'),
    sciMode: mode.kind === 'none' ? undefined : interp.decide(interp.truth(mode)) === 'yes',
  };
}

/** `with torch.no_grad():` and `@torch.no_grad()`. */
function gradMode(
  interp: Interpreter,
  name: string,
  wanted: (given: boolean) => boolean,
  set: (on: boolean | undefined) => void,
  immediate = false,
): Value {
  const state = stateOf(interp);
  /** None stands for a mode that is not known. */
  const before = (): Value => (state.gradEnabled === undefined ? interp.none : interp.bool(state.gradEnabled));
  const cls = interp.nativeClass({
    name,
    module: 'torch',
    attrs: {
      __init__: interp.native('__init__', (call) => {
        const self = interp.resolve(call.args[0] as Value);
        const given = call.args[1] === undefined ? true : interp.decide(interp.truth(call.args[1])) !== 'no';
        if (self.kind === 'object') {
          self.attrs.set('mode', interp.bool(wanted(given)));
          self.attrs.set('before', before());
        }
        if (immediate) set(given);
        return interp.none;
      }),
      __enter__: interp.native('__enter__', (call) => {
        const self = interp.resolve(call.args[0] as Value);
        if (self.kind === 'object') {
          if (!immediate) self.attrs.set('before', before());
          set(interp.decide(interp.truth(self.attrs.get('mode') ?? interp.bool(false))) === 'yes');
        }
        return interp.none;
      }),
      __exit__: interp.native('__exit__', (call) => {
        const self = interp.resolve(call.args[0] as Value);
        if (self.kind !== 'object') return interp.none;
        const mode = self.attrs.get('before') ?? interp.bool(true);
        set(mode.kind === 'none' ? undefined : interp.decide(interp.truth(mode)) !== 'no');
        return interp.none;
      }),
      __call__: interp.native('__call__', (call) => {
        const self = call.args[0] as Value;
        const fn = call.args[1] ?? interp.none;
        const wrapped = interp.native(
          name,
          (inner) => {
            interp.call(interp.getAttr(self, '__enter__'), []);
            try {
              return interp.call(fn, inner.args, inner.kwargs, inner.node);
            } finally {
              interp.call(interp.getAttr(self, '__exit__'), [interp.none, interp.none, interp.none]);
            }
          },
          { choices: true },
        );
        return wrapped;
      }),
    },
  });
  return cls;
}
