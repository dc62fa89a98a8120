/**
 * Convolutions as functions: one to three space dimensions, plain and transposed, checked in PyTorch's order.
 * The layers stand in `conv-modules.ts`.
 */
import { eq, ge, le } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, mod, mul, sub } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { convolution, convolutionTransposed, padSpace, samePadding } from '../kernels/convolution.ts';
import type { DType } from '../kernels/dtype.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import type { Shape } from '../shapes/shape.ts';
import { convolved, reach, transposed as transposedSize } from '../shapes/window.ts';
import type { Arguments, KernelArguments } from './arguments.ts';
import type { Context, FaultParts } from './context.ts';
import type { Axis, Call, Option } from './conv-call.ts';
import { axesOf, batched, crossed, fail, functionName, knownZero } from './conv-call.ts';
import { cppTypeName, legacyTypeName } from './dtype-names.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { nameOfSize } from './linear.ts';
import { liesLast } from './measured-sizes.ts';
import { sizesOf } from './module-options.ts';
import { warnChannelPlace } from './naming-warnings.ts';
import { refuseKernel } from './reduction.ts';
import { replaceLast } from './spatial.ts';

const zero = constant(0);
const one = constant(1);

function requireRank(c: Call): void {
  const { ctx, n, x } = c;
  ctx.requireRank(x.shape, [n + 1, n + 2], () => ({
    code: 'rank-mismatch',
    message: `${ctx.name}: the input is ${ctx.spell(x.shape)}; ${n + 1}-D (unbatched) or ${n + 2}-D is needed`,
    text: ctx.text`Expected ${n + 1}D (unbatched) or ${n + 2}D (batched) input to ${functionName(n, c.flipped)}, but got input of size: ${x.shape}`,
    origins: [x.origin],
  }));
}

/** Options are one number, or one for each dimension of the weight. */
function requireLengths(c: Call, dim: number): void {
  if (dim < 1)
    fail(c, `the weight ${c.ctx.spell(c.w.shape)} has no kernel`, 'weight should have at least three dimensions', 'rank-mismatch');
  c.ctx.require(ge(c.groups, one), () => ({
    code: 'conv-argument',
    message: `${c.ctx.name}: \`groups\` is ${c.ctx.spell(c.groups)}`,
    text: 'non-positive groups is not supported',
    origins: [c.groups.origin],
  }));
  const names: readonly Option[] = c.flipped ? ['stride', 'padding', 'dilation', 'output_padding'] : ['stride', 'padding', 'dilation'];
  for (const name of names) {
    const list = c.options[name];
    if (list === undefined || list.length === 1 || list.length === dim) continue;
    const shown = c.ctx.list(list);
    fail(
      c,
      `\`${name}\` has ${list.length} numbers, the kernel ${dim} dimensions`,
      shown === undefined
        ? undefined
        : `expected ${name} to be a single integer value or a list of ${dim} values to match the convolution dimensions, but got ${name}=${shown}`,
    );
  }
}

function requireSigns(c: Call): void {
  const { ctx } = c;
  const all = (name: Option, least: number, text: string): void => {
    for (const d of c.options[name] ?? []) {
      ctx.require(ge(d, constant(least)), () => ({
        code: 'conv-argument',
        message: `${ctx.name}: \`${name}\` is ${ctx.spell(d)}`,
        text,
        origins: [d.origin],
      }));
    }
  };
  if (!c.same) all('padding', 0, 'negative padding is not supported');
  if (c.flipped) all('output_padding', 0, 'negative output_padding is not supported');
  all('stride', 1, 'non-positive stride is not supported');
  all('dilation', 0, 'dilation should be greater than zero');
}

function requireWeight(c: Call): void {
  const { ctx, w, groups } = c;
  const first = w.size(0) as Dim;
  const g = ctx.text`Given groups=${groups}`;
  ctx.require(ge(first, groups), () => ({
    code: 'conv-weight',
    message: `${ctx.name}: the weight is ${ctx.spell(w.shape)} for ${ctx.spell(groups)} groups`,
    text: ctx.text`${g}, expected weight to be at least ${groups} at dimension 0, but got weight of size ${w.shape} instead`,
    origins: [first.origin, groups.origin],
  }));
  ctx.require(eq(mod(first, groups), zero), () => ({
    code: 'conv-weight',
    message: `${ctx.name}: ${ctx.spell(first)} channels do not divide into ${ctx.spell(groups)} groups`,
    text: ctx.text`${g}, expected weight to be divisible by ${groups} at dimension 0, but got weight of size [${w.shape}] instead`,
    origins: [first.origin, groups.origin],
  }));
}

/** The input's channels are those of the weight; the bias has one number for each output channel. Gives the output's channels. */
function requireChannels(c: Call): Dim {
  const { ctx, x, w, b, groups, flipped } = c;
  const channels = x.size(-c.n - 1);
  const [first, second] = [w.size(0) as Dim, w.size(1) as Dim];
  const wanted = flipped ? first : mul(second, groups);
  const out = flipped ? mul(second, groups) : first;
  const given = flipped ? 'Given transposed=1' : ctx.text`Given groups=${groups}`;
  if (channels !== undefined) {
    const fault = (): FaultParts => ({
      code: 'conv-channels',
      message: `${ctx.name} input: ${ctx.spell(channels)} channels in ${ctx.spell(x.shape)}, ${nameOfSize(wanted, 'the weight')} is ${ctx.spell(wanted)}`,
      text: ctx.text`${given}, weight of size ${w.shape}, expected input${batched(c)} to have ${wanted} channels, but got ${channels} channels instead`,
      origins: [channels.origin ?? x.origin, wanted.origin ?? w.origin],
      sizes: { got: channels, wanted },
    });
    if (liesLast(ctx, x, channels, wanted)) ctx.fail(fault());
    warnChannelPlace(ctx, x, c.n);
    ctx.require(eq(channels, wanted), fault);
  }
  if (b !== undefined) {
    const parts = (): FaultParts => ({
      code: 'conv-bias',
      message: `${ctx.name}: the bias is ${ctx.spell(b.shape)}, the output has ${ctx.spell(out)} channels`,
      text: ctx.text`Given ${flipped ? 'transposed=1, ' : ''}weight of size ${w.shape}, expected bias to be 1-dimensional with ${out} elements, but got bias of size ${b.shape} instead`,
      origins: [b.origin, out.origin],
    });
    ctx.requireRank(b.shape, [1], parts);
    ctx.require(eq(b.size(0) as Dim, out), parts);
  }
  return out;
}

// ---------------------------------------------------------------- windows

/** With padding='same' the axis holds all that is added, else what is added on one side. */
const paddedSize = (c: Call, a: Axis): Dim => add(a.size, c.same ? a.padding : add(a.padding, a.padding));

function requireWindows(c: Call, axes: readonly Axis[]): void {
  const { ctx } = c;
  for (const axis of axes) {
    if (knownZero(ctx, axis.kernel)) fail(c, 'the kernel has a size of 0', primitive('convolution'), 'window-size');
    const held = paddedSize(c, axis);
    ctx.require(le(reach(axis), held), () => ({
      code: 'window-size',
      message: `${ctx.name}: the kernel reaches ${ctx.spell(reach(axis))}, the padded input is ${ctx.spell(held)}`,
      text: ctx.text`Calculated padded input size per channel: ${crossed(
        ctx,
        axes.map((a) => paddedSize(c, a)),
      )}. Kernel size: ${crossed(ctx, axes.map(reach))}. Kernel size can't be greater than actual input size`,
      origins: [axis.size.origin ?? c.x.origin, axis.kernel.origin],
    }));
  }
}

const primitive = (what: string): string =>
  `could not create a primitive descriptor for the ${what} forward propagation primitive. Run workload with environment variable ONEDNN_VERBOSE=all to get additional diagnostic information.`;

/** Whether PyTorch's fast path takes it: not 1x1 with a step of 1 and a small batch, nor an output padding that is too large. */
function usesPrimitive(c: Call, axes: readonly Axis[]): boolean {
  const { ctx, x, n } = c;
  if (x.dtype !== undefined && x.dtype !== 'float32') return false;
  if (axes.some((a) => isAtLeast(ctx, a.outputPadding, a.stride) && isAtLeast(ctx, a.outputPadding, a.dilation))) return false;
  const plain = axes.every((a) => ctx.known(a.stride) === 1 && ctx.known(a.dilation) === 1);
  const small = x.rank === n + 1 || (ctx.known(x.size(0)) ?? 16) < 16;
  return !(plain && small && axes.slice(-2).every((a) => ctx.known(a.kernel) === 1));
}

const isAtLeast = (ctx: Context, a: Dim, b: Dim): boolean => ctx.facts.decide(ge(a, b)) === 'yes';

/** Nothing is computed for an empty batch, or without channels. */
function mayBeEmpty(c: Call): boolean {
  const sizes = c.x.rank === c.n + 2 ? [c.x.size(0), c.x.size(-c.n - 1)] : [c.x.size(-c.n - 1)];
  return sizes.some((d) => knownZero(c.ctx, d));
}

function requireNotEmpty(c: Call, axes: readonly Axis[]): void {
  const { ctx, x, n } = c;
  const batch = x.rank === n + 2 ? x.size(0) : one;
  if (batch === undefined || !axes.some((a) => knownZero(ctx, a.size))) return;
  const some = [batch, x.size(-n - 1)].some((d) => d === undefined || ctx.facts.decide(eq(d, zero)) !== 'no');
  if (some) return;
  const dims = [...(batched(c).head ?? [])];
  if (n === 1) dims.splice(2, 0, one);
  fail(
    c,
    `the input ${ctx.spell(x.shape)} is empty`,
    ctx.text`Only zero batch or zero channel inputs are supported, but got input shape: ${ctx.list(dims)}`,
    'window-size',
  );
}

// ---------------------------------------------------------------- types

function failTypes(c: Call, text: string): never {
  const { ctx, x, w, b } = c;
  return ctx.fail({
    code: 'dtype-mismatch',
    message: `${ctx.name}: the input is ${x.dtype ?? '?'}, the weight ${w.dtype ?? '?'}${b?.dtype === undefined ? '' : `, the bias ${b.dtype}`}`,
    text,
    origins: [x.origin, w.origin],
  });
}

/** What a plain convolution looks at before anything else. */
function requireBiasType(c: Call): void {
  const [t, v] = [c.x.dtype, c.b?.dtype];
  if (c.flipped || c.worded || t === undefined || v === undefined || v === t) return;
  failTypes(c, `Input type (${cppTypeName(t)}) and bias type (${cppTypeName(v)}) should be the same`);
}

/** Complex tensors are taken apart first, so their types meet early. */
function requireComplexTypes(c: Call): void {
  const [t, u] = [c.x.dtype, c.w.dtype];
  if (t === undefined || u === undefined || u === t || !t.startsWith('complex')) return;
  failTypes(c, `Input type (${legacyTypeName(t)}) and weight type (${legacyTypeName(u)}) should be the same`);
}

/** Whether oneDNN takes it, whose texts name dense tensors; undefined where sizes that decide it are not known. */
function usesOneDnn(c: Call, axes: readonly Axis[] | undefined): boolean | undefined {
  const { ctx, x, n } = c;
  if (x.dtype === 'bfloat16') return true;
  if (x.dtype !== 'float32' || axes === undefined || x.dims === undefined) return x.dtype === 'float32' ? undefined : false;
  if (!usesPrimitive(c, axes)) return false;
  const large = n > 1 && axes.slice(-2).every((a) => (ctx.known(a.kernel) ?? 0) > 3);
  const sizes = (x.rank === n + 1 ? [one, ...x.dims] : x.dims).map((d) => ctx.known(d));
  if (large || (sizes[0] ?? 0) > 1 || (ctx.known(c.groups) ?? 1) > 1) return true;
  if (sizes.includes(undefined)) return undefined;
  return sizes.slice(0, 4).reduce<number>((p, d) => p * (d as number), 1) > 20480;
}

function requireTypes(c: Call, axes: readonly Axis[] | undefined): void {
  const { ctx, x, w, b, n } = c;
  const [t, u, v] = [x.dtype, w.dtype, b?.dtype];
  if (t === undefined || mayBeEmpty(c)) return;
  const dense = usesOneDnn(c, axes);
  const named = (what: string, dtype: DType): string =>
    `Input type (${legacyTypeName(t)}) and ${what} type (${legacyTypeName(dtype)}) should be the same or input should be a MKLDNN tensor and ${what} is a dense tensor`;
  if (u !== undefined && u !== t && dense === true) failTypes(c, named('weight', u));
  if (c.flipped && v !== undefined && v !== t && dense === true) failTypes(c, named('bias', v));
  // Kernels that dilate or transpose have no form for small integers.
  const dilated = c.options.dilation?.some((d) => (ctx.known(d) ?? 1) > 1) === true;
  const small = /^u?int(8|16|32)$/.test(t);
  const kernel = c.flipped ? `slow_conv_transpose${n === 3 ? 3 : 2}d_out_cpu` : n === 3 ? 'slow_conv3d_cpu' : 'slow_conv2d_cpu';
  if (small && dilated && !c.flipped) refuseKernel(ctx, 'slow_conv_dilated<>', t);
  if (t === 'bool' || (small && c.flipped)) refuseKernel(ctx, kernel, t);
  const other = u !== undefined && u !== t ? u : c.flipped && n === 3 && v !== undefined && v !== t ? v : undefined;
  if (other !== undefined) failTypes(c, `expected scalar type ${scalarTypeName(t)} but found ${scalarTypeName(other)}`);
}

// ---------------------------------------------------------------- results

/** The input's shape with other channels and other space. */
const outShape = (c: Call, channels: Dim, space: readonly Dim[]): Shape => replaceLast(c.ctx, c.x, c.n + 1, [channels, ...space]);

function convRule(c: Call): Out {
  const { ctx, x, w, n } = c;
  requireBiasType(c);
  if (!c.same) requireRank(c);
  requireComplexTypes(c);
  const weightRank = w.rank;
  const unknownSpace = (): Dim[] => Array.from({ length: n }, () => ctx.world.freshSize());
  if (weightRank === undefined) return tensorOut(outShape(c, ctx.world.freshSize(), unknownSpace()), x.dtype);
  if (weightRank > 2) requireLengths(c, weightRank - 2);
  else requireLengths(c, 0);
  if (c.same) requireStep(c);
  requireSigns(c);
  if (weightRank !== n + 2) {
    fail(
      c,
      `the weight is ${ctx.spell(w.shape)}, ${n + 2}-D is needed`,
      ctx.text`Expected ${weightRank}-dimensional input for ${weightRank}-dimensional weight${c.same ? '' : ' '}${w.shape}, but got ${c.same ? (x.rank ?? n + 2) : n + 2}-dimensional input of size ${c.same ? x.shape : batched(c)} instead`,
      'rank-mismatch',
    );
  }
  if (c.same) requireRank(c);
  requireWeight(c);
  const channels = requireChannels(c);
  const axes = axesOf(c);
  if (axes === undefined) {
    requireTypes(c, undefined);
    return tensorOut(outShape(c, channels, unknownSpace()), x.dtype);
  }
  const space = c.flipped ? transposedSpace(c, axes) : plainSpace(c, axes);
  const inChannels = x.size(-n - 1);
  return tensorOut(outShape(c, inChannels !== undefined && knownZero(ctx, inChannels) ? zero : channels, space), x.dtype);
}

function requireStep(c: Call): void {
  for (const d of c.options.stride ?? []) {
    c.ctx.require(eq(d, one), () => ({
      code: 'conv-argument',
      message: `${c.ctx.name}: padding='same' goes with a stride of 1 only, it is ${c.ctx.spell(d)}`,
      text: "padding='same' is not supported for strided convolutions",
      origins: [d.origin],
    }));
  }
}

function plainSpace(c: Call, axes: readonly Axis[]): readonly Dim[] {
  const { ctx } = c;
  for (const a of axes) {
    if (!c.same) continue;
    ctx.require(ge(mul(a.dilation, sub(a.kernel, one)), zero), () => ({
      code: 'conv-argument',
      message: `${ctx.name}: the kernel has a size of 0`,
      text: 'negative padding is not supported',
    }));
  }
  requireWindows(c, axes);
  requireNotEmpty(c, axes);
  requireTypes(c, axes);
  for (const a of axes) {
    if (knownZero(ctx, a.dilation)) fail(c, 'the dilation is 0', 'non-positive dilation is not supported');
  }
  return axes.map((a) => (c.same ? a.size : convolved(a.size, a)));
}

function transposedSpace(c: Call, axes: readonly Axis[]): readonly Dim[] {
  const { ctx } = c;
  requireNotEmpty(c, axes);
  requireTypes(c, axes);
  const space = axes.map((a) => transposedSize(a.size, a, a.outputPadding));
  if (mayBeEmpty(c)) return space;
  const fast = usesPrimitive(c, axes);
  const outChannels = c.w.size(1);
  if (fast && axes.every((a) => ctx.known(a.size) !== undefined)) {
    if (axes.some((a) => knownZero(ctx, a.dilation) || knownZero(ctx, a.kernel)) || knownZero(ctx, outChannels)) {
      const flat = c.n === 3 && axes.some((a) => knownZero(ctx, a.dilation));
      fail(c, 'the kernel has no elements', flat ? 'dimensions are invalid' : primitive('deconvolution'));
    }
  }
  for (const a of axes) {
    if (!isAtLeast(ctx, a.outputPadding, one)) continue;
    if (isAtLeast(ctx, a.outputPadding, a.stride) && isAtLeast(ctx, a.outputPadding, a.dilation)) {
      fail(c, `\`output_padding\` ${ctx.spell(a.outputPadding)} is not below stride or dilation`, outputPaddingText(c, axes));
    }
  }
  if (!fast && knownZero(ctx, outChannels)) fail(c, 'the weight is empty', emptyWeightText(c), 'conv-weight');
  for (const [i, d] of space.entries()) {
    ctx.require(ge(d, fast ? zero : one), () => ({
      code: 'window-size',
      message: `${ctx.name}: padding ${ctx.spell((axes[i] as Axis).padding)} leaves an output of ${ctx.spell(d)}`,
      text: fast
        ? 'could not construct a memory descriptor using a format tag'
        : ctx.text`Given input size per channel: ${shownSpace(
            c,
            axes.map((a) => a.size),
            one,
          )}. Calculated output size per channel: ${shownSpace(c, space, one)}. Output size is too small`,
      origins: [(axes[i] as Axis).size.origin ?? c.x.origin],
    }));
  }
  return space;
}

const shownSpace = (c: Call, dims: readonly Dim[], extra: Dim): string | undefined => crossed(c.ctx, c.n === 1 ? [extra, ...dims] : dims);

/** PyTorch treats one space dimension as the width of two. */
function outputPaddingText(c: Call, axes: readonly Axis[]): string | undefined {
  const names = c.n === 3 ? ['depth', 'height', 'width'] : ['height', 'width'];
  const listed = (of: string, pick: (a: Axis) => Dim, first: Dim): (string | undefined)[] => {
    const dims = c.n === 1 ? [first, ...axes.map(pick)] : axes.map(pick);
    return dims.map((d, i) => c.ctx.text`${of}_${names[i]}: ${d}`);
  };
  const parts = [
    ...listed('output_padding', (a) => a.outputPadding, zero),
    ...listed('stride', (a) => a.stride, one),
    ...listed('dilation', (a) => a.dilation, one),
  ];
  if (parts.includes(undefined)) return undefined;
  return `output padding must be smaller than either stride or dilation, but got ${parts.join(' ')}`;
}

function emptyWeightText(c: Call): string | undefined {
  const dims = [...(c.w.dims ?? [])];
  if (c.n === 1) dims.splice(2, 0, one);
  const shown = c.ctx.list(dims);
  if (shown === undefined) return undefined;
  return c.n === 3
    ? `non-empty 5D (n_output_plane x n_input_plane x kernel_depth x kernel_height x kernel_width) tensor expected for weight, but got: ${shown}`
    : `non-empty 2D or 4D weight tensor expected, but got: ${shown}`;
}

// ---------------------------------------------------------------- entries

function callOf(ctx: Context, a: Arguments, n: number, flipped: boolean): Call {
  const list = (name: Option): readonly Dim[] | undefined => (a.exists(name) ? sizesOf(ctx, a.value(name), n, name) : undefined);
  const word = a.value('padding').kind === 'str' ? (a.string('padding') ?? '') : undefined;
  const name = functionName(n, flipped);
  const call: Call = {
    ctx,
    n,
    flipped,
    x: a.tensor('input', ctx.notTensor(name, 'input', 1)),
    w: a.tensor('weight', ctx.notTensor(name, 'weight', 2)),
    b: a.optionalTensor('bias', ctx.notTensor(name, 'bias', 3)),
    options: {
      stride: list('stride'),
      padding: word === undefined ? list('padding') : [zero],
      dilation: list('dilation'),
      output_padding: list('output_padding'),
    },
    groups: a.int('groups'),
    same: word === 'same',
    worded: word !== undefined,
  };
  if (word === undefined || word === 'valid' || word === '') return call;
  if (word !== 'same') fail(call, `there is no padding '${word}'`, `Invalid padding string: '${word}'`);
  return { ...call, options: { ...call.options, padding: samePads(call) } };
}

/** All that 'same' adds to an axis, so that its size stays. */
function samePads(c: Call): readonly Dim[] | undefined {
  const { w, n, options } = c;
  const { dilation } = options;
  if (dilation === undefined || w.rank !== n + 2) return [zero];
  return Array.from({ length: n }, (_, i) => mul(dilation[dilation.length === 1 ? 0 : i] as Dim, sub(w.size(i + 2) as Dim, one)));
}

function spread(values: readonly number[], n: number): number[] {
  return values.length === 1 ? Array.from({ length: n }, () => values[0] as number) : [...values];
}

function numbers(k: KernelArguments, n: number, flipped: boolean): NdArray {
  const [w, b] = [k.array('weight'), k.optionalArray('bias')];
  let x = k.array('input');
  const dilation = spread(k.ints('dilation'), n);
  const word = k.value('padding').kind === 'str' ? k.string('padding') : undefined;
  let padding = word === undefined ? spread(k.ints('padding'), n) : spread([0], n);
  if (word === 'same') {
    const pairs = samePadding(w.shape.slice(2), dilation);
    if (pairs.every(([l, r]) => l === r)) padding = pairs.map(([l]) => l);
    else x = padSpace(x, pairs);
  }
  const options = { stride: spread(k.ints('stride'), n), padding, dilation, groups: k.int('groups') };
  return flipped
    ? convolutionTransposed(x, w, b, { ...options, outputPadding: spread(k.ints('output_padding'), n) })
    : convolution(x, w, b, options);
}

const SPACE = ', 6, 7, 8';
const KERNEL = ', 3, 2, 3';

function convOperation(n: number, flipped: boolean): Operation {
  const name = functionName(n, flipped);
  const ints = `tuple of ints[${n}]`;
  const plain = (padding: string): string =>
    `${name}(Tensor input, Tensor weight, Tensor bias = None, ${ints} stride = 1, ${padding}, ${ints} dilation = 1, int groups = 1)`;
  const x = `torch.rand(2, 4${SPACE.slice(0, 3 * n)})`;
  const w = (first: number, second: number): string => `torch.rand(${first}, ${second}${KERNEL.slice(0, 3 * n)})`;
  return {
    names: [`F.${name}`, `torch.${name}`],
    signature: flipped
      ? `${name}(Tensor input, Tensor weight, Tensor bias = None, ${ints} stride = 1, ${ints} padding = 0, ${ints} output_padding = 0, int groups = 1, ${ints} dilation = 1)`
      : [plain(`${ints} padding = 0`), plain('str padding = "valid"')],
    shape: flipped
      ? '(N?, C, *space), (C, out, *kernel), (out)? -> (N?, out, *space)'
      : '(N?, C, *space), (out, C, *kernel), (out)? -> (N?, out, *space)',
    rule: (ctx, a) => convRule(callOf(ctx, a, n, flipped)),
    kernel: (k) => numbers(k, n, flipped),
    samples: flipped
      ? [`F.${name}(${x}, ${w(4, 3)})`, `F.${name}(${x}, ${w(4, 3)}, torch.rand(6), 2, 1, 1, 2)`]
      : [
          `F.${name}(${x}, ${w(5, 4)})`,
          `F.${name}(${x}, ${w(6, 2)}, torch.rand(6), 2, 1, 1, 2)`,
          `F.${name}(${x}, ${w(5, 4)}, padding='same')`,
        ],
    errors: [
      [`F.${name}(${x}, ${flipped ? w(5, 4) : w(4, 5)})`, 'conv-channels'],
      [`F.${name}(torch.rand(2), ${w(5, 4)})`, 'rank-mismatch'],
      ...(flipped ? [] : ([[`F.${name}(${x}, ${w(5, 4)}, dilation=9)`, 'window-size']] as const)),
    ],
    doc: `nn.functional.${name}`,
  };
}

export const convOp = (n: number, flipped: boolean): Operation => CONVOLUTIONS[(flipped ? 3 : 0) + n - 1] as Operation;

export const CONVOLUTIONS: readonly Operation[] = [false, true].flatMap((flipped) => [1, 2, 3].map((n) => convOperation(n, flipped)));
