/**
 * Which attributes of a class's objects do not stay as the constructor left them, because methods that run later assign them
 * (`fit` sets `self.mean`, `step` counts `self.steps`). Read off the text alone; knows nothing of values.
 */
import type { Expression, FunctionDef, Node, SourceFile } from '../python/syntax.ts';
import type { ClassValue, Value } from '../python/values.ts';
import { walk, walkAll } from '../python/visit.ts';

/** `counted`: only `+=` and its like change it; `assigned`: it may become anything. */
export type Change = 'counted' | 'assigned';

/** What a method does to the object it is called on. */
interface Doings {
  readonly changes: ReadonlyMap<string, Change>;
  /** The methods that it calls on the object. */
  readonly calls: ReadonlySet<string>;
}

const ofClass = new WeakMap<ClassValue, ReadonlyMap<string, Change>>();
const ofMethod = new WeakMap<FunctionDef, Doings>();

/** The attributes by name, for a class with its bases. `__init__` and what it calls on `self` make the object. */
export function reassigned(cls: ClassValue): ReadonlyMap<string, Change> {
  const known = ofClass.get(cls);
  if (known !== undefined) return known;
  const methods = new Map<string, FunctionDef>();
  for (const c of cls.mro) for (const [name, value] of c.attrs.entries()) if (!methods.has(name)) addMethod(methods, name, value);
  const making = new Set(['__init__']);
  for (const name of making) for (const called of doings(methods.get(name)).calls) making.add(called);
  const found = new Map<string, Change>();
  for (const [name, method] of methods) {
    if (making.has(name)) continue;
    for (const [attribute, change] of doings(method).changes) if (found.get(attribute) !== 'assigned') found.set(attribute, change);
  }
  ofClass.set(cls, found);
  return found;
}

/** A text that is the same for two versions of a file if the methods in it do the same to their objects. */
export function doingsIn(source: SourceFile): string {
  const all: unknown[] = [];
  walkAll(source.body, (node) => {
    if (node.kind !== 'FunctionDef') return;
    const { changes, calls } = doings(node);
    if (changes.size > 0 || calls.size > 0) all.push([node.name, [...changes], [...calls]]);
  });
  return JSON.stringify(all);
}

function addMethod(methods: Map<string, FunctionDef>, name: string, value: Value): void {
  if (value.kind === 'function' && value.node.kind === 'FunctionDef') methods.set(name, value.node);
}

const NOTHING: Doings = { changes: new Map(), calls: new Set() };

function doings(method: FunctionDef | undefined): Doings {
  if (method === undefined) return NOTHING;
  const known = ofMethod.get(method);
  if (known !== undefined) return known;
  const self = method.params.items[0]?.name;
  const isSelf = (node: Node): boolean => node.kind === 'Name' && node.name === self;
  const changes = new Map<string, Change>();
  const calls = new Set<string>();
  const target = (node: Expression, change: Change): void => {
    walk(node, (part) => {
      if (part.kind === 'Attribute' && isSelf(part.value)) {
        if (changes.get(part.name) !== 'assigned') changes.set(part.name, change);
        return false;
      }
      return part.kind === 'Tuple' || part.kind === 'List' || part.kind === 'Starred';
    });
  };
  if (self !== undefined) {
    walkAll(method.body, (node) => {
      if (node.kind === 'Assign') for (const t of node.targets) target(t, 'assigned');
      else if (node.kind === 'AnnotatedAssign' && node.value !== undefined) target(node.target, 'assigned');
      else if (node.kind === 'AugmentedAssign') target(node.target, 'counted');
      else if (node.kind === 'For') target(node.target, 'assigned');
      else if (node.kind === 'Call' && node.func.kind === 'Attribute' && isSelf(node.func.value)) calls.add(node.func.name);
    });
  }
  const found = { changes, calls };
  ofMethod.set(method, found);
  return found;
}
