/**
 * Where the suite finds its workspace and leaves its outcome: only the opened folder tells, since the environment of
 * the host is not the runner's.
 */
import path from 'node:path';
import { workspace } from 'vscode';

export function places(): { readonly folder: string; readonly resultFile: string } {
  const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
  if (folder === undefined) throw new Error('the suite needs an opened folder');
  return { folder, resultFile: path.join(folder, '..', 'outcome.json') };
}
