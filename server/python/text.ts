/**
 * `repr` and `str` of every value, as Python prints them.
 */
import { unbox } from './builtins/define.ts';
import { setItems } from './builtins/set-order.ts';
import { lookup } from './classes.ts';
import { floatText } from './decimal-text.ts';
import { formatValue } from './format-spec.ts';
import type { Interpreter } from './interpreter.ts';
import { asBig } from './numbers.ts';
import { percentFormat } from './percent-format.ts';
import type { ClassValue, Value } from './values.ts';

export { formatValue, percentFormat };

/** Containers being written, outermost first: one inside itself is written as `[...]`. */
const writing = new WeakMap<Interpreter, Set<unknown>>();

/** `repr(value)`; undefined where it is not wholly known. */
export function repr(interp: Interpreter, value: Value): string | undefined {
  const v = interp.resolve(value);
  switch (v.kind) {
    case 'none':
      return 'None';
    case 'bool': {
      const decision = interp.decide(v.cond);
      return decision === 'unknown' ? undefined : decision === 'yes' ? 'True' : 'False';
    }
    case 'int':
      return asBig(interp, v)?.toString() ?? interp.asInt(v)?.toString();
    case 'float':
      return v.value === undefined ? undefined : floatText(v.value);
    case 'complex':
      return v.re === undefined || v.im === undefined ? undefined : complexText(v.re, v.im);
    case 'str':
      return v.value === undefined ? undefined : quote(v.value);
    case 'bytes':
      return v.value === undefined ? undefined : quoteBytes(v.value);
    case 'ellipsis':
      return 'Ellipsis';
    case 'not-implemented':
      return 'NotImplemented';
    case 'tuple':
    case 'list':
    case 'dict':
    case 'set':
      return nested(interp, v);
    case 'range': {
      const [start, stop, step] = [v.start, v.stop, v.step].map((d) => repr(interp, interp.int(d)));
      if (start === undefined || stop === undefined || step === undefined) return undefined;
      return step === '1' ? `range(${start}, ${stop})` : `range(${start}, ${stop}, ${step})`;
    }
    case 'slice': {
      const parts = [v.start, v.stop, v.step].map((part) => repr(interp, part));
      return parts.includes(undefined) ? undefined : `slice(${parts.join(', ')})`;
    }
    case 'function':
      return `<function ${v.qualifiedName} at ${address(v.id)}>`;
    case 'native':
      return v.name.includes('.') ? `<function ${v.name} at ${address(1)}>` : `<built-in function ${v.name}>`;
    case 'method':
      return methodText(interp, v);
    case 'class':
      return `<class '${qualified(v)}'>`;
    case 'object':
      return objectText(interp, v);
    case 'module':
      return `<module '${v.name}'>`;
    case 'iterator':
      return `<${v.name} object at ${address(2)}>`;
    case 'property':
      return `<property object at ${address(3)}>`;
    case 'staticmethod':
    case 'classmethod':
      return `<${v.kind}(${repr(interp, v.func) ?? '?'})>`;
    case 'super':
      return `<super: ${qualified(v.after)}>`;
    default:
      return undefined;
  }
}

/** `str(value)`. */
export function str(interp: Interpreter, value: Value): string | undefined {
  const v = interp.resolve(value);
  if (v.kind === 'str') return v.value;
  if (v.kind !== 'object' && !(v.kind === 'tuple' && v.cls !== undefined) && !(v.kind === 'dict' && v.cls !== undefined))
    return repr(interp, v);
  const own = special(v.kind === 'object' ? v.cls : (v.cls as ClassValue), '__str__', interp);
  return own === undefined ? repr(interp, v) : interp.asString(interp.call(own, [v]));
}

/** A special method that a class has of its own, not from `object`, `tuple` or `dict`. */
function special(cls: ClassValue, name: string, interp: Interpreter): Value | undefined {
  const found = lookup(cls, name);
  const { object, tuple, dict } = interp.builtins.types;
  return [object, tuple, dict].some((type) => type.attrs.get(name) === found) ? undefined : found;
}

export function address(id: number): string {
  return `0x7f${(0x10000000 + id * 16).toString(16).padStart(10, '0')}`;
}

function qualified(cls: ClassValue): string {
  return cls.module === 'builtins' ? cls.qualifiedName : `${cls.module}.${cls.qualifiedName}`;
}

function methodText(interp: Interpreter, v: Extract<Value, { kind: 'method' }>): string | undefined {
  const self = repr(interp, v.self);
  if (self === undefined) return undefined;
  if (v.func.kind === 'function') return `<bound method ${v.func.qualifiedName} of ${self}>`;
  const name = v.func.kind === 'native' ? v.func.name : '?';
  return `<built-in method ${name} of ${interp.typeName(v.self)} object at ${address(4)}>`;
}

function objectText(interp: Interpreter, v: Extract<Value, { kind: 'object' }>): string | undefined {
  const own = special(v.cls, '__repr__', interp);
  if (own !== undefined) return interp.asString(interp.call(own, [v]));
  const boxed = unbox(interp, v);
  if (boxed !== v) return repr(interp, boxed);
  return v.cls.open
    ? undefined
    : `<${v.cls.module === 'builtins' ? '' : `${v.cls.module}.`}${v.cls.qualifiedName} object at ${address(v.id)}>`;
}

type Container = Extract<Value, { kind: 'tuple' | 'list' | 'dict' | 'set' }>;

function nested(interp: Interpreter, v: Container): string | undefined {
  const key: unknown = v.kind === 'tuple' ? v : v.slot;
  let open = writing.get(interp);
  if (open === undefined) writing.set(interp, (open = new Set()));
  if (open.has(key)) return v.kind === 'tuple' ? '(...)' : v.kind === 'list' ? '[...]' : v.kind === 'dict' ? '{...}' : 'set(...)';
  open.add(key);
  try {
    return containerText(interp, v);
  } finally {
    open.delete(key);
  }
}

function containerText(interp: Interpreter, v: Container): string | undefined {
  const listed = (items: readonly Value[]): string | undefined => {
    const parts: string[] = [];
    for (const item of items) {
      const text = repr(interp, item);
      if (text === undefined) return undefined;
      parts.push(text);
    }
    return parts.join(', ');
  };
  switch (v.kind) {
    case 'tuple': {
      if (v.rest !== undefined || (v.open !== undefined && v.items.length === 0)) return undefined;
      const own = v.cls === undefined ? undefined : special(v.cls, '__repr__', interp);
      if (own !== undefined) return interp.asString(interp.call(own, [v]));
      if (v.fields !== undefined && v.cls !== undefined) {
        const parts = v.items.map((item, i) => [v.fields?.[i], repr(interp, item)] as const);
        if (parts.some((part) => part[1] === undefined)) return undefined;
        return `${v.cls.name}(${parts.map(([name, text]) => `${name}=${text}`).join(', ')})`;
      }
      const text = listed(v.items);
      return text === undefined ? undefined : `(${text}${v.items.length === 1 ? ',' : ''})`;
    }
    case 'list': {
      const { items, rest } = v.slot.get();
      const text = rest === undefined ? listed(items) : undefined;
      return text === undefined ? undefined : `[${text}]`;
    }
    case 'dict': {
      const own = v.cls === undefined ? undefined : special(v.cls, '__repr__', interp);
      return own === undefined ? dictText(interp, v) : interp.asString(interp.call(own, [v]));
    }
    case 'set': {
      const { entries, rest } = v.slot.get();
      if (rest !== undefined) return undefined;
      const text = listed(setItems({ entries, rest }));
      if (text === undefined) return undefined;
      if (v.frozen) return entries.size === 0 ? 'frozenset()' : `frozenset({${text}})`;
      return entries.size === 0 ? 'set()' : `{${text}}`;
    }
  }
}

/** `{key: value, …}`, whatever the dict's class. */
export function dictText(interp: Interpreter, v: Extract<Value, { kind: 'dict' }>): string | undefined {
  const { entries, rest } = v.slot.get();
  if (rest !== undefined) return undefined;
  const parts: string[] = [];
  for (const [key, value] of entries.values()) {
    const k = repr(interp, key);
    const text = repr(interp, value);
    if (k === undefined || text === undefined) return undefined;
    parts.push(`${k}: ${text}`);
  }
  return `{${parts.join(', ')}}`;
}

function complexText(re: number, im: number): string {
  const part = (x: number) => floatText(x).replace(/\.0$/, '');
  const imag = `${part(im)}j`;
  if (Object.is(re, 0)) return imag;
  return `(${part(re)}${/^[-n]/.test(imag) && imag[0] === '-' ? '' : '+'}${imag})`;
}

const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** A string literal, in single quotes unless it holds those and no double ones. */
export function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  let result = mark;
  for (const c of text) {
    const code = c.codePointAt(0) as number;
    if (c === mark || c === '\\') result += `\\${c}`;
    else if (c === '\n') result += '\\n';
    else if (c === '\r') result += '\\r';
    else if (c === '\t') result += '\\t';
    else if (code < 32 || code === 127) result += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (code < 127 || !unprintable.test(c)) result += c;
    else if (code < 256) result += `\\x${code.toString(16)}`;
    else result += code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
  }
  return result + mark;
}

function quoteBytes(bytes: string): string {
  const mark = bytes.includes("'") && !bytes.includes('"') ? '"' : "'";
  let result = `b${mark}`;
  for (const c of bytes) {
    const code = c.charCodeAt(0);
    if (c === mark || c === '\\') result += `\\${c}`;
    else if (c === '\n') result += '\\n';
    else if (c === '\r') result += '\\r';
    else if (c === '\t') result += '\\t';
    else if (code < 32 || code > 126) result += `\\x${code.toString(16).padStart(2, '0')}`;
    else result += c;
  }
  return result + mark;
}
