/**
 * What functions of matrices, Fourier transforms, special functions, draws and selections print, with their gradients: word for
 * word as PyTorch 2.13 prints it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printed } from './torch-program.ts';

/** The gradient of a weighted sum of what `y` holds. */
const BACKWARD =
  'z = y[0] if isinstance(y, tuple) else y\nz = torch.view_as_real(z) if z.is_complex() else z\n(z * torch.arange(z.numel()).reshape(z.shape).add(1)).sum().backward()';

const ROWS: readonly (readonly [program: string, text: string])[] = [
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\nprint(torch.linalg.lstsq(r.detach(), torch.ones(4, 2))[1:])',
    '(tensor([]), tensor(3), tensor([]))\n',
  ],
  [
    'torch.manual_seed(3)\nprint(torch.special.i1(torch.linspace(-10, 10, 9)))',
    'tensor([-2.6710e+03, -2.4958e+02, -2.4336e+01, -2.5167e+00,  0.0000e+00,\n         2.5167e+00,  2.4336e+01,  2.4958e+02,  2.6710e+03])\n',
  ],
  [
    "torch.manual_seed(3)\nprint(torch.tensor([1.,float('nan'),2.,float('nan')]).kthvalue(2))",
    'torch.return_types.kthvalue(\nvalues=tensor(2.),\nindices=tensor(2))\n',
  ],
  [
    'torch.manual_seed(3)\nz = torch.zeros\ntorch.manual_seed(7)\nprint(z(3,dtype=torch.float64).geometric_(0.3))\nprint(torch.rand(1))',
    'tensor([4., 4., 1.], dtype=torch.float64)\ntensor([0.2071])\n',
  ],
  [
    'torch.manual_seed(3)\nx = torch.rand(2, 3).mul(0.8).add(0.1).requires_grad_()\nw = torch.rand(3)\ny = torch.renorm(x, 3, 0, 5)\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[0.1034, 0.1845, 0.3287],\n        [0.1216, 0.4773, 0.1481]], grad_fn=<RenormBackward0>)\ntensor([[1., 2., 3.],\n        [4., 5., 6.]])\n',
  ],
  [
    'torch.manual_seed(3)\nx = torch.rand(2, 3).mul(0.8).add(0.1).requires_grad_()\nw = torch.rand(3)\ny = torch.special.i1(x)\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[0.0518, 0.0926, 0.1666],\n        [0.0609, 0.2455, 0.0742]], grad_fn=<SpecialI1Backward0>)\ntensor([[0.5020, 1.0128, 1.5612],\n        [2.0111, 2.7170, 3.0247]])\n',
  ],
  [
    'torch.manual_seed(3)\nx = torch.rand(2, 3).mul(0.8).add(0.1).requires_grad_()\nw = torch.rand(3)\ny = torch.cumulative_trapezoid(x)\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[0.1439, 0.4005],\n        [0.2994, 0.6121]], grad_fn=<CumsumBackward0>)\ntensor([[1.5000, 2.5000, 1.0000],\n        [3.5000, 5.5000, 2.0000]])\n',
  ],
  [
    "torch.manual_seed(3)\nprint(torch.tensor([1.,float('nan'),2.,float('nan')]).mode())",
    'torch.return_types.mode(\nvalues=tensor(1.),\nindices=tensor(0))\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\ny = torch.cholesky_solve(b, a, upper=True)\nprint(y)\nBACKWARD\nprint(a.grad)\nprint(b.grad)',
    'tensor([[-0.0986,  0.0016],\n        [ 0.0541, -0.0303],\n        [ 0.2480,  0.1972]], grad_fn=<CholeskySolveBackward0>)\ntensor([[ 0.0025,  0.0286, -0.0101],\n        [ 0.0846, -0.0212, -0.4624],\n        [ 0.3416, -0.2666, -2.2269]])\ntensor([[-0.1410, -0.1216],\n        [ 0.2274,  0.2969],\n        [ 1.1729,  1.3792]])\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\nprint(torch.linalg.matrix_rank(torch.ones(2, 3, 4)))',
    'tensor([1, 1])\n',
  ],
  [
    "torch.manual_seed(3)\nprint(torch.tensor([1.,float('nan'),2.,float('nan')]).topk(3,largest=False))",
    'torch.return_types.topk(\nvalues=tensor([1., 2., nan]),\nindices=tensor([0, 2, 3]))\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\ny = torch.linalg.cholesky_ex(s)\nprint(y)\nBACKWARD\nprint(a.grad)',
    'torch.return_types.linalg_cholesky_ex(\nL=tensor([[4.1533, 0.0000, 0.0000],\n        [1.7095, 2.6679, 0.0000],\n        [0.5779, 0.1170, 1.9448]], grad_fn=<LinalgCholeskyExBackward0>),\ninfo=tensor(0, dtype=torch.int32))\ntensor([[ 1.0860, -0.1458, -0.0894],\n        [ 2.0031,  5.6669,  5.8682],\n        [ 3.7475,  9.2034,  9.7598]])\n',
  ],
  ['torch.manual_seed(3)\nprint(torch.randint(0,3,(20,)).mode())', 'torch.return_types.mode(\nvalues=tensor(0),\nindices=tensor(14))\n'],
  [
    'torch.manual_seed(3)\nx = torch.rand(2, 3).mul(0.8).add(0.1).requires_grad_()\nw = torch.rand(3)\ny = torch.special.i0e(x)\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[0.9042, 0.8386, 0.7395],\n        [0.8888, 0.6563, 0.8671]], grad_fn=<SpecialI0EBackward0>)\ntensor([[-0.8575, -1.5233, -1.8586],\n        [-3.3395, -2.5199, -4.8183]])\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\ny = torch.linalg.solve_triangular(a, b, upper=False)\nprint(y)\nBACKWARD\nprint(a.grad)\nprint(b.grad)',
    'tensor([[-0.2162,  0.0747],\n        [ 0.2118, -0.0515],\n        [ 0.4745,  0.4018]], grad_fn=<LinalgSolveTriangularBackward0>)\ntensor([[-0.0309,  0.0000,  0.0000],\n        [ 0.0954, -0.1181,  0.0000],\n        [ 0.3162, -0.3749, -2.3915]])\ntensor([[-0.1458, -0.0083],\n        [ 0.8333,  1.1333],\n        [ 2.5000,  3.0000]])\n',
  ],
  [
    'torch.manual_seed(3)\nz = torch.zeros\ntorch.manual_seed(7)\nprint(z(3).cauchy_())\nprint(torch.rand(1))',
    'tensor([-0.8306, -0.8612,  2.1619])\ntensor([0.2071])\n',
  ],
  [
    'torch.manual_seed(3)\nx = torch.rand(2, 3).mul(0.8).add(0.1).requires_grad_()\nw = torch.rand(3)\ny = torch.special.entr(x)\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[0.2346, 0.3118, 0.3657],\n        [0.2562, 0.3530, 0.2828]], grad_fn=<SpecialEntrBackward0>)\ntensor([[ 1.2690,  1.3807,  0.3381],\n        [ 4.4293, -1.3019,  5.4595]])\n',
  ],
  [
    'torch.manual_seed(3)\nx = torch.rand(2, 3).mul(0.8).add(0.1).requires_grad_()\nw = torch.rand(3)\ny = x.logit()\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[-2.1599, -1.4864, -0.7142],\n        [-1.9777, -0.0909, -1.7496]], grad_fn=<LogitBackward0>)\ntensor([[10.7855, 13.2951, 13.5964],\n        [37.4581, 20.0413, 47.5581]])\n',
  ],
  [
    'torch.manual_seed(3)\nz = torch.zeros\ntorch.manual_seed(7)\nprint(z(3,dtype=torch.int64).geometric_(0.2))\nprint(torch.rand(1))',
    'tensor([6, 6, 1])\ntensor([0.2071])\n',
  ],
  [
    'torch.manual_seed(3)\nprint(torch.special.ndtr(torch.linspace(-5, 5, 11)))',
    'tensor([2.9802e-07, 3.1680e-05, 1.3499e-03, 2.2750e-02, 1.5866e-01, 5.0000e-01,\n        8.4134e-01, 9.7725e-01, 9.9865e-01, 9.9997e-01, 1.0000e+00])\n',
  ],
  [
    'torch.manual_seed(3)\nprint(torch.special.erfcx(torch.linspace(-2, 9, 9)))',
    'tensor([1.0894e+02, 2.3990e+00, 5.0694e-01, 2.4267e-01, 1.5529e-01, 1.1344e-01,\n        8.9157e-02, 7.3372e-02, 6.2308e-02])\n',
  ],
  [
    'torch.manual_seed(3)\nx = torch.rand(2, 3).mul(0.8).add(0.1).requires_grad_()\nw = torch.rand(3)\ny = torch.mvlgamma(x + 2, 2)\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[0.5073, 0.5620, 0.6814],\n        [0.5187, 0.8318, 0.5363]], grad_fn=<MvlgammaBackward0>)\ntensor([[0.6164, 1.4630, 2.7642],\n        [2.5709, 5.5000, 4.0839]])\n',
  ],
  [
    'torch.manual_seed(3)\nx = torch.rand(2, 3).mul(0.8).add(0.1).requires_grad_()\nw = torch.rand(3)\ny = torch.renorm(x, 2, 0, 0.5)\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[0.1034, 0.1845, 0.3287],\n        [0.1182, 0.4640, 0.1440]], grad_fn=<RenormBackward0>)\ntensor([[ 1.0000,  2.0000,  3.0000],\n        [ 2.2082, -1.7371,  3.7858]])\n',
  ],
  ['torch.manual_seed(3)\nprint(torch.fft.rfftfreq(5, 0.3))', 'tensor([0.0000, 0.6667, 1.3333])\n'],
  [
    'torch.manual_seed(3)\nx = torch.randn(2, 3, requires_grad=True)\nw = torch.randn(3, 3, requires_grad=True)\nx3 = torch.randn(2, 3, 4, requires_grad=True)\nv = torch.randn(24, requires_grad=True)\nc = torch.randn(3, 4, dtype=torch.complex64, requires_grad=True)\ny = torch.fft.irfft2(torch.fft.rfft2(x), s=(2, 3))\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[ 0.8033,  0.1748,  0.0890],\n        [-0.6137,  0.0462, -1.3683]], grad_fn=<FftC2RBackward0>)\ntensor([[1., 2., 3.],\n        [4., 5., 6.]])\n',
  ],
  [
    'torch.manual_seed(3)\nz = torch.zeros\ntorch.manual_seed(7)\nprint(z(3, 4).t().geometric_(0.1))\nprint(torch.rand(1))',
    'tensor([[13.,  1.,  3.],\n        [13.,  2.,  3.],\n        [ 2., 12., 27.],\n        [ 4.,  6., 28.]])\ntensor([0.5209])\n',
  ],
  [
    'torch.manual_seed(3)\nx = torch.rand(2, 3).mul(0.8).add(0.1).requires_grad_()\nw = torch.rand(3)\ny = torch.special.log_ndtr(x)\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[-0.6140, -0.5566, -0.4639],\n        [-0.6008, -0.3806, -0.5818]], grad_fn=<SpecialLogNdtrBackward0>)\ntensor([[0.7332, 1.3686, 1.8033],\n        [2.8886, 2.6045, 4.2363]])\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\ny = torch.lu_solve(b, *torch.linalg.lu_factor(a))\nprint(y)\nBACKWARD\nprint(a.grad)\nprint(b.grad)',
    'tensor([[-0.3320,  0.0405],\n        [ 0.2176, -0.0674],\n        [ 0.4912,  0.4085]], grad_fn=<LinalgLuSolveBackward0>)\ntensor([[-0.0517,  0.0338,  0.0774],\n        [ 0.2488, -0.1165, -0.9028],\n        [ 0.6964, -0.3389, -2.3826]])\ntensor([[-1.5592e-01, -1.8561e-03],\n        [ 8.8863e-01,  1.1415e+00],\n        [ 2.4501e+00,  2.8863e+00]])\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\ny = torch.triangular_solve(r.T, a)[0]\nprint(y)\nBACKWARD\nprint(a.grad)',
    'tensor([[ 0.1814, -0.0832,  0.0779,  0.1338],\n        [ 0.0553,  0.0610,  0.3849,  0.1328],\n        [ 0.0445, -0.6841, -0.7176,  0.6190]],\n       grad_fn=<TriangularSolveBackward0>)\ntensor([[-0.1960, -0.4657,  0.2502],\n        [ 0.0000, -1.3110,  1.2345],\n        [ 0.0000,  0.0000,  3.2674]])\n',
  ],
  ['torch.manual_seed(3)\nprint(torch.fft.fftn(torch.zeros(())))', 'tensor(0.+0.j)\n'],
  [
    'torch.manual_seed(3)\nx = torch.randn(2, 3, requires_grad=True)\nw = torch.randn(3, 3, requires_grad=True)\nx3 = torch.randn(2, 3, 4, requires_grad=True)\nv = torch.randn(24, requires_grad=True)\nc = torch.randn(3, 4, dtype=torch.complex64, requires_grad=True)\ny = torch.fft.hfft(x)\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[ 1.2419,  0.7143,  0.5426,  0.7143],\n        [-1.8896,  0.7545, -2.0743,  0.7545]], grad_fn=<FftC2RBackward0>)\ntensor([[10., -4., -2.],\n        [26., -4., -2.]])\n',
  ],
  [
    'torch.manual_seed(3)\nx = torch.rand(2, 3).mul(0.8).add(0.1).requires_grad_()\nw = torch.rand(3)\ny = torch.cumulative_trapezoid(x, dx=3)\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[0.4318, 1.2015],\n        [0.8983, 1.8364]], grad_fn=<CumsumBackward0>)\ntensor([[ 4.5000,  7.5000,  3.0000],\n        [10.5000, 16.5000,  6.0000]])\n',
  ],
  [
    'torch.manual_seed(3)\nprint(torch.randint(0,3,(30,)).unique(return_inverse=True, return_counts=True))',
    '(tensor([0, 1, 2]), tensor([1, 2, 1, 0, 1, 0, 0, 2, 1, 1, 1, 0, 2, 2, 0, 1, 0, 0, 2, 2, 0, 2, 0, 1,\n        0, 2, 2, 0, 1, 2]), tensor([11,  9, 10]))\n',
  ],
  [
    'torch.manual_seed(3)\nz = torch.zeros\ntorch.manual_seed(7)\nprint(torch.poisson(torch.full((40,), 4.)))\nprint(torch.rand(1))',
    'tensor([ 6.,  4.,  1.,  2.,  6.,  7.,  3.,  1.,  5.,  3.,  2., 10.,  5.,  4.,\n         4.,  6.,  4.,  3.,  5.,  6.,  9.,  5.,  0.,  3.,  3.,  0.,  6.,  8.,\n         5.,  1.,  6.,  5.,  2.,  2.,  3.,  3.,  1., 10.,  3.,  3.])\ntensor([0.6205])\n',
  ],
  ['torch.manual_seed(3)\nprint(torch.fft.fftfreq(5))', 'tensor([ 0.0000,  0.2000,  0.4000, -0.4000, -0.2000])\n'],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\ny = torch.linalg.lu(a)[2]\nprint(y)\nBACKWARD\nprint(a.grad)',
    'tensor([[4.0000, 1.0000, 0.5000],\n        [0.0000, 2.7500, 0.0750],\n        [0.0000, 0.0000, 1.9591]], grad_fn=<LinalgLuBackward0>)\ntensor([[ 1.5677,  0.7656,  0.9273],\n        [-1.9517,  5.0112,  5.5909],\n        [-1.0636, -0.2455,  9.0000]])\n',
  ],
  [
    'torch.manual_seed(3)\nprint(torch.sinc(torch.linspace(-5, 5, 23)))',
    'tensor([-4.3006e-08,  6.9315e-02,  2.1921e-02, -7.9625e-02, -5.4086e-02,\n         8.8206e-02,  1.0585e-01, -9.4650e-02, -2.1233e-01,  9.8646e-02,\n         6.9315e-01,  1.0000e+00,  6.9315e-01,  9.8646e-02, -2.1233e-01,\n        -9.4650e-02,  1.0585e-01,  8.8206e-02, -5.4086e-02, -7.9625e-02,\n         2.1921e-02,  6.9315e-02, -4.3006e-08])\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\nprint(torch.qr(r.detach()))',
    'torch.return_types.qr(\nQ=tensor([[-0.5555,  0.2078,  0.7944],\n        [ 0.4244, -0.3500,  0.2571],\n        [-0.2334, -0.9102,  0.1273],\n        [-0.6759, -0.0762, -0.5354]]),\nR=tensor([[-1.4461, -0.6664, -1.1319],\n        [ 0.0000, -0.9400,  1.7093],\n        [ 0.0000,  0.0000, -1.1266]]))\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\ny = torch.linalg.cond(a, -2)\nprint(y)\nBACKWARD\nprint(a.grad)',
    'tensor(0.4101, grad_fn=<SqueezeBackward1>)\ntensor([[-0.0547, -0.0377, -0.0477],\n        [-0.0371, -0.0232, -0.0112],\n        [-0.0531, -0.0086,  0.2035]])\n',
  ],
  [
    'torch.manual_seed(3)\nx = torch.randn(2, 3, requires_grad=True)\nw = torch.randn(3, 3, requires_grad=True)\nx3 = torch.randn(2, 3, 4, requires_grad=True)\nv = torch.randn(24, requires_grad=True)\nc = torch.randn(3, 4, dtype=torch.complex64, requires_grad=True)\ny = torch.fft.hfft(c)\nprint(y)\nBACKWARD\nprint(c.grad)',
    'tensor([[ 3.2365, -1.3531, -2.4159,  2.5774, -3.1154, -0.5482],\n        [-0.2667,  1.5544, -0.0305, -0.8301,  0.2633, -3.9392],\n        [ 1.1721,  0.3237,  2.2217,  0.3024,  1.6604,  0.3709]],\n       grad_fn=<FftC2RBackward0>)\ntensor([[21.-0.0000j, -6.-10.3923j, -6.-3.4641j, -3.-0.0000j],\n        [57.-0.0000j, -6.-10.3923j, -6.-3.4641j, -3.-0.0000j],\n        [93.-0.0000j, -6.-10.3923j, -6.-3.4641j, -3.-0.0000j]])\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\nprint(torch.svd(a.detach())[1])',
    'tensor([4.6929, 2.3860, 1.9246])\n',
  ],
  [
    'torch.manual_seed(3)\nx = torch.rand(2, 3).mul(0.8).add(0.1).requires_grad_()\nw = torch.rand(3)\ny = torch.special.multigammaln(x + 3, 3)\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[2.9148, 3.0981, 3.4466],\n        [2.9551, 3.8342, 3.0147]], grad_fn=<MvlgammaBackward0>)\ntensor([[ 2.2029,  4.6366,  7.5394],\n        [ 8.9165, 13.5068, 13.6023]])\n',
  ],
  [
    'torch.manual_seed(3)\nx = torch.rand(2, 3).mul(0.8).add(0.1).requires_grad_()\nw = torch.rand(3)\ny = torch.logit(x, 0.3)\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[-0.8473, -0.8473, -0.7142],\n        [-0.8473, -0.0909, -0.8473]], grad_fn=<LogitBackward0>)\ntensor([[ 0.0000,  0.0000, 13.5964],\n        [ 0.0000, 20.0413,  0.0000]])\n',
  ],
  ['torch.manual_seed(3)\nprint(torch.polygamma(1, torch.tensor([-0.5, -1.5])))', 'tensor([8.9348, 9.3792])\n'],
  ['torch.manual_seed(3)\nprint(torch.trapezoid(torch.zeros(0)))', 'tensor(0.)\n'],
  [
    'torch.manual_seed(3)\nprint(torch.fft.rfftfreq(8, dtype=torch.float64))',
    'tensor([0.0000, 0.1250, 0.2500, 0.3750, 0.5000], dtype=torch.float64)\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\nprint(torch.linalg.matrix_exp(torch.arange(8.).reshape(2, 2, 2) / 3))',
    'tensor([[[ 1.1628,  0.5939],\n         [ 1.1877,  2.9444]],\n\n        [[15.8740, 17.8658],\n         [21.4389, 26.5934]]])\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\nprint(torch.lu(a.detach()))',
    '(tensor([[4.0000, 1.0000, 0.5000],\n        [0.2500, 2.7500, 0.0750],\n        [0.0750, 0.0455, 1.9591]]), tensor([1, 2, 3], dtype=torch.int32))\n',
  ],
  [
    'torch.manual_seed(3)\nx = torch.rand(2, 3).mul(0.8).add(0.1).requires_grad_()\nw = torch.rand(3)\ny = torch.rsub(x, 3, alpha=0.5)\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[2.9483, 2.9078, 2.8357],\n        [2.9392, 2.7614, 2.9260]], grad_fn=<RsubBackward1>)\ntensor([[-0.5000, -1.0000, -1.5000],\n        [-2.0000, -2.5000, -3.0000]])\n',
  ],
  [
    'torch.manual_seed(3)\nz = torch.zeros\ntorch.manual_seed(7)\nprint(torch.poisson(torch.full((10,), 1000.)))\nprint(torch.rand(1))',
    'tensor([ 979., 1039., 1055.,  981., 1026.,  938.,  965.,  957., 1056., 1015.])\ntensor([0.7369])\n',
  ],
  [
    'torch.manual_seed(3)\nz = torch.zeros\ntorch.manual_seed(7)\nprint(z(3).log_normal_())\nprint(torch.rand(1))',
    'tensor([ 2.0267, 13.0957, 18.0590])\ntensor([0.3653])\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\nprint(torch.matrix_exp(torch.zeros(2, 2)))',
    'tensor([[1., 0.],\n        [0., 1.]])\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\ny = torch.lu(a)[0]\nprint(y)\nBACKWARD\nprint(a.grad)',
    'tensor([[4.0000, 1.0000, 0.5000],\n        [0.2500, 2.7500, 0.0750],\n        [0.0750, 0.0455, 1.9591]], grad_fn=<LinalgLuFactorExBackward0>)\ntensor([[ 1.2327,  0.5805,  0.9273],\n        [-0.9186,  4.8789,  5.5909],\n        [-0.0409,  2.6636,  9.0000]])\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\ny = torch.linalg.solve_triangular(a.triu(), r.T[:, :2], upper=True)\nprint(y)\nBACKWARD\nprint(a.grad)',
    'tensor([[ 0.1814, -0.0832],\n        [ 0.0553,  0.0610],\n        [ 0.0445, -0.6841]], grad_fn=<LinalgSolveTriangularBackward0>)\ntensor([[-0.0038, -0.0443,  0.3309],\n        [ 0.0000, -0.1219,  0.7574],\n        [ 0.0000,  0.0000,  1.7827]])\n',
  ],
  ['torch.manual_seed(3)\nprint(torch.randint(0,3,(40,)).mode())', 'torch.return_types.mode(\nvalues=tensor(0),\nindices=tensor(6))\n'],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\ny = torch.triangular_solve(b, a, upper=False, transpose=True)[0]\nprint(y)\nBACKWARD\nprint(a.grad)\nprint(b.grad)',
    'tensor([[-0.2781,  0.0576],\n        [ 0.1089, -0.0538],\n        [ 0.4632,  0.4078]], grad_fn=<TriangularSolveBackward0>)\ntensor([[ 4.0726e-02,  0.0000e+00,  0.0000e+00],\n        [-3.1112e-04, -3.7012e-02,  0.0000e+00],\n        [-3.1972e-01, -9.0042e-01, -2.2435e+00]])\ntensor([[0.2500, 0.5000],\n        [0.9167, 1.1667],\n        [2.3708, 2.8083]])\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\nprint(torch.linalg.matrix_rank(torch.diag(torch.tensor([1., 0.5, 1e-9]))))',
    'tensor(2)\n',
  ],
  [
    'torch.manual_seed(3)\nz = torch.zeros\ntorch.manual_seed(7)\nprint(z(3,dtype=torch.float64).cauchy_())\nprint(torch.rand(1))',
    'tensor([-0.8306, -0.8612,  2.1619], dtype=torch.float64)\ntensor([0.2071])\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\ny = torch.cholesky_solve(r.T, torch.linalg.cholesky(s))\nprint(y)\nBACKWARD\nprint(a.grad)',
    'tensor([[ 0.0561, -0.0114,  0.0178,  0.0146],\n        [-0.0217,  0.0570,  0.1402,  0.0041],\n        [-0.0042, -0.3426, -0.4020,  0.2899]],\n       grad_fn=<CholeskySolveBackward0>)\ntensor([[ 0.2172,  0.1153, -0.7838],\n        [-0.1479, -0.7422, -0.4656],\n        [-1.2106, -0.6253,  4.1956]])\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\nprint(torch.linalg.matrix_rank(a.detach(), hermitian=False))',
    'tensor(3)\n',
  ],
  [
    'torch.manual_seed(3)\nprint(torch.tensor([1,2,2,1,2,0,2]).topk(3))',
    'torch.return_types.topk(\nvalues=tensor([2, 2, 2]),\nindices=tensor([1, 6, 4]))\n',
  ],
  [
    'torch.manual_seed(3)\nx = torch.rand(2, 3).mul(0.8).add(0.1).requires_grad_()\nw = torch.rand(3)\ny = torch.sinc(x)\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[0.9825, 0.9450, 0.8315],\n        [0.9759, 0.6652, 0.9643]], grad_fn=<SincBackward0>)\ntensor([[-0.3366, -1.1734, -2.9109],\n        [-1.5765, -6.2219, -2.8605]])\n',
  ],
  [
    'torch.manual_seed(3)\na = torch.tensor([[4., 1., 0.5], [1., 3., 0.2], [0.3, 0.2, 2.]], requires_grad=True)\nv = torch.tensor([1., 2., 3.], requires_grad=True)\nr = torch.randn(4, 3, requires_grad=True)\nb = torch.randn(3, 2, requires_grad=True)\ns = a @ a.T\ny = torch.svd(r)[1]\nprint(y)\nBACKWARD\nprint(r.grad)',
    'tensor([2.4850, 1.6024, 0.3846], grad_fn=<LinalgSvdBackward0>)\ntensor([[ 2.2809, -1.3777, -0.8483],\n        [-0.2970, -0.0907, -0.5428],\n        [ 0.4637,  1.5659, -0.5842],\n        [ 0.1678,  1.4978,  0.7132]])\n',
  ],
  [
    'torch.manual_seed(3)\nx = torch.rand(2, 3).mul(0.8).add(0.1).requires_grad_()\nw = torch.rand(3)\ny = torch.special.i1e(x)\nprint(y)\nBACKWARD\nprint(x.grad)',
    'tensor([[0.0467, 0.0770, 0.1199],\n        [0.0539, 0.1523, 0.0640]], grad_fn=<SpecialI1EBackward0>)\ntensor([[0.4060, 0.6882, 0.7642],\n        [1.5652, 0.9241, 2.2242]])\n',
  ],
];

for (const [program, text] of ROWS) {
  test(`prints as PyTorch does: ${program.split('\n').find((line) => line.startsWith('y =') || line.startsWith('print'))}`, () => {
    assert.equal(printed(program.replace('BACKWARD', BACKWARD)), text);
  });
}
