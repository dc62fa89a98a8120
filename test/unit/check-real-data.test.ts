/**
 * What programs do around their tensors: data sets, tables, hooks, copies and iterators. Nothing may be said of what is only
 * taken for something, and beside each stands what must still be found.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../server/check/check.ts';
import { readNotebook } from '../../server/python/notebook.ts';
import { testParser } from './python-parser.ts';
import { codes, shapeOf } from './real-code.ts';

test('the size of an item by its number is not the size of a dimension', () => {
  const pairs = (read: string) => `
class Pairs:
    def __init__(self, data):
        self.data = data
    def size(self, index):
        ${read}
`;
  assert.deepEqual(codes(pairs('a, b = self.data.size(index)\n        return a + b')), []);
  assert.deepEqual(codes(pairs('return self.data.size(index)[0]')), []);
  assert.deepEqual(codes(pairs('return self.data.size(0)[0]')), ['not-subscriptable']);
});

test('what is set on a copy of something unknown is not set on it', () => {
  const copies = (second: string) => `
import argparse, copy
class Case:
    def prepare(self):
        self.options = argparse.Namespace()
        self.options.table = torch.zeros(2, 3)
    def run(self):
        def row(i):
            options = copy.copy(self.options)
            options.table = options.table[i].unsqueeze(0)
            return options
        row(0)
        row(${second})
`;
  assert.deepEqual(codes(copies('1')), []);
});

test('an annotation `float` takes the integer that its default is', () => {
  const net = (standard: string) => `
class Net(nn.Module):
    def __init__(self, width: float = ${standard}):
        super().__init__()
        self.fc = nn.Linear(width, 3)
`;
  assert.deepEqual(codes(net('64')), []);
  assert.deepEqual(codes(net('0.5')), ['call-arguments']);
});

test('bytes are repeated by an integer on either side', () => {
  assert.deepEqual(codes("silence = int(2.5) * b'\\x00' + b'\\x00' * 3\n"), []);
  assert.deepEqual(codes("silence = 2.5 * b'\\x00'\n"), ['unsupported-operand']);
});

test('names that the interpreter puts there for its prompt are names', () => {
  assert.deepEqual(codes('about = {help: 1, license: 2}\n'), []);
});

test('a default dictionary may hold an unknown key already', () => {
  const groups = (read: string) => `
from collections import defaultdict
def batch(samples, sources):
    groups = defaultdict(list)
    for i, sample in samples:
        groups[i].append(sample)
    batches = [sources[i].collate(groups[i]) for i in range(len(sources)) if len(groups[i]) > 0]
    return ${read}
`;
  assert.deepEqual(codes(groups('batches[0]["target"]')), []);
  assert.deepEqual(codes(groups('[][0]')), ['index-out-of-range']);
});

test('a list under a name of what a call made may be a column', () => {
  const table = (made: string) => `
import pandas
def read(path):
    return ${made}
def long_ones(path):
    table = read(path)
    table["length"] = [len(s) for s in table["text"]]
    return table[table["length"] >= 5]
`;
  assert.deepEqual(codes(table('pandas.read_csv(path)')), []);
  assert.deepEqual(codes(table('{"text": ["a"]}')), ['unsupported-operand']);
});

test('a hook fills the list that is its default', () => {
  const hooks = (store: string) => `
def outputs(model, blocks, x):
    caught = []
    for block in blocks:
        def hook(module, given, output, store=${store}):
            store.append(output)
        block.proj.register_forward_hook(hook)
    model(x)
    norms = [c.norm(dim=1) for c in caught]
    return norms[-1]
`;
  assert.deepEqual(codes(hooks('caught')), []);
  assert.deepEqual(codes(hooks('[]')), ['index-out-of-range']);
});

test('each of many iterators is gone through by itself', () => {
  const sorted = (names: string) => `
def order(candidates, scores):
    groups = [list(zip(*sorted(zip(c, s))) for c, s in zip(candidates, scores))]
    for group in groups:
        for item in group:
            ${names} = item
            print(texts)
`;
  assert.deepEqual(codes(sorted('texts, values')), []);
  assert.deepEqual(codes(sorted('texts, values, more')), ['unpack-mismatch']);
});

test('a method of an annotated object that ends in NotImplementedError is another one in its subclass', () => {
  const loss = (last: string) => `
class Base(nn.Module):
    def probabilities(self, out):
        logits = out["logits"]
        if torch.is_tensor(logits):
            return F.softmax(logits, dim=-1)
        ${last}
def criterion(model: Base, features):
    return model.probabilities((features,))
`;
  assert.deepEqual(codes(loss('raise NotImplementedError')), []);
  assert.deepEqual(codes(loss('return logits')), ['index-type']);
});

test('the sizes of a shape up to one counted from its rank', () => {
  const block = `
def blocks(x):
    rank = x.dim()
    y = x.transpose(rank - 2, rank - 1)
    return torch.zeros(y.shape[0 : rank - 2] + (4, 4))
def four(x: torch.Tensor):
    assert x.dim() == 4
    made = blocks(x)
    return made.repeat(1, 1, 1, 2)
`;
  assert.deepEqual(codes(block), []);
  assert.match(shapeOf(block, 'made') ?? '', /^\[\?, \?, 4, 4\]$/);
  assert.deepEqual(codes(block.replace('1, 1, 1, 2', '1, 2')), ['rank-mismatch']);
});

test('a pair of things in brackets is no shape', () => {
  const forward = (doc: string) => `
class Net(nn.Module):
    def __init__(self, context):
        super().__init__()
        self.context = context
    def forward(self, input, lengths):
        """
        input: ${doc}. The end is padded.
        """
        T, B, D = input.size()
        return input[T - self.context:]
`;
  assert.deepEqual(codes(forward('[seg, context]')), []);
  assert.deepEqual(codes(forward('(B, 7)')), ['unpack-mismatch']);
});

test('a state whose layers are read one after the other', () => {
  const step = (read: string) => `
rnn = nn.GRU(3, 4, num_layers=2)
out, h = rnn(torch.zeros(5, 2, 3))
def last():
    return ${read}
`;
  assert.deepEqual(codes(step('h[0] + h[1]')), []);
  assert.deepEqual(codes(step('h[0]')), ['rnn-first-layer-state']);
});

const python = await testParser();

test('a notebook cell may be indented as a whole', () => {
  const cell = (source: string) => ({ cell_type: 'code', source });
  const said = (...sources: string[]) => {
    const read = readNotebook(JSON.stringify({ cells: sources.map(cell) }));
    assert.ok(read.ok);
    const { diagnostics } = check(python.parse('cells.ipynb', read.notebook.text));
    return diagnostics.map((d) => [d.code, read.notebook.locate(d.start)]);
  };
  assert.deepEqual(said('import torch', '  x = torch.zeros(2)\n  y = 3', 'x + y'), []);
  assert.deepEqual(said('import torch', '    def f():\n        return torch.zeros(2, 3) @ torch.ones(2)\n    f()'), [
    ['matmul-inner-size', { cell: 1, line: 2, column: 16 }],
  ]);
});

test('what is written to `out=` keeps its own type, and is what the call gives', () => {
  const steps = (type: string) => `
freq = torch.empty(3, dtype=torch.${type})
torch.arange(1, 4, out=freq).mul_(3.14)
`;
  assert.deepEqual(codes(steps('float32')), []);
  assert.deepEqual(codes(steps('int64')), ['dtype-mismatch']);
  assert.equal(shapeOf('x = torch.add(torch.ones(2, 3), 1, out=torch.empty(0))\n', 'x'), '[2, 3]');
});
