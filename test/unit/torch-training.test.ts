/**
 * Training in a run: optimisers, schedulers, gradients, distributions. The texts were printed by PyTorch 2.13 for the same programs.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printed } from './torch-program.ts';

const PROGRAMS: readonly (readonly [name: string, program: string, text: string])[] = [
  [
    'optimisers step as PyTorch does',
    `torch.manual_seed(0)
for name, kw in [('SGD', dict(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)), ('Adam', dict(lr=0.01, amsgrad=True)), ('AdamW', dict(lr=0.01)), ('RMSprop', dict(lr=0.01, momentum=0.5, centered=True)), ('Adagrad', dict(lr=0.1)), ('Adadelta', {})]:
    m = nn.Linear(3, 2)
    opt = getattr(torch.optim, name)(m.parameters(), **kw)
    x = torch.randn(4, 3)
    t = torch.randn(4, 2)
    losses = []
    for step in range(4):
        opt.zero_grad()
        loss = F.mse_loss(m(x), t)
        loss.backward()
        opt.step()
        losses.append(round(loss.item(), 5))
    print(name, losses)
print(opt)
`,
    `SGD [0.92788, 0.84323, 0.77891, 0.74614]
Adam [0.832, 0.79136, 0.75216, 0.71442]
AdamW [3.97044, 3.86578, 3.76467, 3.66716]
RMSprop [1.02191, 0.8193, 0.63314, 0.48646]
Adagrad [1.05345, 0.54716, 0.35468, 0.25135]
Adadelta [1.31871, 1.30206, 1.28519, 1.26827]
Adadelta (
Parameter Group 0
    capturable: False
    differentiable: False
    eps: 1e-06
    foreach: None
    lr: 1.0
    maximize: False
    rho: 0.9
    weight_decay: 0
)
`,
  ],
  [
    'parameter groups and state dicts',
    `a, b = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(3))
opt = torch.optim.SGD([{'params': [a], 'lr': 0.5}, {'params': [b]}], lr=0.1, momentum=0.9)
(a.sum() + b.sum()).backward()
opt.step()
print(a, b)
for group in opt.param_groups:
    group['lr'] *= 0.1
print([group['lr'] for group in opt.param_groups])
saved = opt.state_dict()
print(saved)
other = torch.optim.SGD([{'params': [a], 'lr': 0.5}, {'params': [b]}], lr=0.1, momentum=0.9)
other.load_state_dict(saved)
other.step()
print(a, b)
`,
    `Parameter containing:
tensor([0.5000, 0.5000], requires_grad=True) Parameter containing:
tensor([0.9000, 0.9000, 0.9000], requires_grad=True)
[0.05, 0.010000000000000002]
{'state': {0: {'momentum_buffer': tensor([1., 1.])}, 1: {'momentum_buffer': tensor([1., 1., 1.])}}, 'param_groups': [{'lr': 0.05, 'momentum': 0.9, 'dampening': 0, 'weight_decay': 0, 'nesterov': False, 'maximize': False, 'foreach': None, 'differentiable': False, 'fused': None, 'params': [0]}, {'lr': 0.010000000000000002, 'momentum': 0.9, 'dampening': 0, 'weight_decay': 0, 'nesterov': False, 'maximize': False, 'foreach': None, 'differentiable': False, 'fused': None, 'params': [1]}]}
Parameter containing:
tensor([0.4050, 0.4050], requires_grad=True) Parameter containing:
tensor([0.8810, 0.8810, 0.8810], requires_grad=True)
`,
  ],
  [
    'learning rates',
    `p = nn.Parameter(torch.ones(2))
L = torch.optim.lr_scheduler
for make in [lambda o: L.StepLR(o, 2, 0.5), lambda o: L.CosineAnnealingLR(o, 4), lambda o: L.LinearLR(o), lambda o: L.LambdaLR(o, lambda e: 0.9 ** e), lambda o: L.OneCycleLR(o, 0.5, total_steps=6, cycle_momentum=False), lambda o: L.ExponentialLR(o, 0.5), lambda o: L.MultiStepLR(o, [1, 3]), lambda o: L.CosineAnnealingWarmRestarts(o, 2, 2), lambda o: L.PolynomialLR(o, 4, 2.0), lambda o: L.ConstantLR(o, 0.5, 3)]:
    o = torch.optim.SGD([p], lr=1.0)
    s = make(o)
    rates = []
    for i in range(5):
        rates.append(round(o.param_groups[0]['lr'], 6))
        o.step()
        s.step()
    print(type(s).__name__, rates)
r = L.ReduceLROnPlateau(o, patience=1)
for v in [1.0, 1.0, 1.0, 1.0, 1.0]:
    r.step(v)
print(o.param_groups[0]['lr'])
`,
    `StepLR [1.0, 1.0, 0.5, 0.5, 0.25]
CosineAnnealingLR [1.0, 0.853553, 0.5, 0.146447, 0.0]
LinearLR [0.333333, 0.466667, 0.6, 0.733333, 0.866667]
LambdaLR [1.0, 0.9, 0.81, 0.729, 0.6561]
OneCycleLR [0.02, 0.497208, 0.405873, 0.231319, 0.066739]
ExponentialLR [1.0, 0.5, 0.25, 0.125, 0.0625]
MultiStepLR [1.0, 0.1, 0.1, 0.01, 0.01]
CosineAnnealingWarmRestarts [1.0, 0.5, 1.0, 0.853553, 0.5]
PolynomialLR [1.0, 0.5625, 0.25, 0.0625, 0.0]
ConstantLR [0.5, 0.5, 0.5, 1.0, 1.0]
0.010000000000000002
`,
  ],
  [
    'gradients',
    `w = torch.ones(3, requires_grad=True)
(w * w).sum().backward()
print(w.grad)
with torch.no_grad():
    w -= 0.1 * w.grad
print(w)
w.grad = None
w.data = w.data * 2
print(w, w.grad)
p = nn.Parameter(torch.ones(2))
print(torch.autograd.grad((p ** 2).sum(), p))
z = p * 2
z.retain_grad()
z.sum().backward()
print(z.grad, p.grad)
handle = p.register_hook(lambda g: g * 10)
p.grad = None
(p * 1).sum().backward()
print(p.grad)
handle.remove()
print(nn.utils.clip_grad_norm_([p], 1.0), p.grad)
nn.utils.clip_grad_value_([p], 0.1)
print(p.grad)
@torch.no_grad()
def f(x):
    return x * 2
print(f(p).requires_grad, (p * 2).requires_grad)
try:
    p += 1
except RuntimeError as e:
    print(e)
torch.ones(2).sum().backward()
`,
    `tensor([2., 2., 2.])
tensor([0.8000, 0.8000, 0.8000], requires_grad=True)
tensor([1.6000, 1.6000, 1.6000], requires_grad=True) None
(tensor([2., 2.]),)
tensor([1., 1.]) tensor([2., 2.])
tensor([10., 10.])
tensor(14.1421) tensor([0.7071, 0.7071])
tensor([0.1000, 0.1000])
False True
a leaf Variable that requires grad is being used in an in-place operation.
RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn
`,
  ],
  [
    'distributions',
    `from torch.distributions import Categorical, Normal, Bernoulli
torch.manual_seed(0)
c = Categorical(logits=torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]))
a = c.sample()
print(c, a, c.log_prob(a), c.entropy(), c.sample((4,)).shape)
n = Normal(torch.zeros(2, 3), torch.ones(3))
s = n.rsample()
print(n, s, n.log_prob(s).sum(-1), n.stddev.shape)
b = Bernoulli(probs=torch.tensor([0.2, 0.7]))
print(b.sample(), b.log_prob(torch.tensor([1.0, 0.0])), b.entropy())
n.log_prob(torch.zeros(4))
`,
    `Categorical(probs: torch.Size([2, 3]), logits: torch.Size([2, 3])) tensor([2, 1]) tensor([-0.4076, -1.0986]) tensor([0.8324, 1.0986]) torch.Size([4, 2])
Normal(loc: torch.Size([2, 3]), scale: torch.Size([2, 3])) tensor([[-1.0712,  0.1227, -0.5663],
        [ 0.3731, -0.8920, -1.5091]]) tensor([-3.4984, -4.3630]) torch.Size([2, 3])
tensor([0., 1.]) tensor([-1.6094, -1.2040]) tensor([0.5004, 0.6109])
ValueError: Value is not broadcastable with batch_shape+event_shape: torch.Size([4]) vs torch.Size([2, 3]).
`,
  ],
];

for (const [name, program, text] of PROGRAMS) {
  test(name, () => {
    assert.equal(printed(program), text);
  });
}
