/** `inspect`: what kind a value is, and what a function takes. */
import { lookup } from '../classes.ts';
import type { Interpreter } from '../interpreter.ts';
import type { Parameter } from '../syntax.ts';
import type { FunctionValue, ModuleValue, Value } from '../values.ts';
import type { Entry } from './module.ts';
import { anything, Holder, held, nativeClass, partialModule } from './module.ts';

const KINDS: Readonly<Record<Parameter['pass'], string>> = {
  positional: 'POSITIONAL_ONLY',
  either: 'POSITIONAL_OR_KEYWORD',
  star: 'VAR_POSITIONAL',
  keyword: 'KEYWORD_ONLY',
  'star-star': 'VAR_KEYWORD',
};

export function inspectModule(interp: Interpreter): ModuleValue {
  const kind = (name: string, holds: (v: Value) => boolean): Entry => [
    `${name}(object)`,
    (a) => (a[0]?.kind === 'unknown' ? interp.unknownBool() : interp.bool(holds(a[0] as Value))),
  ];
  const empty = nativeClass(interp, '_empty', 'inspect', []);
  const kinds = Object.fromEntries(Object.values(KINDS).map((name, i) => [name, interp.int(i)]));
  const parameter = nativeClass(interp, 'Parameter', 'inspect', [], { empty, ...kinds });
  const signature = nativeClass(interp, 'Signature', 'inspect', [], { empty });

  // While checking, what a parameter is annotated with is not known, so that no loop over them is followed one by one.
  const mapping = nativeClass(interp, 'mappingproxy', 'builtins', [
    ['__len__(self)', (a) => interp.int(namesIn(interp, a[0]).length)],
    [
      '__contains__(self, key)',
      (a) => {
        const name = interp.asString(a[1] as Value);
        return name === undefined ? interp.unknownBool() : interp.bool(namesIn(interp, a[0]).includes(name));
      },
    ],
  ]);

  const parameterOf = (fn: FunctionValue, p: Parameter): Value => {
    const made = interp.object(parameter);
    made.attrs.set('name', interp.str(p.name));
    made.attrs.set('kind', kinds[KINDS[p.pass]] as Value);
    made.attrs.set('default', p.default === undefined ? empty : (fn.defaults.get(p.name) ?? interp.unknown('default')));
    made.attrs.set('annotation', p.annotation === undefined ? empty : interp.unknown('annotation'));
    return made;
  };
  const signatureOf = (value: Value): Value => {
    const taken = takenBy(interp, value);
    if (taken === undefined) return interp.unknown('signature');
    const made = interp.object(signature);
    const names = taken.parameters.map((p) => p.name);
    made.attrs.set(
      'parameters',
      interp.mode === 'check'
        ? interp.object(mapping, new Holder(new Names(names)))
        : interp.dict(taken.parameters.map((p) => [interp.str(p.name), parameterOf(taken.fn, p)] as const)),
    );
    made.attrs.set('return_annotation', interp.unknown('return_annotation'));
    return made;
  };
  return partialModule(
    interp,
    'inspect',
    [
      kind('isfunction', (v) => v.kind === 'function'),
      kind('ismethod', (v) => v.kind === 'method'),
      kind('isclass', (v) => v.kind === 'class'),
      kind('ismodule', (v) => v.kind === 'module'),
      kind('isbuiltin', (v) => v.kind === 'native'),
      kind('isgenerator', (v) => v.kind === 'iterator'),
      ['signature(obj, *args, **kwargs)', (a) => signatureOf(a[0] as Value), anything],
    ],
    { Parameter: parameter, Signature: signature },
  );
}

class Names {
  readonly names: readonly string[];
  constructor(names: readonly string[]) {
    this.names = names;
  }
}

const namesIn = (interp: Interpreter, mapping: Value | undefined): readonly string[] => held(interp, mapping, Names)?.names ?? [];

interface Taken {
  readonly fn: FunctionValue;
  readonly parameters: readonly Parameter[];
}

/** The function behind a callable and the parameters that a call gives; a bound first one is not among them. */
function takenBy(interp: Interpreter, value: Value): Taken | undefined {
  const v = interp.resolve(value);
  if (v.kind === 'function') return { fn: v, parameters: v.node.params.items };
  const bound =
    v.kind === 'method' ? v.func : v.kind === 'class' ? lookup(v, '__init__') : v.kind === 'object' ? lookup(v.cls, '__call__') : undefined;
  const fn = bound === undefined ? undefined : interp.resolve(bound);
  if (fn?.kind !== 'function') return undefined;
  const [first, ...others] = fn.node.params.items;
  return { fn, parameters: first?.pass === 'star' ? fn.node.params.items : others };
}
