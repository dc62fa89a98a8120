/** `def` and `class`: making functions and classes, applying decorators. */
import { bind } from './attributes.ts';
import { callValue } from './calls.ts';
import { build, lookup } from './classes.ts';
import { attempt, evaluate, makeFunction } from './expressions.ts';
import { Cells } from './heap.ts';
import type { Frame, Interpreter } from './interpreter.ts';
import { assignName } from './scopes.ts';
import { executeBlock } from './statements.ts';
import type { ClassDef, Expression, FunctionDef } from './syntax.ts';
import type { ClassValue, FunctionValue, Value } from './values.ts';

/** The functions that a class body which is being run has defined so far, those too that a decorator hides. */
const bodies = new WeakMap<Cells, FunctionValue[]>();

export function defineFunction(interp: Interpreter, node: FunctionDef): void {
  const fn = makeFunction(interp, node, node.name);
  interp.observer.defined?.(fn);
  interp.declarations?.defined(fn);
  const { scope } = interp.frame as Frame;
  if (scope.classBody) bodies.get(scope.cells)?.push(fn);
  assignName(interp, node.name, decorated(interp, node.decorators, fn));
}

function decorated(interp: Interpreter, decorators: readonly Expression[], value: Value): Value {
  const functions = decorators.map((node) => evaluate(interp, node));
  let result = value;
  for (let i = functions.length - 1; i >= 0; i--) {
    const node = decorators[i] as Expression;
    const before = result;
    result = attempt(interp, node, () =>
      callValue(interp, functions[i] as Value, { args: [before], kwargs: new Map(), open: false }, node),
    );
  }
  return result;
}

export function defineClass(interp: Interpreter, node: ClassDef): void {
  const frame = interp.frame as Frame;
  const bases: ClassValue[] = [];
  let open = false;
  for (const argument of node.args) {
    const value = interp.resolve(evaluate(interp, argument.value));
    // Such a metaclass makes the objects, of whatever class.
    if (argument.name === 'metaclass' && value.kind === 'class' && lookup(value, '__call__')?.kind === 'function') open = true;
    if (argument.name !== undefined || argument.star !== 0) continue;
    if (value.kind === 'class') bases.push(value);
    else open = true;
  }
  const cells = new Cells(interp.heap);
  const qualifiedName = frame.qualifiedPrefix === '' ? node.name : `${frame.qualifiedPrefix}.${node.name}`;
  const inner: Frame = {
    ...frame,
    name: node.name,
    scope: {
      cells,
      parent: frame.scope.classBody ? frame.scope.parent : frame.scope,
      globals: frame.scope.globals,
      redirected: new Map(),
      classBody: true,
      locals: undefined,
    },
    loops: [],
    fn: undefined,
    args: undefined,
    qualifiedPrefix: qualifiedName,
  };
  cells.set('__module__', interp.str(frame.scope.globals.name));
  cells.set('__qualname__', interp.str(qualifiedName));
  const functions: FunctionValue[] = [];
  bodies.set(cells, functions);
  interp.frames.push(inner);
  try {
    executeBlock(interp, node.body);
  } finally {
    interp.frames.pop();
  }
  const cls = build(interp, {
    name: node.name,
    qualifiedName,
    module: frame.scope.globals.name,
    bases: bases.length === 0 ? [interp.builtins.types.object] : bases,
    attrs: cells,
    open,
    node,
    file: frame.file,
    construct: undefined,
    entry: undefined,
  });
  for (const [, value] of cells.entries()) own(value, cls);
  for (const fn of functions) fn.owner ??= cls;
  interp.observer.definedClass?.(cls);
  const hook = lookup(cls, '__init_subclass__', cls);
  if (hook !== undefined) {
    const kwargs = new Map<string, Value>();
    for (const argument of node.args)
      if (argument.name !== undefined && argument.name !== 'metaclass') kwargs.set(argument.name, interp.unknown());
    const bound = bind(interp, hook.kind === 'classmethod' ? hook : { kind: 'classmethod', func: hook }, cls, cls);
    attempt(interp, node, () => callValue(interp, bound, { args: [], kwargs, open: false }, node));
  }
  assignName(interp, node.name, decorated(interp, node.decorators, cls));
}

/** A function defined in a class body belongs to the class: `super()` starts after it. */
function own(value: Value, cls: ClassValue): void {
  switch (value.kind) {
    case 'function':
      (value as FunctionValue).owner ??= cls;
      return;
    case 'staticmethod':
    case 'classmethod':
      own(value.func, cls);
      return;
    case 'property':
      if (value.get !== undefined) own(value.get, cls);
      if (value.set !== undefined) own(value.set, cls);
      return;
    default:
      return;
  }
}
