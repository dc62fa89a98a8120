/**
 * Reads numbers and strings: prefixes, escapes, adjacent literals, the replacement fields of f-strings.
 * Owns decoding of literal text; an `\N{…}` escape stays as written, because there is no table of character names here.
 */

import type { Constant, FormattedValue, JoinedString } from './syntax.ts';
import type { SyntaxReader } from './syntax-reader.ts';

type Part = string | FormattedValue;

export function readNumber(r: SyntaxReader): Constant {
  const { start, end } = r;
  const value = parseNumber(r.text.slice(start, end));
  return { kind: 'Constant', id: r.nodes++, start, end, ...value };
}

/** A numeric literal as written; a decimal integer with leading zeros is read as decimal. */
export function parseNumber(source: string): Pick<Constant, 'type' | 'value' | 'big'> {
  const text = source.includes('_') ? source.replaceAll('_', '') : source;
  const last = text.charCodeAt(text.length - 1) | 32;
  const prefix = text.charCodeAt(1) | 32;
  const radix = text.charCodeAt(0) === 48 && text.length > 1 && (prefix === 120 || prefix === 111 || prefix === 98);
  if (!radix) {
    if (last === 106) return { type: 'complex', value: Number(text.slice(0, -1)) };
    if (/[.eE]/.test(text)) return { type: 'float', value: Number(text) };
  }
  const digits = last === 108 ? text.slice(0, -1) : text;
  const value = Number(digits);
  return Number.isSafeInteger(value) ? { type: 'int', value } : { type: 'int', value, big: BigInt(digits) };
}

/** A string literal or several adjacent ones. */
export function readString(r: SyntaxReader): Constant | JoinedString {
  const { start, end } = r;
  const parts: Part[] = [];
  const seen = { formatted: false, bytes: false };
  if (r.type === r.grammar.node.concatenated_string) {
    r.enter();
    do readPiece(r, parts, seen);
    while (r.next());
    r.leave();
  } else {
    readPiece(r, parts, seen);
  }
  const id = r.nodes++;
  if (seen.formatted) return { kind: 'JoinedString', id, start, end, parts: mergeText(parts) };
  const value = parts.length === 1 ? (parts[0] as string) : parts.join('');
  return { kind: 'Constant', id, start, end, type: seen.bytes ? 'bytes' : 'str', value };
}

function readPiece(r: SyntaxReader, parts: Part[], seen: { formatted: boolean; bytes: boolean }): void {
  const { node } = r.grammar;
  r.enter();
  const opening = r.start;
  let from = r.end;
  let raw = false;
  let bytes = false;
  let formatted = false;
  const quotes = from - opening > 2 && r.text.charCodeAt(from - 1) === r.text.charCodeAt(from - 2) ? 3 : 1;
  for (let i = opening; i < from; i++) {
    const letter = r.text.charCodeAt(i) | 32;
    if (letter === 114) raw = true;
    else if (letter === 98) bytes = true;
    else if (letter === 102 || letter === 116) formatted = true;
  }
  const literal = (to: number): void => {
    if (to <= from) {
      if (!formatted && parts.length === 0) parts.push('');
      return;
    }
    let text = r.text.slice(from, to);
    if (formatted && (text.includes('{{') || text.includes('}}'))) text = text.replace(/\{\{/g, '{').replace(/\}\}/g, '}');
    parts.push(raw ? normalizeNewlines(text) : decodeEscapes(text, bytes));
  };
  while (r.next()) {
    if (r.type === node.interpolation) {
      literal(r.start);
      from = r.end;
      parts.push(...readField(r));
    } else if (r.type === node.string_end) {
      // Where the end begins is not told right for a raw string of backslashes.
      literal(r.end - quotes);
    }
  }
  r.leave();
  if (formatted) seen.formatted = true;
  if (bytes) seen.bytes = true;
}

/** `{value!r:spec}`; with `=` the text before the value comes first, as part of the field. */
function readField(r: SyntaxReader): FormattedValue[] {
  const { node, token } = r.grammar;
  const { start, end } = r;
  r.enter();
  const opened = r.end;
  r.next();
  const assigns = r.type === node.named_expression;
  const value = r.expression();
  // `{x:=10}` has the specification `=10`; an assignment stands in parentheses.
  if (assigns && value.kind === 'NamedExpr') {
    r.leave();
    const text = r.text.slice(r.text.indexOf(':', value.target.end) + 1, end - 1);
    return [{ start, end, value: value.target, conversion: undefined, spec: [text], debug: undefined }];
  }
  let conversion: FormattedValue['conversion'];
  let debug: string | undefined;
  let spec: readonly Part[] = [];
  while (r.next()) {
    if (r.type === token['=']) {
      let stop = r.end;
      while (isSpace(r.text.charCodeAt(stop))) stop++;
      debug = r.text.slice(opened, stop);
    } else if (r.type === node.type_conversion) {
      const letter = r.text[r.start + 1];
      conversion = letter === 'r' || letter === 's' || letter === 'a' ? letter : undefined;
    } else if (r.type === node.format_specifier) {
      spec = readSpec(r);
    }
  }
  r.leave();
  return [{ start, end, value, conversion, spec, debug }];
}

/** The grammar leaves the literal text of a specification unnamed: it is what lies between the fields. */
function readSpec(r: SyntaxReader): readonly Part[] {
  const { node } = r.grammar;
  const parts: Part[] = [];
  const { end } = r;
  let from = r.start + 1;
  if (!r.enter()) return parts;
  do {
    if (r.type !== node.format_expression && r.type !== node.interpolation) continue;
    if (r.start > from) parts.push(r.text.slice(from, r.start));
    from = r.end;
    parts.push(...readField(r));
  } while (r.next());
  r.leave();
  if (end > from) parts.push(r.text.slice(from, end));
  return parts;
}

function mergeText(parts: readonly Part[]): readonly Part[] {
  const merged: Part[] = [];
  for (const part of parts) {
    const last = merged[merged.length - 1];
    if (typeof part === 'string' && typeof last === 'string') merged[merged.length - 1] = last + part;
    else if (part !== '') merged.push(part);
  }
  return merged;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13 || code === 12;
}

function normalizeNewlines(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

const SIMPLE: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\n': '',
};

/** The text between the quotes, decoded; unknown escapes keep their backslash. In bytes `\u` and `\U` are not escapes. */
export function decodeEscapes(source: string, bytes: boolean): string {
  const text = normalizeNewlines(source);
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g,
    (all, oct, hex, u4, u8, one) => {
      if (oct !== undefined) return String.fromCharCode(Number.parseInt(oct, 8) & (bytes ? 0xff : 0x1ff));
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (one !== undefined) return SIMPLE[one] ?? all;
      if (bytes) return all;
      const code = Number.parseInt(u4 ?? u8, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : all;
    },
  );
}
