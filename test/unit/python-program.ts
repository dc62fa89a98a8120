/**
 * Runs small Python programs for tests: in run mode, giving what they print; in check mode, giving the variables.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Fault } from '../../server/python/faults.ts';
import { PyError } from '../../server/python/faults.ts';
import { Interpreter } from '../../server/python/interpreter.ts';
import type { Library } from '../../server/python/library.ts';
import { createParser } from '../../server/python/parser.ts';
import type { Value } from '../../server/python/values.ts';

const parser = await createParser({
  runtime: readFileSync(new URL('../../node_modules/web-tree-sitter/web-tree-sitter.wasm', import.meta.url)),
  grammar: readFileSync(new URL('../../node_modules/tree-sitter-python/tree-sitter-python.wasm', import.meta.url)),
});

const nothing: Library = { install: () => undefined, module: () => undefined, sizeAttributes: new Set() };

/** What a program prints; an exception that nothing catches is the last line. */
export function output(program: string): string {
  let text = '';
  const interp = new Interpreter({
    mode: 'run',
    library: nothing,
    steps: 5_000_000,
    observer: { fault: () => undefined, write: (s) => (text += s) },
  });
  try {
    interp.runModule(parser.parse('program.py', program), '__main__');
  } catch (error) {
    if (!(error instanceof PyError)) throw error;
    text += error.text === '' ? `${error.exception}\n` : `${error.exception}: ${error.text}\n`;
  }
  return text;
}

export interface Checked {
  readonly interp: Interpreter;
  readonly faults: readonly Fault[];
  /** A variable of the module, resolved. */
  get(name: string): Value;
  /** The text of a variable, `?` where it is not wholly known. */
  text(name: string): string;
}

/** Checks a program; names in `unknown` are unknown values from the start. */
export function checked(program: string, unknown: readonly string[] = []): Checked {
  const faults: Fault[] = [];
  const interp = new Interpreter({
    mode: 'check',
    library: nothing,
    steps: 1_000_000,
    observer: { fault: (fault) => faults.push(fault), write: () => undefined },
  });
  for (const name of unknown) interp.builtins.names.set(name, interp.unknown(name));
  const globals = interp.runModule(parser.parse('program.py', program), '__main__');
  const get = (name: string): Value => {
    const value = globals.cells.get(name);
    if (value === undefined) throw new Error(`no variable ${name}`);
    return interp.resolve(value);
  };
  return { interp, faults, get, text: (name) => interp.repr(get(name)) ?? '?' };
}

/** Fails unless the program prints this; both begin with a line break. */
export function prints(program: string, expected: string): void {
  assert.equal(output(program.slice(1)), expected.slice(1));
}
