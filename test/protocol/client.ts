/**
 * A real client over stdio, with what the tests ask it: open, edit, and wait for what the server says.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import type {
  Diagnostic,
  InitializeResult,
  Position,
  PublishDiagnosticsParams,
  TextDocumentContentChangeEvent,
} from 'vscode-languageserver-protocol';

export interface ClientOptions {
  readonly command?: readonly string[];
  readonly pull?: boolean;
  readonly settings?: unknown;
  readonly folder?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The client offers to watch files. */
  readonly watches?: boolean;
}

type Published = PublishDiagnosticsParams;

export class Client {
  readonly connection: MessageConnection;
  readonly process: ChildProcess;
  readonly published: Published[] = [];
  capabilities: InitializeResult['capabilities'] = {};
  refreshes = 0;
  /** The methods that the server registered for. */
  readonly registered: string[] = [];
  settings: unknown;
  #versions = new Map<string, number>();
  #waiting: (() => void)[] = [];

  private constructor(process_: ChildProcess, connection: MessageConnection, settings: unknown) {
    this.process = process_;
    this.connection = connection;
    this.settings = settings;
    connection.onNotification('textDocument/publishDiagnostics', (params: Published) => {
      this.published.push(params);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    connection.onRequest('workspace/configuration', ({ items }: { items: readonly unknown[] }) => items.map(() => this.settings));
    connection.onRequest('client/registerCapability', ({ registrations }: { registrations: readonly { method: string }[] }) => {
      this.registered.push(...registrations.map(({ method }) => method));
      return null;
    });
    for (const refresh of ['diagnostic', 'inlayHint', 'codeLens']) {
      connection.onRequest(`workspace/${refresh}/refresh`, () => {
        this.refreshes += 1;
        return null;
      });
    }
    connection.listen();
  }

  static async start(options: ClientOptions = {}): Promise<Client> {
    const [command = process.execPath, ...args] = options.command ?? [process.execPath, 'dist/server.js', '--stdio'];
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...options.env } });
    const connection = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
    const client = new Client(child, connection, options.settings ?? {});
    const result = await connection.sendRequest<InitializeResult>('initialize', {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: options.folder === undefined ? null : [{ uri: options.folder, name: 'folder' }],
      capabilities: {
        workspace: {
          configuration: true,
          didChangeConfiguration: { dynamicRegistration: true },
          ...(options.watches === true ? { didChangeWatchedFiles: { dynamicRegistration: true } } : {}),
          diagnostics: { refreshSupport: true },
          inlayHint: { refreshSupport: true },
          codeLens: { refreshSupport: true },
        },
        textDocument: options.pull === true ? { diagnostic: {} } : {},
      },
    });
    client.capabilities = result.capabilities;
    await connection.sendNotification('initialized', {});
    return client;
  }

  /** Waits until the server has registered for a method. */
  async registers(method: string): Promise<void> {
    const deadline = Date.now() + 10_000;
    while (!this.registered.includes(method)) {
      if (Date.now() > deadline) throw new Error(`${method} is not among ${this.registered.join()} after 10 s`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  open(uri: string, text: string): void {
    this.#versions.set(uri, 1);
    void this.connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'python', version: 1, text } });
  }

  change(uri: string, ...contentChanges: readonly TextDocumentContentChangeEvent[]): number {
    const version = (this.#versions.get(uri) ?? 0) + 1;
    this.#versions.set(uri, version);
    void this.connection.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges });
    return version;
  }

  close(uri: string): void {
    void this.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  configure(settings: unknown): void {
    this.settings = settings;
    void this.connection.sendNotification('workspace/didChangeConfiguration', { settings: { shapelint: settings } });
  }

  request<R>(method: string, params: unknown): Promise<R> {
    return this.connection.sendRequest<R>(method, params);
  }

  /** The diagnostics pushed for a version of a document. */
  async pushed(uri: string, version: number): Promise<readonly Diagnostic[]> {
    return (await this.#publish((each) => each.uri === uri && each.version === version)).diagnostics;
  }

  /** The next push for a document that fits. */
  async push(uri: string, fits: (diagnostics: readonly Diagnostic[]) => boolean): Promise<readonly Diagnostic[]> {
    return (await this.#publish((each) => each.uri === uri && fits(each.diagnostics))).diagnostics;
  }

  async #publish(fits: (params: Published) => boolean): Promise<Published> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const found = this.published.findLast(fits);
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`no such push in 10 s; there were ${JSON.stringify(this.published)}`);
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        setTimeout(resolve, 500).unref();
      });
    }
  }

  async stop(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.process.once('exit', resolve));
    await this.request('shutdown', undefined);
    await this.connection.sendNotification('exit');
    const code = await ended;
    this.connection.dispose();
    return code;
  }
}

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

/** The position of the first character of `part`, which stands in `text` at least once. */
export function positionOf(text: string, part: string): Position {
  const offset = text.indexOf(part);
  if (offset < 0) throw new Error(`'${part}' is not in the text`);
  return positionAt(text, offset);
}

/** A change that replaces the first `from` in `text`. */
export function replacing(text: string, from: string, to: string): TextDocumentContentChangeEvent {
  const start = text.indexOf(from);
  return { range: { start: positionAt(text, start), end: positionAt(text, start + from.length) }, text: to };
}
