/**
 * The numbers of recurrent layers: gathers a module's weights, permutes the states of packed input, and runs the kernels.
 */
import type { NdArray } from '../kernels/array.ts';
import { indexSelect } from '../kernels/gather.ts';
import type { RecurrentConfig, RecurrentResult } from '../kernels/recurrent.ts';
import { recurrent, recurrentPacked } from '../kernels/recurrent.ts';
import type { RecurrentMode } from '../kernels/recurrent-layer.ts';
import type { TupleValue, Value } from '../python/values.ts';
import type { KernelArguments } from './arguments.ts';
import { arrayOf, NotKnown } from './arguments.ts';
import type { ModuleScope } from './module-context.ts';
import { registered } from './module-registry.ts';
import { payloadOf } from './tensor.ts';

function configOf(m: ModuleScope): RecurrentConfig {
  const number = (name: string): number => {
    const n = m.interp.asNumber(m.attr(name));
    if (n === undefined) throw new NotKnown();
    return n;
  };
  return {
    mode: (m.interp.asString(m.attr('mode')) ?? 'LSTM') as RecurrentMode,
    numLayers: number('num_layers'),
    bidirectional: m.bool('bidirectional') === true,
    bias: m.bool('bias') !== false,
    dropout: number('dropout'),
    training: m.bool('training') !== false,
    batchFirst: m.bool('batch_first') === true,
    projSize: number('proj_size'),
    generator: m.state.generator,
    // Whoever watches starts to after the layer has run.
    onHiddenGradient: (layer, reverse, step, norm) => m.state.hiddenGradient?.(layer, reverse, step, norm),
  };
}

function weightsOf(m: ModuleScope): NdArray[] {
  return registered(m.interp, m.self, 'parameter')
    .filter(([name]) => /^(weight|bias)_(ih|hh|hr)_l\d+(_reverse)?$/.test(name))
    .map(([, value]) => arrayOf(value));
}

function statesOf(m: ModuleScope, hx: Value): NdArray[] {
  if (hx.kind === 'none') return [];
  if (payloadOf(hx) !== undefined) return [arrayOf(hx)];
  return (m.interp.content(hx)?.items ?? []).map((v) => arrayOf(m.interp.resolve(v)));
}

function flat(result: RecurrentResult): NdArray[] {
  return result.cell === undefined ? [result.output, result.hidden] : [result.output, result.hidden, result.cell];
}

export function runLayers(k: KernelArguments, m: ModuleScope): readonly NdArray[] {
  const [h, c] = statesOf(m, k.value('hx'));
  return flat(recurrent(configOf(m), k.array('input'), weightsOf(m), h, c));
}

export function runPacked(k: KernelArguments, m: ModuleScope): readonly NdArray[] {
  const [data, sizes, sorted, unsorted] = (k.value('input') as TupleValue).items.map((v) => m.interp.resolve(v)) as [
    Value,
    Value,
    Value,
    Value,
  ];
  const order = (by: Value, state: NdArray): NdArray => (by.kind === 'none' ? state : indexSelect(state, 1, arrayOf(by)));
  const [h, c] = statesOf(m, k.value('hx')).map((s) => order(sorted, s));
  const result = recurrentPacked(configOf(m), arrayOf(data), arrayOf(sizes).toFlat(), weightsOf(m), h, c);
  const hidden = order(unsorted, result.hidden);
  return flat({ output: result.output, hidden, cell: result.cell === undefined ? undefined : order(unsorted, result.cell) });
}
