/**
 * The builtin exception classes. An exception object has the attribute `args`; what an operating system error adds
 * (`errno`, `strerror`, `filename`) is read off it.
 */
import { lookup, makeClass } from '../classes.ts';
import type { Interpreter } from '../interpreter.ts';
import type { ClassValue, NativeCall, ObjectValue, Value } from '../values.ts';

/** Each line: a base, then its direct subclasses. */
const TREE = `
BaseException: Exception SystemExit KeyboardInterrupt GeneratorExit
Exception: ArithmeticError AssertionError AttributeError BufferError EOFError ImportError LookupError MemoryError NameError OSError ReferenceError RuntimeError StopIteration StopAsyncIteration SyntaxError SystemError TypeError ValueError Warning ExceptionGroup
ArithmeticError: FloatingPointError OverflowError ZeroDivisionError
ImportError: ModuleNotFoundError
LookupError: IndexError KeyError
NameError: UnboundLocalError
OSError: BlockingIOError ChildProcessError ConnectionError FileExistsError FileNotFoundError InterruptedError IsADirectoryError NotADirectoryError PermissionError ProcessLookupError TimeoutError
ConnectionError: BrokenPipeError ConnectionAbortedError ConnectionRefusedError ConnectionResetError
RuntimeError: NotImplementedError RecursionError
SyntaxError: IndentationError
IndentationError: TabError
ValueError: UnicodeError
UnicodeError: UnicodeDecodeError UnicodeEncodeError UnicodeTranslateError
Warning: BytesWarning DeprecationWarning EncodingWarning FutureWarning ImportWarning PendingDeprecationWarning ResourceWarning RuntimeWarning SyntaxWarning UnicodeWarning UserWarning
`;

export function exceptionClasses(interp: Interpreter, object: ClassValue): Map<string, ClassValue> {
  const classes = new Map<string, ClassValue>();
  classes.set(
    'BaseException',
    makeClass(interp, { name: 'BaseException', bases: [object], attrs: baseAttributes(interp), construct: constructError }),
  );
  for (const line of TREE.trim().split('\n')) {
    const [base, names] = line.split(': ') as [string, string];
    for (const name of names.split(' ')) {
      classes.set(name, makeClass(interp, { name, bases: [classes.get(base) as ClassValue], attrs: ownAttributes(interp, name) }));
    }
  }
  classes.set('EnvironmentError', classes.get('OSError') as ClassValue);
  classes.set('IOError', classes.get('OSError') as ClassValue);
  return classes;
}

/** `args` are those of the call, whatever the class's own `__init__` does with them. */
function constructError(call: NativeCall, cls: ClassValue): Value {
  const { interp } = call;
  const object = interp.object(cls);
  object.attrs.set('args', interp.tuple(call.args));
  const init = lookup(cls, '__init__');
  if (init !== undefined && init.kind !== 'native') interp.call(init, [object, ...call.args], call.kwargs, call.node);
  return object;
}

function baseAttributes(interp: Interpreter): Record<string, Value> {
  const self = (call: NativeCall) => interp.resolve(call.args[0] as Value) as ObjectValue;
  return {
    __init__: interp.native(
      '__init__',
      (call) => {
        const object = self(call);
        if (object.kind === 'object') object.attrs.set('args', interp.tuple(call.args.slice(1)));
        return interp.none;
      },
      { openArgs: true, choices: true },
    ),
    with_traceback: interp.native('with_traceback', self),
    add_note: interp.native('add_note', () => interp.none),
    __traceback__: interp.none,
    __cause__: interp.none,
    __context__: interp.none,
    __str__: interp.native('__str__', (call) => interp.str(errorText(interp, self(call)))),
    __repr__: interp.native('__repr__', (call) => {
      const object = self(call);
      const args = argumentsOf(interp, object).map((v) => interp.repr(v));
      return interp.str(args.includes(undefined) ? undefined : `${object.cls.name}(${args.join(', ')})`);
    }),
  };
}

function ownAttributes(interp: Interpreter, name: string): Record<string, Value> {
  const reads = (index: number, otherwise: Value): Value => ({
    kind: 'property',
    get: interp.native('get', (call) => argumentsOf(interp, interp.resolve(call.args[0] as Value) as ObjectValue)[index] ?? otherwise),
    set: undefined,
    cached: false,
  });
  switch (name) {
    case 'StopIteration':
      return { value: reads(0, interp.none) };
    case 'SystemExit':
      return { code: reads(0, interp.none) };
    case 'OSError':
      return { errno: reads(0, interp.none), strerror: reads(1, interp.none), filename: reads(2, interp.none) };
    case 'ImportError':
      return { msg: reads(0, interp.none), name: interp.none, path: interp.none };
    case 'AttributeError':
    case 'NameError':
      return { name: interp.none };
    default:
      return {};
  }
}

function argumentsOf(interp: Interpreter, object: ObjectValue): readonly Value[] {
  const args = object.kind === 'object' ? object.attrs.get('args') : undefined;
  return args === undefined ? [] : (interp.items(args) ?? []);
}

/** The `args` of an exception that is raised with a text: for a KeyError the text is the key as it is written. */
export function errorArguments(interp: Interpreter, exception: string, text: string): readonly Value[] {
  if (text === '') return [];
  if (exception !== 'KeyError') return [interp.str(text)];
  if (/^-?\d{1,15}$/.test(text)) return [interp.int(Number(text))];
  const quoted = /^(['"])(.*)\1$/s.exec(text);
  return [interp.str(quoted === null ? text : (quoted[2] as string).replace(/\\(['"\\])/g, '$1'))];
}

/** `str(exception)`. */
function errorText(interp: Interpreter, object: ObjectValue): string | undefined {
  const args = object.attrs.get('args');
  if (args === undefined) return object.cls.open ? undefined : '';
  const items = interp.items(args);
  if (items === undefined) return undefined;
  const is = (name: string) => object.cls.mro.includes(interp.builtinClass(name));
  if (is('OSError') && items.length >= 2) {
    const [errno, text, file] = items.map((v) => interp.str_(v));
    if (errno === undefined || text === undefined) return undefined;
    return `[Errno ${errno}] ${text}${file === undefined ? '' : `: '${file}'`}`;
  }
  if (items.length === 0) return '';
  if (items.length === 1) return is('KeyError') ? interp.repr(items[0] as Value) : interp.str_(items[0] as Value);
  return interp.repr(args);
}
