/**
 * Distinct values, places in sorted sequences, counts: unique, searchsorted, bucketize, bincount, histc, isin, diff.
 */
import { eq, ge, gt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, max, sub, symbol } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { fromFlat } from '../kernels/array.ts';
import { binary, compare } from '../kernels/binary.ts';
import { KernelError } from '../kernels/dtype.ts';
import { cat } from '../kernels/join.ts';
import { bincount, histc, searchsorted, unique, uniqueAlong, uniqueConsecutive } from '../kernels/order.ts';
import { narrow } from '../kernels/views.ts';
import { replaceAxis } from '../shapes/axes.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, scalar, shapeOf } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import type { Context } from './context.ts';
import { rankFault } from './contraction.ts';
import { operandArray, withoutOut } from './elementwise.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import { passOn } from './native-argument.ts';
import type { Refusals } from './promotion.ts';
import { operandOf, refuseType } from './promotion.ts';

const zero = constant(0);

// ---------------------------------------------------------------- unique

function uniqueRule(ctx: Context, a: Arguments): Out {
  if (a.exists('sorted') && a.isNone('dim'))
    passOn(ctx, a, '_unique2(Tensor input, *, bool sorted, bool return_inverse, bool return_counts)');
  const x = a.tensor('input');
  const count = symbol('?', { least: 0 });
  const dim = a.value('dim');
  refuseType(ctx, { c: dim.kind === 'none' ? 'unique' : 'unique_dim' }, x.dtype);
  const axis = dim.kind === 'none' || dim.kind === 'unknown' ? undefined : axisOf(ctx, x, a.int('dim'), { wrapScalar: false });
  if (axis !== undefined && x.dims !== undefined) {
    const at = axis < 0 ? axis + x.dims.length : axis;
    const empty = (d: Dim): boolean => ctx.known(d) === 0;
    if (!empty(x.dims[at] as Dim) && x.dims.some((d, i) => i !== at && empty(d))) {
      const text = "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied";
      ctx.fail({ code: 'empty-reduction', text, message: `${ctx.name}: ${ctx.spell(x.shape)} has empty dimensions`, origins: [x.origin] });
    }
  }
  let values: Shape = shapeOf([count]);
  let inverse: Shape = x.shape;
  if (dim.kind !== 'none') {
    values = axis === undefined ? ctx.world.resolve(x.shape) : replaceAxis(ctx.world, x.shape, axis, [count]);
    const size = axis === undefined ? undefined : x.size(axis);
    inverse = shapeOf([size ?? symbol('?', { least: 0 })]);
  }
  const more = { dataDependent: true };
  const parts: Out[] = [tensorOut(values, x.dtype, { ...more, bounds: x.bounds })];
  const wants = [a.bool('return_inverse'), a.bool('return_counts')];
  if (wants[0] === true) parts.push(tensorOut(inverse, 'int64', more));
  if (wants[1] === true) parts.push(tensorOut(shapeOf([count]), 'int64', more));
  return parts.length === 1 ? (parts[0] as Out) : tupleOut(parts);
}

function uniqueArrays(k: KernelArguments, consecutive: boolean): NdArray | NdArray[] {
  const x = k.array('input');
  const dim = k.optionalInt('dim');
  if (consecutive && dim !== undefined) throw new KernelError('ShapeLint does not compute unique_consecutive along a dimension');
  const found = dim !== undefined && x.rank > 1 ? uniqueAlong(x, dim) : consecutive ? uniqueConsecutive(x) : unique(x);
  const parts = [found.values];
  if (k.bool('return_inverse')) parts.push(found.inverse);
  if (k.bool('return_counts')) parts.push(found.counts);
  return parts.length === 1 ? found.values : parts;
}

const UNIQUE: Operation = {
  names: ['torch.unique', 'Tensor.unique'],
  signature: 'def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None)',
  shape: '(*) -> (n)',
  rule: uniqueRule,
  kernel: (k) => uniqueArrays(k, false),
  samples: ['torch.unique(torch.tensor([1, 3, 1]))', 'torch.unique(torch.tensor([1, 3, 1]), return_counts=True)'],
  errors: [['torch.unique(torch.ones(2, 3), dim=5)', 'dim-out-of-range']],
  doc: 'torch.unique',
};

const UNIQUE_CONSECUTIVE: Operation = {
  names: ['torch.unique_consecutive', 'Tensor.unique_consecutive'],
  signature: 'def unique_consecutive(input, return_inverse=False, return_counts=False, dim=None)',
  shape: '(*) -> (n)',
  rule: uniqueRule,
  kernel: (k) => uniqueArrays(k, true),
  samples: ['torch.unique_consecutive(torch.tensor([1, 1, 3, 1]))'],
  doc: 'torch.unique_consecutive',
};

// ---------------------------------------------------------------- places in sorted sequences

const NO_COMPLEX: Refusals = { c: 'searchsorted_out_cpu' };

const SEARCH_TAIL = '*, bool out_int32 = False, bool right = False, str? side = None, Tensor? sorter = None, Tensor out = None)';

const placeType = (a: Arguments) => (a.bool('out_int32') === undefined ? undefined : a.bool('out_int32') === true ? 'int32' : 'int64');

const isRight = (k: KernelArguments): boolean =>
  k.rule.exists('side') && !k.isNone('side') ? k.string('side') === 'right' : k.bool('right');

const SEARCHSORTED: Operation = {
  names: ['torch.searchsorted'],
  signature: [
    `searchsorted(Tensor sorted_sequence, Tensor input, ${SEARCH_TAIL}`,
    `searchsorted(Tensor sorted_sequence, Number self, ${SEARCH_TAIL}`,
  ],
  shape: '(*a, n), (*a, m) -> (*a, m)',
  rule: (ctx, a) => {
    const bounds = a.tensor('sorted_sequence');
    const v = operandOf(ctx, a.value(a.exists('input') ? 'input' : 'self'), 'input');
    const values = ctx.world.resolve(v.shape);
    const [x, y] = [bounds.dims, dimsOf(values)];
    if (x !== undefined && x.length !== 1 && y?.length === 0) {
      const text = `torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor dim(${x.length}) and input value's dim(0) numel(1)`;
      ctx.fail(rankFault(ctx, bounds, 'one dimension', text));
    }
    if (bounds.rank === 0) {
      const text = 'torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension';
      ctx.fail(rankFault(ctx, bounds, 'at least one dimension', text));
    }
    if (x !== undefined && y !== undefined && x.length > 1) {
      const text = (): string | undefined => {
        const shapes = ctx.text`boundaries tensor ${bounds.shape} and input value tensor ${values}`;
        return shapes === undefined
          ? undefined
          : `torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must match, but we got ${shapes}`;
      };
      const fault = () => ({
        code: 'shape-mismatch',
        message: `${ctx.name}: ${ctx.spell(bounds.shape)} and ${ctx.spell(values)} differ in front of the last dimension`,
        text: text(),
        origins: [bounds.origin],
      });
      if (x.length !== y.length) ctx.fail(fault());
      x.slice(0, -1).forEach((d, i) => {
        ctx.require(eq(d, y[i] as Dim), fault);
      });
    }
    if (y?.some((d) => ctx.known(d) === 0) !== true) for (const dtype of [bounds.dtype, v.dtype]) refuseType(ctx, NO_COMPLEX, dtype);
    return tensorOut(values, placeType(a));
  },
  kernel: (k) => {
    withoutOut(k);
    if (!k.isNone('sorter')) throw new KernelError('ShapeLint does not compute searchsorted with a sorter');
    const values = operandArray(k, k.rule.exists('input') ? 'input' : 'self');
    return searchsorted(k.array('sorted_sequence'), values, isRight(k), k.bool('out_int32') ? 'int32' : 'int64');
  },
  samples: ['torch.searchsorted(torch.tensor([1, 3, 5]), torch.tensor([2, 9]))'],
  errors: [['torch.searchsorted(torch.ones(2, 3), torch.ones(3, 5))', 'shape-mismatch']],
  doc: 'torch.searchsorted',
};

const BUCKET_TAIL = '*, bool out_int32 = False, bool right = False';

const BUCKETIZE: Operation = {
  names: ['torch.bucketize'],
  signature: [
    `bucketize(Tensor input, Tensor boundaries, ${BUCKET_TAIL}, Tensor out = None)`,
    `bucketize(Number self, Tensor boundaries, ${BUCKET_TAIL})`,
  ],
  shape: '(*), (n) -> (*)',
  rule: (ctx, a) => {
    const bounds = a.tensor('boundaries');
    ctx.requireRank(bounds.shape, [1], (rank) =>
      rankFault(ctx, bounds, 'one dimension', `boundaries tensor must be 1 dimension, but got dim(${rank})`),
    );
    const v = operandOf(ctx, a.value(a.exists('input') ? 'input' : 'self'), 'input');
    for (const dtype of [bounds.dtype, v.dtype]) refuseType(ctx, NO_COMPLEX, dtype);
    return tensorOut(v.shape, placeType(a), { bounds: { least: zero, greatest: bounds.size(0) } });
  },
  kernel: (k) => {
    withoutOut(k);
    const values = operandArray(k, k.rule.exists('input') ? 'input' : 'self');
    return searchsorted(k.array('boundaries'), values, k.bool('right'), k.bool('out_int32') ? 'int32' : 'int64');
  },
  samples: ['torch.bucketize(torch.tensor([2, 9]), torch.tensor([1, 3, 5]))'],
  errors: [['torch.bucketize(torch.ones(3), torch.ones(2, 5))', 'rank-mismatch']],
  doc: 'torch.bucketize',
};

// ---------------------------------------------------------------- counts

const NOT_INTEGER: Refusals = { b: 'bincount_cpu', f: 'bincount_cpu', c: 'bincount_cpu' };

const BINCOUNT: Operation = {
  names: ['torch.bincount', 'Tensor.bincount'],
  signature: 'bincount(Tensor input, Tensor? weights = None, int minlength = 0)',
  shape: '(n) -> (m)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const least = a.int('minlength');
    ctx.require(ge(least, zero), () => ({
      code: 'invalid-argument',
      text: 'minlength should be >= 0',
      message: `${ctx.name}: \`minlength\` is ${ctx.spell(least)}`,
    }));
    refuseType(ctx, NOT_INTEGER, x.dtype);
    const text = 'bincount only supports 1-d non-negative integral inputs.';
    ctx.requireRank(x.shape, [1], () => rankFault(ctx, x, 'one dimension', text));
    if (x.values?.toFlat().some((v) => v < 0) === true) {
      ctx.fail({ code: 'invalid-argument', text, message: `${ctx.name}: a value is negative`, origins: [x.origin] });
    }
    const weights = a.optionalTensor('weights');
    if (weights !== undefined && weights.rank !== undefined) {
      const fault = () => ({
        code: 'shape-mismatch',
        text: 'weights should be 1-d and have the same length as input',
        message: `${ctx.name}: weights are ${ctx.spell(weights.shape)}, the input ${ctx.spell(x.shape)}`,
        origins: [weights.origin],
      });
      if (weights.rank !== 1) ctx.fail(fault());
      ctx.require(eq(weights.size(0) as Dim, x.size(0) as Dim), fault);
    }
    const dtype = weights === undefined ? 'int64' : weights.dtype === undefined || weights.dtype === 'float32' ? weights.dtype : 'float64';
    return tensorOut(shapeOf([max(symbol('?', { least: 0 }), least)]), dtype, { dataDependent: true });
  },
  kernel: (k) => bincount(k.array('input'), k.optionalArray('weights'), k.int('minlength')),
  samples: ['torch.bincount(torch.tensor([0, 3]))', 'torch.bincount(torch.tensor([0, 3]), minlength=9)'],
  errors: [['torch.bincount(torch.ones(2, 2, dtype=torch.int64))', 'rank-mismatch']],
  doc: 'torch.bincount',
};

const HISTC: Operation = {
  names: ['torch.histc', 'Tensor.histc'],
  signature: 'histc(Tensor input, int bins = 100, Number min = 0, Number max = 0, *, Tensor out = None)',
  shape: '(*) -> (bins)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    const bins = a.int('bins');
    ctx.require(gt(bins, zero), () => ({
      code: 'invalid-argument',
      text: ctx.text`torch.histogram(): bins must be > 0, but got ${bins} for dimension 0`,
      message: `${ctx.name}: \`bins\` is ${ctx.spell(bins)}`,
      origins: [bins.origin],
    }));
    const [low, high] = [a.known('min'), a.known('max')];
    if (low !== undefined && high !== undefined && low > high) {
      ctx.fail({
        code: 'invalid-argument',
        text: 'torch.histc: max must be larger than min',
        message: `${ctx.name}: max ${high} is below min ${low}`,
      });
    }
    refuseType(ctx, { b: 'linspace_cpu', i: 'histogram_cpu', c: 'aminmax_cpu' }, x.dtype);
    return tensorOut(shapeOf([bins]), x.dtype);
  },
  kernel: (k) => histc(k.array('input'), k.int('bins'), k.number('min'), k.number('max')),
  samples: ['torch.histc(torch.rand(2, 3), bins=4)'],
  errors: [['torch.histc(torch.rand(2, 3), bins=0)', 'invalid-argument']],
  doc: 'torch.histc',
};

const ISIN_TAIL = '*, bool assume_unique = False, bool invert = False, Tensor out = None)';

const ISIN: Operation = {
  names: ['torch.isin'],
  signature: [
    `isin(Tensor elements, Tensor test_elements, ${ISIN_TAIL}`,
    `isin(Number element, Tensor test_elements, ${ISIN_TAIL}`,
    `isin(Tensor elements, Number test_element, ${ISIN_TAIL}`,
  ],
  shape: '(*a), (*b) -> (*a)',
  rule: (ctx, a) => {
    const x = operandOf(ctx, a.value(a.exists('elements') ? 'elements' : 'element'), 'elements');
    const y = operandOf(ctx, a.value(a.exists('test_elements') ? 'test_elements' : 'test_element'), 'test_elements');
    for (const { dtype } of [x, y]) {
      const text = ['RuntimeError', 'Unsupported input type encountered for isin(): %T'] as const;
      refuseType(ctx, { b: text, c: text }, dtype);
    }
    return tensorOut(x.level === 2 ? scalar : x.shape, 'bool');
  },
  kernel: (k) => {
    withoutOut(k);
    const x = operandArray(k, k.rule.exists('elements') ? 'elements' : 'element');
    const y = operandArray(k, k.rule.exists('test_elements') ? 'test_elements' : 'test_element');
    const wanted = new Set(y.toFlat());
    const hit = x.toFlat().map((v) => (wanted.has(v) !== k.bool('invert') ? 1 : 0));
    return fromFlat(hit, x.shape, 'bool');
  },
  samples: ['torch.isin(torch.tensor([1, 2]), torch.tensor([2]))', 'torch.isin(torch.tensor([1, 2]), 2)'],
  doc: 'torch.isin',
};

// ---------------------------------------------------------------- differences

/** A tensor put before or after the input: of its shape but along the dimension. */
function extension(ctx: Context, a: Arguments, x: TensorArg, axis: number | undefined, name: string): Dim | undefined {
  const extra = a.optionalTensor(name);
  if (extra === undefined) return zero;
  const [own, other] = [x.dims, extra.dims];
  if (own === undefined || other === undefined || axis === undefined) return undefined;
  if (own.length !== other.length) {
    ctx.fail(rankFault(ctx, extra, `${own.length} dimensions`, 'diff expects prepend or append to be the same dimension as input'));
  }
  const at = axis < 0 ? axis + own.length : axis;
  own.forEach((d, i) => {
    const e = other[i] as Dim;
    if (i === at) return;
    ctx.require(eq(d, e), () => {
      const sizes = ctx.text`input.size(${i}) = ${d}, but got tensor.size(${i}) = ${e}`;
      return {
        code: 'shape-mismatch',
        text:
          sizes === undefined
            ? undefined
            : `diff expects the shape of tensor to prepend or append to match that of input except along the differencing dimension; ${sizes}`,
        message: `${ctx.name}: \`${name}\` is ${ctx.spell(extra.shape)}, the input ${ctx.spell(x.shape)}`,
        origins: [extra.origin],
      };
    });
  });
  return other[at];
}

const DIFF: Operation = {
  names: ['torch.diff', 'Tensor.diff'],
  signature: 'diff(Tensor input, int n = 1, int dim = -1, Tensor? prepend = None, Tensor? append = None, *, Tensor out = None)',
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input');
    if (x.rank === 0) ctx.fail(rankFault(ctx, x, 'at least one dimension', 'diff expects input to be at least one-dimensional'));
    const n = a.int('n');
    ctx.require(ge(n, zero), () => ({
      code: 'invalid-argument',
      text: ctx.text`order must be non-negative but got ${n}`,
      message: `${ctx.name}: \`n\` is ${ctx.spell(n)}`,
    }));
    if (ctx.known(n) === 0) return tensorOut(x.shape, x.dtype);
    const axis = axisOf(ctx, x, a.int('dim'));
    const extra = [extension(ctx, a, x, axis, 'prepend'), extension(ctx, a, x, axis, 'append')];
    const size = axis === undefined ? undefined : x.size(axis);
    const known = size !== undefined && extra[0] !== undefined && extra[1] !== undefined;
    const left = known ? max(sub(add(size, add(extra[0] as Dim, extra[1] as Dim)), n), zero) : symbol('?', { least: 0 });
    return tensorOut(axis === undefined ? ctx.world.resolve(x.shape) : replaceAxis(ctx.world, x.shape, axis, [left]), x.dtype);
  },
  kernel: (k) => {
    withoutOut(k);
    const dim = k.int('dim');
    const parts = [k.optionalArray('prepend'), k.array('input'), k.optionalArray('append')].filter((p) => p !== undefined);
    let x = parts.length === 1 ? (parts[0] as NdArray) : cat(parts, dim);
    for (let i = 0; i < k.int('n'); i++) {
      const length = x.shape.at(dim) as number;
      if (length === 0) break;
      const [head, tail] = [narrow(x, dim, 0, length - 1), narrow(x, dim, 1, length - 1)];
      x = x.dtype === 'bool' ? compare('logical_xor', tail, head) : binary('sub', tail, head);
    }
    return x;
  },
  samples: ['torch.diff(torch.rand(2, 3))', 'torch.diff(torch.rand(2, 3), n=2, dim=1)'],
  errors: [['torch.diff(torch.rand(2, 3), append=torch.zeros(3, 2))', 'shape-mismatch']],
  doc: 'torch.diff',
};

export const SEARCHING: readonly Operation[] = [UNIQUE, UNIQUE_CONSECUTIVE, SEARCHSORTED, BUCKETIZE, BINCOUNT, HISTC, ISIN, DIFF];
