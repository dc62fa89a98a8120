/**
 * Methods of str, on code points. Where the text is not known the kind of the result still is.
 */

import { formatTemplate } from '../format-spec.ts';
import type { Interpreter } from '../interpreter.ts';
import { collect } from '../iteration.ts';
import type { Value } from '../values.ts';
import type { Body } from './define.ts';
import { define, table, unbox } from './define.ts';
import { hashOf } from './hashing.ts';

type Known = readonly (string | undefined)[];

/** A method whose receiver and string arguments are all known. */
type Pure = (self: string, given: Known, a: readonly (Value | undefined)[]) => Value;

const whitespace = /^[\s\x1c-\x1f\x85]$/u;
const isSpace = (c: string) => whitespace.test(c) && c !== '\ufeff';
const cased = /\p{Lu}|\p{Ll}|\p{Lt}/u;

export function strMethods(interp: Interpreter): Record<string, Value> {
  const str = (text: string | undefined) => interp.str(text);
  const list = (parts: readonly string[]) => interp.list(parts.map(str));
  const unknownText = () => interp.str();
  const unknownList = () => interp.list({ items: [], rest: { element: interp.str(), length: interp.freshInt('?', { least: 0 }).dim } });
  const pure =
    (otherwise: () => Value, body: Pure): Body =>
    (a) => {
      const given: (string | undefined)[] = [];
      for (const v of a) {
        const u = v === undefined ? undefined : unbox(interp, v);
        if (u === undefined || u.kind === 'none') given.push(undefined);
        else if (u.kind === 'str') {
          if (u.value === undefined) return otherwise();
          given.push(u.value);
        } else if (u.kind === 'unknown' || u.kind === 'choice') return otherwise();
        else given.push(undefined);
      }
      const self = given[0];
      return self === undefined ? otherwise() : body(self, given, a);
    };
  const text = (name: string, change: (s: string) => string): readonly [string, Body] => [
    `${name}(self, /)`,
    pure(unknownText, (s) => str(change(s))),
  ];
  const test = (name: string, holds: (s: string) => boolean): readonly [string, Body] => [
    `${name}(self, /)`,
    pure(
      () => interp.unknownBool(),
      (s) => interp.bool(holds(s)),
    ),
  ];
  const every = (pattern: RegExp) => (s: string) => s !== '' && [...s].every((c) => pattern.test(c));
  const upper = (s: string) => s.toUpperCase();
  const lower = (s: string) => s.toLowerCase();
  const int = (v: Value | undefined, otherwise: number) => (v === undefined || v.kind === 'none' ? otherwise : interp.asInt(v));

  const justify = (name: string, place: (free: number, width: number) => number): readonly [string, Body] => [
    `${name}(self, width, fillchar=' ', /)`,
    pure(unknownText, (s, g, a) => {
      const width = int(a[1], 0);
      if (width === undefined) return str(undefined);
      const free = width - [...s].length;
      if (free <= 0) return str(s);
      const left = place(free, width);
      const fill = g[2] ?? ' ';
      return str(fill.repeat(left) + s + fill.repeat(free - left));
    }),
  ];
  const strip = (name: string, left: boolean, right: boolean): readonly [string, Body] => [
    `${name}(self, chars=None, /)`,
    pure(unknownText, (s, g) => str(stripped(s, g[1], left, right))),
  ];
  const search = (name: string, last: boolean, raises: boolean): readonly [string, Body] => [
    `${name}(self, sub, start=None, end=None, /)`,
    pure(
      () => interp.freshInt('?', { least: raises ? 0 : -1 }),
      (s, g, a) => {
        const [from, to] = bounds(interp, s, a[2], a[3]);
        if (from === undefined || to === undefined) return interp.freshInt('?', { least: -1 });
        const part = points(s, from, to);
        const at = last ? part.lastIndexOf(g[1] ?? '') : part.indexOf(g[1] ?? '');
        if (at < 0 && raises) interp.raise('ValueError', 'substring not found');
        return interp.int(at < 0 || from > [...s].length ? -1 : from + [...part.slice(0, at)].length);
      },
    ),
  ];
  const affix = (name: string, holds: (s: string, part: string) => boolean): readonly [string, Body] => [
    `${name}(self, prefix, start=None, end=None, /)`,
    (a) => {
      const s = interp.asString(a[0] as Value);
      const given = a[1] as Value;
      const parts = given.kind === 'tuple' ? given.items.map((v) => interp.asString(v)) : [interp.asString(given)];
      if (s === undefined || parts.includes(undefined)) return interp.unknownBool();
      const [from, to] = bounds(interp, s, a[2], a[3]);
      if (from === undefined || to === undefined) return interp.unknownBool();
      return interp.bool(parts.some((part) => holds(points(s, from, to), part as string)));
    },
  ];

  return {
    ...table(interp, [
      text('upper', upper),
      text('lower', lower),
      text('casefold', (s) => lower(s).replace(/ß/g, 'ss')),
      text('capitalize', (s) => [...s].map((c, i) => (i === 0 ? upper(c) : lower(c))).join('')),
      text('swapcase', (s) => [...s].map((c) => (c === lower(c) ? upper(c) : lower(c))).join('')),
      text('title', titled),
      test('isdigit', every(/^[\p{Nd}²³¹⁰-⁹₀-₉]$/u)),
      test('isdecimal', every(/^\p{Nd}$/u)),
      test('isnumeric', every(/^\p{N}$/u)),
      test('isalpha', every(/^\p{L}$/u)),
      test('isalnum', every(/^[\p{L}\p{N}]$/u)),
      test('isspace', (s) => s !== '' && [...s].every(isSpace)),
      test('isupper', (s) => [...s].some((c) => cased.test(c)) && s === upper(s)),
      test('islower', (s) => [...s].some((c) => cased.test(c)) && s === lower(s)),
      test('istitle', (s) => [...s].some((c) => cased.test(c)) && s === titled(s)),
      test('isascii', (s) => [...s].every((c) => (c.codePointAt(0) as number) < 128)),
      test('isidentifier', (s) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(s)),
      test('isprintable', (s) => !/[\p{C}\p{Zl}\p{Zp}]|[^\S ]/u.test(s)),
      strip('strip', true, true),
      strip('lstrip', true, false),
      strip('rstrip', false, true),
      justify('ljust', () => 0),
      justify('rjust', (free) => free),
      justify('center', (free, width) => Math.floor(free / 2) + (free & width & 1)),
      search('find', false, false),
      search('rfind', true, false),
      search('index', false, true),
      search('rindex', true, true),
      affix('startswith', (s, part) => s.startsWith(part)),
      affix('endswith', (s, part) => s.endsWith(part)),
      [
        'removeprefix(self, prefix, /)',
        pure(unknownText, (s, g) => str(g[1] !== undefined && s.startsWith(g[1]) ? s.slice(g[1].length) : s)),
      ],
      [
        'removesuffix(self, suffix, /)',
        pure(unknownText, (s, g) => str(g[1] !== undefined && g[1] !== '' && s.endsWith(g[1]) ? s.slice(0, -g[1].length) : s)),
      ],
      [
        'zfill(self, width, /)',
        pure(unknownText, (s, _g, a) => {
          const width = int(a[1], 0);
          if (width === undefined) return str(undefined);
          const sign = /^[+-]/.test(s) ? (s[0] as string) : '';
          return str(sign + s.slice(sign.length).padStart(width - sign.length, '0'));
        }),
      ],
      [
        'count(self, sub, start=None, end=None, /)',
        pure(
          () => interp.freshInt('?', { least: 0 }),
          (s, g, a) => {
            const [from, to] = bounds(interp, s, a[2], a[3]);
            if (from === undefined || to === undefined) return interp.freshInt('?', { least: 0 });
            const part = points(s, from, to);
            return interp.int(g[1] === '' ? [...part].length + 1 : part.split(g[1] as string).length - 1);
          },
        ),
      ],
      [
        'replace(self, old, new, count=-1)',
        pure(unknownText, (s, g, a) => {
          const most = int(a[3], -1);
          return most === undefined || g[1] === undefined || g[2] === undefined ? str(undefined) : str(replaced(s, g[1], g[2], most));
        }),
      ],
      [
        'split(self, sep=None, maxsplit=-1)',
        pure(unknownList, (s, g, a) => {
          const most = int(a[2], -1);
          if (most === undefined) return unknownList();
          if (g[1] === '') interp.raise('ValueError', 'empty separator');
          return list(g[1] === undefined ? splitSpace(s, most) : splitOn(s, g[1], most));
        }),
      ],
      [
        'rsplit(self, sep=None, maxsplit=-1)',
        pure(unknownList, (s, g, a) => {
          const most = int(a[2], -1);
          if (most === undefined) return unknownList();
          if (g[1] === '') interp.raise('ValueError', 'empty separator');
          return list(g[1] === undefined ? rsplitSpace(s, most) : rsplitOn(s, g[1], most));
        }),
      ],
      [
        'splitlines(self, keepends=False)',
        pure(unknownList, (s, _g, a) => {
          const keep = a[1] !== undefined && interp.decide(interp.truth(a[1])) === 'yes';
          const lines = s.match(/[^\r\n\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]|$)/g) ?? [];
          if (lines[lines.length - 1] === '') lines.pop();
          return list(keep ? lines : lines.map((line) => line.replace(/(?:\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029])$/, '')));
        }),
      ],
      [
        'partition(self, sep, /)',
        pure(unknownList, (s, g) => {
          const at = s.indexOf(g[1] as string);
          return interp.tuple((at < 0 ? [s, '', ''] : [s.slice(0, at), g[1] as string, s.slice(at + (g[1] as string).length)]).map(str));
        }),
      ],
      [
        'rpartition(self, sep, /)',
        pure(unknownList, (s, g) => {
          const at = s.lastIndexOf(g[1] as string);
          return interp.tuple((at < 0 ? ['', '', s] : [s.slice(0, at), g[1] as string, s.slice(at + (g[1] as string).length)]).map(str));
        }),
      ],
      ['expandtabs(self, tabsize=8)', pure(unknownText, (s, _g, a) => str(expanded(s, int(a[1], 8) ?? 8)))],
      ['join(self, iterable, /)', (a) => join(interp, a[0] as Value, a[1] as Value)],
      [
        'encode(self, encoding=None, errors=None)',
        (a) => {
          const s = interp.asString(a[0] as Value);
          return { kind: 'bytes', value: s === undefined ? undefined : utf8(s) };
        },
      ],
      ['translate(self, table, /)', (a) => translate(interp, a[0] as Value, a[1] as Value)],
    ]),
    format: interp.native(
      'format',
      (call) => {
        const template = interp.asString(unbox(interp, call.args[0] as Value));
        return interp.str(template === undefined ? undefined : formatTemplate(interp, template, call.args.slice(1), call.kwargs));
      },
      { choices: true },
    ),
    maketrans: { kind: 'staticmethod', func: define(interp, 'maketrans(x, y=None, z=None, /)', (a) => makeTranslation(interp, a)) },
    __hash__: interp.native('__hash__', (call) => hashOf(interp, unbox(interp, call.args[0] as Value))),
    __str__: interp.native('__str__', (call) => unbox(interp, call.args[0] as Value)),
  };
}

function points(s: string, from: number, to: number): string {
  return [...s].slice(from, Math.max(from, to)).join('');
}

function bounds(
  interp: Interpreter,
  s: string,
  start: Value | undefined,
  end: Value | undefined,
): [number | undefined, number | undefined] {
  const n = [...s].length;
  const clamp = (v: Value | undefined, otherwise: number) => {
    if (v === undefined || v.kind === 'none') return otherwise;
    const at = interp.asInt(v);
    return at === undefined ? undefined : at < 0 ? Math.max(0, at + n) : at;
  };
  const to = clamp(end, n);
  return [clamp(start, 0), to === undefined ? undefined : Math.min(to, n)];
}

function stripped(s: string, chars: string | undefined, left: boolean, right: boolean): string {
  const all = [...s];
  const drop = chars === undefined ? isSpace : (c: string) => [...chars].includes(c);
  let from = 0;
  let to = all.length;
  while (left && from < to && drop(all[from] as string)) from++;
  while (right && to > from && drop(all[to - 1] as string)) to--;
  return all.slice(from, to).join('');
}

function titled(s: string): string {
  let inside = false;
  let result = '';
  for (const c of s) {
    result += inside ? c.toLowerCase() : c.toUpperCase();
    inside = cased.test(c);
  }
  return result;
}

function replaced(s: string, from: string, to: string, most: number): string {
  if (most < 0 && from !== '') return s.split(from).join(to);
  const parts = from === '' ? ['', ...s] : s.split(from);
  if (from === '') parts.push('');
  const limit = most < 0 ? parts.length : most;
  let result = parts[0] as string;
  for (let i = 1; i < parts.length; i++) result += (i <= limit ? to : from) + parts[i];
  return result;
}

function splitOn(s: string, sep: string, most: number): string[] {
  const parts = s.split(sep);
  return most < 0 || parts.length <= most + 1 ? parts : [...parts.slice(0, most), parts.slice(most).join(sep)];
}

function rsplitOn(s: string, sep: string, most: number): string[] {
  if (most < 0) return s.split(sep);
  const parts: string[] = [];
  let rest = s;
  while (parts.length < most) {
    const at = rest.lastIndexOf(sep);
    if (at < 0) break;
    parts.unshift(rest.slice(at + sep.length));
    rest = rest.slice(0, at);
  }
  return [rest, ...parts];
}

function splitSpace(s: string, most: number): string[] {
  const parts: string[] = [];
  let rest = stripped(s, undefined, true, most < 0);
  while (rest !== '') {
    if (most >= 0 && parts.length === most) {
      parts.push(stripped(rest, undefined, false, true));
      break;
    }
    const word = /^[^\s\x1c-\x1f\x85]+/u.exec(rest)?.[0] ?? rest;
    parts.push(word);
    rest = stripped(rest.slice(word.length), undefined, true, false);
  }
  return parts;
}

function rsplitSpace(s: string, most: number): string[] {
  const parts: string[] = [];
  let rest = stripped(s, undefined, most < 0, true);
  while (rest !== '') {
    if (most >= 0 && parts.length === most) {
      parts.unshift(stripped(rest, undefined, true, false));
      break;
    }
    const word = /[^\s\x1c-\x1f\x85]+$/u.exec(rest)?.[0] ?? rest;
    parts.unshift(word);
    rest = stripped(rest.slice(0, rest.length - word.length), undefined, false, true);
  }
  return parts;
}

function expanded(s: string, size: number): string {
  let column = 0;
  let result = '';
  for (const c of s) {
    if (c === '\t') {
      const n = size <= 0 ? 0 : size - (column % size);
      result += ' '.repeat(n);
      column += n;
    } else {
      result += c;
      column = c === '\n' || c === '\r' ? 0 : column + 1;
    }
  }
  return result;
}

function join(interp: Interpreter, self: Value, iterable: Value): Value {
  const sep = interp.asString(self);
  if (['int', 'float', 'none', 'bool'].includes(iterable.kind)) interp.raise('TypeError', 'can only join an iterable');
  const { items, rest } = collect(interp, iterable);
  const parts: string[] = [];
  for (let i = 0; i < items.length; i++) {
    const item = unbox(interp, items[i] as Value);
    if (item.kind === 'str' && item.value !== undefined) parts.push(item.value);
    else if (item.kind === 'str' || item.kind === 'unknown' || item.kind === 'choice') return interp.str();
    else interp.raise('TypeError', `sequence item ${i}: expected str instance, ${interp.typeName(item)} found`);
  }
  return interp.str(sep === undefined || rest !== undefined ? undefined : parts.join(sep));
}

function makeTranslation(interp: Interpreter, a: readonly (Value | undefined)[]): Value {
  const [x, y, z] = a.map((v) => (v === undefined ? undefined : interp.asString(v)));
  if (a[1] === undefined) return a[0] as Value;
  if (x === undefined || y === undefined) return interp.unknown();
  const code = (c: string) => interp.int(c.codePointAt(0) as number);
  const to = [...y];
  const entries: [Value, Value][] = [...x].map((c, i) => [code(c), code(to[i] ?? c)]);
  for (const c of z ?? '') entries.push([code(c), interp.none]);
  return interp.dict(entries);
}

function translate(interp: Interpreter, self: Value, mapping: Value): Value {
  const s = interp.asString(self);
  if (s === undefined || mapping.kind !== 'dict' || mapping.slot.get().rest !== undefined) return interp.str();
  const { entries } = mapping.slot.get();
  let result = '';
  for (const c of s) {
    const to = (entries.get(`n${c.codePointAt(0)}`) ?? entries.get(`s${c}`))?.[1];
    if (to === undefined) result += c;
    else if (to.kind === 'str') result += to.value ?? '';
    else if (to.kind === 'int') result += String.fromCodePoint(interp.asInt(to) ?? 63);
  }
  return interp.str(result);
}

/** UTF-8 as a string of bytes, one character a byte. */
export function utf8(text: string): string {
  let bytes = '';
  for (const c of text) {
    const code = c.codePointAt(0) as number;
    if (code < 0x80) bytes += c;
    else {
      const more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
      bytes += String.fromCharCode(([0xc0, 0xe0, 0xf0][more - 1] as number) | (code >> (6 * more)));
      for (let i = more - 1; i >= 0; i--) bytes += String.fromCharCode(0x80 | ((code >> (6 * i)) & 0x3f));
    }
  }
  return bytes;
}
