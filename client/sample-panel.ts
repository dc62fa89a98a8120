/**
 * The panel of a sample run: asks the server for it, shows it, and runs it again with other sizes.
 * What the page looks like stands in `sample-page.ts`.
 */
import type { Disposable, WebviewPanel } from 'vscode';
import { Range, Selection, TextEditorRevealType, Uri, ViewColumn, window } from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import type { SampleAnswer, SampleParams } from '../server/lsp/protocol.ts';
import { sampleRequest } from '../server/lsp/protocol.ts';
import { samplePage } from './sample-page.ts';

/** What the page says back. */
type Message =
  | { readonly kind: 'run'; readonly set: Record<string, number>; readonly seed: number }
  | { readonly kind: 'reveal'; readonly line: number };

function nonce(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class SamplePanel implements Disposable {
  readonly #client: BaseLanguageClient;
  readonly #icon: Uri;
  #panel: WebviewPanel | undefined;
  #params: SampleParams | undefined;

  constructor(client: BaseLanguageClient, extension: Uri) {
    this.#client = client;
    this.#icon = Uri.joinPath(extension, 'docs', 'images', 'icon.png');
  }

  async run(params: SampleParams, column: ViewColumn = ViewColumn.Beside): Promise<SampleAnswer> {
    const answer = await this.#ask(params);
    // Run again means the same thing, wherever the cursor is by then.
    this.#params = answer.name === null ? params : { ...params, name: answer.name };
    const panel = this.#panel ?? this.#open(column);
    const file = Uri.parse(params.uri).path.split('/').pop() ?? '';
    const title = answer.name ?? file;
    panel.title = `Shapes: ${title}`;
    panel.webview.html = samplePage(answer.result, { title, file, seed: params.seed ?? null, nonce: nonce() });
    panel.reveal(undefined, true);
    return answer;
  }

  async #ask(params: SampleParams): Promise<SampleAnswer> {
    try {
      return await this.#client.sendRequest<SampleAnswer>(sampleRequest, params);
    } catch (error) {
      return { name: null, result: { ok: false, message: error instanceof Error ? error.message : String(error) } };
    }
  }

  #open(column: ViewColumn): WebviewPanel {
    const panel = window.createWebviewPanel(
      'shapelint.sample',
      'Shapes',
      { viewColumn: column, preserveFocus: true },
      { enableScripts: true, localResourceRoots: [] },
    );
    panel.iconPath = this.#icon;
    panel.webview.onDidReceiveMessage((message: Message) => this.#answer(message));
    panel.onDidDispose(() => {
      this.#panel = undefined;
    });
    this.#panel = panel;
    return panel;
  }

  async #answer(message: Message): Promise<void> {
    const params = this.#params;
    if (params === undefined) return;
    if (message.kind === 'run') await this.run({ ...params, set: message.set, seed: message.seed });
    else await this.#reveal(Uri.parse(params.uri), message.line);
  }

  async #reveal(uri: Uri, line: number): Promise<void> {
    const column =
      window.visibleTextEditors.find((editor) => editor.document.uri.toString() === uri.toString())?.viewColumn ?? ViewColumn.One;
    const editor = await window.showTextDocument(uri, { viewColumn: column });
    const start = editor.document.lineAt(Math.min(line, editor.document.lineCount) - 1).range;
    editor.selection = new Selection(start.start, start.start);
    editor.revealRange(new Range(start.start, start.end), TextEditorRevealType.InCenterIfOutsideViewport);
  }

  dispose(): void {
    this.#panel?.dispose();
  }
}
