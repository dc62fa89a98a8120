/** Loops of which nobody knows how often they run: what is said of an iteration holds for one that there can be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codes } from './real-code.ts';

test('what a later iteration does is not held against the state before the first', () => {
  const solver = (guard: string) => `
def update(x, previous, order):
    if order == 1:
        return x + previous[-1]
    elif ${guard}:
        a, b, c = previous
        return a + b + c
    return x

def sample(x, order):
    previous = [x]
    for step in range(1, order):
        x = update(x, previous, step)
        previous.append(x)
    return x
`;
  assert.deepEqual(codes(solver('order == 3')), []);
  assert.deepEqual(codes(solver('order == 1 or order != 1')), ['unpack-mismatch']);
});

test('the first iteration is followed as it is, and the others from what it left', () => {
  const decode = (size: number) => `
cell = nn.GRUCell(8, 16)
out = nn.Linear(16, ${size})

def decode(x, h, n):
    for t in range(n):
        h = cell(x, h)
        x = out(h)
    return x

decode(torch.randn(2, 8), torch.randn(2, 16), int(input()))
`;
  assert.deepEqual(codes(decode(8)), []);
  assert.deepEqual(codes(decode(9)), ['rnn-input-size']);
  const previous = (first: string) => `
def smooth(batches, layer):
    last = None
    for i, x in enumerate(batches):
        if ${first}:
            last.zero_gradient
        last = x
`;
  assert.deepEqual(codes(previous('i > 0')), []);
});

test('a branch that depends on what is gone through waits until the state is that of any iteration', () => {
  const lines = (use: string) => `
def read(file):
    found = []
    raw = []
    for i, line in enumerate(file):
        if not line.strip():
            found.append(${use})
            raw = []
            continue
        raw.append(line)
    return found
`;
  assert.deepEqual(codes(lines('raw[0]')), []);
  assert.deepEqual(codes(lines('torch.ones(2, 3) @ torch.ones(2, 3)')), ['matmul-inner-size']);
  const nested = `
def train(model, loader, epochs):
    for epoch in range(epochs):
        for batch in loader:
            torch.ones(2, 3) @ torch.ones(2, 3)
`;
  assert.deepEqual(codes(nested), ['matmul-inner-size']);
});

test('a table with a default for keys nobody knows holds something afterwards', () => {
  const collate = (make: string) => `
from collections import defaultdict

class Model:
    def __init__(self, tokens):
        pass

def collate(instances):
    found = ${make}
    for instance in instances:
        for name, tensor in instance.items():
            found[name].append(tensor)
    return {name: len(values) for name, values in found.items()}

def main(data):
    return Model(**collate(data))
`;
  assert.deepEqual(codes(collate('defaultdict(list)')), []);
  assert.deepEqual(codes('class Model:\n    def __init__(self, tokens):\n        pass\n\nModel(**{})\n'), ['call-arguments']);
});

test('a table of a class with its own default asks it also where it may hold the key', () => {
  const table = `
from collections import defaultdict

class Names(defaultdict):
    def __missing__(self, key):
        value = {key: 0}
        dict.__setitem__(self, key, value)
        return value

def count(words, namespace):
    names = Names()
    for word in words:
        names[word][word] = 1
    return names['tokens']
`;
  assert.deepEqual(codes(table), []);
});

test('two of many items are not both of the same one of several shapes', () => {
  const states = `
def states(used):
    found = [s for s in (torch.zeros(2, 10), torch.zeros(2, 14)) if used(s)]
    a, b = found
    assert list(a.size()) == [2, 10]
    assert list(b.size()) == [2, 14]
`;
  assert.deepEqual(codes(states), []);
  assert.deepEqual(codes(states.replace('2, 14]', '3, 14]')), ['assertion-fails']);
});

test('a variable may be called as the flags of a loop or a try are', () => {
  assert.deepEqual(codes('def f(raised):\n    if raised:\n        torch.ones(2, 3) @ torch.ones(2, 3)\n'), ['matmul-inner-size']);
});
