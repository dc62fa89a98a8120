/**
 * nn.Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict: modules that hold others under numbers or names.
 */

import { valueOf as numberOf } from '../dims/dim.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { iteratorOver } from '../python/iteration.ts';
import { widen } from '../python/join.ts';
import { oneOf } from '../python/one-of-many.ts';
import { ordered } from '../python/order.ts';
import type { NativeCall, ObjectValue, Value } from '../python/values.ts';
import { numbersOf } from '../shapes/shape.ts';
import { Context } from './context.ts';
import type { ModuleEntry } from './entry.ts';
import { orderOf, setFurther, throughFurther } from './further-modules.ts';
import { checkModule, indentRest, layOut } from './module.ts';
import { ModuleScope } from './module-context.ts';
import type { Registered } from './module-registry.ts';
import { adopt, ModulePayload, modulePayload, ORDER, onlyModules, REST, registered, slots } from './module-registry.ts';
import { payloadOf } from './tensor.ts';

/** Methods that keep what they are given: one of several modules is one item. */
const WHOLE: ReadonlySet<string> = new Set(['append', 'insert', '__setitem__']);

type Body = (self: ObjectValue, call: NativeCall) => Value;

function methods(interp: Interpreter, bodies: Readonly<Record<string, Body>>): Record<string, Value> {
  const made: Record<string, Value> = {};
  for (const [name, body] of Object.entries(bodies)) {
    made[name] = interp.native(
      name,
      (call) => {
        const self = interp.resolve(call.args[0] as Value);
        return self.kind === 'object' ? body(self, { ...call, args: call.args.slice(1) }) : interp.unknown();
      },
      { choices: WHOLE.has(name) },
    );
  }
  return made;
}

/** The items in order; a further unknown number of items where a list of unknown length was given. */
function itemsOf(interp: Interpreter, self: ObjectValue, kind: Registered): readonly Value[] {
  return slots(interp, self, kind).map(([, value]) => value);
}

function numbered(interp: Interpreter, self: ObjectValue, kind: Registered): readonly Value[] {
  return slots(interp, self, kind).flatMap(([name, value]) => (/^\d+$/.test(name) ? [value] : []));
}

function append(interp: Interpreter, self: ObjectValue, value: Value, kind: Registered): void {
  const rest = self.attrs.get(REST);
  if (rest !== undefined || modulePayload(self)?.open === true || self.id < (interp.uncounted.at(-1)?.before ?? 0)) {
    // One of unknown number, or behind such: there is no telling which one it is.
    const same = rest === undefined || interp.sameValue(rest, value);
    const order = orderOf(self);
    setFurther(interp, self, same ? value : interp.join(interp.freshFlag('?'), rest, value), order && [...order, value]);
    return;
  }
  const count = [...(modulePayload(self)?.kinds.keys() ?? [])].length;
  adopt(interp, self, String(count), value, kind);
}

function rename(interp: Interpreter, self: ObjectValue, values: readonly Value[], kind: Registered): void {
  for (const name of modulePayload(self)?.kinds.keys() ?? []) self.attrs.delete(name);
  interp.setPayload(self, new ModulePayload());
  self.attrs.delete(ORDER);
  for (const value of values) append(interp, self, value, kind);
}

/** Adds everything in an iterable. */
function extend(ctx: Context, self: ObjectValue, given: Value, kind: Registered): void {
  const { interp } = ctx;
  const value = interp.resolve(given);
  if (value.kind === 'none') return;
  const own = value.kind === 'object' && modulePayload(value) !== undefined && interp.findAttr(value, '__iter__') === undefined;
  if (own || value.kind === 'int' || value.kind === 'float' || value.kind === 'bool') {
    const type = interp.typeName(value);
    ctx.fail({
      code: 'call-arguments',
      exception: 'TypeError',
      text: `${self.cls.name}.extend should be called with an iterable, but got ${type}`,
      message: `${self.cls.name}: a list is needed, not ${type}`,
    });
  }
  const it = interp.iterate(value);
  for (let item = it.pull(); item !== undefined; item = it.pull())
    append(interp, self, kind === 'module' ? checked(interp, item) : parameterOf(interp, item), kind);
  const rest = it.rest();
  if (rest === undefined) return;
  setFurther(interp, self, rest.element, self.attrs.has(REST) ? undefined : rest.order);
}

/** What it holds is not known any more. */
function forget(interp: Interpreter, self: ObjectValue, kind: Registered): void {
  rename(interp, self, [], kind);
  self.attrs.set(REST, interp.unknown());
}

function checked(interp: Interpreter, value: Value): Value {
  checkModule(interp, value);
  return value;
}

/** A ParameterList turns tensors into parameters. */
function parameterOf(interp: Interpreter, given: Value): Value {
  const value = interp.resolve(given);
  const ctx = new Context(interp, 'ParameterList', undefined);
  const { parameter } = ctx.state.classes;
  if (payloadOf(value) === undefined || (value.kind === 'object' && value.cls.mro.includes(parameter))) return value;
  return interp.call(parameter, [value]);
}

function restOf(interp: Interpreter, self: ObjectValue): Value | undefined {
  const value = self.attrs.get(REST);
  if (value !== undefined) return interp.resolve(value);
  return modulePayload(self)?.open === true ? interp.unknown() : undefined;
}

function length(interp: Interpreter, self: ObjectValue, kind: Registered): Value {
  const n = itemsOf(interp, self, kind).length;
  return restOf(interp, self) === undefined ? interp.int(n) : interp.freshInt('?', { least: n });
}

function iterator(interp: Interpreter, self: ObjectValue, kind: Registered): Value {
  const rest = restOf(interp, self);
  return iteratorOver({
    items: itemsOf(interp, self, kind),
    rest: rest === undefined ? undefined : ordered({ element: rest, length: interp.freshInt('?', { least: 0 }).dim }, orderOf(self)),
  });
}

function item(interp: Interpreter, self: ObjectValue, call: NativeCall, kind: Registered): Value {
  const items = itemsOf(interp, self, kind);
  const index = interp.resolve(call.args[0] as Value);
  const rest = restOf(interp, self);
  if (index.kind === 'slice') {
    const none = (v: Value): boolean => interp.resolve(v).kind === 'none';
    const at = (v: Value): number | undefined => (none(v) ? undefined : interp.asInt(v));
    if (rest !== undefined || (!none(index.step) && at(index.step) !== 1)) return interp.unknown();
    if ([index.start, index.stop].some((v) => !none(v) && at(v) === undefined)) return interp.unknown();
    return interp.call(
      self.cls,
      kind === 'module' && self.cls.name === 'Sequential'
        ? items.slice(at(index.start), at(index.stop))
        : [interp.list(items.slice(at(index.start), at(index.stop)))],
    );
  }
  const dim = interp.asDim(index, true);
  const n = dim === undefined ? undefined : numberOf(interp.facts.simplify(dim));
  // A list looks for the number among its names: a layer that a subclass has set as an attribute is none of its items.
  const some = self.cls.mro.some((cls) => cls.name === 'Sequential') ? items : numbered(interp, self, kind);
  if (rest !== undefined && (n === undefined || n < 0)) return some.length === 0 ? oneOf(interp, rest) : interp.unknown();
  if (n === undefined) return joined(interp, some);
  const at = n < 0 ? n + items.length : n;
  const found = some === items ? items[at] : slots(interp, self, kind).find(([name]) => name === String(at))?.[1];
  if (found !== undefined) return found;
  if (rest !== undefined) return oneOf(interp, rest);
  const isName = at >= 0 && at < items.length;
  throw interp.error({
    code: 'index-out-of-range',
    exception: isName ? 'KeyError' : 'IndexError',
    text: isName ? `'${at}'` : `index ${n} is out of range`,
    message: `${self.cls.name}: there is no item ${n}, it holds ${some.length}`,
    origins: [],
  });
}

/** One of several modules, which one is not known: of many, what they have in common. */
function joined(interp: Interpreter, items: readonly Value[]): Value {
  const [first, ...others] = items;
  if (first === undefined) return interp.unknown();
  if (others.length > 3) return others.reduce((a, b) => widen(interp, a, b), first);
  return others.reduce((a, b) => interp.choice(interp.freshFlag('?'), a, b), first);
}

/** `(0-2): 3 x Linear(…)`: equal neighbours are printed once. */
function foldedText(interp: Interpreter, self: ObjectValue): string | undefined {
  const texts = itemsOf(interp, self, 'module').map((v) => interp.repr(v));
  if (texts.includes(undefined)) return undefined;
  const lines: string[] = [];
  for (let i = 0; i < texts.length; ) {
    let end = i;
    while (end + 1 < texts.length && texts[end + 1] === texts[i]) end++;
    const label = end === i ? `(${i}): ` : `(${i}-${end}): ${end - i + 1} x `;
    lines.push(indentRest(label + texts[i]));
    i = end + 1;
  }
  return layOut(self.cls.name, [], lines);
}

const listMethods = (interp: Interpreter, kind: Registered): Record<string, Value> =>
  methods(interp, {
    __len__: (self) => length(interp, self, kind),
    __iter__: (self) => iterator(interp, self, kind),
    __getitem__: (self, call) => item(interp, self, call, kind),
    __setitem__: (self, call) => {
      const n = interp.asInt(call.args[0] as Value);
      const items = [...itemsOf(interp, self, kind)];
      if (n === undefined || self.attrs.has(REST)) forget(interp, self, kind);
      else {
        items[n < 0 ? n + items.length : n] = call.args[1] as Value;
        rename(interp, self, items, kind);
      }
      return interp.none;
    },
    __delitem__: (self, call) => {
      const n = interp.asInt(call.args[0] as Value);
      const items = itemsOf(interp, self, kind);
      if (n === undefined || self.attrs.has(REST)) forget(interp, self, kind);
      else
        rename(
          interp,
          self,
          items.filter((_, i) => i !== (n < 0 ? n + items.length : n)),
          kind,
        );
      return interp.none;
    },
    append: (self, call) => {
      const value = call.args[0] ?? interp.none;
      append(interp, self, kind === 'module' ? checked(interp, value) : parameterOf(interp, value), kind);
      return self;
    },
    extend: (self, call) => {
      extend(new Context(interp, self.cls.name, call.node), self, call.args[0] ?? interp.none, kind);
      return self;
    },
    insert: (self, call) => {
      const n = interp.asInt(call.args[0] as Value);
      const items = [...itemsOf(interp, self, kind)];
      if (n === undefined || self.attrs.has(REST)) forget(interp, self, kind);
      else {
        items.splice(n, 0, call.args[1] as Value);
        rename(interp, self, items, kind);
      }
      return interp.none;
    },
    pop: (self, call) => {
      const items = [...itemsOf(interp, self, kind)];
      const n = call.args[0] === undefined ? -1 : interp.asInt(call.args[0]);
      if (n === undefined || self.attrs.has(REST)) {
        forget(interp, self, kind);
        return interp.unknown();
      }
      const [removed] = items.splice(n < 0 ? n + items.length : n, 1);
      rename(interp, self, items, kind);
      return removed ?? interp.unknown();
    },
    __add__: (self, call) => {
      const made = interp.call(
        self.cls,
        self.cls.name === 'Sequential' ? itemsOf(interp, self, kind) : [interp.list(itemsOf(interp, self, kind))],
      );
      const m = interp.resolve(made);
      if (m.kind === 'object') extend(new Context(interp, self.cls.name, call.node), m, call.args[0] ?? interp.none, kind);
      return made;
    },
  });

function mayBeDict(interp: Interpreter, value: Value): boolean {
  const v = interp.resolve(value);
  return v.kind === 'unknown' || v.kind === 'dict' || (v.kind === 'choice' && (mayBeDict(interp, v.yes) || mayBeDict(interp, v.no)));
}

const sequential: ModuleEntry = {
  name: 'nn.Sequential',
  choices: true,
  init: 'def Sequential.__init__(self, *args)',
  construct: (m, a) => {
    const { items: args, rest } = m.interp.content(a.value('args')) ?? { items: [], rest: { element: m.interp.unknown() } };
    const only = args.length === 1 && rest === undefined ? m.interp.resolve(args[0] as Value) : undefined;
    if (only?.kind === 'dict') {
      const layers = only.slot.get();
      for (const [key, value] of layers.entries.values())
        adopt(m.interp, m.self, m.interp.asString(key) ?? '?', checked(m.interp, value), 'module');
      if (layers.rest !== undefined) m.set(REST, layers.rest.value);
      return;
    }
    // One of several, or what nobody knows, may be an ordered dict of layers.
    if (only !== undefined && mayBeDict(m.interp, only)) {
      forget(m.interp, m.self, 'module');
      return;
    }
    for (const arg of args) append(m.interp, m.self, checked(m.interp, arg), 'module');
    if (rest !== undefined) setFurther(m.interp, m.self, rest.element, rest.order);
  },
  forward: 'def Sequential.forward(self, input)',
  shape: 'input -> output',
  call: (m, a) => {
    let x = a.value('input');
    for (const child of itemsOf(m.interp, m.self, 'module')) x = m.interp.call(child, [x], undefined, m.node);
    const rest = restOf(m.interp, m.self);
    return rest === undefined ? x : throughFurther(m, rest, x);
  },
  attributes: (interp) => listMethods(interp, 'module'),
  samples: ['nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 5))(torch.ones(2, 3))', 'nn.Sequential()(torch.ones(2, 3))'],
  errors: [
    ['nn.Sequential(nn.Linear(3, 4), nn.Linear(5, 6))(torch.ones(2, 3))', 'linear-input-size'],
    ['nn.Sequential(nn.LSTM(3, 4), nn.Linear(4, 5))(torch.ones(2, 2, 3))', 'not-a-tensor'],
    ['nn.Sequential(3)', 'invalid-argument'],
  ],
  doc: 'nn.Sequential',
};

const moduleList: ModuleEntry = {
  name: 'nn.ModuleList',
  choices: true,
  init: 'def ModuleList.__init__(self, modules=None)',
  construct: (m, a) => {
    const given = a.value('modules');
    if (given.kind === 'unknown' || given.kind === 'choice') m.set(REST, m.interp.unknown());
    else extend(m, m.self, given, 'module');
  },
  shape: 'modules -> modules',
  attributes: (interp) => ({
    ...listMethods(interp, 'module'),
    ...methods(interp, { __repr__: (self) => interp.str(foldedText(interp, self)) }),
  }),
  samples: ['nn.ModuleList([nn.Linear(3, 4)])[0](torch.ones(2, 3))', 'len(nn.ModuleList())'],
  errors: [['nn.ModuleList([nn.Linear(3, 4)])[2]', 'index-out-of-range']],
  doc: 'nn.ModuleList',
};

const parameterList: ModuleEntry = {
  name: 'nn.ParameterList',
  init: 'def ParameterList.__init__(self, values=None)',
  construct: (m, a) => {
    const given = a.value('values');
    if (given.kind === 'unknown' || given.kind === 'choice') m.set(REST, m.freshTensor('*'));
    else extend(m, m.self, given, 'parameter');
  },
  shape: 'tensors -> tensors',
  attributes: (interp) => ({
    ...listMethods(interp, 'parameter'),
    ...methods(interp, {
      extra_repr: (self, call) => interp.str(parameterLines(new ModuleScope(interp, 'ParameterList', call.node, self))),
    }),
  }),
  samples: ['len(nn.ParameterList([torch.ones(2), torch.ones(3)]))'],
  doc: 'nn.ParameterList',
};

function parameterLines(m: ModuleScope): string {
  return registered(m.interp, m.self, 'parameter')
    .map(([name, value]) => {
      const payload = payloadOf(value);
      const sizes = payload === undefined ? undefined : numbersOf(m.world.resolve(payload.shape));
      return `  (${name}): Parameter containing: [torch.${payload?.dtype ?? 'float32'} of size ${sizes?.join('x') ?? '?'}]`;
    })
    .join('\n');
}

function addAll(ctx: Context, self: ObjectValue, given: Value, kind: Registered): void {
  const { interp } = ctx;
  const value = interp.resolve(given);
  const further = (v: Value): void => {
    self.attrs.set(REST, kind === 'module' ? (onlyModules(interp, v) ?? interp.unknown()) : v);
  };
  const put = (key: Value, v: Value): void => {
    const name = interp.asString(key);
    if (name === undefined) {
      further(v);
      return;
    }
    if (kind === 'module' && name.includes('.')) {
      ctx.fail({
        code: 'invalid-argument',
        exception: 'KeyError',
        text: `'module name can\\'t contain ".", got: ${name}'`,
        message: `ModuleDict: the name '${name}' contains a dot`,
      });
    }
    adopt(interp, self, name, kind === 'module' ? checked(interp, v) : parameterOf(interp, v), kind);
  };
  if (value.kind === 'none') return;
  if (value.kind === 'dict') {
    const content = value.slot.get();
    for (const [key, v] of content.entries.values()) put(key, v);
    if (content.rest !== undefined) further(content.rest.value);
    return;
  }
  if (value.kind === 'unknown' || value.kind === 'choice') {
    self.attrs.set(REST, interp.unknown());
    return;
  }
  if (value.kind === 'object' && modulePayload(value) !== undefined) {
    for (const [name, v] of registered(interp, value, kind)) put(interp.str(name), v);
    return;
  }
  const content = interp.content(value);
  for (const pair of content?.items ?? []) {
    const parts = interp.content(pair)?.items;
    if (parts?.length === 2) put(parts[0] as Value, parts[1] as Value);
  }
  if (content?.rest !== undefined) self.attrs.set(REST, interp.unknown());
}

const dictMethods = (interp: Interpreter, kind: Registered): Record<string, Value> => {
  const pairs = (self: ObjectValue): readonly (readonly [string, Value])[] => slots(interp, self, kind);
  const over = (items: readonly Value[], self: ObjectValue, element: (rest: Value) => Value): Value => {
    const rest = restOf(interp, self);
    return iteratorOver({
      items,
      rest: rest === undefined ? undefined : { element: element(rest), length: interp.freshInt('?', { least: 0 }).dim },
    });
  };
  const keys: Body = (self) =>
    over(
      pairs(self).map(([name]) => interp.str(name)),
      self,
      () => interp.str(),
    );
  return methods(interp, {
    __len__: (self) => length(interp, self, kind),
    __iter__: keys,
    keys,
    values: (self) =>
      over(
        pairs(self).map(([, v]) => v),
        self,
        (rest) => rest,
      ),
    items: (self) =>
      over(
        pairs(self).map(([name, v]) => interp.tuple([interp.str(name), v])),
        self,
        (rest) => interp.tuple([interp.str(), rest]),
      ),
    __contains__: (self, call) => {
      const name = interp.asString(call.args[0] as Value);
      if (name !== undefined && pairs(self).some(([n]) => n === name)) return interp.bool(true);
      return name === undefined || restOf(interp, self) !== undefined ? interp.unknownBool() : interp.bool(false);
    },
    __getitem__: (self, call) => {
      const name = interp.asString(call.args[0] as Value);
      const found = pairs(self).find(([n]) => n === name);
      if (found !== undefined) return found[1];
      const rest = restOf(interp, self);
      if (name === undefined)
        return (
          rest ??
          joined(
            interp,
            pairs(self).map(([, v]) => v),
          )
        );
      if (rest !== undefined) return rest;
      throw interp.error({
        code: 'missing-key',
        exception: 'KeyError',
        text: `'${name}'`,
        message: `${self.cls.name}: there is no key '${name}'`,
        origins: [],
      });
    },
    __setitem__: (self, call) => {
      addAll(
        new Context(interp, self.cls.name, call.node),
        self,
        interp.list([interp.tuple([call.args[0] as Value, call.args[1] as Value])]),
        kind,
      );
      return interp.none;
    },
    update: (self, call) => {
      addAll(new Context(interp, self.cls.name, call.node), self, call.args[0] ?? interp.none, kind);
      return interp.none;
    },
  });
};

const moduleDict: ModuleEntry = {
  name: 'nn.ModuleDict',
  choices: true,
  init: 'def ModuleDict.__init__(self, modules=None)',
  construct: (m, a) => addAll(m, m.self, a.value('modules'), 'module'),
  shape: 'modules -> modules',
  attributes: (interp) => dictMethods(interp, 'module'),
  samples: ["nn.ModuleDict({'a': nn.Linear(3, 4)})['a'](torch.ones(2, 3))"],
  errors: [["nn.ModuleDict({'a': nn.Linear(3, 4)})['b']", 'missing-key']],
  doc: 'nn.ModuleDict',
};

const parameterDict: ModuleEntry = {
  name: 'nn.ParameterDict',
  init: 'def ParameterDict.__init__(self, parameters=None)',
  construct: (m, a) => addAll(m, m.self, a.value('parameters'), 'parameter'),
  shape: 'tensors -> tensors',
  attributes: (interp) => dictMethods(interp, 'parameter'),
  samples: ["nn.ParameterDict({'a': torch.ones(2)})['a']"],
  doc: 'nn.ParameterDict',
};

export const CONTAINERS: readonly ModuleEntry[] = [sequential, moduleList, moduleDict, parameterList, parameterDict];
