/**
 * The architecture, kept by a test: who may import whom, what a folder may not mention, how large a file may grow.
 * It says how much it saw, and fails where it saw nothing.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Import, Source } from './tidy-sources.ts';
import { importsOf, sources } from './tidy-sources.ts';

/** Folder → folders it may import (itself always); packages are in `packages`. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'server/dims': [],
  'server/kernels': [],
  'server/shapes': ['server/dims'],
  'server/python': ['server/dims'],
  'server/torch': ['server/dims', 'server/shapes', 'server/kernels', 'server/python'],
  'server/check': ['server/dims', 'server/shapes', 'server/python', 'server/torch'],
  'server/sample': ['server/dims', 'server/shapes', 'server/kernels', 'server/python', 'server/torch', 'server/check'],
  'server/lsp': ['server/check', 'server/sample'],
  'server/cli': ['server/check', 'server/sample'],
  client: ['server/lsp/protocol.ts'],
};

/** What turns files into sources: the front ends do that for `check` and `sample`, and nothing else of `python/` is theirs. */
const reading = ['parser', 'syntax', 'line-index', 'notebook', 'library', 'module-places'].map((name) => `server/python/${name}.ts`);
const alsoMayImport: Readonly<Record<string, readonly string[]>> = { 'server/lsp': reading, 'server/cli': reading };

/** Package → the only places that may import it. A place is a folder or a file. */
const packages: readonly (readonly [package_: RegExp, places: readonly string[]])[] = [
  [/^web-tree-sitter$/, ['server/python/parser.ts', 'server/python/parser']],
  [/^vscode-languageserver/, ['server/lsp']],
  [/^vscode-languageclient/, ['client']],
  [/^vscode$/, ['client']],
  [/^node:/, ['server/lsp/main-node.ts', 'server/cli']],
];

const pure = ['dims', 'shapes', 'kernels', 'python', 'torch', 'check'].map((folder) => `server/${folder}`);
const all = sources(['client', 'server', 'test', 'scripts']);
const product = all.filter((source) => source.path.startsWith('server/') || source.path.startsWith('client/'));

function folderOf(file: string): string {
  return file.startsWith('server/') ? file.split('/').slice(0, 2).join('/') : (file.split('/')[0] ?? '');
}

function stands(file: string, place: string): boolean {
  return file === place || file.startsWith(`${place}/`);
}

function fault(source: Source, found: Import): string | undefined {
  const at = `${source.path}:${found.line}`;
  if (!found.from.startsWith('.')) {
    const rule = packages.find(([package_]) => package_.test(found.from));
    if (rule === undefined) return `${at} imports the package '${found.from}', which no folder may`;
    return rule[1].some((place) => stands(source.path, place)) ? undefined : `${at} imports '${found.from}'`;
  }
  const target = path.posix.join(path.posix.dirname(source.path), found.from);
  if (!/\.ts$/.test(target)) return `${at} imports '${found.from}': write the file with its .ts ending`;
  const folder = folderOf(source.path);
  const allowed = [folder, ...(mayImport[folder] ?? []), ...(alsoMayImport[folder] ?? [])];
  return allowed.some((place) => stands(target, place)) ? undefined : `${at} imports ${target}, ${folder} may not`;
}

function none(faults: readonly string[]): void {
  assert.deepEqual(faults, [], `\n${faults.join('\n')}\n`);
}

/** Comments and strings blanked, line by line, so that a word in prose is no use of it. */
function code(source: Source): string {
  return source.text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, (text) => text.replace(/[^\n]/g, ' '));
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function occurrences(files: readonly Source[], pattern: RegExp, text: (source: Source) => string = (source) => source.text): string[] {
  return files.flatMap((source) => {
    const seen = text(source);
    return [...seen.matchAll(pattern)].map((match) => `${source.path}:${lineOf(seen, match.index)} ${match[0].trim()}`);
  });
}

test('imports follow the table', async (t) => {
  let seen = 0;
  const faults: string[] = [];
  for (const source of product) {
    for (const found of await importsOf(source)) {
      seen += 1;
      const wrong = fault(source, found);
      if (wrong !== undefined) faults.push(wrong);
    }
  }
  t.diagnostic(`${product.length} product files, ${seen} imports, ${all.length} files in all`);
  assert.ok(product.length >= 10 && seen >= 10, `only ${product.length} files and ${seen} imports were seen`);
  none(faults);
});

test('the table would notice', () => {
  const at = (file: string, from: string) => fault({ path: file, text: '' }, { from, line: 1 });
  assert.match(at('server/dims/a.ts', '../shapes/b.ts') ?? '', /may not/);
  assert.match(at('server/python/a.ts', '../torch/b.ts') ?? '', /may not/);
  assert.match(at('server/check/a.ts', '../kernels/b.ts') ?? '', /may not/);
  assert.match(at('server/check/a.ts', 'node:fs') ?? '', /imports/);
  assert.match(at('server/torch/a.ts', 'web-tree-sitter') ?? '', /imports/);
  assert.match(at('client/a.ts', '../server/check/report.ts') ?? '', /may not/);
  assert.match(at('server/lsp/a.ts', 'lodash') ?? '', /no folder may/);
  assert.equal(at('server/torch/a.ts', '../dims/b.ts'), undefined);
  assert.equal(at('client/a.ts', '../server/lsp/protocol.ts'), undefined);
});

test('type imports are imports', async () => {
  const text =
    "import type { A } from './a.ts';\nimport { type B } from './b.ts';\nexport type { C } from './c.ts';\nawait import('./d.ts');\n";
  const found = await importsOf({ path: 'server/x/a.ts', text });
  assert.deepEqual(found.map((each) => each.from).sort(), ['./a.ts', './b.ts', './c.ts', './d.ts']);
});

test('python/ never mentions torch, dims/ never mentions Python', () => {
  const inFolder = (folder: string) => product.filter((source) => stands(source.path, folder));
  assert.ok(inFolder('server/python').length > 0 && inFolder('server/dims').length > 0, 'nothing to look at');
  none([...occurrences(inFolder('server/python'), /torch/gi), ...occurrences(inFolder('server/dims'), /python/gi)]);
});

test('the core is pure: no clock, no randomness, no process, no I/O', () => {
  const files = product.filter((source) => pure.some((folder) => stands(source.path, folder)));
  assert.ok(files.length >= 5, `only ${files.length} pure files were seen`);
  const effects = /\b(?:Date\.now|new Date|Math\.random|performance\.now|process\.\w+|console\.\w+|setTimeout|setInterval|fetch\()/g;
  none(occurrences(files, effects, code));
});

test('files are small, named for a concept, and open by saying what they own', () => {
  const vague = /(?:^|[-/])(?:utils?|helpers?|managers?|commons?|misc)(?:\.|-|\/|$)/;
  const faults = all.flatMap((source) => {
    const lines = source.text.split('\n').length - 1;
    const found: string[] = [];
    if (lines > 500) found.push(`${source.path}: ${lines} lines, 500 is the most`);
    if (vague.test(source.path)) found.push(`${source.path}: name the concept`);
    if (!/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/.test(path.posix.basename(source.path))) found.push(`${source.path}: file names are kebab-case`);
    if (!/^(?:#![^\n]*\n)?(?:\/\*\*?|\/\/)\s*\S/.test(source.text))
      found.push(`${source.path}: open with a comment that says what the file owns`);
    return found;
  });
  none(faults);
});

test('no default exports, no barrels, no types imported on the fly', () => {
  none([...occurrences(product, /^export (?:default\b|\* )/gm, code), ...occurrences(product, /import\('[^']+'\)\.[A-Z]/g)]);
});

test('the top level is the one the architecture names', () => {
  for (const name of ['package.json', 'tsconfig.json', 'client', 'server', 'grammars', 'test', 'fixtures', '.vscodeignore']) {
    assert.ok(existsSync(name), `${name} is missing`);
  }
  const server = new Set(product.filter((source) => source.path.startsWith('server/')).map((source) => source.path.split('/')[1] ?? ''));
  none([...server].filter((name) => mayImport[`server/${name}`] === undefined).map((name) => `server/${name} is not in the architecture`));
});

test('nothing names a private place', () => {
  // Spelled in pieces, so that this file does not name one either.
  const places = new RegExp(['/wor', 'k/(?:main|shared)|/tm', 'p/[A-Za-z]|/ro', 'ot/|/home/[a-z]+/'].join(''), 'g');
  const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'package.json'].filter((name) => existsSync(name));
  assert.ok(documents.length >= 3, 'the documents were not found');
  none(occurrences([...all, ...documents.map((name) => ({ path: name, text: readFileSync(name, 'utf8') }))], places));
});
