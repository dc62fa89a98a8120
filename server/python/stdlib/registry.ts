/**
 * The standard library: which modules are modelled, each built when it is first imported.
 */
import type { Interpreter } from '../interpreter.ts';
import type { ModuleValue } from '../values.ts';

type Build = (interp: Interpreter) => ModuleValue;

const modules: Readonly<Record<string, Build>> = {};

/** Undefined where the module is not modelled. */
export function standardModule(interp: Interpreter, name: string): ModuleValue | undefined {
  return Object.hasOwn(modules, name) ? modules[name]?.(interp) : undefined;
}
