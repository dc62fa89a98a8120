/**
 * The form of an operation's entry. Everything about an operation stands in one entry, in the file of its family
 * (`linear.ts`, `recurrent.ts`, …), and the family's list is named once in `table.ts`. Nothing else has to be touched.
 *
 * How to add an operation:
 *
 *   export const cumsum: Operation = {
 *     names: ['torch.cumsum', 'Tensor.cumsum'],        // 'torch.…', 'F.…', 'Tensor.…' (method), 'nn.utils.rnn.…', 'operator…'
 *     signature: 'cumsum(Tensor input, int dim, *, torch.dtype dtype = None, Tensor out = None)',
 *     shape: '(*) -> (*)',                             // in the shape notation, for people; computes the result if there is no rule
 *     rule: (ctx, a) => {
 *       const x = a.tensor('input');
 *       requireDim(ctx, x, a.int('dim'));               // states requirements: holds / raises / is a fact from here on
 *       return tensorOut(x.shape, a.dtype('dtype') ?? x.dtype);
 *     },
 *     kernel: (k) => cumsum(k.array('input'), k.int('dim')),   // numbers; its arrays in the order of the rule's tensors
 *     samples: ['torch.cumsum(torch.ones(2, 3), 1)'],          // Python; run in both modes, shapes compared
 *     errors: [['torch.cumsum(torch.ones(2), 5)', 'dim-out-of-range']],
 *     doc: 'torch.cumsum',
 *   };
 *
 * - A native signature is spelled as PyTorch's own error messages print it; several overloads are a list. The method form
 *   is the function's without its first parameter (`method` overrides it). A Python-level function starts with `def `.
 * - `rule` returns what `tensorOut`, `tupleOut`, `listOut`, `selfOut` make, or a ready `Value` (composed with `ctx`'s
 *   interpreter and `apply`). Whatever it reads of an unknown value teaches the interpreter what that must be.
 * - Faults: `ctx.require(cond, () => ({ code, exception, message, text: ctx.text`…`, origins: […] }))`, codes in `codes.ts`.
 * - In a check the kernel also runs where all inputs are small known constants; a `random` one never does.
 */
import type { Dim } from '../dims/dim.ts';
import { symbol } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import type { DType } from '../kernels/dtype.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { ClassValue, Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import type { ModuleScope } from './module-context.ts';
import type { Bounds, Layout, Role } from './tensor.ts';

export type Rule = (ctx: Context, args: Arguments) => Out | Value;

/** One array for each tensor in the rule's result, depth first. */
export type Kernel = (args: KernelArguments, ctx: Context) => NdArray | readonly NdArray[];

export interface Operation {
  /** The first is the operation's name; the others are aliases. */
  readonly names: readonly string[];
  readonly signature: string | readonly string[];
  /** The signature as a method, where it is not the function's without its first parameter. */
  readonly method?: string | readonly string[];
  /** Read without being called (`Tensor.shape`). */
  readonly property?: boolean;
  /** In the shape notation; inputs are the tensor parameters in order. */
  readonly shape: string;
  readonly rule?: Rule;
  /** The result's dtype where the rule leaves it out; the default is the first tensor's. */
  readonly dtype?: (ctx: Context, args: Arguments) => DType | undefined;
  readonly kernel?: Kernel;
  /** Draws random numbers: the kernel runs in a run only. */
  readonly random?: boolean;
  /** Expressions that must go through, in both modes. */
  readonly samples: readonly string[];
  /** Expressions that must raise, with the diagnostic code. */
  readonly errors?: readonly (readonly [expression: string, code: string])[];
  /** The page of PyTorch's documentation: `torch.cumsum`, `nn.Linear`. */
  readonly doc: string;
  /** Called with an unknown alternative (`ChoiceValue`) as it is, not once for each. */
  readonly choices?: boolean;
}

/** A class derived from nn.Module. */
export interface ModuleEntry {
  /** `nn.Linear` */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** The table name of its base class; `nn.Module` if absent. */
  readonly base?: string;
  /** Python signature of `__init__`, with `self`: `def Linear.__init__(self, in_features, …)`. Absent: inherited from `base`. */
  readonly init?: string;
  /** Sees the raw arguments of `__init__` before they are bound, where PyTorch does. */
  readonly adapt?: (
    m: ModuleScope,
    args: readonly Value[],
    kwargs: ReadonlyMap<string, Value>,
  ) => { readonly args: readonly Value[]; readonly kwargs: ReadonlyMap<string, Value> };
  /** Checks in PyTorch's order, then sets attributes, parameters, buffers and submodules in PyTorch's order. */
  readonly construct?: (m: ModuleScope, args: Arguments) => void;
  /** Python signature of `forward`, with `self`. Absent: inherited from `base`. */
  readonly forward?: string;
  readonly shape: string;
  readonly call?: (m: ModuleScope, args: Arguments) => Out | Value;
  readonly kernel?: (args: KernelArguments, m: ModuleScope) => NdArray | readonly NdArray[];
  readonly extraRepr?: (m: ModuleScope) => string;
  /** The constructor takes an unknown alternative (`ChoiceValue`) as it is, and is not called once for each. */
  readonly choices?: boolean;
  /** Further methods, properties and class methods by name. */
  readonly attributes?: (interp: Interpreter, cls: () => ClassValue) => Readonly<Record<string, Value>>;
  readonly samples: readonly string[];
  readonly errors?: readonly (readonly [expression: string, code: string])[];
  readonly doc: string;
}

// ---------------------------------------------------------------- results

export interface TensorOut {
  readonly out: 'tensor';
  readonly shape: Shape;
  /** Undefined: not known. `'default'`: the entry's dtype rule. */
  readonly dtype: DType | undefined | 'default';
  readonly layout?: Layout;
  readonly bounds?: Bounds | undefined;
  readonly requiresGrad?: boolean | undefined;
  /** The tensor whose storage this shares. */
  readonly viewOf?: TensorArg | undefined;
  readonly role?: Role | undefined;
  /** Sizes that depend on numbers: where they are known, the kernel's shape replaces the rule's. */
  readonly dataDependent?: boolean;
}

export interface GroupOut {
  readonly out: 'tuple' | 'list';
  readonly items: readonly (Out | Value)[];
  /** A named tuple: `torch.return_types.max` with its fields. */
  readonly named?: { readonly name: string; readonly fields: readonly string[]; readonly cls?: ClassValue } | undefined;
}

/** An in-place operation: `of` is written and returned. */
export interface SelfOut {
  readonly out: 'self';
  readonly of: TensorArg;
  /** New shape or dtype, where the operation changes them. */
  readonly shape?: Shape;
  readonly dtype?: DType | undefined;
  readonly layout?: Layout;
}

export type Out = TensorOut | GroupOut | SelfOut;

export function isOut(result: Out | Value): result is Out {
  return 'out' in result;
}

type OutMore = Omit<TensorOut, 'out' | 'shape' | 'dtype'>;

/** One tensor. Where no dtype is given the entry's rule for it applies; an `undefined` one is not known. */
/** A size that a rule read of a shape of unknown rank may be missing: it is one of which nothing is known. */
function complete(shape: Shape): Shape {
  const known = (sizes: readonly (Dim | undefined)[]): boolean => sizes.every((d) => d !== undefined);
  if (known(shape.head) && known(shape.tail)) return shape;
  const fill = (d: Dim | undefined): Dim => d ?? symbol('?', { least: 0 });
  return { head: shape.head.map(fill), run: shape.run, tail: shape.tail.map(fill) };
}

export function tensorOut(shape: Shape, ...rest: readonly [] | readonly [dtype: DType | undefined | 'default', more?: OutMore]): TensorOut {
  const [dtype, more] = rest;
  return { out: 'tensor', shape: complete(shape), dtype: rest.length === 0 ? 'default' : dtype, ...more };
}

export function tupleOut(items: readonly (Out | Value)[], named?: GroupOut['named']): GroupOut {
  return { out: 'tuple', items, named };
}

export function listOut(items: readonly (Out | Value)[]): GroupOut {
  return { out: 'list', items };
}

export function selfOut(of: TensorArg, more?: Omit<SelfOut, 'out' | 'of'>): SelfOut {
  return { out: 'self', of, ...more };
}
