/**
 * torch.fft over several dimensions, one after the other, and what goes with it: Hermitian forms, shifts, frequencies.
 */
import { ge } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, floorDiv } from '../dims/dim.ts';
import { fromFlat } from '../kernels/array.ts';
import { defaultDtype, isComplex, isFloating, roundTo, scalarTypeName } from '../kernels/dtype.ts';
import type { FourierName } from '../kernels/fourier.ts';
import type { Value } from '../python/values.ts';
import { shapeOf, unknownShape } from '../shapes/shape.ts';
import { apply } from './apply.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import type { Context } from './context.ts';
import { finish, made, TAIL } from './creation.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { FOURIER } from './fourier.ts';
import { callMethod } from './method-call.ts';

const two = constant(2);

const alongOne = (ctx: Context, name: FourierName, args: readonly Value[]): Value =>
  apply(ctx, FOURIER.find((op) => op.names[0] === `torch.fft.${name}`) as Operation, args);

const fail = (ctx: Context, text: string | undefined): never =>
  ctx.fail({ code: 'invalid-argument', text, message: `${ctx.name}: ${text ?? 'the dimensions do not fit'}` });

interface Plan {
  readonly axis: number;
  /** The points asked for; None takes what there is. */
  readonly points: Value;
}

/** The dimensions to transform, ascending as given, with their points; undefined where they cannot be told. */
function planOf(ctx: Context, a: Arguments, x: TensorArg): readonly Plan[] | undefined {
  const [s, given] = [a.value('s'), a.value('dim')];
  const points = s.kind === 'none' ? [] : a.ints('s');
  const axes = given.kind === 'none' ? [] : a.ints('dim');
  if (points === undefined || axes === undefined) return undefined;
  const { rank } = x;
  if (given.kind !== 'none' && s.kind !== 'none' && points.length !== axes.length)
    fail(ctx, 'When given, dim and shape arguments must have the same length');
  if (given.kind === 'none' && rank === undefined) return undefined;
  if (given.kind === 'none' && points.length > (rank as number))
    fail(ctx, `Got shape with ${points.length} values but input tensor only has ${rank} dimensions.`);
  const count = s.kind === 'none' ? (rank as number) : points.length;
  const dims = given.kind === 'none' ? Array.from({ length: count }, (_, i) => constant((rank as number) - count + i)) : axes;
  const at = dims.map((d) => axisOf(ctx, x, d, { wrapScalar: false }));
  if (at.includes(undefined)) return undefined;
  const placed = (at as number[]).map((i) => (i < 0 && rank !== undefined ? i + rank : i));
  if (new Set(placed).size < placed.length) fail(ctx, 'FFT dims must be unique');
  return placed.map((axis, i) => {
    const n = points[i];
    return { axis, points: n === undefined || ctx.known(n) === -1 ? ctx.interp.none : ctx.interp.int(n) };
  });
}

interface Form {
  /** `fft` in fft2 and fftn. */
  readonly name: FourierName;
  /** What the dimensions before the last are transformed by. */
  readonly others: 'fft' | 'ifft';
  /** Whether the last dimension comes first, as it must where the input is real. */
  readonly lastFirst: boolean;
}

const FORMS: readonly Form[] = [
  { name: 'fft', others: 'fft', lastFirst: true },
  { name: 'ifft', others: 'ifft', lastFirst: true },
  { name: 'rfft', others: 'fft', lastFirst: true },
  { name: 'irfft', others: 'ifft', lastFirst: false },
];

function several({ name, others, lastFirst }: Form, plane: boolean): Operation {
  const own = `${name}${plane ? '2' : 'n'}`;
  return {
    names: [`torch.fft.${own}`],
    signature: `fft_${own}(Tensor input, tuple of ints[1]? s = None, tuple of ints[1]? dim = ${plane ? '(-2, -1)' : 'None'}, str? norm = None, *, Tensor out = None)`,
    shape: '(*) -> (*)',
    rule: (ctx, a): Out | Value => {
      const x = a.tensor('input');
      if (name === 'rfft' && x.dtype !== undefined && isComplex(x.dtype))
        fail(ctx, `rfftn expects a real-valued input tensor, but got ${scalarTypeName(x.dtype)}`);
      const plan = planOf(ctx, a, x);
      if (plan === undefined) return tensorOut(unknownShape());
      const last = plan.at(-1);
      if (last === undefined) {
        if (name.startsWith('r') || name.startsWith('ir')) fail(ctx, `${name}n must transform at least one axis`);
        const wide = x.dtype === 'float64' || x.dtype === 'complex128';
        return callMethod(ctx, x.object, 'to', ctx.state.dtypes.get(wide ? 'complex128' : 'complex64') as Value);
      }
      const along = (from: Value, by: FourierName, { axis, points }: Plan): Value =>
        alongOne(ctx, by, [from, points, ctx.interp.int(constant(axis)), a.value('norm')]);
      const rest = plan.slice(0, -1).reverse();
      const through = (from: Value): Value => rest.reduce((value, each) => along(value, others, each), from);
      return lastFirst ? through(along(x.object, name, last)) : along(through(x.object), name, last);
    },
    samples: [`torch.fft.${own}(torch.rand(3, 4))`, `torch.fft.${own}(torch.rand(2, 3, 4), (4, 6), (0, 2), "ortho")`],
    errors: [[`torch.fft.${own}(torch.rand(3, 4), (4, 5), (0,))`, 'invalid-argument']],
    doc: `torch.fft.${own}`,
  };
}

// ---------------------------------------------------------------- Hermitian signals

/** The other way of dividing: a Hermitian transform is an inverse one of the conjugate. */
function turnedNorm(ctx: Context, a: Arguments): Value {
  const norm = a.string('norm') ?? 'backward';
  return a.value('norm').kind === 'unknown' ? a.value('norm') : ctx.interp.str({ backward: 'forward', forward: 'backward' }[norm] ?? norm);
}

const hermitian = (name: 'hfft' | 'ihfft', rule: (ctx: Context, a: Arguments, x: TensorArg) => Value): Operation => ({
  names: [`torch.fft.${name}`],
  signature: `fft_${name}(Tensor input, int? n = None, int dim = -1, str? norm = None, *, Tensor out = None)`,
  shape: name === 'hfft' ? '(*, m) -> (*, 2*(m - 1))' : '(*, n) -> (*, n//2 + 1)',
  rule: (ctx, a) => rule(ctx, a, a.tensor('input')),
  samples: [`torch.fft.${name}(torch.rand(2, 5))`, `torch.fft.${name}(torch.rand(4, 3), n=6, dim=0, norm="ortho")`],
  errors: [[`torch.fft.${name}(torch.rand(3), dim=1)`, 'dim-out-of-range']],
  doc: `torch.fft.${name}`,
});

const HERMITIAN: readonly Operation[] = [
  hermitian('hfft', (ctx, a, x) =>
    alongOne(ctx, 'irfft', [callMethod(ctx, x.object, 'conj'), a.value('n'), a.value('dim'), turnedNorm(ctx, a)]),
  ),
  hermitian('ihfft', (ctx, a, x) => {
    if (x.dtype !== undefined && isComplex(x.dtype)) fail(ctx, `ihfft expects a real input tensor, but got ${scalarTypeName(x.dtype)}`);
    return callMethod(ctx, alongOne(ctx, 'rfft', [x.object, a.value('n'), a.value('dim'), turnedNorm(ctx, a)]), 'conj');
  }),
];

// ---------------------------------------------------------------- shifts and frequencies

/** The spectrum's zero to the middle, or back; of odd sizes the two differ by one place. */
const shift = (name: 'fftshift' | 'ifftshift'): Operation => ({
  names: [`torch.fft.${name}`],
  signature: `fft_${name}(Tensor input, tuple of ints[1]? dim = None)`,
  shape: '(*) -> (*)',
  rule: (ctx, a): Out | Value => {
    const x = a.tensor('input');
    const { rank } = x;
    const given = a.isNone('dim') ? undefined : a.ints('dim');
    const dims = given ?? (a.isNone('dim') && rank !== undefined ? Array.from({ length: rank }, (_, i) => constant(i)) : undefined);
    const sizes = dims?.map((d) => {
      const axis = axisOf(ctx, x, d);
      return axis === undefined ? undefined : x.size(axis);
    });
    if (dims === undefined || sizes === undefined || sizes.includes(undefined)) return tensorOut(x.shape, x.dtype);
    const { interp } = ctx;
    const shifts = (sizes as Dim[]).map((n) => interp.int(floorDiv(name === 'fftshift' ? n : add(n, constant(1)), two)));
    return callMethod(ctx, x.object, 'roll', interp.tuple(shifts), interp.tuple(dims.map((d) => interp.int(d))));
  },
  samples: [`torch.fft.${name}(torch.arange(5))`, `torch.fft.${name}(torch.rand(3, 4), dim=1)`],
  errors: [[`torch.fft.${name}(torch.rand(3), dim=1)`, 'dim-out-of-range']],
  doc: `torch.fft.${name}`,
});

const frequencies = (name: 'fftfreq' | 'rfftfreq'): Operation => ({
  names: [`torch.fft.${name}`],
  signature: `fft_${name}(int n, float d = 1.0, *, ${TAIL})`,
  shape: name === 'fftfreq' ? '() -> (n)' : '() -> (n//2 + 1)',
  rule: (ctx, a) => {
    const n = a.int('n');
    const dtype = a.dtype('dtype');
    if (dtype !== undefined && dtype !== null && !isFloating(dtype) && !isComplex(dtype))
      fail(ctx, `${name} requires a floating point or complex dtype`);
    const size = name === 'fftfreq' ? n : add(floorDiv(n, two), constant(1));
    ctx.require(ge(size, constant(0)), () => ({
      code: 'negative-size',
      text: ctx.text`Trying to create tensor with negative dimension ${size}: [${size}]`,
      message: `${ctx.name}: ${ctx.spell(n)} points`,
      origins: [n.origin],
    }));
    return made(ctx, a, shapeOf([size]), defaultDtype());
  },
  kernel: (k) => {
    const n = k.int('n');
    const dtype = k.dtype('dtype') ?? defaultDtype();
    const step = roundTo(dtype, 1 / (n * k.number('d')));
    const count = name === 'fftfreq' ? n : Math.floor(n / 2) + 1;
    const places = Array.from({ length: count }, (_, i) => (name === 'fftfreq' && i >= Math.floor((n + 1) / 2) ? i - n : i));
    return finish(
      k,
      fromFlat(
        places.map((i) => roundTo(dtype, i * step)),
        [count],
        dtype,
      ),
    );
  },
  samples: [`torch.fft.${name}(5)`, `torch.fft.${name}(4, 0.5, dtype=torch.float64)`],
  errors: [[`torch.fft.${name}(4, dtype=torch.int64)`, 'invalid-argument']],
  doc: `torch.fft.${name}`,
});

export const FOURIER_AXES: readonly Operation[] = [
  ...FORMS.flatMap((form) => [several(form, true), several(form, false)]),
  ...HERMITIAN,
  shift('fftshift'),
  shift('ifftshift'),
  frequencies('fftfreq'),
  frequencies('rfftfreq'),
];
