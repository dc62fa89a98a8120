/**
 * Matrices of powers: torch.vander, whose powers fall unless told, and torch.linalg.vander, whose powers rise.
 */
import { le } from '../dims/cond.ts';
import { constant } from '../dims/dim.ts';
import type { DType } from '../kernels/dtype.ts';
import { risingPowers, vander } from '../kernels/vandermonde.ts';
import { concatenate, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Operation } from './entry.ts';
import { tensorOut } from './entry.ts';

/** Products of integers are int64. */
const powersType = (dtype: DType): DType => (/^(u?int|bool)/.test(dtype) ? 'int64' : dtype);

const VANDER: Operation = {
  names: ['torch.vander'],
  signature: 'vander(Tensor x, int? N = None, bool increasing = False)',
  shape: '(n) -> (n, N)',
  rule: (ctx, a) => {
    const x = a.tensor('x');
    ctx.requireRank(x.shape, [1], () => ({
      code: 'rank-mismatch',
      text: 'x must be a one-dimensional tensor.',
      message: `vander: the input is ${ctx.spell(x.shape)}`,
      origins: [x.origin],
    }));
    const n = a.optionalInt('N') ?? (a.isNone('N') ? x.size(0) : ctx.world.freshSize());
    return tensorOut(shapeOf([x.someSize(0), n ?? ctx.world.freshSize()]), x.dtype === undefined ? undefined : powersType(x.dtype));
  },
  kernel: (k) => {
    const x = k.array('x');
    return vander(x, k.optionalInt('N') ?? (x.shape[0] as number), k.bool('increasing'), powersType(x.dtype));
  },
  samples: ['torch.vander(torch.ones(3))', 'torch.vander(torch.arange(3), 2, True)'],
  errors: [['torch.vander(torch.ones(2, 3))', 'rank-mismatch']],
  doc: 'torch.vander',
};

const LINALG_VANDER: Operation = {
  names: ['torch.linalg.vander'],
  signature: 'linalg_vander(Tensor x, *, int? N = None)',
  shape: '(*, n) -> (*, n, N)',
  rule: (ctx, a) => {
    const x = a.tensor('x');
    if (x.dtype === 'bool') {
      const text = 'linalg.vander supports floating point, complex, and integer tensors, but got Bool';
      ctx.fail({ code: 'dtype-mismatch', text, message: text, origins: [x.origin] });
    }
    const dtype = x.dtype === undefined ? undefined : powersType(x.dtype);
    const size = x.rank === undefined ? undefined : x.rank === 0 ? constant(1) : x.size(-1);
    const n = a.optionalInt('N') ?? (a.isNone('N') ? size : undefined);
    if (n === undefined) return tensorOut(unknownShape(undefined, 2), dtype);
    ctx.reject(le(n, constant(1)), () => ({
      code: 'invalid-argument',
      text: 'N must be greater than 1.',
      message: `linalg.vander: ${ctx.spell(n)} powers`,
      origins: [n.origin ?? x.origin],
    }));
    return tensorOut(concatenate(x.rank === 0 ? shapeOf([constant(1)]) : x.shape, shapeOf([n])), dtype);
  },
  kernel: (k) => {
    const x = k.array('x');
    return risingPowers(x, k.optionalInt('N') ?? (x.shape.at(-1) as number), powersType(x.dtype));
  },
  samples: ['torch.linalg.vander(torch.ones(2, 3))', 'torch.linalg.vander(torch.arange(3), N=5)'],
  errors: [['torch.linalg.vander(torch.ones(3), N=1)', 'invalid-argument']],
  doc: 'torch.linalg.vander',
};

export const POWERS: readonly Operation[] = [VANDER, LINALG_VANDER];
