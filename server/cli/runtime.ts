/** What every command needs from the machine: the parser's wasm files and source texts. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { createParser, type PythonParser } from '../python/parser.ts';

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
