/**
 * Layers that only rearrange: Flatten and Unflatten.
 */
import type { Value } from '../python/values.ts';
import type { ModuleEntry } from './entry.ts';
import type { ModuleScope } from './module-context.ts';
import { shown } from './module-options.ts';
import { attributeOf } from './reduction.ts';
import { sequenceContent } from './types.ts';

/** Calls a method of the input, as the layer's Python code does. */
const callMethod = (m: ModuleScope, x: Value, name: string, args: readonly Value[]): Value =>
  m.interp.call(m.interp.getAttr(x, name), args, new Map(), m.node);

const flatten: ModuleEntry = {
  name: 'nn.Flatten',
  init: 'def Flatten.__init__(self, start_dim=1, end_dim=-1)',
  construct: (m, a) => {
    m.set('start_dim', a.value('start_dim'));
    m.set('end_dim', a.value('end_dim'));
  },
  forward: 'def Flatten.forward(self, input)',
  shape: '(N, *) -> (N, product)',
  call: (m, a) => callMethod(m, a.tensor('input', attributeOf(m, 'flatten')).object, 'flatten', [m.attr('start_dim'), m.attr('end_dim')]),
  extraRepr: (m) => `start_dim=${shown(m, 'start_dim')}, end_dim=${shown(m, 'end_dim')}`,
  samples: ['nn.Flatten()(torch.rand(2, 3, 4))', 'nn.Flatten(0, 1)(torch.rand(2, 3, 4))'],
  errors: [['nn.Flatten(5)(torch.rand(2, 3))', 'dim-out-of-range']],
  doc: 'nn.Flatten',
};

function requireSizes(m: ModuleScope, given: Value): void {
  const value = m.interp.resolve(given);
  if (value.kind === 'unknown' || value.kind === 'choice') return;
  const fail = (text: string): never =>
    m.fail({ code: 'call-arguments', exception: 'TypeError', message: 'Unflatten: `unflattened_size` is no tuple of integers', text });
  const content = sequenceContent(value);
  if (content === undefined) {
    fail(`unflattened_size must be a tuple of ints, but found type ${m.interp.typeName(value)}`);
    return;
  }
  for (const [i, item] of content.items.entries()) {
    const element = m.interp.resolve(item);
    if (['int', 'bool', 'unknown', 'choice'].includes(element.kind)) continue;
    fail(`unflattened_size must be tuple of ints, but found element of type ${m.interp.typeName(element)} at pos ${i}`);
  }
}

const unflatten: ModuleEntry = {
  name: 'nn.Unflatten',
  init: 'def Unflatten.__init__(self, dim, unflattened_size)',
  construct: (m, a) => {
    requireSizes(m, a.value('unflattened_size'));
    m.set('dim', a.value('dim'));
    m.set('unflattened_size', a.value('unflattened_size'));
  },
  forward: 'def Unflatten.forward(self, input)',
  shape: '(*, product, *) -> (*, *unflattened_size, *)',
  call: (m, a) =>
    callMethod(m, a.tensor('input', attributeOf(m, 'unflatten')).object, 'unflatten', [m.attr('dim'), m.attr('unflattened_size')]),
  extraRepr: (m) => `dim=${shown(m, 'dim')}, unflattened_size=${shown(m, 'unflattened_size')}`,
  samples: ['nn.Unflatten(1, (2, 3))(torch.rand(2, 6))'],
  errors: [['nn.Unflatten(1, 3)', 'call-arguments']],
  doc: 'nn.Unflatten',
};

export const SHAPING_MODULES: readonly ModuleEntry[] = [flatten, unflatten];
