// Runs the tests, part by part, and ends with one line: `N passed, N failed`. A part that did not run counts as failed.
// Without arguments the ordinary suite; otherwise the parts that are named: see `parts`.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const bin = (name) => path.join('node_modules', name);
const node = (...args) => [process.execPath, ...args];

/** The test files of a folder. */
function testFiles(folder, ending = '.test.ts') {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(ending));
  return names.sort().map((name) => `${folder}/${name}`);
}

const nodeTest = (files) =>
  node(
    '--import',
    'tsx',
    '--test',
    '--test-reporter=tap',
    '--test-timeout=120000',
    `--test-concurrency=${Math.max(1, os.availableParallelism())}`,
    ...files,
  );

/** A part's commands, run one after the other until one fails. `counts` tells how a command's output says what passed. */
const parts = {
  build: () => [{ command: node('scripts/build.mjs') }],
  typecheck: () => [{ command: node(bin('typescript/bin/tsc'), '--noEmit') }],
  lint: () => [
    { command: node(bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings') },
    { command: node(bin('knip/bin/knip.js')) },
  ],
  unit: () => [{ command: nodeTest(testFiles('test/unit')), counts: true }],
  conformance: () => [{ command: nodeTest(testFiles('test/conformance')), counts: true }],
  protocol: () => [{ command: nodeTest(testFiles('test/protocol')), counts: true }],
  editor: () => [{ command: node('--import', 'tsx', 'test/editor/run.ts'), counts: true }],
  vsix: () => [{ command: node('scripts/package.mjs') }, { command: node('--import', 'tsx', 'test/editor/run.ts', 'vsix'), counts: true }],
  long: () => [{ command: nodeTest(testFiles('test/long', '.long.ts'), 3600), counts: true }],
};

/** What stands at the end of an output: node's own summary, or the line that this project's runners end with. */
function read(output) {
  const tap = [/^# pass (\d+)$/m.exec(output), /^# fail (\d+)$/m.exec(output)];
  const own = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  if (tap[0] && tap[1]) return { passed: Number(tap[0][1]), failed: Number(tap[1][1]) };
  return own ? { passed: Number(own[1]), failed: Number(own[2]) } : undefined;
}

/** Of TAP only what failed and what a test said of itself; everything of any other output. */
function show(output, tap) {
  if (!tap) return output;
  const blocks = output.split(/^(?=\s*(?:not )?ok \d)/m).filter((block) => /^\s*not ok/.test(block));
  const said = output.match(/^# (?!Subtest|tests|suites|pass|fail|cancelled|skipped|todo|duration_ms).*$/gm) ?? [];
  return [...said.map((line) => line.slice(2)), ...blocks].join('\n');
}

function run([command, ...args], quiet) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, FORCE_COLOR: '0' } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        if (!quiet) process.stdout.write(chunk);
      });
    }
    child.on('close', (code) => resolve({ code, output }));
  });
}

async function runPart(name) {
  const started = performance.now();
  let [passed, failed] = [0, 0];
  for (const { command, counts = false } of parts[name]()) {
    const tap = command.includes('--test');
    if (tap && command.at(-1).startsWith('--')) {
      console.log(`[${name}] there are no test files`);
      failed += 1;
      break;
    }
    const { code, output } = await run(command, tap || name === 'lint' || name === 'typecheck');
    const found = counts ? read(output) : undefined;
    if (tap || code !== 0) {
      const shown = tap || name === 'lint' || name === 'typecheck' ? show(output, tap).trim() : '';
      if (shown !== '') console.log(shown);
    }
    passed += found?.passed ?? (code === 0 ? 1 : 0);
    failed += Math.max(found?.failed ?? 0, code === 0 ? 0 : 1);
    if (code !== 0 && !tap) break;
  }
  console.log(`[${name}] ${passed} passed, ${failed} failed, ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return { passed, failed };
}

const ordinary = ['build', 'typecheck', 'lint', 'unit', 'conformance', 'protocol', 'editor', 'vsix'];
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`);
  process.exit(2);
}
const total = { passed: 0, failed: 0 };
for (const name of asked.length > 0 ? asked : ordinary) {
  const { passed, failed } = await runPart(name);
  total.passed += passed;
  total.failed += failed;
  // Nothing after a failed build would speak of this source.
  if (name === 'build' && failed > 0) break;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
