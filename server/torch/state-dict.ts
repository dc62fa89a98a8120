/**
 * state_dict and load_state_dict: the tensors of a module tree by dotted name, and what happens where names or shapes differ.
 */
import { and, eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { noGrad } from '../kernels/autograd.ts';
import { copyInto } from '../kernels/inplace.ts';
import { clone } from '../kernels/views.ts';
import { lookup } from '../python/classes.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { ClassValue, ObjectValue, Value } from '../python/values.ts';
import { dimsOf } from '../shapes/shape.ts';
import type { Context } from './context.ts';
import { mayHoldMore, modulePayload, registered, walk } from './module-registry.ts';
import { payloadOf } from './tensor.ts';

function entries(interp: Interpreter, module: ObjectValue, prefix: string): readonly (readonly [string, ObjectValue])[] {
  const found: (readonly [string, ObjectValue])[] = [];
  for (const [path, owner] of walk(interp, module)) {
    const start = prefix + (path === '' ? '' : `${path}.`);
    for (const [name, value] of registered(interp, owner, 'parameter')) if (value.kind === 'object') found.push([start + name, value]);
    for (const [name, value] of registered(interp, owner, 'buffer')) {
      if (value.kind === 'object' && modulePayload(owner)?.transient.has(name) !== true) found.push([start + name, value]);
    }
  }
  return found;
}

/** Detached tensors by name, in PyTorch's order. */
export function stateDict(interp: Interpreter, module: ObjectValue, prefix: string): Value {
  const pairs = entries(interp, module, prefix).map(([name, value]) => {
    const payload = payloadOf(value);
    const array = payload?.values;
    if (payload === undefined) return [interp.str(name), value] as const;
    const cls = value.cls.mro.find((c) => c.name === 'Tensor') ?? value.cls;
    const detached = interp.object(cls, payload.with({ requiresGrad: false, values: array?.alias() }));
    return [interp.str(name), detached] as const;
  });
  const ordered = interp.findAttr(interp.modules.import('collections'), 'OrderedDict');
  const open = interp.mode === 'check' && walk(interp, module).some(([, m]) => mayHoldMore(m));
  return interp.dict(pairs, {
    ...(ordered?.kind === 'class' ? { cls: ordered } : {}),
    ...(open ? { rest: { key: interp.str(), value: interp.unknown() } } : {}),
  });
}

/** Copies tensors in. Raises RuntimeError listing missing and unexpected keys and size mismatches, as PyTorch words it. */
/** Its class reads state dicts by code of its own, which may rename, add and drop keys. */
function loadsItsOwnWay(module: ObjectValue): boolean {
  return lookup(module.cls, '_load_from_state_dict')?.kind === 'function';
}

export function loadStateDict(ctx: Context, module: ObjectValue, given: Value, strict: boolean): Value {
  const { interp } = ctx;
  const dict = interp.resolve(given);
  const result = interp.unknown();
  if (dict.kind !== 'dict' || modulePayload(module) === undefined) return result;
  const content = dict.slot.get();
  if (content.rest !== undefined || walk(interp, module).some(([, m]) => mayHoldMore(m) || loadsItsOwnWay(m))) return result;
  const own = entries(interp, module, '');
  const theirs = new Map([...content.entries.values()].map(([key, value]) => [interp.asString(key) ?? '?', interp.resolve(value)]));
  if (theirs.has('?')) return result;
  const missing = own.map(([name]) => name).filter((name) => !theirs.has(name));
  const names = new Set(own.map(([name]) => name));
  const unexpected = [...theirs.keys()].filter((name) => !names.has(name));
  const problems: string[] = [];
  if (strict && unexpected.length > 0) problems.push(`Unexpected key(s) in state_dict: ${unexpected.map((n) => `"${n}"`).join(', ')}. `);
  if (strict && missing.length > 0) problems.unshift(`Missing key(s) in state_dict: ${missing.map((n) => `"${n}"`).join(', ')}. `);
  let exact = true;
  for (const [name, value] of own) {
    const source = theirs.get(name);
    const from = source === undefined ? undefined : payloadOf(source);
    const to = payloadOf(value);
    if (from === undefined || to === undefined) continue;
    const a = dimsOf(ctx.world.resolve(from.shape));
    const b = dimsOf(ctx.world.resolve(to.shape));
    if (b === undefined && interp.mode === 'run' && value.kind === 'object' && from.values !== undefined) {
      // A lazy parameter takes the shape that it finds.
      const values = noGrad(() => clone(from.values as NdArray));
      values.requiresGrad = to.requiresGrad === true;
      interp.setPayload(value, to.with({ shape: from.shape, dtype: from.dtype, values }));
    }
    if (a === undefined || b === undefined) continue;
    if (a.length !== b.length || ctx.facts.decide(and(...a.map((d, i) => eq(d, b[i] as Dim)))) === 'no') {
      const text = ctx.text`size mismatch for ${name}: copying a param with shape torch.Size(${from.shape}) from checkpoint, the shape in current model is torch.Size(${to.shape}).`;
      exact &&= text !== undefined;
      problems.push(text ?? `size mismatch for ${name}: ${ctx.spell(from.shape)} against ${ctx.spell(to.shape)}`);
    } else if (interp.mode === 'run' && from.values !== undefined && to.values !== undefined) {
      const [target, values] = [to.values, from.values];
      noGrad(() => copyInto(target, values));
    }
  }
  if (problems.length > 0) {
    const text = `Error(s) in loading state_dict for ${module.cls.name}:\n\t${problems.join('\n\t')}`;
    ctx.fail({
      code: 'state-dict-mismatch',
      text: exact ? text : undefined,
      message: `state dict does not fit ${module.cls.name}: ${problems[0]}`,
    });
  }
  return interp.tuple(
    [missing, unexpected].map((keys) => interp.list(keys.map((key) => interp.str(key)))),
    { cls: incompatibleKeys(ctx), fields: ['missing_keys', 'unexpected_keys'] },
  );
}

/** The named tuple of what `load_state_dict` passed over; it says so where that is nothing. */
function incompatibleKeys(ctx: Context): ClassValue {
  const { interp } = ctx;
  const known = ctx.state.modules.get('_IncompatibleKeys');
  if (known !== undefined) return known;
  const text = interp.native('__repr__', (call) => {
    const parts = interp.content(call.args[0] ?? interp.none)?.items ?? [];
    if (parts.every((part) => interp.content(part)?.items.length === 0)) return interp.str('<All keys matched successfully>');
    const [missing, unexpected] = parts.map((part) => interp.repr(part) ?? '?');
    return interp.str(`_IncompatibleKeys(missing_keys=${missing}, unexpected_keys=${unexpected})`);
  });
  const cls = interp.nativeClass({
    name: '_IncompatibleKeys',
    module: 'torch.nn.modules.module',
    bases: [interp.builtinClass('tuple')],
    attrs: { __repr__: text, __str__: text },
  });
  ctx.state.modules.set('_IncompatibleKeys', cls);
  return cls;
}
