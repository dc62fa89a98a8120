/**
 * Binding a call's arguments to a signature, with the errors that PyTorch gives: Python's own for functions written in
 * Python, the argument parser's for native ones. Where a value is unknown it fits every type.
 */
import { misfit } from '../python/calls.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { nearest, suggest } from '../python/spelling.ts';
import type { Content, Value } from '../python/values.ts';
import { literal } from './literal.ts';
import { invalidCombination } from './mismatch.ts';
import type { ParameterSpec, Signature } from './signature.ts';
import { elementFault, fits, fitsIndex, sequenceContent, typeNameOf } from './types.ts';

export interface BoundCall {
  readonly signature: Signature;
  /** Index of the overload that was chosen. */
  readonly overload: number;
  readonly values: ReadonlyMap<string, Value>;
  /** Names that the caller gave. */
  readonly given: ReadonlySet<string>;
}

type Keywords = ReadonlyMap<string, Value>;

/** Arguments of which some are not known: whatever is not given may be among them. */
export function bindOpen(
  interp: Interpreter,
  signature: Signature,
  args: readonly Value[],
  kwargs: Keywords,
  sequence?: Content,
): BoundCall {
  const named = signature.params.filter((p) => p.star === 0);
  const all = new Map(kwargs);
  for (const p of named.slice(Math.min(args.length, named.filter((each) => !each.keywordOnly).length))) {
    if (!all.has(p.name)) all.set(p.name, PLACES.has(p.name) ? literal(interp, p.default ?? 'None') : interp.unknown(p.name));
  }
  const bound = bindPython(interp, signature, args, all);
  const starred = signature.params.find((p) => p.star === 1);
  if (starred === undefined || sequence?.rest === undefined) return bound;
  const before = named.filter((p) => !p.keywordOnly).length;
  const further = interp.tuple(sequence.items.slice(before), { rest: sequence.rest });
  return { ...bound, values: new Map([...bound.values, [starred.name, further]]) };
}

/** Parameters that say nothing of shapes and are hardly ever given. */
const PLACES: ReadonlySet<string> = new Set(['device', 'dtype']);

/** Binds to a function written in Python. Throws TypeError with Python's text. */
export function bindPython(interp: Interpreter, signature: Signature, args: readonly Value[], kwargs: Keywords): BoundCall {
  const values = new Map<string, Value>();
  const given = new Set<string>();
  const named = signature.params.filter((p) => p.star === 0);
  const byPosition = named.filter((p) => !p.keywordOnly);
  const starred = signature.params.find((p) => p.star === 1);
  const rest = signature.params.find((p) => p.star === 2);
  byPosition.slice(0, args.length).forEach((p, i) => {
    values.set(p.name, args[i] as Value);
    given.add(p.name);
  });
  const extra: [Value, Value][] = [];
  for (const [key, value] of kwargs) {
    const param = named.find((p) => p.name === key);
    if (param === undefined) {
      if (rest === undefined) raiseStranger(interp, [signature], key, `${signature.name}() got an unexpected keyword argument '${key}'`);
      extra.push([interp.str(key), value]);
    } else if (given.has(key)) raiseType(interp, `${signature.name}() got multiple values for argument '${key}'`);
    else {
      values.set(key, value);
      given.add(key);
    }
  }
  if (args.length > byPosition.length && starred === undefined) raiseType(interp, tooMany(signature, byPosition, args.length));
  const missing = byPosition.filter((p) => p.default === undefined && !given.has(p.name)).map((p) => `'${p.name}'`);
  if (missing.length > 0)
    raiseType(interp, `${signature.name}() missing ${missing.length} required positional argument${plural(missing)}: ${listed(missing)}`);
  const missingKeywords = named.filter((p) => p.keywordOnly && p.default === undefined && !given.has(p.name)).map((p) => `'${p.name}'`);
  if (missingKeywords.length > 0) {
    raiseType(
      interp,
      `${signature.name}() missing ${missingKeywords.length} required keyword-only argument${plural(missingKeywords)}: ${listed(missingKeywords)}`,
    );
  }
  for (const p of named) if (!given.has(p.name)) values.set(p.name, literal(interp, p.default as string));
  if (starred !== undefined) values.set(starred.name, interp.tuple(args.slice(byPosition.length)));
  if (rest !== undefined) values.set(rest.name, interp.dict(extra));
  return { signature, overload: 0, values, given };
}

const plural = (names: readonly string[]): string => (names.length === 1 ? '' : 's');

/** `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'` */
function listed(names: readonly string[]): string {
  if (names.length < 3) return names.join(' and ');
  return `${names.slice(0, -1).join(', ')}, and ${names[names.length - 1]}`;
}

function tooMany(signature: Signature, params: readonly ParameterSpec[], got: number): string {
  const least = params.filter((p) => p.default === undefined).length;
  const most = params.length;
  const counts = least === most ? `${most}` : `from ${least} to ${most}`;
  const noun = least === most && most === 1 ? 'argument' : 'arguments';
  return `${signature.name}() takes ${counts} positional ${noun} but ${got} ${got === 1 ? 'was' : 'were'} given`;
}

function raiseType(interp: Interpreter, text: string, code = 'call-arguments'): never {
  throw interp.error({ code, exception: 'TypeError', text, message: text, origins: [] });
}

/** A keyword that none of the signatures has a parameter for. */
function raiseStranger(interp: Interpreter, signatures: readonly Signature[], keyword: string, text: string): never {
  const [first] = signatures as readonly [Signature];
  const names = signatures.flatMap((s) => s.params.filter((p) => p.star === 0).map((p) => p.name));
  const said = suggest(`${first.name}() has no parameter '${keyword}'`, keyword, names);
  throw misfit(interp, text, said);
}

/** NumPy's names for a parameter. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  dim: ['axis'],
  keepdim: ['keepdims'],
  input: ['x', 'a', 'x1'],
  other: ['x2'],
};

/** Whether each keyword is one that some signature has, or a slip of one. */
export function mayTake(signatures: readonly Signature[], keywords: Iterable<string>): boolean {
  const names = new Set(signatures.flatMap((s) => s.params.flatMap((p) => [p.name, ...(ALIASES[p.name] ?? [])])));
  if (signatures.some((s) => s.params.some((p) => p.star === 2))) return true;
  return [...keywords].every((keyword) => names.has(keyword) || nearest(keyword, names) !== undefined);
}

function keywordOf(param: ParameterSpec, kwargs: Keywords): Value | undefined {
  const direct = kwargs.get(param.name);
  if (direct !== undefined) return direct;
  for (const alias of ALIASES[param.name] ?? []) {
    const value = kwargs.get(alias);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** A method that takes nothing is no business of the argument parser: Python itself refuses what is given. */
export function bindNothing(interp: Interpreter, signature: Signature, args: readonly Value[], kwargs: Keywords): BoundCall {
  const name = `TensorBase.${signature.name}()`;
  if (kwargs.size > 0) raiseType(interp, `${name} takes no keyword arguments`);
  if (args.length > 0) raiseType(interp, `${name} takes no arguments (${args.length} given)`);
  return { signature, overload: 0, values: new Map(), given: new Set() };
}

/** Binds to the first overload that fits. Throws TypeError with the native argument parser's text. */
export function bindNative(interp: Interpreter, overloads: readonly Signature[], args: readonly Value[], kwargs: Keywords): BoundCall {
  if (overloads.length === 1) return checkElements(interp, tryBind(interp, overloads[0] as Signature, 0, args, kwargs, true) as BoundCall);
  let best: (BoundCall & { cost: number }) | undefined;
  overloads.forEach((signature, index) => {
    const bound = tryBind(interp, signature, index, args, kwargs, false);
    if (bound !== undefined && (best === undefined || bound.cost < best.cost)) best = bound;
  });
  if (best !== undefined) return checkElements(interp, best);
  const count = args.length + kwargs.size;
  const shown = overloads.filter((s) => !s.deprecated);
  const plausible = shown.filter((s) => count >= s.required && count <= s.params.length);
  if (plausible.length === 1) tryBind(interp, plausible[0] as Signature, 0, args, kwargs, true);
  const text = invalidCombination(interp, shown, args, kwargs);
  const stranger = [...kwargs.keys()].find((key) => !overloads.some((s) => s.params.some((p) => p.name === key)));
  if (stranger !== undefined) raiseStranger(interp, overloads, stranger, text);
  raiseType(interp, text);
}

/** `cost` counts the unknown values that would have to be of an unlikely type. */
function tryBind(
  interp: Interpreter,
  signature: Signature,
  overload: number,
  args: readonly Value[],
  kwargs: Keywords,
  raise: boolean,
): (BoundCall & { cost: number }) | undefined {
  const fail = (text: () => string, code?: string): undefined => {
    if (raise) raiseType(interp, text(), code);
    return undefined;
  };
  const first = signature.params[0];
  const takesRun = signature.positional === 1 && first?.type === 'tuple of ints';
  if (args.length > signature.positional && !takesRun) return fail(() => extraArguments(signature, args.length));
  const values = new Map<string, Value>();
  const given = new Set<string>();
  let position = 0;
  let used = 0;
  let cost = 0;
  for (const [index, param] of signature.params.entries()) {
    let value: Value | undefined;
    let byKeyword = false;
    if (position < args.length) {
      if (param.keywordOnly) return fail(() => extraArguments(signature, args.length));
      value = args[position] as Value;
    } else if (kwargs.size > 0) {
      value = keywordOf(param, kwargs);
      byKeyword = value !== undefined;
    }
    if (value === undefined) {
      if (param.default === undefined) return fail(() => missingArguments(signature, index));
      values.set(param.name, literal(interp, param.default));
      continue;
    }
    const resolved = interp.resolve(value);
    if (resolved.kind === 'none' && param.nullable) {
      values.set(param.name, resolved);
    } else {
      const fit = fits(interp, param, resolved);
      // Of several arguments the first cannot be the whole tuple, whatever it is.
      if (fit === 'no' || (fit === 'unknown' && takesRun && position === 0 && !byKeyword && args.length > 1)) {
        if (takesRun && position === 0 && !byKeyword && args.length > 0) {
          const run = interp.tuple(args);
          if (fits(interp, param, run) !== 'no') {
            values.set(param.name, run);
            given.add(param.name);
            position = args.length;
            continue;
          }
          if (args.length > 1) return fail(() => extraArguments(signature, args.length));
        }
        return fail(
          () => wrongType(interp, signature, param, resolved, byKeyword ? undefined : position + 1),
          param.type === 'Tensor' ? 'not-a-tensor' : undefined,
        );
      }
      if (fit === 'unknown') cost += LIKELY.has(param.type ?? 'object') ? 1 : 10;
      values.set(param.name, resolved);
    }
    given.add(param.name);
    if (byKeyword) used++;
    else position++;
  }
  if (position < args.length) return fail(() => extraArguments(signature, args.length));
  if (used < kwargs.size) {
    const stranger = [...kwargs.keys()].find((key) => !signature.params.some((p) => p.name === key));
    if (raise && stranger !== undefined) raiseStranger(interp, [signature], stranger, extraKeywords(signature, args.length, kwargs));
    return fail(() => extraKeywords(signature, args.length, kwargs));
  }
  return { signature, overload, values, given, cost };
}

const LIKELY: ReadonlySet<string> = new Set(['Tensor', 'int', 'tuple of ints', 'float', 'bool', 'Number', 'tuple of Tensors']);

function wrongType(interp: Interpreter, signature: Signature, param: ParameterSpec, value: Value, position: number | undefined): string {
  const where = `${signature.name}(): argument '${param.name}'${position === undefined ? '' : ` (position ${position})`}`;
  const element = position === undefined ? undefined : elementFault(interp, param, value);
  if (element !== undefined) return `${where} must be ${param.type}, but found element of type ${element.type} at pos ${element.index}`;
  return `${where} must be ${param.type}, not ${typeNameOf(interp, value)}`;
}

/** Elements after the first are looked at only when they are converted. */
function checkElements(interp: Interpreter, bound: BoundCall): BoundCall {
  for (const param of bound.signature.params) {
    if (param.type !== 'tuple of ints' && param.type !== 'tuple of Tensors') continue;
    const content = sequenceContent(bound.values.get(param.name) as Value);
    for (const [i, item] of (content?.items ?? []).entries()) {
      const value = interp.resolve(item);
      if (param.type === 'tuple of ints') {
        if (value.kind === 'bool' || fitsIndex(interp, value) !== 'no') continue;
        const type = typeNameOf(interp, value);
        raiseType(
          interp,
          `${bound.signature.name}(): argument '${param.name}' failed to unpack the object at pos ${i + 1} with error "type must be tuple of ints,but got ${type}"`,
        );
      } else if (fits(interp, TENSOR, value) === 'no') {
        const argument = bound.signature.params.indexOf(param);
        raiseType(interp, `expected Tensor as element ${i} in argument ${argument}, but got ${typeNameOf(interp, value)}`);
      }
    }
  }
  return bound;
}

const TENSOR: ParameterSpec = {
  name: '',
  type: 'Tensor',
  numbers: false,
  repeat: 0,
  nullable: false,
  default: undefined,
  keywordOnly: false,
  star: 0,
};

function extraArguments(signature: Signature, got: number): string {
  const most = signature.positional;
  const least = Math.min(most, signature.params.filter((p) => !p.keywordOnly && p.default === undefined).length);
  if (least !== most) return `${signature.name}() takes from ${least} to ${most} positional arguments but ${got} were given`;
  return `${signature.name}() takes ${most} positional argument${most === 1 ? '' : 's'} but ${got} ${got === 1 ? 'was' : 'were'} given`;
}

function missingArguments(signature: Signature, from: number): string {
  const names = signature.params.slice(from).filter((p) => p.default === undefined);
  // The parser has its plural the other way round.
  return `${signature.name}() missing ${names.length} required positional argument${names.length === 1 ? 's' : ''}: ${names.map((p) => `"${p.name}"`).join(', ')}`;
}

function extraKeywords(signature: Signature, positional: number, kwargs: Keywords): string {
  for (const key of kwargs.keys()) {
    const index = signature.params.findIndex((p) => p.name === key);
    if (index < 0) return `${signature.name}() got an unexpected keyword argument '${key}'`;
    if (index < positional) return `${signature.name}() got multiple values for argument '${key}'`;
  }
  return 'invalid keyword arguments';
}
