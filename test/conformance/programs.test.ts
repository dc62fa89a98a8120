/**
 * Whole programs under `run`, whose output must be PyTorch's to the last printed digit. `programs/NAME.txt` is what
 * PyTorch 2.13 printed on CPU (`python NAME.py > NAME.txt`). Every result is compared with its rule on the way.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runProgram } from '../../server/sample/program.ts';
import { testParser } from '../unit/python-parser.ts';

const folder = new URL('programs/', import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.py'))
  .sort();
const python = await testParser();

test('there are programs', () => assert.ok(names.length >= 3, `${names.length}`));

for (const name of names) {
  for (const backend of ['auto', 'js'] as const) {
    test(`${name} prints what PyTorch prints (${backend})`, () => {
      const source = python.parse(name, readFileSync(new URL(name, folder), 'utf8'));
      let text = '';
      const result = runProgram(source, { write: (more) => (text += more), selfCheck: true, backend });
      assert.deepEqual(result, { ok: true });
      assert.equal(text, readFileSync(new URL(name.replace('.py', '.txt'), folder), 'utf8'));
    });
  }
}
