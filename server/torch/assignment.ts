/**
 * Assignment to a part of a tensor: what is assigned must broadcast to what the subscript chooses.
 */
import { eq } from '../dims/cond.ts';
import { constant } from '../dims/dim.ts';
import { fromFlat, wrapScalar } from '../kernels/array.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import { setItem as setItemOf } from '../kernels/indexing.ts';
import { broadcastInto } from '../shapes/broadcast.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, greatestRank, leastRank, shapeOf } from '../shapes/shape.ts';
import type { TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import type { Operation } from './entry.ts';
import { selfOut } from './entry.ts';
import { fullTypeName } from './expanding.ts';
import type { Plan } from './indexing.ts';
import { chosen, left, plan } from './indexing.ts';
import type { Subscript } from './subscript.ts';
import { knownSubscript, readSubscript } from './subscript.ts';
import { payloadOf } from './tensor.ts';

/** Leading sizes of 1 of what is assigned do not count. */
function withoutLeadingOnes(ctx: Context, shape: Shape): Shape {
  const dims = dimsOf(ctx.world.resolve(shape));
  if (dims === undefined) return shape;
  const from = dims.findIndex((d) => ctx.known(d) !== 1);
  return shapeOf(from < 0 ? [] : dims.slice(from));
}

/** Sizes in front of more than the target has must be 1; those that may be are from here on. */
function withoutSurplus(ctx: Context, source: Shape, target: Shape): Shape {
  const now = ctx.world.resolve(source);
  const room = dimsOf(ctx.world.resolve(target))?.length;
  // Where the number of sizes is not known, those at the end are.
  const own = now.run === undefined ? now.head : now.tail;
  if (room === undefined || own.length < room || leastRank(now) <= room) return source;
  const surplus = own.slice(0, own.length - room);
  const one = constant(1);
  if (surplus.some((d) => ctx.facts.decide(eq(d, one)) === 'no')) return source;
  for (const d of surplus) ctx.world.require(eq(d, one));
  return shapeOf(own.slice(own.length - room));
}

/** What is assigned broadcasts to the part it is assigned to. */
export function checkAssigned(ctx: Context, x: TensorArg, target: Shape, value: TensorArg, advanced: boolean): void {
  const source = withoutSurplus(ctx, withoutLeadingOnes(ctx, value.shape), target);
  // Of a run it is not known which sizes stand in front of what the target has: they may all be 1.
  const { run, head, tail } = ctx.world.resolve(source);
  if (run !== undefined && head.length + tail.length > greatestRank(ctx.world.resolve(target))) return;
  const met = broadcastInto(ctx.world, source, target);
  if ('ok' in met) return;
  const conflict = met.conflict;
  const origins = conflict === undefined ? [value.origin, x.origin] : [conflict.a.origin, conflict.b.origin];
  const message = `${ctx.spell(value.shape)} is assigned to ${ctx.spell(target)}`;
  if (advanced) {
    ctx.fail({
      code: 'expand-size-mismatch',
      message,
      text: ctx.text`shape mismatch: value tensor of shape ${source} cannot be broadcast to indexing result of shape ${target}`,
      origins,
    });
  }
  const rank = dimsOf(ctx.world.resolve(source))?.length ?? 0;
  const room = dimsOf(ctx.world.resolve(target))?.length;
  ctx.fail({
    code: 'expand-size-mismatch',
    message,
    text:
      conflict === undefined
        ? room === undefined || value.dtype === undefined
          ? undefined
          : ctx.text`expand(${fullTypeName(value)}{${source}}, size=${target}): the number of sizes provided (${room}) must be greater or equal to the number of dimensions in the tensor (${rank})`
        : ctx.text`The expanded size of the tensor (${conflict.b}) must match the existing size (${conflict.a}) at non-singleton dimension ${conflict.axis}.  Target sizes: ${target}.  Tensor sizes: ${source}`,
    origins,
  });
}

const setItem: Operation = {
  names: ['Tensor.__setitem__'],
  signature: 'def __setitem__(self, index, value)',
  shape: '(*)[…] = (*)',
  rule: (ctx, a) => {
    const x = a.tensor('self');
    const value = a.value('value');
    const given = readSubscript(ctx, a.value('index'));
    const made = given === undefined ? undefined : plan(ctx, x, given);
    const payload = payloadOf(value);
    const number = value.kind === 'int' || value.kind === 'float' || value.kind === 'bool' || value.kind === 'complex';
    if (
      payload === undefined &&
      !number &&
      value.kind !== 'unknown' &&
      value.kind !== 'choice' &&
      !(value.kind === 'object' && value.cls.open)
    ) {
      const type = ctx.interp.typeName(value);
      ctx.fail({
        code: 'not-a-tensor',
        exception: 'TypeError',
        message: `${type} is assigned to a part of a tensor`,
        text: x.dtype === undefined ? undefined : `can't assign a ${type} to a ${fullTypeName(x)}`,
      });
    }
    if (made !== undefined) {
      const target = made.advanced ? chosen(ctx, made, x) : left(made);
      if (payload !== undefined) {
        const source = a.tensor('value');
        checkAssigned(ctx, x, target, source, made.advanced);
        if (made.advanced) requireOneType(ctx, x, source, made);
      }
    }
    requireNoLeaf(ctx, x, made?.advanced !== true && given?.items.some((item) => isNarrower(item)) === true);
    return selfOut(x);
  },
  kernel: (k, ctx) => {
    const self = k.array('self');
    const value = k.value('value');
    const assigned = payloadOf(value) === undefined ? scalarArray(k.number('value'), value.kind === 'float') : k.array('value');
    setItemOf(self, knownSubscript(ctx, k.value('index')), assigned);
    return self;
  },
  samples: ['torch.zeros(2, 3).__setitem__(0, torch.ones(3))', 'torch.zeros(2, 3).__setitem__((slice(None), 1), 5)'],
  errors: [
    ['torch.zeros(2, 3).__setitem__(0, torch.ones(2))', 'expand-size-mismatch'],
    ['torch.zeros(2, 3).__setitem__(torch.tensor([0, 1]), torch.ones(2))', 'expand-size-mismatch'],
    ['torch.zeros(2, 3).__setitem__(5, 0)', 'index-out-of-range'],
    ['torch.zeros(2, 3).__setitem__(0, [1, 2, 3])', 'not-a-tensor'],
  ],
  doc: 'torch.Tensor',
};

const isNarrower = (item: Subscript): boolean =>
  item.kind === 'number' || (item.kind === 'slice' && (item.start !== undefined || item.stop !== undefined || !item.known));

/** A parameter cannot be written to while gradients are recorded; PyTorch says whether it is written through a view. */
function requireNoLeaf(ctx: Context, x: TensorArg, view: boolean): void {
  if (ctx.state.gradEnabled !== true || x.payload.requiresGrad !== true || x.object.cls !== ctx.state.classes.parameter) return;
  ctx.fail({
    code: 'inplace-leaf',
    message: 'a part of a parameter that requires gradients is assigned to outside of torch.no_grad()',
    text: `${view ? 'a view of a leaf' : 'a leaf'} Variable that requires grad is being used in an in-place operation.`,
    origins: [x.origin],
  });
}

const scalarArray = (n: number, floating: boolean) =>
  floating ? wrapScalar(n, 'float') : Number.isInteger(n) ? wrapScalar(n, 'int') : fromFlat([n], []);

/** Index tensors do not convert what they assign; a mask and a single value do. */
function requireOneType(ctx: Context, x: TensorArg, value: TensorArg, made: Plan): void {
  if (x.dtype === undefined || value.dtype === undefined || x.dtype === value.dtype) return;
  const byNumbers = [...made.before, ...made.after].some((s) => s.index?.tensor !== undefined);
  const single = dimsOf(value.shape)?.every((d) => ctx.known(d) === 1) === true;
  if (!byNumbers && (single || dimsOf(value.shape) === undefined)) return;
  ctx.fail({
    code: 'dtype-mismatch',
    message: `${value.dtype} is assigned to a part of a ${x.dtype} tensor`,
    text: `Index put requires the source and destination dtypes match, got ${scalarTypeName(x.dtype)} for the destination and ${scalarTypeName(value.dtype)} for the source.`,
  });
}

export const ASSIGNMENT: readonly Operation[] = [setItem];
