/** `shapelint check`: named files one after another, folders in threads and with the results that still hold from the last time. */
import { statSync } from 'node:fs';
import { explain } from './explain.ts';
import { type Checked, FileChecker } from './file-checker.ts';
import { findFiles } from './files.ts';
import type { CheckedFile } from './findings.ts';
import { asGitHub, asJson, asSarif, asText } from './formats.ts';
import { ResultStore } from './result-store.ts';
import { parser } from './runtime.ts';
import { checkInThreads } from './worker-pool.ts';

export interface CheckFlags {
  readonly format: 'text' | 'json' | 'sarif' | 'github';
  readonly stdinFilename: string | undefined;
  readonly explain: string | undefined;
  /** How many threads check folders. */
  readonly jobs: number | undefined;
  /** Whether to say on standard error how far the run is, also where that is no terminal. */
  readonly progress: boolean;
  /** Where results are kept; `undefined` is the system's place. */
  readonly cacheFolder: string | undefined;
  readonly cache: boolean;
}

export async function checkCommand(named: readonly string[], flags: CheckFlags): Promise<number> {
  if (flags.explain !== undefined) return explain(flags.explain);
  const paths = named.length === 0 ? ['.'] : named;
  const { files, problems } = findFiles(paths);
  for (const problem of problems) process.stderr.write(`shapelint: ${problem}\n`);
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  const results =
    paths.some(isFolder) && !paths.includes('-')
      ? await checkFolders(paths, files, flags, stop.signal)
      : await checkNamed(paths, files, flags);
  process.off('SIGINT', interrupt);
  const checked = files.flatMap((file) => results.get(file) ?? []);
  for (const { problem } of checked) if (problem !== undefined) process.stderr.write(`shapelint: ${problem}\n`);
  const write = { text: asText, json: asJson, sarif: asSarif, github: asGitHub }[flags.format];
  process.stdout.write(write(checked));
  if (stop.signal.aborted) {
    process.stderr.write(`shapelint: stopped after ${checked.length} of ${files.length} files\n`);
    return 130;
  }
  if (problems.length > 0 || checked.some((f) => f.status === 'unreadable')) return 2;
  return checked.some((f) => f.findings.some((d) => d.severity === 'error')) ? 1 : 0;
}

function isFolder(given: string): boolean {
  return statSync(given, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function checkNamed(paths: readonly string[], files: readonly string[], flags: CheckFlags): Promise<Map<string, CheckedFile>> {
  const checker = new FileChecker(await parser(), paths);
  return new Map(files.map((file) => [file, checker.check(file, flags.stdinFilename).result]));
}

async function checkFolders(
  paths: readonly string[],
  files: readonly string[],
  flags: CheckFlags,
  signal: AbortSignal,
): Promise<Map<string, CheckedFile>> {
  const store = flags.cache ? new ResultStore(paths, flags.cacheFolder) : undefined;
  const results = new Map<string, CheckedFile>();
  for (const file of files) {
    const known = store?.find(file);
    if (known !== undefined) results.set(file, known);
  }
  const left = [...new Set(files)].filter((file) => !results.has(file));
  const total = results.size + left.length;
  const progress = process.stderr.isTTY === true ? '\r\x1b[K' : flags.progress ? '' : undefined;
  const done = (checked: Checked): void => {
    results.set(checked.result.file, checked.result);
    store?.add(checked);
    if (progress === undefined) return;
    process.stderr.write(`${progress}${results.size}/${total} ${checked.result.file.slice(-60)}${progress === '' ? '\n' : ''}`);
  };
  if (left.length > 0) {
    await checkInThreads(left, { paths, jobs: flags.jobs, done, signal });
    store?.save();
  }
  if (progress !== undefined) process.stderr.write(progress);
  return results;
}
