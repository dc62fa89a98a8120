/**
 * What `print(repr(…))` and `print(…)` show of modules, sizes, types, named results and numbers under `run`, against the oracle
 * table. The texts of tensors, of every type and option, are compared by the printing kernel's own test.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { runProgram } from '../../server/sample/program.ts';
import { testParser } from '../unit/python-parser.ts';

interface Row {
  readonly id: string;
  readonly code: string;
  readonly repr: string;
  readonly str?: string;
}

const rows = gunzipSync(readFileSync(new URL('../../fixtures/oracle/print-values.jsonl.gz', import.meta.url)))
  .toString()
  .split('\n')
  .map((line) => JSON.parse(line) as Row);
const HEAD = 'import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nfrom collections import OrderedDict\n';
const python = await testParser();

function printed(code: string): string {
  let text = '';
  const lines = code.split('\n');
  const before = lines.slice(0, -1).map((line) => `${line}\n`);
  const source = python.parse(
    'value.py',
    `${HEAD}${before.join('')}value = ${lines.at(-1)}\nprint(repr(value))\nprint("----")\nprint(value)\n`,
  );
  const result = runProgram(source, { write: (more) => (text += more) });
  return result.ok ? text : JSON.stringify(result);
}

test('every text of the table that is no tensor', () => {
  assert.ok(rows.length >= 115);
  const wrong = rows.filter((row) => printed(row.code) !== `${row.repr}\n----\n${row.str ?? row.repr}\n`);
  assert.deepEqual(
    wrong.map((row) => [row.code, row.repr, printed(row.code)]),
    [],
  );
});
