"""A small program of the kind people run to try something out: data made here, a few layers, a loop, checks, prints."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class Tagger(nn.Module):
    def __init__(self, vocab_size, embed_size, hidden_size, num_tags):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_size, padding_idx=0)
        self.conv = nn.Conv1d(embed_size, embed_size, kernel_size=3, padding=1)
        self.lstm = nn.LSTM(embed_size, hidden_size, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(2 * hidden_size)
        self.fc = nn.Linear(2 * hidden_size, num_tags)

    def forward(self, tokens):
        x = self.embedding(tokens)
        x = x + F.relu(self.conv(x.transpose(1, 2)).transpose(1, 2))
        out, (h, c) = self.lstm(x)
        assert out.shape == (*tokens.shape, 2 * self.lstm.hidden_size)
        assert h.shape == c.shape == (2, tokens.size(0), self.lstm.hidden_size)
        return self.fc(self.norm(out))


def check_cell():
    """One step of an LSTM cell by hand."""
    cell = nn.LSTMCell(4, 6)
    x, h, c = torch.randn(3, 4), torch.randn(3, 6), torch.randn(3, 6)
    h1, c1 = cell(x, (h, c))
    gates = F.linear(x, cell.weight_ih, cell.bias_ih) + F.linear(h, cell.weight_hh, cell.bias_hh)
    i, f, g, o = gates.chunk(4, dim=1)
    c2 = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    assert torch.allclose(c1, c2, atol=1e-6)
    assert torch.allclose(h1, torch.sigmoid(o) * torch.tanh(c2), atol=1e-6)


def train(steps):
    model = Tagger(vocab_size=50, embed_size=16, hidden_size=24, num_tags=5)
    print(sum(p.numel() for p in model.parameters()), "parameters")
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)
    criterion = nn.CrossEntropyLoss()
    tokens = torch.randint(1, 50, (8, 12))
    tags = tokens % 5
    for step in range(steps):
        optimizer.zero_grad()
        scores = model(tokens)
        loss = criterion(scores.reshape(-1, 5), tags.reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        if step % 5 == 0:
            print(f"step {step}: loss {loss.item():.4f}, lr {scheduler.get_last_lr()[0]:.5f}")
    model.eval()
    with torch.no_grad():
        accuracy = (model(tokens).argmax(-1) == tags).float().mean()
    print(f"accuracy {accuracy.item():.3f}")


check_cell()
train(21)
