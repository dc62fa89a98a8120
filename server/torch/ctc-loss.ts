/**
 * Connectionist temporal classification: F.ctc_loss and nn.CTCLoss, with lengths as tensors or as lists of integers.
 */
import { eq, ge, le } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, max } from '../dims/dim.ts';
import { ctcLoss } from '../kernels/margin-loss.ts';
import type { Value } from '../python/values.ts';
import { scalar, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments } from './arguments.ts';
import { NotKnown } from './arguments.ts';
import type { Context, FaultParts } from './context.ts';
import type { ModuleEntry, Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { lossModule } from './loss-module.ts';
import { passOn } from './native-argument.ts';
import { kernelReduction, reducedShape, reductionOf, refuseKernel } from './reduction.ts';
import { payloadOf } from './tensor.ts';

const zero = constant(0);
const one = constant(1);
const WHERE = '(while checking arguments for ctc_loss_allocate_outputs)';

/** Lengths: how many there are, and which, where that is known. */
interface Lengths {
  readonly count: Dim | undefined;
  readonly each: readonly Dim[] | undefined;
}

function lengthsOf(ctx: Context, given: Value, name: string): Lengths {
  const value = ctx.interp.resolve(given);
  if (payloadOf(value) === undefined) {
    const each = value.kind === 'tuple' || value.kind === 'list' ? ctx.dimsOfValue(value, name) : undefined;
    return { count: each === undefined ? undefined : constant(each.length), each };
  }
  const t = ctx.tensorOf(value, name);
  if (t.dtype !== undefined && !/^u?int/.test(t.dtype)) {
    ctx.fail({
      code: 'index-dtype',
      message: `${ctx.name}: \`${name}\` is ${t.dtype}`,
      text: `${name} must be integral`,
      origins: [t.origin],
    });
  }
  const numbers = t.values?.toFlat();
  const count = t.rank === 0 ? one : t.rank === 1 ? t.size(0) : undefined;
  return { count, each: numbers?.map((n) => constant(n)) };
}

const fault = (ctx: Context, message: string, text: string | undefined): FaultParts => ({
  code: 'loss-target-size',
  message: `${ctx.name}: ${message}`,
  text,
});

function ctcRule(ctx: Context, a: Arguments): Out {
  const reduction = reductionOf(ctx, a);
  const lengths = (type: string): string =>
    `ctc_loss(Tensor log_probs, Tensor targets, ${type} input_lengths, ${type} target_lengths, int blank = 0, int reduction = at::Reduction::Mean, bool zero_infinity = False)`;
  passOn(ctx, a, [lengths('tuple of ints'), lengths('Tensor')], { reduction: ctx.interp.int(1) });
  const [x, t] = [a.tensor('log_probs'), a.tensor('targets')];
  const [inputs, targets] = [
    lengthsOf(ctx, a.value('input_lengths'), 'input_lengths'),
    lengthsOf(ctx, a.value('target_lengths'), 'target_lengths'),
  ];
  const rank = ctx.requireRank(x.shape, [2, 3], (got) => ({
    code: 'rank-mismatch',
    message: `${ctx.name}: the log probabilities are ${ctx.spell(x.shape)}; (T, N, C) or (T, C) is needed`,
    text: `Expected 3-dimensional tensor, but got ${got + 1}-dimensional tensor for argument #1 'log_probs' ${WHERE}`,
    origins: [x.origin],
  }));
  const dims = x.dims;
  if (rank === undefined || dims === undefined) return tensorOut(reducedShape(reduction, unknownShape()), x.dtype);
  if (dims.some((d) => ctx.known(d) === 0)) {
    ctx.fail(fault(ctx, 'the log probabilities are empty', 'log_probs tensor must not be empty'));
  }
  const [steps, batch, classes] = (rank === 3 ? dims : [dims[0], one, dims[1]]) as [Dim, Dim, Dim];
  const blank = a.int('blank');
  for (const cond of [ge(blank, zero), le(add(blank, one), classes)]) {
    ctx.require(cond, () => fault(ctx, `\`blank\` ${ctx.spell(blank)} is no class`, 'blank must be in label range'));
  }
  for (const [name, given] of [
    ['input_lengths', inputs],
    ['target_lengths', targets],
  ] as const) {
    if (given.count === undefined) continue;
    const count = given.count;
    ctx.require(eq(count, batch), () =>
      fault(ctx, `there are ${ctx.spell(count)} \`${name}\`, the batch is ${ctx.spell(batch)}`, `${name} must be of size batch_size`),
    );
  }
  for (const n of targets.each ?? []) requireLeast(ctx, n, 'target_lengths');
  requireTargets(ctx, a, targets.each, batch, t.rank);
  for (const n of inputs.each ?? []) {
    requireLeast(ctx, n, 'input_lengths');
    ctx.require(le(n, steps), () =>
      fault(
        ctx,
        `an input length is ${ctx.spell(n)}, there are ${ctx.spell(steps)} steps`,
        ctx.text`Expected input_lengths to have value at most ${steps}, but got value ${n} ${WHERE}`,
      ),
    );
  }
  refuseKernel(ctx, 'ctc_loss_cpu', x.dtype, /^float(32|64)$/);
  return tensorOut(reducedShape(reduction, rank === 3 ? shapeOf([batch]) : scalar), x.dtype);
}

function requireLeast(ctx: Context, n: Dim, name: string): void {
  ctx.require(ge(n, zero), () =>
    fault(ctx, `one of \`${name}\` is ${ctx.spell(n)}`, ctx.text`Expected ${name} to have value at least 0, but got value ${n} ${WHERE}`),
  );
}

function requireTargets(ctx: Context, a: Arguments, lengths: readonly Dim[] | undefined, batch: Dim, rank: number | undefined): void {
  const t = a.tensor('targets');
  if (rank !== undefined && rank > 2) {
    ctx.fail(
      fault(
        ctx,
        `the targets are ${ctx.spell(t.shape)}`,
        `Expected 1 to 2 dimensions, but got ${rank}-dimensional tensor for argument #2 'targets' ${WHERE}`,
      ),
    );
  }
  const expected = (axis: number, want: Dim, size: Dim, least: boolean): FaultParts =>
    fault(
      ctx,
      `size ${axis} of the targets is ${ctx.spell(size)}, ${ctx.spell(want)} is needed`,
      ctx.text`Expected tensor to have size ${least ? 'at least ' : ''}${want} at dimension ${axis}, but got size ${size} for argument #2 'targets' ${WHERE}`,
    );
  if (rank === 1 && lengths !== undefined) {
    const [sum, size] = [lengths.reduce(add, zero), t.size(0) as Dim];
    ctx.require(eq(size, sum), () => expected(0, sum, size, false));
  }
  if (rank !== 2) return;
  const [rows, wide] = [t.size(0) as Dim, t.size(1) as Dim];
  ctx.require(eq(rows, batch), () => expected(0, batch, rows, false));
  if (lengths === undefined || lengths.length === 0) return;
  const longest = max(...lengths);
  ctx.require(ge(wide, longest), () => expected(1, longest, wide, true));
}

function numbers(k: KernelArguments, name: string): number[] {
  const lengths = lengthsOf(k.rule.ctx, k.value(name), name).each?.map((d) => k.rule.ctx.known(d));
  if (lengths === undefined || lengths.includes(undefined)) throw new NotKnown();
  return lengths as number[];
}

const ctc: Operation = {
  names: ['F.ctc_loss'],
  signature: "def ctc_loss(log_probs, targets, input_lengths, target_lengths, blank=0, reduction='mean', zero_infinity=False)",
  shape: '(T, N, C), (N, S), (N), (N) -> ()',
  rule: ctcRule,
  kernel: (k) =>
    ctcLoss(
      k.array('log_probs'),
      k.array('targets'),
      numbers(k, 'input_lengths'),
      numbers(k, 'target_lengths'),
      k.int('blank'),
      kernelReduction(k),
      k.bool('zero_infinity'),
    ),
  samples: [
    'F.ctc_loss(torch.rand(5, 2, 4).log_softmax(2), torch.ones(2, 3, dtype=torch.int64), (5, 5), (3, 2))',
    "F.ctc_loss(torch.rand(5, 2, 4).log_softmax(2), torch.ones(5, dtype=torch.int64), torch.tensor([5, 4]), torch.tensor([3, 2]), reduction='none')",
  ],
  errors: [['F.ctc_loss(torch.rand(5, 2, 4), torch.ones(3, 3, dtype=torch.int64), (5, 5), (3, 2))', 'loss-target-size']],
  doc: 'nn.functional.ctc_loss',
};

export const CTC_LOSSES: readonly Operation[] = [ctc];
export const CTC_MODULES: readonly ModuleEntry[] = [
  lossModule({
    name: 'CTCLoss',
    op: ctc,
    init: "blank=0, reduction='mean', zero_infinity=False",
    inputs: ['log_probs', 'targets', 'input_lengths', 'target_lengths'],
    options: ['blank', 'zero_infinity'],
    shape: '(T, N, C), (N, S), (N), (N) -> ()',
    samples: ['nn.CTCLoss()(torch.rand(5, 2, 4).log_softmax(2), torch.ones(2, 3, dtype=torch.int64), (5, 5), (3, 2))'],
  }),
];
