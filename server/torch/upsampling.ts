/**
 * Resizing and rearranging of space: F.interpolate, nn.Upsample and its kin, pixel_shuffle, channel_shuffle.
 */
import { eq, ge } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, floorDiv, mod, mul } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import type { InterpolationMode } from '../kernels/interpolation.ts';
import { interpolate, pixelShuffle } from '../kernels/interpolation.ts';
import { reshape, transpose } from '../kernels/views.ts';
import type { Value } from '../python/values.ts';
import { greatestRank, unknownShape } from '../shapes/shape.ts';
import { apply } from './apply.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { NotKnown } from './arguments.ts';
import type { Context, FaultParts } from './context.ts';
import type { ModuleEntry, Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { shown } from './module-options.ts';
import { poolOp } from './pooling.ts';
import { refuseKernel } from './reduction.ts';
import { lastSizes, replaceLast } from './spatial.ts';
import { sequenceContent } from './types.ts';

const zero = constant(0);
const one = constant(1);

const fault = (
  ctx: Context,
  message: string,
  text: string | undefined,
  exception = 'ValueError',
  code = 'upsample-argument',
): FaultParts => ({
  code,
  exception,
  message: `${ctx.name}: ${message}`,
  text,
});

// ---------------------------------------------------------------- interpolation

/** The modes and the number of space dimensions they take; 0 for any. */
const MODES: Readonly<Record<string, { readonly space: number; readonly kernel: InterpolationMode | 'area'; readonly corners: boolean }>> =
  {
    nearest: { space: 0, kernel: 'nearest', corners: false },
    'nearest-exact': { space: 0, kernel: 'nearest-exact', corners: false },
    area: { space: 0, kernel: 'area', corners: false },
    linear: { space: 1, kernel: 'linear', corners: true },
    bilinear: { space: 2, kernel: 'linear', corners: true },
    trilinear: { space: 3, kernel: 'linear', corners: true },
    bicubic: { space: 2, kernel: 'cubic', corners: true },
  };

function requireMode(ctx: Context, mode: string, rank: number): void {
  const known = MODES[mode];
  if (known !== undefined && rank >= 3 && rank <= 5 && (known.space === 0 || known.space === rank - 2)) return;
  const needs = known?.kernel === 'linear' && rank >= 3 && rank <= 5 ? known.space + 2 : undefined;
  ctx.fail(
    fault(
      ctx,
      known === undefined ? `there is no mode '${mode}'` : `mode '${mode}' does not take a ${rank}-D input`,
      needs !== undefined
        ? `Got ${rank}D input, but ${mode} mode needs ${needs}D input`
        : `Input Error: Only 3D, 4D and 5D input Tensors supported (got ${rank}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got ${mode})`,
      'NotImplementedError',
      known === undefined ? 'upsample-argument' : 'rank-mismatch',
    ),
  );
}

/** `int(size * factor)`: exact for factors that are small fractions. */
function scaled(ctx: Context, size: Dim, factor: number | undefined): Dim {
  const known = ctx.known(size);
  if (factor === undefined) return ctx.world.freshSize();
  if (known !== undefined) return constant(Math.trunc(known * factor));
  for (const q of [1, 2, 4, 8]) if (Number.isInteger(factor * q)) return floorDiv(mul(size, constant(factor * q)), constant(q));
  return ctx.world.freshSize();
}

/** What the caller asks for: a list of sizes or factors, or one for all. Undefined entries are not known. */
function perAxis(ctx: Context, given: Value, n: number): readonly (Value | undefined)[] | undefined {
  const value = ctx.interp.resolve(given);
  const content = sequenceContent(value);
  if (content === undefined) return Array.from({ length: n }, () => (value.kind === 'unknown' ? undefined : value));
  return content.rest === undefined ? content.items.map((v) => ctx.interp.resolve(v)) : undefined;
}

function requireCount(ctx: Context, x: TensorArg, given: Value, count: number, n: number, what: 'size' | 'scale_factor'): void {
  if (count === n) return;
  const space = x.dims === undefined ? undefined : ctx.list(x.dims.slice(2));
  const shownGiven = ctx.interp.repr(given);
  ctx.fail(
    fault(
      ctx,
      `\`${what}\` has ${count} numbers, the input ${n} space dimensions`,
      what === 'size'
        ? ctx.text`Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of ${space} and output size of ${shownGiven}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and output size in (o1, o2, ...,oK) format.`
        : ctx.text`Input and scale_factor must have the same number of spatial dimensions, but got input with spatial dimensions of ${space} and scale_factor of shape ${shownGiven}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and scale_factor in (s1, s2, ...,sK) format.`,
    ),
  );
}

/** The sizes asked for; undefined where they cannot be told. */
function targetSizes(ctx: Context, a: Arguments, x: TensorArg, n: number): readonly Dim[] | undefined {
  const [size, factor] = [a.value('size'), a.value('scale_factor')];
  if (size.kind !== 'none') {
    const parts = perAxis(ctx, size, n);
    if (parts === undefined) return undefined;
    requireCount(ctx, x, size, parts.length, n, 'size');
    return parts.map((v) => (v === undefined ? ctx.world.freshSize() : ctx.dimOf(v, 'size')));
  }
  const parts = perAxis(ctx, factor, n);
  const sizes = lastSizes(x, n);
  if (parts === undefined || sizes === undefined) return undefined;
  requireCount(ctx, x, factor, parts.length, n, 'scale_factor');
  return sizes.map((s, i) => scaled(ctx, s, parts[i] === undefined ? undefined : ctx.interp.asNumber(parts[i] as Value)));
}

const AXES = ['D', 'H', 'W'];

/** Neither side is empty, and nor are the channels. */
function requireFilled(ctx: Context, x: TensorArg, out: readonly Dim[], n: number): void {
  const sizes = lastSizes(x, n);
  if (sizes === undefined) return;
  const shownAxes = (dims: readonly Dim[]): string | undefined => {
    const parts = dims.map((d, i) => ctx.text`${AXES[3 - n + i]}: ${d}`);
    return parts.includes(undefined) ? undefined : `(${parts.join(', ')})`;
  };
  for (const d of [...sizes, ...out]) {
    ctx.require(ge(d, one), () => ({
      ...fault(
        ctx,
        `a size is not positive: input ${ctx.spell(sizes)}, output ${ctx.spell(out)}`,
        ctx.text`Input and output sizes should be greater than 0, but got input ${shownAxes(sizes)} ${n === 1 ? 'and ' : ''}output ${shownAxes(out)}`,
        'RuntimeError',
        'window-size',
      ),
      origins: [d.origin ?? x.origin],
    }));
  }
  const channels = x.size(1);
  if (channels === undefined) return;
  ctx.require(ge(channels, one), () => ({
    ...fault(
      ctx,
      `the input ${ctx.spell(x.shape)} has no channels`,
      ctx.text`Non-empty ${n + 2}D data tensor expected but got a tensor with sizes ${x.shape}`,
      'RuntimeError',
      'window-size',
    ),
    origins: [channels.origin ?? x.origin],
  }));
}

function interpolateRule(ctx: Context, a: Arguments): Out | Value {
  const x = a.tensor('input');
  const mode = a.string('mode');
  const plain = mode !== undefined && MODES[mode]?.corners === false;
  if (plain && a.value('align_corners').kind === 'bool') {
    ctx.fail(
      fault(
        ctx,
        `\`align_corners\` does not go with mode '${mode}'`,
        'align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear',
      ),
    );
  }
  const [size, factor] = [a.value('size'), a.value('scale_factor')];
  if (size.kind === 'none' && factor.kind === 'none')
    ctx.fail(fault(ctx, 'neither `size` nor `scale_factor` is given', 'either size or scale_factor should be defined'));
  const maybe = (v: Value): boolean => v.kind === 'none' || v.kind === 'unknown' || v.kind === 'choice';
  if (!maybe(size) && !maybe(factor))
    ctx.fail(fault(ctx, 'both `size` and `scale_factor` are given', 'only one of size or scale_factor should be defined'));
  const rank = x.rank;
  if (rank === undefined) {
    ctx.world.limitRank(x.shape, 3, 5);
    const space = mode === undefined ? undefined : MODES[mode]?.space;
    if (space === undefined || space === 0) return tensorOut(unknownShape(undefined, 3, 5), x.dtype);
    ctx.world.requireRank(x.shape, space + 2);
  }
  const n = (x.rank ?? 2) - 2;
  const out = n > 0 ? targetSizes(ctx, a, x, n) : undefined;
  const given = a.value('mode');
  const named = mode ?? (['int', 'float', 'bool', 'none'].includes(given.kind) ? ctx.interp.repr(given) : undefined);
  if (named !== undefined && x.rank !== undefined) requireMode(ctx, named, x.rank);
  if (out === undefined)
    return tensorOut(
      replaceLast(
        ctx,
        x,
        n,
        Array.from({ length: n }, () => ctx.world.freshSize()),
      ),
      x.dtype,
    );
  if (mode === 'area') {
    return apply(ctx, poolOp(`adaptive_avg_pool${n}d`), [x.object, ctx.interp.tuple(out.map((d) => ctx.interp.int(d)))]);
  }
  requireFilled(ctx, x, out, n);
  if (mode !== undefined) refuseInterpolation(ctx, mode, n, x);
  return tensorOut(replaceLast(ctx, x, n, out), x.dtype);
}

/** Floating tensors, and bytes where the kernel has a form for them. */
function refuseInterpolation(ctx: Context, mode: string, n: number, x: TensorArg): void {
  const kind = mode.startsWith('nearest') ? 'nearest' : mode === 'bicubic' ? 'cubic' : 'linear';
  const flat = n === 2 && kind !== 'cubic';
  const kernel = flat ? `upsample_${kind === 'nearest' ? 'nearest' : 'bilinear'}2d_channels_last` : `compute_indices_weights_${kind}`;
  const bytes = kind === 'nearest' || n === 2;
  refuseKernel(ctx, kernel, x.dtype, bytes ? /^(float|bfloat|uint8)/ : undefined);
}

function numbers(k: KernelArguments): NdArray {
  const x = k.array('input');
  const mode = MODES[k.string('mode')]?.kernel;
  if (mode === undefined || mode === 'area') throw new NotKnown();
  const n = x.rank - 2;
  const { interp } = k.rule.ctx;
  const list = (name: string): number[] | undefined =>
    k.isNone(name)
      ? undefined
      : perAxis(k.rule.ctx, k.value(name), n)?.map((v) => (v === undefined ? Number.NaN : (interp.asNumber(v) ?? Number.NaN)));
  const factors = list('scale_factor');
  const out = list('size') ?? x.shape.slice(2).map((s, i) => Math.trunc(s * (factors?.[i] as number)));
  const again = k.isNone('recompute_scale_factor') ? false : k.bool('recompute_scale_factor');
  return interpolate(x, out, {
    mode,
    alignCorners: k.isNone('align_corners') ? false : k.bool('align_corners'),
    ...(factors === undefined || again ? {} : { scales: factors }),
  });
}

export const interpolateOp: Operation = {
  names: ['F.interpolate', 'F.upsample'],
  signature:
    "def interpolate(input, size=None, scale_factor=None, mode='nearest', align_corners=None, recompute_scale_factor=None, antialias=False)",
  shape: '(N, C, *space) -> (N, C, *size)',
  rule: interpolateRule,
  kernel: numbers,
  samples: [
    'F.interpolate(torch.rand(1, 2, 3), scale_factor=2)',
    "F.interpolate(torch.rand(1, 2, 3, 4), size=(5, 6), mode='bilinear')",
    "F.interpolate(torch.rand(1, 2, 3, 4), size=(5, 6), mode='bicubic', align_corners=True)",
    "F.interpolate(torch.rand(1, 2, 3, 4, 5), scale_factor=(2, 1, 2), mode='trilinear')",
    "F.interpolate(torch.rand(1, 2, 6), size=3, mode='area')",
  ],
  errors: [
    ['F.interpolate(torch.rand(1, 2, 3))', 'upsample-argument'],
    ["F.interpolate(torch.rand(1, 2, 3), size=4, mode='bilinear')", 'rank-mismatch'],
  ],
  doc: 'nn.functional.interpolate',
};

/** `scale_factor` as floats, as the layer keeps it. */
function asFloats(ctx: Context, given: Value): Value {
  const value = ctx.interp.resolve(given);
  const float = (v: Value): Value => {
    const n = ctx.interp.asNumber(v);
    return v.kind === 'int' || v.kind === 'bool' ? ctx.interp.float(n) : v;
  };
  const content = sequenceContent(value);
  if (content !== undefined && value.kind === 'tuple') return ctx.interp.tuple(content.items.map((v) => float(ctx.interp.resolve(v))));
  return float(value);
}

const upsample = (
  name: string,
  init: string,
  fixed: Readonly<Record<string, (ctx: Context) => Value>>,
  samples: readonly string[],
): ModuleEntry => ({
  name: `nn.${name}`,
  init: `def ${name}.__init__(self, ${init})`,
  construct: (m, a) => {
    m.set('size', a.value('size'));
    m.set('scale_factor', asFloats(m, a.value('scale_factor')));
    for (const option of ['mode', 'align_corners', 'recompute_scale_factor']) {
      m.set(option, fixed[option]?.(m) ?? (a.exists(option) ? a.value(option) : m.interp.none));
    }
  },
  forward: 'def Upsample.forward(self, input)',
  shape: '(N, C, *space) -> (N, C, *size)',
  call: (m, a) =>
    apply(m, interpolateOp, [
      a.value('input'),
      ...['size', 'scale_factor', 'mode', 'align_corners', 'recompute_scale_factor'].map((n) => m.attr(n)),
    ]),
  extraRepr: (m) => {
    const which = m.attr('scale_factor').kind === 'none' ? 'size' : 'scale_factor';
    return `${which}=${shown(m, which)}, mode=${shown(m, 'mode')}`;
  },
  samples,
  doc: `nn.${name}`,
});

// ---------------------------------------------------------------- shuffles

function requireSpace(ctx: Context, x: TensorArg, call: string): void {
  if (greatestRank(x.shape) < 3) {
    ctx.fail({
      code: 'rank-mismatch',
      message: `${ctx.name}: the input is ${ctx.spell(x.shape)}, at least 3-D is needed`,
      text:
        x.rank === undefined ? undefined : `${call} expects input to have at least 3 dimensions, but got input with ${x.rank} dimension(s)`,
      origins: [x.origin],
    });
  }
  ctx.world.limitRank(x.shape, 3, Number.POSITIVE_INFINITY);
}

const shuffle = (inverse: boolean): Operation => {
  const call = inverse ? 'pixel_unshuffle' : 'pixel_shuffle';
  const factorName = inverse ? 'downscale_factor' : 'upscale_factor';
  return {
    names: [`torch.${call}`, `F.${call}`],
    signature: `${call}(Tensor input, int ${factorName})`,
    shape: inverse ? '(*, C, H, W) -> (*, C*r*r, H//r, W//r)' : '(*, C, H, W) -> (*, C//(r*r), H*r, W*r)',
    rule: (ctx, a): Out => {
      const x = a.tensor('input');
      const r = a.int(factorName);
      requireSpace(ctx, x, call);
      ctx.require(ge(r, one), () =>
        fault(
          ctx,
          `\`${factorName}\` is ${ctx.spell(r)}`,
          ctx.text`${call} expects a positive ${factorName}, but got ${r}`,
          'RuntimeError',
        ),
      );
      const sizes = lastSizes(x, 3);
      if (sizes === undefined) return tensorOut(x.shape, x.dtype);
      const [c, h, w] = sizes as readonly [Dim, Dim, Dim];
      const square = mul(r, r);
      const divides = (size: Dim, by: Dim, text: () => string | undefined): void =>
        ctx.require(eq(mod(size, by), zero), () => ({
          ...fault(ctx, `a size of ${ctx.spell(size)} does not divide by ${ctx.spell(by)}`, text(), 'RuntimeError', 'shuffle-size'),
          origins: [size.origin ?? x.origin, r.origin],
        }));
      if (!inverse) {
        divides(
          c,
          square,
          () =>
            ctx.text`pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)=${c} is not divisible by ${square}`,
        );
        return tensorOut(replaceLast(ctx, x, 3, [floorDiv(c, square), mul(h, r), mul(w, r)]), x.dtype);
      }
      for (const [i, size] of [h, w].entries()) {
        divides(
          size,
          r,
          () =>
            ctx.text`pixel_unshuffle expects ${i === 0 ? 'height' : 'width'} to be divisible by downscale_factor, but input.size(${i - 2})=${size} is not divisible by ${r}`,
        );
      }
      // An empty tensor comes back as it is.
      if (x.dims?.some((d) => ctx.known(d) === 0) === true) return tensorOut(x.shape, x.dtype);
      return tensorOut(replaceLast(ctx, x, 3, [mul(c, square), floorDiv(h, r), floorDiv(w, r)]), x.dtype);
    },
    kernel: (k) => pixelShuffle(k.array('input'), k.int(factorName), inverse),
    samples: inverse ? ['F.pixel_unshuffle(torch.rand(1, 2, 4, 6), 2)'] : ['F.pixel_shuffle(torch.rand(1, 8, 2, 3), 2)'],
    errors: inverse
      ? [['F.pixel_unshuffle(torch.rand(1, 2, 5, 6), 2)', 'shuffle-size']]
      : [['F.pixel_shuffle(torch.rand(1, 9, 2, 3), 2)', 'shuffle-size']],
    doc: `nn.functional.${call}`,
  };
};

const up = shuffle(false);
const down = shuffle(true);

const channels: Operation = {
  names: ['torch.channel_shuffle', 'F.channel_shuffle'],
  signature: 'channel_shuffle(Tensor input, int groups)',
  shape: '(N, C, *) -> (N, C, *)',
  rule: (ctx, a): Out => {
    const x = a.tensor('input');
    const groups = a.int('groups');
    if (greatestRank(x.shape) < 3) {
      ctx.fail({
        code: 'rank-mismatch',
        message: `${ctx.name}: the input is ${ctx.spell(x.shape)}, at least 3-D is needed`,
        text: ctx.text`channel_shuffle expects input with > 2 dims, but got input with sizes ${x.shape}`,
        origins: [x.origin],
      });
    }
    ctx.require(ge(groups, one), () =>
      fault(
        ctx,
        `\`groups\` is ${ctx.spell(groups)}`,
        ctx.text`Number of groups to divide channels in must be positive. Value of groups:${groups}`,
        'RuntimeError',
      ),
    );
    const c = x.size(1);
    if (c !== undefined) {
      ctx.require(eq(mod(c, groups), zero), () => ({
        ...fault(
          ctx,
          `${ctx.spell(c)} channels do not divide into ${ctx.spell(groups)} groups`,
          ctx.text`Number of channels must be divisible by groups. Got ${c} channels and ${groups} groups.`,
          'RuntimeError',
          'shuffle-size',
        ),
        origins: [c.origin ?? x.origin, groups.origin],
      }));
    }
    return tensorOut(x.shape, x.dtype);
  },
  kernel: (k) => {
    const x = k.array('input');
    const g = k.int('groups');
    const [n, c] = [x.shape[0] as number, x.shape[1] as number];
    return reshape(transpose(reshape(x, [n, g, c / g, ...x.shape.slice(2)]), 1, 2), x.shape);
  },
  samples: ['torch.channel_shuffle(torch.rand(1, 4, 2, 2), 2)'],
  errors: [['torch.channel_shuffle(torch.rand(1, 4, 2, 2), 3)', 'shuffle-size']],
  doc: 'nn.functional.channel_shuffle',
};

/** A layer with one number that it hands to a function. */
const single = (name: string, option: string, op: Operation, samples: readonly string[]): ModuleEntry => ({
  name: `nn.${name}`,
  init: `def ${name}.__init__(self, ${option})`,
  construct: (m, a) => m.set(option, m.named(a.value(option), option)),
  forward: `def ${name}.forward(self, input)`,
  shape: op.shape,
  call: (m, a) => apply(m, op, [a.value('input'), m.attr(option)]),
  extraRepr: (m) => `${option}=${shown(m, option)}`,
  samples,
  doc: `nn.${name}`,
});

export const UPSAMPLINGS: readonly Operation[] = [interpolateOp, up, down, channels];

export const UPSAMPLING_MODULES: readonly ModuleEntry[] = [
  upsample('Upsample', "size=None, scale_factor=None, mode='nearest', align_corners=None, recompute_scale_factor=None", {}, [
    'nn.Upsample(scale_factor=2)(torch.rand(1, 2, 3, 4))',
    "nn.Upsample((5, 6), mode='bilinear', align_corners=True)(torch.rand(1, 2, 3, 4))",
  ]),
  upsample('UpsamplingNearest2d', 'size=None, scale_factor=None', { mode: (ctx) => ctx.interp.str('nearest') }, [
    'nn.UpsamplingNearest2d(scale_factor=2)(torch.rand(1, 2, 3, 4))',
  ]),
  upsample(
    'UpsamplingBilinear2d',
    'size=None, scale_factor=None',
    { mode: (ctx) => ctx.interp.str('bilinear'), align_corners: (ctx) => ctx.interp.bool(true) },
    ['nn.UpsamplingBilinear2d(scale_factor=2)(torch.rand(1, 2, 3, 4))'],
  ),
  single('PixelShuffle', 'upscale_factor', up, ['nn.PixelShuffle(2)(torch.rand(1, 8, 2, 3))']),
  single('PixelUnshuffle', 'downscale_factor', down, ['nn.PixelUnshuffle(2)(torch.rand(1, 2, 4, 6))']),
  single('ChannelShuffle', 'groups', channels, ['nn.ChannelShuffle(2)(torch.rand(1, 4, 2, 2))']),
];
