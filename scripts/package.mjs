// Makes the .vsix: minified bundles without source maps, nothing from node_modules. Prints its size and refuses a large one.
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';

const most = 2 * 1024 * 1024;
const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const file = `${name}-${version}.vsix`;

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

run('scripts/build.mjs', '--package');
run(
  'node_modules/@vscode/vsce/vsce',
  'package',
  '--no-dependencies',
  '--skip-license',
  '--allow-missing-repository',
  '--no-rewrite-relative-links',
  '--out',
  file,
);
const { size } = statSync(file);
console.log(`${file}: ${(size / 1024 / 1024).toFixed(2)} MB`);
if (size > most) {
  console.error(`larger than ${most / 1024 / 1024} MB`);
  process.exit(1);
}
