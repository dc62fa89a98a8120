// Every random stream of the oracle table, drawn again: exact where no mathematics library is involved.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { NdArray } from '../../server/kernels/array.ts';
import { fromFlat, full, zeros } from '../../server/kernels/array.ts';
import type { DType } from '../../server/kernels/dtype.ts';
import {
  defaultBiasBound,
  defaultWeightBound,
  fans,
  initXavierNormal,
  initXavierUniform,
  recurrentBound,
} from '../../server/kernels/initialisation.ts';
import * as R from '../../server/kernels/random.ts';
import { transpose } from '../../server/kernels/views.ts';

type Values = readonly number[];
interface Table {
  streams: { seed: number; name: string; code: string; values: Values }[];
  sequences: { seed: number; name: string; steps: { code: string; values: Values }[] }[];
  modules: {
    seed: number;
    module: string;
    params: { name: string; shape: number[]; dtype: string; values: Values }[];
    next_rand: Values;
  }[];
}
const table = JSON.parse(gunzipSync(readFileSync(new URL('../../fixtures/oracle/rng-cases.json.gz', import.meta.url))).toString()) as Table;

function draw(code: string, g: R.Generator): NdArray {
  const dtype = (/dtype=torch\.(\w+)/.exec(code)?.[1] ?? 'float32') as DType;
  const sizes = (text: string): number[] => text.replace(/\*\*/g, '^').match(/\d+/g)?.map(Number) ?? [];
  const power = (text: string): number => Number(text.replace(/^2\*\*(\d+)(-1)?$/, (_, e, m) => String(2 ** Number(e) - (m ? 1 : 0))));
  let m = /^torch\.(rand|randn)\(([\d, ]+?)(?:, ?dtype.*)?\)(?:\.float\(\))?$/.exec(code);
  if (m !== null) return (m[1] === 'rand' ? R.rand : R.randn)(sizes(m[2] as string), g, dtype);
  m = /^torch\.randint\(([^,]+), ?([^,]+), ?\((\d+),\)/.exec(code);
  if (m !== null) return R.randint(power(m[1] as string), power(m[2] as string), [Number(m[3])], g, /dtype/.test(code) ? dtype : 'int64');
  m = /^torch\.randperm\((\d+)\)$/.exec(code);
  if (m !== null) return R.randperm(Number(m[1]), g);
  const tenths = fromFlat([0.1, 0.2, 0.3, 0.4], [4]);
  switch (code) {
    case 'torch.empty(40).uniform_(-0.5773502691896258, 0.5773502691896258)':
      return R.uniformInto(zeros([40]), g, -0.5773502691896258, 0.5773502691896258);
    case 'torch.empty(40, dtype=torch.float64).uniform_(-0.3, 0.7)':
      return R.uniformInto(zeros([40], 'float64'), g, -0.3, 0.7);
    case 'torch.empty(40).uniform_(3, 10)':
      return R.uniformInto(zeros([40]), g, 3, 10);
    case 'torch.empty(40).normal_(2.0, 0.3)':
      return R.normalInto(zeros([40]), g, 2, 0.3);
    case 'torch.empty(9).normal_(2.0, 0.3)':
      return R.normalInto(zeros([9]), g, 2, 0.3);
    case 'torch.empty(10, 4).t().normal_()':
      return R.normalInto(transpose(zeros([10, 4]), 0, 1), g);
    case 'torch.normal(torch.tensor([1., 2., 3.]), torch.tensor([.5, .25, 2.]))':
      return R.normalFrom(fromFlat([1, 2, 3], [3]), fromFlat([0.5, 0.25, 2], [3]), [3], g, 'float32');
    case 'torch.empty(40).bernoulli_(0.3)':
      return R.bernoulliInto(zeros([40]), g, 0.3);
    case 'torch.bernoulli(torch.full((40,), 0.3))':
      return R.bernoulli(full([40], 0.3, 'float32'), g);
    case 'F.dropout(torch.arange(1., 41.), 0.25)':
      return R.dropout(
        fromFlat(
          Array.from({ length: 40 }, (_, i) => i + 1),
          [40],
        ),
        0.25,
        g,
      );
    case 'F.dropout(torch.ones(4, 10), 0.5)':
      return R.dropout(full([4, 10], 1, 'float32'), 0.5, g);
    case 'torch.empty(20).exponential_()':
      return R.exponentialInto(zeros([20]), g);
    case 'torch.multinomial(torch.tensor([.1, .2, .3, .4]), 3)':
      return R.multinomial(tenths, 3, false, g);
    case 'torch.multinomial(torch.tensor([.1, .2, .3, .4]), 20, replacement=True)':
      return R.multinomial(tenths, 20, true, g);
    case 'torch.rand_like(torch.zeros(3, 4))':
      return R.randLike(zeros([3, 4]), g);
    case 'torch.randn_like(torch.zeros(4, 5))':
      return R.randnLike(zeros([4, 5]), g);
    case 'torch.empty(10).random_()':
      return R.randomInto(zeros([10]), g);
    default:
      throw new Error(`no draw for ${code}`);
  }
}

function compare(code: string, got: ArrayLike<number>, want: Values): void {
  assert.equal(got.length, want.length, code);
  // The one-at-a-time normals and all float64 normals pass through log1p, sin and cos of the host.
  const libm = /randn.*float64|exponential/.test(code);
  for (let i = 0; i < want.length; i++) {
    const g = got[i] as number;
    const w = want[i] as number;
    const exact = /float64/.test(code) || Number.isInteger(w) ? w : Math.fround(w);
    if (libm)
      assert.ok(
        Math.abs(g - exact) <= 4e-15 * Math.max(1, Math.abs(exact)) + (/exponential/.test(code) ? 1e-9 : 0),
        `${code}[${i}]: ${g} != ${w}`,
      );
    else assert.equal(g, exact, `${code}[${i}]`);
  }
}

test('the raw words of the engine', () => {
  const raw = table.streams.filter((s) => s.name === 'raw_u32');
  assert.ok(raw.length >= 6);
  for (const s of raw) {
    const g = new R.Generator(s.seed);
    for (const w of s.values) assert.equal(g.engine.word(), w);
  }
});

test('every stream of the table', () => {
  const streams = table.streams.filter((s) => s.name !== 'raw_u32');
  assert.ok(streams.length > 300);
  for (const s of streams) compare(s.code, draw(s.code, new R.Generator(s.seed)).toFlat(), s.values);
});

test('several calls after one seed share the stream and the spare normal', () => {
  assert.equal(table.sequences.length, 18);
  for (const s of table.sequences) {
    const g = new R.Generator(0);
    g.manualSeed(s.seed);
    for (const step of s.steps) compare(step.code, draw(step.code, g).toFlat(), step.values);
  }
});

test('the parameters of newly built modules', () => {
  let checked = 0;
  for (const m of table.modules) {
    const drawn = build(m.module, m.params, new R.Generator(m.seed));
    if (drawn === undefined) continue;
    checked++;
    for (const [i, p] of m.params.entries()) {
      const got: number[] = drawn[i]?.toFlat() ?? [];
      assert.deepEqual(got, p.dtype === 'float64' ? p.values : p.values.map(Math.fround), `${m.module} ${p.name}`);
    }
  }
  assert.ok(checked >= 70, `${checked} modules`);
});

/** Modules whose parameters are drawn one after the other in registration order. */
function build(text: string, params: Table['modules'][number]['params'], g: R.Generator): NdArray[] | undefined {
  const kind = /^nn\.(\w+)\(/.exec(text)?.[1] ?? '';
  const uniform = (p: { shape: number[]; dtype: string }, bound: number): NdArray =>
    R.uniformInto(zeros(p.shape, p.dtype as DType), g, -bound, bound);
  if (/^(RNN|LSTM|GRU)(Cell)?$/.test(kind)) {
    const hidden = Number(/\d+, (\d+)/.exec(text)?.[1]);
    return params.map((p) => uniform(p, recurrentBound(hidden)));
  }
  if (/^(Linear|Conv\d|ConvTranspose\d)/.test(kind)) {
    const fanIn = fans(params[0]?.shape ?? [])[0];
    return params.map((p) => uniform(p, p.name === 'weight' ? defaultWeightBound(fanIn) : defaultBiasBound(fanIn)));
  }
  if (kind === 'Embedding' || kind === 'EmbeddingBag') {
    const w = R.randn(params[0]?.shape ?? [], g);
    const pad = /padding_idx=(\d+)/.exec(text);
    if (pad !== null) w.storage.data.fill(0, Number(pad[1]) * (w.shape[1] as number), (Number(pad[1]) + 1) * (w.shape[1] as number));
    return [w];
  }
  return undefined;
}

test('xavier bounds follow the order of PyTorch arithmetic', () => {
  const m = table.modules.find((x) => x.module === 'nn.MultiheadAttention(4, 2, add_bias_kv=True)');
  assert.ok(m !== undefined);
  const g = new R.Generator(m.seed);
  const values = (name: string): number[] => (m.params.find((p) => p.name === name)?.values ?? []).map(Math.fround);
  const out = R.uniformInto(zeros([4, 4]), g, -defaultWeightBound(4), defaultWeightBound(4));
  R.uniformInto(zeros([4]), g, -defaultBiasBound(4), defaultBiasBound(4));
  assert.deepEqual(out.toFlat(), values('out_proj.weight'));
  assert.deepEqual(initXavierUniform(zeros([12, 4]), g).toFlat(), values('in_proj_weight'));
  assert.deepEqual(initXavierNormal(zeros([1, 1, 4]), g).toFlat(), values('bias_k'));
  assert.deepEqual(R.rand([3], (initXavierNormal(zeros([1, 1, 4]), g), g)).toFlat(), m.next_rand.map(Math.fround));
});
