/** A thread that checks the files it is told. Owns the messages between it and the pool. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Checked, FileChecker } from './file-checker.ts';
import { parser } from './runtime.ts';

/** What a worker is started with. */
export interface WorkerTask {
  readonly paths: readonly string[];
}

/** A file to be checked is sent as its name; the answer is what the check gave. */
export type WorkerAnswer = Checked;

/** Whether there is a pool to work for: the main thread has none. */
export async function runWorker(): Promise<boolean> {
  if (parentPort === null) return false;
  const { paths } = workerData as WorkerTask;
  const checker = new FileChecker(await parser(), paths);
  parentPort?.on('message', (file: string) => {
    const answer: WorkerAnswer = checker.check(file);
    parentPort?.postMessage(answer);
  });
  return true;
}
