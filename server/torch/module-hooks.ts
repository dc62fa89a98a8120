/**
 * Hooks of modules. A run calls those around `forward` and names the others as what it cannot run; a check accepts all of them
 * and follows none, as what a hook gives back is rarely anything new.
 */
import { CannotRun } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { setItem } from '../python/subscripts.ts';
import type { DictValue, NativeCall, ObjectValue, Value } from '../python/values.ts';

type Method = (self: ObjectValue, call: NativeCall) => Value;

/** The registering method and the attribute in which PyTorch keeps what it was given. */
const AROUND_FORWARD: readonly (readonly [method: string, kept: string])[] = [
  ['register_forward_hook', '_forward_hooks'],
  ['register_forward_pre_hook', '_forward_pre_hooks'],
];

const OTHERS = [
  'register_full_backward_hook',
  'register_full_backward_pre_hook',
  'register_backward_hook',
  'register_state_dict_pre_hook',
  'register_state_dict_post_hook',
  'register_load_state_dict_post_hook',
  'register_load_state_dict_pre_hook',
];

function hooksIn(interp: Interpreter, self: ObjectValue, kept: string): DictValue | undefined {
  const value = self.attrs.get(kept);
  const dict = value === undefined ? undefined : interp.resolve(value);
  return dict?.kind === 'dict' ? dict : undefined;
}

export function hookMethods(interp: Interpreter): readonly (readonly [string, Method])[] {
  const around = AROUND_FORWARD.map(([name, kept]): readonly [string, Method] => [
    name,
    (self, call) => (interp.mode === 'run' ? keep(interp, self, kept, call) : interp.unknown()),
  ]);
  const others = OTHERS.map((name): readonly [string, Method] => [
    name,
    (_, call) => {
      if (interp.mode === 'run') throw new CannotRun(`\`${name}\` is not supported`, call.node);
      return interp.unknown();
    },
  ]);
  return [...around, ...others];
}

/** Keeps a hook with its options under a number of its own; the handle forgets it. */
function keep(interp: Interpreter, self: ObjectValue, kept: string, call: NativeCall): Value {
  const hooks = hooksIn(interp, self, kept) ?? interp.dict([]);
  self.attrs.set(kept, hooks);
  const flag = (name: string): boolean => {
    const given = call.kwargs.get(name);
    return given !== undefined && interp.decide(interp.truth(given)) === 'yes';
  };
  const id = interp.object(interp.builtins.types.object);
  const hook = interp.tuple([call.args[0] ?? call.kwargs.get('hook') ?? interp.none, interp.bool(flag('with_kwargs'))]);
  const before = [...hooks.slot.get().entries.values()];
  setItem(interp, hooks, id, hook);
  if (flag('prepend')) {
    const { entries, rest } = hooks.slot.get();
    const own = [...entries].at(-1) as [never, never];
    hooks.slot.set({ entries: new Map([own, ...[...entries].slice(0, before.length)]), rest });
  }
  const handle = interp.nativeClass({
    name: 'RemovableHandle',
    module: 'torch.utils.hooks',
    attrs: {
      remove: interp.native('remove', () => {
        const { entries, rest } = hooks.slot.get();
        hooks.slot.set({ entries: new Map([...entries].filter(([, [key]]) => key !== id)), rest });
        return interp.none;
      }),
    },
  });
  return interp.object(handle);
}

/** `module(…)`: the hooks before, `forward`, the hooks after; what a hook returns takes the place of what it was given. */
export function callWithHooks(interp: Interpreter, self: ObjectValue, call: NativeCall): Value {
  let { args, kwargs } = call;
  for (const [fn, keywords] of hooksOf(interp, self, '_forward_pre_hooks')) {
    const given = interp.resolve(
      interp.call(fn, keywords ? [self, interp.tuple(args), dictOf(interp, kwargs)] : [self, interp.tuple(args)]),
    );
    if (given.kind === 'none') continue;
    if (keywords) {
      const [positional, named] = interp.content(given)?.items ?? [];
      args = interp.content(interp.resolve(positional ?? interp.none))?.items ?? args;
      kwargs = mapOf(interp, named) ?? kwargs;
    } else args = given.kind === 'tuple' ? given.items : [given];
  }
  let result = interp.call(interp.getAttr(self, 'forward'), args, kwargs, call.node);
  for (const [fn, keywords] of hooksOf(interp, self, '_forward_hooks')) {
    const seen = keywords ? [self, interp.tuple(args), dictOf(interp, kwargs), result] : [self, interp.tuple(args), result];
    const given = interp.resolve(interp.call(fn, seen));
    if (given.kind !== 'none') result = given;
  }
  return result;
}

function hooksOf(interp: Interpreter, self: ObjectValue, kept: string): readonly (readonly [fn: Value, keywords: boolean])[] {
  const dict = hooksIn(interp, self, kept);
  if (dict === undefined) return [];
  return [...dict.slot.get().entries.values()].map(([, hook]) => {
    const [fn, keywords] = interp.content(hook)?.items ?? [];
    return [fn ?? interp.none, keywords !== undefined && interp.decide(interp.truth(keywords)) === 'yes'] as const;
  });
}

function dictOf(interp: Interpreter, kwargs: ReadonlyMap<string, Value>): Value {
  return interp.dict([...kwargs].map(([name, value]) => [interp.str(name), value] as const));
}

function mapOf(interp: Interpreter, value: Value | undefined): ReadonlyMap<string, Value> | undefined {
  const dict = value === undefined ? undefined : interp.resolve(value);
  if (dict?.kind !== 'dict') return undefined;
  return new Map([...dict.slot.get().entries.values()].map(([key, item]) => [interp.asString(key) ?? '', item] as const));
}
