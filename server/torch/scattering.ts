/**
 * Elements written where index tensors point: scatter and its reductions, index_add, index_copy, index_fill, index_put.
 * Each has a form that makes a new tensor and one that writes in place.
 * Source of the order of checks: PyTorch 2.13, ATen/native/TensorAdvancedIndexing.cpp, ScatterGatherChecks.h.
 */
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import type { ScatterReduce } from '../kernels/gather.ts';
import { indexAdd, indexWrite, scatterAdd, scatter as scatterArray, scatterReduce } from '../kernels/gather.ts';
import { indexPut as indexPutArrays } from '../kernels/indexing.ts';
import { inPlace } from '../kernels/inplace.ts';
import { clone } from '../kernels/views.ts';
import type { Shape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { arrayOf } from './arguments.ts';
import { checkAssigned } from './assignment.ts';
import { axisOf } from './axis.ts';
import { positionOf } from './axis-lists.ts';
import type { Context } from './context.ts';
import { requireWritable } from './elementwise.ts';
import type { Operation } from './entry.ts';
import { selfOut, tensorOut } from './entry.ts';
import { lengthOf } from './gathering.ts';
import { isEmpty, outgrown, requireIndexType, requireInside, requireSameRank } from './index-checks.ts';
import { chosen, plan } from './indexing.ts';
import type { Subscript } from './subscript.ts';

const one = constant(1);

interface Writer {
  readonly name: string;
  /** Parameters after the tensor; several overloads are several. */
  readonly params: readonly string[];
  readonly shape: string;
  readonly check: (ctx: Context, a: Arguments, x: TensorArg) => void;
  readonly compute: (k: KernelArguments, x: NdArray) => NdArray;
  readonly samples: readonly string[];
  readonly errors: readonly (readonly [args: string, code: string])[];
}

/** Both forms of a writer, with samples `x.name(args)`. */
const forms = (w: Writer): readonly Operation[] => {
  const own = (name: string, plain: boolean): Operation => {
    const lists = w.params.map(
      (p) => `${name}(${plain ? 'Tensor input, ' : ''}${p}${plain ? `${p.includes('*') ? '' : ', *'}, Tensor out = None` : ''})`,
    );
    const methods = w.params.map((p) => `${name}(${p})`);
    return {
      names: plain ? [`torch.${name}`, `Tensor.${name}`] : [`Tensor.${name}`],
      signature: plain ? lists : methods,
      ...(plain ? { method: methods } : {}),
      shape: w.shape,
      rule: (ctx, a) => {
        const x = a.tensor(a.exists('input') ? 'input' : 'self');
        w.check(ctx, a, x);
        if (plain) return tensorOut(x.shape, x.dtype);
        requireWritable(ctx, x);
        return selfOut(x);
      },
      kernel: (k) => {
        if (!plain) return inPlace(k.array('self'), (old) => w.compute(k, old));
        const x = k.array(k.rule.exists('input') ? 'input' : 'self');
        const made = w.compute(k, x);
        return made === x ? clone(x) : made;
      },
      samples: w.samples.map((args) => `torch.zeros(3, 4).${name}(${args})`),
      errors: w.errors.map(([args, code]) => [`torch.zeros(3, 4).${name}(${args})`, code] as const),
      doc: `torch.Tensor.${w.name}_`,
    };
  };
  return [own(w.name, true), own(`${w.name}_`, false)];
};

// ---------------------------------------------------------------- scatter

function checkScatter(ctx: Context, a: Arguments, x: TensorArg, src: TensorArg | undefined): void {
  const index = a.tensor('index');
  const axis = axisOf(ctx, x, a.int('dim'));
  const empty = isEmpty(ctx, index);
  if (!empty) requireIndexType(ctx, index, ['int64', 'int32'], 'scatter(): Expected dtype int32/int64 for index');
  if (src !== undefined) requireOneType(ctx, x, src, 'scatter(): Expected self.dtype to be equal to src.dtype');
  if (empty) return;
  requireSameRank(ctx, x, index, 'Index tensor must have the same number of dimensions as self tensor');
  const at = positionOf(x.shape, axis);
  const [own, wanted, source] = [x, index, src].map((t) => (t?.dims?.length === 0 ? [one] : t?.dims));
  if (at === undefined || own === undefined || wanted === undefined) return;
  const over = outgrown(ctx, wanted, own, at);
  if (source !== undefined && source.length !== wanted.length)
    checkSourceRank(ctx, wanted, src?.rank === 0 ? [] : source, over !== undefined);
  const wrong = over ?? (source === undefined ? undefined : outgrown(ctx, wanted, source, undefined));
  if (wrong !== undefined) {
    const tail = src === undefined ? '' : ctx.text` and to be no larger size than src ${src.shape}`;
    ctx.fail({
      code: 'shape-mismatch',
      message: `${ctx.name}: the index is ${ctx.spell(index.shape)}, the tensor ${ctx.spell(x.shape)}${src === undefined ? '' : `, the source ${ctx.spell(src.shape)}`}`,
      text:
        tail === undefined
          ? undefined
          : ctx.text`Expected index ${index.shape} to be no larger than self ${x.shape} apart from dimension ${at}${tail}`,
      origins: [wanted[wrong]?.origin, own[wrong]?.origin],
    });
  }
  requireInside(ctx, index, own[at] ?? one, at);
}

/** A source with fewer dimensions fails when its size is asked for, any other one by its rank; one with none is of size 1 wherever it is asked. */
function checkSourceRank(ctx: Context, wanted: readonly Dim[], source: readonly Dim[], over: boolean): never {
  const room = source.length;
  const asked = !over && room > 0 && room < wanted.length && outgrown(ctx, wanted, source, undefined) === undefined;
  if (!asked) {
    return ctx.fail({
      code: 'rank-mismatch',
      message: `${ctx.name}: the source has ${room} dimensions, the index ${wanted.length}`,
      text: 'Index tensor must have the same number of dimensions as src tensor',
    });
  }
  return ctx.fail({
    code: 'dim-out-of-range',
    exception: 'IndexError',
    message: `${ctx.name}: the source has ${room} dimensions, the index ${wanted.length}`,
    text: `Dimension out of range (expected to be in range of [${-room}, ${room - 1}], but got ${room})`,
  });
}

function requireOneType(ctx: Context, x: TensorArg, src: TensorArg, text: string): void {
  if (x.dtype === undefined || src.dtype === undefined || x.dtype === src.dtype) return;
  ctx.fail({
    code: 'dtype-mismatch',
    message: `${ctx.name}: the tensor is ${x.dtype}, \`${src.name}\` is ${src.dtype}`,
    text,
    origins: [x.origin, src.origin],
  });
}

function requireReduce(ctx: Context, a: Arguments, allowed: readonly string[], text: (given: string) => string): void {
  const given = a.exists('reduce') ? a.string('reduce') : undefined;
  if (given === undefined || allowed.includes(given)) return;
  ctx.fail({ code: 'invalid-argument', message: `${ctx.name}: there is no reduction '${given}'`, text: text(given) });
}

const scatter: Writer = {
  name: 'scatter',
  params: [
    'int dim, Tensor index, Tensor src',
    'int dim, Tensor index, Tensor src, *, str reduce',
    'int dim, Tensor index, Number value',
    'int dim, Tensor index, Number value, *, str reduce',
  ],
  shape: '(*), (*index), (*src) -> (*)',
  check: (ctx, a, x) => {
    checkScatter(ctx, a, x, a.exists('src') ? a.tensor('src') : undefined);
    requireReduce(ctx, a, ['add', 'multiply'], () => 'reduce argument must be either add or multiply.');
  },
  compute: (k, x) => {
    const source = k.rule.exists('src') ? k.array('src') : k.number('value');
    const kind = k.rule.exists('reduce') && !k.isNone('reduce') ? (k.string('reduce') as ScatterReduce) : undefined;
    return kind === undefined
      ? scatterArray(x, k.int('dim'), k.array('index'), source)
      : scatterReduce(x, k.int('dim'), k.array('index'), source, kind);
  },
  samples: [
    '1, torch.tensor([[0], [2], [1]]), torch.ones(3, 1)',
    '0, torch.tensor([[0, 1]]), 5.0',
    '1, torch.tensor([[0, 0]]), torch.ones(1, 2), reduce="add"',
  ],
  errors: [
    ['1, torch.zeros(4, 1, dtype=torch.int64), 1.0', 'shape-mismatch'],
    ['1, torch.tensor([[4]]), 1.0', 'index-out-of-range'],
    ['1, torch.tensor([0]), 1.0', 'rank-mismatch'],
    ['1, torch.ones(1, 1), 1.0', 'index-dtype'],
  ],
};

const scatterAddWriter: Writer = {
  name: 'scatter_add',
  params: ['int dim, Tensor index, Tensor src'],
  shape: '(*), (*index), (*src) -> (*)',
  check: (ctx, a, x) => checkScatter(ctx, a, x, a.tensor('src')),
  compute: (k, x) => scatterAdd(x, k.int('dim'), k.array('index'), k.array('src')),
  samples: ['1, torch.tensor([[0, 0], [2, 1], [1, 1]]), torch.ones(3, 2)'],
  errors: [
    ['1, torch.zeros(4, 1, dtype=torch.int64), torch.ones(4, 1)', 'shape-mismatch'],
    ['1, torch.tensor([[0]]), torch.tensor([[1]])', 'dtype-mismatch'],
  ],
};

const REDUCTIONS = ['sum', 'prod', 'mean', 'amax', 'amin'];

const scatterReduceWriter: Writer = {
  name: 'scatter_reduce',
  params: ['int dim, Tensor index, Tensor src, str reduce, *, bool include_self = True'],
  shape: '(*), (*index), (*src) -> (*)',
  check: (ctx, a, x) => {
    checkScatter(ctx, a, x, a.tensor('src'));
    requireReduce(ctx, a, REDUCTIONS, (given) => `reduce argument must be either sum, prod, mean, amax or amin, got ${given}`);
  },
  compute: (k, x) =>
    scatterReduce(x, k.int('dim'), k.array('index'), k.array('src'), k.string('reduce') as ScatterReduce, k.bool('include_self')),
  samples: [
    '1, torch.tensor([[0, 0]]), torch.ones(1, 2), "sum"',
    '1, torch.tensor([[0, 0]]), torch.ones(1, 2), reduce="amax", include_self=False',
  ],
  errors: [['1, torch.tensor([[0]]), torch.ones(1, 1), "add"', 'invalid-argument']],
};

// ---------------------------------------------------------------- index_add, index_copy, index_fill

function requireVector(ctx: Context, index: TensorArg, exception: string, text: (rank: number) => string | undefined): void {
  ctx.requireRank(index.shape, [0, 1], (rank) => ({
    code: 'rank-mismatch',
    exception,
    message: `${ctx.name}: the index has ${rank} dimensions`,
    text: text(rank),
    origins: [index.origin],
  }));
}

function checkAdded(ctx: Context, a: Arguments, x: TensorArg): void {
  const axis = axisOf(ctx, x, a.int('dim'));
  const index = a.tensor('index');
  const source = a.tensor('source');
  const type = index.dtype === undefined ? undefined : scalarTypeName(index.dtype);
  requireVector(ctx, index, 'IndexError', (rank) =>
    type === undefined
      ? undefined
      : ctx.text`index_add_(): Index is supposed to be a vector, but got dim: ${rank} with type: ${type} and size: ${index.shape}`,
  );
  requireIndexType(ctx, index, ['int64', 'int32'], `index_add_(): Expected dtype int32/int64 for index but got: ${type}`);
  if (x.dtype !== undefined && source.dtype !== undefined) {
    const text = `index_add_(): self (${scalarTypeName(x.dtype)}) and source (${scalarTypeName(source.dtype)}) must have the same scalar type`;
    requireOneType(ctx, x, source, text);
  }
  const at = positionOf(x.shape, axis);
  const [own, given] = [x.dims, source.dims];
  if (at === undefined || own === undefined || given === undefined) return;
  if (at !== 0 && at >= given.length) {
    ctx.fail({
      code: 'rank-mismatch',
      message: `index_add: the source has ${given.length} dimensions`,
      text: `index_add_(): Indexing dim ${at} is out of bounds of the source tensor with dim ${given.length}`,
    });
  }
  const count = lengthOf(index);
  const size = given[at] ?? one;
  ctx.require(eq(count, size), () => ({
    code: 'shape-mismatch',
    message: `index_add: ${ctx.spell(count)} indices for a source of ${ctx.spell(size)} at dimension ${at}`,
    text: ctx.text`index_add_(): Number of indices (${count}) should be equal to source.size(dim): (${size}), for dim: ${at}`,
    origins: [count.origin, size.origin],
  }));
  const differs = own.length !== given.length || own.some((d, i) => i !== at && ctx.facts.decide(eq(d, given[i] as Dim)) === 'no');
  if (differs && own.length > 0) {
    ctx.fail({
      code: 'shape-mismatch',
      message: `index_add: the source is ${ctx.spell(source.shape)}, the tensor ${ctx.spell(x.shape)}`,
      text: ctx.text`source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = ${x.shape} source.shape = ${source.shape}`,
      origins: [source.origin, x.origin],
    });
  }
  if (!isEmpty(ctx, x)) requireInside(ctx, index, own[at] ?? one, at);
}

const indexAddWriter: Writer = {
  name: 'index_add',
  params: ['int dim, Tensor index, Tensor source, *, Number alpha = 1'],
  shape: '(*, n, *), (m), (*, m, *) -> (*, n, *)',
  check: checkAdded,
  compute: (k, x) => indexAdd(x, k.int('dim'), k.array('index'), k.array('source'), k.number('alpha')),
  samples: ['0, torch.tensor([0, 2, 0]), torch.ones(3, 4)', '1, torch.tensor([3]), torch.ones(3, 1), alpha=2'],
  errors: [
    ['0, torch.tensor([0]), torch.ones(2, 4)', 'shape-mismatch'],
    ['0, torch.tensor([3]), torch.ones(1, 4)', 'index-out-of-range'],
  ],
};

function checkCopied(ctx: Context, a: Arguments, x: TensorArg): void {
  const axis = axisOf(ctx, x, a.int('dim'));
  const index = a.tensor('index');
  const source = a.tensor('source');
  requireVector(ctx, index, 'IndexError', (rank) => `index_copy_(): Index should have dimension 1 or 0 (got ${rank})`);
  const at = positionOf(x.shape, axis);
  const [own, given] = [x.dims, source.dims];
  const fail = (exception: string, message: string, text: string | undefined): never =>
    ctx.fail({ code: 'shape-mismatch', exception, message: `index_copy: ${message}`, text, origins: [source.origin, x.origin] });
  if (own !== undefined && given !== undefined && own.length > 0 && given.length > 0 && own.length !== given.length) {
    const text = `index_copy_(): When source and destination are not scalars, their dimensionality must match. Source dimensionality (${given.length}), destination dimensionality (${own.length})`;
    fail('IndexError', `the source has ${given.length} dimensions, the tensor ${own.length}`, text);
  }
  if (index.dtype !== undefined)
    requireIndexType(ctx, index, ['int64'], `index_copy_(): Expected a long tensor for index, but got ${scalarTypeName(index.dtype)}`);
  if (x.dtype !== undefined && source.dtype !== undefined) {
    const text = `index_copy_(): self and source expected to have the same dtype, but got (self) ${scalarTypeName(x.dtype)} and (source) ${scalarTypeName(source.dtype)}`;
    requireOneType(ctx, x, source, text);
  }
  if (at === undefined || own === undefined || given === undefined || own.length === 0 || given.length === 0) return;
  const differs = own.some((d, i) => i !== at && ctx.facts.decide(eq(d, given[i] as Dim)) === 'no');
  if (differs) {
    const slice = (dims: readonly Dim[]): string | undefined =>
      ctx
        .list(dims.filter((_, i) => i !== at))
        ?.slice(1, -1)
        .replaceAll(',', '');
    const [mine, theirs] = [slice(own), slice(given)];
    fail(
      'RuntimeError',
      `the source is ${ctx.spell(source.shape)}, the tensor ${ctx.spell(x.shape)}`,
      mine === undefined || theirs === undefined
        ? undefined
        : `index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: ${mine} at dimension ${at} and source slice shape: ${theirs} at dimension 0.`,
    );
  }
  const count = lengthOf(index);
  const size = given[at] as Dim;
  if (ctx.facts.decide(eq(count, size)) === 'no') {
    fail(
      'IndexError',
      `${ctx.spell(count)} indices for a source of ${ctx.spell(size)}`,
      ctx.text`index_copy_(): Number of indices (${count}) should be equal to source.size(dim) (${size})`,
    );
  }
  if (isEmpty(ctx, x)) return;
  requireInside(ctx, index, own[at], at, {
    exception: 'IndexError',
    text: (wrong) => `index_copy_(): index ${wrong} is out of bounds for dimension ${at} with size ${ctx.known(own[at])}`,
  });
}

const indexCopyWriter: Writer = {
  name: 'index_copy',
  params: ['int dim, Tensor index, Tensor source'],
  shape: '(*, n, *), (m), (*, m, *) -> (*, n, *)',
  check: checkCopied,
  compute: (k, x) => indexWrite(x, k.int('dim'), k.array('index'), k.array('source')),
  samples: ['0, torch.tensor([0, 2]), torch.ones(2, 4)'],
  errors: [
    ['0, torch.tensor([0, 2]), torch.ones(3, 4)', 'shape-mismatch'],
    ['0, torch.tensor([3]), torch.ones(1, 4)', 'index-out-of-range'],
  ],
};

const indexFillWriter: Writer = {
  name: 'index_fill',
  params: ['int dim, Tensor index, Tensor value', 'int dim, Tensor index, Number value'],
  shape: '(*, n, *), (m) -> (*, n, *)',
  check: (ctx, a, x) => {
    if (a.overload === 0) requireScalar(ctx, a.tensor('value'), 'index_fill_');
    const axis = axisOf(ctx, x, a.int('dim'));
    const index = a.tensor('index');
    requireIndexType(ctx, index, ['int64'], 'index_fill_(): Expected dtype int64 for index.', 'IndexError');
    requireVector(ctx, index, 'RuntimeError', () => 'Index has to be a vector/scalar');
    const at = positionOf(x.shape, axis);
    if (at !== undefined && !isEmpty(ctx, x))
      requireInside(ctx, index, x.dims?.[at] ?? one, at, { negative: true, exception: 'IndexError' });
  },
  compute: (k, x) => indexWrite(x, k.int('dim'), k.array('index'), k.number('value')),
  samples: ['0, torch.tensor([0, 2]), 1.5', '1, torch.tensor([-1]), torch.tensor(2.0)'],
  errors: [
    ['0, torch.tensor([3]), 1.0', 'index-out-of-range'],
    ['0, torch.ones(1), 1.0', 'index-dtype'],
  ],
};

/** A tensor that stands for one number. */
export function requireScalar(ctx: Context, value: TensorArg, name: string): void {
  ctx.requireRank(value.shape, [0], (rank) => ({
    code: 'rank-mismatch',
    message: `${name}: the value has ${rank} dimensions`,
    text: `${name} only supports a 0-dimensional value tensor, but got tensor with ${rank} dimension(s).`,
    origins: [value.origin],
  }));
}

const indexPut: Writer = {
  name: 'index_put',
  params: ['tuple of Tensors indices, Tensor values, bool accumulate = False'],
  shape: '(*), (*index)…, (*values) -> (*)',
  check: (ctx, a, x) => {
    const values = a.tensor('values');
    const given = ctx.interp.content(a.value('indices'));
    if (given === undefined || given.rest !== undefined) return;
    const items = given.items.map((item): Subscript => {
      const value = ctx.interp.resolve(item);
      if (value.kind === 'none') return { kind: 'slice', start: undefined, stop: undefined, step: one, known: true };
      return { kind: 'tensor', tensor: ctx.tensorOf(value, 'indices') };
    });
    const made = plan(ctx, x, { items, alone: false });
    if (made === undefined || !made.advanced) return;
    const target: Shape = chosen(ctx, made, x);
    if (x.dtype !== undefined && values.dtype !== undefined) {
      const text = `Index put requires the source and destination dtypes match, got ${scalarTypeName(x.dtype)} for the destination and ${scalarTypeName(values.dtype)} for the source.`;
      requireOneType(ctx, x, values, text);
    }
    checkAssigned(ctx, x, target, values, true);
  },
  compute: (k, x) => {
    const { interp } = k.rule.ctx;
    const items = interp.content(k.value('indices'))?.items ?? [];
    const arrays = items.map((item) => (interp.resolve(item).kind === 'none' ? undefined : arrayOf(interp.resolve(item))));
    return indexPutArrays(x, arrays, k.array('values'), k.bool('accumulate'));
  },
  samples: [
    '(torch.tensor([0, 2]), torch.tensor([1, 1])), torch.tensor([5.0, 6.0])',
    '(torch.tensor([0, 0]),), torch.ones(4), accumulate=True',
  ],
  errors: [
    ['(torch.tensor([0]), torch.tensor([1])), torch.ones(2)', 'expand-size-mismatch'],
    ['(torch.tensor([3]),), torch.ones(4)', 'index-out-of-range'],
  ],
};

export const SCATTERING: readonly Operation[] = [
  scatter,
  scatterAddWriter,
  scatterReduceWriter,
  indexAddWriter,
  indexCopyWriter,
  indexFillWriter,
  indexPut,
].flatMap(forms);
