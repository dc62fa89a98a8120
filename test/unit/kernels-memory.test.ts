// Sizes beyond memory, and integers beyond what a double holds: errors that say so, PyTorch's where it raises too.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CannotRun } from '../../server/python/faults.ts';
import { printed } from './torch-program.ts';

const refusal = (bytes: string): string =>
  `RuntimeError: [enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate ${bytes} bytes. Error code 12 (Cannot allocate memory)\n`;

test('more than any machine has is an exception of the program', () => {
  assert.equal(printed('torch.zeros(10**12)'), refusal('4000000000000'));
  assert.equal(printed('torch.arange(10**12)'), refusal('8000000000000'));
  assert.equal(printed('torch.zeros(10**6, 1) + torch.zeros(1, 10**6)'), refusal('4000000000000'));
  assert.equal(printed('torch.ones(1, 10**6).t() @ torch.ones(1, 10**6)'), refusal('4000000000000'));
  assert.equal(printed('torch.zeros(3).repeat(10**12)'), refusal('12000000000000'));
  assert.equal(printed('nn.Linear(10**6, 10**6)'), refusal('4000000000000'));
  assert.equal(
    printed('torch.zeros(10**10, 10**10)'),
    'RuntimeError: Storage size calculation overflowed with sizes=[10000000000, 10000000000]\n',
  );
  assert.equal(printed('try:\n    torch.randn(10**6, 10**6)\nexcept RuntimeError:\n    print("caught")\n'), 'caught\n');
});

test('a view of more than there is costs nothing', () => {
  assert.equal(printed('print(torch.ones(1).expand(10**9).shape)'), 'torch.Size([1000000000])\n');
});

test('what only this engine lacks is named, not guessed', () => {
  assert.throws(
    () => printed('torch.zeros(10**10)'),
    (e) => e instanceof CannotRun && /no memory for a tensor of 10000000000 elements/.test(e.message),
  );
  assert.throws(
    () => printed('print(torch.tensor(2**53) * 3 + 1)'),
    (e) => e instanceof CannotRun && /int64/.test(e.message),
  );
});
