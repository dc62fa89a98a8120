/**
 * Code lenses over classes and functions: run it with sample shapes, and what was inferred of it.
 */
import type { CodeLens } from 'vscode-languageserver';
import type { Signature } from '../check/report.ts';
import { toRange } from './pages.ts';
import type { SampleParams } from './protocol.ts';
import { runSampleCommand } from './protocol.ts';
import type { Session } from './session.ts';

export function registerCodeLens({ connection, configuration, documents }: Session): void {
  connection.onCodeLens(({ textDocument: { uri } }) => {
    if (!configuration.settings['shapelint.codeLens.enabled'] || !configuration.settings['shapelint.enable']) return [];
    const analysis = documents.analysis(uri);
    if (analysis === undefined) return [];
    const { page, report } = analysis;
    return report.signatures.flatMap((signature: Signature): CodeLens[] => {
      const { nameStart, qualifiedName, name, text, runnable } = signature;
      const place = { start: nameStart, end: nameStart + name.length };
      if (!page.holds(place)) return [];
      const range = toRange(page, place);
      const target: SampleParams = { uri, name: qualifiedName };
      const run = {
        title: '▷ Run sample shapes',
        tooltip: `Run ${qualifiedName} with sample sizes`,
        command: runSampleCommand,
        arguments: [target],
      };
      return [...(runnable ? [{ range, command: run }] : []), ...(text === '' ? [] : [{ range, command: { title: text, command: '' } }])];
    });
  });
}
