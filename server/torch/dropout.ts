/**
 * Dropout: functions and modules. In a check the values do not matter, only that p is a probability and the dtype fits.
 */
import { dropout, featureDropout, type Generator } from '../kernels/random.ts';
import type { NdArray } from '../kernels/array.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import type { Value } from '../python/values.ts';
import { apply } from './apply.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { type ModuleEntry, type Operation, type Out, selfOut, tensorOut } from './entry.ts';
import { inPlace } from '../kernels/inplace.ts';

/** `dropout probability has to be between 0 and 1, but got 1.5` */
function requireProbability(ctx: Context, given: Value): number | undefined {
  const value = ctx.interp.resolve(given);
  if (value.kind === 'unknown' || value.kind === 'choice') return undefined;
  const p = ctx.interp.asNumber(value);
  if (p === undefined && value.kind !== 'float' && value.kind !== 'int' && value.kind !== 'bool') {
    const type = ctx.interp.typeName(value);
    ctx.fail({ code: 'call-arguments', exception: 'TypeError', text: `'<' not supported between instances of '${type}' and 'int'`, message: `${ctx.name}: \`p\` is ${type}, not a number` });
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

function rule(ctx: Context, a: Arguments, x: TensorArg): Out {
  const p = requireProbability(ctx, a.value('p'));
  const training = a.bool('training');
  const { dtype } = x;
  if (training === true && p !== undefined && p > 0 && dtype !== undefined && !/^(float|bfloat|complex)/.test(dtype)) {
    ctx.fail({
      code: 'dtype-mismatch',
      message: `${ctx.name}: the input is ${dtype}; dropout needs a floating dtype`,
      text: `result type Float can't be cast to the desired output type ${scalarTypeName(dtype)}`,
      origins: [x.origin],
    });
  }
  return a.bool('inplace') === true ? selfOut(x) : tensorOut(x.shape, dtype, { layout: x.payload.layout });
}

const functional = (name: string, drop: Drop, p: number, native = name): Operation => ({
  names: [`F.${name}`],
  signature: `def ${name}(input, p=${p}, training=True, inplace=False)`,
  shape: '(*) -> (*)',
  rule: (ctx, a) => rule(ctx, a, a.tensor('input', ctx.notTensor(native, 'input', 1))),
  kernel: (k, ctx) => {
    const x = k.array('input');
    const make = (from: NdArray): NdArray => drop(from, k.number('p'), ctx.state.generator, k.bool('training'));
    return k.bool('inplace') ? inPlace(x, make) : make(x);
  },
  random: true,
  samples: [`F.${name}(torch.ones(2, 3, 4))`],
  errors: [[`F.${name}(torch.ones(2, 3, 4), 1.5)`, 'invalid-argument']],
  doc: `nn.functional.${name}`,
});

const dropoutOp = functional('dropout', dropout, 0.5);
const featureOps = [1, 2, 3].map((n) => functional(`dropout${n}d`, featureDropout, 0.5, n === 1 ? 'feature_dropout' : 'feature_dropout'));
const alpha = functional('alpha_dropout', dropout, 0.5);
const featureAlpha = functional('feature_alpha_dropout', featureDropout, 0.5);

const layer = (name: string, op: Operation): ModuleEntry => ({
  name: `nn.${name}`,
  init: 'def _DropoutNd.__init__(self, p=0.5, inplace=False)',
  construct: (m, a) => {
    requireProbability(m, a.value('p'));
    m.set('p', a.value('p'));
    m.set('inplace', a.value('inplace'));
  },
  forward: `def ${name}.forward(self, input)`,
  shape: '(*) -> (*)',
  call: (m, a) => apply(m, op, [a.value('input'), m.attr('p'), m.attr('training'), m.attr('inplace')]),
  extraRepr: (m) => `p=${m.interp.repr(m.attr('p'))}, inplace=${m.interp.repr(m.attr('inplace'))}`,
  samples: [`nn.${name}()(torch.ones(2, 3, 4, 4))`],
  errors: [[`nn.${name}(2)`, 'invalid-argument']],
  doc: `nn.${name}`,
});

export const DROPOUTS: readonly Operation[] = [dropoutOp, ...featureOps, alpha, featureAlpha];
export const DROPOUT_MODULES: readonly ModuleEntry[] = [
  layer('Dropout', dropoutOp),
  ...featureOps.map((op, i) => layer(`Dropout${i + 1}d`, op)),
  layer('AlphaDropout', alpha),
  layer('FeatureAlphaDropout', featureAlpha),
];
