/** From the paths of a command line to the files to be checked. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const SKIPPED = new Set(['node_modules', '__pycache__', 'venv', 'env', 'site-packages', 'dist', 'build']);

export interface Found {
  readonly files: readonly string[];
  /** Paths that do not exist or cannot be listed, each with the reason. */
  readonly problems: readonly string[];
}

/** Folders are searched for `.py` and `.ipynb`; hidden folders and those of installed packages are passed over. */
export function findFiles(paths: readonly string[]): Found {
  const files: string[] = [];
  const problems: string[] = [];
  for (const given of paths) {
    if (given === '-') {
      files.push(given);
      continue;
    }
    try {
      if (statSync(given).isDirectory()) {
        const before = files.length;
        collect(given, files, problems);
        if (files.length === before) problems.push(`${given}: holds no Python file`);
      } else files.push(given);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      problems.push(`${given}: ${code === 'ENOENT' ? 'no such file or folder' : (error as Error).message}`);
    }
  }
  return { files, problems };
}

function collect(folder: string, files: string[], problems: string[]): void {
  let entries: ReturnType<typeof list>;
  try {
    entries = list(folder);
  } catch (error) {
    problems.push(`${folder}: ${(error as Error).message}`);
    return;
  }
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!SKIPPED.has(entry.name)) collect(full, files, problems);
    } else if (entry.isFile() && /\.(py|ipynb)$/.test(entry.name)) files.push(full);
  }
}

function list(folder: string) {
  return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
}
