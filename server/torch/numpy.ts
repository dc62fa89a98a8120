/**
 * The module `numpy` as a check sees it: making arrays, random arrays, and the operations on them. Everything else is unknown.
 */
import type { Dim } from '../dims/dim.ts';
import { constant, max, sub, valueOf } from '../dims/dim.ts';
import type { DType } from '../kernels/dtype.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { ClassValue, ModuleValue, NativeCall, Value } from '../python/values.ts';
import { dimsOf, rankOf, shapeOf } from '../shapes/shape.ts';
import type { ArrayBody } from './numpy-array.ts';
import { arrayFacts, arrayFunction, arrayValue, dataFacts, given, sizesFrom } from './numpy-array.ts';
import { createArrayClass } from './numpy-class.ts';
import { dtypeClasses, dtypeNamed } from './numpy-dtypes.ts';
import { arrayOperations } from './numpy-operations.ts';

/** `numpy` and `numpy.random`. */
export function createNumpy(interp: Interpreter, torch: ModuleValue): ReadonlyMap<string, ModuleValue> {
  const operations = arrayOperations(torch);
  const unknown = (name: string): Value => interp.unknown(name);
  const numpy = interp.module('numpy', {}, unknown);
  const random = interp.module('numpy.random', {}, unknown);
  for (const [name, body] of [...operations, ...making()]) numpy.attrs.set(name, arrayFunction(interp, name, body));
  for (const [name, value] of dtypeClasses(interp)) numpy.attrs.set(name, value);
  numpy.attrs.set('ndarray', createArrayClass(interp, torch, operations));
  numpy.attrs.set('pi', interp.float(Math.PI));
  numpy.attrs.set('e', interp.float(Math.E));
  numpy.attrs.set('inf', interp.float(Number.POSITIVE_INFINITY));
  numpy.attrs.set('nan', interp.float(Number.NaN));
  numpy.attrs.set('newaxis', interp.none);
  numpy.attrs.set('random', random);
  for (const [name, body] of drawing(0)) random.attrs.set(name, arrayFunction(interp, name, body));
  random.attrs.set(
    'seed',
    arrayFunction(interp, 'seed', () => interp.none),
  );
  const classes = [generatorClass(interp, 'Generator'), generatorClass(interp, 'RandomState')] as const;
  random.attrs.set(
    'default_rng',
    arrayFunction(interp, 'default_rng', () => interp.object(classes[0])),
  );
  random.attrs.set('Generator', classes[0]);
  random.attrs.set('RandomState', classes[1]);
  return new Map([
    ['numpy', numpy],
    ['numpy.random', random],
  ]);
}

function generatorClass(interp: Interpreter, name: string): ClassValue {
  const attrs = Object.fromEntries([...drawing(1)].map(([method, body]) => [method, arrayFunction(interp, method, body)]));
  return interp.nativeClass({ name, module: 'numpy.random', open: true, attrs, construct: (call, cls) => call.interp.object(cls) });
}

/** The `dtype=` argument, else `fallback`. */
function typeOf(call: NativeCall, at: number, fallback: DType | undefined): DType | undefined {
  const asked = given(call, at, 'dtype');
  return asked === undefined ? fallback : dtypeNamed(call.interp, asked);
}

function withSizes(call: NativeCall, sizes: readonly Dim[] | undefined, dtype: DType | undefined): Value | undefined {
  return sizes === undefined ? undefined : arrayValue(call.interp, shapeOf(sizes), dtype);
}

function making(): ReadonlyMap<string, ArrayBody> {
  const all = new Map<string, ArrayBody>();
  for (const name of ['array', 'asarray']) {
    all.set(name, (call) => {
      const data = call.args[0];
      const facts = data === undefined || call.kwargs.has('ndmin') ? undefined : dataFacts(call.interp, data);
      return facts === undefined ? undefined : arrayValue(call.interp, facts.shape, typeOf(call, 1, facts.dtype));
    });
  }
  for (const name of ['zeros', 'ones', 'empty']) {
    all.set(name, (call) => withSizes(call, sizesFrom(call.interp, given(call, 0, 'shape')), typeOf(call, 1, 'float64')));
    all.set(`${name}_like`, (call) => like(call, 1));
  }
  all.set('full', (call) => {
    const value = given(call, 1, 'fill_value');
    const fill = value === undefined ? undefined : dataFacts(call.interp, value);
    return withSizes(call, sizesFrom(call.interp, given(call, 0, 'shape')), typeOf(call, 2, fill?.dtype));
  });
  all.set('full_like', (call) => like(call, 2));
  all.set('isscalar', (call) => {
    const v = call.interp.resolve(call.args[0] ?? call.interp.none);
    if (v.kind === 'unknown' || v.kind === 'choice' || v.kind === 'object') return call.interp.unknownBool();
    return call.interp.bool(['bool', 'int', 'float', 'complex', 'str', 'bytes'].includes(v.kind));
  });
  all.set('arange', arange);
  all.set('linspace', (call) => {
    const ends = [given(call, 0, 'start'), given(call, 1, 'stop')];
    const plain = ends.every((v) => v !== undefined && (v.kind !== 'unknown' || arrayFacts(call.interp, v) !== undefined));
    if (!plain || ends.some((v) => v?.kind === 'object') || call.kwargs.has('retstep') || call.kwargs.has('axis')) return undefined;
    const count = given(call, 2, 'num') ?? call.interp.int(50);
    return count.kind === 'int' ? withSizes(call, sizesFrom(call.interp, count), typeOf(call, 5, 'float64')) : undefined;
  });
  for (const name of ['eye', 'identity']) {
    all.set(name, (call) => {
      const rows = given(call, 0, name === 'eye' ? 'N' : 'n');
      const columns = (name === 'eye' ? given(call, 1, 'M') : undefined) ?? rows;
      const sizes = rows?.kind === 'int' && columns?.kind === 'int' ? [rows.dim, columns.dim] : undefined;
      return withSizes(call, sizes, typeOf(call, name === 'eye' ? 3 : 1, 'float64'));
    });
  }
  return all;
}

/** `np.zeros_like(a, dtype=None)` */
function like(call: NativeCall, dtypeAt: number): Value | undefined {
  const facts = call.args[0] === undefined || call.kwargs.has('shape') ? undefined : dataFacts(call.interp, call.args[0]);
  return facts === undefined ? undefined : arrayValue(call.interp, facts.shape, typeOf(call, dtypeAt, facts.dtype));
}

const arange: ArrayBody = (call) => {
  const { interp } = call;
  if (['start', 'stop', 'step'].some((name) => call.kwargs.has(name)) || call.args.length === 0) return undefined;
  const [start, stop, step] =
    call.args.length === 1
      ? [interp.int(0), interp.resolve(call.args[0] as Value), interp.int(1)]
      : [call.args[0] as Value, call.args[1] as Value, call.args[2] ?? interp.int(1)].map((v) => interp.resolve(v));
  const all = [start, stop, step] as readonly Value[];
  const whole = all.every((v) => v.kind === 'int');
  const dtype = typeOf(call, 3, whole ? 'int64' : all.every((v) => v.kind === 'int' || v.kind === 'float') ? 'float64' : undefined);
  const [from, to, by] = all.map((v) => interp.asNumber(v));
  if (from !== undefined && to !== undefined && by !== undefined && by !== 0) {
    const length = Math.max(0, Math.ceil((to - from) / by));
    return Number.isSafeInteger(length) ? arrayValue(interp, shapeOf([constant(length)]), dtype) : undefined;
  }
  if (start?.kind === 'int' && stop?.kind === 'int' && step?.kind === 'int' && valueOf(step.dim) === 1) {
    return arrayValue(interp, shapeOf([interp.facts.simplify(max(constant(0), sub(stop.dim, start.dim)))]), dtype);
  }
  return undefined;
};

/** Random arrays; `self` is the number of arguments in front of the first. */
function drawing(self: number): ReadonlyMap<string, ArrayBody> {
  const all = new Map<string, ArrayBody>();
  /** The shape is `size`; without it the shape is that of the parameters, which are plain numbers. */
  const sized = (name: string, at: number, dtype: (call: NativeCall) => DType | undefined): void => {
    all.set(name, (call) => {
      const size = given(call, self + at, 'size');
      if (size !== undefined) return withSizes(call, sizesFrom(call.interp, size), dtype(call));
      const parameters = [...call.args.slice(self), ...call.kwargs.values()].map((v) => call.interp.resolve(v));
      return parameters.every((v) => v.kind === 'int' || v.kind === 'float')
        ? arrayValue(call.interp, shapeOf([]), dtype(call))
        : undefined;
    });
  };
  const floats = (at: number) => (call: NativeCall) => typeOf(call, self + at, 'float64');
  const always = (): DType => 'float64';
  for (const name of ['normal', 'uniform', 'beta', 'laplace', 'gamma', 'lognormal']) sized(name, 2, always);
  for (const name of ['exponential', 'rayleigh', 'chisquare']) sized(name, 1, always);
  for (const name of ['random', 'standard_normal', 'random_sample']) sized(name, 0, self === 1 ? floats(1) : always);
  for (const name of ['randint', 'integers']) sized(name, 2, (call) => typeOf(call, self + 3, 'int64'));
  sized('poisson', 1, () => 'int64');
  sized('binomial', 2, () => 'int64');
  for (const name of ['rand', 'randn']) {
    all.set(name, (call) => withSizes(call, sizesFrom(call.interp, call.interp.tuple(call.args.slice(self))), 'float64'));
  }
  all.set('permutation', (call) => {
    const x = given(call, self, 'x');
    if (x?.kind === 'int') return arrayValue(call.interp, shapeOf([x.dim]), 'int64');
    const facts = x === undefined ? undefined : dataFacts(call.interp, x);
    return facts === undefined || rankOf(facts.shape) === 0 ? undefined : arrayValue(call.interp, facts.shape, facts.dtype);
  });
  all.set('choice', (call) => {
    const from = given(call, self, 'a');
    const facts =
      from === undefined
        ? undefined
        : from.kind === 'int'
          ? { shape: shapeOf([from.dim]), dtype: 'int64' as const }
          : dataFacts(call.interp, from);
    const size = given(call, self + 1, 'size');
    const rest = facts === undefined ? undefined : dimsOf(facts.shape)?.slice(1);
    const sizes = size === undefined ? [] : sizesFrom(call.interp, size);
    return rest === undefined || sizes === undefined ? undefined : withSizes(call, [...sizes, ...rest], facts?.dtype);
  });
  all.set('shuffle', (call) => call.interp.none);
  return all;
}
