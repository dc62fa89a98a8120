/**
 * Layers that wrap another module and call it: nn.DataParallel.
 */
import type { ModuleEntry } from './entry.ts';

const wrapping = (name: string, more: string): ModuleEntry => ({
  name,
  init: `def ${name.slice(name.lastIndexOf('.') + 1)}.__init__(self, module, ${more})`,
  construct: (m, a) => m.child('module', a.value('module')),
  forward: `def ${name.slice(name.lastIndexOf('.') + 1)}.forward(self, *inputs, **kwargs)`,
  shape: '(*) -> (*)',
  call: (m, a) => {
    const given = m.interp.content(a.value('inputs'));
    const named = a.value('kwargs');
    if (given === undefined || given.rest !== undefined || named.kind !== 'dict') return m.interp.unknown();
    const kwargs = [...named.slot.get().entries.values()].map(([key, value]) => [m.interp.asString(key) ?? '', value] as const);
    return m.interp.call(m.attr('module'), given.items, new Map(kwargs), m.node);
  },
  samples: [`${name}(nn.Linear(3, 4))(torch.rand(2, 3))`],
  errors: [[`${name}(nn.Linear(3, 4))(torch.rand(2, 5))`, 'linear-input-size']],
  doc: name,
});

export const WRAPPING_MODULES: readonly ModuleEntry[] = [wrapping('nn.DataParallel', 'device_ids=None, output_device=None, dim=0')];
