/**
 * The server as a web worker: the client says where the parser is fetched from, and only open files can be read.
 */
import { BrowserMessageReader, BrowserMessageWriter, createConnection } from 'vscode-languageserver/browser';
import { createParser } from '../python/parser.ts';
import { serve } from './server.ts';

interface WorkerScope {
  readonly self: ConstructorParameters<typeof BrowserMessageReader>[0];
}

const { self } = globalThis as unknown as WorkerScope;

async function bytes(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

serve(createConnection(new BrowserMessageReader(self), new BrowserMessageWriter(self)), {
  parser: async ({ wasm }) => {
    if (wasm === undefined) throw new Error('initializationOptions.wasm must say where the parser is');
    const [runtime, grammar] = await Promise.all([bytes(wasm.runtime), bytes(wasm.grammar)]);
    return createParser({ runtime, grammar });
  },
  readFile: () => undefined,
  rules: undefined,
});
