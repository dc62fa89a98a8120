/**
 * What the ShapeLint client and server say to each other beyond the Language Server Protocol.
 * Plain names and data: the only file of the server that the client may import.
 */
import type { SampleResult } from '../sample/sample.ts';

export type { SampleResult };

/** Request: runs one function, method or class with sample sizes. Parameters `SampleParams`, result `SampleAnswer`. */
export const sampleRequest = 'shapelint/sample';

export interface SampleParams {
  readonly uri: string;
  /** A qualified name (`Model.forward`); without name and line the whole file is run. */
  readonly name?: string;
  /** A line counted from 1: the innermost function or class around it is run. */
  readonly line?: number;
  /** Sizes by name, over the ones that settings give. */
  readonly set?: Readonly<Record<string, number>>;
  readonly seed?: number;
}

export interface SampleAnswer {
  /** What was run; `null` for the whole file. */
  readonly name: string | null;
  readonly result: SampleResult;
}

/** Notification to the client after a file was checked. Parameters `StatusParams`. */
export const statusNotification = 'shapelint/status';

export interface StatusParams {
  readonly uri: string;
  readonly status: 'ok' | 'partial' | 'off';
  readonly errors: number;
  readonly warnings: number;
}

/** The command of a code lens, implemented by the client. Argument: `SampleParams`. */
export const runSampleCommand = 'shapelint.runSample';

/** What the client passes when it starts the server; every field has a default where the server can know one. */
export interface InitializationOptions {
  /** Where a web worker fetches the parser from. */
  readonly wasm?: { readonly runtime: string; readonly grammar: string };
  /** A URI of the folder that holds a page for each code, with a trailing slash. */
  readonly rules?: string;
}
