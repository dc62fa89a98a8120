/**
 * `re`, by the host's regular expressions: Python's spellings are rewritten. A pattern that could take forever on some text
 * (repetition inside repetition) is not tried while checking.
 */
import type { Interpreter } from '../interpreter.ts';
import type { ClassValue, ModuleValue, Value } from '../values.ts';
import type { Entry } from './module.ts';
import { computed, Holder, held, nativeClass, partialModule } from './module.ts';

const FLAGS: Readonly<Record<string, number>> = {
  IGNORECASE: 2,
  MULTILINE: 8,
  DOTALL: 16,
  VERBOSE: 64,
  ASCII: 256,
  UNICODE: 32,
  I: 2,
  M: 8,
  S: 16,
  X: 64,
  A: 256,
  U: 32,
};
const LETTERS: readonly (readonly [string, number])[] = [
  ['i', 2],
  ['m', 8],
  ['s', 16],
];
const EXPLOSIVE = /\((?:[^()\\]|\\.)*[*+](?:[^()\\]|\\.)*\)[*+{]/s;

class Pattern {
  readonly text: string;
  readonly regex: RegExp;
  constructor(text: string, regex: RegExp) {
    this.text = text;
    this.regex = regex;
  }
}

class Match {
  readonly found: RegExpExecArray;
  readonly names: readonly string[];
  constructor(found: RegExpExecArray) {
    this.found = found;
    this.names = Object.keys(found.groups ?? {});
  }
}

function translate(text: string, flags: number): RegExp | undefined {
  let source = text;
  let given = flags;
  const inline = /^\(\?([aimsux]+)\)/.exec(source);
  if (inline !== null) {
    source = source.slice(inline[0].length);
    for (const [letter, bit] of LETTERS) if (inline[1]?.includes(letter)) given |= bit;
    if (inline[1]?.includes('x')) given |= 64;
  }
  if (given & 64) source = source.replace(/\\.|\[(?:\\.|[^\]])*\]|#.*$|\s+/gm, (part) => (/^[\\[]/.test(part) ? part : ''));
  source = source
    .replace(/\(\?P<(\w+)>/g, '(?<$1>')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\\A/g, '(?<![\\s\\S])')
    .replace(/\\Z/g, '(?![\\s\\S])')
    .replace(/\((\?#[^)]*)\)/g, '');
  try {
    return new RegExp(
      source,
      `dg${LETTERS.filter(([, bit]) => given & bit)
        .map(([letter]) => letter)
        .join('')}`,
    );
  } catch {
    return undefined;
  }
}

export function reModule(interp: Interpreter): ModuleValue {
  const none = interp.none;
  const str = (text: string | undefined) => interp.str(text);
  const compile = (v: Value | undefined, flags: Value | undefined): Pattern | undefined => {
    const known = held(interp, v, Pattern);
    if (known !== undefined || v === undefined) return known;
    const text = interp.asString(v);
    const bits = flags === undefined ? 0 : interp.asInt(flags);
    if (text === undefined || bits === undefined || (interp.mode === 'check' && EXPLOSIVE.test(text))) return undefined;
    const regex = translate(text, bits);
    return regex === undefined ? undefined : new Pattern(text, regex);
  };
  const matchClass: ClassValue = classOfMatches(interp);
  const wrap = (found: RegExpExecArray | null): Value => (found === null ? none : interp.object(matchClass, new Holder(new Match(found))));
  const maybe = () => interp.join(interp.freshFlag('?'), interp.unknown('match'), none);
  type Run = (p: Pattern, text: string, more: readonly (Value | undefined)[]) => Value;

  const execute = (p: Pattern, text: string, from: number): RegExpExecArray | null => {
    p.regex.lastIndex = from;
    return p.regex.exec(text);
  };
  const all = (p: Pattern, text: string) => [...text.matchAll(p.regex)] as RegExpExecArray[];
  const shown = (m: RegExpExecArray): Value =>
    m.length === 1 ? str(m[0]) : m.length === 2 ? str(m[1] ?? '') : interp.tuple(m.slice(1).map((part) => str(part ?? '')));

  const search: Run = (p, text) => wrap(execute(p, text, 0));
  const match: Run = (p, text) => {
    const found = execute(p, text, 0);
    return found !== null && found.index === 0
      ? wrap(found)
      : wrap(new RegExp(`^(?:${p.regex.source})`, p.regex.flags.replace(/[gm]/g, '')).exec(text));
  };
  const fullmatch: Run = (p, text) => wrap(new RegExp(`^(?:${p.regex.source})$`, p.regex.flags.replace(/[gm]/g, '')).exec(text));
  const findall: Run = (p, text) => interp.list(all(p, text).map(shown));
  const finditer: Run = (p, text) => interp.iterate(interp.list(all(p, text).map(wrap)));
  const split: Run = (p, text, [most]) => {
    const limit = most === undefined ? 0 : (interp.asInt(most) ?? 0);
    const parts: Value[] = [];
    let at = 0;
    for (const m of all(p, text).slice(0, limit === 0 ? undefined : limit)) {
      parts.push(str(text.slice(at, m.index)), ...m.slice(1).map((part) => (part === undefined ? none : str(part))));
      at = m.index + m[0].length;
    }
    return interp.list([...parts, str(text.slice(at))]);
  };
  /** `sub`: a template with `\1` and `\g<name>`, or a function of the match. */
  const substitute = (p: Pattern, by: Value, text: string, count: number): { text: string | undefined; times: number } => {
    let result = '';
    let at = 0;
    let times = 0;
    for (const m of all(p, text)) {
      if (count > 0 && times >= count) break;
      times++;
      const template = interp.asString(by);
      const piece =
        template === undefined
          ? interp.asString(interp.call(by, [wrap(m)]))
          : template.replace(/\\(?:(\d{1,2})|g<(\w+)>|([nrt\\]))/g, (_w, n, name, escape) => {
              if (escape !== undefined) return { n: '\n', r: '\r', t: '\t' }[escape as string] ?? '\\';
              return (n !== undefined ? m[Number(n)] : /^\d+$/.test(name) ? m[Number(name)] : m.groups?.[name]) ?? '';
            });
      if (piece === undefined) return { text: undefined, times };
      result += text.slice(at, m.index) + piece;
      at = m.index + m[0].length;
    }
    return { text: result + text.slice(at), times };
  };
  const replacing = (name: string, counted: boolean, self: boolean): Entry => [
    self ? `${name}(this, repl, string, count=0)` : `${name}(pattern, repl, string, count=0, flags=0)`,
    (a) => {
      const p = compile(a[0], self ? undefined : a[4]);
      const text = interp.asString(a[2] as Value);
      const count = a[3] === undefined ? 0 : interp.asInt(a[3]);
      const known = p !== undefined && text !== undefined && count !== undefined;
      const result = known ? substitute(p, a[1] as Value, text, count) : { text: undefined, times: undefined };
      if (!counted) return str(result.text);
      return interp.tuple([str(result.text), result.times === undefined ? interp.freshInt('?', { least: 0 }) : interp.int(result.times)]);
    },
  ];
  const searching = (name: string, run: Run, otherwise: () => Value, self: boolean, extra = ''): Entry => [
    self ? `${name}(this, string${extra === '' ? ', pos=0, endpos=None' : extra})` : `${name}(pattern, string${extra}, flags=0)`,
    (a) => {
      const more = extra === '' ? 0 : 1;
      const p = compile(a[0], self ? undefined : a[2 + more]);
      const text = interp.asString(a[1] as Value);
      // From another place on positions count as in the whole text.
      const whole = !self || more > 0 || (isDefault(a[2]) && isDefault(a[3]));
      return p === undefined || text === undefined || !whole ? otherwise() : run(p, text, a.slice(2, 2 + more));
    },
  ];
  const isDefault = (v: Value | undefined): boolean => v === undefined || v.kind === 'none' || interp.asInt(v) === 0;
  const unknownList = () => interp.list({ items: [], rest: { element: interp.unknown(), length: interp.freshInt('?', { least: 0 }).dim } });
  const functions = (self: boolean): Entry[] => [
    searching('search', search, maybe, self),
    searching('match', match, maybe, self),
    searching('fullmatch', fullmatch, maybe, self),
    searching('findall', findall, unknownList, self),
    searching('finditer', finditer, unknownList, self),
    searching('split', split, unknownList, self, ', maxsplit=0'),
    replacing('sub', false, self),
    replacing('subn', true, self),
  ];
  const patternClass = nativeClass(interp, 'Pattern', 're', functions(true), {
    pattern: computed(interp, (self) => str(held(interp, self, Pattern)?.text)),
  });
  return partialModule(
    interp,
    're',
    [
      ...functions(false),
      [
        'compile(pattern, flags=0)',
        (a) => {
          const p = compile(a[0], a[1]);
          return p === undefined ? interp.unknown('pattern') : interp.object(patternClass, new Holder(p));
        },
      ],
      ['escape(pattern)', (a) => str(interp.asString(a[0] as Value)?.replace(/[^\w]/g, (c) => (/[!"%',/:;<=>@`]/.test(c) ? c : `\\${c}`)))],
    ],
    {
      ...Object.fromEntries(Object.entries(FLAGS).map(([name, bit]) => [name, interp.int(bit)])),
      Pattern: patternClass,
      Match: matchClass,
      error: interp.builtin('Exception'),
    },
  );
}

function classOfMatches(interp: Interpreter): ClassValue {
  const none = interp.none;
  const of = (v: Value | undefined) => held(interp, v, Match);
  const part = (m: Match, key: Value | undefined): Value => {
    const name = key === undefined ? undefined : interp.asString(key);
    const n = key === undefined ? 0 : name === undefined ? interp.asInt(key) : undefined;
    if (n !== undefined && (n < 0 || n >= m.found.length)) interp.raise('IndexError', 'no such group');
    if (name !== undefined && !m.names.includes(name)) interp.raise('IndexError', 'no such group');
    const text = n !== undefined ? m.found[n] : m.found.groups?.[name ?? ''];
    return text === undefined ? none : interp.str(text);
  };
  const span = (m: Match, key: Value | undefined): readonly [number, number] => {
    const n = key === undefined ? 0 : (interp.asInt(key) ?? 0);
    return m.found.indices?.[n] ?? [-1, -1];
  };
  const entry = (signature: string, body: (m: Match, a: readonly (Value | undefined)[], extra: readonly Value[]) => Value): Entry => [
    signature,
    (a, _call, extra) => {
      const m = of(a[0]);
      return m === undefined ? interp.unknown() : body(m, a, extra);
    },
  ];
  return nativeClass(interp, 'Match', 're', [
    entry('group(this, *groups)', (m, _a, extra) =>
      extra.length <= 1 ? part(m, extra[0]) : interp.tuple(extra.map((key) => part(m, key))),
    ),
    entry('__getitem__(this, key)', (m, a) => part(m, a[1])),
    entry('groups(this, default=None)', (m, a) =>
      interp.tuple(m.found.slice(1).map((text) => (text === undefined ? (a[1] ?? none) : interp.str(text)))),
    ),
    entry('groupdict(this, default=None)', (m, a) =>
      interp.dict(
        m.names.map(
          (name) => [interp.str(name), m.found.groups?.[name] === undefined ? (a[1] ?? none) : interp.str(m.found.groups[name])] as const,
        ),
      ),
    ),
    entry('start(this, group=0)', (m, a) => interp.int(span(m, a[1])[0])),
    entry('end(this, group=0)', (m, a) => interp.int(span(m, a[1])[1])),
    entry('span(this, group=0)', (m, a) => interp.tuple(span(m, a[1]).map((n) => interp.int(n)))),
  ]);
}
