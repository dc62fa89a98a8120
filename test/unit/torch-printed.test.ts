/**
 * What small programs print, word for word as PyTorch 2.13 prints it: values, types, the names of gradients, errors.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printed } from './torch-program.ts';

const ROWS: readonly (readonly [program: string, text: string])[] = [
  [
    'z = torch.tensor([0.5+1j, -1.0+0.5j, 1.5-0.25j], requires_grad=True)\ny = torch.exp2(z)\nprint(y)\n(y if not y.is_complex() else torch.view_as_real(y)).sum().backward()\nprint(z.grad)',
    'tensor([1.0879+0.9036j, 0.4703+0.1698j, 2.7861-0.4877j],\n       grad_fn=<Exp2Backward0>)\ntensor([1.3804+0.1277j, 0.4437+0.2082j, 1.5931+2.2692j])\n',
  ],
  [
    'z = torch.tensor([0.5+1j, -1.0+0.5j, 1.5-0.25j], requires_grad=True)\ny = torch.log2(z)\nprint(y)\n(y if not y.is_complex() else torch.view_as_real(y)).sum().backward()\nprint(z.grad)',
    'tensor([0.1610+1.5973j, 0.1610+3.8635j, 0.6047-0.2383j],\n       grad_fn=<Log2Backward0>)\ntensor([-0.5771+1.7312j, -1.7312-0.5771j,  1.0918+0.7798j])\n',
  ],
  [
    'z = torch.tensor([0.5+1j, -1.0+0.5j, 1.5-0.25j], requires_grad=True)\ny = torch.log10(z)\nprint(y)\n(y if not y.is_complex() else torch.view_as_real(y)).sum().backward()\nprint(z.grad)',
    'tensor([0.0485+0.4808j, 0.0485+1.1630j, 0.1820-0.0717j],\n       grad_fn=<Log10Backward0>)\ntensor([-0.1737+0.5212j, -0.5212-0.1737j,  0.3287+0.2348j])\n',
  ],
  [
    'z = torch.tensor([0.5+1j, -1.0+0.5j, 1.5-0.25j], requires_grad=True)\ny = torch.log1p(z)\nprint(y)\n(y if not y.is_complex() else torch.view_as_real(y)).sum().backward()\nprint(z.grad)',
    'tensor([ 0.5893+0.5880j, -0.6931+1.5708j,  0.9213-0.0997j],\n       grad_fn=<Log1PBackward0>)\ntensor([ 0.1538+0.7692j, -2.0000+2.0000j,  0.4356+0.3564j])\n',
  ],
  [
    'z = torch.tensor([0.5+1j, -1.0+0.5j, 1.5-0.25j], requires_grad=True)\ny = torch.expm1(z)\nprint(y)\n(y if not y.is_complex() else torch.view_as_real(y)).sum().backward()\nprint(z.grad)',
    'tensor([-0.1092+1.3874j, -0.6772+0.1764j,  3.3424-1.1088j],\n       grad_fn=<Expm1Backward0>)\ntensor([2.2782-0.4965j, 0.4992+0.1465j, 3.2336+5.4512j])\n',
  ],
  [
    'z = torch.tensor([0.5+1j, -1.0+0.5j, 1.5-0.25j], requires_grad=True)\ny = torch.asin(z)\nprint(y)\n(y if not y.is_complex() else torch.view_as_real(y)).sum().backward()\nprint(z.grad)',
    'tensor([ 0.3494+0.9261j, -0.8959+0.7329j,  1.3546-0.9937j],\n       grad_fn=<AsinBackward0>)\ntensor([ 0.8616+0.5000j,  0.1702+1.3825j, -0.5760+1.0451j])\n',
  ],
  [
    'z = torch.tensor([0.5+1j, -1.0+0.5j, 1.5-0.25j], requires_grad=True)\ny = torch.acos(z)\nprint(y)\n(y if not y.is_complex() else torch.view_as_real(y)).sum().backward()\nprint(z.grad)',
    'tensor([1.2214-0.9261j, 2.4667-0.7329j, 0.2162+0.9937j],\n       grad_fn=<AcosBackward0>)\ntensor([-0.8616-0.5000j, -0.1702-1.3825j,  0.5760-1.0451j])\n',
  ],
  [
    'z = torch.tensor([0.5+1j, -1.0+0.5j, 1.5-0.25j], requires_grad=True)\ny = torch.atan(z)\nprint(y)\n(y if not y.is_complex() else torch.view_as_real(y)).sum().backward()\nprint(z.grad)',
    'tensor([ 0.9079+0.7083j, -0.8476+0.2389j,  0.9916-0.0761j],\n       grad_fn=<AtanBackward0>)\ntensor([-0.7059+1.1765j,  0.6769+0.1846j,  0.3672+0.2273j])\n',
  ],
  [
    'z = torch.tensor([0.5+1j, -1.0+0.5j, 1.5-0.25j], requires_grad=True)\ny = torch.asinh(z)\nprint(y)\n(y if not y.is_complex() else torch.view_as_real(y)).sum().backward()\nprint(z.grad)',
    'tensor([ 0.7329+0.8959j, -0.9261+0.3494j,  1.2027-0.1382j],\n       grad_fn=<AsinhBackward0>)\ntensor([0.1702+1.3825j, 0.8616+0.5000j, 0.6126+0.4852j])\n',
  ],
  [
    'z = torch.tensor([0.5+1j, -1.0+0.5j, 1.5-0.25j], requires_grad=True)\ny = torch.acosh(z)\nprint(y)\n(y if not y.is_complex() else torch.view_as_real(y)).sum().backward()\nprint(z.grad)',
    'tensor([0.9261+1.2214j, 0.7329+2.4667j, 0.9937-0.2162j],\n       grad_fn=<AcoshBackward0>)\ntensor([-0.5000+0.8616j, -1.3825+0.1702j,  1.0451+0.5760j])\n',
  ],
  [
    'z = torch.tensor([0.5+1j, -1.0+0.5j, 1.5-0.25j], requires_grad=True)\ny = torch.atanh(z)\nprint(y)\n(y if not y.is_complex() else torch.view_as_real(y)).sum().backward()\nprint(z.grad)',
    'tensor([ 0.2389+0.8476j, -0.7083+0.9079j,  0.7514-1.3888j],\n       grad_fn=<AtanhBackward0>)\ntensor([ 0.6769+0.1846j, -0.7059+1.1765j, -0.9822-0.2218j])\n',
  ],
  [
    'z = torch.tensor([0.5+1j, -1.0+0.5j, 1.5-0.25j], requires_grad=True)\ny = torch.sinc(z)\nprint(y)\n(y if not y.is_complex() else torch.view_as_real(y)).sum().backward()\nprint(z.grad)',
    'tensor([ 1.4759-2.9519j, -0.2930+0.5860j, -0.2735-0.0456j],\n       grad_fn=<SincBackward0>)\ntensor([-9.7259-5.2099j,  2.8938+0.1832j, -0.2379+0.7707j])\n',
  ],
  [
    'z = torch.tensor([0.5+1j, -1.0+0.5j, 1.5-0.25j], requires_grad=True)\ny = torch.sgn(z)\nprint(y)\n(y if not y.is_complex() else torch.view_as_real(y)).sum().backward()\nprint(z.grad)',
    'tensor([ 0.4472+0.8944j, -0.8944+0.4472j,  0.9864-0.1644j],\n       grad_fn=<SgnBackward0>)\ntensor([0.3578-0.1789j, 0.5367+1.0733j, 0.1244+0.7465j])\n',
  ],
  [
    'z = torch.tensor([[0.5+1j, -1.0+0.5j], [1.5-0.25j, 0.75j]])\nprint(z.cumsum(1))',
    'tensor([[ 0.5000+1.0000j, -0.5000+1.5000j],\n        [ 1.5000-0.2500j,  1.5000+0.5000j]])\n',
  ],
  [
    'z = torch.tensor([[0.5+1j, -1.0+0.5j], [1.5-0.25j, 0.75j]])\nprint(z.cumprod(1))',
    'tensor([[ 0.5000+1.0000j, -1.0000-0.7500j],\n        [ 1.5000-0.2500j,  0.1875+1.1250j]])\n',
  ],
  ['z = torch.tensor([[0.5+1j, -1.0+0.5j], [1.5-0.25j, 0.75j]])\nprint(z.prod())', 'tensor(0.6562-1.2656j)\n'],
  ['z = torch.tensor([[0.5+1j, -1.0+0.5j], [1.5-0.25j, 0.75j]])\nprint(z.prod(1))', 'tensor([-1.0000-0.7500j,  0.1875+1.1250j])\n'],
  ['z = torch.tensor([[0.5+1j, -1.0+0.5j], [1.5-0.25j, 0.75j]])\nprint(z.var())', 'tensor(1.3750)\n'],
  ['z = torch.tensor([[0.5+1j, -1.0+0.5j], [1.5-0.25j, 0.75j]])\nprint(z.std(1))', 'tensor([1.1180, 1.2748])\n'],
  [
    'z = torch.tensor([[0.5+1j, -1.0+0.5j], [1.5-0.25j, 0.75j]])\nprint(torch.logsumexp(z, 1))',
    'tensor([0.6828+0.9108j, 1.6277-0.0840j])\n',
  ],
  [
    'z = torch.tensor([[0.5+1j, -1.0+0.5j], [1.5-0.25j, 0.75j]])\nprint(torch.logcumsumexp(z, 0))',
    'tensor([[ 0.5000+1.0000j, -1.0000+0.5000j],\n        [ 1.6564+0.0532j,  0.3071+0.6830j]])\n',
  ],
  [
    'z = torch.tensor([[0.5+1j, -1.0+0.5j], [1.5-0.25j, 0.75j]])\nprint(F.silu(z))',
    'tensor([[ 0.0759+0.7823j, -0.3068+0.0296j],\n        [ 1.2215-0.2610j, -0.1476+0.3750j]])\n',
  ],
  [
    'z = torch.tensor([[0.5+1j, -1.0+0.5j], [1.5-0.25j, 0.75j]])\nprint(F.softsign(z))',
    'tensor([[ 0.2361+0.4721j, -0.4721+0.2361j],\n        [ 0.5951-0.0992j,  0.0000+0.4286j]])\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.var_mean(x))',
    '(tensor(1.4167, grad_fn=<VarMeanBackward0>), tensor(0.4167, grad_fn=<VarMeanBackward0>))\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.std_mean(x, 1))',
    '(tensor([1.5000, 1.1273], grad_fn=<StdMeanBackward0>), tensor([0.5000, 0.3333], grad_fn=<StdMeanBackward0>))\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.aminmax(x, dim=0))',
    'torch.return_types.aminmax(\nmin=tensor([ 0.5000, -1.0000, -0.7500], grad_fn=<AminmaxBackward0>),\nmax=tensor([1.5000, 0.2500, 2.0000], grad_fn=<AminmaxBackward0>))\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(x.nanmedian(1))',
    'torch.return_types.nanmedian(\nvalues=tensor([0.5000, 0.2500], grad_fn=<NanmedianBackward1>),\nindices=tensor([0, 1]))\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.diag_embed(x[0]))',
    'tensor([[ 0.5000,  0.0000,  0.0000],\n        [ 0.0000, -1.0000,  0.0000],\n        [ 0.0000,  0.0000,  2.0000]], grad_fn=<DiagEmbedBackward0>)\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.select_scatter(x, x[0, :2], 1, 0))',
    'tensor([[ 0.5000, -1.0000,  2.0000],\n        [-1.0000,  0.2500, -0.7500]], grad_fn=<SelectScatterBackward0>)\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.combinations(x[0]))',
    'tensor([[ 0.5000, -1.0000],\n        [ 0.5000,  2.0000],\n        [-1.0000,  2.0000]], grad_fn=<StackBackward0>)\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.cov(x))',
    'tensor([[ 2.2500, -0.7500],\n        [-0.7500,  1.2708]], grad_fn=<SqueezeBackward0>)\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.quantile(x, 0.3))',
    'tensor(-0.2500, grad_fn=<SqueezeBackward4>)\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.float_power(x, 2))',
    'tensor([[0.2500, 1.0000, 4.0000],\n        [2.2500, 0.0625, 0.5625]], dtype=torch.float64, grad_fn=<PowBackward0>)\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(x[0].vdot(x[1]))',
    'tensor(-1., grad_fn=<VdotBackward0>)\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(x.sgn())',
    'tensor([[ 1., -1.,  1.],\n        [ 1.,  1., -1.]], grad_fn=<SgnBackward0>)\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.unique(x, dim=0))',
    'tensor([[ 0.5000, -1.0000,  2.0000],\n        [ 1.5000,  0.2500, -0.7500]], grad_fn=<UniqueDimBackward0>)\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.linalg.vander(x))',
    'tensor([[[ 1.0000,  0.5000,  0.2500],\n         [ 1.0000, -1.0000,  1.0000],\n         [ 1.0000,  2.0000,  4.0000]],\n\n        [[ 1.0000,  1.5000,  2.2500],\n         [ 1.0000,  0.2500,  0.0625],\n         [ 1.0000, -0.7500,  0.5625]]], grad_fn=<CatBackward0>)\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.linalg.norm(x, 2))',
    'tensor(2.3696, grad_fn=<AmaxBackward0>)\n',
  ],
  [
    "x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.linalg.norm(x, float('inf')))",
    'tensor(3.5000, grad_fn=<AmaxBackward0>)\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.linalg.matrix_norm(x, -1))',
    'tensor(1.2500, grad_fn=<AminBackward0>)\n',
  ],
  [
    "x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.linalg.norm(x, 'nuc'))",
    'tensor(3.9539, grad_fn=<SumBackward1>)\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.linalg.svd(x)[1])',
    'tensor([2.3696, 1.5843], grad_fn=<LinalgSvdBackward0>)\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.linalg.svdvals(x))',
    'tensor([2.3696, 1.5843], grad_fn=<LinalgSvdBackward0>)\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.linalg.pinv(x))',
    'tensor([[ 0.2084,  0.5942],\n        [-0.1863,  0.0222],\n        [ 0.3548, -0.1375]], grad_fn=<LinalgPinvBackward0>)\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.slogdet(x[:, :2]))',
    'torch.return_types.slogdet(\nsign=tensor(1., grad_fn=<LinalgSlogdetBackward0>),\nlogabsdet=tensor(0.4855, grad_fn=<LinalgSlogdetBackward0>))\n',
  ],
  [
    "x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.linalg.qr(x.t(), 'r'))",
    'torch.return_types.linalg_qr(\nQ=tensor([], grad_fn=<LinalgQrBackward0>),\nR=tensor([[-2.2913,  0.4364],\n        [ 0.0000, -1.6385]], grad_fn=<LinalgQrBackward0>))\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\nprint(torch.linalg.cholesky(x[:, :2] @ x[:, :2].t(), upper=True))',
    'tensor([[1.1180, 0.4472],\n        [0.0000, 1.4534]], grad_fn=<LinalgCholeskyExBackward0>)\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\n(torch.linalg.vander(x).sum()).backward()\nprint(x.grad)',
    'tensor([[ 2.0000, -1.0000,  5.0000],\n        [ 4.0000,  1.5000, -0.5000]])\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\n(torch.linalg.svdvals(x).sum()).backward()\nprint(x.grad)',
    'tensor([[ 0.3244, -0.4298,  0.8427],\n        [ 0.9436,  0.0843, -0.3202]])\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\n(torch.linalg.pinv(x).sum()).backward()\nprint(x.grad)',
    'tensor([[-0.2770,  0.4075,  0.0845],\n        [-0.3431,  0.6361,  0.1644]])\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\n(torch.linalg.svd(x, full_matrices=False)[2].abs().sum()).backward()\nprint(x.grad)',
    'tensor([[-0.3553, -0.3795, -0.2776],\n        [ 0.0777, -0.5192, -0.4888]])\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\n(torch.linalg.norm(x, 2)).backward()\nprint(x.grad)',
    'tensor([[-0.0177, -0.4064,  0.8468],\n        [ 0.0064,  0.1483, -0.3090]])\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\n(torch.logdet(x[:, :2])).backward()\nprint(x.grad)',
    'tensor([[ 0.1538, -0.9231,  0.0000],\n        [ 0.6154,  0.3077,  0.0000]])\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\n(torch.vander(x[0]).sum()).backward()\nprint(x.grad)',
    'RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation: [torch.FloatTensor [3, 2]], which is output 0 of AsStrided, is at version 3; expected version 2 instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False).\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\n(torch.bincount(torch.tensor([0, 1, 1]), x[0]).sum()).backward()\nprint(x.grad)',
    'RuntimeError: derivative for aten::bincount is not implemented\n',
  ],
  [
    'x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)\n(x.heaviside(x).sum()).backward()\nprint(x.grad)',
    'RuntimeError: derivative for aten::heaviside is not implemented\n',
  ],
  [
    'u, s, v = torch.linalg.svd(torch.tensor([[3.0, 0.0], [0.0, 2.0], [0.0, 0.0]]))\nprint(u.shape, s, v.shape, torch.allclose(u @ u.t(), torch.eye(3), atol=1e-6))',
    'torch.Size([3, 3]) tensor([3., 2.]) torch.Size([2, 2]) True\n',
  ],
  ["print(torch.sign(torch.tensor([float('nan'), -0.0, -3.0])))", 'tensor([ 0.,  0., -1.])\n'],
  ['x = torch.arange(12.0).reshape(3, 4).t()[:, ::2]\nprint(F.relu(x).stride(), x.exp().stride())', '(1, 4) (1, 4)\n'],
  [
    'p = torch.arange(24.0).reshape(4, 2, 3).sin().log_softmax(2).requires_grad_()\nloss = F.ctc_loss(p, torch.tensor([[1, 0], [2, 2]]), torch.tensor([4, 4]), torch.tensor([2, 2]))\nprint(loss)\nloss.backward()\nprint(p.grad[3])',
    'tensor(1.8560, grad_fn=<MeanBackward0>)\ntensor([[-0.1611,  0.0704,  0.1510],\n        [ 0.0722,  0.0665, -0.1386]])\n',
  ],
  ['print(torch.logdet(torch.tensor([[1.0, 2.0], [3.0, 4.0]])))', 'tensor(nan)\n'],
];

for (const [program, text] of ROWS) {
  test(`prints as PyTorch does: ${program.split('\n').at(-1)}`, () => {
    assert.equal(printed(program), text);
  });
}
