/**
 * torch.stft and torch.istft: spectra of frames that overlap, and the signal that overlapping frames add up to.
 */
import { ge, gt, le } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, floorDiv, sub } from '../dims/dim.ts';
import { isComplex } from '../kernels/dtype.ts';
import type { ObjectValue, Value } from '../python/values.ts';
import { unknownShape } from '../shapes/shape.ts';
import { apply } from './apply.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { callMethod } from './method-call.ts';
import { operation } from './table.ts';

const zero = constant(0);
const one = constant(1);
const two = constant(2);

/** What the squares of the windows must add up to at every sample. */
const LEAST = 1e-11;

interface Frames {
  readonly points: Dim;
  readonly hop: Dim;
  /** The window over a whole frame; undefined where every sample counts alike. */
  readonly window: Value | undefined;
}

const bad = (ctx: Context, message: string) => ({ code: 'invalid-argument', message: `${ctx.name}: ${message}` });

/** Hop, window and what they must be. */
function framesOf(ctx: Context, a: Arguments): Frames {
  const { interp } = ctx;
  const points = a.int('n_fft');
  const hop = a.isNone('hop_length') ? floorDiv(points, constant(4)) : a.int('hop_length');
  const length = a.isNone('win_length') ? points : a.int('win_length');
  ctx.reject(le(hop, zero), () => bad(ctx, `\`hop_length\` is ${ctx.spell(hop)}`));
  ctx.reject(gt(length, points), () => bad(ctx, `\`win_length\` is ${ctx.spell(length)}, more than \`n_fft\`, ${ctx.spell(points)}`));
  const given = a.optionalTensor('window');
  if (given !== undefined) {
    const size = given.size(0);
    if (given.rank !== undefined && given.rank !== 1) ctx.fail(bad(ctx, `the window is ${ctx.spell(given.shape)}, not 1-D`));
    if (size !== undefined && ctx.facts.decide(gt(size, length)) === 'yes') ctx.fail(wrongWindow(ctx, given, length));
    if (size !== undefined && ctx.facts.decide(gt(length, size)) === 'yes') ctx.fail(wrongWindow(ctx, given, length));
  }
  if (a.value('window').kind === 'unknown') return { points, hop, window: undefined };
  const [n, w] = [ctx.known(points), ctx.known(length)];
  if (given === undefined && (n === undefined || w === undefined || n === w)) return { points, hop, window: undefined };
  const own: Value = given?.object ?? apply(ctx, operation('torch.ones'), [interp.int(length)]);
  if (n === undefined || w === undefined || n === w) return { points, hop, window: own };
  const left = Math.floor((n - w) / 2);
  const sides = interp.tuple([interp.int(constant(left)), interp.int(constant(n - w - left))]);
  return { points, hop, window: apply(ctx, operation('F.pad'), [own, sides]) };
}

const wrongWindow = (ctx: Context, window: TensorArg, length: Dim) => ({
  ...bad(ctx, `the window is ${ctx.spell(window.shape)}, \`win_length\` is ${ctx.spell(length)}`),
  origins: [window.origin, length.origin],
});

/** The input with half a frame more at both ends. */
function centred(ctx: Context, a: Arguments, x: TensorArg, points: Dim): Value {
  const { interp } = ctx;
  const half = interp.int(floorDiv(points, two));
  const sides = interp.tuple([half, half]);
  const lone = x.rank === 1;
  const wide = callMethod(ctx, lone ? callMethod(ctx, x.object, 'unsqueeze', interp.int(zero)) : x.object, 'unsqueeze', interp.int(zero));
  const padded = apply(ctx, operation('F.pad'), [wide, sides, a.value('pad_mode')]);
  const once = callMethod(ctx, padded, 'squeeze', interp.int(zero));
  return lone ? callMethod(ctx, once, 'squeeze', interp.int(zero)) : once;
}

/** Whether half of the spectrum is given: for real signals, unless told otherwise. */
function isHalf(a: Arguments, complex: boolean): boolean | undefined {
  if (!a.isNone('onesided')) return a.bool('onesided');
  return !complex;
}

const stft: Operation = {
  names: ['torch.stft', 'Tensor.stft'],
  signature:
    "def stft(input, n_fft, hop_length=None, win_length=None, window=None, center=True, pad_mode='reflect', normalized=False, onesided=None, return_complex=None, align_to_window=None)",
  shape: '(B?, T) -> (B?, n_fft//2 + 1, frames)',
  rule: (ctx, a): Out | Value => {
    const x = a.tensor('input');
    const { interp } = ctx;
    const { dtype, rank } = x;
    if (rank !== undefined && rank !== 1 && rank !== 2)
      ctx.fail({ ...bad(ctx, `the signal is ${ctx.spell(x.shape)}, expected 1-D or 2-D`), code: 'rank-mismatch' });
    const complex =
      dtype === undefined ? undefined : isComplex(dtype) || (a.optionalTensor('window')?.dtype ?? 'float32').startsWith('complex');
    if (complex === false && a.isNone('return_complex')) {
      const text =
        'stft requires the return_complex parameter be given for real inputs, and will further require that return_complex=True in a future PyTorch release.';
      ctx.fail({ ...bad(ctx, '`return_complex` must be given for a real signal'), text });
    }
    if (dtype !== undefined && !/^(float|bfloat|complex)/.test(dtype))
      ctx.fail({ ...bad(ctx, `the signal is ${dtype}`), code: 'dtype-mismatch' });
    const frames = framesOf(ctx, a);
    const centre = a.bool('center');
    if (rank === undefined || complex === undefined || centre === undefined) return tensorOut(unknownShape());
    const signal = ctx.tensorOf(centre ? centred(ctx, a, x, frames.points) : x.object, 'input');
    const length = signal.size(-1);
    if (length !== undefined)
      ctx.require(ge(length, frames.points), () => bad(ctx, `a signal of ${ctx.spell(length)} for frames of ${ctx.spell(frames.points)}`));
    const batch = rank === 1 ? callMethod(ctx, signal.object, 'unsqueeze', interp.int(zero)) : signal.object;
    const pieces = callMethod(ctx, batch, 'unfold', interp.int(constant(-1)), interp.int(frames.points), interp.int(frames.hop));
    const weighted = frames.window === undefined ? pieces : callMethod(ctx, pieces, '__mul__', frames.window);
    const half = isHalf(a, complex);
    if (half === undefined) return tensorOut(unknownShape());
    const norm = a.bool('normalized') === true ? interp.str('ortho') : interp.none;
    const spectra = apply(ctx, operation(half ? 'torch.fft.rfft' : 'torch.fft.fft'), [weighted], new Map([['norm', norm]]));
    const turned = callMethod(ctx, spectra, 'transpose', interp.int(constant(-2)), interp.int(constant(-1)));
    const own = rank === 1 ? callMethod(ctx, turned, 'squeeze_', interp.int(zero)) : turned;
    return a.bool('return_complex') === false ? apply(ctx, operation('torch.view_as_real'), [own]) : own;
  },
  samples: [
    'torch.stft(torch.rand(16), 8, return_complex=True)',
    'torch.stft(torch.rand(2, 16), 8, 4, window=torch.ones(8), center=False, return_complex=True)',
    'torch.stft(torch.rand(16), 8, win_length=6, normalized=True, onesided=False, return_complex=False)',
  ],
  errors: [
    ['torch.stft(torch.rand(16), 8)', 'invalid-argument'],
    ['torch.stft(torch.rand(2, 2, 16), 8, return_complex=True)', 'rank-mismatch'],
  ],
  doc: 'torch.stft',
};

/** Frames `[*, points, frames]` added up where they overlap: `[*, hop*(frames - 1) + points]`. */
function overlapped(ctx: Context, frames: Value, length: Dim, { points, hop }: Frames): ObjectValue {
  const { interp } = ctx;
  const pair = (n: Dim): Value => interp.tuple([interp.int(one), interp.int(n)]);
  const options = new Map<string, Value>([['stride', pair(hop)]]);
  const added = apply(ctx, operation('F.fold'), [frames, pair(length), pair(points)], options);
  const flat = callMethod(ctx, added, 'squeeze', interp.int(constant(-2)));
  return callMethod(ctx, flat, 'squeeze', interp.int(constant(-2)));
}

const istft: Operation = {
  names: ['torch.istft', 'Tensor.istft'],
  signature:
    'istft(Tensor input, int n_fft, int? hop_length = None, int? win_length = None, Tensor? window = None, bool center = True, bool normalized = False, bool? onesided = None, int? length = None, bool return_complex = False)',
  shape: '(B?, n_fft//2 + 1, frames) -> (B?, T)',
  rule: (ctx, a): Out | Value => {
    const x = a.tensor('input');
    const { interp } = ctx;
    if (x.dtype !== undefined && !isComplex(x.dtype)) {
      const text = 'istft requires a complex-valued input tensor matching the output from stft with return_complex=True.';
      ctx.fail({ ...bad(ctx, `the spectrum is ${x.dtype}, a complex one is needed`), code: 'dtype-mismatch', text });
    }
    const { rank } = x;
    if (rank !== undefined && rank !== 2 && rank !== 3)
      ctx.fail({ ...bad(ctx, `the spectrum is ${ctx.spell(x.shape)}, expected 2-D or 3-D`), code: 'rank-mismatch' });
    const frames = framesOf(ctx, a);
    const half = isHalf(a, a.bool('return_complex') === true);
    const [rows, count, centre] = [x.size(-2), x.size(-1), a.bool('center')];
    if (rank === undefined || half === undefined || rows === undefined || count === undefined || centre === undefined)
      return tensorOut(unknownShape());
    const wanted = half ? add(floorDiv(frames.points, two), one) : frames.points;
    ctx.reject(gt(rows, wanted), () => bad(ctx, `${ctx.spell(rows)} frequencies, expected ${ctx.spell(wanted)}`));
    ctx.reject(gt(wanted, rows), () => bad(ctx, `${ctx.spell(rows)} frequencies, expected ${ctx.spell(wanted)}`));
    const hops = ctx.facts.simplify(sub(count, one));
    const [n, h, f] = [ctx.known(frames.points), ctx.known(frames.hop), ctx.known(hops)];
    if (n === undefined || h === undefined || f === undefined) return tensorOut(unknownShape());
    const total = constant(n + h * f);
    const spectra = callMethod(ctx, x.object, 'transpose', interp.int(constant(-2)), interp.int(constant(-1)));
    const norm = a.bool('normalized') === true ? interp.str('ortho') : interp.none;
    const back = operation(half ? 'torch.fft.irfft' : 'torch.fft.ifft');
    const signals = apply(ctx, back, [spectra, interp.int(frames.points), interp.int(constant(-1)), norm]);
    const weighted = frames.window === undefined ? signals : callMethod(ctx, signals, '__mul__', frames.window);
    const lone = rank === 2;
    const batch = lone ? callMethod(ctx, weighted, 'unsqueeze', interp.int(zero)) : weighted;
    const turned = callMethod(ctx, batch, 'transpose', interp.int(one), interp.int(two));
    const sum = callMethod(ctx, overlapped(ctx, turned, total, frames), 'reshape', interp.int(constant(-1)), interp.int(total));
    const envelope = envelopeOf(ctx, frames, [f + 1, total]);
    const from = centre ? Math.floor(n / 2) : 0;
    const asked = a.isNone('length') ? undefined : ctx.known(a.int('length'));
    if (asked === undefined && !a.isNone('length')) return tensorOut(unknownShape());
    const whole = n + h * f;
    const to = asked === undefined ? whole - from : Math.min(whole, from + asked);
    const cut = (value: Value): ObjectValue =>
      callMethod(ctx, value, 'narrow', interp.int(constant(-1)), interp.int(constant(from)), interp.int(constant(Math.max(0, to - from))));
    const counted = cut(envelope);
    if (
      ctx
        .tensorOf(counted, 'window')
        .values?.toFlat()
        .some((n) => Math.abs(n) < LEAST) === true
    )
      ctx.fail(bad(ctx, 'the windows do not reach every sample'));
    const divided = callMethod(ctx, cut(sum), '__truediv__', counted);
    const short = asked === undefined ? 0 : asked - (to - from);
    const filled =
      short <= 0 ? divided : apply(ctx, operation('F.pad'), [divided, interp.tuple([interp.int(zero), interp.int(constant(short))])]);
    return lone ? callMethod(ctx, filled, 'squeeze', interp.int(zero)) : filled;
  },
  samples: [
    'torch.istft(torch.stft(torch.rand(16), 8, return_complex=True), 8)',
    'torch.istft(torch.stft(torch.rand(2, 16), 8, window=torch.ones(8), return_complex=True), 8, window=torch.ones(8), length=18)',
  ],
  errors: [['torch.istft(torch.rand(5, 9), 8)', 'dtype-mismatch']],
  doc: 'torch.istft',
};

/** How often each sample was counted: the squares of the window, added up as the frames are. */
function envelopeOf(ctx: Context, frames: Frames, [count, total]: readonly [number, Dim]): ObjectValue {
  const { interp } = ctx;
  const window = frames.window ?? apply(ctx, operation('torch.ones'), [interp.int(frames.points)]);
  const square = callMethod(ctx, window, 'square');
  const column = callMethod(ctx, callMethod(ctx, square, 'unsqueeze', interp.int(constant(-1))), 'unsqueeze', interp.int(zero));
  const spread = callMethod(ctx, column, 'expand', interp.int(one), interp.int(frames.points), interp.int(constant(count)));
  return callMethod(ctx, overlapped(ctx, spread, total, frames), 'reshape', interp.int(constant(-1)), interp.int(total));
}

export const SHORT_TIME: readonly Operation[] = [stft, istft];
