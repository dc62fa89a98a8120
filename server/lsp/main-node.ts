/**
 * The server as a Node process: over IPC from the desktop client, over stdio from any other editor.
 * The only place of the server that touches the file system.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { createParser } from '../python/parser.ts';
import { serve } from './server.ts';

// Beside an editor memory is worth more than rarer collections: by itself V8 lets several times what lives gather.
setFlagsFromString('--heap-growing-percent=20');

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
