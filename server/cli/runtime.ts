/** What every command needs from the machine: the parser's wasm files, source texts, workspace imports. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import type { ImportSource } from '../python/library.ts';
import { modulePlaces } from '../python/module-places.ts';
import { createParser, type PythonParser } from '../python/parser.ts';
import type { SourceFile } from '../python/syntax.ts';

const MAX_BYTES = 32 * 1024 * 1024;

let shared: Promise<PythonParser> | undefined;

export function parser(): Promise<PythonParser> {
  const folder = path.dirname(fileURLToPath(import.meta.url));
  const wasm = (name: string) => readFileSync(path.join(folder, name));
  shared ??= patiently(() => createParser({ runtime: wasm('web-tree-sitter.wasm'), grammar: wasm('tree-sitter-python.wasm') }));
  return shared;
}

/**
 * Loads WebAssembly whose functions are optimised only after long use. V8 counts the bytes of a loop's body at each turn, and the
 * parser's one great loop uses up the usual budget within a hundred tokens; optimising it takes 20 MB and longer than reading
 * most programs. With the highest budget that begins after some 80,000 turns.
 */
async function patiently<T>(load: () => Promise<T>): Promise<T> {
  const [usual, highest] = [1_800_000, 2_000_000_000];
  setFlagsFromString(`--wasm-tiering-budget=${highest}`);
  try {
    return await load();
  } finally {
    setFlagsFromString(`--wasm-tiering-budget=${usual}`);
  }
}

/** A file that cannot be read, with the reason for people. */
export class Unreadable extends Error {}

export function readText(file: string): string {
  let bytes: Buffer;
  try {
    const info = statSync(file);
    if (info.isDirectory()) throw new Unreadable(`${file}: is a folder`);
    if (info.size > MAX_BYTES) throw new Unreadable(`${file}: larger than ${MAX_BYTES / 1024 / 1024} MB`);
    bytes = readFileSync(file);
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'no permission to read it' : String((error as Error).message);
    throw new Unreadable(`${file}: ${why}`);
  }
  if (bytes.includes(0)) throw new Unreadable(`${file}: is a binary file`);
  return bytes.toString('utf8');
}

/**
 * Finds imported modules of the program that the files of a command belong to. `paths` are the files and folders that
 * were named; the folder that the command was started in holds the program too.
 */
export function importsFrom(python: PythonParser, paths: readonly string[]): ImportSource {
  const sources = new Map<string, SourceFile | undefined>();
  const found = new Map<string, boolean>();
  const exists = (file: string): boolean => {
    const known = found.get(file) ?? existsSync(file);
    found.set(file, known);
    return known;
  };
  const load = (file: string): SourceFile | undefined => {
    if (!sources.has(file)) {
      try {
        sources.set(file, python.parse(file, readText(file)));
      } catch {
        sources.set(file, undefined);
      }
    }
    return sources.get(file);
  };
  const roots = [...paths.map(rootOf), '.'].map((folder) => slashed(path.resolve(folder)).replace(/\/*$/, '/'));
  const layout = { roots, exists };
  return (module, level, fromFile) => {
    if (fromFile === '' || fromFile.startsWith('<')) return undefined;
    const from = slashed(path.resolve(fromFile));
    const place = modulePlaces(module, level, from, layout).find((each) => each !== from && exists(each));
    return place === undefined ? undefined : load(place);
  };
}

const slashed = (file: string): string => file.replaceAll(path.sep, '/');

const MARKS = ['.git', 'pyproject.toml', 'setup.py', 'setup.cfg'];

/** The folder of the program that a path belongs to: the nearest that says so, otherwise the one named, or the file's own. */
function rootOf(given: string): string {
  if (given === '-') return '.';
  const full = path.resolve(given);
  const own = existsSync(full) && statSync(full).isDirectory() ? full : path.dirname(full);
  for (let at = own; ; at = path.dirname(at)) {
    if (MARKS.some((mark) => existsSync(path.join(at, mark)))) return at;
    if (at === path.dirname(at)) return own;
  }
}
