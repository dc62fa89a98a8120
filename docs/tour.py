"""A tour of ShapeLint: one model with a mistake that Python would only find when it runs, and one that is right."""

import torch
from torch import nn


class Tagger(nn.Module):
    """One label for every token. The LSTM reads both ways, so it gives 2*hidden_size; the last layer was not told."""

    def __init__(self, vocab_size: int, hidden_size: int, num_labels: int):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 64)
        self.lstm = nn.LSTM(64, hidden_size, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(hidden_size, num_labels)

    def forward(self, tokens):  # (batch, time)
        out, (h, c) = self.lstm(self.embedding(tokens))
        return self.fc(out)


class Classifier(nn.Module):
    """One label for every sequence, from the last state of both directions."""

    def __init__(self, vocab_size: int, hidden_size: int, num_labels: int):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 64)
        self.gru = nn.GRU(64, hidden_size, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden_size, num_labels)

    def forward(self, tokens):
        batch, time = tokens.shape
        embedded = self.embedding(tokens)
        out, h = self.gru(embedded)
        last = torch.cat([h[-2], h[-1]], dim=-1)
        return self.fc(last)
