/**
 * Checks many files in threads, the largest first, so that the last thread to finish does not sit over a large one alone.
 * A thread that runs out of memory or does not answer costs its file and is replaced.
 */
import { statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { WorkerAnswer, WorkerTask } from './check-worker.ts';
import type { Checked } from './file-checker.ts';
import { THREAD } from './main.ts';

/** What one thread may keep on its heap, and what it takes in all. */
const HEAP_MB = 288;
const THREAD_MB = 400;
/** Most of what an analysis makes dies young: the more room it has for that, the less survives to be moved. */
const YOUNG_MB = 96;
/** Well past the patience of a check, which asks the clock itself: only what never comes to asking is ended from here. */
const SILENCE_MS = 120_000;

export interface PoolOptions {
  /** As they were named, which says where imports are found. */
  readonly paths: readonly string[];
  /** How many threads; the default is one for each core, as far as half of the memory goes. */
  readonly jobs: number | undefined;
  readonly done: (checked: Checked) => void;
  /** Ends the run; what is done is done. */
  readonly signal: AbortSignal;
}

function threads({ jobs }: PoolOptions, files: number): number {
  const byMemory = Math.floor(os.totalmem() / 2 / 2 ** 20 / THREAD_MB);
  return Math.max(1, Math.min(files, jobs ?? Math.min(os.availableParallelism(), byMemory)));
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

export async function checkInThreads(files: readonly string[], options: PoolOptions): Promise<void> {
  const sizes = new Map(files.map((file) => [file, sizeOf(file)]));
  const waiting = [...files].sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0));
  await Promise.all(Array.from({ length: threads(options, files.length) }, () => workThrough(waiting, options)));
}

/** One thread at a time, until nothing waits. */
async function workThrough(waiting: string[], options: PoolOptions): Promise<void> {
  while (waiting.length > 0 && !options.signal.aborted) {
    const worker = startWorker(options.paths);
    try {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        const answer = await ask(worker, file, options.signal);
        if (answer === 'stopped') return;
        options.done(typeof answer === 'string' ? givenUp(file, answer) : answer);
        if (typeof answer === 'string') break;
      }
    } finally {
      await worker.terminate();
    }
  }
}

function startWorker(paths: readonly string[]): Worker {
  const task: WorkerTask = { paths };
  const loader = path.join(path.dirname(fileURLToPath(import.meta.url)), 'cli.js');
  return new Worker(loader, {
    argv: [THREAD],
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
  });
}

/** The answer, or why there is none. */
function ask(worker: Worker, file: string, signal: AbortSignal): Promise<WorkerAnswer | 'stopped' | string> {
  return new Promise((resolve) => {
    const settle = (answer: WorkerAnswer | string): void => {
      clearTimeout(timer);
      worker.off('message', settle).off('error', fail);
      signal.removeEventListener('abort', stop);
      resolve(answer);
    };
    const fail = (error: Error & { code?: string }): void =>
      settle(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'needs more memory than one file is given' : error.message);
    const stop = (): void => settle('stopped');
    const timer = setTimeout(() => settle(`took longer than ${SILENCE_MS / 1000} s`), SILENCE_MS);
    worker.on('message', settle).on('error', fail);
    signal.addEventListener('abort', stop);
    worker.postMessage(file);
  });
}

function givenUp(file: string, why: string): Checked {
  const result = { file, status: 'partial', ms: 0, findings: [], problem: `${file}: not checked: ${why}` } as const;
  return { result, hash: '', seen: [], lasting: false };
}
