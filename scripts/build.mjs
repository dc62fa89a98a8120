// Bundles the product into dist/, self-contained: nothing in it needs node_modules at run time.
// `--watch` rebuilds on change; `--package` minifies and leaves source maps out.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import esbuild from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
const wasm = {
  'web-tree-sitter.wasm': require.resolve('web-tree-sitter/web-tree-sitter.wasm'),
  'tree-sitter-python.wasm': path.join(path.dirname(require.resolve('tree-sitter-python/package.json')), 'tree-sitter-python.wasm'),
};

/** The bundles, by output. CommonJS, which Node starts fastest and VS Code loads everywhere. */
function bundles({ minify }) {
  const shared = {
    absWorkingDir: root,
    bundle: true,
    format: 'cjs',
    target: 'es2023',
    minify,
    sourcemap: minify ? false : 'linked',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  };
  const node = {
    ...shared,
    platform: 'node',
    target: 'node20',
    // The client libraries publish a CommonJS and an ES build under different conditions.
    mainFields: ['module', 'main'],
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  };
  // A worker has no file of its own: whoever starts it says where the wasm files are.
  const browser = { ...shared, platform: 'browser', define: { 'import.meta.url': '"file:///server.js"' } };
  return [
    { ...node, entryPoints: ['client/extension.ts'], outfile: 'dist/extension.js', external: ['vscode'] },
    loaded({ ...node, entryPoints: ['server/lsp/main-node.ts'], outfile: 'dist/server-main.js' }),
    loaded({
      ...node,
      entryPoints: ['server/cli/main.ts'],
      outfile: 'dist/cli-main.js',
      define: { ...node.define, VERSION: JSON.stringify(version) },
    }),
    // Beside an editor memory is worth more than rarer collections: by itself V8 lets several times what lives gather.
    loader('server', '--heap-growing-percent=20'),
    // While a program is loaded and read, optimising what runs often costs more than it saves, and nearly all that is made stays alive,
    // so that collecting it often is in vain: both begin late until `patience.ts` ends it.
    loader('cli', '--interrupt-budget=1000000 --semi-space-growth-factor=8'),
    { ...browser, entryPoints: ['client/browser.ts'], outfile: 'dist/browser/extension.js', external: ['vscode'] },
    { ...browser, entryPoints: ['server/lsp/main-browser.ts'], outfile: 'dist/browser/server.js', format: 'iife' },
  ];
}

/** A bundle that the loader compiles: one function, so that it reads the file as it is. */
function loaded(options) {
  return {
    ...options,
    // A script that comes out of the code cache cannot import dynamically.
    supported: { 'dynamic-import': false },
    alias: { 'web-tree-sitter': require.resolve('web-tree-sitter') },
    banner: { js: `(function (exports, require, module, __filename, __dirname) {${options.banner.js}` },
    footer: { js: '})' },
    minifyWhitespace: true,
    minifySyntax: true,
  };
}

/** What starts `<name>-main.js`, with flags of V8. */
function loader(name, flags) {
  return {
    absWorkingDir: root,
    entryPoints: ['scripts/loader.cjs'],
    outfile: `dist/${name}.js`,
    platform: 'node',
    target: 'node20',
    define: { BUNDLE: JSON.stringify(`${name}-main`), FLAGS: JSON.stringify(flags) },
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  };
}

/** Lays out what the bundles read at run time. The package is `type: module`; what is built is not. */
async function layOut() {
  await mkdir(path.join(root, 'dist', 'browser'), { recursive: true });
  await writeFile(path.join(root, 'dist', 'package.json'), '{ "type": "commonjs" }\n');
  for (const [name, from] of Object.entries(wasm)) await copyFile(from, path.join(root, 'dist', name));
  for (const file of (await readdir(path.join(root, 'dist'))).filter((name) => name.endsWith('.cache')))
    await rm(path.join(root, 'dist', file));
  await copyFile(wasm['tree-sitter-python.wasm'], path.join(root, 'grammars', 'tree-sitter-python.wasm'));
}

/** Runs the bundles on examples: what each of them compiled is kept for the next start, beside what those before it did. */
async function writeCodeCaches() {
  await example(['dist/cli.js', 'check', 'docs/tour.py']);
  await example(['dist/cli.js', 'run', 'test/conformance/programs/tagger.py']);
  await example(['dist/server.js', '--stdio'], session('docs/tour.py'));
}

/** Runs a command to its end. What it is told comes message by message, each with a number after the answer to the one before. */
async function example(words, messages = []) {
  const env = { ...process.env, SHAPELINT_WRITE_CODE_CACHE: '1' };
  delete env.SHAPELINT_CODE_CACHE;
  const child = spawn(process.execPath, words, { cwd: root, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let said = '';
  child.stdout.on('data', (piece) => {
    said += piece;
  });
  for (const message of messages) {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    while (message.id !== undefined && !said.includes(`"id":${message.id}`) && child.exitCode === null)
      await Promise.race([once(child.stdout, 'data'), ended]);
  }
  const [status] = await ended;
  if (status === null || status > 1) throw new Error(`${words.join(' ')} does not start`);
}

/** What an editor says to the server from opening a file to closing the window. */
function session(file) {
  const textDocument = { uri: 'file:///example.py', languageId: 'python', version: 1, text: readFileSync(path.join(root, file), 'utf8') };
  const range = { start: { line: 0, character: 0 }, end: { line: 40, character: 0 } };
  return [
    { id: 1, method: 'initialize', params: { processId: null, rootUri: null, capabilities: {} } },
    { method: 'initialized', params: {} },
    { method: 'textDocument/didOpen', params: { textDocument } },
    { id: 2, method: 'textDocument/hover', params: { textDocument, position: { line: 17, character: 12 } } },
    { id: 3, method: 'textDocument/inlayHint', params: { textDocument, range } },
    { id: 4, method: 'shutdown' },
    { method: 'exit' },
  ];
}

/** A source of ASCII alone takes one byte a character in memory. What esbuild leaves stands in regular expressions, where escapes mean the same. */
function ascii(text) {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

async function report(results) {
  for (const result of results) {
    for (const [file, output] of Object.entries(result.metafile.outputs)) {
      if (file.endsWith('.js')) console.log(`${file.padEnd(28)} ${(output.bytes / 1024).toFixed(0).padStart(6)} KB`);
    }
  }
}

async function main() {
  const minify = process.argv.includes('--package');
  const watch = process.argv.includes('--watch');
  const options = bundles({ minify });
  if (watch) {
    await layOut();
    const watching = { name: 'watching', setup: (build) => build.onEnd(() => console.log('[watch] build finished')) };
    for (const option of options) {
      console.log('[watch] build started');
      await (await esbuild.context({ ...option, plugins: [watching] })).watch();
    }
    return;
  }
  // All or nothing: what was built before stays whole where a bundle fails, whose errors esbuild has printed.
  const results = await Promise.all(options.map((option) => esbuild.build({ ...option, write: false }).catch(() => undefined)));
  if (results.includes(undefined)) process.exit(1);
  await layOut();
  for (const file of (await readdir(path.join(root, 'dist'), { recursive: true })).filter((name) => name.endsWith('.map')))
    await rm(path.join(root, 'dist', file));
  for (const { outputFiles } of results) {
    for (const { path: file, contents, text } of outputFiles) await writeFile(file, file.endsWith('-main.js') ? ascii(text) : contents);
  }
  await chmod(path.join(root, 'dist', 'cli.js'), 0o755);
  await writeCodeCaches();
  await report(results);
}

await main();
