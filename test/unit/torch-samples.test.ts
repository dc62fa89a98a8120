/**
 * Every entry of the operation table, by its own samples: a sample goes through in a check and in a run, and both say the
 * same shape and dtype (in a run the rule is also compared with the kernel). An error sample is reported with its code in
 * a check and raises in a run. An operation without samples fails.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '../../server/python/faults.ts';
import { PyError } from '../../server/python/faults.ts';
import { Interpreter } from '../../server/python/interpreter.ts';
import type { PythonParser } from '../../server/python/parser.ts';
import type { Value } from '../../server/python/values.ts';
import { numbersOf } from '../../server/shapes/shape.ts';
import { CODE_OF } from '../../server/torch/codes.ts';
import { createTorch } from '../../server/torch/library.ts';
import { stateOf } from '../../server/torch/state.ts';
import { MODULES, OPERATIONS } from '../../server/torch/table.ts';
import { payloadOf } from '../../server/torch/tensor.ts';
import { testParser } from './python-parser.ts';

const HEAD = 'import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nimport einops\nimport einops.layers.torch\n';
const python: PythonParser = await testParser();

interface Outcome {
  /** One text for each expression. */
  readonly spelled: readonly string[];
  readonly raised: string | undefined;
  readonly faults: readonly Fault[];
}

/** The values of expressions as texts: shapes and dtypes of tensors, kinds of everything else. */
function evaluate(expressions: readonly string[], mode: 'check' | 'run'): Outcome {
  const faults: Fault[] = [];
  const interp = new Interpreter({
    mode,
    library: createTorch({ selfCheck: true }),
    steps: 1_000_000,
    observer: { fault: (fault) => faults.push(fault), write: () => undefined },
  });
  try {
    const globals = interp.runModule(python.parse('sample.py', HEAD + expressions.map((e, i) => `y${i} = ${e}\n`).join('')), '__main__');
    const spelled = expressions.map((_, i) => spell(interp, globals.cells.get(`y${i}`) ?? interp.none));
    return { spelled, raised: undefined, faults };
  } catch (error) {
    if (!(error instanceof PyError)) throw error;
    return { spelled: [], raised: `${error.exception}: ${error.text}`, faults };
  }
}

function spell(interp: Interpreter, given: Value): string {
  const value = interp.resolve(given);
  const tensor = payloadOf(value);
  if (tensor !== undefined) return `${numbersOf(stateOf(interp).world.resolve(tensor.shape))?.join('x') ?? '?'} ${tensor.dtype ?? '?'}`;
  if (value.kind === 'tuple' || value.kind === 'list') {
    const items = interp.content(value)?.items ?? [];
    return `${value.kind}(${items.map((item) => spell(interp, item)).join(', ')})`;
  }
  return value.kind;
}

const entries = [
  ...OPERATIONS.map((op) => ({ name: op.names[0] as string, entry: op })),
  ...MODULES.map((m) => ({ name: m.name, entry: m })),
];

test('every entry has samples', () => {
  // A module entry without a constructor is the base of others.
  const bare = entries.filter(({ entry }) => entry.samples.length === 0 && ('names' in entry || entry.init !== undefined));
  assert.deepEqual(
    bare.map((e) => e.name),
    [],
  );
  assert.ok(entries.length > 30, `${entries.length} entries`);
});

test('samples: check and run agree, rule and kernel agree', () => {
  const problems: string[] = [];
  let count = 0;
  for (const { name, entry } of entries) {
    count += entry.samples.length;
    try {
      const run = evaluate(entry.samples, 'run');
      const checked = evaluate(entry.samples, 'check');
      const reported = checked.faults.filter((f) => f.severity !== 'warning' && f.severity !== 'info');
      if (run.raised !== undefined) problems.push(`${name}: a sample raised ${run.raised}`);
      if (reported.length > 0) problems.push(`${name}: a sample is reported: ${reported[0]?.message}`);
      for (const [i, sample] of entry.samples.entries()) {
        const [inRun, inCheck] = [run.spelled[i], checked.spelled[i]];
        if (inRun === undefined || inCheck === undefined || inCheck.includes('?') || inCheck === 'unknown' || inRun === inCheck) continue;
        problems.push(`${name}: ${sample} is ${inCheck} in a check, ${inRun} in a run`);
      }
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message}`);
    }
  }
  assert.ok(count > 100, `${count} samples`);
  assert.equal(problems.join('\n'), '');
});

test('error samples: reported with their code in a check, raised in a run', () => {
  const problems: string[] = [];
  for (const { name, entry } of entries) {
    for (const [sample, code] of entry.errors ?? []) {
      try {
        const found = evaluate([sample], 'check').faults.map((f) => f.code);
        if (!found.includes(code)) problems.push(`${name}: ${sample}: expected ${code}, got ${found.join(', ') || 'nothing'}`);
        if (!CODE_OF.has(code) && !['index-out-of-range', 'missing-key'].includes(code))
          problems.push(`${name}: ${code} is not in the list of codes`);
        if (evaluate([sample], 'run').raised === undefined) problems.push(`${name}: ${sample} did not raise in a run`);
      } catch (error) {
        problems.push(`${name}: ${sample}: ${(error as Error).message}`);
      }
    }
  }
  assert.equal(problems.join('\n'), '');
});
