/**
 * One connection: says what the server can do and puts the features together.
 * Knows nothing of the process it runs in; `main-node` and `main-browser` bring what is theirs.
 */
import type { ClientCapabilities, Connection, InitializeResult } from 'vscode-languageserver';
import { CodeActionKind, CodeLensRefreshRequest } from 'vscode-languageserver';
import type { PythonParser } from '../python/parser.ts';
import { registerCodeActions } from './code-actions.ts';
import { registerCodeLens } from './code-lens.ts';
import { Configuration } from './configuration.ts';
import { registerPull, registerPush } from './diagnostics.ts';
import { Disk } from './disk.ts';
import { Documents } from './documents.ts';
import { registerHover } from './hover.ts';
import { registerInlayHints } from './inlay-hints.ts';
import type { InitializationOptions } from './protocol.ts';
import { registerSample } from './sample.ts';

/** What a process gives its server. */
export interface Environment {
  parser(options: InitializationOptions): Promise<PythonParser>;
  /** The text of a file that is not open; `undefined` where there is none or no way to read it. */
  readFile(uri: string): string | undefined;
  readonly rules: string | undefined;
}

/** Milliseconds after a change elsewhere until the client is told to ask again. */
const settled = 200;

/** Asks the client to ask again, for everything that settings change and the client can refresh. */
function refresh(connection: Connection, { workspace }: ClientCapabilities, pulls: boolean): void {
  if (pulls && workspace?.diagnostics?.refreshSupport) connection.languages.diagnostics.refresh();
  if (workspace?.inlayHint?.refreshSupport) void connection.languages.inlayHint.refresh();
  if (workspace?.codeLens?.refreshSupport) void connection.sendRequest(CodeLensRefreshRequest.type);
}

export function serve(connection: Connection, environment: Environment): void {
  connection.onInitialize(async (params): Promise<InitializeResult> => {
    const options: InitializationOptions = params.initializationOptions ?? {};
    const configuration = new Configuration(connection, params.capabilities);
    const disk = new Disk(connection, environment.readFile);
    const documents = new Documents(await environment.parser(options), configuration, disk);
    const folders = (params.workspaceFolders ?? []).map((folder) => folder.uri);
    documents.workspace.roots = folders;
    connection.onInitialized(async () => {
      await configuration.fetch();
      await disk.watch(params.capabilities, folders);
    });
    const session = { connection, configuration, documents, rules: options.rules ?? environment.rules };
    const pulls = params.capabilities.textDocument?.diagnostic !== undefined;
    for (const register of [registerHover, registerInlayHints, registerCodeLens, registerCodeActions, registerSample]) register(session);
    (pulls ? registerPull : registerPush)(session);
    configuration.onChange(() => refresh(connection, params.capabilities, pulls));
    // The editor asks again for the file or cell that was edited, not for others that read it.
    let waiting: NodeJS.Timeout | undefined;
    documents.onOthersChange(() => {
      clearTimeout(waiting);
      waiting = setTimeout(() => refresh(connection, params.capabilities, pulls), settled);
    });
    documents.listen(connection);
    return {
      serverInfo: { name: 'ShapeLint' },
      capabilities: {
        textDocumentSync: { openClose: true, change: documents.sync },
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
