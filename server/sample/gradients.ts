/**
 * How large the gradient is at each time step back: for every recurrent layer's output that a sample run made, the last
 * step is summed and sent back through time.
 */
import { backwardAll } from '../kernels/autograd.ts';
import { sum } from '../kernels/reduce.ts';
import { select } from '../kernels/views.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { stateOf } from '../torch/state.ts';
import type { SampleStep, StepObserver } from './steps.ts';

/** The steps, those of recurrent outputs with the norms of the gradient by time step, the last step first. */
export function hiddenGradients(interp: Interpreter, observer: StepObserver): readonly SampleStep[] {
  return observer.steps.map((step, i) => {
    const tensor = observer.tensors[i];
    const values = tensor?.values;
    if (tensor?.role?.kind !== 'recurrent-output' || values === undefined || !values.requiresGrad) return step;
    const axis = values.shape.length === 3 && tensor.role.batchFirst === true ? 1 : 0;
    const length = values.shape[axis] ?? 0;
    if (length === 0) return step;
    const norms = new Map<number, number>();
    let top = 0;
    stateOf(interp).hiddenGradient = (layer, reverse, time, norm) => {
      if (reverse || layer < top) return;
      if (layer > top) norms.clear();
      top = layer;
      norms.set(time, norm);
    };
    try {
      backwardAll([sum(select(values, axis, length - 1))], [undefined], true);
    } finally {
      stateOf(interp).hiddenGradient = undefined;
    }
    const gradient = [...norms].sort(([a], [b]) => b - a).map(([, norm]) => norm);
    return gradient.length === 0 ? step : { ...step, gradient };
  });
}
