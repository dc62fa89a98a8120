/**
 * `copy`: shallow and deep copies of every value that can change.
 */
import { Boxed, unbox } from '../builtins/define.ts';
import { copied } from '../builtins/dict-methods.ts';
import { makeDict, makeSet } from '../builtins/mutation.ts';
import type { Interpreter } from '../interpreter.ts';
import type { ModuleValue, ObjectValue, UnknownValue, Value } from '../values.ts';
import { closedModule, Holder } from './module.ts';

/** Copies made so far, by original, so that what is shared stays shared. */
type Memo = Map<Value, Value>;

/** `copy.deepcopy(value)`. */
export function deepCopy(interp: Interpreter, value: Value, memo: Memo = new Map()): Value {
  const v = interp.resolve(value);
  const known = memo.get(v);
  if (known !== undefined) return known;
  const deep = (item: Value) => deepCopy(interp, item, memo);
  switch (v.kind) {
    case 'list': {
      const copy = interp.list([]);
      memo.set(v, copy);
      const { items, rest } = v.slot.get();
      copy.slot.set({ items: items.map(deep), rest });
      return copy;
    }
    case 'dict': {
      const copy = makeDict(interp, { entries: new Map(), rest: undefined }, v);
      memo.set(v, copy);
      const { entries, rest } = v.slot.get();
      copy.slot.set({ entries: new Map([...entries].map(([key, [k, item]]) => [key, [deep(k), deep(item)] as const])), rest });
      return copy;
    }
    case 'set':
      return makeSet(interp, copied(v.slot.get()), v.frozen);
    case 'tuple':
      return v.open !== undefined ? v : { ...v, items: v.items.map(deep) };
    case 'object':
      return deepObject(interp, v, memo);
    case 'choice':
      return { ...v, yes: deep(v.yes), no: deep(v.no) };
    case 'method':
      return { ...v, self: deep(v.self) };
    case 'unknown':
      return copyOfUnknown(interp, v, deep);
    default:
      return v;
  }
}

function deepObject(interp: Interpreter, v: ObjectValue, memo: Memo): Value {
  const own = interp.callMethod(v, '__deepcopy__', [interp.dict([])]);
  if (own !== undefined) {
    memo.set(v, own);
    return own;
  }
  const payload = v.payload.get();
  const copy = interp.object(v.cls, payload);
  memo.set(v, copy);
  if (payload instanceof Boxed) interp.setPayload(copy, new Boxed(deepCopy(interp, payload.value, memo)));
  else if (payload?.deepCopy !== undefined)
    interp.setPayload(
      copy,
      payload.deepCopy(interp, (inner) => deepCopy(interp, inner, memo)),
    );
  else if (payload instanceof Holder) interp.setPayload(copy, deepHolder(interp, payload, memo));
  for (const [name, value] of v.attrs.entries()) copy.attrs.set(name, deepCopy(interp, value, memo));
  return copy;
}

/** Native data with values in its fields: those are copied too. */
function deepHolder(interp: Interpreter, holder: Holder<unknown>, memo: Memo): Holder<unknown> {
  const { data } = holder;
  if (typeof data !== 'object' || data === null) return holder;
  const copy = Object.create(Object.getPrototypeOf(data) as object) as Record<string, unknown>;
  for (const [name, part] of Object.entries(data)) {
    const isValue = typeof part === 'object' && part !== null && 'kind' in part;
    copy[name] = isValue ? deepCopy(interp, part as Value, memo) : part;
  }
  return new Holder<unknown>(copy);
}

/** Another value, of which as little is known, with the same attributes: what is set on it is not set on the original. */
function copyOfUnknown(interp: Interpreter, v: UnknownValue, part: (item: Value) => Value): Value {
  const copy = interp.unknown(v.name, v.origin);
  for (const [name, item] of v.attrs) copy.attrs.set(name, item.kind === 'unknown' ? item : part(item));
  for (const [name, note] of v.notes) copy.notes.set(name, note);
  return copy;
}

/** `copy.copy(value)`. */
export function shallowCopy(interp: Interpreter, value: Value): Value {
  const v = interp.resolve(value);
  switch (v.kind) {
    case 'list': {
      const { items, rest } = v.slot.get();
      return interp.list({ items: items.slice(), rest });
    }
    case 'dict':
      return makeDict(interp, copied(v.slot.get()), v);
    case 'set':
      return makeSet(interp, copied(v.slot.get()), v.frozen);
    case 'object': {
      const own = interp.callMethod(v, '__copy__', []);
      if (own !== undefined) return own;
      const payload = v.payload.get();
      const copy = interp.object(v.cls, payload instanceof Boxed ? new Boxed(shallowCopy(interp, unbox(interp, v))) : payload);
      for (const [name, item] of v.attrs.entries()) copy.attrs.set(name, item);
      return copy;
    }
    case 'unknown':
      return copyOfUnknown(interp, v, (item) => item);
    default:
      return v;
  }
}

export function copyModule(interp: Interpreter): ModuleValue {
  return closedModule(
    interp,
    'copy',
    [
      ['copy(x)', (a) => shallowCopy(interp, a[0] as Value)],
      ['deepcopy(x, memo=None)', (a) => deepCopy(interp, a[0] as Value)],
    ],
    { Error: interp.builtin('Exception'), error: interp.builtin('Exception') },
  );
}
