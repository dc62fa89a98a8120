/**
 * Inlay hints: shapes of assigned tensors, in the lines that the editor shows.
 */
import { InlayHintKind } from 'vscode-languageserver';
import type { Session } from './session.ts';

export function registerInlayHints({ connection, configuration, documents }: Session): void {
  connection.languages.inlayHint.on(({ textDocument, range }) => {
    if (!configuration.settings['shapelint.inlayHints.enabled'] || !configuration.settings['shapelint.enable']) return [];
    const analysis = documents.analysis(textDocument.uri);
    if (analysis === undefined) return [];
    const start = analysis.page.offsetAt(range.start);
    const end = analysis.page.offsetAt(range.end);
    return analysis.report
      .inlays()
      .filter(({ position }) => position >= start && position <= end)
      .map(({ position, text }) => ({
        position: analysis.page.positionAt(position),
        label: text,
        kind: InlayHintKind.Type,
        paddingLeft: true,
      }));
  });
}
