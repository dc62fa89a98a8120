/**
 * Conditions over symbolic integers and flags: what a Python comparison of sizes, or an unknown boolean, stands for.
 */
import type { Dim } from './dim.ts';

/** A boolean symbol: an argument nobody has given a value, the outcome of something unknown. */
export interface Flag {
  readonly id: number;
  readonly name: string;
}

export type Cond =
  | { readonly kind: 'const'; readonly value: boolean }
  | { readonly kind: 'flag'; readonly flag: Flag }
  /** `left = right` */
  | { readonly kind: 'eq'; readonly left: Dim; readonly right: Dim }
  /** `left <= right` */
  | { readonly kind: 'le'; readonly left: Dim; readonly right: Dim }
  | { readonly kind: 'not'; readonly of: Cond }
  | { readonly kind: 'and'; readonly of: readonly Cond[] }
  | { readonly kind: 'or'; readonly of: readonly Cond[] };

/** The three answers. `unknown` is never folded into one of the others. */
export type Decision = 'yes' | 'no' | 'unknown';
