// Builds, then shows what the command line says of docs/tour.py: its mistake, its shapes, and a run with numbers.
import { spawnSync } from 'node:child_process';

function run(args, expected = 0) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== expected) process.exit(status || 1);
}

function show(args, expected) {
  console.log(`\n$ shapelint ${args.join(' ')}`);
  run(['dist/cli.js', ...args], expected);
}

run(['scripts/build.mjs']);
// The tour's mistake is found, so the status says so.
show(['check', 'docs/tour.py'], 1);
show(['sample', 'docs/tour.py:Classifier']);
