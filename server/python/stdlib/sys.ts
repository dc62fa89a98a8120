/**
 * `sys`, `platform`, `gc`, `string`, `types`, `textwrap`, `pprint`, `statistics`: small modules, each as far as it is exact.
 */
import type { Interpreter } from '../interpreter.ts';
import type { ModuleValue, Value } from '../values.ts';
import type { Entry } from './module.ts';
import { nativeClass, openClass, partialModule, silent } from './module.ts';

/** The Python whose behaviour is followed. */
const VERSION = [3, 11, 0] as const;

export function sysModule(interp: Interpreter): ModuleValue {
  const none = interp.none;
  const int = (n: number) => interp.int(n);
  const fields = ['major', 'minor', 'micro', 'releaselevel', 'serial'];
  const stream = (name: string, shown: boolean): Value => {
    const cls = nativeClass(
      interp,
      'TextIOWrapper',
      '_io',
      [
        [
          'write(this, s)',
          (a) => {
            const text = interp.asString(a[1] as Value);
            if (shown && interp.mode === 'run' && text !== undefined) interp.write(text);
            return text === undefined ? interp.freshInt('?', { least: 0 }) : int([...text].length);
          },
        ],
        ['flush(this)', () => none],
        ['isatty(this)', () => interp.bool(false)],
        ['readline(this)', () => interp.str()],
        ['read(this)', () => interp.str()],
      ],
      { name: interp.str(name), encoding: interp.str('utf-8') },
    );
    return interp.object(cls);
  };
  return partialModule(
    interp,
    'sys',
    [
      ['exit(status=None, /)', (a) => interp.call(interp.builtin('exit'), a[0] === undefined ? [] : [a[0]])],
      ['getsizeof(obj, default=None)', () => interp.freshInt('?', { least: 16 })],
      ['getrecursionlimit()', () => int(1000)],
      ['exc_info()', () => interp.tuple([interp.unknown(), interp.unknown(), interp.unknown()])],
      ['intern(string, /)', (a) => a[0] as Value],
      ['getdefaultencoding()', () => interp.str('utf-8')],
      ['getrefcount(object, /)', () => interp.freshInt('?', { least: 1 })],
    ],
    {
      // A run is given no arguments; which ones a program is meant to be given is not known while checking.
      argv: interp.list(
        interp.mode === 'run'
          ? [interp.str('main.py')]
          : { items: [interp.str()], rest: { element: interp.str(), length: interp.freshInt('?', { least: 0 }).dim } },
      ),
      maxsize: interp.bigint(9223372036854775807n),
      byteorder: interp.str('little'),
      platform: interp.str('linux'),
      version: interp.str(`${VERSION.join('.')} (main)`),
      version_info: interp.tuple([...VERSION.map(int), interp.str('final'), int(0)], { fields }),
      executable: interp.str('python'),
      path: interp.list([interp.str('')]),
      modules: interp.dict([], { rest: { key: interp.str(), value: interp.unknown() } }),
      stdout: stream('<stdout>', true),
      stderr: stream('<stderr>', false),
      stdin: stream('<stdin>', false),
      setrecursionlimit: silent(interp, 'setrecursionlimit'),
      settrace: silent(interp, 'settrace'),
      float_info: interp.module('float_info', {
        max: interp.float(Number.MAX_VALUE),
        min: interp.float(2.2250738585072014e-308),
        epsilon: interp.float(Number.EPSILON),
        dig: int(15),
        mant_dig: int(53),
      }),
    },
  );
}

export function stringModule(interp: Interpreter): ModuleValue {
  const lower = 'abcdefghijklmnopqrstuvwxyz';
  const upper = lower.toUpperCase();
  const digits = '0123456789';
  const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
  const texts: Record<string, string> = {
    ascii_lowercase: lower,
    ascii_uppercase: upper,
    ascii_letters: lower + upper,
    digits,
    hexdigits: `${digits}abcdefABCDEF`,
    octdigits: '01234567',
    punctuation,
    whitespace: ' \t\n\r\x0b\x0c',
    printable: `${digits}${lower}${upper}${punctuation} \t\n\r\x0b\x0c`,
  };
  return partialModule(
    interp,
    'string',
    [
      [
        'capwords(s, sep=None)',
        (a) => {
          const s = interp.asString(a[0] as Value);
          const words = s
            ?.trim()
            .split(/\s+/)
            .map((w) => w.slice(0, 1).toUpperCase() + w.slice(1).toLowerCase());
          return interp.str(a[1] === undefined ? words?.join(' ') : undefined);
        },
      ],
    ],
    {
      ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, interp.str(text)])),
      Formatter: openClass(interp, 'Formatter', 'string'),
    },
  );
}

export function gcModule(interp: Interpreter): ModuleValue {
  return partialModule(interp, 'gc', [['collect(generation=2)', () => interp.int(0)]], {
    enable: silent(interp, 'enable'),
    disable: silent(interp, 'disable'),
    freeze: silent(interp, 'freeze'),
  });
}

export function platformModule(interp: Interpreter): ModuleValue {
  const known = (name: string, value: string | undefined): Entry => [`${name}()`, () => interp.str(value)];
  return partialModule(interp, 'platform', [
    known('system', 'Linux'),
    known('python_version', VERSION.join('.')),
    known('python_implementation', 'CPython'),
    known('machine', undefined),
    known('node', undefined),
    known('platform', undefined),
    known('processor', undefined),
    known('release', undefined),
  ]);
}
