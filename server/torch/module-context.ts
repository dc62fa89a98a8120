/**
 * What the constructor and the call of a module work with: the rule's context plus the instance, its attributes,
 * parameters, buffers and submodules.
 */
import type { Dim } from '../dims/dim.ts';
import type { Origin } from '../dims/origin.ts';
import type { NdArray } from '../kernels/array.ts';
import { fromFlat } from '../kernels/array.ts';
import type { DType } from '../kernels/dtype.ts';
import { isComplex, isFloating, KernelError, requireMemory } from '../kernels/dtype.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { Node } from '../python/syntax.ts';
import type { ObjectValue, Value } from '../python/values.ts';
import { dimsOf, shapeOf, unknownShape } from '../shapes/shape.ts';
import type { TensorArg } from './arguments.ts';
import { Context } from './context.ts';
import { requireDevice } from './device.ts';
import { adopt, registerName } from './module-registry.ts';
import { payloadOf, TensorPayload } from './tensor.ts';

/** Makes a parameter's numbers in a run. */
export type Draw = (shape: readonly number[], dtype: DType) => NdArray;

export class ModuleScope extends Context {
  readonly self: ObjectValue;
  /** `device=` of the constructor, which the first parameter looks at. */
  device: Value | undefined;

  constructor(interp: Interpreter, name: string, node: Node | undefined, self: ObjectValue) {
    super(interp, name, node);
    this.self = self;
  }

  /** An attribute that the constructor has set. */
  attr(name: string): Value {
    const value = this.self.attrs.get(name);
    return value === undefined ? this.interp.getAttr(this.self, name) : this.interp.resolve(value);
  }

  dim(name: string): Dim {
    return this.dimOf(this.attr(name), name);
  }

  /** A truth value; undefined where it is not known. */
  bool(name: string): boolean | undefined {
    const decision = this.facts.decide(this.interp.truth(this.attr(name)));
    return decision === 'unknown' ? undefined : decision === 'yes';
  }

  /** A parameter or buffer; undefined where it is None or not known to be a tensor. */
  tensor(name: string): TensorArg | undefined {
    const value = this.attr(name);
    return value.kind === 'none' || value.kind === 'unknown' ? undefined : this.tensorOf(value, name);
  }

  set(name: string, value: Value): void {
    this.self.attrs.set(name, value);
  }

  /** Sets constructor arguments as attributes of the same names; sizes remember whose they are. */
  setSizes(sizes: Readonly<Record<string, Value>>): void {
    for (const [name, value] of Object.entries(sizes)) this.set(name, this.named(value, name));
  }

  /** A size with the origin "`hidden_size` of LSTM", unless it has one. */
  named(value: Value, name: string): Value {
    const v = this.interp.resolve(value);
    if (v.kind !== 'int' || v.big !== undefined) return value;
    return this.interp.int(v.dim, this.originOf(name, v.dim.origin));
  }

  originOf(name: string, from?: Origin): Origin {
    const place = this.node === undefined ? undefined : { file: this.interp.frame?.file ?? '', start: this.node.start, end: this.node.end };
    return { what: `\`${name}\` of ${this.name}`, place, ...(from === undefined ? {} : { from: [from] }) };
  }

  /** Registers a parameter; in a run `draw` makes its numbers. */
  parameter(name: string, dims: readonly Dim[], dtype: DType | undefined, draw: Draw, requiresGrad = true): ObjectValue {
    if (this.device !== undefined) requireDevice(this, this.interp.resolve(this.device));
    const value = this.newTensor(dims, dtype, draw, this.state.classes.parameter, requiresGrad);
    adopt(this.interp, this.self, name, value, 'parameter');
    return value;
  }

  /** Registers a parameter that is there already. */
  adoptParameter(name: string, value: ObjectValue): void {
    adopt(this.interp, this.self, name, value, 'parameter');
  }

  /** A parameter or buffer whose shape the first call tells. */
  lazyParameter(name: string, kind: 'parameter' | 'buffer' = 'parameter'): void {
    const value = this.interp.object(
      kind === 'parameter' ? this.state.classes.parameter : this.state.classes.tensor,
      new TensorPayload({ shape: unknownShape(), dtype: 'float32', layout: 'unknown', requiresGrad: kind === 'parameter' }),
    );
    adopt(this.interp, this.self, name, value, kind);
  }

  /** Whether a lazy parameter has no shape yet. */
  uninitialised(name: string): boolean {
    const parameter = payloadOf(this.attr(name));
    return parameter !== undefined && dimsOf(parameter.shape) === undefined;
  }

  /**
   * A lazy module has seen its first input: it is of the class that it is the lazy form of. In a check, where the first call
   * may stand in one of two branches, it stays what it is, whose rule is the same.
   */
  initialised(lazy: string): void {
    const base = this.state.classNamed(`nn.${lazy}`).bases[0];
    if (this.interp.mode === 'run' && base !== undefined) (this.self as { cls: ObjectValue['cls'] }).cls = base;
  }

  noParameter(name: string): void {
    registerName(this.interp, this.self, name, 'parameter');
    this.self.attrs.set(name, this.interp.none);
  }

  buffer(name: string, dims: readonly Dim[], dtype: DType, draw: Draw): void {
    adopt(this.interp, this.self, name, this.newTensor(dims, dtype, draw, this.state.classes.tensor, false), 'buffer');
  }

  noBuffer(name: string): void {
    registerName(this.interp, this.self, name, 'buffer');
    this.self.attrs.set(name, this.interp.none);
  }

  /** A module made from inside the library, as its Python code would: `Linear(3, 4)` inside an attention layer. */
  make(name: string, args: readonly Value[], kwargs: ReadonlyMap<string, Value> = new Map()): Value {
    return this.interp.call(this.state.classNamed(name), args, kwargs, this.node);
  }

  child(name: string, value: Value): void {
    adopt(this.interp, this.self, name, value, 'module');
  }

  private newTensor(
    dims: readonly Dim[],
    dtype: DType | undefined,
    draw: Draw,
    cls: ObjectValue['cls'],
    requiresGrad: boolean,
  ): ObjectValue {
    let values: NdArray | undefined;
    if (this.interp.mode === 'run') {
      const numbers = dims.map((d) => this.known(d) ?? 0);
      try {
        requireMemory(dtype ?? 'float32', numbers);
        values = draw(numbers, dtype ?? 'float32');
      } catch (problem) {
        throw problem instanceof KernelError ? this.refused(problem) : problem;
      }
      values.requiresGrad = requiresGrad;
    }
    if (requiresGrad && dtype !== undefined && !isFloating(dtype) && !isComplex(dtype)) {
      this.fail({
        code: 'dtype-mismatch',
        message: `${this.name}: parameters of dtype ${dtype} cannot require gradients`,
        text: 'Only Tensors of floating point and complex dtype can require gradients',
      });
    }
    return this.interp.object(cls, new TensorPayload({ shape: shapeOf(dims), dtype, layout: 'contiguous', requiresGrad, values }));
  }

  /** `dtype=` as given, else the default. Undefined where it is not known. */
  dtypeArgument(value: Value): DType | undefined {
    const dtype = this.dtypeOf(value);
    return dtype === null ? 'float32' : dtype;
  }
}

export function filled(value: number): Draw {
  return (shape, dtype) => {
    const n = shape.reduce((a, b) => a * b, 1);
    return fromFlat(new Array<number>(isComplex(dtype) ? 2 * n : n).fill(value), shape, dtype);
  };
}
