/**
 * What the names in declared shapes stand for: one meaning in one call, and in a whole class where a name is that of a
 * constructor argument or an attribute. Kept in the trail, so that what a branch said is gone with it.
 */
import type { Dim } from '../dims/dim.ts';
import { symbol } from '../dims/dim.ts';
import type { Origin } from '../dims/origin.ts';
import { lookup } from '../python/classes.ts';
import type { Cells } from '../python/heap.ts';
import type { Frame, Interpreter } from '../python/interpreter.ts';
import type { ObjectValue, Value } from '../python/values.ts';
import { ARGUMENT } from '../shapes/axis-string.ts';
import { valueOfExpression } from '../shapes/notation.ts';
import type { Expression } from '../shapes/pattern.ts';
import { namesIn } from '../shapes/pattern.ts';
import type { Shape } from '../shapes/shape.ts';

/** Arguments that constructors were given, by object. */
const constructed = new WeakMap<ObjectValue, ReadonlyMap<string, Value>>();

export class DeclaredNames {
  private readonly interp: Interpreter;
  private readonly frame: Frame;
  private readonly cells: Cells;
  private readonly args: ReadonlyMap<string, Value>;
  private readonly self: ObjectValue | undefined;
  readonly runs: Map<string, Shape>;

  constructor(interp: Interpreter, frame: Frame, like?: DeclaredNames) {
    this.interp = interp;
    this.frame = frame;
    this.cells = interp.cells(like?.cells.entries());
    this.args = frame.args ?? new Map();
    this.self = selfOf(interp, frame);
    this.runs = new Map(like?.runs);
  }

  /** The same meanings, apart from these from here on. */
  copy(): DeclaredNames {
    return new DeclaredNames(this.interp, this.frame, this);
  }

  /** The size that a name stands for by now. */
  get(name: string): Dim | undefined {
    if (name.startsWith(ARGUMENT)) return this.argument(name.slice(ARGUMENT.length).split('.'));
    const own = this.cells.get(name);
    const dim = own === undefined ? undefined : this.dimOf(own);
    return dim ?? this.classWide(name);
  }

  set(name: string, dim: Dim): void {
    this.cells.set(name, { kind: 'int', dim });
  }

  /** Whether the name is that of an argument, of this call or of the constructor. */
  isGiven(name: string): boolean {
    return this.args.has(name) || (this.self !== undefined && constructed.get(this.self)?.has(name) === true);
  }

  /** The integer argument of this name. */
  given(name: string): Dim | undefined {
    const value = this.args.get(name);
    return value === undefined ? undefined : this.dimOf(value);
  }

  /** The names that were bound, with what they stand for. */
  bound(): readonly (readonly [string, Dim])[] {
    return [...this.cells.entries()].flatMap(([name, value]) => {
      const dim = this.dimOf(value);
      return dim === undefined ? [] : [[name, dim] as const];
    });
  }

  /** The integers that the constructor was given, by parameter. */
  ofConstructor(): readonly (readonly [string, Dim])[] {
    const given = this.self === undefined ? undefined : constructed.get(this.self);
    return [...(given ?? [])].flatMap(([name, value]) => {
      const dim = this.dimOf(value);
      return dim === undefined ? [] : [[name, dim] as const];
    });
  }

  /** Lets a name stand for the integer argument of that name, as comments and documentation mean it. */
  adoptArguments(names: Iterable<string>): void {
    for (const name of names) {
      if (this.cells.has(name)) continue;
      const value = this.args.get(name) ?? (this.self === undefined ? undefined : constructed.get(this.self)?.get(name));
      const open = value === undefined ? undefined : this.interp.resolve(value);
      // An argument that names an axis is a number; one letter may stand for a size in words and for a tensor in code.
      if (open?.kind === 'unknown' && name.length > 1) this.interp.refine(open, this.interp.freshInt(name, { least: 0 }));
      const dim = value === undefined ? undefined : this.dimOf(value);
      if (dim !== undefined) this.set(name, dim);
    }
  }

  /** The value of an expression; a name that stands for nothing yet makes it unknown, or becomes a symbol of that name. */
  evaluate(expression: Expression, origin: Origin | undefined, declare: boolean): Dim | undefined {
    const env = new Map<string, Dim>();
    for (const name of namesIn(expression)) {
      let dim = this.get(name);
      if (dim === undefined) {
        if (!declare || name.startsWith(ARGUMENT) || name.includes('.')) return undefined;
        this.set(name, (dim = symbol(name, { least: 0, measured: true, ...(origin === undefined ? {} : { origin }) })));
      }
      env.set(name, dim);
    }
    return valueOfExpression(expression, env);
  }

  private classWide(name: string): Dim | undefined {
    if (this.self === undefined) return undefined;
    const attribute = this.self.attrs.get(name) ?? lookup(this.self.cls, name);
    const dim = attribute === undefined ? undefined : this.dimOf(attribute);
    if (dim !== undefined) return dim;
    const given = constructed.get(this.self)?.get(name);
    return given === undefined ? undefined : this.dimOf(given);
  }

  private argument(path: readonly string[]): Dim | undefined {
    let value = this.args.get(path[0] ?? '');
    for (const part of path.slice(1)) {
      const of: Value | undefined = value === undefined ? undefined : this.interp.resolve(value);
      value = of?.kind === 'object' ? (of.attrs.get(part) ?? lookup(of.cls, part)) : undefined;
    }
    return value === undefined ? undefined : this.dimOf(value);
  }

  private dimOf(value: Value): Dim | undefined {
    const v = this.interp.resolve(value);
    return v.kind === 'int' ? this.interp.facts.simplify(v.dim) : undefined;
  }
}

/** Keeps what a constructor was given: the names of its parameters hold for the object. */
export function rememberConstruction(interp: Interpreter, frame: Frame): void {
  if (frame.fn?.name !== '__init__' || frame.args === undefined) return;
  const self = selfOf(interp, frame);
  if (self !== undefined && frame.fn.owner !== undefined && self.cls === frame.fn.owner) constructed.set(self, frame.args);
}

function selfOf(interp: Interpreter, frame: Frame): ObjectValue | undefined {
  if (frame.fn?.owner === undefined || frame.args === undefined) return undefined;
  const first = frame.fn.node.params.items[0];
  const value = first === undefined ? undefined : frame.args.get(first.name);
  const v = value === undefined ? undefined : interp.resolve(value);
  return v?.kind === 'object' ? v : undefined;
}
