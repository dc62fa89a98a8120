// Composite products, grids and comparisons against PyTorch's own results, gradients and names.

import * as algebra from '../../server/kernels/algebra.ts';
import { binary } from '../../server/kernels/binary.ts';
import * as products from '../../server/kernels/products.ts';
import * as grid from '../../server/kernels/sampling-grid.ts';
import { unary } from '../../server/kernels/unary.ts';
import * as views from '../../server/kernels/views.ts';
import { Family, i64, num } from './operation-cases.ts';

const family = new Family();
const { add } = family;

add('torch.kron(x,w)', (e) => products.kron(e.x, e.w));
add('torch.kron(v,b)', (e) => products.kron(e.v, e.b));
add('torch.tensordot(b,c.permute(1,2,0),2)', (e) => products.tensordotValues(e.b, views.permute(e.c, [1, 2, 0]), [1, 2], [0, 1]));
add('torch.tensordot(b,w,dims=([2],[0]))', (e) => products.tensordotValues(e.b, e.w, [2], [0]));
add('torch.inner(b,x)', (e) => products.tensordotValues(e.b, e.x, [-1], [-1]));
add('torch.linalg.cross(x[:,:3],y[:,:3])', (e) => products.cross(views.slice(e.x, 1, 0, 3), views.slice(e.y, 1, 0, 3), -1));
add('torch.linalg.cross(b,c,dim=1)', (e) => products.cross(e.b, e.c, 1));
add('torch.block_diag(x,w,v)', (e) => algebra.blockDiag([e.x, e.w, e.v]));
add('torch.diff(b,2,1)', (e) => algebra.diff(e.b, 2, 1));
add('torch.dist(x,y,3)', (e) => algebra.dist(e.x, e.y, 3));
add('torch.cov(x)', (e) => algebra.covariance(e.x));
add('torch.cov(v)', (e) => algebra.covariance(e.v));
add('torch.corrcoef(x)', (e) => algebra.correlation(e.x));
add('torch.isin(i,torch.tensor([1,3]))', (e) => algebra.isIn(e.i, i64([1, 3])));
add('torch.trapezoid(b,dx=0.5,dim=1)', (e) => algebra.trapezoid(e.b, 0.5, 1));
add('torch.combinations(v,2)', (e) => algebra.combinations(e.v, 2));
add('torch.combinations(i[0],3,True)', (e) => algebra.combinations(views.select(e.i, 0, 0), 3, true));
add('F.affine_grid(b[:,:2,:3],(2,3,4,5))', (e) => grid.affineGrid(views.slice(views.slice(e.b, 1, 0, 2), 2, 0, 3), [2, 3, 4, 5]));
add('F.affine_grid(b[:,:2,:3],(2,3,4,5),align_corners=True)', (e) =>
  grid.affineGrid(views.slice(views.slice(e.b, 1, 0, 2), 2, 0, 3), [2, 3, 4, 5], true),
);
for (const padding of ['zeros', 'border', 'reflection'] as const)
  for (const align of [false, true])
    add(
      `F.grid_sample(img,img[:,:2,:4,:3].permute(0,2,3,1).tanh()*1.4,padding_mode="${padding}",align_corners=${align ? 'True' : 'False'})`,
      (e) => {
        const corner = views.slice(views.slice(views.slice(e.img, 1, 0, 2), 2, 0, 4), 3, 0, 3);
        const at = unary('tanh', views.permute(corner, [0, 2, 3, 1]));
        return grid.gridSample(e.img, binary('mul', at, num(1.4)), 'bilinear', padding, align);
      },
    );
add('F.grid_sample(img,img[:,:2,:4,:3].permute(0,2,3,1).tanh(),mode="nearest",align_corners=False)', (e) => {
  const corner = views.slice(views.slice(views.slice(e.img, 1, 0, 2), 2, 0, 4), 3, 0, 3);
  return grid.gridSample(e.img, unary('tanh', views.permute(corner, [0, 2, 3, 1])), 'nearest');
});

family.done('extra', 20);
