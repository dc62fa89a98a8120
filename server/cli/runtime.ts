/** What every command needs from the machine: the parser's wasm files and source texts. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createParser, type PythonParser } from '../python/parser.ts';
import { patiently } from './patience.ts';

const MAX_BYTES = 32 * 1024 * 1024;

let shared: Promise<PythonParser> | undefined;

export function parser(): Promise<PythonParser> {
  const folder = path.dirname(fileURLToPath(import.meta.url));
  const wasm = (name: string) => readFileSync(path.join(folder, name));
  shared ??= patiently(() => createParser({ runtime: wasm('web-tree-sitter.wasm'), grammar: wasm('tree-sitter-python.wasm') }));
  return shared;
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
