/**
 * Gets what an editor host needs, once: VS Code's server build (from the npm package code-server) into `.cache/`,
 * and a Chromium to show it in. Says what it does, and throws a plain sentence where it cannot.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';

/** VS Code 1.100, the newest whose server runs on Node 20. */
const version = '4.100.3';
const cache = path.resolve('.cache');

function run(command: string, args: readonly string[], cwd: string): void {
  const npm = process.platform === 'win32' ? `${command}.cmd` : command;
  execFileSync(npm, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, npm_config_loglevel: 'error' } });
}

/** The folder of the server build. Without code-server's own wrapper, whose post-install step needs native builds. */
export function serverBuild(): string {
  const folder = path.join(cache, `code-server-${version}`);
  const vscode = path.join(folder, 'package', 'lib', 'vscode');
  if (!existsSync(path.join(vscode, 'node_modules.asar'))) {
    console.log(`[editor] installing code-server ${version} into ${path.relative('.', folder)} (once)`);
    const unpacking = `${folder}.part`;
    rmSync(unpacking, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(unpacking, { recursive: true });
    run('npm', ['pack', `code-server@${version}`, '--silent'], unpacking);
    execFileSync('tar', ['xzf', `code-server-${version}.tgz`], { cwd: unpacking });
    rmSync(path.join(unpacking, `code-server-${version}.tgz`));
    const inner = path.join(unpacking, 'package', 'lib', 'vscode');
    run('npm', ['install', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund'], inner);
    symlinkSync('node_modules', path.join(inner, 'node_modules.asar'));
    renameSync(unpacking, folder);
  }
  linkRipgrep(vscode);
  return vscode;
}

/** The search of the workbench wants ripgrep where its own post-install step would have put it. */
function linkRipgrep(vscode: string): void {
  const place = path.join(vscode, 'node_modules', '@vscode', 'ripgrep', 'bin', 'rg');
  if (existsSync(place)) return;
  const found = spawnSync('which', ['rg'], { encoding: 'utf8' }).stdout?.trim();
  if (!found) return;
  mkdirSync(path.dirname(place), { recursive: true });
  rmSync(place, { force: true });
  symlinkSync(found, place);
}

const places = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

function installed(): string | undefined {
  return places.find((place) => place !== undefined && existsSync(place));
}

/** The path of a Chromium; on Debian as root it is installed where it is missing. */
export function chromium(): string {
  const found = installed();
  if (found !== undefined) return found;
  if (existsSync('/usr/bin/apt-get') && process.getuid?.() === 0) {
    console.log('[editor] installing Debian packages chromium, fonts-dejavu-core, ripgrep (once)');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'], env });
    const packages = ['chromium', 'fonts-dejavu-core', 'ripgrep'];
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    });
  }
  const now = installed();
  if (now === undefined) throw new Error('No Chromium or Chrome was found: install one, or say where it is in the variable CHROMIUM.');
  return now;
}
