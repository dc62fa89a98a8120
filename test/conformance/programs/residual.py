import torch, torch.nn as nn
from torch.optim.lr_scheduler import LambdaLR, MultiStepLR, ExponentialLR, SequentialLR, LinearLR, CosineAnnealingWarmRestarts
torch.manual_seed(100)
class BasicBlock(nn.Module):
    expansion = 1
    def __init__(self, inp, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inp, planes, 3, stride, 1, bias=False); self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False); self.bn2 = nn.BatchNorm2d(planes)
        self.shortcut = nn.Sequential()
        if stride != 1 or inp != self.expansion * planes:
            self.shortcut = nn.Sequential(nn.Conv2d(inp, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))
    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return torch.relu(out)
class ResNet(nn.Module):
    def __init__(self, block, nums, classes=5):
        super().__init__()
        self.inp = 4
        self.conv1 = nn.Conv2d(3, 4, 3, 1, 1, bias=False); self.bn1 = nn.BatchNorm2d(4)
        self.layer1 = self._make(block, 4, nums[0], 1); self.layer2 = self._make(block, 8, nums[1], 2)
        self.linear = nn.Linear(8, classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d): nn.init.kaiming_normal_(m.weight, mode='fan_out', nonlinearity='relu')
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
                nn.init.constant_(m.weight, 1); nn.init.constant_(m.bias, 0)
    def _make(self, block, planes, n, stride):
        layers = []
        for s in [stride] + [1] * (n - 1):
            layers.append(block(self.inp, planes, s)); self.inp = planes * block.expansion
        return nn.Sequential(*layers)
    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.layer2(self.layer1(x))
        x = nn.functional.avg_pool2d(x, x.shape[-1])
        return self.linear(x.view(x.size(0), -1))
net = ResNet(BasicBlock, [1, 2])
x = torch.randn(4, 3, 8, 8); t = torch.tensor([0, 1, 2, 4])
lossf = nn.CrossEntropyLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
s = SequentialLR(opt, [LinearLR(opt, 0.1, total_iters=3), ExponentialLR(opt, 0.9)], milestones=[3])
for i in range(6):
    opt.zero_grad(); o = net(x); l = lossf(o, t); l.backward(); opt.step(); s.step()
    print(i, '%.5f' % l.item(), '%.5f' % opt.param_groups[0]['lr'])
net.eval(); print(net(x).softmax(1))
for mk in (lambda o: LambdaLR(o, lambda e: 0.95 ** e), lambda o: MultiStepLR(o, [2, 4], 0.1), lambda o: CosineAnnealingWarmRestarts(o, 3, 2)):
    o = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0); sc = mk(o); v = []
    for _ in range(6): o.step(); sc.step(); v.append(round(sc.get_last_lr()[0], 5))
    print(type(sc).__name__, v)
print(net.layer2[0].shortcut, len(list(net.children())), [type(m).__name__ for m in net.modules()][:6])
