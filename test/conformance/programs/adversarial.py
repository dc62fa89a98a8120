import torch, torch.nn as nn
torch.manual_seed(3)
latent = 4
G = nn.Sequential(nn.Linear(latent, 16), nn.LeakyReLU(0.2), nn.Linear(16, 2))
D = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2, inplace=True), nn.Dropout(0.1), nn.Linear(16, 1), nn.Sigmoid())
def weights_init(m):
    classname = m.__class__.__name__
    if classname.find('Linear') != -1:
        m.weight.data.normal_(0.0, 0.2)
        m.bias.data.fill_(0)
G.apply(weights_init); D.apply(weights_init)
criterion = nn.BCELoss()
optD = torch.optim.Adam(D.parameters(), lr=0.01, betas=(0.5, 0.999))
optG = torch.optim.Adam(G.parameters(), lr=0.01, betas=(0.5, 0.999))
fixed = torch.randn(5, latent)
for it in range(20):
    real = torch.randn(32, 2) * torch.tensor([0.5, 1.5]) + torch.tensor([2.0, -1.0])
    D.zero_grad()
    label = torch.full((32,), 1.0)
    out = D(real).view(-1)
    errD_real = criterion(out, label); errD_real.backward()
    D_x = out.mean().item()
    noise = torch.randn(32, latent)
    fake = G(noise)
    label.fill_(0.)
    out = D(fake.detach()).view(-1)
    errD_fake = criterion(out, label); errD_fake.backward()
    D_G_z1 = out.mean().item()
    errD = errD_real + errD_fake
    optD.step()
    G.zero_grad()
    label.fill_(1.)
    out = D(fake).view(-1)
    errG = criterion(out, label); errG.backward()
    D_G_z2 = out.mean().item()
    optG.step()
    if it % 5 == 4:
        print('[%d/%d]\tLoss_D: %.4f\tLoss_G: %.4f\tD(x): %.4f\tD(G(z)): %.4f / %.4f' % (it, 20, errD.item(), errG.item(), D_x, D_G_z1, D_G_z2))
G.eval()
with torch.no_grad():
    print(G(fixed).numpy().round(3) if False else G(fixed))
