/**
 * Runs and checks small programs that import the library, for tests of the operation table.
 */
import type { Fault } from '../../server/python/faults.ts';
import { PyError } from '../../server/python/faults.ts';
import { Interpreter } from '../../server/python/interpreter.ts';
import type { PythonParser } from '../../server/python/parser.ts';
import { spellShape } from '../../server/shapes/shape.ts';
import { createTorch } from '../../server/torch/library.ts';
import { stateOf } from '../../server/torch/state.ts';
import { payloadOf } from '../../server/torch/tensor.ts';
import { testParser } from './python-parser.ts';

const HEAD = 'import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n';
const python: PythonParser = await testParser();

/** What a program prints; an exception that nothing catches is the last line. */
export function printed(program: string): string {
  let text = '';
  const interp = new Interpreter({
    mode: 'run',
    library: createTorch({ selfCheck: true }),
    steps: 5_000_000,
    observer: { fault: () => undefined, write: (s) => (text += s) },
  });
  try {
    interp.runModule(python.parse('program.py', HEAD + program), '__main__');
  } catch (error) {
    if (!(error instanceof PyError)) throw error;
    text += `${error.exception}: ${error.text}\n`;
  }
  return text;
}

export interface CheckedProgram {
  readonly faults: readonly Fault[];
  /** The shape of a variable, `?` for something that is no tensor. */
  shape(name: string): string;
}

/** Checks a program; `unknown` names values of which nothing is known. */
export function checkedProgram(program: string, unknown: readonly string[] = []): CheckedProgram {
  const faults: Fault[] = [];
  const interp = new Interpreter({
    mode: 'check',
    library: createTorch(),
    steps: 1_000_000,
    observer: { fault: (fault) => faults.push(fault), write: () => undefined },
  });
  for (const name of unknown) interp.builtins.names.set(name, interp.unknown(name));
  const globals = interp.runModule(python.parse('program.py', HEAD + program), '__main__');
  return {
    faults,
    shape: (name) => {
      const payload = payloadOf(interp.resolve(globals.cells.get(name) ?? interp.none));
      return payload === undefined ? '?' : spellShape(stateOf(interp).world.resolve(payload.shape));
    },
  };
}
