/**
 * Modules: finding them (the foreign library, the standard library, the workspace), running each once, and what can be
 * read off a source without running it (local names, assigned attributes).
 */
import { Cells } from './heap.ts';
import type { Interpreter } from './interpreter.ts';
import { executeDefinitions, executeModule } from './statements.ts';
import { standardModule } from './stdlib/registry.ts';
import type { Expression, FunctionDef, Lambda, Node, SourceFile, Statement } from './syntax.ts';
import type { Globals, ModuleValue } from './values.ts';
import { walk } from './visit.ts';

export class Modules {
  private readonly interp: Interpreter;
  private readonly loaded = new Map<string, ModuleValue>();
  private readonly running = new Set<string>();
  private readonly locals = new WeakMap<FunctionDef | Lambda, ReadonlySet<string>>();
  private readonly assigned = new Set<string>();
  /** Attributes are set by names that are not known. */
  private anyAssigned = false;
  private readonly attributes = new Set<string>();
  private readonly scanned = new Set<string>();
  /** Names bound at the top level of a file, by file. */
  private readonly topLevel = new Map<string, ReadonlySet<string>>();

  constructor(interp: Interpreter) {
    this.interp = interp;
  }

  run(source: SourceFile, name: string): Globals {
    const globals = this.globalsOf(source, name);
    executeModule(this.interp, source, globals);
    return globals;
  }

  /** Runs the definitions of a file, not its script. */
  load(source: SourceFile, name: string): Globals {
    const globals = this.globalsOf(source, name);
    executeDefinitions(this.interp, source, globals);
    return globals;
  }

  private globalsOf(source: SourceFile, name: string): Globals {
    // Cells of a notebook are run in any order, and some were run that are gone.
    const globals: Globals = { cells: new Cells(this.interp.heap), name, file: source.file, open: source.file.endsWith('.ipynb') };
    this.scan(source);
    globals.cells.set('__name__', this.interp.str(name));
    globals.cells.set('__file__', this.interp.str(source.file));
    globals.cells.set('__doc__', this.interp.none);
    return globals;
  }

  /** The module of an `import`; one that cannot be found has any attribute. */
  import(name: string, level = 0, fromFile = ''): ModuleValue {
    const key = level === 0 ? name : `${'.'.repeat(level)}${name} of ${fromFile}`;
    const known = this.loaded.get(key);
    if (known !== undefined) return known;
    const found = this.find(name, level, fromFile, key) ?? this.interp.openModule(name);
    this.loaded.set(key, found);
    return found;
  }

  /** The module if it can be found. */
  importKnown(name: string, level: number, fromFile: string): ModuleValue | undefined {
    const key = level === 0 ? name : `${'.'.repeat(level)}${name} of ${fromFile}`;
    const known = this.loaded.get(key);
    if (known !== undefined) return known.open ? undefined : known;
    const found = this.find(name, level, fromFile, key);
    if (found !== undefined) this.loaded.set(key, found);
    return found;
  }

  isKnown(name: string): boolean {
    return this.loaded.has(name) || this.interp.library.module(name) !== undefined;
  }

  /** `a.b` where `b` is a module inside the package `a`. */
  submodule(parent: string, name: string): ModuleValue | undefined {
    const full = `${parent}.${name}`;
    const known = this.loaded.get(full);
    if (known !== undefined) return known;
    const found = this.interp.library.module(full) ?? standardModule(this.interp, full);
    if (found !== undefined) this.loaded.set(full, found);
    return found;
  }

  private find(name: string, level: number, fromFile: string, key: string): ModuleValue | undefined {
    if (level === 0) {
      const library = this.interp.library.module(name) ?? standardModule(this.interp, name);
      if (library !== undefined) return library;
    }
    const source = this.interp.options.importSource?.(name, level, fromFile);
    if (source === undefined || this.running.has(source.file)) return undefined;
    this.running.add(source.file);
    this.scan(source);
    const cells = new Cells(this.interp.heap);
    const module: ModuleValue = { kind: 'module', name, attrs: cells, lazy: undefined, open: false };
    this.loaded.set(key, module);
    const globals: Globals = { cells, name, file: source.file, open: false };
    cells.set('__name__', this.interp.str(name));
    cells.set('__file__', this.interp.str(source.file));
    const frames = this.interp.frames.splice(0);
    try {
      executeModule(this.interp, source, globals);
    } finally {
      this.interp.frames.push(...frames);
      this.running.delete(source.file);
    }
    return globals.open ? { ...module, open: true } : module;
  }

  private scan(source: SourceFile): void {
    if (this.scanned.has(source.file)) return;
    this.scanned.add(source.file);
    const top = new Set(boundNames(source.body));
    this.topLevel.set(source.file, top);
    for (const statement of source.body) {
      walk(statement, (node: Node) => {
        if (node.kind === 'Attribute') this.attributes.add(node.name);
        if (node.kind === 'Global') for (const name of node.names) top.add(name);
        if (node.kind === 'Assign') for (const target of node.targets) this.note(target);
        else if (node.kind === 'AnnotatedAssign' || node.kind === 'AugmentedAssign' || node.kind === 'For') this.note(node.target);
        else if (node.kind === 'With') for (const item of node.items) this.note(item.target);
        else if (node.kind === 'Call') this.noteCall(node);
      });
    }
  }

  private note(target: Expression | undefined): void {
    if (target === undefined) return;
    if (target.kind === 'Attribute') this.assigned.add(target.name);
    else if (target.kind === 'Tuple' || target.kind === 'List') for (const item of target.items) this.note(item);
    else if (target.kind === 'Starred') this.note(target.value);
    else if (target.kind === 'Subscript' && target.value.kind === 'Attribute' && target.value.name === '__dict__') this.anyAssigned = true;
  }

  private noteCall(node: Extract<Node, { kind: 'Call' }>): void {
    const { func } = node;
    const name = func.kind === 'Name' ? func.name : func.kind === 'Attribute' ? func.name : '';
    if (!['setattr', 'register_buffer', 'register_parameter', 'add_module', 'register_module', '__setattr__', 'update'].includes(name))
      return;
    if (name === 'update') {
      if (func.kind === 'Attribute' && func.value.kind === 'Attribute' && func.value.name === '__dict__') this.anyAssigned = true;
      return;
    }
    const at = node.args[func.kind === 'Name' ? 1 : 0]?.value;
    if (at?.kind === 'Constant' && typeof at.value === 'string') this.assigned.add(at.value);
    else this.anyAssigned = true;
  }

  /** Whether the attribute name stands anywhere in the code. */
  mentions(attribute: string): boolean {
    return this.attributes.has(attribute);
  }

  /** Whether some code assigns an attribute of this name to something. */
  isAssigned(attribute: string): boolean {
    return this.anyAssigned || this.assigned.has(attribute);
  }

  /** Whether the file binds the name at its top level, whatever ran of it. */
  isBoundAtTop(file: string, name: string): boolean {
    return this.topLevel.get(file)?.has(name) === true;
  }

  localsOf(node: FunctionDef | Lambda): ReadonlySet<string> {
    let names = this.locals.get(node);
    if (names === undefined) {
      const bound = new Set(node.kind === 'FunctionDef' ? boundNames(node.body) : []);
      for (const p of node.params.items) bound.add(p.name);
      names = bound;
      this.locals.set(node, names);
    }
    return names;
  }
}

/** The names that statements bind in their own scope; those of nested functions and classes are not counted. */
export function boundNames(body: readonly Statement[]): ReadonlySet<string> {
  const names = new Set<string>();
  const outer = new Set<string>();
  const target = (e: Expression | undefined): void => {
    if (e === undefined) return;
    if (e.kind === 'Name') names.add(e.name);
    else if (e.kind === 'Tuple' || e.kind === 'List') e.items.forEach(target);
    else if (e.kind === 'Starred') target(e.value);
  };
  const visit = (statements: readonly Statement[]): void => {
    for (const s of statements) {
      switch (s.kind) {
        case 'Assign':
          s.targets.forEach(target);
          break;
        case 'AnnotatedAssign':
        case 'AugmentedAssign':
          target(s.target);
          break;
        case 'For':
          target(s.target);
          visit(s.body);
          visit(s.orelse);
          break;
        case 'While':
        case 'If':
          visit(s.body);
          visit(s.orelse);
          break;
        case 'Try':
          visit(s.body);
          for (const handler of s.handlers) {
            if (handler.name !== undefined) names.add(handler.name);
            visit(handler.body);
          }
          visit(s.orelse);
          visit(s.final);
          break;
        case 'With':
          for (const item of s.items) target(item.target);
          visit(s.body);
          break;
        case 'FunctionDef':
        case 'ClassDef':
          names.add(s.name);
          break;
        case 'Import':
          for (const name of s.names) names.add(name.as ?? (name.module.split('.')[0] as string));
          break;
        case 'ImportFrom':
          if (s.names !== '*') for (const name of s.names) names.add(name.as ?? name.name);
          break;
        case 'Global':
        case 'Nonlocal':
          for (const name of s.names) outer.add(name);
          break;
        case 'Match':
          for (const c of s.cases) visit(c.body);
          break;
        case 'TypeAlias':
          names.add(s.name.name);
          break;
        default:
          break;
      }
    }
  };
  visit(body);
  for (const statement of body) {
    walk(statement, (node) => {
      if (node.kind === 'NamedExpr') names.add(node.target.name);
      return node.kind !== 'FunctionDef' && node.kind !== 'ClassDef' && node.kind !== 'Lambda';
    });
  }
  for (const name of outer) names.delete(name);
  return names;
}
