/**
 * The linter against PyTorch, case by case, on a stated sample of the oracle table: every third case of the recurrent and
 * embedding family, every fourth of all others (fixtures/oracle), and on further cases that were drawn at random and shown to
 * PyTorch. An accepted case must not be reported and must have PyTorch's shape; a raising one must be reported, with its text.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { check } from '../../server/check/check.ts';
import { LineIndex } from '../../server/python/line-index.ts';
import { testParser } from '../unit/python-parser.ts';
import { readShapeCases } from './oracle-cases.ts';
import { NotExpressible, program, type ShapeCase, spelling } from './oracle-program.ts';

const HEAD = ['import torch', 'import torch.nn as nn', 'import torch.nn.functional as F', 'import operator', ''];
const PER_FILE = 100;

const python = await testParser();

interface Tally {
  accepted: number;
  right: number;
  quiet: number;
  unknown: number;
  wrong: number;
  falseAlarm: number;
  raising: number;
  caught: number;
  text: number;
  readonly notes: string[];
}

function score(cases: readonly ShapeCase[]): Tally {
  const tally: Tally = { accepted: 0, right: 0, quiet: 0, unknown: 0, wrong: 0, falseAlarm: 0, raising: 0, caught: 0, text: 0, notes: [] };
  const usable: { c: ShapeCase; body: readonly string[] }[] = [];
  for (const c of cases) {
    if (c.suspect !== undefined) continue;
    try {
      usable.push({ c, body: program(c) });
    } catch (error) {
      if (!(error instanceof NotExpressible)) throw error;
    }
  }
  for (let i = 0; i < usable.length; i += PER_FILE) scoreFile(usable.slice(i, i + PER_FILE), tally);
  return tally;
}

function scoreFile(cases: readonly { c: ShapeCase; body: readonly string[] }[], tally: Tally): void {
  const lines = [...HEAD];
  const places = cases.map(({ c, body }) => {
    lines.push(`def case_${c.id}():`);
    const first = lines.length + 1;
    lines.push(...body.map((line) => `    ${line}`), '    return y', '');
    return { first, last: first + body.length - 1 };
  });
  const text = lines.join('\n');
  const report = check(python.parse('cases.py', text), { budget: 4_000_000 });
  const index = new LineIndex(text);
  const errors = report.diagnostics.filter((d) => d.severity === 'error').map((d) => ({ d, line: index.position(d.start).line }));
  const shapes = new Map(report.shapes.filter((s) => s.text === 'y').map((s) => [index.position(s.start).line, s.shape]));
  cases.forEach(({ c, body }, i) => {
    const { first, last } = places[i] as { first: number; last: number };
    const found = errors.filter(({ line }) => line >= first && line <= last + 1);
    const note = (what: string, more: string) => tally.notes.push(`${what} ${c.op}: ${body.join('; ')} — ${more}`);
    if (!c.ok) {
      tally.raising++;
      if (found.length === 0) return note('missed', c.message ?? '');
      tally.caught++;
      if (found.some(({ d }) => (d.pytorch ?? '').trim() === (c.message ?? '').trim())) tally.text++;
      return undefined;
    }
    tally.accepted++;
    if (found.length > 0) {
      tally.falseAlarm++;
      return note('false', found.map(({ d }) => d.message).join('; '));
    }
    const wanted = spelling(c.out);
    if (wanted === undefined) tally.quiet++;
    else {
      const got = shapes.get(last);
      if (got?.replaceAll(' ', '') === wanted.replaceAll(' ', '')) tally.right++;
      else if (got === undefined || /[?*]/.test(got)) tally.unknown++;
      else {
        tally.wrong++;
        return note('wrong', `${got}, PyTorch ${wanted}`);
      }
    }
    return undefined;
  });
}

function report(t: TestContext, name: string, tally: Tally): void {
  const percent = (n: number, of: number) => `${((100 * n) / Math.max(1, of)).toFixed(2)} %`;
  t.diagnostic(
    `${name}: accepted ${tally.accepted}, right ${percent(tally.right, tally.accepted - tally.quiet)}, wrong ${tally.wrong}, false ${tally.falseAlarm}; ` +
      `raising ${tally.raising}, caught ${percent(tally.caught, tally.raising)}, text ${percent(tally.text, tally.raising)}`,
  );
}

function demand(tally: Tally, least: { right: number; caught: number; text: number }): void {
  assert.ok(tally.accepted > 200 && tally.raising > 200, 'cases were read');
  assert.deepEqual(tally.notes.filter((note) => /^(wrong|false)/.test(note)).slice(0, 10), []);
  const share = (n: number, of: number) => (100 * n) / of;
  assert.ok(share(tally.right, tally.accepted - tally.quiet) >= least.right, `right ${share(tally.right, tally.accepted - tally.quiet)}`);
  assert.ok(
    share(tally.caught, tally.raising) >= least.caught,
    `caught ${share(tally.caught, tally.raising)}: ${tally.notes.slice(0, 5).join('\n')}`,
  );
  assert.ok(share(tally.text, tally.raising) >= least.text, `text ${share(tally.text, tally.raising)}`);
}

test('recurrent and embedding family', (t) => {
  const tally = score(readShapeCases('shape-cases-recurrent.jsonl.gz'));
  report(t, 'recurrent+embedding', tally);
  demand(tally, { right: 99.5, caught: 99.5, text: 98 });
});

test('all other operations', (t) => {
  const tally = score(readShapeCases('shape-cases-others.jsonl.gz'));
  report(t, 'others', tally);
  demand(tally, { right: 99.5, caught: 99.5, text: 97 });
});

test('drawn cases', (t) => {
  const tally = score(readShapeCases('shape-cases-drawn.jsonl.gz'));
  report(t, 'drawn', tally);
  demand(tally, { right: 100, caught: 100, text: 100 });
});
