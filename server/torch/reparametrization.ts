/**
 * torch.nn.utils: weight_norm, spectral_norm and what undoes them. A layer so treated computes its weight from other parameters
 * and is called as before; a run does not model how the weight is computed.
 */
import { presumeMore } from '../python/attributes.ts';
import { CannotRun } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { ModuleValue, Value } from '../python/values.ts';

const UTILS = 'torch.nn.utils';
export const PARAMETRIZATIONS = `${UTILS}.parametrizations`;

const NAMES: readonly (readonly [module: string, names: readonly string[]])[] = [
  [UTILS, ['weight_norm', 'remove_weight_norm', 'spectral_norm', 'remove_spectral_norm']],
  [PARAMETRIZATIONS, ['weight_norm', 'spectral_norm', 'orthogonal']],
];

/** Each gives back the module that it was given. */
export function installReparametrizations(interp: Interpreter, module: (name: string) => ModuleValue): void {
  for (const [home, names] of NAMES) {
    for (const name of names) {
      const body = interp.native(name, (call): Value => {
        if (interp.mode === 'run') throw new CannotRun(`\`${name}\` is not supported`, call.node);
        const given = call.args[0] ?? call.kwargs.get('module');
        const layer = given === undefined ? interp.unknown() : interp.resolve(given);
        // `weight_g`, `weight_orig`, `parametrizations`: it has what it had and more.
        if (layer.kind === 'object') presumeMore(layer);
        return layer;
      });
      module(home).attrs.set(name, body);
    }
  }
  module(UTILS).attrs.set('parametrizations', module(PARAMETRIZATIONS));
}
