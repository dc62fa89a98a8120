// The rules of autograd around the numbers: errors, freed graphs, in-place writes, hooks, modes, accumulation.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NdArray } from '../../server/kernels/array.ts';
import { fromFlat, full, wrapScalar, zeros } from '../../server/kernels/array.ts';
import { backward, gradientsOf, noGrad, registerHook, requireGrad, retainGrad } from '../../server/kernels/autograd.ts';
import { binary } from '../../server/kernels/binary.ts';
import { promote } from '../../server/kernels/dtype.ts';
import { resultType } from '../../server/kernels/elementwise.ts';
import { copyInto, inPlace } from '../../server/kernels/inplace.ts';
import { sum } from '../../server/kernels/reduce.ts';
import { unary } from '../../server/kernels/unary.ts';
import { detach, select, transpose, view } from '../../server/kernels/views.ts';

const vector = (...v: number[]): NdArray => requireGrad(fromFlat(v, [v.length]));
const two = wrapScalar(2, 'int');
const times2 = (a: NdArray): NdArray => binary('mul', a, two);

test('errors carry the texts of PyTorch', () => {
  const x = vector(1, 2, 3);
  assert.throws(() => backward(zeros([])), /^KernelError: element 0 of tensors does not require grad and does not have a grad_fn$/);
  assert.throws(() => backward(times2(x)), /grad can be implicitly created only for scalar outputs/);
  assert.throws(() => inPlace(x, times2), /a leaf Variable that requires grad is being used in an in-place operation\./);
  assert.throws(
    () => inPlace(select(x, 0, 1), times2),
    /a view of a leaf Variable that requires grad is being used in an in-place operation\./,
  );
  assert.throws(() => requireGrad(zeros([2], 'int64')), /only Tensors of floating point and complex dtype can require gradients/);
  assert.throws(() => view(transpose(zeros([2, 3]), 0, 1), [6]), /view size is not compatible with input tensor's size and stride/);
  assert.throws(() => zeros([1 << 20, 1 << 12]), /has no memory for a tensor of 4294967296 elements/);
});

test('a graph runs backward once unless kept, where something was saved', () => {
  const x = vector(1, 2);
  const y = sum(times2(x));
  backward(y, { retainGraph: true });
  backward(y);
  assert.deepEqual(x.grad?.toFlat(), [4, 4]);
  assert.throws(() => backward(y), /Trying to backward through the graph a second time/);
  const plain = sum(x);
  backward(plain);
  backward(plain);
  assert.deepEqual(x.grad?.toFlat(), [6, 6]);
});

test('a saved array changed in place is noticed', () => {
  const x = vector(1, 2, 3);
  const c = unary('exp', times2(x));
  const d = times2(c);
  inPlace(c, (o) => binary('add', o, two));
  assert.throws(() => backward(sum(c)), /modified by an inplace operation: \[torch\.FloatTensor \[3\]\], which is output 0 of Add/);
  assert.ok(d.requiresGrad);
  const safe = times2(x);
  const e = unary('exp', safe);
  inPlace(safe, times2);
  backward(sum(e));
});

test('an in-place write into a view reaches the base', () => {
  const x = vector(1, 2, 3);
  const base = times2(x);
  const row = select(base, 0, 1);
  inPlace(row, (o) => unary('square', o));
  assert.equal(base.node?.name, 'CopySlices');
  assert.equal(row.node?.name, 'AsStridedBackward0');
  assert.deepEqual(base.toFlat(), [2, 16, 6]);
  backward(sum(base));
  assert.deepEqual(x.grad?.toFlat(), [2, 16, 2]);
  const blank = zeros([2, 2]);
  copyInto(select(blank, 0, 0), select(view(times2(vector(1, 2, 3, 4)), [2, 2]), 0, 1));
  assert.deepEqual(blank.toFlat(), [6, 8, 0, 0]);
  assert.ok(blank.requiresGrad);
});

test('no-grad mode, detaching, hooks and kept gradients', () => {
  const x = vector(1, 2);
  assert.equal(noGrad(() => times2(x)).requiresGrad, false);
  noGrad(() => inPlace(x, times2));
  assert.deepEqual(x.toFlat(), [2, 4]);
  assert.equal(detach(times2(x)).requiresGrad, false);
  const y = times2(x);
  retainGrad(y);
  const seen: number[][] = [];
  const remove = registerHook(y, (g) => {
    seen.push(g.toFlat());
    return times2(g);
  });
  backward(sum(binary('mul', y, y)));
  assert.deepEqual(seen, [[8, 16]]);
  assert.deepEqual(y.grad?.toFlat(), [16, 32]);
  assert.deepEqual(x.grad?.toFlat(), [32, 64]);
  remove();
});

test('gradients of chosen inputs leave .grad alone', () => {
  const x = vector(1, 2);
  const w = vector(3, 4);
  const [gx, gw] = gradientsOf([sum(binary('mul', x, w))], [x, w]);
  assert.deepEqual(
    [gx?.toFlat(), gw?.toFlat()],
    [
      [3, 4],
      [1, 2],
    ],
  );
  assert.equal(x.grad, undefined);
  assert.throws(() => gradientsOf([sum(x)], [w]), /appears to not have been used in the graph/);
  assert.deepEqual(gradientsOf([sum(x)], [w], { allowUnused: true }), [undefined]);
});

test('types promote by dimension first, then 0-d, then Python numbers', () => {
  const i = zeros([2], 'int64');
  const f = zeros([2]);
  const d0 = zeros([], 'float64');
  assert.equal(promote('uint8', 'int8'), 'int16');
  assert.equal(promote('float16', 'bfloat16'), 'float32');
  assert.equal(resultType([f, d0]), 'float32');
  assert.equal(resultType([i, d0]), 'float64');
  assert.equal(resultType([i, wrapScalar(1.5, 'float')]), 'float32');
  assert.equal(resultType([i, wrapScalar(true, 'bool')]), 'int64');
  assert.equal(resultType([zeros([2], 'float64'), wrapScalar({ re: 0, im: 1 }, 'complex')]), 'complex128');
  assert.equal(resultType([zeros([2], 'bool'), wrapScalar(1, 'int')]), 'int64');
});

test('int64 stays exact or says so, halves round', () => {
  const big = full([1], 2 ** 52, 'int64');
  assert.throws(() => binary('mul', big, wrapScalar(8, 'int')), /cannot hold this int64 exactly/);
  assert.equal(full([1], 1 / 3, 'float16').item(), 0.333251953125);
  assert.equal(full([1], 1 / 3, 'bfloat16').item(), 0.333984375);
  assert.equal(binary('mul', fromFlat([100000], [1], 'int32'), fromFlat([100000], [1], 'int32')).item(), 1410065408);
});
