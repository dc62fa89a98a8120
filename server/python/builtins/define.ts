/**
 * How native functions are written down: a Python signature, parsed once, and a body that gets its arguments in the
 * order of the signature. Owns the binding of arguments and the texts of its errors; knows no function.
 */
import type { Interpreter } from '../interpreter.ts';
import type { ClassValue, NativeCall, NativeValue, ObjectValue, Payload, Value } from '../values.ts';

/** `a` holds the arguments in the order of the signature, undefined where a default applies; `extra` what `*args` took. */
export type Body = (a: readonly (Value | undefined)[], call: NativeCall, extra: readonly Value[]) => Value;

export type NativeOptions = Partial<Omit<NativeValue, 'kind' | 'name' | 'call' | 'signature'>>;

interface Signature {
  readonly name: string;
  readonly names: readonly string[];
  /** How many may be given by position. */
  readonly positional: number;
  /** The first that may be given by name. */
  readonly named: number;
  readonly required: readonly boolean[];
  readonly star: boolean;
  readonly doubleStar: boolean;
  readonly method: boolean;
}

/** Signatures by their text: every interpreter defines the same functions. */
const signatures = new Map<string, Signature>();

function parseSignature(text: string): Signature {
  let signature = signatures.get(text);
  if (signature === undefined) signatures.set(text, (signature = readSignature(text)));
  return signature;
}

function readSignature(text: string): Signature {
  const open = text.indexOf('(');
  const name = text.slice(0, open).trim();
  const names: string[] = [];
  const required: boolean[] = [];
  let positional = -1;
  let named = 0;
  let star = false;
  let doubleStar = false;
  const inner = text.slice(open + 1, text.lastIndexOf(')')).trim();
  for (const part of inner.split(',').map((p) => p.trim())) {
    if (part === '') continue;
    if (part === '/') named = names.length;
    else if (part.startsWith('**')) doubleStar = true;
    else if (part.startsWith('*')) {
      positional = names.length;
      star = part.length > 1;
    } else {
      const at = part.indexOf('=');
      names.push(at < 0 ? part : part.slice(0, at).trim());
      required.push(at < 0);
    }
  }
  return {
    name,
    names,
    positional: positional < 0 ? names.length : positional,
    named,
    required,
    star,
    doubleStar,
    method: names[0] === 'self',
  };
}

/** A value of a builtin type inside an instance of a user's subclass of it. */
export class Boxed implements Payload {
  readonly value: Value;

  constructor(value: Value) {
    this.value = value;
  }

  join(other: Payload): Payload | undefined {
    return this.same(other) ? this : undefined;
  }

  same(other: Payload): boolean {
    return other instanceof Boxed && other.value === this.value;
  }
}

/** The builtin value that an instance of a user's subclass of a builtin type holds. */
export function unbox(interp: Interpreter, value: Value): Value {
  const v = interp.resolve(value);
  if (v.kind !== 'object') return v;
  const payload = v.payload.get();
  return payload instanceof Boxed ? payload.value : v;
}

export function box(interp: Interpreter, cls: ClassValue, value: Value): ObjectValue {
  return interp.object(cls, new Boxed(value));
}

const none: readonly Value[] = [];

const None: Value = { kind: 'none' };

/** None, after what was done for its effect. */
export function done(..._effects: readonly unknown[]): Value {
  return None;
}

/** A native function by its signature: `sorted(iterable, /, *, key=None, reverse=False)`. A parameter `self` is unboxed. */
export function define(interp: Interpreter, signature: string, body: Body, options?: NativeOptions): NativeValue {
  const parsed = parseSignature(signature);
  const least = parsed.required.lastIndexOf(true) + 1;
  const call = (given: NativeCall): Value => {
    const { args, kwargs } = given;
    const bound: (Value | undefined)[] = new Array(parsed.names.length);
    const n = Math.min(args.length, parsed.positional);
    for (let i = 0; i < n; i++) bound[i] = given.interp.resolve(args[i] as Value);
    if (parsed.method && n > 0) bound[0] = unbox(given.interp, bound[0] as Value);
    if (args.length > n && !parsed.star) tooMany(given.interp, parsed, bound[0], args.length);
    if (kwargs.size > 0) bindKeywords(given, parsed, bound);
    if (!given.open && n < least) missing(given.interp, parsed, bound, args.length);
    return body(bound, given, args.length > n ? args.slice(n) : none);
  };
  return interp.native(parsed.name, call, { signature, ...options });
}

function bindKeywords(call: NativeCall, s: Signature, bound: (Value | undefined)[]): void {
  for (const [name, value] of call.kwargs) {
    const index = s.names.indexOf(name);
    if (index >= s.named) {
      if (bound[index] !== undefined)
        badCall(call.interp, `argument for ${s.name}() given by name ('${name}') and position (${index + 1})`);
      bound[index] = call.interp.resolve(value);
    } else if (!s.doubleStar && call.interp.mode === 'run') {
      // While checking, a keyword that is not listed here is let pass: a newer Python may have it.
      if (s.names.length === 0 || s.named >= s.names.length) call.interp.raise('TypeError', `${s.name}() takes no keyword arguments`);
      call.interp.raise('TypeError', `'${name}' is an invalid keyword argument for ${s.name}()`);
    }
  }
}

/** `list.append()` for a method, `len()` for a function. */
function shownName(interp: Interpreter, s: Signature, self: Value | undefined): string {
  return s.method && self !== undefined ? `${interp.typeName(self)}.${s.name}()` : `${s.name}()`;
}

/** Python's own TypeError for arguments that do not fit, reported like that of a user's function. */
function badCall(interp: Interpreter, text: string): never {
  throw interp.error({ code: 'call-arguments', message: text, exception: 'TypeError', text, origins: [] });
}

/** CPython's words for a wrong number of arguments of a function whose arguments have no names. */
function wrongCount(interp: Interpreter, s: Signature, self: Value | undefined, given: number): never {
  const own = s.method ? 1 : 0;
  const most = s.star ? Infinity : s.positional - own;
  const least = s.required.slice(own, s.positional).filter(Boolean).length;
  const count = given - own;
  if (most === 0) badCall(interp, `${shownName(interp, s, self)} takes no arguments (${count} given)`);
  if (most === 1 && least === 1) badCall(interp, `${shownName(interp, s, self)} takes exactly one argument (${count} given)`);
  const wanted = count < least ? least : most;
  const bound = most === least ? '' : count < least ? 'at least ' : 'at most ';
  badCall(interp, `${s.name} expected ${bound}${wanted} argument${wanted === 1 ? '' : 's'}, got ${count}`);
}

function tooMany(interp: Interpreter, s: Signature, self: Value | undefined, given: number): never {
  const own = s.method ? 1 : 0;
  const most = s.positional - own;
  if (s.named >= s.names.length) wrongCount(interp, s, self, given);
  badCall(interp, `${s.name}() takes at most ${most} argument${most === 1 ? '' : 's'} (${given - own} given)`);
}

function missing(interp: Interpreter, s: Signature, bound: readonly (Value | undefined)[], given: number): void {
  const index = s.required.findIndex((required, i) => required && bound[i] === undefined);
  if (index < 0) return;
  if (s.named >= s.names.length) wrongCount(interp, s, bound[0], given);
  badCall(interp, `${s.name}() missing required argument '${s.names[index]}' (pos ${index + 1 - (s.method ? 1 : 0)})`);
}

/** Natives by the names in their signatures: the attributes of a class or a module. */
export function table(
  interp: Interpreter,
  entries: readonly (readonly [signature: string, body: Body, options?: NativeOptions])[],
): Record<string, Value> {
  const result: Record<string, Value> = {};
  for (const [signature, body, options] of entries) {
    const fn = define(interp, signature, body, options);
    result[fn.name] = fn;
  }
  return result;
}
