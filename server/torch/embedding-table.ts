/**
 * What embeddings and embedding bags share: the table's constructor, padding indices, index dtypes and index ranges.
 */
import { eq, ge, gt, lt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, neg } from '../dims/dim.ts';
import { zeros } from '../kernels/array.ts';
import type { DType } from '../kernels/dtype.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import { initNormal } from '../kernels/initialisation.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { ClassValue, NativeCall, Value } from '../python/values.ts';
import { dimsOf, numelOf } from '../shapes/shape.ts';
import type { TensorArg } from './arguments.ts';
import { Arguments } from './arguments.ts';
import { bindPython } from './binding.ts';
import { Context } from './context.ts';
import { legacyTypeName } from './dtype-names.ts';
import type { ModuleScope } from './module-context.ts';
import { passOn } from './native-argument.ts';
import { parseSignature } from './signature.ts';
import { emptySizes } from './sizes.ts';
import { payloadOf } from './tensor.ts';

const ZERO = constant(0);

/** `Padding_idx must be within num_embeddings`; the bag writes it in lower case. */
export function requirePadding(ctx: Context, value: Value, rows: () => Dim | undefined, capital: boolean): void {
  if (value.kind === 'none' || value.kind === 'unknown' || value.kind === 'choice') return;
  // What was multiplied by a tensor may be a number.
  if (payloadOf(value) !== undefined && payloadOf(value)?.dtype === undefined) return;
  if (value.kind !== 'int' && value.kind !== 'bool' && value.kind !== 'float') {
    const type = ctx.interp.typeName(value);
    ctx.fail({
      code: 'call-arguments',
      exception: 'TypeError',
      text: `'>' not supported between instances of '${type}' and 'int'`,
      message: `${ctx.name}: \`padding_idx\` is ${type}`,
    });
  }
  const number = value.kind === 'float' ? value.value : undefined;
  if (value.kind === 'float' && (number === undefined || number === 0)) return;
  const index = number === undefined ? ctx.dimOf(value, 'padding_idx') : constant(number > 0 ? Math.floor(number) : Math.ceil(number));
  const positive = ctx.facts.decide(gt(index, ZERO));
  const negative = ctx.facts.decide(lt(index, ZERO));
  if (positive !== 'yes' && negative !== 'yes') return;
  const count = rows();
  if (count === undefined) return;
  ctx.require(positive === 'yes' ? lt(index, count) : ge(index, neg(count)), () => ({
    code: 'embedding-padding-index',
    exception: 'AssertionError',
    message: `${ctx.name}: \`padding_idx\` is ${ctx.spell(index)}, the table has ${ctx.spell(count)} rows`,
    text: `${capital ? 'P' : 'p'}adding_idx must be within num_embeddings`,
    origins: [index.origin, count.origin],
  }));
}

/** Attributes and weight of nn.Embedding and nn.EmbeddingBag. */
export function constructTable(m: ModuleScope, a: Arguments, capital: boolean): void {
  const [rows, width] = [m.named(a.value('num_embeddings'), 'num_embeddings'), m.named(a.value('embedding_dim'), 'embedding_dim')];
  const padding = a.value('padding_idx');
  requirePadding(m, padding, () => m.interp.asDim(rows, true), capital);
  m.set('padding_idx', wrapped(m, padding, rows));
  for (const name of ['max_norm', 'norm_type', 'scale_grad_by_freq', 'sparse']) m.set(name, a.value(name));
  const given = a.value('_weight');
  m.set('num_embeddings', rows);
  m.set('embedding_dim', width);
  if (given.kind !== 'none') {
    useWeight(m, given, rows, width, a.exists('_freeze') ? a.bool('_freeze') === true : false);
    return;
  }
  const dims = emptySizes(m, [rows, width]) as [Dim, Dim];
  const index = m.interp.asNumber(m.attr('padding_idx'));
  m.parameter('weight', dims, m.dtypeArgument(a.value('dtype')), (shape, dtype) => {
    const weight = initNormal(zeros(shape, dtype), m.state.generator);
    if (index !== undefined && index >= 0 && index < (shape[0] as number)) {
      const step = weight.storage.data.length / (shape[0] as number);
      weight.storage.data.fill(0, index * step, (index + 1) * step);
    }
    return weight;
  });
  requireFillable(m, padding, dims[0]);
}

/** `weight[padding_idx]` is zeroed when the table is made. */
function requireFillable(m: ModuleScope, padding: Value, rows: Dim): void {
  if (padding.kind === 'float') {
    m.fail({
      code: 'embedding-padding-index',
      exception: 'IndexError',
      message: `${m.name}: \`padding_idx\` is a float`,
      text: 'only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got float)',
    });
  }
  if (padding.kind !== 'int' || m.known(rows) !== 0 || m.known(padding.dim) !== 0) return;
  m.fail({
    code: 'embedding-padding-index',
    exception: 'IndexError',
    message: `${m.name}: the table is empty`,
    text: 'index 0 is out of bounds for dimension 0 with size 0',
  });
}

/** A negative padding index counts from the end. */
function wrapped(m: ModuleScope, padding: Value, rows: Value): Value {
  if (padding.kind !== 'int' || m.facts.decide(lt(padding.dim, ZERO)) !== 'yes') return padding;
  const count = m.interp.asDim(rows, true);
  return count === undefined ? padding : m.interp.int(add(count, padding.dim));
}

/** What equals no size. */
const NO_SIZE: ReadonlySet<Value['kind']> = new Set(['none', 'str', 'list', 'tuple', 'dict']);

function useWeight(m: ModuleScope, given: Value, rows: Value, width: Value, freeze: boolean): void {
  const weight = m.tensorOf(given, '_weight', (v) => {
    throw m.noAttribute(v, 'shape');
  });
  const dims = dimsOf(weight.shape);
  const wanted = [m.dimOf(rows, 'num_embeddings'), m.dimOf(width, 'embedding_dim')];
  const mismatch = () => ({
    code: 'embedding-weight',
    exception: 'AssertionError',
    message: `${m.name}: the weight is ${m.spell(weight.shape)}, expected ${m.spell(wanted)}`,
    text: 'Shape of weight does not match num_embeddings and embedding_dim',
    origins: [weight.origin],
  });
  const sizes = [m.interp.resolve(rows), m.interp.resolve(width)];
  if ((dims !== undefined && dims.length !== 2) || sizes.some((v) => NO_SIZE.has(v.kind))) m.fail(mismatch());
  for (const [i, d] of (dims ?? []).entries()) m.require(eq(d, wanted[i] as Dim), mismatch);
  if (!freeze && weight.dtype !== undefined && !/^(float|bfloat|complex)/.test(weight.dtype)) {
    m.fail({
      code: 'dtype-mismatch',
      message: `${m.name}: a weight of dtype ${weight.dtype} cannot require gradients`,
      text: 'Only Tensors of floating point and complex dtype can require gradients',
    });
  }
  const array = weight.values?.alias();
  if (array !== undefined && m.interp.mode === 'run') array.requiresGrad = !freeze;
  const value = m.interp.object(m.state.classes.parameter, weight.payload.with({ requiresGrad: !freeze, values: array, role: undefined }));
  m.adoptParameter('weight', value);
}

/** `Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; …` */
export function requireIndexDtype(ctx: Context, dtype: DType | undefined, x: TensorArg, where: string, position = 1): void {
  if (dtype === undefined || dtype === 'int64' || dtype === 'int32') return;
  ctx.fail({
    code: 'index-dtype',
    message: `${ctx.name}: the indices are ${dtype}, expected int64 or int32`,
    text: `Expected tensor for argument #${position} 'indices' to have one of the following scalar types: Long, Int; but got ${legacyTypeName(dtype)} instead (while checking arguments for ${where})`,
    origins: [x.origin],
  });
}

/** The first index outside of a table, where the numbers are known. */
export function badIndex(x: TensorArg, rows: number, wraps = false): { readonly at: number; readonly index: number } | undefined {
  const flat = x.values?.toFlat();
  const at = flat?.findIndex((i) => i >= rows || i < (wraps ? -rows : 0)) ?? -1;
  return at < 0 ? undefined : { at, index: (flat as number[])[at] as number };
}

/** max_norm: rows that occur are scaled in place, which looks at the weight and the indices first. */
export function requireRenorm(ctx: Context, a: Arguments, x: TensorArg, w: TensorArg): void {
  const maxNorm = a.value('max_norm');
  if (maxNorm.kind === 'none' || maxNorm.kind === 'unknown' || maxNorm.kind === 'choice') return;
  passOn(ctx, a, 'embedding_renorm_(Tensor input, Tensor indices, float max_norm, float norm_type)', {
    input: w.object,
    indices: x.object,
  });
  const rank = w.rank;
  if (rank !== undefined && rank !== 2) {
    ctx.fail({
      code: 'embedding-weight',
      message: `${ctx.name}: the weight is ${ctx.spell(w.shape)}, not 2-D`,
      text: `Expected 2-dimensional tensor, but got ${rank}-dimensional tensor for argument #1 'self' (while checking arguments for embedding_renorm_)`,
      origins: [w.origin],
    });
  }
  requireIndexDtype(ctx, x.dtype, x, 'embedding_renorm_', 2);
  const dims = w.dims;
  const rows = ctx.known(dims?.[0]);
  const bad = rows === undefined ? undefined : badIndex(x, rows, true);
  if (bad !== undefined && dims !== undefined) {
    ctx.fail({
      code: 'embedding-index',
      exception: 'IndexError',
      message: `${ctx.name}: index ${bad.index} is not in the table of ${rows} rows`,
      text: ctx.text`select(): index ${bad.index} out of range for tensor of size ${w.shape} at dimension 0`,
      origins: [x.origin, w.origin],
    });
  }
  if (
    w.dtype !== undefined &&
    !/^(float|bfloat|complex)/.test(w.dtype) &&
    numelOf(x.shape) !== undefined &&
    ctx.known(numelOf(x.shape)) !== 0
  ) {
    ctx.fail({
      code: 'dtype-mismatch',
      message: `${ctx.name}: \`max_norm\` needs a floating weight`,
      text: `norm(): input dtype should be either floating point or complex. Got ${scalarTypeName(w.dtype)} instead.`,
    });
  }
}

/** `num, dim, padding_idx=1, max_norm=1.0, …`: what differs from the defaults. `mode` stands first in a bag. */
export function describeTable(m: ModuleScope, mode?: string): string {
  const { interp } = m;
  const repr = (name: string): string => interp.repr(m.attr(name)) ?? '?';
  const shown = [repr('num_embeddings'), repr('embedding_dim')];
  const add = (name: string, usual: string): void => {
    const text = repr(name);
    if (text !== usual) shown.push(`${name}=${text}`);
  };
  if (mode === undefined) add('padding_idx', 'None');
  add('max_norm', 'None');
  add('norm_type', '2.0');
  add('scale_grad_by_freq', 'False');
  add('sparse', 'False');
  if (mode !== undefined) {
    shown.push(`mode=${mode}`);
    add('padding_idx', 'None');
  }
  return shown.join(', ');
}

/** The class method `from_pretrained`, for both kinds of table. */
export function fromPretrained(
  name: string,
  signature: string,
  rest: readonly string[],
): (interp: Interpreter, cls: () => ClassValue) => Readonly<Record<string, Value>> {
  return (interp) => ({
    from_pretrained: {
      kind: 'classmethod',
      func: interp.native('from_pretrained', (call: NativeCall) => {
        const ctx = new Context(interp, name, call.node);
        const args = new Arguments(ctx, bindPython(interp, parseSignature(signature), call.args, call.kwargs));
        const weight = args.tensor('embeddings');
        ctx.requireRank(weight.shape, [2], () => ({
          code: 'embedding-weight',
          exception: 'AssertionError',
          message: `${name}: the weight is ${ctx.spell(weight.shape)}, not 2-D`,
          text: 'Embeddings parameter is expected to be 2-dimensional',
          origins: [weight.origin],
        }));
        const [rows, width] = [weight.size(0) as Dim, weight.size(1) as Dim];
        const kwargs = new Map<string, Value>([
          ['num_embeddings', interp.int(rows)],
          ['embedding_dim', interp.int(width)],
          ['_weight', weight.object],
          ...rest.map((key) => [key, args.value(key)] as const),
        ]);
        const made = interp.call(
          args.value('cls'),
          [],
          name === 'Embedding' ? new Map([...kwargs, ['_freeze', args.value('freeze')]]) : kwargs,
          call.node,
        );
        if (name !== 'Embedding')
          interp.call(interp.getAttr(interp.getAttr(made, 'weight'), 'requires_grad_'), [interp.bool(args.bool('freeze') === false)]);
        return made;
      }),
    },
  });
}
