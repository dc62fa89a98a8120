/**
 * Files that are not open in the editor: their texts, read once and kept while the client watches them.
 * Where it does not watch, every question is asked of the disk again.
 */
import type { ClientCapabilities, Connection } from 'vscode-languageserver';
import { DidChangeWatchedFilesNotification } from 'vscode-languageserver';

/** More texts than the imports of a large program need. */
const most = 2000;

export class Disk {
  readonly #connection: Connection;
  readonly #readFile: (uri: string) => string | undefined;
  readonly #texts = new Map<string, string | undefined>();
  readonly #listeners: (() => void)[] = [];
  /** The folders that the client watches. */
  #watched: readonly string[] = [];

  constructor(connection: Connection, readFile: (uri: string) => string | undefined) {
    this.#connection = connection;
    this.#readFile = readFile;
    connection.onDidChangeWatchedFiles(({ changes }) => {
      for (const { uri } of changes) this.#texts.delete(uri);
      for (const listener of this.#listeners) listener();
    });
  }

  /** Asks the client to watch the Python files of these folders, if it can. */
  async watch(capabilities: ClientCapabilities, folders: readonly string[]): Promise<void> {
    if (capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration !== true) return;
    await this.#connection.client.register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: '**/*.py' }] });
    this.#watched = folders.map((folder) => folder.replace(/\/*$/, '/'));
  }

  /** A watched file was written, made or removed. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  read(uri: string): string | undefined {
    if (!this.#watched.some((folder) => uri.startsWith(folder))) return this.#readFile(uri);
    if (!this.#texts.has(uri)) {
      if (this.#texts.size >= most) this.#texts.clear();
      this.#texts.set(uri, this.#readFile(uri));
    }
    return this.#texts.get(uri);
  }
}
