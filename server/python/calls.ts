/**
 * Calls: binding arguments to parameters, running a function's body in a frame of its own, making instances, and
 * calling natives once for each alternative of an argument that is one of two.
 */

import { findAttr, findSpecial, isPresumedMore, mayBeMore } from './attributes.ts';
import { abandonJoinPoint, closeJoinPoint, openJoinPoint, Unreachable } from './branches.ts';
import { errorArguments } from './builtins/exceptions.ts';
import { type Arguments, after } from './call-arguments.ts';
import { lookup } from './classes.ts';
import { escape, forgetAllEffects, forgetByMethods } from './escapes.ts';
import { evaluate } from './expressions.ts';
import { BudgetExceeded, CannotRun, type Fault, PyError } from './faults.ts';
import { makeGenerator } from './generators.ts';
import { Cells } from './heap.ts';
import type { Frame, Interpreter } from './interpreter.ts';
import { isSupposed } from './numbers.ts';
import { localsOf } from './source-names.ts';
import { suggest } from './spelling.ts';
import { executeBlock } from './statements.ts';
import type { Node, Parameter } from './syntax.ts';
import { type ClassValue, type FunctionValue, isPresumed, type NativeValue, type Scope, type UnknownValue, type Value } from './values.ts';

/** How deep calls may nest: Python's own limit when running; less where the stack is the analysis's own. */
const RUN_DEPTH = 900;
const CHECK_DEPTH = 60;
/** How often one function may be on the stack while something unknown decides how deep it goes, and how often under ever more of it. */
const RECURSION = 6;
const DECIDED_ANEW = 2;
/** What a native call costs while checking, in steps. */
const NATIVE = 1;
/** How many alternatives of arguments one call is tried with. */
const MAX_SPLITS = 3;

export function callValue(interp: Interpreter, fn: Value, call: Arguments, node: Node | undefined): Value {
  const f = interp.resolve(fn);
  switch (f.kind) {
    case 'function':
      return callFunction(interp, f, call, node);
    case 'native':
      return callNative(interp, f, call, node, 0);
    case 'method':
      return callValue(interp, f.func, after(f.self, call), node);
    case 'class':
      return construct(interp, f, call, node);
    case 'object': {
      const special = findSpecial(interp, f, '__call__');
      if (special !== undefined) return callValue(interp, special, call, node);
      if (mayBeMore(interp, f)) return interp.unknown();
      break;
    }
    case 'staticmethod':
    case 'classmethod':
      return callValue(interp, f.func, call, node);
    case 'choice':
      return interp.fork(
        f.cond,
        () => callValue(interp, f.yes, call, node),
        () => callValue(interp, f.no, call, node),
        true,
      );
    case 'unknown':
      if (interp.mode === 'run')
        throw new CannotRun(f.name === undefined ? 'this call is not supported' : `\`${f.name}\` is not supported`, node);
      forgetAssigned(f);
      forgetGiven(interp, f, call);
      return interp.library.unknownCall?.(interp, f, call, node) ?? interp.unknown();
    default:
      break;
  }
  if (interp.mode === 'check' && (f.kind === 'none' || f.kind === 'module' || isPresumed(f) || isSupposed(f))) return interp.unknown();
  // An empty list stands in many a table until what is called is put there.
  if (interp.mode === 'check' && f.kind === 'list' && f.slot.get().items.length === 0) return interp.unknown();
  const text = `'${interp.typeName(f)}' object is not callable`;
  throw interp.error({ code: 'not-callable', message: text, exception: 'TypeError', text, origins: [] });
}

function callNative(interp: Interpreter, f: NativeValue, call: Arguments, node: Node | undefined, splits: number): Value {
  if (call.open && f.openArgs !== true) return interp.unknown();
  if (f.choices !== true && interp.mode === 'check') {
    const found = findChoice(interp, call);
    if (found !== undefined) {
      if (splits >= MAX_SPLITS) return callNative(interp, f, found.replaced(interp.unknown()), node, splits);
      const { value } = found;
      return interp.fork(
        value.cond,
        () => callNative(interp, f, found.replaced(value.yes), node, splits + 1),
        () => callNative(interp, f, found.replaced(value.no), node, splits + 1),
        true,
      );
    }
  }
  const native = {
    interp,
    args: call.args,
    kwargs: call.kwargs,
    open: call.open,
    rest: call.rest,
    sequence: call.sequence,
    node: node ?? interp.frame?.node,
  };
  if (interp.mode === 'run') return f.call(native);
  interp.charge(NATIVE);
  try {
    return f.call(native);
  } catch (error) {
    // A mistake of our own costs what this call would have said, not the rest of the file.
    if (
      !(error instanceof Error) ||
      error instanceof RangeError ||
      error instanceof BudgetExceeded ||
      error instanceof CannotRun ||
      error instanceof Unreachable
    )
      throw error;
    interp.observer.mistake?.(error, f.name);
    return interp.unknown();
  }
}

/** A method of something unknown may change whatever was assigned to it. */
function forgetAssigned(method: UnknownValue): void {
  const owner = method.notes.get('of') as UnknownValue | undefined;
  if (owner === undefined) return;
  for (const [name, value] of [...owner.attrs]) if (value.kind !== 'unknown') owner.attrs.delete(name);
}

/**
 * Something unknown may fill the empty lists, dicts and sets that it is given (the `args=` of a thread, an output list), and call
 * the functions: at once or whenever it is called again.
 */
function forgetGiven(interp: Interpreter, f: UnknownValue, call: Arguments): void {
  forgetAllEffects(interp);
  const visit = (value: Value, depth: number): void => {
    const v = interp.resolve(value);
    if (v.kind === 'function') escape(interp, v, undefined);
    if (v.kind === 'method' && v.func.kind === 'function') escape(interp, v.func, v.self);
    if (depth < 2 && v.kind === 'object') {
      for (const [, held] of v.attrs.entries()) if (held.kind === 'function') escape(interp, held, undefined);
      forgetByMethods(interp, v);
    }
    if (v.kind === 'list' || v.kind === 'dict' || v.kind === 'set') forgetThatEmpty(interp, v);
    if (depth < 2 && (v.kind === 'tuple' || v.kind === 'list')) for (const item of interp.content(v)?.items ?? []) visit(item, depth + 1);
    if (depth < 2 && v.kind === 'dict') for (const [, item] of v.slot.get().entries.values()) visit(item, depth + 1);
  };
  for (const value of [...call.args, ...call.kwargs.values()]) visit(value, 0);
  // `monkeypatch.setattr(module, "name", …)`
  const [of, name] = call.args;
  const attribute = f.name === 'setattr' && name !== undefined ? interp.asString(name) : undefined;
  if (of !== undefined && attribute !== undefined) interp.setAttr(of, attribute, call.args[2] ?? interp.unknown(attribute));
}

/** An empty container that something has filled since: it holds nobody knows what. */
export function forgetThatEmpty(interp: Interpreter, v: Value): void {
  if (v.kind === 'list') {
    const { items, rest } = v.slot.get();
    // So does a list of places that are left free.
    if (items.length > 0 && rest === undefined && items.every((item) => interp.resolve(item).kind === 'none')) {
      v.slot.set({ items: items.map(() => interp.unknown()), rest });
      return;
    }
    if (rest !== undefined && items.length === 0 && interp.resolve(rest.element).kind === 'none') {
      v.slot.set({ items, rest: { ...rest, element: interp.unknown() } });
      return;
    }
    if (items.length === 0 && rest === undefined) {
      v.slot.set({ items, rest: { element: interp.unknown(), length: interp.freshInt('?', { least: 0 }).dim } });
    }
    for (const item of rest === undefined ? items : [...items, rest.element]) {
      const inner = interp.resolve(item);
      if (inner.kind === 'list' && inner.slot.get().items.length === 0) forgetThatEmpty(interp, inner);
    }
  } else if (v.kind === 'dict' || (v.kind === 'set' && !v.frozen)) {
    const { entries, rest } = v.slot.get();
    if (entries.size === 0 && rest === undefined) {
      const element = interp.unknown();
      v.slot.set({ entries, rest: { key: element, value: v.kind === 'set' ? element : interp.unknown() } });
    }
  }
}

interface FoundChoice {
  readonly value: Extract<Value, { kind: 'choice' }>;
  replaced(by: Value): Arguments;
}

/** The first argument, or item of an argument that is a tuple, that is one of two values. */
function findChoice(interp: Interpreter, call: Arguments): FoundChoice | undefined {
  for (let i = 0; i < call.args.length; i++) {
    const found = choiceIn(interp, call.args[i] as Value);
    if (found !== undefined) {
      return { value: found.value, replaced: (by) => ({ ...call, args: call.args.map((a, j) => (j === i ? found.put(by) : a)) }) };
    }
  }
  for (const [name, value] of call.kwargs) {
    const found = choiceIn(interp, value);
    if (found !== undefined) {
      return { value: found.value, replaced: (by) => ({ ...call, kwargs: new Map(call.kwargs).set(name, found.put(by)) }) };
    }
  }
  return undefined;
}

function choiceIn(interp: Interpreter, value: Value): { value: Extract<Value, { kind: 'choice' }>; put: (by: Value) => Value } | undefined {
  const v = interp.resolve(value);
  if (v.kind === 'choice') return { value: v, put: (by) => by };
  if (v.kind !== 'tuple' || v.items.length > 8) return undefined;
  for (let i = 0; i < v.items.length; i++) {
    const item = interp.resolve(v.items[i] as Value);
    if (item.kind === 'choice') return { value: item, put: (by) => ({ ...v, items: v.items.map((x, j) => (j === i ? by : x)) }) };
  }
  return undefined;
}

function construct(interp: Interpreter, cls: ClassValue, call: Arguments, node: Node | undefined): Value {
  const found = lookup(cls, '__new__');
  const maker = found?.kind === 'staticmethod' ? found.func : found;
  if (cls.construct !== undefined && maker?.kind !== 'function') {
    if (call.open) return interp.unknown();
    const make = cls.construct;
    return callNative(interp, { kind: 'native', name: cls.name, call: (c) => make(c, cls) }, call, node, 0);
  }
  // What a native constructor would make of arguments that are not all known is not known either.
  const init = call.open ? lookup(cls, '__init__') : undefined;
  if (init?.kind === 'native' && !(init.anyNumber === true && call.sequence !== undefined)) return interp.unknown();
  // `object.__new__` looks at no argument, so one of two values is no reason to make two objects.
  if (maker !== undefined && maker.kind !== 'native') {
    const made = callValue(interp, maker, after(cls, call), node);
    const r = interp.resolve(made);
    if (r.kind !== 'object' || !r.cls.mro.includes(cls)) return made;
    initialise(interp, r, cls, call, node);
    return r;
  }
  const object = interp.object(cls);
  initialise(interp, object, cls, call, node);
  return object;
}

function initialise(interp: Interpreter, object: Value, cls: ClassValue, call: Arguments, node: Node | undefined): void {
  const init = lookup(cls, '__init__');
  if (init !== undefined) callValue(interp, init, after(object, call), node);
  else if (!cls.open && (call.args.length > 0 || call.kwargs.size > 0)) {
    const text = `${cls.name}() takes no arguments`;
    throw interp.error({ code: 'call-arguments', message: text, exception: 'TypeError', text, origins: [] });
  }
}

/** A method without a body stands for what subclasses do. */
function isStub(fn: FunctionValue): boolean {
  if (fn.node.kind !== 'FunctionDef' || fn.name.startsWith('__')) return false;
  return fn.node.body.every((s) => s.kind === 'Pass' || (s.kind === 'ExpressionStatement' && s.value.kind === 'Constant'));
}

/** A method of a base that ends in saying that subclasses have to write it, or only gives nothing where they give something. */
function isRefusal(fn: FunctionValue): boolean {
  if (fn.node.kind !== 'FunctionDef') return false;
  const last = fn.node.body.at(-1);
  if (last?.kind === 'Return' && fn.node.body.slice(0, -1).every((s) => s.kind === 'ExpressionStatement' && s.value.kind === 'Constant'))
    return last.value === undefined || (last.value.kind === 'Constant' && last.value.type === 'none');
  if (last?.kind !== 'Raise') return false;
  const raised = last.value?.kind === 'Call' ? last.value.func : last.value;
  return raised?.kind === 'Name' && raised.name === 'NotImplementedError';
}

export function callFunction(interp: Interpreter, fn: FunctionValue, call: Arguments, node: Node | undefined): Value {
  interp.tick();
  const depth = interp.frames.length;
  if (interp.mode === 'run') {
    if (depth >= RUN_DEPTH) interp.raise('RecursionError', 'maximum recursion depth exceeded');
  } else if (depth >= CHECK_DEPTH || (interp.path.length > 0 && isDeep(interp, fn))) {
    return interp.unknown();
  }
  if (interp.mode === 'check' && fn.owner !== undefined && (isStub(fn) || (depth > 0 && isRefusal(fn) && isPresumedMore(call.args[0]))))
    return interp.unknown();
  const cells = new Cells(interp.heap);
  const bound = bindInherited(interp, fn, call, cells);
  if (bound === undefined) return interp.unknown();
  const scope: Scope = {
    cells,
    parent: fn.scope.classBody ? fn.scope.parent : fn.scope,
    globals: fn.scope.globals,
    redirected: new Map(),
    classBody: false,
    locals: localsOf(fn.node),
  };
  const frame: Frame = {
    scope,
    name: fn.name,
    file: fn.file,
    node: fn.node,
    exit: undefined,
    loops: [],
    yields: undefined,
    result: undefined,
    handling: undefined,
    fn,
    args: bound,
    qualifiedPrefix: `${fn.qualifiedName}.<locals>`,
  };
  interp.observer.entered?.(fn);
  interp.declarations?.entered(frame, node);
  if (fn.node.kind === 'FunctionDef' && fn.node.generator) return makeGenerator(interp, fn, frame);
  const caller = interp.frame;
  if (caller !== undefined && node !== undefined) caller.node = node;
  const result = runFrame(interp, fn, frame, bound);
  interp.declarations?.left(frame, node, result);
  return result;
}

/** Undefined where arguments do not fit a method that the object's own class, which is not known, may have in another form. */
function bindInherited(interp: Interpreter, fn: FunctionValue, call: Arguments, cells: Cells): ReadonlyMap<string, Value> | undefined {
  try {
    return bindParameters(interp, fn, call, cells);
  } catch (error) {
    if (error instanceof PyError && fn.owner !== undefined && fn.name !== '__init__' && isPresumedMore(call.args[0])) return undefined;
    throw error;
  }
}

/** Runs the body and gives its result; both are joined over the paths that return. */
export function runFrame(interp: Interpreter, fn: FunctionValue, frame: Frame, bound: ReadonlyMap<string, Value>): Value {
  const point = openJoinPoint(interp);
  // Closed once, also where nothing arrives.
  let open = point;
  const running: Frame = { ...frame, exit: point };
  const base = interp.frames.length;
  const depth = interp.path.length;
  interp.frames.push(running);
  const handlers = interp.handlers.length;
  let result: Value;
  try {
    if (fn.node.kind === 'Lambda') {
      const value = evaluate(interp, fn.node.body);
      result = closeJoinPoint(interp, point, true, value).value ?? value;
      open = undefined;
    } else {
      const completion = executeBlock(interp, fn.node.body);
      const value = completion === 'return' ? (running.result ?? interp.none) : interp.none;
      const closed = closeJoinPoint(interp, point, completion !== 'dead', value);
      open = undefined;
      // A generator that never ends gives what it has given.
      if (!closed.alive && frame.yields === undefined) throw deadEnd(interp);
      result = closed.value ?? interp.none;
    }
  } catch (error) {
    interp.handlers.length = handlers;
    if (open !== undefined && open.exits.length > 0 && error instanceof PyError) {
      // Some paths returned before this one raised: they are what the caller sees.
      const closed = closeJoinPoint(interp, open, false, undefined);
      if (closed.alive) {
        interp.observer.left?.(fn, bound, closed.value ?? interp.none);
        return closed.value ?? interp.none;
      }
    } else abandonJoinPoint(interp, open);
    throw error;
  } finally {
    interp.frames.length = base;
    interp.path.length = Math.min(depth, interp.path.length);
  }
  interp.observer.left?.(fn, bound, result);
  return result;
}

/** Every path raised, each under a condition of its own. */
function deadEnd(interp: Interpreter): PyError {
  return makeError(interp, 'Exception', 'no path returns', undefined);
}

/** Whether the function has called itself so often that a further call says no more. */
function isDeep(interp: Interpreter, fn: FunctionValue): boolean {
  let times = 0;
  let anew = 0;
  let conditions = Number.POSITIVE_INFINITY;
  const seen = ({ exit }: Frame): number => exit?.pathDepth ?? 0;
  for (const frame of interp.frames) {
    if (frame.fn?.node !== fn.node) continue;
    times++;
    if (seen(frame) > conditions) anew++;
    conditions = seen(frame);
  }
  if (times === 0) return false;
  if (interp.path.length > conditions) anew++;
  return times >= RECURSION || anew > DECIDED_ANEW;
}

/** Puts the arguments into the function's variables; raises Python's TypeError where they do not fit. */
function bindParameters(interp: Interpreter, fn: FunctionValue, call: Arguments, cells: Cells): ReadonlyMap<string, Value> {
  const params = fn.node.params.items;
  const bound = new Map<string, Value>();
  const put = (p: Parameter, value: Value) => {
    cells.set(p.name, value);
    bound.set(p.name, value);
  };
  const positional = params.filter((p) => p.pass === 'positional' || p.pass === 'either');
  const star = params.find((p) => p.pass === 'star');
  const starStar = params.find((p) => p.pass === 'star-star');
  const given = Math.min(call.args.length, positional.length);
  for (let i = 0; i < given; i++) put(positional[i] as Parameter, call.args[i] as Value);
  if (star !== undefined) {
    const extra = call.args.slice(positional.length);
    const known = call.args.length >= positional.length ? call.rest : undefined;
    const rest = call.open ? (known ?? { element: interp.unknown(star.name), length: interp.freshInt('?', { least: 0 }).dim }) : undefined;
    put(star, interp.tuple(extra, rest === undefined ? {} : { rest }));
  } else if (call.args.length > positional.length) tooMany(interp, fn, positional, call);
  const others: [Value, Value][] = [];
  for (const [name, value] of call.kwargs) {
    const p = params.find((q) => q.name === name && (q.pass === 'either' || q.pass === 'keyword'));
    if (p === undefined) {
      if (starStar === undefined) unexpected(interp, fn, name, params);
      others.push([interp.str(name), value]);
    } else if (bound.has(name)) {
      throw badCall(interp, `${fn.qualifiedName}() got multiple values for argument '${name}'`);
    } else put(p, value);
  }
  if (starStar !== undefined) {
    put(starStar, interp.dict(others, call.open ? { rest: { key: interp.str(), value: interp.unknown() } } : {}));
  }
  const missing: Parameter[] = [];
  for (const p of params) {
    if (bound.has(p.name) || p.pass === 'star' || p.pass === 'star-star') continue;
    const value = fn.defaults.get(p.name);
    if (call.open) put(p, interp.unknown(p.name));
    else if (value !== undefined) put(p, value.kind === 'none' ? { kind: 'none', absent: interp.path.length } : value);
    else missing.push(p);
  }
  if (missing.length > 0) missingArguments(interp, fn, missing);
  return bound;
}

function badCall(interp: Interpreter, text: string, fault?: Partial<Fault>): PyError {
  return interp.error({ code: 'call-arguments', message: text, exception: 'TypeError', text, origins: [], ...fault });
}

/**
 * Whether the call passes its function's own `**kwargs` on, on one path of several: which path is taken, the caller knows, who
 * gives the keywords to it (`make(kind, **kwargs)`).
 */
function isForwarding(interp: Interpreter): boolean {
  const { frame } = interp;
  if (interp.mode === 'run' || frame?.fn === undefined || frame.exit === undefined || frame.node?.kind !== 'Call') return false;
  if (interp.path.length <= frame.exit.pathDepth) return false;
  const own = frame.fn.node.params.items.find((p) => p.pass === 'star-star')?.name;
  return own !== undefined && frame.node.args.some((a) => a.star === 2 && a.value.kind === 'Name' && a.value.name === own);
}

/** Arguments that do not fit; those that are only passed on say that this path is not the one, and nothing is to be reported. */
export function misfit(interp: Interpreter, text: string, fault?: Partial<Fault>): PyError {
  return isForwarding(interp) ? makeError(interp, 'TypeError', text, undefined) : badCall(interp, text, fault);
}

function unexpected(interp: Interpreter, fn: FunctionValue, name: string, params: readonly Parameter[]): never {
  if (params.some((p) => p.name === name && p.pass === 'positional')) {
    throw badCall(interp, `${fn.qualifiedName}() got some positional-only arguments passed as keyword arguments: '${name}'`);
  }
  const text = `${fn.qualifiedName}() got an unexpected keyword argument '${name}'`;
  const names = params.map((p) => p.name);
  throw misfit(interp, text, { ...suggest(text, name, names), code: 'unexpected-keyword' });
}

function tooMany(interp: Interpreter, fn: FunctionValue, positional: readonly Parameter[], call: Arguments): never {
  const required = positional.filter((p) => !fn.defaults.has(p.name)).length;
  const takes = required === positional.length ? `${required}` : `from ${required} to ${positional.length}`;
  const plural = positional.length === 1 ? '' : 's';
  const given = call.args.length;
  throw badCall(
    interp,
    `${fn.qualifiedName}() takes ${takes} positional argument${plural} but ${given} ${given === 1 ? 'was' : 'were'} given`,
  );
}

function missingArguments(interp: Interpreter, fn: FunctionValue, missing: readonly Parameter[]): never {
  const keyword = missing.every((p) => p.pass === 'keyword');
  const listed = missing.filter((p) => (p.pass === 'keyword') === keyword).map((p) => `'${p.name}'`);
  const last = listed.pop() as string;
  const names = listed.length === 0 ? last : listed.length === 1 ? `${listed[0]} and ${last}` : `${listed.join(', ')}, and ${last}`;
  const count = listed.length + 1;
  const kind = keyword ? 'keyword-only' : 'positional';
  throw misfit(interp, `${fn.qualifiedName}() missing ${count} required ${kind} argument${count === 1 ? '' : 's'}: ${names}`);
}

/** An exception object of a builtin class, ready to be thrown. */
export function makeError(interp: Interpreter, exception: string, text: string, fault: Fault | undefined): PyError {
  const cls = interp.builtins.names.get(exception);
  const value = cls?.kind === 'class' ? interp.object(cls) : interp.object(interp.builtinClass('Exception'));
  value.attrs.set('args', interp.tuple(errorArguments(interp, exception, text)));
  return new PyError(value, exception, text, interp.stack(), fault);
}

/** Whether the value can be called at all; unknown where nothing is known of it. */
export function isCallable(interp: Interpreter, value: Value): boolean | undefined {
  const v = interp.resolve(value);
  if (v.kind === 'unknown' || v.kind === 'choice') return undefined;
  if (v.kind === 'function' || v.kind === 'native' || v.kind === 'method' || v.kind === 'class') return true;
  return findAttr(interp, v, '__call__') !== undefined;
}
