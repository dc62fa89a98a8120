"""Lazy modules: what they are before and after their first input, and what a state dict makes of them."""
import torch
import torch.nn as nn


class Own(nn.LazyLinear):
    pass


torch.manual_seed(0)
own = Own(3)
own(torch.ones(2, 4))
print(own, type(own).__name__, isinstance(own, nn.LazyLinear))
model = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))
print(model)
model(torch.randn(2, 3, 8, 8))
print(model)
print(model[4].weight.shape, model[0].weight.dtype)
for layer, size in [(nn.LazyInstanceNorm1d(affine=True), (2, 3, 5)), (nn.LazyConvTranspose1d(2, 3), (2, 3, 5)), (nn.LazyInstanceNorm1d(), (2, 3, 4))]:
    layer(torch.randn(size))
    print(layer)
norm = nn.LazyBatchNorm2d(affine=False)
print(list(norm.state_dict()))
norm(torch.randn(2, 3, 4, 4))
print(norm, norm.running_mean.shape)
norm = nn.LazyBatchNorm2d(affine=False, track_running_stats=False)
norm(torch.randn(2, 3, 4, 4))
print(norm, norm.running_mean)

linear = nn.LazyLinear(2)
print(linear(torch.ones(1, 3)))
loaded = nn.LazyLinear(2)
print(loaded.load_state_dict(linear.state_dict()), loaded, loaded.weight.shape)
try:
    loaded(torch.ones(1, 4))
except AssertionError as error:
    print(error)
print(loaded(torch.ones(1, 3)), loaded)
convolution = nn.LazyConv1d(2, 3)
convolution(torch.ones(1, 3, 5))
loaded = nn.LazyConv1d(2, 3)
loaded.load_state_dict(convolution.state_dict())
print(loaded(torch.ones(1, 3, 5)), loaded, loaded.in_channels)
norm = nn.LazyBatchNorm1d()
norm(torch.randn(4, 3))
loaded = nn.LazyBatchNorm1d()
loaded.load_state_dict(norm.state_dict())
print(loaded(torch.randn(4, 3)), loaded)
