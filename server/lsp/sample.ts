/**
 * The request that runs a function, method, class or file with sample sizes.
 */
import type { Signature } from '../check/report.ts';
import { sample } from '../sample/sample.ts';
import type { Analysis } from './documents.ts';
import type { SampleAnswer, SampleParams } from './protocol.ts';
import { sampleRequest } from './protocol.ts';
import type { Session } from './session.ts';

/** The innermost function or class around a line that can be run; a method stands inside its class. */
function around({ page, report }: Analysis, line: number): string | null {
  const at = (offset: number): number => page.positionAt(offset).line + 1;
  const holds = (each: Signature): boolean => each.runnable && page.holds(each) && at(each.start) <= line && line <= at(each.end);
  const found = report.signatures.filter(holds).sort((a, b) => a.end - a.start - (b.end - b.start));
  return found[0]?.qualifiedName ?? null;
}

export function registerSample({ connection, configuration, documents }: Session): void {
  connection.onRequest(sampleRequest, ({ uri, name, line, set, seed }: SampleParams): SampleAnswer => {
    const analysis = documents.analysis(uri);
    if (analysis === undefined) return { name: null, result: { ok: false, message: 'Open the file first: only open files are run.' } };
    const { settings } = configuration;
    const target = name ?? (line === undefined ? null : around(analysis, line));
    const result = sample(analysis.source, target === null ? {} : { name: target }, {
      set: { ...settings['shapelint.sample.sizes'], ...set },
      seed: seed ?? settings['shapelint.sample.seed'],
      importSource: documents.workspace.imports().resolve,
    });
    return { name: target, result };
  });
}
