/**
 * `template % arguments`, Python's older formatting.
 */
import type { Spec } from './format-spec.ts';
import { formatFloat, formatInteger } from './format-spec.ts';
import type { Interpreter } from './interpreter.ts';
import { asBig } from './numbers.ts';
import { repr, str } from './text.ts';
import type { Value } from './values.ts';

const FIELD = /%(?:\(([^)]*)\))?([-#0 +]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?(.)?/gs;

/** Undefined where the text is not known. Raises TypeError for arguments that do not fit. */
export function percentFormat(interp: Interpreter, template: string, given: Value): string | undefined {
  const v = interp.resolve(given);
  const args = v.kind === 'tuple' ? v.items : [v];
  if (v.kind === 'tuple' && (v.rest !== undefined || v.open !== undefined)) return undefined;
  let next = 0;
  let known = true;
  let named = false;
  const take = (): Value => {
    const value = args[next++];
    if (value === undefined) interp.raise('TypeError', 'not enough arguments for format string');
    return interp.resolve(value);
  };
  const number = (text: string | undefined): number | undefined => {
    if (text !== '*') return text === undefined ? undefined : Number(text);
    return interp.asInt(take());
  };
  const result = template.replace(FIELD, (...match) => {
    const [whole, name, flags, width, precision, type] = match as unknown as [
      string,
      string | undefined,
      string,
      string | undefined,
      string | undefined,
      string | undefined,
    ];
    if (type === '%') return '%';
    if (type === undefined) interp.raise('ValueError', 'incomplete format');
    const wide = number(width);
    const precise = /\.[hlL]?.$/s.test(whole) && precision === undefined ? 0 : number(precision);
    let value: Value;
    if (name !== undefined) {
      named = true;
      const entry = v.kind === 'dict' ? v.slot.get().entries.get(`s${name}`) : undefined;
      if (entry === undefined) {
        if (v.kind === 'unknown' || (v.kind === 'dict' && v.slot.get().rest !== undefined)) {
          known = false;
          return '';
        }
        if (v.kind !== 'dict') interp.raise('TypeError', 'format requires a mapping');
        interp.raise('KeyError', `'${name}'`);
      }
      value = interp.resolve(entry[1]);
    } else value = take();
    const text = convert(interp, value, type, flags, wide ?? 0, precise);
    if (text === undefined) known = false;
    return text ?? '';
  });
  if (!named && next < args.length && !(v.kind === 'dict' || v.kind === 'object' || v.kind === 'list') && v.kind !== 'unknown') {
    interp.raise('TypeError', 'not all arguments converted during string formatting');
  }
  return known ? result : undefined;
}

function convert(
  interp: Interpreter,
  value: Value,
  type: string,
  flags: string,
  width: number,
  precision: number | undefined,
): string | undefined {
  const left = flags.includes('-');
  const zero = flags.includes('0') && !left;
  const spec: Spec = {
    fill: zero ? '0' : ' ',
    align: left ? '<' : zero ? '=' : '>',
    sign: flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '-',
    alternate: flags.includes('#'),
    zero,
    width,
    grouping: '',
    precision: undefined,
    type: type === 'i' || type === 'u' ? 'd' : type,
  };
  const pad = (text: string | undefined) => {
    if (text === undefined) return undefined;
    const free = Math.max(0, width - [...text].length);
    return left ? text + ' '.repeat(free) : ' '.repeat(free) + text;
  };
  switch (type) {
    case 's':
    case 'r':
    case 'a': {
      const text = type === 's' ? str(interp, value) : repr(interp, value);
      return pad(text === undefined || precision === undefined ? text : [...text].slice(0, precision).join(''));
    }
    case 'c': {
      const code = interp.asInt(value);
      return pad(code === undefined ? interp.asString(value) : String.fromCodePoint(code));
    }
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o': {
      if (value.kind === 'str' || value.kind === 'none') {
        interp.raise('TypeError', `%${type} format: a real number is required, not ${interp.typeName(value)}`);
      }
      const n =
        value.kind === 'float' && value.value !== undefined && Number.isFinite(value.value)
          ? BigInt(Math.trunc(value.value))
          : asBig(interp, viaInt(interp, value));
      if (n === undefined) return undefined;
      const digits = precision === undefined ? spec : { ...spec, fill: '0', align: '=', width: precision + (n < 0n ? 1 : 0) };
      const text = formatInteger(interp, n, digits);
      return precision === undefined ? text : pad(text);
    }
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': {
      const x = interp.asNumber(viaFloat(interp, value));
      if (x === undefined && (value.kind === 'str' || value.kind === 'none' || value.kind === 'list')) {
        interp.raise('TypeError', `must be real number, not ${interp.typeName(value)}`);
      }
      return x === undefined ? undefined : formatFloat(interp, x, { ...spec, precision });
    }
    default:
      interp.raise('ValueError', `unsupported format character '${type}' (0x${(type.codePointAt(0) as number).toString(16)})`);
  }
}

function viaInt(interp: Interpreter, value: Value): Value {
  return value.kind === 'object' ? (interp.callMethod(value, '__int__', []) ?? value) : value;
}

function viaFloat(interp: Interpreter, value: Value): Value {
  return value.kind === 'object' ? (interp.callMethod(value, '__float__', []) ?? value) : value;
}
