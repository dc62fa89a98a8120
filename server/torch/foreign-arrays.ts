/**
 * NumPy arrays as far as tensors become them (`x.numpy()`) and come from them (`torch.from_numpy`): an array shares its tensor's
 * numbers and prints as NumPy prints. In a check an array is unknown but for its sizes.
 */
import { formatArray } from '../kernels/numpy-print.ts';
import { CannotRun } from '../python/faults.ts';
import type { ClassValue, ObjectValue, Payload, Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { unknownShape } from '../shapes/shape.ts';
import type { KernelArguments, TensorArg } from './arguments.ts';
import { arrayOf, NotKnown } from './arguments.ts';
import type { Context } from './context.ts';
import { SHAPE_NOTE } from './context.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { arrayFacts } from './numpy-array.ts';
import { payloadOf } from './tensor.ts';

/** What an array object carries: the tensor whose numbers it shows. */
class ArrayPayload implements Payload {
  readonly tensor: ObjectValue;

  constructor(tensor: ObjectValue) {
    this.tensor = tensor;
  }

  join(other: Payload): Payload | undefined {
    return this.same(other) ? this : undefined;
  }

  same(other: Payload): boolean {
    return other instanceof ArrayPayload && other.tensor === this.tensor;
  }
}

function tensorBehind(value: Value): ObjectValue | undefined {
  const payload = value.kind === 'object' ? value.payload.get() : undefined;
  return payload instanceof ArrayPayload ? payload.tensor : undefined;
}

/** Attributes that an array answers as its tensor does. */
const SHARED = ['ndim', 'tolist', 'item', 'nbytes', 'itemsize'];

function arrayClass(ctx: Context): ClassValue {
  const known = ctx.state.modules.get('numpy.ndarray');
  if (known !== undefined) return known;
  const { interp } = ctx;
  const behind = (self: Value): ObjectValue => tensorBehind(interp.resolve(self)) as ObjectValue;
  const method = (name: string, body: (tensor: ObjectValue, args: readonly Value[]) => Value): Value =>
    interp.native(name, (call) => body(behind(call.args[0] as Value), call.args.slice(1)));
  const property = (name: string, read: (tensor: ObjectValue) => Value): Value => ({
    kind: 'property',
    get: method(name, read),
    set: undefined,
    cached: false,
  });
  const wrap = (value: Value): Value => (payloadOf(value) === undefined ? value : arrayOfTensor(ctx, value as ObjectValue));
  const text = (form: 'repr' | 'str') => (tensor: ObjectValue) => interp.str(formatArray(arrayOf(tensor), form));
  const cls = interp.nativeClass({
    name: 'ndarray',
    module: 'numpy',
    attrs: {
      __repr__: method('__repr__', text('repr')),
      __str__: method('__str__', text('str')),
      __len__: method('__len__', (t) => interp.callMethod(t, '__len__', []) as Value),
      __getitem__: method('__getitem__', (t, args) => {
        const item = interp.callMethod(t, '__getitem__', args) as Value;
        const payload = payloadOf(item);
        return payload?.values?.rank === 0 ? (interp.callMethod(item, 'item', []) as Value) : wrap(item);
      }),
      __getattr__: interp.native('__getattr__', (call) => {
        throw new CannotRun(`NumPy's ${interp.asString(call.args[1] ?? interp.none) ?? 'attribute'} is not supported`, call.node);
      }),
      shape: property('shape', (t) => interp.tuple(interp.content(interp.getAttr(t, 'shape'))?.items ?? [])),
      size: property('size', (t) => interp.callMethod(t, 'numel', []) as Value),
      dtype: property('dtype', (t) => interp.str(payloadOf(t)?.dtype)),
      T: property('T', (t) => wrap(interp.getAttr(t, 'T'))),
      ...Object.fromEntries(
        SHARED.map((name) => [
          name,
          name === 'tolist' || name === 'item'
            ? method(name, (t, args) => interp.callMethod(t, name, args) as Value)
            : property(name, (t) => interp.getAttr(t, name)),
        ]),
      ),
    },
  });
  ctx.state.modules.set('numpy.ndarray', cls);
  return cls;
}

function arrayOfTensor(ctx: Context, tensor: ObjectValue): Value {
  return ctx.interp.object(arrayClass(ctx), new ArrayPayload(tensor));
}

function numpyValue(ctx: Context, x: TensorArg, force: boolean): Value {
  // Without gradients being recorded only a parameter still wants one, and whoever calls may have turned that off.
  const certain = ctx.state.gradEnabled !== undefined || x.object.cls === ctx.state.classes.parameter;
  if (x.payload.requiresGrad === true && certain && !force) {
    ctx.fail({
      code: 'invalid-argument',
      message: 'numpy: the tensor requires gradients',
      text: "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.",
      origins: [x.origin],
    });
  }
  if (ctx.interp.mode === 'run') return arrayOfTensor(ctx, x.object);
  const array = ctx.interp.unknown('array');
  array.notes.set(SHAPE_NOTE, x.shape);
  return array;
}

const numpy: Operation = {
  names: ['Tensor.numpy'],
  signature: 'numpy(*, bool force = False)',
  shape: '(*) -> array',
  rule: (ctx, a) => numpyValue(ctx, a.tensor('self'), a.bool('force') === true),
  samples: ['torch.ones(2, 3).numpy()'],
  errors: [['torch.ones(2, requires_grad=True).numpy()', 'invalid-argument']],
  doc: 'torch.Tensor.numpy',
};

const toArray: Operation = {
  names: ['Tensor.__array__'],
  signature: 'def __array__(self, dtype=None)',
  shape: '(*) -> array',
  rule: (ctx, a) => numpyValue(ctx, a.tensor('self'), false),
  samples: ['torch.ones(2).__array__()'],
  doc: 'torch.Tensor.numpy',
};

const fromNumpy: Operation = {
  names: ['torch.from_numpy'],
  signature: 'from_numpy(object ndarray)',
  shape: 'array -> (*)',
  rule: (ctx, a): Out | Value => {
    const value = a.value('ndarray');
    const behind = tensorBehind(value);
    if (behind !== undefined) return tensorOut((payloadOf(behind)?.shape ?? unknownShape()) as Shape, payloadOf(behind)?.dtype);
    const array = arrayFacts(ctx.interp, value);
    if (array !== undefined) return tensorOut(array.shape, array.dtype);
    const wrong = ['list', 'tuple', 'int', 'float', 'bool', 'str', 'none', 'dict'].includes(value.kind) || payloadOf(value) !== undefined;
    if (wrong) {
      const type = ctx.interp.typeName(value);
      ctx.fail({
        code: 'call-arguments',
        exception: 'TypeError',
        message: `from_numpy: ${type} is no NumPy array`,
        text: `expected np.ndarray (got ${type})`,
      });
    }
    return tensorOut(unknownShape(), undefined);
  },
  kernel: (k: KernelArguments) => {
    const behind = tensorBehind(k.value('ndarray'));
    if (behind === undefined) throw new NotKnown();
    return arrayOf(behind).alias();
  },
  samples: ['torch.from_numpy(torch.ones(2, 3).numpy())'],
  errors: [['torch.from_numpy([1, 2])', 'call-arguments']],
  doc: 'torch.from_numpy',
};

export const FOREIGN_ARRAYS: readonly Operation[] = [numpy, toArray, fromNumpy];
