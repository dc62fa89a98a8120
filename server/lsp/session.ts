/**
 * What every feature of one connection shares.
 * Holds the pieces; each piece owns its own state.
 */
import type { Connection } from 'vscode-languageserver';
import type { Configuration } from './configuration.ts';
import type { Documents } from './documents.ts';

export interface Session {
  readonly connection: Connection;
  readonly configuration: Configuration;
  readonly documents: Documents;
  /** A URI of the folder of rule pages, if there is one. */
  readonly rules: string | undefined;
}
