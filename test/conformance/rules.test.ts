/**
 * Every diagnostic code has a page and every page a code; the linter finds that fault, and nothing else, in the failing
 * example of the page, and nothing in the fixed one.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { check } from '../../server/check/check.ts';
import { ALL_CODES } from '../../server/check/codes.ts';
import type { Diagnostic } from '../../server/check/report.ts';
import { testParser } from '../unit/python-parser.ts';

const folder = path.resolve(import.meta.dirname, '../../docs/rules');
const pages = readdirSync(folder).sort();
const python = await testParser();

/** Faults that need the numbers of a run; their examples are not linted. */
const RUN_ONLY: ReadonlySet<string> = new Set(['runtime-error']);

test('a page for every code, a code for every page', () => {
  assert.ok(ALL_CODES.length > 90, `${ALL_CODES.length} codes`);
  assert.deepEqual(pages, ALL_CODES.map(({ code }) => `${code}.md`).sort());
});

function section(page: string, title: string): string {
  const found = page.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  assert.ok(found !== undefined, `no section ${title}`);
  return found.slice(title.length + 1).trim();
}

function example(page: string, title: string): string {
  const match = /^```python\n([\s\S]*?)```$/.exec(section(page, title));
  assert.ok(match !== null, `${title}: not one block of Python`);
  return match[1] as string;
}

const lint = (name: string, text: string): readonly Diagnostic[] => check(python.parse(`${name}.py`, text)).diagnostics;
const said = (diagnostics: readonly Diagnostic[]) => diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n');

for (const { code, severity } of ALL_CODES) {
  test(code, () => {
    const page = readFileSync(path.join(folder, `${code}.md`), 'utf8');
    assert.match(page, /^# \S/);
    assert.ok(page.includes(`\`${code}\`, ${severity === 'error' ? 'an error' : 'a warning'}: `), 'opens with code and level');
    assert.ok(section(page, 'How to silence it').includes(`# shapelint: ignore[${code}]`));
    assert.ok(section(page, 'How to silence it').includes('shapelint.severity'));
    const says = section(page, 'PyTorch says');
    const fails = lint(code, example(page, 'Fails'));
    const fixed = lint(code, example(page, 'Fixed'));
    assert.equal(said(fixed), '', 'the fixed example');
    if (RUN_ONLY.has(code)) return;
    assert.deepEqual([...new Set(fails.map((d) => d.code))], [code], `the failing example: ${said(fails)}`);
    assert.ok(
      fails.every((d) => d.severity === severity),
      said(fails),
    );
    if (severity !== 'error' || code === 'syntax-error') return;
    for (const { pytorch } of fails) assert.ok(pytorch !== null && says.includes(pytorch), `the page has\n${says}\nthe linter\n${pytorch}`);
  });
}
