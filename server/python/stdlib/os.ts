/**
 * `os`, `os.path` and `pathlib`: paths as texts are exact; what asks the disk or the environment is not known.
 */
import type { Interpreter } from '../interpreter.ts';
import type { ClassValue, ModuleValue, Value } from '../values.ts';
import type { Entry } from './module.ts';
import { anything, computed, Holder, held, nativeClass, partialModule, silent } from './module.ts';
import { joinPaths, normalisePath, purePath, relativePath, splitExtension, splitPath } from './path-text.ts';

class PathText {
  readonly text: string | undefined;
  constructor(text: string | undefined) {
    this.text = text;
  }
}

/** The text of a string or a path object. */
function textOf(interp: Interpreter, value: Value | undefined): string | undefined {
  if (value === undefined) return undefined;
  return interp.asString(value) ?? held(interp, value, PathText)?.text;
}

export function pathModule(interp: Interpreter, name: string): ModuleValue {
  const str = (text: string | undefined) => interp.str(text);
  const text = (fn: string, of: (path: string) => string): Entry => [
    `${fn}(path)`,
    (a) => {
      const path = textOf(interp, a[0]);
      return str(path === undefined ? undefined : of(path));
    },
  ];
  const pair = (fn: string, of: (path: string) => readonly [string, string]): Entry => [
    `${fn}(path)`,
    (a) => {
      const path = textOf(interp, a[0]);
      return interp.tuple((path === undefined ? [undefined, undefined] : of(path)).map(str));
    },
  ];
  const asked = (fn: string): Entry => [`${fn}(path)`, () => (interp.mode === 'run' ? interp.bool(false) : interp.unknownBool())];
  return partialModule(
    interp,
    name,
    [
      [
        'join(path, *paths)',
        (a, _call, extra) => {
          const parts = [a[0], ...extra].map((v) => textOf(interp, v));
          return str(parts.includes(undefined) ? undefined : joinPaths(parts as string[]));
        },
      ],
      text('basename', (p) => splitPath(p)[1]),
      text('dirname', (p) => splitPath(p)[0]),
      text('normpath', normalisePath),
      text('abspath', (p) => (p.startsWith('/') ? normalisePath(p) : normalisePath(`/${p}`))),
      text('realpath', (p) => (p.startsWith('/') ? normalisePath(p) : normalisePath(`/${p}`))),
      text('expanduser', (p) => p),
      text('expandvars', (p) => p),
      text('normcase', (p) => p),
      text('fspath', (p) => p),
      pair('split', splitPath),
      pair('splitext', splitExtension),
      pair('splitdrive', (p) => ['', p]),
      ['isabs(path)', (a) => answer(interp, textOf(interp, a[0]), (p) => p.startsWith('/'))],
      asked('exists'),
      asked('isfile'),
      asked('isdir'),
      asked('islink'),
      ['getsize(path)', () => interp.freshInt('?', { least: 0 })],
      ['getmtime(path)', () => interp.float()],
      [
        'relpath(path, start=None)',
        (a) => {
          const [path, start] = [textOf(interp, a[0]), a[1] === undefined ? '' : textOf(interp, a[1])];
          return str(path === undefined || start === undefined ? undefined : relativePath(path, start));
        },
      ],
    ],
    { sep: str('/'), pardir: str('..'), curdir: str('.'), extsep: str('.'), pathsep: str(':') },
  );
}

function answer(interp: Interpreter, text: string | undefined, of: (text: string) => boolean): Value {
  return text === undefined ? interp.unknownBool() : interp.bool(of(text));
}

export function osModule(interp: Interpreter): ModuleValue {
  const run = interp.mode === 'run';
  const environment = interp.dict([], run ? {} : { rest: { key: interp.str(), value: interp.str() } });
  const none = interp.none;
  const strings = (): Value =>
    interp.list({ items: [], rest: run ? undefined : { element: interp.str(), length: interp.freshInt('?', { least: 0 }).dim } });
  const quiet = [
    'makedirs',
    'mkdir',
    'remove',
    'rename',
    'replace',
    'rmdir',
    'removedirs',
    'unlink',
    'chdir',
    'chmod',
    'kill',
    '_exit',
    'putenv',
    'setpgrp',
    'nice',
  ];
  return partialModule(
    interp,
    'os',
    [
      ['getenv(key, default=None)', (a) => (run ? (a[1] ?? none) : interp.join(interp.freshFlag('?'), interp.str(), a[1] ?? none))],
      ['getcwd()', () => interp.str(run ? '/' : undefined)],
      ['getpid()', () => (run ? interp.int(1) : interp.freshInt('?', { least: 1 }))],
      ['cpu_count()', () => (run ? interp.int(1) : interp.freshInt('?', { least: 1 }))],
      ['listdir(path=None)', strings],
      ['fspath(path)', (a) => interp.str(textOf(interp, a[0]))],
      [
        'walk(top, *args, **kwargs)',
        () =>
          interp.list(
            run
              ? []
              : {
                  items: [],
                  rest: { element: interp.tuple([interp.str(), strings(), strings()]), length: interp.freshInt('?', { least: 0 }).dim },
                },
          ),
        anything,
      ],
      ['system(command)', () => interp.freshInt('?', { least: 0 })],
      ['urandom(size)', () => ({ kind: 'bytes', value: undefined })],
    ],
    {
      ...Object.fromEntries(quiet.map((fn) => [fn, silent(interp, fn)])),
      path: pathModule(interp, 'os.path'),
      environ: environment,
      sep: interp.str('/'),
      linesep: interp.str('\n'),
      name: interp.str('posix'),
      devnull: interp.str('/dev/null'),
      PathLike: pathClass(interp),
    },
  );
}

const classes = new WeakMap<Interpreter, ClassValue>();

/** `pathlib.Path`. */
function pathClass(interp: Interpreter): ClassValue {
  const known = classes.get(interp);
  if (known !== undefined) return known;
  const of = (v: Value | undefined) => textOf(interp, v);
  const make = (text: string | undefined): Value =>
    interp.object(cls, new Holder(new PathText(text === undefined ? undefined : purePath(text))));
  const str = (text: string | undefined) => interp.str(text);
  const from = (of_: (path: string) => string) => (self: Value) => {
    const text = of(self);
    return text === undefined ? undefined : of_(text);
  };
  const parent = from((p) => {
    const [head] = splitPath(p);
    return p === '/' ? '/' : head === '' ? '.' : head;
  });
  const joined = (parts: readonly (Value | undefined)[]): Value => {
    const texts = parts.map(of);
    return make(texts.includes(undefined) ? undefined : joinPaths(texts as string[]));
  };
  const textOrUnknown = (get: (self: Value) => string | undefined) => computed(interp, (self) => str(get(self)));
  const asked = (name: string): Entry => [`${name}(this)`, () => (interp.mode === 'run' ? interp.bool(false) : interp.unknownBool())];
  const paths = (): Value =>
    interp.list(
      interp.mode === 'run' ? [] : { items: [], rest: { element: make(undefined), length: interp.freshInt('?', { least: 0 }).dim } },
    );
  const replaced = (a: readonly (Value | undefined)[], of_: (path: string, by: string) => string): Value => {
    const [path, by] = [of(a[0]), of(a[1])];
    return make(path === undefined || by === undefined ? undefined : of_(path, by));
  };
  const inside = (path: string, name: string) => {
    const [head] = splitPath(path);
    return head === '' ? name : joinPaths([head, name]);
  };
  const quiet = ['mkdir', 'touch', 'unlink', 'rename', 'rmdir', 'write_text', 'write_bytes', 'chmod', 'replace', 'symlink_to'];
  const cls: ClassValue = nativeClass(
    interp,
    'PosixPath',
    'pathlib',
    [
      ['joinpath(this, *others)', (a, _call, extra) => joined([a[0], ...extra])],
      ['__truediv__(this, other)', (a) => joined([a[0], a[1]])],
      ['__rtruediv__(this, other)', (a) => joined([a[1], a[0]])],
      ['__str__(this)', (a) => str(of(a[0]))],
      ['__fspath__(this)', (a) => str(of(a[0]))],
      ['__repr__(this)', (a) => str(of(a[0]) === undefined ? undefined : `PosixPath('${of(a[0])}')`)],
      ['as_posix(this)', (a) => str(of(a[0]))],
      [
        '__eq__(this, other)',
        (a) => (held(interp, a[1], PathText) === undefined ? interp.notImplemented : answer(interp, of(a[0]), (p) => p === of(a[1]))),
      ],
      ['__lt__(this, other)', (a) => answer(interp, of(a[0]), (p) => p < (of(a[1]) ?? ''))],
      ['__hash__(this)', (a) => interp.call(interp.builtin('hash'), [str(of(a[0]))])],
      ['resolve(this, *args, **kwargs)', (a) => make(of(a[0])), anything],
      ['absolute(this)', (a) => make(of(a[0]))],
      ['expanduser(this)', (a) => make(of(a[0]))],
      ['with_suffix(this, suffix)', (a) => replaced(a, (p, suffix) => splitExtension(p)[0] + suffix)],
      ['with_name(this, name)', (a) => replaced(a, inside)],
      ['with_stem(this, stem)', (a) => replaced(a, (p, stem) => inside(p, stem + splitExtension(p)[1]))],
      ['relative_to(this, other)', (a) => replaced(a, (p, other) => relativePath(p, other))],
      ['is_absolute(this)', (a) => answer(interp, of(a[0]), (p) => p.startsWith('/'))],
      asked('exists'),
      asked('is_file'),
      asked('is_dir'),
      ['glob(this, pattern)', paths],
      ['rglob(this, pattern)', paths],
      ['iterdir(this)', paths],
      ['read_text(this, *args, **kwargs)', () => str(undefined), anything],
      ['read_bytes(this)', () => ({ kind: 'bytes', value: undefined })],
      ['open(this, *args, **kwargs)', () => interp.unknown('open'), anything],
      ['stat(this)', () => interp.unknown('stat')],
    ],
    {
      ...Object.fromEntries(quiet.map((name) => [name, silent(interp, name)])),
      parent: computed(interp, (self) => make(parent(self))),
      name: textOrUnknown(from((p) => splitPath(p)[1])),
      stem: textOrUnknown(from((p) => splitExtension(splitPath(p)[1])[0])),
      suffix: textOrUnknown(from((p) => splitExtension(splitPath(p)[1])[1])),
      parts: computed(interp, (self) => {
        const text = of(self);
        if (text === undefined) return interp.unknown('parts');
        const names = text.split('/').filter((part) => part !== '');
        return interp.tuple([...(text.startsWith('/') ? ['/'] : []), ...names].map(str));
      }),
      parents: computed(interp, (self) => {
        const all: Value[] = [];
        let text = of(self);
        if (text === undefined) return interp.unknown('parents');
        while (text !== '/' && text !== '.') {
          const [head] = splitPath(text);
          text = head === '' ? '.' : head;
          all.push(make(text));
        }
        return interp.tuple(all);
      }),
      cwd: { kind: 'classmethod', func: interp.native('cwd', () => make(interp.mode === 'run' ? '/' : undefined)) },
      home: { kind: 'classmethod', func: interp.native('home', () => make(undefined)) },
    },
    (call) => (call.args.length === 0 ? make('.') : joined(call.args)),
  );
  classes.set(interp, cls);
  return cls;
}

export function pathlibModule(interp: Interpreter): ModuleValue {
  const cls = pathClass(interp);
  return partialModule(interp, 'pathlib', [], { Path: cls, PurePath: cls, PosixPath: cls, PurePosixPath: cls });
}
