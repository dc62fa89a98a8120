/**
 * NumPy's element types (`np.float32`): what names them in a `dtype=` argument, and their classes.
 */
import type { DType } from '../kernels/dtype.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { Value } from '../python/values.ts';
import { arrayValue, dataFacts, quietly } from './numpy-array.ts';

/** By the names that NumPy has for them; undefined for those that tensors do not have. */
const TYPES: Readonly<Record<string, DType | undefined>> = {
  float16: 'float16',
  half: 'float16',
  float32: 'float32',
  single: 'float32',
  float64: 'float64',
  double: 'float64',
  int8: 'int8',
  int16: 'int16',
  int32: 'int32',
  int64: 'int64',
  uint8: 'uint8',
  bool_: 'bool',
  complex64: 'complex64',
  complex128: 'complex128',
  uint16: undefined,
  uint32: undefined,
  uint64: undefined,
};

const PYTHON: Readonly<Record<string, DType>> = { float: 'float64', int: 'int64', bool: 'bool', complex: 'complex128' };
const SHORT: Readonly<Record<string, DType>> = {
  f4: 'float32',
  f8: 'float64',
  i4: 'int32',
  i8: 'int64',
  f: 'float32',
  d: 'float64',
  u1: 'uint8',
};

/** The element type that a `dtype=` argument names. */
export function dtypeNamed(interp: Interpreter, given: Value): DType | undefined {
  const value = interp.resolve(given);
  if (value.kind === 'class') return value.module === 'numpy' ? TYPES[value.name] : PYTHON[value.name];
  const text = value.kind === 'str' ? value.value : undefined;
  return text === undefined ? undefined : (PYTHON[text] ?? SHORT[text] ?? TYPES[text]);
}

/** `np.float32` and its like; calling one casts. */
export function dtypeClasses(interp: Interpreter): readonly (readonly [string, Value])[] {
  return Object.entries(TYPES).map(([name, dtype]) => [
    name,
    interp.nativeClass({
      name,
      module: 'numpy',
      open: true,
      construct: (call) =>
        quietly(interp, () => {
          const facts = call.args[0] === undefined ? undefined : dataFacts(interp, call.args[0]);
          return facts === undefined ? undefined : arrayValue(interp, facts.shape, dtype);
        }),
    }),
  ]);
}
