/**
 * Pooling layers: they keep their options and call the functions of `pooling.ts` and `unpooling.ts`.
 */
import type { Value } from '../python/values.ts';
import { apply } from './apply.ts';
import type { Arguments } from './arguments.ts';
import type { ModuleEntry } from './entry.ts';
import type { ModuleScope } from './module-context.ts';
import { repeated, shown } from './module-options.ts';
import { poolOp } from './pooling.ts';
import { fractionals, unpools } from './unpooling.ts';

type Space = 1 | 2 | 3;
const SPACES: readonly Space[] = [1, 2, 3];
const SPACE = ', 7, 8, 6';
const input = (n: number): string => `torch.rand(2, 3${SPACE.slice(0, 3 * n)})`;

/** The stride is the kernel where it is not given. */
const strideOf = (a: Arguments): Value => (a.isNone('stride') ? a.value('kernel_size') : a.value('stride'));

const described = (m: ModuleScope, names: readonly string[]): string => names.map((name) => `${name}=${shown(m, name)}`).join(', ');

/** Calls a function with attributes of the module under the function's own names. */
function call(m: ModuleScope, a: Arguments, op: Parameters<typeof apply>[1], names: readonly string[], inputs = ['input']): Value {
  return apply(
    m,
    op,
    inputs.map((name) => a.value(name)),
    new Map(names.map((name) => [name, m.attr(name)] as const)),
  );
}

const maximum = (n: Space): ModuleEntry => ({
  name: `nn.MaxPool${n}d`,
  init: 'def _MaxPoolNd.__init__(self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False)',
  construct: (m, a) => {
    m.set('kernel_size', a.value('kernel_size'));
    m.set('stride', strideOf(a));
    for (const name of ['padding', 'dilation', 'return_indices', 'ceil_mode']) m.set(name, a.value(name));
  },
  forward: `def MaxPool${n}d.forward(self, input)`,
  shape: '(*, *space) -> (*, *space)',
  call: (m, a) => call(m, a, poolOp(`max_pool${n}d`), ['kernel_size', 'stride', 'padding', 'dilation', 'ceil_mode', 'return_indices']),
  extraRepr: (m) => described(m, ['kernel_size', 'stride', 'padding', 'dilation', 'ceil_mode']),
  samples: [`nn.MaxPool${n}d(2)(${input(n)})`, `nn.MaxPool${n}d(3, 2, 1, return_indices=True)(${input(n)})`],
  errors: [
    [`nn.MaxPool${n}d(20)(${input(n)})`, 'window-size'],
    [`nn.MaxPool${n}d(2)(torch.rand(7))`, 'rank-mismatch'],
  ],
  doc: `nn.MaxPool${n}d`,
});

const average = (n: Space): ModuleEntry => {
  const options = ['padding', 'ceil_mode', 'count_include_pad', ...(n === 1 ? [] : ['divisor_override'])];
  return {
    name: `nn.AvgPool${n}d`,
    init: `def AvgPool${n}d.__init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True${n === 1 ? '' : ', divisor_override=None'})`,
    construct: (m, a) => {
      const as = (value: Value, name: string): Value => (n === 1 ? repeated(m, value, 1, name) : value);
      m.set('kernel_size', as(a.value('kernel_size'), 'kernel_size'));
      m.set('stride', as(strideOf(a), 'stride'));
      for (const name of options) m.set(name, name === 'padding' ? as(a.value(name), name) : a.value(name));
    },
    forward: `def AvgPool${n}d.forward(self, input)`,
    shape: '(*, *space) -> (*, *space)',
    call: (m, a) => {
      const names = ['kernel_size', 'stride', ...options];
      return apply(m, poolOp(`avg_pool${n}d`), [a.value('input'), ...names.map((name) => m.attr(name))]);
    },
    extraRepr: (m) => described(m, ['kernel_size', 'stride', 'padding']),
    samples: [`nn.AvgPool${n}d(2)(${input(n)})`, `nn.AvgPool${n}d(3, 2, 1, count_include_pad=False)(${input(n)})`],
    errors: [[`nn.AvgPool${n}d(20)(${input(n)})`, 'window-size']],
    doc: `nn.AvgPool${n}d`,
  };
};

const power = (n: Space): ModuleEntry => ({
  name: `nn.LPPool${n}d`,
  init: 'def _LPPoolNd.__init__(self, norm_type, kernel_size, stride=None, ceil_mode=False)',
  construct: (m, a) => {
    for (const name of ['norm_type', 'kernel_size', 'stride', 'ceil_mode']) m.set(name, a.value(name));
  },
  forward: `def LPPool${n}d.forward(self, input)`,
  shape: '(*, *space) -> (*, *space)',
  call: (m, a) => call(m, a, poolOp(`lp_pool${n}d`), ['norm_type', 'kernel_size', 'stride', 'ceil_mode']),
  extraRepr: (m) => described(m, ['norm_type', 'kernel_size', 'stride', 'ceil_mode']),
  samples: [`nn.LPPool${n}d(2, 3)(${input(n)})`],
  doc: `nn.LPPool${n}d`,
});

const adaptive = (kind: 'Max' | 'Avg', n: Space): ModuleEntry => {
  const max = kind === 'Max';
  const name = `Adaptive${kind}Pool${n}d`;
  return {
    name: `nn.${name}`,
    init: `def _Adaptive${kind}PoolNd.__init__(self, output_size${max ? ', return_indices=False' : ''})`,
    construct: (m, a) => {
      m.set('output_size', a.value('output_size'));
      if (max) m.set('return_indices', a.value('return_indices'));
    },
    forward: `def ${name}.forward(self, input)`,
    shape: '(*, *space) -> (*, *output_size)',
    call: (m, a) =>
      call(m, a, poolOp(`adaptive_${kind.toLowerCase()}_pool${n}d`), max ? ['output_size', 'return_indices'] : ['output_size']),
    extraRepr: (m) => described(m, ['output_size']),
    samples: [`nn.${name}(3)(${input(n)})`, `nn.${name}(1)(${input(n)})`],
    errors: [[`nn.${name}(3)(torch.rand(3))`, 'rank-mismatch']],
    doc: `nn.${name}`,
  };
};

const unpool = (n: Space): ModuleEntry => ({
  name: `nn.MaxUnpool${n}d`,
  init: `def MaxUnpool${n}d.__init__(self, kernel_size, stride=None, padding=0)`,
  construct: (m, a) => {
    m.set('kernel_size', repeated(m, a.value('kernel_size'), n, 'kernel_size'));
    m.set('stride', repeated(m, strideOf(a), n, 'stride'));
    m.set('padding', repeated(m, a.value('padding'), n, 'padding'));
  },
  forward: `def MaxUnpool${n}d.forward(self, input, indices, output_size=None)`,
  shape: '(*, *space), (*, *space) -> (*, *space)',
  call: (m, a) => {
    const options = ['kernel_size', 'stride', 'padding'].map((name) => m.attr(name));
    return apply(m, unpools[n], [a.value('input'), a.value('indices'), ...options, a.value('output_size')]);
  },
  extraRepr: (m) => described(m, ['kernel_size', 'stride', 'padding']),
  samples: [`nn.MaxUnpool${n}d(2)(*nn.MaxPool${n}d(2, return_indices=True)(${input(n)}))`],
  doc: `nn.MaxUnpool${n}d`,
});

const fractional = (n: 2 | 3): ModuleEntry => ({
  name: `nn.FractionalMaxPool${n}d`,
  init: `def FractionalMaxPool${n}d.__init__(self, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None)`,
  construct: (m, a) => {
    if (a.isNone('output_size') && a.isNone('output_ratio')) {
      m.fail({
        code: 'pool-argument',
        exception: 'ValueError',
        message: `${m.name}: neither \`output_size\` nor \`output_ratio\` is given`,
        text: `FractionalMaxPool${n}d requires specifying either an output size, or a pooling ratio`,
      });
    }
    m.set('kernel_size', repeated(m, a.value('kernel_size'), n, 'kernel_size'));
    for (const name of ['output_size', 'output_ratio']) {
      m.set(name, a.isNone(name) ? m.interp.none : repeated(m, a.value(name), n, name));
    }
    m.set('return_indices', a.value('return_indices'));
  },
  forward: `def FractionalMaxPool${n}d.forward(self, input)`,
  shape: '(*, *space) -> (*, *output_size)',
  call: (m, a) => call(m, a, fractionals[n], ['kernel_size', 'output_size', 'output_ratio', 'return_indices']),
  samples: [
    `nn.FractionalMaxPool${n}d(2, output_ratio=(0.5, 0.5${n === 3 ? ', 0.5' : ''}))(torch.rand(2, 3, 8, 8${n === 3 ? ', 8' : ''}))`,
  ],
  errors: [[`nn.FractionalMaxPool${n}d(3)`, 'pool-argument']],
  doc: `nn.FractionalMaxPool${n}d`,
});

export const POOL_MODULES: readonly ModuleEntry[] = [
  ...SPACES.map(maximum),
  ...SPACES.map(average),
  ...SPACES.map(power),
  ...SPACES.map((n) => adaptive('Max', n)),
  ...SPACES.map((n) => adaptive('Avg', n)),
  ...SPACES.map(unpool),
  fractional(2),
  fractional(3),
];
