/** What the server does once a client is there: the features over one set of documents. With them comes the table of operations. */
import type { ClientCapabilities, Connection, InitializeParams } from 'vscode-languageserver';
import { CodeLensRefreshRequest } from 'vscode-languageserver';
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
import type { Environment } from './server.ts';

/** Milliseconds after a change elsewhere until the client is told to ask again. */
const settled = 200;

/** Asks the client to ask again, for everything that settings change and the client can refresh. */
function refresh(connection: Connection, { workspace }: ClientCapabilities, pulls: boolean): void {
  if (pulls && workspace?.diagnostics?.refreshSupport) connection.languages.diagnostics.refresh();
  if (workspace?.inlayHint?.refreshSupport) void connection.languages.inlayHint.refresh();
  if (workspace?.codeLens?.refreshSupport) void connection.sendRequest(CodeLensRefreshRequest.type);
}

export async function register(
  connection: Connection,
  environment: Environment,
  python: PythonParser,
  params: InitializeParams,
  pulls: boolean,
): Promise<void> {
  const options: InitializationOptions = params.initializationOptions ?? {};
  const configuration = new Configuration(connection, params.capabilities);
  const disk = new Disk(connection, environment.readFile);
  const documents = new Documents(python, configuration, disk);
  const folders = (params.workspaceFolders ?? []).map((folder) => folder.uri);
  documents.workspace.roots = folders;
  const session = { connection, configuration, documents, rules: options.rules ?? environment.rules };
  for (const feature of [registerHover, registerInlayHints, registerCodeLens, registerCodeActions, registerSample]) feature(session);
  (pulls ? registerPull : registerPush)(session);
  configuration.onChange(() => refresh(connection, params.capabilities, pulls));
  // The editor asks again for the file or cell that was edited, not for others that read it.
  let waiting: NodeJS.Timeout | undefined;
  documents.onOthersChange(() => {
    clearTimeout(waiting);
    waiting = setTimeout(() => refresh(connection, params.capabilities, pulls), settled);
  });
  documents.listen(connection);
  await configuration.fetch();
  await disk.watch(params.capabilities, folders);
}
