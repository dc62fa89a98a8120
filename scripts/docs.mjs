// Copies what has one source into where tools and people want to find it: the settings schema into package.json, the table
// of operations into docs/operations.md.
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { tsImport } from 'tsx/esm/api';

const root = path.resolve(import.meta.dirname, '..');
const require = createRequire(import.meta.url);

async function settings() {
  const { settingsSchema } = await tsImport('../server/check/settings.ts', import.meta.url);
  const file = path.join(root, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  manifest.contributes.configuration = { title: 'ShapeLint', properties: settingsSchema };
  await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`);
  console.log(`package.json: ${Object.keys(settingsSchema).length} settings`);
}

async function operations() {
  const { createParser } = await tsImport('../server/python/parser.ts', import.meta.url);
  const { operationsPage } = await tsImport('./operations-page.ts', import.meta.url);
  const parser = await createParser({
    runtime: await readFile(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    grammar: await readFile(path.join(path.dirname(require.resolve('tree-sitter-python/package.json')), 'tree-sitter-python.wasm')),
  });
  const page = operationsPage(parser);
  await writeFile(path.join(root, 'docs', 'operations.md'), page);
  console.log(`docs/operations.md: ${page.split('\n').length} lines`);
}

await settings();
await operations();
