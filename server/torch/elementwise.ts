/**
 * What element operations share: broadcasting operands with PyTorch's errors, writing in place, numbers as operands.
 */

import type { Dim } from '../dims/dim.ts';
import { add, mul } from '../dims/dim.ts';
import type { Origin } from '../dims/origin.ts';
import type { NdArray } from '../kernels/array.ts';
import { wrapScalar } from '../kernels/array.ts';
import { KernelError } from '../kernels/dtype.ts';
import type { Value } from '../python/values.ts';
import { broadcast } from '../shapes/broadcast.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, sameShape, scalar } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { arrayOf, NotKnown } from './arguments.ts';
import type { Context } from './context.ts';
import type { SelfOut } from './entry.ts';
import { selfOut } from './entry.ts';
import { leads } from './measured-sizes.ts';
import type { Operand } from './promotion.ts';
import type { Bounds } from './tensor.ts';
import { payloadOf } from './tensor.ts';

type Sized = Pick<Operand, 'shape' | 'tensor'>;

/** The common shape, two at a time as PyTorch's iterator goes. Raises `broadcast-mismatch`. */
export function broadcastShape(ctx: Context, operands: readonly Sized[]): Shape {
  let shape: Shape = operands[0]?.shape ?? scalar;
  for (const operand of operands.slice(1)) shape = broadcastPair(ctx, shape, operand.shape, operands);
  return shape;
}

/** `[*] , [*] -> [*]`, raising `The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1`. */
export function broadcastPair(ctx: Context, a: Shape, b: Shape, operands: readonly Sized[] = []): Shape {
  const met = leads(ctx, a, b);
  const result = met === undefined ? broadcast(ctx.world, a, b) : { conflict: met };
  if (!('conflict' in result)) return result.shape;
  const { conflict } = result;
  const [x, y] = [ctx.spell(conflict.a), ctx.spell(conflict.b)];
  return ctx.fail({
    code: 'broadcast-mismatch',
    message: `${ctx.name}: ${ctx.spell(a)} and ${ctx.spell(b)} do not broadcast, ${x} is not ${y} in dimension ${conflict.axis}`,
    text:
      conflict.axis < 0
        ? undefined
        : ctx.text`The size of tensor a (${conflict.a}) must match the size of tensor b (${conflict.b}) at non-singleton dimension ${conflict.axis}`,
    origins: originsOf(conflict.a, conflict.b, operands),
  });
}

function originsOf(a: Dim, b: Dim, operands: readonly Sized[]): (Origin | undefined)[] {
  return [a.origin ?? operands[0]?.tensor?.origin, b.origin ?? operands[1]?.tensor?.origin];
}

/** Writing a result of some shape into a tensor, which cannot grow. */
export function writeInPlace(ctx: Context, self: TensorArg, result: Shape): SelfOut {
  const own = dimsOf(self.shape);
  const made = dimsOf(ctx.world.resolve(result));
  if (!sameShape(self.shape, result)) {
    const refused = ctx.world.decideEqual(self.shape, result) === 'no';
    if (refused) {
      ctx.fail({
        code: 'broadcast-mismatch',
        message: `${ctx.name}: the result is ${ctx.spell(result)}, the tensor written to is ${ctx.spell(self.shape)}`,
        text:
          own === undefined || made === undefined
            ? undefined
            : ctx.text`output with shape ${self.shape} doesn't match the broadcast shape ${result}`,
        origins: [self.origin],
      });
    }
    if (own !== undefined && made !== undefined) ctx.world.unify(self.shape, result);
  }
  requireWritable(ctx, self);
  return selfOut(self);
}

/** A parameter that needs a gradient cannot be written to while gradients are recorded. */
export function requireWritable(ctx: Context, self: TensorArg): void {
  const { payload, object } = self;
  if (ctx.state.gradEnabled !== true || payload.requiresGrad !== true || object.cls !== ctx.state.classes.parameter) return;
  ctx.fail({
    code: 'inplace-leaf',
    text: 'a leaf Variable that requires grad is being used in an in-place operation.',
    message: `${ctx.name} writes to a parameter that requires gradients outside of torch.no_grad()`,
    origins: [self.origin],
  });
}

/** A tensor's array, or a number as an operand. Throws `NotKnown`. */
export function operandArray(k: KernelArguments, name: string): NdArray {
  return valueArray(k.rule.ctx, k.value(name));
}

export function valueArray(ctx: Context, given: Value): NdArray {
  const value = ctx.interp.resolve(given);
  if (payloadOf(value) !== undefined) return arrayOf(value);
  if (value.kind === 'complex') {
    if (value.re === undefined || value.im === undefined) throw new NotKnown();
    return wrapScalar({ re: value.re, im: value.im }, 'complex');
  }
  const n = ctx.interp.asNumber(value);
  if (n === undefined) throw new NotKnown();
  if (value.kind === 'bool') return wrapScalar(n, 'bool');
  return wrapScalar(n, value.kind === 'float' ? 'float' : 'int');
}

/** `out=` is not computed into. */
export function withoutOut(k: KernelArguments): void {
  if (k.rule.exists('out') && !k.isNone('out')) throw new KernelError(`ShapeLint does not compute \`out=\` of ${k.rule.ctx.name}`);
}

/** The value of an argument if the overload has it and it is not None. */
export function presentValue(a: Arguments, name: string): Value | undefined {
  if (!a.exists(name)) return undefined;
  const value = a.value(name);
  return value.kind === 'none' ? undefined : value;
}

/** Bounds moved by a whole number. */
export function shiftBounds(bounds: Bounds | undefined, by: Dim | undefined): Bounds | undefined {
  if (bounds === undefined || by === undefined) return undefined;
  const move = (d: Dim | undefined): Dim | undefined => (d === undefined ? undefined : add(d, by));
  return { ...bounds, least: move(bounds.least), greatest: move(bounds.greatest) };
}

/** Bounds times a whole number that is not negative. */
export function scaleBounds(bounds: Bounds | undefined, by: Dim): Bounds | undefined {
  if (bounds === undefined) return undefined;
  const scale = (d: Dim | undefined): Dim | undefined => (d === undefined ? undefined : mul(d, by));
  return { ...bounds, least: scale(bounds.least), greatest: scale(bounds.greatest) };
}
