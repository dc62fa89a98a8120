/**
 * The extension on a computer: the server runs as a Node process of its own.
 */
import type { ExtensionContext } from 'vscode';
import { Uri } from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import type { InitializationOptions } from '../server/lsp/protocol.ts';
import { start, stop } from './session.ts';

export async function activate(context: ExtensionContext): Promise<void> {
  const module = context.asAbsolutePath('dist/server.js');
  const options: InitializationOptions = { rules: `${Uri.joinPath(context.extensionUri, 'docs', 'rules').toString()}/` };
  // The editor's V8 is not the one that the bundles' own caches are for.
  const env = { SHAPELINT_CODE_CACHE: context.globalStorageUri.fsPath };
  await start(
    context,
    (shared) =>
      new LanguageClient(
        'shapelint',
        'ShapeLint',
        {
          run: { module, transport: TransportKind.ipc, options: { env } },
          debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=6009'] } },
        },
        { ...shared, initializationOptions: options },
      ),
  );
}

export async function deactivate(): Promise<void> {
  await stop();
}
