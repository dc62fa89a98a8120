/** The parser for tests, started once. */
import { readFileSync } from 'node:fs';
import { createParser, type PythonParser } from '../../server/python/parser.ts';

let shared: Promise<PythonParser> | undefined;

export function testParser(): Promise<PythonParser> {
  const wasm = (name: string) => readFileSync(new URL(`../../node_modules/${name}`, import.meta.url));
  shared ??= createParser({
    runtime: wasm('web-tree-sitter/web-tree-sitter.wasm'),
    grammar: wasm('tree-sitter-python/tree-sitter-python.wasm'),
  });
  return shared;
}
