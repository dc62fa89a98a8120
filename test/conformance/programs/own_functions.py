import torch, torch.nn as nn, time
torch.manual_seed(4)
class MyReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)
    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        g = grad_output.clone(); g[input < 0] = 0
        return g
x = torch.randn(8, 5); y = torch.randn(8, 2)
w1 = torch.randn(5, 6, requires_grad=True); w2 = torch.randn(6, 2, requires_grad=True)
for t in range(5):
    h = MyReLU.apply(x.mm(w1)); p = h.mm(w2)
    loss = (p - y).pow(2).sum(); print(t, loss.item())
    loss.backward()
    with torch.no_grad():
        w1 -= 1e-3 * w1.grad; w2 -= 1e-3 * w2.grad
        w1.grad.zero_(); w2.grad.zero_()
a = torch.tensor([2., 3.], requires_grad=True); b = torch.tensor([6., 4.], requires_grad=True)
Q = 3 * a ** 3 - b ** 2
Q.backward(gradient=torch.tensor([1., 1.]))
print(a.grad, b.grad, 9 * a ** 2 == a.grad)
acts = {}
def hook(name):
    def fn(m, i, o): acts[name] = o.detach()
    return fn
net = nn.Sequential(nn.Linear(5, 3), nn.Tanh(), nn.Linear(3, 1))
hs = [m.register_forward_hook(hook(n)) for n, m in net.named_modules() if isinstance(m, nn.Linear)]
net(x); print({k: tuple(v.shape) for k, v in acts.items()}, acts['2'].mean())
for h in hs: h.remove()
ii = torch.ones(2, requires_grad=True); ii.register_hook(lambda g: g * 10); (ii * 3).sum().backward(); print(ii.grad)
start = time.time(); assert time.time() - start < 5
