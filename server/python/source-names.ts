/**
 * What can be read off a source without running it: the names it binds, the attributes it mentions and assigns. Each is read
 * once for a syntax tree, whichever analyses ask.
 */
import type { Expression, FunctionDef, Import, ImportFrom, Lambda, Node, SourceFile, Statement } from './syntax.ts';
import { walk, walkAll } from './visit.ts';

export interface SourceNames {
  /** Names bound at the top level. */
  readonly topLevel: ReadonlySet<string>;
  /** Names that stand after a dot. */
  readonly attributes: ReadonlySet<string>;
  /** Attributes that some code assigns. */
  readonly assigned: ReadonlySet<string>;
  /** Attributes are set by names that are not known. */
  readonly anyAssigned: boolean;
  /** The packages that it imports from. */
  readonly packages: ReadonlySet<string>;
  /** Variables of the module that its functions assign: they are declared `global`. */
  readonly rebound: ReadonlySet<string>;
  /** What imports call things, also those that run only for a type checker. */
  readonly imported: ReadonlyMap<string, ImportedName>;
}

/** `from module import name`, or the module itself. */
export interface ImportedName {
  readonly module: string;
  readonly level: number;
  readonly name: string | undefined;
}

/** By the tree, which two names of one file share. */
const known = new WeakMap<SourceFile['body'], SourceNames>();
const locals = new WeakMap<FunctionDef | Lambda, ReadonlySet<string>>();

export function sourceNames(source: SourceFile): SourceNames {
  let names = known.get(source.body);
  if (names === undefined) known.set(source.body, (names = new Reader().read(source)));
  return names;
}

/** The names that a call's own scope holds: parameters and what the body binds. */
export function localsOf(node: FunctionDef | Lambda): ReadonlySet<string> {
  let names = locals.get(node);
  if (names === undefined) {
    const bound = new Set(node.kind === 'FunctionDef' ? boundNames(node.body) : []);
    for (const p of node.params.items) bound.add(p.name);
    names = bound;
    locals.set(node, names);
  }
  return names;
}

const SETTERS = new Set(['setattr', 'register_buffer', 'register_parameter', 'add_module', 'register_module', '__setattr__', 'update']);

class Reader {
  private readonly attributes = new Set<string>();
  private readonly assigned = new Set<string>();
  private anyAssigned = false;
  private readonly imported = new Map<string, ImportedName>();
  private readonly packages = new Set<string>();
  private readonly rebound = new Set<string>();

  read(source: SourceFile): SourceNames {
    const topLevel = new Set(boundNames(source.body));
    walkAll(source.body, (node: Node) => {
      if (node.kind === 'Attribute') this.attributes.add(node.name);
      if (node.kind === 'Global') {
        for (const name of node.names) {
          topLevel.add(name);
          this.rebound.add(name);
        }
      }
      if (node.kind === 'Import' || node.kind === 'ImportFrom') this.noteImports(node);
      if (node.kind === 'Assign') for (const target of node.targets) this.note(target);
      else if (node.kind === 'AnnotatedAssign' || node.kind === 'AugmentedAssign' || node.kind === 'For') this.note(node.target);
      else if (node.kind === 'With') for (const item of node.items) this.note(item.target);
      else if (node.kind === 'Call') this.noteCall(node);
    });
    const { attributes, assigned, anyAssigned, imported, packages, rebound } = this;
    return { topLevel, attributes, assigned, anyAssigned, imported, packages, rebound };
  }

  private noteImports(node: Import | ImportFrom): void {
    if (node.kind === 'Import') {
      for (const { module, as } of node.names) {
        this.packages.add(module.split('.')[0] as string);
        if (as !== undefined || !module.includes('.')) this.imported.set(as ?? module, { module, level: 0, name: undefined });
      }
      return;
    }
    if (node.level === 0) this.packages.add(node.module.split('.')[0] as string);
    if (node.names !== '*') {
      for (const { name, as } of node.names) this.imported.set(as ?? name, { module: node.module, level: node.level, name });
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
    if (!SETTERS.has(name)) return;
    if (name === 'update') {
      if (func.kind === 'Attribute' && func.value.kind === 'Attribute' && func.value.name === '__dict__') this.anyAssigned = true;
      return;
    }
    const at = node.args[func.kind === 'Name' ? 1 : 0]?.value;
    if (at?.kind === 'Constant' && typeof at.value === 'string') this.assigned.add(at.value);
    else this.anyAssigned = true;
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
