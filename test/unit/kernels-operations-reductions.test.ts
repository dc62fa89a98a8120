// Reductions, ordering and softmax against PyTorch's own results, gradients and names.

import * as binary from '../../server/kernels/binary.ts';
import * as moments from '../../server/kernels/moments.ts';
import * as order from '../../server/kernels/order.ts';
import * as reduce from '../../server/kernels/reduce.ts';
import * as softmax from '../../server/kernels/softmax.ts';
import * as views from '../../server/kernels/views.ts';
import { Family, num } from './operation-cases.ts';

const family = new Family();
const { add } = family;

for (const [py, d, k] of [
  ['', undefined, false],
  ['0', 0, false],
  ['1,keepdim=True', 1, true],
  ['(0,2)', [0, 2], false],
] as [string, number | number[] | undefined, boolean][]) {
  add(`b.sum(${py})`, (e) => reduce.sum(e.b, d, k));
  add(`b.mean(${py})`, (e) => reduce.mean(e.b, d, k));
  add(`b.std(${py})`, (e) => moments.variance(e.b, d, k, 1, true));
  add(`b.var(${py})`, (e) => moments.variance(e.b, d, k));
  add(`b.amax(${py})`, (e) => reduce.extremeValue(e.b, 'max', d, k));
  add(`torch.linalg.vector_norm(b${py && ',2,'}${py})`, (e) => moments.vectorNorm(e.b, 2, d, k));
  if (py) add(`b.logsumexp(${py})`, (e) => moments.logsumexp(e.b, d, k));
  add(`(b>0).sum(${py})`, (e) => reduce.sum(binary.compare('gt', e.b, num(0, 'int')), d, k));
}
add('b.prod()', (e) => reduce.prod(e.b));
add('b.prod(1)', (e) => reduce.prod(e.b, 1));
add('b.max()', (e) => reduce.extremeValue(e.b, 'max', undefined, false, 'MaxBackward1'));
add('b.max(1)[0]', (e) => reduce.extremeAlong(e.b, 'max', 1).values);
add('b.min(2)[1]', (e) => reduce.extremeAlong(e.b, 'min', 2).indices);
add('b.argmax()', (e) => reduce.argExtreme(e.b, 'max'));
add('b.argmin(1,keepdim=True)', (e) => reduce.argExtreme(e.b, 'min', 1, true));
add('(b>0).all(1)', (e) => reduce.logicalReduce(binary.compare('gt', e.b, num(0, 'int')), 'all', 1));
add('z.sum(1)', (e) => reduce.sum(e.z, 1));
add('z.mean()', (e) => reduce.mean(e.z));
add('torch.linalg.vector_norm(z)', (e) => moments.vectorNorm(e.z));
for (const p of [1, 3, 0.5]) add(`torch.linalg.vector_norm(b,${p},1)`, (e) => moments.vectorNorm(e.b, p, 1));
add('torch.linalg.vector_norm(b,float("inf"),1)', (e) => moments.vectorNorm(e.b, Infinity, 1));
add('torch.quantile(b.detach(),torch.tensor([0.1,0.6]),1)', (e) =>
  moments.quantile(views.detach(e.b), [Math.fround(0.1), Math.fround(0.6)], 1),
);
add('b.sort(1)[0]', (e) => order.sort(e.b, 1).values);
add('b.sort(-1,descending=True)[1]', (e) => order.sort(e.b, -1, true).indices);
add('b.topk(2,1)[0]', (e) => order.topk(e.b, 2, 1).values);
add('b.topk(2,-1,largest=False)[1]', (e) => order.topk(e.b, 2, -1, false).indices);
add('b.kthvalue(2,1)[0]', (e) => order.kthvalue(e.b, 2, 1).values);
add('b.median()', (e) => order.median(e.b));
add('b.median(1)[0]', (e) => order.medianAlong(e.b, 1).values);
add('i.mode(1)[0]', (e) => order.mode(e.i, 1).values);
add('i.mode(1)[1]', (e) => order.mode(e.i, 1).indices);
add('b.cumsum(1)', (e) => order.cumsum(e.b, 1));
add('i.cumsum(0)', (e) => order.cumsum(e.i, 0));
add('b.cumprod(1)', (e) => order.cumprod(e.b, 1));
add('b.logcumsumexp(1)', (e) => order.logcumsumexp(e.b, 1));
add('b.cummax(1)[0]', (e) => order.cumExtreme(e.b, 'max', 1).values);
add('b.cummin(2)[1]', (e) => order.cumExtreme(e.b, 'min', 2).indices);
add('i.unique()', (e) => order.unique(e.i).values);
add('i.unique(return_inverse=True)[1]', (e) => order.unique(e.i).inverse);
add('i.unique(dim=0)', (e) => order.uniqueAlong(e.i, 0).values);
add('torch.searchsorted(v.detach().sort()[0],x.detach())', (e) =>
  order.searchsorted(order.sort(views.detach(e.v)).values, views.detach(e.x)),
);
add('torch.bincount(i.flatten())', (e) => order.bincount(views.flatten(e.i)));
add('torch.histc(x.detach(),5,-1,1)', (e) => order.histc(views.detach(e.x), 5, -1, 1));
add('b.softmax(1)', (e) => softmax.softmax(e.b, 1));
add('b.log_softmax(-1)', (e) => softmax.logSoftmax(e.b, -1));

family.done('reductions', 60);
