/**
 * Padding: F.pad in its four modes, and the padding layers of one to three space dimensions.
 */
import { ge, le, lt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, neg } from '../dims/dim.ts';
import type { PadMode } from '../kernels/join.ts';
import { pad as padArray } from '../kernels/join.ts';
import { replaceAxis } from '../shapes/axes.ts';
import type { Shape } from '../shapes/shape.ts';
import { greatestRank, leastRank, unknownShape } from '../shapes/shape.ts';
import { apply } from './apply.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import { NotKnown } from './arguments.ts';
import type { Context } from './context.ts';
import type { ModuleEntry, Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { repeated, shown } from './module-options.ts';
import { passOn } from './native-argument.ts';
import { refuseKernel } from './reduction.ts';

const zero = constant(0);
const one = constant(1);

/** Left and right of one axis, which counts from the end. */
interface Side {
  readonly axis: number;
  readonly left: Dim;
  readonly right: Dim;
}

const sidesOf = (pads: readonly Dim[]): Side[] =>
  Array.from({ length: pads.length / 2 }, (_, i) => ({ axis: -1 - i, left: pads[2 * i] as Dim, right: pads[2 * i + 1] as Dim }));

function padRule(ctx: Context, a: Arguments): Out {
  passOn(ctx, a, 'pad(Tensor input, tuple of ints pad, str mode, float? value)');
  const x = a.tensor('input');
  const mode = a.string('mode');
  if (mode !== undefined && !MODES.has(mode)) {
    ctx.fail({
      code: 'invalid-argument',
      exception: 'NotImplementedError',
      message: `${ctx.name}: there is no padding mode '${mode}'`,
      text: `Unrecognised padding mode ${mode}`,
    });
  }
  const pads = a.ints('pad');
  if (pads === undefined) return tensorOut(unknownShape(undefined, leastRank(x.shape), greatestRank(x.shape)), x.dtype);
  if (pads.length % 2 !== 0) fail(ctx, `\`pad\` has ${pads.length} numbers, not pairs`, 'Padding length must be divisible by 2');
  const axes = pads.length / 2;
  if (greatestRank(x.shape) < axes) {
    fail(
      ctx,
      `\`pad\` has ${axes} pairs, the input ${ctx.spell(x.shape)}`,
      x.rank === undefined
        ? undefined
        : `Padding length should be less than or equal to two times the input dimension but got padding length ${pads.length} and input of dimension ${x.rank}`,
    );
  }
  ctx.world.limitRank(x.shape, axes, Number.POSITIVE_INFINITY);
  const sides = sidesOf(pads);
  if (mode === 'constant') requireRoom(ctx, x, sides);
  else if (mode !== undefined) requireMode(ctx, a, x, sides, mode);
  return tensorOut(paddedShape(ctx, x, sides), x.dtype);
}

const MODES: ReadonlySet<string> = new Set(['constant', 'reflect', 'replicate', 'circular']);

function fail(ctx: Context, message: string, text: string | undefined, exception = 'RuntimeError'): never {
  return ctx.fail({ code: 'pad-size', exception, message: `${ctx.name}: ${message}`, text });
}

function paddedShape(ctx: Context, x: TensorArg, sides: readonly Side[]): Shape {
  let shape = x.shape;
  for (const { axis, left, right } of sides) {
    const size = x.size(axis);
    if (size === undefined) continue;
    shape = replaceAxis(ctx.world, shape, axis, [add(size, add(left, right))]);
  }
  return shape;
}

/** What is cut off must be there. */
function requireRoom(ctx: Context, x: TensorArg, sides: readonly Side[]): void {
  for (const { axis, left, right } of sides) {
    const size = x.size(axis);
    if (size === undefined) continue;
    for (const cut of [left, right]) {
      if ((ctx.known(cut) ?? -1) >= 0) continue;
      ctx.require(le(neg(cut), size), () => ({
        code: 'pad-size',
        message: `${ctx.name}: ${ctx.spell(neg(cut))} is cut off a size of ${ctx.spell(size)}`,
        text: 'narrow(): length must be non-negative.',
        origins: [size.origin ?? x.origin],
      }));
    }
    if ((ctx.known(left) ?? -1) >= 0 && (ctx.known(right) ?? -1) >= 0) continue;
    ctx.require(ge(add(size, add(left, right)), zero), () => ({
      code: 'pad-size',
      message: `${ctx.name}: padding leaves a negative size of ${ctx.spell(size)}`,
      text: 'narrow(): length must be non-negative.',
      origins: [size.origin ?? x.origin],
    }));
  }
}

/** The modes that copy from the input: they know one to three axes, behind channels and perhaps a batch. */
function requireMode(ctx: Context, a: Arguments, x: TensorArg, sides: readonly Side[], mode: string): void {
  const value = a.value('value');
  const filled = value.kind === 'none' ? 0 : ctx.interp.asNumber(value);
  if (filled !== undefined && filled !== 0) {
    fail(ctx, `mode '${mode}' takes no value`, `Padding mode "${mode}" doesn't take in value argument`);
  }
  const n = sides.length;
  const rank = x.rank;
  if (n === 0 || n > 3 || greatestRank(x.shape) < n + 1 || (rank !== undefined && rank > n + 2)) {
    fail(
      ctx,
      `mode '${mode}' does not pad ${n} axes of ${ctx.spell(x.shape)}`,
      rank === undefined ? undefined : unsupported(2 * n, rank),
      'NotImplementedError',
    );
  }
  ctx.world.limitRank(x.shape, n + 1, n + 2);
  if (mode === 'circular') requireOneRound(ctx, x, sides);
  else requireSource(ctx, x, sides, mode);
}

const unsupported = (length: number, rank: number): string =>
  `Padding size ${length} is not supported for ${rank}D input tensor.\nSupported combinations for non-constant padding:\n  - 2D or 3D input: padding size = 2 (pads last dimension)\n  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)`;

function requireOneRound(ctx: Context, x: TensorArg, sides: readonly Side[]): void {
  for (const { axis, left, right } of [...sides].reverse()) {
    const size = x.size(axis);
    if (size === undefined) continue;
    for (const amount of [left, right]) {
      ctx.require(le(amount, size), () => ({
        code: 'pad-size',
        message: `${ctx.name}: circular padding of ${ctx.spell(amount)} goes around a size of ${ctx.spell(size)} more than once`,
        text: 'Padding value causes wrapping around more than once.',
        origins: [size.origin ?? x.origin],
      }));
    }
    ctx.require(ge(add(size, add(left, right)), zero), () => ({
      code: 'pad-size',
      message: `${ctx.name}: padding leaves nothing of a size of ${ctx.spell(size)}`,
      text: 'Negative padding value is resulting in an empty dimension',
      origins: [size.origin ?? x.origin],
    }));
  }
}

function requireSource(ctx: Context, x: TensorArg, sides: readonly Side[], mode: string): void {
  const n = sides.length;
  for (let axis = -n - 1; axis < 0; axis++) {
    const size = x.size(axis);
    if (size === undefined) continue;
    ctx.require(ge(size, one), () => ({
      code: 'pad-size',
      message: `${ctx.name}: mode '${mode}' has nothing to copy from in ${ctx.spell(x.shape)}`,
      text: ctx.text`Expected ${n + 1}D or ${n + 2}D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: ${x.shape}`,
      origins: [size.origin ?? x.origin],
    }));
  }
  for (const [i, { axis, left, right }] of sides.entries()) {
    const size = x.size(axis);
    if (size === undefined || mode !== 'reflect') continue;
    for (const amount of [left, right]) {
      ctx.require(lt(amount, size), () => ({
        code: 'pad-size',
        message: `${ctx.name}: reflecting ${ctx.spell(amount)} needs a size above it, it is ${ctx.spell(size)}`,
        text:
          x.rank === undefined
            ? undefined
            : ctx.text`Argument #${4 + 2 * i}: Padding size should be less than the corresponding input dimension, but got: padding (${left}, ${right}) at dimension ${x.rank + axis} of input ${x.shape}`,
        origins: [size.origin ?? x.origin],
      }));
    }
  }
  for (const { axis, left, right } of sides) {
    const size = x.size(axis);
    if (size === undefined) continue;
    ctx.require(ge(add(size, add(left, right)), one), () => ({
      code: 'pad-size',
      message: `${ctx.name}: padding leaves nothing of a size of ${ctx.spell(size)}`,
      text: tooSmall(ctx, x, sides, mode),
      origins: [size.origin ?? x.origin],
    }));
  }
  refuseKernel(ctx, `${mode === 'reflect' ? 'reflection' : 'replication'}_pad${n}d`, x.dtype === 'bool' ? 'bool' : undefined);
}

function tooSmall(ctx: Context, x: TensorArg, sides: readonly Side[], mode: string): string | undefined {
  const names = ['W', 'H', 'D'];
  const n = sides.length;
  const part = (i: number, size: Dim | undefined): string | undefined => ctx.text`${names[i]}: ${size}`;
  const inputs = sides.map((s, i) => part(i, x.size(s.axis))).reverse();
  const outputs = sides.map((s, i) => part(i, add(x.size(s.axis) as Dim, add(s.left, s.right)))).reverse();
  if (inputs.includes(undefined) || outputs.includes(undefined)) return undefined;
  const listed = n === 3 ? `${inputs[0]} ${inputs[1]}, ${inputs[2]}` : inputs.join(', ');
  return `input (${listed}${n === 2 && mode === 'replicate' ? ' ' : ''}) is too small. Calculated output ${outputs.join(' ')}`;
}

export const padOp: Operation = {
  names: ['F.pad'],
  signature: "def pad(input, pad, mode='constant', value=None)",
  shape: '(*) -> (*)',
  rule: padRule,
  kernel: (k) => {
    const mode = k.string('mode');
    if (!MODES.has(mode)) throw new NotKnown();
    return padArray(k.array('input'), k.ints('pad'), mode as PadMode, k.optionalNumber('value') ?? 0);
  },
  samples: [
    'F.pad(torch.rand(2, 3), (1, 2))',
    'F.pad(torch.rand(2, 3, 4), (1, 2, 0, 1), value=1.5)',
    "F.pad(torch.rand(2, 3, 4), (1, 2), mode='reflect')",
    "F.pad(torch.rand(2, 3, 4), (1, 2, 1, 0), mode='replicate')",
    "F.pad(torch.rand(2, 3, 4), (1, 2), mode='circular')",
  ],
  errors: [
    ['F.pad(torch.rand(2, 3), (1, 2, 3))', 'pad-size'],
    ["F.pad(torch.rand(2, 3, 4), (4, 0), mode='reflect')", 'pad-size'],
  ],
  doc: 'nn.functional.pad',
};

// ---------------------------------------------------------------- layers

type Family = 'ConstantPad' | 'ZeroPad' | 'ReflectionPad' | 'ReplicationPad' | 'CircularPad';

const MODE_OF: Readonly<Record<Family, PadMode>> = {
  ConstantPad: 'constant',
  ZeroPad: 'constant',
  ReflectionPad: 'reflect',
  ReplicationPad: 'replicate',
  CircularPad: 'circular',
};

const padModule = (family: Family, n: 1 | 2 | 3): ModuleEntry => {
  const name = `${family}${n}d`;
  const constantFamily = family === 'ConstantPad';
  const sizes = '4, 5, 6'.slice(0, 3 * n - 2);
  return {
    name: `nn.${name}`,
    init: `def ${name}.__init__(self, padding${constantFamily ? ', value' : ''})`,
    construct: (m, a) => {
      m.set('padding', repeated(m, a.value('padding'), 2 * n, 'padding'));
      if (MODE_OF[family] === 'constant') m.set('value', constantFamily ? a.value('value') : m.interp.float(0));
    },
    forward: `def _${family === 'ZeroPad' ? 'ConstantPad' : family}Nd.forward(self, input)`,
    shape: '(*) -> (*)',
    call: (m, a) => {
      if (family === 'CircularPad') requireCircularRank(m, a.tensor('input'), n);
      const args = [a.value('input'), m.attr('padding'), m.interp.str(MODE_OF[family])];
      return apply(m, padOp, MODE_OF[family] === 'constant' ? [...args, m.attr('value')] : args);
    },
    extraRepr: (m) => (constantFamily ? `padding=${shown(m, 'padding')}, value=${shown(m, 'value')}` : shown(m, 'padding')),
    samples: [`nn.${name}(1${constantFamily ? ', 2.5' : ''})(torch.rand(2, 3, ${sizes}))`],
    errors: family === 'ReflectionPad' ? [[`nn.${name}(7)(torch.rand(2, 3, ${sizes}))`, 'pad-size']] : [],
    doc: `nn.${name}`,
  };
};

function requireCircularRank(ctx: Context, x: TensorArg, n: number): void {
  ctx.requireRank(x.shape, [n + 1, n + 2], (rank) => ({
    code: 'rank-mismatch',
    exception: 'ValueError',
    message: `${ctx.name}: the input is ${ctx.spell(x.shape)}; ${n + 1}D or ${n + 2}D is needed`,
    text: `expected ${n + 1}D or ${n + 2}D input (got ${rank}D input)`,
    origins: [x.origin],
  }));
}

const FAMILIES: readonly Family[] = ['ConstantPad', 'ZeroPad', 'ReflectionPad', 'ReplicationPad', 'CircularPad'];

export const PADDINGS: readonly Operation[] = [padOp];
export const PADDING_MODULES: readonly ModuleEntry[] = FAMILIES.flatMap((family) => ([1, 2, 3] as const).map((n) => padModule(family, n)));
