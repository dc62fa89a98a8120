/**
 * The user's settings as this connection knows them, fetched again whenever the client says that they changed.
 * What a setting means is in the schema and in the features.
 */
import type { ClientCapabilities, Connection } from 'vscode-languageserver';
import { DidChangeConfigurationNotification } from 'vscode-languageserver';
import type { Settings } from '../check/settings.ts';
import { readSettings } from '../check/settings.ts';

export class Configuration {
  #settings: Settings = readSettings(undefined);
  #generation = 0;
  readonly #listeners: (() => void)[] = [];
  readonly #connection: Connection;
  readonly #pulls: boolean;
  readonly #registers: boolean;

  constructor(connection: Connection, capabilities: ClientCapabilities) {
    this.#connection = connection;
    this.#pulls = capabilities.workspace?.configuration === true;
    this.#registers = capabilities.workspace?.didChangeConfiguration?.dynamicRegistration === true;
    connection.onDidChangeConfiguration(async (change) => {
      if (this.#pulls) await this.#pull();
      else this.#set((change.settings as { shapelint?: unknown } | null)?.shapelint);
    });
  }

  /** Once the client may be asked: reads the settings, and asks to be told of changes. */
  async fetch(): Promise<void> {
    if (this.#registers) await this.#connection.client.register(DidChangeConfigurationNotification.type, { section: 'shapelint' });
    if (this.#pulls) await this.#pull();
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Grows with every change, so that what was computed under older settings can be told apart. */
  get generation(): number {
    return this.#generation;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async #pull(): Promise<void> {
    this.#set(await this.#connection.workspace.getConfiguration('shapelint'));
  }

  #set(section: unknown): void {
    const settings = readSettings(section);
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return;
    this.#settings = settings;
    this.#generation += 1;
    for (const listener of this.#listeners) listener();
  }
}
