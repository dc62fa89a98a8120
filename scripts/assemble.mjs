// Assembles the kernels' WebAssembly from its text into the modules that carry it. The output is committed because
// tests, type checks and bundles read it without a build. `--check` fails where the two differ, and a test calls that.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import wabt from 'wabt';

const kernels = path.resolve(import.meta.dirname, '../server/kernels');
const { parseWat } = await wabt();

for (const name of ['contraction', 'recurrent']) {
  const source = path.join(kernels, `${name}.wat`);
  const target = path.join(kernels, `${name}-binary.ts`);
  const parsed = parseWat(source, await readFile(source, 'utf8'), { simd: true });
  parsed.validate();
  const base64 = Buffer.from(parsed.toBinary({}).buffer).toString('base64');
  const text = `// Owns the bytes of ${name}.wat in base64. Written by \`npm run assemble\`, never by hand.\n\nexport const ${name.toUpperCase()}_BINARY =\n  '${base64}';\n`;
  if (!process.argv.includes('--check')) await writeFile(target, text);
  else if ((await readFile(target, 'utf8')) !== text) {
    console.error(`${name}-binary.ts is not what ${name}.wat assembles to: run \`npm run assemble\``);
    process.exitCode = 1;
  }
}
