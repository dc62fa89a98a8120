import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, vocab_size: int, hidden_size: int, num_classes: int):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 64)
        self.rnn = nn.RNN(64, hidden_size, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, tokens):
        out, h = self.rnn(self.embedding(tokens))
        return self.fc(out[:, -1])
