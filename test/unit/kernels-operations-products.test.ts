// Matrix products and einsum against PyTorch's own results, gradients and names.

import * as einsum from '../../server/kernels/einsum.ts';
import * as matmul from '../../server/kernels/matmul.ts';
import * as unary from '../../server/kernels/unary.ts';
import * as views from '../../server/kernels/views.ts';
import type { Env } from './operation-cases.ts';
import { Family } from './operation-cases.ts';

const family = new Family();
const { add } = family;

add('b@c.mT', (e) => matmul.matmul(e.b, views.transpose(e.c, 1, 2)));
add('b@w', (e) => matmul.matmul(e.b, e.w));
add('w@v', (e) => matmul.matmul(e.w, e.v));
add('v@w', (e) => matmul.matmul(e.v, e.w));
add('b@v', (e) => matmul.matmul(e.b, e.v));
add('v@v', (e) => matmul.matmul(e.v, e.v));
add('v@c.mT', (e) => matmul.matmul(e.v, views.transpose(e.c, 1, 2)));
add('w.mm(w)', (e) => matmul.mm(e.w, e.w));
add('torch.addmm(v,w,w,beta=0.5,alpha=2)', (e) => matmul.addProduct(e.v, e.w, e.w, 0.5, 2));
add('torch.baddbmm(b,b@w,w[None].expand(2,4,4))', (e) =>
  matmul.addProduct(e.b, matmul.matmul(e.b, e.w), views.expand(views.unsqueeze(e.w, 0), [2, 4, 4]), 1, 1, 'BaddbmmBackward0'),
);
add('torch.addmv(v,w,v)', (e) => matmul.addProduct(e.v, e.w, e.v, 1, 1, 'AddmvBackward0'));
add('torch.outer(v,v)', (e) => matmul.outer(e.v, e.v));
add('F.linear(b,w,v)', (e) => matmul.linear(e.b, e.w, e.v));
add('F.linear(b.transpose(0,1),w)', (e) => matmul.linear(views.transpose(e.b, 0, 1), e.w));
add('F.linear(x,w,v)', (e) => matmul.linear(e.x, e.w, e.v));
add('F.linear(v,w,v)', (e) => matmul.linear(e.v, e.w, e.v));
add('z@z.mT', (e) => matmul.matmul(e.z, views.transpose(e.z, 0, 1)));
add('z.mH@z', (e) => matmul.matmul(unary.conj(views.transpose(e.z, 0, 1)), e.z));
for (const [eq, ops] of [
  ['ij,jk->ik', 'ww'],
  ['bij,bkj->bik', 'bc'],
  ['bij->bji', 'b'],
  ['ij->', 'w'],
  ['ii->i', 'w'],
  ['ii', 'w'],
  ['bij,jk', 'bw'],
  ['b...,b...->...', 'bc'],
  ['i,j->ij', 'vv'],
  ['bij,ij->b', 'bx'],
  ['...ij,...jk->...ik', 'bw'],
  ['ij,jk,kl->il', 'www'],
] as [string, string][])
  add(`torch.einsum("${eq}",${[...ops].join(',')})`, (e) =>
    einsum.einsum(
      eq,
      [...ops].map((k) => e[k as keyof Env]),
    ),
  );

family.done('products', 30);
