/** `shapelint lsp`: the language server over standard input and output, from its own bundle. */
export async function startServer(): Promise<number> {
  await import('./server-bundle.ts');
  return -1;
}
