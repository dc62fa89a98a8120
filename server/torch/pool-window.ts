/**
 * The checks of pooling with a fixed window, in PyTorch's order, and the sizes that are left. One space dimension is
 * treated as the width of two, except where a plain maximum is taken over it.
 */
import { ge, le } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, mul, sub } from '../dims/dim.ts';
import { greatestRank } from '../shapes/shape.ts';
import type { Window } from '../shapes/window.ts';
import { fits, pooled } from '../shapes/window.ts';
import type { TensorArg } from './arguments.ts';
import type { Context, FaultParts } from './context.ts';
import { lastSizes } from './spatial.ts';

const zero = constant(0);
const one = constant(1);
const NUMBERS = ['', 'one', 'two', 'three'] as const;

export type PoolOption = 'kernel_size' | 'stride' | 'padding' | 'dilation';

export interface PoolCall {
  readonly ctx: Context;
  readonly kind: 'max' | 'avg';
  readonly n: 1 | 2 | 3;
  /** A maximum over one dimension without its indices, which PyTorch checks on its own. */
  readonly plain: boolean;
  readonly x: TensorArg;
  readonly options: Readonly<Record<PoolOption, readonly Dim[] | undefined>>;
  /** Undefined where it is not known. */
  readonly ceil: boolean | undefined;
}

const name = (c: PoolCall): string => `${c.kind}_pool${c.n}d`;

const fault = (c: PoolCall, message: string, text: string | undefined, code = 'pool-argument'): FaultParts => ({
  code,
  message: `${c.ctx.name}: ${message}`,
  text,
  origins: [c.x.origin],
});

/** The sizes after pooling; undefined where options or sizes are not known. Raises what PyTorch raises. */
export function pooledSizes(c: PoolCall): readonly Dim[] | undefined {
  if (c.n === 1) requireRank(c);
  for (const option of ['kernel_size', 'stride', 'padding', 'dilation'] as const) requireLength(c, option);
  if (c.n > 1) requireRank(c);
  const sizes = lastSizes(c.x, c.n);
  const windows = sizes === undefined ? undefined : windowsOf(c);
  if (sizes === undefined || windows === undefined) return undefined;
  if (c.plain) return [plainSize(c, sizes[0] as Dim, windows[0] as Window)];
  for (const w of windows) requireFormula(c, w);
  requireSigns(c, windows);
  requireNotEmpty(c);
  if (c.kind === 'avg' && c.n === 3) requireLargeEnough(c, sizes, windows);
  const out = sizes.map((size, i) => sizeAfter(c, size, windows[i] as Window));
  sizes.forEach((size, i) => {
    requireOutput(c, size, windows[i] as Window, out[i], () => tooSmall(c, sizes, out));
  });
  return out.includes(undefined) ? undefined : (out as Dim[]);
}

function sizeAfter(c: PoolCall, size: Dim, w: Window): Dim | undefined {
  return c.ceil === undefined ? undefined : pooled(size, w, c.ceil);
}

function requireOutput(c: PoolCall, size: Dim, w: Window, out: Dim | undefined, text: () => string | undefined): void {
  const { ctx } = c;
  if (c.ceil === undefined) return;
  ctx.require(c.ceil && out !== undefined ? ge(out, one) : fits(size, w), () => ({
    code: 'window-size',
    message: `${ctx.name}: a window of ${ctx.spell(w.kernel)} does not fit into a size of ${ctx.spell(size)}`,
    text: text(),
    origins: [size.origin ?? c.x.origin, w.kernel.origin],
  }));
}

// ---------------------------------------------------------------- ranks and lengths

function requireRank(c: PoolCall): void {
  const { ctx, n, x } = c;
  const message = `the input is ${ctx.spell(x.shape)}; ${n + 1}-D or ${n + 2}-D is needed`;
  if (c.kind === 'avg' && n === 2) {
    if (greatestRank(x.shape) >= 3) {
      ctx.world.limitRank(x.shape, 3, Number.POSITIVE_INFINITY);
      return;
    }
    const r = x.rank;
    const span = Math.max(1, r ?? 1);
    const text =
      r === 0
        ? 'Dimension specified as -3 but tensor has no dimensions'
        : `Dimension out of range (expected to be in range of [${-span}, ${span - 1}], but got -3)`;
    ctx.fail({ ...fault(c, message, text, 'rank-mismatch'), exception: 'IndexError' });
  }
  ctx.requireRank(x.shape, [n + 1, n + 2], (rank) => {
    const text = c.plain
      ? ctx.text`max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:${x.shape}`
      : n === 1
        ? `Expected 2 to 3 dimensions, but got ${rank}-dimensional tensor for argument #1 'self' (while checking arguments for ${name(c)})`
        : `non-empty ${n + 1}D or ${n + 2}D (batch mode) tensor expected for input`;
    return fault(c, message, text, 'rank-mismatch');
  });
  if (c.plain) requireNotEmpty(c);
}

function requireLength(c: PoolCall, option: PoolOption): void {
  const list = c.options[option];
  if (list === undefined || list.length === c.n || list.length === 1) return;
  if (option === 'stride' && list.length === 0) return;
  const message = `\`${option}\` has ${list.length} numbers, there are ${c.n} dimensions`;
  c.ctx.fail(fault(c, message, lengthText(c, option, list.length)));
}

function lengthText(c: PoolCall, option: PoolOption, got: number): string {
  if (c.plain) {
    const none = option === 'stride' ? 'None, ' : '';
    const comma = option === 'stride' || option === 'padding' ? ',' : '';
    return `max_pool1d() ${option} must be ${none}an int, list of ints${comma} or tuple of ints of size 1 but got size ${got}`;
  }
  if (c.n === 1) return `${name(c)}() argument '${option}' should contain one int (got ${got})`;
  const head = `${name(c)}: ${option} must`;
  const ints = `a tuple of ${NUMBERS[c.n]} ints`;
  const omitted = option === 'stride' ? 'omitted, ' : '';
  if (c.kind === 'avg' && c.n === 3) return `${head} be ${omitted}a single int, or ${ints}`;
  return option === 'dilation' ? `${head} be either a single int, or ${ints}` : `${head} either be ${omitted}a single int, or ${ints}`;
}

function windowsOf(c: PoolCall): Window[] | undefined {
  const { kernel_size: kernel, stride, padding, dilation } = c.options;
  if (kernel === undefined || stride === undefined || padding === undefined || dilation === undefined) return undefined;
  const at = (list: readonly Dim[], i: number): Dim => (list.length === 1 ? list[0] : list[i]) as Dim;
  return Array.from({ length: c.n }, (_, i) => ({
    kernel: at(kernel, i),
    stride: at(stride.length === 0 ? kernel : stride, i),
    padding: at(padding, i),
    dilation: at(dilation, i),
  }));
}

// ---------------------------------------------------------------- values

/** What the formula of the output's size asks for. */
function requireFormula(c: PoolCall, w: Window): void {
  const { ctx } = c;
  if (ctx.known(w.stride) === 0) ctx.fail(fault(c, 'the stride is 0', 'stride should not be zero'));
  ctx.require(ge(w.padding, zero), () =>
    fault(c, `\`padding\` is ${ctx.spell(w.padding)}`, ctx.text`pad must be non-negative, but got pad: ${w.padding}`),
  );
  const reach = add(mul(sub(w.kernel, one), w.dilation), one);
  const [r, p] = [ctx.known(reach), ctx.known(w.padding)];
  const fault2 = (): FaultParts =>
    fault(
      c,
      `\`padding\` ${ctx.spell(w.padding)} is more than half of the kernel ${ctx.spell(w.kernel)}`,
      ctx.text`pad should be at most half of effective kernel size, but got pad=${w.padding}, kernel_size=${w.kernel} and dilation=${w.dilation}`,
    );
  if (r !== undefined && p !== undefined) {
    if (p > Math.trunc(r / 2)) ctx.fail(fault2());
  } else ctx.require(le(mul(constant(2), w.padding), reach), fault2);
}

const AXES: Readonly<Record<2 | 3, readonly string[]>> = { 2: ['H', 'W'], 3: ['T', 'H', 'W'] };

/** `kH: 1 kW: -1` */
function byAxis(c: PoolCall, prefix: string, dims: readonly Dim[]): string | undefined {
  const all = c.n === 1 ? [one, ...dims] : dims;
  const parts = all.map((d, i) => c.ctx.text`${prefix}${AXES[c.n === 3 ? 3 : 2][i]}: ${d}`);
  return parts.includes(undefined) ? undefined : parts.join(' ');
}

function requireSigns(c: PoolCall, windows: readonly Window[]): void {
  const { ctx } = c;
  const positive = (pick: (w: Window) => Dim, what: string, prefix: string): void => {
    const dims = windows.map(pick);
    for (const d of dims) {
      ctx.require(ge(d, one), () =>
        fault(c, `the ${what} is ${ctx.spell(d)}`, ctx.text`${what} should be greater than zero, but got ${byAxis(c, prefix, dims)}`),
      );
    }
  };
  positive((w) => w.kernel, 'kernel size', 'k');
  positive((w) => w.stride, 'stride', 'd');
  positive((w) => w.dilation, 'dilation', 'dilation');
}

/** Only the batch may be empty. */
function requireNotEmpty(c: PoolCall): void {
  const { ctx, n, x } = c;
  if (c.kind === 'avg' && n === 2 && x.rank !== undefined && x.rank > 4) ctx.fail(emptyFault(c));
  for (let i = 1; i <= n + 1; i++) {
    const size = x.size(-i);
    if (size !== undefined) ctx.require(ge(size, one), () => emptyFault(c));
  }
}

function emptyFault(c: PoolCall): FaultParts {
  const { ctx, n, x } = c;
  const dims = x.dims;
  const message = `there is nothing to pool in ${ctx.spell(x.shape)}`;
  if (dims === undefined) return fault(c, message, undefined, 'window-size');
  if (n === 3) {
    const where = c.kind === 'avg' ? 'avg_pool3d()' : 'max_pool3d_with_indices_out_cpu_template()';
    const text = ctx.text`${where}: Expected input's non-batch dimensions to have positive length, but input has a shape of ${x.shape} and non-batch dimension 0 has length zero!`;
    return fault(c, message, text, 'window-size');
  }
  if (c.plain) {
    const text = ctx.text`max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:${x.shape}`;
    return fault(c, message, text, 'window-size');
  }
  const shown = n === 1 ? [...dims.slice(0, -1), one, dims[dims.length - 1] as Dim] : dims;
  const text = ctx.text`Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:${ctx.list(shown)}`;
  return fault(c, message, text, dims.length > n + 2 ? 'rank-mismatch' : 'window-size');
}

function requireLargeEnough(c: PoolCall, sizes: readonly Dim[], windows: readonly Window[]): void {
  const { ctx } = c;
  const names = AXES[3];
  const shown = (prefix: string, dims: readonly Dim[]): string | undefined => {
    const parts = dims.map((d, i) => ctx.text`${prefix}${names[i]}: ${d}`);
    return parts.includes(undefined) ? undefined : parts.join(' ');
  };
  sizes.forEach((size, i) => {
    const kernel = (windows[i] as Window).kernel;
    ctx.require(le(kernel, size), () =>
      fault(
        c,
        `a window of ${ctx.spell(kernel)} does not fit into a size of ${ctx.spell(size)}`,
        ctx.text`input image (${shown('', sizes)}) smaller than kernel size (${shown(
          'k',
          windows.map((w) => w.kernel),
        )})`,
        'window-size',
      ),
    );
  });
}

function tooSmall(c: PoolCall, sizes: readonly Dim[], out: readonly (Dim | undefined)[]): string | undefined {
  const planes = c.x.size(-c.n - 1);
  if (planes === undefined || out.includes(undefined)) return undefined;
  const crossed = (dims: readonly Dim[]): string | undefined => {
    const all = [planes, ...(c.n === 1 ? [one] : []), ...dims].map((d) => c.ctx.known(d));
    return all.includes(undefined) ? undefined : `(${all.join('x')})`;
  };
  return c.ctx.text`Given input size: ${crossed(sizes)}. Calculated output size: ${crossed(out as Dim[])}. Output size is too small`;
}

/** A maximum over one dimension without indices. */
function plainSize(c: PoolCall, size: Dim, w: Window): Dim {
  const { ctx } = c;
  const least = (d: Dim, n: number, what: string, words: string): void =>
    ctx.require(ge(d, constant(n)), () =>
      fault(c, `\`${what}\` is ${ctx.spell(d)}`, ctx.text`max_pool1d() ${what} must be ${words}, but got ${d}`),
    );
  least(w.kernel, 1, 'kernel_size', 'greater than zero');
  least(w.stride, 1, 'stride', 'greater than zero');
  least(w.padding, 0, 'padding', 'non-negative');
  ctx.require(le(mul(constant(2), w.padding), w.kernel), () =>
    fault(
      c,
      `\`padding\` ${ctx.spell(w.padding)} is more than half of the kernel ${ctx.spell(w.kernel)}`,
      ctx.text`max_pool1d() padding should be at most half of kernel size, but got padding=${w.padding} and kernel_size=${w.kernel}`,
    ),
  );
  least(w.dilation, 1, 'dilation', 'greater than zero');
  const out = sizeAfter(c, size, w);
  requireOutput(c, size, w, out, () => (out === undefined ? undefined : ctx.text`max_pool1d() Invalid computed output size: ${out}`));
  return out ?? ctx.world.freshSize();
}
