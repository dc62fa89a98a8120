/**
 * Dropout: functions and modules. In a check the values do not matter, only that p is a probability and the dtype fits.
 */

import { eq } from '../dims/cond.ts';
import { constant } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import { inPlace } from '../kernels/inplace.ts';
import { alphaDropout, featureAlphaDropout } from '../kernels/noise.ts';
import type { Generator } from '../kernels/random.ts';
import { dropout, featureDropout } from '../kernels/random.ts';
import { squeeze, unsqueeze } from '../kernels/views.ts';
import type { Value } from '../python/values.ts';
import { numelOf } from '../shapes/shape.ts';
import { apply } from './apply.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { type ModuleEntry, type Operation, type Out, selfOut, tensorOut } from './entry.ts';
import { preservedLayout } from './layout.ts';
import { refuseKernel } from './reduction.ts';
import { payloadOf } from './tensor.ts';
import { typeNameOf } from './types.ts';

/** `dropout probability has to be between 0 and 1, but got 1.5` */
function requireProbability(ctx: Context, given: Value): number | undefined {
  const value = ctx.interp.resolve(given);
  if (value.kind === 'unknown' || value.kind === 'choice' || payloadOf(value) !== undefined) return undefined;
  const p = ctx.interp.asNumber(value);
  if (p === undefined && value.kind !== 'float' && value.kind !== 'int' && value.kind !== 'bool') {
    const type = typeNameOf(ctx.interp, value);
    ctx.fail({
      code: 'call-arguments',
      exception: 'TypeError',
      text: `'<' not supported between instances of '${type}' and 'int'`,
      message: `${ctx.name}: \`p\` is ${type}, not a number`,
    });
  }
  if (p !== undefined && (p < 0 || p > 1)) {
    ctx.fail({
      code: 'invalid-argument',
      exception: 'ValueError',
      text: `dropout probability has to be between 0 and 1, but got ${ctx.interp.repr(value)}`,
      message: `${ctx.name}: \`p\` is ${p}, not a probability`,
    });
  }
  return p;
}

type Drop = (x: NdArray, p: number, g: Generator, training?: boolean) => NdArray;

interface Form {
  readonly name: string;
  readonly layer: string;
  readonly native: string;
  readonly drop: Drop;
  /** Whether it drops outside of training unless told so. */
  readonly training: boolean;
  /** Ranks that the Python function takes (`dropout1d`); any if absent. */
  readonly ranks?: readonly number[];
  /** Whole channels are dropped: at least two dimensions, in training. */
  readonly channels?: true;
  /** Bool input: the noise is added as an integer. */
  readonly adds?: true;
  /** A sample without its batch is given one first. */
  readonly batches?: true;
}

/** A 2-D input is one sequence without a batch. */
function dropout1d(x: NdArray, p: number, g: Generator, training = true): NdArray {
  return x.rank === 2 ? squeeze(featureDropout(unsqueeze(x, 0), p, g, training), 0) : featureDropout(x, p, g, training);
}

/** All but 5-D input is one sample without a batch. */
function dropout3d(x: NdArray, p: number, g: Generator, training = true): NdArray {
  return x.rank === 5 ? featureDropout(x, p, g, training) : squeeze(featureDropout(unsqueeze(x, 0), p, g, training), 0);
}

const FORMS: readonly Form[] = [
  { name: 'dropout', layer: 'Dropout', native: 'dropout', drop: dropout, training: true },
  { name: 'dropout1d', layer: 'Dropout1d', native: 'feature_dropout', drop: dropout1d, training: true, ranks: [2, 3] },
  { name: 'dropout2d', layer: 'Dropout2d', native: 'feature_dropout', drop: featureDropout, training: true, channels: true },
  { name: 'dropout3d', layer: 'Dropout3d', native: 'feature_dropout', drop: dropout3d, training: true, channels: true, batches: true },
  { name: 'alpha_dropout', layer: 'AlphaDropout', native: 'alpha_dropout', drop: alphaDropout, training: false, adds: true },
  {
    name: 'feature_alpha_dropout',
    layer: 'FeatureAlphaDropout',
    native: 'feature_alpha_dropout',
    drop: featureAlphaDropout,
    training: false,
    channels: true,
    adds: true,
  },
];

function rule(ctx: Context, a: Arguments, form: Form): Out {
  const p = requireProbability(ctx, a.value('p'));
  const x = a.tensor('input', form.native === 'feature_dropout' ? undefined : ctx.notTensor(form.native, 'input', 1));
  if (form.ranks !== undefined) {
    ctx.requireRank(x.shape, form.ranks, (d) => ({
      code: 'rank-mismatch',
      message: `${ctx.name} input: ${ctx.spell(x.shape)} has ${d} dimensions, expected 2 or 3`,
      text: `dropout1d: Expected 2D or 3D input, but received a ${d}D input. Note that dropout1d exists to provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs).`,
      origins: [x.origin],
    }));
  }
  const numel = numelOf(x.shape);
  const drops =
    a.bool('training') === true && p !== undefined && p > 0 && (numel === undefined || ctx.facts.decide(eq(numel, constant(0))) === 'no');
  if (drops && p !== 1) requireDroppable(ctx, x, form);
  return a.bool('inplace') === true ? selfOut(x) : tensorOut(x.shape, x.dtype, { layout: preservedLayout(x) });
}

function requireDroppable(ctx: Context, x: TensorArg, form: Form): void {
  if (form.channels === true && x.rank !== undefined && x.rank < (form.batches === true ? 1 : 2)) {
    ctx.fail({
      code: 'rank-mismatch',
      message: `${ctx.name} input: ${ctx.spell(x.shape)} has no channels to drop`,
      text: 'Feature dropout requires at least 2 dimensions in the input',
      origins: [x.origin],
    });
  }
  const { dtype } = x;
  if (dtype?.startsWith('complex') === true) refuseKernel(ctx, 'bernoulli_scalar_cpu_', dtype);
  if (dtype === undefined || /^(float|bfloat|complex)/.test(dtype)) return;
  ctx.fail({
    code: 'dtype-mismatch',
    message: `${ctx.name}: the input is ${dtype}; dropout needs a floating dtype`,
    text: `result type Float can't be cast to the desired output type ${form.adds === true && dtype === 'bool' ? 'Long' : scalarTypeName(dtype)}`,
    origins: [x.origin],
  });
}

const functionOf = (form: Form): Operation => ({
  names: [`F.${form.name}`],
  signature: `def ${form.name}(input, p=0.5, training=${form.training ? 'True' : 'False'}, inplace=False)`,
  shape: '(*) -> (*)',
  rule: (ctx, a) => rule(ctx, a, form),
  kernel: (k, ctx) => {
    const x = k.array('input');
    const make = (from: NdArray): NdArray => form.drop(from, k.number('p'), ctx.state.generator, k.bool('training'));
    return k.bool('inplace') ? inPlace(x, make) : make(x);
  },
  random: true,
  samples: [`F.${form.name}(torch.ones(2, 3, 4))`, `F.${form.name}(torch.ones(2, 3, 4), 0.3, True)`],
  errors: [[`F.${form.name}(torch.ones(2, 3, 4), 1.5)`, 'invalid-argument']],
  doc: `nn.functional.${form.name}`,
});

const OPERATIONS = FORMS.map(functionOf);

/** `torch.dropout(input, p, train)` and its kin, and what writes in place. */
const nativeOf =
  (inplace: boolean) =>
  (form: Form): Operation => {
    const name = `${form.native}${inplace ? '_' : ''}`;
    const python = OPERATIONS[FORMS.indexOf(form)] as Operation;
    return {
      names: [`torch.${name}`],
      signature: `${name}(Tensor input, float p, bool train)`,
      shape: '(*) -> (*)',
      rule: (ctx, a) => {
        const p = a.known('p');
        if (p !== undefined && (p < 0 || p > 1)) {
          const text = `dropout probability has to be between 0 and 1, but got ${p}`;
          ctx.fail({ code: 'invalid-argument', text, message: `${ctx.name}: \`p\` is ${p}, not a probability` });
        }
        const flags = new Map([
          ['training', a.value('train')],
          ['inplace', ctx.interp.bool(inplace)],
        ]);
        return apply(ctx, python, [a.value('input'), a.value('p')], flags);
      },
      samples: [`torch.${name}(torch.ones(2, 3, 4), 0.3, True)`],
      errors: [[`torch.${name}(torch.ones(2, 3, 4), 1.5, True)`, 'invalid-argument']],
      doc: `nn.functional.${form.name}`,
    };
  };

const NATIVE = FORMS.filter((form) => ['dropout', 'dropout2d', 'alpha_dropout', 'feature_alpha_dropout'].includes(form.name));

const layerOf = (form: Form, i: number): ModuleEntry => ({
  name: `nn.${form.layer}`,
  init: 'def _DropoutNd.__init__(self, p=0.5, inplace=False)',
  construct: (m, a) => {
    requireProbability(m, a.value('p'));
    m.set('p', a.value('p'));
    m.set('inplace', a.value('inplace'));
  },
  forward: `def ${form.layer}.forward(self, input)`,
  shape: '(*) -> (*)',
  call: (m, a) => apply(m, OPERATIONS[i] as Operation, [a.value('input'), m.attr('p'), m.attr('training'), m.attr('inplace')]),
  extraRepr: (m) => `p=${m.interp.repr(m.attr('p'))}, inplace=${m.interp.repr(m.attr('inplace'))}`,
  samples: [`nn.${form.layer}()(torch.ones(2, 3, 4))`],
  errors: [[`nn.${form.layer}(2)`, 'invalid-argument']],
  doc: `nn.${form.layer}`,
});

export const DROPOUTS: readonly Operation[] = [...OPERATIONS, ...NATIVE.map(nativeOf(false)), ...NATIVE.map(nativeOf(true))];
export const DROPOUT_MODULES: readonly ModuleEntry[] = FORMS.map(layerOf);
