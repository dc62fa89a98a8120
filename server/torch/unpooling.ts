/**
 * Pooling with places: max_unpool puts pooled values back, fractional pooling takes windows of random size.
 */
import { le, lt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, mul, sub } from '../dims/dim.ts';
import { fractionalMaxPool } from '../kernels/channel-window.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import { maxUnpool } from '../kernels/pool.ts';
import type { Arguments, KernelArguments } from './arguments.ts';
import { NotKnown } from './arguments.ts';
import type { Context } from './context.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import { sizesOf } from './module-options.ts';
import { lastSizes, replaceLast } from './spatial.ts';

type Space = 1 | 2 | 3;
const one = constant(1);

/** `(L - 1)*stride + kernel - 2*padding`, or what `output_size` says within a stride of it. */
function unpooledSizes(ctx: Context, a: Arguments, n: Space, sizes: readonly Dim[]): readonly Dim[] | undefined {
  const list = (name: string): readonly Dim[] | undefined => sizesOf(ctx, a.value(name), n, name);
  const kernel = list('kernel_size');
  const stride = a.isNone('stride') ? kernel : list('stride');
  const padding = list('padding');
  if (kernel === undefined || stride === undefined || padding === undefined) return undefined;
  const usual = sizes.map((size, i) =>
    sub(add(mul(sub(size, one), stride[i] as Dim), kernel[i] as Dim), mul(constant(2), padding[i] as Dim)),
  );
  if (a.isNone('output_size')) return usual;
  const given = a.ints('output_size');
  if (given === undefined) return undefined;
  const wanted = given.length === n + 2 ? given.slice(2) : given;
  const fail = (message: string, text: string | undefined): never =>
    ctx.fail({ code: 'pool-argument', exception: 'ValueError', message: `${ctx.name}: ${message}`, text });
  if (wanted.length !== n) {
    fail(
      `\`output_size\` has ${wanted.length} numbers`,
      `output_size should be a sequence containing ${n} or ${n + 2} elements, but it has a length of '${wanted.length}'`,
    );
  }
  wanted.forEach((size, i) => {
    const [least, most] = [sub(usual[i] as Dim, stride[i] as Dim), add(usual[i] as Dim, stride[i] as Dim)];
    for (const cond of [lt(least, size), lt(size, most)]) {
      ctx.require(cond, () => ({
        code: 'pool-argument',
        exception: 'ValueError',
        message: `${ctx.name}: an output of ${ctx.spell(size)} is not between ${ctx.spell(least)} and ${ctx.spell(most)}`,
        text: ctx.text`invalid output_size "${ctx.interp.repr(a.value('output_size'))}" (dim ${i} must be between ${least} and ${most})`,
        origins: [size.origin],
      }));
    }
  });
  return wanted;
}

function unpoolRule(ctx: Context, a: Arguments, n: Space): Out {
  const x = a.tensor('input');
  const indices = a.tensor('indices');
  const call = `max_unpooling${n === 3 ? 3 : 2}d`;
  const lift = n === 1 ? 1 : 0;
  ctx.requireRank(x.shape, [n + 1, n + 2], (rank) => ({
    code: 'rank-mismatch',
    message: `${ctx.name}: the input is ${ctx.spell(x.shape)}; ${n + 1}-D or ${n + 2}-D is needed`,
    text: `Input to ${call} should be a ${n + 1 + lift}d or ${n + 2 + lift}d Tensor, but got a tensor with ${rank + lift} dimensions.`,
    origins: [x.origin],
  }));
  if (indices.dtype !== undefined && indices.dtype !== 'int64') {
    ctx.fail({
      code: 'index-dtype',
      message: `${ctx.name}: the indices are ${indices.dtype}`,
      text: `elements in indices should be type int64 but got: ${scalarTypeName(indices.dtype)}`,
      origins: [indices.origin],
    });
  }
  if (ctx.world.decideEqual(x.shape, indices.shape) === 'no') {
    ctx.fail({
      code: 'shape-mismatch',
      message: `${ctx.name}: the indices are ${ctx.spell(indices.shape)}, the input ${ctx.spell(x.shape)}`,
      text:
        n === 1
          ? undefined
          : ctx.text`Expected shape of indices to be same as that of the input tensor (${x.shape}) but got indices tensor with shape: ${indices.shape}`,
      origins: [indices.origin, x.origin],
    });
  }
  const sizes = lastSizes(x, n);
  const out = sizes === undefined ? undefined : unpooledSizes(ctx, a, n, sizes);
  return tensorOut(replaceLast(ctx, x, n, out ?? Array.from({ length: n }, () => ctx.world.freshSize())), x.dtype);
}

function unpooledNumbers(k: KernelArguments, n: Space): number[] {
  const x = k.array('input');
  const sizes = x.shape.slice(-n).map((s) => constant(s));
  const found = unpooledSizes(k.rule.ctx, k.rule, n, sizes)?.map((d) => k.rule.ctx.known(d));
  if (found === undefined || found.includes(undefined)) throw new NotKnown();
  return found as number[];
}

const unpool = (n: Space): Operation => {
  const name = `max_unpool${n}d`;
  const space = ', 4, 5, 6'.slice(0, 3 * n);
  return {
    names: [`F.${name}`],
    signature: `def ${name}(input, indices, kernel_size, stride=None, padding=0, output_size=None)`,
    shape: '(*, *space), (*, *space) -> (*, *space)',
    rule: (ctx, a) => unpoolRule(ctx, a, n),
    kernel: (k) => maxUnpool(k.array('input'), k.array('indices'), unpooledNumbers(k, n)),
    samples: [
      `F.${name}(torch.rand(2, 3${space}), torch.ones(2, 3${space}, dtype=torch.int64), 2)`,
      `F.${name}(*F.max_pool${n}d(torch.rand(2, 3${space}), 2, return_indices=True), 2)`,
    ],
    errors: [[`F.${name}(torch.rand(2, 3${space}), torch.rand(2, 3${space}), 2)`, 'index-dtype']],
    doc: `nn.functional.${name}`,
  };
};

// ---------------------------------------------------------------- fractional

function fractionalRule(ctx: Context, a: Arguments, n: 2 | 3) {
  const x = a.tensor('input');
  const name = `fractional_max_pool${n}d`;
  if (a.isNone('output_size') && a.isNone('output_ratio')) {
    ctx.fail({
      code: 'pool-argument',
      exception: 'ValueError',
      message: `${ctx.name}: neither \`output_size\` nor \`output_ratio\` is given`,
      text: `${name} requires specifying either an output_size or an output_ratio`,
    });
  }
  ctx.requireRank(x.shape, [n + 1, n + 2], (rank) => ({
    code: 'rank-mismatch',
    exception: 'IndexError',
    message: `${ctx.name}: the input is ${ctx.spell(x.shape)}; ${n + 1}-D or ${n + 2}-D is needed`,
    text: rank === n ? `Dimension out of range (expected to be in range of [${-n}, ${n - 1}], but got ${-n - 1})` : undefined,
    origins: [x.origin],
  }));
  const sizes = lastSizes(x, n);
  const kernel = sizesOf(ctx, a.value('kernel_size'), n, 'kernel_size');
  const wanted = a.isNone('output_size') ? undefined : sizesOf(ctx, a.value('output_size'), n, 'output_size');
  const words = n === 3 ? ['time', 'height', 'width'] : ['height', 'width'];
  wanted?.forEach((size, i) => {
    const [k, held] = [kernel?.[i], sizes?.[i]];
    if (k === undefined || held === undefined) return;
    ctx.require(le(sub(add(size, k), one), held), () => ({
      code: 'window-size',
      message: `${ctx.name}: ${ctx.spell(size)} windows of ${ctx.spell(k)} do not fit into a size of ${ctx.spell(held)}`,
      text: ctx.text`${name}(): pool ${words[i]} ${k} too large relative to input ${words[i]} ${held}`,
      origins: [held.origin ?? x.origin],
    }));
  });
  const ratio = a.isNone('output_ratio') ? undefined : a.value('output_ratio');
  const out = wanted ?? sizes?.map((size, i) => scaledSize(ctx, size, ratio, i));
  const shape = replaceLast(ctx, x, n, out ?? Array.from({ length: n }, () => ctx.world.freshSize()));
  const values = tensorOut(shape, x.dtype);
  return a.bool('return_indices') === true ? tupleOut([values, tensorOut(shape, 'int64')]) : values;
}

/** `int(size * ratio)`, where both are known. */
function scaledSize(ctx: Context, size: Dim, ratio: ReturnType<Arguments['value']> | undefined, i: number): Dim {
  const item = ratio === undefined ? undefined : (ctx.interp.content(ratio)?.items[i] ?? ratio);
  const [r, s] = [item === undefined ? undefined : ctx.interp.asNumber(item), ctx.known(size)];
  return r === undefined || s === undefined ? ctx.world.freshSize() : constant(Math.trunc(s * r));
}

const fractional = (n: 2 | 3): Operation => {
  const name = `fractional_max_pool${n}d`;
  return {
    names: [`F.${name}`],
    signature: `def ${name}(input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None)`,
    shape: '(*, *space) -> (*, *output_size)',
    rule: (ctx, a) => fractionalRule(ctx, a, n),
    kernel: (k, ctx) => {
      if (!k.isNone('_random_samples')) throw new NotKnown();
      const x = k.array('input');
      const list = (name: string): number[] => {
        const values = k.ints(name);
        return values.length === 1 ? Array.from({ length: n }, () => values[0] as number) : values;
      };
      const ratio = k.isNone('output_ratio') ? undefined : k.value('output_ratio');
      const out = k.isNone('output_size')
        ? x.shape.slice(-n).map((s, i) => ctx.known(scaledSize(ctx, constant(s), ratio, i)) ?? 0)
        : list('output_size');
      const { values, indices } = fractionalMaxPool(x, list('kernel_size'), out, ctx.state.generator);
      return k.bool('return_indices') ? [values, indices] : values;
    },
    random: true,
    samples: [`F.${name}(torch.rand(2, 3, 8, 8${n === 3 ? ', 8' : ''}), 2, output_size=3, return_indices=True)`],
    errors: [[`F.${name}(torch.rand(1, 1, 9, 9, 9), 3)`, 'pool-argument']],
    doc: `nn.functional.${name}`,
  };
};

export const unpools: Readonly<Record<Space, Operation>> = { 1: unpool(1), 2: unpool(2), 3: unpool(3) };
export const fractionals: Readonly<Record<2 | 3, Operation>> = { 2: fractional(2), 3: fractional(3) };

export const UNPOOLINGS: readonly Operation[] = [unpools[1], unpools[2], unpools[3], fractionals[2], fractionals[3]];
