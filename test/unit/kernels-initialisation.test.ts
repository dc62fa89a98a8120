// torch.nn.init fills (seed 3), random regularisers (seed 4) and optimiser steps (seed 9) against PyTorch's numbers.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { rrelu } from '../../server/kernels/activation.ts';
import type { NdArray } from '../../server/kernels/array.ts';
import { fromFlat, zeros } from '../../server/kernels/array.ts';
import * as init from '../../server/kernels/initialisation.ts';
import { alphaDropout, featureAlphaDropout, gumbelSoftmax } from '../../server/kernels/noise.ts';
import * as optim from '../../server/kernels/optimizer-step.ts';
import { featureDropout, Generator, randn } from '../../server/kernels/random.ts';
import { contiguous, select } from '../../server/kernels/views.ts';

const wanted = JSON.parse(readFileSync(new URL('../../fixtures/oracle/fills-and-steps.json', import.meta.url), 'utf8')) as Record<
  string,
  [number[], number[]]
>;

function agrees(name: string, got: NdArray, tolerance: number): void {
  const [shape, values] = wanted[name] ?? [];
  assert.ok(shape !== undefined && values !== undefined, name);
  assert.deepEqual(got.shape, shape, name);
  got.toFlat().forEach((v, i) => {
    const w = Math.fround(values[i] as number);
    assert.ok(Math.abs(v - w) <= tolerance * Math.max(1, Math.abs(w)), `${name}[${i}]: ${v} != ${w}`);
  });
}

test('fills draw what PyTorch draws', () => {
  const g = (): Generator => new Generator(3);
  agrees('init.xu', init.initXavierUniform(zeros([3, 5]), g(), 1.5), 0);
  agrees('init.xn', init.initXavierNormal(zeros([4, 5]), g()), 0);
  agrees('init.ku', init.initKaimingUniform(zeros([3, 5]), g(), 0.2, 'fan_out'), 0);
  agrees('init.kn', init.initKaimingNormal(zeros([3, 6]), g(), 0, 'fan_in', 'relu'), 0);
  agrees('init.tn', init.initTruncNormal(zeros([4, 6]), g(), 0, 0.5, -0.6, 0.9), 0);
  agrees('init.tn_a', init.initTruncNormal(zeros([40]), g(), 0, 1, 1, 3), 0);
  agrees('init.tn_b', init.initTruncNormal(zeros([5, 7]), g()), 0);
  agrees('init.tn_c', init.initTruncNormal(zeros([3, 9]), g(), 1, 0.3, -0.1, 0.2), 0);
  agrees('init.dirac', init.initDirac(zeros([4, 2, 3]), 2), 0);
  agrees('init.sparse', init.initSparse(zeros([6, 3]), g(), 0.4), 0);
  agrees('init.eye', init.initEye(zeros([3, 4])), 0);
  agrees('init.orth', init.initOrthogonal(zeros([5, 3]), g()), 3e-7);
  agrees('init.orth2', init.initOrthogonal(zeros([3, 5]), g(), 2), 3e-7);
  agrees('init.orth3', init.initOrthogonal(zeros([4, 2, 3]), g()), 3e-7);
  assert.deepEqual(init.initConstant(zeros([2]), 0.5).toFlat(), [0.5, 0.5]);
});

test('random regularisers', () => {
  const g = (): Generator => new Generator(4);
  const x = fromFlat(
    Array.from({ length: 24 }, (_, i) => Math.fround(Math.fround(i / 10) - 1)),
    [2, 3, 4],
  );
  agrees('noise.alpha', alphaDropout(x, 0.4, g()), 0);
  agrees('noise.fad', featureAlphaDropout(x, 0.4, g()), 0);
  agrees('noise.d1', featureDropout(x, 0.4, g()), 0);
  agrees('noise.gumbel', gumbelSoftmax(x, g(), 0.7), 3e-7);
  agrees('noise.gumbelh', gumbelSoftmax(x, g(), 1, true, 1), 0);
  agrees('noise.rrelu', rrelu(x, g(), 1 / 8, 1 / 3, true), 1e-7);
});

test('six steps of each optimiser', () => {
  const adam = { lr: 0.05, betas: [0.9, 0.999], eps: 1e-8 } as const;
  const steps: Record<string, (p: NdArray, grad: NdArray, s: optim.StepState) => void> = {
    'opt.sgd': (p, g, s) => optim.sgdStep(p, g, s, { lr: 0.1 }),
    'opt.sgdm': (p, g, s) => optim.sgdStep(p, g, s, { lr: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true }),
    'opt.sgdd': (p, g, s) => optim.sgdStep(p, g, s, { lr: 0.1, momentum: 0.9, dampening: 0.2, maximize: true }),
    'opt.adam': (p, g, s) => optim.adamStep(p, g, s, { ...adam, weightDecay: 0.1 }),
    'opt.amsgrad': (p, g, s) => optim.adamStep(p, g, s, { ...adam, amsgrad: true }),
    'opt.adamw': (p, g, s) => optim.adamStep(p, g, s, { ...adam, weightDecay: 0.01, decoupled: true }),
    'opt.rms': (p, g, s) => optim.rmspropStep(p, g, s, { lr: 0.01, alpha: 0.99, eps: 1e-8, momentum: 0.5, centered: true }),
    'opt.rms0': (p, g, s) => optim.rmspropStep(p, g, s, { lr: 0.01, alpha: 0.99, eps: 1e-8 }),
    'opt.adagrad': (p, g, s) => optim.adagradStep(p, g, s, { lr: 0.1, lrDecay: 0.1, weightDecay: 0.01, eps: 1e-10 }),
    'opt.adadelta': (p, g, s) => optim.adadeltaStep(p, g, s, { lr: 1, rho: 0.9, eps: 1e-6 }),
  };
  for (const [name, step] of Object.entries(steps)) {
    const g = new Generator(9);
    const p = randn([20], g);
    const grads = randn([6, 20], g);
    const state = optim.freshState();
    for (let i = 0; i < 6; i++) step(p, contiguous(select(grads, 0, i)), state);
    agrees(name, p, 6e-7);
  }
});
