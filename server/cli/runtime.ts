/** What every command needs from the machine: the parser's wasm files, source texts, workspace imports. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImportSource } from '../python/library.ts';
import { createParser, type PythonParser } from '../python/parser.ts';
import type { SourceFile } from '../python/syntax.ts';

const MAX_BYTES = 32 * 1024 * 1024;

let shared: Promise<PythonParser> | undefined;

export function parser(): Promise<PythonParser> {
  const folder = path.dirname(fileURLToPath(import.meta.url));
  const wasm = (name: string) => readFileSync(path.join(folder, name));
  shared ??= createParser({ runtime: wasm('web-tree-sitter.wasm'), grammar: wasm('tree-sitter-python.wasm') });
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

/** Finds imported modules beside the importing file and in the folders above it that are packages. */
export function importsFrom(python: PythonParser): ImportSource {
  const cache = new Map<string, SourceFile | undefined>();
  const load = (file: string): SourceFile | undefined => {
    if (!cache.has(file)) {
      let source: SourceFile | undefined;
      try {
        source = python.parse(file, readText(file));
      } catch {
        source = undefined;
      }
      cache.set(file, source);
    }
    return cache.get(file);
  };
  return (module, level, fromFile) => {
    if (fromFile === '' || fromFile.startsWith('<')) return undefined;
    const parts = module === '' ? [] : module.split('.');
    let folder = path.dirname(path.resolve(fromFile));
    if (level > 0) {
      for (let i = 1; i < level; i++) folder = path.dirname(folder);
      const found = candidate(path.join(folder, ...parts));
      return found === undefined ? undefined : load(found);
    }
    // Up to the folder above the outermost package.
    for (let depth = 0; depth < 8; depth++) {
      const found = candidate(path.join(folder, ...parts));
      if (found !== undefined && path.resolve(found) !== path.resolve(fromFile)) return load(found);
      const parent = path.dirname(folder);
      if (parent === folder || (depth > 0 && !existsSync(path.join(folder, '__init__.py')))) return undefined;
      folder = parent;
    }
    return undefined;
  };
}

function candidate(base: string): string | undefined {
  if (existsSync(`${base}.py`)) return `${base}.py`;
  const init = path.join(base, '__init__.py');
  return existsSync(init) ? init : undefined;
}
