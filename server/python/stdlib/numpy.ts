/**
 * The little of NumPy that programs use on plain numbers: seeds, constants, and scalar mathematics. Arrays are not modelled:
 * while checking they are unknown, and a run says that it cannot go on.
 */
import { CannotRun } from '../faults.ts';
import type { Interpreter } from '../interpreter.ts';
import type { ModuleValue, Value } from '../values.ts';
import { exactSum } from './math.ts';
import { type Entry, partialModule, silent } from './module.ts';

/** The function of `math` that does the same to a number. */
const SCALAR = ['sqrt', 'exp', 'log2', 'log10', 'log1p', 'expm1', 'sin', 'cos', 'tan', 'tanh', 'sinh', 'cosh', 'log'];

export function numpyModule(interp: Interpreter): ModuleValue {
  const math = interp.modules.import('math');
  const isNumber = (v: Value) => v.kind === 'int' || v.kind === 'float' || v.kind === 'bool';
  const unmodelled = (name: string): Value => {
    if (interp.mode === 'run') throw new CannotRun(`numpy.${name} of an array is not supported`, interp.frame?.node);
    return interp.unknown(name);
  };
  const viaMath = (name: string): Entry => [
    `${name}(x, /)`,
    (a) => (isNumber(a[0] as Value) ? interp.call(interp.getAttr(math, name), [a[0] as Value]) : unmodelled(name)),
  ];
  /** Rounding gives a float, unlike that of `math`. */
  const rounded = (name: string, of: (x: number) => number): Entry => [
    `${name}(x, /)`,
    (a) => {
      if (!isNumber(a[0] as Value)) return unmodelled(name);
      const x = interp.asNumber(a[0] as Value);
      return interp.float(x === undefined ? undefined : of(x));
    },
  ];
  /** Of a list or tuple of numbers. */
  const folded = (name: string, of: (xs: readonly number[]) => number): Entry => [
    `${name}(a, axis=None, **kwargs)`,
    (a) => {
      const v = a[0] as Value;
      if (isNumber(v)) return v;
      const items = v.kind === 'list' || v.kind === 'tuple' ? interp.items(v)?.map((x) => interp.resolve(x)) : undefined;
      if (items === undefined || !items.every(isNumber)) return unmodelled(name);
      const xs = items.map((x) => interp.asNumber(x));
      return interp.float(xs.includes(undefined) || xs.length === 0 ? undefined : of(xs as number[]));
    },
  ];
  const mean = (xs: readonly number[]) => exactSum(xs) / xs.length;
  const builtin = (name: string, fn: string): Entry => [
    `${name}(a, axis=None, **kwargs)`,
    (a) => {
      const v = a[0] as Value;
      const plain = (v.kind === 'list' || v.kind === 'tuple') && interp.items(v)?.every((x) => isNumber(interp.resolve(x))) === true;
      return plain ? interp.call(fn === 'prod' ? interp.getAttr(math, fn) : interp.builtin(fn), [v]) : unmodelled(name);
    },
  ];
  const random = partialModule(interp, 'numpy.random', [], { seed: silent(interp, 'seed') });
  return partialModule(
    interp,
    'numpy',
    [
      ...SCALAR.map(viaMath),
      rounded('floor', Math.floor),
      rounded('ceil', Math.ceil),
      folded('mean', mean),
      folded('std', (xs) => Math.sqrt(exactSum(xs.map((x) => (x - mean(xs)) ** 2)) / xs.length)),
      builtin('prod', 'prod'),
      builtin('sum', 'sum'),
      builtin('min', 'min'),
      builtin('max', 'max'),
    ],
    {
      pi: interp.float(Math.PI),
      e: interp.float(Math.E),
      inf: interp.float(Infinity),
      nan: interp.float(Number.NaN),
      newaxis: interp.none,
      random,
      set_printoptions: silent(interp, 'set_printoptions'),
      seterr: silent(interp, 'seterr'),
    },
  );
}
