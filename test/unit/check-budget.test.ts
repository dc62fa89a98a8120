/**
 * Work that an analysis spares itself, and what it goes on knowing: steps shared by the methods of a class, answers kept across
 * branches, objects that stay as an arm made them, modules that outlive the branch that imports them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../server/check/check.ts';
import { eq, flag, isFlag, not, or } from '../../server/dims/cond.ts';
import { constant, symbol } from '../../server/dims/dim.ts';
import { Facts } from '../../server/dims/facts.ts';
import { Trail } from '../../server/dims/trail.ts';
import { testParser } from './python-parser.ts';
import { codes } from './real-code.ts';

const python = await testParser();

test('a method that needs more steps than there are leaves the others theirs', () => {
  const hungry = Array.from({ length: 11 }, (_, i) => `            if x.a${i}:\n                self.walk(x.b${i})`).join('\n');
  const text = `import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(8, 4)

    def walk(self, x):
        for item in x.items:
${hungry}

    def wrong(self):
        return self.proj(torch.zeros(2, 9))
`;
  const report = check(python.parse('hungry.py', text), { budget: 9_000 });
  assert.equal(report.status, 'partial');
  assert.deepEqual(
    report.diagnostics.map((d) => d.code),
    ['linear-input-size'],
  );
});

test('what is decided under a condition is open again behind it', () => {
  const trail = new Trail();
  const facts = new Facts(trail);
  const n = symbol('n');
  const three = eq(n, constant(3));
  const [a, b] = [isFlag(flag('a')), isFlag(flag('b'))];
  assert.equal(facts.assume(or(a, b)), true);
  const outer = trail.mark();
  assert.equal(facts.decide(three), 'unknown');
  const mark = trail.mark();
  facts.assume(three);
  facts.assume(not(a));
  assert.deepEqual([facts.decide(three), facts.decide(b)], ['yes', 'yes']);
  trail.undo(mark);
  assert.deepEqual([facts.decide(three), facts.decide(b)], ['unknown', 'unknown']);
  facts.assume(not(three));
  assert.equal(facts.decide(three), 'no');
  trail.undo(outer);
  assert.equal(facts.decide(three), 'unknown');
});

test('an outer mark that is closed before an inner one does not bring its facts back', () => {
  const trail = new Trail();
  const facts = new Facts(trail);
  const [a, b] = [isFlag(flag('a')), isFlag(flag('b'))];
  const all = trail.mark();
  const outer = trail.mark();
  facts.assume(a);
  const inner = trail.mark();
  facts.assume(b);
  trail.keep(outer);
  trail.undo(inner);
  assert.deepEqual([facts.decide(a), facts.decide(b)], ['yes', 'unknown']);
  trail.undo(all);
  assert.equal(facts.decide(a), 'unknown');
});

test('a list that an arm made is as long as the arm left it', () => {
  assert.deepEqual(
    codes(`
import torch
from torch import nn
def build(x, deep):
    if deep:
        sizes = []
        sizes.append(8)
        layer = nn.Linear(sizes[-1], 4)
    else:
        sizes = [8, 8]
        layer = nn.Linear(8, 4)
    a, b = (sizes[0], sizes[-1])
    return layer(torch.zeros(2, a + b))
`),
    ['linear-input-size'],
  );
});

test('a module that a function imports is whole for the others', () => {
  const parsed = new Map([['parts', python.parse('parts.py', 'import torch\ndef joined(a, b):\n    return torch.matmul(a, b)\n')]]);
  const text = `import torch
def first(x):
    if x:
        from parts import joined
        return joined(torch.zeros(2, 3), torch.zeros(3, 4))
def second(x):
    from parts import joined
    return joined(torch.zeros(2, 3), torch.zeros(4, 5))
`;
  const { diagnostics } = check(python.parse('main.py', text), { importSource: (name) => parsed.get(name) });
  assert.deepEqual(
    diagnostics.map((d) => d.code),
    ['matmul-inner-size'],
  );
});

test('what gives nothing in a base stands for what subclasses give', () => {
  const task = (of: string): string => `
class Task(${of}):
    @property
    def words(self):
        """Given by subclasses."""
        return None
    def count(self):
        return len(self.words)
`;
  assert.deepEqual(codes(`from abc import ABC\n${task('ABC')}`), []);
  assert.deepEqual(codes(`import torch\n${task('torch.nn.Module')}Task().count()\n`), ['no-length']);
});

test('numbers that are drawn from a single one are tested before they are sizes', () => {
  assert.deepEqual(
    codes(`
import torch
def drop(times, n):
    for i in range(n):
        if times[i] == 0:
            continue
        print(torch.randint(low=1, high=5, size=(times[i],)).max())
drop(torch.randint(low=0, high=1, size=(3,)), 3)
`),
    [],
  );
});
