/**
 * The classes torch.Tensor, nn.Parameter and torch.Size, and the constants: dtypes, devices, layouts.
 */
import type { DType } from '../kernels/dtype.ts';
import { CannotRun, PyError } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { ClassValue, NativeCall, ObjectValue, Value } from '../python/values.ts';
import { product, unknownShape } from '../shapes/shape.ts';
import { apply, callOperation } from './apply.ts';
import { Context } from './context.ts';
import { tensorSetter } from './differentiation.ts';
import type { Operation } from './entry.ts';
import { TENSOR_NAMES } from './names.ts';
import { requireLegacy } from './new-tensors.ts';
import { sizeValue } from './size.ts';
import { ConstantPayload, stateOf } from './state.ts';
import { OPERATION_INDEX, operation } from './table.ts';
import { isTakenForTensor, payloadOf } from './tensor.ts';

/** A native function that applies an operation. */
export function nativeOf(interp: Interpreter, op: Operation, name: string, asMethod: boolean): Value {
  const run = (call: NativeCall): Value => (asMethod ? callMethod(op, call) : callOperation(op, false, call));
  return interp.native(name, run, {
    signature: typeof op.signature === 'string' ? op.signature : (op.signature[0] as string),
    doc: op.doc,
    entry: op,
    ...(op.choices === true ? { choices: true } : {}),
  });
}

/** Faults of how a method is called: something only taken for a tensor has another method of the name. */
const OF_CALLS: ReadonlySet<string | undefined> = new Set(['call-arguments', 'index-type', 'unexpected-keyword']);

function callMethod(op: Operation, call: NativeCall): Value {
  try {
    return callOperation(op, true, call);
  } catch (error) {
    const [self] = call.args;
    const taken = call.interp.mode === 'check' && self !== undefined && isTakenForTensor(call.interp.resolve(self));
    if (!taken || !(error instanceof PyError) || !OF_CALLS.has(error.fault?.code)) throw error;
    return call.interp.unknown();
  }
}

const SPECIAL_METHODS = [
  '__getitem__',
  '__setitem__',
  '__contains__',
  '__complex__',
  '__reversed__',
  '__array__',
  '__invert__',
  '__abs__',
  '__pos__',
  '__neg__',
];

export function createTensorClass(interp: Interpreter): ClassValue {
  const attrs: Record<string, Value> = {};
  for (const [name, op] of OPERATION_INDEX.get('Tensor') ?? []) {
    const native = nativeOf(interp, op, name, true);
    attrs[name] = op.property === true ? { kind: 'property', get: native, set: tensorSetter(interp, name), cached: false } : native;
  }
  // Special methods are looked up on the class, so those without an entry stand there too.
  for (const name of SPECIAL_METHODS) attrs[name] ??= interp.native(name, () => unmodelled(interp, `Tensor.${name}`));
  attrs['__getattr__'] = interp.native('__getattr__', (call) => {
    const name = interp.asString(call.args[1] ?? interp.none);
    if (name === undefined || !TENSOR_NAMES.has(name)) return interp.notImplemented;
    return unmodelled(interp, `Tensor.${name}`);
  });
  return interp.nativeClass({ name: 'Tensor', module: 'torch', attrs, construct: constructTensor });
}

/** Something of the library that has no entry: unknown in a check, named in a run. */
export function unmodelled(interp: Interpreter, name: string): Value {
  if (interp.mode === 'check') return interp.unknown(name.slice(name.lastIndexOf('.') + 1));
  return interp.native(name, (call) => {
    throw new CannotRun(`${name} is not supported`, call.node);
  });
}

/** `torch.Tensor(2, 3)`, `torch.Tensor([1, 2])`. */
function constructTensor(call: NativeCall, cls: ClassValue): Value {
  const { interp } = call;
  const ctx = new Context(interp, 'Tensor', call.node);
  const first = call.args[0] === undefined ? undefined : interp.resolve(call.args[0]);
  requireLegacy(ctx, call.args, interp.dict([...call.kwargs].map(([key, value]) => [interp.str(key), value])));
  let made: Value;
  if (first === undefined) made = apply(ctx, operation('torch.empty'), [interp.int(0)]);
  else if (payloadOf(first) !== undefined) made = first;
  else if (first.kind === 'int' || (first.kind === 'tuple' && first.cls === ctx.state.classes.size))
    made = apply(ctx, operation('torch.empty'), call.args);
  else if (first.kind === 'unknown') made = ctx.freshTensor('*');
  else made = apply(ctx, operation('torch.tensor'), [first], new Map([['dtype', ctx.state.dtypes.get('float32') as Value]]));
  const payload = payloadOf(interp.resolve(made));
  return payload === undefined ? made : interp.object(cls, payload);
}

/** `nn.Parameter(data, requires_grad=True)` */
export function createParameterClass(interp: Interpreter, tensor: ClassValue): ClassValue {
  return interp.nativeClass({
    name: 'Parameter',
    module: 'torch.nn.parameter',
    bases: [tensor],
    construct: (call, cls) => {
      const ctx = new Context(interp, 'Parameter', call.node);
      const given = call.args[0] ?? call.kwargs.get('data');
      const data = given === undefined ? apply(ctx, operation('torch.empty'), [interp.int(0)]) : given;
      const source = ctx.tensorOf(data, 'data');
      const wanted = call.args[1] ?? call.kwargs.get('requires_grad');
      const decision = wanted === undefined ? 'yes' : interp.decide(interp.truth(wanted));
      const requiresGrad = decision === 'unknown' ? undefined : decision === 'yes';
      const array = source.values?.alias();
      if (requiresGrad === true && source.dtype !== undefined && !/^(float|bfloat|complex)/.test(source.dtype)) {
        ctx.fail({
          code: 'dtype-mismatch',
          message: `a parameter of dtype ${source.dtype} cannot require gradients`,
          text: 'Only Tensors of floating point and complex dtype can require gradients',
        });
      }
      if (array !== undefined && interp.mode === 'run') array.requiresGrad = requiresGrad === true;
      return interp.object(cls, source.payload.with({ requiresGrad, values: array, origin: source.origin }));
    },
  });
}

/** `torch.Size([2, 3])` */
export function createSizeClass(interp: Interpreter): ClassValue {
  const tuple = interp.builtinClass('tuple');
  const cls: ClassValue = interp.nativeClass({
    name: 'Size',
    module: 'torch',
    bases: [tuple],
    construct: (call) => {
      const given = call.args[0];
      const content = given === undefined ? { items: [], rest: undefined } : interp.content(given);
      if (content === undefined) return sizeValue(interp, unknownShape());
      return interp.tuple(content.items, content.rest === undefined ? { cls } : { cls, rest: content.rest });
    },
    attrs: {
      numel: interp.native('numel', (call) => {
        const self = interp.resolve(call.args[0] as Value);
        if (self.kind !== 'tuple' || self.open !== undefined || self.rest !== undefined) return interp.freshInt('?', { least: 0 });
        const ctx = new Context(interp, 'numel', call.node);
        return interp.int(product(self.items.map((item) => ctx.dimOf(item, '?'))));
      }),
      __repr__: interp.native('__repr__', (call) => {
        const self = interp.resolve(call.args[0] as Value);
        if (self.kind !== 'tuple' || self.open !== undefined || self.rest !== undefined) return interp.str();
        const parts = self.items.map((item) => interp.repr(item));
        return interp.str(parts.includes(undefined) ? undefined : `torch.Size([${parts.join(', ')}])`);
      }),
    },
  });
  return cls;
}

const DTYPES: Readonly<Record<string, readonly string[]>> = {
  float32: ['float32', 'float'],
  float64: ['float64', 'double'],
  float16: ['float16', 'half'],
  bfloat16: ['bfloat16'],
  int64: ['int64', 'long'],
  int32: ['int32', 'int'],
  int16: ['int16', 'short'],
  int8: ['int8'],
  uint8: ['uint8'],
  bool: ['bool'],
  complex64: ['complex64', 'cfloat'],
  complex128: ['complex128', 'cdouble'],
  complex32: ['complex32', 'chalf'],
  uint16: ['uint16'],
  uint32: ['uint32'],
  uint64: ['uint64'],
};

/** The constants of the module `torch` by attribute name; fills the state's table of dtypes. */
export function createConstants(interp: Interpreter, dtypes: Map<string, ObjectValue>): Map<string, Value> {
  const { classes } = stateOf(interp);
  const found = new Map<string, Value>();
  for (const [name, aliases] of Object.entries(DTYPES)) {
    const value = interp.object(classes.dtype, new ConstantPayload('dtype', name));
    for (const alias of aliases) {
      found.set(alias, value);
      dtypes.set(alias, value);
    }
  }
  for (const name of ['strided', 'sparse_coo', 'sparse_csr'])
    found.set(name, interp.object(classes.layout, new ConstantPayload('layout', name)));
  for (const name of ['contiguous_format', 'channels_last', 'channels_last_3d', 'preserve_format']) {
    found.set(name, interp.object(classes.memoryFormat, new ConstantPayload('memory-format', name)));
  }
  found.set('pi', interp.float(Math.PI));
  found.set('e', interp.float(Math.E));
  found.set('inf', interp.float(Number.POSITIVE_INFINITY));
  found.set('nan', interp.float(Number.NaN));
  found.set('newaxis', interp.none);
  found.set('__version__', interp.str('2.13.0+cpu'));
  return found;
}

/** Classes of constants, whose objects print as PyTorch prints them. */
export function createConstantClasses(interp: Interpreter) {
  const reprOf = (spell: (name: string) => string) =>
    interp.native('__repr__', (call) => {
      const self = interp.resolve(call.args[0] as Value);
      const payload = self.kind === 'object' ? self.payload.get() : undefined;
      return interp.str(payload instanceof ConstantPayload && payload.name !== undefined ? spell(payload.name) : undefined);
    });
  const property = (read: (name: DType) => Value): Value => ({
    kind: 'property',
    cached: false,
    set: undefined,
    get: interp.native('get', (call) => {
      const self = interp.resolve(call.args[0] as Value);
      const payload = self.kind === 'object' ? self.payload.get() : undefined;
      return payload instanceof ConstantPayload && payload.name !== undefined ? read(payload.name as DType) : interp.unknown();
    }),
  });
  const simple = (name: string, spell: (n: string) => string, attrs: Record<string, Value> = {}) =>
    interp.nativeClass({ name, module: 'torch', attrs: { __repr__: reprOf(spell), ...attrs } });
  return {
    dtype: simple('dtype', (n) => `torch.${n}`, {
      is_floating_point: property((n) => interp.bool(/^b?float/.test(n))),
      is_complex: property((n) => interp.bool(n.startsWith('complex'))),
      is_signed: property((n) => interp.bool(!n.startsWith('uint') && n !== 'bool')),
    }),
    layout: simple('layout', (n) => `torch.${n}`),
    memoryFormat: simple('memory_format', (n) => `torch.${n}`),
    device: interp.nativeClass({
      name: 'device',
      module: 'torch',
      attrs: {
        __repr__: reprOf((n) => (n.includes(':') ? `device(type='${n.split(':')[0]}', index=${n.split(':')[1]})` : `device(type='${n}')`)),
        __str__: reprOf((n) => n),
        type: property((n) => interp.str((n as string).split(':')[0])),
        index: property((n) => ((n as string).includes(':') ? interp.int(Number((n as string).split(':')[1])) : interp.none)),
      },
      construct: (call) => {
        const given = call.args[0] ?? call.kwargs.get('type') ?? interp.unknown();
        const v = interp.resolve(given);
        if (v.kind === 'object') return v;
        const name = interp.asString(v);
        const number = call.args[1] ?? call.kwargs.get('index');
        const index = number === undefined || interp.resolve(number).kind === 'none' ? undefined : interp.asInt(number);
        const full = number === undefined ? name : name === undefined || index === undefined ? undefined : `${name}:${index}`;
        return interp.object(stateOf(interp).classes.device, new ConstantPayload('device', full));
      },
    }),
  };
}
