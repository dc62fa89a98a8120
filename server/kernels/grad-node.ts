// Owns the shape of the gradient graph: nodes and edges. Knows nothing of how gradients are computed.

import type { NdArray } from './array.ts';
import type { DType } from './dtype.ts';

export interface Edge {
  readonly node: GradNode;
  readonly index: number;
}

/** What a gradient arriving at an output must look like. */
export interface OutputMeta {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export type GradientList = readonly (NdArray | undefined)[];
export type BackwardRule = (grads: GradientList) => GradientList;
/** Sees the gradient of one array; a returned array replaces it. */
export type TensorHook = (grad: NdArray) => NdArray | undefined;

export interface SavedArray {
  readonly array: NdArray;
  readonly version: number;
}

/** One recorded operation (grad_fn). `run` turns the gradients of its outputs into those of its inputs. */
export interface GradNode {
  name: string;
  /** Order of creation; a node's inputs always carry smaller numbers. */
  readonly sequence: number;
  readonly edges: readonly (Edge | undefined)[];
  readonly outputs: readonly OutputMeta[];
  /** The array that an AccumulateGrad node adds into. */
  readonly leaf: NdArray | undefined;
  /** Undefined for AccumulateGrad, and after the graph was freed. */
  run: BackwardRule | undefined;
  saved: readonly SavedArray[];
  hooks?: Map<number, TensorHook[]>;
  retained?: Map<number, NdArray>;
  freed?: boolean;
}
