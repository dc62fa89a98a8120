/**
 * The request that runs a function, method, class or file with sample sizes.
 */
import { sample } from '../sample/sample.ts';
import type { SampleParams, SampleResult } from './protocol.ts';
import { sampleRequest } from './protocol.ts';
import type { Session } from './session.ts';

export function registerSample({ connection, configuration, documents }: Session): void {
  connection.onRequest(sampleRequest, ({ uri, name, line, set, seed }: SampleParams): SampleResult => {
    const document = documents.get(uri);
    if (document === undefined) return { ok: false, message: 'Open the file first: only open files are run.' };
    const { settings } = configuration;
    const target = { ...(name === undefined ? {} : { name }), ...(line === undefined ? {} : { line }) };
    return sample(documents.source(document), target, {
      set: { ...settings['shapelint.sample.sizes'], ...set },
      seed: seed ?? settings['shapelint.sample.seed'],
    });
  });
}
