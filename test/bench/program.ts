/**
 * Programs of a chosen length for the bench: ordinary model code, every class different, nothing wrong in it.
 */

function model(index: number): string {
  const [hidden, size] = [16 + (index % 7) * 8, 32 + (index % 5) * 16];
  const recurrent = ['LSTM', 'GRU', 'RNN'][index % 3] ?? 'LSTM';
  const state = recurrent === 'LSTM' ? '(hidden, cell)' : 'hidden';
  return `
class Encoder${index}(nn.Module):
    """Reads tokens in both directions."""

    def __init__(self, vocab_size: int, hidden_size: int = ${hidden}, num_layers: int = 2, dropout: float = 0.1):
        super().__init__()
        self.hidden_size = hidden_size
        self.embedding = nn.Embedding(vocab_size, ${size}, padding_idx=0)
        self.rnn = nn.${recurrent}(${size}, hidden_size, num_layers, batch_first=True, bidirectional=True, dropout=dropout)
        self.norm = nn.LayerNorm(2 * hidden_size)
        self.drop = nn.Dropout(dropout)
        self.fc = nn.Linear(2 * hidden_size, ${10 + (index % 4)})

    def forward(self, tokens, lengths=None):
        batch, time = tokens.shape
        embedded = self.drop(self.embedding(tokens))
        out, ${state} = self.rnn(embedded)
        out = self.norm(out)
        if lengths is not None:
            mask = torch.arange(time)[None, :] < lengths[:, None]
            out = out * mask.unsqueeze(-1)
        pooled = out.mean(dim=1)
        last = torch.cat([hidden[-2], hidden[-1]], dim=-1)
        return self.fc(pooled + last)


def train${index}(model, steps: int = 3):
    criterion = nn.CrossEntropyLoss()
    total = 0.0
    for step in range(steps):
        tokens = torch.randint(1, 100, (8, 12))
        labels = torch.randint(0, ${10 + (index % 4)}, (8,))
        loss = criterion(model(tokens), labels)
        loss.backward()
        total += loss.item()
    return total / steps

`;
}

/** A program of at least so many lines. */
export function program(lines: number): string {
  let text = 'import torch\nimport torch.nn as nn\n';
  for (let index = 0; text.split('\n').length < lines - 3; index += 1) text += model(index);
  return `${text}\nencoder = Encoder0(100)\nprint(train0(encoder))\n`;
}
