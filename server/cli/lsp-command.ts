/** `shapelint lsp`: the language server over standard input and output, from its own bundle. */
import { optimiseReadily } from './patience.ts';

export async function startServer(): Promise<number> {
  optimiseReadily();
  await import('./server-bundle.ts');
  return -1;
}
