/**
 * A call's arguments as a rule sees them (sizes may be symbols) and as a kernel sees them (numbers and arrays).
 * Reading an argument that is unknown teaches the interpreter what it must be; it never raises for being unknown.
 */
import type { Cond } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { symbol } from '../dims/dim.ts';
import type { Origin } from '../dims/origin.ts';
import type { NdArray } from '../kernels/array.ts';
import type { DType } from '../kernels/dtype.ts';
import type { Generator } from '../kernels/random.ts';
import type { ObjectValue, Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf, rankOf } from '../shapes/shape.ts';
import type { BoundCall } from './binding.ts';
import type { Context } from './context.ts';
import { currentShape } from './size.ts';
import { generatorOf } from './state.ts';
import type { Bounds, TensorPayload } from './tensor.ts';
import { payloadOf } from './tensor.ts';
import { sequenceContent } from './types.ts';

/** Thrown where a kernel wants a number that is not known; the caller goes on without numbers. */
export class NotKnown extends Error {}

/** A tensor argument. Reads go through the facts, so what was learned since is seen. */
export class TensorArg {
  readonly ctx: Context;
  readonly object: ObjectValue;
  /** The parameter it was given for. */
  readonly name: string;

  constructor(ctx: Context, object: ObjectValue, name: string) {
    this.ctx = ctx;
    this.object = object;
    this.name = name;
  }

  get payload(): TensorPayload {
    return payloadOf(this.object) as TensorPayload;
  }

  get shape(): Shape {
    return currentShape(this.ctx.interp, this.payload.shape);
  }

  get rank(): number | undefined {
    return rankOf(this.shape);
  }

  /** All sizes, where the rank is known. */
  get dims(): readonly Dim[] | undefined {
    return dimsOf(this.shape);
  }

  get dtype(): DType | undefined {
    return this.payload.dtype;
  }

  get origin(): Origin | undefined {
    return this.payload.origin;
  }

  get bounds(): Bounds | undefined {
    return this.payload.bounds;
  }

  /** The numbers, where they are known. */
  get values(): NdArray | undefined {
    return this.payload.values;
  }

  /** A size by its index, which may be negative; undefined where it cannot be told. */
  size(index: number): Dim | undefined {
    return this.ctx.world.sizeAt(this.shape, index);
  }

  /** The same; a size of its own where the shape does not tell. */
  someSize(index: number): Dim {
    return this.size(index) ?? this.ctx.world.freshSize();
  }
}

export class Arguments {
  readonly ctx: Context;
  readonly bound: BoundCall;

  constructor(ctx: Context, bound: BoundCall) {
    this.ctx = ctx;
    this.bound = bound;
  }

  /** Which overload of the signature was chosen. */
  get overload(): number {
    return this.bound.overload;
  }

  /** The value as given (or its default), with what was learned of it. */
  value(name: string): Value {
    const value = this.bound.values.get(name);
    if (value === undefined) throw new Error(`no parameter '${name}' in ${this.bound.signature.name}${this.bound.signature.text}`);
    return this.ctx.interp.resolve(value);
  }

  /** Whether the parameter exists in the chosen overload. */
  exists(name: string): boolean {
    return this.bound.values.has(name);
  }

  /** Whether the caller gave it, even as None. */
  given(name: string): boolean {
    return this.bound.given.has(name);
  }

  isNone(name: string): boolean {
    return this.value(name).kind === 'none';
  }

  /** A tensor; an unknown becomes one. `otherwise` raises for anything else (default: AttributeError for `.dim`). */
  tensor(name: string, otherwise?: (value: Value) => never): TensorArg {
    return this.ctx.tensorOf(this.value(name), name, otherwise);
  }

  /** None gives undefined. */
  optionalTensor(name: string, otherwise?: (value: Value) => never): TensorArg | undefined {
    const value = this.value(name);
    if (value.kind === 'none') return undefined;
    if (value.kind === 'unknown') return undefined;
    return this.ctx.tensorOf(value, name, otherwise);
  }

  /** The tensors of a list or tuple; `complete` is false where there may be more of them. */
  tensors(name: string): { readonly items: readonly TensorArg[]; readonly complete: boolean; readonly rest: TensorArg | undefined } {
    const content = this.ctx.interp.content(this.value(name));
    if (content === undefined) return { items: [], complete: false, rest: undefined };
    return {
      items: content.items.map((item) => this.ctx.tensorOf(item, name)),
      complete: content.rest === undefined,
      rest: content.rest === undefined ? undefined : this.ctx.tensorOf(content.rest.element, name),
    };
  }

  /** An integer; an unknown becomes a symbol of its name. */
  int(name: string): Dim {
    return this.ctx.dimOf(this.value(name), name);
  }

  /** None gives undefined, as does a value of which nothing is known (it may be None): see `isNone`. */
  optionalInt(name: string): Dim | undefined {
    const value = this.value(name);
    return value.kind === 'none' || value.kind === 'unknown' ? undefined : this.ctx.dimOf(value, name);
  }

  /** A number known as such. */
  known(name: string): number | undefined {
    return this.ctx.interp.asNumber(this.value(name));
  }

  /** A list of integers, or one integer; undefined where its length is not known, or it is None. */
  ints(name: string): readonly Dim[] | undefined {
    return this.ctx.dimsOfValue(this.value(name), name);
  }

  /** A single int stands for `count` of them, as PyTorch expands kernel sizes and the like. */
  intsOf(name: string, count: number): readonly Dim[] | undefined {
    const dims = this.ints(name);
    return dims !== undefined && dims.length === 1 && count > 1 ? Array.from({ length: count }, () => dims[0] as Dim) : dims;
  }

  cond(name: string): Cond {
    return this.ctx.interp.truth(this.value(name));
  }

  /** A truth value; undefined where it is not known. */
  bool(name: string): boolean | undefined {
    const decision = this.ctx.interp.decide(this.cond(name));
    return decision === 'unknown' ? undefined : decision === 'yes';
  }

  string(name: string): string | undefined {
    return this.ctx.interp.asString(this.value(name));
  }

  /** `null` where it is None; undefined where it is not known. */
  dtype(name: string): DType | null | undefined {
    return this.ctx.dtypeOf(this.value(name));
  }

  /** All tensors among the arguments, also those in lists. */
  allTensors(): readonly TensorArg[] {
    const found: TensorArg[] = [];
    const add = (given: Value, name: string): void => {
      const value = this.ctx.interp.resolve(given);
      if (payloadOf(value) !== undefined) found.push(new TensorArg(this.ctx, value as ObjectValue, name));
      else for (const item of sequenceContent(value)?.items ?? []) add(item, name);
    };
    for (const [name, value] of this.bound.values) add(value, name);
    return found;
  }
}

/** The same arguments as numbers and arrays. Every reader throws `NotKnown` where a check does not know the number. */
export class KernelArguments {
  private readonly args: Arguments;
  private readonly replaced: ReadonlyMap<string, NdArray>;

  constructor(args: Arguments, replaced: ReadonlyMap<string, NdArray> = new Map()) {
    this.args = args;
    this.replaced = replaced;
  }

  /** The same with another array for one parameter. */
  with(name: string, array: NdArray): KernelArguments {
    return new KernelArguments(this.args, new Map([...this.replaced, [name, array]]));
  }

  get overload(): number {
    return this.args.overload;
  }

  value(name: string): Value {
    return this.args.value(name);
  }

  isNone(name: string): boolean {
    return !this.args.exists(name) || this.args.isNone(name);
  }

  isTensor(name: string): boolean {
    return payloadOf(this.value(name)) !== undefined;
  }

  array(name: string): NdArray {
    return this.replaced.get(name) ?? arrayOf(this.value(name));
  }

  optionalArray(name: string): NdArray | undefined {
    return this.isNone(name) && !this.replaced.has(name) ? undefined : this.array(name);
  }

  arrays(name: string): NdArray[] {
    const content = this.args.ctx.interp.content(this.value(name));
    if (content === undefined || content.rest !== undefined) throw new NotKnown();
    return content.items.map((item) => arrayOf(this.args.ctx.interp.resolve(item)));
  }

  int(name: string): number {
    return this.number(name);
  }

  optionalInt(name: string): number | undefined {
    return this.isNone(name) ? undefined : this.number(name);
  }

  number(name: string): number {
    const value = this.value(name);
    const payload = payloadOf(value);
    if (payload !== undefined) return arrayOf(value).item();
    const n = this.args.ctx.interp.asNumber(value);
    if (n === undefined) throw new NotKnown();
    return n;
  }

  optionalNumber(name: string): number | undefined {
    return this.isNone(name) ? undefined : this.number(name);
  }

  ints(name: string): number[] {
    const dims = this.args.ints(name);
    if (dims === undefined) throw new NotKnown();
    return dims.map((d) => {
      const n = this.args.ctx.known(d);
      if (n === undefined) throw new NotKnown();
      return n;
    });
  }

  optionalInts(name: string): number[] | undefined {
    return this.isNone(name) ? undefined : this.ints(name);
  }

  bool(name: string): boolean {
    const b = this.args.bool(name);
    if (b === undefined) throw new NotKnown();
    return b;
  }

  string(name: string): string {
    const s = this.args.string(name);
    if (s === undefined) throw new NotKnown();
    return s;
  }

  /** undefined for None. */
  dtype(name: string): DType | undefined {
    if (!this.args.exists(name)) return undefined;
    const dtype = this.args.dtype(name);
    if (dtype === undefined) throw new NotKnown();
    return dtype ?? undefined;
  }

  /** The stream that the call draws from: its `generator`, or the default one. */
  get stream(): Generator {
    if (this.isNone('generator')) return this.args.ctx.state.generator;
    const own = generatorOf(this.value('generator'));
    if (own?.stream === undefined) throw new NotKnown();
    return own.stream;
  }

  get rule(): Arguments {
    return this.args;
  }
}

/** The numbers of a tensor value. Throws `NotKnown`. */
export function arrayOf(value: Value): NdArray {
  const values = payloadOf(value)?.values;
  if (values === undefined) throw new NotKnown();
  return values;
}

/** A symbol for a size nobody said anything about. */
export function freshSize(name = '?', least = 0): Dim {
  return symbol(name, { least });
}
