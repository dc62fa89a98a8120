/**
 * Results of earlier checks on disk: one store for each set of folders that is checked. A result holds while the product,
 * the file and everything the check looked for are the same. A store that cannot be read or written costs time, never a run.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashOf } from './content-hash.ts';
import type { Checked } from './file-checker.ts';
import type { CheckedFile } from './findings.ts';
import { type Found, programRoots } from './imports.ts';
import { readText } from './runtime.ts';

/** Stores that nobody used for so long are deleted. */
const LONGEST_MS = 60 * 24 * 3600 * 1000;

interface Kept {
  readonly hash: Found;
  /** Indexes into the store's table of what was looked for, which many files share. */
  readonly seen: readonly number[];
  readonly result: CheckedFile;
}

interface Stored {
  readonly product: string;
  readonly table: readonly (readonly [file: string, found: Found])[];
  readonly files: Readonly<Record<string, Kept>>;
}

/** The folder where the system wants caches to be. */
function cacheFolder(): string {
  const { env, platform } = process;
  if (platform === 'win32') return path.join(env.LOCALAPPDATA ?? path.join(os.homedir(), 'AppData', 'Local'), 'shapelint', 'Cache');
  if (platform === 'darwin') return path.join(os.homedir(), 'Library', 'Caches', 'shapelint');
  return path.join(env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'shapelint');
}

/** Names this very build: results of another are worth nothing. Packages give every file the same date, so that its content counts. */
function productName(): string {
  return hashOf(readFileSync(fileURLToPath(import.meta.url), 'latin1'));
}

export class ResultStore {
  private readonly folder: string;
  private readonly file: string;
  private readonly product: string;
  private readonly stored: Stored | undefined;
  private readonly states = new Map<string, Found>();
  private readonly held = new Map<string, Checked>();

  constructor(paths: readonly string[], folder = cacheFolder()) {
    this.folder = folder;
    this.product = productName();
    const asked = paths.map((each) => `${each}=${path.resolve(each)}`).sort();
    this.file = path.join(folder, `${hashOf([...asked, ...programRoots(paths)].join('\n'))}.json`);
    this.stored = this.read();
  }

  /** The result for a file, if everything that it rests on is as it was. */
  find(file: string): CheckedFile | undefined {
    const kept = this.stored?.files[file];
    if (this.stored === undefined || kept === undefined || this.hash(file) !== kept.hash) return undefined;
    const { table } = this.stored;
    const seen = kept.seen.map((i) => table[i] as readonly [string, Found]);
    if (!seen.every(([other, found]) => this.holds(other, found))) return undefined;
    this.held.set(file, { result: kept.result, hash: kept.hash, seen, lasting: true });
    return { ...kept.result, ms: 0 };
  }

  add(checked: Checked): void {
    if (checked.lasting) this.held.set(checked.result.file, checked);
  }

  /** Writes what was found and added. */
  save(): void {
    const table: (readonly [string, Found])[] = [];
    const places = new Map<string, number>();
    const files: Record<string, Kept> = {};
    for (const [file, { hash, seen, result }] of this.held) {
      const indexes = seen.map((entry) => {
        const key = entry.join('\0');
        let at = places.get(key);
        if (at === undefined) places.set(key, (at = table.push(entry) - 1));
        return at;
      });
      files[file] = { hash, seen: indexes, result: { ...result, ms: 0 } };
    }
    const stored: Stored = { product: this.product, table, files };
    try {
      mkdirSync(this.folder, { recursive: true });
      // Whole or not at all, also where two runs write at once.
      const draft = `${this.file}.${process.pid}`;
      const text = JSON.stringify(stored);
      writeFileSync(draft, `${hashOf(text)}\n${text}`);
      renameSync(draft, this.file);
      this.prune();
    } catch {
      // A folder that cannot be written to keeps nothing.
    }
  }

  private read(): Stored | undefined {
    try {
      const [sum = '', text = ''] = readFileSync(this.file, 'utf8').split('\n', 2);
      // What does not match was cut off or written over.
      const stored = hashOf(text) === sum ? (JSON.parse(text) as Stored) : undefined;
      return stored?.product === this.product ? stored : undefined;
    } catch {
      return undefined;
    }
  }

  private holds(file: string, found: Found): boolean {
    if (found === 'absent') return !existsSync(file);
    return found === 'present' ? existsSync(file) : this.hash(file) === found;
  }

  private hash(file: string): Found | undefined {
    let found = this.states.get(file);
    if (found === undefined) {
      try {
        found = hashOf(readText(file));
      } catch {
        found = '';
      }
      this.states.set(file, found);
    }
    return found === '' ? undefined : found;
  }

  private prune(): void {
    for (const name of readdirSync(this.folder)) {
      const file = path.join(this.folder, name);
      if (/^[\w-]{43}\.json(\.\d+)?$/.test(name) && Date.now() - statSync(file).mtimeMs > LONGEST_MS) rmSync(file, { force: true });
    }
  }
}
