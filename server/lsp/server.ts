/**
 * One connection: says what the server can do, and once the client has read that loads what does it.
 * Knows nothing of the process it runs in; `main-node` and `main-browser` bring what is theirs.
 */
import type { Connection, InitializeResult } from 'vscode-languageserver';
import { CodeActionKind, TextDocumentSyncKind } from 'vscode-languageserver';
import type { PythonParser } from '../python/parser.ts';
import type { InitializationOptions } from './protocol.ts';

/** What a process gives its server. */
export interface Environment {
  parser(options: InitializationOptions): Promise<PythonParser>;
  /** The text of a file that is not open; `undefined` where there is none or no way to read it. */
  readFile(uri: string): string | undefined;
  readonly rules: string | undefined;
}

export function serve(connection: Connection, environment: Environment): void {
  connection.onInitialize(async (params): Promise<InitializeResult> => {
    const python = await environment.parser(params.initializationOptions ?? {});
    const pulls = params.capabilities.textDocument?.diagnostic !== undefined;
    connection.onInitialized(async () => {
      // Bundled, it is there before the next message.
      const { register } = await import('./features.ts');
      await register(connection, environment, python, params, pulls);
    });
    return {
      serverInfo: { name: 'ShapeLint' },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
        notebookDocumentSync: { notebookSelector: [{ notebook: '*', cells: [{ language: 'python' }] }] },
        hoverProvider: true,
        inlayHintProvider: true,
        codeLensProvider: {},
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
        ...(pulls ? { diagnosticProvider: { identifier: 'shapelint', interFileDependencies: true, workspaceDiagnostics: false } } : {}),
      },
    };
  });
  connection.listen();
}
