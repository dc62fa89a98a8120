/**
 * Variables: finding a name in the scopes around, and binding one where Python would.
 */
import { eq } from '../dims/cond.ts';
import { isMeasured, spell, symbol, withOrigin } from '../dims/dim.ts';
import type { Interpreter } from './interpreter.ts';
import { suggest } from './spelling.ts';
import type { Node } from './syntax.ts';
import type { Scope, Value } from './values.ts';

/** The value of a name where it is bound, without a word where it is not. */
export function findName(interp: Interpreter, scope: Scope, name: string): Value | undefined {
  const redirected = scope.redirected.get(name);
  if (redirected !== 'global') {
    if (redirected === undefined) {
      const own = scope.cells.get(name);
      if (own !== undefined) return own;
    }
    for (let s = scope.parent; s !== undefined; s = s.parent) {
      if (s.classBody) continue;
      const value = s.cells.get(name);
      if (value !== undefined) return value;
    }
  }
  return scope.globals.cells.get(name) ?? interp.builtins.names.get(name);
}

const NOTEBOOK: ReadonlySet<string> = new Set(['display', 'get_ipython']);

export function lookupName(interp: Interpreter, name: string): Value {
  const scope = interp.frame?.scope;
  if (scope === undefined) throw new Error('a name outside of any frame');
  const local = scope.locals?.has(name) === true && !scope.redirected.has(name);
  if (local) {
    const own = scope.cells.get(name);
    if (own !== undefined) return own;
    if (interp.mode === 'check') return remember(interp, scope, name);
    interp.raise('UnboundLocalError', `cannot access local variable '${name}' where it is not associated with a value`);
  }
  const value = findName(interp, scope, name);
  if (value !== undefined) return value;
  const { globals } = scope;
  if (globals.open) return interp.modules.importedAs(globals.file, name) ?? remember(interp, scope, name);
  // Bound somewhere in the file, though not on the way here.
  if (interp.mode === 'check' && (interp.modules.isBoundAtTop(globals.file, name) || boundAround(scope, name))) {
    return interp.modules.importedAs(globals.file, name) ?? remember(interp, scope, name);
  }
  // What a notebook puts among the builtins is there in the files that it imports, too.
  if (interp.mode === 'check' && NOTEBOOK.has(name)) return remember(interp, scope, name);
  const text = `name '${name}' is not defined`;
  throw interp.error({
    code: 'undefined-name',
    ...suggest(text, name, visibleNames(interp, scope)),
    exception: 'NameError',
    text,
    origins: [],
  });
}

function boundAround(scope: Scope, name: string): boolean {
  for (let s: Scope | undefined = scope; s !== undefined; s = s.parent) if (s.locals?.has(name) === true) return true;
  return false;
}

/** An unknown that stands for the name from here on. */
function remember(interp: Interpreter, scope: Scope, name: string): Value {
  const made = interp.unknown(name);
  scope.cells.set(name, made);
  return made;
}

function* visibleNames(interp: Interpreter, scope: Scope): Iterable<string> {
  for (let s: Scope | undefined = scope; s !== undefined; s = s.parent) yield* s.cells.keys();
  yield* scope.globals.cells.keys();
  yield* interp.builtins.names.keys();
}

export function assignName(interp: Interpreter, name: string, value: Value): void {
  const frame = interp.frame;
  if (frame === undefined) throw new Error('an assignment outside of any frame');
  const { scope } = frame;
  const redirected = scope.redirected.get(name);
  if (redirected === 'global') {
    scope.globals.cells.set(name, value);
    return;
  }
  if (redirected === 'nonlocal') {
    for (let s = scope.parent; s !== undefined; s = s.parent) {
      if (s.classBody || !s.cells.has(name)) continue;
      s.cells.set(name, value);
      return;
    }
  }
  scope.cells.set(name, value);
}

/**
 * A size that is bound to a name takes it: an anonymous one becomes a symbol of that name, a known one remembers that
 * it went through the name.
 */
export function named(interp: Interpreter, name: string, value: Value, node: Node): Value {
  if (interp.mode === 'run' || value.kind !== 'int') return value;
  const file = interp.frame?.file ?? '';
  const place = { file, start: node.start, end: node.end };
  if (spell(value.dim) === '?') {
    const { least, greatest } = interp.facts.bounds(value.dim);
    const fresh = symbol(name, {
      ...(Number.isFinite(least) ? { least } : {}),
      ...(Number.isFinite(greatest) ? { greatest } : {}),
      measured: isMeasured(value.dim),
      origin: { what: `\`${name}\``, place },
    });
    if (interp.assume(eq(value.dim, fresh))) return { kind: 'int', dim: fresh };
    return value;
  }
  const from = value.dim.origin;
  return {
    kind: 'int',
    dim: withOrigin(value.dim, { what: `\`${name}\``, place, ...(from === undefined ? {} : { from: [from] }) }),
    big: value.big,
  };
}
