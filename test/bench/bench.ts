/**
 * The figures of speed and memory, as ratios measured in one run. It prints; it never fails on time.
 * `SHAPELINT_TORCH_PYTHON` names a Python that has torch, for the ratio to its import.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Language, Parser } from 'web-tree-sitter';
import { Client, positionAt } from '../protocol/client.ts';
import { numbers } from './numbers.ts';
import { program } from './program.ts';

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

const TIME = '/usr/bin/time';

const median = (values: readonly number[]): number => quantile(values, 0.5);
const ms = (value: number): string => `${value.toFixed(1)} ms`;

function timed(times: number, command: string, args: readonly string[]): readonly number[] {
  return Array.from({ length: times }, () => {
    const started = performance.now();
    spawnSync(command, args, { stdio: 'ignore' });
    return performance.now() - started;
  });
}

function coldStart(): void {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'shapelint-'));
  try {
    const file = path.join(folder, 'model.py');
    writeFileSync(file, program(200));
    const cli = median(timed(9, process.execPath, ['dist/cli.js', 'check', file]));
    const empty = median(timed(9, process.execPath, ['-e', '0']));
    console.log(
      `cold start: check of ${program(200).split('\n').length} lines ${ms(cli)}, ${(cli / empty).toFixed(1)} × an empty Node process (${ms(empty)})`,
    );
    const python = process.env['SHAPELINT_TORCH_PYTHON'];
    if (python === undefined) {
      console.log('cold start: no ratio to import torch, SHAPELINT_TORCH_PYTHON is not set');
      return;
    }
    timed(1, python, ['-c', 'import torch']);
    const torch = median(timed(3, python, ['-c', 'import torch']));
    console.log(`cold start: ${(cli / torch).toFixed(3)} of import torch (${ms(torch)}); the aim is under 0.1`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function fullParse(text: string): Promise<number> {
  await Parser.init({ locateFile: () => path.resolve('dist/web-tree-sitter.wasm') });
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync('dist/tree-sitter-python.wasm')));
  const times = Array.from({ length: 40 }, () => {
    const started = performance.now();
    parser.parse(text)?.delete();
    return performance.now() - started;
  });
  return median(times.slice(10));
}

/** Resident memory of a process in MB, from the system. */
function resident(pid: number): number {
  return Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout) / 1024;
}

async function server(lines: number): Promise<void> {
  const text = program(lines);
  const parse = await fullParse(text);
  const client = await Client.start();
  try {
    const uri = 'file:///bench/model.py';
    client.open(uri, text);
    await client.pushed(uri, 1);
    let current = text;
    const times: number[] = [];
    for (let edit = 0; edit < 1000; edit += 1) {
      // Somewhere in the file, a number is typed or taken back, as in `dropout=dropout` → `dropout=dropout1`.
      const places = [...current.matchAll(/dropout=dropout1?\)/g)];
      const place = places[(edit * 7) % places.length];
      if (place === undefined) throw new Error('nothing to edit');
      const next = place[0].includes('1') ? 'dropout=dropout)' : 'dropout=dropout1)';
      const range = { start: positionAt(current, place.index), end: positionAt(current, place.index + place[0].length) };
      current = current.slice(0, place.index) + next + current.slice(place.index + place[0].length);
      const started = performance.now();
      const version = client.change(uri, { range, text: next });
      await client.pushed(uri, version);
      times.push(performance.now() - started);
      client.published.length = 0;
    }
    const warm = times.slice(50);
    const [p50, p95] = [median(warm), quantile(warm, 0.95)];
    console.log(`edit of ${text.split('\n').length} lines to its diagnostics: p50 ${ms(p50)}, p95 ${ms(p95)}; the aim is under 30 ms`);
    console.log(`  ${(p95 / parse).toFixed(1)} × tree-sitter's full parse of it (${ms(parse)}); the aim is at most 4 ×`);
    console.log(`server memory after ${times.length} edits: ${resident(client.process.pid ?? 0).toFixed(0)} MB; the aim is under 150 MB`);
  } finally {
    await client.stop();
  }
}

/** A whole folder, named by `SHAPELINT_BENCH_FOLDER`: the first run, and the second with nothing changed. */
function folder(): void {
  const named = process.env['SHAPELINT_BENCH_FOLDER'];
  if (named === undefined) {
    console.log('folder: none, SHAPELINT_BENCH_FOLDER is not set');
    return;
  }
  const cache = mkdtempSync(path.join(os.tmpdir(), 'shapelint-'));
  try {
    for (const which of ['first', 'second']) {
      const started = performance.now();
      const words = ['dist/cli.js', 'check', '--format', 'json', '--cache-dir', cache, named];
      const [command = '', ...args] = existsSync(TIME)
        ? [TIME, '-f', 'cpu %U %S peak %M', process.execPath, ...words]
        : [process.execPath, ...words];
      const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 30 });
      const seconds = (performance.now() - started) / 1000;
      const [, user, system, peak] = /cpu (\S+) (\S+) peak (\d+)/.exec(stderr) ?? [];
      const { length } = JSON.parse(stdout).files;
      console.log(
        `folder, ${which} run of ${length} files: ${seconds.toFixed(1)} s, ${(Number(user) + Number(system)).toFixed(1)} s of processor, ` +
          `${(Number(peak) / 1024).toFixed(0)} MB; the aim is ${which === 'first' ? '30 s for 100,000 lines in 1 GB' : '3 s'}`,
      );
    }
  } finally {
    rmSync(cache, { recursive: true });
  }
}

function size(): void {
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
  try {
    console.log(
      `${name}-${version}.vsix: ${(statSync(`${name}-${version}.vsix`).size / 1024 / 1024).toFixed(2)} MB; the aim is under 2 MB`,
    );
  } catch {
    console.log('no .vsix: npm run package makes it');
  }
}

coldStart();
numbers();
await server(500);
await server(1000);
folder();
size();
