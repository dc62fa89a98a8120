/**
 * `contextlib` and `abc`.
 */

import { done } from '../builtins/define.ts';
import { isSubclass, makeClass } from '../classes.ts';
import { PyError } from '../faults.ts';
import type { Interpreter } from '../interpreter.ts';
import type { ClassValue, IteratorValue, ModuleValue, Value } from '../values.ts';
import { anything, closedModule, Holder, held, nativeClass, partialModule, transparent } from './module.ts';

/** A generator that is run up to its `yield` and then to its end. */
class Paused {
  readonly generator: IteratorValue;
  constructor(generator: IteratorValue) {
    this.generator = generator;
  }
}

class Stack {
  readonly leaving: ((error: PyError | undefined) => Value)[] = [];
}

export function contextlibModule(interp: Interpreter): ModuleValue {
  const none = interp.none;
  const manager = managerClass(interp);
  const wrap = (fn: Value): Value => {
    const target = interp.resolve(fn);
    const name = target.kind === 'function' ? target.name : 'contextmanager';
    return interp.native(
      name,
      (call) => {
        const made = interp.resolve(interp.call(target, call.args, call.kwargs, call.node));
        return made.kind === 'iterator' ? interp.object(manager, new Holder(new Paused(made))) : made;
      },
      { choices: true },
    );
  };
  const itself = nativeClass(interp, 'AbstractContextManager', 'contextlib', [
    ['__enter__(this)', (a) => a[0] as Value],
    ['__exit__(this, *args)', () => none],
  ]);
  return partialModule(interp, 'contextlib', [], {
    contextmanager: interp.native('contextmanager', (call) => wrap(call.args[0] as Value)),
    asynccontextmanager: interp.native('asynccontextmanager', (call) => wrap(call.args[0] as Value)),
    AbstractContextManager: itself,
    AbstractAsyncContextManager: itself,
    ContextDecorator: nativeClass(interp, 'ContextDecorator', 'contextlib', [], {
      __call__: interp.native('__call__', (call) => call.args[1] ?? none),
    }),
    nullcontext: nativeClass(
      interp,
      'nullcontext',
      'contextlib',
      [
        ['__enter__(this)', (a) => interp.getAttr(a[0] as Value, 'enter_result')],
        ['__exit__(this, *args)', () => none],
      ],
      {},
      (call, cls) => {
        const object = interp.object(cls);
        object.attrs.set('enter_result', call.args[0] ?? call.kwargs.get('enter_result') ?? none);
        return object;
      },
    ),
    suppress: suppressClass(interp),
    closing: nativeClass(
      interp,
      'closing',
      'contextlib',
      [
        ['__enter__(this)', (a) => interp.getAttr(a[0] as Value, 'thing')],
        ['__exit__(this, *args)', (a) => done(interp.callMethod(interp.getAttr(a[0] as Value, 'thing'), 'close', []))],
      ],
      {},
      (call, cls) => {
        const object = interp.object(cls);
        object.attrs.set('thing', call.args[0] ?? none);
        return object;
      },
    ),
    redirect_stdout: nativeClass(interp, 'redirect_stdout', 'contextlib', [
      ['__init__(this, *args)', () => none],
      ['__enter__(this)', () => interp.unknown()],
      ['__exit__(this, *args)', () => none],
    ]),
    ExitStack: exitStackClass(interp),
  });
}

function managerClass(interp: Interpreter): ClassValue {
  const none = interp.none;
  const cls: ClassValue = nativeClass(interp, '_GeneratorContextManager', 'contextlib', [
    [
      '__enter__(this)',
      (a) => {
        const paused = held(interp, a[0], Paused);
        if (paused === undefined) return interp.unknown();
        return paused.generator.pull() ?? paused.generator.rest()?.element ?? interp.raise('RuntimeError', "generator didn't yield");
      },
    ],
    [
      '__exit__(this, kind=None, error=None, traceback=None)',
      (a) => {
        const paused = held(interp, a[0], Paused);
        // While checking, what the generator does about an exception is not followed.
        if (paused === undefined) return none;
        const failed = a[2] !== undefined && a[2].kind !== 'none';
        if (failed && paused.generator.fail !== undefined && a[2] !== undefined) return throwInto(interp, paused.generator, a[2]);
        if (!failed) paused.generator.pull();
        return none;
      },
    ],
    [
      '__call__(this, fn)',
      (a) => {
        const context = a[0] as Value;
        return interp.native('decorated', (call) => {
          interp.callMethod(context, '__enter__', []);
          const result = interp.call(a[1] as Value, call.args, call.kwargs, call.node);
          interp.callMethod(context, '__exit__', [none, none, none]);
          return result;
        });
      },
    ],
  ]);
  return cls;
}

/** True where the generator caught the exception. */
function throwInto(interp: Interpreter, generator: IteratorValue, error: Value): Value {
  try {
    generator.fail?.(new PyError(error, interp.typeName(error), interp.str_(error) ?? '', interp.stack(), undefined));
    return interp.bool(true);
  } catch (thrown) {
    if (thrown instanceof PyError && interp.resolve(thrown.value) === interp.resolve(error)) return interp.bool(false);
    throw thrown;
  }
}

function suppressClass(interp: Interpreter): ClassValue {
  return nativeClass(
    interp,
    'suppress',
    'contextlib',
    [
      ['__enter__(this)', () => interp.none],
      [
        '__exit__(this, kind=None, error=None, traceback=None)',
        (a) => {
          const kind = a[1];
          if (kind === undefined || kind.kind !== 'class') return interp.bool(false);
          const classes = interp.items(interp.getAttr(a[0] as Value, 'exceptions')) ?? [];
          return interp.bool(classes.some((c) => c.kind === 'class' && isSubclass(kind, c)));
        },
      ],
    ],
    {},
    (call, cls) => {
      const object = interp.object(cls);
      object.attrs.set('exceptions', interp.tuple(call.args));
      return object;
    },
  );
}

function exitStackClass(interp: Interpreter): ClassValue {
  const none = interp.none;
  const of = (v: Value | undefined) => held(interp, v, Stack) ?? new Stack();
  const leave = (stack: Stack, kind: Value, error: Value): Value => {
    let swallowed = false;
    for (let action = stack.leaving.pop(); action !== undefined; action = stack.leaving.pop()) {
      const failing = !swallowed && interp.resolve(error).kind !== 'none';
      const result = action(failing ? new PyError(error, interp.typeName(error), '', [], undefined) : undefined);
      if (failing && interp.decide(interp.truth(result)) === 'yes') swallowed = true;
    }
    return interp.resolve(kind).kind === 'none' ? none : interp.bool(swallowed);
  };
  return nativeClass(
    interp,
    'ExitStack',
    'contextlib',
    [
      ['__enter__(this)', (a) => a[0] as Value],
      ['__exit__(this, kind=None, error=None, traceback=None)', (a) => leave(of(a[0]), a[1] ?? none, a[2] ?? none)],
      [
        'enter_context(this, cm)',
        (a) => {
          const cm = a[1] as Value;
          const value = interp.callMethod(cm, '__enter__', []) ?? interp.unknown();
          of(a[0]).leaving.push(
            (error) =>
              interp.callMethod(
                cm,
                '__exit__',
                error === undefined ? [none, none, none] : [interp.classOf(error.value), error.value, none],
              ) ?? none,
          );
          return value;
        },
      ],
      [
        'push(this, exit)',
        (a) => {
          of(a[0]).leaving.push(
            (error) =>
              interp.callMethod(
                a[1] as Value,
                '__exit__',
                error === undefined ? [none, none, none] : [interp.classOf(error.value), error.value, none],
              ) ?? none,
          );
          return a[1] as Value;
        },
      ],
      [
        'callback(this, fn, *args, **kwargs)',
        (a, call, extra) => {
          of(a[0]).leaving.push(() => done(interp.call(a[1] as Value, extra, call.kwargs)));
          return a[1] as Value;
        },
      ],
      ['close(this)', (a) => leave(of(a[0]), none, none)],
      ['pop_all(this)', (a) => a[0] as Value],
    ],
    {},
    (_call, cls) => interp.object(cls, new Holder(new Stack())),
  );
}

/** `abc`: abstract methods are not enforced here (a class that lacks them fails where it is used). */
export function abcModule(interp: Interpreter): ModuleValue {
  const abc = makeClass(interp, {
    name: 'ABC',
    module: 'abc',
    attrs: { register: { kind: 'classmethod', func: interp.native('register', (call) => call.args[1] ?? interp.none, anything) } },
  });
  const marked = interp.native('abstractmethod', (call) => {
    const fn = interp.resolve(call.args[0] as Value);
    if (fn.kind === 'function') fn.attrs.set('__isabstractmethod__', interp.bool(true));
    return fn;
  });
  return closedModule(interp, 'abc', [], {
    ABC: abc,
    ABCMeta: makeClass(interp, { name: 'ABCMeta', module: 'abc', bases: [interp.builtins.types.type] }),
    abstractmethod: marked,
    abstractproperty: interp.builtins.types.property,
    abstractclassmethod: interp.builtins.types.classmethod,
    abstractstaticmethod: interp.builtins.types.staticmethod,
    update_abstractmethods: transparent(interp, 'update_abstractmethods'),
    get_cache_token: interp.native('get_cache_token', () => interp.unknown()),
  });
}
