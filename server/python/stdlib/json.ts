/**
 * `json`: texts of known values, and values of known texts.
 */
import { floatText } from '../decimal-text.ts';
import type { Interpreter } from '../interpreter.ts';
import { asBig } from '../numbers.ts';
import type { ModuleValue, Value } from '../values.ts';
import { nativeClass, partialModule } from './module.ts';

interface Style {
  readonly indent: string | undefined;
  readonly itemSeparator: string;
  readonly keySeparator: string;
  readonly ascii: boolean;
  readonly sorted: boolean;
  readonly otherwise: Value | undefined;
}

export function jsonModule(interp: Interpreter): ModuleValue {
  const style = (a: readonly (Value | undefined)[]): Style => {
    const [, indent, separators, ascii, sorted, otherwise] = a;
    const n =
      indent === undefined || indent.kind === 'none' ? undefined : (interp.asString(indent) ?? ' '.repeat(interp.asInt(indent) ?? 0));
    const given =
      separators === undefined || separators.kind === 'none' ? undefined : interp.items(separators)?.map((s) => interp.asString(s));
    return {
      indent: n,
      itemSeparator: given?.[0] ?? (n === undefined ? ', ' : ','),
      keySeparator: given?.[1] ?? ': ',
      ascii: ascii === undefined || interp.decide(interp.truth(ascii)) !== 'no',
      sorted: sorted !== undefined && interp.decide(interp.truth(sorted)) === 'yes',
      otherwise,
    };
  };
  const failure = nativeClass(interp, 'JSONDecodeError', 'json', [], {}, undefined, [interp.builtinClass('ValueError')]);
  return partialModule(
    interp,
    'json',
    [
      [
        'dumps(obj, *, indent=None, separators=None, ensure_ascii=True, sort_keys=False, default=None, **kwargs)',
        (a) => interp.str(encode(interp, a[0] as Value, style(a), '\n')),
      ],
      [
        'dump(obj, fp, *, indent=None, separators=None, ensure_ascii=True, sort_keys=False, default=None, **kwargs)',
        (a) => {
          const text = encode(interp, a[0] as Value, style([a[0], ...a.slice(2)]), '\n');
          if (interp.resolve(a[1] as Value).kind === 'object') interp.callMethod(a[1] as Value, 'write', [interp.str(text)]);
          return interp.none;
        },
      ],
      [
        'loads(s, **kwargs)',
        (a) => {
          const text = interp.asString(a[0] as Value);
          return text === undefined ? interp.unknown() : new Decoder(interp, text).read();
        },
      ],
      ['load(fp, **kwargs)', () => interp.unknown()],
    ],
    { JSONDecodeError: failure },
  );
}

/** Undefined where something in it is not known. Raises TypeError for what JSON cannot hold. */
function encode(interp: Interpreter, value: Value, style: Style, newline: string): string | undefined {
  const v = interp.resolve(value);
  switch (v.kind) {
    case 'none':
      return 'null';
    case 'bool': {
      const decision = interp.decide(v.cond);
      return decision === 'unknown' ? undefined : decision === 'yes' ? 'true' : 'false';
    }
    case 'int':
      return asBig(interp, v)?.toString();
    case 'float':
      if (v.value === undefined) return undefined;
      return Number.isNaN(v.value) ? 'NaN' : Number.isFinite(v.value) ? floatText(v.value) : v.value > 0 ? 'Infinity' : '-Infinity';
    case 'str':
      return v.value === undefined ? undefined : quoted(v.value, style.ascii);
    case 'list':
    case 'tuple': {
      const items = interp.items(v);
      return items === undefined
        ? undefined
        : wrapped(
            items.map((item) => encode(interp, item, style, inner(style, newline))),
            '[',
            ']',
            style,
            newline,
          );
    }
    case 'dict': {
      const { entries, rest } = v.slot.get();
      if (rest !== undefined) return undefined;
      const pairs = [...entries.values()].map(([key, item]) => [keyText(interp, key), item] as const);
      if (style.sorted) pairs.sort(([a], [b]) => (a === undefined || b === undefined ? 0 : a < b ? -1 : a > b ? 1 : 0));
      const parts = pairs.map(([key, item]) => {
        const text = encode(interp, item, style, inner(style, newline));
        return key === undefined || text === undefined ? undefined : quoted(key, style.ascii) + style.keySeparator + text;
      });
      return wrapped(parts, '{', '}', style, newline);
    }
    case 'unknown':
    case 'choice':
      return undefined;
    default:
      if (style.otherwise !== undefined && style.otherwise.kind !== 'none')
        return encode(interp, interp.call(style.otherwise, [v]), style, newline);
      interp.raise('TypeError', `Object of type ${interp.typeName(v)} is not JSON serializable`);
  }
}

const inner = (style: Style, newline: string) => newline + (style.indent ?? '');

function wrapped(parts: readonly (string | undefined)[], open: string, close: string, style: Style, newline: string): string | undefined {
  if (parts.includes(undefined)) return undefined;
  if (parts.length === 0) return open + close;
  if (style.indent === undefined) return open + parts.join(style.itemSeparator) + close;
  const deeper = inner(style, newline);
  return open + deeper + parts.join(style.itemSeparator + deeper) + newline + close;
}

function keyText(interp: Interpreter, key: Value): string | undefined {
  const v = interp.resolve(key);
  if (v.kind === 'str') return v.value;
  if (v.kind === 'none') return 'null';
  if (v.kind === 'bool') return interp.repr(v)?.toLowerCase();
  if (v.kind === 'int' || v.kind === 'float') return interp.repr(v);
  if (v.kind === 'unknown') return undefined;
  interp.raise('TypeError', `keys must be str, int, float, bool or None, not ${interp.typeName(v)}`);
}

function quoted(text: string, ascii: boolean): string {
  const escapes: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f' };
  const pattern = ascii ? /["\\]|[^ -~]/g : /["\\\x00-\x1f]/g;
  return `"${text.replace(pattern, (c) => escapes[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}

/** Reads one JSON text; integers keep all their digits. */
class Decoder {
  private readonly interp: Interpreter;
  private readonly text: string;
  private at = 0;

  constructor(interp: Interpreter, text: string) {
    this.interp = interp;
    this.text = text;
  }

  read(): Value {
    const value = this.value();
    this.space();
    if (this.at < this.text.length) this.fail('Extra data', this.at);
    return value;
  }

  private fail(message: string, at: number): never {
    const before = this.text.slice(0, at).split('\n');
    const column = (before[before.length - 1] ?? '').length + 1;
    return this.interp.raise('ValueError', `${message}: line ${before.length} column ${column} (char ${at})`);
  }

  private space(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  private value(): Value {
    const { interp } = this;
    this.space();
    const c = this.text[this.at];
    if (c === '{') return this.object();
    if (c === '[') return this.array();
    if (c === '"') return interp.str(this.string());
    const m = /(?:true|false|null|NaN|-?Infinity|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)/y;
    m.lastIndex = this.at;
    const word = m.exec(this.text)?.[0];
    if (word === undefined) return this.fail('Expecting value', this.at);
    this.at += word.length;
    if (word === 'null') return interp.none;
    if (word === 'true' || word === 'false') return interp.bool(word === 'true');
    if (/^-?\d+$/.test(word)) return interp.bigint(BigInt(word));
    return interp.float(Number(word));
  }

  private string(): string {
    const start = this.at;
    const m = /"((?:[^"\\]|\\.)*)"/sy;
    m.lastIndex = this.at;
    const found = m.exec(this.text);
    if (found === null) return this.fail('Unterminated string starting at', start);
    this.at += found[0].length;
    return JSON.parse(found[0].replace(/[\n\t\r]/g, (c) => JSON.stringify(c).slice(1, -1))) as string;
  }

  private array(): Value {
    const items: Value[] = [];
    this.at++;
    this.space();
    if (this.text[this.at] === ']') this.at++;
    else {
      for (;;) {
        items.push(this.value());
        this.space();
        const c = this.text[this.at++];
        if (c === ']') break;
        if (c !== ',') this.fail("Expecting ',' delimiter", this.at - 1);
      }
    }
    return this.interp.list(items);
  }

  private object(): Value {
    const pairs: [Value, Value][] = [];
    this.at++;
    this.space();
    if (this.text[this.at] === '}') this.at++;
    else {
      for (;;) {
        this.space();
        if (this.text[this.at] !== '"') this.fail('Expecting property name enclosed in double quotes', this.at);
        const key = this.interp.str(this.string());
        this.space();
        if (this.text[this.at] !== ':') this.fail("Expecting ':' delimiter", this.at);
        this.at++;
        pairs.push([key, this.value()]);
        this.space();
        const c = this.text[this.at++];
        if (c === '}') break;
        if (c !== ',') this.fail("Expecting ',' delimiter", this.at - 1);
      }
    }
    return this.interp.dict(pairs);
  }
}
