// Losses against PyTorch's own results, gradients and names.

import * as binary from '../../server/kernels/binary.ts';
import * as elementwise from '../../server/kernels/elementwise.ts';
import * as losses from '../../server/kernels/losses.ts';
import * as margins from '../../server/kernels/margin-loss.ts';
import * as softmax from '../../server/kernels/softmax.ts';
import * as ternary from '../../server/kernels/ternary.ts';
import * as unary from '../../server/kernels/unary.ts';
import * as views from '../../server/kernels/views.ts';
import { Family, i64, num } from './operation-cases.ts';

const family = new Family();
const { add } = family;

add('F.mse_loss(x,y)', (e) => losses.mseLoss(e.x, e.y));
add('F.l1_loss(x,y)', (e) => losses.l1Loss(e.x, e.y));
add('F.smooth_l1_loss(x,y,beta=0.5)', (e) => losses.smoothL1Loss(e.x, e.y, 'mean', 0.5));
add('F.huber_loss(x,y,delta=0.5)', (e) => losses.huberLoss(e.x, e.y, 'mean', 0.5));
add('F.cross_entropy(x,i[:,0])', (e) => losses.crossEntropy(e.x, views.select(e.i, 1, 0)));
add('F.cross_entropy(x,i[:,0],weight=y[0].detach(),label_smoothing=0.2)', (e) =>
  losses.crossEntropy(e.x, views.select(e.i, 1, 0), { weight: views.detach(views.select(e.y, 0, 0)), labelSmoothing: 0.2 }),
);
add('F.cross_entropy(x,y.softmax(1),label_smoothing=0.1)', (e) =>
  losses.crossEntropy(e.x, softmax.softmax(e.y, 1), { labelSmoothing: 0.1 }),
);
add('F.cross_entropy(b,i[:2].clamp(max=2))', (e) => losses.crossEntropy(e.b, ternary.clamp(views.slice(e.i, 0, 0, 2), undefined, 2)));
add('F.nll_loss(x.log_softmax(1),i[:,0],ignore_index=1)', (e) =>
  losses.nllLoss(softmax.logSoftmax(e.x, 1), views.select(e.i, 1, 0), { ignoreIndex: 1 }),
);
add('F.kl_div(x.log_softmax(1),y.softmax(1),reduction="batchmean")', (e) =>
  losses.klDiv(softmax.logSoftmax(e.x, 1), softmax.softmax(e.y, 1), 'batchmean'),
);
add('F.kl_div(x,y,log_target=True)', (e) => losses.klDiv(e.x, e.y, 'mean', true));
add('F.binary_cross_entropy(x.sigmoid(),y.sigmoid(),weight=y.detach())', (e) =>
  losses.binaryCrossEntropy(unary.unary('sigmoid', e.x), unary.unary('sigmoid', e.y), views.detach(e.y)),
);
add('F.binary_cross_entropy_with_logits(x,y.sigmoid().detach(),pos_weight=y[0].detach())', (e) =>
  losses.binaryCrossEntropyWithLogits(e.x, views.detach(unary.unary('sigmoid', e.y)), undefined, views.detach(views.select(e.y, 0, 0))),
);
add('F.soft_margin_loss(x,y.detach())', (e) => losses.softMarginLoss(e.x, views.detach(e.y)));
add('F.poisson_nll_loss(x,y.detach())', (e) => losses.poissonNllLoss(e.x, views.detach(e.y)));
add('F.gaussian_nll_loss(x,y.detach(),y)', (e) => margins.gaussianNllLoss(e.x, views.detach(e.y), e.y));
add('F.multi_margin_loss(x,i[:,0])', (e) => margins.multiMarginLoss(e.x, views.select(e.i, 1, 0)));
add('F.multilabel_margin_loss(x,torch.tensor([[1,2,-1,0],[0,-1,1,1],[3,2,1,0]]))', (e) =>
  margins.multilabelMarginLoss(e.x, i64([1, 2, -1, 0, 0, -1, 1, 1, 3, 2, 1, 0], [3, 4])),
);
add('F.multilabel_soft_margin_loss(x,(y>1).float())', (e) =>
  margins.multilabelSoftMarginLoss(e.x, elementwise.cast(binary.compare('gt', e.y, num(1, 'int')), 'float32')),
);
add('F.margin_ranking_loss(x,y,torch.sign(c[0]).detach(),margin=0.3)', (e) =>
  margins.marginRankingLoss(e.x, e.y, views.detach(unary.unary('sign', views.select(e.c, 0, 0))), 0.3),
);
add('F.hinge_embedding_loss(x,torch.sign(c[0]).detach())', (e) =>
  margins.hingeEmbeddingLoss(e.x, views.detach(unary.unary('sign', views.select(e.c, 0, 0)))),
);
add('F.triplet_margin_loss(x,y,c[0],swap=True)', (e) => margins.tripletMarginLoss(e.x, e.y, views.select(e.c, 0, 0), 1, 2, 1e-6, true));

family.done('losses', 18);
