/**
 * One stretch of questions for the solver, in a process of its own: its memory only grows, and now and then it does not
 * come back whatever its own limit.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Tally } from './dims-solver.ts';

export type Stretch = Tally & { readonly wrong?: string };

/** Undefined where the solver ran out of memory or of `limit` milliseconds: that stretch says nothing. */
export function solverStretch(queries: number, seed: number, limit: number): Stretch | undefined {
  const script = fileURLToPath(new URL('../long/ask-solver.ts', import.meta.url));
  const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', script, String(queries), String(seed)], {
    encoding: 'utf8',
    timeout: limit,
  });
  const line = stdout.split('\n').find((text) => text.startsWith('{'));
  return line === undefined ? undefined : (JSON.parse(line) as Stretch);
}
