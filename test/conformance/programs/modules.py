"""A walk through modules: each is compared with the formula of its documentation, written out with its own parameters."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(7)
batch, time, features, hidden = 3, 4, 6, 5
x = torch.randn(batch, time, features)


class Walk(nn.Module):
    """Layers by name, so that registration, buffers and parameters are used as models use them."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(features, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.register_buffer("scale", torch.full((hidden,), 0.5))

    def forward(self, x):
        return self.norm(self.linear(x)) * self.scale


walk = Walk()
print(walk)
print(walk(x).shape, sum(p.numel() for p in walk.parameters()))

rnn = nn.RNN(features, hidden, num_layers=2, batch_first=True)
out, h = rnn(x)
first = torch.zeros(batch, hidden)
for t in range(time):
    first = torch.tanh(x[:, t] @ rnn.weight_ih_l0.T + rnn.bias_ih_l0 + first @ rnn.weight_hh_l0.T + rnn.bias_hh_l0)
assert torch.allclose(h[0], first, atol=1e-6)
print(out.shape, h.shape)

lstm = nn.LSTM(features, hidden, batch_first=True, bidirectional=True)
out, (h, c) = lstm(x)
assert torch.equal(out[:, -1, :hidden], h[0])
assert torch.equal(out[:, 0, hidden:], h[1])
assert c.shape == (2, batch, hidden)

gru = nn.GRUCell(features, hidden)
state = torch.zeros(batch, hidden)
gates = F.linear(x[:, 0], gru.weight_ih, gru.bias_ih)
recurrent = F.linear(state, gru.weight_hh, gru.bias_hh)
reset, update, new = gates.chunk(3, 1)
hidden_reset, hidden_update, hidden_new = recurrent.chunk(3, 1)
r, z = torch.sigmoid(reset + hidden_reset), torch.sigmoid(update + hidden_update)
n = torch.tanh(new + r * hidden_new)
assert torch.allclose(gru(x[:, 0], state), (1 - z) * n + z * state, atol=1e-6)

cell = nn.LSTMCell(features, hidden)
h, c = cell(x[:, 0], (state, state))
i, f, g, o = (F.linear(x[:, 0], cell.weight_ih, cell.bias_ih) + F.linear(state, cell.weight_hh, cell.bias_hh)).chunk(4, 1)
assert torch.allclose(c, f.sigmoid() * state + i.sigmoid() * g.tanh(), atol=1e-6)
assert torch.allclose(h, o.sigmoid() * c.tanh(), atol=1e-6)

bilinear = nn.Bilinear(features, hidden, 2)
y = torch.randn(batch, hidden)
by_hand = torch.einsum("bi,oij,bj->bo", x[:, 0], bilinear.weight, y) + bilinear.bias
assert torch.allclose(bilinear(x[:, 0], y), by_hand, atol=1e-5)
assert nn.Identity(54, unused=True)(x) is x

images = torch.randn(2, 3, 9, 9)
convolution = nn.Conv2d(3, 4, 3, stride=2, padding=1)
windows = F.unfold(images, 3, stride=2, padding=1)
by_hand = (convolution.weight.view(4, -1) @ windows).view(2, 4, 5, 5) + convolution.bias.view(1, -1, 1, 1)
assert torch.allclose(convolution(images), by_hand, atol=1e-5)
print(nn.Conv1d(features, 8, 3, padding="same", groups=2)(x.transpose(1, 2)).shape)
print(nn.Conv3d(1, 2, (1, 2, 3), dilation=(1, 1, 2), bias=False)(torch.randn(1, 1, 3, 4, 7)).shape)
print(nn.ConvTranspose2d(4, 3, 3, stride=2, output_padding=1)(convolution(images)).shape)

for lazy, sample in [(nn.LazyLinear(4), x), (nn.LazyConv1d(4, 2), x), (nn.LazyConv2d(4, 2), images), (nn.LazyConv3d(1, 2), images[None])]:
    before = repr(lazy)
    shape = tuple(lazy(sample).shape)
    print(before, "->", lazy, shape)

batch_norm = nn.BatchNorm2d(3)
normed = batch_norm(images)
mean, var = images.mean((0, 2, 3), keepdim=True), images.var((0, 2, 3), unbiased=False, keepdim=True)
assert torch.allclose(normed, (images - mean) / torch.sqrt(var + batch_norm.eps), atol=1e-5)
print(batch_norm.running_mean, batch_norm.num_batches_tracked)

attention = nn.MultiheadAttention(features, 2, batch_first=True)
attended, weights = attention(x, x, x)
assert torch.allclose(weights.sum(-1), torch.ones(batch, time), atol=1e-6)
encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(features, 2, 8, dropout=0.0, batch_first=True), 2)
print(attended.shape, encoder(x).shape)

embedding = nn.Embedding(10, features, padding_idx=0)
tokens = torch.tensor([[1, 2, 0], [4, 9, 3]])
assert torch.equal(embedding(tokens), embedding.weight[tokens])
print(nn.EmbeddingBag(10, 3, mode="sum")(tokens).shape, embedding(tokens)[0, 2])

loss = F.cross_entropy(walk(x).flatten(0, 1), torch.arange(batch * time) % hidden)
loss.backward()
optimizer = torch.optim.SGD(walk.parameters(), lr=0.1, momentum=0.9)
optimizer.step()
print(f"{loss.item():.4f}", walk.linear.weight.grad.norm())
print(sorted(walk.state_dict()), rnn.weight_hh_l1.shape)
