/**
 * The rule and the kernel of an operation give the same result: every oracle case that PyTorch accepted is run with numbers,
 * and each result's shape, dtype and strides are compared with what the rule says. What cannot run is named.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram } from '../../server/sample/program.ts';
import { testParser } from '../unit/python-parser.ts';
import { readShapeCases } from './oracle-cases.ts';
import { NotExpressible, program } from './oracle-program.ts';

const HEAD = 'import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nimport operator\n';
const python = await testParser();

/** What PyTorch did with a case and does not do with zeros of the same shapes, or what the kernel does not follow it in. */
const DIFFERENT: Readonly<Record<string, string>> = {
  '9df30f5495': 'offsets that go back read past the end of the indices: with zeros PyTorch raises as the kernel does',
  '0f57192c97': 'a convolution over no channels gives no channels in PyTorch where padding is the same; the kernel gives zeros',
};

for (const name of ['shape-cases-recurrent.jsonl.gz', 'shape-cases-others.jsonl.gz', 'shape-cases-drawn.jsonl.gz']) {
  test(`rule and kernel agree on ${name}`, (t) => {
    const problems: string[] = [];
    const cannot = new Map<string, number>();
    let ran = 0;
    for (const c of readShapeCases(name)) {
      if (!c.ok || c.suspect !== undefined || c.id in DIFFERENT) continue;
      let body: readonly string[];
      try {
        body = program(c);
      } catch (error) {
        if (error instanceof NotExpressible) continue;
        throw error;
      }
      const note = (what: string): number => problems.push(`${c.op}: ${body.join('; ')} — ${what}`);
      try {
        const result = runProgram(python.parse('case.py', `${HEAD}${body.join('\n')}\n`), { write: () => undefined, selfCheck: true });
        if (result.ok) ran++;
        else if ('cannot' in result) cannot.set(result.cannot, (cannot.get(result.cannot) ?? 0) + 1);
        else note(result.traceback.trim().split('\n').at(-1) ?? '');
      } catch (error) {
        note((error as Error).message);
      }
    }
    t.diagnostic(
      `${ran} cases ran, ${[...cannot.values()].reduce((n, x) => n + x, 0)} cannot: ${JSON.stringify(Object.fromEntries(cannot))}`,
    );
    assert.ok(ran > 300, `${ran}`);
    assert.deepEqual(problems, []);
  });
}
