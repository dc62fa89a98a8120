/**
 * Runs the in-host suite in every editor that can be had here, the server as a web worker, and the screen tests.
 * Says which host ran; a run in which none did is a failure. Arguments choose: `host`, `desktop`, `worker`, `screen`, and `vsix`
 * for the suite on the packaged extension, which `npm run package` makes.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { screenTests } from './screen.ts';
import { startHost } from './server-host.ts';
import type { Outcome } from './suite/index.ts';
import { workerTest } from './worker.ts';

const workspace = path.resolve('test/editor/workspace');
const suiteFolder = path.resolve('.cache/editor-suite');
const suiteFile = path.join(suiteFolder, 'index.js');

async function bundleSuite(): Promise<void> {
  await build({
    entryPoints: ['test/editor/suite/index.ts'],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    outfile: suiteFile,
    external: ['vscode'],
    logLevel: 'error',
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  writeFileSync(path.join(suiteFolder, 'package.json'), '{ "type": "commonjs" }\n');
  // Where the packaged extension is tested, the extension under development is an empty one.
  mkdirSync(path.join(suiteFolder, 'nothing'), { recursive: true });
  const empty = { name: 'nothing', publisher: 'nobody', version: '0.0.1', engines: { vscode: '*' } };
  writeFileSync(path.join(suiteFolder, 'nothing', 'package.json'), JSON.stringify(empty));
}

function show(host: string, outcome: Outcome): Outcome {
  for (const title of outcome.passed) console.log(`  ✓ ${title}`);
  for (const { title, error } of outcome.failed) console.log(`  ✗ ${title}\n${error.replace(/^/gm, '      ')}`);
  console.log(`[editor] ${host}: ${outcome.passed.length} passed, ${outcome.failed.length} failed`);
  return outcome;
}

/** The suite inside the server build's extension host; with a .vsix, on the installed package instead of the sources. */
async function onServer(vsix?: string): Promise<Outcome> {
  const host = await startHost({ workspace, ...(vsix === undefined ? {} : { vsix }) });
  const name = vsix === undefined ? 'server build' : `server build, ${path.basename(vsix)} installed`;
  try {
    const log: string[] = [];
    await host.page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) => log.push(args.join(' ')));
    const exit = new Promise<number>((resolve) => void host.page.exposeFunction('codeAutomationExit', resolve));
    const development = vsix === undefined ? path.resolve('.') : path.join(suiteFolder, 'nothing');
    await host.open([
      ['extensionDevelopmentPath', host.uri(development)],
      ['extensionTestsPath', host.uri(suiteFile)],
    ]);
    const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), 120_000).unref());
    const ended = await Promise.race([exit, late]);
    try {
      return show(name, JSON.parse(readFileSync(path.join(host.workspace, '..', 'outcome.json'), 'utf8')));
    } catch {
      await host.page.screenshot({ path: 'test-results/no-outcome.png' });
      throw new Error(`${name}: no outcome (${ended}), see test-results/no-outcome.png\n${log.join('\n')}\n${host.log().slice(-3000)}`);
    }
  } finally {
    await host.stop();
  }
}

/** The same suite on desktop VS Code; a string says why there is none here. */
async function onDesktop(): Promise<Outcome | string> {
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return 'there is no display';
  const root = mkdtempSync(path.join(os.tmpdir(), 'shapelint-'));
  const copy = path.join(root, 'workspace');
  cpSync(workspace, copy, { recursive: true });
  let failure: unknown;
  try {
    const given = process.env['VSCODE_EXECUTABLE'];
    const launchArgs = [
      copy,
      '--disable-workspace-trust',
      '--user-data-dir',
      path.join(root, 'data'),
      '--extensions-dir',
      path.join(root, 'extensions'),
    ];
    const options = { extensionDevelopmentPath: path.resolve('.'), extensionTestsPath: suiteFile, launchArgs };
    await runTests(given === undefined ? options : { ...options, vscodeExecutablePath: given });
  } catch (error) {
    failure = error;
  }
  try {
    return show('desktop', JSON.parse(readFileSync(path.join(root, 'outcome.json'), 'utf8')));
  } catch {
    return `it could not be started: ${String(failure).split('\n')[0]}`;
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function main(): Promise<number> {
  const chosen = process.argv.slice(2);
  const wanted = (name: string): boolean => chosen.length === 0 || chosen.includes(name);
  mkdirSync('test-results', { recursive: true });
  await bundleSuite();
  const outcomes: Outcome[] = [];
  if (wanted('host')) outcomes.push(await onServer());
  if (wanted('desktop')) {
    const outcome = await onDesktop();
    if (typeof outcome === 'string') console.log(`[editor] desktop VS Code did not run: ${outcome}`);
    else outcomes.push(outcome);
  }
  if (chosen.includes('vsix')) {
    const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
    outcomes.push(await onServer(path.resolve(`${name}-${version}.vsix`)));
  }
  if (wanted('worker')) outcomes.push(show('web worker', await workerTest(workspace)));
  if (wanted('screen')) outcomes.push(show('screen', await screenTests(workspace)));
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed.length, 0);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed.length, 0);
  console.log(`${passed} passed, ${failed} failed`);
  if (passed === 0) console.log('[editor] no editor ran: that is a failure');
  return failed > 0 || passed === 0 ? 1 : 0;
}

process.exit(await main());
