/**
 * What a rule gets to work with: requirements that turn into errors or facts, sizes and ranks of shapes that are only
 * partly known, and texts that are given only where every size in them is a known number.
 */
import type { Cond } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { spell, symbol, valueOf } from '../dims/dim.ts';
import type { Facts } from '../dims/facts.ts';
import type { Origin } from '../dims/origin.ts';
import type { DType, KernelError } from '../kernels/dtype.ts';
import type { Fault, PyError } from '../python/faults.ts';
import { CannotRun } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { Node } from '../python/syntax.ts';
import type { ObjectValue, UnknownValue, Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, leastRank, rankOf, spellShape, unknownShape } from '../shapes/shape.ts';
import type { World } from '../shapes/world.ts';
import { TensorArg } from './arguments.ts';
import type { TorchState } from './state.ts';
import { constantOf, stateOf } from './state.ts';
import { payloadOf, TensorPayload } from './tensor.ts';
import { sequenceContent, typeNameOf } from './types.ts';

/** A fault as a rule states it; see `Fault`. */
export interface FaultParts {
  readonly code: string;
  /** At most about 100 characters, both sizes by name; no advice. */
  readonly message: string;
  readonly exception?: string;
  /** PyTorch's own text; undefined where a size in it is not known. */
  readonly text?: string | undefined;
  readonly origins?: readonly (Origin | undefined)[];
  readonly sizes?: Fault['sizes'];
  readonly fixes?: Fault['fixes'];
}

/** What a text can be made of. A shape is written `[2, 3]`. */
export type TextPart = string | number | Dim | Shape | undefined;

export class Context {
  readonly interp: Interpreter;
  readonly state: TorchState;
  /** The operation's or module's name as messages say it. */
  readonly name: string;
  readonly node: Node | undefined;

  constructor(interp: Interpreter, name: string, node: Node | undefined) {
    this.interp = interp;
    this.state = stateOf(interp);
    this.name = name;
    this.node = node;
  }

  /** A kernel's refusal as the program sees it: PyTorch's exception, or what this engine cannot do. */
  refused(problem: KernelError): CannotRun | PyError {
    const { message, raises } = problem;
    if (raises === undefined) return new CannotRun(message, this.node);
    return this.error({ code: 'runtime-error', exception: raises, text: message, message });
  }

  get world(): World {
    return this.state.world;
  }

  get facts(): Facts {
    return this.interp.facts;
  }

  // ---------------------------------------------------------------- requirements

  /** Holds: goes on. Cannot hold: raises. Not known: is a fact from here on (and raises if it contradicts what is known). */
  require(cond: Cond, fault: () => FaultParts): void {
    const decision = this.facts.decide(cond);
    if (decision === 'yes') return;
    if (decision === 'no' || this.facts.isVain(cond) || !this.facts.require(cond)) throw this.error(fault());
  }

  /** Raises if the condition is known to hold; learns nothing. For what a program may be right to do. */
  reject(cond: Cond, fault: () => FaultParts): void {
    if (this.facts.decide(cond) === 'yes') throw this.error(fault());
  }

  /** Warns if the condition is known to hold. */
  warnIf(cond: Cond, fault: () => FaultParts): void {
    if (this.facts.decide(cond) === 'yes') this.warn(fault());
  }

  error(parts: FaultParts): PyError {
    return this.interp.error(complete(parts, 'error'));
  }

  fail(parts: FaultParts): never {
    throw this.error(parts);
  }

  warn(parts: FaultParts): void {
    this.interp.warn(complete(parts, 'warning'), this.node);
  }

  /**
   * A shape's rank, which must be one of `ranks` (ascending). Where it is not known it is one of them from here on;
   * the answer is then that one if there is only one, else undefined.
   */
  requireRank(shape: Shape, ranks: readonly number[], fault: (rank: number) => FaultParts): number | undefined {
    const dims = dimsOf(this.world.resolve(shape));
    if (dims !== undefined) {
      if (!ranks.includes(dims.length)) throw this.error(fault(dims.length));
      return dims.length;
    }
    const only = ranks.length === 1 ? (ranks[0] as number) : undefined;
    const held = this.world.limitRank(shape, ranks[0] as number, ranks[ranks.length - 1] as number);
    if (held.decision === 'no') throw this.error(fault(leastRank(held.shape)));
    return only ?? rankOf(held.shape);
  }

  // ---------------------------------------------------------------- reading values

  /** The number that a size is, where it is known. */
  known(dim: Dim | undefined): number | undefined {
    return dim === undefined ? undefined : valueOf(this.facts.simplify(dim));
  }

  /** A value as a tensor; an unknown becomes one of unknown shape. Anything else goes to `otherwise`. */
  tensorOf(given: Value, name: string, otherwise?: (value: Value) => never): TensorArg {
    const value = this.interp.resolve(given);
    if (payloadOf(value) !== undefined) return new TensorArg(this, value as ObjectValue, name);
    if (value.kind === 'unknown') return new TensorArg(this, this.assumeTensor(value), name);
    if (value.kind === 'choice') {
      const sides = [value.yes, value.no].map((v) => this.interp.resolve(v));
      const tensors = sides.filter((v) => this.mayBeTensor(v)).map((v) => this.tensorOf(v, name));
      const [first, second] = tensors;
      if (first !== undefined && second !== undefined) {
        const joined = this.interp.join(value.cond, first.object, second.object);
        if (payloadOf(joined) !== undefined) return new TensorArg(this, joined as ObjectValue, name);
      }
      if (first !== undefined && second === undefined) return first;
      return new TensorArg(this, this.freshTensor(name), name);
    }
    if (value.kind === 'object' && value.cls.mro.some((c) => c.open)) return new TensorArg(this, this.freshTensor(name), name);
    if (isGuarded(this.interp, value)) return new TensorArg(this, this.freshTensor(name), name);
    if (otherwise !== undefined) otherwise(value);
    throw this.noAttribute(value, 'dim');
  }

  private mayBeTensor(given: Value): boolean {
    const v = this.interp.resolve(given);
    if (v.kind === 'choice') return this.mayBeTensor(v.yes) || this.mayBeTensor(v.no);
    return v.kind === 'unknown' || payloadOf(v) !== undefined || (v.kind === 'object' && v.cls.mro.some((c) => c.open));
  }

  /** `'tuple' object has no attribute 'dim'` */
  noAttribute(value: Value, attribute: string): PyError {
    const type = typeNameOf(this.interp, value);
    const text = `'${type}' object has no attribute '${attribute}'`;
    return this.error({
      code: 'not-a-tensor',
      exception: 'AttributeError',
      text,
      message: `${this.name}: a ${attribute === 'batch_sizes' ? 'packed sequence' : 'tensor'} is needed here, not ${article(type)}`,
    });
  }

  /** `embedding(): argument 'indices' (position 2) must be Tensor, not list` */
  notTensor(call: string, argument: string, position: number): (value: Value) => never {
    return (value) => {
      const type = typeNameOf(this.interp, value);
      return this.fail({
        code: 'not-a-tensor',
        exception: 'TypeError',
        text: `${call}(): argument '${argument}' (position ${position}) must be Tensor, not ${type}`,
        message: `${this.name}: a tensor is needed as \`${argument}\`, not ${article(type)}`,
      });
    };
  }

  /** Learns that an unknown is a tensor. */
  assumeTensor(value: Extract<Value, { kind: 'unknown' }>, taken?: true): ObjectValue {
    const noted = value.notes.get(SHAPE_NOTE) as Shape | undefined;
    const shape = noted ?? unknownShape(value.name ?? '*');
    value.notes.set(SHAPE_NOTE, shape);
    const tensor = this.interp.object(
      this.state.classes.tensor,
      new TensorPayload({ shape, dtype: undefined, layout: 'unknown', requiresGrad: undefined, origin: value.origin, taken }),
    );
    this.interp.refine(value, tensor);
    return tensor;
  }

  /** A tensor with another shape and nothing known of its numbers. */
  tensorLike(like: TensorArg, shape: Shape): ObjectValue {
    const { dtype, requiresGrad, origin } = like.payload;
    return this.interp.object(this.state.classes.tensor, new TensorPayload({ shape, dtype, layout: 'unknown', requiresGrad, origin }));
  }

  freshTensor(name: string): ObjectValue {
    return this.interp.object(
      this.state.classes.tensor,
      new TensorPayload({ shape: unknownShape(name), dtype: undefined, layout: 'unknown', requiresGrad: undefined }),
    );
  }

  /** A value as an integer; an unknown becomes a symbol. */
  dimOf(value: Value, name: string): Dim {
    return this.interp.asDim(value, true) ?? symbol(value.kind === 'unknown' ? (value.name ?? name) : '?');
  }

  /** A list or tuple of integers, or one integer; undefined where the length is not known. */
  dimsOfValue(given: Value, name: string): readonly Dim[] | undefined {
    const value = this.interp.resolve(given);
    if (value.kind === 'none' || value.kind === 'unknown') return undefined;
    const content = sequenceContent(value);
    if (content === undefined) {
      const dim = this.interp.asDim(value, true);
      return dim === undefined ? undefined : [dim];
    }
    if (content.rest !== undefined) return undefined;
    return content.items.map((item) => this.dimOf(item, name));
  }

  /** `null` for None, undefined where it is not known. */
  dtypeOf(given: Value): DType | null | undefined {
    const value = this.interp.resolve(given);
    if (value.kind === 'none') return null;
    if (value.kind === 'class') return PYTHON_TYPES[value.name];
    return constantOf(value, 'dtype')?.name as DType | undefined;
  }

  // ---------------------------------------------------------------- texts

  /** PyTorch's text, only if all sizes in it are known numbers. */
  text(strings: TemplateStringsArray, ...parts: readonly TextPart[]): string | undefined {
    let out = strings[0] as string;
    for (const [i, part] of parts.entries()) {
      const spelled = this.exact(part);
      if (spelled === undefined) return undefined;
      out += spelled + (strings[i + 1] as string);
    }
    return out;
  }

  private exact(part: TextPart): string | undefined {
    if (part === undefined || typeof part === 'string') return part;
    if (typeof part === 'number') return String(part);
    if ('head' in part) {
      const dims = dimsOf(this.world.resolve(part));
      return dims === undefined ? undefined : this.list(dims);
    }
    const n = this.known(part);
    return n === undefined ? undefined : String(n);
  }

  /** `[1, 3, 5]` */
  list(dims: readonly Dim[]): string | undefined {
    const parts = dims.map((d) => this.exact(d));
    return parts.includes(undefined) ? undefined : `[${parts.join(', ')}]`;
  }

  /** `(1, 3, 5)`, `(1,)` */
  tuple(dims: readonly Dim[]): string | undefined {
    const parts = dims.map((d) => this.exact(d));
    return parts.includes(undefined) ? undefined : `(${parts.join(', ')}${parts.length === 1 ? ',' : ''})`;
  }

  /** A size, shape or list of sizes as users see it. */
  spell(part: Dim | Shape | readonly Dim[]): string {
    if (Array.isArray(part)) return `[${(part as readonly Dim[]).map((d) => spell(this.facts.simplify(d))).join(', ')}]`;
    if ('head' in part) return spellShape(this.world.resolve(part as Shape));
    return spell(this.facts.simplify(part as Dim));
  }
}

/**
 * An argument that was left out, on a path that not every call takes: what decides about the path (`if self.n_speakers > 0`) also
 * decides whether the argument is given, more often than not.
 */
function isGuarded(interp: Interpreter, value: Value): boolean {
  return interp.mode === 'check' && value.kind === 'none' && value.absent !== undefined && interp.path.length > value.absent;
}

/** Where the note on an unknown value keeps the shape it would have as a tensor. */
export const SHAPE_NOTE = 'shape';

/** Says on this path what shape an unknown value has, should it be a tensor. */
export function noteShape(world: World, value: UnknownValue, shape: Shape): void {
  const noted = value.notes.get(SHAPE_NOTE) as Shape | undefined;
  const own = noted ?? unknownShape(value.name ?? '*');
  // The note itself outlives a branch; what it stands for does not.
  if (noted === undefined) value.notes.set(SHAPE_NOTE, own);
  world.unify(own, shape);
}

const PYTHON_TYPES: Readonly<Record<string, DType>> = { float: 'float64', int: 'int64', bool: 'bool', complex: 'complex128' };

function article(noun: string): string {
  if (noun === 'NoneType') return 'None';
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;
}

function complete(parts: FaultParts, severity: 'error' | 'warning'): Fault {
  return {
    code: parts.code,
    message: parts.message,
    exception: parts.exception ?? 'RuntimeError',
    text: parts.text,
    origins: parts.origins ?? [],
    severity,
    ...(parts.sizes === undefined ? {} : { sizes: parts.sizes }),
    ...(parts.fixes === undefined ? {} : { fixes: parts.fixes }),
  };
}
