/** The folder that an editor names keeps what its V8 compiled of the server, for the next start. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Client } from './client.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'shapelint-code-'));
after(() => rm(folder, { recursive: true }));

async function session(): Promise<void> {
  const client = await Client.start({ env: { SHAPELINT_CODE_CACHE: path.join(folder, 'new') } });
  client.open('file:///a.py', 'import torch\nx = torch.ones(2, 3) @ torch.ones(2, 3)\n');
  assert.equal((await client.pushed('file:///a.py', 1)).length, 1);
  await client.stop();
}

test('the code is kept once, in place of what another version kept, and used', async () => {
  await session();
  const [name, ...more] = await readdir(path.join(folder, 'new'));
  assert.deepEqual(more, []);
  const file = path.join(folder, 'new', name as string);
  assert.ok((await stat(file)).size > 1_000_000);
  await utimes(file, 1, 1);
  await session();
  assert.equal((await stat(file)).mtimeMs, 1000, 'V8 took it: it was not written again');
  await writeFile(file, (await readFile(file)).subarray(0, 1000));
  await writeFile(path.join(folder, 'new', 'server-main-0.cache'), '');
  await session();
  assert.deepEqual(await readdir(path.join(folder, 'new')), [name], 'a broken one is replaced, an old one removed');
  assert.ok((await stat(file)).size > 1_000_000);
});

test('a folder that cannot be made changes nothing', async () => {
  await writeFile(path.join(folder, 'file'), '');
  const client = await Client.start({ env: { SHAPELINT_CODE_CACHE: path.join(folder, 'file', 'new') } });
  client.open('file:///a.py', 'import torch\nx = torch.ones(2, 3) @ torch.ones(2, 3)\n');
  assert.equal((await client.pushed('file:///a.py', 1)).length, 1);
  await client.stop();
});
