// Normalisation, convolution, pooling, attention, linear algebra, recurrent layers against PyTorch's own results, gradients and names.

import type { NdArray } from '../../server/kernels/array.ts';
import * as attention from '../../server/kernels/attention.ts';
import * as binary from '../../server/kernels/binary.ts';
import * as convolution from '../../server/kernels/convolution.ts';
import * as creation from '../../server/kernels/creation.ts';
import * as distance from '../../server/kernels/distance.ts';
import * as embeddings from '../../server/kernels/embedding.ts';
import * as resize from '../../server/kernels/interpolation.ts';
import * as linalg from '../../server/kernels/linear-algebra.ts';
import * as matmul from '../../server/kernels/matmul.ts';
import * as norms from '../../server/kernels/normalization.ts';
import * as packing from '../../server/kernels/packing.ts';
import * as pool from '../../server/kernels/pool.ts';
import * as networks from '../../server/kernels/recurrent.ts';
import type { RecurrentMode } from '../../server/kernels/recurrent-layer.ts';
import { singularValues } from '../../server/kernels/svd.ts';
import * as unary from '../../server/kernels/unary.ts';
import { vander } from '../../server/kernels/vandermonde.ts';
import * as views from '../../server/kernels/views.ts';
import type { Env } from './operation-cases.ts';
import { Family, i64 } from './operation-cases.ts';

const family = new Family();
const { add } = family;

const rnn = (mode: RecurrentMode, changes: object): networks.RecurrentConfig => ({
  mode,
  numLayers: 1,
  bidirectional: false,
  bias: true,
  dropout: 0,
  training: true,
  batchFirst: false,
  projSize: 0,
  ...changes,
});

add('F.layer_norm(b,(3,4),x,y)', (e) => norms.layerNorm(e.b, [3, 4], e.x, e.y));
add('F.group_norm(img,3,v[:3],v[1:])', (e) => norms.groupNorm(e.img, 3, views.slice(e.v, 0, 0, 3), views.slice(e.v, 0, 1)));
add('F.batch_norm(b,None,None,v[:3],v[1:],True)', (e) =>
  norms.batchNorm(e.b, { weight: views.slice(e.v, 0, 0, 3), bias: views.slice(e.v, 0, 1), training: true, momentum: 0.1, eps: 1e-5 }),
);
add('F.instance_norm(b)', (e) => norms.instanceNorm(e.b, { training: true, momentum: 0.1, eps: 1e-5 }));
add('F.rms_norm(b,(4,),v)', (e) => norms.rmsNorm(e.b, [4], e.v));
add('F.rms_norm(b,(4,))', (e) => norms.rmsNorm(e.b, [4]));
add('F.normalize(x)', (e) => distance.normalize(e.x));
add('F.cosine_similarity(x,y)', (e) => distance.cosineSimilarity(e.x, e.y));
add('F.pairwise_distance(x,y)', (e) => distance.pairwiseDistance(e.x, e.y));
add('torch.cdist(b,c)', (e) => distance.cdist(e.b, e.c));
add('torch.cdist(b,c,1)', (e) => distance.cdist(e.b, e.c, 1));
add('F.pdist(x)', (e) => distance.pdist(e.x));
add('F.conv2d(img,wc,v,stride=2,padding=1)', (e) =>
  convolution.convolution(e.img, e.wc, e.v, { stride: [2, 2], padding: [1, 1], dilation: [1, 1], groups: 1 }),
);
add('F.conv1d(b,wc[:,:,0],padding=2,dilation=2)', (e) =>
  convolution.convolution(e.b, views.select(e.wc, 2, 0), undefined, { stride: [1], padding: [2], dilation: [2], groups: 1 }),
);
add('F.conv_transpose2d(img,wc.transpose(0,1),v,stride=2,padding=1,output_padding=1)', (e) =>
  convolution.convolutionTransposed(e.img, views.transpose(e.wc, 0, 1), e.v, {
    stride: [2, 2],
    padding: [1, 1],
    dilation: [1, 1],
    groups: 1,
    outputPadding: [1, 1],
  }),
);
add('F.conv2d(img,wc[:3,:1],groups=3)', (e) =>
  convolution.convolution(e.img, views.slice(views.slice(e.wc, 0, 0, 3), 1, 0, 1), undefined, {
    stride: [1, 1],
    padding: [0, 0],
    dilation: [1, 1],
    groups: 3,
  }),
);
add('F.unfold(img,(2,3),padding=1,stride=2)', (e) => convolution.unfoldWindows(e.img, [2, 3], [1, 1], [1, 1], [2, 2]));
add('F.fold(F.unfold(img,(2,3)),(6,7),(2,3))', (e) =>
  convolution.foldWindows(convolution.unfoldWindows(e.img, [2, 3], [1, 1], [0, 0], [1, 1]), [6, 7], [2, 3], [1, 1], [0, 0], [1, 1]),
);
const po = (k: number, st: number, p: number, r: number, x: object = {}) => ({
  kernel: Array(r).fill(k),
  stride: Array(r).fill(st),
  padding: Array(r).fill(p),
  ...x,
});
add('F.max_pool2d(img,3,2,1)', (e) => pool.maxPool(e.img, po(3, 2, 1, 2)).values);
add('F.max_pool2d(img,2,2,0,ceil_mode=True)', (e) => pool.maxPool(e.img, po(2, 2, 0, 2, { ceilMode: true })).values);
add('F.max_pool2d(img,2,1,0,2,return_indices=True)[1]', (e) => pool.maxPool(e.img, po(2, 1, 0, 2, { dilation: [2, 2] })).indices);
add('F.max_pool1d(b,2)', (e) => pool.maxPool(e.b, po(2, 2, 0, 1)).values);
add('F.max_pool3d(vol,2)', (e) => pool.maxPool(e.vol, po(2, 2, 0, 3)).values);
add('F.avg_pool2d(img,3,2,1)', (e) => pool.avgPool(e.img, po(3, 2, 1, 2)));
add('F.avg_pool2d(img,3,2,1,ceil_mode=True,count_include_pad=False)', (e) =>
  pool.avgPool(e.img, po(3, 2, 1, 2, { ceilMode: true }), false),
);
add('F.avg_pool2d(img,3,2,1,ceil_mode=True)', (e) => pool.avgPool(e.img, po(3, 2, 1, 2, { ceilMode: true })));
add('F.avg_pool1d(b,2)', (e) => pool.avgPool(e.b, po(2, 2, 0, 1)));
add('F.avg_pool3d(vol,2)', (e) => pool.avgPool(e.vol, po(2, 2, 0, 3)));
add('F.adaptive_avg_pool2d(img,(4,3))', (e) => pool.adaptiveAvgPool(e.img, [4, 3]));
add('F.adaptive_avg_pool2d(img,1)', (e) => pool.adaptiveAvgPool(e.img, [1, 1]));
add('F.adaptive_max_pool2d(img,(4,3))', (e) => pool.adaptiveMaxPool(e.img, [4, 3]).values);
add('F.adaptive_avg_pool1d(b,3)', (e) => pool.adaptiveAvgPool(e.b, [3]));
add('F.adaptive_max_pool1d(b,3)', (e) => pool.adaptiveMaxPool(e.b, [3]).values);
add('F.lp_pool2d(img.abs(),2.,2)', (e) => pool.lpPool(unary.abs(e.img), 2, po(2, 2, 0, 2)));
add('F.scaled_dot_product_attention(b,c,c)', (e) => attention.scaledDotProductAttention(e.b, e.c, e.c));
add('F.scaled_dot_product_attention(b,c,c,is_causal=True)', (e) => attention.scaledDotProductAttention(e.b, e.c, e.c, { causal: true }));
add('F.scaled_dot_product_attention(b,c,c,attn_mask=x[:,:3])', (e) =>
  attention.scaledDotProductAttention(e.b, e.c, e.c, { mask: views.slice(e.x, 1, 0, 3) }),
);
add('F.scaled_dot_product_attention(b[None],c[None],c[None])', (e) =>
  attention.scaledDotProductAttention(views.unsqueeze(e.b, 0), views.unsqueeze(e.c, 0), views.unsqueeze(e.c, 0)),
);
add('torch.inverse(sq)', (e) => linalg.inverse(e.sq));
add('torch.linalg.solve(sq,w)', (e) => linalg.solve(e.sq, e.w));
add('torch.linalg.solve(sq,v)', (e) => linalg.solve(e.sq, e.v));
add('torch.det(sq)', (e) => linalg.determinant(e.sq));
add('torch.slogdet(sq)[1]', (e) => linalg.slogdet(e.sq).logabsdet);
add('torch.linalg.cholesky(sq@sq.T)', (e) => linalg.cholesky(matmul.matmul(e.sq, views.permute(e.sq, [1, 0]))));
add('torch.linalg.qr(b.detach())[0]', (e) => linalg.qr(views.detach(e.b)).q);
add('torch.linalg.qr(b.mT.detach())[1]', (e) => linalg.qr(views.detach(views.transpose(e.b, 1, 2))).r);
add(
  'torch.linalg.eigvalsh((w+w.T).detach())',
  (e) => linalg.eigh(views.detach(binary.binary('add', e.w, views.transpose(e.w, 0, 1)))).values,
);
add('torch.linalg.svdvals(b.detach())', (e) => singularValues(views.detach(e.b)));
add('torch.linalg.matrix_power(sq,3)', (e) => linalg.matrixPower(e.sq, 3));
add('torch.trace(w)', (e) => linalg.trace(e.w));
for (const [m, py] of [
  ['nearest', 'nearest'],
  ['nearest-exact', 'nearest-exact'],
  ['linear', 'bilinear'],
  ['cubic', 'bicubic'],
] as const) {
  add(`F.interpolate(img,size=(9,4),mode="${py}")`, (e) => resize.interpolate(e.img, [9, 4], { mode: m, alignCorners: false }));
  if (m === 'linear' || m === 'cubic')
    add(`F.interpolate(img,size=(9,4),mode="${py}",align_corners=True)`, (e) =>
      resize.interpolate(e.img, [9, 4], { mode: m, alignCorners: true }),
    );
}
add('F.interpolate(b,scale_factor=2,mode="linear")', (e) =>
  resize.interpolate(e.b, [8], { mode: 'linear', alignCorners: false, scales: [2] }),
);
add('F.pixel_shuffle(b.reshape(4,2,3),2)', (e) => resize.pixelShuffle(views.reshape(e.b, [4, 2, 3]), 2));
add('F.pixel_unshuffle(img[:,:,:,:6],2)', (e) => resize.pixelShuffle(views.slice(e.img, 3, 0, 6), 2, true));
add('torch.arange(0,1,0.1)', () => creation.arange(0, 1, 0.1, 'float32'));
add('torch.arange(5,-3,-2)', () => creation.arange(5, -3, -2, 'int64'));
add('torch.linspace(0,1,7)', () => creation.linspace(0, 1, 7, 'float32'));
add('torch.linspace(-3,10,50)', () => creation.linspace(-3, 10, 50, 'float32'));
add('torch.logspace(0,2,5)', () => creation.logspace(0, 2, 5, 10, 'float32'));
add('torch.eye(3,4)', () => creation.eye(3, 4, 'float32'));
add('torch.tril_indices(3,4,1)', () => creation.triangleIndices('lower', 3, 4, 1));
add('F.one_hot(i)', (e) => creation.oneHot(e.i));
add('torch.vander(v.detach())', (e) => vander(views.detach(e.v), e.v.numel, false, e.v.dtype));
for (const w of ['hann', 'hamming', 'blackman', 'bartlett'] as const)
  add(`torch.${w}_window(7)`, () => creation.signalWindow(w, 7, true, 'float32'));
add('torch.cartesian_prod(torch.tensor([1,2]),torch.tensor([3,4,5]))', () => creation.cartesianProduct([i64([1, 2]), i64([3, 4, 5])]));
add('F.embedding(i,w)', (e) => embeddings.embedding(e.i, e.w));
add('F.embedding(i,w,scale_grad_by_freq=True,padding_idx=1)', (e) =>
  embeddings.embedding(e.i, e.w, { scaleGradByFreq: true, paddingIdx: 1 }),
);
add('F.embedding_bag(i,w,scale_grad_by_freq=True)', (e) => embeddings.embeddingBag(e.i, e.w, undefined, { scaleGradByFreq: true }));
add('F.embedding_bag(i,w,mode="sum",per_sample_weights=x)', (e) =>
  embeddings.embeddingBag(e.i, e.w, undefined, { mode: 'sum', perSampleWeights: e.x }),
);
const rp = (e: Env, g: number) => {
  const k = (a: NdArray, r: number, c?: number) =>
    c === undefined
      ? views.reshape(views.slice(views.flatten(a), 0, 0, r), [r])
      : views.reshape(views.slice(views.flatten(a), 0, 0, r * c), [r, c]);
  return [k(e.big, 3 * g, 4), k(e.big, 3 * g, 3), k(e.big, 3 * g), k(e.big, 3 * g)];
};
for (const [m, cl, g] of [
  ['RNN_TANH', 'RNN', 1],
  ['LSTM', 'LSTM', 4],
  ['GRU', 'GRU', 3],
] as [RecurrentMode, string, number][]) {
  const P3 = `big.flatten()[:${12 * g}].reshape(${3 * g},4),big.flatten()[:${9 * g}].reshape(${3 * g},3),big.flatten()[:${3 * g}],big.flatten()[:${3 * g}]`;
  for (const [kw, o, inp] of [
    ['', {}, 'b'],
    ['batch_first=True', { batchFirst: true }, 'b'],
    ['bidirectional=False', {}, 'x'],
  ] as [string, object, keyof Env][])
    for (const k of [0, 1])
      add(`rnn("${cl}",${inp},[${P3}],${k}${kw && ',' + kw})`, (e) => {
        const r = networks.recurrent(rnn(m, o), e[inp], rp(e, g));
        return k === 0 ? r.output : r.hidden;
      });
}
add('nn.utils.rnn.pack_padded_sequence(b,[2,2,1]).data', (e) => packing.packPadded(e.b, [2, 2, 1]).data);
add(
  'nn.utils.rnn.pad_packed_sequence(nn.utils.rnn.pack_padded_sequence(b,[2,2,1]),batch_first=True,padding_value=-1.,total_length=4)[0]',
  (e) => packing.padPacked(packing.packPadded(e.b, [2, 2, 1]), true, -1, 4).padded,
);
add('F.bilinear(x,y,big[:2,:,:4].contiguous())', (e) =>
  matmul.bilinear(e.x, e.y, views.contiguous(views.slice(views.slice(e.big, 0, 0, 2), 2, 0, 4))),
);

family.done('layers', 75);
