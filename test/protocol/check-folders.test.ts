/**
 * `shapelint check` of folders, as processes: the output is the same whatever the number of threads and whether results were
 * kept, and a kept result ends with anything it rests on.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

const cli = path.resolve('dist/cli.js');
let folder: string;
let workspace: string;
let cache: string;

const layers = (size: number): string => `import torch.nn as nn\n\n\ndef head(inputs):\n    return nn.Linear(${size}, 2)(inputs)\n`;
const caller = 'import torch\nfrom parts.layers import head\n\nprint(head(torch.zeros(3, 8)))\n';

before(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'shapelint-'));
  workspace = path.join(folder, 'workspace');
  cache = path.join(folder, 'cache');
  mkdirSync(path.join(workspace, 'parts'), { recursive: true });
  writeFileSync(path.join(workspace, 'pyproject.toml'), '');
  writeFileSync(path.join(workspace, 'parts', '__init__.py'), '');
  writeFileSync(path.join(workspace, 'parts', 'layers.py'), layers(4));
  writeFileSync(path.join(workspace, 'caller.py'), caller);
  writeFileSync(path.join(workspace, 'broken.py'), 'import torch\nx = torch.zeros(2, 3) @ torch.zeros(2, 3)\ndef (\n');
  for (const name of readdirSync('fixtures')
    .filter((each) => each.endsWith('.py'))
    .slice(0, 12))
    cpSync(path.join('fixtures', name), path.join(workspace, name));
});

after(() => rmSync(folder, { recursive: true }));

interface Output {
  readonly status: number | null;
  readonly files: readonly { readonly file: string; readonly status: string }[];
  readonly diagnostics: readonly { readonly file: string; readonly code: string }[];
}

function check(...flags: readonly string[]): Output {
  const args = [cli, 'check', '--format', 'json', ...flags, '.'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: workspace, encoding: 'utf8', maxBuffer: 2 ** 26 });
  assert.equal(stderr, '');
  const { files, diagnostics } = JSON.parse(stdout);
  return { status, files: files.map(({ file, status }: Output['files'][number]) => ({ file, status })), diagnostics };
}

const codesOf = (output: Output, file: string): string[] => output.diagnostics.filter((d) => d.file === file).map((d) => d.code);
const kept = (): readonly string[] => ['--cache-dir', cache];

test('one thread or several, with and without kept results: one output', () => {
  const plain = check('--no-cache', '--jobs', '1');
  assert.equal(plain.status, 1);
  assert.deepEqual(codesOf(plain, 'caller.py'), ['linear-input-size']);
  assert.ok(codesOf(plain, 'broken.py').includes('syntax-error'));
  assert.ok(plain.files.length >= 4);
  assert.deepEqual(check('--no-cache', '--jobs', '3'), plain);
  assert.deepEqual(check(...kept(), '--jobs', '2'), plain, 'the run that keeps');
  assert.equal(readdirSync(cache).length, 1);
  assert.deepEqual(check(...kept()), plain, 'the run that finds everything kept');
});

test('a kept result ends with the file, with what it imports, and with what it looked for and did not find', () => {
  check(...kept());
  writeFileSync(path.join(workspace, 'parts', 'layers.py'), layers(8));
  assert.deepEqual(codesOf(check(...kept()), 'caller.py'), [], 'the imported file changed');
  writeFileSync(path.join(workspace, 'caller.py'), caller.replace('8', '9'));
  assert.deepEqual(codesOf(check(...kept()), 'caller.py'), ['linear-input-size'], 'the file changed');
  rmSync(path.join(workspace, 'parts', 'layers.py'));
  assert.deepEqual(codesOf(check(...kept()), 'caller.py'), [], 'the imported file is gone');
  writeFileSync(path.join(workspace, 'parts', 'layers.py'), layers(8));
  assert.deepEqual(codesOf(check(...kept()), 'caller.py'), ['linear-input-size'], 'it is there again');
});

test('a store that makes no sense is passed over', () => {
  const plain = check('--no-cache');
  for (const text of ['', '{', 'null', '{"product":1}', '[]']) {
    for (const name of readdirSync(cache)) writeFileSync(path.join(cache, name), text);
    assert.deepEqual(check(...kept()), plain, JSON.stringify(text));
  }
  check(...kept());
  for (const name of readdirSync(cache)) {
    const whole = readFileSync(path.join(cache, name), 'utf8');
    assert.match(whole, /linear-input-size/);
    for (const text of [whole.slice(0, -9), whole.replace('linear-input-size', 'linear-other-size'), whole.replace(/^./, '_')]) {
      writeFileSync(path.join(cache, name), text);
      assert.deepEqual(check(...kept()), plain, 'cut off or written over');
    }
  }
  writeFileSync(path.join(folder, 'file'), '');
  assert.deepEqual(check('--cache-dir', path.join(folder, 'file')), plain, 'a folder that cannot be made');
});

test('runs at the same time keep whole results', async () => {
  const plain = check('--no-cache');
  rmSync(cache, { recursive: true });
  const args = [cli, 'check', '--format', 'json', ...kept(), '.'];
  const runs = [1, 2, 3].map(
    () => new Promise((resolve) => spawn(process.execPath, args, { cwd: workspace, stdio: 'ignore' }).on('close', resolve)),
  );
  assert.deepEqual(await Promise.all(runs), [plain.status, plain.status, plain.status]);
  assert.deepEqual(readdirSync(cache).map(path.extname), ['.json']);
  assert.deepEqual(check(...kept()), plain);
});

test('an interrupt ends the run with what is known', { skip: process.platform === 'win32' }, async () => {
  const many = path.join(folder, 'many');
  mkdirSync(many);
  for (let i = 0; i < 400; i++) writeFileSync(path.join(many, `caller${i}.py`), layers(4 + i));
  const { status, out, err } = await interrupted(many);
  assert.equal(status, 130, err);
  assert.match(err, /^1\/400 \S+\n/);
  assert.match(err, /stopped after \d+ of 400 files/);
  assert.match(out, /\d+ files?: 0 errors/);
});

/** A run that is interrupted when it says that it has done a file. */
async function interrupted(named: string): Promise<{ status: unknown; out: string; err: string }> {
  const words = ['check', '--no-cache', '--progress', '--jobs', '1', named];
  const child = spawn(process.execPath, [cli, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => {
    if (err === '') child.kill('SIGINT');
    err += data;
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  return { status, out, err };
}
