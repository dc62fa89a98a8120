/**
 * The extension in a browser: the server runs as a web worker beside it.
 */
import type { ExtensionContext } from 'vscode';
import { Uri } from 'vscode';
import { LanguageClient } from 'vscode-languageclient/browser';
import type { InitializationOptions } from '../server/lsp/protocol.ts';
import { start, stop } from './session.ts';

interface WorkerLike {
  onmessage: unknown;
}

declare const Worker: new (url: string) => WorkerLike & ConstructorParameters<typeof LanguageClient>[3];

export async function activate(context: ExtensionContext): Promise<void> {
  const at = (...path: string[]): string => Uri.joinPath(context.extensionUri, ...path).toString(true);
  const options: InitializationOptions = {
    wasm: { runtime: at('dist', 'web-tree-sitter.wasm'), grammar: at('dist', 'tree-sitter-python.wasm') },
    rules: `${at('docs', 'rules')}/`,
  };
  await start(context, (shared) => {
    const worker = new Worker(at('dist', 'browser', 'server.js'));
    return new LanguageClient('shapelint', 'ShapeLint', { ...shared, initializationOptions: options }, worker);
  });
}

export async function deactivate(): Promise<void> {
  await stop();
}
