/**
 * Makes the Python class of a module's entry: `__init__` binds and constructs, `forward` binds, applies the rule and the
 * kernel. Classes are made once for an interpreter, when they are first named.
 */
import type { Interpreter } from '../python/interpreter.ts';
import type { ClassValue, NativeCall, ObjectValue, Value } from '../python/values.ts';
import { produce } from './apply.ts';
import { Arguments } from './arguments.ts';
import { bindOpen, bindPython } from './binding.ts';
import type { ModuleEntry } from './entry.ts';
import { isOut } from './entry.ts';
import { initialise } from './module.ts';
import { ModuleScope } from './module-context.ts';
import { registered } from './module-registry.ts';
import { parseSignature } from './signature.ts';
import { stateOf } from './state.ts';
import { moduleEntry } from './table.ts';
import { payloadOf } from './tensor.ts';

export function moduleClass(interp: Interpreter, entry: ModuleEntry): ClassValue {
  const state = stateOf(interp);
  const known = state.modules.get(entry.name);
  if (known !== undefined) return known;
  const baseEntry = entry.base === undefined ? undefined : moduleEntry(entry.base);
  const base = baseEntry === undefined ? state.classes.module : moduleClass(interp, baseEntry);
  const short = entry.name.slice(entry.name.lastIndexOf('.') + 1);
  const attrs: Record<string, Value> = {};
  const bound = (
    name: string,
    body: (self: ObjectValue, call: NativeCall) => Value,
    signature?: string,
    options: { readonly choices?: boolean; readonly openArgs?: boolean; readonly anyNumber?: boolean } = {},
  ): void => {
    attrs[name] = interp.native(
      `${short}.${name}`,
      (call) => {
        const self = call.args[0] === undefined ? undefined : interp.resolve(call.args[0]);
        return self?.kind === 'object' ? body(self, call) : interp.unknown();
      },
      { entry, doc: entry.doc, ...options, ...(signature === undefined ? {} : { signature }) },
    );
  };
  const { init, construct, forward, call: rule, extraRepr } = entry;
  if (init !== undefined) {
    bound(
      '__init__',
      (self, call) => {
        initialise(interp, self);
        const scope = new ModuleScope(interp, short, call.node, self);
        const given = entry.adapt?.(scope, call.args, call.kwargs) ?? call;
        const signature = parseSignature(init);
        const bound = call.open
          ? bindOpen(interp, signature, given.args, given.kwargs, call.sequence)
          : bindPython(interp, signature, given.args, given.kwargs);
        const args = new Arguments(scope, bound);
        scope.device = args.bound.values.get('device');
        construct?.(scope, args);
        return interp.none;
      },
      init,
      { choices: entry.choices === true, openArgs: true, anyNumber: init.includes('*args') },
    );
  }
  if (forward !== undefined && rule !== undefined) {
    bound(
      'forward',
      (self, call) => {
        const scope = new ModuleScope(interp, short, call.node, self);
        const args = new Arguments(scope, bindPython(interp, parseSignature(forward), call.args, call.kwargs));
        const result = rule(scope, args);
        if (!isOut(result)) return result;
        const { kernel } = entry;
        const parameters = registered(interp, self, 'parameter').flatMap(([, v]) => payloadOf(v) ?? []);
        return produce(scope, args, result, {
          kernel: kernel === undefined ? undefined : (k) => kernel(k, scope),
          random: true,
          parameters,
        });
      },
      forward,
    );
  }
  if (extraRepr !== undefined) bound('extra_repr', (self, call) => interp.str(extraRepr(new ModuleScope(interp, short, call.node, self))));
  let made: ClassValue | undefined;
  Object.assign(
    attrs,
    entry.attributes?.(interp, () => made as ClassValue),
  );
  made = interp.nativeClass({ name: short, module: 'torch.nn', bases: [base], attrs, entry });
  for (const name of [entry.name, ...(entry.aliases ?? [])]) state.modules.set(name, made);
  return made;
}
