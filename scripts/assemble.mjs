// Assembles the contraction's WebAssembly from its text into the module that carries it. The output is committed because
// tests, type checks and bundles read it without a build. `--check` fails where the two differ, and a test calls that.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import wabt from 'wabt';

const kernels = path.resolve(import.meta.dirname, '../server/kernels');
const source = path.join(kernels, 'contraction.wat');
const target = path.join(kernels, 'contraction-binary.ts');

const parsed = (await wabt()).parseWat(source, await readFile(source, 'utf8'), { simd: true });
parsed.validate();
const base64 = Buffer.from(parsed.toBinary({}).buffer).toString('base64');
const text = `// Owns the bytes of contraction.wat in base64. Written by \`npm run assemble\`, never by hand.\n\nexport const CONTRACTION_BINARY =\n  '${base64}';\n`;

if (!process.argv.includes('--check')) await writeFile(target, text);
else if ((await readFile(target, 'utf8')) !== text) {
  console.error('contraction-binary.ts is not what contraction.wat assembles to: run `npm run assemble`');
  process.exitCode = 1;
}
