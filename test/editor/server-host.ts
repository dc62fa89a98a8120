/**
 * Runs VS Code's server build with a browser window in front of it: a real workbench and a real extension host,
 * where no desktop VS Code can be downloaded. Owns the processes and their folders, knows nothing of ShapeLint.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { chromium as browserType } from 'playwright-core';
import { chromium, serverBuild } from './provision.ts';

export interface Host {
  readonly page: Page;
  /** A fresh copy of the workspace. */
  readonly workspace: string;
  /** The address of a local path as the workbench writes it. */
  uri(file: string): string;
  /** Opens the workbench on the workspace with VS Code's own start-up payload. */
  open(payload: readonly (readonly [string, string])[]): Promise<void>;
  log(): string;
  stop(): Promise<void>;
}

const userSettings = {
  'files.autoSave': 'off',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'security.workspace.trust.enabled': false,
  'editor.minimap.enabled': false,
  'editor.lightbulb.enabled': 'on',
};

export const browserFlags: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The variables of an editor that may have started this process would steer the one that it starts. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:VSCODE_|ELECTRON_|CODE_SERVER_)/.test(name)));
}

function listening(child: ReturnType<typeof spawn>, log: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the server did not start in 60 s\n${log()}`)), 60_000);
    const look = (): void => {
      const port = /Extension host agent listening on (\d+)/.exec(log())?.[1];
      if (port === undefined) return;
      clearTimeout(late);
      resolve(Number(port));
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}\n${log()}`)));
  });
}

export async function startHost(options: { readonly workspace: string; readonly vsix?: string; readonly theme?: string }): Promise<Host> {
  const vscode = serverBuild();
  const executablePath = chromium();
  const root = mkdtempSync(path.join(os.tmpdir(), 'shapelint-'));
  const [data, extensions, workspace] = [path.join(root, 'data'), path.join(root, 'extensions'), path.join(root, 'workspace')];
  mkdirSync(path.join(data, 'data', 'User'), { recursive: true });
  mkdirSync(extensions);
  cpSync(options.workspace, workspace, { recursive: true });
  const settings = { ...userSettings, ...(options.theme === undefined ? {} : { 'workbench.colorTheme': options.theme }) };
  writeFileSync(path.join(data, 'data', 'User', 'settings.json'), JSON.stringify(settings));
  const main = path.join(vscode, 'out', 'server-main.js');
  const folders = ['--server-data-dir', data, '--extensions-dir', extensions, '--accept-server-license-terms'];
  const env = cleanEnvironment();
  if (options.vsix !== undefined) {
    const result = spawnSync(process.execPath, [main, '--install-extension', options.vsix, '--force', ...folders], {
      env,
      encoding: 'utf8',
    });
    if (result.status !== 0) throw new Error(`the .vsix could not be installed\n${result.stdout}\n${result.stderr}`);
  }
  const args = [
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--without-connection-token',
    '--telemetry-level',
    'off',
    ...folders,
    '--disable-workspace-trust',
    '--enable-smoke-test-driver',
  ];
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += String(chunk)));
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid);
    } catch {
      // It has ended already.
    }
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    const authority = `127.0.0.1:${await listening(child, () => log)}`;
    const browser = await browserType.launch({ executablePath, headless: true, args: [...browserFlags] });
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, deviceScaleFactor: 1.5 });
    return {
      page,
      workspace,
      uri: (file) => `vscode-remote://${authority}${path.resolve(workspace, file)}`,
      open: async (payload) => {
        const query = new URLSearchParams({
          folder: workspace,
          payload: JSON.stringify([...payload, ['skipWelcome', 'true'], ['skipReleaseNotes', 'true']]),
        });
        await page.goto(`http://${authority}/?${query}`);
      },
      log: () => log,
      stop: async () => {
        await browser.close();
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}
