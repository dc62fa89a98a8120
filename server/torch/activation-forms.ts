/**
 * The activations as a table: their parameters, the types they refuse, their kernels. `activations.ts` makes the
 * functions and layers of it.
 */
import {
  celu,
  elu,
  gelu,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  logSigmoid,
  mish,
  relu6,
  rrelu,
  selu,
  silu,
  softplus,
  softshrink,
  softsign,
  tanhshrink,
  threshold,
} from '../kernels/activation.ts';
import type { NdArray } from '../kernels/array.ts';
import type { Generator } from '../kernels/random.ts';
import { unary } from '../kernels/unary.ts';
import type { KernelArguments } from './arguments.ts';
import type { Refusals } from './promotion.ts';

export interface ActivationForm {
  /** The name in torch.nn.functional. */
  readonly name: string;
  /** The layer. */
  readonly layer: string;
  /** Parameters after the input, with their defaults; `undefined` for one that must be given. */
  readonly params: readonly (readonly [name: string, usual: string | undefined])[];
  /** Whether it can write in place. */
  readonly inplace: boolean;
  /** What native errors call it. */
  readonly native: string;
  readonly refuses: Refusals;
  /** `float`: integers become floating; else the type stays. */
  readonly type: 'same' | 'float';
  readonly kernel: (x: NdArray, k: KernelArguments, g: Generator) => NdArray;
  readonly random?: true;
  /** A native function (its errors are those of the argument parser) or one written in Python. */
  readonly style: 'native' | 'python' | 'method';
  /** Where the layer's `forward` is defined, if not in itself. */
  readonly forwardOwner?: string;
  /** How the layer prints its parameters: names with values, values alone, or none. */
  readonly prints: 'named' | 'bare' | 'inplace' | 'nothing';
}

const every = (name: string): Refusals => ({ b: name, i: name, c: name });
const CLAMP: Refusals = {
  b: ['RuntimeError', 'Bool inputs not supported for hardtanh'],
  c: ['NotImplementedError', 'clamp is not supported for complex types'],
};

const form = (name: string, layer: string, rest: Partial<ActivationForm> & Pick<ActivationForm, 'kernel'>): ActivationForm => ({
  name,
  layer,
  params: [],
  inplace: false,
  native: name,
  refuses: {},
  type: 'same',
  style: 'python',
  prints: 'nothing',
  ...rest,
});

export const ACTIVATION_FORMS: readonly ActivationForm[] = [
  form('relu', 'ReLU', {
    inplace: true,
    refuses: {
      b: ['RuntimeError', 'Boolean inputs not supported for relu'],
      c: ['NotImplementedError', 'clamp is not supported for complex types'],
    },
    kernel: (x) => unary('relu', x),
    prints: 'inplace',
  }),
  form('relu6', 'ReLU6', { inplace: true, refuses: CLAMP, kernel: relu6, forwardOwner: 'Hardtanh', prints: 'inplace' }),
  form('hardtanh', 'Hardtanh', {
    params: [
      ['min_val', '-1.0'],
      ['max_val', '1.0'],
    ],
    inplace: true,
    refuses: CLAMP,
    kernel: (x, k) => hardtanh(x, k.number('min_val'), k.number('max_val')),
    prints: 'named',
  }),
  form('sigmoid', 'Sigmoid', { type: 'float', style: 'method', kernel: (x) => unary('sigmoid', x) }),
  form('tanh', 'Tanh', { type: 'float', style: 'method', kernel: (x) => unary('tanh', x) }),
  form('elu', 'ELU', {
    params: [['alpha', '1.0']],
    inplace: true,
    refuses: every('elu_cpu'),
    kernel: (x, k) => elu(x, k.number('alpha')),
    prints: 'named',
  }),
  form('celu', 'CELU', {
    params: [['alpha', '1.0']],
    inplace: true,
    refuses: every('elu_cpu'),
    kernel: (x, k) => celu(x, k.number('alpha')),
    prints: 'named',
  }),
  form('selu', 'SELU', { inplace: true, refuses: every('elu_cpu'), kernel: selu, prints: 'inplace' }),
  form('leaky_relu', 'LeakyReLU', {
    params: [['negative_slope', '0.01']],
    inplace: true,
    refuses: every('leaky_relu_cpu'),
    kernel: (x, k) => leakyRelu(x, k.number('negative_slope')),
    prints: 'named',
  }),
  form('rrelu', 'RReLU', {
    params: [
      ['lower', '0.125'],
      ['upper', '0.3333333333333333'],
    ],
    inplace: true,
    refuses: every('rrelu_with_noise_out_cpu'),
    kernel: (x, k, g) => rrelu(x, g, k.number('lower'), k.number('upper'), k.bool('training')),
    random: true,
    prints: 'named',
  }),
  form('gelu', 'GELU', {
    params: [['approximate', "'none'"]],
    refuses: every('GeluKernelImpl'),
    kernel: (x, k) => gelu(x, k.string('approximate') as 'none' | 'tanh'),
    style: 'native',
    prints: 'named',
  }),
  form('silu', 'SiLU', { inplace: true, refuses: { b: 'silu_cpu', i: 'silu_cpu' }, kernel: silu, prints: 'inplace' }),
  form('mish', 'Mish', { inplace: true, refuses: every('mish_cpu'), kernel: mish, prints: 'inplace' }),
  form('hardsigmoid', 'Hardsigmoid', { inplace: true, refuses: every('hardsigmoid_cpu'), kernel: hardsigmoid }),
  form('hardswish', 'Hardswish', { inplace: true, refuses: every('hardswish_cpu'), kernel: hardswish }),
  form('hardshrink', 'Hardshrink', {
    params: [['lambd', '0.5']],
    refuses: every('hardshrink_cpu'),
    kernel: (x, k) => hardshrink(x, k.number('lambd')),
    style: 'native',
    prints: 'bare',
  }),
  form('softshrink', 'Softshrink', {
    params: [['lambd', '0.5']],
    refuses: every('softshrink_check'),
    kernel: (x, k) => softshrink(x, k.number('lambd')),
    style: 'native',
    prints: 'bare',
  }),
  form('softplus', 'Softplus', {
    params: [
      ['beta', '1.0'],
      ['threshold', '20.0'],
    ],
    refuses: every('softplus_cpu'),
    kernel: (x, k) => softplus(x, k.number('beta'), k.number('threshold')),
    style: 'native',
    prints: 'named',
  }),
  form('logsigmoid', 'LogSigmoid', { native: 'log_sigmoid', refuses: every('log_sigmoid_cpu'), kernel: logSigmoid, style: 'native' }),
  form('softsign', 'Softsign', { type: 'float', refuses: { b: 'abs_cpu' }, kernel: softsign, style: 'method' }),
  form('tanhshrink', 'Tanhshrink', {
    type: 'float',
    refuses: {
      b: [
        'RuntimeError',
        'Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.',
      ],
    },
    kernel: tanhshrink,
    style: 'method',
  }),
  form('threshold', 'Threshold', {
    params: [
      ['threshold', undefined],
      ['value', undefined],
    ],
    inplace: true,
    refuses: { b: 'threshold_cpu', c: 'threshold_cpu' },
    kernel: (x, k) => threshold(x, k.number('threshold'), k.number('value')),
    prints: 'named',
  }),
];
