/**
 * Python's format specifications (`:>10.3f`) for numbers and strings, and `str.format` templates.
 */
import { exponentText, fixed, floatText, positional, scientific, significant } from './decimal-text.ts';
import type { Interpreter } from './interpreter.ts';
import { asBig } from './numbers.ts';
import { repr, str } from './text.ts';
import type { Value } from './values.ts';

export interface Spec {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly alternate: boolean;
  readonly zero: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

const SPEC = /^(?:(.)?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/su;

function parseSpec(interp: Interpreter, text: string, typeName: string): Spec {
  const m = SPEC.exec(text);
  if (m === null) interp.raise('ValueError', `Invalid format specifier '${text}' for object of type '${typeName}'`);
  const zero = m[6] !== undefined;
  return {
    fill: m[1] ?? (zero && m[2] === undefined ? '0' : ' '),
    align: m[2] ?? '',
    sign: m[3] ?? '-',
    alternate: m[5] !== undefined,
    zero,
    width: m[7] === undefined ? 0 : Number(m[7]),
    grouping: m[8] ?? '',
    precision: m[9] === undefined ? undefined : Number(m[9]),
    type: m[10] ?? '',
  };
}

/** `format(value, spec)`; undefined where the text is not known. Raises ValueError for a specification that does not fit. */
export function formatValue(interp: Interpreter, value: Value, spec: string): string | undefined {
  const v = interp.resolve(value);
  if (v.kind === 'object' || v.kind === 'class') {
    const own = v.kind === 'object' ? interp.callMethod(v, '__format__', [interp.str(spec)]) : undefined;
    if (own !== undefined) return interp.asString(own);
  }
  if (spec === '') return str(interp, v);
  switch (v.kind) {
    case 'unknown':
    case 'choice':
      return undefined;
    case 'str': {
      const parsed = parseSpec(interp, spec, 'str');
      if (parsed.type !== '' && parsed.type !== 's') unknownCode(interp, parsed.type, 'str');
      return v.value === undefined ? undefined : padText(v.value, parsed);
    }
    case 'bool':
    case 'int': {
      const parsed = parseSpec(interp, spec, v.kind);
      if ('eEfFgG%'.includes(parsed.type) && parsed.type !== '') {
        const x = interp.asNumber(v);
        return x === undefined ? undefined : formatFloat(interp, x, parsed);
      }
      const n = asBig(interp, v);
      return n === undefined ? undefined : formatInteger(interp, n, parsed);
    }
    case 'float': {
      const parsed = parseSpec(interp, spec, 'float');
      return v.value === undefined ? undefined : formatFloat(interp, v.value, parsed);
    }
    default:
      interp.raise('TypeError', `unsupported format string passed to ${interp.typeName(v)}.__format__`);
  }
}

function unknownCode(interp: Interpreter, type: string, of: string): never {
  interp.raise('ValueError', `Unknown format code '${type}' for object of type '${of}'`);
}

function padText(text: string, spec: Spec): string {
  const points = [...text];
  const cut = spec.precision === undefined ? text : points.slice(0, spec.precision).join('');
  return align(cut, spec, spec.align === '' ? '<' : spec.align, '');
}

/** Fills up to the width; `sign` stays in front of what `=` fills in. */
function align(text: string, spec: Spec, how: string, sign: string): string {
  const free = spec.width - [...text].length - sign.length;
  if (free <= 0) return sign + text;
  const left = how === '<' ? 0 : how === '^' ? free >> 1 : free;
  if (how === '=') return sign + spec.fill.repeat(free) + text;
  return spec.fill.repeat(left) + sign + text + spec.fill.repeat(free - left);
}

function group(digits: string, separator: string, size: number): string {
  const parts: string[] = [];
  for (let end = digits.length; end > 0; end -= size) parts.unshift(digits.slice(Math.max(0, end - size), end));
  return parts.join(separator);
}

/** Sign, grouping and width of a number whose digits are `whole` and `tail`. */
function finish(negative: boolean, prefix: string, whole: string, tail: string, spec: Spec): string {
  const sign = (negative ? '-' : spec.sign === '-' ? '' : spec.sign) + prefix;
  const how = spec.align === '' ? (spec.zero ? '=' : '>') : spec.align;
  const size = 'xXob'.includes(spec.type) && spec.type !== '' ? 4 : 3;
  let body = spec.grouping === '' ? whole : group(whole, spec.grouping, size);
  if (spec.grouping !== '' && how === '=' && spec.fill === '0') {
    // Zeros that fill are grouped too, and never begin with a separator.
    let digits = whole;
    while (sign.length + body.length + tail.length < spec.width) {
      digits = `0${digits}`;
      body = group(digits, spec.grouping, size);
    }
  }
  return align(body + tail, spec, how, sign);
}

export function formatInteger(interp: Interpreter, n: bigint, spec: Spec): string {
  const size = n < 0n ? -n : n;
  if (spec.precision !== undefined) interp.raise('ValueError', 'Precision not allowed in integer format specifier');
  switch (spec.type) {
    case '':
    case 'd':
    case 'n':
      return finish(n < 0n, '', size.toString(), '', spec);
    case 'b':
      return finish(n < 0n, spec.alternate ? '0b' : '', size.toString(2), '', spec);
    case 'o':
      return finish(n < 0n, spec.alternate ? '0o' : '', size.toString(8), '', spec);
    case 'x':
      return finish(n < 0n, spec.alternate ? '0x' : '', size.toString(16), '', spec);
    case 'X':
      return finish(n < 0n, spec.alternate ? '0X' : '', size.toString(16).toUpperCase(), '', spec);
    case 'c':
      return align(String.fromCodePoint(Number(n)), spec, spec.align === '' ? '<' : spec.align, '');
    default:
      return unknownCode(interp, spec.type, 'int');
  }
}

export function formatFloat(interp: Interpreter, x: number, spec: Spec): string {
  const type = spec.type;
  if (type !== '' && !'eEfFgGn%'.includes(type)) unknownCode(interp, type, 'float');
  const negative = x < 0 || Object.is(x, -0);
  let body: string;
  if (!Number.isFinite(x)) body = (Number.isNaN(x) ? 'nan' : 'inf') + (type === '%' ? '%' : '');
  else body = finiteBody(x, type.toLowerCase(), spec);
  if (type === 'E' || type === 'F' || type === 'G') body = body.toUpperCase();
  const m = /^(\d*)(.*)$/s.exec(body) as RegExpExecArray;
  const grouped = m[1] === '' ? { ...spec, grouping: '' } : spec;
  return finish(negative, '', m[1] as string, m[2] as string, grouped);
}

function finiteBody(x: number, type: string, spec: Spec): string {
  const precision = spec.precision ?? 6;
  const pointed = (text: string) => {
    if (!spec.alternate || text.includes('.')) return text;
    const at = text.indexOf('e');
    return at < 0 ? `${text}.` : `${text.slice(0, at)}.${text.slice(at)}`;
  };
  switch (type) {
    case 'f':
      return pointed(fixed(x, precision));
    case '%':
      return Number.isFinite(x * 100) ? `${pointed(fixed(x * 100, precision))}%` : 'inf%';
    case 'e':
      return pointed(scientific(significant(x, precision + 1)));
    case 'g':
    case 'n':
      return pointed(general(x, precision === 0 ? 1 : precision, false, spec.alternate));
    default: {
      if (spec.precision === undefined) return pointed(floatText(Math.abs(x)));
      return pointed(general(x, precision === 0 ? 1 : precision, true, spec.alternate));
    }
  }
}

/** `g`: so many digits, in the shorter notation. `pointZero` is the plain format's wish for a decimal. */
function general(x: number, precision: number, pointZero: boolean, keepZeros: boolean): string {
  const rounded = significant(x, precision);
  const { exponent } = rounded;
  const digits = keepZeros ? rounded.digits : rounded.digits.replace(/0+$/, '') || '0';
  if (exponent < -4 || exponent >= (pointZero ? precision - 1 : precision)) {
    return `${digits[0]}${digits.length > 1 ? '.' : ''}${digits.slice(1)}${exponentText(exponent)}`;
  }
  const text = positional({ digits, exponent });
  return pointZero && !text.includes('.') ? `${text}.0` : text;
}

// ---------------------------------------------------------------- templates

/** `template.format(*args, **kwargs)`; undefined where the text is not known. */
export function formatTemplate(
  interp: Interpreter,
  template: string,
  args: readonly Value[],
  kwargs: ReadonlyMap<string, Value>,
): string | undefined {
  let automatic = 0;
  let known = true;
  const field = (name: string): Value => {
    const m = /^([^.[]*)(.*)$/s.exec(name) as RegExpExecArray;
    const head = m[1] as string;
    let value: Value | undefined;
    if (head === '') value = args[automatic++];
    else value = /^\d+$/.test(head) ? args[Number(head)] : kwargs.get(head);
    if (value === undefined) {
      if (head === '' || /^\d+$/.test(head))
        interp.raise('IndexError', `Replacement index ${head === '' ? automatic - 1 : head} out of range for positional args tuple`);
      interp.raise('KeyError', `'${head}'`);
    }
    for (const part of (m[2] as string).matchAll(/\.([^.[]+)|\[([^\]]*)\]/g)) {
      if (part[1] !== undefined) value = interp.getAttr(value, part[1]);
      else {
        const key = part[2] as string;
        value =
          interp.callMethod(value, '__getitem__', [/^\d+$/.test(key) ? interp.int(Number(key)) : interp.str(key)]) ?? interp.unknown();
      }
    }
    return value;
  };
  const expand = (text: string): string => {
    let result = '';
    for (let i = 0; i < text.length; i++) {
      const c = text[i] as string;
      if ((c === '{' || c === '}') && text[i + 1] === c) {
        result += c;
        i++;
      } else if (c === '}') interp.raise('ValueError', "Single '}' encountered in format string");
      else if (c !== '{') result += c;
      else {
        const end = closing(text, i);
        if (end < 0) interp.raise('ValueError', "Single '{' encountered in format string");
        const m = /^([^!:]*)(?:!([rsa]))?(?::(.*))?$/s.exec(text.slice(i + 1, end));
        if (m === null) interp.raise('ValueError', "expected ':' after conversion specifier");
        let value = field(m[1] as string);
        if (m[2] !== undefined) value = interp.str(m[2] === 's' ? str(interp, value) : repr(interp, value));
        const spec = m[3] === undefined ? '' : expand(m[3]);
        const formatted = formatValue(interp, value, spec);
        if (formatted === undefined) known = false;
        result += formatted ?? '';
        i = end;
      }
    }
    return result;
  };
  const text = expand(template);
  return known ? text : undefined;
}

/** Where the brace opened at `from` closes. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '{') depth++;
    else if (text[i] === '}' && --depth === 0) return i;
  }
  return -1;
}
