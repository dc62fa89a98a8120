/** `import` and `from … import`. */
import type { Interpreter } from './interpreter.ts';
import { assignName } from './scopes.ts';
import type { Import, ImportFrom } from './syntax.ts';
import type { ModuleValue } from './values.ts';

export function importNames(interp: Interpreter, node: Import): void {
  const file = interp.frame?.file ?? '';
  for (const { module, as } of node.names) {
    const parts = module.split('.');
    const found = interp.modules.import(module, 0, file);
    if (as !== undefined) {
      assignName(interp, as, found);
      continue;
    }
    const root = parts.length === 1 ? found : interp.modules.import(parts[0] as string, 0, file);
    // `import a.b` makes `b` an attribute of `a`.
    let parent: ModuleValue = root;
    for (let i = 1; i < parts.length; i++) {
      const child = i === parts.length - 1 ? found : interp.modules.import(parts.slice(0, i + 1).join('.'), 0, file);
      const name = parts[i] as string;
      if (parent.open || parent.attrs.get(name) === undefined) {
        if (parent.open || interp.findAttr(parent, name) === undefined) parent.attrs.set(name, child);
      }
      parent = child;
    }
    assignName(interp, parts[0] as string, root);
  }
}

export function importFrom(interp: Interpreter, node: ImportFrom): void {
  const file = interp.frame?.file ?? '';
  if (node.module === '__future__') return;
  const module = interp.modules.import(node.module, node.level, file);
  if (node.names === '*') {
    const all = module.attrs.get('__all__');
    const listed = all === undefined ? undefined : interp.items(all)?.map((v) => interp.asString(v));
    const names = listed ?? [...module.attrs.keys()].filter((name) => !name.startsWith('_'));
    for (const name of names) {
      const value = name === undefined ? undefined : interp.findAttr(module, name);
      if (name !== undefined && value !== undefined) assignName(interp, name, value);
    }
    const globals = interp.frame?.scope.globals;
    if (globals !== undefined && (module.open || module.lazy !== undefined || interp.modules.isRunning(module))) globals.open = true;
    return;
  }
  for (const { name, as } of node.names) {
    let value = interp.findAttr(module, name);
    if (value === undefined || (module.open && value.kind === 'unknown')) {
      const below = node.module === '' ? name : `${node.module}.${name}`;
      value = interp.modules.importKnown(below, node.level, file) ?? value;
    }
    if (value === undefined) {
      if (interp.mode === 'run') interp.raise('ImportError', `cannot import name '${name}' from '${module.name}'`);
      value = interp.unknown(name);
      value.notes.set('module', module.name);
    }
    assignName(interp, as ?? name, value);
  }
}
