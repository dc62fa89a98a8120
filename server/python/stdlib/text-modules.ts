/**
 * `textwrap`, `pprint` and `types`.
 */
import { makeClass } from '../classes.ts';
import type { Interpreter } from '../interpreter.ts';
import type { ModuleValue, Value } from '../values.ts';
import { namespaceClass } from './argparse.ts';
import type { Entry } from './module.ts';
import { anything, partialModule } from './module.ts';

/** Removes the margin that all lines share; lines of blanks only become empty. */
function dedent(text: string): string {
  const lines = text.split('\n').map((line) => (/^[ \t]*$/.test(line) ? '' : line));
  let margin: string | undefined;
  for (const line of lines) {
    if (line === '') continue;
    const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
    if (margin === undefined) margin = indent;
    else while (!indent.startsWith(margin)) margin = margin.slice(0, -1);
  }
  return lines.map((line) => line.slice(line === '' ? 0 : (margin ?? '').length)).join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(/\s+/).filter((w) => w !== '')) {
    while (word.length > width) {
      const room = line === '' ? width : width - line.length - 1;
      if (room > 0) {
        line += (line === '' ? '' : ' ') + word.slice(0, room);
        word = word.slice(room);
      }
      lines.push(line);
      line = '';
    }
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else if (word !== '') line += (line === '' ? '' : ' ') + word;
  }
  if (line !== '') lines.push(line);
  return lines;
}

export function textwrapModule(interp: Interpreter): ModuleValue {
  const of = (signature: string, body: (text: string, a: readonly (Value | undefined)[]) => Value): Entry => [
    signature,
    (a) => {
      const text = interp.asString(a[0] as Value);
      return text === undefined ? interp.str() : body(text, a);
    },
  ];
  const width = (v: Value | undefined) => (v === undefined ? 70 : (interp.asInt(v) ?? 70));
  return partialModule(interp, 'textwrap', [
    of('dedent(text)', (text) => interp.str(dedent(text))),
    of('wrap(text, width=70, **kwargs)', (text, a) => interp.list(wrap(text, width(a[1])).map((line) => interp.str(line)))),
    of('fill(text, width=70, **kwargs)', (text, a) => interp.str(wrap(text, width(a[1])).join('\n'))),
    of('indent(text, prefix, predicate=None)', (text, a) => {
      const prefix = interp.asString(a[1] as Value);
      return interp.str(prefix === undefined ? undefined : text.replace(/^(?=.*\S)/gm, prefix));
    }),
  ]);
}

/** Values that fit on a line are written as `print` writes their `repr`; longer ones are, too. */
export function pprintModule(interp: Interpreter): ModuleValue {
  const print = interp.native(
    'pprint',
    ({ args }) => {
      if (interp.mode === 'run') interp.write(`${interp.repr(args[0] ?? interp.none) ?? '?'}\n`);
      return interp.none;
    },
    anything,
  );
  return partialModule(interp, 'pprint', [['pformat(object, **kwargs)', (a) => interp.str(interp.repr(a[0] as Value))]], {
    pprint: print,
    pp: print,
  });
}

export function typesModule(interp: Interpreter): ModuleValue {
  const { types } = interp.builtins;
  return partialModule(interp, 'types', [['MappingProxyType(mapping)', (a) => a[0] as Value]], {
    SimpleNamespace: namespaceClass(interp, 'SimpleNamespace', 'types'),
    FunctionType: types.function,
    LambdaType: types.function,
    MethodType: makeClass(interp, {
      name: 'method',
      construct: ({ args }) => ({ kind: 'method', func: args[0] ?? interp.none, self: args[1] ?? interp.none }),
    }),
    BuiltinFunctionType: types.builtin,
    // Its own constructor takes a name and a documentation, which nothing here reads.
    ModuleType: interp.unknown('ModuleType'),
    GeneratorType: types.generator,
    NoneType: types.NoneType,
    EllipsisType: types.ellipsis,
    NotImplementedType: types.NotImplementedType,
  });
}
