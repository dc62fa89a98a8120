/**
 * nn.Module itself: registration by assignment, calling, walking the tree, conversions, and its printed form.
 */
import { castValues } from '../kernels/broadcast.ts';
import type { DType } from '../kernels/dtype.ts';
import { isComplex, isFloating, scalarTypeName } from '../kernels/dtype.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { iteratorOver } from '../python/iteration.ts';
import type { ClassValue, NativeCall, ObjectValue, Value } from '../python/values.ts';
import { Context } from './context.ts';
import { callWithHooks, hookMethods } from './module-hooks.ts';
import {
  adopt,
  isModule,
  kindOf,
  ModulePayload,
  mayHoldMore,
  modulePayload,
  namedTensors,
  REST,
  registered,
  registerName,
  slots,
  tensorsBelow,
  walk,
} from './module-registry.ts';
import { constantOf } from './state.ts';
import { loadStateDict, stateDict } from './state-dict.ts';
import { payloadOf } from './tensor.ts';

export function createModuleClass(interp: Interpreter): ClassValue {
  const attrs: Record<string, Value> = {};
  const method = (
    name: string,
    call: (self: ObjectValue, call: NativeCall) => Value,
    options?: { choices?: boolean; openArgs?: boolean },
  ): void => {
    attrs[name] = interp.native(
      `Module.${name}`,
      (c) => {
        const self = interp.resolve(c.args[0] as Value);
        return self.kind === 'object' ? call(self, { ...c, args: c.args.slice(1) }) : interp.unknown();
      },
      options,
    );
  };
  const property = (name: string, get: (self: ObjectValue) => Value): void => {
    attrs[name] = {
      kind: 'property',
      cached: false,
      set: undefined,
      get: interp.native(name, (c) => {
        const self = interp.resolve(c.args[0] as Value);
        return self.kind === 'object' ? get(self) : interp.unknown();
      }),
    };
  };
  const argument = (c: NativeCall, index: number, name: string): Value | undefined => c.args[index] ?? c.kwargs.get(name);
  const truth = (value: Value | undefined, otherwise: boolean): boolean =>
    value === undefined ? otherwise : interp.decide(interp.truth(value)) !== 'no';

  // It is run whatever else `**kwargs` may hold.
  method(
    '__init__',
    (self) => {
      initialise(interp, self);
      return interp.none;
    },
    { openArgs: true },
  );
  method('__call__', (self, c) => callWithHooks(interp, self, c));
  method('forward', (self) => interp.raise('NotImplementedError', `Module [${self.cls.name}] is missing the required "forward" function`));
  method('__setattr__', (self, c) => setAttribute(interp, self, interp.asString(c.args[0] as Value), c.args[1] as Value, c), {
    choices: true,
  });
  // What Python calls for a name that is no plain attribute, and programs call by themselves.
  method('__getattr__', (self, c) => {
    const name = interp.asString(c.args[0] ?? interp.none);
    if (name === undefined) return interp.unknown();
    return self.attrs.get(name) ?? interp.notImplemented;
  });
  method('__delattr__', (self, c) => {
    const name = interp.asString(c.args[0] as Value);
    if (name !== undefined) {
      const payload = modulePayload(self);
      if (payload?.kinds.has(name) === true) interp.setPayload(self, payload.without(name));
      self.attrs.delete(name);
    }
    return interp.none;
  });

  // ------------------------------------------------------------- walking the tree
  const named = (self: ObjectValue, pairs: readonly (readonly [string, Value])[], element: () => Value): Value => {
    const open = interp.mode === 'check' && walk(interp, self).some(([, m]) => mayHoldMore(m));
    const items = pairs.map(([name, value]) => interp.tuple([interp.str(name), value]));
    return iteratorOver(
      {
        items,
        rest: open ? { element: interp.tuple([interp.str(), element()]), length: interp.freshInt('?', { least: 0 }).dim } : undefined,
      },
      'generator',
    );
  };
  const plain = (self: ObjectValue, values: readonly Value[], element: () => Value): Value => {
    const open = interp.mode === 'check' && walk(interp, self).some(([, m]) => mayHoldMore(m));
    return iteratorOver(
      { items: values, rest: open ? { element: element(), length: interp.freshInt('?', { least: 0 }).dim } : undefined },
      'generator',
    );
  };
  const anyTensor = (): Value => new Context(interp, 'parameter', undefined).freshTensor('*');
  for (const kind of ['parameter', 'buffer'] as const) {
    method(`${kind}s`, (self, c) => {
      const found = namedTensors(interp, self, kind, { recurse: truth(argument(c, 0, 'recurse'), true) });
      return plain(
        self,
        found.map(([, v]) => v),
        anyTensor,
      );
    });
    method(`named_${kind}s`, (self, c) => {
      const prefix = interp.asString(argument(c, 0, 'prefix') ?? interp.str('')) ?? '';
      return named(self, namedTensors(interp, self, kind, { prefix, recurse: truth(argument(c, 1, 'recurse'), true) }), anyTensor);
    });
  }
  const children = (self: ObjectValue): readonly (readonly [string, Value])[] => registered(interp, self, 'module');
  method('children', (self) => plain(self, [...new Set(children(self).map(([, v]) => v))], () => interp.unknown()));
  method('named_children', (self) => named(self, children(self), () => interp.unknown()));
  method('modules', (self) =>
    plain(
      self,
      walk(interp, self).map(([, m]) => m),
      () => interp.unknown(),
    ),
  );
  method('named_modules', (self, c) =>
    named(self, walk(interp, self, interp.asString(argument(c, 1, 'prefix') ?? interp.str('')) ?? ''), () => interp.unknown()),
  );
  const asDict = (pairs: readonly (readonly [string, Value])[]): Value => interp.dict(pairs.map(([k, v]) => [interp.str(k), v] as const));
  property('_modules', (self) => asDict(children(self)));
  property('_parameters', (self) => asDict(registered(interp, self, 'parameter')));
  property('_buffers', (self) => asDict(registered(interp, self, 'buffer')));
  method('get_submodule', (self, c) => {
    const path = interp.asString(c.args[0] ?? interp.none);
    let at: Value = self;
    for (const name of path === undefined || path === '' ? [] : path.split('.')) at = interp.getAttr(at, name);
    return at;
  });
  for (const name of ['get_parameter', 'get_buffer']) {
    method(name, (self, c) => {
      let at: Value = self;
      for (const part of interp.asString(c.args[0] ?? interp.none)?.split('.') ?? []) at = interp.getAttr(at, part);
      return at;
    });
  }

  // ------------------------------------------------------------- registering
  const register = (kind: 'parameter' | 'buffer' | 'module') => (self: ObjectValue, c: NativeCall) => {
    const name = interp.asString(argument(c, 0, 'name') ?? interp.none);
    const value = argument(c, 1, kind === 'parameter' ? 'param' : kind === 'buffer' ? 'tensor' : 'module') ?? interp.none;
    if (name === undefined) {
      const payload = modulePayload(self);
      if (interp.mode === 'check' && payload !== undefined) interp.setPayload(self, payload.opened());
      return interp.none;
    }
    if (kind === 'module') checkModule(interp, value);
    adopt(interp, self, name, value, kind, kind !== 'buffer' || truth(argument(c, 2, 'persistent'), true));
    return interp.none;
  };
  method('register_parameter', register('parameter'), { choices: true });
  method('register_buffer', register('buffer'), { choices: true });
  method('add_module', register('module'));
  method('register_module', register('module'));

  // ------------------------------------------------------------- state
  method('state_dict', (self, c) => stateDict(interp, self, interp.asString(c.kwargs.get('prefix') ?? interp.str('')) ?? ''));
  method('load_state_dict', (self, c) => {
    const strict = truth(argument(c, 1, 'strict'), true);
    return loadStateDict(new Context(interp, self.cls.name, c.node), self, argument(c, 0, 'state_dict') ?? interp.unknown(), strict);
  });
  method('apply', (self, c) => {
    const fn = argument(c, 0, 'fn');
    const visit = (m: ObjectValue): void => {
      for (const [, child] of registered(interp, m, 'module')) {
        const value = interp.resolve(child);
        if (value.kind === 'object') visit(value);
      }
      interp.call(fn as Value, [m]);
    };
    if (fn !== undefined) visit(self);
    return self;
  });
  const setTraining = (self: ObjectValue, mode: Value): Value => {
    for (const [, m] of walk(interp, self)) m.attrs.set('training', mode);
    return self;
  };
  method('train', (self, c) => setTraining(self, argument(c, 0, 'mode') ?? interp.bool(true)));
  method('eval', (self) => setTraining(self, interp.bool(false)));
  method('requires_grad_', (self, c) => {
    const on = argument(c, 0, 'requires_grad');
    const wanted = on === undefined ? true : interp.decide(interp.truth(on)) === 'yes';
    for (const [, value] of namedTensors(interp, self, 'parameter')) setRequiresGrad(interp, value, wanted);
    return self;
  });
  method('zero_grad', (self) => {
    for (const [, value] of namedTensors(interp, self, 'parameter')) {
      const array = payloadOf(value)?.values;
      if (array !== undefined) array.grad = undefined;
    }
    return interp.none;
  });
  for (const [name, dtype] of [
    ['float', 'float32'],
    ['double', 'float64'],
    ['half', 'float16'],
    ['bfloat16', 'bfloat16'],
  ] as const) {
    method(name, (self) => convert(interp, self, dtype));
  }
  method('to', (self, c) => {
    let dtype: DType | undefined;
    for (const value of [...c.args, ...c.kwargs.values()]) {
      const v = interp.resolve(value);
      dtype ??= (constantOf(v, 'dtype')?.name as DType | undefined) ?? payloadOf(v)?.dtype;
    }
    return dtype === undefined ? self : convert(interp, self, dtype);
  });
  method('type', (self, c) => {
    const dtype = constantOf(interp.resolve(c.args[0] ?? interp.none), 'dtype')?.name as DType | undefined;
    return dtype === undefined ? self : convert(interp, self, dtype);
  });
  for (const name of ['cuda', 'cpu', 'share_memory', 'xpu', 'to_empty', 'ipu', 'mtia']) method(name, (self) => self);
  for (const [name, register] of hookMethods(interp)) method(name, register);
  method('compile', () => interp.none);

  // ------------------------------------------------------------- printing
  method('_get_name', (self) => interp.str(self.cls.name));
  method('extra_repr', () => interp.str(''));
  method('__repr__', (self) => interp.str(moduleText(interp, self)));
  const cls = interp.nativeClass({ name: 'Module', module: 'torch.nn', attrs });
  cls.attrs.set('training', interp.bool(true));
  cls.attrs.set('dump_patches', interp.bool(false));
  return cls;
}

/** `Module.__init__`. */
export function initialise(interp: Interpreter, self: ObjectValue): void {
  if (modulePayload(self) === undefined) interp.setPayload(self, new ModulePayload());
  self.attrs.set('training', interp.bool(true));
}

function setAttribute(interp: Interpreter, self: ObjectValue, name: string | undefined, value: Value, call: NativeCall): Value {
  if (name === undefined) return interp.none;
  const kind = kindOf(interp, value);
  const payload = modulePayload(self);
  // Where `super().__init__(…)` is at fault itself, that it did not run is no second one.
  if (kind !== undefined && payload === undefined && !self.cls.open && interp.frame?.faulty !== true) {
    const text = `cannot assign ${kind === 'module' ? 'module' : 'parameters'} before Module.__init__() call`;
    new Context(interp, self.cls.name, call.node).fail({
      code: 'module-init',
      exception: 'AttributeError',
      text,
      message: `\`${self.cls.name}.__init__\` assigns \`${name}\` before \`super().__init__()\``,
    });
  }
  const known = payload?.kinds.get(name);
  if (kind !== undefined) {
    if (known !== kind) {
      if (known !== undefined && payload !== undefined) interp.setPayload(self, payload.without(name));
      registerName(interp, self, name, kind);
    }
  } else if (known === 'parameter') {
    const v = interp.resolve(value);
    const type = payloadOf(v);
    // Weight-drop code deletes the parameter first, through `_parameters`, which is not followed while checking.
    if (type !== undefined && (interp.mode === 'run' || !interp.modules.mentions('_parameters'))) {
      const text = `cannot assign '${tensorTypeName(type.dtype)}' as parameter '${name}' (torch.nn.Parameter or None expected)`;
      throw interp.error({
        code: 'invalid-argument',
        exception: 'TypeError',
        text: type.dtype === undefined ? undefined : text,
        message: `\`${name}\` is a parameter and needs an nn.Parameter, not a tensor`,
        origins: [],
      });
    }
  }
  const cls = self.cls.mro.find((c) => c.attrs.get(name)?.kind === 'property');
  const found = cls?.attrs.get(name);
  if (found?.kind === 'property' && found.set !== undefined && kind === undefined) interp.call(found.set, [self, value]);
  else self.attrs.set(name, value);
  return interp.none;
}

/** `torch.FloatTensor` */
export function tensorTypeName(dtype: DType | undefined): string {
  return `torch.${scalarTypeName(dtype ?? 'float32')}Tensor`;
}

function setRequiresGrad(interp: Interpreter, value: Value, wanted: boolean): void {
  const payload = payloadOf(value);
  if (payload === undefined || value.kind !== 'object') return;
  if (payload.values !== undefined) payload.values.requiresGrad = wanted;
  interp.setPayload(value, payload.with({ requiresGrad: wanted }));
}

/** Converts floating parameters and buffers of a tree in place. */
function convert(interp: Interpreter, self: ObjectValue, dtype: DType): Value {
  for (const value of tensorsBelow(interp, self)) {
    const payload = payloadOf(value);
    if (payload === undefined || value.kind !== 'object') continue;
    if (payload.dtype !== undefined && !isFloating(payload.dtype) && !isComplex(payload.dtype)) continue;
    const array = payload.values;
    if (array !== undefined && array.dtype !== dtype) array.setData(castValues(array, dtype));
    interp.setPayload(value, payload.with({ dtype: payload.dtype === undefined ? undefined : dtype }));
  }
  return self;
}

/** Raises TypeError for what nn.Sequential and add_module do not take. */
export function checkModule(interp: Interpreter, given: Value): void {
  const value = interp.resolve(given);
  if (value.kind === 'unknown' || value.kind === 'choice' || value.kind === 'none' || isModule(interp, value)) return;
  if (interp.classOf(value).open) return;
  const name = typeText(interp, value);
  throw interp.error({
    code: 'invalid-argument',
    exception: 'TypeError',
    text: `${name} is not a Module subclass`,
    message:
      value.kind === 'class'
        ? `\`${value.name}\` is a class; an instance is needed`
        : `a module is needed here, not ${interp.typeName(value)}`,
    origins: [],
  });
}

function typeText(interp: Interpreter, value: Value): string {
  if (value.kind === 'class') return `${value.module === 'builtins' ? '' : `${value.module}.`}${value.qualifiedName}`;
  if (value.kind === 'function') return `${value.scope.globals.name}.${value.qualifiedName}`;
  return interp.typeName(value);
}

/** The module as `print` shows it; undefined where something in it is not known. */
export function moduleText(interp: Interpreter, module: ObjectValue): string | undefined {
  const extra = interp.resolve(interp.call(interp.getAttr(module, 'extra_repr'), []));
  if (extra.kind !== 'str' || extra.value === undefined) return undefined;
  const extraLines = extra.value === '' ? [] : extra.value.split('\n');
  const childLines: string[] = [];
  if (module.attrs.has(REST)) return undefined;
  for (const [name, child] of slots(interp, module, 'module')) {
    const text = interp.repr(child);
    if (text === undefined) return undefined;
    childLines.push(`(${name}): ${indentRest(text)}`);
  }
  const named = interp.resolve(interp.call(interp.getAttr(module, '_get_name'), []));
  const name = named.kind === 'str' && named.value !== undefined ? named.value : module.cls.name;
  return layOut(name, extraLines, childLines);
}

export function layOut(name: string, extra: readonly string[], children: readonly string[]): string {
  const lines = [...extra, ...children];
  if (lines.length === 0) return `${name}()`;
  if (extra.length === 1 && children.length === 0) return `${name}(${extra[0]})`;
  return `${name}(\n  ${lines.join('\n  ')}\n)`;
}

/** Lines after the first moved right by two. */
export function indentRest(text: string): string {
  return text.split('\n').join('\n  ');
}
