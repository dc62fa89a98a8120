/**
 * What code that nobody sees may do with the functions that it was given: a hook fills the list of the object that it belongs
 * to, a callback the variables around it. Reads effects off a function's text; what they reach is forgotten.
 */
import { forgetThatEmpty } from './calls.ts';
import type { Interpreter } from './interpreter.ts';
import { localsOf } from './source-names.ts';
import type { Expression, FunctionDef, Lambda, Node } from './syntax.ts';
import type { FunctionValue, ObjectValue, Scope, Value } from './values.ts';
import { walk } from './visit.ts';

/** A place that a function changes: a variable around it, or an attribute of what stands in a variable. */
interface Effect {
  readonly variable: string;
  readonly attribute: string | undefined;
  /** It gets another value; else what is in it grows. */
  readonly replaced: boolean;
}

const GROWS: ReadonlySet<string> = new Set(['append', 'appendleft', 'extend', 'insert', 'add', 'update', 'setdefault', '__setitem__']);
const effects = new WeakMap<Node, readonly Effect[]>();

function effectsOf(node: FunctionDef | Lambda): readonly Effect[] {
  const known = effects.get(node);
  if (known !== undefined) return known;
  const found: Effect[] = [];
  const note = (at: Expression, replaced: boolean): void => {
    if (at.kind === 'Name') found.push({ variable: at.name, attribute: undefined, replaced });
    else if (at.kind === 'Attribute' && at.value.kind === 'Name') found.push({ variable: at.value.name, attribute: at.name, replaced });
    else if (at.kind === 'Subscript') note(at.value, false);
    else if (at.kind === 'Tuple' || at.kind === 'List') for (const item of at.items) note(item, replaced);
  };
  walk(node, (part) => {
    if (part.kind === 'Assign') for (const target of part.targets) note(target, true);
    else if (part.kind === 'AugmentedAssign' || part.kind === 'AnnotatedAssign') note(part.target, true);
    else if (part.kind === 'Call' && part.func.kind === 'Attribute' && GROWS.has(part.func.name)) note(part.func.value, false);
  });
  // What a call does to its own variables nobody else sees.
  const own = localsOf(node);
  const params = new Set(node.params.items.map(({ name }) => name));
  const seen = found.filter(({ variable, attribute, replaced }) => {
    if (!own.has(variable) || variable === node.params.items[0]?.name) return true;
    if (params.has(variable) && !(replaced && attribute === undefined)) return true;
    return attribute === undefined && replaced && node.kind === 'FunctionDef' && isNonlocal(node, variable);
  });
  effects.set(node, seen);
  return seen;
}

/** How many functions that were given away are kept in mind. */
const MOST = 50;

const given = new WeakMap<Interpreter, { readonly fn: FunctionValue; readonly self: Value | undefined }[]>();

/** Code that nobody sees has the function: it may call it at once, or whenever it is called itself. */
export function escape(interp: Interpreter, fn: FunctionValue, self: Value | undefined): void {
  forgetEffects(interp, fn, self);
  const all = given.get(interp) ?? [];
  given.set(interp, all);
  if (effectsOf(fn.node).length > 0 && all.length < MOST && !all.some((e) => e.fn === fn && e.self === self)) all.push({ fn, self });
}

/** Code that nobody sees is called: so may be all that it was given. */
export function forgetAllEffects(interp: Interpreter): void {
  for (const { fn, self } of given.get(interp) ?? []) forgetEffects(interp, fn, self);
}

const givenAway = new WeakSet<ObjectValue>();

/** Whether an expression speaks of a variable whose object was given to code that nobody sees, which may have set any attribute. */
export function speaksOfGiven(scope: Scope, node: Node): boolean {
  let found = false;
  walk(node, (part) => {
    if (part.kind !== 'Name') return;
    const held = cellsOf(scope, part.name)?.get(part.name);
    if (held?.kind === 'object' && givenAway.has(held)) found = true;
  });
  return found;
}

/** How deep in an object the objects are whose methods may be called as well. */
const HELD = 3;

/** Code that nobody sees has the object: what methods of its class change it may have changed. */
export function forgetByMethods(interp: Interpreter, object: ObjectValue, depth = 0): void {
  givenAway.add(object);
  for (const cls of object.cls.mro) {
    if (cls.node === undefined) continue;
    for (const [name, method] of cls.attrs.entries()) {
      if (method.kind === 'function' && name !== '__init__') forgetEffects(interp, method, object);
    }
  }
  if (depth >= HELD) return;
  for (const [, held] of [...object.attrs.entries()]) {
    const v = interp.resolve(held);
    const parts = v.kind === 'list' || v.kind === 'tuple' ? interp.content(v) : undefined;
    for (const part of [v, ...(parts?.items ?? []), ...(parts?.rest === undefined ? [] : [parts.rest.element])]) {
      const inner = interp.resolve(part);
      if (inner.kind === 'object' && inner.cls.node !== undefined) forgetByMethods(interp, inner, depth + 1);
    }
  }
}

/** Forgets what calling the function may change; `self` is what a method is bound to. */
function forgetEffects(interp: Interpreter, fn: FunctionValue, self: Value | undefined): void {
  const own = localsOf(fn.node);
  const first = self === undefined ? undefined : fn.node.params.items[0]?.name;
  for (const { variable, attribute, replaced } of effectsOf(fn.node)) {
    if (variable === first && self !== undefined) {
      if (attribute !== undefined) forgetAttribute(interp, self, attribute, replaced);
    } else if (!own.has(variable)) {
      const cells = cellsOf(fn.scope, variable);
      const held = cells?.get(variable);
      if (held === undefined) continue;
      if (attribute !== undefined) forgetAttribute(interp, held, attribute, replaced);
      else if (!replaced) forgetThatEmpty(interp, interp.resolve(held));
    } else if (fn.defaults.has(variable) && !(replaced && attribute === undefined)) {
      // `def hook(…, store=outputs)`
      const held = fn.defaults.get(variable) as Value;
      if (attribute !== undefined) forgetAttribute(interp, held, attribute, replaced);
      else forgetThatEmpty(interp, interp.resolve(held));
    } else if (attribute === undefined && replaced && fn.node.kind === 'FunctionDef' && isNonlocal(fn.node, variable)) {
      cellsOf(fn.scope, variable)?.set(variable, interp.unknown(variable));
    }
  }
}

function forgetAttribute(interp: Interpreter, of: Value, name: string, replaced: boolean): void {
  const v = interp.resolve(of);
  if (v.kind !== 'object') return;
  const held = v.attrs.get(name);
  if (held === undefined) return;
  if (replaced) {
    if (!isBlank(interp, held)) v.attrs.set(name, interp.unknown(name));
  } else forgetThatEmpty(interp, interp.resolve(held));
}

/** Of what nobody knows, nor has asked or learned anything of, there is nothing to forget. */
function isBlank(interp: Interpreter, v: Value): boolean {
  if (v.kind !== 'unknown' || v.origin !== undefined || v.derived !== undefined) return false;
  return v.attrs.size === 0 && v.notes.size === 0 && interp.resolve(v) === v;
}

function cellsOf(scope: Scope, name: string): Scope['cells'] | undefined {
  for (let s: Scope | undefined = scope; s !== undefined; s = s.parent) if (!s.classBody && s.cells.has(name)) return s.cells;
  return scope.globals.cells.has(name) ? scope.globals.cells : undefined;
}

const shared = new WeakMap<Node, ReadonlySet<string>>();

function isNonlocal(node: FunctionDef, name: string): boolean {
  let names = shared.get(node);
  if (names === undefined) {
    const found = new Set<string>();
    walk(node, (part) => {
      if (part.kind === 'Nonlocal' || part.kind === 'Global') for (const each of part.names) found.add(each);
    });
    shared.set(node, (names = found));
  }
  return names.has(name);
}
