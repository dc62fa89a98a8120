/**
 * Methods of int, float, complex and bool, with the arithmetic that subclasses of them inherit.
 */
import { eq, le, lt } from '../../dims/cond.ts';
import { formatValue } from '../format-spec.ts';
import type { Interpreter } from '../interpreter.ts';
import { asBig, binaryNumber } from '../numbers.ts';
import type { Value } from '../values.ts';
import { define, table, unbox } from './define.ts';
import { hashOf } from './hashing.ts';

const OPERATORS: readonly (readonly [string, string])[] = [
  ['add', '+'],
  ['sub', '-'],
  ['mul', '*'],
  ['truediv', '/'],
  ['floordiv', '//'],
  ['mod', '%'],
  ['pow', '**'],
];

const BITWISE: readonly (readonly [string, string])[] = [
  ['and', '&'],
  ['or', '|'],
  ['xor', '^'],
  ['lshift', '<<'],
  ['rshift', '>>'],
];

function arithmetic(interp: Interpreter, operators: readonly (readonly [string, string])[]): Record<string, Value> {
  const result: Record<string, Value> = {};
  const compute = (op: string, left: Value, right: Value) => {
    if (left.kind === 'unknown' || right.kind === 'unknown') return interp.unknown();
    return binaryNumber(interp, op, left, right) ?? interp.notImplemented;
  };
  for (const [name, op] of operators) {
    result[`__${name}__`] = define(interp, `__${name}__(self, value, /)`, (a) => compute(op, a[0] as Value, unbox(interp, a[1] as Value)));
    result[`__r${name}__`] = define(interp, `__r${name}__(self, value, /)`, (a) =>
      compute(op, unbox(interp, a[1] as Value), a[0] as Value),
    );
  }
  return result;
}

function comparisons(interp: Interpreter): Record<string, Value> {
  const compare = (name: string, known: (a: number, b: number) => boolean, symbolic: typeof eq) =>
    define(interp, `${name}(self, value, /)`, (a) => {
      const right = unbox(interp, a[1] as Value);
      const x = interp.asNumber(a[0] as Value);
      const y = interp.asNumber(right);
      if (x !== undefined && y !== undefined) return interp.bool(known(x, y));
      const m = interp.asDim(a[0] as Value);
      const n = interp.asDim(right);
      if (m !== undefined && n !== undefined) return interp.bool(symbolic(m, n));
      return right.kind === 'float' || right.kind === 'unknown' || right.kind === 'int' ? interp.unknownBool() : interp.notImplemented;
    });
  return {
    __eq__: compare('__eq__', (a, b) => a === b, eq),
    __lt__: compare('__lt__', (a, b) => a < b, lt),
    __le__: compare('__le__', (a, b) => a <= b, le),
    __gt__: compare(
      '__gt__',
      (a, b) => a > b,
      (a, b) => lt(b, a),
    ),
    __ge__: compare(
      '__ge__',
      (a, b) => a >= b,
      (a, b) => le(b, a),
    ),
    __hash__: interp.native('__hash__', (call) => hashOf(interp, unbox(interp, call.args[0] as Value))),
    __bool__: interp.native('__bool__', (call) => interp.bool(interp.truth(unbox(interp, call.args[0] as Value)))),
    __format__: define(interp, '__format__(self, spec, /)', (a) => {
      const spec = interp.asString(a[1] as Value);
      return interp.str(spec === undefined ? undefined : formatValue(interp, a[0] as Value, spec));
    }),
    __repr__: interp.native('__repr__', (call) => interp.str(interp.repr(unbox(interp, call.args[0] as Value)))),
  };
}

const getter = (interp: Interpreter, of: (v: Value) => Value): Value => ({
  kind: 'property',
  get: interp.native('get', (call) => of(unbox(interp, call.args[0] as Value))),
  set: undefined,
  cached: false,
});

export function intMethods(interp: Interpreter): Record<string, Value> {
  const whole = (v: Value): Value => {
    const dim = interp.asDim(v);
    return v.kind === 'int' ? v : dim === undefined ? interp.unknown() : interp.int(dim);
  };
  return {
    ...arithmetic(interp, [...OPERATORS, ...BITWISE]),
    ...comparisons(interp),
    ...table(interp, [
      ['bit_length(self, /)', (a) => bits(interp, a[0] as Value, (n) => (n === 0n ? 0 : (n < 0n ? -n : n).toString(2).length))],
      ['bit_count(self, /)', (a) => bits(interp, a[0] as Value, (n) => (n < 0n ? -n : n).toString(2).replace(/0/g, '').length)],
      ['conjugate(self, /)', (a) => whole(a[0] as Value)],
      ['is_integer(self, /)', () => interp.bool(true)],
      ['as_integer_ratio(self, /)', (a) => interp.tuple([whole(a[0] as Value), interp.int(1)])],
      ['__index__(self, /)', (a) => whole(a[0] as Value)],
      ['__int__(self, /)', (a) => whole(a[0] as Value)],
      ['__float__(self, /)', (a) => interp.float(interp.asNumber(a[0] as Value))],
      ['__neg__(self, /)', (a) => binaryNumber(interp, '-', interp.int(0), a[0] as Value) ?? interp.unknown()],
      ['__pos__(self, /)', (a) => whole(a[0] as Value)],
      ['to_bytes(self, length=1, byteorder=None, *, signed=False)', (a) => toBytes(interp, a)],
    ]),
    from_bytes: {
      kind: 'staticmethod',
      func: define(interp, 'from_bytes(bytes, byteorder=None, *, signed=False)', (a) => {
        const given = a[0];
        if (given?.kind !== 'bytes' || given.value === undefined) return interp.freshInt('?', { least: 0 });
        const order = a[1] === undefined ? 'big' : interp.asString(a[1]);
        const digits = [...given.value].map((c) => BigInt(c.charCodeAt(0)));
        if (order === 'little') digits.reverse();
        return interp.bigint(digits.reduce((n, d) => n * 256n + d, 0n));
      }),
    },
    real: getter(interp, whole),
    imag: getter(interp, () => interp.int(0)),
    numerator: getter(interp, whole),
    denominator: getter(interp, () => interp.int(1)),
  };
}

function bits(interp: Interpreter, v: Value, count: (n: bigint) => number): Value {
  const n = asBig(interp, v);
  return n === undefined ? interp.freshInt('?', { least: 0 }) : interp.int(count(n));
}

function toBytes(interp: Interpreter, a: readonly (Value | undefined)[]): Value {
  const n = asBig(interp, a[0] as Value);
  const length = a[1] === undefined ? 1 : interp.asInt(a[1]);
  if (n === undefined || length === undefined) return { kind: 'bytes', value: undefined };
  const digits: string[] = [];
  let rest = BigInt.asUintN(length * 8, n);
  for (let i = 0; i < length; i++) {
    digits.push(String.fromCharCode(Number(rest & 255n)));
    rest >>= 8n;
  }
  if (a[2] === undefined || interp.asString(a[2]) === 'big') digits.reverse();
  return { kind: 'bytes', value: digits.join('') };
}

export function floatMethods(interp: Interpreter): Record<string, Value> {
  const number = (v: Value | undefined) => (v === undefined ? undefined : interp.asNumber(v));
  return {
    ...arithmetic(interp, OPERATORS),
    ...comparisons(interp),
    ...table(interp, [
      [
        'is_integer(self, /)',
        (a) => {
          const n = number(a[0]);
          return n === undefined ? interp.unknownBool() : interp.bool(Number.isInteger(n));
        },
      ],
      ['conjugate(self, /)', (a) => a[0] as Value],
      ['__float__(self, /)', (a) => a[0] as Value],
      ['hex(self, /)', () => interp.str()],
      ['as_integer_ratio(self, /)', (a) => ratio(interp, number(a[0]))],
    ]),
    fromhex: { kind: 'staticmethod', func: interp.native('fromhex', () => interp.float()) },
    real: getter(interp, (v) => v),
    imag: getter(interp, () => interp.float(0)),
  };
}

function ratio(interp: Interpreter, n: number | undefined): Value {
  if (n === undefined || !Number.isFinite(n)) return interp.tuple([interp.freshInt('?'), interp.freshInt('?', { least: 1 })]);
  let top = n;
  let bottom = 1n;
  while (!Number.isInteger(top)) {
    top *= 2;
    bottom *= 2n;
  }
  return interp.tuple([interp.bigint(BigInt(top)), interp.bigint(bottom)]);
}

export function complexMethods(interp: Interpreter): Record<string, Value> {
  return table(interp, [
    [
      'conjugate(self, /)',
      (a) => {
        const v = a[0];
        return v?.kind === 'complex' ? { kind: 'complex', re: v.re, im: v.im === undefined ? undefined : -v.im } : interp.unknown();
      },
    ],
  ]);
}
