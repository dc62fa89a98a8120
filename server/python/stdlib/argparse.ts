/**
 * `argparse` without a command line: parsing gives every option its default. What an option without a default would be given
 * is not known (None, as argparse itself leaves it).
 */
import type { Interpreter } from '../interpreter.ts';
import type { ClassValue, ModuleValue, NativeCall, ObjectValue, Value } from '../values.ts';
import { anything, Holder, held, nativeClass, partialModule } from './module.ts';

interface Option {
  readonly destination: string;
  readonly value: Value;
  readonly required: boolean;
}

/** A parser, or a group of one: both hold options. */
class Parser {
  readonly options: Option[] = [];
  readonly defaults = new Map<string, Value>();
  /** `dest` of the subcommands. */
  commands: { readonly destination: string | undefined; readonly parsers: Parser[] } | undefined;
}

export function argparseModule(interp: Interpreter): ModuleValue {
  const namespace = namespaceClass(interp);
  const none = interp.none;
  const of = (v: Value | undefined) => held(interp, v, Parser) ?? new Parser();
  const silent = (name: string) => interp.native(name, () => none, anything);

  const addArgument = interp.native(
    'add_argument',
    (call) => {
      const option = readOption(call);
      const parser = of(call.args[0]);
      if (option !== undefined) parser.options.push(option);
      const action = interp.object(interp.builtins.types.object);
      action.attrs.set('dest', interp.str(option?.destination));
      return action;
    },
    anything,
  );
  const setDefaults = interp.native(
    'set_defaults',
    (call) => {
      for (const [name, value] of call.kwargs) of(call.args[0]).defaults.set(name, value);
      return none;
    },
    { choices: true },
  );
  const group = interp.native('add_argument_group', (call) => interp.object(groupClass, new Holder(of(call.args[0]))), anything);
  const groupClass = nativeClass(interp, '_ArgumentGroup', 'argparse', [], {
    add_argument: addArgument,
    set_defaults: setDefaults,
    add_argument_group: group,
    add_mutually_exclusive_group: group,
  });
  const subparsers = nativeClass(interp, '_SubParsersAction', 'argparse', [], {
    add_parser: interp.native(
      'add_parser',
      (call) => {
        const parser = new Parser();
        of(call.args[0]).commands?.parsers.push(parser);
        return interp.object(parserClass, new Holder(parser));
      },
      anything,
    ),
  });
  const parse = (call: NativeCall): ObjectValue => {
    const given = call.args[2] ?? call.kwargs.get('namespace');
    const known = given === undefined ? undefined : interp.resolve(given);
    const result = known?.kind === 'object' ? known : interp.object(namespace);
    fillNamespace(interp, of(call.args[0]), result);
    return result;
  };
  const parserClass: ClassValue = nativeClass(
    interp,
    'ArgumentParser',
    'argparse',
    [],
    {
      add_argument: addArgument,
      set_defaults: setDefaults,
      add_argument_group: group,
      add_mutually_exclusive_group: group,
      add_subparsers: interp.native(
        'add_subparsers',
        (call) => {
          const parser = of(call.args[0]);
          const destination = call.kwargs.get('dest');
          parser.commands = { destination: destination === undefined ? undefined : interp.asString(destination), parsers: [] };
          return interp.object(subparsers, new Holder(parser));
        },
        anything,
      ),
      parse_args: interp.native('parse_args', parse, anything),
      parse_intermixed_args: interp.native('parse_intermixed_args', parse, anything),
      parse_known_args: interp.native('parse_known_args', (call) => interp.tuple([parse(call), interp.list([])]), anything),
      get_default: interp.native('get_default', (call) => {
        const name = interp.asString(call.args[1] ?? none);
        return of(call.args[0]).options.find((o) => o.destination === name)?.value ?? none;
      }),
      print_help: silent('print_help'),
      print_usage: silent('print_usage'),
      format_help: interp.native('format_help', () => interp.str(), anything),
      error: interp.native('error', (call) => {
        throw leave(call);
      }),
      exit: interp.native('exit', (call) => {
        throw leave(call);
      }),
    },
    (_call, cls) => interp.object(cls, new Holder(new Parser())),
  );
  const leave = (call: NativeCall): never => interp.raise('SystemExit', interp.asString(call.args[1] ?? none) ?? '2');
  const formatter = nativeClass(interp, 'HelpFormatter', 'argparse', []);
  return partialModule(interp, 'argparse', [], {
    ArgumentParser: parserClass,
    Namespace: namespace,
    HelpFormatter: formatter,
    ArgumentDefaultsHelpFormatter: formatter,
    RawTextHelpFormatter: formatter,
    RawDescriptionHelpFormatter: formatter,
    MetavarTypeHelpFormatter: formatter,
    BooleanOptionalAction: interp.str('BooleanOptionalAction'),
    SUPPRESS: interp.str('==SUPPRESS=='),
    REMAINDER: interp.str('...'),
    OPTIONAL: interp.str('?'),
    ZERO_OR_MORE: interp.str('*'),
    ONE_OR_MORE: interp.str('+'),
    FileType: interp.native('FileType', () => interp.unknown(), anything),
    ArgumentTypeError: nativeClass(interp, 'ArgumentTypeError', 'argparse', [], {}, undefined, [interp.builtinClass('Exception')]),
    ArgumentError: nativeClass(interp, 'ArgumentError', 'argparse', [], {}, undefined, [interp.builtinClass('Exception')]),
  });
}

/** The attribute an option sets, and the value it has when it is not given. */
function readOption(call: NativeCall): Option | undefined {
  const { interp, kwargs } = call;
  const flags = call.args.slice(1).map((v) => interp.asString(v));
  if (flags.includes(undefined)) return undefined;
  const names = flags as string[];
  const named = kwargs.get('dest');
  const long = names.find((n) => n.startsWith('--')) ?? names[0];
  const destination = (named === undefined ? undefined : interp.asString(named)) ?? long?.replace(/^-+/, '').replace(/-/g, '_');
  if (destination === undefined) return undefined;
  const positional = names.length > 0 && !names[0]?.startsWith('-');
  const action = interp.asString(kwargs.get('action') ?? interp.str('store')) ?? 'store';
  const many = kwargs.get('nargs');
  const count = many === undefined ? undefined : interp.asString(many);
  const given = kwargs.get('default');
  const required =
    (positional && count !== '?' && count !== '*') ||
    (kwargs.get('required') !== undefined && interp.decide(interp.truth(kwargs.get('required') as Value)) === 'yes');
  if (action === 'help' || action === 'version') return undefined;
  let value: Value = interp.none;
  if (given !== undefined) value = converted(interp, given, kwargs.get('type'));
  else if (action === 'store_true') value = interp.bool(false);
  else if (action === 'store_false') value = interp.bool(true);
  else if (required) value = valueOfType(interp, destination, kwargs, many);
  return { destination, value, required };
}

/** A default that is a string goes through `type`, as argparse does. */
function converted(interp: Interpreter, value: Value, type: Value | undefined): Value {
  const v = interp.resolve(value);
  if (v.kind !== 'str' || type === undefined || interp.resolve(type).kind === 'none') return v;
  return interp.call(type, [v]);
}

/** What a required argument will be: unknown, but of its type and among its choices. */
function valueOfType(interp: Interpreter, name: string, kwargs: ReadonlyMap<string, Value>, many: Value | undefined): Value {
  const type = kwargs.get('type') === undefined ? interp.builtins.types.str : interp.resolve(kwargs.get('type') as Value);
  const { types } = interp.builtins;
  const one =
    type === types.int
      ? interp.freshInt(name)
      : type === types.float
        ? interp.float()
        : type === types.str
          ? interp.str()
          : interp.unknown(name);
  if (many === undefined) return one;
  const n = interp.asInt(many);
  if (n !== undefined) return interp.list(Array.from({ length: n }, () => (one.kind === 'int' ? interp.freshInt(name) : one)));
  if (interp.asString(many) === '?') return one;
  return interp.list({ items: [], rest: { element: one, length: interp.freshInt('?', { least: 0 }).dim } });
}

function fillNamespace(interp: Interpreter, parser: Parser, result: ObjectValue): void {
  for (const { destination, value, required } of parser.options) {
    if (interp.asString(value) === '==SUPPRESS==') continue;
    if (interp.mode === 'run' && required && value.kind !== 'none' && interp.repr(value) === undefined) {
      interp.raise('SystemExit', '2');
    }
    // Nothing by default is what a command line is expected to give.
    const open = interp.mode === 'check' && interp.resolve(value).kind === 'none';
    result.attrs.set(destination, open ? interp.unknown(destination) : value);
  }
  const { commands } = parser;
  if (commands !== undefined) {
    if (commands.destination !== undefined)
      result.attrs.set(commands.destination, interp.mode === 'run' ? interp.none : interp.unknown(commands.destination));
    if (interp.mode === 'check') for (const sub of commands.parsers) fillNamespace(interp, sub, result);
  }
  for (const [name, value] of parser.defaults) result.attrs.set(name, value);
}

/** `argparse.Namespace`, and with another name `types.SimpleNamespace`. */
export function namespaceClass(interp: Interpreter, name = 'Namespace', module = 'argparse'): ClassValue {
  const shown = (v: Value): string | undefined => {
    if (v.kind !== 'object') return undefined;
    const parts = [...v.attrs.entries()].map(([key, value]) => [key, interp.repr(value)] as const);
    if (parts.some(([, text]) => text === undefined)) return undefined;
    return `${name === 'SimpleNamespace' ? 'namespace' : v.cls.name}(${parts.map(([key, text]) => `${key}=${text}`).join(', ')})`;
  };
  return nativeClass(
    interp,
    name,
    module,
    [
      ['__repr__(this)', (a) => interp.str(shown(interp.resolve(a[0] as Value)))],
      [
        '__eq__(this, other)',
        (a) => {
          const [x, y] = [a[0], a[1]];
          if (x?.kind !== 'object' || y?.kind !== 'object') return interp.notImplemented;
          return interp.bool(
            x.attrs.size === y.attrs.size &&
              [...x.attrs.entries()].every(([key, v]) => y.attrs.has(key) && interp.sameValue(v, y.attrs.get(key) as Value)),
          );
        },
      ],
      ['__contains__(this, key)', (a) => interp.bool(a[0]?.kind === 'object' && a[0].attrs.has(interp.asString(a[1] as Value) ?? ''))],
    ],
    {},
    (call, cls) => {
      const object = interp.object(cls);
      for (const [key, value] of call.kwargs) object.attrs.set(key, value);
      return object;
    },
  );
}
