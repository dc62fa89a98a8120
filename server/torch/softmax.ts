/**
 * Softmax, log-softmax and softmin: native functions, F's functions with their implicit dimension, and the modules.
 */
import { eq } from '../dims/cond.ts';
import { constant } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { fromFlat, zeros } from '../kernels/array.ts';
import { binary } from '../kernels/binary.ts';
import { defaultDtype, isComplex, isFloating } from '../kernels/dtype.ts';
import { scatter } from '../kernels/gather.ts';
import { exponentialInto } from '../kernels/random.ts';
import { argExtreme } from '../kernels/reduce.ts';
import { logSoftmax, softmax } from '../kernels/softmax.ts';
import { unary } from '../kernels/unary.ts';
import { detach } from '../kernels/views.ts';
import type { Value } from '../python/values.ts';
import { numelOf } from '../shapes/shape.ts';
import { apply } from './apply.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { axisOf } from './axis.ts';
import type { Context } from './context.ts';
import type { ModuleEntry, Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { isBatchName } from './naming-warnings.ts';
import { passOn } from './native-argument.ts';
import { NEGATION, refuseType } from './promotion.ts';
import { wantedType } from './reducing.ts';

type Kind = 'softmax' | 'log_softmax' | 'softmin';

/** `[*] -> [*]`, normalised along `axis`. */
function normalised(ctx: Context, a: Arguments, x: TensorArg, axis: number | undefined, kind: Kind): Out {
  const dtype = wantedType(a, x.dtype);
  const numel = numelOf(x.shape);
  const empty = numel !== undefined && ctx.facts.decide(eq(numel, constant(0))) === 'yes';
  if (kind === 'softmin' && x.dtype === 'bool') refuseType(ctx, { b: ['RuntimeError', NEGATION] }, 'bool');
  if (!empty && axis !== undefined && x.rank !== undefined) {
    const last = axis === -1 || axis === Math.max(0, x.rank - 1);
    const kernel = `${kind === 'log_softmax' ? 'log_softmax' : 'softmax'}${last ? '_lastdim' : ''}_kernel_impl`;
    refuseType(ctx, { b: kernel, i: kernel, c: kernel }, dtype);
  }
  if (axis !== undefined && a.value('dim').kind !== 'none') warnBatch(ctx, x, axis);
  return tensorOut(x.shape, dtype);
}

/** Probabilities over the samples of a batch are hardly ever meant. */
function warnBatch(ctx: Context, x: TensorArg, axis: number): void {
  const dims = x.dims;
  if (dims === undefined || dims.length < 2 || (axis !== 0 && axis !== -dims.length)) return;
  const size = dims[0];
  if (size === undefined || !isBatchName(ctx.spell(size))) return;
  ctx.warn({
    code: 'softmax-batch-dim',
    message: `${ctx.name} over dimension 0, the batch of ${ctx.spell(x.shape)}`,
    origins: [size.origin],
  });
}

const native = (name: 'softmax' | 'log_softmax', kernel: typeof softmax): Operation => ({
  names: [`torch.${name}`, `Tensor.${name}`, `torch.special.${name}`],
  signature: `${name}(Tensor input, int dim, torch.dtype? dtype = None, *, Tensor out = None)`,
  method: `${name}(int dim, torch.dtype? dtype = None)`,
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor(a.exists('input') ? 'input' : 'self');
    return normalised(ctx, a, x, axisOf(ctx, x, a.int('dim')), name);
  },
  kernel: (k) => kernel(k.array(k.rule.exists('input') ? 'input' : 'self'), k.int('dim'), k.dtype('dtype')),
  samples: [`torch.${name}(torch.ones(2, 3), 1)`, `torch.ones(2, 3).${name}(-1)`],
  errors: [
    [`torch.${name}(torch.ones(2, 3), 2)`, 'dim-out-of-range'],
    [`torch.${name}(torch.ones(2, 3, dtype=torch.int64), 1)`, 'dtype-mismatch'],
  ],
  doc: `torch.${name}`,
});

/** The dimension that is taken where none is given. */
function implicitDim(rank: number): number {
  return rank === 0 || rank === 1 || rank === 3 ? 0 : 1;
}

function chosenAxis(ctx: Context, a: Arguments, x: TensorArg, name: string): number | undefined {
  const dim = a.value('dim');
  if (dim.kind === 'unknown') return undefined;
  if (dim.kind !== 'none') passOn(ctx, a, `${name === 'softmin' ? 'softmax' : name}(int dim)`);
  if (dim.kind !== 'none') return axisOf(ctx, x, a.int('dim'));
  const rank = x.rank;
  ctx.warn({
    code: 'softmax-no-dim',
    message: `${name} without \`dim\`${rank === undefined ? '' : ` takes dimension ${implicitDim(rank)} of ${ctx.spell(x.shape)}`}`,
    origins: [x.origin],
  });
  return rank === undefined ? undefined : implicitDim(rank);
}

const KERNELS: Readonly<Record<Kind, (x: NdArray, dim: number, dtype: ReturnType<KernelArguments['dtype']>) => NdArray>> = {
  softmax,
  log_softmax: logSoftmax,
  softmin: (x, dim, dtype) => softmax(unary('neg', x), dim, dtype),
};

/** What Python says of something that is no tensor depends on what is asked of it first. */
function refuseInput(ctx: Context, a: Arguments, value: Value, name: Kind): never {
  if (name !== 'softmin' || a.value('dim').kind === 'none') throw ctx.noAttribute(value, a.value('dim').kind === 'none' ? 'dim' : name);
  const text = `bad operand type for unary -: '${ctx.interp.typeName(value)}'`;
  return ctx.fail({ code: 'not-a-tensor', exception: 'TypeError', text, message: text });
}

const functional = (name: Kind): Operation => ({
  names: [`F.${name}`],
  signature: `def ${name}(input, dim=None, _stacklevel=3, dtype=None)`,
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('input', (value) => refuseInput(ctx, a, value, name));
    return normalised(ctx, a, x, chosenAxis(ctx, a, x, name), name);
  },
  kernel: (k) => {
    const x = k.array('input');
    return KERNELS[name](x, k.optionalInt('dim') ?? implicitDim(x.rank), k.dtype('dtype'));
  },
  samples: [`F.${name}(torch.ones(2, 3), dim=1)`, `F.${name}(torch.ones(2, 3, 4))`],
  errors: [[`F.${name}(torch.ones(2, 3), 2)`, 'dim-out-of-range']],
  doc: `nn.functional.${name}`,
});

const FUNCTIONS: Readonly<Record<Kind, Operation>> = {
  softmax: functional('softmax'),
  log_softmax: functional('log_softmax'),
  softmin: functional('softmin'),
};

const GUMBEL: Operation = {
  names: ['F.gumbel_softmax'],
  signature: 'def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1)',
  shape: '(*) -> (*)',
  rule: (ctx, a) => {
    const x = a.tensor('logits', ctx.notTensor('empty_like', 'input', 1));
    if (x.dtype !== undefined && !isFloating(x.dtype) && x.dims?.some((d) => ctx.known(d) === 0) !== true) {
      const text = [
        'RuntimeError',
        'Exponential distribution is a continuous probability distribution. dtype must be a floating point but you specified %T',
      ] as const;
      refuseType(ctx, { b: text, i: text, c: text }, x.dtype);
    }
    axisOf(ctx, x, a.int('dim'));
    return tensorOut(x.shape, x.dtype === undefined || isFloating(x.dtype) || isComplex(x.dtype) ? x.dtype : defaultDtype());
  },
  kernel: (k, ctx) => {
    const x = k.array('logits');
    const dim = k.int('dim');
    const noise = unary('neg', unary('log', exponentialInto(zeros(x.shape, x.dtype), ctx.state.generator)));
    const scaled = binary('div', binary('add', x, noise), fromFlat([k.number('tau')], [], x.dtype));
    const soft = softmax(scaled, dim);
    if (!k.bool('hard')) return soft;
    const index = argExtreme(soft, 'max', dim, true);
    const one = scatter(zeros(x.shape, x.dtype), dim, index, 1);
    return binary('add', binary('sub', one, detach(soft)), soft);
  },
  random: true,
  samples: ['F.gumbel_softmax(torch.ones(2, 3))', 'F.gumbel_softmax(torch.ones(2, 3), hard=True)'],
  errors: [['F.gumbel_softmax(torch.ones(2, 3), dim=4)', 'dim-out-of-range']],
  doc: 'nn.functional.gumbel_softmax',
};

export const SOFTMAX: readonly Operation[] = [
  native('softmax', softmax),
  native('log_softmax', logSoftmax),
  ...Object.values(FUNCTIONS),
  GUMBEL,
];

const layer = (name: string, kind: Kind): ModuleEntry => ({
  name: `nn.${name}`,
  init: `def ${name}.__init__(self, dim=None)`,
  construct: (m, a) => m.set('dim', a.value('dim')),
  forward: `def ${name}.forward(self, input)`,
  shape: '(*) -> (*)',
  call: (m, a): Value => apply(m, FUNCTIONS[kind], [a.value('input'), m.attr('dim'), m.interp.int(5)]),
  extraRepr: (m) => `dim=${m.interp.repr(m.attr('dim'))}`,
  samples: [`nn.${name}(dim=1)(torch.ones(2, 3))`],
  errors: [[`nn.${name}(dim=2)(torch.ones(2, 3))`, 'dim-out-of-range']],
  doc: `nn.${name}`,
});

const SOFTMAX2D: ModuleEntry = {
  name: 'nn.Softmax2d',
  init: 'def Softmax2d.__init__(self)',
  construct: () => {},
  forward: 'def Softmax2d.forward(self, input)',
  shape: '(N?, C, H, W) -> (N?, C, H, W)',
  call: (m, a) => {
    const x = a.tensor('input');
    m.requireRank(x.shape, [3, 4], (rank) => ({
      code: 'rank-mismatch',
      exception: 'ValueError',
      text: `Softmax2d: expected input to be 3D or 4D, got ${rank}D instead`,
      message: `Softmax2d: the input is ${m.spell(x.shape)}, 3 or 4 dimensions are needed`,
      origins: [x.origin],
    }));
    return apply(m, FUNCTIONS.softmax, [x.object, m.interp.int(-3), m.interp.int(5)]);
  },
  samples: ['nn.Softmax2d()(torch.ones(2, 3, 4))'],
  errors: [['nn.Softmax2d()(torch.ones(2, 3))', 'rank-mismatch']],
  doc: 'nn.Softmax2d',
};

export const SOFTMAX_MODULES: readonly ModuleEntry[] = [
  layer('Softmax', 'softmax'),
  layer('LogSoftmax', 'log_softmax'),
  layer('Softmin', 'softmin'),
  SOFTMAX2D,
];
