/**
 * What the library keeps for one interpreter: its classes, the shapes' world, the random generator, the gradient mode.
 * Owns no behaviour of operations.
 */
import type { Dim } from '../dims/dim.ts';
import type { DType } from '../kernels/dtype.ts';
import type { PrintOptions } from '../kernels/print.ts';
import type { Generator } from '../kernels/random.ts';
import type { HiddenGradientHook } from '../kernels/recurrent-layer.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { ClassValue, ObjectValue, Payload, Value } from '../python/values.ts';
import type { World } from '../shapes/world.ts';

/** The classes that rules make instances of. */
export interface TorchClasses {
  readonly tensor: ClassValue;
  readonly parameter: ClassValue;
  readonly module: ClassValue;
  readonly size: ClassValue;
  readonly dtype: ClassValue;
  readonly device: ClassValue;
  readonly generator: ClassValue;
  readonly layout: ClassValue;
  readonly memoryFormat: ClassValue;
  readonly packed: ClassValue;
}

export interface TorchState {
  readonly world: World;
  readonly generator: Generator;
  readonly classes: TorchClasses;
  /** `torch.float32` and its like by canonical name. */
  readonly dtypes: Map<string, ObjectValue>;
  /** Modules' classes by their name in the table (`nn.Linear`). */
  readonly modules: Map<string, ClassValue>;
  /** The class of a module by its name in the table; made when it is first asked for. */
  readonly classNamed: (name: string) => ClassValue;
  /** The symbol for the number of sizes in a run, by the run's id. */
  readonly runLengths: Map<number, Dim>;
  /** Whether the program has named anything of nn.utils.rnn. */
  packingSeen: boolean;
  /** Undefined where a function runs of which nobody knows who calls it. */
  gradEnabled: boolean | undefined;
  /** How many `autocast` blocks are open: in one operations convert what they are given. */
  autocasts: number;
  /** What torch.set_printoptions was last told. */
  printOptions: PrintOptions;
  /** Told the norm of the gradient at each time step of a recurrent layer during backward. */
  hiddenGradient: HiddenGradientHook | undefined;
  /** In a run: compares each kernel's shape with the rule's. */
  selfCheck: boolean;
  /** Whether warnings that are given once a process were given. */
  readonly warned: Set<string>;
}

const KEY = Symbol('torch');

export function stateOf(interp: Interpreter): TorchState {
  return interp.state.get(KEY) as TorchState;
}

export function setState(interp: Interpreter, state: TorchState): void {
  interp.state.set(KEY, state);
}

/** An element type, also one that the kernels do not compute with. */
export type TypeTag = DType | 'uint16' | 'uint32' | 'uint64' | 'complex32' | 'float8_e4m3fn' | 'float8_e5m2';

/** What a constant of the library stands for: a dtype, a device, a layout, a memory format. */
export class ConstantPayload implements Payload {
  readonly sort: 'dtype' | 'device' | 'layout' | 'memory-format';
  /** Undefined where it is not known which. */
  readonly name: string | undefined;

  constructor(sort: ConstantPayload['sort'], name: string | undefined) {
    this.sort = sort;
    this.name = name;
  }

  join(other: Payload): Payload | undefined {
    if (!(other instanceof ConstantPayload) || other.sort !== this.sort) return undefined;
    return other.name === this.name ? this : new ConstantPayload(this.sort, undefined);
  }

  same(other: Payload): boolean {
    return other instanceof ConstantPayload && other.sort === this.sort && other.name === this.name;
  }
}

/** A `torch.Generator`: its stream of random numbers, which only a run has. */
export class GeneratorPayload implements Payload {
  readonly stream: Generator | undefined;

  constructor(stream: Generator | undefined) {
    this.stream = stream;
  }

  join(other: Payload): Payload | undefined {
    if (!(other instanceof GeneratorPayload)) return undefined;
    return other.stream === this.stream ? this : new GeneratorPayload(undefined);
  }

  same(other: Payload): boolean {
    return other instanceof GeneratorPayload && other.stream === this.stream;
  }
}

export function generatorOf(value: Value): GeneratorPayload | undefined {
  const payload = value.kind === 'object' ? value.payload.get() : undefined;
  return payload instanceof GeneratorPayload ? payload : undefined;
}

export function constantOf(value: Value, sort: ConstantPayload['sort']): ConstantPayload | undefined {
  if (value.kind !== 'object') return undefined;
  const payload = value.payload.get();
  return payload instanceof ConstantPayload && payload.sort === sort ? payload : undefined;
}

/** The object of a dtype; `undefined` gives an unknown one. */
export function dtypeValue(interp: Interpreter, dtype: DType | undefined): Value {
  const state = stateOf(interp);
  return (
    (dtype === undefined ? undefined : state.dtypes.get(dtype)) ?? interp.object(state.classes.dtype, new ConstantPayload('dtype', dtype))
  );
}
