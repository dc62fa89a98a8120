/**
 * Linear maps: F.linear, F.bilinear, nn.Linear, nn.LazyLinear, nn.Bilinear, nn.Identity.
 */

import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import type { Origin } from '../dims/origin.ts';
import type { NdArray } from '../kernels/array.ts';
import { zeros } from '../kernels/array.ts';
import { binary } from '../kernels/binary.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import { einsum } from '../kernels/einsum.ts';
import { defaultBiasBound, defaultWeightBound, fans, initUniform } from '../kernels/initialisation.ts';
import { linear } from '../kernels/matmul.ts';
import type { Shape } from '../shapes/shape.ts';
import { concatenate, product, shapeOf, withoutLast } from '../shapes/shape.ts';
import { apply } from './apply.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import type { Context, FaultParts } from './context.ts';
import { cppTypeName, legacyTypeName, requireSameFactorTypes } from './dtype-names.ts';
import type { ModuleEntry, Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { isUnflattened } from './measured-sizes.ts';
import type { Draw, ModuleScope } from './module-context.ts';
import { passOn } from './native-argument.ts';
import { emptySizes } from './sizes.ts';

/** The sizes of a shape but the last; unknown as a run where the rank is. */
export function leading(shape: Shape): Shape {
  return withoutLast(shape, 1);
}

/** "`in_features`" from an origin that names one, else the given words. */
export function nameOfSize(size: Dim, otherwise: string): string {
  const of = (origin: Origin | undefined): string | undefined =>
    /^`[\w.]+`/.exec(origin?.what ?? '')?.[0] ?? (origin?.from ?? []).map(of).find((n) => n !== undefined);
  return of(size.origin) ?? otherwise;
}

function linearRule(ctx: Context, a: Arguments): Out {
  const x = a.tensor('input');
  const w = a.tensor('weight');
  const b = a.optionalTensor('bias');
  const weightRank = w.rank;
  if (x.rank === 0 || weightRank === 0) {
    ctx.fail({
      code: 'rank-mismatch',
      message: `${ctx.name}: input and weight need at least one dimension`,
      text: `both arguments to linear need to be at least 1D, but they are ${x.rank ?? '?'}D and ${weightRank ?? '?'}D`,
    });
  }
  // Who has read the first size of an input of unknown rank means another one than the last, the features; of several
  // sizes that are known (a concatenation, a permutation) the features may be one.
  const { head, run, tail } = x.shape;
  ctx.world.limitRank(x.shape, run !== undefined && tail.length === 0 && head.length === 1 ? 2 : 1, Number.POSITIVE_INFINITY);
  if (weightRank !== undefined && weightRank > 2) {
    ctx.fail({
      code: 'rank-mismatch',
      message: `${ctx.name}: the weight is ${ctx.spell(w.shape)}, not 2-D`,
      text: `t() expects a tensor with <= 2 dimensions, but self is ${weightRank}D`,
    });
  }
  if (weightRank === 1 && b !== undefined) {
    ctx.fail({
      code: 'rank-mismatch',
      message: `${ctx.name}: the weight is 1-D, so there can be no bias`,
      text: 'mat2 must be a matrix, got 1-D tensor',
    });
  }
  // addmm looks at the dtypes first, mm at the sizes.
  if (b === undefined) requireInner(ctx, x, w);
  if (b !== undefined && b.dtype !== undefined && w.dtype !== undefined && b.dtype !== w.dtype) {
    ctx.fail({
      code: 'dtype-mismatch',
      message: `${ctx.name}: the bias is ${b.dtype}, the weight ${w.dtype}`,
      text: `self and mat2 must have the same dtype, but got ${scalar(b)} and ${scalar(w)}`,
      origins: [b.origin, w.origin],
    });
  }
  requireSameFactorTypes(ctx, x, w, b !== undefined);
  if (b !== undefined) requireInner(ctx, x, w);
  const before = leading(x.shape);
  if (weightRank === 1) return tensorOut(before);
  const outSize = w.size(0);
  if (outSize === undefined) return tensorOut(concatenate(before, shapeOf([ctx.world.freshSize()])));
  if (b !== undefined) requireBias(ctx, x, b, outSize);
  return tensorOut(concatenate(before, shapeOf([outSize])));
}

const scalar = (t: TensorArg): string => (t.dtype === undefined ? '?' : scalarTypeName(t.dtype));

function requireInner(ctx: Context, x: TensorArg, w: TensorArg): void {
  const last = x.size(-1);
  const inner = w.size(-1);
  if (last === undefined || inner === undefined) return;
  const fault = (): FaultParts => ({
    code: 'linear-input-size',
    message: `${ctx.name} input: last size is ${ctx.spell(last)}, ${nameOfSize(inner, 'that of the weight')} is ${ctx.spell(inner)}`,
    text: innerText(ctx, x, w, last, inner),
    origins: [last.origin ?? x.origin, inner.origin ?? w.origin],
    sizes: { got: last, wanted: inner },
  });
  if (isUnflattened(ctx, x, last, inner)) ctx.fail(fault());
  ctx.require(eq(last, inner), fault);
}

function innerText(ctx: Context, x: TensorArg, w: TensorArg, last: Dim, inner: Dim): string | undefined {
  const dims = x.dims;
  const rows = dims === undefined ? undefined : product(dims.slice(0, -1));
  const rank = w.rank;
  if (rank === 1) {
    if (dims?.length === 1) {
      return ctx.text`inconsistent tensor size, expected tensor [${last}] and src [${inner}] to have the same number of elements, but got ${last} and ${inner} elements respectively`;
    }
    return ctx.text`size mismatch, got input (${rows}), mat (${rows}x${last}), vec (${inner})`;
  }
  return ctx.text`mat1 and mat2 shapes cannot be multiplied (${rows}x${last} and ${inner}x${w.size(0)})`;
}

/** The bias is expanded to the rows of the product. */
function requireBias(ctx: Context, x: TensorArg, b: TensorArg, out: Dim): void {
  const own = b.dims;
  if (own === undefined || own.length === 0) return;
  const dims = x.dims;
  const rows = dims === undefined ? undefined : product(dims.slice(0, -1));
  const target: readonly (Dim | undefined)[] = [rows, out];
  if (dims?.length === 1 && own.length === 2 && ctx.known(own[0]) !== 1) {
    ctx.fail({
      code: 'broadcast-mismatch',
      message: `${ctx.name}: the bias is ${ctx.spell(b.shape)}`,
      text: ctx.text`output with shape [${out}] doesn't match the broadcast shape ${b.shape}`,
      origins: [b.origin],
    });
  }
  if (own.length > 2) {
    ctx.fail({
      code: 'broadcast-mismatch',
      message: `${ctx.name}: the bias ${ctx.spell(b.shape)} has more than 2 dimensions`,
      text:
        b.dtype === undefined
          ? undefined
          : ctx.text`expand(${legacyTypeName(b.dtype)}{${b.shape}}, size=[${rows}, ${out}]): the number of sizes provided (2) must be greater or equal to the number of dimensions in the tensor (${own.length})`,
      origins: [b.origin],
    });
  }
  for (let i = own.length - 1; i >= 0; i--) {
    const size = own[i] as Dim;
    const axis = i + 2 - own.length;
    const wanted = target[axis];
    if (wanted === undefined || ctx.known(size) === 1) continue;
    ctx.require(eq(size, wanted), () => ({
      code: 'broadcast-mismatch',
      message: `${ctx.name}: the bias has size ${ctx.spell(size)}, the output ${ctx.spell(wanted)}`,
      text: ctx.text`The expanded size of the tensor (${wanted}) must match the existing size (${size}) at non-singleton dimension ${axis}.  Target sizes: [${rows}, ${out}].  Tensor sizes: ${b.shape}`,
      origins: [size.origin, wanted.origin],
    }));
  }
}

export const linearOp: Operation = {
  names: ['F.linear'],
  signature: 'linear(Tensor input, Tensor weight, Tensor bias = None)',
  shape: '(*, in_features), (out_features, in_features), (out_features)? -> (*, out_features)',
  rule: linearRule,
  kernel: (k) => linear(k.array('input'), k.array('weight'), k.optionalArray('bias')),
  samples: [
    'F.linear(torch.ones(2, 3), torch.ones(4, 3), torch.ones(4))',
    'F.linear(torch.ones(5, 2, 3), torch.ones(4, 3))',
    'F.linear(torch.ones(3), torch.ones(4, 3))',
    'F.linear(torch.ones(2, 3), torch.ones(3))',
  ],
  errors: [
    ['F.linear(torch.ones(2, 5), torch.ones(4, 3))', 'linear-input-size'],
    ['F.linear(torch.ones(2, 3), torch.ones(4, 3), torch.ones(5))', 'broadcast-mismatch'],
  ],
  doc: 'nn.functional.linear',
};

const bilinearOp: Operation = {
  names: ['F.bilinear'],
  signature: 'bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor bias = None)',
  shape: '(*, in1), (*, in2), (out, in1, in2), (out)? -> (*, out)',
  rule: bilinearRule,
  kernel: (k) => bilinear(k.array('input1'), k.array('input2'), k.array('weight'), k.optionalArray('bias')),
  samples: ['F.bilinear(torch.ones(5, 2), torch.ones(5, 3), torch.ones(4, 2, 3), torch.ones(4))'],
  errors: [['F.bilinear(torch.ones(5, 2), torch.ones(4, 3), torch.ones(4, 2, 3))', 'shape-mismatch']],
  doc: 'nn.functional.bilinear',
};

function bilinear(x: NdArray, y: NdArray, weight: NdArray, bias: NdArray | undefined): NdArray {
  const out = einsum('...i,oij,...j->...o', [x, weight, y]);
  return bias === undefined ? out : binary('add', out, bias);
}

function bilinearRule(ctx: Context, a: Arguments): Out {
  const [x, y, w] = [a.tensor('input1'), a.tensor('input2'), a.tensor('weight')];
  const b = a.optionalTensor('bias');
  const [p, q] = [x.rank, y.rank];
  const cannot = (text: string | undefined, message: string) => ({
    code: 'shape-mismatch',
    message: `${ctx.name}: ${message}`,
    text,
    origins: [x.origin, y.origin],
  });
  if (p !== undefined && q !== undefined && p !== q) {
    ctx.fail(cannot(`bilinear(): input dimensions do not match: got ${p} and ${q}`, `the inputs are ${p}-D and ${q}-D`));
  }
  if (p === 0) {
    ctx.fail({
      code: 'rank-mismatch',
      exception: 'IndexError',
      message: `${ctx.name}: the inputs have no dimensions`,
      text: 'Dimension specified as -1 but tensor has no dimensions',
    });
  }
  const dims = x.dims;
  const others = y.dims;
  if (dims !== undefined && others !== undefined) {
    dims.slice(0, -1).forEach((d, i) => {
      const e = others[i] as Dim;
      ctx.require(eq(d, e), () =>
        cannot(
          ctx.text`bilinear(): input batch dimensions do not match at dim ${i}: got ${d} and ${e}`,
          `batch sizes differ: ${ctx.spell(d)} and ${ctx.spell(e)}`,
        ),
      );
    });
  }
  for (const [i, tensor] of [x, y].entries()) {
    const size = tensor.size(-1);
    const wanted = w.size(i + 1);
    if (size === undefined || wanted === undefined) continue;
    ctx.require(eq(size, wanted), () =>
      cannot(
        ctx.text`bilinear(): input${i + 1} size does not match weight size: got ${size} but expected ${wanted}`,
        `last size of input${i + 1} is ${ctx.spell(size)}, ${nameOfSize(wanted, "the weight's")} is ${ctx.spell(wanted)}`,
      ),
    );
  }
  const all = [x, y, w, ...(b === undefined ? [] : [b])];
  const types = new Set(all.map((t) => t.dtype));
  if (types.size > 1 && !types.has(undefined)) {
    ctx.fail({
      code: 'dtype-mismatch',
      message: `${ctx.name}: the tensors have different dtypes: ${[...types].join(', ')}`,
      text: `All tensors must have the same dtype, got ${all.map((t) => `${t.name}: ${cpp(t)}`).join(', ')}`,
    });
  }
  const out = w.someSize(0);
  return tensorOut(concatenate(leading(x.shape), shapeOf([out])), x.dtype);
}

const cpp = (t: TensorArg): string => (t.dtype === undefined ? '?' : cppTypeName(t.dtype));

/** Uniform in ± the bound that PyTorch derives from the fan-in of the weight. */
export function drawWeight(m: ModuleScope): Draw {
  return (shape, dtype) => {
    const out = zeros(shape, dtype);
    const bound = defaultWeightBound(fans(shape)[0]);
    return Number.isFinite(bound) ? initUniform(out, m.state.generator, -bound, bound) : out;
  };
}

export function drawBias(m: ModuleScope, fanIn: () => number): Draw {
  return (shape, dtype) => {
    const bound = defaultBiasBound(fanIn());
    const out = zeros(shape, dtype);
    return bound > 0 ? initUniform(out, m.state.generator, -bound, bound) : out;
  };
}

const linearModule: ModuleEntry = {
  name: 'nn.Linear',
  init: 'def Linear.__init__(self, in_features, out_features, bias=True, device=None, dtype=None)',
  construct: (m, a) => {
    const given = [m.named(a.value('out_features'), 'out_features'), m.named(a.value('in_features'), 'in_features')];
    const [out, inner] = emptySizes(m, given) as [Dim, Dim];
    m.set('in_features', m.interp.int(inner));
    m.set('out_features', m.interp.int(out));
    const dtype = m.dtypeArgument(a.value('dtype'));
    m.parameter('weight', [out, inner], dtype, drawWeight(m));
    registerBias(
      m,
      a,
      [out],
      dtype,
      drawBias(m, () => m.known(inner) ?? 0),
    );
  },
  forward: 'def Linear.forward(self, input)',
  shape: '(*, in_features) -> (*, out_features)',
  call: (m, a) => apply(m, linearOp, [a.value('input'), m.attr('weight'), m.attr('bias')]),
  extraRepr: (m) =>
    `in_features=${m.interp.repr(m.attr('in_features'))}, out_features=${m.interp.repr(m.attr('out_features'))}, bias=${m.attr('bias').kind === 'none' ? 'False' : 'True'}`,
  samples: ['nn.Linear(3, 4)(torch.ones(2, 3))', 'nn.Linear(3, 4, bias=False)(torch.ones(5, 2, 3))', 'nn.Linear(3, 4)(torch.ones(3))'],
  errors: [
    ['nn.Linear(3, 4)(torch.ones(2, 5))', 'linear-input-size'],
    ['nn.Linear(-1, 4)', 'negative-size'],
    ['nn.Linear(3, 4)((torch.ones(2, 3),))', 'not-a-tensor'],
  ],
  doc: 'nn.Linear',
};

/** The parameter `bias`, or None where the argument says so; on an unknown argument it may be either. */
export function registerBias(
  m: ModuleScope,
  a: Arguments,
  dims: readonly Dim[],
  dtype: Parameters<ModuleScope['parameter']>[2],
  draw: Draw,
): void {
  const cond = a.cond('bias');
  const decision = m.facts.decide(cond);
  if (decision === 'no') {
    m.noParameter('bias');
    return;
  }
  const value = m.parameter('bias', dims, dtype, draw);
  if (decision === 'unknown') m.set('bias', m.interp.choice(cond, value, m.interp.none));
}

/** Takes the number of features from the first input; a weight may have come from a state dict before. */
function initialiseLazily(m: ModuleScope, a: Arguments): void {
  const x = a.tensor('input', (v) => {
    throw m.noAttribute(v, 'shape');
  });
  if (x.rank === 0)
    m.fail({
      code: 'rank-mismatch',
      exception: 'IndexError',
      message: 'LazyLinear: the input has no dimensions',
      text: 'tuple index out of range',
    });
  const inner = x.size(-1) ?? m.world.freshSize();
  if (m.uninitialised('weight')) {
    const [out] = emptySizes(m, [m.attr('out_features'), m.interp.int(inner)]) as [Dim];
    const dtype = m.dtypeArgument(m.attr('lazy_dtype'));
    m.parameter('weight', [out, inner], dtype, drawWeight(m));
    if (m.attr('bias').kind !== 'none')
      m.parameter(
        'bias',
        [out],
        dtype,
        drawBias(m, () => m.known(inner) ?? 0),
      );
  } else {
    const loaded = m.tensor('weight')?.size(-1);
    if (loaded !== undefined)
      m.require(eq(inner, loaded), () => ({
        code: 'linear-input-size',
        exception: 'AssertionError',
        message: `LazyLinear: the input is ${m.spell(x.shape)}, the loaded weight takes another number of features`,
        text: m.text`The in_features inferred from input: ${inner} is not equal to in_features from self.weight: ${loaded}`,
        origins: [x.origin],
      }));
  }
  m.set('in_features', m.named(m.interp.int(inner), 'in_features'));
  m.initialised('LazyLinear');
}

const lazyLinear: ModuleEntry = {
  name: 'nn.LazyLinear',
  base: 'nn.Linear',
  init: 'def LazyLinear.__init__(self, out_features, bias=True, device=None, dtype=None)',
  construct: (m, a) => {
    m.set('in_features', m.interp.int(0));
    m.set('out_features', m.named(a.value('out_features'), 'out_features'));
    m.set('lazy_bias', a.value('bias'));
    passOn(m, a, 'empty(*, torch.device? device, torch.dtype? dtype)');
    m.set('lazy_dtype', a.value('dtype'));
    m.lazyParameter('weight');
    if (a.bool('bias') === false) m.noParameter('bias');
    else m.lazyParameter('bias');
  },
  forward: 'def Linear.forward(self, input)',
  shape: '(*, in_features) -> (*, out_features)',
  call: (m, a) => {
    const isFirst = m.attr('in_features').kind === 'int' && m.known(m.dim('in_features')) === 0;
    if (isFirst || m.uninitialised('weight')) initialiseLazily(m, a);
    return apply(m, linearOp, [a.value('input'), m.attr('weight'), m.attr('bias')]);
  },
  samples: ['nn.LazyLinear(4)(torch.ones(2, 3))'],
  doc: 'nn.LazyLinear',
};

const bilinearModule: ModuleEntry = {
  name: 'nn.Bilinear',
  init: 'def Bilinear.__init__(self, in1_features, in2_features, out_features, bias=True, device=None, dtype=None)',
  construct: (m, a) => {
    const names = ['out_features', 'in1_features', 'in2_features'];
    const dims = emptySizes(
      m,
      names.map((name) => m.named(a.value(name), name)),
    );
    requireFeatures(m, a);
    for (const [i, name] of names.entries()) m.set(name, m.interp.int(dims[i] as Dim));
    const dtype = m.dtypeArgument(a.value('dtype'));
    const draw: Draw = (shape, type) => {
      const bound = 1 / Math.sqrt(m.known(dims[1]) ?? 1);
      return initUniform(zeros(shape, type), m.state.generator, -bound, bound);
    };
    m.parameter('weight', dims, dtype, draw);
    registerBias(m, a, [dims[0] as Dim], dtype, draw);
  },
  forward: 'def Bilinear.forward(self, input1, input2)',
  shape: '(*, in1_features), (*, in2_features) -> (*, out_features)',
  call: (m, a) => apply(m, bilinearOp, [a.value('input1'), a.value('input2'), m.attr('weight'), m.attr('bias')]),
  extraRepr: (m) =>
    `in1_features=${m.interp.repr(m.attr('in1_features'))}, in2_features=${m.interp.repr(m.attr('in2_features'))}, out_features=${m.interp.repr(m.attr('out_features'))}, bias=${m.attr('bias').kind === 'none' ? 'False' : 'True'}`,
  samples: ['nn.Bilinear(2, 3, 4)(torch.ones(5, 2), torch.ones(5, 3))'],
  errors: [['nn.Bilinear(0, 3, 4)', 'invalid-argument']],
  doc: 'nn.Bilinear',
};

function requireFeatures(m: ModuleScope, a: Arguments): void {
  const n = a.known('in1_features');
  if (n === undefined || n > 0) return;
  m.fail({
    code: 'invalid-argument',
    exception: 'ValueError',
    message: `Bilinear: \`in1_features\` is ${n}`,
    text: `in1_features must be > 0, but got (in1_features=${n})`,
  });
}

const identity: ModuleEntry = {
  name: 'nn.Identity',
  init: 'def Identity.__init__(self, *args, **kwargs)',
  construct: () => {},
  forward: 'def Identity.forward(self, input)',
  shape: '(*) -> (*)',
  call: (_m, a) => a.value('input'),
  samples: ['nn.Identity()(torch.ones(2, 3))'],
  doc: 'nn.Identity',
};

export const LINEAR: readonly Operation[] = [linearOp, bilinearOp];
export const LINEAR_MODULES: readonly ModuleEntry[] = [linearModule, lazyLinear, bilinearModule, identity];
