/**
 * The table of operations: every family's entries, and where each name is found in PyTorch's modules.
 * A family adds one import and one line here.
 */
import { ACTIVATION_MODULES, ACTIVATIONS } from './activations.ts';
import { ASSIGNMENT } from './assignment.ts';
import { ATTENTIONS } from './attention.ts';
import { ATTENTION_MODULES } from './attention-module.ts';
import { BINARY } from './binary.ts';
import { BROADCASTING } from './broadcasting.ts';
import { CLASS_LOSS_MODULES, CLASS_LOSSES } from './class-losses.ts';
import { CLIPPING } from './clipping.ts';
import { CONTAINERS } from './containers.ts';
import { CONV_MODULES } from './conv-modules.ts';
import { CONVERSION } from './conversion.ts';
import { CONVOLUTIONS } from './convolution.ts';
import { CREATION } from './creation.ts';
import { CTC_LOSSES, CTC_MODULES } from './ctc-loss.ts';
import { DERIVED_FUNCTIONS } from './derived-functions.ts';
import { DIFFERENTIATION } from './differentiation.ts';
import { DISTANCE_MODULES, DISTANCES } from './distance.ts';
import { DRAWING } from './drawing.ts';
import { DROPOUT_MODULES, DROPOUTS } from './dropout.ts';
import { EINOPS, EINOPS_MODULES } from './einops.ts';
import { EINSUM } from './einsum.ts';
import { EMBEDDING, EMBEDDING_MODULES } from './embedding.ts';
import type { ModuleEntry, Operation } from './entry.ts';
import { EXPANDING } from './expanding.ts';
import { EXTREMES } from './extremes.ts';
import { FILLING } from './filling.ts';
import { FOREIGN_ARRAYS } from './foreign-arrays.ts';
import { FOURIER } from './fourier.ts';
import { FOURIER_AXES } from './fourier-axes.ts';
import { GATHERING } from './gathering.ts';
import { GRIDS } from './grids.ts';
import { INDEXING } from './indexing.ts';
import { INITS } from './init.ts';
import { INSPECTION } from './inspection.ts';
import { JOINING } from './joining.ts';
import { LINALG } from './linalg.ts';
import { LINEAR, LINEAR_MODULES } from './linear.ts';
import { LOSS_MODULES, LOSSES } from './losses.ts';
import { MARGIN_LOSS_MODULES, MARGIN_LOSSES } from './margin-losses.ts';
import { MASKING } from './masking.ts';
import { MATMULS } from './matmul.ts';
import { MATMUL_ADDS } from './matmul-add.ts';
import { MATRIX_FACTORS } from './matrix-factors.ts';
import { MATRIX_FUNCTIONS } from './matrix-functions.ts';
import { NEW_TENSORS } from './new-tensors.ts';
import { NORM_MODULES } from './norm-modules.ts';
import { NORMALIZATIONS } from './normalization.ts';
import { NORMS } from './norms.ts';
import { OPERATORS } from './operators.ts';
import { ORDERING } from './ordering.ts';
import { PADDING_MODULES, PADDINGS } from './padding.ts';
import { PART_SCATTER } from './part-scatter.ts';
import { PERMUTING } from './permuting.ts';
import { POOL_MODULES } from './pool-modules.ts';
import { POOLINGS } from './pooling.ts';
import { PRODUCTS } from './products.ts';
import { RECURRENT } from './recurrent.ts';
import { RECURRENT_CELLS } from './recurrent-cells.ts';
import { REDUCTIONS } from './reductions.ts';
import { REINTERPRETATION } from './reinterpretation.ts';
import { REPEATING } from './repeating.ts';
import { RESHAPING } from './reshaping.ts';
import { ROLLING } from './rolling.ts';
import { SCATTERING } from './scattering.ts';
import { SEARCHING } from './searching.ts';
import { PACKING } from './sequences.ts';
import { SHAPING_MODULES } from './shaping-modules.ts';
import { SHORT_TIME } from './short-time.ts';
import { SLICING } from './slicing.ts';
import { SLIDING_BLOCK_MODULES, SLIDING_BLOCKS } from './sliding-blocks.ts';
import { SOFTMAX, SOFTMAX_MODULES } from './softmax.ts';
import { SPACING } from './spacing.ts';
import { SPLITTING } from './splitting.ts';
import { TERNARY } from './ternary.ts';
import { TRANSFORMERS } from './transformer.ts';
import { TRIANGULAR } from './triangular.ts';
import { TYPE_QUERIES } from './type-queries.ts';
import { UNARY } from './unary.ts';
import { UNPOOLINGS } from './unpooling.ts';
import { UPSAMPLING_MODULES, UPSAMPLINGS } from './upsampling.ts';
import { POWERS } from './vandermonde.ts';
import { WINDOWS } from './windows.ts';
import { WRAPPING_MODULES } from './wrapping-modules.ts';

export const OPERATIONS: readonly Operation[] = [
  ...UNARY,
  ...BINARY,
  ...OPERATORS,
  ...MATMULS,
  ...REDUCTIONS,
  ...EXTREMES,
  ...CLIPPING,
  ...DIFFERENTIATION,
  ...LINALG,
  ...MATRIX_FUNCTIONS,
  ...MATRIX_FACTORS,
  ...NORMS,
  ...FOURIER,
  ...FOURIER_AXES,
  ...SHORT_TIME,
  ...WINDOWS,
  ...DRAWING,
  ...INITS,
  ...PRODUCTS,
  ...TERNARY,
  ...DERIVED_FUNCTIONS,
  ...POWERS,
  ...MATMUL_ADDS,
  ...EINSUM,
  ...EINOPS,
  ...SEARCHING,
  ...ORDERING,
  ...SOFTMAX,
  ...CREATION,
  ...FOREIGN_ARRAYS,
  ...TYPE_QUERIES,
  ...NEW_TENSORS,
  ...FILLING,
  ...SPACING,
  ...TRIANGULAR,
  ...ROLLING,
  ...MASKING,
  ...SCATTERING,
  ...GATHERING,
  ...ASSIGNMENT,
  ...INDEXING,
  ...GRIDS,
  ...REPEATING,
  ...SPLITTING,
  ...JOINING,
  ...PART_SCATTER,
  ...BROADCASTING,
  ...SLICING,
  ...RESHAPING,
  ...REINTERPRETATION,
  ...PERMUTING,
  ...EXPANDING,
  ...INSPECTION,
  ...CONVERSION,
  ...LINEAR,
  ...ACTIVATIONS,
  ...DROPOUTS,
  ...EMBEDDING,
  ...PACKING,
  ...LOSSES,
  ...CLASS_LOSSES,
  ...NORMALIZATIONS,
  ...PADDINGS,
  ...CONVOLUTIONS,
  ...POOLINGS,
  ...UNPOOLINGS,
  ...DISTANCES,
  ...MARGIN_LOSSES,
  ...CTC_LOSSES,
  ...ATTENTIONS,
  ...UPSAMPLINGS,
  ...SLIDING_BLOCKS,
];

export const MODULES: readonly ModuleEntry[] = [
  ...CONTAINERS,
  ...LINEAR_MODULES,
  ...ACTIVATION_MODULES,
  ...SOFTMAX_MODULES,
  ...DROPOUT_MODULES,
  ...EMBEDDING_MODULES,
  ...RECURRENT,
  ...RECURRENT_CELLS,
  ...LOSS_MODULES,
  ...CLASS_LOSS_MODULES,
  ...NORM_MODULES,
  ...PADDING_MODULES,
  ...CONV_MODULES,
  ...POOL_MODULES,
  ...DISTANCE_MODULES,
  ...MARGIN_LOSS_MODULES,
  ...CTC_MODULES,
  ...SHAPING_MODULES,
  ...ATTENTION_MODULES,
  ...TRANSFORMERS,
  ...UPSAMPLING_MODULES,
  ...SLIDING_BLOCK_MODULES,
  ...WRAPPING_MODULES,
  ...EINOPS_MODULES,
];

/** Python's module of a name in the table: `F.linear` is `linear` in `torch.nn.functional`. */
export function placeOf(name: string): { readonly module: string; readonly attribute: string } {
  const at = name.lastIndexOf('.');
  const head = name.slice(0, at);
  const attribute = name.slice(at + 1);
  if (head === 'F') return { module: 'torch.nn.functional', attribute };
  if (head === 'nn' || head.startsWith('nn.')) return { module: `torch.${head}`, attribute };
  return { module: head, attribute };
}

/** Operations by module and attribute; methods of tensors stand under the module name `Tensor`. */
export const OPERATION_INDEX: ReadonlyMap<string, ReadonlyMap<string, Operation>> = index(OPERATIONS, (op) => op.names);

export const MODULE_INDEX: ReadonlyMap<string, ReadonlyMap<string, ModuleEntry>> = index(MODULES, (m) => [m.name, ...(m.aliases ?? [])]);

function index<T>(entries: readonly T[], names: (entry: T) => readonly string[]): Map<string, Map<string, T>> {
  const found = new Map<string, Map<string, T>>();
  for (const entry of entries) {
    for (const name of names(entry)) {
      const { module, attribute } = placeOf(name);
      let inside = found.get(module);
      if (inside === undefined) found.set(module, (inside = new Map()));
      inside.set(attribute, entry);
    }
  }
  return found;
}

const byName = new Map<string, Operation>();
for (const op of OPERATIONS) for (const name of op.names) byName.set(name, op);

/** An operation by any of its names. Throws for a name that has no entry, which is a mistake in this program. */
export function operation(name: string): Operation {
  const op = byName.get(name);
  if (op === undefined) throw new Error(`no operation '${name}'`);
  return op;
}

const modulesByName = new Map<string, ModuleEntry>();
for (const m of MODULES) for (const name of [m.name, ...(m.aliases ?? [])]) modulesByName.set(name, m);

export function moduleEntry(name: string): ModuleEntry | undefined {
  return modulesByName.get(name);
}
