/**
 * Which values a native parameter takes, as PyTorch's argument parser decides it, and what it calls a value's type.
 */
import type { Decision } from '../dims/cond.ts';
import { symbol, valueOf } from '../dims/dim.ts';
import { isIntegral } from '../kernels/dtype.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { type Content, isPresumed, type OpenSequence, type Value } from '../python/values.ts';
import { rankOf } from '../shapes/shape.ts';
import type { ParameterSpec } from './signature.ts';
import { constantOf, generatorOf } from './state.ts';
import { payloadOf } from './tensor.ts';

/** A C type name as errors print it. */
export function typeNameOf(interp: Interpreter, given: Value): string {
  const value = interp.resolve(given);
  const cls = interp.classOf(value);
  if (cls.module === 'numpy') return `numpy.${cls.name}`;
  return NATIVE_TYPES.has(cls.name) && cls.module === 'torch' ? `torch.${cls.name}` : interp.typeName(value);
}

/** Types written in C that carry their module in their name. */
const NATIVE_TYPES: ReadonlySet<string> = new Set(['dtype', 'device', 'layout', 'memory_format', 'Size']);

const DTYPE_CLASSES: ReadonlySet<string> = new Set(['float', 'int', 'bool', 'complex']);

/** Whether a parameter takes a value (None aside). */
export function fits(interp: Interpreter, param: ParameterSpec, given: Value): Decision {
  const value = interp.resolve(given);
  if (value.kind === 'unknown' || value.kind === 'choice') return 'unknown';
  const yes = (b: boolean): Decision => (b ? 'yes' : 'no');
  switch (param.type) {
    case 'Tensor':
      if (payloadOf(value) !== undefined) return 'yes';
      return param.numbers ? yes(isNumber(value)) : openObject(value);
    case 'Number':
    case 'complex':
      return isNumber(value) ? 'yes' : scalarTensor(value, false);
    case 'float':
      return value.kind === 'float' || value.kind === 'int' || value.kind === 'bool' ? 'yes' : scalarTensor(value, false);
    case 'int':
      return value.kind === 'int' ? 'yes' : scalarTensor(value, true);
    case 'bool':
      return yes(value.kind === 'bool');
    case 'str':
    case 'name':
      return yes(value.kind === 'str');
    case 'tuple of ints':
      if (value.kind === 'int') return yes(param.repeat > 0);
      return sequence(interp, value, (first) => fitsIndex(interp, first));
    case 'tuple of floats':
    case 'tuple of Scalars':
      return sequence(interp, value, (first) => yes(isNumber(first)));
    case 'tuple of names':
      return sequence(interp, value, (first) => yes(first.kind === 'str' || first.kind === 'none'));
    case 'tuple of Tensors':
      return sequence(interp, value, () => 'yes');
    case 'torch.dtype':
      if (value.kind === 'class') return yes(DTYPE_CLASSES.has(value.name));
      return yes(constantOf(value, 'dtype') !== undefined);
    case 'torch.device':
      return yes(value.kind === 'str' || value.kind === 'int' || constantOf(value, 'device') !== undefined);
    case 'torch.layout':
      return yes(constantOf(value, 'layout') !== undefined);
    case 'torch.memory_format':
      return yes(constantOf(value, 'memory-format') !== undefined);
    case 'torch.Generator':
      return yes(generatorOf(value) !== undefined);
    case 'torch.Storage':
      return 'no';
    case 'object':
    case undefined:
      return 'yes';
  }
}

function isNumber(value: Value): boolean {
  return value.kind === 'int' || value.kind === 'float' || value.kind === 'bool' || value.kind === 'complex';
}

/** An instance of a class that could not be followed may be a tensor. */
function openObject(value: Value): Decision {
  return value.kind === 'object' && value.cls.mro.some((c) => c.open) ? 'unknown' : 'no';
}

/** A 0-d tensor stands for its number. */
function scalarTensor(value: Value, integral: boolean): Decision {
  const payload = payloadOf(value);
  if (payload === undefined) return openObject(value);
  const rank = rankOf(payload.shape);
  if (rank === undefined) return 'unknown';
  if (rank !== 0) return 'no';
  if (payload.requiresGrad === true) return 'no';
  return integral && payload.dtype !== undefined && (!isIntegral(payload.dtype) || payload.dtype === 'bool') ? 'no' : 'yes';
}

export function fitsIndex(interp: Interpreter, given: Value): Decision {
  const value = interp.resolve(given);
  if (value.kind === 'int') return 'yes';
  if (value.kind === 'unknown' || value.kind === 'choice' || isPresumed(value)) return 'unknown';
  if (payloadOf(value) !== undefined) return 'yes';
  return value.kind === 'object' && interp.findAttr(value, '__index__') !== undefined ? 'yes' : 'no';
}

/** Lists and tuples (torch.Size among them); only the first element is looked at, as the parser does. */
function sequence(interp: Interpreter, value: Value, first: (element: Value) => Decision): Decision {
  const content = sequenceContent(value);
  if (content === undefined) return 'no';
  const head = content.items[0] ?? content.rest?.element;
  return head === undefined ? 'yes' : first(interp.resolve(head));
}

export function sequenceContent(value: Value): Content | undefined {
  if (value.kind === 'tuple')
    return value.open === undefined || value.rest !== undefined ? { items: value.items, rest: value.rest } : openContent(value.open);
  if (value.kind === 'list') return value.slot.get();
  return undefined;
}

/** Sizes of which nobody knows how many there are. */
function openContent(sizes: OpenSequence): Content | undefined {
  const length = sizes.length();
  const n = valueOf(length);
  const items = n === undefined ? undefined : sizes.expect(n);
  return items === undefined
    ? { items: [], rest: { element: { kind: 'int', dim: symbol('?', { least: 0 }) }, length } }
    : { items, rest: undefined };
}

/** The element of a sequence that a parameter does not take. */
export function elementFault(
  interp: Interpreter,
  param: ParameterSpec,
  value: Value,
): { readonly index: number; readonly type: string } | undefined {
  if (param.type !== 'tuple of ints') return undefined;
  const head = sequenceContent(value)?.items[0];
  return head !== undefined && fitsIndex(interp, head) === 'no' ? { index: 0, type: typeNameOf(interp, interp.resolve(head)) } : undefined;
}
