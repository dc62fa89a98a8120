/**
 * torch.nn.utils: gradients clipped by norm or value, parameters as one vector. In a check only shapes follow.
 */

import type { Dim } from '../dims/dim.ts';
import { add, constant } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { fromFlat, wrapScalar } from '../kernels/array.ts';
import { noGrad } from '../kernels/autograd.ts';
import { binary } from '../kernels/binary.ts';
import { inPlace, writeValues } from '../kernels/inplace.ts';
import { cat, stack } from '../kernels/join.ts';
import { vectorNorm } from '../kernels/moments.ts';
import { clamp } from '../kernels/ternary.ts';
import { narrow, reshape } from '../kernels/views.ts';
import { collect } from '../python/iteration.ts';
import type { Value } from '../python/values.ts';
import { numelOf, scalar, shapeOf } from '../shapes/shape.ts';
import { valueOfArray } from './apply.ts';
import type { Arguments } from './arguments.ts';
import { arrayOf } from './arguments.ts';
import type { Context } from './context.ts';
import type { Operation } from './entry.ts';
import { tensorOut } from './entry.ts';
import { payloadOf, TensorPayload } from './tensor.ts';

/** One tensor, or everything an iterable gives. */
function parameters(ctx: Context, a: Arguments): { readonly items: readonly Value[]; readonly complete: boolean } {
  const value = a.value('parameters');
  if (payloadOf(value) !== undefined) return { items: [value], complete: true };
  if (value.kind === 'unknown') return { items: [], complete: false };
  const content = collect(ctx.interp, value);
  const items = content.items.map((item) => ctx.interp.resolve(item));
  for (const item of items) {
    if (payloadOf(item) === undefined && item.kind !== 'unknown' && item.kind !== 'choice') throw ctx.noAttribute(item, 'grad');
  }
  return { items, complete: content.rest === undefined };
}

function gradients(items: readonly Value[]): NdArray[] {
  return items.flatMap((item) => payloadOf(item)?.values?.grad ?? []);
}

/** The norm of all gradients as if they were one vector. */
function totalNorm(grads: readonly NdArray[], order: number): NdArray {
  if (grads.length === 0) return fromFlat([0], [], 'float32');
  return vectorNorm(stack(grads.map((g) => vectorNorm(g, order))), order);
}

const CLIP_NORM: Operation = {
  names: ['nn.utils.clip_grad_norm_', 'nn.utils.clip_grad_norm'],
  signature: 'def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None)',
  shape: '(*)… -> ()',
  rule: (ctx, a) => {
    const { items } = parameters(ctx, a);
    const dtype = items.map((v) => payloadOf(v)?.dtype).find((d) => d !== undefined);
    if (ctx.interp.mode !== 'run') return tensorOut(scalar, dtype);
    const [most, order] = [a.known('max_norm'), a.known('norm_type')];
    const grads = gradients(items);
    const norm = noGrad(() => {
      const total = totalNorm(grads, order ?? 2);
      const factor = clamp(binary('div', wrapScalar(most ?? 0, 'float'), binary('add', total, wrapScalar(1e-6, 'float'))), undefined, 1);
      for (const grad of grads) inPlace(grad, (old) => binary('mul', old, factor));
      return total;
    });
    return valueOfArray(ctx, norm);
  },
  samples: ['nn.utils.clip_grad_norm_([nn.Parameter(torch.ones(2))], 1.0)'],
  errors: [['nn.utils.clip_grad_norm_([3], 1.0)', 'not-a-tensor']],
  doc: 'nn.utils.clip_grad_norm_',
};

const CLIP_VALUE: Operation = {
  names: ['nn.utils.clip_grad_value_'],
  signature: 'def clip_grad_value_(parameters, clip_value, foreach=None)',
  shape: '(*)… -> None',
  rule: (ctx, a) => {
    const { items } = parameters(ctx, a);
    const most = a.known('clip_value');
    if (ctx.interp.mode === 'run' && most !== undefined) {
      noGrad(() => {
        for (const grad of gradients(items)) inPlace(grad, (old) => clamp(old, -most, most));
      });
    }
    return ctx.interp.none;
  },
  samples: ['nn.utils.clip_grad_value_([nn.Parameter(torch.ones(2))], 1.0)'],
  doc: 'nn.utils.clip_grad_value_',
};

const TO_VECTOR: Operation = {
  names: ['nn.utils.parameters_to_vector'],
  signature: 'def parameters_to_vector(parameters)',
  shape: '(*)… -> (n)',
  rule: (ctx, a) => {
    const { items, complete } = parameters(ctx, a);
    if (ctx.interp.mode === 'run') {
      return valueOfArray(ctx, cat(items.map((v) => reshape(arrayOf(v), [-1]))));
    }
    let count: Dim | undefined = complete ? constant(0) : undefined;
    for (const item of items) {
      const payload = payloadOf(item);
      const numel = payload === undefined ? undefined : numelOf(ctx.world.resolve(payload.shape));
      count = count === undefined || numel === undefined ? undefined : add(count, numel);
    }
    const shape = shapeOf([count ?? ctx.world.freshSize()]);
    return ctx.interp.object(
      ctx.state.classes.tensor,
      new TensorPayload({ shape, dtype: payloadOf(items[0] ?? ctx.interp.none)?.dtype, requiresGrad: undefined }),
    );
  },
  samples: ['nn.utils.parameters_to_vector([torch.ones(2, 3), torch.ones(4)])'],
  doc: 'nn.utils.parameters_to_vector',
};

const FROM_VECTOR: Operation = {
  names: ['nn.utils.vector_to_parameters'],
  signature: 'def vector_to_parameters(vec, parameters)',
  shape: '(n) -> None',
  rule: (ctx, a) => {
    const { items } = parameters(ctx, a);
    if (ctx.interp.mode === 'run') {
      const vector = arrayOf(a.value('vec'));
      let at = 0;
      noGrad(() => {
        for (const item of items) {
          const array = arrayOf(item);
          writeValues(array, reshape(narrow(vector, 0, at, array.numel), array.shape));
          at += array.numel;
        }
      });
    }
    return ctx.interp.none;
  },
  samples: ['nn.utils.vector_to_parameters(torch.ones(4), [torch.ones(4)])'],
  doc: 'nn.utils.vector_to_parameters',
};

export const CLIPPING: readonly Operation[] = [CLIP_NORM, CLIP_VALUE, TO_VECTOR, FROM_VECTOR];
