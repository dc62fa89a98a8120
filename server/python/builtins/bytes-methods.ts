/**
 * Methods of bytes, which are held as a string with one character a byte.
 */
import type { Interpreter } from '../interpreter.ts';
import type { Value } from '../values.ts';
import type { Body } from './define.ts';
import { define, table } from './define.ts';

export function bytesMethods(interp: Interpreter): Record<string, Value> {
  const bytes = (value: string | undefined): Value => ({ kind: 'bytes', value });
  const known =
    (otherwise: () => Value, body: (self: string, other: string, a: readonly (Value | undefined)[]) => Value): Body =>
    (a) => {
      const self = a[0];
      const other = a[1];
      if (self?.kind !== 'bytes' || self.value === undefined) return otherwise();
      if (other?.kind === 'bytes') return other.value === undefined ? otherwise() : body(self.value, other.value, a);
      return body(self.value, '', a);
    };
  const unknown = () => bytes(undefined);
  const flag = () => interp.unknownBool();
  return {
    ...table(interp, [
      [
        'decode(self, encoding=None, errors=None)',
        known(
          () => interp.str(),
          (s) => interp.str(fromUtf8(s)),
        ),
      ],
      [
        'hex(self, sep=None)',
        known(
          () => interp.str(),
          (s) => interp.str([...s].map((c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('')),
        ),
      ],
      ['startswith(self, prefix, /)', known(flag, (s, p) => interp.bool(s.startsWith(p)))],
      ['endswith(self, suffix, /)', known(flag, (s, p) => interp.bool(s.endsWith(p)))],
      [
        'find(self, sub, /)',
        known(
          () => interp.freshInt('?', { least: -1 }),
          (s, p) => interp.int(s.indexOf(p)),
        ),
      ],
      [
        'count(self, sub, /)',
        known(
          () => interp.freshInt('?', { least: 0 }),
          (s, p) => interp.int(s.split(p).length - 1),
        ),
      ],
      ['strip(self, bytes=None, /)', known(unknown, (s, p) => bytes(p === '' ? s.trim() : s))],
      ['upper(self, /)', known(unknown, (s) => bytes(s.replace(/[a-z]/g, (c) => c.toUpperCase())))],
      ['lower(self, /)', known(unknown, (s) => bytes(s.replace(/[A-Z]/g, (c) => c.toLowerCase())))],
      [
        'split(self, sep=None, /)',
        known(
          () => interp.unknown(),
          (s, p) => interp.list((p === '' ? s.trim().split(/\s+/) : s.split(p)).map(bytes)),
        ),
      ],
      [
        'replace(self, old, new, /)',
        known(unknown, (s, p, a) => bytes(a[2]?.kind === 'bytes' && a[2].value !== undefined ? s.split(p).join(a[2].value) : undefined)),
      ],
      ['join(self, iterable, /)', (a) => joinBytes(interp, a[0] as Value, a[1] as Value)],
    ]),
    fromhex: {
      kind: 'staticmethod',
      func: define(interp, 'fromhex(string, /)', (a) => {
        const text = interp.asString(a[0] as Value)?.replace(/\s/g, '');
        return bytes(text?.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16))));
      }),
    },
  };
}

function joinBytes(interp: Interpreter, self: Value, iterable: Value): Value {
  const items = interp.items(iterable);
  const parts = items?.map((v) => {
    const item = interp.resolve(v);
    return item.kind === 'bytes' ? item.value : undefined;
  });
  const sep = self.kind === 'bytes' ? self.value : undefined;
  return { kind: 'bytes', value: parts === undefined || sep === undefined || parts.includes(undefined) ? undefined : parts.join(sep) };
}

/** The text of UTF-8 bytes; undefined where they are none. */
export function fromUtf8(bytes: string): string | undefined {
  try {
    return decodeURIComponent([...bytes].map((c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''));
  } catch {
    return undefined;
  }
}
