/**
 * The modules `jaxtyping` and `torchtyping`: types that are subscripted with an array type and its axes. What such a type
 * says of a value is kept in its payload; nothing here looks at values.
 */
import type { DType } from '../kernels/dtype.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { ClassValue, ModuleValue, NativeCall, Payload, Value } from '../python/values.ts';
import type { Axis } from '../shapes/axis-string.ts';
import { parseAxes } from '../shapes/axis-string.ts';
import { constantOf, stateOf } from './state.ts';

const FLOATS: readonly DType[] = ['bfloat16', 'float16', 'float32', 'float64'];
const COMPLEX: readonly DType[] = ['complex64', 'complex128'];
const SIGNED: readonly DType[] = ['int8', 'int16', 'int32', 'int64'];
const UNSIGNED: readonly DType[] = ['uint8'];

/** What jaxtyping's names stand for; undefined is any dtype, an empty list one that no tensor here has. */
const DTYPES: Readonly<Record<string, readonly DType[] | undefined>> = {
  Shaped: undefined,
  Bool: ['bool'],
  Num: [...UNSIGNED, ...SIGNED, ...FLOATS, ...COMPLEX],
  Inexact: [...FLOATS, ...COMPLEX],
  Float: FLOATS,
  BFloat16: ['bfloat16'],
  Float16: ['float16'],
  Float32: ['float32'],
  Float64: ['float64'],
  Complex: COMPLEX,
  Complex64: ['complex64'],
  Complex128: ['complex128'],
  Integer: [...UNSIGNED, ...SIGNED],
  UInt: UNSIGNED,
  UInt2: [],
  UInt4: [],
  UInt8: ['uint8'],
  UInt16: [],
  UInt32: [],
  UInt64: [],
  Int: SIGNED,
  Int2: [],
  Int4: [],
  Int8: ['int8'],
  Int16: ['int16'],
  Int32: ['int32'],
  Int64: ['int64'],
  Real: [...UNSIGNED, ...SIGNED, ...FLOATS],
  Key: [],
};

/** What a subscripted type says: `array` tells whether it speaks of tensors. */
export class AnnotationPayload implements Payload {
  /** `Float`, as messages say it. */
  readonly name: string;
  readonly dtypes: readonly DType[] | undefined;
  readonly axes: readonly Axis[];
  readonly array: 'tensor' | 'other';
  readonly traps: readonly string[];

  constructor(
    name: string,
    dtypes: readonly DType[] | undefined,
    axes: readonly Axis[],
    array: 'tensor' | 'other',
    traps: readonly string[] = [],
  ) {
    this.name = name;
    this.dtypes = dtypes;
    this.axes = axes;
    this.array = array;
    this.traps = traps;
  }

  join(other: Payload): Payload | undefined {
    return this.same(other) ? this : undefined;
  }

  same(other: Payload): boolean {
    return other === this;
  }
}

export function annotationOf(value: Value): AnnotationPayload | undefined {
  if (value.kind !== 'object') return undefined;
  const payload = value.payload.get();
  return payload instanceof AnnotationPayload ? payload : undefined;
}

function definitionError(interp: Interpreter, text: string): never {
  throw interp.error({ code: 'annotation-axes', message: text, exception: 'ValueError', text, origins: [] });
}

export function createAnnotationTypes(interp: Interpreter): ReadonlyMap<string, ModuleValue> {
  const made = interp.nativeClass({ name: 'AbstractArray', module: 'jaxtyping', open: true });
  const attrs: Record<string, Value> = {};
  for (const [name, dtypes] of Object.entries(DTYPES)) attrs[name] = dtypeClass(interp, made, name, dtypes);
  const unknown = (name: string): Value => interp.unknown(name);
  // `@jaxtyped`, `@jaxtyped(typechecker=…)`: the function goes on as it is.
  attrs.jaxtyped = interp.native('jaxtyped', transparent, { openArgs: true, choices: true });
  const jaxtyping = interp.module('jaxtyping', attrs, unknown);
  const torchtyping = interp.module('torchtyping', { TensorType: tensorTypeClass(interp, made) }, unknown);
  return new Map([
    ['jaxtyping', jaxtyping],
    ['torchtyping', torchtyping],
  ]);
}

function transparent({ interp, args }: NativeCall): Value {
  const first = args[0] === undefined ? undefined : interp.resolve(args[0]);
  if (first?.kind === 'function' || first?.kind === 'class' || first?.kind === 'method') return first;
  return interp.native('jaxtyped', (call) => call.args[0] ?? interp.none, { choices: true, openArgs: true });
}

function subscripted(interp: Interpreter, name: string, module: string, body: (index: Value) => Value): ClassValue {
  const getter = interp.native('__class_getitem__', (call) => body(interp.resolve(call.args[1] ?? interp.none)), { choices: true });
  return interp.nativeClass({ name, module, open: true, attrs: { __class_getitem__: { kind: 'classmethod', func: getter } } });
}

function dtypeClass(interp: Interpreter, made: ClassValue, name: string, dtypes: readonly DType[] | undefined): ClassValue {
  return subscripted(interp, name, 'jaxtyping', (index) => {
    if (index.kind !== 'tuple' || index.items.length !== 2 || index.rest !== undefined) return interp.unknown();
    const [array, shape] = index.items.map((item) => interp.resolve(item)) as [Value, Value];
    if (shape.kind !== 'str') {
      if (shape.kind === 'unknown' || shape.kind === 'choice') return interp.unknown();
      const text = `'${interp.typeName(shape)}' object has no attribute 'strip'`;
      throw interp.error({ code: 'annotation-axes', message: 'the axes are not a string', exception: 'AttributeError', text, origins: [] });
    }
    if (shape.value === undefined) return interp.unknown();
    const { axes, error, traps } = parseAxes(shape.value);
    if (error !== undefined) definitionError(interp, error);
    const inner = innerArray(interp, array);
    if (!(inner instanceof AnnotationPayload)) return interp.object(made, new AnnotationPayload(name, dtypes, axes, inner, traps));
    const both = meet(dtypes, inner.dtypes);
    if (both?.length === 0 && dtypes?.length !== 0 && inner.dtypes?.length !== 0) {
      definitionError(
        interp,
        "A jaxtyping annotation cannot be extended with no overlapping dtypes. For example, `Bool[Float[jax.Array, 'dim1'], 'dim2']` is an error. You probably want to make the outer wrapper be `Shaped`.",
      );
    }
    if (axes.some(isRun) && inner.axes.some(isRun)) {
      definitionError(interp, 'Cannot use variadic specifiers (`*name` or `...`) in both the original array and the extended array');
    }
    return interp.object(made, new AnnotationPayload(name, both, [...axes, ...inner.axes], inner.array, traps));
  });
}

const isRun = (axis: Axis): boolean => axis.kind === 'run';

function meet(a: readonly DType[] | undefined, b: readonly DType[] | undefined): readonly DType[] | undefined {
  return a === undefined ? b : b === undefined ? a : a.filter((dtype) => b.includes(dtype));
}

/** Whether the array type may be a tensor; another annotation is extended. */
function innerArray(interp: Interpreter, array: Value): AnnotationPayload | 'tensor' | 'other' {
  const own = annotationOf(array);
  if (own !== undefined) return own;
  const { classes } = stateOf(interp);
  if (array.kind === 'class') {
    return array.mro.includes(classes.tensor) || array.name === 'Any' || array.name === 'ndarray' ? 'tensor' : 'other';
  }
  // A name that could not be followed, in a file of tensors; a type variable.
  if (array.kind === 'unknown') return array.name === 'Tensor' ? 'tensor' : 'other';
  if (array.kind !== 'object') return 'other';
  if (array.cls.name === 'TypeVar') return 'tensor';
  const parts = interp.items(array.attrs.get('__args__') ?? interp.none) ?? [];
  return parts.some((part) => innerArray(interp, interp.resolve(part)) === 'tensor') ? 'tensor' : 'other';
}

/** `TensorType["b", 3, -1, ..., "t": 5, torch.float32]` */
function tensorTypeClass(interp: Interpreter, made: ClassValue): ClassValue {
  return subscripted(interp, 'TensorType', 'torchtyping', (index) => {
    const items = index.kind === 'tuple' ? index.items : [index];
    const axes: Axis[] = [];
    let dtypes: readonly DType[] | undefined;
    for (const item of items) {
      const v = interp.resolve(item);
      const axis = torchtypingAxis(interp, v);
      if (axis !== undefined) axes.push(axis);
      else {
        const dtype = constantOf(v, 'dtype')?.name as DType | undefined;
        if (dtype !== undefined) dtypes = [dtype];
        else if (v === interp.builtins.types.float) dtypes = FLOATS;
        else if (v === interp.builtins.types.int) dtypes = [...SIGNED, ...UNSIGNED];
        else if (v === interp.builtins.types.bool) dtypes = ['bool'];
        else if (v.kind === 'unknown') return interp.unknown();
      }
    }
    if (axes.filter(isRun).length > 1) return interp.unknown();
    return interp.object(made, new AnnotationPayload('TensorType', dtypes, axes, 'tensor'));
  });
}

function torchtypingAxis(interp: Interpreter, value: Value): Axis | undefined {
  switch (value.kind) {
    case 'str':
      if (value.value === undefined || value.value === '') return { kind: 'any' };
      return value.value === '...'
        ? { kind: 'run', name: undefined, broadcasts: false, varies: false }
        : { kind: 'name', name: value.value, broadcasts: false, varies: false };
    case 'int': {
      const size = interp.asInt(value);
      return size === undefined || size < 0 ? { kind: 'any' } : { kind: 'fixed', size, broadcasts: false };
    }
    case 'ellipsis':
      return { kind: 'run', name: undefined, broadcasts: false, varies: false };
    case 'slice': {
      const size = torchtypingAxis(interp, interp.resolve(value.stop));
      if (size?.kind === 'fixed') return size;
      return size?.kind === 'run' ? size : torchtypingAxis(interp, interp.resolve(value.start));
    }
    case 'none':
      return { kind: 'any' };
    default:
      return undefined;
  }
}

/** An object whose payload says what a string of axes declares (`Annotated[Tensor, "B T D"]`). */
export function axesAnnotation(axes: readonly Axis[]): AnnotationPayload {
  return new AnnotationPayload('Annotated', undefined, axes, 'tensor');
}
