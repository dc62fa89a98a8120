import torch, torch.nn as nn, copy, io
torch.manual_seed(5)
model = nn.Sequential()
model.add_module('fc1', nn.Linear(3, 4)); model.add_module('act', nn.ReLU()); model.add_module('fc2', nn.Linear(4, 2))
opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
x, t = torch.randn(8, 3), torch.randn(8, 2)
for _ in range(3):
    loss = ((model(x) - t) ** 2).mean(); opt.zero_grad(); loss.backward(); opt.step()
print(loss)
ck = {'model': copy.deepcopy(model.state_dict()), 'opt': copy.deepcopy(opt.state_dict()), 'epoch': 3}
for _ in range(2):
    loss = ((model(x) - t) ** 2).mean(); opt.zero_grad(); loss.backward(); opt.step()
a = loss.item()
model.load_state_dict(ck['model']); opt.load_state_dict(ck['opt'])
for _ in range(2):
    loss = ((model(x) - t) ** 2).mean(); opt.zero_grad(); loss.backward(); opt.step()
print(a == loss.item(), f'{a:.4f}')
print(list(ck['model'].keys()), ck['opt']['param_groups'])
buf = io.BytesIO()
torch.save(model.state_dict(), buf); buf.seek(0)
m2 = nn.Sequential(); m2.add_module('fc1', nn.Linear(3, 4)); m2.add_module('act', nn.ReLU()); m2.add_module('fc2', nn.Linear(4, 2))
print(m2.load_state_dict(torch.load(buf)))
print(torch.allclose(model(x), m2(x)), torch.equal(m2.fc1.weight, model.fc1.weight))
try:
    nn.Linear(3, 5).load_state_dict({'weight': torch.zeros(4, 3)})
except RuntimeError as e:
    print(e)
r = nn.Linear(3, 5).load_state_dict({'weight': torch.zeros(5, 3), 'foo': torch.zeros(1)}, strict=False)
print(r, r.missing_keys, r.unexpected_keys)
for p in model.fc1.parameters(): p.requires_grad = False
print([n for n, p in model.named_parameters() if p.requires_grad])
ema = copy.deepcopy(model)
with torch.no_grad():
    for pe, p in zip(ema.parameters(), model.parameters()): pe.mul_(0.9).add_(p, alpha=0.1)
print(ema.fc2.bias, model.fc2.bias.data)
