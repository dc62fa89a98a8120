// Copies what has one source into where tools want to find it: the settings schema into package.json.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tsImport } from 'tsx/esm/api';

const root = path.resolve(import.meta.dirname, '..');
const { settingsSchema } = await tsImport('../server/check/settings.ts', import.meta.url);

const file = path.join(root, 'package.json');
const manifest = JSON.parse(await readFile(file, 'utf8'));
manifest.contributes.configuration = { title: 'ShapeLint', properties: settingsSchema };
await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`);
console.log(`package.json: ${Object.keys(settingsSchema).length} settings`);
