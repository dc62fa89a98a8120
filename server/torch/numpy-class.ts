/**
 * The class of NumPy's arrays in a check: attributes, operators, subscripts, iteration. What it does not have is unknown.
 */
import type { Dim } from '../dims/dim.ts';
import { constant, valueOf } from '../dims/dim.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { iteratorOver } from '../python/iteration.ts';
import { getItem } from '../python/subscripts.ts';
import type { ClassValue, ModuleValue, Value } from '../python/values.ts';
import { dimsOf, product as productOf, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { ArrayBody } from './numpy-array.ts';
import { arrayFacts, arrayFrom, arrayFunction, arrayValue, dataFacts, given, NumpyPayload, quietly, standIn } from './numpy-array.ts';
import { dtypeNamed } from './numpy-dtypes.ts';
import type { Sort } from './numpy-operations.ts';
import { elementwise, product } from './numpy-operations.ts';
import { stateOf } from './state.ts';

/** Functions of the module that arrays have as methods. */
const METHODS = `sum prod max min mean std var argmax argmin any all ptp round clip reshape ravel flatten transpose squeeze swapaxes
  repeat dot copy`.split(/\s+/);

const OPERATORS: Readonly<Record<Sort, string>> = {
  plain: 'add sub mul floordiv mod pow and or xor lshift rshift',
  float: 'truediv',
  bool: 'eq ne lt le gt ge',
};

/** Up to this many items an iteration lists them one by one. */
const LISTED = 64;

export function createArrayClass(interp: Interpreter, torch: ModuleValue, operations: ReadonlyMap<string, ArrayBody>): ClassValue {
  const { world, modules } = stateOf(interp);
  const attrs: Record<string, Value> = {};
  const method = (name: string, body: ArrayBody): void => {
    attrs[name] = arrayFunction(interp, name, body);
  };
  const dimsOfSelf = (self: Value | undefined): readonly Dim[] | undefined => {
    const facts = self === undefined ? undefined : arrayFacts(interp, self);
    return facts === undefined ? undefined : dimsOf(facts.shape);
  };
  const forget = (self: Value): void => {
    const object = interp.resolve(self);
    if (object.kind === 'object') interp.setPayload(object, new NumpyPayload({ shape: unknownShape(), dtype: undefined }));
  };
  const property = (name: string, read: (self: Value) => Value | undefined): void => {
    attrs[name] = {
      kind: 'property',
      get: arrayFunction(interp, name, (call) => read(call.args[0] as Value)),
      set: interp.native(name, (call) => {
        forget(call.args[0] as Value);
        return interp.none;
      }),
      cached: false,
    };
  };

  for (const name of METHODS) {
    const body = operations.get(name);
    if (body !== undefined) method(name, body);
  }
  for (const sort of ['plain', 'float', 'bool'] as const) {
    for (const name of OPERATORS[sort].split(' ')) {
      method(`__${name}__`, ({ args }) => elementwise(interp, args, sort));
      if (sort !== 'bool') method(`__r${name}__`, ({ args }) => elementwise(interp, [args[1] as Value, args[0] as Value], sort));
    }
  }
  for (const name of ['neg', 'pos', 'abs', 'invert', 'round']) {
    method(`__${name}__`, ({ args }) => elementwise(interp, args.slice(0, 1), 'plain'));
  }
  method('__matmul__', product(torch, false));
  method('__rmatmul__', (call) => product(torch, false)({ ...call, args: [call.args[1] as Value, call.args[0] as Value] }));
  method('__len__', ({ args }) => {
    const first = dimsOfSelf(args[0])?.[0];
    return first === undefined ? interp.freshInt('?', { least: 0 }) : interp.int(first);
  });
  method('__bool__', () => interp.unknownBool());
  method('__contains__', () => interp.unknownBool());
  method('__int__', () => interp.freshInt('?'));
  method('__index__', () => interp.freshInt('?'));
  method('__float__', () => interp.float());
  for (const name of ['__repr__', '__str__', '__format__']) method(name, () => interp.str());
  for (const name of ['__setitem__', 'fill', 'sort', 'itemset', 'setflags']) method(name, () => interp.none);
  method('resize', ({ args }) => {
    forget(args[0] as Value);
    return interp.none;
  });
  method('astype', (call) => {
    const facts = arrayFacts(interp, call.args[0] as Value);
    const dtype = given(call, 1, 'dtype');
    return facts === undefined ? undefined : arrayValue(interp, facts.shape, dtype === undefined ? undefined : dtypeNamed(interp, dtype));
  });
  // `view(np.uint8)`: sizes depend on how large the items are.
  method('view', (call) => (call.args.length + call.kwargs.size === 1 ? call.args[0] : undefined));
  method('__getitem__', ({ args }) => item(interp, args[0] as Value, args[1] as Value));
  attrs.__iter__ = interp.native('__iter__', ({ args }) => {
    const self = args[0] as Value;
    const dims = dimsOfSelf(self);
    const length = dims?.[0];
    const n = length === undefined ? undefined : valueOf(length);
    const inner = dims === undefined ? undefined : shapeOf(dims.slice(1));
    const dtype = arrayFacts(interp, self)?.dtype;
    const one = (): Value => (inner === undefined ? interp.unknown() : arrayValue(interp, inner, dtype));
    if (n !== undefined && n <= LISTED) return iteratorOver({ items: Array.from({ length: n }, one), rest: undefined });
    return iteratorOver({ items: [], rest: { element: one(), length: length ?? world.freshSize() } });
  });

  property('shape', (self) => {
    const dims = dimsOfSelf(self);
    return dims === undefined ? undefined : interp.tuple(dims.map((d) => interp.int(d)));
  });
  property('ndim', (self) => {
    const dims = dimsOfSelf(self);
    return dims === undefined ? undefined : interp.int(constant(dims.length));
  });
  property('size', (self) => {
    const dims = dimsOfSelf(self);
    return dims === undefined ? undefined : interp.int(productOf(dims));
  });
  property('dtype', () => undefined);
  property('T', (self) => {
    const dims = dimsOfSelf(self);
    return dims === undefined ? undefined : arrayValue(interp, shapeOf([...dims].reverse()), arrayFacts(interp, self)?.dtype);
  });

  const cls = interp.nativeClass({
    name: 'ndarray',
    module: 'numpy',
    open: true,
    attrs,
    construct: () => interp.unknown('array'),
  });
  modules.set('numpy.ndarray', cls);
  return cls;
}

/** `a[i]`: as a tensor is indexed, but that a whole axis may be turned round and arrays are indices too. */
function item(interp: Interpreter, self: Value, index: Value): Value | undefined {
  const facts = arrayFacts(interp, self);
  if (facts === undefined) return undefined;
  const whole = interp.resolve(index);
  const given = whole.kind === 'tuple' && whole.open === undefined && whole.rest === undefined ? whole.items : [whole];
  const parts: Value[] = [];
  for (const part of given) {
    const v = interp.resolve(part);
    switch (v.kind) {
      case 'int':
      case 'none':
      case 'ellipsis':
        parts.push(v);
        break;
      case 'slice': {
        const bounds = [v.start, v.stop].map((b) => interp.resolve(b).kind);
        const step = interp.asInt(v.step);
        if (step === -1 && bounds.every((kind) => kind === 'none')) {
          parts.push({ ...v, step: interp.none });
        } else if (bounds.every((kind) => kind === 'none' || kind === 'int') && (step === undefined || step > 0)) {
          parts.push(v);
        } else return undefined;
        break;
      }
      default: {
        const at = v.kind === 'list' || v.kind === 'object' ? dataFacts(interp, v) : undefined;
        if (at === undefined || (at.dtype !== 'int64' && at.dtype !== 'bool')) return undefined;
        parts.push(standIn(interp, at, true));
      }
    }
  }
  return quietly(interp, () => {
    const result = getItem(interp, standIn(interp, facts), parts.length === 1 ? (parts[0] as Value) : interp.tuple(parts));
    return arrayFrom(interp, result, facts.dtype);
  });
}
