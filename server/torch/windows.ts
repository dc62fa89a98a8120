/**
 * Windows over time: hann, hamming, blackman and bartlett, as PyTorch computes them from a range in the wanted type.
 */
import { ge } from '../dims/cond.ts';
import { constant } from '../dims/dim.ts';
import { fromFlat } from '../kernels/array.ts';
import type { DType } from '../kernels/dtype.ts';
import { defaultDtype, roundTo } from '../kernels/dtype.ts';
import { shapeOf } from '../shapes/shape.ts';
import { finish, made, TAIL } from './creation.ts';
import type { Operation } from './entry.ts';

interface WindowForm {
  readonly name: string;
  /** Parameters between the length and the keywords. */
  readonly more?: string;
  /** The value at `i` of `n` steps, each operation rounded by `r`. */
  readonly value: (i: number, n: number, r: (x: number) => number, numbers: readonly number[]) => number;
  readonly numbers?: readonly string[];
}

const cosine = (i: number, n: number, r: (x: number) => number, times = 2): number => r(Math.cos(r(i * r((Math.PI * times) / n))));

const FORMS: readonly WindowForm[] = [
  { name: 'hann_window', value: (i, n, r) => r(r(cosine(i, n, r) * -0.5) + 0.5) },
  {
    name: 'hamming_window',
    more: ', float alpha = 0.54, float beta = 0.46',
    numbers: ['alpha', 'beta'],
    value: (i, n, r, [alpha = 0.54, beta = 0.46]) => r(r(cosine(i, n, r) * r(-beta)) + r(alpha)),
  },
  {
    name: 'blackman_window',
    value: (i, n, r) => r(r(r(cosine(i, n, r, 4) * r(0.08)) - r(cosine(i, n, r) * 0.5)) + r(0.42)),
  },
  { name: 'bartlett_window', value: (i, n, r) => (2 * i <= n ? r(r(2 / n) * i) : r(2 - r(r(2 / n) * i))) },
];

function entry(form: WindowForm): Operation {
  const { name } = form;
  return {
    names: [`torch.${name}`],
    signature: [
      `${name}(int window_length, *, ${TAIL})`,
      `${name}(int window_length, bool periodic${form.more === undefined ? '' : `${form.more}`}, *, ${TAIL})`,
    ],
    shape: 'window_length -> (window_length)',
    rule: (ctx, a) => {
      const n = a.int('window_length');
      const dtype = a.dtype('dtype');
      if (dtype !== undefined && dtype !== null && !/^(float|bfloat)/.test(dtype)) {
        ctx.fail({ code: 'dtype-mismatch', message: `${name}: a window of ${dtype}, floating types only`, text: undefined });
      }
      ctx.require(ge(n, constant(0)), () => ({
        code: 'negative-size',
        message: `${name}: a window of length ${ctx.spell(n)}`,
        text: ctx.text`${name} requires non-negative window_length, got window_length=${n}`,
        origins: [n.origin],
      }));
      return made(ctx, a, shapeOf([n]), defaultDtype());
    },
    kernel: (k) => {
      const dtype: DType = k.dtype('dtype') ?? defaultDtype();
      const n = k.int('window_length');
      const periodic = !k.rule.exists('periodic') || k.bool('periodic');
      const numbers = (form.numbers ?? []).flatMap((p) => (k.rule.exists(p) ? [k.number(p)] : []));
      const steps = periodic ? n : n - 1;
      const r = (x: number): number => roundTo(dtype, x);
      const values = n === 1 ? [1] : Array.from({ length: n }, (_, i) => form.value(i, steps, r, numbers));
      return finish(k, fromFlat(values, [n], dtype));
    },
    samples: [`torch.${name}(5)`, `torch.${name}(4, periodic=False)`, `torch.${name}(0)`],
    errors: [[`torch.${name}(-1)`, 'negative-size']],
    doc: `torch.${name}`,
  };
}

export const WINDOWS: readonly Operation[] = FORMS.map(entry);
