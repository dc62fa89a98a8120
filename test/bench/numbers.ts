/**
 * The figures of running numbers: a matrix product, a long LSTM, a whole training script. Each is a ratio to PyTorch on one
 * thread where `SHAPELINT_TORCH_PYTHON` names a Python that has it, otherwise to the JavaScript loops; measured in turns.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Prints the median seconds of a job; the same program for both sides. */
const KERNELS = 'test/bench/kernels.py';
const SCRIPT = 'test/conformance/programs/tagger.py';
const TIME = '/usr/bin/time';

interface Side {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

interface Process {
  readonly seconds: number;
  /** Resident at most; not a number where the system has no `time`. */
  readonly megabytes: number;
  readonly output: string;
}

function run(side: Side, file: string): Process {
  const words = [side.command, ...side.args, file];
  const [command = '', ...args] = existsSync(TIME) ? [TIME, '-f', 'peak %M', ...words] : words;
  const started = performance.now();
  const done = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, OMP_NUM_THREADS: '1' } });
  const seconds = (performance.now() - started) / 1000;
  if (done.status !== 0) throw new Error(`${words.join(' ')}: ${done.stderr}`);
  return { seconds, megabytes: Number(/peak (\d+)/.exec(done.stderr)?.[1]) / 1024, output: done.stdout };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Name → seconds, as the program printed them. */
function jobs(output: string): ReadonlyMap<string, number> {
  return new Map([...output.matchAll(/^(\w+) ([\d.e-]+)$/gm)].map(([, name = '', seconds]) => [name, Number(seconds)]));
}

export function numbers(): void {
  const own: Side = { name: 'shapelint run', command: process.execPath, args: ['dist/cli.js', 'run'] };
  const python = process.env['SHAPELINT_TORCH_PYTHON'];
  const other: Side =
    python === undefined
      ? { name: 'the JavaScript loops', command: process.execPath, args: ['dist/cli.js', 'run', '--backend', 'js'] }
      : { name: 'PyTorch on one thread', command: python, args: [] };
  const [ours, theirs] = [jobs(run(own, KERNELS).output), jobs(run(other, KERNELS).output)];
  const limits: Readonly<Record<string, string>> = {
    matmul: '512×512 times 512×512; the aim is within 3 ×. Vectors of 4 against 16 numbers, no fused multiply-add, and packing',
    lstm: 'LSTM forward, batch 32, 128 steps, 512→512; the aim is within 4 ×. The products as above',
  };
  for (const [name, seconds] of ours) {
    const against = theirs.get(name) ?? Number.NaN;
    console.log(
      `${name}: ${(1000 * seconds).toFixed(1)} ms, ${(seconds / against).toFixed(2)} × ${other.name} (${(1000 * against).toFixed(1)} ms); ${limits[name]}`,
    );
  }
  for (const side of [own, other]) run(side, SCRIPT);
  const turns = Array.from({ length: 5 }, () => [run(own, SCRIPT), run(other, SCRIPT)] as const);
  const ratio = (read: (p: Process) => number): number => median(turns.map(([a, b]) => read(b) / read(a)));
  const of = (side: 0 | 1, read: (p: Process) => number): number => median(turns.map((turn) => read(turn[side])));
  console.log(
    `${SCRIPT}, whole processes: ${(1000 * of(0, (p) => p.seconds)).toFixed(0)} ms and ${of(0, (p) => p.megabytes).toFixed(0)} MB; ` +
      `${other.name} takes ${ratio((p) => p.seconds).toFixed(1)} × the time and ${ratio((p) => p.megabytes).toFixed(1)} × the memory ` +
      `(${(1000 * of(1, (p) => p.seconds)).toFixed(0)} ms, ${of(1, (p) => p.megabytes).toFixed(0)} MB); the start of Node and the parser limit it`,
  );
}
