/**
 * `logging` and `warnings`: messages go nowhere that a program can see (a run shows only what is printed).
 */
import type { Interpreter } from '../interpreter.ts';
import type { ClassValue, ModuleValue, Value } from '../values.ts';
import { anything, nativeClass, openClass, partialModule, silent } from './module.ts';

const LEVELS: Readonly<Record<string, number>> = {
  NOTSET: 0,
  DEBUG: 10,
  INFO: 20,
  WARNING: 30,
  WARN: 30,
  ERROR: 40,
  CRITICAL: 50,
  FATAL: 50,
};
const MESSAGES = ['debug', 'info', 'warning', 'warn', 'error', 'critical', 'fatal', 'exception', 'log'];
const SETTINGS = ['setLevel', 'addHandler', 'removeHandler', 'addFilter', 'removeFilter', 'handle'];

export function loggingModule(interp: Interpreter): ModuleValue {
  const quiet = (names: readonly string[]): Record<string, Value> => Object.fromEntries(names.map((name) => [name, silent(interp, name)]));
  const logger: ClassValue = nativeClass(
    interp,
    'Logger',
    'logging',
    [
      ['isEnabledFor(this, level)', () => (interp.mode === 'run' ? interp.bool(false) : interp.unknownBool())],
      ['getEffectiveLevel(this)', () => interp.int(30)],
      ['hasHandlers(this)', () => interp.unknownBool()],
      ['getChild(this, suffix)', (a) => a[0] as Value],
    ],
    { ...quiet(MESSAGES), ...quiet(SETTINGS) },
    (call, cls) => makeLogger(cls, call.args[0]),
  );
  const loggers = new Map<string, Value>();
  const makeLogger = (cls: ClassValue, name: Value | undefined): Value => {
    const object = interp.object(cls);
    object.attrs.set('name', name ?? interp.str('root'));
    object.attrs.set('handlers', interp.list([]));
    object.attrs.set('level', interp.int(0));
    object.attrs.set('propagate', interp.bool(true));
    object.attrs.set('disabled', interp.bool(false));
    return object;
  };
  const getLogger = interp.native('getLogger', ({ args }) => {
    const name = args[0] === undefined ? 'root' : (interp.asString(args[0]) ?? '?');
    let found = loggers.get(name);
    if (found === undefined) loggers.set(name, (found = makeLogger(logger, interp.str(name))));
    return found;
  });
  const handlers = ['Handler', 'StreamHandler', 'FileHandler', 'NullHandler', 'Formatter', 'Filter', 'LoggerAdapter'];
  return partialModule(interp, 'logging', [], {
    ...quiet(MESSAGES),
    ...quiet(['basicConfig', 'disable', 'captureWarnings', 'shutdown', 'addLevelName']),
    ...Object.fromEntries(Object.entries(LEVELS).map(([name, level]) => [name, interp.int(level)])),
    ...Object.fromEntries(handlers.map((name) => [name, openClass(interp, name, 'logging')])),
    getLogger,
    getLevelName: interp.native('getLevelName', ({ args }) => {
      const level = interp.asInt(args[0] ?? interp.none);
      return interp.str(Object.keys(LEVELS).find((name) => LEVELS[name] === level));
    }),
    Logger: logger,
    root: makeLogger(logger, undefined),
  });
}

export function warningsModule(interp: Interpreter): ModuleValue {
  const none = interp.none;
  const quiet = ['warn', 'warn_explicit', 'simplefilter', 'filterwarnings', 'resetwarnings', 'showwarning'];
  return partialModule(interp, 'warnings', [], {
    ...Object.fromEntries(quiet.map((name) => [name, silent(interp, name)])),
    catch_warnings: nativeClass(
      interp,
      'catch_warnings',
      'warnings',
      [
        ['__enter__(this)', () => interp.list([])],
        ['__exit__(this, *args)', () => none],
      ],
      {},
      (call, cls) => call.interp.object(cls),
    ),
    deprecated: interp.native('deprecated', () => interp.native('deprecated', (call) => call.args[0] ?? none, anything), anything),
  });
}
