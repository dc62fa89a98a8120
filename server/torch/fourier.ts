/**
 * torch.fft along one dimension: fft, ifft, and rfft and irfft, which keep half of the spectrum of real numbers.
 */
import { le } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, floorDiv, mul, sub } from '../dims/dim.ts';
import { isComplex, scalarTypeName } from '../kernels/dtype.ts';
import type { FourierName } from '../kernels/fourier.ts';
import { fourier } from '../kernels/fourier.ts';
import { replaceAxis } from '../shapes/axes.ts';
import { unknownShape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import type { Context } from './context.ts';
import { withoutOut } from './elementwise.ts';
import type { Operation } from './entry.ts';
import { tensorOut } from './entry.ts';

const one = constant(1);
const two = constant(2);

/** The points in time: `n`, or what the input has; irfft takes its input for half of a spectrum. */
function pointsOf(ctx: Context, a: Arguments, name: FourierName, x: TensorArg, axis: number): Dim | undefined {
  if (!a.isNone('n')) return a.optionalInt('n') ?? ctx.world.freshSize();
  const size = x.size(axis);
  return size === undefined || name !== 'irfft' ? size : mul(two, sub(size, one));
}

function refuseType(ctx: Context, name: FourierName, x: TensorArg): void {
  const { dtype } = x;
  if (dtype === undefined) return;
  if (name === 'rfft' && isComplex(dtype)) {
    const text = `rfft expects a real input tensor, but got ${scalarTypeName(dtype)}`;
    ctx.fail({ code: 'dtype-mismatch', text, message: `rfft: the tensor is ${dtype}, a real one is needed`, origins: [x.origin] });
  }
  if (dtype === 'float16' || dtype === 'bfloat16') {
    const text = `Unsupported dtype ${scalarTypeName(dtype)}`;
    ctx.fail({ code: 'dtype-mismatch', text, message: `${ctx.name}: ${dtype} is not transformed`, origins: [x.origin] });
  }
}

function entry(name: FourierName): Operation {
  return {
    names: [`torch.fft.${name}`],
    signature: `fft_${name}(Tensor input, int? n = None, int dim = -1, str? norm = None, *, Tensor out = None)`,
    shape: name === 'rfft' ? '(*, n) -> (*, n//2 + 1)' : name === 'irfft' ? '(*, m) -> (*, 2*(m - 1))' : '(*, n) -> (*, n)',
    rule: (ctx, a) => {
      const x = a.tensor('input');
      refuseType(ctx, name, x);
      const wide = x.dtype === 'float64' || x.dtype === 'complex128';
      const real = name === 'irfft';
      const dtype = x.dtype === undefined ? undefined : wide ? (real ? 'float64' : 'complex128') : real ? 'float32' : 'complex64';
      const axis = axisOf(ctx, x, a.int('dim'), { wrapScalar: false });
      if (axis === undefined) return tensorOut(unknownShape(undefined, 1), dtype);
      const n = pointsOf(ctx, a, name, x, axis);
      if (n === undefined) return tensorOut(unknownShape(undefined, 1), dtype);
      ctx.reject(le(n, constant(0)), () => ({
        code: 'invalid-argument',
        text: ctx.text`Invalid number of data points (${n}) specified`,
        message: `${ctx.name}: ${ctx.spell(n)} points`,
        origins: [n.origin ?? x.origin],
      }));
      const norm = a.isNone('norm') ? 'backward' : a.string('norm');
      if (norm !== undefined && !['forward', 'backward', 'ortho'].includes(norm)) {
        const text = `Invalid normalization mode: "${norm}"`;
        ctx.fail({ code: 'invalid-argument', text, message: text });
      }
      const size = name === 'rfft' ? add(floorDiv(n, two), one) : n;
      const last = axis === -1 || (x.rank !== undefined && axis === x.rank - 1);
      return tensorOut(replaceAxis(ctx.world, x.shape, axis, [size]), dtype, { layout: last ? 'contiguous' : 'unknown' });
    },
    kernel: (k: KernelArguments) => {
      withoutOut(k);
      const x = k.array('input');
      const dim = k.int('dim');
      const size = x.shape.at(dim) as number;
      const n = k.optionalInt('n') ?? (name === 'irfft' ? 2 * (size - 1) : size);
      return fourier(name, x, n, dim, k.isNone('norm') ? 'backward' : k.string('norm'));
    },
    samples: [`torch.fft.${name}(torch.rand(2, 5))`, `torch.fft.${name}(torch.rand(4, 3), n=6, dim=0, norm="ortho")`],
    errors: [
      [`torch.fft.${name}(torch.rand(3), dim=1)`, 'dim-out-of-range'],
      [`torch.fft.${name}(torch.rand(3), n=0)`, 'invalid-argument'],
    ],
    doc: `torch.fft.${name}`,
  };
}

export const FOURIER: readonly Operation[] = (['fft', 'ifft', 'rfft', 'irfft'] as const).map(entry);
