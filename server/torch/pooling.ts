/**
 * Pooling as functions: maximum, average and power over windows, and over as many windows as asked for (adaptive).
 * The checks of windows stand in `pool-window.ts`, the layers in `pool-modules.ts`.
 */
import { ge } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { adaptiveAvgPool, adaptiveMaxPool, avgPool, lpPool, maxPool } from '../kernels/pool.ts';
import type { Value } from '../python/values.ts';
import { greatestRank } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import { sizesOf } from './module-options.ts';
import type { PoolCall } from './pool-window.ts';
import { pooledSizes } from './pool-window.ts';
import { attributeOf, refuseKernel, refuseMean } from './reduction.ts';
import { replaceLast, requireInts } from './spatial.ts';
import { sequenceContent } from './types.ts';

const zero = constant(0);
const one = constant(1);
type Space = 1 | 2 | 3;

// ---------------------------------------------------------------- windows

function poolCall(ctx: Context, a: Arguments, kind: 'max' | 'avg', n: Space, plain: boolean): PoolCall {
  const indices = kind === 'max' && a.bool('return_indices') === true;
  const call = `${kind}_pool${n}d${indices ? '_with_indices' : ''}`;
  const x = a.tensor('input', ctx.notTensor(call, 'input', 1));
  const options = ['kernel_size', 'stride', 'padding', 'dilation'] as const;
  const list = (name: (typeof options)[number]): readonly Dim[] | undefined => {
    if (!a.exists(name)) return [name === 'padding' ? zero : one];
    const value = a.value(name);
    if (name === 'stride' && value.kind === 'none') return [];
    requireInts(ctx, call, value, name, options.indexOf(name) + 2);
    return sizesOf(ctx, value, n, name) ?? (value.kind === 'unknown' ? unknownOption(ctx, value, n) : undefined);
  };
  const [kernel_size, stride, padding, dilation] = options.map(list);
  return { ctx, kind, n, plain, x, options: { kernel_size, stride, padding, dilation }, ceil: a.bool('ceil_mode') };
}

/** An unknown option is taken for one number. */
function unknownOption(ctx: Context, value: Value, n: number): readonly Dim[] | undefined {
  const dim = ctx.interp.asDim(value, true);
  return dim === undefined ? undefined : Array.from({ length: n }, () => dim);
}

function pool(c: PoolCall): Out {
  const { ctx, n, x } = c;
  const sizes = pooledSizes(c) ?? Array.from({ length: n }, () => ctx.world.freshSize());
  const shape = replaceLast(ctx, x, n, sizes);
  if (c.kind === 'avg')
    refuseKernel(
      ctx,
      n === 3 ? 'avg_pool3d_out_frame' : 'avg_pool2d',
      x.dtype,
      n === 3 ? /^(float32|float64|int64)/ : /^(float|bfloat|int64)/,
    );
  else if (c.plain && x.payload.requiresGrad !== true) refuseKernel(ctx, 'max_pool1d_impl', x.dtype);
  else refuseKernel(ctx, n === 3 ? 'max_pool3d' : 'max_pool2d', x.dtype, /^(float|bfloat|u?int)/);
  return tensorOut(shape, x.dtype, { layout: x.payload.layout === 'contiguous' ? 'contiguous' : 'unknown' });
}

function numbersOf(k: KernelArguments, n: number) {
  const list = (name: string): number[] => {
    if (!k.rule.exists(name)) return Array.from({ length: n }, () => 1);
    const values = k.ints(name);
    return values.length === 1 ? Array.from({ length: n }, () => values[0] as number) : values;
  };
  const kernel = list('kernel_size');
  const stride = k.isNone('stride') || k.ints('stride').length === 0 ? kernel : list('stride');
  const padding = k.rule.exists('padding') ? list('padding') : kernel.map(() => 0);
  return { kernel, stride, padding, dilation: list('dilation'), ceilMode: k.bool('ceil_mode') };
}

const SPACE = ', 7, 8, 6';
const input = (n: number): string => `torch.rand(2, 3${SPACE.slice(0, 3 * n)})`;

const maximum = (n: Space, always: boolean): Operation => {
  const name = `max_pool${n}d${always ? '_with_indices' : ''}`;
  return {
    names: always ? [`F.${name}`, ...(n === 1 ? ['torch.max_pool1d_with_indices'] : [])] : [`F.${name}`, `torch.${name}`],
    signature: `def ${always ? '' : '_'}${name}(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=${always ? 'True' : 'False'})`,
    shape: '(*, *space) -> (*, *space)',
    rule: (ctx, a) => {
      const indices = always || a.bool('return_indices') === true;
      const out = pool(poolCall(ctx, a, 'max', n, n === 1 && !indices));
      if (!indices || out.out !== 'tensor') return out;
      return tupleOut([out, tensorOut(out.shape, 'int64')]);
    },
    kernel: (k) => {
      const { values, indices } = maxPool(k.array('input'), numbersOf(k, n));
      return always || k.bool('return_indices') ? [values, indices] : values;
    },
    samples: [
      `F.${name}(${input(n)}, 2)`,
      `F.${name}(${input(n)}, 3, 2, 1, ceil_mode=True, return_indices=True)`,
      `F.${name}(${input(n)}, 2, 1, dilation=2)`,
    ],
    errors: [
      [`F.${name}(${input(n)}, 20)`, 'window-size'],
      [`F.${name}(${input(n)}, 2, padding=2)`, 'pool-argument'],
    ],
    doc: `nn.functional.max_pool${n}d`,
  };
};

const average = (n: Space): Operation => {
  const name = `avg_pool${n}d`;
  const ints = `tuple of ints[${n}]`;
  const divisor = n === 1 ? '' : ', int divisor_override = None';
  return {
    names: [`F.${name}`, ...(n === 1 ? ['torch.avg_pool1d'] : [])],
    signature: `${name}(Tensor input, ${ints} kernel_size, ${ints}? stride = (), ${ints} padding = 0, bool ceil_mode = False, bool count_include_pad = True${divisor})`,
    shape: '(*, *space) -> (*, *space)',
    rule: (ctx, a) => pool(poolCall(ctx, a, 'avg', n, false)),
    kernel: (k) => {
      const by = k.rule.exists('divisor_override') ? k.optionalInt('divisor_override') : undefined;
      return avgPool(k.array('input'), numbersOf(k, n), k.bool('count_include_pad'), by);
    },
    samples: [`F.${name}(${input(n)}, 2)`, `F.${name}(${input(n)}, 3, 2, 1, True, False)`],
    errors: [
      [`F.${name}(${input(n)}, 20)`, 'window-size'],
      [`F.${name}(${input(n)}, 2, 0)`, 'pool-argument'],
    ],
    doc: `nn.functional.${name}`,
  };
};

const power = (n: Space): Operation => {
  const name = `lp_pool${n}d`;
  return {
    names: [`F.${name}`],
    signature: `def ${name}(input, norm_type, kernel_size, stride=None, ceil_mode=False)`,
    shape: '(*, *space) -> (*, *space)',
    rule: (ctx, a) => pool(poolCall(ctx, a, 'avg', n, false)),
    kernel: (k) => {
      const p = k.number('norm_type');
      const options = numbersOf(k, n);
      return p === Number.POSITIVE_INFINITY ? maxPool(k.array('input'), options).values : lpPool(k.array('input'), p, options);
    },
    samples: [`F.${name}(${input(n)}, 2, 3)`, `F.${name}(${input(n)}, 2, 3, 1, True)`],
    errors: [[`F.${name}(${input(n)}, 2, 20)`, 'window-size']],
    doc: `nn.functional.${name}`,
  };
};

// ---------------------------------------------------------------- adaptive

interface Adaptive {
  readonly ctx: Context;
  readonly kind: 'max' | 'avg';
  readonly n: Space;
  readonly x: TensorArg;
}

const fail = (c: Adaptive, message: string, text: string | undefined, code = 'pool-argument', exception = 'RuntimeError'): never =>
  c.ctx.fail({ code, exception, message: `${c.ctx.name}: ${message}`, text, origins: [c.x.origin] });

/** The sizes asked for: one for all, or one each with None for the input's own. */
function outputSize(c: Adaptive, given: Value): readonly Dim[] | undefined {
  const { ctx, n, x } = c;
  const name = `adaptive_${c.kind}_pool${n}d`;
  if (n === 1) {
    requireInts(ctx, name, given, 'output_size', 2);
    return sizesOf(ctx, given, 1, 'output_size') ?? (given.kind === 'unknown' ? [ctx.dimOf(given, 'output_size')] : undefined);
  }
  if (given.kind === 'none' || given.kind === 'float' || given.kind === 'complex') {
    const type = ctx.interp.typeName(given);
    fail(c, `\`output_size\` is ${type}`, `object of type '${type}' has no len()`, 'call-arguments', 'TypeError');
  }
  const letters = given.kind === 'str' && given.value !== undefined ? [...given.value].map((c) => ctx.interp.str(c)) : undefined;
  const content = letters === undefined ? sequenceContent(given) : { items: letters, rest: undefined };
  if (content === undefined) {
    if (given.kind !== 'unknown') requireInts(ctx, name, given, 'output_size', 2);
    return Array.from({ length: n }, () => ctx.dimOf(given, 'output_size'));
  }
  if (content.rest !== undefined) return undefined;
  const count = content.items.length;
  if (greatestRank(x.shape) <= count) {
    fail(c, `the input is ${ctx.spell(x.shape)}`, `Input dimension should be at least ${count + 1}`, 'rank-mismatch', 'ValueError');
  }
  const items = content.items.map((item, i) => {
    const value = ctx.interp.resolve(item);
    return value.kind === 'none' ? ctx.interp.int(x.someSize(i - count)) : value;
  });
  requireInts(ctx, name, ctx.interp.tuple(items), 'output_size', 2);
  return items.map((v) => ctx.dimOf(v, 'output_size'));
}

function adaptiveRule(c: Adaptive, a: Arguments): Out {
  const { ctx, n, x } = c;
  const out = outputSize(c, a.value('output_size'));
  if (n === 1) requireLineRank(c, out);
  const result = (sizes: readonly Dim[]): Out => tensorOut(replaceLast(ctx, x, n, sizes), x.dtype);
  if (out === undefined) return result(Array.from({ length: n }, () => ctx.world.freshSize()));
  if (c.kind === 'max') {
    requireSpaceRank(c);
    requireFilled(c, n + 1);
    requireCount(c, out);
    for (const d of out) requireMaxSize(c, d, out);
    refuseKernel(ctx, n === 3 ? 'adaptive_max_pool3d_cpu' : 'adaptive_max_pool2d', x.dtype);
    return result(out);
  }
  requireCount(c, out);
  for (const d of out) {
    ctx.require(ge(d, zero), () => ({
      code: 'pool-argument',
      message: `${ctx.name}: \`output_size\` is ${ctx.spell(d)}`,
      text: negativeText(c, out),
      origins: [d.origin],
    }));
  }
  if (out.every((d) => ctx.known(d) === 1)) return meanOver(c, result);
  requireSpaceRank(c);
  requireFilled(c, n);
  if (n < 3 && out.some((d) => ctx.known(d) === 0)) return result(out);
  refuseKernel(ctx, n === 3 ? 'adaptive_avg_pool3d_cpu' : 'adaptive_avg_pool2d', x.dtype);
  return result(out);
}

/** One window over all is a mean, which takes any rank. */
function meanOver(c: Adaptive, result: (sizes: readonly Dim[]) => Out): Out {
  const { ctx, n, x } = c;
  if (greatestRank(x.shape) < n) {
    const rank = Math.max(1, x.rank ?? 1);
    fail(
      c,
      `the input is ${ctx.spell(x.shape)}`,
      x.rank === undefined || n - rank !== 1
        ? undefined
        : `Dimension out of range (expected to be in range of [${-rank}, ${rank - 1}], but got ${-n})`,
      'rank-mismatch',
      'IndexError',
    );
  }
  ctx.world.limitRank(x.shape, n, Number.POSITIVE_INFINITY);
  refuseMean(ctx, x.dtype, 'mean');
  return result(Array.from({ length: n }, () => one));
}

function negativeText(c: Adaptive, out: readonly Dim[]): string | undefined {
  const { ctx } = c;
  const all = (c.n === 1 ? [one, ...out] : out).map((d) => ctx.known(d));
  if (all.includes(undefined)) return undefined;
  const listed = c.n === 3 ? `${all[0]}, ${all[1]},${all[2]}` : all.join(', ');
  return `adaptive_avg_pool${c.n === 3 ? 3 : 2}d: elements of output_size must be greater than or equal to 0 but received {${listed}}`;
}

function requireMaxSize(c: Adaptive, d: Dim, out: readonly Dim[]): void {
  const { ctx, n, x } = c;
  ctx.require(ge(d, zero), () => {
    const front = x.dims?.slice(0, -n);
    return {
      code: 'pool-argument',
      message: `${ctx.name}: \`output_size\` is ${ctx.spell(d)}`,
      text:
        front === undefined
          ? undefined
          : ctx.text`Trying to create tensor with negative dimension ${d}: ${ctx.list([...front, ...(n === 1 ? [one] : []), ...out])}`,
      origins: [d.origin],
    };
  });
}

function requireLineRank(c: Adaptive, out: readonly Dim[] | undefined): void {
  const { ctx, x } = c;
  const name = `adaptive_${c.kind}_pool1d`;
  ctx.requireRank(x.shape, [2, 3], (rank) => ({
    code: 'rank-mismatch',
    message: `${ctx.name}: the input is ${ctx.spell(x.shape)}; 2-D or 3-D is needed`,
    text: `Expected 2 to 3 dimensions, but got ${rank}-dimensional tensor for argument #1 'self' (while checking arguments for ${name})`,
    origins: [x.origin],
  }));
  if (out !== undefined && out.length !== 1) {
    fail(c, `\`output_size\` has ${out.length} numbers`, `${name}() argument 'output_size' should contain one int (got ${out.length})`);
  }
}

function requireSpaceRank(c: Adaptive): void {
  const { ctx, n, x } = c;
  if (n === 1) return;
  ctx.requireRank(x.shape, [n + 1, n + 2], () => ({
    code: 'rank-mismatch',
    message: `${ctx.name}: the input is ${ctx.spell(x.shape)}; ${n + 1}-D or ${n + 2}-D is needed`,
    text: ctx.text`adaptive_${c.kind}_pool${n}d(): Expected ${n + 1}D or ${n + 2}D tensor, but got${c.kind === 'max' ? ':' : ''} ${x.shape}`,
    origins: [x.origin],
  }));
}

function requireCount(c: Adaptive, out: readonly Dim[]): void {
  if (c.n === 1 || out.length === c.n) return;
  const name = `adaptive_${c.kind}_pool${c.n}d`;
  fail(
    c,
    `\`output_size\` has ${out.length} numbers`,
    c.kind === 'max' ? `${name}(): internal error: output_size.size() must be ${c.n}` : `${name}: output_size must be ${c.n}`,
  );
}

/** The last `count` sizes are not 0; a maximum does not look at the first of all. */
function requireFilled(c: Adaptive, count: number): void {
  const { ctx, n, x } = c;
  const rank = x.rank;
  for (let i = -count; i < 0; i++) {
    const size = x.size(i);
    if (size === undefined || (c.kind === 'max' && i === -count && rank === count)) continue;
    ctx.require(ge(size, one), () => {
      const dims = x.dims;
      const flat = n === 1 && c.kind === 'avg';
      const shown = dims === undefined ? undefined : flat ? [...dims.slice(0, -1), one, dims[dims.length - 1] as Dim] : dims;
      const name = `adaptive_${c.kind}_pool${flat ? 2 : n}d()`;
      return {
        code: 'window-size',
        message: `${ctx.name}: there is nothing to pool in ${ctx.spell(x.shape)}`,
        text:
          shown === undefined
            ? undefined
            : ctx.text`${name}: Expected input to have non-zero size for non-batch dimensions, but input has sizes ${ctx.list(shown)} with dimension ${shown.length + i} being empty`,
        origins: [size.origin ?? x.origin],
      };
    });
  }
}

/** The sizes of the result, of which the rule knows None's. */
function adaptiveSizes(k: KernelArguments, n: number, x: NdArray): number[] {
  const value = k.value('output_size');
  const content = sequenceContent(value);
  if (content === undefined) return Array.from({ length: n }, () => k.int('output_size'));
  const { interp } = k.rule.ctx;
  return content.items.map((item, i) => interp.asNumber(interp.resolve(item)) ?? (x.shape[x.rank - n + i] as number));
}

const adaptive = (kind: 'max' | 'avg', n: Space): Operation => {
  const name = `adaptive_${kind}_pool${n}d`;
  const max = kind === 'max';
  return {
    names: [`F.${name}`, ...(n === 1 ? [`torch.${name}`] : [])],
    signature: max ? `def ${name}(input, output_size, return_indices=False)` : `def ${name}(input, output_size)`,
    shape: '(*, *space) -> (*, *output_size)',
    rule: (ctx, a) => {
      const refuse = n === 1 ? ctx.notTensor(name, 'input', 1) : attributeOf(ctx, 'size');
      const out = adaptiveRule({ ctx, kind, n, x: a.tensor('input', refuse) }, a);
      if (!max || a.bool('return_indices') !== true || out.out !== 'tensor') return out;
      return tupleOut([out, tensorOut(out.shape, 'int64')]);
    },
    kernel: (k) => {
      const x = k.array('input');
      const sizes = adaptiveSizes(k, n, x);
      if (!max) return adaptiveAvgPool(x, sizes);
      const { values, indices } = adaptiveMaxPool(x, sizes);
      return k.bool('return_indices') ? [values, indices] : values;
    },
    samples: [
      `F.${name}(${input(n)}, 3)`,
      `F.${name}(${input(n)}, 1)`,
      ...(n === 1 ? [] : [`F.${name}(${input(n)}, (None, 2, 3)[:${n}])`]),
      ...(max ? [`F.${name}(${input(n)}, 3, return_indices=True)`] : []),
    ],
    errors: [
      [`F.${name}(torch.rand(3), 3)`, 'rank-mismatch'],
      [`F.${name}(${input(n)}, -1)`, 'pool-argument'],
    ],
    doc: `nn.functional.${name}`,
  };
};

const SPACES = [1, 2, 3] as const;

export const POOLINGS: readonly Operation[] = [
  ...SPACES.map((n) => maximum(n, false)),
  ...SPACES.map((n) => maximum(n, true)),
  ...SPACES.map(average),
  ...SPACES.map(power),
  ...SPACES.map((n) => adaptive('max', n)),
  ...SPACES.map((n) => adaptive('avg', n)),
];

/** A pooling function by its name in torch.nn.functional. */
export function poolOp(name: string): Operation {
  const op = POOLINGS.find((p) => p.names[0] === `F.${name}`);
  if (op === undefined) throw new Error(`no pooling '${name}'`);
  return op;
}
