import torch
import torch.nn as nn
import torch.nn.functional as F
torch.manual_seed(77)
class DoubleConv(nn.Module):
    def __init__(self, i, o, mid=None):
        super().__init__()
        mid = mid or o
        self.double_conv = nn.Sequential(nn.Conv2d(i, mid, 3, padding=1, bias=False), nn.BatchNorm2d(mid), nn.ReLU(inplace=True), nn.Conv2d(mid, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))
    def forward(self, x): return self.double_conv(x)
class Down(nn.Module):
    def __init__(self, i, o):
        super().__init__(); self.m = nn.Sequential(nn.MaxPool2d(2), DoubleConv(i, o))
    def forward(self, x): return self.m(x)
class Up(nn.Module):
    def __init__(self, i, o, bilinear=True):
        super().__init__()
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode='bilinear', align_corners=True); self.conv = DoubleConv(i, o, i // 2)
        else:
            self.up = nn.ConvTranspose2d(i, i // 2, kernel_size=2, stride=2); self.conv = DoubleConv(i, o)
    def forward(self, x1, x2):
        x1 = self.up(x1)
        dy, dx = x2.size()[2] - x1.size()[2], x2.size()[3] - x1.size()[3]
        x1 = F.pad(x1, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        return self.conv(torch.cat([x2, x1], dim=1))
class UNet(nn.Module):
    def __init__(self, bilinear):
        super().__init__()
        f = 2 if bilinear else 1
        self.inc = DoubleConv(1, 4); self.d1 = Down(4, 8); self.d2 = Down(8, 16 // f)
        self.u1 = Up(16, 8 // f, bilinear); self.u2 = Up(8, 4, bilinear); self.outc = nn.Conv2d(4, 2, 1)
    def forward(self, x):
        x1 = self.inc(x); x2 = self.d1(x1); x3 = self.d2(x2)
        return self.outc(self.u2(self.u1(x3, x2), x1))
def dice(p, t, eps=1e-6):
    inter = 2 * (p * t).sum(dim=(-1, -2)); s = p.sum(dim=(-1, -2)) + t.sum(dim=(-1, -2))
    s = torch.where(s == 0, inter, s)
    return ((inter + eps) / (s + eps)).mean()
img = torch.rand(2, 1, 13, 14); mask = (img[:, 0] > 0.5).long()
for bil in (True, False):
    net = UNet(bil)
    opt = torch.optim.RMSprop(net.parameters(), lr=1e-3, weight_decay=1e-8, momentum=0.9)
    for i in range(3):
        out = net(img)
        loss = F.cross_entropy(out, mask) + 1 - dice(F.softmax(out, dim=1).float(), F.one_hot(mask, 2).permute(0, 3, 1, 2).float())
        opt.zero_grad(); loss.backward(); opt.step()
        print(bil, i, f'{loss.item():.5f}')
    print(out.shape, (out.argmax(1) == mask).float().mean().item())
    print(sum(p.numel() for p in net.parameters()))
