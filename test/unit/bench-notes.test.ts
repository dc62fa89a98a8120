/**
 * The bench notes agree with each other: each error that a row of `repositories.md` counts is a place in `confirmed-errors.md`, where
 * it was run, and no place is left over.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

/** The rows of every table of a note: the cells of each line by the names of the columns. */
function rows(note: string): readonly ReadonlyMap<string, string>[] {
  const text = readFileSync(new URL(`../bench/${note}`, import.meta.url), 'utf8');
  let columns: readonly string[] = [];
  const found: ReadonlyMap<string, string>[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith('| ')) {
      if (!line.startsWith('|--')) columns = [];
      continue;
    }
    const cells = line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim());
    if (columns.length === 0) columns = cells;
    else found.push(new Map(columns.map((column, i) => [column, cells[i] ?? ''])));
  }
  return found;
}

/** How many diagnostics a list of places names: `` `a.py:3`, `:7` ×2 `` are three. */
function placesIn(cell: string): number {
  return [...cell.matchAll(/`[^`]*:\d+`(?: ×(\d+))?/g)].reduce((sum, [, times]) => sum + Number(times ?? 1), 0);
}

function totals(pairs: readonly (readonly [name: string, count: number])[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const [name, count] of pairs) if (count > 0) sums.set(name, (sums.get(name) ?? 0) + count);
  return Object.fromEntries([...sums].sort(([a], [b]) => a.localeCompare(b)));
}

test('every error of the rows of public repositories was confirmed by a run', (t) => {
  const counted = rows('repositories.md').filter((row) => row.has('errors'));
  assert.ok(counted.length >= 20, `only ${counted.length} rows were read`);
  const listed = rows('confirmed-errors.md').filter((row) => counted.some((other) => other.get('repository') === row.get('repository')));
  for (const row of listed)
    assert.ok(row.get('what raised') !== '' && row.get('how it was reached') !== '', `${row.get('places')} says no more`);
  const said = totals(listed.map((row) => [row.get('repository') ?? '', placesIn(row.get('places') ?? '')]));
  assert.deepEqual(said, totals(counted.map((row) => [row.get('repository') ?? '', Number(row.get('errors'))])));
  t.diagnostic(`${counted.length} repositories, ${Object.values(said).reduce((a, b) => a + b, 0)} errors`);
});

test('places are counted', () => {
  assert.equal(placesIn('`a.py:3`, `:7` ×2, `b c.ipynb:12`'), 4);
});
