/**
 * F.embedding and nn.Embedding: rows of a table by index. Bags of rows stand in `embedding-bag.ts`.
 */
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import { isComplex } from '../kernels/dtype.ts';
import { embedding } from '../kernels/embedding.ts';
import { concatenate, numelOf, shapeOf } from '../shapes/shape.ts';
import { apply } from './apply.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import { BAG_MODULES, BAGS } from './embedding-bag.ts';
import {
  badIndex,
  constructTable,
  describeTable,
  fromPretrained,
  requireIndexDtype,
  requirePadding,
  requireRenorm,
} from './embedding-table.ts';
import type { ModuleEntry, Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { beyondBounds } from './index-checks.ts';
import { nameOfSize } from './linear.ts';
import { passOn } from './native-argument.ts';

function rule(ctx: Context, a: Arguments): Out {
  const padding = a.value('padding_idx');
  requirePadding(ctx, padding, () => rowsFor(ctx, a), true);
  const w = a.tensor('weight', ctx.notTensor('embedding', 'weight', 1));
  const x = a.tensor('input', ctx.notTensor('embedding', 'indices', 2));
  requireRenorm(ctx, a, x, w);
  passOn(ctx, a, 'embedding(Tensor weight, Tensor indices, int padding_idx, bool scale_grad_by_freq, bool sparse)', {
    weight: w.object,
    indices: x.object,
    padding_idx: padding.kind === 'none' ? ctx.interp.int(constant(-1)) : padding,
  });
  ctx.requireRank(w.shape, [2], () => ({
    code: 'embedding-weight',
    message: `${ctx.name}: the weight is ${ctx.spell(w.shape)}, not 2-D`,
    text: "'weight' must be 2-D",
    origins: [w.origin],
  }));
  requireIndexDtype(ctx, x.dtype, x, 'embedding');
  const rows = w.size(0) as Dim;
  requireInTable(ctx, x, rows);
  if (w.dtype !== undefined && isComplex(w.dtype) && w.payload.requiresGrad === true && ctx.state.gradEnabled === true) {
    const text = 'embedding does not support automatic differentiation for outputs with complex dtype.';
    ctx.fail({ code: 'dtype-mismatch', text, message: `${ctx.name}: gradients of a table of ${w.dtype}`, origins: [w.origin] });
  }
  return tensorOut(concatenate(x.shape, shapeOf([w.size(1) as Dim])), w.dtype, { role: { kind: 'embedding-output' } });
}

/** `weight.size(0)` as the padding check reads it. */
function rowsFor(ctx: Context, a: Arguments): Dim | undefined {
  const w = a.tensor('weight', (v) => {
    throw ctx.noAttribute(v, 'size');
  });
  if (w.rank === 0) {
    ctx.fail({
      code: 'embedding-weight',
      exception: 'IndexError',
      message: `${ctx.name}: the weight has no dimensions`,
      text: 'Dimension specified as 0 but tensor has no dimensions',
      origins: [w.origin],
    });
  }
  return w.size(0);
}

function requireInTable(ctx: Context, x: TensorArg, rows: Dim): void {
  const n = ctx.known(rows);
  const numel = ctx.known(numelOf(x.shape));
  if (n === 0 && numel !== undefined && numel > 0) {
    ctx.fail({
      code: 'embedding-index',
      message: `${ctx.name}: the table is empty`,
      text: 'index_select(): self indexing axis dim should be positive',
      origins: [x.origin, rows.origin],
    });
  }
  const label = nameOfSize(rows, 'the number of rows');
  const fault = (index: string) => ({
    code: 'embedding-index',
    exception: 'IndexError',
    message: `${ctx.name}: index ${index} is not in the table, ${label} is ${ctx.spell(rows)}`,
    text: 'index out of range in self',
    origins: [x.origin, rows.origin],
  });
  const bad = n === undefined ? undefined : badIndex(x, n);
  if (bad !== undefined) ctx.fail(fault(String(bad.index)));
  const beyond = beyondBounds(ctx, x, rows);
  if (beyond !== undefined) ctx.fail(fault(ctx.spell(beyond)));
}

export const embeddingOp: Operation = {
  names: ['F.embedding'],
  signature: 'def embedding(input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False)',
  shape: '(*), (num_embeddings, embedding_dim) -> (*, embedding_dim)',
  rule,
  kernel: (k) =>
    embedding(k.array('input'), k.array('weight'), {
      paddingIdx: k.optionalInt('padding_idx'),
      maxNorm: k.optionalNumber('max_norm'),
      normType: k.number('norm_type'),
      scaleGradByFreq: k.bool('scale_grad_by_freq'),
    }),
  samples: [
    'F.embedding(torch.tensor([[1, 2], [0, 3]]), torch.randn(4, 3))',
    'F.embedding(torch.tensor(1), torch.randn(4, 3), padding_idx=0)',
  ],
  errors: [
    ['F.embedding(torch.tensor([4]), torch.randn(4, 3))', 'embedding-index'],
    ['F.embedding(torch.randn(2), torch.randn(4, 3))', 'index-dtype'],
    ['F.embedding(torch.tensor([1]), torch.randn(4))', 'embedding-weight'],
    ['F.embedding(torch.tensor([1]), torch.randn(4, 3), padding_idx=4)', 'embedding-padding-index'],
  ],
  doc: 'nn.functional.embedding',
};

const embeddingModule: ModuleEntry = {
  name: 'nn.Embedding',
  init: 'def Embedding.__init__(self, num_embeddings, embedding_dim, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False, _weight=None, _freeze=False, device=None, dtype=None)',
  construct: (m, a) => constructTable(m, a, true),
  forward: 'def Embedding.forward(self, input)',
  shape: '(*) -> (*, embedding_dim)',
  call: (m, a) =>
    apply(
      m,
      embeddingOp,
      [a.value('input'), m.attr('weight')],
      new Map(['padding_idx', 'max_norm', 'norm_type', 'scale_grad_by_freq', 'sparse'].map((name) => [name, m.attr(name)] as const)),
    ),
  extraRepr: (m) => describeTable(m),
  attributes: fromPretrained(
    'Embedding',
    'def Embedding.from_pretrained(cls, embeddings, freeze=True, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False)',
    ['padding_idx', 'max_norm', 'norm_type', 'scale_grad_by_freq', 'sparse'],
  ),
  samples: [
    'nn.Embedding(10, 3)(torch.tensor([[1, 2], [4, 5]]))',
    'nn.Embedding(10, 3, padding_idx=0)(torch.tensor(2))',
    'nn.Embedding.from_pretrained(torch.randn(4, 3))(torch.tensor([1, 2]))',
  ],
  errors: [
    ['nn.Embedding(10, 3)(torch.tensor([10]))', 'embedding-index'],
    ['nn.Embedding(10, 3)(torch.tensor([-1]))', 'embedding-index'],
    ['nn.Embedding(10, 3)(torch.randn(2))', 'index-dtype'],
    ['nn.Embedding(10, 3)([1])', 'not-a-tensor'],
    ['nn.Embedding(10, 3, padding_idx=10)', 'embedding-padding-index'],
    ['nn.Embedding(-1, 3)', 'negative-size'],
    ['nn.Embedding.from_pretrained(torch.randn(4))', 'embedding-weight'],
  ],
  doc: 'nn.Embedding',
};

export const EMBEDDING: readonly Operation[] = [embeddingOp, ...BAGS];
export const EMBEDDING_MODULES: readonly ModuleEntry[] = [embeddingModule, ...BAG_MODULES];
