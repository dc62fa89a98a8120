/**
 * The client's life, the same on a computer and in a browser: starts the server, wires the commands and the status.
 * Knows nothing of how the server's process is made.
 */
import type { ExtensionContext, TextEditor } from 'vscode';
import { commands, Uri, ViewColumn, window, workspace } from 'vscode';
import type { BaseLanguageClient, LanguageClientOptions } from 'vscode-languageclient';
import type { SampleParams, StatusParams } from '../server/lsp/protocol.ts';
import { runSampleCommand, statusNotification } from '../server/lsp/protocol.ts';
import { SamplePanel } from './sample-panel.ts';
import { StatusBar } from './status-bar.ts';

let running: BaseLanguageClient | undefined;

/** The extension is told of these files, and of the cells of notebooks. */
const documentSelector = [
  ...['file', 'untitled', 'vscode-remote', 'vscode-vfs', 'vscode-test-web'].map((scheme) => ({ scheme, language: 'python' })),
  { notebook: '*', language: 'python' },
];

/** What the editor's cursor is in: the server finds the function or class around that line. */
function atCursor(editor: TextEditor | undefined): SampleParams | undefined {
  if (editor?.document.languageId !== 'python') return undefined;
  return { uri: editor.document.uri.toString(), line: editor.selection.active.line + 1 };
}

/** The command is called with its own argument by a code lens, with a URI by the editor's title, with nothing by the palette. */
function target(argument: unknown): SampleParams | undefined {
  if (argument instanceof Uri) {
    const editor = window.visibleTextEditors.find((each) => each.document.uri.toString() === argument.toString());
    return atCursor(editor) ?? { uri: argument.toString() };
  }
  if (typeof argument === 'object' && argument !== null && 'uri' in argument) return argument as SampleParams;
  return atCursor(window.activeTextEditor);
}

export async function start(context: ExtensionContext, create: (options: LanguageClientOptions) => BaseLanguageClient): Promise<void> {
  const output = window.createOutputChannel('ShapeLint', { log: true });
  const status = new StatusBar();
  const client = create({ documentSelector, outputChannel: output, traceOutputChannel: output, markdown: { supportHtml: false } });
  running = client;
  client.onNotification(statusNotification, (params: StatusParams) => status.update(params));
  const panel = new SamplePanel(client, context.extensionUri);
  context.subscriptions.push(
    output,
    status,
    panel,
    commands.registerCommand(runSampleCommand, async (argument: unknown) => {
      const params = target(argument);
      if (params !== undefined) return panel.run(params, ViewColumn.Beside);
      void window.showInformationMessage('ShapeLint: open a Python file first.');
      return undefined;
    }),
    commands.registerCommand('shapelint.restart', async () => {
      await client.stop();
      await client.start();
      status.clear();
    }),
    commands.registerCommand('shapelint.showOutput', () => output.show()),
    window.onDidChangeActiveTextEditor((editor) => status.show(editor?.document)),
    workspace.onDidCloseTextDocument((document) => status.forget(document.uri.toString())),
  );
  await client.start();
  status.show(window.activeTextEditor?.document);
}

export async function stop(): Promise<void> {
  await running?.stop();
  running = undefined;
}
