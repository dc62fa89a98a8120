/**
 * Numbers written into a tensor that exists: copy_, fill_, zero_, resize_.
 */
import { wrapScalar, zeros } from '../kernels/array.ts';
import { copyInto, inPlace } from '../kernels/inplace.ts';
import { shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { cppTypeName } from './dtype-names.ts';
import { broadcastPair, operandArray, requireWritable, writeInPlace } from './elementwise.ts';
import type { Operation } from './entry.ts';
import { selfOut } from './entry.ts';
import { operandOf } from './promotion.ts';
import { requireSizes } from './sizes.ts';

const copy: Operation = {
  names: ['Tensor.copy_'],
  signature: ['copy_(Tensor|Number other, bool non_blocking = False)', 'deprecated copy_(Tensor other, bool async)'],
  shape: '(*), (*other) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    const other = operandOf(ctx, a.value('other'), 'other');
    return writeInPlace(ctx, x, broadcastPair(ctx, x.shape, other.shape, [{ shape: x.shape, tensor: x }, other]));
  },
  kernel: (k) => copyInto(k.array('self'), operandArray(k, 'other')),
  samples: ['torch.zeros(2, 3).copy_(torch.arange(3))', 'torch.zeros(2).copy_(5)'],
  errors: [
    ['torch.zeros(2).copy_(torch.ones(3))', 'broadcast-mismatch'],
    ['torch.zeros(2, 1).copy_(torch.ones(2, 3))', 'broadcast-mismatch'],
  ],
  doc: 'torch.Tensor.copy_',
};

function checkFill(ctx: Context, a: Arguments, x: TensorArg): void {
  if (a.overload === 0) {
    ctx.requireRank(a.tensor('value').shape, [0], (rank) => ({
      code: 'rank-mismatch',
      message: `fill_: the value has ${rank} dimensions`,
      text: `fill_ only supports 0-dimension value tensor but got tensor with ${rank} dimensions.`,
    }));
  }
  const value = a.value('value');
  if (value.kind === 'complex' && value.im !== 0 && x.dtype !== undefined && !x.dtype.startsWith('complex')) {
    const text = `value cannot be converted to type ${cppTypeName(x.dtype)} without overflow`;
    ctx.fail({ code: 'dtype-mismatch', message: `fill_: a complex number into a ${x.dtype} tensor`, text });
  }
  requireWritable(ctx, x);
}

const fill: Operation = {
  names: ['Tensor.fill_'],
  signature: ['fill_(Tensor value)', 'fill_(Number value)'],
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    checkFill(ctx, a, x);
    return selfOut(x);
  },
  kernel: (k) => copyInto(k.array('self'), operandArray(k, 'value')),
  samples: ['torch.zeros(2, 3).fill_(1.5)', 'torch.zeros(2).fill_(torch.tensor(3))'],
  errors: [['torch.zeros(2).fill_(torch.ones(1))', 'rank-mismatch']],
  doc: 'torch.Tensor.fill_',
};

const zero: Operation = {
  names: ['Tensor.zero_', 'torch.zero_'],
  signature: 'zero_(Tensor input)',
  method: 'zero_()',
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor(a.exists('input') ? 'input' : 'self');
    requireWritable(ctx, x);
    return selfOut(x);
  },
  kernel: (k) =>
    inPlace(k.array(k.rule.exists('input') ? 'input' : 'self'), (old) => copyInto(zeros(old.shape, old.dtype), wrapScalar(0, 'int'))),
  samples: ['torch.ones(2, 3).zero_()'],
  doc: 'torch.Tensor.zero_',
};

const resize: Operation = {
  names: ['Tensor.resize_'],
  signature: 'resize_(tuple of ints size, *, torch.memory_format memory_format = None)',
  shape: '(*) -> (*size)',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    const size = a.ints('size');
    if (size !== undefined) requireSizes(ctx, size);
    requireWritable(ctx, x);
    return selfOut(x, { shape: size === undefined ? unknownShape() : shapeOf(size), dtype: x.dtype, layout: 'contiguous' });
  },
  kernel: (k) => {
    const self = k.array('self');
    const out = zeros(k.ints('size'), self.dtype);
    const values = self.toFlat();
    for (let i = 0; i < Math.min(values.length, out.storage.data.length); i++) out.storage.data[i] = values[i] as number;
    self.storage = out.storage;
    self.shape = out.shape;
    self.strides = out.strides;
    self.offset = 0;
    return self;
  },
  samples: ['torch.arange(6).resize_(2, 3)'],
  errors: [['torch.ones(2).resize_(-1)', 'negative-size']],
  doc: 'torch.Tensor.resize_',
};

export const FILLING: readonly Operation[] = [copy, fill, zero, resize];
