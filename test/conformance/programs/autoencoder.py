import torch
from torch import nn, optim
torch.manual_seed(7)
class VAE(nn.Module):
    def __init__(self, d=20, h=16, z=3):
        super().__init__()
        self.enc = nn.Linear(d, h); self.mu = nn.Linear(h, z); self.logvar = nn.Linear(h, z)
        self.dec = nn.Sequential(nn.Linear(z, h), nn.Tanh(), nn.Linear(h, d))
    def encode(self, x):
        h = torch.relu(self.enc(x))
        return self.mu(h), self.logvar(h)
    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std
    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 20))
        z = self.reparameterize(mu, logvar)
        return torch.sigmoid(self.dec(z)), mu, logvar
def loss_function(recon, x, mu, logvar):
    bce = nn.functional.binary_cross_entropy(recon, x, reduction='sum')
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce + kld, bce, kld
data = (torch.rand(64, 4, 5) > 0.6).float()
model = VAE()
opt = optim.Adam(model.parameters(), lr=1e-2)
sched = optim.lr_scheduler.StepLR(opt, step_size=4, gamma=0.5)
for epoch in range(10):
    perm = torch.randperm(64)
    run = 0.
    for i in range(0, 64, 16):
        x = data[perm[i:i + 16]]
        r, mu, lv = model(x)
        loss, b, k = loss_function(r, x.view(-1, 20), mu, lv)
        opt.zero_grad(); loss.backward(); opt.step()
        run += loss.item()
    sched.step()
    print('====> Epoch: {} Average loss: {:.4f} lr {:.1e} kl {:.3f}'.format(epoch, run / len(data), opt.param_groups[0]['lr'], k.item()))
with torch.no_grad():
    sample = torch.sigmoid(model.dec(torch.randn(2, 3)))
    print(sample)
    print((sample > 0.5).int())
