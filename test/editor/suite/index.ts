/**
 * The entry of the suite inside an extension host, the same on desktop VS Code and on its server build:
 * runs the Mocha tests and leaves what happened in a file, because a host has no standard output of its own.
 */
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

export interface Outcome {
  readonly passed: readonly string[];
  readonly failed: readonly { readonly title: string; readonly error: string }[];
}

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 30_000, reporter: class {} as unknown as Mocha.ReporterConstructor });
  mocha.suite.emit('pre-require', globalThis, null as never, mocha);
  await import('./shapelint.test.ts');
  const { resultFile } = (await import('./places.ts')).places();
  const passed: string[] = [];
  const failed: { title: string; error: string }[] = [];
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve());
    runner.on('pass', (test) => passed.push(test.fullTitle()));
    runner.on('fail', (test, error) => failed.push({ title: test.fullTitle(), error: String(error.stack ?? error) }));
  });
  writeFileSync(resultFile, JSON.stringify({ passed, failed } satisfies Outcome));
  if (failed.length > 0) throw new Error(`${failed.length} tests failed`);
}
