/**
 * The server as a Node process: over IPC from the desktop client, over stdio from any other editor.
 * The only place of the server that touches the file system.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { createParser } from '../python/parser.ts';
import { serve } from './server.ts';

const beside = (name: string): string => new URL(name, import.meta.url).href;

serve(createConnection(ProposedFeatures.all), {
  parser: () =>
    createParser({
      runtime: readFileSync(new URL(beside('web-tree-sitter.wasm'))),
      grammar: readFileSync(new URL(beside('tree-sitter-python.wasm'))),
    }),
  readFile: (uri) => {
    if (!uri.startsWith('file:')) return undefined;
    try {
      return readFileSync(fileURLToPath(uri), 'utf8');
    } catch {
      return undefined;
    }
  },
  rules: beside('../docs/rules/'),
});
