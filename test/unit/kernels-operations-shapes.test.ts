// Joining, indexing, in-place writes and views against PyTorch's own results, gradients and names.

import type { NdArray } from '../../server/kernels/array.ts';
import * as arrays from '../../server/kernels/array.ts';
import * as binary from '../../server/kernels/binary.ts';
import * as elementwise from '../../server/kernels/elementwise.ts';
import * as gather from '../../server/kernels/gather.ts';
import type { IndexItem } from '../../server/kernels/indexing.ts';
import * as indexing from '../../server/kernels/indexing.ts';
import * as inplace from '../../server/kernels/inplace.ts';
import * as join from '../../server/kernels/join.ts';
import * as order from '../../server/kernels/order.ts';
import * as unary from '../../server/kernels/unary.ts';
import * as views from '../../server/kernels/views.ts';
import type { Env } from './operation-cases.ts';
import { ar, el, Family, i64, n, na, num, sl } from './operation-cases.ts';

const family = new Family();
const { add } = family;

add('torch.cat([x,y],1)', (e) => join.cat([e.x, e.y], 1));
add('torch.stack([x,y],1)', (e) => join.stack([e.x, e.y], 1));
add('F.pad(b,(1,2,0,1))', (e) => join.pad(e.b, [1, 2, 0, 1]));
add('F.pad(b,(-1,2),value=3.)', (e) => join.pad(e.b, [-1, 2], 'constant', 3));
for (const m of ['reflect', 'replicate', 'circular'] as const) add(`F.pad(b,(1,2),mode="${m}")`, (e) => join.pad(e.b, [1, 2], m));
add('F.pad(img,(1,2,2,1),mode="reflect")', (e) => join.pad(e.img, [1, 2, 2, 1], 'reflect'));
add('b.flip(0,2)', (e) => join.flip(e.b, [0, 2]));
add('b.roll(1)', (e) => join.roll(e.b, [1]));
add('b.roll((1,-1),(0,2))', (e) => join.roll(e.b, [1, -1], [0, 2]));
add('x.rot90(1,(0,1))', (e) => join.rot90(e.x, 1, [0, 1]));
add('x.rot90(3,(0,1))', (e) => join.rot90(e.x, 3, [0, 1]));
add('b.tril(-1)', (e) => join.triangle(e.b, 'lower', -1));
add('b.triu(1)', (e) => join.triangle(e.b, 'upper', 1));
add('x.repeat(2,1,3)', (e) => join.repeat(e.x, [2, 1, 3]));
add('x.tile(2)', (e) => join.tile(e.x, [2]));
add('x.repeat_interleave(2)', (e) => join.repeatInterleave(e.x, 2));
add('x.repeat_interleave(3,0)', (e) => join.repeatInterleave(e.x, 3, 0));
add('x.repeat_interleave(torch.tensor([1,0,2]),0)', (e) => join.repeatInterleave(e.x, [1, 0, 2], 0));
add('torch.meshgrid(v,v[:2],indexing="ij")[1]', (e) => join.meshgrid([e.v, views.slice(e.v, 0, 0, 2)], 'ij')[1] as NdArray);
add('torch.meshgrid(v,v[:2],indexing="xy")[0]', (e) => join.meshgrid([e.v, views.slice(e.v, 0, 0, 2)], 'xy')[0] as NdArray);
add('torch.diag_embed(x,1)', (e) => join.diagEmbed(e.x, 1));
add('x.gather(1,i)', (e) => gather.gather(e.x, 1, e.i));
add('x.scatter(1,i.argsort(dim=1,stable=True),y)', (e) => gather.scatter(e.x, 1, order.argsort(e.i, 1), e.y));
add('x.scatter_add(1,i,y)', (e) => gather.scatterAdd(e.x, 1, e.i, e.y));
add('x.scatter(1,i,2.)', (e) => gather.scatter(e.x, 1, e.i, 2));
add('x.detach().scatter_reduce(1,i,y.detach(),"amax")', (e) => gather.scatterReduce(views.detach(e.x), 1, e.i, views.detach(e.y), 'amax'));
add('x.detach().scatter_reduce(1,i,y.detach(),"mean",include_self=False)', (e) =>
  gather.scatterReduce(views.detach(e.x), 1, e.i, views.detach(e.y), 'mean', false),
);
add('x.index_select(1,i[0])', (e) => gather.indexSelect(e.x, 1, views.select(e.i, 0, 0)));
add('x.index_add(0,i[0,:2]%3,y[:2],alpha=0.5)', (e) =>
  gather.indexAdd(
    e.x,
    0,
    binary.binary('remainder', views.slice(views.select(e.i, 0, 0), 0, 0, 2), num(3, 'int')),
    views.slice(e.y, 0, 0, 2),
    0.5,
  ),
);
add('x.index_copy(0,torch.tensor([2,0]),y[:2])', (e) => gather.indexWrite(e.x, 0, i64([2, 0]), views.slice(e.y, 0, 0, 2)));
add('x.index_fill(0,torch.tensor([2,0]),7.)', (e) => gather.indexWrite(e.x, 0, i64([2, 0]), 7));
add('x.take(torch.tensor([1,-1,5]))', (e) => gather.take(e.x, i64([1, -1, 5])));
add('b.masked_fill(b>0,1.5)', (e) => gather.maskedFill(e.b, binary.compare('gt', e.b, num(0, 'int')), num(1.5)));
add('b.masked_select(v>0)', (e) => gather.maskedSelect(e.b, binary.compare('gt', e.v, num(0, 'int'))));
add('(b>0).nonzero()', (e) => gather.nonzero(binary.compare('gt', e.b, num(0, 'int'))));
add('x.masked_scatter(x>0,y)', (e) => gather.maskedScatter(e.x, binary.compare('gt', e.x, num(0, 'int')), e.y));
for (const [py, it] of [
  ['0', [n(0)]],
  ['-1,1:', [n(-1), sl(1)]],
  ['...,0', [el, n(0)]],
  [':,None,::2', [sl(), na, sl(undefined, undefined, 2)]],
  ['[1,0]', [ar(i64([1, 0]))]],
  [':,[1,0,2]', [sl(), ar(i64([1, 0, 2]))]],
  ['[1,0],:,[2,3]', [ar(i64([1, 0])), sl(), ar(i64([2, 3]))]],
  [':,[1,0],[2,3]', [sl(), ar(i64([1, 0])), ar(i64([2, 3]))]],
  ['0,[1,0],1:', [n(0), ar(i64([1, 0])), sl(1)]],
  ['[[0,1],[1,1]]', [ar(i64([0, 1])), ar(i64([1, 1]))]],
  ['torch.tensor([[0,1],[1,1]])', [ar(i64([0, 1, 1, 1], [2, 2]))]],
  ['[1,0],None,[2,1]', [ar(i64([1, 0])), na, ar(i64([2, 1]))]],
  ['torch.tensor(1)', [ar(i64([1], []))]],
  ['1:5,-2:', [sl(1, 5), sl(-2)]],
  ['...', [el]],
] as [string, IndexItem[]][])
  add(`b[${py}]`, (e) => indexing.getItem(e.b, it));
add('b[b>0]', (e) => indexing.getItem(e.b, [ar(binary.compare('gt', e.b, num(0, 'int')))]));
add('b[:,x[:,0]>0]', (e) => indexing.getItem(e.b, [sl(), ar(binary.compare('gt', views.select(e.x, 1, 0), num(0, 'int')))]));
add('b[True]', (e) => indexing.getItem(e.b, [{ kind: 'truth', value: true }]));
const setter = (py: string, f: (t: NdArray, e: Env) => void) =>
  add(`do(b*1,lambda t:${py})`, (e) => {
    const t = binary.binary('mul', e.b, num(1, 'int'));
    f(t, e);
    return t;
  });
setter('t.__setitem__(0,x)', (t, e) => indexing.setItem(t, [n(0)], e.x));
setter('t.__setitem__((slice(None),1),v)', (t, e) => indexing.setItem(t, [sl(), n(1)], e.v));
setter('t.__setitem__((0,[1,2]),y[:2])', (t, e) => indexing.setItem(t, [n(0), ar(i64([1, 2]))], views.slice(e.y, 0, 0, 2)));
setter('t.__setitem__(b>0,0.)', (t, e) => indexing.setItem(t, [ar(binary.compare('gt', e.b, num(0, 'int')))], num(0)));
setter('t.add_(v)', (t, e) => inplace.inPlace(t, (o: NdArray) => binary.binary('add', o, e.v)));
setter('t.mul_(c)', (t, e) => inplace.inPlace(t, (o: NdArray) => binary.binary('mul', o, e.c)));
setter('t[0].mul_(x)', (t, e) => inplace.inPlace(views.select(t, 0, 0), (o: NdArray) => binary.binary('mul', o, e.x)));
setter('t.exp_()', (t) => inplace.inPlace(t, (o: NdArray) => unary.unary('exp', o)));
setter('t.transpose(0,1)[1].sigmoid_()', (t) =>
  inplace.inPlace(views.select(views.transpose(t, 0, 1), 0, 1), (o: NdArray) => unary.unary('sigmoid', o)),
);
setter('t.zero_()', (t) => inplace.inPlace(t, (o: NdArray) => arrays.zeros(o.shape, o.dtype), 'ZeroBackward0'));
setter('t.copy_(x)', (t, e) => inplace.copyInto(t, e.x));
add('b.transpose(0,2)', (e) => views.transpose(e.b, 0, 2));
add('b.permute(2,0,1)', (e) => views.permute(e.b, [2, 0, 1]));
add('b.permute(2,0,1).contiguous()', (e) => views.contiguous(views.permute(e.b, [2, 0, 1])));
add('w.t()', (e) => views.t(e.w));
add('b.movedim(0,2)', (e) => views.movedim(e.b, [0], [2]));
add('x[None].expand(2,3,4)', (e) => views.expand(views.unsqueeze(e.x, 0), [2, 3, 4]));
add('b.narrow(1,1,2)', (e) => views.narrow(e.b, 1, 1, 2));
add('b.unsqueeze(1)', (e) => views.unsqueeze(e.b, 1));
add('b[:1].squeeze()', (e) => views.squeeze(views.slice(e.b, 0, 0, 1)));
add('b[:1].squeeze(0)', (e) => views.squeeze(views.slice(e.b, 0, 0, 1), 0));
add('b.view(6,-1)', (e) => views.view(e.b, [6, -1]));
add('b.transpose(0,1).reshape(6,4)', (e) => views.reshape(views.transpose(e.b, 0, 1), [6, 4]));
add('b.reshape(2,12)', (e) => views.reshape(e.b, [2, 12]));
add('b.flatten(1)', (e) => views.flatten(e.b, 1));
add('b.unflatten(2,(2,2))', (e) => views.unflatten(e.b, 2, [2, 2]));
add('b.diagonal(1,0,2)', (e) => views.diagonal(e.b, 1, 0, 2));
add('b.diagonal(-1,1,2)', (e) => views.diagonal(e.b, -1, 1, 2));
add('b.unfold(2,3,1)', (e) => views.unfoldDim(e.b, 2, 3, 1));
add('b.split(2,1)[1]', (e) => views.split(e.b, 2, 1)[1] as NdArray);
add('b.split([1,2],1)[1]', (e) => views.splitSizes(e.b, [1, 2], 1)[1] as NdArray);
add('b.chunk(2,2)[1]', (e) => views.chunk(e.b, 2, 2)[1] as NdArray);
add('b.tensor_split(3,2)[0]', (e) => views.tensorSplit(e.b, 3, 2)[0] as NdArray);
add('b.unbind(1)[1]', (e) => views.unbind(e.b, 1)[1] as NdArray);
add('torch.as_strided(b,(2,2),(1,3),1)', (e) => views.asStrided(e.b, [2, 2], [1, 3], 1));
add('x.to(torch.float64)', (e) => elementwise.cast(e.x, 'float64'));
add('b.mT.clone()', (e) => views.clone(views.transpose(e.b, 1, 2)));
add('b.mT*2', (e) => binary.binary('mul', views.transpose(e.b, 1, 2), num(2, 'int')));
add('b.mT+c.mT', (e) => binary.binary('add', views.transpose(e.b, 1, 2), views.transpose(e.c, 1, 2)));
add('b.mT.exp()', (e) => unary.unary('exp', views.transpose(e.b, 1, 2)));

family.done('shapes', 90);
