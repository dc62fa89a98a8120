/**
 * Executing a whole program with the numeric kernels: what Python would print goes to `write`, what it would raise is
 * given back as a traceback.
 */
import type { Backend } from '../kernels/contraction.ts';
import { useBackend } from '../kernels/contraction.ts';
import { KernelError } from '../kernels/dtype.ts';
import { BudgetExceeded, CannotRun, PyError, type StackEntry } from '../python/faults.ts';
import { Interpreter } from '../python/interpreter.ts';
import type { ImportSource, Observer } from '../python/library.ts';
import { LineIndex } from '../python/line-index.ts';
import type { Node, SourceFile } from '../python/syntax.ts';
import type { Value } from '../python/values.ts';
import { createTorch } from '../torch/library.ts';
import { seedEverything } from '../torch/seeding.ts';

export interface ProgramOptions {
  readonly write: (text: string) => void;
  /** Prints the value of each top-level expression statement, as the interactive prompt does. */
  readonly echo?: boolean;
  readonly seed?: number;
  readonly importSource?: ImportSource;
  /** The loops for matrix products; 'auto' is WebAssembly where the host has it. */
  readonly backend?: Backend;
  /** Seconds since the epoch, for a program that asks for the time; without it, it is always the epoch. */
  readonly clock?: () => number;
  /** Compares each kernel's result with its rule. */
  readonly selfCheck?: boolean;
}

export type ProgramResult =
  | { readonly ok: true }
  /** The program raised: the traceback as Python prints it. `SystemExit` carries its status instead. */
  | { readonly ok: false; readonly traceback: string; readonly status: number }
  /** The engine cannot go on. */
  | { readonly ok: false; readonly cannot: string; readonly line: number | undefined };

const STEPS = 2_000_000_000;

export function runProgram(source: SourceFile, options: ProgramOptions): ProgramResult {
  const lines = new LineIndex(source.text);
  const first = source.errors[0];
  if (first !== undefined) {
    const { line } = lines.position(first.start);
    return {
      ok: false,
      status: 1,
      traceback: `  File "${source.file}", line ${line}\n    ${lines.lineText(line).trim()}\nSyntaxError: ${first.message}\n`,
    };
  }
  const echoed = new Set<Node>(source.body.flatMap((s) => (s.kind === 'ExpressionStatement' ? [s.value as Node] : [])));
  let interp: Interpreter;
  const observer: Observer = {
    fault: () => undefined,
    write: options.write,
    ...(options.echo === true
      ? {
          value: (node: Node, value: Value, file: string) => {
            if (!echoed.has(node) || file !== source.file || interp.frames.length !== 1 || value.kind === 'none') return;
            options.write(`${interp.repr(value) ?? '?'}\n`);
          },
        }
      : {}),
  };
  interp = new Interpreter({
    mode: 'run',
    library: createTorch({ selfCheck: options.selfCheck === true }),
    observer,
    steps: STEPS,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.importSource === undefined ? {} : { importSource: options.importSource }),
  });
  try {
    useBackend(options.backend ?? 'auto');
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return { ok: false, cannot: error.message, line: undefined };
  }
  if (options.seed !== undefined) seedEverything(interp, options.seed);
  try {
    interp.runModule(source, '__main__');
    return { ok: true };
  } catch (error) {
    if (error instanceof PyError) {
      if (error.exception === 'SystemExit') return { ok: false, status: exitStatus(interp, error), traceback: '' };
      return { ok: false, status: 1, traceback: tracebackOf(error, source, lines) };
    }
    const node = error instanceof CannotRun ? (error.node ?? interp.frame?.node) : interp.frame?.node;
    const line = node === undefined ? undefined : lines.position(node.start).line;
    if (error instanceof CannotRun) return { ok: false, cannot: error.message, line };
    if (error instanceof BudgetExceeded) return { ok: false, cannot: 'the program takes too many steps', line };
    if (error instanceof RangeError && /call stack/i.test(error.message)) return { ok: false, cannot: 'the calls nest too deep', line };
    throw error;
  }
}

function exitStatus(interp: Interpreter, error: PyError): number {
  if (error.value.kind !== 'object') return 1;
  const code = interp.findAttr(error.value, 'code');
  if (code === undefined || code.kind === 'none') return 0;
  return interp.asInt(code) ?? 1;
}

function tracebackOf(error: PyError, source: SourceFile, lines: LineIndex): string {
  const rows = ['Traceback (most recent call last):'];
  for (const entry of error.stack_) rows.push(...row(entry, source, lines));
  rows.push(error.text === '' ? error.exception : `${error.exception}: ${error.text}`);
  return `${rows.join('\n')}\n`;
}

function row(entry: StackEntry, source: SourceFile, lines: LineIndex): string[] {
  if (entry.file !== source.file) return [`  File "${entry.file}", in ${entry.name}`];
  const { node } = entry;
  const start = node.kind === 'Call' && node.func.kind === 'Attribute' ? node.func.nameStart : node.start;
  const { line } = lines.position(start);
  return [`  File "${source.file}", line ${line}, in ${entry.name}`, `    ${lines.lineText(line).trim()}`];
}
