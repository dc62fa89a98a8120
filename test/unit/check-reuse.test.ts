/** Edits of programs: what is kept from one check for the next changes nothing of what is said. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { check } from '../../server/check/check.ts';
import type { Report } from '../../server/check/report.ts';
import { Reuse } from '../../server/check/reuse.ts';
import type { SourceFile } from '../../server/python/syntax.ts';
import { program } from '../bench/program.ts';
import { testParser } from './python-parser.ts';

const python = await testParser();
/** How many programs are edited, how often each. */
const [PROGRAMS, EDITS] = process.env['SHAPELINT_LONG'] === undefined ? [14, 6] : [Number(process.env['SHAPELINT_LONG']), 12];

function fixtures(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.py'))
    .map((name) => path.join(folder, name));
}

/** All that a report says. */
function everything(report: Report, text: string): unknown {
  const hovers = [...text.matchAll(/[\w)]+/g)].map(({ index }) => report.hover(index));
  const { status, diagnostics, shapes, signatures } = report;
  return { status, diagnostics, shapes, signatures, inlays: report.inlays(), hovers };
}

const WORDS = [
  'hidden_size',
  'x',
  '2 * ',
  'self.',
  '.shape',
  '7',
  '-1',
  'return ',
  '# note\n',
  '\n',
  '(',
  ')',
  '"',
  '    ',
  'del x\n',
  ', 3',
];

/** A way to change a text: where, as shares of its length, and how. */
interface Change {
  readonly how: 'type' | 'cut' | 'line' | 'drop' | 'number' | 'rename' | 'swap';
  readonly at: number;
  readonly other: number;
  readonly word: string;
}

const change: fc.Arbitrary<Change> = fc.record({
  how: fc.constantFrom('type', 'cut', 'line', 'drop', 'number', 'number', 'rename', 'swap'),
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  other: fc.double({ min: 0, max: 0.999, noNaN: true }),
  word: fc.constantFrom(...WORDS),
});

function apply(text: string, { how, at, other, word }: Change): string {
  const here = Math.floor(at * (text.length + 1));
  const lines = text.split('\n');
  const [row, second] = [Math.floor(at * lines.length), Math.floor(other * lines.length)];
  const pick = (pattern: RegExp): RegExpMatchArray | undefined => {
    const found = [...text.matchAll(pattern)];
    return found[Math.floor(at * found.length)];
  };
  const replace = (found: RegExpMatchArray | undefined, by: string): string =>
    found === undefined ? text : text.slice(0, found.index) + by + text.slice((found.index ?? 0) + found[0].length);
  switch (how) {
    case 'type':
      return text.slice(0, here) + word + text.slice(here);
    case 'cut':
      return text.slice(0, here) + text.slice(here + Math.floor(other * 12));
    case 'line':
      return lines.toSpliced(row, 0, lines[second] ?? '').join('\n');
    case 'drop':
      return lines.toSpliced(row, 1).join('\n');
    case 'number':
      return replace(pick(/\b\d+\b/g), String(Math.floor(other * 40)));
    case 'rename': {
      const found = pick(/\b[A-Za-z_]\w*\b/g);
      return replace(found, `${found?.[0] ?? ''}1`);
    }
    case 'swap': {
      const next = [...lines];
      [next[row], next[second]] = [lines[second] ?? '', lines[row] ?? ''];
      return next.join('\n');
    }
  }
}

const programs = [...fixtures('fixtures').map((file) => readFileSync(file, 'utf8')), ...[120, 300].map(program)];

test('after any edits a report is what a check from the beginning gives', () => {
  let found = 0;
  const property = fc.property(fc.constantFrom(...programs), fc.array(change, { minLength: EDITS, maxLength: EDITS }), (start, changes) => {
    const reuse = new Reuse();
    const document = python.open('edited.py', start);
    let text = start;
    // Quick fixes are found by further checks, which takes long.
    const options = (changes[0]?.at ?? 1) < 0.3 ? { parse: (edited: string) => python.parse('edited.py', edited) } : {};
    try {
      check(document.source, { reuse, ...options });
      for (const each of changes) {
        // Every other edit is taken back, as people do.
        for (const next of [apply(text, each), each.other < 0.5 ? text : apply(text, each)]) {
          const report = check(document.update(next), { reuse, ...options });
          found += reuse.found;
          assert.deepEqual(everything(report, next), everything(check(python.parse('edited.py', next), options), next));
          text = next;
        }
      }
    } finally {
      document.dispose();
    }
  });
  fc.assert(property, { numRuns: PROGRAMS, ...(process.env['SHAPELINT_LONG'] === undefined ? { seed: 20 } : {}) });
  assert.ok(found > 10, `${found} results were used again`);
});

test('an edit inside one body runs what entered it, and nothing else', () => {
  const reuse = new Reuse();
  const text = program(300);
  check(python.parse('edited.py', text), { reuse });
  const [found, made] = [reuse.found, reuse.made];
  assert.equal(found, 0);
  assert.ok(made > 8, `${made} definitions were run by themselves`);
  const norm = 'self.norm = nn.LayerNorm(2 * hidden_size)';
  const last = text.lastIndexOf(norm);
  const edited = text.slice(0, last) + norm.replace('2', '3') + text.slice(last + norm.length);
  const report = check(python.parse('edited.py', edited), { reuse });
  assert.deepEqual([reuse.found, reuse.made], [made - 1, 1]);
  assert.equal(report.diagnostics.length, 1);
});

test('an imported file that changes takes what rests on it along', () => {
  const sizes = (size: number): SourceFile => python.parse('sizes.py', `SIZE = ${size}\n`);
  const text = 'import torch\nfrom sizes import SIZE\n\n\ndef make():\n    return torch.zeros(2, SIZE) @ torch.zeros(3, 4)\n';
  const reuse = new Reuse();
  const [right, wrong] = [sizes(3), sizes(5)];
  const codes = (imported: SourceFile, source: SourceFile): readonly string[] =>
    check(source, { reuse, importSource: (module) => (module === 'sizes' ? imported : undefined) }).diagnostics.map(({ code }) => code);
  assert.deepEqual(codes(right, python.parse('edited.py', text)), []);
  assert.deepEqual(codes(right, python.parse('edited.py', text)), []);
  assert.equal(reuse.found, 1);
  assert.equal(codes(wrong, python.parse('edited.py', text)).length, 1);
  assert.equal(reuse.found, 0);
});
