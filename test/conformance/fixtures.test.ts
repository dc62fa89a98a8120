/**
 * Every fixture: what the linter says is exactly what the marks say, and the lock says that real PyTorch agreed with the
 * marks of this very text. The number of known gaps may only fall.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { check } from '../../server/check/check.ts';
import { LineIndex } from '../../server/python/line-index.ts';
import { testParser } from '../unit/python-parser.ts';
import { type Mark, readMarks } from './fixture-marks.ts';

/** The score: may be lowered, never raised. */
const KNOWN = { missed: 0, 'false-alarm': 0 } as const;

const root = path.resolve(import.meta.dirname, '../..');
const lock = JSON.parse(readFileSync(path.join(root, 'fixtures/torch-verdicts.json'), 'utf8')) as Record<
  string,
  { sha256: string; torch: string; ok: boolean }
>;
const files = readdirSync(path.join(root, 'fixtures'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.py'))
  .map((name) => `fixtures/${name.split(path.sep).join('/')}`)
  .sort();

const python = await testParser();
const totals: Record<string, number> = {};

test('there are fixtures', () => {
  assert.ok(files.length >= 40, `${files.length} fixtures`);
  assert.deepEqual(Object.keys(lock).sort(), files, 'the lock names exactly the fixtures');
});

for (const file of files) {
  test(file, () => {
    const text = readFileSync(path.join(root, file), 'utf8');
    const verdict = lock[file];
    assert.ok(verdict !== undefined, 'not confirmed: run scripts/confirm_fixtures.py with a Python that has torch');
    assert.equal(createHash('sha256').update(text).digest('hex'), verdict.sha256, 'changed since PyTorch confirmed it');
    assert.ok(verdict.ok, 'PyTorch does not agree with its marks');
    const marks = readMarks(text);
    assert.ok(marks.length > 0, 'no mark');
    for (const mark of marks) totals[mark.kind] = (totals[mark.kind] ?? 0) + 1;
    const problems = compare(file, text, marks);
    assert.deepEqual(problems, []);
  });
}

function compare(file: string, text: string, marks: readonly Mark[]): string[] {
  const lines = new LineIndex(text);
  const report = check(python.parse(file, text));
  const problems: string[] = [];
  const left = report.diagnostics.map((d) => ({ d, at: lines.position(d.start), end: lines.position(d.end) }));
  for (const mark of marks) {
    const where = `${file}:${mark.at}`;
    if (mark.kind === 'shape') {
      const row = report.shapes.find((r) => {
        const a = lines.position(r.start);
        const b = lines.position(r.end);
        return a.line === mark.line && a.column === mark.start && b.line === mark.line && b.column === mark.end;
      });
      const wanted = mark.what
        .replaceAll(' ', '')
        .replaceAll('...', '*')
        .replaceAll(/(?<!\w)_(?!\w)/g, '?');
      const got = row?.shape.replaceAll(' ', '');
      if (got !== wanted && !(/^\[.*[?]/.test(wanted) && got !== undefined && fits(wanted, got)))
        problems.push(`${where}: shape ${mark.what}, got ${row?.shape ?? 'nothing'}`);
      continue;
    }
    const i = left.findIndex(
      ({ d, at, end }) =>
        d.code === mark.what && at.line === mark.line && at.column === mark.start && end.column === mark.end && end.line === mark.line,
    );
    if (mark.kind === 'missed') {
      if (i >= 0) problems.push(`${where}: no longer missed`);
      continue;
    }
    const found = i < 0 ? undefined : left.splice(i, 1)[0];
    if (found === undefined) {
      problems.push(`${where}: ${mark.kind} ${mark.what} not reported`);
      continue;
    }
    if (mark.kind === 'error' && found.d.severity !== 'error') problems.push(`${where}: reported as ${found.d.severity}`);
    if (mark.kind === 'warning' && found.d.severity !== 'warning') problems.push(`${where}: reported as ${found.d.severity}`);
    if (mark.text !== undefined && found.d.pytorch !== mark.text) problems.push(`${where}: text is ${JSON.stringify(found.d.pytorch)}`);
  }
  for (const { d, at, end } of left)
    problems.push(`${file}:${at.line}:${at.column}-${end.column}: unmarked ${d.severity} ${d.code}: ${d.message}`);
  return problems;
}

/** `?` in a mark stands for any one size. */
function fits(wanted: string, got: string): boolean {
  const a = wanted.slice(1, -1).split(',');
  const b = got.slice(1, -1).split(',');
  return a.length === b.length && a.every((size, i) => size === '?' || size === b[i]);
}

test('known gaps do not grow', (t) => {
  t.diagnostic(`${files.length} fixtures; ${JSON.stringify(totals)}`);
  assert.ok((totals.missed ?? 0) <= KNOWN.missed, `${totals.missed} missed`);
  assert.ok((totals['false-alarm'] ?? 0) <= KNOWN['false-alarm'], `${totals['false-alarm']} false alarms`);
});
