/**
 * Which attributes of a module are parameters, buffers and submodules, in the order in which they were registered.
 * The values themselves are ordinary attributes of the instance.
 */
import type { Interpreter } from '../python/interpreter.ts';
import { sameOrder } from '../python/order.ts';
import type { ObjectValue, Order, Payload, Value } from '../python/values.ts';
import { stateOf } from './state.ts';
import { isTensor } from './tensor.ts';

/** The attribute under which a container keeps what stands for the modules that it may hold besides. */
export const REST = '_further_items';
/** The attribute under which it keeps in which order they come, as a tuple of unknown length. */
export const ORDER = '_order_of_items';

export type Registered = 'parameter' | 'buffer' | 'module';

/** The content of a module instance once `Module.__init__` has run. */
export class ModulePayload implements Payload {
  readonly kinds: ReadonlyMap<string, Registered>;
  /** Buffers that a state dict leaves out. */
  readonly transient: ReadonlySet<string>;
  /** Some names are registered on one path only, or in a loop that was not followed to its end: there may be fewer or more. */
  readonly open: boolean;

  constructor(kinds: ReadonlyMap<string, Registered> = new Map(), transient: ReadonlySet<string> = new Set(), open = false) {
    this.kinds = kinds;
    this.transient = transient;
    this.open = open;
  }

  /** Something is registered by a name that is not known. */
  opened(): ModulePayload {
    return this.open ? this : new ModulePayload(this.kinds, this.transient, true);
  }

  with(name: string, kind: Registered, persistent = true): ModulePayload {
    if (this.kinds.get(name) === kind && persistent !== this.transient.has(name)) return this;
    const transient = persistent ? this.transient : new Set([...this.transient, name]);
    return new ModulePayload(new Map([...this.kinds, [name, kind]]), transient, this.open);
  }

  without(name: string): ModulePayload {
    const kinds = new Map(this.kinds);
    kinds.delete(name);
    return new ModulePayload(kinds, this.transient, this.open);
  }

  join(other: Payload): Payload | undefined {
    if (!(other instanceof ModulePayload)) return undefined;
    const kinds = new Map([...this.kinds, ...other.kinds]);
    // A parameter here and a buffer there: of both only the buffer takes any tensor.
    let differs = false;
    for (const [name, kind] of this.kinds) {
      const theirs = other.kinds.get(name);
      if (theirs === undefined || theirs === kind) continue;
      differs = true;
      if (theirs === 'parameter') kinds.set(name, kind);
    }
    const open = this.open || other.open || differs || kinds.size !== this.kinds.size || kinds.size !== other.kinds.size;
    return new ModulePayload(kinds, new Set([...this.transient, ...other.transient]), open);
  }

  same(other: Payload): boolean {
    return (
      other instanceof ModulePayload &&
      (other === this ||
        (other.open === this.open &&
          other.kinds.size === this.kinds.size &&
          [...this.kinds].every(([name, kind]) => other.kinds.get(name) === kind)))
    );
  }

  /** Layers with the same sizes and options, whatever their numbers are. */
  alike(own: ObjectValue, other: ObjectValue, interp: Interpreter): boolean {
    if (interp.mode === 'run' || own.cls.open || own.attrs.size !== other.attrs.size) return false;
    const there = modulePayload(other);
    if (there === undefined || !this.same(there)) return false;
    for (const [name, value] of own.attrs.entries()) {
      const theirs = other.attrs.get(name);
      if (theirs === undefined) return false;
      const same = (a: Value, b: Value): boolean => alikeParts(interp, interp.resolve(a), interp.resolve(b));
      if (name === ORDER ? !sameOrder(heldOrder(value), heldOrder(theirs), same) : !same(value, theirs)) return false;
    }
    return true;
  }
}

function alikeParts(interp: Interpreter, a: Value, b: Value): boolean {
  if (interp.sameValue(a, b)) return true;
  if (a.kind !== 'object' || b.kind !== 'object' || a.cls !== b.cls) return false;
  const payload = a.payload.get();
  return payload instanceof ModulePayload && payload.alike(a, b, interp);
}

/** The order that the attribute for it holds. */
export const heldOrder = (value: Value): Order | undefined => (value.kind === 'tuple' ? value.rest?.order : undefined);

export function modulePayload(value: Value): ModulePayload | undefined {
  if (value.kind !== 'object') return undefined;
  const payload = value.payload.get();
  return payload instanceof ModulePayload ? payload : undefined;
}

/** Whether a module may hold other things than what is registered: its class is not wholly known, or how many it was given is not. */
export const mayHoldMore = (module: ObjectValue): boolean =>
  module.cls.open || module.attrs.has(REST) || modulePayload(module)?.open === true;

/** What a container that takes modules alone may hold of a value that is one thing or another: the others it refused. */
export function onlyModules(interp: Interpreter, given: Value): Value | undefined {
  const value = interp.resolve(given);
  if (value.kind === 'choice') {
    const [yes, no] = [onlyModules(interp, value.yes), onlyModules(interp, value.no)];
    return yes === undefined || no === undefined ? (yes ?? no) : { ...value, yes, no };
  }
  return value.kind === 'unknown' || value.kind === 'none' || isModule(interp, value) || interp.classOf(value).open ? value : undefined;
}

/** Whether an object is an instance of nn.Module, initialised or not. */
export function isModule(interp: Interpreter, value: Value): value is ObjectValue {
  return value.kind === 'object' && value.cls.mro.includes(stateOf(interp).classes.module);
}

export function registerName(interp: Interpreter, module: ObjectValue, name: string, kind: Registered, persistent = true): void {
  const payload = modulePayload(module) ?? new ModulePayload();
  const next = payload.with(name, kind, persistent);
  if (next !== payload) interp.setPayload(module, next);
}

/** Registers a value under a name and sets the attribute. */
export function adopt(interp: Interpreter, module: ObjectValue, name: string, value: Value, kind: Registered, persistent = true): void {
  registerName(interp, module, name, kind, persistent);
  module.attrs.set(name, value);
}

/** What registering by plain assignment makes of a value: `self.fc = nn.Linear(…)`. */
export function kindOf(interp: Interpreter, given: Value): 'parameter' | 'module' | undefined {
  const value = interp.resolve(given);
  if (value.kind === 'choice') return kindOf(interp, value.yes) ?? kindOf(interp, value.no);
  if (value.kind !== 'object') return undefined;
  if (isTensor(value)) return value.cls.mro.includes(stateOf(interp).classes.parameter) ? 'parameter' : undefined;
  return isModule(interp, value) ? 'module' : undefined;
}

/** All that is registered as one kind, in order, None included. */
export function slots(interp: Interpreter, module: ObjectValue, kind: Registered): readonly (readonly [string, Value])[] {
  const found: [string, Value][] = [];
  for (const [name, k] of modulePayload(module)?.kinds ?? []) {
    const value = k === kind ? module.attrs.get(name) : undefined;
    if (value !== undefined) found.push([name, interp.resolve(value)]);
  }
  return found;
}

/** Registered values of one kind, None left out. A value that may be None counts. */
export function registered(interp: Interpreter, module: ObjectValue, kind: Registered): readonly (readonly [string, Value])[] {
  const found: [string, Value][] = [];
  for (const [name, k] of modulePayload(module)?.kinds ?? []) {
    if (k !== kind) continue;
    const attr = module.attrs.get(name);
    if (attr === undefined) continue;
    let value = interp.resolve(attr);
    while (value.kind === 'choice') {
      const [yes, no] = [interp.resolve(value.yes), interp.resolve(value.no)];
      value = yes.kind === 'none' || (isOther(interp, yes, kind) && !isOther(interp, no, kind)) ? no : yes;
    }
    if (value.kind !== 'none' && !isOther(interp, value, kind)) found.push([name, value]);
  }
  return found;
}

/** Whether a value is a parameter where modules are asked for, or a module where parameters are: one name may be either. */
function isOther(interp: Interpreter, value: Value, kind: Registered): boolean {
  const own = kindOf(interp, value);
  return own !== undefined && own !== kind && kind !== 'buffer';
}

/** The module itself and everything below it, depth first, each once, with dotted names. */
export function walk(
  interp: Interpreter,
  module: ObjectValue,
  prefix = '',
  seen = new Set<ObjectValue>(),
): readonly (readonly [string, ObjectValue])[] {
  if (seen.has(module)) return [];
  seen.add(module);
  const found: (readonly [string, ObjectValue])[] = [[prefix, module]];
  for (const [name, child] of registered(interp, module, 'module')) {
    if (isModule(interp, child)) found.push(...walk(interp, child, prefix === '' ? name : `${prefix}.${name}`, seen));
  }
  return found;
}

/** The same with the module that stands for further ones in each container of unknown length. */
function walkAll(interp: Interpreter, module: ObjectValue): readonly ObjectValue[] {
  const seen = new Set<ObjectValue>();
  const found = [module];
  for (const owner of found) {
    for (const [, each] of walk(interp, owner, '', seen)) {
      if (each !== owner) found.push(each);
      const rest = each.attrs.get(REST);
      for (const further of rest === undefined ? [] : sides(interp, rest)) if (isModule(interp, further)) found.push(further);
    }
  }
  return [...new Set(found)];
}

function sides(interp: Interpreter, given: Value): readonly Value[] {
  const value = interp.resolve(given);
  return value.kind === 'choice' ? [...sides(interp, value.yes), ...sides(interp, value.no)] : [value];
}

/** Every parameter and buffer of a module and all below it, also in containers of unknown length, each once. */
export function tensorsBelow(interp: Interpreter, module: ObjectValue): readonly Value[] {
  const found = new Set<Value>();
  for (const owner of walkAll(interp, module)) {
    for (const kind of ['parameter', 'buffer'] as const) for (const [, value] of registered(interp, owner, kind)) found.add(value);
  }
  return [...found];
}

/** Parameters or buffers of a module and all below it, each tensor once. */
export function namedTensors(
  interp: Interpreter,
  module: ObjectValue,
  kind: 'parameter' | 'buffer',
  options: { prefix?: string; recurse?: boolean } = {},
): readonly (readonly [string, Value])[] {
  const found: (readonly [string, Value])[] = [];
  const seen = new Set<Value>();
  for (const [path, owner] of walk(interp, module, options.prefix ?? '')) {
    if (options.recurse === false && owner !== module) continue;
    for (const [name, value] of registered(interp, owner, kind)) {
      if (seen.has(value)) continue;
      seen.add(value);
      found.push([path === '' ? name : `${path}.${name}`, value]);
    }
  }
  return found;
}
